//! Problem details (RFC 9457): every error answer has a stable `type`, German words, and nothing personal.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};
use wegfrei_cases::CaseError;
use wegfrei_journal::ReadError;

/// Media type of problem details.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What can go wrong. The code is the end of the `type` URN and never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A parameter of the query is unknown, missing, twice there or unreadable.
    Parameter,
    /// The body is not JSON, or not of the shape the document describes.
    Json,
    /// `Idempotency-Key` is missing or no UUIDv7.
    IdempotencyKey,
    /// No session token, or one that is over.
    Token,
    /// Residents only, or staff only.
    Role,
    /// The policy refused it; that is in the journal.
    Refused,
    /// No such thing, or somebody else's.
    NotFound,
    /// The authority has not adopted the service.
    NotOffered,
    /// The path exists, the method does not.
    Method,
    /// Changed meanwhile, or the key is taken.
    Stale,
    /// A colleague holds the task; the refusal is in the journal.
    Held,
    /// The draft was thrown away.
    Discarded,
    /// The body is too large.
    TooLarge,
    /// The body did not arrive in time.
    Slow,
    /// The body's media type is not the one expected.
    MediaType,
    /// The application is not complete or not right.
    Application,
    /// A verdict lacks something.
    Verdict,
    /// The law or the case's state says it is too late.
    TooLate,
    /// There is too much of something.
    Limit,
    /// A paper was not taken.
    Paper,
    /// Too many requests from one address.
    TooMany,
    /// No such demonstration login.
    Login,
    /// A mistake of ours.
    Internal,
    /// The database does not answer, or too much at once.
    Unavailable,
}

