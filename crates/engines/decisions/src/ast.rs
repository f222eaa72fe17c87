//! Walking FEEL syntax trees: what an expression may do before it is allowed to run.
//!
//! The FEEL library can loop without bound, recurse through functions, read the clock and call out over HTTP. None of
//! that is let through: [`inspect`] refuses it at load, with words for the author.

use crate::priced;
use crate::watch::Comparison;
use dsntk_feel::bif::Bif;
use dsntk_feel::{FeelType, Name};
use dsntk_feel_parser::AstNode;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// Deepest nesting of a FEEL expression; deeper ones could exhaust the stack of the evaluator.
const MAX_DEPTH: usize = 100;
/// Most `for`/`some`/`every` variables nested in one another.
const MAX_LOOPS: usize = 3;
/// What a name in scope stands for.
#[derive(Clone)]
pub(crate) enum Known {
    /// A value of this type.
    Value(FeelType),
    /// A business knowledge model.
    Function,
    /// A type of the model.
    Type,
}

/// Mistake in an expression: message and help.
pub(crate) struct Fault {
    pub message: String,
    pub help: String,
}

fn fault<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        message: message.into(),
        help: help.into(),
    })
}

/// Checks `node` against the names in scope and bounds its loops. `lookup` answers for one name.
pub(crate) fn inspect(node: &mut AstNode, lookup: &dyn Fn(&Name) -> Option<Known>) -> Result<(), Fault> {
    if depth_exceeds(node, MAX_DEPTH) {
        return fault(
            format!("the expression nests deeper than {MAX_DEPTH} levels"),
            "split it into several decisions or context entries",
        );
    }
    let mut bound = BTreeSet::new();
    collect_bound(node, &mut bound);
    // Names of what is put into the expression; a text as a key of a context could look like them.
    if let Some(name) = bound.iter().find(|name| name.to_string().starts_with('?')) {
        return fault(
            format!("`{name}` is no name"),
            "choose a name that begins with a letter",
        );
    }
    Walk {
        lookup,
        bound,
        loops: 0,
        lenient: 0,
    }
    .node(node)
}

fn depth_exceeds(node: &mut AstNode, limit: usize) -> bool {
    let mut stack = vec![(node, 1)];
    while let Some((node, depth)) = stack.pop() {
        if depth > limit {
            return true;
        }
        stack.extend(children(node).into_iter().map(|child| (child, depth + 1)));
    }
    false
}

fn collect_bound(node: &mut AstNode, bound: &mut BTreeSet<Name>) {
    match node {
        AstNode::ContextEntryKey(name) | AstNode::ParameterName(name) => {
            bound.insert(name.clone());
        }
        AstNode::IterationContextSingle(name, _)
        | AstNode::IterationContextInterval(name, ..)
        | AstNode::QuantifiedContext(name, _) => {
            if let AstNode::Name(name) = name.as_ref() {
                bound.insert(name.clone());
            }
        }
        _ => {}
    }
    for child in children(node) {
        collect_bound(child, bound);
    }
}

/// All names that may be variables in `node`, and how often each occurs.
pub(crate) fn names(node: &mut AstNode) -> BTreeMap<Name, usize> {
    let mut found = BTreeMap::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node {
            AstNode::Name(name) | AstNode::QualifiedNameSegment(name) => {
                *found.entry(name.clone()).or_default() += 1;
            }
            AstNode::Path(left, _) => open.push(left),
            _ => open.extend(children(node)),
        }
    }
    found
}

/// How many nodes an expression has.
pub(crate) fn size(node: &mut AstNode) -> usize {
    1 + children(node).into_iter().map(size).sum::<usize>()
}

/// Whether `name` occurs as a variable in `node`.
pub(crate) fn mentions(node: &mut AstNode, name: &Name) -> bool {
    match node {
        AstNode::Name(found) => found == name,
        AstNode::Path(left, _) => mentions(left, name),
        _ => children(node).into_iter().any(|child| mentions(child, name)),
    }
}

