//! Reading DMN XML with places for every mistake.

use crate::ast::Fault;
use crate::finding::Finding;
use crate::load::Source;
use roxmltree::{Document, Node, ParsingOptions};
use std::cell::RefCell;
use wegfrei_model::lines::Lines;

/// Largest model, in bytes.
const MAX_BYTES: usize = 4 << 20;
/// Most nodes of a model.
const MAX_NODES: u32 = 400_000;

/// Namespaces of DMN 1.2 to 1.5.
const NAMESPACES: [&str; 4] = [
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
];

/// Parses the file; a DTD is refused, so there are no entities to expand.
pub(crate) fn parse(xml: &str) -> Result<Document<'_>, Finding> {
    let whole = |message: String, help: &str| Finding {
        line: 1,
        column: 1,
        message,
        help: help.to_owned(),
    };
    if xml.len() > MAX_BYTES {
        return Err(whole(
            format!("the model is larger than {MAX_BYTES} bytes"),
            "split it into several models",
        ));
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(xml, options).map_err(|error| {
        let place = match error {
            roxmltree::Error::DtdDetected => doctype(xml),
            _ => error.pos(),
        };
        let help = match error {
            roxmltree::Error::DtdDetected => "remove the <!DOCTYPE …>; DMN needs none",
            _ => "save the file from a DMN modeller, or mend the XML at this place",
        };
        Finding {
            line: place.row,
            column: place.col,
            message: format!("not readable as XML: {error}"),
            help: help.to_owned(),
        }
    })
}

/// Where the document type begins; the XML reader does not say.
fn doctype(xml: &str) -> roxmltree::TextPos {
    let before = xml.split("<!DOCTYPE").next().unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    roxmltree::TextPos::new(number(before.matches('\n').count() + 1), number(column))
}

/// The open files and what has been found wrong with them.
pub(crate) struct Reader<'x> {
    /// The model that was asked for, then those it may import.
    files: Vec<(&'x Document<'x>, Lines<'x>)>,
    findings: RefCell<Vec<Finding>>,
    /// The mistake found last, and how many there were.
    last: RefCell<(usize, Option<Finding>)>,
}

impl<'x> Reader<'x> {
    pub fn new(document: &'x Document<'x>, imports: &'x [Document<'x>]) -> Reader<'x> {
        let files = std::iter::once(document).chain(imports);
        Reader {
            files: files
                .map(|document| (document, Lines::of(document.input_text())))
                .collect(),
            findings: RefCell::default(),
            last: RefCell::default(),
        }
    }

    /// The `definitions` element, when it is one of a DMN version this crate reads.
    pub fn definitions(&self, document: &'x Document<'x>) -> Option<Node<'x, 'x>> {
        let root = document.root_element();
        let namespace = root.tag_name().namespace().unwrap_or_default();
        if root.tag_name().name() != "definitions" || !NAMESPACES.contains(&namespace) {
            self.add(
                root,
                format!(
                    "this is {{{namespace}}}{}, not a DMN 1.2 to 1.5 model",
                    root.tag_name().name()
                ),
                "save it as DMN 1.3, 1.4 or 1.5",
            );
            return None;
        }
        Some(root)
    }

    /// Line of the file where `node` begins, from 1.
    pub fn line(&self, node: Node) -> u32 {
        self.place(node).1.0
    }

    /// Whether `node` stands in an imported model, and where it begins.
    fn place(&self, node: Node) -> (bool, (u32, u32)) {
        let mut files = self.files.iter().enumerate();
        let file = files.find(|(_, (document, _))| std::ptr::eq(node.document(), *document));
        let place = file.map(|(index, (_, lines))| (index > 0, lines.place(node.range().start)));
        // INVARIANT: every node read comes from one of the files.
        place.unwrap_or((false, (1, 1)))
    }

    pub fn add(&self, node: Node, message: impl Into<String>, help: impl Into<String>) {
        let (imported, (line, column)) = self.place(node);
        let mut message = message.into();
        if imported {
            let root = node.document().root_element();
            let name = root.attribute("name").unwrap_or_default();
            message = format!("in the imported model `{name}`: {message}");
        }
        let finding = Finding {
            line,
            column,
            message,
            help: help.into(),
        };
        let mut last = self.last.borrow_mut();
        *last = (last.0 + 1, Some(finding.clone()));
        let mut findings = self.findings.borrow_mut();
        // A hostile file must not make the report larger than itself.
        if findings.len() < 200 {
            findings.push(finding);
        }
    }

    pub fn fault(&self, node: Node, fault: Fault) {
        // Point at the text of an expression rather than at the element around it.
        let text = child(node, "text").and_then(|text| text.children().find(Node::is_text));
        self.add(text.unwrap_or(node), fault.message, fault.help);
    }

    /// Whether anything is wrong so far.
    pub fn has_findings(&self) -> bool {
        !self.findings.borrow().is_empty()
    }

    /// How many mistakes were found so far.
    pub fn count(&self) -> usize {
        self.last.borrow().0
    }

    /// The first mistake found after there were `count`; a later one, when too many were found to keep them all.
    pub fn since(&self, count: usize) -> Option<Finding> {
        let last = self.last.borrow();
        let first = self.findings.borrow().get(count).cloned();
        first.or_else(|| last.1.clone().filter(|_| last.0 > count))
    }

    /// Gives the value, or reports the fault.
    pub fn check<T>(&self, node: Node, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.fault(node, fault)).ok()
    }

    /// All findings in file order.
    pub fn into_findings(self) -> Vec<Finding> {
        let mut findings = self.findings.into_inner();
        findings.sort_by(|a, b| (a.line, a.column, &a.message).cmp(&(b.line, b.column, &b.message)));
        findings.dedup();
        findings
    }
}

