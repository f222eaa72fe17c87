//! Reads what people type: German dates, numbers and amounts, forgivingly.

use jiff::civil::Date;
use serde_json::{Number, Value};
use unicode_normalization::UnicodeNormalization;
use wegfrei_model::Iban;

use crate::data::Code;
use crate::form::{Check, Field, Item, Kind, Page};

/// What is wrong with an input and what to do.
pub(crate) type Refusal = (Code, String);

/// Longest text taken where the form sets no limit, in characters.
pub(crate) const MAX_TEXT: usize = 10_000;

/// The stored value of an input; `None` when it is blank.
///
/// # Errors
/// Why it cannot be read as the field's type. Limits are checked elsewhere.
pub(crate) fn read(field: &Field, typed: &str) -> Result<Option<Value>, Refusal> {
    let typed = clean(typed, matches!(&field.kind, Kind::Text { multiline: true, .. }));
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = |message: String| (Code::Type, message);
    let label = &field.label_in;
    let value = match &field.kind {
        Kind::Text { .. } if field.check == Some(Check::Iban) => {
            // What is no IBAN is kept as typed, so that the person sees the own mistake.
            Value::String(Iban::parse(&typed).map_or(typed, |iban| iban.as_str().to_owned()))
        }
        Kind::Text { pattern, .. } => Value::String(match pattern {
            // People write long numbers in groups: `276 0981 …`. Blanks go when the pattern wants none.
            Some(pattern) if !pattern.regex.is_match(&typed) => {
                let dense: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
                if pattern.regex.is_match(&dense) { dense } else { typed }
            }
            _ => typed,
        }),
        Kind::Select { .. } => Value::String(typed),
        Kind::Integer { .. } => {
            let number = integer_of(&typed).ok_or_else(|| {
                wrong(format!(
                    "Bitte geben Sie bei „{label}“ eine ganze Zahl ein, zum Beispiel 2."
                ))
            })?;
            Value::from(number)
        }
        Kind::Number { .. } => {
            let number = number_of(&typed).and_then(Number::from_f64).ok_or_else(|| {
                wrong(format!(
                    "Bitte geben Sie bei „{label}“ eine Zahl ein, zum Beispiel 12,5."
                ))
            })?;
            Value::Number(number)
        }
        Kind::Currency { .. } => {
            let cents = cents_of(&typed).ok_or_else(|| {
                wrong(format!(
                    "Bitte geben Sie bei „{label}“ einen Betrag in Euro ein, zum Beispiel 1.234,56."
                ))
            })?;
            Value::from(cents)
        }
        Kind::Date { .. } => Value::String(date(&typed).map_err(wrong)?.to_string()),
        Kind::Time => Value::String(time_of(&typed).ok_or_else(|| {
            wrong(format!(
                "Bitte geben Sie bei „{label}“ eine Uhrzeit ein, zum Beispiel 14:30."
            ))
        })?),
        Kind::DateTime => Value::String(datetime(&typed).map_err(wrong)?),
        Kind::Bool => {
            Value::Bool(bool_of(&typed).ok_or_else(|| wrong(format!("Bitte wählen Sie bei „{label}“ Ja oder Nein.")))?)
        }
        Kind::File { .. } => return Err((Code::File, format!("Bitte laden Sie bei „{label}“ eine Datei hoch."))),
        Kind::Object | Kind::Note(_) => return Ok(None),
    };
    Ok(Some(value))
}

/// The value a field starts with, from its `inhalt`.
pub(crate) fn prefill(field: &Field) -> Option<Value> {
    let written = field.prefill.as_deref().filter(|_| !may_be_thousands(field))?;
    let decimals = matches!(field.kind, Kind::Number { .. } | Kind::Currency { .. });
    let by_machine = decimals.then(|| machine_number(written)).flatten();
    let typed = by_machine.unwrap_or_else(|| written.to_owned());
    read(field, &typed).ok().flatten()
}

/// An amount the field starts with has exactly three decimals: `10.000` may be ten euros or ten thousand.
pub(crate) fn may_be_thousands(field: &Field) -> bool {
    let decimals = field
        .prefill
        .as_deref()
        .and_then(|written| written.trim().split_once('.'));
    let three = |fraction: &str| fraction.len() == 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    matches!(field.kind, Kind::Currency { .. }) && decimals.is_some_and(|(_, fraction)| three(fraction))
}

/// A number as XDatenfelder writes it, where a point always parts the decimals, as people write it: `1.125` → `1,125`.
fn machine_number(written: &str) -> Option<String> {
    let (whole, fraction) = written.trim().split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole.trim_start_matches('-')) && digits(fraction))
        .then(|| format!("{whole},{}", fraction.trim_end_matches('0')))
}

/// Trimmed and in NFC; on one line unless `lines` are wanted.
pub(crate) fn clean(typed: &str, lines: bool) -> String {
    let text: String = typed.replace("\r\n", "\n").nfc().collect();
    let text = if lines {
        text
    } else {
        text.replace(['\n', '\r', '\t'], " ")
    };
    text.trim().to_owned()
}

