//! What an explanation holds: texts of the model, shared, and values that become JSON when somebody looks at them.

use crate::cost;
use crate::json::to_json;
use crate::value::Value;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A text; copies share it.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(Arc::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text(Arc::from(text))
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        String::deserialize(deserializer).map(Text::from)
    }
}

/// Several texts; copies share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts(Arc<[Text]>);

impl Default for Texts {
    fn default() -> Texts {
        Texts(Arc::from([]))
    }
}

impl Deref for Texts {
    type Target = [Text];

    fn deref(&self) -> &[Text] {
        &self.0
    }
}

impl<'t> IntoIterator for &'t Texts {
    type Item = &'t Text;
    type IntoIter = std::slice::Iter<'t, Text>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<const N: usize> PartialEq<[&str; N]> for Texts {
    fn eq(&self, other: &[&str; N]) -> bool {
        *self.0 == *other
    }
}

impl From<Vec<Text>> for Texts {
    fn from(texts: Vec<Text>) -> Texts {
        Texts(Arc::from(texts))
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
        Vec::deserialize(deserializer).map(Texts::from)
    }
}

/// A value of a decision. It is a [`serde_json::Value`] to everyone; most are only written out, and then as they are.
#[derive(Clone)]
pub struct Shown(Held);

#[derive(Clone)]
enum Held {
    Json(Json),
    Feel { value: Value, json: OnceLock<Json> },
}

impl Shown {
    /// The value, paid for, when JSON can hold it.
    pub(crate) fn new(value: &Value) -> Result<Shown, String> {
        cost::show(value)?;
        Ok(Shown(Held::Feel {
            value: value.clone(),
            json: OnceLock::new(),
        }))
    }

    /// One member of an object, without making JSON of all the others.
    pub fn member(&self, name: &str) -> Option<Json> {
        match &self.0 {
            Held::Json(json) => json.get(name).cloned(),
            Held::Feel { value, .. } => match value {
                Value::Context(record) => to_json(record.get(name)?).ok(),
                _ => None,
            },
        }
    }
}

impl Default for Shown {
    fn default() -> Shown {
        Shown(Held::Json(Json::Null))
    }
}

impl From<Shown> for Json {
    fn from(shown: Shown) -> Json {
        match shown.0 {
            Held::Json(json) => json,
            Held::Feel { ref value, json } => json.into_inner().unwrap_or_else(|| to_json(value).unwrap_or_default()),
        }
    }
}

impl Deref for Shown {
    type Target = Json;

    fn deref(&self) -> &Json {
        match &self.0 {
            Held::Json(json) => json,
            // INVARIANT: values that can be shown become JSON without error.
            Held::Feel { value, json } => json.get_or_init(|| to_json(value).unwrap_or_default()),
        }
    }
}

impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        **self == **other
    }
}

impl PartialEq<Json> for Shown {
    fn eq(&self, other: &Json) -> bool {
        **self == *other
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Held::Json(json) => json.serialize(serializer),
            Held::Feel { value, .. } => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shown, D::Error> {
        Json::deserialize(deserializer).map(|json| Shown(Held::Json(json)))
    }
}
