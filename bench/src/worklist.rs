//! The worklist of one authority with a million cases: every view and filter, at the beginning and deep inside.
//!
//! The rows are written straight into the tables, as the journal's commands would have left them: half of the cases wait at the
//! desk (far more than any office has), some for the applicant, the rest are done.

use wegfrei_cases::{CASE_FILE, CASE_TASK, Cases, Holder, WorklistOrder, WorklistQuery, WorklistView};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_store::testing::Database;
use wegfrei_store::{Engine, Store, Value};

use crate::figure::{Figure, Goal, Reporter};
use crate::house::{self, House, MAGDEBURG};
use crate::machine::{memory, moment};
use crate::measure::Times;
use crate::{Effort, Result};

/// Rows of one statement.
const CHUNK: u64 = 5000;
/// Caseworkers with work of their own.
const STAFF: u64 = 40;
const SERVICES: [&str; 4] = ["hundesteuer", "wohngeld", "gewerbe", "meldewesen"];
const DAY: i64 = 24 * 3600 * 1_000_000;
/// Lines of a page, as the desk shows them.
const PAGE: u64 = 50;

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    let size: u64 = effort.of(1_000_000, 50_000);
    for database in house::databases().await {
        let house = House::build(&database).await?;
        let now = house.cases.now().as_micros();
        let begin = moment();
        fill(&house.store, size, now).await?;
        let filled = begin.elapsed().as_secs_f64();
        let figure = Figure::new("worklist", "cases of one authority written", "cases", vec![size as f64]);
        report.add(figure.on(database.engine()));
        eprintln!("         in {filled:.1} s");
        analyse(&database, &house.store).await?;
        if database.engine() == Engine::Postgres {
            plans(&house.store).await?;
        }
        measure(report, effort, &database, &house.cases, size, now).await?;
        let used = memory("self")?;
        let figure = Figure::new("worklist", "memory of this process afterwards", "MB", vec![used.own]);
        report.add(figure.on(database.engine()));
        house.cases.journal().close().await;
        house.store.close().await;
    }
    Ok(())
}

/// Mixes a number (splitmix64): the same rows on each engine.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn id(kind: u64, n: u64) -> String {
    let random = mix(n ^ (kind << 56));
    format!(
        "0190b3c0-{kind:04x}-7{:03x}-8{:03x}-{n:012x}",
        random & 0xfff,
        (random >> 12) & 0xfff
    )
}

fn reference(n: u64) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bits = mix(n ^ 0x5eed);
    let mut text = String::with_capacity(11);
    for place in 0..10 {
        if place == 5 {
            text.push('-');
        }
        let letter = LETTERS.get((bits & 31) as usize).copied().unwrap_or(b'0');
        text.push(char::from(letter));
        bits >>= 5;
    }
    text
}

/// A caseworker of the generated authority. The first is a person of the demonstration, who asks.
fn member(n: u64) -> String {
    if n == 0 {
        "sb-magdeburg-1".to_owned()
    } else {
        format!("sb-{n}")
    }
}

async fn fill(store: &Store, size: u64, now: i64) -> Result<()> {
    let mut from = 0;
    while from < size {
        let to = (from + CHUNK).min(size);
        let (mut files, mut tasks) = (Vec::new(), Vec::new());
        for n in from..to {
            let (file, task) = rows(n, size, now);
            files.push(file);
            tasks.push(task);
        }
        let mut tx = store.begin().await?;
        tx.insert_many(&CASE_FILE, &files).await?;
        tx.insert_many(&CASE_TASK, &tasks).await?;
        tx.commit().await?;
        from = to;
    }
    Ok(())
}