struct Walk<'a> {
    lookup: &'a dyn Fn(&Name) -> Option<Known>,
    /// Names the expression itself binds somewhere.
    bound: BTreeSet<Name>,
    loops: usize,
    /// Inside a filter, where the members of the filtered items are names too.
    lenient: usize,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut AstNode) -> Result<(), Fault> {
        match node {
            AstNode::Name(name) => self.variable(name),
            AstNode::Path(left, right) => {
                if let Some(end) = end_of_comparison(left, right) {
                    *node = end;
                    return self.node(node);
                }
                self.node(left)?;
                let (Some(FeelType::Context(members)), AstNode::Name(member)) = (self.type_of(left), right.as_ref())
                else {
                    return Ok(());
                };
                if members.is_empty() || members.contains_key(member) {
                    return Ok(());
                }
                let known: Vec<&str> = members.keys().map(Name::as_str).collect();
                fault(
                    format!("there is no `{member}` here"),
                    format!("its members are: {}", known.join(", ")),
                )
            }
            AstNode::FunctionInvocation(target, arguments) => self.invocation(target, arguments),
            AstNode::FunctionDefinition(parameters, body) => {
                self.children(parameters)?;
                self.node(body)
            }
            AstNode::FunctionBody(_, true) => external(),
            AstNode::QualifiedName(segments) => match segments.as_slice() {
                [AstNode::QualifiedNameSegment(name)] if !matches!((self.lookup)(name), Some(Known::Type)) => fault(
                    format!("unknown type `{name}`"),
                    "correct it, or define the type as item definition",
                ),
                _ => Ok(()),
            },
            AstNode::Filter(list, condition) => {
                self.node(list)?;
                self.lenient += 1;
                let result = self.node(condition);
                self.lenient -= 1;
                result
            }
            AstNode::For(contexts, _) | AstNode::Some(contexts, _) | AstNode::Every(contexts, _) => {
                let added = match contexts.as_mut() {
                    AstNode::IterationContexts(items) | AstNode::QuantifiedContexts(items) => {
                        for item in items.iter_mut() {
                            bound_interval(item)?;
                        }
                        items.len()
                    }
                    _ => 1,
                };
                self.loops += added;
                if self.loops > MAX_LOOPS {
                    return fault(
                        format!("more than {MAX_LOOPS} nested loop variables"),
                        "split the expression into several decisions",
                    );
                }
                let result = self.children(node);
                self.loops -= added;
                result
            }
            _ => self.children(node),
        }
    }

    fn children(&mut self, node: &mut AstNode) -> Result<(), Fault> {
        children(node).into_iter().try_for_each(|child| self.node(child))
    }

    fn variable(&self, name: &Name) -> Result<(), Fault> {
        // A name bound elsewhere in the expression, or a member some item may have, need not be there when it is evaluated.
        if reads_clock(name) && !matches!((self.lookup)(name), Some(Known::Value(_) | Known::Function)) {
            return clock(name);
        }
        if self.bound.contains(name) || self.lenient > 0 || matches!(name.as_str(), "item" | "partial") {
            return Ok(());
        }
        match (self.lookup)(name) {
            Some(Known::Value(_) | Known::Function) => Ok(()),
            Some(Known::Type) | None => fault(
                format!("unknown name `{name}`"),
                "correct it, or add an information requirement to the input or decision of that name",
            ),
        }
    }

    fn invocation(&mut self, target: &mut AstNode, arguments: &mut AstNode) -> Result<(), Fault> {
        let AstNode::Name(name) = target else {
            self.node(target)?;
            return self.children(arguments);
        };
        let built_in = Bif::from_str(name.as_str()).is_ok();
        if reads_clock(name) {
            return clock(name);
        }
        let known = (self.lookup)(name).is_some_and(|known| !matches!(known, Known::Type));
        if !built_in && !self.bound.contains(name) && !known && name.as_str() != NEAR {
            return fault(
                format!("unknown function `{name}`"),
                "correct it, or add a knowledge requirement to the business knowledge model of that name",
            );
        }
        let takes_function = takes_function(name);
        let mut functions = 0;
        for argument in children(arguments) {
            let argument = match argument {
                AstNode::NamedParameter(_, value) => value.as_mut(),
                other => other,
            };
            match argument {
                AstNode::Name(function) if !self.bound.contains(function) && priced::is_priced(function.as_str()) => {
                    return fault(
                        format!("`{function}` cannot be handed on as a function"),
                        format!("write a function that calls it, such as function(a, b) {function}(a, b)"),
                    );
                }
                AstNode::FunctionDefinition(parameters, body) if takes_function => {
                    functions += 1;
                    if matches!(body.as_ref(), AstNode::FunctionBody(_, true)) {
                        return external();
                    }
                    self.children(parameters)?;
                    self.node(body)?;
                }
                AstNode::Name(function)
                    if !self.bound.contains(function)
                        && !reads_clock(function)
                        && Bif::from_str(function.as_str()).is_ok() => {}
                other => {
                    let named = matches!(other, AstNode::Name(name) if self.may_be_function(name));
                    functions += usize::from(named);
                    self.node(other)?;
                }
            }
        }
        if name.as_str() == "sort" && functions == 0 {
            return fault(
                "sort() needs its order as a function",
                "write sort(list, function(x, y) x < y)",
            );
        }
        Ok(())
    }

    fn may_be_function(&self, name: &Name) -> bool {
        self.bound.contains(name)
            || match (self.lookup)(name) {
                Some(Known::Value(ty)) => matches!(ty, FeelType::Any | FeelType::Function(..)),
                Some(Known::Function) => true,
                Some(Known::Type) | None => false,
            }
    }

    fn type_of(&self, node: &AstNode) -> Option<FeelType> {
        match node {
            AstNode::Name(name) if !self.bound.contains(name) && self.lenient == 0 => match (self.lookup)(name)? {
                Known::Value(feel_type) => Some(feel_type),
                Known::Function | Known::Type => None,
            },
            AstNode::Path(left, right) => match (self.type_of(left)?, right.as_ref()) {
                (FeelType::Context(members), AstNode::Name(member)) => members.get(member).cloned(),
                _ => None,
            },
            _ => None,
        }
    }
}

