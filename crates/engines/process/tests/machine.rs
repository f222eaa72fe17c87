//! How tokens move: a model, inputs, and the effects of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{check, model, process};
use serde_json::json;
use wegfrei_process::{Input, Process, State};

#[test]
fn one_way_through() {
    let state = check(
        "s: start
         d: decide entscheidung
         u: user
         c: call notice
         t: timer P14D
         e: end
         s -> d
         d -> u
         u -> c
         c -> t
         t -> e",
        "start => enter:s enter:d decide:d#1=entscheidung
         d#1 => enter:u task:u#2=Do u/clerk
         u#2 => enter:c call:c#3=notice
         c#3 => enter:t timer:t#4=P14D
         !t#4 => enter:e end:e
         !t#4 => error Finished",
    );
    assert!(state.finished);
    assert_eq!(state.steps, 5);
}

#[test]
fn stale_and_foreign_inputs_are_refused() {
    check(
        "s: start
         u: user
         t: timer rechtsbehelfsfrist
         e: end
         s -> u
         u -> t
         t -> e",
        "start => enter:s enter:u task:u#1=Do u/clerk
         u#2 => error NotWaiting { element: \"u\", token: 2 }
         t#1 => error NotWaiting { element: \"t\", token: 1 }
         !t#1 => error NotWaiting { element: \"t\", token: 1 }
         !u#1 => error NotWaiting { element: \"u\", token: 1 }
         u#1 => enter:t timer:t#2=rechtsbehelfsfrist
         u#1 => error NotWaiting { element: \"u\", token: 1 }
         t#2 => error NotWaiting { element: \"t\", token: 2 }
         !t#2 => enter:e end:e",
    );
}

#[test]
fn exclusive_gateways() {
    let model = |condition: &str| {
        format!(
            "s: start
             x: xor
             a: end
             b: end
             s -> x
             x -> a [{condition}]
             x -> b *"
        )
    };
    for (condition, expected) in [
        ("yes", "start => enter:s enter:x enter:a end:a"),
        ("n > 2 and word = \"a\"", "start => enter:s enter:x enter:a end:a"),
        ("n < 2", "start => enter:s enter:x enter:b end:b"),
        (
            "n",
            "start => error Condition { element: \"x\", flow: \"f2\", got: \"a value of type number\" }",
        ),
        (
            "missing.thing",
            "start => error Condition { element: \"x\", flow: \"f2\", got: \"null\" }",
        ),
    ] {
        check(&model(condition), expected);
    }
}

#[test]
fn the_first_condition_that_holds_wins() {
    check(
        "s: start
         x: xor
         a: end
         b: end
         c: end
         s -> x
         x -> a [n = 4]
         x -> b [n = 3]
         x -> c [n > 0]
         x -> a *",
        "start => enter:s enter:x enter:b end:b",
    );
}

#[test]
fn parallel_ways_wait_for_each_other() {
    let state = check(
        "s: start
         fork: and
         a: user
         b: call x
         join: and
         e: end
         s -> fork
         fork -> a
         fork -> b
         a -> join
         b -> join
         join -> e",
        "start => enter:s enter:fork enter:a task:a#1=Do a/clerk enter:b call:b#2=x
         b#2 =>
         a#1 => enter:join enter:e end:e",
    );
    assert!(state.finished && state.tokens().count() == 0);
}

#[test]
fn time_limits() {
    let model = "s: start
         u: user
         l: limit u P3M
         r: reminder u 2026-03-31
         c: call remind
         e: end
         late: end
         s -> u
         u -> e
         l -> late
         r -> c
         c -> e";
    let begin = "start => enter:s enter:u task:u#1=Do u/clerk timer:l#1=P3M timer:r#1=2026-03-31\n";
    let scripts = [
        "u#1 => cancel-timer:l#1 cancel-timer:r#1 enter:e end:e",
        "!l#1 => enter:l cancel-task:u#1 cancel-timer:r#1 enter:late end:late",
        "!r#1 => enter:r enter:c call:c#2=remind
         !r#1 => error NotWaiting { element: \"r\", token: 1 }
         u#1 => cancel-timer:l#1 enter:e end:e
         c#2 => enter:e end:e",
        "stop => cancel-task:u#1 cancel-timer:l#1 cancel-timer:r#1",
    ];
    for script in scripts {
        let state = check(model, &format!("{begin}{script}"));
        assert!(state.finished && state.timers().count() == 0, "{script}");
    }
}

#[test]
fn terminate_ends_everything() {
    check(
        "s: start
         fork: and
         a: user
         b: user
         stop: terminate
         e: end
         s -> fork
         fork -> a
         fork -> b
         a -> stop
         b -> e",
        "start => enter:s enter:fork enter:a task:a#1=Do a/clerk enter:b task:b#2=Do b/clerk
         a#1 => enter:stop end:stop cancel-task:b#2
         b#2 => error Finished",
    );
}

#[test]
fn a_loop_without_a_wait_is_an_error_not_a_hang() {
    check(
        "s: start
         x: xor
         y: xor
         e: end
         s -> x
         x -> y
         y -> x [yes]
         y -> e *",
        "start => error Endless { element: \"y\", limit: 100000 }",
    );
    check(
        "s: start
         x: xor
         fork: and
         e: end
         s -> x
         x -> fork
         fork -> x
         fork -> x
         fork -> e",
        "start => error Endless { element: \"fork\", limit: 100000 }",
    );
}

