//! Authorisation by Cedar: one question, one set of policies, one golden matrix.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, PersonId};

use crate::{Directory, Purpose, StaffMember};

/// What somebody wants to do. The codes are those of `policies.cedar`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Change a draft of one's own.
    EditDraft,
    /// Send an application.
    Submit,
    /// See one's own case.
    ViewCase,
    /// See who saw one's data.
    ReadAccessLog,
    /// Read a notice (PDF).
    ReadNotice,
    /// Read an uploaded paper.
    ReadPaper,
    /// Open a case's contents at the desk.
    OpenCase,
    /// Confirm or correct a decision.
    Decide,
    /// Release or return what a colleague checked (four eyes).
    Release,
    /// Write a note into the file.
    AddNote,
    /// Take a task, give it back, hand one's own to a colleague.
    AssignTask,
    /// Assign a task that is somebody else's.
    ReassignTask,
    /// The platform renders a notice.
    RenderNotice,
    /// The platform advances a process (timers).
    AdvanceProcess,
    /// Choose how to be told of news, and see one's choice.
    ChooseContact,
    /// The platform tells a person that something is there.
    Notify,
    /// Print letters, post them, and say so.
    Post,
    /// Make the payment file of a month.
    Pay,
    /// Move running cases to the newest version of their package, and back (no contents).
    MoveCases,
    /// See the worklist (no contents).
    ReadWorklist,
    /// Say when one is absent and who the deputy is.
    ManageAbsence,
    /// Say it for a colleague.
    ManageAbsences,
    /// Read the access records of an authority.
    ReadRecords,
    /// See how the machine is doing.
    ReadOperation,
    /// Let a failed job run again.
    RetryJob,
    /// Answer what the authority asked for.
    AnswerRequest,
    /// Let somebody help, see who does, and end it.
    ManageHelp,
}

impl Action {
    /// Every action, in the order of the golden matrix.
    pub const ALL: [Action; 27] = [
        Action::EditDraft,
        Action::Submit,
        Action::ViewCase,
        Action::ReadAccessLog,
        Action::ReadNotice,
        Action::ReadPaper,
        Action::OpenCase,
        Action::Decide,
        Action::Release,
        Action::AddNote,
        Action::AssignTask,
        Action::ReassignTask,
        Action::RenderNotice,
        Action::AdvanceProcess,
        Action::ChooseContact,
        Action::Notify,
        Action::Post,
        Action::Pay,
        Action::MoveCases,
        Action::ReadWorklist,
        Action::ManageAbsence,
        Action::ManageAbsences,
        Action::ReadRecords,
        Action::ReadOperation,
        Action::RetryJob,
        Action::AnswerRequest,
        Action::ManageHelp,
    ];

    /// The code used in policies and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Action::EditDraft => "draft.edit",
            Action::Submit => "application.submit",
            Action::ViewCase => "case.view",
            Action::ReadAccessLog => "access-log.read",
            Action::ReadNotice => "notice.read",
            Action::ReadPaper => "paper.read",
            Action::OpenCase => "case.open",
            Action::Decide => "case.decide",
            Action::Release => "case.release",
            Action::AddNote => "note.add",
            Action::AssignTask => "task.assign",
            Action::ReassignTask => "task.reassign",
            Action::RenderNotice => "notice.render",
            Action::AdvanceProcess => "process.advance",
            Action::ChooseContact => "contact.choose",
            Action::Notify => "contact.notify",
            Action::Post => "post.dispatch",
            Action::Pay => "payments.run",
            Action::MoveCases => "cases.move",
            Action::ReadWorklist => "worklist.read",
            Action::ManageAbsence => "absence.manage",
            Action::ManageAbsences => "absence.manage-others",
            Action::ReadRecords => "records.read",
            Action::ReadOperation => "operation.read",
            Action::RetryJob => "operation.retry",
            Action::AnswerRequest => "request.answer",
            Action::ManageHelp => "help.manage",
        }
    }

    /// The action of a code; `None` for a code no policy knows.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }
}

