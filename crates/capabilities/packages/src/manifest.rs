//! `package.toml`: what a package says about itself.

use serde_json::Value;
use wegfrei_model::{LeikaKey, Level};

use crate::finding::{Finding, suggest};
use crate::parameter::{self, Parameter};
use crate::toml_reader::{Source, Table};

/// Version of a package: `major.minor.patch` (semver.org), without labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads `1.2.3`; leading zeros are refused.
    pub fn parse(text: &str) -> Option<Version> {
        let mut parts = text.split('.').map(|part| {
            let canonical = part == "0" || !part.starts_with('0');
            part.parse::<u32>()
                .ok()
                .filter(|_| canonical && part.bytes().all(|b| b.is_ascii_digit()))
        });
        let version = Version(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(version)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A legal basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Legal {
    /// Citation: `§ 3 Abs. 1 KAG-LSA`.
    pub norm: String,
    /// What it says, for people.
    pub title: String,
    /// Where to read it.
    pub link: Option<String>,
}

/// How far the service is decided without a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutomationLevel {
    /// `vollautomatisch`: the ordinary case has no human in it.
    Full,
    /// `teilautomatisch`: prepared by the platform, decided by a human.
    Partial,
    /// `manuell`.
    None,
}

/// How far, and on what legal basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automation {
    /// How far.
    pub level: AutomationLevel,
    /// Legal basis.
    pub legal: String,
    /// When a human decides, in words.
    pub note: String,
}

/// What the service costs the applicant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Cents; 0 for none.
    pub cents: i64,
    /// Legal basis, or why there is none.
    pub legal: String,
}

/// When the case's personal data is destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Whole years after the end of the case.
    pub years: u32,
    /// From when they count, in words.
    pub from: String,
    /// Legal basis.
    pub legal: String,
}

/// A named input of the decision: `antrag.<name>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Name in the decision.
    pub name: String,
    /// Id or path of the form's field.
    pub field: String,
    /// Value when the field is empty or hidden; null without one.
    pub default: Value,
    pub(crate) offset: usize,
}

/// A paper the applicant may have to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Name for people.
    pub name: String,
    /// Id or path of the form's file field.
    pub field: Option<String>,
    /// When it is wanted, in words.
    pub when: String,
    /// Legal basis.
    pub legal: String,
    pub(crate) offset: usize,
}

/// Which templates under `notices/` make the letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    /// The letter, without `.typ`.
    pub main: String,
    /// What is sent with it, such as the explanation in Leichte Sprache.
    pub enclosures: Vec<String>,
}

/// `package.toml`, read and in itself sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// `hundesteuer`: lower-case letters, digits, hyphens.
    pub id: String,
    /// Version.
    pub version: Version,
    /// Name for people.
    pub name: String,
    /// Key in the catalogue of administrative services.
    pub leika: LeikaKey,
    /// Where the key comes from.
    pub leika_source: String,
    /// Level of the competent authority.
    pub level: Level,
    /// Words people search for.
    pub keywords: Vec<String>,
    /// Legal bases of the service.
    pub legal: Vec<Legal>,
    /// How far it is automatic.
    pub automation: Automation,
    /// What it costs.
    pub fee: Fee,
    /// How long data is kept.
    pub retention: Retention,
    /// The decision's `antrag`.
    pub inputs: Vec<Input>,
    /// Names of inputs a caseworker may correct.
    pub correctable: Vec<String>,
    /// Parameters an authority sets.
    pub parameters: Vec<Parameter>,
    /// Papers.
    pub evidence: Vec<Evidence>,
    /// Templates.
    pub notices: Notices,
    /// Fields the letter prints: dotted name of the letter's data, form fields joined by a blank.
    pub letter: Vec<(String, Vec<String>)>,
    /// Form field → what the login knows.
    pub prefill: Vec<(String, String)>,
    pub(crate) places: Places,
}

/// Where references stand in the file, for checks against other files.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    pub inputs: usize,
    pub parameters: usize,
    pub notices: usize,
    pub letter: Vec<usize>,
    pub prefill: Vec<usize>,
}

/// What a login may know of a person.
pub(crate) const PROFILE: [&str; 7] = [
    "family_name",
    "given_names",
    "birth_date",
    "street",
    "house_number",
    "postal_code",
    "town",
];

