//! The end of an application: summary, sending, receipt, or throwing it away.

use super::draft::{Draft, DraftPath, base};
use super::form::{answers, element_id, page_of};
use super::{authority_name, service_title};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{DiscardPage, ReceiptPage, SummaryPage, ok, page};
use crate::state::WebState;
use crate::view::contact::ContactChoice;
use crate::view::form::{ErrorLink, ReceiptView, SummaryView};
use crate::view::portal::DiscardView;
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wegfrei_cases::{CaseError, Contact, OBJECTION_SERVICE, Status};

/// `GET /antrag/{authority}/{case}/pruefen`
pub(crate) async fn summary(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
) -> Result<Response, Problem> {
    match path.open(&state, &visit).await? {
        Ok(draft) if draft.helping => {
            // The way of contact is not shown to who helps, nor asked.
            let visit = visit.helping(true);
            summarised(&state, &visit, &draft, ContactChoice::default(), StatusCode::OK)
        }
        Ok(draft) => {
            let view = &draft.view;
            let (choice, _) = super::contact::stored(&state, draft.person, view.authority, view.case).await?;
            summarised(&state, &visit, &draft, choice, StatusCode::OK)
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn summarised(
    state: &WebState,
    visit: &Visit,
    draft: &Draft,
    choice: ContactChoice,
    status: StatusCode,
) -> Result<Response, Problem> {
    let form = draft.form(state)?;
    let data = &draft.view.data;
    let base = draft.base();
    let pages = Draft::pages(form, data, draft.today);
    let errors = draft
        .problems(state, form, None)?
        .into_iter()
        .map(|problem| {
            let target = page_of(form, &problem.path).map_or_else(String::new, |page| {
                format!("{base}/{}?ziel=pruefen&fehler=1#{}", page.id, element_id(&problem.path))
            });
            ErrorLink {
                target,
                message: problem.message,
            }
        })
        .collect::<Vec<_>>();
    let complete = errors.is_empty();
    let errors = errors
        .into_iter()
        .chain(super::contact::link(&choice))
        .collect::<Vec<_>>();
    let steps = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
    let view = SummaryView {
        service: service_title(state, &draft.view.service, visit.lang),
        authority: authority_name(state, draft.view.authority),
        step: steps,
        steps,
        back: pages
            .last()
            .map_or_else(|| base.clone(), |page| format!("{base}/{}", page.id)),
        version: draft.view.version,
        groups: answers(visit.frame.t, form, data, |page| format!("{base}/{page}?ziel=pruefen")),
        errors,
        contact: Some(choice),
        complete,
        help: (!draft.helping).then(|| super::help::path(draft.view.authority, draft.view.case)),
        base: base.clone(),
    };
    Ok(page(
        status,
        &SummaryPage {
            f: &visit.frame_at(&format!("{base}/pruefen")),
            v: &view,
        },
    ))
}

/// `POST /antrag/{authority}/{case}/senden`: sends the saved draft; sending twice is one case and one receipt.
pub(crate) async fn send(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let draft = match path.open(&state, &visit).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if draft.helping {
        return Err(Problem::Helper);
    }
    if posted.version()? != draft.view.version {
        return Err(CaseError::Stale.into());
    }
    let chosen = match super::contact::read(&state, &posted) {
        Ok(contact) => contact,
        Err(choice) => return summarised(&state, &visit, &draft, choice, StatusCode::UNPROCESSABLE_ENTITY),
    };
    let (known, _) = super::contact::stored(&state, draft.person, draft.view.authority, draft.view.case).await?;
    // Without a choice it is a letter: nothing to write down.
    let choice = (known.email || chosen != Contact::Letter).then_some(&chosen);
    let (person, authority, case) = (draft.person, draft.view.authority, draft.view.case);
    let seen = Some(draft.view.version);
    match state.cases.submit_with(person, authority, case, choice, seen).await {
        Ok(_) => Ok(Redirect::to(&format!("{}/eingang", draft.base())).into_response()),
        Err(CaseError::Invalid(_)) => summarised(&state, &visit, &draft, known, StatusCode::UNPROCESSABLE_ENTITY),
        Err(error) => Err(error.into()),
    }
}

/// `GET /antrag/{authority}/{case}/senden`: only a language link or a reload leads here.
pub(crate) async fn send_shown(Path(path): Path<DraftPath>) -> Result<Redirect, Problem> {
    let (authority, case) = path.ids()?;
    Ok(Redirect::to(&format!("{}/pruefen", base(authority, case))))
}

/// `GET /antrag/{authority}/{case}/eingang`
pub(crate) async fn receipt(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
) -> Result<Response, Problem> {
    let (person, (authority, case)) = (visit.person()?, path.ids()?);
    let known = super::help::own_case(&state, person, authority, case).await?;
    let (Some(reference), Some(sent)) = (known.reference, known.submitted_at) else {
        return Ok(Redirect::to(&base(authority, case)).into_response());
    };
    let t = visit.frame.t;
    let (title, next) = match known.status {
        _ if known.service == OBJECTION_SERVICE => (t.object_receipt, t.object_receipt_next),
        Status::InReview => (t.receipt_title, t.receipt_next_review),
        Status::Decided => (t.receipt_title, t.receipt_next_decided),
        // An old link: how it stands now is told elsewhere.
        _ => return Ok(Redirect::to(&super::mine::case_path(authority, case)).into_response()),
    };
    let (choice, _) = super::contact::stored(&state, person, authority, case).await?;
    let by_letter = (!choice.email && known.service != OBJECTION_SERVICE).then_some(&t.receipt_next_letter);
    let view = ReceiptView {
        title,
        case: super::mine::case_path(authority, case),
        reference,
        service: service_title(&state, &known.service, visit.lang),
        authority: authority_name(&state, authority),
        received: sent.words(t.language),
        next: next.iter().chain(by_letter).map(|line| (*line).to_owned()).collect(),
    };
    Ok(ok(&ReceiptPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `GET /antrag/{authority}/{case}/verwerfen`
pub(crate) async fn discard_asked(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
) -> Result<Response, Problem> {
    let (person, (authority, case)) = (visit.person()?, path.ids()?);
    let known = super::help::own_case(&state, person, authority, case).await?;
    if known.status != Status::Draft {
        return Ok(Redirect::to(&super::mine::case_path(authority, case)).into_response());
    }
    let title = format!(
        "{}, {}",
        service_title(&state, &known.service, visit.lang),
        authority_name(&state, authority)
    );
    Ok(ok(&DiscardPage {
        f: &visit.frame,
        v: &DiscardView {
            base: base(authority, case),
            title,
        },
    }))
}

/// `POST /antrag/{authority}/{case}/verwerfen`
pub(crate) async fn discard(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
    _: Posted,
) -> Result<Redirect, Problem> {
    let (person, (authority, case)) = (visit.person()?, path.ids()?);
    match state.cases.discard_draft(person, authority, case).await {
        Ok(()) | Err(CaseError::Discarded) => Ok(Redirect::to("/mein-bereich?meldung=geloescht")),
        // Recorded by then; who helps is told why.
        Err(CaseError::Refused(_)) => match super::help::not_yours(&state, person, authority, case).await? {
            Problem::Helper => Err(Problem::Helper),
            _ => Err(Problem::Refused),
        },
        Err(error) => Err(error.into()),
    }
}
