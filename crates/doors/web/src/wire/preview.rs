//! A form by itself, for its author to click through: the pages of an application, without a case, a login or a database. What is typed
//! lives in the memory of this process.

use super::application::{LOOK, in_place, objections, opened};
use super::draft::Draft;
use super::form::{Asked, answers, element_id, links, page_of, with_room};
use crate::body::UPLOAD_BYTES;
use crate::frame::Frame;
use crate::render::{FormPage, SummaryPage, ok};
use crate::texts::{self, Lang};
use crate::view::form::{ErrorLink, FormView, SummaryView};
use crate::{assets_router, layers};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use wegfrei_forms::{Form, Page, Problem};
use wegfrei_model::Date;

const BASE: &str = "/vorschau";

/// What a preview shows and needs from outside.
pub struct Preview {
    /// The form.
    pub form: Form,
    /// The day, for rules that speak of `HEUTE`.
    pub today: Box<dyn Fn() -> Date + Send + Sync>,
    /// A random text each form of the preview carries, so that no other page of the browser can send one.
    pub token: String,
}

struct Running {
    preview: Preview,
    data: Mutex<Value>,
}

type Shared = State<Arc<Running>>;

/// The pages of the form under `/vorschau`; everything else leads there.
pub fn preview(preview: Preview) -> Router {
    let running = Arc::new(Running {
        preview,
        data: Mutex::new(json!({})),
    });
    Router::new()
        .route(BASE, get(begin))
        .route(&format!("{BASE}/neu"), get(again))
        .route(&format!("{BASE}/pruefen"), get(summary))
        .route(&format!("{BASE}/{{page}}"), get(show).post(answer))
        .fallback(async || Redirect::to(BASE))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES))
        .layer(from_fn(headers))
        .with_state(running)
        .merge(assets_router())
}

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(layers::WATCHING),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the query of a page may say.
#[derive(Deserialize, Default)]
struct PageQuery {
    ziel: Option<String>,
    fehler: Option<String>,
    mehr: Option<String>,
    meldung: Option<String>,
}

impl Running {
    fn data(&self) -> Value {
        self.data.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, data: Value) {
        *self.data.lock().unwrap_or_else(PoisonError::into_inner) = data;
    }

    fn form(&self) -> &Form {
        &self.preview.form
    }

    fn today(&self) -> Date {
        (self.preview.today)()
    }

    fn frame(&self, here: &str) -> Frame {
        Frame {
            lang: Lang::De,
            t: texts::of(Lang::De),
            here: here.to_owned(),
            demo: false,
            who: None,
            place: None,
            helping: false,
            preview: Some(self.words()),
            csrf: self.preview.token.clone(),
        }
    }

    /// What an author has to know while looking at the pages.
    fn words(&self) -> String {
        let (work, all) = (self.form().executable_rules(), self.form().rules());
        let rules = match (all, work == all) {
            (0, _) => "Das Formular hat keine Regeln.".to_owned(),
            (1, true) => "Seine Regel wirkt.".to_owned(),
            (_, true) => format!("Alle {all} Regeln wirken."),
            _ => format!("{work} von {all} Regeln wirken; was an den anderen fehlt, sagt `wegfrei form check`."),
        };
        format!("Nichts wird gespeichert oder gesendet. {rules}")
    }

    /// A page with a form shows where it leads: the preview has neither service nor authority.
    fn names(&self) -> (String, String) {
        (
            self.form().title().to_owned(),
            format!("Vorschau {} {}", self.form().id(), self.form().version()),
        )
    }
}

async fn begin(State(running): Shared) -> Redirect {
    let first = running.form().first_page(&running.data(), running.today());
    Redirect::to(&format!("{BASE}/{}", first.map_or("pruefen", |page| page.id.as_str())))
}

/// Throws the answers away.
async fn again(State(running): Shared) -> Redirect {
    running.set(json!({}));
    Redirect::to(BASE)
}

