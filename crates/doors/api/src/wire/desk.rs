//! The desk: worklist, case under a recorded purpose, verdict.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{
    AtTask, CaseError, CaseView, DecisionView, DoneTask, Holder, TakeBack, TaskView, Verdict, WorkItem, WorklistQuery,
    WorklistView,
};
use wegfrei_identity::Purpose;
use wegfrei_model::{AuthorityId, CaseId, Date, TaskId};
use wegfrei_packages::AnswerChange;

use super::case_file::CaseFile;
use super::mine::{CasePath, CaseStatus, NoticeLine, PurposeQuery};
use crate::ApiState;
use crate::extract::{Asked, Json, Named, Official, number, word};
use crate::problem::{Decides, Failure, Kind, Opens, Redecides, Worklist};

/// Lines of a page without asking, and most.
const LINES: (u64, u64) = (50, 200);

/// One line of the worklist; names no contents.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkLine {
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// The task; null in the list of all cases.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8059")]
    task: Option<String>,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// What is to be done.
    #[schema(example = "Angaben und Nachweise prüfen")]
    name: String,
    /// Name of the legal deadline the case waits for (`due` is its end, null before it has begun); null where somebody has to do
    /// something.
    #[schema(example = "rechtsbehelfsfrist")]
    awaits: Option<String>,
    /// Kind of work: `pruefung`, `freigabe` or `nachreichung`; null in the list of all cases.
    #[schema(example = "pruefung")]
    work: Option<String>,
    /// Personnel key of who holds the task; null when nobody does.
    #[schema(example = "sb-magdeburg-1")]
    holder: Option<String>,
    /// First instant after the time for it; null when there is none.
    #[schema(format = DateTime, example = "2026-06-18T22:00:00.000000Z")]
    due: Option<String>,
    /// Whether the period that `due` ends has begun; else it ends then at the earliest.
    begun: bool,
    /// Since when it waits, or when it was sent.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    since: String,
    /// Where the case stands.
    status: CaseStatus,
}

impl From<WorkItem> for WorkLine {
    fn from(item: WorkItem) -> Self {
        WorkLine {
            case: item.case.to_string(),
            task: item.task.map(|task| task.to_string()),
            reference: item.reference,
            service: item.service,
            name: item.name,
            awaits: item.awaits,
            work: item.work,
            holder: item.holder.map(|holder| holder.id),
            due: item.due.map(|due| due.to_string()),
            begun: item.begun,
            since: item.since.to_string(),
            status: item.status.into(),
        }
    }
}

/// One page of the worklist.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkPage {
    /// The lines.
    items: Vec<WorkLine>,
    /// `after` of the next page; null on the last.
    #[schema(example = "n.1773825300000000.01980a5d-ac96-774b-bcce-b302099a8059")]
    next: Option<String>,
}

/// A case, opened at the desk.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeskCase {
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// The competent authority.
    #[schema(example = "15003000")]
    authority: String,
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
    /// Where it stands.
    status: CaseStatus,
    /// When it was sent.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    submitted_at: String,
    /// The application as sent, by element id.
    #[schema(value_type = Object)]
    application: Value,
    /// The application with all corrections of answers, by element id.
    #[schema(value_type = Object)]
    amended: Value,
    /// Answers that were corrected, row by row.
    answer_changes: Vec<AnswerChangeShape>,
    /// Of a follow-up application: answers that differ from what it began with, as sent the last time, row by row; `submitted` is the
    /// earlier answer, `corrected` the one sent now, and paths of rows taken out are those of the earlier application. Null for others.
    since_earlier: Option<Vec<AnswerChangeShape>>,
    /// Other inputs of the decision that were corrected.
    changes: Vec<ChangeShape>,
    /// Papers.
    papers: Vec<PaperLine>,
    /// The newest decision, if one was computed.
    decision: Option<DecisionShape>,
    /// The open task, if one is.
    task: Option<TaskShape>,
    /// Tasks that are done, oldest first.
    done: Vec<DoneShape>,
    /// Notices.
    notices: Vec<NoticeLine>,
    /// What happened, oldest first.
    timeline: Vec<TimelineLine>,
    /// What else lies in the file.
    file: CaseFile,
    /// An objection has succeeded, and the asking person can decide anew.
    redecide: bool,
    /// The notice that the decision being made will replace; null when none is made anew.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8058")]
    replaces: Option<String>,
    /// What the asking person can take back: `redecision`, or in an objection's case `grant`.
    #[schema(example = "redecision")]
    take_back: Option<&'static str>,
    /// Pass it back with a verdict.
    #[schema(example = 4)]
    version: u64,
}

