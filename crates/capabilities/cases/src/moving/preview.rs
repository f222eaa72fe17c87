//! What a move would do: every running case of the version looked at, nothing written, nothing opened.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;
use wegfrei_identity::Action;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId};
use wegfrei_process::Obstacle;
use wegfrei_store::Value as Sql;

use super::way::{Way, gone, unreadable};
use super::{NAMED, NO_MOVES, damaged};
use crate::Cases;
use crate::error::CaseError;
use crate::file::Loaded;

/// Cases read from the list at once.
const PAGE: usize = 500;
/// Cases loaded side by side.
const AT_ONCE: usize = 8;

/// Running cases that work with another version than the newest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OldVersion {
    /// Service id.
    pub service: String,
    /// Their version.
    pub from: String,
    /// The newest version.
    pub to: String,
    /// How many.
    pub cases: u64,
}

/// Cases that stay for one reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MoveGroup {
    /// Id and name of the process element that is in the way; `None` when it is something else.
    pub element: Option<(String, String)>,
    /// What is in the way, in German.
    pub reason: String,
    /// What can be done, in German.
    pub help: String,
    /// How many cases.
    pub count: u64,
    /// Some of them, with what letters quote.
    pub cases: Vec<(CaseId, String)>,
}

/// An element of the new process.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MoveFitting {
    /// Its id.
    pub element: String,
    /// Its name.
    pub name: String,
}

/// An element of the old process that somebody can name a counterpart for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MoveChoice {
    /// Its id.
    pub element: String,
    /// Its name.
    pub name: String,
    /// Elements of the new process of the same kind.
    pub fitting: Vec<MoveFitting>,
    /// The one that was named.
    pub chosen: Option<String>,
}

/// What a move would do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MovePreview {
    /// Service id.
    pub service: String,
    /// The version the cases work with.
    pub from: String,
    /// The newest version.
    pub to: String,
    /// Why no case at all can move, in German; then nothing else is said.
    pub reasons: Vec<String>,
    /// Cases that can move.
    pub can: u64,
    /// Cases that cannot.
    pub cannot: u64,
    /// Why not, the most frequent first. A case with several reasons is in each group.
    pub obstacles: Vec<MoveGroup>,
    /// What changes for people, in German, and for how many of the cases that can move.
    pub notes: Vec<(String, u64)>,
    /// What can be, or was, named by hand.
    pub choices: Vec<MoveChoice>,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    can: u64,
    cannot: u64,
    groups: BTreeMap<Obstacle, (u64, Vec<CaseId>)>,
    notes: BTreeMap<String, u64>,
}

impl Found {
    fn stays(&mut self, case: CaseId, mut obstacles: Vec<Obstacle>) {
        self.cannot += 1;
        obstacles.sort();
        obstacles.dedup();
        for why in obstacles {
            let (count, named) = self.groups.entry(why).or_default();
            *count += 1;
            if named.len() < NAMED {
                named.push(case);
            }
        }
    }

    fn goes(&mut self, notes: Vec<String>) {
        self.can += 1;
        // The same note for two tasks of one case is one case's.
        for note in BTreeSet::from_iter(notes) {
            *self.notes.entry(note).or_default() += 1;
        }
    }
}

impl Cases {
    /// Running cases of the asking person's authority and services that work with an older version than the newest, by service and
    /// version. Counted; nothing is opened.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for anybody but a team lead.
    pub async fn moves_due(&self, actor: &Actor) -> Result<Vec<OldVersion>, CaseError> {
        let authority = self.office_for(actor, Action::MoveCases, NO_MOVES)?;
        // Two ranges of one index, so that the many cases of the newest version are not counted.
        let sql = "SELECT version, COUNT(*) AS cases FROM case_file WHERE authority = $1 AND service = $2 AND version < $3 \
                   AND phase = 'running' GROUP BY version \
                   UNION ALL SELECT version, COUNT(*) AS cases FROM case_file WHERE authority = $1 AND service = $2 AND version > $3 \
                   AND phase = 'running' GROUP BY version";
        let mut due = Vec::new();
        for package in self.inner.catalogue.services() {
            if !self.is_theirs_to_move(actor, package.id())? {
                continue;
            }
            let values = [
                Sql::Text(authority.to_string()),
                Sql::Text(package.id().to_owned()),
                Sql::Text(package.version().to_owned()),
            ];
            for row in self.inner.store.fetch(sql, &values).await? {
                due.push(OldVersion {
                    service: package.id().to_owned(),
                    from: row.text("version")?.to_owned(),
                    to: package.version().to_owned(),
                    cases: u64::try_from(row.int("cases")?).map_err(damaged)?,
                });
            }
        }
        Ok(due)
    }

