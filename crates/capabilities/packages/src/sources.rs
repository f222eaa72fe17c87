//! Where the form holds what the decision reads, looked up once when the package is loaded.

use serde_json::{Map, Value};
use wegfrei_forms::{Answers, ElementRef, Form, Occurrence};
use wegfrei_model::Date;

use crate::facts::{find_group, find_in};
use crate::manifest::{Input, InputSource};

/// One input of the decision and where it comes from.
#[derive(Debug)]
pub(crate) struct Source {
    name: String,
    /// Stands for an empty field and for what only the desk knows.
    default: Value,
    from: Origin,
}

#[derive(Debug)]
enum Origin {
    Field(ElementRef),
    Received,
    Desk,
    /// An object of its own around fields, which lie beside it or in a group that does not repeat.
    Members(Vec<Source>),
    Occurrences(ElementRef, Vec<Source>),
    /// The form has no such group.
    Nowhere,
}

/// The sources of all inputs. `scope` is the path of the occurrence they are looked up in, empty outside of any.
pub(crate) fn sources(form: &Form, inputs: &[Input], scope: &str) -> Vec<Source> {
    let source = |input: &Input| Source {
        name: input.name.clone(),
        default: input.default.clone(),
        from: from(form, &input.source, scope),
    };
    inputs.iter().map(source).collect()
}

fn from(form: &Form, source: &InputSource, scope: &str) -> Origin {
    match source {
        // A field the form has not is always empty.
        InputSource::Field(field) => find_in(form, field, scope)
            .and_then(|field| form.element(&field.path))
            .map_or(Origin::Desk, Origin::Field),
        InputSource::Desk(fact) if fact.received => Origin::Received,
        InputSource::Desk(_) => Origin::Desk,
        InputSource::Group {
            group: None, fields, ..
        } => Origin::Members(sources(form, fields, scope)),
        InputSource::Group {
            group: Some(group),
            fields,
            ..
        } => {
            let Some(group) = find_group(form, group) else {
                return Origin::Nowhere;
            };
            let fields = sources(form, fields, &group.path);
            match form.element(&group.path) {
                Some(element) if group.repeats => Origin::Occurrences(element, fields),
                _ => Origin::Members(fields),
            }
        }
    }
}

/// The answers of a form and the day of receipt.
pub(crate) struct View<'d> {
    pub answers: Answers<'d>,
    pub received: Date,
}

impl View<'_> {
    /// The inputs as an object; `around` is the occurrence they lie in.
    pub fn object(&self, sources: &[Source], around: Option<Occurrence>) -> Map<String, Value> {
        let mut object = Map::with_capacity(sources.len());
        for source in sources {
            object.insert(source.name.clone(), self.value(source, around));
        }
        object
    }

    fn value(&self, source: &Source, around: Option<Occurrence>) -> Value {
        match &source.from {
            Origin::Field(field) => {
                let value = self.answers.value(*field, around);
                value.unwrap_or_else(|| source.default.clone())
            }
            Origin::Received => Value::String(self.received.to_string()),
            Origin::Desk => source.default.clone(),
            Origin::Members(fields) => Value::Object(self.object(fields, around)),
            Origin::Occurrences(group, fields) => {
                let occurrences = self.answers.all(*group, around);
                let objects = occurrences.map(|occurrence| Value::Object(self.object(fields, Some(occurrence))));
                Value::Array(objects.collect())
            }
            Origin::Nowhere => Value::Null,
        }
    }
}