fn reads_clock(name: &Name) -> bool {
    matches!(name.as_str(), "now" | "today")
}

fn clock<T>(name: &Name) -> Result<T, Fault> {
    fault(
        format!("{name}() reads the clock; the same input must always give the same decision"),
        "use an input for the day of decision",
    )
}

fn external<T>() -> Result<T, Fault> {
    fault(
        "external functions are not called",
        "write the rule in FEEL, or pass the value as an input",
    )
}

/// `(<10).end` and the like: what the path leads to. The FEEL library does not know the ends of such ranges.
fn end_of_comparison(range: &AstNode, member: &AstNode) -> Option<AstNode> {
    let mut range = range;
    while let AstNode::EvaluatedExpression(inner) = range {
        range = inner;
    }
    let (bound, below, closed) = match range {
        AstNode::UnaryLt(bound) => (bound, true, false),
        AstNode::UnaryLe(bound) => (bound, true, true),
        AstNode::UnaryGt(bound) => (bound, false, false),
        AstNode::UnaryGe(bound) => (bound, false, true),
        _ => return None,
    };
    let AstNode::Name(member) = member else { return None };
    Some(match (member.as_str(), below) {
        ("start", false) | ("end", true) => bound.as_ref().clone(),
        ("start", true) | ("end", false) => AstNode::Null,
        ("start included", false) | ("end included", true) => AstNode::Boolean(closed),
        ("start included", true) | ("end included", false) => AstNode::Boolean(false),
        _ => return None,
    })
}

/// Names of the functions [`meter`] puts into an expression; no FEEL name can look like them.
pub(crate) const ENTER: &str = "? enter";
pub(crate) const LEAVE: &str = "? leave";
pub(crate) const PAY: &str = "? pay";
pub(crate) const TURN: &str = "? turn";
pub(crate) const TEST: &str = "? test";
pub(crate) const COMBINED: &str = "? combined";
pub(crate) const JOINED: &str = "? joined";
pub(crate) const SOUND: &str = "? sound";
pub(crate) const SOME: &str = "? some";
pub(crate) const EACH: &str = "? each";
pub(crate) const MEMBER: &str = "? member";
pub(crate) const TRUTH: &str = "? truth";
pub(crate) const ITEMS: &str = "? items";
pub(crate) const OPEN: &str = "? open";
pub(crate) const CLOSE: &str = "? close";
pub(crate) const INSIDE: &str = "? inside";
pub(crate) const ASK: [&str; 2] = ["? ask", "? asked"];
pub(crate) const AND: [&str; 2] = ["? and", "? and then"];
pub(crate) const OR: [&str; 2] = ["? or", "? or else"];
/// Before the sign of a comparison.
pub(crate) const COMPARE: &str = "? ";
/// The end of an interval, given its start and end (see [`bound_interval`]).
pub(crate) const NEAR: &str = "? near";

fn takes_function(name: &Name) -> bool {
    matches!(name.as_str(), "sort" | "list replace")
}

/// Functions whose result can be larger than what they are given.
const GROWING: [&str; 14] = [
    "append",
    "concatenate",
    "context",
    "context merge",
    "context put",
    "flatten",
    "get entries",
    "insert before",
    "list replace",
    "replace",
    "split",
    "string",
    "string join",
    "union",
];

