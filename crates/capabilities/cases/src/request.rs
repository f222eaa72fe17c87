//! What the applicant was asked for, and their answer: in time it ends the task; when nothing waits for it, it is still taken to the file.

use wegfrei_identity::Action;
use wegfrei_journal::Access;
use wegfrei_model::{AuthorityId, CaseId, PersonId, Timestamp};

use crate::advance::RequestRecord;
use crate::contents::process_of;
use crate::error::CaseError;
use crate::event::{Event, VerdictKind};
use crate::file::{Loaded, Plan};
use crate::help::purpose_of;
use crate::state::{COOPERATION, CaseState, Phase, RequestStand, SUIT};
use crate::task::{VerdictRecord, Weighed, completed, short_enough};
use crate::view::{FurtherAnswer, MyActions, RequestView, Suit};
use crate::withdraw::can_withdraw;
use crate::{Cases, context, objection, resident};

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("request", error)
}

/// How an answer was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supplied {
    /// In time: the case goes on.
    InTime,
    /// Within the time the letter gave, but nothing waits for it: it is in the file, the caseworker sees it.
    Further,
    /// After the deadline: it is in the file, the caseworker sees it.
    Late,
}

/// Another entry in the same moment is no reason to lose a person's deadline.
const ATTEMPTS: u8 = 3;

/// Whether an answer that arrives at this moment is in time. The deadline counts to the moment, whether or not the job that ends the task
/// has come to it, and only from the day the request left the house; a model that sets no deadline takes every answer.
pub(crate) fn answer_in_time(state: &CaseState, arrived: Timestamp) -> bool {
    let mut running = state.deadlines.iter().filter(|deadline| deadline.runs());
    state.open_supply().is_some()
        && !running.any(|deadline| deadline.name == COOPERATION && deadline.due <= arrived && state.has_begun(deadline))
}

/// How an answer, or a paper, that arrives at this moment is taken. Late is what comes after the last day the person was given: that the
/// desk waits no longer takes no day from them. What this says stands in the file, by which is judged who has cooperated (§§ 66, 67 SGB I).
pub(crate) fn taken(state: &CaseState, arrived: Timestamp) -> Supplied {
    if answer_in_time(state, arrived) {
        return Supplied::InTime;
    }
    // Nobody is late for what was called off.
    let asked = state.requests.last().filter(|request| !request.is_called_off());
    match asked.and_then(|request| state.answer_period(request)) {
        Some(period) if period.due <= arrived && state.has_begun(period) => Supplied::Late,
        _ => Supplied::Further,
    }
}

/// Whether what nobody waits for is taken to the file: the desk has asked once, or somebody there will look into the case before it is
/// decided. Who only helps was asked to answer, and sends nothing unasked.
pub(crate) fn takes_further(state: &CaseState, person: PersonId) -> bool {
    let undecided = !state.is_decided() || state.reopened.is_some();
    let unasked = state.open_task().is_some() && undecided && person == state.person;
    state.phase == Phase::Running && (!state.requests.is_empty() || unasked)
}

/// The time for suing that runs, or has not begun.
pub(crate) fn suit(state: &CaseState, now: Timestamp) -> Option<Suit> {
    let mut running = state.deadlines.iter().filter(|deadline| deadline.runs());
    let deadline = running.find(|deadline| deadline.name == SUIT)?;
    if !state.has_begun(deadline) {
        return Some(Suit { until: None });
    }
    (deadline.due > now).then_some(Suit {
        until: Some(deadline.due),
    })
}