/// What is acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A draft or case of one resident at one authority.
    Case {
        /// The competent authority.
        authority: AuthorityId,
        /// Whose case it is.
        subject: PersonId,
        /// Whether the application has been sent; a draft is nobody's but the resident's.
        submitted: bool,
        /// The service it is about.
        service: String,
        /// Whom the resident lets help.
        helpers: Vec<PersonId>,
        /// The task that is acted on is held by somebody else, whose deputy the actor is not today.
        held: bool,
    },
    /// An authority as a whole.
    Authority(AuthorityId),
    /// The file of a payment run: about everybody it pays.
    PaymentRun {
        /// Whose file it is.
        authority: AuthorityId,
        /// The services it pays; empty when that is not known, which no scope covers.
        services: Vec<String>,
    },
    /// A print file: letters of many people.
    PrintFile {
        /// Whose file it is.
        authority: AuthorityId,
        /// The services its letters are of; empty when that is not known, which no scope covers.
        services: Vec<String>,
    },
}

/// The answer, with the policies that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Allowed; names the permitting policies for the record.
    Permit(String),
    /// Refused; names what forbade it, or says that nothing permits it.
    Refuse(String),
}

impl Verdict {
    /// Whether it is a permission.
    #[must_use]
    pub fn permits(&self) -> bool {
        matches!(self, Verdict::Permit(_))
    }
}

/// Why the policies could not be loaded. Only a changed `policies.cedar` can cause it.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The policy text does not parse or does not fit the schema.
    #[error("policies.cedar: {0}")]
    Policies(String),
}

/// The policy set, ready to ask. Cheap to clone.
#[derive(Clone)]
pub struct Policies {
    inner: Arc<Inner>,
}

struct Inner {
    policies: PolicySet,
    authorizer: Authorizer,
    directory: Directory,
    types: Types,
}

struct Types {
    person: EntityTypeName,
    staff: EntityTypeName,
    system: EntityTypeName,
    case: EntityTypeName,
    authority: EntityTypeName,
    payment_run: EntityTypeName,
    print_file: EntityTypeName,
    action: EntityTypeName,
}

fn failed(error: impl std::fmt::Display) -> PolicyError {
    PolicyError::Policies(error.to_string())
}

