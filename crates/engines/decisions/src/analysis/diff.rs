//! What a new version of a model decides otherwise.

use super::bits::Bits;
use super::grid::Grid;
use super::{Condition, NotAnalysed, constants};
use crate::Decisions;
use crate::feel::not_in_word;
use crate::function::Function;
use crate::logic::Logic;
use crate::table::{Table, Verdict as Hit};
use crate::types::{Base, Type};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Most examples that are given for one decision.
const MOST_EXAMPLES: usize = 20;

/// What two versions of a model do with one decision or business knowledge model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// What was found.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Whether two versions of an element decide alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Only the new version has it.
    Added,
    /// Only the old version had it.
    Removed,
    /// Types it declares or names are others: of an input its own, of an element those of its result, its columns, its entries. What
    /// else is different about it is a change of its own.
    Types {
        /// Names of the types; of an input its own name.
        names: Vec<String>,
    },
    /// It is written alike, but rests on something that is not.
    RestsOnChanged {
        /// The elements it rests on that are not alike.
        on: Vec<String>,
    },
    /// A decision table, compared rule by rule over all inputs.
    Table {
        /// Inputs it decides otherwise. Without any, and without `not_analysed` and `gave_up`, both decide alike.
        differences: Vec<Difference>,
        /// There are more differences than are listed.
        more: bool,
        /// Cells of the old table that cannot be analysed; differences that hang on them are not told.
        not_analysed_old: Vec<NotAnalysed>,
        /// Cells of the new table.
        not_analysed_new: Vec<NotAnalysed>,
        /// The tables are too large to be compared to the end.
        gave_up: bool,
    },
    /// The logic is written otherwise. Whether it means something else cannot be told exactly; see the tried inputs.
    Written {
        /// The logic of the old version, without layout.
        old: String,
        /// The logic of the new version.
        new: String,
    },
}

/// Inputs that are decided otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Every column of both tables; the examples together are one input.
    pub inputs: Vec<Condition>,
    /// What the old version gives.
    pub old: Side,
    /// What the new version gives.
    pub new: Side,
}

/// What one version gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "gives", rename_all = "snake_case")]
pub enum Side {
    /// The value.
    Value {
        /// The value.
        value: Json,
        /// Rows of the rules that match, from 1.
        rules: Vec<usize>,
    },
    /// Outputs that are computed, as written: one text for each output of each rule.
    Computed {
        /// The expressions.
        expressions: Vec<String>,
        /// Rows of the rules that match, from 1.
        rules: Vec<usize>,
    },
    /// No rule matches, or several that contradict each other.
    Error {
        /// What is wrong.
        message: String,
        /// Rows of the rules that match, from 1.
        rules: Vec<usize>,
    },
}

/// Values, expressions and errors never mean the same.
type Meaning = (u8, String);

impl Side {
    /// What it comes to, without the rules that lead there.
    fn meaning(&self) -> Meaning {
        match self {
            Side::Value { value, .. } => (0, value.to_string()),
            Side::Computed { expressions, .. } => (1, format!("{expressions:?}")),
            Side::Error { .. } => (2, String::new()),
        }
    }
}

impl Verdict {
    /// Whether both versions are known to decide alike.
    pub fn is_alike(&self) -> bool {
        matches!(self, Verdict::Table { differences, more: false, not_analysed_old, not_analysed_new, gave_up: false }
            if differences.is_empty() && not_analysed_old.is_empty() && not_analysed_new.is_empty())
    }
}

