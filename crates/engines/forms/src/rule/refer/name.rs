//! Names behind ids: passed over whatever words they are made of, as long as they can be nothing but names.

use super::super::Stop;
use super::super::land::Land;
use super::super::scan::Scanner;
use crate::form::Kind;
use crate::walk::{Element, Inside};

/// Words that negate, count or order. What they stand in is never passed over as a name: without them a sentence says something else.
const WEIGHTY: [&str; 63] = [
    "nicht",
    "nie",
    "niemals",
    "keinesfalls",
    "keineswegs",
    "kein",
    "keine",
    "keinen",
    "keinem",
    "keiner",
    "keines",
    "keins",
    "weder",
    "noch",
    "nur",
    "ausschließlich",
    "lediglich",
    "außer",
    "ohne",
    "mindestens",
    "wenigstens",
    "minimal",
    "höchstens",
    "maximal",
    "genau",
    "exakt",
    "weniger",
    "mehr",
    "alle",
    "allen",
    "jede",
    "jeder",
    "jedes",
    "beide",
    "beiden",
    "einer",
    "eines",
    "vor",
    "nach",
    "zwischen",
    "über",
    "unter",
    "größer",
    "grösser",
    "höher",
    "kleiner",
    "geringer",
    "niedriger",
    "länger",
    "kürzer",
    "älter",
    "jünger",
    "früher",
    "später",
    "frühestens",
    "spätestens",
    "ungleich",
    "plus",
    "minus",
    "mal",
    "zuzüglich",
    "abzüglich",
    "geteilt",
];
/// Words for what is reckoned from an answer or is only a part of it. A name holds them where the element is called so.
const PART: [&str; 17] = [
    "länge",
    "zeichenlänge",
    "summe",
    "gesamtsumme",
    "differenz",
    "produkt",
    "durchschnitt",
    "quersumme",
    "ziffer",
    "ziffern",
    "stelle",
    "stellen",
    "zeichen",
    "prüfziffer",
    "erste",
    "letzte",
    "anzahl",
];
/// Said of an answer that may stand right before: `"Verein" ausgewählt`.
const GIVEN: [&str; 13] = [
    "ausgewählt",
    "gewählt",
    "angegeben",
    "eingetragen",
    "eingegeben",
    "erfasst",
    "angekreuzt",
    "gesetzt",
    "markiert",
    "belegt",
    "beantwortet",
    "aktiviert",
    "bejaht",
];
const NAME_OR_VALUE: &str = "this may be a name or a value of the field; write `= \"…\"` for a value";

