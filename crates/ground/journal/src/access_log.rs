//! Reading the records of access: newest first, page by page, by time, actor or data key.

use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_store::Value;

use crate::entry::{Actor, Entry};
use crate::journal::{Journal, access_stream};
use crate::read::{ReadError, entry};
use crate::sealed::KeyId;

/// Which records.
#[derive(Clone, Debug, Default)]
pub struct AccessFilter {
    /// Only access to these data keys; each costs a look of its own. `None`: to any.
    pub keys: Option<Vec<KeyId>>,
    /// Only by this actor.
    pub actor: Option<Actor>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub before: Option<Timestamp>,
}

// The kinds stand in the text, not among the values: only so the indexes of `journal-0002` are for these statements. The earlier end
// of the time is looked at outside, on what the limit has left.
macro_rules! records {
    ($where:literal, $order:literal) => {
        concat!(
            "SELECT * FROM (SELECT authority, seq, time, stream, version, kind, actor, purpose, facts, sealed, salt \
             FROM journal_entry WHERE authority = $1 AND ",
            $where,
            " AND (time, seq) < ($2, $3) ORDER BY ",
            $order,
            " LIMIT $4) AS page WHERE time >= $5"
        )
    };
}

const ALL: &str = records!("kind IN ('access.granted', 'access.refused')", "time DESC, seq DESC");
const BY_ACTOR: &str = records!(
    "kind IN ('access.granted', 'access.refused') AND actor = $6",
    "time DESC, seq DESC"
);
const BY_KEY: &str = records!("stream = $6 AND ($7 = '' OR actor = $7)", "version DESC");

impl Journal {
    /// Up to `limit` records of access (`access.granted`, `access.refused`) of an authority before the place `before` (time and
    /// sequence number of a record), newest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn access_records(
        &self,
        authority: AuthorityId,
        filter: &AccessFilter,
        before: Option<(Timestamp, u64)>,
        limit: u32,
    ) -> Result<Vec<Entry>, ReadError> {
        let micros = |time: Option<Timestamp>, or: i64| time.map_or(or, Timestamp::as_micros);
        let end = (micros(filter.before, i64::MAX), -1);
        let place = before.map(|(time, seq)| (time.as_micros(), i64::try_from(seq).unwrap_or(i64::MAX)));
        let (time, seq) = place.map_or(end, |place| place.min(end));
        let mut values: Vec<Value> = vec![
            authority.as_str().into(),
            time.into(),
            seq.into(),
            limit.into(),
            micros(filter.from, i64::MIN).into(),
        ];
        let actor = filter.actor.as_ref().map(ToString::to_string);
        let Some(keys) = &filter.keys else {
            let sql = if actor.is_some() { BY_ACTOR } else { ALL };
            values.extend(actor.map(Value::from));
            let rows = self.inner.store.fetch(sql, &values).await?;
            return rows.iter().map(|row| entry(authority, row)).collect();
        };
        let mut found = Vec::new();
        for key in keys {
            let mut values = values.clone();
            values.push(access_stream(key).into());
            values.push(actor.clone().unwrap_or_default().into());
            for row in self.inner.store.fetch(BY_KEY, &values).await? {
                found.push(entry(authority, &row)?);
            }
        }
        found.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_statement_reads_one_index() {
        let store = wegfrei_store::testing::sqlite().await;
        store.migrate(&crate::migrations()).await.unwrap();
        let texts = [
            (ALL, "journal_access_time", 0),
            (BY_ACTOR, "journal_access_actor", 1),
            (BY_KEY, "journal_entry_stream", 2),
        ];
        for (sql, index, more) in texts {
            let mut values: Vec<Value> = vec!["15003000".into(), 1i64.into(), 1i64.into(), 50i64.into(), 0i64.into()];
            values.extend((0..more).map(|_| Value::from("x")));
            let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
            let plan = store.fetch(explain, &values).await.unwrap();
            let steps: Vec<&str> = plan.iter().map(|row| row.text("detail").unwrap()).collect();
            let read = steps.iter().filter(|step| step.contains("journal_entry"));
            assert!(
                read.clone().count() == 1
                    && read
                        .clone()
                        .all(|step| step.starts_with("SEARCH") && step.contains(index))
                    && !steps.iter().any(|step| step.contains("TEMP B-TREE")),
                "{sql}: {steps:?}"
            );
        }
    }
}
