//! `wegfrei decision`: what decision tables leave open, and what a new version of a model decides otherwise.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use wegfrei_decisions::{
    Change, Check, Condition, Decisions, Difference, Gap, GapKind, HitPolicy, NotAnalysed, Side, TableCheck, Tried,
    Unused, Verdict, Why, diff, try_inputs,
};

use crate::command::say;
use crate::platform::Error;

/// How many inputs are invented to compare two versions of a model; a second or two.
const TRIED: usize = 2_000;

/// Says what stands out in the tables of a model.
pub fn check(file: &Path, json: bool) -> Result<ExitCode, Error> {
    let Some(model) = load(file)? else {
        return Ok(ExitCode::FAILURE);
    };
    let check = model.check();
    if json {
        say(&serde_json::to_string_pretty(&check)?);
    } else {
        say(told(&check).trim_end());
    }
    Ok(code(check.is_sound()))
}

/// Says what a new version of a model decides otherwise.
pub fn compare(old: &Path, new: &Path, json: bool) -> Result<ExitCode, Error> {
    let (Some(old), Some(new)) = (load(old)?, load(new)?) else {
        return Ok(ExitCode::FAILURE);
    };
    let changes = diff(&old, &new);
    let tried: Vec<(&str, Tried)> = results(&new)
        .into_iter()
        .filter(|name| old.decision_names().contains(name) && !changes.is_empty())
        .map(|name| (name, try_inputs(&old, &new, name, TRIED)))
        .collect();
    if json {
        let tried: serde_json::Map<String, serde_json::Value> = tried
            .iter()
            .map(|(name, tried)| Ok(((*name).to_owned(), serde_json::to_value(tried)?)))
            .collect::<Result<_, serde_json::Error>>()?;
        let both = serde_json::json!({ "changes": changes, "tried": tried });
        say(&serde_json::to_string_pretty(&both)?);
    } else {
        say(compared(&changes, &tried).trim_end());
    }
    let alike =
        changes.iter().all(|change| change.verdict.is_alike()) && tried.iter().all(|(_, tried)| tried.differ == 0);
    Ok(code(alike))
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The model, or none after its findings were printed.
fn load(file: &Path) -> Result<Option<Decisions>, Error> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(match Decisions::from_bytes(&bytes) {
        Ok(model) => Some(model),
        Err(findings) => {
            for finding in &findings {
                say(&format!("{}:{finding}", file.display()));
            }
            None
        }
    })
}

/// The decisions no other one rests on.
fn results(model: &Decisions) -> Vec<&str> {
    let names = model.decision_names();
    let inner: Vec<&str> = names.iter().flat_map(|name| model.required(name)).collect();
    names.into_iter().filter(|name| !inner.contains(name)).collect()
}

fn told(check: &Check) -> String {
    let mut text = String::new();
    for table in &check.tables {
        table_told(&mut text, table);
    }
    for unused in &check.unused {
        let line = match unused {
            Unused::Input { name } => format!("Die Eingabe `{name}` nutzt niemand."),
            Unused::Member { path } => format!("Die Angabe `{path}` nutzt keine Regel."),
            Unused::Requirement { name, required } => format!("`{name}` verlangt `{required}`, nutzt es aber nicht."),
        };
        put(&mut text, &line);
    }
    if check.more_unused {
        put(&mut text, "Es gibt weiteres, das niemand nutzt.");
    }
    let sound = check.tables.iter().filter(|table| table.is_sound()).count();
    put(
        &mut text,
        &format!("{} Tabellen geprüft, {sound} davon ohne Fehler.", check.tables.len()),
    );
    text
}

