//! Correcting answers of the form: what a caseworker may put in the place of what the applicant said, where one input of the decision
//! is made of many answers (the members of a household). The form's own rules hold for it, as they did for the applicant.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use wegfrei_forms::{Data, Field, Group, Item, Page, Problem};
use wegfrei_model::Date;

use crate::facts::{find_group, find_in};
use crate::manifest::{Input, InputSource};
use crate::package::Package;

/// The part of the form an input of several values rests on.
#[derive(Clone, Debug)]
pub struct DeskPart {
    /// Name of the input.
    pub input: String,
    /// Pages of the form with only what belongs to it: its fields, its groups whole, and the answers that open them.
    pub pages: Vec<Page>,
}

/// Corrected answers that were found right.
#[derive(Clone, Debug)]
pub struct Amended {
    /// The application with them.
    pub application: Data,
    /// Input name → new value, where the answers change it.
    pub facts: Map<String, Value>,
}

/// Why corrected answers are not taken.
#[derive(Debug)]
pub enum AmendError {
    /// This answer is not among those a caseworker may correct.
    Foreign(String),
    /// The form's rules are broken.
    Problems(Vec<Problem>),
}

/// The days whose rules hold: what is right on one of them is right. A child born since the receipt is not "in the future", and one
/// that has grown too old since then was not too old when the application came.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    /// Day of receipt.
    pub received: Date,
    /// Today.
    pub today: Date,
}

impl Package {
    /// Whether the input of this name is made of several answers, so that it is corrected in the form's terms ([`Package::amend`]).
    pub fn is_made_of_answers(&self, input: &str) -> bool {
        let mut inputs = self.manifest.inputs.iter();
        inputs.any(|known| known.name == input && matches!(known.source, InputSource::Group { .. }))
    }

    /// The parts of the form that belong to correctable inputs of several values, in the order of `correctable`.
    pub fn desk_parts(&self) -> Vec<DeskPart> {
        let names = self.manifest.correctable.iter();
        let inputs = names.filter_map(|name| self.manifest.inputs.iter().find(|input| input.name == *name));
        inputs
            .filter(|input| matches!(input.source, InputSource::Group { .. }))
            .map(|input| {
                let kept = self.kept(input);
                DeskPart {
                    input: input.name.clone(),
                    pages: self
                        .form
                        .pages()
                        .iter()
                        .filter_map(|page| page_of(page, &kept))
                        .collect(),
                }
            })
            .collect()
    }

    /// An application with these answers in the place of its own, as RFC 7396 merges: objects member by member, lists whole, null
    /// takes away. Nothing is checked.
    pub fn overlay(application: &Data, answers: &Value) -> Data {
        let Value::Object(patch) = answers else {
            return answers.clone();
        };
        let mut merged = application.as_object().cloned().unwrap_or_default();
        for (key, new) in patch {
            if new.is_null() {
                merged.remove(key);
            } else {
                let old = merged.get(key).unwrap_or(&Value::Null);
                let value = Package::overlay(old, new);
                merged.insert(key.clone(), value);
            }
        }
        Value::Object(merged)
    }

