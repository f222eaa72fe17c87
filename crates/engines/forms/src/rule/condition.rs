//! Conditions: comparisons, `UND`, `ODER`, brackets.

use jiff::civil::Date;

use super::scan::Scanner;
use super::{Condition, Op, Operand, Stop};
use crate::form::Kind;
use crate::input;
use crate::walk::Inside;

/// Deepest nesting of brackets.
const MAX_DEPTH: usize = 20;

/// What a comparison without its own left side or sign takes over: `= 001 ODER = 002`, `= 001 ODER 002`.
struct Last {
    left: Option<usize>,
    op: Option<Op>,
}

impl Scanner<'_> {
    pub fn condition(&mut self) -> Result<Condition, Stop> {
        let mut last = Last {
            left: self.last,
            op: None,
        };
        let condition = self.any(&mut last, 0)?;
        self.last = last.left;
        Ok(condition)
    }

    fn any(&mut self, last: &mut Last, depth: usize) -> Result<Condition, Stop> {
        let mut parts = vec![self.all(last, depth)?];
        while self.take(&["oder"]) {
            parts.push(self.all(last, depth)?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    fn all(&mut self, last: &mut Last, depth: usize) -> Result<Condition, Stop> {
        let mut parts = vec![self.term(last, depth)?];
        while self.take(&["und"]) {
            parts.push(self.term(last, depth)?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn term(&mut self, last: &mut Last, depth: usize) -> Result<Condition, Stop> {
        if depth > MAX_DEPTH {
            return self.stop("too many brackets");
        }
        if self.take_sign("(") {
            let inside = self.any(last, depth + 1)?;
            if !self.take_sign(")") {
                return self.stop("expected `)`");
            }
            return Ok(inside);
        }
        let named = self.maybe(Scanner::element);
        let Some(left) = named.or(last.left) else {
            return match self.element() {
                Err(stop) => Err(stop),
                Ok(_) => self.stop("expected the id of a field or a group"),
            };
        };
        last.left = Some(left);
        let _ = self.take(&["auswahl", "antwort"]);
        let mut op = self.op();
        let _ = self.take(&["auswahl"]);
        if op.is_none() {
            let _ = self.take(&["ist", "sind"]);
            let negated = self.take(&["nicht"]);
            if self.take(&["leer"]) {
                return Ok(negate(Condition::Empty(left), negated));
            }
            if self.take(&["befüllt", "ausgefüllt", "gefüllt"]) {
                return Ok(negate(Condition::Empty(left), !negated));
            }
            if named.is_none() && !negated {
                op = last.op;
            }
        }
        let Some(op) = op else {
            return self.stop("expected a comparison such as =, <>, < or `nicht leer`");
        };
        last.op = Some(op);
        let values = if self.take_sign("(") {
            let mut values = vec![self.value(left)?];
            while self.take(&["oder"]) {
                values.push(self.value(left)?);
            }
            if !self.take_sign(")") {
                return self.stop("expected `)`");
            }
            values
        } else {
            vec![self.value(left)?]
        };
        let _ = self.take(&["ist"]);
        let parts = values
            .into_iter()
            .map(|right| Condition::Compare { left, op, right })
            .collect();
        Ok(one_or(
            parts,
            if op == Op::NotEqual {
                Condition::All
            } else {
                Condition::Any
            },
        ))
    }

    /// The right side, read as the left side's type.
    pub fn value(&mut self, left: usize) -> Result<Operand, Stop> {
        let start = self.at;
        let Some(Inside::Field(field)) = self.elements.get(left).map(|element| element.inside) else {
            return self.stop("a group cannot be compared with a value; write `leer` or `befüllt`");
        };
        if let Some(right) = self.maybe(Scanner::element) {
            return Ok(Operand::Element(right));
        }
        if self.take(&["heute"]) {
            return if matches!(field.kind, Kind::Date { .. }) {
                self.span()
            } else {
                self.stop("HEUTE is compared with dates")
            };
        }
        let quoted = self.quoted();
        let Some(written) = quoted.or_else(|| self.bare()).map(str::trim) else {
            return self.stop("expected a value");
        };
        let read = match &field.kind {
            Kind::Bool => input::bool_of(written).map(Operand::Bool),
            Kind::Integer { .. } | Kind::Number { .. } => input::number_of(written).map(Operand::Number),
            Kind::Currency { .. } => input::cents_of(written).map(|cents| Operand::Number(cents as f64)),
            Kind::Date { .. } => date_of(written).map(Operand::Date),
            Kind::Select { options, .. } if !options.is_empty() => {
                let code = written.split([' ', '=']).next().unwrap_or_default();
                let exact = options
                    .iter()
                    .find(|option| option.value == written || option.label == written);
                exact
                    .or_else(|| options.iter().find(|option| option.value == code))
                    .map(|option| {
                        // The label may follow: `001 "in Deutschland"`, `001 - in Deutschland`, `001=in Deutschland`.
                        let _ = self.maybe(|scanner| {
                            let _ = scanner.take_sign("-") || scanner.take_sign("=");
                            let at = scanner.at;
                            scanner.name(&option.label);
                            if scanner.at == at {
                                scanner.stop("no label")
                            } else {
                                Ok(())
                            }
                        });
                        Operand::Text(option.value.clone())
                    })
            }
            Kind::Text { .. } | Kind::Select { .. } | Kind::Time => {
                if quoted.is_none() {
                    let _ = self.quoted();
                }
                Some(Operand::Text(written.to_owned()))
            }
            Kind::File { .. } | Kind::Object | Kind::Note(_) => None,
        };
        read.ok_or_else(|| Stop {
            at: start,
            reason: format!("`{written}` is not a value of `{}`", field.id),
        })
    }

    fn span(&mut self) -> Result<Operand, Stop> {
        let sign = if self.take_sign("+") {
            1
        } else if self.take_sign("-") || self.take_sign("−") {
            -1
        } else {
            return Ok(Operand::Today {
                years: 0,
                months: 0,
                days: 0,
            });
        };
        let Some(count) = self
            .bare()
            .and_then(|count| count.parse::<i64>().ok())
            .filter(|count| *count <= 10_000)
        else {
            return self.stop("expected a number");
        };
        let count = sign * count;
        if self.take(&["jahr", "jahre", "jahren"]) {
            Ok(Operand::Today {
                years: count,
                months: 0,
                days: 0,
            })
        } else if self.take(&["monat", "monate", "monaten"]) {
            Ok(Operand::Today {
                years: 0,
                months: count,
                days: 0,
            })
        } else if self.take(&["tag", "tage", "tagen"]) {
            Ok(Operand::Today {
                years: 0,
                months: 0,
                days: count,
            })
        } else {
            self.stop("expected TAGE, MONATE or JAHRE")
        }
    }
}

fn date_of(written: &str) -> Option<Date> {
    written.parse().ok().or_else(|| input::date(written).ok())
}

fn negate(condition: Condition, negated: bool) -> Condition {
    if negated {
        Condition::Not(Box::new(condition))
    } else {
        condition
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
