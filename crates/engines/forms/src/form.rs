//! The form as a reader of XDatenfelder sees it: pages, groups, fields.

use serde::Serialize;

use crate::meta::{Header, Meta};
use crate::rule::land::Land;
use crate::rule::{Action, Condition, Rule, Statement};
use crate::sheet::Plan;

/// A mistake or a limit found in a form file, for its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file; empty until someone who knows its name sets it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// A form read from XDatenfelder. Immutable; cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Form {
    pub(crate) id: String,
    pub(crate) meta: Meta,
    pub(crate) header: Header,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) help: Option<String>,
    pub(crate) legal: Vec<Reference>,
    pub(crate) pages: Vec<Page>,
    pub(crate) plan: Plan,
    pub(crate) rules: Vec<Rule>,
    pub(crate) findings: Vec<Finding>,
    /// Where it is filled in.
    pub(crate) land: Option<Land>,
    /// Ids of rules in the file, and of those that are applied.
    pub(crate) rule_count: usize,
}

impl Form {
    /// The form as it is filled in in this Land: rules that are in force in some Länder only are applied there. Without a Land they
    /// are not applied, and everything they could hide is shown.
    #[must_use]
    pub fn in_land(mut self, land: Land) -> Form {
        self.land = Some(land);
        self.settle_fixed();
        self
    }

    /// Whether a statement is in force where the form is filled in.
    pub(crate) fn in_force(&self, statement: &Statement) -> bool {
        let lands = statement.lands.as_ref();
        lands.is_none_or(|lands| self.land.is_some_and(|land| lands.contains(&land)))
    }

    /// Takes over what rules fix or fill in without a condition.
    pub(crate) fn settle_fixed(&mut self) {
        let mut fixed = vec![];
        for statement in self.rules.iter().flat_map(|rule| &rule.statements) {
            if !matches!(statement.condition, Condition::Always) || !self.in_force(statement) {
                continue;
            }
            for action in &statement.then {
                if let Action::Fix { element, value } = action {
                    fixed.push((*element, value.clone()));
                }
            }
        }
        for (element, value) in fixed {
            self.plan.fix(element, value);
        }
    }

    /// How many rules in free text the file has.
    pub fn rules(&self) -> usize {
        self.rule_count
    }

    /// The rules that are applied, by id, as they were understood, sentence by sentence.
    pub fn readings(&self) -> Vec<(&str, Vec<String>)> {
        let written = self.rules.iter().filter(|rule| !rule.id.is_empty());
        written
            .map(|rule| (rule.id.as_str(), rule.readings(&self.plan)))
            .collect()
    }

    /// How many of them are read whole and applied; the others are among the [`Form::findings`].
    pub fn executable_rules(&self) -> usize {
        self.rules.iter().filter(|rule| !rule.id.is_empty()).count()
    }

    /// The schema's id, e.g. `S15000001`.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// The schema's version, e.g. `1.0.0`; empty for a draft without one.
    pub fn version(&self) -> &str {
        &self.meta.version
    }
    /// Name among FIM experts; not for people who fill in the form.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Header of the message.
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// Release state, dates, keywords, relations.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }
    /// Title for the person who fills it in (`bezeichnung`, else `name`).
    pub fn title(&self) -> &str {
        &self.title
    }
    /// Help for the whole form.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
    /// Legal bases of the whole form.
    pub fn legal(&self) -> &[Reference] {
        &self.legal
    }
    /// The pages in order: one per group at top level; fields that stand beside each other at top level share one.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }
    /// The page with this id.
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == id)
    }
    /// What this reader could not use, above all rule sentences it cannot read, with the place where it stopped.
    /// Empty for a form that works in full.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// A legal basis (`bezug`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// E.g. `§ 2 HundeG LSA`.
    pub text: String,
    /// Where to read it, if the file says so.
    pub link: Option<String>,
}

/// How often an element may occur (`anzahl`, e.g. `0:1`, `1:*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Occurs {
    /// At least so often; 0 means optional.
    pub min: u32,
    /// At most so often; `None` is `*`.
    pub max: Option<u32>,
}

impl Occurs {
    /// True when more than one occurrence is allowed; the value is then a JSON array.
    pub fn repeats(self) -> bool {
        self.max != Some(1)
    }
}

/// One page of the form.
#[derive(Debug, Clone)]
pub struct Page {
    /// Id of the group (`G…`), or of the first field when the page is made of fields at top level.
    pub id: String,
    /// Name among FIM experts; not for people who fill in the form.
    pub name: String,
    /// Heading.
    pub title: String,
    /// Help below the heading.
    pub help: Option<String>,
    /// Legal bases.
    pub legal: Vec<Reference>,
    /// True when the page is a group, so that its data is nested under [`Page::id`].
    pub group: bool,
    /// Release state, dates, keywords, relations of the group; `None` for a page of fields.
    pub meta: Option<Box<Meta>>,
    /// How often the group may occur; `1:1` for a page of fields.
    pub occurs: Occurs,
    /// Fields and groups in order.
    pub items: Vec<Item>,
}

/// A field or a group of items.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "groups are few beside their fields")]
pub enum Item {
    /// A field.
    Field(Box<Field>),
    /// A group inside a page.
    Group(Group),
}

