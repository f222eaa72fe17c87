//! Letters on paper: what waits to be printed and posted, each opened under a record, and the day it went.

use wegfrei_identity::{Action, Purpose, Resource, Verdict as Ruling};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, Date, NoticeId, Timestamp};
use wegfrei_store::{Row, Value as Sql};

use super::{Dispatched, period};
use crate::Cases;
use crate::error::CaseError;
use crate::event::{Channel, Event};
use crate::file::{Act, Plan, commit};
use crate::mine::time_of;
use crate::view::Page;

/// A notice that waits to be printed and posted. Names no contents and nobody.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OutboxItem {
    /// The case.
    pub case: CaseId,
    /// The notice.
    pub notice: NoticeId,
    /// Service id.
    pub service: String,
    /// What letters quote.
    pub reference: String,
    /// Which letter of the package.
    pub template: String,
    /// When it was made; what is old goes first.
    pub since: Timestamp,
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("outbox", error)
}

/// `<micros>.<id>` of the last row of a page.
pub(super) fn cursor(after: Option<&str>, start: i64) -> Result<(i64, String), CaseError> {
    let Some(text) = after else {
        return Ok((start, String::new()));
    };
    let (time, id) = text.split_once('.').ok_or(CaseError::NotFound)?;
    Ok((time.parse().map_err(|_| CaseError::NotFound)?, id.to_owned()))
}

impl Cases {
    /// The authority a member of staff acts for, if the policies let them do this there.
    pub(super) fn office_for(&self, actor: &Actor, action: Action, refusal: &str) -> Result<AuthorityId, CaseError> {
        let Actor::Staff { authority, .. } = actor else {
            return Err(CaseError::Refused("Nur für Mitarbeitende.".to_owned()));
        };
        let resource = Resource::Authority(*authority);
        match self.inner.policies.decide(actor, action, &resource, None) {
            Ruling::Permit(_) => Ok(*authority),
            Ruling::Refuse(_) => Err(CaseError::Refused(refusal.to_owned())),
        }
    }

    /// One page of what waits to be printed and posted at the asking person's authority, oldest first.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that post nothing; [`CaseError::NotFound`] for a cursor nobody was given.
    pub async fn outbox(&self, actor: &Actor, after: Option<&str>, limit: u64) -> Result<Page<OutboxItem>, CaseError> {
        let authority = self.office_for(actor, Action::Post, "Ihre Rolle hat keinen Postausgang.")?;
        let limit = limit.clamp(1, 200);
        let (time, id) = cursor(after, i64::MIN)?;
        let rows = self
            .inner
            .store
            .fetch(
                "SELECT notice_id, case_id, service, reference, template, since FROM dispatch WHERE authority = $1 \
                 AND state = 'to-post' AND (since > $2 OR (since = $2 AND notice_id > $3)) \
                 ORDER BY since, notice_id LIMIT $4",
                &[
                    Sql::Text(authority.to_string()),
                    Sql::Int(time),
                    Sql::Text(id),
                    Sql::Int(i64::try_from(limit).unwrap_or(200) + 1),
                ],
            )
            .await?;
        let most = usize::try_from(limit).unwrap_or(200);
        let next = match rows.get(most.saturating_sub(1)) {
            Some(last) if rows.len() > most => Some(format!("{}.{}", last.int("since")?, last.text("notice_id")?)),
            _ => None,
        };
        let items = rows.iter().take(most).map(item).collect::<Result<_, _>>()?;
        Ok(Page {
            items,
            next,
            previous: None,
        })
    }

