//! What a letter must print is looked at when it comes, not when the letter is made: a sign that no font has would keep the PDF from
//! ever being made, weeks after the person left who could have written it otherwise.

use serde_json::Value;
use wegfrei_forms::{Code, Problem};

use crate::Cases;
use crate::error::CaseError;

impl Cases {
    /// Answers of a form with a sign that no letter can print.
    pub(crate) fn unprintable(&self, data: &Value) -> Vec<Problem> {
        let mut found = Vec::new();
        self.look(data, String::new(), &mut found);
        found
    }

    fn look(&self, data: &Value, path: String, found: &mut Vec<Problem>) {
        let below = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        match data {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| self.look(value, below(name), found)),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.look(item, below(&at.to_string()), found);
                }
            }
            Value::String(text) => {
                if let Some(sign) = self.inner.typesetter.unprintable(text) {
                    found.push(Problem {
                        path,
                        message: words("Diese Angabe", sign),
                        code: Code::Character,
                    });
                }
            }
            _ => {}
        }
    }

    /// A text of a person that a letter will print.
    ///
    /// # Errors
    /// [`CaseError::Verdict`] names the sign.
    pub(crate) fn printable(&self, text: &str, what: &str) -> Result<(), CaseError> {
        match self.inner.typesetter.unprintable(text) {
            Some(sign) => Err(CaseError::Verdict(words(what, sign))),
            None => Ok(()),
        }
    }
}

fn words(what: &str, sign: char) -> String {
    let shown = if sign.is_control() || sign.is_whitespace() {
        format!("U+{:04X}", u32::from(sign))
    } else {
        format!("„{sign}“")
    };
    format!(
        "{what} enthält das Zeichen {shown}. Auf einem Brief können wir es nicht drucken. Bitte lassen Sie es weg oder schreiben Sie es anders."
    )
}
