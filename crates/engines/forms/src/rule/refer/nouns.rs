//! What kind of thing an element is called before its id: `das Datenfeld`, `die Gruppen`.

use super::super::scan::Scanner;

/// Words before an id that say only what kind of thing it is.
pub(super) const ARTICLES: [&str; 36] = [
    "das",
    "die",
    "der",
    "dem",
    "den",
    "des",
    "ein",
    "eine",
    "einem",
    "einen",
    "einer",
    "dieses",
    "diese",
    "dieser",
    "diesem",
    "diesen",
    "folgende",
    "folgendes",
    "folgenden",
    "folgender",
    "nachfolgende",
    "nachfolgenden",
    "jeweilige",
    "jeweiligen",
    "entsprechende",
    "entsprechenden",
    "genannte",
    "genannten",
    "zugehörige",
    "zugehörigen",
    "weitere",
    "weiteren",
    "enthaltene",
    "enthaltenen",
    "gesamte",
    "gesamten",
];
/// Nouns for fields.
pub(super) const FIELD: [&str; 24] = [
    "datenfeld",
    "datenfelds",
    "datenfeldes",
    "feld",
    "felds",
    "feldes",
    "eingabefeld",
    "auswahlfeld",
    "auswahlfeldes",
    "textfeld",
    "datumsfeld",
    "unterfeld",
    "zusatzfeld",
    "hinweisfeld",
    "checkbox",
    "element",
    "attribut",
    "frage",
    "uploadfeld",
    "formularfeld",
    "pflichtfeld",
    "hinweis",
    "angabe",
    "abfrage",
];
pub(super) const FIELDS: [&str; 16] = [
    "datenfelder",
    "datenfeldern",
    "felder",
    "feldern",
    "eingabefelder",
    "eingabefeldern",
    "auswahlfelder",
    "auswahlfeldern",
    "elemente",
    "elementen",
    "angaben",
    "unterfelder",
    "unterfeldern",
    "fragen",
    "attribute",
    "attributen",
];
/// Nouns for groups.
pub(super) const GROUP: [&str; 9] = [
    "datenfeldgruppe",
    "feldgruppe",
    "gruppe",
    "datengruppe",
    "untergruppe",
    "elementgruppe",
    "abschnitt",
    "block",
    "bereich",
];
pub(super) const GROUPS: [&str; 10] = [
    "datenfeldgruppen",
    "feldgruppen",
    "gruppen",
    "datengruppen",
    "untergruppen",
    "elementgruppen",
    "abschnitte",
    "abschnitten",
    "blöcke",
    "bereiche",
];
/// Nouns before an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rule) enum Nouns {
    None,
    Field,
    Group,
    /// `das Feld der Gruppe`: some field that lies in what is named.
    FieldOfGroup,
}

impl Scanner<'_> {
    /// Passes over articles and nouns before an element.
    pub fn fillers(&mut self) -> Nouns {
        let mut nouns = Nouns::None;
        loop {
            if self.take(&FIELD) || self.take(&FIELDS) {
                nouns = Nouns::Field;
            } else if self.take(&GROUP) || self.take(&GROUPS) {
                nouns = match nouns {
                    Nouns::None | Nouns::Group => Nouns::Group,
                    Nouns::Field | Nouns::FieldOfGroup => Nouns::FieldOfGroup,
                };
            } else if !(self.take(&ARTICLES) || self.take(&["darin", "darunter", "dort", "jeweils"])) {
                return nouns;
            }
        }
    }
}
