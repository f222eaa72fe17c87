//! What a correction would lead to, and what is said to who was overtaken.

use super::Desk;
use super::questions::correctable;
use super::read::{Typed, text};
use crate::body::Posted;
use crate::texts::fill;
use crate::view::Fact;
use crate::view::desk::{ChangeLine, Overtaken, Preview};
use crate::wire::desk::case::held;
use crate::wire::desk::words::{Labels, answer_change, change, differences, list_differences, stays_stopped, verdict};
use axum::response::Response;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wegfrei_cases::{AtTask, CaseError, Change};
use wegfrei_packages::Package;

impl Desk<'_> {
    /// What these answers would change, row by row.
    fn row_changes(&self, answers: &Map<String, Value>) -> Vec<ChangeLine> {
        let amended = Package::overlay(&self.opened.amended, &Value::Object(answers.clone()));
        let changes = self.package.answer_changes(&self.opened.amended, &amended);
        changes.iter().map(|one| answer_change(self.t(), one)).collect()
    }

    /// What the corrections would lead to, to be looked at before it is confirmed.
    pub async fn preview(
        &self,
        at: &AtTask,
        corrected: (&Map<String, Value>, &Map<String, Value>),
        posted: &Posted,
    ) -> Result<Preview, CaseError> {
        let (t, labels) = (self.t(), Labels::of(self.package));
        let (corrections, answers) = corrected;
        let would = self.state.cases.preview(at, corrections, answers).await?;
        let old = correctable(self.package, &self.opened);
        let mut changes = self.row_changes(answers);
        let single = corrections.iter().map(|(name, corrected)| {
            let submitted = old.iter().find(|item| item.name == *name).map(|item| item.now.clone());
            let one = Change {
                name: name.clone(),
                submitted: submitted.unwrap_or(Value::Null),
                corrected: corrected.clone(),
            };
            change(t, &labels, &one)
        });
        changes.extend(single);
        let before = self
            .opened
            .decision
            .as_ref()
            .map_or(&Value::Null, |decision| &decision.value);
        let carried = posted
            .fields
            .iter()
            .filter(|(name, _)| !["version", "antwort", "zeile"].contains(&name.as_str()));
        let mut results = differences(t, &labels, before, &would.value);
        results.extend(stays_stopped(t, &would).map(|stopped| ChangeLine {
            name: stopped.key,
            submitted: t.desk_no_value.to_owned(),
            corrected: stopped.lines.join(" "),
        }));
        Ok(Preview {
            changes,
            results,
            steps: list_differences(t, &labels, before, &would.value),
            carried: carried.cloned().collect(),
        })
    }

    /// Somebody was first: says who, and gives back what was typed. While the task is still open, the form is filled with it again.
    pub fn overtaken(&self, posted: &Posted) -> Response {
        let t = self.t();
        let same = posted.get("schritt").is_none_or(|step| {
            self.opened
                .task
                .as_ref()
                .is_some_and(|task| task.task.to_string() == step)
        });
        let again = self.task().is_some() && same;
        let last = self.opened.done.last().filter(|_| !again);
        let held = held(t, &self.opened);
        let what = held.unwrap_or_else(|| {
            last.map_or_else(
                || t.task_overtaken_changed.to_owned(),
                |done| {
                    let words = if done.by_reader {
                        t.task_overtaken_self
                    } else {
                        t.task_overtaken
                    };
                    let words = fill(words, "who", &done.by);
                    let words = fill(&words, "what", verdict(t, done));
                    fill(&words, "time", done.at.german())
                },
            )
        });
        let shown = [
            ("grund", t.task_reason),
            ("anliegen", t.task_ask_text),
            ("unterlagen", t.task_ask_papers),
        ];
        let words = shown.into_iter().filter_map(|(name, label)| {
            let typed = text(posted, name);
            (!typed.is_empty()).then(|| Fact {
                key: label.to_owned(),
                lines: typed.lines().map(str::to_owned).collect(),
            })
        });
        let mut facts: Vec<Fact> = words.collect();
        let labels = Labels::of(self.package);
        let corrected = self.corrections(posted);
        let (changed, corrections) = (corrected.facts, corrected.typed);
        if posted.fields.iter().any(|(name, _)| name == "grund") {
            facts.extend(
                changed
                    .iter()
                    .map(|(name, value)| Fact::new(labels.name(name), labels.answer(t, name, value))),
            );
            let rows = self.row_changes(&corrected.answers).into_iter();
            facts.extend(rows.map(|line| Fact::new(line.name, line.corrected)));
        }
        let asked = posted.get("antwort") == Some("nachfordern");
        let typed = if again {
            Typed {
                request: asked.then(|| self.request(posted).0),
                problems: BTreeMap::new(),
                values: if asked { BTreeMap::new() } else { corrections.values },
                data: corrections.data.filter(|_| !asked),
                reason: corrections.reason,
                ..Typed::default()
            }
        } else {
            Typed::default()
        };
        self.page(Typed {
            overtaken: Some(Overtaken {
                what,
                typed: if again { Vec::new() } else { facts },
                again,
            }),
            ..typed
        })
    }
}
