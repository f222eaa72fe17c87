//! A rule that says two things at once is a mistake of its author and is not applied. Found by looking for answers in which it does:
//! among questions with few answers, and among numbers and days that are compared with fixed ones. Of what else is compared only the
//! same condition written twice is known to be the same.

use std::collections::{BTreeMap, HashSet};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::Value;

use super::{Action, Condition, Duration, Expression, Op, Statement, Stored};
use crate::check;
use crate::form::Kind;
use crate::sheet::Plan;
use crate::walk::{Element, Inside};

/// What one rule may look at: comparisons of one answer.
pub(super) const BUDGET: usize = 2_000_000;
/// Most questions tried one within the other.
const MAX_QUESTIONS: usize = 300;
/// Where days are compared with the day of evaluation, any day stands for it.
const TODAY: Date = date(2026, 3, 15);

pub(super) const SPENT: &str = "too many cases to compare its sentences; split the rule";

/// An answer, or one for all that the conditions do not tell apart.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    None,
    Bool(bool),
    Text(String),
    /// An option or text no rule names.
    Other,
    Number(f64),
    Day(Date),
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
    let mut search = Search {
        plan,
        elements,
        limited: true,
        budget,
    };
    if !matches!(last.condition, Condition::Always) {
        if search.never(&[(&last.condition, false)])? {
            return Err("the condition always holds".to_owned());
        }
        if search.never(&[(&last.condition, true)])? {
            return Err("the condition never holds".to_owned());
        }
    }
    search.limited = false;
    for action in all(last) {
        if let Action::Demand { condition, .. } = action
            && search.never(&[(condition, false)])?
        {
            return Err("every answer meets what is demanded".to_owned());
        }
    }
    search.limited = true;
    for other in before {
        let overlap = match (&other.lands, &last.lands) {
            (Some(one), Some(two)) => one.iter().any(|land| two.contains(land)),
            _ => true,
        };
        if !overlap || clash(all(other), all(last)).is_none() {
            continue;
        }
        for (one, holds) in branches(other) {
            for (two, holds_too) in branches(last) {
                let Some(element) = clash(one.iter(), two.iter()) else {
                    continue;
                };
                let both = [(&other.condition, holds), (&last.condition, holds_too)];
                if let Some(given) = search.possible(&both)? {
                    let id = plan.get(element).map_or("", |element| element.id.as_str());
                    return Err(format!("the rule contradicts itself about `{id}` ({given})"));
                }
            }
        }
    }
    Ok(())
}

fn branches(statement: &Statement) -> [(&[Action], bool); 2] {
    [
        (statement.then.as_slice(), true),
        (statement.otherwise.as_slice(), false),
    ]
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

/// Conditions that hold or do not hold together.
type Goal<'g> = [(&'g Condition, bool)];

struct Search<'s> {
    plan: &'s Plan,
    elements: &'s [Element<'s>],
    /// Only numbers within the limits of their fields count. What the limits ask for too may be demanded once more.
    limited: bool,
    budget: &'s mut usize,
}

