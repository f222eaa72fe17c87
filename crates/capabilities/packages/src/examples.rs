//! Examples: given this application, authority and day, expect that. They are the package's own tests.

use serde_json::{Map, Value};
use wegfrei_model::{AuthorityId, Date};
use wegfrei_process::{Effect, Input, Kind, State, Work};

use crate::adoption::{Adoption, object};
use crate::decide::Decided;
use crate::finding::Finding;
use crate::package::{MAIN_DECISION, Package};
use crate::toml_reader::{Source, Table};

/// Most inputs one example's process may need.
const MOST_STEPS: usize = 100;

/// One example.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Path in the package.
    pub file: String,
    /// What it shows.
    pub name: String,
    /// The authority whose adoption decides.
    pub authority: AuthorityId,
    /// Day of the decision.
    pub date: Date,
    /// Day of receipt; that of the decision where the example names none.
    pub received: Date,
    /// The form's data.
    pub application: Value,
    /// What a caseworker sets or corrects before the decision: inputs by name.
    pub desk: Map<String, Value>,
    /// Values of the authority that differ from its adoption.
    pub parameters: Map<String, Value>,
    expect: Expect,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Expect {
    line: u32,
    /// Members of the decision's value; those not named are not compared.
    value: Option<Value>,
    /// Names of the tasks a human gets, in order.
    tasks: Option<Vec<String>>,
    /// Parts of the explanation's reasons, legal bases, easy-language texts.
    reasons: Vec<String>,
    legal: Vec<String>,
    leicht: Vec<String>,
    /// Members of what the letter prints from the application.
    letter: Option<Value>,
    /// Paths of fields the form objects to; then nothing is decided.
    problems: Vec<String>,
}

/// How an example went.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Path of the example.
    pub file: String,
    /// What it shows.
    pub name: String,
    /// What came out differently; empty when it passed.
    pub failures: Vec<Finding>,
}

/// Reads `examples/*.toml`; `base` is the application of `examples/grunddaten.toml`, which every example starts from.
pub(crate) fn read(file: &str, text: &str, base: Option<&Value>) -> Result<Example, Vec<Finding>> {
    let source = Source::new(file, text);
    let parsed = source.parse();
    let example = if source.findings.borrow().is_empty() {
        example(&source.root(&parsed), base)
    } else {
        None
    };
    let findings = source.findings.into_inner();
    match example {
        Some(example) if findings.is_empty() => Ok(example),
        _ => Err(findings),
    }
}

/// Reads `examples/grunddaten.toml`.
pub(crate) fn read_base(file: &str, text: &str) -> Result<Value, Vec<Finding>> {
    let source = Source::new(file, text);
    let parsed = source.parse();
    let root = source.root(&parsed);
    let base = root
        .table("application", "Formulardaten angeben.")
        .map(|table| object(&table));
    root.finish();
    match base {
        Some(base) if source.findings.borrow().is_empty() => Ok(base),
        _ => Err(source.findings.into_inner()),
    }
}

fn example(root: &Table<'_>, base: Option<&Value>) -> Option<Example> {
    let source = root.source;
    let name = root.text("name", "In einem Satz sagen, was das Beispiel zeigt.");
    let key = root.text("authority", "Gemeindeschlüssel der entscheidenden Behörde angeben.");
    let authority = AuthorityId::parse(&key).ok();
    if authority.is_none() && !key.is_empty() {
        let message = format!("`{key}` ist kein Gemeindeschlüssel.");
        source.at(
            root.offset_of("authority"),
            message,
            "Acht Ziffern angeben, z. B. 15003000.",
        );
    }
    let date = root.opt_date("date");
    if date.is_none() {
        root.missing("date", "Tag der Entscheidung angeben, z. B. date = 2026-03-18.");
    }
    let mut application = base.cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    if let Some(table) = root.opt_table("application") {
        merge(&mut application, object(&table));
    } else if base.is_none() {
        root.missing("[application]", "Formulardaten angeben.");
    }
    let expect = root.table("expect", "Angeben, was herauskommen muss.").map(|table| {
        let texts = |key| table.texts(key).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let asked = table.entries().iter().any(|entry| entry.key == "tasks");
        let expect = Expect {
            line: crate::finding::position(source.text, table.offset).0,
            value: table.opt_table("value").map(|value| object(&value)),
            tasks: asked.then(|| texts("tasks")),
            reasons: texts("reasons"),
            legal: texts("legal"),
            leicht: texts("leicht"),
            letter: table.opt_table("letter").map(|letter| object(&letter)),
            problems: texts("problems"),
        };
        let _ = table.texts("tasks");
        if expect.value.is_none() && expect.problems.is_empty() {
            table.missing(
                "value",
                "[expect.value] mit Werten der Entscheidung angeben, oder problems.",
            );
        }
        table.finish();
        expect
    });
    let received = root.opt_date("received");
    let named = |key| match root.opt_table(key).map(|table| object(&table)) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let (desk, parameters) = (named("desk"), named("parameters"));
    let known = [
        "name",
        "authority",
        "date",
        "received",
        "application",
        "desk",
        "parameters",
        "expect",
    ];
    for entry in root.entries() {
        if !known.contains(&entry.key) {
            let help = crate::finding::suggest(entry.key, known);
            source.at(entry.key_offset, format!("Unbekannter Eintrag `{}`.", entry.key), help);
        }
    }
    Some(Example {
        file: source.file.to_owned(),
        name,
        authority: authority?,
        date: date?,
        received: received.or(date)?,
        application,
        desk,
        parameters,
        expect: expect?,
    })
}

