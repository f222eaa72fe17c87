//! One batch: the move's own entry and those of its cases in one commit. A case that changes in that moment is looked at again, and the
//! batch is cut in half: a smaller one is written sooner. The others do not wait for it.

use wegfrei_journal::{Actor, Commit, CommitError};
use wegfrei_model::{AuthorityId, CaseId};
use wegfrei_process::Obstacle;
use wegfrei_store::jobs::Claim;

use super::event::{MoveEvent, Stayed};
use super::state::Run;
use super::way::{Way, exchanged, gone, restless, unreadable};
use super::{PURPOSE, damaged, step_job};
use crate::Cases;
use crate::error::CaseError;
use crate::event::stream;
use crate::file::{Act, commit};

/// So often a case is looked at in one batch: it may change while the batch is written.
const TRIES: u32 = 5;

/// What becomes of one case in a batch.
enum Fate {
    Goes(Box<Commit>),
    Stays(Obstacle),
}

/// A case of a batch.
struct One {
    case: CaseId,
    tries: u32,
    fate: Fate,
}

/// How a batch is worked on: forth, or back.
enum Direction<'w, 'a> {
    Forth(Result<&'w Way<'a>, Obstacle>),
    Back,
}

impl Cases {
    /// Moves the next batch, or finds that there is none left.
    pub(super) async fn move_batch(&self, authority: AuthorityId, run: Run, done: Claim) -> Result<(), CaseError> {
        let after = run.after.map(|case| case.to_string()).unwrap_or_default();
        let ids = self
            .running_of(authority, (&run.service, &run.from), &after, run.pace)
            .await?;
        let actor = run.started_by.clone();
        if ids.is_empty() {
            return self
                .end_batches(authority, &actor, &run, MoveEvent::Done {}, done)
                .await;
        }
        let way = self.way(authority, &run.service, &run.from, &run.by_hand);
        // What was confirmed was this package and no other.
        let way = way.ok().filter(|way| way.new.hash() == run.package);
        let direction = Direction::Forth(way.as_ref().ok_or_else(exchanged));
        let batch = self.look_at_each(authority, &run, &actor, &direction, &ids).await?;
        let event = |moved, stayed, (after, _)| MoveEvent::Batch { moved, stayed, after };
        self.write_batch(authority, &run, &actor, (&direction, batch), event, done)
            .await
    }

    /// Takes the next batch of moved cases back, or finds that there is none left.
    pub(super) async fn take_back_batch(&self, authority: AuthorityId, run: Run, done: Claim) -> Result<(), CaseError> {
        let actor = run
            .taken_back_by
            .clone()
            .ok_or_else(|| damaged("taken back by nobody"))?;
        let ids: Vec<CaseId> = run.moved.iter().skip(run.looked_back).take(run.pace).copied().collect();
        if ids.is_empty() {
            return self
                .end_batches(authority, &actor, &run, MoveEvent::TakenBack {}, done)
                .await;
        }
        let batch = self
            .look_at_each(authority, &run, &actor, &Direction::Back, &ids)
            .await?;
        let event = |_, stayed, (_, cases)| MoveEvent::Returned { cases, stayed };
        self.write_batch(authority, &run, &actor, (&Direction::Back, batch), event, done)
            .await
    }

