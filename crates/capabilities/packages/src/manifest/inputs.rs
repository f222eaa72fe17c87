//! `[inputs]`: fields, groups that repeat, and facts only the desk knows.

use serde_json::Value;

use super::sections::check_name;
use super::{DeskFact, DeskKind, Input, InputSource};
use crate::finding::suggest;
use crate::toml_reader::{Entry, Table};

/// Deepest nesting of groups.
const MAX_DEPTH: usize = 4;

const KINDS: [&str; 5] = ["bool", "text", "cent", "date", "choice"];

/// Default of a date that stands for the day of receipt.
const RECEIVED: &str = "eingang";

pub(super) fn read(table: &Table<'_>) -> Vec<Input> {
    let inputs = members(table, 0);
    if inputs.is_empty() {
        table.source.at(
            table.offset,
            "[inputs] ist leer.",
            "Mindestens eine Eingabe der Entscheidung angeben.",
        );
    }
    inputs
}

fn members(table: &Table<'_>, depth: usize) -> Vec<Input> {
    let mut inputs = Vec::new();
    for entry in table.entries() {
        check_name(table, entry.key, entry.key_offset);
        let read = match (entry.value.get_ref().as_str(), table.inner(&entry)) {
            (Some(field), _) => Some((InputSource::Field(field.to_owned()), Value::Null)),
            (_, Some(inner)) => inside(inner, &entry, depth),
            _ => {
                let help = "name = \"F…\", { field = \"F…\", default = 0 }, { group = \"G…\", fields = { … } } oder { desk = \"bool\", … }.";
                table.source.at(
                    entry.offset(),
                    format!("Die Eingabe `{}` nennt kein Feld.", entry.key),
                    help,
                );
                None
            }
        };
        if let Some((source, default)) = read {
            inputs.push(Input {
                name: entry.key.to_owned(),
                source,
                default,
                offset: entry.offset(),
            });
        }
    }
    inputs
}

/// An input written as a table.
fn inside(inner: Table<'_>, entry: &Entry<'_>, depth: usize) -> Option<(InputSource, Value)> {
    let has = |key| inner.entries().iter().any(|entry| entry.key == key);
    let read = if has("desk") {
        if depth > 0 {
            let help = "Auf die oberste Ebene von [inputs] setzen: Tatsachen des Amts gehören zum Fall, nicht zu einem Eintrag der Liste.";
            let message = format!("`{}` steht in einer Gruppe.", entry.key);
            inner.source.at(entry.offset(), message, help);
        }
        desk(&inner)
    } else if has("group") || has("fields") {
        group(&inner, entry, depth)
    } else {
        let field = inner.text("field", "Id des Formularfelds angeben.");
        let default = inner.json("default").map_or(Value::Null, |(value, _)| value);
        Some((InputSource::Field(field), default))
    };
    inner.finish();
    read
}

fn group(inner: &Table<'_>, entry: &Entry<'_>, depth: usize) -> Option<(InputSource, Value)> {
    let group = inner.opt_text("group");
    let fields = inner.table("fields", "Die Felder der Gruppe nennen: fields = { name = \"F…\" }.")?;
    if depth >= MAX_DEPTH {
        let message = format!("`{}` ist zu tief verschachtelt.", entry.key);
        inner.source.at(
            entry.offset(),
            message,
            format!("Höchstens {MAX_DEPTH} Gruppen ineinander."),
        );
        return None;
    }
    let fields = members(&fields, depth + 1);
    if fields.is_empty() {
        let message = format!("Die Gruppe `{}` hat keine Felder.", entry.key);
        inner.source.at(
            entry.offset(),
            message,
            "Mindestens ein Feld nennen: fields = { name = \"F…\" }.",
        );
    }
    let source = InputSource::Group {
        group,
        fields,
        label: inner.opt_text("label"),
        title: inner.texts("title").into_iter().map(|(field, _)| field).collect(),
    };
    Some((source, Value::Null))
}

