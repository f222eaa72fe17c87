//! What is said of a field: compared, filled, in the future, of a certain form.

use super::condition::Left;
use super::scan::Scanner;
use super::value::Type;
use super::{Condition, Duration, Expression, Op, Stop, Stored};
use crate::form::{Check, Kind};

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
/// Participles and verbs behind a value.
const BEHIND: [&str; 30] = [
    "ausgewählt",
    "gewählt",
    "belegt",
    "beantwortet",
    "gesetzt",
    "angegeben",
    "eingetragen",
    "befüllt",
    "ausgefüllt",
    "angekreuzt",
    "hat",
    "haben",
    "besitzt",
    "besitzen",
    "aufweist",
    "aufweisen",
    "trägt",
    "tragen",
    "lautet",
    "lauten",
    "beträgt",
    "betragen",
    "entspricht",
    "entsprechen",
    "enthält",
    "vorliegt",
    "vorliegen",
    "steht",
    "markiert",
    "annimmt",
];

impl Scanner<'_> {
    /// What is said of the left side.
    pub fn predicate(&mut self, left: &Left) -> Result<Condition, Stop> {
        let mut negated = false;
        loop {
            if self.take(&["nicht", "kein", "keine", "keinen", "keiner"]) {
                negated = !negated;
            } else if !(self.take(&SOFT)) {
                break;
            }
        }
        let condition = self.said(left)?;
        Ok(condition.negated(negated))
    }

    fn said(&mut self, left: &Left) -> Result<Condition, Stop> {
        if let Some(condition) = self.maybe(|scanner| scanner.state(left)) {
            return Ok(condition);
        }
        if let Some(condition) = self.maybe(|scanner| scanner.shape(left)) {
            return Ok(condition);
        }
        if let Some(condition) = self.maybe(|scanner| scanner.time(left)) {
            return Ok(condition);
        }
        if let Some(condition) = self.maybe(|scanner| scanner.range(left)) {
            return Ok(condition);
        }
        if let Some(op) = self.op() {
            return self.chain(left, op);
        }
        if let Some((op, of_age)) = self.comparative() {
            if of_age {
                return self.age(left, op);
            }
            return self.chain(left, op);
        }
        if let Some(condition) = self.maybe(|scanner| scanner.related(left)) {
            return Ok(condition);
        }
        // Only the value: `mit "Ja" belegt`, `001 ausgewählt`, `100 überschreitet`.
        if self.at_boundary() {
            return self.stop("expected a comparison such as =, <>, < or `nicht leer`");
        }
        self.plain_value(left)
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
        if self.take(&["minderjährig", "volljährig"]) {
            let minor = self
                .text
                .get(..self.at)
                .is_some_and(|text| text.to_lowercase().ends_with("minderjährig"));
            let day = self.left_value(left)?;
            if self.type_of(&day) != Type::Date {
                return self.stop("expected a date of birth");
            }
            self.trailing();
            let op = if minor { Op::Less } else { Op::GreaterEqual };
            return Ok(Self::aged(&day, op, Duration { months: 216, days: 0 }));
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

    /// Patterns, lengths, check digits, uniqueness.
    fn shape(&mut self, left: &Left) -> Result<Condition, Stop> {
        let element = self.element_of(left)?;
        let condition = self.pattern(element).map_or_else(|_| self.genuine(element), Ok)?;
        Ok(condition)
    }

    fn pattern(&mut self, element: usize) -> Result<Condition, Stop> {
        let start = self.at;
        let tried = self.maybe(|scanner| {
            let text = scanner.answer(element)?;
            if scanner.type_of(&text) != Type::Text {
                return scanner.stop("only texts have a pattern");
            }
            if scanner.take(&["nur", "ausschließlich", "lediglich"]) {
                let _ = scanner.take(&["aus"]);
                let class = scanner.characters()?;
                scanner.expect(&[
                    "enthalten",
                    "enthält",
                    "bestehen",
                    "besteht",
                    "beinhalten",
                    "zulässig",
                    "erlaubt",
                ])?;
                scanner.trailing();
                return scanner.matching(element, &format!("^[{class}]*$"));
            }
            if scanner.take(&["muster", "format", "pattern"])
                || scanner.take_phrase(&["regulären ausdruck", "regulärem ausdruck"])
            {
                let Some(pattern) = scanner.quoted() else {
                    return scanner.stop("expected a pattern in quotes");
                };
                scanner.expect(&["entspricht", "entsprechen", "genügt", "genügen"])?;
                return scanner.matching(element, &format!("^(?:{pattern})$"));
            }
            if let Some((text, ends)) = scanner.maybe(|scanner| {
                let Some(text) = scanner.quoted().or_else(|| scanner.digits()) else {
                    return scanner.stop("expected a text");
                };
                let starts = scanner.take(&["beginnt", "beginnen", "anfängt"]);
                let ends = !starts && scanner.take(&["endet", "enden"]);
                if starts || ends {
                    Ok((text, ends))
                } else {
                    scanner.stop("expected `beginnt`")
                }
            }) {
                let text = regex::escape(text);
                let pattern = if ends { format!("{text}$") } else { format!("^{text}") };
                return scanner.matching(element, &pattern);
            }
            if scanner.take(&["enthält", "enthalten"]) {
                let Some(part) = scanner.quoted() else {
                    return scanner.stop("expected a text in quotes");
                };
                return Ok(Condition::Contains {
                    element,
                    part: part.to_owned(),
                });
            }
            // `aus genau 11 Ziffern bestehen`, `länger als 20 Zeichen`, `5-stellig`
            let _ = scanner.take(&["aus"]);
            let op = scanner.comparative().map_or(Op::Equal, |(op, _)| op);
            let Some(count) = scanner.count() else {
                return scanner.stop("expected a number");
            };
            let joined = scanner.take_sign("-");
            if joined && scanner.take(&["stellig", "stellige", "stelligen"]) {
                return Ok(Condition::Compare {
                    left: Expression::Length(element),
                    op,
                    right: Expression::Number(count as f64),
                });
            }
            let length = Condition::Compare {
                left: Expression::Length(element),
                op,
                right: Expression::Number(count as f64),
            };
            let condition = if scanner.take(&["zeichen", "stellen", "buchstaben", "stelle"]) {
                length
            } else if scanner.take(&["ziffern", "zahlen"]) {
                Condition::all(vec![scanner.matching(element, "^[0-9]*$")?, length])
            } else {
                return scanner.stop("expected `Zeichen` or `Ziffern`");
            };
            scanner.skip(&[
                "bestehen",
                "besteht",
                "haben",
                "hat",
                "lang",
                "umfassen",
                "umfasst",
                "enthalten",
                "enthält",
            ]);
            scanner.trailing();
            Ok(condition)
        });
        match tried {
            Some(condition) => Ok(condition),
            None => self.stop_at(start, "expected a pattern"),
        }
    }

    fn characters(&mut self) -> Result<&'static str, Stop> {
        let digits = ["ziffern", "zahlen"];
        let letters = ["buchstaben"];
        if self.take(&digits) {
            let both = self.maybe(|scanner| {
                scanner.expect(&["und", "oder"])?;
                scanner.expect(&["buchstaben"])
            });
            return Ok(if both.is_some() { "0-9\\p{L}" } else { "0-9" });
        }
        if self.take(&["großbuchstaben"]) {
            return Ok("\\p{Lu}");
        }
        if self.take(&letters) {
            let both = self.maybe(|scanner| {
                scanner.expect(&["und", "oder"])?;
                scanner.expect(&digits)
            });
            return Ok(if both.is_some() { "0-9\\p{L}" } else { "\\p{L}" });
        }
        self.stop("expected `Ziffern` or `Buchstaben`")
    }

    fn matching(&mut self, element: usize, pattern: &str) -> Result<Condition, Stop> {
        match self.patterns.compile(pattern) {
            Ok(pattern) => Ok(Condition::Matches { element, pattern }),
            Err(reason) => self.stop(format!("the pattern cannot be read: {reason}")),
        }
    }

    /// `eine gültige IBAN`, `eindeutig`, `nur einmal vorkommen`.
    fn genuine(&mut self, element: usize) -> Result<Condition, Stop> {
        if self.take(&["eindeutig", "einmalig", "einzigartig"])
            || self.take_phrase(&[
                "nur einmal vorkommen",
                "nur einmal vergeben",
                "nur einmal angegeben",
                "nur einmal vorkommt",
            ])
        {
            self.trailing();
            return Ok(Condition::Unique(element));
        }
        if self.take(&["doppelt", "mehrfach", "wiederholt"]) {
            self.skip(&["vorkommen", "vorkommt", "angegeben", "vergeben", "enthalten"]);
            self.trailing();
            return Ok(Condition::Unique(element).not());
        }
        if self.take(&["gültig", "gültige", "gültigen", "valide", "korrekt", "korrekte"]) {
            let named = self.word_ahead().to_lowercase();
            let own = self
                .elements
                .get(element)
                .map_or("", |element| element.name)
                .to_lowercase();
            let check = |name: &str| match name {
                "iban" => Some(Check::Iban),
                "steuer-id"
                | "steuer-identifikationsnummer"
                | "steueridentifikationsnummer"
                | "identifikationsnummer"
                | "idnr" => Some(Check::IdNr),
                _ => None,
            };
            let check = match check(&named) {
                Some(check) => {
                    self.at += named.len();
                    Some(check)
                }
                None => check(&own),
            };
            self.trailing();
            return match check {
                Some(check) => Ok(Condition::Genuine { element, check }),
                None => self.stop("it is not said what makes it valid"),
            };
        }
        self.stop("expected what is said")
    }

    /// `in der Zukunft`, `vor dem Datum in F…`, `mindestens 3 Monate nach F…`.
    fn time(&mut self, left: &Left) -> Result<Condition, Stop> {
        let day = self.left_value(left)?;
        if self.type_of(&day) != Type::Date {
            return self.stop("expected a day");
        }
        let compare = |op, right| Condition::Compare {
            left: day.clone(),
            op,
            right,
        };
        if self.take_phrase(&["in der zukunft"]) {
            self.trailing();
            return Ok(compare(Op::Greater, Expression::Today));
        }
        if self.take_phrase(&["in der vergangenheit"]) {
            self.trailing();
            return Ok(compare(Op::Less, Expression::Today));
        }
        let strict = self.take_phrase(&["mehr als", "länger als"]);
        let least = !strict && self.take(&["mindestens", "wenigstens", "frühestens"]);
        let most = !strict
            && !least
            && (self.take(&["höchstens", "maximal", "spätestens"])
                || self.take_phrase(&["nicht mehr als", "nicht länger als"]));
        let span = self.maybe(Scanner::duration);
        let after = self.take(&["nach"]);
        let before = !after && self.take(&["vor"]);
        let words = ["dem", "datum", "zeitpunkt", "wert", "tag", "im", "in", "am", "des"];
        if !after && !before {
            if span.is_some() || strict || !(least || most) {
                return self.stop("expected `vor` or `nach`");
            }
            // `spätestens am …`
            let other = self.maybe(Scanner::arithmetic).map_or_else(
                || {
                    self.skip(&words);
                    self.arithmetic()
                },
                Ok,
            )?;
            if self.type_of(&other) != Type::Date {
                return self.stop("expected a day");
            }
            self.trailing();
            return Ok(compare(if least { Op::GreaterEqual } else { Op::LessEqual }, other));
        }
        let other = self.maybe(Scanner::arithmetic).map_or_else(
            || {
                self.skip(&words);
                self.arithmetic()
            },
            Ok,
        )?;
        if self.type_of(&other) != Type::Date {
            return self.stop("expected a day");
        }
        self.trailing();
        let Some(span) = span else {
            if strict || least || most {
                return self.stop("expected a span of time");
            }
            return Ok(compare(if after { Op::Greater } else { Op::Less }, other));
        };
        let limit = Expression::Shift(Box::new(other.clone()), if after { span } else { span.negated() });
        let beyond = |op: Op| if after { op } else { op.mirrored() };
        Ok(match () {
            () if strict => compare(beyond(Op::Greater), limit),
            () if least => compare(beyond(Op::GreaterEqual), limit),
            () if most => Condition::all(vec![
                compare(beyond(Op::LessEqual), limit),
                compare(beyond(Op::GreaterEqual), other),
            ]),
            () => compare(Op::Equal, limit),
        })
    }

    /// `zwischen 1 und 5`, `von 1 bis 5`, `im Bereich >= 1 bis < 5`.
    fn range(&mut self, left: &Left) -> Result<Condition, Stop> {
        let _ = self.take_phrase(&["im bereich", "in dem bereich", "im wertebereich", "im intervall"]);
        let between = self.take(&["zwischen", "von", "vom"]);
        if let Some(op) = self.op() {
            let condition = self.chain(left, op)?;
            return Ok(condition);
        }
        let value = self.ordered_left(left)?;
        let from = self.bound(&value)?;
        self.expect(&["und", "bis"])?;
        let _ = self.take(&["zum"]);
        let to = self.bound(&value)?;
        if !between {
            return self.stop("expected `zwischen` or `von`");
        }
        self.trailing();
        let compare = |op, right| Condition::Compare {
            left: value.clone(),
            op,
            right,
        };
        Ok(Condition::all(vec![
            compare(Op::GreaterEqual, from),
            compare(Op::LessEqual, to),
        ]))
    }

    fn bound(&mut self, left: &Expression) -> Result<Expression, Stop> {
        let start = self.at;
        let value = self.factor_alone()?;
        if self.type_of(&value) == self.type_of(left) {
            Ok(value)
        } else {
            self.stop_at(start, "the two sides are not of one kind")
        }
    }

    /// The left side where an order is asked for: codes as numbers.
    fn ordered_left(&mut self, left: &Left) -> Result<Expression, Stop> {
        let value = self.left_value(left)?;
        Ok(match (&value, self.type_of(&value)) {
            (Expression::Answer { element, .. }, Type::Text) => Expression::Code(*element),
            _ => value,
        })
    }

    /// A comparison in words; the flag tells that it is one of ages.
    pub fn comparative(&mut self) -> Option<(Op, bool)> {
        const PHRASES: [(&str, Op, bool); 43] = [
            ("größer oder gleich", Op::GreaterEqual, false),
            ("größer als oder gleich", Op::GreaterEqual, false),
            ("größer gleich", Op::GreaterEqual, false),
            ("größer / gleich", Op::GreaterEqual, false),
            ("kleiner oder gleich", Op::LessEqual, false),
            ("kleiner als oder gleich", Op::LessEqual, false),
            ("kleiner gleich", Op::LessEqual, false),
            ("kleiner / gleich", Op::LessEqual, false),
            ("größer als", Op::Greater, false),
            ("grösser als", Op::Greater, false),
            ("größer", Op::Greater, false),
            ("höher als", Op::Greater, false),
            ("mehr als", Op::Greater, false),
            ("länger als", Op::Greater, false),
            ("später als", Op::Greater, false),
            ("älter als", Op::Greater, true),
            ("kleiner als", Op::Less, false),
            ("kleiner", Op::Less, false),
            ("geringer als", Op::Less, false),
            ("niedriger als", Op::Less, false),
            ("weniger als", Op::Less, false),
            ("kürzer als", Op::Less, false),
            ("früher als", Op::Less, false),
            ("jünger als", Op::Less, true),
            ("unter", Op::Less, false),
            ("über", Op::Greater, false),
            ("mindestens", Op::GreaterEqual, false),
            ("wenigstens", Op::GreaterEqual, false),
            ("minimal", Op::GreaterEqual, false),
            ("höchstens", Op::LessEqual, false),
            ("maximal", Op::LessEqual, false),
            ("spätestens", Op::LessEqual, false),
            ("frühestens", Op::GreaterEqual, false),
            ("ungleich", Op::NotEqual, false),
            ("abweichend von", Op::NotEqual, false),
            ("verschieden von", Op::NotEqual, false),
            ("identisch mit", Op::Equal, false),
            ("identisch zu", Op::Equal, false),
            ("genau", Op::Equal, false),
            ("exakt", Op::Equal, false),
            ("gleich", Op::Equal, false),
            ("entspricht", Op::Equal, false),
            ("lautet", Op::Equal, false),
        ];
        let (_, op, age) = PHRASES.into_iter().find(|(phrase, ..)| self.take_phrase(&[phrase]))?;
        Some((op, age))
    }

    /// `jünger als 18 Jahre`.
    fn age(&mut self, left: &Left, op: Op) -> Result<Condition, Stop> {
        let day = self.left_value(left)?;
        if self.type_of(&day) != Type::Date {
            return self.stop("expected a day");
        }
        if self.names_element() {
            let start = self.at;
            let other = self.factor_alone()?;
            self.trailing();
            return if self.type_of(&other) == Type::Date {
                Ok(Condition::Compare {
                    left: day,
                    op: op.mirrored(),
                    right: other,
                })
            } else {
                self.stop_at(start, "expected a day")
            };
        }
        let span = self.duration()?;
        self.skip(&["alt"]);
        self.trailing();
        Ok(Self::aged(&day, op, span))
    }

    /// A sign, values, and perhaps more signs with values: `= 1 oder 2`, `> 5 und < 10`, `<> 1 UND <> 2`.
    fn chain(&mut self, left: &Left, op: Op) -> Result<Condition, Stop> {
        let first = self.compared(left, op)?;
        let mut parts = vec![first];
        let mut by_or = None;
        let mut last_op = op;
        while let Some((part, or, next)) = self.maybe(|scanner| {
            let _ = scanner.take_sign(",");
            let or = scanner.take(&["oder"]);
            if !or {
                scanner.expect(&["und", "bis", "sowie"])?;
            }
            let Some(op) = scanner.op() else {
                return scanner.stop("expected a sign of comparison");
            };
            Ok((scanner.compared(left, op)?, or, op))
        }) {
            if by_or.is_some_and(|by_or| by_or != or) {
                return self.stop("`und` and `oder` without brackets");
            }
            by_or = Some(or);
            last_op = next;
            parts.push(part);
        }
        let _ = last_op;
        self.behind();
        Ok(if by_or == Some(true) {
            Condition::any(parts)
        } else {
            Condition::all(parts)
        })
    }

    fn compared(&mut self, left: &Left, op: Op) -> Result<Condition, Stop> {
        let ordering = !matches!(op, Op::Equal | Op::NotEqual);
        let value = if ordering {
            self.ordered_left(left)?
        } else {
            self.left_value(left)?
        };
        // `< 18 Jahre` of a day is an age.
        if self.type_of(&value) == Type::Date
            && let Some(span) = self.maybe(|scanner| {
                let span = scanner.duration()?;
                if scanner.sees(&["nach", "vor"]) {
                    scanner.no()
                } else {
                    Ok(span)
                }
            })
        {
            if !ordering {
                return self.stop("an age is compared with < or >");
            }
            self.skip(&["alt", "zurück", "her"]);
            return Ok(Self::aged(&value, op, span));
        }
        if let Left::Age(day) = left {
            let Some(years) = self.count() else {
                return self.stop("expected a number of years");
            };
            self.skip(&["jahre", "jahren", "alt"]);
            let months = i64::try_from(years).unwrap_or(0) * 12;
            return Ok(Self::aged(day, op, Duration { months, days: 0 }));
        }
        if let Expression::Answer { element, .. } = &value
            && matches!(op, Op::Equal | Op::NotEqual)
            && let Some(others) = self.maybe(|scanner| scanner.all_others(*element))
        {
            return Ok(others.negated(op == Op::NotEqual));
        }
        let bracket = !self.names_element() && self.take_sign("(");
        let mut values = vec![self.value(&value)?];
        while let Some(next) = self.maybe(|scanner| {
            let comma = scanner.take_sign(",") || scanner.take_sign("/");
            let or = scanner.take(&["oder", "bzw"]);
            let _ = or && scanner.take_sign(".");
            let and = !or && op == Op::NotEqual && scanner.take(&["und"]);
            if !(comma || or || and) || scanner.names_element() || ordering {
                return scanner.stop("expected `ODER`");
            }
            scanner.skip(&["der", "den", "dem", "wert", "option", "auswahl"]);
            let plain = scanner.sees_sign(&['"', '\'', '„', '‚', '“', '»'])
                || scanner.rest().trim_start().starts_with(|c: char| c.is_ascii_digit());
            let known = match value {
                Expression::Answer { element, .. } => scanner.field(element).is_some_and(|field| {
                    matches!(&field.kind, Kind::Select { options, .. } if !options.is_empty())
                        || matches!(field.kind, Kind::Bool)
                }),
                _ => false,
            };
            if !(plain || known || bracket) {
                return scanner.stop("expected a value");
            }
            scanner.value(&value)
        }) {
            values.push(next);
        }
        if bracket && !self.take_sign(")") {
            return self.stop("expected `)`");
        }
        self.skip(&[
            "zeichen", "stellen", "jahre", "jahren", "tage", "tagen", "monate", "monaten", "stunden",
        ]);
        if let Expression::Answer { element, .. } = &value {
            let named = values.iter().filter_map(|value| match value {
                Expression::Text(code) => Some((*element, code.clone())),
                _ => None,
            });
            self.options_named.extend(named);
        }
        let parts = values
            .into_iter()
            .map(|right| Condition::Compare {
                left: value.clone(),
                op,
                right,
            })
            .collect();
        Ok(if op == Op::NotEqual {
            Condition::all(parts)
        } else {
            Condition::any(parts)
        })
    }

    /// `alle anderen Ausprägungen der Codeliste`: any option but those named before in this rule.
    fn all_others(&mut self, element: usize) -> Result<Condition, Stop> {
        let start = self.at;
        self.skip(&["eine", "einer", "einen", "der"]);
        self.skip(&["alle", "allen", "jede", "jeder"]);
        if !self.sees(&["anderen", "andere", "anderer", "übrigen", "sonstigen", "restlichen"]) {
            return self.stop_at(start, "expected a value");
        }
        self.expect(&["anderen", "andere", "anderer", "übrigen", "sonstigen", "restlichen"])?;
        let _ = self.take(&["möglichen", "mögliche"]);
        self.expect(&[
            "ausprägungen",
            "ausprägung",
            "werte",
            "werten",
            "wert",
            "optionen",
            "option",
            "einträge",
            "codes",
            "auswahlen",
        ])?;
        let _ = self.take_phrase(&["der codeliste", "der liste", "der auswahlliste", "der werteliste"]);
        let named: Vec<String> = self
            .options_named
            .iter()
            .filter(|(at, _)| *at == element)
            .map(|(_, code)| code.clone())
            .collect();
        if named.is_empty() {
            return self.stop("no value was named before");
        }
        let left = self.answer(element)?;
        let mut parts = vec![Condition::Empty(element).not()];
        parts.extend(named.into_iter().map(|code| Condition::Compare {
            left: left.clone(),
            op: Op::NotEqual,
            right: Expression::Text(code),
        }));
        Ok(Condition::All(parts))
    }

    /// Participles and verbs behind a value.
    fn behind(&mut self) {
        self.skip(&["als", "auswahl", "antwort"]);
        while self.take(&BEHIND) {}
        self.trailing();
        while self.take(&BEHIND) {}
        self.trailing();
    }

    /// `überschreitet 100`, `beträgt mehr als 5`.
    fn related(&mut self, left: &Left) -> Result<Condition, Stop> {
        let op = if self.take(&["überschreitet", "übersteigt"]) {
            Op::Greater
        } else if self.take(&["unterschreitet"]) {
            Op::Less
        } else if self.take(&["beträgt", "ergibt"]) {
            self.comparative().map_or(Op::Equal, |(op, _)| op)
        } else {
            return self.stop("expected a verb");
        };
        self.chain(left, op)
    }

    /// A value and what is said behind it: `"Ja" belegt ist`, `001 nicht ausgewählt`, `100 nicht überschreiten`.
    fn plain_value(&mut self, left: &Left) -> Result<Condition, Stop> {
        let at = self.at;
        if let Left::Element(element) = left
            && let Some(Kind::Text { .. } | Kind::Select { .. } | Kind::Time) =
                self.field(*element).map(|field| &field.kind)
            && !self.sees_value(*element)
        {
            return self.stop("expected a comparison such as =, <>, < or `nicht leer`");
        }
        let mut condition = self.compared(left, Op::Equal)?;
        let mut negated = false;
        loop {
            if self.take(&["nicht"]) {
                negated = !negated;
            } else if self.take(&["überschreitet", "überschreiten", "übersteigt", "übersteigen"]) {
                self.at_again(at, |scanner| scanner.compared(left, Op::Greater), &mut condition)?;
            } else if self.take(&["unterschreitet", "unterschreiten"]) {
                self.at_again(at, |scanner| scanner.compared(left, Op::Less), &mut condition)?;
            } else if !self.take(&BEHIND) {
                break;
            }
        }
        self.trailing();
        Ok(condition.negated(negated))
    }

    /// Reads the value once more, for a verb that came behind it.
    fn at_again(
        &mut self,
        at: usize,
        read: impl FnOnce(&mut Self) -> Result<Condition, Stop>,
        condition: &mut Condition,
    ) -> Result<(), Stop> {
        let end = self.at;
        *condition = self.again(at, read)?;
        self.at = end;
        Ok(())
    }
}