fn put(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn table_told(text: &mut String, table: &TableCheck) {
    let policy = policy(table.hit_policy);
    let head = format!(
        "Tabelle `{}` (Zeile {}, {policy}, {} Regeln)",
        table.name, table.line, table.rules
    );
    let begin = text.len();
    for line in mistakes(table) {
        put(text, &format!("  {line}"));
    }
    let derived: Vec<&Gap> = table.gaps.iter().filter(|gap| !gap.is_reached()).collect();
    for gap in derived.iter().filter(|gap| gap.kind == GapKind::Values) {
        put(
            text,
            &format!(
                "  Hinweis: keine Regel für {} – falls diese Werte vorkommen können.",
                region(&gap.inputs)
            ),
        );
    }
    for overlap in table.overlaps.iter().filter(|overlap| !overlap.direct) {
        put(
            text,
            &format!(
                "  Hinweis: Die Regeln {} und {} (Zeile {}) treffen beide zu für {} – falls diese Werte so vorkommen können.",
                overlap.first,
                overlap.second,
                overlap.line,
                region(&overlap.inputs)
            ),
        );
    }
    for (kind, what) in [
        (GapKind::Fractions, "gebrochene Zahlen"),
        (GapKind::Missing, "fehlende Angaben (null)"),
        (
            GapKind::OtherKind,
            "Werte anderer Art (der Typ der Angabe ist nicht erklärt)",
        ),
    ] {
        let mut gaps = derived.iter().filter(|gap| gap.kind == kind);
        if let Some(first) = gaps.next() {
            let more = gaps.count();
            let more = match more {
                0 => String::new(),
                1 => " (ein weiterer Fall)".to_owned(),
                more => format!(" ({more} weitere Fälle)"),
            };
            put(
                text,
                &format!(
                    "  Hinweis: keine Regel für {what}, etwa {}{more}.",
                    example(&first.inputs)
                ),
            );
        }
    }
    if table.more_gaps {
        put(text, "  Es gibt weitere Lücken.");
    }
    if table.more_overlaps {
        put(text, "  Es gibt weitere Überschneidungen.");
    }
    for column in &table.unused_columns {
        put(text, &format!("  Hinweis: Die Spalte `{column}` nutzt keine Regel."));
    }
    cells(text, &table.not_analysed, "");
    if table.gave_up {
        put(
            text,
            "  Die Tabelle ist zu groß, um sie ganz zu prüfen; was hier steht, stimmt, aber es kann etwas fehlen.",
        );
    }
    if text.len() == begin {
        put(text, &format!("{head}: vollständig und ohne Widerspruch."));
    } else {
        text.insert_str(begin, &format!("{head}\n"));
    }
}

/// Unreachable rules, and the overlaps and gaps that an application can reach: what must be mended.
pub fn mistakes(table: &TableCheck) -> Vec<String> {
    let mut lines = Vec::new();
    for gap in table.gaps.iter().filter(|gap| gap.is_reached()) {
        lines.push(format!(
            "Lücke: keine Regel für {}. Beispiel: {}.",
            region(&gap.inputs),
            example(&gap.inputs)
        ));
    }
    for overlap in table.overlaps.iter().filter(|overlap| overlap.direct) {
        lines.push(format!(
            "Widerspruch: Die Regeln {} und {} (Zeile {}) treffen beide zu. Beispiel: {}.",
            overlap.first,
            overlap.second,
            overlap.line,
            example(&overlap.inputs)
        ));
    }
    for rule in &table.unreachable {
        let why = match &rule.column {
            Some(column) => format!("kein Wert von `{column}` erfüllt ihre Bedingung"),
            None => "andere Regeln gehen ihr immer vor".to_owned(),
        };
        lines.push(format!(
            "Unerreichbar: Regel {} (Zeile {}): {why}.",
            rule.rule, rule.line
        ));
    }
    lines
}

fn cells(text: &mut String, cells: &[NotAnalysed], version: &str) {
    for cell in cells {
        let why = match cell.why {
            Why::NotLiteral => "sie vergleicht nicht nur mit festen Werten",
            Why::SeveralKinds => "die Spalte vergleicht mit Werten verschiedener Art, ihr Typ ist nicht angegeben",
            Why::Composite => "die Spalte enthält Listen oder Kontexte",
            Why::AllowedNotLiteral => "die zulässigen Werte der Spalte sind nicht fest",
            Why::TooLarge => "die Spalte ist zu groß",
            Why::NotOrdered => "die Werte der Spalte lassen sich nicht ordnen",
            Why::MayFail => "ihr Ausdruck kann scheitern, und die andere Fassung hat sie nicht",
        };
        let rule = match cell.rule {
            0 => String::new(),
            rule => format!("Regel {rule}"),
        };
        let place = format!("{rule}{version}");
        let comma = if place.is_empty() { "" } else { ", " };
        put(
            text,
            &format!(
                "  Nicht genau prüfbar: {}{comma}Spalte `{}`: {why}.",
                place.trim_start(),
                cell.column
            ),
        );
    }
}

/// `alter: < 18, art: "x"`; columns in which anything will do are left out.
fn region(inputs: &[Condition]) -> String {
    let parts: Vec<String> = inputs
        .iter()
        .filter(|condition| condition.values != "-")
        .map(|condition| format!("`{}`: {}", condition.expression, condition.values))
        .collect();
    if parts.is_empty() {
        "irgendeine Eingabe".to_owned()
    } else {
        parts.join(" und ")
    }
}

/// `alter = 17, art = "x"`, without columns in which anything will do.
fn example(inputs: &[Condition]) -> String {
    let parts: Vec<String> = inputs
        .iter()
        .filter(|condition| condition.values != "-")
        .map(|condition| {
            let value = condition.example.as_deref().unwrap_or("beliebig");
            format!("{} = {value}", condition.expression)
        })
        .collect();
    if parts.is_empty() {
        "irgendeine Eingabe".to_owned()
    } else {
        parts.join(", ")
    }
}

fn policy(policy: HitPolicy) -> &'static str {
    match policy {
        HitPolicy::Unique => "UNIQUE",
        HitPolicy::First => "FIRST",
        HitPolicy::Priority => "PRIORITY",
        HitPolicy::Any => "ANY",
        HitPolicy::Collect => "COLLECT",
        HitPolicy::CollectSum => "COLLECT SUM",
        HitPolicy::CollectMin => "COLLECT MIN",
        HitPolicy::CollectMax => "COLLECT MAX",
        HitPolicy::CollectCount => "COLLECT COUNT",
        HitPolicy::RuleOrder => "RULE ORDER",
        HitPolicy::OutputOrder => "OUTPUT ORDER",
    }
}

