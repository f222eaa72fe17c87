//! Decisions, explanations and finished tasks in words.

use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::desk::{ChangeLine, DoneItem, Grid, Proposal, Reason};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{CaseView, Change, DecisionView, DoneTask, Status};
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

    /// Whether the package has words for the lines of this list.
    fn tells(&self, list: &str) -> bool {
        let part = |known: &&str| known.strip_prefix(list).is_some_and(|rest| rest.starts_with('.'));
        self.lines.contains_key(list) || self.words.keys().any(part)
    }

    /// The lists of a result whose lines the package names part by part, in its order: they read like tables.
    fn lists<'v>(&self, result: &'v Value) -> Vec<(&'v str, Vec<&'v Map<String, Value>>)> {
        let Value::Object(members) = result else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (list, member) in members {
            let items = member.as_array().map(Vec::as_slice).unwrap_or_default();
            let lines: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
            let named = |line: &&Map<String, Value>| {
                let mut keys = line.keys();
                keys.all(|key| self.words.contains_key(format!("{list}.{key}").as_str()))
            };
            if !lines.is_empty()
                && lines.len() == items.len()
                && !self.lines.contains_key(list.as_str())
                && lines.iter().all(named)
            {
                found.push((list.as_str(), lines));
            }
        }
        found.sort_by_key(|(list, _)| self.place(list));
        found
    }

    /// The parts of a list's lines, in the package's order, with whether they are amounts of money.
    fn columns<'v>(&self, list: &str, lines: &[&'v Map<String, Value>]) -> Vec<(&'v str, bool)> {
        let mut keys: Vec<&str> = lines.iter().flat_map(|line| line.keys()).map(String::as_str).collect();
        keys.sort_by_key(|key| (self.place(&format!("{list}.{key}")), *key));
        keys.dedup();
        keys.into_iter().map(|key| (key, is_money(key))).collect()
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

/// Whether a name says that its number is an amount of money, in cents.
fn is_money(technical: &str) -> bool {
    technical == "cent" || technical.ends_with("_cent")
}

/// A value for people; the ending of its name says the unit (`_cent`, `_prozent`).
pub(crate) fn value(t: &'static Texts, technical: &str, value: &Value) -> String {
    match value {
        Value::Null => t.desk_unknown.to_owned(),
        Value::Bool(true) => t.form_yes.to_owned(),
        Value::Bool(false) => t.form_no.to_owned(),
        Value::Number(number) => match number.as_i64() {
            Some(cents) if is_money(technical) || technical.starts_with("satz_") => Cents::new(cents).to_string(),
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
            Value::Object(_) if labels.tells(key) => Fact::new(label(key), labels.line(t, key, member)),
            other => Fact::new(label(key), labels.result(t, key, other)),
        })
        .collect()
}

/// Whether a result has this number somewhere as an amount of money.
fn has_amount(result: &Value, number: i64) -> bool {
    match result {
        Value::Object(members) => members.iter().any(|(key, member)| {
            let same = |cents: i64| cents.unsigned_abs() == number.unsigned_abs();
            (is_money(key) && member.as_i64().is_some_and(same)) || has_amount(member, number)
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

/// A value with `_cent` at the names whose numbers the whole result has as amounts of money.
fn with_units(value: &Value, whole: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let unit = |(key, member): (&String, &Value)| {
                let money = member
                    .as_i64()
                    .is_some_and(|number| number > 366 && has_amount(whole, number));
                let named = format!("{key}_cent");
                let key = if money && !is_money(key) && !members.contains_key(&named) {
                    named
                } else {
                    key.clone()
                };
                (key, with_units(member, whole))
            };
            Value::Object(members.iter().map(unit).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| with_units(item, whole)).collect()),
        other => other.clone(),
    }
}

/// Whether a part of an intermediate result says little to a reader: zero, empty, no, or a list nobody has words for.
fn says_little(labels: &Labels<'_>, key: &str, member: &Value) -> bool {
    match member {
        Value::Bool(yes) => !yes,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Object(_) => !labels.tells(key),
        Value::Array(items) => items.iter().any(Value::is_object) && !labels.tells(key),
        other => empty(other),
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
    let result = with_units(&step.value, whole);
    let (details, rest) = match &result {
        _ if heading || empty(&result) => (Vec::new(), Vec::new()),
        Value::Object(members) => {
            let parts = members.iter().map(|(key, member)| (key.clone(), member.clone()));
            let (rest, told): (Map<_, _>, Map<_, _>) =
                parts.partition(|(key, member)| says_little(labels, key, member));
            let of = |part| facts(t, labels, &Value::Object(part));
            (of(told), of(rest))
        }
        Value::Array(items) => {
            let lines = vec![Fact {
                key: t.desk_verdict.to_owned(),
                lines: items.iter().map(|item| labels.line(t, &step.name, item)).collect(),
            }];
            if says_little(labels, &step.name, &result) {
                (Vec::new(), lines)
            } else {
                (lines, Vec::new())
            }
        }
        _ => (vec![Fact::new(t.desk_verdict, words.clone())], Vec::new()),
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
        rest,
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
            (top.details, top.rest) = (Vec::new(), Vec::new());
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

/// A result without the lists that are shown as tables.
fn without_lists(labels: &Labels<'_>, result: &Value) -> Value {
    let mut plain = result.clone();
    if let Value::Object(members) = &mut plain {
        for (list, _) in labels.lists(result) {
            members.remove(list);
        }
    }
    plain
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
    let lists = labels.lists(&decision.value);
    let table = |(list, lines): &(&str, Vec<&Map<String, Value>>)| {
        let columns = labels.columns(list, lines);
        let part = |key: &str| format!("{list}.{key}");
        let cell = |line: &Map<String, Value>, key: &str| {
            let cell = line.get(key).filter(|cell| !cell.is_null());
            cell.map(|cell| labels.result(t, &part(key), cell)).unwrap_or_default()
        };
        let row = |line: &&Map<String, Value>| columns.iter().map(|(key, _)| cell(line, key)).collect();
        Grid {
            title: labels.name(list),
            rows: lines.iter().map(row).collect(),
            columns: columns
                .iter()
                .map(|(key, money)| (labels.name(&part(key)), *money))
                .collect(),
        }
    };
    let mut shown = facts(t, labels, &without_lists(labels, &decision.value));
    shown.extend(stays_stopped(t, decision));
    Proposal {
        facts: shown,
        tables: lists.iter().map(table).collect(),
        reasons: tree(t, labels, decision),
    }
}

/// Whether the result is a proposal still, or was decided.
pub(crate) fn proposal_title(t: &'static Texts, opened: &CaseView) -> &'static str {
    let open = matches!(opened.status, Status::InReview | Status::PapersWanted);
    if open && opened.contested.is_none() {
        t.desk_proposal
    } else {
        t.desk_decision
    }
}

/// Answers of the application that were corrected: how they read now, by path. Where rows were added or taken out the paths of both do
/// not match any more, and the list of changes says it alone.
pub(crate) fn corrected(
    t: &'static Texts,
    package: &Package,
    labels: &Labels<'_>,
    opened: &CaseView,
) -> BTreeMap<String, String> {
    let rows = |data: &Value| -> BTreeMap<String, String> {
        let groups = package.form().summary(data).into_iter();
        groups
            .flat_map(|group| group.rows)
            .map(|row| (row.path, row.value))
            .collect()
    };
    let (before, after) = (rows(&opened.application), rows(&opened.amended));
    let mut found = BTreeMap::new();
    if before.keys().eq(after.keys()) {
        found.extend(
            after
                .into_iter()
                .filter(|(path, value)| before.get(path) != Some(value)),
        );
    }
    for change in &opened.changes {
        if let Some(field) = labels.fields.get(change.name.as_str()) {
            found.insert(field.path.clone(), labels.answer(t, &change.name, &change.corrected));
        }
    }
    found
}

/// Whether all that was set is the desk's own to say: a decision, and no correction of what an applicant said.
pub(crate) fn is_choice<'n>(package: &Package, mut names: impl Iterator<Item = &'n String>) -> bool {
    names.all(|name| package.is_of_the_desk(name))
}

/// What came of a task, in words.
pub(crate) fn verdict(t: &'static Texts, task: &DoneTask) -> &'static str {
    match task.verdict {
        VerdictKind::Confirmed => t.desk_confirmed,
        VerdictKind::Corrected => t.desk_corrected,
        VerdictKind::Requested => t.desk_requested,
        VerdictKind::Released => t.desk_released,
        VerdictKind::Returned => t.desk_returned,
        VerdictKind::Supplied if task.by_staff => t.desk_ended,
        VerdictKind::Supplied => t.desk_supplied,
    }
}

/// A finished task in words.
pub(crate) fn done(t: &'static Texts, package: &Package, labels: &Labels<'_>, task: &DoneTask) -> DoneItem {
    let none = serde_json::Map::new();
    let corrections = task.corrections.as_object().unwrap_or(&none);
    let came = match task.verdict {
        VerdictKind::Corrected if task.answers.is_empty() && is_choice(package, corrections.keys()) => t.desk_chosen,
        _ => verdict(t, task),
    };
    let mut list = vec![Fact::new(t.desk_verdict, came)];
    list.extend(
        corrections
            .iter()
            .map(|(name, value)| Fact::new(labels.name(name), labels.answer(t, name, value))),
    );
    if !task.reason.is_empty() {
        let said = match task.verdict {
            VerdictKind::Supplied if task.by_staff => t.desk_remark,
            VerdictKind::Supplied => t.desk_answer,
            _ => t.desk_reason,
        };
        list.push(Fact::new(said, task.reason.clone()));
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

/// What a follow-up application says otherwise than what it began with; `None` of any other.
pub(crate) fn since_earlier(t: &'static Texts, opened: &CaseView) -> Option<Vec<ChangeLine>> {
    let changes = opened.since_earlier.as_ref()?;
    Some(changes.iter().map(|one| answer_change(t, one)).collect())
}

/// The lines that differ of the lists of two results: what a line is about is what tells it from the others, all but its amounts.
pub(crate) fn list_differences(
    t: &'static Texts,
    labels: &Labels<'_>,
    before: &Value,
    after: &Value,
) -> Vec<(String, Vec<ChangeLine>)> {
    let (old, new) = (labels.lists(before), labels.lists(after));
    let words = |list: &str, lines: &[&Map<String, Value>]| -> Vec<(String, String)> {
        let columns = labels.columns(list, lines);
        let read = |line: &Map<String, Value>, money: bool| {
            let parts = columns.iter().filter(|(_, is_money)| *is_money == money);
            let parts = parts.filter_map(|(key, _)| {
                let part = line.get(*key).filter(|part| !part.is_null())?;
                Some(labels.result(t, &format!("{list}.{key}"), part))
            });
            parts.collect::<Vec<_>>().join(" · ")
        };
        lines.iter().map(|line| (read(line, false), read(line, true))).collect()
    };
    let of = |lists: &[(&str, Vec<&Map<String, Value>>)], list: &str| {
        let known = lists.iter().find(|(known, _)| *known == list);
        known.map(|(list, lines)| words(list, lines)).unwrap_or_default()
    };
    let mut names: Vec<&str> = new.iter().map(|(list, _)| *list).collect();
    let gone = old.iter().map(|(list, _)| *list).filter(|list| !names.contains(list));
    let gone: Vec<&str> = gone.collect();
    names.extend(gone);
    let differ = |list: &str| {
        let (old, new) = (of(&old, list), of(&new, list));
        let amount = |lines: &[(String, String)], about: &str| {
            let line = lines.iter().find(|(known, _)| known == about);
            line.map_or_else(|| t.desk_no_value.to_owned(), |(_, amount)| amount.clone())
        };
        let mut about: Vec<&str> = new.iter().map(|(about, _)| about.as_str()).collect();
        about.extend(
            old.iter()
                .map(|(known, _)| known.as_str())
                .filter(|known| new.iter().all(|(about, _)| about != known)),
        );
        let lines = about.into_iter().map(|about| ChangeLine {
            name: about.to_owned(),
            submitted: amount(&old, about),
            corrected: amount(&new, about),
        });
        lines
            .filter(|line| line.submitted != line.corrected)
            .collect::<Vec<_>>()
    };
    let all = names.into_iter().map(|list| (labels.name(list), differ(list)));
    all.filter(|(_, lines)| !lines.is_empty()).collect()
}

/// The members of two results that differ, without the lists [`list_differences`] compares.
pub(crate) fn differences(t: &'static Texts, labels: &Labels<'_>, before: &Value, after: &Value) -> Vec<ChangeLine> {
    let lines = |fact: Option<&Fact>| fact.map_or_else(|| t.desk_no_value.to_owned(), |fact| fact.lines.join("; "));
    let old = if before.is_null() {
        Vec::new()
    } else {
        facts(t, labels, &without_lists(labels, before))
    };
    let new = facts(t, labels, &without_lists(labels, after));
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
    fn of_a_list_only_the_changed_lines_are_compared() {
        let t = crate::texts::of(crate::texts::Lang::De);
        let mut labels = Labels::default();
        for (name, words) in [("weg", "Rechenweg"), ("weg.schritt", "Schritt"), ("weg.cent", "Betrag")] {
            labels.words.insert(name, words);
            labels.order.push(name);
        }
        let line = |step: &str, cents: i64| json!({"schritt": step, "cent": cents});
        let before =
            json!({"betrag_cent": 1, "weg": [line("Einnahmen", 100), line("Miete", 38000), line("Zuschlag", 5)]});
        let after = json!({"betrag_cent": 2, "weg": [line("Einnahmen", 200), line("Miete", 38000), line("Abzug", 7)]});
        let found = list_differences(t, &labels, &before, &after);
        let read: Vec<String> = found
            .iter()
            .flat_map(|(title, lines)| lines.iter().map(move |line| (title, line)))
            .map(|(title, line)| {
                format!("{title}/{}: {} → {}", line.name, line.submitted, line.corrected).replace('\u{a0}', " ")
            })
            .collect();
        let expected = [
            "Rechenweg/Einnahmen: 1,00 € → 2,00 €",
            "Rechenweg/Abzug: – → 0,07 €",
            "Rechenweg/Zuschlag: 0,05 € → –",
        ];
        assert_eq!(read, expected);
        assert!(found.iter().all(|(_, lines)| lines.iter().all(ChangeLine::amounts)));
        // The list itself is no member that differs any more.
        let plain = differences(t, &labels, &before, &after);
        assert_eq!(
            plain.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(),
            ["Betrag"]
        );
    }

    #[test]
    fn an_intermediate_result_says_its_amounts_and_folds_the_rest() {
        let whole = json!({"weg": [{"cent": 1_320_000}]});
        let step = json!({"jahr": 1_320_000, "kosten": 0, "liste": [{"jahr": 1_320_000}], "tage": 400});
        let labels = Labels::default();
        let read = with_units(&step, &whole);
        assert_eq!(
            read,
            json!({"jahr_cent": 1_320_000, "kosten": 0, "liste": [{"jahr_cent": 1_320_000}], "tage": 400})
        );
        for (member, little) in [
            (json!(0), true),
            (json!(false), true),
            (json!([{"a": 1}]), true),
            (json!([]), false),
            (json!(["x"]), false),
            (json!(1), false),
            (json!(true), false),
        ] {
            assert_eq!(says_little(&labels, "x", &member), little, "{member}");
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
