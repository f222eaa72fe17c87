//! Letters that stand: a Typst template and data become a PDF/A-2a that is also PDF/UA-1.
//!
//! Pure: no file, no clock, no network, no package download; the fonts are in the binary. The same template, data and
//! [`Meta`] give the same bytes, on every thread and in every process, so the hash of a notice can be written to the
//! journal and anyone can check it.
//!
//! ```
//! use wegfrei_notices::{Meta, Typesetter};
//! use wegfrei_model::{Date, Language};
//!
//! let typesetter = Typesetter::new();
//! let template = r#"
//! #import "/wegfrei.typ": *
//! #import "/data.typ": data
//! = Bescheid
//! Wir schulden #data.name noch #euro(data.cent).
//! "#;
//! let meta = Meta {
//!     title: "Bescheid".into(),
//!     author: "Stadt Musterstadt".into(),
//!     language: Language::De,
//!     date: Date::constant(2026, 3, 1),
//! };
//! let data = serde_json::json!({ "name": "#import ]", "cent": 1250 });
//! let pdf = typesetter.render(template, &data, &meta)?;
//! assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
//! # Ok::<(), wegfrei_notices::NoticeError>(())
//! ```
//!
//! What a template may use is in `prelude/wegfrei.typ`; what it may not use, and why, in [`Typesetter::check`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod clusters;
mod data;
mod data_type;
mod error;
mod library;
mod names;
mod print_file;
mod typesetter;
mod world;

pub use data_type::{DataType, Member, Presence};
pub use error::{Finding, NoticeError};
pub use print_file::{Envelope, Placed, PrintFile};
pub use typesetter::{Meta, Pdf, Typesetter};
