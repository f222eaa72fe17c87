//! Serde sees ciphertext only: a sealed value is neither written nor read as what it holds.
use wegfrei_journal::{Access, Sealed, SealingKey};

fn leak(sealed: &Sealed<String>, access: &Access, key: &SealingKey) {
    let _ = serde_json::to_string(sealed);
    let _ = serde_json::from_str::<Sealed<String>>("\"Erika\"");
    let _ = serde_json::to_string(access);
    let _ = serde_json::to_string(key);
}

fn main() {
    let _ = leak;
}
