//! The JSON Schema (2020-12) of a form's data: what a program must send, without the rules between fields.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::form::{Check, Field, Form, Kind, Occurs};
use crate::input;
use crate::rule::Action;
use crate::walk::{self, Element, Inside};

impl Form {
    /// The schema of the answers that count ([`Form::prune`] of answers without problems): types, lengths, ranges of numbers and days,
    /// options, patterns, repetitions and locked values of every field, no other keys; what is required of everybody, or of everybody
    /// who fills in the group around it, unless a rule in force shows, hides or leaves it optional. What rules require, and whether a
    /// value fits the others, a schema of one document cannot say: [`Form::validate_json`] does.
    ///
    /// A pattern is given as in the file, anchored; `date` with its limits, and `pattern` for times, are exact. DIN 91379 and check
    /// digits are not in here.
    pub fn json_schema(&self) -> Value {
        let mut writer = Writer::of(self);
        let object = writer.object(self.pages.iter().flat_map(walk::roots));
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:wegfrei:form:{}:{}", self.id, in_urn(self.version())),
            "title": self.title,
            "description": "Without the rules between fields, the characters of DIN 91379 and check digits.",
        });
        if let (Some(schema), Value::Object(object)) = (schema.as_object_mut(), object) {
            schema.extend(object);
        }
        schema
    }
}

/// Goes through the elements in the order of their numbers.
struct Writer<'f> {
    form: &'f Form,
    next: usize,
    /// Numbers of the elements that rules in force show, hide or leave optional, and of those they give another value.
    governed: Vec<usize>,
    started: Vec<usize>,
}

impl Writer<'_> {
    fn of(form: &Form) -> Writer<'_> {
        let statements = form.rules.iter().flat_map(|rule| &rule.statements);
        let in_force = statements.filter(|statement| form.in_force(statement));
        let (mut governed, mut started) = (vec![], vec![]);
        for action in in_force.flat_map(|statement| statement.then.iter().chain(&statement.otherwise)) {
            match action {
                Action::Show(at) | Action::Hide(at) | Action::Leave(at) | Action::Optional(at) => governed.push(*at),
                Action::Prefill { element, .. } | Action::Fix { element, .. } => started.push(*element),
                Action::Require(_) | Action::Error { .. } | Action::Demand { .. } => {}
            }
        }
        Writer {
            form,
            next: 0,
            governed,
            started,
        }
    }

    /// An object of these elements, without a title.
    fn object<'e>(&mut self, items: impl Iterator<Item = Element<'e>>) -> Value {
        let (mut properties, mut required) = (Map::new(), vec![]);
        for item in items {
            let (schema, sure) = self.element(item);
            properties.insert(item.id.to_owned(), schema);
            if sure {
                required.push(item.id);
            }
        }
        let required = (!required.is_empty()).then(|| json!(required));
        limited(
            json!({ "type": "object", "properties": properties, "additionalProperties": false }),
            &[("required", required)],
        )
    }

    /// The schema of an element, and whether it is there in all answers that count beside others of its group.
    fn element(&mut self, element: Element) -> (Value, bool) {
        let number = self.next;
        self.next += 1;
        let fixed = self
            .form
            .plan
            .get(number)
            .is_some_and(|planned| planned.fixed.is_some());
        let (one, filled) = match element.inside {
            Inside::Field(field) => {
                let locked = field.locked && !self.started.contains(&number);
                let value = input::prefill(field).filter(|_| locked);
                (
                    limited(of_field(field), &[("const", value)]),
                    walk::answers(&field.kind) && !fixed,
                )
            }
            Inside::Group(items) => {
                let object = self.object(items.iter().map(Element::from));
                let filled = object.get("required").is_some();
                (limited(object, &[("title", Some(json!(element.title)))]), filled)
            }
        };
        // The papers of a file field are a list by themselves.
        let papers = matches!(
            element.inside,
            Inside::Field(Field {
                kind: Kind::File { .. },
                ..
            })
        );
        let schema = match (element.occurs.repeats(), papers) {
            (true, false) => list(one, element.occurs),
            (true, true) => limited(one, &bounds(element.occurs)),
            (false, _) => one,
        };
        (
            schema,
            element.occurs.min > 0 && filled && !self.governed.contains(&number),
        )
    }
}

