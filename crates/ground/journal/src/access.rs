//! The only way to plain personal data: a request, a policy's answer, a durable record, and then an [`Access`].

use std::fmt;
use std::sync::Arc;

use wegfrei_model::ambient::Clock;
use wegfrei_model::{AuthorityId, PersonId, Timestamp};

use crate::commit::CommitError;
use crate::entry::Actor;
use crate::sealed::{DataKey, KeyId, OpenError};

/// Who wants to see what of whom, and what for.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// Whose journal holds the data.
    pub authority: AuthorityId,
    /// Who asks.
    pub actor: Actor,
    /// What for, in words the person concerned will read. Never personal data.
    pub purpose: String,
    /// The person the data is about, so that the access can be shown to them; `None` only when there is none.
    pub subject: Option<PersonId>,
    /// The data key needed.
    pub key: KeyId,
    /// The parts to be opened (the text after `#` in the sealing context): `form` opens `…#form` and `…#form/…`.
    /// Nothing else opens.
    pub parts: Vec<String>,
    /// What the policy needs to know beyond that (service, state, role, …): a JSON object, recorded, never personal data.
    pub circumstances: serde_json::Value,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes, by this rule.
    Permit {
        /// Which rule, for the record.
        policy: String,
    },
    /// No.
    Refuse {
        /// Which rule, for the record.
        policy: String,
        /// Why, in words for the person who asked; recorded, so never personal data.
        reason: String,
    },
}

/// Decides about access. Given to the journal when it is started; the journal asks it before every access.
pub trait Policy: Send + Sync {
    /// Whether the request is permitted. Must not wait for anything: it is asked on every access.
    fn decide(&self, request: &AccessRequest) -> Decision;
}

/// Why there is no access.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccessError {
    /// The policy said no; that is recorded as `access.refused`.
    #[error("access refused: {reason}")]
    Refused {
        /// The policy's reason.
        reason: String,
        /// Sequence number of the record.
        seq: u64,
    },
    /// There is no such key.
    #[error("there is no data under {0}")]
    NoSuchKey(KeyId),
    /// The key was destroyed: the data is erased.
    #[error("the data under {0} has been erased")]
    Destroyed(KeyId),
    /// The record could not be written, so there is no access.
    #[error("the access could not be recorded and is therefore not given: {0}")]
    NotRecorded(#[from] CommitError),
    /// The wrapped key is not what this authority wrapped.
    #[error("the key {0} cannot be unwrapped; run `wegfrei verify`")]
    Damaged(KeyId),
}

/// Proof that an access is on record, and the key it gives. Only [`crate::Journal::access`] makes one. Lives for
/// minutes, cannot be copied, is wiped when dropped.
pub struct Access {
    key: DataKey,
    authority: AuthorityId,
    id: KeyId,
    seq: u64,
    actor: Actor,
    purpose: String,
    parts: Vec<String>,
    valid_until: Timestamp,
    clock: Arc<dyn Clock>,
}

impl Access {
    pub(crate) fn new(
        key: DataKey,
        request: AccessRequest,
        seq: u64,
        valid_until: Timestamp,
        clock: Arc<dyn Clock>,
    ) -> Access {
        let AccessRequest {
            authority,
            actor,
            purpose,
            key: id,
            parts,
            ..
        } = request;
        Access {
            key,
            authority,
            id,
            seq,
            actor,
            purpose,
            parts,
            valid_until,
            clock,
        }
    }

    /// Whose journal holds the record.
    pub fn authority(&self) -> AuthorityId {
        self.authority
    }

    /// Which key it opens.
    pub fn key_id(&self) -> &KeyId {
        &self.id
    }

    /// Sequence number of the `access.granted` entry.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Who was given it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What for.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Until when it opens anything.
    pub fn valid_until(&self) -> Timestamp {
        self.valid_until
    }

    pub(crate) fn data_key(&self) -> &DataKey {
        &self.key
    }

    pub(crate) fn check(&self, key: &str, context: &str) -> Result<(), OpenError> {
        if key != self.id.as_str() {
            return Err(OpenError::OtherKey {
                granted: self.id.to_string(),
                needed: key.to_owned(),
            });
        }
        if self.clock.now() > self.valid_until {
            return Err(OpenError::Expired);
        }
        let part = context.rsplit_once('#').map_or(context, |(_, part)| part);
        let named = |name: &String| {
            part.strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if self.parts.iter().any(named) {
            Ok(())
        } else {
            Err(OpenError::NotNamed(part.to_owned()))
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Access(entry {} of {}: {} opens {})",
            self.seq, self.authority, self.actor, self.id
        )
    }
}
