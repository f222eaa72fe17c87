//! How somebody wants to be told of news: chosen before sending, changed on the case's page.

use super::day;
use super::own::{CasePath, Own};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{ContactPage, page};
use crate::state::WebState;
use crate::view::contact::{ContactChoice, ContactView};
use crate::view::form::ErrorLink;
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use wegfrei_cases::{CaseError, Contact};
use wegfrei_model::{AuthorityId, CaseId, EmailAddress, PersonId, Timestamp};

/// The choice as it is stored, or the start of one: a letter, and the address the login service told.
pub(crate) async fn stored(
    state: &WebState,
    person: PersonId,
    authority: AuthorityId,
    case: CaseId,
) -> Result<(ContactChoice, Option<Timestamp>), Problem> {
    let profile = state
        .directory
        .person(&person)
        .and_then(|profile| profile.email.as_ref());
    let mut choice = ContactChoice {
        offered: state.cases.has_mailer(),
        // E-mail is a consent (§ 122a Abs. 1 AO, § 37 Abs. 2a SGB X), so it is never chosen for anybody.
        email: false,
        address: profile.map(|email| email.as_str().to_owned()).unwrap_or_default(),
        error: None,
    };
    let mut failed = None;
    if let Some(known) = state.cases.my_contact(person, authority, case).await? {
        failed = known.failed_at;
        if let Contact::Email { address } = known.contact {
            choice.email = true;
            choice.address = address.as_str().to_owned();
        }
    }
    Ok((choice, failed))
}

/// What a form says, or the form again with what is wrong.
pub(crate) fn read(state: &WebState, posted: &Posted) -> Result<Contact, ContactChoice> {
    let typed = posted.get("email").unwrap_or_default();
    if posted.get("kontakt") != Some("email") {
        return Ok(Contact::Letter);
    }
    EmailAddress::parse(typed)
        .map(|address| Contact::Email { address })
        .map_err(|error| ContactChoice {
            offered: state.cases.has_mailer(),
            email: true,
            address: typed.chars().take(254).collect(),
            error: Some(error.to_string()),
        })
}

/// The link to what is wrong with a choice.
pub(crate) fn link(choice: &ContactChoice) -> Option<ErrorLink> {
    choice.error.as_ref().map(|message| ErrorLink {
        target: "#email".to_owned(),
        message: message.clone(),
    })
}

fn shown(
    state: &WebState,
    visit: &Visit,
    own: &Own,
    choice: ContactChoice,
    failed: Option<String>,
    status: StatusCode,
) -> Response {
    let view = ContactView {
        of: own.of(state, visit),
        errors: link(&choice).into_iter().collect(),
        choice,
        failed,
    };
    let here = visit.frame_at(&format!("{}/kontakt", own.href()));
    page(status, &ContactPage { f: &here, v: &view })
}

/// `GET /mein-bereich/vorgang/{authority}/{case}/kontakt`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    let own = match path.open(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (choice, failed) = stored(&state, own.person, own.authority(), own.case()).await?;
    let failed = failed.map(|at| day(visit.frame.t, at));
    Ok(shown(&state, &visit, &own, choice, failed, StatusCode::OK))
}

/// `POST /mein-bereich/vorgang/{authority}/{case}/kontakt`
pub(crate) async fn save(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let own = match path.open(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let wrong = |choice| shown(&state, &visit, &own, choice, None, StatusCode::UNPROCESSABLE_ENTITY);
    let contact = match read(&state, &posted) {
        Ok(contact) => contact,
        Err(choice) => return Ok(wrong(choice)),
    };
    match state
        .cases
        .set_contact(own.person, own.authority(), own.case(), contact)
        .await
    {
        Ok(()) => Ok(own.back("kontakt")),
        Err(CaseError::Input(message)) => Ok(wrong(ContactChoice {
            offered: true,
            error: Some(message),
            ..ContactChoice::default()
        })),
        Err(error) => Err(error.into()),
    }
}