fn rows(n: u64, size: u64, now: i64) -> (Vec<Value>, Vec<Value>) {
    let random = mix(n);
    // Received over three years, the last a minute ago.
    let received = now - 60_000_000 - (3 * 365 * DAY / size as i64) * (size - n) as i64;
    let due = received + 92 * DAY + i64::try_from(mix(n ^ 7) % 900).unwrap_or(0) * DAY;
    let service = SERVICES[(random % 4) as usize];
    let queue = match (random >> 8) & 7 {
        0..4 => "desk",
        4 => "applicant",
        _ => "done",
    };
    let open = queue != "done";
    // A third of the work is nobody's yet.
    let holder = match (random >> 16) % 3 {
        0 => String::new(),
        _ => member((random >> 24) % STAFF),
    };
    let (case, task, reference) = (id(1, n), id(2, n), reference(n));
    let done = |value: Value| if open { Value::Null } else { value };
    let text = |text: &str| Value::from(text);
    let file = vec![
        text(MAGDEBURG),
        text(&case),
        text(&id(3, n / 3)),
        text(service),
        text("1.0.0"),
        text(if open { "running" } else { "closed" }),
        text(if open { "in-review" } else { "final" }),
        text(&reference),
        text("Antrag prüfen"),
        Value::Null,
        received.into(),
        received.into(),
        received.into(),
        done((received + DAY).into()),
        Value::Null,
        Value::Null,
        Value::from(queue == "desk"),
        text(if queue == "desk" { &holder } else { "" }),
        if open { due.into() } else { Value::Null },
        Value::from(true),
    ];
    let by = format!("staff:{}@{MAGDEBURG}", member((random >> 24) % STAFF));
    let task = vec![
        text(MAGDEBURG),
        text(&task),
        text(&case),
        text(service),
        text(&reference),
        text("Antrag prüfen"),
        text("sachbearbeitung"),
        Value::from(open),
        (received + 1000).into(),
        done((received + DAY).into()),
        done(by.into()),
        text(if queue == "applicant" {
            "nachreichung"
        } else {
            "pruefung"
        }),
        text(queue),
        text(&holder),
        received.into(),
        due.into(),
        text(if open { "in-review" } else { "final" }),
        text(""),
        Value::from(true),
    ];
    (file, task)
}

/// As autovacuum would have done within minutes.
async fn analyse(database: &Database, store: &Store) -> Result<()> {
    if database.engine() == Engine::Postgres {
        store.execute("ANALYZE case_task", &[]).await?;
        store.execute("ANALYZE case_file", &[]).await?;
    }
    Ok(())
}

/// On PostgreSQL, with a million rows and statistics: no plan may read a table through or sort. (On SQLite a test asks.)
async fn plans(store: &Store) -> Result<()> {
    for (sql, equal) in wegfrei_cases::worklist_statements() {
        // As text: the program's own statements are prepared once and planned for any value, as these are here.
        let explain: &'static str = Box::leak(format!("EXPLAIN {sql}").into_boxed_str());
        let mut values: Vec<Value> = vec![MAGDEBURG.into(), 0i64.into(), "".into(), 51i64.into(), i64::MAX.into()];
        values.extend((0..equal).map(|_| Value::from("desk")));
        let mut tx = store.snapshot().await?;
        let plan = tx.fetch(explain, &values).await?;
        let mut steps = Vec::new();
        for row in &plan {
            steps.push(row.text("QUERY PLAN")?.to_owned());
        }
        let plan = steps.join("\n");
        if plan.contains("Seq Scan") || plan.contains("Sort") || plan.contains("Bitmap") {
            return Err(format!("a worklist statement does not read one index in order:\n{sql}\n{plan}").into());
        }
    }
    Ok(())
}

