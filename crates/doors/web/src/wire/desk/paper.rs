//! Papers and letters of a case, to be shown beside the application or saved. Each opening is recorded with the chosen purpose.

use super::{CasePath, ask_purpose, purpose, viewable};
use crate::layers::Framing;
use crate::problem::Problem;
use crate::state::WebState;
use crate::visit::Visit;
use crate::wire::mine::{file, inline};
use axum::extract::{Path, State};
use axum::response::Response;
use wegfrei_identity::Purpose;
use wegfrei_model::{AuthorityId, CaseId, NoticeId, PaperId};

/// How the file is given out.
enum Way {
    Save,
    Show,
}

fn given(way: &Way, kind: &str, name: &str, bytes: Vec<u8>) -> Response {
    match way {
        Way::Save => file(kind, name, bytes),
        Way::Show => Framing::Held.mark(inline(kind, name, bytes)),
    }
}

/// The case, the purpose chosen for it, and the document; or the question for the purpose.
async fn asked(
    state: &WebState,
    visit: &Visit,
    path: &CasePath,
) -> Result<(AuthorityId, CaseId, Result<Purpose, Response>), Problem> {
    let (authority, case) = path.ids()?;
    let chosen = match purpose::chosen(state, visit, case) {
        Some(purpose) => Ok(purpose),
        None => Err(ask_purpose(state, visit, (authority, case), false).await?),
    };
    Ok((authority, case, chosen))
}

async fn paper(state: WebState, visit: Visit, path: CasePath, way: Way) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case, chosen) = asked(&state, &visit, &path).await?;
    let id = path.document.as_deref().and_then(|id| PaperId::parse(id).ok());
    let id = id.ok_or_else(Problem::missing)?;
    match chosen {
        Err(question) => Ok(question),
        Ok(purpose) => {
            let (paper, bytes) = state.cases.paper(actor, purpose, authority, case, id).await?;
            // What would not be seen, or take the browser down, is saved instead.
            let way = viewable::hindrance(&paper.media_type, &bytes).map_or(way, |_| Way::Save);
            Ok(given(&way, &paper.media_type, &paper.file_name, bytes))
        }
    }
}

async fn letter(state: WebState, visit: Visit, path: CasePath, way: Way) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case, chosen) = asked(&state, &visit, &path).await?;
    let id = path.document.as_deref().and_then(|id| NoticeId::parse(id).ok());
    let id = id.ok_or_else(Problem::missing)?;
    match chosen {
        Err(question) => Ok(question),
        Ok(purpose) => {
            // The purpose was chosen for this case, so it opens only this case's letters.
            let opened = state.cases.open_case(actor, purpose, authority, case).await?;
            if !opened.notices.iter().any(|notice| notice.notice == id) {
                return Err(Problem::missing());
            }
            let bytes = state.cases.notice_pdf(actor, purpose, authority, id).await?;
            let name = format!("{}-{}.pdf", opened.reference, super::happened::letter_file(&opened, id));
            Ok(given(&way, "application/pdf", &name, bytes))
        }
    }
}

/// `GET /amt/vorgang/{authority}/{case}/unterlage/{document}`
pub(crate) async fn save(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    paper(state, visit, path, Way::Save).await
}

/// `GET /amt/vorgang/{authority}/{case}/unterlage/{document}/ansicht`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    paper(state, visit, path, Way::Show).await
}

/// `GET /amt/vorgang/{authority}/{case}/brief/{document}`
pub(crate) async fn save_letter(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    letter(state, visit, path, Way::Save).await
}

/// `GET /amt/vorgang/{authority}/{case}/brief/{document}/ansicht`
pub(crate) async fn show_letter(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    letter(state, visit, path, Way::Show).await
}
