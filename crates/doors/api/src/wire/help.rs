//! Somebody helps a resident: the code, who helps, and what one helps with. The same rights as in the portal.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{HelpCode, MyHelp};
use wegfrei_identity::Profile;
use wegfrei_model::{AuthorityId, CaseId, PersonId};

use super::mine::{CaseLine, CaseList, CasePath, NoticeLine, NoticeList};
use crate::ApiState;
use crate::extract::{Json, Named, Resident};
use crate::problem::{EndsHelp, Failure, Helps, OffersHelp, Own, OwnLooks, OwnOne};

/// A code for somebody to help; told this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Code {
    /// Twelve digits in groups of three.
    #[schema(example = "123 456 789 012")]
    code: String,
    /// First moment it is no longer good.
    #[schema(format = DateTime, example = "2026-03-25T09:15:00.000000Z")]
    until: String,
}

impl From<HelpCode> for Code {
    fn from(code: HelpCode) -> Self {
        Code {
            code: code.code,
            until: code.until.to_string(),
        }
    }
}

/// Somebody who helps.
#[derive(Serialize, ToSchema)]
pub(crate) struct Helper {
    /// Who: names them when their help is ended.
    #[schema(format = "uuid", example = "01930000-0000-7000-8000-000000000002")]
    helper: String,
    /// Their name.
    #[schema(example = "Aylin Çelik")]
    name: String,
    /// Since when.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    since: String,
}

/// Who helps with a draft or case.
#[derive(Serialize, ToSchema)]
pub(crate) struct Help {
    /// Who helps now, at most three.
    helpers: Vec<Helper>,
    /// Until when a code waits to be entered; null when none does.
    #[schema(format = DateTime, example = "2026-03-25T09:15:00.000000Z")]
    code_until: Option<String>,
    /// Whether one more may help.
    room: bool,
}

impl From<MyHelp> for Help {
    fn from(help: MyHelp) -> Self {
        let helpers = help.helpers.into_iter().map(|helper| Helper {
            helper: helper.helper.to_string(),
            name: helper.name,
            since: helper.since.to_string(),
        });
        Help {
            helpers: helpers.collect(),
            code_until: help.code_until.map(|until| until.to_string()),
            room: help.room,
        }
    }
}

/// Let somebody help
///
/// Makes a code to hand over; an earlier one is void. For a draft or case of one's own, not for who helps with it.
#[utoipa::path(post, path = "/api/cases/{ags}/{case}/help", tag = "help", operation_id = "offerHelp", params(CasePath),
    responses((status = 201, description = "The code", body = Code), OffersHelp), security(("token" = [])))]
pub(crate) async fn offer(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<(StatusCode, Answer<Code>), Failure> {
    let code = state.cases.offer_help(person, path.ags, path.case).await?;
    Ok((StatusCode::CREATED, Answer(code.into())))
}

/// Who helps me
///
/// With a draft or case of one's own. Opening the names is recorded.
#[utoipa::path(get, path = "/api/cases/{ags}/{case}/help", tag = "help", operation_id = "getHelp", params(CasePath),
    responses((status = 200, description = "Who helps", body = Help), OwnLooks), security(("token" = [])))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<Answer<Help>, Failure> {
    Ok(Answer(state.cases.my_help(person, path.ags, path.case).await?.into()))
}

/// Take a code back
///
/// One that nobody entered yet; without one nothing happens.
#[utoipa::path(delete, path = "/api/cases/{ags}/{case}/help", tag = "help", operation_id = "takeHelpBack", params(CasePath),
    responses((status = 204, description = "No code is good"), EndsHelp), security(("token" = [])))]
pub(crate) async fn take_back(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<StatusCode, Failure> {
    state.cases.take_help_back(person, path.ags, path.case).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct HelperPath {
    /// AGS of the authority.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    ags: AuthorityId,
    /// The case.
    #[param(value_type = String, format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: CaseId,
    /// Who helps.
    #[param(value_type = String, format = "uuid", example = "01930000-0000-7000-8000-000000000002")]
    helper: PersonId,
}

/// End somebody's help
///
/// At once. Ending it twice is ending it once.
#[utoipa::path(delete, path = "/api/cases/{ags}/{case}/help/{helper}", tag = "help", operation_id = "endHelp",
    params(HelperPath), responses((status = 204, description = "They help no more"), EndsHelp), security(("token" = [])))]
pub(crate) async fn end(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<HelperPath>,
) -> Result<StatusCode, Failure> {
    state.cases.end_help(person, path.ags, path.case, path.helper).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What I help with
///
/// Drafts and cases of others, the last changed first. Names nobody.
#[utoipa::path(get, path = "/api/helping", tag = "help", operation_id = "listHelping",
    responses((status = 200, description = "The cases", body = CaseList), Own), security(("token" = [])))]
pub(crate) async fn helping(
    State(state): State<ApiState>,
    Resident(person): Resident,
) -> Result<Answer<CaseList>, Failure> {
    let cases = state.cases.helped_cases(person).await?;
    Ok(Answer(cases.into_iter().map(CaseLine::from).collect()))
}

/// The code somebody was given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    /// Twelve digits; blanks and hyphens between them do not matter.
    #[schema(max_length = 30, example = "123 456 789 012")]
    code: String,
}

/// Enter a code
///
/// From now on one helps with that draft or case: sees it, edits the draft, uploads papers, answers requests, reads notices. Every look
/// is recorded with the purpose `assistance`. At most five tries an hour.
#[utoipa::path(post, path = "/api/helping", tag = "help", operation_id = "enterHelpCode", request_body = CodeBody,
    responses((status = 201, description = "The case", body = CaseLine), Helps), security(("token" = [])))]
pub(crate) async fn enter(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Json(body): Json<CodeBody>,
) -> Result<(StatusCode, Answer<CaseLine>), Failure> {
    let name = state
        .directory
        .person(&person)
        .map(Profile::full_name)
        .unwrap_or_default();
    let known = state.cases.accept_help(person, &name, &body.code).await?;
    Ok((StatusCode::CREATED, Answer(known.into())))
}

/// Stop helping
///
/// At once. Twice is once.
#[utoipa::path(delete, path = "/api/helping/{ags}/{case}", tag = "help", operation_id = "stopHelping", params(CasePath),
    responses((status = 204, description = "One helps no more"), EndsHelp), security(("token" = [])))]
pub(crate) async fn stop(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<StatusCode, Failure> {
    state.cases.end_help(person, path.ags, path.case, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notices of one case
///
/// Of one's own, or of one that one helps with; the newest first.
#[utoipa::path(get, path = "/api/cases/{ags}/{case}/notices", tag = "applications", operation_id = "listCaseNotices",
    params(CasePath), responses((status = 200, description = "The notices", body = NoticeList), OwnOne),
    security(("token" = [])))]
pub(crate) async fn notices(
    State(state): State<ApiState>,
    Resident(person): Resident,
    Named(path): Named<CasePath>,
) -> Result<Answer<NoticeList>, Failure> {
    let notices = state.cases.seen_notices(person, path.ags, path.case).await?;
    Ok(Answer(notices.into_iter().map(NoticeLine::from).collect()))
}
