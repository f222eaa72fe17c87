//! A commit: everything one command writes, as data. Being data, many commits can share one transaction.

use wegfrei_model::AuthorityId;
use wegfrei_store::jobs::{Claim, NewJob};
use wegfrei_store::{StoreError, Table, Value};

use crate::entry::NewEntry;
use crate::keys::KeyError;
use crate::sealed::{KeyId, NewKey, SealedBytes};

/// One change to a projection table; rides in the same transaction as the entries.
#[derive(Clone, Debug, PartialEq)]
pub enum RowWrite {
    /// Writes a whole row, replacing one with the same key. `values` in the order of `table.columns`.
    Put {
        /// Where.
        table: &'static Table,
        /// One value a column.
        values: Vec<Value>,
    },
    /// Removes the row with this key, if present. `key` in the order of `table.key`.
    Delete {
        /// Where.
        table: &'static Table,
        /// One value a key column.
        key: Vec<Value>,
    },
}

/// Encrypted bytes kept beside the entries: uploaded papers, PDFs. Its SHA-256 is named in an entry's facts as
/// `{"blobs":[{"id","sha256"}]}`; when no entry of the commit names it, the journal adds that to the first one.
#[derive(Clone, Debug)]
pub struct NewBlob {
    /// Unique within the authority; 1 to 200 bytes.
    pub id: String,
    /// The bytes, encrypted.
    pub bytes: SealedBytes,
}

/// Everything one command writes. All of it becomes durable together, or nothing.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose journal.
    pub authority: AuthorityId,
    /// At least one.
    pub entries: Vec<NewEntry>,
    /// Projection rows, applied in order after those of earlier commits.
    pub rows: Vec<RowWrite>,
    /// New data keys, from [`crate::Journal::new_key`].
    pub keys: Vec<NewKey>,
    /// Data keys to destroy: what they sealed becomes unreadable for ever. The journal adds a `key.destroyed` entry
    /// for each to stream `key/<id>`, with the first entry's actor and purpose.
    pub destroy: Vec<KeyId>,
    /// Sealed papers.
    pub blobs: Vec<NewBlob>,
    /// Ids of sealed papers whose bytes are deleted; the first entry's facts name them as `{"dropped":[id]}`.
    pub dropped: Vec<String>,
    /// Follow-up work.
    pub jobs: Vec<NewJob>,
    /// Claimed jobs this commit finishes; when one is no longer held, nothing of the commit is written.
    pub done_jobs: Vec<Claim>,
}

impl Commit {
    /// A commit of one entry and nothing else.
    pub fn one(authority: AuthorityId, entry: NewEntry) -> Commit {
        Commit::many(authority, vec![entry])
    }

    /// A commit of entries and nothing else.
    pub fn many(authority: AuthorityId, entries: Vec<NewEntry>) -> Commit {
        Commit {
            authority,
            entries,
            rows: Vec::new(),
            keys: Vec::new(),
            destroy: Vec::new(),
            blobs: Vec::new(),
            dropped: Vec::new(),
            jobs: Vec::new(),
            done_jobs: Vec::new(),
        }
    }
}

/// What the caller gets once the commit is durable and in the signed tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Sequence numbers of the entries, in order; entries the journal added come last.
    pub seqs: Vec<u64>,
    /// Stream versions of the entries, in the same order.
    pub versions: Vec<u64>,
}

/// Why a commit was not recorded.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// The stream has moved on, nothing was written. Load it again and decide anew.
    #[error("stream {stream} holds {actual} entries, not the {expected} the command was based on; load it again")]
    Conflict {
        /// Which stream.
        stream: String,
        /// What the command expected.
        expected: u64,
        /// What the stream holds.
        actual: u64,
    },
    /// A job in `done_jobs` is no longer held: somebody else does it or did it. Nothing was written; drop the result.
    #[error("job {id} is no longer held; its result is dropped")]
    LostJob {
        /// Which job.
        id: String,
    },
    /// The commit itself is wrong; a programming mistake. Nothing was written.
    #[error("the commit is not acceptable: {0}")]
    Invalid(String),
    /// The authority has no usable key file. Nothing was written.
    #[error(transparent)]
    Key(#[from] std::sync::Arc<KeyError>),
    /// The database did not confirm. It may have been recorded if the connection broke while confirming: a repeat with
    /// [`crate::Expect::Version`] is safe, it conflicts if the first attempt got through.
    #[error("the database did not confirm the commit ({0}); nothing is acknowledged, repeat it")]
    Store(std::sync::Arc<StoreError>),
    /// What the database holds is not a journal this program wrote; run `wegfrei verify`.
    #[error("the journal of {authority} is damaged ({what}); run `wegfrei verify`")]
    Damaged {
        /// Whose journal.
        authority: String,
        /// What is wrong.
        what: String,
    },
    /// The journal is shutting down.
    #[error("the journal is closed; nothing was written")]
    Closed,
}
