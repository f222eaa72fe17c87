//! FEEL values in messages and letters.

use crate::value::Value;
use dsntk_feel::{FeelNumber, ToFeelString};

/// A value as FEEL would write it, shortened, for messages to authors.
pub(crate) fn display(value: &Value) -> String {
    let text = match value {
        Value::Null | Value::Failed(_) => "null".to_owned(),
        other => other.to_library().to_feel_string(),
    };
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

/// A value as it stands in a German sentence.
pub(crate) fn german(value: &Value, format: Format) -> String {
    match value {
        Value::Number(number) if format == Format::Euro => euro(number),
        Value::Number(number) => number.to_string().replace('.', ","),
        Value::String(text) => text.to_string(),
        Value::Boolean(true) => "ja".to_owned(),
        Value::Boolean(false) => "nein".to_owned(),
        Value::Null | Value::Failed(_) => "ohne Angabe".to_owned(),
        Value::Date(date) => format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
        Value::List(items) => items
            .iter()
            .map(|item| german(item, format))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_library().to_string(),
    }
}

fn euro(cents: &FeelNumber) -> String {
    let Ok(cents) = i64::try_from(cents) else {
        return cents.to_string();
    };
    let units = (cents.unsigned_abs() / 100).to_string();
    let mut text = String::new();
    if cents < 0 {
        text.push('-');
    }
    for (index, digit) in units.chars().enumerate() {
        if index > 0 && (units.len() - index) % 3 == 0 {
            text.push('.');
        }
        text.push(digit);
    }
    // A no-break space keeps amount and sign on one line.
    text.push_str(&format!(",{:02}\u{a0}€", cents.unsigned_abs() % 100));
    text
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
            assert_eq!(
                german(&Value::Number(FeelNumber::from(cents as i64)), Format::Euro),
                expected
            );
        }
    }
}
