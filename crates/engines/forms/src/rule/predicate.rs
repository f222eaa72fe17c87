//! What is said of a field: compared, filled, in the future, of a certain form.

mod compare;
mod shape;
mod time;

use super::condition::Left;
use super::scan::Scanner;
use super::value::Type;
use super::{Condition, Duration, Expression, Op, Stop, Stored};
use crate::form::Kind;
use compare::Compared;

/// Words between subject and what is said that mean nothing by themselves.
const SOFT: [&str; 40] = [
    "ist",
    "sind",
    "wird",
    "werden",
    "wurde",
    "wurden",
    "hat",
    "haben",
    "sei",
    "jeweils",
    "auch",
    "bereits",
    "schon",
    "der",
    "die",
    "das",
    "den",
    "dem",
    "ein",
    "eine",
    "einen",
    "einem",
    "einer",
    "wert",
    "inhalt",
    "antwort",
    "auswahl",
    "auswahlmöglichkeit",
    "option",
    "auswahloption",
    "ausprägung",
    "eintrag",
    "eingabe",
    "code",
    "schlüssel",
    "mit",
    "auf",
    "zeitlich",
    "angabe",
    "begriff",
];
const EMPTY: [&str; 4] = ["leer", "unbefüllt", "unausgefüllt", "leergelassen"];
const FILLED: [&str; 17] = [
    "befüllt",
    "ausgefüllt",
    "gefüllt",
    "angegeben",
    "eingetragen",
    "vorgenommen",
    "vorhanden",
    "erfasst",
    "eingegeben",
    "belegt",
    "gemacht",
    "getätigt",
    "erfolgt",
    "hochgeladen",
    "beigefügt",
    "angelegt",
    "beantwortet",
];
/// True of a yes-or-no field; of others: filled.
const CHOSEN: [&str; 9] = [
    "angekreuzt",
    "ausgewählt",
    "gewählt",
    "gesetzt",
    "aktiviert",
    "markiert",
    "bejaht",
    "zutreffend",
    "zutrifft",
];

const COMPARISON: &str = "expected a comparison such as =, <>, < or `nicht leer`";

/// One way to read what is said.
type Reading<S> = fn(&mut S, &Left) -> Result<Condition, Stop>;

