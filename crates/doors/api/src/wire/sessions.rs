//! Sessions. Only demonstration logins exist yet; a real login service will give out the same tokens.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, PersonId};

use crate::ApiState;
use crate::extract::{Json, Signed};
use crate::problem::{Failure, Kind, LogsIn, LogsOut};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Login {
    /// A resident of the demonstration.
    Person(PersonLogin),
    /// A member of staff of the demonstration.
    Staff(StaffLogin),
}

/// A resident of the demonstration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonLogin {
    /// Their id.
    #[schema(value_type = String, format = "uuid", example = "01930000-0000-7000-8000-000000000001")]
    person: PersonId,
}

/// A member of staff of the demonstration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffLogin {
    /// Personnel key.
    #[schema(example = "sb-magdeburg-1")]
    staff: String,
    /// AGS of the authority they work for.
    #[schema(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    authority: AuthorityId,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    /// Send it as `Authorization: Bearer …`. Shown once; over after 2 hours without use, at the latest after 12 hours.
    #[schema(example = "15000000.3q2-7wAA…")]
    token: String,
}

/// Sign in (demonstration only)
///
/// Gives a session token for an invented resident or member of staff. Only in demonstration mode; otherwise 404.
#[utoipa::path(post, path = "/api/sessions", tag = "sessions", operation_id = "login", request_body = Login,
    responses((status = 201, description = "Signed in", body = SessionAnswer), LogsIn))]
pub(crate) async fn login(
    State(state): State<ApiState>,
    login: Result<Json<Login>, Failure>,
) -> Result<(StatusCode, Answer<SessionAnswer>), Failure> {
    if !state.demo {
        return Err(Kind::NotFound.into());
    }
    let (actor, home) = match login?.0 {
        Login::Person(PersonLogin { person }) => {
            state.directory.person(&person).ok_or(Kind::Login)?;
            // Sessions of residents are kept at the Land.
            (
                Actor::Person(person),
                AuthorityId::parse("15000000").map_err(|_| Kind::Internal)?,
            )
        }
        Login::Staff(StaffLogin { staff, authority }) => {
            let member = state.directory.staff_member(authority, &staff).ok_or(Kind::Login)?;
            (Actor::staff(member.id.clone(), authority), authority)
        }
    };
    let token = state.sessions.login(&actor, &home).await.map_err(Failure::of)?;
    let token = token.as_str().to_owned();
    Ok((StatusCode::CREATED, Answer(SessionAnswer { token })))
}

/// Sign out
///
/// Ends the session whose token is sent along.
#[utoipa::path(delete, path = "/api/sessions", tag = "sessions", operation_id = "logout",
    responses((status = 204, description = "Signed out"), LogsOut), security(("token" = [])))]
pub(crate) async fn logout(State(state): State<ApiState>, Signed(session): Signed) -> Result<StatusCode, Failure> {
    state.sessions.logout(&session).await.map_err(Failure::of)?;
    Ok(StatusCode::NO_CONTENT)
}
