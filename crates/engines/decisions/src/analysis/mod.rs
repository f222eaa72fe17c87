//! Tools for authors: what a decision table leaves open, where its rules contradict each other, and what a new version of a
//! model decides otherwise.
//!
//! Columns are looked at as if each could hold any value of its type, whatever the others hold. That is so of columns that read
//! inputs; others may depend on each other, and what hangs on them is said to be possible only. A column has a type where it reads
//! inputs, decisions or parameters that have one; of others all that is known is what they are compared with, so that they may hold
//! values of another kind (lists of allowed values apart). Cells that compare with literals
//! are analysed exactly; others are named and never guessed about.

mod bits;
mod diff;
mod domain;
mod grid;
#[cfg(test)]
mod small_models;
#[cfg(test)]
mod tests;
mod tried;

pub use diff::{Change, Difference, Side, Verdict, diff};
pub use tried::{Example, Tried, try_inputs};

use crate::Decisions;
use crate::explanation::HitPolicy;
use crate::feel::{Expr, not_in_word};
use crate::load::{Source, mentions};
use crate::logic::{Entry, Logic};
use crate::shown::Text;
use crate::table::{Output, Row, Table};
use crate::types::{Base, Type};
use crate::value::Value;
use bits::Bits;
use grid::Grid;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Most gaps that are told of one table: of ordinary values, and of others.
const MOST_GAPS: usize = 50;
/// Most pairs of rules that are told of one table: of those an application can reach, and of others.
const MOST_OVERLAPS: usize = 50;
/// Most unused things that are told of a model.
const MOST_UNUSED: usize = 1_000;
/// Most bytes that are searched for names of several words, a fraction of a second.
const MAX_SEARCHED: usize = 512 << 20;

/// What stands out in a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Every decision table, in the order of evaluation.
    pub tables: Vec<TableCheck>,
    /// Inputs, members of inputs and requirements that no expression of the model names.
    pub unused: Vec<Unused>,
    /// There are more than are listed.
    pub more_unused: bool,
}

/// What stands out in a decision table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableCheck {
    /// Name of the decision or business knowledge model; for tables inside others with the path.
    pub name: String,
    /// Its hit policy.
    pub hit_policy: HitPolicy,
    /// Line of the file where it begins.
    pub line: u32,
    /// Number of rules.
    pub rules: usize,
    /// Inputs for which no rule matches, though the hit policy wants one and there is no default output.
    pub gaps: Vec<Gap>,
    /// There are more gaps than are listed.
    pub more_gaps: bool,
    /// Pairs of rules that both match although the hit policy forbids it.
    pub overlaps: Vec<Overlap>,
    /// There are more pairs than are listed.
    pub more_overlaps: bool,
    /// Rules that never give the result.
    pub unreachable: Vec<Unreachable>,
    /// Columns no rule looks at.
    pub unused_columns: Vec<String>,
    /// Cells nothing can be said about; gaps, overlaps and unreachable rules are told only where they do not matter.
    pub not_analysed: Vec<NotAnalysed>,
    /// The table is too large to be searched to the end; what is listed is right, but something may be missing.
    pub gave_up: bool,
}

/// A cell, or a whole column, that cannot be analysed exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotAnalysed {
    /// Row of the table, from 1; 0 for the column.
    pub rule: usize,
    /// Expression of the column.
    pub column: String,
    /// Why not.
    pub why: Why,
}

/// Why a cell cannot be analysed exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It compares with more than literals: other inputs, functions, the value itself in a condition.
    NotLiteral,
    /// The column compares with values of several kinds, and its type is not declared.
    SeveralKinds,
    /// The column holds lists or contexts.
    Composite,
    /// The allowed values of the column are not literals.
    AllowedNotLiteral,
    /// The literals of the column are not ordered among each other, such as times with and without time zone.
    NotOrdered,
    /// The column has too many rules that compare with too many values.
    TooLarge,
    /// The expression of the column may fail, and only one version has it.
    MayFail,
}

/// What a column holds in a region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// Expression of the column.
    pub expression: String,
    /// All values of the region, as a cell would be written; `-` when it is all of them.
    pub values: String,
    /// One of them, as FEEL writes it; none where any value will do.
    pub example: Option<String>,
    /// The same as JSON; null where any value will do.
    pub json: serde_json::Value,
}

/// Inputs for which no rule matches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// Every column, in the order of the table.
    pub inputs: Vec<Condition>,
    /// What kind of values it takes to come here.
    pub kind: GapKind,
    /// Every column that matters reads an input of the model, each another one, so that an application can come here. Other columns
    /// may never hold these values.
    pub direct: bool,
}

