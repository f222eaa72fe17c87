//! Two versions of a model asked the same questions: invented inputs, made of the values the models themselves mention.

use crate::types::{Base, Type};
use crate::value::Value;
use crate::{Decisions, json};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Most examples that are given.
const MOST_EXAMPLES: usize = 5;

/// What invented inputs show. That none differs proves nothing; each that differs is a real one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// How many inputs were invented.
    pub inputs: usize,
    /// How many of them at least one version could decide.
    pub decided: usize,
    /// How many are decided otherwise.
    pub differ: usize,
    /// Short ones among them, for each way in which results differ.
    pub examples: Vec<Example>,
}

/// An input that is decided otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// The inputs of the model.
    pub input: Json,
    /// Result of the old version, or what went wrong.
    pub old: Result<Json, String>,
    /// Result of the new version.
    pub new: Result<Json, String>,
}

/// Asks both versions for `decision` over `count` invented inputs. The same models give the same answer.
pub fn try_inputs(old: &Decisions, new: &Decisions, decision: &str, count: usize) -> Tried {
    let pool = Pool::new(&[old, new]);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut tried = Tried {
        inputs: count,
        decided: 0,
        differ: 0,
        examples: vec![],
    };
    let mut ways: Vec<String> = Vec::new();
    for round in 0..count {
        let mut input = Map::new();
        // Each version may take values the other does not.
        let versions = if round % 2 == 0 { [new, old] } else { [old, new] };
        for model in versions {
            for wanted in &model.model.inputs {
                if !input.contains_key(&wanted.key) {
                    input.insert(wanted.key.clone(), pool.value(&wanted.ty, &mut random, 0));
                }
            }
        }
        let input = Json::Object(input);
        let ask = |model: &Decisions| match model.decide(decision, &input) {
            Ok(outcome) => Ok(Json::from(outcome.value)),
            Err(error) => Err(error.to_string()),
        };
        let (one, other) = (ask(old), ask(new));
        tried.decided += usize::from(one.is_ok() || other.is_ok());
        let way = match (&one, &other) {
            (Ok(one), Ok(other)) if one == other => continue,
            (Err(_), Err(_)) => continue,
            (Ok(one), Ok(other)) => differing(one, other),
            (Ok(_), Err(_)) => "only the old version decides".to_owned(),
            (Err(_), Ok(_)) => "only the new version decides".to_owned(),
        };
        tried.differ += 1;
        let example = Example {
            input,
            old: one,
            new: other,
        };
        let length = |example: &Example| example.input.to_string().len();
        match ways.iter().position(|known| *known == way) {
            Some(known) => {
                if let Some(shown) = tried.examples.get_mut(known)
                    && length(&example) < length(shown)
                {
                    *shown = example;
                }
            }
            None if ways.len() < MOST_EXAMPLES => {
                ways.push(way);
                tried.examples.push(example);
            }
            None => {}
        }
    }
    tried
}

/// The members in which two results differ.
fn differing(one: &Json, other: &Json) -> String {
    let (Json::Object(one), Json::Object(other)) = (one, other) else {
        return "value".to_owned();
    };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ: Vec<&str> = names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(String::as_str)
        .collect();
    differ.join(", ")
}

/// Values the models mention.
struct Pool {
    numbers: Vec<i64>,
    texts: Vec<String>,
    dates: Vec<String>,
}

impl Pool {
    fn new(models: &[&Decisions]) -> Pool {
        let mut numbers = BTreeSet::from([0, 1, 2, 100, 10_000]);
        let mut texts = BTreeSet::from(["x".to_owned()]);
        let mut dates = BTreeSet::from([
            "2026-01-01".to_owned(),
            "2026-06-15".to_owned(),
            "1990-02-28".to_owned(),
        ]);
        let sources = models.iter().flat_map(|model| model.model.source.values());
        let mut written: Vec<&str> = sources.map(|source| source.logic.as_str()).collect();
        for input in models.iter().flat_map(|model| &model.model.inputs) {
            allowed(&input.ty, &mut written);
        }
        for text in written {
            for (index, part) in text.split('"').enumerate() {
                if index % 2 == 1 {
                    let text = part.to_owned();
                    if json::is_date(part) {
                        dates.insert(text);
                    } else if text.len() < 60 {
                        texts.insert(text);
                    }
                    continue;
                }
                for word in part.split(|sign: char| !sign.is_ascii_digit()) {
                    if let Ok(number) = word.parse::<i64>() {
                        numbers.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
                    }
                }
            }
        }
        Pool {
            numbers: numbers.into_iter().collect(),
            texts: texts.into_iter().collect(),
            dates: dates.into_iter().collect(),
        }
    }

    fn value(&self, ty: &Type, random: &mut Random, depth: usize) -> Json {
        for _ in 0..12 {
            let value = self.any(ty, random, depth);
            if json::from_json(&value, ty, "x").is_ok() {
                return value;
            }
        }
        Json::Null
    }

    fn any(&self, ty: &Type, random: &mut Random, depth: usize) -> Json {
        if depth > 8 || random.below(10) == 0 {
            return Json::Null;
        }
        let listed = ty.allowed.as_ref().and_then(|allowed| allowed.tests.values());
        if let Some(listed) = listed.filter(|listed| !listed.is_empty()) {
            let value: Option<&&Value> = listed.get(random.below(listed.len()));
            return value.and_then(|value| json::to_json(value).ok()).unwrap_or_default();
        }
        let text = |texts: &[String], random: &mut Random| {
            let text = texts.get(random.below(texts.len().max(1)));
            Json::String(text.cloned().unwrap_or_default())
        };
        let fixed = |texts: &[&str], random: &mut Random| Json::from(texts.get(random.below(texts.len())).copied());
        match &ty.base {
            Base::Boolean => Json::Bool(random.below(2) == 0),
            Base::Number => Json::from(self.numbers.get(random.below(self.numbers.len().max(1))).copied()),
            Base::String => text(&self.texts, random),
            Base::Date => text(&self.dates, random),
            Base::Time => fixed(&["08:00:00", "12:30:00", "23:59:59"], random),
            Base::DateTime => fixed(&["2026-01-01T08:00:00", "2026-06-15T23:59:59"], random),
            Base::DaysDuration => fixed(&["P1D", "P14D", "PT1H"], random),
            Base::MonthsDuration => fixed(&["P1M", "P1Y", "P18M"], random),
            Base::Context(members, _) => {
                let members = members.iter();
                let members = members.map(|(name, ty)| (name.to_string(), self.value(ty, random, depth + 1)));
                Json::Object(members.collect())
            }
            Base::List(item) => {
                let count = random.below(4);
                Json::Array((0..count).map(|_| self.value(item, random, depth + 1)).collect())
            }
            Base::Any => match random.below(3) {
                0 => text(&self.texts, random),
                1 => Json::from(self.numbers.get(random.below(self.numbers.len().max(1))).copied()),
                _ => Json::Bool(random.below(2) == 0),
            },
        }
    }
}

/// What a type and its members allow, as written.
fn allowed<'m>(ty: &'m Type, found: &mut Vec<&'m str>) {
    found.extend(ty.allowed.as_ref().map(|allowed| allowed.text.as_str()));
    match &ty.base {
        Base::Context(members, _) => members.iter().for_each(|(_, ty)| allowed(ty, found)),
        Base::List(item) => allowed(item, found),
        _ => {}
    }
}

/// Numbers that look random and are the same every time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}
