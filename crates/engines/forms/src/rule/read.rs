//! Sentences: `WENN … DANN …`, and the few without a condition.

use super::scan::Scanner;
use super::{Action, Condition, Op, Operand, Rule, Source, Statement, Stop};
use crate::sheet::Plan;
use crate::walk::Element;

/// Reads a rule whole. A rule of which one sentence cannot be read is not applied at all: half a rule may mean the opposite.
///
/// # Errors
/// Where and why reading stopped.
pub(crate) fn read(source: &Source, plan: &Plan, elements: &[Element]) -> Result<Rule, Stop> {
    let mut scanner = Scanner {
        text: &source.text,
        at: 0,
        scope: &source.scope,
        plan,
        elements,
        named: vec![],
        last: None,
    };
    let mut statements = vec![];
    while !scanner.at_end() {
        let start = scanner.at;
        let statement = scanner.statement()?;
        let only_errors = statement
            .then
            .iter()
            .chain(&statement.otherwise)
            .all(|action| matches!(action, Action::Error { .. }));
        if statement.condition.speaks_of_today() && !only_errors {
            return Err(Stop {
                at: start,
                reason: "what is shown must not depend on HEUTE; only error messages may".to_owned(),
            });
        }
        statements.push(statement);
        while scanner.take_sign(".") || scanner.take_sign(";") || scanner.take_sign(",") {}
    }
    if statements.is_empty() {
        return scanner.stop("there is no sentence");
    }
    let shared = plan.around(&scanner.named);
    Ok(Rule { statements, shared })
}

