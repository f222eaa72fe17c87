//! The elements of a process and of what lies in it.

use std::collections::{HashMap, HashSet};

use roxmltree::Node;

use crate::LEGAL_BASIS;
use crate::definitions::Definitions;
use crate::expression::Use;
use crate::kinds::{expression, kind, looping, reentry};
use crate::model::{Container, DataObject, Element, Event, Kind, Lane};
use crate::read::{Findings, attribute, boolean, children, is_bpmn, local, own, text_of};

/// Deepest nesting of subprocesses and calls.
const DEPTH_LIMIT: usize = 20;
/// Most elements of a file.
const ELEMENT_LIMIT: usize = 5_000;
/// Most flows of a file.
const FLOW_LIMIT: usize = 10_000;
/// Most data objects and properties of a file.
const DATA_LIMIT: usize = 1_000;

/// Parts of a process that say something to people or tools, but move no token.
const SILENT: [&str; 21] = [
    "documentation",
    "extensionElements",
    "incoming",
    "outgoing",
    "laneSet",
    "sequenceFlow",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "textAnnotation",
    "association",
    "group",
    "ioSpecification",
    "property",
    "auditing",
    "monitoring",
    "correlationSubscription",
    "performer",
    "potentialOwner",
    "humanPerformer",
    "resourceRole",
];

/// What stands in an activity beside the steps of a subprocess.
const ATTACHED: [&str; 7] = [
    "dataInputAssociation",
    "dataOutputAssociation",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "resourceRole",
    "category",
    "supports",
];

/// The data objects of a file, by all ids that name them.
#[derive(Default)]
pub(crate) struct Variables {
    list: Vec<DataObject>,
    names: HashMap<String, String>,
}

impl Variables {
    pub(crate) fn read(root: Node, findings: &mut Findings) -> Variables {
        let mut found = Variables::default();
        let mut listed = HashSet::new();
        let tag = |node: &Node, tag: &str| is_bpmn(*node) && node.tag_name().name() == tag;
        let named = |node: Node| attribute(node, "name").filter(|name| is_name(name));
        // Modellers write the name at what they draw, the reference.
        let references = || root.descendants().filter(|node| tag(node, "dataObjectReference"));
        let object = |node: Node| attribute(node, "dataObjectRef").map(|id| local(&id).to_owned());
        let mut shown = HashMap::new();
        for (object, name) in references().filter_map(|node| object(node).zip(named(node))) {
            shown.entry(object).or_insert(name);
        }
        for node in root.descendants() {
            if !(tag(&node, "dataObject") || tag(&node, "property")) {
                continue;
            }
            let Some(id) = attribute(node, "id") else { continue };
            let name = named(node).or_else(|| shown.remove(&id)).unwrap_or_else(|| id.clone());
            found.names.insert(id.clone(), name.clone());
            found.names.insert(name.clone(), name.clone());
            if listed.insert(name.clone()) {
                if found.list.len() >= DATA_LIMIT {
                    let message = format!("Die Datei hat mehr als {DATA_LIMIT} Datenobjekte.");
                    findings.too_large(node, message);
                    break;
                }
                found.list.push(DataObject {
                    id,
                    name,
                    collection: boolean(node, "isCollection", false, findings),
                });
            }
        }
        for node in references() {
            let of = object(node).and_then(|id| found.names.get(&id).cloned());
            if let (Some(id), Some(name)) = (attribute(node, "id"), of) {
                found.names.insert(id, name);
            }
        }
        found
    }

    /// The name expressions know it by.
    pub(crate) fn known(&self, reference: &str) -> Option<String> {
        self.names.get(local(reference)).cloned()
    }

    /// The name of what a data input of the activity is fed from, or of the data object itself.
    pub(crate) fn fed(&self, node: Node, reference: &str) -> Option<String> {
        self.known(reference).or_else(|| {
            let input = |association: &Node| {
                let target = children(*association, "targetRef").next().map(text_of);
                target.is_some_and(|target| local(&target) == local(reference))
            };
            let association = children(node, "dataInputAssociation").find(input)?;
            self.known(&text_of(children(association, "sourceRef").next()?))
        })
    }
}

/// Whether an expression can name it.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// An element as read, before its references are known to hold.
pub(crate) struct Raw {
    pub(crate) element: Element,
    pub(crate) offset: usize,
    pub(crate) default: Option<String>,
    pub(crate) attached: Option<String>,
}

