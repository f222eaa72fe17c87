//! What each kind of element does: models in a few lines, inputs, and the effects of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{check, file, model, model as model_of, process, run, show};
use serde_json::json;
use wegfrei_process::{Answer, Began, Event, Input, Migration, Process, Recorded, StepError};

#[test]
fn messages_and_signals() {
    check(
        "s: start
         m: catch message offer
         r: receive payment
         t: throw signal paid
         k: send receipt
         z: end message bye
         s -> m
         m -> r
         r -> t
         t -> k
         k -> z",
        "start => enter:s enter:m
         \"payment\" => error NotAwaited { message: \"payment\" }
         \"offer\" => enter:r
         \"payment\" => enter:t signal:t=paid enter:k send:k=receipt enter:z end:z send:z=bye",
    );
    check(
        "s: start
         f: and
         a: catch signal go
         b: catch signal go
         u: user
         t: throw signal go
         e: end
         s -> f
         f -> a
         f -> b
         f -> u
         u -> t
         a -> e
         b -> e
         t -> e",
        "start => enter:s enter:f enter:a enter:b enter:u task:u#3=Do u/clerk
         ~other =>
         u#3 => enter:t signal:t=go enter:e end:e enter:e end:e enter:e end:e",
    );
}

#[test]
fn the_first_event_behind_a_gateway_decides() {
    let model = "s: start
         g: events
         m: catch message yes
         t: timer P3D
         r: receive no
         a: end
         b: end
         c: end
         s -> g
         g -> m
         g -> t
         g -> r
         m -> a
         t -> b
         r -> c";
    let begin = "start => enter:s enter:g timer:t#1=P3D\n";
    check(
        model,
        &format!("{begin}\"yes\" => cancel-timer:t#1 enter:m enter:a end:a"),
    );
    check(model, &format!("{begin}!t#1 => enter:t enter:b end:b"));
    check(
        model,
        &format!("{begin}\"no\" => cancel-timer:t#1 enter:r enter:c end:c"),
    );
}

#[test]
fn inclusive_gateways_wait_for_what_can_still_come() {
    let model = |a: &str, b: &str| {
        format!(
            "s: start
             x: or
             a: user
             b: user
             c: user
             j: or
             e: end
             s -> x
             x -> a [{a}]
             x -> b [{b}]
             x -> c *
             a -> j
             b -> j
             c -> j
             j -> e"
        )
    };
    let both = model("yes", "n = 3");
    check(
        &both,
        "start => enter:s enter:x enter:a task:a#1=Do a/clerk enter:b task:b#2=Do b/clerk
         a#1 =>
         b#2 => enter:j enter:e end:e",
    );
    check(
        &model("yes", "n = 4"),
        "start => enter:s enter:x enter:a task:a#1=Do a/clerk
         a#1 => enter:j enter:e end:e",
    );
    check(
        &model("n = 5", "n = 4"),
        "start => enter:s enter:x enter:c task:c#1=Do c/clerk
         c#1 => enter:j enter:e end:e",
    );
}

#[test]
fn an_inclusive_join_waits_for_a_way_through_a_limit_and_a_subprocess() {
    check(
        "s: start
         x: and
         a: user
         p: sub
           ps: start
           pu: user
           pe: end
           ps -> pu
           pu -> pe
         close
         l: limit p P3D
         j: or
         e: end
         s -> x
         x -> a
         x -> p
         a -> j
         p -> e
         l -> j
         j -> e",
        "start => enter:s enter:x enter:a task:a#1=Do a/clerk enter:p timer:l#2=P3D enter:ps enter:pu task:pu#3=Do pu/clerk
         a#1 =>
         pu#3 => enter:pe end:pe cancel-timer:l#2 enter:e end:e enter:j enter:e end:e",
    );
}

#[test]
fn conditional_flows_leave_a_task() {
    check(
        "s: start
         u: user
         a: end
         b: end
         c: end
         s -> u
         u -> a [yes]
         u -> b [n = 3]
         u -> c *",
        "start => enter:s enter:u task:u#1=Do u/clerk
         u#1 => enter:a end:a enter:b end:b",
    );
}

#[test]
fn subprocesses_and_calls() {
    let state = check(
        "s: start
         p: sub
           ps: start
           pf: and
           pu: user
           pv: user
           pe: end
           ps -> pf
           pf -> pu
           pf -> pv
           pu -> pe
           pv -> pe
         close
         k: run Q
         e: end
         s -> p
         p -> k
         k -> e
         process Q
           qs: start
           qc: call notice
           qe: end
           qs -> qc
           qc -> qe
         close",
        "start => enter:s enter:p enter:ps enter:pf enter:pu task:pu#2=Do pu/clerk enter:pv task:pv#3=Do pv/clerk
         pv#3 => enter:pe end:pe
         pu#2 => enter:pe end:pe enter:k enter:qs enter:qc call:qc#5=notice
         qc#5 => enter:qe end:qe enter:e end:e",
    );
    assert!(state.finished && state.scopes().count() == 0);
}

#[test]
fn a_limit_ends_a_subprocess_with_all_in_it() {
    check(
        "s: start
         p: sub
           ps: start
           pf: and
           pu: user
           pt: timer P9D
           pe: end
           ps -> pf
           pf -> pu
           pf -> pt
           pu -> pe
           pt -> pe
         close
         l: limit p P3D
         e: end
         late: end
         s -> p
         p -> e
         l -> late",
        "start => enter:s enter:p timer:l#1=P3D enter:ps enter:pf enter:pu task:pu#2=Do pu/clerk enter:pt timer:pt#3=P9D
         !l#1 => enter:l cancel-task:pu#2 cancel-timer:pt#3 enter:late end:late",
    );
}

