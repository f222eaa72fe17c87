//! Reading: streams, entries, checkpoints, tiles and proofs.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_store::{Row, Store, StoreError, Value};

use crate::batch::number;
use crate::checkpoint::Checkpoint;
use crate::entry::{Actor, Entry};
use crate::journal::Journal;
use crate::note::{Note, VerifierKey};
use crate::sealed::{KeyId, SealedBytes};
use crate::tiles::{TilePath, hash_in_tile};
use crate::tree::{Hash, Span, consistency_spans, inclusion_spans, verify_inclusion};

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is there cannot be read.
    #[error("the journal of {authority} is damaged ({what}); run `wegfrei verify`")]
    Damaged {
        /// Whose journal.
        authority: String,
        /// What is wrong.
        what: String,
    },
    /// The tree has no such leaf, size or tile.
    #[error("{0} is beyond the tree")]
    Beyond(String),
}

fn damaged(authority: AuthorityId, what: impl Into<String>) -> ReadError {
    ReadError::Damaged {
        authority: authority.to_string(),
        what: what.into(),
    }
}

pub(crate) const ENTRY_BY_STREAM: &str = "SELECT authority, seq, time, stream, version, kind, actor, purpose, facts, \
     sealed, salt FROM journal_entry WHERE authority = $1 AND stream = $2 AND version > $3 ORDER BY version LIMIT $4";
/// Of the entries of one kind only the first of the stream and the newest keep their sealed part; a `CASE` that is not taken reads
/// no large value on either engine.
const ENTRY_SPARSE: &str = "SELECT authority, seq, time, stream, version, kind, actor, purpose, facts, salt, \
     CASE WHEN kind = $3 AND version > 1 AND version < (SELECT MAX(version) FROM journal_entry \
     WHERE authority = $1 AND stream = $2 AND kind = $3) THEN NULL ELSE sealed END AS sealed \
     FROM journal_entry WHERE authority = $1 AND stream = $2 ORDER BY version";
const ENTRY_BY_SEQ: &str = "SELECT authority, seq, time, stream, version, kind, actor, purpose, facts, sealed, salt \
     FROM journal_entry WHERE authority = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
const HEAD: &str = "SELECT size, checkpoint FROM journal_head WHERE authority = $1";
const TILE: &str = "SELECT hashes FROM journal_tile WHERE authority = $1 AND level = $2 AND idx = $3";

