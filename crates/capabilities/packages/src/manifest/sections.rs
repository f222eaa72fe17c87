//! The sections of `package.toml`, each read by its own function.

use wegfrei_model::deadline::Procedure;

use super::{
    Automation, AutomationLevel, Evidence, Fee, Legal, PROFILE, Payment, PlaceField, Places, Question, ResultName,
    Retention, RetentionStart,
};
use crate::finding::suggest;
use crate::parameter::{self, Parameter};
use crate::toml_reader::Table;

pub(super) fn legal(table: Table<'_>) -> Legal {
    let legal = Legal {
        norm: table.text("norm", "Fundstelle angeben, z. B. § 3 Abs. 1 KAG-LSA."),
        title: table.text("title", "In Worten sagen, was die Vorschrift regelt."),
        link: table.opt_text("link"),
    };
    if legal.link.as_deref().is_some_and(|link| !link.starts_with("https://")) {
        table.source.at(
            table.offset_of("link"),
            "Der Verweis ist keine https-Adresse.",
            "Mit https:// beginnen.",
        );
    }
    table.finish();
    legal
}

/// Longest text block, in characters: the longest a caseworker may send.
const MOST_QUESTION: usize = 4000;

/// Decisions go out with a certificate of delivery.
const SERVED: &str = "zustellung";

/// The law, and whether decisions are served.
pub(super) fn procedure(table: Table<'_>) -> Option<(Procedure, bool)> {
    let text = table.text(
        "law",
        "ao, vwvfg oder sgb: nach welchem Recht Bekanntgabe und Fristen zählen.",
    );
    let law = match text.as_str() {
        "ao" => Some(Procedure::Ao),
        "vwvfg" => Some(Procedure::Vwvfg),
        "sgb" => Some(Procedure::Sgb),
        "" => None,
        other => {
            let help = suggest(other, ["ao", "vwvfg", "sgb"]);
            let message = format!("Das Verfahrensrecht `{other}` gibt es nicht.");
            table.source.at(table.offset_of("law"), message, help);
            None
        }
    };
    let dispatch = table.opt_text("dispatch");
    if let Some(other) = dispatch.as_deref().filter(|dispatch| *dispatch != SERVED) {
        let message = format!("Die Art der Übermittlung `{other}` gibt es nicht.");
        let help = "dispatch = \"zustellung\" angeben, oder die Zeile weglassen: dann E-Mail und Abruf, oder Brief.";
        table.source.at(table.offset_of("dispatch"), message, help);
    }
    table.finish();
    Some((law?, dispatch.is_some()))
}

pub(super) fn question(table: Table<'_>) -> Question {
    let question = Question {
        name: table.text("name", "Name des Textbausteins angeben."),
        text: table.text("text", "Text angeben, den die antragstellende Person liest."),
    };
    if question.text.chars().count() > MOST_QUESTION {
        let message = format!(
            "Der Textbaustein `{}` ist länger als {MOST_QUESTION} Zeichen.",
            question.name
        );
        table.source.at(table.offset_of("text"), message, "Kürzen.");
    }
    table.finish();
    question
}

pub(super) fn automation(table: Table<'_>) -> Option<Automation> {
    let text = table.text("level", "vollautomatisch, teilautomatisch oder manuell.");
    let level = match text.as_str() {
        "vollautomatisch" => Some(AutomationLevel::Full),
        "teilautomatisch" => Some(AutomationLevel::Partial),
        "manuell" => Some(AutomationLevel::None),
        "" => None,
        other => {
            let help = suggest(other, ["vollautomatisch", "teilautomatisch", "manuell"]);
            table.source.at(
                table.offset_of("level"),
                format!("Die Stufe `{other}` gibt es nicht."),
                help,
            );
            None
        }
    };
    let legal = table.text("legal", "Rechtsgrundlage der Automation, z. B. § 155 Abs. 4 AO.");
    let note = table.text("note", "Sagen, wann ein Mensch entscheidet.");
    table.finish();
    Some(Automation {
        level: level?,
        legal,
        note,
    })
}

pub(super) fn fee(table: Table<'_>) -> Fee {
    let cents = table.opt_int("cents");
    if cents.is_none_or(|cents| !(0..=10_000_000).contains(&cents)) {
        let help = "Betrag in Cent angeben, 0 für keine Gebühr, höchstens 10000000.";
        table
            .source
            .at(table.offset_of("cents"), "Die Gebühr fehlt oder ist unsinnig.", help);
    }
    let legal = table.text("legal", "Rechtsgrundlage der Gebühr oder der Gebührenfreiheit.");
    table.finish();
    Fee {
        cents: cents.unwrap_or(0),
        legal,
    }
}