    /// What moving the running cases of a version to the newest would do: which can move, which cannot and why, what changes for whom.
    /// `by_hand`: as in [`Cases::start_move`], which looks at each case again.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for anybody but a team lead of the authority, and outside of their services; [`CaseError::NotFound`] when
    /// there is no such service, or no older version of it is at work under this name.
    pub async fn move_preview(
        &self,
        actor: &Actor,
        service: &str,
        from: &str,
        by_hand: &BTreeMap<String, String>,
    ) -> Result<MovePreview, CaseError> {
        let authority = self.may_move(actor, service)?;
        let newest = self.inner.catalogue.package(service).ok_or(CaseError::NotFound)?;
        let known = self.inner.catalogue.package_version(service, from).is_some();
        if newest.version() == from || (!known && self.count_of(authority, service, from).await? == 0) {
            return Err(CaseError::NotFound);
        }
        let mut preview = MovePreview {
            service: service.to_owned(),
            from: from.to_owned(),
            to: newest.version().to_owned(),
            reasons: Vec::new(),
            can: 0,
            cannot: 0,
            obstacles: Vec::new(),
            notes: Vec::new(),
            choices: Vec::new(),
        };
        let way = match self.way(authority, service, from, by_hand) {
            Ok(way) => way,
            Err(reasons) => {
                preview.reasons = reasons;
                preview.cannot = self.count_of(authority, service, from).await?;
                return Ok(preview);
            }
        };
        let found = self.look_at_all(authority, &way, (service, from)).await?;
        (preview.can, preview.cannot) = (found.can, found.cannot);
        let mut to_name: BTreeSet<&str> = by_hand.keys().map(String::as_str).collect();
        to_name.extend(
            found
                .groups
                .keys()
                .filter(|why| why.by_hand())
                .map(|why| why.element.as_str()),
        );
        preview.choices = to_name.into_iter().filter_map(|id| choice(&way, id, by_hand)).collect();
        for (why, (count, named)) in &found.groups {
            let processes = [way.old.process(), way.new.process()];
            let element = processes.iter().find_map(|process| process.element(&why.element));
            preview.obstacles.push(MoveGroup {
                element: element.map(|element| (element.id.clone(), element.name.clone())),
                reason: why.reason.clone(),
                help: why.help.clone(),
                count: *count,
                cases: self.references(authority, named).await?,
            });
        }
        preview.obstacles.sort_by_key(|group| std::cmp::Reverse(group.count));
        preview.notes = found.notes.into_iter().collect();
        preview.notes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(preview)
    }

    async fn look_at_all(
        &self,
        authority: AuthorityId,
        way: &Way<'_>,
        (service, from): (&str, &str),
    ) -> Result<Found, CaseError> {
        let mut found = Found::default();
        let mut after = String::new();
        loop {
            let page = self.running_of(authority, (service, from), &after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            after = last.to_string();
            for some in page.chunks(AT_ONCE) {
                for (case, loaded) in self.load_all(authority, some).await? {
                    let Some(loaded) = loaded else {
                        found.stays(case, vec![gone()]);
                        continue;
                    };
                    let planned = way.plan(&loaded.state, 0, (&self.inner.ambient, self.now()));
                    match planned {
                        Ok(Ok((_, notes))) => found.goes(notes),
                        Ok(Err(obstacles)) => found.stays(case, obstacles),
                        Err(CaseError::Damaged(_)) => found.stays(case, vec![unreadable()]),
                        Err(other) => return Err(other),
                    }
                }
            }
        }
    }

    /// Loads some cases side by side.
    async fn load_all(
        &self,
        authority: AuthorityId,
        some: &[CaseId],
    ) -> Result<Vec<(CaseId, Option<Loaded>)>, CaseError> {
        let mut loading = JoinSet::new();
        for case in some {
            let (cases, case) = (self.clone(), *case);
            loading.spawn(async move { (case, cases.find(authority, case).await) });
        }
        let mut loaded = Vec::with_capacity(some.len());
        while let Some(one) = loading.join_next().await {
            match one.map_err(damaged)? {
                (case, Ok(found)) => loaded.push((case, found)),
                (case, Err(CaseError::Damaged(_))) => loaded.push((case, None)),
                (_, Err(other)) => return Err(other),
            }
        }
        loaded.sort_by_key(|(case, _)| *case);
        Ok(loaded)
    }
}

fn choice(way: &Way<'_>, id: &str, by_hand: &BTreeMap<String, String>) -> Option<MoveChoice> {
    let element = way.old.process().element(id)?;
    let fitting = way.migration.fitting(id).into_iter().map(|new| MoveFitting {
        element: new.id.clone(),
        name: new.name.clone(),
    });
    Some(MoveChoice {
        element: element.id.clone(),
        name: element.name.clone(),
        fitting: fitting.collect(),
        chosen: by_hand.get(id).cloned(),
    })
}
