//! A table, or several side by side, as a grid: for each column its regions, for each region the rules that match there.

use super::bits::Bits;
use super::domain::{Domain, exact};
use super::{Condition, GapKind, NotAnalysed, Why};
use crate::feel::Expr;
use crate::table::Table;
use crate::test::Tests;
use crate::types::{Allowed, Type};
use crate::values::feel;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

/// Most steps of all searches in one grid, a second or two; what takes more is said to be unfinished.
const MAX_STEPS: usize = 4_000_000;
/// Most regions times comparisons of all columns together.
const MAX_COMPARED: usize = 4_000_000;

/// Columns with the same expression are one.
pub(super) struct Grid {
    pub columns: Vec<Column>,
    /// Rules of all tables together, one table after the other. Of several tables each has one more, after all of them, that matches
    /// where the table takes the values at all ([`Grid::takes`]).
    rules: usize,
    /// Number of rules, without those.
    written: usize,
    /// Steps that are left.
    left: Cell<usize>,
}

pub(super) struct Column {
    pub expression: String,
    /// It reads an input of the model.
    direct: bool,
    pub domain: Domain,
    /// For each region the rules that match there for certain, and those that may.
    certain: Vec<Bits>,
    possible: Vec<Bits>,
    /// Rules that match everywhere in this column.
    any: Bits,
}

/// What a search found.
pub(super) struct Found {
    pub regions: Vec<Vec<Vec<usize>>>,
    /// There are more regions than were asked for.
    pub more: bool,
    /// The search was too long and was given up.
    pub gave_up: bool,
}

