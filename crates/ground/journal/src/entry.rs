//! What is written in the journal: entries, who acted, and which version of a stream was expected.

use std::fmt;

use wegfrei_model::{AuthorityId, PersonId, Timestamp};

use crate::sealed::SealedBytes;

/// Who acted. In the journal it is text: `person:<id>`, `staff:<id>@<authority>` or `system:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A resident, by pseudonymous id.
    Person(PersonId),
    /// A member of an authority's staff, by the id the authority gave (no name), and the authority acted for.
    Staff {
        /// 1 to 100 characters of `A-Z a-z 0-9 . _ -`.
        id: String,
        /// The authority acted for.
        authority: AuthorityId,
    },
    /// A part of the platform, for example `decision` or `deadline`: 1 to 100 characters of `A-Z a-z 0-9 . _ -`.
    System(String),
}

/// The text is not an actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an actor; write person:<id>, staff:<id>@<authority> or system:<name>")]
pub struct BadActor(pub String);

impl Actor {
    /// A staff member of an authority.
    pub fn staff(id: impl Into<String>, authority: AuthorityId) -> Actor {
        Actor::Staff {
            id: id.into(),
            authority,
        }
    }

    /// A part of the platform.
    pub fn system(name: impl Into<String>) -> Actor {
        Actor::System(name.into())
    }

    /// Reads the text form back.
    ///
    /// # Errors
    /// [`BadActor`] when the text is not one that [`Actor`]'s `Display` writes.
    pub fn parse(text: &str) -> Result<Actor, BadActor> {
        let bad = || BadActor(text.to_owned());
        let (kind, rest) = text.split_once(':').ok_or_else(bad)?;
        let actor = match kind {
            "person" => Actor::Person(PersonId::parse(rest).map_err(|_| bad())?),
            "staff" => {
                let (id, authority) = rest.rsplit_once('@').ok_or_else(bad)?;
                Actor::Staff {
                    id: id.to_owned(),
                    authority: AuthorityId::parse(authority).map_err(|_| bad())?,
                }
            }
            "system" => Actor::System(rest.to_owned()),
            _ => return Err(bad()),
        };
        if actor.is_well_formed() && actor.to_string() == text {
            Ok(actor)
        } else {
            Err(bad())
        }
    }

    /// Whether its parts keep to the allowed characters; the journal refuses an entry otherwise.
    pub fn is_well_formed(&self) -> bool {
        match self {
            Actor::Person(_) => true,
            Actor::Staff { id: name, .. } | Actor::System(name) => {
                (1..=100).contains(&name.len())
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            }
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person(id) => write!(f, "person:{id}"),
            Actor::Staff { id, authority } => write!(f, "staff:{id}@{authority}"),
            Actor::System(name) => write!(f, "system:{name}"),
        }
    }
}

/// What the writer believes the stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The stream holds exactly this many entries; 0 = it does not exist yet. Within one commit, a second entry to
    /// the same stream counts the first.
    Version(u64),
    /// Whatever it holds; for records that depend on nothing (who saw what).
    Any,
}

/// An entry to be written. The journal adds sequence number, time, version and salt.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// The aggregate it belongs to, for example `case/<id>`; 1 to 200 bytes, no control characters.
    pub stream: String,
    /// What the stream is expected to hold.
    pub expect: Expect,
    /// What happened, for example `case.opened`.
    pub kind: &'static str,
    /// Who did it.
    pub actor: Actor,
    /// What for, in words a person can read; at most 500 bytes. Never personal data.
    pub purpose: String,
    /// A JSON object, never personal data. The names `keys` and `blobs` are filled by the journal when the commit
    /// brings keys or blobs.
    pub facts: serde_json::Value,
    /// The personal part, encrypted.
    pub sealed: Option<SealedBytes>,
}

/// An entry as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose journal.
    pub authority: AuthorityId,
    /// Position in the authority's journal and index of its leaf in the tree, from 0.
    pub seq: u64,
    /// When; never earlier than the entry before it.
    pub time: Timestamp,
    /// The aggregate.
    pub stream: String,
    /// Position in the stream, from 1 without gaps.
    pub version: u64,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: Actor,
    /// What for.
    pub purpose: String,
    /// A JSON object as text, exactly as hashed.
    pub facts: String,
    /// The personal part, encrypted.
    pub sealed: Option<SealedBytes>,
    /// Random; keeps the published leaf hash from being guessed back to the content.
    pub salt: [u8; 16],
}

impl Entry {
    /// The facts as JSON; `Null` when the text is not JSON (which `verify` would report).
    pub fn facts(&self) -> serde_json::Value {
        serde_json::from_str(&self.facts).unwrap_or_default()
    }

    /// The bytes whose RFC 6962 leaf hash is in the tree; see [`crate::canonical`].
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        crate::canonical::encode(
            &mut out,
            &crate::canonical::Leaf {
                authority: self.authority.as_str(),
                seq: self.seq,
                time: self.time.as_micros(),
                stream: &self.stream,
                version: self.version,
                kind: &self.kind,
                actor: &self.actor.to_string(),
                purpose: &self.purpose,
                facts: &self.facts,
                sealed: self.sealed.as_ref().map(SealedBytes::as_bytes),
                salt: &self.salt,
            },
        );
        out
    }

    /// The leaf hash in the authority's tree.
    pub fn leaf_hash(&self) -> crate::tree::Hash {
        crate::tree::leaf_hash(&self.canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_has_one_text() {
        let check = |text: &str, fine: bool| match Actor::parse(text) {
            Ok(actor) => assert!(fine && actor.to_string() == text, "{text}"),
            Err(_) => assert!(!fine, "{text}"),
        };
        check("person:01890a5d-ac96-774b-bcce-b302099a8057", true);
        check("staff:s4711@15003000", true);
        check("staff:a.b-c_1@15003000", true);
        check("system:deadline", true);
        check("system:", false);
        check("system:zwei Worte", false);
        check("staff:s4711", false);
        check("staff:@15003000", false);
        check("staff:a@b@15003000", false);
        check("staff:s4711@99999999", false);
        check("person:erika", false);
        check("robot:x", false);
        check("", false);
    }
}
