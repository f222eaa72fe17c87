//! Drafts: begun, read, saved with papers, sent.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{CaseError, DraftView};

use super::actions::DraftBegun;
use super::applications::{OfferPath, Receipt, receipt};
use super::mine::CasePath;
use crate::ApiState;
use crate::extract::{Asked, Json, Named, Resident};
use crate::problem::{BeginsDraft, Failure, Kind, OpensDraft, SavesDraft, SendsDraft};

/// Begin a draft
///
/// Filled in with nothing. Papers are uploaded to it, and its file answers name them as `[{"paper": "<id>"}]`.
#[utoipa::path(post, path = "/api/services/{id}/authorities/{ags}/drafts", tag = "applications", operation_id = "beginDraft",
    params(OfferPath), responses((status = 201, description = "Begun", body = DraftBegun), BeginsDraft),
    security(("token" = [])))]
pub(crate) async fn begin(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(offer): Named<OfferPath>,
) -> Result<(StatusCode, Answer<DraftBegun>), Failure> {
    let draft = state.cases.start_draft(person, offer.ags, &offer.id, None).await?;
    Ok((StatusCode::CREATED, Answer(DraftBegun::new(offer.ags, draft))))
}

/// A paper of a draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftPaper {
    /// The paper.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a805a")]
    paper: String,
    /// Its name.
    #[schema(example = "Mietvertrag.pdf")]
    file_name: String,
    /// What the bytes say it is.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// Bytes.
    #[schema(example = 120_000)]
    size: u64,
}

/// A draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct Draft {
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// Answers by element id.
    #[schema(value_type = Object, example = json!({"G15000000002": {"F15000000010": "Bello"}}))]
    data: Value,
    /// Its version: send it back when saving.
    #[schema(example = 1)]
    version: u64,
    /// Uploaded papers.
    papers: Vec<DraftPaper>,
}

/// Read a draft
///
/// One's own; opening it is recorded. A draft that was sent is a case (409).
#[utoipa::path(get, path = "/api/drafts/{ags}/{case}", tag = "applications", operation_id = "getDraft", params(CasePath),
    responses((status = 200, description = "The draft", body = Draft), OpensDraft), security(("token" = [])))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<Answer<Draft>, Failure> {
    let view = opened(&state, person, &path).await?;
    let papers = view.papers.into_iter().map(|paper| DraftPaper {
        paper: paper.paper.to_string(),
        file_name: paper.file_name,
        media_type: paper.media_type,
        size: paper.size,
    });
    Ok(Answer(Draft {
        service: view.service,
        data: view.data,
        version: view.version,
        papers: papers.collect(),
    }))
}

async fn opened(state: &ApiState, person: wegfrei_model::PersonId, path: &CasePath) -> Result<DraftView, Failure> {
    let view = state.cases.draft(person, path.ags, path.case).await?;
    match view.submitted {
        Some(_) => Err(Kind::Stale.into()),
        None => Ok(view),
    }
}

/// What to save.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftBody {
    /// All answers by element id; they may be incomplete.
    #[schema(value_type = Object, example = json!({"G15000000002": {"F15000000010": "Bello"}}))]
    data: Value,
    /// The version that was read.
    #[schema(example = 1)]
    version: u64,
}

/// The version after saving.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftSaved {
    /// For the next saving.
    #[schema(example = 2)]
    version: u64,
}

/// Save a draft
///
/// Right or wrong; it is validated when it is sent. 409 when another window saved meanwhile; papers and help leave the version as it is.
#[utoipa::path(put, path = "/api/drafts/{ags}/{case}", tag = "applications", operation_id = "saveDraft", params(CasePath),
    request_body(content = DraftBody, description = "Answers and version, at most 64 kB"),
    responses((status = 200, description = "Saved", body = DraftSaved), SavesDraft), security(("token" = [])))]
pub(crate) async fn save(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
    Json(body): Json<DraftBody>,
) -> Result<Answer<DraftSaved>, Failure> {
    opened(&state, person, &path).await?;
    let saved = state
        .cases
        .save_draft(person, path.ags, path.case, &body.data, body.version)
        .await?;
    Ok(Answer(DraftSaved { version: saved }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeenQuery {
    /// The version that is to be sent: what a helper or another window saved later is not sent unseen (409).
    #[param(value_type = u64, example = 2)]
    version: Option<String>,
}

/// Send a draft
///
/// Validated as in the portal. Sending twice is sending once, with the same receipt.
#[utoipa::path(post, path = "/api/drafts/{ags}/{case}/submission", tag = "applications", operation_id = "sendDraft",
    params(CasePath, SeenQuery), responses((status = 201, description = "Sent", body = Receipt), SendsDraft), security(("token" = [])))]
pub(crate) async fn send(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
    Asked(query): Asked<SeenQuery>,
) -> Result<(StatusCode, Answer<Receipt>), Failure> {
    // Somebody else's is refused, and that recorded, before anything is said about it.
    state.cases.draft(person, path.ags, path.case).await?;
    let seen = query.version.as_deref().and_then(|version| version.parse().ok());
    let seen =
        seen.ok_or_else(|| Failure::parameter("version", "die Version des Entwurfs, der gesendet werden soll"))?;
    let sent = state
        .cases
        .submit_with(person, path.ags, path.case, None, Some(seen))
        .await?;
    let known = state.cases.my_case(person, path.ags, path.case).await;
    let service = known.map_err(|error: CaseError| Failure::from(error))?.service;
    let offer = OfferPath {
        id: service,
        ags: path.ags,
    };
    Ok((
        StatusCode::CREATED,
        Answer(receipt(&offer, path.case, sent.reference, sent.received_at)),
    ))
}
