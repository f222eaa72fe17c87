//! Jobs: with their transaction, once, again after a failure, and never by polling.

use std::time::Duration;

use wegfrei_store::jobs::{self, AfterFailure, Claim, NewJob};
use wegfrei_store::{Store, testing};

use crate::{check_both, name_of};

const SECOND: i64 = 1_000_000;
const LEASE: Duration = Duration::from_secs(30);

fn job(id: &str, run_after: i64) -> NewJob {
    NewJob {
        authority: "a".to_owned(),
        id: id.to_owned(),
        kind: "render".to_owned(),
        payload: format!("{{\"id\":\"{id}\"}}"),
        run_after,
        max_attempts: 3,
    }
}

async fn enqueue(store: &Store, new: &[NewJob]) {
    let mut tx = store.begin().await.unwrap();
    jobs::enqueue(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn claim(store: &Store, now: i64, limit: u32) -> Vec<Claim> {
    jobs::claim(store, now, LEASE, limit)
        .await
        .unwrap()
        .into_iter()
        .map(|job| job.claim)
        .collect()
}

async fn complete(store: &Store, claims: &[Claim]) -> Vec<Claim> {
    let mut tx = store.begin().await.unwrap();
    let lost = jobs::complete(&mut tx, claims).await.unwrap();
    tx.commit().await.unwrap();
    lost
}

fn ids(claims: &[Claim]) -> Vec<&str> {
    let mut ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_job_comes_with_its_transaction_and_goes_with_its_result() {
    check_both(async |store| {
        let mut tx = store.begin().await.unwrap();
        jobs::enqueue(&mut tx, &[job("never", 0)]).await.unwrap();
        drop(tx);
        assert_eq!(claim(&store, SECOND, 10).await, []);

        enqueue(
            &store,
            &[job("late", 5 * SECOND), job("b", 2), job("c", 3), job("a", 1)],
        )
        .await;
        let found = jobs::claim(&store, SECOND, LEASE, 2).await.unwrap();
        let mut found: Vec<_> = found
            .iter()
            .map(|job| (job.claim.id.as_str(), job.payload.as_str()))
            .collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [("a", "{\"id\":\"a\"}"), ("b", "{\"id\":\"b\"}")],
            "the earliest first"
        );
        let claims = claim(&store, SECOND, 10).await;
        assert_eq!(ids(&claims), ["c"], "claimed is claimed, and late is late");

        // A completion that is rolled back has not happened; one that is committed happened once.
        let mut tx = store.begin().await.unwrap();
        assert_eq!(jobs::complete(&mut tx, &claims).await.unwrap(), []);
        drop(tx);
        assert_eq!(complete(&store, &claims).await, []);
        assert_eq!(complete(&store, &claims).await, claims);
    })
    .await;
}

#[tokio::test]
async fn two_jobs_with_one_id_are_a_conflict() {
    check_both(async |store| {
        enqueue(&store, &[job("x", 0)]).await;
        let mut tx = store.begin().await.unwrap();
        let error = jobs::enqueue(&mut tx, &[job("x", 0)]).await.unwrap_err();
        assert_eq!(name_of(&error), "Conflict");
    })
    .await;
}

#[tokio::test]
async fn whoever_lost_the_lease_cannot_complete() {
    check_both(async |store| {
        enqueue(&store, &[job("x", 0), job("y", 0)]).await;
        let first = claim(&store, 0, 10).await;
        assert_eq!(ids(&first), ["x", "y"]);
        assert_eq!(claim(&store, 29 * SECOND, 10).await, [], "the lease holds");
        let second = claim(&store, 30 * SECOND, 1).await;
        assert_eq!(second[0].attempt, 2);
        let lost = complete(&store, &first).await;
        assert_eq!(ids(&lost), ids(&second), "only the one that was claimed again is lost");
        let failed = jobs::fail(&store, &lost[0], 31 * SECOND, "late").await.unwrap();
        assert_eq!(failed, AfterFailure::Lost);
        assert_eq!(complete(&store, &second).await, []);
        assert_eq!(jobs::next_due(&store).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_failing_job_pauses_longer_each_time_and_dies_at_last() {
    check_both(async |store| {
        enqueue(&store, &[job("x", 0)]).await;
        let mut now = 0;
        for want in [
            AfterFailure::RetryAt(SECOND),
            AfterFailure::RetryAt(3 * SECOND),
            AfterFailure::Dead,
        ] {
            let claims = claim(&store, now, 10).await;
            let got = jobs::fail(&store, &claims[0], now, "printer on fire").await.unwrap();
            assert_eq!(got, want);
            if let AfterFailure::RetryAt(at) = got {
                assert_eq!(claim(&store, at - 1, 10).await, []);
                now = at;
            }
        }
        assert_eq!(claim(&store, i64::MAX, 10).await, []);
        let dead = jobs::dead(&store, "a").await.unwrap();
        assert_eq!((dead[0].id.as_str(), dead[0].attempts), ("x", 3));
        assert_eq!(dead[0].last_failure.as_deref(), Some("printer on fire"));
        assert_eq!(jobs::dead(&store, "b").await.unwrap(), []);

        let mut tx = store.begin().await.unwrap();
        assert!(!jobs::revive(&mut tx, "a", "y", now).await.unwrap());
        assert!(jobs::revive(&mut tx, "a", "x", now).await.unwrap());
        tx.commit().await.unwrap();
        let claims = claim(&store, now, 10).await;
        assert_eq!(claims[0].attempt, 4);
        assert_eq!(complete(&store, &claims).await, []);
    })
    .await;
}

/// A job whose holder dies each time must not come back for ever.
#[tokio::test]
async fn a_job_that_kills_its_holder_dies_at_last() {
    check_both(async |store| {
        enqueue(&store, &[job("x", 0)]).await;
        for attempt in 0..3 {
            assert_eq!(claim(&store, attempt * 40 * SECOND, 10).await.len(), 1);
        }
        assert_eq!(claim(&store, 200 * SECOND, 10).await, []);
        assert_eq!(jobs::dead(&store, "a").await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn many_claimers_never_get_the_same_job() {
    for database in testing::databases().await {
        let store = database.open().await;
        store.migrate(&[]).await.unwrap();
        let new: Vec<NewJob> = (0..200).map(|id| job(&format!("{id:03}"), 0)).collect();
        enqueue(&store, &new).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let store = database.open().await;
            tasks.spawn(async move {
                let mut mine = Vec::new();
                loop {
                    match jobs::claim(&store, 0, LEASE, 7).await {
                        Ok(found) if found.is_empty() && jobs::next_due(&store).await.unwrap() != Some(0) => break,
                        Ok(found) => mine.extend(found.into_iter().map(|job| job.claim)),
                        Err(error) => assert!(error.is_transient(), "{error}"),
                    }
                }
                mine
            });
        }
        let all: Vec<Claim> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(
            ids(&all),
            new.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(),
            "{}",
            store.engine()
        );
        assert!(all.iter().all(|claim| claim.attempt == 1));
    }
}

/// No clock decides this test: the waiting task would sleep for an hour if it were not woken.
#[tokio::test]
async fn a_commit_wakes_the_waiting() {
    const HOUR: Duration = Duration::from_secs(3600);
    check_both(async |store| {
        // Due already: no wait at all.
        enqueue(&store, &[job("x", 5)]).await;
        jobs::wait(&store, 5, HOUR).await.unwrap();
        let claims = claim(&store, 5, 10).await;
        complete(&store, &claims).await;

        let (waiting, go) = (store.clone(), store.clone());
        let waiter = tokio::spawn(async move { jobs::wait(&waiting, 0, HOUR).await });
        tokio::task::yield_now().await;
        enqueue(&go, &[job("y", 0)]).await;
        waiter.await.unwrap().unwrap();
        assert_eq!(claim(&store, 0, 10).await.len(), 1);
        // The caller's own limit.
        jobs::wait(&store, 0, Duration::ZERO).await.unwrap();
    })
    .await;
}
