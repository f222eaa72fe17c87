//! FEEL expressions, parsed once and ready to evaluate.

use crate::ast::{self, Fault, Known};
use crate::compile::compile;
use crate::cost;
use crate::env::{Env, Path};
use crate::library::Library;
use crate::literal::{literal, native};
use crate::native::Node;
use crate::test::{INPUT, Test, Tests};
use crate::types::{Base, Type};
use crate::value::{Member, Value};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as LibraryValue;
use dsntk_feel::{FeelScope, FeelType, Name};
use dsntk_feel_parser::{AstNode, parse_expression, parse_longest_name, parse_unary_tests};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Longest expression, in bytes. Real ones are far shorter; the bound keeps hostile ones from exhausting the stack.
const MAX_LENGTH: usize = 4_000;

/// An expression ready to evaluate.
pub(crate) enum Expr {
    /// A literal.
    Constant(Value),
    /// A name, or members of a context whose type declares them.
    Path(Path),
    /// Evaluated natively; by the library where that meets something unusual.
    Native(Node, Library),
    /// Anything else.
    Feel(Library),
}

impl Expr {
    /// Value of the expression. A failure, which FEEL shows as null with a message, is the error.
    pub fn evaluate(&self, env: &mut Env) -> Result<Value, String> {
        match self {
            Expr::Constant(value) => Ok(value.clone()),
            Expr::Path(path) => match env.path(path) {
                Some(value) => Ok(value.clone()),
                None => Err("has no value, because something on its path is null".to_owned()),
            },
            Expr::Native(node, library) => {
                cost::spend(library.nodes);
                match node.settled(env) {
                    #[cfg(test)]
                    Ok(value) if !library.agrees(&value, env) => panic!("native evaluation disagrees with the library"),
                    Ok(value) => Ok(value),
                    Err(_) => library.evaluate(env),
                }
            }
            Expr::Feel(library) => library.evaluate(env),
        }
    }

    /// Whether nothing but the FEEL library can evaluate it.
    pub fn needs_library(&self) -> bool {
        matches!(self, Expr::Feel(_))
    }
}

/// Names an expression may use, while a model is loaded. Inner frames hide outer ones.
#[derive(Default)]
pub(crate) struct Names {
    frames: Vec<Frame>,
    /// The slot of the next value: after those of the elements and of all values open around it.
    next: usize,
    /// The types of the model, for `instance of`.
    types: Arc<BTreeMap<Name, FeelType>>,
}

struct Frame {
    entries: BTreeMap<Name, Entry>,
    /// First slot of the frame.
    begin: usize,
}

/// What a name stands for.
pub(crate) enum Entry {
    Value { ty: Arc<Type>, slot: usize },
    Function(LibraryValue),
}

impl Names {
    /// Names for the logic of an element, when the model has `elements` of them.
    pub fn new(elements: usize) -> Names {
        Names {
            next: elements,
            ..Names::default()
        }
    }

    /// The same with the types of the model.
    pub fn with_types(self, types: &Arc<BTreeMap<Name, FeelType>>) -> Names {
        Names {
            types: Arc::clone(types),
            ..self
        }
    }

    /// The type called `name`.
    pub fn ty(&self, name: &Name) -> Option<&FeelType> {
        self.types.get(name)
    }

    pub fn open(&mut self) {
        self.frames.push(Frame {
            entries: BTreeMap::new(),
            begin: self.next,
        });
    }

