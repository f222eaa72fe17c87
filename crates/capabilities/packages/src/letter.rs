//! The type of the data a package's letters are given: what the platform adds to every letter, what the decision declares, and the
//! answers `[letter]` names. `wegfrei-cases` makes the data; each package's `notices/README.md` names it for authors.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use wegfrei_decisions::Shape;
use wegfrei_forms::{Form, Item, Kind};
use wegfrei_model::Timestamp;
use wegfrei_notices::{DataType, Presence, Typesetter};

use crate::finding::Finding;
use crate::package::{MAIN_DECISION, Package};
use crate::parameter::ParameterKind;

/// A decision's type as JSON has it.
fn of_shape(shape: Shape) -> DataType {
    match shape {
        Shape::Any => DataType::Any,
        Shape::Boolean => DataType::Truth,
        Shape::Number => DataType::Number,
        Shape::Text => DataType::Text,
        Shape::Date => DataType::Date,
        Shape::List(item) => DataType::list(of_shape(*item)),
        Shape::Context(members) => {
            let mut object = DataType::object([]);
            for (name, shape) in members {
                object = object.and([(name.as_str(), of_shape(shape))], Presence::MayBeNothing);
            }
            // A context may have more than its type declares (DMN 1.5, 10.3.2.9.4).
            object.open()
        }
    }
}

/// A parameter's value that a letterhead prints.
fn of_parameter(kind: &ParameterKind) -> DataType {
    let texts = |names: &[&str], presence| {
        names.iter().fold(DataType::object([]), |object, name| {
            object.and([(*name, DataType::Text)], presence)
        })
    };
    match kind {
        ParameterKind::Text | ParameterKind::Choice(_) => DataType::Text,
        ParameterKind::Treasury => {
            texts(&["name", "iban"], Presence::Always).and([("bic", DataType::Text)], Presence::MayBeMissing)
        }
        ParameterKind::Contact => texts(&["telefon", "email", "web", "oeffnungszeiten"], Presence::MayBeMissing),
        ParameterKind::Cents { .. } | ParameterKind::Percent { .. } | ParameterKind::Number { .. } => DataType::Whole,
        ParameterKind::Choices(_) | ParameterKind::DueDates | ParameterKind::Places { .. } => DataType::Any,
    }
}

/// Paths of the fields that are always given: required, and neither hidden nor optional with anything around them.
fn always(form: &Form) -> BTreeSet<&str> {
    fn walk<'f>(items: &'f [Item], above: &str, hidden: &BTreeSet<String>, into: &mut BTreeSet<&'f str>) {
        for item in items {
            let (id, occurs) = match item {
                Item::Group(group) => (&group.id, group.occurs),
                Item::Field(field) => (&field.id, field.occurs),
            };
            let path = if above.is_empty() {
                id.clone()
            } else {
                format!("{above}.{id}")
            };
            if occurs.min == 0 || hidden.contains(&path) {
                continue;
            }
            match item {
                Item::Group(group) => walk(&group.items, &path, hidden, into),
                Item::Field(field) if field.required => drop(into.insert(&field.path)),
                Item::Field(_) => {}
            }
        }
    }
    // What no answer has opened. Rules that close what is open are rare, and not looked at.
    let hidden = form
        .evaluate(&Value::Object(Map::new()), Timestamp::EPOCH.date())
        .hidden;
    let mut given = BTreeSet::new();
    for page in form.pages() {
        if !page.group {
            walk(&page.items, "", &hidden, &mut given);
        } else if page.occurs.min > 0 && !hidden.contains(&page.id) {
            walk(&page.items, &page.id, &hidden, &mut given);
        }
    }
    given
}

impl Package {
    /// The type of every letter's data, as it is made. Of the decision nothing is known unless this version of the package made it
    /// (`decided_here`).
    #[must_use]
    pub fn letter_type(&self, decided_here: bool) -> DataType {
        let decision = match decided_here {
            true => self.decisions.shape(MAIN_DECISION).unwrap_or(Shape::Any),
            false => Shape::Any,
        };
        self.letter_data(decision, Presence::MayBeMissing, Presence::MayBeMissing)
    }

