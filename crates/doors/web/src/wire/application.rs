//! Filling in and sending an application: one page of the form at a time.

use super::form::{Asked, answers, element_id, links, on_page, page_of};
use super::{authority_name, service_title};
use crate::body::{Posted, Upload};
use crate::problem::Problem;
use crate::render::{DiscardPage, FormPage, ReceiptPage, SummaryPage, ok, page};
use crate::state::WebState;
use crate::view::form::{Block, ErrorLink, FormView, ReceiptView, SummaryView};
use crate::view::portal::DiscardView;
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use wegfrei_cases::{CaseError, DraftView, Status};
use wegfrei_forms::{Code, Form, Page};
use wegfrei_model::{AuthorityId, CaseId, Date, PaperId, PersonId};

/// A draft by its path, as the browser names it.
#[derive(Deserialize)]
pub(crate) struct DraftPath {
    authority: String,
    case: String,
    page: Option<String>,
}

/// What the query of a form page may say.
#[derive(Deserialize, Default)]
pub(crate) struct FormQuery {
    /// `pruefen`: back to the summary after this page.
    ziel: Option<String>,
    /// Show what is wrong at once.
    fehler: Option<String>,
    /// `hochgeladen`, `entfernt`: said once.
    meldung: Option<String>,
}

/// The path of a draft.
pub(crate) fn base(authority: AuthorityId, case: CaseId) -> String {
    format!("/antrag/{authority}/{case}")
}

struct Draft {
    person: PersonId,
    view: DraftView,
    today: Date,
}

impl DraftPath {
    fn ids(&self) -> Result<(AuthorityId, CaseId), Problem> {
        let authority = AuthorityId::parse(&self.authority).map_err(|_| Problem::missing())?;
        Ok((authority, CaseId::parse(&self.case).map_err(|_| Problem::missing())?))
    }

    /// The draft, or a redirect to the receipt when it is sent already.
    async fn open(&self, state: &WebState, visit: &Visit) -> Result<Result<Draft, Response>, Problem> {
        let person = visit.person()?;
        let (authority, case) = self.ids()?;
        // The table says whether it is still a draft; a case that was sent is not opened as one. Somebody else's draft is in
        // nobody's list and goes on to `draft`, which asks the policy and records the refusal.
        match state.cases.my_case(person, authority, case).await {
            Ok(known) if known.status != Status::Draft => {
                return Ok(Err(
                    Redirect::to(&format!("{}/eingang", base(authority, case))).into_response()
                ));
            }
            Ok(_) | Err(CaseError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        let view = state.cases.draft(person, authority, case).await?;
        Ok(Ok(Draft {
            person,
            view,
            today: state.cases.now().date(),
        }))
    }
}

impl Draft {
    fn base(&self) -> String {
        base(self.view.authority, self.view.case)
    }

    fn form<'s>(&self, state: &'s WebState) -> Result<&'s Form, Problem> {
        Ok(state
            .cases
            .catalogue()
            .package(&self.view.service)
            .ok_or_else(Problem::missing)?
            .form())
    }

    /// The pages that are shown for these answers, in order.
    fn pages<'f>(form: &'f Form, data: &Value) -> Vec<&'f Page> {
        std::iter::successors(form.first_page(data), |page| form.next_page(&page.id, data))
            .take(form.pages().len())
            .collect()
    }
}

/// `GET /antrag/{authority}/{case}`: on where one stopped.
pub(crate) async fn resume(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
) -> Result<Response, Problem> {
    let draft = match path.open(&state, &visit).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let form = draft.form(&state)?;
    let unfinished = Draft::pages(form, &draft.view.data).into_iter().find(|page| {
        !form
            .evaluate_page(&page.id, &draft.view.data, draft.today)
            .problems
            .is_empty()
    });
    let next = unfinished.map_or("pruefen", |page| page.id.as_str());
    Ok(Redirect::to(&format!("{}/{next}", draft.base())).into_response())
}

/// What a form page says besides its questions.
#[derive(Default)]
struct Say {
    /// Problems by path.
    problems: Vec<wegfrei_forms::Problem>,
    to_summary: bool,
    message: Option<&'static str>,
}

