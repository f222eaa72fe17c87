//! Item definitions: the named types of a model.

use crate::feel::{Names, may_be_boolean, name};
use crate::types::{Allowed, Base, MAX_SIZE, MAX_TRIED, Type};
use crate::xml::{Reader, characters, child, elements, text};
use dsntk_feel::{FeelType, Name};
use roxmltree::Node;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Deepest nesting of item components inside one definition.
const MAX_DEPTH: usize = 32;

/// The types of a model by name.
pub(crate) struct Types {
    named: BTreeMap<String, Arc<Type>>,
    /// Function types, and the type of what they give, where it is declared.
    functions: BTreeMap<String, Option<String>>,
}

struct Resolving<'a, 'x> {
    reader: &'a Reader<'x>,
    nodes: BTreeMap<&'x str, Node<'x, 'x>>,
    done: BTreeMap<String, Arc<Type>>,
    /// Names being resolved, outermost first.
    open: Vec<&'x str>,
}

impl Types {
    /// Reads all item definitions of the model.
    ///
    /// `imported` are types of other models, under the names they have here.
    pub fn read<'x>(reader: &Reader<'x>, root: Node<'x, 'x>, imported: BTreeMap<String, Arc<Type>>) -> Types {
        let mut nodes = BTreeMap::new();
        let mut functions = BTreeMap::new();
        for node in elements(root).filter(|node| node.tag_name().name() == "itemDefinition") {
            let Some(name) = node.attribute("name") else {
                reader.add(node, "this item definition has no name", "name it");
                continue;
            };
            if let Some(function) = child(node, "functionItem") {
                let output = function.attribute("outputTypeRef").map(str::to_owned);
                functions.insert(name.to_owned(), output);
            }
            if nodes.insert(name, node).is_some() {
                reader.add(
                    node,
                    format!("the type `{name}` is defined twice"),
                    "remove or rename one of them",
                );
            }
        }
        let names: Vec<&str> = nodes.keys().copied().collect();
        let mut resolving = Resolving {
            reader,
            nodes,
            done: imported,
            open: vec![],
        };
        for name in names {
            resolving.named(name);
        }
        Types {
            named: resolving.done,
            functions,
        }
    }

    /// The type `reference` names; any when there is none. Unknown ones are reported at `node`.
    pub fn get(&self, reader: &Reader, node: Node, reference: Option<&str>) -> Arc<Type> {
        let Some(reference) = reference.map(str::trim).filter(|reference| !reference.is_empty()) else {
            return Type::any();
        };
        if let Some(ty) = self.named.get(reference) {
            return Arc::clone(ty);
        }
        match Type::built_in(reference) {
            Some(ty) => Arc::new(ty),
            None => {
                reader.add(
                    node,
                    format!("unknown type `{reference}`"),
                    "correct the typeRef, or define the type as item definition",
                );
                Type::any()
            }
        }
    }

    /// All types by name.
    pub fn named(&self) -> &BTreeMap<String, Arc<Type>> {
        &self.named
    }

    /// Whether the name is that of a function type.
    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// Name of the type that functions of the type called `name` give.
    pub fn function_result(&self, name: &str) -> Option<&str> {
        self.functions.get(name)?.as_deref()
    }

    /// What the FEEL library needs for `instance of`: all types by name.
    pub fn feel(&self) -> BTreeMap<Name, FeelType> {
        let named = self.named.iter();
        named
            .filter_map(|(key, ty)| Some((name(key).ok()?, ty.feel.clone())))
            .collect()
    }
}

