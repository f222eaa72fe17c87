//! Print runs: started from the outbox, watched, fetched file by file, noted as posted in one click, and taken back.

use super::of_office;
use crate::body::Posted;
use crate::layers::Framing;
use crate::problem::Problem;
use crate::render::{PrintRunPage, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::desk::{PrintFileLine, PrintLeftLine, PrintRunLine, PrintRunView, PrintRunsView, Progress};
use crate::visit::Visit;
use crate::wire::mine::file;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseError, LeftOver, MOST_PRINTED, MOST_SHEETS, PrintStanding};
use wegfrei_journal::Actor;
use wegfrei_model::Date;
use wegfrei_model::time::german_date;

/// What the query may say.
#[derive(Deserialize, Default)]
pub(crate) struct PrintQuery {
    meldung: Option<String>,
}

pub(super) fn href(number: u64) -> String {
    format!("/amt/postausgang/drucklauf/{number}")
}

/// "10.000".
pub(crate) fn count(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

fn standing(t: &'static Texts, standing: PrintStanding) -> &'static str {
    match standing {
        PrintStanding::Making => t.print_making,
        PrintStanding::Made => t.print_made,
        PrintStanding::Posting => t.print_posting,
        PrintStanding::Posted => t.print_posted,
        PrintStanding::Recalling => t.print_recalling,
        PrintStanding::Erased => t.print_gone,
    }
}

fn why(t: &'static Texts, why: LeftOver) -> &'static str {
    match why {
        LeftOver::Before => t.print_why_before,
        LeftOver::Moot => t.print_why_moot,
        LeftOver::Certificate => t.print_why_certificate,
        LeftOver::Late => t.print_why_late,
        LeftOver::Failed => t.print_why_failed,
    }
}

/// The part of the outbox that is about print runs.
pub(crate) async fn of_outbox(state: &WebState, visit: &Visit, actor: &Actor) -> Result<PrintRunsView, Problem> {
    let t = visit.frame.t;
    let waiting = state.cases.unprinted_documents(actor).await.map_err(of_office)?;
    let runs = state.cases.print_runs(actor).await.map_err(of_office)?;
    let words = match waiting {
        0 => None,
        1 => Some(t.print_waits_one.to_owned()),
        // An envelope more would not fit into one run.
        many if many + 2 > MOST_PRINTED => Some(fill(t.print_waits_most, "n", count(many))),
        many => Some(fill(t.print_waits, "n", count(many))),
    };
    Ok(PrintRunsView {
        start: words,
        runs: runs
            .iter()
            .map(|run| PrintRunLine {
                href: href(run.number),
                title: fill(t.print_title, "n", run.number),
                started: run.started_at.german(),
                by: run.started_by.name.clone(),
                standing: standing(t, run.standing),
            })
            .collect(),
    })
}

/// `GET /amt/postausgang/drucklauf`: after a login on the way, back to the outbox.
pub(crate) async fn start_shown(visit: Visit) -> Result<Response, Problem> {
    visit.official()?;
    Ok(Redirect::to("/amt/postausgang").into_response())
}

/// `POST /amt/postausgang/drucklauf`
pub(crate) async fn start(State(state): State<WebState>, visit: Visit, _posted: Posted) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    match state.cases.start_print_run(actor, MOST_SHEETS).await {
        Ok(number) => Ok(Redirect::to(&href(number)).into_response()),
        // Nothing waits any more, or a colleague was first: the outbox says which.
        Err(CaseError::Input(_)) => Ok(Redirect::to("/amt/postausgang?meldung=drucklauf").into_response()),
        Err(error) => Err(of_office(error)),
    }
}

/// `GET /amt/postausgang/drucklauf/{number}`: nothing is opened.
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(number): Path<String>,
    Query(query): Query<PrintQuery>,
) -> Result<Response, Problem> {
    let number = number.parse().map_err(|_| Problem::missing())?;
    let t = visit.frame.t;
    let message = match query.meldung.as_deref() {
        Some("verworfen") => Some(t.print_discarded.to_owned()),
        Some("anders") => Some(t.print_changed.to_owned()),
        _ => None,
    };
    shown(&state, &visit, number, message, None).await
}

async fn shown(
    state: &WebState,
    visit: &Visit,
    number: u64,
    message: Option<String>,
    error: Option<String>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let t = visit.frame.t;
    let run = state.cases.print_run(actor, number).await.map_err(of_office)?;
    let line = &run.line;
    let said = |text: &str, done: u64, all: u64| {
        let words = fill(&fill(text, "n", count(done)), "all", count(all));
        (words, Progress { done, all })
    };
    let (noted, envelopes) = (run.noted as u64, run.envelopes as u64);
    let working = match line.standing {
        PrintStanding::Making => Some(said(t.print_done_making, line.printed, line.documents)),
        PrintStanding::Posting => Some(said(t.print_done_posting, noted, envelopes)),
        PrintStanding::Recalling => Some(said(t.print_done_recalling, noted, envelopes)),
        PrintStanding::Made | PrintStanding::Posted | PrintStanding::Erased => None,
    };
    let erased = line.standing == PrintStanding::Erased;
    let sheets: u64 = run.files.iter().map(|file| file.sheets).sum();
    let mut facts = vec![
        Fact::new(t.print_started, line.started_at.german()),
        Fact::new(t.print_by, line.started_by.name.clone()),
        Fact::new(t.print_envelopes, count(envelopes)),
        Fact::new(t.print_sheets, count(sheets)),
    ];
    if let Some(day) = run.posted {
        facts.push(Fact::new(t.outbox_day, german_date(day)));
    }
    if !erased {
        facts.push(Fact::new(t.print_kept, german_date(run.kept_until)));
    }
    let made = line.standing == PrintStanding::Made;
    let own = href(number);
    let view = PrintRunView {
        title: fill(t.print_title, "n", number),
        standing: standing(t, line.standing),
        working,
        facts,
        files: run
            .files
            .iter()
            .map(|file| PrintFileLine {
                title: fill(t.print_file, "n", file.number),
                href: (!erased).then(|| format!("{own}/{}.pdf", file.number)),
                envelopes: count(file.envelopes as u64),
                documents: count(file.documents),
                sheets: count(file.sheets),
            })
            .collect(),
        left: run
            .left
            .iter()
            .map(|left| PrintLeftLine {
                place: fill(&fill(t.print_place, "file", left.file), "n", left.number),
                reference: left.reference.clone().unwrap_or_else(|| t.print_no_case.to_owned()),
                why: why(t, left.why),
            })
            .collect(),
        left_words: match made && run.posted.is_none() {
            true => (t.print_out, t.print_out_lead),
            false => (t.print_left, t.print_left_lead),
        },
        post: (made && !run.files.is_empty())
            .then(|| (line.started_at.date().to_string(), state.cases.now().date().to_string())),
        recall: line.standing == PrintStanding::Posted,
        discard: matches!(line.standing, PrintStanding::Making | PrintStanding::Made),
        stuck: run.stuck,
        erased: erased.then_some(match run.posted {
            Some(_) => t.print_erased_posted,
            None => t.print_erased,
        }),
        message,
        error,
        href: own,
    };
    let status = match view.error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let answer = page(
        status,
        &PrintRunPage {
            f: &visit.frame_at(&view.href),
            v: &view,
        },
    );
    Ok(match view.working {
        Some(_) if !view.stuck => Framing::Watches.mark(answer),
        _ => answer,
    })
}

/// `POST /amt/postausgang/drucklauf/{number}`: posted on a day, not posted after all, given up, or tried again.
pub(crate) async fn posted(
    State(state): State<WebState>,
    visit: Visit,
    Path(number): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let number: u64 = number.parse().map_err(|_| Problem::missing())?;
    // The policy is asked before the form is judged: another role learns nothing from it.
    state.cases.print_run(actor, number).await.map_err(of_office)?;
    let (done, message) = match posted.get("was") {
        Some("irrtum") => (state.cases.recall_print_run(actor, number).await, ""),
        Some("weiter") => (state.cases.retry_print_run(actor, number).await, ""),
        Some("verwerfen") => (state.cases.discard_print_run(actor, number).await, "?meldung=verworfen"),
        _ => {
            let day = posted.get("tag").and_then(|day| day.trim().parse::<Date>().ok());
            let Some(day) = day else {
                let words = visit.frame.t.print_day_wrong.to_owned();
                return shown(&state, &visit, number, None, Some(words)).await;
            };
            (state.cases.post_print_run(actor, number, day).await, "")
        }
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{}{message}", href(number))).into_response()),
        Err(CaseError::Input(words)) => shown(&state, &visit, number, None, Some(words)).await,
        // A second click, or a colleague: the page says how it stands.
        Err(CaseError::Stale) => Ok(Redirect::to(&format!("{}?meldung=anders", href(number))).into_response()),
        Err(error) => Err(of_office(error)),
    }
}

/// `GET /amt/postausgang/drucklauf/{number}/{file}.pdf`: opened under a record, and so is a refusal.
pub(crate) async fn saved(
    State(state): State<WebState>,
    visit: Visit,
    Path((number, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let number = number.parse::<u64>().map_err(|_| Problem::missing())?;
    let of_run = name.strip_suffix(".pdf").and_then(|file| file.parse::<usize>().ok());
    let of_run = of_run.ok_or_else(Problem::missing)?;
    let bytes = state.cases.print_file(actor, number, of_run).await?;
    Ok(file(
        "application/pdf",
        &format!("Drucklauf-{number}-{of_run}.pdf"),
        bytes,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        fn check(number: u64, expected: &str) {
            assert_eq!(count(number), expected);
        }
        check(0, "0");
        check(999, "999");
        check(1_000, "1.000");
        check(10_000, "10.000");
        check(1_234_567, "1.234.567");
    }
}
