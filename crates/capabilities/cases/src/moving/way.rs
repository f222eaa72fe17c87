//! From one version to another: what one case needs to go over.

use std::collections::BTreeMap;

use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, TaskId, Timestamp};
use wegfrei_packages::Package;
use wegfrei_process::{Effect, Migration, Obstacle, TimerSpec, Work};

use crate::Cases;
use crate::contents::{asked, gone_out, process_of};
use crate::deadline;
use crate::error::CaseError;
use crate::event::Event;
use crate::file::Plan;
use crate::state::{CaseState, Deadline, Phase, Task};
use crate::timing::{Times, repeated};

pub(super) fn stays(reason: &str, help: &str) -> Obstacle {
    Obstacle {
        element: String::new(),
        reason: reason.to_owned(),
        help: help.to_owned(),
    }
}

const ITS_VERSION: &str = "Er bleibt bei seiner Fassung.";

/// What a case is called off by when it kept changing while it was to be moved.
pub(super) fn restless() -> Obstacle {
    stays(
        "Am Vorgang wurde im selben Augenblick gearbeitet.",
        "Noch einmal umstellen; dann geht er mit.",
    )
}

/// A case that is no longer there, or whose contents are erased.
pub(super) fn gone() -> Obstacle {
    stays("Den Vorgang gibt es nicht mehr.", "Hier ist nichts zu tun.")
}

/// A case whose record cannot be understood, or that the package cannot go on with.
pub(super) fn unreadable() -> Obstacle {
    stays(
        "Der Vorgang ließ sich nicht umstellen.",
        "Den Betrieb bitten, „wegfrei verify“ laufen zu lassen.",
    )
}

/// Another package lies where the one was that the move began with.
pub(super) fn exchanged() -> Obstacle {
    stays(
        "Das Leistungspaket wurde ausgetauscht, während die Umstellung lief.",
        "Die Umstellung noch einmal beginnen.",
    )
}

/// What moving one case writes, and what changes for people; else why it stays.
pub(super) type Planned = Result<(Plan, Vec<String>), Vec<Obstacle>>;

/// A way from one version of a package to another.
pub(super) struct Way<'a> {
    authority: AuthorityId,
    pub old: &'a Package,
    pub new: &'a Package,
    pub migration: Migration<'a>,
    /// What the old version has decided, letters of the new one can print.
    same_results: bool,
}

impl Cases {
    /// The way from a version of a service to its newest; else why no case can go it, in German sentences.
    pub(super) fn way(
        &self,
        authority: AuthorityId,
        service: &str,
        from: &str,
        by_hand: &BTreeMap<String, String>,
    ) -> Result<Way<'_>, Vec<String>> {
        let catalogue = &self.inner.catalogue;
        let Some(new) = catalogue.package(service) else {
            return Err(vec!["Diese Leistung gibt es nicht mehr.".to_owned()]);
        };
        if new.version() == from {
            return Err(vec![format!("{from} ist die neueste Fassung.")]);
        }
        let Some(old) = catalogue.package_version(service, from) else {
            return Err(vec![format!(
                "Die Fassung {from} liegt nicht mehr im Paketordner. Sie muss dort als `{service}@{from}` liegen, solange Vorgänge mit ihr \
                 laufen."
            )]);
        };
        if old.semver() > new.semver() {
            return Err(vec![format!("{from} ist neuer als {}.", new.version())]);
        }
        if catalogue.adoption(service, authority).is_none() {
            return Err(vec![
                "Ihre Behörde hat die neue Fassung nicht übernommen (adoptions/).".to_owned(),
            ]);
        }
        let reasons = new.takes_over(old);
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let migration = Migration::plan(old.process(), new.process(), by_hand)
            .map_err(|wrong| wrong.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        Ok(Way {
            authority,
            old,
            new,
            migration,
            same_results: new.gives_results_of(old),
        })
    }
}

impl Way<'_> {
    /// What becomes of one case as it stands.
    pub fn plan(
        &self,
        state: &CaseState,
        run: u64,
        (ambient, now): (&Ambient, Timestamp),
    ) -> Result<Planned, CaseError> {
        if let Some(why) = self.obstacle(state) {
            return Ok(Err(vec![why]));
        }
        let moved = match self.migration.check(&process_of(state)?) {
            Ok(moved) => moved,
            Err(obstacles) => return Ok(Err(obstacles)),
        };
        let name = |id: &str| {
            let element = self.new.process().element(id);
            element.map_or_else(|| id.to_owned(), |element| element.name.clone())
        };
        let mut plan = Plan::default();
        plan.push(Event::Moved {
            run,
            version: self.new.version().to_owned(),
            package: self.new.hash().to_owned(),
            state: serde_json::to_value(&moved.after).map_err(super::damaged)?,
            waiting: moved.after.tokens().map(|token| name(&token.element)).collect(),
        });
        let mut works = Effects {
            way: self,
            state,
            run,
            ambient,
            now,
            effects: &moved.effects,
            plan,
        };
        for effect in &moved.effects {
            if let Err(why) = works.carry_out(effect) {
                return Ok(Err(vec![why]));
            }
        }
        Ok(Ok((works.plan, moved.notes)))
    }

    /// What is in the way beside the process.
    fn obstacle(&self, state: &CaseState) -> Option<Obstacle> {
        if state.phase != Phase::Running {
            return Some(stays("Der Vorgang ist inzwischen abgeschlossen.", ITS_VERSION));
        }
        if state.version != self.old.version() {
            return Some(stays(
                "Der Vorgang arbeitet inzwischen mit einer anderen Fassung.",
                "Hier ist nichts zu tun.",
            ));
        }
        // What would be restored when that is called off stands in the old process.
        if state.reopened.is_some() {
            return Some(stays(
                "Im Vorgang wird gerade neu entschieden; das ließe sich nach der Umstellung nicht mehr zurücknehmen.",
                "Umstellen, wenn der neue Bescheid ergangen ist.",
            ));
        }
        let unprinted = |template: &str| self.new.template(template) != self.old.template(template);
        if state
            .notices
            .iter()
            .any(|notice| notice.pdf.is_none() && unprinted(&notice.template))
        {
            return Some(stays(
                "Ein Brief des Vorgangs wird gerade noch erzeugt, und die neue Fassung hat eine andere Vorlage dafür.",
                "In ein paar Minuten noch einmal umstellen.",
            ));
        }
        let released = |task: &Task| task.is_open() && task.work == Work::Release;
        if !self.same_results && state.tasks.iter().any(released) {
            return Some(stays(
                "Eine Entscheidung nach der alten Fassung wartet auf ihre Freigabe; die neue Fassung kommt zu anderen Ergebnissen.",
                "Erst freigeben oder zurückgeben, dann umstellen.",
            ));
        }
        None
    }
}

