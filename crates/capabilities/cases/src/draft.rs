//! Drafts: an application that is being filled in. Each save is an entry; discarding destroys the key.

use serde_json::Value;
use wegfrei_identity::{Action, Profile, Purpose};
use wegfrei_journal::KeyId;
use wegfrei_model::{AuthorityId, CaseId, PersonId};
use wegfrei_packages::Package;

use crate::error::CaseError;
use crate::event::{About, Event};
use crate::file::{Act, Loaded, Plan, commit};
use crate::help::purpose_of;
use crate::state::Phase;
use crate::view::DraftView;
use crate::{Cases, context, resident};

/// A person may have this many unfinished applications at once.
const MOST_DRAFTS: usize = 50;
/// A draft may have this many entries; each save is one.
const MOST_SAVES: u64 = 1_000;
/// Most entries of a case before its resident is told to write or call: each of them is read whenever the case is opened.
const MOST_ENTRIES: u64 = 5_000;

/// An objection is begun from the notice it is about ([`Cases::object`]): without it nobody knows what is contested, nor until when.
pub(crate) fn begun_by_itself(service: &str) -> Result<(), CaseError> {
    if service == crate::objection::SERVICE {
        return Err(CaseError::NotAdopted);
    }
    Ok(())
}

impl Cases {
    /// Starts an application. What the login already knows is filled in by the package's `[prefill]`.
    ///
    /// # Errors
    /// [`CaseError::NotAdopted`], [`CaseError::Limit`] beyond 50 drafts, or the database's.
    pub async fn start_draft(
        &self,
        person: PersonId,
        authority: AuthorityId,
        service: &str,
        profile: Option<&Profile>,
    ) -> Result<CaseId, CaseError> {
        self.start_draft_at(person, authority, service, profile, None).await
    }

    /// As [`Cases::start_draft`], by somebody who chose this municipality as theirs: a form that asks for one (`[place]`) has it.
    ///
    /// # Errors
    /// As [`Cases::start_draft`].
    pub async fn start_draft_at(
        &self,
        person: PersonId,
        authority: AuthorityId,
        service: &str,
        profile: Option<&Profile>,
        place: Option<AuthorityId>,
    ) -> Result<CaseId, CaseError> {
        begun_by_itself(service)?;
        let (package, _) = self.offered(authority, service)?;
        self.room_for_a_draft(person).await?;
        let mut data = match profile {
            Some(profile) => package.prefill(|field| profile.field(field).map(str::to_owned)),
            None => Value::Object(serde_json::Map::new()),
        };
        let code = profile.and_then(|profile| profile.field("postal_code"));
        self.inner
            .catalogue
            .fill_place(package, authority, place, code, &mut data);
        self.new_draft(person, authority, package, &data, None).await
    }

