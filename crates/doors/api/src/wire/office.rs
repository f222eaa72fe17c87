//! What the desk does besides deciding: who holds a task, notes, absences, letters on paper. The same capabilities as in the browser.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{Absence, CaseError, HandedOver, OutboxItem, Posting};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, Date, NoticeId, TaskId};

use super::desk::TaskPath;
use super::mine::{CasePath, PurposeQuery};
use super::{Raw, listing};
use crate::ApiState;
use crate::extract::{Asked, Json, Named, Official, number};
use crate::problem::{Decides, EndsAbsence, Failure, HandsOver, Kind, Notes, Opens, Posts, SetsAbsence, Worklist};

/// Letters of a page without asking, and most.
const LETTERS: (u64, u64) = (50, 200);

/// Staff act at their own authority; at another one everything here is refused.
fn at_home(official: &Official, ags: AuthorityId) -> Result<(), Failure> {
    match &official.actor {
        Actor::Staff { authority, .. } if *authority == ags => Ok(()),
        _ => Err(Kind::Refused.into()),
    }
}

/// Who holds a task, and who shall.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderBody {
    /// Personnel key of who held it when it was shown; null for nobody. If that changed, nothing happens (409).
    #[schema(example = "sb-magdeburg-1", required = true)]
    #[serde(deserialize_with = "said")]
    held_by: Option<String>,
    /// Personnel key of who shall hold it: oneself (taking it), a colleague, or null (giving it back).
    #[schema(example = "sb-magdeburg-2", required = true)]
    #[serde(deserialize_with = "said")]
    to: Option<String>,
}

/// Null is an answer, and a missing key is none: tasks are not given away by a forgotten word.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// Take, give back or hand over a task
///
/// One's own task, or one nobody holds; a task of somebody else is the team lead's to assign.
#[utoipa::path(put, path = "/api/desk/cases/{ags}/{case}/tasks/{task}/holder", tag = "desk", operation_id = "assignTask",
    params(TaskPath), request_body(content = HolderBody, description = "The holder shown, and the new one"),
    responses((status = 204, description = "Done"), Decides), security(("token" = [])))]
pub(crate) async fn assign(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<TaskPath>,
    Json(body): Json<HolderBody>,
) -> Result<StatusCode, Failure> {
    at_home(&official, path.ags)?;
    let assigned = state.cases.assign(
        &official.actor,
        path.case,
        path.task,
        body.held_by.as_deref(),
        body.to.as_deref(),
    );
    assigned.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One task of a hand-over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverTask {
    /// The case.
    #[schema(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: CaseId,
    /// The task.
    #[schema(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8059")]
    task: TaskId,
}

/// Many tasks for one colleague.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverBody {
    /// The tasks, at most 500.
    #[schema(max_items = 500)]
    tasks: Vec<HandOverTask>,
    /// Personnel key of the colleague; null gives the tasks back.
    #[schema(example = "sb-magdeburg-2", required = true)]
    #[serde(deserialize_with = "said")]
    to: Option<String>,
}

/// What became of one task of a hand-over.
#[derive(Serialize, ToSchema)]
pub(crate) struct HandOverLine {
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// The task.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8059")]
    task: String,
    /// `done`, or the code of the problem that kept it where it was.
    #[schema(example = "done")]
    outcome: String,
}

impl From<HandedOver> for HandOverLine {
    fn from(handed: HandedOver) -> Self {
        let outcome = match handed.outcome {
            Ok(()) => "done",
            Err(error) => Failure::from(error).kind.code(),
        };
        HandOverLine {
            case: handed.case.to_string(),
            task: handed.task.to_string(),
            outcome: outcome.to_owned(),
        }
    }
}

listing! {
    /// What became of each task, in the order asked.
    HandOverList of HandOverLine
}

/// Hand over many tasks
///
/// All that can be is handed over at once; what cannot is named.
#[utoipa::path(post, path = "/api/desk/hand-overs", tag = "desk", operation_id = "handOver",
    request_body(content = HandOverBody, description = "The tasks, and to whom"),
    responses((status = 200, description = "What became of each", body = HandOverList), HandsOver), security(("token" = [])))]
pub(crate) async fn hand_over(
    State(state): State<ApiState>,
    official: Official,
    Json(body): Json<HandOverBody>,
) -> Result<Answer<HandOverList>, Failure> {
    // Who has no worklist has nothing to hand over, and learns nothing about tasks.
    state
        .cases
        .worklist_count(&official.actor, wegfrei_cases::WorklistView::Mine)
        .await?;
    let tasks: Vec<(CaseId, TaskId)> = body.tasks.iter().map(|one| (one.case, one.task)).collect();
    let handed = state
        .cases
        .hand_over(&official.actor, &tasks, body.to.as_deref())
        .await?;
    Ok(Answer(handed.into_iter().map(HandOverLine::from).collect()))
}

