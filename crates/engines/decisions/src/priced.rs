//! Functions of the FEEL library that work more than what they are given weighs. Their price is known once their arguments are: they are
//! called through functions of this crate (see [`crate::ast`]), which pay it first.

use crate::cost;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelScope, Name};
use dsntk_feel_evaluator::prepare;
use dsntk_feel_parser::AstNode;

/// Their names, and those of their parameters; `union` takes as many lists as it is given.
const PRICED: [(&str, &[&str]); 6] = [
    ("distinct values", &["list"]),
    ("matches", &["input", "pattern", "flags"]),
    ("replace", &["input", "pattern", "replacement", "flags"]),
    ("split", &["string", "delimiter"]),
    ("string join", &["list", "delimiter"]),
    ("union", &[]),
];

/// Before the name of such a function; no FEEL name can look like it.
const PREFIX: &str = "? price of ";

/// Units for compiling any regular expression, about 50 ns each.
const REGEX: usize = 500;
/// Units for compiling one sign of it, one set of signs, and one kind of signs such as `\w`, which is a set of thousands.
const SIGN: usize = 5;
const SET: usize = 100;
const KIND: usize = 3_000;
/// Steps of a search that cost a unit.
const STEPS: usize = 16;
/// The same for those that may look through the rest of a text again after each place they find.
const STEPS_AGAIN: usize = 64;

/// Whether the FEEL function of this name has a price.
pub(crate) fn is_priced(name: &str) -> bool {
    PRICED.iter().any(|(priced, _)| *priced == name)
}

/// The call of such a function as one through this module: its name, and the list of its arguments. None when it is another one, or is
/// called as it cannot be: then it fails before it works.
pub(crate) fn call(function: &str, arguments: &AstNode) -> Option<(String, AstNode)> {
    let (_, parameters) = PRICED.iter().find(|(priced, _)| *priced == function)?;
    let given = match arguments {
        AstNode::PositionalParameters(given) if parameters.is_empty() || given.len() <= parameters.len() => {
            given.clone()
        }
        AstNode::NamedParameters(named) => {
            let value = |parameter: &&str| {
                named.iter().find_map(|argument| match argument {
                    AstNode::NamedParameter(name, value) => match name.as_ref() {
                        AstNode::ParameterName(name) if name.as_str() == *parameter => Some(value.as_ref().clone()),
                        _ => None,
                    },
                    _ => None,
                })
            };
            let given: Vec<AstNode> = parameters.iter().map_while(value).collect();
            if given.len() != named.len() {
                return None;
            }
            given
        }
        _ => return None,
    };
    Some((format!("{PREFIX}{function}"), AstNode::List(given)))
}

/// The FEEL function that is called by a name [`call`] gave.
pub(crate) fn function(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix(PREFIX)?;
    PRICED
        .iter()
        .find(|(priced, _)| *priced == name)
        .map(|(priced, _)| *priced)
}

/// Pays, and calls it.
pub(crate) fn evaluate(function: &str, arguments: Vec<Value>) -> Value {
    pay(function, &arguments);
    let scope = FeelScope::default();
    let names = arguments.into_iter().enumerate().map(|(place, argument)| {
        let name = Name::from(format!("? {place}"));
        scope.set_value(&name, argument);
        AstNode::Name(name)
    });
    let names = AstNode::PositionalParameters(names.collect());
    let call = AstNode::FunctionInvocation(Box::new(AstNode::Name(Name::from(function))), Box::new(names));
    prepare(&call)(&scope)
}