type LaneOf = HashMap<String, (usize, usize)>;

/// Everything that lies in the processes that run.
pub(crate) struct Reader<'a, 'i, 'f, 'd> {
    pub(crate) definitions: Definitions<'a, 'i>,
    pub(crate) variables: Variables,
    pub(crate) findings: &'f mut Findings<'d>,
    pub(crate) raws: Vec<Raw>,
    pub(crate) containers: Vec<Container>,
    /// Offset of each container in the file.
    pub(crate) places: Vec<usize>,
    pub(crate) flows: Vec<(Node<'a, 'i>, usize)>,
    pub(crate) associations: Vec<(String, String)>,
    pub(crate) lanes: Vec<Lane>,
    lane_of: LaneOf,
}

impl<'a, 'i: 'a, 'f, 'd> Reader<'a, 'i, 'f, 'd> {
    pub(crate) fn new(root: Node<'a, 'i>, findings: &'f mut Findings<'d>) -> Self {
        Reader {
            definitions: Definitions::read(root),
            variables: Variables::read(root, findings),
            findings,
            raws: Vec::new(),
            containers: Vec::new(),
            places: Vec::new(),
            flows: Vec::new(),
            associations: Vec::new(),
            lanes: Vec::new(),
            lane_of: LaneOf::new(),
        }
    }

    pub(crate) fn data(&mut self) -> Vec<DataObject> {
        std::mem::take(&mut self.variables.list)
    }

    /// Lanes name only what exists.
    pub(crate) fn check_lanes(&mut self, index: &HashMap<String, usize>, ids: &HashSet<&str>) {
        for (id, (_, offset)) in &self.lane_of {
            if !index.contains_key(id) && !ids.contains(id.as_str()) {
                let help = "flowNodeRef muss die Id eines Elements dieses Prozesses nennen.";
                let message = format!("Die Bahn nennt das unbekannte Element `{id}`.");
                self.findings.at(*offset, message, help);
            }
        }
    }

    /// Reads a process or subprocess with everything in it; gives its number.
    pub(crate) fn container(&mut self, node: Node<'a, 'i>, owner: Option<usize>, depth: usize) -> usize {
        let number = self.containers.len();
        self.containers.push(Container {
            owner,
            ..Container::default()
        });
        self.places.push(node.range().start);
        if depth > DEPTH_LIMIT {
            let message = format!("Teilprozesse sind tiefer als {DEPTH_LIMIT} Ebenen geschachtelt.");
            self.findings.add(node, message, "Den Prozess aufteilen.");
            return number;
        }
        self.lanes(node);
        for child in node.children().filter(|child| is_bpmn(*child)) {
            let tag = child.tag_name().name();
            match tag {
                "sequenceFlow" if self.flows.len() >= FLOW_LIMIT => {
                    let message = format!("Der Prozess hat mehr als {FLOW_LIMIT} Flüsse.");
                    self.findings.too_large(child, message);
                }
                "sequenceFlow" => self.flows.push((child, number)),
                "association" => {
                    let end = |name| attribute(child, name).map(|id| local(&id).to_owned());
                    self.associations.extend(end("sourceRef").zip(end("targetRef")));
                }
                _ if SILENT.contains(&tag) || (owner.is_some() && ATTACHED.contains(&tag)) => {}
                _ => self.element(child, number, depth),
            }
        }
        number
    }

    /// The lanes and, for each element id, its lane and where the file says so. Inner lanes win over outer ones.
    fn lanes(&mut self, node: Node<'a, 'i>) {
        for set in children(node, "laneSet") {
            for lane in set
                .descendants()
                .filter(|n| is_bpmn(*n) && n.tag_name().name() == "lane")
            {
                let id = attribute(lane, "id").unwrap_or_default();
                let name = attribute(lane, "name").unwrap_or_else(|| id.clone());
                for reference in children(lane, "flowNodeRef") {
                    let place = (self.lanes.len(), reference.range().start);
                    self.lane_of.insert(local(&text_of(reference)).to_owned(), place);
                }
                if id.is_empty() {
                    self.findings
                        .add(lane, "Eine Bahn hat keine Id.", "Das Attribut id setzen.");
                }
                self.lanes.push(Lane {
                    id,
                    name,
                    role: own(lane, "role"),
                });
            }
        }
    }

    /// The lane of an element: its own, or that of what it lies in.
    fn lane(&self, id: &str, container: usize) -> Option<&Lane> {
        let mut at = Some((id.to_owned(), container));
        while let Some((id, container)) = at {
            if let Some(lane) = self.lane_of.get(&id).and_then(|(lane, _)| self.lanes.get(*lane)) {
                return Some(lane);
            }
            let owner = self.containers.get(container).and_then(|c| c.owner);
            at = owner
                .and_then(|at| self.raws.get(at))
                .map(|raw| (raw.element.id.clone(), raw.element.container));
        }
        None
    }

    fn element(&mut self, node: Node<'a, 'i>, container: usize, depth: usize) {
        let tag = node.tag_name().name();
        let Some(id) = attribute(node, "id") else {
            self.findings
                .add(node, format!("Ein `{tag}` hat keine Id."), "Das Attribut id setzen.");
            return;
        };
        if self.raws.len() >= ELEMENT_LIMIT {
            let message = format!("Der Prozess hat mehr als {ELEMENT_LIMIT} Elemente.");
            self.findings.too_large(node, message);
            return;
        }
        let lane = self.lane(&id, container).cloned();
        let findings = &mut *self.findings;
        let kind = kind(node, &id, lane.as_ref(), &self.definitions, &self.variables, findings);
        let owner = self.containers.get(container).and_then(|c| c.owner);
        let reentry = reentry(node, &id, &kind, owner.is_some() || container > 0, findings);
        let looping = looping(node, &id, &self.variables, findings);
        let script = match &kind {
            Kind::ScriptTask { .. } => expression(node, &format!("Berechnung von `{id}`"), Use::Script, findings),
            _ => None,
        };
        let receives = match &kind {
            Kind::ReceiveTask { message } => Some(Event::Message { name: message.clone() }),
            _ => None,
        };
        let (documentation, legal_basis) = documentation(node);
        let line = findings.lines.line(node.range().start);
        let compensates = boolean(node, "isForCompensation", false, findings);
        once(node, &id, findings);
        let parent = owner.and_then(|at| self.raws.get(at)).map(|raw| raw.element.id.clone());
        let holds = matches!(kind, Kind::SubProcess { .. });
        let element = Element {
            reentry,
            name: attribute(node, "name")
                .unwrap_or_else(|| id.clone())
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            id,
            kind,
            documentation,
            legal_basis,
            lane: lane.map(|lane| lane.name),
            line,
            parent,
            compensates,
            looping,
            script,
            receives,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            boundary: Vec::new(),
            default: None,
            links: Vec::new(),
            container,
            inner: None,
            handler: None,
            compensable: false,
        };
        let at = self.raws.len();
        self.raws.push(Raw {
            element,
            offset: node.range().start,
            default: attribute(node, "default").map(|reference| local(&reference).to_owned()),
            attached: attribute(node, "attachedToRef").map(|reference| local(&reference).to_owned()),
        });
        if holds {
            let inner = self.container(node, Some(at), depth + 1);
            if let Some(raw) = self.raws.get_mut(at) {
                raw.element.inner = Some(inner);
            }
        }
    }
}

/// Tokens are not counted: one begins an activity and one leaves it (BPMN 2.0, 10.3, startQuantity and completionQuantity).
fn once(node: Node, id: &str, findings: &mut Findings) {
    for name in ["startQuantity", "completionQuantity"] {
        if let Some(quantity) = attribute(node, name).filter(|quantity| quantity.parse() != Ok(1)) {
            let message = format!("`{id}`: {name}=\"{quantity}\" wird nicht ausgeführt.");
            let help = "Das Attribut löschen; mehrere Durchgänge als Mehrfachausführung zeichnen.";
            findings.add(node, message, help);
        }
    }
}

/// What an element says to people, and its legal basis.
pub(crate) fn documentation(node: Node) -> (Option<String>, Option<String>) {
    let join = |legal: bool| {
        let texts: Vec<String> = children(node, "documentation")
            .filter(|d| (d.attribute("textFormat") == Some(LEGAL_BASIS)) == legal)
            .map(text_of)
            .filter(|text| !text.is_empty())
            .collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    };
    (join(false), join(true))
}
