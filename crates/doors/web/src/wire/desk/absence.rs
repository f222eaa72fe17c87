//! Absence and deputies; for team leads also how much each colleague has.

use super::{datebox, of_office};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{AbsencePage, page};
use crate::state::WebState;
use crate::texts::fill;
use crate::view::desk::{AbsenceLine, AbsenceView, LoadLine};
use crate::view::form::Choice;
use crate::visit::Visit;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{Absence, CaseError, Colleague, Holder, WorklistQuery, WorklistView};
use wegfrei_identity::{Action, Resource};
use wegfrei_journal::Actor;
use wegfrei_model::time::german_date;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct AbsenceQuery {
    meldung: Option<String>,
}

/// Who reads, and whether they speak for their team.
struct Reader<'a> {
    actor: &'a Actor,
    id: &'a str,
    leads: bool,
}

fn reader<'a>(state: &WebState, visit: &'a Visit) -> Result<Reader<'a>, Problem> {
    let (actor, authority) = visit.official()?;
    let Actor::Staff { id, .. } = actor else {
        return Err(Problem::Office);
    };
    let resource = Resource::Authority(authority);
    let policies = state.cases.policies();
    let leads = policies
        .decide(actor, Action::ManageAbsences, &resource, None)
        .permits();
    Ok(Reader { actor, id, leads })
}

async fn load(
    state: &WebState,
    reader: &Reader<'_>,
    team: &[Colleague],
    absences: &[Absence],
) -> Result<Vec<LoadLine>, CaseError> {
    let t_views = [WorklistView::Team, WorklistView::DueSoon, WorklistView::Overdue];
    let mut lines = Vec::with_capacity(team.len());
    for colleague in team {
        let mut counts = Vec::with_capacity(t_views.len());
        for view in t_views {
            let query = WorklistQuery {
                view,
                holder: Some(Holder::Staff(colleague.id.clone())),
                ..WorklistQuery::default()
            };
            counts.push(state.cases.worklist_count(reader.actor, query).await?.to_string());
        }
        let away = absences
            .iter()
            .find(|absence| absence.now && absence.staff.id == colleague.id);
        let mut counts = counts.into_iter();
        let mut next = || counts.next().unwrap_or_default();
        lines.push(LoadLine {
            who: colleague.name.clone(),
            href: format!("/amt?ansicht=team&bei={}", colleague.id),
            open: next(),
            soon: next(),
            overdue: next(),
            absent: away.map(|absence| absence.deputy.name.clone()).unwrap_or_default(),
        });
    }
    Ok(lines)
}

fn choices(list: &[Colleague], chosen: &str) -> Vec<Choice> {
    list.iter()
        .map(|one| Choice {
            value: one.id.clone(),
            label: one.name.clone(),
            chosen: one.id == chosen,
        })
        .collect()
}

async fn shown(state: &WebState, visit: &Visit, typed: AbsenceView, chosen: (&str, &str)) -> Result<Response, Problem> {
    let reader = reader(state, visit)?;
    let t = visit.frame.t;
    let absences = state.cases.absences(reader.actor).await.map_err(of_office)?;
    let team = state.cases.colleagues(reader.actor, None).map_err(of_office)?;
    let mut load = if reader.leads {
        load(state, &reader, &team, &absences).await.map_err(of_office)?
    } else {
        Vec::new()
    };
    for line in &mut load {
        if !line.absent.is_empty() {
            line.absent = fill(t.absence_away, "name", &line.absent);
        }
    }
    let (person, deputy) = chosen;
    let person = if person.is_empty() { reader.id } else { person };
    let view = AbsenceView {
        staff: if reader.leads {
            choices(&team, person)
        } else {
            Vec::new()
        },
        deputies: choices(&team, deputy)
            .into_iter()
            .filter(|one| reader.leads || one.value != reader.id)
            .collect(),
        absences: absences
            .iter()
            .map(|absence| AbsenceLine {
                who: absence.staff.name.clone(),
                days: format!("{} – {}", german_date(absence.from), german_date(absence.to)),
                deputy: absence.deputy.name.clone(),
                now: absence.now,
                end: (reader.leads || absence.staff.id == reader.id)
                    .then(|| format!("{}/{}", absence.staff.id, absence.absence)),
            })
            .collect(),
        load,
        ..typed
    };
    let status = if view.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(page(
        status,
        &AbsencePage {
            f: &visit.frame,
            v: &view,
        },
    ))
}

/// `GET /amt/abwesenheit`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<AbsenceQuery>,
) -> Result<Response, Problem> {
    let t = visit.frame.t;
    let message = match query.meldung.as_deref() {
        Some("eingetragen") => Some(t.absence_was_set.to_owned()),
        Some("beendet") => Some(t.absence_was_ended.to_owned()),
        _ => None,
    };
    let view = AbsenceView {
        message,
        ..AbsenceView::default()
    };
    shown(&state, &visit, view, ("", "")).await
}

/// `POST /amt/abwesenheit`
pub(crate) async fn change(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let reader = reader(&state, &visit)?;
    let t = visit.frame.t;
    let there = |code: &str| Redirect::to(&format!("/amt/abwesenheit?meldung={code}")).into_response();
    if let Some(named) = posted.get("beenden") {
        let unreadable = || Problem::status(StatusCode::BAD_REQUEST);
        let (staff, absence) = named.rsplit_once('/').ok_or_else(unreadable)?;
        let absence = absence.parse().map_err(|_| unreadable())?;
        return match state.cases.end_absence(reader.actor, staff, absence).await {
            // Ended twice is ended.
            Ok(()) | Err(CaseError::NotFound) => Ok(there("beendet")),
            Err(error) => Err(of_office(error)),
        };
    }
    let (from, first) = datebox(&posted, "von");
    let (to, last) = datebox(&posted, "bis");
    let person = posted.get("person").filter(|id| !id.is_empty()).unwrap_or(reader.id);
    let deputy = posted.get("vertretung").unwrap_or_default();
    let error = match (first, last) {
        (Some(_), Some(_)) if deputy.is_empty() => t.absence_deputy_missing.to_owned(),
        (Some(first), Some(last)) => match state.cases.set_absence(reader.actor, person, first, last, deputy).await {
            Ok(()) => return Ok(there("eingetragen")),
            Err(CaseError::Verdict(words)) => words,
            Err(error) => return Err(of_office(error)),
        },
        _ => t.absence_day_wrong.to_owned(),
    };
    let view = AbsenceView {
        from,
        to,
        error: Some(error),
        ..AbsenceView::default()
    };
    shown(&state, &visit, view, (person, deputy)).await
}
