//! What an author reads when a process file is refused.

use std::fmt;

/// One reason why a BPMN file was refused: where it is and how to mend it. Texts are German, for service authors.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Line of the file, from 1.
    pub line: u32,
    /// Column in the line, in characters from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.line, self.column, self.message, self.help)
    }
}
