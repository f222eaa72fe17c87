//! Who visits: session, language, place and form token of one request.

use crate::frame::{Frame, Who};
use crate::problem::{Asked, Problem, RequestNumber, shown};
use crate::state::{Inner, WebState};
use crate::texts::{self, Lang};
use aws_lc_rs::{constant_time, hmac};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use wegfrei_identity::{Profile, Session};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, PersonId};

const YEAR: i64 = 365 * 24 * 3600;

/// Names of the cookies; with HTTPS they begin with `__Host-`, so that no other host can set them.
#[derive(Clone, Copy)]
pub(crate) enum Jar {
    Session,
    Guest,
    Language,
    Place,
    Purposes,
}

impl Jar {
    fn name(self, https: bool) -> String {
        let name = match self {
            Jar::Session => "sitzung",
            Jar::Guest => "formular",
            Jar::Language => "sprache",
            Jar::Place => "ort",
            Jar::Purposes => "zweck",
        };
        if https {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    fn cookie(self, https: bool, value: String, seconds: Option<i64>) -> String {
        let mut cookie = Cookie::new(self.name(https), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(https);
        let mut text = cookie.to_string();
        if let Some(seconds) = seconds {
            text.push_str(&format!("; Max-Age={seconds}"));
        }
        text
    }
}

/// Adds a `Set-Cookie` header; `None` removes the cookie.
pub(crate) fn set(response: &mut Response, state: &Inner, jar: Jar, value: Option<String>) {
    let seconds = match (jar, &value) {
        (_, None) => Some(0),
        (Jar::Language | Jar::Place, Some(_)) => Some(YEAR),
        (Jar::Session | Jar::Guest | Jar::Purposes, Some(_)) => None,
    };
    let text = jar.cookie(state.options.https, value.unwrap_or_default(), seconds);
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A visit; every handler may take it as an argument.
#[derive(Clone)]
pub(crate) struct Visit {
    pub lang: Lang,
    pub session: Option<Session>,
    pub place: Option<AuthorityId>,
    pub frame: Frame,
    /// The cookie of purposes as it came, unchecked.
    pub purposes: Option<String>,
}

impl Visit {
    /// Whether the token of a form belongs to this visit; takes the same time for every wrong one.
    pub fn token_matches(&self, posted: &str) -> bool {
        match &self.session {
            Some(session) => session.csrf_matches(posted),
            None => constant_time::verify_slices_are_equal(self.frame.csrf.as_bytes(), posted.as_bytes()).is_ok(),
        }
    }

    /// The resident who is signed in.
    pub fn person(&self) -> Result<PersonId, Problem> {
        match self.session.as_ref().map(|session| &session.actor) {
            Some(Actor::Person(person)) => Ok(*person),
            Some(_) => Err(Problem::status(StatusCode::FORBIDDEN)),
            None => Err(Problem::Login),
        }
    }

    /// The member of staff who is signed in.
    pub fn official(&self) -> Result<(&Actor, AuthorityId), Problem> {
        match self.session.as_ref().map(|session| &session.actor) {
            Some(actor @ Actor::Staff { authority, .. }) => Ok((actor, *authority)),
            Some(_) => Err(Problem::status(StatusCode::FORBIDDEN)),
            None => Err(Problem::Login),
        }
    }

    /// The same visit, on pages about a case the person helps with.
    pub fn helping(self, helping: bool) -> Visit {
        Visit {
            frame: Frame { helping, ..self.frame },
            ..self
        }
    }

    /// The frame for a page that is reached by this path (and not by the one of the request, for example after a form was sent).
    pub fn frame_at(&self, here: &str) -> Frame {
        Frame {
            here: here.to_owned(),
            ..self.frame.clone()
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Visit>()
            .cloned()
            .ok_or(Problem::status(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The query without `sprache`, beginning with `?` when something is left.
fn without_language(uri: &Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|p| !p.is_empty() && !p.starts_with("sprache="))
        .collect();
    if kept.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), kept.join("&"))
    }
}

/// A path of this portal that may be redirected to: no other host, no control characters.
pub(crate) fn local(path: &str) -> Option<&str> {
    let fine = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 500
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    fine.then_some(path)
}

fn who(state: &Inner, session: Option<&Session>) -> Option<Who> {
    match &session?.actor {
        Actor::Person(person) => Some(Who {
            name: state
                .directory
                .person(person)
                .map(Profile::full_name)
                .unwrap_or_default(),
            authority: None,
            rooms: Vec::new(),
        }),
        Actor::Staff { id, authority } => Some(Who {
            name: state
                .directory
                .staff_member(*authority, id)
                .map_or_else(|| id.clone(), |s| s.name.clone()),
            authority: Some(crate::wire::authority_name(state, *authority)),
            rooms: state.rooms.of(*authority, id),
        }),
        Actor::System(_) => None,
    }
}

/// Finds out who visits, serves the page, and turns every error without a page into one.
pub(crate) async fn layer(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let https = state.options.https;
    let cookie = |jar_name: Jar| jar.get(&jar_name.name(https)).map(|cookie| cookie.value().to_owned());
    // `//elsewhere` would lead to another host.
    let here = without_language(request.uri());
    let here = local(&here).unwrap_or("/").to_owned();

    if request.method() == Method::GET {
        let asked = request
            .uri()
            .query()
            .unwrap_or_default()
            .split('&')
            .find_map(|pair| pair.strip_prefix("sprache="));
        if let Some(lang) = asked.and_then(Lang::from_code) {
            let mut response = axum::response::Redirect::to(&here).into_response();
            set(&mut response, &state, Jar::Language, Some(lang.code().to_owned()));
            return response;
        }
    }
    let lang = cookie(Jar::Language)
        .and_then(|code| Lang::from_code(&code))
        .unwrap_or_default();
    let (session, broken) = match cookie(Jar::Session) {
        None => (None, None),
        Some(token) => match state.sessions.find(&token).await {
            Ok(session) => (session, None),
            Err(error) => (None, Some(error)),
        },
    };
    let guest = cookie(Jar::Guest).filter(|value| value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit()));
    let fresh = if guest.is_none() && session.is_none() {
        Some(hex(&state.ambient.bytes::<32>()))
    } else {
        None
    };
    let secret = guest.or_else(|| fresh.clone()).unwrap_or_default();
    let csrf = match &session {
        Some(session) => session.csrf().to_owned(),
        None => hex(hmac::sign(&state.key, secret.as_bytes()).as_ref()),
    };
    let place = cookie(Jar::Place).and_then(|text| AuthorityId::parse(&text).ok());
    let place_name = place.and_then(|place| crate::wire::place_name(&state, place));
    let frame = Frame {
        lang,
        t: texts::of(lang),
        here,
        demo: state.options.demo,
        who: who(&state, session.as_ref()),
        place: place_name.clone(),
        helping: false,
        preview: None,
        csrf,
    };
    let visit = Visit {
        lang,
        session,
        place: place.filter(|_| place_name.is_some()),
        frame,
        purposes: cookie(Jar::Purposes),
    };
    let asked_for = (request.method() == Method::GET).then(|| visit.frame.here.clone());
    let number = request
        .extensions()
        .get::<RequestNumber>()
        .map(|number| number.0.clone())
        .unwrap_or_default();
    request.extensions_mut().insert(visit.clone());
    let response = match broken {
        Some(error) => {
            tracing::error!(%error, "sessions cannot be read");
            Problem::status(StatusCode::SERVICE_UNAVAILABLE).into_response()
        }
        None => next.run(request).await,
    };
    let asked = Asked {
        path: asked_for.as_deref(),
        number: &number,
        now: state.ambient.now().german(),
    };
    let mut response = shown(response, &visit.frame, &asked);
    if let Some(fresh) = fresh {
        set(&mut response, &state, Jar::Guest, Some(fresh));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_portal_are_redirected_to() {
        for (path, fine) in [
            ("/", true),
            ("/leistungen/hundesteuer?x=1", true),
            ("//boese.example", false),
            ("https://boese.example", false),
            ("/\\boese.example", false),
            ("/a\r\nSet-Cookie: b", false),
            ("", false),
            ("mein-bereich", false),
        ] {
            assert_eq!(local(path).is_some(), fine, "{path}");
        }
    }

    #[test]
    fn the_language_is_taken_out_of_the_query() {
        for (uri, expected) in [
            ("/a?sprache=en", "/a"),
            ("/a?x=1&sprache=en&y=2", "/a?x=1&y=2"),
            ("/a", "/a"),
        ] {
            assert_eq!(without_language(&uri.parse().unwrap()), expected);
        }
    }

    #[test]
    fn cookies_are_kept_from_scripts_and_other_sites() {
        let plain = Jar::Session.cookie(false, "x".to_owned(), None);
        let safe = Jar::Session.cookie(true, "x".to_owned(), None);
        assert!(plain.starts_with("sitzung=x") && plain.contains("HttpOnly") && plain.contains("SameSite=Lax"));
        assert!(safe.starts_with("__Host-sitzung=x") && safe.contains("Secure") && safe.contains("Path=/"));
    }
}