/// A note for the file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteBody {
    /// The note; the applicant is not shown it.
    #[schema(
        min_length = 1,
        max_length = 4000,
        example = "Telefonat am 18. März: Mietvertrag kommt per Post."
    )]
    text: String,
}

/// Add a note
///
/// For the file. `purpose` is `case-work` when left out.
#[utoipa::path(post, path = "/api/desk/cases/{ags}/{case}/notes", tag = "desk", operation_id = "addNote",
    params(CasePath, PurposeQuery), request_body(content = NoteBody, description = "The note"),
    responses((status = 204, description = "Added"), Notes), security(("token" = [])))]
pub(crate) async fn note(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<CasePath>,
    Asked(query): Asked<PurposeQuery>,
    Json(body): Json<NoteBody>,
) -> Result<StatusCode, Failure> {
    let purpose = query.of_staff_or(Purpose::CaseWork)?;
    let added = state
        .cases
        .add_note(&official.actor, purpose, path.ags, path.case, &body.text);
    added.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An absence that runs or is to come.
#[derive(Serialize, ToSchema)]
pub(crate) struct AbsenceLine {
    /// Personnel key of who is absent.
    #[schema(example = "sb-magdeburg-1")]
    staff: String,
    /// Names the absence.
    #[schema(example = 1)]
    absence: u64,
    /// First day.
    #[schema(format = Date, example = "2026-03-18")]
    from: String,
    /// Last day.
    #[schema(format = Date, example = "2026-03-20")]
    to: String,
    /// Personnel key of who does the work meanwhile.
    #[schema(example = "sb-magdeburg-2")]
    deputy: String,
    /// It runs now.
    now: bool,
}

impl From<Absence> for AbsenceLine {
    fn from(absence: Absence) -> Self {
        AbsenceLine {
            staff: absence.staff.id,
            absence: absence.absence,
            from: absence.from.to_string(),
            to: absence.to.to_string(),
            deputy: absence.deputy.id,
            now: absence.now,
        }
    }
}

listing! {
    /// Absences of one's authority.
    AbsenceList of AbsenceLine
}

/// Absences
///
/// Those of one's authority that run or are to come, by their first day.
#[utoipa::path(get, path = "/api/desk/absences", tag = "desk", operation_id = "listAbsences",
    responses((status = 200, description = "The absences", body = AbsenceList), Worklist), security(("token" = [])))]
pub(crate) async fn absences(
    State(state): State<ApiState>,
    official: Official,
) -> Result<Answer<AbsenceList>, Failure> {
    let all = state.cases.absences(&official.actor).await?;
    Ok(Answer(all.into_iter().map(AbsenceLine::from).collect()))
}

/// An absence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbsenceBody {
    /// Personnel key: one's own, or as team lead that of a colleague.
    #[schema(example = "sb-magdeburg-1")]
    staff: String,
    /// First day.
    #[schema(value_type = String, format = Date, example = "2026-03-18")]
    from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, example = "2026-03-20")]
    to: Date,
    /// Personnel key of who does the work meanwhile.
    #[schema(example = "sb-magdeburg-2")]
    deputy: String,
}

/// Set an absence
///
/// Meanwhile the deputy sees the work in the list `mine`. Why somebody is absent is recorded nowhere.
#[utoipa::path(post, path = "/api/desk/absences", tag = "desk", operation_id = "setAbsence",
    request_body(content = AbsenceBody, description = "Who, when, and the deputy"),
    responses((status = 204, description = "Set"), SetsAbsence), security(("token" = [])))]
pub(crate) async fn set_absence(
    State(state): State<ApiState>,
    official: Official,
    Json(body): Json<AbsenceBody>,
) -> Result<StatusCode, Failure> {
    let set = state
        .cases
        .set_absence(&official.actor, &body.staff, body.from, body.to, &body.deputy);
    set.await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AbsencePath {
    /// Personnel key of who is absent.
    #[param(example = "sb-magdeburg-1")]
    staff: String,
    /// The absence.
    #[param(example = 1)]
    absence: u64,
}

/// End an absence
///
/// Now; one that has not begun is as if it had never been set.
#[utoipa::path(delete, path = "/api/desk/absences/{staff}/{absence}", tag = "desk", operation_id = "endAbsence",
    params(AbsencePath), responses((status = 204, description = "Ended"), EndsAbsence), security(("token" = [])))]
