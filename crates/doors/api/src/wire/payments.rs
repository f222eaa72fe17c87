//! Payment runs, for team leads: what is due, what a run would do, the runs and their files; and stopping the payments of a case.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{CaseError, Confirmed, DueMonth, Hindrance, PaymentOf, PaymentPreview, PaymentRun};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, Month, PaymentRunId};

use super::mine::CasePath;
use super::{Raw, listing};
use crate::ApiState;
use crate::extract::{Asked, Json, Named, Official, number};
use crate::problem::{Decides, Failure, Kind, Pays, PaysFile, Worklist};

/// Runs of a page without asking, and most.
const RUNS: (u64, u64) = (50, 200);

/// A month with payments that wait. Names nobody and no amount.
#[derive(Serialize, ToSchema)]
pub(crate) struct DueLine {
    /// The month.
    #[schema(example = "2026-04")]
    month: String,
    /// Cases with a payment planned for it.
    #[schema(example = 2311)]
    payments: u64,
}

impl From<DueMonth> for DueLine {
    fn from(due: DueMonth) -> Self {
        DueLine {
            month: due.month.to_string(),
            payments: due.payments,
        }
    }
}

listing! {
    /// Months with payments that wait.
    DueList of DueLine
}

/// What a run pays of one service.
#[derive(Serialize, ToSchema)]
pub(crate) struct SumLine {
    /// Id of the service.
    #[schema(example = "wohngeld")]
    service: String,
    /// Number of payments.
    #[schema(example = 2311)]
    payments: u64,
    /// Their sum in cents.
    #[schema(example = 52_228_600)]
    cents: u64,
}

/// Why a case cannot be paid.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Why {
    /// The account's number is wrong.
    Iban,
    /// Nobody is named as the account's holder.
    Holder,
    /// The adoption names no account to pay from.
    Parameter,
    /// The plan cannot be read.
    Unreadable,
    /// Another application of the person has one of the months planned too.
    Twice,
}

/// A case a run leaves out.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeftOut {
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
    /// Id of the service.
    #[schema(example = "wohngeld")]
    service: String,
    /// Why.
    why: Why,
}

/// What a run pays in one case.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaidCase {
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
    /// Id of the service.
    #[schema(example = "wohngeld")]
    service: String,
    /// The first month it is for.
    #[schema(example = "2026-02")]
    from: String,
    /// The last month it is for.
    #[schema(example = "2026-04")]
    until: String,
    /// How much in cents.
    #[schema(example = 67_800)]
    cents: u64,
}

/// What a run of a month would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// The id of the run when it is confirmed.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8061")]
    run: String,
    /// Up to which month it pays.
    #[schema(example = "2026-04")]
    month: String,
    /// The day the bank is told to pay.
    #[schema(format = Date, example = "2026-03-31")]
    execute_on: String,
    /// Number of payments.
    #[schema(example = 2311)]
    payments: u64,
    /// Their sum in cents.
    #[schema(example = 52_228_600)]
    cents: u64,
    /// Names exactly these payments.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// By service.
    services: Vec<SumLine>,
    /// What goes out in which case, the highest amount first. No names, no accounts.
    cases: Vec<PaidCase>,
    /// Cases it leaves out.
    unpayable: Vec<LeftOut>,
    /// More is due than one run takes.
    more: bool,
}

impl From<PaymentOf> for PaidCase {
    fn from(paid: PaymentOf) -> Self {
        PaidCase {
            case: paid.case.to_string(),
            reference: paid.reference,
            service: paid.service,
            from: paid.months.0.to_string(),
            until: paid.months.1.to_string(),
            cents: paid.cents,
        }
    }
}

