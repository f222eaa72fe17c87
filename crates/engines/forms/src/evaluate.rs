//! What is shown, what is required, what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde_json::Value;

use crate::check;
use crate::data::{Code, Data, Evaluation, Problem};
use crate::form::Form;
use crate::rule::{Action, Condition, Op, Operand, Rule};
use crate::walk::{self, Element, Inside};

/// Rounds until what is shown must be settled: a chain of so many questions, each opened by the one before.
const MAX_ROUNDS: usize = 16;

impl Form {
    /// What is hidden, required and wrong in these answers. `today` is for rules that speak of `HEUTE`.
    ///
    /// Hidden answers count as empty. A required field inside an optional group counts only when the group has an answer.
    pub fn evaluate(&self, data: &Data, today: Date) -> Evaluation {
        let effects = self.settle(data);
        let mut pass = Pass {
            data,
            errors: self.errors(data, &effects, today),
            effects,
            result: Evaluation::default(),
        };
        for root in self.pages.iter().flat_map(walk::roots) {
            pass.element(root, "", true, false);
        }
        pass.result
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
    pub(crate) fn hidden(&self, data: &Data) -> BTreeSet<String> {
        let effects = self.settle(data);
        let mut pass = Pass {
            data,
            errors: BTreeMap::new(),
            effects,
            result: Evaluation::default(),
        };
        for root in self.pages.iter().flat_map(walk::roots) {
            pass.element(root, "", true, false);
        }
        pass.result.hidden
    }

    /// Applies the rules until what is shown no longer changes.
    fn settle(&self, data: &Data) -> Effects {
        let mut effects = Effects::default();
        for _ in 0..MAX_ROUNDS {
            let mut next = Effects::default();
            for rule in &self.rules {
                apply(rule, data, &effects.hidden, None, &mut |action, paths, acts| {
                    next.note(action, paths, acts)
                });
            }
            next.hide();
            let settled = next.hidden == effects.hidden;
            effects = next;
            if settled {
                break;
            }
        }
        effects
    }

    /// Messages of rules, by path.
    fn errors(&self, data: &Data, effects: &Effects, today: Date) -> BTreeMap<String, String> {
        let mut errors = BTreeMap::new();
        for rule in &self.rules {
            apply(rule, data, &effects.hidden, Some(today), &mut |action, paths, acts| {
                if let (Action::Error { message, .. }, true, Some(path)) = (action, acts, paths.first()) {
                    errors.entry(path.clone()).or_insert_with(|| message.clone());
                }
            });
        }
        errors
    }
}

/// What rules ask for, by path with indices.
#[derive(Default)]
struct Effects {
    /// Elements that are shown by rules: true when some rule shows them now.
    shown: BTreeMap<String, bool>,
    hidden: BTreeSet<String>,
    required: BTreeSet<String>,
    optional: BTreeSet<String>,
}

impl Effects {
    fn note(&mut self, action: &Action, paths: &[String], acts: bool) {
        for path in paths {
            match action {
                Action::Show(_) => *self.shown.entry(path.clone()).or_default() |= acts,
                Action::Hide(_) if acts => drop(self.hidden.insert(path.clone())),
                Action::Require(_) if acts => drop(self.required.insert(path.clone())),
                Action::Optional(_) if acts => drop(self.optional.insert(path.clone())),
                _ => {}
            }
        }
    }

    fn hide(&mut self) {
        let shown = std::mem::take(&mut self.shown);
        self.hidden
            .extend(shown.into_iter().filter(|(_, now)| !now).map(|(path, _)| path));
    }
}

/// Goes through a rule's statements for each occurrence of what its elements share; tells each action and if it acts.
fn apply(
    rule: &Rule,
    data: &Data,
    hidden: &BTreeSet<String>,
    today: Option<Date>,
    tell: &mut dyn FnMut(&Action, &[String], bool),
) {
    let Some(first) = rule.elements.first() else { return };
    let shared = first.get(..rule.shared).unwrap_or_default();
    for base in walk::occurrences(data, "", 0, shared) {
        let paths: Vec<Vec<String>> = rule
            .elements
            .iter()
            .map(|steps| walk::occurrences(data, &base, rule.shared, steps))
            .collect();
        let view = View {
            data,
            hidden,
            paths: &paths,
            today,
        };
        for statement in &rule.statements {
            let holds = view.holds(&statement.condition);
            for (actions, acts) in [(&statement.then, holds), (&statement.otherwise, !holds)] {
                for action in actions {
                    let (Action::Show(element)
                    | Action::Hide(element)
                    | Action::Require(element)
                    | Action::Optional(element)
                    | Action::Error { element, .. }) = action;
                    tell(action, paths.get(*element).map(Vec::as_slice).unwrap_or_default(), acts);
                }
            }
        }
    }
}

/// True when the path or something around it is in the set.
fn covered(set: &BTreeSet<String>, path: &str) -> bool {
    !set.is_empty()
        && (set.contains(path)
            || path
                .match_indices('.')
                .any(|(at, _)| path.get(..at).is_some_and(|above| set.contains(above))))
}

struct View<'v> {
    data: &'v Data,
    hidden: &'v BTreeSet<String>,
    paths: &'v [Vec<String>],
    today: Option<Date>,
}

