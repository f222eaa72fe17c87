//! Moves of running cases to the newest version of their package: what there is to do, what a move would do, how far it is, and taking
//! it back.

use super::print::count;
use super::{base, of_office};
use crate::body::Posted;
use crate::layers::Framing;
use crate::problem::Problem;
use crate::render::{MovePage, MovePreviewPage, MovesPage, ok, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::desk::{
    Counterpart, MoveLine, MovePreviewView, MoveView, MovesView, NamedCase, OldVersionLine, Progress, StayLine,
};
use crate::view::form::Choice;
use crate::visit::Visit;
use crate::wire::service_title;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use wegfrei_cases::{CaseError, MoveChoice, MoveGroup, MoveStanding};
use wegfrei_model::AuthorityId;

/// Begins the name of the box that says what stands for an element of the old process.
const FOR: &str = "zu.";

/// Most elements that are named by hand.
const MOST_NAMED: usize = 200;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct MoveQuery {
    meldung: Option<String>,
}

fn href(number: u64) -> String {
    format!("/amt/umstellungen/{number}")
}

fn standing(t: &'static Texts, standing: MoveStanding) -> &'static str {
    match standing {
        MoveStanding::Moving => t.move_moving,
        MoveStanding::Moved => t.move_moved,
        MoveStanding::TakingBack => t.move_taking_back,
        MoveStanding::TakenBack => t.move_taken_back,
    }
}

/// "Ein Vorgang", "12 Vorgänge".
fn cases(t: &'static Texts, number: u64) -> String {
    match number {
        1 => t.move_case_one.to_owned(),
        many => fill(t.move_case_many, "n", count(many)),
    }
}

/// `GET /amt/umstellungen`: counted from rows; nothing is opened.
pub(crate) async fn list(State(state): State<WebState>, visit: Visit) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let t = visit.frame.t;
    let due = state.cases.moves_due(actor).await.map_err(of_office)?;
    let runs = state.cases.moves(actor).await.map_err(of_office)?;
    let service = |id: &str| service_title(&state, id, visit.lang);
    let view = MovesView {
        due: due
            .iter()
            .map(|old| OldVersionLine {
                service: service(&old.service),
                from: old.from.clone(),
                to: old.to.clone(),
                cases: count(old.cases),
                href: format!("/amt/umstellungen/{}/{}", old.service, old.from),
            })
            .collect(),
        runs: runs
            .iter()
            .map(|run| MoveLine {
                href: href(run.number),
                title: fill(t.move_number, "n", run.number),
                what: format!("{}, {} → {}", service(&run.service), run.from, run.to),
                started: format!("{}, {}", run.started_at.german(), run.started_by.name),
                standing: standing(t, run.standing),
                moved: fill(&fill(t.move_of, "n", count(run.moved)), "all", count(run.cases)),
            })
            .collect(),
    };
    Ok(ok(&MovesPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// What was named by hand, from the fields of a form: what is left empty is not.
fn named<'f>(fields: impl Iterator<Item = (&'f str, &'f str)>) -> BTreeMap<String, String> {
    let named = fields.filter_map(|(name, value)| Some((name.strip_prefix(FOR)?, value)));
    let named = named.filter(|(_, value)| !value.is_empty()).take(MOST_NAMED);
    named
        .map(|(element, value)| (element.to_owned(), value.to_owned()))
        .collect()
}

/// `GET /amt/umstellungen/{service}/{version}`: what a move would do. Nothing is opened and nothing is written.
pub(crate) async fn preview(
    State(state): State<WebState>,
    visit: Visit,
    Path((service, from)): Path<(String, String)>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let by_hand = named(query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    shown_preview(&state, &visit, (&service, &from), by_hand, None).await
}

async fn shown_preview(
    state: &WebState,
    visit: &Visit,
    (service, from): (&str, &str),
    by_hand: BTreeMap<String, String>,
    error: Option<String>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let t = visit.frame.t;
    let found = state.cases.move_preview(actor, service, from, &by_hand).await;
    let found = found.map_err(of_office)?;
    let all = found.can + found.cannot;
    let view = MovePreviewView {
        href: format!("/amt/umstellungen/{}/{}", found.service, found.from),
        service: service_title(state, &found.service, visit.lang),
        can: match (all, found.can) {
            (0, _) => t.move_nothing.to_owned(),
            (_, 0) => t.move_can_none.to_owned(),
            (all, can) if all == can => fill(t.move_can_all, "cases", cases(t, all)),
            (all, can) => fill(&fill(t.move_can, "n", count(can)), "all", count(all)),
        },
        start: (found.can > 0).then(|| fill(t.move_start, "cases", cases(t, found.can))),
        notes: found
            .notes
            .iter()
            .map(|(note, number)| format!("{note} ({})", cases(t, *number)))
            .collect(),
        stays: stays(t, authority, &found.obstacles),
        counterparts: found.choices.iter().map(counterpart).collect(),
        by_hand: by_hand
            .into_iter()
            .map(|(element, value)| (format!("{FOR}{element}"), value))
            .collect(),
        from: found.from,
        to: found.to,
        reasons: found.reasons,
        error,
    };
    let status = match view.error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let template = MovePreviewPage {
        f: &visit.frame_at(&view.href),
        v: &view,
    };
    Ok(page(status, &template))
}

fn counterpart(choice: &MoveChoice) -> Counterpart {
    // Two steps may have the same name; their ids tell them apart.
    let label = |name: &str, id: &str| {
        if name == id {
            id.to_owned()
        } else {
            format!("{name} ({id})")
        }
    };
    Counterpart {
        name: format!("{FOR}{}", choice.element),
        label: label(&choice.name, &choice.element),
        choices: choice
            .fitting
            .iter()
            .map(|new| Choice {
                value: new.element.clone(),
                label: label(&new.name, &new.element),
                chosen: choice.chosen.as_deref() == Some(new.element.as_str()),
            })
            .collect(),
    }
}

fn stays(t: &'static Texts, authority: AuthorityId, groups: &[MoveGroup]) -> Vec<StayLine> {
    let line = |group: &MoveGroup| {
        let more = group.count.saturating_sub(group.cases.len() as u64);
        StayLine {
            step: group.element.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
            reason: group.reason.clone(),
            help: group.help.clone(),
            count: cases(t, group.count),
            cases: group
                .cases
                .iter()
                .map(|(case, reference)| NamedCase {
                    href: base(authority, *case),
                    reference: reference.clone(),
                })
                .collect(),
            more: (more > 0).then(|| fill(t.move_more, "n", count(more))),
        }
    };
    groups.iter().map(line).collect()
}

/// `POST /amt/umstellungen/{service}/{version}`: the move begins.
pub(crate) async fn start(
    State(state): State<WebState>,
    visit: Visit,
    Path((service, from)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let by_hand = named(
        posted
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    match state.cases.start_move(actor, &service, &from, by_hand.clone()).await {
        Ok(number) => Ok(Redirect::to(&href(number)).into_response()),
        Err(CaseError::Input(words)) => shown_preview(&state, &visit, (&service, &from), by_hand, Some(words)).await,
        Err(error) => Err(of_office(error)),
    }
}

/// `GET /amt/umstellungen/{number}`: nothing is opened.
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(number): Path<String>,
    Query(query): Query<MoveQuery>,
) -> Result<Response, Problem> {
    let number = number.parse().map_err(|_| Problem::missing())?;
    let changed = query.meldung.as_deref() == Some("anders");
    let message = changed.then(|| visit.frame.t.move_changed.to_owned());
    shown(&state, &visit, number, message, None).await
}

async fn shown(
    state: &WebState,
    visit: &Visit,
    number: u64,
    message: Option<String>,
    error: Option<String>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let t = visit.frame.t;
    let run = state.cases.case_move(actor, number).await.map_err(of_office)?;
    let line = &run.line;
    let said = |text: &str, done: u64, all: u64| {
        let words = fill(&fill(text, "n", count(done)), "all", count(all));
        (words, Progress { done, all })
    };
    let working = match line.standing {
        // Cases that were sent since are none of it, but some may have ended: then the bar does not fill up, and the page says that it is done.
        MoveStanding::Moving => Some(said(t.move_done_moving, line.moved + line.stayed, line.cases)),
        MoveStanding::TakingBack => Some(said(t.move_done_back, run.looked_back, line.moved)),
        MoveStanding::Moved | MoveStanding::TakenBack => None,
    };
    let mut facts = vec![
        Fact::new(t.move_service, service_title(state, &line.service, visit.lang)),
        Fact::new(t.move_versions, format!("{} → {}", line.from, line.to)),
        Fact::new(t.move_started, line.started_at.german()),
        Fact::new(t.move_by, line.started_by.name.clone()),
        Fact::new(t.move_count_moved, count(line.moved)),
        Fact::new(t.move_count_stayed, count(line.stayed)),
    ];
    if matches!(line.standing, MoveStanding::TakingBack | MoveStanding::TakenBack) {
        facts.push(Fact::new(t.move_count_back, count(line.taken_back)));
    }
    let view = MoveView {
        title: fill(t.move_number, "n", number),
        standing: standing(t, line.standing),
        working,
        facts,
        stays: stays(t, authority, &run.reasons),
        kept: stays(t, authority, &run.kept),
        take_back: match line.standing {
            MoveStanding::Moving => true,
            MoveStanding::Moved => line.moved > 0,
            MoveStanding::TakingBack | MoveStanding::TakenBack => false,
        },
        message,
        error,
        href: href(number),
    };
    let status = match view.error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let template = MovePage {
        f: &visit.frame_at(&view.href),
        v: &view,
    };
    let answer = page(status, &template);
    Ok(match view.working {
        Some(_) => Framing::Watches.mark(answer),
        None => answer,
    })
}

/// `POST /amt/umstellungen/{number}`: the move is taken back.
pub(crate) async fn took_back(
    State(state): State<WebState>,
    visit: Visit,
    Path(number): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let number: u64 = number.parse().map_err(|_| Problem::missing())?;
    match state.cases.take_back_move(actor, number).await {
        Ok(()) => Ok(Redirect::to(&href(number)).into_response()),
        Err(CaseError::Input(words)) => shown(&state, &visit, number, None, Some(words)).await,
        // A second click, or a colleague: the page says how it stands.
        Err(CaseError::Stale) => Ok(Redirect::to(&format!("{}?meldung=anders", href(number))).into_response()),
        Err(error) => Err(of_office(error)),
    }
}
