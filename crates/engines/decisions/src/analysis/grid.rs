//! A table, or several side by side, as a grid: for each column its regions, for each region the rules that match there.

use super::bits::Bits;
use super::diff::admitted;
use super::domain::{Atom, Domain, exact, fails_otherwise};
use super::{Condition, GapKind, NotAnalysed, Why};
use crate::feel::Expr;
use crate::table::Table;
use crate::test::Tests;
use crate::types::{Allowed, Type};
use crate::value::Member;
use crate::values::feel;
use crate::xml::without_layout;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;

/// Most steps of all searches in one grid, a second or two; what takes more is said to be unfinished.
const MAX_STEPS: usize = 4_000_000;
/// Most regions times comparisons of all columns together.
const MAX_COMPARED: usize = 4_000_000;

/// Columns with the same expression are one.
pub(super) struct Grid {
    /// Those that read inputs of the model stand first: where these alone leave no rule, the others do not matter.
    pub columns: Vec<Column>,
    /// Number of those.
    direct: usize,
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
    /// Where it stands in the table.
    place: usize,
    /// It reads an input of the model that no other column reads: it may hold any value of its type, whatever the others hold.
    direct: bool,
    pub domain: Domain,
    /// For each region the rules that match there for certain, and those that may.
    certain: Vec<Bits>,
    possible: Vec<Bits>,
    /// Rules that match everywhere in this column.
    any: Bits,
    /// Rules that may match somewhere in this column.
    somewhere: Bits,
}

/// What a search found.
#[derive(Default)]
pub(super) struct Found {
    pub regions: Vec<Vec<Vec<usize>>>,
    /// There are more regions than were asked for.
    pub more: bool,
    /// The search was too long and was given up.
    pub gave_up: bool,
}

/// What a column reads: which table's, from which slot, and which members.
type Read = (usize, usize, String);

