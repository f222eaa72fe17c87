//! Reading boxed expressions: tables, contexts, invocations, lists, relations, conditionals, literals.

use crate::definitions::Types;
use crate::feel::{Expr, Names, name};
use crate::function::{Function, Lambda};
use crate::logic::{Entry, Iteration, Logic};
use crate::types::Type;
use crate::value::Layout;
use crate::xml::{Reader, child, elements, text};
use dsntk_feel::Name;
use roxmltree::Node;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Deepest nesting of boxed expressions.
const MAX_DEPTH: usize = 32;

const KINDS: [&str; 12] = [
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "list",
    "relation",
    "conditional",
    "functionDefinition",
    "for",
    "every",
    "some",
    "filter",
];

/// The boxed expression inside `node`.
pub(crate) fn find<'x>(node: Node<'x, 'x>) -> Option<Node<'x, 'x>> {
    elements(node).find(|child| KINDS.contains(&child.tag_name().name()))
}

/// What reading an expression needs from the model.
pub(crate) struct Cx<'a, 'x> {
    pub reader: &'a Reader<'x>,
    pub types: &'a Types,
    pub functions: &'a BTreeMap<Name, Arc<Function>>,
    /// Name of the decision, for tables with one unnamed output.
    pub own: &'a Name,
}

impl<'x> Cx<'_, 'x> {
    /// Reads the expression `node`; none after reporting what is wrong.
    pub fn logic(&self, node: Node<'x, 'x>, names: &mut Names, ty: Option<&Type>, depth: usize) -> Option<Logic> {
        if depth > MAX_DEPTH {
            self.reader.add(
                node,
                "boxed expressions nest too deeply",
                "move inner ones into decisions of their own",
            );
            return None;
        }
        match node.tag_name().name() {
            "literalExpression" => self.literal(node, names),
            "decisionTable" => self.table(node, names, ty).map(Logic::Table),
            "context" => self.context(node, names, ty, depth),
            "invocation" => self.invocation(node, names, depth),
            "list" => {
                let items: Vec<_> = elements(node)
                    .filter(|item| KINDS.contains(&item.tag_name().name()))
                    .collect();
                let items = items.into_iter().map(|item| self.logic(item, names, None, depth + 1));
                items
                    .collect::<Vec<_>>()
                    .into_iter()
                    .collect::<Option<_>>()
                    .map(Logic::List)
            }
            "relation" => self.relation(node, names, depth),
            "conditional" => {
                let mut part = |name: &str| {
                    let Some(logic) = child(node, name).and_then(find) else {
                        self.reader
                            .add(node, format!("this conditional has no `{name}`"), "complete it");
                        return None;
                    };
                    self.logic(logic, names, None, depth + 1).map(Box::new)
                };
                let (condition, yes, no) = (part("if"), part("then"), part("else"));
                Some(Logic::Conditional {
                    condition: condition?,
                    yes: yes?,
                    no: no?,
                })
            }
            "for" => self.iteration(node, names, Iteration::For, "return", depth),
            "some" => self.iteration(node, names, Iteration::Some, "satisfies", depth),
            "every" => self.iteration(node, names, Iteration::Every, "satisfies", depth),
            "filter" => self.iteration(node, names, Iteration::Filter, "match", depth),
            _ => self.lambda(node, names, depth),
        }
    }

    /// The expression inside the child `part` of `node`.
    fn inside(&self, node: Node<'x, 'x>, part: &str) -> Option<Node<'x, 'x>> {
        let found = child(node, part).and_then(find);
        if found.is_none() {
            let message = format!("this `{}` has no `{part}`", node.tag_name().name());
            self.reader.add(node, message, "complete it");
        }
        found
    }

    fn iteration(
        &self,
        node: Node<'x, 'x>,
        names: &mut Names,
        kind: Iteration,
        part: &str,
        depth: usize,
    ) -> Option<Logic> {
        let (list, body) = (self.inside(node, "in")?, self.inside(node, part)?);
        let list = self.logic(list, names, None, depth + 1)?;
        let variable = match kind {
            Iteration::Filter => "item",
            _ => node.attribute("iteratorVariable").unwrap_or_default(),
        };
        let variable = self.reader.check(node, name(variable))?;
        names.open();
        names.value(variable, Type::any());
        let body = self.logic(body, names, None, depth + 1);
        names.close();
        Some(Logic::Iteration {
            kind,
            list: Box::new(list),
            body: Box::new(body?),
        })
    }

    fn lambda(&self, node: Node<'x, 'x>, names: &mut Names, depth: usize) -> Option<Logic> {
        if !matches!(node.attribute("kind"), None | Some("FEEL")) {
            self.reader.add(
                node,
                "external functions are not called",
                "write the logic in FEEL, or pass the value as an input",
            );
            return None;
        }
        let Some(body) = find(node) else {
            self.reader.add(node, "this function has no logic", "add an expression");
            return None;
        };
        names.open();
        let parameters = self.parameters(node, names);
        let body = self.logic(body, names, None, depth + 1);
        names.close();
        Some(Logic::Lambda(Arc::new(Lambda {
            parameters,
            body: body?,
        })))
    }

    /// Binds the formal parameters of a function.
    pub fn parameters(&self, node: Node<'x, 'x>, names: &mut Names) -> Vec<(Name, Arc<Type>)> {
        let mut parameters = Vec::new();
        for parameter in elements(node).filter(|node| node.tag_name().name() == "formalParameter") {
            let name = name(parameter.attribute("name").unwrap_or_default());
            let Some(name) = self.reader.check(parameter, name) else {
                continue;
            };
            let ty = self.types.get(self.reader, parameter, parameter.attribute("typeRef"));
            names.value(name.clone(), Arc::clone(&ty));
            parameters.push((name, ty));
        }
        parameters
    }

    pub(crate) fn feel_only(&self, node: Node) -> Option<()> {
        let language = node.attribute("expressionLanguage").unwrap_or("FEEL");
        if language.eq_ignore_ascii_case("feel")
            || language.trim_end_matches('/').to_ascii_lowercase().ends_with("/feel")
        {
            return Some(());
        }
        self.reader.add(
            node,
            format!("the expression language `{language}` is not evaluated"),
            "write the expression in FEEL",
        );
        None
    }

    fn literal(&self, node: Node<'x, 'x>, names: &Names) -> Option<Logic> {
        let (text, expression) = self.expression(node, names)?;
        Some(Logic::Literal { text, expression })
    }

    pub(crate) fn expression(&self, node: Node<'x, 'x>, names: &Names) -> Option<(String, Expr)> {
        self.feel_only(node)?;
        let text = text(node);
        if text.is_empty() {
            self.reader
                .add(node, "this expression is empty", "write a FEEL expression");
            return None;
        }
        let expression = self.reader.check(node, names.expression(&text))?;
        Some((text, expression))
    }

    fn context(&self, node: Node<'x, 'x>, names: &mut Names, ty: Option<&Type>, depth: usize) -> Option<Logic> {
        let mut entries = Vec::new();
        let mut result = None;
        let mut complete = true;
        names.open();
        for entry in elements(node).filter(|entry| entry.tag_name().name() == "contextEntry") {
            let Some(body) = find(entry) else {
                self.reader
                    .add(entry, "this context entry has no expression", "complete or remove it");
                complete = false;
                continue;
            };
            let Some(variable) = child(entry, "variable") else {
                let logic = self.logic(body, names, ty, depth + 1);
                complete &= logic.is_some();
                result = logic.map(Box::new);
                continue;
            };
            let entry_type = self.types.get(self.reader, variable, variable.attribute("typeRef"));
            let logic = self.logic(body, names, Some(&entry_type), depth + 1);
            let name = self
                .reader
                .check(variable, name(variable.attribute("name").unwrap_or_default()));
            // An entry with a mistake has its finding; those that name it need none.
            if let Some(name) = &name {
                names.value(name.clone(), Arc::clone(&entry_type));
            }
            let (Some(logic), Some(name)) = (logic, name) else {
                complete = false;
                continue;
            };
            entries.push(Entry {
                name,
                ty: entry_type,
                logic,
            });
        }
        names.close();
        let layout = Layout::new(entries.iter().map(|entry: &Entry| entry.name.as_str()));
        complete.then_some(Logic::Context {
            entries,
            layout,
            result,
        })
    }

    fn invocation(&self, node: Node<'x, 'x>, names: &mut Names, depth: usize) -> Option<Logic> {
        let called = child(node, "literalExpression").map(text).unwrap_or_default();
        let Some(function) = name(&called).ok().and_then(|name| self.functions.get(&name)) else {
            self.reader.add(
                node,
                format!("`{called}` is not a business knowledge model this element requires"),
                "add a knowledge requirement, or correct the name",
            );
            return None;
        };
        let mut bindings = Vec::new();
        for binding in elements(node).filter(|binding| binding.tag_name().name() == "binding") {
            let parameter = child(binding, "parameter")
                .and_then(|parameter| parameter.attribute("name"))
                .unwrap_or_default();
            let parameter = self.reader.check(binding, name(parameter))?;
            let Some(position) = function.parameters.iter().rposition(|(name, _)| *name == parameter) else {
                self.reader.add(
                    binding,
                    format!("`{called}` has no parameter `{parameter}`"),
                    "correct the name",
                );
                continue;
            };
            let Some(body) = find(binding) else {
                self.reader.add(
                    binding,
                    format!("the parameter `{parameter}` has no expression"),
                    "complete it",
                );
                continue;
            };
            bindings.push((position, self.logic(body, names, None, depth + 1)?));
        }
        for (position, (parameter, _)) in function.parameters.iter().enumerate() {
            if !bindings.iter().any(|(bound, _)| *bound == position) {
                self.reader.add(
                    node,
                    format!("the parameter `{parameter}` is not bound"),
                    "add a binding for it",
                );
            }
        }
        Some(Logic::Invocation {
            function: Arc::clone(function),
            bindings,
        })
    }

    fn relation(&self, node: Node<'x, 'x>, names: &mut Names, depth: usize) -> Option<Logic> {
        let mut columns = Vec::new();
        for column in elements(node).filter(|column| column.tag_name().name() == "column") {
            columns.push(
                self.reader
                    .check(column, name(column.attribute("name").unwrap_or_default()))?,
            );
        }
        let mut rows = Vec::new();
        for row in elements(node).filter(|row| row.tag_name().name() == "row") {
            let cells: Vec<_> = elements(row)
                .filter(|cell| KINDS.contains(&cell.tag_name().name()))
                .collect();
            if cells.len() != columns.len() {
                self.reader.add(
                    row,
                    format!("{} cells for {} columns", cells.len(), columns.len()),
                    "fill every column once",
                );
                return None;
            }
            let cells = cells
                .into_iter()
                .map(|cell| self.logic(cell, names, None, depth + 1))
                .collect::<Vec<_>>();
            rows.push(cells.into_iter().collect::<Option<Vec<_>>>()?);
        }
        let layout = Layout::new(columns.iter().map(Name::as_str));
        Some(Logic::Relation { columns, layout, rows })
    }
}
