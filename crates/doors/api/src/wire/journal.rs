//! The journals' trees, for everybody: checkpoints, tiles, keys and proofs. Entries are not public.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use wegfrei_journal::KeyError;
use wegfrei_journal::tiles::{TilePath, WIDTH};
use wegfrei_model::AuthorityId;

use super::Raw;
use super::authorities::AuthorityPath;
use super::check::InclusionProof;
use crate::ApiState;
use crate::extract::{Asked, Named, known, word};
use crate::problem::{Failure, Found, Kind};

const TEXT: &str = "text/plain; charset=utf-8";
/// A full tile never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Neither does a partial one of a given width, but nobody asks for it again.
const A_WHILE: &str = "public, max-age=3600";
/// The tree grows.
const NOT_LONG: &str = "no-cache";

fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, NOT_LONG)], text).into_response()
}

/// Signed checkpoint
///
/// Size and root of the authority's tree as a signed note (C2SP tlog-checkpoint). 404 before the first entry.
#[utoipa::path(get, path = "/api/journal/{ags}/checkpoint", tag = "journal", operation_id = "getCheckpoint",
    params(AuthorityPath),
    responses((status = 200, description = "The checkpoint", content_type = "text/plain", body = String,
        example = "wegfrei/15003000\n42\n…\n\n— wegfrei/15003000 …\n"), Found))]
pub(crate) async fn checkpoint(
    State(state): State<ApiState>,
    Named(path): Named<AuthorityPath>,
) -> Result<Response, Failure> {
    known(&state, path.ags)?;
    let checkpoint = state.cases.journal().checkpoint(path.ags).await?;
    checkpoint.map(text).ok_or_else(|| Kind::NotFound.into())
}

/// Verifier key
///
/// The public key of the authority's tree (C2SP signed-note: `<name>+<hash>+<base64>`).
#[utoipa::path(get, path = "/api/journal/{ags}/key", tag = "journal", operation_id = "getKey", params(AuthorityPath),
    responses((status = 200, description = "The key", content_type = "text/plain", body = String,
        example = "wegfrei/15003000+7a1f3c2e+AaR…\n"), Found))]
pub(crate) async fn key(State(state): State<ApiState>, Named(path): Named<AuthorityPath>) -> Result<Response, Failure> {
    known(&state, path.ags)?;
    match state.cases.journal().keys().get(path.ags) {
        Ok(keys) => Ok(text(format!("{}\n", keys.verifier()))),
        Err(KeyError::Missing { .. }) => Err(Kind::NotFound.into()),
        Err(error) => {
            tracing::error!(%error, "a key cannot be read");
            Err(Kind::Internal.into())
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TileAddress {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// Level of the tile: 0 holds leaf hashes. `entries` is not there: entries are not public.
    #[param(example = "0")]
    level: String,
    /// Index of the tile in groups of three digits, with `.p/<width>` for a partial one: `000`, `x001/234`, `000.p/42`. May hold
    /// slashes.
    #[param(example = "000.p/42")]
    index: String,
}

/// Tile of the tree
///
/// 1 to 256 hashes of 32 bytes (C2SP tlog-tiles). A full tile never changes.
#[utoipa::path(get, path = "/api/journal/{ags}/tile/{level}/{*index}", tag = "journal", operation_id = "getTile",
    params(TileAddress),
    responses((status = 200, description = "The tile", content_type = "application/octet-stream", body = inline(Raw)), Found))]
pub(crate) async fn tile(State(state): State<ApiState>, Named(path): Named<TileAddress>) -> Result<Response, Failure> {
    let place = TilePath::parse(&format!("tile/{}/{}", path.level, path.index)).ok_or(Kind::NotFound)?;
    let journal = state.cases.journal();
    let bytes = journal
        .tile(path.ags, place.level, place.index, place.width)
        .await?
        .ok_or(Kind::NotFound)?;
    let cache = if u64::from(place.width) == WIDTH {
        FOR_EVER
    } else {
        A_WHILE
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, cache),
    ];
    Ok((headers, bytes).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EntryPath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// Number of the entry in the authority's journal, from 0.
    #[param(example = 0)]
    seq: u64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormatQuery {
    /// `json` (usual) or `tlog-proof`.
    #[param(required = false, example = "json")]
    format: Option<String>,
}

/// Proof of an entry
///
/// That an entry is in the signed tree, as JSON or as C2SP tlog-proof. The proof tells nothing about the entry: each is salted.
#[utoipa::path(get, path = "/api/journal/{ags}/proof/{seq}", tag = "journal", operation_id = "getProof",
    params(EntryPath, FormatQuery),
    responses((status = 200, description = "The proof",
        content((InclusionProof = "application/json"), (String = "text/plain"))), Found))]
pub(crate) async fn proof(
    State(state): State<ApiState>,
    Named(path): Named<EntryPath>,
    Asked(query): Asked<FormatQuery>,
) -> Result<Response, Failure> {
    let plain = word(
        "format",
        query.format.as_deref().unwrap_or("json"),
        &[("json", false), ("tlog-proof", true)],
    )?;
    known(&state, path.ags)?;
    let bundle = state.cases.journal().proof(path.ags, path.seq).await?;
    if plain {
        return Ok(text(bundle.to_tlog_proof()));
    }
    let body = axum::Json(InclusionProof::from(bundle));
    Ok(([(header::CACHE_CONTROL, NOT_LONG)], body).into_response())
}