impl Search<'_> {
    /// It is known that there are no such answers.
    fn never(&mut self, goal: &Goal) -> Result<bool, String> {
        match self.questions(goal)? {
            Some(questions) if !self.read_once(goal, &questions)? => {
                Ok(!self.found(goal, &questions, &mut BTreeMap::new())?)
            }
            _ => Ok(false),
        }
    }

    /// Answers that are known to be possible, in words.
    fn possible(&mut self, goal: &Goal) -> Result<Option<String>, String> {
        let Some(questions) = self.questions(goal)? else {
            let same =
                matches!(goal, [(one, holds), (two, too)] if holds == too && format!("{one:?}") == format!("{two:?}"));
            return Ok(same.then(|| "under the same condition".to_owned()));
        };
        let mut case = BTreeMap::new();
        if !self.found(goal, &questions, &mut case)? {
            return Ok(None);
        }
        let given = case.into_iter().map(|(element, answer)| {
            let id = self.plan.get(element).map_or("", |element| element.id.as_str());
            match answer {
                Answer::None => format!("{id} empty"),
                Answer::Bool(yes) => format!("{id} = {}", if *yes { "ja" } else { "nein" }),
                Answer::Text(text) => format!("{id} = {text}"),
                Answer::Other => format!("another {id}"),
                Answer::Number(number) => format!("{id} = {number}"),
                Answer::Day(day) => format!("{id} = {day}"),
            }
        });
        let given: Vec<String> = given.collect();
        Ok(Some(if given.is_empty() {
            "always".to_owned()
        } else {
            given.join(", ")
        }))
    }

    /// Looks for answers that meet the goal, question by question, as long as those given leave it open.
    fn found<'q>(
        &mut self,
        goal: &Goal,
        questions: &'q BTreeMap<usize, Vec<Answer>>,
        case: &mut BTreeMap<usize, &'q Answer>,
    ) -> Result<bool, String> {
        if case.len() > MAX_QUESTIONS {
            return Err(SPENT.to_owned());
        }
        let mut open = None;
        let mut met = true;
        for (condition, wanted) in goal {
            match self.holds(condition, case, &mut open)? {
                Some(holds) if holds != *wanted => return Ok(false),
                Some(_) => {}
                None => met = false,
            }
        }
        if met {
            return Ok(true);
        }
        let Some((element, answers)) = open.and_then(|element| questions.get_key_value(&element)) else {
            return Ok(false);
        };
        for answer in answers {
            case.insert(*element, answer);
            if self.found(goal, questions, case)? {
                return Ok(true);
            }
        }
        case.remove(element);
        Ok(false)
    }

    /// Whether a condition holds, if the answers given tell; else a question that is open.
    fn holds(
        &mut self,
        condition: &Condition,
        case: &BTreeMap<usize, &Answer>,
        open: &mut Option<usize>,
    ) -> Result<Option<bool>, String> {
        match condition {
            Condition::Always => Ok(Some(true)),
            Condition::Not(part) => Ok(self.holds(part, case, open)?.map(|holds| !holds)),
            Condition::All(parts) => self.counted(parts, parts.len(), usize::MAX, case, open),
            Condition::Any(parts) => self.counted(parts, 1, usize::MAX, case, open),
            Condition::Count { parts, least, most } => self.counted(parts, *least, *most, case, open),
            other => {
                self.spend(1)?;
                let Some(element) = asked(other) else { return Ok(None) };
                let answer = case.get(&element);
                if answer.is_none() {
                    open.get_or_insert(element);
                }
                Ok(answer.map(|answer| meets(other, answer)))
            }
        }
    }

    fn counted(
        &mut self,
        parts: &[Condition],
        least: usize,
        most: usize,
        case: &BTreeMap<usize, &Answer>,
        open: &mut Option<usize>,
    ) -> Result<Option<bool>, String> {
        let (mut held, mut left) = (0, parts.len());
        let mut unknown = 0;
        for part in parts {
            match self.holds(part, case, open)? {
                Some(true) => held += 1,
                Some(false) => {}
                None => unknown += 1,
            }
            left -= 1;
            if held + unknown + left < least || held > most {
                return Ok(Some(false));
            }
            if held >= least && held + unknown + left <= most {
                return Ok(Some(true));
            }
        }
        Ok((unknown == 0).then_some((least..=most).contains(&held)))
    }

    /// What is asked, with the answers that make a difference; `None` when the conditions are not made of such questions only.
    fn questions(&mut self, goal: &Goal) -> Result<Option<BTreeMap<usize, Vec<Answer>>>, String> {
        let mut atoms = vec![];
        goal.iter().for_each(|(condition, _)| atoms_of(condition, &mut atoms));
        self.spend(atoms.len())?;
        let mut asked_of: BTreeMap<usize, Vec<&Condition>> = BTreeMap::new();
        for atom in atoms {
            let Some(element) = asked(atom) else { return Ok(None) };
            asked_of.entry(element).or_default().push(atom);
        }
        let answers = asked_of
            .into_iter()
            .map(|(element, atoms)| Some((element, self.answers(element, &atoms)?)));
        Ok(answers.collect())
    }

    /// Every question is asked once, and both answers to it are possible: then so is every outcome.
    fn read_once(&mut self, goal: &Goal, questions: &BTreeMap<usize, Vec<Answer>>) -> Result<bool, String> {
        fn plain(condition: &Condition) -> bool {
            match condition {
                Condition::Always | Condition::Count { .. } => false,
                Condition::All(parts) | Condition::Any(parts) => parts.iter().all(plain),
                Condition::Not(part) => plain(part),
                _ => true,
            }
        }
        let mut atoms = vec![];
        goal.iter().for_each(|(condition, _)| atoms_of(condition, &mut atoms));
        if atoms.len() != questions.len() || !goal.iter().all(|(condition, _)| plain(condition)) {
            return Ok(false);
        }
        for atom in atoms {
            let answers = asked(atom).and_then(|element| questions.get(&element));
            let answers = answers.map(Vec::as_slice).unwrap_or_default();
            self.spend(answers.len())?;
            let held = answers.iter().filter(|answer| meets(atom, answer)).count();
            if held == 0 || held == answers.len() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn spend(&mut self, comparisons: usize) -> Result<(), String> {
        *self.budget = self.budget.checked_sub(comparisons).ok_or_else(|| SPENT.to_owned())?;
        Ok(())
    }

    fn answers(&self, element: usize, atoms: &[&Condition]) -> Option<Vec<Answer>> {
        let mut around = std::iter::successors(Some(element), |at| self.plan.get(*at)?.above);
        if around.any(|at| self.plan.get(at).is_some_and(|element| element.repeats)) {
            return None;
        }
        let Inside::Field(field) = self.elements.get(element)?.inside else {
            return None;
        };
        let mut answers = vec![Answer::None];
        let compared = || {
            atoms.iter().filter_map(|atom| match atom {
                Condition::Compare { right, .. } => Some(right),
                _ => None,
            })
        };
        match &field.kind {
            Kind::Bool => answers.extend([Answer::Bool(true), Answer::Bool(false)]),
            Kind::Select { .. } | Kind::Text { .. } => {
                let mut named = HashSet::new();
                for right in compared() {
                    let Expression::Text(text) = right else { return None };
                    if named.insert(text.as_str()) {
                        answers.push(Answer::Text(text.clone()));
                    }
                }
                // When every option is named there is no other.
                let whole = match &field.kind {
                    Kind::Select { options, .. } if !options.is_empty() => {
                        options.iter().all(|option| named.contains(option.value.as_str()))
                    }
                    _ => false,
                };
                if !whole {
                    answers.push(Answer::Other);
                }
            }
            Kind::Integer { .. } | Kind::Number { .. } | Kind::Currency { .. } => {
                let numbers: Option<Vec<f64>> = compared()
                    .map(|right| match right {
                        Expression::Number(number) => Some(*number),
                        _ => None,
                    })
                    .collect();
                let stored = |number: f64| match field.kind {
                    Kind::Currency { .. } => Value::from((number * 100.0).round() as i64),
                    Kind::Integer { .. } => Value::from(number as i64),
                    _ => Value::from(number),
                };
                let step = match field.kind {
                    Kind::Integer { .. } => Some(1.0),
                    Kind::Currency { .. } => Some(0.01),
                    _ => None,
                };
                let taken = |number: &f64| !self.limited || check::check(field, &stored(*number)).is_none();
                let mut numbers = numbers?;
                if self.limited {
                    numbers.extend(bounds(&field.kind));
                }
                let different = apart(numbers, step).into_iter().filter(taken);
                answers.extend(different.map(Answer::Number));
            }
            Kind::Date { .. } => answers.extend(days_apart(compared())?.into_iter().map(Answer::Day)),
            _ => {
                if compared().next().is_some() {
                    return None;
                }
            }
        }
        if answers.len() == 1 {
            answers.push(Answer::Other);
        }
        Some(answers)
    }
}

/// The least and the largest number a field takes.
fn bounds(kind: &Kind) -> impl Iterator<Item = f64> {
    let (least, most) = match *kind {
        Kind::Integer { min, max } => (min.map(|min| min as f64), max.map(|max| max as f64)),
        Kind::Number { min, max } => (min, max),
        Kind::Currency { min, max } => (min.map(|min| min as f64 / 100.0), max.map(|max| max as f64 / 100.0)),
        _ => (None, None),
    };
    least.into_iter().chain(most)
}

/// The comparisons a condition is made of.
fn atoms_of<'c>(condition: &'c Condition, into: &mut Vec<&'c Condition>) {
    match condition {
        Condition::Always => {}
        Condition::All(parts) | Condition::Any(parts) | Condition::Count { parts, .. } => {
            parts.iter().for_each(|part| atoms_of(part, into));
        }
        Condition::Not(part) => atoms_of(part, into),
        other => into.push(other),
    }
}

