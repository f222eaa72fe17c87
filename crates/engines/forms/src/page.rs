//! Pages and answers: reading what was posted, merging, the way from page to page, pruning, JSON from machines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::data::{Code, Data, Problem};
use crate::form::{Field, Form, Kind, Page};
use crate::walk::{self, Element, Inside};
use crate::{check, input};

type Posted<'p> = BTreeMap<&'p str, Vec<&'p str>>;

impl Form {
    /// Reads what a browser posted for a page. Names are [`Field::path`]s; a date comes as one input or as three with `.tag`,
    /// `.monat`, `.jahr` appended. Other names are passed over (buttons, tokens), and so are files: their papers come by
    /// [`Form::set`].
    ///
    /// Returns the page's data for [`Form::merge`] and what is wrong with single answers; what is missing and what rules
    /// say comes from [`Form::evaluate_page`], which finds these problems again. An answer that cannot be read stays in
    /// the data as typed, so that the page can show it again.
    pub fn read_page(&self, page_id: &str, posted: &[(String, String)]) -> (Value, Vec<Problem>) {
        let mut inputs: Posted = BTreeMap::new();
        for (name, value) in posted {
            inputs.entry(name).or_default().push(value);
        }
        let mut problems = vec![];
        let mut data = Map::new();
        for root in self.page(page_id).map(walk::roots).unwrap_or_default() {
            read_element(root, "", "", &inputs, &mut data, &mut problems);
        }
        (Value::Object(data), problems)
    }

    /// Puts a page's data from [`Form::read_page`] in the place of what was there before; papers and objects, which a browser
    /// does not post, stay, but for those inside of what repeats (papers there are among the [`Form::findings`]).
    pub fn merge(&self, data: &mut Data, page_id: &str, page_data: Value) {
        let mut page_data = match page_data {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        for root in self.page(page_id).map(walk::roots).unwrap_or_default() {
            let new = page_data.remove(root.id);
            let old = data.as_object_mut().and_then(|map| map.remove(root.id));
            if let Some(value) = merged(root, old, new) {
                if !data.is_object() {
                    *data = Value::Object(Map::new());
                }
                if let Some(map) = data.as_object_mut() {
                    map.insert(root.id.to_owned(), value);
                }
            }
        }
    }

    /// Sets one value by path, e.g. the papers of a file field: `[{"paper": id, "name": …, "media_type": …, "bytes": …}]`.
    /// Null removes. False when the form has no such field; nothing is set then.
    pub fn set(&self, data: &mut Data, path: &str, value: Value) -> bool {
        if self.field(path).is_none() {
            return false;
        }
        if !data.is_object() {
            *data = Value::Object(Map::new());
        }
        let mut place = data;
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            let last = steps.peek().is_none();
            let list = steps
                .peek()
                .is_some_and(|next| next.bytes().all(|byte| byte.is_ascii_digit()));
            let fresh = || {
                if list {
                    Value::Array(vec![])
                } else {
                    Value::Object(Map::new())
                }
            };
            match place {
                Value::Object(map) if last => {
                    if value.is_null() {
                        map.remove(step);
                    } else {
                        map.insert(step.to_owned(), value);
                    }
                    return true;
                }
                Value::Object(map) => {
                    let next = map.entry(step).or_insert_with(fresh);
                    if !next.is_object() && !next.is_array() {
                        *next = fresh();
                    }
                    place = next;
                }
                Value::Array(items) => {
                    let Ok(at) = step.parse::<usize>() else { return false };
                    if at >= walk::MAX_OCCURRENCES {
                        return false;
                    }
                    if items.len() <= at {
                        items.resize(at + 1, Value::Object(Map::new()));
                    }
                    let Some(next) = items.get_mut(at) else { return false };
                    if last {
                        *next = value;
                        return true;
                    }
                    if !next.is_object() {
                        *next = Value::Object(Map::new());
                    }
                    place = next;
                }
                _ => return false,
            }
        }
        false
    }

