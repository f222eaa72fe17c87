//! Opening a case for a step: its contents under an access, and the runner that works with them.

use std::collections::BTreeMap;

use serde_json::Value;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Access, Actor, SealingKey};
use wegfrei_model::{AuthorityId, CaseId, Date, PersonId};
use wegfrei_packages::{Adoption, Package};
use wegfrei_process::{Input, State};

use crate::advance::{Opened, Replaces, RequestRecord, Runner, needs_contents};
use crate::error::CaseError;
use crate::event::VerdictKind;
use crate::file::Loaded;
use crate::outgoing::Dispatched;
use crate::state::{CaseState, Phase, Task};
use crate::task::{VerdictRecord, Weighed};
use crate::{Cases, context, resident};

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("contents", error)
}

/// Where the process of a case stands.
pub(crate) fn process_of(state: &CaseState) -> Result<State, CaseError> {
    let stored = state.process.clone();
    let stored = stored.ok_or_else(|| CaseError::story("a sent case without a process"))?;
    serde_json::from_value(stored).map_err(damaged)
}

/// How the newest decision has left the house; empty while it, or one of its letters, has not.
pub(crate) fn gone_out(state: &CaseState) -> Vec<Dispatched> {
    let letters = state.main_letters();
    let gone = letters.map(|letter| state.outgoing.dispatched.get(&letter.id).copied());
    gone.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Day of the newest request, and the last day for its answer.
pub(crate) fn asked(state: &CaseState) -> Option<(Date, Date)> {
    state.requests.last().map(|request| (request.at.date(), request.due))
}

/// The token that waits at a task. Cases of earlier versions did not note it; there the element has only one.
pub(crate) fn token_of(task: &Task, process: &State) -> Result<u64, CaseError> {
    let token = process
        .tokens()
        .find(|token| token.element == task.element && task.token.is_none_or(|known| known == token.id));
    token
        .map(|token| token.id)
        .ok_or_else(|| CaseError::story("task without a token"))
}

/// Lays a verdict over the contents, as the next opening will find them.
pub(crate) fn correct(opened: &mut Opened, weighed: &Weighed) {
    if let Some(facts) = opened.facts.as_object_mut() {
        facts.extend(weighed.record.corrections.clone());
    }
    opened.amended = Package::overlay(&opened.amended, &Value::Object(weighed.record.answers.clone()));
    if weighed.kind == VerdictKind::Corrected {
        opened.verdicts.push(weighed.record.clone());
    }
    if let Some((request, _)) = &weighed.request {
        opened.request = Some(request.clone());
    }
}

impl Cases {
    /// The contents of a case.
    pub(crate) fn opened(&self, loaded: &Loaded, access: &Access, package: &Package) -> Result<Opened, CaseError> {
        let state = &loaded.state;
        let sealed = loaded
            .sealed(state.form_entry)?
            .typed::<Value>(context(state.id, "form"));
        let application = sealed.open(access).map_err(damaged)?;
        let mut facts = package.facts(&application, state.received_on());
        let mut amended = application.clone();
        let mut records = Vec::new();
        for (task, entry) in &state.verdicts {
            let sealed = loaded
                .sealed(*entry)?
                .typed::<VerdictRecord>(context(state.id, "verdict"));
            let record = sealed.open(access).map_err(damaged)?;
            if !record.answers.is_empty() {
                amended = Package::overlay(&amended, &Value::Object(record.answers.clone()));
            }
            if let Some(facts) = facts.as_object_mut() {
                facts.extend(record.corrections.clone());
            }
            if state.came_to(*task) == Some(VerdictKind::Corrected) {
                records.push(record);
            }
        }
        let request = match state.requests.last() {
            Some(request) => {
                let sealed = loaded
                    .sealed(request.entry)?
                    .typed::<RequestRecord>(context(state.id, "request"));
                Some(sealed.open(access).map_err(damaged)?)
            }
            None => None,
        };
        Ok(Opened {
            application,
            amended,
            facts,
            verdicts: records,
            decision: self.decision_record(loaded, access)?,
            request,
            paid: BTreeMap::new(),
        })
    }

    /// A runner for a case as it stands.
    pub(crate) fn runner<'a>(
        &'a self,
        authority: AuthorityId,
        (package, adoption): (&'a Package, &'a Adoption),
        sealing: &'a SealingKey,
        state: &CaseState,
        opened: Opened,
        stage: &'static str,
    ) -> Runner<'a> {
        let open = state.tasks.iter().filter(|task| task.is_open());
        Runner {
            catalogue: &self.inner.catalogue,
            package,
            adoption,
            ambient: &self.inner.ambient,
            sealing,
            authority,
            case: state.id,
            reference: state.reference.clone().unwrap_or_default(),
            check_url: &self.inner.check_url,
            now: self.now(),
            stage,
            automatic: !state.was_reviewed(),
            result: state.result,
            request: asked(state),
            tasks: open.map(|task| (task.id, task.element.clone(), task.token)).collect(),
            about: state.about,
            outgoing: state.outgoing.clone(),
            replaces: state.reopened.as_ref().and_then(|reopened| {
                let notice = state.notice(&reopened.notice)?;
                Some(Replaces::of(notice, reopened.objection))
            }),
            replaced: state.replaced.len(),
            dispatched: gone_out(state),
            passed: None,
            opened,
            letters: Vec::new(),
        }
    }

    /// The contents a step of the platform needs, opened in its own name; nothing is opened for a step that only moves on.
    pub(crate) async fn opened_by_platform(
        &self,
        name: &'static str,
        authority: AuthorityId,
        loaded: &Loaded,
        (process, input): (&State, &Input),
        result: Option<&str>,
    ) -> Result<Opened, CaseError> {
        let (package, _) = self.package_of(authority, &loaded.state)?;
        if !needs_contents(package.process(), process, input, result) {
            return Ok(Opened::default());
        }
        let actor = Actor::system(name);
        let access = self
            .access(
                &actor,
                authority,
                &loaded.state,
                Action::AdvanceProcess,
                Purpose::ProcessStep,
            )
            .await?;
        let mut opened = self.opened(loaded, &access, package)?;
        let by = (&actor, Action::AdvanceProcess, Purpose::ProcessStep);
        opened.paid = self.paid(authority, loaded, by).await?;
        Ok(opened)
    }

    /// Loads a sent case that belongs to `person`; anybody else's try is asked of the policy and thereby recorded.
    pub(crate) async fn own_case(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Loaded, CaseError> {
        let loaded = self.load(authority, case).await?;
        if loaded.state.person != person {
            let actor = resident(person);
            self.access(&actor, authority, &loaded.state, Action::ViewCase, Purpose::OwnData)
                .await?;
            return Err(CaseError::NotFound);
        }
        match loaded.state.phase {
            Phase::Draft => Err(CaseError::NotFound),
            Phase::Discarded => Err(CaseError::Discarded),
            Phase::Erased => Err(CaseError::Erased),
            Phase::Running | Phase::Closed => Ok(loaded),
        }
    }
}
