//! The demonstration: everything on one machine, with invented people and a few cases.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;
use tokio::net::TcpListener;
use wegfrei_identity::Profile;
use wegfrei_model::{AuthorityId, Date};

use crate::command::{run_platform, say};
use crate::config::Config;
use crate::platform::{Error, Platform};

/// The demonstration's configuration: all data in one folder.
pub fn config(data: &Path, listen: SocketAddr, database: Option<String>) -> Config {
    let database = database.unwrap_or_else(|| sqlite(data));
    Config {
        listen,
        public_url: format!("http://{listen}"),
        database,
        keys: data.join("keys"),
        secret: data.join("secret"),
        demonstration: true,
        directory: std::env::var_os("WEGFREI_DIRECTORY").map(Into::into),
        packages: std::env::var_os("WEGFREI_PACKAGES").map(Into::into),
        rate_limits: !std::env::var("WEGFREI_RATE_LIMITS").is_ok_and(|value| value == "false"),
        log: std::env::var("WEGFREI_LOG").unwrap_or_else(|_| "warn".to_owned()),
        ..Config::default()
    }
}

fn sqlite(data: &Path) -> String {
    format!("sqlite:{}", data.join("wegfrei.db").display())
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
    let data = config.keys.parent().unwrap_or(Path::new("."));
    let database = if config.database == sqlite(data) {
        String::new()
    } else {
        format!(" --database '{}'", config.database)
    };
    say(&format!("  wegfrei verify --data {}{database}\n", data.display()));
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
    // As if it had been sent today: an example has a day of its own.
    let mut data = example.application.clone();
    shift(&mut data, example.date, platform.cases.now().date());
    let known = package.prefill(|field| person.field(field).map(str::to_owned));
    merge(&mut data, known);
    Some(data)
}

/// Moves every date as far as `from` lies before `to`.
fn shift(value: &mut Value, from: Date, to: Date) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| shift(field, from, to)),
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, from, to)),
        Value::String(text) => {
            let date = text.parse::<Date>().ok();
            let moved = date.and_then(|date| date.checked_add(from.until(to).ok()?).ok());
            if let Some(moved) = moved {
                *text = moved.to_string();
            }
        }
        _ => {}
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_move_and_nothing_else() {
        let mut data = json!({"a": [{"b": "2026-02-20"}, "2024-02-29"], "c": "Bello 2026", "d": 20_260_220, "e": null});
        shift(&mut data, "2026-03-18".parse().unwrap(), "2025-12-31".parse().unwrap());
        let expected = json!({"a": [{"b": "2025-12-05"}, "2023-12-14"], "c": "Bello 2026", "d": 20_260_220, "e": null});
        assert_eq!(data, expected);
    }
}
