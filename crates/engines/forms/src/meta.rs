//! What a schema says about itself and its elements beyond what is asked: state, dates, keywords, relations.

use jiff::civil::Date;
use serde::Serialize;

/// The header of the message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Header {
    /// `nachrichtID`.
    pub message_id: String,
    /// `erstellungszeitpunkt`, as written (ISO 8601).
    pub created: String,
}

/// How far an element is released (`freigabestatus`, code list `urn:xoev-de:xprozess:codeliste:status`; version 2 had
/// `inVorbereitung`, `aktiv` and `inaktiv`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// 1, in Planung.
    Planned,
    /// 2, in Bearbeitung; version 2: in Vorbereitung.
    InWork,
    /// 3, Entwurf.
    Draft,
    /// 4, methodisch freigegeben.
    Methodical,
    /// 5, fachlich freigegeben (silber).
    Silver,
    /// 6, fachlich freigegeben (gold); version 2: aktiv.
    Gold,
    /// 7, inaktiv.
    Inactive,
    /// 8, vorgesehen zum Löschen.
    ToBeDeleted,
}

impl State {
    /// By the code of either version.
    pub fn parse(code: &str) -> Option<State> {
        Some(match code {
            "1" => State::Planned,
            "2" | "inVorbereitung" => State::InWork,
            "3" => State::Draft,
            "4" => State::Methodical,
            "5" => State::Silver,
            "6" | "aktiv" => State::Gold,
            "7" | "inaktiv" => State::Inactive,
            "8" => State::ToBeDeleted,
            _ => return None,
        })
    }
}

/// A keyword (`stichwort`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Keyword {
    /// The word.
    pub text: String,
    /// Where it comes from.
    pub uri: Option<String>,
}

/// A relation to another element (`relation`), e.g. that it replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// `praedikat`: `ABL` derived from, `ERS` replaces, `EQU` equivalent, `VKN` linked.
    pub predicate: String,
    /// Id of the other element.
    pub object: String,
    /// Its version, if one is meant.
    pub version: Option<String>,
}

/// What is said of a schema, a group or a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Meta {
    /// Version, e.g. `1.2.0`; empty for a draft without one.
    pub version: String,
    /// How far it is released.
    pub state: Option<State>,
    /// `statusGesetztAm`.
    pub state_set: Option<Date>,
    /// `statusGesetztDurch`; version 2: `fachlicherErsteller`.
    pub state_set_by: Option<String>,
    /// `gueltigAb`.
    pub valid_from: Option<Date>,
    /// `gueltigBis`.
    pub valid_until: Option<Date>,
    /// `veroeffentlichungsdatum`.
    pub published: Option<Date>,
    /// `letzteAenderung`, as written (ISO 8601).
    pub changed: Option<String>,
    /// `versionshinweis`.
    pub version_note: Option<String>,
    /// `beschreibung`, for experts.
    pub description: Option<String>,
    /// `definition`, for experts.
    pub definition: Option<String>,
    /// `schemaelementart`: `ABS` abstract, `HAR` harmonised, `RNG` bound to a law.
    pub element_kind: Option<String>,
    /// `vorbefuellung` of a field: `keine`, `optional` or `verpflichtend`.
    pub filled_by_register: Option<String>,
    /// `dokumentsteckbrief` of a schema: id of the document it belongs to.
    pub document: Option<String>,
    /// What may be changed when others derive from the schema: structure and representation, as codes.
    pub derivation: Option<(String, String)>,
    /// Keywords.
    pub keywords: Vec<Keyword>,
    /// Relations to other elements.
    pub relations: Vec<Relation>,
}
