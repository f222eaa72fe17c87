//! Letters on paper: what waits to be printed and posted, each opened under a record, the day it went, and taking that back.

use std::time::Duration;

use wegfrei_identity::{Action, Purpose, Resource, StaffMember, Verdict as Ruling};
use wegfrei_journal::{Actor, CommitError};
use wegfrei_model::time::german_date;
use wegfrei_model::{AuthorityId, CaseId, Date, NoticeId, Timestamp};
use wegfrei_store::{Row, Value as Sql};

use super::print_run::table::held;
use super::table::SERVED;
use super::{Dispatched, LetterKind, message, period};
use crate::Cases;
use crate::error::CaseError;
use crate::event::{Channel, Event, PrintNote, What};
use crate::file::{Act, Loaded, Plan, commit};
use crate::state::{CaseState, Notice};
use crate::view::Page;

/// How often a dispatch is written when others change the case meanwhile.
const TRIES: u32 = 5;
/// What was posted stays in sight for so long, to be taken back,
const IN_SIGHT: Duration = Duration::from_secs(14 * 24 * 3600);
/// and can be printed once more for so long: a jam in the printer shows on the same day.
const REPRINT: Duration = Duration::from_secs(24 * 3600);
/// At most so many of them are shown.
const MOST_IN_SIGHT: usize = 50;

/// An envelope: what was issued together in one case. Names no contents and nobody.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OutboxItem {
    /// The case.
    pub case: CaseId,
    /// The main letter in it; it stands for the whole envelope.
    pub notice: NoticeId,
    /// Service id.
    pub service: String,
    /// What letters quote.
    pub reference: String,
    /// What the main letter is.
    pub kind: LetterKind,
    /// It must be served with a certificate of delivery.
    pub serve: bool,
    /// Everything in it, the main letter first.
    pub documents: Vec<OutboxDocument>,
    /// When it was made; what is old goes first.
    pub since: Timestamp,
    /// The day it was posted or delivered; `None` while it waits.
    pub posted: Option<Date>,
    /// The print run that holds it while it waits.
    pub run: Option<u64>,
}

/// One PDF of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OutboxDocument {
    /// The notice.
    pub notice: NoticeId,
    /// Which letter of the package.
    pub template: String,
    /// What it is.
    pub kind: LetterKind,
    /// Its check code, by which letters of one case and day are told apart.
    pub code: String,
}

/// What came of noting a dispatch, or of taking that back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posting {
    /// It is noted.
    Noted,
    /// It was posted before: nothing was changed, that day counts.
    Before,
    /// The person was told of it by message: nothing was changed, and it need not be posted.
    Told,
}

impl Posting {
    /// How a letter had left the house before.
    fn of(dispatched: &Dispatched) -> Posting {
        match dispatched.channel {
            Channel::Letter => Posting::Before,
            Channel::Email => Posting::Told,
        }
    }
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

/// Envelopes that wait, after one of them; of one service, or of all.
const WAITING: &str = "SELECT since, case_id FROM dispatch WHERE authority = $1 AND state = 'to-post' \
    AND (since > $2 OR (since = $2 AND case_id > $3)) AND ($4 = '' OR service = $4) \
    GROUP BY since, case_id ORDER BY since, case_id LIMIT $5";
/// Envelopes that were posted since a moment, the last fifty; of one service, or of all.
const POSTED: &str = "SELECT since, case_id, MAX(done_at) AS done_at FROM dispatch WHERE authority = $1 AND state = 'posted' \
    AND done_at >= $2 AND ($3 = '' OR service = $3) GROUP BY since, case_id ORDER BY 3 DESC, case_id LIMIT 50";

/// The documents of one envelope in a state, and the print run that holds it while it waits.
const ENVELOPE: &str = concat!(
    "SELECT d.notice_id, d.service, d.reference, d.template, d.channel, d.kind, d.day, n.code, \
     (SELECT MAX(p.run) FROM print_envelope p WHERE p.authority = d.authority AND p.case_id = d.case_id AND p.since = d.since \
     AND d.state = 'to-post' AND p.state IN ",
    held!(),
    ") AS run FROM dispatch d JOIN notice n ON n.authority = d.authority AND n.notice_id = d.notice_id WHERE d.authority = $1 \
     AND d.case_id = $2 AND d.since = $3 AND d.state = $4 ORDER BY d.notice_id"
);

/// Said to roles that post nothing.
pub(super) const NO_OUTBOX: &str = "Ihre Rolle hat keinen Postausgang.";

/// Services, each to be asked for alone; one without a name when none are given, which means all.
pub(super) fn each(services: &[String]) -> Vec<String> {
    if services.is_empty() {
        vec![String::new()]
    } else {
        services.to_vec()
    }
}

impl Cases {
    /// The authority a member of staff acts for, if the policies let them do this there.
    pub(crate) fn office_for(&self, actor: &Actor, action: Action, refusal: &str) -> Result<AuthorityId, CaseError> {
        let Actor::Staff { authority, .. } = actor else {
            return Err(CaseError::Refused("Nur für Mitarbeitende.".to_owned()));
        };
        let resource = Resource::Authority(*authority);
        match self.inner.policies.decide(actor, action, &resource, None) {
            Ruling::Permit(_) => Ok(*authority),
            Ruling::Refuse(_) => Err(CaseError::Refused(refusal.to_owned())),
        }
    }

