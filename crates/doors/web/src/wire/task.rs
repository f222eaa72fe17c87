//! A task of the desk: confirm the proposal, or correct what it rests on.

use super::desk::{CasePath, base, form};
use super::desk_view::proposal;
use super::form::{Asked, element_id};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{TaskPage, page};
use crate::state::WebState;
use crate::view::desk::TaskView;
use crate::view::form::{Block, ErrorLink, Field as Question};
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wegfrei_cases::{CaseError, CaseView, Verdict};
use wegfrei_forms::{Evaluation, Field, Item, Page};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;

/// An input of the decision that may be corrected, with the form's field that asks for it.
struct Correctable<'f> {
    name: String,
    page: &'f Page,
    field: &'f Field,
    now: Value,
}

fn fields<'f>(items: &'f [Item], into: &mut Vec<&'f Field>) {
    for item in items {
        match item {
            Item::Field(field) => into.push(field),
            Item::Group(group) => fields(&group.items, into),
        }
    }
}

fn correctable<'s>(state: &'s WebState, opened: &CaseView) -> Result<Vec<Correctable<'s>>, Problem> {
    let package = state
        .cases
        .catalogue()
        .package(&opened.service)
        .ok_or_else(Problem::missing)?;
    let inputs = &package.manifest().inputs;
    let mut list = Vec::new();
    for (name, now) in opened.task.iter().flat_map(|task| &task.correctable) {
        let Some(input) = inputs.iter().find(|input| input.name == *name) else {
            continue;
        };
        for page in package.form().pages() {
            let mut known = Vec::new();
            fields(&page.items, &mut known);
            if let Some(field) = known
                .into_iter()
                .find(|field| input.field().is_some_and(|name| field.id == name || field.path == name))
            {
                list.push(Correctable {
                    name: name.clone(),
                    page,
                    field,
                    now: now.clone(),
                });
            }
        }
    }
    Ok(list)
}

/// The field as a question of its own, filled with `value`.
fn question(
    visit: &Visit,
    item: &Correctable<'_>,
    value: &Value,
    problems: &BTreeMap<String, String>,
) -> Option<Question> {
    let mut field = item.field.clone();
    field.label_in = field.label_out.clone();
    field.help = None;
    field.required = false;
    field.locked = false;
    field.autocomplete = None;
    field.id = field.path.clone();
    let lone = Page {
        id: String::new(),
        name: String::new(),
        title: String::new(),
        help: None,
        legal: Vec::new(),
        group: false,
        occurs: item.page.occurs,
        items: vec![Item::Field(Box::new(field))],
    };
    let data = serde_json::json!({ item.field.path.as_str(): value });
    let evaluation = Evaluation::default();
    let asked = Asked {
        t: visit.frame.t,
        page: &lone,
        data: &data,
        evaluation: &evaluation,
        problems,
    };
    asked.blocks().into_iter().find_map(|block| match block {
        Block::Field(question) => Some(Question {
            marked: false,
            ..*question
        }),
        Block::Heading { .. } | Block::Note(_) => None,
    })
}

/// What a task page shows again after a mistake.
#[derive(Default)]
struct Typed {
    values: BTreeMap<String, Value>,
    problems: BTreeMap<String, String>,
    reason: String,
    reason_error: Option<String>,
    general: Option<String>,
}

fn task_page(state: &WebState, visit: &Visit, opened: &CaseView, typed: Typed) -> Result<Response, Problem> {
    let t = visit.frame.t;
    let base = base(opened.authority, opened.case);
    let Some(task) = &opened.task else {
        return Ok(Redirect::to(&format!("{base}?zweck=case-work")).into_response());
    };
    let fields = correctable(state, opened)?
        .iter()
        .filter_map(|item| {
            question(
                visit,
                item,
                typed.values.get(&item.name).unwrap_or(&item.now),
                &typed.problems,
            )
        })
        .collect();
    let mut errors: Vec<ErrorLink> = typed
        .problems
        .iter()
        .map(|(path, message)| ErrorLink {
            target: format!("#{}", element_id(path)),
            message: message.clone(),
        })
        .collect();
    errors.extend(typed.reason_error.iter().map(|message| ErrorLink {
        target: "#grund".to_owned(),
        message: message.clone(),
    }));
    errors.extend(typed.general.iter().map(|message| ErrorLink {
        target: String::new(),
        message: message.clone(),
    }));
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = TaskView {
        action: format!("{base}/aufgabe"),
        back: format!("{base}?zweck=case-work"),
        reference: opened.reference.clone(),
        title: task.name.clone(),
        proposal: opened.decision.as_ref().map(|decision| proposal(t, decision)),
        fields,
        reason: typed.reason,
        reason_error: typed.reason_error,
        version: opened.version,
        errors,
    };
    Ok(page(
        status,
        &TaskPage {
            f: &visit.frame,
            v: &view,
        },
    ))
}

