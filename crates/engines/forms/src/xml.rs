//! Reads XDatenfelder 3.0, and 2.0 into the same model. Unknown elements are passed over: the standard grows, and a form should not break for a
//! keyword. What changes the meaning of the form and cannot be read becomes a [`Finding`].

mod kind;
mod lines;
mod meta;

use roxmltree::{Document, Node, ParsingOptions};

use crate::form::{Field, Finding, Form, Group, Item, Kind, Occurs, Page, Reference};
use crate::lists::CodeList;
use crate::meta::Header;
use crate::patterns::Patterns;
use crate::rule::{self, Source};
use crate::sheet::Plan;
use crate::{input, walk};
use lines::Lines;

/// Largest file read, in bytes; the largest published schema has 3.6 MB.
const MAX_BYTES: usize = 16 << 20;
/// Most XML nodes read.
const MAX_NODES: u32 = 2_000_000;
/// Deepest nesting of groups.
const MAX_DEPTH: usize = 32;
/// Most items in a form.
const MAX_ITEMS: usize = 20_000;
/// Longest rule sentence read, in bytes.
const MAX_RULE: usize = 20_000;
/// Most findings told of a form that can be used.
const MAX_FINDINGS: usize = 200;
const NAMESPACE: &str = "urn:xoev-de:fim:standard:xdatenfelder_3.0.0";
/// Version 2 and what was released under its number.
const NAMESPACE_2: [&str; 2] = [
    "urn:xoev-de:fim:standard:xdatenfelder_2",
    "urn:xoev-de:fim:standard:xdatenfelder_2.0",
];

impl Form {
    /// Reads a schema (message 0102) or a single group (message 0103) of XDatenfelder 3.0 or 2.0, without code lists: of a field
    /// that points at one any text is taken, and a finding names the list.
    ///
    /// # Errors
    /// Every mistake that makes the file unusable, with line and column: not well-formed, a DTD or entities, not
    /// XDatenfelder 3.0, elements without id, a type or a number of occurrences that cannot be read, size limits. What
    /// the form can live without is in [`Form::findings`].
    pub fn parse(xml: &str) -> Result<Form, Vec<Finding>> {
        Form::parse_with(xml, &[])
    }

    /// As [`Form::parse`], with the code lists its fields point at.
    ///
    /// # Errors
    /// Those of [`Form::parse`].
    pub fn parse_with(xml: &str, lists: &[CodeList]) -> Result<Form, Vec<Finding>> {
        if xml.len() > MAX_BYTES {
            return Err(vec![Finding {
                file: String::new(),
                line: 1,
                column: 1,
                message: format!("the file has {} bytes; at most {MAX_BYTES} are read", xml.len()),
                help: "Split the form or drop `relation` elements, which this reader does not use.".to_owned(),
            }]);
        }
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: MAX_NODES,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(xml, options).map_err(|error| vec![not_xml(xml, &error)])?;
        let mut reader = Reader {
            lines: Lines::of(xml),
            fatal: vec![],
            notes: vec![],
            more: 0,
            rules: vec![],
            items: 0,
            repeating: 0,
            lists,
            version_2: false,
            choices: vec![],
            patterns: Patterns::new(),
        };
        let form = reader.message(document.root_element());
        match form {
            Some(form) if reader.fatal.is_empty() => Ok(reader.finish(form)),
            _ => {
                reader.fatal.sort_by_key(|finding| (finding.line, finding.column));
                Err(reader.fatal)
            }
        }
    }
}

/// Where the document type begins; the XML reader does not say.
fn doctype(xml: &str) -> roxmltree::TextPos {
    let before = xml.split("<!DOCTYPE").next().unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    roxmltree::TextPos::new(number(before.matches('\n').count() + 1), number(column))
}

fn not_xml(xml: &str, error: &roxmltree::Error) -> Finding {
    let place = match error {
        roxmltree::Error::DtdDetected => doctype(xml),
        _ => error.pos(),
    };
    let help = match error {
        roxmltree::Error::DtdDetected => "Remove the document type; forms are read without DTDs and entities.",
        roxmltree::Error::NodesLimitReached => "The form is too large; split it.",
        roxmltree::Error::UnknownEntityReference(..) => {
            "Write the character itself; only &lt; &gt; &amp; &quot; &apos; and &#…; are known."
        }
        _ => "Mend the XML; an XML editor shows the place.",
    };
    Finding {
        file: String::new(),
        line: place.row,
        column: place.col,
        message: format!("the XML cannot be read: {error}"),
        help: help.to_owned(),
    }
}

