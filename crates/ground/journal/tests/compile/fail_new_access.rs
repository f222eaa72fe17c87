//! The journal's own constructor is not for others.
use wegfrei_journal::Access;

fn forge(access: &Access) {
    let _ = Access::new;
    let _ = access.data_key();
}

fn main() {
    let _ = forge;
}