impl From<PaymentPreview> for Preview {
    fn from(preview: PaymentPreview) -> Self {
        let services = preview.services.into_iter().map(|sum| SumLine {
            service: sum.service,
            payments: sum.payments,
            cents: sum.cents,
        });
        let unpayable = preview.unpayable.into_iter().map(|one| LeftOut {
            case: one.case.to_string(),
            reference: one.reference,
            service: one.service,
            why: match one.why {
                Hindrance::Iban => Why::Iban,
                Hindrance::Holder => Why::Holder,
                Hindrance::Parameter => Why::Parameter,
                Hindrance::Unreadable => Why::Unreadable,
                Hindrance::Twice => Why::Twice,
            },
        });
        Preview {
            run: preview.run.to_string(),
            month: preview.month.to_string(),
            execute_on: preview.execute_on.to_string(),
            payments: preview.payments,
            cents: preview.cents,
            digest: preview.digest,
            services: services.collect(),
            cases: preview.cases.into_iter().map(PaidCase::from).collect(),
            unpayable: unpayable.collect(),
            more: preview.more,
        }
    }
}

/// A run that was made. No names of residents, no amounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunLine {
    /// The run.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8061")]
    run: String,
    /// Up to which month it pays.
    #[schema(example = "2026-04")]
    month: String,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    made_at: String,
    /// Who made it: personnel key.
    #[schema(example = "tl-magdeburg-1")]
    made_by: String,
    /// Number of payments.
    #[schema(example = 2311)]
    payments: u64,
    /// Ids of the services it pays.
    #[schema(example = json!(["wohngeld"]))]
    services: Vec<String>,
    /// Where its file is; null when it holds services that are not the asking person's.
    #[schema(example = "/api/desk/payment-runs/01980a5d-ac96-774b-bcce-b302099a8061.xml")]
    file: Option<String>,
}

impl From<PaymentRun> for RunLine {
    fn from(run: PaymentRun) -> Self {
        RunLine {
            run: run.run.to_string(),
            month: run.month.to_string(),
            made_at: run.made_at.to_string(),
            made_by: run.made_by.id,
            payments: run.payments,
            services: run.services,
            file: run.yours.then(|| format!("/api/desk/payment-runs/{}.xml", run.run)),
        }
    }
}

/// One page of payment runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunPage {
    /// The runs, newest first.
    items: Vec<RunLine>,
    /// `after` of the next page; null on the last.
    #[schema(example = "1773825300000000.01980a5d-ac96-774b-bcce-b302099a8061")]
    next: Option<String>,
}

fn authority(actor: &Actor) -> Result<AuthorityId, Failure> {
    match actor {
        Actor::Staff { authority, .. } => Ok(*authority),
        _ => Err(Kind::Role.into()),
    }
}

/// What is due
///
/// Months up to the next one with payments that wait, at one's own authority and of one's own services. Counted; nothing is opened.
#[utoipa::path(get, path = "/api/desk/payments", tag = "desk", operation_id = "listDuePayments",
    responses((status = 200, description = "The months", body = DueList), Worklist), security(("token" = [])))]
pub(crate) async fn due(State(state): State<ApiState>, official: Official) -> Result<Answer<DueList>, Failure> {
    let due = state.cases.payments_due(&official.actor).await?;
    Ok(Answer(due.into_iter().map(DueLine::from).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MonthPath {
    /// The month.
    #[param(value_type = String, pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-04")]
    month: Month,
}

/// What a run of a month would do
///
/// Accounts and amounts of each case are opened for it, recorded with the purpose `payment`. Confirm it with `run`, `payments` and
/// `cents` of this answer.
#[utoipa::path(get, path = "/api/desk/payments/{month}", tag = "desk", operation_id = "previewPayments", params(MonthPath),
    responses((status = 200, description = "The preview", body = Preview), Pays), security(("token" = [])))]
pub(crate) async fn preview(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<MonthPath>,
) -> Result<Answer<Preview>, Failure> {
    let authority = authority(&official.actor)?;
    let preview = state.cases.payment_preview(&official.actor, authority, path.month);
    Ok(Answer(preview.await?.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// `next` of the page before.
    #[param(required = false)]
    after: Option<String>,
    /// At most so many runs, 1 to 200; usually 50.
    #[param(required = false, value_type = u32, minimum = 1, maximum = 200, example = 50)]
    limit: Option<String>,
}

/// Payment runs
///
/// Of one's own authority, the newest first.
#[utoipa::path(get, path = "/api/desk/payment-runs", tag = "desk", operation_id = "listPaymentRuns", params(RunQuery),
    responses((status = 200, description = "One page", body = RunPage), Worklist), security(("token" = [])))]
pub(crate) async fn runs(
    State(state): State<ApiState>,
    official: Official,
    Asked(query): Asked<RunQuery>,
) -> Result<Answer<RunPage>, Failure> {
    let (usual, most) = RUNS;
    let limit = number("limit", query.limit.as_deref(), usual, most)?;
    let page = state
        .cases
        .payment_runs(&official.actor, query.after.as_deref(), limit)
        .await;
    let page = page.map_err(|error| match error {
        CaseError::NotFound => Failure::parameter("after", "der Wert „next“ der vorigen Seite"),
        other => other.into(),
    })?;
    Ok(Answer(RunPage {
        items: page.items.into_iter().map(RunLine::from).collect(),
        next: page.next,
    }))
}

/// What is confirmed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunBody {
    /// `run` of the preview.
    #[schema(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8061")]
    run: PaymentRunId,
    /// `month` of the preview.
    #[schema(value_type = String, example = "2026-04")]
    month: Month,
    /// `digest` of the preview.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

/// Start a payment run
///
/// Exactly the payments of the preview, or nothing: 400 when something else is due by now. Sending it twice is one run, with the same
/// answer.
#[utoipa::path(post, path = "/api/desk/payment-runs", tag = "desk", operation_id = "startPaymentRun", request_body = RunBody,
    responses((status = 201, description = "Made", body = RunLine), Decides), security(("token" = [])))]