    pub fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.next = frame.begin;
        }
    }

    /// The slot the next value bound will have.
    pub fn next_slot(&self) -> usize {
        self.next
    }

    /// Binds a value that is pushed at this moment of the evaluation.
    pub fn value(&mut self, name: Name, ty: Arc<Type>) {
        let slot = self.next;
        self.insert(name, Entry::Value { ty, slot });
        self.next += 1;
    }

    /// Binds an input or a decision, which has its slot in the model.
    pub fn element(&mut self, name: Name, ty: Arc<Type>, slot: usize) {
        self.insert(name, Entry::Value { ty, slot });
    }

    pub fn function(&mut self, name: Name, function: LibraryValue) {
        self.insert(name, Entry::Function(function));
    }

    fn insert(&mut self, name: Name, entry: Entry) {
        if self.frames.is_empty() {
            self.open();
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.entries.insert(name, entry);
        }
    }

    /// What `name` stands for.
    pub fn get(&self, name: &Name) -> Option<&Entry> {
        self.frames.iter().rev().find_map(|frame| frame.entries.get(name))
    }

    /// Where `path` leads, if it starts at a known value and each member is declared, as far as types are.
    pub fn path(&self, path: &[Name]) -> Option<Path> {
        let (head, members) = path.split_first()?;
        let Some(Entry::Value { ty, slot }) = self.get(head) else {
            return None;
        };
        let mut ty = ty;
        for member in members {
            match &ty.base {
                Base::Context(declared, _) => ty = &declared.iter().find(|(name, _)| name == member)?.1,
                Base::Any => break,
                _ => return None,
            }
        }
        let members = members.iter().map(|member| Member::new(member.as_str())).collect();
        Some(Path { slot: *slot, members })
    }

    /// The type declared for `text`, when it is a name or a path of members.
    pub fn declared(&self, text: &str) -> Option<Arc<Type>> {
        let mut segments = text.split('.').map(|segment| Name::from(segment.trim()));
        let Some(Entry::Value { ty, .. }) = self.get(&segments.next()?) else {
            return None;
        };
        let mut ty = ty;
        for segment in segments {
            let Base::Context(declared, _) = &ty.base else {
                return None;
            };
            ty = &declared.iter().find(|(name, _)| *name == segment)?.1;
        }
        Some(Arc::clone(ty))
    }

    fn known(&self, name: &Name) -> Option<Known> {
        match self.get(name) {
            Some(Entry::Value { ty, .. }) => Some(Known::Value(ty.feel.clone())),
            Some(Entry::Function(_)) => Some(Known::Function),
            None => self.types.contains_key(name).then_some(Known::Type),
        }
    }

    /// The names that reading `text` can meet. The parser walks through all it is given at every word it reads, so a large
    /// model would be read in quadratic time; a name whose first word the text does not have cannot be met.
    fn scope(&self, text: &str) -> FeelScope {
        let words = text
            .split(not_in_word)
            .map(|word| word.trim_start_matches(char::is_numeric))
            .collect();
        let scope = FeelScope::new();
        scope.push(FeelContext::default());
        for frame in &self.frames {
            let mut context = FeelContext::default();
            for (name, entry) in &frame.entries {
                if !may_meet(&words, name, entry) {
                    continue;
                }
                let value = match entry {
                    Entry::Value { ty, .. } => LibraryValue::FeelType(ty.feel.clone()),
                    Entry::Function(_) => LibraryValue::Null(None),
                };
                context.set_entry(name, value);
            }
            scope.push(context);
        }
        scope
    }

    /// Parses an expression.
    pub fn expression(&self, text: &str) -> Result<Expr, Fault> {
        let mut node = parse(text, |text| parse_expression(&self.scope(text), text, false))?;
        ast::inspect(&mut node, &|name| self.known(name))?;
        self.compile(&node)
    }

    fn compile(&self, node: &AstNode) -> Result<Expr, Fault> {
        if let Some(value) = literal(node)? {
            return Ok(Expr::Constant(value));
        }
        if let Some(path) = self.declared_path(node) {
            return Ok(Expr::Path(path));
        }
        let library = Library::new(node, self);
        Ok(match compile(node, self) {
            Some(native) => Expr::Native(native, library),
            None => Expr::Feel(library),
        })
    }

    /// The path, when every member on it is declared by a context type.
    fn declared_path(&self, node: &AstNode) -> Option<Path> {
        let mut members = Vec::new();
        let mut at = node;
        while let AstNode::Path(left, right) = at {
            let AstNode::Name(member) = right.as_ref() else {
                return None;
            };
            members.push(member.clone());
            at = left;
        }
        let AstNode::Name(head) = at else { return None };
        members.push(head.clone());
        members.reverse();
        let Entry::Value { ty, .. } = self.get(head)? else {
            return None;
        };
        let mut ty = ty;
        for member in members.iter().skip(1) {
            let Base::Context(declared, _) = &ty.base else {
                return None;
            };
            ty = &declared.iter().find(|(name, _)| name == member)?.1;
        }
        self.path(&members)
    }

    /// Parses the condition of a table cell or a list of allowed values. `boolean_input` tells that the tested value may
    /// be a boolean, so that a condition without `?` compares with it.
    pub fn tests(&mut self, text: &str, boolean_input: bool) -> Result<Tests, Fault> {
        let text = text.trim();
        if text.is_empty() || text == "-" {
            return Ok(Tests::Any);
        }
        self.open();
        self.value(Name::from(INPUT), Type::any());
        let tests = self.parse_tests(text, boolean_input);
        self.close();
        tests
    }

    fn parse_tests(&self, text: &str, boolean_input: bool) -> Result<Tests, Fault> {
        let mut node = parse(text, |text| parse_unary_tests(&self.scope(text), text, false))?;
        ast::inspect(&mut node, &|name| self.known(name))?;
        let (items, negated) = match node {
            AstNode::Irrelevant => return Ok(Tests::Any),
            AstNode::NegatedList(items) => (items, true),
            AstNode::ExpressionList(items) => (items, false),
            other => (vec![other], false),
        };
        // FEEL takes several `!=` in one cell together, so such a cell stays whole.
        if items.iter().any(|item| matches!(item, AstNode::UnaryNe(_))) {
            let whole = if negated {
                AstNode::NegatedList(items)
            } else {
                AstNode::ExpressionList(items)
            };
            return Ok(Tests::Some(vec![Test::Against(Library::new(&whole, self))]));
        }
        let tests = items
            .into_iter()
            .map(|item| self.test(item, boolean_input))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(if negated {
            Tests::None(tests)
        } else {
            Tests::Some(tests)
        })
    }

    fn test(&self, mut node: AstNode, boolean_input: bool) -> Result<Test, Fault> {
        if let Some(test) = native(&node)? {
            return Ok(test);
        }
        if ast::mentions(&mut node, &Name::from(INPUT)) {
            return Ok(Test::Condition(self.compile(&node)?));
        }
        let comparison = matches!(
            node,
            AstNode::Eq(..)
                | AstNode::Nq(..)
                | AstNode::Lt(..)
                | AstNode::Le(..)
                | AstNode::Gt(..)
                | AstNode::Ge(..)
                | AstNode::And(..)
                | AstNode::Or(..)
                | AstNode::Between(..)
                | AstNode::In(..)
        );
        if comparison && !boolean_input {
            return Err(Fault {
                message: "this comparison does not mention the input, so it would never match".to_owned(),
                help: "write ? for the value of the input column, as in ? > 5".to_owned(),
            });
        }
        Ok(Test::Against(Library::new(&AstNode::ExpressionList(vec![node]), self)))
    }
}

