//! The demonstration: everything on one machine, with invented people and a few cases.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;
use tokio::net::TcpListener;
use wegfrei_identity::Profile;
use wegfrei_model::AuthorityId;

use crate::command::{run_platform, say};
use crate::config::Config;
use crate::platform::{Error, Platform};

/// The demonstration's configuration: all data in one folder.
pub fn config(data: &Path, listen: SocketAddr, database: Option<String>) -> Config {
    let database = database.unwrap_or_else(|| format!("sqlite:{}", data.join("wegfrei.db").display()));
    Config {
        listen,
        public_url: format!("http://{listen}"),
        database,
        keys: data.join("keys"),
        secret: data.join("secret"),
        demonstration: true,
        log: std::env::var("WEGFREI_LOG").unwrap_or_else(|_| "warn".to_owned()),
        ..Config::default()
    }
}

/// Starts the demonstration and serves until Ctrl+C.
pub async fn run(config: &Config, empty: bool) -> Result<ExitCode, Error> {
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        format!(
            "cannot listen on {}: {error}; give another one with --listen",
            config.listen
        )
    })?;
    let address = listener.local_addr()?;
    let config = Config {
        public_url: format!("http://{address}"),
        ..config.clone()
    };
    let platform = Platform::start(&config).await?;
    if !empty {
        seed(&platform).await?;
    }
    say(&format!("\n  Wegfrei runs:            http://{address}/"));
    say(&format!("  Log in as anybody:       http://{address}/anmelden"));
    say(&format!("  Desk for caseworkers:    http://{address}/amt"));
    say(&format!("  Is a notice genuine:     http://{address}/pruefen"));
    say(&format!("  Machine interface:       http://{address}/api/openapi.json"));
    say("\n  Invented people, demonstration figures, no legal effect. Stop with Ctrl+C, then check the record:");
    say(&format!(
        "  wegfrei verify --data {}\n",
        config.keys.parent().unwrap_or(Path::new(".")).display()
    ));
    run_platform(&config, platform, listener).await
}

/// Two applications from before, once: one decided at once, one that waits for a caseworker.
async fn seed(platform: &Platform) -> Result<(), Error> {
    let Some(person) = platform.directory.persons().next() else {
        return Ok(());
    };
    if !platform.cases.my_cases(person.id).await?.is_empty() {
        return Ok(());
    }
    let magdeburg = AuthorityId::parse("15003000")?;
    for dangerous in [false, true] {
        if let Some(data) = sample(platform, person, dangerous) {
            let case = platform.cases.new_case_id();
            platform
                .cases
                .submit_direct(person.id, magdeburg, "hundesteuer", case, &data)
                .await?;
        }
    }
    Ok(())
}

/// The package's own example application, under the demonstration person's name.
fn sample(platform: &Platform, person: &Profile, dangerous: bool) -> Option<Value> {
    let package = platform.cases.catalogue().package("hundesteuer")?;
    let wanted = if dangerous { "gefaehrlicher-hund" } else { "erster-hund" };
    let example = package
        .examples()
        .iter()
        .find(|example| example.file.contains(wanted))?;
    let mut data = example.application.clone();
    let known = package.prefill(|field| person.field(field).map(str::to_owned));
    merge(&mut data, known);
    Some(data)
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
