//! Somebody helps: the resident makes a code and sees who helps; the helper enters it and sees what they help with.

use super::draft;
use super::mine::{case_path, status_of};
use super::{authority_name, day, service_title};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{AssistPage, HelpPage, ok, page};
use crate::state::WebState;
use crate::view::help::{AssistView, HelpView, HelpedItem, HelperLine};
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseError, CaseSummary, Status};
use wegfrei_identity::Profile;
use wegfrei_model::{AuthorityId, CaseId, PersonId};

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct HelpQuery {
    meldung: Option<String>,
}

/// A draft or case by its path.
#[derive(Deserialize)]
pub(crate) struct HelpPath {
    authority: String,
    case: String,
}

impl HelpPath {
    fn ids(&self) -> Result<(AuthorityId, CaseId), Problem> {
        let authority = AuthorityId::parse(&self.authority).map_err(|_| Problem::missing())?;
        Ok((authority, CaseId::parse(&self.case).map_err(|_| Problem::missing())?))
    }
}

/// The path of the page on which a resident says who helps.
pub(crate) fn path(authority: AuthorityId, case: CaseId) -> String {
    format!("/mein-bereich/hilfe/{authority}/{case}")
}

/// What somebody is told who may not see a case at all, or may not do this with one they help with.
pub(crate) async fn not_yours(
    state: &WebState,
    person: PersonId,
    authority: AuthorityId,
    case: CaseId,
) -> Result<Problem, Problem> {
    match state.cases.seen_case(person, authority, case).await {
        Ok((_, true)) => Ok(Problem::Helper),
        Ok((_, false)) | Err(CaseError::NotFound) => Ok(Problem::missing()),
        Err(other) => Err(other.into()),
    }
}

/// A case of one's own; who only helps with it is told that this is not theirs to do.
pub(crate) async fn own_case(
    state: &WebState,
    person: PersonId,
    authority: AuthorityId,
    case: CaseId,
) -> Result<CaseSummary, Problem> {
    match state.cases.my_case(person, authority, case).await {
        Err(CaseError::NotFound) => Err(not_yours(state, person, authority, case).await?),
        other => Ok(other?),
    }
}

fn href(known: &CaseSummary) -> String {
    if known.status == Status::Draft {
        draft::base(known.authority, known.case)
    } else {
        case_path(known.authority, known.case)
    }
}

fn title(state: &WebState, visit: &Visit, known: &CaseSummary) -> String {
    let service = service_title(state, &known.service, visit.lang);
    format!("{service}, {}", authority_name(state, known.authority))
}

async fn view(state: &WebState, visit: &Visit, person: PersonId, known: &CaseSummary) -> Result<HelpView, Problem> {
    let t = visit.frame.t;
    let help = state.cases.my_help(person, known.authority, known.case).await?;
    Ok(HelpView {
        here: path(known.authority, known.case),
        back: href(known),
        title: title(state, visit, known),
        helpers: help
            .helpers
            .into_iter()
            .map(|helper| HelperLine {
                id: helper.helper.to_string(),
                name: helper.name,
                since: day(t, helper.since),
            })
            .collect(),
        room: help.room,
        waiting: help.code_until.map(|until| until.words(t.language)),
        code: None,
        message: None,
    })
}

