//! Moving running cases from an older version of a package to the newest (Umstellung): looked at beforehand, done by jobs in batches so
//! that memory stays flat and a restart goes on where it was, in one recorded act, and taken back as long as nothing else has happened.
//!
//! Nothing of a case is opened for it: where a case stands is among the facts. What would need its contents stays.

mod back;
mod event;
mod from;
mod preview;
mod seen;
mod state;
mod step;
pub(crate) mod table;
mod way;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use wegfrei_identity::Action;
use wegfrei_journal::{Actor, Commit, CommitError, Expect, NewEntry, diff};
use wegfrei_model::{AuthorityId, CaseId, Timestamp};
use wegfrei_store::Value as Sql;
use wegfrei_store::jobs::{Claim, NewJob};

use crate::Cases;
use crate::error::CaseError;
use crate::jobs::ATTEMPTS;

use event::MoveEvent;
use state::{Phase, Run};

pub(crate) use from::MovedFrom;
pub use preview::{MoveChoice, MoveFitting, MoveGroup, MovePreview, OldVersion};
pub use seen::{MoveLine, MoveStanding, MoveView};
pub use table::MoveProjection;

/// Job: the next step of a move.
pub(crate) const MOVE: &str = "move";

/// Most cases moved in one commit.
const BATCH: usize = 200;

/// Cases named where many stay for one reason.
const NAMED: usize = 20;

/// What entries of a move say it is for.
const PURPOSE: &str = "Umstellung auf eine neue Fassung";

const NO_MOVES: &str = "Laufende Vorgänge stellt die Teamleitung um.";

/// What the job of a move names.
#[derive(Deserialize)]
pub(crate) struct MovePayload {
    run: u64,
}

/// The stream in which the moves of an authority take turns: whoever begins one, or takes one back, writes the next entry of it. Of two who
/// do so at once, one gets a conflict.
const TURNS: &str = "moves";

/// Somebody begins to work on cases.
const TURN: &str = "moves.turn";

/// The stream of a move.
fn name(run: u64) -> String {
    format!("move/{run}")
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("move", error)
}

/// The job of the step after this version of a move.
fn step_job(authority: AuthorityId, run: &Run) -> NewJob {
    NewJob {
        authority: authority.to_string(),
        id: format!("{MOVE}/{}/{}", run.number, run.version),
        kind: MOVE.to_owned(),
        payload: json!({ "run": run.number }).to_string(),
        run_after: 0,
        max_attempts: ATTEMPTS,
    }
}

impl Cases {
    /// Begins to move every running case of a service that works with version `from` to the newest. `by_hand` says which element of the
    /// new process stands for one of the old, by id, where the ids differ. The cases are moved by jobs, each looked at again in that
    /// moment; what cannot move stays and the move says why ([`Cases::case_move`]). Returns its number.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for anybody but a team lead of the authority, and outside of their services; [`CaseError::Input`] when no case
    /// can move, nothing is to be moved, or another move is not done yet.
    pub async fn start_move(
        &self,
        actor: &Actor,
        service: &str,
        from: &str,
        by_hand: BTreeMap<String, String>,
    ) -> Result<u64, CaseError> {
        let authority = self.may_move(actor, service)?;
        let way = self.way(authority, service, from, &by_hand);
        let way = way.map_err(|reasons| CaseError::Input(reasons.join(" ")))?;
        let count = self.count_of(authority, service, from).await?;
        if count == 0 {
            return Err(CaseError::Input(format!(
                "Mit der Fassung {from} läuft kein Vorgang mehr: Es gibt nichts umzustellen."
            )));
        }
        let at = self.now();
        let turn = self.turn(authority, actor, None, at).await?;
        let sql = "SELECT run FROM case_move WHERE authority = $1 ORDER BY run DESC LIMIT 1";
        let last = self.inner.store.fetch(sql, &[Sql::Text(authority.to_string())]).await?;
        let last = last.first().map(|row| row.int("run")).transpose()?.unwrap_or_default();
        let number = u64::try_from(last).map_err(damaged)? + 1;
        let event = MoveEvent::Started {
            service: service.to_owned(),
            from: from.to_owned(),
            to: way.new.version().to_owned(),
            package: way.new.hash().to_owned(),
            by_hand,
            cases: count,
        };
        let run = Run::apply(None, number, at, actor, event.clone())?;
        let mut commit = Commit::many(authority, vec![turn, entry(None, number, at, actor, &event)?]);
        commit.rows = diff(&[], &table::rows(authority.as_str(), &run));
        commit.jobs = vec![step_job(authority, &run)];
        match self.inner.journal.commit(commit).await {
            Ok(_) => Ok(number),
            Err(CommitError::Conflict { .. }) => Err(busy()),
            Err(other) => Err(other.into()),
        }
    }

