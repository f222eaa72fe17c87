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

/// All elements of a form, each before what is inside it.
pub(crate) fn elements(pages: &[Page]) -> Vec<Element<'_>> {
    fn add<'f>(element: Element<'f>, elements: &mut Vec<Element<'f>>) {
        elements.push(element);
        if let Inside::Group(items) = element.inside {
            items.iter().for_each(|item| add(item.into(), elements));
        }
    }
    let mut elements = Vec::new();
    let roots = pages.iter().flat_map(roots);
    roots.for_each(|root| add(root, &mut elements));
    elements
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

/// The whole number a number is: `1.0`, not `1.5`, and none that a decimal fraction cannot tell from its neighbours.
pub(crate) fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// The whole number of an answer, written with or without a point.
pub(crate) fn whole_of(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| whole(value.as_f64()?))
}

/// True when fields of this kind take an answer.
pub(crate) fn answers(kind: &Kind) -> bool {
    !matches!(kind, Kind::Note(_))
}