/// Every view with every filter it offers.
fn queries(n: u64, size: u64, now: i64) -> Vec<(String, WorklistQuery)> {
    let mut all = Vec::new();
    let received = |days: i64| Timestamp::from_micros(now - days * DAY).ok().map(Timestamp::date);
    for view in WorklistView::ALL {
        for order in view.orders() {
            for service in [None, Some("wohngeld")] {
                let holders = [
                    None,
                    Some(Holder::Nobody),
                    Some(Holder::Staff(member(1 + n % (STAFF - 1)))),
                ];
                for holder in holders.into_iter().take(if view.by_holder() { 3 } else { 1 }) {
                    for period in [false, true]
                        .into_iter()
                        .take(if view.by_received(*order) { 2 } else { 1 })
                    {
                        let shift = i64::try_from(n % 900).unwrap_or(0);
                        let query = WorklistQuery {
                            service: service.map(str::to_owned),
                            holder: holder.clone(),
                            order: Some(*order),
                            received_from: received(shift + 30).filter(|_| period),
                            received_to: received(shift).filter(|_| period),
                            ..view.into()
                        };
                        let mut name = format!("{} {}", view.code(), order.code());
                        for (set, word) in [
                            (service.is_some(), " service"),
                            (holder == Some(Holder::Nobody), " unassigned"),
                            (matches!(holder, Some(Holder::Staff(_))), " holder"),
                            (period, " period"),
                        ] {
                            name.push_str(if set { word } else { "" });
                        }
                        all.push((name, query));
                    }
                }
            }
        }
        let reference = reference(mix(n) % size).chars().take(3).collect();
        let query = WorklistQuery {
            reference: Some(reference),
            ..view.into()
        };
        all.push((format!("{} search", view.code()), query));
    }
    all
}

async fn measure(
    report: &Reporter,
    effort: Effort,
    database: &Database,
    cases: &Cases,
    size: u64,
    now: i64,
) -> Result<()> {
    let me = Actor::staff(member(0), AuthorityId::parse(MAGDEBURG)?);
    let rounds: u64 = effort.of(200, 10);
    let warm = |n: u64| mix(n ^ 0xfeed);
    let shapes = queries(0, size, now).len();
    let mut worst: Option<(String, f64)> = None;
    for shape in 0..shapes {
        let (mut first, mut deep, mut counting) = (Times::default(), Times::default(), Times::default());
        let mut name = String::new();
        for round in 0..rounds + 3 {
            let Some((called, query)) = queries(warm(round), size, now).into_iter().nth(shape) else {
                continue;
            };
            let search = query.reference.is_some();
            name = called;
            let begin = moment();
            let page = cases.worklist(&me, query.clone(), None, PAGE).await?;
            let took = begin.elapsed();
            if round >= 3 {
                first.add(took);
            }
            if search {
                continue;
            }
            // A place no earlier page gave, anywhere in the list, forwards and backwards; the place of a line there.
            let within = i64::try_from(warm(round) % 1000).unwrap_or(0);
            let place = match query.order {
                Some(WorklistOrder::Due) => now + (within - 500) * DAY,
                _ => now - within * DAY,
            };
            let way = if round % 2 == 0 { 'n' } else { 'v' };
            let at = format!("{way}.{place}.{}", id(2, warm(round) % size));
            let begin = moment();
            cases.worklist(&me, query.clone(), Some(&at), PAGE).await?;
            let took = begin.elapsed();
            let begin = moment();
            cases.worklist_count(&me, query).await?;
            let counted = begin.elapsed();
            if round >= 3 {
                deep.add(took);
                counting.add(counted);
            }
            drop(page);
        }
        for (what, times) in [("first page", first), ("deep page", deep), ("count", counting)] {
            let mut sorted = Times::default();
            sorted.join(times);
            if sorted.len() == 0 {
                continue;
            }
            let p99 = sorted.at(0.99);
            if worst.as_ref().is_none_or(|(_, most)| p99 > *most) {
                worst = Some((format!("{name}, {what}"), p99));
            }
            let figure = Figure::new("worklist", format!("{name}, {what}"), "ms p99", vec![p99]);
            let n = sorted.len();
            report.add(
                figure
                    .on(database.engine())
                    .goal(Goal::AtMost(10.0))
                    .of(n)
                    .times(&sorted),
            );
        }
    }
    let mut counts = Times::default();
    for _ in 0..rounds {
        let begin = moment();
        cases.worklist_counts(&me).await?;
        counts.add(begin.elapsed());
    }
    let mut sorted = Times::default();
    sorted.join(counts);
    let figure = Figure::new("worklist", "counts of all views", "ms p99", vec![sorted.at(0.99)]);
    report.add(
        figure
            .on(database.engine())
            .goal(Goal::AtMost(10.0))
            .of(rounds)
            .times(&sorted),
    );
    if let Some((name, p99)) = worst {
        eprintln!("         slowest: {name}: {p99:.2} ms");
    }
    Ok(())
}
