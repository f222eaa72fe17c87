//! Absence and deputies. Each member of staff has a stream `staff/<id>` in the authority's journal; why somebody is absent is
//! nobody's business here and is not recorded.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use wegfrei_identity::{Action, Resource, StaffMember};
use wegfrei_journal::{
    Actor, Commit, Entry, Expect, NewEntry, ProjectedRow, Projection, ProjectionError, RowWrite, diff,
};
use wegfrei_model::{AuthorityId, Date, Timestamp};
use wegfrei_store::{Table, Value as Sql};

use crate::Cases;
use crate::assign::works_on_cases;
use crate::error::CaseError;
use crate::mine::time_of;
use crate::worklist::Colleague;

/// What the record says about why.
const PURPOSE: &str = "Vertretungsregelung";
/// Nobody plans further ahead; a typing error in the year does.
const MOST_YEARS: i16 = 5;

const SET: &str = "absence.set";
const ENDED: &str = "absence.ended";

/// One row an absence that has not been ended before it began.
pub static ABSENCE: Table = Table {
    name: "absence",
    key: &["authority", "staff", "entry"],
    columns: &["authority", "staff", "entry", "starts", "ends", "deputy"],
};

static TABLES: [&Table; 1] = [&ABSENCE];

/// An absence that runs or is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Absence {
    /// Who is absent.
    pub staff: Colleague,
    /// Names the absence, for [`Cases::end_absence`].
    pub absence: u64,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Who does the work meanwhile.
    pub deputy: Colleague,
    /// It runs now.
    pub now: bool,
}

#[derive(Deserialize)]
struct Set {
    from: Date,
    to: Date,
    deputy: String,
}

#[derive(Deserialize)]
struct Ended {
    absence: u64,
    at: Timestamp,
}

/// An absence as the stream tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Away {
    entry: u64,
    starts: Timestamp,
    ends: Timestamp,
    deputy: String,
}

impl Away {
    fn overlaps(&self, other: (Timestamp, Timestamp)) -> bool {
        self.starts < other.1 && other.0 < self.ends
    }
}

/// One row of the table.
struct Row {
    staff: String,
    away: Away,
}

fn stream(staff: &str) -> String {
    format!("staff/{staff}")
}

/// Folds one entry; `facts` as in the journal.
fn step(all: &mut Vec<Away>, kind: &str, version: u64, facts: &str) -> Result<(), CaseError> {
    let damaged = |error: serde_json::Error| CaseError::damaged(kind, error);
    match kind {
        SET => {
            let set: Set = serde_json::from_str(facts).map_err(damaged)?;
            all.push(Away {
                entry: version,
                starts: Timestamp::start_of_day(set.from),
                ends: Timestamp::end_of_day(set.to),
                deputy: set.deputy,
            });
        }
        ENDED => {
            let ended: Ended = serde_json::from_str(facts).map_err(damaged)?;
            let known = all.iter().position(|away| away.entry == ended.absence);
            let place = known.ok_or_else(|| CaseError::story("an absence ended that was not set"))?;
            match all.get_mut(place) {
                Some(away) if away.starts < ended.at => away.ends = away.ends.min(ended.at),
                _ => drop(all.remove(place)),
            }
        }
        other => return Err(CaseError::story(&format!("{other} in a stream of absences"))),
    }
    Ok(())
}

fn fold(entries: &[Entry]) -> Result<Vec<Away>, CaseError> {
    let mut all = Vec::new();
    for entry in entries {
        step(&mut all, &entry.kind, entry.version, &entry.facts)?;
    }
    Ok(all)
}

fn rows(authority: AuthorityId, staff: &str, all: &[Away]) -> Vec<ProjectedRow> {
    let row = |away: &Away| {
        let values = vec![
            Sql::Text(authority.to_string()),
            Sql::Text(staff.to_owned()),
            Sql::Int(i64::try_from(away.entry).unwrap_or(i64::MAX)),
            Sql::Int(away.starts.as_micros()),
            Sql::Int(away.ends.as_micros()),
            Sql::Text(away.deputy.clone()),
        ];
        (&ABSENCE, values)
    };
    all.iter().map(row).collect()
}

/// The projection of `staff/…` streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct AbsenceProjection;

impl Projection for AbsenceProjection {
    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn streams(&self) -> &'static str {
        "staff/"
    }

    fn rows(
        &self,
        authority: AuthorityId,
        stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<ProjectedRow>, ProjectionError> {
        let mut all = Vec::new();
        for entry in entries {
            step(&mut all, &entry.kind, entry.version, &entry.facts)
                .map_err(|error| ProjectionError::of(entry, error.to_string()))?;
        }
        Ok(rows(authority, stream.strip_prefix("staff/").unwrap_or_default(), &all))
    }
}