/// The one element whose answer tells whether a comparison holds.
fn asked(atom: &Condition) -> Option<usize> {
    match atom {
        Condition::Empty(element) => Some(*element),
        Condition::Compare {
            left: Expression::Answer { element, kind },
            op,
            right,
        } => match right {
            Expression::Bool(_) | Expression::Text(_) => matches!(op, Op::Equal | Op::NotEqual).then_some(*element),
            Expression::Number(_) => Some(*element),
            right => (*kind == Stored::Day && day_of(right).is_some()).then_some(*element),
        },
        _ => None,
    }
}

fn meets(atom: &Condition, answer: &Answer) -> bool {
    let Condition::Compare { op, right, .. } = atom else {
        return *answer == Answer::None;
    };
    let order = match (answer, right) {
        (Answer::Bool(one), Expression::Bool(two)) => Some(one.cmp(two)),
        (Answer::Text(one), Expression::Text(two)) => Some(one.cmp(two)),
        (Answer::Number(one), Expression::Number(two)) => one.partial_cmp(two),
        (Answer::Day(one), right) => day_of(right).map(|(day, _)| one.cmp(&day)),
        _ => None,
    };
    match op {
        Op::NotEqual => order.is_none_or(|order| op.fits(order)),
        op => order.is_some_and(|order| op.fits(order)),
    }
}

