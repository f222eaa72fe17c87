//! What residents see of theirs: cases, mailbox, and who saw what.

use serde_json::Value;
use wegfrei_identity::{Action, Purpose, Role};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, NoticeId, PersonId, Timestamp};
use wegfrei_store::{Row, Value as Sql};

use crate::error::CaseError;
use crate::event::Event;
use crate::file::Plan;
use crate::help::{as_helper, purpose_of};
use crate::outgoing::LetterKind;
use crate::state::Phase;
use crate::view::{CaseSummary, NoticeSummary, PaperView, Status};
use crate::{Cases, context, resident};

/// The status of a code in the tables.
pub(crate) fn status(code: &str) -> Status {
    match code {
        "draft" => Status::Draft,
        "in-review" => Status::InReview,
        "papers-wanted" => Status::PapersWanted,
        "withdrawn" => Status::Withdrawn,
        "decided" => Status::Decided,
        "contested" => Status::Contested,
        "final" => Status::Final,
        _ => Status::Closed,
    }
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("row", error)
}

pub(crate) fn authority_of(row: &Row) -> Result<AuthorityId, CaseError> {
    AuthorityId::parse(row.text("authority")?).map_err(damaged)
}

pub(crate) fn time_of(row: &Row, column: &str) -> Result<Timestamp, CaseError> {
    Timestamp::from_micros(row.int(column)?).map_err(damaged)
}

fn optional_time(row: &Row, column: &str) -> Result<Option<Timestamp>, CaseError> {
    row.opt_int(column)?
        .map(Timestamp::from_micros)
        .transpose()
        .map_err(damaged)
}

/// Reads [`case_summary`]'s rows: of `case_file` as `f`, with the earlier case (`e`) it is about.
macro_rules! summaries {
    ($rest:literal) => {
        concat!(
            "SELECT f.authority, f.case_id, f.service, f.reference, f.status, f.waiting, f.updated_at, f.submitted_at, f.due, \
             e.service AS about_service, e.reference AS about_reference \
             FROM case_file f LEFT JOIN case_file e ON e.authority = f.authority AND e.case_id = f.about AND e.person = f.person ",
            $rest
        )
    };
}
pub(crate) use summaries;

pub(crate) fn case_summary(row: &Row) -> Result<CaseSummary, CaseError> {
    let waiting = row.text("waiting")?;
    let about = row.opt_text("about_service")?.zip(row.opt_text("about_reference")?);
    Ok(CaseSummary {
        about: about.map(|(service, reference)| (service.to_owned(), reference.to_owned())),
        authority: authority_of(row)?,
        case: CaseId::parse(row.text("case_id")?).map_err(damaged)?,
        service: row.text("service")?.to_owned(),
        reference: row.opt_text("reference")?.map(str::to_owned),
        status: status(row.text("status")?),
        waiting: waiting.lines().map(str::to_owned).collect(),
        updated_at: time_of(row, "updated_at")?,
        submitted_at: optional_time(row, "submitted_at")?,
        due: optional_time(row, "due")?,
    })
}

/// Reads [`notice_summary`]'s rows: of `notice` as `n`, with what each letter is.
macro_rules! notices {
    ($rest:literal) => {
        concat!(
            "SELECT n.authority, n.case_id, n.notice_id, n.service, n.reference, n.template, n.issued_at, n.pdf_sha256, n.read_at, \
             n.code, n.replaced_at, d.kind FROM notice n JOIN dispatch d ON d.authority = n.authority AND d.notice_id = n.notice_id ",
            $rest
        )
    };
}

fn notice_summary(row: &Row) -> Result<NoticeSummary, CaseError> {
    Ok(NoticeSummary {
        authority: authority_of(row)?,
        case: CaseId::parse(row.text("case_id")?).map_err(damaged)?,
        notice: NoticeId::parse(row.text("notice_id")?).map_err(damaged)?,
        service: row.text("service")?.to_owned(),
        reference: row.text("reference")?.to_owned(),
        template: row.text("template")?.to_owned(),
        kind: LetterKind::from_code(row.text("kind")?).ok_or_else(|| damaged("kind"))?,
        issued_at: time_of(row, "issued_at")?,
        ready: row.opt_text("pdf_sha256")?.is_some(),
        read_at: optional_time(row, "read_at")?,
        code: row.text("code")?.to_owned(),
        replaced_at: optional_time(row, "replaced_at")?,
    })
}

impl Cases {
    /// A resident's drafts and cases over all authorities, newest change first.
    ///
    /// # Errors
    /// The database's.
    pub async fn my_cases(&self, person: PersonId) -> Result<Vec<CaseSummary>, CaseError> {
        let rows = self
            .inner
            .store
            .fetch(
                summaries!("WHERE f.person = $1 ORDER BY f.updated_at DESC, f.case_id LIMIT 5000"),
                &[Sql::Text(person.to_string())],
            )
            .await?;
        rows.iter().map(case_summary).collect()
    }

