//! Typed ids. Each is a UUIDv7 (RFC 9562 § 5.7): sortable by the millisecond of its making, otherwise random.
//!
//! The text form is the canonical one, 36 characters, lower case, hyphenated. No other spelling is accepted, so that an
//! id has exactly one text everywhere: in a key, a URL, a journal entry, a hash.

use crate::serde_as_text;
use std::{fmt, str::FromStr};
use uuid::{Uuid, Variant, Version};

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: expected a UUIDv7 in canonical form (36 lower-case characters with hyphens)")]
pub struct IdError {
    /// The type that was asked for, for example `CaseId`.
    pub kind: &'static str,
}

/// An id that can be made from a fresh UUIDv7; see [`crate::ambient::Ambient::new_id`].
pub trait TypedId: Sized {
    /// Wraps a UUID that is known to be version 7; `None` for any other.
    fn from_uuid(uuid: Uuid) -> Option<Self>;
    /// Builds the id from milliseconds since 1970 (48 bits are used) and ten random bytes.
    fn from_parts(millis: u64, random: [u8; 10]) -> Self;
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Reads the canonical text form.
            ///
            /// # Errors
            /// [`IdError`] for anything but a canonical UUIDv7.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                parse_v7(text).map(Self).ok_or(IdError { kind: stringify!($name) })
            }
            /// The UUID inside, for binary keys.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }
        impl TypedId for $name {
            fn from_uuid(uuid: Uuid) -> Option<Self> {
                is_v7(&uuid).then_some(Self(uuid))
            }
            fn from_parts(millis: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.as_hyphenated())
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
        serde_as_text!($name);
    };
}

typed_id! {
    /// A human or a business, known to the platform by this random id only.
    PersonId
}
typed_id! {
    /// One running instance of a service (Vorgang).
    CaseId
}
typed_id! {
    /// One notice (Bescheid) or letter.
    NoticeId
}
typed_id! {
    /// One paper handed in with a case (Unterlage).
    PaperId
}
typed_id! {
    /// One payment file for the bank (Zahllauf).
    PaymentRunId
}
typed_id! {
    /// One piece of work waiting for a person.
    TaskId
}

fn parse_v7(text: &str) -> Option<Uuid> {
    if text.len() != 36 || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let uuid = Uuid::try_parse(text).ok()?;
    is_v7(&uuid).then_some(uuid)
}

fn is_v7(uuid: &Uuid) -> bool {
    uuid.get_version() == Some(Version::SortRand) && uuid.get_variant() == Variant::RFC4122
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_canonical_form_of_a_version_7_is_an_id() {
        fn check(text: &str, valid: bool) {
            assert_eq!(CaseId::parse(text).is_ok(), valid, "{text:?}");
        }
        check("01890a5d-ac96-774b-bcce-b302099a8057", true);
        check("01890a5d-ac96-774b-8cce-b302099a8057", true);
        check("01890A5D-AC96-774B-BCCE-B302099A8057", false); // upper case
        check("01890a5dac96774bbcceb302099a8057", false); // no hyphens
        check("{01890a5d-ac96-774b-bcce-b302099a8057}", false);
        check("urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057", false);
        check("01890a5d-ac96-474b-bcce-b302099a8057", false); // version 4
        check("01890a5d-ac96-774b-ccce-b302099a8057", false); // other variant
        check(" 01890a5d-ac96-774b-bcce-b302099a8057", false);
        check("00000000-0000-0000-0000-000000000000", false);
        check("", false);
        check("ä1890a5d-ac96-774b-bcce-b302099a805", false);
    }

    #[test]
    fn the_error_names_the_type() {
        assert!(PersonId::parse("x").unwrap_err().to_string().contains("PersonId"));
    }

    proptest! {
        #[test]
        fn parts_roundtrip_through_text_and_sort_by_time(a in 0u64..1 << 48, b in 0u64..1 << 48, r: [u8; 10], s: [u8; 10]) {
            let (x, y) = (TaskId::from_parts(a, r), TaskId::from_parts(b, s));
            prop_assert_eq!(TaskId::parse(&x.to_string()), Ok(x));
            if a < b {
                prop_assert!(x < y && x.to_string() < y.to_string());
            }
        }
    }
}
