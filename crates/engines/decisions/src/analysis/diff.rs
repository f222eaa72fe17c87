//! What a new version of a model decides otherwise.

use super::bits::Bits;
use super::grid::Grid;
use super::{Condition, NotAnalysed, Why, constants};
use crate::Decisions;
use crate::definitions::Types;
use crate::explanation::HitPolicy;
use crate::feel::{Expr, not_in_word};
use crate::function::Function;
use crate::load::Source;
use crate::logic::Logic;
use crate::table::{Input, Row, Table, Verdict as Hit};
use crate::types::{Allowed, Base, Type};
use crate::values::feel;
use crate::xml::without_layout;
use dsntk_feel::Name;
use serde::Serialize;
use serde_json::Value as Json;
use std::borrow::Cow;
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
        /// Names of the types; its own name where that is the type of an input, a result or a parameter.
        names: Vec<String>,
    },
    /// It is written alike, or is a table that decides alike by itself, but rests on something that does not.
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
    /// The logic is written otherwise. Whether it means something else cannot be told exactly; see the tried inputs. Of an input: its
    /// variable is called otherwise, so that expressions may read it where they read another one.
    Written {
        /// The logic of the old version, without layout; of an input the name of its variable.
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
    /// Every column that matters reads an input of the model, in each version that has the column, and no two of a version the same, so
    /// that an application can come here. Other columns may never hold these values together. What both inputs are called is not looked
    /// at: an application that names them otherwise comes to one version only.
    pub direct: bool,
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
        /// The same as FEEL writes it, where a date is not a text.
        feel: String,
        /// Rows of the rules that match, from 1.
        rules: Vec<usize>,
    },
    /// Outputs that are computed.
    Computed {
        /// What is computed, as FEEL or almost.
        expression: String,
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
            Side::Value { value, feel, .. } => (0, format!("{value} {feel}")),
            Side::Computed { expression, .. } => (1, expression.clone()),
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
            changes.push(Change::new(name, Verdict::Added));
            continue;
        };
        let others = element.types.iter();
        let others = others.filter(|(name, digest)| earlier.types.get(*name).is_some_and(|old| old != *digest));
        let mut names: Vec<String> = others.map(|(name, _)| name.clone()).collect();
        if names.is_empty() && element.signature != earlier.signature {
            names.push(name.clone());
        }
        let retyped = !names.is_empty();
        if retyped {
            changes.push(Change::new(name, Verdict::Types { names }));
        }
        let same = element.source == earlier.source;
        let changed = |used: &&String| {
            let mut known = changes.iter();
            known.any(|change| change.name == **used && !change.verdict.is_alike())
        };
        let on: Vec<String> = element.uses.iter().filter(changed).cloned().collect();
        let compared = match (earlier.logic, element.logic) {
            (Some(Logic::Table(old)), Some(Logic::Table(new))) if !same => {
                tables((old, &earlier.inputs), (new, &element.inputs))
            }
            _ => None,
        };
        let verdict = match compared {
            _ if same && on.is_empty() => continue,
            Some(verdict) if verdict.is_alike() && on.is_empty() && retyped => continue,
            Some(verdict) if !verdict.is_alike() || on.is_empty() => verdict,
            None if !same => Verdict::Written {
                old: earlier.source.to_string(),
                new: element.source.to_string(),
            },
            _ => Verdict::RestsOnChanged { on },
        };
        changes.push(Change::new(name, verdict));
    }
    for (name, _) in &before {
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
    /// Of an input what expressions call it.
    source: Cow<'m, str>,
    /// Digests of the types it names.
    types: BTreeMap<String, u64>,
    /// Digest of what it takes and what it gives, by type.
    signature: u64,
    /// Slots of the inputs it reads.
    inputs: Arc<BTreeSet<usize>>,
    uses: Vec<String>,
}