/// An answer that was corrected, or a row that came or went.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerChangeShape {
    /// Path with indices: in `amended`, of a row taken out in `application`.
    #[schema(example = "G15000100007.1.G15000100071.0.F15000100083")]
    path: String,
    /// The rows it lies in, outermost first.
    #[schema(example = json!(["2. Mitglied des Haushalts: Paul Mustermann", "1. Einnahme: Arbeit"]))]
    rows: Vec<String>,
    /// The question; of a row that came or went, the row itself.
    #[schema(example = "Betrag (brutto)")]
    label: String,
    /// As submitted; null: there was no such row.
    #[schema(example = "900,00 €")]
    submitted: Option<String>,
    /// As corrected; null: the row was taken out.
    #[schema(example = "1.200,00 €")]
    corrected: Option<String>,
}

impl From<AnswerChange> for AnswerChangeShape {
    fn from(change: AnswerChange) -> Self {
        AnswerChangeShape {
            path: change.path,
            rows: change.rows,
            label: change.label,
            submitted: change.submitted,
            corrected: change.corrected,
        }
    }
}

/// An input of the decision that was corrected.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeShape {
    /// Name of the input.
    #[schema(example = "gefaehrlich")]
    name: String,
    /// As submitted.
    #[schema(value_type = Value)]
    submitted: Value,
    /// As corrected.
    #[schema(value_type = Value)]
    corrected: Value,
}

/// A paper.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaperLine {
    /// The paper.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8060")]
    paper: String,
    /// The name its owner gave it.
    #[schema(example = "ausweis.pdf")]
    file_name: String,
    /// Media type found in the bytes.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// Bytes.
    #[schema(example = 48_213)]
    size: u64,
    /// When it came.
    #[schema(format = DateTime, example = "2026-03-18T09:10:00.000000Z")]
    added_at: String,
}

/// A computed decision.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionShape {
    /// The result.
    #[schema(value_type = Object)]
    value: Value,
    /// Rule by rule, with legal bases.
    #[schema(value_type = Object)]
    explanation: Value,
    /// The inputs `antrag`, `parameter` and `datum` it was computed from.
    #[schema(value_type = Object)]
    inputs: Value,
    /// By which package: with it and the inputs the decision is computed again, to the same bytes. Null where early versions did not keep
    /// it.
    package: Option<OriginShape>,
    /// Whether no human had to look.
    automatic: bool,
}

/// The package that decided.
#[derive(Serialize, ToSchema)]
pub(crate) struct OriginShape {
    /// Service id.
    #[schema(example = "wohngeld")]
    id: String,
    /// Its version.
    #[schema(example = "1.0.0")]
    version: String,
    /// SHA-256 over all its files.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
}

/// The open task.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskShape {
    /// The task.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8059")]
    task: String,
    /// What is to be done.
    #[schema(example = "Angaben und Nachweise prüfen")]
    name: String,
    /// Since when.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    opened_at: String,
    /// Kind of work: `pruefung` (confirm, correct, ask for papers), `freigabe` (a second person releases or returns) or
    /// `nachreichung` (the applicant answers).
    #[schema(example = "pruefung")]
    work: String,
    /// Whether the applicant can be asked for papers here.
    can_request: bool,
    /// Whether `correct` may name a reason and change nothing: it is decided anew after an objection has succeeded, and the same answers
    /// are reckoned by what holds now.
    can_recompute: bool,
    /// Why the asking person cannot end it, a German sentence; null when they can.
    #[schema(
        example = "Vier Augen: Sie haben diesen Vorgang selbst geprüft. Freigeben oder zurückgeben muss eine andere Person."
    )]
    hindrance: Option<String>,
    /// Personnel key of who holds it; null when nobody does. Only the holder, and while they are absent their deputy, ends it.
    #[schema(example = "sb-magdeburg-1")]
    holder: Option<String>,
    /// What may be corrected, with today's value.
    #[schema(value_type = Object, example = json!({"gefaehrlich": true}))]
    correctable: Map<String, Value>,
}

