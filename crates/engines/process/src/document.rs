//! A BPMN file as it is: every element, attribute, text and comment, whether or not it can be executed. What is read is written
//! again; only what XML says is the same (quotes, spaces inside tags, character references) may look different.

use std::collections::BTreeMap;

use roxmltree::{Node, NodeType};
use wegfrei_model::lines::Lines;

use crate::read::tree;
use crate::{BPMN, Finding};

/// What the machine makes of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It moves tokens or decides how they move.
    Executed,
    /// It is part of the drawing.
    Drawn,
    /// It says something to people or other tools, and is kept.
    Kept,
    /// It belongs to another tool, and is kept.
    Foreign,
    /// It would move tokens, but is not executed: a process in which it lies is refused.
    NotExecuted,
}

impl Standing {
    /// In German, for authors.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Standing::Executed => "ausgeführt",
            Standing::Drawn => "gezeichnet",
            Standing::Kept => "aufbewahrt",
            Standing::Foreign => "fremd, aufbewahrt",
            Standing::NotExecuted => "nicht ausführbar",
        }
    }
}

/// Elements of BPMN that the machine reads.
const EXECUTED: [&str; 62] = [
    "definitions",
    "process",
    "laneSet",
    "lane",
    "flowNodeRef",
    "childLaneSet",
    "resource",
    "potentialOwner",
    "humanPerformer",
    "resourceRef",
    "message",
    "signal",
    "error",
    "escalation",
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "messageEventDefinition",
    "timerEventDefinition",
    "timeDate",
    "timeDuration",
    "timeCycle",
    "signalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
    "terminateEventDefinition",
    "linkEventDefinition",
    "eventDefinitionRef",
    "userTask",
    "serviceTask",
    "businessRuleTask",
    "scriptTask",
    "script",
    "sendTask",
    "receiveTask",
    "manualTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "subProcess",
    "transaction",
    "callActivity",
    "sequenceFlow",
    "conditionExpression",
    "incoming",
    "outgoing",
    "association",
    "dataObject",
    "dataObjectReference",
    "property",
    "standardLoopCharacteristics",
    "loopCondition",
    "multiInstanceLoopCharacteristics",
    "loopCardinality",
    "loopDataInputRef",
    "inputDataItem",
    "completionCondition",
];

/// Elements of BPMN that would move tokens and are not executed.
const NOT_EXECUTED: [&str; 22] = [
    "task",
    "adHocSubProcess",
    "complexGateway",
    "activationCondition",
    "conditionalEventDefinition",
    "complexBehaviorDefinition",
    "choreography",
    "choreographyTask",
    "subChoreography",
    "callChoreography",
    "globalChoreographyTask",
    "conversation",
    "subConversation",
    "callConversation",
    "globalConversation",
    "globalTask",
    "globalUserTask",
    "globalManualTask",
    "globalScriptTask",
    "globalBusinessRuleTask",
    "implicitThrowEvent",
    "participantMultiplicity",
];

/// Namespaces of the drawing (OMG DD and BPMN DI).
const DRAWING: [&str; 3] = [
    "http://www.omg.org/spec/BPMN/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DC",
];

/// What the machine makes of the element with this namespace and name.
fn standing(namespace: Option<&str>, name: &str) -> Standing {
    match namespace {
        Some(BPMN) if EXECUTED.contains(&name) => Standing::Executed,
        Some(BPMN) if NOT_EXECUTED.contains(&name) => Standing::NotExecuted,
        Some(BPMN) => Standing::Kept,
        Some(other) if DRAWING.contains(&other) => Standing::Drawn,
        _ => Standing::Foreign,
    }
}

/// One piece of a file, in order. A flat list: a file may be nested deeper than a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Open {
        /// With its prefix.
        name: String,
        standing: Standing,
        line: u32,
        /// Namespaces declared here and attributes, with their prefixes.
        attributes: Vec<(String, String)>,
    },
    Close,
    Text(String),
    Comment(String),
    Instruction(String, Option<String>),
}