fn pay(function: &str, arguments: &[Value]) {
    match (function, arguments) {
        ("matches", [Value::String(input), Value::String(pattern), ..]) => {
            let regex = Regex::read(pattern);
            cost::spend(regex.compiled);
            cost::spend(input.len().saturating_mul(regex.signs) / STEPS);
        }
        ("split", [Value::String(input), Value::String(pattern)]) => pay_search(input, pattern),
        (
            "replace",
            [
                Value::String(input),
                Value::String(pattern),
                Value::String(by),
                flags @ ..,
            ],
        ) => {
            pay_search(input, pattern);
            // Flags let a pattern fit elsewhere, and `$0` stands for what was found: then every place may be one.
            let places = if flags.is_empty() && !by.contains('$') && Regex::read(pattern).literal {
                input.matches(pattern.as_str()).count()
            } else {
                input.len() + 1
            };
            cost::spend_replaced(places.saturating_mul(by.len()));
        }
        ("string join", [Value::List(items), delimiter @ ..]) => {
            let length = |value: &Value| match value {
                Value::String(text) => text.len(),
                _ => 0,
            };
            let between = delimiter.first().map_or(0, length).saturating_mul(items.len());
            cost::spend_text(items.iter().map(length).fold(between, usize::saturating_add));
        }
        ("distinct values" | "union", lists) => {
            let items = lists.iter().map(|list| match list {
                Value::List(items) => items.len(),
                _ => 0,
            });
            let items: usize = items.sum();
            // Each is compared with all that were kept before.
            cost::spend(items.saturating_mul(cost::weight_library(lists)) / 2);
        }
        _ => {}
    }
}

/// Pays for `value in list`.
pub(crate) fn pay_in(value: &Value, list: &Value) {
    let times = match (value, list) {
        (Value::List(items), Value::List(_) | Value::ExpressionList(_)) => items.len().max(1),
        _ => 1,
    };
    if let Value::List(tests) | Value::ExpressionList(tests) | Value::NegatedCommaList(tests) = list {
        // The library is given the value once for each test.
        let each = cost::weight_library(std::slice::from_ref(value)).saturating_mul(tests.len());
        cost::spend(times.saturating_mul(cost::weight_library(tests)).saturating_add(each));
    }
}

fn pay_search(input: &str, pattern: &str) {
    let regex = Regex::read(pattern);
    cost::spend(regex.compiled);
    cost::spend(input.len().saturating_mul(regex.signs) / STEPS);
    if regex.endless {
        cost::spend(input.len().saturating_mul(input.len()) / STEPS_AGAIN);
    }
}

/// What a regular expression costs, by how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Regex {
    /// Units for compiling it.
    compiled: usize,
    /// How many signs it has when all repetitions with a number are written out.
    signs: usize,
    /// Something in it may be repeated without end.
    endless: bool,
    /// It means itself.
    literal: bool,
}

/// Units and signs of what was read, and of its last part, which a repetition repeats.
#[derive(Default, Clone, Copy)]
struct Read {
    whole: (usize, usize),
    last: (usize, usize),
}

impl Read {
    fn add(&mut self, units: usize, signs: usize) {
        self.whole.0 = self.whole.0.saturating_add(units);
        self.whole.1 = self.whole.1.saturating_add(signs);
        self.last = (units, signs);
    }

    fn repeat(&mut self, times: usize) {
        let (units, signs) = self.last;
        let more = times.saturating_sub(1);
        self.add(units.saturating_mul(more), signs.saturating_mul(more));
        self.last = (units.saturating_mul(times), signs.saturating_mul(times));
    }

    /// Ends a group or a set, which is a part of what is around it.
    fn close(&mut self, around: Read) {
        let (units, signs) = self.whole;
        *self = around;
        self.add(units, signs);
    }
}

impl Regex {
    /// Where comments are no part of it, they may stand in the middle of a repetition.
    fn read(pattern: &str) -> Regex {
        let whole = Regex::read_all(pattern);
        if !pattern.contains('#') {
            return whole;
        }
        let lines = pattern
            .split('\n')
            .map(|line| line.split('#').next().unwrap_or_default());
        let without = Regex::read_all(&lines.collect::<Vec<_>>().join("\n"));
        Regex {
            compiled: whole.compiled.max(without.compiled),
            signs: whole.signs.max(without.signs),
            endless: whole.endless || without.endless,
            literal: whole.literal,
        }
    }