/// Reads `package.toml`.
pub(crate) fn read(file: &str, text: &str) -> (Option<Manifest>, Vec<Finding>) {
    let source = Source::new(file, text);
    let parsed = source.parse();
    let manifest = if source.findings.borrow().is_empty() {
        root(&source.root(&parsed))
    } else {
        None
    };
    if manifest.is_some() {
        let known = source.root(&parsed);
        for key in ROOT {
            let _ = known.json(key);
        }
        known.finish();
    }
    (manifest, source.findings.into_inner())
}

const ROOT: [&str; 13] = [
    "package",
    "legal",
    "automation",
    "fee",
    "retention",
    "inputs",
    "correctable",
    "parameters",
    "evidence",
    "notices",
    "letter",
    "prefill",
    "note",
];

fn root(root: &Table<'_>) -> Option<Manifest> {
    let package = root.table(
        "package",
        "Den Abschnitt [package] mit id, version, name, leika, level anlegen.",
    )?;
    let id = package.text("id", "Kurzname der Leistung, z. B. hundesteuer.");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.is_empty() && (!id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(plain) || id.len() > 60)
    {
        let help = "Nur Kleinbuchstaben, Ziffern und Bindestriche, am Anfang ein Buchstabe, höchstens 60 Zeichen.";
        package
            .source
            .at(package.offset_of("id"), format!("`{id}` ist kein Kurzname."), help);
    }
    let version_text = package.text("version", "Version nach semver angeben, z. B. 1.0.0.");
    let version = Version::parse(&version_text);
    if version.is_none() && !version_text.is_empty() {
        let help = "Drei Zahlen mit Punkten, z. B. 1.0.0 (semver.org).";
        package.source.at(
            package.offset_of("version"),
            format!("`{version_text}` ist keine Version."),
            help,
        );
    }
    let name = package.text("name", "Name der Leistung für Menschen.");
    let leika_text = package.text("leika", "LeiKa-Schlüssel mit 14 Ziffern angeben (fimportal.de).");
    let leika = LeikaKey::parse(&leika_text).ok();
    if leika.is_none() && !leika_text.is_empty() {
        let help = "Vierzehn Ziffern ohne Leerzeichen, z. B. 99102013104000.";
        package.source.at(
            package.offset_of("leika"),
            format!("`{leika_text}` ist kein LeiKa-Schlüssel."),
            help,
        );
    }
    let leika_source = package.text("leika_source", "Quelle des LeiKa-Schlüssels angeben.");
    let level_text = package.text("level", "Ebene der zuständigen Behörde: gemeinde, kreis oder land.");
    let level = Level::from_code(&level_text);
    if level.is_none() && !level_text.is_empty() {
        let help = suggest(&level_text, ["gemeinde", "kreis", "land"]);
        package.source.at(
            package.offset_of("level"),
            format!("Die Ebene `{level_text}` gibt es nicht."),
            help,
        );
    }
    let keywords = package.texts("keywords").into_iter().map(|(word, _)| word).collect();
    package.finish();

    let legal: Vec<Legal> = root.tables("legal").into_iter().map(legal).collect();
    if legal.is_empty() {
        root.missing(
            "[[legal]]",
            "Mindestens eine Rechtsgrundlage mit norm und title angeben.",
        );
    }
    let automation = root
        .table("automation", "level, legal und note angeben.")
        .map(automation);
    let fee = root.table("fee", "cents (0 für keine) und legal angeben.").map(fee);
    let retention = root.table("retention", "years, from und legal angeben.").map(retention);
    let mut places = Places {
        inputs: root.offset_of("inputs"),
        parameters: root.offset_of("parameters"),
        ..Places::default()
    };
    let inputs = root
        .table("inputs", "Eingaben der Entscheidung angeben: name = \"Feld-Id\".")
        .map(|table| inputs(&table));
    let inputs = inputs.unwrap_or_default();
    let mut correctable = Vec::new();
    for (input, offset) in root.texts("correctable") {
        if inputs.iter().any(|known| known.name == input) {
            correctable.push(input);
        } else {
            let help = suggest(&input, inputs.iter().map(|known| known.name.as_str()));
            root.source.at(
                offset,
                format!("`correctable` nennt die unbekannte Eingabe `{input}`."),
                help,
            );
        }
    }
    let parameters = match root.opt_table("parameters") {
        Some(table) => parameters(&table),
        None => Vec::new(),
    };
    let evidence = root.tables("evidence").into_iter().map(evidence).collect();
    places.notices = root.offset_of("notices");
    let notices = root
        .table("notices", "main mit dem Namen der Vorlage angeben.")
        .map(|table| {
            let main = table.text("main", "Name der Vorlage unter notices/, ohne .typ.");
            let enclosures = table.texts("enclosures").into_iter().map(|(name, _)| name).collect();
            table.finish();
            Notices { main, enclosures }
        });
    let letter = letter(root, &mut places);
    let prefill = prefill(root, &mut places);
    Some(Manifest {
        id,
        version: version?,
        name,
        leika: leika?,
        leika_source,
        level: level?,
        keywords,
        legal,
        automation: automation??,
        fee: fee?,
        retention: retention?,
        inputs,
        correctable,
        parameters,
        evidence,
        notices: notices?,
        letter,
        prefill,
        places,
    })
}