impl Kind {
    /// Status, code, German title, German detail.
    const fn row(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Kind::Parameter => (
                StatusCode::BAD_REQUEST,
                "parameter",
                "Parameter der Anfrage falsch",
                "Ein Parameter der Anfrage ist unbekannt, fehlt oder ist nicht lesbar.",
            ),
            Kind::Json => (
                StatusCode::BAD_REQUEST,
                "json",
                "Inhalt nicht lesbar",
                "Der Inhalt der Anfrage ist kein JSON der beschriebenen Form.",
            ),
            Kind::IdempotencyKey => (
                StatusCode::BAD_REQUEST,
                "idempotency-key",
                "Idempotency-Key fehlt",
                "Der Kopf „Idempotency-Key“ fehlt oder ist keine UUID der Version 7 in Kleinbuchstaben. Senden Sie für jeden \
                 Antrag eine neue, und bei einer Wiederholung dieselbe.",
            ),
            Kind::Token => (
                StatusCode::UNAUTHORIZED,
                "token",
                "Anmeldung nötig",
                "Es fehlt ein gültiges Sitzungszeichen („Authorization: Bearer …“), oder die Sitzung ist abgelaufen.",
            ),
            Kind::Role => (
                StatusCode::FORBIDDEN,
                "role",
                "Nicht für diese Anmeldung",
                "Diese Adresse ist entweder nur für Bürgerinnen und Bürger oder nur für Mitarbeitende.",
            ),
            Kind::Refused => (
                StatusCode::FORBIDDEN,
                "refused",
                "Zugriff abgelehnt",
                "Der Zugriff wurde abgelehnt. Betrifft er den Inhalt eines Vorgangs, so steht die Ablehnung im Protokoll, und die \
                 betroffene Person kann sie sehen.",
            ),
            Kind::NotFound => (
                StatusCode::NOT_FOUND,
                "not-found",
                "Nicht gefunden",
                "Unter dieser Adresse gibt es nichts.",
            ),
            Kind::NotOffered => (
                StatusCode::NOT_FOUND,
                "not-offered",
                "Leistung wird hier nicht angeboten",
                "Diese Behörde bietet die Leistung hier nicht an.",
            ),
            Kind::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "Methode nicht erlaubt",
                "Diese Adresse kennt die Methode nicht. Der Kopf „Allow“ nennt die erlaubten.",
            ),
            Kind::Stale => (
                StatusCode::CONFLICT,
                "stale",
                "Inzwischen geändert",
                "Der Vorgang wurde inzwischen geändert, oder die Kennung ist schon vergeben. Es wurde nichts überschrieben. \
                 Laden Sie den neuen Stand.",
            ),
            Kind::Held => (
                StatusCode::CONFLICT,
                "held",
                "Die Aufgabe hat jemand anderes",
                "Die Aufgabe liegt bei der Person, die „holder“ nennt. Lassen Sie sie sich übergeben oder fragen Sie die Teamleitung. \
                 Es wurde nichts geändert; die Ablehnung steht im Protokoll.",
            ),
            Kind::Discarded => (
                StatusCode::GONE,
                "discarded",
                "Entwurf gelöscht",
                "Unter dieser Kennung gab es einen Entwurf. Er wurde gelöscht; verwenden Sie eine neue Kennung.",
            ),
            Kind::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "slow",
                "Inhalt kam nicht rechtzeitig",
                "Der Inhalt der Anfrage kam nicht in 60 Sekunden an. Es wurde nichts gespeichert. Versuchen Sie es noch einmal.",
            ),
            Kind::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "Inhalt zu groß",
                "Der Inhalt der Anfrage ist zu groß. JSON darf 64 kB haben, eine Unterlage 10 MB, ein PDF zum Prüfen 20 MB.",
            ),
            Kind::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Falsche Art des Inhalts",
                "Der Kopf „Content-Type“ nennt nicht die Art, die diese Adresse erwartet.",
            ),
            Kind::Application => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "application",
                "Antrag unvollständig oder fehlerhaft",
                "Der Antrag wurde nicht gesendet. Die Liste „errors“ nennt jede Angabe, die zu ändern ist.",
            ),
            Kind::Verdict => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "verdict",
                "Angaben unvollständig",
                "Es wurde nichts gespeichert.",
            ),
            Kind::TooLate => (
                StatusCode::CONFLICT,
                "too-late",
                "Dafür ist es zu spät",
                "Dafür ist es zu spät.",
            ),
            Kind::Limit => (
                StatusCode::FORBIDDEN,
                "limit",
                "Es ist schon zu viel da",
                "Davon gibt es schon zu viel.",
            ),
            Kind::Paper => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "paper",
                "Unterlage nicht angenommen",
                "Die Unterlage wurde nicht gespeichert.",
            ),
            Kind::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many",
                "Zu viele Anfragen",
                "Von dieser Adresse kamen zu viele Anfragen. Warten Sie so viele Sekunden, wie der Kopf „Retry-After“ sagt.",
            ),
            Kind::Login => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "login",
                "Anmeldung unbekannt",
                "Eine Vorführanmeldung mit dieser Kennung gibt es nicht.",
            ),
            Kind::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Fehler bei uns",
                "Bei uns ist ein Fehler aufgetreten. Nennen Sie bei einer Rückfrage den Wert von „instance“.",
            ),
            Kind::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Zurzeit nicht verfügbar",
                "Der Dienst ist zurzeit nicht verfügbar. Versuchen Sie es in einigen Sekunden noch einmal.",
            ),
        }
    }

    pub fn status(self) -> StatusCode {
        self.row().0
    }

    pub fn code(self) -> &'static str {
        self.row().1
    }

    /// The kind of an error answer that names none: what layers and the router answer themselves.
    pub fn of_status(status: StatusCode) -> Kind {
        match status {
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Kind::Method,
            StatusCode::REQUEST_TIMEOUT => Kind::Slow,
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::MediaType,
            StatusCode::SERVICE_UNAVAILABLE => Kind::Unavailable,
            StatusCode::TOO_MANY_REQUESTS => Kind::TooMany,
            status if status.is_client_error() => Kind::Parameter,
            _ => Kind::Internal,
        }
    }
}

/// Problem details (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem: a name for programs to compare, not an address to visit.
    #[schema(example = "urn:wegfrei:problem:not-found")]
    r#type: String,
    /// The kind in German words.
    #[schema(example = "Nicht gefunden")]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    status: u16,
    /// What to do about it, in German. Names no personal data.
    #[schema(example = "Unter dieser Adresse gibt es nichts.")]
    detail: String,
    /// This one occurrence; the operator finds it in the log.
    #[schema(example = "urn:uuid:01980a5d-ac96-774b-bcce-b302099a8057")]
    instance: String,
    /// Each answer that has to be changed; only with `urn:wegfrei:problem:application` and `…:verdict`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// One answer that has to be changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Element ids of the form joined by dots, with an index after what repeats; empty for the body as a whole.
    #[schema(example = "G15000000001.F15000000003")]
    path: String,
    /// What is wrong and what to do, in German.
    #[schema(example = "Geben Sie Ihr Geburtsdatum an.")]
    message: String,
    /// For programs: `required`, `type`, `length`, `range`, `pattern`, `option`, `character`, `rule`, `unknown`, `hidden`,
    /// `repeat`, `file`.
    #[schema(example = "required")]
    code: String,
}

