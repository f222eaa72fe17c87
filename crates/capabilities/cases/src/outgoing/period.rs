//! Periods run from the day a letter left the house (docs/decisions/0006): they are computed when that is recorded, not when the letter is
//! made.

use wegfrei_model::deadline::{self as legal, Dispatch, Objection, Procedure, Remedy};
use wegfrei_model::{AuthorityId, CaseId, Date, NoticeId, Timestamp};
use wegfrei_packages::Package;

use super::Dispatched;
use crate::contents::{gone_out, process_of};
use crate::deadline;
use crate::error::CaseError;
use crate::event::{Channel, Event};
use crate::file::Plan;
use crate::state::{COOPERATION, CaseState, Notice, OBJECTION, REMINDER, SUIT};
use crate::timing::reminder;

fn failed(error: impl std::fmt::Display) -> CaseError {
    CaseError::Package(error.to_string())
}

/// First instant after the period for objection (or for suing, § 74 Abs. 1 VwGO: as long, from service on) against a notice that left the house like this: one month after notification by the
/// package's law (§ 70 Abs. 1 VwGO; for social benefits through § 62 SGB X; § 13 KAG LSA does not take over the Einspruch), or after the
/// day of delivery. `None` when the law does not take it for notified (an offer not fetched, § 41 Abs. 2a Satz 4 VwVfG).
pub(crate) fn objection_end(law: Procedure, dispatched: Dispatched) -> Result<Option<Timestamp>, CaseError> {
    let day = dispatched.day;
    let notified = match dispatched.channel {
        _ if dispatched.served => Some(day),
        Channel::Email => legal::notified_on(law, Dispatch::Offered { day }).map_err(failed)?,
        Channel::Letter => legal::notified_on(law, Dispatch::Post(day)).map_err(failed)?,
    };
    let Some(notified) = notified else {
        return Ok(None);
    };
    let objection = Objection::from(notified, Remedy::Widerspruch, true).map_err(failed)?;
    Ok(Some(objection.end()))
}

/// When a request counts as notified, and the last day for its answer: as many days after that as the caseworker gave after asking, not
/// before the day they named, and a working day (§ 26 Abs. 3 SGB X, § 31 Abs. 3 VwVfG, § 108 Abs. 3 AO). Without the warning of § 66
/// Abs. 3 SGB I in the person's hands no period is reasonable. Both ways count alike: the fourth day. A request is no administrative act,
/// so that § 41 Abs. 2a VwVfG does not ask for it to be fetched.
fn answer_end(law: Procedure, (asked, named): (Date, Date), dispatched: Date) -> Result<(Date, Date), CaseError> {
    let notified = legal::notified_on(law, Dispatch::Post(dispatched)).map_err(failed)?;
    let notified = notified.ok_or_else(|| failed("a letter that is never notified"))?;
    let given = asked.until(named).map_err(failed)?;
    let last = notified.checked_add(given).map_err(failed)?.max(named);
    let last = legal::working_day_from(last).ok_or_else(|| failed("the calendar ends"))?;
    Ok((notified, last))
}

/// The last day for the answer to a request made today that leaves the house today, when the caseworker names `named`; `None` where the
/// calendar ends.
#[must_use]
pub fn answer_day(package: &Package, today: Date, named: Date) -> Option<Date> {
    let end = answer_end(package.manifest().procedure, (today, named), today);
    end.ok().map(|(_, last)| last)
}

/// The end of the period for objection to the newest decision whose letters left the house while it was being made anew, since `since`: no
/// period ran then that could have been set. `None` when they had left before, or have not.
pub(crate) fn begun_since(
    state: &CaseState,
    package: &Package,
    since: Timestamp,
) -> Result<Option<Timestamp>, CaseError> {
    let gone = gone_out(state);
    if gone.iter().all(|dispatched| dispatched.at < since) {
        return Ok(None);
    }
    last_end(package.manifest().procedure, &gone)
}

/// The end of the period for objection to letters that left the house like this: of the last one.
fn last_end(law: Procedure, gone: &[Dispatched]) -> Result<Option<Timestamp>, CaseError> {
    let mut end = None;
    for dispatched in gone {
        end = end.max(objection_end(law, *dispatched)?);
    }
    Ok(end)
}

