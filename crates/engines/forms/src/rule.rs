//! Rules between fields, as FIM writes them: German sentences such as
//! `WENN F1 "Ermäßigung" = merkzeichen, DANN aktiviere F2 "Merkzeichen" UND mache es zu einer Pflichtangabe.`
//!
//! Grammar (keywords in any case; names in quotes after an id are comments):
//! ```text
//! rule        = { statement [ "." | ";" | "," ] }
//! statement   = "WENN" condition "DANN" actions [ "SONST" ( actions | "nicht" ) ]
//!             | "Es muss mindestens eines der Felder" ids "befüllt sein"
//!             | "Mindestens eines der Felder" ids "muss den Wert" literal "haben"
//!             | "Es muss entweder" id "oder" id "befüllt sein"
//!             | "Das Datum im Feld" id "muss zeitlich" ( "vor" | "nach" ) "dem Datum im Feld" id "liegen"
//! condition   = term { ( "UND" | "ODER" ) term }                      UND binds closer; brackets are allowed
//! term        = id ( "=" | "<>" | "<" | "<=" | ">" | ">=" ) value | id [ "nicht" ] ( "leer" | "befüllt" )
//! value       = literal [ name ] | id | "HEUTE" [ ( "+" | "-" ) number ( "TAGE" | "MONATE" | "JAHRE" ) ]
//! actions     = action { "UND" action }
//! action      = "aktiviere" ids | "deaktiviere" ids | "zeige" ids [ "nicht" ] "an" | "muss" ids "befüllt sein" | …
//!             | "mache es zu einer Pflichtangabe" | "zeige die Fehlermeldung" text "an"
//! ```

mod condition;
mod read;
mod scan;

use jiff::civil::Date;

pub(crate) use read::read;

/// What an author is told about a sentence that cannot be read.
pub(crate) const HELP: &str =
    "Write the rule as: WENN F… = \"…\", DANN aktiviere F… UND mache es zu einer Pflichtangabe.";

/// A rule as it stands in the file.
pub(crate) struct Source {
    /// `R…`.
    pub id: String,
    /// Path of the element the rule stands in; empty for the schema.
    pub scope: String,
    /// The sentences.
    pub text: String,
    /// Where the text starts in the file, in bytes.
    pub offset: usize,
}

/// Where and why reading stopped.
#[derive(Debug)]
pub(crate) struct Stop {
    /// Byte offset in the text.
    pub at: usize,
    /// In a few words.
    pub reason: String,
}

/// A readable rule: statements over elements, by their numbers in the form's plan.
#[derive(Debug)]
pub(crate) struct Rule {
    pub statements: Vec<Statement>,
    /// The innermost group around all elements named: the rule is applied once for each of its occurrences.
    pub shared: Option<usize>,
}

/// One sentence.
#[derive(Debug)]
pub(crate) struct Statement {
    pub condition: Condition,
    pub then: Vec<Action>,
    pub otherwise: Vec<Action>,
}

/// When a statement applies.
#[derive(Debug)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Compare {
        left: usize,
        op: Op,
        right: Operand,
    },
    Empty(usize),
    Not(Box<Condition>),
    /// So many of the elements are filled.
    Filled {
        elements: Vec<usize>,
        least: usize,
        most: usize,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Text(String),
    Number(f64),
    Bool(bool),
    Date(Date),
    /// The day of evaluation plus a span.
    Today {
        years: i64,
        months: i64,
        days: i64,
    },
    Element(usize),
}

/// What a statement does.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Hidden unless some rule shows it.
    Show(usize),
    Hide(usize),
    Require(usize),
    Optional(usize),
    /// A problem with the element.
    Error {
        element: usize,
        message: String,
    },
}

impl Condition {
    /// True when the day of evaluation matters.
    pub fn speaks_of_today(&self) -> bool {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().any(Condition::speaks_of_today),
            Condition::Compare { right, .. } => matches!(right, Operand::Today { .. }),
            Condition::Not(part) => part.speaks_of_today(),
            Condition::Empty(_) | Condition::Filled { .. } => false,
        }
    }
}