/// Numbers on both sides of these, between them and at them, as far as the field can hold them.
fn apart(mut limits: Vec<f64>, step: Option<f64>) -> Vec<f64> {
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    let mut numbers = vec![];
    let next = |limit: f64, above: Option<f64>| match step {
        // Half a step more, so that what is reckoned in steps is not off by one.
        Some(step) => Some(((limit / step + 1e-6).floor() + 1.0) * step)
            .filter(|next| above.is_none_or(|above| next + step * 1e-3 < above)),
        None => Some(above.map_or(limit + 1.0, |above| f64::midpoint(limit, above))),
    };
    if let Some(first) = limits.first() {
        numbers.push(match step {
            Some(step) => ((first / step - 1e-6).ceil() - 1.0) * step,
            None => first - 1.0,
        });
    }
    for (at, limit) in limits.iter().enumerate() {
        let whole = step.is_none_or(|step| (limit / step - (limit / step).round()).abs() < 1e-6);
        numbers.extend(whole.then_some(*limit));
        numbers.extend(next(*limit, limits.get(at + 1).copied()));
    }
    numbers
}

/// Days on both sides of these, between them and at them. `None` when it depends on the day of evaluation in which order they are.
fn days_apart<'e>(limits: impl Iterator<Item = &'e Expression>) -> Option<Vec<Date>> {
    let limits: Option<Vec<(Date, Since)>> = limits.map(day_of).collect();
    let limits = limits?;
    let kinds: Vec<Since> = limits
        .iter()
        .map(|(_, since)| *since)
        .filter(|since| *since != Since::Today)
        .collect();
    let relative = limits.len() > kinds.len();
    let first = kinds.first();
    if kinds.iter().any(|kind| Some(kind) != first) || (relative && first == Some(&Since::Ever)) {
        return None;
    }
    let mut days = vec![];
    for (day, _) in limits {
        let around = [day.checked_sub(1.day()), Ok(day), day.checked_add(1.day())];
        days.extend(around.into_iter().flatten());
    }
    days.sort_unstable();
    days.dedup();
    Some(days)
}

/// What a day is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    /// It is the same whenever it is looked at.
    Ever,
    Today,
    /// Days before or after that of evaluation.
    Days,
    /// Months before or after it.
    Months,
}

fn day_of(expression: &Expression) -> Option<(Date, Since)> {
    match expression {
        Expression::Date(day) => Some((*day, Since::Ever)),
        Expression::Today => Some((TODAY, Since::Today)),
        Expression::Shift(of, span) => {
            let (day, since) = day_of(of)?;
            let since = match (since, span) {
                (Since::Ever, _) => Since::Ever,
                (Since::Today | Since::Days, Duration { months: 0, .. }) => Since::Days,
                (Since::Today, Duration { days: 0, .. }) => Since::Months,
                _ => return None,
            };
            Some((span.after(day)?, since))
        }
        _ => None,
    }
}
