//! A task of the desk: confirm the proposal, correct what it rests on, ask the applicant, or release what a colleague checked.

use super::case::package_of;
use super::words::{Labels, change, differences, proposal, verdict};
use super::{CasePath, ask_purpose, base, datebox, parts_of, purpose};
use crate::body::Posted;
use crate::layers::Framing;
use crate::problem::Problem;
use crate::render::{DonePage, NoLetter, TaskPage, ok, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::desk::{Answering, DoneView, Overtaken, Preview, RequestForm, TaskView, TextBlock};
use crate::view::form::{Block, Choice, ErrorLink, Field as Question, Input};
use crate::visit::Visit;
use crate::wire::form::{Asked, element_id};
use crate::wire::mine::inline;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wegfrei_cases::{CaseError, CaseView, Change, Verdict};
use wegfrei_forms::{Evaluation, Field, Item, Page};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::time::parse_date;
use wegfrei_model::{Date, TaskId};
use wegfrei_packages::{DeskFact, DeskKind, InputSource, Package};
use wegfrei_process::Work;

/// Days an applicant usually gets to answer.
const USUAL_DAYS: i64 = 28;
/// Longest text taken back into a form.
const LONG: usize = 8_000;

/// An input of the decision that may be corrected, and what asks for it.
struct Correctable<'p> {
    name: String,
    asks: Asks<'p>,
    now: Value,
}

/// Where a corrected value comes from.
enum Asks<'p> {
    /// A field of the form.
    Form { page: &'p Page, field: &'p Field },
    /// A fact only the desk knows.
    Desk(&'p DeskFact),
}

impl Correctable<'_> {
    /// The name of its inputs in the form.
    fn path(&self) -> String {
        match &self.asks {
            Asks::Form { field, .. } => field.path.clone(),
            Asks::Desk(_) => format!("amt.{}", self.name),
        }
    }
}

fn fields<'f>(items: &'f [Item], into: &mut Vec<&'f Field>) {
    for item in items {
        match item {
            Item::Field(field) => into.push(field),
            Item::Group(group) => fields(&group.items, into),
        }
    }
}

fn correctable<'p>(package: &'p Package, opened: &CaseView) -> Vec<Correctable<'p>> {
    let inputs = &package.manifest().inputs;
    let mut list = Vec::new();
    for (name, now) in opened.task.iter().flat_map(|task| &task.correctable) {
        let Some(input) = inputs.iter().find(|input| input.name == *name) else {
            continue;
        };
        let asks = match &input.source {
            InputSource::Desk(fact) => Some(Asks::Desk(fact)),
            // Whole groups (the members of a household) cannot be corrected on this page yet.
            InputSource::Group { .. } => None,
            InputSource::Field(id) => package.form().pages().iter().find_map(|page| {
                let mut known = Vec::new();
                fields(&page.items, &mut known);
                let field = known.into_iter().find(|field| field.id == *id || field.path == *id)?;
                Some(Asks::Form { page, field })
            }),
        };
        list.extend(asks.map(|asks| Correctable {
            name: name.clone(),
            asks,
            now: now.clone(),
        }));
    }
    list
}

/// A fact of the desk as a question.
fn desk_question(
    t: &'static Texts,
    item: &Correctable<'_>,
    fact: &DeskFact,
    value: &Value,
    error: Option<&String>,
) -> Question {
    let text = value.as_str().unwrap_or_default();
    let choice = |code: &str, label: &str, chosen| Choice {
        value: code.to_owned(),
        label: label.to_owned(),
        chosen,
    };
    let line = |value: String, mode, width| Input::Text {
        value,
        mode,
        max: None,
        width,
    };
    let input = match &fact.kind {
        DeskKind::Bool => Input::Radio(vec![
            choice("true", t.form_yes, value.as_bool() == Some(true)),
            choice("false", t.form_no, value.as_bool() == Some(false)),
        ]),
        DeskKind::Text => Input::Long {
            value: text.to_owned(),
            max: Some(2_000),
        },
        DeskKind::Cents => line(value.as_i64().map(euros).unwrap_or_default(), "decimal", 10),
        DeskKind::Date => {
            let [day, month, year] = parse_date(text).map(parts_of).unwrap_or_default();
            Input::Date {
                day,
                month,
                year,
                birthday: false,
            }
        }
        DeskKind::Choice(options) => Input::Select(
            options
                .iter()
                .map(|(code, label)| choice(code, label, text == code))
                .collect(),
        ),
    };
    Question {
        id: element_id(&item.path()),
        name: item.path(),
        label: fact.label.clone(),
        help: None,
        required: false,
        marked: false,
        error: error.cloned(),
        autocomplete: "",
        input,
    }
}

