//! Who does what: taking a task, giving it back, handing over one or many. Opens no contents, so no access is recorded; the
//! assignment itself is an entry of the case, with who and when.

use std::collections::BTreeMap;

use wegfrei_identity::{Action, Purpose, Resource, StaffMember};
use wegfrei_journal::{Actor, Commit, CommitError};
use wegfrei_model::{AuthorityId, CaseId, TaskId};
use wegfrei_process::Work;

use crate::Cases;
use crate::error::CaseError;
use crate::event::{Event, stream};
use crate::file::{Act, Loaded, Plan, commit};
use crate::state::{CaseState, Task};
use crate::worklist::Colleague;

/// Tasks handed over at once.
pub const MOST_HANDED_OVER: usize = 500;

/// What became of one task of a [`Cases::hand_over`].
#[derive(Debug)]
pub struct HandedOver {
    /// The case.
    pub case: CaseId,
    /// The task.
    pub task: TaskId,
    /// Done, or why not.
    pub outcome: Result<(), CaseError>,
}

/// Who asks, for whom they act, and to whom the task goes.
struct Order<'a> {
    actor: &'a Actor,
    me: &'a StaffMember,
    absent: Vec<String>,
    to: Option<&'a StaffMember>,
}

/// One case of a hand-over: its tasks by their place in the request.
struct Batch {
    loaded: Loaded,
    tasks: Vec<(usize, TaskId)>,
}

