//! Walking FEEL syntax trees: what an expression may do before it is allowed to run.
//!
//! The FEEL library can loop without bound, recurse through functions, read the clock and call out over HTTP. None of
//! that is let through: [`inspect`] refuses it at load, with words for the author.

use dsntk_feel::bif::Bif;
use dsntk_feel::{FeelType, Name};
use dsntk_feel_parser::AstNode;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// Deepest nesting of a FEEL expression; deeper ones could exhaust the stack of the evaluator.
const MAX_DEPTH: usize = 100;
/// Most `for`/`some`/`every` variables nested in one another.
const MAX_LOOPS: usize = 3;
/// Widest interval a loop may count through: numbers, and days.
pub(crate) const MAX_INTERVAL: usize = 1_000;
const MAX_DAYS: &str = "P1000D";
/// Greatest number a loop may count from or to. Numbers have 34 digits; beyond them adding one changes nothing, and counting never ends.
const MAX_BOUND: &str = "1000000000000000000000000000000000";

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
        if !built_in && !self.bound.contains(name) && !known {
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
pub(crate) const SHORT: &str = "? short";

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

/// Of those, the ones that repeat a text: the place and the name of its parameter.
const REPEATING: [(&str, usize, &str); 2] = [("replace", 2, "replacement"), ("string join", 1, "delimiter")];

fn call(name: &str, argument: AstNode) -> AstNode {
    AstNode::FunctionInvocation(
        Box::new(AstNode::Name(Name::from(name))),
        Box::new(AstNode::PositionalParameters(vec![argument])),
    )
}

fn take(node: &mut AstNode) -> AstNode {
    std::mem::replace(node, AstNode::Null)
}

/// Makes the library pay for what it does (see [`crate::cost`]): for each turn of a loop, each call of a function literal, and where
/// values are put together.
pub(crate) fn meter(node: &mut AstNode) {
    match node {
        // What stands together in one expression grows with its length only.
        AstNode::Add(..) | AstNode::List(_) => {
            parts(node);
            *node = call(PAY, take(node));
        }
        AstNode::Context(entries) => {
            let several = entries.len() > 1;
            children(node).into_iter().for_each(meter);
            if several {
                *node = call(PAY, take(node));
            }
        }
        AstNode::Sub(left, right) => {
            let nested = has_subtraction(left) || has_subtraction(right);
            meter(left);
            meter(right);
            if nested {
                *node = once(take(left), take(right));
            }
        }
        AstNode::For(domains, body) | AstNode::Filter(domains, body) => {
            meter(domains);
            turn(body);
        }
        AstNode::Some(domains, body) | AstNode::Every(domains, body) => {
            meter(domains);
            match body.as_mut() {
                AstNode::Satisfies(body) => turn(body),
                body => turn(body),
            }
        }
        AstNode::FunctionDefinition(parameters, body) => {
            if let AstNode::FunctionBody(body, false) = body.as_mut() {
                guard(parameters, body);
            }
        }
        AstNode::FunctionInvocation(function, arguments) => {
            let name = match function.as_ref() {
                AstNode::Name(name) => name.clone(),
                _ => Name::default(),
            };
            meter(function);
            for argument in children(arguments) {
                match argument {
                    // The order of a list is asked more often than a function may be called.
                    AstNode::FunctionDefinition(_, body) if takes_function(&name) => match body.as_mut() {
                        AstNode::FunctionBody(body, _) => turn(body),
                        body => turn(body),
                    },
                    argument => meter(argument),
                }
            }
            if let Some((_, place, parameter)) = REPEATING.iter().find(|(repeating, ..)| *repeating == name.as_str()) {
                for (at, argument) in children(arguments).into_iter().enumerate() {
                    match argument {
                        AstNode::NamedParameter(named, value) => {
                            if matches!(named.as_ref(), AstNode::ParameterName(name) if name.as_str() == *parameter) {
                                **value = call(SHORT, take(value));
                            }
                        }
                        argument if at == *place => *argument = call(SHORT, take(argument)),
                        _ => {}
                    }
                }
            }
            if GROWING.contains(&name.as_str()) {
                *node = call(PAY, take(node));
            }
        }
        _ => children(node).into_iter().for_each(meter),
    }
}

/// Meters what stands in a list or a sum, which is paid for as a whole.
fn parts(node: &mut AstNode) {
    for part in children(node) {
        match part {
            AstNode::Add(..) | AstNode::List(_) => parts(part),
            part => meter(part),
        }
    }
}

fn has_subtraction(node: &mut AstNode) -> bool {
    matches!(node, AstNode::Sub(..)) || children(node).into_iter().any(has_subtraction)
}

/// A subtraction that evaluates both sides once: where they do not go together the library evaluates them again for its words, and in
/// a chain of subtractions twice as often at each.
fn once(left: AstNode, right: AstNode) -> AstNode {
    let name = |side: &str| Name::from(side);
    let parameter = |side: &str| {
        AstNode::FormalParameter(
            Box::new(AstNode::ParameterName(name(side))),
            Box::new(AstNode::FeelType(FeelType::Any)),
        )
    };
    let side = |side: &str| Box::new(AstNode::Name(name(side)));
    let (of_left, of_right) = ("? left", "? right");
    let body = AstNode::Sub(side(of_left), side(of_right));
    let function = AstNode::FunctionDefinition(
        Box::new(AstNode::FormalParameters(vec![parameter(of_left), parameter(of_right)])),
        Box::new(AstNode::FunctionBody(Box::new(body), false)),
    );
    AstNode::FunctionInvocation(
        Box::new(function),
        Box::new(AstNode::PositionalParameters(vec![left, right])),
    )
}

fn count(size: usize) -> AstNode {
    AstNode::Numeric(size.to_string(), String::new(), '+', String::new())
}

/// The body of a loop becomes `turn([body, size])`.
fn turn(body: &mut AstNode) {
    let body = match body {
        AstNode::EvaluatedExpression(inside) => inside.as_mut(),
        other => other,
    };
    let size = size(body);
    meter(body);
    *body = call(TURN, AstNode::List(vec![take(body), count(size)]));
}

/// Bounds calls of a function literal: its body becomes `if enter([size, parameters]) then leave(body) else null`.
fn guard(parameters: &mut AstNode, body: &mut AstNode) {
    let mut names = BTreeSet::new();
    collect_bound(parameters, &mut names);
    let given = std::iter::once(count(size(body))).chain(names.into_iter().map(AstNode::Name));
    let enter = call(ENTER, AstNode::List(given.collect()));
    meter(body);
    let leave = call(LEAVE, take(body));
    *body = AstNode::If(Box::new(enter), Box::new(leave), Box::new(AstNode::Null));
}

/// Makes a counting loop end: an interval wider than [`MAX_INTERVAL`], or one of larger numbers than can be counted, becomes null,
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
    let number = |digits: &str| {
        let digits = digits.to_owned();
        Box::new(AstNode::Numeric(digits, String::new(), '+', String::new()))
    };
    let days = || Box::new(AstNode::At(MAX_DAYS.to_owned()));
    let within = |a: &AstNode, b: &AstNode| {
        let (a, b) = (|| Box::new(a.clone()), || Box::new(b.clone()));
        let difference = || Box::new(AstNode::Sub(b(), a()));
        let near = AstNode::Le(difference(), number(&MAX_INTERVAL.to_string()));
        let small = AstNode::Lt(a(), number(MAX_BOUND));
        let not_large = AstNode::Gt(a(), Box::new(AstNode::Neg(number(MAX_BOUND))));
        let counted = AstNode::And(
            Box::new(near),
            Box::new(AstNode::And(Box::new(small), Box::new(not_large))),
        );
        AstNode::Or(Box::new(counted), Box::new(AstNode::Le(difference(), days())))
    };
    let both = AstNode::And(Box::new(within(start, end)), Box::new(within(end, start)));
    let bounded = std::mem::replace(end.as_mut(), AstNode::Null);
    **end = AstNode::If(Box::new(both), Box::new(bounded), Box::new(AstNode::Null));
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