/// An error of a handler. Becomes a [`Problem`] in the outermost layer, which knows the request's number.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: Kind,
    detail: Option<String>,
    errors: Vec<FieldError>,
}

impl Failure {
    pub fn with_detail(kind: Kind, detail: impl Into<String>) -> Self {
        let detail = Some(detail.into());
        Self {
            detail,
            ..Self::from(kind)
        }
    }

    /// A parameter is wrong; `expected` ends the sentence "Erwartet wird …".
    pub fn parameter(name: &str, expected: &str) -> Self {
        Self::with_detail(
            Kind::Parameter,
            format!("Der Parameter „{name}“ fehlt oder ist falsch. Erwartet wird {expected}."),
        )
    }

    /// An error of a capability that is no case's, such as the database's.
    pub fn of(error: impl Into<CaseError>) -> Self {
        let error: CaseError = error.into();
        error.into()
    }

    /// The body of the answer.
    pub fn problem(&self, instance: String) -> Problem {
        let (status, code, title, detail) = self.kind.row();
        Problem {
            r#type: format!("urn:wegfrei:problem:{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone().unwrap_or_else(|| detail.to_owned()),
            instance,
            errors: self.errors.clone(),
        }
    }
}

impl From<Kind> for Failure {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        let headers = response.headers_mut();
        match self.kind {
            Kind::Token => {
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"wegfrei\""),
                );
            }
            Kind::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<CaseError> for Failure {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::NotFound => Kind::NotFound.into(),
            CaseError::NotAdopted => Kind::NotOffered.into(),
            CaseError::Refused(_) => Kind::Refused.into(),
            CaseError::Held(_) => Kind::Held.into(),
            CaseError::Stale => Kind::Stale.into(),
            CaseError::Discarded => Kind::Discarded.into(),
            CaseError::Erased => Failure::with_detail(
                Kind::Discarded,
                "Die Aufbewahrungsfrist ist abgelaufen. Der Inhalt dieses Vorgangs ist gelöscht; niemand kann ihn mehr lesen.",
            ),
            CaseError::Input(text) => Failure::with_detail(Kind::Parameter, text),
            CaseError::Invalid(problems) => Failure {
                errors: problems.into_iter().map(FieldError::from).collect(),
                ..Kind::Application.into()
            },
            CaseError::Verdict(text) => Failure::with_detail(Kind::Verdict, text),
            CaseError::Paper(text) => Failure::with_detail(Kind::Paper, text),
            CaseError::TooLate(text) => Failure::with_detail(Kind::TooLate, text),
            CaseError::Limit(text) => Failure::with_detail(Kind::Limit, text),
            CaseError::Unavailable(_) | CaseError::Full => {
                tracing::error!(%error, "the store cannot serve");
                Kind::Unavailable.into()
            }
            CaseError::Package(_) | CaseError::Damaged(_) => {
                tracing::error!(%error, "a case cannot be read");
                Kind::Internal.into()
            }
        }
    }
}

impl From<wegfrei_forms::Problem> for FieldError {
    fn from(problem: wegfrei_forms::Problem) -> Self {
        // The code's own serialisation is its name for machines.
        let code = serde_json::to_value(problem.code).unwrap_or_default();
        FieldError {
            path: problem.path,
            message: problem.message,
            code: code.as_str().unwrap_or_default().to_owned(),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Beyond(_) => Kind::NotFound.into(),
            other => CaseError::from(other).into(),
        }
    }
}

/// What an operation can answer of these kinds: one shared response a status.
fn by_status(kinds: &[Kind]) -> BTreeMap<String, Vec<Kind>> {
    let mut statuses: BTreeMap<String, Vec<Kind>> = BTreeMap::new();
    for kind in kinds {
        statuses
            .entry(kind.status().as_str().to_owned())
            .or_default()
            .push(*kind);
    }
    statuses
}

/// The name of a shared response: its codes.
fn name(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>().join(".")
}