/// Inputs, functions, services and decisions of a model, in this order.
fn elements(decisions: &Decisions) -> Vec<(String, Element<'_>)> {
    let model = &decisions.model;
    // A type is named by a typeRef, which is part of the source, or in FEEL: one of the file the element stands in.
    let types = |source: &Source| {
        let words: HashSet<&str> = source.logic.split(not_in_word).collect();
        let within = |name: &str| {
            name.split(not_in_word)
                .all(|word| word.is_empty() || words.contains(word))
        };
        let named = model.types.get(source.file).into_iter().flat_map(Types::named);
        let named = named.filter(|(name, _)| within(name));
        named.map(|(name, ty)| (name.clone(), digest(ty))).collect()
    };
    let read: Arc<BTreeSet<usize>> = Arc::new(model.inputs.iter().map(|input| input.slot).collect());
    // Files may declare the same input, each in its own way.
    let mut keys: Vec<&str> = model.inputs.iter().map(|input| input.key.as_str()).collect();
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert(*key));
    let inputs = keys.into_iter().map(|key| {
        let declared = || model.inputs.iter().filter(|input| input.key == key);
        let variables: Vec<&str> = declared().map(|input| input.variable.as_str()).collect();
        let mut types = DefaultHasher::new();
        declared().for_each(|input| digest(&input.ty).hash(&mut types));
        let element = Element {
            logic: None,
            source: Cow::Owned(variables.join(", ")),
            types: BTreeMap::from([(key.to_owned(), types.finish())]),
            signature: 0,
            inputs: Arc::default(),
            uses: vec![],
        };
        (key.to_owned(), element)
    });
    let written = |key: &str| match model.source.get(key) {
        Some(source) => (Cow::Borrowed(source.logic.as_str()), types(source)),
        None => Default::default(),
    };
    let services = model.services.iter().map(|service| &service.function);
    let functions = model.functions.iter().chain(services).map(|function: &Arc<Function>| {
        let (source, types) = written(&function.name);
        let element = Element {
            logic: Some(&function.body),
            source,
            types,
            signature: signature(&function.parameters, &function.result),
            // What it reads are its parameters.
            inputs: Arc::default(),
            uses: function.uses.iter().map(ToString::to_string).collect(),
        };
        (function.name.to_string(), element)
    });
    let decisions = model.decisions.iter().map(|decision| {
        let (source, types) = written(&decision.key);
        let element = Element {
            logic: Some(&decision.logic),
            source,
            types,
            signature: signature(&[], &decision.ty),
            inputs: Arc::clone(&read),
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
        ty.allowed.as_ref().map(admitted).hash(digest);
    }
    let mut digest = DefaultHasher::new();
    write(ty, &mut digest);
    digest.finish()
}

/// What allowed values say.
pub(super) fn admitted(allowed: &Allowed) -> (bool, String) {
    (allowed.items, without_layout(&allowed.text))
}

/// A digest of what an element takes and gives.
fn signature(parameters: &[(Name, Arc<Type>)], result: &Type) -> u64 {
    let mut digest = DefaultHasher::new();
    for (name, ty) in parameters {
        (name.as_str(), self::digest(ty)).hash(&mut digest);
    }
    self::digest(result).hash(&mut digest);
    digest.finish()
}

/// A digest of what a table does to outputs that are computed: whether it gives one, a list or an aggregate, and what each output is
/// declared as. The same expressions give the same only where this is the same.
fn declared(table: &Table) -> u64 {
    use HitPolicy as P;
    let ranks = matches!(table.policy, P::Priority | P::OutputOrder);
    let mut outputs: Vec<_> = table
        .outputs
        .iter()
        .enumerate()
        .map(|(index, output)| {
            let name = (table.outputs.len() > 1).then(|| output.name.as_str());
            let order: Vec<String> = output.order.iter().filter(|_| ranks).map(feel).collect();
            let place = ranks.then_some(index);
            (
                name,
                digest(&output.ty),
                output.allowed.as_ref().map(admitted),
                order,
                place,
            )
        })
        .collect();
    outputs.sort();
    let gives = match table.policy {
        P::Unique | P::First | P::Priority | P::Any => "one",
        P::Collect | P::RuleOrder | P::OutputOrder => "list",
        P::CollectSum | P::CollectMin | P::CollectMax | P::CollectCount => "aggregate",
    };
    let mut digest = DefaultHasher::new();
    (outputs, gives).hash(&mut digest);
    digest.finish()
}

/// Compares two tables, each with the slots of inputs; none when what they compute is written alike but declared otherwise.
fn tables(
    (old, read_by_old): (&Table, &BTreeSet<usize>),
    (new, read_by_new): (&Table, &BTreeSet<usize>),
) -> Option<Verdict> {
    let mut not_analysed = Vec::new();
    let grid = Grid::new(&[(old, read_by_old), (new, read_by_new)], &mut not_analysed);
    let declared_alike = declared(old) == declared(new);
    let mut in_doubt = false;
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
        if key.0 == key.1 {
            in_doubt |= !declared_alike && matches!(one, Side::Computed { .. });
            return;
        }
        let direct = grid.is_direct(region);
        match found.get(&key) {
            // An example that can come is the better one.
            Some(known) if known.direct || !direct => return,
            Some(_) => {}
            None => order.push(key.clone()),
        }
        let difference = Difference {
            inputs: grid.conditions(region),
            direct,
            old: one,
            new: other,
        };
        found.insert(key, difference);
    });
    if in_doubt && found.is_empty() {
        return None;
    }
    let more = order.len() > MOST_EXAMPLES;
    let differences = order
        .into_iter()
        .take(MOST_EXAMPLES)
        .filter_map(|key| found.remove(&key));
    let differences = differences.collect();
    let (mut earlier, mut later) = (failing(old, new), failing(new, old));
    for cell in not_analysed {
        match cell.rule.checked_sub(first) {
            None | Some(0) => earlier.push(cell),
            Some(rule) => later.push(NotAnalysed { rule, ..cell }),
        }
    }
    Some(Verdict::Table {
        differences,
        more,
        not_analysed_old: earlier,
        not_analysed_new: later,
        gave_up: !finished,
    })
}