/// True for characters that have no business in an answer: control characters except line breaks and tabs, and the
/// invisible ones that turn the direction of writing and can make a text read other than it is.
pub(crate) fn is_forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Yes or no in the words people and rules use.
pub(crate) fn bool_of(typed: &str) -> Option<bool> {
    match typed.trim().to_lowercase().as_str() {
        "ja" | "j" | "wahr" | "true" | "on" | "1" => Some(true),
        "nein" | "n" | "falsch" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// A German number as plain digits with a point: `1.234,56` → `1234.56`. A single point that does not part thousands is a
/// decimal point: `12.5`, and `0.125`, as no thousands begin with 0.
fn plain(typed: &str) -> Option<String> {
    let dense: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '\'').collect();
    let dense = dense.replace('−', "-");
    let (sign, digits) = match dense.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", dense.strip_prefix('+').unwrap_or(&dense)),
    };
    let (whole, fraction) = match digits.split_once(',') {
        Some((whole, fraction)) => (whole, fraction),
        None => match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.contains('.') && (fraction.len() != 3 || whole.starts_with('0')) => {
                (whole, fraction)
            }
            _ => (digits, ""),
        },
    };
    let groups: Vec<&str> = whole.split('.').collect();
    let grouped = groups.len() == 1
        || (groups
            .first()
            .is_some_and(|first| (1..=3).contains(&first.len()) && !first.starts_with('0'))
            && groups.iter().skip(1).all(|group| group.len() == 3));
    let whole: String = groups.concat();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = grouped
        && !whole.is_empty()
        && whole.len() <= 18
        && fraction.len() <= 9
        && is_digits(&whole)
        && is_digits(fraction);
    let written = if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    };
    fits.then_some(written)
}

/// A whole number; `3,0` is one.
pub(crate) fn integer_of(typed: &str) -> Option<i64> {
    let plain = plain(typed)?;
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    fraction
        .bytes()
        .all(|byte| byte == b'0')
        .then(|| whole.parse().ok())
        .flatten()
}

/// A decimal number.
pub(crate) fn number_of(typed: &str) -> Option<f64> {
    plain(typed)?.parse().ok()
}

/// An amount in euros as cents; no more than two decimals. `50,-` and `50,–` are full euros.
pub(crate) fn cents_of(typed: &str) -> Option<i64> {
    let amount = typed.trim();
    let amount = ["€", "EUR", "Euro", "euro", "eur"]
        .iter()
        .find_map(|unit| amount.strip_suffix(unit))
        .unwrap_or(amount)
        .trim_end();
    let full = [",-", ",–", ",—", ",−", ",--", ".-"];
    let amount = full
        .iter()
        .find_map(|ending| amount.strip_suffix(ending))
        .unwrap_or(amount);
    let plain = plain(amount)?;
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let negative = whole.starts_with('-');
    let euros: i64 = whole.trim_start_matches('-').parse().ok()?;
    let cents: i64 = match fraction.len() {
        0 => 0,
        1 => fraction.parse::<i64>().ok()? * 10,
        2 => fraction.parse().ok()?,
        _ => return None,
    };
    let total = euros.checked_mul(100)?.checked_add(cents)?;
    Some(if negative { -total } else { total })
}

fn time_of(typed: &str) -> Option<String> {
    let typed = typed.to_lowercase();
    let typed = typed.strip_suffix("uhr").unwrap_or(&typed).trim();
    let (hours, minutes) = typed.split_once([':', '.']).unwrap_or((typed, "00"));
    let number = |text: &str| text.parse::<u8>().ok().filter(|_| !text.starts_with('+'));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then(|| format!("{hours:02}:{minutes:02}"))
}

/// A point in time, from `3.4.2026 14:30`, `3. April 2026, 14.30 Uhr`, `2026-04-03T14:30`.
///
/// # Errors
/// What to do, in German.
pub(crate) fn datetime(typed: &str) -> Result<String, String> {
    let typed = typed.trim().trim_end_matches("Uhr").trim_end();
    let at = typed
        .rfind(['T', ' ', ','])
        .filter(|at| typed.get(at + 1..).is_some_and(|time| time.contains([':', '.'])));
    let Some((day, time)) = at.and_then(|at| Some((typed.get(..at)?, typed.get(at + 1..)?))) else {
        return Err("Bitte geben Sie Tag und Uhrzeit ein, zum Beispiel 3.4.2026 14:30.".to_owned());
    };
    let day = date(day.trim().trim_end_matches([',', ' ']).trim_end_matches(" um"))?;
    let Some(time) = time_of(time) else {
        return Err("Bitte geben Sie die Uhrzeit als Stunden und Minuten ein, zum Beispiel 14:30.".to_owned());
    };
    Ok(format!("{day}T{time}"))
}

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// The name of a month, from 1.
pub(crate) fn month_name(month: i8) -> &'static str {
    usize::try_from(month - 1)
        .ok()
        .and_then(|at| MONTHS.get(at))
        .copied()
        .unwrap_or_default()
}

