//! Is this notice genuine? For everybody, without a login.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{Authenticity, Genuine};
use wegfrei_journal::ProofBundle;
use wegfrei_model::time::german_date;

use super::Raw;
use crate::ApiState;
use crate::extract::{Asked, Pdf};
use crate::problem::{Checks, Failure, Plain};

/// The answer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CheckResult {
    /// Issued here and unchanged.
    Genuine,
    /// The code is right, the PDF is still being made: ask again.
    NotYet,
    /// No authority here issued it, or it was changed.
    Unknown,
}

/// Whether a notice is genuine. Everything here is public.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckAnswer {
    /// The answer, for programs.
    result: CheckResult,
    /// The answer in plain German.
    #[schema(example = "Der Bescheid ist echt.")]
    text: String,
    /// The notice and its proof, when it is genuine.
    notice: Option<GenuineNotice>,
}

/// A genuine notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct GenuineNotice {
    /// Who issued it.
    #[schema(example = "15003000")]
    authority: String,
    /// Their name.
    #[schema(example = "Landeshauptstadt Magdeburg")]
    authority_name: String,
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// When it was issued.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    issued_at: String,
    /// When a later notice took its place: it counts no more. Null while it counts.
    #[schema(format = DateTime, example = "2026-06-18T09:15:00.000000Z")]
    replaced_at: Option<String>,
    /// SHA-256 of the PDF, hex: compare it with the file in hand.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pdf_sha256: String,
    /// Whether figures for demonstration are in it.
    demonstration: bool,
    /// Size of the tree the proof is for.
    #[schema(example = 42)]
    tree_size: u64,
    /// Root of that tree, base64.
    root: String,
    /// The proof, to check again without trusting this portal.
    proof: InclusionProof,
}

/// That a leaf is in a signed tree (RFC 6962, C2SP checkpoints).
#[derive(Serialize, ToSchema)]
pub(crate) struct InclusionProof {
    /// Index of the leaf.
    #[schema(example = 17)]
    seq: u64,
    /// Leaf hash, base64. Contents do not follow from it: each entry is salted.
    #[schema(example = "6Yk6hYpUuYpjB0W2tYJ0mJ7m3q1M1o4c0vV7h2pX1dM=")]
    leaf: String,
    /// Sibling hashes, lowest first, base64.
    proof: Vec<String>,
    /// The signed checkpoint.
    #[schema(example = "wegfrei/15003000\n42\n…\n\n— wegfrei/15003000 …\n")]
    checkpoint: String,
}

impl From<ProofBundle> for InclusionProof {
    fn from(bundle: ProofBundle) -> Self {
        InclusionProof {
            seq: bundle.seq,
            leaf: bundle.leaf,
            proof: bundle.proof,
            checkpoint: bundle.checkpoint,
        }
    }
}

fn answer(state: &ApiState, authenticity: Authenticity) -> CheckAnswer {
    let bare = |result, text: &str| CheckAnswer {
        result,
        text: text.to_owned(),
        notice: None,
    };
    match authenticity {
        Authenticity::Unknown => bare(
            CheckResult::Unknown,
            "Diesen Bescheid hat hier keine Behörde ausgestellt, oder er wurde verändert.",
        ),
        Authenticity::NotYet => bare(
            CheckResult::NotYet,
            "Der Code ist richtig. Das PDF entsteht noch; fragen Sie gleich noch einmal.",
        ),
        Authenticity::Genuine(genuine) => {
            let text = match genuine.replaced_at {
                Some(at) => format!(
                    "Der Bescheid ist echt, aber durch einen späteren Bescheid vom {} ersetzt.",
                    german_date(at.date())
                ),
                None => "Der Bescheid ist echt.".to_owned(),
            };
            CheckAnswer {
                notice: Some(notice(state, *genuine)),
                ..bare(CheckResult::Genuine, &text)
            }
        }
    }
}

fn notice(state: &ApiState, genuine: Genuine) -> GenuineNotice {
    let authority = state.cases.catalogue().authority(genuine.authority);
    GenuineNotice {
        authority: genuine.authority.to_string(),
        authority_name: authority.map(|authority| authority.full_name()).unwrap_or_default(),
        service: genuine.service,
        issued_at: genuine.issued_at.to_string(),
        replaced_at: genuine.replaced_at.map(|at| at.to_string()),
        pdf_sha256: genuine.pdf_sha256,
        demonstration: genuine.demonstration,
        tree_size: genuine.tree_size,
        root: genuine.root,
        proof: genuine.bundle.into(),
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CodeQuery {
    /// The code printed on the notice; case, blanks and hyphens do not matter.
    #[param(required = true, value_type = String, example = "7K4M-9QXD-2R8T-HW3P")]
    code: Option<String>,
}

/// Authenticity by code
///
/// Checks the code printed on a notice. A code that does not exist is no error but the answer `unknown`.
#[utoipa::path(get, path = "/api/check", tag = "authenticity", operation_id = "checkCode", params(CodeQuery),
    responses((status = 200, description = "The answer", body = CheckAnswer), Plain))]
pub(crate) async fn code(
    State(state): State<ApiState>,
    Asked(query): Asked<CodeQuery>,
) -> Result<Json<CheckAnswer>, Failure> {
    let code = query.code.filter(|code| !code.trim().is_empty());
    let code = code.ok_or_else(|| Failure::parameter("code", "der Code, der auf dem Bescheid steht"))?;
    Ok(Json(answer(&state, state.cases.check_code(&code).await?)))
}

/// Authenticity by file
///
/// Checks a PDF byte for byte. It is not kept.
#[utoipa::path(post, path = "/api/check", tag = "authenticity", operation_id = "checkPdf",
    request_body(content = inline(Raw), content_type = "application/pdf", description = "The PDF, at most 20 MB"),
    responses((status = 200, description = "The answer", body = CheckAnswer), Checks))]
pub(crate) async fn pdf(State(state): State<ApiState>, pdf: Pdf) -> Result<Json<CheckAnswer>, Failure> {
    Ok(Json(answer(&state, state.cases.check_pdf(&pdf.bytes).await?)))
}
