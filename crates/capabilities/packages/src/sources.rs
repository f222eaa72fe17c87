//! Where the form holds what the decision reads, looked up once when the package is loaded.

use serde_json::{Map, Value};
use wegfrei_forms::Form;
use wegfrei_model::Date;

use crate::facts::{find_group, find_in, is_empty};
use crate::manifest::{Input, InputSource};
use crate::package::value_at;

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
    Field(Option<Spot>),
    Received,
    Desk,
    /// An object of its own around fields that lie beside it.
    Members(Vec<Source>),
    /// None: the form has no such group.
    Group(Option<Spot>, Vec<Source>),
    Occurrences(Spot, Vec<Source>),
}

/// A path of the form: from the occurrence in question, or from the top.
#[derive(Debug)]
struct Spot {
    path: String,
    inside: bool,
}

impl Spot {
    /// `scope` is the path of the occurrence, empty outside of any.
    fn new(path: &str, scope: &str) -> Spot {
        let rest = path.strip_prefix(scope).and_then(|rest| rest.strip_prefix('.'));
        match rest.filter(|_| !scope.is_empty()) {
            Some(rest) => Spot {
                path: rest.to_owned(),
                inside: true,
            },
            None => Spot {
                path: path.to_owned(),
                inside: false,
            },
        }
    }
}

/// The sources of all inputs.
pub(crate) fn sources(form: &Form, inputs: &[Input]) -> Vec<Source> {
    within(form, inputs, "")
}

fn within(form: &Form, inputs: &[Input], scope: &str) -> Vec<Source> {
    let source = |input: &Input| Source {
        name: input.name.clone(),
        default: input.default.clone(),
        from: from(form, &input.source, scope),
    };
    inputs.iter().map(source).collect()
}

fn from(form: &Form, source: &InputSource, scope: &str) -> Origin {
    match source {
        InputSource::Field(field) => {
            Origin::Field(find_in(form, field, scope).map(|field| Spot::new(&field.path, scope)))
        }
        InputSource::Desk(fact) if fact.received => Origin::Received,
        InputSource::Desk(_) => Origin::Desk,
        InputSource::Group {
            group: None, fields, ..
        } => Origin::Members(within(form, fields, scope)),
        InputSource::Group {
            group: Some(group),
            fields,
            ..
        } => match find_group(form, group) {
            None => Origin::Group(None, Vec::new()),
            Some(group) => {
                let fields = within(form, fields, &group.path);
                let spot = Spot::new(&group.path, scope);
                if group.repeats {
                    Origin::Occurrences(spot, fields)
                } else {
                    Origin::Group(Some(spot), fields)
                }
            }
        },
    }
}

/// The data of a form, pruned, and the day of receipt.
pub(crate) struct View<'d> {
    pub root: &'d Value,
    pub received: Date,
}

impl<'d> View<'d> {
    /// The inputs as an object; `occurrence` is the data they lie in.
    pub fn object(&self, sources: &[Source], occurrence: &'d Value) -> Map<String, Value> {
        let values = sources
            .iter()
            .map(|source| (source.name.clone(), self.value(source, occurrence)));
        values.collect()
    }

    fn value(&self, source: &Source, occurrence: &'d Value) -> Value {
        match &source.from {
            Origin::Field(spot) => {
                let value = spot.as_ref().and_then(|spot| self.at(spot, occurrence));
                let value = value.filter(|value| value.as_str() != Some(""));
                value.unwrap_or(&source.default).clone()
            }
            Origin::Received => Value::String(self.received.to_string()),
            Origin::Desk => source.default.clone(),
            Origin::Members(fields) => Value::Object(self.object(fields, occurrence)),
            Origin::Group(None, _) => Value::Null,
            Origin::Group(Some(spot), fields) => {
                let data = self.at(spot, occurrence).unwrap_or(&Value::Null);
                Value::Object(self.object(fields, data))
            }
            Origin::Occurrences(spot, fields) => {
                let entries = self.at(spot, occurrence).and_then(Value::as_array);
                let filled = entries.into_iter().flatten().filter(|entry| !is_empty(entry));
                Value::Array(filled.map(|entry| Value::Object(self.object(fields, entry))).collect())
            }
        }
    }

    fn at(&self, spot: &Spot, occurrence: &'d Value) -> Option<&'d Value> {
        value_at(if spot.inside { occurrence } else { self.root }, &spot.path)
    }
}