struct Written<'t> {
    expression: &'t str,
    direct: bool,
    /// Rule and its cell.
    cells: Vec<(usize, &'t Tests)>,
    types: Vec<&'t Type>,
    /// Table and what it takes.
    allowed: Vec<(usize, &'t Allowed)>,
    boolean: bool,
}

impl Grid {
    /// The grid of these tables; cells that cannot be analysed are added to `not_analysed`.
    pub fn new(tables: &[&Table], inputs: &BTreeSet<usize>, not_analysed: &mut Vec<NotAnalysed>) -> Grid {
        let count: usize = tables.iter().map(|table| table.rules.len()).sum();
        let rules = if tables.len() > 1 { count + tables.len() } else { count };
        let mut written: Vec<Written> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut begin = 0;
        for (number, table) in tables.iter().enumerate() {
            for (index, input) in table.inputs.iter().enumerate() {
                let cells = table.rules.iter().enumerate();
                let cells = cells.filter_map(|(row, rule)| Some((begin + row, rule.conditions.get(index)?)));
                let boolean = matches!(&input.expression, Expr::Native(node, _) if node.is_condition());
                let new = Written {
                    expression: &input.text,
                    direct: matches!(&input.expression, Expr::Path(path) if inputs.contains(&path.slot)),
                    cells: cells.collect(),
                    types: input.ty.as_deref().into_iter().collect(),
                    allowed: input.allowed.iter().map(|allowed| (number, allowed)).collect(),
                    boolean,
                };
                let place = *places.entry(new.expression).or_insert(written.len());
                match written.get_mut(place) {
                    Some(column) => {
                        column.cells.extend(new.cells);
                        column.types.extend(new.types);
                        column.allowed.extend(new.allowed);
                    }
                    None => written.push(new),
                }
            }
            begin += table.rules.len();
        }
        let mut room = MAX_COMPARED;
        let columns = written
            .into_iter()
            .map(|column| Column::new(column, (tables.len(), count, rules), &mut room, not_analysed));
        Grid {
            columns: columns.collect(),
            rules,
            written: count,
            left: Cell::new(MAX_STEPS),
        }
    }

    /// Whether the table with this number takes the values of a region, by the allowed values of its columns.
    pub fn takes(&self, table: usize, matching: &Bits) -> bool {
        matching.has(self.written + table)
    }

    /// Regions where no rule may match: first those of ordinary values, then the others; at most `most` of each.
    pub fn gaps(&self, most: usize) -> Found {
        let all = Bits::all(self.rules);
        let search = |ordinary: bool| {
            let mut search = Search::new(self, most);
            search.ordinary = ordinary;
            search.visit(all.clone());
            search.found
        };
        let (mut found, others) = (search(true), search(false));
        found.more |= others.more;
        found.gave_up |= others.gave_up;
        let others = others.regions.into_iter();
        found
            .regions
            .extend(others.filter(|region| self.kind(region) != GapKind::Values));
        found
    }

    /// Whether the rules `among` match for certain wherever `rule` may match; none when the search was given up.
    pub fn covers(&self, among: &Bits, rule: usize) -> Option<bool> {
        let mut search = Search::new(self, 0);
        search.sure = true;
        search.within = Some(rule);
        let covered = search.visit(among.clone());
        (!search.found.gave_up).then_some(covered)
    }

    /// Takes so many steps with sets of rules.
    fn visit(&self, sets: usize) -> bool {
        self.spend(sets.saturating_mul(1 + self.rules / 64))
    }

    /// Takes steps from what is left; false when there are not enough.
    pub fn spend(&self, steps: usize) -> bool {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Number of regions of all columns.
    pub fn size(&self) -> usize {
        self.columns.iter().map(|column| column.domain.atoms.len()).sum()
    }

    /// A place where both rules match for certain: one region of each column.
    pub fn common(&self, one: usize, other: usize) -> Option<Vec<usize>> {
        let columns = self.columns.iter();
        columns
            .map(|column| {
                let both = |bits: &&Bits| bits.has(one) && bits.has(other);
                let present = |atom: usize| column.domain.atoms.get(atom).is_some_and(|atom| !atom.is_missing());
                let mut places = column.certain.iter().enumerate().filter(|(_, bits)| both(bits));
                let first = places.next()?.0;
                // A value is the better example than none.
                let better = places.find(|(atom, _)| !present(first) && present(*atom));
                Some(better.map_or(first, |(atom, _)| atom))
            })
            .collect()
    }

    /// Columns in which the rule can match nowhere.
    pub fn impossible(&self, rule: usize) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| !column.possible.iter().any(|bits| bits.has(rule)))
    }

    /// Visits every region that the rules tell apart, with the rules that match there: for certain, and possibly. False when
    /// there are too many.
    pub fn regions(&self, mut each: impl FnMut(&[Vec<usize>], &Bits, &Bits)) -> bool {
        let mut seen = HashSet::new();
        let all = Bits::all(self.rules);
        self.region(&mut vec![], &all, &all, &mut seen, &mut each)
    }

    fn region(
        &self,
        prefix: &mut Vec<Vec<usize>>,
        certain: &Bits,
        possible: &Bits,
        seen: &mut HashSet<(usize, Bits, Option<Bits>)>,
        each: &mut impl FnMut(&[Vec<usize>], &Bits, &Bits),
    ) -> bool {
        let column = self.columns.get(prefix.len());
        // Keys are kept, and what happens at the end looks at every rule.
        if !self.visit(2 + column.map_or(8, |column| column.domain.atoms.len())) {
            return false;
        }
        // The same rules at the same column lead to the same outcomes again.
        let other = (certain != possible).then(|| possible.clone());
        if !seen.insert((prefix.len(), certain.clone(), other)) {
            return true;
        }
        let Some(column) = column else {
            each(prefix, certain, possible);
            return true;
        };
        let masks = column.certain.iter().zip(&column.possible).enumerate();
        let groups = grouped(masks.map(|(atom, (sure, maybe))| (atom, (certain.and(sure), possible.and(maybe)))));
        for ((certain, possible), atoms) in groups {
            prefix.push(atoms);
            let finished = self.region(prefix, &certain, &possible, seen, each);
            prefix.pop();
            if !finished {
                return false;
            }
        }
        true
    }

    /// A region for people: what may be there, and one value of it. Columns beyond the region may hold anything.
    pub fn conditions(&self, region: &[Vec<usize>]) -> Vec<Condition> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(index, column)| {
                let all: Vec<usize> = (0..column.domain.atoms.len()).collect();
                let atoms = region.get(index).unwrap_or(&all);
                let mut values = atoms.iter().filter_map(|&atom| column.domain.atoms.get(atom));
                let first = values.next();
                let present = first
                    .filter(|atom| !atom.is_missing())
                    .or_else(|| values.next())
                    .or(first);
                let example = present.and_then(|atom| atom.example());
                Condition {
                    expression: column.expression.clone(),
                    values: column.domain.describe(atoms),
                    example: example.map(feel),
                    json: example
                        .and_then(|value| crate::json::to_json(value).ok())
                        .unwrap_or_default(),
                }
            })
            .collect()
    }

    /// What kind of values it takes to come to a region.
    pub fn kind(&self, region: &[Vec<usize>]) -> GapKind {
        let mut kind = GapKind::Values;
        for (column, atoms) in self.columns.iter().zip(region) {
            let mut kinds = atoms.iter().map(|&atom| column.domain.kind(atom));
            let first = kinds.next().unwrap_or(GapKind::Values);
            match kinds.all(|other| other == first).then_some(first) {
                Some(GapKind::Missing) => return GapKind::Missing,
                Some(GapKind::Fractions) => kind = GapKind::Fractions,
                _ => {}
            }
        }
        kind
    }

    /// Whether all columns that matter in a region read inputs of the model.
    pub fn is_direct(&self, region: &[Vec<usize>]) -> bool {
        let mut columns = self.columns.iter().zip(region);
        columns.all(|(column, atoms)| column.direct || atoms.len() == column.domain.atoms.len())
    }
}

