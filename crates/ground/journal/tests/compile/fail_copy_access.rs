//! An access cannot be copied or kept as a default.
use wegfrei_journal::Access;

fn copy(access: &Access) -> Access {
    access.clone()
}

fn main() {
    let _ = copy;
    let _ = Access::default();
}
