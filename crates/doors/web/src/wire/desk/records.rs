//! The records of access of an authority, for its data-protection officer and its auditors: who, when, what for. No contents.

use super::of_office;
use crate::problem::Problem;
use crate::render::{RecordsPage, page};
use crate::state::WebState;
use crate::texts::Texts;
use crate::view::Paging;
use crate::view::desk::{RecordLine, RecordsView};
use crate::view::form::Choice;
use crate::visit::Visit;
use crate::wire::authority_name;
use crate::wire::cockpit::part;
use crate::wire::mine::purpose_words;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use wegfrei_cases::{CaseError, RecordsFilter};
use wegfrei_model::PersonId;
use wegfrei_model::time::parse_date;

/// Records on one page.
const RECORDS: u64 = 50;

/// What the query may say: references, random ids and days, never a name.
#[derive(Deserialize, Default)]
pub(crate) struct RecordsQuery {
    aktenzeichen: Option<String>,
    kennung: Option<String>,
    wer: Option<String>,
    von: Option<String>,
    bis: Option<String>,
    nach: Option<String>,
}

fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// References, random ids, personnel keys (`Actor` allows `.` and `_`) and days: what may stand in an address.
fn code(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_'))
        .take(40)
        .collect()
}

fn filter(t: &'static Texts, query: &RecordsQuery) -> Result<RecordsFilter, String> {
    let day = |text: &Option<String>| match said(text) {
        None => Ok(None),
        Some(text) => parse_date(text).map(Some).map_err(|_| t.records_day_wrong.to_owned()),
    };
    let person = match said(&query.kennung) {
        None => None,
        Some(id) => Some(PersonId::parse(id).map_err(|_| t.records_id_wrong.to_owned())?),
    };
    Ok(RecordsFilter {
        person,
        reference: said(&query.aktenzeichen).map(code),
        staff: said(&query.wer).map(str::to_owned),
        from: day(&query.von)?,
        to: day(&query.bis)?,
    })
}

fn address(query: &RecordsQuery, at: &str) -> String {
    let pairs = [
        ("aktenzeichen", said(&query.aktenzeichen)),
        ("kennung", said(&query.kennung)),
        ("wer", said(&query.wer)),
        ("von", said(&query.von)),
        ("bis", said(&query.bis)),
    ];
    let said: String = pairs
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={}&", code(value))))
        .collect();
    format!("/amt/protokoll?{said}nach={at}")
}

fn line(t: &'static Texts, record: &wegfrei_cases::RecordLine) -> RecordLine {
    let mut what: Vec<&str> = record.parts.iter().map(|code| part(t, code)).collect();
    what.dedup();
    RecordLine {
        time: record.time.german(),
        at: record.time.to_string(),
        who: match &record.staff {
            Some(colleague) => format!("{} ({})", colleague.name, record.who),
            None => record.who.clone(),
        },
        purpose: purpose_words(t, &record.purpose),
        what: what.join(", "),
        reference: record.reference.clone().unwrap_or_default(),
        person: record.person.map(|person| person.to_string()).unwrap_or_default(),
        seq: record.seq.to_string(),
        refused: !record.granted,
    }
}

/// `GET /amt/protokoll`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let t = visit.frame.t;
    let asked = filter(t, &query);
    let (found, error) = match asked {
        Err(words) => {
            // Whoever may not read records gets no advice on filters either.
            state
                .cases
                .records(actor, &RecordsFilter::default(), None, 1)
                .await
                .map_err(of_office)?;
            (None, Some(words))
        }
        Ok(asked) => match state.cases.records(actor, &asked, said(&query.nach), RECORDS).await {
            Ok(found) => (Some(found), None),
            Err(CaseError::Verdict(words)) => (None, Some(words)),
            Err(error) => return Err(of_office(error)),
        },
    };
    let mut staff = vec![Choice {
        value: String::new(),
        label: t.desk_any.to_owned(),
        chosen: false,
    }];
    staff.extend(state.directory.staff_of(authority).map(|member| Choice {
        value: member.id.clone(),
        label: member.name.clone(),
        chosen: said(&query.wer) == Some(member.id.as_str()),
    }));
    let narrowing = [&query.aktenzeichen, &query.kennung, &query.wer, &query.von, &query.bis];
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let view = RecordsView {
        authority: authority_name(&state, authority),
        reference: said(&query.aktenzeichen).map(code).unwrap_or_default(),
        person: said(&query.kennung).map(code).unwrap_or_default(),
        staff,
        from: said(&query.von).unwrap_or_default().to_owned(),
        to: said(&query.bis).unwrap_or_default().to_owned(),
        active: narrowing.into_iter().any(|text| said(text).is_some()),
        error,
        paging: Paging {
            first: said(&query.nach).map(|_| "/amt/protokoll".to_owned()),
            next: found
                .as_ref()
                .and_then(|found| found.next.as_deref())
                .map(|at| address(&query, at)),
        },
        items: found
            .map(|found| found.items.iter().map(|record| line(t, record)).collect())
            .unwrap_or_default(),
    };
    Ok(page(
        status,
        &RecordsPage {
            f: &visit.frame,
            v: &view,
        },
    ))
}
