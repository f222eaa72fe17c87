//! One authority's parameters for a package.

use serde_json::{Map, Value};
use wegfrei_model::{AuthorityId, Date};

use crate::finding::{Finding, suggest};
use crate::package::Package;
use crate::toml_reader::{Source, Table, json};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub name: String,
    pub source: Option<String>,
    pub demonstration: bool,
}

/// An authority offers a service, with these values.
#[derive(Debug, Clone, PartialEq)]
pub struct Adoption {
    service: String,
    authority: AuthorityId,
    since: Option<Date>,
    parameters: Value,
    origins: Vec<Origin>,
}

impl Adoption {
    /// Reads `adoptions/<ags>.toml` against a package: every value within its bounds, with a source or marked as
    /// demonstration.
    ///
    /// # Errors
    /// Everything that is wrong; `file` is named in the findings.
    pub fn load(package: &Package, file: &str, text: &str) -> Result<Adoption, Vec<Finding>> {
        let source = Source::new(file, text);
        let parsed = source.parse();
        let adoption = if source.findings.borrow().is_empty() {
            let root = source.root(&parsed);
            let adoption = read(package, &root);
            root.finish();
            adoption
        } else {
            None
        };
        let findings = source.findings.into_inner();
        match adoption {
            Some(adoption) if findings.is_empty() => Ok(adoption),
            _ => Err(findings),
        }
    }

    /// Id of the service.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The adopting authority.
    pub fn authority(&self) -> AuthorityId {
        self.authority
    }

    /// First day the service is offered.
    pub fn since(&self) -> Option<Date> {
        self.since
    }

    /// All values by name: the decision's `parameter`.
    pub fn parameters(&self) -> &Value {
        &self.parameters
    }

    /// Whether any value is for demonstration only; portal and letters must show it.
    pub fn is_demonstration(&self) -> bool {
        self.origins.iter().any(|origin| origin.demonstration)
    }

    /// Names of the values that are for demonstration only.
    pub fn demonstration_values(&self) -> impl Iterator<Item = &str> {
        self.origins
            .iter()
            .filter(|origin| origin.demonstration)
            .map(|origin| origin.name.as_str())
    }

    /// The same adoption with other values, for examples and for trying what a change would do; each keeps the package's bounds.
    ///
    /// # Errors
    /// Which value is not allowed, in German.
    pub fn with(&self, package: &Package, values: &Map<String, Value>) -> Result<Adoption, String> {
        let mut changed = self.clone();
        for (name, value) in values {
            let Some(parameter) = package.parameter(name) else {
                return Err(format!("Den Parameter `{name}` gibt es nicht."));
            };
            let allowed = parameter.kind.check(value);
            allowed.map_err(|help| format!("Der Wert von `{name}` ist nicht erlaubt. {help}"))?;
            if let Some(parameters) = changed.parameters.as_object_mut() {
                parameters.insert(name.clone(), value.clone());
            }
        }
        Ok(changed)
    }

    /// Where a value comes from.
    pub fn source(&self, name: &str) -> Option<&str> {
        self.origins
            .iter()
            .find(|origin| origin.name == name)?
            .source
            .as_deref()
    }
}

fn read(package: &Package, root: &Table<'_>) -> Option<Adoption> {
    let source = root.source;
    let service = root.text("service", "Id der Leistung angeben.");
    if !service.is_empty() && service != package.id() {
        let message = format!("Diese Übernahme gilt für `{service}`, nicht für `{}`.", package.id());
        source.at(
            root.offset_of("service"),
            message,
            "service berichtigen oder die Datei verschieben.",
        );
    }
    let key = root.text("authority", "Amtlichen Gemeindeschlüssel mit 8 Ziffern angeben.");
    let authority = AuthorityId::parse(&key).ok();
    if authority.is_none() && !key.is_empty() {
        let help = "Acht Ziffern angeben, z. B. 15003000.";
        source.at(
            root.offset_of("authority"),
            format!("`{key}` ist kein Gemeindeschlüssel."),
            help,
        );
    }
    let stem = source
        .file
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".toml");
    if authority.is_some_and(|authority| authority.as_str() != stem) {
        let help = format!("Die Datei {key}.toml nennen oder authority berichtigen.");
        source.at(
            root.offset_of("authority"),
            format!("Die Datei heißt `{stem}`, die Behörde `{key}`."),
            help,
        );
    }
    let since = root.opt_date("since");
    let _ = root.opt_text("note");
    let mut parameters = Map::new();
    let mut origins = Vec::new();
    if let Some(table) = root.table("parameters", "Werte der Parameter angeben.") {
        for entry in table.entries() {
            let Some(parameter) = package.parameter(entry.key) else {
                let known = package
                    .manifest()
                    .parameters
                    .iter()
                    .map(|parameter| parameter.name.as_str());
                let message = format!("Den Parameter `{}` gibt es nicht.", entry.key);
                source.at(entry.key_offset, message, suggest(entry.key, known));
                continue;
            };
            let Some(inner) = table.inner(&entry) else {
                let help = "Als { value = …, source = \"…\" } oder { value = …, demonstration = true } schreiben.";
                source.at(
                    entry.offset(),
                    format!("`{}` sagt nicht, woher der Wert stammt.", entry.key),
                    help,
                );
                continue;
            };
            let origin = Origin {
                name: entry.key.to_owned(),
                source: inner.opt_text("source"),
                demonstration: inner.opt_bool("demonstration").unwrap_or(false),
            };
            if parameter.source_required && origin.source.is_none() && !origin.demonstration {
                let help = "source = \"Fundstelle\" angeben oder demonstration = true setzen.";
                source.at(entry.offset(), format!("`{}` hat keine Quelle.", entry.key), help);
            }
            match inner.json("value") {
                Some((value, offset)) => {
                    let allowed = parameter.kind.check(&value);
                    let allowed = allowed.and_then(|()| match authority {
                        Some(authority) => parameter.kind.check_places(&value, authority),
                        None => Ok(()),
                    });
                    if let Err(help) = allowed {
                        source.at(offset, format!("Der Wert von `{}` ist nicht erlaubt.", entry.key), help);
                    }
                    parameters.insert(entry.key.to_owned(), value);
                }
                None => inner.missing("value", "Den Wert angeben."),
            }
            origins.push(origin);
            inner.finish();
        }
        for parameter in package.manifest().parameters.iter().filter(|p| p.required) {
            if !table.entries().iter().any(|entry| entry.key == parameter.name) {
                table.missing(&parameter.name, &parameter.meaning);
            }
        }
    }
    Some(Adoption {
        service,
        authority: authority?,
        since,
        parameters: Value::Object(parameters),
        origins,
    })
}

/// For examples: a TOML table as JSON.
pub(crate) fn object(table: &Table<'_>) -> Value {
    let entries = table.entries();
    Value::Object(
        entries
            .into_iter()
            .map(|e| (e.key.to_owned(), json(e.value.get_ref())))
            .collect(),
    )
}
