//! What differs between two versions of an application, row by row, in the words of the form.

use serde_json::Value;
use wegfrei_forms::{Data, Field, Group, Item, Kind, Page};

use crate::answers::without_indices;
use crate::manifest::{Input, InputSource};
use crate::package::Package;

/// An answer that differs, or a row that came or went.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AnswerChange {
    /// Path with indices: in the corrected data, of a row taken out in the submitted data.
    pub path: String,
    /// The rows it lies in, outermost first: `2. Mitglied des Haushalts: Paul Mustermann`.
    pub rows: Vec<String>,
    /// The question; of a row that came or went, the row's own title.
    pub label: String,
    /// As submitted, for people; `None`: there was no such row.
    pub submitted: Option<String>,
    /// As corrected, for people; `None`: the row was taken out.
    pub corrected: Option<String>,
}

impl Package {
    /// The answers that differ between an application as submitted and as corrected, in the order of the form. What the form hides
    /// counts as not given.
    pub fn answer_changes(&self, submitted: &Data, corrected: &Data) -> Vec<AnswerChange> {
        let (old, new) = (self.form.prune(submitted), self.form.prune(corrected));
        let mut found = Differ {
            package: self,
            rows: Vec::new(),
            changes: Vec::new(),
        };
        let null = Value::Null;
        for page in self.form.pages() {
            if page.group {
                let (old, new) = (old.get(&page.id).unwrap_or(&null), new.get(&page.id).unwrap_or(&null));
                found.group(&group_of(page), &page.id, old, new);
            } else {
                found.items(&page.items, "", &old, &new);
            }
        }
        found.changes
    }

    /// The title of an occurrence of the repeating group at `path`: `2. Mitglied des Haushalts: Paul Mustermann`, as package.toml's
    /// `[inputs]` names it; what it does not name is called as in the form.
    pub fn row_title(&self, path: &str, index: usize, row: &Value) -> String {
        let path = without_indices(path);
        let named = self.row_name(&path);
        let label = named.and_then(|(label, _)| label.clone());
        let label = label.unwrap_or_else(|| self.group_title(&path));
        let who = self.row_words(&path, row);
        if who.is_empty() {
            format!("{}. {label}", index + 1)
        } else {
            format!("{}. {label}: {who}", index + 1)
        }
    }

    /// What tells a row from the others, for people; empty when nothing does.
    fn row_words(&self, path: &str, row: &Value) -> String {
        let title = self
            .row_name(path)
            .map(|(_, title)| title.as_slice())
            .unwrap_or_default();
        let words = title.iter().filter_map(|id| {
            let field = crate::facts::find_in(&self.form, id, path)?;
            let inside = field.path.strip_prefix(path)?.strip_prefix('.')?;
            let value = crate::package::value_at(row, inside)?;
            let shown = field.display(value);
            (!shown.trim().is_empty()).then_some(shown)
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn row_name(&self, path: &str) -> Option<(&Option<String>, &Vec<String>)> {
        fn find<'p>(
            package: &'p Package,
            inputs: &'p [Input],
            path: &str,
        ) -> Option<(&'p Option<String>, &'p Vec<String>)> {
            inputs.iter().find_map(|input| {
                let InputSource::Group {
                    group,
                    fields,
                    label,
                    title,
                } = &input.source
                else {
                    return None;
                };
                let own = group
                    .as_deref()
                    .and_then(|name| crate::facts::find_group(&package.form, name));
                if own.is_some_and(|own| own.path == path) {
                    return Some((label, title));
                }
                find(package, fields, path)
            })
        }
        find(self, &self.manifest.inputs, path)
    }

    fn group_title(&self, path: &str) -> String {
        fn find(items: &[Item], path: &str) -> Option<String> {
            items.iter().find_map(|item| match item {
                Item::Group(group) if group.path == path => Some(group.title.clone()),
                Item::Group(group) => find(&group.items, path),
                Item::Field(_) => None,
            })
        }
        let mut pages = self.form.pages().iter();
        let title = pages.find_map(|page| {
            if page.group && page.id == path {
                Some(page.title.clone())
            } else {
                find(&page.items, path)
            }
        });
        title.unwrap_or_default()
    }
}

/// The group that makes a page.
fn group_of(page: &Page) -> Group {
    Group {
        id: page.id.clone(),
        path: page.id.clone(),
        name: page.name.clone(),
        title: page.title.clone(),
        label_out: None,
        help: None,
        help_out: None,
        meta: page.meta.clone().unwrap_or_default(),
        choice: false,
        legal: Vec::new(),
        occurs: page.occurs,
        items: page.items.clone(),
    }
}

struct Differ<'p> {
    package: &'p Package,
    /// Titles of the rows around.
    rows: Vec<String>,
    changes: Vec<AnswerChange>,
}

impl Differ<'_> {
    fn push(&mut self, path: String, label: String, submitted: Option<String>, corrected: Option<String>) {
        self.changes.push(AnswerChange {
            path,
            rows: self.rows.clone(),
            label,
            submitted,
            corrected,
        });
    }

    fn items(&mut self, items: &[Item], above: &str, old: &Value, new: &Value) {
        let null = Value::Null;
        for item in items {
            let id = match item {
                Item::Field(field) => &field.id,
                Item::Group(group) => &group.id,
            };
            let path = join(above, id);
            let (old, new) = (old.get(id).unwrap_or(&null), new.get(id).unwrap_or(&null));
            match item {
                Item::Group(group) => self.group(group, &path, old, new),
                Item::Field(field) if old != new && answers(field) => {
                    self.push(
                        path,
                        field.label_out.clone(),
                        Some(field.display(old)),
                        Some(field.display(new)),
                    );
                }
                Item::Field(_) => {}
            }
        }
    }

