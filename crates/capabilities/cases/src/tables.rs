//! The tables people's lists are read from. Each row follows from the events of one stream; what is
//! personal in them is only the random id of a person.

use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_process::Work;
use wegfrei_store::{Migration, Table, Value};

use crate::state::{COOPERATION, CaseState, Deadline, OBJECTION, Phase, REMINDER, SUIT, Task};
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
        "about",
        "relation",
        // What the desk's list of all cases shows of the open task; without one, of the case itself.
        "desk",
        "desk_holder",
        "desk_due",
        "desk_begun",
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
        "work",
        "queue",
        "assigned_to",
        "received_at",
        "due",
        "status",
        // The actor who checked what is to be released: not theirs to do (four eyes).
        "reviewed_by",
        // 0 while the period that `due` ends has not begun: it cannot end earlier.
        "begun",
    ],
};

/// `due` of a task without any: after everything that has one.
pub const NEVER: i64 = i64::MAX;

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
        "replaced_at",
    ],
};

/// One row a running deadline.
pub static DEADLINE: Table = Table {
    name: "deadline",
    key: &["authority", "case_id", "element"],
    columns: &["authority", "case_id", "element", "name", "due"],
};

/// One row for each who helps with a case.
pub static CASE_HELPER: Table = Table {
    name: "case_helper",
    key: &["authority", "case_id", "helper"],
    columns: &["authority", "case_id", "helper", "since"],
};

/// One row a case with a code that waits to be entered.
pub static HELP_CODE: Table = Table {
    name: "help_code",
    key: &["authority", "case_id"],
    columns: &["authority", "case_id", "hash", "until"],
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
    }, Migration {
        id: "cases-0002",
        sql: "ALTER TABLE case_file ADD COLUMN about TEXT;
            ALTER TABLE case_file ADD COLUMN relation TEXT;
            ALTER TABLE case_task ADD COLUMN work TEXT NOT NULL DEFAULT 'pruefung';
            CREATE INDEX case_file_about ON case_file (authority, about)",
    }, Migration {
        id: "cases-0003",
        // What the worklist is read from (`worklist/`): one index for each way it can be narrowed and sorted, so that a page is
        // read where it lies. Those of open tasks leave out the finished ones, which are nearly all.
        sql: "ALTER TABLE case_task ADD COLUMN queue TEXT NOT NULL DEFAULT 'done';
            ALTER TABLE case_task ADD COLUMN assigned_to TEXT NOT NULL DEFAULT '';
            ALTER TABLE case_task ADD COLUMN received_at BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE case_task ADD COLUMN due BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE case_task ADD COLUMN status TEXT NOT NULL DEFAULT 'in-review';
            DROP INDEX case_task_open;
            CREATE INDEX case_task_old ON case_task (authority, queue, received_at, task_id) WHERE queue <> 'done';
            CREATE INDEX case_task_old_service ON case_task (authority, queue, service, received_at, task_id) WHERE queue <> 'done';
            CREATE INDEX case_task_old_holder ON case_task (authority, queue, assigned_to, received_at, task_id) WHERE queue <> 'done';
            CREATE INDEX case_task_old_both ON case_task (authority, queue, assigned_to, service, received_at, task_id)
            WHERE queue <> 'done';
            CREATE INDEX case_task_due ON case_task (authority, queue, due, task_id) WHERE queue <> 'done';
            CREATE INDEX case_task_due_service ON case_task (authority, queue, service, due, task_id) WHERE queue <> 'done';
            CREATE INDEX case_task_due_holder ON case_task (authority, queue, assigned_to, due, task_id) WHERE queue <> 'done';
            CREATE INDEX case_task_due_both ON case_task (authority, queue, assigned_to, service, due, task_id) WHERE queue <> 'done';
            CREATE INDEX case_task_done_service ON case_task (authority, done_by, service, done_at, task_id);
            CREATE INDEX case_task_reference ON case_task (authority, reference, task_id);
            CREATE INDEX case_file_sent_service ON case_file (authority, service, submitted_at, case_id);
            CREATE INDEX case_file_reference ON case_file (authority, reference, case_id);
            CREATE TABLE absence (
            authority TEXT NOT NULL, staff TEXT NOT NULL, entry BIGINT NOT NULL, starts BIGINT NOT NULL, ends BIGINT NOT NULL,
            deputy TEXT NOT NULL, PRIMARY KEY (authority, staff, entry));
            CREATE INDEX absence_ends ON absence (authority, ends)",
    }, Migration {
        id: "cases-0004",
        sql: "ALTER TABLE case_task ADD COLUMN reviewed_by TEXT NOT NULL DEFAULT ''",
    }, Migration {
        id: "cases-0005",
        sql: "ALTER TABLE case_task ADD COLUMN begun BIGINT NOT NULL DEFAULT 1;
            ALTER TABLE case_file ADD COLUMN desk BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE case_file ADD COLUMN desk_holder TEXT NOT NULL DEFAULT '';
            ALTER TABLE case_file ADD COLUMN desk_due BIGINT;
            ALTER TABLE case_file ADD COLUMN desk_begun BIGINT NOT NULL DEFAULT 1;
            ALTER TABLE notice ADD COLUMN replaced_at BIGINT",
    }, crate::access_table::MIGRATION, crate::access_table::RUNS, crate::outgoing::table::MIGRATION, crate::outgoing::table::MIGRATION_2, crate::outgoing::table::ENVELOPES, crate::helping::MIGRATION,
    crate::outgoing::print_run::table::MIGRATION, crate::access_table::PRINTED, crate::moving::table::MIGRATION]
}

