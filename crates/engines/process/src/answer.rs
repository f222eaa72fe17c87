//! What the machine asks of the case's variables, and who answers: the variables themselves, a record of earlier answers, or an
//! exploration that tries all of them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::expression::Expression;
use crate::model::{Looping, Process};
use crate::state::State;

/// What an expression gave when a step asked it. Together with the inputs these are enough to come to the same state again, without
/// the variables, which may be personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Whether a condition held.
    Holds(bool),
    /// How often an activity is to run.
    Count(u32),
}

/// Who answers.
pub(crate) enum Source<'a> {
    /// The variables of the case.
    Live(&'a Value),
    /// What was answered when the step was made.
    Recorded(std::slice::Iter<'a, Answer>),
    /// One of all possible answers.
    Explored(&'a mut Choices),
}

/// A walk through all possible answers of one step, like an odometer: each run follows the chosen options and takes the first one
/// of every new question.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    chosen: Vec<usize>,
    options: Vec<usize>,
    at: usize,
    /// The same condition, asked twice in one step and scope, gives the same: variables change between steps only.
    known: HashMap<(usize, u64), usize>,
}

/// Most questions of one step that are answered in all ways; the later ones get their first option.
const MOST_QUESTIONS: usize = 40;

impl Choices {
    fn choose(&mut self, question: (usize, u64), options: usize) -> usize {
        if let Some(known) = self.known.get(&question) {
            return *known;
        }
        if self.at == self.chosen.len() {
            self.chosen.push(0);
            self.options.push(options);
        }
        let chosen = self.chosen.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        self.known.insert(question, chosen);
        chosen
    }

    /// Goes on to the next combination; `false` when all were tried.
    pub(crate) fn next(&mut self) -> bool {
        self.at = 0;
        self.known.clear();
        self.chosen.truncate(MOST_QUESTIONS);
        self.options.truncate(MOST_QUESTIONS);
        while let (Some(chosen), Some(options)) = (self.chosen.pop(), self.options.pop()) {
            if chosen + 1 < options {
                self.chosen.push(chosen + 1);
                self.options.push(options);
                return true;
            }
        }
        false
    }

    /// A script was run: what conditions read may be different now.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }
}

/// How often exploring lets a list's activity run: not at all, once, and as an example of more.
const COUNTS: [u32; 3] = [1, 2, 0];

/// The answers of one step.
pub(crate) struct Answers<'a> {
    source: Source<'a>,
    /// Data objects set in this step.
    set: Map<String, Value>,
    pub(crate) given: Vec<Answer>,
    /// Names of the variables that were asked for.
    pub(crate) asked: BTreeSet<String>,
}

/// Where in the case a question is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) scope: u64,
    pub(crate) iteration: Option<u32>,
    /// At the end of an instance of a repetition: all, running, done.
    pub(crate) counts: Option<(u32, u32, u32)>,
}

impl Spot {
    pub(crate) fn new(scope: u64, iteration: Option<u32>) -> Spot {
        Spot {
            scope,
            iteration,
            counts: None,
        }
    }
}

/// Why there is no answer.
pub(crate) enum NoAnswer {
    /// The expression gave this.
    Given(String),
    /// Nothing was recorded for the question.
    NotRecorded,
}

