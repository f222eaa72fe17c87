//! The worklist's statements. Each reads one index from a place on, upwards or downwards, and stops: nothing is sorted, nothing is
//! skipped, so the millionth case costs what the first does. `tests` below asks the engine whether that is so.
//!
//! A statement's place is a pair (time, id), because times repeat. Only the end it begins at is a condition on the index; the other
//! end is looked at outside, on what the limit has left: with both ends inside, SQLite, which knows no statistics here, takes any
//! index for good enough.

/// One way to read a list: `$1` authority, `$2, $3` the place to go on from, exclusive, `$4` most rows, `$5` the other end, from `$6`
/// on what is equal.
pub(crate) struct Texts {
    /// Upwards, before the time `$5`.
    pub up: &'static str,
    /// Downwards, not before the time `$5`.
    pub down: &'static str,
    /// How many there are upwards before the time `$5`, at most `$4`.
    pub count: &'static str,
}

macro_rules! texts {
    ($table:literal, $columns:literal, $equal:literal, $place:literal, $id:literal) => {
        Texts {
            up: concat!(
                "SELECT * FROM (SELECT ", $id, " AS id, ", $place, " AS place, ", $columns,
                texts!(@from $table, $equal, $place, $id, ">", ""),
                ") AS page WHERE place < $5"
            ),
            down: concat!(
                "SELECT * FROM (SELECT ", $id, " AS id, ", $place, " AS place, ", $columns,
                texts!(@from $table, $equal, $place, $id, "<", " DESC"),
                ") AS page WHERE place >= $5"
            ),
            count: concat!(
                "SELECT COUNT(*) AS n FROM (SELECT ", $place, " AS place",
                texts!(@from $table, $equal, $place, $id, ">", ""),
                ") AS page WHERE place < $5"
            ),
        }
    };
    (@from $table:literal, $equal:literal, $place:literal, $id:literal, $than:literal, $way:literal) => {
        concat!(
            " FROM ", $table, " WHERE authority = $1", $equal, " AND (", $place, ", ", $id, ") ", $than, " ($2, $3) ORDER BY ",
            $place, $way, ", ", $id, $way, " LIMIT $4"
        )
    };
}

// `queue <> 'done'` says nothing new; it is the condition of the indexes, word for word.
macro_rules! open {
    ($equal:literal, $place:literal) => {
        texts!(
            "case_task",
            "task_id, case_id, reference, service, name, work, assigned_to, received_at, opened_at AS since, due, status, reviewed_by, begun",
            $equal,
            $place,
            "task_id"
        )
    };
}

macro_rules! done {
    ($equal:literal) => {
        texts!(
            "case_task",
            "task_id, case_id, reference, service, name, work, assigned_to, received_at, done_at AS since, due, status, reviewed_by, begun",
            $equal,
            "done_at",
            "task_id"
        )
    };
}

macro_rules! file {
    ($equal:literal) => {
        texts!(
            "case_file",
            "case_id, reference, service, waiting AS name, submitted_at AS received_at, submitted_at AS since, desk, \
             desk_holder AS assigned_to, desk_due AS due, desk_begun AS begun, status",
            $equal,
            "submitted_at",
            "case_id"
        )
    };
}

/// Open tasks of a queue by an order, of a holder, of a service.
pub(crate) fn open_tasks(by_due: bool, holder: bool, service: bool) -> &'static Texts {
    match (by_due, holder, service) {
        (false, false, false) => &OLD,
        (false, false, true) => &OLD_SERVICE,
        (false, true, false) => &OLD_HOLDER,
        (false, true, true) => &OLD_BOTH,
        (true, false, false) => &DUE,
        (true, false, true) => &DUE_SERVICE,
        (true, true, false) => &DUE_HOLDER,
        (true, true, true) => &DUE_BOTH,
    }
}

/// Tasks somebody has finished, of a service.
pub(crate) fn done_tasks(service: bool) -> &'static Texts {
    if service { &DONE_SERVICE } else { &DONE }
}

/// Sent cases, of a service.
pub(crate) fn files(service: bool) -> &'static Texts {
    if service { &FILE_SERVICE } else { &FILE }
}

