//! What is said about elements beyond what is asked.

use jiff::civil::Date;

use super::{Reader, Xml, child, children, code_of, text, text_of};
use crate::meta::{Header, Keyword, Meta, Relation, State};

/// Every element of XDatenfelder 3.0 and 2.0.
const KNOWN: [&str; 87] = [
    "xdatenfelder.stammdatenschema.0102",
    "xdatenfelder.datenfeldgruppe.0103",
    "header",
    "nachrichtID",
    "erstellungszeitpunkt",
    "referenzID",
    "stammdatenschema",
    "datenfeldgruppe",
    "datenfeld",
    "regel",
    "identifikation",
    "id",
    "version",
    "nachnutzung",
    "name",
    "beschreibung",
    "definition",
    "bezug",
    "freigabestatus",
    "status",
    "statusGesetztAm",
    "statusGesetztDurch",
    "gueltigAb",
    "gueltigBis",
    "versionshinweis",
    "veroeffentlichungsdatum",
    "freigabedatum",
    "letzteAenderung",
    "fachlicherErsteller",
    "stichwort",
    "relation",
    "praedikat",
    "objekt",
    "bezeichnung",
    "bezeichnungEingabe",
    "bezeichnungAusgabe",
    "hilfetext",
    "hilfetextEingabe",
    "hilfetextAusgabe",
    "schemaelementart",
    "ableitungsmodifikationenStruktur",
    "ableitungsmodifikationenRepraesentation",
    "dokumentsteckbrief",
    "dokumentart",
    "struktur",
    "anzahl",
    "enthaelt",
    "art",
    "feldart",
    "datentyp",
    "praezisierung",
    "inhalt",
    "vorbefuellung",
    "werte",
    "wert",
    "code",
    "hilfe",
    "codelisteReferenz",
    "genericodeIdentification",
    "canonicalIdentification",
    "canonicalVersionUri",
    "codeKey",
    "nameKey",
    "helpKey",
    "maxSize",
    "mediaType",
    "multiselect",
    "freitextRegel",
    "typ",
    "param",
    "ziel",
    "skript",
    "script",
    "fehler",
    "severity",
    "nachricht",
    "elementpfad",
    "entscheidungslogik",
    "element",
    "elementId",
    "elementVersion",
    "text",
    "kurzname",
    "langname",
    "idVersion",
    "xdatenfelder.baukastenelemente.0101",
    "baukastenelemente",
];

/// Elements of which an element has one at most.
const SINGLE: [&str; 14] = [
    "name",
    "beschreibung",
    "definition",
    "bezeichnung",
    "bezeichnungEingabe",
    "bezeichnungAusgabe",
    "hilfetext",
    "hilfetextEingabe",
    "hilfetextAusgabe",
    "freigabestatus",
    "status",
    "feldart",
    "datentyp",
    "identifikation",
];

impl Reader<'_> {
    pub(super) fn header(&mut self, root: Xml) -> Header {
        let header = child(root, "header");
        let of = |name: &str| header.and_then(|header| text_of(header, name)).unwrap_or_default();
        Header {
            message_id: of("nachrichtID"),
            created: of("erstellungszeitpunkt"),
        }
    }

    pub(super) fn meta(&mut self, node: Xml) -> Meta {
        for name in SINGLE {
            if let Some(second) = children(node, name).nth(1) {
                self.fail(second, format!("more than one `{name}`"), "Keep one of them.");
            }
        }
        let code = code_of(node, "freigabestatus").or_else(|| code_of(node, "status"));
        let state = code.as_deref().and_then(State::parse);
        if let (Some(code), None) = (&code, state) {
            let at = child(node, "freigabestatus")
                .or_else(|| child(node, "status"))
                .unwrap_or(node);
            self.fail(
                at,
                format!("`{code}` is not a release state"),
                "Write 1 to 8; in version 2 aktiv, inVorbereitung or inaktiv.",
            );
        }
        let structure = code_of(node, "ableitungsmodifikationenStruktur");
        Meta {
            version: child(node, "identifikation")
                .and_then(|id| text_of(id, "version"))
                .unwrap_or_default(),
            state,
            state_set: self
                .day(node, "statusGesetztAm")
                .or_else(|| self.day(node, "freigabedatum")),
            state_set_by: text_of(node, "statusGesetztDurch").or_else(|| text_of(node, "fachlicherErsteller")),
            valid_from: self.day(node, "gueltigAb"),
            valid_until: self.day(node, "gueltigBis"),
            published: self.day(node, "veroeffentlichungsdatum"),
            changed: text_of(node, "letzteAenderung"),
            version_note: text_of(node, "versionshinweis"),
            description: text_of(node, "beschreibung"),
            definition: text_of(node, "definition"),
            element_kind: code_of(node, "schemaelementart"),
            filled_by_register: code_of(node, "vorbefuellung"),
            document: child(node, "dokumentsteckbrief").and_then(|document| text_of(document, "id")),
            derivation: structure.zip(code_of(node, "ableitungsmodifikationenRepraesentation")),
            keywords: children(node, "stichwort")
                .map(|word| Keyword {
                    text: text(word),
                    uri: word.attribute("uri").map(str::to_owned),
                })
                .filter(|word| !word.text.is_empty())
                .collect(),
            relations: children(node, "relation")
                .filter_map(|relation| {
                    let object = child(relation, "objekt")?;
                    Some(Relation {
                        predicate: code_of(relation, "praedikat")?,
                        object: text_of(object, "id")?,
                        version: text_of(object, "version"),
                    })
                })
                .collect(),
        }
    }

    fn day(&mut self, node: Xml, name: &str) -> Option<Date> {
        let written = text_of(node, name)?;
        let day = written.get(..10).and_then(|day| day.parse().ok());
        if day.is_none() {
            self.note(
                node,
                format!("`{name}` is not a day: `{written}`"),
                "Write e.g. 2026-12-31.",
            );
        }
        day
    }

    /// Names each kind of element that is not of the standard once. Inside of an `identifikation` nothing else may stand.
    pub(super) fn unknown_elements(&mut self, root: Xml) {
        let mut told = std::collections::BTreeSet::new();
        for node in root.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            if KNOWN.contains(&name) {
                continue;
            }
            if node
                .parent()
                .is_some_and(|parent| parent.tag_name().name() == "identifikation")
            {
                self.fail(
                    node,
                    format!("`{name}` does not belong to an identification"),
                    "Keep `id` and `version`.",
                );
            } else if told.insert(name.to_owned()) && told.len() <= 20 {
                self.note(
                    node,
                    format!("`{name}` is not an element of XDatenfelder and is not read"),
                    "Remove it.",
                );
            }
        }
    }
}
