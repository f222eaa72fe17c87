//! The append-only, verifiable record of everything that happened, one per authority; the source of truth.
//!
//! - [`Journal::commit`]: entries, projection rows, keys, papers and jobs of one command become durable together and stand
//!   in the authority's signed Merkle tree, or nothing does. One task gathers waiting commits into one transaction.
//! - [`Journal::access`]: the only way to plain personal data; asks the [`Policy`] and writes the record first.
//! - [`Sealed`], [`SealingKey`], [`Access`]: personal data at rest; destroying its key erases it, the tree stays whole.
//! - [`verify()`]: recomputes everything from the entries and names the first bad one.
//! - [`Projection`]: tables for reading as pure functions of the entries.
//!
//! Formats are public standards: RFC 6962 hashing, C2SP tlog-tiles, checkpoints, signed notes, tlog-proof. See
//! docs/decisions/0002-journal.md.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod access;
mod batch;
pub mod canonical;
mod checkpoint;
mod commit;
mod entry;
mod entry_proof;
mod journal;
mod keys;
mod law_one;
mod load;
pub mod note;
mod projection;
mod read;
pub mod schema;
mod sealed;
mod sequencer;
pub mod tiles;
pub mod tree;
mod verify;

pub use access::{Access, AccessError, AccessRequest, Decision, Policy};
pub use batch::KEY_DESTROYED;
pub use checkpoint::Checkpoint;
pub use commit::{Commit, CommitError, NewBlob, Receipt, RowWrite};
pub use entry::{Actor, BadActor, Entry, Expect, NewEntry};
pub use entry_proof::{EntryProof, ProofError, ProvenEntry};
pub use journal::{Journal, JournalOptions, access_stream};
pub use keys::{AuthorityKeys, KeyError, Keys, origin};
pub use projection::{EntryRows, ProjectedRow, Projection, ProjectionError, diff, key_of};
pub use read::{ProofBundle, ReadError};
pub use schema::migrations;
pub use sealed::{BadKeyId, KeyId, NewKey, OpenError, SealError, Sealed, SealedBytes, SealingKey};
pub use verify::{Finding, MAX_FINDINGS, Report, VerifyOptions, bring_up, rebuild, verify};
