//! What a resident does with a sent case: answer a request, withdraw, object, go on. The same capabilities as in the portal.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{CaseError, FollowUp, MyActions, ObjectionStand, ObjectionView, RequestView, Supplied};
use wegfrei_model::{AuthorityId, CaseId, NoticeId, PaperId, Timestamp};

use super::mine::CasePath;
use crate::ApiState;
use crate::extract::{Json, Named, Paper, Resident};
use crate::problem::{Failure, GoesOn, OwnActs, OwnLooks, OwnSays, Uploads};

/// A notice one may object to, or might have.
#[derive(Serialize, ToSchema)]
pub(crate) struct ObjectionTerm {
    /// The notice.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8058")]
    notice: String,
    /// First instant that is too late; null while the period has not begun, because the notice has not left the house.
    #[schema(format = DateTime, example = "2026-04-23T22:00:00.000000Z")]
    until: Option<String>,
}

/// An objection, seen from the case whose notice it contests.
#[derive(Serialize, ToSchema)]
pub(crate) struct ObjectionShape {
    /// Its own case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8058")]
    case: String,
    /// The notice it contests.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8059")]
    notice: String,
    /// What letters about it quote.
    #[schema(example = "7K4M9-QXD2R")]
    reference: String,
    /// When it arrived.
    #[schema(format = DateTime, example = "2026-03-28T11:30:00.000000Z")]
    filed_at: String,
    /// `open`; `granted`: it has succeeded, and the new notice has not come; `carried-out`; `refused`; `withdrawn`.
    #[schema(example = "refused")]
    stand: &'static str,
    /// It has succeeded only in part.
    in_part: bool,
    /// When it was decided on.
    #[schema(format = DateTime, example = "2026-04-28T11:30:00.000000Z")]
    decided_at: Option<String>,
    /// First instant that is too late for suing (§ 74 VwGO); null when there is nothing to sue against, the decision was not served yet,
    /// or the time is over.
    #[schema(format = DateTime, example = "2026-05-28T22:00:00.000000Z")]
    sue_until: Option<String>,
    /// The court, where something was refused.
    #[schema(example = "Verwaltungsgericht Magdeburg, Breiter Weg 203–206, 39104 Magdeburg")]
    court: Option<String>,
    /// When its case ended; null while it runs.
    #[schema(format = DateTime, example = "2026-05-28T22:10:00.000000Z")]
    closed_at: Option<String>,
}

impl From<ObjectionView> for ObjectionShape {
    fn from(view: ObjectionView) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        ObjectionShape {
            case: view.case.to_string(),
            notice: view.notice.to_string(),
            reference: view.reference,
            filed_at: view.filed_at.to_string(),
            stand: view.stand.code(),
            in_part: matches!(
                view.stand,
                ObjectionStand::Granted { in_part: true } | ObjectionStand::CarriedOut { in_part: true, .. }
            ),
            decided_at: time(view.decided_at),
            sue_until: time(view.sue.and_then(|sue| sue.until)),
            court: view.court,
            closed_at: time(view.closed_at),
        }
    }
}

/// What can be done now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Actions {
    /// A request waits for an answer, and one given now would be in time.
    supply: bool,
    /// Nothing waits for an answer, or its time is over; one is still taken to the file, also unasked while the desk checks.
    supply_further: bool,
    /// Something was asked for once.
    asked: bool,
    /// The application can be withdrawn.
    withdraw: bool,
    /// Notices one may object to.
    object: Vec<ObjectionTerm>,
    /// Notices to which an objection would come too late.
    missed: Vec<ObjectionTerm>,
    /// One's objections to its notices, oldest first.
    objections: Vec<ObjectionShape>,
    /// Of an objection that was refused, also in part: the first instant that is too late for suing (§ 74 VwGO). Null when there is
    /// nothing to sue against, or the decision was not served yet.
    #[schema(format = DateTime, example = "2026-05-18T22:00:00.000000Z")]
    sue_until: Option<String>,
    /// A follow-up application can be begun.
    follow_up: bool,
}

impl From<MyActions> for Actions {
    fn from(actions: MyActions) -> Self {
        let term = |notice: NoticeId, until: Option<Timestamp>| ObjectionTerm {
            notice: notice.to_string(),
            until: until.map(|until| until.to_string()),
        };
        Actions {
            supply: actions.supply.is_some(),
            supply_further: actions.supply_further,
            asked: actions.asked,
            withdraw: actions.withdraw,
            object: actions
                .object
                .into_iter()
                .map(|(notice, until)| term(notice, until))
                .collect(),
            missed: actions
                .missed
                .into_iter()
                .map(|(notice, until)| term(notice, Some(until)))
                .collect(),
            objections: actions.objections.into_iter().map(ObjectionShape::from).collect(),
            sue_until: actions.sue.and_then(|suit| suit.until).map(|until| until.to_string()),
            follow_up: actions.follow_up,
        }
    }
}

