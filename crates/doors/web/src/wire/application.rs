//! Filling in an application: one page of the form at a time.

use super::draft::{Draft, DraftPath};
use super::form::{Asked, element_id, links, on_page, value_at, with_room};
use super::{authority_name, papers, service_title};
use crate::body::Posted;
use crate::frame::Frame;
use crate::layers::Framing;
use crate::problem::Problem;
use crate::render::{FormPage, page};
use crate::state::WebState;
use crate::view::Fact;
use crate::view::form::{Block, FormView};
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use wegfrei_cases::CaseError;
use wegfrei_forms::{Code, Form, Page};
use wegfrei_model::Date;
use wegfrei_packages::{AnswerChange, Package};

/// What the query of a form page may say.
#[derive(Deserialize, Default)]
pub(crate) struct FormQuery {
    /// `pruefen`: back to the summary after this page.
    ziel: Option<String>,
    /// Show what is wrong at once.
    fehler: Option<String>,
    /// Room for one entry more in what repeats.
    mehr: Option<String>,
    /// `hochgeladen`, `entfernt`, `fragen`, `eintrag`, `weniger`: said once.
    meldung: Option<String>,
    /// Paths of questions the last answers have opened, joined by commas.
    neu: Option<String>,
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
    let mut next = "pruefen";
    for page in Draft::pages(form, &draft.view.data, draft.today) {
        if !draft.problems(&state, form, Some(page))?.is_empty() {
            next = page.id.as_str();
            break;
        }
    }
    Ok(Redirect::to(&format!("{}/{next}", draft.base())).into_response())
}

/// An address names at most so many questions.
const MOST_FRESH: usize = 30;

/// The step that asks for the page anew and saves nothing.
pub(crate) const LOOK: &str = "ansehen";
/// Names the questions that came while the page was filled in, joined by commas: what nobody chose is not posted otherwise.
const ASKED: &str = "gefragt";

/// What a form page says besides its questions.
#[derive(Default)]
struct Say {
    /// Problems by path.
    problems: Vec<wegfrei_forms::Problem>,
    to_summary: bool,
    /// What repeats has room for an entry more than is saved.
    room: bool,
    /// The saved answers, where others are shown.
    saved: Option<Value>,
    message: Option<&'static str>,
    /// Paths of questions the last answers have opened.
    fresh: Vec<String>,
    /// Said above them.
    opened: bool,
    /// What was typed and is not saved.
    unsaved: Option<Vec<Fact>>,
}

/// Calls the entries of lists as the package calls them, and offers to take out those that are there beside others.
fn name_entries(package: &Package, data: &Value, blocks: &mut [Block]) {
    for block in blocks {
        let Block::Heading {
            title,
            path: entry,
            entry: true,
            remove,
            ..
        } = block
        else {
            continue;
        };
        let Some((list, at)) = entry.rsplit_once('.') else {
            continue;
        };
        let row = value_at(data, entry);
        let named = package.row_title(list, at.parse().unwrap_or_default(), row.unwrap_or(&Value::Null));
        *title = named;
        let entries = value_at(data, list).and_then(Value::as_array).map_or(0, Vec::len);
        *remove = row.is_some() && entries > 1;
    }
}

