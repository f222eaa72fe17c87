//! Sessions on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::Duration;

use wegfrei_identity::Sessions;
use wegfrei_journal::Actor;
use wegfrei_model::ambient::fixed_with_clock;
use wegfrei_model::{AuthorityId, Timestamp};

#[tokio::test]
async fn a_session_lives_until_it_idles_ages_or_ends() {
    for fresh in wegfrei_store::testing::stores().await {
        let store = fresh.clone();
        store.migrate(&wegfrei_identity::migrations()).await.unwrap();
        let (ambient, clock) = fixed_with_clock(Timestamp::from_micros(1_800_000_000_000_000).unwrap());
        let sessions = Sessions::new(store.clone(), ambient, &[7; 32]);
        let home = AuthorityId::parse("15003000").unwrap();
        let actor = Actor::staff("a-1", home);

        let token = sessions.login(&actor, &home).await.unwrap();
        let session = sessions.find(token.as_str()).await.unwrap().expect("fresh");
        assert_eq!(session.actor, actor);
        assert!(session.csrf_matches(session.csrf()) && !session.csrf_matches("other"));
        let other = sessions.login(&actor, &home).await.unwrap();
        assert_ne!(
            sessions.find(other.as_str()).await.unwrap().unwrap().csrf(),
            session.csrf()
        );

        for hostile in [
            "",
            ".",
            "15003000.",
            "15003000.AAAA",
            "x.y",
            &"A".repeat(5000),
            "15003000.' OR 1=1 --",
        ] {
            assert!(sessions.find(hostile).await.unwrap().is_none(), "{hostile}");
        }
        let leaked = store.fetch("SELECT token_hash FROM session", &[]).await.unwrap();
        assert!(
            leaked
                .iter()
                .all(|row| !token.as_str().contains(row.text("token_hash").unwrap()))
        );

        // Used every hour it lives for twelve, then not one minute longer.
        for _ in 0..11 {
            clock.advance(Duration::from_secs(3600));
            assert!(sessions.find(token.as_str()).await.unwrap().is_some());
        }
        clock.advance(Duration::from_secs(3660));
        assert!(
            sessions.find(token.as_str()).await.unwrap().is_none(),
            "older than twelve hours"
        );
        assert!(sessions.find(other.as_str()).await.unwrap().is_none());

        let idle = sessions.login(&actor, &home).await.unwrap();
        clock.advance(Duration::from_secs(2 * 3600 - 60));
        assert!(sessions.find(idle.as_str()).await.unwrap().is_some());
        clock.advance(Duration::from_secs(2 * 3600 + 60));
        assert!(
            sessions.find(idle.as_str()).await.unwrap().is_none(),
            "idle for two hours"
        );

        let token = sessions.login(&actor, &home).await.unwrap();
        let session = sessions.find(token.as_str()).await.unwrap().unwrap();
        sessions.logout(&session).await.unwrap();
        assert!(sessions.find(token.as_str()).await.unwrap().is_none(), "logged out");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_monday_morning_everybody_logs_in_at_once() {
    for fresh in wegfrei_store::testing::stores().await {
        let store = fresh.clone();
        store.migrate(&wegfrei_identity::migrations()).await.unwrap();
        let (ambient, clock) = fixed_with_clock(Timestamp::from_micros(1_800_000_000_000_000).unwrap());
        let sessions = Sessions::new(store.clone(), ambient, &[7; 32]);
        let home = AuthorityId::parse("15003000").unwrap();
        // Friday's sessions are thrown away by whoever comes first.
        for member in 0..20 {
            sessions
                .login(&Actor::staff(format!("a-{member}"), home), &home)
                .await
                .unwrap();
        }
        clock.advance(Duration::from_secs(3 * 24 * 3600));
        let mut everybody = tokio::task::JoinSet::new();
        for member in 0..200 {
            let sessions = sessions.clone();
            everybody.spawn(async move { sessions.login(&Actor::staff(format!("a-{member}"), home), &home).await });
        }
        while let Some(login) = everybody.join_next().await {
            let token = login.unwrap().expect("logged in");
            assert!(sessions.find(token.as_str()).await.unwrap().is_some());
        }
        let rows = store.fetch("SELECT token_hash FROM session", &[]).await.unwrap();
        assert_eq!(rows.len(), 200);
    }
}