struct Reader<'x> {
    lines: Lines<'x>,
    fatal: Vec<Finding>,
    notes: Vec<Finding>,
    /// How many more there are that are not kept.
    more: usize,
    rules: Vec<Source>,
    items: usize,
    /// How many groups that repeat are around.
    repeating: usize,
    lists: &'x [CodeList],
    version_2: bool,
    /// Paths of groups of which one thing is to be chosen.
    choices: Vec<String>,
    patterns: Patterns,
}

type Xml<'a, 'x> = Node<'a, 'x>;

fn child<'a, 'x>(node: Xml<'a, 'x>, name: &str) -> Option<Xml<'a, 'x>> {
    children(node, name).next()
}

fn children<'a, 'x, 'n>(node: Xml<'a, 'x>, name: &'n str) -> impl Iterator<Item = Xml<'a, 'x>> + use<'a, 'x, 'n> {
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The text directly inside an element, lines kept, indentation and blanks around lines removed.
fn text(node: Xml) -> String {
    let raw: String = node
        .children()
        .filter(Node::is_text)
        .filter_map(|part| part.text())
        .collect();
    let lines: Vec<&str> = raw.trim().lines().map(str::trim).collect();
    lines.join("\n")
}

/// The first that is not empty.
fn text_of(node: Xml, name: &str) -> Option<String> {
    children(node, name).map(text).find(|text| !text.is_empty())
}

/// The code inside an element of a code list type: `<feldart …><code>input</code></feldart>`.
fn code_of(node: Xml, name: &str) -> Option<String> {
    child(node, name).and_then(|list| text_of(list, "code"))
}

fn id_of(node: Xml) -> Option<String> {
    child(node, "identifikation").and_then(|id| text_of(id, "id"))
}

fn legal_of(node: Xml) -> impl Iterator<Item = Reference> {
    children(node, "bezug").filter_map(|reference| {
        let text = text(reference);
        let link = reference
            .attribute("link")
            .map(str::trim)
            .filter(|link| !link.is_empty())
            .map(str::to_owned);
        (!text.is_empty()).then_some(Reference { text, link })
    })
}

