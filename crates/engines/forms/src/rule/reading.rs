//! A rule written back as it was understood, for its author to compare with the sentence.

use super::{Action, Condition, Expression, Op, Rule, Statement};
use crate::sheet::Plan;

impl Rule {
    /// Sentence by sentence, e.g. `F1 = ja → show F2; else hide F2`.
    pub fn readings(&self, plan: &Plan) -> Vec<String> {
        let reader = Reader { plan };
        self.statements
            .iter()
            .map(|statement| reader.statement(statement))
            .collect()
    }
}

struct Reader<'p> {
    plan: &'p Plan,
}

impl Reader<'_> {
    fn path(&self, element: usize) -> &str {
        self.plan.get(element).map_or("", |element| &element.path)
    }

    fn statement(&self, statement: &Statement) -> String {
        let lands = statement.lands.as_ref().map(|lands| {
            let codes: Vec<&str> = lands.iter().map(|land| land.code()).collect();
            format!("[{}] ", codes.join(" "))
        });
        let condition = match &statement.condition {
            Condition::Always => "always".to_owned(),
            condition => self.condition(condition),
        };
        let mut text = format!(
            "{}{condition} → {}",
            lands.unwrap_or_default(),
            self.actions(&statement.then)
        );
        if !statement.otherwise.is_empty() {
            text.push_str("; else ");
            text.push_str(&self.actions(&statement.otherwise));
        }
        text
    }

    fn actions(&self, actions: &[Action]) -> String {
        let all: Vec<String> = actions.iter().map(|action| self.action(action)).collect();
        all.join(", ")
    }

    fn action(&self, action: &Action) -> String {
        let path = self.path(action.element());
        match action {
            Action::Show(_) => format!("show {path}"),
            Action::Hide(_) => format!("hide {path}"),
            Action::Leave(_) => format!("do not show {path}"),
            Action::Require(_) => format!("require {path}"),
            Action::Optional(_) => format!("leave {path} optional"),
            Action::Error { message, .. } => format!("refuse {path} with `{message}`"),
            Action::Demand { condition, .. } => format!("demand {}", self.condition(condition)),
            Action::Prefill { value, .. } => format!("start {path} with {value}"),
            Action::Fix { value, .. } => format!("fix {path} to {value}"),
        }
    }

    fn joined(&self, parts: &[Condition], by: &str) -> String {
        let all: Vec<String> = parts.iter().map(|part| self.condition(part)).collect();
        format!("({})", all.join(by))
    }

    fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::Always => "always".to_owned(),
            Condition::All(parts) => self.joined(parts, " and "),
            Condition::Any(parts) => self.joined(parts, " or "),
            Condition::Not(part) => match part.as_ref() {
                Condition::Empty(element) => format!("{} filled", self.path(*element)),
                part => format!("not {}", self.condition(part)),
            },
            Condition::Compare { left, op, right } => {
                let sign = match op {
                    Op::Equal => "=",
                    Op::NotEqual => "≠",
                    Op::Less => "<",
                    Op::LessEqual => "≤",
                    Op::Greater => ">",
                    Op::GreaterEqual => "≥",
                };
                format!("{} {sign} {}", self.expression(left), self.expression(right))
            }
            Condition::Empty(element) => format!("{} empty", self.path(*element)),
            Condition::Count { parts, least, most } => {
                let most = if *most == usize::MAX {
                    "*".to_owned()
                } else {
                    most.to_string()
                };
                format!("{least}..{most} of {}", self.joined(parts, ", "))
            }
            Condition::Matches { element, pattern } => format!("{} matches {pattern}", self.path(*element)),
            Condition::Contains { element, part } => format!("{} contains `{part}`", self.path(*element)),
            Condition::Calendar { day, month, year } => {
                format!(
                    "{}, {}, {} make a day",
                    self.path(*day),
                    self.path(*month),
                    self.path(*year)
                )
            }
            Condition::Unique(element) => format!("{} unique", self.path(*element)),
            Condition::Genuine { element, check } => format!("{} a genuine {check:?}", self.path(*element)),
            Condition::Each { element, part } => format!("each {}: {}", self.path(*element), self.condition(part)),
        }
    }

    fn expression(&self, expression: &Expression) -> String {
        match expression {
            Expression::Answer { element, .. } => self.path(*element).to_owned(),
            Expression::Code(element) => format!("code of {}", self.path(*element)),
            Expression::Parts { day, .. } => {
                let group = self.plan.get(*day).and_then(|day| day.above);
                format!("day of {}", group.map_or("", |group| self.path(group)))
            }
            Expression::Text(text) => format!("`{text}`"),
            Expression::Number(number) => number.to_string(),
            Expression::Bool(yes) => if *yes { "ja" } else { "nein" }.to_owned(),
            Expression::Date(day) => day.to_string(),
            Expression::Today => "today".to_owned(),
            Expression::Shift(of, span) => {
                format!("{} {:+} months {:+} days", self.expression(of), span.months, span.days)
            }
            Expression::Sum(parts) => {
                let all: Vec<String> = parts
                    .iter()
                    .map(|(factor, part)| format!("{}{}", if *factor < 0.0 { "-" } else { "+" }, self.expression(part)))
                    .collect();
                format!("({})", all.join(" "))
            }
            Expression::Product(left, right) => format!("{} * {}", self.expression(left), self.expression(right)),
            Expression::Occurrences(element) => format!("number of {}", self.path(*element)),
            Expression::Length(element) => format!("length of {}", self.path(*element)),
            Expression::Year(of) => format!("year of {}", self.expression(of)),
        }
    }
}
