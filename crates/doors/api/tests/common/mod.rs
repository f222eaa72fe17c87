//! The door on a platform of its own, real packages and real journal, on either engine; and a caller who holds every answer
//! against the document.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, missing_docs)]

pub mod schema;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;
use wegfrei_api::{ApiParts, ApiState, document, router};
use wegfrei_cases::{
    AbsenceProjection, AccessProjection, CaseProjection, Cases, MoveProjection, Parts, PaymentRunProjection,
    PrintRunProjection,
};
use wegfrei_identity::{Directory, Policies, Sessions};
use wegfrei_journal::{Journal, JournalOptions, Keys, Projection, VerifyOptions, verify};
use wegfrei_model::ambient::{Ambient, FixedClock, fixed_with_clock};
use wegfrei_model::{CaseId, Timestamp};
use wegfrei_notices::Typesetter;
use wegfrei_packages::Catalogue;
use wegfrei_store::Store;

use self::schema::Document;

pub const ERIKA: &str = "01930000-0000-7000-8000-000000000001";
pub const JOERG: &str = "01930000-0000-7000-8000-000000000002";
pub const MAGDEBURG: &str = "15003000";
pub const HALLE: &str = "15002000";

pub struct World {
    pub app: Router,
    pub cases: Cases,
    pub clock: Arc<FixedClock>,
    pub store: Store,
    pub document: Document,
    /// What was answered: operation and status.
    pub seen: Mutex<BTreeSet<(String, u16)>>,
    people: String,
    ambient: Ambient,
    keys: Keys,
    folder: Arc<tempfile::TempDir>,
}

pub fn packages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages")
}

/// One world on each engine.
pub async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for store in wegfrei_store::testing::stores().await {
        worlds.push(world(store, true).await);
    }
    worlds
}

pub async fn world(store: Store, demo: bool) -> World {
    world_of(store, demo, Catalogue::from_folder(packages()).unwrap()).await
}

/// One world on each engine, with these packages.
pub async fn worlds_of(catalogue: impl Fn() -> Catalogue) -> Vec<World> {
    let mut worlds = Vec::new();
    for store in wegfrei_store::testing::stores().await {
        worlds.push(world_of(store, true, catalogue()).await);
    }
    worlds
}

/// One world on each engine, with this directory of people.
pub async fn worlds_with(people: &str) -> Vec<World> {
    let mut worlds = Vec::new();
    for store in wegfrei_store::testing::stores().await {
        let catalogue = Catalogue::from_folder(packages()).unwrap();
        worlds.push(build(store, true, catalogue, people).await);
    }
    worlds
}

async fn world_of(store: Store, demo: bool, catalogue: Catalogue) -> World {
    let people = std::fs::read_to_string(packages().join("demonstration/people.toml")).unwrap();
    build(store, demo, catalogue, &people).await
}

async fn build(store: Store, demo: bool, catalogue: Catalogue, people: &str) -> World {
    let mut migrations = wegfrei_journal::migrations();
    migrations.extend(wegfrei_identity::migrations());
    migrations.extend(wegfrei_cases::migrations());
    store.migrate(&migrations).await.unwrap();
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let (ambient, clock) = fixed_with_clock(Timestamp::parse("2026-03-18T09:15:00Z").unwrap());
    let keys = Keys::open(folder.path().join("keys")).unwrap();
    for adoption in catalogue.services().flat_map(|service| service.adoptions()) {
        keys.get_or_create(adoption.authority(), ambient.random.as_ref())
            .unwrap();
    }
    started(store, demo, (folder, keys), (ambient, clock), (catalogue, people))
}

fn started(
    store: Store,
    demo: bool,
    (folder, keys): (Arc<tempfile::TempDir>, Keys),
    (ambient, clock): (Ambient, Arc<FixedClock>),
    (catalogue, people): (Catalogue, &str),
) -> World {
    let directory = Directory::parse(people).unwrap();
    let policies = Policies::load(directory.clone()).unwrap();
    let journal = Journal::start(
        store.clone(),
        keys.clone(),
        ambient.clone(),
        Arc::new(policies.clone()),
        JournalOptions::default(),
    );
    let cases = Cases::new(Parts {
        journal,
        store: store.clone(),
        catalogue,
        policies,
        ambient: ambient.clone(),
        typesetter: Typesetter::new(),
        check_url: "https://weg.example".to_owned(),
    });
    let sessions = Sessions::new(store.clone(), ambient.clone(), &[7; 32]);
    let state = ApiState::new(ApiParts {
        cases: cases.clone(),
        sessions,
        directory,
        demo,
    });
    World {
        app: router(state, |routes| routes),
        cases,
        clock,
        store,
        document: Document::new(serde_json::to_value(document()).unwrap()),
        seen: Mutex::default(),
        people: people.to_owned(),
        ambient,
        keys,
        folder,
    }
}

