//! Answers as JSON, by element id, and what is said about them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// A person's answers: a JSON object keyed by element id and nested by group, e.g. `{"G1": {"F1": "Meier"}}`. What repeats is
/// an array. Text is a string, a date `YYYY-MM-DD`, money whole cents, an unreadable input the text as typed.
pub type Data = Value;

/// Something wrong with an answer, in plain German for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The element, e.g. `G1.F2`; `G1.0.F2` in a group that repeats.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// For machines.
    pub code: Code,
}

/// Kind of a [`Problem`], for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// An answer is missing.
    Required,
    /// The answer is not of the field's type, e.g. letters in a number, the 31st of February.
    Type,
    /// Too short or too long.
    Length,
    /// Too small, too large, too early, too late.
    Range,
    /// Does not match the field's pattern.
    Pattern,
    /// Not one of the options.
    Option,
    /// A character that does not belong in text.
    Character,
    /// A rule of the form is broken.
    Rule,
    /// The form has no such element.
    Unknown,
    /// Answers that do not belong to this case; remove the value.
    Hidden,
    /// Too few or too many occurrences.
    Repeat,
    /// A paper of the wrong type or size.
    File,
}

/// What holds for a set of answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// Paths of fields and groups that are not shown; what is inside a hidden group is listed too.
    pub hidden: BTreeSet<String>,
    /// Paths of fields that need an answer.
    pub required: BTreeSet<String>,
    /// What empty fields start with, by path: from their `inhalt` or a rule.
    pub proposed: BTreeMap<String, Value>,
    /// At most one problem per path, in the order of the form.
    pub problems: Vec<Problem>,
}

/// The answers of one page for reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryGroup {
    /// The page, to link back to.
    pub page_id: String,
    /// Its heading.
    pub title: String,
    /// Answers in order; notes and hidden fields left out.
    pub rows: Vec<SummaryRow>,
}

/// One answer for reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryRow {
    /// The field's path.
    pub path: String,
    /// The field's label (`bezeichnungAusgabe`).
    pub label: String,
    /// German display, e.g. `3. April 2026`, `1.234,56 €`, `Ja`; `keine Angabe` when empty.
    pub value: String,
}
