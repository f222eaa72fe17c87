//! A case at the desk: the application beside its papers, and everything that belongs to the file.

use super::happened::{deadlines, events, exchanges, first_decided, letters, notes, objections, replaces, take_back};
use super::picture::{Standing, picture};
use super::task::returned;
use super::words::{Labels, changes, corrected, done, proposal, proposal_title, since_earlier};
use super::{CasePath, ask_purpose, base, payments, purpose, viewable};
use crate::body::Posted;
use crate::layers::Framing;
use crate::problem::Problem;
use crate::render::{DeskCasePage, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::desk::{DeskCaseView, Linked, OpenTask, PaperLink, Picture, Shown, TakeBackForm};
use crate::visit::Visit;
use crate::wire::form::{corrected_answers, size};
use crate::wire::mine::{purpose_words, status_of};
use crate::wire::{day, service_title};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::event::Relation;
use wegfrei_cases::{CaseError, CaseView, OBJECTION_SERVICE, RequestStand, Status};
use wegfrei_identity::Purpose;
use wegfrei_model::{AuthorityId, CaseId, NoticeId, PaperId};
use wegfrei_packages::Package;
use wegfrei_process::{Kind, Process, Work};

/// What the query of a case may say: which paper or letter is shown, what was done last. Never what for.
#[derive(Deserialize, Default)]
pub(crate) struct CaseQuery {
    unterlage: Option<String>,
    brief: Option<String>,
    meldung: Option<String>,
}

/// The package a case was sent with: what it is shown by.
pub(crate) fn package_of<'s>(state: &'s WebState, opened: &CaseView) -> Result<&'s Package, Problem> {
    let catalogue = state.cases.catalogue();
    let package = catalogue.package_version(&opened.service, &opened.package_version);
    Ok(package.ok_or_else(|| {
        let CaseView {
            service,
            package_version,
            ..
        } = opened;
        CaseError::Package(format!("{service} {package_version} is no longer in the catalogue"))
    })?)
}

/// Papers as links: they are shown beside the application.
pub(super) fn papers(t: &'static Texts, base: &str, opened: &CaseView, current: Option<PaperId>) -> Vec<PaperLink> {
    let line = |paper: &wegfrei_cases::PaperView| PaperLink {
        show: format!("{base}?unterlage={}#unterlage", paper.paper),
        save: format!("{base}/unterlage/{}", paper.paper),
        name: paper.file_name.clone(),
        detail: format!("{}, {}", size(paper.size), day(t, paper.added_at)),
        current: current == Some(paper.paper),
        late: paper.late,
        came: match opened.requests.last() {
            _ if paper.late => None,
            Some(asked) => (asked.asked_at <= paper.added_at).then_some(t.desk_paper_new),
            None => (opened.submitted_at < paper.added_at).then_some(t.desk_paper_unasked),
        },
    };
    opened.papers.iter().map(line).collect()
}

/// What is shown beside the application, when the address asks for something of this case.
fn shown(
    base: &str,
    opened: &CaseView,
    paper: Option<PaperId>,
    letter: Option<NoticeId>,
    names: &[Linked],
) -> Option<Shown> {
    if let Some(paper) = paper.and_then(|id| opened.papers.iter().find(|paper| paper.paper == id)) {
        let save = format!("{base}/unterlage/{}", paper.paper);
        return Some(Shown {
            src: format!("{save}/ansicht"),
            save,
            name: paper.file_name.clone(),
            image: paper.media_type.starts_with("image/"),
            hindrance: None,
        });
    }
    let at = opened
        .notices
        .iter()
        .position(|notice| Some(notice.notice) == letter && notice.ready)?;
    let save = format!("{base}/brief/{}", opened.notices.get(at)?.notice);
    Some(Shown {
        src: format!("{save}/ansicht"),
        save,
        name: names.get(at)?.name.clone(),
        image: false,
        hindrance: None,
    })
}

/// Said of a task that a colleague holds.
pub(super) fn held(t: &'static crate::texts::Texts, opened: &CaseView) -> Option<String> {
    let task = opened.task.as_ref().filter(|task| task.held)?;
    Some(fill(t.task_held, "name", &task.holder.as_ref()?.name))
}

/// Where the process stands, by what was recorded and the names of what waits.
fn process_picture(t: &'static crate::texts::Texts, process: &Process, opened: &CaseView) -> Picture {
    let task = |name: &str| {
        let human =
            |element: &&wegfrei_process::Element| matches!(element.kind, Kind::UserTask { .. }) && element.name == name;
        process.elements().iter().find(human).map(|element| element.id.as_str())
    };
    let mut now: Vec<&str> = opened.task.iter().filter_map(|open| task(&open.name)).collect();
    now.extend(opened.deadlines.iter().filter_map(|deadline| {
        let element = process.element(&deadline.element)?;
        (matches!(element.kind, Kind::Catch { .. }) && element.kind.timer().is_some()).then_some(element.id.as_str())
    }));
    picture(t, process, &Standing::recorded(process, &opened.passed, &now))
}

