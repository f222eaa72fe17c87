//! The period for objection runs from the day a notice left the house (docs/decisions/0006): it is computed when that is recorded, not
//! when the notice is made.

use wegfrei_model::deadline::{self as legal, Dispatch, Objection, Procedure, Remedy};
use wegfrei_model::{AuthorityId, CaseId, NoticeId, Timestamp};
use wegfrei_packages::Package;

use super::Dispatched;
use crate::error::CaseError;
use crate::event::{Channel, Event};
use crate::file::Plan;
use crate::state::{CaseState, Notice, OBJECTION};
use crate::{contents::process_of, deadline};

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
        due = due.max(objection_end(package.manifest().procedure, dispatched)?);
    }
    if !new {
        // What left the house now is another letter; the period runs already.
        return Ok(());
    }
    let Some(due) = due else { return Ok(()) };
    let process = process_of(state)?;
    for running in &state.deadlines {
        let timer = process.timers.iter().find(|timer| timer.element == running.element);
        let Some(timer) = timer.filter(|_| running.runs() && running.name == OBJECTION) else {
            continue;
        };
        // The end is part of the job's name: a period that is set anew gets a job of its own, and the job of the old end finds a later one
        // and is done.
        let again = format!("/{}", due.as_micros());
        plan.jobs.push(deadline::job(
            authority,
            case,
            &running.element,
            timer.token,
            due,
            &again,
        ));
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
