//! Notes for the file: the desk writes and reads them, the applicant is not shown them.

use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Access, Actor};
use wegfrei_model::{AuthorityId, CaseId};

use crate::error::CaseError;
use crate::event::Event;
use crate::file::{Act, Loaded, Plan, commit};
use crate::task::short_enough;
use crate::view::NoteView;
use crate::{Cases, context};

impl Cases {
    /// Adds a note to a case.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for whoever may not open the case, recorded; [`CaseError::Verdict`] for an empty or too long note.
    pub async fn add_note(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        case: CaseId,
        text: &str,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        self.access(actor, authority, state, Action::AddNote, purpose).await?;
        short_enough(text, "Die Notiz")?;
        let text = text.trim();
        if text.is_empty() {
            return Err(CaseError::Verdict(
                "Die Notiz ist leer. Bitte schreiben Sie etwas.".to_owned(),
            ));
        }
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let sealed = sealing
            .seal(context(case, "note"), &text.to_owned())
            .map_err(|error| CaseError::damaged("note", error))?;
        let mut plan = Plan::default();
        plan.push_sealed(Event::NoteAdded {}, sealed.into_bytes());
        let act = Act {
            actor,
            purpose: purpose.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    pub(crate) fn note_views(&self, loaded: &Loaded, access: &Access) -> Result<Vec<NoteView>, CaseError> {
        let notes = loaded.state.notes.iter();
        notes
            .map(|(actor, at, entry)| {
                let sealed = loaded.sealed(*entry)?.typed::<String>(context(loaded.state.id, "note"));
                Ok(NoteView {
                    at: *at,
                    by: self.who(actor, None),
                    text: sealed.open(access).map_err(|error| CaseError::damaged("note", error))?,
                })
            })
            .collect()
    }
}