    /// One page of what waits to be printed and posted at the asking person's authority, within their services, oldest first.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that post nothing; [`CaseError::NotFound`] for a cursor nobody was given.
    pub async fn outbox(&self, actor: &Actor, after: Option<&str>, limit: u64) -> Result<Page<OutboxItem>, CaseError> {
        let authority = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        let most = limit.clamp(1, 200);
        let (time, id) = cursor(after, i64::MIN)?;
        let mut rows = Vec::new();
        for service in self.services_of(actor) {
            let values = [
                Sql::Text(authority.to_string()),
                Sql::Int(time),
                Sql::Text(id.clone()),
                Sql::Text(service),
                Sql::Int(i64::try_from(most).unwrap_or(200) + 1),
            ];
            rows.extend(self.inner.store.fetch(WAITING, &values).await?);
        }
        let mut rows = envelopes(&rows)?;
        rows.sort();
        let most = usize::try_from(most).unwrap_or(200);
        let more = rows.len() > most;
        rows.truncate(most);
        let next = match rows.last() {
            Some((since, case)) if more => Some(format!("{since}.{case}")),
            _ => None,
        };
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            items.extend(self.envelope(authority, row, "to-post").await?);
        }
        Ok(Page {
            items,
            next,
            previous: None,
        })
    }

    /// What was noted as posted in the last two weeks, within the asking person's services, newest first: to be taken back.
    ///
    /// # Errors
    /// As [`Cases::outbox`].
    pub async fn posted_lately(&self, actor: &Actor) -> Result<Vec<OutboxItem>, CaseError> {
        let authority = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        let from = self.now().saturating_sub(IN_SIGHT).as_micros();
        let mut rows = Vec::new();
        for service in self.services_of(actor) {
            let values = [Sql::Text(authority.to_string()), Sql::Int(from), Sql::Text(service)];
            rows.extend(self.inner.store.fetch(POSTED, &values).await?);
        }
        let mut done = Vec::with_capacity(rows.len());
        for row in &rows {
            done.push((
                std::cmp::Reverse(row.int("done_at")?),
                row.int("since")?,
                row.text("case_id")?,
            ));
        }
        done.sort_unstable();
        let mut items = Vec::new();
        for (_, since, case) in done.into_iter().take(MOST_IN_SIGHT) {
            items.extend(self.envelope(authority, &(since, case.to_owned()), "posted").await?);
        }
        Ok(items)
    }

    /// One's services, each a list of its own; a list without a name when one works on all.
    pub(crate) fn services_of(&self, actor: &Actor) -> Vec<String> {
        each(self.staff(actor).map_or(&[], |me| me.services.as_slice()))
    }

    fn staff(&self, actor: &Actor) -> Option<&StaffMember> {
        let Actor::Staff { id, authority } = actor else {
            return None;
        };
        self.inner.policies.directory().staff_member(*authority, id)
    }

