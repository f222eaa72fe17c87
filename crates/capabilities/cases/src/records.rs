//! Who opened what, for the data-protection officer and the auditor of an authority: the records of access, without contents.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use wegfrei_identity::Action;
use wegfrei_journal::{AccessFilter, Actor, Entry, KeyId};
use wegfrei_model::{AuthorityId, CaseId, Date, PersonId, Timestamp};
use wegfrei_store::Value as Sql;

use crate::Cases;
use crate::error::CaseError;
use crate::view::Page;
use crate::worklist::Colleague;

/// A person with more cases at one authority is looked up case by case.
const MOST_CASES: i64 = 500;

/// Which records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordsFilter {
    /// Only what concerns this person. (Drafts thrown away are erased; records of them are found by time and staff only.)
    pub person: Option<PersonId>,
    /// Only this case, by its whole reference.
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
        let asked = AccessFilter {
            keys: self.keys(me.authority, filter).await?,
            actor: staff,
            from: filter.from.map(Timestamp::start_of_day),
            before: filter.to.map(Timestamp::end_of_day),
        };
        let most = u32::try_from(limit).unwrap_or(200).saturating_add(1);
        let mut entries = self
            .inner
            .journal
            .access_records(me.authority, &asked, before, most)
            .await?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries
            .last()
            .filter(|_| more)
            .map(|entry| format!("{}.{}", entry.time.as_micros(), entry.seq));
        let references = self.references(me.authority, &entries).await?;
        let items = entries.iter().map(|entry| self.record_line(entry, &references));
        Ok(Page {
            items: items.collect(),
            next,
            previous: None,
        })
    }

    /// The data keys a filter means; `None` for all.
    async fn keys(&self, authority: AuthorityId, filter: &RecordsFilter) -> Result<Option<Vec<KeyId>>, CaseError> {
        let shard = Sql::Text(authority.to_string());
        let rows = match (&filter.reference, filter.person) {
            (None, None) => return Ok(None),
            (Some(reference), _) => {
                let sql = "SELECT case_id, person FROM case_file WHERE authority = $1 AND reference = $2 LIMIT $3";
                let reference = crate::letter::reference_prefix(reference).unwrap_or_default();
                self.inner
                    .store
                    .fetch(sql, &[shard, reference.into(), MOST_CASES.into()])
                    .await?
            }
            (None, Some(person)) => {
                let sql = "SELECT case_id, person FROM case_file WHERE person = $2 AND authority = $1 LIMIT $3";
                let most = MOST_CASES.saturating_add(1);
                let values = [shard, person.to_string().into(), most.into()];
                let rows = self.inner.store.fetch(sql, &values).await?;
                if rows.len() > usize::try_from(MOST_CASES).unwrap_or(usize::MAX) {
                    return Err(CaseError::Verdict(format!(
                        "Diese Person hat mehr als {MOST_CASES} Vorgänge. Bitte suchen Sie nach einem Aktenzeichen."
                    )));
                }
                rows
            }
        };
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let of = filter.person.map(|person| person.to_string());
            if of.is_none_or(|person| row.text("person").is_ok_and(|own| own == person)) {
                keys.push(KeyId::case(CaseId::parse(row.text("case_id")?).map_err(damaged)?));
            }
        }
        Ok(Some(keys))
    }

    async fn references(
        &self,
        authority: AuthorityId,
        entries: &[Entry],
    ) -> Result<HashMap<CaseId, Option<String>>, CaseError> {
        let mut known = HashMap::new();
        for case in entries.iter().filter_map(case_of) {
            if known.contains_key(&case) {
                continue;
            }
            let sql = "SELECT reference FROM case_file WHERE authority = $1 AND case_id = $2";
            let values = [Sql::Text(authority.to_string()), Sql::Text(case.to_string())];
            let rows = self.inner.store.fetch(sql, &values).await?;
            let reference = rows.first().map_or(Ok(None), |row| row.opt_text("reference"))?;
            known.insert(case, reference.map(str::to_owned));
        }
        Ok(known)
    }

    fn record_line(&self, entry: &Entry, references: &HashMap<CaseId, Option<String>>) -> RecordLine {
        let facts = entry.facts();
        let parts = facts.get("parts").and_then(Value::as_array);
        let case = case_of(entry);
        RecordLine {
            time: entry.time,
            seq: entry.seq,
            who: self.who(&entry.actor, None),
            staff: match &entry.actor {
                Actor::Staff { id, authority } if *authority == entry.authority => Some(self.colleague(*authority, id)),
                _ => None,
            },
            purpose: entry.purpose.clone(),
            // The record names the very document; its kind is enough here.
            parts: parts
                .into_iter()
                .flatten()
                .filter_map(|part| part.as_str()?.split('/').next().map(str::to_owned))
                .collect(),
            granted: entry.kind == "access.granted",
            person: facts
                .get("subject")
                .and_then(Value::as_str)
                .and_then(|id| PersonId::parse(id).ok()),
            reference: case.and_then(|case| references.get(&case).cloned().flatten()),
            case,
        }
    }
}

/// `<micros>.<seq>` of a page's last record.
fn place(text: &str) -> Result<(Timestamp, u64), CaseError> {
    let (time, seq) = text.split_once('.').ok_or(CaseError::NotFound)?;
    let time = time.parse().ok().and_then(|micros| Timestamp::from_micros(micros).ok());
    Ok((
        time.ok_or(CaseError::NotFound)?,
        seq.parse().map_err(|_| CaseError::NotFound)?,
    ))
}

fn case_of(entry: &Entry) -> Option<CaseId> {
    CaseId::parse(entry.stream.strip_prefix("access/case/")?).ok()
}
