//! Sending an application in one call.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::CaseError;
use wegfrei_model::{AuthorityId, CaseId, Timestamp};

use crate::ApiState;
use crate::extract::{Json, Named, Resident};
use crate::problem::{Applies, Failure, Kind};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OfferPath {
    /// Id of the service.
    #[param(example = "hundesteuer")]
    pub id: String,
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    pub ags: AuthorityId,
}

/// What the sender gets. The same for every repetition; where the case stands now is at `case_url`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// The case: the `Idempotency-Key` it was sent with.
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
    /// When it was received.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    received_at: String,
    /// Where to follow it.
    #[schema(example = "/api/cases/15003000/01980a5d-ac96-774b-bcce-b302099a8057")]
    case_url: String,
}

/// The answer for what was sent.
pub(crate) fn receipt(offer: &OfferPath, case: CaseId, reference: String, received_at: Timestamp) -> Receipt {
    Receipt {
        case: case.to_string(),
        authority: offer.ags.to_string(),
        service: offer.id.clone(),
        reference,
        received_at: received_at.to_string(),
        case_url: format!("/api/cases/{}/{case}", offer.ags),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<CaseId, Failure> {
    let mut values = headers.get_all("idempotency-key").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Kind::IdempotencyKey.into());
    };
    // The draft RFC writes the key as a quoted string, most programs do not quote it.
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    CaseId::parse(text).map_err(|_| Kind::IdempotencyKey.into())
}

/// Send an application
///
/// The body holds the answers by element id, as the service's form describes them. The same is validated as in the portal;
/// unknown and hidden elements are refused. The header `Idempotency-Key` is the case's id at the same time: repeating a request
/// with the same key sends nothing again and gives the same receipt with 200. Two at once may both be answered 201; the case is
/// still one.
#[utoipa::path(post, path = "/api/services/{id}/authorities/{ags}/applications", tag = "applications",
    operation_id = "submitApplication",
    params(OfferPath, ("Idempotency-Key" = String, Header, format = "uuid",
        description = "UUID version 7 in lower case, a new one for each application",
        example = "01980a5d-ac96-774b-bcce-b302099a8057")),
    request_body(content = Object, description = "Answers by element id, at most 64 kB",
        example = json!({"G15000000001": {"F15000000001": "Lehmann", "F15000000002": "Erika"}, "G15000000002": {"F15000000010": "Bello"}})),
    responses(
        (status = 201, description = "Sent", body = Receipt,
            headers(("Location" = String, description = "The case"))),
        (status = 200, description = "Was sent before: the same receipt", body = Receipt,
            headers(("Location" = String, description = "The case"))),
        Applies),
    security(("token" = [])))]
pub(crate) async fn submit(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(offer): Named<OfferPath>,
    headers: HeaderMap,
    Json(data): Json<Value>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Answer<Receipt>), Failure> {
    let case = idempotency_key(&headers)?;
    // A repetition is answered before the content is judged: it was accepted once, whatever the form says today.
    let (status, receipt) = match state.cases.my_case(person, offer.ags, case).await {
        Ok(known) => match (known.reference, known.submitted_at) {
            (Some(reference), Some(at)) if known.service == offer.id => {
                (StatusCode::OK, receipt(&offer, case, reference, at))
            }
            _ => return Err(Kind::Stale.into()),
        },
        Err(CaseError::NotFound) => {
            let sent = state
                .cases
                .submit_direct(person, offer.ags, &offer.id, case, &data)
                .await?;
            let receipt = receipt(&offer, case, sent.reference, sent.received_at);
            (StatusCode::CREATED, receipt)
        }
        Err(other) => return Err(other.into()),
    };
    Ok((status, [(header::LOCATION, receipt.case_url.clone())], Answer(receipt)))
}
