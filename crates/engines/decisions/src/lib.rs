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
mod ast;
mod boxed;
mod builtin;
mod compile;
mod definitions;
mod env;
mod error;
mod explanation;
mod feel;
mod finding;
mod json;
mod library;
mod load;
mod logic;
mod native;
mod number;
mod shown;
mod table;
mod test;
mod text;
mod trace;
mod types;
mod value;
mod values;
mod xml;

pub use error::DecisionError;
pub use explanation::{Explanation, HitPolicy, InputValue, Kind, Outcome, OutputValue, Rule, Step};
pub use finding::Finding;
pub use shown::{Shown, Text, Texts};

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A loaded DMN model, ready to decide; every expression is parsed once, at load.
pub struct Decisions {
    model: load::Model,
    by_name: HashMap<String, usize>,
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
        // The FEEL library may panic on an expression nobody tried before; that is a finding, not an outage.
        let loaded = catch_unwind(AssertUnwindSafe(|| load::load(xml))).unwrap_or_else(|_| {
            Err(vec![Finding {
                line: 1,
                column: 1,
                message: "an expression of this model broke the FEEL library".to_owned(),
                help: "please report the model; simplify its latest change".to_owned(),
            }])
        });
        let model = loaded?;
        let by_name = model
            .decisions
            .iter()
            .enumerate()
            .map(|(index, decision)| (decision.key.to_string(), index))
            .collect();
        Ok(Decisions { model, by_name })
    }

    /// Evaluates the decision called `decision` over `inputs`, an object with one entry per `inputData` name.
    ///
    /// Strings become dates, times and durations where the model declares such a type. Members a declared type does not
    /// have are left out, missing ones are null. Inputs the decision does not rest on are not looked at.
    ///
    /// # Errors
    /// [`DecisionError`] names what is wrong with the input, or which rule or expression failed.
    pub fn decide(&self, decision: &str, inputs: &serde_json::Value) -> Result<Outcome, DecisionError> {
        let Some(&index) = self.by_name.get(decision) else {
            return Err(DecisionError::UnknownDecision {
                name: decision.to_owned(),
                known: self.decision_names().join(", "),
            });
        };
        catch_unwind(AssertUnwindSafe(|| self.evaluate(index, inputs))).unwrap_or_else(|_| {
            Err(DecisionError::Engine {
                decision: decision.to_owned(),
            })
        })
    }

    /// Names of all decisions, dependencies first.
    pub fn decision_names(&self) -> Vec<&str> {
        self.model
            .decisions
            .iter()
            .map(|decision| decision.key.as_str())
            .collect()
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

    fn evaluate(&self, index: usize, inputs: &serde_json::Value) -> Result<Outcome, DecisionError> {
        let Some(target) = self.model.decisions.get(index) else {
            return Err(DecisionError::Engine {
                decision: String::new(),
            });
        };
        trace::start(target.plan.decisions.len() + 1);
        let mut env = env::Env::new(self.model.slots);
        for input in target
            .plan
            .inputs
            .iter()
            .filter_map(|&input| self.model.inputs.get(input))
        {
            let json = inputs.get(&input.key).ok_or_else(|| DecisionError::Input {
                path: input.key.as_str().to_owned(),
                message: format!("is missing; expected {}", input.ty),
            })?;
            env.set(input.slot, json::from_json(json, &input.ty, &input.key)?);
        }
        let mut result = Shown::default();
        for &step in target.plan.decisions.iter().chain([&index]) {
            let Some(decision) = self.model.decisions.get(step) else {
                continue;
            };
            let (value, details) = decision.logic.evaluate(&decision.key, &mut env)?;
            let value = decision.ty.coerce(value).map_err(|message| DecisionError::Type {
                decision: decision.key.to_string(),
                message: format!("result: {message}"),
            })?;
            result = details.record(&decision.key, decision.label.as_ref(), &value, &decision.uses)?;
            env.set(decision.slot, value);
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
