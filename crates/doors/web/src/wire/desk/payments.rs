//! Payment runs: what is due, what a run will do, its file; and stopping the payments of a case.

use super::case::{CaseQuery, Wrong, shown_case};
use super::{CasePath, ask_purpose, base, of_office, purpose};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{PaymentRunPage, PaymentsPage, ok, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::desk::{CasePayments, DueLine, PaidLine, PaymentRunView, PaymentsView, RunLine, UnpayableLine};
use crate::view::form::Choice;
use crate::view::{Fact, Paging};
use crate::visit::Visit;
use crate::wire::mine::file;
use crate::wire::{authority_name, service_title};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseError, CaseView, Confirmed, Hindrance, PaymentStanding};
use wegfrei_identity::{Purpose, Role};
use wegfrei_journal::Actor;
use wegfrei_model::time::german_date;
use wegfrei_model::{AuthorityId, Cents, Month, PaymentRunId};

/// Runs on one page.
const RUNS: u64 = 25;

/// Cases shown of a run before it is confirmed: as many as somebody looks through.
const SHOWN: usize = 500;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct PaymentsQuery {
    nach: Option<String>,
    meldung: Option<String>,
}

fn euros(cents: u64) -> String {
    Cents::new(i64::try_from(cents).unwrap_or(i64::MAX)).to_string()
}

