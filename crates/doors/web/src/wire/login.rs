//! Signing in and out. Only demonstration logins exist yet; without them the page says so.

use super::{authority_name, portal};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{LoginPage, ok, page};
use crate::state::WebState;
use crate::view::portal::{DemoLogin, LoginView};
use crate::visit::{Jar, Visit, local, set};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_identity::Role;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, PersonId};

/// Where the sessions of residents are kept: the Land.
const LAND: &str = "15000000";

/// What the query of the login page may say.
#[derive(Deserialize, Default)]
pub(crate) struct LoginQuery {
    ziel: Option<String>,
}

fn view(state: &WebState, next: &str, needed: bool, failed: bool) -> LoginView {
    let mut view = LoginView {
        next: next.to_owned(),
        failed,
        needed,
        ..LoginView::default()
    };
    if state.options.demo {
        view.persons = state
            .directory
            .persons()
            .map(|person| DemoLogin {
                id: person.id.to_string(),
                name: person.full_name(),
                detail: person.town.clone(),
            })
            .collect();
        view.staff = state
            .directory
            .staff()
            .map(|member| {
                let roles: Vec<&str> = member.roles.iter().map(|role: &Role| role.german()).collect();
                DemoLogin {
                    id: format!("{}/{}", member.authority, member.id),
                    name: member.name.clone(),
                    detail: format!("{}, {}", authority_name(state, member.authority), roles.join(", ")),
                }
            })
            .collect();
    }
    view
}

/// `GET /anmelden`
pub(crate) async fn show(State(state): State<WebState>, visit: Visit, Query(query): Query<LoginQuery>) -> Response {
    let next = query.ziel.as_deref().and_then(local);
    if visit.session.is_some() && next.is_none() {
        return Redirect::to(home(&visit)).into_response();
    }
    ok(&LoginPage {
        f: &visit.frame,
        v: &view(&state, next.unwrap_or_default(), next.is_some(), false),
    })
}

fn home(visit: &Visit) -> &'static str {
    if visit.frame.staff() {
        visit.frame.home()
    } else {
        "/mein-bereich"
    }
}

fn chosen(state: &WebState, posted: &Posted) -> Option<(Actor, AuthorityId, &'static str)> {
    if !state.options.demo {
        return None;
    }
    if let Some(id) = posted.get("person") {
        let person = PersonId::parse(id).ok()?;
        state.directory.person(&person)?;
        return Some((Actor::Person(person), AuthorityId::parse(LAND).ok()?, "/mein-bereich"));
    }
    let (authority, id) = posted.get("amt")?.split_once('/')?;
    let authority = AuthorityId::parse(authority).ok()?;
    let member = state.directory.staff_member(authority, id)?;
    Some((
        Actor::Staff {
            id: member.id.clone(),
            authority,
        },
        authority,
        state.rooms.home(authority, &member.id),
    ))
}

/// `POST /anmelden`: a new session with a new token, whatever the browser had before.
pub(crate) async fn login(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let next = posted.get("ziel").and_then(local);
    let Some((actor, home, usual)) = chosen(&state, &posted) else {
        let view = view(&state, next.unwrap_or_default(), false, true);
        return Ok(page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &LoginPage {
                f: &visit.frame,
                v: &view,
            },
        ));
    };
    let unavailable = |error| {
        tracing::error!(%error, "sessions cannot be written");
        Problem::status(StatusCode::SERVICE_UNAVAILABLE)
    };
    if let Some(old) = &visit.session {
        state.sessions.logout(old).await.map_err(unavailable)?;
    }
    let token = state.sessions.login(&actor, &home).await.map_err(unavailable)?;
    // Who wanted to start an application goes on with it, without pressing the button again.
    let started = match (&actor, next.and_then(portal::wanted)) {
        (Actor::Person(person), Some(service)) => {
            Some(portal::start_application(&state, &visit, *person, service, false).await?)
        }
        _ => None,
    };
    let mut response = started.unwrap_or_else(|| Redirect::to(next.unwrap_or(usual)).into_response());
    set(&mut response, &state, Jar::Session, Some(token.as_str().to_owned()));
    set(&mut response, &state, Jar::Guest, None);
    Ok(response)
}

/// `POST /abmelden`
pub(crate) async fn logout(State(state): State<WebState>, visit: Visit, _: Posted) -> Result<Response, Problem> {
    if let Some(session) = &visit.session {
        state.sessions.logout(session).await.map_err(|error| {
            tracing::error!(%error, "a session could not be ended");
            Problem::status(StatusCode::SERVICE_UNAVAILABLE)
        })?;
    }
    let mut response = Redirect::to("/").into_response();
    set(&mut response, &state, Jar::Session, None);
    Ok(response)
}
