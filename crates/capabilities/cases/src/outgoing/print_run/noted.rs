//! The day of posting for a whole run, and taking it back: one envelope after the other, a file a step.

use tokio::task::JoinSet;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, Date, NoticeId};
use wegfrei_store::jobs::Claim;

use super::event::{LeftOver, RunEvent};
use super::state::{PrintStanding, Run};
use super::{damaged, step_job};
use crate::Cases;
use crate::error::CaseError;
use crate::event::PrintNote;
use crate::outgoing::Posting;

/// Envelopes noted side by side: their commits share a transaction.
const AT_ONCE: usize = 16;

impl Cases {
    /// Notes the next file's envelopes, or takes them back.
    pub(super) async fn note_file(&self, authority: AuthorityId, run: Run, done: Claim) -> Result<(), CaseError> {
        let actor = run.noted_by.clone().ok_or_else(|| damaged("noted by nobody"))?;
        let file = run.files.get(run.noted).ok_or_else(|| damaged("no file to note"))?;
        let on = run.on.filter(|_| run.standing == PrintStanding::Posting);
        let print = run.note();
        let mut left = Vec::new();
        let mut working: JoinSet<Result<Option<(NoticeId, LeftOver)>, CaseError>> = JoinSet::new();
        for (packed, _) in &file.envelopes {
            let notice = packed.notice;
            if on.is_some() && packed.serve {
                left.push((notice, LeftOver::Certificate));
                continue;
            }
            if working.len() >= AT_ONCE {
                left.extend(next(&mut working).await?);
            }
            let (cases, actor) = (self.clone(), actor.clone());
            working.spawn(async move {
                let left = cases.note_one(&actor, authority, notice, on, print).await?;
                Ok(left.map(|why| (notice, why)))
            });
        }
        while !working.is_empty() {
            left.extend(next(&mut working).await?);
        }
        left.sort_unstable_by_key(|(notice, _)| *notice);
        let (mut commit, after) = self.written(authority, &actor, &run, vec![RunEvent::Noted { left }])?;
        if matches!(after.standing, PrintStanding::Posting | PrintStanding::Recalling) {
            commit.jobs.push(step_job(authority, &after));
        }
        commit.done_jobs.push(done);
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// Notes one envelope's day, or takes that back when there is none.
    async fn note_one(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
        on: Option<Date>,
        print: PrintNote,
    ) -> Result<Option<LeftOver>, CaseError> {
        let noted = match on {
            Some(on) => self.note_posted(actor, authority, notice, on, Some(print)).await,
            None => self.recall_noted(actor, authority, notice, Some(print)).await,
        };
        match noted {
            Ok(Posting::Noted) => Ok(None),
            Ok(Posting::Before) => Ok(Some(LeftOver::Before)),
            Ok(Posting::Told) => Ok(Some(LeftOver::Moot)),
            // Somebody took this one back before.
            Err(CaseError::Verdict(_)) if on.is_none() => Ok(None),
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

/// What an error of one case means for its envelope: the others are not kept back by it. What says nothing about the case is an error of
/// the whole step, which is tried again; what it has noted by then is known to be its own.
fn why(error: CaseError) -> Result<Option<LeftOver>, CaseError> {
    match error {
        CaseError::Verdict(_) | CaseError::NotFound | CaseError::Erased | CaseError::Discarded => {
            Ok(Some(LeftOver::Moot))
        }
        CaseError::TooLate(_) => Ok(Some(LeftOver::Late)),
        CaseError::Input(_) | CaseError::Refused(_) => Ok(Some(LeftOver::Failed)),
        CaseError::NotAdopted | CaseError::Package(_) | CaseError::Damaged(_) => {
            tracing::error!(%error, "an envelope of a print run cannot be noted");
            Ok(Some(LeftOver::Failed))
        }
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_case_says_stops_no_run_and_what_the_database_says_does() {
        let text = || "x".to_owned();
        for (error, left) in [
            (CaseError::Verdict(text()), LeftOver::Moot),
            (CaseError::Erased, LeftOver::Moot),
            (CaseError::TooLate(text()), LeftOver::Late),
            (CaseError::Refused(text()), LeftOver::Failed),
            (CaseError::NotAdopted, LeftOver::Failed),
            (CaseError::Package(text()), LeftOver::Failed),
            (CaseError::Damaged(text()), LeftOver::Failed),
        ] {
            assert_eq!(why(error).unwrap(), Some(left));
        }
        for error in [CaseError::Unavailable(text()), CaseError::Full, CaseError::Stale] {
            why(error).unwrap_err();
        }
    }
}
