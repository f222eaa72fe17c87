//! Rules between fields, as FIM writes them: German sentences such as
//! `WENN F1 "Ermäßigung" = merkzeichen, DANN aktiviere F2 "Merkzeichen" UND mache es zu einer Pflichtangabe.`
//!
//! A sentence is read word by word ([`scan`]) by a recursive descent that knows the elements of the form, so that a name written
//! behind an id is passed over whatever words it is made of. A rule is read whole or not at all.
//!
//! Grammar (words in any case and in the usual inflections; word order of main and subordinate clauses):
//! ```text
//! rule       = { [ "Für die Länder" lands "gilt:" ] sentence [ "." | ";" | "," ] }
//! sentence   = ( "WENN" | "FALLS" | "SOFERN" ) condition [ "," ] [ "DANN" ] clauses [ "SONST" clauses ]
//!            | clauses "," "wenn" condition [ "SONST" clauses ]
//!            | clauses
//! condition  = any of all of term                                UND binds closer than ODER; brackets
//! term       = subject predicate | predicate                     without a subject: that of the term before, and no value alone
//! subject    = [ quantity ] elements | expression
//! quantity   = "mindestens eines der" | "alle" | "keines der" | "genau zwei der" | …
//! predicate  = sign values | "leer" | "befüllt" | "größer als" expression | "mit" value "belegt" | "in der Zukunft" | …
//! clause     = imperative elements | elements modal states | modal elements states
//! states     = "befüllt" | "angezeigt" | "ausgeblendet" | "leer" | "ein Pflichtfeld" | "mit" value "vorzubefüllen" | predicate
//! ```

mod clause;
mod condition;
mod demand;
mod expression;
pub(crate) mod land;
mod predicate;
mod reading;
mod refer;
mod scan;
mod sentence;
mod sound;
mod value;

use std::cmp::Ordering;

use jiff::Span;
use jiff::civil::Date;
use serde_json::Value;

use crate::form::Check;
use land::Land;
pub(crate) use sentence::{choice, read};

/// What an author is told about a sentence that cannot be read.
pub(crate) const HELP: &str =
    "Write the rule as: WENN F… = \"…\", DANN aktiviere F… UND mache es zu einer Pflichtangabe.";

/// What reading all rules of a file may cost: alternatives tried, and comparisons of answers where sentences are compared.
#[derive(Debug)]
pub(crate) struct Budget {
    pub trials: usize,
    pub comparisons: usize,
}

impl Budget {
    /// None of the 61 published schemas needs a hundredth of it.
    pub fn new() -> Budget {
        Budget {
            trials: 500_000,
            comparisons: 5_000_000,
        }
    }
}

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

/// A readable rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// `R…`.
    pub id: String,
    pub statements: Vec<Statement>,
}

/// One sentence: what follows when its condition holds, and when not.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The innermost group around all elements named: the sentence is applied once for each of its occurrences.
    pub shared: Option<usize>,
    /// Where it is in force; `None` is everywhere. In a form bound to no Land such a sentence is not applied.
    pub lands: Option<Vec<Land>>,
    pub condition: Condition,
    pub then: Vec<Action>,
    pub otherwise: Vec<Action>,
}

/// When a statement applies.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Always,
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// Holds when some value of the left side and some value of the right side compare so; `NotEqual` when none are equal.
    Compare {
        left: Expression,
        op: Op,
        right: Expression,
    },
    Empty(usize),
    /// So many of these hold.
    Count {
        parts: Vec<Condition>,
        least: usize,
        most: usize,
    },
    /// Each value matches.
    Matches {
        element: usize,
        pattern: regex::Regex,
    },
    /// The text contains this one.
    Contains {
        element: usize,
        part: String,
    },
    /// Three numbers make a day of the calendar.
    Calendar {
        day: usize,
        month: usize,
        year: usize,
    },
    /// No value stands twice, over all occurrences.
    Unique(usize),
    /// Check digits and the like.
    Genuine {
        element: usize,
        check: Check,
    },
    /// The element has values, and this holds of each by itself.
    Each {
        element: usize,
        part: Box<Condition>,
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

impl Op {
    /// The comparison that holds when this one does not.
    pub fn opposite(self) -> Op {
        match self {
            Op::Equal => Op::NotEqual,
            Op::NotEqual => Op::Equal,
            Op::Less => Op::GreaterEqual,
            Op::LessEqual => Op::Greater,
            Op::Greater => Op::LessEqual,
            Op::GreaterEqual => Op::Less,
        }
    }

    /// Whether two values in this order compare so.
    pub fn fits(self, order: Ordering) -> bool {
        match self {
            Op::Equal => order.is_eq(),
            Op::NotEqual => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::LessEqual => order.is_le(),
            Op::Greater => order.is_gt(),
            Op::GreaterEqual => order.is_ge(),
        }
    }

    /// The comparison of the sides exchanged.
    pub fn mirrored(self) -> Op {
        match self {
            Op::Less => Op::Greater,
            Op::LessEqual => Op::GreaterEqual,
            Op::Greater => Op::Less,
            Op::GreaterEqual => Op::LessEqual,
            same => same,
        }
    }
}

/// A span of the calendar: first years and months, then days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Duration {
    pub months: i64,
    pub days: i64,
}

