//! Sending: validate, seal, decide, and everything that follows, in one commit. Sending twice is sending once.

use std::collections::BTreeSet;

use serde_json::Value;
use wegfrei_forms::{Code, Data, Field, Form, Item, Kind, Problem};
use wegfrei_identity::Purpose;
use wegfrei_journal::KeyId;
use wegfrei_model::{AuthorityId, CaseId, PersonId};
use wegfrei_packages::Package;

use crate::advance::Opened;
use crate::draft::begun_by_itself;
use crate::draft::saved;
use crate::error::CaseError;
use crate::event::{About, Event};
use crate::file::{Act, Plan, commit};
use crate::outgoing::Contact;
use crate::state::CaseState;
use crate::view::SubmitReceipt;
use crate::{Cases, context, letter, resident, tables};

impl Cases {
    /// Sends a draft as it was saved last. A draft that was sent already gives the same receipt again.
    ///
    /// # Errors
    /// [`CaseError::Invalid`] names every problem; nothing was sent then.
    pub async fn submit(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<SubmitReceipt, CaseError> {
        self.submit_with(person, authority, case, None, None).await
    }

    /// As [`Cases::submit`], with the way in which the resident wants to be told of news: both are written in one commit, so that no
    /// crash between them leaves the letter to somebody who chose the e-mail. `None` leaves what was chosen before. `seen` is the version
    /// of the draft that was read: what was saved after it (by a helper, in another window) is not sent unseen.
    ///
    /// # Errors
    /// As [`Cases::submit`]; [`CaseError::Stale`] when something was saved since; [`CaseError::Input`] for e-mail where no mail server is
    /// set up.
    pub async fn submit_with(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        contact: Option<&Contact>,
        seen: Option<u64>,
    ) -> Result<SubmitReceipt, CaseError> {
        match self.submit_draft(person, authority, case, contact, seen).await {
            // Sent before, or in this very moment by the other click, whichever step noticed it.
            Err(CaseError::Stale) => self.sent_before(person, authority, case).await,
            other => other,
        }
    }

    async fn submit_draft(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        contact: Option<&Contact>,
        seen: Option<u64>,
    ) -> Result<SubmitReceipt, CaseError> {
        let loaded = self.own_draft(person, authority, case).await?;
        if seen.is_some_and(|seen| seen != loaded.state.form_entry) {
            return Err(CaseError::Stale);
        }
        let data = self.form_data(person, authority, &loaded).await?;
        let (package, _) = self.offered(authority, &loaded.state.service)?;
        let missing = missing_papers(package.form(), &package.form().prune(&data), Some(&loaded.state));
        if !missing.is_empty() {
            return Err(CaseError::Invalid(missing));
        }
        let sealing = self.inner.journal.sealing_key(authority, &loaded.state.key).await?;
        let mut plan = Plan::default();
        if let Some(contact) = contact {
            self.plan_contact(case, contact, &sealing, &mut plan)?;
        }
        self.plan_submission(person, authority, &loaded.state, &data, &sealing, &mut plan)?;
        self.write_submission(person, authority, Some(&loaded.state), case, plan)
            .await
    }

    /// Sends an application in one call, for machines. `case` makes it idempotent: a repeat gives the first receipt.
    ///
    /// # Errors
    /// As [`Cases::submit`]; [`CaseError::Stale`] when `case` is somebody else's or a draft.
    pub async fn submit_direct(
        &self,
        person: PersonId,
        authority: AuthorityId,
        service: &str,
        case: CaseId,
        data: &Value,
    ) -> Result<SubmitReceipt, CaseError> {
        begun_by_itself(service)?;
        let plan = self.plan_direct(person, authority, service, case, data, None)?;
        match self.write_submission(person, authority, None, case, plan).await {
            Err(CaseError::Stale) => self.sent_before(person, authority, case).await,
            other => other,
        }
    }

    /// Everything a new case that is sent at once begins with: its key, the form, and what the process does. No paper can have
    /// come before it, so none may be named.
    pub(crate) fn plan_direct(
        &self,
        person: PersonId,
        authority: AuthorityId,
        service: &str,
        case: CaseId,
        data: &Value,
        about: Option<About>,
    ) -> Result<Plan, CaseError> {
        let (package, _) = self.offered(authority, service)?;
        let form = package.form();
        let mut problems = form.validate_json(data, self.now().date());
        if problems.is_empty() {
            problems = missing_papers(form, &form.prune(data), None);
        }
        if !problems.is_empty() {
            return Err(CaseError::Invalid(problems));
        }
        let (key, sealing) = self.inner.journal.new_key(authority, KeyId::case(case))?;
        let mut plan = Plan {
            keys: vec![key],
            ..Plan::default()
        };
        let sealed = sealing
            .seal(context(case, "form"), data)
            .map_err(|e| CaseError::damaged("form", e))?;
        plan.push_sealed(saved(person, package, about), sealed.into_bytes());
        let act = Act {
            actor: &resident(person),
            purpose: Purpose::OwnData.german(),
            at: self.now(),
        };
        let first = Plan {
            events: clone_events(&plan),
            ..Plan::default()
        };
        let draft = commit(authority, case, None, &act, first)?.1;
        self.plan_submission(person, authority, &draft, data, &sealing, &mut plan)?;
        Ok(plan)
    }

    async fn sent_before(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<SubmitReceipt, CaseError> {
        let loaded = self.load(authority, case).await?;
        if loaded.state.person != person {
            return Err(CaseError::Stale);
        }
        self.receipt(authority, &loaded.state).ok_or(CaseError::Stale)
    }

    fn plan_submission(
        &self,
        person: PersonId,
        authority: AuthorityId,
        draft: &CaseState,
        data: &Value,
        sealing: &wegfrei_journal::SealingKey,
        plan: &mut Plan,
    ) -> Result<(), CaseError> {
        let (package, adoption) = self.offered(authority, &draft.service)?;
        let form = package.form();
        let data: Data = form.prune(data);
        let mut problems = form.evaluate(&data, self.now().date()).problems;
        problems.extend(self.misplaced(package, authority, &data));
        if problems.is_empty() {
            problems = self.unprintable(&data);
        }
        if !problems.is_empty() {
            return Err(CaseError::Invalid(problems));
        }
        let named = named_papers(form, &data);
        // What no answer names was taken back, or its answer was never saved: it is not part of the application.
        for paper in draft
            .papers()
            .map(|(id, _)| *id)
            .filter(|id| !named.contains(&id.to_string()))
        {
            plan.push(Event::PaperRemoved { paper });
        }
        let reference = letter::reference(&self.inner.ambient);
        let sealed = sealing
            .seal(context(draft.id, "form"), &data)
            .map_err(|e| CaseError::damaged("form", e))?;
        plan.push_sealed(
            Event::Submitted {
                person,
                service: draft.service.clone(),
                version: package.version().to_owned(),
                package: package.hash().to_owned(),
                reference: reference.clone(),
                papers: draft
                    .papers()
                    .map(|(id, _)| *id)
                    .filter(|id| named.contains(&id.to_string()))
                    .collect(),
            },
            sealed.into_bytes(),
        );
        let opened = Opened {
            facts: package.facts(&data, self.now().date()),
            amended: data.clone(),
            application: data,
            ..Opened::default()
        };
        let mut runner = self.runner(authority, (package, adoption), sealing, draft, opened, "submission");
        runner.reference = reference;
        runner.start(plan)
    }

    /// What is wrong with an answer that names a municipality of another authority: whoever is not competent must not decide
    /// (§ 3 VwVfG, § 2 SGB X), so it is said before anything is sent.
    #[must_use]
    pub fn misplaced(&self, package: &Package, authority: AuthorityId, data: &Value) -> Option<Problem> {
        let found = self.inner.catalogue.misplaced(package, authority, data)?;
        Some(Problem {
            message: found.message(),
            path: found.path,
            code: Code::Rule,
        })
    }

    async fn write_submission(
        &self,
        person: PersonId,
        authority: AuthorityId,
        before: Option<&CaseState>,
        case: CaseId,
        plan: Plan,
    ) -> Result<SubmitReceipt, CaseError> {
        let act = Act {
            actor: &resident(person),
            purpose: Purpose::OwnData.german(),
            at: self.now(),
        };
        let (commit, state) = commit(authority, case, before, &act, plan)?;
        self.inner.journal.commit(commit).await?;
        self.receipt(authority, &state)
            .ok_or_else(|| CaseError::story("sent without a reference"))
    }

    /// The receipt of a sent case; `None` for a draft.
    pub(crate) fn receipt(&self, authority: AuthorityId, state: &CaseState) -> Option<SubmitReceipt> {
        Some(SubmitReceipt {
            case: state.id,
            authority,
            reference: state.reference.clone()?,
            received_at: state.submitted_at?,
            status: tables::status(state),
        })
    }
}

/// The questions that take files.
fn file_fields(form: &Form) -> Vec<&Field> {
    fn walk<'f>(items: &'f [Item], files: &mut Vec<&'f Field>) {
        for item in items {
            match item {
                Item::Field(field) if matches!(field.kind, Kind::File { .. }) => files.push(field),
                Item::Field(_) => {}
                Item::Group(group) => walk(&group.items, files),
            }
        }
    }
    let mut files = Vec::new();
    form.pages().iter().for_each(|page| walk(&page.items, &mut files));
    files
}

/// The papers an answer names; anything else in it is `None`.
fn named_in<'d>(form: &Form, data: &'d Data, field: &Field) -> Vec<Option<&'d str>> {
    let named = form.get(data, &field.id).and_then(Value::as_array);
    let named = named.map(Vec::as_slice).unwrap_or_default();
    named
        .iter()
        .map(|file| file.get("paper").and_then(Value::as_str))
        .collect()
}

