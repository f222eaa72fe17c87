//! A record a person takes home: one whole entry with the proof that it stands in the authority's signed tree. Checked offline, here and
//! by `crates/doors/web/assets/proof.js`, which must agree.
//!
//! ```text
//! {"format":"wegfrei-proof/1","verifier":"wegfrei/15003000+6c1f…+AQ…","entry":"<base64 of the canonical bytes>",
//!  "proof":["<base64>",…],"checkpoint":"<the signed note>"}
//! ```
//! The text has exactly one form (keys in this order, no blanks, strict base64), so that no byte of it can change unnoticed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use wegfrei_model::{AuthorityId, Timestamp};

use crate::canonical::decode;
use crate::checkpoint::Checkpoint;
use crate::journal::Journal;
use crate::keys::origin;
use crate::note::VerifierKey;
use crate::read::ReadError;
use crate::tree::{Hash, leaf_hash, verify_inclusion};

const FORMAT: &str = "wegfrei-proof/1";

/// One entry and its proof. Holds what the entry holds: for the person it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryProof {
    format: String,
    verifier: String,
    entry: String,
    proof: Vec<String>,
    checkpoint: String,
}

/// What a checked proof says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvenEntry {
    /// Whose journal.
    pub authority: String,
    /// Position in it.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// The stream, for example `access/case/<id>`.
    pub stream: String,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// What for.
    pub purpose: String,
    /// The facts, as JSON text.
    pub facts: String,
    /// Size of the signed tree the proof leads to.
    pub tree_size: u64,
    /// The key that signed it: compare with the one the authority publishes.
    pub verifier: String,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not a file of this kind, or changed in its form.
    #[error("this is not an unchanged proof file (format wegfrei-proof/1)")]
    Form,
    /// The key is not a verifier key, or not the one that was expected.
    #[error("the proof names another key than the authority's")]
    Key,
    /// The entry is not one, or another authority's than the key.
    #[error("the entry in the file is not one of this authority's journal")]
    Entry,
    /// The checkpoint is not signed by the key.
    #[error("the checkpoint is not signed by the authority's key")]
    Signature,
    /// The path does not lead from the entry to the signed root.
    #[error("the entry is not in the signed tree: it was changed, or never stood there")]
    Path,
}

impl EntryProof {
    /// The file's text.
    ///
    /// # Errors
    /// Never in practice: texts are always JSON.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads and checks a file's text, with nothing but it and, if given, the key one trusts.
    ///
    /// # Errors
    /// [`ProofError`] names the first thing that does not hold.
    pub fn check(text: &str, trusted: Option<&VerifierKey>) -> Result<ProvenEntry, ProofError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let file: EntryProof = serde_json::from_str(text).map_err(|_| ProofError::Form)?;
        if file.format != FORMAT || file.to_text().ok().as_deref() != Some(text) {
            return Err(ProofError::Form);
        }
        let key = VerifierKey::parse(&file.verifier).ok_or(ProofError::Key)?;
        if key.to_string() != file.verifier || trusted.is_some_and(|trusted| *trusted != key) {
            return Err(ProofError::Key);
        }
        let bytes = STANDARD.decode(&file.entry).map_err(|_| ProofError::Form)?;
        let entry = decode(&bytes).ok_or(ProofError::Entry)?;
        let authority = AuthorityId::parse(entry.authority).map_err(|_| ProofError::Entry)?;
        if key.name() != origin(authority) {
            return Err(ProofError::Entry);
        }
        let checkpoint = Checkpoint::open(&file.checkpoint, &key).ok_or(ProofError::Signature)?;
        let proof: Option<Vec<Hash>> = file.proof.iter().map(|hash| Hash::from_base64(hash)).collect();
        let proof = proof.ok_or(ProofError::Form)?;
        if !verify_inclusion(&leaf_hash(&bytes), entry.seq, checkpoint.size, &proof, &checkpoint.root) {
            return Err(ProofError::Path);
        }
        Ok(ProvenEntry {
            authority: entry.authority.to_owned(),
            seq: entry.seq,
            time: Timestamp::from_micros(entry.time).map_err(|_| ProofError::Entry)?,
            stream: entry.stream.to_owned(),
            kind: entry.kind.to_owned(),
            actor: entry.actor.to_owned(),
            purpose: entry.purpose.to_owned(),
            facts: entry.facts.to_owned(),
            tree_size: checkpoint.size,
            verifier: file.verifier,
        })
    }
}

impl Journal {
    /// One entry with the proof that it stands in the signed tree. The caller decides who may have it: the entry is in it whole, and
    /// its salt too.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] when there is no such entry.
    pub async fn entry_proof(&self, authority: AuthorityId, seq: u64) -> Result<EntryProof, ReadError> {
        let beyond = || ReadError::Beyond(format!("entry {seq}"));
        let entries = self.entries(authority, seq, 1).await?;
        let entry = entries.first().filter(|entry| entry.seq == seq).ok_or_else(beyond)?;
        let bundle = self.proof(authority, seq).await?;
        let keys = self.keys().get(authority).map_err(|error| ReadError::Damaged {
            authority: authority.to_string(),
            what: error.to_string(),
        })?;
        Ok(EntryProof {
            format: FORMAT.to_owned(),
            verifier: keys.verifier().to_string(),
            entry: STANDARD.encode(entry.canonical()),
            proof: bundle.proof,
            checkpoint: bundle.checkpoint,
        })
    }
}