    /// Names in the templates that their data has not, or that may be missing and are taken for granted. Letters on the way are taken to
    /// be about a request.
    #[must_use]
    pub fn check_letters(&self) -> Vec<Finding> {
        let typesetter = Typesetter::new();
        let mut findings = Vec::new();
        for (name, text) in &self.templates {
            let decides = name == self.notice_template() || self.enclosures().contains(name);
            let request = match decides {
                true => Presence::MayBeMissing,
                false => Presence::Always,
            };
            let decision = self.decisions.shape(MAIN_DECISION).unwrap_or(Shape::Any);
            let is = self.letter_data(decision, Presence::Always, request);
            let path = format!("notices/{name}.typ");
            let found = typesetter.check_names(text, &is).into_iter();
            findings.extend(found.map(|finding| Finding::of_letter(&path, finding)));
        }
        findings
    }

    fn letter_data(&self, decision: Shape, given: Presence, request: Presence) -> DataType {
        let parameter = |name: &str| {
            let mut parameters = self.manifest().parameters.iter();
            parameters.find(|parameter| parameter.name == name)
        };
        let mut office = DataType::object([
            ("name", DataType::Text),
            ("strasse", DataType::Text),
            ("plz_ort", DataType::Text),
        ]);
        for name in ["stelle", "kontakt", "kasse"] {
            if let Some(parameter) = parameter(name) {
                let presence = match parameter.required {
                    true => given,
                    false => Presence::MayBeMissing,
                };
                office = office.and([(name, of_parameter(&parameter.kind))], presence);
            }
        }
        let decision = of_shape(decision);
        let reason = DataType::object([("text", DataType::Text)]).and(
            [
                ("rechtsgrundlage", DataType::Text),
                ("leicht", DataType::Text),
                ("art", DataType::Text),
            ],
            Presence::MayBeMissing,
        );
        let month = || DataType::list(DataType::object([("monat", DataType::Text), ("cent", DataType::Whole)]));
        let replaced = DataType::object([
            ("datum", DataType::Date),
            ("code", DataType::Text),
            ("nachzahlung", month()),
            ("zuviel", month()),
        ]);
        let asked = DataType::object([
            ("unterlagen", DataType::list(DataType::Text)),
            ("frist", DataType::Date),
            ("tage", DataType::Whole),
        ])
        .and([("text", DataType::Text)], Presence::MayBeNothing);
        let mut data = DataType::object([
            ("behoerde", office),
            ("aktenzeichen", DataType::Text),
            ("datum", DataType::Date),
            ("rechtsgrundlagen", DataType::list(DataType::Text)),
            (
                "pruefung",
                DataType::object([("code", DataType::Text), ("url", DataType::Text)]),
            ),
            (
                "rechtsbehelf",
                DataType::object([("stelle", DataType::Text), ("frist_text", DataType::Text)]),
            ),
            ("demonstration", DataType::Truth),
            ("begruendung", DataType::list(reason)),
        ])
        .and(
            [
                (
                    "entscheidung",
                    decision.and([("automatisch", DataType::Truth)], Presence::Always),
                ),
                ("satzung", DataType::Text),
            ],
            Presence::MayBeNothing,
        )
        .and(
            [("ersetzt", replaced), ("entwurf", DataType::Truth)],
            Presence::MayBeMissing,
        )
        .and([("nachforderung", asked)], request);
        let always = match given {
            Presence::Always => always(self.form()),
            _ => BTreeSet::new(),
        };
        for (path, fields) in &self.manifest().letter {
            let fields: Vec<_> = fields.iter().filter_map(|field| self.field(field)).collect();
            let is = match fields.as_slice() {
                [single] if matches!(single.kind, Kind::Date { .. }) => DataType::Date,
                _ => DataType::Text,
            };
            let required = fields.iter().any(|field| always.contains(field.path.as_str()));
            data.put(path, is, if required { given } else { Presence::MayBeMissing });
        }
        data
    }
}