#[test]
fn a_join_that_waits_in_vain_is_refused() {
    let text = model(
        "s: start
         x: xor
         join: and
         u: user
         e: end
         s -> x
         x -> join [yes]
         x -> u *
         u -> join
         join -> e",
    );
    let findings = Process::parse(&text).expect_err("refused");
    assert!(
        findings.len() == 1 && findings[0].message.contains("`join`"),
        "{findings:?}"
    );
    assert!(findings[0].message.contains("vergeblich"), "{findings:?}");
}

#[test]
fn a_case_goes_back_to_the_marked_review() {
    let text =
        "s: start\nu: user\nt: timer P1D\nf: and\nv: user\ne: end\ns -> u\nu -> f\nf -> t\nf -> v\nt -> e\nv -> e";
    let plain = process(text);
    let (state, _) = plain.start(&json!({})).expect("starts");
    let refused = plain.step(&state, &Input::Reenter, &json!({})).expect_err("refused");
    assert!(refused.to_string().contains("reentry"), "{refused}");
    let mark =
        |xml: &str, id: &str, code: &str| xml.replace(&format!("id='{id}'"), &format!("id='{id}' w:reentry='{code}'"));
    let marked = Process::parse(&mark(&model(text), "u", "abhilfe")).expect("a process");
    assert_eq!(marked.reentry().expect("marked").id, "u");
    let (state, _) = marked.start(&json!({})).expect("starts");
    let done = Input::Complete {
        element: "u".into(),
        token: 1,
    };
    let (state, _) = marked.step(&state, &done, &json!({})).expect("steps");
    let (state, effects) = marked.step(&state, &Input::Reenter, &json!({})).expect("goes back");
    let effects: Vec<String> = effects.iter().map(|effect| format!("{effect:?}")).collect();
    assert!(effects[0].starts_with("CancelTask { element: \"v\""), "{effects:?}");
    assert!(effects[1].starts_with("CancelTimer { element: \"t\""), "{effects:?}");
    assert!(effects[3].starts_with("Task { element: \"u\""), "{effects:?}");
    assert!(!state.finished && state.tokens().count() == 1 && state.timers().count() == 0);
    for (xml, part) in [
        (mark(&model(text), "u", "immer"), "immer"),
        (mark(&model(text), "t", "abhilfe"), "`t`"),
        (mark(&mark(&model(text), "u", "abhilfe"), "v", "abhilfe"), "`v`"),
    ] {
        let findings = Process::parse(&xml).expect_err(part);
        assert!(
            findings.iter().any(|finding| finding.message.contains(part)),
            "{findings:?}"
        );
    }
}

/// Going back leaves one token at the review: a join behind it waits for ways nothing is on.
#[test]
fn going_back_is_among_the_ways_that_are_walked() {
    let text = "s: start\nf: and\nu: user\nv: user\nj: and\nn: call notice\ne: end\ns -> f\nf -> u\nf -> v\nu -> j\nv -> j\nj -> n\nn -> e";
    assert!(Process::parse(&model(text)).is_ok());
    let marked = model(text).replace("id='u'", "id='u' w:reentry='abhilfe'");
    let findings = Process::parse(&marked).expect_err("refused");
    assert_eq!(findings.len(), 1, "{findings:?}");
    let said = findings[0].to_string();
    for part in ["`j`", "Abhilfe", "vergeblich", "`u`"] {
        assert!(said.contains(part), "{said}");
    }
    // Going back is no way to an end: nobody may ever object.
    let endless = "s: start\nu: user\nx: xor\nw: user\nj: and\ne: end\ns -> u\nu -> x\nx -> j [n = 1]\nx -> w [n = 2]\nx -> e *\nw -> j\nj -> e\n\
                   y: event-sub\nys: start-aside message m\nye: end\nys -> ye\nclose";
    let marked = model(endless).replace("id='u'", "id='u' w:reentry='abhilfe'");
    let findings = Process::parse(&marked).expect_err("refused");
    assert!(
        findings[0].message.contains("bei `j` steht, kommt nie zu einem Ende"),
        "{findings:?}"
    );
}

#[test]
fn a_state_of_another_process_is_refused() {
    let one = process("s: start\nu: user\ne: end\ns -> u\nu -> e");
    let other = process("s: start\nv: user\ne: end\ns -> v\nv -> e");
    let (state, _) = one.start(&json!({})).expect("starts");
    let error = other.step(&state, &Input::Stop, &json!({})).expect_err("refused");
    assert!(error.to_string().contains("`u`"), "{error}");
}

#[test]
fn where_a_case_stands() {
    let process =
        process("s: start\nf: and\nu: user\nv: user\nj: and\ne: end\ns -> f\nf -> u\nf -> v\nu -> j\nv -> j\nj -> e");
    let (state, _) = process.start(&json!({})).expect("starts");
    let names = |state: &State| process.place(state).iter().map(|e| e.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&state), ["Do u", "Do v"]);
    let input = Input::Complete {
        element: "u".into(),
        token: 1,
    };
    let (state, _) = process.step(&state, &input, &json!({})).expect("steps");
    assert_eq!(names(&state), ["Do v", "j"]);
}
