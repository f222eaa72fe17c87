//! "Wer hat meine Daten gesehen?": the records of a person's data.

use super::authority_name;
use crate::problem::Problem;
use crate::render::{AccessesPage, ok};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Paging;
use crate::view::cockpit::{AccessFilter, AccessItem, AccessesView};
use crate::visit::Visit;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use wegfrei_cases::AccessRecord;
use wegfrei_identity::Purpose;

/// Records on one page of "who saw what".
const RECORDS: usize = 25;
/// Newest records that can be paged through.
const MOST_RECORDS: usize = 2_000;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct MineQuery {
    seite: Option<usize>,
}

fn part(t: &'static Texts, code: &str) -> &'static str {
    match code {
        "form" => t.accesses_part_form,
        "paper" => t.accesses_part_paper,
        "paper-name" => t.accesses_part_paper_name,
        "pdf" => t.accesses_part_pdf,
        "decision" => t.accesses_part_decision,
        "verdict" => t.accesses_part_verdict,
        "letter" => t.accesses_part_letter,
        _ => t.accesses_part_other,
    }
}

/// The words for a purpose; the record holds its code or its German words.
pub(crate) fn purpose_words(t: &'static Texts, recorded: &str) -> String {
    let known = Purpose::ALL
        .into_iter()
        .find(|purpose| purpose.code() == recorded || purpose.german() == recorded);
    match known {
        Some(Purpose::OwnData) => t.purpose_own_data.to_owned(),
        Some(Purpose::CaseWork) => t.purpose_case_work.to_owned(),
        Some(Purpose::CitizenQuestion) => t.purpose_citizen_question.to_owned(),
        Some(Purpose::LegalRemedy) => t.purpose_legal_remedy.to_owned(),
        Some(Purpose::Supervision) => t.purpose_supervision.to_owned(),
        Some(Purpose::NoticeRendering) => t.purpose_delivery.to_owned(),
        Some(Purpose::ProcessStep) => t.purpose_automatic.to_owned(),
        None => recorded.to_owned(),
    }
}

fn access(state: &WebState, visit: &Visit, record: &AccessRecord) -> AccessItem {
    let t = visit.frame.t;
    let mut what: Vec<&str> = record.parts.iter().map(|code| part(t, code)).collect();
    what.dedup();
    let mut what = what.join(", ");
    if let Some(reference) = &record.reference {
        what = format!("{what} ({})", fill(t.accesses_case, "n", reference));
    }
    AccessItem {
        time: record.time.german(),
        at: record.time.to_string(),
        who: record.who.clone(),
        authority: authority_name(state, record.authority),
        purpose: purpose_words(t, &record.purpose),
        what,
        refused: !record.granted,
        own: record.who == "Sie selbst",
        proof: String::new(),
    }
}

/// `GET /mein-bereich/zugriffe`
pub(crate) async fn accesses(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<MineQuery>,
) -> Result<Response, Problem> {
    let person = visit.person()?;
    let number = query.seite.unwrap_or(1).clamp(1, MOST_RECORDS / RECORDS);
    let records = state.cases.access_log(person, number * RECORDS + 1).await?;
    let more = records.len() > number * RECORDS && number < MOST_RECORDS / RECORDS;
    let items = records
        .iter()
        .skip((number - 1) * RECORDS)
        .take(RECORDS)
        .map(|record| access(&state, &visit, record))
        .collect();
    let paging = Paging {
        first: (number > 1).then(|| "/mein-bereich/zugriffe".to_owned()),
        next: more.then(|| format!("/mein-bereich/zugriffe?seite={}", number + 1)),
    };
    Ok(ok(&AccessesPage {
        f: &visit.frame,
        v: &AccessesView { filter: AccessFilter::default(), items, paging },
    }))
}
