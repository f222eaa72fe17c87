//! Start page, places, services, and the way into an application.

use super::{authority_name, service_title};
use crate::body::Posted;
use crate::problem::Problem;
use crate::render::{BegunPage, InfoPage, PlacePage, ServicePage, StartPage, ok};
use crate::state::WebState;
use crate::texts::Lang;
use crate::view::Prose;
use crate::view::portal::{
    BegunView, Competent, CostLine, Offer, PlaceItem, PlaceView, Section, ServiceItem, ServiceView, StartView,
};
use crate::visit::{Jar, Visit, local, set};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseSummary, OBJECTION_SERVICE, Status};
use wegfrei_model::{AuthorityId, Level, PersonId};
use wegfrei_packages::places::{Authority, Hit, Match};
use wegfrei_packages::{Adoption, Block, Module, Package, ParameterKind};

/// Hits shown for a place.
const MOST_HITS: usize = 12;

/// What a search form sends.
#[derive(Deserialize, Default)]
pub(crate) struct Search {
    suche: Option<String>,
    zurueck: Option<String>,
    ars: Option<String>,
}

impl Search {
    fn text(&self) -> String {
        self.suche
            .as_deref()
            .unwrap_or_default()
            .trim()
            .chars()
            .take(80)
            .collect()
    }

    fn back(&self) -> &str {
        self.zurueck.as_deref().and_then(local).unwrap_or("/")
    }
}

fn item(package: &Package, lang: Lang) -> ServiceItem {
    let text = package
        .description(lang, None, None)
        .or_else(|| package.description(Lang::De, None, None));
    ServiceItem {
        id: package.id().to_owned(),
        title: text
            .as_ref()
            .map_or_else(|| package.name().to_owned(), |text| text.title.clone()),
        teaser: text.map(|text| text.line(Module::Summary)).unwrap_or_default(),
    }
}

/// `GET /`
pub(crate) async fn start(State(state): State<WebState>, visit: Visit, Query(search): Query<Search>) -> Response {
    let query = search.text();
    let services = state
        .cases
        .catalogue()
        .search_services(&query)
        .into_iter()
        .map(|package| item(package, visit.lang))
        .collect();
    ok(&StartPage {
        f: &visit.frame,
        v: &StartView { query, services },
    })
}

fn district(state: &WebState, authority: &Authority) -> String {
    if authority.kreisfrei || authority.level != Level::Gemeinde {
        return String::new();
    }
    let district = state.cases.catalogue().authority(authority.id.ags().district().into());
    district.map(|district| district.official.clone()).unwrap_or_default()
}

fn hit(state: &WebState, hit: &Hit<'_>) -> PlaceItem {
    let name = match hit.place {
        Some(place) if place != hit.authority.name => format!("{place}, {}", hit.authority.name),
        _ => hit.authority.name.clone(),
    };
    PlaceItem {
        ars: hit.authority.id.to_string(),
        name,
        district: district(state, hit.authority),
    }
}

/// The one place that is meant without doubt.
fn certain<'a>(hits: &[Hit<'a>]) -> Option<Hit<'a>> {
    let exact: Vec<&Hit<'a>> = hits.iter().filter(|hit| hit.matched == Match::Exact).collect();
    match (exact.as_slice(), hits) {
        ([only], _) => Some(**only),
        ([], [only]) if only.matched.is_certain() => Some(*only),
        _ => None,
    }
}

fn remember(state: &WebState, place: AuthorityId, back: &str) -> Response {
    let mut response = Redirect::to(back).into_response();
    set(&mut response, state, Jar::Place, Some(place.to_string()));
    response
}

/// `GET /ort`: one certain hit is taken, several are offered, none is helped with.
pub(crate) async fn place(State(state): State<WebState>, visit: Visit, Query(search): Query<Search>) -> Response {
    let query = search.text();
    let hits = state.cases.catalogue().search_place(&query, MOST_HITS);
    if let Some(found) = certain(&hits) {
        return remember(&state, found.authority.id, search.back());
    }
    let hits = hits.iter().map(|found| hit(&state, found)).collect();
    ok(&PlacePage {
        f: &visit.frame,
        v: &PlaceView {
            query,
            hits,
            back: search.back().to_owned(),
        },
    })
}

/// `GET /ort/merken`: the choice from several places.
pub(crate) async fn choose(State(state): State<WebState>, Query(search): Query<Search>) -> Result<Response, Problem> {
    let place = search
        .ars
        .as_deref()
        .and_then(|text| AuthorityId::parse(text).ok())
        .ok_or_else(Problem::missing)?;
    let known = state.cases.catalogue().authority(place).ok_or_else(Problem::missing)?;
    if known.level != Level::Gemeinde {
        return Err(Problem::missing());
    }
    Ok(remember(&state, place, search.back()))
}

