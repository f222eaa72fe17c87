//! Inputs made of several answers of the form (the members of a household): shown row by row, read back, rows added and taken out.

use crate::body::Posted;
use crate::texts::{Texts, fill};
use crate::view::desk::{Part, Row, Rows, Section};
use crate::view::form::{Block, ErrorLink};
use crate::wire::desk::words::name;
use crate::wire::form::{Asked, element_id};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wegfrei_forms::{Evaluation, Group, Item, Kind, Occurs, Page};
use wegfrei_model::Date;
use wegfrei_packages::{DeskPart, InputSource, Package};

/// So many rows are shown unfolded.
const FEW: usize = 3;
/// More rows of one list nobody gets, whatever the form allows; the form reads no more.
const MOST: usize = 100;
/// Deepest nesting of groups that is drawn; a package may nest less.
const DEEPEST: usize = 8;

/// The answers that may be corrected here, and what they are shown by.
pub(super) struct Answers<'a> {
    pub t: &'static Texts,
    pub package: &'a Package,
    /// The parts of the form that may be corrected.
    pub parts: Vec<DeskPart>,
    /// The form data as it stands, with earlier corrections.
    pub now: &'a Value,
    pub today: Date,
    /// Where the form of the page is sent.
    pub action: String,
}

/// One drawing of the answers.
struct Drawing<'a> {
    answers: &'a Answers<'a>,
    data: &'a Value,
    evaluation: Evaluation,
    problems: &'a BTreeMap<String, String>,
    /// The row that was just added.
    fresh: Option<&'a str>,
}

impl Answers<'_> {
    /// The sections of the page, filled with `data`.
    pub fn sections(&self, data: &Value, problems: &BTreeMap<String, String>, fresh: Option<&str>) -> Vec<Section> {
        let drawing = Drawing {
            answers: self,
            data,
            evaluation: self.package.form().evaluate(data, self.today),
            problems,
            fresh,
        };
        let section = |part: &DeskPart| Section {
            title: self.title(part),
            open: part.pages.iter().any(|page| drawing.page_open(page)),
            parts: part.pages.iter().flat_map(|page| drawing.page(page)).collect(),
        };
        self.parts.iter().map(section).collect()
    }

    /// What the desk calls a part: a list as in the form, anything else by package.toml's label.
    fn title(&self, part: &DeskPart) -> String {
        let input = self
            .package
            .manifest()
            .inputs
            .iter()
            .find(|input| input.name == part.input);
        let Some(InputSource::Group { group, label, .. }) = input.map(|input| &input.source) else {
            return name(&part.input);
        };
        let list = group.as_deref().and_then(|group| {
            let mut pages = part.pages.iter();
            pages.find_map(|page| {
                let own = (page.group && page.id == group).then_some(&page.title);
                own.or_else(|| find(&page.items, group, 0).map(|group| &group.title))
            })
        });
        list.or(label.as_ref()).cloned().unwrap_or_else(|| name(&part.input))
    }

    /// The form data with what was posted for these parts; everything else stays.
    pub fn read(&self, posted: &Posted) -> Value {
        let mut data = self.now.clone();
        for page in self.parts.iter().flat_map(|part| &part.pages) {
            let (answers, _) = self.package.form().read_page(&page.id, &posted.fields);
            if page.group && page.occurs.repeats() {
                set(&mut data, &page.id, answers.get(&page.id).cloned());
            } else if page.group {
                let mut inside = data.get(&page.id).cloned().unwrap_or_default();
                let none = Value::Null;
                lay(&page.items, answers.get(&page.id).unwrap_or(&none), &mut inside);
                set(&mut data, &page.id, Some(inside));
            } else {
                lay(&page.items, &answers, &mut data);
            }
        }
        data
    }

    /// Adds (`+path`) or takes out (`-path.index`) a row, where there is such a list and the form allows it; the path of a new row.
    pub fn change(&self, data: &mut Value, wish: &str) -> Option<String> {
        if let Some(path) = wish.strip_prefix('+') {
            let occurs = self.list(path)?;
            self.package.form().open(data, path);
            let list = list_at(data, path)?;
            if list.len() >= most(occurs) {
                return None;
            }
            list.push(Value::Object(Map::new()));
            return Some(format!("{path}.{}", list.len() - 1));
        }
        let (path, index) = wish.strip_prefix('-')?.rsplit_once('.')?;
        let occurs = self.list(path)?;
        let index: usize = index.parse().ok()?;
        let list = list_at(data, path)?;
        if index < list.len() && list.len() > occurs.min as usize {
            list.remove(index);
        }
        None
    }

    /// How often the list at a path with indices may occur; `None` for anything that is no list of these parts.
    fn list(&self, path: &str) -> Option<Occurs> {
        let is_index = |step: &&str| step.bytes().all(|byte| byte.is_ascii_digit());
        let plain: Vec<&str> = path.split('.').filter(|step| !is_index(step)).collect();
        let plain = plain.join(".");
        let mut pages = self.parts.iter().flat_map(|part| &part.pages);
        let occurs = pages.find_map(|page| {
            if page.group && page.id == plain {
                return Some(page.occurs);
            }
            by_path(&page.items, &plain).map(|group| group.occurs)
        })?;
        occurs.repeats().then_some(occurs)
    }

    /// Links to the answers that have problems, in the words of their rows.
    pub fn links(&self, data: &Value, problems: &BTreeMap<String, String>) -> Vec<ErrorLink> {
        let link = |(path, message): (&String, &String)| {
            let mut rows = Vec::new();
            let mut around = String::new();
            let mut value = Some(data);
            for step in path.split('.') {
                value = value.and_then(|value| match step.parse::<usize>() {
                    Ok(index) => value.get(index),
                    Err(_) => value.get(step),
                });
                if let (Ok(index), Some(row)) = (step.parse::<usize>(), value) {
                    rows.push(self.package.row_title(&around, index, row));
                }
                around = if around.is_empty() {
                    step.to_owned()
                } else {
                    format!("{around}.{step}")
                };
            }
            rows.push(message.clone());
            ErrorLink {
                target: format!("#{}", element_id(path)),
                message: rows.join(" – "),
            }
        };
        problems.iter().map(link).collect()
    }
}

