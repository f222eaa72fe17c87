//! Conditions on flows: a FEEL expression over the case's variables.
//!
//! Only what a gateway needs is allowed: comparisons, logic, paths, literals, arithmetic and built-in functions. Loops,
//! own functions and external functions are refused: a condition must end, and must not leave the machine.

use std::fmt;

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_feel::{Evaluator, FeelNumber, FeelScope, Name};
use dsntk_feel_parser::AstNode;
use serde_json::Value;

/// Longest condition, in bytes.
const TEXT_LIMIT: usize = 500;
/// Deepest nesting of a condition.
const DEPTH_LIMIT: u32 = 24;

const KEYWORDS: [&str; 20] = [
    "and",
    "or",
    "not",
    "true",
    "false",
    "null",
    "if",
    "then",
    "else",
    "in",
    "between",
    "instance",
    "of",
    "for",
    "some",
    "every",
    "function",
    "satisfies",
    "return",
    "external",
];

/// A condition ready to be asked.
pub(crate) struct Condition {
    pub(crate) text: String,
    /// Names of the variables it reads.
    pub(crate) reads: Vec<String>,
    evaluator: Evaluator,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}

impl Condition {
    /// Reads a condition; the error says, in German, what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Condition, String> {
        let text = text.trim();
        // Zeebe's modeller writes FEEL with a leading `=`.
        let text = text.strip_prefix('=').unwrap_or(text).trim();
        if text.is_empty() {
            return Err("die Bedingung ist leer".to_owned());
        }
        if text.len() > TEXT_LIMIT {
            return Err(format!("die Bedingung ist länger als {TEXT_LIMIT} Zeichen"));
        }
        if text.starts_with("${") || text.starts_with("#{") {
            return Err(format!("`{text}` ist kein FEEL (sieht nach JUEL aus)"));
        }
        // The parser's tables need no recursion, but its tree does: bound the depth before building anything on it.
        if nesting(text) > DEPTH_LIMIT {
            return Err(format!(
                "die Bedingung ist tiefer als {DEPTH_LIMIT} Ebenen geschachtelt"
            ));
        }
        let paths = paths(text);
        let mut names = FeelContext::new();
        for path in &paths {
            let path: Vec<Name> = path.iter().map(|part| Name::from(part.as_str())).collect();
            names.create_entries(&path, Feel::Null(None));
        }
        let scope = FeelScope::from(names);
        let node = dsntk_feel_parser::parse_expression(&scope, text, false)
            .map_err(|_| format!("`{text}` ist kein gültiger FEEL-Ausdruck"))?;
        allowed(&node, DEPTH_LIMIT)?;
        let mut reads: Vec<String> = paths.into_iter().filter_map(|path| path.into_iter().next()).collect();
        reads.sort();
        reads.dedup();
        Ok(Condition {
            text: text.to_owned(),
            reads,
            evaluator: dsntk_feel_evaluator::prepare(&node),
        })
    }

    /// Whether it holds; the error says what it gave instead of true or false.
    pub(crate) fn holds(&self, vars: &Value) -> Result<bool, String> {
        let mut context = FeelContext::new();
        for name in &self.reads {
            if let Some(value) = vars.get(name) {
                context.set_entry(&Name::from(name.as_str()), feel(value));
            }
        }
        match (self.evaluator)(&FeelScope::from(context)) {
            Feel::Boolean(value) => Ok(value),
            Feel::Null(_) => Err("null".to_owned()),
            other => Err(format!("a value of type {}", other.type_of())),
        }
    }
}

/// JSON as FEEL.
fn feel(value: &Value) -> Feel {
    match value {
        Value::Null => Feel::Null(None),
        Value::Bool(b) => Feel::Boolean(*b),
        Value::Number(n) => n
            .to_string()
            .parse::<FeelNumber>()
            .map_or(Feel::Null(None), Feel::Number),
        Value::String(s) => Feel::String(s.clone()),
        Value::Array(items) => Feel::List(items.iter().map(feel).collect()),
        Value::Object(entries) => {
            let mut context = FeelContext::new();
            for (key, value) in entries {
                context.set_entry(&Name::from(key.as_str()), feel(value));
            }
            Feel::Context(context)
        }
    }
}

/// An upper bound of how deep the tree can get: every operator or bracket adds at most one level.
fn nesting(text: &str) -> u32 {
    let mut depth = 0;
    let mut string = false;
    let mut last = ' ';
    for c in text.chars() {
        match c {
            '"' if last != '\\' => string = !string,
            _ if string => {}
            '(' | '[' | '{' | '-' | '+' | '*' | '/' => depth += 1,
            _ => {}
        }
        last = c;
    }
    depth
        + text
            .split_whitespace()
            .filter(|word| ["and", "or", "if", "in", "between"].contains(word))
            .count() as u32
}

/// The variable paths a condition reads: `a.b.c` as `[a, b, c]`; function names and keywords are none.
fn paths(text: &str) -> Vec<Vec<String>> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        if c == '"' {
            i += 1;
            while let Some(&c) = chars.get(i) {
                i += if c == '\\' { 2 } else { 1 };
                if c == '"' {
                    break;
                }
            }
        } else if c.is_alphabetic() || c == '_' {
            let start = i;
            while chars
                .get(i)
                .is_some_and(|c| c.is_alphanumeric() || *c == '_' || *c == '.')
            {
                i += 1;
            }
            let word: String = chars.get(start..i).unwrap_or_default().iter().collect();
            let rest = chars.get(i..).unwrap_or_default();
            let function = names_function(rest);
            let path: Vec<String> = word.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect();
            if !function && !KEYWORDS.contains(&word.as_str()) && !path.is_empty() {
                found.push(path);
            }
        } else if c.is_numeric() {
            while chars.get(i).is_some_and(|c| c.is_alphanumeric() || *c == '.') {
                i += 1;
            }
        } else {
            i += 1;
        }
    }
    found
}