impl Cases {
    /// Gives one open task another holder: oneself (taking it), nobody (`to` is `None`: giving it back), or a colleague.
    /// `held_by` is the holder the page showed.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when the task has another holder meanwhile or is not open any more; [`CaseError::Refused`] for a task of
    /// somebody else (the team lead's right) or outside one's competence; [`CaseError::Verdict`] for an unsuitable colleague.
    pub async fn assign(
        &self,
        actor: &Actor,
        case: CaseId,
        task: TaskId,
        held_by: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), CaseError> {
        let order = self.order(actor, to).await?;
        let loaded = self.load(order.me.authority, case).await?;
        let open = open_task(&loaded.state, task)?;
        if open.assigned_to.as_deref() != held_by {
            return Err(CaseError::Stale);
        }
        self.may_assign(&order, &loaded.state, open)?;
        let commit = self.assignment(&order, &loaded, &[task])?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// Hands many tasks of one's authority to a colleague (or gives them back), at most [`MOST_HANDED_OVER`]: all that can be is
    /// written in one commit, and what cannot is named, in the order asked.
    ///
    /// # Errors
    /// [`CaseError::Verdict`] for too many or an unsuitable colleague, the database's; nothing was changed then.
    pub async fn hand_over(
        &self,
        actor: &Actor,
        tasks: &[(CaseId, TaskId)],
        to: Option<&str>,
    ) -> Result<Vec<HandedOver>, CaseError> {
        if tasks.len() > MOST_HANDED_OVER {
            return Err(CaseError::Verdict(format!(
                "Bitte übergeben Sie höchstens {MOST_HANDED_OVER} Aufgaben auf einmal."
            )));
        }
        let order = self.order(actor, to).await?;
        let authority = order.me.authority;
        let mut outcomes: Vec<Result<(), CaseError>> = tasks.iter().map(|_| Ok(())).collect();
        let mut wanted: BTreeMap<CaseId, Vec<(usize, TaskId)>> = BTreeMap::new();
        for (place, (case, task)) in tasks.iter().enumerate() {
            wanted.entry(*case).or_default().push((place, *task));
        }
        let mut batches: BTreeMap<CaseId, Batch> = BTreeMap::new();
        for (case, asked) in wanted {
            let loaded = match self.load(authority, case).await {
                Ok(loaded) => loaded,
                Err(CaseError::NotFound) => {
                    for (place, _) in asked {
                        set(&mut outcomes, place, CaseError::NotFound);
                    }
                    continue;
                }
                Err(other) => return Err(other),
            };
            let mut fine: Vec<(usize, TaskId)> = Vec::new();
            for (place, task) in asked {
                let twice = fine.iter().any(|(_, known)| *known == task);
                let checked = open_task(&loaded.state, task)
                    .and_then(|open| self.may_assign(&order, &loaded.state, open))
                    .and(if twice { Err(CaseError::Stale) } else { Ok(()) });
                match checked {
                    Ok(()) => fine.push((place, task)),
                    Err(error) => set(&mut outcomes, place, error),
                }
            }
            if !fine.is_empty() {
                batches.insert(case, Batch { loaded, tasks: fine });
            }
        }
        self.write_together(&order, batches, &mut outcomes).await?;
        let handed = tasks.iter().zip(outcomes);
        Ok(handed
            .map(|((case, task), outcome)| HandedOver {
                case: *case,
                task: *task,
                outcome,
            })
            .collect())
    }

    /// Colleagues who may be given tasks of a service (of any, where none is named), by name; those of one's own teams first.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for who is no member of staff.
    pub fn colleagues(&self, actor: &Actor, service: Option<&str>) -> Result<Vec<Colleague>, CaseError> {
        let me = self.official(actor)?;
        let of_my_team = |member: &StaffMember| member.teams.iter().any(|team| me.teams.contains(team));
        let mut found: Vec<(bool, Colleague)> = self
            .directory()
            .staff_of(me.authority)
            .filter(|member| works_on_cases(member) && service.is_none_or(|service| member.serves(service)))
            .map(|member| (!of_my_team(member), self.colleague(me.authority, &member.id)))
            .collect();
        found.sort_by(|one, two| (one.0, &one.1.name, &one.1.id).cmp(&(two.0, &two.1.name, &two.1.id)));
        Ok(found.into_iter().map(|(_, colleague)| colleague).collect())
    }

    async fn order<'a>(&'a self, actor: &'a Actor, to: Option<&str>) -> Result<Order<'a>, CaseError> {
        let me = self.official(actor)?;
        let absent = self.deputised(me.authority, &me.id).await?;
        let to = match to {
            None => None,
            Some(id) => Some(self.directory().staff_member(me.authority, id).ok_or_else(|| {
                CaseError::Verdict(
                    "Diese Person gehört nicht zu Ihrer Behörde. Bitte wählen Sie eine andere.".to_owned(),
                )
            })?),
        };
        Ok(Order { actor, me, absent, to })
    }

    /// Whether a task that somebody holds may be handed over by this person at all: their own, that of whom they deputise, and, by who leads,
    /// one of their teams. What nobody holds may be taken. What the policies say of a service is asked once for each `asked`.
    pub(crate) fn hands_over(
        &self,
        me: &StaffMember,
        absent: &[String],
        holder: Option<&str>,
        service: &str,
        asked: &mut BTreeMap<String, bool>,
    ) -> bool {
        let Some(holder) = holder else { return true };
        if holder == me.id || absent.iter().any(|absent| absent == holder) {
            return true;
        }
        // Who has left the authority belongs to no team any more.
        let member = self.directory().staff_member(me.authority, holder);
        if member.is_some_and(|member| !me.leads(member)) {
            return false;
        }
        if let Some(known) = asked.get(service) {
            return *known;
        }
        let resource = Resource::Case {
            helpers: Vec::new(),
            held: false,
            authority: me.authority,
            // Whose case it is decides nothing here.
            subject: self.inner.ambient.new_id(),
            submitted: true,
            service: service.to_owned(),
        };
        let actor = Actor::staff(me.id.as_str(), me.authority);
        let purpose = Some(Purpose::CaseWork.code());
        let ruling = self
            .inner
            .policies
            .decide(&actor, Action::ReassignTask, &resource, purpose);
        asked.insert(service.to_owned(), ruling.permits());
        ruling.permits()
    }

    fn may_assign(&self, order: &Order<'_>, state: &CaseState, task: &Task) -> Result<(), CaseError> {
        let refuse = |text: &str| Err(CaseError::Refused(text.to_owned()));
        let unsuitable = |text: &str| Err(CaseError::Verdict(text.to_owned()));
        let Order { me, to, .. } = order;
        let resource = Resource::Case {
            helpers: Vec::new(),
            held: false,
            authority: me.authority,
            subject: state.person,
            submitted: state.submitted_at.is_some(),
            service: state.service.clone(),
        };
        let permits = |actor: &Actor, action| {
            let purpose = Some(Purpose::CaseWork.code());
            self.inner.policies.decide(actor, action, &resource, purpose).permits()
        };
        if !permits(order.actor, Action::AssignTask) {
            return refuse("Dieser Vorgang gehört nicht zu Ihren Aufgaben.");
        }
        let holder = task.assigned_to.as_deref();
        if holder.is_none() && to.is_none() {
            return unsuitable("Diese Aufgabe hat noch niemand.");
        }
        let mine = holder.is_some_and(|id| id == me.id || order.absent.iter().any(|absent| absent == id));
        let taken = holder.is_none() && to.is_some_and(|to| to.id == me.id);
        if !mine && !taken {
            if !permits(order.actor, Action::ReassignTask) {
                return refuse("Diese Aufgabe teilt nur die Teamleitung zu.");
            }
            // Who has left the authority belongs to no team any more.
            let holder = holder.and_then(|id| self.directory().staff_member(me.authority, id));
            let theirs = |member: &StaffMember| member.id == me.id || me.leads(member);
            if holder.is_some_and(|member| !theirs(member)) || to.is_some_and(|to| !theirs(to)) {
                return refuse("Diese Aufgabe oder diese Person gehört zu einem anderen Team.");
            }
        }
        let Some(to) = to else {
            return Ok(());
        };
        if holder == Some(&to.id) {
            return unsuitable("Diese Person hat die Aufgabe schon.");
        }
        let release = task.work == Work::Release;
        let needed = if release { Action::Release } else { Action::Decide };
        if !permits(&Actor::staff(to.id.as_str(), me.authority), needed) {
            return unsuitable("Diese Person darf diese Aufgabe nicht erledigen. Bitte wählen Sie eine andere.");
        }
        if release && state.reviewer().is_some_and(|actor| is(actor, to)) {
            return unsuitable("Wer geprüft hat, gibt nicht frei. Bitte wählen Sie eine andere Person.");
        }
        Ok(())
    }

    fn assignment(&self, order: &Order<'_>, loaded: &Loaded, tasks: &[TaskId]) -> Result<Commit, CaseError> {
        let mut plan = Plan::default();
        for task in tasks {
            plan.push(Event::TaskAssigned {
                task: *task,
                to: order.to.map(|to| to.id.clone()),
            });
        }
        let act = Act {
            actor: order.actor,
            purpose: Purpose::CaseWork.german(),
            at: self.now(),
        };
        let authority: AuthorityId = order.me.authority;
        Ok(commit(authority, loaded.state.id, Some(&loaded.state), &act, plan)?.0)
    }

    /// Writes all in one commit. A case that somebody changed in this moment is taken out and named, and the rest is written.
    async fn write_together(
        &self,
        order: &Order<'_>,
        mut batches: BTreeMap<CaseId, Batch>,
        outcomes: &mut [Result<(), CaseError>],
    ) -> Result<(), CaseError> {
        while !batches.is_empty() {
            let mut together = Commit::many(order.me.authority, Vec::new());
            for batch in batches.values() {
                let tasks: Vec<TaskId> = batch.tasks.iter().map(|(_, task)| *task).collect();
                let one = self.assignment(order, &batch.loaded, &tasks)?;
                together.entries.extend(one.entries);
                together.rows.extend(one.rows);
            }
            let changed = match self.inner.journal.commit(together).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict { stream, .. }) => stream,
                Err(other) => return Err(other.into()),
            };
            let case = batches.keys().copied().find(|case| stream(case) == changed);
            let Some(batch) = case.and_then(|case| batches.remove(&case)) else {
                return Err(CaseError::Stale);
            };
            for (place, _) in batch.tasks {
                set(outcomes, place, CaseError::Stale);
            }
        }
        Ok(())
    }
}

fn set(outcomes: &mut [Result<(), CaseError>], place: usize, error: CaseError) {
    if let Some(outcome) = outcomes.get_mut(place) {
        *outcome = Err(error);
    }
}

/// An open task of the office; what waits for the applicant is nobody's to assign.
fn open_task(state: &CaseState, task: TaskId) -> Result<&Task, CaseError> {
    let open = state.tasks.iter().find(|known| known.id == task && known.is_open());
    open.filter(|task| task.work != Work::Supply).ok_or(CaseError::Stale)
}

fn is(actor: &Actor, member: &StaffMember) -> bool {
    matches!(actor, Actor::Staff { id, authority } if *id == member.id && *authority == member.authority)
}

/// Caseworkers and team leads.
pub(crate) fn works_on_cases(member: &StaffMember) -> bool {
    use wegfrei_identity::Role::{Caseworker, TeamLead};
    member.roles.iter().any(|role| matches!(role, Caseworker | TeamLead))
}
