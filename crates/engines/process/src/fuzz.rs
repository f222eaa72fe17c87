//! What a fuzzer calls: functions from bytes to a result. They hold for every input and end by an assertion where they do not.
//! docs/fuzzing.md says how they are run; the tests below run the inputs kept in `fuzz/`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::Source;
use crate::effect::Input;
use crate::expression::{Expression, Use};
use crate::machine::{Began, Recorded};
use crate::model::{Event, Process};
use crate::state::State;
use crate::{Document, Finding, Migration};

/// Any bytes as a file: what is read is written again to the same, what is refused names its place, and what runs can be moved to
/// itself. Says how many elements would run.
pub fn file(bytes: &[u8]) -> Result<usize, Vec<Finding>> {
    let text = String::from_utf8_lossy(bytes);
    let read = Process::parse(&text);
    match Document::parse(&text) {
        Ok(document) => {
            let written = document.write();
            let again = Document::parse(&written).map(|again| again.write());
            assert_eq!(again.as_deref(), Ok(written.as_str()), "a written file reads the same");
            let same = Process::parse(&written).is_ok() == read.is_ok();
            assert!(same, "a written file runs as before");
        }
        Err(finding) => assert_eq!(read.as_ref().err(), Some(&vec![finding]), "no XML is no process"),
    }
    let process = read.inspect_err(|findings| {
        assert!(!findings.is_empty(), "a file is refused for a reason");
        findings.iter().for_each(|finding| placed(finding, &text));
    })?;
    // Twice the file, once from its end, so that all of it drives the case.
    for bytes in [bytes, bytes.get(bytes.len() / 2..).unwrap_or_default()] {
        let Some(state) = run(&process, bytes) else { continue };
        let stored = serde_json::to_string(&state).unwrap_or_default();
        assert_eq!(
            serde_json::from_str::<State>(&stored).ok().as_ref(),
            Some(&state),
            "a stored state is the state"
        );
        assert_eq!(process.owns(&state), Ok(()), "a state belongs to its process");
        let none = BTreeMap::new();
        let moved = Migration::plan(&process, &process, &none).map(|plan| plan.check(&state));
        if let Ok(Ok(moved)) = moved {
            assert_eq!(
                moved.after, state,
                "moved to its own model a case stands where it stood"
            );
            assert_eq!(moved.effects, [], "and nothing is to be done");
        }
    }
    Ok(process.elements().len())
}

/// Any bytes as a condition and as a script, over a few values. Twice the same.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let vars = [
        json!({"n": 3, "m": -7.5, "s": "abc", "b": true, "l": [1, 2, 3], "r": {"a": 1, "t": "x"}, "rs": [{"a": 1, "t": "x"}], "none": null}),
        json!({"n": "2024-02-29", "m": 1e300, "s": "", "b": null, "l": [], "r": {"t": null, "a": [1, null]}, "rs": [{}], "a": 9_999_999_999_i64}),
    ];
    for purpose in [Use::Condition, Use::Script] {
        match Expression::parse(text, purpose) {
            Ok(expression) => {
                for vars in &vars {
                    let holds = || expression.holds(&|name| Ok(vars.get(name).map(Cow::Borrowed)));
                    let value = || expression.value(&|name| Ok(vars.get(name).map(Cow::Borrowed)));
                    assert_eq!((holds(), value()), (holds(), value()), "twice the same");
                    assert_eq!(
                        holds().ok(),
                        value().ok().and_then(|value| value.as_bool()),
                        "true or false"
                    );
                }
            }
            Err(why) => assert!(!why.is_empty(), "an expression is refused for a reason"),
        }
    }
}

/// A finding names its place in the text, what is wrong, and what to do.
fn placed(finding: &Finding, text: &str) {
    let lines = text.split('\n').count() + 1;
    assert!(
        finding.line > 0 && finding.line as usize <= lines && finding.column > 0,
        "{finding:?}"
    );
    assert!(!finding.message.is_empty() && !finding.help.is_empty(), "{finding:?}");
}

/// Any bytes as a state, stepped by what it waits for.
pub fn state(process: &Process, bytes: &[u8]) -> Option<State> {
    let mut state: State = serde_json::from_slice(bytes).ok()?;
    for awaited in process.awaited(&state) {
        let input = Input::Complete {
            element: awaited.element,
            token: awaited.token,
        };
        drop(process.advance(&mut state, &input, &Value::Null));
    }
    Some(state)
}

/// A case driven by bytes: each chooses what happens next. The state it ends in; its history ends there too.
pub fn run(process: &Process, bytes: &[u8]) -> Option<State> {
    let vars = |byte: u8| {
        json!({"antrag": {"liste": vec![1; usize::from(byte % 4)]}, "entscheidung": {"automatisch": byte.is_multiple_of(2)},
               "aufgabe": {"ergebnis": if byte.is_multiple_of(3) { "nachgefordert" } else { "bestaetigt" }}})
    };
    let mut history = Vec::new();
    let first = vars(0);
    let mut state = State::default();
    let moved = process.begin(&mut state, None, Source::Live(&first)).ok()?;
    history.push(Recorded {
        input: Began::Started(None),
        answers: moved.answers,
    });
    for byte in bytes.iter().take(500) {
        let awaited = process.awaited(&state);
        let Some(one) = awaited.get(usize::from(*byte) % awaited.len().max(1)).cloned() else {
            break;
        };
        let (element, token) = (one.element, one.token);
        let input = match one.event {
            Event::Timer { .. } => Input::TimerFired { element, token },
            Event::Message { name } => Input::Message {
                name,
                token: Some(token),
            },
            Event::Signal { name } => Input::Signal { name },
            _ if byte % 11 == 10 => Input::Fail {
                element,
                token,
                code: "x".to_owned(),
            },
            _ => Input::Complete { element, token },
        };
        if let Ok(moved) = process.advance(&mut state, &input, &vars(*byte)) {
            history.push(Recorded {
                input: Began::Took(input),
                answers: moved.answers,
            });
        }
    }
    let again = process.replay(&history);
    assert_eq!(again.as_ref(), Ok(&state), "a history ends where the case did");
    Some(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept;

    #[test]
    fn the_hooks_hold_for_real_files_and_for_rubbish() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../packages/services/hundesteuer/process.bpmn"
        );
        let xml = std::fs::read(path).unwrap();
        assert!(file(&xml).unwrap() > 10);
        let process = Process::parse(&String::from_utf8(xml).unwrap()).unwrap();
        for seed in 0..50_u8 {
            let bytes: Vec<u8> = (0..200).map(|n: u8| n.wrapping_mul(31).wrapping_add(seed)).collect();
            let ended = run(&process, &bytes).unwrap();
            let stored = serde_json::to_vec(&ended).unwrap();
            assert!(state(&process, &stored).is_some());
        }
        for rubbish in [&b""[..], b"\xff\xfe", b"<a", b"{}"] {
            assert!(file(rubbish).is_err());
            assert!(state(&process, rubbish).is_none());
        }
    }

    #[test]
    fn kept_files_hold() {
        let mut run = 0;
        kept::run("bpmn", |bytes| run += usize::from(file(bytes).is_ok()));
        assert!(run > 0, "some of them run");
    }

    #[test]
    fn kept_expressions_hold() {
        kept::run("feel", expression);
    }
}