pub(super) fn retention(table: Table<'_>) -> Retention {
    let years = table
        .opt_int("years")
        .and_then(|years| u32::try_from(years).ok())
        .filter(|years| (1..=100).contains(years));
    if years.is_none() {
        let help = "Ganze Jahre angeben, 1 bis 100.";
        table.source.at(
            table.offset_of("years"),
            "Die Aufbewahrungsfrist fehlt oder ist unsinnig.",
            help,
        );
    }
    let begins = match table
        .text("begins", "`abschluss`, `letzte-zahlung` oder `offen` angeben.")
        .as_str()
    {
        "letzte-zahlung" => RetentionStart::LastPayment,
        "offen" => RetentionStart::Open,
        "abschluss" | "" => RetentionStart::Closed,
        other => {
            let message = format!("Die Aufbewahrung kann nicht mit `{other}` beginnen.");
            let help = "`abschluss`, `letzte-zahlung` oder `offen` angeben.";
            table.source.at(table.offset_of("begins"), message, help);
            RetentionStart::Closed
        }
    };
    let from = table.text("from", "Sagen, ab wann die Jahre zählen.");
    let legal = table.text("legal", "Rechtsgrundlage der Aufbewahrung.");
    table.finish();
    Retention {
        years: years.unwrap_or(1),
        begins,
        from,
        legal,
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

pub(super) fn check_name(table: &Table<'_>, name: &str, offset: usize) {
    if !is_name(name) {
        let help = "Kleinbuchstaben ohne Umlaute, Ziffern und Unterstriche.";
        table.source.at(offset, format!("`{name}` ist kein Name."), help);
    }
}

pub(super) fn parameters(table: &Table<'_>) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for entry in table.entries() {
        check_name(table, entry.key, entry.key_offset);
        match table.inner(&entry) {
            Some(inner) => parameters.extend(parameter::read(entry.key, inner)),
            None => {
                let help = format!(
                    "Einen Abschnitt [parameters.{}] mit type, meaning und legal anlegen.",
                    entry.key
                );
                table
                    .source
                    .at(entry.offset(), format!("`{}` ist keine Tabelle.", entry.key), help);
            }
        }
    }
    parameters
}

pub(super) fn evidence(table: Table<'_>) -> Evidence {
    let evidence = Evidence {
        name: table.text("name", "Name des Nachweises für Menschen."),
        field: table.opt_text("field"),
        when: table.text("when", "Sagen, wann er verlangt wird."),
        legal: table.text("legal", "Rechtsgrundlage, nach der er verlangt werden darf."),
        offset: table.offset_of("field"),
    };
    table.finish();
    evidence
}

pub(super) fn letter(root: &Table<'_>, places: &mut Places) -> Vec<(String, Vec<String>)> {
    let Some(table) = root.opt_table("letter") else {
        return Vec::new();
    };
    let mut letter = Vec::new();
    for entry in table.entries() {
        let fields = entry.value.get_ref().as_array().map(|items| {
            items
                .iter()
                .filter_map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        });
        match fields {
            Some(fields) if !fields.is_empty() && entry.key.split('.').all(is_name) => {
                letter.push((entry.key.to_owned(), fields));
                places.letter.push(entry.offset());
            }
            _ => {
                let help = "\"empfaenger.name\" = [\"F…\", \"F…\"] (den Namen in Anführungszeichen setzen).";
                table
                    .source
                    .at(entry.offset(), format!("`{}` nennt keine Felder.", entry.key), help);
            }
        }
    }
    letter
}

pub(super) fn prefill(root: &Table<'_>, places: &mut Places) -> Vec<(String, String)> {
    let Some(table) = root.opt_table("prefill") else {
        return Vec::new();
    };
    let mut prefill = Vec::new();
    for entry in table.entries() {
        let profile = entry.value.get_ref().as_str().unwrap_or_default();
        if PROFILE.contains(&profile) {
            prefill.push((entry.key.to_owned(), profile.to_owned()));
            places.prefill.push(entry.key_offset);
        } else {
            let message = format!("Die Anmeldung kennt kein `{profile}`.");
            table.source.at(entry.offset(), message, suggest(profile, PROFILE));
        }
    }
    prefill
}

pub(super) fn results(root: &Table<'_>, places: &mut Places) -> Vec<ResultName> {
    let Some(table) = root.opt_table("results") else {
        return Vec::new();
    };
    let mut results = Vec::new();
    for entry in table.entries() {
        let mut result = ResultName {
            name: entry.key.to_owned(),
            ..ResultName::default()
        };
        match table.inner(&entry) {
            Some(inner) => {
                result.label = inner.opt_text("label").unwrap_or_default();
                result.line = inner.opt_text("line");
                let values = inner.opt_table("values");
                for value in values.iter().flat_map(Table::entries) {
                    match value.value.get_ref().as_str().map(str::trim) {
                        Some(words) if !words.is_empty() => {
                            result.values.push((value.key.to_owned(), words.to_owned()));
                        }
                        _ => table.source.at(
                            value.offset(),
                            format!("Der Wert `{}` hat keine Bezeichnung.", value.key),
                            "wert = \"Bezeichnung\" eintragen.",
                        ),
                    }
                }
                inner.finish();
            }
            None => entry
                .value
                .get_ref()
                .as_str()
                .unwrap_or_default()
                .trim()
                .clone_into(&mut result.label),
        }
        if result.label.is_empty() || !entry.key.split('.').all(is_name) {
            let help = "name = \"Bezeichnung\" oder { label = \"Bezeichnung\", values = { … }, line = \"…\" }; Teile einer Liste in \
                        Anführungszeichen: \"raten.faellig\" = \"Fällig am\".";
            table
                .source
                .at(entry.offset(), format!("`{}` hat keine Bezeichnung.", entry.key), help);
        } else {
            results.push(result);
            places.result.push(entry.key_offset);
        }
    }
    results
}

pub(super) fn payment(table: Table<'_>) -> Payment {
    let holder = table.texts("holder");
    if holder.is_empty() {
        table.missing(
            "holder",
            "Felder mit dem Namen der Kontoinhaberin nennen, z. B. [\"F…\"].",
        );
    }
    let payment = Payment {
        iban: table.text("iban", "Feld des Formulars mit der IBAN nennen."),
        holder: holder.into_iter().map(|(field, _)| field).collect(),
        offset: table.offset,
    };
    table.finish();
    payment
}

pub(super) fn place(table: Table<'_>) -> PlaceField {
    let place = PlaceField {
        field: table.text("field", "Frage des Formulars nach der Gemeinde nennen, z. B. \"F…\"."),
        offset: table.offset,
    };
    table.finish();
    place
}
