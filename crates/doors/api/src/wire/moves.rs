//! Moves of running cases to the newest version of their package, for team leads: what there is to do, what a move would do, starting
//! one, how far it is, and taking it back.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_cases::{MoveChoice, MoveGroup, MoveLine, MovePreview, MoveStanding, MoveView, OldVersion};

use super::listing;
use crate::ApiState;
use crate::extract::{Json, Named, Official};
use crate::problem::{Failure, Looks, Moves, Retracts, SeesMove, Worklist};

/// Running cases of an older version. Names nobody.
#[derive(Serialize, ToSchema)]
pub(crate) struct OldVersionLine {
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// Their version.
    #[schema(example = "1.0.0")]
    from: String,
    /// The newest version.
    #[schema(example = "1.1.0")]
    to: String,
    /// How many.
    #[schema(example = 412)]
    cases: u64,
}

impl From<OldVersion> for OldVersionLine {
    fn from(old: OldVersion) -> Self {
        OldVersionLine {
            service: old.service,
            from: old.from,
            to: old.to,
            cases: old.cases,
        }
    }
}

listing! {
    /// Older versions that running cases work with.
    OldVersionList of OldVersionLine
}

/// What is to be moved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBody {
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// The version the cases work with.
    #[schema(example = "1.0.0")]
    from: String,
    /// Which element of the new process stands for one of the old, by id, where the ids differ.
    #[serde(default)]
    #[schema(example = json!({ "Task_Pruefen": "Task_AngabenPruefen" }))]
    by_hand: BTreeMap<String, String>,
}

/// An element of a process.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProcessElement {
    /// Its id.
    #[schema(example = "Task_Pruefen")]
    id: String,
    /// Its name.
    #[schema(example = "Angaben und Nachweise prüfen")]
    name: String,
}

/// A case by its name.
#[derive(Serialize, ToSchema)]
pub(crate) struct StayingCase {
    /// The case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// What letters quote.
    #[schema(example = "WF-2026-7K4M-9QXD")]
    reference: String,
}

/// Cases that stay for one reason.
#[derive(Serialize, ToSchema)]
pub(crate) struct StayGroup {
    /// The element of the process that is in the way; null when it is something else.
    element: Option<ProcessElement>,
    /// What is in the way, in German.
    #[schema(example = "`Task_Pruefen` (Angaben und Nachweise prüfen) gibt es im neuen Modell nicht.")]
    reason: String,
    /// What can be done, in German.
    help: String,
    /// How many cases.
    #[schema(example = 17)]
    count: u64,
    /// Up to twenty of them.
    cases: Vec<StayingCase>,
}

impl From<MoveGroup> for StayGroup {
    fn from(group: MoveGroup) -> Self {
        let cases = group.cases.into_iter().map(|(case, reference)| StayingCase {
            case: case.to_string(),
            reference,
        });
        StayGroup {
            element: group.element.map(|(id, name)| ProcessElement { id, name }),
            reason: group.reason,
            help: group.help,
            count: group.count,
            cases: cases.collect(),
        }
    }
}

/// An element of the old process, and those of the new one that can be named for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counterpart {
    /// The element.
    element: ProcessElement,
    /// Elements of the new process of the same kind.
    fitting: Vec<ProcessElement>,
    /// The one that was named; null for none.
    chosen: Option<String>,
}

impl From<MoveChoice> for Counterpart {
    fn from(choice: MoveChoice) -> Self {
        let fitting = choice.fitting.into_iter().map(|new| ProcessElement {
            id: new.element,
            name: new.name,
        });
        Counterpart {
            element: ProcessElement {
                id: choice.element,
                name: choice.name,
            },
            fitting: fitting.collect(),
            chosen: choice.chosen,
        }
    }
}

/// What changes for people.
#[derive(Serialize, ToSchema)]
pub(crate) struct MoveNote {
    /// In German.
    #[schema(example = "Die Frist „Wiedervorlage“ beginnt jetzt.")]
    note: String,
    /// For so many of the cases that can move.
    #[schema(example = 395)]
    count: u64,
}