/// Cents as they are typed: `1234,56`.
fn euros(cents: i64) -> String {
    format!("{},{:02}", cents / 100, cents.unsigned_abs() % 100)
}

/// What was typed as an amount, in cents.
fn cents(typed: &str) -> Option<i64> {
    let plain: String = typed
        .chars()
        .filter(|c| !matches!(c, '.' | ' ' | '€' | '\u{a0}'))
        .collect();
    let (whole, part) = plain.split_once(',').unwrap_or((&plain, "00"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || part.len() != 2 || !digits(part) {
        return None;
    }
    format!("{whole}{part}").parse().ok()
}

/// What was posted for a fact of the desk; `Err` when it cannot be read.
fn desk_value(item: &Correctable<'_>, fact: &DeskFact, posted: &Posted) -> Result<Value, ()> {
    let path = item.path();
    let typed = text(posted, &path);
    match fact.kind {
        DeskKind::Date => match datebox(posted, &path) {
            (_, Some(date)) => Ok(Value::String(date.to_string())),
            (parts, None) if parts.iter().all(String::is_empty) => Ok(Value::Null),
            _ => Err(()),
        },
        _ if typed.is_empty() => Ok(Value::Null),
        DeskKind::Bool => Ok(Value::Bool(typed == "true")),
        DeskKind::Cents => cents(&typed).map(Value::from).ok_or(()),
        DeskKind::Text | DeskKind::Choice(_) => Ok(Value::String(typed)),
    }
}

/// The field as a question of its own, filled with `value`.
fn question(
    visit: &Visit,
    item: &Correctable<'_>,
    value: &Value,
    problems: &BTreeMap<String, String>,
) -> Option<Question> {
    let (own_page, own) = match &item.asks {
        Asks::Form { page, field } => (page, field),
        Asks::Desk(fact) => {
            return Some(desk_question(
                visit.frame.t,
                item,
                fact,
                value,
                problems.get(&item.path()),
            ));
        }
    };
    let mut field = (*own).clone();
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
        occurs: own_page.occurs,
        items: vec![Item::Field(Box::new(field))],
    };
    let data = serde_json::json!({ own.path.as_str(): value });
    let evaluation = Evaluation::default();
    let asked = Asked {
        t: visit.frame.t,
        page: &lone,
        data: &data,
        evaluation: &evaluation,
        problems,
        room: false,
    };
    asked.blocks().into_iter().find_map(|block| match block {
        Block::Field(question) => Some(Question {
            marked: false,
            ..*question
        }),
        Block::Heading { .. } | Block::End | Block::Note(_) => None,
    })
}

/// What a task page shows again, and what was wrong with it.
#[derive(Default)]
struct Typed {
    values: BTreeMap<String, Value>,
    problems: BTreeMap<String, String>,
    reason: String,
    reason_error: Option<String>,
    request: Option<RequestForm>,
    preview: Option<Preview>,
    general: Option<String>,
    overtaken: Option<Overtaken>,
}

impl Typed {
    fn wrong(&self) -> bool {
        let request = self.request.as_ref();
        !self.problems.is_empty()
            || self.reason_error.is_some()
            || self.general.is_some()
            || request.is_some_and(|request| request.text_error.is_some() || request.due_error.is_some())
    }

    fn errors(&self) -> Vec<ErrorLink> {
        let link = |target: &str, message: &String| ErrorLink {
            target: target.to_owned(),
            message: message.clone(),
        };
        let request = self.request.as_ref();
        let mut errors: Vec<ErrorLink> = self
            .problems
            .iter()
            .map(|(path, message)| link(&format!("#{}", element_id(path)), message))
            .collect();
        errors.extend(self.reason_error.iter().map(|message| link("#grund", message)));
        errors.extend(
            request
                .and_then(|request| request.text_error.as_ref())
                .map(|message| link("#anliegen", message)),
        );
        errors.extend(
            request
                .and_then(|request| request.due_error.as_ref())
                .map(|message| link("#frist", message)),
        );
        errors.extend(self.general.iter().map(|message| link("", message)));
        errors
    }
}

/// The reader, their case, and what it is shown by.
struct Desk<'a> {
    state: &'a WebState,
    visit: &'a Visit,
    actor: &'a Actor,
    opened: CaseView,
    package: &'a Package,
}

