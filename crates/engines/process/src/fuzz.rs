//! What a fuzzer calls: functions from bytes to a result. They hold for every input and end by an assertion where they do not.

use serde_json::{Value, json};

use crate::answer::Source;
use crate::effect::Input;
use crate::machine::{Began, Recorded};
use crate::model::{Event, Process};
use crate::state::State;
use crate::{Document, Finding};

/// Any bytes as a file: what is read is written again to the same, and what runs begins. Says how many elements would run.
pub fn file(bytes: &[u8]) -> Result<usize, Vec<Finding>> {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(document) = Document::parse(&text) {
        let written = document.write();
        let again = Document::parse(&written).map(|again| again.write());
        assert_eq!(again.as_deref(), Ok(written.as_str()), "a written file reads the same");
    }
    let process = Process::parse(&text)?;
    drop(run(&process, bytes));
    Ok(process.elements().len())
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
}
