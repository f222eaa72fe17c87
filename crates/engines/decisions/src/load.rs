//! From a DMN file to a model ready to decide.

use crate::boxed;
use crate::definitions::Types;
use crate::feel::{Names, name};
use crate::finding::Finding;
use crate::function::Function;
use crate::graph::{Element, ElementKind, File, collect, connect, files, order};
use crate::logic::Logic;
use crate::shown::{Text, Texts};
use crate::types::Type;
use crate::xml::{self, Reader, child};
use dsntk_feel::{FeelType, Name};
use roxmltree::Node;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Most inputs, decisions and business knowledge models of a model.
const MAX_ELEMENTS: usize = 2_000;

/// A loaded model.
pub(crate) struct Model {
    pub inputs: Vec<Input>,
    pub decisions: Vec<Arc<Decision>>,
    pub services: Vec<Service>,
    pub functions: Vec<Arc<Function>>,
    /// Of each file.
    pub types: Vec<Types>,
    /// Of decisions, functions and services, by key.
    pub source: BTreeMap<String, Source>,
    /// Elements, and what they require without naming it.
    pub unnamed: Vec<(String, String)>,
    /// Number of slots for the values of inputs and decisions.
    pub slots: usize,
}

/// The logic of an element as it is written, without layout.
pub(crate) struct Source {
    /// What decides.
    pub logic: String,
    /// The texts of rules, with their placeholders.
    pub annotations: String,
    /// In which file it stands, by the place of its types in [`Model::types`].
    pub file: usize,
}

/// An input of the model.
pub(crate) struct Input {
    pub key: String,
    /// What expressions call it.
    pub variable: Name,
    pub slot: usize,
    pub ty: Arc<Type>,
}

/// A decision service: decisions as a function of inputs and of other decisions.
pub(crate) struct Service {
    pub key: String,
    /// Names and types of what it is called with, in order.
    pub parameters: Vec<(String, Arc<Type>)>,
    pub function: Arc<Function>,
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

/// Reads the model, and what is wrong with it. Elements with mistakes are there, but cannot be evaluated.
/// `imports` are the models it may import.
pub(crate) fn load(text: &str, imports: &[&str]) -> Result<(Model, Vec<Finding>), Vec<Finding>> {
    let document = xml::parse(text).map_err(|finding| vec![finding])?;
    let imports: Vec<_> = imports
        .iter()
        .map(|text| xml::parse(text))
        .collect::<Result<_, _>>()
        .map_err(|mut finding| {
            finding.message = format!("in an imported model: {}", finding.message);
            vec![finding]
        })?;
    let reader = Reader::new(&document, &imports);
    let model = reader.definitions(&document).and_then(|root| {
        let imports = imports.iter().map(|document| reader.definitions(document));
        let imports = imports.collect::<Option<Vec<_>>>()?;
        read(&reader, &[&[root], imports.as_slice()].concat())
    });
    let findings = reader.into_findings();
    match model {
        Some(model) => Ok((model, findings)),
        None => Err(findings),
    }
}

fn read<'x>(reader: &Reader<'x>, roots: &[Node<'x, 'x>]) -> Option<Model> {
    let root = *roots.first()?;
    let files = files(reader, roots);
    let types = types(reader, &files)?;
    let mut elements = Vec::new();
    for (index, file) in files.iter().enumerate() {
        elements.extend(collect(reader, file, index));
    }
    if elements.len() > MAX_ELEMENTS {
        reader.add(root, format!("more than {MAX_ELEMENTS} elements"), "split the model");
        return None;
    }
    connect(reader, &files, &mut elements);
    let order = order(reader, &elements)?;
    let mut building = Building {
        reader,
        feel: types.iter().map(|types| Arc::new(types.feel())).collect(),
        types,
        files: &files,
        elements: &elements,
        inputs: BTreeMap::new(),
        functions: HashMap::new(),
        model: Model {
            inputs: vec![],
            decisions: vec![],
            services: vec![],
            functions: vec![],
            types: vec![],
            source: BTreeMap::new(),
            unnamed: vec![],
            slots: elements.len(),
        },
        decisions: HashMap::new(),
    };
    for index in order {
        building.element(index);
        building.source(index);
    }
    if building.model.decisions.is_empty() && !reader.has_findings() {
        reader.add(root, "the model has no decision", "add a decision with its logic");
    }
    building.model.types = building.types;
    Some(building.model)
}