impl Column {
    fn new(
        column: Written,
        (tables, written, rules): (usize, usize, usize),
        room: &mut usize,
        not_analysed: &mut Vec<NotAnalysed>,
    ) -> Column {
        let cells: Vec<&Tests> = column.cells.iter().map(|(_, tests)| *tests).collect();
        let allowed = column.allowed.iter();
        let allowed: Vec<(usize, &Tests)> = allowed
            .map(|(table, allowed)| (*table, allowed.tests.as_ref()))
            .collect();
        let mut domain = Domain::new(&cells, &column.types, (tables, &allowed), column.boolean);
        let compared: usize = cells.iter().map(|cell| 1 + cell.len()).sum();
        match room.checked_sub(domain.atoms.len().saturating_mul(compared)) {
            Some(left) => *room = left,
            None => domain = Domain::opaque(Why::TooLarge),
        }
        let mut certain = vec![Bits::all(rules); domain.atoms.len()];
        let mut possible = certain.clone();
        let mut any = Bits::all(rules);
        let mut excluded = Bits::none(rules);
        for &(rule, tests) in &column.cells {
            if matches!(tests, Tests::Any) {
                continue;
            }
            excluded.set(rule);
            let unknown = domain.fault.or((!exact(tests)).then_some(Why::NotLiteral));
            if let Some(why) = unknown {
                not_analysed.push(NotAnalysed {
                    rule: rule + 1,
                    column: column.expression.to_owned(),
                    why,
                });
            }
            for (index, atom) in domain.atoms.iter().enumerate() {
                let matches = unknown.is_none() && tests.matches_alone(&atom.value);
                if !matches && let Some(bits) = certain.get_mut(index) {
                    bits.clear(rule);
                }
                if !matches
                    && unknown.is_none()
                    && let Some(bits) = possible.get_mut(index)
                {
                    bits.clear(rule);
                }
            }
        }
        for rule in excluded.iter() {
            any.clear(rule);
        }
        for (table, tests) in allowed.iter().filter(|_| rules > written && domain.fault.is_none()) {
            let bits = certain.iter_mut().zip(&mut possible).zip(&domain.atoms);
            for ((certain, possible), _) in bits.filter(|(_, atom)| !tests.matches_alone(&atom.value)) {
                certain.clear(written + table);
                possible.clear(written + table);
            }
        }
        Column {
            expression: column.expression.to_owned(),
            direct: column.direct,
            domain,
            certain,
            possible,
            any,
        }
    }
}

