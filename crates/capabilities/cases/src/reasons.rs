//! Why something was corrected, for the letter: of several corrections those that still count.

use serde_json::Value;
use wegfrei_packages::Package;

use crate::advance::Opened;
use crate::task::VerdictRecord;

/// Why a caseworker corrected something.
pub(crate) struct Correction<'o> {
    pub reason: &'o str,
    /// Something the applicant said, not only what the desk itself had to say.
    pub of_answers: bool,
}

impl Opened {
    /// The corrections of which something is in force, oldest first: what a later one took back or replaced is no reason any more,
    /// and what a later one left alone stays one. Why the same facts were reckoned anew, no correction can take back.
    pub fn corrections(&self, package: &Package) -> Vec<Correction<'_>> {
        let mut before = self.application.clone();
        let mut corrections = Vec::new();
        for record in &self.verdicts {
            let after = Package::overlay(&before, &Value::Object(record.answers.clone()));
            let of_no_fact = record.answers.is_empty() && record.corrections.is_empty();
            if of_no_fact || survives(&before, &after, &self.amended) || self.has_fact_of(record, package) {
                corrections.push(Correction {
                    reason: &record.reason,
                    of_answers: !record.corrections.keys().all(|name| package.is_of_the_desk(name)),
                });
            }
            before = after;
        }
        corrections
    }

    /// What was corrected by its value, and not by the answers it is made of.
    fn has_fact_of(&self, record: &VerdictRecord, package: &Package) -> bool {
        let by_value = |name: &str| record.answers.is_empty() || !package.is_made_of_answers(name);
        let mut facts = record.corrections.iter().filter(|(name, _)| by_value(name));
        facts.any(|(name, value)| self.facts.get(name) == Some(value))
    }
}

/// Whether something that one step changed is still as the step left it. Rows are told apart by their place; where rows came or went
/// since, nobody can tell, and the reason stays.
fn survives(before: &Value, after: &Value, now: &Value) -> bool {
    if before == after {
        return false;
    }
    match (before, after, now) {
        (Value::Object(before), Value::Object(after), Value::Object(now)) => {
            let part = |of: &serde_json::Map<String, Value>, key: &str| of.get(key).cloned().unwrap_or(Value::Null);
            let mut keys = before
                .keys()
                .chain(after.keys().filter(|key| !before.contains_key(*key)));
            keys.any(|key| survives(&part(before, key), &part(after, key), &part(now, key)))
        }
        (Value::Array(before), Value::Array(after), Value::Array(now)) if after.len() == now.len() => {
            let mut rows = after.iter().zip(now).enumerate();
            before.len() > after.len()
                || rows.any(|(at, (after, now))| survives(before.get(at).unwrap_or(&Value::Null), after, now))
        }
        (_, Value::Array(_), Value::Array(_)) => true,
        _ => after == now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reason_lives_as_long_as_anything_it_is_for() {
        fn check(before: Value, after: Value, now: Value, expected: bool) {
            assert_eq!(survives(&before, &after, &now), expected, "{before} {after} {now}");
        }
        let rows = |first: u8, second: u8| json!({ "rente": 1, "mitglieder": [{ "lohn": first }, { "lohn": second }] });
        check(rows(1, 2), rows(1, 2), rows(1, 2), false);
        check(rows(1, 2), rows(5, 2), rows(5, 2), true);
        // Another row was corrected later: both count.
        check(rows(1, 2), rows(5, 2), rows(5, 6), true);
        check(rows(5, 2), rows(5, 6), rows(5, 6), true);
        // Taken back, or corrected again.
        check(rows(1, 2), rows(5, 2), rows(1, 6), false);
        check(rows(1, 2), rows(5, 2), rows(7, 6), false);
        // A row was taken out, and it stayed so.
        check(
            rows(1, 2),
            json!({ "rente": 1, "mitglieder": [{ "lohn": 1 }] }),
            json!({ "rente": 1, "mitglieder": [{ "lohn": 1 }] }),
            true,
        );
        // Another one came later.
        check(
            rows(1, 2),
            rows(5, 2),
            json!({ "rente": 1, "mitglieder": [{ "lohn": 5 }, { "lohn": 2 }, { "lohn": 3 }] }),
            true,
        );
        check(json!({ "rente": 1 }), json!({}), json!({}), true);
        check(json!({ "rente": 1 }), json!({}), json!({ "rente": 1 }), false);
    }
}
