//! Services: description, form, parameters, who adopted them, who is competent.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wegfrei_model::{AuthorityId, Language};
use wegfrei_packages::places::CompetenceError;
use wegfrei_packages::{AutomationLevel, Block, CompetentError, Module, Package, Parameter, ParameterKind, Section};

use super::authorities::AuthorityLine;
use super::form::{FormShape, LegalReference};
use super::listing;
use crate::ApiState;
use crate::extract::{Asked, Named, word};
use crate::problem::{Failure, Found, Kind, Plain};

/// A service in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ServicePath {
    /// Id of the service.
    #[param(example = "hundesteuer")]
    pub id: String,
}

/// One line of the list of services.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceLine {
    /// Id, for paths.
    #[schema(example = "hundesteuer")]
    id: String,
    /// Version of the package.
    #[schema(example = "1.0.0")]
    version: String,
    /// Name.
    #[schema(example = "Hund anmelden (Hundesteuer)")]
    name: String,
    /// Key in the catalogue of administrative services (LeiKa).
    #[schema(example = "99102013104000")]
    leika: String,
    /// The description's summary in German.
    summary: String,
    /// How many authorities offer it.
    #[schema(example = 5)]
    authorities: usize,
}

listing! {
    /// All services.
    ServiceList of ServiceLine
}

/// A service in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceDetail {
    /// Id, for paths.
    #[schema(example = "hundesteuer")]
    id: String,
    /// Version of the package.
    #[schema(example = "1.0.0")]
    version: String,
    /// SHA-256 of the package's files, hex.
    hash: String,
    /// Key in the catalogue of administrative services (LeiKa).
    #[schema(example = "99102013104000")]
    leika: String,
    /// Level of the competent authority: `gemeinde`, `kreis` or `land`.
    #[schema(example = "gemeinde")]
    level: String,
    /// Language of title and modules: `de`, `de-leicht` or `en`; German where there is no translation.
    #[schema(example = "de")]
    language: String,
    /// Title.
    #[schema(example = "Hund anmelden (Hundesteuer)")]
    title: String,
    /// The description by the modules of the Leistungsbeschreibung (XZuFi).
    modules: Vec<DescriptionModule>,
    /// Legal bases.
    legal: Vec<LegalReference>,
    /// How far it is decided without a human.
    automation: AutomationShape,
    /// What it costs the applicant, in cents.
    #[schema(example = 0)]
    fee_cents: i64,
    /// Years after the end of the case until its personal data is destroyed.
    #[schema(example = 10)]
    retention_years: u32,
    /// What each authority sets, with bounds.
    parameters: Vec<ParameterShape>,
    /// What a caseworker may correct.
    #[schema(example = json!(["gefaehrlich"]))]
    correctable: Vec<String>,
    /// The form.
    form: FormShape,
}

/// One module of the description.
#[derive(Serialize, ToSchema)]
pub(crate) struct DescriptionModule {
    /// `summary`, `description`, `requirements`, `documents`, `procedure`, `costs`, `deadline`, `duration`, `legal`, `remedy`,
    /// `competence` or `contact`.
    #[schema(example = "summary")]
    module: String,
    /// Heading in the language.
    #[schema(example = "Kurztext")]
    heading: String,
    /// Its text, without markup.
    blocks: Vec<TextBlock>,
}

/// A piece of text.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum TextBlock {
    /// A paragraph.
    Paragraph {
        /// The text.
        text: String,
    },
    /// A list without numbers.
    List {
        /// Its items.
        items: Vec<String>,
    },
    /// A list with numbers.
    Steps {
        /// Its items.
        items: Vec<String>,
    },
}

/// How far a service is automatic.
#[derive(Serialize, ToSchema)]
pub(crate) struct AutomationShape {
    /// `none`, `partial` or `full`.
    #[schema(example = "full")]
    level: String,
    /// Legal basis.
    #[schema(example = "§ 155 Abs. 4 AO")]
    legal: String,
    /// When a human decides.
    note: String,
}

/// What an authority sets.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParameterShape {
    /// Name in decisions and letters.
    #[schema(example = "satz_erster_hund")]
    name: String,
    /// `cent`, `prozent`, `zahl`, `text`, `auswahl`, `mehrfachauswahl`, `termine`, `kasse` or `kontakt`.
    #[schema(example = "cent")]
    r#type: String,
    /// Least value, of numbers.
    #[schema(example = 0)]
    min: Option<i64>,
    /// Largest value, of numbers.
    #[schema(example = 50000)]
    max: Option<i64>,
    /// The options, of choices.
    options: Vec<String>,
    /// What it means.
    meaning: String,
    /// Legal basis of setting it.
    legal: String,
    /// Whether an authority must set it.
    required: bool,
}

/// An authority that offers a service.
#[derive(Serialize, ToSchema)]
pub(crate) struct Adopter {
    /// The authority.
    authority: AuthorityLine,
    /// First day it is offered.
    #[schema(value_type = Option<String>, format = Date, example = "2026-01-01")]
    since: Option<String>,
    /// Whether any value is for demonstration only.
    demonstration: bool,
    /// The authority's values.
    parameters: Vec<ParameterValue>,
    /// Where applications are sent.
    #[schema(example = "/api/services/hundesteuer/authorities/15003000/applications")]
    apply: String,
}