impl Duration {
    /// The day so much later than another.
    pub fn after(self, day: Date) -> Option<Date> {
        let months = Span::new().try_months(self.months).ok()?;
        let days = Span::new().try_days(self.days).ok()?;
        day.checked_add(months).ok()?.checked_add(days).ok()
    }

    pub fn negated(self) -> Duration {
        Duration {
            months: -self.months,
            days: -self.days,
        }
    }
}

/// What the answers of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Text, number, yes or no.
    Plain,
    /// Cents, reckoned with as euros.
    Cents,
    Day,
    Moment,
}

/// Something with values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    /// The answers of a field as they are stored, but for what the kind says.
    Answer {
        element: usize,
        kind: Stored,
    },
    /// The answers as numbers: codes of options, digits in a text.
    Code(usize),
    /// Day, month and year of a group. What is missing counts as the last day possible, so that nobody is taken for older
    /// than they are.
    Parts {
        day: usize,
        month: usize,
        year: usize,
    },
    Text(String),
    Number(f64),
    Bool(bool),
    Date(Date),
    /// The day of evaluation.
    Today,
    Shift(Box<Expression>, Duration),
    /// All values of all parts, times the factor. What is empty counts as nothing; without any value there is no sum.
    Sum(Vec<(f64, Expression)>),
    Product(Box<Expression>, Box<Expression>),
    /// How many occurrences are filled.
    Occurrences(usize),
    /// Characters of the text.
    Length(usize),
    /// The calendar year of a day.
    Year(Box<Expression>),
}

/// What a statement does.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Hidden unless some rule shows it.
    Show(usize),
    Hide(usize),
    /// Not shown by this rule, which shows it in other cases: another rule may still show it.
    Leave(usize),
    Require(usize),
    Optional(usize),
    /// A problem with the elements, told at the first that can be answered.
    Error {
        elements: Vec<usize>,
        message: String,
    },
    /// A problem with the elements unless this holds, told at the first that can be answered.
    Demand {
        elements: Vec<usize>,
        condition: Condition,
        message: String,
        /// What the elements are called, when those that are shown are to be named behind the message.
        titles: Vec<String>,
    },
    /// A value to start with.
    Prefill {
        element: usize,
        value: Value,
    },
    /// The value, without being shown.
    Fix {
        element: usize,
        value: Value,
    },
}

impl Action {
    /// The element it acts on; of several the first.
    pub fn element(&self) -> usize {
        match self {
            Action::Show(element)
            | Action::Hide(element)
            | Action::Leave(element)
            | Action::Require(element)
            | Action::Optional(element)
            | Action::Prefill { element, .. }
            | Action::Fix { element, .. } => *element,
            Action::Error { elements, .. } | Action::Demand { elements, .. } => {
                elements.first().copied().unwrap_or_default()
            }
        }
    }

    /// What becomes of the element where the action is the only one meant: `darf nur …, wenn` says that too.
    pub fn where_not(&self) -> Option<Action> {
        match self {
            Action::Show(element) => Some(Action::Hide(*element)),
            Action::Require(element) => Some(Action::Optional(*element)),
            Action::Optional(element) => Some(Action::Require(*element)),
            _ => None,
        }
    }

    /// True when it decides what is shown.
    pub fn shows(&self) -> bool {
        matches!(self, Action::Show(_) | Action::Hide(_))
    }
}

