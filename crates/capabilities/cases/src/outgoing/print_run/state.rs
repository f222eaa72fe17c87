//! A print run, folded from its stream.

use wegfrei_journal::{Actor, Entry};
use wegfrei_model::{Date, Timestamp};

use super::damaged;
use super::event::{LeftOver, Packed, RunEvent};
use crate::error::CaseError;
use crate::event::PrintNote;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrintStanding {
    /// Its files are being made.
    Making,
    /// Its files are there.
    Made,
    /// The day of posting is being noted, envelope by envelope.
    Posting,
    /// It is posted.
    Posted,
    /// The day of posting is being taken back.
    Recalling,
    /// Its files are gone.
    Erased,
}

impl PrintStanding {
    const ALL: [PrintStanding; 6] = [
        PrintStanding::Making,
        PrintStanding::Made,
        PrintStanding::Posting,
        PrintStanding::Posted,
        PrintStanding::Recalling,
        PrintStanding::Erased,
    ];

    /// The code in the table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PrintStanding::Making => "making",
            PrintStanding::Made => "made",
            PrintStanding::Posting => "posting",
            PrintStanding::Posted => "posted",
            PrintStanding::Recalling => "recalling",
            PrintStanding::Erased => "erased",
        }
    }

    /// What a code stands for.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.code() == code)
    }

    /// Jobs work on it.
    #[must_use]
    pub fn is_working(self) -> bool {
        matches!(
            self,
            PrintStanding::Making | PrintStanding::Posting | PrintStanding::Recalling
        )
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
    pub standing: PrintStanding,
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
    /// Version of the entry that said so last.
    pub posting: u64,
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
                    standing: PrintStanding::Making,
                    started_at: at,
                    started_by: actor.clone(),
                    services,
                    documents,
                    sheets,
                    files: Vec::new(),
                    after: (i64::MIN, String::new()),
                    noted: 0,
                    on: None,
                    posting: 0,
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
        match (self.standing, event) {
            (
                PrintStanding::Making,
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
            (PrintStanding::Making, RunEvent::Passed { after }) => self.after = after,
            (PrintStanding::Making, RunEvent::Made {}) => self.standing = PrintStanding::Made,
            (PrintStanding::Made, RunEvent::Posting { on }) => {
                self.standing = PrintStanding::Posting;
                self.noted = 0;
                self.on = Some(on);
                self.posting = self.version + 1;
                self.noted_by = Some(actor.clone());
            }
            (PrintStanding::Posted, RunEvent::Recalling {}) => {
                self.standing = PrintStanding::Recalling;
                self.noted = 0;
                self.noted_by = Some(actor.clone());
                // Nothing of it counts as posted any more, so that no other run takes a letter that waits again.
                self.become_of(0, Fate::Printed);
            }
            (PrintStanding::Posting | PrintStanding::Recalling, RunEvent::Noted { left }) => {
                let noted = if self.standing == PrintStanding::Posting {
                    Fate::Posted
                } else {
                    Fate::Printed
                };
                let file = self
                    .files
                    .get_mut(self.noted)
                    .ok_or_else(|| damaged("a file that is not there was noted"))?;
                for (packed, fate) in &mut file.envelopes {
                    let why = left.iter().find(|(notice, _)| *notice == packed.notice);
                    *fate = why.map_or(noted, |(_, why)| Fate::Left(*why));
                }
                self.noted += 1;
                if self.noted == self.files.len() {
                    if self.standing == PrintStanding::Recalling {
                        self.on = None;
                    }
                    self.standing = if self.standing == PrintStanding::Posting {
                        PrintStanding::Posted
                    } else {
                        PrintStanding::Made
                    };
                }
            }
            (PrintStanding::Erased, _) => return Err(damaged("a print run after its end")),
            (standing, RunEvent::Erased {}) => {
                match standing {
                    // Somebody said that they are posted. A person notes them one by one; no other run prints them again.
                    PrintStanding::Posting => self.become_of(self.noted, Fate::Left(LeftOver::Failed)),
                    PrintStanding::Recalling => self.on = None,
                    _ => {}
                }
                self.standing = PrintStanding::Erased;
            }
            _ => return Err(damaged("a print run in an impossible order")),
        }
        self.changed_at = at;
        Ok(self)
    }

    /// What became of all envelopes from a file on.
    fn become_of(&mut self, from: usize, fate: Fate) {
        for file in self.files.iter_mut().skip(from) {
            for (_, known) in &mut file.envelopes {
                *known = fate;
            }
        }
    }

    /// How its envelopes are noted.
    pub fn note(&self) -> PrintNote {
        PrintNote {
            run: self.number,
            entry: self.posting,
        }
    }

    /// Its files are gone, and nobody has said that what was in them was posted: another run may take that.
    pub fn has_freed(&self, fate: Fate) -> bool {
        let left = self.standing == PrintStanding::Erased && self.on.is_none();
        left && matches!(fate, Fate::Printed | Fate::Left(LeftOver::Failed))
    }

    pub fn envelopes(&self) -> impl Iterator<Item = &(Packed, Fate)> {
        self.files.iter().flat_map(|file| &file.envelopes)
    }

    /// Documents that are in a file.
    pub fn printed(&self) -> u64 {
        self.envelopes().map(|(packed, _)| packed.documents).sum()
    }
}
