//! A task of the desk: confirm the proposal, correct what it rests on, ask the applicant, or release what a colleague checked.

mod draft;
mod outcome;
mod questions;
mod read;
mod rows;

pub(crate) use draft::{decided, draft, draft_shown};

use self::questions::{correctable, question};
use self::read::Typed;
use self::rows::Answers;
use super::case::{held, package_of, papers};
use super::happened::{exchanges, first_decided, replaces};
use super::words::{Labels, changes, corrected, is_choice, proposal, since_earlier};
use super::{CasePath, ask_purpose, base, parts_of, purpose};
use crate::body::Posted;
use crate::layers::Framing;
use crate::problem::Problem;
use crate::render::{TaskPage, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::desk::{Answering, Awaited, RequestForm, TaskView, TextBlock};
use crate::visit::Visit;
use crate::wire::form::corrected_answers;
use crate::wire::own::last_day;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{AtTask, CaseError, CaseView, OBJECTION_SERVICE, TakeBack, Verdict, answer_day};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::deadline::working_day_from;
use wegfrei_model::time::date_words;
use wegfrei_model::{Date, TaskId};
use wegfrei_packages::Package;
use wegfrei_process::Work;

/// Days an applicant usually gets to answer.
const USUAL_DAYS: i64 = 28;

/// The reader, their case, and what it is shown by.
struct Desk<'a> {
    state: &'a WebState,
    visit: &'a Visit,
    actor: &'a Actor,
    /// What for; it is recorded with whatever is done here.
    purpose: Purpose,
    opened: CaseView,
    package: &'a Package,
}