/// A group inside a page.
#[derive(Debug, Clone)]
pub struct Group {
    /// `G…`.
    pub id: String,
    /// Ids from the top joined by dots, e.g. `G1.G2`.
    pub path: String,
    /// Name among FIM experts; not for people who fill in the form.
    pub name: String,
    /// Heading.
    pub title: String,
    /// Heading in print (`bezeichnungAusgabe`).
    pub label_out: Option<String>,
    /// Help below the heading.
    pub help: Option<String>,
    /// Help for who reads the answers (`hilfetextAusgabe`).
    pub help_out: Option<String>,
    /// Legal bases.
    pub legal: Vec<Reference>,
    /// Release state, dates, keywords, relations.
    pub meta: Box<Meta>,
    /// One of its elements is to be chosen (`art`, Auswahlgruppe).
    pub choice: bool,
    /// How often it may occur.
    pub occurs: Occurs,
    /// Its fields and groups in order.
    pub items: Vec<Item>,
}

/// A field.
#[derive(Debug, Clone)]
pub struct Field {
    /// `F…`.
    pub id: String,
    /// Ids from the top joined by dots, e.g. `G1.F2`: the name of the HTML input (a date has three inputs: `.tag`, `.monat`,
    /// `.jahr` appended) and the path in [`crate::Problem`]. An index follows what repeats: `G1.0.F2`.
    pub path: String,
    /// Name among FIM experts; not for people who fill in the form.
    pub name: String,
    /// Label of the input (`bezeichnungEingabe`).
    pub label_in: String,
    /// Label of the answer in summaries, at the desk and in print (`bezeichnungAusgabe`).
    pub label_out: String,
    /// Help of the input.
    pub help: Option<String>,
    /// Help for who reads the answer (`hilfetextAusgabe`).
    pub help_out: Option<String>,
    /// Legal bases of asking for it.
    pub legal: Vec<Reference>,
    /// Release state, dates, keywords, relations.
    pub meta: Box<Meta>,
    /// What it holds.
    pub kind: Kind,
    /// Always required when shown (`anzahl` from 1). Rules may require more: [`crate::Evaluation::required`].
    pub required: bool,
    /// How often it may occur.
    pub occurs: Occurs,
    /// Content to start with (`inhalt` of a field that is not a note), in the JSON form of the kind's text.
    pub prefill: Option<String>,
    /// True when the person cannot change it (`feldart` locked).
    pub locked: bool,
    /// True when it has its value without being shown (`feldart` hidden). Rules may conceal more: those are among
    /// [`crate::Evaluation::hidden`] too, and their values count.
    pub concealed: bool,
    /// HTML `autocomplete` token (WCAG 1.3.5), from a `stichwort` with uri `autocomplete` or the field's name.
    pub autocomplete: Option<&'static str>,
    /// What the text must be beyond its pattern, from a `stichwort` with uri `pruefung`.
    pub check: Option<Check>,
}

/// What a text field's content must be where no pattern can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// `iban`: an account number with right length and check digits (ISO 13616); stored without blanks in capitals.
    Iban,
    /// `idnr`: a tax identification number with right check digit (§ 139b AO).
    IdNr,
}

/// What a field holds.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Text; lengths in characters.
    Text {
        /// Least number of characters.
        min: Option<u32>,
        /// Largest number of characters.
        max: Option<u32>,
        /// Must match as a whole.
        pattern: Option<Pattern>,
        /// Better shown as a text area.
        multiline: bool,
        /// Only what DIN 91379 contains (`text_latin`).
        latin: bool,
    },
    /// Whole number.
    Integer {
        /// Least value.
        min: Option<i64>,
        /// Largest value.
        max: Option<i64>,
    },
    /// Decimal number.
    Number {
        /// Least value.
        min: Option<f64>,
        /// Largest value.
        max: Option<f64>,
    },
    /// Euros; stored as whole cents.
    Currency {
        /// Least amount in cents.
        min: Option<i64>,
        /// Largest amount in cents.
        max: Option<i64>,
    },
    /// A day; stored as `YYYY-MM-DD`.
    Date {
        /// First day allowed.
        min: Option<jiff::civil::Date>,
        /// Last day allowed.
        max: Option<jiff::civil::Date>,
    },
    /// A time of day; stored as `HH:MM`.
    Time,
    /// A point in time, in the civil time of the place; stored as `YYYY-MM-DDTHH:MM`.
    DateTime,
    /// Yes or no; stored as true or false.
    Bool,
    /// One of several options; stored as the option's value.
    Select {
        /// The options in order. Empty when the form only points at a code list: then any text up to 250 characters is
        /// taken, and the input is a text input.
        options: Vec<Choice>,
        /// The code list it points at (`canonicalVersionUri`).
        list: Option<String>,
    },
    /// Papers; stored as a list of `{"paper": id, …}` set by the caller who keeps the papers.
    File {
        /// Largest size of one paper in bytes.
        max_bytes: Option<u64>,
        /// Allowed media types; empty means any.
        media_types: Vec<String>,
    },
    /// A statistical or other object; carried as it is, from machines only.
    Object,
    /// Static text without an answer (`feldart` label).
    Note(String),
}

/// One option of a [`Kind::Select`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Help for this option.
    pub help: Option<String>,
}

/// A pattern of a text field: the text as written and ready to match whole values in linear time.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As in the file.
    pub text: String,
    pub(crate) regex: regex::Regex,
}