/// A finished task.
#[derive(Serialize, ToSchema)]
pub(crate) struct DoneShape {
    /// What was done.
    #[schema(example = "Angaben und Nachweise prüfen")]
    name: String,
    /// Who, as a function and without a name.
    #[schema(example = "Sachbearbeitung, Landeshauptstadt Magdeburg")]
    by: String,
    /// When.
    #[schema(format = DateTime, example = "2026-03-18T11:30:00.000000Z")]
    at: String,
    /// `confirmed`, `corrected`, `requested`, `released`, `returned`, `supplied` (the applicant has answered) or `ended` (the desk waits no
    /// longer for that; `reason` is its own).
    #[schema(example = "confirmed")]
    verdict: String,
    /// The reason given.
    reason: String,
    /// What was corrected, without what `answers` says.
    #[schema(value_type = Object)]
    corrections: Value,
    /// Answers that were corrected, row by row.
    answers: Vec<AnswerChangeShape>,
}

/// One line of the timeline.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineLine {
    /// When.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    time: String,
    /// Kind of the journal's entry.
    #[schema(example = "case.submitted")]
    kind: String,
    /// Who, as a function and without a name.
    #[schema(example = "Antragstellende Person")]
    who: String,
    /// The move to another version of the package, or back, that it is about.
    moved: Option<MovedShape>,
    /// Number in the authority's journal.
    #[schema(example = 17)]
    seq: u64,
}

/// A move to another version of the package, or back.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovedShape {
    /// Number of the move.
    #[schema(example = 3)]
    number: u64,
    /// The version the case works with from then on.
    #[schema(example = "1.1.0")]
    version: String,
}

impl From<DecisionView> for DecisionShape {
    fn from(decision: DecisionView) -> Self {
        DecisionShape {
            value: decision.value,
            explanation: serde_json::to_value(&decision.explanation).unwrap_or_default(),
            inputs: decision.inputs,
            package: decision.package.map(|package| OriginShape {
                id: package.id,
                version: package.version,
                sha256: package.sha256,
            }),
            automatic: decision.automatic,
        }
    }
}

impl From<TaskView> for TaskShape {
    fn from(task: TaskView) -> Self {
        TaskShape {
            task: task.task.to_string(),
            name: task.name,
            opened_at: task.opened_at.to_string(),
            work: task.work.code().to_owned(),
            can_request: task.can_request,
            can_recompute: task.can_recompute,
            hindrance: task.hindrance,
            holder: task.holder.map(|holder| holder.id),
            correctable: task.correctable.into_iter().collect(),
        }
    }
}

impl From<DoneTask> for DoneShape {
    fn from(done: DoneTask) -> Self {
        let verdict = match done.verdict {
            VerdictKind::Confirmed => "confirmed",
            VerdictKind::Corrected => "corrected",
            VerdictKind::Requested => "requested",
            VerdictKind::Released => "released",
            VerdictKind::Returned => "returned",
            VerdictKind::Supplied if done.by_staff => "ended",
            VerdictKind::Supplied => "supplied",
        };
        DoneShape {
            name: done.name,
            by: done.by,
            at: done.at.to_string(),
            verdict: verdict.to_owned(),
            reason: done.reason,
            corrections: done.corrections,
            answers: done.answers.into_iter().map(AnswerChangeShape::from).collect(),
        }
    }
}