/// `GET /amt/vorgang/{authority}/{case}/aufgabe`: whoever decides works on the application; that is the purpose recorded.
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let opened = state.cases.open_case(actor, Purpose::CaseWork, authority, case).await?;
    task_page(&state, &visit, &opened, Typed::default())
}

/// What was posted for the fields that may be corrected; what is as before is left out.
fn corrections(state: &WebState, opened: &CaseView, posted: &Posted) -> Result<(Map<String, Value>, Typed), Problem> {
    let (mut changed, mut typed) = (Map::new(), Typed::default());
    typed.reason = posted.get("grund").unwrap_or_default().trim().to_owned();
    let form = form(state, opened)?;
    for item in correctable(state, opened)? {
        let asked = |(name, _): &&(String, String)| {
            *name == item.field.path || name.starts_with(&format!("{}.", item.field.path))
        };
        let own: Vec<(String, String)> = posted.fields.iter().filter(asked).cloned().collect();
        let (answers, problems) = form.read_page(&item.page.id, &own);
        let value = item
            .field
            .path
            .split('.')
            .try_fold(&answers, |value, step| value.get(step))
            .cloned()
            .unwrap_or(Value::Null);
        if let Some(problem) = problems.into_iter().find(|problem| problem.path == item.field.path) {
            typed.problems.insert(item.field.path.clone(), problem.message);
        } else if value != item.now {
            changed.insert(item.name.clone(), value.clone());
        }
        typed.values.insert(item.name, value);
    }
    Ok((changed, typed))
}

async fn decide(
    state: &WebState,
    actor: &Actor,
    opened: &CaseView,
    version: u64,
    verdict: Verdict,
) -> Result<(), CaseError> {
    let task = opened.task.as_ref().ok_or(CaseError::Stale)?.task;
    state
        .cases
        .complete_task(actor, opened.authority, opened.case, task, version, verdict)
        .await
}

/// `POST /amt/vorgang/{authority}/{case}/aufgabe`
pub(crate) async fn answer(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let version = posted.version()?;
    let opened = state.cases.open_case(actor, Purpose::CaseWork, authority, case).await?;
    if opened.task.is_none() || opened.version != version {
        return Err(CaseError::Stale.into());
    }
    let t = visit.frame.t;
    let (verdict, typed, result) = if posted.get("antwort") == Some("bestaetigen") {
        let reason = posted.get("grund").unwrap_or_default().trim().to_owned();
        (Verdict::Confirm { reason }, Typed::default(), "bestaetigt")
    } else {
        let (corrections, mut typed) = corrections(&state, &opened, &posted)?;
        if typed.reason.is_empty() {
            typed.reason_error = Some(t.task_reason_missing.to_owned());
        }
        if corrections.is_empty() && typed.problems.is_empty() {
            typed.general = Some(t.task_nothing_changed.to_owned());
        }
        if typed.reason_error.is_some() || typed.general.is_some() || !typed.problems.is_empty() {
            return task_page(&state, &visit, &opened, typed);
        }
        (
            Verdict::Correct {
                reason: typed.reason.clone(),
                corrections,
            },
            typed,
            "korrigiert",
        )
    };
    match decide(&state, actor, &opened, version, verdict).await {
        Ok(()) => {
            let base = base(authority, case);
            Ok(Redirect::to(&format!(
                "{base}/entschieden?ergebnis={result}&aktenzeichen={}",
                opened.reference
            ))
            .into_response())
        }
        Err(CaseError::Verdict(message)) => task_page(
            &state,
            &visit,
            &opened,
            Typed {
                general: Some(message),
                ..typed
            },
        ),
        Err(error) => Err(error.into()),
    }
}
