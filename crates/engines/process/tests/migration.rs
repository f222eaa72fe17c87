//! Moving running cases to another version of their model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use common::{process, show};
use serde_json::json;
use wegfrei_process::{Input, Migration, Process, State};

const OLD: &str = "s: start
    a: user
    l: limit a P14D
    b: user
    e: end
    s -> a
    a -> b
    l -> b
    b -> e";

fn at(process: &Process, steps: usize) -> State {
    let vars = json!({"list": [1, 2]});
    let (mut state, _) = process.start(&vars).expect("starts");
    for _ in 0..steps {
        let token = state.tokens().next().expect("waits").clone();
        let input = Input::Complete {
            element: token.element,
            token: token.id,
        };
        state = process.step(&state, &input, &vars).expect("steps").0;
    }
    state
}

fn hand(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

/// `what` is the text of the move (effects; notes), or a part of each obstacle.
fn check(old: &str, steps: usize, new: &str, by_hand: &[(&str, &str)], what: Result<(&str, &[&str]), &[&str]>) {
    let (old, new) = (process(old), process(new));
    let by_hand = hand(by_hand);
    let plan = Migration::plan(&old, &new, &by_hand).expect("a plan");
    let state = at(&old, steps);
    match (plan.check(&state), what) {
        (Ok(moved), Ok((effects, notes))) => {
            assert_eq!(show(&moved.effects), effects);
            assert_eq!(moved.notes.len(), notes.len(), "{:?}", moved.notes);
            for (note, part) in moved.notes.iter().zip(notes) {
                assert!(note.contains(part), "{note}");
            }
            new.owns(&moved.after).expect("a state of the new model");
            let text = serde_json::to_string(&moved.after).unwrap();
            assert_eq!(serde_json::from_str::<State>(&text).unwrap(), moved.after);
            // It goes on there, and it can be taken back as long as it did not.
            let back = plan.take_back(&moved, &moved.after).expect("taken back");
            assert_eq!(
                back.effects.len() + back.restored.len(),
                moved.effects.len(),
                "{back:?}"
            );
            let token = moved.after.tokens().next().unwrap().clone();
            let input = Input::Complete {
                element: token.element,
                token: token.id,
            };
            let (next, _) = new.step(&moved.after, &input, &json!({})).expect("goes on");
            assert!(plan.take_back(&moved, &next).is_err());
        }
        (Err(obstacles), Err(parts)) => {
            assert_eq!(obstacles.len(), parts.len(), "{obstacles:#?}");
            for (obstacle, part) in obstacles.iter().zip(parts) {
                assert!(
                    obstacle.reason.contains(part) && !obstacle.help.is_empty(),
                    "{obstacle}, expected {part}"
                );
            }
        }
        (got, wanted) => panic!("{got:#?}, expected {wanted:?}"),
    }
}

#[test]
fn cases_move_where_everything_has_its_place() {
    let longer = OLD.replace("b -> e", "c: user\nb -> c\nc -> e");
    check(OLD, 0, &longer, &[], Ok(("", &[])));
    check(OLD, 1, &longer, &[], Ok(("", &[])));
    // A limit that is gone, one that is new, one that is reckoned differently.
    let without = OLD.replace("l: limit a P14D\n", "").replace("l -> b\n", "");
    check(OLD, 0, &without, &[], Ok(("cancel-timer:l#1", &["„l“ fällt weg"])));
    check(&without, 0, OLD, &[], Ok(("timer:l#1=P14D", &["„l“ beginnt jetzt"])));
    check(
        OLD,
        0,
        &OLD.replace("P14D", "P30D"),
        &[],
        Ok(("", &["die laufende gilt weiter"])),
    );
    // By hand to another id: the task is given anew.
    let renamed = OLD
        .replace("b: user", "z: user")
        .replace("a -> b", "a -> z")
        .replace("l -> b", "l -> z")
        .replace("b -> e", "z -> e");
    check(
        OLD,
        1,
        &renamed,
        &[("b", "z")],
        Ok(("cancel-task:b#2 task:z#2=Do z/clerk", &["„Do z“ wird neu gestellt"])),
    );
}

#[test]
fn cases_stay_where_something_has_no_place_and_it_is_said_why() {
    let without = OLD.replace("a: user", "a: call x");
    check(
        OLD,
        0,
        &without,
        &[],
        Err(&["etwas anderes: Aufgabe der Plattform statt Aufgabe für Menschen"]),
    );
    check(OLD, 1, &without, &[], Ok(("", &[])));
    let gone = "s: start\nb: user\ne: end\ns -> b\nb -> e";
    check(OLD, 0, gone, &[], Err(&["`a` (Do a) gibt es im neuen Modell nicht"]));
    check(OLD, 1, gone, &[], Ok(("", &[])));
    check(
        OLD,
        0,
        &OLD.replace("l: limit", "k: limit").replace("l -> b", "k -> b"),
        &[("l", "k")],
        Err(&["würde von vorn beginnen"]),
    );
    let inside = "s: start\np: sub\nps: start\na: user\npe: end\nps -> a\na -> pe\nclose\nb: user\ne: end\ns -> p\np -> b\nb -> e";
    check(
        OLD,
        0,
        inside,
        &[],
        Err(&["liegt im neuen Modell in einem anderen Teilprozess"]),
    );
    let work = OLD.replace("b: user", "b: user freigabe");
    check(
        OLD,
        1,
        &work,
        &[],
        Err(&["eine andere Arbeit: freigabe statt pruefung"]),
    );
    check(OLD, 2, OLD, &[], Err(&["Der Vorgang ist zu Ende"]));
    let many = OLD.replace("b: user", "b: user | each list item");
    check(OLD, 1, &many, &[], Err(&["anders wiederholt"]));
    check(
        &many,
        1,
        &many.replace("each list", "seq-each list"),
        &[],
        Err(&["anders wiederholt"]),
    );
}

#[test]
fn a_case_that_would_wait_for_ever_stays() {
    let old = "s: start\nf: and\na: user\nb: user\nj: and\ne: end\ns -> f\nf -> a\nf -> b\na -> j\nb -> j\nj -> e";
    let new = "s: start\nf: and\na: user\nb: user\nc: user\nj: and\ne: end\ns -> f\nf -> a\nf -> b\nf -> c\na -> j\nb -> j\nc -> j\nj -> e";
    check(
        old,
        0,
        new,
        &[],
        Err(&["käme der Vorgang im neuen Modell nie zu einem Ende"]),
    );
}

#[test]
fn a_plan_names_only_what_exists_and_looks_at_many() {
    let (old, new) = (process(OLD), process(OLD));
    let wrong = Migration::plan(&old, &new, &hand(&[("a", "nowhere"), ("gone", "b")])).expect_err("refused");
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    let none = BTreeMap::new();
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    let states: Vec<State> = (0..3).map(|steps| at(&old, steps)).collect();
    let seen = plan.dry_run(states.iter().enumerate());
    let moves: Vec<(usize, bool)> = seen.iter().map(|(key, result)| (*key, result.is_ok())).collect();
    assert_eq!(moves, [(0, true), (1, true), (2, false)]);
}

/// The first start, and one input for each of these words: `a` completes, `!l` fires a timer.
fn after(process: &Process, inputs: &[&str]) -> State {
    let vars = json!({});
    let (mut state, _) = process.start(&vars).expect("starts");
    for input in inputs {
        let (element, fires) = input
            .strip_prefix('!')
            .map_or((*input, false), |element| (element, true));
        let element = element.to_owned();
        let awaited = process
            .awaited(&state)
            .into_iter()
            .find(|awaited| awaited.element == element);
        let token = awaited.expect("awaited").token;
        let input = match fires {
            true => Input::TimerFired { element, token },
            false => Input::Complete { element, token },
        };
        state = process.step(&state, &input, &vars).expect("steps").0;
    }
    state
}

/// Effects and notes of the move of a case.
fn moves(old: &str, inputs: &[&str], new: &str) -> (String, Vec<String>) {
    let (old, new) = (process(old), process(new));
    let none = BTreeMap::new();
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    let moved = plan.check(&after(&old, inputs)).expect("moves");
    (show(&moved.effects), moved.notes)
}

#[test]
fn a_limit_that_hangs_elsewhere_now_begins_where_it_hangs() {
    let old = "s: start\na: user\nl: limit a P14D\nb: user\ne: end\ns -> a\na -> b\nl -> e\nb -> e";
    let new = old.replace("limit a", "limit b");
    let (effects, notes) = moves(old, &["a"], &new);
    assert_eq!(effects, "timer:l#2=P14D");
    assert!(notes[0].contains("„l“ beginnt jetzt"), "{notes:?}");
    let (effects, notes) = moves(old, &[], &new);
    assert_eq!(effects, "cancel-timer:l#1");
    assert!(notes[0].contains("„l“ fällt weg"), "{notes:?}");
    // What has fired where it still hangs does not begin again.
    let reminded = "s: start\na: user\nr: reminder a P1D\ne: end\nf: end\ns -> a\na -> e\nr -> f";
    assert_eq!(
        moves(reminded, &["!r"], &reminded.replace("P1D", "P2D")),
        (String::new(), vec![])
    );
    // The same inside a subprocess, and behind a gateway.
    let around = |where_: &str| {
        format!(
            "s: start\np: sub\nps: start\na: user\npe: end\nps -> a\na -> pe\nx: event-sub\nxs: start-aside {where_}\nxe: end\nxs -> xe\nclose\nclose\n\
             y: event-sub\nys: start-aside {}\nye: end\nys -> ye\nclose\ne: end\ns -> p\np -> e",
            if where_ == "message m" {
                "timer P3D"
            } else {
                "message m"
            }
        )
    };
    let (effects, notes) = moves(&around("message m"), &[], &around("timer P3D"));
    assert_eq!(
        (effects.as_str(), notes.len()),
        ("timer:xs#1=P3D cancel-timer:ys#0", 2),
        "{notes:?}"
    );
}

#[test]
fn a_period_that_a_move_ended_is_restored_and_not_reckoned_anew() {
    let without = OLD.replace("l: limit a P14D\n", "").replace("l -> b\n", "");
    let (old, new) = (process(OLD), process(&without));
    let none = BTreeMap::new();
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    let state = at(&old, 0);
    let moved = plan.check(&state).expect("moves");
    assert_eq!(show(&moved.effects), "cancel-timer:l#1");
    let back = plan.take_back(&moved, &moved.after).expect("back");
    assert_eq!(show(&back.effects), "");
    let restored: Vec<(&str, u64)> = back.restored.iter().map(|t| (t.element.as_str(), t.token)).collect();
    assert_eq!(restored, [("l", 1)]);
    assert_eq!(moved.before, state);
    // One the move began ends.
    let plan = Migration::plan(&new, &old, &none).expect("a plan");
    let moved = plan.check(&at(&new, 0)).expect("moves");
    let back = plan.take_back(&moved, &moved.after).expect("back");
    assert_eq!(
        (show(&back.effects).as_str(), back.restored.len()),
        ("cancel-timer:l#1", 0)
    );
    // A task that was given anew is the earlier one again.
    let renamed = OLD
        .replace("b: user", "z: user")
        .replace("a -> b", "a -> z")
        .replace("l -> b", "l -> z")
        .replace("b -> e", "z -> e");
    let (new, by_hand) = (process(&renamed), hand(&[("b", "z")]));
    let plan = Migration::plan(&old, &new, &by_hand).expect("a plan");
    let moved = plan.check(&at(&old, 1)).expect("moves");
    let back = plan.take_back(&moved, &moved.after).expect("back");
    assert_eq!(show(&back.effects), "cancel-task:z#2 task:b#2=Do b/clerk");
}

#[test]
fn a_case_of_another_model_does_not_move() {
    let (old, new) = (process(OLD), process(OLD));
    let none = BTreeMap::new();
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    for what in [
        r#"{"tokens":[{"id":1,"element":"gone"}],"finished":false,"steps":1,"next_token":5}"#,
        r#"{"tokens":[{"id":2,"element":"a","scope":1}],"scopes":[{"id":1,"element":"gone"}],"finished":false,"steps":1,"next_token":5}"#,
        r#"{"tokens":[{"id":1,"element":"a"}],"timers":[{"element":"gone","token":1}],"finished":false,"steps":1,"next_token":5}"#,
    ] {
        let state: State = serde_json::from_str(what).expect("a state");
        let obstacles = plan.check(&state).expect_err("stays");
        assert_eq!(obstacles.len(), 1, "{obstacles:?}");
        assert!(obstacles[0].reason.contains("bei `gone`"), "{obstacles:?}");
    }
}

#[test]
fn a_token_at_a_join_keeps_its_way_though_its_flow_is_called_otherwise() {
    let old = "s: start\nf: and\na: user\nb: user\nj: and\ne: end\ns -> f\nf -> a\nf -> b\na -> j\nb -> j\nj -> e";
    let new = "s: start\nm: manual\nn: manual\no: manual\nf: and\na: user\nb: user\nj: and\ne: end\ns -> m\nm -> n\nn -> o\no -> f\nf -> a\nf -> b\n\
               a -> j\nb -> j\nj -> e";
    let (old, new) = (process(old), process(new));
    let none = BTreeMap::new();
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    let moved = plan.check(&after(&old, &["a"])).expect("moves");
    let via = moved.after.tokens().find_map(|token| token.via.clone());
    let flow = new.flows().iter().find(|flow| flow.source == "a").expect("a flow");
    assert_eq!(via.as_ref(), Some(&flow.id));
}

/// Obstacles of the move of a case.
fn stays(old: &str, inputs: &[&str], new: &str) -> Vec<String> {
    let (old, new) = (process(old), process(new));
    let none = BTreeMap::new();
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    let obstacles = plan.check(&after(&old, inputs)).expect_err("stays");
    assert!(
        obstacles.iter().all(|obstacle| !obstacle.help.is_empty()),
        "{obstacles:?}"
    );
    obstacles.into_iter().map(|obstacle| obstacle.reason).collect()
}

const PARALLEL: &str = "s: start\nf: and\na: user\nb: user\nj: and\nn: call notice\ne: end\ns -> f\nf -> a\nf -> b\na -> j\nb -> j\nj -> n\nn -> e";
const IN_A_ROW: &str = "s: start\na: user\nb: user\nn: call notice\ne: end\ns -> a\na -> b\nb -> n\nn -> e";

#[test]
fn a_case_stays_where_the_new_model_never_has_its_tokens_together() {
    // `b` and the notice would be done twice.
    let reasons = stays(PARALLEL, &[], IN_A_ROW);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    for part in ["`a` (Do a) und `b` (Do b)", "nie ein Vorgang", "doppelt"] {
        assert!(reasons[0].contains(part), "{reasons:?}");
    }
    // Two tokens at one step are one too many as well.
    let twice = "s: start\nf: and\nx: xor\na: user\ne: end\ns -> f\nf -> x\nf -> x\nx -> a\na -> e";
    let thrice = twice.replacen("f -> x\n", "f -> x\nf -> x\n", 1);
    let once = "s: start\na: user\nm: manual\ne: end\ns -> a\na -> m\nm -> e";
    assert!(stays(twice, &[], once)[0].contains("doppelt"));
    assert!(stays(&thrice, &[], twice)[0].contains("doppelt"));
    let more = |text: &str| text.replace("a -> e", "b: user\na -> b\nb -> e");
    assert_eq!(moves(twice, &[], &more(twice)), (String::new(), vec![]));
    // A reminder that has not been sent leads to what is being done already.
    let aside = "s: start\nf: and\na: user\nc: user\ne: end\ns -> f\nf -> a\nf -> c\na -> e\nc -> e";
    let reminded = "s: start\na: user\nr: reminder a P1D\nc: user\ne: end\ns -> a\na -> e\nr -> c\nc -> e";
    let reasons = stays(aside, &[], reminded);
    assert!(reasons[0].contains("mit der laufenden Frist `r`"), "{reasons:?}");
    // One that was sent may be outstanding in the new model, as may one that cannot be sent any more.
    let longer = reminded.replace("c -> e", "d: user\nc -> d\nd -> e");
    assert_eq!(moves(reminded, &["!r"], &longer), (String::new(), vec![]));
    // What piles up goes on with more of it.
    let piling = reminded.replace("P1D", "R/P1D");
    for sent in [4, 5] {
        assert_eq!(moves(&piling, &["!r"].repeat(sent), &piling), (String::new(), vec![]));
    }
    let interrupting = reminded.replace("r: reminder", "r: limit");
    assert!(stays(reminded, &["!r"], &interrupting)[0].contains("doppelt"));
    assert_eq!(moves(reminded, &["!r", "c"], &interrupting), (String::new(), vec![]));
}

#[test]
fn instances_of_a_repetition_move_each_by_itself() {
    let repeated = |inside: &str| {
        format!("s: start\np: sub | multi 5\nps: start\n{inside}\npe: end\nclose\ne: end\ns -> p\np -> e")
    };
    let row = repeated("a: user\nb: user\nps -> a\na -> b\nb -> pe");
    let longer = repeated("a: user\nb: user\nc: user\nps -> a\na -> b\nb -> c\nc -> pe");
    assert_eq!(moves(&row, &["a", "a", "b"], &longer), (String::new(), vec![]));
    let fork = repeated("f: and\na: user\nb: user\nps -> f\nf -> a\nf -> b\na -> pe\nb -> pe");
    assert!(stays(&fork, &["a"], &longer)[0].contains("`a` (Do a) und `b` (Do b)"));
}

#[test]
fn what_the_bound_keeps_from_being_known_is_said() {
    let wide = |last: &str| {
        let ways: String = (0..9)
            .map(|n| format!("a{n}: user\nb{n}: user\nf -> a{n}\na{n} -> b{n}\nb{n} -> j\n"))
            .collect();
        format!("s: start\nf: and\nj: and\ne: end\ns -> f\n{ways}{last}")
    };
    let (old, new) = (wide("j -> e"), wide("z: user\nj -> z\nz -> e"));
    let deep: Vec<String> = (0..9).map(|n| format!("a{n}")).collect();
    let deep: Vec<&str> = deep.iter().map(String::as_str).collect();
    // Where tokens move as before, a case stands as before, however many ways there are.
    assert_eq!(moves(&old, &deep, &old), (String::new(), vec![]));
    // The first states are among those that were looked at, the others are not.
    let (_, notes) = moves(&old, &["a0"], &new);
    assert!(
        notes.len() == 1 && notes[0].contains("nicht vollständig prüfen"),
        "{notes:?}"
    );
    let reasons = stays(&old, &deep, &new);
    assert!(reasons[0].contains("mehr Zustände"), "{reasons:?}");
}

#[test]
fn a_case_stays_that_would_do_a_step_more_often_than_the_new_model_ever_does() {
    let times = |n: usize| {
        let ways = "f -> x\n".repeat(n);
        format!("s: start\nf: and\nx: xor\na: user\ne: end\ns -> f\n{ways}x -> a\na -> e")
    };
    assert!(stays(&times(4), &[], &times(3))[0].contains("doppelt"));
    assert!(stays(&times(5), &[], &times(2))[0].contains("doppelt"));
    // Something else that piles up there changes nothing about it.
    let reminded = |n: usize| {
        let more = "h: user\nr: reminder h R/P1D\nc: user\nf -> h\nh -> e\nr -> c\nc -> e";
        format!("{}\n{more}", times(n))
    };
    let old = reminded(4);
    assert_eq!(moves(&old, &["!r"; 5], &old), (String::new(), vec![]));
    assert!(stays(&old, &["!r"; 5], &reminded(3))[0].contains("doppelt"));
}

#[test]
fn a_case_stays_that_could_only_end_by_chance() {
    // Its time limit would end it, its work would not.
    let old = "s: start\na: user\ne: end\ns -> a\na -> e";
    let new = "s: start\nf: and\na: user\nl: limit a P14D\nt: terminate\nc: user\nj: and\ne: end\n\
               s -> f\nf -> a\nf -> c\na -> j\nc -> j\nj -> e\nl -> t";
    let reasons = stays(old, &[], new);
    assert!(
        reasons.len() == 1 && reasons[0].contains("`j` (paralleles Gateway)") && reasons[0].contains("vergeblich"),
        "{reasons:?}"
    );
    // The same where something else still listens, so that nothing stands still for the machine.
    let listening = format!("{new}\ny: event-sub\nys: start-aside message m\nye: end\nys -> ye\nclose");
    let reasons = stays(old, &[], &listening);
    assert!(
        reasons.len() == 1 && reasons[0].contains("Bei `j` käme der Vorgang im neuen Modell nie zu einem Ende"),
        "{reasons:?}"
    );
}

#[test]
fn a_move_arms_no_timer_that_may_not_fire() {
    let model = |more: &str| {
        format!(
            "s: start\nu: user\ne: end\ns -> u\nu -> e\n\
             x: event-sub\nxs: start signal stop\nxu: user\nxe: end\nxs -> xu\nxu -> xe\nclose\n{more}"
        )
    };
    let timed = model("y: event-sub\nys: start timer P3D\nyu: user\nye: end\nys -> yu\nyu -> ye\nclose");
    let (old, new) = (process(&model("")), process(&timed));
    let none = BTreeMap::new();
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    let signal = Input::Signal { name: "stop".into() };
    let state = old.step(&at(&old, 0), &signal, &json!({})).expect("steps").0;
    let moved = plan.check(&state).expect("moves");
    assert_eq!((show(&moved.effects).as_str(), moved.notes.len()), ("", 0), "{moved:?}");
    // Where nothing is interrupted it begins.
    assert_eq!(moves(&model(""), &[], &timed).0, "timer:ys#0=P3D");
    // One that runs ends with the move, where what runs beside it interrupts in the new model.
    let aside = timed.replace("xs: start signal", "xs: start-aside signal");
    let (old, new) = (process(&aside), process(&timed));
    let plan = Migration::plan(&old, &new, &none).expect("a plan");
    let state = old.step(&at(&old, 0), &signal, &json!({})).expect("steps").0;
    let state = old
        .step(
            &state,
            &Input::Complete {
                element: "u".into(),
                token: 1,
            },
            &json!({}),
        )
        .expect("steps")
        .0;
    let moved = plan.check(&state).expect("moves");
    assert_eq!(show(&moved.effects), "cancel-timer:ys#0");
    // A timer that was armed nevertheless does not fire.
    let text = serde_json::to_string(&moved.after).unwrap();
    let armed = text.replacen("\"finished\"", r#""timers":[{"element":"ys","token":0}],"finished""#, 1);
    let armed: State = serde_json::from_str(&armed).expect("a state");
    let fires = Input::TimerFired {
        element: "ys".into(),
        token: 0,
    };
    assert!(new.step(&armed, &fires, &json!({})).is_err());
}