/// Functions that go through a list, and would take null for a list of one.
const LISTING: [&str; 14] = [
    "append",
    "count",
    "distinct values",
    "flatten",
    "index of",
    "insert before",
    "list contains",
    "list replace",
    "mode",
    "remove",
    "reverse",
    "sort",
    "string join",
    "sublist",
];

/// Functions whose null is a value like others, with arguments they are defined for.
const NULLABLE: [&str; 10] = [
    "all",
    "any",
    "get value",
    "max",
    "mean",
    "median",
    "min",
    "product",
    "stddev",
    "sum",
];

fn call(name: &str, argument: AstNode) -> AstNode {
    call_with(name, vec![argument])
}

fn call_with(name: &str, arguments: Vec<AstNode>) -> AstNode {
    AstNode::FunctionInvocation(
        Box::new(AstNode::Name(Name::from(name))),
        Box::new(AstNode::PositionalParameters(arguments)),
    )
}

fn text(text: &str) -> AstNode {
    AstNode::String(text.to_owned())
}

fn take(node: &mut AstNode) -> AstNode {
    std::mem::replace(node, AstNode::Null)
}

/// Makes the library pay for what it does (see [`crate::cost`]): for each turn of a loop, each call of a function literal, and where
/// values are put together. And makes it tell what fails (see [`crate::watch`]): at each operation that can fail, and where what
/// stands around would take a value for another. `and` and `or` end where their left side decides. `known` names stand for values
/// or functions of the model.
pub(crate) fn meter(node: &mut AstNode, known: &dyn Fn(&Name) -> bool) {
    let mut bound = BTreeSet::new();
    collect_bound(node, &mut bound);
    Meter { known, bound }.node(node);
}

struct Meter<'a> {
    known: &'a dyn Fn(&Name) -> bool,
    /// Names the expression itself binds somewhere.
    bound: BTreeSet<Name>,
}

