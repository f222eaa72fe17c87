//! Days, ages and ranges.

use super::super::condition::Left;
use super::super::scan::Scanner;
use super::super::value::Type;
use super::super::{Condition, Expression, Op, Stop};

impl Scanner<'_> {
    /// `in der Zukunft`, `vor dem Datum in F…`, `mindestens 3 Monate nach F…`.
    pub(super) fn time(&mut self, left: &Left) -> Result<Condition, Stop> {
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
    pub(super) fn range(&mut self, left: &Left) -> Result<Condition, Stop> {
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
    pub(super) fn ordered_left(&mut self, left: &Left) -> Result<Expression, Stop> {
        let value = self.left_value(left)?;
        Ok(match (&value, self.type_of(&value)) {
            (Expression::Answer { element, .. }, Type::Text) => Expression::Code(*element),
            _ => value,
        })
    }

    /// `jünger als 18 Jahre`.
    pub(super) fn age(&mut self, left: &Left, op: Op) -> Result<Condition, Stop> {
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
}
