//! What lies in a case's file beside application, decision and papers.

use serde::Serialize;
use utoipa::ToSchema;
use wegfrei_cases::CaseView;

use super::actions::ObjectionShape;

/// What lies in the file beside application, decision and papers.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseFile {
    /// What the applicant was asked for, oldest first; what they answered while it was waited for stands under `done`.
    requests: Vec<RequestLine>,
    /// Answers that nothing waited for any more, oldest first.
    further_answers: Vec<FurtherLine>,
    /// Notes of the desk, oldest first.
    notes: Vec<NoteLine>,
    /// Periods that run, the earliest first.
    deadlines: Vec<DeadlineLine>,
    /// Objections to its notices.
    objections: Vec<ObjectionShape>,
    /// The notice this case objects to; null for other cases.
    contested: Option<ContestedLine>,
    /// Who helps the applicant, by name.
    helpers: Vec<String>,
}

/// What the applicant was asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct RequestLine {
    /// When.
    #[schema(format = DateTime, example = "2026-03-18T11:30:00.000000Z")]
    asked_at: String,
    /// What the caseworker wrote.
    text: String,
    /// The papers wanted.
    papers: Vec<String>,
    /// Last day for the answer; while `begun` is false, the earliest it can be.
    #[schema(format = Date, example = "2026-04-15")]
    due: String,
    /// Whether the period runs: the request has left the house.
    begun: bool,
    /// Whether an answer is still waited for and would be in time.
    open: bool,
    /// `open`; `answered` by the applicant; `ended`: nothing waits for it any more; `missed`: the time is over; `called-off` with deciding anew.
    #[schema(example = "answered")]
    stand: &'static str,
}

/// An answer that nothing waited for any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct FurtherLine {
    /// When.
    #[schema(format = DateTime, example = "2026-04-20T11:30:00.000000Z")]
    at: String,
    /// What the applicant wrote.
    text: String,
    /// It came after the last day the applicant had.
    late: bool,
}

/// A note of the desk.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoteLine {
    /// When.
    #[schema(format = DateTime, example = "2026-03-18T11:30:00.000000Z")]
    at: String,
    /// Who, as a function and without a name.
    by: String,
    /// The text.
    text: String,
}

/// A period that runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadlineLine {
    /// Legal name, or a duration.
    #[schema(example = "rechtsbehelfsfrist")]
    name: String,
    /// The first instant after it.
    #[schema(format = DateTime, example = "2026-04-22T22:00:00.000000Z")]
    ends: String,
}

/// What an objection is about.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContestedLine {
    /// The first case.
    #[schema(format = "uuid", example = "01980a5d-ac96-774b-bcce-b302099a8057")]
    case: String,
    /// Who decided there, by name; null when no person did.
    by: Option<String>,
    /// That is the one who asks now.
    by_reader: bool,
}

impl CaseFile {
    pub fn of(view: &CaseView) -> CaseFile {
        CaseFile {
            requests: view
                .requests
                .iter()
                .map(|request| RequestLine {
                    asked_at: request.asked_at.to_string(),
                    text: request.text.clone(),
                    papers: request.papers.clone(),
                    due: request.due.to_string(),
                    begun: request.begun,
                    open: request.open,
                    stand: request.stand.code(),
                })
                .collect(),
            further_answers: view
                .further_answers
                .iter()
                .map(|answer| FurtherLine {
                    at: answer.at.to_string(),
                    text: answer.text.clone(),
                    late: answer.late,
                })
                .collect(),
            notes: view
                .notes
                .iter()
                .map(|note| NoteLine {
                    at: note.at.to_string(),
                    by: note.by.clone(),
                    text: note.text.clone(),
                })
                .collect(),
            deadlines: view
                .deadlines
                .iter()
                .map(|deadline| DeadlineLine {
                    name: deadline.name.clone(),
                    ends: deadline.due.to_string(),
                })
                .collect(),
            objections: view.objections.iter().cloned().map(ObjectionShape::from).collect(),
            contested: view.contested.as_ref().map(|contested| ContestedLine {
                case: contested.case.to_string(),
                by: contested.by.clone(),
                by_reader: contested.by_reader,
            }),
            helpers: view.helpers.iter().map(|helper| helper.name.clone()).collect(),
        }
    }
}
