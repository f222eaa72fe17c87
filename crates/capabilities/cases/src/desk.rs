//! The desk: what caseworkers see and decide. A list names no contents; contents open only with a recorded purpose.

use serde_json::{Map, Value};
use wegfrei_identity::{Action, Purpose, Resource, Verdict as Ruling};
use wegfrei_journal::{Access, Actor, KeyId, access_stream};
use wegfrei_model::{AuthorityId, CaseId, TaskId, Timestamp};
use wegfrei_process::{Input, State};
use wegfrei_store::{Row, Value as Sql};

use crate::advance::{DecisionRecord, Runner};
use crate::error::CaseError;
use crate::event::{Event, VerdictKind};
use crate::file::{Act, Loaded, Plan, commit};
use crate::mine::{status, time_of};
use crate::state::Phase;
use crate::view::{CaseView, DecisionView, DoneTask, Page, TaskView, TimelineItem, Verdict, WorkItem, WorklistFilter};
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

fn office(actor: &Actor) -> Result<AuthorityId, CaseError> {
    match actor {
        Actor::Staff { authority, .. } => Ok(*authority),
        Actor::Person(_) | Actor::System(_) => Err(CaseError::Refused("Nur für Mitarbeitende.".to_owned())),
    }
}

/// `<micros>.<id>` of the last row of a page.
fn cursor(after: Option<&str>, newest_first: bool) -> Result<(i64, String), CaseError> {
    match after {
        None if newest_first => Ok((i64::MAX, "~".to_owned())),
        None => Ok((i64::MIN, String::new())),
        Some(text) => {
            let (time, id) = text.split_once('.').ok_or(CaseError::NotFound)?;
            Ok((time.parse().map_err(|_| CaseError::NotFound)?, id.to_owned()))
        }
    }
}

impl Cases {
    /// One page of the worklist of the asking person's authority.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles without a worklist.
    pub async fn worklist(
        &self,
        actor: &Actor,
        filter: WorklistFilter,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Page<WorkItem>, CaseError> {
        let authority = office(actor)?;
        let ruling = self
            .inner
            .policies
            .decide(actor, Action::ReadWorklist, &Resource::Authority(authority), None);
        if let Ruling::Refuse(_) = ruling {
            return Err(CaseError::Refused("Ihre Rolle hat keine Vorgangsliste.".to_owned()));
        }
        let limit = limit.clamp(1, 200);
        let newest_first = filter != WorklistFilter::Open;
        let (time, id) = cursor(after, newest_first)?;
        let shard = Sql::Text(authority.to_string());
        let (time, id, more) = (
            Sql::Int(time),
            Sql::Text(id),
            Sql::Int(i64::try_from(limit).unwrap_or(200) + 1),
        );
        let rows = match filter {
            WorklistFilter::Open => {
                let sql = "SELECT task_id AS id, task_id, case_id, reference, service, name, opened_at AS since, \
                           'in-review' AS status FROM case_task WHERE authority = $1 AND open = 1 \
                           AND (opened_at > $2 OR (opened_at = $2 AND task_id > $3)) \
                           ORDER BY opened_at, task_id LIMIT $4";
                self.inner.store.fetch(sql, &[shard, time, id, more]).await?
            }
            WorklistFilter::MineDone => {
                let sql = "SELECT t.task_id AS id, t.task_id, t.case_id, t.reference, t.service, t.name, \
                           t.done_at AS since, c.status FROM case_task t \
                           JOIN case_file c ON c.authority = t.authority AND c.case_id = t.case_id \
                           WHERE t.authority = $1 AND t.done_by = $5 \
                           AND (t.done_at < $2 OR (t.done_at = $2 AND t.task_id < $3)) \
                           ORDER BY t.done_at DESC, t.task_id DESC LIMIT $4";
                self.inner
                    .store
                    .fetch(sql, &[shard, time, id, more, Sql::Text(actor.to_string())])
                    .await?
            }
            WorklistFilter::All => {
                let sql = "SELECT case_id AS id, case_id, reference, service, waiting AS name, \
                           submitted_at AS since, status FROM case_file WHERE authority = $1 \
                           AND (submitted_at < $2 OR (submitted_at = $2 AND case_id < $3)) \
                           ORDER BY submitted_at DESC, case_id DESC LIMIT $4";
                self.inner.store.fetch(sql, &[shard, time, id, more]).await?
            }
        };
        let most = usize::try_from(limit).unwrap_or(200);
        let next = match rows.get(most.saturating_sub(1)) {
            Some(last) if rows.len() > most => Some(format!("{}.{}", last.int("since")?, last.text("id")?)),
            _ => None,
        };
        let with_task = filter != WorklistFilter::All;
        let items = rows
            .iter()
            .take(most)
            .map(|row| work_item(row, with_task))
            .collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

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
                seq: entry.seq,
            })
            .collect()
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
            .unwrap_or_else(|| package.facts(&application, state.submitted_at.unwrap_or_else(|| self.now()).date()));
        let (kind, record) = weigh(verdict, package.correctable())?;
        for (name, value) in &record.corrections {
            package.check_correction(name, value).map_err(CaseError::Verdict)?;
        }
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

fn work_item(row: &Row, with_task: bool) -> Result<WorkItem, CaseError> {
    let task = if with_task {
        Some(TaskId::parse(row.text("task_id")?).map_err(damaged)?)
    } else {
        None
    };
    Ok(WorkItem {
        case: CaseId::parse(row.text("case_id")?).map_err(damaged)?,
        task,
        reference: row.opt_text("reference")?.unwrap_or_default().to_owned(),
        service: row.text("service")?.to_owned(),
        name: row.text("name")?.lines().next().unwrap_or_default().to_owned(),
        since: time_of(row, "since")?,
        status: status(row.text("status")?),
    })
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
