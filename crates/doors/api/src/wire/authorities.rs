//! Authorities: who they are, found by name, postal code or key.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wegfrei_model::AuthorityId;
use wegfrei_packages::places::{Authority, Match};

use super::listing;
use crate::ApiState;
use crate::extract::{Asked, Named, known};
use crate::problem::{Failure, Found, Plain};

/// Most hits of a search.
const HITS: usize = 20;

/// An authority in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AuthorityPath {
    /// AGS of the authority: eight digits, padded with zeros above the municipality.
    #[param(value_type = String, pattern = "^[0-9]{8}$", example = "15003000")]
    pub ags: AuthorityId,
}

/// One authority.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuthorityLine {
    /// AGS.
    #[schema(example = "15003000")]
    ags: String,
    /// Name people use.
    #[schema(example = "Magdeburg")]
    name: String,
    /// Name for a letter.
    #[schema(example = "Landeshauptstadt Magdeburg")]
    full_name: String,
    /// Level: `gemeinde`, `kreis` or `land`.
    #[schema(example = "gemeinde")]
    level: String,
    /// A kreisfreie Stadt does the tasks of a district too.
    kreisfrei: bool,
    /// Inhabitants.
    #[schema(example = 243_768)]
    population: u32,
    /// Street and number of its seat.
    #[schema(example = "Alter Markt 6")]
    street: Option<String>,
    /// Postal code of its seat.
    #[schema(example = "39104")]
    postal_code: Option<String>,
    /// Town of its seat.
    #[schema(example = "Magdeburg")]
    town: String,
}

impl From<&Authority> for AuthorityLine {
    fn from(authority: &Authority) -> Self {
        AuthorityLine {
            ags: authority.id.to_string(),
            name: authority.name.clone(),
            full_name: authority.full_name(),
            level: authority.level.code().to_owned(),
            kreisfrei: authority.kreisfrei,
            population: authority.population,
            street: authority.seat.street.clone(),
            postal_code: authority.seat.code.clone(),
            town: authority.seat.town.clone(),
        }
    }
}

/// One hit of the search.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuthorityHit {
    /// The authority.
    authority: AuthorityLine,
    /// Whether it is what was asked for, and not only a proposal to choose from.
    certain: bool,
    /// How it was found: `exact`, `prefix`, `word`, `postal-code`, `seat`, `district`, `fuzzy`.
    #[schema(example = "postal-code")]
    matched: String,
    /// The place that led to it, where that is not its own name.
    #[schema(example = "Wolfen")]
    place: Option<String>,
}

listing! {
    /// Authorities found, best first.
    AuthorityList of AuthorityHit
}

/// An authority with what it offers.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuthorityDetail {
    /// The authority.
    authority: AuthorityLine,
    /// Ids of the services it has adopted.
    #[schema(example = json!(["hundesteuer"]))]
    services: Vec<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceQuery {
    /// Name, postal code (from three digits) or AGS. Spelling is forgiven. Without it: all authorities.
    #[param(required = false, example = "39104")]
    place: Option<String>,
}

fn matched(matched: Match) -> &'static str {
    match matched {
        Match::Exact => "exact",
        Match::Prefix => "prefix",
        Match::Word => "word",
        Match::PostalCode => "postal-code",
        Match::Seat => "seat",
        Match::District => "district",
        Match::Fuzzy => "fuzzy",
    }
}

/// Search authorities
///
/// Municipalities, districts and the Land by name, postal code or AGS, best first, at most 20. All of them without a search
/// text.
#[utoipa::path(get, path = "/api/authorities", tag = "authorities", operation_id = "searchAuthorities", params(PlaceQuery),
    responses((status = 200, description = "Authorities found; the list may be empty", body = AuthorityList), Plain))]
pub(crate) async fn search(
    State(state): State<ApiState>,
    Asked(query): Asked<PlaceQuery>,
) -> Result<Json<AuthorityList>, Failure> {
    let places = state.cases.catalogue().places();
    let Some(place) = query.place else {
        let all = places.all().iter().map(|authority| AuthorityHit {
            authority: authority.into(),
            certain: true,
            matched: matched(Match::Exact).to_owned(),
            place: None,
        });
        return Ok(Json(all.collect()));
    };
    let hits = places.search(&place, HITS).into_iter().map(|hit| AuthorityHit {
        authority: hit.authority.into(),
        certain: hit.matched.is_certain(),
        matched: matched(hit.matched).to_owned(),
        place: hit.place.map(str::to_owned),
    });
    Ok(Json(hits.collect()))
}

/// One authority
///
/// The authority and the services it offers.
#[utoipa::path(get, path = "/api/authorities/{ags}", tag = "authorities", operation_id = "getAuthority", params(AuthorityPath),
    responses((status = 200, description = "The authority", body = AuthorityDetail), Found))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Named(path): Named<AuthorityPath>,
) -> Result<Json<AuthorityDetail>, Failure> {
    let catalogue = state.cases.catalogue();
    let services = catalogue
        .services()
        .filter(|service| catalogue.adoption(service.id(), path.ags).is_some());
    Ok(Json(AuthorityDetail {
        authority: known(&state, path.ags)?.into(),
        services: services.map(|service| service.id().to_owned()).collect(),
    }))
}