impl<'a> Desk<'a> {
    /// Opens the case for the chosen purpose, or asks for it.
    async fn open(
        state: &'a WebState,
        visit: &'a Visit,
        path: &CasePath,
    ) -> Result<Result<Desk<'a>, Response>, Problem> {
        let (actor, _) = visit.official()?;
        let (authority, case) = path.ids()?;
        // Who decides works on the application, or on an objection; other purposes only look.
        let chosen = purpose::chosen(state, visit, case)
            .filter(|purpose| matches!(purpose, Purpose::CaseWork | Purpose::LegalRemedy));
        let Some(chosen) = chosen else {
            return Ok(Err(ask_purpose(state, visit, (authority, case), false).await?));
        };
        let opened = state.cases.open_case(actor, chosen, authority, case).await?;
        let package = package_of(state, &opened)?;
        Ok(Ok(Desk {
            state,
            visit,
            actor,
            purpose: chosen,
            opened,
            package,
        }))
    }

    fn t(&self) -> &'static Texts {
        self.visit.frame.t
    }

    fn base(&self) -> String {
        base(self.opened.authority, self.opened.case)
    }

    fn today(&self) -> Date {
        self.state.cases.now().date()
    }

    /// The task that is open and the reader's to end: not a colleague's.
    fn task(&self) -> Option<(TaskId, Work)> {
        let task = self.opened.task.as_ref().filter(|task| !task.held);
        task.map(|task| (task.task, task.work))
    }

    /// Whether the applicant is asked for something and has not answered.
    fn awaits(&self) -> bool {
        self.task().is_some_and(|(_, work)| work == Work::Supply)
    }

    /// This reader's step on the task.
    fn at(&self, task: TaskId) -> AtTask {
        AtTask {
            actor: self.actor.clone(),
            purpose: self.purpose,
            authority: self.opened.authority,
            case: self.opened.case,
            task,
        }
    }

    /// The answers that may be corrected row by row: those of inputs that follow from the form data as it stands.
    fn rows(&self) -> Answers<'_> {
        let from_form = self
            .package
            .facts(&self.opened.amended, self.opened.submitted_at.date());
        // Without a task (a colleague was first) nothing is asked, but what was typed is read to be given back.
        let open = |input: &str| {
            self.opened.task.as_ref().is_none_or(|task| {
                let mut known = task.correctable.iter();
                known.any(|(name, now)| name == input && from_form.get(input) == Some(now))
            })
        };
        let mut parts = self.package.desk_parts();
        parts.retain(|part| open(&part.input));
        Answers {
            t: self.t(),
            package: self.package,
            parts,
            now: &self.opened.amended,
            today: self.today(),
            action: format!("{}/aufgabe", self.base()),
        }
    }

    /// Whether all that can be changed here is the desk's own to decide.
    fn is_choice(&self) -> bool {
        is_choice(self.package, self.package.correctable().iter())
    }

    /// Whether a reason alone is enough: the same facts are reckoned anew.
    fn recomputes(&self) -> bool {
        self.opened.task.as_ref().is_some_and(|task| task.can_recompute)
    }

    /// The day that is proposed for an answer: a working day, another would silently become the next one.
    fn usual_due(&self) -> Date {
        let usual = days_after(self.today(), USUAL_DAYS);
        working_day_from(usual).unwrap_or(usual)
    }

    fn request_form(&self) -> Option<RequestForm> {
        self.opened.task.as_ref().filter(|task| task.can_request)?;
        let due = self.usual_due();
        Some(RequestForm {
            counts: self.counts(due),
            blocks: self.blocks(),
            due: parts_of(due),
            ..RequestForm::default()
        })
    }

    fn awaited_form(&self) -> Awaited {
        let mut running = self.opened.deadlines.iter();
        let until = running.find(|deadline| deadline.name == "mitwirkungsfrist");
        Awaited {
            until: until.map(|deadline| last_day(self.t(), deadline.due)),
            due: parts_of(self.usual_due()),
            ..Awaited::default()
        }
    }

    /// Papers the form asks for that did not come with the application.
    fn missing(&self) -> Vec<String> {
        let form = self.package.form();
        let sent = &self.opened.application;
        let hidden = form.evaluate(sent, self.today()).hidden;
        let mut fields = Vec::new();
        for page in form.pages() {
            questions::fields(&page.items, &mut fields);
        }
        let files = fields
            .into_iter()
            .filter(|field| matches!(field.kind, wegfrei_forms::Kind::File { .. }) && !hidden.contains(&field.path));
        let empty = |value: Option<&serde_json::Value>| match value {
            None | Some(serde_json::Value::Null) => true,
            Some(serde_json::Value::Array(items)) => items.is_empty(),
            Some(_) => false,
        };
        files
            .filter(|field| empty(form.get(sent, &field.id)))
            .map(|field| field.label_out.clone())
            .collect()
    }

    /// What has come since the first pair of eyes checked, for the second: who checked did not know it.
    fn since_check(&self) -> Vec<String> {
        let t = self.t();
        let Some(checked) = self.opened.done.last().map(|done| done.at) else {
            return Vec::new();
        };
        if self.task().is_none_or(|(_, work)| work != Work::Release) {
            return Vec::new();
        }
        let papers = self.opened.papers.iter().filter(|paper| paper.added_at > checked);
        let answers = self.opened.further_answers.iter().filter(|answer| answer.at > checked);
        let answers = answers.map(|answer| fill(t.task_since_message, "time", answer.at.german()));
        papers.map(|paper| paper.file_name.clone()).chain(answers).collect()
    }

    /// What day would count when this one is named and the letter leaves the house today.
    fn counts(&self, named: Date) -> String {
        let t = self.t();
        let last = answer_day(self.package, self.today(), named).unwrap_or(named);
        let words = fill(t.task_ask_counts, "date", date_words(named, t.language));
        fill(&words, "last", date_words(last, t.language))
    }

    fn blocks(&self) -> Vec<TextBlock> {
        let questions = self.package.manifest().questions.iter();
        questions
            .map(|question| TextBlock {
                name: question.name.clone(),
                text: question.text.clone(),
            })
            .collect()
    }

    fn page(&self, typed: Typed) -> Response {
        let t = self.t();
        let base = self.base();
        let labels = Labels::of(self.package);
        let rows = self.rows();
        let (title, answering) = match &self.opened.task {
            None => (t.desk_task.to_owned(), Answering::Nothing),
            Some(task) => {
                let answering = match task.work {
                    _ if task.held => Answering::Nothing,
                    Work::Supply => {
                        let form = typed.awaited.clone().unwrap_or_else(|| self.awaited_form());
                        Answering::Awaited(Box::new(form))
                    }
                    Work::Release => Answering::Release,
                    Work::Review => Answering::Review {
                        fields: correctable(self.package, &self.opened)
                            .iter()
                            .filter_map(|item| {
                                let value = typed.values.get(&item.name).unwrap_or(&item.now);
                                question(self.visit, item, value, &typed.problems)
                            })
                            .collect(),
                        sections: rows.sections(
                            typed.data.as_ref().unwrap_or(&self.opened.amended),
                            &typed.rows_wrong,
                            typed.fresh.as_deref(),
                        ),
                        request: typed.request.clone().or_else(|| self.request_form()).map(Box::new),
                        preview: typed.preview.clone().map(Box::new),
                    },
                };
                (task.name.clone(), answering)
            }
        };
        let errors = typed.errors();
        let status = match (&typed.overtaken, typed.wrong()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, true) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, false) => StatusCode::OK,
        };
        let view = TaskView {
            action: format!("{base}/aufgabe"),
            reference: self.opened.reference.clone(),
            title,
            first_decided: first_decided(t, &self.opened),
            replaces: replaces(t, &base, &self.opened),
            back: base.clone(),
            choice: self.is_choice(),
            recomputes: self.recomputes(),
            proposal: self
                .opened
                .decision
                .as_ref()
                .filter(|_| self.opened.task.as_ref().is_none_or(|task| task.can_confirm))
                .map(|decision| proposal(t, &labels, decision)),
            carry: self
                .opened
                .contested
                .as_ref()
                .filter(|_| self.opened.take_back == Some(TakeBack::Grant))
                .map(|first| super::base(self.opened.authority, first.case)),
            since_earlier: since_earlier(t, &self.opened),
            changes: changes(t, &labels, &self.opened),
            groups: corrected_answers(
                t,
                self.package.form(),
                &self.opened.application,
                &corrected(t, self.package, &labels, &self.opened),
                |_| String::new(),
            ),
            objection: self.opened.service == OBJECTION_SERVICE,
            papers: papers(t, &base, &self.opened, None),
            exchanges: exchanges(t, &self.opened),
            since_check: self.since_check(),
            returned: returned(&self.opened),
            missing: self.missing(),
            unchecked: typed.unchecked,
            answering,
            reason: typed.reason,
            reason_error: typed.reason_error,
            version: self.opened.version,
            errors,
            overtaken: typed.overtaken,
            held: held(t, &self.opened),
        };
        Framing::Holds.mark(page(
            status,
            &TaskPage {
                f: &self.visit.frame,
                v: &view,
            },
        ))
    }

    /// Gives the applicant more time.
    async fn extend(&self, path: &CasePath, task: TaskId, posted: &Posted) -> Result<Response, Problem> {
        let t = self.t();
        let (mut form, day) = self.awaited(posted);
        form.due_error = day.is_none().then(|| t.task_ask_due_wrong.to_owned());
        form.why_error = form.why.is_empty().then(|| t.task_extend_why_missing.to_owned());
        let why = form.why.clone();
        let typed = Typed {
            awaited: Some(form),
            ..Typed::default()
        };
        let (Some(until), false) = (day, typed.wrong()) else {
            return Ok(self.page(typed));
        };
        let (at, version) = (self.at(task), self.opened.version);
        match self.state.cases.extend_request(&at, version, until, &why).await {
            Ok(()) => {
                let to = format!("{}/entschieden?ergebnis=verlaengert", self.base());
                Ok(Redirect::to(&to).into_response())
            }
            Err(CaseError::Verdict(words)) => Ok(self.page(Typed {
                general: Some(words),
                ..typed
            })),
            Err(CaseError::Stale | CaseError::Held(_)) => match Desk::open(self.state, self.visit, path).await? {
                Ok(now) => Ok(now.overtaken(posted)),
                Err(question) => Ok(question),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// The page again with a row more or less; nothing typed is lost, and nothing is complained about yet.
    fn row_changed(&self, posted: &Posted, wish: &str) -> Response {
        let typed = self.corrections(posted).typed;
        let mut data = typed.data.unwrap_or_else(|| self.opened.amended.clone());
        let fresh = self.rows().change(&mut data, wish);
        self.page(Typed {
            values: typed.values,
            data: Some(data),
            reason: typed.reason,
            fresh,
            ..Typed::default()
        })
    }
}

/// Why the task that is open was given back, when that is what happened last.
pub(super) fn returned(opened: &CaseView) -> Option<(String, String)> {
    let last = opened
        .done
        .last()
        .filter(|done| done.verdict == VerdictKind::Returned)?;
    opened.task.as_ref().filter(|task| task.work == Work::Review)?;
    Some((last.by.clone(), last.reason.clone()))
}

/// So many days later; the day itself where the calendar ends.
fn days_after(day: Date, days: i64) -> Date {
    let later = wegfrei_model::Timestamp::start_of_day(day).saturating_add(std::time::Duration::from_secs(
        days.unsigned_abs() * 24 * 3600 + 12 * 3600,
    ));
    later.date()
}

/// `GET /amt/vorgang/{authority}/{case}/aufgabe`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(question) => return Ok(question),
    };
    // What somebody else has to do is not asked of the reader; the case says why.
    let hindered = desk.opened.task.as_ref().is_some_and(|task| task.hindrance.is_some());
    if hindered || (desk.task().is_none() && held(desk.t(), &desk.opened).is_none()) {
        return Ok(Redirect::to(&desk.base()).into_response());
    }
    Ok(desk.page(Typed::default()))
}

