//! The names a template takes from its data, followed through `let`, `for` and the functions that go through lists, and compared with the
//! type of the data. What is computed is not followed: of that the package's examples tell, whose letters are set.

use std::collections::BTreeSet;

use typst::syntax::ast::{self, AstNode};
use typst::syntax::{DiagSpan, Source, SyntaxKind, SyntaxNode};

use crate::check::{position, typst_range};
use crate::data_type::{DataType, Member, Presence};
use crate::error::Finding;
use crate::world::DATA;

/// What a dictionary can do, beside having members (Typst 0.15).
const OF_OBJECTS: [&str; 9] = [
    "at", "filter", "insert", "keys", "len", "map", "pairs", "remove", "values",
];
/// Functions that change what they are called on.
const CHANGES: [&str; 4] = ["insert", "pop", "push", "remove"];
/// Functions of a list that give each item to a function.
const GOES_THROUGH: [&str; 6] = ["all", "any", "filter", "find", "map", "position"];
/// The same, where the function is called `key`.
const BY_KEY: [&str; 2] = ["dedup", "sorted"];
/// Functions of a list that give a list of the same items.
const SAME_ITEMS: [&str; 5] = ["filter", "rev", "slice", "sorted", "dedup"];
/// Functions of a list that give one of its items.
const ONE_ITEM: [&str; 4] = ["at", "first", "last", "find"];

/// So deep a template is followed.
const MOST_DEPTH: usize = 200;

/// Names that are no part of the data, or are taken for granted and may be missing.
pub fn check(source: &Source, data: &DataType) -> Vec<Finding> {
    let mut names = Names {
        source,
        data,
        known: Vec::new(),
        asked: BTreeSet::new(),
        changed: BTreeSet::new(),
        depth: 0,
        findings: Vec::new(),
    };
    names.look_ahead(source.root(), 0);
    names.visit(source.root());
    names.findings.sort();
    names.findings.dedup();
    names.findings
}

struct Names<'t> {
    source: &'t Source,
    data: &'t DataType,
    /// Variables in sight, the innermost last, and their type when it is known.
    known: Vec<(String, Option<&'t DataType>)>,
    /// Names that are asked for with `"name" in …` somewhere: what may be missing is not taken for granted there.
    asked: BTreeSet<String>,
    /// Variables that are assigned to or changed somewhere: what they hold is not followed.
    changed: BTreeSet<String>,
    depth: usize,
    findings: Vec<Finding>,
}

/// A callee that belongs to something: what, and how it is called.
fn method(call: ast::FuncCall<'_>) -> Option<(ast::Expr<'_>, &str)> {
    match call.callee() {
        ast::Expr::FieldAccess(access) => Some((access.target(), access.field().as_str())),
        _ => None,
    }
}

impl<'t> Names<'t> {
    fn look_ahead(&mut self, node: &SyntaxNode, depth: usize) {
        if let Some(binary) = node.cast::<ast::Binary>() {
            match (binary.op(), binary.lhs()) {
                (ast::BinOp::In | ast::BinOp::NotIn, ast::Expr::Str(name)) => {
                    self.asked.insert(name.get().to_string());
                }
                (ast::BinOp::Assign | ast::BinOp::AddAssign, ast::Expr::Ident(name)) => {
                    self.changed.insert(name.as_str().to_owned());
                }
                _ => {}
            }
        }
        if let Some((ast::Expr::Ident(name), method)) = node.cast::<ast::FuncCall>().and_then(method)
            && CHANGES.contains(&method)
        {
            self.changed.insert(name.as_str().to_owned());
        }
        if depth < MOST_DEPTH {
            node.children().for_each(|child| self.look_ahead(child, depth + 1));
        }
    }

