//! Who opened what, for the data-protection officer and the auditor of an authority: the records of access, without contents.

use serde::Serialize;
use wegfrei_identity::{Action, Purpose, Role};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, Date, PersonId, Timestamp};
use wegfrei_store::{Row, Value as Sql};

use crate::Cases;
use crate::error::CaseError;
use crate::mine::time_of;
use crate::view::Page;
use crate::worklist::Colleague;

// One statement for each index of the table: `$1` the authority, `$2`/`$3` the place to go on from, `$4` the first moment (looked at
// outside, on what the limit has left), `$5` the limit. A `+` (`|| ''` for a text) keeps a column from being looked up by: what is asked
// for by case or person is few, an authority's records are many.
macro_rules! records {
    ($where:literal, $order:literal) => {
        concat!(
            "SELECT * FROM (SELECT r.seq, r.time, r.person, r.case_id, r.actor, r.role, r.purpose, r.parts, r.granted, c.reference \
             FROM access_record r LEFT JOIN case_file c ON c.authority = r.authority AND c.case_id = r.case_id WHERE ",
            $where,
            " ORDER BY ",
            $order,
            " LIMIT $5) AS page WHERE time >= $4"
        )
    };
}

const ALL: &str = records!(
    "r.authority = $1 AND (r.time, r.seq) < ($2, $3)",
    "r.time DESC, r.seq DESC"
);
const BY_CASE: &str = records!(
    "r.authority = $1 AND (+r.time, +r.seq) < ($2, $3) AND r.case_id = $6 AND ($7 = '' OR r.staff = $7)",
    "r.seq DESC"
);
const BY_PERSON: &str = records!(
    "r.authority || '' = $1 AND (r.time, r.seq) < ($2, $3) AND r.person = $6 AND ($7 = '' OR r.staff = $7)",
    "r.time DESC, r.seq DESC"
);
// The file of a payment run or of a print run is opened for nobody alone: it is found by what is in it, and once for each case asked for.
const RUNS_OF_CASE: &str = records!(
    "r.authority = $1 AND (+r.time, +r.seq) < ($2, $3) AND r.run_id IN (SELECT p.run_id FROM payment p \
     WHERE p.authority = $1 AND p.case_id = $6 AND p.run_id IS NOT NULL) AND ($7 = '' OR r.staff = $7)",
    "+r.time DESC, +r.seq DESC"
);
const PRINTED_OF_CASE: &str = records!(
    "r.authority = $1 AND (+r.time, +r.seq) < ($2, $3) AND r.print_file IN (SELECT p.file FROM print_envelope p \
     WHERE p.authority = $1 AND p.case_id = $6) AND ($7 = '' OR r.staff = $7)",
    "+r.time DESC, +r.seq DESC"
);
const RUNS_OF_PERSON: &str = records!(
    "r.authority = $1 AND (+r.time, +r.seq) < ($2, $3) AND r.run_id IN (SELECT p.run_id FROM case_file f \
     JOIN payment p ON p.authority = f.authority AND p.case_id = f.case_id \
     WHERE f.person = $6 AND f.authority = $1 AND p.run_id IS NOT NULL) AND ($7 = '' OR r.staff = $7)",
    "+r.time DESC, +r.seq DESC"
);
const PRINTED_OF_PERSON: &str = records!(
    "r.authority = $1 AND (+r.time, +r.seq) < ($2, $3) AND r.print_file IN (SELECT p.file FROM case_file f \
     JOIN print_envelope p ON p.authority = f.authority AND p.case_id = f.case_id \
     WHERE f.person = $6 AND f.authority = $1) AND ($7 = '' OR r.staff = $7)",
    "+r.time DESC, +r.seq DESC"
);
const OF_CASE: [&str; 3] = [BY_CASE, RUNS_OF_CASE, PRINTED_OF_CASE];
const OF_PERSON: [&str; 3] = [BY_PERSON, RUNS_OF_PERSON, PRINTED_OF_PERSON];
const BY_STAFF: &str = records!(
    "r.authority = $1 AND (r.time, r.seq) < ($2, $3) AND r.staff = $6 AND r.actor LIKE $7",
    "r.time DESC, r.seq DESC"
);

