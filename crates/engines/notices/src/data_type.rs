//! The type of a letter's data: which names there are, what stands there, and what may be missing.

use std::collections::BTreeMap;

use serde_json::Value;

/// What stands at a place of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    /// Anything.
    Any,
    /// Text.
    Text,
    /// A day, ISO 8601: `2026-03-18`.
    Date,
    /// A whole number of 64 bits, for example euro cents.
    Whole,
    /// A number.
    Number,
    /// True or false.
    Truth,
    /// A list, and what each of its items is, if it is not nothing.
    List(Box<DataType>),
    /// Named members.
    Object {
        /// What they are.
        members: BTreeMap<String, Member>,
        /// Whether there may be others, which no template can name.
        open: bool,
    },
}

/// One named part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What stands there.
    pub is: DataType,
    /// Whether it may be absent, or nothing (`null`, in a template `none`).
    pub presence: Presence,
}

/// Whether a member is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has a value.
    Always,
    /// It is named, and its value may be nothing.
    MayBeNothing,
    /// It may not even be named: a template asks with `at("name", default: none)`.
    MayBeMissing,
}

impl DataType {
    /// An object whose members all have values.
    #[must_use]
    pub fn object<const N: usize>(members: [(&str, DataType); N]) -> Self {
        DataType::Object {
            members: BTreeMap::new(),
            open: false,
        }
        .and(members, Presence::Always)
    }

    /// The object, where there may be other members; anything else stays as it is.
    #[must_use]
    pub fn open(mut self) -> Self {
        if let DataType::Object { open, .. } = &mut self {
            *open = true;
        }
        self
    }

    /// A list of these.
    #[must_use]
    pub fn list(of: DataType) -> Self {
        DataType::List(Box::new(of))
    }

    /// The object with more members; anything else stays as it is.
    #[must_use]
    pub fn and<const N: usize>(mut self, members: [(&str, DataType); N], presence: Presence) -> Self {
        if let DataType::Object { members: known, .. } = &mut self {
            known.extend(members.map(|(name, is)| (name.to_owned(), Member { is, presence })));
        }
        self
    }

    /// Puts a member at a path like `empfaenger.name`; objects on the way are made, and may be missing when all in them may.
    pub fn put(&mut self, path: &str, is: DataType, presence: Presence) {
        let DataType::Object { members, .. } = self else {
            return;
        };
        match path.split_once('.') {
            None => drop(members.insert(path.to_owned(), Member { is, presence })),
            Some((first, rest)) => {
                let inside = members.entry(first.to_owned()).or_insert_with(|| Member {
                    is: DataType::object([]),
                    presence,
                });
                if presence == Presence::Always {
                    inside.presence = presence;
                }
                inside.is.put(rest, is, presence);
            }
        }
    }

    /// What it is called.
    fn name(&self) -> &'static str {
        match self {
            DataType::Any => "anything",
            DataType::Text => "a text",
            DataType::Date => "a date (2026-03-18)",
            DataType::Whole => "a whole number",
            DataType::Number => "a number",
            DataType::Truth => "true or false",
            DataType::List(_) => "a list",
            DataType::Object { .. } => "an object",
        }
    }

    /// Whether data is of this type.
    ///
    /// # Errors
    /// The first place that is not, and what belongs there; never the value, which may be personal.
    pub fn admits(&self, data: &Value) -> Result<(), String> {
        self.admits_at("data", data)
    }

    fn admits_at(&self, place: &str, data: &Value) -> Result<(), String> {
        let fits = match (self, data) {
            (DataType::Any, _) | (DataType::Text, Value::String(_)) | (DataType::Truth, Value::Bool(_)) => true,
            (DataType::Date, Value::String(text)) => text.parse::<wegfrei_model::Date>().is_ok() && text.len() == 10,
            (DataType::Whole, Value::Number(number)) => number.is_i64(),
            (DataType::Number, Value::Number(_)) => true,
            (DataType::List(is), Value::Array(items)) => {
                return items
                    .iter()
                    .enumerate()
                    .filter(|(_, item)| !item.is_null())
                    .try_for_each(|(at, item)| is.admits_at(&format!("{place}.{at}"), item));
            }
            (DataType::Object { members, open }, Value::Object(given)) => {
                if let Some(name) = given.keys().find(|name| !open && !members.contains_key(*name)) {
                    return Err(format!("`{place}.{name}` is no part of the data of this letter"));
                }
                return members.iter().try_for_each(|(name, member)| {
                    let place = format!("{place}.{name}");
                    match (given.get(name), member.presence) {
                        (None, Presence::MayBeMissing)
                        | (Some(Value::Null), Presence::MayBeMissing | Presence::MayBeNothing) => Ok(()),
                        (None, _) => Err(format!("`{place}` is missing: {} belongs there", member.is.name())),
                        (Some(value), _) => member.is.admits_at(&place, value),
                    }
                });
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        Err(format!("`{place}` is not {}", self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn letter() -> DataType {
        let payment = DataType::object([("monat", DataType::Text), ("cent", DataType::Whole)]);
        let mut letter = DataType::object([("datum", DataType::Date), ("zahlungen", DataType::list(payment))])
            .and([("satzung", DataType::Text)], Presence::MayBeNothing)
            .and([("ersetzt", DataType::Any)], Presence::MayBeMissing);
        letter.put("hund.rasse", DataType::Text, Presence::MayBeMissing);
        letter
    }

    #[test]
    fn data_is_of_its_type_or_a_place_is_named() {
        let good = json!({ "datum": "2026-03-18", "zahlungen": [{ "monat": "2026-03", "cent": 5 }], "satzung": null });
        assert_eq!(letter().admits(&good), Ok(()));
        let check = |at: &str, value: Value, said: &str| {
            let mut bad = good.clone();
            *bad.pointer_mut(at).unwrap() = value;
            assert_eq!(letter().admits(&bad).unwrap_err(), said);
        };
        check("/datum", json!("18.03.2026"), "`data.datum` is not a date (2026-03-18)");
        check("/datum", json!(null), "`data.datum` is not a date (2026-03-18)");
        check(
            "/zahlungen/0/cent",
            json!(5.5),
            "`data.zahlungen.0.cent` is not a whole number",
        );
        check(
            "/zahlungen/0",
            json!({ "monat": "2026-03" }),
            "`data.zahlungen.0.cent` is missing: a whole number belongs there",
        );
        check("/zahlungen", json!({}), "`data.zahlungen` is not a list");
        let mut more = good.clone();
        more["hund"] = json!({ "rasse": "Dackel", "farbe": "braun" });
        assert_eq!(
            letter().admits(&more).unwrap_err(),
            "`data.hund.farbe` is no part of the data of this letter"
        );
        more["hund"] = json!({});
        more["zahlungen"][0] = json!(null);
        assert_eq!(letter().admits(&more), Ok(()));
        let mut less = good;
        less.as_object_mut().unwrap().remove("satzung");
        assert!(
            letter()
                .admits(&less)
                .unwrap_err()
                .contains("`data.satzung` is missing")
        );
    }

    #[test]
    fn an_open_object_has_other_members_too() {
        let given = json!({ "a": 1, "b": 2 });
        let one = DataType::object([("a", DataType::Whole)]);
        assert!(one.admits(&given).is_err());
        assert_eq!(one.open().admits(&given), Ok(()));
    }
}
