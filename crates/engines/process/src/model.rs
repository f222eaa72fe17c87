//! A process that was read and found executable.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::diagram::Diagram;
use crate::machine::State;

/// When a timer fires. The engine passes it on; the caller knows the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerSpec {
    /// ISO 8601 duration from now, for example `P14D`.
    Duration(String),
    /// ISO 8601 date or date-time, for example `2026-03-31`.
    Date(String),
    /// Name of a legal deadline, for example `rechtsbehelfsfrist`; the package says how it is counted.
    Deadline(String),
}

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

/// What an element does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Where a case begins.
    Start,
    /// One way ends; the process ends with its last token.
    End,
    /// The whole process ends, whatever still waits.
    Terminate,
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
    /// One way out is taken, by condition.
    Exclusive,
    /// All ways in are awaited, all ways out are taken.
    Parallel,
    /// Waits for a time.
    Timer {
        /// When it fires.
        spec: TimerSpec,
    },
    /// A time limit on a user task.
    BoundaryTimer {
        /// Id of the user task.
        task: String,
        /// When it fires.
        spec: TimerSpec,
        /// Whether the task ends when it fires.
        interrupting: bool,
    },
}

impl Kind {
    /// Whether a token stays here until an [`crate::Input`] moves it.
    pub fn waits(&self) -> bool {
        matches!(
            self,
            Kind::UserTask { .. } | Kind::ServiceTask { .. } | Kind::DecisionTask { .. } | Kind::Timer { .. }
        )
    }
}

/// One step of the process.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Id in the file.
    pub id: String,
    /// What the modeller shows; the id where the file has no name.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// Plain words for people: what happens here.
    pub documentation: Option<String>,
    /// Legal basis (`documentation` with `textFormat="text/x-rechtsgrundlage"`).
    pub legal_basis: Option<String>,
    /// Name of the lane it lies in.
    pub lane: Option<String>,
    /// Line in the file, from 1.
    pub line: u32,
    /// A case whose decision is made anew goes on from here (`wegfrei:reentry="abhilfe"`).
    pub reentry: bool,
    pub(crate) incoming: Vec<usize>,
    pub(crate) outgoing: Vec<usize>,
    pub(crate) boundary: Vec<usize>,
    pub(crate) default: Option<usize>,
}

/// A way from one element to the next.
#[derive(Debug)]
pub struct Flow {
    /// Id in the file.
    pub id: String,
    /// What the modeller shows on the line, for example "ja".
    pub name: Option<String>,
    /// Id of the element it leaves.
    pub source: String,
    /// Id of the element it reaches.
    pub target: String,
    pub(crate) to: usize,
    pub(crate) condition: Option<Condition>,
    /// It has a condition that could not be read, which is already a finding.
    pub(crate) broken: bool,
}

impl Flow {
    /// Names of the variables the condition reads, sorted; empty without a condition.
    pub fn reads(&self) -> &[String] {
        self.condition.as_ref().map(|c| c.reads.as_slice()).unwrap_or_default()
    }

    /// The FEEL condition as written, if it has one.
    pub fn condition(&self) -> Option<&str> {
        self.condition.as_ref().map(|c| c.text.as_str())
    }
}

/// Who is responsible for a strip of the diagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Id in the file.
    pub id: String,
    /// What the modeller shows.
    pub name: String,
    /// The role it stands for.
    pub role: Option<String>,
}

/// An executable process. Made by [`Process::parse`] only, so every reference in it is known to hold.
#[derive(Debug)]
pub struct Process {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) documentation: Option<String>,
    pub(crate) elements: Vec<Element>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) diagram: Diagram,
    pub(crate) start: usize,
    pub(crate) index: HashMap<String, usize>,
}

impl Process {
    /// Reads a BPMN 2.0 file; refuses it with every reason and place. See the crate documentation for what may be used.
    pub fn parse(xml: &str) -> Result<Process, Vec<crate::Finding>> {
        crate::read::read(xml)
    }

    /// Id of the process in the file.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name of the process; the id where the file has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file says about the process as a whole.
    pub fn documentation(&self) -> Option<&str> {
        self.documentation.as_deref()
    }

    /// All elements, in file order.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// All flows, in file order.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// All lanes, in file order.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// The drawing; empty where the file has none.
    pub fn diagram(&self) -> &Diagram {
        &self.diagram
    }

    /// The element with this id.
    pub fn element(&self, id: &str) -> Option<&Element> {
        self.index.get(id).and_then(|i| self.elements.get(*i))
    }

    /// The element a case goes back to when its decision is made anew; `None` where the file marks none.
    pub fn reentry(&self) -> Option<&Element> {
        self.elements.iter().find(|element| element.reentry)
    }

    /// Where a case stands: the elements that hold a token, each once, in file order. Empty when it is finished.
    pub fn place(&self, state: &State) -> Vec<&Element> {
        self.elements
            .iter()
            .filter(|e| state.tokens.iter().any(|t| t.element == e.id))
            .collect()
    }
}
