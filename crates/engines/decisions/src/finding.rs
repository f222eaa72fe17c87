//! What an author reads when a model is refused.

use serde::Serialize;

/// A mistake in a DMN file, with the place and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Line of the file, from 1.
    pub line: u32,
    /// Column of the line in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {} ({})", self.line, self.column, self.message, self.help)
    }
}
