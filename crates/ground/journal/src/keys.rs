//! The authorities' own keys, kept outside the database: one file each in a folder, readable by its owner only.
//!
//! ```text
//! wegfrei-authority-key v1
//! authority 15003000
//! verifier wegfrei/15003000+6c1f…+AQ…      the public half, to be published
//! seed 32 bytes in base64                  signs checkpoints (Ed25519)
//! wrapping 32 bytes in base64              wraps data keys (AES-256-GCM)
//! check 8 bytes in hex                     SHA-256 over the lines above: a damaged file is refused, not used
//! ```
//! Whoever holds the database without this folder can read no personal data and sign nothing; whoever loses the folder
//! has lost all personal data. It needs its own backup.

use std::collections::HashMap;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wegfrei_model::AuthorityId;
use wegfrei_model::ambient::Random;
use zeroize::Zeroizing;

use crate::note::{Signer, VerifierKey};
use crate::sealed::{DataKey, KeyId, labelled};

/// The folder of key files.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    loaded: Mutex<HashMap<AuthorityId, Arc<AuthorityKeys>>>,
}

/// Why an authority's keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no file.
    #[error("authority {authority} has no key file {path}; create it once, or restore it from its backup")]
    Missing {
        /// Which authority.
        authority: AuthorityId,
        /// Where it should be.
        path: PathBuf,
    },
    /// There is a file already; it is never overwritten.
    #[error("{0} exists already; a key file is never overwritten")]
    Exists(PathBuf),
    /// Others than the owner can read or write it.
    #[error("{path} has mode {mode:o}; take it from everyone but its owner: chmod 600")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a key file, damaged, or another authority's.
    #[error("{path} is not a usable key file: {what}; restore it from its backup")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The file system says no.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it says.
        source: std::io::Error,
    },
}

const HEADER: &str = "wegfrei-authority-key v1";

impl Keys {
    /// Uses a folder; creates it (mode 0700) when it is not there.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn open(folder: impl Into<PathBuf>) -> Result<Keys, KeyError> {
        let folder = folder.into();
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|source| KeyError::Io {
            path: folder.clone(),
            source,
        })?;
        Ok(Keys {
            inner: Arc::new(Inner {
                folder,
                loaded: Mutex::default(),
            }),
        })
    }

    /// Makes new keys for an authority and writes their file, durably.
    ///
    /// # Errors
    /// [`KeyError::Exists`], [`KeyError::Io`].
    pub fn create(&self, authority: AuthorityId, random: &dyn Random) -> Result<Arc<AuthorityKeys>, KeyError> {
        let (mut seed, mut wrapping) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        random.fill(&mut *seed);
        random.fill(&mut *wrapping);
        let path = self.path(authority);
        let damaged = |what| KeyError::Damaged {
            path: path.clone(),
            what,
        };
        let keys = AuthorityKeys::new(authority, &seed, &wrapping).ok_or_else(|| damaged("the key is not usable"))?;
        let text = Zeroizing::new(render(&keys, &seed, &wrapping));
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::AlreadyExists => KeyError::Exists(path.clone()),
            _ => KeyError::Io {
                path: path.clone(),
                source,
            },
        };
        // Written beside and linked into place: a crash leaves no half file under the name, and an existing one stays.
        let draft = self
            .inner
            .folder
            .join(format!(".{authority}.{:08x}", keys.signer.verifier().key_id()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = (|| {
            let mut file = options.open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::hard_link(&draft, &path)
        })();
        let removed = std::fs::remove_file(&draft);
        written.map_err(io)?;
        removed.map_err(io)?;
        std::fs::File::open(&self.inner.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io)?;
        let keys = Arc::new(keys);
        self.lock().insert(authority, keys.clone());
        Ok(keys)
    }

    /// An authority's keys; reads the file once.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn get(&self, authority: AuthorityId) -> Result<Arc<AuthorityKeys>, KeyError> {
        if let Some(keys) = self.lock().get(&authority) {
            return Ok(keys.clone());
        }
        let keys = Arc::new(self.read(authority)?);
        self.lock().insert(authority, keys.clone());
        Ok(keys)
    }

    /// The keys, made now if the authority has none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn get_or_create(&self, authority: AuthorityId, random: &dyn Random) -> Result<Arc<AuthorityKeys>, KeyError> {
        match self.get(authority) {
            Err(KeyError::Missing { .. }) => match self.create(authority, random) {
                Err(KeyError::Exists(_)) => self.get(authority),
                made => made,
            },
            got => got,
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    fn path(&self, authority: AuthorityId) -> PathBuf {
        self.inner.folder.join(format!("{authority}.key"))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AuthorityId, Arc<AuthorityKeys>>> {
        self.inner.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, authority: AuthorityId) -> Result<AuthorityKeys, KeyError> {
        let path = self.path(authority);
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => KeyError::Missing {
                authority,
                path: path.clone(),
            },
            _ => KeyError::Io {
                path: path.clone(),
                source,
            },
        };
        let mut file = std::fs::File::open(&path).map_err(io)?;
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().map_err(io)?.permissions()) & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyError::Open { path, mode });
            }
        }
        let damaged = |what| KeyError::Damaged {
            path: path.clone(),
            what,
        };
        let mut text = Zeroizing::new(String::with_capacity(1024));
        std::io::Read::by_ref(&mut file)
            .take(1000)
            .read_to_string(&mut text)
            .map_err(|_| damaged("it is not readable text"))?;
        parse(&text, authority).map_err(damaged)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.inner.folder.display())
    }
}