    /// What an expression is, as far as it can be followed.
    fn is(&self, of: ast::Expr<'_>) -> Option<&'t DataType> {
        self.is_within(of, MOST_DEPTH)
    }

    fn is_within(&self, of: ast::Expr<'_>, depth: usize) -> Option<&'t DataType> {
        let depth = depth.checked_sub(1)?;
        match of {
            ast::Expr::Ident(name) if self.changed.contains(name.as_str()) => None,
            ast::Expr::Ident(name) => self.known.iter().rev().find(|(known, _)| known == name.as_str())?.1,
            ast::Expr::Parenthesized(inner) => self.is_within(inner.expr(), depth),
            ast::Expr::FieldAccess(access) => match self.is_within(access.target(), depth)? {
                DataType::Object { members, .. } => Some(&members.get(access.field().as_str())?.is),
                _ => None,
            },
            ast::Expr::FuncCall(call) => {
                let (target, method) = method(call)?;
                match self.is_within(target, depth)? {
                    DataType::Object { members, .. } if method == "at" => Some(&members.get(&key(call)?)?.is),
                    DataType::List(item) if ONE_ITEM.contains(&method) => Some(item),
                    list @ DataType::List(_) if SAME_ITEMS.contains(&method) => Some(list),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn bind(&mut self, pattern: ast::Pattern<'_>, is: Option<&'t DataType>) {
        match pattern {
            ast::Pattern::Normal(ast::Expr::Ident(name)) => self.known.push((name.as_str().to_owned(), is)),
            other => self.hide(other.bindings()),
        }
    }

    fn hide(&mut self, names: Vec<ast::Ident<'_>>) {
        let names = names.into_iter().map(|name| (name.as_str().to_owned(), None));
        self.known.extend(names);
    }

    fn within(&mut self, look: impl FnOnce(&mut Self)) {
        let before = self.known.len();
        look(self);
        self.known.truncate(before);
    }

    fn visit(&mut self, node: &SyntaxNode) {
        if self.depth < MOST_DEPTH {
            self.depth += 1;
            self.visit_one(node);
            self.depth -= 1;
        }
    }

    fn visit_one(&mut self, node: &SyntaxNode) {
        match node.kind() {
            SyntaxKind::CodeBlock | SyntaxKind::ContentBlock => self.within(|names| names.children(node)),
            SyntaxKind::ModuleImport => self.imported(node),
            SyntaxKind::LetBinding => {
                let Some(binding) = node.cast::<ast::LetBinding>() else {
                    return;
                };
                let is = binding.init().and_then(|init| self.is(init));
                if let Some(init) = binding.init() {
                    self.visit(init.to_untyped());
                }
                match binding.kind() {
                    ast::LetBindingKind::Normal(pattern) => self.bind(pattern, is),
                    closure @ ast::LetBindingKind::Closure(_) => self.hide(closure.bindings()),
                }
            }
            SyntaxKind::ForLoop => {
                let Some(repeat) = node.cast::<ast::ForLoop>() else {
                    return;
                };
                let item = self.item(repeat.iterable());
                self.visit(repeat.iterable().to_untyped());
                self.within(|names| {
                    names.bind(repeat.pattern(), item);
                    names.visit(repeat.body().to_untyped());
                });
            }
            SyntaxKind::Closure => self.closure(node, None),
            SyntaxKind::FuncCall => self.call(node),
            SyntaxKind::FieldAccess => {
                self.children(node);
                if let Some(access) = node.cast::<ast::FieldAccess>() {
                    self.taken(
                        access.target(),
                        access.field().as_str(),
                        access.field().to_untyped(),
                        false,
                    );
                }
            }
            _ => self.children(node),
        }
    }

    fn children(&mut self, node: &SyntaxNode) {
        node.children().for_each(|child| self.visit(child));
    }

    /// What stands in a list.
    fn item(&self, list: ast::Expr<'_>) -> Option<&'t DataType> {
        match self.is(list)? {
            DataType::List(item) => Some(item),
            _ => None,
        }
    }

    fn imported(&mut self, node: &SyntaxNode) {
        let Some(import) = node.cast::<ast::ModuleImport>() else {
            return;
        };
        if !matches!(import.source(), ast::Expr::Str(path) if path.get() == DATA) {
            return;
        }
        match import.imports() {
            Some(ast::Imports::Wildcard) => self.known.push(("data".to_owned(), Some(self.data))),
            Some(ast::Imports::Items(items)) => {
                for item in items.iter() {
                    self.known
                        .push((item.bound_name().as_str().to_owned(), Some(self.data)));
                }
            }
            None => {}
        }
    }

    /// A function; `item` is what its one parameter is.
    fn closure(&mut self, node: &SyntaxNode, item: Option<&'t DataType>) {
        let Some(closure) = node.cast::<ast::Closure>() else {
            return;
        };
        self.within(|names| {
            let single = closure.params().children().count() == 1;
            for parameter in closure.params().children() {
                match parameter {
                    ast::Param::Pos(pattern) => names.bind(pattern, item.filter(|_| single)),
                    ast::Param::Named(named) => {
                        names.visit(named.expr().to_untyped());
                        names.known.push((named.name().as_str().to_owned(), None));
                    }
                    ast::Param::Spread(spread) => names.hide(spread.sink_ident().into_iter().collect()),
                }
            }
            names.visit(closure.body().to_untyped());
        });
    }

    fn call(&mut self, node: &SyntaxNode) {
        let Some(call) = node.cast::<ast::FuncCall>() else {
            return;
        };
        let Some((target, name)) = method(call) else {
            return self.children(node);
        };
        self.visit(target.to_untyped());
        let callee = call.callee();
        let at = match callee {
            ast::Expr::FieldAccess(access) => access.field().to_untyped(),
            _ => node,
        };
        match self.is(target) {
            Some(DataType::Object { .. }) if name == "at" => {
                if let Some(key) = key(call) {
                    let default = call.args().items().any(|arg| match arg {
                        ast::Arg::Named(named) => named.name().as_str() == "default",
                        _ => false,
                    });
                    self.taken(target, &key, at, default);
                }
            }
            Some(DataType::Object { .. }) if !OF_OBJECTS.contains(&name) => self.taken(target, name, at, false),
            _ => {}
        }
        let item = self.item(target);
        for arg in call.args().items() {
            let (expr, goes_through) = match arg {
                ast::Arg::Pos(expr) => (expr, GOES_THROUGH.contains(&name)),
                ast::Arg::Named(named) => (named.expr(), named.name().as_str() == "key" && BY_KEY.contains(&name)),
                ast::Arg::Spread(spread) => (spread.expr(), false),
            };
            let inner = expr.to_untyped();
            match inner.kind() {
                SyntaxKind::Closure if goes_through => self.closure(inner, item),
                _ => self.visit(inner),
            }
        }
    }

    /// A member is taken from something; with a `default` it may be missing.
    fn taken(&mut self, target: ast::Expr<'_>, name: &str, at: &SyntaxNode, default: bool) {
        let said = match self.is(target) {
            Some(DataType::Object { members, .. }) => match members.get(name) {
                None => {
                    let known: Vec<&str> = members.keys().map(String::as_str).collect();
                    Some((
                        format!("the data has no `{name}` here"),
                        format!("there is: {}", known.join(", ")),
                    ))
                }
                Some(Member {
                    presence: Presence::MayBeMissing,
                    ..
                }) if !default && !self.asked.contains(name) => Some((
                    format!("`{name}` may be missing"),
                    format!("write at(\"{name}\", default: none), and say what is printed then"),
                )),
                Some(_) => None,
            },
            Some(DataType::List(_) | DataType::Truth | DataType::Whole | DataType::Number) => {
                return self.nothing(name, at);
            }
            _ => None,
        };
        if let Some((message, help)) = said {
            self.say(at, message, help);
        }
    }

    fn nothing(&mut self, name: &str, at: &SyntaxNode) {
        let message = format!("there is no `{name}` in this value of the data");
        self.say(at, message, "go through a list with `for` or `map`".to_owned());
    }

    fn say(&mut self, at: &SyntaxNode, message: String, help: String) {
        let byte = typst_range(self.source, DiagSpan::from(at.span()));
        let (line, column) = byte.and_then(|byte| position(self.source, byte)).unwrap_or((1, 1));
        self.findings.push(Finding {
            line,
            column,
            message,
            help,
        });
    }
}

/// The first argument, when it is a text as it stands.
fn key(call: ast::FuncCall<'_>) -> Option<String> {
    match call.args().items().next()? {
        ast::Arg::Pos(ast::Expr::Str(key)) => Some(key.get().to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::template_id;

    fn letter() -> DataType {
        let payment = DataType::object([("monat", DataType::Text), ("cent", DataType::Whole)]);
        let decision = DataType::object([("zahlungen", DataType::list(payment)), ("betrag_cent", DataType::Whole)]);
        let mut letter = DataType::object([("entscheidung", decision), ("datum", DataType::Date)]);
        letter.put("hund.rasse", DataType::Text, Presence::MayBeMissing);
        letter
    }

    /// `expected`: place and part of the message of each finding.
    fn expect(template: &str, expected: &[(u32, u32, &str)]) {
        let text = format!("#import \"/data.typ\": data\n{template}");
        let findings = check(&Source::new(template_id(), text), &letter());
        let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.column)).collect();
        let places: Vec<_> = expected.iter().map(|(line, column, _)| (*line, *column)).collect();
        assert_eq!(found, places, "{template}\n{findings:?}");
        for (finding, (_, _, message)) in findings.iter().zip(expected) {
            assert!(finding.message.contains(message), "{template}\n{finding}");
        }
    }

    #[test]
    fn names_are_followed() {
        expect("#data.datum #data.entscheidung.betrag_cent", &[]);
        expect("#data.dutum", &[(2, 7, "no `dutum`")]);
        expect("#let d = data.entscheidung\n#d.betrag", &[(3, 4, "no `betrag`")]);
        expect(
            "#for z in data.entscheidung.zahlungen [#z.monat #z.jahr]",
            &[(2, 52, "no `jahr`")],
        );
        expect(
            "#data.entscheidung.zahlungen.filter(z => z.cent > 0).map(z => (z.monat, z.euro))",
            &[(2, 75, "no `euro`")],
        );
        expect("#data.entscheidung.zahlungen.first().tag", &[(2, 38, "no `tag`")]);
        expect("#data.entscheidung.zahlungen.monat", &[(2, 30, "no `monat`")]);
        expect("#data.at(\"dutum\", default: none)", &[(2, 7, "no `dutum`")]);
        expect(
            "#data.entscheidung.keys() #data.entscheidung.kays()",
            &[(2, 46, "no `kays`")],
        );
    }

    #[test]
    fn what_may_be_missing_is_asked_for() {
        expect(
            "#data.hund.rasse",
            &[(2, 7, "`hund` may be missing"), (2, 12, "`rasse` may be missing")],
        );
        expect(
            "#let hund = data.at(\"hund\", default: (:))\n#hund.at(\"rasse\", default: none)",
            &[],
        );
        expect(
            "#if \"hund\" in data and \"rasse\" in data.hund [#data.hund.rasse]",
            &[],
        );
    }

    #[test]
    fn other_variables_are_left_alone() {
        expect("#let data = (x: 1)\n#data.x", &[]);
        expect("#let f(data) = data.x", &[]);
        expect("#{ let data = (x: 1); data.x }\n#data.x", &[(3, 7, "no `x`")]);
        expect("#let (data, b) = (1, 2)\n#data.x", &[]);
        expect("#let d = data.entscheidung\n#{ d.insert(\"x\", 1) }\n#d.x", &[]);
        expect("#{ let d = data.entscheidung; d = (x: 1); d.x }", &[]);
    }

    #[test]
    fn a_long_chain_ends() {
        let chain = ".rev()".repeat(2_000);
        expect(&format!("#data.entscheidung.zahlungen{chain}"), &[]);
    }

    #[test]
    fn a_renamed_import_is_followed() {
        let source = Source::new(template_id(), "#import \"/data.typ\": data as letter\n#letter.x".into());
        assert_eq!(check(&source, &letter()).len(), 1);
    }
}
