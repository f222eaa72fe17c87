//! What must hold of answers that are there, and what is said when it does not.

use super::condition::Quantity;
use super::scan::Scanner;
use super::{Action, Condition, Duration, Expression, Op};
use crate::form::Check;
use crate::show;

impl Scanner<'_> {
    fn quoted_title(&self, element: usize) -> String {
        format!("„{}“", self.title(element))
    }

    fn titles(&self, elements: &[usize]) -> Vec<String> {
        elements.iter().map(|element| self.quoted_title(*element)).collect()
    }

    /// So many of the elements must be filled.
    pub fn demand_filled(&self, elements: &[usize], quantity: Quantity) -> Action {
        let what = match quantity {
            Quantity { least: 1, most: 1, .. } => "Bitte füllen Sie genau eine dieser Angaben aus".to_owned(),
            Quantity {
                least: 1,
                most: usize::MAX,
                ..
            } => "Bitte füllen Sie mindestens eine dieser Angaben aus".to_owned(),
            Quantity { least: 0, most: 1, .. } => "Bitte füllen Sie höchstens eine dieser Angaben aus".to_owned(),
            Quantity {
                least,
                most: usize::MAX,
                ..
            } => format!("Bitte füllen Sie mindestens {least} dieser Angaben aus"),
            Quantity { least: 0, most, .. } => format!("Bitte füllen Sie höchstens {most} dieser Angaben aus"),
            Quantity { least, most, .. } if least == most => {
                format!("Bitte füllen Sie genau {least} dieser Angaben aus")
            }
            Quantity { least, most, .. } => format!("Bitte füllen Sie {least} bis {most} dieser Angaben aus"),
        };
        let parts = elements
            .iter()
            .map(|element| Condition::Empty(*element).not())
            .collect();
        Action::Demand {
            elements: elements.to_vec(),
            condition: quantity.of(parts),
            message: what,
            titles: self.titles(elements),
        }
    }

    /// A condition on answers: it is asked for only when all of them are there, except for a box that must be ticked.
    pub fn demand(&self, elements: &[usize], condition: Condition) -> Action {
        let message = self.message_of(&condition, elements);
        let mut asked = vec![];
        condition.elements(&mut asked);
        asked.sort_unstable();
        asked.dedup();
        // Those named first, then what they are compared with.
        let others = asked.iter().filter(|element| !elements.contains(element));
        let told = elements.iter().chain(others).copied().collect();
        let condition = if condition.is_tick() {
            condition
        } else {
            // How often something occurs is known also when it does not occur.
            let counted = |element: &usize| !self.plan.get(*element).is_some_and(|element| element.group);
            let mut sums = vec![];
            let mut alone = vec![];
            condition.summed(&mut sums, &mut alone);
            let mut parts: Vec<Condition> = asked
                .into_iter()
                .filter(counted)
                .filter(|element| alone.contains(element) || !sums.iter().flatten().any(|summed| summed == element))
                .map(Condition::Empty)
                .collect();
            // What is empty counts as nothing; without any of them there is no sum.
            parts.extend(
                sums.into_iter()
                    .filter(|sum| !sum.iter().any(|element| alone.contains(element)))
                    .map(|sum| Condition::all(sum.into_iter().map(Condition::Empty).collect())),
            );
            parts.push(self.of_every(condition));
            Condition::any(parts)
        };
        Action::Demand {
            elements: told,
            condition,
            message,
            titles: vec![],
        }
    }

    /// A condition as it must hold for every value of a field that repeats.
    fn of_every(&self, condition: Condition) -> Condition {
        match &condition {
            Condition::Compare { .. } => every(condition),
            Condition::All(parts) if parts.iter().all(|part| matches!(part, Condition::Compare { .. })) => {
                every(condition)
            }
            Condition::Not(part) if matches!(part.as_ref(), Condition::Compare { .. }) => condition,
            _ => self.of_each(condition),
        }
    }

    /// Of several elements some must meet the condition.
    pub fn demand_some(&self, elements: &[usize], condition: Condition) -> Action {
        let value = match &condition {
            Condition::Any(parts) | Condition::Count { parts, .. } => parts.first(),
            one => Some(one),
        };
        let message = match value {
            Some(part) if part.is_tick() => {
                let how = match &condition {
                    Condition::Count { least, most, .. } if least == most => format!("genau {least}"),
                    Condition::Count { least: 0, most, .. } => format!("höchstens {most}"),
                    Condition::Count { least, .. } => format!("mindestens {least}"),
                    _ => "mindestens eine".to_owned(),
                };
                format!("Bitte beantworten Sie {how} dieser Angaben mit Ja")
            }
            _ => "Bitte prüfen Sie diese Angaben".to_owned(),
        };
        Action::Demand {
            elements: elements.to_vec(),
            condition,
            message,
            titles: self.titles(elements),
        }
    }

    fn message_of(&self, condition: &Condition, elements: &[usize]) -> String {
        let first = elements
            .first()
            .map_or_else(String::new, |element| self.quoted_title(*element));
        match condition {
            Condition::Compare { left, op, right } => {
                if let Expression::Shift(base, span) = right {
                    return self.message_of_span(left, *op, base, *span);
                }
                let (left, right) = (self.words(left), self.words(right));
                let days = self.are_days(condition);
                match op {
                    Op::Equal => format!("{left} muss gleich {right} sein. Bitte prüfen Sie die Angaben."),
                    Op::NotEqual => format!("{left} darf nicht {right} sein. Bitte prüfen Sie die Angaben."),
                    Op::Less if days => format!("{left} muss vor {right} liegen."),
                    Op::LessEqual if days => format!("{left} darf nicht nach {right} liegen."),
                    Op::Greater if days => format!("{left} muss nach {right} liegen."),
                    Op::GreaterEqual if days => format!("{left} darf nicht vor {right} liegen."),
                    Op::Less => format!("{left} muss kleiner als {right} sein."),
                    Op::LessEqual => format!("{left} darf höchstens {right} sein."),
                    Op::Greater => format!("{left} muss größer als {right} sein."),
                    Op::GreaterEqual => format!("{left} muss mindestens {right} sein."),
                }
            }
            Condition::Not(inner) => match inner.as_ref() {
                Condition::Compare { left, op, right } => {
                    let opposite = Condition::Compare {
                        left: left.clone(),
                        op: op.opposite(),
                        right: right.clone(),
                    };
                    self.message_of(&opposite, elements)
                }
                Condition::Unique(_) => self.message_of(inner, elements),
                _ => format!("Die Angabe bei {first} ist hier nicht möglich. Bitte prüfen Sie sie."),
            },
            Condition::Unique(_) => format!("{first}: Jede Angabe darf nur einmal vorkommen."),
            Condition::Calendar { .. } => {
                let titles = self.titles(elements).join(", ");
                format!("{titles} ergeben kein Datum. Bitte prüfen Sie sie.")
            }
            Condition::Genuine { check: Check::Iban, .. } => {
                format!("{first} ist keine gültige IBAN. Bitte prüfen Sie sie.")
            }
            Condition::Genuine { check: Check::IdNr, .. } => {
                format!("{first} ist keine gültige Steuer-Identifikationsnummer. Bitte prüfen Sie sie.")
            }
            Condition::Matches { .. } | Condition::Contains { .. } => {
                format!("Die Angabe bei {first} hat nicht die erwartete Form. Bitte prüfen Sie sie.")
            }
            _ => format!("Die Angabe bei {first} passt nicht zu den übrigen Angaben. Bitte prüfen Sie sie."),
        }
    }

    /// A day compared with another some time before or after it.
    fn message_of_span(&self, left: &Expression, op: Op, base: &Expression, span: Duration) -> String {
        let unit = |count: i64, one: &str, many: &str| match count.abs() {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        let length = match (span.months, span.days) {
            (0, days) if days % 7 == 0 => unit(days / 7, "Woche", "Wochen"),
            (0, days) => unit(days, "Tag", "Tage"),
            (months, _) if months % 12 == 0 => unit(months / 12, "Jahr", "Jahre"),
            (months, _) => unit(months, "Monat", "Monate"),
        };
        let before = span.months < 0 || span.days < 0;
        // Farther away from the other day, on its side.
        let how = match if before { op.mirrored() } else { op } {
            Op::Less => "muss weniger als",
            Op::LessEqual => "darf höchstens",
            Op::Greater => "muss mehr als",
            Op::GreaterEqual => "muss mindestens",
            Op::Equal => "muss genau",
            Op::NotEqual => "darf nicht genau",
        };
        let order = if before { "vor" } else { "nach" };
        format!(
            "{} {how} {length} {order} {} liegen.",
            self.words(left),
            self.words(base)
        )
    }

    fn are_days(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Compare { right, .. } => self.type_of(right) == super::value::Type::Date,
            _ => false,
        }
    }

    fn words(&self, expression: &Expression) -> String {
        match expression {
            Expression::Answer { element, .. } | Expression::Code(element) => self.quoted_title(*element),
            Expression::Parts { day, .. } => {
                let group = self.plan.get(*day).and_then(|day| day.above);
                group.map_or_else(String::new, |group| self.quoted_title(group))
            }
            Expression::Text(text) => format!("„{text}“"),
            Expression::Number(number) => show::number(*number),
            Expression::Bool(yes) => if *yes { "Ja" } else { "Nein" }.to_owned(),
            Expression::Date(day) => format!("dem {}", show::date(*day)),
            Expression::Today => "dem heutigen Tag".to_owned(),
            Expression::Shift(of, _) => self.words(of),
            Expression::Sum(parts) => {
                let words: Vec<String> = parts.iter().map(|(_, part)| self.words(part)).collect();
                let minus = parts.iter().any(|(factor, _)| *factor < 0.0);
                format!(
                    "die {} aus {}",
                    if minus { "Differenz" } else { "Summe" },
                    words.join(" und ")
                )
            }
            Expression::Product(left, right) => {
                format!("das Produkt aus {} und {}", self.words(left), self.words(right))
            }
            Expression::Occurrences(element) => format!("die Anzahl der Einträge bei {}", self.quoted_title(*element)),
            Expression::Length(element) => format!("die Zahl der Zeichen bei {}", self.quoted_title(*element)),
            Expression::Year(of) => format!("das Jahr von {}", self.words(of)),
        }
    }
}

