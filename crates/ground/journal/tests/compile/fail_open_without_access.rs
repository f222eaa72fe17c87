//! Opening wants an access.
use wegfrei_journal::Sealed;

fn peek(sealed: &Sealed<String>) -> String {
    sealed.open().unwrap()
}

fn main() {
    let _ = peek;
}
