//! Reading what was posted to a task, and what is shown of it again.

use super::Desk;
use super::questions::{Asks, correctable, desk_value};
use crate::body::Posted;
use crate::texts::fill;
use crate::view::desk::{Awaited, Overtaken, Preview, RequestForm};
use crate::view::form::ErrorLink;
use crate::wire::desk::datebox;
use crate::wire::form::element_id;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wegfrei_cases::Verdict;
use wegfrei_model::Date;
use wegfrei_packages::{AmendError, Days};

/// Longest text taken back into a form.
const LONG: usize = 8_000;

/// What was changed on the page.
pub(super) struct Corrected {
    /// Single inputs and facts of the desk.
    pub facts: Map<String, Value>,
    /// Answers of the form, row by row.
    pub answers: Map<String, Value>,
    pub typed: Typed,
}

/// What a task page shows again, and what was wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub values: BTreeMap<String, Value>,
    pub problems: BTreeMap<String, String>,
    /// The form data with what was typed row by row.
    pub data: Option<Value>,
    /// What is wrong row by row, with the links to it.
    pub rows_wrong: BTreeMap<String, String>,
    pub row_links: Vec<ErrorLink>,
    /// The row that was just added.
    pub fresh: Option<String>,
    pub reason: String,
    pub reason_error: Option<String>,
    pub request: Option<RequestForm>,
    pub awaited: Option<Awaited>,
    /// Confirmed without saying that it was checked.
    pub unchecked: bool,
    pub preview: Option<Preview>,
    pub general: Option<String>,
    pub overtaken: Option<Overtaken>,
}

impl Typed {
    pub fn wrong(&self) -> bool {
        let request = self.request.as_ref();
        let mut awaited = self.awaited.iter().flat_map(|form| form.wrong());
        !self.problems.is_empty()
            || !self.rows_wrong.is_empty()
            || self.reason_error.is_some()
            || self.general.is_some()
            || self.unchecked
            || awaited.any(Option::is_some)
            || request.is_some_and(|request| request.text_error.is_some() || request.due_error.is_some())
    }

    pub fn errors(&self) -> Vec<ErrorLink> {
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
        errors.extend(self.row_links.iter().cloned());
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
        let awaited = self
            .awaited
            .iter()
            .flat_map(|form| ["#eingang", "#neue-frist", "#warum"].into_iter().zip(form.wrong()));
        errors.extend(awaited.filter_map(|(target, wrong)| wrong.as_ref().map(|message| link(target, message))));
        errors.extend(self.general.iter().map(|message| link("", message)));
        errors
    }
}

impl Desk<'_> {
    /// What was posted for the fields that may be corrected; what is as before is left out.
    pub fn corrections(&self, posted: &Posted) -> Corrected {
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
            // What nobody changed is not complained about: an answer the form did not ask for counts by its default, which may lie
            // outside of what the form takes.
            let value = match read {
                Err((value, _)) if value == item.now => value,
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
        let answers = self.answers_typed(posted, &mut typed);
        Corrected {
            facts: changed,
            answers,
            typed,
        }
    }

    /// What was typed row by row, and which answers it changes. The form's rules are asked only about a change.
    fn answers_typed(&self, posted: &Posted, typed: &mut Typed) -> Map<String, Value> {
        // A form without the rows (a request for papers) changes none of them.
        if posted.get("zeilen").is_none() {
            return Map::new();
        }
        let rows = self.rows();
        let data = rows.read(posted);
        let answers = self.package.answers_between(&self.opened.amended, &data);
        let days = Days {
            received: self.opened.submitted_at.date(),
            today: self.today(),
        };
        if !answers.is_empty() {
            match self.package.amend(&self.opened.amended, &answers, days) {
                Ok(_) => {}
                Err(AmendError::Foreign(path)) => typed.general = Some(fill(self.t().task_row_foreign, "name", path)),
                Err(AmendError::Problems(problems)) => {
                    let wrong = problems.into_iter().map(|problem| (problem.path, problem.message));
                    typed.rows_wrong = wrong.collect();
                    typed.row_links = rows.links(&data, &typed.rows_wrong);
                }
            }
        }
        typed.data = Some(data);
        answers
    }

    /// What was posted as a question to the applicant.
    pub fn request(&self, posted: &Posted) -> (RequestForm, Option<Date>) {
        let (due, day) = datebox(posted, "frist");
        let form = RequestForm {
            blocks: self.blocks(),
            text: text(posted, "anliegen"),
            papers: text(posted, "unterlagen"),
            due,
            counts: day.map(|day| self.counts(day)).unwrap_or_default(),
            text_error: None,
            due_error: None,
        };
        (form, day)
    }

    /// What was posted while the applicant is asked for something, and the new last day.
    pub fn awaited(&self, posted: &Posted) -> (Awaited, Option<Date>) {
        let (due, day) = datebox(posted, "neue-frist");
        let form = Awaited {
            came: text(posted, "eingang"),
            due,
            why: text(posted, "warum"),
            ..self.awaited_form()
        };
        (form, day)
    }

    /// Reads a verdict; what lacks something comes back with the words for it.
    pub fn verdict(&self, posted: &Posted) -> Result<(Verdict, Typed), Box<Typed>> {
        let t = self.t();
        let reason = text(posted, "grund");
        match posted.get("antwort").unwrap_or_default() {
            "bestaetigen" => Ok((Verdict::Confirm { reason }, Typed::default())),
            "eingegangen" => {
                let (mut form, _) = self.awaited(posted);
                form.came_error = form.came.is_empty().then(|| t.task_came_missing.to_owned());
                let text = form.came.clone();
                let typed = Typed {
                    awaited: Some(form),
                    ..Typed::default()
                };
                if typed.wrong() {
                    Err(Box::new(typed))
                } else {
                    Ok((Verdict::Supply { text }, typed))
                }
            }
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
                let Corrected {
                    facts: corrections,
                    answers,
                    mut typed,
                } = self.corrections(posted);
                if typed.reason.is_empty() {
                    let missing = if self.is_choice() {
                        t.task_decision_reason_missing
                    } else {
                        t.task_reason_missing
                    };
                    typed.reason_error = Some(missing.to_owned());
                }
                if corrections.is_empty() && answers.is_empty() && typed.problems.is_empty() && !self.recomputes() {
                    let confirms = self.opened.task.as_ref().is_none_or(|task| task.can_confirm);
                    let proposed = confirms && self.opened.decision.is_some();
                    let words = if proposed {
                        t.task_nothing_changed
                    } else {
                        t.task_nothing_chosen
                    };
                    typed.general = Some(words.to_owned());
                }
                let reason = typed.reason.clone();
                if typed.wrong() {
                    Err(Box::new(typed))
                } else {
                    let verdict = Verdict::Correct {
                        reason,
                        corrections,
                        answers,
                    };
                    Ok((verdict, typed))
                }
            }
        }
    }
}

/// A text of a form, trimmed and with the line ends of this house.
pub(super) fn text(posted: &Posted, name: &str) -> String {
    let typed = posted.get(name).unwrap_or_default().replace("\r\n", "\n");
    typed.trim().chars().take(LONG).collect()
}
