//! Print runs as the desk sees them: the list, one run with its progress, its files, and what was left out; and each file under a record.

use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{AccessError, AccessRequest, Actor};
use wegfrei_model::{Date, NoticeId, Timestamp};
use wegfrei_store::{Row, Value as Sql, jobs};

use super::event::LeftOver;
use super::state::{Fate, PrintStanding, Run};
use super::{damaged, file_key, file_name, kept_until, step_job};
use crate::Cases;
use crate::error::CaseError;
use crate::mine::time_of;
use crate::outgoing::outbox::NO_OUTBOX;
use crate::worklist::Colleague;

/// So many runs are listed.
const LISTED: i64 = 10;

/// A run in the list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PrintRunLine {
    /// Its number at this authority, from 1.
    pub number: u64,
    /// Where it stands.
    pub standing: PrintStanding,
    /// When it was started.
    pub started_at: Timestamp,
    /// Who started it.
    pub started_by: Colleague,
    /// Documents that are in a file,
    pub printed: u64,
    /// of so many that waited when it was started.
    pub documents: u64,
}

/// One file of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PrintFileView {
    /// From 1.
    pub number: usize,
    /// Envelopes in it.
    pub envelopes: usize,
    /// Documents in them.
    pub documents: u64,
    /// Sheets of paper in the envelopes.
    pub sheets: u64,
    /// Pages, with the index and blank backs.
    pub pages: u64,
}

/// An envelope that was not noted with the others.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PrintedLeftOver {
    /// Its main letter.
    pub notice: NoticeId,
    /// Its file, from 1,
    pub file: usize,
    /// and its running number in the run, as the index names it.
    pub number: u64,
    /// What its letters quote; `None` when the case was erased meanwhile.
    pub reference: Option<String>,
    /// Why.
    pub why: LeftOver,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PrintRunView {
    /// The run.
    #[serde(flatten)]
    pub line: PrintRunLine,
    /// Its files so far.
    pub files: Vec<PrintFileView>,
    /// Envelopes in them.
    pub envelopes: usize,
    /// Envelopes whose day of posting is noted, or taken back, so far.
    pub noted: usize,
    /// The work on it has failed for good: somebody has to look, and can have it tried again.
    pub stuck: bool,
    /// The day of posting, while it is noted.
    pub posted: Option<Date>,
    /// What was left out of that; before it is noted, what has to be taken out because it need not go any more.
    pub left: Vec<PrintedLeftOver>,
    /// The last day on which its files can be fetched.
    pub kept_until: Date,
}

impl Cases {
    /// How many documents wait in the asking person's outbox that are in no print run, at most 10,000.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that post nothing.
    pub async fn unprinted_documents(&self, actor: &Actor) -> Result<u64, CaseError> {
        let authority = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        let services = self.official(actor)?.services.clone();
        let waiting = self
            .unprinted(authority, &services, (i64::MIN, ""), self.now(), super::MOST_PRINTED)
            .await?;
        Ok(waiting.iter().map(|(.., documents)| documents).sum())
    }

    /// The last print runs of the asking person's authority, newest first.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that post nothing.
    pub async fn print_runs(&self, actor: &Actor) -> Result<Vec<PrintRunLine>, CaseError> {
        let authority = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        let sql = "SELECT run, state, started_at, started_by, documents, printed FROM print_run WHERE authority = $1 \
                   ORDER BY run DESC LIMIT $2";
        let values = [Sql::Text(authority.to_string()), Sql::Int(LISTED)];
        let rows = self.inner.store.fetch(sql, &values).await?;
        rows.iter().map(|row| self.print_line(row)).collect()
    }

    /// One print run.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Refused`] outside one's competence.
    pub async fn print_run(&self, actor: &Actor, number: u64) -> Result<PrintRunView, CaseError> {
        let (authority, run) = self.own_run(actor, number).await?;
        let step = step_job(authority, &run).id;
        let stuck = run.standing.is_working() && jobs::is_dead(&self.inner.store, authority.as_str(), &step).await?;
        let line = PrintRunLine {
            number,
            standing: run.standing,
            started_at: run.started_at,
            started_by: self.starter(&run.started_by),
            printed: run.printed(),
            documents: run.documents,
        };
        let files = (1..).zip(&run.files).map(|(number, file)| PrintFileView {
            number,
            envelopes: file.envelopes.len(),
            documents: file.envelopes.iter().map(|(packed, _)| packed.documents).sum(),
            sheets: file.envelopes.iter().map(|(packed, _)| packed.sheets).sum(),
            pages: file.pages,
        });
        Ok(PrintRunView {
            files: files.collect(),
            envelopes: run.envelopes().count(),
            noted: run.files.iter().take(run.noted).map(|file| file.envelopes.len()).sum(),
            stuck,
            posted: run.on,
            left: self.left_over(authority, &run).await?,
            kept_until: kept_until(run.changed_at).date(),
            line,
        })
    }