/// `GET /mein-bereich/hilfe/{authority}/{case}`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<HelpPath>,
    Query(query): Query<HelpQuery>,
) -> Result<Response, Problem> {
    let (person, (authority, case)) = (visit.person()?, path.ids()?);
    let known = own_case(&state, person, authority, case).await?;
    let t = visit.frame.t;
    let view = HelpView {
        message: match query.meldung.as_deref() {
            Some("beendet") => Some(t.help_ended.to_owned()),
            Some("zurueck") => Some(t.help_taken_back.to_owned()),
            _ => None,
        },
        ..view(&state, &visit, person, &known).await?
    };
    Ok(ok(&HelpPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `POST /mein-bereich/hilfe/{authority}/{case}`: makes a code, takes it back, or ends somebody's help.
pub(crate) async fn change(
    State(state): State<WebState>,
    visit: Visit,
    Path(named): Path<HelpPath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (person, (authority, case)) = (visit.person()?, named.ids()?);
    let known = own_case(&state, person, authority, case).await?;
    let here = path(authority, case);
    if let Some(helper) = posted.get("beenden") {
        let helper = PersonId::parse(helper).map_err(|_| Problem::missing())?;
        state.cases.end_help(person, authority, case, helper).await?;
        return Ok(Redirect::to(&format!("{here}?meldung=beendet")).into_response());
    }
    match posted.get("schritt") {
        Some("zurueck") => {
            state.cases.take_help_back(person, authority, case).await?;
            Ok(Redirect::to(&format!("{here}?meldung=zurueck")).into_response())
        }
        // The code stands in no address and is shown this once, so this page answers the post itself.
        Some("code") => {
            let code = state.cases.offer_help(person, authority, case).await?;
            let view = HelpView {
                code: Some(code.code.split(' ').map(str::to_owned).collect()),
                ..view(&state, &visit, person, &known).await?
            };
            Ok(ok(&HelpPage {
                f: &visit.frame_at(&here),
                v: &view,
            }))
        }
        _ => Err(Problem::status(StatusCode::BAD_REQUEST)),
    }
}

/// What somebody helps with, for lists.
pub(crate) fn items(state: &WebState, visit: &Visit, cases: &[CaseSummary]) -> Vec<HelpedItem> {
    let item = |known: &CaseSummary| {
        let (tone, word, _) = status_of(visit.frame.t, &known.service, known.status);
        HelpedItem {
            href: href(known),
            id: format!("{}/{}", known.authority, known.case),
            title: title(state, visit, known),
            reference: known.reference.clone().unwrap_or_default(),
            tone,
            status: word.to_owned(),
        }
    };
    cases.iter().map(item).collect()
}

async fn assisting(
    state: &WebState,
    visit: &Visit,
    person: PersonId,
    error: Option<String>,
    message: Option<String>,
) -> Result<Response, Problem> {
    let cases = state.cases.helped_cases(person).await?;
    let view = AssistView {
        cases: items(state, visit, &cases),
        error,
        message,
    };
    let status = if view.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let template = AssistPage {
        f: &visit.frame_at("/mein-bereich/helfen"),
        v: &view,
    };
    Ok(page(status, &template))
}

/// `GET /mein-bereich/helfen`
pub(crate) async fn assist(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<HelpQuery>,
) -> Result<Response, Problem> {
    let person = visit.person()?;
    let t = visit.frame.t;
    let message = match query.meldung.as_deref() {
        Some("beendet") => Some(t.help_stopped.to_owned()),
        Some("hilft") => Some(t.help_begun.to_owned()),
        _ => None,
    };
    assisting(&state, &visit, person, None, message).await
}

/// `POST /mein-bereich/helfen`: enters a code, or stops helping.
pub(crate) async fn enter(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let person = visit.person()?;
    if let Some(id) = posted.get("beenden") {
        let (authority, case) = id.split_once('/').ok_or_else(Problem::missing)?;
        let authority = AuthorityId::parse(authority).map_err(|_| Problem::missing())?;
        let case = CaseId::parse(case).map_err(|_| Problem::missing())?;
        return match state.cases.end_help(person, authority, case, person).await {
            Ok(()) => Ok(Redirect::to("/mein-bereich/helfen?meldung=beendet").into_response()),
            Err(error) => Err(error.into()),
        };
    }
    let name = state
        .directory
        .person(&person)
        .map(Profile::full_name)
        .unwrap_or_default();
    let code = posted.get("code").unwrap_or_default();
    match state.cases.accept_help(person, &name, code).await {
        Ok(_) => Ok(Redirect::to("/mein-bereich/helfen?meldung=hilft").into_response()),
        // What was typed is not shown again: somebody may look over a shoulder, and it is typed anew more surely than mended.
        Err(CaseError::Input(words) | CaseError::Limit(words)) => {
            assisting(&state, &visit, person, Some(words), None).await
        }
        Err(error) => Err(error.into()),
    }
}
