//! Generated models, run with inputs in every order: nothing panics, states always serialise, and a history made again from its
//! inputs and answers ends where the live one did.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{model, show};
use proptest::prelude::*;
use serde_json::{Value, json};
use wegfrei_process::{Began, Effect, Event, Input, Migration, Process, Recorded, State};

/// A piece of a process with one way in and one way out.
#[derive(Debug, Clone)]
enum Piece {
    User,
    Call,
    Decide,
    Timer,
    Message,
    Signal,
    Manual,
    Script,
    Repeated(u8),
    Choice(Box<Piece>, Box<Piece>),
    Fork(Box<Piece>, Box<Piece>),
    Some(Box<Piece>, Box<Piece>),
    Again(Box<Piece>),
    Wait,
    Limited,
    Undone,
    Sub(Box<Piece>),
    Each(Box<Piece>),
    Called(Box<Piece>),
    Failing(Box<Piece>),
    Two(Box<Piece>, Box<Piece>),
}

fn piece() -> impl Strategy<Value = Piece> {
    let leaf = prop_oneof![
        Just(Piece::User),
        Just(Piece::Call),
        Just(Piece::Decide),
        Just(Piece::Timer),
        Just(Piece::Message),
        Just(Piece::Signal),
        Just(Piece::Manual),
        Just(Piece::Script),
        (0u8..5).prop_map(Piece::Repeated),
        Just(Piece::Wait),
        Just(Piece::Limited),
        Just(Piece::Undone),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let one = inner.clone().prop_map(Box::new).boxed();
        let two = (one.clone(), one.clone());
        prop_oneof![
            two.clone().prop_map(|(a, b)| Piece::Choice(a, b)),
            two.clone().prop_map(|(a, b)| Piece::Fork(a, b)),
            two.clone().prop_map(|(a, b)| Piece::Some(a, b)),
            two.prop_map(|(a, b)| Piece::Two(a, b)),
            one.clone().prop_map(Piece::Again),
            one.clone().prop_map(Piece::Sub),
            one.clone().prop_map(Piece::Each),
            one.clone().prop_map(Piece::Called),
            one.prop_map(Piece::Failing),
        ]
    })
}

/// Writes pieces as lines; gives the first and the last element of each.
#[derive(Default)]
struct Writer {
    count: usize,
    text: String,
    processes: String,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn one(&mut self, kind: &str) -> (String, String) {
        self.count += 1;
        let id = format!("n{}", self.count);
        self.line(&format!("{id}: {kind}"));
        (id.clone(), id)
    }

    fn within(&mut self, open: &str, inside: &Piece) -> String {
        self.count += 1;
        let id = format!("n{}", self.count);
        self.line(&format!("{id}: {open}"));
        self.whole(inside, "");
        self.line("close");
        id
    }

    fn whole(&mut self, inside: &Piece, more: &str) {
        let start = self.one("start").0;
        let end = self.one("end").0;
        let (first, last) = self.write(inside);
        self.line(&format!("{start} -> {first}\n{last} -> {end}{more}"));
    }

    fn split(&mut self, kind: &str, a: &Piece, b: &Piece, conditions: [&str; 2]) -> (String, String) {
        let (split, join) = (self.one(kind).0, self.one(kind).0);
        for (piece, condition) in [a, b].into_iter().zip(conditions) {
            let (first, last) = self.write(piece);
            self.line(&format!("{split} -> {first}{condition}\n{last} -> {join}"));
        }
        (split, join)
    }

