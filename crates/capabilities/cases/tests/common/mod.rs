//! The whole capability on a database of its own: real packages, real journal, either engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, missing_docs)]

pub mod smtp;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use wegfrei_cases::{
    AbsenceProjection, AccessProjection, AtTask, CaseError, CaseProjection, CaseView, Cases, MoveProjection, Parts,
    PaymentRunProjection, PrintRunProjection, Verdict, migrations,
};
use wegfrei_identity::{Directory, Policies, Purpose};
use wegfrei_journal::{
    Actor, Commit, Expect, Journal, JournalOptions, KeyId, Keys, NewEntry, VerifyOptions, rebuild, verify,
};
use wegfrei_model::ambient::{Ambient, FixedClock, fixed_with_clock};
use wegfrei_model::{AuthorityId, CaseId, PersonId, TaskId, Timestamp};
use wegfrei_notices::Typesetter;
use wegfrei_packages::{Catalogue, Files};
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
id = "md-3"
authority = "15003000"
name = "M3"
roles = ["caseworker"]
teams = ["geld"]
services = ["wohngeld"]

[[staff]]
id = "lead-geld"
authority = "15003000"
name = "LG"
roles = ["team-lead"]
teams = ["geld"]

[[staff]]
id = "lead-wohngeld"
authority = "15003000"
name = "LW"
roles = ["team-lead"]
services = ["wohngeld"]

[[staff]]
id = "betrieb"
authority = "15003000"
name = "B"
roles = ["operator"]

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
    ambient: Ambient,
    keys: Keys,
    folder: Arc<tempfile::TempDir>,
}

/// A letter with what the templates of requests and reminders print.
const LETTER: &str = r##"#import "/wegfrei.typ": *
#import "/data.typ": data
#show: letter.with(sender: data.behoerde, recipient: data.empfaenger, reference: (("Aktenzeichen", data.aktenzeichen),),
  subject: "Schreiben", demonstration: data.demonstration)
#data.nachforderung.text
#list(..data.nachforderung.unterlagen)
Bis #date-de(data.nachforderung.frist).
"##;

/// The real packages, and two of the Hundesteuer's: `voll`, with a process that knows every kind of work, and `endet`, whose keeping
/// ends some time after the last payment.
pub fn files() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages");
    let real = Files::from_folder(&folder).unwrap();
    let mut files = real.clone();
    for (path, bytes) in real.under("services/hundesteuer").iter() {
        if path.starts_with("examples/") && path != "examples/grunddaten.toml" && !path.contains("01-") {
            continue;
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        for id in ["voll", "endet"] {
            let text = match path {
                "package.toml" => text
                    .replace("id = \"hundesteuer\"", &format!("id = \"{id}\""))
                    .replace("\"offen\"", "\"letzte-zahlung\""),
                _ if path.starts_with("adoptions/") => text.replace("\"hundesteuer\"", &format!("\"{id}\"")),
                _ if id == "voll" && path.contains("/01-") => continue,
                _ => text.clone(),
            };
            files
                .insert(&format!("services/{id}/{path}"), text.into_bytes())
                .unwrap();
        }
    }
    let mut put = |path: &str, text: &str| {
        files
            .insert(&format!("services/voll/{path}"), text.as_bytes().to_vec())
            .unwrap();
    };
    put("process.bpmn", include_str!("full.bpmn"));
    put("notices/nachforderung.typ", LETTER);
    put("notices/erinnerung.typ", LETTER);
    put(
        "examples/01.toml",
        "name = \"Voll\"\nauthority = \"15003000\"\ndate = 2026-03-18\n[expect]\ntasks = [\"Antrag prüfen\"]\n[expect.value]\njahressteuer_cent = 9600\n",
    );
    files
}

