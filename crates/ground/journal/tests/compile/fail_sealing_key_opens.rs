//! A sealing key cannot open, and gives its key to nobody.
use wegfrei_journal::{Sealed, SealingKey};

fn peek(key: &SealingKey, sealed: &Sealed<String>) {
    let _ = key.open(sealed);
    let _ = sealed.open(key);
    let _ = key.key;
}

fn main() {
    let _ = peek;
}
