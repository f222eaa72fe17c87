//! Running the process: what the engine wants done is done here until everything waits. Pure but for ids and seals.

use serde_json::{Value, json};
use wegfrei_decisions::Explanation;
use wegfrei_journal::SealingKey;
use wegfrei_model::ambient::Ambient;
use wegfrei_model::deadline::{self as legal, Dispatch, Objection, Procedure, Remedy};
use wegfrei_model::{AuthorityId, CaseId, Date, NoticeId, TaskId, Timestamp};
use wegfrei_packages::{Adoption, Catalogue, Package};
use wegfrei_process::{Effect, Input, State, TimerSpec};
use wegfrei_store::jobs::NewJob;

use crate::error::CaseError;
use crate::event::Event;
use crate::file::Plan;
use crate::letter;
use crate::{context, jobs, retention};

/// What a decision leaves sealed in the journal: enough to compute it again.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct DecisionRecord {
    pub inputs: Value,
    pub value: Value,
    pub explanation: Explanation,
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
    pub reference: &'a str,
    pub check_url: &'a str,
    pub now: Timestamp,
    /// `submission` or `task`: at which stage decisions are computed.
    pub stage: &'static str,
    /// The form data as sent.
    pub application: &'a Value,
    /// The decision's `antrag` input: from the form, with a caseworker's corrections.
    pub facts: Value,
    /// What a caseworker wrote when correcting.
    pub correction: Option<&'a str>,
    /// The newest decision, once there is one.
    pub decision: Option<DecisionRecord>,
}

