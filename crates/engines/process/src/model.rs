//! A process that was read and found executable.

use std::collections::{HashMap, HashSet};

use crate::diagram::Diagram;
use crate::explore::Soundness;
use crate::expression::Expression;
pub use crate::kind::{Event, Kind, Work};
use crate::marking::Markings;
use crate::reach::Reach;
use crate::state::State;

/// How often an activity runs.
#[derive(Debug)]
pub(crate) enum Looping {
    /// Again while the condition holds.
    While {
        condition: Expression,
        before: bool,
        maximum: Option<u32>,
    },
    /// Once for each number or item.
    Multi {
        sequential: bool,
        count: Expression,
        /// The count is the length of a list; each item is known by this name.
        item: Option<String>,
        /// Whether `count` is a list.
        list: bool,
        completion: Option<Expression>,
    },
}

impl Looping {
    /// The name each item of the list is known by.
    pub(crate) fn item(&self) -> Option<&str> {
        match self {
            Looping::Multi { item, .. } => item.as_deref(),
            Looping::While { .. } => None,
        }
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let (first, second) = match self {
            Looping::While { condition, .. } => (condition, None),
            Looping::Multi { count, completion, .. } => (count, completion.as_ref()),
        };
        std::iter::once(first).chain(second)
    }
}

/// One step of the process.
#[derive(Debug)]
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
    /// Id of the subprocess it lies in.
    pub parent: Option<String>,
    /// It undoes another activity (`isForCompensation`).
    pub compensates: bool,
    pub(crate) looping: Option<Looping>,
    pub(crate) script: Option<Expression>,
    /// The message a receive task waits for.
    pub(crate) receives: Option<Event>,
    pub(crate) incoming: Vec<usize>,
    pub(crate) outgoing: Vec<usize>,
    pub(crate) boundary: Vec<usize>,
    pub(crate) default: Option<usize>,
    /// Where the catching ends of a link are.
    pub(crate) links: Vec<usize>,
    /// The container it lies in.
    pub(crate) container: usize,
    /// The container it runs: of a subprocess its own, of a call that of the called process.
    pub(crate) inner: Option<usize>,
    /// What undoes it when it was done.
    pub(crate) handler: Option<usize>,
    /// Whether there is something to undo once it was done.
    pub(crate) compensable: bool,
}

impl Element {
    /// Whether it runs more than once at a time or in a row (loop or multi-instance).
    pub fn repeats(&self) -> bool {
        self.looping.is_some()
    }
}

/// A process or a subprocess: what runs as one scope.
#[derive(Debug, Default)]
pub(crate) struct Container {
    /// The subprocess; none of a process.
    pub(crate) owner: Option<usize>,
    /// Start events.
    pub(crate) starts: Vec<usize>,
    /// Start events of the event subprocesses in it.
    pub(crate) event_starts: Vec<usize>,
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
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) condition: Option<Expression>,
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

/// What a process keeps while it runs: a data object or a property. The caller keeps the value; the engine names it in
/// [`crate::Effect::Set`] and reads it from the variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataObject {
    /// Id in the file.
    pub id: String,
    /// The name expressions know it by.
    pub name: String,
    /// Whether it is a list.
    pub collection: bool,
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
    pub(crate) data: Vec<DataObject>,
    pub(crate) diagram: Diagram,
    /// The process itself is the first one.
    pub(crate) containers: Vec<Container>,
    pub(crate) index: HashMap<String, usize>,
    pub(crate) reach: Reach,
    pub(crate) soundness: Soundness,
    /// How cases can stand in it.
    pub(crate) markings: Markings,
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

    /// All elements, in file order; those of subprocesses follow their subprocess.
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

    /// What the process keeps while it runs.
    pub fn data(&self) -> &[DataObject] {
        &self.data
    }

    /// The drawing; empty where the file has none.
    pub fn diagram(&self) -> &Diagram {
        &self.diagram
    }

    /// What exploring all ways through it has shown, and whether all were seen.
    pub fn soundness(&self) -> &Soundness {
        &self.soundness
    }

    /// The element with this id.
    pub fn element(&self, id: &str) -> Option<&Element> {
        self.at(id).and_then(|i| self.elements.get(i))
    }

    pub(crate) fn at(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The element a case goes back to when its decision is made anew; `None` where the file marks none.
    pub fn reentry(&self) -> Option<&Element> {
        self.elements.iter().find(|element| element.reentry)
    }

    /// Names that conditions, scripts and repetitions read from the case, each with the id of the flow or element that reads it,
    /// sorted. Data objects and what repetitions bring are known and not among them.
    pub fn reads(&self) -> Vec<(&str, &str)> {
        let paths = self.paths();
        let names = paths.iter().filter_map(|(path, place)| Some((*path.first()?, *place)));
        let mut found: Vec<(&str, &str)> = names.collect();
        found.dedup();
        found
    }

    /// The same with the members they read: `antrag.haushalt.name` as its three words.
    pub fn paths(&self) -> Vec<(Vec<&str>, &str)> {
        let mut known: HashSet<&str> = crate::LOOP_NAMES.into_iter().collect();
        known.extend(self.data.iter().map(|data| data.name.as_str()));
        known.extend(self.elements.iter().filter_map(|e| e.looping.as_ref()?.item()));
        let of_flows = self.flows.iter().flat_map(|flow| {
            let conditions = flow.condition.iter();
            conditions.map(move |condition| (condition, flow.id.as_str()))
        });
        let of_elements = self.elements.iter().flat_map(|element| {
            let texts = element.looping.iter().flat_map(Looping::expressions);
            texts
                .chain(&element.script)
                .map(move |text| (text, element.id.as_str()))
        });
        let mut found: Vec<(Vec<&str>, &str)> = of_flows
            .chain(of_elements)
            .flat_map(|(expression, place)| expression.paths().into_iter().map(move |path| (path, place)))
            .filter(|(path, _)| !path.first().is_some_and(|name| known.contains(name)))
            .collect();
        found.sort_unstable_by(|(path, place), (other, second)| {
            (path.first(), place, path).cmp(&(other.first(), second, other))
        });
        found.dedup();
        found
    }

    /// The elements a token can go to from here: along flows, links and the events at its edge.
    pub(crate) fn next(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let element = self.elements.get(at);
        let flows = element.map(|e| e.outgoing.as_slice()).unwrap_or_default();
        let edge = element.map(|e| e.boundary.as_slice()).unwrap_or_default();
        let links = element.map(|e| e.links.as_slice()).unwrap_or_default();
        let flows = flows.iter().filter_map(|f| self.flows.get(*f)).map(|f| f.to);
        flows.chain(edge.iter().copied()).chain(links.iter().copied())
    }

    /// Where a case stands: the elements that hold a token, each once, in file order. Empty when it is finished.
    pub fn place(&self, state: &State) -> Vec<&Element> {
        let held: HashSet<&str> = state
            .tokens()
            .map(|token| token.element.as_str())
            .chain(state.scopes().map(|scope| scope.element.as_str()))
            .collect();
        self.elements.iter().filter(|e| held.contains(e.id.as_str())).collect()
    }
}
