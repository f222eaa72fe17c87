//! A case as its person sees it.

use super::form::Answers;
use super::portal::{CaseItem, NoticeItem};

/// Something that happened to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, readable.
    pub time: String,
    /// Machine-readable time.
    pub at: String,
    /// What.
    pub what: String,
    /// Who did it; empty when the platform did.
    pub who: String,
    /// More about it; may be empty.
    pub detail: String,
}

/// `GET /vorgaenge/{id}`
#[derive(Clone, Debug)]
pub struct CaseView {
    /// Status and names.
    pub case: CaseItem,
    /// What was sent; empty until asked for, because opening it is recorded.
    pub groups: Vec<Answers>,
    /// Last day to object, readable.
    pub due: Option<String>,
    /// Notices of this case.
    pub notices: Vec<NoticeItem>,
}
