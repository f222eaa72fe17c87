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

/// What exploring tries of a condition.
const EITHER: [Answer; 2] = [Answer::Holds(true), Answer::Holds(false)];
/// How often exploring lets a list's activity run: not at all, once, and as an example of more.
const COUNTS: [Answer; 3] = [Answer::Count(1), Answer::Count(2), Answer::Count(0)];

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

    /// The answer to an expression, from whoever answers: `live` takes it from the variables, exploring tries each of `options`.
    /// `round` tells questions apart that one expression asks in one step and scope.
    fn ask(
        &mut self,
        (process, state, scope, round): (&Process, &State, u64, u32),
        expression: &Expression,
        options: &[Answer],
        live: impl FnOnce(&Variables) -> Result<Answer, String>,
    ) -> Result<Answer, NoAnswer> {
        self.asks(expression);
        let answer = match &mut self.source {
            Source::Live(vars) => {
                live(&Variables::new(process, state, vars, Some(&self.set))).map_err(NoAnswer::Given)?
            }
            Source::Recorded(answers) => *answers.next().ok_or(NoAnswer::NotRecorded)?,
            Source::Explored(choices) => {
                let question = (std::ptr::from_ref(expression).addr() ^ round as usize, scope);
                let chosen = choices.choose(question, options.len());
                *options.get(chosen).ok_or(NoAnswer::NotRecorded)?
            }
        };
        self.given.push(answer);
        Ok(answer)
    }

    fn whether(
        &mut self,
        place: (&Process, &State, u64, u32),
        spot: Spot,
        condition: &Expression,
        options: &[Answer],
    ) -> Result<bool, NoAnswer> {
        let live = |variables: &Variables| condition.holds(&|name| variables.get(spot, name)).map(Answer::Holds);
        match self.ask(place, condition, options, live)? {
            Answer::Holds(holds) => Ok(holds),
            Answer::Count(_) => Err(NoAnswer::NotRecorded),
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
        self.whether((process, state, spot.scope, 0), spot, condition, &EITHER)
    }

    /// Whether a loop runs again after so many instances. Exploring runs it twice at most.
    pub(crate) fn again(
        &mut self,
        process: &Process,
        state: &State,
        spot: Spot,
        condition: &Expression,
    ) -> Result<bool, NoAnswer> {
        let round = spot.iteration.unwrap_or(0);
        let options = if round < 2 { &EITHER[..] } else { &EITHER[1..] };
        self.whether((process, state, spot.scope, round), spot, condition, options)
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
        let live = |variables: &Variables| variables.count(spot, count, list).map(Answer::Count);
        match self.ask((process, state, spot.scope, 0), count, &COUNTS, live)? {
            Answer::Count(number) => Ok(number),
            Answer::Holds(_) => Err(NoAnswer::NotRecorded),
        }
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
                let variables = Variables::new(process, state, vars, Some(&self.set));
                let value = script.value(&|name| variables.get(spot, name));
                let value = value.map_err(NoAnswer::Given)?;
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
    pub(crate) fn new(
        process: &'a Process,
        state: &'a State,
        vars: &'a Value,
        set: Option<&'a Map<String, Value>>,
    ) -> Self {
        Variables {
            process,
            state,
            vars,
            set,
        }
    }

    /// A variable; none where nobody brings it. The error is that of a repetition whose list has no item any more.
    pub(crate) fn get(&self, spot: Spot, name: &str) -> Result<Option<Cow<'a, Value>>, String> {
        if let Some((all, running, done)) = spot.counts {
            let count = match name {
                "numberOfInstances" => Some(all),
                "numberOfActiveInstances" => Some(running),
                "numberOfCompletedInstances" => Some(done),
                _ => None,
            };
            if let Some(count) = count {
                return Ok(Some(Cow::Owned(count.into())));
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
                    return Ok(Some(Cow::Owned(number.into())));
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
                    return self.item(outside, count, number).map(Some);
                }
            }
            (scope, iteration) = (around.parent, around.iteration);
        }
        let set = self.set.and_then(|set| set.get(name));
        Ok(set.or_else(|| self.vars.get(name)).map(Cow::Borrowed))
    }

    /// What an expression gives, without a copy where it is a path through objects; such a path means the same in FEEL.
    fn value(&self, spot: Spot, expression: &Expression) -> Result<Cow<'a, Value>, String> {
        let mut parts = expression.path();
        let mut found = match parts.next() {
            Some(first) => self.get(spot, first)?,
            None => None,
        };
        for part in parts {
            found = match found {
                Some(Cow::Borrowed(Value::Object(object))) => object.get(part).map(Cow::Borrowed),
                _ => None,
            };
        }
        match found {
            Some(found) => Ok(found),
            None => expression.value(&|name| self.get(spot, name)).map(Cow::Owned),
        }
    }

    /// The item of the instance with this number.
    fn item(&self, spot: Spot, list: &Expression, number: u32) -> Result<Cow<'a, Value>, String> {
        let at = number.saturating_sub(1) as usize;
        let found = match self.value(spot, list)? {
            Cow::Borrowed(list) => list.get(at).map(Cow::Borrowed),
            Cow::Owned(list) => list.get(at).cloned().map(Cow::Owned),
        };
        found.ok_or_else(|| format!("no item {number} of the list"))
    }

    fn count(&self, spot: Spot, count: &Expression, list: bool) -> Result<u32, String> {
        let found = self.value(spot, count)?;
        let number =
            match (&*found, list) {
                (Value::Array(items), true) => u32::try_from(items.len()).ok(),
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