/// What a move would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovePreviewShape {
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// The version the cases work with.
    #[schema(example = "1.0.0")]
    from: String,
    /// The newest version.
    #[schema(example = "1.1.0")]
    to: String,
    /// Why no case at all can move, in German; then the lists below are empty.
    reasons: Vec<String>,
    /// Cases that can move.
    #[schema(example = 395)]
    can: u64,
    /// Cases that cannot.
    #[schema(example = 17)]
    cannot: u64,
    /// Why not, the most frequent first. A case with several reasons is in each group.
    obstacles: Vec<StayGroup>,
    /// What changes for people.
    notes: Vec<MoveNote>,
    /// What can be named by hand.
    choices: Vec<Counterpart>,
}

impl From<MovePreview> for MovePreviewShape {
    fn from(preview: MovePreview) -> Self {
        let notes = preview.notes.into_iter();
        MovePreviewShape {
            service: preview.service,
            from: preview.from,
            to: preview.to,
            reasons: preview.reasons,
            can: preview.can,
            cannot: preview.cannot,
            obstacles: preview.obstacles.into_iter().map(StayGroup::from).collect(),
            notes: notes.map(|(note, count)| MoveNote { note, count }).collect(),
            choices: preview.choices.into_iter().map(Counterpart::from).collect(),
        }
    }
}

/// Where a move stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MoveStage {
    /// Cases are being moved.
    Moving,
    /// It is done.
    Moved,
    /// It is being taken back.
    TakingBack,
    /// It is taken back.
    TakenBack,
}

/// A move.
#[derive(Serialize, ToSchema)]
pub(crate) struct MoveShape {
    /// Its number at this authority, from 1.
    #[schema(example = 3)]
    number: u64,
    /// Where it stands.
    standing: MoveStage,
    /// Id of the service.
    #[schema(example = "hundesteuer")]
    service: String,
    /// The version the cases worked with.
    #[schema(example = "1.0.0")]
    from: String,
    /// The version they were moved to.
    #[schema(example = "1.1.0")]
    to: String,
    /// When it was started.
    #[schema(format = DateTime, example = "2026-03-18T09:15:00.000000Z")]
    started_at: String,
    /// Who started it: personnel key.
    #[schema(example = "tl-magdeburg-1")]
    started_by: String,
    /// Cases that ran when it was started.
    #[schema(example = 412)]
    cases: u64,
    /// Cases that were moved so far.
    #[schema(example = 395)]
    moved: u64,
    /// Cases that stayed so far.
    #[schema(example = 17)]
    stayed: u64,
    /// Moved cases that were taken back so far.
    #[schema(example = 0)]
    taken_back: u64,
}

impl From<MoveLine> for MoveShape {
    fn from(line: MoveLine) -> Self {
        MoveShape {
            number: line.number,
            standing: match line.standing {
                MoveStanding::Moving => MoveStage::Moving,
                MoveStanding::Moved => MoveStage::Moved,
                MoveStanding::TakingBack => MoveStage::TakingBack,
                MoveStanding::TakenBack => MoveStage::TakenBack,
            },
            service: line.service,
            from: line.from,
            to: line.to,
            started_at: line.started_at.to_string(),
            started_by: line.started_by.id,
            cases: line.cases,
            moved: line.moved,
            stayed: line.stayed,
            taken_back: line.taken_back,
        }
    }
}

listing! {
    /// The last moves, newest first.
    MoveList of MoveShape
}

/// A move with what stayed, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct MoveDetail {
    /// The move.
    #[serde(flatten)]
    line: MoveShape,
    /// Which element of the new process stands for one of the old, as it was said by hand.
    by_hand: BTreeMap<String, String>,
    /// Why cases stayed.
    reasons: Vec<StayGroup>,
    /// Why moved cases were not taken back.
    kept: Vec<StayGroup>,
}

impl From<MoveView> for MoveDetail {
    fn from(view: MoveView) -> Self {
        MoveDetail {
            line: view.line.into(),
            by_hand: view.by_hand,
            reasons: view.reasons.into_iter().map(StayGroup::from).collect(),
            kept: view.kept.into_iter().map(StayGroup::from).collect(),
        }
    }
}

