//! Somebody helps: the resident's page, and the helper's.

use super::Tone;

/// Somebody who helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperLine {
    /// Names the helper in the form.
    pub id: String,
    /// Name.
    pub name: String,
    /// Since when, readable.
    pub since: String,
}

/// `GET /mein-bereich/hilfe/{authority}/{case}`: who helps with a draft or case of one's own.
#[derive(Clone, Debug, Default)]
pub struct HelpView {
    /// Path of this page.
    pub here: String,
    /// Back to the draft or case.
    pub back: String,
    /// Which application it is.
    pub title: String,
    /// Who helps now.
    pub helpers: Vec<HelperLine>,
    /// One more may help.
    pub room: bool,
    /// Until when a code waits to be entered, readable.
    pub waiting: Option<String>,
    /// The code, on the one page that shows it: groups of digits.
    pub code: Option<Vec<String>>,
    /// Said once.
    pub message: Option<String>,
}

/// A draft or case somebody helps with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpedItem {
    /// Its page.
    pub href: String,
    /// Names it in the form: `authority/case`.
    pub id: String,
    /// Service and authority.
    pub title: String,
    /// Reference number; empty for a draft.
    pub reference: String,
    /// State.
    pub tone: Tone,
    /// State in words.
    pub status: String,
}

/// `GET /mein-bereich/helfen`: enter a code, and what one helps with.
#[derive(Clone, Debug, Default)]
pub struct AssistView {
    /// What one helps with.
    pub cases: Vec<HelpedItem>,
    /// What is wrong with the code.
    pub error: Option<String>,
    /// Said once.
    pub message: Option<String>,
}