/// Which records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordsFilter {
    /// Only what concerns this person, drafts thrown away too, and files of payment and print runs with something of theirs.
    pub person: Option<PersonId>,
    /// Only this case, by its whole reference, and such files.
    pub reference: Option<String>,
    /// Only by this member of the authority's staff.
    pub staff: Option<String>,
    /// From this day on.
    pub from: Option<Date>,
    /// To this day.
    pub to: Option<Date>,
}

/// One record of access.
#[derive(Clone, Debug, Serialize)]
pub struct RecordLine {
    /// When.
    pub time: Timestamp,
    /// Position in the authority's journal: with it anybody can check the record's proof.
    pub seq: u64,
    /// Who, by function, for example "Sachbearbeitung, Magdeburg".
    pub who: String,
    /// Which member of staff of this authority; others are named by function only.
    pub staff: Option<Colleague>,
    /// What for.
    pub purpose: String,
    /// What was opened: `form`, `paper`, …
    pub parts: Vec<String>,
    /// False when it was refused.
    pub granted: bool,
    /// Whose data, by the random id.
    pub person: Option<PersonId>,
    /// The case.
    pub case: Option<CaseId>,
    /// What letters quote, for a sent case.
    pub reference: Option<String>,
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("records", error)
}

impl Cases {
    /// One page of the records of access of the asking person's authority, newest first; `at` is a page's `next`.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that may not read records; [`CaseError::Verdict`] for a filter that fits nothing in words;
    /// [`CaseError::NotFound`] for an `at` no page gave.
    pub async fn records(
        &self,
        actor: &Actor,
        filter: &RecordsFilter,
        at: Option<&str>,
        limit: u64,
    ) -> Result<Page<RecordLine>, CaseError> {
        let me = self.official(actor)?;
        self.may(actor, Action::ReadRecords, me.authority)?;
        let before = at.map(place).transpose()?;
        let limit = usize::try_from(limit.clamp(1, 200)).unwrap_or(200);
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from > to
        {
            return Err(CaseError::Verdict(
                "Der Zeitraum endet, bevor er beginnt. Bitte prüfen Sie die beiden Tage.".to_owned(),
            ));
        }
        let staff = filter.staff.as_deref().map(|id| Actor::staff(id, me.authority));
        if staff.as_ref().is_some_and(|staff| !staff.is_well_formed()) {
            return Err(CaseError::Verdict("Diese Kennung gibt es nicht.".to_owned()));
        }
        let keys = self.cases_meant(me.authority, filter).await?;
        let end = filter.to.map_or(i64::MAX, |day| Timestamp::end_of_day(day).as_micros());
        let (time, seq) = before.unwrap_or((i64::MAX, i64::MAX)).min((end, -1));
        let text = Sql::Text;
        let values = [
            text(me.authority.to_string()),
            Sql::Int(time),
            Sql::Int(seq),
            Sql::Int(
                filter
                    .from
                    .map_or(i64::MIN, |day| Timestamp::start_of_day(day).as_micros()),
            ),
            Sql::Int(i64::try_from(limit).unwrap_or(200) + 1),
        ];
        let mut rows = Vec::new();
        let staff = filter.staff.clone().unwrap_or_default();
        match (keys, filter.person) {
            (Some(cases), _) => {
                for case in cases {
                    let mut values = values.to_vec();
                    values.push(text(case.to_string()));
                    values.push(text(staff.clone()));
                    for sql in OF_CASE {
                        rows.extend(self.inner.store.fetch(sql, &values).await?);
                    }
                }
            }
            (None, Some(person)) => {
                let mut values = values.to_vec();
                values.push(text(person.to_string()));
                values.push(text(staff));
                for sql in OF_PERSON {
                    rows.extend(self.inner.store.fetch(sql, &values).await?);
                }
            }
            (None, None) if filter.staff.is_some() => {
                let mut values = values.to_vec();
                values.push(text(staff));
                // A member of staff of another authority may have the same key.
                values.push(text(format!("%@{}", me.authority)));
                rows = self.inner.store.fetch(BY_STAFF, &values).await?;
            }
            (None, None) => rows = self.inner.store.fetch(ALL, &values).await?,
        }
        let mut items = rows
            .iter()
            .map(|row| self.record_line(me.authority, row))
            .collect::<Result<Vec<_>, _>>()?;
        items.sort_by_key(|line| std::cmp::Reverse((line.time, line.seq)));
        items.dedup_by_key(|line| line.seq);
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        Ok(Page {
            next: last.map(|line| format!("{}.{}", line.time.as_micros(), line.seq)),
            items,
            previous: None,
        })
    }