/// Older versions at work
///
/// Running cases of one's own authority and services that work with an older version of their package than the newest. Counted; nothing
/// is opened.
#[utoipa::path(get, path = "/api/desk/old-versions", tag = "desk", operation_id = "listOldVersions",
    responses((status = 200, description = "The versions", body = OldVersionList), Worklist), security(("token" = [])))]
pub(crate) async fn due(State(state): State<ApiState>, official: Official) -> Result<Answer<OldVersionList>, Failure> {
    let due = state.cases.moves_due(&official.actor).await?;
    Ok(Answer(due.into_iter().map(OldVersionLine::from).collect()))
}

/// What a move would do
///
/// Every running case of the version is looked at; nothing is written and nothing of a case is opened.
#[utoipa::path(post, path = "/api/desk/move-previews", tag = "desk", operation_id = "previewMove", request_body = MoveBody,
    responses((status = 200, description = "The preview", body = MovePreviewShape), Looks), security(("token" = [])))]
pub(crate) async fn preview(
    State(state): State<ApiState>,
    official: Official,
    Json(body): Json<MoveBody>,
) -> Result<Answer<MovePreviewShape>, Failure> {
    let preview = state
        .cases
        .move_preview(&official.actor, &body.service, &body.from, &body.by_hand);
    Ok(Answer(preview.await?.into()))
}

/// Moves
///
/// The last twenty of one's own authority, newest first.
#[utoipa::path(get, path = "/api/desk/moves", tag = "desk", operation_id = "listMoves",
    responses((status = 200, description = "The moves", body = MoveList), Worklist), security(("token" = [])))]
pub(crate) async fn list(State(state): State<ApiState>, official: Official) -> Result<Answer<MoveList>, Failure> {
    let moves = state.cases.moves(&official.actor).await?;
    Ok(Answer(moves.into_iter().map(MoveShape::from).collect()))
}

/// Start a move
///
/// Every running case of the version is moved to the newest, each looked at again in that moment; what cannot move stays. 400 when no case
/// can move or another move is not done.
#[utoipa::path(post, path = "/api/desk/moves", tag = "desk", operation_id = "startMove", request_body = MoveBody,
    responses((status = 201, description = "Begun", body = MoveDetail), Moves), security(("token" = [])))]
pub(crate) async fn start(
    State(state): State<ApiState>,
    official: Official,
    Json(body): Json<MoveBody>,
) -> Result<(StatusCode, Answer<MoveDetail>), Failure> {
    let number = state
        .cases
        .start_move(&official.actor, &body.service, &body.from, body.by_hand)
        .await?;
    let begun = state.cases.case_move(&official.actor, number).await?;
    Ok((StatusCode::CREATED, Answer(begun.into())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MovePath {
    /// Number of the move.
    #[param(minimum = 1, example = 3)]
    number: u64,
}

/// One move
///
/// How far it is, which cases stayed, and why.
#[utoipa::path(get, path = "/api/desk/moves/{number}", tag = "desk", operation_id = "getMove", params(MovePath),
    responses((status = 200, description = "The move", body = MoveDetail), SeesMove), security(("token" = [])))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<MovePath>,
) -> Result<Answer<MoveDetail>, Failure> {
    let view = state.cases.case_move(&official.actor, path.number).await?;
    Ok(Answer(view.into()))
}

/// Take a move back
///
/// Each case in which nothing has happened since stands again where it stood before; the others stay. 409 when it is taken back already.
#[utoipa::path(post, path = "/api/desk/moves/{number}/take-back", tag = "desk", operation_id = "takeMoveBack", params(MovePath),
    responses((status = 204, description = "Begun"), Retracts), security(("token" = [])))]
pub(crate) async fn take_back(
    State(state): State<ApiState>,
    official: Official,
    Named(path): Named<MovePath>,
) -> Result<StatusCode, Failure> {
    state.cases.take_back_move(&official.actor, path.number).await?;
    Ok(StatusCode::NO_CONTENT)
}