impl Meter<'_> {
    fn node(&self, node: &mut AstNode) {
        match node {
            // What stands together in one expression grows with its length only.
            AstNode::Add(..) => {
                self.parts(node);
                *node = some(call(PAY, take(node)), "`+`");
            }
            AstNode::List(_) => {
                self.parts(node);
                *node = call(PAY, take(node));
            }
            AstNode::Context(entries) => {
                let several = entries.len() > 1;
                self.children(node);
                if several {
                    *node = call(PAY, take(node));
                }
            }
            AstNode::Sub(left, right) => {
                let nested = has_subtraction(left) || has_subtraction(right);
                self.node(left);
                self.node(right);
                if nested {
                    *node = once(take(left), take(right));
                }
                *node = call(SOUND, take(node));
            }
            AstNode::Mul(..) => {
                self.children(node);
                *node = some(take(node), "`*`");
            }
            AstNode::Between(..) => {
                self.children(node);
                *node = some(take(node), "`between`");
            }
            AstNode::Div(..) | AstNode::Exp(..) | AstNode::Neg(_) | AstNode::InstanceOf(..) | AstNode::If(..) => {
                self.children(node);
                *node = call(SOUND, take(node));
            }
            AstNode::Eq(left, right) => *node = self.comparison(Comparison::Equal, left, right),
            AstNode::Nq(left, right) => *node = self.comparison(Comparison::NotEqual, left, right),
            AstNode::Lt(left, right) => *node = self.comparison(Comparison::Less, left, right),
            AstNode::Le(left, right) => *node = self.comparison(Comparison::LessOrEqual, left, right),
            AstNode::Gt(left, right) => *node = self.comparison(Comparison::Greater, left, right),
            AstNode::Ge(left, right) => *node = self.comparison(Comparison::GreaterOrEqual, left, right),
            AstNode::In(left, right) => *node = self.comparison(Comparison::In, left, right),
            AstNode::And(left, right) => *node = self.connected(AND, false, left, right),
            AstNode::Or(left, right) => *node = self.connected(OR, true, left, right),
            AstNode::Name(name) => {
                // A member of a filtered item need not be there.
                if !(self.known)(name) {
                    *node = call(SOUND, take(node));
                }
            }
            AstNode::Path(of, member) => {
                self.node(of);
                if let AstNode::Name(member) = member.as_ref() {
                    *node = call_with(MEMBER, vec![take(of), text(member.as_str())]);
                }
            }
            // The library reads the path there as that of the range.
            AstNode::UnaryEq(of)
            | AstNode::UnaryNe(of)
            | AstNode::UnaryLt(of)
            | AstNode::UnaryLe(of)
            | AstNode::UnaryGt(of)
            | AstNode::UnaryGe(of) => match of.as_mut() {
                AstNode::Path(of, _) => self.node(of),
                of => self.node(of),
            },
            AstNode::For(domains, body) => {
                if let AstNode::IterationContexts(items) = domains.as_mut()
                    && items.len() > 1
                    && !mentions(body, &Name::from("partial"))
                {
                    // One in the other: the library repeats the last value of an inner list in place of an empty one, and goes through
                    // all combinations when there are none.
                    let rest = Box::new(AstNode::IterationContexts(items.split_off(1)));
                    let inside = AstNode::For(rest, Box::new(take(body)));
                    *node = AstNode::For(Box::new(take(domains)), Box::new(inside));
                    self.node(node);
                    *node = call(JOINED, take(node));
                    return;
                }
                self.domains(domains);
                self.turn_of(TURN, body, |body| body);
                if matches!(domains.as_ref(), AstNode::IterationContexts(items) if items.len() > 1) {
                    *node = combined(domains, take(body));
                }
                *node = call(SOUND, take(node));
            }
            // One in the other: the library would go through all combinations, also after the first that decides.
            AstNode::Some(domains, body) | AstNode::Every(domains, body) if matches!(domains.as_ref(), AstNode::QuantifiedContexts(items) if items.len() > 1) =>
            {
                let AstNode::QuantifiedContexts(items) = domains.as_mut() else {
                    return;
                };
                let rest = Box::new(AstNode::QuantifiedContexts(items.split_off(1)));
                let inside = Box::new(take(body));
                let first = Box::new(take(domains));
                let quantified = |nested: AstNode| Box::new(AstNode::Satisfies(Box::new(nested)));
                *node = match node {
                    AstNode::Some(..) => AstNode::Some(first, quantified(AstNode::Some(rest, inside))),
                    _ => AstNode::Every(first, quantified(AstNode::Every(rest, inside))),
                };
                self.node(node);
            }
            AstNode::Some(domains, body) | AstNode::Every(domains, body) => {
                self.domains(domains);
                let body = match body.as_mut() {
                    AstNode::Satisfies(body) => body.as_mut(),
                    body => body,
                };
                self.turn_of(TEST, body, |body| call_with(TRUTH, vec![body, text("`satisfies`")]));
                *node = call(SOUND, take(node));
            }
            AstNode::Filter(list, condition) => {
                self.filter(list, condition);
                *node = call(CLOSE, take(node));
            }
            AstNode::FunctionDefinition(parameters, body) => {
                if let AstNode::FunctionBody(body, false) = body.as_mut() {
                    self.guard(parameters, body);
                }
            }
            AstNode::FunctionInvocation(function, arguments) => {
                let name = match function.as_mut() {
                    AstNode::Name(name) => Some(name.clone()),
                    other => {
                        self.node(other);
                        None
                    }
                };
                let name = name.unwrap_or_default();
                self.arguments(&name, arguments);
                if self.built_in(&name)
                    && let Some((priced, list)) = priced::call(name.as_str(), arguments)
                {
                    *node = call(&priced, list);
                }
                if GROWING.contains(&name.as_str()) {
                    *node = call(PAY, take(node));
                }
                *node = if self.built_in(&name) && !NULLABLE.contains(&name.as_str()) {
                    some(take(node), &format!("`{name}`"))
                } else {
                    call(SOUND, take(node))
                };
            }
            _ => self.children(node),
        }
    }

    fn children(&self, node: &mut AstNode) {
        children(node).into_iter().for_each(|child| self.node(child));
    }

    /// Meters what stands in a list or a sum, which is paid for as a whole. Null of a sum in a sum is null of the whole.
    fn parts(&self, node: &mut AstNode) {
        let listed = matches!(node, AstNode::List(_));
        for part in children(node) {
            match part {
                AstNode::Add(..) if listed => {
                    self.parts(part);
                    *part = some(take(part), "`+`");
                }
                AstNode::Add(..) | AstNode::List(_) => self.parts(part),
                part => self.node(part),
            }
        }
    }

    /// Whether `name` stands for the function FEEL has under it.
    fn built_in(&self, name: &Name) -> bool {
        !(self.known)(name) && !self.bound.contains(name) && Bif::from_str(name.as_str()).is_ok()
    }

    fn comparison(&self, comparison: Comparison, left: &mut AstNode, right: &mut AstNode) -> AstNode {
        self.node(left);
        self.node(right);
        let name = format!("{COMPARE}{}", comparison.sign());
        call_with(&name, vec![take(left), take(right)])
    }

    /// `and`, where false decides, or `or`, where true does: `if decided(left) then decision else with(right)`.
    fn connected(&self, names: [&str; 2], deciding: bool, left: &mut AstNode, right: &mut AstNode) -> AstNode {
        self.node(left);
        self.node(right);
        let [decided, with] = names;
        AstNode::If(
            Box::new(call(decided, take(left))),
            Box::new(AstNode::Boolean(deciding)),
            Box::new(call(with, take(right))),
        )
    }

    fn domains(&self, domains: &mut AstNode) {
        let (AstNode::IterationContexts(items) | AstNode::QuantifiedContexts(items)) = domains else {
            return self.node(domains);
        };
        let mut earlier = BTreeSet::new();
        for item in items {
            match item {
                AstNode::IterationContextSingle(name, domain) | AstNode::QuantifiedContext(name, domain) => {
                    match domain.as_mut() {
                        // The library reads these as they are written.
                        AstNode::Range(..) => self.children(domain),
                        AstNode::Name(variable) if earlier.contains(variable) => {}
                        domain => {
                            self.node(domain);
                            *domain = call(EACH, take(domain));
                        }
                    }
                    if let AstNode::Name(name) = name.as_ref() {
                        earlier.insert(name.clone());
                    }
                }
                AstNode::IterationContextInterval(_, start, end) => {
                    self.node(start);
                    self.node(end);
                }
                other => self.node(other),
            }
        }
    }

    /// A condition is asked of each item and, where it may be an index, beside them: there what fails means nothing.
    fn filter(&self, list: &mut AstNode, condition: &mut AstNode) {
        self.node(list);
        *list = call(OPEN, take(list));
        let condition = inner(condition);
        let boolean = is_condition(condition);
        if boolean {
            self.turn_of(TEST, condition, |condition| condition);
            let inside = Box::new(call(INSIDE, AstNode::Null));
            let (asked, beside) = (Box::new(take(condition)), Box::new(AstNode::Boolean(false)));
            *condition = AstNode::If(inside, asked, beside);
        } else {
            self.turn_of(TEST, condition, |condition| {
                call_with(ASK[1], vec![call(ASK[0], AstNode::Null), condition])
            });
        }
    }

    fn arguments(&self, name: &Name, arguments: &mut AstNode) {
        for argument in children(arguments) {
            match argument {
                // The order of a list is asked more often than a function may be called.
                AstNode::FunctionDefinition(_, body) if takes_function(name) => {
                    let body = match body.as_mut() {
                        AstNode::FunctionBody(body, _) => body.as_mut(),
                        body => body,
                    };
                    let what = format!("what the function given to `{name}` gives");
                    self.turn_of(TEST, body, |body| call_with(TRUTH, vec![body, text(&what)]));
                }
                argument => self.node(argument),
            }
        }
        let built_in = self.built_in(name);
        for (at, argument) in children(arguments).into_iter().enumerate() {
            let (named, value) = match argument {
                AstNode::NamedParameter(named, value) => (Some(named), value.as_mut()),
                value => (None, value),
            };
            match name.as_str() {
                "all" | "any" if built_in => *value = call_with(TRUTH, vec![take(value), text("an item")]),
                "concatenate" | "union" if built_in => *value = call(EACH, take(value)),
                listing if built_in && LISTING.contains(&listing) => {
                    let list = match named.as_ref().map(|named| named.as_ref()) {
                        Some(AstNode::ParameterName(name)) => name.as_str() == "list",
                        _ => at == 0,
                    };
                    if list {
                        *value = call(EACH, take(value));
                    }
                }
                "max" if built_in => *value = call(ITEMS, take(value)),
                _ => {}
            }
        }
    }

    /// The body of a loop becomes `turn([body, size])`, and what is asked of items `test([body, size])`.
    fn turn_of(&self, name: &str, body: &mut AstNode, wrap: impl FnOnce(AstNode) -> AstNode) {
        let body = inner(body);
        let size = size(body);
        self.node(body);
        *body = call(name, AstNode::List(vec![wrap(take(body)), count(size)]));
    }

    /// Bounds calls of a function literal: its body becomes `if enter([size, parameters]) then leave(body) else null`.
    fn guard(&self, parameters: &mut AstNode, body: &mut AstNode) {
        let mut names = BTreeSet::new();
        collect_bound(parameters, &mut names);
        let given = std::iter::once(count(size(body))).chain(names.into_iter().map(AstNode::Name));
        let enter = call(ENTER, AstNode::List(given.collect()));
        self.node(body);
        let leave = call(LEAVE, take(body));
        *body = AstNode::If(Box::new(enter), Box::new(leave), Box::new(AstNode::Null));
    }
}

