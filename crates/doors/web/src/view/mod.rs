//! What the pages show, as plain data: no database, no HTTP. Each struct is what one template needs.

pub mod case;
pub mod check;
pub mod cockpit;
pub mod contact;
pub mod desk;
pub mod form;
pub mod help;
pub mod mine;
pub mod portal;
pub mod problem;

/// The way on from a part of a longer list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Link to the first part; `None` when this is it.
    pub first: Option<String>,
    /// Link to the next part; `None` on the last.
    pub next: Option<String>,
}

/// Weight of a status, shown by icon and words, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is running.
    Info,
    /// Done well.
    Good,
    /// Somebody has to do something.
    Warn,
    /// Refused or failed.
    Bad,
}

impl Tone {
    /// KERN's word for it, the end of `kern-badge--…`, `kern-alert--…` and `kern-icon--…`.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Tone::Info => "info",
            Tone::Good => "success",
            Tone::Warn => "warning",
            Tone::Bad => "danger",
        }
    }
}

/// One line of a list of terms: what it is, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub key: String,
    /// Its value; each element is one line.
    pub lines: Vec<String>,
}

impl Fact {
    /// A fact of one line.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact {
            key: key.into(),
            lines: vec![value.into()],
        }
    }
}

/// A paragraph or list of a text that an author wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prose {
    /// A paragraph.
    Text(String),
    /// Points of a list.
    List(Vec<String>),
    /// Steps in order.
    Steps(Vec<String>),
}