pub(crate) async fn end_absence(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<AbsencePath>,
) -> Result<StatusCode, Failure> {
    let ended = state.cases.end_absence(&official.actor, &path.staff, path.absence);
    ended.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One PDF of an envelope.
#[derive(Serialize, ToSchema)]
pub(crate) struct LetterDocument {
    /// Which letter of the package.
    #[schema(example = "bescheid-leicht")]
    template: String,
    /// Where the PDF is, for printing.
    #[schema(example = "/api/desk/letters/15003000/01980a5d-ac96-774b-bcce-b302099a8059.pdf")]
    pdf: String,
}

/// An envelope that waits to be printed and posted; names no contents and nobody.
#[derive(Serialize, ToSchema)]
pub(crate) struct LetterLine {
    /// The main letter; it stands for the whole envelope.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8058")]
    notice: String,
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
    /// It must be served with a certificate of delivery; the day is the one on the certificate.
    #[schema(example = false)]
    serve: bool,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    since: String,
    /// Everything in it, the main letter first.
    documents: Vec<LetterDocument>,
}

/// One page of letters.
#[derive(Serialize, ToSchema)]
pub(crate) struct LetterPage {
    /// The letters, oldest first.
    items: Vec<LetterLine>,
    /// `after` of the next page; null on the last.
    #[schema(example = "1773825300000000.01980a5d-ac96-774b-bcce-b302099a8058")]
    next: Option<String>,
}

impl LetterLine {
    fn new(authority: AuthorityId, item: OutboxItem) -> Self {
        LetterLine {
            documents: item
                .documents
                .into_iter()
                .map(|document| LetterDocument {
                    pdf: format!("/api/desk/letters/{authority}/{}.pdf", document.notice),
                    template: document.template,
                })
                .collect(),
            notice: item.notice.to_string(),
            case: item.case.to_string(),
            service: item.service,
            reference: item.reference,
            serve: item.serve,
            since: item.since.to_string(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LettersQuery {
    /// `next` of the page before.
    #[param(required = false)]
    after: Option<String>,
    /// At most so many lines, 1 to 200; usually 50.
    #[param(required = false, value_type = u32, minimum = 1, maximum = 200, example = 50)]
    limit: Option<String>,
}

/// Letters to post
///
/// What waits at one's authority to be printed and posted.
#[utoipa::path(get, path = "/api/desk/letters", tag = "desk", operation_id = "listLetters", params(LettersQuery),
    responses((status = 200, description = "One page", body = LetterPage), Worklist), security(("token" = [])))]
pub(crate) async fn letters(
    State(state): State<ApiState>,
    official: Official,
    Asked(query): Asked<LettersQuery>,
) -> Result<Answer<LetterPage>, Failure> {
    let Actor::Staff { authority, .. } = official.actor else {
        return Err(Kind::Role.into());
    };
    let (usual, most) = LETTERS;
    let limit = number("limit", query.limit.as_deref(), usual, most)?;
    let page = state.cases.outbox(&official.actor, query.after.as_deref(), limit).await;
    let page = page.map_err(|error| match error {
        CaseError::NotFound => Failure::parameter("after", "der Wert „next“ der vorigen Seite"),
        other => other.into(),
    })?;
    let items = page.items.into_iter().map(|item| LetterLine::new(authority, item));
    Ok(Answer(LetterPage {
        items: items.collect(),
        next: page.next,
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct LetterPath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// The notice, with the ending `.pdf`.
    #[param(example = "01980a5d-ac96-774b-bcce-b302099a8058.pdf")]
    file: String,
}

/// Print a letter
///
/// The PDF of a letter that is posted on paper; the look is recorded with the purpose of dispatch. 404 also while the PDF is still
/// being made.
#[utoipa::path(get, path = "/api/desk/letters/{ags}/{file}", tag = "desk", operation_id = "getLetter", params(LetterPath),
    responses((status = 200, description = "The PDF", content_type = "application/pdf", body = inline(Raw)), Opens),
    security(("token" = [])))]
pub(crate) async fn letter(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<LetterPath>,
) -> Result<Response, Failure> {
    let notice = path.file.strip_suffix(".pdf").and_then(|id| NoticeId::parse(id).ok());
    let notice = notice.ok_or(Kind::NotFound)?;
    let bytes = state.cases.outbox_pdf(&official.actor, path.ags, notice).await?;
    let kind = HeaderValue::from_static("application/pdf");
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PostedPath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// The notice.
    #[param(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8058")]
    notice: NoticeId,
}

/// The day a letter was posted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostedBody {
    /// The day.
    #[schema(value_type = String, format = Date, example = "2026-03-18")]
    on: Date,
}

/// Note that a letter was posted
///
/// With everything of the same envelope. The period for objection runs from there. 409 when it went out already.
#[utoipa::path(post, path = "/api/desk/letters/{ags}/{notice}/posting", tag = "desk", operation_id = "postLetter",
    params(PostedPath), request_body(content = PostedBody, description = "The day"),
    responses((status = 204, description = "Noted"), Posts), security(("token" = [])))]
pub(crate) async fn posted(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<PostedPath>,
    Json(body): Json<PostedBody>,
) -> Result<StatusCode, Failure> {
    let posted = state.cases.mark_posted(&official.actor, path.ags, path.notice, body.on);
    match posted.await? {
        Posting::Noted => Ok(StatusCode::NO_CONTENT),
        Posting::Before | Posting::Told => Err(CaseError::Stale.into()),
    }
}
