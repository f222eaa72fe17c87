//! What goes into a statement and what comes out.

use std::fmt;
use std::sync::Arc;

use crate::StoreError;

/// One value of a statement or a row. `Debug` shows the kind and size only: values may be personal data.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// `BIGINT`.
    Int(i64),
    /// `TEXT`, UTF-8 without NUL characters.
    Text(String),
    /// `BLOB`.
    Blob(Vec<u8>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Int(_) => "BIGINT",
            Value::Text(_) => "TEXT",
            Value::Blob(_) => "BLOB",
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("Null"),
            Value::Int(_) => f.write_str("Int"),
            Value::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Value::Blob(blob) => write!(f, "Blob({} bytes)", blob.len()),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Value {
        Value::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Blob(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Value {
        Value::Blob(value.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// One row of an answer. A column is asked for by name; a column that is not there, holds another type, or is `NULL`
/// where a value is asked for is [`StoreError::Row`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub(crate) columns: Arc<[Box<str>]>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// The value of a column.
    pub fn get(&self, column: &str) -> Result<&Value, StoreError> {
        let position = self.columns.iter().position(|name| **name == *column);
        position
            .and_then(|at| self.values.get(at))
            .ok_or_else(|| StoreError::Row {
                column: column.to_owned(),
                problem: "the statement returns no such column",
            })
    }

    /// All values in the order of the statement's columns.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Takes the values out of the row, in the order of the statement's columns.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// A `TEXT` that is there.
    pub fn text(&self, column: &str) -> Result<&str, StoreError> {
        self.opt_text(column)?.ok_or_else(|| null(column))
    }

    /// A `BIGINT` that is there.
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| null(column))
    }

    /// A `BLOB` that is there.
    pub fn blob(&self, column: &str) -> Result<&[u8], StoreError> {
        self.opt_blob(column)?.ok_or_else(|| null(column))
    }

    /// A `TEXT` or `NULL`.
    pub fn opt_text(&self, column: &str) -> Result<Option<&str>, StoreError> {
        match self.get(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(mismatch(column, other)),
        }
    }

    /// A `BIGINT` or `NULL`.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.get(column)? {
            Value::Null => Ok(None),
            Value::Int(int) => Ok(Some(*int)),
            other => Err(mismatch(column, other)),
        }
    }

    /// A `BLOB` or `NULL`.
    pub fn opt_blob(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
        match self.get(column)? {
            Value::Null => Ok(None),
            Value::Blob(blob) => Ok(Some(blob)),
            other => Err(mismatch(column, other)),
        }
    }
}

fn null(column: &str) -> StoreError {
    StoreError::Row {
        column: column.to_owned(),
        problem: "the column is NULL",
    }
}

fn mismatch(column: &str, value: &Value) -> StoreError {
    let problem = match value.kind() {
        "TEXT" => "the column holds TEXT",
        "BIGINT" => "the column holds BIGINT",
        _ => "the column holds BLOB",
    };
    StoreError::Row {
        column: column.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_value() {
        let row = Row {
            columns: ["name".into()].into(),
            values: vec!["Erika Mustermann".into()],
        };
        let shown = format!("{row:?} {:?}", [Value::Int(4711), Value::Blob(b"geheim".to_vec())]);
        for secret in ["Erika", "4711", "geheim"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn a_row_says_what_is_wrong() {
        let columns: Arc<[Box<str>]> = ["a".into(), "b".into()].into();
        let row = Row {
            columns,
            values: vec![Value::Null, Value::Int(5)],
        };
        let check = |got: Result<String, StoreError>, want: &str| match got {
            Ok(value) => assert_eq!(value, want),
            Err(error) => assert!(error.to_string().contains(want), "{error} lacks {want}"),
        };
        check(row.text("c").map(str::to_owned), "no such column");
        check(row.text("a").map(str::to_owned), "the column is NULL");
        check(row.text("b").map(str::to_owned), "holds BIGINT");
        check(row.int("b").map(|int| int.to_string()), "5");
        check(row.opt_blob("a").map(|blob| format!("{blob:?}")), "None");
        check(row.blob("b").map(|blob| format!("{blob:?}")), "holds BIGINT");
    }
}
