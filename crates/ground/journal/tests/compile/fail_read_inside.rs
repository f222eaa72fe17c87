//! Nothing inside a sealed value can be reached.
use wegfrei_journal::{Sealed, SealedBytes};

fn peek(sealed: Sealed<String>, bytes: SealedBytes) {
    let _ = sealed.context;
    let _ = bytes.0;
    let _: &String = &*sealed;
    let _ = sealed.plain;
}

fn main() {
    let _ = peek;
}
