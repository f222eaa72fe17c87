//! A print run, folded from its stream.

use wegfrei_journal::{Actor, Entry};
use wegfrei_model::{Date, Timestamp};

use super::damaged;
use super::event::{LeftOver, Packed, RunEvent};
use crate::error::CaseError;

/// What is being done with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Making,
    Made,
    Posting,
    Posted,
    Recalling,
    Erased,
}

impl Phase {
    pub fn code(self) -> &'static str {
        match self {
            Phase::Making => "making",
            Phase::Made => "made",
            Phase::Posting => "posting",
            Phase::Posted => "posted",
            Phase::Recalling => "recalling",
            Phase::Erased => "erased",
        }
    }
}

/// What became of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in the file and nothing is noted.
    Printed,
    Posted,
    Left(LeftOver),
}

impl Fate {
    pub fn code(self) -> &'static str {
        match self {
            Fate::Printed => "printed",
            Fate::Posted => "posted",
            Fate::Left(LeftOver::Before) => "before",
            Fate::Left(LeftOver::Moot) => "moot",
            Fate::Left(LeftOver::Certificate) => "certificate",
            Fate::Left(LeftOver::Late) => "late",
            Fate::Left(LeftOver::Failed) => "failed",
        }
    }
}

/// One file of a run.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub services: Vec<String>,
    pub pages: u64,
    pub envelopes: Vec<(Packed, Fate)>,
}

/// A run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub number: u64,
    /// Entries in its stream.
    pub version: u64,
    pub phase: Phase,
    pub started_at: Timestamp,
    pub started_by: Actor,
    /// Services it is over; none: all.
    pub services: Vec<String>,
    /// Documents that waited when it was started.
    pub documents: u64,
    /// Most sheets in the envelopes of one file; one envelope may have more.
    pub sheets: u64,
    pub files: Vec<File>,
    /// The last envelope that was looked at.
    pub after: (i64, String),
    /// Files whose envelopes are noted, or taken back.
    pub noted: usize,
    /// The day of posting, while it counts.
    pub on: Option<Date>,
    /// Who has it noted or taken back.
    pub noted_by: Option<Actor>,
    /// When it was made, posted, or taken back: from then it is kept.
    pub changed_at: Timestamp,
}

impl Run {
    /// Folds a whole stream; `None` when it is empty.
    pub fn fold(number: u64, entries: &[Entry]) -> Result<Option<Run>, CaseError> {
        let mut run = None;
        for entry in entries {
            let (at, event) = RunEvent::read(entry)?;
            run = Some(Run::apply(run, number, at, &entry.actor, event)?);
        }
        Ok(run)
    }

    pub fn apply(
        run: Option<Run>,
        number: u64,
        at: Timestamp,
        actor: &Actor,
        event: RunEvent,
    ) -> Result<Run, CaseError> {
        let mut run = match (run, event) {
            (
                None,
                RunEvent::Started {
                    services,
                    documents,
                    sheets,
                },
            ) => {
                return Ok(Run {
                    number,
                    version: 1,
                    phase: Phase::Making,
                    started_at: at,
                    started_by: actor.clone(),
                    services,
                    documents,
                    sheets,
                    files: Vec::new(),
                    after: (i64::MIN, String::new()),
                    noted: 0,
                    on: None,
                    noted_by: None,
                    changed_at: at,
                });
            }
            (Some(run), event) => run.then(at, actor, event)?,
            (None, _) => return Err(damaged("a print run without its beginning")),
        };
        run.version += 1;
        Ok(run)
    }

    fn then(mut self, at: Timestamp, actor: &Actor, event: RunEvent) -> Result<Run, CaseError> {
        match (self.phase, event) {
            (
                Phase::Making,
                RunEvent::File {
                    services,
                    pages,
                    envelopes,
                    after,
                },
            ) => {
                let envelopes = envelopes.into_iter().map(|packed| (packed, Fate::Printed)).collect();
                self.files.push(File {
                    services,
                    pages,
                    envelopes,
                });
                self.after = after;
            }
            (Phase::Making, RunEvent::Passed { after }) => self.after = after,
            (Phase::Making, RunEvent::Made {}) => self.phase = Phase::Made,
            (Phase::Made, RunEvent::Posting { on }) => {
                self.phase = Phase::Posting;
                self.noted = 0;
                self.on = Some(on);
                self.noted_by = Some(actor.clone());
            }
            (Phase::Posted, RunEvent::Recalling {}) => {
                self.phase = Phase::Recalling;
                self.noted = 0;
                self.noted_by = Some(actor.clone());
            }
            (Phase::Posting | Phase::Recalling, RunEvent::Noted { left }) => {
                let noted = if self.phase == Phase::Posting {
                    Fate::Posted
                } else {
                    Fate::Printed
                };
                let file = self
                    .files
                    .get_mut(self.noted)
                    .ok_or_else(|| damaged("a file that is not there was noted"))?;
                for (packed, fate) in &mut file.envelopes {
                    if let Some((_, why)) = left.iter().find(|(notice, _)| *notice == packed.notice) {
                        *fate = Fate::Left(*why);
                    } else if self.phase == Phase::Posting || *fate == Fate::Posted {
                        *fate = noted;
                    }
                }
                self.noted += 1;
                if self.noted == self.files.len() {
                    if self.phase == Phase::Recalling {
                        self.on = None;
                    }
                    self.phase = if self.phase == Phase::Posting {
                        Phase::Posted
                    } else {
                        Phase::Made
                    };
                }
            }
            (Phase::Making | Phase::Made | Phase::Posted, RunEvent::Erased {}) => {
                self.phase = Phase::Erased;
            }
            _ => return Err(damaged("a print run in an impossible order")),
        }
        self.changed_at = at;
        Ok(self)
    }

    pub fn envelopes(&self) -> impl Iterator<Item = &(Packed, Fate)> {
        self.files.iter().flat_map(|file| &file.envelopes)
    }

    /// Documents that are in a file.
    pub fn printed(&self) -> u64 {
        self.envelopes().map(|(packed, _)| packed.documents).sum()
    }
}
