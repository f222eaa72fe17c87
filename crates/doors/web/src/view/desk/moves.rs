//! Moves of running cases to the newest version of their package.

use super::super::Fact;
use super::super::form::Choice;
use super::print::Progress;

/// Running cases that work with an older version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldVersionLine {
    /// Service, readable.
    pub service: String,
    /// Their version.
    pub from: String,
    /// The newest.
    pub to: String,
    /// How many.
    pub cases: String,
    /// Where the move is looked at beforehand.
    pub href: String,
}

/// A move in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveLine {
    /// Its page.
    pub href: String,
    /// "Umstellung 3".
    pub title: String,
    /// Service, readable, with both versions.
    pub what: String,
    /// When and by whom it was started.
    pub started: String,
    /// Where it stands.
    pub standing: &'static str,
    /// How many of the cases were moved.
    pub moved: String,
}

/// `GET /amt/umstellungen`
#[derive(Clone, Debug, Default)]
pub struct MovesView {
    /// What can be moved.
    pub due: Vec<OldVersionLine>,
    /// Moves, newest first.
    pub runs: Vec<MoveLine>,
}

/// A case that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCase {
    /// The case.
    pub href: String,
    /// What letters quote.
    pub reference: String,
}

/// Cases that stay for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StayLine {
    /// The step of the process; empty when it is something else.
    pub step: String,
    /// What is in the way.
    pub reason: String,
    /// What can be done.
    pub help: String,
    /// How many cases, as words.
    pub count: String,
    /// Some of them.
    pub cases: Vec<NamedCase>,
    /// How many more there are, as words.
    pub more: Option<String>,
}

/// A step of the old process, and the steps of the new one that may take its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterpart {
    /// Name of the select box.
    pub name: String,
    /// The step, readable.
    pub label: String,
    /// The steps of the new process.
    pub choices: Vec<Choice>,
}

/// `GET /amt/umstellungen/{service}/{version}`: what a move would do.
#[derive(Clone, Debug, Default)]
pub struct MovePreviewView {
    /// Its own path, without what was named by hand.
    pub href: String,
    /// Service, readable.
    pub service: String,
    /// The version the cases work with.
    pub from: String,
    /// The newest version.
    pub to: String,
    /// Why nothing can move.
    pub reasons: Vec<String>,
    /// How many can, as a sentence.
    pub can: String,
    /// The words of the button; `None` when no case can move.
    pub start: Option<String>,
    /// What changes for people, each with the number of cases.
    pub notes: Vec<String>,
    /// What stays, and why.
    pub stays: Vec<StayLine>,
    /// What can be named by hand.
    pub counterparts: Vec<Counterpart>,
    /// What was named by hand: field and value.
    pub by_hand: Vec<(String, String)>,
    /// What went wrong.
    pub error: Option<String>,
}

/// `GET /amt/umstellungen/{number}`
#[derive(Clone, Debug, Default)]
pub struct MoveView {
    /// Its own path.
    pub href: String,
    /// "Umstellung 3".
    pub title: String,
    /// Where it stands.
    pub standing: &'static str,
    /// What is going on, as a sentence, and how far it is.
    pub working: Option<(String, Progress)>,
    /// What, when, by whom, how much.
    pub facts: Vec<Fact>,
    /// What stayed, and why.
    pub stays: Vec<StayLine>,
    /// What was not taken back, and why.
    pub kept: Vec<StayLine>,
    /// It can be taken back.
    pub take_back: bool,
    /// Said once after an action.
    pub message: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}