async fn show(State(running): Shared, Path(id): Path<String>, Query(query): Query<PageQuery>) -> Response {
    let data = running.data();
    let pages = Draft::pages(running.form(), &data, running.today());
    let Some(shown) = pages.iter().find(|page| page.id == id) else {
        // Unknown, or asked no more because of another answer.
        return Redirect::to(BASE).into_response();
    };
    let problems = match query.fehler {
        Some(_) => running.form().evaluate_page(&id, &data, running.today()).problems,
        None => Vec::new(),
    };
    let frame = running.frame(&format!("{BASE}/{id}"));
    let message = match query.meldung.as_deref() {
        Some("hochgeladen") => Some(frame.t.form_uploaded_message),
        Some("entfernt") => Some(frame.t.form_removed_message),
        Some("fragen") => Some(frame.t.form_new_questions),
        Some("eintrag") => Some(frame.t.form_added_message),
        _ => None,
    };
    let view = view(
        &running,
        &frame,
        shown,
        &pages,
        (&data, &data),
        &problems,
        &query,
        message,
    );
    ok(&FormPage { f: &frame, v: &view })
}

#[allow(clippy::too_many_arguments, reason = "what one page is made of")]
fn view(
    running: &Running,
    frame: &Frame,
    shown: &Page,
    pages: &[&Page],
    (data, saved): (&Value, &Value),
    problems: &[Problem],
    query: &PageQuery,
    message: Option<&str>,
) -> FormView {
    let room = query.mehr.is_some();
    let evaluation = running
        .form()
        .evaluate_page(&shown.id, &with_room(shown, data, saved, room), running.today());
    let by_path: BTreeMap<String, String> = problems
        .iter()
        .map(|problem| (problem.path.clone(), problem.message.clone()))
        .collect();
    let asked = Asked {
        t: frame.t,
        page: shown,
        data,
        evaluation: &evaluation,
        problems: &by_path,
        saved,
        room,
    };
    let (blocks, more) = (asked.blocks(), asked.more());
    let position = pages.iter().position(|page| page.id == shown.id).unwrap_or_default();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (service, authority) = running.names();
    FormView {
        base: BASE.to_owned(),
        service,
        authority,
        title: shown.title.clone(),
        intro: shown.help.clone(),
        step: number(position + 1),
        steps: number(pages.len() + 1),
        back: position
            .checked_sub(1)
            .and_then(|before| pages.get(before))
            .map(|page| format!("{BASE}/{}", page.id)),
        action: format!("{BASE}/{}", shown.id),
        version: 0,
        errors: links(problems, &blocks),
        blocks,
        to_summary: query.ziel.as_deref() == Some("pruefen"),
        help: None,
        message: message.map(str::to_owned),
        opened: query.meldung.as_deref() == Some("fragen"),
        unsaved: None,
        more,
        room,
    }
}

/// What was posted: names and values, and files by their field.
struct Sent {
    fields: Vec<(String, String)>,
    files: Vec<(String, Value)>,
}

async fn sent(request: Request) -> Result<Sent, Response> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let fields = axum::extract::Form::<Vec<(String, String)>>::from_request(request, &()).await;
        let fields = fields.map_err(axum::response::IntoResponse::into_response)?.0;
        return Ok(Sent {
            fields,
            files: Vec::new(),
        });
    }
    let bad = |error: axum::extract::multipart::MultipartError| error.into_response();
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(axum::response::IntoResponse::into_response)?;
    let (mut fields, mut files) = (Vec::new(), Vec::<(String, Value)>::new());
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let media = part.content_type().unwrap_or_default().to_owned();
                let bytes = part.bytes().await.map_err(bad)?.len();
                if !file.is_empty() {
                    let paper = json!({ "paper": format!("vorschau-{}", files.len() + 1), "name": file, "media_type": media, "bytes": bytes });
                    files.push((name, paper));
                }
            }
            None => fields.push((name, part.text().await.map_err(bad)?)),
        }
    }
    Ok(Sent { fields, files })
}