impl Cases {
    /// Records that somebody of one's authority is absent from the first to the last day, and who does their work. For oneself, or
    /// as team lead for a colleague.
    ///
    /// # Errors
    /// [`CaseError::Verdict`] says in words what does not fit (days, deputy, an overlap, a circle of deputies);
    /// [`CaseError::Refused`] for a colleague one does not lead.
    pub async fn set_absence(
        &self,
        actor: &Actor,
        staff: &str,
        from: Date,
        to: Date,
        deputy: &str,
    ) -> Result<(), CaseError> {
        let unsuitable = |text: &str| Err(CaseError::Verdict(text.to_owned()));
        let absent = self.may_manage(actor, staff)?;
        let authority = absent.authority;
        let now = self.now();
        if from > to {
            return unsuitable("Die Abwesenheit endet, bevor sie beginnt. Bitte prüfen Sie die beiden Tage.");
        }
        if to < now.date() {
            return unsuitable("Dieser Zeitraum liegt in der Vergangenheit.");
        }
        if to.year() > now.date().year().saturating_add(MOST_YEARS) {
            return unsuitable("Bitte prüfen Sie das Jahr: Eine Abwesenheit endet spätestens in fünf Jahren.");
        }
        if deputy == staff {
            return unsuitable("Niemand vertritt sich selbst. Bitte wählen Sie eine andere Person.");
        }
        let known = self.directory().staff_member(authority, deputy);
        if !known.is_some_and(works_on_cases) {
            return unsuitable(
                "Diese Person kann nicht vertreten. Bitte wählen Sie jemanden aus Ihrer Behörde, der Vorgänge bearbeitet.",
            );
        }
        let entries = self.inner.journal.stream(&authority, &stream(staff)).await?;
        let mut all = fold(&entries)?;
        let days = (Timestamp::start_of_day(from), Timestamp::end_of_day(to));
        if all.iter().any(|away| away.overlaps(days)) {
            return unsuitable("In diesem Zeitraum ist schon eine Abwesenheit eingetragen. Beenden Sie diese zuerst.");
        }
        if self.leads_back(authority, staff, deputy, days).await? {
            return unsuitable(
                "Die Vertretungen würden im Kreis laufen: Die gewählte Person ist dann selbst abwesend. Bitte wählen Sie eine andere.",
            );
        }
        let before = rows(authority, staff, &all);
        let facts = json!({ "at": now, "from": from, "to": to, "deputy": deputy });
        let version = entries.len() as u64;
        step(&mut all, SET, version + 1, &facts.to_string())?;
        let rows = diff(&before, &rows(authority, staff, &all));
        self.write_absence(actor, absent, (SET, facts), version, rows).await
    }

    /// Ends an absence now; one that has not begun is as if it had never been set.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] when there is none that runs or is to come; [`CaseError::Refused`] as for [`Cases::set_absence`].
    pub async fn end_absence(&self, actor: &Actor, staff: &str, absence: u64) -> Result<(), CaseError> {
        let absent = self.may_manage(actor, staff)?;
        let authority = absent.authority;
        let now = self.now();
        let entries = self.inner.journal.stream(&authority, &stream(staff)).await?;
        let mut all = fold(&entries)?;
        if !all.iter().any(|away| away.entry == absence && away.ends > now) {
            return Err(CaseError::NotFound);
        }
        let before = rows(authority, staff, &all);
        let facts = json!({ "at": now, "absence": absence });
        let version = entries.len() as u64;
        step(&mut all, ENDED, version + 1, &facts.to_string())?;
        let rows = diff(&before, &rows(authority, staff, &all));
        self.write_absence(actor, absent, (ENDED, facts), version, rows).await
    }

    /// The absences of one's authority that run or are to come, by their first day.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that have nothing to do with it.
    pub async fn absences(&self, actor: &Actor) -> Result<Vec<Absence>, CaseError> {
        let me = self.official(actor)?;
        self.may(actor, Action::ManageAbsence, me.authority)?;
        let now = self.now();
        let mut all: Vec<Absence> = Vec::new();
        for Row { staff, away } in self.away_after(me.authority, now).await? {
            let last = Timestamp::from_micros(away.ends.as_micros().saturating_sub(1)).unwrap_or(away.ends);
            all.push(Absence {
                staff: self.colleague(me.authority, &staff),
                absence: away.entry,
                from: away.starts.date(),
                to: last.date(),
                deputy: self.colleague(me.authority, &away.deputy),
                now: away.starts <= now,
            });
        }
        all.sort_by(|one, two| (one.from, &one.staff.name).cmp(&(two.from, &two.staff.name)));
        Ok(all)
    }

