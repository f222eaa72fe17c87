//! The desk: worklist, case and task of a member of staff.

mod case;
mod list;
mod moves;
mod office;
mod payments;
mod print;
mod process;
mod task;

pub use case::*;
pub use list::*;
pub use moves::*;
pub use office::*;
pub use payments::*;
pub use print::*;
pub use process::*;
pub use task::*;

/// A purpose a case may be opened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Code that is recorded.
    pub code: String,
    /// Words.
    pub label: String,
}

/// The question before a case is opened.
#[derive(Clone, Debug)]
pub struct PurposeView {
    /// Path of the case.
    pub href: String,
    /// Reference number; empty when not known before opening.
    pub reference: String,
    /// What may be chosen; the first is the usual one.
    pub purposes: Vec<Purpose>,
    /// Nothing was chosen.
    pub missing: bool,
}

/// 403: outside one's competence. The attempt is in the journal.
#[derive(Clone, Debug)]
pub struct RefusedView {
    /// Why, one sentence.
    pub why: String,
    /// When it was recorded, readable.
    pub recorded: String,
}
