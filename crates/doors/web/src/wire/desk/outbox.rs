//! The outbox: letters to print and to post, and what was noted by mistake. From the day of posting periods run (docs/decisions/0006).

use super::of_office;
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{OutboxPage, ok};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Paging;
use crate::view::desk::{OutboxFile, OutboxLine, OutboxView};
use crate::visit::Visit;
use crate::wire::mine::file;
use crate::wire::{day, service_title};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseError, LetterKind, OutboxDocument, OutboxItem, Posting};
use wegfrei_model::time::german_date;
use wegfrei_model::{Date, NoticeId};

/// Letters on one page.
const LETTERS: u64 = 25;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct OutboxQuery {
    nach: Option<String>,
    meldung: Option<String>,
}

pub(super) fn kind(t: &'static Texts, kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::Decision => t.outbox_decision,
        LetterKind::ObjectionDecision => t.outbox_objection,
        LetterKind::Enclosure => t.outbox_enclosure,
        LetterKind::Request => t.outbox_request,
        LetterKind::Reminder => t.outbox_reminder,
        LetterKind::Other => t.outbox_other,
    }
}

fn document(t: &'static Texts, document: &OutboxDocument) -> OutboxFile {
    OutboxFile {
        href: format!("/amt/postausgang/{}.pdf", document.notice),
        name: match document.kind {
            LetterKind::Enclosure if document.template.ends_with("-leicht") => t.outbox_easy.to_owned(),
            other => kind(t, other).to_owned(),
        },
    }
}

fn line(state: &WebState, visit: &Visit, item: &OutboxItem) -> OutboxLine {
    let t = visit.frame.t;
    let code = item.documents.first().map(|one| one.code.as_str()).unwrap_or_default();
    let words = |post: &'static str, serve: &'static str| if item.serve { serve } else { post }.to_owned();
    OutboxLine {
        id: item.notice.to_string(),
        kind: kind(t, item.kind).to_owned(),
        way: words(t.outbox_by_post, t.outbox_by_certificate),
        files: item.documents.iter().map(|one| document(t, one)).collect(),
        reference: item.reference.clone(),
        service: service_title(state, &item.service, visit.lang),
        since: day(t, item.since),
        made: fill(&fill(t.outbox_made, "date", item.since.german()), "code", code),
        first: item.since.date().to_string(),
        last: state.cases.now().date().to_string(),
        label: words(t.outbox_day, t.outbox_delivered),
        button: words(t.outbox_mark, t.outbox_mark_delivered),
        posted: item.posted.map(german_date).unwrap_or_default(),
        run: item
            .run
            .map(|run| (super::print::href(run), fill(t.outbox_in_run, "n", run))),
    }
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
    let posted = match query.nach {
        Some(_) => Vec::new(),
        None => state.cases.posted_lately(actor).await.map_err(of_office)?,
    };
    let view = OutboxView {
        letters: found.items.iter().map(|item| line(&state, &visit, item)).collect(),
        posted: posted.iter().map(|item| line(&state, &visit, item)).collect(),
        print: match query.nach {
            Some(_) => None,
            None => Some(super::print::of_outbox(&state, &visit, actor).await?),
        },
        message: match query.meldung.as_deref() {
            Some("abgeschickt") => Some(t.outbox_posted.to_owned()),
            Some("schon") => Some(t.outbox_before.to_owned()),
            Some("mitgeteilt") => Some(t.outbox_told.to_owned()),
            Some("drucklauf") => Some(t.print_not_started.to_owned()),
            Some("irrtum") => Some(t.outbox_recalled.to_owned()),
            _ => None,
        },
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

/// `GET /amt/postausgang/{notice}.pdf`: opened to be printed; that is the purpose recorded, and so is a refusal.
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
    let bytes = state.cases.outbox_pdf(actor, authority, notice).await?;
    Ok(file("application/pdf", "Brief.pdf", bytes))
}

/// `POST /amt/postausgang`: the letter was given to the post on a day, or delivered, or not after all.
pub(crate) async fn posted(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    // The policy is asked before the form is judged: another role learns nothing from it.
    state.cases.outbox(actor, None, 1).await.map_err(of_office)?;
    let named = |field: &str| posted.get(field).and_then(|id| NoticeId::parse(id).ok());
    let message = if let Some(notice) = named("irrtum") {
        let recalled = state.cases.recall_posted(actor, authority, notice).await;
        recalled.map_err(of_office)?;
        "irrtum"
    } else {
        let notice = named("brief").ok_or_else(Problem::missing)?;
        let day = posted.get("tag").and_then(|day| day.trim().parse::<Date>().ok());
        let day = day.ok_or_else(|| {
            CaseError::Input("Bitte geben Sie den Tag als Datum an, zum Beispiel 24.11.2026.".to_owned())
        })?;
        let noted = state.cases.mark_posted(actor, authority, notice, day).await;
        match noted.map_err(of_office)? {
            Posting::Noted => "abgeschickt",
            // A second click, or a colleague.
            Posting::Before => "schon",
            Posting::Told => "mitgeteilt",
        }
    };
    Ok(Redirect::to(&format!("/amt/postausgang?meldung={message}")).into_response())
}