    /// The cases a reference means; `None` when none was asked for.
    async fn cases_meant(
        &self,
        authority: AuthorityId,
        filter: &RecordsFilter,
    ) -> Result<Option<Vec<CaseId>>, CaseError> {
        let Some(reference) = &filter.reference else {
            return Ok(None);
        };
        let sql = "SELECT case_id, person FROM case_file WHERE authority = $1 AND reference = $2 LIMIT 500";
        let reference = crate::letter::reference_prefix(reference).unwrap_or_default();
        let values = [Sql::Text(authority.to_string()), Sql::Text(reference)];
        let mut cases = Vec::new();
        for row in self.inner.store.fetch(sql, &values).await? {
            let wanted = filter.person.map(|person| person.to_string());
            if wanted.is_none_or(|person| row.text("person").is_ok_and(|own| own == person)) {
                cases.push(CaseId::parse(row.text("case_id")?).map_err(damaged)?);
            }
        }
        Ok(Some(cases))
    }

    fn record_line(&self, here: AuthorityId, row: &Row) -> Result<RecordLine, CaseError> {
        let actor = Actor::parse(row.text("actor")?).map_err(damaged)?;
        let role = row.opt_text("role")?.and_then(Role::from_code);
        let purpose = row.text("purpose")?;
        Ok(RecordLine {
            time: time_of(row, "time")?,
            seq: u64::try_from(row.int("seq")?).map_err(damaged)?,
            who: self.who_as(&actor, role, None),
            staff: match &actor {
                Actor::Staff { id, authority } if *authority == here => Some(self.colleague(*authority, id)),
                _ => None,
            },
            purpose: Purpose::from_code(purpose)
                .map_or_else(|| purpose.to_owned(), |purpose| purpose.german().to_owned()),
            parts: row.text("parts")?.split_whitespace().map(str::to_owned).collect(),
            granted: row.int("granted")? == 1,
            person: row.opt_text("person")?.and_then(|id| PersonId::parse(id).ok()),
            case: row.opt_text("case_id")?.and_then(|id| CaseId::parse(id).ok()),
            reference: row.opt_text("reference")?.map(str::to_owned),
        })
    }
}

/// `<micros>.<seq>` of a page's last record.
fn place(text: &str) -> Result<(i64, i64), CaseError> {
    let (time, seq) = text.split_once('.').ok_or(CaseError::NotFound)?;
    let number = |text: &str| text.parse().map_err(|_| CaseError::NotFound);
    Ok((number(time)?, number(seq)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_statement_reads_one_index() {
        let store = wegfrei_store::testing::sqlite().await;
        store.migrate(&crate::migrations()).await.unwrap();
        for (sql, index, more) in [
            (ALL, "access_record_time", 0),
            (BY_CASE, "access_record_case", 2),
            (BY_PERSON, "access_record_person", 2),
            (RUNS_OF_CASE, "access_record_run", 2),
            (PRINTED_OF_CASE, "access_record_print", 2),
            (RUNS_OF_PERSON, "access_record_run", 2),
            (PRINTED_OF_PERSON, "access_record_print", 2),
            (BY_STAFF, "access_record_staff", 2),
        ] {
            let mut values: Vec<Sql> = vec!["15003000".into(), 1i64.into(), 1i64.into(), 0i64.into(), 50i64.into()];
            values.extend((0..more).map(|_| Sql::from("x")));
            let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
            let plan = store.fetch(explain, &values).await.unwrap();
            let steps: Vec<&str> = plan.iter().map(|row| row.text("detail").unwrap()).collect();
            assert!(
                steps
                    .iter()
                    .any(|step| step.starts_with("SEARCH r") && step.contains(index)),
                "{sql}: {steps:?}"
            );
            // `page` is what the limit left of the index: at most one page's rows.
            let whole = |step: &&str| step.starts_with("SCAN") && *step != "SCAN page";
            assert!(!steps.iter().any(whole), "{sql}: {steps:?}");
        }
    }
}