impl Journal {
    /// All entries of a stream, in order; empty when there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn stream(&self, authority: &AuthorityId, stream: &str) -> Result<Vec<Entry>, ReadError> {
        self.stream_after(authority, stream, 0, u32::MAX).await
    }

    /// Up to `limit` entries of a stream after a version.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn stream_after(
        &self,
        authority: &AuthorityId,
        stream: &str,
        version: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, ReadError> {
        let values = [authority.as_str().into(), stream.into(), number(version), limit.into()];
        let rows = self.inner.store.fetch(ENTRY_BY_STREAM, &values).await?;
        rows.iter().map(|row| entry(*authority, row)).collect()
    }

    /// All entries of a stream, where entries of `kind` between the first entry and the newest of that kind come without their
    /// sealed part: for what is saved again and again and only counts in its last state. Such an entry has no valid leaf hash.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn stream_sparse(
        &self,
        authority: &AuthorityId,
        stream: &str,
        kind: &str,
    ) -> Result<Vec<Entry>, ReadError> {
        let values = [authority.as_str().into(), stream.into(), kind.into()];
        let rows = self.inner.store.fetch(ENTRY_SPARSE, &values).await?;
        rows.iter().map(|row| entry(*authority, row)).collect()
    }

    /// Up to `limit` entries of an authority from sequence number `from` on.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn entries(&self, authority: AuthorityId, from: u64, limit: u32) -> Result<Vec<Entry>, ReadError> {
        let values = [authority.as_str().into(), number(from), limit.into()];
        let rows = self.inner.store.fetch(ENTRY_BY_SEQ, &values).await?;
        rows.iter().map(|row| entry(authority, row)).collect()
    }

    /// The signed checkpoint of an authority's tree; `None` before its first entry.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn checkpoint(&self, authority: AuthorityId) -> Result<Option<String>, ReadError> {
        Ok(self.head(authority).await?.map(|(_, note)| note))
    }

    /// Whose journals there are, in order.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn authorities(&self) -> Result<Vec<AuthorityId>, ReadError> {
        let rows = self
            .inner
            .store
            .fetch("SELECT authority FROM journal_head ORDER BY authority", &[])
            .await?;
        rows.iter()
            .map(|row| {
                let text = row.text("authority")?;
                let damaged = |_| ReadError::Damaged {
                    authority: text.to_owned(),
                    what: "no such authority".into(),
                };
                AuthorityId::parse(text).map_err(damaged)
            })
            .collect()
    }

    async fn head(&self, authority: AuthorityId) -> Result<Option<(u64, String)>, ReadError> {
        let rows = self.inner.store.fetch(HEAD, &[authority.as_str().into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let size = u64::try_from(row.int("size")?).map_err(|_| damaged(authority, "its size is negative"))?;
        Ok(Some((size, row.text("checkpoint")?.to_owned())))
    }

    /// A tile's bytes, 32 a hash; `None` when the tree has not grown that far. Full and partial.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn tile(
        &self,
        authority: AuthorityId,
        level: u8,
        index: u64,
        width: u16,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let values = [authority.as_str().into(), i64::from(level).into(), number(index)];
        let rows = self.inner.store.fetch(TILE, &values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        // A partial tile is the beginning of a fuller one.
        let bytes = row
            .blob("hashes")?
            .get(..usize::from(width) * 32)
            .filter(|bytes| !bytes.is_empty());
        Ok(bytes.map(<[u8]>::to_vec))
    }

    /// The inclusion proof of entry `seq` in the tree of `size`, lowest hash first.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] unless `seq < size ≤` the tree's size.
    pub async fn inclusion(&self, authority: AuthorityId, seq: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        self.check_size(authority, size).await?;
        let spans = inclusion_spans(seq, size).ok_or_else(|| ReadError::Beyond(format!("entry {seq}")))?;
        self.hashes(authority, size, &spans).await
    }

    /// The consistency proof from tree size `old` to `size`.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] unless `old ≤ size ≤` the tree's size.
    pub async fn consistency(&self, authority: AuthorityId, old: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        self.check_size(authority, size).await?;
        let spans = consistency_spans(old, size).ok_or_else(|| ReadError::Beyond(format!("size {old}")))?;
        self.hashes(authority, size, &spans).await
    }

    /// Everything an outsider needs to check that an entry is in the signed tree.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] when there is no such entry.
    pub async fn proof(&self, authority: AuthorityId, seq: u64) -> Result<ProofBundle, ReadError> {
        let beyond = || ReadError::Beyond(format!("entry {seq}"));
        let (size, checkpoint) = self.head(authority).await?.ok_or_else(beyond)?;
        let spans = inclusion_spans(seq, size).ok_or_else(beyond)?;
        let proof = self.hashes(authority, size, &spans).await?;
        let leaf = self.hashes(authority, size, &[Span { lo: seq, hi: seq + 1 }]).await?;
        let leaf = leaf.first().ok_or_else(beyond)?.to_string();
        Ok(ProofBundle {
            seq,
            leaf,
            proof: proof.iter().map(Hash::to_string).collect(),
            checkpoint,
        })
    }

    async fn check_size(&self, authority: AuthorityId, size: u64) -> Result<(), ReadError> {
        let (current, _) = self.head(authority).await?.unwrap_or_default();
        if size <= current {
            Ok(())
        } else {
            Err(ReadError::Beyond(format!("size {size}")))
        }
    }

    async fn hashes(&self, authority: AuthorityId, size: u64, spans: &[Span]) -> Result<Vec<Hash>, ReadError> {
        let mut tiles = HashMap::new();
        for node in spans.iter().flat_map(|span| span.nodes()) {
            let path = TilePath::of(node, size).ok_or_else(|| ReadError::Beyond(format!("size {size}")))?;
            let place = (path.level, path.index);
            if let std::collections::hash_map::Entry::Vacant(vacant) = tiles.entry(place) {
                let bytes = self.tile(authority, path.level, path.index, path.width).await?;
                vacant.insert(bytes.ok_or_else(|| damaged(authority, format!("{path} is missing")))?);
            }
        }
        let node = |node| {
            let path = TilePath::of(node, size)?;
            hash_in_tile(tiles.get(&(path.level, path.index))?, node)
        };
        let hashes: Option<Vec<Hash>> = spans.iter().map(|span| span.hash(node)).collect();
        hashes.ok_or_else(|| damaged(authority, "a tile is too short"))
    }

    /// The stored bytes of a sealed paper; `None` when there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn blob(&self, authority: AuthorityId, id: &str) -> Result<Option<SealedBytes>, ReadError> {
        let sql = "SELECT bytes FROM journal_blob WHERE authority = $1 AND id = $2";
        let rows = self
            .inner
            .store
            .fetch(sql, &[authority.as_str().into(), id.into()])
            .await?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        match row.into_values().pop() {
            Some(Value::Blob(bytes)) => SealedBytes::from_bytes(bytes)
                .map(Some)
                .map_err(|error| damaged(authority, error.to_string())),
            _ => Err(damaged(authority, format!("paper {id}"))),
        }
    }
}

