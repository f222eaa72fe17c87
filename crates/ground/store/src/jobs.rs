//! Work that follows from a transaction: written with it, done once, retried when it fails.
//!
//! A job is a row. It is enqueued in the transaction that makes it necessary and completed in the transaction that
//! writes its result, so both happen together. A claim is a lease: when its holder dies, the job is due again, and the
//! late holder's [`complete`] finds that the job is no longer its own. Nobody polls: [`wait`] sleeps until a commit brings
//! a job or the next one falls due. Times are microseconds since 1970 UTC and come from the caller.

use std::time::Duration;

use crate::bulk::Table;
use crate::engine::Mode;
use crate::{Migration, Row, Store, StoreError, Tx, Value};

pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    id: "store-0001",
    // due: when it may be claimed next (while claimed: when the lease ends); NULL when it is dead.
    sql: "CREATE TABLE jobs (
            authority TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            payload TEXT NOT NULL,
            due BIGINT,
            attempts BIGINT NOT NULL,
            max_attempts BIGINT NOT NULL,
            last_failure TEXT,
            PRIMARY KEY (authority, id)
          );
          CREATE INDEX jobs_due ON jobs (due)",
}];

const NEW: Table = Table {
    name: "jobs",
    key: &["authority", "id"],
    columns: &["authority", "id", "kind", "payload", "due", "attempts", "max_attempts"],
};

/// A claim is deleted by the number of its attempt too: that is what makes it a lease.
const HELD: Table = Table {
    name: "jobs",
    key: &["authority", "id", "attempts"],
    columns: &[],
};

/// The first pause after a failure; each further one doubles it.
const FIRST_PAUSE: i64 = 1_000_000;
/// The longest pause between two attempts.
const LONGEST_PAUSE: i64 = 3_600_000_000;

/// A job to be enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Whose job it is (part of the key).
    pub authority: String,
    /// Its id, unique within the authority while the job exists.
    pub id: String,
    /// What is to be done; the caller's word.
    pub kind: String,
    /// JSON with ids only, never personal data.
    pub payload: String,
    /// Not before this time, in microseconds since 1970 UTC; 0 means now.
    pub run_after: i64,
    /// After so many failed attempts (at least 1) the job is dead and waits for a person.
    pub max_attempts: u32,
}

/// One claim of a job: which job, and the how-manieth attempt. It names the lease.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// Whose job it is.
    pub authority: String,
    /// The job's id.
    pub id: String,
    /// Which attempt this is, from 1.
    pub attempt: i64,
}

/// A claimed job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The lease; [`complete`] and [`fail`] want it back.
    pub claim: Claim,
    /// What is to be done.
    pub kind: String,
    /// The JSON given when it was enqueued.
    pub payload: String,
}

/// A job that failed too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// Whose job it is.
    pub authority: String,
    /// Its id.
    pub id: String,
    /// What was to be done.
    pub kind: String,
    /// The JSON given when it was enqueued.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it failed last, as given to [`fail`].
    pub last_failure: Option<String>,
}

/// How [`fail`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// It will be due again at this time, in microseconds since 1970 UTC.
    RetryAt(i64),
    /// It was the last attempt: the job is dead until [`revive`].
    Dead,
    /// The lease had ended; somebody else has the job, or it is done.
    Lost,
}

/// Enqueues jobs with the transaction and, once it is committed, wakes those who [`wait`].
///
/// # Errors
/// [`StoreError::Conflict`] when a job with this key exists.
pub async fn enqueue(tx: &mut Tx, jobs: &[NewJob]) -> Result<(), StoreError> {
    if jobs.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<Value>> = jobs
        .iter()
        .map(|job| {
            vec![
                job.authority.as_str().into(),
                job.id.as_str().into(),
                job.kind.as_str().into(),
                job.payload.as_str().into(),
                job.run_after.into(),
                0i64.into(),
                job.max_attempts.max(1).into(),
            ]
        })
        .collect();
    tx.insert_many(&NEW, &rows).await?;
    tx.wake_after_commit();
    Ok(())
}

