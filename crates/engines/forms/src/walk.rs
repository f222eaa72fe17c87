//! Going through the form and through answers by path.

use serde_json::Value;

use crate::form::{Field, Item, Kind, Occurs, Page};

/// Most occurrences of one element looked at, whatever the form allows.
pub(crate) const MAX_OCCURRENCES: usize = 100;

/// A path with one more step.
pub(crate) fn join(path: &str, step: &str) -> String {
    if path.is_empty() {
        step.to_owned()
    } else {
        format!("{path}.{step}")
    }
}

/// The id of an item.
pub(crate) fn id(item: &Item) -> &str {
    match item {
        Item::Field(field) => &field.id,
        Item::Group(group) => &group.id,
    }
}

/// A field or a group, also the group that makes a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'f> {
    pub id: &'f str,
    pub name: &'f str,
    pub title: &'f str,
    pub occurs: Occurs,
    pub inside: Inside<'f>,
}

/// What an element is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inside<'f> {
    Field(&'f Field),
    Group(&'f [Item]),
}

impl<'f> From<&'f Item> for Element<'f> {
    fn from(item: &'f Item) -> Element<'f> {
        match item {
            Item::Field(field) => Element {
                id: &field.id,
                name: &field.name,
                title: &field.label_in,
                occurs: field.occurs,
                inside: Inside::Field(field),
            },
            Item::Group(group) => Element {
                id: &group.id,
                name: &group.name,
                title: &group.title,
                occurs: group.occurs,
                inside: Inside::Group(&group.items),
            },
        }
    }
}

/// The elements of a page at the top of the data: its group, or its fields.
pub(crate) fn roots(page: &Page) -> Vec<Element<'_>> {
    if page.group {
        vec![Element {
            id: &page.id,
            name: &page.name,
            title: &page.title,
            occurs: page.occurs,
            inside: Inside::Group(&page.items),
        }]
    } else {
        page.items.iter().map(Element::from).collect()
    }
}

/// One step of a path through the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub id: String,
    pub repeats: bool,
}

/// Every element with the steps that lead to it, in the order of the form.
pub(crate) struct Index<'f> {
    pub entries: Vec<(Vec<Step>, Element<'f>)>,
}

impl<'f> Index<'f> {
    pub fn of(pages: &'f [Page]) -> Index<'f> {
        fn add<'f>(element: Element<'f>, steps: &[Step], entries: &mut Vec<(Vec<Step>, Element<'f>)>) {
            let mut steps = steps.to_vec();
            steps.push(Step {
                id: element.id.to_owned(),
                repeats: element.occurs.repeats(),
            });
            entries.push((steps.clone(), element));
            if let Inside::Group(items) = element.inside {
                for item in items {
                    add(item.into(), &steps, entries);
                }
            }
        }
        let mut entries = vec![];
        for root in pages.iter().flat_map(roots) {
            add(root, &[], &mut entries);
        }
        Index { entries }
    }

    /// The elements whose path ends with `ids` and starts with `scope`.
    pub fn find(&self, scope: &[&str], ids: &[&str]) -> Vec<&(Vec<Step>, Element<'f>)> {
        let fits = |steps: &[Step]| {
            steps.len() >= ids.len()
                && steps.iter().zip(scope).filter(|(step, id)| step.id == **id).count() == scope.len()
                && steps
                    .iter()
                    .rev()
                    .zip(ids.iter().rev())
                    .all(|(step, id)| step.id == *id)
        };
        self.entries.iter().filter(|(steps, _)| fits(steps)).collect()
    }
}

/// The value at a path with indices.
pub(crate) fn at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    path.split('.').try_fold(data, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// True for nothing, null, blank text, and lists and objects of such.
pub(crate) fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Array(list)) => list.iter().all(|value| is_empty(Some(value))),
        Some(Value::Object(map)) => map.values().all(|value| is_empty(Some(value))),
        Some(_) => false,
    }
}

/// The occurrences of `steps` that lie under the path `from` with indices, which leads through the first `done` steps.
pub(crate) fn occurrences(data: &Value, from: &str, done: usize, steps: &[Step]) -> Vec<String> {
    let mut paths = vec![from.to_owned()];
    for step in steps.iter().skip(done) {
        let mut next = vec![];
        for path in paths {
            let path = join(&path, &step.id);
            if step.repeats {
                let count = match at(data, &path) {
                    Some(Value::Array(list)) => list.len().clamp(1, MAX_OCCURRENCES),
                    _ => 1,
                };
                next.extend((0..count).map(|index| join(&path, &index.to_string())));
            } else {
                next.push(path);
            }
        }
        paths = next;
        if paths.len() > 10_000 {
            paths.truncate(10_000);
        }
    }
    paths
}

/// True when fields of this kind take an answer.
pub(crate) fn answers(kind: &Kind) -> bool {
    !matches!(kind, Kind::Note(_))
}