fn compared(changes: &[Change], tried: &[(&str, Tried)]) -> String {
    let mut text = String::new();
    if changes.is_empty() {
        put(
            &mut text,
            "Beide Fassungen entscheiden gleich: Ihre Logik ist dieselbe.",
        );
    }
    for Change { name, verdict } in changes {
        match verdict {
            Verdict::Added => put(&mut text, &format!("`{name}` ist neu.")),
            Verdict::Removed => put(&mut text, &format!("`{name}` ist weggefallen.")),
            Verdict::Types { names } if names.as_slice() == std::slice::from_ref(name) => {
                put(
                    &mut text,
                    &format!("`{name}` ist anders erklärt (Typen oder zulässige Werte)."),
                );
            }
            Verdict::Types { names } => put(
                &mut text,
                &format!("`{name}` benutzt Typen, die anders erklärt sind: {}.", names.join(", ")),
            ),
            Verdict::RestsOnChanged { on } => put(
                &mut text,
                &format!(
                    "`{name}` entscheidet für sich genommen gleich, beruht aber auf Geändertem: {}.",
                    on.join(", ")
                ),
            ),
            Verdict::Written { .. } => put(
                &mut text,
                &format!(
                    "`{name}` ist anders geschrieben. Ob es anderes bedeutet, zeigen nur die erprobten Eingaben unten."
                ),
            ),
            Verdict::Table {
                differences,
                more,
                not_analysed_old,
                not_analysed_new,
                gave_up,
            } => {
                let head = match (differences.len(), verdict.is_alike()) {
                    (0, true) => "ist anders geschrieben, entscheidet aber gleich.",
                    (0, false) => "entscheidet gleich, soweit prüfbar.",
                    _ => "entscheidet anders:",
                };
                put(&mut text, &format!("Tabelle `{name}` {head}"));
                for difference in differences {
                    difference_told(&mut text, difference);
                }
                if *more {
                    put(&mut text, "  … und in weiteren Fällen.");
                }
                cells(&mut text, not_analysed_old, " der alten Fassung");
                cells(&mut text, not_analysed_new, " der neuen Fassung");
                if *gave_up {
                    put(&mut text, "  Die Tabellen sind zu groß, um sie ganz zu vergleichen.");
                }
            }
        }
    }
    for (name, tried) in tried {
        put(
            &mut text,
            &format!(
                "Erprobt: `{name}` mit {} erfundenen Eingaben, {} davon entscheidbar, {} anders entschieden.",
                tried.inputs, tried.decided, tried.differ
            ),
        );
        let side = |side: &Result<serde_json::Value, String>| match side {
            Ok(value) => value.to_string(),
            Err(error) => format!("Fehler: {error}"),
        };
        for example in &tried.examples {
            put(&mut text, &format!("  Eingabe: {}", example.input));
            put(&mut text, &format!("    alt: {}", side(&example.old)));
            put(&mut text, &format!("    neu: {}", side(&example.new)));
        }
        if tried.differ == 0 {
            put(
                &mut text,
                "  Das beweist nichts: Erfundene Eingaben treffen nicht jeden Fall.",
            );
        }
    }
    text
}

fn difference_told(text: &mut String, difference: &Difference) {
    let condition = if difference.direct {
        ""
    } else {
        " – falls diese Werte so vorkommen können"
    };
    put(text, &format!("  Für {}{condition}", region(&difference.inputs)));
    put(text, &format!("    Beispiel: {}", example(&difference.inputs)));
    for (version, side) in [("alt", &difference.old), ("neu", &difference.new)] {
        let (what, rules) = match side {
            Side::Value { feel, rules, .. } => (feel.clone(), rules),
            Side::Computed { expression, rules } => (format!("berechnet: {expression}"), rules),
            Side::Error { message, rules } => (format!("Fehler: {message}"), rules),
        };
        let mut line = format!("    {version}: {what}");
        if !rules.is_empty() {
            let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
            // Writing to a string does not fail.
            let _ = write!(line, " (Regel {})", rules.join(", "));
        }
        put(text, &line);
    }
}
