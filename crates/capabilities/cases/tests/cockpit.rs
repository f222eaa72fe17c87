//! "Who saw what": searched, paged, and each line proven offline; on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ALI, ERIKA, halle, magdeburg, person, staff, worlds};
use wegfrei_cases::{AccessQuery, CaseError};
use wegfrei_identity::Purpose;
use wegfrei_journal::{EntryProof, ProofError};

#[tokio::test]
async fn records_are_searched_and_paged() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let mut sent = Vec::new();
        for _ in 0..3 {
            sent.push(world.sent("06-merkzeichen").await);
            world.clock.advance(Duration::from_secs(24 * 3600));
        }
        for case in &sent {
            cases
                .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), *case)
                .await
                .unwrap();
            cases
                .open_case(&staff("lead"), Purpose::Supervision, magdeburg(), *case)
                .await
                .unwrap();
            let foreign = cases
                .open_case(&staff("hal"), Purpose::CaseWork, magdeburg(), *case)
                .await;
            assert!(foreign.is_err());
            world.clock.advance(Duration::from_secs(24 * 3600));
        }
        cases.start_draft(erika, halle(), "hundesteuer", None).await.unwrap();
        let count = async |query: &AccessQuery| {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = cases.access_page(erika, query, after.as_deref(), 2).await.unwrap();
                assert!(page.items.len() <= 2);
                seen.extend(page.items.iter().map(|record| (record.authority, record.seq)));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            let all = seen.len();
            seen.dedup();
            assert_eq!(seen.len(), all, "nothing twice");
            all
        };
        let all = AccessQuery::default();
        let with = |change: fn(&mut AccessQuery)| {
            let mut query = AccessQuery::default();
            change(&mut query);
            query
        };
        assert_eq!(count(&all).await, cases.access_log(erika, 1000).await.unwrap().len());
        assert_eq!(
            count(&with(|query| query.purpose = Some(Purpose::Supervision))).await,
            3
        );
        assert_eq!(count(&with(|query| query.refused_only = true)).await, 3);
        // What she opened herself is the rest.
        let others = count(&with(|query| query.others_only = true)).await;
        let own = count(&with(|query| query.purpose = Some(Purpose::OwnData))).await;
        assert!(own > 0 && others == count(&all).await - own, "{others} and {own}");
        assert_eq!(count(&with(|query| query.authority = Some(halle()))).await, 0);
        assert_eq!(count(&with(|query| query.from = "2026-03-23".parse().ok())).await, 3);
        assert_eq!(count(&with(|query| query.to = "2026-03-20".parse().ok())).await, 3);
        assert_eq!(count(&with(|query| query.text = "MAGDEBURG".to_owned())).await, 12);
        assert_eq!(count(&with(|query| query.text = "hund".to_owned())).await, 12);
        assert_eq!(count(&with(|query| query.text = "%".to_owned())).await, 0);
        assert_eq!(count(&with(|query| query.text = "gibt es nicht".to_owned())).await, 0);
        let reference = cases
            .my_case(erika, magdeburg(), sent[0])
            .await
            .unwrap()
            .reference
            .unwrap();
        let query = AccessQuery {
            text: reference.to_lowercase(),
            ..AccessQuery::default()
        };
        assert_eq!(count(&query).await, 4);
        for hostile in ["x", ".", "1.2", "1.' OR 1=1.2"] {
            let page = cases.access_page(erika, &all, Some(hostile), 3).await;
            assert!(page.is_ok() || matches!(page, Err(CaseError::NotFound)), "{hostile}");
        }
        let rows = world
            .store
            .fetch(
                "SELECT role, staff, actor_kind FROM access_record WHERE granted = 0",
                &[],
            )
            .await
            .unwrap();
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!(row.opt_text("role").unwrap(), Some("caseworker"));
            assert_eq!(
                (row.opt_text("staff").unwrap(), row.text("actor_kind").unwrap()),
                (Some("hal"), "staff")
            );
        }
        let mut tx = world.store.begin().await.unwrap();
        tx.execute("UPDATE access_record SET granted = 1 WHERE granted = 0", &[])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.findings().await.len(), 3, "a whitewashed row is found");
    }
}

#[tokio::test]
async fn every_line_has_a_proof_that_no_changed_byte_survives() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("06-merkzeichen").await;
        cases
            .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), case)
            .await
            .unwrap();
        let log = cases.access_log(erika, 10).await.unwrap();
        let line = &log[0];
        let foreign = cases.access_proof(person(ALI), line.authority, line.seq).await;
        assert!(matches!(foreign, Err(CaseError::NotFound)));
        let other = cases.access_proof(erika, line.authority, 0).await;
        assert!(matches!(other, Err(CaseError::NotFound)), "no record of access");
        let proof = cases.access_proof(erika, line.authority, line.seq).await.unwrap();
        let text = proof.to_text().unwrap();
        let key = cases.journal().keys().get(magdeburg()).unwrap().verifier().clone();
        let entry = EntryProof::check(&text, Some(&key)).unwrap();
        assert_eq!((entry.seq, entry.kind.as_str()), (line.seq, "access.granted"));
        assert_eq!(entry.actor, "staff:md@15003000");
        assert!(entry.facts.contains("case-work"));
        let halle = cases.journal().keys().get(halle()).unwrap().verifier().clone();
        assert_eq!(EntryProof::check(&text, Some(&halle)), Err(ProofError::Key));
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                if let Ok(changed) = String::from_utf8(bytes) {
                    assert!(EntryProof::check(&changed, None).is_err(), "byte {at}, bit {bit}");
                }
            }
            assert!(EntryProof::check(&text[..text.floor_char_boundary(at)], None).is_err());
        }
    }
}