/// As [`files`], with a version 1.1.0 of a service beside the one there is: replacements in its files, each of which must be found.
pub fn with_newer(service: &str, changes: &[(&str, &str, &str)]) -> Files {
    let all = files();
    let mut newer = files();
    for (path, bytes) in all.under(&format!("services/{service}")).iter() {
        newer
            .insert(&format!("services/{service}@1.0.0/{path}"), bytes.to_vec())
            .unwrap();
        let mut text = String::from_utf8(bytes.to_vec()).unwrap();
        if path == "package.toml" {
            text = text.replace("version = \"1.0.0\"", "version = \"1.1.0\"");
        }
        for (_, from, to) in changes.iter().filter(|(file, ..)| *file == path) {
            assert!(text.contains(from), "{path} has no {from}");
            text = text.replace(from, to);
        }
        newer
            .insert(&format!("services/{service}/{path}"), text.into_bytes())
            .unwrap();
    }
    newer
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

/// Magdeburg's step on a task, taken by `who`.
pub fn at(who: &str, case: CaseId, task: TaskId) -> AtTask {
    AtTask {
        actor: staff(who),
        purpose: Purpose::CaseWork,
        authority: magdeburg(),
        case,
        task,
    }
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
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let (ambient, clock) = fixed_with_clock(Timestamp::parse("2026-03-18T09:15:00Z").unwrap());
    let keys = Keys::open(folder.path().join("keys")).unwrap();
    for authority in [magdeburg(), halle()] {
        keys.get_or_create(authority, ambient.random.as_ref()).unwrap();
    }
    started(store, folder, keys, (ambient, clock), &files())
}

fn started(
    store: Store,
    folder: Arc<tempfile::TempDir>,
    keys: Keys,
    (ambient, clock): (Ambient, Arc<FixedClock>),
    files: &Files,
) -> World {
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
        catalogue: Catalogue::load(files).unwrap(),
        policies,
        ambient: ambient.clone(),
        typesetter: Typesetter::new(),
        check_url: "https://weg.example".to_owned(),
    });
    World {
        cases,
        clock,
        store,
        directory,
        ambient,
        keys,
        folder,
    }
}

impl World {
    /// The same house, started again with these packages.
    pub fn restarted(&self, files: &Files) -> World {
        started(
            self.store.clone(),
            Arc::clone(&self.folder),
            self.keys.clone(),
            (self.ambient.clone(), Arc::clone(&self.clock)),
            files,
        )
    }

    /// The form data of a package example.
    pub fn example(&self, part: &str) -> Value {
        self.example_of("hundesteuer", part)
    }

    /// As [`World::example`], of another service.
    pub fn example_of(&self, service: &str, part: &str) -> Value {
        let package = self.cases.catalogue().package(service).unwrap();
        let example = package
            .examples()
            .iter()
            .find(|example| example.file.contains(part))
            .unwrap();
        example.application.clone()
    }

    /// An application of the example sent by Erika to Magdeburg.
    pub async fn sent(&self, part: &str) -> CaseId {
        self.sent_to("hundesteuer", part).await
    }

    /// As [`World::sent`], with the full process.
    pub async fn sent_full(&self, part: &str) -> CaseId {
        self.sent_to("voll", part).await
    }

    /// As [`World::sent`], to one of the services made of the Hundesteuer.
    pub async fn sent_to(&self, service: &str, part: &str) -> CaseId {
        let (cases, erika) = (&self.cases, person(ERIKA));
        let mut data = self.example(part);
        if data["G15000000004"]["F15000000020"].is_null() {
            let case = cases.new_case_id();
            cases
                .submit_direct(erika, magdeburg(), service, case, &data)
                .await
                .unwrap();
            return case;
        }
        // A paper that is named must have come before.
        let case = cases.start_draft(erika, magdeburg(), service, None).await.unwrap();
        let bytes = b"%PDF-1.7 Ausweis".to_vec();
        let paper = cases.add_paper(erika, magdeburg(), case, "a.pdf", bytes).await.unwrap();
        data["G15000000004"]["F15000000020"] = serde_json::json!([{ "paper": paper }]);
        cases.save_draft(erika, magdeburg(), case, &data, 1).await.unwrap();
        cases.submit(erika, magdeburg(), case).await.unwrap();
        case
    }