/// Compares two versions of a model, element by element, dependencies first. Elements that are written alike and rest on nothing
/// that changed are left out.
pub fn diff(old: &Decisions, new: &Decisions) -> Vec<Change> {
    let (before, after) = (elements(old), elements(new));
    let mut changes: Vec<Change> = Vec::new();
    for (name, element) in &after {
        let Some((_, earlier)) = before.iter().find(|(other, _)| other == name) else {
            // An input matters where something names it, which is then written otherwise.
            if element.logic.is_some() {
                changes.push(Change::new(name, Verdict::Added));
            }
            continue;
        };
        let others = element.types.iter();
        let others = others.filter(|(name, digest)| earlier.types.get(*name).is_some_and(|old| old != *digest));
        let names: Vec<String> = others.map(|(name, _)| name.clone()).collect();
        if !names.is_empty() {
            changes.push(Change::new(name, Verdict::Types { names }));
        }
        let same = element.source == earlier.source;
        let changed = |used: &&String| {
            let mut known = changes.iter();
            known.any(|change| change.name == **used && !change.verdict.is_alike())
        };
        let on: Vec<String> = element.uses.iter().filter(changed).cloned().collect();
        let verdict = match (earlier.logic, element.logic) {
            _ if same && on.is_empty() => continue,
            _ if same => Verdict::RestsOnChanged { on },
            (Some(Logic::Table(old)), Some(Logic::Table(new))) => tables(old, new),
            _ => Verdict::Written {
                old: earlier.source.to_owned(),
                new: element.source.to_owned(),
            },
        };
        changes.push(Change::new(name, verdict));
    }
    for (name, _) in before.iter().filter(|(_, element)| element.logic.is_some()) {
        if !after.iter().any(|(other, _)| other == name) {
            changes.push(Change::new(name, Verdict::Removed));
        }
    }
    changes
}

impl Change {
    fn new(name: &str, verdict: Verdict) -> Change {
        Change {
            name: name.to_owned(),
            verdict,
        }
    }
}

struct Element<'m> {
    /// None of an input.
    logic: Option<&'m Logic>,
    source: &'m str,
    /// Digests of the types it names.
    types: BTreeMap<String, u64>,
    uses: Vec<String>,
}

/// Inputs, functions, services and decisions of a model, in this order.
fn elements(decisions: &Decisions) -> Vec<(String, Element<'_>)> {
    let model = &decisions.model;
    let named: Vec<_> = model.types.iter().flat_map(|types| types.named()).collect();
    // A type is named by a typeRef, which is part of the source, or in FEEL.
    let types = |source: &str| {
        let words: HashSet<&str> = source.split(not_in_word).collect();
        let within = |name: &str| {
            name.split(not_in_word)
                .all(|word| word.is_empty() || words.contains(word))
        };
        let named = named.iter().filter(|(name, _)| within(name));
        named.map(|(name, ty)| ((*name).clone(), digest(ty))).collect()
    };
    let inputs = model.inputs.iter().map(|input| {
        let element = Element {
            logic: None,
            source: "",
            types: BTreeMap::from([(input.key.clone(), digest(&input.ty))]),
            uses: vec![],
        };
        (input.key.clone(), element)
    });
    let source = |name: &str| {
        model
            .source
            .get(name)
            .map(|source| source.logic.as_str())
            .unwrap_or_default()
    };
    let services = model.services.iter().map(|service| &service.function);
    let functions = model.functions.iter().chain(services).map(|function: &Arc<Function>| {
        let element = Element {
            logic: Some(&function.body),
            source: source(&function.name),
            types: types(source(&function.name)),
            uses: function.uses.iter().map(ToString::to_string).collect(),
        };
        (function.name.to_string(), element)
    });
    let decisions = model.decisions.iter().map(|decision| {
        let element = Element {
            logic: Some(&decision.logic),
            source: source(&decision.key),
            types: types(source(&decision.key)),
            uses: decision.uses.iter().map(ToString::to_string).collect(),
        };
        (decision.key.to_string(), element)
    });
    inputs.chain(functions).chain(decisions).collect()
}