impl<'a> Desk<'a> {
    /// Opens the case for the chosen purpose, or asks for it.
    async fn open(
        state: &'a WebState,
        visit: &'a Visit,
        path: &CasePath,
    ) -> Result<Result<Desk<'a>, Response>, Problem> {
        let (actor, _) = visit.official()?;
        let (authority, case) = path.ids()?;
        // Who decides works on the application, or on an objection; other purposes only look.
        let chosen = purpose::chosen(state, visit, case)
            .filter(|purpose| matches!(purpose, Purpose::CaseWork | Purpose::LegalRemedy));
        let Some(chosen) = chosen else {
            return Ok(Err(ask_purpose(visit, base(authority, case), false)));
        };
        let opened = state.cases.open_case(actor, chosen, authority, case).await?;
        let package = package_of(state, &opened)?;
        Ok(Ok(Desk {
            state,
            visit,
            actor,
            opened,
            package,
        }))
    }

    fn t(&self) -> &'static Texts {
        self.visit.frame.t
    }

    fn base(&self) -> String {
        base(self.opened.authority, self.opened.case)
    }

    fn today(&self) -> Date {
        self.state.cases.now().date()
    }

    /// The task that is open and not the applicant's.
    fn task(&self) -> Option<(TaskId, Work)> {
        let task = self.opened.task.as_ref().filter(|task| task.work != Work::Supply);
        task.map(|task| (task.task, task.work))
    }

    fn request_form(&self) -> Option<RequestForm> {
        self.opened.task.as_ref().filter(|task| task.can_request)?;
        let due = days_after(self.today(), USUAL_DAYS);
        Some(RequestForm {
            blocks: self.blocks(),
            due: parts_of(due),
            ..RequestForm::default()
        })
    }

    fn blocks(&self) -> Vec<TextBlock> {
        let questions = self.package.manifest().questions.iter();
        questions
            .map(|question| TextBlock {
                name: question.name.clone(),
                text: question.text.clone(),
            })
            .collect()
    }

    fn page(&self, typed: Typed) -> Response {
        let t = self.t();
        let base = self.base();
        let labels = Labels::of(self.package);
        let (title, answering) = match &self.opened.task {
            None => (t.desk_task.to_owned(), Answering::Nothing),
            Some(task) => {
                let answering = match task.work {
                    Work::Supply => Answering::Nothing,
                    Work::Release => Answering::Release,
                    Work::Review => Answering::Review {
                        fields: correctable(self.package, &self.opened)
                            .iter()
                            .filter_map(|item| {
                                let value = typed.values.get(&item.name).unwrap_or(&item.now);
                                question(self.visit, item, value, &typed.problems)
                            })
                            .collect(),
                        request: typed.request.clone().or_else(|| self.request_form()).map(Box::new),
                        preview: typed.preview.clone().map(Box::new),
                    },
                };
                (task.name.clone(), answering)
            }
        };
        let errors = typed.errors();
        let status = match (&typed.overtaken, typed.wrong()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, true) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, false) => StatusCode::OK,
        };
        let view = TaskView {
            action: format!("{base}/aufgabe"),
            back: base,
            reference: self.opened.reference.clone(),
            title,
            proposal: self
                .opened
                .decision
                .as_ref()
                .map(|decision| proposal(t, &labels, decision)),
            changes: self.opened.changes.iter().map(|one| change(t, &labels, one)).collect(),
            answering,
            reason: typed.reason,
            reason_error: typed.reason_error,
            version: self.opened.version,
            errors,
            overtaken: typed.overtaken,
        };
        Framing::Holds.mark(page(
            status,
            &TaskPage {
                f: &self.visit.frame,
                v: &view,
            },
        ))
    }

    /// What was posted for the fields that may be corrected; what is as before is left out.
    fn corrections(&self, posted: &Posted) -> (Map<String, Value>, Typed) {
        let (mut changed, mut typed) = (Map::new(), Typed::default());
        typed.reason = text(posted, "grund");
        for item in correctable(self.package, &self.opened) {
            let path = item.path();
            let asked = |(name, _): &&(String, String)| *name == path || name.starts_with(&format!("{path}."));
            let read = match &item.asks {
                Asks::Form { page, field } => {
                    let own: Vec<(String, String)> = posted.fields.iter().filter(asked).cloned().collect();
                    let (answers, problems) = self.package.form().read_page(&page.id, &own);
                    let value = field.path.split('.').try_fold(&answers, |value, step| value.get(step));
                    let value = value.cloned().unwrap_or(Value::Null);
                    let problem = problems.into_iter().find(|problem| problem.path == field.path);
                    problem.map_or(Ok(value.clone()), |problem| Err((value, problem.message)))
                }
                Asks::Desk(fact) => desk_value(&item, fact, posted)
                    .map_err(|()| (Value::Null, fill(self.t().task_desk_wrong, "name", &fact.label))),
            };
            let value = match read {
                Ok(value) => {
                    if value != item.now {
                        changed.insert(item.name.clone(), value.clone());
                    }
                    value
                }
                Err((value, message)) => {
                    typed.problems.insert(path, message);
                    value
                }
            };
            typed.values.insert(item.name, value);
        }
        (changed, typed)
    }

    /// What was posted as a question to the applicant.
    fn request(&self, posted: &Posted) -> (RequestForm, Option<Date>) {
        let (due, day) = datebox(posted, "frist");
        let form = RequestForm {
            blocks: self.blocks(),
            text: text(posted, "anliegen"),
            papers: text(posted, "unterlagen"),
            due,
            text_error: None,
            due_error: None,
        };
        (form, day)
    }

    /// Reads a verdict; what lacks something comes back with the words for it.
    fn verdict(&self, posted: &Posted) -> Result<(Verdict, Typed), Box<Typed>> {
        let t = self.t();
        let reason = text(posted, "grund");
        match posted.get("antwort").unwrap_or_default() {
            "bestaetigen" => Ok((Verdict::Confirm { reason }, Typed::default())),
            "freigeben" => Ok((
                Verdict::Release { reason: reason.clone() },
                Typed {
                    reason,
                    ..Typed::default()
                },
            )),
            "zurueckgeben" => {
                let typed = Typed {
                    reason_error: reason.is_empty().then(|| t.task_return_reason_missing.to_owned()),
                    reason: reason.clone(),
                    ..Typed::default()
                };
                if typed.wrong() {
                    Err(Box::new(typed))
                } else {
                    Ok((Verdict::Return { reason }, typed))
                }
            }
            "nachfordern" => {
                let (mut form, due) = self.request(posted);
                if form.text.is_empty() {
                    form.text_error = Some(t.task_ask_text_missing.to_owned());
                }
                if due.is_none() {
                    form.due_error = Some(t.task_ask_due_wrong.to_owned());
                }
                let papers = form.papers.lines().map(str::to_owned).collect();
                let text = form.text.clone();
                let typed = Typed {
                    request: Some(form),
                    ..Typed::default()
                };
                match due {
                    Some(due) if !typed.wrong() => Ok((Verdict::RequestPapers { text, papers, due }, typed)),
                    _ => Err(Box::new(typed)),
                }
            }
            _ => {
                let (corrections, mut typed) = self.corrections(posted);
                if typed.reason.is_empty() {
                    typed.reason_error = Some(t.task_reason_missing.to_owned());
                }
                if corrections.is_empty() && typed.problems.is_empty() {
                    typed.general = Some(t.task_nothing_changed.to_owned());
                }
                let reason = typed.reason.clone();
                if typed.wrong() {
                    Err(Box::new(typed))
                } else {
                    Ok((Verdict::Correct { reason, corrections }, typed))
                }
            }
        }
    }

    /// What the corrections would lead to, to be looked at before it is confirmed.
    async fn preview(
        &self,
        task: TaskId,
        corrections: &Map<String, Value>,
        posted: &Posted,
    ) -> Result<Preview, CaseError> {
        let (t, labels) = (self.t(), Labels::of(self.package));
        let (authority, case) = (self.opened.authority, self.opened.case);
        let would = self
            .state
            .cases
            .preview(self.actor, authority, case, task, corrections)
            .await?;
        let old = correctable(self.package, &self.opened);
        let changes = corrections.iter().map(|(name, corrected)| {
            let submitted = old.iter().find(|item| item.name == *name).map(|item| item.now.clone());
            let one = Change {
                name: name.clone(),
                submitted: submitted.unwrap_or(Value::Null),
                corrected: corrected.clone(),
            };
            change(t, &labels, &one)
        });
        let before = self
            .opened
            .decision
            .as_ref()
            .map_or(&Value::Null, |decision| &decision.value);
        let carried = posted
            .fields
            .iter()
            .filter(|(name, _)| name != "version" && name != "antwort");
        Ok(Preview {
            changes: changes.collect(),
            results: differences(t, &labels, before, &would.value),
            carried: carried.cloned().collect(),
        })
    }

    /// Somebody was first: says who, and gives back what was typed. While the task is still open, the form is filled with it again.
    fn overtaken(&self, posted: &Posted) -> Response {
        let t = self.t();
        let same = posted.get("schritt").is_none_or(|step| {
            self.opened
                .task
                .as_ref()
                .is_some_and(|task| task.task.to_string() == step)
        });
        let again = self.task().is_some() && same;
        let last = self.opened.done.last().filter(|_| !again);
        let what = last.map_or_else(
            || t.task_overtaken_changed.to_owned(),
            |done| {
                let words = fill(t.task_overtaken, "who", &done.by);
                let words = fill(&words, "what", verdict(t, done.verdict));
                fill(&words, "time", done.at.german())
            },
        );
        let shown = [
            ("grund", t.task_reason),
            ("anliegen", t.task_ask_text),
            ("unterlagen", t.task_ask_papers),
        ];
        let words = shown.into_iter().filter_map(|(name, label)| {
            let typed = text(posted, name);
            (!typed.is_empty()).then(|| Fact {
                key: label.to_owned(),
                lines: typed.lines().map(str::to_owned).collect(),
            })
        });
        let mut facts: Vec<Fact> = words.collect();
        let labels = Labels::of(self.package);
        let (changed, corrections) = self.corrections(posted);
        if posted.fields.iter().any(|(name, _)| name == "grund") {
            facts.extend(
                changed
                    .iter()
                    .map(|(name, value)| Fact::new(labels.name(name), labels.answer(t, name, value))),
            );
        }
        let asked = posted.get("antwort") == Some("nachfordern");
        let typed = if again {
            Typed {
                request: asked.then(|| self.request(posted).0),
                problems: BTreeMap::new(),
                values: if asked { BTreeMap::new() } else { corrections.values },
                reason: corrections.reason,
                ..Typed::default()
            }
        } else {
            Typed::default()
        };
        self.page(Typed {
            overtaken: Some(Overtaken {
                what,
                typed: if again { Vec::new() } else { facts },
                again,
            }),
            ..typed
        })
    }
}