    /// What the process's operation `payments` writes.
    pub async fn plan_payments(&self, case: CaseId, payments: &[(&str, i64)], iban: &str) {
        let journal = self.cases.journal();
        let sealing = journal.sealing_key(magdeburg(), &KeyId::case(case)).await.unwrap();
        let listed: Vec<_> = payments
            .iter()
            .map(|(monat, cent)| serde_json::json!({ "monat": monat, "cent": cent }))
            .collect();
        let sealed = serde_json::json!({ "holder": "Erika Größe", "iban": iban, "payments": listed });
        let entry = NewEntry {
            stream: format!("case/{case}"),
            expect: Expect::Any,
            kind: "payments.planned",
            actor: Actor::system("process"),
            purpose: "Automatischer Verfahrensschritt".to_owned(),
            facts: serde_json::json!({
                "at": self.cases.now().as_micros(), "count": payments.len(),
                "first": payments[0].0, "last": payments[payments.len() - 1].0,
            }),
            sealed: Some(
                sealing
                    .seal(format!("case/{case}#payments"), &sealed)
                    .unwrap()
                    .into_bytes(),
            ),
        };
        journal.commit(Commit::one(magdeburg(), entry)).await.unwrap();
        rebuild(&self.store, &CaseProjection).await.unwrap();
    }

    /// The case at the desk, opened by `who`.
    pub async fn desk(&self, who: &str, case: CaseId) -> CaseView {
        self.cases
            .open_case(&staff(who), Purpose::CaseWork, magdeburg(), case)
            .await
            .unwrap()
    }

    /// Gives a verdict on the open task from a page built just now.
    pub async fn verdict(&self, who: &str, case: CaseId, verdict: Verdict) -> Result<(), CaseError> {
        let view = self.desk(who, case).await;
        let task = view.task.as_ref().ok_or(CaseError::Stale)?.task;
        self.cases
            .complete_task(&at(who, case, task), view.version, verdict)
            .await
    }

    /// Lets time pass to this moment and works.
    pub async fn until(&self, moment: Timestamp) {
        self.clock.advance(moment.since(self.cases.now()));
        self.work().await;
    }

    /// As [`World::until`] the end of a legal deadline: its job comes ten minutes later.
    pub async fn past(&self, end: Timestamp) {
        self.until(end.saturating_add(std::time::Duration::from_secs(600)))
            .await;
    }

    /// Works until no job is due; then every letter that waits is posted on the same day.
    pub async fn post(&self) {
        self.work().await;
        let (md, today) = (staff("md"), self.cases.now().date());
        while let Some(letter) = self.cases.outbox(&md, None, 1).await.unwrap().items.pop() {
            let posted = self.cases.mark_posted(&md, magdeburg(), letter.notice, today).await;
            posted.unwrap();
        }
    }

    /// Works until no job is due.
    pub async fn work(&self) {
        while self.cases.work_once().await.unwrap() > 0 {}
    }

    /// How many sealed papers and letters the database holds.
    pub async fn stored_papers(&self) -> usize {
        self.store
            .fetch("SELECT id FROM journal_blob", &[])
            .await
            .unwrap()
            .len()
    }

    /// What `wegfrei verify` finds.
    pub async fn findings(&self) -> Vec<String> {
        let report = verify(
            &self.store,
            &self.keys,
            &[
                &CaseProjection,
                &AbsenceProjection,
                &AccessProjection,
                &PaymentRunProjection,
                &PrintRunProjection,
                &MoveProjection,
            ],
            &VerifyOptions::default(),
        )
        .await
        .unwrap();
        report.findings.iter().map(ToString::to_string).collect()
    }
}
