//! What goes wrong on the way to a page, and the page that says so.

use crate::frame::Frame;
use crate::render::{ProblemPage, RefusedPage, page};
use crate::texts::Texts;
use crate::view::desk::RefusedView;
use crate::view::problem::ProblemView;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use wegfrei_cases::CaseError;

/// An error of a handler. The page is made by [`shown`], in the visitor's language.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Nobody is signed in: the login page comes first.
    Login,
    /// The form's token is not this session's.
    Token,
    /// The form is of a page for who is signed in, and nobody is any more.
    SignedOut,
    /// The draft was thrown away.
    Gone,
    /// The policy refused it, and that is recorded.
    Refused,
    /// The page belongs to another role. It concerns no case, so there is nothing to record.
    Office,
    /// Who helps with a case may not do this; only the resident may.
    Helper,
    /// The retention period is over.
    Erased,
    /// An error with a sentence of its own, in German: what is wrong and what to do.
    Said(Saying, String),
    /// Any other error.
    Status(StatusCode),
}

/// What kind of sentence an error has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saying {
    /// What was sent cannot be taken like this.
    Wrong,
    /// The law or the case's state says it is too late.
    Late,
    /// There is too much of something.
    Limit,
}

impl Saying {
    fn status(self) -> StatusCode {
        match self {
            Saying::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
            Saying::Late => StatusCode::CONFLICT,
            Saying::Limit => StatusCode::FORBIDDEN,
        }
    }

    fn title(self, t: &'static Texts) -> &'static str {
        match self {
            Saying::Wrong => t.problem_said_title,
            Saying::Late => t.problem_late_title,
            Saying::Limit => t.problem_limit_title,
        }
    }
}

impl Problem {
    pub fn status(status: StatusCode) -> Problem {
        Problem::Status(status)
    }

    /// 404.
    pub fn missing() -> Problem {
        Problem::Status(StatusCode::NOT_FOUND)
    }

    fn code(&self) -> StatusCode {
        match self {
            Problem::Login => StatusCode::UNAUTHORIZED,
            Problem::Token | Problem::SignedOut | Problem::Refused | Problem::Office | Problem::Helper => {
                StatusCode::FORBIDDEN
            }
            Problem::Gone | Problem::Erased => StatusCode::GONE,
            Problem::Said(saying, _) => saying.status(),
            Problem::Status(status) => *status,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::NotFound | CaseError::NotAdopted => Problem::missing(),
            CaseError::Refused(_) | CaseError::Held(_) => Problem::Refused,
            CaseError::Stale => Problem::Status(StatusCode::CONFLICT),
            CaseError::Discarded => Problem::Gone,
            CaseError::Erased => Problem::Erased,
            CaseError::TooLate(text) => Problem::Said(Saying::Late, text),
            CaseError::Limit(text) => Problem::Said(Saying::Limit, text),
            CaseError::Paper(text) | CaseError::Verdict(text) | CaseError::Input(text) => {
                Problem::Said(Saying::Wrong, text)
            }
            CaseError::Invalid(_) => Problem::Status(StatusCode::BAD_REQUEST),
            CaseError::Unavailable(_) | CaseError::Full => {
                tracing::error!(%error, "the store cannot serve");
                Problem::Status(StatusCode::SERVICE_UNAVAILABLE)
            }
            CaseError::Package(_) | CaseError::Damaged(_) => {
                tracing::error!(%error, "a case cannot be read");
                Problem::Status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// The number of a request, which its log line has too.
#[derive(Clone, Debug)]
pub(crate) struct RequestNumber(pub String);

/// The request a page for an error belongs to.
pub(crate) struct Asked<'a> {
    /// Where to go on after a login.
    pub path: Option<&'a str>,
    /// Number of the request.
    pub number: &'a str,
    /// The time, readable.
    pub now: String,
}

/// The login page, and where to go on afterwards.
fn login_to(next: &str) -> String {
    let next = next
        .replace('%', "%25")
        .replace('&', "%26")
        .replace('+', "%2B")
        .replace('#', "%23");
    format!("/anmelden?ziel={next}")
}

/// An error that has no page yet gets one; everything else passes.
pub(crate) fn shown(response: Response, frame: &Frame, asked: &Asked<'_>) -> Response {
    let status = response.status();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    if !(status.is_client_error() || status.is_server_error()) || is_page {
        return response;
    }
    let problem = response
        .extensions()
        .get::<Problem>()
        .cloned()
        .unwrap_or(Problem::Status(status));
    let t = frame.t;
    let mut view = ProblemView::new(t, status, asked.number.to_owned());
    // Every form's address is a page too, or leads to the one it is on.
    let page_of = || frame.here.split('?').next().unwrap_or("/mein-bereich").to_owned();
    let sent = asked.path.is_none();
    let may_help = [
        StatusCode::CONFLICT,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::REQUEST_TIMEOUT,
    ];
    view.again = (sent && may_help.contains(&status)).then(page_of);
    match problem {
        Problem::Login => return Redirect::to(&login_to(asked.path.unwrap_or("/mein-bereich"))).into_response(),
        Problem::SignedOut => {
            (view.title, view.lines) = (t.problem_signed_out_title, t.problem_signed_out_lines);
            view.login = Some(login_to(&page_of()));
        }
        Problem::Refused => {
            let view = RefusedView {
                why: t.refused_why.to_owned(),
                recorded: asked.now.clone(),
            };
            return page(status, &RefusedPage { f: frame, v: &view });
        }
        Problem::Token => (view.title, view.lines) = (t.problem_csrf_title, t.problem_csrf_lines),
        Problem::Gone => (view.title, view.lines) = (t.problem_gone_title, t.problem_gone_lines),
        Problem::Helper => (view.title, view.lines) = (t.help_not_title, t.help_not_lines),
        Problem::Office => (view.title, view.lines) = (t.refused_page_title, t.refused_page_lines),
        Problem::Erased => (view.title, view.lines) = (t.problem_erased_title, t.problem_erased_lines),
        Problem::Said(saying, text) => {
            (view.title, view.lines) = (saying.title(t), &[]);
            view.said = Some(text);
        }
        Problem::Status(_) => {}
    }
    let mut out = page(status, &ProblemPage { f: frame, v: &view });
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            out.headers_mut().insert(name, value.clone());
        }
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        out.headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    out
}