impl Scanner<'_> {
    /// Passes over the name behind an id: in quotes, in brackets, or its words as they are. What may be a value of the field is no
    /// name of it.
    ///
    /// # Errors
    /// When it may be both.
    pub(super) fn name_of(&mut self, element: usize) -> Result<(), Stop> {
        let Some(known) = self.elements.get(element).copied() else {
            return Ok(());
        };
        // The name itself may contain marks of quotation, so it is tried first.
        for known in names(&known) {
            let at = self.at;
            let _ = self.take_sign(":") || self.take_sign("-") || self.take_sign("–");
            let marks = self.quotes();
            let bracket = marks == 0 && self.take_sign("(");
            self.blank();
            if !known.is_empty()
                && let Some(length) = starts_loosely(self.rest(), known)
            {
                self.at += length;
                let closed = if bracket {
                    self.take_sign(")")
                } else {
                    marks == 0 || self.quotes() > 0
                };
                let whole = marks > 0 || bracket || !self.rest().starts_with(char::is_alphanumeric);
                if closed && whole {
                    if self.is_value(element, known) && self.sees_given() {
                        return self.stop_after(at, self.at + 1, NAME_OR_VALUE);
                    }
                    if marks == 0 && !bracket {
                        let _ = self.words_up_to_sign(element);
                    }
                    return Ok(());
                }
            }
            self.at = at;
        }
        self.blank();
        let at = self.at;
        if let Some(text) = self.quoted() {
            return self.earlier_name(element, text, at);
        }
        if self.take_sign("(")
            && let Some(end) = self.rest().find(')')
        {
            let inside = self.rest().get(..end).unwrap_or_default();
            let plain = inside
                .chars()
                .all(|c| c.is_alphabetic() || c.is_whitespace() || "-/,.".contains(c));
            if plain && !inside.is_empty() && !is_weighty(inside) {
                self.at += end + 1;
                return self.earlier_name(element, inside, at);
            }
        }
        self.at = at;
        self.words_of(&names(&known));
        let own = self.word_ahead().to_lowercase();
        if self.at > at && !["auswahl", "wert", "code"].contains(&own.as_str()) {
            let _ = self.words_up_to_sign(element);
        }
        if self.at == at {
            self.unknown_name(element);
            let words = self.text.get(at..self.at).unwrap_or_default();
            if self.may_be_answer(element, words) && self.sees_given() {
                return self.stop_after(at, self.at + 1, NAME_OR_VALUE);
            }
        }
        Ok(())
    }

    /// Text behind an id that is not what the element is called today. A value of the field is given back, to be read as one.
    fn earlier_name(&mut self, element: usize, text: &str, at: usize) -> Result<(), Stop> {
        if self.is_value(element, text) {
            self.at = at;
            return Ok(());
        }
        if (self.may_be_answer(element, text) || is_weighty(text)) && self.sees_given() {
            return self.stop_after(at, self.at + 1, NAME_OR_VALUE);
        }
        Ok(())
    }

    /// What stands before an id, or in brackets with it, is the element's name and not what is said of it.
    pub(super) fn only_a_name(&mut self, element: usize, text: &str, at: usize) -> Result<(), Stop> {
        let known = self.elements.get(element).is_some_and(|element| {
            let text = text.trim();
            names(element)
                .into_iter()
                .any(|name| starts_loosely(text, name) == Some(text.len()))
        });
        let value = self.is_value(element, text);
        let may_be = value || (!known && (self.may_be_answer(element, text) || is_weighty(text)));
        if (value && !known) || (may_be && self.sees_given()) {
            return self.stop_after(at, self.at + 1, NAME_OR_VALUE);
        }
        Ok(())
    }

    fn sees_given(&mut self) -> bool {
        let at = self.at;
        self.skip(&["nicht", "ist", "wird", "wurde", "als"]);
        let found = self.sees(&GIVEN);
        self.at = at;
        found
    }

    /// A text that the field could hold, and that shares no noun with what the field is called.
    fn may_be_answer(&self, element: usize, text: &str) -> bool {
        let Some(known) = self.elements.get(element) else {
            return false;
        };
        let Inside::Field(field) = known.inside else {
            return false;
        };
        let own: Vec<String> = names(known).into_iter().flat_map(words).collect();
        let shared = text
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word.starts_with(char::is_uppercase) && own.contains(&word.to_lowercase()));
        matches!(field.kind, Kind::Text { .. } | Kind::Select { .. } | Kind::Time) && !text.trim().is_empty() && !shared
    }

    /// The word says something of the element, as it does not belong to what it is called.
    fn says_something(&self, element: usize, word: &str) -> bool {
        let called = || {
            let known = self.elements.get(element).map(names);
            known.is_some_and(|known| {
                known
                    .into_iter()
                    .any(|name| words(name).iter().any(|known| known == word))
            })
        };
        WEIGHTY.contains(&word) || (PART.contains(&word) && !called())
    }

    /// Passes over words up to a sign of comparison, as long as they can only be a name.
    fn words_up_to_sign(&mut self, element: usize) -> bool {
        const STOPS: [&str; 21] = [
            "und",
            "oder",
            "wenn",
            "dann",
            "sonst",
            "ist",
            "sind",
            "wird",
            "wurde",
            "hat",
            "muss",
            "darf",
            "leer",
            "mit",
            "sowie",
            "soll",
            "kann",
            "ansonsten",
            "falls",
            "auswahl",
            "antwort",
        ];
        self.blank();
        let rest = self.rest();
        // A name is no longer than this.
        let near = rest.char_indices().nth(151).map_or(rest.len(), |(at, _)| at);
        let sign = rest
            .get(..near)
            .and_then(|near| near.find(['=', '<', '>', '≠', '≤', '≥', '!']));
        let Some(end) = sign else {
            return false;
        };
        let before = rest.get(..end).unwrap_or_default();
        let plain = !before.contains(|c: char| "\n\"„“”;,+*".contains(c)) && !before.contains(". ") && !reckons(before);
        let mut words = before
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let name = words.clone().count() > 0
            && words.all(|word| {
                let lower = word.to_lowercase();
                let id = lower.starts_with(['f', 'g'])
                    && lower.len() > 1
                    && lower.bytes().skip(1).all(|byte| byte.is_ascii_digit());
                !STOPS.contains(&lower.as_str()) && !self.says_something(element, &lower) && !id
            });
        let fits = plain && name;
        if fits {
            self.at += end;
        }
        fits
    }

    /// Passes over a name of an earlier version of the element: nouns, or words up to a sign of comparison.
    fn unknown_name(&mut self, element: usize) {
        const OWN: [&str; 29] = [
            "auswahl",
            "antwort",
            "wert",
            "code",
            "option",
            "ja",
            "nein",
            "wahr",
            "falsch",
            "heute",
            "und",
            "oder",
            "leer",
            "dann",
            "sonst",
            "pflichtfeld",
            "pflichtangabe",
            "pflicht",
            "datenfeld",
            "datenfeldgruppe",
            "feld",
            "feldgruppe",
            "gruppe",
            "wenn",
            "ist",
            "jahre",
            "jahren",
            "alter",
            "anzahl",
        ];
        let own = self.word_ahead().to_lowercase();
        if !OWN.contains(&own.as_str()) && self.words_up_to_sign(element) {
            return;
        }
        let kind = self.field(element).map(|field| &field.kind);
        let is_option = |rest: &str| match kind {
            Some(Kind::Select { options, .. }) => options
                .iter()
                .any(|option| starts_loosely(rest, &option.label).is_some_and(|length| length > 0)),
            _ => false,
        };
        let noun = |scanner: &mut Self| {
            let word = scanner.word_ahead();
            let shouted = word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase() || !c.is_alphabetic());
            let lower = word.to_lowercase();
            let lower = lower.as_str();
            let known = OWN.contains(&lower)
                || scanner.says_something(element, lower)
                || scanner.is_value(element, word)
                || Land::word(word).is_some();
            let fits = word.starts_with(char::is_uppercase)
                && !shouted
                && !known
                && !scanner.sees_id()
                && !is_option(scanner.rest());
            fits.then_some(word)
        };
        while let Some(word) = noun(self) {
            self.at += word.len();
            let end = self.at;
            self.skip(&[
                "der", "des", "die", "den", "für", "von", "bei", "zur", "zum", "im", "in", "am", "an", "aus",
            ]);
            if noun(self).is_none() {
                self.at = end;
            }
        }
    }

    /// Passes over a name that is written a little differently: words of the known name, as long as there is no negation.
    pub fn words_of(&mut self, names: &[&str]) {
        let known: Vec<String> = names.iter().flat_map(|name| words(name)).collect();
        let mut taken = self.at;
        loop {
            let word = self.word_ahead();
            let lower = word.to_lowercase();
            let stops = WEIGHTY.contains(&lower.as_str()) || ["wenn", "dann", "ist", "leer"].contains(&lower.as_str());
            let fits = words(&lower).iter().all(|part| known.contains(part));
            if word.is_empty() || stops || !fits {
                break;
            }
            self.at += word.len();
            let end = self.rest().len()
                - self
                    .rest()
                    .trim_start_matches([' ', '/', ':', '(', ')', '-', ',', '\u{A0}'])
                    .len();
            // `UND` ends no name, also where one holds it.
            if word.starts_with(char::is_uppercase) && !["und", "oder", "sowie"].contains(&lower.as_str()) {
                // The sign that closes a bracket of the name goes with it; a comma does not.
                let closing = self.rest().starts_with(')') && names.iter().any(|name| name.contains(')'));
                taken = self.at + usize::from(closing);
            }
            if self.rest().get(..end).is_some_and(|signs| signs.contains(',')) {
                break;
            }
            self.at += end;
        }
        // Behind the last noun: an article alone is the next word of the sentence.
        self.at = taken;
    }
}

