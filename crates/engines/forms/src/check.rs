//! Checks one stored value against its field.

use jiff::civil::Date;
use serde_json::Value;
use wegfrei_model::{Iban, IdNr};

use crate::data::Code;
use crate::form::{Check, Field, Kind, Pattern};
use crate::input::{self, Refusal};
use crate::{show, walk};

/// What is wrong with a value that is not empty.
pub(crate) fn check(field: &Field, value: &Value) -> Option<Refusal> {
    let label = &field.label_in;
    let wrong_type = || {
        // A text where another type belongs is what a person typed: reading it again says what is wrong.
        let read = value.as_str().map(|typed| input::read(field, typed));
        Some(match read {
            Some(Err(refusal)) => refusal,
            _ => (
                Code::Type,
                format!("Die Angabe bei „{label}“ ist nicht lesbar. Bitte geben Sie sie neu ein."),
            ),
        })
    };
    match &field.kind {
        Kind::Text {
            min,
            max,
            pattern,
            multiline,
            latin,
        } => {
            let Some(text) = value.as_str() else {
                return wrong_type();
            };
            text_problem(label, text, *min, *max, *multiline)
                .or_else(|| latin_problem(label, text).filter(|_| *latin))
                .or_else(|| pattern_problem(label, text, pattern.as_ref(), *min, *max))
                .or_else(|| genuine_problem(field, text))
        }
        Kind::Select { options, .. } => {
            let Some(text) = value.as_str() else {
                return wrong_type();
            };
            if options.is_empty() {
                return text_problem(label, text, None, Some(250), false);
            }
            let known = options.iter().any(|option| option.value == text);
            (!known).then(|| {
                (
                    Code::Option,
                    format!("Bitte wählen Sie bei „{label}“ eine der angebotenen Möglichkeiten aus."),
                )
            })
        }
        Kind::Integer { min, max } => {
            let Some(number) = walk::whole_of(value) else {
                return wrong_type();
            };
            range_problem(label, &number, min.as_ref(), max.as_ref(), i64::to_string)
        }
        Kind::Number { min, max } => {
            let Some(number) = value.as_f64() else {
                return wrong_type();
            };
            range_problem(label, &number, min.as_ref(), max.as_ref(), |number| {
                show::number(*number)
            })
        }
        Kind::Currency { min, max } => {
            let Some(cents) = walk::whole_of(value) else {
                return wrong_type();
            };
            range_problem(label, &cents, min.as_ref(), max.as_ref(), |cents| show::euros(*cents))
        }
        Kind::Date { min, max } => {
            let Some(date) = value.as_str().and_then(stored_date) else {
                return wrong_type();
            };
            match (min, max) {
                (Some(min), _) if date < *min => {
                    let day = show::date(*min);
                    Some((
                        Code::Range,
                        format!("Das Datum bei „{label}“ darf nicht vor dem {day} liegen. Bitte prüfen Sie es."),
                    ))
                }
                (_, Some(max)) if date > *max => {
                    let day = show::date(*max);
                    Some((
                        Code::Range,
                        format!("Das Datum bei „{label}“ darf nicht nach dem {day} liegen. Bitte prüfen Sie es."),
                    ))
                }
                _ => None,
            }
        }
        Kind::Time => {
            if value.as_str().is_some_and(is_stored_time) {
                None
            } else {
                wrong_type()
            }
        }
        Kind::DateTime => {
            if value.as_str().and_then(stored_datetime).is_some() {
                None
            } else {
                wrong_type()
            }
        }
        Kind::Bool => {
            if value.is_boolean() {
                None
            } else {
                wrong_type()
            }
        }
        Kind::File { max_bytes, media_types } => {
            // Of a field that repeats each paper is an occurrence.
            let papers = if field.occurs.repeats() {
                std::slice::from_ref(value)
            } else {
                value.as_array().map(Vec::as_slice).unwrap_or_default()
            };
            file_problem(label, papers, *max_bytes, media_types)
        }
        Kind::Object => None,
        Kind::Note(_) => Some((
            Code::Unknown,
            format!("„{label}“ ist ein Hinweis und nimmt keine Angabe auf."),
        )),
    }
}

