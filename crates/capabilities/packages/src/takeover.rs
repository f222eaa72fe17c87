//! Whether a package can carry on the cases of an older version of itself: what people answered, what the desk corrected, and what a
//! running case still needs has its place here too. Where a case stands in the process is asked case by case
//! (`wegfrei_process::Migration`).

use std::collections::BTreeMap;

use serde_json::Value;
use wegfrei_forms::{Choice, Field, Form, Item, Kind, Occurs, Pattern};

use crate::check::outputs;
use crate::manifest::{DeskKind, Input, InputSource};
use crate::package::{MAIN_DECISION, Package};

impl Package {
    /// Why no case of this older version can go on with this one, in German sentences; empty when cases can, as far as the packages
    /// say. Form: every question that could have been answered is still there and takes every answer it took. Inputs: what a caseworker may
    /// have corrected is still asked for. Letters and payments find whom they go to. Running periods are reckoned by the same law. An
    /// objection that succeeds can be carried out. And every application the older version's examples show is decided.
    #[must_use]
    pub fn takes_over(&self, old: &Package) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.id() != old.id() {
            return vec![format!("`{}` und `{}` sind zwei Leistungen.", old.id(), self.id())];
        }
        self.keeps_answers(old, &mut reasons);
        self.keeps_corrections(old, &mut reasons);
        self.reaches_people(old, &mut reasons);
        if self.manifest.procedure != old.manifest.procedure {
            reasons.push(
                "Bekanntgabe und Fristen zählen nach einem anderen Recht ([procedure]): Laufende Fristen würden anders berechnet."
                    .to_owned(),
            );
        }
        if old.process.reentry().is_some() && self.process.reentry().is_none() {
            reasons.push(
                "Der neue Ablauf sagt nicht, wo nach einem erfolgreichen Widerspruch neu entschieden wird (wegfrei:reentry)."
                    .to_owned(),
            );
        }
        // What is missing explains itself; examples would only say it again.
        if reasons.is_empty() {
            self.decides_examples(old, &mut reasons);
        }
        reasons
    }

    /// Whether both versions' decisions give results of the same names: a letter of this version can print what that one has decided.
    #[must_use]
    pub fn gives_results_of(&self, old: &Package) -> bool {
        let sorted = |package: &Package| {
            let mut names = outputs(&package.decisions);
            names.sort();
            names
        };
        sorted(self) == sorted(old)
    }

    fn keeps_answers(&self, old: &Package, reasons: &mut Vec<String>) {
        let (before, now) = (Elements::of(&old.form), Elements::of(&self.form));
        let mut gone: Vec<&str> = Vec::new();
        for (path, (title, occurs)) in &before.groups {
            if lies_in(&gone, path) {
                continue;
            }
            match now.groups.get(path) {
                None => {
                    gone.push(path);
                    reasons.push(format!(
                        "Die Gruppe `{path}` („{title}“) gibt es im neuen Formular nicht: Antworten gingen verloren."
                    ));
                }
                Some((_, now)) if !as_often(*occurs, *now) => {
                    gone.push(path);
                    reasons.push(format!(
                        "Die Gruppe `{path}` („{title}“) kann im neuen Formular anders oft vorkommen als im alten."
                    ));
                }
                Some(_) => {}
            }
        }
        for (path, field) in &before.fields {
            if lies_in(&gone, path) {
                continue;
            }
            let name = &field.label_out;
            match now.fields.get(path).filter(|new| !matches!(new.kind, Kind::Note(_))) {
                None => reasons.push(format!(
                    "Die Frage `{path}` („{name}“) gibt es im neuen Formular nicht: Antworten gingen verloren."
                )),
                Some(new) => {
                    if let Err(why) = same_answers(field, new) {
                        reasons.push(format!("Die Frage `{path}` („{name}“) {why}"));
                    }
                }
            }
        }
    }

    /// What somebody may have corrected has a place of the same kind.
    fn keeps_corrections(&self, old: &Package, reasons: &mut Vec<String>) {
        let corrected = |input: &&Input| old.manifest.correctable.contains(&input.name);
        for input in old.manifest.inputs.iter().filter(corrected) {
            let new = self.manifest.inputs.iter().find(|new| new.name == input.name);
            let kept = match new {
                None => Err("nimmt die neue Entscheidung nicht mehr entgegen"),
                Some(new) => same_input((old, input), (self, new)),
            };
            if let Err(why) = kept {
                reasons.push(format!(
                    "Die Angabe `{}`, die das Amt berichtigen konnte, {why}: Berichtigungen gingen verloren.",
                    input.name
                ));
            }
        }
    }

    /// Letters and payments of running cases are made of what was asked when they were sent.
    fn reaches_people(&self, old: &Package, reasons: &mut Vec<String>) {
        for (name, fields) in &self.manifest.letter {
            let unasked = fields.iter().filter(|field| old.field(field).is_none());
            let demanded = unasked
                .filter_map(|field| self.field(field))
                .find(|field| field.required);
            if let Some(field) = demanded {
                reasons.push(format!(
                    "Briefe drucken `{name}` aus der Frage `{}` („{}“), die die alte Fassung nicht gestellt hat.",
                    field.path, field.label_out
                ));
            }
        }
        if let Some(payment) = &self.manifest.payment {
            let asked = |name: &String| old.field(name).is_some();
            if !asked(&payment.iban) || !payment.holder.iter().any(asked) {
                reasons.push(
                    "Gezahlt wird auf ein Konto, nach dem die alte Fassung nicht gefragt hat ([payment]).".to_owned(),
                );
            }
        }
    }

    /// Every application of the older version's examples that was decided there is decided here, whatever comes out.
    fn decides_examples(&self, old: &Package, reasons: &mut Vec<String>) {
        for example in &old.examples {
            let adopted = |package: &Package| {
                let mut adoptions = package.adoptions.iter();
                let own = adoptions.find(|adoption| adoption.authority() == example.authority)?;
                own.with(package, &example.parameters).ok()
            };
            let facts = |package: &Package| {
                let mut facts = package.facts(&example.application, example.received);
                if let Some(object) = facts.as_object_mut() {
                    object.extend(example.desk.clone());
                }
                facts
            };
            let decided = |package: &Package, facts: &Value| {
                let adoption = adopted(package)?;
                Some(package.decide_facts(&adoption, MAIN_DECISION, facts, example.date))
            };
            // Examples of applications that the form refuses, or of authorities that have left, say nothing about running cases.
            let valid = old
                .form
                .validate_json(&example.application, example.received)
                .is_empty();
            let before = decided(old, &facts(old)).filter(|_| valid);
            if !matches!(before, Some(Ok(_))) {
                continue;
            }
            let why = match decided(self, &facts(self)) {
                Some(Err(error)) => error.to_string(),
                Some(Ok(decided)) if decided.value.is_null() => "Es kommt nichts heraus.".to_owned(),
                _ => continue,
            };
            reasons.push(format!(
                "Was das Beispiel `{}` („{}“) der alten Fassung zeigt, kann die neue nicht entscheiden: {why}",
                example.file, example.name
            ));
        }
    }
}