listing! {
    /// Who offers a service.
    AdopterList of Adopter
}

/// A value an authority has set.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParameterValue {
    /// Name.
    #[schema(example = "satz_erster_hund")]
    name: String,
    /// The value; its shape follows from the parameter's type.
    #[schema(example = 9600)]
    value: Value,
    /// The value for people.
    #[schema(example = "96,00 €")]
    shown: String,
    /// Where it comes from.
    #[schema(example = "Hundesteuersatzung der Landeshauptstadt Magdeburg, § 5")]
    source: Option<String>,
    /// For demonstration only.
    demonstration: bool,
}

/// Who is competent.
#[derive(Serialize, ToSchema)]
pub(crate) struct Competent {
    /// The competent authority.
    authority: AuthorityLine,
    /// Whether it has adopted the service here.
    offered: bool,
    /// Where applications are sent; null when it is not offered.
    #[schema(example = "/api/services/hundesteuer/authorities/15003000/applications")]
    apply: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LanguageQuery {
    /// Language of the description: `de` (usual), `de-leicht` or `en`.
    #[param(required = false, example = "de")]
    lang: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompetenceQuery {
    /// AGS of the municipality somebody lives in.
    #[param(required = true, value_type = String, example = "15003000")]
    place: Option<String>,
}

fn apply(service: &str, authority: AuthorityId) -> String {
    format!("/api/services/{service}/authorities/{authority}/applications")
}

fn module_code(module: Module) -> &'static str {
    match module {
        Module::Summary => "summary",
        Module::Description => "description",
        Module::Requirements => "requirements",
        Module::Documents => "documents",
        Module::Procedure => "procedure",
        Module::Costs => "costs",
        Module::Deadline => "deadline",
        Module::Duration => "duration",
        Module::Legal => "legal",
        Module::Remedy => "remedy",
        Module::Competence => "competence",
        Module::Contact => "contact",
    }
}

impl From<&Section> for DescriptionModule {
    fn from(section: &Section) -> Self {
        let blocks = section.blocks.iter().map(|block| match block {
            Block::Paragraph(text) => TextBlock::Paragraph { text: text.clone() },
            Block::List(items) => TextBlock::List { items: items.clone() },
            Block::Steps(items) => TextBlock::Steps { items: items.clone() },
        });
        DescriptionModule {
            module: module_code(section.module).to_owned(),
            heading: section.heading.clone(),
            blocks: blocks.collect(),
        }
    }
}

impl From<&Parameter> for ParameterShape {
    fn from(parameter: &Parameter) -> Self {
        let (kind, min, max, options) = match &parameter.kind {
            ParameterKind::Cents { min, max } => ("cent", Some(*min), Some(*max), Vec::new()),
            ParameterKind::Percent { min, max } => ("prozent", Some(*min), Some(*max), Vec::new()),
            ParameterKind::Number { min, max } => ("zahl", Some(*min), Some(*max), Vec::new()),
            ParameterKind::Text => ("text", None, None, Vec::new()),
            ParameterKind::Choice(options) => {
                let codes = options.iter().map(|(code, _)| code.clone()).collect();
                ("auswahl", None, None, codes)
            }
            ParameterKind::Choices(options) => ("mehrfachauswahl", None, None, options.clone()),
            ParameterKind::DueDates => ("termine", None, None, Vec::new()),
            ParameterKind::Places { min, max } => ("orte", Some(*min), Some(*max), Vec::new()),
            ParameterKind::Treasury => ("kasse", None, None, Vec::new()),
            ParameterKind::Contact => ("kontakt", None, None, Vec::new()),
        };
        ParameterShape {
            name: parameter.name.clone(),
            r#type: kind.to_owned(),
            min,
            max,
            options,
            meaning: parameter.meaning.clone(),
            legal: parameter.legal.clone(),
            required: parameter.required,
        }
    }
}

fn package<'s>(state: &'s ApiState, id: &str) -> Result<&'s Package, Failure> {
    state.cases.catalogue().package(id).ok_or_else(|| Kind::NotFound.into())
}

/// This document
///
/// The OpenAPI document of this interface, made from the same declarations as the interface itself.
#[utoipa::path(get, path = "/api/openapi.json", tag = "services", operation_id = "getDocument",
    responses((status = 200, description = "OpenAPI 3.1", body = Object), Plain))]
pub(crate) async fn openapi(State(state): State<ApiState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], state.document.clone())
}

/// All services
///
/// Every service in its newest version.
#[utoipa::path(get, path = "/api/services", tag = "services", operation_id = "listServices",
    responses((status = 200, description = "The services", body = ServiceList), Plain))]
pub(crate) async fn list(State(state): State<ApiState>) -> Json<ServiceList> {
    let catalogue = state.cases.catalogue();
    let lines = catalogue.services().map(|package| ServiceLine {
        id: package.id().to_owned(),
        version: package.version().to_owned(),
        name: package.name().to_owned(),
        leika: package.manifest().leika.as_str().to_owned(),
        summary: package
            .description(Language::De, None, None)
            .map(|text| text.line(Module::Summary))
            .unwrap_or_default(),
        authorities: catalogue.adopters(package.id()).count(),
    });
    Json(lines.collect())
}