fn legal(table: Table<'_>) -> Legal {
    let legal = Legal {
        norm: table.text("norm", "Fundstelle angeben, z. B. § 3 Abs. 1 KAG-LSA."),
        title: table.text("title", "In Worten sagen, was die Vorschrift regelt."),
        link: table.opt_text("link"),
    };
    if legal.link.as_deref().is_some_and(|link| !link.starts_with("https://")) {
        table.source.at(
            table.offset_of("link"),
            "Der Verweis ist keine https-Adresse.",
            "Mit https:// beginnen.",
        );
    }
    table.finish();
    legal
}

fn automation(table: Table<'_>) -> Option<Automation> {
    let text = table.text("level", "vollautomatisch, teilautomatisch oder manuell.");
    let level = match text.as_str() {
        "vollautomatisch" => Some(AutomationLevel::Full),
        "teilautomatisch" => Some(AutomationLevel::Partial),
        "manuell" => Some(AutomationLevel::None),
        "" => None,
        other => {
            let help = suggest(other, ["vollautomatisch", "teilautomatisch", "manuell"]);
            table.source.at(
                table.offset_of("level"),
                format!("Die Stufe `{other}` gibt es nicht."),
                help,
            );
            None
        }
    };
    let legal = table.text("legal", "Rechtsgrundlage der Automation, z. B. § 155 Abs. 4 AO.");
    let note = table.text("note", "Sagen, wann ein Mensch entscheidet.");
    table.finish();
    Some(Automation {
        level: level?,
        legal,
        note,
    })
}

fn fee(table: Table<'_>) -> Fee {
    let cents = table.opt_int("cents");
    if cents.is_none_or(|cents| !(0..=10_000_000).contains(&cents)) {
        let help = "Betrag in Cent angeben, 0 für keine Gebühr, höchstens 10000000.";
        table
            .source
            .at(table.offset_of("cents"), "Die Gebühr fehlt oder ist unsinnig.", help);
    }
    let legal = table.text("legal", "Rechtsgrundlage der Gebühr oder der Gebührenfreiheit.");
    table.finish();
    Fee {
        cents: cents.unwrap_or(0),
        legal,
    }
}