/// What kind of values a gap consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Ordinary values.
    Values,
    /// Numbers between two whole ones that follow each other. FEEL has no type for whole numbers; often there are no others.
    Fractions,
    /// Some column holds no value (null).
    Missing,
    /// Some column, whose type is not declared, holds a value of another kind than all it is compared with.
    OtherKind,
}

/// Two rules that match the same input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overlap {
    /// Row of the first rule, from 1.
    pub first: usize,
    /// Row of the second rule.
    pub second: usize,
    /// Line of the file where the second rule begins.
    pub line: u32,
    /// Where both match, every column in the order of the table.
    pub inputs: Vec<Condition>,
    /// Every column that matters reads an input of the model, each another one, so that an application can come here. Other columns
    /// may never hold these values together.
    pub direct: bool,
}

/// A rule that never gives the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreachable {
    /// Row of the rule, from 1.
    pub rule: usize,
    /// Line of the file where it begins.
    pub line: u32,
    /// The column none of whose values its cell admits; none when other rules always come first.
    pub column: Option<String>,
}

/// Something of the model no expression names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unused {
    /// No decision requires this input.
    Input {
        /// Its name.
        name: String,
    },
    /// No expression names this member of an input.
    Member {
        /// Path of the member, such as `antrag.rasse`.
        path: String,
    },
    /// An element requires another one, but does not name it.
    Requirement {
        /// The element that requires.
        name: String,
        /// What it requires.
        required: String,
    },
}

impl Check {
    /// Whether no table has anything that [`TableCheck::is_sound`] objects to.
    pub fn is_sound(&self) -> bool {
        self.tables.iter().all(TableCheck::is_sound)
    }
}

impl TableCheck {
    /// Whether there is no unreachable rule, no overlap that an application can reach, and no gap it can reach with ordinary values.
    pub fn is_sound(&self) -> bool {
        let overlaps = self.overlaps.iter().any(|overlap| overlap.direct);
        !overlaps && self.unreachable.is_empty() && !self.gaps.iter().any(Gap::is_reached)
    }
}

impl Gap {
    /// Whether an application can come here, without a missing value.
    pub fn is_reached(&self) -> bool {
        self.direct && self.kind == GapKind::Values
    }
}

impl Decisions {
    /// Looks for gaps, overlaps, unreachable rules and unused inputs.
    pub fn check(&self) -> Check {
        let mut tables = Vec::new();
        for decision in &self.model.decisions {
            collect(&decision.key, &decision.logic, &mut tables);
        }
        let inputs: BTreeSet<usize> = self.model.inputs.iter().map(|input| input.slot).collect();
        let none = BTreeSet::new();
        let mut checks: Vec<TableCheck> = tables
            .into_iter()
            .map(|(name, table)| check_table(name, table, &inputs))
            .collect();
        for function in &self.model.functions {
            // A function has slots of its own; what it reads are its parameters.
            let mut inside = Vec::new();
            collect(&function.name, &function.body, &mut inside);
            checks.extend(inside.into_iter().map(|(name, table)| check_table(name, table, &none)));
        }
        let (unused, more_unused) = self.unused();
        Check {
            tables: checks,
            unused,
            more_unused,
        }
    }

    /// What is unused, and whether there is more than is told.
    fn unused(&self) -> (Vec<Unused>, bool) {
        let model = &self.model;
        let decisions = model.decisions.iter().map(|decision| &decision.uses);
        let functions = model.functions.iter().map(|function| &function.uses);
        let required: HashSet<&str> = decisions.chain(functions).flatten().map(Text::as_str).collect();
        let mut unused = Vec::new();
        let mut named = Named::new(model.source.values());
        for input in &model.inputs {
            if required.contains(input.key.as_str()) {
                members(&input.key, &input.ty, &mut named, &mut unused);
            } else {
                unused.push(Unused::Input {
                    name: input.key.clone(),
                });
            }
        }
        let requirements = model.unnamed.iter().map(|(name, required)| Unused::Requirement {
            name: name.clone(),
            required: required.clone(),
        });
        unused.extend(requirements);
        let more = unused.len() > MOST_UNUSED;
        unused.truncate(MOST_UNUSED);
        (unused, more)
    }
}

/// Which names the sources of a model mention; each is looked for once.
struct Named<'m> {
    sources: Vec<&'m Source>,
    words: HashSet<&'m str>,
    /// Names of several words, and whether they are mentioned.
    known: HashMap<String, bool>,
    /// Bytes that may still be searched for names of several words.
    left: usize,
    /// Ids of types all of whose members are mentioned.
    whole: HashSet<u64>,
}

