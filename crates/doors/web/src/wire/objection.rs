//! Objecting to a notice: the deadline, reasons if one likes, a last look, and the receipt; after the deadline, what is left.

use super::day;
use super::own::{CasePath, Own, last_day};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{ObjectionCheckPage, ObjectionLatePage, ObjectionPage, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::form::ErrorLink;
use crate::view::mine::{ObjectionCheckView, ObjectionLateView, ObjectionView};
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wegfrei_cases::CaseError;
use wegfrei_model::{NoticeId, Timestamp};

/// A decision of the case, and whether one can still object to it.
struct Contested {
    own: Own,
    notice: NoticeId,
    issued: String,
    /// `None` while the notice has not left the house.
    due: Option<Timestamp>,
    late: bool,
    follow: bool,
}

impl Contested {
    fn action(&self) -> String {
        format!("{}/widerspruch/{}", self.own.href(), self.notice)
    }

    /// Until when it has to arrive, in words.
    fn until(&self, t: &'static Texts) -> String {
        self.due.map_or_else(
            || t.object_not_begun.to_owned(),
            |due| fill(t.object_until, "date", last_day(t, due)),
        )
    }
}

async fn open(state: &WebState, visit: &Visit, path: &CasePath) -> Result<Result<Contested, Response>, Problem> {
    let own = match path.open(state, visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    let (t, notice) = (visit.frame.t, path.notice()?);
    let (actions, mailbox) = tokio::try_join!(
        state.cases.my_actions(own.person, own.authority(), own.case()),
        state.cases.mailbox(own.person),
    )?;
    let known = mailbox
        .iter()
        .find(|known| known.notice == notice && known.case == own.case());
    let issued = known
        .map(|known| day(t, known.issued_at))
        .ok_or_else(Problem::missing)?;
    let object = actions.object.iter().find(|(id, _)| *id == notice);
    let missed = actions.missed.iter().find(|(id, _)| *id == notice);
    let (due, late) = match (object, missed) {
        (Some((_, due)), _) => (*due, false),
        (None, Some((_, due))) => (Some(*due), true),
        // An objection was filed already, or this letter is none one can object to: the case's page says which.
        (None, None) => return Ok(Err(own.back(""))),
    };
    Ok(Ok(Contested {
        own,
        notice,
        issued,
        due,
        late,
        follow: actions.follow_up,
    }))
}

fn asked(state: &WebState, visit: &Visit, contested: &Contested, text: &str, error: Option<String>) -> Response {
    let here = visit.frame_at(&contested.action());
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let errors = error.iter().map(|message| ErrorLink {
        target: "#text".to_owned(),
        message: message.clone(),
    });
    let package = state.cases.catalogue().package(&contested.own.known.service);
    let view = ObjectionView {
        of: contested.own.of(state, visit),
        action: contested.action(),
        issued: contested.issued.clone(),
        until: contested.until(visit.frame.t),
        pay: package.is_none_or(|package| package.manifest().payment.is_none()),
        text: text.to_owned(),
        errors: errors.collect(),
        error,
    };
    page(status, &ObjectionPage { f: &here, v: &view })
}

fn too_late(state: &WebState, visit: &Visit, contested: &Contested, status: StatusCode) -> Response {
    let view = ObjectionLateView {
        of: contested.own.of(state, visit),
        until: contested
            .due
            .map(|due| last_day(visit.frame.t, due))
            .unwrap_or_default(),
        follow: contested.follow,
    };
    let here = visit.frame_at(&contested.action());
    page(status, &ObjectionLatePage { f: &here, v: &view })
}

/// `GET /mein-bereich/vorgang/{authority}/{case}/widerspruch/{notice}`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    Ok(match open(&state, &visit, &path).await? {
        Ok(contested) if contested.late => too_late(&state, &visit, &contested, StatusCode::OK),
        Ok(contested) => asked(&state, &visit, &contested, "", None),
        Err(elsewhere) => elsewhere,
    })
}

/// `POST /mein-bereich/vorgang/{authority}/{case}/widerspruch/{notice}`: a last look, back to the text, or sending.
pub(crate) async fn answer(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let text = posted.get("text").unwrap_or_default().trim().replace('\r', "");
    if posted.get("schritt") == Some("senden") {
        return send(&state, &visit, &path, &text).await;
    }
    let contested = match open(&state, &visit, &path).await? {
        Ok(contested) => contested,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if contested.late {
        return Ok(too_late(&state, &visit, &contested, StatusCode::CONFLICT));
    }
    if posted.get("schritt") == Some("aendern") {
        return Ok(asked(&state, &visit, &contested, &text, None));
    }
    let t = visit.frame.t;
    let of = contested.own.of(&state, &visit);
    let against = fill(t.object_against_value, "service", &of.service);
    let view = ObjectionCheckView {
        action: contested.action(),
        until: contested.until(t),
        facts: vec![
            Fact::new(t.object_against, fill(&against, "date", &contested.issued)),
            Fact::new(t.desk_reference, of.reference.clone()),
        ],
        of,
        text,
    };
    let here = visit.frame_at(&contested.action());
    Ok(page(StatusCode::OK, &ObjectionCheckPage { f: &here, v: &view }))
}

async fn send(state: &WebState, visit: &Visit, path: &CasePath, text: &str) -> Result<Response, Problem> {
    let own = match path.open(state, visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (authority, case, notice) = (own.authority(), own.case(), path.notice()?);
    // Straight to the capability: it counts the moment of arrival, and a second click gets the first receipt.
    match state.cases.object(own.person, authority, case, notice, text).await {
        Ok(receipt) => {
            let to = format!("{}/eingang", super::draft::base(authority, receipt.case));
            Ok(Redirect::to(&to).into_response())
        }
        Err(error @ (CaseError::Verdict(_) | CaseError::TooLate(_))) => {
            let contested = match open(state, visit, path).await? {
                Ok(contested) => contested,
                Err(_) => return Err(error.into()),
            };
            match error {
                CaseError::Verdict(message) => Ok(asked(state, visit, &contested, text, Some(message))),
                _ => Ok(too_late(state, visit, &contested, StatusCode::CONFLICT)),
            }
        }
        Err(error) => Err(error.into()),
    }
}
