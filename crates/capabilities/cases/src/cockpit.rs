//! The data cockpit: who saw what of a resident's, over all authorities, searched and paged; and the proof of each line.

use wegfrei_identity::{Purpose, Role};
use wegfrei_journal::{Actor, EntryProof};
use wegfrei_model::{AuthorityId, CaseId, Date, PersonId, Timestamp};
use wegfrei_store::{Row, Value as Sql};

use crate::Cases;
use crate::error::CaseError;
use crate::mine::{authority_of, time_of};
use crate::view::{AccessRecord, Page};

/// Longest search text looked at.
const MOST_TEXT: usize = 100;
/// So many services a search text may mean at once.
const SERVICES: usize = 4;

/// What of the records a person wants to see; everything empty: all.
#[derive(Clone, Debug, Default)]
pub struct AccessQuery {
    /// Only this authority's.
    pub authority: Option<AuthorityId>,
    /// Only for this purpose.
    pub purpose: Option<Purpose>,
    /// From this local day on.
    pub from: Option<Date>,
    /// Up to and including this local day.
    pub to: Option<Date>,
    /// A part of the reference, of the service's name or of the authority's name.
    pub text: String,
    /// Only refused attempts.
    pub refused_only: bool,
    /// Without the person's own looks.
    pub others_only: bool,
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("access record", error)
}

/// One statement for every filter; what is not asked for is empty. `$4`/`$5` bound the time, `$12`-`$14` are the cursor. Who opens the file
/// of a payment run sees the accounts of everybody it pays, and who opens a print file the letters of everybody in it: such a record is
/// listed with each of them, once, under one of their cases.
const RECORDS: &str = "WITH paid AS (SELECT p.authority, p.run_id, MIN(p.case_id) AS case_id FROM case_file f \
    JOIN payment p ON p.authority = f.authority AND p.case_id = f.case_id \
    WHERE f.person = $1 AND p.run_id IS NOT NULL GROUP BY p.authority, p.run_id), \
    printed AS (SELECT p.authority, p.file, MIN(p.case_id) AS case_id FROM case_file f \
    JOIN print_envelope p ON p.authority = f.authority AND p.case_id = f.case_id \
    WHERE f.person = $1 GROUP BY p.authority, p.file), \
    seen AS (SELECT authority, seq, time, case_id, actor, role, purpose, parts, granted FROM access_record \
    WHERE person = $1 AND case_id IS NOT NULL \
    UNION ALL SELECT a.authority, a.seq, a.time, paid.case_id, a.actor, a.role, a.purpose, a.parts, a.granted FROM paid \
    JOIN access_record a ON a.authority = paid.authority AND a.run_id = paid.run_id \
    UNION ALL SELECT a.authority, a.seq, a.time, printed.case_id, a.actor, a.role, a.purpose, a.parts, a.granted FROM printed \
    JOIN access_record a ON a.authority = printed.authority AND a.print_file = printed.file) \
    SELECT r.authority, r.seq, r.time, r.case_id, r.actor, r.role, r.purpose, r.parts, r.granted, c.reference, c.service \
    FROM seen r LEFT JOIN case_file c ON c.authority = r.authority AND c.case_id = r.case_id \
    WHERE r.time >= $4 AND r.time < $5 AND r.time <= $12 \
    AND ($2 = '' OR r.authority = $2) AND ($3 = '' OR r.purpose = $3) AND ($6 = 0 OR r.granted = 0) \
    AND ($20 = '' OR r.actor <> $20) \
    AND ($7 = '' OR c.reference LIKE $7 OR c.service IN ($8, $9, $10, $11) OR r.authority IN ($16, $17, $18, $19)) \
    AND (r.time < $12 OR r.authority > $13 OR (r.authority = $13 AND r.seq < $14)) \
    ORDER BY r.time DESC, r.authority, r.seq DESC LIMIT $15";

/// Whether a record concerns a person's data: its own, the file of a run that paid them, or a print file with a letter of theirs.
const CONCERNS: &str = "SELECT a.seq FROM access_record a WHERE a.authority = $1 AND a.seq = $2 AND (a.person = $3 \
    OR EXISTS (SELECT 1 FROM payment p JOIN case_file f ON f.authority = p.authority AND f.case_id = p.case_id \
    WHERE p.authority = a.authority AND p.run_id = a.run_id AND f.person = $3) \
    OR EXISTS (SELECT 1 FROM print_envelope p JOIN case_file f ON f.authority = p.authority AND f.case_id = p.case_id \
    WHERE p.authority = a.authority AND p.file = a.print_file AND f.person = $3))";