impl<'x> Resolving<'_, 'x> {
    fn named(&mut self, name: &'x str) -> Option<Arc<Type>> {
        if let Some(done) = self.done.get(name) {
            return Some(Arc::clone(done));
        }
        let node = *self.nodes.get(name)?;
        if self.open.contains(&name) || self.open.len() > MAX_DEPTH {
            self.reader.add(
                node,
                format!("the type `{name}` contains itself, or nests too deeply"),
                "break the circle",
            );
            return Some(Type::any());
        }
        self.open.push(name);
        let ty = self.item(node, 0);
        self.open.pop();
        if ty.size > MAX_SIZE {
            self.reader.add(
                node,
                format!("the type `{name}` unfolds to more than {MAX_SIZE} members"),
                "make it smaller",
            );
        } else if ty.tried > MAX_TRIED {
            self.reader.add(
                node,
                format!("the members of the type `{name}` nest so that reading FEEL means looking for more than {MAX_TRIED} names"),
                "make it smaller, or nest fewer of its members inside others",
            );
        }
        self.done.insert(name.to_owned(), Arc::clone(&ty));
        Some(ty)
    }

    fn item(&mut self, node: Node<'x, 'x>, depth: usize) -> Arc<Type> {
        if depth > MAX_DEPTH {
            self.reader.add(
                node,
                "item components nest too deeply",
                "name inner ones as item definitions of their own",
            );
            return Type::any();
        }
        let mut ty = self.shape(node, depth);
        let is_list = matches!(node.attribute("isCollection").map(str::trim), Some("true" | "1"));
        let (allowed, items) = match (child(node, "typeConstraint"), child(node, "allowedValues")) {
            (Some(constraint), _) => (Some(constraint), false),
            (None, allowed) => (allowed, is_list),
        };
        if is_list {
            ty = Type::of(Base::List(Arc::new(ty)));
        }
        if let Some(allowed) = allowed {
            let tests = Names::default().tests(&text(allowed), may_be_boolean(&ty));
            if let Some(tests) = self.reader.check(allowed, tests) {
                ty.allowed = Some(Allowed {
                    tests: Arc::new(tests),
                    text: text(allowed),
                    items,
                });
            }
        }
        Arc::new(ty)
    }

    /// The type called `name` as the FEEL library knows it; any when there is none.
    fn feel(&mut self, name: Option<&str>) -> FeelType {
        let name = name.unwrap_or_default();
        let known = self.nodes.get_key_value(name).map(|(&key, _)| key);
        match known.and_then(|key| self.named(key)) {
            Some(ty) => ty.feel.clone(),
            None => Type::built_in(name).map_or(FeelType::Any, |ty| ty.feel),
        }
    }

    fn shape(&mut self, node: Node<'x, 'x>, depth: usize) -> Type {
        if let Some(function) = child(node, "functionItem") {
            let parameters = elements(function).filter(|child| child.tag_name().name() == "parameters");
            let parameters: Vec<_> = parameters.map(|parameter| parameter.attribute("typeRef")).collect();
            let parameters = parameters.into_iter().map(|name| self.feel(name)).collect();
            let result = self.feel(function.attribute("outputTypeRef"));
            return Type {
                feel: FeelType::Function(parameters, Box::new(result)),
                ..Type::of(Base::Any)
            };
        }
        let components: Vec<_> = elements(node)
            .filter(|child| child.tag_name().name() == "itemComponent")
            .collect();
        if !components.is_empty() {
            let mut members = Vec::new();
            for component in components {
                let ty = self.item(component, depth + 1);
                if let Some(name) = self
                    .reader
                    .check(component, name(component.attribute("name").unwrap_or_default()))
                {
                    members.push((name, ty));
                }
            }
            return Type::context(members);
        }
        let reference = child(node, "typeRef").map(characters).unwrap_or_default();
        let reference = reference.as_str();
        if let Some(ty) = Type::built_in(reference) {
            return ty;
        }
        if let Some((&key, _)) = self.nodes.get_key_value(reference)
            && let Some(named) = self.named(key)
        {
            return copy(&named);
        }
        if let Some(imported) = self.done.get(reference) {
            return copy(imported);
        }
        if !reference.is_empty() {
            self.reader.add(
                node,
                format!("unknown type `{reference}`"),
                "correct the typeRef, or define the type",
            );
        }
        Type::of(Base::Any)
    }
}

/// The same shape under another name. Allowed values of the copied type are kept by reading through it.
fn copy(ty: &Arc<Type>) -> Type {
    let base = match &ty.base {
        Base::Any => {
            return Type {
                allowed: ty.allowed.clone(),
                feel: ty.feel.clone(),
                ..Type::of(Base::Any)
            };
        }
        Base::Boolean => Base::Boolean,
        Base::Number => Base::Number,
        Base::String => Base::String,
        Base::Date => Base::Date,
        Base::Time => Base::Time,
        Base::DateTime => Base::DateTime,
        Base::DaysDuration => Base::DaysDuration,
        Base::MonthsDuration => Base::MonthsDuration,
        Base::Context(members, _) => {
            let members = members.iter().map(|(name, ty)| (name.clone(), Arc::clone(ty)));
            return Type {
                allowed: ty.allowed.clone(),
                ..Type::context(members.collect())
            };
        }
        Base::List(item) => Base::List(Arc::clone(item)),
    };
    Type {
        allowed: ty.allowed.clone(),
        ..Type::of(base)
    }
}