#[test]
fn terminate_ends_only_its_scope() {
    check(
        "s: start
         p: sub
           ps: start
           pf: and
           pu: user
           pv: user
           pe: end
           stop: terminate
           ps -> pf
           pf -> pu
           pf -> pv
           pu -> stop
           pv -> pe
         close
         v: user
         e: end
         s -> p
         p -> v
         v -> e",
        "start => enter:s enter:p enter:ps enter:pf enter:pu task:pu#2=Do pu/clerk enter:pv task:pv#3=Do pv/clerk
         pu#2 => enter:stop end:stop cancel-task:pv#3 enter:v task:v#4=Do v/clerk",
    );
}

#[test]
fn errors_are_caught_outside() {
    let model = "s: start
         p: sub
           ps: start
           pf: and
           pu: user
           pc: call register
           oops: end error gone
           q: xor
           pe: end
           ps -> pf
           pf -> pu
           pf -> pc
           pu -> q
           q -> oops [yes]
           q -> pe *
           pc -> pe
         close
         named: edge p error gone
         any: edge p error
         e: end
         a: end
         b: end
         s -> p
         p -> e
         named -> a
         any -> b";
    let begin =
        "start => enter:s enter:p enter:ps enter:pf enter:pu task:pu#2=Do pu/clerk enter:pc call:pc#3=register\n";
    check(
        model,
        &format!("{begin}pu#2 => enter:q enter:oops end:oops enter:named enter:a end:a"),
    );
    check(
        model,
        &format!("{begin}?pc#3 down => enter:any cancel-task:pu#2 enter:b end:b"),
    );
    check(
        "s: start
         c: call x
         e: end
         s -> c
         c -> e",
        "start => enter:s enter:c call:c#1=x
         ?c#1 down => error Uncaught { element: \"c\", code: \"down\" }
         c#1 => enter:e end:e",
    );
    // What nobody catches ends the whole process.
    check(
        "s: start
         f: and
         u: user
         v: user
         oops: end error gone
         e: end
         s -> f
         f -> u
         f -> v
         u -> oops
         v -> e",
        "start => enter:s enter:f enter:u task:u#1=Do u/clerk enter:v task:v#2=Do v/clerk
         u#1 => enter:oops end:oops cancel-task:v#2",
    );
}

#[test]
fn escalations_may_leave_what_they_come_from_running() {
    let model = |edge: &str| {
        format!(
            "s: start
             p: sub
               ps: start
               q: xor
               up: throw escalation boss
               pu: user
               pe: end
               ps -> q
               q -> up [yes]
               q -> pu *
               up -> pu
               pu -> pe
             close
             x: {edge} p escalation boss
             v: user
             e: end
             s -> p
             p -> e
             x -> v
             v -> e"
        )
    };
    check(
        &model("edge-aside"),
        "start => enter:s enter:p enter:ps enter:q enter:up enter:x enter:pu task:pu#2=Do pu/clerk enter:v task:v#3=Do v/clerk
         pu#2 => enter:pe end:pe enter:e end:e
         v#3 => enter:e end:e",
    );
    check(
        &model("edge"),
        "start => enter:s enter:p enter:ps enter:q enter:up enter:x enter:v task:v#2=Do v/clerk
         v#2 => enter:e end:e",
    );
}

#[test]
fn an_event_subprocess_does_not_hear_its_own_escalation() {
    check(
        "s: start
         t: throw escalation boss
         u: user
         e: end
         s -> t
         t -> u
         u -> e
         x: event-sub
           xs: start-aside escalation boss
           xt: throw escalation boss
           xe: end
           xs -> xt
           xt -> xe
         close",
        "start => enter:s enter:t enter:x enter:u task:u#2=Do u/clerk enter:xs enter:xt enter:xe end:xe
         u#2 => enter:e end:e",
    );
}

#[test]
fn a_history_with_answers_nobody_asked_for_is_refused() {
    let process = process("s: start\nx: xor\na: end\nb: end\ns -> x\nx -> a [yes]\nx -> b *");
    let history = |answers: &[Answer]| {
        process.replay(&[Recorded {
            input: Began::Started(None),
            answers: answers.to_vec(),
        }])
    };
    let holds = Answer::Holds(true);
    assert!(history(&[holds]).unwrap().finished);
    for wrong in [&[][..], &[holds, holds], &[Answer::Count(1)]] {
        assert_eq!(history(wrong), Err(StepError::History { step: 0 }), "{wrong:?}");
    }
}

#[test]
fn event_subprocesses() {
    let model = |start: &str| {
        format!(
            "s: start
             u: user
             e: end
             s -> u
             u -> e
             x: event-sub
               xs: {start} message news
               xu: user
               xe: end
               xs -> xu
               xu -> xe
             close"
        )
    };
    check(
        &model("start"),
        "start => enter:s enter:u task:u#1=Do u/clerk
         \"news\" => cancel-task:u#1 enter:x enter:xs enter:xu task:xu#3=Do xu/clerk
         \"news\" => error NotAwaited { message: \"news\" }
         xu#3 => enter:xe end:xe",
    );
    check(
        &model("start-aside"),
        "start => enter:s enter:u task:u#1=Do u/clerk
         \"news\" => enter:x enter:xs enter:xu task:xu#3=Do xu/clerk
         \"news\" => enter:x enter:xs enter:xu task:xu#5=Do xu/clerk
         u#1 => enter:e end:e
         xu#5 => enter:xe end:xe
         xu#3 => enter:xe end:xe",
    );
    let timed = model("start-aside").replace("message news", "timer R2/P7D");
    check(
        &timed,
        "start => timer:xs#0=R2/P7D enter:s enter:u task:u#1=Do u/clerk
         !xs#0 => enter:x timer:xs#0=R1/P7D enter:xs enter:xu task:xu#3=Do xu/clerk
         !xs#0 => enter:x enter:xs enter:xu task:xu#5=Do xu/clerk
         !xs#0 => error NotWaiting { element: \"xs\", token: 0 }",
    );
}

