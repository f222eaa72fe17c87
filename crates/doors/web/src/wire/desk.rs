//! The desk of a member of staff: worklist, and a case under a recorded purpose.

use super::desk_view::{done, event, proposal};
use super::form::{answers, size};
use super::mine::{file, purpose_words, status};
use super::{authority_name, day, service_title};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{DeskCasePage, DonePage, PurposePage, WorklistPage, ok, page};
use crate::state::WebState;
use crate::view::Paging;
use crate::view::desk::{
    DeskCaseView, DoneView, Filter, OpenTask, PaperLink, Purpose as PurposeItem, PurposeView, WorkItem, WorklistView,
};
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseView, WorklistView as Listed};
use wegfrei_forms::Form;
use wegfrei_identity::Purpose;
use wegfrei_model::{AuthorityId, CaseId, PaperId};

/// Cases on one page of the worklist.
const CASES: u64 = 25;

/// What the query of the worklist may say.
#[derive(Deserialize, Default)]
pub(crate) struct ListQuery {
    ansicht: Option<String>,
    nach: Option<String>,
}

/// What the query of a case may say.
#[derive(Deserialize, Default)]
pub(crate) struct CaseQuery {
    zweck: Option<String>,
    ergebnis: Option<String>,
    aktenzeichen: Option<String>,
}

/// A case, and perhaps a paper of it, by its path.
#[derive(Deserialize)]
pub(crate) struct CasePath {
    authority: String,
    case: String,
    paper: Option<String>,
}

impl CasePath {
    pub fn ids(&self) -> Result<(AuthorityId, CaseId), Problem> {
        let authority = AuthorityId::parse(&self.authority).map_err(|_| Problem::missing())?;
        Ok((authority, CaseId::parse(&self.case).map_err(|_| Problem::missing())?))
    }
}

/// The path of a case at the desk.
pub(crate) fn base(authority: AuthorityId, case: CaseId) -> String {
    format!("/amt/vorgang/{authority}/{case}")
}

/// A purpose somebody at the desk may choose.
fn chosen(code: Option<&str>) -> Option<Purpose> {
    code.and_then(Purpose::from_code)
        .filter(|purpose| Purpose::DESK.contains(purpose))
}

/// `GET /amt`
pub(crate) async fn worklist(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let t = visit.frame.t;
    let (filter, shown) = match query.ansicht.as_deref() {
        Some("meine") => (Listed::DoneByMe, "meine"),
        Some("alle") => (Listed::All, "alle"),
        _ => (Listed::Team, "offen"),
    };
    let found = state
        .cases
        .worklist(actor, filter, query.nach.as_deref(), CASES)
        .await?;
    let filters = [
        ("offen", t.desk_filter_open),
        ("meine", t.desk_filter_mine),
        ("alle", t.desk_filter_all),
    ];
    let items = found
        .items
        .iter()
        .map(|item| {
            let (tone, word, _) = status(t, item.status);
            WorkItem {
                href: base(authority, item.case),
                reference: item.reference.clone(),
                service: service_title(&state, &item.service, visit.lang),
                task: item.name.clone(),
                received: day(item.since),
                received_at: item.since.to_string(),
                tone,
                status: word.to_owned(),
            }
        })
        .collect();
    let view = WorklistView {
        authority: authority_name(&state, authority),
        filters: filters
            .into_iter()
            .map(|(code, name)| Filter {
                href: format!("/amt?ansicht={code}"),
                name: name.to_owned(),
                current: code == shown,
            })
            .collect(),
        items,
        paging: Paging {
            first: query.nach.as_ref().map(|_| format!("/amt?ansicht={shown}")),
            next: found.next.map(|next| format!("/amt?ansicht={shown}&nach={next}")),
        },
    };
    Ok(ok(&WorklistPage {
        f: &visit.frame,
        v: &view,
    }))
}