impl Drawing<'_> {
    fn page(&self, page: &Page) -> Vec<Part> {
        match (page.group, page.occurs.repeats()) {
            (true, true) => {
                let rows = self.rows(
                    &page.items,
                    page.occurs,
                    &page.title,
                    &page.id,
                    self.data.get(&page.id),
                    0,
                );
                vec![Part::Rows(Box::new(rows))]
            }
            (true, false) => self.parts(&page.items, &page.id, self.data.get(&page.id), 0),
            (false, _) => self.parts(&page.items, "", Some(self.data), 0),
        }
    }

    fn parts(&self, items: &[Item], above: &str, value: Option<&Value>, depth: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        for item in items {
            match item {
                Item::Group(group) if depth < DEEPEST => {
                    let path = join(above, &group.id);
                    let value = value.and_then(|value| value.get(&group.id));
                    if group.occurs.repeats() {
                        let rows = self.rows(&group.items, group.occurs, &group.title, &path, value, depth + 1);
                        parts.push(Part::Rows(Box::new(rows)));
                    } else if !self.evaluation.hidden.contains(&path) {
                        parts.extend(self.parts(&group.items, &path, value, depth + 1));
                    }
                }
                Item::Group(_) => {}
                Item::Field(field) => {
                    let path = join(above, &field.id);
                    let unasked = matches!(field.kind, Kind::File { .. } | Kind::Object | Kind::Note(_));
                    if unasked || self.evaluation.hidden.contains(&path) {
                        continue;
                    }
                    let asked = Asked {
                        t: self.answers.t,
                        page: &EMPTY,
                        data: self.data,
                        evaluation: &self.evaluation,
                        problems: self.problems,
                        saved: self.data,
                        room: false,
                    };
                    let value = value.and_then(|value| value.get(&field.id));
                    let blocks = asked.field(field, &path, value);
                    parts.extend(blocks.into_iter().filter_map(|block| match block {
                        Block::Field(mut question) => {
                            question.marked = false;
                            Some(Part::Question(question))
                        }
                        Block::Heading { .. } | Block::End(_) | Block::Note { .. } => None,
                    }));
                }
            }
        }
        parts
    }

    fn rows(
        &self,
        items: &[Item],
        occurs: Occurs,
        title: &str,
        path: &str,
        value: Option<&Value>,
        depth: usize,
    ) -> Rows {
        let answers = self.answers;
        let empty = [Value::Object(Map::new())];
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let hidden = self.evaluation.hidden.contains(path);
        // What must be filled in is asked for although nothing was said yet.
        let must = self.problems.contains_key(path) || occurs.min > 0;
        let shown: &[Value] = match (hidden, list.is_empty()) {
            (true, _) => &[],
            (false, true) if must => &empty,
            (false, _) => list,
        };
        let id = element_id(path);
        let rows = shown.iter().enumerate().map(|(index, row)| {
            let own = format!("{path}.{index}");
            Row {
                id: element_id(&own),
                title: answers.package.row_title(path, index, row),
                open: shown.len() <= FEW || self.open_at(&own),
                parts: self.parts(items, &own, Some(row), depth + 1),
                remove: (list.len() > occurs.min as usize).then(|| format!("-{own}")),
            }
        });
        Rows {
            title: title.to_owned(),
            error: self.problems.get(path).cloned(),
            rows: rows.collect(),
            add: (shown.len() < most(occurs)).then(|| format!("+{path}")),
            add_words: fill(answers.t.task_row_add, "name", one(answers.package, path)),
            here: format!("{}#{id}", answers.action),
            id,
        }
    }

    fn page_open(&self, page: &Page) -> bool {
        let inside = |items: &[Item], above: &str| {
            items.iter().any(|item| match item {
                Item::Field(field) => self.open_at(&join(above, &field.id)),
                Item::Group(group) => self.open_at(&join(above, &group.id)),
            })
        };
        match page.group {
            true if page.occurs.repeats() => self.open_at(&page.id),
            true => inside(&page.items, &page.id),
            false => inside(&page.items, ""),
        }
    }

    /// Something is wrong, new or changed at or below a path.
    fn open_at(&self, path: &str) -> bool {
        let below = |other: &str| {
            other
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.problems.keys().any(|problem| below(problem))
            || self.fresh.is_some_and(below)
            || at(self.data, path).filter(|value| !nothing(value))
                != at(self.answers.now, path).filter(|value| !nothing(value))
    }
}