pub(crate) async fn start(
    State(state): State<ApiState>,
    official: Official,
    Json(body): Json<RunBody>,
) -> Result<(StatusCode, Answer<RunLine>), Failure> {
    let authority = authority(&official.actor)?;
    let confirmed = Confirmed {
        run: body.run,
        digest: body.digest,
    };
    let made = state
        .cases
        .payment_run(&official.actor, authority, body.month, confirmed)
        .await?;
    Ok((StatusCode::CREATED, Answer(made.into())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct FilePath {
    /// The run, with `.xml` at the end.
    #[param(
        pattern = "^[0-9a-f-]{36}\\.xml$",
        example = "01980a5d-ac96-774b-bcce-b302099a8061.xml"
    )]
    file: String,
}

/// The file for the bank
///
/// ISO 20022 `pain.001.001.09`. Opening it is recorded; so is a refusal.
#[utoipa::path(get, path = "/api/desk/payment-runs/{file}", tag = "desk", operation_id = "getPaymentFile", params(FilePath),
    responses((status = 200, description = "The file", content_type = "application/xml", body = inline(Raw)), PaysFile),
    security(("token" = [])))]
pub(crate) async fn file(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<FilePath>,
) -> Result<Response, Failure> {
    let run = path
        .file
        .strip_suffix(".xml")
        .and_then(|id| PaymentRunId::parse(id).ok())
        .ok_or(Kind::NotFound)?;
    let authority = authority(&official.actor)?;
    let bytes = state.cases.payment_file(&official.actor, authority, run).await?;
    let name = format!("attachment; filename=\"zahllauf-{run}.xml\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Kind::Internal)?;
    let kind = HeaderValue::from_static("application/xml");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}

/// From when, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopBody {
    /// The first month that is not paid.
    #[schema(value_type = String, example = "2026-05")]
    from: Month,
    /// Why; it becomes a note of the file.
    #[schema(min_length = 1, max_length = 4000, example = "Umzug am 1. Mai.")]
    reason: String,
}

/// Stop the payments of a case
///
/// What is planned and in no file yet. 409 when nothing is planned from that month on.
#[utoipa::path(post, path = "/api/desk/cases/{ags}/{case}/payments/stop", tag = "desk", operation_id = "stopPayments",
    params(CasePath), request_body = StopBody,
    responses((status = 204, description = "Stopped"), Decides), security(("token" = [])))]
pub(crate) async fn stop(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<CasePath>,
    Json(body): Json<StopBody>,
) -> Result<StatusCode, Failure> {
    state
        .cases
        .stop_payments(&official.actor, path.ags, path.case, body.from, &body.reason)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