/// A BPMN file as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pieces: Vec<Piece>,
}

/// An element of a file, as [`Document::elements`] lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Its name, without a prefix.
    pub name: &'a str,
    /// What the machine makes of it.
    pub standing: Standing,
    /// Line in the file, from 1.
    pub line: u32,
    /// How many attributes it has, namespaces included.
    pub attributes: usize,
}

impl Document {
    /// Reads a file. It is refused only when it is no XML, too large, or has a document type.
    pub fn parse(xml: &str) -> Result<Document, Finding> {
        let document = tree(xml)?;
        let mut pieces = Vec::new();
        let mut at = document.root().first_child();
        let mut depth = 0_usize;
        let lines = Lines::of(xml);
        while let Some(node) = at {
            match node.node_type() {
                NodeType::Element => {
                    pieces.push(open(xml, node, &lines));
                    if let Some(first) = node.first_child() {
                        depth += 1;
                        at = Some(first);
                        continue;
                    }
                    pieces.push(Piece::Close);
                }
                NodeType::Text => pieces.push(Piece::Text(node.text().unwrap_or_default().to_owned())),
                NodeType::Comment => pieces.push(Piece::Comment(node.text().unwrap_or_default().to_owned())),
                NodeType::PI => {
                    if let Some(instruction) = node.pi() {
                        let value = instruction.value.map(str::to_owned);
                        pieces.push(Piece::Instruction(instruction.target.to_owned(), value));
                    }
                }
                NodeType::Root => {}
            }
            at = next(node, &mut depth, &mut pieces);
        }
        Ok(Document { pieces })
    }

    /// Writes the file.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        let mut names: Vec<&str> = Vec::new();
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Open { name, attributes, .. } => {
                    text.push('<');
                    text.push_str(name);
                    for (name, value) in attributes {
                        text.push(' ');
                        text.push_str(name);
                        text.push_str("=\"");
                        escape(value, true, &mut text);
                        text.push('"');
                    }
                    if pieces.next_if_eq(&&Piece::Close).is_some() {
                        text.push_str("/>");
                    } else {
                        text.push('>');
                        names.push(name);
                    }
                }
                Piece::Close => {
                    text.push_str("</");
                    text.push_str(names.pop().unwrap_or_default());
                    text.push('>');
                }
                Piece::Text(inside) => escape(inside, false, &mut text),
                Piece::Comment(inside) => {
                    text.push_str("<!--");
                    text.push_str(inside);
                    text.push_str("-->");
                }
                Piece::Instruction(target, value) => {
                    text.push_str("<?");
                    text.push_str(target);
                    if let Some(value) = value {
                        text.push(' ');
                        text.push_str(value);
                    }
                    text.push_str("?>");
                }
            }
            if names.is_empty() {
                text.push('\n');
            }
        }
        text
    }

    /// All elements, in file order.
    pub fn elements(&self) -> impl Iterator<Item = Listed<'_>> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Open {
                name,
                standing,
                line,
                attributes,
            } => Some(Listed {
                name: name.rsplit_once(':').map_or(name.as_str(), |(_, local)| local),
                standing: *standing,
                line: *line,
                attributes: attributes.len(),
            }),
            _ => None,
        })
    }

    /// How many elements there are of each kind, by what the machine makes of them.
    pub fn counts(&self) -> BTreeMap<Standing, BTreeMap<&str, usize>> {
        let mut counts: BTreeMap<Standing, BTreeMap<&str, usize>> = BTreeMap::new();
        for element in self.elements() {
            *counts
                .entry(element.standing)
                .or_default()
                .entry(element.name)
                .or_default() += 1;
        }
        counts
    }
}

/// The node after this one and all that lies in it; closes what ends in between.
fn next<'a, 'i>(node: Node<'a, 'i>, depth: &mut usize, pieces: &mut Vec<Piece>) -> Option<Node<'a, 'i>> {
    let mut at = node;
    loop {
        if let Some(sibling) = at.next_sibling() {
            return Some(sibling);
        }
        if *depth == 0 {
            return None;
        }
        *depth -= 1;
        at = at.parent()?;
        pieces.push(Piece::Close);
    }
}

