//! Gateways: which ways out are taken, and which ways in are awaited.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use crate::answer::{NoAnswer, Spot};
use crate::effect::StepError;
use crate::model::{Element, Kind};

impl Run<'_, '_> {
    /// Whether a flow's condition holds; `None` where it has none.
    fn holds(&mut self, element: &Element, flow: usize, spot: Spot) -> Result<Option<bool>, StepError> {
        let Some(found) = self.process.flows.get(flow) else {
            return Ok(Some(false));
        };
        let Some(condition) = &found.condition else {
            return Ok(None);
        };
        let answer = self.answers.holds(self.process, self.state, spot, condition);
        answer.map(Some).map_err(|why| match why {
            NoAnswer::Given(got) => StepError::Condition {
                element: element.id.clone(),
                flow: found.id.clone(),
                got,
            },
            NoAnswer::NotRecorded => StepError::History { step: 0 },
        })
    }

    /// The first flow, in file order, whose condition holds; else the default.
    pub(super) fn choose(&mut self, at: usize, spot: Spot) -> Result<usize, StepError> {
        let element = self.element(at)?;
        if let [only] = element.outgoing.as_slice() {
            return Ok(*only);
        }
        for flow in &element.outgoing {
            if element.default != Some(*flow) && self.holds(element, *flow, spot)? == Some(true) {
                return Ok(*flow);
            }
        }
        element.default.ok_or_else(|| StepError::NoWay {
            element: element.id.clone(),
        })
    }

    /// All flows without a condition or whose condition holds; the default if there is none.
    pub(super) fn choose_all(&mut self, at: usize, spot: Spot) -> Result<Vec<usize>, StepError> {
        let element = self.element(at)?;
        let mut chosen = Vec::new();
        for flow in &element.outgoing {
            if element.default != Some(*flow) && self.holds(element, *flow, spot)? != Some(false) {
                chosen.push(*flow);
            }
        }
        if chosen.is_empty() {
            chosen.extend(element.default);
        }
        if chosen.is_empty() {
            return Err(StepError::NoWay {
                element: element.id.clone(),
            });
        }
        Ok(chosen)
    }

    pub(super) fn wait_at_join(&mut self, element: &Element, via: Option<usize>, scope: u64) -> u64 {
        let flow = via.and_then(|flow| self.process.flows.get(flow));
        let via = flow.map(|flow| flow.id.clone()).unwrap_or_default();
        self.token(element, Some(via), scope, None)
    }

    /// The first token that has come by each way into a gateway.
    fn arrived(&self, element: &Element, scope: u64) -> BTreeMap<usize, u64> {
        let mut found = BTreeMap::new();
        for id in self.state.inside(scope) {
            let Some(token) = self.state.tokens.get(&id).filter(|token| token.element == element.id) else {
                continue;
            };
            let came = |flow: &&usize| {
                let known = self.process.flows.get(**flow).map(|flow| flow.id.as_str());
                known == token.via.as_deref()
            };
            if let Some(flow) = element.incoming.iter().find(came) {
                found.entry(*flow).or_insert(id);
            }
        }
        found
    }

    /// A joining parallel gateway fires once one token has come by every way in.
    pub(super) fn join_all(&mut self, at: usize, via: Option<usize>, scope: u64) -> Result<(), StepError> {
        let element = self.element(at)?;
        self.wait_at_join(element, via, scope);
        let arrived = self.arrived(element, scope);
        if arrived.len() < element.incoming.len() {
            return Ok(());
        }
        for id in arrived.into_values() {
            self.put_token(id, None);
        }
        self.entered(element);
        self.leave(at, scope, None)
    }

    /// An inclusive gateway fires once no token can come any more by a way in that has none (BPMN 2.0, 13.4.3): every token that
    /// could reach such a way could as well reach one where a token waits already. Says whether one has fired.
    pub(super) fn open_inclusive_joins(&mut self) -> Result<bool, StepError> {
        let moved = std::mem::take(&mut self.moved);
        if self.process.reach.is_empty() {
            return Ok(false);
        }
        let mut fired = false;
        for scope in moved {
            let joins: BTreeSet<usize> = self
                .state
                .inside(scope)
                .filter_map(|id| self.state.tokens.get(&id).filter(|token| token.via.is_some()))
                .filter_map(|token| self.process.at(&token.element))
                .filter(|at| {
                    self.process
                        .elements
                        .get(*at)
                        .is_some_and(|e| e.kind == Kind::Inclusive)
                })
                .collect();
            let mut ready = None;
            for at in joins {
                let element = self.element(at)?;
                let arrived = self.arrived(element, scope);
                if !arrived.is_empty() && !self.may_still_come(at, &arrived, scope) {
                    ready = Some((at, arrived));
                    break;
                }
            }
            if let Some((at, arrived)) = ready {
                for id in arrived.into_values() {
                    self.put_token(id, None);
                }
                let element = self.element(at)?;
                self.entered(element);
                let flows = self.choose_all(at, Spot::new(scope, None))?;
                self.go(&flows, scope);
                fired = true;
            }
        }
        Ok(fired)
    }

    fn may_still_come(&self, gateway: usize, arrived: &BTreeMap<usize, u64>, scope: u64) -> bool {
        let Some(ways) = self.process.reach.ways(gateway) else {
            return false;
        };
        let places = self.state.inside(scope).filter_map(|id| self.state.instance(id));
        let mut places = places.filter_map(|(element, _, _)| self.process.at(element));
        places.any(|place| {
            let leads = |with: bool| {
                let mut ways = ways.iter().filter(|(flow, _)| arrived.contains_key(flow) == with);
                ways.any(|(_, from)| from.has(place))
            };
            place != gateway && leads(false) && !leads(true)
        })
    }
}
