//! What handlers ask of a request; whatever does not fit is a [`Failure`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wegfrei_identity::Session;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, PersonId};

use crate::ApiState;
use crate::problem::{Failure, Kind};

/// The longest a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(60);

/// The longest one waits for others' uploads to end.
const TURN: Duration = Duration::from_secs(15);

/// The path's parameters. What cannot be read names nothing: 404.
pub(crate) struct Named<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(names) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| Kind::NotFound)?;
        Ok(Named(names))
    }
}

/// The query's parameters, each at most once. The outermost layer has refused unknown ones.
pub(crate) struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_| Kind::Parameter)?;
        let mut asked = serde_json::Map::new();
        for (name, value) in pairs {
            if asked.contains_key(&name) {
                return Err(Failure::parameter(&name, "genau ein Wert"));
            }
            asked.insert(name, Value::String(value));
        }
        serde_json::from_value(Value::Object(asked))
            .map(Asked)
            .map_err(|_| Kind::Parameter.into())
    }
}

/// A live session, shown as a bearer token (RFC 6750).
pub(crate) struct Signed(pub Session);

impl FromRequestParts<ApiState> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Failure> {
        let token = token(&parts.headers).ok_or(Kind::Token)?;
        let session = state.sessions.find(token).await.map_err(Failure::of)?;
        session.map(Signed).ok_or_else(|| Kind::Token.into())
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A resident acting for themselves.
pub(crate) struct Resident(pub PersonId);

impl FromRequestParts<ApiState> for Resident {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Failure> {
        match Signed::from_request_parts(parts, state).await?.0.actor {
            Actor::Person(person) => Ok(Resident(person)),
            _ => Err(Kind::Role.into()),
        }
    }
}

/// A member of staff.
pub(crate) struct Official {
    pub actor: Actor,
}

impl FromRequestParts<ApiState> for Official {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Failure> {
        match Signed::from_request_parts(parts, state).await?.0.actor {
            actor @ Actor::Staff { .. } => Ok(Official { actor }),
            _ => Err(Kind::Role.into()),
        }
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

async fn body(request: Request, time: Duration) -> Result<Bytes, Failure> {
    tokio::time::timeout(time, Bytes::from_request(request, &()))
        .await
        .map_err(|_| Failure::from(Kind::Slow))?
        .map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge.into(),
            _ => Failure::with_detail(Kind::Json, "Der Inhalt der Anfrage kam nicht vollständig an."),
        })
}

/// A JSON body.
pub(crate) struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<ApiState> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &ApiState) -> Result<Self, Failure> {
        if media_type(request.headers()) != "application/json" {
            return Err(Kind::MediaType.into());
        }
        let bytes = body(request, BODY_TIME).await?;
        serde_json::from_slice(&bytes).map(Json).map_err(|error| {
            // The parser's own words may quote the body.
            let what = match error.classify() {
                Category::Data => "Der Inhalt ist JSON, aber nicht von der beschriebenen Form",
                Category::Eof => "Das JSON ist zu früh zu Ende",
                Category::Syntax | Category::Io => "Der Inhalt ist kein JSON",
            };
            let detail = format!("{what} (Zeile {}, Spalte {}).", error.line(), error.column());
            Failure::with_detail(Kind::Json, detail)
        })
    }
}

/// A turn among those whose uploads are held in memory.
async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Failure> {
    let turn = tokio::time::timeout(TURN, Arc::clone(turns).acquire_owned()).await;
    turn.ok().and_then(Result::ok).ok_or_else(|| Kind::Unavailable.into())
}

/// A PDF to be checked. Not more than a few at once are held in memory.
pub(crate) struct Pdf {
    pub bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

impl FromRequest<ApiState> for Pdf {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Failure> {
        if media_type(request.headers()) != "application/pdf" {
            return Err(Kind::MediaType.into());
        }
        Ok(Pdf {
            _place: turn(&state.checks).await?,
            bytes: body(request, BODY_TIME).await?,
        })
    }
}

/// A paper to be kept, and what its owner calls it. Not more than a few at once are held in memory.
pub(crate) struct Paper {
    pub name: String,
    pub bytes: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl FromRequest<ApiState> for Paper {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Failure> {
        if !["application/pdf", "image/jpeg", "image/png"].contains(&media_type(request.headers()).as_str()) {
            return Err(Kind::MediaType.into());
        }
        let name = request.headers().get("file-name");
        let name = name.map_or_else(String::new, |name| decoded(name.as_bytes()));
        Ok(Paper {
            _place: turn(&state.papers).await?,
            name,
            bytes: body(request, BODY_TIME).await?.to_vec(),
        })
    }
}

/// Percent-encoded UTF-8 as text; what is no encoding stays as it is.
fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An authority that exists.
pub(crate) fn known(state: &ApiState, authority: AuthorityId) -> Result<&wegfrei_packages::places::Authority, Failure> {
    state
        .cases
        .catalogue()
        .authority(authority)
        .ok_or_else(|| Kind::NotFound.into())
}

/// One of a closed list of words.
pub(crate) fn word<T: Copy>(name: &str, given: &str, words: &[(&str, T)]) -> Result<T, Failure> {
    let found = words.iter().find(|(word, _)| *word == given).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: BTreeMap<&str, ()> = words.iter().map(|(word, _)| (*word, ())).collect();
        let list: Vec<&str> = words.into_keys().collect();
        Failure::parameter(name, &format!("eines von: {}", list.join(", ")))
    })
}

/// A whole number within bounds, or the usual one.
pub(crate) fn number(name: &str, given: Option<&str>, usual: u64, most: u64) -> Result<u64, Failure> {
    let Some(text) = given else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| Failure::parameter(name, &format!("eine ganze Zahl von 1 bis {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A body that never comes.
    struct Never;

    impl futures_core::Stream for Never {
        type Item = Result<Bytes, Infallible>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_given_up() {
        let request = Request::new(Body::from_stream(Never));
        let failure = body(request, Duration::ZERO).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Slow);
        let request = Request::new(Body::from("here"));
        assert_eq!(body(request, BODY_TIME).await.unwrap(), "here");
    }

    #[test]
    fn names_of_files() {
        fn check(given: &str, expected: &str) {
            assert_eq!(decoded(given.as_bytes()), expected);
        }
        check("", "");
        check("Mietvertrag.pdf", "Mietvertrag.pdf");
        check("B%C3%A4rbel%20%26.pdf", "Bärbel &.pdf");
        check("100%.pdf", "100%.pdf");
        check("%", "%");
        check("%+1", "%+1");
        check("%FF", "\u{fffd}");
    }

    #[test]
    fn numbers() {
        fn check(given: Option<&str>, expected: Option<u64>) {
            assert_eq!(number("limit", given, 50, 200).ok(), expected, "{given:?}");
        }
        check(None, Some(50));
        check(Some("1"), Some(1));
        check(Some("200"), Some(200));
        for wrong in ["", "0", "201", "-1", "1.0", " 1", "99999999999999999999"] {
            check(Some(wrong), None);
        }
    }
}