#[test]
fn a_message_goes_to_the_innermost_that_listens() {
    let listens =
        |id: &str| format!("{id}: event-sub\n{id}s: start-aside message news\n{id}e: end\n{id}s -> {id}e\nclose");
    check(
        &format!(
            "s: start
             p: sub
               ps: start
               q: sub
                 qs: start
                 u: user
                 qe: end
                 qs -> u
                 u -> qe
                 {}
               close
               v: user
               pe: end
               ps -> q
               q -> v
               v -> pe
               {}
             close
             e: end
             s -> p
             p -> e",
            listens("x"),
            listens("y")
        ),
        "start => enter:s enter:p enter:ps enter:q enter:qs enter:u task:u#3=Do u/clerk
         \"news\" => enter:x enter:xs enter:xe end:xe
         u#3 => enter:qe end:qe enter:v task:v#5=Do v/clerk
         \"news\" => enter:y enter:ys enter:ye end:ye",
    );
}

#[test]
fn a_message_goes_to_what_has_waited_longest() {
    // A step is older than the subprocess that began after it, and older than the one that began before it is none.
    let listening = |first: &str, second: &str| {
        format!(
            "s: start
             {first}
             p: sub
               ps: start
               u: user
               pe: end
               ps -> u
               u -> pe
               x: event-sub
                 xs: start-aside message news
                 xe: end
                 xs -> xe
               close
             close
             f: and
             m: catch message news
             e: end
             f -> p
             p -> e
             {second}
             m -> e"
        )
    };
    check(
        &listening("s -> f", "k: user\nf -> k\nk -> m"),
        "start => enter:s enter:f enter:p enter:k task:k#2=Do k/clerk enter:ps enter:u task:u#3=Do u/clerk
         k#2 => enter:m
         \"news\" => enter:x enter:xs enter:xe end:xe
         u#3 => enter:pe end:pe enter:e end:e
         \"news\" => enter:e end:e",
    );
    check(
        &listening(
            "g: and\ns -> g\nk: user\ng -> k\nk -> f",
            "g -> m\nz: user\nf -> z\nz -> e",
        ),
        "start => enter:s enter:g enter:k task:k#1=Do k/clerk enter:m
         k#1 => enter:f enter:p enter:z task:z#4=Do z/clerk enter:ps enter:u task:u#5=Do u/clerk
         \"news\" => enter:e end:e
         \"news\" => enter:x enter:xs enter:xe end:xe",
    );
}

#[test]
fn what_an_interrupting_event_subprocess_keeps_from_beginning_waits_no_longer() {
    let model = |first: &str| {
        format!(
            "s: start
             u: user
             e: end
             s -> u
             u -> e
             x: event-sub
               xs: start {first}
               xu: user
               xe: end
               xs -> xu
               xu -> xe
             close
             y: event-sub
               ys: start-aside timer R/P1D
               ye: end
               ys -> ye
             close"
        )
    };
    check(
        &model("message news"),
        "start => timer:ys#0=R/P1D enter:s enter:u task:u#1=Do u/clerk
         \"news\" => cancel-task:u#1 cancel-timer:ys#0 enter:x enter:xs enter:xu task:xu#3=Do xu/clerk
         !ys#0 => error NotWaiting { element: \"ys\", token: 0 }",
    );
    // Nor does the timer that began it, though it repeats.
    let state = check(
        &model("timer R3/P7D"),
        "start => timer:xs#0=R3/P7D timer:ys#0=R/P1D enter:s enter:u task:u#1=Do u/clerk
         !xs#0 => cancel-task:u#1 cancel-timer:ys#0 enter:x enter:xs enter:xu task:xu#3=Do xu/clerk",
    );
    assert_eq!(state.timers().count(), 0);
}

#[test]
fn a_reminder_repeats_as_often_as_it_says() {
    check(
        "s: start
         u: user
         r: reminder u R2/P7D
         c: call remind
         e: end
         s -> u
         u -> e
         r -> c
         c -> e",
        "start => enter:s enter:u task:u#1=Do u/clerk timer:r#1=R2/P7D
         !r#1 => enter:r timer:r#1=R1/P7D enter:c call:c#2=remind
         c#2 => enter:e end:e
         !r#1 => enter:r enter:c call:c#3=remind
         !r#1 => error NotWaiting { element: \"r\", token: 1 }
         u#1 => enter:e end:e",
    );
}

#[test]
fn what_was_done_is_undone_newest_first() {
    check(
        "s: start
         a: call pay
         b: call book
         c: call tell
         back: throw compensation
         e: end
         xa: edge a compensation
         xb: edge b compensation
         ua: call unpay | undo
         ub: call unbook | undo
         xa ~ ua
         xb ~ ub
         s -> a
         a -> b
         b -> c
         c -> back
         back -> e",
        "start => enter:s enter:a call:a#1=pay
         a#1 => enter:b call:b#3=book
         b#3 => enter:c call:c#5=tell
         c#5 => enter:back enter:ub call:ub#7=unbook
         ub#7 => enter:ua call:ua#8=unpay
         ua#8 => enter:e end:e",
    );
}