/// A version as files have it, in the characters of a URN (RFC 8141).
fn in_urn(version: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let parts = version.bytes().map(|byte| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    parts.collect()
}

fn list(items: Value, occurs: Occurs) -> Value {
    limited(json!({ "type": "array", "items": items }), &bounds(occurs))
}

fn bounds(occurs: Occurs) -> [(&'static str, Option<Value>); 2] {
    let most = occurs
        .max
        .and_then(|max| usize::try_from(max).ok())
        .unwrap_or(usize::MAX);
    [
        ("minItems", Some(json!(occurs.min.max(1)))),
        ("maxItems", Some(json!(most.min(walk::MAX_OCCURRENCES)))),
    ]
}

/// With the limits that are given.
fn limited(mut schema: Value, limits: &[(&str, Option<Value>)]) -> Value {
    if let Some(map) = schema.as_object_mut() {
        for (name, limit) in limits {
            if let Some(limit) = limit {
                map.insert((*name).to_owned(), limit.clone());
            }
        }
    }
    schema
}

fn of_field(field: &Field) -> Value {
    let schema = match &field.kind {
        Kind::Text { min, max, pattern, .. } => limited(
            json!({ "type": "string" }),
            &[
                ("minLength", Some(json!(min.unwrap_or(0).max(1)))),
                (
                    "maxLength",
                    Some(json!(max.map_or(input::MAX_TEXT, |max| max as usize))),
                ),
                (
                    "pattern",
                    pattern.as_ref().map(|pattern| json!(format!("^(?:{})$", pattern.text))),
                ),
                (
                    "format",
                    field.check.map(|check| {
                        json!(match check {
                            Check::Iban => "iban",
                            Check::IdNr => "idnr",
                        })
                    }),
                ),
            ],
        ),
        Kind::Integer { min, max } => limited(
            json!({ "type": "integer" }),
            &[
                ("minimum", min.map(|min| json!(min))),
                ("maximum", max.map(|max| json!(max))),
            ],
        ),
        Kind::Number { min, max } => limited(
            json!({ "type": "number" }),
            &[
                ("minimum", min.map(|min| json!(min))),
                ("maximum", max.map(|max| json!(max))),
            ],
        ),
        Kind::Currency { min, max } => limited(
            json!({ "type": "integer", "$comment": "euro cents" }),
            &[
                ("minimum", min.map(|min| json!(min))),
                ("maximum", max.map(|max| json!(max))),
            ],
        ),
        Kind::Date { min, max } => {
            let limits = [
                min.map(|day| not_beyond(day, false)),
                max.map(|day| not_beyond(day, true)),
            ];
            let limits: Vec<Value> = limits
                .into_iter()
                .flatten()
                .map(|pattern| json!({ "pattern": pattern }))
                .collect();
            limited(
                json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
                &[("allOf", Some(json!(limits)).filter(|_| !limits.is_empty()))],
            )
        }
        Kind::Time => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
        Kind::DateTime => json!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]$",
        }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Select { options, .. } if options.is_empty() => {
            json!({ "type": "string", "minLength": 1, "maxLength": 250 })
        }
        Kind::Select { options, .. } => {
            let codes: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
            json!({ "enum": codes })
        }
        Kind::File { .. } => json!({
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": { "paper": { "type": "string", "minLength": 1 } },
                "required": ["paper"],
            },
        }),
        Kind::Object => json!({}),
        // Takes no answer.
        Kind::Note(_) => json!(false),
    };
    limited(schema, &[("title", Some(json!(field.label_in)))])
}

/// The pattern of the days not before `limit`, or not after it: days as they are stored are in the order of their digits. JSON Schema
/// has no least or largest day.
fn not_beyond(limit: Date, after: bool) -> String {
    let stored = limit.to_string();
    let mut days = vec![stored.clone()];
    for (at, digit) in stored.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        let nearer = match (after, digit) {
            (true, '0') | (false, '9') => continue,
            (true, digit) => format!("[0-{}]", char::from(digit as u8 - 1)),
            (false, digit) => format!("[{}-9]", char::from(digit as u8 + 1)),
        };
        let rest: String = stored
            .chars()
            .skip(at + 1)
            .map(|c| if c == '-' { "-" } else { "[0-9]" })
            .collect();
        days.push(format!("{}{nearer}{rest}", stored.get(..at).unwrap_or_default()));
    }
    format!("^({})$", days.join("|"))
}