/// Claims up to `limit` due jobs, earliest first, until `now + lease`. A job whose last lease ran out on its last attempt
/// becomes dead instead: its holder died with it too often.
pub async fn claim(store: &Store, now: i64, lease: Duration, limit: u32) -> Result<Vec<Job>, StoreError> {
    let mut tx = store.begin_mode(Mode::Single).await?;
    tx.execute(
        "UPDATE jobs SET due = NULL, last_failure = 'the last attempt never ended' \
         WHERE due <= $1 AND attempts >= max_attempts",
        &[now.into()],
    )
    .await?;
    // The outer condition repeats the inner one: PostgreSQL checks it again after waiting for another claimer.
    let rows = tx
        .fetch(
            "UPDATE jobs SET attempts = attempts + 1, due = $2 WHERE due <= $1 AND (authority, id) IN \
             (SELECT authority, id FROM jobs WHERE due <= $1 ORDER BY due, authority, id LIMIT $3) \
             RETURNING authority, id, kind, payload, attempts",
            &[now.into(), now.saturating_add(micros(lease)).into(), limit.into()],
        )
        .await?;
    tx.commit().await?;
    rows.iter()
        .map(|row| {
            Ok(Job {
                claim: Claim {
                    authority: row.text("authority")?.to_owned(),
                    id: row.text("id")?.to_owned(),
                    attempt: row.int("attempts")?,
                },
                kind: row.text("kind")?.to_owned(),
                payload: row.text("payload")?.to_owned(),
            })
        })
        .collect()
}

/// Completes claimed jobs in the transaction that writes their results: they are gone when it commits. Gives the claims
/// that are no longer held; their results must not be committed, because somebody else does or did the work.
pub async fn complete(tx: &mut Tx, claims: &[Claim]) -> Result<Vec<Claim>, StoreError> {
    let keys: Vec<Vec<Value>> = claims
        .iter()
        .map(|claim| {
            vec![
                claim.authority.as_str().into(),
                claim.id.as_str().into(),
                claim.attempt.into(),
            ]
        })
        .collect();
    let mut held = tx
        .take_many(&HELD, &keys)
        .await?
        .iter()
        .map(claim_of)
        .collect::<Result<Vec<_>, _>>()?;
    held.sort_unstable();
    Ok(claims
        .iter()
        .filter(|claim| held.binary_search(claim).is_err())
        .cloned()
        .collect())
}

/// Gives a claimed job back as failed: due again after a pause of 1 s, 2 s, 4 s … up to an hour, or dead after its last
/// attempt. `reason` is for operators and names no person.
pub async fn fail(store: &Store, claim: &Claim, now: i64, reason: &str) -> Result<AfterFailure, StoreError> {
    let mut tx = store.begin_mode(Mode::Single).await?;
    let pause = pause(claim.attempt);
    let rows = tx
        .fetch(
            "UPDATE jobs SET last_failure = $4, \
             due = CASE WHEN attempts >= max_attempts THEN NULL ELSE CAST($5 AS BIGINT) END \
             WHERE authority = $1 AND id = $2 AND attempts = $3 AND due IS NOT NULL RETURNING due",
            &[
                claim.authority.as_str().into(),
                claim.id.as_str().into(),
                claim.attempt.into(),
                reason.into(),
                now.saturating_add(pause).into(),
            ],
        )
        .await?;
    let after = match rows.first() {
        None => AfterFailure::Lost,
        Some(row) => row.opt_int("due")?.map_or(AfterFailure::Dead, AfterFailure::RetryAt),
    };
    tx.wake_after_commit();
    tx.commit().await?;
    Ok(after)
}

/// Makes a lease run from now again; false when it had ended and the job is somebody else's or done.
pub async fn renew(store: &Store, claim: &Claim, now: i64, lease: Duration) -> Result<bool, StoreError> {
    let mut tx = store.begin_mode(Mode::Single).await?;
    let changed = tx
        .execute(
            "UPDATE jobs SET due = $4 WHERE authority = $1 AND id = $2 AND attempts = $3 AND due IS NOT NULL",
            &[
                claim.authority.as_str().into(),
                claim.id.as_str().into(),
                claim.attempt.into(),
                now.saturating_add(micros(lease)).into(),
            ],
        )
        .await?;
    tx.commit().await?;
    Ok(changed == 1)
}

/// When the next job falls due (or a lease ends), in microseconds since 1970 UTC; `None` when there is none.
pub async fn next_due(store: &Store) -> Result<Option<i64>, StoreError> {
    let rows = store.fetch("SELECT MIN(due) AS due FROM jobs", &[]).await?;
    rows.first().map_or(Ok(None), |row| row.opt_int("due"))
}

/// Waits until a job may be due: a commit of this process brought one, the next one's time has come, or `at_most` has
/// passed (for jobs of other processes). Ask [`claim`] before and after.
pub async fn wait(store: &Store, now: i64, at_most: Duration) -> Result<(), StoreError> {
    let woken = store.inner.wake.notified();
    let mut woken = std::pin::pin!(woken);
    // From here on a wake-up is kept, so nothing falls between the question and the sleep.
    woken.as_mut().enable();
    let pause = match next_due(store).await? {
        Some(due) => at_most.min(Duration::from_micros(
            u64::try_from(due.saturating_sub(now)).unwrap_or(0),
        )),
        None => at_most,
    };
    // Running out of time is an answer, not an error.
    let _ = tokio::time::timeout(pause, woken).await;
    Ok(())
}