    /// The field at a path, with or without indices.
    pub fn field(&self, path: &str) -> Option<&Field> {
        let mut ids = path
            .split('.')
            .filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit()));
        let first = ids.next()?;
        let mut element = self.pages.iter().flat_map(walk::roots).find(|root| root.id == first)?;
        for id in ids {
            let Inside::Group(items) = element.inside else {
                return None;
            };
            element = items.iter().map(Element::from).find(|item| item.id == id)?;
        }
        match element.inside {
            Inside::Field(field) => Some(field),
            Inside::Group(_) => None,
        }
    }

    /// The first page with something to show.
    pub fn first_page(&self, data: &Data, today: Date) -> Option<&Page> {
        let hidden = self.hidden(data, Some(today));
        self.pages.iter().find(|page| is_shown(page, &hidden))
    }

    /// The next page with something to show; `None` after the last: the summary follows.
    pub fn next_page(&self, current: &str, data: &Data, today: Date) -> Option<&Page> {
        let hidden = self.hidden(data, Some(today));
        let at = self.pages.iter().position(|page| page.id == current)?;
        self.pages.iter().skip(at + 1).find(|page| is_shown(page, &hidden))
    }

    /// The page before with something to show; `None` before the first.
    pub fn previous_page(&self, current: &str, data: &Data, today: Date) -> Option<&Page> {
        let hidden = self.hidden(data, Some(today));
        let at = self.pages.iter().position(|page| page.id == current)?;
        self.pages.iter().take(at).rev().find(|page| is_shown(page, &hidden))
    }

    /// The first value of the field or group with this id, wherever it stands in the form. Prune first: hidden values are found.
    pub fn get<'d>(&self, data: &'d Data, id: &str) -> Option<&'d Value> {
        fn find<'d>(element: Element, value: &'d Value, id: &str) -> Option<&'d Value> {
            if element.id == id {
                return Some(value);
            }
            let Inside::Group(items) = element.inside else {
                return None;
            };
            let one = match value {
                Value::Array(list) => list.first()?,
                other => other,
            };
            items
                .iter()
                .map(Element::from)
                .find_map(|item| find(item, one.get(item.id)?, id))
        }
        self.pages
            .iter()
            .flat_map(walk::roots)
            .find_map(|root| find(root, data.get(root.id)?, id))
    }

    /// Validates JSON from a machine: everything pages check over the whole form, and unknown keys and values of hidden fields
    /// are refused rather than dropped.
    pub fn validate_json(&self, data: &Value, today: Date) -> Vec<Problem> {
        let Some(map) = data.as_object() else {
            let message = "Die Angaben müssen ein JSON-Objekt mit den Kennungen der Felder sein.".to_owned();
            return vec![Problem {
                path: String::new(),
                message,
                code: Code::Type,
            }];
        };
        let evaluation = self.evaluate(data, today);
        let mut problems = vec![];
        let roots: Vec<Element> = self.pages.iter().flat_map(walk::roots).collect();
        // A fixed value may be sent along; it is not shown, but it is true.
        let fixed = self.plan.fixed_paths();
        let mut hidden = evaluation.hidden.clone();
        hidden.retain(|path| {
            let Some(value) = fixed.get(&without_indices(path)) else {
                return true;
            };
            match walk::at(data, path) {
                Some(Value::Array(list)) => list.iter().any(|sent| sent != *value) || list.len() != 1,
                sent => sent != Some(*value),
            }
        });
        unknown(&roots, "", map, &hidden, &mut problems);
        problems.extend(evaluation.problems);
        problems
    }
}

fn without_indices(path: &str) -> String {
    let steps = path
        .split('.')
        .filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit()));
    steps.collect::<Vec<_>>().join(".")
}

fn is_shown(page: &Page, hidden: &BTreeSet<String>) -> bool {
    fn any(element: Element, above: &str, hidden: &BTreeSet<String>) -> bool {
        let path = walk::join(above, element.id);
        if hidden.contains(&path) {
            return false;
        }
        match element.inside {
            Inside::Field(_) => true,
            Inside::Group(items) => {
                // Inside what repeats, what is hidden is listed by occurrence; the first stands for all.
                let path = if element.occurs.repeats() {
                    walk::join(&path, "0")
                } else {
                    path
                };
                items.iter().any(|item| any(item.into(), &path, hidden))
            }
        }
    }
    walk::roots(page).into_iter().any(|root| any(root, "", hidden))
}

