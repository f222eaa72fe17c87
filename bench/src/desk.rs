//! The desk: from an application to the notice a caseworker confirmed, over HTTP; and the desk's pages while 200 caseworkers click.
//!
//! Times are the callers' own, whole answers over loopback, with callers and server on the same processors.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wegfrei_model::CaseId;
use wegfrei_model::ambient::Ambient;
use wegfrei_store::testing::Database;

use crate::day::play::{Dice, Size, people};
use crate::figure::{Figure, Goal, Reporter};
use crate::house::{self, MAGDEBURG};
use crate::http::Visitor;
use crate::machine::{self, memory, moment, processor_seconds};
use crate::measure::{Client, Times, floods};
use crate::server::{Server, Start};
use crate::{Effort, Error, Result};

/// Caseworkers who click at once.
const STAFF: usize = 200;
/// Cases that wait at the desk meanwhile.
const CASES: usize = 1000;
/// How long somebody looks at a page on average.
const READS: Duration = Duration::from_millis(2000);

/// One office, and residents who apply there.
const SIZE: Size = Size {
    applications: 0,
    residents: 64,
    caseworkers: STAFF,
    pause: Duration::ZERO,
    seed: 1,
};

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    for (service, kind) in [("hundesteuer", "dangerous dog"), ("wohngeld", "Wohngeld")] {
        for database in house::databases().await {
            confirmed(report, effort, &database, service, kind).await?;
        }
    }
    for database in house::databases().await {
        clicked(report, effort, &database).await?;
    }
    Ok(())
}

/// The demonstration's server with this bench's people, all staff at Magdeburg.
async fn server(database: &Database, workers: u16) -> Result<Server> {
    let data = database.folder().join("data");
    std::fs::create_dir_all(&data)?;
    let directory = data.join("people.toml");
    let people = people::directory(SIZE).replace("\"15002000\"", "\"15003000\"");
    std::fs::write(&directory, people.replace("\"15001000\"", "\"15003000\""))?;
    Server::start(&Start {
        data: &data,
        database: database.url(),
        workers,
        seeded: false,
        directory: Some(&directory),
    })
    .await
}

/// An application a human has to look at, and one look is enough.
fn application(service: &str) -> Result<Value> {
    let catalogue = house::catalogue()?;
    if service == house::SERVICE {
        let mut data = house::application(&catalogue, &machine::ambient())?;
        data["G15000000002"]["F15000000016"] = true.into();
        return Ok(data);
    }
    let package = catalogue.package(service).ok_or("no such package")?;
    let mut examples = package.examples().iter();
    let example = examples.find(|example| example.file.contains("01-rentnerin"));
    Ok(example.ok_or("no example 01-rentnerin")?.application.clone())
}

/// A resident who applies and a caseworker who confirms.
struct Pair {
    visitor: Visitor,
    resident: String,
    official: String,
    service: &'static str,
    body: Arc<Value>,
    ambient: Ambient,
    confirmed: Arc<AtomicU64>,
}

impl Pair {
    async fn ask(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
        let mut request = self.visitor.request(method, path).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(format!("{path}: {status}: {text}").into());
        }
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }
}

impl Client for Pair {
    async fn once(&mut self) -> Result<(u64, Duration)> {
        let begin = moment();
        let case = self.ambient.new_id::<CaseId>().to_string();
        let path = format!("/api/services/{}/authorities/{MAGDEBURG}/applications", self.service);
        let request = self.visitor.request(Method::POST, &path).bearer_auth(&self.resident);
        let request = request.header("idempotency-key", &case).json(&*self.body);
        let sent = request.send().await?;
        if sent.status() != StatusCode::CREATED {
            return Err(format!("{path}: {}", sent.text().await?).into());
        }
        sent.bytes().await?;
        let desk = format!("/api/desk/cases/{MAGDEBURG}/{case}");
        let opening = format!("{desk}?purpose=case-work");
        let (_, view) = self.ask(&self.official, Method::GET, &opening, None).await?;
        let task = view["task"]["task"].as_str().ok_or("no task waits")?;
        let verdict = json!({ "verdict": "confirm", "version": view["version"] });
        let path = format!("{desk}/tasks/{task}");
        self.ask(&self.official, Method::POST, &path, Some(&verdict)).await?;
        let path = format!("/api/cases/{MAGDEBURG}/{case}");
        let (_, seen) = self.ask(&self.resident, Method::GET, &path, None).await?;
        if seen["status"] != "decided" {
            return Err(format!("confirmed, and stands at {}", seen["status"]).into());
        }
        self.confirmed.fetch_add(1, Ordering::Relaxed);
        Ok((1, begin.elapsed()))
    }
}