#[test]
fn nothing_is_undone_twice_and_the_end_forgets_what_was_done() {
    let state = check(
        "s: start
         a: call pay
         xa: edge a compensation
         ua: call unpay | undo
         xa ~ ua
         one: throw compensation
         two: throw compensation
         b: call book
         xb: edge b compensation
         ub: call unbook | undo
         xb ~ ub
         e: end
         s -> a
         a -> one
         one -> two
         two -> b
         b -> e",
        "start => enter:s enter:a call:a#1=pay
         a#1 => enter:one enter:ua call:ua#4=unpay
         ua#4 => enter:two enter:b call:b#6=book
         b#6 => enter:e end:e",
    );
    assert!(state.finished && state.done().count() == 0);
}

#[test]
fn a_transaction_is_cancelled_and_undone() {
    check(
        "s: start
         t: transaction
           ts: start
           a: call pay
           xa: edge a compensation
           ua: call unpay | undo
           xa ~ ua
           q: xor
           no: end cancel
           te: end
           ts -> a
           a -> q
           q -> no [n = 3]
           q -> te *
         close
         off: edge t cancel
         e: end
         stop: end
         s -> t
         t -> e
         off -> stop",
        "start => enter:s enter:t enter:ts enter:a call:a#2=pay
         a#2 => enter:q enter:no end:no enter:ua call:ua#5=unpay
         ua#5 => enter:off enter:stop end:stop",
    );
}

#[test]
fn a_repeated_transaction_is_cancelled_as_a_whole() {
    check(
        "s: start
         t: transaction | multi 2
           ts: start
           a: call pay
           q: xor
           no: end cancel
           te: end
           ts -> a
           a -> q
           q -> no [n = 3]
           q -> te *
         close
         off: edge t cancel
         e: end
         stop: end
         s -> t
         t -> e
         off -> stop",
        "start => enter:s enter:t enter:ts enter:ts enter:a call:a#4=pay enter:a call:a#5=pay
         a#4 => enter:q enter:no end:no enter:off enter:stop end:stop",
    );
}

#[test]
fn a_subprocess_is_undone_by_undoing_what_was_done_in_it() {
    check(
        "s: start
         p: sub
           ps: start
           a: call pay | multi 2
           xa: edge a compensation
           ua: call unpay | undo
           xa ~ ua
           pe: end
           ps -> a
           a -> pe
         close
         back: end compensation p
         s -> p
         p -> back",
        "start => enter:s enter:p enter:ps enter:a call:a#3=pay call:a#4=pay
         a#4 =>
         a#3 => enter:pe end:pe enter:back end:back enter:ua call:ua#9=unpay
         ua#9 => enter:ua call:ua#10=unpay
         ua#10 =>",
    );
}

#[test]
fn a_handler_inside_a_subprocess_undoes_what_was_done_in_that_subprocess() {
    let model = |what: &str| {
        format!(
            "s: start
             b: call book
             xb: edge b compensation
             ub: call unbook | undo
             xb ~ ub
             p: sub
               ps: start
               a: call pay
               xa: edge a compensation
               ua: call unpay | undo
               xa ~ ua
               pe: end
               ps -> a
               a -> pe
               h: event-sub
                 hs: start compensation
                 ht: throw compensation
                 he: end
                 hs -> ht
                 ht -> he
               close
             close
             back: throw compensation {what}
             e: end
             s -> b
             b -> p
             p -> back
             back -> e"
        )
    };
    let begin = "start => enter:s enter:b call:b#1=book
         b#1 => enter:p enter:ps enter:a call:a#4=pay
         a#4 => enter:pe end:pe enter:back enter:h enter:hs enter:ht enter:ua call:ua#10=unpay\n";
    check(&model("p"), &format!("{begin} ua#10 => enter:he end:he enter:e end:e"));
    check(
        &model(""),
        &format!(
            "{begin} ua#10 => enter:he end:he enter:ub call:ub#11=unbook
             ub#11 => enter:e end:e"
        ),
    );
}

#[test]
fn multi_instance_activities() {
    check(
        "s: start
         u: user | each list item
         l: limit u P3D
         e: end
         s -> u
         u -> e
         l -> e",
        "start => enter:s enter:u timer:l#1=P3D task:u#2=Do u/clerk task:u#3=Do u/clerk task:u#4=Do u/clerk
         u#3 =>
         u#4 =>
         u#2 => cancel-timer:l#1 enter:e end:e",
    );
    check(
        "s: start
         u: user | seq-each list item
         e: end
         s -> u
         u -> e",
        "start => enter:s enter:u task:u#2=Do u/clerk
         u#2 => task:u#3=Do u/clerk
         u#3 => task:u#4=Do u/clerk
         u#4 => enter:e end:e",
    );
    check(
        "s: start
         u: user | multi n; stop numberOfCompletedInstances >= 2
         e: end
         s -> u
         u -> e",
        "start => enter:s enter:u task:u#2=Do u/clerk task:u#3=Do u/clerk task:u#4=Do u/clerk
         u#4 =>
         u#2 => cancel-task:u#3 enter:e end:e",
    );
    check(
        "s: start
         u: user | each none item
         l: limit u P3D
         e: end
         s -> u
         u -> e
         l -> e",
        "start => enter:s enter:u enter:e end:e",
    );
    check(
        "s: start
         u: user | each word item
         e: end
         s -> u
         u -> e",
        "start => error Expression { element: \"u\", got: \"a text\", wanted: \"a list or a whole number\" }",
    );
}

