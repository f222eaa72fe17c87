//! Patterns, lengths, check digits, uniqueness.

use super::super::condition::Left;
use super::super::scan::Scanner;
use super::super::value::Type;
use super::super::{Condition, Expression, Op, Stop};
use crate::form::Check;

impl Scanner<'_> {
    /// Patterns, lengths, check digits, uniqueness.
    pub(super) fn shape(&mut self, left: &Left) -> Result<Condition, Stop> {
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
}