    /// Refuses one draft too many.
    pub(crate) async fn room_for_a_draft(&self, person: PersonId) -> Result<(), CaseError> {
        let drafts = self.my_cases(person).await?;
        if drafts.iter().filter(|case| case.reference.is_none()).count() >= MOST_DRAFTS {
            return Err(CaseError::Limit(
                "Sie haben bereits 50 angefangene Anträge. Bitte senden oder löschen Sie zuerst einen davon."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Writes the first entry of a draft, under a key of its own.
    pub(crate) async fn new_draft(
        &self,
        person: PersonId,
        authority: AuthorityId,
        package: &Package,
        data: &Value,
        about: Option<About>,
    ) -> Result<CaseId, CaseError> {
        let case = self.new_case_id();
        let (key, sealing) = self.inner.journal.new_key(authority, KeyId::case(case))?;
        let sealed = sealing
            .seal(context(case, "form"), data)
            .map_err(|e| CaseError::damaged("form", e))?;
        let mut plan = Plan {
            keys: vec![key],
            ..Plan::default()
        };
        plan.push_sealed(saved(person, package, about), sealed.into_bytes());
        let act = Act {
            actor: &resident(person),
            purpose: Purpose::OwnData.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, None, &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(case)
    }

    /// A draft of one's own, or one that one helps with, opened under a record.
    ///
    /// # Errors
    /// [`CaseError::NotFound`], [`CaseError::Refused`] (somebody else's, recorded), [`CaseError::Discarded`].
    pub async fn draft(&self, person: PersonId, authority: AuthorityId, case: CaseId) -> Result<DraftView, CaseError> {
        let loaded = self.load(authority, case).await?;
        let data = self.form_data(person, authority, &loaded).await?;
        let purpose = purpose_of(person, &loaded.state);
        let access = self
            .access(&resident(person), authority, &loaded.state, Action::EditDraft, purpose)
            .await?;
        Ok(DraftView {
            case,
            authority,
            service: loaded.state.service.clone(),
            data,
            papers: self.paper_views(&loaded, &access)?,
            version: loaded.state.form_entry,
            submitted: self.receipt(authority, &loaded.state),
        })
    }

    /// The newest form data of a resident's own draft or case.
    pub(crate) async fn form_data(
        &self,
        person: PersonId,
        authority: AuthorityId,
        loaded: &Loaded,
    ) -> Result<Value, CaseError> {
        let state = &loaded.state;
        if state.phase == Phase::Discarded {
            return Err(CaseError::Discarded);
        }
        let access = self
            .access(
                &resident(person),
                authority,
                state,
                Action::EditDraft,
                purpose_of(person, state),
            )
            .await?;
        let sealed = loaded
            .sealed(state.form_entry)?
            .typed::<Value>(context(state.id, "form"));
        sealed.open(&access).map_err(|error| CaseError::damaged("form", error))
    }

    /// Saves a draft; `version` is the one the page was built from. Returns the new version.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when another tab saved or sent meanwhile: nothing was overwritten.
    pub async fn save_draft(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        data: &Value,
        version: u64,
    ) -> Result<u64, CaseError> {
        let loaded = self.editable_draft(person, authority, case).await?;
        if loaded.state.form_entry != version {
            return Err(CaseError::Stale);
        }
        if loaded.state.stream_version >= MOST_SAVES {
            return Err(CaseError::Limit(
                "Dieser Entwurf wurde zu oft gespeichert. Bitte senden Sie ihn oder beginnen Sie neu.".to_owned(),
            ));
        }
        let (package, _) = self.offered(authority, &loaded.state.service)?;
        let sealing = self.inner.journal.sealing_key(authority, &loaded.state.key).await?;
        let sealed = sealing
            .seal(context(case, "form"), data)
            .map_err(|e| CaseError::damaged("form", e))?;
        let mut plan = Plan::default();
        // Whoever saves, it stays the resident's.
        plan.push_sealed(saved(loaded.state.person, package, None), sealed.into_bytes());
        self.write(person, authority, &loaded, plan).await
    }

    /// Throws a draft away; its key is destroyed, so nobody can read it again.
    ///
    /// # Errors
    /// As [`Cases::draft`].
    pub async fn discard_draft(&self, person: PersonId, authority: AuthorityId, case: CaseId) -> Result<(), CaseError> {
        let loaded = self.own_draft(person, authority, case).await?;
        let mut plan = Plan {
            destroy: vec![loaded.state.key.clone()],
            ..Plan::default()
        };
        plan.push(Event::DraftDiscarded {});
        self.write(person, authority, &loaded, plan).await?;
        self.with_open(|open| open.retain(|slot, _| slot.key != loaded.state.key));
        Ok(())
    }

    /// As [`Cases::own_draft`], for who helps too.
    pub(crate) async fn editable_draft(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Loaded, CaseError> {
        let loaded = self.load(authority, case).await?;
        if loaded.state.phase != Phase::Draft || !loaded.state.helping.helps(person) {
            return self.own_draft(person, authority, case).await;
        }
        let purpose = purpose_of(person, &loaded.state);
        self.access(&resident(person), authority, &loaded.state, Action::EditDraft, purpose)
            .await?;
        Ok(loaded)
    }

    /// Loads a draft that is still one and belongs to `person`; anybody else's try is asked of the policy and thereby recorded.
    pub(crate) async fn own_draft(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Loaded, CaseError> {
        let loaded = self.load(authority, case).await?;
        // First of all: a stranger does not learn from the answer how the case stands.
        if loaded.state.person != person {
            self.access(
                &resident(person),
                authority,
                &loaded.state,
                Action::Submit,
                Purpose::OwnData,
            )
            .await?;
            return Err(CaseError::NotFound);
        }
        match loaded.state.phase {
            Phase::Draft => Ok(loaded),
            Phase::Discarded => Err(CaseError::Discarded),
            Phase::Erased => Err(CaseError::Erased),
            Phase::Running | Phase::Closed => Err(CaseError::Stale),
        }
    }

    /// What can be done again and again without end is refused one day.
    pub(crate) fn bounded(loaded: &Loaded) -> Result<(), CaseError> {
        if loaded.state.stream_version < MOST_ENTRIES {
            return Ok(());
        }
        Err(CaseError::Limit(
            "In diesem Vorgang ist zu viel geschehen. Bitte wenden Sie sich an die Behörde.".to_owned(),
        ))
    }

    /// Commits a resident's plan, or that of somebody who helps; returns the new stream version.
    pub(crate) async fn write(
        &self,
        person: PersonId,
        authority: AuthorityId,
        loaded: &Loaded,
        plan: Plan,
    ) -> Result<u64, CaseError> {
        let act = Act {
            actor: &resident(person),
            purpose: purpose_of(person, &loaded.state).german(),
            at: self.now(),
        };
        let (commit, state) = commit(authority, loaded.state.id, Some(&loaded.state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(state.stream_version)
    }
}

pub(crate) fn saved(person: PersonId, package: &Package, about: Option<About>) -> Event {
    Event::DraftSaved {
        person,
        service: package.id().to_owned(),
        version: package.version().to_owned(),
        about,
    }
}
