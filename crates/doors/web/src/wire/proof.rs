//! "Beweis prüfen": one record of access with everything needed to check that it stands in the authority's signed tree.

use super::authority_name;
use super::cockpit::purpose_words;
use crate::problem::Problem;
use crate::render::{ProofPage, ok};
use crate::state::WebState;
use crate::view::Fact;
use crate::view::cockpit::ProofView;
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use wegfrei_journal::EntryProof;
use wegfrei_model::AuthorityId;

/// Path of the page of a record.
pub(crate) fn path(authority: AuthorityId, seq: u64) -> String {
    format!("/mein-bereich/zugriffe/{authority}/{seq}")
}

async fn text(
    state: &WebState,
    visit: &Visit,
    authority: &str,
    seq: &str,
) -> Result<(AuthorityId, u64, String), Problem> {
    let person = visit.person()?;
    let authority = AuthorityId::parse(authority).map_err(|_| Problem::missing())?;
    let seq: u64 = seq.parse().map_err(|_| Problem::missing())?;
    let proof = state.cases.access_proof(person, authority, seq).await?;
    let text = proof.to_text().map_err(|_| Problem::missing())?;
    Ok((authority, seq, text))
}

fn file_name(authority: AuthorityId, seq: u64) -> String {
    format!("beweis-{authority}-{seq}.json")
}

/// `GET /mein-bereich/zugriffe/{authority}/{seq}`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path((authority, seq)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (authority, seq, proof) = text(&state, &visit, &authority, &seq).await?;
    let entry = EntryProof::check(&proof, None).map_err(|_| {
        tracing::error!("a proof made here does not hold");
        Problem::status(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
    })?;
    let t = visit.frame.t;
    let facts = vec![
        Fact::new(t.accesses_time, entry.time.words(t.language)),
        Fact::new(t.accesses_authority, authority_name(&state, authority)),
        Fact::new(t.accesses_purpose, purpose_words(t, &entry.purpose)),
        Fact::new(t.proof_number, seq.to_string()),
    ];
    let view = ProofView {
        facts,
        proof,
        download: format!("{}/beweis.json", path(authority, seq)),
        file: file_name(authority, seq),
    };
    Ok(ok(&ProofPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `GET /mein-bereich/zugriffe/{authority}/{seq}/beweis.json`: the same as a file.
pub(crate) async fn download(
    State(state): State<WebState>,
    visit: Visit,
    Path((authority, seq)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (authority, seq, proof) = text(&state, &visit, &authority, &seq).await?;
    let name = format!("attachment; filename=\"{}\"", file_name(authority, seq));
    let mut response = proof.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