    /// A notice's PDF for printing, opened under a record with the purpose of dispatch. Not counted as read by the person.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] also while the PDF is still being made; [`CaseError::Refused`] is recorded.
    pub async fn outbox_pdf(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
    ) -> Result<Vec<u8>, CaseError> {
        let case = self.case_of(authority, notice).await?;
        let loaded = self.load(authority, case).await?;
        let document = Some(format!("pdf/{notice}"));
        let access = self
            .access_to(
                actor,
                authority,
                &loaded.state,
                Action::Post,
                Purpose::Dispatch,
                document,
            )
            .await?;
        let pdf = loaded.state.notice(&notice).and_then(|known| known.pdf.as_ref());
        let pdf = pdf.ok_or(CaseError::NotFound)?;
        let stored = self.inner.journal.blob(authority, &pdf.blob.id).await?;
        let sealed = stored
            .ok_or(CaseError::NotFound)?
            .raw(crate::context(case, &format!("pdf/{notice}")));
        sealed.open(&access).map_err(damaged)
    }

    /// Notes that a notice was posted on a day, with everything of the same issue that waits beside it (one envelope). The period for
    /// objection runs from there.
    ///
    /// # Errors
    /// [`CaseError::Input`] for a day in the future or before the notice was made; [`CaseError::Stale`] when it went out already.
    pub async fn mark_posted(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
        on: Date,
    ) -> Result<(), CaseError> {
        let own = self.office_for(actor, Action::Post, "Ihre Rolle hat keinen Postausgang.")?;
        if own != authority {
            return Err(CaseError::Refused(
                "Dieser Brief gehört zu einer anderen Behörde.".to_owned(),
            ));
        }
        let case = self.case_of(authority, notice).await?;
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        let known = state.notice(&notice).ok_or(CaseError::NotFound)?;
        let Some(pdf) = &known.pdf else {
            return Err(CaseError::NotFound);
        };
        if state.outgoing.dispatched.contains_key(&notice) {
            return Err(CaseError::Stale);
        }
        let now = self.now();
        if on > now.date() {
            return Err(CaseError::Input(
                "Der Tag der Aufgabe zur Post liegt in der Zukunft.".to_owned(),
            ));
        }
        if on < pdf.rendered_at.date() {
            return Err(CaseError::Input(format!(
                "Der Brief ist erst am {} entstanden. Bitte geben Sie einen späteren Tag an.",
                wegfrei_model::time::german_date(pdf.rendered_at.date())
            )));
        }
        let envelope: Vec<NoticeId> = state
            .notices
            .iter()
            .filter(|other| other.issued_at == known.issued_at && other.pdf.is_some())
            .filter(|other| !state.outgoing.dispatched.contains_key(&other.id))
            .map(|other| other.id)
            .collect();
        let dispatched = Dispatched {
            channel: Channel::Letter,
            day: on,
            at: now,
        };
        let (package, _) = self.package_of(authority, state)?;
        let mut plan = Plan::default();
        plan.push(Event::LetterPosted {
            notices: envelope.clone(),
            on,
        });
        period::reckon(state, package, authority, case, &envelope, dispatched, &mut plan)?;
        let act = Act {
            actor,
            purpose: Purpose::Dispatch.german(),
            at: now,
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    async fn case_of(&self, authority: AuthorityId, notice: NoticeId) -> Result<CaseId, CaseError> {
        let sql = "SELECT case_id FROM notice WHERE authority = $1 AND notice_id = $2";
        let values = [Sql::Text(authority.to_string()), Sql::Text(notice.to_string())];
        let rows = self.inner.store.fetch(sql, &values).await?;
        let row = rows.first().ok_or(CaseError::NotFound)?;
        CaseId::parse(row.text("case_id")?).map_err(damaged)
    }
}

fn item(row: &Row) -> Result<OutboxItem, CaseError> {
    Ok(OutboxItem {
        case: CaseId::parse(row.text("case_id")?).map_err(damaged)?,
        notice: NoticeId::parse(row.text("notice_id")?).map_err(damaged)?,
        service: row.text("service")?.to_owned(),
        reference: row.text("reference")?.to_owned(),
        template: row.text("template")?.to_owned(),
        since: time_of(row, "since")?,
    })
}