impl Condition {
    /// True when the day of evaluation matters.
    pub fn speaks_of_today(&self) -> bool {
        match self {
            Condition::All(parts) | Condition::Any(parts) | Condition::Count { parts, .. } => {
                parts.iter().any(Condition::speaks_of_today)
            }
            Condition::Compare { left, right, .. } => left.speaks_of_today() || right.speaks_of_today(),
            Condition::Not(part) | Condition::Each { part, .. } => part.speaks_of_today(),
            _ => false,
        }
    }

    /// A box is ticked.
    pub fn is_tick(&self) -> bool {
        matches!(
            self,
            Condition::Compare {
                op: Op::Equal,
                right: Expression::Bool(true),
                ..
            }
        )
    }

    /// Numbers of the elements it looks at.
    pub fn elements(&self, into: &mut Vec<usize>) {
        match self {
            Condition::Always => {}
            Condition::All(parts) | Condition::Any(parts) | Condition::Count { parts, .. } => {
                parts.iter().for_each(|part| part.elements(into));
            }
            Condition::Not(part) | Condition::Each { part, .. } => part.elements(into),
            Condition::Empty(element)
            | Condition::Unique(element)
            | Condition::Matches { element, .. }
            | Condition::Contains { element, .. }
            | Condition::Genuine { element, .. } => into.push(*element),
            Condition::Calendar { day, month, year } => into.extend([day, month, year]),
            Condition::Compare { left, right, .. } => {
                left.elements(into);
                right.elements(into);
            }
        }
    }

    /// The one element of whose values it speaks, whatever they are compared with.
    pub fn subject(&self) -> Option<usize> {
        match self {
            Condition::All(parts) | Condition::Any(parts) | Condition::Count { parts, .. } => {
                let first = parts.first()?.subject();
                first.filter(|_| parts.iter().all(|part| part.subject() == first))
            }
            Condition::Not(part) => part.subject(),
            Condition::Compare { left, .. } => match left {
                Expression::Answer { element, .. } | Expression::Code(element) | Expression::Length(element) => {
                    Some(*element)
                }
                _ => None,
            },
            Condition::Matches { element, .. }
            | Condition::Contains { element, .. }
            | Condition::Genuine { element, .. } => Some(*element),
            Condition::Always
            | Condition::Empty(_)
            | Condition::Calendar { .. }
            | Condition::Unique(_)
            | Condition::Each { .. } => None,
        }
    }

    /// Joined; a single part stays as it is.
    pub fn all(parts: Vec<Condition>) -> Condition {
        one_or(parts, Condition::All)
    }

    /// Joined; a single part stays as it is.
    pub fn any(parts: Vec<Condition>) -> Condition {
        one_or(parts, Condition::Any)
    }

    /// The opposite.
    pub fn not(self) -> Condition {
        match self {
            Condition::Not(part) => *part,
            other => Condition::Not(Box::new(other)),
        }
    }

    /// The opposite when `negated`.
    pub fn negated(self, negated: bool) -> Condition {
        if negated { self.not() } else { self }
    }
}

fn one_or(mut parts: Vec<Condition>, many: impl FnOnce(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(part) if parts.is_empty() => part,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}

impl Expression {
    fn speaks_of_today(&self) -> bool {
        match self {
            Expression::Today => true,
            Expression::Shift(inner, _) | Expression::Year(inner) => inner.speaks_of_today(),
            Expression::Sum(parts) => parts.iter().any(|(_, part)| part.speaks_of_today()),
            Expression::Product(left, right) => left.speaks_of_today() || right.speaks_of_today(),
            _ => false,
        }
    }

    /// Numbers of the elements it looks at.
    pub fn elements(&self, into: &mut Vec<usize>) {
        match self {
            Expression::Answer { element, .. }
            | Expression::Code(element)
            | Expression::Occurrences(element)
            | Expression::Length(element) => into.push(*element),
            Expression::Parts { day, month, year } => into.extend([day, month, year]),
            Expression::Shift(inner, _) | Expression::Year(inner) => inner.elements(into),
            Expression::Sum(parts) => parts.iter().for_each(|(_, part)| part.elements(into)),
            Expression::Product(left, right) => {
                left.elements(into);
                right.elements(into);
            }
            Expression::Text(_)
            | Expression::Number(_)
            | Expression::Bool(_)
            | Expression::Date(_)
            | Expression::Today => {}
        }
    }
}