fn view(
    state: &WebState,
    visit: &Visit,
    draft: &Draft,
    form: &Form,
    shown: &Page,
    say: Say,
) -> Result<FormView, Problem> {
    let data = &draft.view.data;
    let elsewhere = draft.elsewhere(state, visit.frame.t)?;
    let saved = say.saved.as_ref().unwrap_or(data);
    let roomy = with_room(shown, data, saved, say.room);
    let evaluation = form.evaluate_page(&shown.id, &roomy, draft.today);
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
        saved,
        room: say.room,
    };
    let (mut blocks, more) = (asked.blocks(), asked.more());
    name_entries(draft.package(state)?, data, &mut blocks);
    for block in &mut blocks {
        if let Block::Field(field) = block {
            field.fresh = say.fresh.contains(&field.name);
        }
    }
    if let Some((path, elsewhere)) = elsewhere {
        for block in &mut blocks {
            if let Block::Field(field) = block
                && field.name == path
                && field.error.is_some()
            {
                field.elsewhere = Some(elsewhere.clone());
            }
        }
    }
    let pages = Draft::pages(form, data, draft.today);
    let position = pages.iter().position(|page| page.id == shown.id).unwrap_or_default();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(FormView {
        base: draft.base(),
        service: service_title(state, &draft.view.service, visit.lang),
        authority: authority_name(state, draft.view.authority),
        title: shown.title.clone(),
        intro: shown.help.clone(),
        step: number(position + 1),
        steps: number(pages.len() + 1),
        back: form
            .previous_page(&shown.id, data, draft.today)
            .map(|page| format!("{}/{}", draft.base(), page.id)),
        action: format!("{}/{}", draft.base(), shown.id),
        version: draft.view.version,
        errors: links(&say.problems, &blocks),
        blocks,
        to_summary: say.to_summary,
        message: say.message.map(str::to_owned),
        opened: say.opened,
        unsaved: say.unsaved,
        more,
        room: say.room,
        help: (!draft.helping).then(|| super::help::path(draft.view.authority, draft.view.case)),
    })
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
    let visit = visit.helping(draft.helping);
    let form = draft.form(&state)?;
    let shown = path
        .page
        .as_deref()
        .and_then(|id| form.page(id))
        .ok_or_else(Problem::missing)?;
    if !Draft::pages(form, &draft.view.data, draft.today)
        .iter()
        .any(|page| page.id == shown.id)
    {
        // The page asks nothing any more, because of another answer.
        return Ok(Redirect::to(&draft.base()).into_response());
    }
    let t = visit.frame.t;
    let problems = match query.fehler {
        Some(_) => draft.problems(&state, form, Some(shown))?,
        None => Vec::new(),
    };
    let message = match query.meldung.as_deref() {
        Some("hochgeladen") => Some(t.form_uploaded_message),
        Some("entfernt") => Some(t.form_removed_message),
        Some("weniger") => Some(t.form_entry_removed),
        Some("eintrag") => Some(t.form_added_message),
        _ => None,
    };
    let say = Say {
        problems,
        to_summary: query.ziel.as_deref() == Some("pruefen"),
        room: query.mehr.is_some(),
        saved: None,
        message,
        opened: query.meldung.as_deref() == Some("fragen"),
        fresh: query.neu.unwrap_or_default().split(',').map(str::to_owned).collect(),
        unsaved: None,
    };
    let view = view(&state, &visit, &draft, form, shown, say)?;
    Ok(answering(StatusCode::OK, &visit.frame, &view))
}

/// The questions that the answers just posted have opened, and that the page did not show yet: their paths.
pub(crate) fn opened(
    form: &Form,
    shown: &Page,
    before: &Value,
    after: &Value,
    today: Date,
    posted: &[(String, String)],
) -> Vec<String> {
    // With room: what belongs to an entry that is new was hidden in its empty place.
    let (old, new) = (
        form.evaluate(&with_room(shown, before, before, true), today),
        form.evaluate_page(&shown.id, &with_room(shown, after, after, true), today),
    );
    let fresh = old.hidden.iter().filter(|path| {
        let asked = posted.iter().any(|(name, value)| {
            name == *path
                || name.starts_with(&format!("{path}."))
                || (name == ASKED && value.split(',').any(|came| came == *path))
        });
        let group = form.field(path).is_none();
        on_page(shown, path) && !group && !new.hidden.contains(*path) && !asked
    });
    fresh.cloned().collect()
}

/// Whether the answers stand where they were posted: what is read closes up over an entry that was left empty.
pub(crate) fn in_place(data: &Value, posted: &[(String, String)]) -> bool {
    posted
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .all(|(name, _)| {
            let (path, part) = name.rsplit_once('.').unwrap_or((name, ""));
            let path = if ["tag", "monat", "jahr"].contains(&part) {
                path
            } else {
                name
            };
            !path.contains('.') || value_at(data, path).is_some_and(|value| !value.is_null())
        })
}

