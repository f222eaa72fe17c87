//! A rule that says two things at once is a mistake of its author and is not applied. Found by trying all answers to the
//! questions with few possible answers.

use super::{Action, Condition, Expression, Op, Statement};
use crate::form::Kind;
use crate::sheet::Plan;
use crate::walk::{Element, Inside};

/// Most combinations of answers tried for one comparison.
const MAX_CASES: usize = 20_000;
/// What one rule may try.
pub(super) const BUDGET: usize = 200_000;

/// An answer to a question with few answers.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    None,
    Bool(bool),
    Text(String),
    /// An option no rule names.
    Other,
}

/// # Errors
/// Why the last statement cannot stand: it always holds, never holds, or contradicts one before; or the budget is spent.
pub(super) fn agree(
    statements: &[Statement],
    plan: &Plan,
    elements: &[Element],
    budget: &mut usize,
) -> Result<(), String> {
    let Some((last, before)) = statements.split_last() else {
        return Ok(());
    };
    let mut questions: Vec<(usize, Vec<Answer>)> = vec![];
    if !finite(&last.condition, plan, elements, &mut questions) {
        return Ok(());
    }
    if !matches!(last.condition, Condition::Always) {
        let mut holds = (false, false);
        cases(&questions, budget, &mut |case| {
            if holds_in(&last.condition, case) {
                holds.0 = true
            } else {
                holds.1 = true
            }
            None::<String>
        })?;
        match holds {
            (true, false) => return Err("the condition always holds".to_owned()),
            (false, true) => return Err("the condition never holds".to_owned()),
            _ => {}
        }
    }
    for other in before {
        let overlap = match (&other.lands, &last.lands) {
            (Some(one), Some(two)) => one.iter().any(|land| two.contains(land)),
            _ => true,
        };
        let overlap = overlap && clash(all(other), all(last)).is_some();
        let mut both = questions.clone();
        if !overlap || !finite(&other.condition, plan, elements, &mut both) {
            continue;
        }
        cases(&both, budget, &mut |case| {
            let acts = |statement: &'_ Statement| holds_in(&statement.condition, case);
            let one = if acts(other) { &other.then } else { &other.otherwise };
            let two = if acts(last) { &last.then } else { &last.otherwise };
            let clash = clash(one.iter(), two.iter())?;
            let id = plan.get(clash).map_or("", |element| element.id.as_str());
            let given: Vec<String> = case
                .iter()
                .map(|(element, answer)| {
                    let id = plan.get(*element).map_or("", |element| element.id.as_str());
                    match answer {
                        Answer::None => format!("{id} empty"),
                        Answer::Bool(yes) => format!("{id} = {}", if *yes { "ja" } else { "nein" }),
                        Answer::Text(text) => format!("{id} = {text}"),
                        Answer::Other => format!("another {id}"),
                    }
                })
                .collect();
            Some(format!(
                "the rule contradicts itself about `{id}` ({})",
                given.join(", ")
            ))
        })?;
    }
    Ok(())
}

fn all(statement: &Statement) -> impl Iterator<Item = &Action> + Clone {
    statement.then.iter().chain(&statement.otherwise)
}

/// The first element of which the actions ask opposite things.
fn clash<'a>(
    mut one: impl Iterator<Item = &'a Action>,
    two: impl Iterator<Item = &'a Action> + Clone,
) -> Option<usize> {
    one.find_map(|one| {
        two.clone()
            .find(|two| one.element() == two.element() && opposed(one, two))
            .map(Action::element)
    })
}

fn opposed(one: &Action, two: &Action) -> bool {
    let asks = |action: &Action| matches!(action, Action::Show(_) | Action::Require(_));
    let hides = |action: &Action| matches!(action, Action::Hide(_));
    (asks(one) && hides(two)) || (hides(one) && asks(two))
}

