//! The desk of a member of staff: lists, cases opened for a recorded purpose, tasks, and what is around them.

pub(crate) mod absence;
pub(crate) mod assign;
pub(crate) mod case;
pub(crate) mod file;
mod happened;
pub(crate) mod list;
pub(crate) mod moves;
pub(crate) mod operation;
pub(crate) mod outbox;
pub(crate) mod paper;
pub(crate) mod payments;
pub(crate) mod picture;
pub(crate) mod print;
mod purpose;
pub(crate) mod records;
pub(crate) mod task;
mod viewable;
mod words;

use crate::problem::Problem;
use crate::render::{PurposePage, page};
use crate::state::WebState;
use crate::view::Tone;
use crate::view::desk::{Due, Purpose as PurposeItem, PurposeView};
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::CaseError;
use wegfrei_model::time::{german_date, parse_date};
use wegfrei_model::{AuthorityId, CaseId, Date, Timestamp};

use super::mine::purpose_words;
use crate::body::Posted;
use crate::texts::{Texts, fill};

/// A case, and perhaps a document of it, by its path.
#[derive(Deserialize)]
pub(crate) struct CasePath {
    authority: String,
    case: String,
    document: Option<String>,
}

impl CasePath {
    pub fn ids(&self) -> Result<(AuthorityId, CaseId), Problem> {
        let authority = AuthorityId::parse(&self.authority).map_err(|_| Problem::missing())?;
        Ok((authority, CaseId::parse(&self.case).map_err(|_| Problem::missing())?))
    }
}

/// The path of a case at the desk.
pub(crate) fn base(authority: AuthorityId, case: CaseId) -> String {
    format!("/amt/vorgang/{authority}/{case}")
}

/// A refusal that concerns no case: the page belongs to another role, and nothing is recorded about anybody.
pub(crate) fn of_office(error: CaseError) -> Problem {
    match error {
        CaseError::Refused(_) => Problem::Office,
        other => other.into(),
    }
}

/// A last day, by the first instant after it, and how near it is.
pub(crate) fn due(t: &'static Texts, now: Timestamp, after: Timestamp) -> Due {
    let last = after.saturating_sub(std::time::Duration::from_micros(1)).date();
    let left = now.date().until(last).map_or(0, |span| span.get_days());
    let (words, tone) = match left {
        1 => (t.desk_left_one.to_owned(), Tone::Warn),
        0 => (t.desk_left_today.to_owned(), Tone::Warn),
        -1 => (t.desk_left_over_one.to_owned(), Tone::Bad),
        ..-1 => (fill(t.desk_left_over, "n", left.unsigned_abs()), Tone::Bad),
        2..=7 => (fill(t.desk_left_many, "n", left), Tone::Warn),
        _ => (fill(t.desk_left_many, "n", left), Tone::Info),
    };
    Due {
        day: german_date(last),
        at: last.to_string(),
        left: words,
        tone,
    }
}

/// A date box of a form: what was typed, and the date when it is one.
pub(crate) fn datebox(posted: &Posted, name: &str) -> ([String; 3], Option<Date>) {
    let part = |end: &str| {
        let typed = posted.get(&format!("{name}.{end}")).unwrap_or_default().trim();
        typed.chars().take(4).collect::<String>()
    };
    let parts = [part("tag"), part("monat"), part("jahr")];
    let number = |text: &String| text.parse::<i16>().ok();
    let date = match (number(&parts[0]), number(&parts[1]), number(&parts[2])) {
        (Some(day), Some(month), Some(year)) => parse_date(&format!("{year:04}-{month:02}-{day:02}")).ok(),
        _ => None,
    };
    (parts, date)
}

/// Day, month and year for a date box.
pub(crate) fn parts_of(date: Date) -> [String; 3] {
    [
        date.day().to_string(),
        date.month().to_string(),
        date.year().to_string(),
    ]
}

/// Asks what for, offering what the reader may choose; who may choose nothing is refused here, and that is recorded.
async fn ask_purpose(
    state: &WebState,
    visit: &Visit,
    (authority, case): (AuthorityId, CaseId),
    missing: bool,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let t = visit.frame.t;
    let possible = state.cases.desk_purposes(actor, authority, case).await?;
    let purposes = possible
        .into_iter()
        .map(|purpose| PurposeItem {
            code: purpose.code().to_owned(),
            label: purpose_words(t, purpose.code()),
        })
        .collect();
    let status = if missing {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(page(
        status,
        &PurposePage {
            f: &visit.frame,
            v: &PurposeView {
                href: base(authority, case),
                reference: String::new(),
                purposes,
                missing,
            },
        },
    ))
}

/// `GET /amt/vorgang/{authority}/{case}/zweck`
pub(crate) async fn purpose_asked(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    visit.official()?;
    ask_purpose(&state, &visit, path.ids()?, false).await
}

/// `POST /amt/vorgang/{authority}/{case}`: the purpose is chosen, and kept for this session and this case.
pub(crate) async fn choose(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    posted: Posted,
) -> Result<Response, Problem> {
    visit.official()?;
    let (authority, case) = path.ids()?;
    let base = base(authority, case);
    match posted.get("zweck").and_then(purpose::of_code) {
        Some(chosen) => {
            let mut response = Redirect::to(&base).into_response();
            purpose::keep(&state, &visit, case, chosen, &mut response);
            Ok(response)
        }
        None => ask_purpose(&state, &visit, (authority, case), true).await,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn days_left_in_words() {
        let t = crate::texts::of(crate::texts::Lang::De);
        let now = Timestamp::parse("2026-03-18T09:15:00Z").unwrap();
        for (last, words, tone) in [
            ("2026-03-18", "heute", Tone::Warn),
            ("2026-03-19", "noch 1 Tag", Tone::Warn),
            ("2026-03-25", "noch 7 Tage", Tone::Warn),
            ("2026-04-18", "noch 31 Tage", Tone::Info),
            ("2026-03-17", "1 Tag überfällig", Tone::Bad),
            ("2026-02-18", "28 Tage überfällig", Tone::Bad),
        ] {
            let due = due(t, now, Timestamp::end_of_day(parse_date(last).unwrap()));
            assert_eq!((due.at.as_str(), due.left.as_str(), due.tone), (last, words, tone));
        }
    }
}