/// `GET /amt/zahlungen`: counted from rows; nothing is opened.
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<PaymentsQuery>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let t = visit.frame.t;
    let due = state.cases.payments_due(actor).await.map_err(of_office)?;
    let runs = state.cases.payment_runs(actor, query.nach.as_deref(), RUNS).await;
    let runs = runs.map_err(of_office)?;
    let view = PaymentsView {
        authority: authority_name(&state, authority),
        due: due
            .iter()
            .map(|due| DueLine {
                month: due.month.german(),
                payments: due.payments.to_string(),
                href: format!("/amt/zahlungen/lauf/{}", due.month),
            })
            .collect(),
        runs: runs
            .items
            .iter()
            .map(|run| RunLine {
                made: run.made_at.german(),
                month: run.month.german(),
                by: run.made_by.name.clone(),
                services: run
                    .services
                    .iter()
                    .map(|service| service_title(&state, service, visit.lang))
                    .collect::<Vec<_>>()
                    .join(", "),
                payments: run.payments.to_string(),
                file: run.yours.then(|| format!("/amt/zahlungen/datei/{}.xml", run.run)),
            })
            .collect(),
        message: (query.meldung.as_deref() == Some("fertig")).then(|| t.payments_done.to_owned()),
        paging: Paging {
            first: query.nach.as_ref().map(|_| "/amt/zahlungen".to_owned()),
            next: runs.next.map(|next| format!("/amt/zahlungen?nach={next}")),
        },
    };
    Ok(ok(&PaymentsPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `GET /amt/zahlungen/lauf/{month}`: what the run will do. Accounts and amounts are opened for it, under a record.
pub(crate) async fn asked(
    State(state): State<WebState>,
    visit: Visit,
    Path(month): Path<String>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    state.cases.payments_due(actor).await.map_err(of_office)?;
    let month = Month::parse(&month).map_err(|_| Problem::missing())?;
    shown(&state, &visit, (actor, authority), month, None).await
}

async fn shown(
    state: &WebState,
    visit: &Visit,
    (actor, authority): (&Actor, AuthorityId),
    month: Month,
    error: Option<String>,
) -> Result<Response, Problem> {
    let t = visit.frame.t;
    let preview = state.cases.payment_preview(actor, authority, month).await;
    let preview = preview.map_err(of_office)?;
    let services = preview.services.iter().map(|sum| {
        let title = service_title(state, &sum.service, visit.lang);
        Fact::new(title, format!("{}, {}", sum.payments, euros(sum.cents)))
    });
    let view = PaymentRunView {
        title: month.german(),
        month: month.to_string(),
        facts: vec![
            Fact::new(t.payments_count, preview.payments.to_string()),
            Fact::new(t.payments_sum, euros(preview.cents)),
            Fact::new(t.payments_day, german_date(preview.execute_on)),
        ],
        services: if preview.services.len() > 1 {
            services.collect()
        } else {
            Vec::new()
        },
        cases_lead: if preview.cases.len() > SHOWN {
            fill(&fill(t.payments_cases_some, "shown", SHOWN), "all", preview.cases.len())
        } else {
            t.payments_cases_all.to_owned()
        },
        cases: preview
            .cases
            .iter()
            .take(SHOWN)
            .map(|one| PaidLine {
                href: base(authority, one.case),
                reference: one.reference.clone(),
                service: service_title(state, &one.service, visit.lang),
                months: match one.months {
                    (first, last) if first == last => first.german(),
                    (first, last) => format!("{} – {}", first.german(), last.german()),
                },
                amount: euros(one.cents),
            })
            .collect(),
        unpayable: preview
            .unpayable
            .iter()
            .map(|one| UnpayableLine {
                href: base(authority, one.case),
                reference: one.reference.clone(),
                service: service_title(state, &one.service, visit.lang),
                why: hindrance(t, one.why).to_owned(),
            })
            .collect(),
        more: preview.more,
        confirm: (preview.payments > 0).then(|| [preview.run.to_string(), preview.digest]),
        error,
    };
    let status = if view.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let template = PaymentRunPage {
        f: &visit.frame_at(&format!("/amt/zahlungen/lauf/{month}")),
        v: &view,
    };
    Ok(page(status, &template))
}

fn hindrance(t: &'static Texts, why: Hindrance) -> &'static str {
    match why {
        Hindrance::Iban => t.payments_why_iban,
        Hindrance::Holder => t.payments_why_holder,
        Hindrance::Parameter => t.payments_why_parameter,
        Hindrance::Unreadable => t.payments_why_unreadable,
        Hindrance::Twice => t.payments_why_twice,
    }
}

/// `POST /amt/zahlungen`: the run that was shown, once however often it is clicked.
pub(crate) async fn start(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    // The policy is asked before the form is judged: another role learns nothing from it.
    state.cases.payments_due(actor).await.map_err(of_office)?;
    let month = posted.get("monat").and_then(|text| Month::parse(text).ok());
    let run = posted.get("lauf").and_then(|text| PaymentRunId::parse(text).ok());
    let (Some(month), Some(run), Some(digest)) = (month, run, posted.get("summe")) else {
        return Err(Problem::status(StatusCode::BAD_REQUEST));
    };
    let digest = digest.to_owned();
    let confirmed = Confirmed { run, digest };
    match state.cases.payment_run(actor, authority, month, confirmed).await {
        Ok(_) => Ok(Redirect::to("/amt/zahlungen?meldung=fertig").into_response()),
        Err(CaseError::Input(words)) => shown(&state, &visit, (actor, authority), month, Some(words)).await,
        Err(error) => Err(of_office(error)),
    }
}

/// `GET /amt/zahlungen/datei/{run}.xml`: the file for the bank, opened under a record.
pub(crate) async fn saved(
    State(state): State<WebState>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let run = name
        .strip_suffix(".xml")
        .and_then(|id| PaymentRunId::parse(id).ok())
        .ok_or_else(Problem::missing)?;
    let bytes = state.cases.payment_file(actor, authority, run).await?;
    // Named by the run and nothing else: file names end up in download lists and e-mails.
    Ok(file("application/xml", &format!("Zahllauf-{run}.xml"), bytes))
}

/// The payments of an opened case, and the months its reader may stop.
pub(crate) fn of_case(
    state: &WebState,
    t: &'static Texts,
    (actor, purpose): (&Actor, Purpose),
    opened: &CaseView,
    error: Option<(String, String)>,
) -> CasePayments {
    let word = |standing| match standing {
        PaymentStanding::Planned => t.payments_planned,
        PaymentStanding::Exported => t.payments_exported,
        PaymentStanding::Stopped => t.payments_stopped,
    };
    // Hides the form from who decides nothing; what counts is asked when it is sent.
    let decides = match actor {
        Actor::Staff { id, authority } => {
            let member = state.directory.staff_member(*authority, id);
            member.is_some_and(|member| member.roles.contains(&Role::Caseworker))
        }
        _ => false,
    };
    let may = decides && purpose == Purpose::CaseWork;
    let planned = opened
        .payments
        .iter()
        .filter(|line| may && line.standing == PaymentStanding::Planned);
    CasePayments {
        lines: opened
            .payments
            .iter()
            .map(|line| Fact::new(line.month.german(), word(line.standing)))
            .collect(),
        months: planned
            .map(|line| Choice {
                value: line.month.to_string(),
                label: line.month.german(),
                chosen: false,
            })
            .collect(),
        error,
    }
}

/// `GET /amt/vorgang/{authority}/{case}/zahlungen`: after a login on the way, back to the case.
pub(crate) async fn stop_shown(visit: Visit, Path(path): Path<CasePath>) -> Result<Response, Problem> {
    visit.official()?;
    let (authority, case) = path.ids()?;
    Ok(Redirect::to(&base(authority, case)).into_response())
}

/// `POST /amt/vorgang/{authority}/{case}/zahlungen`: stops what is planned and not in a file yet.
pub(crate) async fn stop(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let base = base(authority, case);
    let Some(purpose) = purpose::chosen(&state, &visit, case) else {
        return ask_purpose(&state, &visit, (authority, case), false).await;
    };
    let from = posted.get("ab").and_then(|text| Month::parse(text).ok());
    let from = from.ok_or(Problem::status(StatusCode::BAD_REQUEST))?;
    let reason = posted.get("grund").unwrap_or_default();
    let words = match state.cases.stop_payments(actor, authority, case, from, reason).await {
        Ok(()) => return Ok(Redirect::to(&format!("{base}?meldung=angehalten#zahlungen-titel")).into_response()),
        Err(CaseError::Verdict(words)) => words,
        Err(CaseError::Stale) => visit.frame.t.payments_stop_nothing.to_owned(),
        Err(error) => return Err(error.into()),
    };
    let wrong = Wrong::Stop(words, reason.to_owned());
    shown_case(
        &state,
        &visit,
        (authority, case),
        purpose,
        &CaseQuery::default(),
        Some(wrong),
    )
    .await
}
