//! "Mein Bereich": cases, mailbox, and who saw what.

use super::form::answers;
use super::{authority_name, day, service_title};
use crate::problem::Problem;
use crate::render::{AccessesPage, CasePage, MinePage, ok};
use crate::state::WebState;
use crate::texts::{Lang, Texts, fill};
use crate::view::case::CaseView;
use crate::view::portal::{AccessItem, AccessesView, CaseItem, DraftItem, MineView, NoticeItem};
use crate::view::{Paging, Tone};
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{AccessRecord, CaseSummary, NoticeSummary, Status};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, NoticeId};

/// Records on one page of "who saw what".
const RECORDS: usize = 25;
/// Newest records that can be paged through.
const MOST_RECORDS: usize = 2_000;

/// The path of a person's case.
pub(crate) fn case_path(authority: AuthorityId, case: CaseId) -> String {
    format!("/mein-bereich/vorgang/{authority}/{case}")
}

/// Tone, word and sentence for a status.
pub(crate) fn status(t: &'static Texts, status: Status) -> (Tone, &'static str, &'static str) {
    match status {
        Status::Draft => (Tone::Info, t.status_draft, t.status_draft_next),
        Status::InReview => (Tone::Warn, t.status_review, t.status_review_next),
        Status::PapersWanted => (Tone::Warn, t.status_papers, t.status_papers_next),
        Status::Decided => (Tone::Good, t.status_decided, t.status_decided_next),
        Status::Final => (Tone::Good, t.status_final, t.status_final_next),
        Status::Withdrawn => (Tone::Info, t.status_withdrawn, t.status_withdrawn_next),
        Status::Closed => (Tone::Info, t.status_closed, t.status_closed_next),
    }
}

/// What the query of "Mein Bereich" may say.
#[derive(Deserialize, Default)]
pub(crate) struct MineQuery {
    meldung: Option<String>,
    seite: Option<usize>,
    angaben: Option<String>,
}

fn item(state: &WebState, visit: &Visit, case: &CaseSummary) -> CaseItem {
    let (tone, word, next) = status(visit.frame.t, case.status);
    CaseItem {
        href: case_path(case.authority, case.case),
        reference: case.reference.clone().unwrap_or_default(),
        title: service_title(state, &case.service, visit.lang),
        authority: authority_name(state, case.authority),
        tone,
        status: word.to_owned(),
        next: next.to_owned(),
        sent: case.submitted_at.map(day).unwrap_or_default(),
    }
}

fn notice(state: &WebState, visit: &Visit, notice: &NoticeSummary) -> NoticeItem {
    let service = service_title(state, &notice.service, visit.lang);
    let t = visit.frame.t;
    let main = state
        .cases
        .catalogue()
        .package(&notice.service)
        .map(|package| package.notice_template());
    let title = match notice.template.as_str() {
        template if Some(template) == main => t.mine_notice_title,
        template if template.ends_with("-leicht") => t.mine_easy_title,
        _ => t.mine_enclosure_title,
    };
    NoticeItem {
        href: format!("/bescheid/{}/{}.pdf", notice.authority, notice.notice),
        title: fill(title, "service", service),
        authority: authority_name(state, notice.authority),
        date: day(notice.issued_at),
        reference: notice.reference.clone(),
        pending: !notice.ready,
        unread: notice.ready && notice.read_at.is_none(),
        code: notice.code.clone(),
    }
}

/// A draft to go on with.
pub(crate) fn draft_item(state: &WebState, lang: Lang, draft: &CaseSummary) -> DraftItem {
    DraftItem {
        base: super::draft::base(draft.authority, draft.case),
        title: format!(
            "{}, {}",
            service_title(state, &draft.service, lang),
            authority_name(state, draft.authority)
        ),
        changed: draft.updated_at.german(),
        changed_at: draft.updated_at.to_string(),
    }
}

/// `GET /mein-bereich`
pub(crate) async fn overview(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<MineQuery>,
) -> Result<Response, Problem> {
    if visit.frame.staff() {
        return Ok(Redirect::to(visit.frame.home()).into_response());
    }
    let person = visit.person()?;
    let (cases, notices) = tokio::try_join!(state.cases.my_cases(person), state.cases.mailbox(person))?;
    let t = visit.frame.t;
    let (drafts, sent): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.status == Status::Draft);
    let drafts = drafts
        .iter()
        .map(|draft| draft_item(&state, visit.lang, draft))
        .collect();
    let message = match query.meldung.as_deref() {
        Some("gespeichert") => Some(t.mine_draft_saved.to_owned()),
        Some("geloescht") => Some(t.mine_draft_discarded.to_owned()),
        _ => None,
    };
    let view = MineView {
        drafts,
        cases: sent.iter().map(|case| item(&state, &visit, case)).collect(),
        notices: notices.iter().map(|known| notice(&state, &visit, known)).collect(),
        message,
    };
    Ok(ok(&MinePage {
        f: &visit.frame,
        v: &view,
    }))
}