fn view(state: &WebState, visit: &Visit, draft: &Draft, form: &Form, shown: &Page, say: Say) -> FormView {
    let data = &draft.view.data;
    let evaluation = form.evaluate_page(&shown.id, data, draft.today);
    let by_path: BTreeMap<String, String> = say
        .problems
        .iter()
        .map(|problem| (problem.path.clone(), problem.message.clone()))
        .collect();
    let asked = Asked {
        t: visit.frame.t,
        page: shown,
        data,
        evaluation: &evaluation,
        problems: &by_path,
    };
    let blocks = asked.blocks();
    let pages = Draft::pages(form, data);
    let position = pages.iter().position(|page| page.id == shown.id).unwrap_or_default();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    FormView {
        base: draft.base(),
        service: service_title(state, &draft.view.service, visit.lang),
        authority: authority_name(state, draft.view.authority),
        title: shown.title.clone(),
        intro: shown.help.clone(),
        step: number(position + 1),
        steps: number(pages.len() + 1),
        back: form
            .previous_page(&shown.id, data)
            .map(|page| format!("{}/{}", draft.base(), page.id)),
        action: format!("{}/{}", draft.base(), shown.id),
        version: draft.view.version,
        errors: links(&say.problems, &blocks),
        blocks,
        to_summary: say.to_summary,
        message: say.message.map(str::to_owned),
    }
}

/// `GET /antrag/{authority}/{case}/{page}`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
    Query(query): Query<FormQuery>,
) -> Result<Response, Problem> {
    let draft = match path.open(&state, &visit).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let form = draft.form(&state)?;
    let shown = path
        .page
        .as_deref()
        .and_then(|id| form.page(id))
        .ok_or_else(Problem::missing)?;
    if !Draft::pages(form, &draft.view.data)
        .iter()
        .any(|page| page.id == shown.id)
    {
        // The page asks nothing any more, because of another answer.
        return Ok(Redirect::to(&draft.base()).into_response());
    }
    let t = visit.frame.t;
    let problems = match query.fehler {
        Some(_) => form.evaluate_page(&shown.id, &draft.view.data, draft.today).problems,
        None => Vec::new(),
    };
    let message = match query.meldung.as_deref() {
        Some("hochgeladen") => Some(t.form_uploaded_message),
        Some("entfernt") => Some(t.form_removed_message),
        _ => None,
    };
    let say = Say {
        problems,
        to_summary: query.ziel.as_deref() == Some("pruefen"),
        message,
    };
    Ok(ok(&FormPage {
        f: &visit.frame,
        v: &view(&state, &visit, &draft, form, shown, say),
    }))
}

/// A question that the answers just posted have opened, and that the page did not show yet.
fn opened(form: &Form, shown: &Page, before: &Value, after: &Value, today: Date, posted: &Posted) -> bool {
    let (old, new) = (
        form.evaluate(before, today),
        form.evaluate_page(&shown.id, after, today),
    );
    old.hidden.iter().any(|path| {
        let asked = posted
            .fields
            .iter()
            .any(|(name, _)| name == path || name.starts_with(&format!("{path}.")));
        let group = form.field(path).is_none();
        on_page(shown, path) && !group && !new.hidden.contains(path) && !asked
    })
}

