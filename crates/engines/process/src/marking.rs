//! Where tokens can stand together: the markings of a model (W. van der Aalst, "The application of Petri nets to workflow management",
//! 1998). A case that stands as no case of the model ever does would do steps twice or leave some out.

use std::collections::HashMap;

use crate::state::State;

/// How many that are alike are told apart. What piles up without an end, as reminders do, goes on with more of it as it does with so
/// many, so that its ways can be walked to their end.
pub(crate) const MOST_ALIKE: usize = 3;

/// Sorts, and drops of what is alike all but a few.
pub(crate) fn few_alike(parts: &mut Vec<String>) {
    parts.sort_unstable();
    if parts.len() > MOST_ALIKE {
        let same_before = |at: usize| at.checked_sub(MOST_ALIKE).and_then(|before| parts.get(before));
        let kept: Vec<bool> = (0..parts.len()).map(|at| same_before(at) != parts.get(at)).collect();
        let mut kept = kept.into_iter();
        parts.retain(|_| kept.next().unwrap_or(true));
    }
}

/// A part of a state that moves by itself: the process with its subprocesses, or one instance of a repetition. How often something is
/// repeated, what was done and what is left of a repeating timer says nothing about where tokens can stand together.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    /// Elements that hold tokens, as they lie in each other.
    text: String,
    /// Timers that run, each with the elements it lies in.
    timers: Vec<String>,
    /// Ids of the elements that hold its tokens.
    pub(crate) elements: Vec<String>,
}

impl Part {
    /// The parts of a state, each once.
    fn all(state: &State) -> Vec<Part> {
        let mut found = Vec::new();
        let mut whole = Part::default();
        whole.text = whole.inside(state, 0, "", &mut found);
        whole.timers(state, 0, "");
        found.push(whole);
        for part in &mut found {
            few_alike(&mut part.timers);
            part.elements.sort_unstable();
            part.elements.dedup();
        }
        found.sort();
        found.dedup();
        found
    }

    fn inside(&mut self, state: &State, scope: u64, path: &str, others: &mut Vec<Part>) -> String {
        let ids = state.inside(scope);
        let mut parts: Vec<String> = ids.map(|id| self.one(state, id, path, others)).collect();
        few_alike(&mut parts);
        parts.join(",")
    }

    /// A token, or a scope with what lies in it.
    fn one(&mut self, state: &State, id: u64, path: &str, others: &mut Vec<Part>) -> String {
        if let Some(token) = state.tokens.get(&id) {
            self.elements.push(token.element.clone());
            self.timers(state, id, &format!("{path}/{}", token.element));
            let via = token.via.as_ref().map(|via| format!("<{via}"));
            return format!("{}{}", token.element, via.unwrap_or_default());
        }
        let Some(scope) = state.scopes.get(&id) else {
            return String::new();
        };
        let element = &scope.element;
        let path = format!("{path}/{element}");
        self.timers(state, id, &path);
        if scope.rounds.is_none() {
            let inside = self.inside(state, id, &path, others);
            let undoing = if scope.compensating { "~" } else { "" };
            return format!("{element}{undoing}{{{inside}}}");
        }
        self.elements.push(element.clone());
        for instance in state.inside(id) {
            let mut part = Part::default();
            part.text = format!("{element}*{}", part.one(state, instance, "", others));
            others.push(part);
        }
        format!("{element}*")
    }

    fn timers(&mut self, state: &State, id: u64, path: &str) {
        let timers = state.timers.get(&id).into_iter().flatten();
        self.timers
            .extend(timers.map(|timer| format!("{path}@{}", timer.element)));
    }
}

/// A part of a state that no state of the model has.
#[derive(Debug)]
pub(crate) enum Foreign {
    /// Its tokens never stand together.
    Tokens(Part),
    /// They do, but never while this timer runs.
    Timer(Part, String),
}

/// All markings that were seen, part by part: of each the timers that ran. Of two that differ in timers only, the one with more of
/// them stands for both: with fewer timers less can happen.
#[derive(Debug, Default)]
pub(crate) struct Markings(HashMap<String, Vec<Vec<String>>>);

impl Markings {
    pub(crate) fn of<'s>(states: impl IntoIterator<Item = &'s State>) -> Markings {
        let mut markings = Markings::default();
        for part in states.into_iter().flat_map(Part::all) {
            let known = markings.0.entry(part.text).or_default();
            if !known.iter().any(|known| missing(&part.timers, known).is_none()) {
                known.retain(|known| missing(known, &part.timers).is_some());
                known.push(part.timers);
            }
        }
        markings
    }

    /// What of a state was never seen.
    pub(crate) fn foreign(&self, state: &State) -> Option<Foreign> {
        Part::all(state).into_iter().find_map(|part| {
            let Some(known) = self.0.get(&part.text) else {
                return Some(Foreign::Tokens(part));
            };
            let mut extra = None;
            for known in known {
                extra = Some(missing(&part.timers, known)?.to_owned());
            }
            let timer = extra?;
            let timer = timer.rsplit_once('@').map(|(_, timer)| timer.to_owned());
            Some(Foreign::Timer(part, timer.unwrap_or_default()))
        })
    }
}

/// The first of a sorted list that another sorted list has not, or has less often.
fn missing<'t>(wanted: &'t [String], known: &[String]) -> Option<&'t str> {
    let mut known = known.iter().peekable();
    wanted
        .iter()
        .find(|wanted| {
            while known.next_if(|known| known < wanted).is_some() {}
            known.next_if(|known| known == wanted).is_none()
        })
        .map(String::as_str)
}
