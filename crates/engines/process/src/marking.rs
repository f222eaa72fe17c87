//! Where tokens can stand together: the markings of a model (W. van der Aalst, "The application of Petri nets to workflow management",
//! 1998). A case that stands as no case of the model ever does would do steps twice or leave some out.

use std::collections::{HashMap, HashSet};

use crate::state::{Rounds, State};

/// How many that are alike are told apart. What piles up without an end, as reminders do, goes on with more of it as it does with so
/// many, so that its ways can be walked to their end.
const MOST_ALIKE: usize = 3;

/// Sorts, and drops all but a few of what is alike, where it may be dropped.
fn few_alike(parts: &mut Vec<String>, mut may_drop: impl FnMut(&str) -> bool) {
    parts.sort_unstable();
    if parts.len() > MOST_ALIKE {
        let mut kept: Vec<String> = Vec::with_capacity(parts.len());
        for part in parts.drain(..) {
            let before = kept.len().checked_sub(MOST_ALIKE).and_then(|before| kept.get(before));
            if before != Some(&part) || !may_drop(&part) {
                kept.push(part);
            }
        }
        *parts = kept;
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

/// The state without its numbers, which is the same for states that differ in them only or in how much of the same has piled up.
pub(crate) fn key(state: &State, piled: &mut HashSet<String>) -> String {
    let piling = |part: &str| piled.contains(part) || piled.insert(part.to_owned());
    Reader::read(state, piling).0
}

/// What is read of a token or scope, or of all that lies in one.
#[derive(Default)]
struct Read {
    /// Where tokens stand.
    place: String,
    /// And all else in which states can differ.
    key: String,
}

/// One way through a state.
struct Reader<'s, F> {
    state: &'s State,
    /// Whether of this, which is there more than a few times, the rest is dropped.
    may_drop: F,
    /// What was found that moves by itself.
    parts: Vec<Part>,
}

impl<'s, F: FnMut(&str) -> bool> Reader<'s, F> {
    /// The key of a state, and its parts, each once.
    fn read(state: &'s State, may_drop: F) -> (String, Vec<Part>) {
        let mut reader = Reader {
            state,
            may_drop,
            parts: Vec::new(),
        };
        let mut whole = Part::default();
        reader.timers(&mut whole, 0, "");
        let read = reader.inside(&mut whole, 0, "");
        whole.text = read.place;
        let mut parts = reader.parts;
        parts.push(whole);
        for part in &mut parts {
            few_alike(&mut part.timers, &mut reader.may_drop);
            part.elements.sort_unstable();
            part.elements.dedup();
        }
        parts.sort();
        parts.dedup();
        let key = if state.finished { "!" } else { "" };
        (format!("{key}{}", read.key), parts)
    }

    fn inside(&mut self, part: &mut Part, scope: u64, path: &str) -> Read {
        let state = self.state;
        let read = state.inside(scope).map(|id| self.one(part, id, path));
        let (mut places, keys): (Vec<String>, Vec<String>) = read.map(|read| (read.place, read.key)).unzip();
        few_alike(&mut places, &mut self.may_drop);
        Read {
            place: places.join(","),
            key: self.key(keys, scope),
        }
    }

    fn key(&self, mut inside: Vec<String>, scope: u64) -> String {
        few_alike(&mut inside, |_| true);
        let mut key = inside.join(",");
        if scope == 0 {
            key.push_str(&timers(self.state, 0));
        }
        done(self.state, scope, &mut key);
        for ((_, order), pending) in self.state.pending.range((scope, 0)..=(scope, u64::MAX)) {
            key.push_str(&format!("-{order}{}", pending.handler));
            if pending.undoes > 0 {
                done(self.state, pending.undoes, &mut key);
            }
        }
        key
    }

    /// A token, or a scope with what lies in it.
    fn one(&mut self, part: &mut Part, id: u64, path: &str) -> Read {
        let state = self.state;
        if let Some(token) = state.tokens.get(&id) {
            part.elements.push(token.element.clone());
            self.timers(part, id, &format!("{path}/{}", token.element));
            let via = token.via.as_ref().map(|via| format!("<{via}"));
            let place = format!("{}{}", token.element, via.unwrap_or_default());
            let key = format!("{place}{}", timers(state, id));
            return Read { place, key };
        }
        let Some(scope) = state.scopes.get(&id) else {
            return Read::default();
        };
        let element = &scope.element;
        let path = format!("{path}/{element}");
        self.timers(part, id, &path);
        let Some(rounds) = scope.rounds else {
            let inside = self.inside(part, id, &path);
            let undoing = if scope.compensating { "~" } else { "" };
            let mut key = format!("{element}{undoing}{{{}}}", inside.key);
            if scope.undoes > 0 {
                // What its handler may still undo.
                done(state, scope.undoes, &mut key);
            }
            key.push_str(&timers(state, id));
            let place = format!("{element}{undoing}{{{}}}", inside.place);
            return Read { place, key };
        };
        part.elements.push(element.clone());
        let mut keys = Vec::new();
        for instance in state.inside(id) {
            let mut part = Part::default();
            let read = self.one(&mut part, instance, "");
            part.text = format!("{element}*{}", read.place);
            self.parts.push(part);
            keys.push(read.key);
        }
        let Rounds { total, begun, done } = rounds;
        let inside = self.key(keys, id);
        Read {
            place: format!("{element}*"),
            key: format!("{element}*{total:?}.{begun}.{done}{{{inside}}}{}", timers(state, id)),
        }
    }

    fn timers(&self, part: &mut Part, id: u64, path: &str) {
        let timers = self.state.timers.get(&id).into_iter().flatten();
        part.timers
            .extend(timers.map(|timer| format!("{path}@{}", timer.element)));
    }
}

/// What was done, in its order, but of what was done again and again the first times only.
pub(crate) fn done(state: &State, scope: u64, text: &mut String) {
    let mut parts: Vec<String> = Vec::new();
    for found in state.done.values().filter(|done| done.scope == scope) {
        let mut part = format!("+{}", found.element);
        if found.of > scope {
            part.push('(');
            done(state, found.of, &mut part);
            part.push(')');
        }
        if parts.iter().filter(|known| **known == part).count() < MOST_ALIKE {
            parts.push(part);
        }
    }
    text.push_str(&parts.concat());
}

fn timers(state: &State, id: u64) -> String {
    let mut list: Vec<String> = state
        .timers
        .get(&id)
        .into_iter()
        .flatten()
        .map(|timer| format!("@{}{}", timer.element, timer.rest.as_deref().unwrap_or_default()))
        .collect();
    list.sort();
    list.concat()
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
pub(crate) struct Markings {
    parts: HashMap<String, Vec<Vec<String>>>,
    /// What was there more often than is told apart; of nothing else can more be there than was seen.
    piled: HashSet<String>,
}

impl Markings {
    pub(crate) fn of(states: &[State], piled: HashSet<String>) -> Markings {
        let mut markings = Markings {
            parts: HashMap::new(),
            piled,
        };
        for state in states {
            for part in markings.parts_of(state) {
                let known = markings.parts.entry(part.text).or_default();
                if !known.iter().any(|known| missing(&part.timers, known).is_none()) {
                    known.retain(|known| missing(known, &part.timers).is_some());
                    known.push(part.timers);
                }
            }
        }
        markings
    }

    fn parts_of(&self, state: &State) -> Vec<Part> {
        Reader::read(state, |part| self.piled.contains(part)).1
    }

    /// What of a state was never seen.
    pub(crate) fn foreign(&self, state: &State) -> Option<Foreign> {
        self.parts_of(state).into_iter().find_map(|part| {
            let Some(known) = self.parts.get(&part.text) else {
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
