//! crates/wegfrei
fn main() {}
