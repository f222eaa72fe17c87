//! An access cannot be built by hand.
use wegfrei_journal::{Access, Actor};

fn main() {
    let _ = Access { seq: 1, actor: Actor::system("x"), purpose: String::new() };
}
