//! What a template may not say, found in its syntax tree.

use typst::syntax::ast;
use typst::syntax::{LinkedNode, Source, SyntaxKind};

use crate::error::Finding;
use crate::library::REFUSED;
use crate::world::{DATA, PRELUDE};

/// Line and column (both from 1, columns in characters) of a byte of the source.
pub fn position(source: &Source, byte: usize) -> Option<(u32, u32)> {
    let (line, column) = source.lines().byte_to_line_column(byte)?;
    Some((
        u32::try_from(line).ok()?.saturating_add(1),
        u32::try_from(column).ok()?.saturating_add(1),
    ))
}

/// All findings of one template, sorted by place.
pub fn check(source: &Source) -> Vec<Finding> {
    let mut findings = syntax_errors(source);
    // A broken tree would only repeat itself.
    if findings.is_empty() {
        // An explicit stack: a hostile template may nest deeper than the thread's.
        let mut stack = vec![LinkedNode::new(source.root())];
        while let Some(node) = stack.pop() {
            if let Some((message, help)) = refuse(&node) {
                let (line, column) = position(source, node.offset()).unwrap_or((1, 1));
                findings.push(Finding {
                    line,
                    column,
                    message,
                    help: help.into(),
                });
            }
            stack.extend(node.children());
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

fn syntax_errors(source: &Source) -> Vec<Finding> {
    let (errors, _warnings) = source.root().errors_and_warnings();
    errors
        .into_iter()
        .map(|error| {
            let byte = typst_range(source, error.span);
            let (line, column) = byte.and_then(|byte| position(source, byte)).unwrap_or((1, 1));
            let help: Vec<&str> = error.hints.iter().map(|hint| hint.v.as_str()).collect();
            Finding {
                line,
                column,
                message: error.message.to_string(),
                help: help.join("; "),
            }
        })
        .collect()
}

pub fn typst_range(source: &Source, span: typst::syntax::DiagSpan) -> Option<usize> {
    use typst::syntax::DiagSpanKind::{Detached, Number, Range};
    match span.get() {
        Detached => None,
        Number { num, sub_range, .. } => Some(source.range(num, sub_range)?.start),
        Range { range, .. } => Some(range.start),
    }
}

fn refuse(node: &LinkedNode) -> Option<(String, &'static str)> {
    match node.kind() {
        SyntaxKind::WhileLoop => Some((
            "`while` is refused in notices: it may never end".into(),
            "go through the data with `for`",
        )),
        SyntaxKind::ModuleImport => foreign(node.cast::<ast::ModuleImport>()?.source()),
        SyntaxKind::ModuleInclude => foreign(node.cast::<ast::ModuleInclude>()?.source()),
        SyntaxKind::Closure => {
            let closure = node.cast::<ast::Closure>()?;
            let name = closure.name()?.get();
            calls_itself(node, name).then(|| {
                (
                    format!("the function `{name}` uses itself, which is refused in notices: it may never end"),
                    "go through the data with `for`, `map` or `fold`",
                )
            })
        }
        SyntaxKind::Ident => {
            let name = node.leaf_text();
            let reason = REFUSED.iter().find(|(refused, _)| refused == name)?.1;
            names_a_variable(node).then(|| (format!("`{name}` is not available in notices"), reason))
        }
        _ => None,
    }
}

/// `#import` and `#include` reach the two built-in modules and nothing else, named by a literal: Typst keeps every path
/// it ever saw, so computed paths would grow without bound.
fn foreign(source: ast::Expr) -> Option<(String, &'static str)> {
    if let ast::Expr::Str(path) = source {
        let path = path.get();
        if path == PRELUDE || path == DATA {
            return None;
        }
    }
    Some((
        "a notice imports only \"/wegfrei.typ\" and \"/data.typ\"".into(),
        "put what you need into the template; there are no files and no packages",
    ))
}

fn calls_itself(closure: &LinkedNode, name: &str) -> bool {
    let mut seen = 0_usize;
    let mut stack: Vec<LinkedNode> = closure.children().collect();
    while let Some(node) = stack.pop() {
        if node.kind() == SyntaxKind::Ident && node.leaf_text() == name && names_a_variable(&node) {
            seen += 1;
        }
        stack.extend(node.children());
    }
    // The first is the name in its own definition.
    seen > 1
}

/// Whether an identifier is a variable, and not a field (`data.read`) or the name of an argument (`(read: 1)`).
fn names_a_variable(node: &LinkedNode) -> bool {
    let Some(parent) = node.parent() else { return true };
    match parent.kind() {
        SyntaxKind::FieldAccess => {
            let first = parent.children().next();
            let is_target = first.as_ref().is_some_and(|first| first.offset() == node.offset());
            is_target || first.is_some_and(|first| first.leaf_text() == "std")
        }
        SyntaxKind::Named => parent
            .children()
            .next()
            .is_none_or(|first| first.offset() != node.offset()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::template_id;

    /// `expected`: one "line:column message part" per finding.
    fn expect(template: &str, expected: &[(u32, u32, &str)]) {
        let findings = check(&Source::new(template_id(), template.into()));
        assert_eq!(findings.len(), expected.len(), "{template}\n{findings:?}");
        for (finding, (line, column, message)) in findings.iter().zip(expected) {
            assert_eq!(
                (finding.line, finding.column),
                (*line, *column),
                "{template}\n{finding}"
            );
            assert!(finding.message.contains(message), "{template}\n{finding}");
            assert!(!finding.message.is_empty());
        }
    }

    #[test]
    fn good_templates_pass() {
        expect(
            "#import \"/wegfrei.typ\": *\n#import \"/data.typ\": data\n#data.read #data.json.eval\n= Titel",
            &[],
        );
        expect("#let f(read: 1) = 2\n#for x in (1, 2) [#x]", &[]);
        expect("Text with while, eval and read; no code.", &[]);
    }

    #[test]
    fn endless_templates_are_refused() {
        expect("Ä\n#{ while true {} }", &[(2, 4, "`while`")]);
        expect("#let f(n) = f(n + 1)", &[(1, 6, "`f` uses itself")]);
        expect("#let f(n) = { let g = f; g(n) }", &[(1, 6, "`f` uses itself")]);
    }

    #[test]
    fn foreign_files_are_refused() {
        expect("#import \"@preview/x:0.1.0\": *", &[(1, 2, "imports only")]);
        expect("#include \"/etc/passwd\"", &[(1, 2, "imports only")]);
        expect(
            "#for i in range(9) { import \"/\" + str(i) }",
            &[(1, 22, "imports only")],
        );
        expect("#read(\"x\")\n#std.read(\"x\")", &[(1, 2, "`read`"), (2, 6, "`read`")]);
        expect("äöü #eval(\"1\")", &[(1, 6, "`eval`")]);
        expect("#let p = plugin", &[(1, 10, "`plugin`")]);
    }

    #[test]
    fn syntax_errors_have_a_place() {
        expect("a\nb #let = 1", &[(2, 7, "expected")]);
        expect("#(", &[(1, 2, "unclosed")]);
    }

    #[test]
    fn deep_nesting_does_not_overflow() {
        let deep = format!("#{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(!check(&Source::new(template_id(), deep)).is_empty());
    }
}
