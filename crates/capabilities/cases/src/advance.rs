//! Running the process: what the engine wants done is done here until everything waits. Pure but for ids and seals.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wegfrei_decisions::{Explanation, Shown};
use wegfrei_journal::SealingKey;
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, CaseId, Date, Month, NoticeId, TaskId, Timestamp};
use wegfrei_packages::{Adoption, Catalogue, Origin, Package, RetentionStart};
use wegfrei_process::{Effect, Input, Process, State, TimerSpec};
use wegfrei_store::jobs::NewJob;

use crate::contested::ObjectionResult;
use crate::error::CaseError;
use crate::event::{About, Event, Relation};
use crate::file::Plan;
use crate::outgoing::paid::PaidMonth;
use crate::outgoing::payments::{
    PaidBefore, first_paid, first_stopped, plan_payments, plan_replaced, plan_stop, superseded,
};
use crate::outgoing::{Dispatched, Outgoing};
use crate::state::Notice;
use crate::task::VerdictRecord;
use crate::timing::{self, Times};
use crate::{context, deadline, jobs, letter, redecide, retention};

/// Outcome of a case that was stopped from outside: the applicant withdrew.
const STOPPED: &str = "Antrag zurückgenommen";

/// What a decision leaves sealed in the journal: enough to compute it again.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct DecisionRecord {
    /// The package that decided; records of early versions name it only by the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Origin>,
    pub inputs: Value,
    pub value: Shown,
    pub explanation: Explanation,
}

impl DecisionRecord {
    /// What came of an objection, by the decision's own word for it (`ergebnis`).
    pub fn objection_result(&self) -> Option<ObjectionResult> {
        ObjectionResult::of(self.value.get("ergebnis")?.as_str()?)
    }
}

/// What a caseworker asked of the applicant, as it lies sealed in the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct RequestRecord {
    pub text: String,
    #[serde(default)]
    pub papers: Vec<String>,
}

/// The contents of a case that a step works with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opened {
    /// The form data as sent.
    pub application: Value,
    /// The form data with all corrections of answers. Letters and payments go by `application`: whom they go to, no desk changes.
    pub amended: Value,
    /// The decision's `antrag` input: from the form, with all corrections in their order.
    pub facts: Value,
    /// The corrections of the desk, oldest first.
    pub verdicts: Vec<VerdictRecord>,
    /// The newest decision, once there is one.
    pub decision: Option<DecisionRecord>,
    /// What the applicant was asked for last.
    pub request: Option<RequestRecord>,
    /// While the decision is made anew: what was paid for each month.
    pub paid: BTreeMap<Month, PaidMonth>,
}

/// The decision that is made takes the place of this one.
#[derive(Clone, Debug)]
pub(crate) struct Replaces {
    /// The case of the objection that has succeeded; `None` in an objection's own case.
    pub objection: Option<CaseId>,
    /// The notice.
    pub notice: NoticeId,
    /// Its date.
    pub dated: Date,
    /// Its check code.
    pub code: String,
}

impl Replaces {
    /// This notice, because of an objection or of none.
    pub fn of(notice: &Notice, objection: Option<CaseId>) -> Self {
        Self {
            objection,
            notice: notice.id,
            dated: notice.issued_at.date(),
            code: notice.code.clone(),
        }
    }
}

/// One command's run through the process.
pub(crate) struct Runner<'a> {
    pub catalogue: &'a Catalogue,
    pub package: &'a Package,
    pub adoption: &'a Adoption,
    pub ambient: &'a Ambient,
    pub sealing: &'a SealingKey,
    pub authority: AuthorityId,
    pub case: CaseId,
    pub reference: String,
    pub check_url: &'a str,
    pub now: Timestamp,
    /// `submission`, `task` or `deadline`: at which stage decisions are computed.
    pub stage: &'static str,
    /// Whether no person of the authority took part so far.
    pub automatic: bool,
    /// `aufgabe.ergebnis`.
    pub result: Option<&'static str>,
    /// Day of the newest request, and the last day for its answer.
    pub request: Option<(Date, Date)>,
    /// Tasks that are open: id, element, token.
    pub tasks: Vec<(TaskId, String, Option<u64>)>,
    /// The earlier case this one is about.
    pub about: Option<About>,
    /// What is planned to be paid, as the case stood before.
    pub outgoing: Outgoing,
    /// The decision whose place the next one takes.
    pub replaces: Option<Replaces>,
    /// How many decisions were replaced before.
    pub replaced: usize,
    /// How the newest decision has left the house; empty while it, or one of its letters, has not.
    pub dispatched: Vec<Dispatched>,
    /// The timer that has fired, and when it was due.
    pub passed: Option<(String, Timestamp)>,
    /// The contents.
    pub opened: Opened,
    /// Letters that went out on the way: template and data.
    pub letters: Vec<(String, Value)>,
}

