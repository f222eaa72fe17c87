//! An OpenAPI 3.1 document and what does not fit it: the part of JSON Schema that documents like ours use, and stricter than JSON
//! Schema in one thing: a member the document does not name is wrong.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value};

pub struct Document(pub Value);

/// One operation of the document.
pub struct Operation<'d> {
    pub path: &'d str,
    pub method: &'d str,
    pub value: &'d Value,
}

impl Document {
    pub fn new(value: Value) -> Document {
        Document(value)
    }

    pub fn operations(&self) -> Vec<Operation<'_>> {
        let mut all = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, value) in item.as_object().unwrap() {
                all.push(Operation { path, method, value });
            }
        }
        all
    }

    /// The operation of a request.
    pub fn operation(&self, method: &Method, path: &str) -> Option<Value> {
        let method = if method == Method::HEAD {
            "get".to_owned()
        } else {
            method.as_str().to_lowercase()
        };
        let mut found: Vec<_> = self
            .operations()
            .into_iter()
            .filter(|operation| operation.method == method && fits(operation.path, path))
            .collect();
        // A literal segment goes before a parameter.
        found.sort_by_key(|operation| operation.path.matches('{').count());
        found.first().map(|operation| operation.value.clone())
    }

    /// What a reference points at.
    pub fn resolve<'d>(&'d self, schema: &'d Value) -> &'d Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(pointer) => {
                let target = self.0.pointer(pointer.strip_prefix('#').unwrap());
                self.resolve(target.unwrap_or_else(|| panic!("{pointer} points nowhere")))
            }
            None => schema,
        }
    }

    /// What is wrong with an answer.
    pub fn wrong(&self, operation: &Value, status: StatusCode, kind: &str, body: Option<&[u8]>) -> Vec<String> {
        let Some(response) = operation["responses"].get(status.as_str()) else {
            return vec![format!("status {status} is not documented")];
        };
        let essence = kind.split(';').next().unwrap_or_default();
        let Some(contents) = self.resolve(response).get("content") else {
            return if essence.is_empty() {
                vec![]
            } else {
                vec![format!("a body of {kind} is not documented")]
            };
        };
        let Some(content) = contents.get(essence) else {
            return vec![format!("media type {kind} is not documented for {status}")];
        };
        let (true, Some(body)) = (essence.ends_with("json"), body) else {
            return vec![];
        };
        match serde_json::from_slice(body) {
            Ok(value) => self.unfit(&content["schema"], &value),
            Err(error) => vec![error.to_string()],
        }
    }

    /// Where a value does not fit a schema.
    pub fn unfit(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        self.check(schema, value, "$", true, &mut wrong);
        wrong
    }

    /// The members a schema names; `None` when it is free.
    fn members(&self, schema: &Value) -> Option<BTreeSet<String>> {
        let schema = self.resolve(schema);
        let mut names: Option<BTreeSet<String>> = schema
            .get("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().cloned().collect());
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            names.get_or_insert_default().extend(self.members(part)?);
        }
        names
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, closed: bool, wrong: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if let Some(types) = schema.get("type") {
            let is = |name: &str| match name {
                "null" => value.is_null(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "string" => value.is_string(),
                "array" => value.is_array(),
                "object" => value.is_object(),
                other => panic!("{at}: type {other}"),
            };
            let fits = match types {
                Value::String(name) => is(name),
                Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
                other => panic!("{at}: type {other}"),
            };
            if !fits {
                wrong.push(format!("{at}: {value} is not of type {types}"));
                return;
            }
        }
        if let Some(options) = schema.get("enum").and_then(Value::as_array)
            && !options.contains(value)
        {
            wrong.push(format!("{at}: {value} is none of {options:?}"));
        }
        for (limit, over) in [("minimum", false), ("maximum", true)] {
            if let (Some(limit), Some(number)) = (schema.get(limit).and_then(Value::as_f64), value.as_f64())
                && ((over && number > limit) || (!over && number < limit))
            {
                wrong.push(format!("{at}: {number} is out of bounds"));
            }
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.check(part, value, at, false, wrong);
        }
        for (key, exactly) in [("oneOf", true), ("anyOf", false)] {
            let Some(parts) = schema.get(key).and_then(Value::as_array) else {
                continue;
            };
            let tried: Vec<Vec<String>> = parts
                .iter()
                .map(|part| {
                    let mut wrong = Vec::new();
                    self.check(part, value, at, closed, &mut wrong);
                    wrong
                })
                .collect();
            let fitting = tried.iter().filter(|wrong| wrong.is_empty()).count();
            if fitting == 0 || (exactly && fitting > 1) {
                wrong.push(format!("{at}: fits {fitting} of {key}: {tried:?}"));
            }
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            for (index, value) in values.iter().enumerate() {
                self.check(items, value, &format!("{at}[{index}]"), true, wrong);
            }
        }
        let Some(object) = value.as_object() else { return };
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap()) {
                wrong.push(format!("{at}: {name} is missing"));
            }
        }
        let none = Map::new();
        for (name, schema) in schema.get("properties").and_then(Value::as_object).unwrap_or(&none) {
            if let Some(value) = object.get(name) {
                self.check(schema, value, &format!("{at}.{name}"), true, wrong);
            }
        }
        if let (true, Some(names)) = (closed, self.members(schema)) {
            for name in object.keys().filter(|name| !names.contains(*name)) {
                wrong.push(format!("{at}: {name} is not documented"));
            }
        }
    }
}

/// Whether a path has the form of a template. Only the last parameter of a tile's path may hold slashes.
fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("{index}"), Some(part)) if !part.is_empty() => return true,
            (Some(want), Some(part)) if want == part || (want.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

/// A path of the template, filled with the examples of its parameters.
pub fn filled(operation: &Operation<'_>) -> String {
    let mut path = operation.path.to_owned();
    for parameter in operation.value["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "path" {
            let example = match &parameter["example"] {
                Value::String(text) => text.clone(),
                Value::Null => panic!("{path}: {} has no example", parameter["name"]),
                other => other.to_string(),
            };
            path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &example);
        }
    }
    path
}
