//! What can go wrong with a case, for the person who gets it.

use wegfrei_forms::Problem;
use wegfrei_journal::{AccessError, CommitError, ReadError};
use wegfrei_store::StoreError;

use crate::worklist::Colleague;

/// Why something could not be done. Nothing was recorded as done when one of these comes back.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is no such case, draft, paper or notice, or it is somebody else's: the two are told apart only in the record.
    #[error("not found")]
    NotFound,
    /// The policy refused it; the refusal is in the journal.
    #[error("refused, and recorded: {0}")]
    Refused(String),
    /// A colleague holds the task; the refusal is in the journal. The name is for a page, not for `Display`.
    #[error("refused, and recorded: a colleague holds the task")]
    Held(Colleague),
    /// Somebody else, or another tab, was first. Load again; nothing was overwritten.
    #[error("changed meanwhile; load it again")]
    Stale,
    /// The application is not complete or not right.
    #[error("the application has {} problem(s)", .0.len())]
    Invalid(Vec<Problem>),
    /// A paper was not accepted; the text is German and says what to do.
    #[error("{0}")]
    Paper(String),
    /// A verdict lacks something; the text is German and says what to do.
    #[error("{0}")]
    Verdict(String),
    /// It is too late by law or by the case's state; the text is German and says what can still be done.
    #[error("{0}")]
    TooLate(String),
    /// There is too much of something already; the text is German and says what to do.
    #[error("{0}")]
    Limit(String),
    /// The draft was thrown away; its key is gone.
    #[error("the draft was discarded")]
    Discarded,
    /// The retention period is over and everything was erased.
    #[error("the case was erased when its retention period ended")]
    Erased,
    /// What was given is not acceptable; the text is German and says what to do.
    #[error("{0}")]
    Input(String),
    /// The authority has not adopted the service.
    #[error("the authority does not offer this service")]
    NotAdopted,
    /// The database does not answer. Try again; nothing was lost.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// No space left. An operator has to act.
    #[error("the storage is full")]
    Full,
    /// A package could not be evaluated: a mistake of its author. The text inside may quote an applicant's answers, so `Display`,
    /// which logs use, leaves it out; `wegfrei decide` shows it to the author.
    #[error("a package could not be evaluated; try the case's facts with `wegfrei decide`")]
    Package(String),
    /// What is stored makes no sense; `wegfrei verify` will say where.
    #[error("damaged: {0}")]
    Damaged(String),
}

impl CaseError {
    pub(crate) fn damaged(what: &str, error: impl std::fmt::Display) -> Self {
        CaseError::Damaged(format!("{what}: {error}"))
    }

    pub(crate) fn story(what: &str) -> Self {
        CaseError::Damaged(what.to_owned())
    }
}

impl From<StoreError> for CaseError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<&StoreError> for CaseError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Full => CaseError::Full,
            StoreError::Unavailable(_) | StoreError::Busy(_) | StoreError::InDoubt(_) => {
                CaseError::Unavailable(error.to_string())
            }
            other => CaseError::Damaged(other.to_string()),
        }
    }
}

impl From<ReadError> for CaseError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(cause) => Self::from(&cause),
            other => CaseError::Damaged(other.to_string()),
        }
    }
}

impl From<AccessError> for CaseError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused { reason, .. } => CaseError::Refused(reason),
            AccessError::NoSuchKey(_) => CaseError::NotFound,
            AccessError::Destroyed(_) => CaseError::Discarded,
            AccessError::NotRecorded(cause) => cause.into(),
            other @ AccessError::Damaged(_) => CaseError::Damaged(other.to_string()),
        }
    }
}

impl From<CommitError> for CaseError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict { .. } | CommitError::LostJob { .. } => CaseError::Stale,
            CommitError::Store(cause) => Self::from(cause.as_ref()),
            CommitError::Closed => CaseError::Unavailable("the server is shutting down".to_owned()),
            other => CaseError::Damaged(other.to_string()),
        }
    }
}
