//! Print runs on the desk's pages.

use crate::view::Fact;

/// A print run in the outbox's list.
#[derive(Clone, Debug)]
pub struct PrintRunLine {
    /// Its page.
    pub href: String,
    /// "Drucklauf 7".
    pub title: String,
    /// When it was started.
    pub started: String,
    /// Who started it.
    pub by: String,
    /// Where it stands.
    pub standing: &'static str,
}

/// Print runs in the outbox.
#[derive(Clone, Debug, Default)]
pub struct PrintRunsView {
    /// What a new run would take, as a sentence; `None` when nothing waits that is in no run.
    pub start: Option<String>,
    /// The last ones, newest first.
    pub runs: Vec<PrintRunLine>,
}

/// One file of a run.
#[derive(Clone, Debug)]
pub struct PrintFileLine {
    /// "Datei 2".
    pub title: String,
    /// Where it is; `None` when it is gone.
    pub href: Option<String>,
    /// Envelopes in it.
    pub envelopes: String,
    /// Documents in them.
    pub documents: String,
    /// Sheets of paper.
    pub sheets: String,
}

/// An envelope that is not noted with the others.
#[derive(Clone, Debug)]
pub struct PrintLeftLine {
    /// Where it lies: file and running number.
    pub place: String,
    /// What it quotes.
    pub reference: String,
    /// Why.
    pub why: &'static str,
}

/// How far work has come that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Done,
    pub done: u64,
    /// of all.
    pub all: u64,
}

impl Progress {
    /// In tens of percent, rounded down: a screen reader says ten numbers and not a thousand.
    #[must_use]
    pub fn tens(self) -> u64 {
        (self.done * 10).checked_div(self.all).unwrap_or(10).min(10) * 10
    }
}

/// `GET /amt/postausgang/drucklauf/{number}`
#[derive(Clone, Debug, Default)]
pub struct PrintRunView {
    /// Its own path.
    pub href: String,
    /// "Drucklauf 7".
    pub title: String,
    /// Where it stands.
    pub standing: &'static str,
    /// What is going on, as a sentence, and how far it is.
    pub working: Option<(String, Progress)>,
    /// When, by whom, how much.
    pub facts: Vec<Fact>,
    /// Its files so far.
    pub files: Vec<PrintFileLine>,
    /// What was left out, or is to be taken out of the pile.
    pub left: Vec<PrintLeftLine>,
    /// Heading and lead of that list.
    pub left_words: (&'static str, &'static str),
    /// It can be posted: first and last day for the date box.
    pub post: Option<(String, String)>,
    /// Its posting can be taken back.
    pub recall: bool,
    /// It can be given up.
    pub discard: bool,
    /// The work on it has failed for good.
    pub stuck: bool,
    /// Its files are gone: what became of its letters.
    pub erased: Option<&'static str>,
    /// Said once after an action.
    pub message: Option<String>,
    /// What was wrong with what was sent.
    pub error: Option<String>,
}