/// Whose turn it is: `desk` (somebody of the office), `applicant`, or `done`.
fn queue(task: &Task) -> &'static str {
    match task.work {
        _ if !task.is_open() => "done",
        Work::Supply => "applicant",
        Work::Review | Work::Release => "desk",
    }
}

/// Who checked what an open release is about.
fn reviewed_by(case: &CaseState, task: &Task) -> String {
    let reviewer = case.reviewer().filter(|_| task.work == Work::Release && task.is_open());
    reviewer.map(Actor::to_string).unwrap_or_default()
}

/// A deadline that ends something if nobody acts. That for objecting is nobody's any more once somebody has objected.
pub(crate) fn counts(case: &CaseState, deadline: &Deadline) -> bool {
    let idle = deadline.name == OBJECTION && case.is_objected_to();
    deadline.runs() && !idle && case.has_begun(deadline)
}

/// When a task has to be done, and whether that period has begun. The applicant's answer: the end of its period, of one that has not
/// begun the earliest. Else the case's earliest deadline that has begun, and at the latest the end of the day three months after the
/// application came; from then on inaction can be sued against (§ 75 Satz 2 VwGO). Deciding anew has as long again.
fn task_due(case: &CaseState, task: &Task) -> (i64, bool) {
    let mut answers = case.deadlines.iter().filter(|deadline| deadline.runs());
    if let (Work::Supply, Some(answer)) = (task.work, answers.find(|deadline| deadline.name == COOPERATION)) {
        return (answer.due.as_micros(), case.has_begun(answer));
    }
    let deadlines = case.deadlines.iter();
    // The time for suing is the resident's, not the desk's.
    let running = deadlines.filter(|deadline| deadline.name != SUIT && counts(case, deadline));
    let inaction = case
        .reopened
        .as_ref()
        .map(|reopened| reopened.at)
        .or(case.submitted_at)
        .and_then(|at| at.date().checked_add(jiff::Span::new().months(3)).ok())
        .map(Timestamp::end_of_day);
    let due = running.map(|deadline| deadline.due).chain(inaction).min();
    (due.map_or(NEVER, Timestamp::as_micros), true)
}

/// What a case waits for after an objection, where lists say it: the end of that, then for its notice to become final (Bestandskraft).
pub(crate) const WAITS_FOR_OBJECTION: [&str; 2] = ["Widerspruchsverfahren", "Bestandskraft"];

