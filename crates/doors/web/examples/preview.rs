//! Shows every page with sample data: `cargo run -p wegfrei-web --example preview -- 4000`. A page in another language: append
//! `~en` to its path. With `portal` as second argument it is the whole portal on a throw-away database with a standing clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/world/mod.rs"]
mod world;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use wegfrei_web::texts::Lang;

async fn show(request: Request) -> Response {
    let uri = request.uri();
    let (path, lang) = uri
        .path_and_query()
        .map_or("/", |all| all.as_str())
        .split_once("~")
        .map_or_else(
            || (uri.path_and_query().map_or("/", |all| all.as_str()), Lang::De),
            |(path, code)| (path, Lang::from_code(code).unwrap_or_default()),
        );
    match common::pages(lang).into_iter().find(|(known, _)| *known == path) {
        Some((_, html)) => Html(html).into_response(),
        None => {
            let links: String = common::pages(lang)
                .iter()
                .map(|(path, _)| format!("<li><a href='{path}'>{path}</a>"))
                .collect();
            (StatusCode::NOT_FOUND, Html(format!("<ul>{links}</ul>"))).into_response()
        }
    }
}

#[tokio::main]
async fn main() {
    let port = std::env::args()
        .nth(1)
        .map_or(4000, |text| text.parse().expect("the first argument is a port"));
    let world = world::world().await;
    let app = match std::env::args().nth(2).as_deref() {
        Some("portal") => world.app.clone(),
        _ => Router::new().merge(wegfrei_web::assets_router()).fallback(show),
    };
    let jobs = world.cases.clone();
    tokio::spawn(async move { jobs.work().await });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    axum::serve(listener, app.into_make_service()).await.unwrap();
}
