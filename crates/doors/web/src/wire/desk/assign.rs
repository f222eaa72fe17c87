//! Taking a task, giving it back, handing over one or many. Opens no contents.

use super::list::is_nobody;
use super::of_office;
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{HandedPage, ok};
use crate::state::WebState;
use crate::texts::Texts;
use crate::view::desk::HandedView;
use crate::visit::{Visit, local};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wegfrei_cases::CaseError;
use wegfrei_model::{CaseId, TaskId};

/// A task as a line of the list names it: `case/task/holder/reference`. The reference is only shown again.
struct Picked {
    case: CaseId,
    task: TaskId,
    holder: Option<String>,
    reference: String,
}

fn picked(text: &str) -> Result<Picked, Problem> {
    let unreadable = || Problem::status(StatusCode::BAD_REQUEST);
    let mut parts = text.splitn(4, '/');
    let mut next = || parts.next().ok_or_else(unreadable);
    Ok(Picked {
        case: CaseId::parse(next()?).map_err(|_| unreadable())?,
        task: TaskId::parse(next()?).map_err(|_| unreadable())?,
        holder: Some(next()?).filter(|id| *id != "-").map(str::to_owned),
        reference: next()?.chars().take(40).collect(),
    })
}

/// The list the form came from, with a word on what was done.
fn list(posted: &Posted, message: Option<&str>) -> String {
    let of_list = |path: &&str| *path == "/amt" || path.starts_with("/amt?");
    let back = posted.get("liste").and_then(local).filter(of_list).unwrap_or("/amt");
    let join = if back.contains('?') { '&' } else { '?' };
    message.map_or_else(|| back.to_owned(), |code| format!("{back}{join}meldung={code}"))
}

/// Why a task was not assigned, and what one can do: what nobody holds is taken first, by whoever wants to hand it over.
fn why(t: &'static Texts, task: &Picked, error: CaseError) -> String {
    match error {
        CaseError::Stale => t.handed_stale.to_owned(),
        CaseError::Refused(_) if task.holder.is_none() => t.handed_free.to_owned(),
        CaseError::Refused(_) => t.handed_refused.to_owned(),
        CaseError::NotFound => t.handed_missing.to_owned(),
        CaseError::Verdict(words) => words,
        other => {
            tracing::error!(error = %other, "a task could not be assigned");
            t.handed_broken.to_owned()
        }
    }
}

fn done(posted: &Posted, code: &str) -> Response {
    Redirect::to(&list(posted, Some(code))).into_response()
}

/// A page that names what did not go.
fn failed(visit: &Visit, posted: &Posted, to: String, done: usize, failed: Vec<(String, String)>) -> Response {
    let view = HandedView {
        to,
        done,
        failed,
        back: list(posted, None),
    };
    ok(&HandedPage {
        f: &visit.frame,
        v: &view,
    })
}

/// `POST /amt/zuweisen`
pub(crate) async fn assign(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let t = visit.frame.t;
    let me = match actor {
        wegfrei_journal::Actor::Staff { id, .. } => id.as_str(),
        _ => "",
    };
    let one = [("nehmen", Some(me), "uebernommen"), ("zurueck", None, "zurueck")]
        .into_iter()
        .find_map(|(field, to, code)| posted.get(field).map(|text| (text, to, code)));
    if let Some((text, to, code)) = one {
        let task = picked(text)?;
        let held = task.holder.as_deref();
        return match state.cases.assign(actor, task.case, task.task, held, to).await {
            Ok(()) => Ok(done(&posted, code)),
            Err(error @ (CaseError::Stale | CaseError::Verdict(_) | CaseError::Refused(_) | CaseError::NotFound)) => {
                let wrong = vec![(task.reference.clone(), why(t, &task, error))];
                Ok(failed(&visit, &posted, String::new(), 0, wrong))
            }
            Err(other) => Err(other.into()),
        };
    }
    let to = posted.get("an").unwrap_or_default();
    let asked = posted.fields.iter().filter(|(name, _)| name == "aufgabe");
    let tasks = asked.map(|(_, text)| picked(text)).collect::<Result<Vec<_>, _>>()?;
    if tasks.is_empty() || to.is_empty() {
        return Ok(done(&posted, "nichts"));
    }
    let wanted: Vec<(CaseId, TaskId)> = tasks.iter().map(|task| (task.case, task.task)).collect();
    let colleague = Some(to).filter(|to| !is_nobody(to));
    let handed = match state.cases.hand_over(actor, &wanted, colleague).await {
        Ok(handed) => handed,
        Err(CaseError::Verdict(words)) => {
            let what = t.desk_hand_over.to_owned();
            return Ok(failed(&visit, &posted, String::new(), 0, vec![(what, words)]));
        }
        Err(error) => return Err(of_office(error)),
    };
    let mut wrong = Vec::new();
    let mut went = 0;
    // What became of each comes in the order asked.
    for (one, asked) in handed.into_iter().zip(tasks) {
        match one.outcome {
            Ok(()) => went += 1,
            Err(error) => wrong.push((asked.reference.clone(), why(t, &asked, error))),
        }
    }
    if wrong.is_empty() {
        return Ok(done(&posted, "uebergeben"));
    }
    let name = match colleague {
        None => t.desk_hand_back.to_owned(),
        Some(id) => state
            .directory
            .staff_member(authority, id)
            .map_or_else(|| id.to_owned(), |member| member.name.clone()),
    };
    Ok(failed(&visit, &posted, name, went, wrong))
}
