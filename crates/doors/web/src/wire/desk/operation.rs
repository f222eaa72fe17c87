//! How the machine is doing, for the operator: figures and reasons, no personal data.

use super::of_office;
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{OperationPage, ok};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::desk::{DeadLine, OperationView, QueueLine};
use crate::visit::Visit;
use crate::wire::authority_name;
use crate::wire::form::size;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseError, Operation};
use wegfrei_model::{AuthorityId, Timestamp};

/// A job that is due waits at most so long when all is well.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// Whether all is well: no job has failed for good, none waits long.
fn verdict(t: &'static Texts, now: Timestamp, known: &Operation) -> (bool, String) {
    let dead: u64 = known.queues.iter().map(|queue| queue.dead).sum();
    let late = known.queues.iter().filter_map(|queue| queue.oldest);
    let late = late.filter(|since| since.saturating_add(PATIENCE) < now).min();
    match (dead, late) {
        (0, None) => (true, t.operation_well.to_owned()),
        (0, Some(since)) => (false, fill(t.operation_late, "time", since.german())),
        (1, _) => (false, t.operation_failed_one.to_owned()),
        (dead, _) => (false, fill(t.operation_failed, "n", dead)),
    }
}

/// What jobs of a kind do, in words, and the kind as the command line names it.
fn kind(t: &'static Texts, kind: &str) -> String {
    let words = match kind {
        "notice.render" => t.operation_kind_render,
        "deadline" => t.operation_kind_deadline,
        "retention" => t.operation_kind_retention,
        "message" => t.operation_kind_message,
        "print" => t.operation_kind_print,
        "payments.superseded" => t.operation_kind_superseded,
        "objection.closed" | "objection.decided" | "objection.granted" | "objection.carried-out" => {
            t.operation_kind_objection
        }
        "move" => t.operation_kind_move,
        other => return other.to_owned(),
    };
    format!("{words} ({kind})")
}

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct OperationQuery {
    meldung: Option<String>,
}

/// `GET /amt/betrieb`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<OperationQuery>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let t = visit.frame.t;
    let known = state.cases.operation(actor).await.map_err(of_office)?;
    let authority = |key: &str| match AuthorityId::parse(key) {
        Ok(id) => authority_name(&state, id),
        Err(_) => key.to_owned(),
    };
    let view = OperationView {
        verdict: verdict(t, state.cases.now(), &known),
        figures: vec![
            Fact::new(t.operation_version, env!("CARGO_PKG_VERSION")),
            Fact::new(t.operation_engine, known.engine.clone()),
            Fact::new(t.operation_size, size(known.database_bytes)),
        ],
        journals: known
            .journals
            .iter()
            .map(|(id, entries)| Fact::new(authority_name(&state, *id), fill(t.operation_entries, "n", entries)))
            .collect(),
        queues: known
            .queues
            .iter()
            .map(|queue| QueueLine {
                kind: kind(t, &queue.kind),
                due: queue.due.to_string(),
                later: queue.later.to_string(),
                dead: queue.dead.to_string(),
                oldest: queue
                    .oldest
                    .map_or_else(|| t.desk_no_value.to_owned(), |time| time.german()),
            })
            .collect(),
        dead: known
            .dead
            .iter()
            .map(|job| DeadLine {
                title: format!("{}, {}", kind(t, &job.kind), authority(&job.authority)),
                id: format!("{}/{}", job.authority, job.id),
                reason: fill(&fill(t.operation_dead_reason, "n", job.attempts), "why", &job.reason),
            })
            .collect(),
        message: match query.meldung.as_deref() {
            Some("neu") => Some(t.operation_retried.to_owned()),
            _ => None,
        },
    };
    Ok(ok(&OperationPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `POST /amt/betrieb`
pub(crate) async fn retry(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let unreadable = || Problem::status(StatusCode::BAD_REQUEST);
    let (authority, id) = posted
        .get("auftrag")
        .and_then(|named| named.split_once('/'))
        .unwrap_or_default();
    // The policy is asked before the form is judged: another role learns nothing from it.
    match AuthorityId::parse(authority) {
        Err(_) => {
            state.cases.operation(actor).await.map_err(of_office)?;
            Err(unreadable())
        }
        Ok(authority) => match state.cases.retry_job(actor, authority, id).await {
            // Somebody was faster, or it has run by itself.
            Ok(()) | Err(CaseError::NotFound) => Ok(Redirect::to("/amt/betrieb?meldung=neu").into_response()),
            Err(error) => Err(of_office(error)),
        },
    }
}
