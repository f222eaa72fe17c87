//! What a person does with a case of theirs: answer, withdraw, go on, object, choose how to be told.

use super::Fact;
use super::form::{ErrorLink, PaperItem};

/// The case a page belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Of {
    /// Path of the case's page; the pages of its actions lie under it.
    pub href: String,
    /// Title of the service.
    pub service: String,
    /// Name of the authority.
    pub authority: String,
    /// Reference number.
    pub reference: String,
}

/// What a resident is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What the caseworker wrote.
    pub text: String,
    /// When, readable.
    pub asked: String,
    /// The papers that are wanted.
    pub wanted: Vec<String>,
}

/// `GET …/nachreichen`
#[derive(Clone, Debug)]
pub struct SupplyView {
    /// Its case.
    pub of: Of,
    /// What is answered; `None`: nothing was asked, something is sent unasked.
    pub question: Option<Question>,
    /// The last day, or that it is over and what that means; unasked, what becomes of it.
    pub due: String,
    /// The answer would not be in time, or one was given already.
    pub late: bool,
    /// It can be sent; otherwise what was typed is given back.
    pub open: bool,
    /// Files of this answer, not sent yet.
    pub papers: Vec<PaperItem>,
    /// They can be taken away again.
    pub removable: bool,
    /// The message as typed.
    pub answer: String,
    /// What is wrong with the files.
    pub file_error: Option<String>,
    /// What is wrong with the message.
    pub text_error: Option<String>,
    /// All that is wrong.
    pub errors: Vec<ErrorLink>,
    /// Said once, for example that a file was removed.
    pub message: Option<String>,
}

/// `GET …/zuruecknehmen`
#[derive(Clone, Debug)]
pub struct WithdrawView {
    /// Its case.
    pub of: Of,
    /// What is asked.
    pub title: &'static str,
    /// What it means.
    pub lines: &'static [&'static str],
    /// What the button says.
    pub button: &'static str,
}

/// `GET …/folgeantrag`
#[derive(Clone, Debug)]
pub struct FollowView {
    /// Its case.
    pub of: Of,
    /// The service pays something that can go on.
    pub renewal: bool,
}

/// `GET …/widerspruch/{notice}`
#[derive(Clone, Debug)]
pub struct ObjectionView {
    /// The contested case.
    pub of: Of,
    /// Path of this page.
    pub action: String,
    /// Day of the notice, readable.
    pub issued: String,
    /// Until when it has to arrive, or that the period has not begun.
    pub until: String,
    /// The service may demand money: it pays none.
    pub pay: bool,
    /// The reasons as typed.
    pub text: String,
    /// What is wrong with them.
    pub error: Option<String>,
    /// The same as a link.
    pub errors: Vec<ErrorLink>,
}

/// `POST …/widerspruch/{notice}`: what will be sent.
#[derive(Clone, Debug)]
pub struct ObjectionCheckView {
    /// The contested case.
    pub of: Of,
    /// Path of the page.
    pub action: String,
    /// Until when it has to arrive, or that the period has not begun.
    pub until: String,
    /// What it is about.
    pub facts: Vec<Fact>,
    /// The reasons.
    pub text: String,
}

/// `GET …/widerspruch/{notice}` after the deadline.
#[derive(Clone, Debug)]
pub struct ObjectionLateView {
    /// The case.
    pub of: Of,
    /// Last day, readable.
    pub until: String,
    /// A follow-up application is possible.
    pub follow: bool,
}