fn ask_purpose(visit: &Visit, href: String, missing: bool) -> Response {
    let t = visit.frame.t;
    let purposes = Purpose::DESK
        .into_iter()
        .map(|purpose| PurposeItem {
            code: purpose.code().to_owned(),
            label: purpose_words(t, purpose.code()),
        })
        .collect();
    let status = if missing {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    page(
        status,
        &PurposePage {
            f: &visit.frame,
            v: &PurposeView {
                href,
                reference: String::new(),
                purposes,
                missing,
            },
        },
    )
}

/// `POST /amt/vorgang/{authority}/{case}`: the purpose is chosen; the case opens at an address that carries it.
pub(crate) async fn choose(visit: Visit, Path(path): Path<CasePath>, posted: Posted) -> Result<Response, Problem> {
    visit.official()?;
    let (authority, case) = path.ids()?;
    let base = base(authority, case);
    match chosen(posted.get("zweck")) {
        Some(purpose) => Ok(Redirect::to(&format!("{base}?zweck={}", purpose.code())).into_response()),
        None => Ok(ask_purpose(&visit, base, true)),
    }
}

/// `GET /amt/vorgang/{authority}/{case}`
pub(crate) async fn case(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<CaseQuery>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let base = base(authority, case);
    let Some(purpose) = chosen(query.zweck.as_deref()) else {
        return Ok(ask_purpose(&visit, base, false));
    };
    let opened = state.cases.open_case(actor, purpose, authority, case).await?;
    let t = visit.frame.t;
    let form = form(&state, &opened)?;
    let (tone, word, _) = status(t, opened.status);
    let suffix = format!("?zweck={}", purpose.code());
    let view = DeskCaseView {
        reference: opened.reference.clone(),
        service: service_title(&state, &opened.service, visit.lang),
        tone,
        status: word.to_owned(),
        purpose: purpose_words(t, purpose.code()),
        task: opened.task.as_ref().map(|task| OpenTask {
            href: format!("{base}/aufgabe"),
            title: task.name.clone(),
            since: task.opened_at.german(),
        }),
        done: opened.done.iter().map(|task| done(t, task)).collect(),
        groups: answers(form, &opened.application, |_| String::new()),
        papers: opened
            .papers
            .iter()
            .map(|paper| PaperLink {
                href: format!("{base}/unterlage/{}{suffix}", paper.paper),
                name: paper.file_name.clone(),
                detail: size(paper.size),
            })
            .collect(),
        proposal: opened.decision.as_ref().map(|decision| proposal(t, decision)),
        events: opened.timeline.iter().map(|item| event(t, item)).collect(),
    };
    Ok(ok(&DeskCasePage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `GET /amt/vorgang/{authority}/{case}/unterlage/{paper}`
pub(crate) async fn paper(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<CaseQuery>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let id = path
        .paper
        .as_deref()
        .and_then(|id| PaperId::parse(id).ok())
        .ok_or_else(Problem::missing)?;
    let Some(purpose) = chosen(query.zweck.as_deref()) else {
        return Ok(ask_purpose(&visit, base(authority, case), false));
    };
    let (paper, bytes) = state.cases.paper(actor, purpose, authority, case, id).await?;
    Ok(file(&paper.media_type, &paper.file_name, bytes))
}

/// The form a case was filled in with.
pub(crate) fn form<'s>(state: &'s WebState, opened: &CaseView) -> Result<&'s Form, Problem> {
    Ok(state
        .cases
        .catalogue()
        .package(&opened.service)
        .ok_or_else(Problem::missing)?
        .form())
}

/// `GET /amt/vorgang/{authority}/{case}/entschieden`: opens nothing; what it shows stands in the address.
pub(crate) async fn decided(
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<CaseQuery>,
) -> Result<Response, Problem> {
    visit.official()?;
    let (authority, case) = path.ids()?;
    let reference: String = query.aktenzeichen.unwrap_or_default().chars().take(60).collect();
    let view = DoneView {
        case: format!("{}?zweck=case-work", base(authority, case)),
        reference,
        corrected: query.ergebnis.as_deref() == Some("korrigiert"),
    };
    Ok(ok(&DonePage {
        f: &visit.frame,
        v: &view,
    }))
}
