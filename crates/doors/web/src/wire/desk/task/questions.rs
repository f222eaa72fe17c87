//! Single answers and facts of the desk as questions.

use super::read::text;
use crate::body::Posted;
use crate::texts::Texts;
use crate::view::form::{Block, Choice, Field as Question, Input};
use crate::visit::Visit;
use crate::wire::desk::{datebox, parts_of};
use crate::wire::form::{Asked, element_id};
use serde_json::Value;
use std::collections::BTreeMap;
use wegfrei_cases::CaseView;
use wegfrei_forms::{Evaluation, Field, Item, Page};
use wegfrei_model::time::parse_date;
use wegfrei_packages::{DeskFact, DeskKind, InputSource, Package};

/// An input of the decision that may be corrected, and what asks for it.
pub(super) struct Correctable<'p> {
    pub name: String,
    pub asks: Asks<'p>,
    pub now: Value,
}

/// Where a corrected value comes from.
pub(super) enum Asks<'p> {
    /// A field of the form.
    Form { page: &'p Page, field: &'p Field },
    /// A fact only the desk knows.
    Desk(&'p DeskFact),
}

impl Correctable<'_> {
    /// The name of its inputs in the form.
    pub fn path(&self) -> String {
        match &self.asks {
            Asks::Form { field, .. } => field.path.clone(),
            Asks::Desk(_) => format!("amt.{}", self.name),
        }
    }
}

pub(super) fn fields<'f>(items: &'f [Item], into: &mut Vec<&'f Field>) {
    for item in items {
        match item {
            Item::Field(field) => into.push(field),
            Item::Group(group) => fields(&group.items, into),
        }
    }
}

pub(super) fn correctable<'p>(package: &'p Package, opened: &CaseView) -> Vec<Correctable<'p>> {
    let inputs = &package.manifest().inputs;
    let mut list = Vec::new();
    for (name, now) in opened.task.iter().flat_map(|task| &task.correctable) {
        let Some(input) = inputs.iter().find(|input| input.name == *name) else {
            continue;
        };
        let asks = match &input.source {
            InputSource::Desk(fact) => Some(Asks::Desk(fact)),
            // What is made of several answers is asked row by row: `rows.rs`.
            InputSource::Group { .. } => None,
            InputSource::Field(id) => package.form().pages().iter().find_map(|page| {
                let mut known = Vec::new();
                fields(&page.items, &mut known);
                let field = known.into_iter().find(|field| field.id == *id || field.path == *id)?;
                Some(Asks::Form { page, field })
            }),
        };
        list.extend(asks.map(|asks| Correctable {
            name: name.clone(),
            asks,
            now: now.clone(),
        }));
    }
    list
}

/// A fact of the desk as a question.
fn desk_question(
    t: &'static Texts,
    item: &Correctable<'_>,
    fact: &DeskFact,
    value: &Value,
    error: Option<&String>,
) -> Question {
    let text = value.as_str().unwrap_or_default();
    let choice = |code: &str, label: &str, chosen| Choice {
        value: code.to_owned(),
        label: label.to_owned(),
        chosen,
    };
    let line = |value: String, mode, width| Input::Text {
        value,
        mode,
        max: None,
        width,
    };
    let input = match &fact.kind {
        DeskKind::Bool => Input::Radio(vec![
            choice("true", t.form_yes, value.as_bool() == Some(true)),
            choice("false", t.form_no, value.as_bool() == Some(false)),
        ]),
        DeskKind::Text => Input::Long {
            value: text.to_owned(),
            max: Some(2_000),
        },
        DeskKind::Cents => line(value.as_i64().map(euros).unwrap_or_default(), "decimal", 10),
        DeskKind::Date => {
            let [day, month, year] = parse_date(text).map(parts_of).unwrap_or_default();
            Input::Date {
                day,
                month,
                year,
                birthday: false,
            }
        }
        DeskKind::Choice(options) => Input::Select(
            options
                .iter()
                .map(|(code, label)| choice(code, label, text == code))
                .collect(),
        ),
    };
    Question {
        id: element_id(&item.path()),
        name: item.path(),
        label: fact.label.clone(),
        help: None,
        required: false,
        marked: false,
        error: error.cloned(),
        elsewhere: None,
        fresh: false,
        autocomplete: "",
        input,
    }
}

/// Cents as they are typed: `1234,56`.
fn euros(cents: i64) -> String {
    format!("{},{:02}", cents / 100, cents.unsigned_abs() % 100)
}

/// What was typed as an amount, in cents.
fn cents(typed: &str) -> Option<i64> {
    let plain: String = typed
        .chars()
        .filter(|c| !matches!(c, '.' | ' ' | '€' | '\u{a0}'))
        .collect();
    let (whole, part) = plain.split_once(',').unwrap_or((&plain, "00"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || part.len() != 2 || !digits(part) {
        return None;
    }
    format!("{whole}{part}").parse().ok()
}

/// What was posted for a fact of the desk; `Err` when it cannot be read.
pub(super) fn desk_value(item: &Correctable<'_>, fact: &DeskFact, posted: &Posted) -> Result<Value, ()> {
    let path = item.path();
    let typed = text(posted, &path);
    match fact.kind {
        DeskKind::Date => match datebox(posted, &path) {
            (_, Some(date)) => Ok(Value::String(date.to_string())),
            (parts, None) if parts.iter().all(String::is_empty) => Ok(Value::Null),
            _ => Err(()),
        },
        _ if typed.is_empty() => Ok(Value::Null),
        DeskKind::Bool => Ok(Value::Bool(typed == "true")),
        DeskKind::Cents => cents(&typed).map(Value::from).ok_or(()),
        DeskKind::Text | DeskKind::Choice(_) => Ok(Value::String(typed)),
    }
}

/// The field as a question of its own, filled with `value`.
pub(super) fn question(
    visit: &Visit,
    item: &Correctable<'_>,
    value: &Value,
    problems: &BTreeMap<String, String>,
) -> Option<Question> {
    let (own_page, own) = match &item.asks {
        Asks::Form { page, field } => (page, field),
        Asks::Desk(fact) => {
            return Some(desk_question(
                visit.frame.t,
                item,
                fact,
                value,
                problems.get(&item.path()),
            ));
        }
    };
    let mut field = (*own).clone();
    field.label_in = field.label_out.clone();
    field.help = None;
    field.required = false;
    field.locked = false;
    field.autocomplete = None;
    field.id = field.path.clone();
    let lone = Page {
        meta: None,
        id: String::new(),
        name: String::new(),
        title: String::new(),
        help: None,
        legal: Vec::new(),
        group: false,
        occurs: own_page.occurs,
        items: vec![Item::Field(Box::new(field))],
    };
    let data = serde_json::json!({ own.path.as_str(): value });
    let evaluation = Evaluation::default();
    let asked = Asked {
        t: visit.frame.t,
        page: &lone,
        data: &data,
        evaluation: &evaluation,
        problems,
        saved: &data,
        room: false,
    };
    asked.blocks().into_iter().find_map(|block| match block {
        Block::Field(question) => Some(Question {
            marked: false,
            ..*question
        }),
        Block::Heading { .. } | Block::End(_) | Block::Note { .. } => None,
    })
}