impl<'a> Answers<'a> {
    pub(crate) fn new(source: Source<'a>) -> Self {
        Answers {
            source,
            set: Map::new(),
            given: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    fn asks(&mut self, expression: &Expression) {
        for name in &expression.reads {
            if !self.asked.contains(name) {
                self.asked.insert(name.clone());
            }
        }
    }

    /// Whether a condition holds.
    pub(crate) fn holds(
        &mut self,
        process: &Process,
        state: &State,
        spot: Spot,
        condition: &Expression,
    ) -> Result<bool, NoAnswer> {
        self.asks(condition);
        let holds = match &mut self.source {
            Source::Live(vars) => {
                let variables = Variables {
                    process,
                    state,
                    vars,
                    set: Some(&self.set),
                };
                let lookup = |name: &str| variables.get(spot, name);
                condition.holds(&lookup).map_err(NoAnswer::Given)?
            }
            Source::Recorded(answers) => match answers.next() {
                Some(Answer::Holds(holds)) => *holds,
                _ => return Err(NoAnswer::NotRecorded),
            },
            Source::Explored(choices) => choices.choose((std::ptr::from_ref(condition).addr(), spot.scope), 2) == 0,
        };
        self.given.push(Answer::Holds(holds));
        Ok(holds)
    }

    /// Whether a loop runs again after so many instances. Exploring runs it twice at most.
    pub(crate) fn again(
        &mut self,
        process: &Process,
        state: &State,
        spot: Spot,
        condition: &Expression,
    ) -> Result<bool, NoAnswer> {
        let Source::Explored(choices) = &mut self.source else {
            return self.holds(process, state, spot, condition);
        };
        let number = spot.iteration.unwrap_or(0);
        let question = (std::ptr::from_ref(condition).addr() ^ number as usize, spot.scope);
        let holds = number < 2 && choices.choose(question, 2) == 0;
        self.given.push(Answer::Holds(holds));
        Ok(holds)
    }

    /// How often an activity is to run; more than the bound is none of our business.
    pub(crate) fn count(
        &mut self,
        process: &Process,
        state: &State,
        spot: Spot,
        count: &Expression,
        list: bool,
    ) -> Result<u32, NoAnswer> {
        self.asks(count);
        let number = match &mut self.source {
            Source::Live(vars) => {
                let variables = Variables {
                    process,
                    state,
                    vars,
                    set: Some(&self.set),
                };
                variables.count(spot, count, list).map_err(NoAnswer::Given)?
            }
            Source::Recorded(answers) => match answers.next() {
                Some(Answer::Count(count)) => *count,
                _ => return Err(NoAnswer::NotRecorded),
            },
            Source::Explored(choices) => {
                let chosen = choices.choose((std::ptr::from_ref(count).addr(), spot.scope), COUNTS.len());
                COUNTS.get(chosen).copied().unwrap_or(1)
            }
        };
        self.given.push(Answer::Count(number));
        Ok(number)
    }

    /// What a script gives; it is known to all that follows in this step. Nothing where no variables are.
    pub(crate) fn run(
        &mut self,
        process: &Process,
        state: &State,
        spot: Spot,
        script: &Expression,
        result: &str,
    ) -> Result<Option<Value>, NoAnswer> {
        self.asks(script);
        match &mut self.source {
            Source::Live(vars) => {
                let variables = Variables {
                    process,
                    state,
                    vars,
                    set: Some(&self.set),
                };
                let lookup = |name: &str| variables.get(spot, name);
                let value = script.value(&lookup).map_err(NoAnswer::Given)?;
                self.set.insert(result.to_owned(), value.clone());
                Ok(Some(value))
            }
            Source::Recorded(_) => Ok(None),
            Source::Explored(choices) => {
                choices.forget();
                Ok(None)
            }
        }
    }

    /// Whether all recorded answers were used.
    pub(crate) fn used_up(&mut self) -> bool {
        match &mut self.source {
            Source::Recorded(answers) => answers.len() == 0,
            Source::Live(_) | Source::Explored(_) => true,
        }
    }
}

/// The variables as they are seen from one spot: first what repetitions bring, then data objects set just now, then the case's.
pub(crate) struct Variables<'a> {
    pub(crate) process: &'a Process,
    pub(crate) state: &'a State,
    pub(crate) vars: &'a Value,
    pub(crate) set: Option<&'a Map<String, Value>>,
}

impl<'a> Variables<'a> {
    pub(crate) fn get(&self, spot: Spot, name: &str) -> Option<Cow<'a, Value>> {
        if let Some((all, running, done)) = spot.counts {
            let count = match name {
                "numberOfInstances" => Some(all),
                "numberOfActiveInstances" => Some(running),
                "numberOfCompletedInstances" => Some(done),
                _ => None,
            };
            if let Some(count) = count {
                return Some(Cow::Owned(count.into()));
            }
        }
        let Spot {
            mut scope,
            mut iteration,
            ..
        } = spot;
        while let Some(around) = self.state.scopes.get(&scope) {
            if let Some(number) = iteration {
                if name == crate::LOOP_COUNTER {
                    return Some(Cow::Owned(number.into()));
                }
                let looping = self.process.element(&around.element).and_then(|e| e.looping.as_ref());
                if let Some(Looping::Multi {
                    count,
                    list: true,
                    item,
                    ..
                }) = looping
                    && item.as_deref() == Some(name)
                {
                    let outside = Spot::new(around.parent, around.iteration);
                    let at = usize::try_from(number).ok()?.checked_sub(1)?;
                    return Some(self.item(outside, count, at).unwrap_or(Cow::Owned(Value::Null)));
                }
            }
            (scope, iteration) = (around.parent, around.iteration);
        }
        let set = self.set.and_then(|set| set.get(name));
        set.or_else(|| self.vars.get(name)).map(Cow::Borrowed)
    }

    /// The list, without a copy where the expression is only its name.
    fn list(&self, spot: Spot, list: &Expression) -> Result<Cow<'a, Value>, String> {
        let mut parts = list.path();
        let Some(first) = parts.next() else {
            return list.value(&|name| self.get(spot, name)).map(Cow::Owned);
        };
        let mut value = self.get(spot, first);
        for part in parts {
            value = match value {
                Some(Cow::Borrowed(value)) => value.get(part).map(Cow::Borrowed),
                Some(Cow::Owned(value)) => value.get(part).cloned().map(Cow::Owned),
                None => None,
            };
        }
        Ok(value.unwrap_or(Cow::Owned(Value::Null)))
    }

    fn item(&self, spot: Spot, list: &Expression, at: usize) -> Option<Cow<'a, Value>> {
        match self.list(spot, list).ok()? {
            Cow::Borrowed(list) => list.get(at).map(Cow::Borrowed),
            Cow::Owned(list) => list.get(at).cloned().map(Cow::Owned),
        }
    }

    fn count(&self, spot: Spot, count: &Expression, list: bool) -> Result<u32, String> {
        let found = self.list(spot, count)?;
        let number =
            match (&*found, list) {
                (Value::Array(items), true) => u32::try_from(items.len()).ok(),
                (Value::Null, true) => Some(0),
                (Value::Number(number), false) => number
                    .as_u64()
                    .and_then(|number| u32::try_from(number).ok())
                    .or_else(|| {
                        number
                            .as_f64()
                            .filter(|n| n.fract() == 0.0 && (0.0..1e9).contains(n))
                            .map(|n| n as u32)
                    }),
                _ => None,
            };
        number.ok_or_else(|| {
            let kind = match &*found {
                Value::Null => "null",
                Value::Bool(_) => "true or false",
                Value::Number(_) => "another number",
                Value::String(_) => "a text",
                Value::Array(_) => "a list",
                Value::Object(_) => "a context",
            };
            kind.to_owned()
        })
    }
}
