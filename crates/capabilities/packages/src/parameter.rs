//! What a package lets each authority set: type, bounds, meaning.

use serde_json::Value;
use wegfrei_model::{AuthorityId, Cents, Iban, Language};

use crate::finding::suggest;
use crate::manifest::options;
use crate::toml_reader::Table;

/// One parameter of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name, as decisions and notices use it.
    pub name: String,
    /// Type and bounds.
    pub kind: ParameterKind,
    /// What it means, for the authority that sets it.
    pub meaning: String,
    /// Legal basis of setting it.
    pub legal: String,
    /// Whether an adoption must set it.
    pub required: bool,
    /// Whether an adoption must say where the value comes from (or mark it as demonstration).
    pub source_required: bool,
    /// For the office alone: the service's page does not show it among the costs.
    pub internal: bool,
}

/// Type of a parameter, with the bounds the package's author sets (law 4: competence stays local, within bounds).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterKind {
    /// `cent`: whole euro cents.
    Cents {
        /// Least amount.
        min: i64,
        /// Largest amount.
        max: i64,
    },
    /// `prozent`: whole percent.
    Percent {
        /// Least share.
        min: i64,
        /// Largest share.
        max: i64,
    },
    /// `zahl`: a whole number.
    Number {
        /// Least number.
        min: i64,
        /// Largest number.
        max: i64,
    },
    /// `text`.
    Text,
    /// `auswahl`: one of the options, each with its words for people.
    Choice(Vec<(String, String)>),
    /// `mehrfachauswahl`: any of the options, each once.
    Choices(Vec<String>),
    /// `termine`: 1 to 12 days of a year, in order, as `{ tag, monat }`; days 1 to 28, so that every year has them.
    DueDates,
    /// `orte`: a whole number for each place, keyed by AGS: `{ "15085000" = 1, "15085040" = 2 }`. The adopting authority's own key
    /// holds for every place of its district that has no value of its own.
    Places {
        /// Least number.
        min: i64,
        /// Largest number.
        max: i64,
    },
    /// `kasse`: `{ name, iban, bic? }`.
    Treasury,
    /// `kontakt`: `{ telefon?, email?, web?, oeffnungszeiten? }`.
    Contact,
}

const KINDS: [&str; 10] = [
    "cent",
    "prozent",
    "zahl",
    "text",
    "auswahl",
    "mehrfachauswahl",
    "termine",
    "orte",
    "kasse",
    "kontakt",
];

/// Reads `[parameters.name]`.
pub(crate) fn read(name: &str, table: Table<'_>) -> Option<Parameter> {
    let kind_name = table.text("type", &format!("Art des Parameters angeben: {}.", KINDS.join(", ")));
    let (min, max) = (table.opt_int("min"), table.opt_int("max"));
    let options = options(&table);
    let meaning = table.text("meaning", "In einem Satz sagen, was der Wert bedeutet.");
    let legal = table.text(
        "legal",
        "Rechtsgrundlage nennen, nach der die Behörde den Wert festlegt.",
    );
    let required = table.opt_bool("required").unwrap_or(true);
    let source_required = table.opt_bool("source").unwrap_or(true);
    let internal = table.opt_bool("internal").unwrap_or(false);
    let bounds = |least: i64, most: i64| match (min, max) {
        (Some(min), Some(max)) if min > max => {
            let help = format!("min ({min}) muss kleiner oder gleich max ({max}) sein.");
            table.source.at(
                table.offset_of("min"),
                format!("Die Grenzen von `{name}` sind vertauscht."),
                help,
            );
            None
        }
        (Some(min), Some(max)) if min < least || max > most => {
            let help = format!("Erlaubt sind Grenzen von {least} bis {most}.");
            let place = table.offset_of(if max > most { "max" } else { "min" });
            table
                .source
                .at(place, format!("Die Grenzen von `{name}` sind unsinnig weit."), help);
            None
        }
        (Some(min), Some(max)) => Some((min, max)),
        _ => {
            table.missing(
                "min/max",
                "Untere und obere Grenze angeben: die Behörde darf nur dazwischen wählen.",
            );
            None
        }
    };
    let kind = match kind_name.as_str() {
        "cent" => bounds(0, 100_000_000).map(|(min, max)| ParameterKind::Cents { min, max }),
        "prozent" => bounds(0, 100).map(|(min, max)| ParameterKind::Percent { min, max }),
        "zahl" => bounds(-1_000_000_000, 1_000_000_000).map(|(min, max)| ParameterKind::Number { min, max }),
        "orte" => bounds(0, 1_000_000_000).map(|(min, max)| ParameterKind::Places { min, max }),
        "text" => Some(ParameterKind::Text),
        "auswahl" | "mehrfachauswahl" if options.is_empty() => {
            table.missing("options", "Die erlaubten Werte als Liste angeben.");
            None
        }
        "auswahl" => Some(ParameterKind::Choice(options.clone())),
        "mehrfachauswahl" => Some(ParameterKind::Choices(
            options.iter().map(|(code, _)| code.clone()).collect(),
        )),
        "termine" => Some(ParameterKind::DueDates),
        "kasse" => Some(ParameterKind::Treasury),
        "kontakt" => Some(ParameterKind::Contact),
        "" => None,
        other => {
            let message = format!("Die Art `{other}` von `{name}` gibt es nicht.");
            table.source.at(table.offset_of("type"), message, suggest(other, KINDS));
            None
        }
    };
    let numeric = matches!(kind_name.as_str(), "cent" | "prozent" | "zahl" | "orte");
    if !numeric && (min.is_some() || max.is_some()) {
        let help = "min und max löschen; sie gelten für cent, prozent, zahl und orte.";
        table.source.at(
            table.offset_of("min"),
            format!("`{name}` hat Grenzen, ist aber keine Zahl."),
            help,
        );
    }
    table.finish();
    Some(Parameter {
        name: name.to_owned(),
        kind: kind?,
        meaning,
        legal,
        required,
        source_required,
        internal,
    })
}