impl Runner<'_> {
    /// Starts the process of a case that was just sent.
    pub fn start(mut self, plan: &mut Plan) -> Result<(), CaseError> {
        let (state, effects) = self.package.process().start(&self.vars()).map_err(package)?;
        self.settle(state, effects, plan)
    }

    /// Goes on after one input.
    pub fn step(mut self, state: &State, input: &Input, plan: &mut Plan) -> Result<(), CaseError> {
        let (state, effects) = self
            .package
            .process()
            .step(state, input, &self.vars())
            .map_err(package)?;
        self.settle(state, effects, plan)
    }

    fn vars(&self) -> Value {
        let decision = self
            .decision
            .as_ref()
            .map_or(Value::Null, |record| record.value.clone());
        json!({ "antrag": self.facts, "entscheidung": decision })
    }

    fn today(&self) -> Date {
        self.now.date()
    }

    fn settle(&mut self, mut state: State, mut effects: Vec<Effect>, plan: &mut Plan) -> Result<(), CaseError> {
        let mut ended = None;
        let mut queue = std::collections::VecDeque::from(std::mem::take(&mut effects));
        while let Some(effect) = queue.pop_front() {
            let answer = match effect {
                Effect::Entered { .. } => None,
                Effect::CancelTask { .. } | Effect::CancelTimer { .. } => {
                    return Err(CaseError::Package(
                        "time limits on user tasks are not supported yet".to_owned(),
                    ));
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
                    element, name, role, ..
                } => {
                    plan.push(Event::TaskOpened {
                        task: self.ambient.new_id::<TaskId>(),
                        element,
                        name,
                        role,
                    });
                    None
                }
                Effect::Timer { element, spec, .. } => {
                    self.timer(element, &spec, plan)?;
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
        let waiting = state
            .tokens
            .iter()
            .map(|token| self.element_name(&token.element))
            .collect();
        let finished = state.finished;
        let stored = serde_json::to_value(&state).map_err(|error| CaseError::damaged("process state", error))?;
        plan.push(Event::Advanced { state: stored, waiting });
        if finished {
            plan.push(Event::Closed {
                outcome: ended.unwrap_or_default(),
            });
            let years = self.package.manifest().retention.years;
            plan.jobs
                .push(retention::job(self.authority, self.case, self.now, years));
        }
        Ok(())
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
            .decide_facts(self.adoption, decision, &self.facts, self.today())
            .map_err(package)?;
        let automatic = made.value.get("automatisch").and_then(Value::as_bool).unwrap_or(false);
        let record = DecisionRecord {
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
        self.decision = Some(record);
        Ok(())
    }

    fn call(&mut self, operation: &str, plan: &mut Plan) -> Result<(), CaseError> {
        match operation {
            "notice" => self.issue_notices(plan),
            other => Err(CaseError::Package(format!(
                "the process calls `{other}`, which the platform does not know"
            ))),
        }
    }

    /// The letter first, then what is sent with it, each a document of its own in the mailbox.
    fn issue_notices(&self, plan: &mut Plan) -> Result<(), CaseError> {
        self.issue_notice(self.package.notice_template(), plan)?;
        self.package
            .enclosures()
            .iter()
            .try_for_each(|template| self.issue_notice(template, plan))
    }

    fn issue_notice(&self, template: &str, plan: &mut Plan) -> Result<(), CaseError> {
        let record = self
            .decision
            .as_ref()
            .ok_or_else(|| CaseError::Package("notice before a decision".to_owned()))?;
        let notice = self.ambient.new_id::<NoticeId>();
        let code = letter::check_code(self.ambient);
        let data = letter::data(&letter::Letter {
            catalogue: self.catalogue,
            package: self.package,
            adoption: self.adoption,
            authority: self.authority,
            reference: self.reference,
            date: self.today(),
            application: self.application,
            decision: record,
            automatic: self.stage == "submission",
            correction: self.correction,
            code: &code,
            check_url: self.check_url,
        })?;
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
        Ok(())
    }

    fn timer(&mut self, element: String, spec: &TimerSpec, plan: &mut Plan) -> Result<(), CaseError> {
        let (name, due) = match spec {
            TimerSpec::Deadline(name) if name == "rechtsbehelfsfrist" => (name.clone(), objection_end(self.today())?),
            TimerSpec::Deadline(name) => {
                return Err(CaseError::Package(format!("the legal deadline `{name}` is not known")));
            }
            TimerSpec::Date(text) => {
                let date = text
                    .parse::<Date>()
                    .map_err(|error| CaseError::Package(error.to_string()))?;
                (text.clone(), Timestamp::start_of_day(date))
            }
            TimerSpec::Duration(text) => (text.clone(), after(self.today(), text)?),
        };
        plan.jobs.push(NewJob {
            authority: self.authority.to_string(),
            id: format!("{}/{}/{element}", jobs::DEADLINE, self.case),
            kind: jobs::DEADLINE.to_owned(),
            payload: json!({ "case": self.case, "element": element }).to_string(),
            run_after: due.as_micros(),
            max_attempts: jobs::ATTEMPTS,
        });
        plan.push(Event::DeadlineSet { element, name, due });
        Ok(())
    }
}

fn package(error: impl std::fmt::Display) -> CaseError {
    CaseError::Package(error.to_string())
}

/// First instant after the period for objection against a tax notice made available today: notification under § 122a Abs. 4 AO, then
/// one month (§ 70 Abs. 1 VwGO; § 13 KAG LSA does not take over the Einspruch), ending with the last local day.
fn objection_end(sent: Date) -> Result<Timestamp, CaseError> {
    let notified = legal::notified_on(Procedure::Ao, Dispatch::Offered { day: sent }).map_err(package)?;
    let notified = notified.ok_or_else(|| CaseError::Package("the notice does not count as notified".to_owned()))?;
    Ok(Objection::from(notified, Remedy::Widerspruch, true)
        .map_err(package)?
        .end())
}

/// The end of the local day that lies an ISO 8601 duration of whole days, weeks, months or years after today.
fn after(today: Date, iso: &str) -> Result<Timestamp, CaseError> {
    let span: jiff::Span = iso.parse().map_err(package)?;
    if span.get_hours() != 0 || span.get_minutes() != 0 || span.get_seconds() != 0 {
        return Err(CaseError::Package(format!(
            "the duration `{iso}` must be in days, weeks, months or years"
        )));
    }
    Ok(Timestamp::end_of_day(today.checked_add(span).map_err(package)?))
}