/// One service
///
/// Description, legal bases, parameters and form.
#[utoipa::path(get, path = "/api/services/{id}", tag = "services", operation_id = "getService",
    params(ServicePath, LanguageQuery),
    responses((status = 200, description = "The service", body = ServiceDetail), Found))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Named(path): Named<ServicePath>,
    Asked(query): Asked<LanguageQuery>,
) -> Result<Json<ServiceDetail>, Failure> {
    let package = package(&state, &path.id)?;
    let languages = Language::ALL.map(|language| (language.code(), language));
    let wanted = word("lang", query.lang.as_deref().unwrap_or("de"), &languages)?;
    let text = package.description(wanted, None, None);
    let text = text
        .or_else(|| package.description(Language::De, None, None))
        .ok_or(Kind::Internal)?;
    let manifest = package.manifest();
    Ok(Json(ServiceDetail {
        id: package.id().to_owned(),
        version: package.version().to_owned(),
        hash: package.hash().to_owned(),
        leika: manifest.leika.as_str().to_owned(),
        level: manifest.level.code().to_owned(),
        language: text.language.code().to_owned(),
        title: text.title.clone(),
        modules: text.sections.iter().map(DescriptionModule::from).collect(),
        legal: manifest
            .legal
            .iter()
            .map(|legal| LegalReference {
                text: format!("{}: {}", legal.norm, legal.title),
                link: legal.link.clone(),
            })
            .collect(),
        automation: AutomationShape {
            level: automation(manifest.automation.level).to_owned(),
            legal: manifest.automation.legal.clone(),
            note: manifest.automation.note.clone(),
        },
        fee_cents: manifest.fee.cents,
        retention_years: manifest.retention.years,
        parameters: manifest.parameters.iter().map(ParameterShape::from).collect(),
        correctable: package.correctable().to_vec(),
        form: FormShape::from(package.form()),
    }))
}

/// Who offers a service
///
/// The authorities that have adopted the service, with their values and where these come from.
#[utoipa::path(get, path = "/api/services/{id}/authorities", tag = "services", operation_id = "listAdopters",
    params(ServicePath),
    responses((status = 200, description = "The authorities", body = AdopterList), Found))]
pub(crate) async fn adopters(
    State(state): State<ApiState>,
    Named(path): Named<ServicePath>,
) -> Result<Json<AdopterList>, Failure> {
    let package = package(&state, &path.id)?;
    let catalogue = state.cases.catalogue();
    let adopters = catalogue.adopters(&path.id).filter_map(|authority| {
        let adoption = catalogue.adoption(&path.id, authority.id)?;
        let values = package.manifest().parameters.iter().filter_map(|parameter| {
            let name = parameter.name.as_str();
            Some(ParameterValue {
                name: name.to_owned(),
                value: adoption.parameters().get(name)?.clone(),
                shown: package.show_parameter(adoption, name, Language::De)?,
                source: adoption.source(name).map(str::to_owned),
                demonstration: adoption.demonstration_values().any(|value| value == name),
            })
        });
        Some(Adopter {
            authority: authority.into(),
            since: adoption.since().map(|day| day.to_string()),
            demonstration: adoption.is_demonstration(),
            parameters: values.collect(),
            apply: apply(&path.id, authority.id),
        })
    });
    Ok(Json(adopters.collect()))
}

/// Who is competent
///
/// The authority that decides about the service for somebody who lives at a place.
#[utoipa::path(get, path = "/api/services/{id}/competent", tag = "services", operation_id = "getCompetent",
    params(ServicePath, CompetenceQuery),
    responses((status = 200, description = "The competent authority", body = Competent), Found))]
pub(crate) async fn competent(
    State(state): State<ApiState>,
    Named(path): Named<ServicePath>,
    Asked(query): Asked<CompetenceQuery>,
) -> Result<Json<Competent>, Failure> {
    let expected = || Failure::parameter("place", "der AGS einer Gemeinde, acht Ziffern, zum Beispiel 15003000");
    let place = query.place.as_deref().and_then(|text| AuthorityId::parse(text).ok());
    let place = place.ok_or_else(expected)?;
    let authority = state
        .cases
        .catalogue()
        .competent(&path.id, place)
        .map_err(|error| match error {
            CompetentError::Service(_) | CompetentError::Place(CompetenceError::Unknown(_)) => Kind::NotFound.into(),
            CompetentError::Place(_) => expected(),
        })?;
    let offered = state.cases.catalogue().adoption(&path.id, authority.id).is_some();
    Ok(Json(Competent {
        authority: authority.into(),
        offered,
        apply: offered.then(|| apply(&path.id, authority.id)),
    }))
}

fn automation(level: AutomationLevel) -> &'static str {
    match level {
        AutomationLevel::None => "none",
        AutomationLevel::Partial => "partial",
        AutomationLevel::Full => "full",
    }
}