impl Policies {
    /// Loads the built-in policies, checks them against their schema, and binds them to the staff directory.
    ///
    /// # Errors
    /// When the built-in text is wrong: a programming error that a test finds.
    pub fn load(directory: Directory) -> Result<Self, PolicyError> {
        let (schema, _) = Schema::from_cedarschema_str(include_str!("policies.cedarschema")).map_err(failed)?;
        let policies = PolicySet::from_str(include_str!("policies.cedar")).map_err(failed)?;
        let report = Validator::new(schema).validate(&policies, ValidationMode::Strict);
        if !report.validation_passed() {
            let errors: Vec<String> = report.validation_errors().map(ToString::to_string).collect();
            return Err(PolicyError::Policies(errors.join("; ")));
        }
        let name = |text: &str| EntityTypeName::from_str(text).map_err(failed);
        let types = Types {
            person: name("Person")?,
            staff: name("Staff")?,
            system: name("System")?,
            case: name("Case")?,
            authority: name("Authority")?,
            payment_run: name("PaymentRun")?,
            print_file: name("PrintFile")?,
            action: name("Action")?,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                policies,
                authorizer: Authorizer::new(),
                directory,
                types,
            }),
        })
    }

    /// The directory the policies are bound to.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.inner.directory
    }

    /// Asks whether `actor` may do `action` on `resource` for `purpose`. Unknown actors and any evaluation error are refusals.
    #[must_use]
    pub fn decide(&self, actor: &Actor, action: Action, resource: &Resource, purpose: Option<&str>) -> Verdict {
        match self.evaluate(actor, action, resource, purpose) {
            Ok(verdict) => verdict,
            Err(error) => Verdict::Refuse(format!("error: {error}")),
        }
    }

    fn evaluate(
        &self,
        actor: &Actor,
        action: Action,
        resource: &Resource,
        purpose: Option<&str>,
    ) -> Result<Verdict, PolicyError> {
        let types = &self.inner.types;
        let uid = |name: &EntityTypeName, id: &str| EntityUid::from_type_name_and_id(name.clone(), EntityId::new(id));
        let mut entities = Vec::with_capacity(2);
        let principal = match actor {
            Actor::Person(id) => uid(&types.person, &id.to_string()),
            Actor::System(name) => uid(&types.system, name),
            Actor::Staff { authority, id } => {
                let Some(member) = self.inner.directory.staff_member(*authority, id) else {
                    return Ok(Verdict::Refuse("unknown staff".to_owned()));
                };
                let principal = uid(&types.staff, &format!("{id}@{authority}"));
                entities.push(self.staff_entity(member, principal.clone())?);
                principal
            }
        };
        let target = match resource {
            Resource::Authority(authority) => uid(&types.authority, &authority.to_string()),
            Resource::PaymentRun { authority, services } | Resource::PrintFile { authority, services } => {
                let target = match resource {
                    Resource::PrintFile { .. } => uid(&types.print_file, "file"),
                    _ => uid(&types.payment_run, "run"),
                };
                // No service is a name that no scope contains.
                let unknown = services.is_empty().then(String::new);
                let services = services.iter().cloned().chain(unknown);
                let attributes = HashMap::from([
                    (
                        "authority".to_owned(),
                        RestrictedExpression::new_entity_uid(uid(&types.authority, &authority.to_string())),
                    ),
                    (
                        "services".to_owned(),
                        RestrictedExpression::new_set(services.map(RestrictedExpression::new_string)),
                    ),
                ]);
                entities.push(Entity::new(target.clone(), attributes, HashSet::new()).map_err(failed)?);
                target
            }
            Resource::Case {
                authority,
                subject,
                submitted,
                service,
                helpers,
                held,
            } => {
                let target = uid(&types.case, "case");
                let attributes = HashMap::from([
                    (
                        "authority".to_owned(),
                        RestrictedExpression::new_entity_uid(uid(&types.authority, &authority.to_string())),
                    ),
                    (
                        "subject".to_owned(),
                        RestrictedExpression::new_entity_uid(uid(&types.person, &subject.to_string())),
                    ),
                    ("submitted".to_owned(), RestrictedExpression::new_bool(*submitted)),
                    ("held".to_owned(), RestrictedExpression::new_bool(*held)),
                    ("service".to_owned(), RestrictedExpression::new_string(service.clone())),
                    (
                        "helpers".to_owned(),
                        RestrictedExpression::new_set(helpers.iter().map(|helper| {
                            RestrictedExpression::new_entity_uid(uid(&types.person, &helper.to_string()))
                        })),
                    ),
                ]);
                entities.push(Entity::new(target.clone(), attributes, HashSet::new()).map_err(failed)?);
                target
            }
        };
        let context = Context::from_pairs(
            purpose.map(|code| ("purpose".to_owned(), RestrictedExpression::new_string(code.to_owned()))),
        )
        .map_err(failed)?;
        let entities = Entities::from_entities(entities, None).map_err(failed)?;
        let request =
            Request::new(principal, uid(&types.action, action.code()), target, context, None).map_err(failed)?;
        let response = self
            .inner
            .authorizer
            .is_authorized(&request, &self.inner.policies, &entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(failed(error));
        }
        let mut names: Vec<String> = response
            .diagnostics()
            .reason()
            .map(|id| {
                self.inner
                    .policies
                    .annotation(id, "id")
                    .map_or_else(|| id.to_string(), ToString::to_string)
            })
            .collect();
        names.sort();
        Ok(match response.decision() {
            Decision::Allow => Verdict::Permit(names.join(" ")),
            Decision::Deny if names.is_empty() => Verdict::Refuse("nothing permits it".to_owned()),
            Decision::Deny => Verdict::Refuse(names.join(" ")),
        })
    }

    fn staff_entity(&self, member: &StaffMember, uid: EntityUid) -> Result<Entity, PolicyError> {
        let authority = EntityUid::from_type_name_and_id(
            self.inner.types.authority.clone(),
            EntityId::new(member.authority.to_string()),
        );
        let roles = member
            .roles
            .iter()
            .map(|role| RestrictedExpression::new_string(role.code().to_owned()));
        let services = member
            .services
            .iter()
            .map(|service| RestrictedExpression::new_string(service.clone()));
        let attributes = HashMap::from([
            ("authority".to_owned(), RestrictedExpression::new_entity_uid(authority)),
            ("roles".to_owned(), RestrictedExpression::new_set(roles)),
            ("services".to_owned(), RestrictedExpression::new_set(services)),
        ]);
        Entity::new(uid, attributes, HashSet::new()).map_err(failed)
    }
}

