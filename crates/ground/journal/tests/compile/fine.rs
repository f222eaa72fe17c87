//! The one way that compiles.
use wegfrei_journal::{Access, OpenError, Sealed, SealedBytes, SealError, SealingKey};

fn write(key: &SealingKey) -> Result<SealedBytes, SealError> {
    Ok(key.seal("case/1#form", &"Erika Mustermann".to_owned())?.into_bytes())
}

fn read(stored: SealedBytes, access: &Access) -> Result<String, OpenError> {
    stored.typed::<String>("case/1#form").open(access)
}

fn send(stored: &SealedBytes, sealed: Sealed<[u8]>) -> String {
    let _ = sealed.bytes();
    serde_json::to_string(stored).unwrap_or_default()
}

fn main() {
    let _ = (write, read, send);
}