/// Regions by what they have in common, in the order of the first of each.
fn grouped<K: Hash + Eq>(regions: impl Iterator<Item = (usize, K)>) -> Vec<(K, Vec<usize>)> {
    let mut order: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<K, usize> = HashMap::new();
    for (region, key) in regions {
        let place = *places.entry(key).or_insert(order.len());
        match order.get_mut(place) {
            Some(alike) => alike.push(region),
            None => order.push(vec![region]),
        }
    }
    let mut groups: Vec<(K, usize)> = places.into_iter().collect();
    groups.sort_unstable_by_key(|(_, place)| *place);
    groups.into_iter().map(|(key, _)| key).zip(order).collect()
}

struct Search<'g> {
    grid: &'g Grid,
    /// Look at ordinary values only.
    ordinary: bool,
    /// Count a rule only where it matches for certain.
    sure: bool,
    within: Option<usize>,
    most: usize,
    prefix: Vec<Vec<usize>>,
    /// Column and rules from which on everything is covered.
    covered: HashSet<(usize, Bits)>,
    found: Found,
}

impl<'g> Search<'g> {
    fn new(grid: &'g Grid, most: usize) -> Search<'g> {
        Search {
            grid,
            ordinary: false,
            sure: false,
            within: None,
            most,
            prefix: vec![],
            covered: HashSet::new(),
            found: Found {
                regions: vec![],
                more: false,
                gave_up: false,
            },
        }
    }

    /// Whether everything is covered from here on.
    fn visit(&mut self, alive: Bits) -> bool {
        let at = self.prefix.len();
        if self.found.more || self.found.gave_up {
            return false;
        }
        if self.covered.contains(&(at, alive.clone())) {
            return true;
        }
        let atoms = self.grid.columns.get(at).map_or(0, |column| column.domain.atoms.len());
        if !self.grid.visit(1 + atoms + self.grid.columns.len().saturating_sub(at)) {
            self.found.gave_up = true;
            return false;
        }
        let open = alive.is_empty() && (self.within.is_none() || at == self.grid.columns.len());
        if open {
            if self.found.regions.len() < self.most {
                self.found.regions.push(self.prefix.clone());
            } else {
                self.found.more = true;
            }
            return false;
        }
        let mut whole = alive.clone();
        for column in self.grid.columns.iter().skip(at) {
            whole = whole.and(&column.any);
        }
        if !whole.is_empty() {
            return true;
        }
        let grid = self.grid;
        let Some(column) = grid.columns.get(at) else {
            return true;
        };
        let masks = if self.sure { &column.certain } else { &column.possible };
        let looked_at = masks.iter().enumerate().filter(|(atom, _)| {
            let within = |rule| column.possible.get(*atom).is_some_and(|bits| bits.has(rule));
            self.within.is_none_or(within) && !(self.ordinary && column.domain.kind(*atom) != GapKind::Values)
        });
        // Missing values and fractions are cases of their own, also where they are treated like others.
        let groups = grouped(looked_at.map(|(atom, mask)| (atom, (alive.and(mask), column.domain.kind(atom)))));
        let mut covered = true;
        for ((left, _), atoms) in groups {
            self.prefix.push(atoms);
            covered &= self.visit(left);
            self.prefix.pop();
        }
        if covered {
            self.covered.insert((at, alive));
        }
        covered
    }
}
