//! Why a decision came out as it did: one [`Step`] per element evaluated, dependencies first.

use serde::{Deserialize, Serialize};

use crate::shown::{Shown, Text, Texts};

/// The value of a decision and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Result of the decision asked for. Dates and durations are ISO 8601 strings, integral numbers JSON integers.
    pub value: Shown,
    /// Every element evaluated on the way, dependencies first.
    pub explanation: Explanation,
}

/// Ordered account of a decision; same model and input give the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Steps in order of evaluation: a decision stands after everything it uses.
    pub decisions: Vec<Step>,
}

/// One evaluated decision or business knowledge model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Name of the decision or business knowledge model.
    pub name: Text,
    /// Its label for people, when the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    /// What kind of expression gave the value.
    pub kind: Kind,
    /// Hit policy, for decision tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit_policy: Option<HitPolicy>,
    /// Input expressions of a decision table with their values, in column order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputValue>,
    /// The rules that matched, in the order of the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// How many rules of the table did not match (or, with FIRST, were not reached).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unmatched: usize,
    /// No rule matched and the table's default output was taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default_output: bool,
    /// Result of this step.
    pub value: Shown,
    /// Names of the decisions, inputs and business knowledge models this step requires, in the order of the model.
    #[serde(default, skip_serializing_if = "texts_are_empty")]
    pub uses: Texts,
}

fn text_is_empty(text: &Text) -> bool {
    text.is_empty()
}

fn texts_are_empty(texts: &Texts) -> bool {
    texts.is_empty()
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Kind of boxed expression a step evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Decision table.
    Table,
    /// Literal FEEL expression.
    Literal,
    /// Boxed context.
    Context,
    /// Boxed invocation of a business knowledge model.
    Invocation,
    /// Boxed list.
    List,
    /// Boxed relation.
    Relation,
    /// Boxed conditional (DMN 1.4).
    Conditional,
    /// Boxed `for`, `some` or `every` (DMN 1.4).
    Iteration,
    /// Boxed filter (DMN 1.4).
    Filter,
    /// Boxed function.
    Function,
    /// Decision service.
    Service,
}

/// Hit policy of a decision table (DMN 1.5, 8.2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HitPolicy {
    /// At most one rule may match.
    Unique,
    /// The first matching rule in table order.
    First,
    /// The matching rule whose output stands first in the list of output values.
    Priority,
    /// Several rules may match if all give the same output.
    Any,
    /// All outputs as a list, in no meaningful order (here: table order).
    Collect,
    /// Sum of the outputs.
    CollectSum,
    /// Smallest output.
    CollectMin,
    /// Largest output.
    CollectMax,
    /// Number of matching rules.
    CollectCount,
    /// All outputs in table order.
    RuleOrder,
    /// All outputs in the order of the output values.
    OutputOrder,
}

/// One input column and its value in this evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputValue {
    /// The FEEL expression of the column.
    pub expression: Text,
    /// Its value.
    pub value: Shown,
}

/// A rule of a decision table that matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Row in the table, from 1.
    pub index: usize,
    /// Id of the rule in the DMN file; empty when it has none.
    #[serde(default, skip_serializing_if = "text_is_empty")]
    pub id: Text,
    /// True when this rule gave (part of) the result; false when it matched too, but the hit policy took another.
    pub applied: bool,
    /// The conditions of the row as written, one per input column ("-" for any).
    #[serde(default, skip_serializing_if = "texts_are_empty")]
    pub conditions: Texts,
    /// Values of the output columns, in column order.
    pub outputs: Vec<OutputValue>,
    /// Annotation "Rechtsgrundlage", placeholders filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<Text>,
    /// Annotation "Begründung", placeholders filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// Annotation "Leichte Sprache", placeholders filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leicht: Option<Text>,
}

/// One output column of a matched rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputValue {
    /// Name of the output; of the decision when the table has one unnamed output.
    pub name: Text,
    /// Its value.
    pub value: Shown,
}

impl Explanation {
    /// Reasons of all rules that gave a result, in order of evaluation, each once.
    pub fn reasons(&self) -> Vec<&str> {
        self.texts(|rule| rule.reason.as_deref())
    }

    /// The same in Leichte Sprache.
    pub fn leicht(&self) -> Vec<&str> {
        self.texts(|rule| rule.leicht.as_deref())
    }

    /// Legal bases of all rules that gave a result, in order of evaluation, each once.
    pub fn legal_bases(&self) -> Vec<&str> {
        self.texts(|rule| rule.legal_basis.as_deref())
    }

    /// The step of the decision or business knowledge model called `name`.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.decisions.iter().find(|step| step.name == name)
    }

    fn texts<'a>(&'a self, pick: impl Fn(&'a Rule) -> Option<&'a str>) -> Vec<&'a str> {
        let mut texts: Vec<&str> = Vec::new();
        for rule in self
            .decisions
            .iter()
            .flat_map(|step| &step.rules)
            .filter(|rule| rule.applied)
        {
            if let Some(text) = pick(rule)
                && !text.is_empty()
                && !texts.contains(&text)
            {
                texts.push(text);
            }
        }
        texts
    }
}
