//! From form data to the decision's `antrag`, and what a caseworker may put in its place.

use serde_json::Value;
use wegfrei_forms::{Data, Field, Form, Group, Item, Kind};
use wegfrei_model::Date;

use crate::manifest::{Input, InputSource};
use crate::package::{Package, value_at};
use crate::sources::View;

/// Most entries of one list a correction may have; the form sets its own, lower bounds.
const MAX_ENTRIES: usize = 100;

/// An account to pay to.
#[derive(Clone, PartialEq, Eq)]
pub struct Payee {
    /// Without blanks, check digits right when the form checks them.
    pub iban: String,
    /// Name of the account holder.
    pub holder: String,
}

impl std::fmt::Debug for Payee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Payee(…)")
    }
}

impl Package {
    /// The decision's `antrag`: what `[inputs]` names, under its names. Fields the form hides count as empty; an empty field is its
    /// default, or null; of a group that repeats, occurrences without any answer are left out. `received` is the day of receipt,
    /// for desk facts with `default = "eingang"`.
    pub fn facts(&self, application: &Data, received: Date) -> Value {
        let view = View {
            answers: self.form.answers(application),
            received,
        };
        Value::Object(view.object(&self.sources, None))
    }

    /// Whether a caseworker may put `value` in the place of the input `name`: it is correctable and of the kind of its fields, so
    /// that the decision can rely on it, whatever door it came through. Lists are replaced whole.
    ///
    /// # Errors
    /// What is wrong, in German.
    pub fn check_correction(&self, name: &str, value: &Value) -> Result<(), String> {
        let input = self.manifest.inputs.iter().find(|input| input.name == name);
        match input.filter(|_| self.manifest.correctable.iter().any(|known| known == name)) {
            Some(input) => self.fits(input, value),
            None => Err(format!("Die Angabe „{name}“ kann hier nicht geändert werden.")),
        }
    }

    fn fits(&self, input: &Input, value: &Value) -> Result<(), String> {
        let name = &input.name;
        match &input.source {
            InputSource::Desk(fact) => fact
                .kind
                .check(value)
                .map_err(|help| format!("„{}“: {help}", fact.label)),
            InputSource::Field(field) => match self.field(field) {
                Some(field) if holds(field, value) => Ok(()),
                _ => Err(format!(
                    "Der neue Wert der Angabe „{name}“ hat nicht die Form, die das Formular verlangt."
                )),
            },
            InputSource::Group { group, fields, .. } => {
                let repeats = group
                    .as_deref()
                    .and_then(|group| find_group(&self.form, group))
                    .is_some_and(|found| found.repeats);
                match value {
                    Value::Array(entries) if repeats && entries.len() <= MAX_ENTRIES => entries
                        .iter()
                        .try_for_each(|entry| self.fits_object(name, fields, entry)),
                    Value::Object(_) if !repeats => self.fits_object(name, fields, value),
                    _ if repeats => Err(format!(
                        "„{name}“ ist eine Liste mit höchstens {MAX_ENTRIES} Einträgen."
                    )),
                    _ => Err(format!("„{name}“ besteht aus mehreren Angaben.")),
                }
            }
        }
    }

    fn fits_object(&self, name: &str, fields: &[Input], value: &Value) -> Result<(), String> {
        let Some(object) = value.as_object() else {
            return Err(format!("Ein Eintrag von „{name}“ ist nicht lesbar."));
        };
        if let Some(unknown) = object
            .keys()
            .find(|key| !fields.iter().any(|field| field.name == **key))
        {
            return Err(format!("„{name}“ hat keine Angabe „{unknown}“."));
        }
        fields
            .iter()
            .try_for_each(|field| self.fits(field, object.get(&field.name).unwrap_or(&Value::Null)))
    }

    /// What a caseworker must choose before anything is decided and has not chosen yet: the label of the first such fact.
    pub fn unchosen(&self, facts: &Value) -> Option<&str> {
        self.manifest.inputs.iter().find_map(|input| match &input.source {
            InputSource::Desk(fact) if fact.required && facts.get(&input.name).is_none_or(Value::is_null) => {
                Some(fact.label.as_str())
            }
            _ => None,
        })
    }

    /// What may be true only after a request that was not answered in time, and is: the label of the first such fact.
    pub fn needs_request(&self, facts: &Value) -> Option<&str> {
        self.manifest.inputs.iter().find_map(|input| match &input.source {
            InputSource::Desk(fact) if fact.after_request && facts.get(&input.name) == Some(&Value::Bool(true)) => {
                Some(fact.label.as_str())
            }
            _ => None,
        })
    }