    /// What makes `application` into `amended`, of the parts a caseworker may correct: the answers for [`Package::amend`].
    pub fn answers_between(&self, application: &Data, amended: &Data) -> Map<String, Value> {
        let (old, new) = (self.form.prune(application), self.form.prune(amended));
        let kept: Vec<String> = self.parts_paths().into_iter().collect();
        let mut answers = Value::Object(Map::new());
        for path in &kept {
            let (before, after) = (at(&old, path), at(&new, path));
            if before != after {
                put(&mut answers, path, after.cloned().unwrap_or(Value::Null));
            }
        }
        match answers {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// Checks corrected answers over an application: they touch only what may be corrected, and the form's rules hold for the parts
    /// they belong to.
    ///
    /// # Errors
    /// See [`AmendError`].
    pub fn amend(&self, application: &Data, answers: &Map<String, Value>, days: Days) -> Result<Amended, AmendError> {
        let parts = self.parts_paths();
        let covered = |path: &str| parts.iter().any(|part| within(part, path));
        let mut leaves = Vec::new();
        leaves_of(answers, "", &mut leaves);
        if let Some(foreign) = leaves.into_iter().find(|path| !covered(path)) {
            return Err(AmendError::Foreign(foreign.chars().take(100).collect()));
        }
        let amended = Package::overlay(application, &Value::Object(answers.clone()));
        let problems = self.problems_of(&amended, days, covered);
        if !problems.is_empty() {
            return Err(AmendError::Problems(problems));
        }
        let (before, after) = (
            self.facts(application, days.received),
            self.facts(&amended, days.received),
        );
        let changed = self
            .manifest
            .correctable
            .iter()
            .filter(|name| self.is_made_of_answers(name));
        let facts = changed
            .filter(|name| before.get(name) != after.get(name))
            .map(|name| (name.clone(), after.get(name).cloned().unwrap_or(Value::Null)));
        Ok(Amended {
            facts: facts.collect(),
            application: amended,
        })
    }

    /// Problems that hold on either day, at the paths asked for.
    fn problems_of(&self, data: &Data, days: Days, asked: impl Fn(&str) -> bool) -> Vec<Problem> {
        let mut problems = self.form.validate_json(data, days.today);
        problems.retain(|problem| asked(&without_indices(&problem.path)));
        if !problems.is_empty() && days.received != days.today {
            let then = self.form.validate_json(data, days.received);
            problems.retain(|problem| {
                then.iter()
                    .any(|old| old.path == problem.path && old.code == problem.code)
            });
        }
        problems
    }

    /// Paths of fields and whole groups all correctable inputs of several values rest on.
    fn parts_paths(&self) -> BTreeSet<String> {
        let names = self.manifest.correctable.iter();
        let inputs = names.filter_map(|name| self.manifest.inputs.iter().find(|input| input.name == *name));
        let groups = inputs.filter(|input| matches!(input.source, InputSource::Group { .. }));
        groups.flat_map(|input| self.kept(input)).collect()
    }

    /// Paths of fields and whole groups an input rests on, and of the answers that open them.
    fn kept(&self, input: &Input) -> BTreeSet<String> {
        let mut kept = BTreeSet::new();
        self.rests_on(input, "", &mut kept);
        loop {
            let inside = |path: &String| kept.iter().any(|part| within(part, path));
            let more: Vec<String> = kept
                .iter()
                .flat_map(|path| self.form.governors(path))
                .filter(|path| !inside(path))
                .collect();
            if more.is_empty() {
                return kept;
            }
            kept.extend(more);
        }
    }

    fn rests_on(&self, input: &Input, scope: &str, kept: &mut BTreeSet<String>) {
        match &input.source {
            InputSource::Desk(_) => {}
            InputSource::Field(name) => {
                kept.extend(find_in(&self.form, name, scope).map(|field| field.path.clone()));
            }
            InputSource::Group { group, fields, .. } => {
                match group.as_deref().and_then(|name| find_group(&self.form, name)) {
                    Some(found) if found.repeats => drop(kept.insert(found.path)),
                    found => {
                        let scope = found.map_or_else(|| scope.to_owned(), |found| found.path);
                        fields.iter().for_each(|field| self.rests_on(field, &scope, kept));
                    }
                }
            }
        }
    }
}

/// Whether a path without indices is `part` or lies in it.
fn within(part: &str, path: &str) -> bool {
    path.strip_prefix(part)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A path without its indices.
pub(crate) fn without_indices(path: &str) -> String {
    let steps = path
        .split('.')
        .filter(|step| step.is_empty() || !step.bytes().all(|byte| byte.is_ascii_digit()));
    steps.collect::<Vec<_>>().join(".")
}

/// The value at a path through objects only.
fn at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    path.split('.')
        .try_fold(data, |value, step| value.as_object()?.get(step))
}

fn put(data: &mut Value, path: &str, value: Value) {
    let Value::Object(map) = data else { return };
    match path.split_once('.') {
        None => drop(map.insert(path.to_owned(), value)),
        Some((first, rest)) => put(
            map.entry(first).or_insert_with(|| Value::Object(Map::new())),
            rest,
            value,
        ),
    }
}

/// Paths of everything a merge sets: lists count as one.
fn leaves_of(answers: &Map<String, Value>, above: &str, leaves: &mut Vec<String>) {
    for (key, value) in answers {
        let path = if above.is_empty() {
            key.clone()
        } else {
            format!("{above}.{key}")
        };
        match value {
            Value::Object(inside) if !inside.is_empty() => leaves_of(inside, &path, leaves),
            _ => leaves.push(path),
        }
    }
}

/// The page with only what is kept; `None` when nothing is.
fn page_of(page: &Page, kept: &BTreeSet<String>) -> Option<Page> {
    let whole = page.group && kept.iter().any(|part| within(part, &page.id));
    let items = items_of(&page.items, whole, kept);
    (!items.is_empty()).then(|| Page { items, ..page.clone() })
}

fn items_of(items: &[Item], whole: bool, kept: &BTreeSet<String>) -> Vec<Item> {
    let is_kept = |path: &str| whole || kept.iter().any(|part| within(part, path));
    let kept_item = |item: &Item| match item {
        Item::Field(field) => is_kept(&field.path).then(|| Item::Field(Box::new(at_the_desk(field)))),
        Item::Group(group) => {
            let items = items_of(&group.items, is_kept(&group.path), kept);
            let group = Group {
                items,
                help: None,
                ..group.clone()
            };
            (!group.items.is_empty()).then_some(Item::Group(group))
        }
    };
    items.iter().filter_map(kept_item).collect()
}

/// A question as the desk reads it: the short words of summaries, without the help for applicants.
fn at_the_desk(field: &Field) -> Field {
    Field {
        label_in: field.label_out.clone(),
        help: None,
        locked: false,
        autocomplete: None,
        ..field.clone()
    }
}
