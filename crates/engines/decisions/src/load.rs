//! From a DMN file to a model ready to decide.

use crate::boxed;
use crate::definitions::Types;
use crate::feel::{Names, name};
use crate::finding::Finding;
use crate::logic::{Function, Logic};
use crate::shown::{Text, Texts};
use crate::types::Type;
use crate::xml::{self, Reader, child, elements};
use dsntk_feel::Name;
use roxmltree::Node;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Most inputs, decisions and business knowledge models of a model.
const MAX_ELEMENTS: usize = 2_000;

/// A loaded model.
pub(crate) struct Model {
    pub inputs: Vec<Input>,
    pub decisions: Vec<Decision>,
    /// Number of slots for the values of inputs and decisions.
    pub slots: usize,
}

/// An input of the model.
pub(crate) struct Input {
    pub key: String,
    pub slot: usize,
    pub ty: Arc<Type>,
}

/// A decision with everything it takes to evaluate it.
pub(crate) struct Decision {
    pub key: Text,
    pub slot: usize,
    pub label: Option<Text>,
    pub ty: Arc<Type>,
    pub logic: Logic,
    pub uses: Texts,
    pub plan: Plan,
}

/// What to bind before a decision, and in which order.
#[derive(Default)]
pub(crate) struct Plan {
    pub inputs: Vec<usize>,
    /// Other decisions it rests on, dependencies first.
    pub decisions: Vec<usize>,
}

/// An element of the requirements graph.
struct Element<'x> {
    node: Node<'x, 'x>,
    key: String,
    name: Name,
    kind: ElementKind,
    requires: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ElementKind {
    Input,
    Decision,
    Function,
}

/// Reads the model.
pub(crate) fn load(text: &str) -> Result<Model, Vec<Finding>> {
    let document = xml::parse(text).map_err(|finding| vec![finding])?;
    let reader = Reader::new(&document);
    let model = reader.definitions().and_then(|root| read(&reader, root));
    let findings = reader.into_findings();
    match model {
        Some(model) if findings.is_empty() => Ok(model),
        _ => Err(findings),
    }
}

fn read<'x>(reader: &Reader<'x>, root: Node<'x, 'x>) -> Option<Model> {
    let types = Types::read(reader, root);
    let mut elements = collect(reader, root);
    if elements.len() > MAX_ELEMENTS {
        reader.add(root, format!("more than {MAX_ELEMENTS} elements"), "split the model");
        return None;
    }
    connect(reader, root, &mut elements);
    let order = order(reader, &elements)?;
    let mut building = Building {
        reader,
        types,
        elements: &elements,
        inputs: BTreeMap::new(),
        functions: HashMap::new(),
        model: Model {
            inputs: vec![],
            decisions: vec![],
            slots: elements.len(),
        },
        decisions: HashMap::new(),
    };
    for index in order {
        building.element(index);
    }
    if building.model.decisions.is_empty() && !reader.has_findings() {
        reader.add(root, "the model has no decision", "add a decision with its logic");
    }
    Some(building.model)
}

fn collect<'x>(reader: &Reader<'x>, root: Node<'x, 'x>) -> Vec<Element<'x>> {
    let mut found = Vec::new();
    let mut keys = BTreeSet::new();
    for node in elements(root) {
        let kind = match node.tag_name().name() {
            "inputData" => ElementKind::Input,
            "decision" => ElementKind::Decision,
            "businessKnowledgeModel" => ElementKind::Function,
            "decisionService" => {
                reader.add(
                    node,
                    "decision services are not evaluated",
                    "remove it; ask for its output decisions instead",
                );
                continue;
            }
            "import" => {
                reader.add(
                    node,
                    "imports of other models are not followed",
                    "copy the imported decisions into this model",
                );
                continue;
            }
            _ => continue,
        };
        let key = node.attribute("name").unwrap_or_default().trim().to_owned();
        let variable = child(node, "variable")
            .and_then(|variable| variable.attribute("name"))
            .unwrap_or(&key);
        let Some(name) = reader.check(node, name(variable)) else {
            continue;
        };
        if !keys.insert(name.clone()) {
            reader.add(
                node,
                format!("the name `{name}` is given twice"),
                "give every input, decision and business knowledge model its own name",
            );
        }
        found.push(Element {
            node,
            key,
            name,
            kind,
            requires: vec![],
        });
    }
    found
}