    fn read_all(pattern: &str) -> Regex {
        let (mut open, mut read) = (Vec::new(), Read::default());
        let (mut endless, mut literal) = (false, true);
        // How many sets are open, and where a bracket that closes one would be its first sign instead.
        let (mut sets, mut first) = (0_usize, 0);
        let mut signs = pattern.chars().enumerate().peekable();
        while let Some((at, sign)) = signs.next() {
            literal &= !"\\.+*?()|[]{}^$".contains(sign);
            match sign {
                '\\' => match signs.next() {
                    Some((_, 'b' | 'B' | 'A' | 'z' | 'n' | 'r' | 't')) => read.add(SIGN, 1),
                    Some((_, kind)) if kind.is_alphabetic() => read.add(KIND, 8),
                    _ => read.add(SIGN, 1),
                },
                '[' => {
                    if sets == 0 {
                        open.push(std::mem::take(&mut read));
                        read.add(SET, 2);
                    }
                    sets += 1;
                    let negated = signs.next_if(|(_, sign)| *sign == '^').is_some();
                    first = at + 1 + usize::from(negated);
                }
                ']' if sets > 0 && at != first => {
                    sets -= 1;
                    if sets == 0 {
                        read.close(open.pop().unwrap_or_default());
                    }
                }
                _ if sets > 0 => read.add(SIGN, 0),
                '.' => read.add(SET, 2),
                '(' => open.push(std::mem::take(&mut read)),
                ')' => read.close(open.pop().unwrap_or_default()),
                '*' | '+' => endless = true,
                '?' | '|' => {}
                '{' => {
                    let part = |sign: char| sign.is_ascii_digit() || sign == ',' || sign.is_whitespace();
                    let mut count = String::new();
                    while let Some((_, sign)) = signs.next_if(|(_, sign)| part(*sign)) {
                        count.push(sign);
                    }
                    if signs.next_if(|(_, sign)| *sign == '}').is_some() {
                        endless |= count.trim_end().ends_with(',');
                        read.repeat(times(&count));
                    } else {
                        read.add(SIGN.saturating_mul(1 + count.len()), 1 + count.len());
                    }
                }
                _ => read.add(SIGN, 1),
            }
        }
        while let Some(around) = open.pop() {
            read.close(around);
        }
        Regex {
            compiled: REGEX.saturating_add(read.whole.0),
            signs: read.whole.1.max(1),
            endless,
            literal,
        }
    }
}

/// The most of `3`, `3,` or `3,5`.
fn times(count: &str) -> usize {
    let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
    let numbers = count.split(',').map(digits).filter(|number| !number.is_empty());
    let numbers = numbers.map(|number| number.parse().unwrap_or(usize::MAX));
    numbers.max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_expression_costs_what_it_unfolds_to() {
        let units = |pattern: &str| Regex::read(pattern).compiled - REGEX;
        for (pattern, expected) in [
            ("", 0),
            ("abc", 3 * SIGN),
            ("a{3}", 3 * SIGN),
            ("ab{3,5}c", 7 * SIGN),
            ("a{2,}", 2 * SIGN),
            ("a{x}", 3 * SIGN),
            ("\\w", KIND),
            ("\\w{60}", 60 * KIND),
            ("\\.{4}", 4 * SIGN),
            ("(\\w{10}b){10}", 100 * KIND + 10 * SIGN),
            ("((a{50}){50}){50}", 125_000 * SIGN),
            ("[a-c]{2}", 2 * (SET + 3 * SIGN)),
            ("[\\wa]{60}", 60 * (SET + KIND + SIGN)),
            ("[]\\wa]{60}", 60 * (SET + KIND + 2 * SIGN)),
            ("[a[\\w]b]{60}", 60 * (SET + KIND + 2 * SIGN)),
            ("\\w{ # so many\n60}", 60 * KIND),
        ] {
            assert!(
                units(pattern) >= expected && units(pattern) <= expected + expected / 2 + SET,
                "{pattern}: {} {expected}",
                units(pattern)
            );
        }
        assert_eq!(units("a{99999999999}{99999999999}"), usize::MAX - REGEX);
        for (pattern, endless, literal) in [
            ("GRUND", false, true),
            ("a|b", false, false),
            ("\\s+", true, false),
            ("a{2,}", true, false),
            ("a{2,3}", false, false),
        ] {
            let read = Regex::read(pattern);
            assert_eq!((read.endless, read.literal), (endless, literal), "{pattern}");
        }
    }
}