    /// Whether an input is a fact only the desk knows, which no applicant said.
    pub fn is_of_the_desk(&self, input: &str) -> bool {
        let mut inputs = self.manifest.inputs.iter();
        inputs.any(|known| known.name == input && matches!(known.source, InputSource::Desk(_)))
    }

    /// Whom to pay, by `[payment]`; `None` when the service pays nothing or the application names no account.
    pub fn payee(&self, application: &Data) -> Option<Payee> {
        let payment = self.manifest.payment.as_ref()?;
        let application = self.form.prune(application);
        let text = |field: &String| {
            let value = value_at(&application, &self.field(field)?.path)?.as_str()?.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let holder: Vec<String> = payment.holder.iter().filter_map(text).collect();
        Some(Payee {
            iban: text(&payment.iban)?,
            holder: holder.join(" "),
        })
    }

    /// What people call an output of the decision: `betrag_cent`, or a part of a list by its dotted name (`zahlungen.monat`).
    pub fn result_label(&self, name: &str) -> Option<&str> {
        let found = self.manifest.results.iter().find(|known| known.name == name);
        found.map(|known| known.label.as_str())
    }
}

/// Whether a value is of the field's kind; null only where the form does not demand an answer.
fn holds(field: &Field, value: &Value) -> bool {
    match (&field.kind, value) {
        (_, Value::Null) => !field.required,
        (Kind::Bool, value) => value.is_boolean(),
        (Kind::Integer { .. } | Kind::Currency { .. }, value) => value.is_i64(),
        (Kind::Number { .. }, value) => value.is_number(),
        (Kind::Date { .. }, Value::String(text)) => text.parse::<Date>().is_ok(),
        (Kind::Select { options, .. }, Value::String(text)) => {
            options.is_empty() || options.iter().any(|option| option.value == *text)
        }
        (Kind::Text { .. } | Kind::Time | Kind::DateTime, value) => value.is_string(),
        _ => false,
    }
}

/// A group as `[inputs]` may name it, also one that makes a page.
pub(crate) struct Found {
    pub path: String,
    /// The group itself repeats.
    pub repeats: bool,
}

/// All groups of a form.
pub(crate) fn groups(form: &Form) -> Vec<(String, Found)> {
    fn add(items: &[Item], found: &mut Vec<(String, Found)>) {
        for item in items {
            let Item::Group(Group {
                id,
                path,
                occurs,
                items,
                ..
            }) = item
            else {
                continue;
            };
            push(id, path, occurs.repeats(), items, found);
        }
    }
    fn push(id: &str, path: &str, repeats: bool, items: &[Item], found: &mut Vec<(String, Found)>) {
        let path = path.to_owned();
        found.push((id.to_owned(), Found { path, repeats }));
        add(items, found);
    }
    let mut found = Vec::new();
    for page in form.pages() {
        if page.group {
            push(&page.id, &page.id, page.occurs.repeats(), &page.items, &mut found);
        } else {
            add(&page.items, &mut found);
        }
    }
    found
}

/// The group with this id or path; an id names the first such group.
pub(crate) fn find_group(form: &Form, name: &str) -> Option<Found> {
    let found = groups(form)
        .into_iter()
        .find(|(id, found)| id == name || found.path == name);
    found.map(|(_, found)| found)
}

/// The field with this id or path, inside the group `scope` if there is one there.
pub(crate) fn find_in<'f>(form: &'f Form, name: &str, scope: &str) -> Option<&'f Field> {
    fn search<'f>(items: &'f [Item], fits: &dyn Fn(&Field) -> bool) -> Option<&'f Field> {
        items.iter().find_map(|item| match item {
            Item::Field(field) => fits(field).then_some(&**field),
            Item::Group(Group { items, .. }) => search(items, fits),
        })
    }
    let named = |field: &Field| field.id == name || field.path == name;
    let inside = |field: &Field| {
        named(field) && !scope.is_empty() && field.path.strip_prefix(scope).is_some_and(|rest| rest.starts_with('.'))
    };
    let pages = || form.pages().iter().map(|page| page.items.as_slice());
    pages()
        .find_map(|items| search(items, &inside))
        .or_else(|| pages().find_map(|items| search(items, &named)))
}
