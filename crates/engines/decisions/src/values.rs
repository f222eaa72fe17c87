//! FEEL values in messages and letters.

use crate::number::Number;
use crate::value::Value;
use dsntk_feel::ToFeelString;
use std::fmt::{self, Write};

/// A value as FEEL would write it.
pub(crate) fn feel(value: &Value) -> String {
    match value {
        Value::Null | Value::Failed(_) => "null".to_owned(),
        other => other.to_library().to_feel_string(),
    }
}

/// The same, shortened, for messages to authors.
pub(crate) fn display(value: &Value) -> String {
    let text = feel(value);
    if text.chars().count() > 80 {
        text.chars().take(79).chain(['…']).collect()
    } else {
        text
    }
}

/// How a placeholder shows its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// As people in Germany write it.
    Plain,
    /// Integer cents as euros: `1.234,56 €`.
    Euro,
}

/// Writes a value as it stands in a German sentence.
pub(crate) fn german(text: &mut String, value: &Value, format: Format) {
    match value {
        Value::Number(number) if format == Format::Euro => euro(text, number),
        Value::Number(Number::Decimal(number)) => text.push_str(&number.to_string().replace('.', ",")),
        Value::Number(number) => put(text, format_args!("{number}")),
        Value::String(string) => text.push_str(string),
        Value::Boolean(true) => text.push_str("ja"),
        Value::Boolean(false) => text.push_str("nein"),
        Value::Null | Value::Failed(_) => text.push_str("ohne Angabe"),
        Value::Date(date) => put(
            text,
            format_args!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
        ),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                german(text, item, format);
            }
        }
        other => put(text, format_args!("{}", other.to_library())),
    }
}

fn put(text: &mut String, written: fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(written);
}

fn euro(text: &mut String, number: &Number) {
    let Some(cents) = number.truncated() else {
        return put(text, format_args!("{number}"));
    };
    let units = (cents.unsigned_abs() / 100).to_string();
    if cents < 0 {
        text.push('-');
    }
    for (index, digit) in units.chars().enumerate() {
        if index > 0 && (units.len() - index).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    // A no-break space keeps amount and sign on one line.
    put(text, format_args!(",{:02}\u{a0}€", cents.unsigned_abs() % 100));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_written_the_german_way() {
        for (cents, expected) in [
            (0, "0,00\u{a0}€"),
            (5, "0,05\u{a0}€"),
            (9600, "96,00\u{a0}€"),
            (123_456_789, "1.234.567,89\u{a0}€"),
            (-150, "-1,50\u{a0}€"),
        ] {
            let mut text = String::new();
            german(&mut text, &Value::Number(Number::Whole(cents)), Format::Euro);
            assert_eq!(text, expected);
        }
    }
}
