//! Reading decision services.

use crate::function::Function;
use crate::load::{Building, Decision, Service};
use crate::logic::Logic;
use crate::shown::Text;
use crate::types::Type;
use crate::value::Layout;
use crate::xml::{child, elements};
use std::sync::Arc;

impl Building<'_, '_> {
    pub(crate) fn service(&mut self, index: usize) {
        let element = &self.elements[index];
        let before = self.reader.count();
        let node = element.node;
        let targets = |kind: &'static str| -> Vec<usize> {
            let named = elements(node).filter(|child| child.tag_name().name() == kind);
            let ids = named.filter_map(|child| child.attribute("href")?.split_once('#').map(|(_, id)| id));
            let find = |id: &str| {
                let mut required = element.requires.iter().copied();
                required.find(|&required| self.elements[required].node.attribute("id") == Some(id))
            };
            ids.filter_map(find).collect()
        };
        let (outputs, given) = (targets("outputDecision"), targets("inputDecision"));
        if outputs.is_empty() {
            self.reader.add(
                node,
                "this decision service has no output decision",
                "connect it to one",
            );
        }
        // DMN 1.5, 10.4: input data come before input decisions.
        let mut keys = Vec::new();
        let mut parameters = Vec::new();
        let mut places = Vec::new();
        for &target in targets("inputData").iter().chain(&given) {
            let element = &self.elements[target];
            let ty = match (self.inputs.get(&target), self.decisions.get(&target)) {
                (Some(&input), _) => self.model.inputs.get(input).map(|input| Arc::clone(&input.ty)),
                (_, Some(&found)) => self.model.decisions.get(found).map(|found| Arc::clone(&found.ty)),
                _ => None,
            };
            let ty = ty.unwrap_or_else(Type::any);
            keys.push((element.key.clone(), Arc::clone(&ty)));
            parameters.push((element.name.clone(), ty));
            places.push(target);
        }
        let mut steps = Vec::new();
        for &output in &outputs {
            self.service_steps(output, &given, &mut steps);
        }
        let decisions = |indices: &[usize]| -> Vec<Arc<Decision>> {
            let found = indices.iter().filter_map(|index| self.decisions.get(index));
            found
                .filter_map(|&found| self.model.decisions.get(found).map(Arc::clone))
                .collect()
        };
        let outputs = decisions(&outputs);
        let body = Logic::Service {
            slots: self.elements.len(),
            places,
            steps: decisions(&steps),
            layout: Layout::new(outputs.iter().map(|output| output.key.as_str())),
            outputs: outputs.iter().map(|output| output.slot).collect(),
        };
        let variable = child(node, "variable").and_then(|variable| variable.attribute("typeRef"));
        let declared = variable
            .filter(|name| !self.types(element).is_function(name))
            .or(variable.and_then(|name| self.types(element).function_result(name)));
        let result = self.types(element).get(self.reader, node, declared);
        let function = Arc::new(Function {
            name: Text::from(element.key.as_str()),
            label: node.attribute("label").map(Text::from),
            parameters,
            result,
            body: self.usable(Some(body), before),
            uses: self.uses(element),
        });
        self.model.services.push(Service {
            key: element.key.clone(),
            parameters: keys,
            function: Arc::clone(&function),
        });
        self.functions.insert(index, function);
    }

    /// Adds what `decision` rests on, as far as it is not given, and itself, dependencies first.
    fn service_steps(&self, decision: usize, given: &[usize], steps: &mut Vec<usize>) {
        let mut open = vec![(decision, false)];
        while let Some((index, ready)) = open.pop() {
            if steps.contains(&index) || given.contains(&index) || !self.decisions.contains_key(&index) {
                continue;
            }
            if ready {
                steps.push(index);
                continue;
            }
            open.push((index, true));
            open.extend(
                self.elements[index]
                    .requires
                    .iter()
                    .rev()
                    .map(|&required| (required, false)),
            );
        }
    }
}
