//! The first law, shown to the compiler: plain personal data cannot be had without a recorded access.
//!
//! The one way that compiles:
//! ```
//! use wegfrei_journal::{Access, OpenError, SealError, Sealed, SealedBytes, SealingKey};
//!
//! fn write(key: &SealingKey) -> Result<SealedBytes, SealError> {
//!     Ok(key.seal("case/1#form", &"Erika Mustermann".to_owned())?.into_bytes())
//! }
//! fn read(stored: SealedBytes, access: &Access) -> Result<String, OpenError> {
//!     stored.typed::<String>("case/1#form").open(access)
//! }
//! fn send(stored: &SealedBytes) -> String {
//!     serde_json::to_string(stored).unwrap_or_default()
//! }
//! ```
//! Everything below is refused. Each refusal differs from code that compiles in the one line that is wrong.
//!
//! Opening wants an access:
//! ```compile_fail,E0061
//! fn peek(sealed: &wegfrei_journal::Sealed<String>) -> String {
//!     sealed.open().unwrap_or_default()
//! }
//! ```
//! An access cannot be built by hand, nor by the journal's own constructor, nor copied, nor defaulted:
//! ```compile_fail,E0451
//! let _ = wegfrei_journal::Access { seq: 1, ..unreachable!() };
//! ```
//! ```compile_fail,E0624
//! let _ = wegfrei_journal::Access::new;
//! ```
//! ```compile_fail,E0308
//! fn copy(access: &wegfrei_journal::Access) -> wegfrei_journal::Access {
//!     access.clone()
//! }
//! ```
//! ```compile_fail,E0599
//! let _ = wegfrei_journal::Access::default();
//! ```
//! A policy's yes is not an access:
//! ```compile_fail,E0277
//! fn grant(decision: wegfrei_journal::Decision) -> wegfrei_journal::Access {
//!     decision.into()
//! }
//! ```
//! The data key stays inside an access and inside a sealing key:
//! ```compile_fail,E0624
//! fn key(access: &wegfrei_journal::Access) {
//!     let _ = access.data_key();
//! }
//! ```
//! ```compile_fail,E0616
//! fn key(key: wegfrei_journal::SealingKey) {
//!     let _ = key.key;
//! }
//! ```
//! A sealing key cannot open:
//! ```compile_fail,E0308
//! fn peek(key: &wegfrei_journal::SealingKey, sealed: &wegfrei_journal::Sealed<String>) {
//!     let _ = sealed.open(key);
//! }
//! ```
//! Nothing inside a sealed value can be reached:
//! ```compile_fail,E0614
//! fn peek(sealed: wegfrei_journal::Sealed<String>) -> String {
//!     *sealed
//! }
//! ```
//! ```compile_fail,E0624
//! fn peek(sealed: &wegfrei_journal::Sealed<String>, access: &wegfrei_journal::Access) {
//!     let _ = sealed.plain(access, "json");
//! }
//! ```
//! Serde neither writes nor reads a sealed value as what it holds, and writes no access and no key:
//! ```compile_fail,E0277
//! fn leak(sealed: &wegfrei_journal::Sealed<String>) {
//!     let _ = serde_json::to_string(sealed);
//! }
//! ```
//! ```compile_fail,E0277
//! let _ = serde_json::from_str::<wegfrei_journal::Sealed<String>>("\"Erika\"");
//! ```
//! ```compile_fail,E0277
//! fn leak(access: &wegfrei_journal::Access) {
//!     let _ = serde_json::to_string(access);
//! }
//! ```
//! ```compile_fail,E0277
//! fn leak(key: &wegfrei_journal::SealingKey) {
//!     let _ = serde_json::to_string(key);
//! }
//! ```