impl Scanner<'_> {
    /// What is said of the left side.
    pub fn predicate(&mut self, left: &Left) -> Result<Condition, Stop> {
        self.predicate_or(left, |scanner, left| {
            // Only the value: `mit "Ja" belegt`, `001 ausgewählt`, `100 überschreitet`.
            if scanner.at_boundary() {
                return scanner.stop(COMPARISON);
            }
            scanner.plain_value(left)
        })
    }

    /// What else is said of the left side of the comparison before.
    pub fn predicate_going_on(&mut self, left: &Left) -> Result<Condition, Stop> {
        self.predicate_or(left, |scanner, _| scanner.stop(COMPARISON))
    }

    /// What is said of the left side, or what is read otherwise.
    fn predicate_or(
        &mut self,
        left: &Left,
        otherwise: impl Fn(&mut Self, &Left) -> Result<Condition, Stop>,
    ) -> Result<Condition, Stop> {
        let mut negated = false;
        loop {
            if let Some(condition) = self.maybe(|scanner| scanner.no_nearer(left)) {
                return Ok(condition.negated(negated));
            }
            if self.take(&["nicht", "kein", "keine", "keinen", "keiner"]) {
                negated = !negated;
            } else if !(self.take(&SOFT)) {
                break;
            }
        }
        let condition = match self.said(left, negated)? {
            Some(condition) => condition,
            None => otherwise(self, left)?,
        };
        Ok(condition.negated(negated))
    }

    fn said(&mut self, left: &Left, negated: bool) -> Result<Option<Condition>, Stop> {
        let readings: [Reading<Self>; 3] = [Scanner::state, Scanner::shape, Scanner::time];
        for read in readings {
            if let Some(condition) = self.maybe(|scanner| read(scanner, left)) {
                return Ok(Some(condition));
            }
        }
        if let Some(condition) = self.maybe(|scanner| scanner.range(left, negated)) {
            return Ok(Some(condition));
        }
        if let Some(op) = self.op() {
            return self.chain(left, op, negated).map(Some);
        }
        if let Some((op, of)) = self.comparative() {
            return match of {
                Compared::Age => self.age(left, op),
                Compared::Amount if self.sees_time_beside(left) => {
                    self.blank();
                    let reason = "it is not clear on which side of the day; write `mehr als` or `weniger als`";
                    self.stop_after(self.at, self.text.len(), reason)
                }
                Compared::Amount | Compared::Value => self.chain(left, op, negated),
            }
            .map(Some);
        }
        Ok(self.maybe(|scanner| scanner.related(left, negated)))
    }

    fn element_of(&mut self, left: &Left) -> Result<usize, Stop> {
        match left {
            Left::Element(element) => Ok(*element),
            Left::Value(_) | Left::Age(_) => self.stop("expected a comparison"),
        }
    }

    fn left_value(&mut self, left: &Left) -> Result<Expression, Stop> {
        match left {
            Left::Element(element) => self.answer(*element),
            Left::Value(value) | Left::Age(value) => Ok(value.clone()),
        }
    }

    /// Empty, filled, chosen.
    fn state(&mut self, left: &Left) -> Result<Condition, Stop> {
        if let Some((years, negated)) = self.year_completed() {
            let day = self.left_value(left)?;
            if self.type_of(&day) != Type::Date {
                return self.stop("expected a date of birth");
            }
            self.trailing();
            let months = i64::try_from(years).unwrap_or(0) * 12;
            let completed = self.aged(&day, Op::GreaterEqual, Duration { months, days: 0 }, true);
            return Ok(completed.negated(negated));
        }
        let minor = self.take(&["minderjährig"]);
        if minor || self.take(&["volljährig"]) {
            let day = self.left_value(left)?;
            if self.type_of(&day) != Type::Date {
                return self.stop("expected a date of birth");
            }
            self.trailing();
            let op = if minor { Op::Less } else { Op::GreaterEqual };
            return Ok(self.aged(&day, op, Duration { months: 216, days: 0 }, true));
        }
        let element = self.element_of(left)?;
        let condition = if self.take(&EMPTY) {
            Condition::Empty(element)
        } else if self.take(&FILLED) {
            Condition::Empty(element).not()
        } else if self.take(&CHOSEN) {
            if self
                .field(element)
                .is_some_and(|field| matches!(field.kind, Kind::Bool))
            {
                self.is_true(element, true)
            } else {
                Condition::Empty(element).not()
            }
        } else if self.take(&["verneint"])
            && self
                .field(element)
                .is_some_and(|field| matches!(field.kind, Kind::Bool))
        {
            self.is_true(element, false)
        } else if let Some(relative) = self.maybe(|scanner| scanner.relative(element)) {
            relative
        } else {
            return self.stop("expected `leer` or `befüllt`");
        };
        self.trailing();
        Ok(condition)
    }

    /// `18. Lebensjahr vollendet`, `18. Lebensjahr noch nicht vollendet`: how many years, and whether it is denied.
    fn year_completed(&mut self) -> Option<(usize, bool)> {
        let at = self.at;
        let years = self.count().filter(|_| self.take_all(&[".", "lebensjahr"]));
        let negated = years.is_some() && self.take_phrase(&["noch nicht", "nicht"]);
        let _ = !negated && self.take(&["bereits", "schon"]);
        let found = years.filter(|_| self.take(&["vollendet"]));
        if found.is_none() {
            self.at = at;
        }
        Some((found?, negated))
    }

    fn is_true(&self, element: usize, yes: bool) -> Condition {
        Condition::Compare {
            left: Expression::Answer {
                element,
                kind: Stored::Plain,
            },
            op: Op::Equal,
            right: Expression::Bool(yes),
        }
    }

    /// `eine Rechtsform ausgewählt wird, deren Code im Bereich >= 200000 bis < 300000 liegt`.
    fn relative(&mut self, element: usize) -> Result<Condition, Stop> {
        let noun = self.word_ahead();
        if !noun.starts_with(char::is_uppercase) {
            return self.stop("expected a noun");
        }
        self.at += noun.len();
        if !self.take(&CHOSEN) && !self.take(&FILLED) {
            return self.stop("expected a participle");
        }
        self.skip(&["wird", "wurde", "ist"]);
        if !self.take_sign(",") {
            return self.stop("expected what kind of it");
        }
        if self.take(&["deren", "dessen"]) {
            self.expect(&["code", "schlüssel", "wert", "kennung"])?;
            return self.predicate(&Left::Element(element));
        }
        self.expect(&["der", "die", "das"])?;
        self.belongs(element)
    }

    /// `der nicht zur EU, zum EWR oder zur Schweiz gehört`, where a sentence of the rule lists who does.
    fn belongs(&mut self, element: usize) -> Result<Condition, Stop> {
        let negated = self.take(&["nicht"]);
        let mut names: Vec<String> = vec![];
        loop {
            self.skip(&["zur", "zum", "zu", "den", "der", "dem"]);
            let word = self.word_ahead();
            if !word.starts_with(char::is_uppercase) {
                return self.stop("expected a name");
            }
            self.at += word.len();
            names.push(word.to_owned());
            let _ = self.take_sign(",");
            self.skip(&["oder", "und"]);
            if self.take(&["gehört", "gehören", "angehört"]) {
                break;
            }
        }
        let Some(codes) = self.members(&names) else {
            return self.stop("the rule does not list who belongs to it");
        };
        self.members_used = true;
        let left = self.answer(element)?;
        let parts = codes
            .into_iter()
            .map(|code| Condition::Compare {
                left: left.clone(),
                op: Op::Equal,
                right: Expression::Text(code),
            })
            .collect();
        let belongs = Condition::any(parts);
        Ok(if negated {
            Condition::all(vec![Condition::Empty(element).not(), belongs.not()])
        } else {
            belongs
        })
    }

    /// The codes of `Die Mitgliedstaaten der EU, EWR und Schweiz (…) sind …: 124 Belgien, 125 Bulgarien und …`.
    fn members(&self, names: &[String]) -> Option<Vec<String>> {
        let (begin, end) = self.list_of_members()?;
        let text = self.text.get(begin..end)?;
        let (head, list) = text.split_once(':')?;
        let words: Vec<&str> = head.split(|c: char| !c.is_alphanumeric()).collect();
        if !names.iter().all(|name| words.contains(&name.as_str())) {
            return None;
        }
        let entries = list.replace(" und ", ",");
        let code = |entry: &str| {
            let code = entry.split_whitespace().next()?;
            code.bytes().all(|byte| byte.is_ascii_digit()).then(|| code.to_owned())
        };
        entries.trim().trim_end_matches('.').split(',').map(code).collect()
    }

    /// Where the sentence that lists members stands.
    pub fn list_of_members(&self) -> Option<(usize, usize)> {
        let begin = [
            "Die Mitgliedstaaten",
            "Die Mitgliedsstaaten",
            "Die Staaten",
            "Die Mitglieder",
            "Mitgliedstaaten",
        ]
        .iter()
        .find_map(|head| self.text.find(head))?;
        let rest = self.text.get(begin..)?;
        let length = rest.find('\n').unwrap_or(rest.len());
        rest.get(..length)?.contains(':').then_some((begin, begin + length))
    }
}