/// The types of each model; those of imports are known in it under the import's name.
fn types<'x>(reader: &Reader<'x>, files: &[File<'x>]) -> Option<Vec<Types>> {
    let mut read: Vec<Option<Types>> = files.iter().map(|_| None).collect();
    // Each round reads at least one more, unless models import each other.
    for _ in files {
        for (index, file) in files.iter().enumerate() {
            let ready = |(_, import): &(String, usize)| read.get(*import).is_some_and(Option::is_some);
            if read[index].is_some() || !file.imports.iter().all(ready) {
                continue;
            }
            let mut imported = BTreeMap::new();
            for (name, import) in &file.imports {
                let types = read[*import].iter().flat_map(Types::named);
                imported.extend(types.map(|(key, ty)| (format!("{name}.{key}"), Arc::clone(ty))));
            }
            read[index] = Some(Types::read(reader, file.root, imported));
        }
    }
    let read: Option<Vec<Types>> = read.into_iter().collect();
    if read.is_none() {
        let message = "these models import each other in a circle";
        reader.add(files.first()?.root, message, "remove one of the imports");
    }
    read
}

/// Whether a text has the name as words of its own.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    let joins = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '_');
    let mut places = text.match_indices(name);
    places.any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + name.len()..));
        !joins(before.and_then(|text| text.chars().next_back())) && !joins(after.and_then(|text| text.chars().next()))
    })
}

/// A model while it is read.
pub(crate) struct Building<'a, 'x> {
    pub reader: &'a Reader<'x>,
    files: &'a [File<'x>],
    /// Of each model.
    types: Vec<Types>,
    /// The same for the FEEL library.
    feel: Vec<Arc<BTreeMap<Name, FeelType>>>,
    pub elements: &'a [Element<'x>],
    /// Element index → index in the model.
    pub inputs: BTreeMap<usize, usize>,
    pub decisions: HashMap<usize, usize>,
    pub functions: HashMap<usize, Arc<Function>>,
    pub model: Model,
}