/// Child elements in the namespace of `node`, that is, without those of extensions.
pub(crate) fn elements<'x>(node: Node<'x, 'x>) -> impl Iterator<Item = Node<'x, 'x>> {
    let namespace = node.tag_name().namespace();
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().namespace() == namespace)
}

/// First child element called `name`.
pub(crate) fn child<'x>(node: Node<'x, 'x>, name: &str) -> Option<Node<'x, 'x>> {
    elements(node).find(|child| child.tag_name().name() == name)
}

/// What an element says, without comments: they are not character data (XML 1.0, 2.5).
pub(crate) fn characters(node: Node) -> String {
    let parts = node.children().filter(Node::is_text);
    let whole: String = parts.filter_map(|part| part.text()).collect();
    whole.trim().to_owned()
}

/// Text of the `text` child; empty when there is none.
pub(crate) fn text(node: Node) -> String {
    child(node, "text").map(characters).unwrap_or_default()
}

/// FEEL without layout: what stands between words is one blank. Inside of strings all signs count; comments are kept as they are,
/// since where a line of one ends, logic begins.
pub(crate) fn without_layout(feel: &str) -> String {
    let mut kept = String::with_capacity(feel.len());
    let mut rest = feel.trim();
    while let Some(sign) = rest.chars().next() {
        let length = match sign {
            '"' => string(rest),
            '/' if rest.starts_with("//") => rest.find('\n').map_or(rest.len(), |end| end + 1),
            '/' if rest.starts_with("/*") => {
                let inside = rest.get(2..).and_then(|inside| inside.find("*/"));
                inside.map_or(rest.len(), |end| end + 4)
            }
            sign if sign.is_whitespace() => {
                if !kept.ends_with(char::is_whitespace) {
                    kept.push(' ');
                }
                rest = rest.trim_start();
                continue;
            }
            sign => sign.len_utf8(),
        };
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        kept.push_str(part);
        rest = after;
    }
    kept
}

/// Length of the string literal at the beginning of a text.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Attributes that decide, and the sign each is known by in a [`Source`]: a name is not taken for a type.
const DECIDING: [(&str, &str); 7] = [
    ("name", " "),
    ("typeRef", ": "),
    ("hitPolicy", " ="),
    ("aggregation", " +"),
    ("iteratorVariable", " @"),
    ("kind", " ~"),
    ("href", " #"),
];

/// The logic of an element as it is written: what decides, and the annotations of rules.
pub(crate) fn source<'x>(element: Node<'x, 'x>, file: usize) -> Source {
    let mut source = Source {
        logic: String::new(),
        annotations: String::new(),
        file,
    };
    // None ends what is open: what stands inside something is told from what follows it.
    let mut open: Vec<(Option<Node<'x, 'x>>, bool)> = deciding(element).map(|node| (Some(node), false)).collect();
    open.reverse();
    while let Some((node, annotation)) = open.pop() {
        let annotation = annotation || node.is_some_and(|node| node.tag_name().name() == "annotationEntry");
        let into = if annotation {
            &mut source.annotations
        } else {
            &mut source.logic
        };
        let Some(node) = node else {
            into.push_str(")\n");
            continue;
        };
        let kind = node.tag_name().name();
        if kind == "text" {
            let text = characters(node);
            if annotation {
                let words: Vec<&str> = text.split_whitespace().collect();
                into.push_str(&words.join(" "));
            } else {
                into.push_str(&without_layout(&text));
            }
        } else {
            into.push_str(kind);
            for (name, sign) in DECIDING {
                if let Some(value) = node.attribute(name) {
                    into.push_str(sign);
                    into.push_str(value);
                }
            }
        }
        let inside: Vec<Node<'x, 'x>> = deciding(node).collect();
        if !inside.is_empty() {
            into.push_str(" (");
            open.push((None, annotation));
        }
        into.push('\n');
        open.extend(inside.into_iter().rev().map(|node| (Some(node), annotation)));
    }
    source
}

/// Child elements without those that are for people only.
fn deciding<'x>(node: Node<'x, 'x>) -> impl Iterator<Item = Node<'x, 'x>> {
    elements(node).filter(|child| !matches!(child.tag_name().name(), "description" | "question" | "allowedAnswers"))
}
