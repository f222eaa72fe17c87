//! Answers for reading: German display of values, the summary.

use jiff::civil::Date;
use serde_json::Value;
use wegfrei_model::Iban;

use crate::data::{Data, SummaryGroup, SummaryRow};
use crate::form::{Check, Field, Form, Kind};
use crate::walk::{self, Element, Inside};
use crate::{check, input};

impl Form {
    /// The answers for reading, page by page in German display, for the summary page, the desk and print. Notes, hidden fields
    /// and pages without rows are left out.
    pub fn summary(&self, data: &Data) -> Vec<SummaryGroup> {
        let hidden = self.hidden(data, None);
        let mut groups = vec![];
        for page in &self.pages {
            let mut rows = vec![];
            for root in walk::roots(page) {
                add_rows(root, "", "", data, &hidden, &mut rows);
            }
            if !rows.is_empty() {
                groups.push(SummaryGroup {
                    page_id: page.id.clone(),
                    title: page.title.clone(),
                    rows,
                });
            }
        }
        groups
    }
}

fn add_rows(
    element: Element,
    above: &str,
    suffix: &str,
    data: &Data,
    hidden: &std::collections::BTreeSet<String>,
    rows: &mut Vec<SummaryRow>,
) {
    let path = walk::join(above, element.id);
    let value = walk::at(data, &path);
    match element.inside {
        Inside::Field(field) => {
            if hidden.contains(&path) || !walk::answers(&field.kind) {
                return;
            }
            let label = format!("{}{suffix}", field.label_out);
            rows.push(SummaryRow {
                label,
                value: answer(field, value),
                path,
            });
        }
        Inside::Group(items) => {
            let several = element.occurs.repeats();
            let count = match value {
                Some(Value::Array(list)) if several => list.len().min(walk::MAX_OCCURRENCES),
                _ => usize::from(!several),
            };
            for at in 0..count {
                let (path, suffix) = if several {
                    (walk::join(&path, &at.to_string()), format!("{suffix} ({})", at + 1))
                } else {
                    (path.clone(), suffix.to_owned())
                };
                for item in items {
                    add_rows(item.into(), &path, &suffix, data, hidden, rows);
                }
            }
        }
    }
}

/// An answer for reading; `keine Angabe` when there is none.
fn answer(field: &Field, value: Option<&Value>) -> String {
    match value {
        value if walk::is_empty(value) => "keine Angabe".to_owned(),
        Some(Value::Array(list)) if !matches!(field.kind, Kind::File { .. }) => {
            let all: Vec<String> = list.iter().map(|value| one(field, value)).collect();
            all.join(", ")
        }
        Some(value) => one(field, value),
        None => String::new(),
    }
}

