//! From a command's commit to the rows of a transaction. Pure except for randomness and signing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::oneshot;
use wegfrei_model::AuthorityId;
use wegfrei_model::ambient::Random;
use wegfrei_store::jobs::{Claim, NewJob};
use wegfrei_store::{Table, Value};

use crate::canonical::{Leaf, encode};
use crate::checkpoint::Checkpoint;
use crate::commit::{Commit, CommitError, Receipt, RowWrite};
use crate::entry::{Expect, NewEntry};
use crate::keys::AuthorityKeys;
use crate::projection::{EntryRows, ProjectedRow, key_of};
use crate::sealed::{KeyId, NewKey};
use crate::tiles::TileEdge;
use crate::tree::{Hash, leaf_hash, sha256};

/// What a single commit may weigh: its sealed parts, facts and papers together.
pub(crate) const MAX_COMMIT_BYTES: usize = 64 << 20;

/// So many entries a single commit may have; keeps what is under way far below what [`Streams`] remembers.
pub(crate) const MAX_COMMIT_ENTRIES: usize = 10_000;

/// A commit checked and serialised by its caller, so that the one sequencer has little left to do.
pub(crate) struct Prepared {
    pub authority: AuthorityId,
    pub entries: Vec<PreparedEntry>,
    pub rows: Vec<RowWrite>,
    pub keys: Vec<NewKey>,
    pub destroy: Vec<KeyId>,
    pub blobs: Vec<(String, Vec<u8>)>,
    pub dropped: Vec<String>,
    pub jobs: Vec<NewJob>,
    pub done_jobs: Vec<Claim>,
    pub bytes: usize,
}

pub(crate) struct PreparedEntry {
    pub stream: String,
    pub expect: Expect,
    kind: &'static str,
    actor: String,
    purpose: String,
    facts: String,
    sealed: Option<Vec<u8>>,
    salt: [u8; 16],
}

pub(crate) struct Pending {
    pub commit: Prepared,
    pub answer: oneshot::Sender<Result<Receipt, CommitError>>,
}

pub(crate) fn prepare(mut commit: Commit, random: &dyn Random) -> Result<Prepared, CommitError> {
    let invalid = |what: String| Err(CommitError::Invalid(what));
    for key in &commit.keys {
        if key.authority != commit.authority {
            return invalid(format!("key {} is of authority {}", key.id, key.authority));
        }
    }
    for write in &commit.rows {
        let (table, fits) = match write {
            RowWrite::Put { table, values } => (table, values.len() == table.columns.len()),
            RowWrite::Delete { table, key } => (table, key.len() == table.key.len()),
        };
        if !fits || table.name.starts_with("journal_") {
            return invalid(format!(
                "a row for table {} has the wrong number of values or no right there",
                table.name
            ));
        }
    }
    let named: BTreeSet<String> = commit
        .entries
        .iter()
        .flat_map(|entry| named_blobs(&entry.facts))
        .map(|b| b.0)
        .collect();
    let unnamed = commit.blobs.iter().filter(|blob| !named.contains(&blob.id));
    let blobs: Vec<serde_json::Value> = unnamed
        .map(|blob| serde_json::json!({"id": blob.id, "sha256": hex(&sha256(&[blob.bytes.as_bytes()]))}))
        .collect();
    let dropped: Vec<serde_json::Value> = commit.dropped.iter().map(|id| id.as_str().into()).collect();
    let keys: Vec<serde_json::Value> = commit.keys.iter().map(|key| key.id.as_str().into()).collect();
    let destroyed: Vec<NewEntry> = match commit.entries.first() {
        None => return invalid("it has no entry".to_owned()),
        Some(first) => commit.destroy.iter().map(|key| destroyed_entry(first, key)).collect(),
    };
    if let Some(serde_json::Value::Object(facts)) = commit.entries.first_mut().map(|entry| &mut entry.facts) {
        for (name, mut values) in [("keys", keys), ("blobs", blobs), (DROPPED, dropped)] {
            if values.is_empty() {
                continue;
            }
            if let Some(serde_json::Value::Array(present)) = facts.get_mut(name) {
                present.append(&mut values);
            } else {
                facts.insert(name.to_owned(), values.into());
            }
        }
    }
    commit.entries.extend(destroyed);
    if commit.entries.len() > MAX_COMMIT_ENTRIES {
        return invalid(format!(
            "it has {} entries, more than {MAX_COMMIT_ENTRIES}",
            commit.entries.len()
        ));
    }
    let mut bytes = 0;
    let mut entries = Vec::with_capacity(commit.entries.len());
    for entry in commit.entries {
        let entry = prepare_entry(entry, random).map_err(CommitError::Invalid)?;
        bytes += 300 + entry.facts.len() + entry.sealed.as_ref().map_or(0, Vec::len);
        entries.push(entry);
    }
    let blobs: Vec<(String, Vec<u8>)> = commit
        .blobs
        .into_iter()
        .map(|blob| (blob.id, blob.bytes.into_bytes()))
        .collect();
    for (id, blob) in &blobs {
        if !is_name(id) {
            return invalid(format!("\"{id}\" does not name a paper"));
        }
        bytes += blob.len();
    }
    if bytes > MAX_COMMIT_BYTES {
        return invalid(format!("it has {bytes} bytes, more than {MAX_COMMIT_BYTES}"));
    }
    let Commit {
        authority,
        rows,
        keys,
        destroy,
        dropped,
        jobs,
        done_jobs,
        ..
    } = commit;
    Ok(Prepared {
        authority,
        entries,
        rows,
        keys,
        destroy,
        blobs,
        dropped,
        jobs,
        done_jobs,
        bytes,
    })
}

