//! What for somebody opened which case: asked once for each case, kept in a signed cookie of the session, never in an address. So no
//! link can choose for the reader, and another session's cookie is worth nothing.

use crate::state::WebState;
use crate::visit::{Jar, Visit, set};
use aws_lc_rs::hmac;
use axum::response::Response;
use std::time::Duration;
use wegfrei_identity::Purpose;
use wegfrei_model::{CaseId, Timestamp};

/// Cases remembered at once; the oldest choice is forgotten first.
const MOST: usize = 50;
/// How long a choice holds: a working day, so that nobody is asked in the middle of a long correction. Each opening is recorded with
/// it all the same.
const HOLDS: Duration = Duration::from_secs(12 * 3600);

struct Choice {
    case: CaseId,
    purpose: Purpose,
    until: Timestamp,
}

/// A purpose somebody at the desk may choose.
pub(crate) fn of_code(code: &str) -> Option<Purpose> {
    Purpose::from_code(code).filter(|purpose| Purpose::DESK.contains(purpose))
}

fn read(list: &str) -> Option<Vec<Choice>> {
    list.split('~')
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let mut parts = entry.splitn(3, '.');
            Some(Choice {
                case: CaseId::parse(parts.next()?).ok()?,
                purpose: of_code(parts.next()?)?,
                until: Timestamp::from_micros(parts.next()?.parse().ok()?).ok()?,
            })
        })
        .collect()
}

fn signed(state: &WebState, visit: &Visit, list: &str) -> Option<String> {
    let session = visit.session.as_ref()?;
    let text = format!("zweck\n{}\n{list}", session.fingerprint());
    let tag = hmac::sign(&state.key, text.as_bytes());
    Some(tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The choices that hold now; a cookie that is not ours holds nothing.
fn choices(state: &WebState, visit: &Visit) -> Vec<Choice> {
    let held = visit.purposes.as_deref().and_then(|cookie| {
        let (list, tag) = cookie.rsplit_once('~')?;
        let ours = signed(state, visit, list)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(ours.as_bytes(), tag.as_bytes()).ok()?;
        read(list)
    });
    let now = state.ambient.now();
    let mut held = held.unwrap_or_default();
    held.retain(|choice| choice.until > now);
    held
}

/// What the reader chose for this case.
pub(crate) fn chosen(state: &WebState, visit: &Visit, case: CaseId) -> Option<Purpose> {
    let held = choices(state, visit);
    held.iter()
        .find(|choice| choice.case == case)
        .map(|choice| choice.purpose)
}

/// Keeps a choice with the answer.
pub(crate) fn keep(state: &WebState, visit: &Visit, case: CaseId, purpose: Purpose, response: &mut Response) {
    let mut held = choices(state, visit);
    held.retain(|choice| choice.case != case);
    let until = state.ambient.now().saturating_add(HOLDS);
    held.push(Choice { case, purpose, until });
    let skip = held.len().saturating_sub(MOST);
    let entries: Vec<String> = held
        .iter()
        .skip(skip)
        .map(|choice| format!("{}.{}.{}", choice.case, choice.purpose.code(), choice.until.as_micros()))
        .collect();
    let list = entries.join("~");
    if let Some(tag) = signed(state, visit, &list) {
        set(response, state, Jar::Purposes, Some(format!("{list}~{tag}")));
    }
}
