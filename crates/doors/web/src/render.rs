//! One struct per template, and how a page becomes an answer.

use crate::frame::Frame;
use crate::view::Prose;
use crate::view::case::{CaseView, Progress};
use crate::view::check::{CheckView, Verdict};
use crate::view::cockpit::{AccessesView, ProofView};
use crate::view::contact::ContactView;
use crate::view::desk::{
    AbsenceView, DeskCaseView, DoneView, Figure, FileView, HandedView, MovePreviewView, MoveView, MovesView,
    OperationView, OutboxView, Part, PaymentRunView, PaymentsView, PrintRunView, PurposeView, Reached, Reason,
    RecordsView, RefusedView, TaskView, WorklistView,
};
use crate::view::form::{Block, FormView, Input, ReceiptView, SummaryView};
use crate::view::help::{AssistView, HelpView};
use crate::view::mine::{FollowView, ObjectionCheckView, ObjectionLateView, ObjectionView, SupplyView, WithdrawView};
use crate::view::portal::{BegunView, DiscardView, LoginView, MineView, Offer, PlaceView, ServiceView, StartView};
use crate::view::problem::ProblemView;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

macro_rules! pages {
    ($($name:ident = $path:literal, $view:ty;)*) => {$(
        #[doc = concat!("The page `templates/", $path, "`.")]
        #[derive(Template)]
        #[template(path = $path)]
        pub struct $name<'a> {
            /// Frame of the page.
            pub f: &'a Frame,
            /// What it shows.
            pub v: &'a $view,
        }
    )*};
}

pages! {
    StartPage = "portal/start.html", StartView;
    PlacePage = "portal/place.html", PlaceView;
    ServicePage = "portal/service.html", ServiceView;
    BegunPage = "portal/begun.html", BegunView;
    FormPage = "portal/form.html", FormView;
    SummaryPage = "portal/summary.html", SummaryView;
    ReceiptPage = "portal/receipt.html", ReceiptView;
    MinePage = "portal/mine.html", MineView;
    CasePage = "portal/case.html", CaseView;
    SupplyPage = "portal/supply.html", SupplyView;
    WithdrawPage = "portal/withdraw.html", WithdrawView;
    FollowPage = "portal/follow.html", FollowView;
    ObjectionPage = "portal/objection.html", ObjectionView;
    ObjectionCheckPage = "portal/objection_check.html", ObjectionCheckView;
    ObjectionLatePage = "portal/objection_late.html", ObjectionLateView;
    ContactPage = "portal/contact.html", ContactView;
    ProofPage = "portal/proof.html", ProofView;
    AccessesPage = "portal/accesses.html", AccessesView;
    HelpPage = "portal/help.html", HelpView;
    AssistPage = "portal/assist.html", AssistView;
    LoginPage = "portal/login.html", LoginView;
    DiscardPage = "portal/discard.html", DiscardView;
    WorklistPage = "desk/worklist.html", WorklistView;
    PurposePage = "desk/purpose.html", PurposeView;
    DeskCasePage = "desk/case.html", DeskCaseView;
    TaskPage = "desk/task.html", TaskView;
    DonePage = "desk/done.html", DoneView;
    HandedPage = "desk/handed.html", HandedView;
    FilePage = "desk/file.html", FileView;
    AbsencePage = "desk/absence.html", AbsenceView;
    RecordsPage = "desk/records.html", RecordsView;
    OutboxPage = "desk/outbox.html", OutboxView;
    PrintRunPage = "desk/print_run.html", PrintRunView;
    PaymentsPage = "desk/payments.html", PaymentsView;
    PaymentRunPage = "desk/payment_run.html", PaymentRunView;
    MovesPage = "desk/moves.html", MovesView;
    MovePreviewPage = "desk/move_preview.html", MovePreviewView;
    MovePage = "desk/move.html", MoveView;
    OperationPage = "desk/operation.html", OperationView;
    RefusedPage = "desk/refused.html", RefusedView;
    CheckPage = "check.html", CheckView;
    ProblemPage = "problem.html", ProblemView;
}

/// One step of an explanation with the steps below it, for `desk/parts.html`.
#[derive(Template)]
#[template(path = "desk/reason.html")]
pub struct ReasonPart<'a> {
    f: &'a Frame,
    r: &'a Reason,
}

impl Frame {
    /// The step, to be opened.
    #[must_use]
    pub fn reason<'a>(&'a self, r: &'a Reason) -> ReasonPart<'a> {
        ReasonPart { f: self, r }
    }
}

/// A question or a list of a task, for `desk/task.html`.
#[derive(Template)]
#[template(path = "desk/part.html")]
pub struct TaskPart<'a> {
    f: &'a Frame,
    p: &'a Part,
}

impl Frame {
    /// The question, or the list with its rows.
    #[must_use]
    pub fn part<'a>(&'a self, p: &'a Part) -> TaskPart<'a> {
        TaskPart { f: self, p }
    }
}

/// What stands in the frame of a draft when there is none.
#[derive(Template)]
#[template(path = "desk/no_letter.html")]
pub struct NoLetter<'a> {
    /// Frame of the page.
    pub f: &'a Frame,
    /// Heading.
    pub title: &'a str,
    /// Why not, or how to see one.
    pub why: &'a str,
}

/// A page of text only: `templates/info.html`.
#[derive(Template)]
#[template(path = "info.html")]
pub struct InfoPage<'a> {
    /// Frame of the page.
    pub f: &'a Frame,
    /// Heading.
    pub title: &'a str,
    /// Paragraphs.
    pub lines: &'a [&'a str],
}

/// The page with this status; a template that cannot be rendered is a plain 500.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            // Every page may show who is signed in, so none may rest in a shared or local cache.
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The page with status 200.
pub(crate) fn ok(template: &impl Template) -> Response {
    page(StatusCode::OK, template)
}