    fn write(&mut self, piece: &Piece) -> (String, String) {
        match piece {
            Piece::User => self.one("user"),
            Piece::Call => self.one("call x"),
            Piece::Decide => self.one("decide d"),
            Piece::Timer => self.one("timer P1D"),
            Piece::Message => self.one("catch message m"),
            // Another than what is waited for: heard at once, it would leave the other ways of that wait to nobody.
            Piece::Signal => self.one("throw signal y"),
            Piece::Manual => self.one("manual"),
            Piece::Script => self.one("script v = n + 1"),
            Piece::Repeated(how) => {
                let how = [
                    "multi n",
                    "seq n",
                    "each list item",
                    "while b",
                    "each list item; stop b",
                ][usize::from(*how % 5)];
                self.one(&format!("user | {how}"))
            }
            Piece::Choice(a, b) => self.split("xor", a, b, [" [a]", " *"]),
            Piece::Fork(a, b) => self.split("and", a, b, ["", ""]),
            Piece::Some(a, b) => self.split("or", a, b, [" [a]", " *"]),
            Piece::Two(a, b) => {
                let (first, middle) = self.write(a);
                let (second, last) = self.write(b);
                self.line(&format!("{middle} -> {second}"));
                (first, last)
            }
            Piece::Again(a) => {
                let (join, split) = (self.one("xor").0, self.one("xor").0);
                let task = self.one("user").0;
                let (first, last) = self.write(a);
                self.line(&format!(
                    "{join} -> {task}\n{task} -> {first}\n{last} -> {split}\n{split} -> {join} [b]"
                ));
                let out = self.one("manual").0;
                self.line(&format!("{split} -> {out} *"));
                (join, out)
            }
            Piece::Wait => {
                let (gate, join) = (self.one("events").0, self.one("xor").0);
                for kind in ["timer P2D", "catch message m", "catch signal z"] {
                    let event = self.one(kind).0;
                    self.line(&format!("{gate} -> {event}\n{event} -> {join}"));
                }
                (gate, join)
            }
            Piece::Limited => {
                let (task, join) = (self.one("user").0, self.one("xor").0);
                let (limit, aside, end) = (
                    self.one(&format!("limit {task} P3D")).0,
                    self.one(&format!("reminder {task} R2/P1D")).0,
                    self.one("end").0,
                );
                self.line(&format!("{task} -> {join}\n{limit} -> {join}\n{aside} -> {end}"));
                (task, join)
            }
            Piece::Undone => {
                let (task, back) = (self.one("user").0, self.one("throw compensation").0);
                let (edge, undo) = (
                    self.one(&format!("edge {task} compensation")).0,
                    self.one("user | undo").0,
                );
                self.line(&format!("{edge} ~ {undo}\n{task} -> {back}"));
                (task, back)
            }
            Piece::Sub(a) => {
                let id = self.within("sub", a);
                (id.clone(), id)
            }
            Piece::Each(a) => {
                let id = self.within("sub | each list item", a);
                (id.clone(), id)
            }
            Piece::Failing(a) => {
                // Something in it can fail.
                let inside = Piece::Two(Box::new(Piece::User), a.clone());
                let (id, join) = (self.within("sub", &inside), self.one("xor").0);
                let edge = self.one(&format!("edge {id} error")).0;
                self.line(&format!("{id} -> {join}\n{edge} -> {join}"));
                (id, join)
            }
            Piece::Called(a) => {
                self.count += 1;
                let process = format!("q{}", self.count);
                let outside = std::mem::take(&mut self.text);
                self.whole(a, "");
                let inside = std::mem::replace(&mut self.text, outside);
                self.processes.push_str(&format!("process {process}\n{inside}close\n"));
                self.one(&format!("run {process}"))
            }
        }
    }
}

fn written(piece: &Piece) -> String {
    let mut writer = Writer::default();
    writer.line("v: data");
    writer.whole(piece, "");
    format!("{}{}", writer.text, writer.processes)
}

fn vars(seed: u32) -> Value {
    json!({"a": seed.is_multiple_of(2), "b": seed.is_multiple_of(5), "n": seed % 4, "list": vec!["x"; (seed % 3) as usize], "v": null})
}

