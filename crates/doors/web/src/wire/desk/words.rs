//! Decisions, explanations and timelines in words.

use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::case::Event;
use crate::view::desk::{ChangeLine, DeadlineLine, DoneItem, Exchange, Linked, NoteLine, Proposal, Reason};
use crate::wire::day;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{CaseView, Change, DecisionView, DoneTask, TimelineItem};
use wegfrei_decisions::Step;
use wegfrei_forms::{Field, Item};
use wegfrei_model::time::{german_date, parse_date};
use wegfrei_model::{Cents, NoticeId, Timestamp};
use wegfrei_packages::{InputSource, Package};

/// What people call the names of a package: `[results]`, the labels of the form's fields, and of what only the desk knows.
#[derive(Default)]
pub(crate) struct Labels<'p> {
    words: HashMap<&'p str, &'p str>,
    fields: HashMap<&'p str, &'p Field>,
}

fn fields<'f>(items: &'f [Item], into: &mut Vec<&'f Field>) {
    for item in items {
        match item {
            Item::Field(field) => into.push(field),
            Item::Group(group) => fields(&group.items, into),
        }
    }
}

impl<'p> Labels<'p> {
    /// Of a package.
    pub fn of(package: &'p Package) -> Labels<'p> {
        let mut known = Vec::new();
        for page in package.form().pages() {
            fields(&page.items, &mut known);
        }
        let mut labels = Labels::default();
        for input in &package.manifest().inputs {
            match &input.source {
                InputSource::Desk(fact) => {
                    labels.words.insert(&input.name, &fact.label);
                }
                InputSource::Group { .. } => {}
                InputSource::Field(id) => {
                    if let Some(field) = known.iter().find(|field| field.id == *id || field.path == *id) {
                        labels.words.insert(&input.name, &field.label_out);
                        labels.fields.insert(&input.name, field);
                    }
                }
            }
        }
        for (name, label) in &package.manifest().results {
            labels.words.insert(name, label);
        }
        labels
    }

    /// The words for a name; without any, the name as well as it can be read.
    pub fn name(&self, technical: &str) -> String {
        let plain = technical.strip_prefix("antrag.").unwrap_or(technical);
        self.words
            .get(plain)
            .map_or_else(|| name(technical), |words| (*words).to_owned())
    }

    /// An answer as the form shows it.
    pub fn answer(&self, t: &'static Texts, technical: &str, answer: &Value) -> String {
        match self.fields.get(technical) {
            Some(_) if answer.is_null() => t.desk_unknown.to_owned(),
            Some(field) => field.display(answer),
            None => value(t, technical, answer),
        }
    }
}

/// Names in DMN models are written without umlauts; these are the stems that would look wrong.
const SPELLING: &[(&str, &str)] = &[
    ("ermaessig", "ermäßig"),
    ("gruende", "gründe"),
    ("faellig", "fällig"),
    ("gefaehr", "gefähr"),
    ("haeuf", "häuf"),
    ("jaehr", "jähr"),
    ("hoehe", "höhe"),
];

/// A name of a model for people: `jahressteuer_cent` → `Jahressteuer`.
pub(crate) fn name(technical: &str) -> String {
    let stem = technical
        .strip_suffix("_cent")
        .or_else(|| technical.strip_suffix("_prozent"))
        .unwrap_or(technical);
    let mut text = stem.rsplit('.').next().unwrap_or(stem).replace('_', " ");
    for (plain, right) in SPELLING {
        text = text.replace(plain, right);
    }
    text.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// A value for people; the ending of its name says the unit (`_cent`, `_prozent`).
pub(crate) fn value(t: &'static Texts, technical: &str, value: &Value) -> String {
    match value {
        Value::Null => t.desk_unknown.to_owned(),
        Value::Bool(true) => t.form_yes.to_owned(),
        Value::Bool(false) => t.form_no.to_owned(),
        Value::Number(number) => match number.as_i64() {
            Some(cents) if technical.ends_with("_cent") || technical.starts_with("satz_") => {
                Cents::new(cents).to_string()
            }
            Some(share) if technical.ends_with("_prozent") => format!("{share} %"),
            _ => number.to_string().replace('.', ","),
        },
        Value::String(text) => parse_date(text).map_or_else(|_| text.clone(), german_date),
        Value::Array(items) => items
            .iter()
            .map(|item| self::value(t, technical, item))
            .collect::<Vec<_>>()
            .join("; "),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| format!("{}: {}", name(key), self::value(t, key, member)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Money first, then shares, dates and the rest, lists last: a result's members come in no order of their own.
fn rank(key: &str, member: &Value) -> u8 {
    match member {
        Value::Array(_) | Value::Object(_) => 5,
        Value::Number(_) if key.ends_with("_cent") => 0,
        Value::Number(_) if key.ends_with("_prozent") => 1,
        Value::String(text) if parse_date(text).is_ok() => 2,
        _ => 3,
    }
}

/// The members of a result as facts; what is empty is left out.
pub(crate) fn facts(t: &'static Texts, labels: &Labels<'_>, result: &Value) -> Vec<Fact> {
    let Value::Object(members) = result else {
        return vec![Fact::new(t.desk_verdict, value(t, "", result))];
    };
    let mut shown: Vec<(&String, &Value)> = members.iter().filter(|(_, member)| !empty(member)).collect();
    shown.sort_by_key(|(key, member)| rank(key, member));
    let label = |key: &str| match key.strip_suffix("_cent") {
        Some(stem) if members.contains_key(stem) && !labels.words.contains_key(key) => format!("{} (€)", name(key)),
        _ => labels.name(key),
    };
    shown
        .into_iter()
        .map(|(key, member)| match member {
            Value::Array(items) => Fact {
                key: label(key),
                lines: items.iter().map(|item| value(t, key, item)).collect(),
            },
            other => Fact::new(label(key), value(t, key, other)),
        })
        .collect()
}

/// A step's value is an amount of money when the whole result has it as one: under the step's name, or the same number.
fn unit(step: &Step, whole: &Value) -> String {
    let (Some(number), Value::Object(members)) = (step.value.as_i64(), whole) else {
        return step.name.clone();
    };
    let named = format!("{}_cent", step.name);
    let same = |(key, member): (&String, &Value)| key.ends_with("_cent") && member.as_i64() == Some(number);
    if members.contains_key(&named) || (number > 366 && members.iter().any(same)) {
        named
    } else {
        step.name.clone()
    }
}

/// Longest result that stands in the heading of a step, in characters.
const SHORT: usize = 40;
/// Deepest nesting of an explanation that is drawn; a model that goes deeper names the rest.
const DEEPEST: usize = 12;

/// One step without what it rests on.
fn step_alone(t: &'static Texts, labels: &Labels<'_>, step: &Step, whole: &Value) -> Reason {
    let applied = || step.rules.iter().filter(|rule| rule.applied);
    let joined = |texts: Vec<&str>| {
        let mut texts = texts;
        texts.dedup();
        texts.join("; ")
    };
    let words = value(t, &unit(step, whole), &step.value);
    let plain = !matches!(step.value, Value::Object(_) | Value::Array(_) | Value::Null);
    let heading = plain && words.chars().count() <= SHORT;
    let details = match &step.value {
        _ if heading || empty(&step.value) => Vec::new(),
        Value::Object(_) => facts(t, labels, &step.value),
        Value::Array(items) => vec![Fact {
            key: t.desk_verdict.to_owned(),
            lines: items.iter().map(|item| value(t, &step.name, item)).collect(),
        }],
        _ => vec![Fact::new(t.desk_verdict, words.clone())],
    };
    Reason {
        name: step.label.clone().unwrap_or_else(|| labels.name(&step.name)),
        result: if heading { words } else { String::new() },
        rule: joined(applied().filter_map(|rule| rule.reason.as_deref()).collect()),
        basis: joined(applied().filter_map(|rule| rule.legal_basis.as_deref()).collect()),
        inputs: step
            .inputs
            .iter()
            .map(|input| {
                Fact::new(
                    labels.name(&input.expression),
                    value(t, &input.expression, &input.value),
                )
            })
            .collect(),
        details,
        parts: Vec::new(),
        also: Vec::new(),
    }
}

/// The steps as a tree: the decision asked for at the top, below each step what it uses. A step used twice stands where it is met
/// first; elsewhere it is only named.
fn tree(t: &'static Texts, labels: &Labels<'_>, decision: &DecisionView) -> Vec<Reason> {
    let steps = &decision.explanation.decisions;
    let used: BTreeSet<&str> = steps
        .iter()
        .flat_map(|step| step.uses.iter().map(String::as_str))
        .collect();
    let mut shown = BTreeSet::new();
    // Dependencies come first in the explanation, so the decision asked for is the last.
    let tops = steps.iter().rev().filter(|step| !used.contains(step.name.as_str()));
    let mut branch = Branch {
        t,
        labels,
        decision,
        shown: &mut shown,
    };
    tops.map(|step| {
        let mut top = branch.grow(step, 0);
        // The result of the whole stands above the tree already.
        if step.value == decision.value {
            top.details = Vec::new();
        }
        top
    })
    .collect()
}

struct Branch<'a, 's> {
    t: &'static Texts,
    labels: &'a Labels<'a>,
    decision: &'a DecisionView,
    shown: &'s mut BTreeSet<&'a str>,
}

impl<'a> Branch<'a, '_> {
    fn grow(&mut self, step: &'a Step, depth: usize) -> Reason {
        self.shown.insert(&step.name);
        let mut reason = step_alone(self.t, self.labels, step, &self.decision.value);
        for name in &step.uses {
            // Inputs (`antrag`, `parameter`, `datum`) are no steps; they stand among the values.
            let Some(part) = self.decision.explanation.step(name) else {
                continue;
            };
            if depth < DEEPEST && !self.shown.contains(name.as_str()) {
                let part = self.grow(part, depth + 1);
                reason.parts.push(part);
            } else {
                reason
                    .also
                    .push(part.label.clone().unwrap_or_else(|| self.labels.name(name)));
            }
        }
        reason
    }
}

/// What the rules propose, and why.
pub(crate) fn proposal(t: &'static Texts, labels: &Labels<'_>, decision: &DecisionView) -> Proposal {
    Proposal {
        facts: facts(t, labels, &decision.value),
        reasons: tree(t, labels, decision),
    }
}

/// What came of a task, in words.
pub(crate) fn verdict(t: &'static Texts, kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Confirmed => t.desk_confirmed,
        VerdictKind::Corrected => t.desk_corrected,
        VerdictKind::Requested => t.desk_requested,
        VerdictKind::Released => t.desk_released,
        VerdictKind::Returned => t.desk_returned,
        VerdictKind::Supplied => t.desk_supplied,
    }
}

/// A finished task in words.
pub(crate) fn done(t: &'static Texts, labels: &Labels<'_>, task: &DoneTask) -> DoneItem {
    let mut list = vec![Fact::new(t.desk_verdict, verdict(t, task.verdict))];
    if !task.reason.is_empty() {
        list.push(Fact::new(t.desk_reason, task.reason.clone()));
    }
    if !empty(&task.corrections) {
        list.extend(facts(t, labels, &task.corrections));
    }
    DoneItem {
        title: format!("{}: {}, {}", task.name, task.by, task.at.german()),
        facts: list,
    }
}

/// A corrected fact, before and after.
pub(crate) fn change(t: &'static Texts, labels: &Labels<'_>, change: &Change) -> ChangeLine {
    ChangeLine {
        name: labels.name(&change.name),
        submitted: labels.answer(t, &change.name, &change.submitted),
        corrected: labels.answer(t, &change.name, &change.corrected),
    }
}

/// The members of two results that differ.
pub(crate) fn differences(t: &'static Texts, labels: &Labels<'_>, before: &Value, after: &Value) -> Vec<ChangeLine> {
    let lines = |fact: Option<&Fact>| fact.map_or_else(|| t.desk_no_value.to_owned(), |fact| fact.lines.join("; "));
    let (old, new) = (facts(t, labels, before), facts(t, labels, after));
    let mut names: Vec<&str> = new.iter().map(|fact| fact.key.as_str()).collect();
    names.extend(
        old.iter()
            .map(|fact| fact.key.as_str())
            .filter(|key| new.iter().all(|fact| fact.key != *key)),
    );
    let of = |list: &[Fact], name: &str| lines(list.iter().find(|fact| fact.key == name));
    names
        .into_iter()
        .map(|name| ChangeLine {
            name: name.to_owned(),
            submitted: of(&old, name),
            corrected: of(&new, name),
        })
        .filter(|line| line.submitted != line.corrected)
        .collect()
}

fn paragraphs(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What was asked of the applicant, and answers that came late.
pub(crate) fn exchanges(t: &'static Texts, opened: &CaseView) -> Vec<Exchange> {
    let asked = opened.requests.iter().map(|request| {
        let until = german_date(request.due);
        let note = if request.open && !request.begun {
            t.desk_ask_unsent
        } else if request.open {
            t.desk_ask_open
        } else {
            t.desk_ask_closed
        };
        let exchange = Exchange {
            title: fill(t.desk_asked, "date", day(request.asked_at)),
            lines: paragraphs(&request.text),
            papers: request.papers.clone(),
            note: fill(note, "date", until),
        };
        (request.asked_at, exchange)
    });
    let late = opened.late_answers.iter().map(|answer| {
        let exchange = Exchange {
            title: fill(t.desk_answered_late, "date", answer.at.german()),
            lines: paragraphs(&answer.text),
            papers: Vec::new(),
            note: String::new(),
        };
        (answer.at, exchange)
    });
    let mut all: Vec<(Timestamp, Exchange)> = asked.chain(late).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, exchange)| exchange).collect()
}

/// Notes of the desk.
pub(crate) fn notes(opened: &CaseView) -> Vec<NoteLine> {
    let line = |note: &wegfrei_cases::NoteView| NoteLine {
        title: format!("{}, {}", note.by, note.at.german()),
        lines: paragraphs(&note.text),
    };
    opened.notes.iter().map(line).collect()
}

/// Deadlines that run.
pub(crate) fn deadlines(t: &'static Texts, now: Timestamp, package: &Package, opened: &CaseView) -> Vec<DeadlineLine> {
    let line = |deadline: &wegfrei_cases::DeadlineView| DeadlineLine {
        name: match deadline.name.as_str() {
            "rechtsbehelfsfrist" => t.desk_deadline_objection.to_owned(),
            "mitwirkungsfrist" => t.desk_deadline_answer.to_owned(),
            "erinnerung" => t.desk_deadline_reminder.to_owned(),
            other => {
                let element = package.process().element(&deadline.element);
                fill(
                    t.desk_deadline_other,
                    "name",
                    element.map_or(other, |element| element.name.as_str()),
                )
            }
        },
        due: super::due(t, now, deadline.due),
    };
    opened.deadlines.iter().map(line).collect()
}

/// What a letter is called.
fn letter_name(t: &'static Texts, package: &Package, template: &str) -> String {
    let title = if template == package.notice_template() {
        t.mine_notice_title
    } else if template.ends_with("-leicht") {
        t.mine_easy_title
    } else if package.enclosures().iter().any(|known| known.as_str() == template) {
        t.mine_enclosure_title
    } else {
        return name(&template.replace('-', " "));
    };
    fill(title, "service", package.name())
}

/// The end of a letter's file name: its template, which is a file name of the package.
pub(crate) fn letter_file(opened: &CaseView, notice: NoticeId) -> &str {
    let of = opened.notices.iter().find(|known| known.notice == notice);
    of.map_or("brief", |known| known.template.as_str())
}

/// The letters of a case, each shown beside the application.
pub(crate) fn letters(t: &'static Texts, base: &str, opened: &CaseView, package: &Package) -> Vec<Linked> {
    let line = |notice: &wegfrei_cases::NoticeSummary| Linked {
        href: format!("{base}?brief={}#unterlage", notice.notice),
        name: letter_name(t, package, &notice.template),
        detail: if notice.ready {
            day(notice.issued_at)
        } else {
            t.desk_letter_pending.to_owned()
        },
    };
    opened.notices.iter().map(line).collect()
}

/// A line of the timeline in words.
pub(crate) fn event(t: &'static Texts, item: &TimelineItem) -> Event {
    let what = match item.kind.as_str() {
        "draft.saved" => t.event_draft,
        "draft.discarded" => t.event_discarded,
        "paper.added" => t.event_paper_added,
        "paper.removed" => t.event_paper_removed,
        "case.submitted" => t.event_submitted,
        "case.withdrawn" => t.event_withdrawn,
        "decision.made" => t.event_decided,
        "task.opened" => t.event_task_opened,
        "task.completed" => t.event_task_completed,
        "task.assigned" => t.event_assigned,
        "papers.requested" => t.event_asked,
        "answer.late" => t.event_answered,
        "note.added" => t.event_note,
        "objection.filed" => t.event_objected,
        "process.advanced" => t.event_advanced,
        "notice.issued" => t.event_notice_issued,
        "notice.rendered" => t.event_notice_rendered,
        "notice.read" => t.event_notice_read,
        "deadline.set" => t.event_deadline_set,
        "deadline.passed" => t.event_deadline_passed,
        "deadline.cancelled" => t.event_called_off,
        "case.closed" => t.event_closed,
        _ => "",
    };
    // What follows by itself from somebody's act is recorded under their name, but nobody did it.
    let by_itself = [
        "decision.made",
        "task.opened",
        "process.advanced",
        "notice.issued",
        "deadline.set",
        "deadline.cancelled",
    ];
    let who = if by_itself.contains(&item.kind.as_str()) {
        String::new()
    } else {
        item.who.clone()
    };
    Event {
        time: item.time.german(),
        at: item.time.to_string(),
        what: if what.is_empty() {
            fill(t.event_other, "kind", &item.kind)
        } else {
            what.to_owned()
        },
        who,
        detail: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_carry_their_unit() {
        let t = crate::texts::of(crate::texts::Lang::De);
        for (name, input, shown) in [
            ("jahressteuer_cent", json!(9600), "96,00 €"),
            ("ermaessigung_prozent", json!(50), "50 %"),
            ("monate", json!(9), "9"),
            ("beginn", json!("2026-04-01"), "1. April 2026"),
            ("automatisch", json!(false), "Nein"),
            ("rasse", json!(null), "keine Angabe"),
            (
                "raten",
                json!([{"faellig": "2026-05-15", "betrag_cent": 100}]),
                "Fällig: 15. Mai 2026, Betrag: 1,00 €",
            ),
        ] {
            assert_eq!(value(t, name, &input).replace('\u{a0}', " "), shown, "{name}");
        }
    }

    #[test]
    fn names_for_people() {
        for (technical, shown) in [
            ("jahressteuer_cent", "Jahressteuer"),
            ("ermaessigung_prozent", "Ermäßigung"),
            ("antrag.rasse", "Rasse"),
            ("folgejahre_raten", "Folgejahre Raten"),
            ("", ""),
        ] {
            assert_eq!(name(technical), shown);
        }
    }
}