impl ParameterKind {
    /// Whether a value keeps the type and bounds; the error says in German what is allowed.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        match self {
            ParameterKind::Cents { min, max } => within(value, *min, *max).ok_or_else(|| {
                format!(
                    "Erlaubt sind {min} bis {max} Cent ({} bis {}), ganzzahlig.",
                    Cents::new(*min),
                    Cents::new(*max)
                )
            }),
            ParameterKind::Percent { min, max } => {
                within(value, *min, *max).ok_or_else(|| format!("Erlaubt sind {min} bis {max} Prozent, ganzzahlig."))
            }
            ParameterKind::Number { min, max } => {
                within(value, *min, *max).ok_or_else(|| format!("Erlaubt sind ganze Zahlen von {min} bis {max}."))
            }
            ParameterKind::Text => match value.as_str() {
                Some(text) if !text.trim().is_empty() && text.chars().count() <= 500 => Ok(()),
                _ => Err("Erwartet wird ein Text mit höchstens 500 Zeichen.".to_owned()),
            },
            ParameterKind::Choice(options) => match value.as_str() {
                Some(text) if options.iter().any(|(option, _)| option == text) => Ok(()),
                _ => {
                    let known: Vec<&str> = options.iter().map(|(option, _)| option.as_str()).collect();
                    Err(format!("Erlaubt ist eines von: {}.", known.join(", ")))
                }
            },
            ParameterKind::Choices(options) => choices(value, options).ok_or_else(|| {
                format!(
                    "Erwartet wird eine Liste aus: {} (jedes höchstens einmal).",
                    options.join(", ")
                )
            }),
            ParameterKind::DueDates => due_dates(value).ok_or_else(|| {
                "Erwartet werden 1 bis 12 Termine wie { tag = 15, monat = 2 }, im Jahr aufsteigend, Tag 1 bis 28."
                    .to_owned()
            }),
            ParameterKind::Places { min, max } => places(value, *min, *max),
            ParameterKind::Treasury => treasury(value),
            ParameterKind::Contact => fields(value, &[], &["telefon", "email", "web", "oeffnungszeiten"]),
        }
    }

    /// Whether the places of a table belong to the adopting authority; everything else always does.
    pub(crate) fn check_places(&self, value: &Value, authority: AuthorityId) -> Result<(), String> {
        let (ParameterKind::Places { .. }, Some(table)) = (self, value.as_object()) else {
            return Ok(());
        };
        let own = authority.as_str();
        if !table.contains_key(own) {
            return Err(format!(
                "Der Wert für \"{own}\" fehlt: Er gilt für alle Orte, die keinen eigenen haben."
            ));
        }
        // The first five digits of an AGS name the district.
        let district = |key: &str| key.get(..5).map(str::to_owned);
        match table.keys().find(|key| district(key) != district(own)) {
            Some(foreign) => Err(format!("\"{foreign}\" liegt nicht im Gebiet von {own}.")),
            None => Ok(()),
        }
    }

    /// A value for people in their language: `96,00 €`, `50 %`, `15. Februar, 15. Mai`.
    pub(crate) fn show(&self, value: &Value, language: Language) -> String {
        match (self, value) {
            (ParameterKind::Cents { .. }, Value::Number(n)) => Cents::new(n.as_i64().unwrap_or(0)).words(language),
            (ParameterKind::Percent { .. }, Value::Number(n)) => format!("{n} %"),
            (ParameterKind::DueDates, Value::Array(dates)) => {
                let shown = dates.iter().filter_map(|date| {
                    let (month, day) = day_of(date)?;
                    let date = wegfrei_model::Date::new(2000, month, day).ok()?;
                    let text = wegfrei_model::time::date_words(date, language);
                    Some(text.trim_end_matches(" 2000").to_owned())
                });
                and(&shown.collect::<Vec<_>>(), language)
            }
            (ParameterKind::Choice(options), Value::String(code)) => {
                let known = options.iter().find(|(option, _)| option == code);
                known.map_or_else(|| code.clone(), |(_, words)| words.clone())
            }
            (ParameterKind::Places { .. }, Value::Object(table)) => {
                let mut values: Vec<i64> = table.values().filter_map(Value::as_i64).collect();
                values.sort_unstable();
                values.dedup();
                and(&values.iter().map(i64::to_string).collect::<Vec<_>>(), language)
            }
            (ParameterKind::Choices(_), Value::Array(items)) => and(
                &items
                    .iter()
                    .filter_map(|i| i.as_str().map(str::to_owned))
                    .collect::<Vec<_>>(),
                language,
            ),
            (ParameterKind::Treasury, Value::Object(object)) => {
                let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
                format!("{}, IBAN {}", text("name"), text("iban"))
            }
            (ParameterKind::Contact, Value::Object(object)) => {
                object.values().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            (_, Value::String(text)) => text.clone(),
            (_, value) => value.to_string(),
        }
    }
}

