//! Service packages: load, check, try, adopt; who is competent where.
//!
//! A [`Package`] is a folder of standard files (see ARCHITECTURE.md): `package.toml`, an XDatenfelder form, a BPMN process,
//! a DMN decision, Typst notices, texts and examples. [`Package::load`] checks every part against every other and says
//! everything that is wrong at once, with file, line and how to mend it ([`Finding`]; German, for service authors). An
//! [`Adoption`] is one authority's parameters for it. A [`Catalogue`] holds all packages, adoptions and places.
//!
//! Knows no HTTP, no SQL and no clock; reads folders only through [`Files::from_folder`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod adoption;
mod answers;
mod catalogue;
mod changes;
mod check;
mod decide;
mod examples;
mod facts;
mod files;
mod finding;
mod legal;
mod letter;
mod manifest;
mod package;
mod parameter;
pub mod places;
mod sources;
mod takeover;
mod texts;
mod toml_reader;

pub use adoption::Adoption;
pub use answers::{AmendError, Amended, Days, DeskPart};
pub use catalogue::{Catalogue, CatalogueError, CompetentError, Misplaced};
pub use changes::AnswerChange;
pub use decide::{DecideError, Decided, Origin};
pub use examples::{Example, Made, Trial};
pub use facts::Payee;
pub use files::{Files, FilesError};
pub use finding::Finding;
pub use manifest::{
    Automation, AutomationLevel, DeskFact, DeskKind, Evidence, Fee, Input, InputSource, Legal, Manifest, Notices,
    Payment, PlaceField, ResultName, Retention, RetentionStart, Version,
};
pub use package::Package;
pub use parameter::{Parameter, ParameterKind};
pub use texts::{Block, Module, Section, Text};