    async fn end_batches(
        &self,
        authority: AuthorityId,
        actor: &Actor,
        run: &Run,
        event: MoveEvent,
        done: Claim,
    ) -> Result<(), CaseError> {
        let (mut commit, _) = self.move_written(authority, actor, run, vec![event])?;
        commit.done_jobs.push(done);
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    async fn look_at_each(
        &self,
        authority: AuthorityId,
        run: &Run,
        actor: &Actor,
        direction: &Direction<'_, '_>,
        ids: &[CaseId],
    ) -> Result<Vec<One>, CaseError> {
        let mut batch = Vec::with_capacity(ids.len());
        for case in ids {
            batch.push(One {
                case: *case,
                tries: 1,
                fate: self.fate(authority, run, actor, direction, *case).await?,
            });
        }
        Ok(batch)
    }

    /// What becomes of one case as it stands now.
    async fn fate(
        &self,
        authority: AuthorityId,
        run: &Run,
        actor: &Actor,
        direction: &Direction<'_, '_>,
        case: CaseId,
    ) -> Result<Fate, CaseError> {
        let loaded = match self.find(authority, case).await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return Ok(Fate::Stays(gone())),
            // One damaged case does not keep the others.
            Err(CaseError::Damaged(_)) => return Ok(Fate::Stays(unreadable())),
            Err(other) => return Err(other),
        };
        let state = &loaded.state;
        let planned = match direction {
            Direction::Forth(Err(why)) => Ok(Err(why.clone())),
            Direction::Forth(Ok(way)) => {
                let planned = way.plan(state, run.number, (&self.inner.ambient, self.now()));
                planned.map(|planned| match planned {
                    Ok((plan, _)) => Ok(plan),
                    Err(obstacles) => Err(obstacles.into_iter().next().unwrap_or_else(unreadable)),
                })
            }
            Direction::Back => self.way_back(authority, state, run.number),
        };
        let act = Act {
            actor,
            purpose: PURPOSE,
            at: self.now(),
        };
        let written = planned.and_then(|planned| match planned {
            Ok(plan) => commit(authority, case, Some(state), &act, plan).map(|(commit, _)| Ok(commit)),
            Err(why) => Ok(Err(why)),
        });
        match written {
            Ok(Ok(commit)) => Ok(Fate::Goes(Box::new(commit))),
            Ok(Err(why)) => Ok(Fate::Stays(why)),
            Err(CaseError::Damaged(_) | CaseError::Package(_)) => Ok(Fate::Stays(unreadable())),
            Err(other) => Err(other),
        }
    }

    /// Writes a batch whole; of cases that have changed meanwhile only those are looked at again.
    async fn write_batch(
        &self,
        authority: AuthorityId,
        run: &Run,
        actor: &Actor,
        (direction, mut batch): (&Direction<'_, '_>, Vec<One>),
        event: impl Fn(Vec<CaseId>, Vec<Stayed>, (CaseId, u64)) -> MoveEvent,
        done: Claim,
    ) -> Result<(), CaseError> {
        while let Some(last) = batch.last() {
            let upto = (last.case, batch.len() as u64);
            let (mut moved, mut stayed, mut parts): (_, Vec<Stayed>, _) = (Vec::new(), Vec::new(), Vec::new());
            for one in &batch {
                match &one.fate {
                    Fate::Goes(part) => {
                        moved.push(one.case);
                        parts.push(part.as_ref().clone());
                    }
                    Fate::Stays(why) => match stayed.iter_mut().find(|known| known.why == *why) {
                        Some(known) => known.cases.push(one.case),
                        None => stayed.push(Stayed {
                            why: why.clone(),
                            cases: vec![one.case],
                        }),
                    },
                }
            }
            let (mut whole, after) = self.move_written(authority, actor, run, vec![event(moved, stayed, upto)])?;
            whole.jobs.push(step_job(authority, &after));
            whole.done_jobs.push(done.clone());
            for part in parts {
                whole.entries.extend(part.entries);
                whole.rows.extend(part.rows);
                whole.jobs.extend(part.jobs);
            }
            let changed = match self.inner.journal.commit(whole).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict { stream: changed, .. }) => changed,
                Err(other) => return Err(other.into()),
            };
            let Some(one) = batch.iter_mut().find(|one| stream(&one.case) == changed) else {
                // The move itself has changed: it is being taken back.
                return Err(CaseError::Stale);
            };
            one.fate = if one.tries < TRIES {
                self.fate(authority, run, actor, direction, one.case).await?
            } else {
                Fate::Stays(restless())
            };
            one.tries += 1;
            batch.truncate(batch.len().div_ceil(2));
        }
        Err(damaged("a batch of no cases"))
    }
}
