//! Personal data at rest: [`Sealed`] is ciphertext under a data key, and only an [`Access`] opens it.
//!
//! Who only writes holds a [`SealingKey`], which cannot open. Who reads must ask [`crate::Journal::access`], which
//! records the access before it hands anything out. There is no third way, and the compiler says so (src/law_one.rs).
//!
//! ```text
//! sealed bytes = 1(version) len(key id, 2 bytes big-endian) key id nonce(12) AES-256-GCM(JSON or bytes) tag(16)
//! AAD          = "wegfrei sealed v1" and, each with a 4-byte length: authority, key id, context, form ("json"/"bytes")
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wegfrei_model::AuthorityId;
use wegfrei_model::ambient::Random;
use zeroize::Zeroizing;

use crate::access::Access;

/// The name of a data key, unique within its authority, for example `case/<id>`: 1 to 200 of `A-Z a-z 0-9 / . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

/// The text does not name a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" does not name a data key: 1 to 200 characters of A-Z a-z 0-9 / . _ -")]
pub struct BadKeyId(pub String);

impl KeyId {
    /// Checks the characters.
    ///
    /// # Errors
    /// [`BadKeyId`] for other characters or lengths.
    pub fn parse(text: &str) -> Result<KeyId, BadKeyId> {
        let fine = (1..=200).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-'));
        if fine {
            Ok(KeyId(text.to_owned()))
        } else {
            Err(BadKeyId(text.to_owned()))
        }
    }

    /// The key of one case: `case/<id>`.
    pub fn case(id: wegfrei_model::CaseId) -> KeyId {
        KeyId(format!("case/{id}"))
    }

    /// The key of one person's own record: `person/<id>`.
    pub fn person(id: wegfrei_model::PersonId) -> KeyId {
        KeyId(format!("person/{id}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A data key, wrapped under the authority's wrapping key; goes into [`crate::Commit::keys`].
#[derive(Clone, Debug)]
pub struct NewKey {
    pub(crate) authority: AuthorityId,
    pub(crate) id: KeyId,
    pub(crate) wrapped: Vec<u8>,
}

impl NewKey {
    /// Its name.
    pub fn id(&self) -> &KeyId {
        &self.id
    }
}

/// Encrypted bytes as they are stored. Say what is inside with [`SealedBytes::typed`] or [`SealedBytes::raw`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealedBytes(Vec<u8>);

impl SealedBytes {
    /// Reads stored bytes.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] when they are not sealed bytes (plain text, for example).
    pub fn from_bytes(bytes: Vec<u8>) -> Result<SealedBytes, OpenError> {
        split(&bytes).ok_or(OpenError::Malformed)?;
        Ok(SealedBytes(bytes))
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Which key opens them.
    pub fn key_id(&self) -> KeyId {
        KeyId(split(&self.0).map(|(id, _, _)| id.to_owned()).unwrap_or_default())
    }

    /// A sealed value of type `T` that was sealed for `context`; opening fails if it was sealed for another.
    pub fn typed<T: Serialize + DeserializeOwned>(self, context: impl Into<String>) -> Sealed<T> {
        Sealed {
            bytes: self,
            context: context.into(),
            holds: PhantomData,
        }
    }

    /// Sealed plain bytes (a paper, a PDF) that were sealed for `context`.
    pub fn raw(self, context: impl Into<String>) -> Sealed<[u8]> {
        Sealed {
            bytes: self,
            context: context.into(),
            holds: PhantomData,
        }
    }
}

impl fmt::Debug for SealedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedBytes({} bytes under {})", self.0.len(), self.key_id())
    }
}

/// As base64 of the ciphertext.
impl Serialize for SealedBytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for SealedBytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let text = String::deserialize(deserializer)?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(serde::de::Error::custom)?;
        SealedBytes::from_bytes(bytes).map_err(serde::de::Error::custom)
    }
}

/// A value of type `T` that nobody can read without an [`Access`]. Knows the context it must have been sealed for.
pub struct Sealed<T: ?Sized> {
    bytes: SealedBytes,
    context: String,
    holds: PhantomData<fn() -> Box<T>>,
}

impl<T: ?Sized> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Sealed {
            bytes: self.bytes.clone(),
            context: self.context.clone(),
            holds: PhantomData,
        }
    }
}

