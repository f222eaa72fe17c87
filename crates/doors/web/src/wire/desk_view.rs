//! Decisions, explanations and timelines in words.

use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::case::Event;
use crate::view::desk::{DoneItem, Proposal, Reason};
use serde_json::Value;
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{DecisionView, DoneTask, TimelineItem};
use wegfrei_decisions::Step;
use wegfrei_model::Cents;
use wegfrei_model::time::{german_date, parse_date};

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
pub(crate) fn facts(t: &'static Texts, result: &Value) -> Vec<Fact> {
    let Value::Object(members) = result else {
        return vec![Fact::new(t.desk_verdict, value(t, "", result))];
    };
    let mut shown: Vec<(&String, &Value)> = members.iter().filter(|(_, member)| !empty(member)).collect();
    shown.sort_by_key(|(key, member)| rank(key, member));
    let label = |key: &str| match key.strip_suffix("_cent") {
        Some(stem) if members.contains_key(stem) => format!("{} (€)", name(key)),
        _ => name(key),
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

fn reason(t: &'static Texts, step: &Step, whole: &Value) -> Reason {
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
        Value::Object(_) => facts(t, &step.value),
        Value::Array(items) => vec![Fact {
            key: t.desk_verdict.to_owned(),
            lines: items.iter().map(|item| value(t, &step.name, item)).collect(),
        }],
        _ => vec![Fact::new(t.desk_verdict, words.clone())],
    };
    Reason {
        name: step.label.clone().unwrap_or_else(|| name(&step.name)),
        result: if heading { words } else { String::new() },
        rule: joined(applied().filter_map(|rule| rule.reason.as_deref()).collect()),
        basis: joined(applied().filter_map(|rule| rule.legal_basis.as_deref()).collect()),
        inputs: step
            .inputs
            .iter()
            .map(|input| Fact::new(name(&input.expression), value(t, &input.expression, &input.value)))
            .collect(),
        details,
    }
}

/// What the rules propose, and why.
pub(crate) fn proposal(t: &'static Texts, decision: &DecisionView) -> Proposal {
    Proposal {
        facts: facts(t, &decision.value),
        reasons: decision
            .explanation
            .decisions
            .iter()
            .map(|step| reason(t, step, &decision.value))
            .collect(),
    }
}

/// A finished task in words.
pub(crate) fn done(t: &'static Texts, task: &DoneTask) -> DoneItem {
    let verdict = match task.verdict {
        VerdictKind::Confirmed => t.desk_confirmed,
        VerdictKind::Corrected => t.desk_corrected,
        VerdictKind::Requested => t.desk_requested,
        VerdictKind::Released => t.desk_released,
        VerdictKind::Returned => t.desk_returned,
        VerdictKind::Supplied => t.desk_supplied,
    };
    let mut list = vec![Fact::new(t.desk_verdict, verdict)];
    if !task.reason.is_empty() {
        list.push(Fact::new(t.desk_reason, task.reason.clone()));
    }
    if !empty(&task.corrections) {
        list.extend(facts(t, &task.corrections));
    }
    DoneItem {
        title: format!("{}: {}, {}", task.name, task.by, task.at.german()),
        facts: list,
    }
}

/// A line of the timeline in words.
pub(crate) fn event(t: &'static Texts, item: &TimelineItem) -> Event {
    let what = match item.kind.as_str() {
        "draft.saved" => t.event_draft.to_owned(),
        "draft.discarded" => t.event_discarded.to_owned(),
        "paper.added" => t.event_paper_added.to_owned(),
        "paper.removed" => t.event_paper_removed.to_owned(),
        "case.submitted" => t.event_submitted.to_owned(),
        "decision.made" => t.event_decided.to_owned(),
        "task.opened" => t.event_task_opened.to_owned(),
        "task.completed" => t.event_task_completed.to_owned(),
        "process.advanced" => t.event_advanced.to_owned(),
        "notice.issued" => t.event_notice_issued.to_owned(),
        "notice.rendered" => t.event_notice_rendered.to_owned(),
        "notice.read" => t.event_notice_read.to_owned(),
        "deadline.set" => t.event_deadline_set.to_owned(),
        "deadline.passed" => t.event_deadline_passed.to_owned(),
        "case.closed" => t.event_closed.to_owned(),
        other => fill(t.event_other, "kind", other),
    };
    // What follows by itself from somebody's act is recorded under their name, but nobody did it.
    let by_itself = [
        "decision.made",
        "task.opened",
        "process.advanced",
        "notice.issued",
        "deadline.set",
    ];
    let who = if by_itself.contains(&item.kind.as_str()) {
        String::new()
    } else {
        item.who.clone()
    };
    Event {
        time: item.time.german(),
        at: item.time.to_string(),
        what,
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