/// What the case waits for: names of the process's elements. The period for objecting is not it once somebody has objected to the decision
/// that counts.
fn waiting(case: &CaseState) -> String {
    let [contested, then] = WAITS_FOR_OBJECTION;
    let idles = case.phase == Phase::Running && case.is_decided() && case.open_task().is_none();
    match idles && case.is_objected_to() {
        true if case.is_contested() => contested.to_owned(),
        true => then.to_owned(),
        false => case.waiting.join("\n"),
    }
}

/// The status in plain words follows from phase, tasks and deadlines.
#[must_use]
pub fn status(case: &CaseState) -> Status {
    match case.phase {
        Phase::Draft => Status::Draft,
        Phase::Closed if case.withdrawn_at.is_some() => Status::Withdrawn,
        Phase::Closed if !case.is_decided() => Status::Closed,
        Phase::Closed => Status::Final,
        Phase::Discarded | Phase::Erased => Status::Closed,
        Phase::Running if case.open_task().is_some_and(|task| task.work == Work::Supply) => Status::PapersWanted,
        Phase::Running if case.open_task().is_some() || !case.is_decided() => Status::InReview,
        Phase::Running if case.is_disputed() => Status::Contested,
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
        .filter(|deadline| deadline.name != REMINDER && counts(case, deadline))
        .map(|deadline| deadline.due.as_micros())
        .min();
    let open = case.open_task();
    let desk = open.filter(|task| task.work != Work::Supply);
    let (desk_due, desk_begun) = match open.map(|task| task_due(case, task)) {
        Some((when, begun)) => (Some(when).filter(|when| *when != NEVER), begun),
        None => (due, true),
    };
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
            text(&waiting(case)),
            optional_int(due),
            Value::Int(case.created_at.as_micros()),
            Value::Int(case.updated_at.as_micros()),
            optional_int(case.submitted_at.map(|at| at.as_micros())),
            optional_int(case.closed_at.map(|at| at.as_micros())),
            optional_text(case.about.map(|about| about.case.to_string()).as_deref()),
            optional_text(case.about.map(|about| about.relation.code())),
            Value::Int(i64::from(desk.is_some())),
            text(desk.and_then(|task| task.assigned_to.as_deref()).unwrap_or_default()),
            optional_int(desk_due),
            Value::Int(i64::from(desk_begun)),
        ],
    )];
    for task in &case.tasks {
        let (due, begun) = task_due(case, task);
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
                // Open at the desk: what waits for the applicant is not on anybody's list.
                Value::Int(i64::from(task.is_open() && task.work != Work::Supply)),
                Value::Int(task.opened_at.as_micros()),
                optional_int(task.done.as_ref().map(|(_, at, _)| at.as_micros())),
                optional_text(done_by.as_deref()),
                text(task.work.code()),
                text(queue(task)),
                text(task.assigned_to.as_deref().unwrap_or_default()),
                Value::Int(case.submitted_at.unwrap_or(case.created_at).as_micros()),
                Value::Int(due),
                text(status(case).code()),
                text(&reviewed_by(case, task)),
                Value::Int(i64::from(begun)),
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
                optional_int(case.replaced_by(notice).map(|new| new.issued_at.as_micros())),
            ],
        ));
    }
    rows.extend(crate::outgoing::table::rows(&authority, case));
    for (helper, help) in &case.helping.helpers {
        let since = Value::Int(help.since.as_micros());
        rows.push((
            &CASE_HELPER,
            vec![text(&authority), text(&id), text(&helper.to_string()), since],
        ));
    }
    if let Some(offer) = &case.helping.offer {
        let until = Value::Int(offer.until.as_micros());
        rows.push((&HELP_CODE, vec![text(&authority), text(&id), text(&offer.hash), until]));
    }
    for deadline in case.deadlines.iter().filter(|deadline| deadline.runs()) {
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
