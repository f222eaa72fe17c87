//! Cases: from a draft to a notice in the mailbox, and who saw what on the way.
//!
//! A case is a stream of the competent authority's journal ([`event`]). Commands load it, decide, and commit events together with
//! the table rows that follow from them ([`tables`]). Everything personal is sealed under the case's own data key; discarding a
//! draft destroys the key.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod absence;
mod access_table;
mod advance;
mod assign;
mod awaited;
mod check;
mod cockpit;
mod contents;
mod contested;
mod deadline;
mod desk;
mod draft;
mod error;
pub mod event;
mod file;
mod follow_up;
mod help;
mod helping;
mod jobs;
mod letter;
mod mine;
mod moving;
mod note;
mod objection;
mod office;
mod operation;
mod outgoing;
mod papers;
mod preview;
mod printable;
mod projection;
mod reasons;
mod records;
mod redecide;
mod request;
mod retention;
mod state;
mod submit;
mod tables;
mod task;
mod timing;
mod view;
mod withdraw;
mod worklist;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use absence::{Absence, AbsenceProjection};
pub use access_table::AccessProjection;
pub use assign::{HandedOver, MOST_HANDED_OVER};
pub use cockpit::AccessQuery;
pub use contested::ObjectionResult;
pub use error::CaseError;
pub use follow_up::FollowUp;
pub use help::{HelpCode, HelperView, MyHelp};
pub use letter::letter_of_example;
pub use moving::{
    MoveChoice, MoveFitting, MoveGroup, MoveLine, MovePreview, MoveProjection, MoveStanding, MoveView, OldVersion,
};
pub use objection::SERVICE as OBJECTION_SERVICE;
pub use operation::{DeadLine, Operation, QueueLine};
pub use outgoing::{
    Confirmed, Contact, ContactView, DueMonth, Hindrance, LeftOver, LetterKind, MOST_PRINTED, MOST_SHEETS,
    OutboxDocument, OutboxItem, PaymentLine, PaymentOf, PaymentPreview, PaymentRun, PaymentRunProjection,
    PaymentStanding, Posting, PrintFileView, PrintRunLine, PrintRunProjection, PrintRunView, PrintStanding,
    PrintedLeftOver, ServiceSum, Unpayable, answer_day,
};
pub use projection::CaseProjection;
pub use records::{RecordLine, RecordsFilter};
pub use request::Supplied;
pub use state::RequestStand;
pub use tables::{CASE_FILE, CASE_TASK, migrations};
pub use view::{
    AccessRecord, AtTask, Authenticity, CaseSummary, CaseView, Change, Contested, DeadlineView, DecisionView, DoneTask,
    DraftView, FurtherAnswer, Genuine, MyActions, NoteView, NoticeSummary, ObjectionStand, ObjectionView, Page,
    PaperView, RelatedCase, RequestView, Status, SubmitReceipt, Suit, TakeBack, TaskView, TimelineItem, TimelineLetter,
    TimelineMove, Verdict,
};
pub use worklist::{
    Colleague, Count, Holder, WorkItem, WorklistOrder, WorklistQuery, WorklistView, worklist_statements,
};

use wegfrei_identity::{Action, Policies, Purpose, circumstances};
use wegfrei_journal::{Access, AccessRequest, Actor, Journal, KeyId};
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, CaseId, NoticeId, PersonId, Timestamp};
use wegfrei_notices::Typesetter;
use wegfrei_packages::{Adoption, Catalogue, Package};
use wegfrei_post::Mailer;
use wegfrei_store::Store;

use crate::event::stream;
use crate::file::{Loaded, fold};
use crate::state::{CaseState, Phase};