async fn official(visitor: &Visitor, staff: &str) -> Result<String> {
    let login = json!({ "staff": staff, "authority": MAGDEBURG });
    let answer = visitor
        .request(Method::POST, "/api/sessions")
        .json(&login)
        .send()
        .await?;
    let answer: Value = answer.json().await?;
    Ok(answer["token"].as_str().ok_or("no token for staff")?.to_owned())
}

async fn pair(server: &Server, number: usize, service: &'static str, confirmed: &Arc<AtomicU64>) -> Result<Pair> {
    let visitor = Visitor::new(server.address)?;
    Ok(Pair {
        resident: visitor.token(&people::person(number % SIZE.residents)).await?,
        official: official(&visitor, &format!("tag-{}", number % STAFF)).await?,
        visitor,
        service,
        body: Arc::new(application(service)?),
        ambient: machine::ambient(),
        confirmed: Arc::clone(confirmed),
    })
}

async fn confirmed(
    report: &Reporter,
    effort: Effort,
    database: &Database,
    service: &'static str,
    kind: &str,
) -> Result<()> {
    let server = server(database, 0).await?;
    let confirmed = Arc::new(AtomicU64::new(0));
    for count in [1, 32] {
        let mut pairs = Vec::with_capacity(count);
        for number in 0..count {
            pairs.push(pair(&server, number, service, &confirmed).await?);
        }
        let (warm_up, time) = (Duration::from_millis(500), Duration::from_secs(effort.of(4, 1)));
        let (begin, before) = (moment(), processor_seconds(&server.process())?);
        let (rates, times, n) = floods(pairs, effort.runs(), warm_up, time).await?;
        let busy = (processor_seconds(&server.process())? - before) / begin.elapsed().as_secs_f64();
        let what = format!("{kind}, application to confirmed notice, {count} at once");
        let figure = Figure::new("desk", what, "cases/s", rates).on(database.engine()).of(n);
        report.add(figure.times(&times));
        let what = "processors busy meanwhile, server";
        report.add(Figure::new("desk", what, "cores", vec![busy]).on(database.engine()));
    }
    server.stop().await?;
    let store = house::open(database).await?;
    let notices = house::notices(&store).await?;
    store.close().await;
    match confirmed.load(Ordering::Relaxed) {
        seen if seen == notices => Ok(()),
        seen => Err(format!("{seen} cases were confirmed, {notices} have a notice").into()),
    }
}

/// A caseworker at a browser.
struct Clicker {
    visitor: Visitor,
    cases: Arc<Vec<String>>,
    dice: Dice,
    csrf: String,
}

