//! The scanner under the rule reader: words, signs, quoted text, numbers.

use super::land::Land;
use super::{Action, Op, Stop};
use crate::patterns::Patterns;
use crate::sheet::Plan;
use crate::walk::Element;

/// Marks that open or close quoted text.
pub(super) const QUOTES: &str = "\"'„“”‚‘’‛`´»«›‹";

/// Most alternatives tried in one rule; a sentence of people needs some hundred.
pub(super) const MAX_TRIALS: usize = 50_000;
/// Most alternatives open within each other; a sentence of people needs five, and one for each bracket.
const MAX_DEPTH: usize = 32;

/// A word that takes up a condition named before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    /// Where it stands.
    pub at: usize,
    /// `dann`: there must be a condition. `zusätzlich` may stand without.
    pub surely: bool,
}

pub(super) struct Scanner<'s> {
    pub text: &'s str,
    pub at: usize,
    /// Path of the element the rule stands in.
    pub scope: &'s str,
    pub plan: &'s Plan,
    /// All elements of the form, by their numbers.
    pub elements: &'s [Element<'s>],
    /// Elements named in this sentence.
    pub named: Vec<usize>,
    /// The elements `es`, `sie`, `das Feld` stand for.
    pub they: Vec<usize>,
    /// The left side of the comparison before, for sentences that go on without naming it: `…, wenn <> "Ja"`.
    pub last: Option<usize>,
    /// The Länder this sentence is in force in, and all that were named so far.
    pub lands: Option<Vec<Land>>,
    pub lands_named: Vec<Land>,
    /// What is said with `nur`: what becomes of the elements where it does not hold.
    pub limits: Vec<Action>,
    /// `nur` limits the Länder, not a condition.
    pub only_lands: bool,
    /// The sentence speaks of a condition it may not name itself.
    pub refers: Option<Reference>,
    /// The options named so far, by field: for `alle anderen Ausprägungen`.
    pub options_named: Vec<(usize, String)>,
    /// A condition took its members from a sentence of the rule.
    pub members_used: bool,
    /// How far reading came, and what was missing there.
    pub furthest: Option<(usize, Stop)>,
    /// The patterns of the file.
    pub patterns: &'s mut Patterns,
    /// Reading was given up: the rule is too long or nested too deeply.
    pub exhausted: bool,
    /// How many alternatives may still be tried.
    pub trials: usize,
    depth: usize,
}

