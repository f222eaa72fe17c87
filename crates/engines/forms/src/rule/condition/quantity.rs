//! How many of several elements, or of the values of one.

use super::super::scan::Scanner;
use super::super::{Condition, Stop};

/// How many of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rule) struct Quantity {
    pub least: usize,
    /// `usize::MAX`: all there are.
    pub most: usize,
    /// All of them, however many.
    pub all: bool,
}

impl Quantity {
    pub const ANY: Quantity = Quantity {
        least: 1,
        most: usize::MAX,
        all: false,
    };
    pub const ALL: Quantity = Quantity {
        least: 0,
        most: usize::MAX,
        all: true,
    };
    pub const NONE: Quantity = Quantity {
        least: 0,
        most: 0,
        all: false,
    };
    pub const ONE: Quantity = Quantity {
        least: 1,
        most: 1,
        all: false,
    };

    pub fn at_most(most: usize) -> Quantity {
        Quantity {
            least: 0,
            most,
            all: false,
        }
    }

    /// Said of what may be it says what may not: `keines`, `höchstens zwei`.
    pub fn forbids(self) -> bool {
        self.least == 0 && self.most < usize::MAX
    }

    pub fn of(self, parts: Vec<Condition>) -> Condition {
        if self.all {
            return Condition::all(parts);
        }
        if self == Quantity::ANY {
            return Condition::any(parts);
        }
        Condition::Count {
            parts,
            least: self.least,
            most: self.most,
        }
    }
}

impl Scanner<'_> {
    /// `Felder in der Gruppe G…`: the fields that lie in it; a single one only where it is said how many of them: `ein Feld der Gruppe`.
    pub(super) fn fields_of_group(&mut self, quantified: bool) -> Result<Vec<usize>, Stop> {
        self.skip(&["die", "der", "den"]);
        let one = quantified && self.take(&["datenfeld", "feld", "angabe"]);
        if !one {
            self.expect(&["datenfelder", "datenfeldern", "felder", "feldern", "angaben"])?;
        }
        self.skip(&["in", "aus", "von"]);
        self.expect(&["der", "dieser"])?;
        let at = self.at;
        self.expect(&["datenfeldgruppe", "feldgruppe", "gruppe", "datengruppe"])?;
        let group = if self.sees_id() {
            self.at = at;
            self.element()?
        } else {
            match self
                .plan
                .find(self.scope)
                .filter(|own| self.plan.get(*own).is_some_and(|own| own.group))
            {
                Some(own) => own,
                None => return self.stop("the rule does not stand in a group"),
            }
        };
        // `das Feld der Gruppe G…` names one field behind it.
        if self.names_element() {
            return self.stop("expected what is said");
        }
        let fields: Vec<usize> = self
            .plan
            .inside(group)
            .filter(|element| {
                self.plan
                    .get(*element)
                    .is_some_and(|planned| planned.above == Some(group) && !planned.group)
            })
            .filter(|element| {
                self.field(*element)
                    .is_some_and(|field| crate::walk::answers(&field.kind))
            })
            .collect();
        if fields.is_empty() {
            return self.stop("the group has no fields");
        }
        self.named.extend(&fields);
        Ok(fields)
    }

    /// Takes the article of `ein Feld der Gruppe`.
    fn one_field_of(&mut self, articles: &[&str]) -> bool {
        let start = self.at;
        if !self.take(articles) {
            return false;
        }
        let (at, named) = (self.at, self.named.len());
        let found = self.maybe(|scanner| scanner.fields_of_group(true)).is_some();
        self.named.truncate(named);
        self.at = if found { at } else { start };
        found
    }

    /// Of one element alone nothing can be counted but whether some value, every or none is so; of several no more than there are.
    pub fn countable(&mut self, quantity: Quantity, elements: &[usize], at: usize) -> Result<(), Stop> {
        let known = quantity.all || quantity == Quantity::ANY || quantity == Quantity::NONE;
        if elements.len() == 1 && !known {
            self.stop_after(at, self.at + 1, "it is not said of which elements so many")
        } else if quantity.least > elements.len() {
            self.stop_after(at, self.at + 1, "there are not so many elements")
        } else {
            Ok(())
        }
    }

    /// `jeder Wert in F…`: what is said holds of each value by itself.
    pub(in crate::rule) fn of_each(&self, part: Condition) -> Condition {
        match part.subject() {
            Some(element) if self.has_many(element) => Condition::Each {
                element,
                part: Box::new(part),
            },
            _ => part,
        }
    }

    /// The element may have several values, as it or a group around it repeats.
    pub fn has_many(&self, element: usize) -> bool {
        let mut around = std::iter::successors(Some(element), |at| self.plan.get(*at)?.above);
        around.any(|at| self.plan.get(at).is_some_and(|element| element.repeats))
    }

    /// `mindestens eines der`, `alle drei`, `keines der`, `weder`, …
    pub fn quantity(&mut self) -> Result<Quantity, Stop> {
        let found = if self.take(&["mindestens", "wenigstens", "minimal"]) {
            self.count().map(|least| Quantity {
                least,
                most: usize::MAX,
                all: false,
            })
        } else if self.take(&["höchstens", "maximal"]) || self.take_phrase(&["nicht mehr als"]) {
            self.count().map(|most| Quantity {
                least: 0,
                most,
                all: false,
            })
        } else if self.take_phrase(&["mehr als"]) {
            self.count().map(|count| Quantity {
                least: count + 1,
                most: usize::MAX,
                all: false,
            })
        } else if self.take(&["genau", "exakt"]) {
            self.count().map(|count| Quantity {
                least: count,
                most: count,
                all: false,
            })
        } else if self.take(&[
            "alle",
            "allen",
            "sämtliche",
            "sämtlichen",
            "beide",
            "beiden",
            "jedes",
            "jede",
            "jeder",
        ]) {
            let _ = self.count();
            Some(Quantity::ALL)
        } else if self.take(&["keines", "keins", "keiner", "keinem", "weder"]) || self.one_field_of(&["kein", "keine"])
        {
            Some(Quantity::NONE)
        } else if self.one_field_of(&["ein", "eine", "irgendein", "irgendeine"])
            || (self.take(&["eines", "eins", "einer", "eine", "ein", "irgendeines"])
                && self.sees(&["der", "von", "aus", "dieser"]))
        {
            Some(Quantity::ANY)
        } else {
            None
        };
        let Some(found) = found else {
            return self.stop("expected a quantity");
        };
        self.skip(&[
            "von",
            "aus",
            "der",
            "den",
            "dieser",
            "beiden",
            "beide",
            "folgenden",
            "nachfolgenden",
        ]);
        Ok(found)
    }
}