impl From<CaseView> for DeskCase {
    fn from(view: CaseView) -> Self {
        let file = CaseFile::of(&view);
        let papers = view.papers.into_iter().map(|paper| PaperLine {
            paper: paper.paper.to_string(),
            file_name: paper.file_name,
            media_type: paper.media_type,
            size: paper.size,
            added_at: paper.added_at.to_string(),
        });
        let timeline = view.timeline.into_iter().map(|item| TimelineLine {
            time: item.time.to_string(),
            kind: item.kind,
            who: item.who,
            moved: item.moved.map(|moved| MovedShape {
                number: moved.number,
                version: moved.version,
            }),
            seq: item.seq,
        });
        DeskCase {
            case: view.case.to_string(),
            authority: view.authority.to_string(),
            service: view.service,
            reference: view.reference,
            status: view.status.into(),
            submitted_at: view.submitted_at.to_string(),
            application: view.application,
            amended: view.amended,
            answer_changes: view.answer_changes.into_iter().map(AnswerChangeShape::from).collect(),
            since_earlier: view
                .since_earlier
                .map(|changes| changes.into_iter().map(AnswerChangeShape::from).collect()),
            changes: view
                .changes
                .into_iter()
                .map(|change| ChangeShape {
                    name: change.name,
                    submitted: change.submitted,
                    corrected: change.corrected,
                })
                .collect(),
            papers: papers.collect(),
            decision: view.decision.map(DecisionShape::from),
            task: view.task.map(TaskShape::from),
            done: view.done.into_iter().map(DoneShape::from).collect(),
            notices: view.notices.into_iter().map(NoticeLine::from).collect(),
            timeline: timeline.collect(),
            file,
            redecide: view.redecide,
            replaces: view.replaces.map(|notice| notice.to_string()),
            take_back: view.take_back.map(|back| match back {
                TakeBack::Redecision => "redecision",
                TakeBack::Grant => "grant",
            }),
            version: view.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkQuery {
    /// `open` (usual): waiting for a person, the oldest first. `mine`: held by the asking person, or by an absent colleague whose
    /// deputy they are. `due-soon`: due within seven days. `overdue`. `waiting`: for the applicant. `mine-done`: finished by the
    /// asking person. `all`: every case sent to the authority, the newest first.
    #[param(required = false, example = "open")]
    filter: Option<String>,
    /// Only what this colleague (personnel key) holds; `nobody`: what nobody holds. Not with `mine`, `mine-done` and `all`.
    #[param(required = false, example = "nobody")]
    holder: Option<String>,
    /// Only this service.
    #[param(required = false, example = "wohngeld")]
    service: Option<String>,
    /// `next` of the page before.
    #[param(required = false)]
    after: Option<String>,
    /// At most so many lines, 1 to 200; usually 50.
    #[param(required = false, value_type = u32, minimum = 1, maximum = 200, example = 50)]
    limit: Option<String>,
}

/// Worklist
///
/// One page of the list of one's own authority. It names no contents and so is not recorded.
#[utoipa::path(get, path = "/api/desk/worklist", tag = "desk", operation_id = "getWorklist", params(WorkQuery),
    responses((status = 200, description = "One page", body = WorkPage), Worklist), security(("token" = [])))]
pub(crate) async fn worklist(
    State(state): State<ApiState>,
    official: Official,
    Asked(query): Asked<WorkQuery>,
) -> Result<Answer<WorkPage>, Failure> {
    let filters = [
        ("open", WorklistView::Team),
        ("mine", WorklistView::Mine),
        ("due-soon", WorklistView::DueSoon),
        ("overdue", WorklistView::Overdue),
        ("waiting", WorklistView::Waiting),
        ("mine-done", WorklistView::DoneByMe),
        ("all", WorklistView::All),
    ];
    let view = word("filter", query.filter.as_deref().unwrap_or("open"), &filters)?;
    let (usual, most) = LINES;
    let limit = number("limit", query.limit.as_deref(), usual, most)?;
    let asked = WorklistQuery {
        service: query.service,
        holder: query.holder.map(|holder| match holder.as_str() {
            "nobody" => Holder::Nobody,
            _ => Holder::Staff(holder),
        }),
        ..view.into()
    };
    let page = state
        .cases
        .worklist(&official.actor, asked, query.after.as_deref(), limit)
        .await;
    let page = page.map_err(|error| match error {
        // A filter the view does not offer, in words.
        CaseError::Verdict(text) => Failure::with_detail(Kind::Parameter, text),
        CaseError::NotFound => Failure::parameter("after", "der Wert „next“ der vorigen Seite"),
        other => other.into(),
    })?;
    Ok(Answer(WorkPage {
        items: page.items.into_iter().map(WorkLine::from).collect(),
        next: page.next,
    }))
}

/// Open a case
///
/// The look is recorded with person and purpose before anything is shown; the applicant can see it. Outside one's competence it is
/// refused, and that is recorded too.
#[utoipa::path(get, path = "/api/desk/cases/{ags}/{case}", tag = "desk", operation_id = "openCase",
    params(CasePath, PurposeQuery),
    responses((status = 200, description = "The case", body = DeskCase), Opens), security(("token" = [])))]