impl<'m> Named<'m> {
    fn new(sources: impl Iterator<Item = &'m Source>) -> Named<'m> {
        let sources: Vec<&Source> = sources.collect();
        let texts = sources.iter().flat_map(|source| [&source.logic, &source.annotations]);
        Named {
            words: texts.flat_map(|text| text.split(not_in_word)).collect(),
            sources,
            known: HashMap::new(),
            left: MAX_SEARCHED,
            whole: HashSet::new(),
        }
    }

    /// Whether something mentions the name, as far as it was looked for: what was not counts as mentioned.
    fn has(&mut self, name: &str) -> bool {
        if !name
            .split(not_in_word)
            .all(|word| word.is_empty() || self.words.contains(word))
        {
            return false;
        }
        if !name.contains(not_in_word) {
            return true;
        }
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let mut found = false;
        for source in &self.sources {
            let length = source.logic.len() + source.annotations.len();
            let Some(left) = self.left.checked_sub(length) else {
                return true;
            };
            self.left = left;
            found = mentions(&source.logic, name) || mentions(&source.annotations, name);
            if found {
                break;
            }
        }
        self.known.insert(name.to_owned(), found);
        found
    }
}

/// Members of a context that nothing names, also inside lists and other contexts, with their paths.
fn members(path: &str, ty: &Type, named: &mut Named, unused: &mut Vec<Unused>) {
    match &ty.base {
        Base::List(item) => members(path, item, named, unused),
        Base::Context(inside, _) if !named.whole.contains(&ty.id) => {
            let before = unused.len();
            for (name, ty) in inside {
                // One more than is told is enough to know that there is more.
                if unused.len() > MOST_UNUSED {
                    return;
                }
                let named_here = named.has(name.as_str());
                if named_here && !matches!(ty.base, Base::List(_) | Base::Context(..)) {
                    continue;
                }
                let path = format!("{path}.{name}");
                if !named_here {
                    unused.push(Unused::Member { path: path.clone() });
                }
                members(&path, ty, named, unused);
            }
            if unused.len() == before {
                named.whole.insert(ty.id);
            }
        }
        _ => {}
    }
}

/// The tables of a boxed expression.
fn collect<'m>(name: &str, logic: &'m Logic, tables: &mut Vec<(String, &'m Table)>) {
    let part = |part: &str| format!("{name}.{part}");
    match logic {
        Logic::Table(table) => tables.push((name.to_owned(), table)),
        Logic::Context { entries, result, .. } => {
            for Entry { name, logic, .. } in entries {
                collect(&part(name.as_str()), logic, tables);
            }
            if let Some(result) = result {
                collect(&part("result"), result, tables);
            }
        }
        Logic::Invocation { function, bindings } => {
            for (place, logic) in bindings {
                let parameter = function.parameters.get(*place).map(|(name, _)| name.as_str());
                collect(&part(parameter.unwrap_or_default()), logic, tables);
            }
        }
        Logic::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(&part(&(index + 1).to_string()), item, tables);
            }
        }
        Logic::Relation { columns, rows, .. } => {
            for row in rows {
                for (column, cell) in columns.iter().zip(row) {
                    collect(&part(column.as_str()), cell, tables);
                }
            }
        }
        Logic::Conditional { condition, yes, no } => {
            collect(&part("if"), condition, tables);
            collect(&part("then"), yes, tables);
            collect(&part("else"), no, tables);
        }
        Logic::Iteration { list, body, .. } => {
            collect(&part("in"), list, tables);
            collect(&part("body"), body, tables);
        }
        Logic::Lambda(lambda) => collect(&part("body"), &lambda.body, tables),
        Logic::Literal { .. } | Logic::Service { .. } | Logic::Broken(_) => {}
    }
}