fn destroyed_entry(first: &NewEntry, key: &KeyId) -> NewEntry {
    NewEntry {
        stream: format!("key/{key}"),
        expect: Expect::Any,
        kind: KEY_DESTROYED,
        actor: first.actor.clone(),
        purpose: first.purpose.clone(),
        facts: serde_json::json!({"destroyed": key.as_str()}),
        sealed: None,
    }
}

/// The kind of the entry that records a destroyed data key.
pub const KEY_DESTROYED: &str = "key.destroyed";

/// Where an entry's facts name papers whose bytes were deleted with it.
const DROPPED: &str = "dropped";

fn prepare_entry(entry: NewEntry, random: &dyn Random) -> Result<PreparedEntry, String> {
    let NewEntry {
        stream,
        expect,
        kind,
        actor,
        purpose,
        facts,
        sealed,
    } = entry;
    if !is_name(&stream) {
        return Err(format!(
            "\"{stream}\" does not name a stream (1 to 200 bytes, no control characters)"
        ));
    }
    if !is_name(kind) || !actor.is_well_formed() {
        return Err(format!("kind \"{kind}\" or actor \"{actor}\" is not well formed"));
    }
    if purpose.len() > 500 || purpose.contains('\0') {
        return Err(format!(
            "the purpose of {kind} is longer than 500 bytes or holds a NUL character"
        ));
    }
    if !facts.is_object() {
        return Err(format!("the facts of {kind} are not a JSON object"));
    }
    let mut salt = [0; 16];
    random.fill(&mut salt);
    // A JSON text never holds a NUL character: control characters are escaped.
    let facts = facts.to_string();
    let sealed = sealed.map(crate::sealed::SealedBytes::into_bytes);
    Ok(PreparedEntry {
        stream,
        expect,
        kind,
        actor: actor.to_string(),
        purpose,
        facts,
        sealed,
        salt,
    })
}