/// So many days later; the day itself where the calendar ends.
fn days_after(day: Date, days: i64) -> Date {
    let later = wegfrei_model::Timestamp::start_of_day(day).saturating_add(std::time::Duration::from_secs(
        days.unsigned_abs() * 24 * 3600 + 12 * 3600,
    ));
    later.date()
}

/// A text of a form, trimmed and with the line ends of this house.
fn text(posted: &Posted, name: &str) -> String {
    let typed = posted.get(name).unwrap_or_default().replace("\r\n", "\n");
    typed.trim().chars().take(LONG).collect()
}

/// `GET /amt/vorgang/{authority}/{case}/aufgabe`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(question) => return Ok(question),
    };
    if desk.task().is_none() {
        return Ok(Redirect::to(&desk.base()).into_response());
    }
    Ok(desk.page(Typed::default()))
}

/// `POST /amt/vorgang/{authority}/{case}/aufgabe`
pub(crate) async fn answer(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let version = posted.version()?;
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(question) => return Ok(question),
    };
    let Some((task, _)) = desk.task().filter(|_| desk.opened.version == version) else {
        return Ok(desk.overtaken(&posted));
    };
    let (verdict, typed) = match desk.verdict(&posted) {
        Ok(read) => read,
        Err(typed) => return Ok(desk.page(*typed)),
    };
    if let (Some("ansehen"), Verdict::Correct { corrections, .. }) = (posted.get("antwort"), &verdict) {
        return match desk.preview(task, corrections, &posted).await {
            Ok(preview) => Ok(desk.page(Typed {
                preview: Some(preview),
                ..typed
            })),
            Err(CaseError::Verdict(words)) => Ok(desk.page(Typed {
                general: Some(words),
                ..typed
            })),
            Err(CaseError::Stale) => Ok(desk.overtaken(&posted)),
            Err(error) => Err(error.into()),
        };
    }
    let result = match &verdict {
        Verdict::Confirm { .. } => "bestaetigt",
        Verdict::Correct { .. } => "korrigiert",
        Verdict::RequestPapers { .. } => "nachgefordert",
        Verdict::Release { .. } => "freigegeben",
        Verdict::Return { .. } | Verdict::Supply { .. } => "zurueckgegeben",
    };
    let (authority, case) = (desk.opened.authority, desk.opened.case);
    match state
        .cases
        .complete_task(desk.actor, authority, case, task, version, verdict)
        .await
    {
        Ok(()) => {
            let to = format!("{}/entschieden?ergebnis={result}", desk.base());
            Ok(Redirect::to(&to).into_response())
        }
        Err(CaseError::Verdict(words)) => Ok(desk.page(Typed {
            general: Some(words),
            ..typed
        })),
        // Between opening and deciding somebody was first.
        Err(CaseError::Stale) => match Desk::open(&state, &visit, &path).await? {
            Ok(now) => Ok(now.overtaken(&posted)),
            Err(question) => Ok(question),
        },
        Err(error) => Err(error.into()),
    }
}