impl<'v> View<'v> {
    /// The answers of an element that are visible and not empty.
    fn values(&self, element: usize) -> impl Iterator<Item = &'v Value> {
        let paths = self.paths.get(element).map(Vec::as_slice).unwrap_or_default();
        paths
            .iter()
            .filter(|path| !covered(self.hidden, path))
            .filter_map(|path| walk::at(self.data, path))
            .filter(|value| !walk::is_empty(Some(value)))
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(part) => !self.holds(part),
            Condition::Empty(element) => self.values(*element).next().is_none(),
            Condition::Filled { elements, least, most } => {
                let filled = elements
                    .iter()
                    .filter(|element| self.values(**element).next().is_some())
                    .count();
                (*least..=*most).contains(&filled)
            }
            // `<>` is the opposite of `=`: an empty field is not equal to anything.
            Condition::Compare {
                left,
                op: Op::NotEqual,
                right,
            } => !self.compares(*left, Op::Equal, right),
            Condition::Compare { left, op, right } => self.compares(*left, *op, right),
        }
    }

    fn compares(&self, left: usize, op: Op, right: &Operand) -> bool {
        self.values(left).any(|left| match right {
            Operand::Element(right) => self.values(*right).any(|right| ordered(left, right, op)),
            Operand::Text(text) => left.as_str().is_some_and(|left| fits(left.cmp(text), op)),
            Operand::Bool(yes) => {
                left.as_bool() == Some(*yes) && matches!(op, Op::Equal | Op::LessEqual | Op::GreaterEqual)
            }
            Operand::Number(number) => left
                .as_f64()
                .and_then(|left| left.partial_cmp(number))
                .is_some_and(|order| fits(order, op)),
            Operand::Date(date) => dated(left).is_some_and(|left| fits(left.cmp(date), op)),
            Operand::Today { years, months, days } => {
                let span = Span::new().try_years(*years).and_then(|span| span.try_months(*months));
                let other = span
                    .ok()
                    .zip(self.today)
                    .and_then(|(span, today)| today.checked_add(span).ok()?.checked_add(days.days()).ok());
                other
                    .zip(dated(left))
                    .is_some_and(|(right, left)| fits(left.cmp(&right), op))
            }
        })
    }
}

fn dated(value: &Value) -> Option<Date> {
    value.as_str().and_then(check::stored_date)
}

fn ordered(left: &Value, right: &Value, op: Op) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left
            .as_f64()
            .partial_cmp(&right.as_f64())
            .is_some_and(|order| fits(order, op)),
        (Value::String(left), Value::String(right)) => fits(left.cmp(right), op),
        (left, right) => op == Op::Equal && left == right,
    }
}

fn fits(order: std::cmp::Ordering, op: Op) -> bool {
    match op {
        Op::Equal => order.is_eq(),
        Op::NotEqual => order.is_ne(),
        Op::Less => order.is_lt(),
        Op::LessEqual => order.is_le(),
        Op::Greater => order.is_gt(),
        Op::GreaterEqual => order.is_ge(),
    }
}

struct Pass<'d> {
    data: &'d Data,
    effects: Effects,
    errors: BTreeMap<String, String>,
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

    /// `active`: the group around it must be filled in; `hidden`: something around it is hidden.
    fn element(&mut self, element: Element, above: &str, active: bool, hidden: bool) {
        let path = walk::join(above, element.id);
        let hidden = hidden || self.effects.hidden.contains(&path);
        if hidden {
            self.result.hidden.insert(path.clone());
        }
        if !element.occurs.repeats() {
            self.occurrence(element, &path, active, hidden);
            return;
        }
        let value = walk::at(self.data, &path);
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
            return;
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
            return;
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
        let occurrences: Vec<String> = (0..list.len().clamp(1, most))
            .map(|at| walk::join(&path, &at.to_string()))
            .collect();
        for occurrence in &occurrences {
            self.occurrence(element, occurrence, active, hidden);
        }
        if occurrences
            .iter()
            .all(|occurrence| self.result.hidden.contains(occurrence))
        {
            self.result.hidden.insert(path);
        }
    }

    fn occurrence(&mut self, element: Element, path: &str, active: bool, hidden: bool) {
        let hidden = hidden || self.effects.hidden.contains(path);
        if hidden {
            self.result.hidden.insert(path.to_owned());
        }
        let value = walk::at(self.data, path);
        let empty = walk::is_empty(value);
        let asked = self.effects.required.contains(path);
        let always = element.occurs.min > 0 && !self.effects.optional.contains(path);
        let needed = !hidden && active && (asked || always);
        match element.inside {
            Inside::Field(field) => {
                if hidden || !walk::answers(&field.kind) {
                    return;
                }
                if needed {
                    self.result.required.insert(path.to_owned());
                }
                let found = match value {
                    Some(value) if !empty => check::check(field, value),
                    _ => None,
                };
                if let Some((code, message)) = found {
                    self.problem(path, code, message);
                } else if let Some(message) = self.errors.remove(path).filter(|_| active || !empty) {
                    self.problem(path, Code::Rule, message);
                } else if needed && empty {
                    self.problem(path, Code::Required, check::missing(field));
                }
            }
            Inside::Group(items) => {
                let inside = needed || (!hidden && !empty);
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
                for item in items {
                    self.element(item.into(), path, inside, hidden);
                }
                if hidden || self.result.problems.len() > before {
                    return;
                }
                if let Some(message) = self.errors.remove(path).filter(|_| inside) {
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
