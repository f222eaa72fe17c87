//! The check page: anybody may ask whether a notice is genuine; nothing personal is shown.

use super::{authority_name, day, service_title};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{CheckPage, ok};
use crate::state::WebState;
use crate::texts::fill;
use crate::view::check::{CheckView, Proof, Verdict};
use crate::visit::Visit;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use wegfrei_cases::{Authenticity, Genuine, OBJECTION_SERVICE};

/// What the query of the check page may say.
#[derive(Deserialize, Default)]
pub(crate) struct CheckQuery {
    code: Option<String>,
}

fn verdict(state: &WebState, visit: &Visit, found: Authenticity, file: bool) -> Verdict {
    let t = visit.frame.t;
    let proof = |genuine: &Genuine| Proof {
        authority: authority_name(state, genuine.authority),
        kind: if genuine.service == OBJECTION_SERVICE {
            t.check_objection.to_owned()
        } else {
            service_title(state, &genuine.service, visit.lang)
        },
        date: day(t, genuine.issued_at),
        replaced: genuine
            .replaced_at
            .map(|at| fill(visit.frame.t.check_replaced, "date", day(t, at))),
        file,
        demonstration: genuine.demonstration,
        hash: genuine.pdf_sha256.clone(),
        entry: genuine.bundle.seq,
        size: genuine.tree_size,
        root: genuine.root.clone(),
        hashes: genuine.bundle.proof.len(),
    };
    match found {
        Authenticity::Genuine(genuine) => Verdict::Genuine(proof(&genuine)),
        Authenticity::NotYet => Verdict::NotYet,
        Authenticity::Unknown => Verdict::Unknown,
    }
}

/// `GET /pruefen`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<CheckQuery>,
) -> Result<Response, Problem> {
    let Some(code) = query.code else {
        return Ok(ok(&CheckPage {
            f: &visit.frame,
            v: &CheckView::default(),
        }));
    };
    let code: String = code.trim().chars().take(80).collect();
    let asked = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ' ');
    let verdict = if asked {
        verdict(&state, &visit, state.cases.check_code(&code).await?, false)
    } else {
        Verdict::Unreadable
    };
    Ok(ok(&CheckPage {
        f: &visit.frame,
        v: &CheckView {
            code,
            verdict: Some(verdict),
        },
    }))
}

/// `POST /pruefen`: the file itself. It is compared and forgotten.
pub(crate) async fn file(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let verdict = match posted.files.first() {
        Some(file) if file.bytes.starts_with(b"%PDF-") => {
            verdict(&state, &visit, state.cases.check_pdf(&file.bytes).await?, true)
        }
        _ => Verdict::Unreadable,
    };
    Ok(ok(&CheckPage {
        f: &visit.frame,
        v: &CheckView {
            code: String::new(),
            verdict: Some(verdict),
        },
    }))
}
