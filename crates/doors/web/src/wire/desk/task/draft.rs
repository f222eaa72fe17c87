//! The letter as it would go out, and the page after a decision.

use super::Desk;
use crate::body::Posted;
use crate::layers::Framing;
use crate::problem::Problem;
use crate::render::{DonePage, NoLetter, ok, page};
use crate::state::WebState;
use crate::texts::fill;
use crate::view::desk::DoneView;
use crate::visit::Visit;
use crate::wire::desk::CasePath;
use crate::wire::desk::case::held;
use crate::wire::mine::inline;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use wegfrei_cases::{CaseError, TimelineItem};
use wegfrei_model::time::date_words;
use wegfrei_process::Work;

fn no_letter(visit: &Visit, status: StatusCode, why: &str) -> Response {
    let f = &visit.frame;
    let title = f.t.task_no_draft;
    Framing::Held.mark(page(status, &NoLetter { f, title, why }))
}

/// `GET /amt/vorgang/{authority}/{case}/aufgabe/entwurf`: what stands in the frame before a letter was asked for. Opens nothing.
pub(crate) async fn draft_shown(visit: Visit, Path(path): Path<CasePath>) -> Result<Response, Problem> {
    visit.official()?;
    path.ids()?;
    let f = &visit.frame;
    let (title, why) = (f.t.task_draft, f.t.task_draft_lead);
    Ok(Framing::Held.mark(ok(&NoLetter { f, title, why })))
}

/// `POST /amt/vorgang/{authority}/{case}/aufgabe/entwurf`: the letter as it would go out, in the frame of the page. Writes nothing.
pub(crate) async fn draft(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let t = visit.frame.t;
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(_) => return Ok(no_letter(&visit, StatusCode::CONFLICT, t.task_no_draft_now)),
    };
    if let Some(why) = held(t, &desk.opened) {
        return Ok(no_letter(&visit, StatusCode::CONFLICT, &why));
    }
    let Some((task, _)) = desk.task() else {
        return Ok(no_letter(&visit, StatusCode::CONFLICT, t.task_no_draft_now));
    };
    let verdict = match desk.verdict(&posted) {
        Ok((verdict, _)) => verdict,
        Err(typed) => {
            let words: Vec<String> = typed.errors().into_iter().map(|error| error.message).collect();
            return Ok(no_letter(&visit, StatusCode::UNPROCESSABLE_ENTITY, &words.join(" ")));
        }
    };
    match state.cases.preview_letter(&desk.at(task), verdict).await {
        Ok(pdf) => Ok(Framing::Held.mark(inline("application/pdf", "Entwurf.pdf", pdf.bytes))),
        Err(CaseError::Invalid(problems)) => {
            let words: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
            Ok(no_letter(&visit, StatusCode::UNPROCESSABLE_ENTITY, &words.join(" ")))
        }
        Err(CaseError::Verdict(words)) => Ok(no_letter(&visit, StatusCode::UNPROCESSABLE_ENTITY, &words)),
        Err(CaseError::NotFound) => Ok(no_letter(&visit, StatusCode::NOT_FOUND, t.task_no_draft_yet)),
        Err(CaseError::Stale | CaseError::Held(_)) => Ok(no_letter(&visit, StatusCode::CONFLICT, t.task_no_draft_now)),
        Err(error) => Err(error.into()),
    }
}

/// What the query after a decision may say.
#[derive(Deserialize, Default)]
pub(crate) struct DoneQuery {
    ergebnis: Option<String>,
}

/// Whether the step that ended a task last has issued a decision.
fn issued(timeline: &[TimelineItem]) -> bool {
    let step = timeline.rsplit(|item| item.kind == "task.completed").next();
    let mut after = step.into_iter().flatten();
    after.any(|item| item.kind == "notice.issued" && item.letters.iter().any(|letter| letter.kind.is_main()))
}

/// `GET /amt/vorgang/{authority}/{case}/entschieden`
pub(crate) async fn decided(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<DoneQuery>,
) -> Result<Response, Problem> {
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(question) => return Ok(question),
    };
    let t = desk.t();
    // What follows is said of what the step did: a notice is promised only when there is one, and after a review a second person may have
    // to release it first.
    let release = desk.opened.task.as_ref().is_some_and(|task| task.work == Work::Release);
    let out = match issued(&desk.opened.timeline) {
        true if desk.package.manifest().serves => t.done_next_served,
        true => t.done_next,
        false => t.done_next_none,
    };
    let next = if release { t.done_next_release } else { out };
    let (what, next) = match query.ergebnis.as_deref() {
        Some("umgesetzt") => (t.done_carried, next),
        Some("korrigiert") => (t.done_corrected, next),
        Some("entschieden") => (t.done_decided, next),
        Some("nachgefordert") => (t.done_asked, t.done_next_asked),
        Some("freigegeben") => (t.done_released, out),
        Some("eingegangen") => (t.done_came, t.done_next_came),
        Some("verlaengert") => (t.done_extended, t.done_next_extended),
        Some("zurueckgegeben") => (t.done_returned, t.done_next_returned),
        _ => (t.done_confirmed, next),
    };
    // The day the letter names, which may be later than the one that was typed.
    let named = desk
        .opened
        .requests
        .last()
        .map(|request| date_words(request.named, t.language));
    let view = DoneView {
        case: desk.base(),
        reference: desk.opened.reference.clone(),
        what,
        link: (next == t.done_next_served).then_some(("/amt/postausgang", t.outbox_title)),
        next: fill(next, "date", named.unwrap_or_default()),
    };
    Ok(ok(&DonePage {
        f: &visit.frame,
        v: &view,
    }))
}
