//! The type of the data a package's letters are given: what the platform adds to every letter, what the decision declares, and the
//! answers `[letter]` names. `wegfrei-cases` makes the data; `docs/authoring.md` names it for authors.

use wegfrei_decisions::Shape;
use wegfrei_forms::Kind;
use wegfrei_notices::{DataType, Presence};

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
            object
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

impl Package {
    /// The type of every letter's data, as it is made.
    #[must_use]
    pub fn letter_type(&self) -> DataType {
        self.letter_data(Presence::MayBeMissing, Presence::MayBeMissing)
    }

    /// What this template may take for granted: answers that must be given, and in letters about papers the request.
    pub(crate) fn template_type(&self, template: &str) -> DataType {
        let decides = template == self.notice_template() || self.enclosures().iter().any(|name| name == template);
        let request = match decides {
            true => Presence::MayBeMissing,
            false => Presence::Always,
        };
        self.letter_data(Presence::Always, request)
    }

    fn letter_data(&self, given: Presence, request: Presence) -> DataType {
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
                    true => Presence::Always,
                    false => Presence::MayBeMissing,
                };
                office = office.and([(name, of_parameter(&parameter.kind))], presence);
            }
        }
        let decision = of_shape(self.decisions.shape(MAIN_DECISION).unwrap_or(Shape::Any));
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
        let changed = DataType::object([
            ("aktenzeichen", DataType::Text),
            ("datum", DataType::Date),
            ("code", DataType::Text),
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
            [
                ("ersetzt", replaced),
                ("aendert", changed),
                ("entwurf", DataType::Truth),
            ],
            Presence::MayBeMissing,
        )
        .and([("nachforderung", asked)], request);
        for (path, fields) in &self.manifest().letter {
            let fields: Vec<_> = fields.iter().filter_map(|field| self.field(field)).collect();
            let is = match fields.as_slice() {
                [single] if matches!(single.kind, Kind::Date { .. }) => DataType::Date,
                _ => DataType::Text,
            };
            let required = fields.iter().any(|field| field.required);
            data.put(path, is, if required { given } else { Presence::MayBeMissing });
        }
        data
    }
}