impl Cases {
    /// One page of the records of a person's data, newest first.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] for a cursor nobody was given; the database's.
    pub async fn access_page(
        &self,
        person: PersonId,
        query: &AccessQuery,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Page<AccessRecord>, CaseError> {
        let limit = limit.clamp(1, 500);
        let (time, authority, seq) = cursor(after)?;
        let text: String = query.text.trim().chars().take(MOST_TEXT).collect();
        let mut services = self.services_named(&text).into_iter();
        let mut authorities = self.authorities_named(&text).into_iter();
        let next = |found: &mut std::vec::IntoIter<String>| Sql::Text(found.next().unwrap_or_default());
        let values = [
            Sql::Text(person.to_string()),
            Sql::Text(
                query
                    .authority
                    .map(|authority| authority.to_string())
                    .unwrap_or_default(),
            ),
            Sql::Text(query.purpose.map(Purpose::code).unwrap_or_default().to_owned()),
            Sql::Int(
                query
                    .from
                    .map_or(i64::MIN, |day| Timestamp::start_of_day(day).as_micros()),
            ),
            Sql::Int(query.to.map_or(i64::MAX, |day| Timestamp::end_of_day(day).as_micros())),
            Sql::Int(i64::from(query.refused_only)),
            Sql::Text(pattern(&text)),
            next(&mut services),
            next(&mut services),
            next(&mut services),
            next(&mut services),
            Sql::Int(time),
            Sql::Text(authority),
            Sql::Int(seq),
            Sql::Int(i64::try_from(limit).unwrap_or(500) + 1),
            next(&mut authorities),
            next(&mut authorities),
            next(&mut authorities),
            next(&mut authorities),
            Sql::Text(match query.others_only {
                true => Actor::Person(person).to_string(),
                false => String::new(),
            }),
        ];
        let rows = self.inner.store.fetch(RECORDS, &values).await?;
        let most = usize::try_from(limit).unwrap_or(500);
        let next = match rows.get(most.saturating_sub(1)) {
            Some(last) if rows.len() > most => Some(format!(
                "{}.{}.{}",
                last.int("time")?,
                last.text("authority")?,
                last.int("seq")?
            )),
            _ => None,
        };
        let mut items = Vec::with_capacity(most.min(rows.len()));
        for row in rows.iter().take(most) {
            let mut record = self.access_record(person, row)?;
            self.name_helper(person, row, &mut record).await?;
            items.push(record);
        }
        Ok(Page {
            items,
            next,
            previous: None,
        })
    }

    /// The authorities at which somebody looked at a person's data, or tried to.
    ///
    /// # Errors
    /// The database's.
    pub async fn access_authorities(&self, person: PersonId) -> Result<Vec<AuthorityId>, CaseError> {
        let sql = "SELECT DISTINCT authority FROM access_record WHERE person = $1 ORDER BY authority";
        let rows = self.inner.store.fetch(sql, &[Sql::Text(person.to_string())]).await?;
        rows.iter().map(authority_of).collect()
    }

    /// The newest records of a person's data, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub async fn access_log(&self, person: PersonId, limit: usize) -> Result<Vec<AccessRecord>, CaseError> {
        let (mut records, mut after) = (Vec::new(), None);
        while records.len() < limit {
            let left = u64::try_from(limit - records.len()).unwrap_or(500);
            let page = self
                .access_page(person, &AccessQuery::default(), after.as_deref(), left)
                .await?;
            records.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(records)
    }

    /// Everything needed to check offline that a record of one's own data stands in the authority's signed tree: the whole entry (with
    /// the salt that keeps others from guessing it), its path and the signed checkpoint. Write [`EntryProof::to_text`] into a file.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] when there is no such record that concerns this person.
    pub async fn access_proof(
        &self,
        person: PersonId,
        authority: AuthorityId,
        seq: u64,
    ) -> Result<EntryProof, CaseError> {
        let number = i64::try_from(seq).map_err(|_| CaseError::NotFound)?;
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Int(number),
            Sql::Text(person.to_string()),
        ];
        if self.inner.store.fetch(CONCERNS, &values).await?.is_empty() {
            return Err(CaseError::NotFound);
        }
        Ok(self.inner.journal.entry_proof(authority, seq).await?)
    }