/// Reads an element into `data`. `from` is the path in the names posted, `to` the path in the data: indices close up.
fn read_element(
    element: Element,
    from: &str,
    to: &str,
    inputs: &Posted,
    data: &mut Map<String, Value>,
    problems: &mut Vec<Problem>,
) {
    let (from, to) = (walk::join(from, element.id), walk::join(to, element.id));
    let value = match element.inside {
        Inside::Field(field) if element.occurs.repeats() && !field.locked && posts(field) => {
            let mut typed: Vec<String> = inputs
                .get(from.as_str())
                .into_iter()
                .flatten()
                .map(|text| (*text).to_owned())
                .collect();
            let indices = indices(inputs, &from);
            typed.extend(
                indices
                    .iter()
                    .filter_map(|at| typed_text(field, &walk::join(&from, &at.to_string()), inputs)),
            );
            let mut values = vec![];
            for text in typed {
                let path = walk::join(&to, &values.len().to_string());
                values.extend(read_value(field, &path, &text, problems));
            }
            (!values.is_empty()).then_some(Value::Array(values))
        }
        Inside::Field(field) => {
            let value = typed_text(field, &from, inputs).and_then(|text| read_value(field, &to, &text, problems));
            if element.occurs.repeats() {
                value.map(|value| Value::Array(vec![value]))
            } else {
                value
            }
        }
        Inside::Group(items) if element.occurs.repeats() => {
            let mut list = vec![];
            for at in indices(inputs, &from) {
                let (from, to) = (
                    walk::join(&from, &at.to_string()),
                    walk::join(&to, &list.len().to_string()),
                );
                let mut inside = Map::new();
                for item in items {
                    read_element(item.into(), &from, &to, inputs, &mut inside, problems);
                }
                if !inside.is_empty() {
                    list.push(Value::Object(inside));
                }
            }
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Inside::Group(items) => {
            let mut inside = Map::new();
            for item in items {
                read_element(item.into(), &from, &to, inputs, &mut inside, problems);
            }
            (!inside.is_empty()).then_some(Value::Object(inside))
        }
    };
    if let Some(value) = value {
        data.insert(element.id.to_owned(), value);
    }
}

/// The indices posted under a path, in order.
fn indices(inputs: &Posted, path: &str) -> Vec<usize> {
    let start = format!("{path}.");
    let posted = inputs
        .range(start.as_str()..)
        .take_while(|(name, _)| name.starts_with(&start));
    let found: BTreeSet<usize> = posted
        .filter_map(|(name, _)| name.get(start.len()..)?.split('.').next()?.parse().ok())
        .filter(|at| *at < walk::MAX_OCCURRENCES)
        .collect();
    found.into_iter().collect()
}

/// Whether a browser posts answers of the field.
fn posts(field: &Field) -> bool {
    !matches!(field.kind, Kind::File { .. } | Kind::Object | Kind::Note(_))
}

/// What was typed for a field; the three inputs of a date joined by dots, gaps kept.
fn typed_text(field: &Field, path: &str, inputs: &Posted) -> Option<String> {
    if field.locked {
        return field.prefill.clone().filter(|_| !input::may_be_thousands(field));
    }
    let last = |name: &str| inputs.get(name).and_then(|values| values.last()).copied();
    if !posts(field) {
        return None;
    }
    if let Kind::Date { .. } = field.kind {
        let parts = ["tag", "monat", "jahr"].map(|part| last(&walk::join(path, part)));
        if parts.iter().any(Option::is_some) {
            let parts = parts.map(|part| input::clean(part.unwrap_or_default(), false));
            return parts.iter().any(|part| !part.is_empty()).then(|| parts.join("."));
        }
    }
    last(path).map(str::to_owned)
}

fn read_value(field: &Field, path: &str, typed: &str, problems: &mut Vec<Problem>) -> Option<Value> {
    let mut refuse = |(code, message): input::Refusal| {
        problems.push(Problem {
            path: path.to_owned(),
            message,
            code,
        });
    };
    match input::read(field, typed) {
        Ok(value) => {
            if let Some(refusal) = value.as_ref().and_then(|value| check::check(field, value)) {
                refuse(refusal);
            }
            value
        }
        Err(refusal) => {
            refuse(refusal);
            Some(Value::String(input::clean(typed, false)))
        }
    }
}

/// `new` with the papers and objects of `old`.
fn merged(element: Element, old: Option<Value>, new: Option<Value>) -> Option<Value> {
    match element.inside {
        Inside::Field(field) => match field.kind {
            Kind::File { .. } | Kind::Object => new.or(old),
            _ => new,
        },
        Inside::Group(items) => {
            let mut new = match new {
                // Occurrences may have been taken out or moved: papers cannot be matched to them, and are a finding there.
                Some(Value::Array(list)) => return Some(Value::Array(list)),
                Some(Value::Object(map)) => map,
                _ => Map::new(),
            };
            let mut old = match old {
                Some(Value::Object(map)) => map,
                _ => Map::new(),
            };
            let mut kept = Map::new();
            for item in items.iter().map(Element::from) {
                if let Some(value) = merged(item, old.remove(item.id), new.remove(item.id)) {
                    kept.insert(item.id.to_owned(), value);
                }
            }
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
    }
}

/// Keys the form does not know, and values of what is hidden.
fn unknown(
    elements: &[Element],
    above: &str,
    map: &Map<String, Value>,
    hidden: &BTreeSet<String>,
    problems: &mut Vec<Problem>,
) {
    for (key, value) in map {
        let path = walk::join(above, key);
        let Some(element) = elements.iter().find(|element| element.id == key) else {
            let shown: String = path.chars().take(100).collect();
            let message = format!("Das Formular kennt „{shown}“ nicht. Bitte entfernen Sie diese Angabe.");
            problems.push(Problem {
                path: shown,
                message,
                code: Code::Unknown,
            });
            continue;
        };
        if hidden.contains(&path) && !walk::is_empty(Some(value)) {
            let message = format!(
                "„{}“ gehört nach den übrigen Angaben nicht hierher. Bitte entfernen Sie diese Angabe.",
                element.title
            );
            problems.push(Problem {
                path,
                message,
                code: Code::Hidden,
            });
            continue;
        }
        let Inside::Group(items) = element.inside else { continue };
        let inside: Vec<Element> = items.iter().map(Element::from).collect();
        match value {
            Value::Object(map) => unknown(&inside, &path, map, hidden, problems),
            Value::Array(list) => {
                for (at, value) in list.iter().enumerate().take(walk::MAX_OCCURRENCES) {
                    if let Value::Object(map) = value {
                        unknown(&inside, &walk::join(&path, &at.to_string()), map, hidden, problems);
                    }
                }
            }
            _ => {}
        }
    }
}