/// What a type says, in a number: its shape, and the values it allows as they are written.
fn digest(ty: &Type) -> u64 {
    fn write(ty: &Type, digest: &mut DefaultHasher) {
        std::mem::discriminant(&ty.base).hash(digest);
        match &ty.base {
            Base::Context(members, _) => {
                let mut members: Vec<_> = members.iter().map(|(name, ty)| (name.as_str(), ty)).collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                members.len().hash(digest);
                for (name, ty) in members {
                    name.hash(digest);
                    write(ty, digest);
                }
            }
            Base::List(item) => write(item, digest),
            // Functions are known to the library only.
            Base::Any => ty.feel.to_string().hash(digest),
            _ => {}
        }
        let allowed = ty.allowed.as_ref();
        let allowed = allowed.map(|allowed| (allowed.items, allowed.text.split_whitespace().collect::<Vec<_>>()));
        allowed.hash(digest);
    }
    let mut digest = DefaultHasher::new();
    write(ty, &mut digest);
    digest.finish()
}

fn tables(old: &Table, new: &Table) -> Verdict {
    let mut not_analysed = Vec::new();
    let grid = Grid::new(&[old, new], &BTreeSet::new(), &mut not_analysed);
    let (first, count) = (old.rules.len(), old.rules.len() + new.rules.len());
    let mut found: BTreeMap<(Meaning, Meaning), Difference> = BTreeMap::new();
    let mut order = Vec::new();
    let finished = grid.regions(|region, certain, possible| {
        if certain != possible || order.len() > MOST_EXAMPLES {
            return;
        }
        let side = |table, number, range| match grid.takes(number, certain) {
            true => side(table, certain, range),
            false => Side::Error {
                message: "a value is not allowed".to_owned(),
                rules: vec![],
            },
        };
        let (one, other) = (side(old, 0, 0..first), side(new, 1, first..count));
        let key = (one.meaning(), other.meaning());
        if key.0 == key.1 || found.contains_key(&key) {
            return;
        }
        let difference = Difference {
            inputs: grid.conditions(region),
            old: one,
            new: other,
        };
        order.push(key.clone());
        found.insert(key, difference);
    });
    let more = order.len() > MOST_EXAMPLES;
    let differences = order
        .into_iter()
        .take(MOST_EXAMPLES)
        .filter_map(|key| found.remove(&key));
    let differences = differences.collect();
    let (mut earlier, mut later) = (Vec::new(), Vec::new());
    for cell in not_analysed {
        match cell.rule.checked_sub(first) {
            None | Some(0) => earlier.push(cell),
            Some(rule) => later.push(NotAnalysed { rule, ..cell }),
        }
    }
    Verdict::Table {
        differences,
        more,
        not_analysed_old: earlier,
        not_analysed_new: later,
        gave_up: !finished,
    }
}

/// What a table gives where exactly the rules in `matching` match, of which its own are those in `range`.
fn side(table: &Table, matching: &Bits, range: std::ops::Range<usize>) -> Side {
    let rows: Vec<usize> = matching
        .iter()
        .filter(|rule| range.contains(rule))
        .map(|rule| rule - range.start)
        .collect();
    let rules: Vec<usize> = rows.iter().map(|row| row + 1).collect();
    let mut hits = Vec::new();
    let mut computed = Vec::new();
    for &row in &rows {
        let Some(rule) = table.rules.get(row) else { continue };
        match constants(rule) {
            Some(outputs) => hits.push((row, outputs)),
            None => computed.extend(rule.outputs.iter().map(|(text, _)| text.clone())),
        }
        if table.policy == crate::HitPolicy::First {
            break;
        }
    }
    if !computed.is_empty() {
        for (_, outputs) in hits {
            computed.extend(outputs.iter().map(crate::values::feel));
        }
        return Side::Computed {
            expressions: computed,
            rules,
        };
    }
    match table.verdict(hits) {
        Hit::Value(value) => match crate::json::to_json(&value) {
            Ok(value) => Side::Value { value, rules },
            Err(message) => Side::Error { message, rules },
        },
        Hit::Default(texts) => Side::Computed {
            expressions: texts,
            rules,
        },
        Hit::Error(message) => Side::Error { message, rules },
    }
}