fn retention(table: Table<'_>) -> Retention {
    let years = table
        .opt_int("years")
        .and_then(|years| u32::try_from(years).ok())
        .filter(|years| (1..=100).contains(years));
    if years.is_none() {
        let help = "Ganze Jahre angeben, 1 bis 100.";
        table.source.at(
            table.offset_of("years"),
            "Die Aufbewahrungsfrist fehlt oder ist unsinnig.",
            help,
        );
    }
    let from = table.text("from", "Sagen, ab wann die Jahre zählen.");
    let legal = table.text("legal", "Rechtsgrundlage der Aufbewahrung.");
    table.finish();
    Retention {
        years: years.unwrap_or(1),
        from,
        legal,
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn check_name(table: &Table<'_>, name: &str, offset: usize) {
    if !is_name(name) {
        let help = "Kleinbuchstaben ohne Umlaute, Ziffern und Unterstriche.";
        table.source.at(offset, format!("`{name}` ist kein Name."), help);
    }
}

fn inputs(table: &Table<'_>) -> Vec<Input> {
    let mut inputs = Vec::new();
    for entry in table.entries() {
        check_name(table, entry.key, entry.key_offset);
        let (field, default) = match (entry.value.get_ref().as_str(), table.inner(&entry)) {
            (Some(field), _) => (field.to_owned(), Value::Null),
            (_, Some(inner)) => {
                let field = inner.text("field", "Id des Formularfelds angeben.");
                let default = inner.json("default").map_or(Value::Null, |(value, _)| value);
                inner.finish();
                (field, default)
            }
            _ => {
                let help = "name = \"F…\" oder name = { field = \"F…\", default = 0 }.";
                table.source.at(
                    entry.offset(),
                    format!("Die Eingabe `{}` nennt kein Feld.", entry.key),
                    help,
                );
                continue;
            }
        };
        inputs.push(Input {
            name: entry.key.to_owned(),
            field,
            default,
            offset: entry.offset(),
        });
    }
    if inputs.is_empty() {
        table.source.at(
            table.offset,
            "[inputs] ist leer.",
            "Mindestens eine Eingabe der Entscheidung angeben.",
        );
    }
    inputs
}

fn parameters(table: &Table<'_>) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for entry in table.entries() {
        check_name(table, entry.key, entry.key_offset);
        match table.inner(&entry) {
            Some(inner) => parameters.extend(parameter::read(entry.key, inner)),
            None => {
                let help = format!(
                    "Einen Abschnitt [parameters.{}] mit type, meaning und legal anlegen.",
                    entry.key
                );
                table
                    .source
                    .at(entry.offset(), format!("`{}` ist keine Tabelle.", entry.key), help);
            }
        }
    }
    parameters
}

fn evidence(table: Table<'_>) -> Evidence {
    let evidence = Evidence {
        name: table.text("name", "Name des Nachweises für Menschen."),
        field: table.opt_text("field"),
        when: table.text("when", "Sagen, wann er verlangt wird."),
        legal: table.text("legal", "Rechtsgrundlage, nach der er verlangt werden darf."),
        offset: table.offset_of("field"),
    };
    table.finish();
    evidence
}

fn letter(root: &Table<'_>, places: &mut Places) -> Vec<(String, Vec<String>)> {
    let Some(table) = root.opt_table("letter") else {
        return Vec::new();
    };
    let mut letter = Vec::new();
    for entry in table.entries() {
        let fields = entry.value.get_ref().as_array().map(|items| {
            items
                .iter()
                .filter_map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        });
        match fields {
            Some(fields) if !fields.is_empty() && entry.key.split('.').all(is_name) => {
                letter.push((entry.key.to_owned(), fields));
                places.letter.push(entry.offset());
            }
            _ => {
                let help = "\"empfaenger.name\" = [\"F…\", \"F…\"] (den Namen in Anführungszeichen setzen).";
                table
                    .source
                    .at(entry.offset(), format!("`{}` nennt keine Felder.", entry.key), help);
            }
        }
    }
    letter
}

fn prefill(root: &Table<'_>, places: &mut Places) -> Vec<(String, String)> {
    let Some(table) = root.opt_table("prefill") else {
        return Vec::new();
    };
    let mut prefill = Vec::new();
    for entry in table.entries() {
        let profile = entry.value.get_ref().as_str().unwrap_or_default();
        if PROFILE.contains(&profile) {
            prefill.push((entry.key.to_owned(), profile.to_owned()));
            places.prefill.push(entry.key_offset);
        } else {
            let message = format!("Die Anmeldung kennt kein `{profile}`.");
            table.source.at(entry.offset(), message, suggest(profile, PROFILE));
        }
    }
    prefill
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions() {
        for (text, expected) in [
            ("1.0.0", Some(Version(1, 0, 0))),
            ("0.12.3", Some(Version(0, 12, 3))),
            ("1.0", None),
            ("1.0.0.0", None),
            ("01.0.0", None),
            ("1.0.x", None),
            ("v1.0.0", None),
            ("1.0.0-beta", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
        assert!(Version(1, 10, 0) > Version(1, 9, 9));
    }
}
