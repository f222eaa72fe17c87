//! C2SP checkpoints (<https://c2sp.org/tlog-checkpoint>): origin, size and root of an authority's tree in a signed note.

use crate::note::{Note, Signer, VerifierKey};
use crate::tree::Hash;

/// A tree's size and root under the name of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log, for example `wegfrei/15003000`.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree with that many leaves.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads the text; extension lines are allowed and ignored. `None` when it is not a checkpoint.
    pub fn parse(text: &str) -> Option<Checkpoint> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let fine = !origin.is_empty() && number.to_string() == size && lines.all(|line| !line.is_empty());
        fine.then_some(Checkpoint {
            origin: origin.to_owned(),
            size: number,
            root: Hash::from_base64(root)?,
        })
    }

    /// Reads a signed checkpoint; `None` unless `key` signed it and its name is the origin.
    pub fn open(note: &str, key: &VerifierKey) -> Option<Checkpoint> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(note.text)?;
        (note.signed_by(key) && checkpoint.origin == key.name()).then_some(checkpoint)
    }

    pub(crate) fn sign(&self, signer: &Signer) -> String {
        signer.sign(&self.text())
    }
}