/// A date exactly as it is stored.
pub(crate) fn stored_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shape.then(|| text.parse().ok()).flatten()
}

/// A point in time exactly as it is stored: its day and `HH:MM`.
pub(crate) fn stored_datetime(text: &str) -> Option<(Date, &str)> {
    let (day, time) = text.split_once('T').filter(|(_, time)| is_stored_time(time))?;
    Some((stored_date(day)?, time))
}

/// A time of day exactly as it is stored.
fn is_stored_time(text: &str) -> bool {
    match text.as_bytes() {
        [h1 @ b'0'..=b'2', h2 @ b'0'..=b'9', b':', b'0'..=b'5', b'0'..=b'9'] => *h1 < b'2' || *h2 < b'4',
        _ => false,
    }
}

fn text_problem(label: &str, text: &str, min: Option<u32>, max: Option<u32>, lines: bool) -> Option<Refusal> {
    if text
        .chars()
        .any(|c| input::is_forbidden(c) || (!lines && matches!(c, '\n' | '\t')))
    {
        let message = format!(
            "„{label}“ enthält ein unsichtbares Steuerzeichen. Bitte tippen Sie den Text neu ein, statt ihn einzufügen."
        );
        return Some((Code::Character, message));
    }
    let length = text.chars().count();
    let limit = max.and_then(|max| usize::try_from(max).ok()).unwrap_or(input::MAX_TEXT);
    if length > limit {
        let message = format!(
            "„{label}“ ist zu lang: Höchstens {limit} Zeichen sind möglich, Sie haben {length} eingegeben. Bitte kürzen Sie den Text."
        );
        return Some((Code::Length, message));
    }
    let least = min.and_then(|min| usize::try_from(min).ok()).unwrap_or(0);
    (length < least).then(|| {
        (
            Code::Length,
            format!("„{label}“ ist zu kurz: Bitte geben Sie mindestens {least} Zeichen ein."),
        )
    })
}

/// `text_latin` is what DIN 91379 contains: every letter of every European name, and no other script. Registers and letters take
/// nothing else.
fn latin_problem(label: &str, text: &str) -> Option<Refusal> {
    let wrong = wegfrei_model::name::Latin::parse(text).err()?;
    let message = format!(
        "„{label}“ enthält das Zeichen „{}“. Bitte verwenden Sie lateinische Buchstaben, so wie in Ihrem Ausweis.",
        wrong.character
    );
    Some((Code::Character, message))
}

fn pattern_problem(
    label: &str,
    text: &str,
    pattern: Option<&Pattern>,
    min: Option<u32>,
    max: Option<u32>,
) -> Option<Refusal> {
    let pattern = pattern.filter(|pattern| !pattern.regex.is_match(text))?;
    let only_digits = pattern
        .text
        .chars()
        .all(|c| c.is_ascii_digit() || "[]{}()|-\\d".contains(c));
    let message = match (min, max) {
        (Some(min), Some(max)) if only_digits && min == max => {
            format!("Bitte geben Sie bei „{label}“ genau {max} Ziffern ein, ohne andere Zeichen.")
        }
        _ if pattern.text.contains('@') => {
            format!(
                "Bitte geben Sie bei „{label}“ eine vollständige E-Mail-Adresse ein, zum Beispiel name@beispiel.de."
            )
        }
        _ => format!(
            "Die Angabe bei „{label}“ hat nicht die erwartete Form. Bitte prüfen Sie sie mit Hilfe des Hinweises am Feld."
        ),
    };
    Some((Code::Pattern, message))
}