/// Everything of a form that can hold answers, by path.
#[derive(Default)]
struct Elements<'f> {
    fields: BTreeMap<&'f str, &'f Field>,
    /// Title, and how often it occurs.
    groups: BTreeMap<&'f str, (&'f str, Occurs)>,
}

impl<'f> Elements<'f> {
    fn of(form: &'f Form) -> Elements<'f> {
        let mut elements = Elements::default();
        for page in form.pages() {
            if page.group {
                elements.groups.insert(&page.id, (&page.title, page.occurs));
            }
            elements.add(&page.items);
        }
        elements
    }

    fn add(&mut self, items: &'f [Item]) {
        for item in items {
            match item {
                Item::Field(field) if matches!(field.kind, Kind::Note(_)) => {}
                Item::Field(field) => drop(self.fields.insert(&field.path, field)),
                Item::Group(group) => {
                    self.groups.insert(&group.path, (&group.title, group.occurs));
                    self.add(&group.items);
                }
            }
        }
    }
}

/// Whether a path lies in one of these groups.
fn lies_in(groups: &[&str], path: &str) -> bool {
    let inside = |group: &&str| path.strip_prefix(*group).is_some_and(|rest| rest.starts_with('.'));
    groups.iter().any(inside)
}

/// Whether every answer of the one is an answer of the other; else why not.
fn same_answers(old: &Field, new: &Field) -> Result<(), String> {
    if std::mem::discriminant(&old.kind) != std::mem::discriminant(&new.kind) {
        return Err("nimmt im neuen Formular andere Antworten entgegen.".to_owned());
    }
    if !as_often(old.occurs, new.occurs) {
        return Err("kann im neuen Formular anders oft beantwortet werden.".to_owned());
    }
    if let Some(choice) = missing_choice(&old.kind, &new.kind) {
        return Err(format!(
            "hat im neuen Formular die Antwort „{}“ nicht mehr.",
            choice.label
        ));
    }
    let checked = new.check.is_none() || new.check == old.check;
    if !checked || is_narrower(&old.kind, &new.kind) {
        return Err("nimmt im neuen Formular nicht mehr alle Antworten entgegen, die das alte zuließ.".to_owned());
    }
    Ok(())
}

/// Whether what occurred so often may do so again. That it may be left out no longer loses no answer.
fn as_often(old: Occurs, new: Occurs) -> bool {
    let most = new.max.is_none_or(|new| old.max.is_some_and(|old| old <= new));
    old.repeats() == new.repeats() && most && new.min <= old.min.max(1)
}

/// Whether there are answers the one takes and the other refuses, or may refuse: of two patterns nobody can tell.
fn is_narrower(old: &Kind, new: &Kind) -> bool {
    match (old, new) {
        (
            Kind::Text {
                min,
                max,
                pattern,
                multiline,
                latin,
            },
            Kind::Text {
                min: least,
                max: most,
                pattern: shape,
                multiline: lines,
                latin: letters,
            },
        ) => {
            // An answer has one character at least.
            let min = min.unwrap_or(0).max(1);
            let text = |pattern: &Option<Pattern>| pattern.as_ref().map(|pattern| pattern.text.clone());
            is_cut((&Some(min), max), (least, most))
                || (shape.is_some() && text(shape) != text(pattern))
                || (*multiline && !lines)
                || (*letters && !latin)
        }
        (Kind::Integer { min, max }, Kind::Integer { min: least, max: most })
        | (Kind::Currency { min, max }, Kind::Currency { min: least, max: most }) => is_cut((min, max), (least, most)),
        (Kind::Number { min, max }, Kind::Number { min: least, max: most }) => is_cut((min, max), (least, most)),
        (Kind::Date { min, max }, Kind::Date { min: least, max: most }) => is_cut((min, max), (least, most)),
        // Any text became one of a list.
        (Kind::Select { options, .. }, Kind::Select { options: now, .. }) => options.is_empty() && !now.is_empty(),
        (
            Kind::File { max_bytes, media_types },
            Kind::File {
                max_bytes: most,
                media_types: kinds,
            },
        ) => {
            let gone = |kind: &String| !kinds.contains(kind);
            is_cut((&None, max_bytes), (&None, most))
                || (!kinds.is_empty() && (media_types.is_empty() || media_types.iter().any(gone)))
        }
        _ => false,
    }
}

/// Whether a range (least, largest) leaves out something of another.
fn is_cut<T: PartialOrd>((min, max): (&Option<T>, &Option<T>), (least, most): (&Option<T>, &Option<T>)) -> bool {
    let below = least
        .as_ref()
        .is_some_and(|least| min.as_ref().is_none_or(|min| min < least));
    let above = most
        .as_ref()
        .is_some_and(|most| max.as_ref().is_none_or(|max| max > most));
    below || above
}

/// The first option that is gone.
fn missing_choice<'k>(old: &'k Kind, new: &Kind) -> Option<&'k Choice> {
    let (Kind::Select { options, .. }, Kind::Select { options: now, .. }) = (old, new) else {
        return None;
    };
    // A list without options takes any text.
    let gone = |choice: &&Choice| !now.is_empty() && !now.iter().any(|known| known.value == choice.value);
    options.iter().find(gone)
}