    /// What is not noted with the others; before the day is noted, what has to be taken out of the pile.
    async fn left_over(
        &self,
        authority: wegfrei_model::AuthorityId,
        run: &Run,
    ) -> Result<Vec<PrintedLeftOver>, CaseError> {
        let sql = "SELECT p.number, p.file, p.notice_id, p.state, d.state AS now, d.reference FROM print_envelope p \
                   LEFT JOIN dispatch d ON d.authority = p.authority AND d.notice_id = p.notice_id \
                   WHERE p.authority = $1 AND p.run = $2 AND (p.state NOT IN ('printed', 'posted', 'freed') \
                   OR (p.state = 'printed' AND COALESCE(d.state, '') <> 'to-post')) ORDER BY p.number";
        let number = i64::try_from(run.number).unwrap_or(i64::MAX);
        let values = [Sql::Text(authority.to_string()), Sql::Int(number)];
        let mut left = Vec::new();
        for row in self.inner.store.fetch(sql, &values).await? {
            let (state, now) = (row.text("state")?, row.opt_text("now")?);
            let known = LeftOver::ALL.into_iter().find(|why| Fate::Left(*why).code() == state);
            let why = known.unwrap_or(match now {
                Some("posted") => LeftOver::Before,
                _ => LeftOver::Moot,
            });
            // What could not be noted with the others was noted alone.
            if why == LeftOver::Failed && run.on.is_some() && now == Some("posted") {
                continue;
            }
            // While it is being noted, what is noted already is nothing to take out.
            if known.is_none() && !matches!(run.standing, PrintStanding::Making | PrintStanding::Made) {
                continue;
            }
            let file = row.text("file")?.rsplit('/').next().and_then(|file| file.parse().ok());
            left.push(PrintedLeftOver {
                notice: NoticeId::parse(row.text("notice_id")?).map_err(damaged)?,
                file: file.ok_or_else(|| damaged("file"))?,
                number: u64::try_from(row.int("number")?).map_err(damaged)?,
                reference: row.opt_text("reference")?.map(str::to_owned),
                why,
            });
        }
        Ok(left)
    }

    /// A print file, opened under a record: it holds letters of many people, each of whom sees in "who saw what" that it was opened.
    /// Who has a service scope opens it only when all of its letters are theirs.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Erased`] when it is gone; [`CaseError::Refused`] (recorded).
    pub async fn print_file(&self, actor: &Actor, number: u64, file: usize) -> Result<Vec<u8>, CaseError> {
        let authority = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        let run = self.print_run_of(authority, number).await?.ok_or(CaseError::NotFound)?;
        let of_file = file.checked_sub(1).and_then(|index| run.files.get(index));
        let of_file = of_file.ok_or(CaseError::NotFound)?;
        let mut circumstances = self.circumstances(actor, Action::Post, Purpose::Dispatch, true, "");
        if let Some(object) = circumstances.as_object_mut() {
            object.insert("services".to_owned(), of_file.services.clone().into());
        }
        let request = AccessRequest {
            authority,
            actor: actor.clone(),
            purpose: Purpose::Dispatch.german().to_owned(),
            subject: None,
            key: file_key(number, file)?,
            parts: vec!["print-file".to_owned()],
            circumstances,
        };
        let access = self.inner.journal.access(request).await.map_err(|error| match error {
            AccessError::Destroyed(_) => CaseError::Erased,
            other => other.into(),
        })?;
        let name = file_name(number, file);
        let stored = self.inner.journal.blob(authority, &name).await?;
        let sealed = stored.ok_or(CaseError::NotFound)?.raw(format!("{name}#print-file"));
        sealed.open(&access).map_err(damaged)
    }

    pub(crate) fn starter(&self, actor: &Actor) -> Colleague {
        match actor {
            Actor::Staff { id, authority } => self.colleague(*authority, id),
            other => Colleague {
                id: String::new(),
                name: self.who(other, None),
            },
        }
    }

    fn print_line(&self, row: &Row) -> Result<PrintRunLine, CaseError> {
        let count = |column: &str| u64::try_from(row.int(column)?).map_err(damaged);
        let standing = PrintStanding::from_code(row.text("state")?);
        Ok(PrintRunLine {
            number: count("run")?,
            standing: standing.ok_or_else(|| damaged("state"))?,
            started_at: time_of(row, "started_at")?,
            started_by: self.starter(&Actor::parse(row.text("started_by")?).map_err(damaged)?),
            printed: count("printed")?,
            documents: count("documents")?,
        })
    }
}