/// `POST /amt/vorgang/{authority}/{case}/aufgabe`
pub(crate) async fn answer(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let version = posted.version()?;
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(question) => return Ok(question),
    };
    if let Some(task) = desk.opened.task.as_ref().filter(|task| task.held) {
        // A colleague has it by now: that is refused and recorded, and what was typed is given back.
        return match state.cases.may_end(&desk.at(task.task)).await {
            Ok(()) | Err(CaseError::Held(_) | CaseError::Stale) => Ok(desk.overtaken(&posted)),
            Err(error) => Err(error.into()),
        };
    }
    let Some((task, _)) = desk.task().filter(|_| desk.opened.version == version) else {
        return Ok(desk.overtaken(&posted));
    };
    if let Some(wish) = posted.get("zeile") {
        return Ok(desk.row_changed(&posted, wish));
    }
    if posted.get("antwort") == Some("bearbeiten") {
        return Ok(desk.page(desk.corrections(&posted).typed));
    }
    if posted.get("antwort") == Some("verlaengern") && desk.awaits() {
        return desk.extend(&path, task, &posted).await;
    }
    let (verdict, typed) = match desk.verdict(&posted) {
        Ok(read) => read,
        Err(typed) => return Ok(desk.page(*typed)),
    };
    // Confirming is a click; that it was checked is said by whoever confirms.
    let carries = desk.opened.take_back == Some(TakeBack::Grant);
    if matches!(verdict, Verdict::Confirm { .. }) && !carries && posted.get("geprueft") != Some("ja") {
        return Ok(desk.page(Typed {
            unchecked: true,
            ..typed
        }));
    }
    let at = desk.at(task);
    let corrected = match &verdict {
        Verdict::Correct {
            corrections, answers, ..
        } => Some((corrections, answers)),
        _ => None,
    };
    if let (Some("ansehen"), Some(corrected)) = (posted.get("antwort"), corrected) {
        return match desk.preview(&at, corrected, &posted).await {
            Ok(preview) => Ok(desk.page(Typed {
                preview: Some(preview),
                ..typed
            })),
            Err(CaseError::Verdict(words)) => Ok(desk.page(Typed {
                general: Some(words),
                ..typed
            })),
            Err(CaseError::Stale | CaseError::Held(_)) => match Desk::open(&state, &visit, &path).await? {
                Ok(now) => Ok(now.overtaken(&posted)),
                Err(question) => Ok(question),
            },
            Err(error) => Err(error.into()),
        };
    }
    let result = match &verdict {
        Verdict::Confirm { .. } if carries => "umgesetzt",
        Verdict::Confirm { .. } => "bestaetigt",
        Verdict::Correct { .. } if desk.is_choice() || desk.recomputes() => "entschieden",
        Verdict::Correct { .. } => "korrigiert",
        Verdict::RequestPapers { .. } => "nachgefordert",
        Verdict::Release { .. } => "freigegeben",
        Verdict::Return { .. } => "zurueckgegeben",
        Verdict::Supply { .. } => "eingegangen",
    };
    match state.cases.complete_task(&at, version, verdict).await {
        Ok(()) => {
            let to = format!("{}/entschieden?ergebnis={result}", desk.base());
            Ok(Redirect::to(&to).into_response())
        }
        Err(CaseError::Verdict(words)) => Ok(desk.page(Typed {
            general: Some(words),
            ..typed
        })),
        // Between opening and deciding somebody was first.
        Err(CaseError::Stale | CaseError::Held(_)) => match Desk::open(&state, &visit, &path).await? {
            Ok(now) => Ok(now.overtaken(&posted)),
            Err(question) => Ok(question),
        },
        Err(error) => Err(error.into()),
    }
}