pub(crate) async fn case(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<CasePath>,
    Asked(query): Asked<PurposeQuery>,
) -> Result<Answer<DeskCase>, Failure> {
    let purpose = query.of_staff()?;
    let view = state
        .cases
        .open_case(&official.actor, purpose, path.ags, path.case)
        .await?;
    Ok(Answer(view.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TaskPath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    pub ags: AuthorityId,
    /// The case.
    #[param(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    pub case: CaseId,
    /// The task.
    #[param(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8059")]
    pub task: TaskId,
}

/// What a caseworker decides.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "verdict", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum VerdictBody {
    /// As proposed.
    Confirm {
        /// `version` of the case as it was opened: a stale view is noticed.
        #[schema(example = 4)]
        version: u64,
        /// Why; may be left out.
        #[serde(default)]
        #[schema(max_length = 4000)]
        reason: String,
    },
    /// With corrected inputs; the decision is computed again.
    Correct {
        /// `version` of the case as it was opened: a stale view is noticed.
        #[schema(example = 4)]
        version: u64,
        /// Why.
        #[schema(
            min_length = 1,
            max_length = 4000,
            example = "Wesenstest vom 3. Februar 2026 lag vor."
        )]
        reason: String,
        /// Name of the input → corrected value, of those the task names as correctable.
        #[serde(default)]
        #[schema(value_type = Object, example = json!({"gefaehrlich": false}))]
        corrections: Map<String, Value>,
        /// Answers of the form in the place of those in `amended`, by element id, merged as RFC 7396 says: lists whole. Of inputs
        /// that are made of several answers (a household's members); the form's rules hold.
        #[serde(default)]
        #[schema(value_type = Object)]
        answers: Map<String, Value>,
    },
    /// Ask the applicant for papers.
    RequestPapers {
        /// `version` of the case as it was opened: a stale view is noticed.
        #[schema(example = 4)]
        version: u64,
        /// What is asked, for the applicant to read.
        #[schema(
            min_length = 1,
            max_length = 4000,
            example = "Bitte senden Sie uns Ihren Mietvertrag."
        )]
        text: String,
        /// The papers wanted, at most 20.
        #[serde(default)]
        #[schema(max_items = 20, example = json!(["Mietvertrag, alle Seiten"]))]
        papers: Vec<String>,
        /// Last day for the answer, 7 to 90 days ahead.
        #[schema(value_type = String, format = Date, example = "2026-04-15")]
        due: Date,
    },
    /// A second person releases what was reviewed.
    Release {
        /// `version` of the case as it was opened: a stale view is noticed.
        #[schema(example = 4)]
        version: u64,
        /// Why; may be left out.
        #[serde(default)]
        #[schema(max_length = 4000)]
        reason: String,
    },
    /// What the applicant was asked for (`work` is `nachreichung`) is here by another way, or not needed any more.
    Supply {
        /// `version` of the case as it was opened: a stale view is noticed.
        #[schema(example = 4)]
        version: u64,
        /// What came, or why nothing more is awaited.
        #[schema(min_length = 1, max_length = 4000, example = "Der Mietvertrag kam mit der Post.")]
        text: String,
    },
    /// A second person sends it back.
    Return {
        /// `version` of the case as it was opened: a stale view is noticed.
        #[schema(example = 4)]
        version: u64,
        /// Why.
        #[schema(
            min_length = 1,
            max_length = 4000,
            example = "Die Miete stimmt nicht mit dem Vertrag überein."
        )]
        reason: String,
    },
}

impl From<VerdictBody> for (u64, Verdict) {
    fn from(body: VerdictBody) -> Self {
        match body {
            VerdictBody::Confirm { version, reason } => (version, Verdict::Confirm { reason }),
            VerdictBody::Correct {
                version,
                reason,
                corrections,
                answers,
            } => (
                version,
                Verdict::Correct {
                    reason,
                    corrections,
                    answers,
                },
            ),
            VerdictBody::RequestPapers {
                version,
                text,
                papers,
                due,
            } => (version, Verdict::RequestPapers { text, papers, due }),
            VerdictBody::Release { version, reason } => (version, Verdict::Release { reason }),
            VerdictBody::Supply { version, text } => (version, Verdict::Supply { text }),
            VerdictBody::Return { version, reason } => (version, Verdict::Return { reason }),
        }
    }
}