struct Written<'t> {
    expression: String,
    /// The input it reads, of each table and place; none where it is something else.
    reads: Vec<Option<Read>>,
    /// Rule and its cell.
    cells: Vec<(usize, &'t Tests)>,
    /// Those it certainly has, in some of the tables.
    types: Vec<&'t Type>,
    /// In another table it may hold anything.
    open: bool,
    /// Table and what it takes.
    allowed: Vec<(usize, &'t Allowed)>,
    boolean: bool,
}

impl Grid {
    /// The grid of these tables, each with the slots of the model's inputs; cells that cannot be analysed are added to `not_analysed`.
    pub fn new(tables: &[(&Table, &BTreeSet<usize>)], not_analysed: &mut Vec<NotAnalysed>) -> Grid {
        let count: usize = tables.iter().map(|(table, _)| table.rules.len()).sum();
        let rules = if tables.len() > 1 { count + tables.len() } else { count };
        let mut written: Vec<Written> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut begin = 0;
        for (number, (table, inputs)) in tables.iter().enumerate() {
            for (index, input) in table.inputs.iter().enumerate() {
                let cells = table.rules.iter().enumerate();
                let cells = cells.filter_map(|(row, rule)| Some((begin + row, rule.conditions.get(index)?)));
                let boolean = matches!(&input.expression, Expr::Native(node, _) if node.is_condition());
                let reads = match &input.expression {
                    Expr::Path(path) if inputs.contains(&path.slot) => {
                        let members: Vec<&str> = path.members.iter().map(Member::name).collect();
                        Some((number, path.slot, members.join(".")))
                    }
                    _ => None,
                };
                let new = Written {
                    expression: without_layout(&input.text),
                    reads: vec![reads],
                    cells: cells.collect(),
                    types: input.ty.as_deref().into_iter().collect(),
                    open: input.ty.is_none() && !boolean,
                    allowed: input.allowed.iter().map(|allowed| (number, allowed)).collect(),
                    boolean,
                };
                let place = *places.entry(new.expression.clone()).or_insert(written.len());
                match written.get_mut(place) {
                    Some(column) => {
                        column.reads.extend(new.reads);
                        column.cells.extend(new.cells);
                        column.types.extend(new.types);
                        column.open |= new.open;
                        column.allowed.extend(new.allowed);
                    }
                    None => written.push(new),
                }
            }
            begin += table.rules.len();
        }
        // One input written in two ways makes two columns that depend on each other.
        let mut readers: HashMap<Read, BTreeSet<usize>> = HashMap::new();
        for (place, column) in written.iter().enumerate() {
            for read in column.reads.iter().flatten() {
                readers.entry(read.clone()).or_default().insert(place);
            }
        }
        let alone = |read: &Option<Read>| {
            let readers = read.as_ref().and_then(|read| readers.get(read));
            readers.is_some_and(|readers| readers.len() == 1)
        };
        let begins = tables.iter().scan(0, |begin, (table, _)| {
            let own = *begin..*begin + table.rules.len();
            *begin = own.end;
            Some(own)
        });
        let ranges: Vec<Range<usize>> = begins.collect();
        let mut room = MAX_COMPARED;
        let columns = written.into_iter().enumerate().map(|(place, column)| {
            let direct = column.reads.iter().all(alone);
            Column::new(column, (place, direct), (&ranges, rules), &mut room, not_analysed)
        });
        let mut columns: Vec<Column> = columns.collect();
        columns.sort_by_key(|column| !column.direct);
        Grid {
            direct: columns.iter().filter(|column| column.direct).count(),
            columns,
            rules,
            written: count,
            left: Cell::new(MAX_STEPS),
        }
    }

    /// Whether the table with this number takes the values of a region, by the allowed values of its columns.
    pub fn takes(&self, table: usize, matching: &Bits) -> bool {
        matching.has(self.written + table)
    }

    /// Regions where no rule may match: first those of ordinary values that inputs alone lead to, then others of ordinary values,
    /// then the rest; at most `most` of each.
    pub fn gaps(&self, most: usize) -> Found {
        let mut able = Bits::all(self.rules);
        for column in &self.columns {
            able = able.and(&column.somewhere);
        }
        let mut found = Found::default();
        let mut search = |ordinary: bool, columns: usize| {
            let mut search = Search::new(self, most);
            search.ordinary = ordinary;
            search.columns = columns;
            search.visit(able.clone());
            found.more |= search.found.more;
            found.gave_up |= search.found.gave_up;
            for region in search.found.regions {
                let region = self.widened(region);
                if ordinary == (self.kind(&region) == GapKind::Values) && !found.regions.contains(&region) {
                    found.regions.push(region);
                }
            }
        };
        search(true, self.direct);
        if self.direct < self.columns.len() {
            search(true, self.columns.len());
        }
        search(false, self.columns.len());
        found
    }

    /// The gap with all values of the columns that do not matter in it, and with every column.
    fn widened(&self, mut region: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
        let whole = |column: &Column| (0..column.domain.atoms.len()).collect::<Vec<_>>();
        region.extend(self.columns.iter().skip(region.len()).map(whole));
        if !self.visit(self.columns.len().saturating_mul(self.columns.len())) {
            return region;
        }
        let within = |(column, atoms): (&Column, &Vec<usize>)| {
            let masks = atoms.iter().filter_map(|&atom| column.possible.get(atom));
            masks.fold(Bits::none(self.rules), |all, mask| all.or(mask))
        };
        let mut possible: Vec<Bits> = self.columns.iter().zip(&region).map(within).collect();
        for (index, column) in self.columns.iter().enumerate().rev() {
            let others = possible.iter().enumerate().filter(|(other, _)| *other != index);
            let left = others.fold(column.somewhere.clone(), |left, (_, mask)| left.and(mask));
            if let (true, Some(atoms), Some(mask)) = (left.is_empty(), region.get_mut(index), possible.get_mut(index)) {
                *atoms = whole(column);
                *mask = column.somewhere.clone();
            }
        }
        region
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

    /// The region where both rules match for certain.
    pub fn common(&self, one: usize, other: usize) -> Option<Vec<Vec<usize>>> {
        let columns = self.columns.iter().map(|column| {
            let masks = column.certain.iter().enumerate();
            let both = masks.filter(|(_, rules)| rules.has(one) && rules.has(other));
            let atoms: Vec<usize> = both.map(|(atom, _)| atom).collect();
            (!atoms.is_empty()).then_some(atoms)
        });
        columns.collect()
    }

    /// Columns in which the rule can match nowhere.
    pub fn impossible(&self, rule: usize) -> Option<&Column> {
        self.columns.iter().find(|column| !column.somewhere.has(rule))
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

    /// A region for people: what may be there, and one value of it, in the order of the table.
    pub fn conditions(&self, region: &[Vec<usize>]) -> Vec<Condition> {
        let mut columns: Vec<(&Column, &Vec<usize>)> = self.columns.iter().zip(region).collect();
        columns.sort_by_key(|(column, _)| column.place);
        columns
            .into_iter()
            .map(|(column, atoms)| {
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
                Some(kind @ (GapKind::Missing | GapKind::OtherKind)) => return kind,
                Some(GapKind::Fractions) => kind = GapKind::Fractions,
                _ => {}
            }
        }
        kind
    }

    /// Whether all columns that matter in a region read inputs of the model, so that an application can come there.
    pub fn is_direct(&self, region: &[Vec<usize>]) -> bool {
        let mut columns = self.columns.iter().zip(region);
        columns.all(|(column, atoms)| column.direct || column.domain.is_whole(atoms))
    }
}

impl Column {
    fn new(
        column: Written,
        (place, direct): (usize, bool),
        (ranges, rules): (&[Range<usize>], usize),
        room: &mut usize,
        not_analysed: &mut Vec<NotAnalysed>,
    ) -> Column {
        let (tables, written) = (ranges.len(), ranges.last().map_or(0, |range| range.end));
        let cells: Vec<&Tests> = column.cells.iter().map(|(_, tests)| *tests).collect();
        let takes = |table: usize| {
            let own = column.allowed.iter().filter(move |(of, _)| *of == table);
            own.map(|(_, allowed)| admitted(allowed)).collect::<Vec<_>>()
        };
        let alike = (1..tables).all(|table| takes(table) == takes(0));
        let allowed = column.allowed.iter();
        let allowed: Vec<(usize, &Tests)> = allowed
            .map(|(table, allowed)| (*table, allowed.tests.as_ref()))
            .collect();
        let mut domain = Domain::new(&cells, (&column.types, column.open), (tables, &allowed), column.boolean);
        let compared: usize = cells.iter().map(|cell| 1 + cell.len()).sum();
        match room.checked_sub(domain.atoms.len().saturating_mul(compared)) {
            Some(left) => *room = left,
            None => domain = Domain::opaque(Why::TooLarge),
        }
        if let Some(why) = domain.fault.filter(|_| !alike) {
            not_analysed.push(NotAnalysed {
                rule: 0,
                column: column.expression.clone(),
                why,
            });
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
                    column: column.expression.clone(),
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
        // What cannot be compared with a value of another kind fails, and the table with it. Whether the cells before lead there is not
        // looked at.
        let other = domain.atoms.iter().position(Atom::is_of_other_kind);
        if let Some(other) = other {
            for (table, range) in ranges.iter().enumerate() {
                let mut own = column.cells.iter().filter(|(rule, _)| range.contains(rule));
                if own.any(|(_, tests)| fails_otherwise(tests)) {
                    for rule in range.clone().chain((rules > written).then_some(written + table)) {
                        any.clear(rule);
                        for masks in [&mut certain, &mut possible] {
                            if let Some(mask) = masks.get_mut(other) {
                                mask.clear(rule);
                            }
                        }
                    }
                }
            }
        }
        let somewhere = possible.iter().fold(Bits::none(rules), |all, mask| all.or(mask));
        Column {
            expression: column.expression,
            place,
            direct,
            domain,
            somewhere,
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
    /// How many columns are looked at.
    columns: usize,
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
            columns: grid.columns.len(),
            most,
            prefix: vec![],
            covered: HashSet::new(),
            found: Found::default(),
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
        let Some(column) = grid.columns.get(at).filter(|_| at < self.columns) else {
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
