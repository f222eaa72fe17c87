//! What a day must end with.
//!
//! The legal states of an application that was acknowledged, by its status:
//!
//! | status | work that waits | letters | deadlines |
//! | --- | --- | --- | --- |
//! | `in-review` | exactly one task at the desk | – | none |
//! | `papers-wanted` | exactly one task of the applicant | at least the request | reminder or deadline |
//! | `decided` | none | at least the notice | the period for objection |
//! | `final`, `withdrawn`, `closed` | none | – (`final`: at least the notice) | none |
//!
//! A draft is no legal state: what was acknowledged was sent. Every task is open in a running case, or ended once, or called off (by a withdrawal or a deadline); as many were
//! ended by staff and by applicants as the house acknowledged. No job is dead.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use wegfrei_store::{Row, Store};

use super::{Body, Caller, Day, Door, Result, expect, people};

/// A case as the tables tell it.
#[derive(Debug, Default)]
struct Case {
    phase: String,
    status: String,
    desk: u64,
    applicant: u64,
    letters: u64,
    deadlines: u64,
}

/// How many applications ended in which state.
pub type States = BTreeMap<String, u64>;

/// Compares what was acknowledged with what is there.
///
/// # Errors
/// Every difference, in words.
pub async fn end<D: Door>(door: &D, day: &Day, store: &Store) -> Result<States> {
    let mut wrong = Vec::new();
    let mut cases = read(store, &mut wrong).await?;
    let sent = day.tally.sent();
    listed(door, day, &sent, &mut wrong).await?;
    let mut states = States::new();
    let mut seen = BTreeSet::new();
    for key in sent {
        if !seen.insert(key.clone()) {
            wrong.push(format!("{key:?} was acknowledged twice"));
            continue;
        }
        let Some(case) = cases.remove(&key) else {
            wrong.push(format!("{key:?} was acknowledged and is lost"));
            continue;
        };
        if let Err(why) = legal(&case) {
            wrong.push(format!("{key:?}: {why}: {case:?}"));
        }
        *states.entry(case.status).or_default() += 1;
    }
    wrong.extend(cases.keys().map(|key| format!("{key:?} is there and nobody sent it")));
    wrong.extend(ended(day, store).await?);
    wrong.extend(dead(store).await?);
    if wrong.is_empty() {
        return Ok(states);
    }
    let count = wrong.len();
    wrong.truncate(20);
    Err(format!("{count} difference(s) at the end of the day:\n{}", wrong.join("\n")).into())
}

fn legal(case: &Case) -> std::result::Result<(), &'static str> {
    let running = case.phase == "running";
    let (fits, why) = match case.status.as_str() {
        "in-review" => (
            running && (case.desk, case.applicant) == (1, 0),
            "in review without exactly one task at the desk",
        ),
        "papers-wanted" => (
            running && (case.desk, case.applicant) == (0, 1) && case.letters > 0 && case.deadlines > 0,
            "papers wanted without request, task of the applicant or deadline",
        ),
        "decided" => (
            running && (case.desk, case.applicant) == (0, 0) && case.letters > 0 && case.deadlines > 0,
            "decided with an open task, or without notice or period",
        ),
        "final" => (
            case.phase == "closed" && (case.desk, case.applicant) == (0, 0) && case.letters > 0 && case.deadlines == 0,
            "final with something open",
        ),
        "withdrawn" | "closed" => (
            case.phase == "closed" && (case.desk, case.applicant) == (0, 0) && case.deadlines == 0,
            "over with something open",
        ),
        _ => (false, "no legal state"),
    };
    if fits { Ok(()) } else { Err(why) }
}

fn key(row: &Row) -> Result<(String, String)> {
    Ok((row.text("authority")?.to_owned(), row.text("case_id")?.to_owned()))
}