/// `GET /mein-bereich/vorgang/{authority}/{case}`
pub(crate) async fn case(
    State(state): State<WebState>,
    visit: Visit,
    Path((authority, case)): Path<(String, String)>,
    Query(query): Query<MineQuery>,
) -> Result<Response, Problem> {
    let person = visit.person()?;
    let authority = AuthorityId::parse(&authority).map_err(|_| Problem::missing())?;
    let case = CaseId::parse(&case).map_err(|_| Problem::missing())?;
    let (known, notices) = tokio::try_join!(
        state.cases.my_case(person, authority, case),
        state.cases.mailbox(person)
    )?;
    if known.status == Status::Draft {
        return Ok(Redirect::to(&super::draft::base(authority, case)).into_response());
    }
    let groups = match query.angaben {
        Some(_) => {
            let (data, _) = state.cases.my_application(person, authority, case).await?;
            let package = state
                .cases
                .catalogue()
                .package(&known.service)
                .ok_or_else(Problem::missing)?;
            answers(package.form(), &data, |_| String::new())
        }
        None => Vec::new(),
    };
    let due = known.due.filter(|_| known.status == Status::Decided);
    let view = CaseView {
        case: item(&state, &visit, &known),
        groups,
        notices: notices
            .iter()
            .filter(|notice| notice.case == case)
            .map(|known| notice(&state, &visit, known))
            .collect(),
        // The period ends with the last instant before this one.
        due: due.map(|due| day(due.saturating_sub(std::time::Duration::from_micros(1)))),
    };
    Ok(ok(&CasePage {
        f: &visit.frame,
        v: &view,
    }))
}

/// What was opened, in words.
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
        Some(Purpose::Notification) => t.purpose_notification.to_owned(),
        Some(Purpose::Dispatch) => t.purpose_dispatch.to_owned(),
        Some(Purpose::Payment) => t.purpose_payment.to_owned(),
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
        v: &AccessesView { items, paging },
    }))
}

/// A file as an answer: kept by the reader, never shown inside our pages; scripts in it never run.
pub(crate) fn file(kind: &str, name: &str, bytes: Vec<u8>) -> Response {
    given("attachment", kind, name, bytes)
}

/// A file to be shown in a page of the desk; only what browsers show safely, everything else is saved.
pub(crate) fn inline(kind: &str, name: &str, bytes: Vec<u8>) -> Response {
    let way = if SHOWN.contains(&kind) { "inline" } else { "attachment" };
    given(way, kind, name, bytes)
}

/// Media types that are named as what they are.
const SHOWN: [&str; 3] = ["application/pdf", "image/jpeg", "image/png"];

fn given(way: &str, kind: &str, name: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let known = SHOWN.into_iter().find(|known| *known == kind);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(known.unwrap_or("application/octet-stream")),
    );
    // RFC 6266 and RFC 8187: the name in UTF-8, percent-encoded.
    let encoded: String = name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    if let Ok(value) = HeaderValue::from_str(&format!("{way}; filename*=UTF-8''{encoded}")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(
        HeaderName::from_static("x-download-options"),
        HeaderValue::from_static("noopen"),
    );
    response
}

/// `GET /bescheid/{authority}/{notice}.pdf`
pub(crate) async fn pdf(
    State(state): State<WebState>,
    visit: Visit,
    Path((authority, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    // Staff open notices at the desk, where they say what for.
    let person = visit.person()?;
    let actor = Actor::Person(person);
    let authority = AuthorityId::parse(&authority).map_err(|_| Problem::missing())?;
    let notice = name
        .strip_suffix(".pdf")
        .and_then(|id| NoticeId::parse(id).ok())
        .ok_or_else(Problem::missing)?;
    let bytes = state
        .cases
        .notice_pdf(&actor, Purpose::OwnData, authority, notice)
        .await?;
    Ok(file("application/pdf", "Bescheid.pdf", bytes))
}