/// Everything about cases. Cheap to clone.
#[derive(Clone)]
pub struct Cases {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Journal,
    store: Store,
    catalogue: Catalogue,
    policies: Policies,
    ambient: Ambient,
    typesetter: Typesetter,
    check_url: String,
    open: Mutex<HashMap<AccessKey, Arc<Access>>>,
    mailer: OnceLock<Arc<dyn Mailer>>,
    /// Letters whose typesetting never ended; this process does not try them again.
    hung: Mutex<HashSet<NoticeId>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct AccessKey {
    actor: Actor,
    key: KeyId,
    authority: AuthorityId,
    action: Action,
    purpose: Purpose,
    document: Option<String>,
}

/// Accesses that are over are forgotten whenever so many more are open.
const PRUNED: usize = 64;

/// The sealing context of one part of a case.
pub(crate) fn context(case: CaseId, part: &str) -> String {
    format!("case/{case}#{part}")
}

/// What [`Cases::new`] needs.
pub struct Parts {
    /// The journal, started with these policies.
    pub journal: Journal,
    /// The database.
    pub store: Store,
    /// Services, authorities, adoptions.
    pub catalogue: Catalogue,
    /// Who may do what.
    pub policies: Policies,
    /// Clock and randomness.
    pub ambient: Ambient,
    /// Fonts and layouts.
    pub typesetter: Typesetter,
    /// Origin of the portal without a slash at the end, printed on notices, for example `https://wegfrei.example`.
    pub check_url: String,
}

impl Cases {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            journal,
            store,
            catalogue,
            policies,
            ambient,
            typesetter,
            check_url,
        } = parts;
        access_table::register(&journal);
        let open = Mutex::new(HashMap::new());
        Self {
            inner: Arc::new(Inner {
                journal,
                store,
                catalogue,
                policies,
                ambient,
                typesetter,
                check_url,
                open,
                mailer: OnceLock::new(),
                hung: Mutex::default(),
            }),
        }
    }

    /// From now on residents may choose to be told by e-mail. Without one, everything goes by letter; a second call changes nothing.
    pub fn set_mailer(&self, mailer: Arc<dyn Mailer>) {
        let _ = self.inner.mailer.set(mailer);
    }

    /// Whether messages by e-mail can be chosen.
    #[must_use]
    pub fn has_mailer(&self) -> bool {
        self.inner.mailer.get().is_some()
    }

    /// Services, authorities, adoptions.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    /// Who may do what.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.inner.policies
    }

    /// The journal, for checkpoints, tiles and proofs.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.ambient.now()
    }

    /// A new, random case id: the idempotency key of an application.
    #[must_use]
    pub fn new_case_id(&self) -> CaseId {
        self.inner.ambient.new_id::<CaseId>()
    }

    fn offered(&self, authority: AuthorityId, service: &str) -> Result<(&Package, &Adoption), CaseError> {
        let package = self.inner.catalogue.package(service).ok_or(CaseError::NotAdopted)?;
        let adoption = self
            .inner
            .catalogue
            .adoption(service, authority)
            .ok_or(CaseError::NotAdopted)?;
        Ok((package, adoption))
    }

    /// The package version a case works with: the one it was sent with, or was moved to.
    fn package_of(&self, authority: AuthorityId, case: &CaseState) -> Result<(&Package, &Adoption), CaseError> {
        let package = self.sent_with(&case.service, &case.version)?;
        let adoption = self
            .inner
            .catalogue
            .adoption(&case.service, authority)
            .ok_or(CaseError::NotAdopted)?;
        Ok((package, adoption))
    }

    fn sent_with(&self, service: &str, version: &str) -> Result<&Package, CaseError> {
        let package = self.inner.catalogue.package_version(service, version);
        package.ok_or_else(|| CaseError::Package(format!("{service} {version} is no longer in the catalogue")))
    }

    /// The package version a case works with: what doors show it by.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Package`] when the catalogue no longer has that version.
    pub async fn package_for(&self, authority: AuthorityId, case: CaseId) -> Result<&Package, CaseError> {
        let sql = "SELECT service, version FROM case_file WHERE authority = $1 AND case_id = $2";
        let values = [authority.to_string().into(), case.to_string().into()];
        let rows = self.inner.store.fetch(sql, &values).await?;
        let row = rows.first().ok_or(CaseError::NotFound)?;
        self.sent_with(row.text("service")?, row.text("version")?)
    }

    async fn find(&self, authority: AuthorityId, case: CaseId) -> Result<Option<Loaded>, CaseError> {
        // Of a draft saved a hundred times only the newest counts; the others' sealed parts are not read.
        let entries = self
            .inner
            .journal
            .stream_sparse(&authority, &stream(&case), "draft.saved")
            .await?;
        Ok(fold(case, &entries)?.map(|state| Loaded { state, entries }))
    }

    async fn load(&self, authority: AuthorityId, case: CaseId) -> Result<Loaded, CaseError> {
        self.find(authority, case).await?.ok_or(CaseError::NotFound)
    }

    /// Opens parts of a case: asks the policy, records, and keeps the access for the few minutes it lives, so that a page shown
    /// twice is one record.
    async fn access(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: &CaseState,
        action: Action,
        purpose: Purpose,
    ) -> Result<Arc<Access>, CaseError> {
        self.access_to(actor, authority, case, action, purpose, None).await
    }

    /// As [`Cases::access`], for one document (`paper/<id>`, `pdf/<id>`): the record names it, and no other opens.
    async fn access_to(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: &CaseState,
        action: Action,
        purpose: Purpose,
        document: Option<String>,
    ) -> Result<Arc<Access>, CaseError> {
        if case.phase == Phase::Erased {
            return Err(CaseError::Erased);
        }
        let slot = AccessKey {
            document: document.clone(),
            actor: actor.clone(),
            key: case.key.clone(),
            authority,
            action,
            purpose,
        };
        let now = self.now();
        // Help that was ended is ended at once, whatever this process still holds open.
        let ended =
            purpose == Purpose::Assistance && !matches!(actor, Actor::Person(person) if case.helping.helps(*person));
        if !ended
            && let Some(access) = self.with_open(|open| open.get(&slot).cloned())
            && access.valid_until() > now
        {
            return Ok(access);
        }
        let mut request = self.access_request(actor, authority, case, action, purpose);
        request.parts.extend(document);
        let access = Arc::new(self.inner.journal.access(request).await?);
        self.with_open(|open| {
            // In a busy morning thousands are open: they are not all looked through each time.
            if open.len().is_multiple_of(PRUNED) {
                open.retain(|_, access| access.valid_until() > now);
            }
            open.insert(slot, Arc::clone(&access));
        });
        Ok(access)
    }

    fn access_request(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: &CaseState,
        action: Action,
        purpose: Purpose,
    ) -> AccessRequest {
        AccessRequest {
            authority,
            actor: actor.clone(),
            purpose: purpose.german().to_owned(),
            subject: Some(case.person),
            key: case.key.clone(),
            parts: parts(action).iter().map(|part| (*part).to_owned()).collect(),
            circumstances: self.circumstances_of(actor, action, purpose, case),
        }
    }

    /// As [`Cases::circumstances`] of one case: of those who help with it, only whether the actor does.
    fn circumstances_of(&self, actor: &Actor, action: Action, purpose: Purpose, case: &CaseState) -> serde_json::Value {
        let mut facts = self.circumstances(actor, action, purpose, case.submitted_at.is_some(), &case.service);
        if let Actor::Person(person) = actor
            && case.helping.helps(*person)
            && let Some(object) = facts.as_object_mut()
        {
            object.insert("helpers".to_owned(), vec![person.to_string()].into());
        }
        facts
    }

    /// What the policy needs, and what a member of staff is today, so that the record can say it when they are something else.
    fn circumstances(
        &self,
        actor: &Actor,
        action: Action,
        purpose: Purpose,
        submitted: bool,
        service: &str,
    ) -> serde_json::Value {
        let mut facts = circumstances(action, purpose, submitted, service);
        if let Actor::Staff { id, authority } = actor
            && let Some(role) = self.inner.policies.directory().staff_member(*authority, id)
            && let (Some(object), Some(role)) = (facts.as_object_mut(), role.roles.first())
        {
            object.insert("role".to_owned(), role.code().into());
        }
        facts
    }

    fn with_open<R>(&self, f: impl FnOnce(&mut HashMap<AccessKey, Arc<Access>>) -> R) -> R {
        f(&mut self.inner.open.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What each action opens; nothing else opens under it (Art. 5 Abs. 1 Buchst. c DSGVO).
fn parts(action: Action) -> &'static [&'static str] {
    match action {
        Action::EditDraft | Action::Submit => &["form", "paper-name"],
        Action::ViewCase => &["form", "paper-name", "request"],
        Action::ManageHelp => &["helper"],
        Action::ReadPaper => &["paper-name"],
        Action::OpenCase => &[
            "form",
            "paper-name",
            "decision",
            "verdict",
            "request",
            "answer",
            "note",
            "helper",
        ],
        // What a step of the process works with.
        Action::Decide | Action::Release | Action::AdvanceProcess => &["form", "decision", "verdict", "request"],
        Action::RenderNotice => &["letter"],
        Action::ChooseContact | Action::Notify => &["contact"],
        Action::Pay => &["payments"],
        // The document itself is named by `access_to`.
        Action::ReadNotice
        | Action::AnswerRequest
        | Action::AddNote
        | Action::AssignTask
        | Action::ReassignTask
        | Action::Post
        | Action::MoveCases
        | Action::ReadAccessLog
        | Action::ReadWorklist
        | Action::ManageAbsence
        | Action::ManageAbsences
        | Action::ReadRecords
        | Action::ReadOperation
        | Action::RetryJob => &[],
    }
}

/// A resident acting for themselves.
pub(crate) fn resident(person: PersonId) -> Actor {
    Actor::Person(person)
}