impl Cases {
    /// What a resident was asked for last in a case of theirs, opened under a record; `None` when nothing was.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for somebody else's, which is recorded.
    pub async fn my_request(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Option<RequestView>, CaseError> {
        let loaded = self.answerable_case(person, authority, case).await?;
        if loaded.state.requests.is_empty() {
            return Ok(None);
        }
        let purpose = purpose_of(person, &loaded.state);
        let access = self
            .access(&resident(person), authority, &loaded.state, Action::ViewCase, purpose)
            .await?;
        Ok(self.request_views(&loaded, &access)?.pop())
    }

    /// What a resident may do now with a sent case of theirs. Names no contents.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for somebody else's, which is recorded.
    pub async fn my_actions(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<MyActions, CaseError> {
        let loaded = self.answerable_case(person, authority, case).await?;
        let state = &loaded.state;
        let running = state.phase == Phase::Running;
        let in_time = answer_in_time(state, self.now());
        let sue = suit(state, self.now());
        let called_off = match state.requests.last().map(|request| request.stand) {
            Some(RequestStand::CalledOff { at }) => Some(at),
            _ => None,
        };
        if person != state.person {
            // Who helps answers; everything else is the resident's.
            return Ok(MyActions {
                supply: state.open_supply().filter(|_| in_time).map(|task| task.id),
                supply_further: !in_time && takes_further(state, person),
                asked: !state.requests.is_empty(),
                called_off,
                passed: state.passed.clone(),
                ..MyActions::default()
            });
        }
        Ok(MyActions {
            supply: state.open_supply().filter(|_| in_time).map(|task| task.id),
            supply_begun: state.requests.last().is_none_or(|request| state.answer_begun(request)),
            supply_further: !in_time && takes_further(state, person),
            asked: !state.requests.is_empty(),
            called_off,
            withdraw: running && can_withdraw(state),
            object: self.objectable(state),
            missed: self.missed(state),
            objections: self.objection_views(authority, state).await?,
            sue,
            court: sue.and_then(|_| self.court(authority)),
            passed: state.passed.clone(),
            decided_anew: state.is_decided_anew(),
            // While the first application is being checked there is nothing to follow.
            follow_up: state.withdrawn_at.is_none()
                && state.main_letters().next().is_some()
                && state.service != objection::SERVICE
                && self.inner.catalogue.adoption(&state.service, authority).is_some(),
        })
    }

    /// A sent case of one's own, or one that one helps with.
    async fn answerable_case(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Loaded, CaseError> {
        let loaded = self.load(authority, case).await?;
        let sent = matches!(loaded.state.phase, Phase::Running | Phase::Closed);
        if !sent || !loaded.state.helping.helps(person) {
            return self.own_case(person, authority, case).await;
        }
        let purpose = purpose_of(person, &loaded.state);
        self.access(
            &resident(person),
            authority,
            &loaded.state,
            Action::AnswerRequest,
            purpose,
        )
        .await?;
        Ok(loaded)
    }

    /// A draft, or a sent case to which papers may still come.
    pub(crate) async fn open_for_papers(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Loaded, CaseError> {
        if matches!(
            self.load(authority, case).await?.state.phase,
            Phase::Draft | Phase::Discarded
        ) {
            return self.editable_draft(person, authority, case).await;
        }
        let loaded = self.answerable_case(person, authority, case).await?;
        if !takes_further(&loaded.state, person) {
            return Err(CaseError::Stale);
        }
        Ok(loaded)
    }

    /// The applicant's answer to a request; papers were uploaded before with [`Cases::add_paper`]. When nothing waits for it, after the
    /// deadline (§ 67 SGB I), and unasked while the desk checks, it is taken to the file as long as the case runs, but moves nothing.
    /// What counts is when it arrived here.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when nothing was asked for and nobody checks; [`CaseError::TooLate`] when the case has ended;
    /// [`CaseError::Verdict`] when the answer is empty or too long.
    pub async fn supply(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        text: &str,
    ) -> Result<Supplied, CaseError> {
        let arrived = self.now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.try_supply(person, authority, case, (text, arrived)).await {
                Err(CaseError::Stale) if attempt < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    async fn try_supply(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        (text, arrived): (&str, Timestamp),
    ) -> Result<Supplied, CaseError> {
        let loaded = self.answerable_case(person, authority, case).await?;
        let state = &loaded.state;
        if state.phase != Phase::Running {
            return Err(CaseError::TooLate(
                "Der Vorgang ist abgeschlossen. Bitte wenden Sie sich an die Behörde oder stellen Sie einen neuen Antrag."
                    .to_owned(),
            ));
        }
        if !takes_further(state, person) {
            return Err(CaseError::Stale);
        }
        short_enough(text, "Ihre Antwort")?;
        let text = text.trim().to_owned();
        let answered = state.further_answers.last().map(|(at, ..)| *at);
        let asked = state.requests.last().map(|request| request.at);
        let is_new = |added: Timestamp| match answered.max(asked) {
            Some(since) => added >= since,
            None => Some(added) > state.submitted_at,
        };
        if text.is_empty() && !state.papers().any(|(_, paper)| is_new(paper.added_at)) {
            return Err(CaseError::Verdict(
                "Bitte laden Sie eine Unterlage hoch oder schreiben Sie eine Antwort.".to_owned(),
            ));
        }
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let mut plan = Plan::default();
        let taken = taken(state, arrived);
        let open = state.open_supply().filter(|_| taken == Supplied::InTime);
        let Some(open) = open else {
            let sealed = sealing.seal(context(case, "answer"), &text).map_err(damaged)?;
            let event = if taken == Supplied::Late {
                Event::AnsweredLate {}
            } else {
                Event::AnsweredFurther {}
            };
            plan.push_sealed(event, sealed.into_bytes());
            Self::bounded(&loaded)?;
            self.write(person, authority, &loaded, plan).await?;
            return Ok(taken);
        };
        let weighed = Weighed {
            kind: VerdictKind::Supplied,
            record: VerdictRecord {
                reason: text,
                ..VerdictRecord::default()
            },
            request: None,
        };
        self.push_verdict(&mut plan, case, open.id, &weighed, &sealing)?;
        let process = process_of(state)?;
        let input = completed(open, &process)?;
        let result = Some(weighed.kind.result());
        let opened = self
            .opened_by_platform("process", authority, &loaded, (&process, &input), result)
            .await?;
        let offer = self.package_of(authority, state)?;
        let mut runner = self.runner(authority, offer, &sealing, state, opened, "task");
        runner.result = result;
        runner.tasks.retain(|(known, _, _)| *known != open.id);
        runner.step(&process, &input, &mut plan)?;
        self.write(person, authority, &loaded, plan).await?;
        Ok(Supplied::InTime)
    }

    /// What was asked for, oldest first.
    pub(crate) fn request_views(&self, loaded: &Loaded, access: &Access) -> Result<Vec<RequestView>, CaseError> {
        let state = &loaded.state;
        let last = state.requests.len();
        let requests = state.requests.iter().enumerate();
        requests
            .map(|(at, request)| {
                let sealed = loaded
                    .sealed(request.entry)?
                    .typed::<RequestRecord>(context(state.id, "request"));
                let record = sealed.open(access).map_err(damaged)?;
                let open = at + 1 == last && answer_in_time(state, self.now());
                let over = self.now() >= Timestamp::end_of_day(request.due) && state.answer_begun(request);
                Ok(RequestView {
                    text: record.text,
                    papers: record.papers,
                    asked_at: request.at,
                    due: request.due,
                    named: request.named,
                    until: Timestamp::end_of_day(request.due),
                    begun: state.answer_begun(request),
                    open,
                    stand: match request.stand {
                        // The job that says so has not come yet.
                        RequestStand::Open if !open && over => RequestStand::Missed,
                        stand => stand,
                    },
                })
            })
            .collect()
    }
}

/// Answers that nothing waited for any more, oldest first.
pub(crate) fn further_answers(loaded: &Loaded, access: &Access) -> Result<Vec<FurtherAnswer>, CaseError> {
    let answers = loaded.state.further_answers.iter();
    answers
        .map(|(at, entry, late)| {
            let sealed = loaded
                .sealed(*entry)?
                .typed::<String>(context(loaded.state.id, "answer"));
            Ok(FurtherAnswer {
                at: *at,
                text: sealed.open(access).map_err(damaged)?,
                late: *late,
            })
        })
        .collect()
}
