//! Conditions and scripts: FEEL expressions over the case's variables.
//!
//! Only what a process needs is allowed: comparisons, logic, paths, literals, arithmetic and built-in functions; in scripts
//! contexts too. Loops, own functions and external functions are refused: an expression must end, and must not leave the machine.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_feel::{Evaluator, FeelNumber, FeelScope, Name};
use dsntk_feel_parser::AstNode;
use serde_json::Value;

/// Longest expression, in bytes.
const TEXT_LIMIT: usize = 500;
/// Deepest nesting of an expression.
const DEPTH_LIMIT: u32 = 24;
/// Most subtractions: where the sides of a subtraction do not go together the FEEL library evaluates both again for its words, and in a chain of
/// them twice as often at each.
const SUBTRACTION_LIMIT: usize = 10;
/// Most names of a path: the parser of the FEEL library looks for `a`, `b`, `a.b` and so on at every word, twice as many with each name.
const PATH_LIMIT: usize = 6;
/// Most a script may give, in bytes of its texts and names and eight for every value: a variable that holds twice itself after each script
/// would soon fill the machine.
const VALUE_LIMIT: usize = 1 << 20;

/// Most bytes `replace` and `string join` could make: as long as what they repeat, for every byte or item of what they repeat it in.
const REPEATED_LIMIT: usize = 16 << 20;

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

/// Where an expression finds its variables; the error says why one of them cannot be had.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Result<Option<Cow<'a, Value>>, String> + 'a;

/// What an expression is for; it decides what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// At a gateway, a flow or a repetition.
    Condition,
    /// In a script: contexts may be built too.
    Script,
}

/// A condition or script ready to be asked.
pub(crate) struct Expression {
    pub(crate) text: String,
    /// Names of the variables it reads.
    pub(crate) reads: Vec<String>,
    /// How much of each of these it reads; nothing else is converted.
    wants: Vec<Want>,
    evaluator: Evaluator,
    /// What `replace` and `string join` in it are given: the text or list, and what they repeat.
    repeats: Vec<(Evaluator, Evaluator)>,
}

/// How much of a variable is read.
#[derive(Debug, PartialEq)]
enum Want {
    All,
    Members(Vec<(String, Want)>),
}

impl Want {
    fn add(&mut self, path: &[String]) {
        let Want::Members(members) = self else { return };
        let Some((first, rest)) = path.split_first() else {
            *self = Want::All;
            return;
        };
        match members.iter_mut().find(|(name, _)| name == first) {
            Some((_, want)) => want.add(rest),
            None => {
                let mut want = Want::Members(Vec::new());
                want.add(rest);
                members.push((first.clone(), want));
            }
        }
    }

