//! Days, ages and ranges.

use super::super::condition::Left;
use super::super::scan::Scanner;
use super::super::value::Type;
use super::super::{Condition, Expression, Op, Stop};

/// How far from another day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Exactly,
    MoreThan,
    LessThan,
    AtLeast,
    AtMost,
    /// Not before that day, on whichever side of the other it lies.
    Earliest,
    /// Not after it.
    Latest,
}

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
        let how = self.how_far();
        let span = self.maybe(Scanner::duration);
        let after = self.take(&["nach"]);
        let before = !after && self.take(&["vor"]);
        if !after && !before {
            let op = match how {
                How::AtLeast | How::Earliest => Op::GreaterEqual,
                How::AtMost | How::Latest => Op::LessEqual,
                How::Exactly | How::MoreThan | How::LessThan => return self.stop("expected `vor` or `nach`"),
            };
            if span.is_some() {
                return self.stop("expected `vor` or `nach`");
            }
            // `spätestens am …`
            return Ok(compare(op, self.other_day()?));
        }
        let other = self.other_day()?;
        let Some(span) = span else {
            if how != How::Exactly {
                return self.stop("expected a span of time");
            }
            return Ok(compare(if after { Op::Greater } else { Op::Less }, other));
        };
        let limit = Expression::Shift(Box::new(other.clone()), if after { span } else { span.negated() });
        let beyond = |op: Op| if after { op } else { op.mirrored() };
        // So far from the other day and no farther: on this side of it.
        let near = |op: Op, limit| {
            Condition::all(vec![
                compare(beyond(op), limit),
                compare(beyond(Op::GreaterEqual), other),
            ])
        };
        Ok(match how {
            How::Exactly => compare(Op::Equal, limit),
            How::MoreThan => compare(beyond(Op::Greater), limit),
            How::AtLeast => compare(beyond(Op::GreaterEqual), limit),
            How::LessThan => near(Op::Less, limit),
            How::AtMost => near(Op::LessEqual, limit),
            How::Earliest => compare(Op::GreaterEqual, limit),
            How::Latest => compare(Op::LessEqual, limit),
        })
    }

    /// The day another is compared with: `dem Datum in F…`.
    fn other_day(&mut self) -> Result<Expression, Stop> {
        let other = match self.maybe(Scanner::arithmetic) {
            Some(other) => other,
            None => {
                self.skip(&["dem", "datum", "zeitpunkt", "wert", "tag", "im", "in", "am", "des"]);
                self.arithmetic()?
            }
        };
        if self.type_of(&other) != Type::Date {
            return self.stop("expected a day");
        }
        self.trailing();
        Ok(other)
    }

    fn how_far(&mut self) -> How {
        if self.take_phrase(&["mehr als", "länger als", "über"]) {
            How::MoreThan
        } else if self.take_phrase(&["weniger als", "kürzer als", "unter"]) {
            How::LessThan
        } else if self.take(&["mindestens", "wenigstens"]) {
            How::AtLeast
        } else if self.take(&["höchstens", "maximal"]) {
            How::AtMost
        } else if self.take(&["frühestens"]) {
            How::Earliest
        } else if self.take(&["spätestens"]) {
            How::Latest
        } else {
            How::Exactly
        }
    }

    /// `nicht weniger als 14 Tage vor F…`: so far at least, and what lies on the other side is not meant.
    pub(super) fn no_nearer(&mut self, left: &Left) -> Result<Condition, Stop> {
        if !self.take_phrase(&["nicht weniger als", "nicht kürzer als"]) {
            return self.no();
        }
        let day = self.left_value(left)?;
        let span = self.duration()?;
        let after = self.take(&["nach"]);
        if !after {
            self.expect(&["vor"])?;
        }
        let other = self.other_day()?;
        if self.type_of(&day) != Type::Date {
            return self.stop("expected a day");
        }
        let nearer = Condition::Compare {
            left: day,
            op: if after { Op::Less } else { Op::Greater },
            right: Expression::Shift(Box::new(other), if after { span } else { span.negated() }),
        };
        Ok(nearer.not())
    }

    /// A span of time and `vor` or `nach` are ahead, and the left side is a day.
    pub(super) fn sees_time_beside(&mut self, left: &Left) -> bool {
        let at = self.at;
        let beside = self
            .maybe(|scanner| {
                let day = scanner.left_value(left)?;
                scanner.duration()?;
                Ok(scanner.type_of(&day) == Type::Date && scanner.sees(&["vor", "nach"]))
            })
            .unwrap_or(false);
        self.at = at;
        beside
    }

    /// `zwischen 1 und 5`, `von 1 bis 5`, `im Bereich >= 1 bis < 5`.
    pub(super) fn range(&mut self, left: &Left, negated: bool) -> Result<Condition, Stop> {
        let whole = self.take_phrase(&["im bereich", "in dem bereich", "im wertebereich", "im intervall"]);
        let between = self.take(&["zwischen", "von", "vom"]);
        if let Some(op) = self.op() {
            return self.chain(left, op, negated && !whole);
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
        self.blank();
        let start = self.at;
        let span = self.duration()?;
        let old = self.take(&["alt"]);
        self.trailing();
        if matches!(left, Left::Age(_)) {
            return Ok(self.aged(&day, op, span, true));
        }
        self.age_said(start, &day, op, span, old)
    }
}