/// What stands in brackets.
fn inner(mut node: &mut AstNode) -> &mut AstNode {
    while let AstNode::EvaluatedExpression(inside) = node {
        node = inside;
    }
    node
}

/// Whether the value can be nothing but true, false or null.
fn is_condition(node: &AstNode) -> bool {
    match node {
        AstNode::EvaluatedExpression(inside) => is_condition(inside),
        AstNode::And(..)
        | AstNode::Between(..)
        | AstNode::Boolean(_)
        | AstNode::Eq(..)
        | AstNode::Every(..)
        | AstNode::Ge(..)
        | AstNode::Gt(..)
        | AstNode::In(..)
        | AstNode::InstanceOf(..)
        | AstNode::Le(..)
        | AstNode::Lt(..)
        | AstNode::Nq(..)
        | AstNode::Or(..)
        | AstNode::Some(..) => true,
        _ => false,
    }
}

/// What must not be null, of what is called `what`.
fn some(node: AstNode, what: &str) -> AstNode {
    call_with(SOME, vec![node, text(what)])
}

fn has_subtraction(node: &mut AstNode) -> bool {
    matches!(node, AstNode::Sub(..)) || children(node).into_iter().any(has_subtraction)
}

/// A subtraction that evaluates both sides once: where they do not go together the library evaluates them again for its words, and in
/// a chain of subtractions twice as often at each.
fn once(left: AstNode, right: AstNode) -> AstNode {
    let mut given = Given::default();
    let (left, right) = (given.name(left), given.name(right));
    given.to(AstNode::Sub(Box::new(left), Box::new(right)))
}

