//! How somebody wants to be told that something lies in the mailbox.

use super::form::ErrorLink;
use super::mine::Of;

/// The choice, as a part of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactChoice {
    /// E-mail can be chosen here.
    pub offered: bool,
    /// E-mail is chosen.
    pub email: bool,
    /// The address as typed, or as the login service told it.
    pub address: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// `GET …/kontakt`
#[derive(Clone, Debug)]
pub struct ContactView {
    /// Its case.
    pub of: Of,
    /// The choice.
    pub choice: ContactChoice,
    /// The last message could not be delivered on this day.
    pub failed: Option<String>,
    /// What is wrong.
    pub errors: Vec<ErrorLink>,
}