fn connect<'x>(reader: &Reader<'x>, root: Node<'x, 'x>, elements: &mut [Element<'x>]) {
    let own = root.attribute("namespace").unwrap_or_default();
    let mut by_id = HashMap::new();
    for (index, element) in elements.iter().enumerate() {
        if let Some(id) = element.node.attribute("id")
            && by_id.insert(id, index).is_some()
        {
            reader.add(
                element.node,
                format!("the id `{id}` is given twice"),
                "give every element its own id",
            );
        }
    }
    for index in 0..elements.len() {
        let mut requires = Vec::new();
        for requirement in xml::elements(elements[index].node) {
            let allowed: &[(&str, ElementKind)] = match requirement.tag_name().name() {
                "informationRequirement" => &[
                    ("requiredInput", ElementKind::Input),
                    ("requiredDecision", ElementKind::Decision),
                ],
                "knowledgeRequirement" => &[("requiredKnowledge", ElementKind::Function)],
                _ => continue,
            };
            let Some((target, kind)) = allowed
                .iter()
                .find_map(|(name, kind)| child(requirement, name).map(|target| (target, *kind)))
            else {
                reader.add(
                    requirement,
                    "this requirement names nothing",
                    "connect it to an input, decision or business knowledge model",
                );
                continue;
            };
            let href = target.attribute("href").unwrap_or_default();
            let (namespace, id) = href.split_once('#').unwrap_or((href, ""));
            match by_id.get(id).filter(|_| namespace.is_empty() || namespace == own) {
                Some(&found) if elements[found].kind == kind => {
                    if !requires.contains(&found) {
                        requires.push(found);
                    }
                }
                Some(_) => reader.add(
                    target,
                    format!("`{href}` is not what this requirement needs"),
                    "connect it anew in the modeller",
                ),
                None => reader.add(
                    target,
                    format!("there is no element `{href}`"),
                    "correct the href, or remove the requirement",
                ),
            }
        }
        elements[index].requires = requires;
    }
}

/// Elements with all they require before them.
fn order(reader: &Reader, elements: &[Element]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = elements.iter().map(|element| element.requires.len()).collect();
    let mut required_by = vec![Vec::new(); elements.len()];
    for (index, element) in elements.iter().enumerate() {
        for &required in &element.requires {
            required_by[required].push(index);
        }
    }
    let mut ready: BTreeSet<usize> = (0..elements.len()).filter(|&index| waiting[index] == 0).collect();
    let mut order = Vec::with_capacity(elements.len());
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for &dependent in &required_by[index] {
            waiting[dependent] -= 1;
            if waiting[dependent] == 0 {
                ready.insert(dependent);
            }
        }
    }
    if order.len() < elements.len() {
        let names: Vec<&str> = (0..elements.len())
            .filter(|&index| waiting[index] > 0)
            .take(10)
            .map(|index| elements[index].key.as_str())
            .collect();
        if let Some(first) = (0..elements.len()).find(|&index| waiting[index] > 0) {
            reader.add(
                elements[first].node,
                format!(
                    "these elements require each other in a circle (or rest on one): {}",
                    names.join(", ")
                ),
                "remove one of the requirements",
            );
        }
        return None;
    }
    Some(order)
}

struct Building<'a, 'x> {
    reader: &'a Reader<'x>,
    types: Types,
    elements: &'a [Element<'x>],
    /// Element index → index in the model.
    inputs: BTreeMap<usize, usize>,
    decisions: HashMap<usize, usize>,
    functions: HashMap<usize, Arc<Function>>,
    model: Model,
}