fn open(xml: &str, node: Node, lines: &Lines) -> Piece {
    let start = node.range().start;
    let rest = xml.get(start + 1..).unwrap_or_default();
    let end = rest
        .find(|c: char| c.is_whitespace() || c == '/' || c == '>')
        .unwrap_or(rest.len());
    let name = rest.get(..end).unwrap_or_default().to_owned();
    let mut attributes: Vec<(String, String)> = declared(rest.get(end..).unwrap_or_default())
        .map(|name| {
            let uri = node.lookup_namespace_uri(name.strip_prefix("xmlns:"));
            (name.to_owned(), uri.unwrap_or_default().to_owned())
        })
        .collect();
    for attribute in node.attributes() {
        let name = xml.get(attribute.range_qname()).unwrap_or_default().to_owned();
        attributes.push((name, attribute.value().to_owned()));
    }
    Piece::Open {
        name,
        standing: standing(node.tag_name().namespace(), node.tag_name().name()),
        line: lines.line(start),
        attributes,
    }
}

/// Names of the namespace declarations of a start tag, from behind its name. The tree knows only all that are in scope, which may be
/// tens of thousands at each of as many elements; here there is no node that could be asked for them.
fn declared(tag: &str) -> impl Iterator<Item = &str> {
    let mut rest = tag;
    let attributes = std::iter::from_fn(move || {
        let start = rest.trim_start();
        let (name, after) = start.split_once('=').filter(|_| !start.starts_with(['/', '>']))?;
        let value = after.trim_start();
        let quote = value.chars().next()?;
        rest = value
            .split(quote)
            .nth(1)
            .and_then(|inside| value.get(inside.len() + 2..))?;
        Some(name.trim_end())
    });
    // `xml` is bound without being declared.
    attributes.filter(|name| *name == "xmlns" || name.strip_prefix("xmlns:").is_some_and(|prefix| prefix != "xml"))
}

fn escape(value: &str, attribute: bool, text: &mut String) {
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\r' => text.push_str("&#13;"),
            '"' if attribute => text.push_str("&quot;"),
            '\n' if attribute => text.push_str("&#10;"),
            '\t' if attribute => text.push_str("&#9;"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_as_it_was_read() {
        let same = [
            "<a/>",
            "<a b=\"1\"/>",
            "<x:a xmlns:x=\"urn:x\" x:b=\"&lt;&quot;&#10;&amp;\"><x:c/>text &amp; &lt; <!-- note --><?go on?></x:a>",
            "<a xmlns=\"urn:a\"><b xmlns=\"urn:b\"><c xmlns=\"\"/></b><d/></a>",
            "<!-- before --><a/>",
        ];
        for text in same {
            let document = Document::parse(text).unwrap();
            let written = document.write();
            let body: String = written.lines().skip(1).collect();
            assert_eq!(body, text);
            assert_eq!(Document::parse(&written).unwrap().write(), written);
        }
        let said = [
            (
                "<a xmlns:x = 'urn:x' b='>' xmlns='xmlns:y=\"\"'><b xmlns:x='urn:x'/></a>",
                "<a xmlns:x=\"urn:x\" xmlns=\"xmlns:y=&quot;&quot;\" b=\"&gt;\"><b xmlns:x=\"urn:x\"/></a>",
            ),
            (
                "<a xmlns='urn:a'><b\nxmlns=''\tc = \"/\" /></a>",
                "<a xmlns=\"urn:a\"><b xmlns=\"\" c=\"/\"/></a>",
            ),
        ];
        for (text, expected) in said {
            let written = Document::parse(text).unwrap().write();
            assert_eq!(written.lines().skip(1).collect::<String>(), expected);
        }
        let deep = format!("{}{}", "<a>".repeat(900), "</a>".repeat(900));
        assert!(Document::parse(&deep).unwrap().write().contains("<a/>"));
    }
}