impl<T: ?Sized> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({:?} for {})", self.bytes, self.context)
    }
}

impl<T: ?Sized> Sealed<T> {
    /// The ciphertext, to store.
    pub fn bytes(&self) -> &SealedBytes {
        &self.bytes
    }

    /// The ciphertext, to store.
    pub fn into_bytes(self) -> SealedBytes {
        self.bytes
    }

    /// Which key opens it.
    pub fn key_id(&self) -> KeyId {
        self.bytes.key_id()
    }

    /// What it was sealed for.
    pub fn context(&self) -> &str {
        &self.context
    }

    fn plain(&self, access: &Access, form: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (id, nonce, ciphertext) = split(self.bytes.as_bytes()).ok_or(OpenError::Malformed)?;
        access.check(id, &self.context)?;
        let aad = aad(access.authority(), id, &self.context, form);
        access.data_key().open(nonce, &aad, ciphertext).ok_or(OpenError::Forged)
    }
}

impl<T: Serialize + DeserializeOwned> Sealed<T> {
    /// Decrypts, with a recorded access.
    ///
    /// # Errors
    /// [`OpenError`]; nothing of the content is revealed by it.
    pub fn open(&self, access: &Access) -> Result<T, OpenError> {
        serde_json::from_slice(&self.plain(access, "json")?).map_err(|_| OpenError::Unreadable)
    }
}

impl Sealed<[u8]> {
    /// Decrypts, with a recorded access.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, access: &Access) -> Result<Vec<u8>, OpenError> {
        Ok(std::mem::take(&mut *self.plain(access, "bytes")?))
    }
}

/// Why sealed data stays closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not sealed bytes at all.
    #[error("these are not sealed bytes")]
    Malformed,
    /// The access is to another key.
    #[error("the access is to {granted}, the data is under {needed}; ask for access to that")]
    OtherKey {
        /// What the access opens.
        granted: String,
        /// What the data needs.
        needed: String,
    },
    /// The record of the access does not name this part.
    #[error("the recorded access does not name the part \"{0}\"; ask for access that names it")]
    NotNamed(String),
    /// The access is over.
    #[error("the recorded access is over; ask again")]
    Expired,
    /// The ciphertext was altered, moved to another place, or sealed for another context.
    #[error("the data does not belong here or was altered; run `wegfrei verify`")]
    Forged,
    /// It decrypts, but is not the type asked for.
    #[error("the data is genuine but of another shape than asked for")]
    Unreadable,
}

/// Encrypts under one data key and can do nothing else.
pub struct SealingKey {
    key: DataKey,
    authority: AuthorityId,
    id: KeyId,
    random: Arc<dyn Random>,
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({} of {})", self.id, self.authority)
    }
}

impl SealingKey {
    pub(crate) fn new(key: DataKey, authority: AuthorityId, id: KeyId, random: Arc<dyn Random>) -> SealingKey {
        SealingKey {
            key,
            authority,
            id,
            random,
        }
    }