fn check_table(name: String, table: &Table, inputs: &BTreeSet<usize>) -> TableCheck {
    use HitPolicy as P;
    let mut not_analysed = Vec::new();
    let grid = Grid::new(&[(table, inputs)], &mut not_analysed);
    let mut check = TableCheck {
        name,
        hit_policy: table.policy,
        line: table.line,
        rules: table.rules.len(),
        gaps: vec![],
        more_gaps: false,
        overlaps: vec![],
        more_overlaps: false,
        unreachable: vec![],
        unused_columns: vec![],
        not_analysed,
        gave_up: false,
    };
    let wants_rule = !matches!(
        table.policy,
        P::Collect | P::RuleOrder | P::OutputOrder | P::CollectCount
    );
    if wants_rule && !table.outputs.iter().any(|output| output.default.is_some()) {
        let found = grid.gaps(MOST_GAPS);
        check.more_gaps = found.more;
        check.gave_up |= found.gave_up;
        let gaps = found.regions.iter().map(|region| Gap {
            inputs: grid.conditions(region),
            kind: grid.kind(region),
            direct: grid.is_direct(region),
        });
        check.gaps = gaps.collect();
    }
    let outputs: Vec<Option<Vec<Value>>> = table.rules.iter().map(constants).collect();
    let clashes = |first: usize, second: usize| match (outputs.get(first), outputs.get(second)) {
        (Some(Some(one)), Some(Some(other))) => !same(one, other),
        _ => false,
    };
    let rules = table.rules.iter().enumerate();
    let together: Vec<(usize, &Row)> = match table.policy {
        P::Unique => rules.collect(),
        // Outputs that are computed may be equal all the same.
        P::Any => rules
            .filter(|(rule, _)| matches!(outputs.get(*rule), Some(Some(_))))
            .collect(),
        _ => vec![],
    };
    'pairs: for (index, &(first, _)) in together.iter().enumerate() {
        for &(second, other) in together.iter().skip(index + 1) {
            if !grid.spend(1 + grid.size() / 64) {
                check.gave_up = true;
                break 'pairs;
            }
            if table.policy == P::Any && !clashes(first, second) {
                continue;
            }
            let Some(region) = grid.common(first, second) else {
                continue;
            };
            let direct = grid.is_direct(&region);
            // Those that may never come must not crowd out those that can.
            let alike = check.overlaps.iter().filter(|overlap| overlap.direct == direct);
            if alike.count() >= MOST_OVERLAPS {
                check.more_overlaps = true;
                if direct {
                    break 'pairs;
                }
                continue;
            }
            check.overlaps.push(Overlap {
                first: first + 1,
                second: second + 1,
                line: other.line,
                inputs: grid.conditions(&region),
                direct,
            });
        }
    }
    for (rule, row) in table.rules.iter().enumerate() {
        if let Some(column) = grid.impossible(rule) {
            check.unreachable.push(Unreachable {
                rule: rule + 1,
                line: row.line,
                column: Some(column.expression.clone()),
            });
        }
    }
    let possible: Vec<bool> = (0..table.rules.len())
        .map(|rule| grid.impossible(rule).is_none())
        .collect();
    let (order, complete) = precedence(table, &outputs, &grid);
    check.gave_up |= !complete;
    let mut before = Bits::none(table.rules.len());
    for rule in order {
        let covered = match possible.get(rule) {
            Some(true) => grid.covers(&before, rule),
            _ => Some(false),
        };
        before.set(rule);
        check.gave_up |= covered.is_none();
        if let (Some(true), Some(row)) = (covered, table.rules.get(rule)) {
            check.unreachable.push(Unreachable {
                rule: rule + 1,
                line: row.line,
                column: None,
            });
        }
    }
    check.unreachable.sort_by_key(|found| found.rule);
    for (index, input) in table.inputs.iter().enumerate() {
        let mut cells = table.rules.iter().filter_map(|rule| rule.conditions.get(index));
        if !table.rules.is_empty() && cells.all(|cell| matches!(cell, crate::test::Tests::Any)) {
            check.unused_columns.push(input.text.to_string());
        }
    }
    check
}

/// The rules in the order in which one comes before the other where both match, as far as it is known; empty where the hit policy
/// knows none. False when there was too much to compare.
fn precedence(table: &Table, outputs: &[Option<Vec<Value>>], grid: &Grid) -> (Vec<usize>, bool) {
    match table.policy {
        HitPolicy::First => ((0..table.rules.len()).collect(), true),
        HitPolicy::Priority => {
            let mut ranked = Vec::new();
            let compared: usize = table.outputs.iter().map(|output| 1 + output.order.len()).sum();
            for (rule, outputs) in outputs.iter().enumerate() {
                // A computed output may stand anywhere in the order.
                let Some(outputs) = outputs else { continue };
                if !grid.spend(compared) {
                    return (vec![], false);
                }
                let pairs = table.outputs.iter().zip(outputs);
                let rank = |(output, value): (&Output, &Value)| {
                    let mut order = output.order.iter();
                    let place = order.position(|candidate| candidate.identical(value));
                    place.unwrap_or(usize::MAX)
                };
                ranked.push((pairs.map(rank).collect::<Vec<_>>(), rule));
            }
            ranked.sort_unstable();
            (ranked.into_iter().map(|(_, rule)| rule).collect(), true)
        }
        _ => (vec![], true),
    }
}

/// The outputs of a rule, when all are literals.
fn constants(rule: &Row) -> Option<Vec<Value>> {
    let outputs = rule.outputs.iter().map(|(_, expression)| match expression {
        Expr::Constant(value) => Some(value.clone()),
        _ => None,
    });
    outputs.collect()
}

fn same(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.identical(other))
}
