//! C2SP signed notes with Ed25519 (<https://c2sp.org/signed-note>) and witness cosignatures
//! (<https://c2sp.org/tlog-cosignature>).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::tree::sha256;

const ED25519_NOTE: u8 = 1;
const ED25519_COSIGNATURE: u8 = 4;
const MAX_NOTE: usize = 100_000;
const MAX_SIGNATURES: usize = 100;

/// A public key that verifies signatures on notes: `name+hash+base64`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: u8,
    public: [u8; 32],
}

impl VerifierKey {
    /// Reads `<name>+<8 hex>+<base64>`; `None` unless it is an Ed25519 note (type 1) or cosignature/v1 (type 4) key
    /// whose hash fits.
    pub fn parse(text: &str) -> Option<VerifierKey> {
        let (name, rest) = text.split_once('+')?;
        let (hash, key) = rest.split_once('+')?;
        let key = STANDARD.decode(key).ok()?;
        let (&kind, public) = key.split_first()?;
        let known = matches!(kind, ED25519_NOTE | ED25519_COSIGNATURE);
        let key = VerifierKey {
            name: name.to_owned(),
            kind,
            public: public.try_into().ok()?,
        };
        (known && is_name(name) && hash == format!("{:08x}", key.key_id())).then_some(key)
    }

    /// Who signs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
    pub fn key_id(&self) -> u32 {
        let [a, b, c, d, ..] = sha256(&[self.name.as_bytes(), b"\n", &[self.kind], &self.public]).0;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The 32 bytes of the Ed25519 public key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{:08x}+{}", self.name, self.key_id(), STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('+') && !name.chars().any(char::is_whitespace)
}

/// Signs notes.
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl Signer {
    pub(crate) fn new(name: &str, seed: &[u8; 32]) -> Option<Signer> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        let verifier = VerifierKey {
            name: name.to_owned(),
            kind: ED25519_NOTE,
            public,
        };
        is_name(name).then_some(Signer { pair, verifier })
    }

    pub(crate) fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The whole signed note. `text` ends with a line feed.
    pub(crate) fn sign(&self, text: &str) -> String {
        let mut signature = self.verifier.key_id().to_be_bytes().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!(
            "{text}\n\u{2014} {} {}\n",
            self.verifier.name,
            STANDARD.encode(signature)
        )
    }
}

/// A note taken apart: its text and signatures, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// What is signed; ends with a line feed.
    pub text: &'a str,
    signatures: Vec<(&'a str, u32, Vec<u8>)>,
}

