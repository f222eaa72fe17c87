//! A page of an XDatenfelder form as questions.

use crate::texts::Texts;
use crate::view::Fact;
use crate::view::form::{Answers, Block, Choice, ErrorLink, Field as Question, Input, PaperItem};
use serde_json::Value;
use std::collections::BTreeMap;
use wegfrei_forms::{Evaluation, Field, Form, Item, Kind, Occurs, Page, Problem};

/// Shows one occurrence of something that may repeat: its path, its value, whether it is an empty one more, and where to.
type Show<'s> = dyn FnMut(&str, Option<&Value>, bool, &mut Vec<Block>) + 's;

/// Lists up to this long are shown as radio buttons.
const SHORT_LIST: usize = 5;

/// What a page is made from.
pub(crate) struct Asked<'a> {
    pub t: &'static Texts,
    pub page: &'a Page,
    pub data: &'a Value,
    pub evaluation: &'a Evaluation,
    /// What to say at which field, by path.
    pub problems: &'a BTreeMap<String, String>,
}

/// The id of the first input of the field with this path.
pub(crate) fn element_id(path: &str) -> String {
    path.replace('.', "-")
}

/// Whether a path lies on this page.
pub(crate) fn on_page(page: &Page, path: &str) -> bool {
    let first = path.split('.').next().unwrap_or_default();
    if page.group {
        return page.id == first;
    }
    page.items.iter().any(|item| match item {
        Item::Field(field) => field.id == first,
        Item::Group(group) => group.id == first,
    })
}

/// The page a path lies on.
pub(crate) fn page_of<'f>(form: &'f Form, path: &str) -> Option<&'f Page> {
    form.pages().iter().find(|page| on_page(page, path))
}

/// Links to the fields of this page that have problems; a problem of no field leads to the page's first question.
pub(crate) fn links(problems: &[Problem], blocks: &[Block]) -> Vec<ErrorLink> {
    let shown = |id: &str| {
        blocks
            .iter()
            .any(|block| matches!(block, Block::Field(field) if field.id == id))
    };
    problems
        .iter()
        .map(|problem| {
            let id = element_id(&problem.path);
            let target = if shown(&id) { format!("#{id}") } else { String::new() };
            ErrorLink {
                target,
                message: problem.message.clone(),
            }
        })
        .collect()
}

