//! "Mein Bereich": cases and mailbox.

pub(crate) use super::cockpit::purpose_words;
use super::{authority_name, day, service_title};
use crate::problem::Problem;
use crate::render::{MinePage, ok};
use crate::state::WebState;
use crate::texts::{Lang, Texts, fill};
use crate::view::Tone;
use crate::view::portal::{CaseItem, DraftItem, EnclosureItem, MineView, NoticeItem};
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseSummary, LetterKind, NoticeSummary, OBJECTION_SERVICE, Status};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, NoticeId};

/// The path of a person's case.
pub(crate) fn case_path(authority: AuthorityId, case: CaseId) -> String {
    format!("/mein-bereich/vorgang/{authority}/{case}")
}

/// Tone, word and sentence for a status.
fn status(t: &'static Texts, status: Status) -> (Tone, &'static str, &'static str) {
    match status {
        Status::Draft => (Tone::Info, t.status_draft, t.status_draft_next),
        Status::InReview => (Tone::Warn, t.status_review, t.status_review_next),
        Status::PapersWanted => (Tone::Warn, t.status_papers, t.status_papers_next),
        Status::Decided => (Tone::Good, t.status_decided, t.status_decided_next),
        Status::Contested => (Tone::Warn, t.status_contested, t.status_contested_next),
        Status::Final => (Tone::Good, t.status_final, t.status_final_next),
        Status::Withdrawn => (Tone::Info, t.status_withdrawn, t.status_withdrawn_next),
        Status::Closed => (Tone::Info, t.status_closed, t.status_closed_next),
    }
}

/// As [`status`], of a case of this service: an objection speaks of itself.
pub(crate) fn status_of(t: &'static Texts, service: &str, of: Status) -> (Tone, &'static str, &'static str) {
    let (tone, word, next) = status(t, of);
    match of {
        _ if service != OBJECTION_SERVICE => (tone, word, next),
        // Its notice does not become final: what was decided stands there.
        Status::Final => (Tone::Info, t.status_closed, t.status_objection_final_next),
        Status::InReview => (tone, word, t.status_objection_review_next),
        Status::Decided => (tone, word, t.status_objection_decided_next),
        Status::Withdrawn => (tone, word, t.status_objection_withdrawn_next),
        _ => (tone, word, next),
    }
}

/// What the query of "Mein Bereich" may say.
#[derive(Deserialize, Default)]
pub(crate) struct MineQuery {
    meldung: Option<String>,
}

/// A case in a list.
pub(crate) fn item(state: &WebState, visit: &Visit, case: &CaseSummary) -> CaseItem {
    let t = visit.frame.t;
    let (tone, word, next) = status_of(t, &case.service, case.status);
    CaseItem {
        href: case_path(case.authority, case.case),
        reference: case.reference.clone().unwrap_or_default(),
        title: service_title(state, &case.service, visit.lang),
        authority: authority_name(state, case.authority),
        tone,
        status: word.to_owned(),
        next: next.to_owned(),
        sent: case.submitted_at.map(|at| day(t, at)).unwrap_or_default(),
        about: case.about.as_ref().map_or_else(String::new, |(service, reference)| {
            let about = fill(t.mine_about, "service", service_title(state, service, visit.lang));
            fill(&about, "n", reference)
        }),
    }
}

/// What a message in the mailbox is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letter {
    /// The decision itself.
    Decision,
    /// What comes with a decision.
    Enclosure,
    /// A letter on the way.
    Other,
}

/// What a message is to its reader.
pub(crate) fn kind(notice: &NoticeSummary) -> Letter {
    match notice.kind {
        LetterKind::Decision | LetterKind::ObjectionDecision => Letter::Decision,
        LetterKind::Enclosure => Letter::Enclosure,
        LetterKind::Request | LetterKind::Reminder | LetterKind::Other => Letter::Other,
    }
}

fn pdf_path(notice: &NoticeSummary) -> String {
    format!("/bescheid/{}/{}.pdf", notice.authority, notice.notice)
}

fn easy(notice: &NoticeSummary) -> bool {
    notice.template.ends_with("-leicht")
}

fn notice(state: &WebState, visit: &Visit, notice: &NoticeSummary, with: &[&NoticeSummary]) -> NoticeItem {
    let service = service_title(state, &notice.service, visit.lang);
    let t = visit.frame.t;
    let kind = kind(notice);
    let title = match kind {
        Letter::Decision if notice.kind == LetterKind::ObjectionDecision => t.mine_objection_title,
        Letter::Decision => t.mine_notice_title,
        Letter::Enclosure if easy(notice) => t.mine_easy_title,
        Letter::Enclosure => t.mine_enclosure_title,
        Letter::Other => t.mine_letter_title,
    };
    let enclosures = with.iter().map(|with| EnclosureItem {
        href: pdf_path(with),
        title: if easy(with) { t.mine_easy } else { t.mine_enclosure }.to_owned(),
        pending: !with.ready,
    });
    NoticeItem {
        href: pdf_path(notice),
        title: fill(title, "service", service),
        authority: authority_name(state, notice.authority),
        date: day(t, notice.issued_at),
        reference: notice.reference.clone(),
        letter: kind == Letter::Other,
        pending: !notice.ready,
        unread: notice.ready && notice.read_at.is_none() && notice.replaced_at.is_none(),
        replaced: notice
            .replaced_at
            .map(|at| fill(t.mine_replaced_by, "date", day(t, at))),
        code: notice.code.clone(),
        enclosures: enclosures.collect(),
    }
}

/// Messages for people: what came together, a notice and the same in Leichte Sprache, is one item.
pub(crate) fn grouped(state: &WebState, visit: &Visit, notices: &[NoticeSummary]) -> Vec<NoticeItem> {
    let together = |a: &NoticeSummary, b: &NoticeSummary| a.case == b.case && a.issued_at == b.issued_at;
    let (main, enclosures): (Vec<_>, Vec<_>) = notices.iter().partition(|known| kind(known) != Letter::Enclosure);
    notices
        .iter()
        .filter_map(|known| match kind(known) {
            Letter::Enclosure if main.iter().any(|main| together(main, known)) => None,
            Letter::Enclosure | Letter::Other => Some(notice(state, visit, known, &[])),
            Letter::Decision => {
                let with: Vec<_> = enclosures
                    .iter()
                    .copied()
                    .filter(|with| together(known, with))
                    .collect();
                Some(notice(state, visit, known, &with))
            }
        })
        .collect()
}

/// A draft to go on with.
pub(crate) fn draft_item(state: &WebState, lang: Lang, draft: &CaseSummary) -> DraftItem {
    DraftItem {
        base: super::draft::base(draft.authority, draft.case),
        help: super::help::path(draft.authority, draft.case),
        title: format!(
            "{}, {}",
            service_title(state, &draft.service, lang),
            authority_name(state, draft.authority)
        ),
        changed: draft.updated_at.words(lang),
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
    let (cases, notices, helped) = tokio::try_join!(
        state.cases.my_cases(person),
        state.cases.mailbox(person),
        state.cases.helped_cases(person),
    )?;
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
        notices: grouped(&state, &visit, &notices),
        helped: super::help::items(&state, &visit, &helped),
        message,
    };
    Ok(ok(&MinePage {
        f: &visit.frame,
        v: &view,
    }))
}

/// A file as an answer: never shown inside our pages, never kept by the browser, scripts in it never run.
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