    async fn envelope(
        &self,
        authority: AuthorityId,
        (since, case): &(i64, String),
        state: &str,
    ) -> Result<Option<OutboxItem>, CaseError> {
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Text(case.clone()),
            Sql::Int(*since),
            Sql::Text(state.to_owned()),
        ];
        let rows = self.inner.store.fetch(ENVELOPE, &values).await?;
        let mut documents = rows.iter().map(document).collect::<Result<Vec<_>, _>>()?;
        documents.sort_by_key(|document| document.kind == LetterKind::Enclosure);
        let (Some(first), Some(main)) = (rows.first(), documents.first()) else {
            // It left the house between the two questions.
            return Ok(None);
        };
        let day = first
            .opt_text("day")?
            .map(str::parse::<Date>)
            .transpose()
            .map_err(damaged)?;
        Ok(Some(OutboxItem {
            case: CaseId::parse(case).map_err(damaged)?,
            notice: main.notice,
            service: first.text("service")?.to_owned(),
            reference: first.text("reference")?.to_owned(),
            kind: main.kind,
            serve: first.text("channel")? == SERVED,
            documents,
            since: Timestamp::from_micros(*since).map_err(damaged)?,
            posted: day,
            run: first.opt_int("run")?.map(u64::try_from).transpose().map_err(damaged)?,
        }))
    }

    /// A notice's PDF for printing, opened under a record with the purpose of dispatch. Not counted as read by the person. What was
    /// posted can be printed again for a day.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] for what does not go by letter or is not ready; [`CaseError::Refused`] is recorded.
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
        let state = &loaded.state;
        let known = state.notice(&notice).ok_or(CaseError::NotFound)?;
        let again = state
            .outgoing
            .dispatched
            .get(&notice)
            .is_some_and(|done| done.channel == Channel::Letter && done.at >= self.now().saturating_sub(REPRINT));
        let pdf = known.pdf.as_ref().filter(|_| again || state.is_to_post(known));
        let pdf = pdf.ok_or(CaseError::NotFound)?;
        let stored = self.inner.journal.blob(authority, &pdf.blob.id).await?;
        let sealed = stored
            .ok_or(CaseError::NotFound)?
            .raw(crate::context(case, &format!("pdf/{notice}")));
        sealed.open(&access).map_err(damaged)
    }

    /// Notes the day a notice was posted, with everything of the same issue (one envelope); for what must be served, the day of delivery
    /// on the certificate. The period it sets going runs from there.
    ///
    /// # Errors
    /// [`CaseError::Input`] for a day in the future or before the PDFs were made, and while one of them is missing;
    /// [`CaseError::Verdict`] for what does not go by letter or need not go any more; [`CaseError::Refused`] outside one's competence.
    pub async fn mark_posted(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
        on: Date,
    ) -> Result<Posting, CaseError> {
        self.note_posted(actor, authority, notice, on, None).await
    }

    /// As [`Cases::mark_posted`], with a print run: what it has noted before, in a step that was not ended, it has noted.
    pub(super) async fn note_posted(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
        on: Date,
        print: Option<PrintNote>,
    ) -> Result<Posting, CaseError> {
        for _ in 0..TRIES {
            let loaded = self.to_dispatch(actor, authority, notice).await?;
            let outgoing = &loaded.state.outgoing;
            if let Some(dispatched) = outgoing.dispatched.get(&notice) {
                let own = print.is_some() && outgoing.printed.get(&notice) == print.as_ref();
                return Ok(if own { Posting::Noted } else { Posting::of(dispatched) });
            }
            let plan = self.posting(authority, &loaded.state, notice, on, print)?;
            match self.write_dispatch(actor, authority, &loaded.state, plan).await? {
                Some(()) => return Ok(Posting::Noted),
                None => continue,
            }
        }
        Err(CaseError::Stale)
    }

    /// Notes that a letter was not posted after all, with its envelope: it waits again, and the period it set going has not begun.
    ///
    /// # Errors
    /// [`CaseError::TooLate`] once that period has ended, or what it asked for was answered; [`CaseError::Verdict`] for what was not
    /// posted; [`CaseError::Refused`] outside one's competence.
    pub async fn recall_posted(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
    ) -> Result<(), CaseError> {
        self.recall_noted(actor, authority, notice, None).await.map(drop)
    }

    /// As [`Cases::recall_posted`], with a print run: it takes back what it has noted, and leaves what went out otherwise.
    pub(super) async fn recall_noted(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        notice: NoticeId,
        print: Option<PrintNote>,
    ) -> Result<Posting, CaseError> {
        for _ in 0..TRIES {
            let loaded = self.to_dispatch(actor, authority, notice).await?;
            let outgoing = &loaded.state.outgoing;
            let own = print.is_none() || outgoing.printed.get(&notice) == print.as_ref();
            if let Some(dispatched) = outgoing.dispatched.get(&notice).filter(|_| !own) {
                return Ok(Posting::of(dispatched));
            }
            let plan = self.recall(authority, &loaded.state, notice)?;
            if self
                .write_dispatch(actor, authority, &loaded.state, plan)
                .await?
                .is_some()
            {
                return Ok(Posting::Noted);
            }
        }
        Err(CaseError::Stale)
    }

    /// The case of a letter, for who may post it.
    async fn to_dispatch(&self, actor: &Actor, authority: AuthorityId, notice: NoticeId) -> Result<Loaded, CaseError> {
        let own = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        if own != authority {
            return Err(CaseError::Refused(
                "Dieser Brief gehört zu einer anderen Behörde.".to_owned(),
            ));
        }
        let case = self.case_of(authority, notice).await?;
        let loaded = self.load(authority, case).await?;
        let resource = Resource::Case {
            authority,
            subject: loaded.state.person,
            submitted: loaded.state.submitted_at.is_some(),
            service: loaded.state.service.clone(),
            held: false,
            helpers: Vec::new(),
        };
        let purpose = Some(Purpose::Dispatch.code());
        match self.inner.policies.decide(actor, Action::Post, &resource, purpose) {
            Ruling::Permit(_) => Ok(loaded),
            Ruling::Refuse(_) => Err(CaseError::Refused(
                "Dieser Brief gehört nicht zu Ihren Aufgaben.".to_owned(),
            )),
        }
    }

    fn posting(
        &self,
        authority: AuthorityId,
        state: &CaseState,
        notice: NoticeId,
        on: Date,
        print: Option<PrintNote>,
    ) -> Result<Plan, CaseError> {
        let known = state.notice(&notice).ok_or(CaseError::NotFound)?;
        let issue = || state.notices.iter().filter(|other| other.issued_at == known.issued_at);
        if !state.is_complete(known) {
            return Err(CaseError::Input(
                "Zu diesem Brief fehlt noch ein PDF. Bitte warten Sie, bis alles gedruckt ist, was in den Umschlag gehört.".to_owned(),
            ));
        }
        if !state.is_to_post(known) {
            return Err(CaseError::Verdict(
                "Dieser Brief muss nicht mehr zur Post. Bitte laden Sie den Postausgang neu.".to_owned(),
            ));
        }
        let now = self.now();
        if on > now.date() {
            return Err(CaseError::Input(
                "Der Tag der Aufgabe zur Post liegt in der Zukunft.".to_owned(),
            ));
        }
        let made = issue()
            .filter_map(|other| other.pdf.as_ref())
            .map(|pdf| pdf.rendered_at.date())
            .max();
        if let Some(made) = made.filter(|made| on < *made) {
            return Err(CaseError::Input(format!(
                "Der Brief ist erst am {} entstanden. Bitte geben Sie einen späteren Tag an.",
                german_date(made)
            )));
        }
        let waiting = issue().filter(|other| !state.outgoing.dispatched.contains_key(&other.id));
        let notices: Vec<NoticeId> = waiting.map(|other| other.id).collect();
        let dispatched = Dispatched {
            channel: Channel::Letter,
            served: known.serve,
            day: on,
            at: now,
        };
        let mut plan = Plan::default();
        plan.push(if known.serve {
            Event::LetterServed {
                notices: notices.clone(),
                on,
            }
        } else {
            Event::LetterPosted {
                notices: notices.clone(),
                on,
                print,
            }
        });
        let (package, _) = self.package_of(authority, state)?;
        period::reckon(state, package, authority, state.id, &notices, dispatched, &mut plan)?;
        Ok(plan)
    }

    fn recall(&self, authority: AuthorityId, state: &CaseState, notice: NoticeId) -> Result<Plan, CaseError> {
        let known = state.notice(&notice).ok_or(CaseError::NotFound)?;
        let posted = |id: &NoticeId| {
            state
                .outgoing
                .dispatched
                .get(id)
                .filter(|done| done.channel == Channel::Letter)
        };
        let Some(dispatched) = posted(&notice) else {
            return Err(CaseError::Verdict(
                "Dieser Brief ist nicht als abgeschickt vermerkt.".to_owned(),
            ));
        };
        if !self.recallable(authority, state, known, *dispatched)? {
            return Err(CaseError::TooLate(
                "Das lässt sich nicht mehr zurücknehmen: Die Frist, die mit diesem Brief begann, ist vorbei, oder die Person hat schon geantwortet."
                    .to_owned(),
            ));
        }
        let issue = state.notices.iter().filter(|other| other.issued_at == known.issued_at);
        let notices: Vec<NoticeId> = issue.map(|other| other.id).filter(|id| posted(id).is_some()).collect();
        let mut plan = Plan::default();
        if state.outgoing.channel(known) == Channel::Email {
            // The person chose e-mail meanwhile: that is how it goes out now.
            let id = format!("recalled-{}", state.stream_version);
            plan.jobs
                .push(message::job(authority, state.id, What::Notice, &id, self.now()));
        }
        plan.push(Event::LetterRecalled { notices });
        Ok(plan)
    }

    /// Whether the period a posted letter set going still runs.
    fn recallable(
        &self,
        authority: AuthorityId,
        state: &CaseState,
        notice: &Notice,
        dispatched: Dispatched,
    ) -> Result<bool, CaseError> {
        let now = self.now();
        if notice.letter {
            let runs = |name: &str| {
                state
                    .deadlines
                    .iter()
                    .any(|known| known.runs() && known.name == name && known.due > now)
            };
            return Ok(state.open_supply().is_some() && runs(crate::state::COOPERATION));
        }
        if state.objections.iter().any(|objection| objection.notice == notice.id) {
            return Ok(false);
        }
        let (package, _) = self.package_of(authority, state)?;
        let end = period::objection_end(package.manifest().procedure, dispatched)?;
        let ended = state
            .objection_deadline(notice)
            .is_some_and(|deadline| !deadline.runs());
        Ok(!ended && end.is_none_or(|end| end > now))
    }

    /// `None` when somebody else changed the case in this moment.
    async fn write_dispatch(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        state: &CaseState,
        plan: Plan,
    ) -> Result<Option<()>, CaseError> {
        let act = Act {
            actor,
            purpose: Purpose::Dispatch.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, state.id, Some(state), &act, plan)?;
        match self.inner.journal.commit(commit).await {
            Ok(_) => Ok(Some(())),
            Err(CommitError::Conflict { .. }) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    async fn case_of(&self, authority: AuthorityId, notice: NoticeId) -> Result<CaseId, CaseError> {
        let sql = "SELECT case_id FROM notice WHERE authority = $1 AND notice_id = $2";
        let values = [Sql::Text(authority.to_string()), Sql::Text(notice.to_string())];
        let rows = self.inner.store.fetch(sql, &values).await?;
        let row = rows.first().ok_or(CaseError::NotFound)?;
        CaseId::parse(row.text("case_id")?).map_err(damaged)
    }
}

fn envelopes(rows: &[Row]) -> Result<Vec<(i64, String)>, CaseError> {
    let pair = |row: &Row| Ok((row.int("since")?, row.text("case_id")?.to_owned()));
    rows.iter().map(pair).collect()
}

fn document(row: &Row) -> Result<OutboxDocument, CaseError> {
    Ok(OutboxDocument {
        notice: NoticeId::parse(row.text("notice_id")?).map_err(damaged)?,
        template: row.text("template")?.to_owned(),
        kind: LetterKind::from_code(row.text("kind")?).ok_or_else(|| damaged("kind"))?,
        code: row.text("code")?.to_owned(),
    })
}