/// Day, month and year as typed, from `3.4.2026`, `03/04/2026`, `3. April 2026`, `2026-04-03`.
pub(crate) fn date_parts(typed: &str) -> Option<[String; 3]> {
    let parts: Vec<&str> = typed
        .split(|c: char| c.is_whitespace() || ".-/".contains(c))
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 && day.len() <= 2 => {
            Some([(*day).to_owned(), (*month).to_owned(), (*year).to_owned()])
        }
        [day, month, year] => Some([(*day).to_owned(), (*month).to_owned(), (*year).to_owned()]),
        _ => None,
    }
}

/// A day.
///
/// # Errors
/// What to do, in German.
pub(crate) fn date(typed: &str) -> Result<Date, String> {
    // From three inputs with a gap, e.g. `31..2026`: say which is missing.
    if let [day, month, year] = typed.split('.').collect::<Vec<_>>().as_slice() {
        return date_of(day, month, year);
    }
    let Some([day, month, year]) = date_parts(typed) else {
        return Err("Bitte geben Sie Tag, Monat und Jahr ein, zum Beispiel 3.4.2026.".to_owned());
    };
    date_of(&day, &month, &year)
}

/// A day from three inputs.
///
/// # Errors
/// What to do, in German.
pub(crate) fn date_of(day: &str, month: &str, year: &str) -> Result<Date, String> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<i16>().ok()).flatten()
    };
    let small = |text: &str, limit: i16| {
        number(text)
            .filter(|n| (1..=limit).contains(n))
            .and_then(|n| i8::try_from(n).ok())
    };
    let (day, month, year) = (day.trim(), month.trim(), year.trim());
    let Some(day) = small(day, 31) else {
        return Err("Bitte geben Sie den Tag als Zahl von 1 bis 31 ein.".to_owned());
    };
    let named = MONTHS.iter().position(|name| {
        let (name, typed) = (name.to_lowercase(), month.to_lowercase());
        name == typed || (typed.chars().count() >= 3 && name.starts_with(&typed))
    });
    let named = named.and_then(|at| i8::try_from(at + 1).ok());
    let Some(month) = named.or_else(|| small(month, 12)) else {
        return Err("Bitte geben Sie den Monat als Zahl von 1 bis 12 ein.".to_owned());
    };
    let Some(year) = number(year).filter(|_| year.len() == 4).filter(|year| *year >= 1000) else {
        return Err("Bitte geben Sie das Jahr mit vier Ziffern ein, zum Beispiel 2026.".to_owned());
    };
    Date::new(year, month, day).map_err(|_| {
        let name = month_name(month);
        let last = Date::new(year, month, 1).map_or(28, |first| first.days_in_month());
        format!(
            "Den {day}. {name} {year} gibt es nicht: Der {name} {year} hat {last} Tage. Bitte prüfen Sie das Datum."
        )
    })
}

/// The token if HTML knows it for a person's own data.
pub(crate) fn autocomplete_token(token: &str) -> Option<&'static str> {
    const TOKENS: [&str; 18] = [
        "name",
        "honorific-prefix",
        "given-name",
        "family-name",
        "organization",
        "street-address",
        "address-line1",
        "address-line2",
        "postal-code",
        "address-level2",
        "country-name",
        "bday",
        "bday-day",
        "bday-month",
        "bday-year",
        "sex",
        "email",
        "tel",
    ];
    TOKENS.into_iter().find(|known| *known == token)
}

fn token_by_name(name: &str) -> Option<&'static str> {
    Some(match name.trim().to_lowercase().as_str() {
        "familienname" | "nachname" => "family-name",
        "vorname" | "vornamen" | "vorname(n)" => "given-name",
        "geburtsdatum" => "bday",
        "straße" => "address-line1",
        "postleitzahl" => "postal-code",
        "ort" | "wohnort" => "address-level2",
        "e-mail" | "e-mail-adresse" => "email",
        "telefon" | "telefonnummer" => "tel",
        _ => return None,
    })
}

/// Fills in tokens by name where they surely speak of the person at the keyboard: on the first page, when it asks for a family
/// name, each token once. A wrong token is worse than none.
pub(crate) fn derive_autocomplete(pages: &mut [Page]) {
    fn fields<'f>(items: &'f mut [Item], all: &mut Vec<&'f mut Field>) {
        for item in items {
            match item {
                Item::Field(field) => all.push(field),
                Item::Group(group) => fields(&mut group.items, all),
            }
        }
    }
    let mut all = vec![];
    if let Some(page) = pages.first_mut() {
        fields(&mut page.items, &mut all);
    }
    if !all
        .iter()
        .any(|field| token_by_name(&field.name) == Some("family-name"))
    {
        return;
    }
    let mut used: Vec<&str> = all.iter().filter_map(|field| field.autocomplete).collect();
    for field in all {
        if field.autocomplete.is_none()
            && let Some(token) = token_by_name(&field.name)
            && !used.contains(&token)
        {
            used.push(token);
            field.autocomplete = Some(token);
        }
    }
}