/// What is said of answers while they are given: what a rule or the field's type objects to; on a page that was sent before (`sent`)
/// also what is missing, but for questions that were `closed` then. What is missing otherwise may still come.
pub(crate) fn objections(
    data: &Value,
    problems: &mut Vec<wegfrei_forms::Problem>,
    sent: bool,
    closed: &wegfrei_forms::Evaluation,
) {
    problems.retain(|problem| match problem.code {
        Code::Required => sent && !closed.hidden.iter().any(|path| within(&problem.path, path)),
        Code::Unknown | Code::Hidden | Code::Repeat | Code::File => sent,
        _ => sent || value_at(data, &problem.path).is_some_and(|value| !value.is_null()),
    });
}

/// Whether a path is this one or inside it.
fn within(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A page that answers while it is filled in.
fn answering(status: StatusCode, frame: &Frame, view: &FormView) -> Response {
    Framing::Watches.mark(page(status, &FormPage { f: frame, v: view }))
}

/// The page as it is with answers that are still being given, and not saved. Nothing where they would be moved.
fn look(
    state: &WebState,
    visit: &Visit,
    mut draft: Draft,
    form: &Form,
    shown: &Page,
    answers: Value,
    posted: &Posted,
) -> Result<Response, Problem> {
    let before = std::mem::replace(&mut draft.view.data, answers);
    let data = &draft.view.data;
    if !in_place(data, &posted.fields) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut problems = draft.problems(state, form, Some(shown))?;
    let roomy = with_room(shown, &before, &before, posted.get("raum").is_some());
    let closed = form.evaluate(&roomy, draft.today);
    objections(data, &mut problems, posted.get("fehler").is_some(), &closed);
    let say = Say {
        problems,
        to_summary: posted.get("ziel") == Some("pruefen"),
        room: posted.get("raum").is_some(),
        saved: Some(before),
        ..Say::default()
    };
    let here = visit.frame_at(&format!("{}/{}", draft.base(), shown.id));
    let view = view(state, visit, &draft, form, shown, say)?;
    Ok(answering(StatusCode::OK, &here, &view))
}

/// What the address of a page says of questions that were opened: which they are, and to the first of them.
fn to_fresh(fresh: &[String]) -> String {
    let Some(first) = fresh.first() else {
        return String::new();
    };
    let named: Vec<&str> = fresh.iter().take(MOST_FRESH).map(String::as_str).collect();
    format!("&neu={}#{}", named.join(","), element_id(first))
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
    let visit = visit.helping(draft.helping);
    let form = draft.form(&state)?;
    let shown = path
        .page
        .as_deref()
        .and_then(|id| form.page(id))
        .ok_or_else(Problem::missing)?;
    let t = visit.frame.t;
    let before = draft.view.data.clone();
    let mut data = before.clone();
    // An entry that is taken out is as if it had not been typed: the others close up.
    let taken_out = posted.get("zeile").map(|entry| format!("{entry}."));
    if let Some(entry) = &taken_out {
        posted.fields.retain(|(name, _)| !name.starts_with(entry.as_str()));
    }
    let (answers, _) = form.read_page(&shown.id, &posted.fields);
    form.merge(&mut data, &shown.id, answers);

    if posted.get("weiter") == Some(LOOK) {
        // Another window has saved since: what this one is told when it is sent, nobody guesses before.
        if posted.version()? != draft.view.version {
            return Err(CaseError::Stale.into());
        }
        return look(&state, &visit, draft, form, shown, data, &posted);
    }
    let files = std::mem::take(&mut posted.files);
    let removal = posted.get("entfernen").map(str::to_owned);
    if posted.version()? != draft.view.version {
        // A double click sends the same answers twice: the second time there is nothing to do. Anything else is a stale tab.
        if data != before || !files.is_empty() || removal.is_some() {
            let say = Say {
                to_summary: posted.get("ziel") == Some("pruefen"),
                unsaved: Some(unsaved(t, draft.package(&state)?, &before, &data)),
                ..Say::default()
            };
            let here = visit.frame_at(&format!("{}/{}", draft.base(), shown.id));
            let view = view(&state, &visit, &draft, form, shown, say)?;
            return Ok(answering(StatusCode::CONFLICT, &here, &view));
        }
    }
    let mut problems = Vec::new();
    let changed_papers = !files.is_empty() || removal.is_some();
    for file in files {
        let field = file.field.clone();
        match papers::add(&state, &draft, form, &mut data, file).await {
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
        papers::remove(&state, &draft, form, &mut data, removal).await?;
    }
    if changed_papers {
        let now = state
            .cases
            .draft(draft.person, draft.view.authority, draft.view.case)
            .await?;
        // Another window may have saved its answers while the file came in: they are not overwritten.
        if now.data != before {
            return Err(CaseError::Stale.into());
        }
        draft.view.version = now.version;
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
            ..Say::default()
        };
        let view = view(&state, &visit, draft, form, shown, say)?;
        Ok(answering(status, &visit.frame_at(&here), &view))
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
        return again(&draft, problems, StatusCode::UNPROCESSABLE_ENTITY, None);
    }
    if step == "spaeter" {
        return Ok(Redirect::to("/mein-bereich?meldung=gespeichert").into_response());
    }
    if taken_out.is_some() {
        return Ok(Redirect::to(&format!("{here}?meldung=weniger{suffix}")).into_response());
    }
    if step == "zurueck" {
        let back = form.previous_page(&shown.id, &draft.view.data, draft.today);
        let back = back.map_or_else(|| here.clone(), |page| format!("{}/{}", draft.base(), page.id));
        return Ok(Redirect::to(&back).into_response());
    }
    let fresh = opened(form, shown, &before, &draft.view.data, draft.today, &posted.fields);
    if !fresh.is_empty() {
        // Who asks for room gets it; the questions are marked all the same.
        let said = if step == "noch" { "eintrag&mehr=1" } else { "fragen" };
        let to = format!("{here}?meldung={said}{suffix}{}", to_fresh(&fresh));
        return Ok(Redirect::to(&to).into_response());
    }
    for problem in draft.problems(&state, form, Some(shown))? {
        if !problems.iter().any(|known| known.path == problem.path) {
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        // The answers are saved as typed, so the page can say it again: a page that answers a post cannot be gone back to.
        return Ok(Redirect::to(&format!("{here}?fehler=1{suffix}")).into_response());
    }
    if step == "noch" {
        return Ok(Redirect::to(&format!("{here}?meldung=eintrag&mehr=1{suffix}")).into_response());
    }
    let next = match form.next_page(&shown.id, &draft.view.data, draft.today) {
        Some(next) if !to_summary => next.id.as_str(),
        _ => "pruefen",
    };
    Ok(Redirect::to(&format!("{}/{next}", draft.base())).into_response())
}

/// What was typed on a page and is not saved, because somebody saved in another window.
fn unsaved(t: &'static crate::texts::Texts, package: &Package, saved: &Value, typed: &Value) -> Vec<Fact> {
    let changes = package.answer_changes(saved, typed).into_iter();
    let fact = |change: AnswerChange| {
        let mut name = change.rows;
        name.push(change.label);
        let typed = change.corrected.unwrap_or_else(|| t.form_typed_nothing.to_owned());
        Fact::new(name.join(" – "), typed)
    };
    changes.map(fact).collect()
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
        saved: &draft.view.data,
        room: false,
    };
    let file = asked.blocks().into_iter().find_map(|block| match block {
        Block::Field(field) if matches!(field.input, crate::view::form::Input::File { .. }) => Some(field.name),
        _ => None,
    });
    file.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_closed_up_are_not_in_place() {
        let data = serde_json::json!({ "G1": [{ "F1": "a", "F2": "2026-01-01" }] });
        let check = |posted: &[(&str, &str)], expected| {
            let posted: Vec<(String, String)> =
                posted.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            assert_eq!(in_place(&data, &posted), expected, "{posted:?}");
        };
        check(
            &[
                ("G1.0.F1", "a"),
                ("G1.0.F2.tag", "1"),
                ("version", "3"),
                ("gefragt", "G1.7.F1"),
            ],
            true,
        );
        check(&[("G1.0.F1", "a"), ("G1.1.F1", " ")], true);
        check(&[("G1.0.F1", ""), ("G1.1.F1", "a")], false);
        check(&[("G1.1.F2.jahr", "2026")], false);
    }
}
