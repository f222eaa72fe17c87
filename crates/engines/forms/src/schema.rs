//! The JSON Schema (2020-12) of a form's data: what a program must send, without the rules between fields.

use serde_json::{Map, Value, json};

use crate::form::{Check, Field, Form, Kind, Occurs};
use crate::input;
use crate::walk::{self, Element, Inside};

impl Form {
    /// The schema of the answers that count ([`Form::prune`] of answers without problems): types, lengths, ranges, options, patterns and
    /// repetitions of every field, no other keys. What is required by rules, or only when a group is filled in, a schema of one
    /// document cannot say: [`Form::validate_json`] does.
    ///
    /// A pattern is given as in the file, anchored; `date`, and `pattern` for times, are exact. DIN 91379 and check digits are not in here.
    pub fn json_schema(&self) -> Value {
        let mut properties = Map::new();
        for root in self.pages.iter().flat_map(walk::roots) {
            properties.insert(root.id.to_owned(), element(root));
        }
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:wegfrei:form:{}:{}", self.id, in_urn(self.version())),
            "title": self.title,
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
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

fn element(element: Element) -> Value {
    let one = match element.inside {
        Inside::Field(field) => of_field(field),
        Inside::Group(items) => {
            let inside: Map<String, Value> = items
                .iter()
                .map(Element::from)
                .map(|item| (item.id.to_owned(), self::element(item)))
                .collect();
            json!({
                "title": element.title,
                "type": "object",
                "properties": inside,
                "additionalProperties": false,
            })
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
    match (element.occurs.repeats(), papers) {
        (true, false) => list(one, element.occurs),
        (true, true) => limited(one, &bounds(element.occurs)),
        (false, _) => one,
    }
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
        Kind::Date { .. } => json!({
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        }),
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
