//! A whole day: 2,000 applications, 20 caseworkers, everything over the machine interface of the real binary ([`play`]). At the end
//! every application is in a legal state ([`play::check`]), every letter is made, no job is dead, and `wegfrei verify` is clean; any
//! difference is an error of this bench.

pub mod play;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use play::{Ask, Body, Day, Door, Said, Size};
use reqwest::Method;
use serde_json::Value;
use wegfrei_store::testing::Database;
use wegfrei_store::{Engine, Store};

use crate::figure::{Figure, Reporter};
use crate::http::Visitor;
use crate::machine::{memory, moment, processor_seconds};
use crate::measure::Times;
use crate::server::{Server, Start, binary};
use crate::{Effort, Result, house, machine};

/// How long the worker may need for the letters that are left in the evening.
const NIGHT: Duration = Duration::from_secs(600);

/// One connection pool for everybody; the limits by address are off.
#[derive(Clone)]
struct House(Arc<Visitor>);

impl Door for House {
    async fn send(&self, ask: Ask) -> play::Result<Said> {
        let mut request = self.0.request(Method::from_bytes(ask.method.as_bytes())?, &ask.path);
        if let Some(token) = ask.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = ask.key {
            request = request.header("idempotency-key", key);
        }
        request = match ask.body {
            Body::None => request,
            Body::Json(body) => request.json(&body),
            Body::Paper(name, bytes) => request
                .header("content-type", "application/pdf")
                .header("file-name", name)
                .body(bytes),
        };
        let begin = moment();
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        Ok(Said {
            status,
            took: begin.elapsed(),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        })
    }
}

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    let size = Size {
        applications: effort.of(2000, 200),
        residents: effort.of(400, 40),
        caseworkers: 20,
        pause: Duration::from_millis(200),
        seed: 20_261_124,
    };
    for database in house::databases().await {
        one_day(report, size, &database).await?;
    }
    Ok(())
}

async fn one_day(report: &Reporter, size: Size, database: &Database) -> Result<()> {
    let engine = database.engine();
    let data = database.folder().join("data");
    std::fs::create_dir_all(&data)?;
    let directory = data.join("people.toml");
    std::fs::write(&directory, play::people::directory(size))?;
    let server = Server::start(&Start {
        data: &data,
        database: database.url(),
        workers: 1,
        seeded: false,
        directory: Some(&directory),
    })
    .await?;
    let house = House(Arc::new(Visitor::new(server.address)?));
    let day = Day::new(size, machine::ambient().now().date());
    let catalogue = house::catalogue()?;
    let (begin, before) = (moment(), processor_seconds(&server.process())?);
    let most = watch(server.process());
    play::play(&house, &day, &catalogue).await?;
    let seconds = begin.elapsed().as_secs_f64();
    let busy = (processor_seconds(&server.process())? - before) / seconds;
    let store = house::open(database).await?;
    let letters = moment();
    quiet(&store).await?;
    let night = letters.elapsed().as_secs_f64();
    let states = play::check::end(&house, &day, &store).await?;
    store.close().await;
    server.stop().await?;
    let used = most.await??;
    let verifying = moment();
    verify(&data, database.url())?;
    let verified = verifying.elapsed().as_secs_f64();

    let sent = day.tally.sent().len() as u64;
    let add = |what: &str, unit: &'static str, value: f64| {
        report.add(
            Figure::new("day", what.to_owned(), unit, vec![value])
                .on(engine)
                .of(sent),
        );
    };
    add("applications and objections sent", "cases", sent as f64);
    add("until nobody wanted anything any more", "s", seconds);
    add("cases", "cases/s", sent as f64 / seconds);
    add("letters left for the evening", "s", night);
    add("wegfrei verify, clean", "s", verified);
    add("processors busy, server", "cores", busy);
    add("most memory of the server, its own", "MB", used);
    for (state, count) in states {
        add(&format!("ended as {state}"), "cases", count as f64);
    }
    let mut told = 0;
    for (what, count) in day.tally.all() {
        told += if what.starts_with("told:") { count } else { 0 };
        add(what, "times", count as f64);
    }
    add("conflicts told, all", "times", told as f64);
    times(report, engine, day.tally.times());
    Ok(())
}

/// Times of the desk's requests, as the caller waits for them. A day in half a minute keeps every processor busy, so they are mostly
/// waiting for each other; what a caseworker waits on an ordinary day measures the bench `desk`.
fn times(report: &Reporter, engine: Engine, all: BTreeMap<&'static str, Vec<Duration>>) {
    let mut together = Times::default();
    for (what, times) in all {
        let mut sorted = Times::default();
        for time in times {
            sorted.add(time);
        }
        together.join(sorted.clone());
        let mut of_kind = Times::default();
        of_kind.join(sorted);
        let figure = Figure::new("day", format!("desk, {what}"), "ms p99", vec![of_kind.at(0.99)]);
        report.add(figure.on(engine).of(of_kind.len()).times(&of_kind));
    }
    let figure = Figure::new("day", "desk, all requests", "ms p99", vec![together.at(0.99)]);
    report.add(figure.on(engine).of(together.len()).times(&together));
}

/// Looks at the server's memory until it is asked for the most it saw.
fn watch(process: String) -> tokio::task::JoinHandle<Result<f64>> {
    // Ends by itself when the process does.
    tokio::spawn(async move {
        let mut most: f64 = 0.0;
        while let Ok(now) = memory(&process) {
            most = most.max(now.own);
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(most)
    })
}

/// Waits until no job is due.
async fn quiet(store: &Store) -> Result<()> {
    let begin = moment();
    loop {
        let now = machine::ambient().now().as_micros();
        let due: i64 = wegfrei_store::jobs::queues(store, now)
            .await?
            .iter()
            .map(|queue| queue.due)
            .sum();
        // Leased ones are "later", but within a minute.
        let leased = wegfrei_store::jobs::next_due(store).await?;
        let soon = leased.is_some_and(|at| at < now + 120_000_000);
        if due == 0 && !soon {
            return Ok(());
        }
        if begin.elapsed() > NIGHT {
            return Err(format!("{due} jobs are still due").into());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// The binary's own `verify`.
fn verify(data: &Path, database: &str) -> Result<()> {
    let mut command = Command::new(binary()?);
    command
        .arg("verify")
        .arg("--data")
        .arg(data)
        .args(["--database", database]);
    let output = command.env_remove("WEGFREI_BIN").output()?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    Err(format!("wegfrei verify is not clean:\n{out}{err}").into())
}
