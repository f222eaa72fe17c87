//! Answering a request, or sending something unasked while the desk checks: what was asked, files one after the other, a message.

use super::day;
use super::form::size;
use super::own::{CasePath, Own, last_day};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{SupplyPage, ok, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::form::{ErrorLink, PaperItem};
use crate::view::mine::{Question, SupplyView};
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseError, RequestStand, RequestView, Supplied, answer_day};
use wegfrei_model::PaperId;
use wegfrei_model::time::german_date;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct SupplyQuery {
    meldung: Option<String>,
}

/// What the page says besides the request.
#[derive(Default)]
struct Say {
    answer: String,
    file_error: Option<String>,
    text_error: Option<String>,
    message: Option<&'static str>,
}

/// Until when an answer is in time, or what becomes of it now.
fn until(state: &WebState, t: &'static Texts, own: &Own, asked: &RequestView, in_time: bool) -> String {
    let last = last_day(t, asked.until);
    let package = state.cases.catalogue().package(&own.known.service);
    if in_time && !asked.begun {
        fill(t.supply_not_begun, "date", last)
    } else if in_time {
        let due = fill(t.supply_due, "date", last);
        // The letter could not know when it would leave the house.
        if asked.named < asked.due {
            let usual = package.and_then(|package| answer_day(package, asked.asked_at.date(), asked.named));
            let why = if usual == Some(asked.due) {
                t.supply_named
            } else {
                t.supply_named_later
            };
            format!("{due} {}", fill(why, "date", german_date(asked.named)))
        } else {
            due
        }
    } else {
        let over = asked.begun && state.cases.now() >= asked.until;
        match asked.stand {
            RequestStand::Answered => t.supply_again.to_owned(),
            RequestStand::CalledOff { at } => fill(t.supply_called_off, "date", day(t, at)),
            RequestStand::Ended { at } if !over => fill(t.supply_ended, "date", day(t, at)),
            RequestStand::Ended { .. } | RequestStand::Missed | RequestStand::Open => fill(t.supply_late, "date", last),
        }
    }
}

/// The page; `None` when nothing can be sent. After a post it is `kept` also then: what was written is given back, and that nothing of it was
/// taken is said.
async fn view(state: &WebState, visit: &Visit, own: &Own, say: Say, kept: bool) -> Result<Option<SupplyView>, Problem> {
    let (person, authority, case) = (own.person, own.authority(), own.case());
    let actions = state.cases.my_actions(person, authority, case).await?;
    let in_time = actions.supply.is_some();
    let open = in_time || actions.supply_further;
    if !open && !kept {
        return Ok(None);
    }
    let asked = state.cases.my_request(person, authority, case).await?;
    let (_, papers) = state.cases.my_application(person, authority, case).await?;
    let is_new = |added| match &asked {
        Some(asked) => added >= asked.asked_at,
        None => Some(added) > own.known.submitted_at,
    };
    let papers: Vec<PaperItem> = papers
        .into_iter()
        .filter(|paper| is_new(paper.added_at))
        .map(|paper| PaperItem {
            id: paper.paper.to_string(),
            name: paper.file_name,
            size: size(paper.size),
        })
        .collect();
    let t = visit.frame.t;
    let due = match &asked {
        _ if !open => t.supply_over.to_owned(),
        Some(asked) => until(state, t, own, asked, in_time),
        None => t.supply_unasked_lead.to_owned(),
    };
    let error = |target: &str, message: &Option<String>| {
        message.clone().map(|message| ErrorLink {
            target: target.to_owned(),
            message,
        })
    };
    // That it cannot be sent any more says all.
    let (file_error, text_error) = (say.file_error.filter(|_| open), say.text_error.filter(|_| open));
    let errors = [error("#datei", &file_error), error("#text", &text_error)];
    Ok(Some(SupplyView {
        of: own.of(state, visit),
        question: asked.map(|asked| Question {
            text: asked.text,
            asked: day(t, asked.asked_at),
            wanted: asked.papers,
        }),
        due,
        late: !in_time,
        open,
        papers,
        removable: in_time,
        answer: say.answer,
        file_error,
        text_error,
        errors: errors.into_iter().flatten().collect(),
        message: say.message.map(str::to_owned),
    }))
}