fn no_letter(visit: &Visit, status: StatusCode, why: &str) -> Response {
    let f = &visit.frame;
    let title = f.t.task_no_draft;
    Framing::Held.mark(page(status, &NoLetter { f, title, why }))
}

/// `GET /amt/vorgang/{authority}/{case}/aufgabe/entwurf`: what stands in the frame before a letter was asked for. Opens nothing.
pub(crate) async fn draft_shown(visit: Visit, Path(path): Path<CasePath>) -> Result<Response, Problem> {
    visit.official()?;
    path.ids()?;
    let f = &visit.frame;
    let (title, why) = (f.t.task_draft, f.t.task_draft_lead);
    Ok(Framing::Held.mark(ok(&NoLetter { f, title, why })))
}

/// `POST /amt/vorgang/{authority}/{case}/aufgabe/entwurf`: the letter as it would go out, in the frame of the page. Writes nothing.
pub(crate) async fn draft(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let t = visit.frame.t;
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(_) => return Ok(no_letter(&visit, StatusCode::CONFLICT, t.task_no_draft_now)),
    };
    let Some((task, _)) = desk.task() else {
        return Ok(no_letter(&visit, StatusCode::CONFLICT, t.task_no_draft_now));
    };
    let verdict = match desk.verdict(&posted) {
        Ok((verdict, _)) => verdict,
        Err(typed) => {
            let words: Vec<String> = typed.errors().into_iter().map(|error| error.message).collect();
            return Ok(no_letter(&visit, StatusCode::UNPROCESSABLE_ENTITY, &words.join(" ")));
        }
    };
    let (authority, case) = (desk.opened.authority, desk.opened.case);
    match state
        .cases
        .preview_letter(desk.actor, authority, case, task, verdict)
        .await
    {
        Ok(pdf) => Ok(Framing::Held.mark(inline("application/pdf", "Entwurf.pdf", pdf.bytes))),
        Err(CaseError::Verdict(words)) => Ok(no_letter(&visit, StatusCode::UNPROCESSABLE_ENTITY, &words)),
        Err(CaseError::NotFound) => Ok(no_letter(&visit, StatusCode::NOT_FOUND, t.task_no_draft_yet)),
        Err(CaseError::Stale) => Ok(no_letter(&visit, StatusCode::CONFLICT, t.task_no_draft_now)),
        Err(error) => Err(error.into()),
    }
}

