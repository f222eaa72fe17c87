//! Values a field is compared with or starts with, read as the field's type.

use jiff::civil::Date;

use super::refer::{is_weighty, starts_loosely};
use super::scan::Scanner;
use super::{Expression, Stop, Stored};
use crate::form::{Choice, Field, Kind};
use crate::input;
use crate::walk::Inside;

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Number,
    Date,
    Text,
    Bool,
}

/// What stands for no text at all, where a text is expected.
const NOTHING: [&str; 9] = [
    "",
    "leer",
    "unbefüllt",
    "befüllt",
    "ausgefüllt",
    "gefüllt",
    "null",
    "nichts",
    "nil",
];

impl<'s> Scanner<'s> {
    pub fn field(&self, element: usize) -> Option<&'s Field> {
        match self.elements.get(element)?.inside {
            Inside::Field(field) => Some(field),
            Inside::Group(_) => None,
        }
    }

    pub fn title(&self, element: usize) -> &'s str {
        self.elements.get(element).map_or("", |element| element.title)
    }

    /// What an element's answers are as an expression.
    pub fn answer(&mut self, element: usize) -> Result<Expression, Stop> {
        let Some(field) = self.field(element) else {
            return match self.plan.parts_of_date(element, self.elements) {
                Some([day, month, year]) => Ok(Expression::Parts { day, month, year }),
                None => self.stop("a group cannot be compared with a value; write `leer` or `befüllt`"),
            };
        };
        let of = |kind| Expression::Answer { element, kind };
        match field.kind {
            Kind::File { .. } | Kind::Object | Kind::Note(_) => {
                let reason = format!("`{}` has no value to compare", field.id);
                self.stop(reason)
            }
            Kind::Currency { .. } => Ok(of(Stored::Cents)),
            Kind::Date { .. } => Ok(of(Stored::Day)),
            Kind::DateTime => Ok(of(Stored::Moment)),
            _ => Ok(of(Stored::Plain)),
        }
    }

    pub fn type_of(&self, expression: &Expression) -> Type {
        match expression {
            Expression::Answer { element, .. } => match self.field(*element).map(|field| &field.kind) {
                Some(Kind::Integer { .. } | Kind::Number { .. } | Kind::Currency { .. }) => Type::Number,
                Some(Kind::Date { .. } | Kind::DateTime) => Type::Date,
                Some(Kind::Bool) => Type::Bool,
                _ => Type::Text,
            },
            Expression::Text(_) => Type::Text,
            Expression::Bool(_) => Type::Bool,
            Expression::Parts { .. } | Expression::Date(_) | Expression::Today | Expression::Shift(..) => Type::Date,
            Expression::Code(_)
            | Expression::Number(_)
            | Expression::Sum(_)
            | Expression::Product(..)
            | Expression::Occurrences(_)
            | Expression::Length(_)
            | Expression::Year(_) => Type::Number,
        }
    }

    /// The right side of a comparison with `left`.
    pub fn value(&mut self, left: &Expression) -> Result<Expression, Stop> {
        let field = match left {
            Expression::Answer { element, .. } => self.field(*element),
            _ => None,
        };
        self.skip(&["der", "den", "dem", "option", "auswahl", "antwort", "wert", "code"]);
        let start = self.at;
        let wanted = self.type_of(left);
        // Another element; a name in quotes alone is a value.
        self.skip(&["wert", "werte", "dem", "des", "von", "in"]);
        if self.names_element()
            && let Some(right) = self.maybe(Scanner::arithmetic)
        {
            return if self.type_of(&right) == wanted {
                Ok(right)
            } else {
                self.stop_at(start, "the two sides are not of one kind")
            };
        }
        self.at = start;
        match (wanted, field.map(|field| &field.kind)) {
            (Type::Number | Type::Date, _) => {
                let right = self.arithmetic()?;
                if self.type_of(&right) != wanted {
                    return self.stop_at(start, "the two sides are not of one kind");
                }
                Ok(right)
            }
            (Type::Bool, _) => self.literal(start, field, |written| {
                input::bool_of(written)
                    .or_else(|| checked(written))
                    .map(Expression::Bool)
            }),
            (Type::Text, Some(Kind::Select { options, .. })) if !options.is_empty() => match self.option(options)? {
                Some(code) => Ok(Expression::Text(code)),
                None => self.not_a_value(start, field),
            },
            (Type::Text, _) => {
                let quoted = self.quoted();
                let Some(code) = quoted.map(str::trim).or_else(|| self.bare()) else {
                    return self.stop("expected a value");
                };
                if NOTHING.contains(&code.to_lowercase().as_str()) {
                    return self.stop_after(
                        start,
                        self.text.len(),
                        "this may be a text or say that there is none; write `leer` or `nicht leer`",
                    );
                }
                if quoted.is_some() {
                    return Ok(Expression::Text(code.to_owned()));
                }
                // `001 "in Deutschland"`, `001 - in Deutschland`: the label behind a code of a list that is not in the file.
                let _ = self.maybe(|scanner| {
                    let dash = scanner.take_sign("-") || scanner.take_sign("–") || scanner.take_sign("=");
                    match scanner.quoted() {
                        Some(_) => Ok(()),
                        None if dash => scanner.label_words(),
                        None => scanner.no(),
                    }
                });
                Ok(Expression::Text(code.to_owned()))
            }
        }
    }

    /// An id is ahead, perhaps behind articles and nouns; nothing is taken.
    pub fn names_element(&mut self) -> bool {
        let at = self.at;
        self.fillers();
        let found = self.sees_id() || self.sees_bracketed_id();
        self.at = at;
        found
    }

    /// `(F1)`, `(F1 "Name")`, but not `(F1 = 2)`.
    fn sees_bracketed_id(&mut self) -> bool {
        let at = self.at;
        if !(self.take_sign("(") || self.take_sign("[")) {
            self.at = at;
            return false;
        }
        let inside = self.rest().split([')', ']']).next().unwrap_or_default();
        let condition = inside.contains(['=', '<', '>', '≠', '≤', '≥'])
            || inside.split_whitespace().any(|word| {
                matches!(
                    word.to_lowercase().as_str(),
                    "leer" | "befüllt" | "ist" | "und" | "oder" | "ausgefüllt" | "nicht"
                )
            });
        let found = !condition && self.sees_id();
        self.at = at;
        found
    }

    /// Something that can only be a value of the field is ahead: in quotes, a number, or one of its options.
    pub fn sees_value(&mut self, element: usize) -> bool {
        self.blank();
        let rest = self.rest();
        let options = match self.field(element).map(|field| &field.kind) {
            Some(Kind::Select { options, .. }) => options.as_slice(),
            _ => &[],
        };
        rest.starts_with(['"', '\'', '„', '‚', '“', '»', '‘', '›'])
            || rest.starts_with(|c: char| c.is_ascii_digit())
            || options.iter().any(|option| {
                starts_loosely(rest, &option.label).is_some_and(|length| length > 0)
                    || rest.starts_with(option.value.as_str())
            })
    }

    /// The text is what a field of its kind holds: an option, yes or no, a number, a day. Of a text nobody can tell.
    pub fn is_value(&self, element: usize, text: &str) -> bool {
        let text = text.trim();
        let Some(field) = self.field(element) else {
            return false;
        };
        match &field.kind {
            Kind::Bool => input::bool_of(text).or_else(|| checked(text)).is_some(),
            Kind::Select { options, .. } => {
                let whole =
                    |label: &str, text: &str| !text.is_empty() && starts_loosely(text, label) == Some(text.len());
                let written = |option: &Choice| {
                    let label = text.strip_prefix(option.value.as_str());
                    let label = label.map(|label| label.trim_start_matches([' ', '-', '–', '=', ':', '(']));
                    text == option.value
                        || whole(&option.label, text)
                        || label.is_some_and(|label| whole(&option.label, label.trim_end_matches(')')))
                };
                options.iter().any(written) || loosely(options, text).is_some()
            }
            Kind::Integer { .. } | Kind::Number { .. } | Kind::Currency { .. } => {
                input::number_of(text).is_some() || input::cents_of(text).is_some()
            }
            Kind::Date { .. } | Kind::DateTime => date_of(text).is_some() || text.to_lowercase() == "heute",
            _ => false,
        }
    }

    fn literal(
        &mut self,
        start: usize,
        field: Option<&Field>,
        read: impl Fn(&str) -> Option<Expression>,
    ) -> Result<Expression, Stop> {
        let Some(written) = self.quoted().or_else(|| self.bare()).map(str::trim) else {
            return self.stop("expected a value");
        };
        match read(written) {
            Some(value) => Ok(value),
            None => self.not_a_value(start, field),
        }
    }

    fn not_a_value<T>(&mut self, start: usize, field: Option<&Field>) -> Result<T, Stop> {
        self.at = start;
        if self.sees_sign(&['"', '\'', '„', '‚', '“', '»']) && self.quoted().is_none() {
            self.blank();
            return self.stop_after(self.at, self.at + 1, "the quotation is not closed");
        }
        self.at = start;
        let written = self.quoted().or_else(|| self.bare()).unwrap_or_default();
        let id = field.map_or("", |field| field.id.as_str());
        let reason = if written.is_empty() {
            "expected a value".to_owned()
        } else {
            format!("`{written}` is not a value of `{id}`")
        };
        self.at = start;
        self.stop(reason)
    }

    /// The words of a label that is not in the file: a first word, then nouns and what stands between them.
    fn label_words(&mut self) -> Result<(), Stop> {
        const OWN: [&str; 18] = [
            "nicht",
            "kein",
            "keine",
            "und",
            "oder",
            "dann",
            "ist",
            "sind",
            "wird",
            "wurde",
            "hat",
            "ausgewählt",
            "gewählt",
            "belegt",
            "zeige",
            "aktiviere",
            "deaktiviere",
            "blende",
        ];
        let first = self.word_ahead();
        if first.is_empty() || self.sees(&OWN) || self.sees_id() {
            return self.no();
        }
        self.at += first.len();
        loop {
            let end = self.at;
            self.skip(&[
                "der", "des", "die", "den", "dem", "für", "von", "bei", "zur", "zum", "im", "in", "mit",
            ]);
            let word = self.word_ahead();
            let shouted = word.chars().count() > 1 && word.chars().all(char::is_uppercase);
            if !word.starts_with(char::is_uppercase) || shouted || self.sees(&OWN) || self.sees_id() {
                self.at = end;
                let _ = self.maybe(Scanner::words_in_brackets);
                return Ok(());
            }
            self.at += word.len();
        }
    }

    /// `(unspezifisch)` behind a label.
    fn words_in_brackets(&mut self) -> Result<(), Stop> {
        if !self.take_sign("(") {
            return self.no();
        }
        let inside = self.rest().split(')').next().unwrap_or_default();
        let plain =
            inside.chars().all(|c| c.is_alphabetic() || " ,.-/".contains(c)) && inside.len() < self.rest().len();
        if !plain || inside.is_empty() || is_weighty(inside) {
            return self.stop("expected `)`");
        }
        self.at += inside.len() + 1;
        Ok(())
    }

    /// An option, by its code, its label, or both; its code.
    pub fn option(&mut self, options: &[Choice]) -> Result<Option<String>, Stop> {
        let start = self.at;
        let marks = self.quotes() > 0;
        self.blank();
        let inner = self.at;
        let rest = self.rest();
        let ends = |length: usize| {
            rest.get(length..)
                .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        let by_code = options
            .iter()
            .filter(|option| rest.starts_with(option.value.as_str()) && ends(option.value.len()))
            .max_by_key(|option| option.value.len());
        let by_label = options
            .iter()
            .filter_map(|option| {
                Some((
                    option,
                    starts_loosely(rest, &option.label).filter(|length| *length > 0)?,
                ))
            })
            .filter(|(_, length)| ends(*length))
            .max_by_key(|(_, length)| *length);
        // The longer of the two is what was meant: a label may begin with a code.
        let chosen = match (by_code, by_label) {
            (Some(code), Some((label, length))) if length > code.value.len() => {
                self.at += length;
                if marks {
                    let _ = self.quotes();
                }
                let _ = self.maybe(|scanner| scanner.code_in_brackets(label));
                return Ok(Some(label.value.clone()));
            }
            (Some(option), _) => {
                self.at += option.value.len();
                Some(option)
            }
            (None, Some((label, length))) => {
                self.at += length;
                if marks {
                    let _ = self.quotes();
                }
                let _ = self.maybe(|scanner| scanner.code_in_brackets(label));
                return Ok(Some(label.value.clone()));
            }
            (None, None) => {
                let word = self.word_ahead();
                let found = loosely(options, word);
                if found.is_some() {
                    self.at += word.len();
                }
                found
            }
        };
        let Some(chosen) = chosen else {
            self.at = start;
            return Ok(None);
        };
        self.label_behind(chosen, options, marks, inner)?;
        Ok(Some(chosen.value.clone()))
    }

    fn code_in_brackets(&mut self, option: &Choice) -> Result<(), Stop> {
        let open = self.take_sign("(");
        let _ = self.take(&["code"]);
        if open && self.rest().starts_with(option.value.as_str()) {
            self.at += option.value.len();
            if self.take_sign(")") {
                return Ok(());
            }
        }
        self.no()
    }

    /// The label behind a code: `001 "in Deutschland"`, `001 - in Deutschland`, `001=in Deutschland`, `"001 in Deutschland"`.
    fn label_behind(&mut self, chosen: &Choice, options: &[Choice], open: bool, inner: usize) -> Result<(), Stop> {
        if open && self.quotes() > 0 {
            // `"001"`, perhaps with its label behind.
            let _ = self.maybe(|scanner| {
                let _ = scanner.take_sign("-") || scanner.take_sign("=");
                if scanner.sees_sign(&['(', '"', '„', '\'', '‚']) {
                    scanner.exact_label(chosen, options)
                } else {
                    scanner.no()
                }
            });
            return Ok(());
        }
        let at = self.at;
        let _ = ["-", "–", "=", ":"].iter().any(|sign| self.take_sign(sign));
        if self.maybe(|scanner| scanner.exact_label(chosen, options)).is_some() {
            if open && self.quotes() == 0 {
                self.at = inner;
                return self.stop("the quotation is not closed");
            }
            return Ok(());
        }
        let conflict = options.iter().find(|other| {
            other.value != chosen.value && other.label != chosen.label && {
                let rest = self.rest().trim_start().trim_start_matches(['"', '\'', '„', '‚', '“']);
                starts_loosely(rest, &other.label).is_some_and(|length| length > 3)
            }
        });
        if let Some(other) = conflict {
            let reason = format!("the code is `{}`, the label that of `{}`", chosen.value, other.value);
            self.blank();
            return self.stop_after(self.at, self.text.len(), reason);
        }
        // A label of an earlier version of the list.
        if !open && self.quoted().is_some() {
            return Ok(());
        }
        if open {
            let rest = self.rest();
            if let Some(end) = rest
                .find(['"', '“', '”', '\'', '‘'])
                .filter(|end| !rest.get(..*end).unwrap_or_default().contains('\n'))
            {
                self.at += end;
                self.quotes();
                return Ok(());
            }
            return self.stop("the quotation is not closed");
        }
        let before = self.at;
        self.words_of(&[&chosen.label]);
        if self.at == before {
            self.at = at;
        }
        Ok(())
    }

    fn exact_label(&mut self, chosen: &Choice, options: &[Choice]) -> Result<(), Stop> {
        let marks = self.quotes() > 0;
        let bracket = !marks && self.take_sign("(");
        self.blank();
        let Some(length) = starts_loosely(self.rest(), &chosen.label).filter(|length| *length > 0) else {
            return self.no();
        };
        // Another label may be longer: `Ja` and `Ja, durch einen Bevollmächtigten`.
        let longer = options.iter().any(|other| {
            other.label.len() > chosen.label.len()
                && starts_loosely(self.rest(), &other.label).is_some_and(|other| other > length)
        });
        if longer {
            return self.no();
        }
        self.at += length;
        if bracket && !self.take_sign(")") {
            return self.stop("expected `)`");
        }
        if marks && self.quotes() == 0 {
            return self.stop("the quotation is not closed");
        }
        Ok(())
    }
}

/// A number without its leading zeros, or a word for yes or no, where one option alone fits.
fn loosely<'o>(options: &'o [Choice], word: &str) -> Option<&'o Choice> {
    let bare = |text: &str| text.trim_start_matches('0').to_owned();
    let number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let yes = input::bool_of(word).filter(|_| !number);
    let fits = |option: &&Choice| match yes {
        Some(yes) => input::bool_of(&option.label) == Some(yes),
        None => number && option.value.bytes().all(|byte| byte.is_ascii_digit()) && bare(&option.value) == bare(word),
    };
    let mut found = options.iter().filter(fits);
    found.next().filter(|_| found.next().is_none())
}

/// A ticked box in words.
fn checked(written: &str) -> Option<bool> {
    match written.to_lowercase().as_str() {
        "angekreuzt" | "ausgewählt" | "gesetzt" | "aktiviert" | "aktiv" | "zutreffend" | "bejaht" | "x" => Some(true),
        "verneint" | "unzutreffend" => Some(false),
        _ => None,
    }
}

pub(super) fn date_of(written: &str) -> Option<Date> {
    written.parse().ok().or_else(|| input::date(written).ok())
}