/// Collects the questions of a condition that is made of such only.
fn finite(condition: &Condition, plan: &Plan, elements: &[Element], into: &mut Vec<(usize, Vec<Answer>)>) -> bool {
    match condition {
        Condition::Always => true,
        Condition::All(parts) | Condition::Any(parts) | Condition::Count { parts, .. } => {
            parts.iter().all(|part| finite(part, plan, elements, into))
        }
        Condition::Not(part) => finite(part, plan, elements, into),
        Condition::Empty(element) => question(*element, None, plan, elements, into),
        Condition::Compare {
            left: Expression::Answer { element, .. },
            op: Op::Equal | Op::NotEqual,
            right,
        } => match right {
            Expression::Bool(_) => question(*element, None, plan, elements, into),
            Expression::Text(text) => question(*element, Some(text), plan, elements, into),
            _ => false,
        },
        _ => false,
    }
}

fn question(
    element: usize,
    named: Option<&str>,
    plan: &Plan,
    elements: &[Element],
    into: &mut Vec<(usize, Vec<Answer>)>,
) -> bool {
    let repeats = std::iter::successors(Some(element), |at| plan.get(*at)?.above)
        .any(|at| plan.get(at).is_some_and(|element| element.repeats));
    let Some(Inside::Field(field)) = elements.get(element).map(|element| element.inside) else {
        return false;
    };
    if repeats {
        return false;
    }
    let at = match into.iter().position(|(known, _)| *known == element) {
        Some(at) => at,
        None => {
            let answers = match &field.kind {
                Kind::Bool => vec![Answer::None, Answer::Bool(true), Answer::Bool(false)],
                Kind::Select { .. } | Kind::Text { .. } => vec![Answer::None, Answer::Other],
                _ => return false,
            };
            into.push((element, answers));
            into.len() - 1
        }
    };
    if let (Some(named), Some((_, answers))) = (named, into.get_mut(at)) {
        let answer = Answer::Text(named.to_owned());
        if !answers.contains(&answer) {
            answers.push(answer);
        }
        // When every option is named there is no other.
        if let Kind::Select { options, .. } = &field.kind
            && !options.is_empty()
            && options
                .iter()
                .all(|option| answers.contains(&Answer::Text(option.value.clone())))
        {
            answers.retain(|answer| *answer != Answer::Other);
        }
    }
    true
}

/// Looks at one combination of answers; a text ends the search.
type Check<'c> = dyn FnMut(&[(usize, Answer)]) -> Option<String> + 'c;

/// Goes through all combinations of answers, until `check` finds something.
fn cases(questions: &[(usize, Vec<Answer>)], budget: &mut usize, check: &mut Check<'_>) -> Result<(), String> {
    let count = questions
        .iter()
        .fold(1_usize, |count, (_, answers)| count.saturating_mul(answers.len()));
    if count > MAX_CASES {
        return Ok(());
    }
    *budget = budget
        .checked_sub(count)
        .ok_or_else(|| "too many cases to compare its sentences; split the rule".to_owned())?;
    for number in 0..count {
        let mut rest = number;
        let case: Vec<(usize, Answer)> = questions
            .iter()
            .filter_map(|(element, answers)| {
                let answer = answers.get(rest % answers.len().max(1)).cloned()?;
                rest /= answers.len().max(1);
                Some((*element, answer))
            })
            .collect();
        if let Some(found) = check(&case) {
            return Err(found);
        }
    }
    Ok(())
}

fn holds_in(condition: &Condition, case: &[(usize, Answer)]) -> bool {
    let answer = |element: usize| {
        case.iter()
            .find(|(known, _)| *known == element)
            .map(|(_, answer)| answer)
    };
    match condition {
        Condition::Always => true,
        Condition::All(parts) => parts.iter().all(|part| holds_in(part, case)),
        Condition::Any(parts) => parts.iter().any(|part| holds_in(part, case)),
        Condition::Not(part) => !holds_in(part, case),
        Condition::Count { parts, least, most } => {
            let count = parts.iter().filter(|part| holds_in(part, case)).count();
            (*least..=*most).contains(&count)
        }
        Condition::Empty(element) => answer(*element).is_none_or(|answer| *answer == Answer::None),
        Condition::Compare {
            left: Expression::Answer { element, .. },
            op,
            right,
        } => {
            let equal = match right {
                Expression::Bool(yes) => answer(*element) == Some(&Answer::Bool(*yes)),
                Expression::Text(text) => answer(*element) == Some(&Answer::Text(text.clone())),
                _ => false,
            };
            equal == (*op == Op::Equal)
        }
        _ => false,
    }
}
