//! Tables of what leaves the house. No amounts, no addresses, no names.

use wegfrei_store::{Migration, Table, Value};

use super::PaymentState;
use crate::event::Channel;
use crate::state::CaseState;

/// One row a notice: how it leaves the house. The outbox is what is `to-post`.
pub static DISPATCH: Table = Table {
    name: "dispatch",
    key: &["authority", "notice_id"],
    columns: &[
        "authority",
        "notice_id",
        "case_id",
        "service",
        "reference",
        "template",
        "channel",
        // `waiting` (a PDF of its issue is being made, or a message is on its way), `to-post`, `sent`, `posted`, `moot`.
        "state",
        "since",
        "done_at",
        "kind",
        // The day of posting, or of delivery by the certificate.
        "day",
    ],
};

/// One row a month that is paid or will be.
pub static PAYMENT: Table = Table {
    name: "payment",
    key: &["authority", "case_id", "month"],
    columns: &[
        "authority",
        "case_id",
        "month",
        "service",
        "reference",
        // `planned`, `exported`, `stopped`.
        "state",
        "run_id",
    ],
};

/// One row a payment file.
pub static PAYMENT_RUN: Table = Table {
    name: "payment_run",
    key: &["authority", "run_id"],
    columns: &[
        "authority",
        "run_id",
        "month",
        "made_at",
        "made_by",
        "payments",
        "services",
    ],
};

pub(crate) const MIGRATION: Migration = Migration {
    id: "cases-outgoing-0001",
    sql: "CREATE TABLE dispatch (
        authority TEXT NOT NULL, notice_id TEXT NOT NULL, case_id TEXT NOT NULL, service TEXT NOT NULL, reference TEXT NOT NULL,
        template TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, since BIGINT NOT NULL, done_at BIGINT,
        PRIMARY KEY (authority, notice_id));
        CREATE INDEX dispatch_state ON dispatch (authority, state, since, notice_id);
        CREATE TABLE payment (
        authority TEXT NOT NULL, case_id TEXT NOT NULL, month TEXT NOT NULL, service TEXT NOT NULL, reference TEXT NOT NULL,
        state TEXT NOT NULL, run_id TEXT, PRIMARY KEY (authority, case_id, month));
        CREATE INDEX payment_state ON payment (authority, state, month, case_id);
        CREATE TABLE payment_run (
        authority TEXT NOT NULL, run_id TEXT NOT NULL, month TEXT NOT NULL, made_at BIGINT NOT NULL, made_by TEXT NOT NULL,
        payments BIGINT NOT NULL, PRIMARY KEY (authority, run_id));
        CREATE INDEX payment_run_made ON payment_run (authority, made_at, run_id)",
};

pub(crate) const MIGRATION_2: Migration = Migration {
    id: "cases-outgoing-0002",
    sql: "ALTER TABLE payment_run ADD COLUMN services TEXT NOT NULL DEFAULT ''",
};

/// The outbox reads one envelope, not one notice, and only of one's services.
pub(crate) const ENVELOPES: Migration = Migration {
    id: "cases-dispatch-0001",
    sql: "ALTER TABLE dispatch ADD COLUMN kind TEXT NOT NULL DEFAULT 'decision';
        ALTER TABLE dispatch ADD COLUMN day TEXT;
        DROP INDEX dispatch_state;
        CREATE INDEX dispatch_state ON dispatch (authority, state, since, case_id);
        CREATE INDEX dispatch_done ON dispatch (authority, state, done_at)",
};

/// How a notice that must be served goes out, in the table.
pub(crate) const SERVED: &str = "zustellung";

/// The rows of one case.
pub(crate) fn rows(authority: &str, case: &CaseState) -> Vec<(&'static Table, Vec<Value>)> {
    let text = |value: &str| Value::Text(value.to_owned());
    let id = case.id.to_string();
    let reference = case.reference.clone().unwrap_or_default();
    let mut rows = Vec::with_capacity(case.notices.len() + case.outgoing.payments.len());
    for notice in &case.notices {
        let done = case.outgoing.dispatched.get(&notice.id);
        let channel = done.map_or_else(|| case.outgoing.channel(notice), |done| done.channel);
        let state = match (done.is_some(), channel) {
            (true, Channel::Email) => "sent",
            (true, Channel::Letter) => "posted",
            (false, _) if case.is_moot(notice) => "moot",
            (false, _) if case.is_to_post(notice) => "to-post",
            (false, _) => "waiting",
        };
        let posted = done.filter(|done| done.channel == Channel::Letter);
        rows.push((
            &DISPATCH,
            vec![
                text(authority),
                text(&notice.id.to_string()),
                text(&id),
                text(&case.service),
                text(&reference),
                text(&notice.template),
                text(if notice.serve { SERVED } else { channel.code() }),
                text(state),
                Value::Int(notice.issued_at.as_micros()),
                done.map_or(Value::Null, |done| Value::Int(done.at.as_micros())),
                text(case.letter_kind(notice).code()),
                posted.map_or(Value::Null, |done| text(&done.day.to_string())),
            ],
        ));
    }
    for (month, payment) in &case.outgoing.payments {
        let (state, run) = match payment.state {
            PaymentState::Planned => ("planned", Value::Null),
            PaymentState::Exported(run) => ("exported", Value::Text(run.to_string())),
            PaymentState::Stopped => ("stopped", Value::Null),
        };
        rows.push((
            &PAYMENT,
            vec![
                text(authority),
                text(&id),
                text(&month.to_string()),
                text(&case.service),
                text(&reference),
                text(state),
                run,
            ],
        ));
    }
    rows
}