/// The facts of a case that [`Policies`] need to judge an access; travels in [`AccessRequest::circumstances`].
///
/// [`AccessRequest::circumstances`]: wegfrei_journal::AccessRequest::circumstances
#[must_use]
pub fn circumstances(action: Action, purpose: Purpose, submitted: bool, service: &str) -> serde_json::Value {
    serde_json::json!({
        "action": action.code(), "purpose": purpose.code(), "submitted": submitted, "service": service,
    })
}

impl wegfrei_journal::Policy for Policies {
    fn decide(&self, request: &wegfrei_journal::AccessRequest) -> wegfrei_journal::Decision {
        let text = |name: &str| request.circumstances.get(name).and_then(serde_json::Value::as_str);
        let action = text("action").and_then(Action::from_code);
        let texts = |name: &str| -> Vec<String> {
            let listed = request.circumstances.get(name).and_then(serde_json::Value::as_array);
            let listed = listed.into_iter().flatten();
            listed.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let submitted = request
            .circumstances
            .get("submitted")
            .and_then(serde_json::Value::as_bool);
        let held = request
            .circumstances
            .get("held")
            .and_then(serde_json::Value::as_bool)
            .unwrap_or_default();
        let resource = match (request.subject, submitted, text("service")) {
            (Some(subject), Some(submitted), Some(service)) => Some(Resource::Case {
                authority: request.authority,
                subject,
                submitted,
                service: service.to_owned(),
                helpers: texts("helpers")
                    .iter()
                    .filter_map(|id| PersonId::parse(id).ok())
                    .collect(),
                held,
            }),
            // A payment file is about many people: nobody's alone.
            (None, ..) if action == Some(Action::Pay) => Some(Resource::PaymentRun {
                authority: request.authority,
                services: texts("services"),
            }),
            // So is a print file.
            (None, ..) if action == Some(Action::Post) => Some(Resource::PrintFile {
                authority: request.authority,
                services: texts("services"),
            }),
            _ => None,
        };
        let (Some(action), Some(resource)) = (action, resource) else {
            return wegfrei_journal::Decision::Refuse {
                policy: "incomplete request".to_owned(),
                reason: "Der Zugriff ist nicht ausreichend begründet.".to_owned(),
            };
        };
        match Policies::decide(self, &request.actor, action, &resource, text("purpose")) {
            Verdict::Permit(policy) => wegfrei_journal::Decision::Permit { policy },
            Verdict::Refuse(policy) => wegfrei_journal::Decision::Refuse {
                policy,
                reason: "Dieser Zugriff gehört nicht zu Ihren Aufgaben.".to_owned(),
            },
        }
    }
}
