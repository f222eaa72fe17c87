//! What a template author reads.

use std::fmt;

/// Something wrong with a template, where, and how to mend it. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Line of the template, from 1.
    pub line: u32,
    /// Column in the line, in characters from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it; may be empty when Typst gives no hint.
    pub help: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        if self.help.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.help)
        }
    }
}

/// Why no letter was made. `line` and `column` are those of the template; both are 1 when the template as a whole, the
/// data or the finished PDF is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}{}", if help.is_empty() { String::new() } else { format!(" ({help})") })]
pub struct NoticeError {
    /// Line of the template, from 1.
    pub line: u32,
    /// Column in the line, in characters from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it; may be empty.
    pub help: String,
}

impl NoticeError {
    /// An error that belongs to no place in the template.
    pub(crate) fn whole(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            line: 1,
            column: 1,
            message: message.into(),
            help: help.into(),
        }
    }
}

impl From<Finding> for NoticeError {
    fn from(finding: Finding) -> Self {
        let Finding {
            line,
            column,
            message,
            help,
        } = finding;
        Self {
            line,
            column,
            message,
            help,
        }
    }
}