/// Values that are evaluated once and have names inside, whatever is done with them there.
#[derive(Default)]
struct Given {
    parameters: Vec<AstNode>,
    arguments: Vec<AstNode>,
}

impl Given {
    /// The name of a value.
    fn name(&mut self, value: AstNode) -> AstNode {
        let name = Name::from(format!("? given {}", self.parameters.len()));
        self.parameters.push(AstNode::FormalParameter(
            Box::new(AstNode::ParameterName(name.clone())),
            Box::new(AstNode::FeelType(FeelType::Any)),
        ));
        self.arguments.push(value);
        AstNode::Name(name)
    }

    /// What is done with them: a function of the values, called with them.
    fn to(self, body: AstNode) -> AstNode {
        let function = AstNode::FunctionDefinition(
            Box::new(AstNode::FormalParameters(self.parameters)),
            Box::new(AstNode::FunctionBody(Box::new(body), false)),
        );
        AstNode::FunctionInvocation(
            Box::new(function),
            Box::new(AstNode::PositionalParameters(self.arguments)),
        )
    }
}

/// A loop over several variables that looks back at `partial`. The library goes through all their combinations, also when one of the
/// lists is empty, and then without a word; so it pays for them before it begins: `if combined([domains]) then for … else null`, over values that are evaluated once.
fn combined(domains: &mut AstNode, body: AstNode) -> AstNode {
    let mut given = Given::default();
    let mut counted = Vec::new();
    // For each variable: the list it goes through, or the variable whose items it goes through, and so on.
    let mut known: Vec<(Name, AstNode, usize)> = Vec::new();
    if let AstNode::IterationContexts(items) = domains {
        for item in items {
            let (name, list, depth) = match item {
                AstNode::IterationContextInterval(name, start, end) => {
                    for bound in [start, end] {
                        **bound = given.name(take(bound));
                    }
                    (name, AstNode::Null, 0)
                }
                AstNode::IterationContextSingle(name, domain) => match domain.as_mut() {
                    AstNode::Range(..) => (name, AstNode::Null, 0),
                    AstNode::Name(of) if known.iter().any(|(known, ..)| known == of) => {
                        let of = known.iter().rfind(|(known, ..)| known == of);
                        let (list, depth) = of.map_or((AstNode::Null, 0), |(_, list, depth)| (list.clone(), depth + 1));
                        (name, list, depth)
                    }
                    domain => {
                        *domain = given.name(take(domain));
                        (name, domain.clone(), 0)
                    }
                },
                _ => continue,
            };
            if let AstNode::Name(name) = name.as_ref() {
                known.push((name.clone(), list.clone(), depth));
            }
            counted.push(AstNode::List(vec![count(depth), list]));
        }
    }
    let all = AstNode::For(Box::new(take(domains)), Box::new(body));
    given.to(AstNode::If(
        Box::new(call(COMBINED, AstNode::List(counted))),
        Box::new(all),
        Box::new(AstNode::Null),
    ))
}