impl Asked<'_> {
    /// Questions and remarks of the page, without what is hidden.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        if self.page.group {
            let value = self.data.get(&self.page.id);
            self.each(
                self.page.occurs,
                &self.page.id,
                value,
                &mut |path, value, extra, blocks| {
                    self.items(&self.page.items, path, value, extra, blocks);
                },
                &mut blocks,
            );
        } else {
            self.items(&self.page.items, "", Some(self.data), false, &mut blocks);
        }
        blocks
    }

    /// Every occurrence of something that may repeat: those that are there and, while more are allowed, an empty one.
    fn each(&self, occurs: Occurs, path: &str, value: Option<&Value>, show: &mut Show<'_>, blocks: &mut Vec<Block>) {
        if !occurs.repeats() {
            return show(path, value, false, blocks);
        }
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let most = occurs.max.map_or(usize::MAX, |max| max as usize);
        for at in 0..(list.len() + 1).min(most) {
            let extra = at >= list.len() && at >= occurs.min as usize;
            show(&format!("{path}.{at}"), list.get(at), extra, blocks);
        }
    }

    fn items(&self, items: &[Item], path: &str, value: Option<&Value>, extra: bool, blocks: &mut Vec<Block>) {
        for item in items {
            let id = match item {
                Item::Field(field) => &field.id,
                Item::Group(group) => &group.id,
            };
            let path = if path.is_empty() {
                id.clone()
            } else {
                format!("{path}.{id}")
            };
            if self.evaluation.hidden.contains(&path) {
                continue;
            }
            let value = value.and_then(|value| value.get(id));
            match item {
                Item::Group(group) => self.each(
                    group.occurs,
                    &path,
                    value,
                    &mut |path, value, extra, blocks| {
                        blocks.push(Block::Heading {
                            title: group.title.clone(),
                            help: group.help.clone(),
                        });
                        self.items(&group.items, path, value, extra, blocks);
                    },
                    blocks,
                ),
                Item::Field(field) => self.asked(field, &path, value, extra, blocks),
            }
        }
    }

    /// The questions of one field, as often as it occurs.
    pub fn field(&self, field: &Field, path: &str, value: Option<&Value>) -> Vec<Block> {
        let mut blocks = Vec::new();
        self.asked(field, path, value, false, &mut blocks);
        blocks
    }

    fn asked(&self, field: &Field, path: &str, value: Option<&Value>, extra: bool, blocks: &mut Vec<Block>) {
        match &field.kind {
            Kind::Note(text) => blocks.push(Block::Note(text.clone())),
            Kind::Object => {}
            Kind::File { .. } => blocks.push(self.question(field, path, value, extra)),
            _ => self.each(
                field.occurs,
                path,
                value,
                &mut |path, value, more, blocks| {
                    blocks.push(self.question(field, path, value, extra || more));
                },
                blocks,
            ),
        }
    }

    fn question(&self, field: &Field, path: &str, value: Option<&Value>, extra: bool) -> Block {
        let null = Value::Null;
        let value = value.unwrap_or(&null);
        let shown = if value.is_null() {
            String::new()
        } else {
            field.shown(value)
        };
        let required = !extra && (self.evaluation.required.contains(path) || field.required);
        let text = |mode, max: Option<usize>, width| Input::Text {
            value: shown.clone(),
            mode,
            max,
            width,
        };
        let input = match &field.kind {
            _ if field.locked => Input::Fixed {
                value: shown.clone(),
                words: field.display(value),
            },
            Kind::Text { max, multiline, .. } => {
                let max = max.map(|max| max as usize);
                match (multiline, max) {
                    (true, _) => Input::Long {
                        value: shown.clone(),
                        max,
                    },
                    (false, Some(1..=5)) => text("text", max, 5),
                    (false, Some(6..=12)) => text("text", max, 10),
                    (false, _) => text("text", max, 0),
                }
            }
            Kind::Integer { .. } => text("numeric", None, 10),
            Kind::Number { .. } | Kind::Currency { .. } => text("decimal", None, 10),
            Kind::Time => text("text", Some(5), 5),
            Kind::Date { .. } => {
                let [day, month, year] = if value.is_null() {
                    Default::default()
                } else {
                    field.shown_date(value)
                };
                Input::Date {
                    day,
                    month,
                    year,
                    birthday: field.autocomplete == Some("bday"),
                }
            }
            Kind::Bool => Input::Radio(
                [("true", self.t.form_yes), ("false", self.t.form_no)]
                    .into_iter()
                    .map(|(code, label)| Choice {
                        value: code.to_owned(),
                        label: label.to_owned(),
                        chosen: shown == code,
                    })
                    .collect(),
            ),
            Kind::Select { options, .. } if options.is_empty() => text("text", Some(250), 0),
            Kind::Select { options, .. } => {
                let choices = options
                    .iter()
                    .map(|option| Choice {
                        value: option.value.clone(),
                        label: option.label.clone(),
                        chosen: option.value == shown,
                    })
                    .collect();
                if required && options.len() <= SHORT_LIST {
                    Input::Radio(choices)
                } else {
                    Input::Select(choices)
                }
            }
            Kind::File { .. } => Input::File {
                papers: papers(value),
                accept: ".pdf,.jpg,.jpeg,.png".to_owned(),
            },
            Kind::Note(_) | Kind::Object => text("text", None, 0),
        };
        Block::Field(Box::new(Question {
            id: element_id(path),
            name: path.to_owned(),
            label: field.label_in.clone(),
            help: field.help.clone(),
            required,
            marked: true,
            error: self.problems.get(path).cloned(),
            autocomplete: field.autocomplete.unwrap_or_default(),
            input,
        }))
    }
}

/// The papers of a file field.
pub(crate) fn papers(value: &Value) -> Vec<PaperItem> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|paper| PaperItem {
            id: paper
                .get("paper")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            name: paper.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            size: size(paper.get("bytes").and_then(Value::as_u64).unwrap_or_default()),
        })
        .collect()
}

/// Bytes for people: `812 kB`, `1,2 MB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} Byte"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{},{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// The answers of a form for reading; `link` makes the address that changes a page.
pub(crate) fn answers(form: &Form, data: &Value, link: impl Fn(&str) -> String) -> Vec<Answers> {
    form.summary(data)
        .into_iter()
        .map(|group| Answers {
            change: link(&group.page_id),
            title: group.title,
            facts: group
                .rows
                .into_iter()
                .map(|row| Fact {
                    key: row.label,
                    lines: row.value.lines().map(str::to_owned).collect(),
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        for (bytes, text) in [
            (0, "0 Byte"),
            (812_345, "812 kB"),
            (1_250_000, "1,2 MB"),
            (10_485_760, "10,4 MB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
