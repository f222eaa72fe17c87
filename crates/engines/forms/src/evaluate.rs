//! What is shown, what is required, what is wrong.

use std::collections::BTreeSet;

mod holds;

use jiff::civil::Date;
use serde_json::Value;

use crate::data::{Code, Data, Evaluation, Problem};
use crate::form::{Field, Form};
use crate::input::Refusal;
use crate::rule::{Action, Statement};
use crate::sheet::{Place, Sheet};
use crate::walk::{self, Element, Inside};
use crate::{check, input};
use holds::View;

/// Rounds until what is shown must be settled: a chain of so many questions, each opened by the one before.
const MAX_ROUNDS: usize = 16;

impl Form {
    /// What is hidden, required and wrong in these answers. `today` is for rules that speak of `HEUTE`.
    ///
    /// Hidden answers count as empty. A required field inside an optional group counts only when the group has an answer.
    pub fn evaluate(&self, data: &Data, today: Date) -> Evaluation {
        let sheet = Sheet::new(&self.plan, data);
        let hidden = self.settle(&sheet, Some(today));
        let mut effects = vec![Effects::default(); sheet.places.len()];
        for statement in self.statements() {
            let wanted = |action: &Action| !action.shows();
            apply(
                statement,
                &sheet,
                &hidden,
                Some(today),
                wanted,
                &mut |action, places, view, acts| {
                    if !acts {
                        return;
                    }
                    if let Some((at, broken)) = view.broken(action) {
                        if let Some(effects) = effects.get_mut(at) {
                            effects.broken.get_or_insert(broken);
                        }
                        return;
                    }
                    for place in places {
                        let Some(effects) = effects.get_mut(*place) else {
                            continue;
                        };
                        match action {
                            Action::Require(_) => effects.required = true,
                            Action::Optional(_) => effects.optional = true,
                            Action::Prefill { value, .. } => {
                                effects.start.get_or_insert(value);
                            }
                            _ => {}
                        }
                    }
                },
            );
        }
        self.pass(data, &sheet, &hidden, effects)
    }

    /// The statements in force.
    fn statements(&self) -> impl Iterator<Item = &Statement> {
        let all = self.rules.iter().flat_map(|rule| &rule.statements);
        all.filter(|statement| self.in_force(statement))
    }

    /// As [`Form::evaluate`], with the problems of one page only; `hidden` and `required` are of the whole form.
    pub fn evaluate_page(&self, page_id: &str, data: &Data, today: Date) -> Evaluation {
        let mut evaluation = self.evaluate(data, today);
        let roots: Vec<&str> = self
            .page(page_id)
            .map(walk::roots)
            .unwrap_or_default()
            .iter()
            .map(|element| element.id)
            .collect();
        evaluation.problems.retain(|problem| {
            let root = problem.path.split('.').next().unwrap_or_default();
            roots.contains(&root)
        });
        evaluation
    }

    /// Paths of all hidden elements, with what is inside them.
    pub(crate) fn hidden(&self, data: &Data, today: Option<Date>) -> BTreeSet<String> {
        let sheet = Sheet::new(&self.plan, data);
        let effects = vec![Effects::default(); sheet.places.len()];
        self.pass(data, &sheet, &self.settle(&sheet, today), effects).hidden
    }

    /// Applies the rules until what is shown no longer changes; which places are hidden, also by what is around them. Without a day,
    /// rules that speak of it hide nothing.
    pub(crate) fn settle(&self, sheet: &Sheet, today: Option<Date>) -> Vec<bool> {
        let shows: Vec<&Statement> = self
            .statements()
            .filter(|statement| statement.then.iter().chain(&statement.otherwise).any(Action::shows))
            .filter(|statement| today.is_some() || !statement.condition.speaks_of_today())
            .collect();
        let mut hidden = vec![false; sheet.places.len()];
        for _ in 0..MAX_ROUNDS {
            let mut next = vec![Visibility::default(); sheet.places.len()];
            for statement in &shows {
                apply(
                    statement,
                    sheet,
                    &hidden,
                    today,
                    Action::shows,
                    &mut |action, places, _, acts| {
                        for place in places {
                            let Some(next) = next.get_mut(*place) else { continue };
                            match action {
                                Action::Show(_) => {
                                    next.asked = true;
                                    next.shown |= acts;
                                }
                                Action::Hide(_) => next.hidden |= acts,
                                _ => {}
                            }
                        }
                    },
                );
            }
            let mut settled = true;
            for (at, next) in next.iter().enumerate() {
                let above = sheet.places.get(at).and_then(|place| place.above);
                let covered = above.and_then(|above| hidden.get(above)).is_some_and(|hidden| *hidden);
                let now = covered || next.hidden || (next.asked && !next.shown);
                if let Some(hidden) = hidden.get_mut(at) {
                    settled &= *hidden == now;
                    *hidden = now;
                }
            }
            if settled {
                break;
            }
        }
        hidden
    }

