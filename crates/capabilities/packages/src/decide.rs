//! From an application to a decision: the named fields, the authority's values, the day; nothing else (law 3).

use serde_json::{Map, Value};
use wegfrei_decisions::{DecisionError, Explanation, Shown};
use wegfrei_forms::Data;
use wegfrei_model::Date;

use crate::adoption::Adoption;
use crate::package::{MAIN_DECISION, Package, value_at};

/// The package that decided.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Origin {
    /// Service id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// [`Package::hash`].
    pub sha256: String,
}

/// A decision with all that is needed to compute it again.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Decided {
    /// With which rules.
    pub package: Origin,
    /// The three DMN inputs `antrag`, `parameter` and `datum`, with the members the decision declares.
    pub inputs: Value,
    /// The result.
    pub value: Shown,
    /// Which rules gave it.
    pub explanation: Explanation,
}

/// Why no decision was taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecideError {
    /// The adoption belongs to another service.
    #[error("the parameters of {authority} are for `{adopted}`, not for `{service}`")]
    OtherService {
        /// The package's service.
        service: String,
        /// The adoption's service.
        adopted: String,
        /// The adopting authority.
        authority: String,
    },
    /// The decision engine refused.
    #[error(transparent)]
    Decision(#[from] DecisionError),
}

impl Package {
    /// Takes the main decision over an application received and decided on the same day.
    ///
    /// # Errors
    /// [`DecideError`] names the input or rule at fault.
    pub fn decide(&self, adoption: &Adoption, application: &Data, date: Date) -> Result<Decided, DecideError> {
        let mut facts = self.facts(application, date);
        if let (Some(members), Value::Object(object)) = (self.decisions.input_members("antrag"), &mut facts) {
            object.retain(|name, _| members.contains(&name.as_str()));
        }
        self.decide_declared(adoption, MAIN_DECISION, facts, date)
    }

    /// Takes a decision over facts, such as those a caseworker corrected.
    ///
    /// # Errors
    /// As [`Package::decide`].
    pub fn decide_facts(
        &self,
        adoption: &Adoption,
        decision: &str,
        facts: &Value,
        date: Date,
    ) -> Result<Decided, DecideError> {
        self.decide_declared(adoption, decision, self.declared("antrag", facts), date)
    }

    /// `facts` has no members the decision does not declare.
    fn decide_declared(
        &self,
        adoption: &Adoption,
        decision: &str,
        facts: Value,
        date: Date,
    ) -> Result<Decided, DecideError> {
        if adoption.service() != self.id() {
            return Err(DecideError::OtherService {
                service: self.id().to_owned(),
                adopted: adoption.service().to_owned(),
                authority: adoption.authority().to_string(),
            });
        }
        let mut inputs = Map::with_capacity(3);
        inputs.insert("antrag".to_owned(), facts);
        let parameters = self.declared("parameter", adoption.parameters());
        inputs.insert("parameter".to_owned(), parameters);
        inputs.insert("datum".to_owned(), Value::String(date.to_string()));
        let inputs = Value::Object(inputs);
        let outcome = self.decisions.decide(decision, &inputs)?;
        Ok(Decided {
            package: Origin {
                id: self.id().to_owned(),
                version: self.version().to_owned(),
                sha256: self.hash().to_owned(),
            },
            inputs,
            value: outcome.value,
            explanation: outcome.explanation,
        })
    }

    /// The members of an input that the decision declares.
    fn declared(&self, input: &str, value: &Value) -> Value {
        match (self.decisions.input_members(input), value.as_object()) {
            (Some(members), Some(object)) => {
                let kept = object.iter().filter(|(name, _)| members.contains(&name.as_str()));
                Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
            }
            _ => value.clone(),
        }
    }

    /// What the letter prints from the application, by `[letter]`: `{"empfaenger": {"name": "…"}, "hund": {…}}`. Several
    /// fields are joined by a blank; what is empty is left out.
    pub fn letter_fields(&self, application: &Data) -> Value {
        let application = self.form.prune(application);
        let mut letter = Value::Object(Map::new());
        for (name, fields) in &self.manifest.letter {
            let texts: Vec<String> = fields
                .iter()
                .filter_map(|field| value_at(&application, &self.field(field)?.path))
                .filter_map(|value| match value {
                    Value::String(text) => Some(text.trim().to_owned()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                })
                .filter(|text| !text.is_empty())
                .collect();
            if !texts.is_empty() {
                put(&mut letter, name, Value::String(texts.join(" ")));
            }
        }
        letter
    }

    /// Sets a field, named by id or path, in form data; a field the form has not is left out.
    pub fn set_field(&self, data: &mut Data, field: &str, value: Value) {
        if let Some(field) = self.field(field) {
            self.form.set(data, &field.path, value);
        }
    }

    /// Form data filled with what the login knows, by `[prefill]`. `profile` is asked for `family_name`, `given_names`,
    /// `birth_date` (ISO 8601), `street`, `house_number`, `postal_code` and `town`.
    pub fn prefill(&self, profile: impl Fn(&str) -> Option<String>) -> Data {
        let mut data = Value::Object(Map::new());
        for (field, name) in &self.manifest.prefill {
            let known = profile(name).filter(|text| !text.trim().is_empty());
            if let (Some(field), Some(text)) = (self.field(field), known) {
                self.form.set(&mut data, &field.path, Value::String(text));
            }
        }
        data
    }
}

/// Sets `a.b` in nested objects.
fn put(object: &mut Value, path: &str, value: Value) {
    let mut place = object;
    for part in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(map) = place else { return };
        place = map.entry(part).or_insert(Value::Null);
    }
    *place = value;
}
