//! Who saw what of a person's data, and the proof of each line.

use super::form::Choice;
use super::{Fact, Paging};
use crate::texts::Texts;

/// One recorded access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessItem {
    /// When, readable.
    pub time: String,
    /// Machine-readable time.
    pub at: String,
    /// Name or role of who looked.
    pub who: String,
    /// Their authority.
    pub authority: String,
    /// What for.
    pub purpose: String,
    /// What was opened.
    pub what: String,
    /// The attempt was refused.
    pub refused: bool,
    /// Done by the person themselves.
    pub own: bool,
    /// Page with the proof.
    pub proof: String,
}

/// What of the records is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessFilter {
    /// Authorities to choose from.
    pub authorities: Vec<Choice>,
    /// Purposes to choose from.
    pub purposes: Vec<Choice>,
    /// First day, as a date input has it.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Only refused attempts.
    pub refused: bool,
    /// One's own looks too.
    pub own: bool,
    /// The same list with one's own looks; `None` where they are in it.
    pub with_own: Option<String>,
    /// A part of the reference.
    pub reference: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Something is asked for.
    pub any: bool,
}

/// `GET /mein-bereich/zugriffe`
#[derive(Clone, Debug, Default)]
pub struct AccessesView {
    /// What is asked for.
    pub filter: AccessFilter,
    /// Newest first.
    pub items: Vec<AccessItem>,
    /// Which part of the list.
    pub paging: Paging,
}

/// `GET /mein-bereich/zugriffe/{authority}/{seq}`
#[derive(Clone, Debug)]
pub struct ProofView {
    /// What the entry says.
    pub facts: Vec<Fact>,
    /// Text of the proof file.
    pub proof: String,
    /// Where it can be fetched as a file.
    pub download: String,
    /// Name of the file.
    pub file: String,
}

impl ProofView {
    /// The steps of the check by the names the browser's checker uses, in words.
    #[must_use]
    pub fn steps(&self, t: &'static Texts) -> [(&'static str, &'static str); 6] {
        [
            ("form", t.proof_step_form),
            ("key", t.proof_step_key),
            ("entry", t.proof_step_entry),
            ("leaf", t.proof_step_leaf),
            ("signature", t.proof_step_signature),
            ("path", t.proof_step_path),
        ]
    }
}