/// The papers all answers name.
fn named_papers(form: &Form, data: &Data) -> BTreeSet<String> {
    let fields = file_fields(form);
    let named = fields.into_iter().flat_map(|field| named_in(form, data, field));
    named.flatten().map(str::to_owned).collect()
}

/// A file answer must name papers that were really handed in with this draft.
fn missing_papers(form: &Form, data: &Data, draft: Option<&CaseState>) -> Vec<Problem> {
    let known: Vec<String> = draft
        .into_iter()
        .flat_map(CaseState::papers)
        .map(|(id, _)| id.to_string())
        .collect();
    let is_known = |paper: &Option<&str>| paper.is_some_and(|paper| known.iter().any(|id| id == paper));
    file_fields(form)
        .into_iter()
        .filter(|field| !named_in(form, data, field).iter().all(is_known))
        .map(|field| Problem {
            path: field.path.clone(),
            message: "Diese Datei liegt nicht vor. Bitte laden Sie sie noch einmal hoch.".to_owned(),
            code: Code::File,
        })
        .collect()
}

fn clone_events(plan: &Plan) -> Vec<crate::file::Planned> {
    plan.events
        .iter()
        .map(|planned| crate::file::Planned {
            event: planned.event.clone(),
            sealed: planned.sealed.clone(),
        })
        .collect()
}
