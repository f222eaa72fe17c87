//! The scanner under the rule reader: words, quoted text, ids, literals.

use super::{Op, Stop};
use crate::sheet::Plan;
use crate::walk::Element;

/// Words between the parts of a sentence that carry no meaning.
const FILLERS: [&str; 26] = [
    "das",
    "die",
    "der",
    "dem",
    "den",
    "im",
    "in",
    "ein",
    "eine",
    "dann",
    "datenfeld",
    "datenfelder",
    "datenfeldern",
    "feld",
    "felder",
    "feldern",
    "datenfeldgruppe",
    "datenfeldgruppen",
    "feldgruppe",
    "feldgruppen",
    "gruppe",
    "gruppen",
    "datengruppe",
    "datengruppen",
    "folgenden",
    "bei",
];

pub(super) struct Scanner<'s> {
    pub text: &'s str,
    pub at: usize,
    /// Path of the element the rule stands in.
    pub scope: &'s str,
    pub plan: &'s Plan,
    /// All elements of the form, by their numbers.
    pub elements: &'s [Element<'s>],
    /// Elements named so far.
    pub named: Vec<usize>,
    /// The left side of the comparison before, for sentences that go on without naming it: `…, wenn <> "Ja"`.
    pub last: Option<usize>,
}

impl<'s> Scanner<'s> {
    pub fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub fn stop<T>(&self, reason: impl Into<String>) -> Result<T, Stop> {
        Err(Stop {
            at: self.at,
            reason: reason.into(),
        })
    }

    pub fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub fn at_end(&mut self) -> bool {
        self.blank();
        self.rest().is_empty()
    }

    /// The word ahead: letters only.
    pub fn word_ahead(&mut self) -> &'s str {
        self.blank();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
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

    pub fn fillers(&mut self) {
        while self.take(&FILLERS) {}
    }

    /// Tries `read`; when it does not fit, nothing is taken.
    pub fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Option<T> {
        let (at, named) = (self.at, self.named.len());
        let result = read(self);
        if result.is_err() {
            self.at = at;
            self.named.truncate(named);
        }
        result.ok()
    }

    pub fn quoted(&mut self) -> Option<&'s str> {
        self.blank();
        let rest = self.rest();
        let open = rest.chars().next().filter(|c| "\"'„“”‚‘".contains(*c))?;
        let inside = rest.get(open.len_utf8()..)?;
        let close: &[char] = match open {
            '\'' => &['\'', '"'],
            '"' => &['"'],
            '‚' | '‘' => &['‘', '’', '\''],
            _ => &['“', '”', '"'],
        };
        let end = inside.find(close)?;
        let text = inside.get(..end)?;
        let closing = inside.get(end..)?.chars().next().map_or(0, char::len_utf8);
        self.at += open.len_utf8() + end + closing;
        Some(text)
    }

    pub fn op(&mut self) -> Option<Op> {
        let signs = [
            ("===", Op::Equal),
            ("==", Op::Equal),
            ("<>", Op::NotEqual),
            ("!=", Op::NotEqual),
            ("≠", Op::NotEqual),
            ("<=", Op::LessEqual),
            ("≤", Op::LessEqual),
            (">=", Op::GreaterEqual),
            ("≥", Op::GreaterEqual),
            ("<", Op::Less),
            (">", Op::Greater),
            ("=", Op::Equal),
        ];
        signs
            .into_iter()
            .find(|(sign, _)| self.take_sign(sign))
            .map(|(_, op)| op)
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

    /// An id or a path of ids, e.g. `G1.F2`, with its name; the number of the element.
    pub fn element(&mut self) -> Result<usize, Stop> {
        self.fillers();
        self.blank();
        let start = self.at;
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
            .unwrap_or(rest.len());
        let written = rest.get(..end).unwrap_or_default().trim_end_matches('.');
        let is_id = |id: &str| {
            id.len() >= 2 && id.starts_with(['F', 'G']) && id.bytes().skip(1).all(|byte| byte.is_ascii_digit())
        };
        if !written.split('.').all(is_id) {
            return self.stop("expected the id of a field or a group");
        }
        self.at += written.len();
        let mut scope = self.scope;
        let found = loop {
            let found = self.plan.search(scope, written);
            if !found.is_empty() || scope.is_empty() {
                break found;
            }
            scope = scope.rsplit_once('.').map_or("", |(above, _)| above);
        };
        let element = match found.as_slice() {
            [element] => *element,
            [] => {
                return Err(Stop {
                    at: start,
                    reason: format!("there is no `{written}` in this form"),
                });
            }
            [..] => {
                let reason = format!(
                    "`{written}` stands at {} places; write the group too: G….F…",
                    found.len()
                );
                return Err(Stop { at: start, reason });
            }
        };
        self.name(self.elements.get(element).map_or("", |element| element.name));
        self.named.push(element);
        Ok(element)
    }

    /// Passes over a name: in quotes, or the words `name` as they are.
    pub fn name(&mut self, name: &str) {
        if self.quoted().is_none() {
            self.blank();
            if !name.is_empty() && self.rest().starts_with(name) {
                self.at += name.len();
            }
        }
    }

    /// One or more elements joined by commas, `und`, `oder`.
    pub fn elements(&mut self) -> Result<Vec<usize>, Stop> {
        let mut elements = vec![self.element()?];
        while let Some(element) = self.maybe(|scanner| {
            let _ = scanner.take_sign(",");
            let _ = scanner.take(&["und", "oder", "sowie"]);
            scanner.element()
        }) {
            elements.push(element);
        }
        Ok(elements)
    }
}