/// Carrying out what the engine wants done for a case that moves: tasks put anew, periods that go on, begin or end.
struct Effects<'w, 'a> {
    way: &'w Way<'a>,
    state: &'w CaseState,
    run: u64,
    ambient: &'w Ambient,
    now: Timestamp,
    effects: &'w [Effect],
    plan: Plan,
}

impl Effects<'_, '_> {
    fn carry_out(&mut self, effect: &Effect) -> Result<(), Obstacle> {
        match effect {
            Effect::CancelTask { element, token } => {
                if let Some(task) = self.open_task(element, *token) {
                    let task = task.id;
                    self.plan.push(Event::TaskCancelled { task, moved: true });
                }
            }
            Effect::Task {
                element,
                token,
                name,
                role,
                work,
            } => {
                let task = self.ambient.new_id::<TaskId>();
                self.plan.push(Event::TaskOpened {
                    task,
                    element: element.clone(),
                    name: name.clone(),
                    role: role.clone(),
                    work: *work,
                    token: Some(*token),
                });
                // Who had the task keeps it, unless it is another role's now.
                let held = self.put_otherwise(*token).filter(|old| old.role == *role);
                if let Some(to) = held.and_then(|old| old.assigned_to.clone()) {
                    self.plan.push(Event::TaskAssigned { task, to: Some(to) });
                }
            }
            Effect::CancelTimer { element, .. } => {
                if let Some(known) = self.running(element) {
                    let renamed = self.goes_on(known);
                    self.plan.push(Event::DeadlineCancelled {
                        element: element.clone(),
                        renamed,
                    });
                }
            }
            Effect::Timer { element, token, spec } => self.timer(element, *token, spec)?,
            // Moving asks for nothing else; and what would need a case's contents is not done by it.
            Effect::Entered { element }
            | Effect::Decide { element, .. }
            | Effect::Call { element, .. }
            | Effect::Send { element, .. }
            | Effect::Signalled { element, .. }
            | Effect::Set { element, .. }
            | Effect::Ended { element } => {
                return Err(Obstacle {
                    element: element.clone(),
                    ..stays("Für die Umstellung müsste der Vorgang geöffnet werden.", ITS_VERSION)
                });
            }
        }
        Ok(())
    }

    fn open_task(&self, element: &str, token: u64) -> Option<&Task> {
        let mut open = self.state.tasks.iter().filter(|task| task.is_open());
        open.find(|task| task.element == element && task.token.is_none_or(|known| known == token))
    }

    /// The open task that the one for this token takes the place of.
    fn put_otherwise(&self, token: u64) -> Option<&Task> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::CancelTask { element, token: of } if *of == token => self.open_task(element, token),
            _ => None,
        })
    }

    fn running(&self, element: &str) -> Option<&Deadline> {
        let mut running = self.state.deadlines.iter().filter(|known| known.runs());
        running.find(|known| known.element == element)
    }

    /// Whether a period ends here only to go on as another element.
    fn goes_on(&self, deadline: &Deadline) -> bool {
        self.effects.iter().any(|effect| match effect {
            Effect::Timer {
                spec: TimerSpec::Deadline(name) | TimerSpec::Date(name),
                ..
            } => *name == deadline.name,
            _ => false,
        })
    }

    fn timer(&mut self, element: &str, token: u64, spec: &TimerSpec) -> Result<(), Obstacle> {
        let gone = gone_out(self.state);
        let times = Times {
            package: self.way.new,
            request: asked(self.state),
            dispatched: &gone,
            now: self.now,
        };
        // A period of the law that runs goes on with the end it has, whatever the new process calls it.
        let runs = |name: &String| {
            let mut known = self.state.deadlines.iter().filter(|known| known.runs());
            known.find(|known| known.name == *name).map(|known| known.due)
        };
        let due = match spec {
            TimerSpec::Deadline(name) => runs(name).map(|due| Ok((name.clone(), due))),
            _ => None,
        };
        let Ok((name, due)) = due.unwrap_or_else(|| times.due(spec)) else {
            return Err(Obstacle {
                element: element.to_owned(),
                ..stays(
                    "Eine Frist der neuen Fassung lässt sich für diesen Vorgang nicht berechnen.",
                    "Er bleibt bei seiner Fassung, bis er diese Stelle verlassen hat.",
                )
            });
        };
        let again = format!("{}/move/{}", repeated(spec, due), self.run);
        self.plan.jobs.push(deadline::job(
            self.way.authority,
            self.state.id,
            element,
            token,
            deadline::comes(&name, due),
            &again,
        ));
        self.plan.push(Event::DeadlineSet {
            element: element.to_owned(),
            name,
            due,
        });
        Ok(())
    }
}
