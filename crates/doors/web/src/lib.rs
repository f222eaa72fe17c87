//! HTML for people: portal, desk and check page. Server-rendered, works without JavaScript.
//!
//! Knows no SQL: everything it shows comes from the capabilities and is turned into the plain structs of [`view`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod assets;
mod body;
pub mod frame;
mod layers;
mod problem;
pub mod rate;
pub mod render;
mod routes;
mod state;
pub mod texts;
pub mod view;
mod visit;
mod wire;

pub use routes::{limited, router};
pub use state::{LegalTexts, WebOptions, WebParts, WebState};
pub use wire::preview::{Preview, preview};

/// Style sheet, script, fonts and icon under `/assets/`.
pub fn assets_router<S: Clone + Send + Sync + 'static>() -> axum::Router<S> {
    axum::Router::new().route("/assets/{name}", axum::routing::get(assets::serve))
}