async fn answer(State(running): Shared, Path(id): Path<String>, request: Request) -> Response {
    let sent = match sent(request).await {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let get = |name: &str| {
        sent.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    if get("csrf") != Some(running.preview.token.as_str()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (form, today) = (running.form(), running.today());
    let Some(shown) = form.page(&id) else {
        return Redirect::to(BASE).into_response();
    };
    let before = running.data();
    let mut data = before.clone();
    let (answers, _) = form.read_page(&id, &sent.fields);
    form.merge(&mut data, &id, answers);
    if get("weiter") == Some(LOOK) {
        if !in_place(&data, &sent.fields) {
            return StatusCode::NO_CONTENT.into_response();
        }
        let mut problems = form.evaluate_page(&id, &data, today).problems;
        let closed = form.evaluate(&with_room(shown, &before, &before, get("raum").is_some()), today);
        objections(&data, &mut problems, get("fehler").is_some(), &closed);
        let query = PageQuery {
            ziel: get("ziel").map(str::to_owned),
            mehr: get("raum").map(str::to_owned),
            ..PageQuery::default()
        };
        let pages = Draft::pages(form, &data, today);
        let frame = running.frame(&format!("{BASE}/{id}"));
        let view = view(
            &running,
            &frame,
            shown,
            &pages,
            (&data, &before),
            &problems,
            &query,
            None,
        );
        return ok(&FormPage { f: &frame, v: &view });
    }
    for (field, paper) in &sent.files {
        let mut papers = papers(&data, field);
        papers.push(paper.clone());
        form.set(&mut data, field, Value::Array(papers));
    }
    let removal = get("entfernen").and_then(|what| what.split_once('/'));
    if let Some((field, paper)) = removal {
        let mut papers = papers(&data, field);
        papers.retain(|known| known.get("paper").and_then(Value::as_str) != Some(paper));
        form.set(
            &mut data,
            field,
            if papers.is_empty() {
                Value::Null
            } else {
                Value::Array(papers)
            },
        );
    }
    running.set(data.clone());
    let to_summary = get("ziel") == Some("pruefen");
    let suffix = if to_summary { "&ziel=pruefen" } else { "" };
    let here = format!("{BASE}/{id}");
    let step = get("weiter").unwrap_or("weiter");
    let go = |to: String| Redirect::to(&to).into_response();
    if removal.is_some() {
        return go(format!("{here}?meldung=entfernt{suffix}"));
    }
    if step == "hochladen" {
        return go(format!("{here}?meldung=hochgeladen{suffix}"));
    }
    if step == "zurueck" {
        let back = form
            .previous_page(&id, &data, today)
            .map_or("", |page| page.id.as_str());
        return go(format!("{BASE}/{back}"));
    }
    if !opened(form, shown, &before, &data, today, &sent.fields).is_empty() {
        let room = if step == "noch" { "&mehr=1" } else { "" };
        return go(format!("{here}?meldung=fragen{room}{suffix}"));
    }
    if !form.evaluate_page(&id, &data, today).problems.is_empty() && step != "spaeter" {
        return go(format!("{here}?fehler=1{suffix}"));
    }
    if step == "noch" {
        return go(format!("{here}?meldung=eintrag&mehr=1{suffix}"));
    }
    match form.next_page(&id, &data, today) {
        Some(next) if !to_summary => go(format!("{BASE}/{}", next.id)),
        _ => go(format!("{BASE}/pruefen")),
    }
}

/// The papers of a file field.
fn papers(data: &Value, path: &str) -> Vec<Value> {
    let found = path.split('.').try_fold(data, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    });
    found.and_then(Value::as_array).cloned().unwrap_or_default()
}

async fn summary(State(running): Shared) -> Response {
    let (form, data, today) = (running.form(), running.data(), running.today());
    let pages = Draft::pages(form, &data, today);
    let errors = form.evaluate(&data, today).problems.into_iter().map(|problem| {
        let target = page_of(form, &problem.path).map_or_else(String::new, |page| {
            format!("{BASE}/{}?ziel=pruefen&fehler=1#{}", page.id, element_id(&problem.path))
        });
        ErrorLink {
            target,
            message: problem.message,
        }
    });
    let frame = running.frame(&format!("{BASE}/pruefen"));
    let steps = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
    let (service, authority) = running.names();
    let view = SummaryView {
        base: BASE.to_owned(),
        service,
        authority,
        step: steps,
        steps,
        back: pages
            .last()
            .map_or_else(|| BASE.to_owned(), |page| format!("{BASE}/{}", page.id)),
        version: 0,
        groups: answers(frame.t, form, &data, |page| format!("{BASE}/{page}?ziel=pruefen")),
        errors: errors.collect(),
        contact: None,
        // Nothing is sent from here.
        complete: false,
        help: None,
    };
    ok(&SummaryPage { f: &frame, v: &view })
}
