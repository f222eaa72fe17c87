//! The requirements graph of a model: its elements, what each requires, and an order in which to read them.

use crate::feel;
use crate::xml::{self, Reader, child, elements};
use dsntk_feel::Name;
use roxmltree::Node;
use std::collections::{BTreeSet, HashMap};

/// An element of the requirements graph.
pub(crate) struct Element<'x> {
    pub node: Node<'x, 'x>,
    pub key: String,
    pub name: Name,
    pub kind: ElementKind,
    /// Which model it stands in.
    pub file: usize,
    /// Other elements, by their place in the graph.
    pub requires: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ElementKind {
    Input,
    Decision,
    Function,
    Service,
}

/// A model that is read: the one asked for, or one that it imports.
pub(crate) struct File<'x> {
    pub root: Node<'x, 'x>,
    /// What comes before its names, seen from the model asked for; empty for that one.
    pub prefix: String,
    /// Its imports: name, and which model that is.
    pub imports: Vec<(String, usize)>,
}

/// The model at `roots[0]` and those it imports, as far as they are among the others; each once, imports of one first.
pub(crate) fn files<'x>(reader: &Reader<'x>, roots: &[Node<'x, 'x>]) -> Vec<File<'x>> {
    let mut files: Vec<File> = Vec::new();
    if let Some(&root) = roots.first() {
        files.push(File {
            root,
            prefix: String::new(),
            imports: vec![],
        });
    }
    let mut at = 0;
    while let Some(file) = files.get(at) {
        let (root, prefix) = (file.root, file.prefix.clone());
        for import in elements(root).filter(|node| node.tag_name().name() == "import") {
            let namespace = import.attribute("namespace").unwrap_or_default();
            let found = roots.iter().find(|root| root.attribute("namespace") == Some(namespace));
            let (Some(&found), Some(name)) = (found, import.attribute("name")) else {
                reader.add(
                    import,
                    "imports of other models are not followed",
                    "copy the imported decisions into this model",
                );
                continue;
            };
            let index = files.iter().position(|file| file.root == found).unwrap_or(files.len());
            if index == files.len() {
                files.push(File {
                    root: found,
                    prefix: format!("{prefix}{name}."),
                    imports: vec![],
                });
            }
            if let Some(file) = files.get_mut(at) {
                file.imports.push((name.to_owned(), index));
            }
        }
        at += 1;
    }
    files
}

/// The elements of a model, in file order.
pub(crate) fn collect<'x>(reader: &Reader<'x>, file: &File<'x>, index: usize) -> Vec<Element<'x>> {
    let root = file.root;
    let mut found = Vec::new();
    let (mut keys, mut names) = (BTreeSet::new(), BTreeSet::new());
    for node in elements(root) {
        let kind = match node.tag_name().name() {
            "inputData" => ElementKind::Input,
            "decision" => ElementKind::Decision,
            "businessKnowledgeModel" => ElementKind::Function,
            "decisionService" => ElementKind::Service,
            _ => continue,
        };
        let key = node.attribute("name").unwrap_or_default().trim().to_owned();
        if key.is_empty() {
            reader.add(
                node,
                "this element has no name",
                "name it; the name is how it is asked for and shown",
            );
        }
        let variable = child(node, "variable")
            .and_then(|variable| variable.attribute("name"))
            .unwrap_or(&key);
        let Some(name) = reader.check(node, feel::name(variable)) else {
            continue;
        };
        // Both count: the one it is asked for by, and the one its variable has in expressions.
        let twice = [!keys.insert(key.clone()), !names.insert(name.clone())];
        if twice.contains(&true) {
            reader.add(
                node,
                format!(
                    "the name `{}` is given twice",
                    if twice == [true, false] {
                        key.as_str()
                    } else {
                        name.as_str()
                    }
                ),
                "give every input, decision and business knowledge model its own name",
            );
        }
        found.push(Element {
            node,
            // Inputs are given by their own name, wherever they are declared.
            key: match kind {
                ElementKind::Input => key,
                _ => format!("{}{key}", file.prefix),
            },
            name,
            kind,
            file: index,
            requires: vec![],
        });
    }
    found
}

/// Finds what each element requires.
pub(crate) fn connect<'x>(reader: &Reader<'x>, files: &[File<'x>], elements: &mut [Element<'x>]) {
    let namespace = |file: usize| -> &str {
        let root = files.get(file).map(|file| file.root);
        root.and_then(|root| root.attribute("namespace")).unwrap_or_default()
    };
    let mut by_id = HashMap::new();
    for (index, element) in elements.iter().enumerate() {
        if let Some(id) = element.node.attribute("id")
            && by_id.insert((namespace(element.file), id), index).is_some()
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
            use ElementKind::{Decision, Function, Input, Service};
            let in_service = elements[index].kind == Service;
            let allowed: &[(&str, &[ElementKind])] = match requirement.tag_name().name() {
                "informationRequirement" => &[("requiredInput", &[Input]), ("requiredDecision", &[Decision])],
                "knowledgeRequirement" => &[("requiredKnowledge", &[Function, Service])],
                "outputDecision" | "encapsulatedDecision" | "inputDecision" if in_service => &[("", &[Decision])],
                "inputData" if in_service => &[("", &[Input])],
                _ => continue,
            };
            let Some((target, kinds)) = allowed.iter().find_map(|(name, kinds)| match *name {
                "" => Some((requirement, *kinds)),
                name => child(requirement, name).map(|target| (target, *kinds)),
            }) else {
                reader.add(
                    requirement,
                    "this requirement names nothing",
                    "connect it to an input, decision or business knowledge model",
                );
                continue;
            };
            let href = target.attribute("href").unwrap_or_default();
            let (place, id) = href.split_once('#').unwrap_or((href, ""));
            let own = namespace(elements[index].file);
            match by_id.get(&(if place.is_empty() { own } else { place }, id)) {
                Some(&found) if kinds.contains(&elements[found].kind) => {
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
pub(crate) fn order(reader: &Reader, elements: &[Element]) -> Option<Vec<usize>> {
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