impl<'x> Building<'_, 'x> {
    fn element(&mut self, index: usize) {
        let element = &self.elements[index];
        let variable = child(element.node, "variable").and_then(|variable| variable.attribute("typeRef"));
        match element.kind {
            ElementKind::Input => {
                let ty = self.types.get(self.reader, element.node, variable);
                self.inputs.insert(index, self.model.inputs.len());
                self.model.inputs.push(Input {
                    key: element.key.clone(),
                    slot: index,
                    ty,
                });
            }
            ElementKind::Decision => self.decision(index, variable),
            ElementKind::Function => self.function(index, variable),
        }
    }

    fn decision(&mut self, index: usize, variable: Option<&str>) {
        let element = &self.elements[index];
        let ty = self.types.get(self.reader, element.node, variable);
        let Some(body) = boxed::find(element.node) else {
            self.reader.add(
                element.node,
                format!("decision `{}` has no logic", element.key),
                "add a decision table or an expression",
            );
            return;
        };
        let mut names = self.names(element);
        let functions = self.required_functions(element);
        let cx = boxed::Cx {
            reader: self.reader,
            types: &self.types,
            functions: &functions,
            own: &element.name,
        };
        let Some(logic) = cx.logic(body, &mut names, Some(&ty), 0) else {
            return;
        };
        let plan = self.plan(element);
        self.decisions.insert(index, self.model.decisions.len());
        self.model.decisions.push(Decision {
            key: Text::from(element.key.as_str()),
            slot: index,
            label: element.node.attribute("label").map(Text::from),
            ty,
            logic,
            uses: self.uses(element),
            plan,
        });
    }

    fn function(&mut self, index: usize, variable: Option<&str>) {
        let element = &self.elements[index];
        let Some(definition) = child(element.node, "encapsulatedLogic") else {
            self.reader.add(
                element.node,
                format!("`{}` has no logic", element.key),
                "add its parameters and an expression",
            );
            return;
        };
        if !matches!(definition.attribute("kind"), None | Some("FEEL")) {
            self.reader.add(
                definition,
                "external functions are not called",
                "write the logic in FEEL, or pass the value as an input",
            );
            return;
        }
        let mut names = self.names(element);
        names.open();
        let mut parameters = Vec::new();
        for parameter in elements(definition).filter(|node| node.tag_name().name() == "formalParameter") {
            let Some(name) = self
                .reader
                .check(parameter, name(parameter.attribute("name").unwrap_or_default()))
            else {
                continue;
            };
            let ty = self.types.get(self.reader, parameter, parameter.attribute("typeRef"));
            names.value(name.clone(), Arc::clone(&ty));
            parameters.push((name, ty));
        }
        // The variable of a business knowledge model has the type of the function; its result type stands at the logic.
        let declared = definition
            .attribute("typeRef")
            .or(variable.filter(|name| !self.types.is_function(name)));
        let result = self.types.get(self.reader, definition, declared);
        let Some(body) = boxed::find(definition) else {
            self.reader.add(
                definition,
                format!("`{}` has no logic", element.key),
                "add an expression",
            );
            return;
        };
        let functions = self.required_functions(element);
        let cx = boxed::Cx {
            reader: self.reader,
            types: &self.types,
            functions: &functions,
            own: &element.name,
        };
        let Some(body) = cx.logic(body, &mut names, Some(&result), 0) else {
            return;
        };
        let function = Function {
            name: Text::from(element.name.as_str()),
            label: element.node.attribute("label").map(Text::from),
            parameters,
            result,
            body,
            uses: self.uses(element),
        };
        self.functions.insert(index, Arc::new(function));
    }

    /// What the logic of `element` may name.
    fn names(&self, element: &Element) -> Names {
        // A function sees its parameters and the functions it requires, no values of the model.
        let mut names = match element.kind {
            ElementKind::Function => Names::default(),
            _ => Names::new(self.elements.len()),
        };
        names.open();
        for required in &element.requires {
            let target = &self.elements[*required];
            match target.kind {
                ElementKind::Input => {
                    if let Some(input) = self
                        .inputs
                        .get(required)
                        .and_then(|&input| self.model.inputs.get(input))
                    {
                        names.element(target.name.clone(), Arc::clone(&input.ty), *required);
                    }
                }
                ElementKind::Decision => {
                    // A decision with mistakes is missing; it has its findings, its users need none.
                    let found = self
                        .decisions
                        .get(required)
                        .and_then(|&found| self.model.decisions.get(found));
                    let ty = found.map_or_else(Type::any, |found| Arc::clone(&found.ty));
                    names.element(target.name.clone(), ty, *required);
                }
                ElementKind::Function => {
                    // The same holds for a function with mistakes.
                    let function = self.functions.get(required).map(|function| function.as_value());
                    let function = function.unwrap_or(dsntk_feel::values::Value::Null(None));
                    names.function(target.name.clone(), function);
                }
            }
        }
        names
    }

    fn required_functions(&self, element: &Element) -> BTreeMap<Name, Arc<Function>> {
        let functions = element
            .requires
            .iter()
            .filter_map(|required| self.functions.get(required));
        functions
            .map(|function| (Name::from(function.name.as_str()), Arc::clone(function)))
            .collect()
    }

    fn uses(&self, element: &Element) -> Texts {
        let required = element.requires.iter();
        let names = required.map(|&required| Text::from(self.elements[required].key.as_str()));
        Texts::from(names.collect::<Vec<_>>())
    }

    /// Collects what the required decisions need, each once, dependencies first.
    fn plan(&self, element: &Element) -> Plan {
        let mut plan = Plan::default();
        let mut inputs = BTreeSet::new();
        for required in &element.requires {
            if let Some(&input) = self.inputs.get(required) {
                inputs.insert(input);
            }
            let Some(&index) = self.decisions.get(required) else {
                continue;
            };
            let Some(decision) = self.model.decisions.get(index) else {
                continue;
            };
            inputs.extend(&decision.plan.inputs);
            for &earlier in decision.plan.decisions.iter().chain([&index]) {
                if !plan.decisions.contains(&earlier) {
                    plan.decisions.push(earlier);
                }
            }
        }
        plan.inputs = inputs.into_iter().collect();
        plan
    }
}
