//! Reading what a form sent: size, time and form token are checked here, for every form.

use crate::problem::Problem;
use crate::state::WebState;
use crate::visit::Visit;
use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Largest form without a file, in bytes.
pub(crate) const FORM_BYTES: usize = 64 * 1024;
/// Largest form with a file, in bytes: 10 MB of file and the rest of the form.
pub(crate) const UPLOAD_BYTES: usize = 12 * 1024 * 1024;
/// Forms with files that are in memory at once, in all of this process: at most so many times [`UPLOAD_BYTES`].
pub(crate) const UPLOADS_AT_ONCE: usize = 16;
/// The same of visitors who are not signed in: they cannot take the place of people with a deadline.
pub(crate) const GUESTS_AT_ONCE: usize = 4;
/// The longest a form waits for its turn.
const TURN: Duration = Duration::from_secs(15);
/// Largest form of a task, in bytes: a household of 40, each with all answers and twelve kinds of income.
pub(crate) const TASK_BYTES: usize = 512 * 1024;
/// Most fields of one form.
const MOST_FIELDS: usize = 5000;

/// The limit for routes that take files.
pub(crate) fn upload_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(UPLOAD_BYTES)
}

/// The limit for the tasks of the desk.
pub(crate) fn task_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(TASK_BYTES)
}

/// The limit for all other routes.
pub(crate) fn form_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(FORM_BYTES)
}

/// How many bytes of text a form of this route may have.
#[derive(Clone, Copy)]
struct Room(usize);

/// Says how many bytes of text a form may have. What announces itself as larger than `most` is refused before a byte of it is read.
pub(crate) async fn announced(most: usize, text: usize, mut request: Request, next: Next) -> Result<Response, Problem> {
    request.extensions_mut().insert(Room(text));
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > most)) {
        return Err(Problem::status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    Ok(next.run(request).await)
}

/// A file somebody uploaded.
pub(crate) struct Upload {
    /// The form field.
    pub field: String,
    /// The name the browser sent, without folders.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Forms that need no login.
const OPEN_TO_ALL: [&str; 3] = ["/anmelden", "/abmelden", "/pruefen"];

/// A form that belongs to this visit.
pub(crate) struct Posted {
    /// Names and values in the order of the form, without the token.
    pub fields: Vec<(String, String)>,
    /// Files that were chosen.
    pub files: Vec<Upload>,
    /// While this lives, the files count among [`UPLOADS_AT_ONCE`].
    _turn: Option<OwnedSemaphorePermit>,
}

impl Posted {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The version a page showed; a form without one is not ours.
    pub fn version(&self) -> Result<u64, Problem> {
        self.get("version")
            .and_then(|text| text.parse().ok())
            .ok_or(Problem::status(StatusCode::BAD_REQUEST))
    }
}

impl FromRequest<WebState> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Problem> {
        let visit = request.extensions().get::<Visit>().cloned().ok_or(Problem::Token)?;
        // A form of a page that only who is signed in sees, and nobody is: the truth is not that the form is old.
        let signed_out = visit.session.is_none() && !OPEN_TO_ALL.contains(&request.uri().path());
        let turns = match visit.session {
            Some(_) => &state.uploads,
            None => &state.guest_uploads,
        };
        let mut posted = tokio::time::timeout(state.options.body_time, read(request, state, turns))
            .await
            .map_err(|_| Problem::status(StatusCode::REQUEST_TIMEOUT))??;
        let token = posted.get("csrf").unwrap_or_default();
        if !visit.token_matches(token) {
            return Err(if signed_out { Problem::SignedOut } else { Problem::Token });
        }
        posted.fields.retain(|(name, _)| name != "csrf");
        Ok(posted)
    }
}

async fn read(request: Request, state: &WebState, turns: &Arc<Semaphore>) -> Result<Posted, Problem> {
    let Room(most) = request.extensions().get().copied().unwrap_or(Room(FORM_BYTES));
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        let multipart = Multipart::from_request(request, state)
            .await
            .map_err(|error| Problem::status(error.into_response_status()))?;
        let turn = tokio::time::timeout(TURN, Arc::clone(turns).acquire_owned()).await;
        let turn = turn
            .ok()
            .and_then(Result::ok)
            .ok_or(Problem::status(StatusCode::SERVICE_UNAVAILABLE))?;
        return read_parts(multipart, most, turn).await;
    }
    // Routes with room for files have it for files only.
    let (parts, body) = request.into_parts();
    let short = axum::body::to_bytes(body, most).await;
    let short = short.map_err(|_| Problem::status(StatusCode::PAYLOAD_TOO_LARGE))?;
    let request = Request::from_parts(parts, Body::from(short));
    let form = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
    let axum::Form(fields) = form.map_err(|error| match error.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Problem::status(StatusCode::BAD_REQUEST),
    })?;
    if fields.len() > MOST_FIELDS {
        return Err(Problem::status(StatusCode::BAD_REQUEST));
    }
    Ok(Posted {
        fields,
        files: Vec::new(),
        _turn: None,
    })
}

/// Routes with room for files read nothing from visitors who are not signed in: their place in line and memory are for others.
pub(crate) async fn signed_in(visit: Visit, request: Request, next: Next) -> Response {
    if request.method() == Method::POST && visit.session.is_none() {
        return Problem::SignedOut.into_response();
    }
    next.run(request).await
}

trait Rejected {
    fn into_response_status(self) -> StatusCode;
}

impl Rejected for axum::extract::multipart::MultipartRejection {
    fn into_response_status(self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

fn broken(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Problem::status(StatusCode::BAD_REQUEST),
    }
}

async fn read_parts(mut multipart: Multipart, most: usize, turn: OwnedSemaphorePermit) -> Result<Posted, Problem> {
    let mut posted = Posted {
        fields: Vec::new(),
        files: Vec::new(),
        _turn: Some(turn),
    };
    let mut text_bytes = 0;
    while let Some(part) = multipart.next_field().await.map_err(|error| broken(&error))? {
        let field = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|error| broken(&error))?;
        if posted.fields.len() + posted.files.len() >= MOST_FIELDS {
            return Err(Problem::status(StatusCode::BAD_REQUEST));
        }
        match file {
            // A file field left empty arrives as a file without name and content.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(name) => {
                let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                posted.files.push(Upload {
                    field,
                    name,
                    bytes: bytes.into(),
                });
            }
            None => {
                text_bytes += bytes.len();
                if text_bytes > most {
                    return Err(Problem::status(StatusCode::PAYLOAD_TOO_LARGE));
                }
                let value = String::from_utf8(bytes.to_vec()).map_err(|_| Problem::status(StatusCode::BAD_REQUEST))?;
                posted.fields.push((field, value));
            }
        }
    }
    Ok(posted)
}
