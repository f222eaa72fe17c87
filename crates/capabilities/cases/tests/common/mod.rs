//! The whole capability on a database of its own: real packages, real journal, either engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, missing_docs)]

pub mod smtp;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use wegfrei_cases::{AccessProjection, CaseProjection, Cases, Parts, PaymentRunProjection, migrations};
use wegfrei_identity::{Directory, Policies};
use wegfrei_journal::{Actor, Journal, JournalOptions, Keys, VerifyOptions, verify};
use wegfrei_model::ambient::{FixedClock, fixed_with_clock};
use wegfrei_model::{AuthorityId, CaseId, PersonId, Timestamp};
use wegfrei_notices::Typesetter;
use wegfrei_packages::Catalogue;
use wegfrei_store::Store;

pub const ERIKA: &str = "0190b3c0-0000-7000-8000-000000000001";
pub const ALI: &str = "0190b3c0-0000-7000-8000-000000000002";

const PEOPLE: &str = r#"
[[person]]
id = "0190b3c0-0000-7000-8000-000000000001"
given_names = "Erika"
family_name = "Lehmann"
birth_date = "1948-05-17"
street = "Lindenweg"
house_number = "7"
postal_code = "39104"
town = "Magdeburg"

[[staff]]
id = "md"
authority = "15003000"
name = "M"
roles = ["caseworker"]

[[staff]]
id = "md-2"
authority = "15003000"
name = "M2"
roles = ["caseworker"]

[[staff]]
id = "lead"
authority = "15003000"
name = "L"
roles = ["team-lead"]

[[staff]]
id = "dsb"
authority = "15003000"
name = "D"
roles = ["data-protection-officer"]

[[staff]]
id = "hal"
authority = "15002000"
name = "H"
roles = ["caseworker"]
"#;

pub struct World {
    pub cases: Cases,
    pub clock: Arc<FixedClock>,
    pub store: Store,
    pub directory: Directory,
    keys: Keys,
    _folder: tempfile::TempDir,
}

pub fn magdeburg() -> AuthorityId {
    AuthorityId::parse("15003000").unwrap()
}

pub fn halle() -> AuthorityId {
    AuthorityId::parse("15002000").unwrap()
}

pub fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

pub fn staff(id: &str) -> Actor {
    Actor::staff(id, if id == "hal" { halle() } else { magdeburg() })
}

/// One world on each engine.
pub async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for store in wegfrei_store::testing::stores().await {
        worlds.push(world(store).await);
    }
    worlds
}

async fn world(store: Store) -> World {
    let mut all = wegfrei_journal::migrations();
    all.extend(migrations());
    store.migrate(&all).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (ambient, clock) = fixed_with_clock(Timestamp::parse("2026-03-18T09:15:00Z").unwrap());
    let keys = Keys::open(folder.path().join("keys")).unwrap();
    let catalogue = Catalogue::from_folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages")).unwrap();
    for authority in [magdeburg(), halle()] {
        keys.get_or_create(authority, ambient.random.as_ref()).unwrap();
    }
    let directory = Directory::parse(PEOPLE).unwrap();
    let policies = Policies::load(directory.clone()).unwrap();
    let options = JournalOptions::default();
    let journal = Journal::start(
        store.clone(),
        keys.clone(),
        ambient.clone(),
        Arc::new(policies.clone()),
        options,
    );
    let cases = Cases::new(Parts {
        journal,
        store: store.clone(),
        catalogue,
        policies,
        ambient,
        typesetter: Typesetter::new(),
        check_url: "https://weg.example".to_owned(),
    });
    World {
        cases,
        clock,
        store,
        directory,
        keys,
        _folder: folder,
    }
}

impl World {
    /// The form data of a package example.
    pub fn example(&self, part: &str) -> Value {
        let package = self.cases.catalogue().package("hundesteuer").unwrap();
        let example = package
            .examples()
            .iter()
            .find(|example| example.file.contains(part))
            .unwrap();
        example.application.clone()
    }

    /// An application of the example sent by Erika to Magdeburg.
    pub async fn sent(&self, part: &str) -> CaseId {
        let case = self.cases.new_case_id();
        let data = self.example(part);
        self.cases
            .submit_direct(person(ERIKA), magdeburg(), "hundesteuer", case, &data)
            .await
            .unwrap();
        case
    }

    /// Works until no job is due.
    pub async fn work(&self) {
        while self.cases.work_once().await.unwrap() > 0 {}
    }

    /// What `wegfrei verify` finds.
    pub async fn findings(&self) -> Vec<String> {
        let report = verify(
            &self.store,
            &self.keys,
            &[&CaseProjection, &AccessProjection, &PaymentRunProjection],
            &VerifyOptions::default(),
        )
        .await
        .unwrap();
        report.findings.iter().map(ToString::to_string).collect()
    }
}
