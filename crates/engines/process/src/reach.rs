//! From where the ways into inclusive gateways can be reached.

use std::collections::HashMap;

use crate::model::{Element, Flow, Kind};

/// A set of elements.
#[derive(Debug, Clone, Default)]
pub(crate) struct Elements(Vec<u64>);

impl Elements {
    fn new(count: usize) -> Elements {
        Elements(vec![0; count.div_ceil(64)])
    }

    /// Says whether it is new.
    fn add(&mut self, at: usize) -> bool {
        let Some(word) = self.0.get_mut(at / 64) else {
            return false;
        };
        let bit = 1 << (at % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(crate) fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }
}

/// For each joining inclusive gateway: its ways in, and the elements from which each can be reached without passing the gateway.
#[derive(Debug, Default)]
pub(crate) struct Reach(HashMap<usize, Vec<(usize, Elements)>>);

impl Reach {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn ways(&self, gateway: usize) -> Option<&[(usize, Elements)]> {
        self.0.get(&gateway).map(Vec::as_slice)
    }

    pub(crate) fn of(elements: &[Element], flows: &[Flow]) -> Reach {
        let mut attached: HashMap<&str, usize> = HashMap::new();
        for (at, element) in elements.iter().enumerate() {
            attached.insert(&element.id, at);
        }
        let mut linked: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, element) in elements.iter().enumerate() {
            for link in &element.links {
                linked.entry(*link).or_default().push(at);
            }
        }
        let joins = elements.iter().enumerate();
        let joins = joins.filter(|(_, e)| e.kind == Kind::Inclusive && e.incoming.len() > 1);
        let mut found = HashMap::new();
        for (gateway, element) in joins {
            let mut ways = Vec::new();
            for flow in &element.incoming {
                let mut from = Elements::new(elements.len());
                let mut open: Vec<usize> = flows.get(*flow).map(|flow| flow.from).into_iter().collect();
                while let Some(at) = open.pop() {
                    if at == gateway || !from.add(at) {
                        continue;
                    }
                    let Some(here) = elements.get(at) else { continue };
                    open.extend(
                        here.incoming
                            .iter()
                            .filter_map(|flow| flows.get(*flow))
                            .map(|flow| flow.from),
                    );
                    open.extend(linked.get(&at).into_iter().flatten());
                    if let Kind::Boundary { activity, .. } = &here.kind {
                        open.extend(attached.get(activity.as_str()));
                    }
                }
                ways.push((*flow, from));
            }
            found.insert(gateway, ways);
        }
        Reach(found)
    }
}
