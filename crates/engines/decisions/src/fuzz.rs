//! What a fuzzer calls: functions from bytes to nothing. They hold for every input and end by an assertion where they do not.
//! docs/fuzzing.md says how they are run; the tests below run the inputs kept in `fuzz/`.

use dsntk_feel::Name;
use serde_json::{Value as Json, json};

use crate::env::Env;
use crate::feel::{Expr, Names};
use crate::json::{from_json, to_json};
use crate::types::Type;
use crate::value::Value;
use crate::{Decisions, Finding, cost, diff, trace, try_inputs, watch};

/// How many inputs are invented for each decision.
const TRIED: usize = 6;

/// Any bytes as a model: what is refused names its place, what is read decides invented inputs, twice the same.
pub fn dmn(bytes: &[u8]) {
    let model = match Decisions::from_bytes(bytes) {
        Ok(model) => model,
        Err(findings) => {
            assert!(!findings.is_empty(), "a model is refused for a reason");
            findings.iter().for_each(|finding| placed(finding, bytes));
            // What could be read of it answers, or says why not.
            if let Ok(text) = std::str::from_utf8(bytes)
                && let Ok((partly, _)) = Decisions::parse_partly(text)
            {
                decided(&partly, &partly);
            }
            return;
        }
    };
    let again = Decisions::from_bytes(bytes);
    assert!(again.is_ok(), "the same file reads the same");
    let Ok(again) = again else { return };
    assert_eq!(model.check(), again.check(), "the same model is checked the same");
    let changes = diff(&model, &again);
    assert!(
        changes.iter().all(|change| change.verdict.is_alike()),
        "a model decides as itself: {changes:?}"
    );
    decided(&model, &again);
}

/// Both give the same for invented inputs.
fn decided(one: &Decisions, other: &Decisions) {
    for name in one.decision_names() {
        let tried = try_inputs(one, other, name, TRIED);
        assert_eq!(tried.differ, 0, "{name}: {:?}", tried.examples);
    }
    // An input of the wrong shape is an error that says where.
    for inputs in [json!({}), json!([]), json!(null)] {
        for name in one.decision_names() {
            if let Err(error) = one.decide(name, &inputs) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

/// Any bytes as an expression and as the cell of a table, over a few values: what this crate computes by itself is what the FEEL
/// library gives.
pub fn feel(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut names = Names::new(NAMES.len());
    for (slot, name) in NAMES.iter().enumerate() {
        names.element(Name::from(*name), Type::any(), slot);
    }
    let read = guarded(|| names.expression(text));
    let cell = guarded(|| names.tests(text, true));
    for values in values() {
        let mut env = Env::new(NAMES.len());
        for (slot, name) in NAMES.iter().enumerate() {
            let value = values.get(*name).unwrap_or(&Json::Null);
            env.set(slot, from_json(value, &Type::any(), name).unwrap_or(Value::Null));
        }
        if let Some(Ok(expression)) = &read {
            evaluated(expression, &mut env);
        }
        if let Some(Ok(tests)) = &cell {
            let value = env.get(0).cloned().unwrap_or(Value::Null);
            let mut matches = || {
                trace::start(1);
                let matches = guarded(|| tests.matches(&value, &mut env));
                env.close(NAMES.len());
                matches
            };
            assert_eq!(matches(), matches(), "a cell matches or not");
        }
    }
    for fault in [read.and_then(Result::err), cell.and_then(Result::err)]
        .into_iter()
        .flatten()
    {
        assert!(
            !fault.message.is_empty() && !fault.help.is_empty(),
            "a fault says what to do"
        );
    }
}

fn evaluated(expression: &Expr, env: &mut Env) {
    if let Expr::Native(node, library) = expression {
        trace::start(1);
        let own = guarded(|| node.settled(env));
        if own.is_none() {
            env.close(NAMES.len());
        }
        if let Some(Ok(value)) = own {
            trace::start(1);
            let agrees = guarded(|| library.agrees(&value, env));
            assert_ne!(agrees, Some(false), "native evaluation disagrees with the library");
        }
        assert_eq!(env.len(), NAMES.len(), "slots left open");
    }
    let mut given = |lenient| {
        trace::start(1);
        watch::start(lenient);
        let value = guarded(|| expression.evaluate(env));
        env.close(NAMES.len());
        value.map(|value| value.map(|value| to_json(&value)))
    };
    let strict = given(false);
    assert_eq!(strict, given(false), "twice the same");
    let lenient = given(true);
    watch::start(false);
    if let Some(Ok(_)) = strict {
        assert_eq!(strict, lenient, "where nothing fails, nothing is passed over");
    }
}

/// The FEEL library may panic, and work may cost too much; those are what the engine makes errors of.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    cost::within(work).ok()
}

/// A finding names its place, what is wrong, and what to do.
fn placed(finding: &Finding, bytes: &[u8]) {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!(
        finding.line > 0 && finding.line as usize <= lines && finding.column > 0,
        "{finding:?}"
    );
    assert!(!finding.message.is_empty() && !finding.help.is_empty(), "{finding:?}");
}

/// The names an expression may use.
const NAMES: [&str; 9] = ["n", "m", "s", "b", "l", "r", "rs", "none", "a"];

/// What they stand for.
fn values() -> [Json; 2] {
    [
        json!({ "n": 3, "m": -7.5, "s": "abc", "b": true, "l": [1, 2, 3], "r": { "a": 1, "t": "x" },
            "rs": [{ "a": 1, "t": "x" }, { "a": 2, "t": "y" }], "none": null, "a": 2 }),
        json!({ "n": "2024-02-29", "m": 12, "s": "", "b": null, "l": [], "r": { "t": null, "a": [1, null], "item": 3 },
            "rs": [{ "a": null, "t": "x", "item": 1 }], "none": null, "a": 99_999_999_999_i64 }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept;

    #[test]
    fn kept_models_hold() {
        kept::run("dmn", dmn);
    }

    #[test]
    fn kept_expressions_hold() {
        kept::run("feel", feel);
    }
}
