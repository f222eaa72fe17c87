//! The tables people's lists are read from. Each row follows from the events of one stream; what is
//! personal in them is only the random id of a person.

use wegfrei_journal::Actor;
use wegfrei_model::AuthorityId;
use wegfrei_store::{Migration, Table, Value};

use crate::state::{CaseState, Phase};
use crate::view::Status;

/// One row a case: where it stands.
pub static CASE_FILE: Table = Table {
    name: "case_file",
    key: &["authority", "case_id"],
    columns: &[
        "authority",
        "case_id",
        "person",
        "service",
        "version",
        "phase",
        "status",
        "reference",
        "waiting",
        "due",
        "created_at",
        "updated_at",
        "submitted_at",
        "closed_at",
    ],
};

/// One row a task.
pub static CASE_TASK: Table = Table {
    name: "case_task",
    key: &["authority", "task_id"],
    columns: &[
        "authority",
        "task_id",
        "case_id",
        "service",
        "reference",
        "name",
        "role",
        "open",
        "opened_at",
        "done_at",
        "done_by",
    ],
};

/// One row a notice: how the check page finds it.
pub static NOTICE: Table = Table {
    name: "notice",
    key: &["authority", "notice_id"],
    columns: &[
        "authority",
        "notice_id",
        "case_id",
        "person",
        "service",
        "reference",
        "template",
        "code",
        "issued_at",
        "pdf_sha256",
        "read_at",
    ],
};

/// One row a running deadline.
pub static DEADLINE: Table = Table {
    name: "deadline",
    key: &["authority", "case_id", "element"],
    columns: &["authority", "case_id", "element", "name", "due"],
};

/// The tables of this crate.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    vec![Migration {
        id: "cases-0001",
        sql: "CREATE TABLE case_file (
            authority TEXT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, service TEXT NOT NULL,
            version TEXT NOT NULL, phase TEXT NOT NULL, status TEXT NOT NULL, reference TEXT, waiting TEXT NOT NULL,
            due BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, submitted_at BIGINT, closed_at BIGINT,
            PRIMARY KEY (authority, case_id));
            CREATE INDEX case_file_person ON case_file (person);
            CREATE INDEX case_file_sent ON case_file (authority, submitted_at, case_id);
            CREATE TABLE case_task (
            authority TEXT NOT NULL, task_id TEXT NOT NULL, case_id TEXT NOT NULL, service TEXT NOT NULL,
            reference TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, open BIGINT NOT NULL,
            opened_at BIGINT NOT NULL, done_at BIGINT, done_by TEXT, PRIMARY KEY (authority, task_id));
            CREATE INDEX case_task_open ON case_task (authority, open, opened_at, task_id);
            CREATE INDEX case_task_done ON case_task (authority, done_by, done_at, task_id);
            CREATE TABLE notice (
            authority TEXT NOT NULL, notice_id TEXT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL,
            service TEXT NOT NULL, reference TEXT NOT NULL, template TEXT NOT NULL, code TEXT NOT NULL, issued_at BIGINT NOT NULL,
            pdf_sha256 TEXT, read_at BIGINT, PRIMARY KEY (authority, notice_id));
            CREATE INDEX notice_person ON notice (person);
            CREATE INDEX notice_code ON notice (code);
            CREATE INDEX notice_pdf ON notice (pdf_sha256);
            CREATE TABLE deadline (
            authority TEXT NOT NULL, case_id TEXT NOT NULL, element TEXT NOT NULL, name TEXT NOT NULL,
            due BIGINT NOT NULL, PRIMARY KEY (authority, case_id, element))",
    }, crate::access_table::MIGRATION, crate::outgoing::table::MIGRATION]
}

/// The status in plain words follows from phase, tasks and deadlines.
#[must_use]
pub fn status(case: &CaseState) -> Status {
    match case.phase {
        Phase::Draft => Status::Draft,
        Phase::Closed if case.notices.is_empty() => Status::Closed,
        Phase::Closed => Status::Final,
        Phase::Discarded | Phase::Erased => Status::Closed,
        Phase::Running if case.open_task().is_some() || case.notices.is_empty() => Status::InReview,
        Phase::Running => Status::Decided,
    }
}

fn optional_int(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Int)
}

fn optional_text(value: Option<&str>) -> Value {
    value.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

/// All rows of one case. A discarded draft has none, and a case whose retention is over.
#[must_use]
pub fn rows(authority: AuthorityId, case: &CaseState) -> Vec<(&'static Table, Vec<Value>)> {
    if matches!(case.phase, Phase::Discarded | Phase::Erased) {
        return Vec::new();
    }
    let text = |value: &str| Value::Text(value.to_owned());
    let authority = authority.to_string();
    let id = case.id.to_string();
    let reference = case.reference.clone().unwrap_or_default();
    let due = case
        .deadlines
        .iter()
        .filter(|deadline| !deadline.passed)
        .map(|deadline| deadline.due.as_micros())
        .min();
    let mut rows = vec![(
        &CASE_FILE,
        vec![
            text(&authority),
            text(&id),
            text(&case.person.to_string()),
            text(&case.service),
            text(&case.version),
            text(case.phase.code()),
            text(status(case).code()),
            optional_text(case.reference.as_deref()),
            text(&case.waiting.join("\n")),
            optional_int(due),
            Value::Int(case.created_at.as_micros()),
            Value::Int(case.updated_at.as_micros()),
            optional_int(case.submitted_at.map(|at| at.as_micros())),
            optional_int(case.closed_at.map(|at| at.as_micros())),
        ],
    )];
    for task in &case.tasks {
        let done_by = task
            .done
            .as_ref()
            .map(|(actor, _, _): &(Actor, _, _)| actor.to_string());
        rows.push((
            &CASE_TASK,
            vec![
                text(&authority),
                text(&task.id.to_string()),
                text(&id),
                text(&case.service),
                text(&reference),
                text(&task.name),
                text(&task.role),
                Value::Int(i64::from(task.done.is_none())),
                Value::Int(task.opened_at.as_micros()),
                optional_int(task.done.as_ref().map(|(_, at, _)| at.as_micros())),
                optional_text(done_by.as_deref()),
            ],
        ));
    }
    for notice in &case.notices {
        rows.push((
            &NOTICE,
            vec![
                text(&authority),
                text(&notice.id.to_string()),
                text(&id),
                text(&case.person.to_string()),
                text(&case.service),
                text(&reference),
                text(&notice.template),
                text(&notice.code),
                Value::Int(notice.issued_at.as_micros()),
                optional_text(notice.pdf.as_ref().map(|pdf| pdf.sha256.as_str())),
                optional_int(notice.read_at.map(|at| at.as_micros())),
            ],
        ));
    }
    rows.extend(crate::outgoing::table::rows(&authority, case));
    for deadline in case.deadlines.iter().filter(|deadline| !deadline.passed) {
        rows.push((
            &DEADLINE,
            vec![
                text(&authority),
                text(&id),
                text(&deadline.element),
                text(&deadline.name),
                Value::Int(deadline.due.as_micros()),
            ],
        ));
    }
    rows
}
