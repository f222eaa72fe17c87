//! The outbox: letters to print and to post. From the day of posting the period for objection runs (docs/decisions/0006).

use super::of_office;
use super::words::letter_name;
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{OutboxPage, ok};
use crate::state::WebState;
use crate::view::Paging;
use crate::view::desk::{OutboxLine, OutboxView};
use crate::visit::Visit;
use crate::wire::mine::file;
use crate::wire::{day, service_title};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::CaseError;
use wegfrei_model::NoticeId;

/// Letters on one page.
const LETTERS: u64 = 25;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct OutboxQuery {
    nach: Option<String>,
    meldung: Option<String>,
}

/// `GET /amt/postausgang`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<OutboxQuery>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let t = visit.frame.t;
    let found = state.cases.outbox(actor, query.nach.as_deref(), LETTERS).await;
    let found = found.map_err(of_office)?;
    let view = OutboxView {
        letters: found
            .items
            .iter()
            .map(|item| OutboxLine {
                id: item.notice.to_string(),
                href: format!("/amt/postausgang/{}.pdf", item.notice),
                reference: item.reference.clone(),
                service: state.cases.catalogue().package(&item.service).map_or_else(
                    || service_title(&state, &item.service, visit.lang),
                    |package| letter_name(t, package, &item.template),
                ),
                since: day(item.since),
            })
            .collect(),
        message: (query.meldung.as_deref() == Some("abgeschickt")).then(|| t.outbox_posted.to_owned()),
        paging: Paging {
            first: query.nach.as_ref().map(|_| "/amt/postausgang".to_owned()),
            next: found.next.map(|next| format!("/amt/postausgang?nach={next}")),
        },
    };
    Ok(ok(&OutboxPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `GET /amt/postausgang/{notice}.pdf`: opened to be printed; that is the purpose recorded.
pub(crate) async fn pdf(
    State(state): State<WebState>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let notice = name
        .strip_suffix(".pdf")
        .and_then(|id| NoticeId::parse(id).ok())
        .ok_or_else(Problem::missing)?;
    let bytes = state.cases.outbox_pdf(actor, authority, notice).await;
    Ok(file("application/pdf", "Brief.pdf", bytes.map_err(of_office)?))
}

/// `POST /amt/postausgang`: the letter was given to the post today.
pub(crate) async fn posted(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    // The policy is asked before the form is judged: another role learns nothing from it.
    state.cases.outbox(actor, None, 1).await.map_err(of_office)?;
    let notice = posted.get("brief").and_then(|id| NoticeId::parse(id).ok());
    let notice = notice.ok_or_else(Problem::missing)?;
    let today = state.cases.now().date();
    match state.cases.mark_posted(actor, authority, notice, today).await {
        // A second click, or a colleague: it is posted.
        Ok(()) | Err(CaseError::Stale) => Ok(Redirect::to("/amt/postausgang?meldung=abgeschickt").into_response()),
        Err(error) => Err(of_office(error)),
    }
}