/// What stands between words.
pub(crate) fn not_in_word(sign: char) -> bool {
    !sign.is_alphanumeric() && sign != '_'
}

/// Whether a text of these words can mention the name or a member of what it stands for.
fn may_meet(words: &HashSet<&str>, name: &Name, entry: &Entry) -> bool {
    let members = match entry {
        Entry::Value { ty, .. } => &ty.feel,
        Entry::Function(_) => &FeelType::Any,
    };
    has_first_word(words, name) || may_meet_member(words, members)
}

fn may_meet_member(words: &HashSet<&str>, ty: &FeelType) -> bool {
    match ty {
        FeelType::Context(members) => members
            .iter()
            .any(|(name, member)| has_first_word(words, name) || may_meet_member(words, member)),
        FeelType::List(item) => may_meet_member(words, item),
        _ => false,
    }
}

fn has_first_word(words: &HashSet<&str>, name: &Name) -> bool {
    let first = name.as_str().split(not_in_word).next().unwrap_or_default();
    first.is_empty() || words.contains(first)
}

/// A FEEL name in its normal form.
pub(crate) fn name(text: &str) -> Result<Name, Fault> {
    let valid = text.len() <= MAX_LENGTH && !text.trim().is_empty();
    match valid.then(|| parse_longest_name(text.trim())) {
        Some(Ok(name)) => Ok(name),
        _ => Err(Fault {
            message: format!(
                "`{}` is not a FEEL name",
                text.trim().chars().take(80).collect::<String>()
            ),
            help: "use letters, digits, spaces and underscores, starting with a letter".to_owned(),
        }),
    }
}

fn parse<E: std::fmt::Display>(text: &str, parser: impl FnOnce(&str) -> Result<AstNode, E>) -> Result<AstNode, Fault> {
    if text.len() > MAX_LENGTH {
        return Err(Fault {
            message: format!("the expression is longer than {MAX_LENGTH} bytes"),
            help: "split it into several decisions or context entries".to_owned(),
        });
    }
    parser(text.trim()).map_err(|error| Fault {
        message: format!("this is not FEEL: {error}"),
        help: "check brackets, quotes and operators; strings stand in double quotes".to_owned(),
    })
}