async fn read(store: &Store, wrong: &mut Vec<String>) -> Result<BTreeMap<(String, String), Case>> {
    let mut cases = BTreeMap::new();
    for row in store
        .fetch("SELECT authority, case_id, phase, status FROM case_file", &[])
        .await?
    {
        let case = Case {
            phase: row.text("phase")?.to_owned(),
            status: row.text("status")?.to_owned(),
            ..Case::default()
        };
        cases.insert(key(&row)?, case);
    }
    let sql = "SELECT authority, case_id, task_id, queue, work, done_at FROM case_task";
    for row in store.fetch(sql, &[]).await? {
        let (queue, ended) = (row.text("queue")?, row.opt_int("done_at")?.is_some());
        let Some(case) = cases.get_mut(&key(&row)?) else {
            wrong.push(format!("task {} has no case", row.text("task_id")?));
            continue;
        };
        match queue {
            "desk" => case.desk += 1,
            "applicant" => case.applicant += 1,
            _ => {}
        }
        // A task nobody ended was called off: by the withdrawal, or, what the applicant was asked for, by the deadline.
        let called_off = case.status == "withdrawn" || row.text("work")? == "nachreichung";
        let fits = if queue == "done" { ended || called_off } else { !ended };
        if !fits {
            wrong.push(format!(
                "task {} is both open and ended, or neither",
                row.text("task_id")?
            ));
        }
    }
    for row in store.fetch("SELECT authority, case_id FROM notice", &[]).await? {
        if let Some(case) = cases.get_mut(&key(&row)?) {
            case.letters += 1;
        }
    }
    for row in store.fetch("SELECT authority, case_id FROM deadline", &[]).await? {
        if let Some(case) = cases.get_mut(&key(&row)?) {
            case.deadlines += 1;
        }
    }
    Ok(cases)
}

/// Each office's list of all cases names each of its own once, and nothing else.
async fn listed<D: Door>(door: &D, day: &Day, sent: &[(String, String)], wrong: &mut Vec<String>) -> Result<()> {
    for member in people::staff(day.size.caseworkers)
        .into_iter()
        .filter(|member| member.leads)
    {
        let me = Caller::login(door, json!({ "staff": member.id, "authority": member.authority })).await?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let after_key = after
                .as_ref()
                .map(|after| format!("&after={after}"))
                .unwrap_or_default();
            let path = format!("/api/desk/worklist?filter=all&limit=200{after_key}");
            let page = expect(&path, me.ask("GET", path.clone(), Body::None).await?, &[200])?.body;
            let items = page["items"].as_array().ok_or("no list")?;
            found.extend(items.iter().filter_map(|item| item["case"].as_str().map(str::to_owned)));
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => break,
            }
        }
        found.sort();
        let mut expected: Vec<String> = sent
            .iter()
            .filter(|(authority, _)| authority == member.authority)
            .map(|(_, case)| case.clone())
            .collect();
        expected.sort();
        if found != expected {
            wrong.push(format!(
                "the list of {} names {} cases; {} were sent there",
                member.authority,
                found.len(),
                expected.len()
            ));
        }
    }
    Ok(())
}

/// Tasks ended by staff and by applicants: as many as were acknowledged.
async fn ended(day: &Day, store: &Store) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let (mut staff, mut persons) = (0, 0);
    let sql = "SELECT done_by FROM case_task WHERE done_at IS NOT NULL";
    for row in store.fetch(sql, &[]).await? {
        match row.opt_text("done_by")? {
            Some(by) if by.starts_with("staff:") => staff += 1,
            Some(by) if by.starts_with("person:") => persons += 1,
            _ => {}
        }
    }
    for (what, counted, acknowledged) in [
        ("staff", staff, day.tally.of("verdicts")),
        ("applicants", persons, day.tally.of("answered in time")),
    ] {
        if counted != acknowledged {
            wrong.push(format!(
                "{counted} tasks were ended by {what}; {acknowledged} were acknowledged"
            ));
        }
    }
    Ok(wrong)
}

async fn dead(store: &Store) -> Result<Vec<String>> {
    let dead = wegfrei_store::jobs::all_dead(store, 20).await?;
    let dead = dead.into_iter();
    Ok(dead
        .map(|job| format!("job {} is dead: {}", job.kind, job.last_failure.unwrap_or_default()))
        .collect())
}
