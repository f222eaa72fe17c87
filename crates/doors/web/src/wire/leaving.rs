//! Withdrawing an application, and going on from an old one.

use super::own::CasePath;
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{FollowPage, WithdrawPage, ok};
use crate::state::WebState;
use crate::view::mine::{FollowView, WithdrawView};
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wegfrei_cases::{FollowUp, OBJECTION_SERVICE};

/// `GET /mein-bereich/vorgang/{authority}/{case}/zuruecknehmen`
pub(crate) async fn withdraw_asked(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    let own = match path.open(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let actions = state.cases.my_actions(own.person, own.authority(), own.case()).await?;
    if !actions.withdraw {
        return Ok(own.back(""));
    }
    let t = visit.frame.t;
    let (title, lines, button) = if own.known.service == OBJECTION_SERVICE {
        (
            t.withdraw_objection_title,
            t.withdraw_objection_lines,
            t.withdraw_objection_button,
        )
    } else {
        (t.withdraw_title, t.withdraw_lines, t.withdraw_button)
    };
    Ok(ok(&WithdrawPage {
        f: &visit.frame,
        v: &WithdrawView {
            of: own.of(&state, &visit),
            title,
            lines,
            button,
        },
    }))
}

/// `POST /mein-bereich/vorgang/{authority}/{case}/zuruecknehmen`
pub(crate) async fn withdraw(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    _: Posted,
) -> Result<Response, Problem> {
    let own = match path.open(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    state.cases.withdraw(own.person, own.authority(), own.case()).await?;
    Ok(own.back("zurueckgenommen"))
}

/// Whether a service pays something that can go on; a tax has changes only.
pub(crate) fn pays(state: &WebState, service: &str) -> bool {
    let package = state.cases.catalogue().package(service);
    package.is_some_and(|package| package.manifest().payment.is_some())
}

/// `GET /mein-bereich/vorgang/{authority}/{case}/folgeantrag`
pub(crate) async fn follow_asked(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    let own = match path.open(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let actions = state.cases.my_actions(own.person, own.authority(), own.case()).await?;
    if !actions.follow_up {
        return Ok(own.back(""));
    }
    Ok(ok(&FollowPage {
        f: &visit.frame,
        v: &FollowView {
            of: own.of(&state, &visit),
            renewal: pays(&state, &own.known.service),
        },
    }))
}

/// `POST /mein-bereich/vorgang/{authority}/{case}/folgeantrag`: on to a draft that is filled in already.
pub(crate) async fn follow(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let own = match path.open(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let kind = match posted.get("art") {
        Some("weiterleistung") => FollowUp::Renewal,
        Some("aenderung") => FollowUp::Change,
        _ => return Err(Problem::status(StatusCode::BAD_REQUEST)),
    };
    let authority = own.authority();
    let draft = state
        .cases
        .start_follow_up(own.person, authority, own.case(), kind)
        .await?;
    let form = super::draft::base(authority, draft);
    let package = state.cases.package_for(authority, draft).await?;
    // The first page, not the first unfinished one: everything is to be looked at again.
    let first = package
        .form()
        .pages()
        .first()
        .map(|page| page.id.as_str())
        .unwrap_or_default();
    Ok(Redirect::to(&format!("{form}/{first}")).into_response())
}
