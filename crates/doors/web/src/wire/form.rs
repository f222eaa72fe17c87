//! A page of an XDatenfelder form as questions.

use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::form::{Answers, Block, Choice, ErrorLink, Field as Question, Input, PaperItem};
use serde_json::Value;
use std::collections::BTreeMap;
use wegfrei_forms::{Evaluation, Field, Form, Item, Kind, Occurs, Page, Problem};

/// One occurrence of something that may repeat.
#[derive(Clone, Copy)]
struct One<'a> {
    path: &'a str,
    value: Option<&'a Value>,
    /// An empty one more, which need not be filled in.
    extra: bool,
    /// Its number from 1; `None` for what does not repeat.
    number: Option<usize>,
}

/// Shows one occurrence, and says where to.
type Show<'s> = dyn FnMut(One<'_>, &mut Vec<Block>) + 's;

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
    /// The answers that are saved: an entry that is not among them is new, and to be filled in or left empty as a whole.
    pub saved: &'a Value,
    /// What repeats has room for an entry more than is saved.
    pub room: bool,
}

/// How many entries of a list are shown: those that are there or saved, one where there is none, and with `room` one more than is saved.
fn shown(occurs: Occurs, there: usize, saved: usize, room: bool) -> usize {
    let most = occurs.max.map_or(usize::MAX, |max| max as usize);
    there.max(saved + usize::from(room)).max(1).min(most)
}

/// How many entries there are at a place of the answers.
fn entries(value: Option<&Value>) -> usize {
    value.and_then(Value::as_array).map_or(0, Vec::len)
}

/// The value at a path like `G1.0.F2`.
pub(crate) fn value_at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    path.split('.').try_fold(data, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// The answers with an empty entry wherever the page shows one: what is hidden there depends on answers too.
pub(crate) fn with_room(page: &Page, data: &Value, saved: &Value, room: bool) -> Value {
    fn add(id: &str, occurs: Occurs, items: &[Item], into: &mut Value, saved: &Value, room: bool) {
        let Some(members) = into.as_object_mut() else {
            return;
        };
        let empty = || Value::Object(serde_json::Map::new());
        let saved = saved.get(id).unwrap_or(&Value::Null);
        if occurs.repeats() {
            let list = members.entry(id).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                let all = shown(occurs, list.len(), entries(Some(saved)), room);
                list.resize_with(all.max(list.len()), empty);
                for (at, one) in list.iter_mut().enumerate() {
                    groups(items, one, saved.get(at).unwrap_or(&Value::Null), room);
                }
            }
        } else {
            groups(items, members.entry(id).or_insert_with(empty), saved, room);
        }
    }
    fn groups(items: &[Item], into: &mut Value, saved: &Value, room: bool) {
        for item in items {
            if let Item::Group(group) = item {
                add(&group.id, group.occurs, &group.items, into, saved, room);
            }
        }
    }
    let mut roomy = data.clone();
    if page.group {
        add(&page.id, page.occurs, &page.items, &mut roomy, saved, room);
    } else {
        groups(&page.items, &mut roomy, saved, room);
    }
    roomy
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
                &mut |one, blocks| {
                    if let Some(number) = one.number {
                        let title = fill(self.t.form_entry, "n", number);
                        blocks.push(self.heading(title, None, one));
                    }
                    self.items(&self.page.items, one.path, one.value, one.extra, blocks);
                },
                &mut blocks,
            );
        } else {
            self.items(&self.page.items, "", Some(self.data), false, &mut blocks);
        }
        blocks
    }

    /// Whether something on the page repeats and one more may be added.
    pub fn more(&self) -> bool {
        fn any(items: &[Item], above: &str, hidden: &dyn Fn(&str) -> bool) -> bool {
            items.iter().any(|item| match item {
                Item::Group(group) => {
                    let path = format!("{above}{}", group.id);
                    !hidden(&path) && (group.occurs.repeats() || any(&group.items, &format!("{path}."), hidden))
                }
                Item::Field(field) => {
                    let path = format!("{above}{}", field.id);
                    field.occurs.repeats() && !matches!(field.kind, Kind::File { .. }) && !hidden(&path)
                }
            })
        }
        let hidden = |path: &str| self.evaluation.hidden.contains(path);
        let page = self.page;
        let above = if page.group {
            format!("{}.", page.id)
        } else {
            String::new()
        };
        (page.group && page.occurs.repeats()) || any(&page.items, &above, &hidden)
    }

    /// Every occurrence of something that may repeat.
    fn each(&self, occurs: Occurs, path: &str, value: Option<&Value>, show: &mut Show<'_>, blocks: &mut Vec<Block>) {
        if !occurs.repeats() {
            let one = One {
                path,
                value,
                extra: false,
                number: None,
            };
            return show(one, blocks);
        }
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let saved = entries(value_at(self.saved, path));
        for at in 0..shown(occurs, list.len(), saved, self.room) {
            let one = One {
                path: &format!("{path}.{at}"),
                value: list.get(at),
                extra: at >= saved && at >= occurs.min as usize,
                number: Some(at + 1),
            };
            show(one, blocks);
        }
    }

    /// Where an occurrence begins; one more after the first says that it may stay empty.
    fn heading(&self, title: String, help: Option<String>, one: One<'_>) -> Block {
        let further = one.extra && one.number.is_some_and(|number| number > 1);
        Block::Heading {
            path: one.path.to_owned(),
            title,
            entry: one.number.is_some(),
            remove: false,
            help: if further {
                Some(self.t.form_entry_next.to_owned())
            } else {
                help
            },
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
                Item::Group(group) => {
                    self.each(
                        group.occurs,
                        &path,
                        value,
                        &mut |one, blocks| {
                            let title = match one.number {
                                Some(number) => format!("{} {number}", group.title),
                                None => group.title.clone(),
                            };
                            blocks.push(self.heading(title, group.help.clone(), one));
                            self.items(&group.items, one.path, one.value, one.extra, blocks);
                        },
                        blocks,
                    );
                    if group.occurs.repeats() {
                        blocks.push(Block::End(path));
                    }
                }
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
            Kind::Note(text) => blocks.push(Block::Note {
                path: path.to_owned(),
                text: text.clone(),
            }),
            Kind::Object => {}
            Kind::File { .. } => blocks.push(self.question(field, path, value, extra)),
            _ => self.each(
                field.occurs,
                path,
                value,
                &mut |one, blocks| {
                    blocks.push(self.question(field, one.path, one.value, extra || one.extra));
                },
                blocks,
            ),
        }
    }

    fn question(&self, field: &Field, path: &str, value: Option<&Value>, extra: bool) -> Block {
        let null = Value::Null;
        // What an empty field starts with.
        let proposed = || self.evaluation.proposed.get(path);
        let value = value
            .filter(|value| !value.is_null())
            .or_else(proposed)
            .unwrap_or(&null);
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
            Kind::DateTime => text("text", Some(40), 20),
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
            // A new entry is to be filled in or left empty as a whole: "optional" beside each question would mislead.
            marked: !extra,
            error: self.problems.get(path).cloned(),
            elsewhere: None,
            fresh: false,
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

/// The title of a group by its id.
fn title_of<'f>(items: &'f [Item], id: &str) -> Option<&'f str> {
    items.iter().find_map(|item| match item {
        Item::Group(group) if group.id == id => Some(group.title.as_str()),
        Item::Group(group) => title_of(&group.items, id),
        Item::Field(_) => None,
    })
}

