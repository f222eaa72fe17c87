//! DMN 1.2 to 1.5 decisions with an explanation of every result.
//!
//! Pure: no input or output, no clock; the same model and input give the same [`Outcome`]. A model this crate cannot
//! evaluate faithfully is refused at load with [`Finding`]s; nothing becomes null on the way.
//!
//! FEEL is parsed by the dsntk crates. The constructs real models are made of are compiled at load (`compile.rs`) and
//! evaluated natively (`native.rs`) over shared values in known slots, with the results of the library; where that meets
//! something it does not know, the library evaluates the whole expression. Which rules fire, hit policies, types, errors
//! and the explanation are ours.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(test)]
mod agreement;
mod analysis;
mod ast;
mod boxed;
mod boxed_table;
mod builtin;
mod compile;
mod cost;
mod definitions;
mod env;
mod error;
mod explanation;
mod feel;
mod finding;
mod function;
#[doc(hidden)]
pub mod fuzz;
mod graph;
mod json;
#[cfg(test)]
#[path = "../../../../fuzz/kept.rs"]
mod kept;
mod library;
mod literal;
mod load;
mod logic;
mod native;
mod number;
mod priced;
mod service;
mod shown;
mod table;
mod test;
mod text;
mod trace;
mod types;
mod value;
mod values;
mod watch;
mod xml;

pub use analysis::{
    Change, Check, Condition, Difference, Example, Gap, GapKind, NotAnalysed, Overlap, Side, TableCheck, Tried,
    Unreachable, Unused, Verdict, Why, diff, try_inputs,
};
pub use cost::TooMuch;
pub use error::DecisionError;
pub use explanation::{Explanation, HitPolicy, InputValue, Kind, Outcome, OutputValue, Rule, Step};
pub use finding::Finding;
pub use shown::{Shown, Text, Texts};
pub use types::Shape;

use cost::Stopped;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A loaded DMN model, ready to decide; every expression is parsed once, at load.
pub struct Decisions {
    model: load::Model,
    by_name: HashMap<String, usize>,
    lenient: bool,
}

impl std::fmt::Debug for Decisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decisions")
            .field("decisions", &self.decision_names())
            .finish_non_exhaustive()
    }
}

impl Decisions {
    /// Reads a DMN 1.2, 1.3, 1.4 or 1.5 file.
    ///
    /// # Errors
    /// Every mistake found, in file order: XML that is not well-formed or has a DTD, missing `href`s, cycles, FEEL that
    /// does not parse or names what is not there, external functions, element kinds this crate does not evaluate.
    pub fn parse(xml: &str) -> Result<Decisions, Vec<Finding>> {
        match Decisions::parse_partly(xml)? {
            (decisions, findings) if findings.is_empty() => Ok(decisions),
            (_, findings) => Err(findings),
        }
    }

