//! Error pages: what happened, that nothing is lost, and what to do.

use crate::texts::Texts;
use axum::http::StatusCode;

/// A page that says what went wrong.
#[derive(Clone, Debug)]
pub struct ProblemView {
    /// Status of the answer.
    pub status: StatusCode,
    /// Heading.
    pub title: &'static str,
    /// What happened and what to do, a paragraph each.
    pub lines: &'static [&'static str],
    /// The error's own sentence, in German whatever the language of the page.
    pub said: Option<String>,
    /// The page the form was sent from.
    pub again: Option<String>,
    /// Where to sign in, when that is what helps.
    pub login: Option<String>,
    /// The number that a log line has too.
    pub request: String,
}

impl ProblemView {
    /// The page for a status; statuses without a page of their own are shown as 400 or 500.
    #[must_use]
    pub fn new(t: &'static Texts, status: StatusCode, request: String) -> ProblemView {
        let (title, lines) = match status.as_u16() {
            403 => (t.problem_forbidden_title, t.problem_forbidden_lines),
            404 | 405 => (t.problem_missing_title, t.problem_missing_lines),
            408 => (t.problem_slow_title, t.problem_slow_lines),
            409 => (t.problem_stale_title, t.problem_stale_lines),
            413 => (t.problem_large_title, t.problem_large_lines),
            429 => (t.problem_often_title, t.problem_often_lines),
            503 | 504 => (t.problem_busy_title, t.problem_busy_lines),
            400..500 => (t.problem_bad_title, t.problem_bad_lines),
            _ => (t.problem_broken_title, t.problem_broken_lines),
        };
        ProblemView {
            status,
            title,
            lines,
            said: None,
            again: None,
            login: None,
            request,
        }
    }
}