fn count(size: usize) -> AstNode {
    AstNode::Numeric(size.to_string(), String::new(), '+', String::new())
}

/// Makes a counting loop end: an interval that is too wide, or one of larger numbers than can be counted, has no end (see [`crate::builtin::near`]),
/// which is an error when evaluated.
fn bound_interval(context: &mut AstNode) -> Result<(), Fault> {
    let (start, end) = match context {
        AstNode::IterationContextInterval(_, start, end) => (start, end),
        AstNode::IterationContextSingle(_, value) | AstNode::QuantifiedContext(_, value) => match value.as_mut() {
            AstNode::Range(start, end) => match (start.as_mut(), end.as_mut()) {
                (AstNode::IntervalStart(start, _), AstNode::IntervalEnd(end, _)) => (start, end),
                _ => return fault("this range cannot be counted through", "write for i in 1..12 return …"),
            },
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    if has_loop(start) || has_loop(end) {
        return fault(
            "the bounds of an interval may not contain loops",
            "compute the bound in a decision of its own",
        );
    }
    **end = call_with(NEAR, vec![start.as_ref().clone(), take(end)]);
    Ok(())
}

fn has_loop(node: &mut AstNode) -> bool {
    matches!(node, AstNode::For(..) | AstNode::Some(..) | AstNode::Every(..))
        || children(node).into_iter().any(has_loop)
}

/// The direct children of a node; leaves have none.
pub(crate) fn children(node: &mut AstNode) -> Vec<&mut AstNode> {
    use AstNode as A;
    match node {
        A::At(_)
        | A::Boolean(_)
        | A::ContextEntryKey(_)
        | A::ContextTypeEntryKey(_)
        | A::FeelType(_)
        | A::Irrelevant
        | A::Name(_)
        | A::Null
        | A::Numeric(..)
        | A::ParameterName(_)
        | A::QualifiedNameSegment(_)
        | A::String(_) => vec![],
        A::EvaluatedExpression(a)
        | A::FunctionBody(a, _)
        | A::IntervalEnd(a, _)
        | A::IntervalStart(a, _)
        | A::ListType(a)
        | A::Neg(a)
        | A::RangeType(a)
        | A::Satisfies(a)
        | A::UnaryEq(a)
        | A::UnaryGe(a)
        | A::UnaryGt(a)
        | A::UnaryLe(a)
        | A::UnaryLt(a)
        | A::UnaryNe(a) => vec![a],
        A::Add(a, b)
        | A::And(a, b)
        | A::ContextEntry(a, b)
        | A::ContextTypeEntry(a, b)
        | A::Div(a, b)
        | A::Eq(a, b)
        | A::Every(a, b)
        | A::Exp(a, b)
        | A::Filter(a, b)
        | A::For(a, b)
        | A::FormalParameter(a, b)
        | A::FunctionDefinition(a, b)
        | A::FunctionInvocation(a, b)
        | A::FunctionType(a, b)
        | A::Ge(a, b)
        | A::Gt(a, b)
        | A::In(a, b)
        | A::InstanceOf(a, b)
        | A::IterationContextSingle(a, b)
        | A::Le(a, b)
        | A::Lt(a, b)
        | A::Mul(a, b)
        | A::NamedParameter(a, b)
        | A::Nq(a, b)
        | A::Or(a, b)
        | A::Out(a, b)
        | A::Path(a, b)
        | A::QuantifiedContext(a, b)
        | A::Range(a, b)
        | A::Some(a, b)
        | A::Sub(a, b) => vec![a, b],
        A::Between(a, b, c) | A::If(a, b, c) | A::IterationContextInterval(a, b, c) => vec![a, b, c],
        A::CommaList(items)
        | A::Context(items)
        | A::ContextType(items)
        | A::ExpressionList(items)
        | A::FormalParameters(items)
        | A::IterationContexts(items)
        | A::List(items)
        | A::NamedParameters(items)
        | A::NegatedList(items)
        | A::ParameterTypes(items)
        | A::PositionalParameters(items)
        | A::QualifiedName(items)
        | A::QuantifiedContexts(items) => items.iter_mut().collect(),
    }
}
