//! Rules between fields.

/// One readable rule.
#[derive(Debug)]
pub(crate) struct Rule {}
