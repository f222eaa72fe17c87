//! `package.toml`: what a package says about itself.

mod inputs;
mod sections;

pub(crate) use inputs::options;

use serde_json::Value;
use wegfrei_model::deadline::Procedure;
use wegfrei_model::{LeikaKey, Level};

use crate::finding::{Finding, suggest};
use crate::parameter::Parameter;
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

/// A text block a caseworker may choose when asking the applicant for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What the desk calls it.
    pub name: String,
    /// The text; the caseworker may change it.
    pub text: String,
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

/// What the years of keeping count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionStart {
    /// `abschluss`: the case closes.
    Closed,
    /// `letzte-zahlung`: the last month that is paid for, or the case's end when that is later or nothing is paid.
    LastPayment,
    /// `offen`: an obligation runs on after the case (a yearly tax); nothing is erased until a service ends it.
    Open,
}

/// When the case's personal data is destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Whole years after the end of the calendar year in which [`Retention::begins`] lies.
    pub years: u32,
    /// What they count from.
    pub begins: RetentionStart,
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
    /// Where it comes from.
    pub source: InputSource,
    /// Value when there is none; null without one.
    pub default: Value,
    pub(crate) offset: usize,
}

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum InputSource {
    /// A field of the form, by id or path.
    Field(String),
    /// Several values under one name. A group that repeats is a list of objects, any other an object; without a group, an
    /// object of fields from anywhere that does not repeat.
    Group {
        /// Id or path of the group.
        group: Option<String>,
        /// Its members; groups inside groups the same way.
        fields: Vec<Input>,
        /// What the desk calls one occurrence; without it, what the form calls the group.
        label: Option<String>,
        /// Fields of an occurrence that tell it from the others, by id, for people: a name, a kind.
        title: Vec<String>,
    },
    /// A fact only the desk knows: no form field, a caseworker sets it by correction.
    Desk(DeskFact),
}

/// A fact only the desk knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskFact {
    /// What it holds.
    pub kind: DeskKind,
    /// What a caseworker reads.
    pub label: String,
    /// `default = "eingang"`: the day the application was received.
    pub received: bool,
    /// Nothing is decided before somebody chose it.
    pub required: bool,
    /// True only after the applicant was asked in writing and the period for the answer is over (§ 66 Abs. 3 SGB I).
    pub after_request: bool,
}

/// What a desk fact holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskKind {
    /// True or false.
    Bool,
    /// A text of at most 2,000 characters.
    Text,
    /// Whole euro cents from 0 to 1,000,000,000.
    Cents,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// One of these values; each with the words people read.
    Choice(Vec<(String, String)>),
}

impl Input {
    /// The form field it is taken from, when it is a single one.
    pub fn field(&self) -> Option<&str> {
        match &self.source {
            InputSource::Field(field) => Some(field),
            _ => None,
        }
    }
}

/// Whom to pay, by `[payment]`; how much and when says the decision's `zahlungen`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Id or path of the form's field for the IBAN.
    pub iban: String,
    /// Ids or paths of the fields with the account holder's name, joined by a blank.
    pub holder: Vec<String>,
    pub(crate) offset: usize,
}

/// The question that says where somebody is, by `[place]`: its answers are municipalities (AGS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceField {
    /// Id or path of the form's field.
    pub field: String,
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
    /// What its notices are about, in one word, for letters about them: `Wohngeld`. `None`: the name.
    pub subject: Option<String>,
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
    /// Which law counts notification and periods.
    pub procedure: Procedure,
    /// Decisions are served with a certificate of delivery (Zustellung, § 73 Abs. 3 VwGO): `dispatch = "zustellung"`.
    pub serves: bool,
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
    /// Text blocks for questions to the applicant.
    pub questions: Vec<Question>,
    /// Form field → what the login knows.
    pub prefill: Vec<(String, String)>,
    /// Outputs of the decision in words: dotted name → label.
    pub results: Vec<ResultName>,
    /// Whom to pay; none for services that pay nothing.
    pub payment: Option<Payment>,
    /// Which answer must lie where the authority is competent; none for services without such a question.
    pub place: Option<PlaceField>,
    pub(crate) places: Places,
}

/// What people call an output of the decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultName {
    /// Dotted name of the output.
    pub name: String,
    /// What it is.
    pub label: String,
    /// Words for the values of an output that is always one of a few.
    pub values: Vec<(String, String)>,
    /// How one line of a list reads: a text with the names of its parts in braces.
    pub line: Option<String>,
}