/// What can be done with a case now
///
/// Names no contents; deadlines count to the moment.
#[utoipa::path(get, path = "/api/cases/{ags}/{case}/actions", tag = "applications", operation_id = "getActions",
    params(CasePath), responses((status = 200, description = "The actions", body = Actions), OwnLooks),
    security(("token" = [])))]
pub(crate) async fn actions(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<Answer<Actions>, Failure> {
    Ok(Answer(
        state.cases.my_actions(person, path.ags, path.case).await?.into(),
    ))
}

/// What the applicant was asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Request {
    /// What the caseworker wrote.
    #[schema(example = "Bitte senden Sie uns Ihren Mietvertrag.")]
    text: String,
    /// The papers wanted.
    #[schema(example = json!(["Mietvertrag, alle Seiten"]))]
    papers: Vec<String>,
    /// When it was asked.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    asked_at: String,
    /// Last day for the answer; its earliest possible day while `begun` is false.
    #[schema(format = Date, example = "2026-04-15")]
    due: String,
    /// Whether the period runs: the request has left the house.
    begun: bool,
    /// Whether an answer is still waited for and would be in time.
    open: bool,
    /// `open`; `answered`; `ended`: the authority waits no longer, without an answer of yours; `missed`: the time is over; `called-off`: the
    /// authority took it back.
    #[schema(example = "open")]
    stand: &'static str,
}

impl From<RequestView> for Request {
    fn from(request: RequestView) -> Self {
        Request {
            text: request.text,
            papers: request.papers,
            asked_at: request.asked_at.to_string(),
            due: request.due.to_string(),
            begun: request.begun,
            open: request.open,
            stand: request.stand.code(),
        }
    }
}

/// The newest request
///
/// What the authority asked for last. Opening it is recorded, as one's own. 404 when nothing was asked.
#[utoipa::path(get, path = "/api/cases/{ags}/{case}/request", tag = "applications", operation_id = "getRequest",
    params(CasePath), responses((status = 200, description = "The request", body = Request), OwnLooks),
    security(("token" = [])))]
pub(crate) async fn request(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<Answer<Request>, Failure> {
    let request = state.cases.my_request(person, path.ags, path.case).await?;
    Ok(Answer(request.ok_or(CaseError::NotFound)?.into()))
}

/// A paper that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaperTaken {
    /// The paper: what a file answer of the form names.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a805a")]
    paper: String,
}

/// Upload a paper
///
/// PDF, JPEG or PNG, at most 10 MB; told by its bytes. For a draft, for a case in which something was asked for, or while the desk
/// checks; what comes after the deadline of a request is taken as late.
#[utoipa::path(post, path = "/api/cases/{ags}/{case}/papers", tag = "applications", operation_id = "addPaper",
    params(CasePath, ("File-Name" = Option<String>, Header, description = "Name of the file in UTF-8, percent-encoded", example = "Mietvertrag.pdf")),
    request_body(description = "The paper", content(
        (inline(super::Raw) = "application/pdf"), (inline(super::Raw) = "image/jpeg"), (inline(super::Raw) = "image/png"))),
    responses((status = 201, description = "Taken", body = PaperTaken), Uploads), security(("token" = [])))]
pub(crate) async fn add_paper(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
    paper: Paper,
) -> Result<(StatusCode, Answer<PaperTaken>), Failure> {
    let taken = state
        .cases
        .add_paper(person, path.ags, path.case, &paper.name, paper.bytes)
        .await?;
    let answer = PaperTaken {
        paper: taken.to_string(),
    };
    Ok((StatusCode::CREATED, Answer(answer)))
}

/// A paper in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PaperPath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// The case or draft.
    #[param(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: CaseId,
    /// The paper.
    #[param(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a805a")]
    paper: PaperId,
}

/// Take a paper back
///
/// Before sending: of a draft, or of an answer that is not given yet. What was sent stays (409).
#[utoipa::path(delete, path = "/api/cases/{ags}/{case}/papers/{paper}", tag = "applications", operation_id = "removePaper",
    params(PaperPath), responses((status = 204, description = "Taken back"), OwnActs), security(("token" = [])))]
pub(crate) async fn remove_paper(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<PaperPath>,
) -> Result<StatusCode, Failure> {
    state
        .cases
        .remove_paper(person, path.ags, path.case, path.paper)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to a request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupplyBody {
    /// A message to the authority; may be empty when papers were uploaded.
    #[schema(max_length = 4000, example = "Hier ist der Mietvertrag.")]
    text: String,
}

/// How it was taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Taken {
    /// In time: the case goes on.
    InTime,
    /// In the file, within the time; nothing waits for it.
    Further,
    /// In the file, but late.
    Late,
}

/// How an answer was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct SupplyAnswer {
    /// In time, in the file as well, or late.
    taken: Taken,
}