/// A form of the page that was not taken: why, and what the reader typed.
pub(super) enum Wrong {
    /// The note.
    Note(String, String),
    /// Stopping payments.
    Stop(String, String),
    /// Taking something back.
    Back(String, String),
}

pub(super) async fn shown_case(
    state: &WebState,
    visit: &Visit,
    (authority, case): (AuthorityId, CaseId),
    purpose: Purpose,
    query: &CaseQuery,
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let base = base(authority, case);
    let opened = state.cases.open_case(actor, purpose, authority, case).await?;
    let package = package_of(state, &opened)?;
    let labels = Labels::of(package);
    let t = visit.frame.t;
    let now = state.cases.now();
    let (tone, word, _) = status_of(t, &opened.service, opened.status);
    let paper = query.unterlage.as_deref().and_then(|id| PaperId::parse(id).ok());
    let hindrance = match paper.filter(|id| opened.papers.iter().any(|paper| paper.paper == *id)) {
        None => None,
        Some(id) => {
            let (paper, bytes) = state.cases.paper(actor, purpose, authority, case, id).await?;
            viewable::hindrance(&paper.media_type, &bytes).map(|why| why.words(t).to_owned())
        }
    };
    let letter = query.brief.as_deref().and_then(|id| NoticeId::parse(id).ok());
    let notices = letters(t, &base, &opened, package);
    let related = opened.related.iter().filter_map(|other| {
        // A draft is nobody's but the applicant's.
        let reference = other.reference.clone().filter(|_| other.status != Status::Draft)?;
        let relation = match other.relation {
            Relation::Renewal => t.desk_related_renewal,
            Relation::Change => t.desk_related_change,
            Relation::Objection => t.desk_related_objection,
        };
        let (_, word, _) = status_of(t, &other.service, other.status);
        let earlier = if other.earlier {
            format!("{}, ", t.desk_related_earlier)
        } else {
            String::new()
        };
        Some(Linked {
            href: super::base(authority, other.case),
            name: format!("{} {reference}", service_title(state, &other.service, visit.lang)),
            detail: format!("{relation}, {earlier}{word}"),
        })
    });
    let (mut note_error, mut stop_error, mut back_error) = (None, None, None);
    match wrong {
        Some(Wrong::Note(why, typed)) => note_error = Some((why, typed)),
        Some(Wrong::Stop(why, typed)) => stop_error = Some((why, typed)),
        Some(Wrong::Back(why, typed)) => back_error = Some((why, typed)),
        None => {}
    }
    let back = opened.take_back.map(|what| {
        let (error, typed) = back_error.unzip();
        let asked = opened.task.as_ref().is_some_and(|task| task.work == Work::Supply);
        TakeBackForm {
            error,
            typed: typed.unwrap_or_default(),
            ..take_back(t, what, asked, &base)
        }
    });
    let view = DeskCaseView {
        reference: opened.reference.clone(),
        service: service_title(state, &opened.service, visit.lang),
        tone,
        status: word.to_owned(),
        purpose: purpose_words(t, purpose.code()),
        received: day(t, opened.submitted_at),
        message: match query.meldung.as_deref() {
            Some("notiz") => Some(t.desk_note_added.to_owned()),
            Some("angehalten") => Some(t.payments_stop_done.to_owned()),
            Some("zurueckgenommen") if opened.contested.is_some() => Some(t.desk_taken_back_grant.to_owned()),
            Some("zurueckgenommen") => Some(match opened.requests.last().map(|request| request.stand) {
                Some(RequestStand::CalledOff { at }) => fill(t.desk_taken_back_asked, "date", day(t, at)),
                _ => t.desk_taken_back.to_owned(),
            }),
            _ => None,
        },
        note_error,
        helpers: opened
            .helpers
            .iter()
            .map(|helper| fill(t.help_desk_since, "date", day(t, helper.since)).replace("{name}", &helper.name))
            .collect(),
        payments: payments::of_case(state, t, (actor, purpose), &opened, stop_error),
        task: opened.task.as_ref().map(|task| OpenTask {
            href: (!task.held && task.hindrance.is_none()).then(|| format!("{base}/aufgabe")),
            waits: (task.work == Work::Supply).then_some(t.desk_waits_applicant),
            returned: returned(&opened),
            held: held(t, &opened),
            hindrance: task.hindrance.clone().unwrap_or_default(),
            title: task.name.clone(),
            since: task.opened_at.german(),
            button: match task.work {
                Work::Release => t.desk_do_release,
                Work::Review => t.desk_do_review,
                Work::Supply => t.desk_do_awaited,
            }
            .to_owned(),
        }),
        redecide: opened.redecide,
        replaces: replaces(t, &base, &opened),
        take_back: back,
        objection: opened.service == OBJECTION_SERVICE,
        first_decided: first_decided(t, &opened),
        deadlines: deadlines(t, now, package, &opened),
        groups: corrected_answers(
            t,
            package.form(),
            &opened.application,
            &corrected(t, package, &labels, &opened),
            |_| String::new(),
        ),
        papers: papers(t, &base, &opened, paper),
        shown: shown(&base, &opened, paper, letter, &notices).map(|shown| Shown { hindrance, ..shown }),
        proposal: opened.decision.as_ref().map(|decision| proposal(t, &labels, decision)),
        proposal_title: proposal_title(t, &opened),
        picture: Some(process_picture(t, package.process(), &opened)),
        since_earlier: since_earlier(t, &opened),
        changes: changes(t, &labels, &opened),
        exchanges: exchanges(t, &opened),
        objections: objections(t, &opened),
        related: related.collect(),
        notes: notes(&opened),
        done: opened.done.iter().map(|task| done(t, package, &labels, task)).collect(),
        events: events(t, package, &opened.timeline),
        notices,
        base,
    };
    let back_wrong = view.take_back.as_ref().is_some_and(|back| back.error.is_some());
    let status = if view.note_error.is_some() || view.payments.error.is_some() || back_wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let template = DeskCasePage {
        f: &visit.frame,
        v: &view,
    };
    Ok(Framing::Holds.mark(page(status, &template)))
}