/// `GET /mein-bereich/vorgang/{authority}/{case}/nachreichen`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<SupplyQuery>,
) -> Result<Response, Problem> {
    let own = match path.open_seen(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let visit = visit.helping(own.helping);
    let t = visit.frame.t;
    let say = Say {
        message: match query.meldung.as_deref() {
            Some("hochgeladen") => Some(t.supply_uploaded),
            Some("spaet") => Some(t.supply_uploaded_late),
            Some("entfernt") => Some(t.form_removed_message),
            _ => None,
        },
        ..Say::default()
    };
    match view(&state, &visit, &own, say, false).await? {
        Some(view) => Ok(ok(&SupplyPage {
            f: &visit.frame,
            v: &view,
        })),
        // Nothing was asked for and nobody checks, or the case has ended.
        None => Ok(own.back("")),
    }
}

/// `POST /mein-bereich/vorgang/{authority}/{case}/nachreichen`: takes files, takes one away, or sends the answer.
pub(crate) async fn answer(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    mut posted: Posted,
) -> Result<Response, Problem> {
    let own = match path.open_seen(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let visit = visit.helping(own.helping);
    let (person, authority, case) = (own.person, own.authority(), own.case());
    let t = visit.frame.t;
    let files = std::mem::take(&mut posted.files);
    let uploaded = !files.is_empty();
    let mut say = Say {
        answer: posted.get("text").unwrap_or_default().to_owned(),
        ..Say::default()
    };
    let mut wrong = Vec::new();
    for file in files {
        let add = || {
            state
                .cases
                .add_paper(person, authority, case, &file.name, file.bytes.clone())
        };
        let mut added = add().await;
        // Another entry in the same moment is no reason to lose a paper.
        for _ in 0..2 {
            if matches!(added, Err(CaseError::Stale)) {
                added = add().await;
            }
        }
        match added {
            Ok(_) => {}
            Err(CaseError::Paper(text)) => wrong.push(format!("{}: {text}", file.name)),
            // Nothing is taken any more: the page says so, and gives back what was typed.
            Err(CaseError::Stale) => {
                say.file_error = Some(format!("{}: {}", file.name, t.supply_stale));
                return again(&state, &visit, &own, say, StatusCode::CONFLICT).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let removal = posted.get("entfernen").map(PaperId::parse);
    if let Some(paper) = &removal {
        let paper = paper.as_ref().map_err(|_| Problem::missing())?;
        match state.cases.remove_paper(person, authority, case, *paper).await {
            // A second click.
            Ok(()) | Err(CaseError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let upload = posted.get("schritt") == Some("hochladen");
    if upload && !uploaded && removal.is_none() {
        wrong.push(t.form_file_missing.to_owned());
    }
    if !wrong.is_empty() {
        say.file_error = Some(wrong.join(" "));
        return again(&state, &visit, &own, say, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    if upload || removal.is_some() {
        let late = state.cases.my_actions(person, authority, case).await?.supply.is_none();
        let (code, message) = match (&removal, late) {
            (Some(_), _) => ("entfernt", t.form_removed_message),
            (None, true) => ("spaet", t.supply_uploaded_late),
            (None, false) => ("hochgeladen", t.supply_uploaded),
        };
        if say.answer.trim().is_empty() {
            return Ok(Redirect::to(&format!("{}/nachreichen?meldung={code}", own.href())).into_response());
        }
        // What was typed is kept in no address, so this page answers the post itself.
        say.message = Some(message);
        return again(&state, &visit, &own, say, StatusCode::OK).await;
    }
    match state.cases.supply(person, authority, case, &say.answer).await {
        Ok(Supplied::InTime) => Ok(own.back("nachgereicht")),
        Ok(Supplied::Further) => Ok(own.back("noch")),
        Ok(Supplied::Late) => Ok(own.back("spaet")),
        Err(CaseError::Verdict(text)) => {
            let empty = say.answer.trim().is_empty();
            say.text_error = Some(if empty { t.supply_empty.to_owned() } else { text });
            again(&state, &visit, &own, say, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        // Others were faster several times, or the desk has decided. What was typed is not lost.
        Err(CaseError::Stale | CaseError::TooLate(_)) => {
            say.text_error = Some(t.supply_stale.to_owned());
            again(&state, &visit, &own, say, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn again(state: &WebState, visit: &Visit, own: &Own, say: Say, status: StatusCode) -> Result<Response, Problem> {
    let here = visit.frame_at(&format!("{}/nachreichen", own.href()));
    match view(state, visit, own, say, true).await? {
        Some(view) => Ok(page(status, &SupplyPage { f: &here, v: &view })),
        None => Ok(own.back("")),
    }
}