/// A repetition of `u`, and what happens.
#[test]
fn repetitions_count_and_end() {
    let model = |how: &str| format!("s: start\nu: user | {how}\ne: end\ns -> u\nu -> e");
    check(
        &model("multi n / 2"),
        "start => error Expression { element: \"u\", got: \"another number\", wanted: \"a list or a whole number\" }",
    );
    check(
        &model("multi n; stop numberOfActiveInstances = 1"),
        "start => enter:s enter:u task:u#2=Do u/clerk task:u#3=Do u/clerk task:u#4=Do u/clerk
         u#3 =>
         u#2 => cancel-task:u#4 enter:e end:e",
    );
    let twice = model_of(&model("until-done n = 3")).replace(
        "<standardLoopCharacteristics ",
        "<standardLoopCharacteristics loopMaximum='2' ",
    );
    run(
        &Process::parse(&twice).unwrap(),
        "start => enter:s enter:u task:u#2=Do u/clerk
         u#2 => task:u#3=Do u/clerk
         u#3 => enter:e end:e",
    );
    // No state grows without end.
    check(
        "s: start\np: sub | multi 3\nps: start\nu: user | multi 9000\npe: end\nps -> u\nu -> pe\nclose\ne: end\ns -> p\np -> e",
        "start => error Endless { element: \"u\", limit: 100000 }",
    );
}

