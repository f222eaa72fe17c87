//! Who acts: residents, staff and the platform itself; what they may do (Cedar policies); and their sessions.
//!
//! Authorisation is one question, [`Policies::decide`], answered by `policies.cedar`, which an auditor can read. Its answers over
//! role × action × resource are a golden file (`tests/matrix.golden`).
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod directory;
mod policy;
mod purpose;
mod session;

pub use directory::{Directory, DirectoryError, Profile, Role, StaffMember};
pub use policy::{Action, Policies, PolicyError, Resource, Verdict, circumstances};
pub use purpose::Purpose;
pub use session::{Session, SessionToken, Sessions, migrations};
