//! Sentences: `WENN … DANN … SONST …`, `… , wenn …`, and what is in force in some Länder only.

use super::clause::ONE_LAND;
use super::condition::Quantity;
use super::land::Land;
use super::refer::is_weighty;
use super::scan::{QUOTES, Scanner};
use super::{Action, Budget, Condition, Rule, Source, Statement, Stop, sound};
use crate::patterns::Patterns;
use crate::sheet::Plan;
use crate::walk::{self, Element, Inside};

const IF: [&str; 5] = ["wenn", "falls", "sofern", "soweit", "solange"];
const REFERS: &str = "this speaks of a condition that the sentence does not name; write `WENN …` again";
const ELSE: [&str; 4] = ["sonst", "ansonsten", "andernfalls", "anderenfalls"];

/// Reads a rule whole. A rule of which one sentence cannot be read is not applied at all: half a rule may mean the opposite.
///
/// # Errors
/// Where and why reading stopped: the furthest place any reading of the sentence came to.
pub(crate) fn read(
    source: &Source,
    plan: &Plan,
    elements: &[Element],
    patterns: &mut Patterns,
    budget: &mut Budget,
) -> Result<Rule, Stop> {
    let mut scanner = Scanner::new(&source.text, &source.scope, plan, elements, patterns);
    let trials = scanner.trials.min(budget.trials);
    scanner.trials = trials;
    let rule = scanner.rule(&mut budget.comparisons);
    budget.trials -= trials - scanner.trials;
    // What was tried no more may have meant something else.
    if scanner.exhausted {
        let reason = if budget.trials == 0 {
            "the rules of this file are too long together; split the form"
        } else {
            "the rule is too long or nested too deeply; split it"
        };
        return Err(Stop {
            at: 0,
            reason: reason.to_owned(),
        });
    }
    match rule {
        Ok(rule) => Ok(Rule {
            id: source.id.clone(),
            ..rule
        }),
        Err(stop) => Err(match scanner.furthest.take() {
            Some((reached, furthest)) if reached > stop.at => furthest,
            _ => stop,
        }),
    }
}

/// Of a group that is a choice one element is filled in.
pub(crate) fn choice(path: &str, plan: &Plan, elements: &[Element]) -> Option<Rule> {
    let group = plan.find(path)?;
    let inside: Vec<usize> = plan
        .inside(group)
        .filter(|element| plan.get(*element).is_some_and(|planned| planned.above == Some(group)))
        .filter(|element| match elements.get(*element).map(|element| element.inside) {
            Some(Inside::Field(field)) => walk::answers(&field.kind),
            _ => true,
        })
        .collect();
    if inside.len() < 2 {
        return None;
    }
    let mut patterns = Patterns::new();
    let scanner = Scanner::new("", path, plan, elements, &mut patterns);
    let then = vec![scanner.demand_filled(&inside, Quantity::ONE)];
    let statement = Statement {
        shared: Some(group),
        lands: None,
        condition: Condition::Always,
        then,
        otherwise: vec![],
    };
    Some(Rule {
        id: String::new(),
        statements: vec![statement],
    })
}