/// One of the inputs a state can take.
fn input(process: &Process, state: &State, seed: u32) -> Option<Input> {
    let awaited = process.awaited(state);
    let one = awaited.get(seed as usize % awaited.len().max(1))?.clone();
    let (element, token) = (one.element, one.token);
    Some(match one.event {
        Event::Timer { .. } => Input::TimerFired { element, token },
        Event::Message { name } => Input::Message {
            name,
            token: Some(token),
        },
        Event::Signal { name } => Input::Signal { name },
        _ if seed.is_multiple_of(7) => Input::Fail {
            element,
            token,
            code: "down".into(),
        },
        _ => Input::Complete { element, token },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn generated_models_run_and_replay(piece in piece(), seeds in prop::collection::vec(any::<u32>(), 60)) {
        let text = written(&piece);
        let xml = model(&text);
        let process = match Process::parse(&xml) {
            Ok(process) => process,
            Err(findings) => return Err(TestCaseError::fail(format!("{findings:#?}\n{text}"))),
        };
        let first = vars(seeds[0]);
        let mut history = Vec::new();
        let start = process.elements().iter().find(|e| e.parent.is_none() && matches!(e.kind, wegfrei_process::Kind::Start { .. }));
        let Ok((mut state, moved)) = process.start_at(&start.unwrap().id, &first) else {
            return Ok(());
        };
        history.push(Recorded { input: Began::Started(Some(start.unwrap().id.clone())), answers: moved.answers });
        let mut open: Vec<(String, u64)> = Vec::new();
        account(&moved.effects, &mut open);
        for seed in seeds.iter().skip(1) {
            if state.finished {
                break;
            }
            let Some(input) = input(&process, &state, *seed) else {
                return Err(TestCaseError::fail(format!("nothing is awaited: {state:?}\n{text}")));
            };
            let before = state.clone();
            let vars = vars(*seed);
            match (process.advance(&mut state, &input, &vars), process.step(&before, &input, &vars)) {
                (Ok(moved), Ok((next, effects))) => {
                    prop_assert_eq!(&next, &state);
                    prop_assert_eq!(show(&effects), show(&moved.effects));
                    if let Input::Complete { element, token } | Input::Fail { element, token, .. } = &input {
                        open.retain(|known| *known != (element.clone(), *token));
                    }
                    account(&moved.effects, &mut open);
                    history.push(Recorded { input: Began::Took(input), answers: moved.answers });
                }
                (Err(one), Err(other)) => {
                    prop_assert_eq!(one, other);
                    prop_assert_eq!(&state, &before, "an error changes nothing");
                }
                (one, other) => return Err(TestCaseError::fail(format!("{one:?} {other:?}"))),
            }
            let stored = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<State>(&stored).unwrap(), &state);
            // The tasks people were given and not called off are those the state waits at.
            let mut waits: Vec<(String, u64)> = process
                .awaited(&state)
                .into_iter()
                .filter(|awaited| matches!(process.element(&awaited.element).unwrap().kind, wegfrei_process::Kind::UserTask { .. }) && awaited.event == Event::None)
                .map(|awaited| (awaited.element, awaited.token))
                .collect();
            waits.sort();
            open.sort();
            prop_assert_eq!(&waits, &open, "{}", text);
        }
        let stored = serde_json::to_string(&history).unwrap();
        let history: Vec<Recorded> = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&process.replay(&history).unwrap(), &state);
        prop_assert!(!stored.contains("\"x\""), "a history names no contents");
        // A model moves to itself, whatever waits.
        let none = std::collections::BTreeMap::new();
        let plan = Migration::plan(&process, &process, &none).unwrap();
        if !state.finished {
            let moved = plan.check(&state).map_err(|why| TestCaseError::fail(format!("{why:?}\n{text}")))?;
            prop_assert_eq!(&moved.after, &state);
            prop_assert!(moved.effects.is_empty());
            // And to one that only goes on longer, as far as that one's ways can be walked.
            let longer = Piece::Two(Box::new(piece.clone()), Box::new(Piece::User));
            let longer = Process::parse(&model(&written(&longer))).unwrap();
            let plan = Migration::plan(&process, &longer, &none).unwrap();
            if let Err(why) = plan.check(&state) {
                let unknown = why.iter().all(|why| why.reason.contains("mehr Zustände"));
                prop_assert!(unknown && !longer.soundness().complete, "{:?}\n{}", why, text);
            }
        }
    }

    /// Any state that reads can be stepped with any input: refused or taken, never a panic.
    #[test]
    fn damaged_states_never_panic(piece in piece(), elements in prop::collection::vec((1u64..8, 0usize..30, 0u64..6, prop::option::of(0u32..3)), 0..6), seed in any::<u32>()) {
        let Ok(process) = Process::parse(&model(&written(&piece))) else { return Ok(()) };
        let name = |at: usize| process.elements()[at % process.elements().len()].id.clone();
        let tokens: Vec<Value> = elements.iter().map(|(id, at, scope, iteration)| {
            json!({"id": id + 8, "element": name(*at), "scope": scope, "iteration": iteration})
        }).collect();
        let scopes: Vec<Value> = elements.iter().map(|(id, at, parent, iteration)| {
            json!({"id": id, "element": name(at + 3), "parent": parent % id, "iteration": iteration,
                   "rounds": iteration.map(|n| json!({"total": n, "begun": n, "done": 0}))})
        }).collect();
        let state = json!({"tokens": tokens, "scopes": scopes, "finished": false, "steps": 1, "next_token": 30});
        let Ok(state) = serde_json::from_value::<State>(state) else { return Ok(()) };
        let vars = vars(seed);
        for awaited in process.awaited(&state) {
            let Some(input) = input(&process, &state, seed.wrapping_add(awaited.token as u32)) else { continue };
            drop(process.step(&state, &input, &vars));
        }
        for input in [Input::Reenter, Input::Stop, Input::Signal { name: "z".into() }] {
            drop(process.step(&state, &input, &vars));
        }
    }
}

fn account(effects: &[Effect], open: &mut Vec<(String, u64)>) {
    for effect in effects {
        match effect {
            Effect::Task { element, token, .. } => open.push((element.clone(), *token)),
            Effect::CancelTask { element, token } => open.retain(|known| *known != (element.clone(), *token)),
            _ => {}
        }
    }
}
