//! What is the resident's own: cases, mailbox, notices, and who saw what.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{AccessRecord, CaseSummary, NoticeSummary, OBJECTION_SERVICE, Status};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, NoticeId};

use super::Raw;
use super::listing;
use crate::ApiState;
use crate::extract::{Asked, Named, Resident, Signed, number, word};
use crate::problem::{self, Failure, Kind, Own, OwnOne};

/// Most access records of one answer, and how many without asking.
const RECORDS: (u64, u64) = (100, 500);

/// A case in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CasePath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    pub ags: AuthorityId,
    /// The case.
    #[param(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    pub case: CaseId,
}

/// Where a case stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CaseStatus {
    /// Not sent yet.
    Draft,
    /// A caseworker has to look.
    InReview,
    /// The applicant was asked for papers.
    PapersWanted,
    /// The notice is in the mailbox; the period for objection runs.
    Decided,
    /// An objection to the notice is not decided yet, or has succeeded and the new notice has not come.
    Contested,
    /// The period for objection is over.
    Final,
    /// The applicant withdrew it.
    Withdrawn,
    /// Ended otherwise.
    Closed,
}

impl From<Status> for CaseStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Draft => CaseStatus::Draft,
            Status::InReview => CaseStatus::InReview,
            Status::PapersWanted => CaseStatus::PapersWanted,
            Status::Decided => CaseStatus::Decided,
            Status::Contested => CaseStatus::Contested,
            Status::Final => CaseStatus::Final,
            Status::Withdrawn => CaseStatus::Withdrawn,
            Status::Closed => CaseStatus::Closed,
        }
    }
}

/// The status of a case of this service in plain German: an objection speaks of itself.
fn status_text(service: &str, status: Status) -> &'static str {
    match status {
        Status::InReview if service == OBJECTION_SERVICE => "Die Behörde prüft Ihren Widerspruch.",
        Status::Decided if service == OBJECTION_SERVICE => {
            "Über Ihren Widerspruch ist entschieden. Der Brief liegt in Ihrem Postfach."
        }
        Status::Final if service == OBJECTION_SERVICE => "Über Ihren Widerspruch ist entschieden.",
        Status::Withdrawn if service == OBJECTION_SERVICE => "Sie haben den Widerspruch zurückgenommen.",
        Status::Draft => "Noch nicht gesendet.",
        Status::InReview => "Die Behörde prüft Ihren Antrag.",
        Status::PapersWanted => "Die Behörde hat Sie um Unterlagen gebeten und wartet auf Ihre Antwort.",
        Status::Decided => "Es ist entschieden. Der Bescheid liegt in Ihrem Postfach.",
        Status::Contested => "Sie haben Widerspruch erhoben. Das Verfahren läuft noch.",
        Status::Final => "Es ist entschieden. Die Frist für einen Widerspruch ist vorbei.",
        Status::Withdrawn => "Sie haben den Antrag zurückgenommen.",
        Status::Closed => "Der Vorgang ist beendet.",
    }
}

/// One case of the resident.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseLine {
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// The competent authority.
    #[schema(example = "15003000")]
    authority: String,
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// What letters quote; null for a draft.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: Option<String>,
    /// Where it stands, for programs.
    status: CaseStatus,
    /// Where it stands, in plain German.
    #[schema(example = "Es ist entschieden. Der Bescheid liegt in Ihrem Postfach.")]
    status_text: String,
    /// What it waits for, in the service's own words.
    #[schema(example = json!(["Widerspruchsfrist"]))]
    waiting: Vec<String>,
    /// Last change.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    updated_at: String,
    /// When it was sent; null for a draft.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    submitted_at: Option<String>,
    /// First instant after the running legal deadline, if one runs.
    #[schema(format = DateTime, example = "2026-04-22T22:00:00.000000Z")]
    due: Option<String>,
}

impl From<CaseSummary> for CaseLine {
    fn from(case: CaseSummary) -> Self {
        CaseLine {
            case: case.case.to_string(),
            authority: case.authority.to_string(),
            status_text: status_text(&case.service, case.status).to_owned(),
            service: case.service,
            reference: case.reference,
            status: case.status.into(),
            waiting: case.waiting,
            updated_at: case.updated_at.to_string(),
            submitted_at: case.submitted_at.map(|time| time.to_string()),
            due: case.due.map(|time| time.to_string()),
        }
    }
}

listing! {
    /// Cases of the resident.
    CaseList of CaseLine
}