impl Condition {
    /// The elements of each sum, and those that stand alone.
    fn summed(&self, sums: &mut Vec<Vec<usize>>, alone: &mut Vec<usize>) {
        match self {
            Condition::All(parts) | Condition::Any(parts) | Condition::Count { parts, .. } => {
                parts.iter().for_each(|part| part.summed(sums, alone));
            }
            Condition::Not(part) | Condition::Each { part, .. } => part.summed(sums, alone),
            Condition::Compare { left, right, .. } => {
                for side in [left, right] {
                    let mut elements = vec![];
                    side.elements(&mut elements);
                    match side {
                        Expression::Sum(_) if !sums.contains(&elements) => sums.push(elements),
                        Expression::Sum(_) => {}
                        _ => alone.extend(elements),
                    }
                }
            }
            other => other.elements(alone),
        }
    }
}

/// No value breaks a comparison.
fn every(condition: Condition) -> Condition {
    match condition {
        Condition::Compare { left, op, right } if op != Op::NotEqual => match op {
            Op::Equal => {
                let all = Condition::Compare {
                    left: left.clone(),
                    op: Op::Less,
                    right: right.clone(),
                };
                let more = Condition::Compare {
                    left: left.clone(),
                    op: Op::Greater,
                    right: right.clone(),
                };
                let same = Condition::Compare {
                    left,
                    op: Op::Equal,
                    right,
                };
                Condition::All(vec![same, all.not(), more.not()])
            }
            _ => Condition::Compare {
                left,
                op: op.opposite(),
                right,
            }
            .not(),
        },
        Condition::All(parts) => Condition::All(parts.into_iter().map(every).collect()),
        other => other,
    }
}