static OLD: Texts = open!(" AND queue <> 'done' AND queue = $6", "received_at");
static OLD_SERVICE: Texts = open!(" AND queue <> 'done' AND queue = $6 AND service = $7", "received_at");
static OLD_HOLDER: Texts = open!(
    " AND queue <> 'done' AND queue = $6 AND assigned_to = $7",
    "received_at"
);
static OLD_BOTH: Texts = open!(
    " AND queue <> 'done' AND queue = $6 AND assigned_to = $7 AND service = $8",
    "received_at"
);
static DUE: Texts = open!(" AND queue <> 'done' AND queue = $6", "due");
static DUE_SERVICE: Texts = open!(" AND queue <> 'done' AND queue = $6 AND service = $7", "due");
static DUE_HOLDER: Texts = open!(" AND queue <> 'done' AND queue = $6 AND assigned_to = $7", "due");
static DUE_BOTH: Texts = open!(
    " AND queue <> 'done' AND queue = $6 AND assigned_to = $7 AND service = $8",
    "due"
);
static DONE: Texts = done!(" AND done_by = $6");
static DONE_SERVICE: Texts = done!(" AND done_by = $6 AND service = $7");
static FILE: Texts = file!("");
static FILE_SERVICE: Texts = file!(" AND service = $6");

/// Tasks whose reference begins with something: `$2` and before `$3`; at most `$4`.
pub(crate) static TASKS_BY_REFERENCE: &str = "SELECT task_id AS id, task_id, case_id, reference, service, name, work, assigned_to, \
     received_at, COALESCE(done_at, opened_at) AS since, done_at, done_by, queue, due, status, reviewed_by, begun FROM case_task \
     WHERE authority = $1 AND reference >= $2 AND reference < $3 ORDER BY reference, task_id LIMIT $4";
/// Cases whose reference begins with something.
pub(crate) static FILES_BY_REFERENCE: &str = "SELECT case_id AS id, case_id, reference, service, waiting AS name, \
     submitted_at AS received_at, submitted_at AS since, desk, desk_holder AS assigned_to, desk_due AS due, desk_begun AS begun, status FROM case_file \
     WHERE authority = $1 AND reference >= $2 AND reference < $3 ORDER BY reference, case_id LIMIT $4";

/// Every statement that reads lists, with how many values it wants from `$6` on: for tests that ask an engine for its plan.
#[must_use]
pub fn worklist_statements() -> Vec<(&'static str, usize)> {
    let mut all: Vec<(&'static Texts, usize)> = Vec::new();
    for by_due in [false, true] {
        for (holder, service) in [(false, false), (false, true), (true, false), (true, true)] {
            let equal = 1 + usize::from(holder) + usize::from(service);
            all.push((open_tasks(by_due, holder, service), equal));
        }
    }
    for service in [false, true] {
        all.push((done_tasks(service), 1 + usize::from(service)));
        all.push((files(service), usize::from(service)));
    }
    let texts = |(texts, equal): (&'static Texts, usize)| [texts.up, texts.down, texts.count].map(|sql| (sql, equal));
    all.into_iter().flat_map(texts).collect()
}

#[cfg(test)]
mod tests {
    use wegfrei_store::{Engine, Value};

    use super::*;

    /// Every statement reads one index in its order: SQLite says SEARCH, and neither SCAN nor a sort.
    #[tokio::test]
    async fn no_statement_reads_more_than_it_shows() {
        let fresh = wegfrei_store::testing::sqlite().await;
        assert_eq!(fresh.engine(), Engine::Sqlite);
        fresh.migrate(&crate::migrations()).await.unwrap();
        let mut asked: Vec<(&'static str, Vec<Value>)> = Vec::new();
        for (sql, equal) in worklist_statements() {
            let mut values: Vec<Value> = vec!["15003000".into(), 0i64.into(), "".into(), 51i64.into(), i64::MAX.into()];
            values.extend((0..equal).map(|_| Value::from("x")));
            asked.push((sql, values));
        }
        for sql in [TASKS_BY_REFERENCE, FILES_BY_REFERENCE] {
            asked.push((sql, vec!["15003000".into(), "A".into(), "B".into(), 10i64.into()]));
        }
        for (sql, values) in asked {
            let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
            let plan = fresh.fetch(explain, &values).await.unwrap();
            let steps: Vec<&str> = plan.iter().map(|row| row.text("detail").unwrap()).collect();
            let table = steps
                .iter()
                .find(|step| step.contains("case_task") || step.contains("case_file"))
                .unwrap_or_else(|| panic!("{sql}: {steps:?}"));
            assert!(
                table.starts_with("SEARCH") && table.contains("INDEX"),
                "{sql}: {steps:?}"
            );
            // All that is equal, and the place, are found in the index: nothing is read and thrown away.
            let narrowed = table.matches("=?").count();
            let wanted = sql.matches(" = $").count();
            assert_eq!(narrowed, wanted, "{sql}: {steps:?}");
            assert!(
                !steps.iter().any(|step| step.contains("TEMP B-TREE")),
                "{sql}: {steps:?}"
            );
        }
    }
}