/// A shared response: one example a kind.
fn shared(kinds: &[Kind]) -> utoipa::openapi::Response {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.row().2).collect();
    let examples = kinds.iter().map(|kind| {
        let mut failure = Failure::from(*kind);
        if *kind == Kind::Application {
            failure.errors.push(FieldError {
                path: "G15000000001.F15000000003".to_owned(),
                message: "Diese Angabe fehlt.".to_owned(),
                code: "required".to_owned(),
            });
        }
        let problem = failure.problem("urn:uuid:01980a5d-ac96-774b-bcce-b302099a8057".to_owned());
        let example = ExampleBuilder::new()
            .summary(kind.row().2)
            .value(serde_json::to_value(problem).ok());
        (kind.code(), example)
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples);
    ResponseBuilder::new()
        .description(titles.join(". "))
        .content(MEDIA_TYPE, content.build())
        .build()
}

/// Sets of problems, one type each, for `responses(…)`. Every operation refuses unknown query keys, may be asked too often, and may fail on our side.
macro_rules! problems {
    ($($name:ident: $($kind:ident)*;)*) => {
        $(
            pub(crate) struct $name;

            impl $name {
                const KINDS: &[Kind] = &[Kind::Parameter, $(Kind::$kind,)* Kind::TooMany, Kind::Internal, Kind::Unavailable];
            }

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
                    let statuses = by_status(Self::KINDS).into_iter();
                    statuses.map(|(status, kinds)| (status, Ref::from_response_name(name(&kinds)).into())).collect()
                }
            }
        )*

        /// Every response the sets refer to, by name.
        pub(crate) fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
            let sets = [$($name::KINDS),*];
            let lists = sets.into_iter().flat_map(|kinds| by_status(kinds).into_values());
            lists.map(|kinds| (name(&kinds), shared(&kinds).into())).collect()
        }
    };
}

problems! {
    Plain: ;
    Found: NotFound;
    Applies: Json IdempotencyKey Token Role NotFound NotOffered Stale Discarded Slow TooLarge MediaType Application;
    Own: Token Role;
    OwnOne: Token Role NotFound;
    Notice: Token Refused NotFound Discarded;
    OwnLooks: Token Role Refused NotFound Discarded;
    OwnActs: Token Role Refused NotFound Stale TooLate Discarded;
    OwnSays: Json Token Role Refused Limit NotFound Stale TooLate Discarded Slow TooLarge MediaType Verdict;
    Uploads: Token Role Refused NotFound Stale Discarded Slow TooLarge MediaType Paper;
    GoesOn: Json Token Role Refused Limit NotFound NotOffered TooLate Discarded Slow TooLarge MediaType;
    BeginsDraft: Token Role Limit NotFound NotOffered;
    OpensDraft: Token Role Refused NotFound Stale Discarded;
    SavesDraft: Json Token Role Refused Limit NotFound Stale Discarded Slow TooLarge MediaType;
    SendsDraft: Token Role Refused NotFound NotOffered Stale Discarded Application;
    OffersHelp: Token Role Refused Limit NotFound Stale Discarded;
    EndsHelp: Token Role Refused NotFound Stale Discarded;
    Helps: Json Token Role Limit Stale Slow TooLarge MediaType;
    Checks: Slow TooLarge MediaType;
    LogsIn: Json NotFound Slow TooLarge MediaType Login;
    LogsOut: Token;
    Worklist: Token Role Refused;
    Opens: Token Role Refused NotFound Discarded;
    Pays: Token Role Refused NotFound Discarded;
    PaysFile: Token Role Refused NotFound Discarded;
    Decides: Json Parameter Token Role Refused NotFound Stale Held Discarded Slow TooLarge MediaType Verdict Application;
    Looks: Json Token Role Refused NotFound Slow TooLarge MediaType;
    Moves: Json Token Role Refused Slow TooLarge MediaType;
    SeesMove: Token Role Refused NotFound;
    Retracts: Token Role Refused NotFound Stale;
    Redecides: Token Role Refused NotFound Stale Discarded Verdict;
    HandsOver: Json Token Role Refused Slow TooLarge MediaType Verdict;
    Notes: Json Parameter Token Role Refused NotFound Stale Discarded Slow TooLarge MediaType Verdict;
    SetsAbsence: Json Token Role Refused Stale Slow TooLarge MediaType Verdict;
    EndsAbsence: Token Role Refused NotFound Stale;
    Posts: Json Token Role Refused NotFound Stale Slow TooLarge MediaType;
}