/// Which entry of which list an answer belongs to, in words, and how [`Form::summary`] ends its label: `G1.0.G2.1.F3` is the second
/// entry of the list `G2` in the first of `G1`, and its label ends in ` (1) (2)`.
fn entry(t: &Texts, form: &Form, path: &str) -> (String, String) {
    let steps: Vec<&str> = path.split('.').collect();
    let (mut words, mut ending) = (Vec::new(), String::new());
    for pair in steps.windows(2) {
        let &[id, number] = pair else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        let number = number + 1;
        let title = form.pages().iter().find_map(|page| title_of(&page.items, id));
        words.push(title.map_or_else(|| fill(t.form_entry, "n", number), |title| format!("{title} {number}")));
        ending.push_str(&format!(" ({number})"));
    }
    (words.join(", "), ending)
}

/// The answers of a form for reading; `link` makes the address that changes a page.
pub(crate) fn answers(t: &Texts, form: &Form, data: &Value, link: impl Fn(&str) -> String) -> Vec<Answers> {
    corrected_answers(t, form, data, &BTreeMap::new(), link)
}

/// As [`answers`], saying how an answer reads that was corrected, by its path.
pub(crate) fn corrected_answers(
    t: &Texts,
    form: &Form,
    data: &Value,
    corrected: &BTreeMap<String, String>,
    link: impl Fn(&str) -> String,
) -> Vec<Answers> {
    let group = |group: wegfrei_forms::SummaryGroup| {
        let mut parts: Vec<(String, Vec<Fact>)> = Vec::new();
        for row in group.rows {
            let (heading, ending) = entry(t, form, &row.path);
            let now = corrected
                .get(&row.path)
                .map(|now| fill(t.desk_corrected_to, "value", now));
            let fact = Fact {
                key: row.label.strip_suffix(&ending).unwrap_or(&row.label).to_owned(),
                lines: row.value.lines().map(str::to_owned).chain(now).collect(),
            };
            match parts.last_mut() {
                Some((last, facts)) if *last == heading => facts.push(fact),
                _ => parts.push((heading, vec![fact])),
            }
        }
        Answers {
            change: link(&group.page_id),
            title: group.title,
            parts,
        }
    };
    form.summary(data).into_iter().map(group).collect()
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