    /// Who looked as a helper is called by name: the resident chose them.
    async fn name_helper(&self, person: PersonId, row: &Row, record: &mut AccessRecord) -> Result<(), CaseError> {
        if record.purpose != Purpose::Assistance.code() {
            return Ok(());
        }
        if let Actor::Person(helper) = Actor::parse(row.text("actor")?).map_err(damaged)? {
            let name = self.helped_by(person, record.authority, record.case, helper).await?;
            // Their name is gone with the draft's or the case's key.
            record.who = name.map_or_else(|| "Hilfe".to_owned(), |name| format!("Hilfe: {name}"));
        }
        Ok(())
    }

    fn access_record(&self, person: PersonId, row: &Row) -> Result<AccessRecord, CaseError> {
        let actor = Actor::parse(row.text("actor")?).map_err(damaged)?;
        let role = row.opt_text("role")?.and_then(Role::from_code);
        Ok(AccessRecord {
            time: time_of(row, "time")?,
            authority: authority_of(row)?,
            seq: u64::try_from(row.int("seq")?).map_err(damaged)?,
            who: self.who_as(&actor, role, Some(person)),
            purpose: row.text("purpose")?.to_owned(),
            parts: row.text("parts")?.split_whitespace().map(str::to_owned).collect(),
            granted: row.int("granted")? == 1,
            case: CaseId::parse(row.opt_text("case_id")?.unwrap_or_default()).map_err(damaged)?,
            reference: row.opt_text("reference")?.map(str::to_owned),
        })
    }

    fn services_named(&self, text: &str) -> Vec<String> {
        // A search without a word finds every service.
        if !text.chars().any(char::is_alphanumeric) {
            return Vec::new();
        }
        let found = self.inner.catalogue.search_services(text).into_iter();
        found.map(|package| package.id().to_owned()).take(SERVICES).collect()
    }

    fn authorities_named(&self, text: &str) -> Vec<String> {
        if !text.chars().any(char::is_alphanumeric) {
            return Vec::new();
        }
        let wanted = text.to_lowercase();
        let mut found: Vec<String> = Vec::new();
        let adoptions = self.inner.catalogue.services().flat_map(|package| package.adoptions());
        for adoption in adoptions {
            let id = adoption.authority();
            let name = self
                .inner
                .catalogue
                .authority(id)
                .map(|known| known.full_name().to_lowercase());
            if name.is_some_and(|name| name.contains(&wanted)) && !found.contains(&id.to_string()) {
                found.push(id.to_string());
            }
        }
        found.truncate(SERVICES);
        found
    }
}

/// A pattern for `LIKE` over references, which are upper case; what means something there is taken out.
fn pattern(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '-')
        .flat_map(char::to_uppercase)
        .collect();
    match (text.is_empty(), plain.is_empty()) {
        (true, _) => String::new(),
        // Something was asked for that no reference has.
        (false, true) => "!".to_owned(),
        (false, false) => format!("%{plain}%"),
    }
}

/// `<micros>.<authority>.<seq>` of the last row of a page.
fn cursor(after: Option<&str>) -> Result<(i64, String, i64), CaseError> {
    let Some(text) = after else {
        return Ok((i64::MAX, String::new(), i64::MAX));
    };
    let mut parts = text.splitn(3, '.');
    let number = |part: Option<&str>| part.and_then(|part| part.parse().ok()).ok_or(CaseError::NotFound);
    let time = number(parts.next())?;
    let authority = parts.next().ok_or(CaseError::NotFound)?.to_owned();
    Ok((time, authority, number(parts.next())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_hold_no_wildcards_of_their_own() {
        fn check(text: &str, expected: &str) {
            assert_eq!(pattern(text), expected, "{text}");
        }
        check("", "");
        check("7k4m9-q", "%7K4M9-Q%");
        check("%_", "!");
        check("a%' OR 1=1", "%AOR11%");
    }

    #[test]
    fn cursors() {
        for hostile in [
            "",
            "1",
            "1.2",
            "x.15003000.1",
            "1.15003000.x",
            "99999999999999999999.1.1",
        ] {
            assert!(cursor(Some(hostile)).is_err(), "{hostile}");
        }
        assert!(cursor(Some("5.15003000.7")).is_ok());
        assert!(cursor(None).is_ok());
    }
}
