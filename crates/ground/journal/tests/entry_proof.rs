//! Proof files: `tests/proof.json` is what this program writes, and what the browser's checker is tested with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use serde_json::json;
use wegfrei_journal::{
    AccessRequest, Actor, Commit, Decision, EntryProof, Expect, Journal, JournalOptions, Keys, NewEntry, Policy,
    ProofError,
};
use wegfrei_model::ambient::fixed;
use wegfrei_model::{AuthorityId, Timestamp};

const FILE: &str = include_str!("proof.json");

struct Nobody;

impl Policy for Nobody {
    fn decide(&self, _: &AccessRequest) -> Decision {
        Decision::Refuse {
            policy: "none".to_owned(),
            reason: "none".to_owned(),
        }
    }
}

#[tokio::test]
async fn the_file_is_what_it_was() {
    for store in wegfrei_store::testing::stores().await {
        store.migrate(&wegfrei_journal::migrations()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ambient = fixed(Timestamp::parse("2026-03-18T09:15:00Z").unwrap());
        let authority = AuthorityId::parse("15003000").unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        keys.create(authority, &*ambient.random).unwrap();
        let journal = Journal::start(
            store.clone(),
            keys,
            ambient,
            Arc::new(Nobody),
            JournalOptions::default(),
        );
        for number in 0..11 {
            let entry = NewEntry {
                stream: "access/case/01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
                expect: Expect::Version(number),
                kind: "access.granted",
                actor: Actor::staff("sb-1", authority),
                purpose: "Rückfrage der antragstellenden Person".to_owned(),
                facts: json!({ "number": number, "circumstances": { "purpose": "citizen-question" } }),
                sealed: None,
            };
            journal.commit(Commit::one(authority, entry)).await.unwrap();
        }
        let text = journal.entry_proof(authority, 6).await.unwrap().to_text().unwrap();
        assert_eq!(format!("{text}\n"), FILE);
        assert!(journal.entry_proof(authority, 11).await.is_err());
    }
}

#[test]
fn every_kind_of_damage_is_named() {
    fn check(change: impl Fn(&mut serde_json::Value), expected: ProofError) {
        let mut file: serde_json::Value = serde_json::from_str(FILE).unwrap();
        change(&mut file);
        assert_eq!(EntryProof::check(&file.to_string(), None), Err(expected));
    }
    assert!(EntryProof::check(FILE, None).is_ok());
    check(|file| file["format"] = "wegfrei-proof/2".into(), ProofError::Form);
    check(|file| file["more"] = 1.into(), ProofError::Form);
    check(|file| file["verifier"] = "x".into(), ProofError::Key);
    check(|file| file["entry"] = "AAAA".into(), ProofError::Entry);
    check(|file| file["proof"] = json!([]), ProofError::Path);
    check(|file| file["checkpoint"] = "x".into(), ProofError::Signature);
    assert_eq!(EntryProof::check("", None), Err(ProofError::Form));
}