/// One page, and how long it took.
type Click = (&'static str, Duration);

impl Clicker {
    async fn new(server: &Server, number: usize, cases: &Arc<Vec<String>>) -> Result<Clicker> {
        let mut visitor = Visitor::new(server.address)?;
        let token = official(&visitor, &format!("tag-{number}")).await?;
        visitor.set("sitzung", &token);
        Ok(Clicker {
            visitor,
            cases: Arc::clone(cases),
            dice: Dice::new(number as u64),
            csrf: String::new(),
        })
    }

    async fn page(&mut self, what: &'static str, path: &str, sign: &str, clicks: &mut Vec<Click>) -> Result<String> {
        self.dice.rest(READS).await;
        let page = self.visitor.get(path).await?.expect(StatusCode::OK)?;
        if !page.text.contains(sign) {
            return Err(format!("{what}: {path} is another page").into());
        }
        clicks.push((what, page.took));
        Ok(page.text)
    }

    /// Looks at the list, says what for a case is opened, reads it, and turns to its task.
    async fn round(&mut self) -> Result<Vec<Click>> {
        let mut clicks = Vec::new();
        let listed = self.page("worklist", "/amt", "/amt/vorgang/", &mut clicks).await?;
        if self.csrf.is_empty() {
            let (_, rest) = listed
                .split_once("name=\"csrf\" value=\"")
                .ok_or("no token in the list")?;
            self.csrf = rest.split('"').next().unwrap_or_default().to_owned();
        }
        let at = self.dice.below(self.cases.len());
        let case = self.cases.get(at).ok_or("no case")?;
        let path = format!("/amt/vorgang/{MAGDEBURG}/{case}");
        self.dice.rest(READS).await;
        let csrf = self.csrf.clone();
        let chosen = self
            .visitor
            .post(&path, &[("csrf", &csrf), ("zweck", "case-work")])
            .await?;
        let chosen = chosen.expect(StatusCode::SEE_OTHER)?;
        clicks.push(("purpose", chosen.took));
        // A redirect is followed at once.
        let page = self.visitor.get(&path).await?.expect(StatusCode::OK)?;
        if !page.text.contains("/aufgabe") {
            return Err("the case's page offers no task".into());
        }
        clicks.push(("case", page.took));
        self.page("task", &format!("{path}/aufgabe"), "<form", &mut clicks)
            .await?;
        Ok(clicks)
    }
}

/// Cases that wait: half of them Wohngeld.
async fn fill(server: &Server) -> Result<Vec<String>> {
    let mut cases = Vec::with_capacity(CASES);
    let confirmed = Arc::new(AtomicU64::new(0));
    for service in ["wohngeld", house::SERVICE] {
        let path = format!("/api/services/{service}/authorities/{MAGDEBURG}/applications");
        let pair = pair(server, 0, service, &confirmed).await?;
        for _ in 0..CASES / 2 {
            let case = pair.ambient.new_id::<CaseId>().to_string();
            let request = pair.visitor.request(Method::POST, &path).bearer_auth(&pair.resident);
            let request = request.header("idempotency-key", &case).json(&*pair.body);
            let sent = request.send().await?;
            if sent.status() != StatusCode::CREATED {
                return Err(format!("{path}: {}", sent.text().await?).into());
            }
            cases.push(case);
        }
    }
    Ok(cases)
}

async fn clicked(report: &Reporter, effort: Effort, database: &Database) -> Result<()> {
    const MEASURING: u8 = 1;
    const OVER: u8 = 2;
    let server = server(database, 1).await?;
    let cases = Arc::new(fill(&server).await?);
    let idle = memory(&server.process())?;
    let phase = Arc::new(AtomicU8::new(0));
    let mut clicking = tokio::task::JoinSet::new();
    for number in 0..STAFF {
        let mut clicker = Clicker::new(&server, number, &cases).await?;
        let phase = Arc::clone(&phase);
        clicking.spawn(async move {
            let mut measured = Vec::new();
            loop {
                let clicks = clicker.round().await?;
                match phase.load(Ordering::Relaxed) {
                    MEASURING => measured.extend(clicks),
                    OVER => return Ok::<_, Error>(measured),
                    _ => {}
                }
            }
        });
    }
    // Everybody has had a round.
    tokio::time::sleep(READS * 4).await;
    let (begin, before, mine) = (
        moment(),
        processor_seconds(&server.process())?,
        processor_seconds("self")?,
    );
    phase.store(MEASURING, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(effort.of(40, 10))).await;
    let seconds = begin.elapsed().as_secs_f64();
    let busy = (processor_seconds(&server.process())? - before) / seconds;
    let mine = (processor_seconds("self")? - mine) / seconds;
    let used = memory(&server.process())?;
    phase.store(OVER, Ordering::Relaxed);
    let mut all: BTreeMap<&'static str, Times> = BTreeMap::new();
    let mut pages = 0u32;
    while let Some(clicks) = clicking.join_next().await {
        for (what, took) in clicks?? {
            pages += 1;
            all.entry(what).or_default().add(took);
        }
    }
    let engine = database.engine();
    let rate = f64::from(pages) / seconds;
    for (what, times) in all {
        let mut sorted = Times::default();
        sorted.join(times);
        let what = format!("{what} page, {STAFF} caseworkers, {rate:.0} pages/s together");
        let figure = Figure::new("desk", what, "ms p99", vec![sorted.at(0.99)]).on(engine);
        let n = sorted.len();
        report.add(figure.of(n).times(&sorted).goal(Goal::AtMost(10.0)));
    }
    for (what, unit, value) in [
        ("pages of all caseworkers together", "pages/s", rate),
        ("processors busy meanwhile, server", "cores", busy),
        ("processors busy meanwhile, browsers", "cores", mine),
        ("memory of the server before, its own", "MB", idle.own),
        ("memory of the server meanwhile, its own", "MB", used.own),
        ("memory of the server meanwhile, resident", "MB", used.resident),
    ] {
        report.add(Figure::new("desk", what, unit, vec![value]).on(engine));
    }
    server.stop().await
}