    /// Whose work a member of staff does now: who named them as deputy and is absent, and who named one of those. A deputy who is
    /// absent too is followed this one step and no further: whoever is still missed then is the team lead's to find.
    pub(crate) async fn deputised(&self, authority: AuthorityId, deputy: &str) -> Result<Vec<String>, CaseError> {
        let now = self.now();
        let mut away = self.away_after(authority, now).await?;
        away.retain(|row| row.away.starts <= now);
        let of = |deputies: &[String]| -> Vec<String> {
            let rows = away.iter().filter(|row| deputies.contains(&row.away.deputy));
            rows.map(|row| row.staff.clone()).collect()
        };
        let first = of(&[deputy.to_owned()]);
        let second = of(&first);
        let all: BTreeSet<String> = first.into_iter().chain(second).filter(|id| id != deputy).collect();
        Ok(all.into_iter().collect())
    }

    async fn away_after(&self, authority: AuthorityId, now: Timestamp) -> Result<Vec<Row>, CaseError> {
        let sql = "SELECT staff, entry, starts, ends, deputy FROM absence WHERE authority = $1 AND ends > $2";
        let values = [Sql::Text(authority.to_string()), now.as_micros().into()];
        let found = self.inner.store.fetch(sql, &values).await?;
        found
            .iter()
            .map(|row| {
                Ok(Row {
                    staff: row.text("staff")?.to_owned(),
                    away: Away {
                        entry: u64::try_from(row.int("entry")?).unwrap_or_default(),
                        starts: time_of(row, "starts")?,
                        ends: time_of(row, "ends")?,
                        deputy: row.text("deputy")?.to_owned(),
                    },
                })
            })
            .collect()
    }

    /// Whether the deputies of these days lead back to the absent person. (Two who name each other in the same second are not
    /// noticed: their streams are two. [`Cases::deputised`] ends after its one step all the same.)
    async fn leads_back(
        &self,
        authority: AuthorityId,
        staff: &str,
        deputy: &str,
        days: (Timestamp, Timestamp),
    ) -> Result<bool, CaseError> {
        let away = self.away_after(authority, self.now()).await?;
        let mut seen = BTreeSet::new();
        let mut open = vec![deputy.to_owned()];
        while let Some(id) = open.pop() {
            if id == staff {
                return Ok(true);
            }
            if seen.insert(id.clone()) {
                let rows = away.iter().filter(|row| row.staff == id && row.away.overlaps(days));
                open.extend(rows.map(|row| row.away.deputy.clone()));
            }
        }
        Ok(false)
    }

    fn may_manage(&self, actor: &Actor, staff: &str) -> Result<&StaffMember, CaseError> {
        let me = self.official(actor)?;
        if me.id == staff {
            self.may(actor, Action::ManageAbsence, me.authority)?;
            return Ok(me);
        }
        self.may(actor, Action::ManageAbsences, me.authority)?;
        let colleague = self.directory().staff_member(me.authority, staff);
        colleague
            .filter(|colleague| me.leads(colleague))
            .ok_or_else(|| CaseError::Refused("Diese Person gehört nicht zu Ihrem Team.".to_owned()))
    }

    pub(crate) fn may(&self, actor: &Actor, action: Action, authority: AuthorityId) -> Result<(), CaseError> {
        let resource = Resource::Authority(authority);
        if self.inner.policies.decide(actor, action, &resource, None).permits() {
            return Ok(());
        }
        Err(CaseError::Refused("Das gehört nicht zu Ihren Aufgaben.".to_owned()))
    }

    async fn write_absence(
        &self,
        actor: &Actor,
        absent: &StaffMember,
        (kind, facts): (&'static str, serde_json::Value),
        version: u64,
        rows: Vec<RowWrite>,
    ) -> Result<(), CaseError> {
        let entry = NewEntry {
            stream: stream(&absent.id),
            expect: Expect::Version(version),
            kind,
            actor: actor.clone(),
            purpose: PURPOSE.to_owned(),
            facts,
            sealed: None,
        };
        let mut commit = Commit::one(absent.authority, entry);
        commit.rows = rows;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}