fn one(field: &Field, value: &Value) -> String {
    match (&field.kind, value) {
        (Kind::Date { .. }, Value::String(text)) => check::stored_date(text).map_or_else(|| text.clone(), date),
        (Kind::DateTime, Value::String(text)) => check::stored_datetime(text)
            .map_or_else(|| text.clone(), |(day, time)| format!("{}, {time} Uhr", date(day))),
        (Kind::Bool, Value::Bool(yes)) => if *yes { "Ja" } else { "Nein" }.to_owned(),
        (Kind::Select { options, .. }, Value::String(text)) => options
            .iter()
            .find(|option| option.value == *text)
            .map_or_else(|| text.clone(), |option| option.label.clone()),
        (Kind::Time, Value::String(text)) => format!("{text} Uhr"),
        (Kind::Currency { .. }, Value::Number(cents)) => cents.as_i64().map_or_else(|| cents.to_string(), euros),
        (Kind::File { .. }, Value::Array(papers)) => {
            let names: Vec<&str> = papers.iter().map(paper_name).collect();
            names.join(", ")
        }
        (Kind::File { .. }, paper) => paper_name(paper).to_owned(),
        (_, Value::Number(n)) => n
            .as_i64()
            .map_or_else(|| n.as_f64().map(number).unwrap_or_default(), grouped),
        (_, Value::String(text)) if field.check == Some(Check::Iban) => {
            Iban::parse(text).map_or_else(|_| text.clone(), |iban| iban.grouped())
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn paper_name(paper: &Value) -> &str {
    paper.get("name").and_then(Value::as_str).unwrap_or("Datei")
}

/// `3. April 2026`.
pub(crate) fn date(date: Date) -> String {
    format!("{}. {} {}", date.day(), input::month_name(date.month()), date.year())
}

/// `1.234,56 €`.
pub(crate) fn euros(cents: i64) -> String {
    format!("{} €", plain_euros(cents))
}

fn plain_euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let whole = grouped_digits(&(cents.unsigned_abs() / 100).to_string(), 3);
    format!("{sign}{whole},{:02}", cents.unsigned_abs() % 100)
}

/// `1.234,5`.
pub(crate) fn number(number: f64) -> String {
    let written = format!("{number}");
    let (sign, digits) = written
        .strip_prefix('-')
        .map_or(("", written.as_str()), |digits| ("-", digits));
    match digits.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{},{fraction}", grouped_digits(whole, 4)),
        None => format!("{sign}{}", grouped_digits(digits, 4)),
    }
}

fn grouped(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped_digits(&number.unsigned_abs().to_string(), 4))
}

/// Digits in groups of three when there are more than `together`. Plain numbers of four digits stay together, as DIN 5008
/// allows: years read better so. Amounts do not.
fn grouped_digits(digits: &str, together: usize) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > together && (digits.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// What people call a media type.
pub(crate) fn media_type(media: &str) -> &str {
    match media {
        "application/pdf" => "PDF",
        "image/jpeg" => "Foto (JPEG)",
        "image/png" => "Bild (PNG)",
        other => other,
    }
}

impl Field {
    /// A stored value as text for the input's `value` attribute: German numbers and dates (`3.4.2026`), `true`/`false` for yes
    /// and no, and what was typed when it could not be read.
    pub fn shown(&self, value: &Value) -> String {
        match (&self.kind, value) {
            (_, Value::Null) => String::new(),
            (Kind::Date { .. }, Value::String(text)) => match check::stored_date(text) {
                Some(date) => format!("{}.{}.{}", date.day(), date.month(), date.year()),
                None => text.clone(),
            },
            (Kind::DateTime, Value::String(text)) => match check::stored_datetime(text) {
                Some((date, time)) => format!("{}.{}.{} {time}", date.day(), date.month(), date.year()),
                None => text.clone(),
            },
            (Kind::Currency { .. }, Value::Number(n)) => n.as_i64().map(plain_euros).unwrap_or_default(),
            (Kind::Number { .. }, Value::Number(n)) => {
                n.as_f64().map(|n| n.to_string().replace('.', ",")).unwrap_or_default()
            }
            (_, Value::Number(n)) => n.to_string(),
            (_, Value::Bool(yes)) => yes.to_string(),
            (_, Value::String(text)) => text.clone(),
            _ => String::new(),
        }
    }

    /// Day, month and year of a stored or typed date for the three inputs `.tag`, `.monat`, `.jahr`.
    pub fn shown_date(&self, value: &Value) -> [String; 3] {
        let text = value.as_str().unwrap_or_default();
        if let Some(date) = check::stored_date(text) {
            return [
                date.day().to_string(),
                date.month().to_string(),
                date.year().to_string(),
            ];
        }
        // Typed into three inputs, stored as `day.month.year` with gaps kept.
        let mut parts = text.splitn(3, '.').map(|part| part.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        [next(), next(), next()]
    }

    /// A stored value for reading, e.g. `3. April 2026`; `keine Angabe` for null.
    pub fn display(&self, value: &Value) -> String {
        answer(self, Some(value))
    }
}
