//! Withdrawing an application: until a decision went out, whoever applied may end the case.

use wegfrei_model::{AuthorityId, CaseId, PersonId};
use wegfrei_process::Input;

use crate::Cases;
use crate::advance::Opened;
use crate::contents::process_of;
use crate::error::CaseError;
use crate::event::Event;
use crate::file::Plan;
use crate::outgoing::payments::plan_stop_all;
use crate::redecide::is_objection;
use crate::state::{CaseState, Phase};

/// Until it is decided on. An objection again, when the decision on it was taken back.
pub(crate) fn can_withdraw(state: &CaseState) -> bool {
    !state.is_decided() || state.is_decided_anew()
}

impl Cases {
    /// Withdraws an application: tasks and timers are called off, the case is closed. Withdrawing twice is withdrawing once.
    ///
    /// # Errors
    /// [`CaseError::TooLate`] once a decision was issued or the case has ended; [`CaseError::Refused`] for somebody else's, which
    /// is recorded.
    pub async fn withdraw(&self, person: PersonId, authority: AuthorityId, case: CaseId) -> Result<(), CaseError> {
        let loaded = self.own_case(person, authority, case).await?;
        let state = &loaded.state;
        if state.withdrawn_at.is_some() {
            return Ok(());
        }
        if !can_withdraw(state) || state.phase != Phase::Running {
            let why = if is_objection(state) {
                "Über den Widerspruch ist schon entschieden; er kann nicht mehr zurückgenommen werden."
            } else {
                "Über den Antrag ist schon entschieden; er kann nicht mehr zurückgenommen werden. Gegen den Bescheid können Sie \
                 Widerspruch einlegen, solange die Frist läuft."
            };
            return Err(CaseError::TooLate(why.to_owned()));
        }
        let process = process_of(state)?;
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let offer = self.package_of(authority, state)?;
        let mut plan = Plan::default();
        plan.push(Event::Withdrawn {});
        plan_stop_all(&state.outgoing, &mut plan);
        let mut runner = self.runner(authority, offer, &sealing, state, Opened::default(), "task");
        runner.step(&process, &Input::Stop, &mut plan)?;
        self.write(person, authority, &loaded, plan).await?;
        Ok(())
    }
}
