//! What is shown, what is required, what is wrong.

use std::collections::BTreeSet;

mod broken;
mod holds;
mod pass;

use jiff::civil::Date;
use serde_json::Value;

use crate::data::{Data, Evaluation};
use crate::form::Form;
use crate::rule::{Action, Statement};
use crate::sheet::Sheet;
use crate::walk;
use broken::Broken;
use holds::View;
use pass::Pass;

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
            only: None,
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