/// How the letters that set a period going have left the house, when the last of them does so now.
fn gone<'s>(
    state: &CaseState,
    letters: impl Iterator<Item = &'s Notice>,
    notices: &[NoticeId],
    now: Dispatched,
) -> Option<Vec<Dispatched>> {
    let (mut gone, mut new) = (Vec::new(), false);
    for letter in letters {
        match state.outgoing.dispatched.get(&letter.id) {
            Some(known) => gone.push(*known),
            None if notices.contains(&letter.id) => {
                new = true;
                gone.push(now);
            }
            // A part of it is still in the house.
            None => return None,
        }
    }
    // Else what left the house now is another letter; the period runs already.
    new.then_some(gone)
}

/// Sets the running periods anew when `notices` leave the house now.
pub(crate) fn reckon(
    state: &CaseState,
    package: &Package,
    authority: AuthorityId,
    case: CaseId,
    notices: &[NoticeId],
    now: Dispatched,
    plan: &mut Plan,
) -> Result<(), CaseError> {
    let law = package.manifest().procedure;
    let mut set = |name: &str, due| set_anew(state, (authority, case), (name, due), plan);
    if let Some(gone) = gone(state, state.main_letters(), notices, now)
        && let Some(due) = last_end(law, &gone)?
    {
        set(OBJECTION, due)?;
        set(SUIT, due)?;
    }
    let asked = state.requests.last().filter(|_| state.open_supply().is_some());
    if let Some(request) = asked
        && let Some(gone) = gone(state, state.request_letters(request), notices, now)
    {
        let mut end = None;
        for dispatched in gone {
            let days = (request.at.date(), request.named);
            end = end.max(Some(answer_end(law, days, dispatched.day)?));
        }
        if let Some((notified, last)) = end {
            // What the desk has given stays given, also when the letter is noted as posted once more.
            let last = request.extended.map_or(last, |given| given.max(last));
            set(REMINDER, reminder((notified, last))?)?;
            set(COOPERATION, Timestamp::end_of_day(last))?;
        }
    }
    Ok(())
}

/// The applicant has until the end of `last` for the answer; the reminder goes out as long before it as always.
pub(crate) fn extend(
    state: &CaseState,
    of: (AuthorityId, CaseId),
    (today, last): (Date, Date),
    plan: &mut Plan,
) -> Result<(), CaseError> {
    set_anew(state, of, (REMINDER, reminder((today, last))?), plan)?;
    set_anew(state, of, (COOPERATION, Timestamp::end_of_day(last)), plan)
}

fn set_anew(
    state: &CaseState,
    (authority, case): (AuthorityId, CaseId),
    (name, due): (&str, Timestamp),
    plan: &mut Plan,
) -> Result<(), CaseError> {
    let process = process_of(state)?;
    for running in state
        .deadlines
        .iter()
        .filter(|known| known.runs() && known.name == name)
    {
        let Some(timer) = process.timers().find(|timer| timer.element == running.element) else {
            continue;
        };
        // The end is part of the job's name: a period that is set anew gets a job of its own, and the job of the old end finds a later one
        // and is done. So is the entry: a letter that was recalled and posted again may end on the same day.
        let again = format!("/{}/{}", due.as_micros(), state.stream_version);
        plan.jobs.push(deadline::job(
            authority,
            case,
            &running.element,
            timer.token,
            deadline::comes(name, due),
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
    fn the_days_of_a_request_count_from_its_notification() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let last = |named| {
            answer_end(Procedure::Sgb, (day("2026-11-29"), day(named)), day("2026-11-29"))
                .unwrap()
                .1
        };
        // Notified on 3 December, 29 days: 1 January, a holiday, then a weekend.
        assert_eq!(last("2026-12-28"), day("2027-01-04"));
        // 22 days: Christmas, then a weekend.
        assert_eq!(last("2026-12-21"), day("2026-12-28"));
    }

    #[test]
    fn the_day_it_left_the_house_counts() {
        fn check(channel: Channel, day: &str, expected: &str) {
            let dispatched = Dispatched {
                channel,
                served: false,
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