/// Whether a job is dead: somebody has to look. False for one that waits, runs, or is done.
pub async fn is_dead(store: &Store, authority: &str, id: &str) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM jobs WHERE authority = $1 AND id = $2 AND due IS NULL";
    Ok(!store.fetch(sql, &[authority.into(), id.into()]).await?.is_empty())
}

/// The dead jobs of an authority, by id.
pub async fn dead(store: &Store, authority: &str) -> Result<Vec<DeadJob>, StoreError> {
    let rows = store
        .fetch(
            "SELECT authority, id, kind, payload, attempts, last_failure FROM jobs \
             WHERE authority = $1 AND due IS NULL ORDER BY id",
            &[authority.into()],
        )
        .await?;
    rows.iter().map(dead_job).collect()
}

/// The dead jobs of all authorities, at most so many, by authority and id.
pub async fn all_dead(store: &Store, limit: u32) -> Result<Vec<DeadJob>, StoreError> {
    let sql = "SELECT authority, id, kind, payload, attempts, last_failure FROM jobs \
               WHERE due IS NULL ORDER BY authority, id LIMIT $1";
    let rows = store.fetch(sql, &[limit.into()]).await?;
    rows.iter().map(dead_job).collect()
}

/// How many jobs of a kind wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// What is to be done.
    pub kind: String,
    /// May be claimed now.
    pub due: i64,
    /// For later, or claimed.
    pub later: i64,
    /// Dead.
    pub dead: i64,
    /// Since when the oldest due one waits, in microseconds since 1970 UTC.
    pub oldest: Option<i64>,
}

/// The jobs of all authorities by kind.
pub async fn queues(store: &Store, now: i64) -> Result<Vec<Queue>, StoreError> {
    let sql = "SELECT kind, CAST(SUM(CASE WHEN due <= $1 THEN 1 ELSE 0 END) AS BIGINT) AS due_now, \
               CAST(SUM(CASE WHEN due > $1 THEN 1 ELSE 0 END) AS BIGINT) AS later, \
               CAST(SUM(CASE WHEN due IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS dead, \
               MIN(CASE WHEN due <= $1 THEN due END) AS oldest FROM jobs GROUP BY kind ORDER BY kind";
    let rows = store.fetch(sql, &[now.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Queue {
                kind: row.text("kind")?.to_owned(),
                due: row.int("due_now")?,
                later: row.int("later")?,
                dead: row.int("dead")?,
                oldest: row.opt_int("oldest")?,
            })
        })
        .collect()
}

fn dead_job(row: &Row) -> Result<DeadJob, StoreError> {
    Ok(DeadJob {
        authority: row.text("authority")?.to_owned(),
        id: row.text("id")?.to_owned(),
        kind: row.text("kind")?.to_owned(),
        payload: row.text("payload")?.to_owned(),
        attempts: row.int("attempts")?,
        last_failure: row.opt_text("last_failure")?.map(str::to_owned),
    })
}

/// Makes a dead job due again at `now`, with as many further attempts as it had. False when there is no such dead job.
pub async fn revive(tx: &mut Tx, authority: &str, id: &str, now: i64) -> Result<bool, StoreError> {
    // Attempts keep counting, so an old claim never fits again.
    let changed = tx
        .execute(
            "UPDATE jobs SET due = $3, max_attempts = max_attempts + attempts \
             WHERE authority = $1 AND id = $2 AND due IS NULL",
            &[authority.into(), id.into(), now.into()],
        )
        .await?;
    tx.wake_after_commit();
    Ok(changed > 0)
}

fn claim_of(row: &Row) -> Result<Claim, StoreError> {
    Ok(Claim {
        authority: row.text("authority")?.to_owned(),
        id: row.text("id")?.to_owned(),
        attempt: row.int("attempts")?,
    })
}

fn pause(attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.saturating_sub(1).clamp(0, 30)).unwrap_or(30);
    FIRST_PAUSE.saturating_mul(1i64 << doublings).min(LONGEST_PAUSE)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pauses_double_up_to_an_hour() {
        let check = |attempt: i64, seconds: i64| assert_eq!(super::pause(attempt), seconds * 1_000_000, "{attempt}");
        for (attempt, seconds) in [
            (i64::MIN, 1),
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 4),
            (12, 2048),
            (13, 3600),
            (i64::MAX, 3600),
        ] {
            check(attempt, seconds);
        }
    }
}
