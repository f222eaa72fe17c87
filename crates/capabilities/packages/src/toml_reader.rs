//! TOML with the place of every value: collects all findings instead of stopping at the first, and refuses unknown keys.

use std::cell::RefCell;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, suggest};

/// A file being read.
pub(crate) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub findings: RefCell<Vec<Finding>>,
}

impl<'a> Source<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Source<'a> {
        Source {
            file,
            text,
            findings: RefCell::new(Vec::new()),
        }
    }

    pub fn at(&self, offset: usize, message: impl Into<String>, help: impl Into<String>) {
        self.findings
            .borrow_mut()
            .push(Finding::at(self.file, self.text, offset, message, help));
    }

    /// Reads the file; every syntax error is a finding.
    pub fn parse(&self) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            let message = format!("Kein gültiges TOML: {}", error.message().trim());
            self.at(
                offset,
                message,
                "Schreibweise berichtigen; Texte stehen in Anführungszeichen.",
            );
        }
        table
    }

    pub fn root<'s>(&'s self, table: &'s Spanned<DeTable<'a>>) -> Table<'s> {
        Table::new(self, table.get_ref(), 0, String::new())
    }
}

/// A table being read: remembers which keys were asked for, and refuses the others in [`Table::finish`].
pub(crate) struct Table<'s> {
    pub source: &'s Source<'s>,
    table: &'s DeTable<'s>,
    /// Where the table starts.
    pub offset: usize,
    /// Name of the table, for messages: `[package]`.
    pub name: String,
    asked: RefCell<Vec<&'static str>>,
}

/// One entry with its place.
pub(crate) struct Entry<'s> {
    pub key: &'s str,
    pub key_offset: usize,
    pub value: &'s Spanned<DeValue<'s>>,
}

impl Entry<'_> {
    pub fn offset(&self) -> usize {
        self.value.span().start
    }
}

impl<'s> Table<'s> {
    fn new(source: &'s Source<'s>, table: &'s DeTable<'s>, offset: usize, name: String) -> Table<'s> {
        Table {
            source,
            table,
            offset,
            name,
            asked: RefCell::new(Vec::new()),
        }
    }

    fn find(&self, key: &'static str) -> Option<&'s Spanned<DeValue<'s>>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    /// Where a key's value stands; the table's start when it is missing.
    pub fn offset_of(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.offset, |value| value.span().start)
    }

    pub fn missing(&self, key: &str, help: &str) {
        let place = if self.name.is_empty() {
            String::new()
        } else {
            format!(" in {}", self.name)
        };
        self.source.at(self.offset, format!("`{key}` fehlt{place}."), help);
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let got = kind(value.get_ref());
        self.source.at(
            value.span().start,
            format!("`{key}` ist {got}, erwartet wird {wanted}."),
            "Wert berichtigen.",
        );
    }

    pub fn opt_text(&self, key: &'static str) -> Option<String> {
        let value = self.find(key)?;
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Some(_) => {
                self.source.at(
                    value.span().start,
                    format!("`{key}` ist leer."),
                    "Text eintragen oder die Zeile löschen.",
                );
                None
            }
            None => {
                self.wrong(key, value, "ein Text");
                None
            }
        }
    }

    /// A text that must be there; `help` says what belongs there.
    pub fn text(&self, key: &'static str, help: &str) -> String {
        let there = self.table.contains_key(key);
        let text = self.opt_text(key);
        if text.is_none() && !there {
            self.missing(key, help);
        }
        text.unwrap_or_default()
    }

    pub fn opt_int(&self, key: &'static str) -> Option<i64> {
        let value = self.find(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|i| i64::from_str_radix(i.as_str(), i.radix()).ok());
        if number.is_none() {
            self.wrong(key, value, "eine ganze Zahl");
        }
        number
    }

    pub fn opt_bool(&self, key: &'static str) -> Option<bool> {
        let value = self.find(key)?;
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.wrong(key, value, "true oder false");
        }
        truth
    }

    /// A TOML date (`2026-03-01`, without quotes).
    pub fn opt_date(&self, key: &'static str) -> Option<wegfrei_model::Date> {
        let value = self.find(key)?;
        let date = value
            .get_ref()
            .as_datetime()
            .and_then(|d| d.to_string().parse::<wegfrei_model::Date>().ok());
        if date.is_none() {
            self.wrong(key, value, "ein Datum wie 2026-03-01 (ohne Anführungszeichen)");
        }
        date
    }

    /// A list of texts with their places.
    pub fn texts(&self, key: &'static str) -> Vec<(String, usize)> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, value, "eine Liste von Texten");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => texts.push((text.to_owned(), item.span().start)),
                None => self.wrong(key, item, "ein Text"),
            }
        }
        texts
    }

    /// Any value as JSON; dates become texts.
    pub fn json(&self, key: &'static str) -> Option<(Value, usize)> {
        let value = self.find(key)?;
        Some((json(value.get_ref()), value.span().start))
    }

    pub fn opt_table(&self, key: &'static str) -> Option<Table<'s>> {
        let value = self.find(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, value, "eine Tabelle");
        }
        Some(Table::new(self.source, table?, value.span().start, format!("[{key}]")))
    }

    pub fn table(&self, key: &'static str, help: &str) -> Option<Table<'s>> {
        if !self.table.contains_key(key) {
            self.find(key);
            self.missing(&format!("[{key}]"), help);
            return None;
        }
        self.opt_table(key)
    }

    /// The tables of `[[key]]`.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'s>> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, value, "eine Liste von Tabellen ([[…]])");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => {
                    tables.push(Table::new(self.source, table, item.span().start, format!("[[{key}]]")));
                }
                None => self.wrong(key, item, "eine Tabelle"),
            }
        }
        tables
    }

    /// All entries, for tables whose keys are names; nothing is left for [`Table::finish`] to refuse.
    pub fn entries(&self) -> Vec<Entry<'s>> {
        let table = self.table;
        let mut entries: Vec<Entry<'s>> = table
            .iter()
            .map(|(key, value)| Entry {
                key: key.get_ref(),
                key_offset: key.span().start,
                value,
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_offset);
        entries
    }

    /// An entry's value as a table.
    pub fn inner(&self, entry: &Entry<'s>) -> Option<Table<'s>> {
        let table = entry.value.get_ref().as_table()?;
        Some(Table::new(
            self.source,
            table,
            entry.offset(),
            format!("[{}]", entry.key),
        ))
    }

    /// Refuses keys nobody asked for.
    pub fn finish(self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table {
            if !asked.contains(&key.get_ref().as_ref()) {
                let place = if self.name.is_empty() {
                    String::new()
                } else {
                    format!(" in {}", self.name)
                };
                let message = format!("Unbekannter Eintrag `{}`{place}.", key.get_ref());
                self.source
                    .at(key.span().start, message, suggest(key.get_ref(), asked.iter().copied()));
            }
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "ein Text",
        DeValue::Integer(_) => "eine ganze Zahl",
        DeValue::Float(_) => "eine Kommazahl",
        DeValue::Boolean(_) => "ein Wahrheitswert",
        DeValue::Datetime(_) => "ein Datum",
        DeValue::Array(_) => "eine Liste",
        DeValue::Table(_) => "eine Tabelle",
    }
}

/// TOML as JSON; dates become ISO texts, numbers beyond 64 bits null.
pub(crate) fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| json(item.get_ref())).collect()),
        DeValue::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
            Value::Object(entries.collect::<Map<String, Value>>())
        }
    }
}