impl<'x> Building<'_, 'x> {
    fn element(&mut self, index: usize) {
        let element = &self.elements[index];
        let variable = child(element.node, "variable").and_then(|variable| variable.attribute("typeRef"));
        match element.kind {
            ElementKind::Input => {
                let ty = self.types(element).get(self.reader, element.node, variable);
                self.inputs.insert(index, self.model.inputs.len());
                self.model.inputs.push(Input {
                    key: element.key.clone(),
                    variable: element.name.clone(),
                    slot: index,
                    ty,
                });
            }
            ElementKind::Decision => self.decision(index, variable),
            ElementKind::Function => self.function(index, variable),
            ElementKind::Service => self.service(index),
        }
    }

    fn decision(&mut self, index: usize, variable: Option<&str>) {
        let element = &self.elements[index];
        let before = self.reader.count();
        let ty = self.types(element).get(self.reader, element.node, variable);
        let logic = match boxed::find(element.node) {
            Some(body) => {
                let mut names = self.names(element);
                self.cx(element, &self.required_functions(element))
                    .logic(body, &mut names, Some(&ty), 0)
            }
            None => {
                self.reader.add(
                    element.node,
                    format!("decision `{}` has no logic", element.key),
                    "add a decision table or an expression",
                );
                None
            }
        };
        let logic = self.usable(logic, before);
        let plan = self.plan(element);
        self.decisions.insert(index, self.model.decisions.len());
        self.model.decisions.push(Arc::new(Decision {
            key: Text::from(element.key.as_str()),
            slot: index,
            label: element.node.attribute("label").map(Text::from),
            ty,
            logic,
            uses: self.uses(element),
            plan,
        }));
    }

    fn source(&mut self, index: usize) {
        let element = &self.elements[index];
        if element.kind == ElementKind::Input {
            return;
        }
        let source = xml::source(element.node, element.file);
        let requires = element.requires.iter().filter(|_| element.kind != ElementKind::Service);
        for &required in requires {
            let name = self.visible(&self.elements[required], element);
            if !mentions(&source.logic, &name.to_string()) && !mentions(&source.annotations, &name.to_string()) {
                let required = self.elements[required].key.clone();
                self.model.unnamed.push((element.key.clone(), required));
            }
        }
        self.model.source.insert(element.key.clone(), source);
    }

    /// The types of the model in which `element` stands.
    pub fn types(&self, element: &Element) -> &Types {
        &self.types[element.file]
    }

    /// What `element` is called in the logic of `by`.
    fn visible(&self, element: &Element, by: &Element) -> Name {
        let mut imports = self.files[by.file].imports.iter();
        match imports.find(|(_, file)| *file == element.file && element.file != by.file) {
            Some((prefix, _)) => {
                let text = format!("{prefix}.{}", element.name);
                name(&text).unwrap_or_else(|_| element.name.clone())
            }
            None => element.name.clone(),
        }
    }

    fn cx<'a>(&'a self, element: &'a Element<'x>, functions: &'a BTreeMap<Name, Arc<Function>>) -> boxed::Cx<'a, 'x> {
        boxed::Cx {
            reader: self.reader,
            types: self.types(element),
            functions,
            own: &element.name,
        }
    }

    /// The logic, or the mistake that was found since there were `before` of them.
    pub fn usable(&self, logic: Option<Logic>, before: usize) -> Logic {
        match (self.reader.since(before), logic) {
            (None, Some(logic)) => logic,
            (Some(finding), _) => Logic::Broken(finding),
            // INVARIANT: logic is missing only where a mistake was reported.
            (None, None) => Logic::Broken(Finding {
                line: 1,
                column: 1,
                message: "this element cannot be read".to_owned(),
                help: "please report the model".to_owned(),
            }),
        }
    }

    fn function(&mut self, index: usize, variable: Option<&str>) {
        let element = &self.elements[index];
        let before = self.reader.count();
        let Some(definition) = child(element.node, "encapsulatedLogic") else {
            self.reader.add(
                element.node,
                format!("`{}` has no logic", element.key),
                "add its parameters and an expression",
            );
            return;
        };
        let external = !matches!(definition.attribute("kind"), None | Some("FEEL"));
        if external {
            self.reader.add(
                definition,
                "external functions are not called",
                "write the logic in FEEL, or pass the value as an input",
            );
        }
        let mut names = self.names(element);
        names.open();
        let functions = self.required_functions(element);
        let parameters = self.cx(element, &functions).parameters(definition, &mut names);
        // The variable of a business knowledge model has the type of the function; its result type stands at the logic.
        let logic = boxed::find(definition);
        let declared = definition
            .attribute("typeRef")
            .or(variable.filter(|name| !self.types(element).is_function(name)))
            .or(logic.and_then(|logic| logic.attribute("typeRef")))
            .or(variable.and_then(|name| self.types(element).function_result(name)));
        let result = self.types(element).get(self.reader, definition, declared);
        let body = match logic {
            Some(_) if external => None,
            Some(body) => self.cx(element, &functions).logic(body, &mut names, Some(&result), 0),
            None => {
                self.reader.add(
                    definition,
                    format!("`{}` has no logic", element.key),
                    "add an expression",
                );
                None
            }
        };
        let body = self.usable(body, before);
        let function = Function {
            name: Text::from(element.key.as_str()),
            label: element.node.attribute("label").map(Text::from),
            parameters,
            result,
            body,
            uses: self.uses(element),
        };
        let function = Arc::new(function);
        self.model.functions.push(Arc::clone(&function));
        self.functions.insert(index, function);
    }

    /// What the logic of `element` may name.
    fn names(&self, element: &Element) -> Names {
        // A function sees its parameters and the functions it requires, no values of the model.
        let mut names = match element.kind {
            ElementKind::Function => Names::default(),
            _ => Names::new(self.elements.len()),
        };
        names = names.with_types(&self.feel[element.file]);
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
                        names.element(self.visible(target, element), Arc::clone(&input.ty), *required);
                    }
                }
                ElementKind::Decision => {
                    let found = self
                        .decisions
                        .get(required)
                        .and_then(|&found| self.model.decisions.get(found));
                    let ty = found.map_or_else(Type::any, |found| Arc::clone(&found.ty));
                    names.element(self.visible(target, element), ty, *required);
                }
                ElementKind::Function | ElementKind::Service => {
                    // A function without logic is missing; it has its findings, its users need none.
                    let function = self.functions.get(required).map(|function| function.as_value());
                    let function = function.unwrap_or(dsntk_feel::values::Value::Null(None));
                    names.function(self.visible(target, element), function);
                }
            }
        }
        names
    }

    fn required_functions(&self, element: &Element) -> BTreeMap<Name, Arc<Function>> {
        let required = element.requires.iter();
        let functions = required.filter_map(|required| {
            let function = self.functions.get(required)?;
            Some((self.visible(&self.elements[*required], element), Arc::clone(function)))
        });
        functions.collect()
    }

    pub fn uses(&self, element: &Element) -> Texts {
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
