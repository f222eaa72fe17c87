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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_those_of_the_oracle(origin in "[a-z/0-9.]{1,20}", size: u64, root: [u8; 32]) {
            let checkpoint = Checkpoint { origin: origin.clone(), size, root: Hash(root) };
            let oracle = tlog_tiles::Checkpoint::new(&origin, size, tlog_tiles::Hash(root), "").unwrap();
            prop_assert_eq!(checkpoint.text().into_bytes(), oracle.to_bytes());
            prop_assert_eq!(Checkpoint::parse(&checkpoint.text()), Some(checkpoint));
        }

        #[test]
        fn what_is_read_the_oracle_reads(text in "[a-z]{0,3}\n?[0-9+]{0,3}\n?([A-Za-z0-9+/]{43}=)?\n?[a-z]{0,3}\n{0,2}") {
            if Checkpoint::parse(&text).is_some() {
                prop_assert!(tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).is_ok(), "{:?}", text);
            }
        }
    }

    #[test]
    fn only_the_named_log_may_sign() {
        let signer = Signer::new("wegfrei/15003000", &[1; 32]).unwrap();
        let check = |origin: &str, fine: bool| {
            let note = Checkpoint {
                origin: origin.to_owned(),
                size: 3,
                root: Hash([2; 32]),
            }
            .sign(&signer);
            assert_eq!(Checkpoint::open(&note, signer.verifier()).is_some(), fine, "{origin}");
        };
        check("wegfrei/15003000", true);
        check("wegfrei/15002000", false);
    }
}