/// A sign of reckoning stands before a number: `- 3`, `/ 12`.
fn reckons(text: &str) -> bool {
    let signs = text.match_indices(['-', '–', '−', '/', '×', '·', ':']);
    let numbers = signs.filter_map(|(at, sign)| text.get(at + sign.len()..));
    numbers
        .map(str::trim_start)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What an element is called, among experts and on the page.
fn names<'e>(element: &Element<'e>) -> [&'e str; 3] {
    let label = match element.inside {
        Inside::Field(field) => field.label_out.as_str(),
        Inside::Group(_) => element.title,
    };
    [element.name, element.title, label]
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether a word of the text negates, counts or orders.
pub(in crate::rule) fn is_weighty(text: &str) -> bool {
    words(text).iter().any(|word| WEIGHTY.contains(&word.as_str()))
}

/// How much of `text` is `known`, in any case, blanks taken loosely.
pub(in crate::rule) fn starts_loosely(text: &str, known: &str) -> Option<usize> {
    let mut rest = text;
    for (nth, word) in known.split_whitespace().enumerate() {
        if nth > 0 {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
        for wanted in word.chars() {
            let mut chars = rest.chars();
            let c = chars.next()?;
            if c != wanted && !c.to_lowercase().eq(wanted.to_lowercase()) {
                return None;
            }
            rest = chars.as_str();
        }
    }
    Some(text.len() - rest.len())
}
