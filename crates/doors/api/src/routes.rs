//! Which address is which operation: one list for the router and for the document.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::document::Head;
use crate::problem::{Failure, Kind};
use crate::wire::{
    actions, applications, authorities, check, desk, drafts, help, journal, mine, moves, office, payments, services,
    sessions,
};
use crate::{ApiState, JSON_BYTES, PDF_BYTES, layers};

/// The longest an answer may take, the body's arrival included.
const ANSWER_TIME: Duration = Duration::from_secs(90);

pub(crate) fn declared() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(services::openapi))
        .routes(routes!(services::list))
        .routes(routes!(services::one))
        .routes(routes!(services::adopters))
        .routes(routes!(services::competent))
        .routes(routes!(authorities::search))
        .routes(routes!(authorities::one))
        .routes(routes!(applications::submit))
        .routes(routes!(mine::cases))
        .routes(routes!(mine::case))
        .routes(routes!(actions::actions))
        .routes(routes!(actions::request))
        .routes(routes!(actions::add_paper).layer(DefaultBodyLimit::max(PDF_BYTES)))
        .routes(routes!(actions::remove_paper))
        .routes(routes!(actions::answer))
        .routes(routes!(actions::withdraw))
        .routes(routes!(actions::object))
        .routes(routes!(actions::follow_up))
        .routes(routes!(drafts::begin))
        .routes(routes!(drafts::read, drafts::save))
        .routes(routes!(drafts::send))
        .routes(routes!(help::offer, help::read, help::take_back))
        .routes(routes!(help::end))
        .routes(routes!(help::helping, help::enter))
        .routes(routes!(help::stop))
        .routes(routes!(help::notices))
        .routes(routes!(mine::mailbox))
        .routes(routes!(mine::notice))
        .routes(routes!(mine::access_log))
        .routes(routes!(mine::access_proof))
        .routes(routes!(check::code, check::pdf).layer(DefaultBodyLimit::max(PDF_BYTES)))
        .routes(routes!(journal::checkpoint))
        .routes(routes!(journal::key))
        .routes(routes!(journal::tile))
        .routes(routes!(journal::proof))
        .routes(routes!(sessions::login, sessions::logout))
        .routes(routes!(desk::worklist))
        .routes(routes!(desk::case))
        .routes(routes!(desk::decide))
        .routes(routes!(desk::extend))
        .routes(routes!(desk::redecide))
        .routes(routes!(desk::take_back))
        .routes(routes!(office::assign))
        .routes(routes!(office::hand_over))
        .routes(routes!(office::note))
        .routes(routes!(office::absences, office::set_absence))
        .routes(routes!(office::end_absence))
        .routes(routes!(office::letters))
        .routes(routes!(office::letter))
        .routes(routes!(office::posted))
        .routes(routes!(payments::due))
        .routes(routes!(payments::preview))
        .routes(routes!(payments::runs, payments::start))
        .routes(routes!(payments::file))
        .routes(routes!(payments::stop))
        .routes(routes!(moves::due))
        .routes(routes!(moves::preview))
        .routes(routes!(moves::list, moves::start))
        .routes(routes!(moves::one))
        .routes(routes!(moves::take_back))
}

async fn nothing() -> Failure {
    Kind::NotFound.into()
}

/// Everything under `/api`, with all limits and headers. Has no fallback of its own, so the top may merge it beside others.
pub fn router(state: ApiState, limited: impl FnOnce(Router) -> Router) -> Router {
    let (routes, _) = declared().split_for_parts();
    let routes = routes
        .route("/api", any(nothing))
        .route("/api/", any(nothing))
        .route("/api/{*rest}", any(nothing))
        .layer(DefaultBodyLimit::max(JSON_BYTES))
        // What announces itself as too large for every operation is refused before a byte of it is read.
        .layer(RequestBodyLimitLayer::new(PDF_BYTES))
        .layer(CatchPanicLayer::custom(layers::caught))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_TIME,
        ))
        .with_state(state.clone());
    limited(routes).layer(from_fn_with_state(state, layers::outermost))
}
