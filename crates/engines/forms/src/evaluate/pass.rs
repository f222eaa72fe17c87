//! One pass over the form: what is hidden, required, proposed and wrong, element by element.

use serde_json::Value;

use super::Effects;
use crate::data::{Code, Data, Evaluation, Problem};
use crate::form::Field;
use crate::input::Refusal;
use crate::rule::Action;
use crate::sheet::{Place, Sheet};
use crate::walk::{self, Element, Inside};
use crate::{check, input};

pub(super) struct Pass<'d> {
    pub data: &'d Data,
    pub sheet: &'d Sheet<'d>,
    pub hidden: &'d [bool],
    pub effects: Vec<Effects<'d>>,
    pub result: Evaluation,
}

impl Pass<'_> {
    fn problem(&mut self, path: &str, code: Code, message: String) {
        self.result.problems.push(Problem {
            path: path.to_owned(),
            message,
            code,
        });
    }

    /// `first` is the place of the element's first occurrence, `active` tells that the group around it must be filled in. Gives the
    /// place after the element.
    pub fn element(&mut self, element: Element, first: usize, above: &str, active: bool) -> usize {
        let Some(&place) = self.sheet.places.get(first) else {
            return first;
        };
        let path = walk::join(above, element.id);
        if !element.occurs.repeats() {
            self.occurrence(element, first, place, &path, active);
            return place.end;
        }
        let places: Vec<usize> = self.sheet.siblings(first).collect();
        let last = places.last().and_then(|last| self.sheet.places.get(*last));
        let next = last.map_or(place.end, |last| last.end);
        let hidden = place.above.is_some_and(|above| self.is_hidden(above));
        if hidden {
            self.result.hidden.insert(path.clone());
        }
        if place.fixed {
            self.result.hidden.insert(path);
            return next;
        }
        let around = match place.above {
            Some(above) => self.sheet.places.get(above).and_then(|above| above.value),
            None => Some(self.data),
        };
        let value = around.and_then(|around| around.as_object()?.get(element.id));
        let list = match value {
            Some(Value::Array(list)) => list.as_slice(),
            _ => &[],
        };
        if !hidden && value.is_some_and(|value| !value.is_array() && !walk::is_empty(Some(value))) {
            self.problem(
                &path,
                Code::Type,
                format!(
                    "„{}“ kann mehrfach angegeben werden und braucht eine Liste.",
                    element.title
                ),
            );
            return next;
        }
        let most = element
            .occurs
            .max
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(usize::MAX)
            .min(walk::MAX_OCCURRENCES);
        if !hidden && list.len() > most {
            self.problem(
                &path,
                Code::Repeat,
                format!(
                    "„{}“ ist höchstens {most}-mal möglich. Bitte entfernen Sie Angaben.",
                    element.title
                ),
            );
            return next;
        }
        let filled = list.iter().filter(|value| !walk::is_empty(Some(value))).count();
        let least = usize::try_from(element.occurs.min).unwrap_or(0);
        if !hidden && active && filled > 0 && filled < least {
            self.problem(
                &path,
                Code::Repeat,
                format!("„{}“ ist mindestens {least}-mal nötig.", element.title),
            );
        }
        for (nth, at) in places.iter().enumerate() {
            if let Some(&place) = self.sheet.places.get(*at) {
                self.occurrence(element, *at, place, &walk::join(&path, &nth.to_string()), active);
            }
        }
        if places.iter().all(|at| self.is_hidden(*at)) {
            self.result.hidden.insert(path);
        }
        next
    }

    fn is_hidden(&self, place: usize) -> bool {
        self.hidden.get(place).is_some_and(|hidden| *hidden)
    }

    /// A locked value that is not the one given with the form or by a rule.
    fn changed(&self, field: &Field, place: Place, start: Option<&Value>) -> Option<Refusal> {
        let given = Some(field).filter(|field| field.locked).and_then(input::prefill)?;
        let value = self.sheet.stored(place)?;
        (value != given && Some(&value) != start).then(|| {
            let message = format!(
                "„{}“ ist vorgegeben und lautet „{}“. Bitte lassen Sie diese Angabe unverändert.",
                field.label_in,
                field.display(&given)
            );
            (Code::Rule, message)
        })
    }

    /// What a rule says is wrong at a place.
    fn told(&self, effects: Effects) -> Option<String> {
        let broken = effects.broken?;
        let group = broken.within.and_then(|group| self.effects.get(group));
        if !group.is_none_or(|group| group.inside) {
            return None;
        }
        match broken.action {
            Action::Demand {
                elements,
                message,
                titles,
                ..
            } if !titles.is_empty() => {
                let all = 0..self.sheet.places.len();
                let range = broken.within.map_or(all, |group| self.sheet.inside(group));
                let open = |place: &usize| !self.is_hidden(*place) && !self.sheet.is_fixed(*place);
                let shown = elements.iter().zip(titles).filter(|(element, _)| {
                    let mut places = self.sheet.within(**element, &range).iter();
                    places.any(open)
                });
                let mut named: Vec<&str> = shown.map(|(_, title)| title.as_str()).collect();
                // Nobody can change any of them.
                if named.is_empty() {
                    named = titles.iter().map(String::as_str).collect();
                }
                Some(format!("{message}: {}.", named.join(", ")))
            }
            Action::Error { message, .. } | Action::Demand { message, .. } => Some(message.clone()),
            _ => None,
        }
    }

    fn occurrence(&mut self, element: Element, at: usize, place: Place, path: &str, active: bool) {
        let hidden = self.is_hidden(at);
        if hidden || self.sheet.is_fixed(at) {
            self.result.hidden.insert(path.to_owned());
        }
        let value = place.value;
        let empty = walk::is_empty(value);
        let effects = self.effects.get(at).copied().unwrap_or_default();
        let asked = effects.required;
        let always = element.occurs.min > 0 && !effects.optional;
        let needed = !hidden && active && (asked || always);
        match element.inside {
            Inside::Field(field) => {
                if hidden || self.sheet.is_fixed(at) {
                    return;
                }
                if !walk::answers(&field.kind) {
                    if let Some((code, message)) = value.filter(|_| !empty).and_then(|value| check::check(field, value))
                    {
                        self.problem(path, code, message);
                    }
                    return;
                }
                if empty && let Some(start) = effects.start.cloned().or_else(|| input::prefill(field)) {
                    self.result.proposed.insert(path.to_owned(), start);
                }
                if needed {
                    self.result.required.insert(path.to_owned());
                }
                let found = match value {
                    Some(value) if !empty => {
                        check::check(field, value).or_else(|| self.changed(field, place, effects.start))
                    }
                    _ => None,
                };
                if let Some((code, message)) = found {
                    self.problem(path, code, message);
                } else if let Some(message) = self.told(effects) {
                    self.problem(path, Code::Rule, message);
                } else if needed && empty {
                    self.problem(path, Code::Required, check::missing(field));
                }
            }
            Inside::Group(items) => {
                let inside = needed || (!hidden && !empty);
                if let Some(own) = self.effects.get_mut(at) {
                    own.inside = inside;
                }
                if !hidden && !empty && value.is_some_and(|value| !value.is_object()) {
                    self.problem(
                        path,
                        Code::Type,
                        format!(
                            "„{}“ ist eine Gruppe von Angaben und braucht ein Objekt.",
                            element.title
                        ),
                    );
                    return;
                }
                let before = self.result.problems.len();
                let mut next = at + 1;
                for item in items {
                    next = self.element(item.into(), next, path, inside);
                }
                if hidden || self.result.problems.len() > before {
                    return;
                }
                if let Some(message) = self.told(effects) {
                    self.problem(path, Code::Rule, message);
                } else if asked && active && empty {
                    self.problem(
                        path,
                        Code::Required,
                        format!("Bitte füllen Sie den Abschnitt „{}“ aus.", element.title),
                    );
                }
            }
        }
    }
}