fn offer(state: &WebState, visit: &Visit, package: &Package) -> (Offer, Option<AuthorityId>) {
    let (offer, authority) = offer_here(state, visit, package);
    // Where somebody lives does not matter: the notice knows its authority and its deadline.
    let offer = if package.id() == OBJECTION_SERVICE {
        Offer::AtNotice
    } else {
        offer
    };
    (offer, authority)
}

fn offer_here(state: &WebState, visit: &Visit, package: &Package) -> (Offer, Option<AuthorityId>) {
    let Some(place) = visit.place else {
        return (Offer::PlaceMissing, None);
    };
    let catalogue = state.cases.catalogue();
    let Ok(authority) = catalogue.competent(package.id(), place) else {
        return (Offer::PlaceMissing, None);
    };
    let name = authority.full_name();
    let Some(adoption) = catalogue.adoption(package.id(), authority.id) else {
        return (Offer::NotOffered { place: name }, Some(authority.id));
    };
    let seat = &authority.seat;
    let town = match &seat.code {
        Some(code) => format!("{code} {}", seat.town),
        None => seat.town.clone(),
    };
    let address = seat
        .street
        .iter()
        .chain([&town])
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    (
        Offer::Open(Competent {
            authority: name,
            address,
            costs: costs(package, adoption, visit.lang),
        }),
        Some(authority.id),
    )
}

/// The meaning of a parameter, written for the authority, as the label of an amount that carries its unit itself.
fn label(meaning: &str) -> String {
    let first = meaning.split(['.', ';']).next().unwrap_or_default();
    first
        .replace(", in Cent im Jahr", " im Jahr")
        .replace(", in Cent", "")
        .replace(" in Prozent", "")
}

/// What the adoption says about money: amounts, shares and due dates, each with its source.
fn costs(package: &Package, adoption: &Adoption, lang: Lang) -> Vec<CostLine> {
    let demonstration: Vec<&str> = adoption.demonstration_values().collect();
    package
        .manifest()
        .parameters
        .iter()
        .filter(|parameter| !parameter.internal)
        .filter(|parameter| {
            matches!(
                parameter.kind,
                ParameterKind::Cents { .. } | ParameterKind::Percent { .. } | ParameterKind::DueDates
            )
        })
        .filter_map(|parameter| {
            let amount = package.show_parameter(adoption, &parameter.name, lang)?;
            let invented = demonstration.contains(&parameter.name.as_str());
            let source = adoption
                .source(&parameter.name)
                .filter(|_| !invented)
                .map(str::to_owned);
            Some(CostLine {
                label: label(&parameter.meaning),
                amount,
                source,
            })
        })
        .collect()
}

fn prose(block: &Block) -> Prose {
    match block {
        Block::Paragraph(text) => Prose::Text(text.clone()),
        Block::List(items) => Prose::List(items.clone()),
        Block::Steps(items) => Prose::Steps(items.clone()),
    }
}

/// `GET /leistungen/{id}`
pub(crate) async fn service(
    State(state): State<WebState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let package = state.cases.catalogue().package(&id).ok_or_else(Problem::missing)?;
    let (offer, authority) = offer(&state, &visit, package);
    let adoption = authority.and_then(|authority| state.cases.catalogue().adoption(&id, authority));
    let name = authority.map(|authority| authority_name(&state, authority));
    let describe = |lang| package.description(lang, adoption, name.as_deref());
    let own = describe(visit.lang);
    let only_german = own.is_none();
    let text = own.or_else(|| describe(Lang::De));
    let sections = text
        .iter()
        .flat_map(|text| &text.sections)
        .filter(|section| section.module != Module::Summary);
    let view = ServiceView {
        id: package.id().to_owned(),
        title: text
            .as_ref()
            .map_or_else(|| package.name().to_owned(), |text| text.title.clone()),
        teaser: text.as_ref().map(|text| text.line(Module::Summary)).unwrap_or_default(),
        only_german,
        sections: sections
            .enumerate()
            .map(|(at, section)| Section {
                id: format!("abschnitt-{}", at + 1),
                title: section.heading.clone(),
                prose: section.blocks.iter().map(prose).collect(),
            })
            .collect(),
        offer,
        bases: package
            .manifest()
            .legal
            .iter()
            .map(|legal| legal.norm.clone())
            .collect(),
    };
    Ok(ok(&ServicePage {
        f: &visit.frame,
        v: &view,
    }))
}

/// The address that starts an application; after a login it goes on here.
fn begin_path(id: &str) -> String {
    format!("/leistungen/{id}/antrag")
}

/// The service whose application a visitor wanted to start when the login came between.
pub(crate) fn wanted(next: &str) -> Option<&str> {
    next.strip_prefix("/leistungen/")?
        .strip_suffix("/antrag")
        .filter(|id| !id.contains('/'))
}

