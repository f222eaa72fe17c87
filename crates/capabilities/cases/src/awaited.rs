//! While the applicant is asked for something: the desk gives more time.

use jiff::ToSpan;
use wegfrei_model::deadline::working_day_from;
use wegfrei_model::time::german_date;
use wegfrei_model::{Date, Timestamp};
use wegfrei_process::Work;

use crate::error::CaseError;
use crate::event::{Event, What};
use crate::file::{Act, Plan, commit};
use crate::outgoing::{message, period};
use crate::state::COOPERATION;
use crate::task::{MOST_DAYS, refuse, short_enough};
use crate::view::AtTask;
use crate::{Cases, context};

impl Cases {
    /// Gives the applicant more time to answer (§ 26 Abs. 7 SGB X, § 31 Abs. 7 VwVfG, § 109 Abs. 1 AO): until the end of the day, or of the
    /// next working day. The reason goes into a note; who chose e-mail is told that there is news.
    ///
    /// # Errors
    /// [`CaseError::Verdict`] without a reason, for a day that is no later than the present one or too far away, and while the period has
    /// not begun; [`CaseError::Stale`] when nothing is awaited (any more) or the case has changed; [`CaseError::Refused`] (recorded) for
    /// anybody but a caseworker of the authority.
    pub async fn extend_request(&self, at: &AtTask, version: u64, until: Date, reason: &str) -> Result<(), CaseError> {
        let (authority, case) = (at.authority, at.case);
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        self.task_access(at, state).await?;
        if state.stream_version != version || self.task_for(at, state)?.work != Work::Supply {
            return Err(CaseError::Stale);
        }
        let mut running = state.deadlines.iter().filter(|deadline| deadline.runs());
        let Some(period) = running.find(|deadline| deadline.name == COOPERATION) else {
            return Err(CaseError::Stale);
        };
        if !state.has_begun(period) {
            return refuse("Die Frist hat noch nicht begonnen: Der Brief liegt noch im Postausgang.");
        }
        let reason = reason.trim();
        short_enough(reason, "Die Begründung")?;
        if reason.is_empty() {
            return refuse("Bitte sagen Sie, warum Sie die Frist verlängern.");
        }
        let damaged = |error: jiff::Error| CaseError::damaged("request", error);
        let last = last_day(period.due);
        let most = self.now().date().checked_add(MOST_DAYS.days()).map_err(damaged)?;
        if until <= last || until > most {
            return refuse(format!(
                "Die Frist läuft bis zum {}. Bitte nennen Sie einen späteren Tag, höchstens {MOST_DAYS} Tage von heute an.",
                german_date(last)
            ));
        }
        let until = working_day_from(until).ok_or_else(|| CaseError::story("the calendar ends"))?;
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let note = format!("Frist für die Antwort bis {} verlängert: {reason}", german_date(until));
        let note = sealing
            .seal(context(case, "note"), &note)
            .map_err(|error| CaseError::damaged("note", error))?;
        let mut plan = Plan::default();
        plan.push_sealed(Event::NoteAdded {}, note.into_bytes());
        plan.push(Event::RequestExtended { until });
        period::extend(state, (authority, case), (self.now().date(), until), &mut plan)?;
        plan.jobs
            .extend(message::alone(authority, state, What::Request, self.now()));
        let act = Act {
            actor: &at.actor,
            purpose: at.purpose.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}

/// The last day of a period that ends before `due`.
fn last_day(due: Timestamp) -> Date {
    due.saturating_sub(std::time::Duration::from_micros(1)).date()
}