/// `POST /antrag/{authority}/{case}/{page}`: saves what was typed, right or wrong, and goes on.
pub(crate) async fn answer(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
    mut posted: Posted,
) -> Result<Response, Problem> {
    let mut draft = match path.open(&state, &visit).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let form = draft.form(&state)?;
    let shown = path
        .page
        .as_deref()
        .and_then(|id| form.page(id))
        .ok_or_else(Problem::missing)?;
    let t = visit.frame.t;
    let before = draft.view.data.clone();
    let mut data = before.clone();
    let (answers, _) = form.read_page(&shown.id, &posted.fields);
    form.merge(&mut data, &shown.id, answers);

    let files = std::mem::take(&mut posted.files);
    let removal = posted.get("entfernen").map(str::to_owned);
    if posted.version()? != draft.view.version {
        // A double click sends the same answers twice: the second time there is nothing to do. Anything else is a stale tab.
        if data != before || !files.is_empty() || removal.is_some() {
            return Err(CaseError::Stale.into());
        }
    }
    let mut problems = Vec::new();
    let changed_papers = !files.is_empty() || removal.is_some();
    for file in files {
        let field = file.field.clone();
        match add(&state, &draft, form, &mut data, file).await {
            Ok(()) => {}
            Err(CaseError::Paper(message)) => {
                problems.push(wegfrei_forms::Problem {
                    path: field,
                    message,
                    code: Code::File,
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(removal) = &removal {
        remove(&state, &draft, form, &mut data, removal).await?;
    }
    if changed_papers {
        draft.view.version = state
            .cases
            .draft(draft.person, draft.view.authority, draft.view.case)
            .await?
            .version;
    }
    if data != before {
        draft.view.version = state
            .cases
            .save_draft(
                draft.person,
                draft.view.authority,
                draft.view.case,
                &data,
                draft.view.version,
            )
            .await?;
    }
    draft.view.data = data;

    let to_summary = posted.get("ziel") == Some("pruefen");
    let suffix = if to_summary { "&ziel=pruefen" } else { "" };
    let here = format!("{}/{}", draft.base(), shown.id);
    let again = |draft: &Draft, problems, status, message| {
        let say = Say {
            problems,
            to_summary,
            message,
        };
        let view = view(&state, &visit, draft, form, shown, say);
        page(
            status,
            &FormPage {
                f: &visit.frame_at(&here),
                v: &view,
            },
        )
    };
    let step = posted.get("weiter").unwrap_or("weiter");
    if removal.is_some() && problems.is_empty() {
        return Ok(Redirect::to(&format!("{here}?meldung=entfernt{suffix}")).into_response());
    }
    if step == "hochladen" {
        if problems.is_empty() && !changed_papers {
            let message = t.form_file_missing.to_owned();
            let path = first_file(&draft, form, shown, visit.frame.t);
            problems.push(wegfrei_forms::Problem {
                path,
                message,
                code: Code::File,
            });
        }
        if problems.is_empty() {
            return Ok(Redirect::to(&format!("{here}?meldung=hochgeladen{suffix}")).into_response());
        }
        return Ok(again(&draft, problems, StatusCode::UNPROCESSABLE_ENTITY, None));
    }
    if step == "spaeter" {
        return Ok(Redirect::to("/mein-bereich?meldung=gespeichert").into_response());
    }
    if opened(form, shown, &before, &draft.view.data, draft.today, &posted) {
        return Ok(again(&draft, problems, StatusCode::OK, Some(t.form_new_questions)));
    }
    for problem in form.evaluate_page(&shown.id, &draft.view.data, draft.today).problems {
        if !problems.iter().any(|known| known.path == problem.path) {
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        return Ok(again(&draft, problems, StatusCode::UNPROCESSABLE_ENTITY, None));
    }
    let next = match form.next_page(&shown.id, &draft.view.data) {
        Some(next) if !to_summary => next.id.as_str(),
        _ => "pruefen",
    };
    Ok(Redirect::to(&format!("{}/{next}", draft.base())).into_response())
}

/// The path of the page's first file field.
fn first_file(draft: &Draft, form: &Form, shown: &Page, t: &'static crate::texts::Texts) -> String {
    let evaluation = form.evaluate_page(&shown.id, &draft.view.data, draft.today);
    let asked = Asked {
        t,
        page: shown,
        data: &draft.view.data,
        evaluation: &evaluation,
        problems: &BTreeMap::new(),
    };
    let file = asked.blocks().into_iter().find_map(|block| match block {
        Block::Field(field) if matches!(field.input, crate::view::form::Input::File { .. }) => Some(field.name),
        _ => None,
    });
    file.unwrap_or_default()
}

fn at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    path.split('.').try_fold(data, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

fn list(data: &Value, path: &str) -> Vec<Value> {
    at(data, path).and_then(Value::as_array).cloned().unwrap_or_default()
}

async fn add(state: &WebState, draft: &Draft, form: &Form, data: &mut Value, file: Upload) -> Result<(), CaseError> {
    if !form
        .field(&file.field)
        .is_some_and(|field| matches!(field.kind, wegfrei_forms::Kind::File { .. }))
    {
        return Ok(()); // a file for a question this form does not ask
    }
    let (authority, case) = (draft.view.authority, draft.view.case);
    let paper = state
        .cases
        .add_paper(draft.person, authority, case, &file.name, file.bytes)
        .await?;
    let known = state.cases.draft(draft.person, authority, case).await?;
    let Some(known) = known.papers.into_iter().find(|known| known.paper == paper) else {
        return Err(CaseError::NotFound);
    };
    let mut papers = list(data, &file.field);
    papers.push(serde_json::json!({
        "paper": paper.to_string(), "name": known.file_name, "media_type": known.media_type, "bytes": known.size,
    }));
    form.set(data, &file.field, Value::Array(papers));
    Ok(())
}

async fn remove(state: &WebState, draft: &Draft, form: &Form, data: &mut Value, what: &str) -> Result<(), Problem> {
    let (field, id) = what.split_once('/').ok_or_else(Problem::missing)?;
    let paper = PaperId::parse(id).map_err(|_| Problem::missing())?;
    let mut papers = list(data, field);
    papers.retain(|known| known.get("paper").and_then(Value::as_str) != Some(id));
    let rest = if papers.is_empty() {
        Value::Null
    } else {
        Value::Array(papers)
    };
    form.set(data, field, rest);
    match state
        .cases
        .remove_paper(draft.person, draft.view.authority, draft.view.case, paper)
        .await
    {
        Ok(()) | Err(CaseError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /antrag/{authority}/{case}/pruefen`
pub(crate) async fn summary(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
) -> Result<Response, Problem> {
    match path.open(&state, &visit).await? {
        Ok(draft) => summarised(&state, &visit, &draft, StatusCode::OK),
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn summarised(state: &WebState, visit: &Visit, draft: &Draft, status: StatusCode) -> Result<Response, Problem> {
    let form = draft.form(state)?;
    let data = &draft.view.data;
    let base = draft.base();
    let pages = Draft::pages(form, data);
    let errors = form
        .evaluate(data, draft.today)
        .problems
        .into_iter()
        .map(|problem| {
            let target = page_of(form, &problem.path).map_or_else(String::new, |page| {
                format!("{base}/{}?ziel=pruefen&fehler=1#{}", page.id, element_id(&problem.path))
            });
            ErrorLink {
                target,
                message: problem.message,
            }
        })
        .collect::<Vec<_>>();
    let steps = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
    let view = SummaryView {
        service: service_title(state, &draft.view.service, visit.lang),
        authority: authority_name(state, draft.view.authority),
        step: steps,
        steps,
        back: pages
            .last()
            .map_or_else(|| base.clone(), |page| format!("{base}/{}", page.id)),
        version: draft.view.version,
        groups: answers(form, data, |page| format!("{base}/{page}?ziel=pruefen")),
        errors,
        base: base.clone(),
    };
    Ok(page(
        status,
        &SummaryPage {
            f: &visit.frame_at(&format!("{base}/pruefen")),
            v: &view,
        },
    ))
}

/// `POST /antrag/{authority}/{case}/senden`: sends the saved draft; sending twice is one case and one receipt.
pub(crate) async fn send(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let draft = match path.open(&state, &visit).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if posted.version()? != draft.view.version {
        return Err(CaseError::Stale.into());
    }
    match state
        .cases
        .submit(draft.person, draft.view.authority, draft.view.case)
        .await
    {
        Ok(_) => Ok(Redirect::to(&format!("{}/eingang", draft.base())).into_response()),
        Err(CaseError::Invalid(_)) => summarised(&state, &visit, &draft, StatusCode::UNPROCESSABLE_ENTITY),
        Err(error) => Err(error.into()),
    }
}

/// `GET /antrag/{authority}/{case}/senden`: only a language link or a reload leads here.
pub(crate) async fn send_shown(Path(path): Path<DraftPath>) -> Result<Redirect, Problem> {
    let (authority, case) = path.ids()?;
    Ok(Redirect::to(&format!("{}/pruefen", base(authority, case))))
}

/// `GET /antrag/{authority}/{case}/eingang`
pub(crate) async fn receipt(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
) -> Result<Response, Problem> {
    let (person, (authority, case)) = (visit.person()?, path.ids()?);
    let known = state.cases.my_case(person, authority, case).await?;
    let (Some(reference), Some(sent)) = (known.reference, known.submitted_at) else {
        return Ok(Redirect::to(&base(authority, case)).into_response());
    };
    let t = visit.frame.t;
    let next = if known.status == Status::InReview {
        t.receipt_next_review
    } else {
        t.receipt_next_decided
    };
    let view = ReceiptView {
        case: super::mine::case_path(authority, case),
        reference,
        service: service_title(&state, &known.service, visit.lang),
        authority: authority_name(&state, authority),
        received: sent.german(),
        next: next.iter().map(|line| (*line).to_owned()).collect(),
    };
    Ok(ok(&ReceiptPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `GET /antrag/{authority}/{case}/verwerfen`
pub(crate) async fn discard_asked(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
) -> Result<Response, Problem> {
    let (person, (authority, case)) = (visit.person()?, path.ids()?);
    let known = state.cases.my_case(person, authority, case).await?;
    if known.status != Status::Draft {
        return Ok(Redirect::to(&super::mine::case_path(authority, case)).into_response());
    }
    let title = format!(
        "{}, {}",
        service_title(&state, &known.service, visit.lang),
        authority_name(&state, authority)
    );
    Ok(ok(&DiscardPage {
        f: &visit.frame,
        v: &DiscardView {
            base: base(authority, case),
            title,
        },
    }))
}

/// `POST /antrag/{authority}/{case}/verwerfen`
pub(crate) async fn discard(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<DraftPath>,
    _: Posted,
) -> Result<Redirect, Problem> {
    let (person, (authority, case)) = (visit.person()?, path.ids()?);
    match state.cases.discard_draft(person, authority, case).await {
        Ok(()) | Err(CaseError::Discarded) => Ok(Redirect::to("/mein-bereich?meldung=geloescht")),
        Err(error) => Err(error.into()),
    }
}