fn desk(inner: &Table<'_>) -> Option<(InputSource, Value)> {
    let kind_name = inner.text("desk", &format!("Art angeben: {}.", KINDS.join(", ")));
    let label = inner.text("label", "Bezeichnung für die Sachbearbeitung angeben.");
    let options: Vec<(String, String)> = options(inner);
    let kind = match kind_name.as_str() {
        "bool" => Some(DeskKind::Bool),
        "text" => Some(DeskKind::Text),
        "cent" => Some(DeskKind::Cents),
        "date" => Some(DeskKind::Date),
        "choice" if options.is_empty() => {
            inner.missing(
                "options",
                "Werte und Bezeichnungen angeben: options = { ja = \"Ja\", nein = \"Nein\" }.",
            );
            None
        }
        "choice" => Some(DeskKind::Choice(options.clone())),
        "" => None,
        other => {
            let message = format!("Die Art `{other}` gibt es nicht.");
            inner.source.at(inner.offset_of("desk"), message, suggest(other, KINDS));
            None
        }
    };
    let default = inner.json("default");
    let required = inner.opt_bool("required").unwrap_or(false);
    if let (true, Some((_, offset))) = (required, &default) {
        let help = "default löschen: Was gewählt werden muss, hat keine Vorgabe.";
        inner.source.at(
            *offset,
            "Eine Tatsache, die gewählt werden muss, hat eine Vorgabe.",
            help,
        );
    }
    let after_request = inner.opt_bool("after_request").unwrap_or(false);
    if after_request && kind_name != "bool" {
        let help = "after_request löschen; es gilt für bool.";
        let at = inner.offset_of("after_request");
        inner
            .source
            .at(at, "Nur Ja oder Nein kann an eine Nachfrage gebunden sein.", help);
    }
    let kind = kind?;
    if kind_name != "choice" && !options.is_empty() {
        let help = "options löschen; sie gelten für choice.";
        inner
            .source
            .at(inner.offset_of("options"), "Nur eine Auswahl hat Werte.", help);
    }
    let received = kind == DeskKind::Date && default.as_ref().is_some_and(|(value, _)| value == RECEIVED);
    let default = match default {
        Some((value, offset)) if !received => {
            if let Err(help) = kind.check(&value) {
                inner.source.at(offset, "Der Vorgabewert passt nicht zur Art.", help);
            }
            value
        }
        _ => Value::Null,
    };
    let fact = DeskFact {
        kind,
        label,
        received,
        required,
        after_request,
    };
    Some((InputSource::Desk(fact), default))
}

/// `options = ["a", "b"]`, or with words: `options = { a = "Wort", b = "Wort" }`.
pub(crate) fn options(inner: &Table<'_>) -> Vec<(String, String)> {
    let Some((value, offset)) = inner.json("options") else {
        return Vec::new();
    };
    let pairs: Option<Vec<(String, String)>> = match &value {
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(|text| (text.to_owned(), text.to_owned())))
            .collect(),
        Value::Object(_) => {
            let table = inner.opt_table("options");
            let entries = table.iter().flat_map(Table::entries);
            entries
                .map(|entry| Some((entry.key.to_owned(), entry.value.get_ref().as_str()?.to_owned())))
                .collect()
        }
        _ => None,
    };
    pairs.unwrap_or_else(|| {
        let help = "options = [\"a\", \"b\"] oder options = { a = \"Wort\", b = \"Wort\" }.";
        inner
            .source
            .at(offset, "Die Werte der Auswahl sind nicht lesbar.", help);
        Vec::new()
    })
}

impl DeskKind {
    /// Whether a value is of this kind; null always is, as "not set". The error says in German what is allowed.
    ///
    /// # Errors
    /// What is allowed.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        match (self, value) {
            (_, Value::Null) | (DeskKind::Bool, Value::Bool(_)) => Ok(()),
            (DeskKind::Bool, _) => Err("Erlaubt sind Ja und Nein (true, false).".to_owned()),
            (DeskKind::Text, Value::String(text)) if text.chars().count() <= 2_000 => Ok(()),
            (DeskKind::Text, _) => Err("Erlaubt ist ein Text mit höchstens 2000 Zeichen.".to_owned()),
            (DeskKind::Cents, value) => match value.as_i64() {
                Some(0..=1_000_000_000) => Ok(()),
                _ => Err("Erlaubt ist ein Betrag in ganzen Cent von 0 bis 1000000000.".to_owned()),
            },
            (DeskKind::Date, Value::String(text)) if text.parse::<wegfrei_model::Date>().is_ok() => Ok(()),
            (DeskKind::Date, _) => Err("Erlaubt ist ein Datum wie 2026-03-01.".to_owned()),
            (DeskKind::Choice(options), value) => match value.as_str() {
                Some(text) if options.iter().any(|(option, _)| option == text) => Ok(()),
                _ => {
                    let known: Vec<&str> = options.iter().map(|(option, _)| option.as_str()).collect();
                    Err(format!("Erlaubt ist eines von: {}.", known.join(", ")))
                }
            },
        }
    }
}