impl<'a> Note<'a> {
    /// Takes a note apart; `None` when it is not one.
    pub fn parse(note: &'a str) -> Option<Note<'a>> {
        if note.len() > MAX_NOTE || note.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let at = note.rfind("\n\n")?;
        let (text, lines) = (note.get(..=at)?, note.get(at + 2..)?.strip_suffix('\n')?);
        let signatures: Option<Vec<_>> = lines
            .split('\n')
            .map(|line| {
                let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
                let bytes = STANDARD.decode(signature).ok()?;
                let (id, signature) = bytes.split_first_chunk::<4>()?;
                (is_name(name) && !signature.is_empty()).then(|| (name, u32::from_be_bytes(*id), signature.to_vec()))
            })
            .collect();
        let signatures = signatures?;
        (signatures.len() <= MAX_SIGNATURES).then_some(Note { text, signatures })
    }

    /// Whether `key` signed the text. For a cosignature/v1 key see [`Note::cosigned_at`].
    pub fn signed_by(&self, key: &VerifierKey) -> bool {
        let mut own = self.of(key).peekable();
        key.kind == ED25519_NOTE && own.peek().is_some() && own.all(|bytes| key.verifies(self.text.as_bytes(), bytes))
    }

    /// When a witness cosigned the text (seconds since 1970 UTC), if it did; of several, the latest.
    pub fn cosigned_at(&self, witness: &VerifierKey) -> Option<u64> {
        if witness.kind != ED25519_COSIGNATURE {
            return None;
        }
        self.of(witness)
            .filter_map(|bytes| {
                let (time, signature) = bytes.split_first_chunk::<8>()?;
                let time = u64::from_be_bytes(*time);
                let message = format!("cosignature/v1\ntime {time}\n{}", self.text);
                witness.verifies(message.as_bytes(), signature).then_some(time)
            })
            .max()
    }

    fn of(&self, key: &VerifierKey) -> impl Iterator<Item = &[u8]> {
        let id = key.key_id();
        self.signatures
            .iter()
            .filter(move |(name, hash, _)| *name == key.name && *hash == id)
            .map(|(_, _, s)| &s[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use signed_note::Verifiers as _;

    const NAME: &str = "wegfrei/15003000";

    fn signer(seed: u8) -> Signer {
        Signer::new(NAME, &[seed; 32]).unwrap()
    }

    fn oracle(key: &VerifierKey) -> signed_note::VerifierList {
        let verifier = signed_note::StandardVerifier::new(&key.to_string()).unwrap();
        signed_note::VerifierList::new(vec![Box::new(verifier)])
    }

    proptest! {
        /// What is signed here is accepted by the oracle, and the other way round; what is altered by neither.
        #[test]
        fn signatures_agree_with_the_oracle(seed: u8, lines in proptest::collection::vec("[^\\p{Cc}]{0,30}", 1..4), at: usize) {
            let text = format!("{}\n", lines.join("\n"));
            let ours = signer(seed);
            let key = ours.verifier().clone();
            prop_assert_eq!(VerifierKey::parse(&key.to_string()), Some(key.clone()));
            let note = ours.sign(&text);
            let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
            prop_assert_eq!(theirs.verify(&oracle(&key)).unwrap().0.len(), 1);
            let skey = format!("PRIVATE+KEY+{NAME}+{:08x}+{}", key.key_id(), STANDARD.encode([&[1][..], &[seed; 32]].concat()));
            let mut by_oracle = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
            by_oracle.add_sigs(&[&signed_note::StandardSigner::new(&skey).unwrap()]).unwrap();
            prop_assert_eq!(String::from_utf8(by_oracle.to_bytes()).unwrap(), note.clone());
            let parsed = Note::parse(&note).unwrap();
            prop_assert_eq!(parsed.text, &text);
            prop_assert!(parsed.signed_by(&key));
            prop_assert!(!parsed.signed_by(signer(seed.wrapping_add(1)).verifier()));
            let mut bytes = note.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1;
            if let Ok(altered) = String::from_utf8(bytes.clone()) {
                let ours = Note::parse(&altered).is_some_and(|note| note.signed_by(&key));
                let theirs = signed_note::Note::from_bytes(&bytes).is_ok_and(|note| note.verify(&oracle(&key)).is_ok());
                prop_assert_eq!(ours, theirs);
                prop_assert!(!ours);
            }
        }

        #[test]
        fn parsing_survives_anything(text in "[^\\p{Cc}]{0,20}\n{0,3}(\u{2014} [a-z/ ]{0,10} [A-Za-z0-9+/=]{0,100}\n?){0,3}") {
            let ours = Note::parse(&text).is_some();
            let theirs = signed_note::Note::from_bytes(text.as_bytes()).is_ok();
            prop_assert!(!ours || theirs, "only a note is taken for one");
        }
    }

    #[test]
    fn a_witness_cosigns() {
        let witness = Signer::new("witness.example/w1", &[9; 32]).unwrap();
        let key = VerifierKey {
            kind: ED25519_COSIGNATURE,
            ..witness.verifier().clone()
        };
        assert_eq!(VerifierKey::parse(&key.to_string()), Some(key.clone()));
        let note = signer(1).sign("wegfrei/15003000\n5\nAAAA\n");
        let text = Note::parse(&note).unwrap().text;
        let cosign = |time: u64, shown: u64| {
            let message = format!("cosignature/v1\ntime {time}\n{text}");
            let mut bytes = key.key_id().to_be_bytes().to_vec();
            bytes.extend(shown.to_be_bytes());
            bytes.extend(witness.pair.sign(message.as_bytes()).as_ref());
            format!("{note}\u{2014} {} {}\n", key.name(), STANDARD.encode(bytes))
        };
        let genuine = cosign(1_800_000_000, 1_800_000_000);
        let parsed = Note::parse(&genuine).unwrap();
        assert_eq!(parsed.cosigned_at(&key), Some(1_800_000_000));
        assert!(
            parsed.signed_by(signer(1).verifier()),
            "the log's own signature stands beside it"
        );
        assert_eq!(
            Note::parse(&cosign(1_800_000_000, 1_800_000_001))
                .unwrap()
                .cosigned_at(&key),
            None
        );
        assert_eq!(
            parsed.cosigned_at(witness.verifier()),
            None,
            "a note key is not a cosignature key"
        );
        assert!(
            oracle(signer(1).verifier())
                .verifier(NAME, signer(1).verifier().key_id())
                .is_ok()
        );
    }

    #[test]
    fn a_wrong_verifier_key_is_refused() {
        let check = |text: &str| assert_eq!(VerifierKey::parse(text), None, "{text}");
        let good = signer(3).verifier().to_string();
        check(&good.replace("15003000", "15002000"));
        check(&good.replace('+', " "));
        check(&good[..good.len() - 4]);
        check(&format!("{good}AA"));
        check("");
    }
}
