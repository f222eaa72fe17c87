//! Reading boxed expressions: tables, contexts, invocations, lists, relations, conditionals, literals.

use crate::definitions::Types;
use crate::explanation::HitPolicy;
use crate::feel::{Expr, Names, may_be_boolean, name};
use crate::logic::{Entry, Function, Iteration, Lambda, Logic};
use crate::shown::{Text, Texts};
use crate::table::{Input, Output, Row, Table};
use crate::text::Template;
use crate::types::{Allowed, Type};
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

    fn feel_only(&self, node: Node) -> Option<()> {
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

    fn expression(&self, node: Node<'x, 'x>, names: &Names) -> Option<(String, Expr)> {
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
            let (Some(logic), Some(name)) = (logic, name) else {
                complete = false;
                continue;
            };
            names.value(name.clone(), Arc::clone(&entry_type));
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

    fn table(&self, node: Node<'x, 'x>, names: &mut Names, ty: Option<&Type>) -> Option<Table> {
        let policy = self.policy(node)?;
        let all = |kind: &'static str| elements(node).filter(move |child| child.tag_name().name() == kind);
        let inputs: Vec<_> = all("input").map(|input| self.input(input, names)).collect();
        let boolean: Vec<bool> = all("input")
            .map(|input| child(input, "inputExpression").and_then(|expression| expression.attribute("typeRef")))
            .map(|reference| reference.and_then(Type::built_in).is_none_or(|ty| may_be_boolean(&ty)))
            .collect();
        let count = all("output").count();
        let outputs: Vec<_> = all("output")
            .map(|output| self.output(output, names, count, ty))
            .collect();
        let outputs = outputs.into_iter().collect::<Option<Vec<_>>>();
        if count == 0 {
            self.reader
                .add(node, "this table has no output", "add an output column");
        }
        let inputs = inputs.into_iter().collect::<Option<Vec<_>>>();
        let (inputs, outputs) = (inputs?, outputs?);
        self.check_policy(node, policy, &outputs);
        let columns: Vec<Column> = all("annotation")
            .map(|column| Column::of(column.attribute("name").unwrap_or_default()))
            .collect();
        let rules: Vec<_> = all("rule")
            .map(|rule| self.rule(rule, names, &boolean, &outputs, &columns))
            .collect();
        let rules = rules.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Table {
            policy,
            layout: Layout::new(outputs.iter().map(|output| output.name.as_str())),
            inputs,
            outputs,
            rules,
            line: self.reader.line(node),
        })
    }

    fn policy(&self, node: Node) -> Option<HitPolicy> {
        let (policy, aggregation) = (
            node.attribute("hitPolicy").unwrap_or("UNIQUE"),
            node.attribute("aggregation"),
        );
        Some(match (policy, aggregation) {
            ("UNIQUE", _) => HitPolicy::Unique,
            ("FIRST", _) => HitPolicy::First,
            ("PRIORITY", _) => HitPolicy::Priority,
            ("ANY", _) => HitPolicy::Any,
            ("RULE ORDER", _) => HitPolicy::RuleOrder,
            ("OUTPUT ORDER", _) => HitPolicy::OutputOrder,
            ("COLLECT", None) => HitPolicy::Collect,
            ("COLLECT", Some("SUM")) => HitPolicy::CollectSum,
            ("COLLECT", Some("MIN")) => HitPolicy::CollectMin,
            ("COLLECT", Some("MAX")) => HitPolicy::CollectMax,
            ("COLLECT", Some("COUNT")) => HitPolicy::CollectCount,
            _ => {
                let aggregation = aggregation.unwrap_or_default();
                self.reader.add(
                    node,
                    format!("unknown hit policy `{policy} {aggregation}`"),
                    "use one of DMN's hit policies",
                );
                return None;
            }
        })
    }

    fn check_policy(&self, node: Node, policy: HitPolicy, outputs: &[Output]) {
        let aggregates = matches!(
            policy,
            HitPolicy::CollectSum | HitPolicy::CollectMin | HitPolicy::CollectMax
        );
        if aggregates && outputs.len() > 1 {
            self.reader.add(
                node,
                "aggregation needs exactly one output column",
                "split the table, or collect without aggregation",
            );
        }
        if matches!(policy, HitPolicy::Priority | HitPolicy::OutputOrder)
            && outputs.iter().all(|output| output.order.is_empty())
        {
            self.reader.add(
                node,
                "this hit policy orders by output values, but no output column lists them",
                "list the output values, most important first",
            );
        }
    }

    fn input(&self, node: Node<'x, 'x>, names: &mut Names) -> Option<Input> {
        let Some(expression) = child(node, "inputExpression") else {
            self.reader.add(
                node,
                "this input column has no expression",
                "write the FEEL expression to test",
            );
            return None;
        };
        let declared = expression.attribute("typeRef").filter(|name| !name.is_empty());
        let declared = declared.map(|name| self.types.get(self.reader, expression, Some(name)));
        let (text, expression) = self.expression(expression, names)?;
        let ty = names.declared(&text).or(declared);
        let text = Text::from(text);
        let allowed = self.allowed(child(node, "inputValues"), names)?;
        Some(Input {
            text,
            expression,
            ty,
            allowed,
        })
    }

    /// Allowed values; `Some(None)` when there are none, none when they are wrong.
    fn allowed(&self, node: Option<Node<'x, 'x>>, names: &mut Names) -> Option<Option<Allowed>> {
        let Some(node) = node else { return Some(None) };
        let written = text(node);
        if written.is_empty() {
            return Some(None);
        }
        let tests = self.reader.check(node, names.tests(&written, true))?;
        if !tests.literal() {
            self.reader.add(
                node,
                "allowed values must be literals or ranges of literals",
                "list them, such as \"a\", \"b\" or [1..12]",
            );
            return None;
        }
        Some(Some(Allowed {
            tests: Arc::new(tests),
            text: written,
            items: true,
        }))
    }

    fn output(&self, node: Node<'x, 'x>, names: &mut Names, count: usize, ty: Option<&Type>) -> Option<Output> {
        let name = match node.attribute("name").map(str::trim).filter(|name| !name.is_empty()) {
            Some(text) => self.reader.check(node, name(text))?,
            None if count == 1 => self.own.clone(),
            None => {
                self.reader.add(
                    node,
                    "this output column has no name",
                    "name it; several outputs form a context",
                );
                return None;
            }
        };
        let allowed = self.allowed(child(node, "outputValues"), names)?;
        // A single output without values of its own takes those of the decision's type, also for its order.
        let inherited = ty
            .filter(|_| count == 1 && allowed.is_none())
            .and_then(|ty| ty.allowed.as_ref());
        let listed = allowed
            .as_ref()
            .or(inherited)
            .and_then(|allowed| allowed.tests.values());
        let order = listed
            .map(|values| values.into_iter().cloned().collect())
            .unwrap_or_default();
        let default = match child(node, "defaultOutputEntry") {
            Some(entry) if !text(entry).is_empty() => Some(self.expression(entry, names)?),
            _ => None,
        };
        let ty = self.types.get(self.reader, node, node.attribute("typeRef"));
        Some(Output {
            name: Text::from(name.as_str()),
            ty,
            allowed,
            order,
            default,
        })
    }

    fn rule(
        &self,
        node: Node<'x, 'x>,
        names: &mut Names,
        boolean: &[bool],
        outputs: &[Output],
        columns: &[Column],
    ) -> Option<Row> {
        let all = |kind: &'static str| elements(node).filter(move |child| child.tag_name().name() == kind);
        let (inputs, cells) = (all("inputEntry").count(), all("outputEntry").count());
        if inputs != boolean.len() || cells != outputs.len() {
            let message = format!(
                "this rule has {inputs} conditions and {cells} outputs, the table {} and {}",
                boolean.len(),
                outputs.len()
            );
            self.reader
                .add(node, message, "give every column one cell; an empty condition is -");
            return None;
        }
        let mut complete = true;
        let mut conditions = Vec::with_capacity(inputs);
        let mut as_written = Vec::with_capacity(inputs);
        for (entry, &boolean) in all("inputEntry").zip(boolean) {
            let written = text(entry);
            let tests = self
                .feel_only(entry)
                .and_then(|()| self.reader.check(entry, names.tests(&written, boolean)));
            complete &= tests.is_some();
            as_written.push(Text::from(if written.is_empty() { "-".to_owned() } else { written }));
            conditions.extend(tests);
        }
        let mut values = Vec::with_capacity(cells);
        for entry in all("outputEntry") {
            let value = self.expression(entry, names);
            complete &= value.is_some();
            values.extend(value);
        }
        let output_names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        let id = Text::from(node.attribute("id").unwrap_or_default());
        let mut row = Row {
            id,
            conditions,
            written: Texts::from(as_written),
            outputs: values,
            legal_basis: None,
            reason: None,
            leicht: None,
            line: self.reader.line(node),
        };
        for (entry, column) in all("annotationEntry").zip(columns) {
            let written = text(entry);
            if written.is_empty() {
                continue;
            }
            let slot = match column {
                Column::LegalBasis => &mut row.legal_basis,
                Column::Reason => &mut row.reason,
                Column::Leicht => &mut row.leicht,
                Column::Other => continue,
            };
            *slot = self
                .reader
                .check(entry, Template::parse(&written, &output_names, names));
        }
        complete.then_some(row)
    }
}

/// Meaning of an annotation column, by its heading.
enum Column {
    LegalBasis,
    Reason,
    Leicht,
    Other,
}

impl Column {
    fn of(heading: &str) -> Column {
        match heading.trim() {
            "Rechtsgrundlage" => Column::LegalBasis,
            "Begründung" => Column::Reason,
            "Leichte Sprache" => Column::Leicht,
            _ => Column::Other,
        }
    }
}