impl Scanner<'_> {
    fn statement(&mut self) -> Result<Statement, Stop> {
        if self.take(&["wenn"]) {
            return self.when();
        }
        if let Some(statement) = self.maybe(Scanner::at_least_one) {
            return Ok(statement);
        }
        if let Some(statement) = self.maybe(Scanner::either) {
            return Ok(statement);
        }
        if let Some(statement) = self.maybe(Scanner::order_of_dates) {
            return Ok(statement);
        }
        self.stop("this kind of sentence is not known")
    }

    fn when(&mut self) -> Result<Statement, Stop> {
        let condition = self.condition()?;
        let _ = self.take_sign(",");
        let _ = self.take(&["dann"]);
        let then = self.actions(&condition)?;
        let mut otherwise = vec![];
        let has_else = self.maybe(|scanner| {
            let _ = scanner.take_sign(",") || scanner.take_sign(".") || scanner.take_sign(";");
            scanner.expect(&["sonst", "ansonsten", "andernfalls"])
        });
        if has_else.is_some() {
            let shown = then.iter().filter_map(|action| match action {
                Action::Show(element) => Some(Action::Hide(*element)),
                _ => None,
            });
            let all = self.maybe(|scanner| {
                scanner.expect(&["zeige"])?;
                scanner.fillers();
                scanner.expect(&["nicht"])?;
                scanner.expect(&["an"])
            });
            if all.is_some() || self.take(&["nicht"]) {
                otherwise = shown.collect();
            } else {
                otherwise = self.actions(&condition)?;
            }
        }
        Ok(Statement {
            condition,
            then,
            otherwise,
        })
    }

    fn actions(&mut self, condition: &Condition) -> Result<Vec<Action>, Stop> {
        let mut actions = vec![];
        let mut last = vec![];
        self.action(condition, &mut actions, &mut last)?;
        loop {
            let at = self.at;
            let _ = self.take_sign(",");
            if !self.take(&["und"]) {
                self.at = at;
                return Ok(actions);
            }
            self.action(condition, &mut actions, &mut last)?;
        }
    }

    fn action(&mut self, condition: &Condition, actions: &mut Vec<Action>, last: &mut Vec<usize>) -> Result<(), Stop> {
        let _ = self.take(&["dann"]);
        let mut show = false;
        let mut hide = false;
        let mut require = false;
        let mut optional = false;
        if self.take(&["aktiviere"]) {
            *last = self.elements()?;
            show = true;
        } else if self.take(&["deaktiviere"]) {
            *last = self.elements()?;
            hide = true;
        } else if self.take(&["blende"]) {
            *last = self.elements()?;
            hide = self.take(&["aus"]);
            show = !hide && self.take(&["ein"]);
            if !hide && !show {
                return self.stop("expected `aus` or `ein`");
            }
        } else if self.take(&["erscheint"]) {
            *last = self.elements()?;
            show = true;
        } else if self.take(&["mache"]) {
            if !self.take(&["es", "sie", "ihn", "diese", "dieses"]) {
                *last = self.elements()?;
            }
            let _ = self.take(&["zu", "zum", "zur"]);
            let _ = self.take(&["einer", "einem"]);
            self.expect(&["pflichtangabe", "pflichtfeld", "pflicht"])?;
            require = true;
        } else if self.take(&["darf", "dürfen"]) {
            *last = self.elements()?;
            self.expect(&["nicht"])?;
            if self.take(&["leer"]) {
                require = true;
            } else {
                self.expect(&["befüllt", "ausgefüllt", "angezeigt"])?;
                hide = true;
            }
            self.expect(&["sein", "werden"])?;
        } else if self.take(&["muss", "müssen"]) {
            if let Some(elements) = self.maybe(Scanner::elements) {
                *last = elements;
            }
            loop {
                match () {
                    () if self.take(&["angezeigt"]) => show = true,
                    () if self.take(&["befüllt", "ausgefüllt"]) => require = true,
                    () => return self.stop("expected `befüllt` or `angezeigt`"),
                }
                if !self.take(&["und"]) {
                    break;
                }
            }
            self.expect(&["sein", "werden"])?;
        } else if self.take(&["ist", "sind"]) {
            *last = self.elements()?;
            let _ = self.take(&["ein", "eine"]);
            match () {
                () if self.take(&["auszublenden"]) => hide = true,
                () if self.take(&["pflichtfeld", "pflichtfelder", "pflichtfeldgruppe", "pflichtangabe"]) => {
                    require = true
                }
                () if self.take(&["optionales"]) => {
                    self.expect(&["feld"])?;
                    optional = true;
                }
                () if self.take(&["als"]) => {
                    self.expect(&["pflichtfeld", "pflichtfelder", "pflichtfeldgruppe"])?;
                    self.expect(&["anzuzeigen"])?;
                    (show, require) = (true, true);
                }
                () if self.take(&["zu"]) => {
                    self.expect(&["befüllen"])?;
                    require = true;
                }
                () => return self.stop("expected `auszublenden`, `zu befüllen` or `ein Pflichtfeld`"),
            }
        } else if self.take(&["zeige", "gib", "melde"]) {
            if let Some(message) = self.maybe(Scanner::message) {
                let Some(element) = first_element(condition) else {
                    return self.stop("the condition names no field");
                };
                actions.push(Action::Error { element, message });
                return Ok(());
            }
            require |= self.as_required()?;
            *last = self.elements()?;
            require |= self.as_required()?;
            hide = self.take(&["nicht"]);
            show = !hide;
            let _ = self.take(&["an"]);
            require &= !hide;
        } else {
            return self.stop("expected an action such as `aktiviere`, `deaktiviere` or `muss … befüllt sein`");
        }
        if last.is_empty() {
            return self.stop("expected the id of a field or a group");
        }
        for element in last.iter().copied() {
            let wanted = [
                (show, Action::Show(element)),
                (hide, Action::Hide(element)),
                (require, Action::Require(element)),
                (optional, Action::Optional(element)),
            ];
            actions.extend(wanted.into_iter().filter(|(on, _)| *on).map(|(_, action)| action));
        }
        Ok(())
    }

    fn as_required(&mut self) -> Result<bool, Stop> {
        if !self.take(&["als"]) {
            return Ok(false);
        }
        self.expect(&[
            "pflicht",
            "pflichtfeld",
            "pflichtfelder",
            "pflichtfeldgruppe",
            "pflichtangabe",
        ])?;
        Ok(true)
    }

    /// `die Fehlermeldung "…" an`.
    fn message(&mut self) -> Result<String, Stop> {
        self.fillers();
        let _ = self.take(&["fehler", "fehlermeldung", "meldung"]);
        let _ = self.take_sign(":");
        let Some(message) = self.quoted().map(str::trim).filter(|message| !message.is_empty()) else {
            return self.stop("expected a message in quotes");
        };
        let _ = self.take(&["an", "aus"]);
        Ok(message.to_owned())
    }

    fn at_least_one(&mut self) -> Result<Statement, Stop> {
        if self.take(&["es"]) {
            self.expect(&["muss"])?;
        }
        self.expect(&["mindestens"])?;
        self.expect(&["eines", "eine", "einer"])?;
        let elements = self.elements()?;
        let filled = Condition::Filled {
            elements: elements.clone(),
            least: 1,
            most: usize::MAX,
        };
        let condition = if self.take(&["muss"]) {
            self.expect(&["den"])?;
            self.expect(&["wert"])?;
            let mut parts = vec![];
            let at = self.at;
            for left in elements.iter().copied() {
                self.at = at;
                parts.push(Condition::Compare {
                    left,
                    op: Op::Equal,
                    right: self.value(left)?,
                });
            }
            self.expect(&["haben"])?;
            Condition::Any(parts)
        } else {
            self.expect(&["befüllt", "ausgefüllt"])?;
            self.expect(&["sein", "werden"])?;
            filled
        };
        Ok(self.demand(
            condition,
            &elements,
            "Bitte füllen Sie mindestens eine dieser Angaben aus",
        ))
    }

    fn either(&mut self) -> Result<Statement, Stop> {
        if self.take(&["es"]) {
            self.expect(&["muss"])?;
            self.expect(&["entweder"])?;
        } else {
            self.expect(&["entweder"])?;
            self.expect(&["muss"])?;
        }
        let elements = self.elements()?;
        self.expect(&["befüllt", "ausgefüllt"])?;
        self.expect(&["sein", "werden"])?;
        if elements.len() < 2 {
            return self.stop("`entweder` needs two elements");
        }
        let condition = Condition::Filled {
            elements: elements.clone(),
            least: 1,
            most: 1,
        };
        Ok(self.demand(condition, &elements, "Bitte füllen Sie genau eine dieser Angaben aus"))
    }

    fn title(&self, element: usize) -> &str {
        self.elements.get(element).map_or("", |element| element.title)
    }

    /// A condition that must hold, else a problem with the first element.
    fn demand(&self, condition: Condition, elements: &[usize], message: &str) -> Statement {
        let titles: Vec<String> = elements
            .iter()
            .map(|element| format!("„{}“", self.title(*element)))
            .collect();
        let message = format!("{message}: {}.", titles.join(", "));
        let element = elements.first().copied().unwrap_or_default();
        Statement {
            condition,
            then: vec![],
            otherwise: vec![Action::Error { element, message }],
        }
    }

    fn order_of_dates(&mut self) -> Result<Statement, Stop> {
        self.fillers();
        self.expect(&["datum"])?;
        let left = self.element()?;
        self.expect(&["muss"])?;
        let _ = self.take(&["zeitlich"]);
        let before = self.take(&["vor"]);
        if !before {
            self.expect(&["nach"])?;
        }
        self.fillers();
        self.expect(&["datum"])?;
        let right = self.element()?;
        self.expect(&["liegen"])?;
        let (op, order) = if before {
            (Op::GreaterEqual, "vor")
        } else {
            (Op::LessEqual, "nach")
        };
        let condition = Condition::Compare {
            left,
            op,
            right: Operand::Element(right),
        };
        let message = format!("„{}“ muss {order} „{}“ liegen.", self.title(left), self.title(right));
        let then = vec![Action::Error { element: left, message }];
        Ok(Statement {
            condition,
            then,
            otherwise: vec![],
        })
    }
}

fn first_element(condition: &Condition) -> Option<usize> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().find_map(first_element),
        Condition::Compare { left, .. } => Some(*left),
        Condition::Empty(element) => Some(*element),
        Condition::Not(part) => first_element(part),
        Condition::Filled { elements, .. } => elements.first().copied(),
    }
}
