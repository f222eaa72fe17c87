//! The day of posting for a whole run, and taking it back: one envelope after the other, a file a step.

use tokio::task::JoinSet;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, Date, NoticeId};
use wegfrei_store::jobs::Claim;

use super::event::{LeftOver, RunEvent};
use super::state::{Fate, Phase, Run};
use super::{damaged, step_job};
use crate::Cases;
use crate::error::CaseError;
use crate::outgoing::Posting;

/// Envelopes noted side by side: their commits share a transaction.
const AT_ONCE: usize = 16;

impl Cases {
    /// Notes the next file's envelopes, or takes them back.
    pub(super) async fn note_file(&self, authority: AuthorityId, run: Run, done: Claim) -> Result<(), CaseError> {
        let actor = run.noted_by.clone().ok_or_else(|| damaged("noted by nobody"))?;
        let file = run.files.get(run.noted).ok_or_else(|| damaged("no file to note"))?;
        let on = run.on.filter(|_| run.phase == Phase::Posting);
        let mut left = Vec::new();
        let mut working: JoinSet<Result<Option<(NoticeId, LeftOver)>, CaseError>> = JoinSet::new();
        for (packed, fate) in &file.envelopes {
            let notice = packed.notice;
            match on {
                Some(_) if packed.serve => left.push((notice, LeftOver::Certificate)),
                None if *fate != Fate::Posted => {}
                _ => {
                    if working.len() >= AT_ONCE {
                        left.extend(next(&mut working).await?);
                    }
                    let (cases, actor) = (self.clone(), actor.clone());
                    working.spawn(async move {
                        let left = match on {
                            Some(on) => cases.note_one(&actor, authority, notice, on).await?,
                            None => cases.recall_one(&actor, authority, notice).await?,
                        };
                        Ok(left.map(|why| (notice, why)))
                    });
                }
            }
        }
        while !working.is_empty() {
            left.extend(next(&mut working).await?);
        }
        left.sort_unstable_by_key(|(notice, _)| *notice);
        let (mut commit, after) = self.written(authority, &actor, &run, vec![RunEvent::Noted { left }])?;
        if matches!(after.phase, Phase::Posting | Phase::Recalling) {
            commit.jobs.push(step_job(authority, &after));
        }
        commit.done_jobs.push(done);
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    async fn note_one(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
        on: Date,
    ) -> Result<Option<LeftOver>, CaseError> {
        match self.mark_posted(actor, authority, notice, on).await {
            Ok(Posting::Noted) => Ok(None),
            Ok(Posting::Before) => Ok(Some(LeftOver::Before)),
            Err(error) => why(error),
        }
    }

    async fn recall_one(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
    ) -> Result<Option<LeftOver>, CaseError> {
        match self.recall_posted(actor, authority, notice).await {
            // Somebody took this one back before.
            Ok(()) | Err(CaseError::Verdict(_)) => Ok(None),
            Err(error) => why(error),
        }
    }
}

async fn next(
    working: &mut JoinSet<Result<Option<(NoticeId, LeftOver)>, CaseError>>,
) -> Result<Option<(NoticeId, LeftOver)>, CaseError> {
    match working.join_next().await {
        Some(one) => one.map_err(damaged)?,
        None => Ok(None),
    }
}

/// What a refusal by one case means for its envelope. What is no refusal is an error of the whole step, which is tried again: what was
/// noted is found to be.
fn why(error: CaseError) -> Result<Option<LeftOver>, CaseError> {
    match error {
        CaseError::Verdict(_) | CaseError::NotFound | CaseError::Erased | CaseError::Discarded => {
            Ok(Some(LeftOver::Moot))
        }
        CaseError::TooLate(_) => Ok(Some(LeftOver::Late)),
        CaseError::Input(_) | CaseError::Refused(_) => Ok(Some(LeftOver::Failed)),
        other => Err(other),
    }
}