/// Answer a request
///
/// Sends the answer with the papers uploaded before. After the deadline, and unasked while the desk checks, it is taken to the file
/// (`further`, `late`). 409 when nothing was asked and nobody checks.
#[utoipa::path(post, path = "/api/cases/{ags}/{case}/answer", tag = "applications", operation_id = "answerRequest",
    params(CasePath), request_body(content = SupplyBody, description = "The answer"),
    responses((status = 200, description = "Taken", body = SupplyAnswer), OwnSays), security(("token" = [])))]
pub(crate) async fn answer(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
    Json(body): Json<SupplyBody>,
) -> Result<Answer<SupplyAnswer>, Failure> {
    let taken = match state.cases.supply(person, path.ags, path.case, &body.text).await? {
        Supplied::InTime => Taken::InTime,
        Supplied::Further => Taken::Further,
        Supplied::Late => Taken::Late,
    };
    Ok(Answer(SupplyAnswer { taken }))
}

/// Withdraw an application
///
/// Until a decision went out. Ends the case; withdrawing twice is withdrawing once.
#[utoipa::path(post, path = "/api/cases/{ags}/{case}/withdrawal", tag = "applications", operation_id = "withdraw",
    params(CasePath), responses((status = 204, description = "Withdrawn"), OwnActs), security(("token" = [])))]
pub(crate) async fn withdraw(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<StatusCode, Failure> {
    state.cases.withdraw(person, path.ags, path.case).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An objection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectionBody {
    /// The notice it is against.
    #[schema(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8058")]
    notice: NoticeId,
    /// Why; may be empty.
    #[serde(default)]
    #[schema(max_length = 4000, example = "Der Betrag stimmt nicht.")]
    text: String,
}

/// What somebody gets who objected. The same for every repetition.
#[derive(Serialize, ToSchema)]
pub(crate) struct ObjectionReceipt {
    /// The objection's own case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a805b")]
    case: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
    /// When it arrived.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    received_at: String,
    /// Where to follow it.
    #[schema(example = "/api/cases/15003000/01980a5d-ac96-774b-bcce-b302099a805b")]
    case_url: String,
}

/// Object to a notice
///
/// Opens a case at the authority that decided (§ 70 VwGO). In time is what arrives before `until` of the actions; repeating it gives
/// the same receipt.
#[utoipa::path(post, path = "/api/cases/{ags}/{case}/objections", tag = "applications", operation_id = "object",
    params(CasePath), request_body(content = ObjectionBody, description = "The objection"),
    responses((status = 201, description = "Arrived", body = ObjectionReceipt), OwnSays), security(("token" = [])))]
pub(crate) async fn object(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
    Json(body): Json<ObjectionBody>,
) -> Result<(StatusCode, Answer<ObjectionReceipt>), Failure> {
    let receipt = state
        .cases
        .object(person, path.ags, path.case, body.notice, &body.text)
        .await?;
    let answer = ObjectionReceipt {
        case: receipt.case.to_string(),
        reference: receipt.reference,
        received_at: receipt.received_at.to_string(),
        case_url: format!("/api/cases/{}/{}", path.ags, receipt.case),
    };
    Ok((StatusCode::CREATED, Answer(answer)))
}

/// Which follow-up application.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FollowUpKind {
    /// The benefit is to continue.
    Renewal,
    /// Something has changed.
    Change,
}

/// A follow-up application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowUpBody {
    /// Which.
    kind: FollowUpKind,
}

/// A draft that was begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftBegun {
    /// The draft; becomes the case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a805c")]
    case: String,
    /// Where to read and save it.
    #[schema(example = "/api/drafts/15003000/01980a5d-ac96-774b-bcce-b302099a805c")]
    draft_url: String,
}

impl DraftBegun {
    /// The answer for a draft.
    pub fn new(authority: AuthorityId, case: CaseId) -> Self {
        DraftBegun {
            case: case.to_string(),
            draft_url: format!("/api/drafts/{authority}/{case}"),
        }
    }
}

/// Begin a follow-up application
///
/// A draft of the same service, filled in with what was sent, but for papers; linked to the old case.
#[utoipa::path(post, path = "/api/cases/{ags}/{case}/follow-ups", tag = "applications", operation_id = "followUp",
    params(CasePath), request_body(content = FollowUpBody, description = "Which", example = json!({"kind": "change"})),
    responses((status = 201, description = "Begun", body = DraftBegun), GoesOn), security(("token" = [])))]
pub(crate) async fn follow_up(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
    Json(body): Json<FollowUpBody>,
) -> Result<(StatusCode, Answer<DraftBegun>), Failure> {
    let kind = match body.kind {
        FollowUpKind::Renewal => FollowUp::Renewal,
        FollowUpKind::Change => FollowUp::Change,
    };
    let draft = state.cases.start_follow_up(person, path.ags, path.case, kind).await?;
    Ok((StatusCode::CREATED, Answer(DraftBegun::new(path.ags, draft))))
}
