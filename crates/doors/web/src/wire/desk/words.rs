//! Decisions, explanations and finished tasks in words.

use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::desk::{ChangeLine, DoneItem, Proposal, Reason};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{CaseView, Change, DecisionView, DoneTask};
use wegfrei_decisions::Step;
use wegfrei_forms::{Field, Item};
use wegfrei_model::time::{german_date, parse_date};
use wegfrei_model::{Cents, Month};
use wegfrei_packages::{AnswerChange, DeskKind, InputSource, Package, ParameterKind};

/// What people call the names of a package: `[results]`, the labels of the form's fields, and of what only the desk knows.
#[derive(Default)]
pub(crate) struct Labels<'p> {
    words: HashMap<&'p str, &'p str>,
    fields: HashMap<&'p str, &'p Field>,
    /// Results in the order in which the package names them.
    order: Vec<&'p str>,
    /// Words for values: of what the desk chooses, and of results.
    choices: HashMap<&'p str, &'p [(String, String)]>,
    values: HashMap<&'p str, &'p [(String, String)]>,
    /// Words for what the authority has chosen among.
    parameters: HashMap<&'p str, &'p [(String, String)]>,
    /// How a line of a list reads.
    lines: HashMap<&'p str, &'p str>,
}

/// The words for a value, where there are some.
fn worded(words: Option<&&[(String, String)]>, value: &Value) -> Option<String> {
    let code = value.as_str()?;
    let mut known = words?.iter();
    known.find(|(known, _)| known == code).map(|(_, words)| words.clone())
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
                    if let DeskKind::Choice(options) = &fact.kind {
                        labels.choices.insert(&input.name, options);
                    }
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
        for parameter in &package.manifest().parameters {
            if let ParameterKind::Choice(options) = &parameter.kind {
                labels.parameters.insert(&parameter.name, options);
            }
        }
        for result in &package.manifest().results {
            labels.words.insert(&result.name, &result.label);
            labels.order.push(&result.name);
            labels.values.insert(&result.name, &result.values);
            if let Some(line) = &result.line {
                labels.lines.insert(&result.name, line);
            }
        }
        labels
    }

    /// Where the package names a result; what it does not name comes last.
    fn place(&self, technical: &str) -> usize {
        let at = self.order.iter().position(|known| *known == technical);
        at.unwrap_or(self.order.len())
    }

    /// One line of a list. Where the package names its parts they are read like a line of a table, in the package's order.
    fn line(&self, t: &'static Texts, list: &str, item: &Value) -> String {
        let part = |key: &str| format!("{list}.{key}");
        match item {
            Value::Object(members) if self.lines.contains_key(list) => {
                let line = self.lines.get(list).copied().unwrap_or_default().to_owned();
                let filled = |line: String, (key, member): (&String, &Value)| {
                    line.replace(&format!("{{{key}}}"), &self.result(t, &part(key), member))
                };
                members.iter().fold(line, filled)
            }
            Value::Object(members) if members.keys().all(|key| self.words.contains_key(part(key).as_str())) => {
                let mut shown: Vec<(&String, &Value)> = members.iter().collect();
                shown.sort_by_key(|(key, _)| self.place(&part(key)));
                // Texts, days and amounts speak for themselves; a bare number does not.
                let words = shown.into_iter().map(|(key, member)| match member {
                    Value::Number(_) if key != "cent" && !key.ends_with("_cent") => {
                        format!("{}: {}", self.name(&part(key)), value(t, key, member))
                    }
                    _ => value(t, key, member),
                });
                words.collect::<Vec<_>>().join(" · ")
            }
            other => value(t, list, other),
        }
    }

    /// The words for a name; without any, the name as well as it can be read.
    pub fn name(&self, technical: &str) -> String {
        let plain = technical.strip_prefix("antrag.").unwrap_or(technical);
        self.words
            .get(plain)
            .map_or_else(|| name(technical), |words| (*words).to_owned())
    }

    /// A result of the decision, or of a step of it.
    fn result(&self, t: &'static Texts, technical: &str, result: &Value) -> String {
        let plain = technical.rsplit('.').next().unwrap_or(technical);
        worded(self.values.get(technical), result).unwrap_or_else(|| value(t, plain, result))
    }

    /// What a rule was asked with: an answer, something the desk or the authority chose, or a result of another step.
    fn input(&self, t: &'static Texts, expression: &str, input: &Value) -> String {
        match (
            expression.strip_prefix("antrag."),
            expression.strip_prefix("parameter."),
        ) {
            (Some(answered), _) if !input.is_null() => self.answer(t, answered, input),
            (_, Some(chosen)) => {
                let words = worded(self.parameters.get(chosen), input);
                words.unwrap_or_else(|| self.result(t, expression, input))
            }
            _ => self.result(t, expression, input),
        }
    }

    /// An answer as the form shows it.
    pub fn answer(&self, t: &'static Texts, technical: &str, answer: &Value) -> String {
        if let Some(words) = worded(self.choices.get(technical), answer) {
            return words;
        }
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
    ("beruecksicht", "berücksicht"),
    ("ueberlass", "überlass"),
    ("ungekuerzt", "ungekürzt"),
    ("ausser", "außer"),
    ("spaeter", "später"),
    ("zaehl", "zähl"),
    ("vermoegen", "vermögen"),
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
            Some(cents) if technical.ends_with("_cent") || technical == "cent" || technical.starts_with("satz_") => {
                Cents::new(cents).to_string()
            }
            Some(share) if technical.ends_with("_prozent") => format!("{share} %"),
            _ => number.to_string().replace('.', ","),
        },
        Value::String(text) => match (parse_date(text), Month::parse(text)) {
            (Ok(date), _) => german_date(date),
            (_, Ok(month)) if technical.ends_with("monat") => month.german(),
            _ => text.clone(),
        },
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