/// One notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeLine {
    /// The notice.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8058")]
    notice: String,
    /// The authority that decided.
    #[schema(example = "15003000")]
    authority: String,
    /// The case it belongs to.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
    /// Which letter of the service; enclosures have names of their own.
    #[schema(example = "bescheid")]
    template: String,
    /// When it came.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    issued_at: String,
    /// When the resident opened it first.
    #[schema(format = DateTime, example = "2026-03-18T10:02:11.000000Z")]
    read_at: Option<String>,
    /// Code of the check page.
    #[schema(example = "7K4M-9QXD-2R8T-HW3P")]
    code: String,
    /// When a later notice took its place: it counts no more. Null while it counts.
    #[schema(format = DateTime, example = "2026-06-18T09:15:00.000000Z")]
    replaced_at: Option<String>,
    /// Where the PDF is; null while it is being made.
    #[schema(example = "/api/notices/15003000/01980a5d-ac96-774b-bcce-b302099a8058.pdf")]
    pdf: Option<String>,
}

impl From<NoticeSummary> for NoticeLine {
    fn from(notice: NoticeSummary) -> Self {
        let pdf = format!("/api/notices/{}/{}.pdf", notice.authority, notice.notice);
        NoticeLine {
            notice: notice.notice.to_string(),
            authority: notice.authority.to_string(),
            case: notice.case.to_string(),
            service: notice.service,
            reference: notice.reference,
            template: notice.template,
            issued_at: notice.issued_at.to_string(),
            read_at: notice.read_at.map(|time| time.to_string()),
            code: notice.code,
            replaced_at: notice.replaced_at.map(|at| at.to_string()),
            pdf: notice.ready.then_some(pdf),
        }
    }
}

listing! {
    /// The mailbox.
    NoticeList of NoticeLine
}

/// One record of "who saw what of mine".
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessLine {
    /// When.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    time: String,
    /// Whose journal holds it.
    #[schema(example = "15003000")]
    authority: String,
    /// Who, as a function and without a name.
    #[schema(example = "Sachbearbeitung, Landeshauptstadt Magdeburg")]
    who: String,
    /// What for: a code of the closed list of purposes.
    #[schema(example = "case-work")]
    purpose: String,
    /// The purpose in German.
    #[schema(example = "Bearbeitung des Antrags")]
    purpose_text: String,
    /// What was opened, or would have been.
    #[schema(example = json!(["form", "decision"]))]
    parts: Vec<String>,
    /// False when it was refused.
    granted: bool,
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: Option<String>,
    /// Where the record lies whole, with the proof that it stands in the authority's signed tree.
    #[schema(example = "/api/access-log/15003000/17/proof")]
    proof: String,
}

impl From<AccessRecord> for AccessLine {
    fn from(record: AccessRecord) -> Self {
        AccessLine {
            time: record.time.to_string(),
            authority: record.authority.to_string(),
            who: record.who,
            purpose_text: Purpose::from_code(&record.purpose)
                .map_or_else(|| record.purpose.clone(), |purpose| purpose.german().to_owned()),
            purpose: record.purpose,
            parts: record.parts,
            granted: record.granted,
            case: record.case.to_string(),
            reference: record.reference,
            proof: format!("/api/access-log/{}/{}/proof", record.authority, record.seq),
        }
    }
}

listing! {
    /// Who saw what.
    AccessList of AccessLine
}

/// My cases
///
/// All own cases and drafts at all authorities, the last changed first.
#[utoipa::path(get, path = "/api/cases", tag = "applications", operation_id = "listCases",
    responses((status = 200, description = "The cases", body = CaseList), Own), security(("token" = [])))]
pub(crate) async fn cases(
    State(state): State<ApiState>,
    Resident(person): Resident,
) -> Result<Json<CaseList>, Failure> {
    let cases = state.cases.my_cases(person).await?;
    Ok(Json(cases.into_iter().map(CaseLine::from).collect()))
}

/// One of my cases
///
/// Where it stands, for programs and in plain German.
#[utoipa::path(get, path = "/api/cases/{ags}/{case}", tag = "applications", operation_id = "getCase", params(CasePath),
    responses((status = 200, description = "The case", body = CaseLine), OwnOne), security(("token" = [])))]
pub(crate) async fn case(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<Json<CaseLine>, Failure> {
    let (known, _) = state.cases.seen_case(person, path.ags, path.case).await?;
    Ok(Json(known.into()))
}

/// My mailbox
///
/// All notices and their enclosures, the newest first.
#[utoipa::path(get, path = "/api/mailbox", tag = "mine", operation_id = "getMailbox",
    responses((status = 200, description = "The notices", body = NoticeList), Own), security(("token" = [])))]