/// `None`: no such key. `Some(None)`: destroyed.
pub(crate) async fn read_key(
    store: &Store,
    authority: AuthorityId,
    id: &KeyId,
) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    let sql = "SELECT wrapped FROM journal_key WHERE authority = $1 AND id = $2";
    let rows = store
        .fetch(sql, &[authority.as_str().into(), id.as_str().into()])
        .await?;
    rows.first()
        .map(|row| Ok(row.opt_blob("wrapped")?.map(<[u8]>::to_vec)))
        .transpose()
}

/// An entry from its row.
pub(crate) fn entry(authority: AuthorityId, row: &Row) -> Result<Entry, ReadError> {
    let seq = row.int("seq")?;
    let bad = |what: &str| damaged(authority, format!("entry {seq}: {what}"));
    let sealed = row
        .opt_blob("sealed")?
        .map(|bytes| SealedBytes::from_bytes(bytes.to_vec()));
    Ok(Entry {
        authority,
        seq: u64::try_from(seq).map_err(|_| bad("negative number"))?,
        time: Timestamp::from_micros(row.int("time")?).map_err(|_| bad("time"))?,
        stream: row.text("stream")?.to_owned(),
        version: u64::try_from(row.int("version")?).map_err(|_| bad("version"))?,
        kind: row.text("kind")?.to_owned(),
        actor: Actor::parse(row.text("actor")?).map_err(|_| bad("actor"))?,
        purpose: row.text("purpose")?.to_owned(),
        facts: row.text("facts")?.to_owned(),
        sealed: sealed.transpose().map_err(|_| bad("sealed part"))?,
        salt: row.blob("salt")?.try_into().map_err(|_| bad("salt"))?,
    })
}

/// A proof that needs nothing but the log's public key: that a leaf hash is in the signed tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofBundle {
    /// Index of the leaf.
    pub seq: u64,
    /// RFC 6962 leaf hash of the entry's canonical bytes, base64.
    pub leaf: String,
    /// The inclusion proof, lowest hash first, base64.
    pub proof: Vec<String>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl ProofBundle {
    /// Checks signature and proof; gives the checkpoint it stands in. `None` when anything does not fit.
    pub fn check(&self, key: &VerifierKey) -> Option<Checkpoint> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = Hash::from_base64(&self.leaf)?;
        let proof: Option<Vec<Hash>> = self.proof.iter().map(|hash| Hash::from_base64(hash)).collect();
        verify_inclusion(&leaf, self.seq, checkpoint.size, &proof?, &checkpoint.root).then_some(checkpoint)
    }

    /// The same as a C2SP tlog-proof (<https://c2sp.org/tlog-proof>): the leaf hash is not in it, the checker has it.
    pub fn to_tlog_proof(&self) -> String {
        let hashes: String = self.proof.iter().map(|hash| format!("{hash}\n")).collect();
        format!(
            "c2sp.org/tlog-proof@v1\nindex {}\n{hashes}\n{}",
            self.seq, self.checkpoint
        )
    }

    /// The tree size it refers to, unverified; 0 when the checkpoint is unreadable.
    pub fn size(&self) -> u64 {
        let note = Note::parse(&self.checkpoint);
        note.and_then(|note| Checkpoint::parse(note.text))
            .map_or(0, |checkpoint| checkpoint.size)
    }
}
