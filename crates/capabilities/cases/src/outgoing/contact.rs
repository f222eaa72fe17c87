//! How a resident wants to be told that something lies in the mailbox: chosen for each case, sealed under its key.

use serde::{Deserialize, Serialize};
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::SealingKey;
use wegfrei_model::{AuthorityId, CaseId, EmailAddress, PersonId, Timestamp};

use super::message;
use crate::error::CaseError;
use crate::event::{Channel, Event, What};
use crate::file::{Loaded, Plan};
use crate::state::Phase;
use crate::{Cases, context, resident};

/// The choice. With [`Contact::Email`] the person agrees that notices are made available for fetching (§ 122a Abs. 1 AO, § 37 Abs. 2a
/// SGB X): the page that asks must say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "channel", rename_all = "lowercase")]
pub enum Contact {
    /// A message to this address; it says only that something is there.
    Email {
        /// Where to.
        address: EmailAddress,
    },
    /// The letter on paper, to the address that is printed on it (the one in the application). Also what happens without a choice.
    Letter,
}

impl Contact {
    /// By which way.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Contact::Email { .. } => Channel::Email,
            Contact::Letter => Channel::Letter,
        }
    }
}

/// A choice as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    /// The choice.
    pub contact: Contact,
    /// Since when.
    pub since: Timestamp,
    /// When the last message could not be delivered; the notices went to the post instead.
    pub failed_at: Option<Timestamp>,
}

impl Cases {
    /// Chooses how to be told of news in a draft or case of one's own. What is ready and waits goes out the new way.
    ///
    /// # Errors
    /// [`CaseError::Input`] for e-mail where no mail server is set up; [`CaseError::Refused`] for somebody else's, which is recorded.
    pub async fn set_contact(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        contact: Contact,
    ) -> Result<(), CaseError> {
        self.can_tell(&contact)?;
        let loaded = self.draft_or_case(person, authority, case).await?;
        Self::bounded(&loaded)?;
        let sealing = self.inner.journal.sealing_key(authority, &loaded.state.key).await?;
        let mut plan = Plan::default();
        self.plan_contact(case, &contact, &sealing, &mut plan)?;
        if contact.channel() == Channel::Email && loaded.state.submitted_at.is_some() {
            let id = format!("contact-{}", loaded.state.stream_version);
            plan.jobs
                .push(message::job(authority, case, What::Notice, &id, self.now()));
        }
        self.write(person, authority, &loaded, plan).await?;
        Ok(())
    }

    fn can_tell(&self, contact: &Contact) -> Result<(), CaseError> {
        if contact.channel() == Channel::Email && self.inner.mailer.get().is_none() {
            return Err(CaseError::Input(
                "Nachrichten per E-Mail sind hier noch nicht eingerichtet. Bitte wählen Sie den Brief.".to_owned(),
            ));
        }
        Ok(())
    }

    /// Plans to write the choice down.
    pub(crate) fn plan_contact(
        &self,
        case: CaseId,
        contact: &Contact,
        sealing: &SealingKey,
        plan: &mut Plan,
    ) -> Result<(), CaseError> {
        self.can_tell(contact)?;
        let sealed = sealing
            .seal(context(case, "contact"), contact)
            .map_err(|error| CaseError::damaged("contact", error))?;
        let channel = contact.channel();
        plan.push_sealed(Event::ContactSet { channel }, sealed.into_bytes());
        Ok(())
    }

    /// The choice in a draft or case of one's own, opened under a record; `None` while nothing was chosen.
    ///
    /// # Errors
    /// As [`Cases::set_contact`].
    pub async fn my_contact(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Option<ContactView>, CaseError> {
        let loaded = self.draft_or_case(person, authority, case).await?;
        let Some((_, entry, since)) = loaded.state.outgoing.contact else {
            return Ok(None);
        };
        let access = self
            .access(
                &resident(person),
                authority,
                &loaded.state,
                Action::ChooseContact,
                Purpose::OwnData,
            )
            .await?;
        let sealed = loaded.sealed(entry)?.typed::<Contact>(context(case, "contact"));
        Ok(Some(ContactView {
            contact: sealed
                .open(&access)
                .map_err(|error| CaseError::damaged("contact", error))?,
            since,
            failed_at: loaded.state.outgoing.failed_at,
        }))
    }

    /// A draft or case of one's own; anybody else's try is asked of the policy and thereby recorded.
    async fn draft_or_case(&self, person: PersonId, authority: AuthorityId, case: CaseId) -> Result<Loaded, CaseError> {
        let loaded = self.load(authority, case).await?;
        match loaded.state.phase {
            Phase::Discarded => return Err(CaseError::Discarded),
            Phase::Erased if loaded.state.person == person => return Err(CaseError::Erased),
            Phase::Erased => return Err(CaseError::NotFound),
            Phase::Draft | Phase::Running | Phase::Closed => {}
        }
        if loaded.state.person != person {
            self.access(
                &resident(person),
                authority,
                &loaded.state,
                Action::ChooseContact,
                Purpose::OwnData,
            )
            .await?;
        }
        Ok(loaded)
    }
}