/// Check digits. Of an IBAN stored is the dense form only: what comes after (payments, letters) relies on it.
fn genuine_problem(field: &Field, text: &str) -> Option<Refusal> {
    let label = &field.label_in;
    let message = match field.check? {
        Check::Iban => match Iban::parse(text) {
            Ok(iban) if iban.as_str() == text => return None,
            Ok(_) => format!("Bitte geben Sie die IBAN bei „{label}“ ohne Leerzeichen und in Großbuchstaben ein."),
            Err(error) => format!("„{label}“: {error}"),
        },
        Check::IdNr => match IdNr::parse(text) {
            Ok(_) => return None,
            Err(_) => format!(
                "„{label}“ ist keine gültige Steuer-Identifikationsnummer. Bitte vergleichen Sie sie mit dem Schreiben, in dem sie Ihnen mitgeteilt wurde."
            ),
        },
    };
    Some((Code::Pattern, message))
}

fn range_problem<T: PartialOrd>(
    label: &str,
    value: &T,
    min: Option<&T>,
    max: Option<&T>,
    show: impl Fn(&T) -> String,
) -> Option<Refusal> {
    let message = match (min, max) {
        (Some(min), Some(max)) if value < min || value > max => {
            format!(
                "Bitte geben Sie bei „{label}“ einen Wert von {} bis {} ein.",
                show(min),
                show(max)
            )
        }
        (Some(min), None) if value < min => format!("Bitte geben Sie bei „{label}“ mindestens {} ein.", show(min)),
        (None, Some(max)) if value > max => format!("Bitte geben Sie bei „{label}“ höchstens {} ein.", show(max)),
        _ => return None,
    };
    Some((Code::Range, message))
}

fn file_problem(label: &str, papers: &[Value], max_bytes: Option<u64>, media_types: &[String]) -> Option<Refusal> {
    let named = |paper: &Value| {
        paper
            .get("paper")
            .and_then(Value::as_str)
            .is_some_and(|id| !id.is_empty())
    };
    if papers.is_empty() || !papers.iter().all(named) {
        return Some((
            Code::File,
            format!("Bei „{label}“ ist keine Datei angekommen. Bitte laden Sie sie noch einmal hoch."),
        ));
    }
    for paper in papers {
        let media = paper.get("media_type").and_then(Value::as_str);
        if !media_types.is_empty() && media.is_some_and(|media| !media_types.iter().any(|known| known == media)) {
            let kinds: Vec<&str> = media_types.iter().map(|media| show::media_type(media)).collect();
            return Some((
                Code::File,
                format!(
                    "Diese Art von Datei ist bei „{label}“ nicht möglich. Bitte laden Sie eine dieser Arten hoch: {}.",
                    kinds.join(", ")
                ),
            ));
        }
        let bytes = paper.get("bytes").and_then(Value::as_u64);
        if let (Some(bytes), Some(limit)) = (bytes, max_bytes)
            && bytes > limit
        {
            return Some((
                Code::File,
                format!(
                    "Die Datei bei „{label}“ ist zu groß: Möglich sind höchstens {} MB. Bitte laden Sie eine kleinere Datei hoch.",
                    limit / 1_000_000
                ),
            ));
        }
    }
    None
}

/// What to do when an answer is missing.
pub(crate) fn missing(field: &Field) -> String {
    let label = &field.label_in;
    match &field.kind {
        Kind::Select { options, .. } if !options.is_empty() => {
            format!("Bitte wählen Sie bei „{label}“ eine Möglichkeit aus.")
        }
        Kind::Bool => format!("Bitte wählen Sie bei „{label}“ Ja oder Nein."),
        Kind::Date { .. } => format!("Bitte geben Sie bei „{label}“ Tag, Monat und Jahr ein."),
        Kind::File { .. } => format!("Bitte laden Sie bei „{label}“ eine Datei hoch."),
        _ => format!("Bitte füllen Sie das Feld „{label}“ aus."),
    }
}