    fn feel(&self, value: &Value) -> Feel {
        let (Want::Members(members), Value::Object(entries)) = (self, value) else {
            return feel(value);
        };
        let mut context = FeelContext::new();
        for (name, want) in members {
            if let Some(value) = entries.get(name) {
                context.set_entry(&Name::from(name.as_str()), want.feel(value));
            }
        }
        Feel::Context(context)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl Expression {
    /// Reads an expression; the error says, in German, what is wrong with it.
    pub(crate) fn parse(text: &str, purpose: Use) -> Result<Expression, String> {
        let text = text.trim();
        // Zeebe's modeller writes FEEL with a leading `=`.
        let text = text.strip_prefix('=').unwrap_or(text).trim();
        if text.is_empty() {
            return Err("der Ausdruck ist leer".to_owned());
        }
        if text.len() > TEXT_LIMIT {
            return Err(format!("der Ausdruck ist länger als {TEXT_LIMIT} Zeichen"));
        }
        if text.starts_with("${") || text.starts_with("#{") {
            return Err(format!("`{text}` ist kein FEEL (sieht nach JUEL aus)"));
        }
        let paths = paths(text);
        if let Some(long) = paths.iter().find(|path| path.len() > PATH_LIMIT) {
            let begin = long.get(..PATH_LIMIT).unwrap_or_default().join(".");
            return Err(format!(
                "`{begin}.…` führt tiefer als {PATH_LIMIT} Ebenen in die Angaben"
            ));
        }
        let mut names = FeelContext::new();
        for path in &paths {
            let path: Vec<Name> = path.iter().map(|part| Name::from(part.as_str())).collect();
            names.create_entries(&path, Feel::Null(None));
        }
        let scope = FeelScope::from(names);
        let node = guarded(|| dsntk_feel_parser::parse_expression(&scope, text, false))
            .and_then(Result::ok)
            .ok_or_else(|| format!("`{text}` ist kein gültiger FEEL-Ausdruck"))?;
        // The parser needs no recursion; to let go of its tree needs some, as deep as so short a text can get.
        let mut reading = Reading {
            purpose,
            subtractions: 0,
            repeating: false,
            repeats: Vec::new(),
        };
        reading.allowed(&node, DEPTH_LIMIT, &[])?;
        let prepared = |node: &AstNode| {
            guarded(|| dsntk_feel_evaluator::prepare(node))
                .ok_or_else(|| format!("`{text}` lässt sich nicht auswerten"))
        };
        let repeats = reading.repeats.iter();
        let repeats = repeats.map(|(into, what)| Ok((prepared(into)?, prepared(what)?)));
        let repeats = repeats.collect::<Result<_, String>>()?;
        let mut wanted = Want::Members(Vec::new());
        paths.iter().for_each(|path| wanted.add(path));
        let Want::Members(mut members) = wanted else {
            return Err("der Ausdruck ist leer".to_owned());
        };
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let (reads, wants) = members.into_iter().unzip();
        Ok(Expression {
            text: text.to_owned(),
            reads,
            wants,
            evaluator: prepared(&node)?,
            repeats,
        })
    }

    /// All paths it reads.
    pub(crate) fn paths(&self) -> Vec<Vec<&str>> {
        let mut found = Vec::new();
        let mut open: Vec<(Vec<&str>, &Want)> = Vec::new();
        for (name, want) in self.reads.iter().zip(&self.wants) {
            open.push((vec![name], want));
        }
        while let Some((path, want)) = open.pop() {
            match want {
                Want::Members(members) if !members.is_empty() => {
                    for (name, want) in members {
                        open.push(([path.as_slice(), &[name]].concat(), want));
                    }
                }
                _ => found.push(path),
            }
        }
        found
    }

    /// The parts of `a.b.c` where the expression is nothing but such a path; else nothing.
    pub(crate) fn path(&self) -> impl Iterator<Item = &str> {
        let word = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !KEYWORDS.contains(&part)
        };
        let plain = self.text.split('.').all(word);
        self.text.split('.').filter(move |_| plain)
    }

    fn evaluate(&self, lookup: &Lookup) -> Result<Feel, String> {
        let mut context = FeelContext::new();
        for (name, want) in self.reads.iter().zip(&self.wants) {
            if let Some(value) = lookup(name)? {
                context.set_entry(&Name::from(name.as_str()), want.feel(&value));
            }
        }
        let scope = FeelScope::from(context);
        let size = |part: &Evaluator| match guarded(|| part(&scope)) {
            Some(Feel::String(text)) => text.len() + 1,
            Some(Feel::List(items)) => items.len(),
            _ => 0,
        };
        if self
            .repeats
            .iter()
            .any(|(into, what)| size(into).saturating_mul(size(what)) > REPEATED_LIMIT)
        {
            return Err(format!("a text that could have more than {REPEATED_LIMIT} bytes"));
        }
        Ok(guarded(|| (self.evaluator)(&scope)).unwrap_or(Feel::Null(None)))
    }

    /// Whether it holds; the error says what it gave instead of true or false.
    pub(crate) fn holds(&self, lookup: &Lookup) -> Result<bool, String> {
        match self.evaluate(lookup)? {
            Feel::Boolean(value) => Ok(value),
            other => Err(given(&other)),
        }
    }

    /// Its value; the error says what it gave that no variable can hold.
    pub(crate) fn value(&self, lookup: &Lookup) -> Result<Value, String> {
        let value = self.evaluate(lookup)?;
        let mut left = VALUE_LIMIT;
        json(&value, DEPTH_LIMIT, &mut left).ok_or_else(|| match left {
            0 => format!("a value of more than {VALUE_LIMIT} bytes"),
            _ => given(&value),
        })
    }
}

/// The FEEL library may panic on what nobody tried before; that must not end more than the expression.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// What an expression gave, without its contents: they may be personal data.
fn given(value: &Feel) -> String {
    match value {
        Feel::Null(_) => "null".to_owned(),
        other => format!("a value of type {}", other.type_of()),
    }
}

/// FEEL as JSON; dates, times and durations as the texts of ISO 8601. `None` for functions, ranges, what is nested too deep, and with
/// nothing `left` what is too large.
fn json(value: &Feel, depth: u32, left: &mut usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let mut pay = |bytes: usize| {
        *left = left.saturating_sub(bytes);
        (*left > 0).then_some(())
    };
    pay(8)?;
    match value {
        Feel::Null(_) => Some(Value::Null),
        Feel::Boolean(value) => Some(Value::Bool(*value)),
        Feel::Number(number) => number.to_string().parse().ok().map(Value::Number),
        Feel::String(text) => {
            pay(text.len())?;
            Some(Value::String(text.clone()))
        }
        Feel::Date(_)
        | Feel::DateTime(_)
        | Feel::Time(_)
        | Feel::DaysAndTimeDuration(_)
        | Feel::YearsAndMonthsDuration(_) => Some(Value::String(value.to_string())),
        Feel::List(items) => items
            .iter()
            .map(|item| json(item, depth, left))
            .collect::<Option<_>>()
            .map(Value::Array),
        Feel::Context(context) => {
            let mut entries = serde_json::Map::new();
            for (name, value) in context.iter() {
                let name = name.to_string();
                *left = left.saturating_sub(name.len());
                entries.insert(name, json(value, depth, left)?);
            }
            Some(Value::Object(entries))
        }
        _ => None,
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
        } else if let Some(end) = comment(chars.get(i..).unwrap_or_default()) {
            i += end;
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
            let function = names_function(rest) || names_entry(rest);
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

/// How long the comment is that begins here.
fn comment(rest: &[char]) -> Option<usize> {
    let end: &[char] = match rest {
        ['/', '/', ..] => &['\n'],
        ['/', '*', ..] => &['*', '/'],
        _ => return None,
    };
    let inside = rest.get(2..)?;
    let length = inside.windows(end.len()).position(|found| found == end);
    Some(length.map_or(rest.len(), |length| 2 + length + end.len()))
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

/// Whether the word before `rest` is the key of a context's entry.
fn names_entry(rest: &[char]) -> bool {
    rest.iter().find(|c| !c.is_whitespace()) == Some(&':')
}

/// Functions that repeat a text as often as another is long, and which of their arguments that is.
const REPEATING: [(&str, usize); 2] = [("replace", 2), ("string join", 1)];

const NOT_ALLOWED: &str = "der Ausdruck benutzt etwas, das in einem Prozess nicht erlaubt ist (Schleife, Filter, eigene oder externe \
                           Funktion)";

/// What is known of an expression while its tree is looked at.
struct Reading<'a> {
    purpose: Use,
    subtractions: usize,
    /// Whether this is given to one of the functions that repeat.
    repeating: bool,
    /// What they are given: the text or list and what they repeat.
    repeats: Vec<(&'a AstNode, &'a AstNode)>,
}

impl<'a> Reading<'a> {
    /// Refuses what could run for ever or leave the machine.
    ///
    /// `entries` are those before it in the contexts around it: an entry that puts two others together, and the next those, would double
    /// without end.
    fn allowed(&mut self, node: &'a AstNode, depth: u32, entries: &[&Name]) -> Result<(), String> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(format!("der Ausdruck ist tiefer als {DEPTH_LIMIT} Ebenen geschachtelt"));
        };
        if matches!(node, AstNode::Sub(..)) {
            self.subtractions += 1;
            if self.subtractions > SUBTRACTION_LIMIT {
                return Err(format!("der Ausdruck zieht mehr als {SUBTRACTION_LIMIT}-mal etwas ab"));
            }
        }
        let script = self.purpose == Use::Script;
        let mut all = |nodes: &[&'a AstNode]| nodes.iter().try_for_each(|node| self.allowed(node, depth, entries));
        match node {
            AstNode::Name(name) | AstNode::QualifiedNameSegment(name) if matches!(name.as_str(), "now" | "today") => {
                Err(format!(
                    "`{name}` liest die Uhr; dieselbe Angabe muss immer denselben Weg ergeben"
                ))
            }
            AstNode::Name(name) if entries.contains(&name) => Err(format!(
                "`{name}` ist ein Eintrag desselben Kontexts; schreiben Sie aus, was dort steht, oder nehmen Sie ein weiteres Skript"
            )),
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
            AstNode::FunctionInvocation(function, arguments) => {
                let AstNode::Name(name) = function.as_ref() else {
                    return Err(NOT_ALLOWED.to_owned());
                };
                let Some((_, place)) = REPEATING.iter().find(|(repeating, _)| *repeating == name.as_str()) else {
                    return all(&[function, arguments]);
                };
                let AstNode::PositionalParameters(given) = arguments.as_ref() else {
                    return Err(
                        "`replace` und `string join` gehen in einem Prozess nur ohne benannte Parameter".to_owned(),
                    );
                };
                if self.repeating {
                    return Err(format!(
                        "`{name}` setzt in einem Prozess nichts in das Ergebnis von `replace` oder `string join` ein"
                    ));
                }
                self.repeats.extend(given.first().zip(given.get(*place)));
                self.repeating = true;
                self.allowed(arguments, depth, entries)?;
                self.repeating = false;
                Ok(())
            }
            AstNode::Add(a, b)
            | AstNode::And(a, b)
            | AstNode::Div(a, b)
            | AstNode::Eq(a, b)
            | AstNode::Ge(a, b)
            | AstNode::Gt(a, b)
            | AstNode::In(a, b)
            | AstNode::Le(a, b)
            | AstNode::Lt(a, b)
            | AstNode::Mul(a, b)
            | AstNode::NamedParameter(a, b)
            | AstNode::Nq(a, b)
            | AstNode::Or(a, b)
            | AstNode::Range(a, b)
            | AstNode::Sub(a, b) => all(&[a, b]),
            // A member may have any name.
            AstNode::Path(a, b) if matches!(**b, AstNode::Name(_)) => all(&[a]),
            AstNode::Path(a, b) => all(&[a, b]),
            AstNode::Between(a, b, c) | AstNode::If(a, b, c) => all(&[a, b, c]),
            AstNode::CommaList(nodes)
            | AstNode::ExpressionList(nodes)
            | AstNode::List(nodes)
            | AstNode::NamedParameters(nodes)
            | AstNode::NegatedList(nodes)
            | AstNode::PositionalParameters(nodes)
            | AstNode::QualifiedName(nodes) => nodes.iter().try_for_each(|node| self.allowed(node, depth, entries)),
            AstNode::ContextEntryKey(_) if script => Ok(()),
            AstNode::ContextEntry(a, b) if script => all(&[a, b]),
            AstNode::Context(nodes) if script => {
                let mut entries = entries.to_vec();
                for node in nodes {
                    self.allowed(node, depth, &entries)?;
                    if let AstNode::ContextEntry(key, _) = node
                        && let AstNode::ContextEntryKey(name) = key.as_ref()
                    {
                        entries.push(name);
                    }
                }
                Ok(())
            }
            _ => Err(NOT_ALLOWED.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_hold_or_say_why_not() {
        let vars = json!({"entscheidung": {"automatisch": true, "betrag": 1200, "art": "normal"}, "rolle": ["a", "b"]});
        let cases: [(&str, &str); 29] = [
            ("entscheidung.automatisch", "Ok(true)"),
            ("/* Ein \" */ entscheidung.automatisch", "Ok(true)"),
            ("entscheidung.automatisch // oder \"", "Ok(true)"),
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
            ("today() > date(\"2026-06-01\")", "liest die Uhr"),
            ("now() = now()", "liest die Uhr"),
            ("count([now]) = 1", "liest die Uhr"),
            ("is(today, today)", "liest die Uhr"),
            ("entscheidung.today = null", "Ok(true)"),
            (
                "{f: function(n) external {java: {class: \"java.lang.Math\"}}}.f(1)",
                "nicht erlaubt",
            ),
        ];
        for (text, expected) in cases {
            let got = match Expression::parse(text, Use::Condition) {
                Ok(condition) => format!("{:?}", condition.holds(&|name| Ok(vars.get(name).map(Cow::Borrowed)))),
                Err(why) => why,
            };
            assert!(got.contains(expected), "{text}: {got}, expected {expected}");
        }
    }

    /// On a small part of the stack a thread has.
    fn small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        let thread = std::thread::Builder::new().stack_size(256 * 1024);
        thread.spawn(work).unwrap().join().unwrap()
    }

    #[test]
    fn deep_conditions_are_refused_before_they_cost_the_stack() {
        for text in [
            format!("{}1{}", "(".repeat(400), ")".repeat(90)),
            "-".repeat(499),
            format!("{}a{}", "not(".repeat(100), ")".repeat(100)),
        ] {
            assert!(Expression::parse(&text, Use::Script).is_err());
        }
        assert!(Expression::parse(&"a".repeat(501), Use::Condition).is_err());
        assert!(Expression::parse(&format!("1{}", " - 1".repeat(10)), Use::Script).is_ok());
        assert!(Expression::parse(&format!("\"-\"{}", " - 1".repeat(11)), Use::Script).is_err());
        // Where a string seems to begin none does, and where one seems to go on it has ended.
        for text in [
            format!("/* \" */ \"x\"{}", " - 1".repeat(11)),
            format!("\"\\\\\"{}", " - 1".repeat(11)),
            format!("// \"\n\"x\"{}", " - 1".repeat(11)),
            format!("/* \" */ {}a{}", "not(".repeat(20), ")".repeat(20)),
            format!("{}1", "-".repeat(498)),
            format!("{}1{}", "[".repeat(249), "]".repeat(249)),
            format!("{}1", "{a:".repeat(160)),
            format!("{}1{}", "{a:".repeat(120), "}".repeat(120)),
            format!("1{}", "+1".repeat(249)),
            format!("{}1", "if a then 1 else ".repeat(28)),
        ] {
            assert!(small_stack(move || Expression::parse(&text, Use::Script).is_err()));
        }
        // Signs are no subtractions.
        assert!(Expression::parse(&format!("[{}]", ["-1"; 20].join(", ")), Use::Script).is_ok());
        let path = |names: usize| vec!["a"; names].join(".");
        assert!(Expression::parse(&path(6), Use::Condition).is_ok());
        for hidden in ["", "/* \" */ ", "// \"\n"] {
            let why = Expression::parse(&format!("{hidden}{}", path(40)), Use::Condition).unwrap_err();
            assert!(why.contains("tiefer als 6 Ebenen"), "{why}");
        }
    }

    #[test]
    fn what_scripts_make_is_bounded() {
        let sentence =
            "Der Nachweis über die Haltung des Hundes lag nicht vor und ging auch nach einer Erinnerung nicht ein.";
        assert_eq!(sentence.len(), 102);
        let vars = json!({"s": "ä".repeat(300_000), "l": vec!["12345678"; 40_000], "x": "1", "satz": sentence});
        for (text, expected) in [
            ("s", "Ok("),
            ("s + s", "more than 1048576 bytes"),
            ("[l, l]", "more than 1048576 bytes"),
            ("{a: [1, 1], b: [a, a]}", "Eintrag desselben Kontexts"),
            ("{a: x, b: {c: a + a}}", "Eintrag desselben Kontexts"),
            ("{a: x, b: x}", "Ok("),
            ("{a: {b: x}, c: {b: x}}", "Ok("),
            ("replace(x, \"1\", \"eins\")", "Ok(String(\"eins\"))"),
            ("replace(\"Weil: 1\", x, satz)", "Ok(String(\"Weil: Der Nachweis"),
            (
                &format!("replace(\"1\", x, \"{sentence}\")"),
                "Ok(String(\"Der Nachweis",
            ),
            ("replace(x, \"replace\", \"y\")", "Ok(String(\"1\"))"),
            ("replace(s, \"ä\", \"ae\")", "Ok(String(\"aeae"),
            ("replace(x, \"1\", s)", "Ok(String(\"ää"),
            ("replace(s, \"ä\", satz)", "more than 16777216 bytes"),
            ("replace(s, \"\", s)", "more than 16777216 bytes"),
            ("count([replace(s, \"ä\", s + s)])", "more than 16777216 bytes"),
            (
                "replace(replace(x, \"1\", \"11\"), \"1\", \"11\")",
                "nichts in das Ergebnis",
            ),
            ("string join([replace(x, \"1\", satz)], satz)", "nichts in das Ergebnis"),
            ("{f: replace}.f(s, \"ä\", s)", "nicht erlaubt"),
            ("string join([x, x], \", \")", "Ok(String(\"1, 1\"))"),
            ("string join([x, x], satz)", "Ok(String(\"1Der Nachweis"),
            ("string join(l, s)", "more than 16777216 bytes"),
            ("string join(list: [x, x], delimiter: s)", "benannte Parameter"),
        ] {
            let got = match Expression::parse(text, Use::Script) {
                Ok(script) => format!("{:?}", script.value(&|name| Ok(vars.get(name).map(Cow::Borrowed)))),
                Err(why) => why,
            };
            assert!(
                got.contains(expected),
                "{text}: {}, expected {expected}",
                &got.chars().take(200).collect::<String>()
            );
        }
    }

    #[test]
    fn scripts_give_values() {
        let vars = json!({"a": {"b": 2, "c": [1, 2]}, "list": ["x"]});
        for (text, expected) in [
            ("a.b + 0.5", "Ok(Number(2.5))"),
            (
                "{summe: a.b * 2, liste: a.c}",
                "Ok(Object {\"liste\": Array [Number(1), Number(2)], \"summe\": Number(4)})",
            ),
            ("date(\"2026-03-31\") + duration(\"P1D\")", "Ok(String(\"2026-04-01\"))"),
            ("count(list)", "Ok(Number(1))"),
            ("fehlt", "Ok(Null)"),
            ("[1..2]", "Err(\"a value of type range"),
            ("for x in list return x", "nicht erlaubt"),
            ("{jetzt: now()}", "liest die Uhr"),
        ] {
            let got = match Expression::parse(text, Use::Script) {
                Ok(script) => format!("{:?}", script.value(&|name| Ok(vars.get(name).map(Cow::Borrowed)))),
                Err(why) => why,
            };
            assert!(got.contains(expected), "{text}: {got}, expected {expected}");
        }
    }

    #[test]
    fn only_what_is_read_is_converted() {
        let text = "a.b.c = 1 and a.d = 2 or count(e) = 1 and e.f = 3";
        let expression = Expression::parse(text, Use::Condition).unwrap();
        assert_eq!(expression.reads, ["a", "e"]);
        let member = |name: &str, want| (name.to_owned(), want);
        let inner = Want::Members(vec![member("c", Want::All)]);
        assert_eq!(
            expression.wants,
            [
                Want::Members(vec![member("b", inner), member("d", Want::All)]),
                Want::All
            ]
        );
    }
}