    /// Takes a move back, also one that is still going on: by a job, each case that has not gone on since stands again where it stood
    /// before; what has gone on stays and the move says so.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when it is being taken back already; [`CaseError::Input`] while another move is not done;
    /// [`CaseError::Refused`] for anybody but a team lead of the authority, and outside of their services.
    pub async fn take_back_move(&self, actor: &Actor, number: u64) -> Result<(), CaseError> {
        let (authority, run) = self.own_move(actor, number).await?;
        if !matches!(run.phase, Phase::Moving | Phase::Moved) {
            return Err(CaseError::Stale);
        }
        let turn = self.turn(authority, actor, Some(number), self.now()).await?;
        let (mut commit, after) = self.move_written(authority, actor, &run, vec![MoveEvent::TakingBack {}])?;
        commit.entries.push(turn);
        commit.jobs.push(step_job(authority, &after));
        match self.inner.journal.commit(commit).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict { stream, .. }) if stream == TURNS => Err(busy()),
            Err(other) => Err(other.into()),
        }
    }

    /// The entry by which it is one's turn, of the move that works already or of none. Two moves that work at the same time would wait for
    /// each other's cases, and move again what the other has just put back.
    ///
    /// # Errors
    /// [`CaseError::Input`] while another move works, whether it moves cases or takes them back.
    async fn turn(
        &self,
        authority: AuthorityId,
        actor: &Actor,
        own: Option<u64>,
        at: Timestamp,
    ) -> Result<NewEntry, CaseError> {
        // First of all: who gets a turn after this is noticed when the entry is written.
        let turns = self.inner.journal.stream(&authority, TURNS).await?;
        let sql = "SELECT run FROM case_move WHERE authority = $1 AND state IN ('moving', 'taking-back') AND run <> $2";
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Int(i64::try_from(own.unwrap_or_default()).map_err(damaged)?),
        ];
        if !self.inner.store.fetch(sql, &values).await?.is_empty() {
            return Err(busy());
        }
        Ok(NewEntry {
            stream: TURNS.to_owned(),
            expect: Expect::Version(turns.last().map_or(0, |last| last.version)),
            kind: TURN,
            actor: actor.clone(),
            purpose: PURPOSE.to_owned(),
            facts: json!({ "at": at.as_micros() }),
            sealed: None,
        })
    }

    /// The authority of a team lead who may move cases of this service.
    fn may_move(&self, actor: &Actor, service: &str) -> Result<AuthorityId, CaseError> {
        let authority = self.office_for(actor, Action::MoveCases, NO_MOVES)?;
        if self.is_theirs_to_move(actor, service)? {
            Ok(authority)
        } else {
            Err(CaseError::Refused(
                "Diese Leistung gehört nicht zu Ihren Aufgaben.".to_owned(),
            ))
        }
    }

    /// Who has a service scope moves cases of these services only.
    fn is_theirs_to_move(&self, actor: &Actor, service: &str) -> Result<bool, CaseError> {
        let mine = &self.official(actor)?.services;
        Ok(mine.is_empty() || mine.iter().any(|known| known == service))
    }

    /// A move the asking person may see and take back: of their authority, and of their services.
    async fn own_move(&self, actor: &Actor, number: u64) -> Result<(AuthorityId, Run), CaseError> {
        let authority = self.office_for(actor, Action::MoveCases, NO_MOVES)?;
        let run = self.move_of(authority, number).await?.ok_or(CaseError::NotFound)?;
        self.may_move(actor, &run.service)?;
        Ok((authority, run))
    }

    async fn move_of(&self, authority: AuthorityId, number: u64) -> Result<Option<Run>, CaseError> {
        let entries = self.inner.journal.stream(&authority, &name(number)).await?;
        Run::fold(number, &entries)
    }

    /// Running cases of a version, so many and after one of them, by id.
    async fn running_of(
        &self,
        authority: AuthorityId,
        (service, version): (&str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<CaseId>, CaseError> {
        let sql = "SELECT case_id FROM case_file WHERE authority = $1 AND service = $2 AND version = $3 AND phase = 'running' \
                   AND case_id > $4 ORDER BY case_id LIMIT $5";
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Text(service.to_owned()),
            Sql::Text(version.to_owned()),
            Sql::Text(after.to_owned()),
            Sql::Int(i64::try_from(limit).map_err(damaged)?),
        ];
        let rows = self.inner.store.fetch(sql, &values).await?;
        rows.iter()
            .map(|row| CaseId::parse(row.text("case_id")?).map_err(damaged))
            .collect()
    }

    async fn count_of(&self, authority: AuthorityId, service: &str, version: &str) -> Result<u64, CaseError> {
        let sql = "SELECT COUNT(*) AS cases FROM case_file WHERE authority = $1 AND service = $2 AND version = $3 \
                   AND phase = 'running'";
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Text(service.to_owned()),
            Sql::Text(version.to_owned()),
        ];
        let rows = self.inner.store.fetch(sql, &values).await?;
        let row = rows.first().ok_or_else(|| damaged("nothing was counted"))?;
        u64::try_from(row.int("cases")?).map_err(damaged)
    }

    /// Events of a move, with the rows that follow from them.
    fn move_written(
        &self,
        authority: AuthorityId,
        actor: &Actor,
        run: &Run,
        events: Vec<MoveEvent>,
    ) -> Result<(Commit, Run), CaseError> {
        let at = self.now();
        let (mut after, mut entries) = (run.clone(), Vec::with_capacity(events.len()));
        for event in events {
            entries.push(entry(Some(&after), run.number, at, actor, &event)?);
            after = Run::apply(Some(after), run.number, at, actor, event)?;
        }
        let mut commit = Commit::many(authority, entries);
        let (before, now) = (
            table::rows(authority.as_str(), run),
            table::rows(authority.as_str(), &after),
        );
        commit.rows = diff(&before, &now);
        Ok((commit, after))
    }

    /// The next step of a move: one batch of cases moved or taken back.
    pub(crate) async fn move_on(
        &self,
        authority: AuthorityId,
        payload: &MovePayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let run = self.move_of(authority, payload.run).await?;
        let run = run.ok_or_else(|| CaseError::story("a job for an unknown move"))?;
        // A job of a step that was done before, by somebody whose lease had ended, or that was overtaken by taking the move back.
        if done.id != step_job(authority, &run).id {
            return self.drop_job(done).await;
        }
        match run.phase {
            Phase::Moving => self.move_batch(authority, run, done).await,
            Phase::TakingBack => self.take_back_batch(authority, run, done).await,
            Phase::Moved | Phase::TakenBack => self.drop_job(done).await,
        }
    }
}

fn entry(
    before: Option<&Run>,
    number: u64,
    at: Timestamp,
    actor: &Actor,
    event: &MoveEvent,
) -> Result<NewEntry, CaseError> {
    Ok(NewEntry {
        stream: name(number),
        expect: Expect::Version(before.map_or(0, |run| run.version)),
        kind: event.kind(),
        actor: actor.clone(),
        purpose: PURPOSE.to_owned(),
        facts: event.facts(at)?,
        sealed: None,
    })
}

fn busy() -> CaseError {
    CaseError::Input(
        "Es läuft gerade eine andere Umstellung. Bitte warten Sie, bis sie fertig ist, oder nehmen Sie sie zurück."
            .to_owned(),
    )
}
