//! What happens around every request: number and log line, security headers, time limit, rate limits.

use crate::problem::{Problem, RequestNumber};
use crate::rate::Kind;
use crate::state::WebState;
use crate::visit::Visit;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use tracing::Instrument as _;

/// Nothing is allowed that the pages do not need; no page may be framed, no form may be sent elsewhere.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page that shows a paper or a letter beside its text: it may hold frames of this portal.
const HOLDING: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; \
     frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page that shows how far work has come, or what a form asks for these answers: its script asks for the same page again.
pub(crate) const WATCHING: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A file that is shown inside such a page: nothing in it runs or loads, only this portal may frame it. (`object-src`: the
/// browser's own PDF viewer is an embedded object of the file.)
const HELD: &str = "default-src 'none'; object-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'";

/// How an answer stands to frames; without this, nothing is framed and nothing frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The page holds frames of this portal.
    Holds,
    /// The file is held by a page of this portal.
    Held,
    /// Nothing is framed; the page asks for itself again while work goes on, or a form is filled in.
    Watches,
}

impl Framing {
    /// Marks an answer.
    pub fn mark(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Gives the request a number, adds the security headers and writes one log line without query, ids or addresses.
pub(crate) async fn outermost(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let number = state
        .ambient
        .bytes::<6>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let begun = state.ambient.now();
    request.extensions_mut().insert(RequestNumber(number.clone()));
    // What is logged on the way carries the number the visitor is shown.
    let span = tracing::error_span!("request", %number, %route);
    let mut response = next.run(request).instrument(span).await;
    let framing = response.extensions().get::<Framing>().copied();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let policy = match framing {
        None => POLICY,
        Some(Framing::Holds) => HOLDING,
        Some(Framing::Watches) => WATCHING,
        Some(Framing::Held) => {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
            HELD
        }
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    if state.options.https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(&number) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    let millis = state.ambient.now().since(begun).as_millis();
    let status = response.status().as_u16();
    tracing::info!(request = %number, %method, %route, status, millis, "answered");
    response
}

/// No answer takes for ever: 503 after the time that is set, and the handler is dropped.
pub(crate) async fn in_time(State(state): State<WebState>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(state.options.answer_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::status(StatusCode::SERVICE_UNAVAILABLE).into_response(),
    }
}

/// The answer when a handler panicked: the visitor gets a page, the log the reason.
pub(crate) fn caught(panic: Box<dyn Any + Send + 'static>) -> Response {
    let reason = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(reason, "a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// The client's address as a key: an IPv6 customer is a /64.
fn client(state: &WebState, request: &Request) -> String {
    let connected = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip());
    let forwarded = || {
        let value = request.headers().get_all("x-forwarded-for").iter().next_back()?;
        value.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let address = if state.options.behind_proxy {
        forwarded().or(connected)
    } else {
        connected
    };
    match address {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.to_string(),
            None => {
                let part = address.segments();
                format!("{:x}:{:x}:{:x}:{:x}", part[0], part[1], part[2], part[3])
            }
        },
        None => "unknown".to_owned(),
    }
}

/// The stricter kinds are the posts that cost or guess something.
fn kind(request: &Request) -> Kind {
    let path = request.uri().path();
    let posts = request.method() == Method::POST;
    let file = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            ["multipart/", "application/pdf", "image/"]
                .iter()
                .any(|kind| value.starts_with(kind))
        });
    match path {
        "/pruefen" if posts || request.uri().query().is_some() => Kind::Check,
        "/api/check" => Kind::Check,
        "/anmelden" | "/api/sessions" if posts => Kind::Login,
        _ if posts && file => Kind::Upload,
        _ => Kind::Page,
    }
}

/// 429 without a body when the address sends too much; for a router beside the pages, which gives its errors their form.
pub(crate) async fn limited_by_address(State(state): State<WebState>, request: Request, next: Next) -> Response {
    if state
        .addresses
        .allow(kind(&request), &client(&state, &request), state.ambient.now())
    {
        return next.run(request).await;
    }
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")]).into_response()
}

/// 429 when the address, or the session, sends too much.
pub(crate) async fn limited(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let (kind, now) = (kind(&request), state.ambient.now());
    let session = request
        .extensions()
        .get::<Visit>()
        .and_then(|visit| visit.session.as_ref());
    let allowed = state.addresses.allow(kind, &client(&state, &request), now)
        && session.is_none_or(|session| state.clients.allow(kind, session.fingerprint(), now));
    if allowed {
        next.run(request).await
    } else {
        Problem::status(StatusCode::TOO_MANY_REQUESTS).into_response()
    }
}