    fn group(&mut self, group: &Group, path: &str, old: &Value, new: &Value) {
        if old == new {
            return;
        }
        if !group.occurs.repeats() {
            return self.items(&group.items, path, old, new);
        }
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let (old, new) = (list(old), list(new));
        let package = self.package;
        let same = |old: &Value, new: &Value| {
            old == new || {
                let words = package.row_words(&group.path, old);
                !words.is_empty() && words == package.row_words(&group.path, new)
            }
        };
        for pair in pairs(&old, &new, same) {
            match pair {
                (Some(before), Some(after)) => {
                    let (Some(old), Some(new)) = (old.get(before), new.get(after)) else {
                        continue;
                    };
                    self.rows.push(package.row_title(&group.path, after, new));
                    self.items(&group.items, &format!("{path}.{after}"), old, new);
                    self.rows.pop();
                }
                (before, after) => {
                    let (rows, index) = match after {
                        Some(index) => (&new, index),
                        None => (&old, before.unwrap_or_default()),
                    };
                    let Some(row) = rows.get(index) else { continue };
                    let title = package.row_title(&group.path, index, row);
                    let mut words = Vec::new();
                    said(package, &group.items, &group.path, row, &mut words);
                    let words = words.join("; ");
                    let (submitted, corrected) = match after {
                        Some(_) => (None, Some(words)),
                        None => (Some(words), None),
                    };
                    self.push(format!("{path}.{index}"), title, submitted, corrected);
                }
            }
        }
    }
}

/// The answers of a row in words.
fn said(package: &Package, items: &[Item], above: &str, row: &Value, words: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Field(field) => {
                let value = row.get(&field.id).filter(|value| !value.is_null() && answers(field));
                words.extend(value.map(|value| format!("{}: {}", field.label_out, field.display(value))));
            }
            Item::Group(group) => {
                let path = join(above, &group.id);
                match row.get(&group.id) {
                    Some(Value::Array(rows)) => {
                        for (index, row) in rows.iter().enumerate() {
                            let mut inside = Vec::new();
                            said(package, &group.items, &path, row, &mut inside);
                            words.push(format!(
                                "{} ({})",
                                package.row_title(&path, index, row),
                                inside.join("; ")
                            ));
                        }
                    }
                    Some(one) => said(package, &group.items, &path, one, words),
                    None => {}
                }
            }
        }
    }
}

fn answers(field: &Field) -> bool {
    !matches!(field.kind, Kind::File { .. } | Kind::Object | Kind::Note(_))
}

fn join(above: &str, id: &str) -> String {
    if above.is_empty() {
        id.to_owned()
    } else {
        format!("{above}.{id}")
    }
}

/// A row before and the same row after; one of them is missing where a row came or went.
type Pair = (Option<usize>, Option<usize>);

/// Which rows are the same ones: the longest order of rows that are alike is kept; what stands between them is matched by place.
fn pairs(old: &[Value], new: &[Value], same: impl Fn(&Value, &Value) -> bool) -> Vec<Pair> {
    let width = new.len() + 1;
    let alike: Vec<bool> = old
        .iter()
        .flat_map(|old| new.iter().map(|new| same(old, new)))
        .collect();
    let is_alike = |i: usize, j: usize| alike.get(i * new.len() + j).copied().unwrap_or(false);
    // Longest common subsequence, from the end.
    let mut longest = vec![0_usize; (old.len() + 1) * width];
    let length = |longest: &[usize], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or(0);
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let best = if is_alike(i, j) {
                length(&longest, i + 1, j + 1) + 1
            } else {
                length(&longest, i + 1, j).max(length(&longest, i, j + 1))
            };
            if let Some(place) = longest.get_mut(i * width + j) {
                *place = best;
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    let between = |gone: &mut Vec<usize>, come: &mut Vec<usize>, pairs: &mut Vec<Pair>| {
        let (mut old, mut new) = (gone.drain(..), come.drain(..));
        loop {
            match (old.next(), new.next()) {
                (None, None) => break,
                pair => pairs.push(pair),
            }
        }
    };
    while i < old.len() && j < new.len() {
        if is_alike(i, j) {
            between(&mut gone, &mut come, &mut pairs);
            pairs.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if length(&longest, i + 1, j) >= length(&longest, i, j + 1) {
            gone.push(i);
            i += 1;
        } else {
            come.push(j);
            j += 1;
        }
    }
    gone.extend(i..old.len());
    come.extend(j..new.len());
    between(&mut gone, &mut come, &mut pairs);
    pairs
}

#[cfg(test)]
mod tests {
    use super::pairs;
    use serde_json::{Value, json};

    #[test]
    fn rows_are_matched_by_what_they_are_and_then_by_place() {
        fn check(old: &str, new: &str, expected: &str) {
            let rows = |text: &str| -> Vec<Value> { text.chars().map(|c| json!(c.to_string())).collect() };
            let found = pairs(&rows(old), &rows(new), |a, b| a == b);
            let letter = |text: &str, at: Option<usize>| at.and_then(|at| text.chars().nth(at)).unwrap_or('-');
            let words: Vec<String> = found
                .iter()
                .map(|(a, b)| format!("{}{}", letter(old, *a), letter(new, *b)))
                .collect();
            assert_eq!(words.join(" "), expected, "{old} {new}");
        }
        check("abc", "abc", "aa bb cc");
        check("abc", "abcd", "aa bb cc -d");
        check("abc", "bc", "a- bb cc");
        check("abc", "axc", "aa bx cc");
        check("abc", "bcd", "a- bb cc -d");
        check("", "a", "-a");
        check("a", "", "a-");
        check("ab", "ba", "a- bb -a");
    }
}
