//! The OpenAPI 3.1 document, made from the routes.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use axum::http::Method;
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::problem::{self, Problem};
use crate::routes;

/// Head of the document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Wegfrei",
        description = "Public services for programs: the same forms, the same validation, the same decisions and the same record as in \
                       the portal. Times are UTC (RFC 3339); authorities are named by their eight-digit AGS. Errors are problem \
                       details (RFC 9457) whose `title` and `detail` are German, for people; `type` is for programs. Unknown query \
                       parameters are refused, not ignored.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    servers((url = "/", description = "This portal")),
    tags(
        (name = "services", description = "What there is and who offers it."),
        (name = "authorities", description = "Who is competent where."),
        (name = "applications", description = "Send an application and follow it."),
        (name = "mine", description = "Mailbox, notices, and who saw what of mine."),
        (name = "help", description = "Let somebody help with a draft or case, and help."),
        (name = "authenticity", description = "Is a notice genuine? Without a login."),
        (name = "journal", description = "Each authority's signed tree (C2SP tlog-tiles), for everybody to check. Entries are not public."),
        (name = "sessions", description = "Sign in and out."),
        (name = "desk", description = "For staff: see and decide cases. Every look is recorded."),
    ),
    components(schemas(Problem)),
    modifiers(&Shared)
)]
pub(crate) struct Head;

/// The way in, and the problems the operations share.
struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "Session token; over after 2 hours without use, at the latest after 12 hours.",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
        components.responses = problem::responses();
    }
}

/// The OpenAPI 3.1 document of [`crate::router`].
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = routes::declared().into_openapi();
    // The router's sign for "the rest of the path" is no part of OpenAPI's path templates.
    let (plain, rest): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut document.paths.paths)
        .into_iter()
        .partition(|(path, _)| !path.contains("{*"));
    document.paths.paths = plain;
    document
        .paths
        .paths
        .extend(rest.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)));
    document
}

/// The query keys of each operation, by method and path template.
pub(crate) struct Queries(BTreeMap<(String, String), BTreeSet<String>>);

impl Queries {
    /// The keys an operation knows; `None` when there is no such operation.
    pub fn of(&self, method: &Method, route: &str) -> Option<&BTreeSet<String>> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let name = method.as_str().to_ascii_lowercase();
        self.0.get(&(name, route.replace("{*", "{")))
    }
}

/// The document as it is sent, and what follows from it.
pub(crate) fn rendered() -> (Bytes, Queries) {
    let document = serde_json::to_value(document()).unwrap_or_default();
    let mut queries = BTreeMap::new();
    let empty = serde_json::Map::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).unwrap_or(&empty) {
        for (method, operation) in item.as_object().unwrap_or(&empty) {
            let parameters = operation.get("parameters").and_then(Value::as_array);
            let names = parameters
                .into_iter()
                .flatten()
                .filter(|parameter| parameter.get("in") == Some(&"query".into()));
            let names = names.filter_map(|parameter| parameter.get("name")?.as_str().map(str::to_owned));
            queries.insert((method.clone(), path.clone()), names.collect());
        }
    }
    (Bytes::from(document.to_string()), Queries(queries))
}
