//! FIM XDatenfelder (3.0, 2.0) as a form: pages, conditions, validation.
//!
//! Pure: no clock, no files, no network; rules that speak of `HEUTE` take the day from the caller. People read German
//! from here ([`Problem::message`], [`Form::summary`]); authors of forms read [`Finding`]s.
//!
//! The way of an application: [`Form::parse`] once; for each page [`Form::read_page`], [`Form::merge`],
//! [`Form::evaluate_page`], [`Form::next_page`]; at the end [`Form::evaluate`] without problems, [`Form::prune`],
//! [`Form::summary`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answers;
mod check;
mod data;
mod evaluate;
mod form;
#[doc(hidden)]
pub mod fuzz;
mod govern;
mod input;
#[cfg(test)]
#[path = "../../../../fuzz/kept.rs"]
mod kept;
mod lists;
mod meta;
mod page;
mod patterns;
mod rule;
mod schema;
mod sheet;
mod show;
mod walk;
mod xml;

pub use answers::{Answers, ElementRef, Occurrence};
pub use data::{Code, Data, Evaluation, Problem, SummaryGroup, SummaryRow};
pub use form::{Check, Choice, Field, Finding, Form, Group, Item, Kind, Occurs, Page, Pattern, Reference};
pub use lists::CodeList;
pub use meta::{Header, Keyword, Meta, Relation, State};
pub use rule::land::Land;
