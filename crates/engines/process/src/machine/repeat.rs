//! Loops and multi-instance activities (BPMN 2.0, 13.3.6 and 13.3.7).

use super::{ROUND_LIMIT, Run};
use crate::answer::Spot;
use crate::effect::StepError;
use crate::model::{Element, Looping};
use crate::state::Rounds;

impl Run<'_, '_> {
    /// A repeated activity begins: its scope, the events at its edge, and the first instance or all of them.
    pub(super) fn begin_rounds(&mut self, at: usize, scope: u64) -> Result<(), StepError> {
        let element = self.element(at)?;
        let Some(looping) = &element.looping else {
            return Ok(());
        };
        let outside = Spot::new(scope, None);
        let (total, begun) = match looping {
            Looping::Multi {
                sequential,
                count,
                list,
                ..
            } => {
                let count = self.answers.count(self.process, self.state, outside, count, *list);
                let count = count.map_err(|why| self.no_value(element, why, "a list or a whole number"))?;
                if count > ROUND_LIMIT {
                    return Err(too_many(element));
                }
                (Some(count), if *sequential { count.min(1) } else { count })
            }
            Looping::While { maximum: Some(0), .. } => (None, 0),
            Looping::While { before: false, .. } => (None, 1),
            Looping::While { .. } => (None, u32::MAX),
        };
        let id = self.open(element, scope, None);
        let begun = match looping {
            // Asked from within, where the number of the instance is known.
            Looping::While { condition, .. } if begun == u32::MAX => {
                self.rounds(
                    id,
                    Rounds {
                        total,
                        begun: 0,
                        done: 0,
                    },
                );
                u32::from(self.again(element, condition, id, 0)?)
            }
            _ => begun,
        };
        self.rounds(id, Rounds { total, begun, done: 0 });
        if begun > 0 {
            self.arm_edge(at, id, None);
        }
        for number in 1..=begun {
            self.arrive_round(at, id, number);
        }
        Ok(())
    }

    /// An instance is done: is there another one, or is that all?
    pub(super) fn next_round(&mut self, at: usize, scope: u64, number: u32) -> Result<(), StepError> {
        let element = self.element(at)?;
        let rounds = self.state.scopes.get(&scope).and_then(|found| found.rounds);
        let (Some(looping), Some(mut rounds)) = (&element.looping, rounds) else {
            return Ok(());
        };
        rounds.done = rounds.done.saturating_add(1);
        let over = match looping {
            Looping::Multi { completion, .. } => {
                let total = rounds.total.unwrap_or(0);
                let mut over = rounds.done >= total;
                if let (Some(completion), false) = (completion, over) {
                    let spot = Spot {
                        scope,
                        iteration: Some(number),
                        counts: Some((total, rounds.begun.saturating_sub(rounds.done), rounds.done)),
                    };
                    let holds = self.answers.holds(self.process, self.state, spot, completion);
                    over = holds.map_err(|why| self.no_value(element, why, "true or false"))?;
                }
                over
            }
            Looping::While { condition, maximum, .. } => {
                let most = maximum.is_some_and(|most| rounds.done >= most);
                most || !self.again(element, condition, scope, number)?
            }
        };
        if !over && rounds.begun <= rounds.done {
            if rounds.begun >= ROUND_LIMIT {
                return Err(too_many(element));
            }
            rounds.begun += 1;
            self.rounds(scope, rounds);
            self.arrive_round(at, scope, rounds.begun);
        } else {
            self.rounds(scope, rounds);
        }
        if over {
            let inside: Vec<u64> = self.state.inside(scope).collect();
            self.kill(&inside);
            self.queue.retain(|arrival| arrival.scope != scope);
            self.touched.insert(scope);
        }
        Ok(())
    }

    fn again(
        &mut self,
        element: &Element,
        condition: &crate::expression::Expression,
        scope: u64,
        number: u32,
    ) -> Result<bool, StepError> {
        let spot = Spot::new(scope, Some(number));
        let holds = self.answers.again(self.process, self.state, spot, condition);
        holds.map_err(|why| self.no_value(element, why, "true or false"))
    }

    fn rounds(&mut self, scope: u64, rounds: Rounds) {
        if let Some(mut found) = self.state.scopes.get(&scope).cloned() {
            found.rounds = Some(rounds);
            self.put_scope(scope, Some(found));
        }
    }
}

fn too_many(element: &Element) -> StepError {
    StepError::Endless {
        element: element.id.clone(),
        limit: ROUND_LIMIT,
    }
}