/// Whether a declared type lets conditions be plain booleans.
pub(crate) fn may_be_boolean(ty: &Type) -> bool {
    matches!(ty.feel, FeelType::Any | FeelType::Boolean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Layout;
    use dsntk_feel_evaluator::prepare;
    use proptest::prelude::*;

    /// What the FEEL library itself makes of `value in (cell)`.
    fn oracle(cell: &str, value: &LibraryValue) -> bool {
        let scope = FeelScope::default();
        scope.set_value(&Name::from(INPUT), value.clone());
        let node = parse_unary_tests(&scope, cell, false).unwrap();
        let left = Box::new(AstNode::Name(Name::from(INPUT)));
        prepare(&AstNode::In(left, Box::new(node)))(&scope).is_true()
    }

    fn literal() -> impl Strategy<Value = String> {
        prop_oneof![
            (-3i32..4).prop_map(|n| n.to_string()),
            (-3i32..4).prop_map(|n| format!("{n}.50")),
            "[a-c]{0,2}".prop_map(|text| format!("\"{text}\"")),
            prop_oneof![Just("true"), Just("false"), Just("null")].prop_map(str::to_owned),
            (1u8..4).prop_map(|day| format!("date(\"2026-03-0{day}\")")),
            (1u8..4).prop_map(|day| format!("@\"2026-03-0{day}\"")),
            (1u8..4).prop_map(|months| format!("duration(\"P{months}M\")")),
            (1u8..4).prop_map(|days| format!("@\"P{days}D\"")),
            (1u8..4).prop_map(|hour| format!("@\"0{hour}:00:00\"")),
        ]
    }

    fn test() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => literal(),
            3 => (prop_oneof![Just("<"), Just("<="), Just(">"), Just(">="), Just("="), Just("!=")], literal())
                .prop_map(|(operator, literal)| format!("{operator} {literal}")),
            3 => (prop_oneof![Just("["), Just("("), Just("]")], literal(), literal(), prop_oneof![Just("]"), Just(")"), Just("[")])
                .prop_map(|(open, start, end, close)| format!("{open}{start}..{end}{close}")),
        ]
    }

    fn cell() -> impl Strategy<Value = String> {
        (prop::collection::vec(test(), 1..4), any::<bool>()).prop_map(|(tests, negated)| {
            let list = tests.join(", ");
            if negated { format!("not({list})") } else { list }
        })
    }

    #[test]
    fn names_of_several_words_are_read_whoever_declares_them() {
        let members = ["Netto Einkommen", "Miete+Heizung"];
        let declared = members.map(|member| (name(member).ok().unwrap(), Type::any())).to_vec();
        let household = Type::of(Base::Context(declared, Layout::new(members.into_iter())));
        let mut names = Names::new(0);
        names.value(Name::from("Haushalt"), Arc::new(household));
        for any in ["irgendwer", "irgend", "wer da"] {
            names.value(name(any).ok().unwrap(), Type::any());
        }
        for (text, meets) in [
            ("irgendwer.Netto   Einkommen", &["Haushalt", "irgendwer"][..]),
            ("irgendwer.Miete + Heizung", &["Haushalt", "irgendwer"]),
            ("5*irgendwer", &["irgendwer"]),
            ("2irgendwer", &["irgendwer"]),
            ("wer da-1", &["wer da"]),
            ("\"nichts\"", &[]),
        ] {
            let scope = names.scope(text);
            let known: Vec<Name> = scope
                .contexts()
                .iter()
                .flat_map(|context| context.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())
                .collect();
            let known: Vec<&str> = known.iter().map(Name::as_str).collect();
            assert_eq!(known, meets, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]
        #[test]
        fn native_tests_agree_with_the_feel_library(cell in cell(), value in literal()) {
            // Some combinations, such as not(!= 1), are no FEEL at all.
            let Ok(tests) = Names::default().tests(&cell, true) else { return Ok(()) };
            let value = prepare(&parse_expression(&FeelScope::default(), &value, false).unwrap())(&FeelScope::default());
            let own = Value::from_library(value.clone());
            crate::watch::start(true);
            prop_assert_eq!(tests.matches(&own, &mut Env::new(0)), Ok(oracle(&cell, &value)), "{} in {}", value, cell);
        }
    }
}
