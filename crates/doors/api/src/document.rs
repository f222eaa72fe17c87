//! The OpenAPI 3.1 document, made from the routes.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use axum::http::Method;
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::problem::Problem;
use crate::routes;

/// Head of the document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Wegfrei",
        description = "Verwaltungsleistungen für Programme: dieselben Formulare, dieselbe Prüfung, dieselben Entscheidungen und \
                       dasselbe Protokoll wie im Portal. Zeiten sind UTC nach RFC 3339, Behörden heißen nach ihrem achtstelligen \
                       amtlichen Gemeindeschlüssel (AGS). Fehler sind Problem Details nach RFC 9457. Unbekannte Parameter werden \
                       abgelehnt, nicht übergangen.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    servers((url = "/", description = "Dieses Portal")),
    tags(
        (name = "Leistungen", description = "Was es gibt und wer es anbietet."),
        (name = "Behörden", description = "Wer wo zuständig ist."),
        (name = "Anträge", description = "Einen Antrag senden und verfolgen."),
        (name = "Mein Bereich", description = "Postfach und Zugriffe."),
        (name = "Echtheit", description = "Ist ein Bescheid echt? Ohne Anmeldung."),
        (name = "Journal", description = "Signierter Baum jeder Behörde nach C2SP tlog-tiles: zum Nachrechnen für alle."),
        (name = "Sitzungen", description = "Anmelden und abmelden."),
        (name = "Amt", description = "Für Mitarbeitende: Vorgänge sehen und entscheiden. Jeder Zugriff wird protokolliert."),
    ),
    components(schemas(Problem)),
    modifiers(&Security)
)]
pub(crate) struct Head;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "Sitzungszeichen aus der Anmeldung; gilt 2 Stunden ohne Nutzung, höchstens 12 Stunden.",
        ));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme.build()));
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
