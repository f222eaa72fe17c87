//! What elements and events are.

use serde::{Deserialize, Serialize};

use crate::timer::TimerSpec;

/// What kind of work a user task is (`wegfrei:work`); it says which results are possible and who may do it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// `pruefung`: a caseworker confirms, corrects, or asks the applicant for papers.
    #[default]
    Review,
    /// `freigabe`: another person than the one who reviewed releases or returns (four eyes).
    Release,
    /// `nachreichung`: the applicant answers and uploads.
    Supply,
}

impl Work {
    /// All of them.
    pub const ALL: [Work; 3] = [Work::Review, Work::Release, Work::Supply];

    /// The word in the file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Work::Review => "pruefung",
            Work::Release => "freigabe",
            Work::Supply => "nachreichung",
        }
    }

    /// Reads the word in the file.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.code() == code)
    }
}

/// What an event waits for, or what it brings about (BPMN 2.0, 10.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Nothing.
    None,
    /// A message from or to somebody outside.
    Message {
        /// Name of the message.
        name: String,
    },
    /// A time.
    Timer {
        /// When it fires.
        spec: TimerSpec,
    },
    /// A signal, heard by everybody who waits for it.
    Signal {
        /// Name of the signal.
        name: String,
    },
    /// Something went wrong; what it happens in ends.
    Error {
        /// Code; a catching event without one takes every error.
        code: Option<String>,
    },
    /// Something is told to the next higher level.
    Escalation {
        /// Code; a catching event without one takes every escalation.
        code: Option<String>,
    },
    /// What was done is undone by the handlers, newest first.
    Compensation {
        /// Only this activity; without it everything of the same scope.
        activity: Option<String>,
    },
    /// The way goes on at the catching link of the same name.
    Link {
        /// Name of the link.
        name: String,
    },
    /// A transaction is called off.
    Cancel,
    /// Everything in the same scope ends.
    Terminate,
}

/// What an element does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Where a process or subprocess begins.
    Start {
        /// What begins it.
        event: Event,
        /// In an event subprocess: whether everything around it ends.
        interrupting: bool,
    },
    /// One way ends; the scope ends with its last token.
    End {
        /// What it brings about.
        event: Event,
    },
    /// Waits for an event.
    Catch {
        /// What it waits for.
        event: Event,
    },
    /// Brings an event about and goes on.
    Throw {
        /// What it brings about.
        event: Event,
    },
    /// An event at the edge of an activity.
    Boundary {
        /// Id of the activity.
        activity: String,
        /// What it waits for.
        event: Event,
        /// Whether the activity ends when it happens.
        interrupting: bool,
    },
    /// A human works. `role` is who may.
    UserTask {
        /// Role of the lane or of the potential owner.
        role: String,
        /// What kind of work it is.
        #[serde(default)]
        work: Work,
    },
    /// The platform works, for example sets and delivers a notice.
    ServiceTask {
        /// Name of the operation.
        operation: String,
    },
    /// A decision is evaluated.
    DecisionTask {
        /// Name of the DMN decision.
        decision: String,
    },
    /// A FEEL expression is evaluated into a data object.
    ScriptTask {
        /// Name of the data object.
        result: String,
    },
    /// A message is sent.
    SendTask {
        /// Name of the message.
        message: String,
    },
    /// A message is awaited.
    ReceiveTask {
        /// Name of the message.
        message: String,
    },
    /// Something is done without the platform; it does not wait for it.
    ManualTask,
    /// One way out is taken, by condition.
    Exclusive,
    /// All ways in are awaited, all ways out are taken.
    Parallel,
    /// Every way out whose condition holds is taken; all ways in that can still be used are awaited.
    Inclusive,
    /// The event behind it that happens first decides.
    EventBased,
    /// Steps that belong together.
    SubProcess {
        /// It can be called off as a whole.
        transaction: bool,
        /// It begins by an event, not by a flow.
        event: bool,
    },
    /// Another process of the file runs here.
    CallActivity {
        /// Id of the called process.
        process: String,
    },
}

impl Kind {
    /// Whether a token stays here until an [`crate::Input`] moves it.
    pub fn waits(&self) -> bool {
        matches!(
            self,
            Kind::UserTask { .. }
                | Kind::ServiceTask { .. }
                | Kind::DecisionTask { .. }
                | Kind::ReceiveTask { .. }
                | Kind::EventBased
        ) || matches!(self, Kind::Catch { event } if !matches!(event, Event::None | Event::Link { .. }))
    }

    /// Task, subprocess or call: what can be repeated, and what events can stand at the edge of.
    pub fn is_activity(&self) -> bool {
        matches!(
            self,
            Kind::UserTask { .. }
                | Kind::ServiceTask { .. }
                | Kind::DecisionTask { .. }
                | Kind::ScriptTask { .. }
                | Kind::SendTask { .. }
                | Kind::ReceiveTask { .. }
                | Kind::ManualTask
                | Kind::SubProcess { .. }
                | Kind::CallActivity { .. }
        )
    }

    /// Whether one way ends here.
    pub fn is_end(&self) -> bool {
        matches!(self, Kind::End { .. })
    }

    /// The event, of those that are events.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Kind::Start { event, .. }
            | Kind::End { event }
            | Kind::Catch { event }
            | Kind::Throw { event }
            | Kind::Boundary { event, .. } => Some(event),
            _ => None,
        }
    }

    /// When it fires, of an event that waits for a time.
    pub fn timer(&self) -> Option<&TimerSpec> {
        match self.event() {
            Some(Event::Timer { spec }) => Some(spec),
            _ => None,
        }
    }

    /// The German word for it, with what it is for, as findings and explanations say it.
    pub fn word(&self) -> &'static str {
        match self {
            Kind::Start { .. } => "Startereignis",
            Kind::End { .. } => "Endereignis",
            Kind::Catch { .. } => "abwartendes Zwischenereignis",
            Kind::Throw { .. } => "auslösendes Zwischenereignis",
            Kind::Boundary { .. } => "angeheftetes Ereignis",
            Kind::UserTask { .. } => "Aufgabe für Menschen",
            Kind::ServiceTask { .. } => "Aufgabe der Plattform",
            Kind::DecisionTask { .. } => "Entscheidung",
            Kind::ScriptTask { .. } => "Berechnung",
            Kind::SendTask { .. } => "Sendeaufgabe",
            Kind::ReceiveTask { .. } => "Empfangsaufgabe",
            Kind::ManualTask => "Handarbeit",
            Kind::Exclusive => "exklusives Gateway",
            Kind::Parallel => "paralleles Gateway",
            Kind::Inclusive => "inklusives Gateway",
            Kind::EventBased => "ereignisbasiertes Gateway",
            Kind::SubProcess { event: true, .. } => "Ereignis-Teilprozess",
            Kind::SubProcess { transaction: true, .. } => "Transaktion",
            Kind::SubProcess { .. } => "Teilprozess",
            Kind::CallActivity { .. } => "Aufruf eines Prozesses",
        }
    }
}