/// Where references stand in the file, for checks against other files.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    pub inputs: usize,
    pub parameters: usize,
    pub procedure: usize,
    /// Of the main template, then of each enclosure.
    pub notices: Vec<usize>,
    pub letter: Vec<usize>,
    pub prefill: Vec<usize>,
    pub results: usize,
    /// Of each label.
    pub result: Vec<usize>,
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
    if !source.findings.borrow().is_empty() {
        return (None, source.findings.into_inner());
    }
    let manifest = root(&source.root(&parsed));
    let known = source.root(&parsed);
    for key in ROOT {
        let _ = known.json(key);
    }
    known.finish();
    (manifest, source.findings.into_inner())
}

const ROOT: [&str; 17] = [
    "package",
    "legal",
    "procedure",
    "automation",
    "fee",
    "retention",
    "inputs",
    "correctable",
    "parameters",
    "evidence",
    "notices",
    "letter",
    "questions",
    "prefill",
    "results",
    "payment",
    "place",
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
    let subject = package.opt_text("subject");
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

    let legal: Vec<Legal> = root.tables("legal").into_iter().map(sections::legal).collect();
    if legal.is_empty() {
        root.missing(
            "[[legal]]",
            "Mindestens eine Rechtsgrundlage mit norm und title angeben.",
        );
    }
    let procedure = root
        .table(
            "procedure",
            "law = \"ao\", \"vwvfg\" oder \"sgb\" angeben: nach welchem Recht Bekanntgabe und Fristen zählen.",
        )
        .map(sections::procedure);
    let questions = root.tables("questions").into_iter().map(sections::question).collect();
    let automation = root
        .table("automation", "level, legal und note angeben.")
        .map(sections::automation);
    let fee = root
        .table("fee", "cents (0 für keine) und legal angeben.")
        .map(sections::fee);
    let retention = root
        .table("retention", "years, from und legal angeben.")
        .map(sections::retention);
    let mut places = Places {
        inputs: root.offset_of("inputs"),
        results: root.offset_of("results"),
        parameters: root.offset_of("parameters"),
        procedure: root.offset_of("procedure"),
        ..Places::default()
    };
    let read = root
        .table("inputs", "Eingaben der Entscheidung angeben: name = \"Feld-Id\".")
        .map(|table| inputs::read(&table));
    let inputs = read.unwrap_or_default();
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
    for input in &inputs {
        let required = matches!(&input.source, InputSource::Desk(fact) if fact.required);
        if required && !correctable.contains(&input.name) {
            let message = format!("`{}` muss gewählt werden und steht nicht in `correctable`.", input.name);
            root.source.at(
                input.offset,
                message,
                "In `correctable` nennen, sonst kann niemand entscheiden.",
            );
        }
    }
    let parameters = match root.opt_table("parameters") {
        Some(table) => sections::parameters(&table),
        None => Vec::new(),
    };
    let evidence = root.tables("evidence").into_iter().map(sections::evidence).collect();
    let notices = root
        .table("notices", "main mit dem Namen der Vorlage angeben.")
        .map(|table| {
            let main = table.text("main", "Name der Vorlage unter notices/, ohne .typ.");
            places.notices.push(table.offset_of("main"));
            let enclosures = table.texts("enclosures");
            places.notices.extend(enclosures.iter().map(|(_, offset)| *offset));
            let enclosures = enclosures.into_iter().map(|(name, _)| name).collect();
            table.finish();
            Notices { main, enclosures }
        });
    let letter = sections::letter(root, &mut places);
    let prefill = sections::prefill(root, &mut places);
    let results = sections::results(root, &mut places);
    let payment = root.opt_table("payment").map(sections::payment);
    let place = root.opt_table("place").map(sections::place);
    let (procedure, serves) = procedure??;
    Some(Manifest {
        id,
        version: version?,
        name,
        subject,
        leika: leika?,
        leika_source,
        level: level?,
        keywords,
        legal,
        procedure,
        serves,
        automation: automation??,
        fee: fee?,
        retention: retention?,
        inputs,
        correctable,
        parameters,
        evidence,
        notices: notices?,
        letter,
        questions,
        prefill,
        results,
        payment,
        place,
        places,
    })
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
