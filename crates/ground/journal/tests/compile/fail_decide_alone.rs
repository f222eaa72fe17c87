//! A policy's yes is not an access.
use wegfrei_journal::{Access, Decision};

fn grant(decision: Decision) -> Access {
    decision.into()
}

fn main() {
    let _ = grant;
}