impl Scanner<'_> {
    /// `left` is what comparing sentences may cost in this file.
    fn rule(&mut self, left: &mut usize) -> Result<Rule, Stop> {
        let mut statements: Vec<Statement> = vec![];
        // Where the sentences stand that follow a heading like `Für die Länder NW und SN gilt:`.
        let mut heading: Option<Vec<Land>> = None;
        let mut budget = sound::BUDGET.min(*left);
        // The sentence before has a condition, which may be meant to go on.
        let mut goes_on = false;
        // Something parts the sentence from the one before.
        let mut parted = true;
        while !self.at_end() {
            if let Some(lands) = self.maybe(Scanner::heading) {
                heading = Some(lands);
                goes_on = false;
                continue;
            }
            if !statements.is_empty() && self.maybe(Scanner::remark).is_some() {
                continue;
            }
            // The list a condition before took its members from.
            if let Some((begin, end)) = self
                .list_of_members()
                .filter(|(begin, _)| *begin == self.at && !statements.is_empty())
            {
                if !self.members_used {
                    return self.stop_here(begin, "no condition speaks of this list".to_owned());
                }
                self.at = end;
                continue;
            }
            self.furthest = None;
            let start = self.at;
            self.named.clear();
            self.lands = None;
            self.limits.clear();
            self.only_lands = false;
            self.refers = None;
            let joined = self.sees(&["und"]);
            let (condition, then, otherwise) = self.sentence()?;
            // What was said before the quotation may have been meant otherwise.
            if self.rest().trim_start_matches(' ').starts_with(|c| QUOTES.contains(c)) {
                return self.stop("expected the end of the sentence");
            }
            let always = matches!(condition, Condition::Always);
            if always && goes_on && (!parted || joined) {
                return self.stop_here(start, REFERS.to_owned());
            }
            goes_on = !always;
            if let Some(word) = self.refers.filter(|_| always) {
                let conditional = |statement: &Statement| !matches!(statement.condition, Condition::Always);
                if word.surely || statements.iter().any(conditional) {
                    return self.stop_here(word.at, REFERS.to_owned());
                }
            }
            let limits = std::mem::take(&mut self.limits);
            let clear = limits.is_empty() || (always && self.only_lands);
            if !clear {
                return self.stop_here(start, "it is not clear what `nur` limits".to_owned());
            }
            let own = self.lands.take();
            let within = |lands: Vec<Land>| match &heading {
                Some(heading) => lands.into_iter().filter(|land| heading.contains(land)).collect(),
                None => lands,
            };
            let elsewhere = own
                .as_ref()
                .filter(|_| !limits.is_empty())
                .map(|own| within(Land::all().filter(|land| !own.contains(land)).collect()));
            let shared = self.shared(&condition, &then, &otherwise);
            let mut said = vec![Statement {
                shared,
                lands: own.map(&within).or_else(|| heading.clone()),
                condition,
                then,
                otherwise,
            }];
            said.extend(elsewhere.map(|elsewhere| Statement {
                shared,
                lands: Some(elsewhere),
                condition: Condition::Always,
                then: limits,
                otherwise: vec![],
            }));
            for statement in said {
                self.sound(&statement, start)?;
                statements.push(statement);
                let (before, short) = (budget, *left < sound::BUDGET);
                let agreed = sound::agree(&statements, self.plan, self.elements, &mut budget);
                *left -= before - budget;
                if let Err(reason) = agreed {
                    let reason = if short && reason == sound::SPENT {
                        "too many cases to compare the sentences of all rules of this file; split them".to_owned()
                    } else {
                        reason
                    };
                    return self.stop_here(start, reason);
                }
            }
            while self.take_sign(".") || self.take_sign(";") || self.take_sign(",") || self.take_sign(":") {}
            self.blank();
            let before = self.text.get(..self.at).unwrap_or_default();
            let between = before.trim_end_matches(|c: char| c.is_whitespace() || ".;,:".contains(c));
            parted = before
                .get(between.len()..)
                .is_some_and(|signs| signs.contains(['.', ';', '\n']));
        }
        if statements.is_empty() {
            return self.stop("there is no sentence");
        }
        complements(&mut statements);
        Ok(Rule {
            id: String::new(),
            statements,
        })
    }

    /// A reason that has nothing to do with how far reading came.
    fn stop_here<T>(&mut self, at: usize, reason: String) -> Result<T, Stop> {
        self.furthest = None;
        Err(Stop { at, reason })
    }

    fn sound(&mut self, statement: &Statement, start: usize) -> Result<(), Stop> {
        let mut actions = statement.then.iter().chain(&statement.otherwise);
        let fixes = actions.any(|action| matches!(action, Action::Fix { .. }));
        if fixes && !matches!(statement.condition, Condition::Always) {
            return self.stop_here(start, "a value can be fixed only without a condition".to_owned());
        }
        if statement.then.is_empty() && statement.otherwise.is_empty() {
            return self.stop_here(start, "nothing follows from it".to_owned());
        }
        Ok(())
    }

    /// The group whose occurrences the sentence is applied to one by one. What speaks of all occurrences of something needs the
    /// group around all of them.
    fn shared(&self, condition: &Condition, then: &[Action], otherwise: &[Action]) -> Option<usize> {
        let mut group = self.plan.around(&self.named);
        let mut unique = vec![];
        condition.unique(&mut unique);
        for action in then.iter().chain(otherwise) {
            if let Action::Demand { condition, .. } = action {
                condition.unique(&mut unique);
            }
        }
        // Out of the innermost group that repeats.
        if !unique.is_empty() {
            let field_repeats = unique
                .iter()
                .any(|element| self.plan.get(*element).is_some_and(|element| element.repeats));
            while let Some(planned) = group.filter(|_| !field_repeats).and_then(|group| self.plan.get(group)) {
                group = planned.above;
                if planned.repeats {
                    break;
                }
            }
        }
        group
    }

    fn sentence(&mut self) -> Result<(Condition, Vec<Action>, Vec<Action>), Stop> {
        let _ = self.take(&["und"]);
        while self.refer_back() {}
        if let Some(lands) = self.maybe(Scanner::for_lands) {
            self.lands = Some(lands);
            let _ = self.take_sign(":") || self.take_sign(",");
        }
        let bei = self.maybe(|scanner| {
            scanner.expect(&["bei"])?;
            let at = scanner.at;
            let fits = scanner.names_element() || scanner.op().is_some();
            scanner.at = at;
            if fits {
                Ok(())
            } else {
                scanner.stop("expected a condition")
            }
        });
        if bei.is_some() || self.take(&IF) {
            let condition = self.condition()?;
            let _ = self.take_sign(",") || self.take_sign(":");
            self.skip(&["dann", "so"]);
            let _ = self.take_sign(":");
            let lands = self.lands.clone();
            let then = self.clauses(&condition)?;
            let otherwise = self.otherwise(&condition, &then, &lands)?;
            return Ok((condition, then, otherwise));
        }
        // The clause first, the condition behind it.
        let then = self.clauses(&Condition::Always)?;
        let mut only = false;
        let condition = self.maybe(|scanner| {
            let _ = scanner.take_sign(",");
            let _ = scanner.take(&["aber"]);
            only = scanner.take(&["nur"]);
            let _ = only && scanner.take_sign(",");
            scanner.expect(&IF)?;
            // A new sentence with its own consequence is not a condition of this one.
            let condition = scanner.condition()?;
            let _ = scanner.at_boundary();
            if scanner.sees(&["dann"]) {
                scanner.no()
            } else {
                Ok(condition)
            }
        });
        match condition {
            Some(condition) => {
                if self.sees_sign(&[',']) {
                    let at = self.at;
                    let _ = self.take_sign(",");
                    let fits = self.sees(&ELSE) || self.sees(&IF) || self.sees(&["für"]) || self.at_end();
                    self.at = at;
                    if !fits {
                        return self.stop("expected the end of the sentence");
                    }
                }
                if only {
                    self.limits.extend(then.iter().filter_map(Action::where_not));
                }
                let lands = self.lands.clone();
                let mut otherwise = self.otherwise(&condition, &then, &lands)?;
                if !self.only_lands {
                    // What is shown by a condition is hidden without that anyway.
                    let mut limits = std::mem::take(&mut self.limits);
                    limits.retain(|limit| !matches!(limit, Action::Hide(_)));
                    if otherwise.is_empty() {
                        otherwise = limits;
                    }
                }
                Ok((condition, then, otherwise))
            }
            None => Ok((Condition::Always, then, vec![])),
        }
    }

    /// What else follows, where the Länder named before what follows are `lands`.
    fn otherwise(
        &mut self,
        condition: &Condition,
        then: &[Action],
        lands: &Option<Vec<Land>>,
    ) -> Result<Vec<Action>, Stop> {
        let begins = self.maybe(|scanner| {
            while scanner.take_sign(",") || scanner.take_sign(".") || scanner.take_sign(";") {}
            scanner.blank();
            let start = scanner.at;
            scanner.expect(&ELSE).map(|()| start)
        });
        let Some(start) = begins else {
            return Ok(vec![]);
        };
        let otherwise = self.what_else(condition, then)?;
        if self.lands == *lands {
            Ok(otherwise)
        } else {
            self.stop_after(start, self.text.len(), ONE_LAND)
        }
    }

    fn what_else(&mut self, condition: &Condition, then: &[Action]) -> Result<Vec<Action>, Stop> {
        let _ = self.take_sign(",") || self.take_sign(":");
        // `sonst nicht`, `sonst ausblenden`: the opposite of what was shown.
        let opposite = self.maybe(|scanner| {
            let whole = [
                "zeige nicht an",
                "nicht anzeigen",
                "nicht angezeigt",
                "ausblenden",
                "deaktivieren",
                "nicht aktivieren",
                "nicht sichtbar",
                "nicht einblenden",
                "nicht",
            ];
            if !scanner.take_phrase(&whole) {
                return scanner.stop("expected what else");
            }
            if scanner.at_boundary() {
                Ok(())
            } else {
                scanner.stop("expected the end of the sentence")
            }
        });
        if opposite.is_some() {
            let hidden: Vec<Action> = then
                .iter()
                .filter_map(|action| match action {
                    Action::Show(element) => Some(Action::Hide(*element)),
                    Action::Hide(element) => Some(Action::Show(*element)),
                    _ => None,
                })
                .collect();
            let none = hidden.is_empty();
            return if none {
                self.stop("nothing was shown before")
            } else {
                Ok(hidden)
            };
        }
        self.clauses(condition)
    }

    /// `Für die Länder NW, SL, SN gilt:`
    fn heading(&mut self) -> Result<Vec<Land>, Stop> {
        let lands = self.for_lands()?;
        self.expect(&["gilt", "gelten"])?;
        let _ = self.take(&["folgendes"]);
        let _ = self.take_sign(":") || self.take_sign(".") || self.take_sign(",");
        Ok(lands)
    }

    /// `für das Land TH`, `in Thüringen`, `für alle Länder außer RP und ST`, `für die anderen Länder`.
    pub fn for_lands(&mut self) -> Result<Vec<Land>, Stop> {
        self.expect(&["für", "in", "im"])?;
        let all = self.take(&["alle", "allen", "sämtliche"]);
        self.skip(&["das", "die", "den", "dem"]);
        let others = self.take(&["anderen", "andere", "übrigen", "restlichen", "sonstigen"]);
        let noun = self.take(&[
            "land",
            "länder",
            "ländern",
            "bundesland",
            "bundesländer",
            "bundesländern",
        ]);
        if others {
            if !noun || self.lands_named.is_empty() {
                return self.stop("expected the Länder named before");
            }
            return Ok(Land::all().filter(|land| !self.lands_named.contains(land)).collect());
        }
        let except = all && self.take(&["außer", "ausgenommen", "ohne", "bis"]);
        if all && !except {
            return if noun {
                Ok(Land::all().collect())
            } else {
                self.stop("expected `Länder`")
            };
        }
        self.skip(&["auf"]);
        let mut lands = vec![];
        loop {
            self.skip(&["das", "die", "land", "dem"]);
            let word = self.word_ahead();
            let Some(land) = Land::word(word) else { break };
            self.at += word.len();
            lands.push(land);
            let more = self.maybe(|scanner| {
                let _ = scanner.take_sign(",") || scanner.take_sign("/");
                scanner.skip(&["und", "oder", "sowie"]);
                let word = scanner.word_ahead();
                if Land::word(word).is_some() {
                    Ok(())
                } else {
                    scanner.stop("expected a Land")
                }
            });
            if more.is_none() {
                break;
            }
        }
        if lands.is_empty() {
            return self.stop("expected a Land");
        }
        self.lands_named.extend(&lands);
        Ok(if except {
            Land::all().filter(|land| !lands.contains(land)).collect()
        } else {
            lands
        })
    }

    /// `D.h. …`, `Beispiel: …`: says again what was said. A line that names an element or a condition says something of its own.
    fn remark(&mut self) -> Result<(), Stop> {
        let begins = self.take_all(&["d", ".", "h", "."])
            || self.take_phrase(&["das heißt"])
            || self.take_all(&["z", ".", "b", "."])
            || self.take_phrase(&["zum beispiel"])
            || (self.take(&["beispiel", "erläuterung", "anmerkung", "begründung"]) && self.take_sign(":"));
        if !begins {
            return self.stop("expected a sentence");
        }
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        let words: Vec<String> = line
            .split(|c: char| !c.is_alphanumeric())
            .map(str::to_lowercase)
            .collect();
        let own = words.iter().any(|word| {
            let id = word.starts_with(['f', 'g'])
                && word.len() > 1
                && word.bytes().skip(1).all(|byte| byte.is_ascii_digit());
            id || IF.contains(&word.as_str()) || ["länder", "land", "außer", "nur"].contains(&word.as_str())
        });
        // Why it is so limits nothing.
        let said = [", da ", ", weil ", ", denn "]
            .iter()
            .filter_map(|because| line.find(because))
            .min();
        let said = line.get(..said.unwrap_or(line.len())).unwrap_or_default();
        if own || is_weighty(said) || line.contains(|c: char| QUOTES.contains(c)) {
            return self.stop("expected a sentence");
        }
        self.at += line.len();
        Ok(())
    }
}

/// What a rule both shows and hides is shown when it says so and otherwise not: several such rules about one element open it
/// independently of each other. Only what a rule hides and never shows is hidden whatever others say.
fn complements(statements: &mut [Statement]) {
    let mut shown = vec![];
    for statement in statements.iter() {
        for action in statement.then.iter().chain(&statement.otherwise) {
            if let Action::Show(element) = action {
                shown.push((*element, statement.shared, statement.lands.clone()));
            }
        }
    }
    for statement in statements {
        let key = (statement.shared, statement.lands.clone());
        for action in statement.then.iter_mut().chain(&mut statement.otherwise) {
            if let Action::Hide(element) = *action
                && shown.contains(&(element, key.0, key.1.clone()))
            {
                *action = Action::Leave(element);
            }
        }
    }
}

impl Condition {
    /// The elements of which no value may stand twice.
    fn unique(&self, into: &mut Vec<usize>) {
        match self {
            Condition::Unique(element) => into.push(*element),
            Condition::All(parts) | Condition::Any(parts) | Condition::Count { parts, .. } => {
                parts.iter().for_each(|part| part.unique(into));
            }
            Condition::Not(part) | Condition::Each { part, .. } => part.unique(into),
            _ => {}
        }
    }
}
