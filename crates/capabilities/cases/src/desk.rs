//! The desk: what caseworkers see and decide. A list names no contents; contents open only with a recorded purpose.

use serde_json::{Map, Value};
use wegfrei_forms::{Field, Item, Kind};
use wegfrei_identity::{Action, Purpose, Resource, Verdict as Ruling};
use wegfrei_journal::{Access, Actor, Entry, KeyId, access_stream};
use wegfrei_model::{AuthorityId, CaseId, TaskId, Timestamp};
use wegfrei_packages::Package;
use wegfrei_process::{Input, State};

use crate::advance::{DecisionRecord, Runner};
use crate::error::CaseError;
use crate::event::{Event, VerdictKind};
use crate::file::{Act, Loaded, Plan, commit};
use crate::state::Phase;
use crate::view::{CaseView, DecisionView, DoneTask, TaskView, TimelineItem, Verdict};
use crate::{Cases, context, tables};

/// Longest reason, in characters.
const MOST_REASON: usize = 4000;

/// What a verdict leaves sealed in the journal.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct VerdictRecord {
    pub reason: String,
    #[serde(default)]
    pub corrections: Map<String, Value>,
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("desk", error)
}

impl Cases {
    /// Opens a case at the desk. The opening is recorded with person and purpose before anything is shown; a refusal too.
    ///
    /// # Errors
    /// [`CaseError::Refused`] outside one's competence.
    pub async fn open_case(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<CaseView, CaseError> {
        let loaded = self.load(authority, case).await?;
        let access = self
            .access(actor, authority, &loaded.state, Action::OpenCase, purpose)
            .await?;
        let state = &loaded.state;
        let (package, _) = self.package_of(authority, state)?;
        let sealed = loaded.sealed(state.form_entry)?.typed::<Value>(context(case, "form"));
        let application = sealed.open(&access).map_err(damaged)?;
        let record = self.decision_record(&loaded, &access)?;
        let facts = record
            .as_ref()
            .and_then(|record| record.inputs.get("antrag"))
            .cloned()
            .unwrap_or(Value::Null);
        let task = state.open_task().map(|task| TaskView {
            task: task.id,
            name: task.name.clone(),
            opened_at: task.opened_at,
            holder: task.assigned_to.as_deref().map(|id| self.colleague(authority, id)),
            correctable: package
                .correctable()
                .iter()
                .map(|name| (name.clone(), facts.get(name).cloned().unwrap_or(Value::Null)))
                .collect(),
        });
        Ok(CaseView {
            case,
            authority,
            service: state.service.clone(),
            reference: state.reference.clone().unwrap_or_default(),
            status: tables::status(state),
            submitted_at: state.submitted_at.unwrap_or(state.created_at),
            application,
            papers: self.paper_views(&loaded, &access)?,
            decision: record.map(|record| DecisionView {
                value: record.value,
                explanation: record.explanation,
                inputs: record.inputs,
                automatic: state.automatic.unwrap_or(false),
            }),
            task,
            done: self.done_tasks(&loaded, &access)?,
            notices: self.notices_of(authority, case).await?,
            timeline: self.timeline(&loaded),
            version: state.stream_version,
        })
    }

    fn decision_record(&self, loaded: &Loaded, access: &Access) -> Result<Option<DecisionRecord>, CaseError> {
        let Some(version) = loaded.state.decision_entry else {
            return Ok(None);
        };
        let sealed = loaded
            .sealed(version)?
            .typed::<DecisionRecord>(context(loaded.state.id, "decision"));
        sealed.open(access).map(Some).map_err(damaged)
    }

    fn done_tasks(&self, loaded: &Loaded, access: &Access) -> Result<Vec<DoneTask>, CaseError> {
        let mut done = Vec::new();
        for entry in loaded.entries.iter().filter(|entry| entry.kind == "task.completed") {
            let (at, event) = Event::read(entry)?;
            let Event::TaskCompleted { task, verdict } = event else {
                continue;
            };
            let sealed = loaded
                .sealed(entry.version)?
                .typed::<VerdictRecord>(context(loaded.state.id, "verdict"));
            let record = sealed.open(access).map_err(damaged)?;
            let name = loaded
                .state
                .tasks
                .iter()
                .find(|known| known.id == task)
                .map(|known| known.name.clone());
            done.push(DoneTask {
                name: name.unwrap_or_default(),
                by: self.who(&entry.actor, None),
                at,
                verdict,
                reason: record.reason,
                corrections: Value::Object(record.corrections),
            });
        }
        Ok(done)
    }

    fn timeline(&self, loaded: &Loaded) -> Vec<TimelineItem> {
        let submitted = loaded
            .entries
            .iter()
            .position(|entry| entry.kind == "case.submitted")
            .unwrap_or_default();
        let shown = loaded
            .entries
            .iter()
            .skip(submitted)
            .filter(|entry| entry.kind != "process.advanced");
        shown
            .map(|entry| TimelineItem {
                time: entry.time,
                kind: entry.kind.clone(),
                who: self.who(&entry.actor, None),
                to: self.assigned_in(entry),
                seq: entry.seq,
            })
            .collect()
    }

    /// To whom an entry gave a task.
    fn assigned_in(&self, entry: &Entry) -> Option<String> {
        match Event::read(entry) {
            Ok((_, Event::TaskAssigned { to: Some(to), .. })) => Some(self.colleague(entry.authority, &to).name),
            _ => None,
        }
    }

    /// Confirms or corrects the open task of a case; `version` is the one the page was built from.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when somebody else was first; [`CaseError::Verdict`] when the reason or a correction is not acceptable.
    pub async fn complete_task(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: CaseId,
        task: TaskId,
        version: u64,
        verdict: Verdict,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        let access = self
            .access(actor, authority, state, Action::Decide, Purpose::CaseWork)
            .await?;
        let open = state
            .open_task()
            .filter(|open| open.id == task)
            .ok_or(CaseError::Stale)?;
        if state.stream_version != version || state.phase != Phase::Running {
            return Err(CaseError::Stale);
        }
        let (package, adoption) = self.package_of(authority, state)?;
        let sealed = loaded.sealed(state.form_entry)?.typed::<Value>(context(case, "form"));
        let application = sealed.open(&access).map_err(damaged)?;
        let before = self.decision_record(&loaded, &access)?;
        let mut facts = before
            .as_ref()
            .and_then(|record| record.inputs.get("antrag").cloned())
            .unwrap_or_else(|| package.facts(&application));
        let (kind, record) = weigh(verdict, package.correctable())?;
        right_kind(package, &record.corrections)?;
        if let Some(object) = facts.as_object_mut() {
            object.extend(record.corrections.clone());
        }
        let process: State = state
            .process
            .clone()
            .ok_or_else(|| CaseError::story("task without a process"))
            .and_then(|stored| serde_json::from_value(stored).map_err(damaged))?;
        let token = process
            .tokens
            .iter()
            .find(|token| token.element == open.element)
            .map(|token| token.id);
        let token = token.ok_or_else(|| CaseError::story("task without a token"))?;
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let mut plan = Plan::default();
        let sealed = sealing.seal(context(case, "verdict"), &record).map_err(damaged)?;
        plan.push_sealed(Event::TaskCompleted { task, verdict: kind }, sealed.into_bytes());
        let now = self.now();
        let reference = state.reference.clone().unwrap_or_default();
        let runner = Runner {
            catalogue: &self.inner.catalogue,
            package,
            adoption,
            ambient: &self.inner.ambient,
            sealing: &sealing,
            authority,
            case,
            reference: &reference,
            check_url: &self.inner.check_url,
            now,
            stage: "task",
            application: &application,
            facts,
            correction: (kind == VerdictKind::Corrected).then_some(record.reason.as_str()),
            decision: before,
        };
        let input = Input::Complete {
            element: open.element.clone(),
            token,
        };
        runner.step(&process, &input, &mut plan)?;
        let act = Act {
            actor,
            purpose: Purpose::CaseWork.german(),
            at: now,
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// When a case was opened, by whom and what for: the records of one case, for the data-protection officer. No contents.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that may not read records.
    pub async fn case_records(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Vec<(Timestamp, String, String, bool)>, CaseError> {
        let resource = Resource::Authority(authority);
        if let Ruling::Refuse(_) = self.inner.policies.decide(actor, Action::ReadRecords, &resource, None) {
            return Err(CaseError::Refused(
                "Ihre Rolle darf keine Zugriffsprotokolle lesen.".to_owned(),
            ));
        }
        let key = KeyId::case(case);
        let entries = self.inner.journal.stream(&authority, &access_stream(&key)).await?;
        Ok(entries
            .iter()
            .map(|entry| {
                (
                    entry.time,
                    self.who(&entry.actor, None),
                    entry.purpose.clone(),
                    entry.kind == "access.granted",
                )
            })
            .collect())
    }
}

/// Checks a verdict: a correction needs a reason and may touch only what the package allows.
fn weigh(verdict: Verdict, correctable: &[String]) -> Result<(VerdictKind, VerdictRecord), CaseError> {
    let refuse = |text: &str| Err(CaseError::Verdict(text.to_owned()));
    let (kind, reason, corrections) = match verdict {
        Verdict::Confirm { reason } => (VerdictKind::Confirmed, reason, Map::new()),
        Verdict::Correct { reason, corrections } => (VerdictKind::Corrected, reason, corrections),
    };
    if reason.chars().count() > MOST_REASON {
        return refuse("Die Begründung ist zu lang. Bitte kürzen Sie sie auf höchstens 4000 Zeichen.");
    }
    if kind == VerdictKind::Corrected {
        if reason.trim().is_empty() {
            return refuse("Bitte begründen Sie die Korrektur.");
        }
        if corrections.is_empty() {
            return refuse(
                "Sie haben nichts geändert. Bitte ändern Sie eine Angabe oder bestätigen Sie den Vorschlag.",
            );
        }
        if let Some(name) = corrections.keys().find(|name| !correctable.contains(name)) {
            return Err(CaseError::Verdict(format!(
                "Die Angabe „{name}“ kann hier nicht geändert werden."
            )));
        }
    }
    Ok((
        kind,
        VerdictRecord {
            reason: reason.trim().to_owned(),
            corrections,
        },
    ))
}

/// A corrected value must be of the kind its form field holds, whatever door it came through: decisions rely on it.
fn right_kind(package: &Package, corrections: &Map<String, Value>) -> Result<(), CaseError> {
    let inputs = &package.manifest().inputs;
    for (name, value) in corrections {
        let input = inputs.iter().find(|input| input.name == *name);
        let pages = package.form().pages().iter();
        let field = input.and_then(|input| {
            pages
                .map(|page| &page.items)
                .find_map(|items| field(items, &input.field))
        });
        if !field.is_some_and(|field| holds(&field.kind, field.required, value)) {
            return Err(CaseError::Verdict(format!(
                "Der neue Wert der Angabe „{name}“ hat nicht die Form, die das Formular verlangt."
            )));
        }
    }
    Ok(())
}

fn field<'f>(items: &'f [Item], name: &str) -> Option<&'f Field> {
    items.iter().find_map(|item| match item {
        Item::Field(field) => (field.id == name || field.path == name).then_some(&**field),
        Item::Group(group) => field(&group.items, name),
    })
}

fn holds(kind: &Kind, required: bool, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::Null) => !required,
        (Kind::Bool, value) => value.is_boolean(),
        (Kind::Integer { .. } | Kind::Currency { .. }, value) => value.is_i64(),
        (Kind::Number { .. }, value) => value.is_number(),
        (Kind::Date { .. }, Value::String(text)) => text.parse::<wegfrei_model::Date>().is_ok(),
        (Kind::Select { options, .. }, Value::String(text)) => {
            options.is_empty() || options.iter().any(|option| option.value == *text)
        }
        (Kind::Text { .. } | Kind::Time, value) => value.is_string(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn verdicts() {
        fn check(verdict: Verdict, expected: Result<VerdictKind, &str>) {
            match (weigh(verdict, &["gefaehrlich".to_owned()]), expected) {
                (Ok((kind, _)), Ok(expected)) => assert_eq!(kind, expected),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (result, expected) => panic!("{result:?} instead of {expected:?}"),
            }
        }
        let corrections = |name: &str| Map::from_iter([(name.to_owned(), json!(true))]);
        check(Verdict::Confirm { reason: String::new() }, Ok(VerdictKind::Confirmed));
        check(
            Verdict::Confirm {
                reason: "x".repeat(4001),
            },
            Err("zu lang"),
        );
        let correct = |reason: &str, corrections| Verdict::Correct {
            reason: reason.to_owned(),
            corrections,
        };
        check(
            correct("Ausweis gesehen", corrections("gefaehrlich")),
            Ok(VerdictKind::Corrected),
        );
        check(correct("  ", corrections("gefaehrlich")), Err("begründen"));
        check(correct("Grund", Map::new()), Err("nichts geändert"));
        check(correct("Grund", corrections("satz")), Err("satz"));
    }
}