    fn pass(&self, data: &Data, sheet: &Sheet, hidden: &[bool], effects: Vec<Effects>) -> Evaluation {
        let mut pass = Pass {
            data,
            sheet,
            hidden,
            effects,
            result: Evaluation::default(),
        };
        let mut at = 0;
        for root in self.pages.iter().flat_map(walk::roots) {
            at = pass.element(root, at, "", true);
        }
        pass.result
    }
}

/// What rules say about showing a place.
#[derive(Clone, Copy, Default)]
struct Visibility {
    /// Some rule may show it: then it is hidden until one does.
    asked: bool,
    shown: bool,
    hidden: bool,
}

/// What else rules ask for at a place.
#[derive(Clone, Copy, Default)]
struct Effects<'f> {
    required: bool,
    optional: bool,
    broken: Option<Broken<'f>>,
    start: Option<&'f Value>,
    /// Of a group: what is inside of it must be filled in.
    inside: bool,
}

/// What a rule says is wrong.
#[derive(Clone, Copy)]
struct Broken<'f> {
    message: &'f str,
    /// The group it is said of: nothing is wrong in one that nobody began. `None` is the form.
    within: Option<usize>,
}

impl View<'_> {
    /// What an error or a demand says, unless it is met, and where it is told: at the first of its elements that can be answered.
    /// When only values are wrong that nobody can change, at the group around. What is hidden altogether is not asked, so nothing is
    /// wrong with it.
    fn broken<'f>(&self, action: &'f Action) -> Option<(usize, Broken<'f>)> {
        let (elements, message, tick) = match action {
            Action::Error { elements, message } => (elements, message, false),
            Action::Demand {
                elements,
                condition,
                message,
            } if !self.holds(condition) => (elements, message, condition.is_tick()),
            _ => return None,
        };
        let above = |place: usize| self.sheet.places.get(place).and_then(|place| place.above);
        let places = elements
            .iter()
            .flat_map(|element| self.sheet.within(*element, self.range));
        let shown = || places.clone().copied().filter(|place| !self.is_hidden(*place));
        let open = || shown().filter(|place| !self.sheet.is_fixed(*place));
        if tick {
            // A box must be ticked where it is, not in an entry nobody began.
            let begun = |place: &usize| {
                let group = above(*place).and_then(|group| self.sheet.places.get(group));
                group.is_none_or(|group| !walk::is_empty(group.value))
            };
            let at = open().find(begun).or_else(|| open().next())?;
            let within = above(at);
            return Some((at, Broken { message, within }));
        }
        let around = || self.within.or_else(|| above(shown().next()?));
        let within = self.within;
        Some((open().next().or_else(around)?, Broken { message, within }))
    }
}

/// Told an action, the places it is about, the answers it looks at, and whether it acts.
type Tell<'t, 'f> = dyn FnMut(&'f Action, &[usize], &View, bool) + 't;

/// Goes through a statement for each occurrence of what its elements share; tells each wanted action, where, and if it acts.
fn apply<'f>(
    statement: &'f Statement,
    sheet: &Sheet,
    hidden: &[bool],
    today: Option<Date>,
    wanted: impl Fn(&Action) -> bool,
    tell: &mut Tell<'_, 'f>,
) {
    let whole = statement.shared.is_none().then_some((None, 0..sheet.places.len()));
    let shared = statement
        .shared
        .map(|group| sheet.of(group).iter().map(|place| (Some(*place), sheet.inside(*place))));
    for (within, range) in shared.into_iter().flatten().chain(whole) {
        let view = View {
            sheet,
            hidden,
            range: &range,
            within,
            today,
        };
        let mut wanted = [(&statement.then, true), (&statement.otherwise, false)]
            .into_iter()
            .flat_map(|(actions, then)| actions.iter().map(move |action| (action, then)))
            .filter(|(action, _)| wanted(action))
            .peekable();
        if wanted.peek().is_none() {
            return;
        }
        let holds = view.holds(&statement.condition);
        for (action, then) in wanted {
            tell(action, sheet.within(action.element(), &range), &view, holds == then);
        }
    }
}

struct Pass<'d> {
    data: &'d Data,
    sheet: &'d Sheet<'d>,
    hidden: &'d [bool],
    effects: Vec<Effects<'d>>,
    result: Evaluation,
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
    fn element(&mut self, element: Element, first: usize, above: &str, active: bool) -> usize {
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
        group
            .is_none_or(|group| group.inside)
            .then(|| broken.message.to_owned())
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
