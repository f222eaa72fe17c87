//! "Wer hat meine Daten gesehen?": the records of a person's data.

use super::authority_name;
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{AccessesPage, ok, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Paging;
use crate::view::cockpit::{AccessFilter, AccessItem, AccessesView};
use crate::view::form::Choice;
use crate::visit::Visit;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::AccessRecord;
use wegfrei_identity::Purpose;
use wegfrei_model::time::parse_date;
use wegfrei_model::{AuthorityId, Date};

/// Records on one page of "who saw what".
const RECORDS: u64 = 25;
/// Longest part of a reference that is searched for.
const MOST_REFERENCE: usize = 40;

/// What the query may say: codes and days, and a reference, which names nobody. Everything left out: all.
#[derive(Deserialize, Default)]
pub(crate) struct AccessQuery {
    behoerde: Option<String>,
    zweck: Option<String>,
    von: Option<String>,
    bis: Option<String>,
    verweigert: Option<String>,
    eigene: Option<String>,
    aktenzeichen: Option<String>,
    nach: Option<String>,
}

/// What is asked for, read.
#[derive(Clone, Default)]
struct Wanted {
    authority: Option<AuthorityId>,
    purpose: Option<Purpose>,
    from: Option<Date>,
    to: Option<Date>,
    refused: bool,
    /// One's own looks too: they would fill the list and hide those of others.
    own: bool,
    reference: String,
}

/// A part of a reference; `None` when it cannot be one.
fn reference(text: &str) -> Option<String> {
    let text = text.trim().to_uppercase();
    let fine = text.len() <= MOST_REFERENCE && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    fine.then_some(text)
}

impl Wanted {
    /// What cannot be read is not asked for: an old or mistyped address shows all.
    fn of(field: impl Fn(&str) -> Option<String>) -> Wanted {
        let day = |name| field(name).and_then(|text| parse_date(&text).ok());
        let purpose = field("zweck");
        Wanted {
            authority: field("behoerde").and_then(|text| AuthorityId::parse(&text).ok()),
            purpose: Purpose::ALL
                .into_iter()
                .find(|known| Some(known.code()) == purpose.as_deref()),
            from: day("von"),
            to: day("bis"),
            refused: field("verweigert").is_some(),
            own: field("eigene").is_some(),
            reference: field("aktenzeichen")
                .and_then(|text| reference(&text))
                .unwrap_or_default(),
        }
    }

    fn query(&self) -> wegfrei_cases::AccessQuery {
        wegfrei_cases::AccessQuery {
            authority: self.authority,
            purpose: self.purpose,
            from: self.from,
            to: self.to,
            text: self.reference.clone(),
            refused_only: self.refused,
            others_only: !self.shows_own(),
        }
    }

    /// Who asks for the purpose of one's own looks wants to see them.
    fn shows_own(&self) -> bool {
        self.own || self.purpose == Some(Purpose::OwnData)
    }

    /// The address of the same with one's own looks; `None` where they are shown.
    fn with_own(&self) -> Option<String> {
        let with = Wanted {
            own: true,
            ..self.clone()
        };
        (!self.shows_own()).then(|| with.href(None))
    }

    /// The address of what is asked for, from a place on.
    fn href(&self, after: Option<&str>) -> String {
        let mut query: Vec<String> = Vec::new();
        let mut add = |name: &str, value: Option<String>| query.extend(value.map(|value| format!("{name}={value}")));
        add("behoerde", self.authority.map(|authority| authority.to_string()));
        add("zweck", self.purpose.map(|purpose| purpose.code().to_owned()));
        add("von", self.from.map(|day| day.to_string()));
        add("bis", self.to.map(|day| day.to_string()));
        add("verweigert", self.refused.then(|| "ja".to_owned()));
        add("eigene", self.own.then(|| "ja".to_owned()));
        add(
            "aktenzeichen",
            Some(self.reference.clone()).filter(|text| !text.is_empty()),
        );
        add("nach", after.map(str::to_owned));
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/mein-bereich/zugriffe{mark}{}", query.join("&"))
    }

    fn view(&self, state: &WebState, t: &'static Texts, mut known: Vec<AuthorityId>) -> AccessFilter {
        known.extend(self.authority);
        known.sort_unstable();
        known.dedup();
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        AccessFilter {
            authorities: known
                .into_iter()
                .map(|authority| Choice {
                    value: authority.to_string(),
                    label: authority_name(state, authority),
                    chosen: self.authority == Some(authority),
                })
                .collect(),
            purposes: Purpose::ALL
                .into_iter()
                .map(|purpose| Choice {
                    value: purpose.code().to_owned(),
                    label: purpose_words(t, purpose.code()),
                    chosen: self.purpose == Some(purpose),
                })
                .collect(),
            from: day(self.from),
            to: day(self.to),
            refused: self.refused,
            own: self.own,
            with_own: self.with_own(),
            reference: self.reference.clone(),
            error: None,
            any: self.href(None).contains('?'),
        }
    }
}

pub(crate) fn part(t: &'static Texts, code: &str) -> &'static str {
    match code {
        "form" => t.accesses_part_form,
        "paper" => t.accesses_part_paper,
        "paper-name" => t.accesses_part_paper_name,
        "pdf" => t.accesses_part_pdf,
        "decision" => t.accesses_part_decision,
        "verdict" => t.accesses_part_verdict,
        "letter" => t.accesses_part_letter,
        "contact" => t.accesses_part_contact,
        "payments" => t.accesses_part_payments,
        "file" => t.accesses_part_payment_file,
        "print-file" => t.accesses_part_print_file,
        "helper" => t.accesses_part_helper,
        _ => t.accesses_part_other,
    }
}

fn purpose_of(recorded: &str) -> Option<Purpose> {
    Purpose::ALL
        .into_iter()
        .find(|purpose| purpose.code() == recorded || purpose.german() == recorded)
}

/// The words for a purpose; the record holds its code or its German words.
pub(crate) fn purpose_words(t: &'static Texts, recorded: &str) -> String {
    match purpose_of(recorded) {
        Some(Purpose::OwnData) => t.purpose_own_data.to_owned(),
        Some(Purpose::CaseWork) => t.purpose_case_work.to_owned(),
        Some(Purpose::CitizenQuestion) => t.purpose_citizen_question.to_owned(),
        Some(Purpose::LegalRemedy) => t.purpose_legal_remedy.to_owned(),
        Some(Purpose::Supervision) => t.purpose_supervision.to_owned(),
        Some(Purpose::NoticeRendering) => t.purpose_delivery.to_owned(),
        Some(Purpose::ProcessStep) => t.purpose_automatic.to_owned(),
        Some(Purpose::Notification) => t.purpose_notification.to_owned(),
        Some(Purpose::Dispatch) => t.purpose_dispatch.to_owned(),
        Some(Purpose::Payment) => t.purpose_payment.to_owned(),
        Some(Purpose::Assistance) => t.purpose_assistance.to_owned(),
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
        time: record.time.words(t.language),
        at: record.time.to_string(),
        who: record.who.clone(),
        authority: authority_name(state, record.authority),
        purpose: purpose_words(t, &record.purpose),
        what,
        refused: !record.granted,
        own: record.who == "Sie selbst",
        proof: super::proof::path(record.authority, record.seq),
    }
}

/// `GET /mein-bereich/zugriffe`
pub(crate) async fn accesses(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<AccessQuery>,
) -> Result<Response, Problem> {
    let person = visit.person()?;
    let wanted = Wanted::of(|name| match name {
        "behoerde" => query.behoerde.clone(),
        "zweck" => query.zweck.clone(),
        "von" => query.von.clone(),
        "bis" => query.bis.clone(),
        "verweigert" => query.verweigert.clone(),
        "eigene" => query.eigene.clone(),
        _ => query.aktenzeichen.clone(),
    });
    let asked = wanted.query();
    let (found, known) = tokio::try_join!(
        state.cases.access_page(person, &asked, query.nach.as_deref(), RECORDS),
        state.cases.access_authorities(person),
    )?;
    let view = AccessesView {
        filter: wanted.view(&state, visit.frame.t, known),
        items: found
            .items
            .iter()
            .map(|record| access(&state, &visit, record))
            .collect(),
        paging: Paging {
            first: query.nach.as_ref().map(|_| wanted.href(None)),
            next: found.next.map(|next| wanted.href(Some(&next))),
        },
    };
    Ok(ok(&AccessesPage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `POST /mein-bereich/zugriffe`: what was chosen becomes an address; what was typed only when it can be a reference.
pub(crate) async fn choose(State(state): State<WebState>, visit: Visit, posted: Posted) -> Result<Response, Problem> {
    let person = visit.person()?;
    let wanted = Wanted::of(|name| posted.get(name).map(str::to_owned).filter(|text| !text.is_empty()));
    let typed = posted.get("aktenzeichen").unwrap_or_default();
    if reference(typed).is_some() {
        return Ok(Redirect::to(&wanted.href(None)).into_response());
    }
    let known = state.cases.access_authorities(person).await?;
    let t = visit.frame.t;
    let view = AccessesView {
        filter: AccessFilter {
            reference: typed.chars().take(MOST_REFERENCE).collect(),
            error: Some(t.accesses_filter_reference_wrong.to_owned()),
            any: true,
            ..wanted.view(&state, t, known)
        },
        ..AccessesView::default()
    };
    Ok(page(
        StatusCode::UNPROCESSABLE_ENTITY,
        &AccessesPage {
            f: &visit.frame_at("/mein-bereich/zugriffe"),
            v: &view,
        },
    ))
}