    /// Its name.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Encrypts `value` for `context`: where it belongs, for example `case/<id>#form`. The text after the last `#`
    /// (all of it without one) is the *part* an access must name.
    ///
    /// # Errors
    /// [`SealError`] when `value` cannot be written as JSON.
    pub fn seal<T: Serialize + DeserializeOwned>(
        &self,
        context: impl Into<String>,
        value: &T,
    ) -> Result<Sealed<T>, SealError> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|error| SealError::NotJson(error.to_string()))?);
        let context = context.into();
        Ok(self.encrypt(&context, "json", &plain)?.typed(context))
    }

    /// Encrypts bytes (a paper, a PDF) for `context`.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond the cipher's limit.
    pub fn seal_raw(&self, context: impl Into<String>, plain: &[u8]) -> Result<Sealed<[u8]>, SealError> {
        let context = context.into();
        Ok(self.encrypt(&context, "bytes", plain)?.raw(context))
    }

    fn encrypt(&self, context: &str, form: &str, plain: &[u8]) -> Result<SealedBytes, SealError> {
        let id = self.id.as_str();
        let mut out = Vec::with_capacity(3 + id.len() + NONCE_LEN + plain.len() + 16);
        out.push(VERSION);
        // A KeyId has at most 200 bytes.
        out.extend_from_slice(&u16::try_from(id.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(id.as_bytes());
        let aad = aad(self.authority, id, context, form);
        self.key
            .seal(&*self.random, &aad, plain, &mut out)
            .ok_or(SealError::TooLong)?;
        Ok(SealedBytes(out))
    }
}

/// Why a value could not be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not a JSON value.
    #[error("the value cannot be written as JSON: {0}")]
    NotJson(String),
    /// Longer than AES-GCM allows.
    #[error("the value is too long to seal")]
    TooLong,
}

const VERSION: u8 = 1;

fn split(bytes: &[u8]) -> Option<(&str, &[u8; NONCE_LEN], &[u8])> {
    let (&version, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let id = std::str::from_utf8(id).ok()?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
    (version == VERSION && rest.len() >= 16 && KeyId::parse(id).is_ok()).then_some((id, nonce, rest))
}

fn aad(authority: AuthorityId, key: &str, context: &str, form: &str) -> Vec<u8> {
    labelled(b"wegfrei sealed v1", &[authority.as_str(), key, context, form])
}

/// A label and texts, each with its length, so that no two lists give the same bytes.
pub(crate) fn labelled(label: &[u8], texts: &[&str]) -> Vec<u8> {
    let mut out = label.to_vec();
    for text in texts {
        out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// 256 bits for AES-256-GCM. Not `Clone`; wiped by the cipher context and by `Zeroizing` around the raw bytes.
pub(crate) struct DataKey(LessSafeKey);

impl DataKey {
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<DataKey> {
        Some(DataKey(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?)))
    }

    /// Appends nonce, ciphertext and tag to `out`.
    pub(crate) fn seal(&self, random: &dyn Random, aad: &[u8], plain: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealed = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), out.get_mut(start..)?);
        if let Ok(tag) = sealed {
            out.extend_from_slice(tag.as_ref());
            Some(())
        } else {
            zeroize::Zeroize::zeroize(out);
            None
        }
    }

    pub(crate) fn open(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut plain = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(aad), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn stored_bytes_are_checked(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(sealed) = SealedBytes::from_bytes(bytes.clone()) {
                prop_assert!(!sealed.key_id().as_str().is_empty());
                let text = serde_json::to_string(&sealed).unwrap();
                prop_assert_eq!(serde_json::from_str::<SealedBytes>(&text).unwrap().into_bytes(), bytes);
            }
        }
    }

    #[test]
    fn debug_shows_no_content() {
        let random = wegfrei_model::ambient::fixed(wegfrei_model::Timestamp::EPOCH).random;
        let authority = AuthorityId::parse("15003000").unwrap();
        let key = DataKey::from_bytes(&[1; 32]).unwrap();
        let key = SealingKey::new(key, authority, KeyId::parse("case/1").unwrap(), random);
        let sealed = key.seal("case/1#form", &"Erika".to_owned()).unwrap();
        assert_eq!(
            format!("{sealed:?}"),
            "Sealed(SealedBytes(44 bytes under case/1) for case/1#form)"
        );
        let again = key.seal("case/1#form", &"Erika".to_owned()).unwrap();
        assert_ne!(
            sealed.bytes(),
            again.bytes(),
            "the same content is sealed differently each time"
        );
        assert!(SealedBytes::from_bytes(b"Erika Mustermann".to_vec()).is_err());
    }
}