    /// The same from the bytes of a file, whatever they are.
    ///
    /// # Errors
    /// Those of [`Decisions::parse`], and bytes that are not UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Result<Decisions, Vec<Finding>> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Decisions::parse(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(error) => {
                let read = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let lines = read.iter().filter(|byte| **byte == b'\n').count() + 1;
                Err(vec![Finding {
                    line: u32::try_from(lines).unwrap_or(u32::MAX),
                    column: 1,
                    message: "the file is not UTF-8".to_owned(),
                    help: "save it as UTF-8".to_owned(),
                }])
            }
        }
    }

    /// The same for a model that may have mistakes, to look into it: gives what could be read, and the findings. Elements with
    /// mistakes, and all that rests on them, answer with [`DecisionError::Refused`].
    ///
    /// # Errors
    /// What keeps the whole model from being read, such as XML that is not well-formed or requirements in a circle.
    pub fn parse_partly(xml: &str) -> Result<(Decisions, Vec<Finding>), Vec<Finding>> {
        Decisions::parse_importing(xml, &[])
    }

    /// The same for a model that imports others, whose texts are `imports`. Their elements are called by the import's name
    /// and a point before their own; their inputs keep their name.
    ///
    /// # Errors
    /// As [`Decisions::parse_partly`], also for what is wrong with an imported model.
    pub fn parse_importing(xml: &str, imports: &[&str]) -> Result<(Decisions, Vec<Finding>), Vec<Finding>> {
        // The FEEL library may panic on an expression nobody tried before; that is a finding, not an outage.
        let loaded = catch_unwind(AssertUnwindSafe(|| load::load(xml, imports))).unwrap_or_else(|_| {
            Err(vec![Finding {
                line: 1,
                column: 1,
                message: "an expression of this model broke the FEEL library".to_owned(),
                help: "please report the model; simplify its latest change".to_owned(),
            }])
        });
        let (model, findings) = loaded?;
        let by_name = model
            .decisions
            .iter()
            .enumerate()
            .map(|(index, decision)| (decision.key.to_string(), index))
            .collect();
        let decisions = Decisions {
            model,
            by_name,
            lenient: false,
        };
        Ok((decisions, findings))
    }

    /// The same model, decided as the standard says: an expression inside which something fails goes on with null, and only a
    /// result that failed is an error. For the conformance suite, not for decisions about people.
    #[must_use]
    pub fn lenient(self) -> Decisions {
        Decisions { lenient: true, ..self }
    }

    /// Evaluates the decision or decision service called `decision` over `inputs`, an object with one entry per `inputData` name.
    ///
    /// Strings become dates, times and durations where the model declares such a type. Members a declared type does not
    /// have are left out, missing ones are null. Inputs the decision does not rest on are not looked at.
    ///
    /// # Errors
    /// [`DecisionError`] names what is wrong with the input, or which rule or expression failed.
    pub fn decide(&self, decision: &str, inputs: &serde_json::Value) -> Result<Outcome, DecisionError> {
        let called = || self.model.services.iter().find(|service| service.key == decision);
        let Some(&index) = self.by_name.get(decision) else {
            if let Some(service) = called() {
                return guarded(decision, || self.call(service, inputs));
            }
            return Err(DecisionError::UnknownDecision {
                name: decision.to_owned(),
                known: self.decision_names().join(", "),
            });
        };
        guarded(decision, || self.evaluate(index, inputs))
    }

    /// Names of all decisions, dependencies first.
    pub fn decision_names(&self) -> Vec<&str> {
        self.model
            .decisions
            .iter()
            .map(|decision| decision.key.as_str())
            .collect()
    }

    /// Names of what the decision called `name` requires: inputs, decisions, business knowledge models.
    pub fn required(&self, name: &str) -> Vec<&str> {
        let decision = self
            .by_name
            .get(name)
            .and_then(|&index| self.model.decisions.get(index));
        decision.map_or_else(Vec::new, |decision| decision.uses.iter().map(Text::as_str).collect())
    }

    /// Names of all inputs.
    pub fn input_names(&self) -> Vec<&str> {
        self.model.inputs.iter().map(|input| input.key.as_str()).collect()
    }

    /// Members of the input called `name`, when its declared type has members.
    pub fn input_members(&self, name: &str) -> Option<Vec<&str>> {
        match &self.model.inputs.iter().find(|input| input.key == name)?.ty.base {
            types::Base::Context(members, _) => Some(members.iter().map(|(name, _)| name.as_str()).collect()),
            _ => None,
        }
    }

    /// Members of the input or decision called `name`, or of what lies at `path` inside it; lists are looked through. `None` when
    /// there is no such thing, or its declared type has no members.
    pub fn members_at(&self, name: &str, path: &[&str]) -> Option<Vec<&str>> {
        match &self.type_at(name, path)?.base {
            types::Base::Context(members, _) => Some(members.iter().map(|(name, _)| name.as_str()).collect()),
            _ => None,
        }
    }

    /// The texts one of which the input or decision called `name`, or what lies at `path` inside it, always is; none when its declared
    /// type does not list them.
    pub fn texts_at(&self, name: &str, path: &[&str]) -> Vec<String> {
        let allowed = self.type_at(name, path).and_then(|ty| ty.allowed.as_ref());
        let listed = allowed.and_then(|allowed| allowed.tests.values()).unwrap_or_default();
        let texts = listed.into_iter().filter_map(|value| match value {
            value::Value::String(text) => Some(text.to_string()),
            _ => None,
        });
        texts.collect()
    }

    /// The declared type of the input or decision called `name`.
    pub fn shape(&self, name: &str) -> Option<Shape> {
        let inputs = self.model.inputs.iter().map(|input| (input.key.as_str(), &input.ty));
        let decision = || Some(&self.model.decisions.get(*self.by_name.get(name)?)?.ty);
        let input = inputs.into_iter().find(|(key, _)| *key == name).map(|(_, ty)| ty);
        input.or_else(decision).map(|ty| ty.shape())
    }

    /// The declared type of an input or decision, or of what lies at `path` inside it; lists are looked through.
    fn type_at(&self, name: &str, path: &[&str]) -> Option<&types::Type> {
        let input = self
            .model
            .inputs
            .iter()
            .find(|input| input.key == name)
            .map(|input| &input.ty);
        let decision = || {
            self.by_name
                .get(name)
                .and_then(|&index| self.model.decisions.get(index))
        };
        let mut ty: &types::Type = input.or_else(|| decision().map(|decision| &decision.ty))?;
        let mut steps = path.iter();
        loop {
            match &ty.base {
                types::Base::List(item) => ty = item,
                types::Base::Context(members, _) => match steps.next() {
                    Some(step) => {
                        ty = members
                            .iter()
                            .find(|(name, _)| name.as_str() == *step)
                            .map(|(_, ty)| ty)?
                    }
                    None => return Some(ty),
                },
                _ => return steps.next().is_none().then_some(ty),
            }
        }
    }

    fn call(&self, service: &load::Service, inputs: &serde_json::Value) -> Result<Outcome, DecisionError> {
        trace::start(1);
        watch::start(self.lenient);
        let mut arguments = Vec::with_capacity(service.parameters.len());
        for (key, ty) in &service.parameters {
            // What is called takes a list of one for its item (DMN 1.5, 10.3.2.9.4).
            arguments.push(
                match inputs.get(key).and_then(|json| json.as_array()).map(Vec::as_slice) {
                    Some([single]) if !matches!(ty.base, types::Base::List(_)) => json::from_json(single, ty, key)?,
                    _ => input(inputs, key, ty)?,
                },
            );
        }
        service.function.call(arguments)?;
        let explanation = Explanation {
            decisions: trace::finish(),
        };
        Ok(Outcome {
            value: explanation
                .decisions
                .last()
                .map(|step| step.value.clone())
                .unwrap_or_default(),
            explanation,
        })
    }

    fn evaluate(&self, index: usize, inputs: &serde_json::Value) -> Result<Outcome, DecisionError> {
        let Some(target) = self.model.decisions.get(index) else {
            return Err(DecisionError::Engine {
                decision: String::new(),
            });
        };
        trace::start(target.plan.decisions.len() + 1);
        watch::start(self.lenient);
        let mut env = env::Env::new(self.model.slots);
        for input in target
            .plan
            .inputs
            .iter()
            .filter_map(|&input| self.model.inputs.get(input))
        {
            env.set(input.slot, self::input(inputs, &input.key, &input.ty)?);
        }
        let mut result = Shown::default();
        for &step in target.plan.decisions.iter().chain([&index]) {
            if let Some(decision) = self.model.decisions.get(step) {
                result = decision.evaluate(&mut env)?;
            }
        }
        let explanation = Explanation {
            decisions: trace::finish(),
        };
        Ok(Outcome {
            value: result,
            explanation,
        })
    }
}

fn input(inputs: &serde_json::Value, key: &str, ty: &types::Type) -> Result<value::Value, DecisionError> {
    let json = inputs.get(key).ok_or_else(|| DecisionError::Input {
        path: key.to_owned(),
        message: format!("is missing; expected {ty}"),
    })?;
    json::from_json(json, ty, key)
}

/// The FEEL library may panic on what nobody tried before; that is an error, not an outage.
fn guarded(
    decision: &str,
    evaluate: impl FnOnce() -> Result<Outcome, DecisionError>,
) -> Result<Outcome, DecisionError> {
    cost::within(evaluate).unwrap_or_else(|stopped| {
        let decision = decision.to_owned();
        Err(match stopped {
            // A function that failed is not heard before the loop around it ends; it failed first.
            Stopped::Spent(what) => trace::failure().unwrap_or(DecisionError::Costly { decision, what }),
            Stopped::Broken => DecisionError::Engine { decision },
        })
    })
}
