//! Loading and changing one case: fold the stream, plan events, write them with the rows that follow from them.

use wegfrei_journal::{Actor, Commit, Entry, Expect, KeyId, NewBlob, NewEntry, NewKey, SealedBytes};
use wegfrei_model::{AuthorityId, CaseId, Timestamp};
use wegfrei_store::jobs::{Claim, NewJob};

use crate::error::CaseError;
use crate::event::{Event, stream};
use crate::state::{CaseState, Step};
use crate::tables;

/// A case with the entries it was folded from.
pub(crate) struct Loaded {
    pub state: CaseState,
    pub entries: Vec<Entry>,
}

impl Loaded {
    /// The sealed part of the entry at a stream version (from 1).
    pub fn sealed(&self, version: u64) -> Result<SealedBytes, CaseError> {
        let index = usize::try_from(version).unwrap_or(usize::MAX).checked_sub(1);
        let entry = index.and_then(|index| self.entries.get(index));
        entry
            .and_then(|entry| entry.sealed.clone())
            .ok_or_else(|| CaseError::story("sealed part missing"))
    }
}

/// Folds a whole stream; `None` when it is empty.
pub(crate) fn fold(id: CaseId, entries: &[Entry]) -> Result<Option<CaseState>, CaseError> {
    let mut state = None;
    for entry in entries {
        state = Some(step(id, state, entry)?);
    }
    Ok(state)
}

/// Folds one entry.
pub(crate) fn step(id: CaseId, state: Option<CaseState>, entry: &Entry) -> Result<CaseState, CaseError> {
    let (at, event) = Event::read(entry)?;
    let key = entry.sealed.as_ref().map(SealedBytes::key_id);
    let step = Step {
        version: entry.version,
        at,
        actor: &entry.actor,
        key: key.as_ref(),
        event: &event,
    };
    CaseState::apply(state, id, &step)
}

/// An event that is about to be written.
#[derive(Debug)]
pub(crate) struct Planned {
    pub event: Event,
    pub sealed: Option<SealedBytes>,
}

/// Everything one command wants to write to one case.
#[derive(Default)]
pub(crate) struct Plan {
    pub events: Vec<Planned>,
    pub keys: Vec<NewKey>,
    pub destroy: Vec<KeyId>,
    pub blobs: Vec<NewBlob>,
    pub jobs: Vec<NewJob>,
    pub done_jobs: Vec<Claim>,
}

impl Plan {
    pub fn push(&mut self, event: Event) {
        self.events.push(Planned { event, sealed: None });
    }

    pub fn push_sealed(&mut self, event: Event, sealed: SealedBytes) {
        self.events.push(Planned {
            event,
            sealed: Some(sealed),
        });
    }
}

/// Who writes, for what, and when.
pub(crate) struct Act<'a> {
    pub actor: &'a Actor,
    pub purpose: &'a str,
    pub at: Timestamp,
}

/// Turns a plan into a commit: entries with expected versions, and the difference of the rows before and after.
pub(crate) fn commit(
    authority: AuthorityId,
    id: CaseId,
    before: Option<&CaseState>,
    act: &Act<'_>,
    plan: Plan,
) -> Result<(Commit, CaseState), CaseError> {
    let base = before.map_or(0, |state| state.stream_version);
    let rows_before = before.map(|state| tables::rows(authority, state)).unwrap_or_default();
    let mut state = before.cloned();
    let mut entries = Vec::with_capacity(plan.events.len());
    let process = Actor::system("process");
    for (offset, Planned { event, sealed }) in (0u64..).zip(plan.events) {
        let key = sealed.as_ref().map(SealedBytes::key_id);
        let actor = if event.is_by_process() { &process } else { act.actor };
        let step = Step {
            version: base + offset + 1,
            at: act.at,
            actor,
            key: key.as_ref(),
            event: &event,
        };
        state = Some(CaseState::apply(state, id, &step)?);
        entries.push(NewEntry {
            stream: stream(&id),
            expect: Expect::Version(base + offset),
            kind: event.kind(),
            actor: actor.clone(),
            purpose: act.purpose.to_owned(),
            facts: event.facts(act.at)?,
            sealed,
        });
    }
    let state = state.ok_or_else(|| CaseError::story("a plan without events"))?;
    let kept = state.blobs();
    let dropped = before.map(CaseState::blobs).unwrap_or_default();
    let dropped = dropped.difference(&kept).map(|id| (*id).to_owned()).collect();
    let rows = wegfrei_journal::diff(&rows_before, &tables::rows(authority, &state));
    let commit = Commit {
        authority,
        entries,
        rows,
        keys: plan.keys,
        destroy: plan.destroy,
        blobs: plan.blobs,
        dropped,
        jobs: plan.jobs,
        done_jobs: plan.done_jobs,
    };
    Ok((commit, state))
}
