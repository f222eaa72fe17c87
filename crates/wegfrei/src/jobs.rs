//! `wegfrei jobs`: what waits, what failed too often, and letting it run again.

use std::process::ExitCode;

use wegfrei_store::{Store, jobs};

use crate::ambient;
use crate::command::say;
use crate::config::Config;
use crate::platform::{Error, migrations, open_store, sqlite_file};

/// Dead jobs printed.
const MOST: u32 = 1000;

/// A database that is there and of this version; a mistyped path must not make a new one.
async fn open(config: &Config) -> Result<Store, Error> {
    if let Some(file) = sqlite_file(config).filter(|file| !file.is_file()) {
        return Err(format!("there is no database {}: check `database`, or `--data`", file.display()).into());
    }
    let store = open_store(config).await?;
    if !store.is_migrated(&migrations()).await? {
        return Err("the database is not of this version: run `wegfrei migrate` first".into());
    }
    Ok(store)
}

/// Prints queues and dead jobs, tab-separated.
pub async fn list(config: &Config) -> Result<ExitCode, Error> {
    let store = open(config).await?;
    for queue in jobs::queues(&store, ambient::system().now().as_micros()).await? {
        say(&format!(
            "{}: {} due, {} later or under way, {} dead",
            queue.kind, queue.due, queue.later, queue.dead
        ));
    }
    let dead = jobs::all_dead(&store, MOST).await?;
    if dead.is_empty() {
        say("no dead jobs");
    }
    for job in dead {
        let reason = job.last_failure.unwrap_or_default();
        say(&format!(
            "{}\t{}\t{} attempts\t{}",
            job.authority,
            job.id,
            job.attempts,
            // A reason never breaks the line.
            reason.replace(char::is_control, " ")
        ));
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Lets one dead job run again.
pub async fn retry(config: &Config, authority: &str, id: &str) -> Result<ExitCode, Error> {
    let store = open(config).await?;
    let mut tx = store.begin().await?;
    let known = jobs::revive(&mut tx, authority, id, ambient::system().now().as_micros()).await?;
    tx.commit().await?;
    store.close().await;
    if known {
        say("the job is due again");
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "authority {authority} has no dead job {id}; `wegfrei jobs list` shows them"
    ));
    Ok(ExitCode::FAILURE)
}