/// Whether the word before `rest` belongs to the name of a function: `count(`, `list contains(`, `date and time(`.
fn names_function(rest: &[char]) -> bool {
    let rest: String = rest.iter().take(40).collect();
    let rest = rest.trim_start();
    let next = rest
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default();
    rest.starts_with('(')
        || rest.starts_with("and time")
        || (next.starts_with(char::is_alphabetic) && !KEYWORDS.contains(&next))
}

/// Refuses what could run for ever or leave the machine.
fn allowed(node: &AstNode, depth: u32) -> Result<(), String> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(format!(
            "die Bedingung ist tiefer als {DEPTH_LIMIT} Ebenen geschachtelt"
        ));
    };
    let all = |nodes: &[&AstNode]| nodes.iter().try_for_each(|node| allowed(node, depth));
    match node {
        AstNode::At(_)
        | AstNode::Boolean(_)
        | AstNode::Name(_)
        | AstNode::Null
        | AstNode::Numeric(..)
        | AstNode::ParameterName(_)
        | AstNode::QualifiedNameSegment(_)
        | AstNode::String(_) => Ok(()),
        AstNode::Neg(a)
        | AstNode::IntervalStart(a, _)
        | AstNode::IntervalEnd(a, _)
        | AstNode::UnaryGe(a)
        | AstNode::UnaryGt(a)
        | AstNode::UnaryLe(a)
        | AstNode::UnaryLt(a)
        | AstNode::UnaryEq(a)
        | AstNode::UnaryNe(a) => all(&[a]),
        AstNode::Add(a, b)
        | AstNode::And(a, b)
        | AstNode::Div(a, b)
        | AstNode::Eq(a, b)
        | AstNode::FunctionInvocation(a, b)
        | AstNode::Ge(a, b)
        | AstNode::Gt(a, b)
        | AstNode::In(a, b)
        | AstNode::Le(a, b)
        | AstNode::Lt(a, b)
        | AstNode::Mul(a, b)
        | AstNode::NamedParameter(a, b)
        | AstNode::Nq(a, b)
        | AstNode::Or(a, b)
        | AstNode::Path(a, b)
        | AstNode::Range(a, b)
        | AstNode::Sub(a, b) => all(&[a, b]),
        AstNode::Between(a, b, c) | AstNode::If(a, b, c) => all(&[a, b, c]),
        AstNode::CommaList(nodes)
        | AstNode::ExpressionList(nodes)
        | AstNode::List(nodes)
        | AstNode::NamedParameters(nodes)
        | AstNode::NegatedList(nodes)
        | AstNode::PositionalParameters(nodes)
        | AstNode::QualifiedName(nodes) => nodes.iter().try_for_each(|node| allowed(node, depth)),
        _ => Err(
            "die Bedingung benutzt etwas, das an einem Gateway nicht erlaubt ist (Schleife, Filter, eigene oder \
                  externe Funktion)"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_hold_or_say_why_not() {
        let vars = json!({"entscheidung": {"automatisch": true, "betrag": 1200, "art": "normal"}, "rolle": ["a", "b"]});
        let cases: [(&str, &str); 22] = [
            ("entscheidung.automatisch", "Ok(true)"),
            ("entscheidung.automatisch = true", "Ok(true)"),
            ("= entscheidung.automatisch", "Ok(true)"),
            ("not(entscheidung.automatisch)", "Ok(false)"),
            (
                "entscheidung.betrag > 1000 and entscheidung.art = \"normal\"",
                "Ok(true)",
            ),
            ("entscheidung.betrag between 1 and 5", "Ok(false)"),
            ("entscheidung.betrag in [1..2000]", "Ok(true)"),
            ("entscheidung.art in (\"normal\", \"ermäßigt\")", "Ok(true)"),
            ("list contains(rolle, \"b\")", "Ok(true)"),
            ("count(rolle) = 2 and string length(entscheidung.art) = 6", "Ok(true)"),
            (
                "date and time(\"2026-01-02T00:00:00\") > date and time(\"2026-01-01T00:00:00\")",
                "Ok(true)",
            ),
            ("if entscheidung.automatisch then false else true", "Ok(false)"),
            ("entscheidung.betrag - 1200 = 0", "Ok(true)"),
            ("entscheidung.betrag", "Err(\"a value of type number\")"),
            ("entscheidung.fehlt", "Err(\"null\")"),
            ("fehlt.ganz = true", "Err(\"null\")"),
            ("entscheidung.betrag >", "kein gültiger"),
            ("", "leer"),
            ("${approved}", "JUEL"),
            ("count(for i in 1..9 return i) = 9", "nicht erlaubt"),
            ("some x in rolle satisfies x = \"a\"", "nicht erlaubt"),
            (
                "{f: function(n) external {java: {class: \"java.lang.Math\"}}}.f(1)",
                "nicht erlaubt",
            ),
        ];
        for (text, expected) in cases {
            let got = match Condition::parse(text) {
                Ok(condition) => format!("{:?}", condition.holds(&vars)),
                Err(why) => why,
            };
            assert!(got.contains(expected), "{text}: {got}, expected {expected}");
        }
    }

    #[test]
    fn deep_conditions_are_refused_before_they_cost_the_stack() {
        for text in [
            format!("{}1{}", "(".repeat(400), ")".repeat(90)),
            "-".repeat(499),
            format!("{}a{}", "not(".repeat(100), ")".repeat(100)),
        ] {
            assert!(Condition::parse(&text).is_err());
        }
        assert!(Condition::parse(&"a".repeat(501)).is_err());
    }
}
