//! From JSON to Typst values: by construction, never through source text.

use serde_json::Value as Json;
use typst::foundations::{Array, Dict, IntoValue, Str, Value};

/// Deepest nesting of notice data. Typst and serde recurse per level; real notices need five.
const MAX_DEPTH: usize = 32;

/// Most bytes of notice data as JSON: a letter of some hundred pages.
const MAX_BYTES: usize = 1 << 20;

/// One spelling of the data: keys sorted, no blanks. Equal data gives equal bytes, whatever the order of its keys.
///
/// # Errors
/// A sentence, when the data nests deeper than 32 levels or is larger than 1 MiB.
pub fn canonical(json: &Json) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(4096);
    write(json, 0, &mut out)?;
    Ok(out)
}

fn write(json: &Json, depth: usize, out: &mut Vec<u8>) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("the data nests deeper than {MAX_DEPTH} levels"));
    }
    if out.len() > MAX_BYTES {
        return Err(format!("the data is larger than {MAX_BYTES} bytes"));
    }
    match json {
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, depth + 1, out)?;
            }
            out.push(b']');
        }
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push(b'{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                scalar(key, out)?;
                out.push(b':');
                write(item, depth + 1, out)?;
            }
            out.push(b'}');
        }
        leaf => scalar(leaf, out)?,
    }
    Ok(())
}

fn scalar<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), String> {
    serde_json::to_writer(out, value).map_err(|error| error.to_string())
}

/// Reads what [`canonical`] wrote. Whole numbers become integers; numbers beyond 64 bits and fractions become floats,
/// which no helper for money takes.
///
/// # Errors
/// A sentence; cannot happen for bytes of [`canonical`].
pub fn read(bytes: &[u8]) -> Result<Value, String> {
    let json: Json = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    Ok(value(json))
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::Bool(truth) => truth.into_value(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into_value(),
            None => number.as_f64().map_or(Value::None, IntoValue::into_value),
        },
        Json::String(text) => text.into_value(),
        Json::Array(items) => items.into_iter().map(value).collect::<Array>().into_value(),
        Json::Object(map) => map
            .into_iter()
            .map(|(key, item)| (Str::from(key), value(item)))
            .collect::<Dict>()
            .into_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_of_keys_does_not_matter() {
        let one: Json = serde_json::from_str(r#"{"b":[1,{"y":"ä","x":null}],"a":true}"#).unwrap();
        let two: Json = serde_json::from_str(r#"{"a":true,"b":[1,{"x":null,"y":"ä"}]}"#).unwrap();
        assert_eq!(canonical(&one), canonical(&two));
        assert_eq!(
            String::from_utf8(canonical(&one).unwrap()).unwrap(),
            r#"{"a":true,"b":[1,{"x":null,"y":"ä"}]}"#
        );
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let mut deep = json!(1);
        for _ in 0..40 {
            deep = json!([deep]);
        }
        assert!(canonical(&deep).unwrap_err().contains("32 levels"));
        let wide = Json::Array(vec![json!("x".repeat(1000)); 1100]);
        assert!(canonical(&wide).unwrap_err().contains("1048576 bytes"));
    }

    #[test]
    fn values_keep_their_type() {
        let dict = read(br##"{"cent":-5,"name":"#import","share":0.5,"list":[null,true]}"##).unwrap();
        let Value::Dict(dict) = dict else { panic!("{dict:?}") };
        assert_eq!(dict.get("cent").unwrap(), &Value::Int(-5));
        assert_eq!(dict.get("name").unwrap(), &Value::Str("#import".into()));
        assert_eq!(dict.get("share").unwrap(), &Value::Float(0.5));
    }
}
