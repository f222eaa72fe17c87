//! From an application to the notice in the mailbox: over HTTP through the real binary, and in this process without HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use wegfrei_cases::{AccessProjection, CaseProjection, Cases};
use wegfrei_journal::{Keys, VerifyOptions, verify};
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, CaseId, PersonId};
use wegfrei_store::Engine;
use wegfrei_store::testing::Database;

use crate::figure::{Figure, Goal, Reporter};
use crate::house::{self, House};
use crate::http::Visitor;
use crate::machine::{self, moment, processor_seconds};
use crate::measure::{Client, flood, floods};
use crate::server::{Server, Start};
use crate::{Effort, Result};

/// Sends without HTTP.
pub struct Direct {
    cases: Cases,
    person: PersonId,
    authority: AuthorityId,
    application: Arc<Value>,
}

impl Direct {
    /// So many, spread over the authorities that offer the service.
    pub fn clients(house: &House, count: usize) -> Vec<Direct> {
        let authorities = house.authorities.iter().cycle().take(count);
        authorities
            .map(|authority| Direct {
                cases: house.cases.clone(),
                person: house.person,
                authority: *authority,
                application: Arc::clone(&house.application),
            })
            .collect()
    }
}

impl Client for Direct {
    async fn once(&mut self) -> Result<(u64, Duration)> {
        let case = self.cases.new_case_id();
        let asked = moment();
        let sent = self
            .cases
            .submit_direct(self.person, self.authority, house::SERVICE, case, &self.application)
            .await?;
        let took = asked.elapsed();
        if sent.status != wegfrei_cases::Status::Decided {
            return Err("the ordinary case was not decided at once".into());
        }
        Ok((1, took))
    }
}

/// Sends over HTTP.
struct Sender {
    visitor: Visitor,
    token: String,
    path: String,
    body: Arc<Vec<u8>>,
    ambient: Ambient,
    accepted: Arc<AtomicU64>,
}

impl Client for Sender {
    async fn once(&mut self) -> Result<(u64, Duration)> {
        let request = self
            .visitor
            .request(Method::POST, &self.path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("idempotency-key", self.ambient.new_id::<CaseId>().to_string())
            .header("content-type", "application/json")
            .body(self.body.as_ref().clone());
        let answer = self.visitor.send(request).await?.expect(StatusCode::CREATED)?;
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Ok((1, answer.took))
    }
}

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    for database in house::databases().await {
        direct(report, effort, &database).await?;
    }
    for workers in [0, 1] {
        for database in house::databases().await {
            over_http(report, effort, &database, workers).await?;
        }
    }
    Ok(())
}

async fn direct(report: &Reporter, effort: Effort, database: &Database) -> Result<()> {
    let house = House::build(database).await?;
    let (warm_up, time) = (Duration::from_millis(1000), Duration::from_secs(effort.of(5, 1)));
    let before = processor_seconds("self")?;
    let begin = moment();
    let (rates, times, n) = floods(Direct::clients(&house, 64), effort.runs(), warm_up, time).await?;
    let busy = (processor_seconds("self")? - before) / begin.elapsed().as_secs_f64();
    let what = "to notice, without HTTP, 64 callers, no worker";
    let engine = database.engine();
    report.add(
        Figure::new("submit", what, "applications/s", rates)
            .on(engine)
            .of(n)
            .times(&times),
    );
    report.add(Figure::new("submit", "processors busy meanwhile", "cores", vec![busy]).on(engine));
    house.cases.journal().close().await;
    house.store.close().await;
    Ok(())
}

async fn over_http(report: &Reporter, effort: Effort, database: &Database, workers: u16) -> Result<()> {
    let engine = database.engine();
    let data = database.folder().join("data");
    std::fs::create_dir_all(&data)?;
    let server = Server::start(&Start {
        data: &data,
        database: database.url(),
        workers,
        seeded: false,
        directory: None,
    })
    .await?;
    let catalogue = house::catalogue()?;
    let ambient = machine::ambient();
    let body = Arc::new(serde_json::to_vec(&house::application(&catalogue, &ambient)?)?);
    let directory = house::directory()?;
    let people: Vec<PersonId> = directory.persons().map(|person| person.id).collect();
    let authorities: Vec<AuthorityId> = catalogue.adopters(house::SERVICE).map(|known| known.id).collect();
    let accepted = Arc::new(AtomicU64::new(0));
    let with = if workers == 0 {
        "no worker"
    } else {
        "one worker making the PDFs"
    };
    let counts: &[usize] = if workers == 0 { &[1, 64, 256] } else { &[64] };
    for &count in counts {
        let mut clients = Vec::with_capacity(count);
        let places = authorities.iter().cycle().zip(people.iter().cycle()).take(count);
        for (authority, person) in places {
            let visitor = Visitor::new(server.address)?;
            clients.push(Sender {
                token: visitor.token(&person.to_string()).await?,
                visitor,
                path: format!("/api/services/{}/authorities/{authority}/applications", house::SERVICE),
                body: Arc::clone(&body),
                ambient: ambient.clone(),
                accepted: Arc::clone(&accepted),
            });
        }
        let (warm_up, time) = (Duration::from_millis(1000), Duration::from_secs(effort.of(5, 1)));
        let (begin, before) = (moment(), processor_seconds(&server.process())?);
        let mine = processor_seconds("self")?;
        let (rates, times, n) = floods(clients, effort.runs(), warm_up, time).await?;
        let seconds = begin.elapsed().as_secs_f64();
        let busy = (processor_seconds(&server.process())? - before) / seconds;
        let mine = (processor_seconds("self")? - mine) / seconds;
        let what = format!("over HTTP to notice, {count} clients, {with}");
        let figure = Figure::new("submit", what, "applications/s", rates)
            .on(engine)
            .of(n)
            .times(&times);
        let goal = engine == Engine::Sqlite && workers == 0 && count > 1;
        report.add(if goal {
            figure.goal(Goal::AtLeast(600.0))
        } else {
            figure
        });
        for (busy, whose) in [(busy, "server"), (mine, "clients")] {
            let what = format!("processors busy meanwhile, {whose}");
            report.add(Figure::new("submit", what, "cores", vec![busy]).on(engine));
        }
    }
    server.stop().await?;
    check(database, &data.join("keys"), accepted.load(Ordering::Relaxed)).await
}

/// What was acknowledged is in the mailboxes, and the journal is clean.
async fn check(database: &Database, keys: &std::path::Path, accepted: u64) -> Result<()> {
    let store = house::open(database).await?;
    let notices = house::notices(&store).await?;
    if notices != accepted {
        return Err(format!("{accepted} applications were accepted, {notices} have a notice").into());
    }
    let found = verify(
        &store,
        &Keys::open(keys)?,
        &[&CaseProjection, &AccessProjection],
        &VerifyOptions::default(),
    )
    .await?;
    store.close().await;
    match found.first() {
        None => Ok(()),
        Some(finding) => Err(format!("the journal is not clean: {finding}").into()),
    }
}

/// Fills a database with cases, in this process.
pub async fn fill(database: &Database, time: Duration) -> Result<House> {
    let house = House::build(database).await?;
    flood(Direct::clients(&house, 64), Duration::ZERO, time).await?;
    Ok(house)
}