impl Runner<'_> {
    /// Starts the process of a case that was just sent.
    pub fn start(&mut self, plan: &mut Plan) -> Result<(), CaseError> {
        let (state, effects) = self.package.process().start(&self.vars()).map_err(package)?;
        self.settle(state, effects, plan)
    }

    /// Goes on after one input.
    pub fn step(&mut self, state: &State, input: &Input, plan: &mut Plan) -> Result<(), CaseError> {
        let (state, effects) = self
            .package
            .process()
            .step(state, input, &self.vars())
            .map_err(package)?;
        self.settle(state, effects, plan)
    }

    fn vars(&self) -> Value {
        let decision = self.opened.decision.as_ref();
        let decision = decision.map_or(Value::Null, |record| record.value.clone().into());
        variables(&self.opened.facts, &decision, self.result)
    }

    fn today(&self) -> Date {
        self.now.date()
    }

    fn settle(&mut self, mut state: State, effects: Vec<Effect>, plan: &mut Plan) -> Result<(), CaseError> {
        let (mut ended, mut passed) = (None, Vec::new());
        let mut queue = std::collections::VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let answer = match effect {
                Effect::Entered { element } => {
                    passed.push(element);
                    None
                }
                // A signal was heard inside the case already; nobody outside listens.
                Effect::Signalled { .. } => None,
                // The package check lets neither through.
                Effect::Send { element, .. } | Effect::Set { element, .. } => {
                    return Err(CaseError::Package(format!(
                        "`{element}` sends a message or computes a value, which the platform does not carry out"
                    )));
                }
                Effect::CancelTask { element, token } => {
                    self.cancel_task(&element, token, plan);
                    None
                }
                Effect::CancelTimer { element, .. } => {
                    // The job stays and finds nothing that waits for it.
                    plan.push(Event::DeadlineCancelled {
                        element,
                        renamed: false,
                    });
                    None
                }
                Effect::Decide {
                    element,
                    token,
                    decision,
                } => {
                    self.decide(&decision, plan)?;
                    Some(Input::Complete { element, token })
                }
                Effect::Call {
                    element,
                    token,
                    operation,
                } => {
                    self.call(&operation, plan)?;
                    Some(Input::Complete { element, token })
                }
                Effect::Task {
                    element,
                    token,
                    name,
                    role,
                    work,
                } => {
                    let task = self.ambient.new_id::<TaskId>();
                    self.tasks.push((task, element.clone(), Some(token)));
                    plan.push(Event::TaskOpened {
                        task,
                        element,
                        name,
                        role,
                        work,
                        token: Some(token),
                    });
                    None
                }
                Effect::Timer { element, token, spec } => {
                    self.timer(element, token, &spec, plan)?;
                    None
                }
                Effect::Ended { element } => {
                    ended = Some(self.element_name(&element));
                    None
                }
            };
            if let Some(input) = answer {
                let vars = self.vars();
                let (next, more) = self.package.process().step(&state, &input, &vars).map_err(package)?;
                state = next;
                queue.extend(more);
            }
        }
        let waiting = state.tokens().map(|token| self.element_name(&token.element)).collect();
        let finished = state.finished;
        let stored = serde_json::to_value(&state).map_err(|error| CaseError::damaged("process state", error))?;
        plan.push(Event::Advanced {
            state: stored,
            waiting,
            passed,
        });
        if finished {
            plan.push(Event::Closed {
                outcome: ended.unwrap_or_else(|| STOPPED.to_owned()),
            });
            self.tell_contested(plan);
            let keeping = &self.package.manifest().retention;
            if keeping.begins != RetentionStart::Open {
                let end = retention::end(self.now.date(), keeping.years);
                plan.jobs.push(retention::job(self.authority, self.case, end));
            }
        }
        Ok(())
    }

    fn cancel_task(&mut self, element: &str, token: u64, plan: &mut Plan) {
        let found = self
            .tasks
            .iter()
            .position(|(_, known, at)| known == element && at.is_none_or(|at| at == token));
        if let Some(found) = found {
            let (task, _, _) = self.tasks.remove(found);
            plan.push(Event::TaskCancelled { task, moved: false });
        }
    }

    /// The end of an objection lets the case it is about go on.
    fn tell_contested(&self, plan: &mut Plan) {
        let Some(about) = self.about.filter(|about| about.relation == Relation::Objection) else {
            return;
        };
        plan.jobs.push(NewJob {
            authority: self.authority.to_string(),
            id: format!("{}/{}", deadline::OBJECTION_CLOSED, self.case),
            kind: deadline::OBJECTION_CLOSED.to_owned(),
            payload: json!({ "case": about.case, "objection": self.case }).to_string(),
            run_after: self.now.as_micros(),
            max_attempts: jobs::ATTEMPTS,
        });
    }

    /// What came of an objection.
    pub fn objection_result(&self) -> Option<ObjectionResult> {
        self.opened.decision.as_ref()?.objection_result()
    }

    /// What came of an objection is said at the case it is about as soon as the decision goes out: nothing but that stands in the job.
    fn tell_decided(&self, plan: &mut Plan) {
        let Some(about) = self.about.filter(|about| about.relation == Relation::Objection) else {
            return;
        };
        let Some(result) = self.objection_result() else {
            return;
        };
        let replaced = self.replaced + usize::from(self.replaces.is_some());
        plan.jobs.push(NewJob {
            authority: self.authority.to_string(),
            // A decision that is made again is told again.
            id: format!("{}/{}/{}", deadline::OBJECTION_DECIDED, self.case, self.now.as_micros()),
            kind: deadline::OBJECTION_DECIDED.to_owned(),
            payload: json!({ "case": about.case, "objection": self.case, "result": result, "replaced": replaced })
                .to_string(),
            run_after: self.now.as_micros(),
            max_attempts: jobs::ATTEMPTS,
        });
    }

    fn element_name(&self, id: &str) -> String {
        self.package
            .process()
            .element(id)
            .map_or_else(|| id.to_owned(), |element| element.name.clone())
    }

    fn decide(&mut self, decision: &str, plan: &mut Plan) -> Result<(), CaseError> {
        let made = self
            .package
            .decide_facts(self.adoption, decision, &self.opened.facts, self.today())
            .map_err(package)?;
        let automatic = made.value.member("automatisch") == Some(Value::Bool(true));
        let record = DecisionRecord {
            package: Some(made.package),
            inputs: made.inputs,
            value: made.value,
            explanation: made.explanation,
        };
        let sealed = self
            .sealing
            .seal(context(self.case, "decision"), &record)
            .map_err(|error| CaseError::damaged("decision", error))?;
        plan.push_sealed(
            Event::DecisionMade {
                decision: decision.to_owned(),
                automatic,
                stage: self.stage.to_owned(),
            },
            sealed.into_bytes(),
        );
        self.opened.decision = Some(record);
        Ok(())
    }

    fn call(&mut self, operation: &str, plan: &mut Plan) -> Result<(), CaseError> {
        match operation {
            "notice" => {
                self.tell_decided(plan);
                self.issue_notices(plan)?;
                self.carry_out(plan);
                Ok(())
            }
            "payments" => self.plan_payments(plan),
            "payments:end" => {
                self.end_payments(plan);
                Ok(())
            }
            other => match other.strip_prefix("letter:") {
                Some(template) => self.issue(template, true, plan),
                None => Err(CaseError::Package(format!(
                    "the process calls `{other}`, which the platform does not know"
                ))),
            },
        }
    }

    /// A new decision has replaced the one that was contested: nothing is paid by that one any more, and the objection is told.
    fn carry_out(&self, plan: &mut Plan) {
        let Some(objection) = self.replaces.as_ref().and_then(|replaces| replaces.objection) else {
            return;
        };
        plan_replaced(&self.outgoing, plan);
        plan.jobs.push(NewJob {
            authority: self.authority.to_string(),
            id: format!("{}/{objection}", redecide::CARRIED_OUT),
            kind: redecide::CARRIED_OUT.to_owned(),
            payload: json!({ "case": self.case, "objection": objection }).to_string(),
            run_after: self.now.as_micros(),
            max_attempts: jobs::ATTEMPTS,
        });
    }

    /// What was paid by the decision that is replaced: plan and notice reckon with the same.
    fn paid_before(&self) -> Option<PaidBefore<'_>> {
        self.replaces.as_ref().map(|_| PaidBefore {
            months: &self.opened.paid,
            stopped: first_stopped(&self.outgoing),
            now: Month::of(self.today()),
        })
    }

    /// Plans what the decision's `zahlungen` lists, to the account of the application.
    fn plan_payments(&self, plan: &mut Plan) -> Result<(), CaseError> {
        let decided = self.opened.decision.as_ref();
        let decided = decided.ok_or_else(|| CaseError::Package("payments before a decision".to_owned()))?;
        let payee = self.package.payee(&self.opened.application);
        let (holder, iban) = payee.map(|payee| (payee.holder, payee.iban)).unwrap_or_default();
        plan_payments(
            self.sealing,
            self.case,
            (&holder, &iban),
            &decided.value,
            self.paid_before(),
            plan,
        )?;
        // A month is paid by one case: what the earlier one has planned for it makes room.
        let follows = self.about.filter(|about| about.relation != Relation::Objection);
        if let (Some(about), Some(from)) = (follows, first_paid(&decided.value)) {
            plan.jobs
                .push(superseded(self.authority, about.case, self.case, from, self.now));
        }
        Ok(())
    }

    /// The grant has ended: nothing is paid from next month on, neither by this case nor by the one it changes. The current month is
    /// left alone; it is paid in advance (§ 26 Abs. 2 WoGG).
    fn end_payments(&self, plan: &mut Plan) {
        let Some(from) = Month::of(self.today()).next() else {
            return;
        };
        plan_stop(&self.outgoing, from, plan);
        // What was granted before ends only by a change: whoever is refused a further period keeps the present one.
        if let Some(about) = self.about.filter(|about| about.relation == Relation::Change) {
            plan.jobs
                .push(superseded(self.authority, about.case, self.case, from, self.now));
        }
    }

    /// The letter first, then what is sent with it, each a document of its own in the mailbox.
    fn issue_notices(&mut self, plan: &mut Plan) -> Result<(), CaseError> {
        if self.opened.decision.is_none() {
            return Err(CaseError::Package("notice before a decision".to_owned()));
        }
        let package = self.package;
        self.issue(package.notice_template(), false, plan)?;
        package
            .enclosures()
            .iter()
            .try_for_each(|template| self.issue(template, false, plan))
    }

    /// The data of a letter as it would go out now.
    pub fn letter(&self, code: &str) -> Result<Value, CaseError> {
        letter::data(&letter::Letter {
            catalogue: self.catalogue,
            package: self.package,
            adoption: self.adoption,
            authority: self.authority,
            reference: &self.reference,
            date: self.today(),
            opened: &self.opened,
            request: self.request,
            automatic: self.automatic,
            replaces: self.replaces.as_ref().zip(self.paid_before()),
            code,
            check_url: self.check_url,
        })
    }

    fn issue(&mut self, template: &str, letter: bool, plan: &mut Plan) -> Result<(), CaseError> {
        let notice = self.ambient.new_id::<NoticeId>();
        let code = letter::check_code(self.ambient);
        let data = self.letter(&code)?;
        let sealed = self
            .sealing
            .seal(context(self.case, &format!("letter/{notice}")), &data)
            .map_err(|error| CaseError::damaged("letter", error))?;
        plan.push_sealed(
            Event::NoticeIssued {
                notice,
                template: template.to_owned(),
                code,
                demonstration: self.adoption.is_demonstration(),
                letter,
                serve: !letter && self.package.manifest().serves,
                replaces: self
                    .replaces
                    .as_ref()
                    .filter(|_| !letter && template == self.package.notice_template())
                    .map(|replaces| replaces.notice),
            },
            sealed.into_bytes(),
        );
        plan.jobs.push(NewJob {
            authority: self.authority.to_string(),
            id: format!("{}/{notice}", jobs::RENDER),
            kind: jobs::RENDER.to_owned(),
            payload: json!({ "case": self.case, "notice": notice }).to_string(),
            run_after: self.now.as_micros(),
            max_attempts: jobs::ATTEMPTS,
        });
        if !letter {
            self.dispatched.clear();
        }
        self.letters.push((template.to_owned(), data));
        Ok(())
    }

    fn timer(&mut self, element: String, token: u64, spec: &TimerSpec, plan: &mut Plan) -> Result<(), CaseError> {
        let times = Times {
            package: self.package,
            request: self.request,
            dispatched: &self.dispatched,
            now: self.now,
        };
        let (name, due) = match &self.passed {
            Some((passed, last)) if *passed == element => times.due_again(spec, *last)?,
            _ => times.due(spec)?,
        };
        let again = timing::repeated(spec, due);
        plan.jobs.push(deadline::job(
            self.authority,
            self.case,
            &element,
            token,
            deadline::comes(&name, due),
            &again,
        ));
        plan.push(Event::DeadlineSet { element, name, due });
        Ok(())
    }
}

/// The variables a process's conditions read.
pub(crate) fn variables(facts: &Value, decision: &Value, result: Option<&str>) -> Value {
    json!({ "antrag": facts, "entscheidung": decision, "aufgabe": { "ergebnis": result } })
}

/// Whether going on with this input works with contents of the case: it decides, writes a letter, or asks about them. A step that
/// only moves on opens nothing (Art. 5 Abs. 1 Buchst. c DSGVO).
pub(crate) fn needs_contents(process: &Process, state: &State, input: &Input, result: Option<&str>) -> bool {
    let mut tried = state.clone();
    let Ok(moved) = process.advance(&mut tried, input, &variables(&Value::Null, &Value::Null, result)) else {
        return true;
    };
    let works = |effect: &Effect| matches!(effect, Effect::Decide { .. } | Effect::Call { .. } | Effect::Set { .. });
    moved.effects.iter().any(works) || moved.asked.iter().any(|name| name != "aufgabe")
}

fn package(error: impl std::fmt::Display) -> CaseError {
    CaseError::Package(error.to_string())
}
