//! Reading decision tables.

use crate::boxed::Cx;
use crate::explanation::HitPolicy;
use crate::feel::{Names, may_be_boolean, name};
use crate::shown::{Text, Texts};
use crate::table::{Input, Output, Row, Table};
use crate::text::Template;
use crate::types::{Allowed, Base, Type};
use crate::value::Layout;
use crate::xml::{child, elements, text};
use roxmltree::Node;
use std::sync::Arc;

impl<'x> Cx<'_, 'x> {
    /// Reads the decision table `node`; none after reporting what is wrong.
    pub(crate) fn table(&self, node: Node<'x, 'x>, names: &mut Names, ty: Option<&Type>) -> Option<Table> {
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
        let defaults = outputs.iter().filter(|output| output.default.is_some()).count();
        if defaults > 0 && defaults < outputs.len() {
            self.reader.add(
                node,
                "some outputs have a default and others have none",
                "give every output a default, or none of them",
            );
        }
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
        if let Some(name) = expression.attribute("typeRef").filter(|name| !name.is_empty()) {
            // Only that it exists.
            self.types.get(self.reader, expression, Some(name));
        }
        let (text, expression) = self.expression(expression, names)?;
        let ty = names.declared(&text);
        let ty = ty.filter(|ty| !matches!(ty.base, Base::Any) || ty.allowed.is_some());
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
            cost: conditions.iter().map(|tests| 1 + tests.len()).sum(),
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
