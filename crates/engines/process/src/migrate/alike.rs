//! Whether tokens move in two models alike: then a case stands in the new one as cases of it do, however large the models are.

use std::collections::{HashMap, HashSet};

use super::Migration;
use super::moving::{same_kind, same_loop};
use crate::model::{Element, Event, Kind, Process};
use crate::timer::TimerSpec;

impl Migration<'_> {
    /// Each element and flow has one of its own in the new model, and all of that is joined in the same way. Names, roles, conditions
    /// and times may be others: they say which way is taken, not which ways there are.
    pub(super) fn moves_alike(&self) -> bool {
        let (old, new) = (self.old, self.new);
        let mut taken = HashSet::new();
        // One to one: each but the main one has one start (check.rs) and starts are one to one, so that no two become one.
        let mut containers = HashMap::from([(0, 0)]);
        let mut within = |a: Option<usize>, b: Option<usize>| match (a, b) {
            (Some(a), Some(b)) => *containers.entry(a).or_insert(b) == b,
            (a, b) => a == b,
        };
        let elements = old.elements.iter().all(|a| {
            self.target(&a.id).is_some_and(|b| {
                taken.insert(&b.id)
                    && within(Some(a.container), Some(b.container))
                    && within(a.inner, b.inner)
                    && self.element_alike(a, b)
            })
        });
        let mut joined = HashSet::new();
        let default = |process: &Process, at: usize| {
            let from = process.flows.get(at).and_then(|flow| process.elements.get(flow.from));
            from.is_some_and(|from| from.default == Some(at))
        };
        let flows = old.flows.iter().enumerate().all(|(at, a)| {
            let ends = self.target(&a.source).zip(self.target(&a.target));
            ends.is_some_and(|(source, target)| {
                let flow = self.flow(&a.id, target);
                let into = target.incoming.iter().copied();
                let mut into = into.filter_map(|at| Some((at, new.flows.get(at)?)));
                flow.and_then(|id| into.find(|(_, b)| b.id == id))
                    .is_some_and(|(now, b)| {
                        joined.insert(&b.id)
                            && b.source == source.id
                            && b.condition.is_some() == a.condition.is_some()
                            && default(new, now) == default(old, at)
                    })
            })
        });
        let all = old.elements.len() == new.elements.len() && old.flows.len() == new.flows.len();
        all && elements && flows
    }

    fn element_alike(&self, a: &Element, b: &Element) -> bool {
        let handler = |process: &Process, element: &Element| {
            let handler = element.handler.and_then(|at| process.elements.get(at));
            handler.map(|handler| handler.id.clone())
        };
        let handled = handler(self.old, a).and_then(|id| Some(self.target(&id)?.id.clone()));
        let kind = match (&a.kind, &b.kind) {
            (
                Kind::Boundary {
                    activity: on,
                    interrupting,
                    ..
                },
                Kind::Boundary {
                    activity,
                    interrupting: now,
                    ..
                },
            ) => interrupting == now && self.target(on).is_some_and(|on| on.id == *activity),
            (Kind::Start { interrupting, .. }, Kind::Start { interrupting: now, .. }) => interrupting == now,
            (Kind::ReceiveTask { message }, Kind::ReceiveTask { message: now }) => message == now,
            (Kind::SubProcess { .. }, Kind::SubProcess { .. }) => a.kind == b.kind,
            _ => true,
        };
        let event = match (a.kind.event(), b.kind.event()) {
            (Some(a), Some(b)) => self.event_alike(a, b),
            (a, b) => a == b,
        };
        kind && event
            && same_kind(&a.kind, &b.kind)
            && same_loop(a.looping.as_ref(), b.looping.as_ref())
            && handled == handler(self.new, b)
            && a.compensates == b.compensates
            && a.reentry == b.reentry
    }

    fn event_alike(&self, a: &Event, b: &Event) -> bool {
        match (a, b) {
            // Once is once, whenever that is.
            (Event::Timer { spec: a }, Event::Timer { spec: b }) => {
                a == b || ![a, b].iter().any(|spec| matches!(spec, TimerSpec::Cycle(_)))
            }
            (Event::Compensation { activity: a }, Event::Compensation { activity: b }) => {
                a.as_ref().and_then(|id| Some(&self.target(id)?.id)) == b.as_ref()
            }
            (a, b) => a == b,
        }
    }
}