    /// One case of a resident.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] when there is none or it is somebody else's; [`CaseError::Erased`] when its retention is over.
    pub async fn my_case(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<CaseSummary, CaseError> {
        let rows = self
            .inner
            .store
            .fetch(
                summaries!("WHERE f.authority = $1 AND f.case_id = $2 AND f.person = $3"),
                &[
                    Sql::Text(authority.to_string()),
                    Sql::Text(case.to_string()),
                    Sql::Text(person.to_string()),
                ],
            )
            .await?;
        match rows.first() {
            Some(row) => case_summary(row),
            // A case that was erased has no row; its owner is told so, nobody else.
            None => match self.find(authority, case).await? {
                Some(loaded) if loaded.state.phase == Phase::Erased && loaded.state.person == person => {
                    Err(CaseError::Erased)
                }
                // Somebody else's: asked of the policy, so that the refusal is recorded.
                Some(loaded) if matches!(loaded.state.phase, Phase::Running | Phase::Closed) => {
                    match self.own_case(person, authority, case).await {
                        Ok(_) | Err(CaseError::Refused(_)) => Err(CaseError::NotFound),
                        Err(other) => Err(other),
                    }
                }
                _ => Err(CaseError::NotFound),
            },
        }
    }

    /// What a resident sent, opened under a record; for who helps too.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for somebody else's, which is recorded.
    pub async fn my_application(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<(Value, Vec<PaperView>), CaseError> {
        let loaded = self.load(authority, case).await?;
        let purpose = purpose_of(person, &loaded.state);
        let access = self
            .access(&resident(person), authority, &loaded.state, Action::ViewCase, purpose)
            .await?;
        let sealed = loaded
            .sealed(loaded.state.form_entry)?
            .typed::<Value>(context(case, "form"));
        let data = sealed
            .open(&access)
            .map_err(|error| CaseError::damaged("form", error))?;
        Ok((data, self.paper_views(&loaded, &access)?))
    }

    /// A resident's notices over all authorities, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn mailbox(&self, person: PersonId) -> Result<Vec<NoticeSummary>, CaseError> {
        let rows = self
            .inner
            .store
            .fetch(
                notices!("WHERE n.person = $1 ORDER BY n.issued_at DESC, n.notice_id LIMIT 5000"),
                &[Sql::Text(person.to_string())],
            )
            .await?;
        rows.iter().map(notice_summary).collect()
    }

    /// The notices of a case one may see: one's own, or one that one helps with; newest first, as in the mailbox.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] for anybody else's.
    pub async fn seen_notices(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Vec<NoticeSummary>, CaseError> {
        self.seen_case(person, authority, case).await?;
        let mut notices = self.notices_of(authority, case).await?;
        notices.reverse();
        Ok(notices)
    }

    /// The notices of one case, oldest first.
    pub(crate) async fn notices_of(
        &self,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Vec<NoticeSummary>, CaseError> {
        let rows = self
            .inner
            .store
            .fetch(
                notices!("WHERE n.authority = $1 AND n.case_id = $2 ORDER BY n.issued_at, n.notice_id"),
                &[Sql::Text(authority.to_string()), Sql::Text(case.to_string())],
            )
            .await?;
        rows.iter().map(notice_summary).collect()
    }

    /// A notice's PDF, opened under a record. The resident's first opening is noted: they have read it.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] also while the PDF is still being made; [`CaseError::Refused`] is recorded.
    pub async fn notice_pdf(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        notice: NoticeId,
    ) -> Result<Vec<u8>, CaseError> {
        let rows = self
            .inner
            .store
            .fetch(
                "SELECT case_id FROM notice WHERE authority = $1 AND notice_id = $2",
                &[Sql::Text(authority.to_string()), Sql::Text(notice.to_string())],
            )
            .await?;
        let row = rows.first().ok_or(CaseError::NotFound)?;
        let case = CaseId::parse(row.text("case_id")?).map_err(damaged)?;
        let loaded = self.load(authority, case).await?;
        let purpose = as_helper(actor, purpose, &loaded.state);
        let access = self
            .access_to(
                actor,
                authority,
                &loaded.state,
                Action::ReadNotice,
                purpose,
                Some(format!("pdf/{notice}")),
            )
            .await?;
        let known = loaded.state.notice(&notice).ok_or(CaseError::NotFound)?;
        let pdf = known.pdf.as_ref().ok_or(CaseError::NotFound)?;
        let stored = self
            .inner
            .journal
            .blob(authority, &pdf.blob.id)
            .await?
            .ok_or(CaseError::NotFound)?;
        let sealed = stored.raw(context(case, &format!("pdf/{notice}")));
        let bytes = sealed.open(&access).map_err(|error| CaseError::damaged("pdf", error))?;
        // Only the resident's own reading is theirs; who helps reads for themselves.
        if let (Actor::Person(person), None) = (actor, known.read_at)
            && *person == loaded.state.person
        {
            let mut plan = Plan::default();
            plan.push(Event::NoticeRead { notice });
            match self.write(*person, authority, &loaded, plan).await {
                // Somebody changed the case in this moment; the next opening notes it.
                Ok(_) | Err(CaseError::Stale) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(bytes)
    }

    /// Who acted, in words and without a name.
    pub(crate) fn who(&self, actor: &Actor, viewer: Option<PersonId>) -> String {
        self.who_as(actor, None, viewer)
    }

    /// As [`Cases::who`], with the role a member of staff had at the time, where the record says it.
    pub(crate) fn who_as(&self, actor: &Actor, role: Option<Role>, viewer: Option<PersonId>) -> String {
        match actor {
            Actor::Person(id) if viewer == Some(*id) => "Sie selbst".to_owned(),
            Actor::Person(_) if viewer.is_none() => "Antragstellende Person".to_owned(),
            Actor::Person(_) => "Eine andere Person".to_owned(),
            Actor::System(_) => "Automatischer Schritt".to_owned(),
            Actor::Staff { id, authority } => {
                let office = self
                    .inner
                    .catalogue
                    .authority(*authority)
                    .map(|authority| authority.name.clone());
                let office = office.unwrap_or_else(|| authority.to_string());
                let today = self.inner.policies.directory().staff_member(*authority, id);
                let role = role.or_else(|| today.and_then(|member| member.roles.first().copied()));
                format!("{}, {office}", role.map_or("Unbekannt", Role::german))
            }
        }
    }
}
