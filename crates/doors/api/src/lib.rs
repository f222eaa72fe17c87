//! HTTP for machines: everything under `/api`, with an OpenAPI 3.1 document made from the same declarations as the routes.
//!
//! Knows no SQL and no cookie: who calls shows a session token as `Authorization: Bearer …`, so no other site can make a
//! browser call in somebody's name. Errors are problem details (RFC 9457) and never name personal data. The top merges
//! [`router`] beside the door for people; it owns no path outside `/api`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod document;
mod extract;
mod layers;
mod problem;
mod routes;
mod state;
mod wire;

pub use document::document;
pub use routes::router;
pub use state::{ApiParts, ApiState};

/// Most bytes of a JSON body.
const JSON_BYTES: usize = 64 * 1024;
/// Most bytes of a PDF to be checked.
const PDF_BYTES: usize = 20 * 1024 * 1024;