/// `GET /amt/vorgang/{authority}/{case}`
pub(crate) async fn case(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<CaseQuery>,
) -> Result<Response, Problem> {
    visit.official()?;
    let (authority, case) = path.ids()?;
    match purpose::chosen(&state, &visit, case) {
        None => ask_purpose(&state, &visit, (authority, case), false).await,
        Some(purpose) => shown_case(&state, &visit, (authority, case), purpose, &query, None).await,
    }
}

/// `POST /amt/vorgang/{authority}/{case}/neu-entscheiden`: after an objection has succeeded.
pub(crate) async fn redecide(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    // Taking the form checks its token.
    _: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let base = base(authority, case);
    let decides = |purpose: &Purpose| matches!(purpose, Purpose::CaseWork | Purpose::LegalRemedy);
    let Some(purpose) = purpose::chosen(&state, &visit, case).filter(decides) else {
        return ask_purpose(&state, &visit, (authority, case), false).await;
    };
    match state.cases.redecide(actor, purpose, authority, case).await {
        // A second click finds it begun.
        Ok(()) | Err(CaseError::Stale) => Ok(Redirect::to(&format!("{base}/aufgabe")).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /amt/vorgang/{authority}/{case}/zuruecknehmen`: what was begun after an objection has succeeded, or that it has.
pub(crate) async fn took_back(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let base = base(authority, case);
    let decides = |purpose: &Purpose| matches!(purpose, Purpose::CaseWork | Purpose::LegalRemedy);
    let Some(purpose) = purpose::chosen(&state, &visit, case).filter(decides) else {
        return ask_purpose(&state, &visit, (authority, case), false).await;
    };
    let reason = posted.get("grund").unwrap_or_default();
    match state.cases.take_back(actor, purpose, authority, case, reason).await {
        Ok(()) => Ok(Redirect::to(&format!("{base}?meldung=zurueckgenommen")).into_response()),
        Err(CaseError::Verdict(words)) => {
            let wrong = Some(Wrong::Back(words, reason.to_owned()));
            shown_case(&state, &visit, (authority, case), purpose, &CaseQuery::default(), wrong).await
        }
        // A second click finds it done, and a colleague may have the task by now: the case says how it stands.
        Err(CaseError::Stale | CaseError::Held(_)) => Ok(Redirect::to(&base).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /amt/vorgang/{authority}/{case}/notiz`, `…/neu-entscheiden` and `…/zuruecknehmen`: after a login on the way, back to the case.
pub(crate) async fn note_shown(visit: Visit, Path(path): Path<CasePath>) -> Result<Response, Problem> {
    visit.official()?;
    let (authority, case) = path.ids()?;
    Ok(Redirect::to(&base(authority, case)).into_response())
}

/// `POST /amt/vorgang/{authority}/{case}/notiz`
pub(crate) async fn note(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let base = base(authority, case);
    let Some(purpose) = purpose::chosen(&state, &visit, case) else {
        return ask_purpose(&state, &visit, (authority, case), false).await;
    };
    let text = posted.get("notiz").unwrap_or_default();
    match state.cases.add_note(actor, purpose, authority, case, text).await {
        Ok(()) => Ok(Redirect::to(&format!("{base}?meldung=notiz#notizen-titel")).into_response()),
        Err(CaseError::Verdict(words)) => {
            let wrong = Some(Wrong::Note(words, text.to_owned()));
            shown_case(&state, &visit, (authority, case), purpose, &CaseQuery::default(), wrong).await
        }
        Err(error) => Err(error.into()),
    }
}