/// Where the package gives no order: money first, then shares, dates and the rest, lists last.
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
    shown.sort_by_key(|(key, member)| (labels.place(key), rank(key, member)));
    let label = |key: &str| match key.strip_suffix("_cent") {
        Some(stem) if members.contains_key(stem) && !labels.words.contains_key(key) => format!("{} (€)", name(key)),
        _ => labels.name(key),
    };
    shown
        .into_iter()
        .map(|(key, member)| match member {
            Value::Array(items) => Fact {
                key: label(key),
                lines: items.iter().map(|item| labels.line(t, key, item)).collect(),
            },
            other => Fact::new(label(key), labels.result(t, key, other)),
        })
        .collect()
}

/// Whether a result has this number somewhere as an amount of money.
fn has_amount(result: &Value, number: i64) -> bool {
    match result {
        Value::Object(members) => members.iter().any(|(key, member)| {
            let money = key == "cent" || key.ends_with("_cent");
            (money && member.as_i64() == Some(number)) || has_amount(member, number)
        }),
        Value::Array(items) => items.iter().any(|item| has_amount(item, number)),
        _ => false,
    }
}

/// Whether an input of a rule is a name and no calculation, whose text only its author can read.
fn is_plain(expression: &str) -> bool {
    expression
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | ' '))
}