fn put(facts: &mut Value, name: &str, value: Value) {
    if let Some(object) = facts.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// Lays one object over another; a null takes a value away.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

/// What an example comes to.
pub struct Made {
    /// The authority's values, with those the example changes.
    pub adoption: Adoption,
    /// The decision's `antrag`, with what the desk sets.
    pub facts: Value,
    /// What was decided.
    pub decided: Decided,
}

impl Example {
    /// Decides it, without looking at what is expected.
    ///
    /// # Errors
    /// A German sentence: the form refuses an answer, the authority has not adopted the service, a value is out of bounds, the
    /// decision cannot be taken.
    pub fn decide(&self, package: &Package) -> Result<Made, String> {
        if let Some(problem) = package.form.validate_json(&self.application, self.received).first() {
            return Err(format!("Das Formular lehnt `{}` ab: {}", problem.path, problem.message));
        }
        let adopted = package
            .adoptions
            .iter()
            .find(|adoption| adoption.authority() == self.authority);
        let adopted = adopted.ok_or_else(|| {
            format!(
                "Die Behörde {} hat die Leistung nicht übernommen (adoptions/).",
                self.authority
            )
        })?;
        let adoption = adopted.with(package, &self.parameters)?;
        let mut facts = package.facts(&self.application, self.received);
        for (name, value) in &self.desk {
            package
                .check_correction(name, value)
                .map_err(|message| format!("[desk]: {message}"))?;
            put(&mut facts, name, value.clone());
        }
        let decided = package.decide_facts(&adoption, MAIN_DECISION, &facts, self.date);
        let decided = decided.map_err(|error| format!("Keine Entscheidung: {error}"))?;
        Ok(Made {
            adoption,
            facts,
            decided,
        })
    }

    /// Fills in nothing and guesses nothing: the form judges the data, the decision decides, the process runs to its end.
    pub(crate) fn run(&self, package: &Package) -> Trial {
        let mut failures = Vec::new();
        let mut fail = |message: String| {
            let help = "Beispiel oder Paket berichtigen.".to_owned();
            failures.push(Finding {
                file: self.file.clone(),
                line: self.expect.line,
                column: 1,
                message,
                help,
            });
        };
        self.compare(package, &mut fail);
        Trial {
            file: self.file.clone(),
            name: self.name.clone(),
            failures,
        }
    }

    fn compare(&self, package: &Package, fail: &mut dyn FnMut(String)) {
        let problems = package.form.validate_json(&self.application, self.received);
        for problem in &problems {
            if !self.expect.problems.contains(&problem.path) {
                fail(format!("Das Formular lehnt `{}` ab: {}", problem.path, problem.message));
            }
        }
        for path in &self.expect.problems {
            if !problems.iter().any(|problem| problem.path == *path) {
                fail(format!("Das Formular nimmt `{path}` an, sollte aber ablehnen."));
            }
        }
        if !problems.is_empty() {
            return;
        }
        let Made {
            adoption,
            facts,
            decided,
        } = match self.decide(package) {
            Ok(made) => made,
            Err(message) => return fail(message),
        };
        if let Some(expected) = &self.expect.value {
            difference("", expected, &decided.value, fail);
        }
        if let Some(expected) = &self.expect.letter {
            difference("letter.", expected, &package.letter_fields(&self.application), fail);
        }
        let explanation = &decided.explanation;
        for (what, parts, texts) in [
            ("Begründung", &self.expect.reasons, explanation.reasons()),
            ("Rechtsgrundlage", &self.expect.legal, explanation.legal_bases()),
            ("Leichte Sprache", &self.expect.leicht, explanation.leicht()),
        ] {
            for part in parts
                .iter()
                .filter(|part| !texts.iter().any(|text| text.contains(part.as_str())))
            {
                fail(format!("{what}: „{part}“ fehlt in: {}", texts.join(" | ")));
            }
        }
        match self.tasks(package, &adoption, &facts) {
            Ok(tasks) => {
                if self.expect.tasks.as_ref().is_some_and(|expected| *expected != tasks) {
                    fail(format!(
                        "Aufgaben: {tasks:?}, erwartet {:?}.",
                        self.expect.tasks.clone().unwrap_or_default()
                    ));
                }
            }
            Err(message) => fail(message),
        }
    }

    /// Runs the process to its end as if everyone did what is asked; the tasks humans got.
    fn tasks(&self, package: &Package, adoption: &Adoption, facts: &Value) -> Result<Vec<String>, String> {
        let mut decision = Value::Null;
        let mut result = Value::Null;
        let vars = |decision: &Value, result: &Value| serde_json::json!({ "antrag": facts, "entscheidung": decision, "aufgabe": { "ergebnis": result } });
        let wrong = |error: wegfrei_process::StepError| format!("Der Prozess bleibt stehen: {error}");
        let (mut state, mut effects): (State, Vec<Effect>) =
            package.process.start(&vars(&decision, &result)).map_err(wrong)?;
        let mut tasks = Vec::new();
        let mut inputs = std::collections::VecDeque::new();
        for _ in 0..MOST_STEPS {
            for effect in effects.drain(..) {
                match effect {
                    Effect::Decide {
                        element,
                        token,
                        decision: name,
                    } => {
                        let decided = package.decide_facts(adoption, &name, facts, self.date);
                        decision = decided
                            .map_err(|error| format!("Keine Entscheidung: {error}"))?
                            .value
                            .into();
                        inputs.push_back(Input::Complete { element, token });
                    }
                    Effect::Task {
                        element,
                        token,
                        name,
                        work,
                        ..
                    } => {
                        tasks.push(name);
                        result = match work {
                            Work::Review => "bestaetigt",
                            Work::Release => "freigegeben",
                            Work::Supply => "nachgereicht",
                        }
                        .into();
                        inputs.push_back(Input::Complete { element, token });
                    }
                    Effect::Call { element, token, .. } => inputs.push_back(Input::Complete { element, token }),
                    Effect::Timer { element, token, .. }
                        if package
                            .process
                            .element(&element)
                            .is_some_and(|e| matches!(e.kind, Kind::Catch { .. })) =>
                    {
                        inputs.push_back(Input::TimerFired { element, token });
                    }
                    _ => {}
                }
            }
            match inputs.pop_front() {
                Some(input) => {
                    (state, effects) = package
                        .process
                        .step(&state, &input, &vars(&decision, &result))
                        .map_err(wrong)?
                }
                None if state.finished => return Ok(tasks),
                None => return Err("Der Prozess kommt zu keinem Ende.".to_owned()),
            }
        }
        Err(format!(
            "Der Prozess ist nach {MOST_STEPS} Schritten nicht zu Ende; die Entscheidung `{MAIN_DECISION}` prüfen."
        ))
    }
}

/// Compares what is expected; members not named are not compared.
fn difference(path: &str, expected: &Value, got: &Value, fail: &mut dyn FnMut(String)) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (key, value) in expected {
                difference(
                    &format!("{path}{key}."),
                    value,
                    got.get(key).unwrap_or(&Value::Null),
                    fail,
                );
            }
        }
        _ if expected == got => {}
        _ => fail(format!(
            "`{}` ist {got}, erwartet {expected}.",
            path.trim_end_matches('.')
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_named_is_compared() {
        let check = |expected: Value, got: Value| {
            let mut seen = Vec::new();
            difference("", &expected, &got, &mut |message| seen.push(message));
            seen.join("; ")
        };
        assert_eq!(check(json!({"a": 1}), json!({"a": 1, "b": 2})), "");
        assert_eq!(
            check(json!({"a": {"b": 1}}), json!({"a": {"b": 2}})),
            "`a.b` ist 2, erwartet 1."
        );
        assert_eq!(
            check(json!({"a": [1]}), json!({"a": [1, 2]})),
            "`a` ist [1,2], erwartet [1]."
        );
        assert_eq!(check(json!({"a": 1}), json!({})), "`a` ist null, erwartet 1.");
        let mut under = json!({"a": {"b": 1, "c": 2}});
        merge(&mut under, json!({"a": {"b": 3}, "d": 4}));
        assert_eq!(under, json!({"a": {"b": 3, "c": 2}, "d": 4}));
    }
}