fn render(keys: &AuthorityKeys, seed: &[u8; 32], wrapping: &[u8; 32]) -> String {
    let (seed, wrapping) = (
        Zeroizing::new(STANDARD.encode(seed)),
        Zeroizing::new(STANDARD.encode(wrapping)),
    );
    let mut text = format!(
        "{HEADER}\nauthority {}\nverifier {}\nseed {}\nwrapping {}\n",
        keys.authority,
        keys.signer.verifier(),
        *seed,
        *wrapping
    );
    let check = check_of(&text);
    text.push_str(&format!("check {check}\n"));
    text
}

fn check_of(lines: &str) -> String {
    crate::tree::sha256(&[lines.as_bytes()]).0[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn parse(text: &str, authority: AuthorityId) -> Result<AuthorityKeys, &'static str> {
    let at = text.rfind("check ").ok_or("its last line is missing")?;
    let (body, check) = text.split_at(at);
    if check != format!("check {}\n", check_of(body)) {
        return Err("its check line does not fit its content");
    }
    let mut lines = body.lines();
    let mut line = |label: &str| {
        lines
            .next()
            .and_then(|line| line.strip_prefix(label))
            .ok_or("a line is missing")
    };
    line(HEADER)?;
    if line("authority ")? != authority.as_str() {
        return Err("it is another authority's");
    }
    let verifier = line("verifier ")?;
    let secret = |text: &str| -> Result<Zeroizing<[u8; 32]>, &'static str> {
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| "a key is not base64")?);
        Ok(Zeroizing::new(
            <[u8; 32]>::try_from(&bytes[..]).map_err(|_| "a key is not 32 bytes long")?,
        ))
    };
    let (seed, wrapping) = (secret(line("seed ")?)?, secret(line("wrapping ")?)?);
    let keys = AuthorityKeys::new(authority, &seed, &wrapping).ok_or("a key is not usable")?;
    if keys.signer.verifier().to_string() == verifier {
        Ok(keys)
    } else {
        Err("seed and verifier do not fit together")
    }
}

/// One authority's keys, in memory: signs checkpoints, wraps and unwraps data keys.
pub struct AuthorityKeys {
    authority: AuthorityId,
    signer: Signer,
    wrapping: DataKey,
}

impl AuthorityKeys {
    fn new(authority: AuthorityId, seed: &[u8; 32], wrapping: &[u8; 32]) -> Option<AuthorityKeys> {
        let signer = Signer::new(&origin(authority), seed)?;
        Some(AuthorityKeys {
            authority,
            signer,
            wrapping: DataKey::from_bytes(wrapping)?,
        })
    }

    /// Whose.
    pub fn authority(&self) -> AuthorityId {
        self.authority
    }

