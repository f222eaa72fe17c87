//! Which address is which page, and the layers around all of them.

use crate::state::WebState;
use crate::wire::desk::{
    self, absence, assign, file, list, moves, operation, outbox, paper, payments, print, records, task,
};
use crate::wire::{
    application, case, check, cockpit, contact, help, leaving, login, mine, objection, portal, proof, sending, supply,
};
use crate::{assets_router, body, layers, visit};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// Puts another door's router under the same limits per client address.
pub fn limited(state: &WebState, other: Router) -> Router {
    other.layer(from_fn_with_state(state.clone(), layers::limited_by_address))
}

/// Where a case of the desk lies.
const CASE: &str = "/amt/vorgang/{authority}/{case}";

/// The tasks of the desk: their forms may hold a whole household.
fn task_routes() -> Router<WebState> {
    let at = |end: &str| format!("{CASE}{end}");
    Router::new()
        .route(&at("/aufgabe"), get(task::show).post(task::answer))
        .route(&at("/aufgabe/entwurf"), get(task::draft_shown).post(task::draft))
        .layer(body::task_limit())
        .layer(from_fn(|request, next| {
            body::announced(body::TASK_BYTES, body::TASK_BYTES, request, next)
        }))
}

/// The desk. An address never says what for a case is opened: that is asked, and kept for the session.
fn desk_routes() -> Router<WebState> {
    let at = |end: &str| format!("{CASE}{end}");
    Router::new()
        .route("/amt", get(list::worklist))
        .route("/amt/zuweisen", get(list::back).post(assign::assign))
        .route("/amt/abwesenheit", get(absence::show).post(absence::change))
        .route("/amt/protokoll", get(records::show))
        .route("/amt/postausgang", get(outbox::show).post(outbox::posted))
        .route("/amt/postausgang/{notice}", get(outbox::pdf))
        .route("/amt/postausgang/drucklauf", get(print::start_shown).post(print::start))
        .route(
            "/amt/postausgang/drucklauf/{number}",
            get(print::show).post(print::posted),
        )
        .route("/amt/postausgang/drucklauf/{number}/{file}", get(print::saved))
        .route("/amt/zahlungen", get(payments::show).post(payments::start))
        .route("/amt/zahlungen/lauf/{month}", get(payments::asked))
        .route("/amt/zahlungen/datei/{run}", get(payments::saved))
        .route("/amt/umstellungen", get(moves::list))
        .route("/amt/umstellungen/{number}", get(moves::show).post(moves::took_back))
        .route(
            "/amt/umstellungen/{service}/{version}",
            get(moves::preview).post(moves::start),
        )
        .route("/amt/betrieb", get(operation::show).post(operation::retry))
        .route(CASE, get(desk::case::case).post(desk::choose))
        .route(&at("/zweck"), get(desk::purpose_asked))
        .route(
            &at("/neu-entscheiden"),
            get(desk::case::note_shown).post(desk::case::redecide),
        )
        .route(
            &at("/zuruecknehmen"),
            get(desk::case::note_shown).post(desk::case::took_back),
        )
        .route(&at("/notiz"), get(desk::case::note_shown).post(desk::case::note))
        .route(&at("/zahlungen"), get(payments::stop_shown).post(payments::stop))
        .route(&at("/akte"), get(file::file))
        .route(&at("/entschieden"), get(task::decided))
        .route(&at("/unterlage/{document}"), get(paper::save))
        .route(&at("/unterlage/{document}/ansicht"), get(paper::show))
        .route(&at("/brief/{document}"), get(paper::save_letter))
        .route(&at("/brief/{document}/ansicht"), get(paper::show_letter))
}

/// Every page for people, with all limits and headers. The top may merge other doors beside it; it must serve it with
/// `into_make_service_with_connect_info::<SocketAddr>()`, so that rate limits know the client.
pub fn router(state: WebState) -> Router {
    let uploads = Router::new()
        .route(
            "/antrag/{authority}/{case}/{page}",
            get(application::show).post(application::answer),
        )
        .route(
            "/mein-bereich/vorgang/{authority}/{case}/nachreichen",
            get(supply::show).post(supply::answer),
        )
        .route_layer(from_fn(body::signed_in))
        .route("/pruefen", get(check::show).post(check::file))
        .layer(body::upload_limit())
        .layer(from_fn(|request, next| {
            body::announced(body::UPLOAD_BYTES, body::FORM_BYTES, request, next)
        }));
    let forms = Router::new()
        .route("/", get(portal::start))
        .route("/ort", get(portal::place))
        .route("/ort/merken", get(portal::choose))
        .route("/leistungen", get(portal::start))
        .route("/leistungen/{id}", get(portal::service))
        .route("/leistungen/{id}/antrag", get(portal::begun).post(portal::begin))
        .route("/antrag/{authority}/{case}", get(application::resume))
        .route("/antrag/{authority}/{case}/pruefen", get(sending::summary))
        .route(
            "/antrag/{authority}/{case}/senden",
            get(sending::send_shown).post(sending::send),
        )
        .route("/antrag/{authority}/{case}/eingang", get(sending::receipt))
        .route(
            "/antrag/{authority}/{case}/verwerfen",
            get(sending::discard_asked).post(sending::discard),
        )
        .route("/mein-bereich", get(mine::overview))
        .route("/mein-bereich/zugriffe", get(cockpit::accesses).post(cockpit::choose))
        .route("/mein-bereich/vorgang/{authority}/{case}", get(case::show))
        .route("/mein-bereich/helfen", get(help::assist).post(help::enter))
        .route(
            "/mein-bereich/hilfe/{authority}/{case}",
            get(help::show).post(help::change),
        )
        .route("/mein-bereich/zugriffe/{authority}/{seq}", get(proof::show))
        .route(
            "/mein-bereich/zugriffe/{authority}/{seq}/beweis.json",
            get(proof::download),
        )
        .route(
            "/mein-bereich/vorgang/{authority}/{case}/kontakt",
            get(contact::show).post(contact::save),
        )
        .route(
            "/mein-bereich/vorgang/{authority}/{case}/zuruecknehmen",
            get(leaving::withdraw_asked).post(leaving::withdraw),
        )
        .route(
            "/mein-bereich/vorgang/{authority}/{case}/folgeantrag",
            get(leaving::follow_asked).post(leaving::follow),
        )
        .route(
            "/mein-bereich/vorgang/{authority}/{case}/widerspruch/{notice}",
            get(objection::show).post(objection::answer),
        )
        .route("/bescheid/{authority}/{notice}", get(mine::pdf))
        .route("/anmelden", get(login::show).post(login::login))
        .route("/abmelden", post(login::logout))
        .merge(desk_routes())
        .route("/barrierefreiheit", get(portal::accessibility))
        .route("/datenschutz", get(portal::privacy))
        .route("/impressum", get(portal::imprint))
        .layer(body::form_limit())
        .layer(from_fn(|request, next| {
            body::announced(body::FORM_BYTES, body::FORM_BYTES, request, next)
        }));
    let pages = uploads
        .merge(forms)
        .merge(task_routes())
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(CatchPanicLayer::custom(layers::caught))
        .layer(from_fn_with_state(state.clone(), layers::in_time))
        .layer(from_fn_with_state(state.clone(), layers::limited))
        .layer(from_fn_with_state(state.clone(), visit::layer));
    Router::new()
        .route(
            "/healthz",
            get(|| async { ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok\n").into_response() }),
        )
        .merge(assets_router())
        .merge(pages)
        .layer(from_fn_with_state(state.clone(), layers::outermost))
        .with_state(state)
}
