//! Kinds of fields: `feldart`, `datentyp`, `praezisierung`, `werte`.

use std::collections::HashSet;

use super::{Reader, Xml, child, children, code_of, text, text_of};
use crate::form::{Check, Choice, Kind, Pattern};

impl Reader<'_> {
    /// What a field holds. `None` after a mistake that was told.
    pub(super) fn kind(&mut self, node: Xml) -> Option<Kind> {
        let way = code_of(node, "feldart").unwrap_or_else(|| "input".to_owned());
        let kind = code_of(node, "datentyp").unwrap_or_else(|| "text".to_owned());
        match way.as_str() {
            "label" => return Some(Kind::Note(text_of(node, "inhalt").unwrap_or_default())),
            "select" => return Some(self.select(node)),
            "input" | "locked" | "hidden" => {}
            other => {
                self.fail(
                    node,
                    format!("`{other}` is not a kind of field"),
                    "Write input, select, label, locked or hidden.",
                );
                return None;
            }
        }
        let precise = child(node, "praezisierung");
        // Version 2 writes the limits as JSON.
        let json: serde_json::Value = precise
            .map(text)
            .filter(|written| written.starts_with('{'))
            .and_then(|written| serde_json::from_str(&written).ok())
            .unwrap_or_default();
        let limit = |name: &str| -> Option<String> {
            let attribute = precise.and_then(|node| node.attribute(name)).map(str::to_owned);
            let written = attribute.or_else(|| match json.get(name)? {
                serde_json::Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            });
            written
                .map(|written| written.trim().to_owned())
                .filter(|written| !written.is_empty())
        };
        if matches!(kind.as_str(), "time" | "datetime") && (limit("minValue").is_some() || limit("maxValue").is_some())
        {
            self.note(node, "limits of a time are not checked", "Write a rule with a message.");
        }
        Some(match kind.as_str() {
            "text" | "text_latin" => {
                let (min, max) = (
                    self.limit(node, limit("minLength").as_deref())?,
                    self.limit::<u32>(node, limit("maxLength").as_deref())?,
                );
                let pattern = limit("pattern").and_then(|pattern| self.pattern(node, &pattern));
                Kind::Text {
                    min,
                    max,
                    latin: kind == "text_latin",
                    multiline: pattern.is_none() && max.is_some_and(|max| max >= 500),
                    pattern,
                }
            }
            "bool" => Kind::Bool,
            "num" => Kind::Number {
                min: self.number(node, limit("minValue").as_deref())?,
                max: self.number(node, limit("maxValue").as_deref())?,
            },
            "num_int" => Kind::Integer {
                min: self.limit(node, limit("minValue").as_deref())?,
                max: self.limit(node, limit("maxValue").as_deref())?,
            },
            "num_currency" => {
                let euros = |amount: Option<f64>| amount.map(|amount| (amount * 100.0).round() as i64);
                let (min, max) = (
                    self.number(node, limit("minValue").as_deref())?,
                    self.number(node, limit("maxValue").as_deref())?,
                );
                Kind::Currency {
                    min: euros(min),
                    max: euros(max),
                }
            }
            "date" => Kind::Date {
                min: self.limit(node, limit("minValue").as_deref())?,
                max: self.limit(node, limit("maxValue").as_deref())?,
            },
            "time" => Kind::Time,
            "file" => {
                let media_types = children(node, "mediaType")
                    .map(text)
                    .filter(|name| !name.is_empty())
                    .collect();
                let size = text_of(node, "maxSize");
                Kind::File {
                    max_bytes: self.limit(node, size.as_deref())?,
                    media_types,
                }
            }
            "obj" => Kind::Object,
            "datetime" => Kind::DateTime,
            other => {
                let help =
                    "Write text, text_latin, bool, num, num_int, num_currency, date, time, datetime, file or obj.";
                self.fail(node, format!("`{other}` is not a data type"), help);
                return None;
            }
        })
    }

    /// The check named by a `stichwort` with uri `pruefung`.
    pub(super) fn check(&mut self, node: Xml, kind: &Kind) -> Option<Check> {
        let word = children(node, "stichwort").find(|word| word.attribute("uri") == Some("pruefung"))?;
        match (text(word).as_str(), kind) {
            ("iban", Kind::Text { .. }) => Some(Check::Iban),
            ("idnr", Kind::Text { .. }) => Some(Check::IdNr),
            ("iban" | "idnr", _) => {
                self.fail(
                    word,
                    "only a text can be checked so",
                    "Make the field `text`, or remove the `stichwort`.",
                );
                None
            }
            (other, _) => {
                self.fail(
                    word,
                    format!("the check `{other}` is not known"),
                    "Known are: iban, idnr.",
                );
                None
            }
        }
    }

    /// A limit, if given. `None` outside when it is given and cannot be read.
    fn limit<T: std::str::FromStr>(&mut self, node: Xml, written: Option<&str>) -> Option<Option<T>> {
        let Some(written) = written else { return Some(None) };
        if let Ok(value) = written.parse() {
            return Some(Some(value));
        }
        self.no_limit(node, written)
    }

    /// A limit that is a finite number.
    fn number(&mut self, node: Xml, written: Option<&str>) -> Option<Option<f64>> {
        match self.limit::<f64>(node, written)? {
            Some(number) if !number.is_finite() => self.no_limit(node, written.unwrap_or_default()),
            limit => Some(limit),
        }
    }

    fn no_limit<T>(&mut self, node: Xml, written: &str) -> Option<T> {
        self.fail(
            node,
            format!("`{written}` is not a limit"),
            "Lengths and whole numbers: 20; numbers: 0.5; dates: 2000-12-31.",
        );
        None
    }

    fn pattern(&mut self, node: Xml, pattern: &str) -> Option<Pattern> {
        // XML Schema patterns match whole values; the anchors some authors write on top do no harm.
        match self.patterns.compile(&format!("^(?:{pattern})$")) {
            Ok(regex) => Some(Pattern {
                text: pattern.to_owned(),
                regex,
            }),
            Err(reason) => {
                let help = "Patterns are regular expressions without look-around and back-references; this one is not checked.";
                self.note(node, format!("the pattern `{pattern}` cannot be read: {reason}"), help);
                None
            }
        }
    }

    fn select(&mut self, node: Xml) -> Kind {
        let mut options: Vec<Choice> = vec![];
        let mut seen = HashSet::new();
        for entry in child(node, "werte").into_iter().flat_map(|list| children(list, "wert")) {
            let Some(value) = text_of(entry, "code") else {
                self.fail(
                    entry,
                    "an option without code",
                    "Give every `wert` a `code` and a `name`.",
                );
                continue;
            };
            if !seen.insert(value.clone()) {
                self.fail(
                    entry,
                    format!("the option `{value}` stands twice"),
                    "Codes of options are unique.",
                );
            }
            let label = text_of(entry, "name").unwrap_or_else(|| value.clone());
            options.push(Choice {
                value,
                label,
                help: text_of(entry, "hilfe"),
            });
        }
        let reference =
            child(node, "codelisteReferenz").map(|list| child(list, "genericodeIdentification").unwrap_or(list));
        let uris: Vec<String> = reference
            .into_iter()
            .flat_map(|list| {
                ["canonicalVersionUri", "canonicalIdentification"]
                    .into_iter()
                    .filter_map(move |name| text_of(list, name))
            })
            .collect();
        let list = uris.first().cloned();
        let given = uris
            .iter()
            .find_map(|uri| self.lists.iter().find(|list| list.is_meant(uri)));
        if let Some(given) = given.filter(|_| options.is_empty()) {
            let key = |name: &str| text_of(node, name);
            options = given.options(
                key("codeKey").as_deref(),
                key("nameKey").as_deref(),
                key("helpKey").as_deref(),
            );
        }
        if options.is_empty() {
            let what = list.as_deref().unwrap_or("no code list named");
            self.note(
                node,
                format!("the options are not in the file ({what})"),
                "Give the code list as genericode, or write the options as `werte`; until then any text is taken.",
            );
        }
        Kind::Select { options, list }
    }
}