/// `POST /leistungen/{id}/antrag`: a new draft, or the question whether it shall be one that was begun.
pub(crate) async fn begin(
    State(state): State<WebState>,
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    if visit.session.is_none() {
        return Ok(Redirect::to(&format!("/anmelden?ziel={}", begin_path(&id))).into_response());
    }
    let person = visit.person()?;
    start_application(&state, &visit, person, &id, posted.get("neu").is_some()).await
}

/// `GET /leistungen/{id}/antrag`: what was begun before, with the choice to begin another; nothing is started by looking.
pub(crate) async fn begun(
    State(state): State<WebState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let service = || Redirect::to(&format!("/leistungen/{id}")).into_response();
    let (Some(authority), Ok(person)) = (place_for(&state, &visit, &id)?, visit.person()) else {
        return Ok(service());
    };
    let drafts: Vec<_> = drafts(&state, person, authority, &id)
        .await?
        .iter()
        .map(|draft| super::mine::draft_item(&state, visit.lang, draft))
        .collect();
    if drafts.is_empty() {
        return Ok(service());
    }
    Ok(ok(&BegunPage {
        f: &visit.frame,
        v: &BegunView {
            title: service_title(&state, &id, visit.lang),
            begin: begin_path(&id),
            drafts,
        },
    }))
}

/// Who is competent for the service at the visitor's place; `None` without a place.
fn place_for(state: &WebState, visit: &Visit, id: &str) -> Result<Option<AuthorityId>, Problem> {
    let Some(place) = visit.place else {
        return Ok(None);
    };
    let competent = state.cases.catalogue().competent(id, place);
    competent
        .map(|authority| Some(authority.id))
        .map_err(|_| Problem::missing())
}

/// A person's drafts for a service at an authority, newest first.
async fn drafts(
    state: &WebState,
    person: PersonId,
    authority: AuthorityId,
    id: &str,
) -> Result<Vec<CaseSummary>, Problem> {
    let mut cases = state.cases.my_cases(person).await?;
    cases.retain(|case| case.status == Status::Draft && case.service == id && case.authority == authority);
    Ok(cases)
}

/// On to a new draft, prefilled with what the login knows. Who has drafts for this service at this place already is asked first,
/// unless they said that it shall be `another`.
pub(crate) async fn start_application(
    state: &WebState,
    visit: &Visit,
    person: PersonId,
    id: &str,
    another: bool,
) -> Result<Response, Problem> {
    let package = state.cases.catalogue().package(id).ok_or_else(Problem::missing)?;
    if id == OBJECTION_SERVICE {
        return Ok(Redirect::to(&format!("/leistungen/{id}")).into_response());
    }
    let Some(authority) = place_for(state, visit, id)? else {
        return Ok(Redirect::to(&format!("/leistungen/{id}")).into_response());
    };
    if !another && !drafts(state, person, authority, id).await?.is_empty() {
        return Ok(Redirect::to(&begin_path(id)).into_response());
    }
    let case = state
        .cases
        .start_draft_at(person, authority, id, state.directory.person(&person), visit.place)
        .await?;
    // The first page, although what the login knows may complete it: people see what was filled in before it is used.
    let first = package
        .form()
        .first_page(&serde_json::Value::Null, state.cases.now().date())
        .map_or("pruefen", |page| page.id.as_str());
    Ok(Redirect::to(&format!("{}/{first}", super::draft::base(authority, case))).into_response())
}

/// A page only the operator can write: their text, where they gave one.
fn legal(visit: &Visit, title: &str, written: &[String], demonstration: &[&str]) -> Response {
    let mut lines: Vec<&str> = written.iter().map(String::as_str).collect();
    if lines.is_empty() {
        lines.extend(demonstration);
    }
    ok(&InfoPage {
        f: &visit.frame,
        title,
        lines: &lines,
    })
}

/// `GET /barrierefreiheit`
pub(crate) async fn accessibility(State(state): State<WebState>, visit: Visit) -> Response {
    let (t, written) = (visit.frame.t, &state.options.legal.accessibility);
    legal(&visit, t.info_access_title, written, t.info_access_lines)
}

/// `GET /datenschutz`
pub(crate) async fn privacy(State(state): State<WebState>, visit: Visit) -> Response {
    let (t, written) = (visit.frame.t, &state.options.legal.privacy);
    legal(&visit, t.info_privacy_title, written, t.info_privacy_lines)
}

/// `GET /impressum`
pub(crate) async fn imprint(State(state): State<WebState>, visit: Visit) -> Response {
    let (t, written) = (visit.frame.t, &state.options.legal.imprint);
    legal(&visit, t.info_imprint_title, written, t.info_imprint_lines)
}