fn same_input((old, before): (&Package, &Input), (new, after): (&Package, &Input)) -> Result<(), &'static str> {
    const OTHER: &str = "ist in der neuen Fassung von anderer Art";
    match (&before.source, &after.source) {
        (InputSource::Desk(before), InputSource::Desk(after)) => match (&before.kind, &after.kind) {
            (DeskKind::Choice(before), DeskKind::Choice(after)) => {
                let known = |(value, _): &(String, String)| after.iter().any(|(known, _)| known == value);
                let all = before.iter().all(known);
                all.then_some(())
                    .ok_or("hat in der neuen Fassung nicht mehr alle Möglichkeiten")
            }
            (before, after) => (std::mem::discriminant(before) == std::mem::discriminant(after))
                .then_some(())
                .ok_or(OTHER),
        },
        (InputSource::Field(before), InputSource::Field(after)) => match (old.field(before), new.field(after)) {
            (Some(before), Some(after)) => {
                same_answers(before, after).map_err(|_| "nimmt in der neuen Fassung andere Antworten entgegen")
            }
            _ => Err(OTHER),
        },
        (
            InputSource::Group { group, fields, .. },
            InputSource::Group {
                group: now,
                fields: members,
                ..
            },
        ) => {
            let repeats = |package: &Package, group: &Option<String>| {
                let found = group
                    .as_deref()
                    .and_then(|group| crate::facts::find_group(&package.form, group));
                found.is_some_and(|found| found.repeats)
            };
            if repeats(old, group) != repeats(new, now) {
                return Err(OTHER);
            }
            fields.iter().try_for_each(|field| {
                let member = members.iter().find(|member| member.name == field.name);
                member.map_or(Err(OTHER), |member| same_input((old, field), (new, member)))
            })
        }
        _ => Err(OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_fewer_answers_is_narrower() {
        let text = |min, max, multiline, latin| Kind::Text {
            min,
            max,
            pattern: None,
            multiline,
            latin,
        };
        let select = |values: &[&str]| Kind::Select {
            options: values
                .iter()
                .map(|value| Choice {
                    value: (*value).to_owned(),
                    label: (*value).to_owned(),
                    help: None,
                })
                .collect(),
            list: None,
        };
        let file = |max_bytes, media: &[&str]| Kind::File {
            max_bytes,
            media_types: media.iter().map(|media| (*media).to_owned()).collect(),
        };
        let whole = |min, max| Kind::Integer { min, max };
        // Each pair: the first is wider than the second, and never the other way round.
        for (wide, narrow) in [
            (text(None, None, false, false), text(None, Some(9), false, false)),
            (
                text(Some(1), Some(9), false, false),
                text(Some(2), Some(9), false, false),
            ),
            (text(None, None, true, false), text(None, None, false, false)),
            (text(None, None, false, false), text(None, None, false, true)),
            (select(&[]), select(&["a", "b"])),
            (file(Some(9), &[]), file(Some(8), &[])),
            (file(None, &[]), file(None, &["image/png"])),
            (file(None, &["image/png", "image/jpeg"]), file(None, &["image/png"])),
            (whole(None, Some(5)), whole(Some(0), Some(5))),
            (whole(Some(0), Some(5)), whole(Some(0), Some(4))),
        ] {
            assert!(is_narrower(&wide, &narrow), "{wide:?} {narrow:?}");
            assert!(!is_narrower(&narrow, &wide), "{narrow:?} {wide:?}");
            assert!(!is_narrower(&wide, &wide), "{wide:?}");
        }
        // An answer has one character at least.
        assert!(!is_narrower(
            &text(None, None, false, false),
            &text(Some(1), None, false, false)
        ));
    }
}
