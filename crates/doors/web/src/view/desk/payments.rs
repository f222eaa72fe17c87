//! Payment runs, and the payments of a case.

use super::super::form::Choice;
use super::super::{Fact, Paging};

/// A month with payments that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLine {
    /// The month, `April 2026` or `04/2026`.
    pub month: String,
    /// How many cases are paid.
    pub payments: String,
    /// Where the run is prepared.
    pub href: String,
}

/// A run that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunLine {
    /// When, readable.
    pub made: String,
    /// Up to which month.
    pub month: String,
    /// Who.
    pub by: String,
    /// Services, readable; empty for old runs.
    pub services: String,
    /// Number of payments.
    pub payments: String,
    /// Where the file is; `None` when it holds services the reader may not pay.
    pub file: Option<String>,
}

/// `GET /amt/zahlungen`
#[derive(Clone, Debug, Default)]
pub struct PaymentsView {
    /// Authority.
    pub authority: String,
    /// Months, oldest first.
    pub due: Vec<DueLine>,
    /// Runs, newest first.
    pub runs: Vec<RunLine>,
    /// Said once after an action.
    pub message: Option<String>,
    /// Further pages.
    pub paging: Paging,
}

/// A case a run leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpayableLine {
    /// The case.
    pub href: String,
    /// What it is called by.
    pub reference: String,
    /// Service.
    pub service: String,
    /// Why, and what to do.
    pub why: String,
}

/// A case a run pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidLine {
    /// The case.
    pub href: String,
    /// What it is called by.
    pub reference: String,
    /// Service.
    pub service: String,
    /// The months it is for.
    pub months: String,
    /// How much.
    pub amount: String,
}

/// `GET /amt/zahlungen/lauf/{month}`: what a run will do, before it does.
#[derive(Clone, Debug, Default)]
pub struct PaymentRunView {
    /// The month, readable.
    pub title: String,
    /// The month as the form sends it.
    pub month: String,
    /// Payments, sum, day.
    pub facts: Vec<Fact>,
    /// Count and sum of each service, when there are several.
    pub services: Vec<Fact>,
    /// The cases it pays, the highest amount first.
    pub cases: Vec<PaidLine>,
    /// What is said over them: that these are all, or only the highest.
    pub cases_lead: String,
    /// Cases left out.
    pub unpayable: Vec<UnpayableLine>,
    /// More is due than one run takes.
    pub more: bool,
    /// Id and digest that are confirmed; `None` when nothing can be paid.
    pub confirm: Option<[String; 2]>,
    /// What went wrong.
    pub error: Option<String>,
}

/// The payments of a case, and the form that stops them.
#[derive(Clone, Debug, Default)]
pub struct CasePayments {
    /// Month and where it stands.
    pub lines: Vec<Fact>,
    /// Months that can be stopped; empty when nothing is planned or the reader may not.
    pub months: Vec<Choice>,
    /// What is wrong, and the reason as typed.
    pub error: Option<(String, String)>,
}