/// End a task
///
/// Confirms the proposal, corrects answers with a reason (then it is decided again), asks the applicant for papers, or, as a second
/// person, releases or returns. Which is possible says the task's `work`. The process goes on by itself: the notice is in the
/// mailbox. `purpose` is `case-work` when left out; `legal-remedy` is possible too.
#[utoipa::path(post, path = "/api/desk/cases/{ags}/{case}/tasks/{task}", tag = "desk", operation_id = "completeTask",
    params(TaskPath, PurposeQuery), request_body = VerdictBody,
    responses((status = 204, description = "Decided"), Decides), security(("token" = [])))]
pub(crate) async fn decide(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<TaskPath>,
    Asked(query): Asked<PurposeQuery>,
    Json(body): Json<VerdictBody>,
) -> Result<StatusCode, Failure> {
    let purpose = query.of_staff_or(Purpose::CaseWork)?;
    let (version, verdict) = body.into();
    let at = AtTask {
        actor: official.actor,
        purpose,
        authority: path.ags,
        case: path.case,
        task: path.task,
    };
    state.cases.complete_task(&at, version, verdict).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// More time for the applicant's answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtensionBody {
    /// `version` of the case as it was opened: a stale view is noticed.
    #[schema(example = 4)]
    version: u64,
    /// The new last day, later than the present one and at most 90 days ahead; the next working day counts.
    #[schema(value_type = String, format = Date, example = "2026-05-15")]
    until: Date,
    /// Stands in the file as a note.
    #[schema(
        min_length = 1,
        max_length = 4000,
        example = "Der Vermieter schickt die Bescheinigung erst im Mai."
    )]
    reason: String,
}

/// Give more time
///
/// While the applicant is asked for papers (`work` of the task is `nachreichung`) and the period for the answer runs. `purpose` is
/// `case-work` when left out; `legal-remedy` is possible too.
#[utoipa::path(post, path = "/api/desk/cases/{ags}/{case}/tasks/{task}/extension", tag = "desk", operation_id = "extendRequest",
    params(TaskPath, PurposeQuery), request_body = ExtensionBody,
    responses((status = 204, description = "Extended"), Decides), security(("token" = [])))]
pub(crate) async fn extend(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<TaskPath>,
    Asked(query): Asked<PurposeQuery>,
    Json(body): Json<ExtensionBody>,
) -> Result<StatusCode, Failure> {
    let at = AtTask {
        actor: official.actor,
        purpose: query.of_staff_or(Purpose::CaseWork)?,
        authority: path.ags,
        case: path.case,
        task: path.task,
    };
    let ExtensionBody { version, until, reason } = body;
    state.cases.extend_request(&at, version, until, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Decide anew
///
/// After an objection to its notice has succeeded (`redecide` of the case): the case goes back to its review, and the task is the asking
/// person's. The notice that follows replaces the contested one and completes the objection's task. `purpose` is `case-work` when left
/// out; `legal-remedy` is possible too.
#[utoipa::path(post, path = "/api/desk/cases/{ags}/{case}/redecision", tag = "desk", operation_id = "decideAnew",
    params(CasePath, PurposeQuery),
    responses((status = 204, description = "Begun"), Redecides), security(("token" = [])))]
pub(crate) async fn redecide(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<CasePath>,
    Asked(query): Asked<PurposeQuery>,
) -> Result<StatusCode, Failure> {
    let purpose = query.of_staff_or(Purpose::CaseWork)?;
    let actor = &official.actor;
    state.cases.redecide(actor, purpose, path.ags, path.case).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why something is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeBackReason {
    /// Stands in the file as a note.
    #[schema(example = "Die Akte fehlt noch.")]
    reason: String,
}

/// Take back
///
/// What `take_back` of the case says: deciding anew before there is a new decision (everything is as before), or that an objection has
/// succeeded (it is decided on again). `purpose` is `case-work` when left out; `legal-remedy` is possible too.
#[utoipa::path(post, path = "/api/desk/cases/{ags}/{case}/taking-back", tag = "desk", operation_id = "takeBack",
    params(CasePath, PurposeQuery), request_body = TakeBackReason,
    responses((status = 204, description = "Taken back"), Decides), security(("token" = [])))]
pub(crate) async fn take_back(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<CasePath>,
    Asked(query): Asked<PurposeQuery>,
    Json(body): Json<TakeBackReason>,
) -> Result<StatusCode, Failure> {
    let purpose = query.of_staff_or(Purpose::CaseWork)?;
    let (actor, reason) = (&official.actor, &body.reason);
    state
        .cases
        .take_back(actor, purpose, path.ags, path.case, reason)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