/// A page without questions: single fields are asked without theirs.
static EMPTY: std::sync::LazyLock<Page> = std::sync::LazyLock::new(|| Page {
    meta: None,
    id: String::new(),
    name: String::new(),
    title: String::new(),
    help: None,
    legal: Vec::new(),
    group: false,
    occurs: Occurs { min: 1, max: Some(1) },
    items: Vec::new(),
});

/// What one row of a list is called: its title without number and name.
fn one(package: &Package, path: &str) -> String {
    let title = package.row_title(path, 0, &Value::Null);
    title.strip_prefix("1. ").map_or(title.clone(), str::to_owned)
}

fn nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn most(occurs: Occurs) -> usize {
    occurs.max.map_or(MOST, |max| (max as usize).min(MOST))
}

fn join(above: &str, id: &str) -> String {
    if above.is_empty() {
        id.to_owned()
    } else {
        format!("{above}.{id}")
    }
}

/// The value at a path with indices.
fn at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    path.split('.').try_fold(data, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

fn by_path<'f>(items: &'f [Item], path: &str) -> Option<&'f Group> {
    items.iter().find_map(|item| match item {
        Item::Group(group) if group.path == path => Some(group),
        Item::Group(group) => by_path(&group.items, path),
        Item::Field(_) => None,
    })
}

fn find<'f>(items: &'f [Item], id: &str, depth: usize) -> Option<&'f Group> {
    items.iter().find_map(|item| match item {
        Item::Group(group) if group.id == id || group.path == id => Some(group),
        Item::Group(group) if depth < DEEPEST => find(&group.items, id, depth + 1),
        Item::Group(_) | Item::Field(_) => None,
    })
}

fn set(data: &mut Value, key: &str, value: Option<Value>) {
    if !data.is_object() {
        *data = Value::Object(Map::new());
    }
    if let Value::Object(map) = data {
        match value {
            Some(value) => drop(map.insert(key.to_owned(), value)),
            None => drop(map.remove(key)),
        }
    }
}

/// Lays posted answers of these items over what is there; papers and objects, which no browser posts, stay.
fn lay(items: &[Item], posted: &Value, into: &mut Value) {
    for item in items {
        match item {
            Item::Field(field) => {
                if !matches!(field.kind, Kind::File { .. } | Kind::Object | Kind::Note(_)) {
                    set(into, &field.id, posted.get(&field.id).cloned());
                }
            }
            Item::Group(group) if group.occurs.repeats() => set(into, &group.id, posted.get(&group.id).cloned()),
            Item::Group(group) => {
                let mut inside = into.get(&group.id).cloned().unwrap_or_default();
                let none = Value::Null;
                lay(&group.items, posted.get(&group.id).unwrap_or(&none), &mut inside);
                set(into, &group.id, Some(inside));
            }
        }
    }
}

/// The list at a path with indices, made where it is missing; `None` where a row on the way is.
fn list_at<'d>(data: &'d mut Value, path: &str) -> Option<&'d mut Vec<Value>> {
    let mut place = data;
    for step in path.split('.') {
        place = match place {
            Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?)?,
            other => {
                if !other.is_object() {
                    *other = Value::Object(Map::new());
                }
                other.as_object_mut()?.entry(step).or_insert(Value::Null)
            }
        };
    }
    if !place.is_array() {
        *place = Value::Array(Vec::new());
    }
    place.as_array_mut()
}