fn is_name(text: &str) -> bool {
    (1..=200).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Lower-case hexadecimal, as `sha256` in facts is written.
pub(crate) fn hex(hash: &Hash) -> String {
    use std::fmt::Write as _;
    hash.0.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The papers an entry's facts name: id and SHA-256.
pub(crate) fn named_blobs(facts: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    let blobs = facts.get("blobs").and_then(serde_json::Value::as_array);
    blobs
        .into_iter()
        .flatten()
        .filter_map(|blob| Some((text(blob, "id")?, text(blob, "sha256")?)))
        .collect()
}

/// The papers whose bytes an entry's facts say are deleted.
pub(crate) fn dropped_blobs(facts: &serde_json::Value) -> impl Iterator<Item = &str> {
    let dropped = facts.get(DROPPED).and_then(serde_json::Value::as_array);
    dropped.into_iter().flatten().filter_map(serde_json::Value::as_str)
}

/// An authority's tree as it stands in memory: durable, or ahead by the batches under way.
pub(crate) struct Head {
    pub edge: TileEdge,
    pub time: i64,
    pub keys: Arc<AuthorityKeys>,
}

/// Known stream versions, bounded: what is not used for two generations is forgotten.
#[derive(Default)]
pub(crate) struct Streams {
    young: HashMap<(AuthorityId, Box<str>), u64>,
    old: HashMap<(AuthorityId, Box<str>), u64>,
}

impl Streams {
    const GENERATION: usize = 100_000;

    pub(crate) fn get(&mut self, authority: AuthorityId, stream: &str) -> Option<u64> {
        // One allocation a look-up buys a flat map; streams are short.
        let key = (authority, Box::from(stream));
        if let Some(version) = self.young.get(&key) {
            return Some(*version);
        }
        let version = self.old.remove(&key)?;
        self.young.insert(key, version);
        Some(version)
    }

    pub(crate) fn set(&mut self, authority: AuthorityId, stream: &str, version: u64) {
        if self.young.len() >= Self::GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert((authority, Box::from(stream)), version);
    }
}

/// Everything the sequencer knows without asking the database.
#[derive(Default)]
pub(crate) struct State {
    pub heads: HashMap<AuthorityId, Head>,
    pub streams: Streams,
}

/// Commits that will be written in one transaction.
#[derive(Default)]
pub(crate) struct Batch {
    pub members: Vec<(Pending, Result<Receipt, CommitError>)>,
    entries: Vec<Vec<Value>>,
    /// Rows that follow from single entries.
    entry_rows: Vec<ProjectedRow>,
    /// Size of each touched tree before this batch.
    before: BTreeMap<AuthorityId, u64>,
    pub bytes: usize,
    buffer: Vec<u8>,
}

/// How a commit fits the known stream versions.
pub(crate) enum Fit {
    Yes,
    /// The caller is behind.
    No(CommitError),
    /// The caller expects more than is known here: another process may have written.
    Behind(CommitError),
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn into_pending(self) -> Vec<Pending> {
        self.members.into_iter().map(|(pending, _)| pending).collect()
    }

    /// Where its last entry goes, and that entry's salt.
    pub(crate) fn last_place(&self) -> Option<(AuthorityId, u64, [u8; 16])> {
        self.members.iter().rev().find_map(|(pending, outcome)| {
            let seq = outcome.as_ref().ok()?.seqs.last()?;
            Some((pending.commit.authority, *seq, pending.commit.entries.last()?.salt))
        })
    }

    /// Whether the streams hold what the commit expects. Unknown streams count as empty.
    pub(crate) fn fit(state: &mut State, commit: &Prepared) -> Fit {
        let mut seen: HashMap<&str, u64> = HashMap::new();
        for entry in &commit.entries {
            let actual = match seen.get(&*entry.stream) {
                Some(version) => *version,
                None => state.streams.get(commit.authority, &entry.stream).unwrap_or(0),
            };
            if let Expect::Version(expected) = entry.expect
                && expected != actual
            {
                let error = CommitError::Conflict {
                    stream: entry.stream.clone(),
                    expected,
                    actual,
                };
                return if expected > actual {
                    Fit::Behind(error)
                } else {
                    Fit::No(error)
                };
            }
            seen.insert(&entry.stream, actual + 1);
        }
        Fit::Yes
    }

    /// Adds a commit that fits. The authority's head must be in `state`.
    pub(crate) fn add(&mut self, state: &mut State, pending: Pending, now: i64, rows: Option<&dyn EntryRows>) {
        let authority = pending.commit.authority;
        let Some(head) = state.heads.get_mut(&authority) else {
            self.members.push((
                pending,
                Err(CommitError::Invalid("its authority is not loaded".to_owned())),
            ));
            return;
        };
        self.before.entry(authority).or_insert(head.edge.size());
        head.time = head.time.max(now);
        self.bytes += pending.commit.bytes;
        let mut receipt = Receipt {
            seqs: Vec::new(),
            versions: Vec::new(),
        };
        for entry in &pending.commit.entries {
            let seq = head.edge.size();
            let version = state.streams.get(authority, &entry.stream).unwrap_or(0) + 1;
            state.streams.set(authority, &entry.stream, version);
            self.buffer.clear();
            let leaf = Leaf {
                authority: authority.as_str(),
                seq,
                time: head.time,
                stream: &entry.stream,
                version,
                kind: entry.kind,
                actor: &entry.actor,
                purpose: &entry.purpose,
                facts: &entry.facts,
                sealed: entry.sealed.as_deref(),
                salt: &entry.salt,
            };
            encode(&mut self.buffer, &leaf);
            head.edge.push(leaf_hash(&self.buffer));
            if let Some(rows) = rows.filter(|rows| leaf.stream.starts_with(rows.streams())) {
                self.entry_rows.extend(rows.rows(&leaf));
            }
            self.entries.push(vec![
                leaf.authority.into(),
                number(seq),
                leaf.time.into(),
                leaf.stream.into(),
                number(version),
                leaf.kind.into(),
                leaf.actor.into(),
                leaf.purpose.into(),
                leaf.facts.into(),
                leaf.sealed.into(),
                leaf.salt.into(),
            ]);
            receipt.seqs.push(seq);
            receipt.versions.push(version);
        }
        self.members.push((pending, Ok(receipt)));
    }

    /// Everything the transaction writes: signs one checkpoint for each touched authority.
    pub(crate) fn finish(&mut self, state: &mut State) -> Write {
        let mut write = Write {
            entries: std::mem::take(&mut self.entries),
            ..Write::default()
        };
        for (authority, before) in &self.before {
            let Some(head) = state.heads.get_mut(authority) else {
                continue;
            };
            write.before.push((*authority, *before));
            for tile in head.edge.take_changed() {
                let (level, index) = (i64::from(tile.level).into(), number(tile.index));
                write
                    .tiles
                    .push(vec![authority.as_str().into(), level, index, tile.hashes.into()]);
            }
            let signer = head.keys.signer();
            let (size, root) = (head.edge.size(), head.edge.root());
            let checkpoint = Checkpoint {
                origin: signer.verifier().name().to_owned(),
                size,
                root,
            }
            .sign(signer);
            let root: &[u8] = &root.0;
            write.heads.push(vec![
                authority.as_str().into(),
                number(size),
                root.into(),
                head.time.into(),
                checkpoint.into(),
            ]);
        }
        let mut rows = BTreeMap::<(&str, Vec<Value>), (&'static Table, Option<&Vec<Value>>)>::new();
        let entry_rows = std::mem::take(&mut self.entry_rows);
        for (table, values) in &entry_rows {
            rows.insert((table.name, key_of(table, values)), (table, Some(values)));
        }
        for (pending, _) in self.members.iter().filter(|(_, outcome)| outcome.is_ok()) {
            let commit = &pending.commit;
            let id = || Value::from(commit.authority.as_str());
            for key in &commit.keys {
                write
                    .keys
                    .push(vec![id(), key.id.as_str().into(), key.wrapped.clone().into()]);
            }
            for key in &commit.destroy {
                write.destroyed.push(vec![id(), key.as_str().into(), Value::Null]);
            }
            for (name, bytes) in &commit.blobs {
                write.blobs.push(vec![id(), name.as_str().into(), bytes.clone().into()]);
            }
            for name in &commit.dropped {
                write.dropped.push(vec![id(), name.as_str().into()]);
            }
            for row in &commit.rows {
                match row {
                    RowWrite::Put { table, values } => {
                        rows.insert((table.name, key_of(table, values)), (table, Some(values)))
                    }
                    RowWrite::Delete { table, key } => rows.insert((table.name, key.clone()), (table, None)),
                };
            }
            write.jobs.extend(commit.jobs.iter().cloned());
            write.done_jobs.extend(commit.done_jobs.iter().cloned());
        }
        for ((_, key), (table, values)) in rows {
            if write
                .rows
                .last()
                .is_none_or(|changes: &TableWrite| changes.table.name != table.name)
            {
                write.rows.push(TableWrite {
                    table,
                    put: Vec::new(),
                    delete: Vec::new(),
                });
            }
            if let Some(changes) = write.rows.last_mut() {
                match values {
                    Some(values) => changes.put.push(values.clone()),
                    None => changes.delete.push(key),
                }
            }
        }
        write
    }

    /// Tells every caller how it went.
    pub(crate) fn answer(self) {
        for (pending, outcome) in self.members {
            // A caller that has gone away does not mind.
            let _ = pending.answer.send(outcome);
        }
    }
}

/// Numbers in the database are signed; sequence numbers stay far below 2⁶³.
pub(crate) fn number(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// The rows of one transaction.
#[derive(Default)]
pub(crate) struct Write {
    pub before: Vec<(AuthorityId, u64)>,
    pub entries: Vec<Vec<Value>>,
    pub tiles: Vec<Vec<Value>>,
    pub heads: Vec<Vec<Value>>,
    pub keys: Vec<Vec<Value>>,
    pub destroyed: Vec<Vec<Value>>,
    pub blobs: Vec<Vec<Value>>,
    pub dropped: Vec<Vec<Value>>,
    pub rows: Vec<TableWrite>,
    pub jobs: Vec<NewJob>,
    pub done_jobs: Vec<Claim>,
}

/// The last state of every touched row of one table.
pub(crate) struct TableWrite {
    pub table: &'static Table,
    pub put: Vec<Vec<Value>>,
    pub delete: Vec<Vec<Value>>,
}
