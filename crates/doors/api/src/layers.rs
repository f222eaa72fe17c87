//! What happens around every request: number, log line, headers, and one form for every error.

use std::any::Any;

use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use tracing::Instrument as _;

use crate::ApiState;
use crate::problem::{Failure, Kind, MEDIA_TYPE};

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// Refuses unknown query keys, gives every error the form of RFC 9457, adds headers and writes one log line without query,
/// ids or addresses.
pub(crate) async fn outermost(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    // A random UUIDv7; it names the request in the log and in the problem.
    let number = state.cases.new_case_id().to_string();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let begun = state.cases.now();
    let mut response = match unknown_key(&state, &route, &request) {
        Some(name) => {
            let detail =
                format!("Den Parameter „{name}“ gibt es hier nicht. Die Beschreibung steht unter /api/openapi.json.");
            Failure::with_detail(Kind::Parameter, detail).into_response()
        }
        // What is logged on the way carries the number of the problem.
        None => {
            next.run(request)
                .instrument(tracing::error_span!("request", %number, %route))
                .await
        }
    };
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        response = shaped(response, &number);
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(&number) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    let millis = state.cases.now().since(begun).as_millis();
    let status = status.as_u16();
    tracing::info!(request = %number, %method, %route, status, millis, "answered");
    response
}

/// The first query key the operation does not know, cut and cleaned for a message.
fn unknown_key(state: &ApiState, route: &str, request: &Request) -> Option<String> {
    let known = state.queries.of(request.method(), route)?;
    let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()) else {
        return Some("?".to_owned());
    };
    let (name, _) = pairs.into_iter().find(|(name, _)| !known.contains(name))?;
    Some(
        name.chars()
            .filter(|c| c.is_alphanumeric() || "-_.".contains(*c))
            .take(40)
            .collect(),
    )
}

fn shaped(response: Response, number: &str) -> Response {
    let failure = response.extensions().get::<Failure>().cloned();
    let failure = failure.unwrap_or_else(|| Kind::of_status(response.status()).into());
    let problem = failure.problem(format!("urn:uuid:{number}"));
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))];
    let mut out = (failure.kind.status(), kind, body).into_response();
    for name in [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE] {
        if let Some(value) = response.headers().get(&name) {
            out.headers_mut().insert(name, value.clone());
        }
    }
    out
}

/// The answer when a handler panicked: the caller gets a problem, the log the reason.
pub(crate) fn caught(panic: Box<dyn Any + Send + 'static>) -> Response {
    let reason = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(reason, "a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
