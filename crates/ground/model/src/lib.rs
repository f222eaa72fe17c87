//! What every room of the house speaks about: ids, keys, authorities, money, time, deadlines and names.
//!
//! Knows nobody: no store, no journal, no service. Every type here is *parsed*: a value that exists is valid, and the
//! error of a refused text says what a person or an author can do about it.
//!
//! Nothing here reads the clock or a random generator; [`ambient`] is how both are handed down from the top.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod ambient;
pub mod authority;
pub mod deadline;
pub mod email;
pub mod iban;
pub mod idnr;
pub mod ids;
pub mod leika;
pub mod lines;
pub mod money;
pub mod month;
pub mod name;
pub mod sepa;
pub mod text;
pub mod time;

pub use authority::{Ags, Ars, AuthorityId, Level};
pub use email::EmailAddress;
pub use iban::Iban;
pub use idnr::IdNr;
pub use ids::{CaseId, NoticeId, PaperId, PaymentRunId, PersonId, TaskId};
pub use leika::LeikaKey;
pub use money::Cents;
pub use month::Month;
pub use name::Latin;
pub use text::Language;
pub use time::{Date, Timestamp};
pub use uuid::Uuid;

/// Serde through `Display` and a fallible `parse(&str)`: a typed text stays a plain string in JSON and TOML.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                <$type>::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;
