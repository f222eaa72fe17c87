//! Moves as the desk sees them: the list, and one move with what stayed and why.

use std::collections::BTreeMap;

use wegfrei_identity::Action;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, Timestamp};
use wegfrei_packages::Package;
use wegfrei_store::{Row, Value as Sql};

use super::event::Stayed;
use super::state::Phase;
use super::{MoveGroup, NAMED, NO_MOVES, damaged};
use crate::Cases;
use crate::error::CaseError;
use crate::mine::time_of;
use crate::worklist::Colleague;

/// So many moves are listed.
const LISTED: usize = 20;

/// Where a move stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveStanding {
    /// Cases are being moved.
    Moving,
    /// It is done.
    Moved,
    /// It is being taken back.
    TakingBack,
    /// It is taken back.
    TakenBack,
}

impl From<Phase> for MoveStanding {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Moving => MoveStanding::Moving,
            Phase::Moved => MoveStanding::Moved,
            Phase::TakingBack => MoveStanding::TakingBack,
            Phase::TakenBack => MoveStanding::TakenBack,
        }
    }
}

/// A move in the list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MoveLine {
    /// Its number at this authority, from 1.
    pub number: u64,
    /// Where it stands.
    pub standing: MoveStanding,
    /// Service id.
    pub service: String,
    /// The version the cases worked with,
    pub from: String,
    /// and the one they work with now.
    pub to: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// Who started it.
    pub started_by: Colleague,
    /// Cases that ran when it was started.
    pub cases: u64,
    /// Cases that were moved so far.
    pub moved: u64,
    /// Cases that stayed so far.
    pub stayed: u64,
    /// Moved cases that were taken back so far.
    pub taken_back: u64,
}

/// One move.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MoveView {
    /// The move.
    #[serde(flatten)]
    pub line: MoveLine,
    /// Which element of the new process stands for one of the old, as it was said by hand.
    pub by_hand: BTreeMap<String, String>,
    /// Why cases stayed.
    pub reasons: Vec<MoveGroup>,
    /// Moved cases that were looked at to be taken back so far.
    pub looked_back: u64,
    /// Why cases were not taken back.
    pub kept: Vec<MoveGroup>,
}

impl Cases {
    /// The last moves of the asking person's authority and services, newest first.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for anybody but a team lead.
    pub async fn moves(&self, actor: &Actor) -> Result<Vec<MoveLine>, CaseError> {
        let authority = self.office_for(actor, Action::MoveCases, NO_MOVES)?;
        let sql = "SELECT run, state, service, from_version, to_version, started_at, started_by, cases, moved, stayed, taken_back \
                   FROM case_move WHERE authority = $1 AND ($2 = '' OR service = $2) ORDER BY run DESC LIMIT $3";
        let mut lines = Vec::new();
        for service in self.services_of(actor) {
            let values = [
                Sql::Text(authority.to_string()),
                Sql::Text(service),
                Sql::Int(i64::try_from(LISTED).map_err(damaged)?),
            ];
            for row in self.inner.store.fetch(sql, &values).await? {
                lines.push(self.move_line(&row)?);
            }
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.number));
        lines.truncate(LISTED);
        Ok(lines)
    }

    /// One move: how far it is, which cases stayed, and why.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Refused`] for anybody but a team lead, and outside of their services.
    pub async fn case_move(&self, actor: &Actor, number: u64) -> Result<MoveView, CaseError> {
        let (authority, run) = self.own_move(actor, number).await?;
        let catalogue = &self.inner.catalogue;
        let (old, new) = (
            catalogue.package_version(&run.service, &run.from),
            catalogue.package_version(&run.service, &run.to),
        );
        Ok(MoveView {
            line: MoveLine {
                number,
                standing: run.phase.into(),
                service: run.service.clone(),
                from: run.from.clone(),
                to: run.to.clone(),
                started_at: run.started_at,
                started_by: self.starter(&run.started_by),
                cases: run.cases,
                moved: run.moved.len() as u64,
                stayed: run.stayed(),
                taken_back: run.taken_back(),
            },
            by_hand: run.by_hand.clone(),
            reasons: self.groups(authority, &run.stayed, [old, new]).await?,
            looked_back: run.looked_back as u64,
            kept: self.groups(authority, &run.kept, [new, old]).await?,
        })
    }

    async fn groups(
        &self,
        authority: AuthorityId,
        stayed: &[Stayed],
        packages: [Option<&Package>; 2],
    ) -> Result<Vec<MoveGroup>, CaseError> {
        let mut groups = Vec::with_capacity(stayed.len());
        for group in stayed {
            let named: Vec<CaseId> = group.cases.iter().take(NAMED).copied().collect();
            let mut elements = packages.iter().flatten();
            let element = elements.find_map(|package| package.process().element(&group.why.element));
            groups.push(MoveGroup {
                element: element.map(|element| (element.id.clone(), element.name.clone())),
                reason: group.why.reason.clone(),
                help: group.why.help.clone(),
                count: group.cases.len() as u64,
                cases: self.references(authority, &named).await?,
            });
        }
        groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
        Ok(groups)
    }

    /// What letters of these cases quote; erased ones are left out.
    pub(super) async fn references(
        &self,
        authority: AuthorityId,
        cases: &[CaseId],
    ) -> Result<Vec<(CaseId, String)>, CaseError> {
        let mut references = Vec::with_capacity(cases.len());
        let sql = "SELECT reference FROM case_file WHERE authority = $1 AND case_id = $2";
        for case in cases {
            let values = [Sql::Text(authority.to_string()), Sql::Text(case.to_string())];
            let rows = self.inner.store.fetch(sql, &values).await?;
            let Some(row) = rows.first() else { continue };
            references.push((*case, row.opt_text("reference")?.unwrap_or_default().to_owned()));
        }
        Ok(references)
    }

    fn move_line(&self, row: &Row) -> Result<MoveLine, CaseError> {
        let count = |column: &str| u64::try_from(row.int(column)?).map_err(damaged);
        let phase = Phase::of_code(row.text("state")?);
        Ok(MoveLine {
            number: count("run")?,
            standing: phase.ok_or_else(|| damaged("state"))?.into(),
            service: row.text("service")?.to_owned(),
            from: row.text("from_version")?.to_owned(),
            to: row.text("to_version")?.to_owned(),
            started_at: time_of(row, "started_at")?,
            started_by: self.starter(&Actor::parse(row.text("started_by")?).map_err(damaged)?),
            cases: count("cases")?,
            moved: count("moved")?,
            stayed: count("stayed")?,
            taken_back: count("taken_back")?,
        })
    }
}