/// Columns of a table that may fail where the other table, which has not got them, does not.
fn failing(table: &Table, other: &Table) -> Vec<NotAnalysed> {
    let written = |input: &Input| without_layout(&input.text);
    let mut failing = Vec::new();
    for input in &table.inputs {
        let text = written(input);
        let fails = match &input.expression {
            Expr::Constant(_) => false,
            // It fails where something on its path is null; so does every other path through the same members.
            Expr::Path(path) => {
                let through = text
                    .rfind('.')
                    .map_or("", |point| text.get(..=point).unwrap_or_default());
                let paths = other
                    .inputs
                    .iter()
                    .filter(|input| matches!(input.expression, Expr::Path(_)));
                !path.members.is_empty() && !paths.map(written).any(|text| text.starts_with(through))
            }
            Expr::Native(..) | Expr::Feel(_) => true,
        };
        if fails && !other.inputs.iter().any(|input| written(input) == text) {
            failing.push(NotAnalysed {
                rule: 0,
                column: text,
                why: Why::MayFail,
            });
        }
    }
    failing
}

/// What a table gives where exactly the rules in `matching` match, of which its own are those in `range`.
fn side(table: &Table, matching: &Bits, range: std::ops::Range<usize>) -> Side {
    let rows: Vec<usize> = matching
        .iter()
        .filter(|rule| range.contains(rule))
        .map(|rule| rule - range.start)
        .collect();
    let rules: Vec<usize> = rows.iter().map(|row| row + 1).collect();
    if let (HitPolicy::Unique, [first, second, ..]) = (table.policy, rows.as_slice()) {
        let message = table.conflict("", *first, *second).to_string();
        return Side::Error { message, rules };
    }
    let given = if table.policy == HitPolicy::First {
        1
    } else {
        rows.len()
    };
    let given = rows
        .iter()
        .take(given)
        .filter_map(|row| Some((*row, table.rules.get(*row)?)));
    let given: Vec<(usize, &Row)> = given.collect();
    let hits = given.iter().map(|(row, rule)| Some((*row, constants(rule)?)));
    let Some(hits) = hits.collect::<Option<Vec<_>>>() else {
        let expression = computed(table, &given);
        return Side::Computed { expression, rules };
    };
    match table.verdict(hits) {
        Hit::Value(value) => match crate::json::to_json(&value) {
            Ok(json) => Side::Value {
                value: json,
                feel: feel(&value),
                rules,
            },
            Err(message) => Side::Error { message, rules },
        },
        Hit::Default => {
            let defaults = table.outputs.iter().filter_map(|output| output.default.as_ref());
            let expression = composed(table, defaults);
            Side::Computed { expression, rules }
        }
        Hit::Error(message) => Side::Error { message, rules },
    }
}

/// What a table makes of the outputs of these rules, some of which are computed.
fn computed(table: &Table, given: &[(usize, &Row)]) -> String {
    use HitPolicy as P;
    let mut rows: Vec<String> = given
        .iter()
        .map(|(_, rule)| composed(table, rule.outputs.iter()))
        .collect();
    if table.policy == P::Any {
        let mut seen = HashSet::new();
        rows.retain(|row| seen.insert(row.clone()));
    }
    let list = format!("[{}]", rows.join(", "));
    let how = match table.policy {
        P::Unique | P::First | P::Priority | P::Any if rows.len() == 1 => return rows.concat(),
        P::Collect | P::RuleOrder => return list,
        P::OutputOrder if rows.len() == 1 => return list,
        P::Unique => "UNIQUE",
        P::First => "FIRST",
        P::Priority => "PRIORITY",
        P::Any => "ANY",
        P::OutputOrder => "OUTPUT ORDER",
        P::CollectSum => "SUM",
        P::CollectMin => "MIN",
        P::CollectMax => "MAX",
        P::CollectCount => "COUNT",
    };
    format!("{how} {list}")
}

/// The outputs of one rule, as written: one by itself, several with their names.
fn composed<'t>(table: &Table, outputs: impl Iterator<Item = &'t (String, Expr)>) -> String {
    let named = table.outputs.iter().zip(outputs);
    let mut named: Vec<(&str, String)> = named
        .map(|(output, (text, _))| (output.name.as_str(), without_layout(text)))
        .collect();
    if let [(_, single)] = named.as_mut_slice() {
        return std::mem::take(single);
    }
    named.sort_by_key(|(name, _)| *name);
    let members: Vec<String> = named.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    format!("{{{}}}", members.join(", "))
}