pub(crate) async fn mailbox(
    State(state): State<ApiState>,
    Resident(person): Resident,
) -> Result<Json<NoticeList>, Failure> {
    let notices = state.cases.mailbox(person).await?;
    Ok(Json(notices.into_iter().map(NoticeLine::from).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct NoticePath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// The notice, with `.pdf` at the end.
    #[param(
        pattern = "^[0-9a-f-]{36}\\.pdf$",
        example = "01980a5d-ac96-774b-bcce-b302099a8058.pdf"
    )]
    file: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PurposeQuery {
    /// What for, recorded for the resident to see: `case-work`, `citizen-question`, `legal-remedy` or `supervision`. Residents
    /// leave it out; staff must say it.
    #[param(required = false, example = "case-work")]
    pub purpose: Option<String>,
}

impl PurposeQuery {
    /// The purpose a member of staff named.
    pub fn of_staff(&self) -> Result<Purpose, Failure> {
        let purposes = Purpose::DESK.map(|purpose| (purpose.code(), purpose));
        word("purpose", self.purpose.as_deref().unwrap_or_default(), &purposes)
    }

    /// The purpose a member of staff named, or this one.
    pub fn of_staff_or(&self, otherwise: Purpose) -> Result<Purpose, Failure> {
        match &self.purpose {
            Some(_) => self.of_staff(),
            None => Ok(otherwise),
        }
    }
}

/// A notice as PDF
///
/// PDF/A-2a and PDF/UA-1. Opening it is recorded; the resident's first opening counts as read. A refusal is recorded too. 404 also
/// while the PDF is still being made.
#[utoipa::path(get, path = "/api/notices/{ags}/{file}", tag = "mine", operation_id = "getNotice",
    params(NoticePath, PurposeQuery),
    responses((status = 200, description = "The PDF", content_type = "application/pdf", body = inline(Raw)), problem::Notice),
    security(("token" = [])))]
pub(crate) async fn notice(
    State(state): State<ApiState>,
    Signed(session): Signed,
    Named(path): Named<NoticePath>,
    Asked(query): Asked<PurposeQuery>,
) -> Result<Response, Failure> {
    let id = path
        .file
        .strip_suffix(".pdf")
        .and_then(|id| NoticeId::parse(id).ok())
        .ok_or(Kind::NotFound)?;
    let purpose = match (&session.actor, &query.purpose) {
        (Actor::Person(_), None) => Purpose::OwnData,
        (Actor::Person(_), Some(_)) => {
            return Err(Failure::parameter("purpose", "nichts: Sie lesen Ihre eigenen Daten"));
        }
        _ => query.of_staff()?,
    };
    let bytes = state.cases.notice_pdf(&session.actor, purpose, path.ags, id).await?;
    let name = HeaderValue::from_str(&format!("inline; filename=\"bescheid-{id}.pdf\"")).map_err(|_| Kind::Internal)?;
    let kind = HeaderValue::from_static("application/pdf");
    Ok((
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)],
        bytes,
    )
        .into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// At most so many records, 1 to 500; usually 100.
    #[param(required = false, value_type = u32, minimum = 1, maximum = 500, example = 100)]
    limit: Option<String>,
}

/// Who saw what of mine
///
/// Every look into one's own data at all authorities, refused ones too, the newest first. Each record is in the authority's
/// signed tree; `proof` proves it.
#[utoipa::path(get, path = "/api/access-log", tag = "mine", operation_id = "getAccessLog", params(LogQuery),
    responses((status = 200, description = "The records", body = AccessList), Own), security(("token" = [])))]
pub(crate) async fn access_log(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Asked(query): Asked<LogQuery>,
) -> Result<Json<AccessList>, Failure> {
    let (usual, most) = RECORDS;
    let limit = number("limit", query.limit.as_deref(), usual, most)?;
    let records = state
        .cases
        .access_log(person, usize::try_from(limit).unwrap_or(usize::MAX))
        .await?;
    Ok(Json(records.into_iter().map(AccessLine::from).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RecordPath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// Number of the record in the authority's journal.
    #[param(example = 17)]
    seq: u64,
}

/// Proof of a record
///
/// The whole entry (who, when, what for, what) with its path to the signed checkpoint, as a file of the format `wegfrei-proof/1`:
/// `wegfrei proof check` and the portal's page check it without asking us. Only of one's own records.
#[utoipa::path(get, path = "/api/access-log/{ags}/{seq}/proof", tag = "mine", operation_id = "getAccessProof", params(RecordPath),
    responses((status = 200, description = "The file", content_type = "application/json", body = serde_json::Value), OwnOne),
    security(("token" = [])))]
pub(crate) async fn access_proof(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<RecordPath>,
) -> Result<Response, Failure> {
    let proof = state.cases.access_proof(person, path.ags, path.seq).await?;
    let text = proof.to_text().map_err(|_| Kind::Internal)?;
    Ok((
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        text,
    )
        .into_response())
}
