//! FIM XDatenfelder 3.0 as a form: pages, conditions, validation.
//!
//! Pure: no clock, no files, no network; rules that speak of `HEUTE` take the day from the caller. People read German
//! from here ([`Problem::message`], [`Form::summary`]); authors of forms read [`Finding`]s.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod data;
mod form;
mod rule;

pub use data::{Code, Data, Evaluation, Problem, SummaryGroup, SummaryRow};
pub use form::{Choice, Field, Finding, Form, Group, Item, Kind, Occurs, Page, Pattern, Reference};

use jiff::civil::Date;
use serde_json::Value;

impl Form {
    /// Reads a form.
    ///
    /// # Errors
    /// Everything that makes the file unusable, with line and column.
    pub fn parse(xml: &str) -> Result<Form, Vec<Finding>> {
        let _ = xml;
        Err(vec![])
    }
    /// Reads what a browser posted for a page; names are [`Field::path`]s.
    pub fn read_page(&self, page_id: &str, posted: &[(String, String)]) -> (Value, Vec<Problem>) {
        let _ = (page_id, posted);
        (Value::Null, vec![])
    }
    /// Puts a page's data into all data.
    pub fn merge(&self, data: &mut Data, page_id: &str, page_data: Value) {
        let _ = (data, page_id, page_data);
    }
    /// Sets one value by path, e.g. the papers of a file field.
    pub fn set(&self, data: &mut Data, path: &str, value: Value) -> bool {
        let _ = (data, path, value);
        false
    }
    /// Evaluates everything; `today` is the day for rules that speak of `HEUTE`.
    pub fn evaluate(&self, data: &Data, today: Date) -> Evaluation {
        let _ = (data, today);
        Evaluation::default()
    }
    /// As [`Form::evaluate`], with the problems of one page.
    pub fn evaluate_page(&self, page_id: &str, data: &Data, today: Date) -> Evaluation {
        let _ = page_id;
        self.evaluate(data, today)
    }
    /// The next page with something to show.
    pub fn next_page(&self, current: &str, data: &Data) -> Option<&Page> {
        let _ = (current, data);
        None
    }
    /// The previous page with something to show.
    pub fn previous_page(&self, current: &str, data: &Data) -> Option<&Page> {
        let _ = (current, data);
        None
    }
    /// Drops the values of hidden fields.
    pub fn prune(&self, data: &Data) -> Data {
        data.clone()
    }
    /// The answers for reading.
    pub fn summary(&self, data: &Data) -> Vec<SummaryGroup> {
        let _ = data;
        vec![]
    }
    /// The first value of the element with this id, anywhere.
    pub fn get<'d>(&self, data: &'d Data, id: &str) -> Option<&'d Value> {
        let _ = (data, id);
        None
    }
    /// Validates JSON from a machine: as pages do, and unknown keys and values of hidden fields are refused.
    pub fn validate_json(&self, data: &Value, today: Date) -> Vec<Problem> {
        let _ = (data, today);
        vec![]
    }
}

impl Field {
    /// A stored value as text for the input's `value` attribute: German, or what was typed when it could not be read.
    pub fn shown(&self, value: &Value) -> String {
        let _ = value;
        String::new()
    }
    /// Day, month and year of a stored or typed date for the three inputs.
    pub fn shown_date(&self, value: &Value) -> [String; 3] {
        let _ = value;
        [String::new(), String::new(), String::new()]
    }
}