impl World {
    /// The same platform, started again with these packages; whoever was signed in still is.
    pub fn restarted(&self, catalogue: Catalogue) -> World {
        started(
            self.store.clone(),
            true,
            (Arc::clone(&self.folder), self.keys.clone()),
            (self.ambient.clone(), Arc::clone(&self.clock)),
            (catalogue, &self.people),
        )
    }

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

    /// Works until no job is due.
    pub async fn work(&self) {
        while self.cases.work_once().await.unwrap() > 0 {}
    }

    /// What `wegfrei verify` finds.
    pub async fn findings(&self) -> Vec<String> {
        let projections: [&dyn Projection; 6] = [
            &CaseProjection,
            &AbsenceProjection,
            &AccessProjection,
            &PaymentRunProjection,
            &PrintRunProjection,
            &MoveProjection,
        ];
        let report = verify(&self.store, &self.keys, &projections, &VerifyOptions::default())
            .await
            .unwrap();
        report.findings.iter().map(ToString::to_string).collect()
    }

    pub fn nobody(&self) -> Caller<'_> {
        Caller {
            world: self,
            token: None,
        }
    }

    async fn login(&self, login: Value) -> Caller<'_> {
        let answer = self.nobody().post("/api/sessions", &login).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        Caller {
            world: self,
            token: Some(answer.json()["token"].as_str().unwrap().to_owned()),
        }
    }

    pub async fn resident(&self, id: &str) -> Caller<'_> {
        self.login(json!({ "person": id })).await
    }

    pub async fn staff(&self, id: &str, authority: &str) -> Caller<'_> {
        self.login(json!({ "staff": id, "authority": authority })).await
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The answer is a problem of this kind.
    pub fn is(&self, status: u16, code: &str) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header(header::CONTENT_TYPE), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:wegfrei:problem:{code}"), "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(
            problem["instance"],
            format!("urn:uuid:{}", self.header("x-request-id")),
            "{problem}"
        );
        self
    }

    pub fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()
    }
}

/// Somebody's program.
pub struct Caller<'w> {
    pub world: &'w World,
    pub token: Option<String>,
}

impl Caller<'_> {
    /// Sends, and holds the answer against the document: status, media type and shape must be there.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let (mut parts, body) = request.into_parts();
        if let Some(token) = &self.token {
            let value = format!("Bearer {token}").parse().unwrap();
            parts.headers.entry(header::AUTHORIZATION).or_insert(value);
        }
        let response = self
            .world
            .app
            .clone()
            .oneshot(Request::from_parts(parts, body))
            .await
            .unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec();
        let answer = Answer { status, headers, bytes };
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {path}");
        assert!(!answer.header(header::CACHE_CONTROL).is_empty(), "{method} {path}");
        if let Some(operation) = self.world.document.operation(&method, &path) {
            let body = (method != Method::HEAD).then_some(answer.bytes.as_slice());
            let wrong = self
                .world
                .document
                .wrong(&operation, status, answer.header(header::CONTENT_TYPE), body);
            assert!(wrong.is_empty(), "{method} {path}: {wrong:#?}\n{}", answer.text());
            let id = operation["operationId"].as_str().unwrap().to_owned();
            self.world.seen.lock().unwrap().insert((id, status.as_u16()));
        }
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Request::delete(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post_as(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(path, "application/json", body.to_string()).await
    }

    /// Sends an application.
    pub async fn apply(&self, authority: &str, case: CaseId, data: &Value) -> Answer {
        let path = format!("/api/services/hundesteuer/authorities/{authority}/applications");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header("idempotency-key", case.to_string());
        self.send(request.body(Body::from(data.to_string())).unwrap()).await
    }

    /// Sends a package example and expects it to be taken.
    pub async fn sent(&self, authority: &str, example: &str) -> CaseId {
        let case = self.world.cases.new_case_id();
        let answer = self.apply(authority, case, &self.world.example(example)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        case
    }
}