impl<'s> Scanner<'s> {
    pub fn new(
        text: &'s str,
        scope: &'s str,
        plan: &'s Plan,
        elements: &'s [Element<'s>],
        patterns: &'s mut Patterns,
    ) -> Scanner<'s> {
        Scanner {
            text,
            at: 0,
            scope,
            plan,
            elements,
            named: vec![],
            they: vec![],
            last: None,
            lands: None,
            lands_named: vec![],
            limits: vec![],
            only_lands: false,
            refers: None,
            options_named: vec![],
            members_used: false,
            furthest: None,
            patterns,
            exhausted: false,
            trials: MAX_TRIALS,
            depth: 0,
        }
    }

    pub fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub fn stop<T>(&mut self, reason: impl Into<String>) -> Result<T, Stop> {
        self.blank();
        self.stop_at(self.at, reason)
    }

    pub fn stop_at<T>(&mut self, at: usize, reason: impl Into<String>) -> Result<T, Stop> {
        self.stop_after(at, at, reason)
    }

    /// Stops at `at` for a reason that was found only behind it.
    pub fn stop_after<T>(&mut self, at: usize, reached: usize, reason: impl Into<String>) -> Result<T, Stop> {
        let reason = reason.into();
        if self.furthest.as_ref().is_none_or(|(furthest, _)| reached > *furthest) {
            let reason = reason.clone();
            self.furthest = Some((reached, Stop { at, reason }));
        }
        Err(Stop { at, reason })
    }

    /// This reading does not fit; says nothing about the sentence.
    pub fn no<T>(&self) -> Result<T, Stop> {
        Err(Stop {
            at: self.at,
            reason: "expected something else".to_owned(),
        })
    }

    pub fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{200B}')
                .len();
    }

    pub fn at_end(&mut self) -> bool {
        self.blank();
        self.rest().is_empty()
    }

    /// The word ahead as written: letters, digits, underscores, and hyphens between letters.
    pub fn word_ahead(&mut self) -> &'s str {
        self.blank();
        let rest = self.rest();
        let mut end = 0;
        let mut chars = rest.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let hyphen = c == '-'
                && rest
                    .get(..at)
                    .is_some_and(|before| before.ends_with(char::is_alphabetic))
                && chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
            if !(c.is_alphanumeric() || c == '_' || hyphen) {
                break;
            }
            end = at + c.len_utf8();
        }
        rest.get(..end).unwrap_or_default()
    }

    pub fn sees(&mut self, words: &[&str]) -> bool {
        let word = self.word_ahead().to_lowercase();
        !word.is_empty() && words.contains(&word.as_str())
    }

    /// Takes one of the words (written in lower case here).
    pub fn take(&mut self, words: &[&str]) -> bool {
        let found = self.sees(words);
        if found {
            self.at += self.word_ahead().len();
        }
        found
    }

    /// Takes any number of the words.
    pub fn skip(&mut self, words: &[&str]) {
        while self.take(words) {}
    }

    /// Passes over words that may take up a condition named before, and remembers that.
    pub fn refer_back(&mut self) -> bool {
        self.blank();
        let at = self.at;
        let surely = self.take(&["dann", "so"]);
        let found = surely
            || self.take(&[
                "auch",
                "zusätzlich",
                "außerdem",
                "ebenfalls",
                "zugleich",
                "gleichzeitig",
                "weiterhin",
                "ferner",
            ]);
        if found && !self.refers.is_some_and(|known| known.surely) {
            self.refers = Some(Reference { at, surely });
        }
        found
    }

    /// A word that denies stands between the two places, outside of quotes.
    pub fn denies(&mut self, from: usize, to: usize) -> bool {
        const DENIALS: [&str; 7] = ["nicht", "kein", "keine", "keinen", "keinem", "keiner", "keines"];
        self.says(&DENIALS, from, to)
    }

    /// One of the words or signs stands between the two places, outside of quotes.
    pub fn says(&mut self, words: &[&str], from: usize, to: usize) -> bool {
        let end = std::mem::replace(&mut self.at, from);
        let mut found = false;
        while !found && self.at < to {
            let word = self.word_ahead();
            let sign = word.is_empty() && words.iter().any(|sign| self.rest().starts_with(sign));
            found = (sign || self.sees(words)) && self.at < to;
            if word.is_empty() {
                if self.quoted().is_none() {
                    self.at += self.rest().chars().next().map_or(1, char::len_utf8);
                }
            } else {
                self.at += word.len();
            }
        }
        self.at = end;
        found
    }

    /// Takes the words one after the other, or nothing. A word may be a sign.
    pub fn take_all(&mut self, words: &[&str]) -> bool {
        let at = self.at;
        let found = words
            .iter()
            .all(|word| self.take(&[word]) || (!word.contains(char::is_alphanumeric) && self.take_sign(word)));
        if !found {
            self.at = at;
        }
        found
    }

    /// Takes the first of the phrases (words parted by single blanks) that is ahead.
    pub fn take_phrase(&mut self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| {
            let words: Vec<&str> = phrase.split(' ').collect();
            self.take_all(&words)
        })
    }

    pub fn expect(&mut self, words: &[&str]) -> Result<(), Stop> {
        if self.take(words) {
            Ok(())
        } else {
            self.stop(format!("expected `{}`", words.join("` or `")))
        }
    }

    pub fn take_sign(&mut self, sign: &str) -> bool {
        self.blank();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    pub fn sees_sign(&mut self, signs: &[char]) -> bool {
        self.blank();
        self.rest().starts_with(signs)
    }

    /// Tries `read`; when it does not fit, nothing is taken.
    pub fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Option<T> {
        self.exhausted |= self.trials == 0 || self.depth >= MAX_DEPTH;
        if self.exhausted {
            return None;
        }
        self.trials -= 1;
        let (at, named, last, they) = (self.at, self.named.len(), self.last, self.they.clone());
        let (lands, lands_named) = (self.lands.clone(), self.lands_named.len());
        let (options_named, members_used) = (self.options_named.len(), self.members_used);
        let (limits, only_lands, refers) = (self.limits.len(), self.only_lands, self.refers);
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        if result.is_err() {
            self.at = at;
            self.named.truncate(named);
            self.last = last;
            self.they = they;
            self.lands = lands;
            self.lands_named.truncate(lands_named);
            self.options_named.truncate(options_named);
            self.members_used = members_used;
            self.limits.truncate(limits);
            self.only_lands = only_lands;
            self.refers = refers;
        }
        result.ok()
    }

    /// Reads the same words once more from `at`.
    pub fn again<T>(&mut self, at: usize, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        self.at = at;
        read(self)
    }

    /// Takes marks of quotation; how many.
    pub fn quotes(&mut self) -> usize {
        self.blank();
        let rest = self.rest();
        let taken = rest.chars().take_while(|c| QUOTES.contains(*c)).count();
        self.at += rest.len() - rest.trim_start_matches(|c| QUOTES.contains(c)).len();
        taken
    }

    /// Text in quotes; the closing mark may be of another kind than the opening one when there is none of its kind.
    pub fn quoted(&mut self) -> Option<&'s str> {
        self.blank();
        let rest = self.rest();
        let open = rest.chars().next().filter(|c| QUOTES.contains(*c))?;
        let inside = rest.get(open.len_utf8()..)?;
        let close: &[char] = match open {
            '"' => &['"', '“', '”'],
            '\'' | '`' | '´' => &['\'', '"', '´', '`', '’'],
            '‚' | '‘' | '‛' | '’' => &['‘', '’', '\''],
            '»' => &['«'],
            '«' => &['»'],
            '›' => &['‹'],
            '‹' => &['›'],
            _ => &['“', '”', '"'],
        };
        // A text does not run over the next line: what does has lost its closing mark.
        let end = inside
            .find(close)
            .filter(|end| !inside.get(..*end).unwrap_or_default().contains('\n'))?;
        let text = inside.get(..end)?;
        let closing = inside.get(end..)?.chars().next().map_or(0, char::len_utf8);
        self.at += open.len_utf8() + end + closing;
        Some(text)
    }

    /// A sign of comparison, also `= <` for "is less than".
    pub fn op(&mut self) -> Option<Op> {
        let signs = [
            ("===", Op::Equal),
            ("!==", Op::NotEqual),
            ("==", Op::Equal),
            ("<>", Op::NotEqual),
            ("!=", Op::NotEqual),
            ("=/=", Op::NotEqual),
            ("≠", Op::NotEqual),
            ("<=", Op::LessEqual),
            ("=<", Op::LessEqual),
            ("≤", Op::LessEqual),
            (">=", Op::GreaterEqual),
            ("=>", Op::GreaterEqual),
            ("≥", Op::GreaterEqual),
            ("<", Op::Less),
            (">", Op::Greater),
            ("=", Op::Equal),
        ];
        let (_, op) = signs.into_iter().find(|(sign, _)| self.take_sign(sign))?;
        if op == Op::Equal {
            let second = [("<", Op::Less), (">", Op::Greater)];
            if let Some((_, op)) = second.into_iter().find(|(sign, _)| self.take_sign(sign)) {
                return Some(op);
            }
        }
        Some(op)
    }

    /// A word or number that is not in quotes: `001`, `JA`, `31.12.2020`, `12,5`.
    pub fn bare(&mut self) -> Option<&'s str> {
        self.blank();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && !"_-.,/".contains(c))
            .unwrap_or(rest.len());
        let text = rest.get(..end)?.trim_end_matches(['.', ',', '-', '/']);
        self.at += text.len();
        (!text.is_empty()).then_some(text)
    }

    /// A number written in digits, German or with a point.
    pub fn digits(&mut self) -> Option<&'s str> {
        self.blank();
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && !".,".contains(c))
            .unwrap_or(rest.len());
        let text = rest.get(..end)?.trim_end_matches(['.', ',']);
        if rest
            .get(text.len()..)
            .is_some_and(|rest| rest.starts_with(char::is_alphabetic))
        {
            return None;
        }
        self.at += text.len();
        Some(text)
    }

    /// A small whole number in digits or as a word.
    pub fn count(&mut self) -> Option<usize> {
        const WORDS: [&[&str]; 13] = [
            &["null"],
            &["ein", "eine", "eines", "einer", "einem", "einen", "eins"],
            &["zwei"],
            &["drei"],
            &["vier"],
            &["fünf"],
            &["sechs"],
            &["sieben"],
            &["acht"],
            &["neun"],
            &["zehn"],
            &["elf"],
            &["zwölf"],
        ];
        if let Some(count) = WORDS.iter().position(|words| self.take(words)) {
            return Some(count);
        }
        let at = self.at;
        let count = self
            .digits()
            .and_then(|digits| digits.parse().ok())
            .filter(|count| *count <= 100_000);
        if count.is_none() {
            self.at = at;
        }
        count
    }

    /// What is ahead may follow a finished condition or clause.
    pub fn at_boundary(&mut self) -> bool {
        self.at_end()
            || self.sees_sign(&['.', ',', ';', ')', ']', ':', '\n'])
            || self.sees(&[
                "und",
                "oder",
                "dann",
                "so",
                "sonst",
                "ansonsten",
                "andernfalls",
                "wenn",
                "falls",
                "sofern",
                "sowie",
                "bzw",
                "aber",
            ])
    }
}