    /// The public half, to be published and given to witnesses.
    pub fn verifier(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// `1 nonce(12) ciphertext(32) tag(16)`: 61 bytes. Random nonces are safe for 2³² wrapped keys.
    pub(crate) fn wrap(&self, id: &KeyId, data_key: &[u8; 32], random: &dyn Random) -> Option<Vec<u8>> {
        let mut out = vec![1];
        self.wrapping.seal(random, &self.aad(id), data_key, &mut out)?;
        Some(out)
    }

    pub(crate) fn unwrap(&self, id: &KeyId, wrapped: &[u8]) -> Option<DataKey> {
        let (nonce, sealed) = wrapped.strip_prefix(&[1])?.split_first_chunk()?;
        let plain = self.wrapping.open(nonce, &self.aad(id), sealed)?;
        DataKey::from_bytes(plain.first_chunk().filter(|_| plain.len() == 32)?)
    }

    fn aad(&self, id: &KeyId) -> Vec<u8> {
        labelled(b"wegfrei wrapped key v1", &[self.authority.as_str(), id.as_str()])
    }
}

impl fmt::Debug for AuthorityKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorityKeys({})", self.authority)
    }
}

/// The origin line of an authority's checkpoints and the name of its key: `wegfrei/15003000`.
pub fn origin(authority: AuthorityId) -> String {
    format!("wegfrei/{authority}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use wegfrei_model::Timestamp;
    use wegfrei_model::ambient::fixed;

    fn authority(text: &str) -> AuthorityId {
        AuthorityId::parse(text).unwrap()
    }

    #[test]
    fn a_key_file_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let random = fixed(Timestamp::EPOCH).random;
        let magdeburg = authority("15003000");
        let keys = Keys::open(folder.path().join("keys")).unwrap();
        assert!(matches!(keys.get(magdeburg), Err(KeyError::Missing { .. })));
        let made = keys.create(magdeburg, &*random).unwrap();
        assert!(matches!(keys.create(magdeburg, &*random), Err(KeyError::Exists(_))));
        let read = Keys::open(keys.folder()).unwrap().get(magdeburg).unwrap();
        assert_eq!(read.verifier(), made.verifier());
        let id = KeyId::parse("case/1").unwrap();
        let wrapped = made.wrap(&id, &[5; 32], &*random).unwrap();
        assert_eq!(wrapped.len(), 61);
        assert!(read.unwrap(&id, &wrapped).is_some());
        assert!(
            read.unwrap(&KeyId::parse("case/2").unwrap(), &wrapped).is_none(),
            "bound to its id"
        );
        let halle = keys.get_or_create(authority("15002000"), &*random).unwrap();
        assert!(halle.unwrap(&id, &wrapped).is_none(), "bound to its authority");
        assert_eq!(
            std::fs::metadata(keys.folder()).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(std::fs::read_dir(keys.folder()).unwrap().count(), 2, "no draft is left");
    }

    #[test]
    fn an_open_or_damaged_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (random, magdeburg) = (fixed(Timestamp::EPOCH).random, authority("15003000"));
        let made = Keys::open(folder.path()).unwrap();
        made.create(magdeburg, &*random).unwrap();
        let path = folder.path().join("15003000.key");
        let text = std::fs::read_to_string(&path).unwrap();
        let fresh = || Keys::open(folder.path()).unwrap().get(magdeburg).map(drop);
        for mode in [0o640, 0o604, 0o620, 0o666] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(fresh(), Err(KeyError::Open { .. })), "{mode:o}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(fresh(), Err(KeyError::Damaged { .. })), "byte {at}");
            std::fs::write(&path, &text[..at]).unwrap();
            assert!(matches!(fresh(), Err(KeyError::Damaged { .. })), "cut at {at}");
        }
        std::fs::write(&path, &text).unwrap();
        fresh().unwrap();
        std::fs::copy(&path, folder.path().join("15002000.key")).unwrap();
        let other = Keys::open(folder.path()).unwrap().get(authority("15002000"));
        assert!(matches!(other, Err(KeyError::Damaged { .. })));
    }
}