/// What the query after a decision may say.
#[derive(Deserialize, Default)]
pub(crate) struct DoneQuery {
    ergebnis: Option<String>,
}

/// `GET /amt/vorgang/{authority}/{case}/entschieden`
pub(crate) async fn decided(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<DoneQuery>,
) -> Result<Response, Problem> {
    let desk = match Desk::open(&state, &visit, &path).await? {
        Ok(desk) => desk,
        Err(question) => return Ok(question),
    };
    let t = desk.t();
    // After a review a second person may have to release; that is said instead of promising a notice.
    let release = desk.opened.task.as_ref().is_some_and(|task| task.work == Work::Release);
    let next = if release { t.done_next_release } else { t.done_next };
    let (what, next) = match query.ergebnis.as_deref() {
        Some("korrigiert") => (t.done_corrected, next),
        Some("nachgefordert") => (t.done_asked, t.done_next_asked),
        Some("freigegeben") => (t.done_released, t.done_next),
        Some("zurueckgegeben") => (t.done_returned, t.done_next_returned),
        _ => (t.done_confirmed, next),
    };
    let view = DoneView {
        case: desk.base(),
        reference: desk.opened.reference.clone(),
        what,
        next,
    };
    Ok(ok(&DonePage {
        f: &visit.frame,
        v: &view,
    }))
}
