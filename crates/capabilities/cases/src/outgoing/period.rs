//! The period for objection runs from the day a notice left the house (docs/decisions/0006): it is computed when that is recorded, not
//! when the notice is made.

use wegfrei_model::deadline::{self as legal, Dispatch, Objection, Procedure, Remedy};
use wegfrei_model::{AuthorityId, CaseId, NoticeId, Timestamp};
use wegfrei_packages::Package;
use wegfrei_store::jobs::NewJob;

use super::Dispatched;
use crate::error::CaseError;
use crate::event::{Channel, Event};
use crate::file::Plan;
use crate::jobs;
use crate::state::{CaseState, Notice};

/// The legal name of the period that waits for dispatch.
pub(crate) const OBJECTION: &str = "rechtsbehelfsfrist";

/// Which law counts. One place, so that `[procedure] law` of package.toml can say it.
pub(crate) fn law(_package: &Package) -> Procedure {
    Procedure::Ao
}

/// First instant after the period for objection against a notice that left the house like this; `None` when the law does not take it
/// for notified (an offer not fetched, § 41 Abs. 2a Satz 4 VwVfG).
pub(crate) fn objection_end(law: Procedure, dispatched: Dispatched) -> Result<Option<Timestamp>, CaseError> {
    let failed = |error: legal::DeadlineError| CaseError::Package(error.to_string());
    let day = dispatched.day;
    let dispatch = match dispatched.channel {
        Channel::Email => Dispatch::Offered { day },
        Channel::Letter => Dispatch::Post(day),
    };
    let Some(notified) = legal::notified_on(law, dispatch).map_err(failed)? else {
        return Ok(None);
    };
    let objection = Objection::from(notified, Remedy::Widerspruch, true).map_err(failed)?;
    Ok(Some(objection.end()))
}

/// The main letters issued last: what the running period is about.
fn newest<'s>(state: &'s CaseState, package: &Package) -> impl Iterator<Item = &'s Notice> {
    let main = package.notice_template().to_owned();
    let last = state
        .notices
        .iter()
        .filter(|notice| notice.template == main)
        .map(|notice| notice.issued_at)
        .max();
    state
        .notices
        .iter()
        .filter(move |notice| notice.template == main && Some(notice.issued_at) == last)
}

/// Whether the period may end: the notice it is about has left the house.
pub(crate) fn has_begun(state: &CaseState, package: &Package) -> bool {
    newest(state, package).all(|notice| state.outgoing.dispatched.contains_key(&notice.id))
}

/// Sets the running periods for objection anew when `notices` leave the house now.
pub(crate) fn reckon(
    state: &CaseState,
    package: &Package,
    authority: AuthorityId,
    case: CaseId,
    notices: &[NoticeId],
    now: Dispatched,
    plan: &mut Plan,
) -> Result<(), CaseError> {
    let (mut due, mut new) = (None, false);
    for notice in newest(state, package) {
        let dispatched = match state.outgoing.dispatched.get(&notice.id) {
            Some(known) => *known,
            None if notices.contains(&notice.id) => {
                new = true;
                now
            }
            // A part of it is still in the house.
            None => return Ok(()),
        };
        due = due.max(objection_end(law(package), dispatched)?);
    }
    if !new {
        // What left the house now is another letter; the period runs already.
        return Ok(());
    }
    let Some(due) = due else { return Ok(()) };
    for running in &state.deadlines {
        if running.passed || running.name != OBJECTION {
            continue;
        }
        plan.jobs.push(job(authority, case, &running.element, due));
        if running.due != due {
            plan.push(Event::DeadlineSet {
                element: running.element.clone(),
                name: running.name.clone(),
                due,
            });
        }
    }
    Ok(())
}

/// The job of one end of a deadline. The end is part of its name: a deadline that is set anew gets a job of its own, and the job of the
/// old end finds a later one and is done.
fn job(authority: AuthorityId, case: CaseId, element: &str, due: Timestamp) -> NewJob {
    NewJob {
        authority: authority.to_string(),
        id: format!("{}/{case}/{element}/{}", jobs::DEADLINE, due.as_micros()),
        kind: jobs::DEADLINE.to_owned(),
        payload: serde_json::json!({ "case": case, "element": element }).to_string(),
        run_after: due.as_micros(),
        max_attempts: jobs::ATTEMPTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_it_left_the_house_counts() {
        fn check(channel: Channel, day: &str, expected: &str) {
            let dispatched = Dispatched {
                channel,
                day: day.parse().unwrap(),
                at: Timestamp::EPOCH,
            };
            let end = objection_end(Procedure::Ao, dispatched).unwrap().unwrap();
            assert_eq!(end.to_string(), expected, "{channel:?} {day}");
        }
        // Wednesday 18 March 2026, four days: Sunday the 22nd, so Monday the 23rd; one month: Thursday 23 April, in summer time.
        check(Channel::Email, "2026-03-18", "2026-04-23T22:00:00.000000Z");
        check(Channel::Letter, "2026-03-18", "2026-04-23T22:00:00.000000Z");
        // Two days later: Tuesday the 24th.
        check(Channel::Letter, "2026-03-20", "2026-04-24T22:00:00.000000Z");
        // Before 2025 three days: Monday 21 October 2024, so Thursday the 24th; one month: Sunday, so Monday 25 November.
        check(Channel::Letter, "2024-10-21", "2024-11-25T23:00:00.000000Z");
    }
}