/// A step's value is an amount of money when the whole result has it as one: under the step's name, or the same number.
fn unit(step: &Step, whole: &Value) -> String {
    let (Some(number), Value::Object(members)) = (step.value.as_i64(), whole) else {
        return step.name.to_string();
    };
    let named = format!("{}_cent", step.name);
    if members.contains_key(&named) || (number > 366 && has_amount(whole, number)) {
        named
    } else {
        step.name.to_string()
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
    let words = labels.result(t, &unit(step, whole), &step.value);
    let plain = !matches!(*step.value, Value::Object(_) | Value::Array(_) | Value::Null);
    let heading = plain && words.chars().count() <= SHORT;
    let details = match &*step.value {
        _ if heading || empty(&step.value) => Vec::new(),
        Value::Object(_) => facts(t, labels, &step.value),
        Value::Array(items) => vec![Fact {
            key: t.desk_verdict.to_owned(),
            lines: items.iter().map(|item| labels.line(t, &step.name, item)).collect(),
        }],
        _ => vec![Fact::new(t.desk_verdict, words.clone())],
    };
    Reason {
        name: step
            .label
            .as_deref()
            .map_or_else(|| labels.name(&step.name), str::to_owned),
        result: if heading { words } else { String::new() },
        rule: joined(applied().filter_map(|rule| rule.reason.as_deref()).collect()),
        basis: joined(applied().filter_map(|rule| rule.legal_basis.as_deref()).collect()),
        inputs: step
            .inputs
            .iter()
            .filter(|input| is_plain(&input.expression))
            .map(|input| {
                Fact::new(
                    labels.name(&input.expression),
                    labels.input(t, &input.expression, &input.value),
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
        .flat_map(|step| step.uses.iter().map(wegfrei_decisions::Text::as_str))
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
                reason.also.push(
                    part.label
                        .as_deref()
                        .map_or_else(|| self.labels.name(name), str::to_owned),
                );
            }
        }
        reason
    }
}

/// That a decision pays less than it grants, because it was stopped.
pub(crate) fn stays_stopped(t: &'static Texts, decision: &DecisionView) -> Option<Fact> {
    let words = |month: Month| fill(t.desk_stays_stopped_words, "month", month.german());
    decision
        .stopped
        .map(|month| Fact::new(t.desk_stays_stopped, words(month)))
}

/// What the rules propose, and why.
pub(crate) fn proposal(t: &'static Texts, labels: &Labels<'_>, decision: &DecisionView) -> Proposal {
    let mut facts = facts(t, labels, &decision.value);
    facts.extend(stays_stopped(t, decision));
    Proposal {
        facts,
        reasons: tree(t, labels, decision),
    }
}

/// Whether all that was set is the desk's own to say: a decision, and no correction of what an applicant said.
pub(crate) fn is_choice<'n>(package: &Package, mut names: impl Iterator<Item = &'n String>) -> bool {
    names.all(|name| package.is_of_the_desk(name))
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
pub(crate) fn done(t: &'static Texts, package: &Package, labels: &Labels<'_>, task: &DoneTask) -> DoneItem {
    let none = serde_json::Map::new();
    let corrections = task.corrections.as_object().unwrap_or(&none);
    let came = match task.verdict {
        VerdictKind::Corrected if task.answers.is_empty() && is_choice(package, corrections.keys()) => t.desk_chosen,
        other => verdict(t, other),
    };
    let mut list = vec![Fact::new(t.desk_verdict, came)];
    list.extend(
        corrections
            .iter()
            .map(|(name, value)| Fact::new(labels.name(name), labels.answer(t, name, value))),
    );
    if !task.reason.is_empty() {
        list.push(Fact::new(t.desk_reason, task.reason.clone()));
    }
    list.extend(task.answers.iter().map(|one| {
        let line = answer_change(t, one);
        Fact::new(line.name, format!("{} → {}", line.submitted, line.corrected))
    }));
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

/// An answer of the form that was corrected, with the rows it lies in.
pub(crate) fn answer_change(t: &'static Texts, change: &AnswerChange) -> ChangeLine {
    let mut name = change.rows.clone();
    name.push(change.label.clone());
    ChangeLine {
        name: name.join(" – "),
        submitted: change.submitted.clone().unwrap_or_else(|| t.desk_row_absent.to_owned()),
        corrected: change
            .corrected
            .clone()
            .unwrap_or_else(|| t.desk_row_removed.to_owned()),
    }
}

/// All that was corrected: answers row by row, then single inputs and facts of the desk.
pub(crate) fn changes(t: &'static Texts, labels: &Labels<'_>, opened: &CaseView) -> Vec<ChangeLine> {
    let rows = opened.answer_changes.iter().map(|one| answer_change(t, one));
    rows.chain(opened.changes.iter().map(|one| change(t, labels, one)))
        .collect()
}

/// The members of two results that differ.
pub(crate) fn differences(t: &'static Texts, labels: &Labels<'_>, before: &Value, after: &Value) -> Vec<ChangeLine> {
    let lines = |fact: Option<&Fact>| fact.map_or_else(|| t.desk_no_value.to_owned(), |fact| fact.lines.join("; "));
    let old = if before.is_null() {
        Vec::new()
    } else {
        facts(t, labels, before)
    };
    let new = facts(t, labels, after);
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
            ("monat", json!("2026-04"), "04/2026"),
            ("cent", json!(51200), "512,00 €"),
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
    fn a_list_reads_like_a_table_and_results_stand_in_the_packages_order() {
        let t = crate::texts::of(crate::texts::Lang::De);
        let mut labels = Labels::default();
        for (name, words) in [
            ("anspruch", "Anspruch"),
            ("betrag_cent", "Wohngeld im Monat"),
            ("weg", "Rechenweg"),
            ("weg.schritt", "Schritt"),
            ("weg.cent", "Betrag"),
            ("weg.norm", "Vorschrift"),
            ("termine", "Termine"),
            ("termine.tag", "Tag"),
            ("termine.monat", "Monat"),
            ("termine.betrag_cent", "Betrag"),
            ("folgen", "Folgende Termine"),
        ] {
            labels.words.insert(name, words);
            labels.order.push(name);
        }
        let words = [("bewilligt".to_owned(), "Wird bewilligt".to_owned())];
        labels.values.insert("anspruch", &words);
        labels.lines.insert("folgen", "am {tag}.{monat}. {betrag_cent}");
        let result = json!({
            "betrag_cent": 51200,
            "weg": [{"cent": -337_800, "norm": "§ 17a WoGG", "schritt": "Freibetrag"}],
            "termine": [{"betrag_cent": 9600, "monat": 7, "tag": 1}],
            "folgen": [{"betrag_cent": 9600, "monat": 7, "tag": 1}],
            "zusatz": [{"a": 1}],
            "anspruch": "bewilligt",
        });
        let shown: Vec<String> = facts(t, &labels, &result)
            .into_iter()
            .map(|fact| format!("{}: {}", fact.key, fact.lines.join("; ")).replace('\u{a0}', " "))
            .collect();
        let expected = [
            "Anspruch: Wird bewilligt",
            "Wohngeld im Monat: 512,00 €",
            "Rechenweg: Freibetrag · -3.378,00 € · § 17a WoGG",
            "Termine: Tag: 1 · Monat: 7 · 96,00 €",
            "Folgende Termine: am 1.7. 96,00 €",
            "Zusatz: A: 1",
        ];
        assert_eq!(shown, expected);
        for (number, money) in [(-337_800, true), (51200, true), (1, false), (512, false)] {
            assert_eq!(has_amount(&result, number), money, "{number}");
        }
        for (expression, plain) in [
            ("antrag.miete_cent", true),
            ("Monat", true),
            ("stufe = null", false),
            ("count(mitglieder[verhaeltnis = \"partner\"])", false),
        ] {
            assert_eq!(is_plain(expression), plain, "{expression}");
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