/// `items` of a repetition in `vars`: how often it runs, or what its list gave instead.
#[test]
fn a_list_is_what_feel_says_and_one_that_is_missing_is_an_error() {
    let vars = json!({"antrag": {"haushalt": [{"name": "a"}, {"name": "b"}], "unterhalt": [], "leer": null, "person": {"name": "c"}}});
    for (list, expected) in [
        ("antrag.haushalt", Ok(2)),
        ("antrag.unterhalt", Ok(0)),
        ("antrag.haushalt.name", Ok(2)),
        ("antrag.untrhalt", Err("null")),
        ("antrag.leer", Err("null")),
        ("antrag.person", Err("a context")),
        ("fehlt", Err("null")),
        ("antrag.person.name.weiter", Err("null")),
    ] {
        let process = process(&format!("s: start\nu: user | each {list} item\ne: end\ns -> u\nu -> e"));
        match (process.start(&vars), expected) {
            (Ok((state, _)), Ok(count)) => assert_eq!(state.tokens().count(), count, "{list}"),
            (Err(StepError::Expression { got, .. }), Err(expected)) => assert_eq!(got, expected, "{list}"),
            (got, expected) => panic!("{list}: {got:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn an_item_that_the_list_has_no_longer_is_an_error() {
    let process = process(
        "s: start
         p: sub | each antrag.haushalt.name person
           ps: start
           pu: user
           x: xor
           pa: end
           pb: end
           ps -> pu
           pu -> x
           x -> pa [person = \"b\"]
           x -> pb *
         close
         e: end
         s -> p
         p -> e",
    );
    let vars = |names: &[&str]| json!({"antrag": {"haushalt": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()}});
    let (mut state, _) = process.start(&vars(&["a", "b"])).unwrap();
    let second = state.tokens().last().unwrap().id;
    assert_eq!(
        serde_json::Value::Object(process.loop_variables(&state, second, &vars(&["a", "b"]))),
        json!({"loopCounter": 2, "person": "b"})
    );
    let input = Input::Complete {
        element: "pu".into(),
        token: second,
    };
    let before = state.clone();
    let error = process.advance(&mut state, &input, &vars(&["a"])).unwrap_err();
    assert!(error.to_string().contains("no item 2 of the list"), "{error}");
    assert_eq!(state, before);
    assert_eq!(
        serde_json::Value::Object(process.loop_variables(&state, second, &vars(&["a"]))),
        json!({"loopCounter": 2})
    );
    let moved = process.advance(&mut state, &input, &vars(&["a", "b"])).unwrap();
    assert!(show(&moved.effects).contains("enter:pa"), "{moved:?}");
}

#[test]
fn an_instance_knows_its_item() {
    let process = process(
        "s: start
         p: sub | each list item
           ps: start
           q: xor
           pu: user
           pe: end
           ps -> q
           q -> pu [item = \"b\" and loopCounter = 2]
           q -> pe *
           pu -> pe
         close
         e: end
         s -> p
         p -> e",
    );
    let vars = json!({"list": ["a", "b", "c"]});
    let (state, effects) = process.start(&vars).unwrap();
    assert!(show(&effects).contains("task:pu#"), "{}", show(&effects));
    let token = state.tokens().next().unwrap().id;
    let brought = process.loop_variables(&state, token, &vars);
    assert_eq!(
        serde_json::Value::Object(brought),
        json!({"loopCounter": 2, "item": "b"})
    );
    assert_eq!(process.reads(), [("list", "p")]);
}

#[test]
fn loops() {
    check(
        "s: start
         u: user | while loopCounter < 2
         e: end
         s -> u
         u -> e",
        "start => enter:s enter:u task:u#2=Do u/clerk
         u#2 => task:u#3=Do u/clerk
         u#3 => enter:e end:e",
    );
    check(
        "s: start
         u: user | until-done n = 4
         e: end
         s -> u
         u -> e",
        "start => enter:s enter:u task:u#2=Do u/clerk
         u#2 => enter:e end:e",
    );
    check(
        "s: start
         u: user | while n = 4
         e: end
         s -> u
         u -> e",
        "start => enter:s enter:u enter:e end:e",
    );
}

#[test]
fn scripts_set_data_objects() {
    check(
        "s: start
         sum: data
         a: script sum = n * 2
         q: xor
         m: manual
         x: end
         y: end
         s -> a
         a -> q
         q -> m [sum = 6]
         q -> y *
         m -> x",
        "start => enter:s enter:a set:a:sum=6 enter:q enter:m enter:x end:x",
    );
    // A script in a loop that never waits may run often.
    check(
        "s: start
         sum: data
         a: script sum = loopCounter | seq 1000
         e: end
         s -> a
         a -> e",
        &format!(
            "start => enter:s enter:a {} enter:e end:e",
            (1..=1000)
                .map(|n| format!("set:a:sum={n}"))
                .collect::<Vec<_>>()
                .join(" ")
        ),
    );
}

#[test]
fn links_lead_on() {
    check(
        "s: start
         t: throw link far
         c: catch link far
         e: end
         s -> t
         c -> e",
        "start => enter:s enter:t enter:c enter:e end:e",
    );
}

#[test]
fn a_process_begins_by_an_event() {
    let process = process(
        "s: start
         m: start message order
         u: user
         e: end
         s -> u
         m -> u
         u -> e",
    );
    let (_, moved) = process.start_at("m", &json!({})).unwrap();
    assert_eq!(show(&moved.effects), "enter:m enter:u task:u#1=Do u/clerk");
    assert!(process.start_at("u", &json!({})).is_err());
    let (state, _) = process.start(&json!({})).unwrap();
    let awaited = process.awaited(&state);
    assert_eq!(
        (awaited.len(), awaited[0].element.as_str(), &awaited[0].event),
        (1, "u", &Event::None)
    );
}

#[test]
fn an_error_leaves_the_state_as_it_was() {
    let process = process(
        "s: start
         p: sub | each list item
           ps: start
           pu: user
           pe: end
           ps -> pu
           pu -> pe
         close
         x: xor
         a: end
         b: end
         s -> p
         p -> x
         x -> a [wrong]
         x -> b *",
    );
    let vars = json!({"list": [1, 2], "wrong": 7});
    let (mut state, _) = process.start(&vars).unwrap();
    let tokens: Vec<u64> = state.tokens().map(|token| token.id).collect();
    let done = |token: u64| Input::Complete {
        element: "pu".into(),
        token,
    };
    process.advance(&mut state, &done(tokens[0]), &vars).unwrap();
    let before = state.clone();
    let error = process.advance(&mut state, &done(tokens[1]), &vars).unwrap_err();
    assert!(error.to_string().contains("`x`"), "{error}");
    assert_eq!(state, before);
    assert_eq!(
        serde_json::to_string(&state).unwrap(),
        serde_json::to_string(&before).unwrap()
    );
    process
        .advance(&mut state, &done(tokens[1]), &json!({"wrong": true}))
        .unwrap();
    assert!(state.finished);
}

/// Each model, and a part of each finding, in order.
#[test]
fn what_cannot_happen_is_refused() {
    let sub = |inside: &str| format!("s: start\np: sub\n{inside}\nclose\ne: end\ns -> p\np -> e");
    let cases: Vec<(String, Vec<&str>)> = vec![
        (sub(""), vec!["`p` hat kein Startereignis", "`p` hat kein Endereignis"]),
        (sub("a: start\nb: end\na -> b\nu: user\nu -> b"), vec!["`u` ist vom Start aus nicht erreichbar"]),
        (sub("a: start\nb: end\na -> e"), vec!["in einem anderen Teilprozess", "Sackgasse", "`b` ist vom Start aus nicht"]),
        (sub("a: start message m\nb: end\na -> b"), vec!["Dieser Auslöser kann hier nichts beginnen"]),
        (
            "s: start\nk: run Q\ne: end\ns -> k\nk -> e".into(),
            vec!["`k` ruft den Prozess `Q`"],
        ),
        (
            "s: start\nk: run Q\ne: end\ns -> k\nk -> e\nprocess Q\na: start\nr: run Q\nb: end\na -> r\nr -> b\nclose".into(),
            vec!["ruft sich hier selbst auf"],
        ),
        (
            "s: start\nu: user\ng: events\nm: catch message a\ne: end\ns -> g\ng -> m\ng -> u\nm -> e\nu -> e".into(),
            vec!["wartet `u` auf kein Ereignis"],
        ),
        (
            "s: start\nm: manual\nl: limit m P1D\ne: end\ns -> m\nm -> e\nl -> e".into(),
            vec!["`l` kann nie eintreten"],
        ),
        (
            "s: start\nu: user\nl: edge u cancel\ne: end\ns -> u\nu -> e\nl -> e".into(),
            vec!["`l` kann nie eintreten", "Nur eine Transaktion"],
        ),
        ("s: start\ne: end cancel\ns -> e".into(), vec!["liegt aber in keiner"]),
        (
            "s: start\nu: user\nl: edge u compensation\ne: end\ns -> u\nu -> e".into(),
            vec!["Die Aktivität fehlt, die rückgängig macht"],
        ),
        ("s: start\nu: user | undo\nv: user\ne: end\ns -> v\nv -> e".into(), vec!["hängt aber an keinem"]),
        ("s: start\nt: throw link a\ne: end\nu: user\ns -> u\nu -> t\nu -> e".into(), vec!["hat kein Ziel"]),
        ("s: start\nc: catch link a\nu: user\ne: end\ns -> u\nu -> e\nc -> e".into(), vec!["führt kein Weg", "nicht erreichbar"]),
        ("s: start\na: script sum = 1\ne: end\ns -> a\na -> e".into(), vec!["unbekannte Datenobjekt `sum`"]),
        ("s: start\na: send \ne: end\ns -> a\na -> e".into(), vec!["die Nachricht fehlt"]),
        ("s: start\nu: user | multi for i in a return i\ne: end\ns -> u\nu -> e".into(), vec!["nicht erlaubt"]),
        ("s: start\nx: xor\ne: end\nf: end\ns -> x\nx -> e [today() > date(\"2026-06-01\")]\nx -> f *".into(), vec!["liest die Uhr"]),
        (
            "s: start\nf: and\nu: user\ng: events\nm: catch message a\nn: catch message b\ne: end\ns -> f\nf -> u\nf -> g\nu -> m\ng -> m\ng -> n\nm -> e\nn -> e".into(),
            vec!["wartet `m` auf kein Ereignis"],
        ),
        ("s: start\nu: user\ne: end\ns -> u\nu -> e *".into(), vec!["hat einen Standardweg, verzweigt aber nicht"]),
        ("s: start\nt: timer R3/31.3.\ne: end\ns -> t\nt -> e".into(), vec!["keine Wiederholung"]),
        (
            "s: start\nx: xor\na: user\nb: user\nj: and\ne: end\ns -> x\nx -> a [n = 1]\nx -> b *\na -> j\nb -> j\nj -> e".into(),
            vec!["`j` (paralleles Gateway) wartet auf einem Weg vergeblich"],
        ),
        (
            "s: start\nf: and\na: or\nb: or\ne: end\ns -> f\nf -> a\nf -> b\na -> b [n = 1]\na -> e *\nb -> a [n = 2]\nb -> e *".into(),
            vec!["vergeblich"],
        ),
    ];
    for (text, expected) in cases {
        let xml = model(&text);
        let findings = Process::parse(&xml).expect_err(&text);
        let got: Vec<String> = findings.iter().map(|f| format!("{}: {}", f.line, f.message)).collect();
        let all = expected.iter().all(|part| got.iter().any(|got| got.contains(part)));
        assert!(
            all && got.len() == expected.len(),
            "{text}\n{got:#?}\nexpected {expected:#?}"
        );
    }
}

/// What a case can have any number of is looked at up to three: the ways end though the numbers do not.
#[test]
fn what_piles_up_without_an_end_is_walked_to_its_end() {
    let reminding = process(
        "s: start\nu: user\nr: reminder u R/P7D\nc: call remind\nx: xor\nf: end\ne: end\ns -> u\nu -> x\nx -> u [again]\nx -> e *\nr -> c\nc -> f",
    );
    let walked = reminding.soundness();
    assert!(walked.complete && walked.states < 20, "{walked:?}");
    // So does what is done again and again and may be undone.
    let undoing = process(
        "s: start\nu: user\nxu: edge u compensation\nh: user | undo\nxu ~ h\nx: xor\nb: throw compensation\ne: end\ns -> u\nu -> x\nx -> u [again]\nx -> b *\nb -> e",
    );
    let walked = undoing.soundness();
    assert!(walked.complete && walked.states < 20, "{walked:?}");
}

/// A model as XML that must be accepted.
fn written(inside: &str) -> Process {
    let file = file(inside).replace("<process", "<resource id='clerks' name='clerk'/><process");
    Process::parse(&file).unwrap_or_else(|findings| panic!("{findings:#?}\n{file}"))
}

/// The standard's own forms, beside the attributes of our namespace: as a modeller writes them.
#[test]
fn a_list_comes_in_as_the_standard_says() {
    let task = |input: &str, reference: &str| {
        format!(
            "<startEvent id='s'/>
             <userTask id='u' name='Do u'>
               <ioSpecification>
                 <dataInput id='in'/>
                 <inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet/>
               </ioSpecification>
               <dataInputAssociation><sourceRef>{input}</sourceRef><targetRef>in</targetRef></dataInputAssociation>
               <potentialOwner><resourceRef>clerks</resourceRef></potentialOwner>
               <multiInstanceLoopCharacteristics>
                 <loopDataInputRef>{reference}</loopDataInputRef>
                 <inputDataItem id='one' name='einer'/>
               </multiInstanceLoopCharacteristics>
             </userTask>
             <endEvent id='e'/>
             <dataObject id='list' isCollection='true'/>
             <dataObjectReference id='list_shown' dataObjectRef='list'/>
             <sequenceFlow id='f' sourceRef='s' targetRef='u'/>
             <sequenceFlow id='g' sourceRef='u' targetRef='e'/>"
        )
    };
    for (input, reference) in [
        ("list", "in"),
        ("list_shown", "in"),
        ("list", "list"),
        ("list_shown", "list_shown"),
    ] {
        let process = written(&task(input, reference));
        let state = run(
            &process,
            "start => enter:s enter:u task:u#2=Do u/clerk task:u#3=Do u/clerk task:u#4=Do u/clerk
             u#3 =>
             u#2 =>",
        );
        let brought = process.loop_variables(&state, 4, &json!({"list": ["a", "b", "c"]}));
        assert_eq!(brought.get("einer"), Some(&json!("c")), "{brought:?}");
    }
}

#[test]
fn the_inner_lane_says_whose_work_it_is() {
    let process = written(
        "<laneSet id='ls'>
           <lane id='amt' name='Amt' w:role='amt'>
             <flowNodeRef>s</flowNodeRef><flowNodeRef>u</flowNodeRef><flowNodeRef>v</flowNodeRef>
             <childLaneSet id='inner'>
               <lane id='leitung' name='Leitung' w:role='leitung'><flowNodeRef>v</flowNodeRef></lane>
             </childLaneSet>
           </lane>
         </laneSet>
         <startEvent id='s'/><userTask id='u' name='Do u'/><userTask id='v' name='Do v'/><endEvent id='e'/>
         <sequenceFlow id='f' sourceRef='s' targetRef='u'/>
         <sequenceFlow id='g' sourceRef='u' targetRef='v'/>
         <sequenceFlow id='h' sourceRef='v' targetRef='e'/>",
    );
    run(
        &process,
        "start => enter:s enter:u task:u#1=Do u/amt
         u#1 => enter:v task:v#2=Do v/leitung",
    );
    let lane = |id: &str| process.element(id).and_then(|element| element.lane.clone());
    assert_eq!((lane("u"), lane("v")), (Some("Amt".into()), Some("Leitung".into())));
}

/// Modellers draw a reference, and write the name people gave it there and not at the object.
#[test]
fn a_data_object_has_the_name_of_its_reference() {
    let process = written(
        "<startEvent id='s'/>
         <scriptTask id='t' scriptFormat='FEEL'>
           <script>n * 2</script>
           <dataOutputAssociation id='out'><targetRef>Reference_1</targetRef></dataOutputAssociation>
         </scriptTask>
         <userTask id='u' name='Do u'><potentialOwner><resourceRef>clerks</resourceRef></potentialOwner></userTask>
         <endEvent id='e'/>
         <dataObjectReference id='Reference_1' name='doppelt' dataObjectRef='Object_1'/>
         <dataObjectReference id='Reference_2' name='Doppelt, noch einmal' dataObjectRef='Object_1'/>
         <dataObject id='Object_1'/>
         <sequenceFlow id='f' sourceRef='s' targetRef='t'/>
         <sequenceFlow id='g' sourceRef='t' targetRef='u'/>
         <sequenceFlow id='h' sourceRef='u' targetRef='e'/>",
    );
    run(
        &process,
        "start => enter:s enter:t set:t:doppelt=6 enter:u task:u#1=Do u/clerk",
    );
    assert_eq!(process.data()[0].name, "doppelt");
}

#[test]
fn many_that_are_alike_come_to_their_end() {
    for n in [4, 5, 8] {
        let ways = "f -> x\n".repeat(n);
        let one = process(&format!(
            "s: start\nf: and\nx: xor\na: user\ne: end\ns -> f\n{ways}x -> a\na -> e"
        ));
        assert!(one.soundness().complete);
        // What was done counts too where it can be undone.
        let undone = format!(
            "s: start\nf: and\nx: xor\na: user\nc: edge a compensation\nv: user | undo\ne: end\ns -> f\n{ways}x -> a\na -> e\nc ~ v"
        );
        assert!(process(&undone).soundness().complete);
    }
    for n in [4, 5] {
        let ways: String = (1..=n).map(|n| format!("u{n}: user\nf -> u{n}\nu{n} -> a\n")).collect();
        let many = process(&format!("s: start\nf: and\na: user\ne: end\ns -> f\n{ways}a -> e"));
        assert!(many.soundness().complete);
    }
}

#[test]
fn the_bound_of_exploring_is_said() {
    let ways: String = (0..9)
        .map(|n| format!("a{n}: user\nb{n}: user\nf -> a{n}\na{n} -> b{n}\nb{n} -> j\n"))
        .collect();
    let wide = process(&format!("s: start\nf: and\nj: and\ne: end\ns -> f\n{ways}j -> e"));
    assert!(
        !wide.soundness().complete && wide.soundness().states >= 1_000,
        "{:?}",
        wide.soundness()
    );
    let small = process("s: start\nu: user\ne: end\ns -> u\nu -> e");
    assert!(
        small.soundness().complete && small.soundness().states == 2,
        "{:?}",
        small.soundness()
    );
    // What a script sets changes what the same condition gives: `t` is reached, once or several times.
    let script = process(
        "s: start\nsum: data\nx: xor\na: script sum = 1\nf: and\nt: user\ne: end\ns -> x\nx -> a [n = 1]\nx -> e *\na -> f\nf -> t\nf -> x\nt -> e",
    );
    assert!(script.soundness().states >= 3, "{:?}", script.soundness());
    // By which way a token has come to a join makes another state.
    let ways = process(
        "s: start\nf: and\nu: user\nv: user\nx: xor\nj: or\ne: end\ns -> f\nf -> u\nf -> v\nu -> x\nx -> j [yes]\nx -> j *\nv -> j\nj -> e",
    );
    assert_eq!(ways.soundness().states, 5, "{:?}", ways.soundness());
    // What a handler can still undo is part of a state.
    let undoing = process(UNDOING);
    assert!(undoing.soundness().complete);
    assert_eq!(undoing.soundness().states, 11, "{:?}", undoing.soundness());
}

/// `p` is undone by what lies in it, after `z`; either `a` or `b` was done in it.
const UNDOING: &str = "s: start
    p: sub
      ps: start
      x: xor
      a: call pay
      xa: edge a compensation
      ua: call unpay | undo
      xa ~ ua
      b: call book
      xb: edge b compensation
      ub: call unbook | undo
      xb ~ ub
      pe: end
      ps -> x
      x -> a [yes]
      x -> b *
      a -> pe
      b -> pe
      h: event-sub
        hs: start compensation
        hu: user
        ht: throw compensation
        he: end
        hs -> hu
        hu -> ht
        ht -> he
      close
    close
    z: call z
    xz: edge z compensation
    uz: call unz | undo
    xz ~ uz
    back: throw compensation
    e: end
    s -> p
    p -> z
    z -> back
    back -> e";

#[test]
fn a_case_that_undoes_moves_with_what_it_still_has_to_undo() {
    let process = process(UNDOING);
    let none = std::collections::BTreeMap::new();
    let plan = Migration::plan(&process, &process, &none).unwrap();
    let vars = json!({"yes": true});
    let (mut state, _) = process.start(&vars).unwrap();
    let mut seen = Vec::new();
    while !state.finished {
        let moved = plan.check(&state).unwrap();
        assert_eq!(moved.after, state);
        let stored = serde_json::to_string(&moved.after).unwrap();
        state = serde_json::from_str(&stored).unwrap();
        let token = state.tokens().next().unwrap();
        let (element, token) = (token.element.clone(), token.id);
        seen.push(element.clone());
        state = process
            .step(&state, &Input::Complete { element, token }, &vars)
            .unwrap()
            .0;
    }
    assert_eq!(seen, ["a", "z", "uz", "hu", "ua"]);
}