impl Reader<'_> {
    fn finding(&self, node: Xml, message: String, help: &str) -> Finding {
        let (line, column) = self.lines.place(node.range().start);
        Finding {
            file: String::new(),
            line,
            column,
            message,
            help: help.to_owned(),
        }
    }

    fn fail(&mut self, node: Xml, message: impl Into<String>, help: &str) {
        if self.fatal.len() < 100 {
            self.fatal.push(self.finding(node, message.into(), help));
        }
    }

    fn note(&mut self, node: Xml, message: impl Into<String>, help: &str) {
        if self.notes.len() < MAX_FINDINGS {
            self.notes.push(self.finding(node, message.into(), help));
        } else {
            self.more += 1;
        }
    }

    fn message(&mut self, root: Xml) -> Option<Form> {
        let namespace = root.tag_name().namespace().unwrap_or_default();
        self.version_2 = NAMESPACE_2.contains(&namespace);
        if namespace != NAMESPACE && !self.version_2 {
            let help = "The root element must be in the namespace urn:xoev-de:fim:standard:xdatenfelder_3.0.0 (or xdatenfelder_2).";
            self.fail(root, format!("not XDatenfelder 3.0: namespace `{namespace}`"), help);
            return None;
        }
        self.unknown_elements(root);
        let header = self.header(root);
        let mut form = self.content(root)?;
        form.header = header;
        Some(form)
    }

    fn content(&mut self, root: Xml) -> Option<Form> {
        match root.tag_name().name() {
            "xdatenfelder.stammdatenschema.0102" => {
                let Some(schema) = child(root, "stammdatenschema") else {
                    self.fail(
                        root,
                        "no `stammdatenschema`",
                        "The message needs one `stammdatenschema`.",
                    );
                    return None;
                };
                Some(self.schema(schema))
            }
            "xdatenfelder.datenfeldgruppe.0103" => {
                let Some(group) = child(root, "datenfeldgruppe") else {
                    self.fail(root, "no `datenfeldgruppe`", "The message needs one `datenfeldgruppe`.");
                    return None;
                };
                let mut form = self.form_of(group);
                let once = Occurs { min: 1, max: Some(1) };
                if let Some(group) = self.group(group, "", once, vec![], 1) {
                    form.pages.push(page_of(group));
                }
                Some(form)
            }
            other => {
                self.fail(
                    root,
                    format!("`{other}` is not a form"),
                    "Export the schema (xdatenfelder.stammdatenschema.0102) or one group (xdatenfelder.datenfeldgruppe.0103).",
                );
                None
            }
        }
    }

    fn form_of(&mut self, node: Xml) -> Form {
        Form {
            id: self.id(node).unwrap_or_default(),
            meta: self.meta(node),
            header: Header::default(),
            name: text_of(node, "name").unwrap_or_default(),
            title: ["bezeichnung", "bezeichnungEingabe", "name"]
                .iter()
                .find_map(|name| text_of(node, name))
                .unwrap_or_default(),
            help: text_of(node, "hilfetext").or_else(|| text_of(node, "hilfetextEingabe")),
            legal: legal_of(node).collect(),
            pages: vec![],
            plan: Plan::default(),
            rules: vec![],
            findings: vec![],
            land: None,
            rule_count: 0,
        }
    }

    fn schema(&mut self, schema: Xml) -> Form {
        let mut form = self.form_of(schema);
        self.rules_of(schema, "");
        for item in self.items(schema, "", 1) {
            match item {
                Item::Group(group) => form.pages.push(page_of(group)),
                Item::Field(field) => match form.pages.last_mut() {
                    Some(page) if !page.group => page.items.push(Item::Field(field)),
                    _ => form.pages.push(Page {
                        id: field.id.clone(),
                        name: form.title.clone(),
                        title: form.title.clone(),
                        help: None,
                        legal: vec![],
                        group: false,
                        meta: None,
                        occurs: Occurs { min: 1, max: Some(1) },
                        items: vec![Item::Field(field)],
                    }),
                },
            }
        }
        if form.pages.is_empty() {
            self.note(
                schema,
                "the form has no fields",
                "Add a `struktur` with a `datenfeldgruppe` or a `datenfeld`.",
            );
        }
        form
    }

    fn id(&mut self, node: Xml) -> Option<String> {
        let at = child(node, "identifikation").unwrap_or(node);
        if children(at, "id").count() > 1 {
            self.fail(at, "more than one `id`", "An element has one id.");
        }
        let Some(id) = id_of(node) else {
            self.fail(
                at,
                "no id",
                "Give the element an `identifikation` with an `id`, e.g. F15000001.",
            );
            return None;
        };
        // Ids become names of inputs and keys of JSON; a dot would read as a step in a path.
        if id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.fail(
                at,
                format!("`{id}` is not an id"),
                "Ids are a letter and digits, e.g. G15000001.",
            );
            return None;
        }
        Some(id)
    }

    fn items(&mut self, parent: Xml, path: &str, depth: usize) -> Vec<Item> {
        let mut items: Vec<Item> = vec![];
        let mut seen = std::collections::BTreeSet::new();
        for place in children(parent, "struktur") {
            let occurs = self.occurs(place);
            let legal: Vec<Reference> = legal_of(place).collect();
            let Some(inside) = child(place, "enthaelt") else {
                self.fail(
                    place,
                    "`struktur` without `enthaelt`",
                    "Say what the structure contains.",
                );
                continue;
            };
            for node in inside.children().filter(Node::is_element) {
                self.items += 1;
                if self.items > MAX_ITEMS || depth > MAX_DEPTH {
                    self.fail(node, "the form is too large or nested too deeply", "Split the form.");
                    return items;
                }
                let item = match node.tag_name().name() {
                    "datenfeld" => self
                        .field(node, path, occurs, legal.clone())
                        .map(|field| Item::Field(Box::new(field))),
                    "datenfeldgruppe" => self.group(node, path, occurs, legal.clone(), depth).map(Item::Group),
                    other => {
                        self.note(
                            node,
                            format!("`{other}` is not read"),
                            "Use `datenfeld` or `datenfeldgruppe`.",
                        );
                        None
                    }
                };
                let Some(item) = item else { continue };
                if !seen.insert(walk::id(&item).to_owned()) {
                    let message = format!("`{}` stands twice in the same group", walk::id(&item));
                    self.fail(
                        node,
                        message,
                        "Answers are kept by id: use the element once, with a larger `anzahl`.",
                    );
                }
                items.push(item);
            }
        }
        items
    }

    fn occurs(&mut self, place: Xml) -> Occurs {
        let written = text_of(place, "anzahl").unwrap_or_else(|| "1:1".to_owned());
        let read = written.split_once(':').and_then(|(min, max)| {
            let min = min.trim().parse::<u32>().ok()?;
            let max = match max.trim() {
                "*" => None,
                max => Some(max.parse::<u32>().ok()?),
            };
            (max.is_none_or(|max| max >= 1 && max >= min) && min <= 1000).then_some(Occurs { min, max })
        });
        read.unwrap_or_else(|| {
            self.fail(
                place,
                format!("`{written}` is not a number of occurrences"),
                "Write e.g. 0:1, 1:1, 1:5 or 0:*.",
            );
            Occurs { min: 1, max: Some(1) }
        })
    }

    fn group(
        &mut self,
        node: Xml,
        path: &str,
        occurs: Occurs,
        mut legal: Vec<Reference>,
        depth: usize,
    ) -> Option<Group> {
        let id = self.id(node)?;
        let path = walk::join(path, &id);
        legal.extend(legal_of(node));
        self.rules_of(node, &path);
        let meta = Box::new(self.meta(node));
        let choice = child(node, "art").is_some();
        if choice {
            self.choices.push(path.clone());
        }
        self.repeating += usize::from(occurs.repeats());
        let items = self.items(node, &path, depth + 1);
        self.repeating -= usize::from(occurs.repeats());
        Some(Group {
            meta,
            choice,
            label_out: text_of(node, "bezeichnungAusgabe"),
            help_out: text_of(node, "hilfetextAusgabe"),
            name: text_of(node, "name").unwrap_or_else(|| id.clone()),
            title: text_of(node, "bezeichnungEingabe")
                .or_else(|| text_of(node, "name"))
                .unwrap_or_else(|| id.clone()),
            help: text_of(node, "hilfetextEingabe"),
            id,
            path,
            legal,
            occurs,
            items,
        })
    }

    fn field(&mut self, node: Xml, path: &str, occurs: Occurs, mut legal: Vec<Reference>) -> Option<Field> {
        let id = self.id(node)?;
        let path = walk::join(path, &id);
        legal.extend(legal_of(node));
        self.rules_of(node, &path);
        let name = text_of(node, "name").unwrap_or_else(|| id.clone());
        let label_in = text_of(node, "bezeichnungEingabe").unwrap_or_else(|| name.clone());
        let kind = self.kind(node)?;
        let note = matches!(kind, Kind::Note(_));
        if matches!(kind, Kind::File { .. }) && self.repeating > 0 {
            self.note(
                node,
                "papers inside of what repeats are not kept: entries may be taken out or moved",
                "Ask for the papers outside of the group that repeats, as one field with a larger `anzahl`.",
            );
        }
        let named = children(node, "stichwort")
            .find(|word| word.attribute("uri") == Some("autocomplete"))
            .map(text);
        let check = self.check(node, &kind);
        let meta = Box::new(self.meta(node));
        let way = code_of(node, "feldart");
        let concealed = way.as_deref() == Some("hidden");
        if matches!(kind, Kind::Object) && occurs.min > 0 && !concealed {
            self.note(
                node,
                "the object is mandatory, but no page has a control for it: only a program can send it",
                "Give it `anzahl` 0:1, or ask for a file.",
            );
        }
        if text_of(node, "multiselect").is_some_and(|many| many == "true" || many == "1") && !occurs.repeats() {
            self.note(
                node,
                "`multiselect` is not read: one option can be chosen",
                "Give the field a larger `anzahl`, e.g. 0:*.",
            );
        }
        let field = Field {
            meta,
            help_out: text_of(node, "hilfetextAusgabe"),
            label_out: text_of(node, "bezeichnungAusgabe").unwrap_or_else(|| label_in.clone()),
            help: text_of(node, "hilfetextEingabe"),
            required: occurs.min > 0 && !note,
            prefill: if note { None } else { text_of(node, "inhalt") },
            locked: concealed || way.as_deref() == Some("locked"),
            concealed,
            autocomplete: named.and_then(|token| input::autocomplete_token(&token)),
            check,
            id,
            path,
            name,
            label_in,
            legal,
            kind,
            occurs,
        };
        if input::may_be_thousands(&field) {
            let written = field.prefill.as_deref().unwrap_or_default().trim();
            let message =
                format!("`{written}` is not an amount the field can start with: it may be thousands or three decimals");
            self.note(node, message, "Write the amount with two decimals, e.g. 10000.00.");
        }
        Some(field)
    }

    /// What of a rule is not read although it may change what it means.
    fn structured(&mut self, entry: Xml) {
        let id = id_of(entry).unwrap_or_else(|| "without id".to_owned());
        for name in ["fehler", "skript", "script", "param", "ziel"] {
            let Some(part) = children(entry, name)
                .find(|part| part.children().any(|inside| inside.is_element()) || !text(*part).is_empty())
            else {
                continue;
            };
            // What tools of version 2 write where nothing is meant.
            if text(part).split_whitespace().collect::<String>() == "functionscript(){}" {
                continue;
            }
            let (what, help) = match name {
                "fehler" => (
                    "its message is not told, only what the sentences say",
                    "Write the message into the sentence: DANN zeige die Fehlermeldung \"…\" an.",
                ),
                _ => ("only its sentences are applied", "Write what it says as a sentence."),
            };
            self.note(part, format!("`{name}` of the rule {id} is not read: {what}"), help);
        }
    }

    fn rules_of(&mut self, node: Xml, scope: &str) {
        for entry in children(node, "regel") {
            self.structured(entry);
            // Version 2 has the sentences in the definition.
            let name = if self.version_2 { "definition" } else { "freitextRegel" };
            let Some(sentence) = child(entry, name) else {
                continue;
            };
            let written: String = sentence
                .children()
                .filter(Node::is_text)
                .filter_map(|part| part.text())
                .collect();
            if written.len() > MAX_RULE {
                self.note(sentence, "the rule is too long and is not applied", "Split the rule.");
                continue;
            }
            let start = sentence
                .children()
                .find(Node::is_text)
                .map_or(sentence.range().start, |part| part.range().start);
            self.rules.push(Source {
                id: id_of(entry).unwrap_or_else(|| "without id".to_owned()),
                scope: scope.to_owned(),
                text: written,
                offset: start,
            });
        }
    }

    fn finish(mut self, mut form: Form) -> Form {
        input::derive_autocomplete(&mut form.pages);
        let plan = Plan::of(&form.pages);
        let elements = walk::elements(&form.pages);
        let mut rules: Vec<rule::Rule> = vec![];
        let mut unread: Vec<Finding> = vec![];
        form.rule_count = self.rules.len();
        let mut budget = rule::Budget::new();
        for source in std::mem::take(&mut self.rules) {
            match rule::read(&source, &plan, &elements, &mut self.patterns, &mut budget) {
                Ok(rule) => rules.push(rule),
                Err(_) if unread.len() == MAX_FINDINGS => self.more += 1,
                Err(stop) => {
                    let (line, column) = self.lines.place(source.offset + stop.at);
                    let rest: String = source
                        .text
                        .get(stop.at..)
                        .unwrap_or_default()
                        .chars()
                        .take(40)
                        .collect();
                    let what = if rest.trim().is_empty() {
                        "the end".to_owned()
                    } else {
                        format!("`{}`", rest.trim())
                    };
                    unread.push(Finding {
                        file: String::new(),
                        line,
                        column,
                        message: format!(
                            "rule {} is not applied: reading stopped at {what}: {}",
                            source.id, stop.reason
                        ),
                        help: rule::HELP.to_owned(),
                    });
                }
            }
        }
        for path in &self.choices {
            rules.extend(rule::choice(path, &plan, &elements));
        }
        form.rules = rules;
        form.plan = plan;
        form.settle_fixed();
        // What is not applied comes before what is only not used.
        let room = MAX_FINDINGS - unread.len();
        self.more += self.notes.len().saturating_sub(room);
        form.findings = unread;
        form.findings.extend(self.notes.into_iter().take(room));
        form.findings.sort_by_key(|finding| (finding.line, finding.column));
        if let (Some(last), 1..) = (form.findings.last().cloned(), self.more) {
            form.findings.push(Finding {
                message: format!("there are {} more findings", self.more),
                help: "Mend these first.".to_owned(),
                ..last
            });
        }
        form
    }
}

fn page_of(group: Group) -> Page {
    Page {
        id: group.id,
        name: group.name,
        title: group.title,
        help: group.help,
        legal: group.legal,
        group: true,
        meta: Some(group.meta),
        occurs: group.occurs,
        items: group.items,
    }
}