fn and(items: &[String], language: Language) -> String {
    let (none, and) = match language {
        Language::De | Language::DeLeicht => ("keine", "und"),
        Language::En => ("none", "and"),
    };
    match items {
        [] => none.to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

fn within(value: &Value, min: i64, max: i64) -> Option<()> {
    value.as_i64().filter(|n| (min..=max).contains(n)).map(drop)
}

fn places(value: &Value, min: i64, max: i64) -> Result<(), String> {
    let table = value
        .as_object()
        .filter(|table| !table.is_empty() && table.len() <= 500);
    let Some(table) = table else {
        return Err("Erwartet wird eine Tabelle aus Gemeindeschlüssel und Zahl: { \"15085000\" = 1 }.".to_owned());
    };
    for (key, number) in table {
        if AuthorityId::parse(key).is_err() {
            return Err(format!("`{key}` ist kein Gemeindeschlüssel mit 8 Ziffern."));
        }
        if within(number, min, max).is_none() {
            return Err(format!("Für \"{key}\" sind ganze Zahlen von {min} bis {max} erlaubt."));
        }
    }
    Ok(())
}

fn choices(value: &Value, options: &[String]) -> Option<()> {
    let items: Vec<&str> = value.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    let unique = items
        .iter()
        .enumerate()
        .all(|(at, item)| items.iter().position(|i| i == item) == Some(at));
    (unique && items.iter().all(|item| options.iter().any(|option| option == item))).then_some(())
}

fn day_of(date: &Value) -> Option<(i8, i8)> {
    let object = date.as_object().filter(|object| object.len() == 2)?;
    let number = |key| {
        object
            .get(key)
            .and_then(Value::as_i64)
            .and_then(|n| i8::try_from(n).ok())
    };
    Some((number("monat")?, number("tag")?))
}

fn due_dates(value: &Value) -> Option<()> {
    let dates: Vec<(i8, i8)> = value.as_array()?.iter().map(day_of).collect::<Option<_>>()?;
    let real = dates
        .iter()
        .all(|(month, day)| (1..=12).contains(month) && (1..=28).contains(day));
    let ordered = dates.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    (real && ordered && (1..=12).contains(&dates.len())).then_some(())
}

/// Texts under known keys.
fn fields(value: &Value, required: &[&str], optional: &[&str]) -> Result<(), String> {
    let Some(object) = value.as_object() else {
        return Err(format!(
            "Erwartet wird eine Tabelle mit: {}.",
            [required, optional].concat().join(", ")
        ));
    };
    for key in required {
        if !object.contains_key(*key) {
            return Err(format!("`{key}` fehlt."));
        }
    }
    for (key, value) in object {
        if !required.contains(&key.as_str()) && !optional.contains(&key.as_str()) {
            let known = required.iter().chain(optional).copied();
            return Err(format!("`{key}` ist unbekannt. {}", suggest(key, known)));
        }
        if value.as_str().is_none_or(|text| text.trim().is_empty()) {
            return Err(format!("`{key}` muss ein Text sein."));
        }
    }
    Ok(())
}

fn treasury(value: &Value) -> Result<(), String> {
    fields(value, &["name", "iban"], &["bic"])?;
    let iban = value.get("iban").and_then(Value::as_str).unwrap_or_default();
    // Stored dense, as letters and payments take it.
    if Iban::parse(iban).is_ok_and(|parsed| parsed.as_str() == iban) {
        Ok(())
    } else {
        Err(format!(
            "Die IBAN `{iban}` ist falsch: die Prüfziffer stimmt nicht (ISO 13616, ohne Leerzeichen)."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_keep_type_and_bounds() {
        let cents = ParameterKind::Cents { min: 0, max: 50_000 };
        let options = vec!["H".to_owned(), "Bl".to_owned()];
        let worded = options
            .iter()
            .map(|code| (code.clone(), format!("Wort {code}")))
            .collect();
        let (one, many) = (ParameterKind::Choice(worded), ParameterKind::Choices(options));
        let day = |tag: i64, monat: i64| json!({"tag": tag, "monat": monat});
        for (kind, value, good) in [
            (&cents, json!(9600), true),
            (&cents, json!(50_001), false),
            (&cents, json!(-1), false),
            (&cents, json!(96.5), false),
            (&cents, json!("96"), false),
            (&ParameterKind::Percent { min: 0, max: 100 }, json!(101), false),
            (&one, json!("H"), true),
            (&one, json!("X"), false),
            (&many, json!([]), true),
            (&many, json!(["Bl", "H"]), true),
            (&many, json!(["H", "H"]), false),
            (&many, json!("H"), false),
            (&ParameterKind::DueDates, json!([day(15, 2), day(15, 5)]), true),
            (&ParameterKind::DueDates, json!([day(15, 5), day(15, 2)]), false),
            (&ParameterKind::DueDates, json!([day(31, 2)]), false),
            (&ParameterKind::DueDates, json!([]), false),
            (&ParameterKind::DueDates, json!(["15.02."]), false),
            (&ParameterKind::Text, json!(" "), false),
            (
                &ParameterKind::Treasury,
                json!({"name": "K", "iban": "DE02120300000000202051"}),
                true,
            ),
            (
                &ParameterKind::Treasury,
                json!({"name": "K", "iban": "DE02120300000000202052"}),
                false,
            ),
            (&ParameterKind::Treasury, json!({"name": "K"}), false),
            (&ParameterKind::Contact, json!({"telefon": "1", "mail": "2"}), false),
        ] {
            assert_eq!(
                kind.check(&value).is_ok(),
                good,
                "{kind:?} {value} {:?}",
                kind.check(&value)
            );
        }
    }

    #[test]
    fn tables_of_places_stay_in_the_district() {
        let kind = ParameterKind::Places { min: 1, max: 7 };
        let harz = AuthorityId::parse("15085000").unwrap();
        for (value, part) in [
            (json!({"15085000": 1, "15085040": 2}), None),
            (json!({"15085000": 8}), Some("von 1 bis 7")),
            (json!({"15085000": "1"}), Some("von 1 bis 7")),
            (json!({"1508500": 1}), Some("kein Gemeindeschlüssel")),
            (json!({}), Some("Tabelle")),
            (json!([1]), Some("Tabelle")),
            (json!({"15085040": 2}), Some("\"15085000\" fehlt")),
            (json!({"15085000": 1, "15003000": 2}), Some("liegt nicht im Gebiet")),
        ] {
            let checked = kind.check(&value).and_then(|()| kind.check_places(&value, harz));
            match part {
                None => assert_eq!(checked, Ok(()), "{value}"),
                Some(part) => assert!(
                    checked.as_ref().is_err_and(|help| help.contains(part)),
                    "{value} {checked:?}"
                ),
            }
        }
        assert_eq!(
            kind.show(&json!({"15085000": 2, "15085040": 1, "15085090": 2}), Language::De),
            "1 und 2"
        );
    }

    #[test]
    fn values_for_people() {
        let due = json!([{"tag": 15, "monat": 2}, {"tag": 1, "monat": 7}]);
        assert_eq!(
            ParameterKind::DueDates.show(&due, Language::De),
            "15. Februar und 1. Juli"
        );
        assert_eq!(
            ParameterKind::DueDates.show(&due, Language::En),
            "15 February and 1 July"
        );
        let cents = ParameterKind::Cents { min: 0, max: 500_000 };
        assert_eq!(cents.show(&json!(123_456), Language::En), "€1,234.56");
        assert_eq!(
            ParameterKind::Percent { min: 0, max: 100 }.show(&json!(50), Language::De),
            "50 %"
        );
        assert_eq!(ParameterKind::Choices(vec![]).show(&json!([]), Language::De), "keine");
    }
}
