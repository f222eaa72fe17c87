//! All services, who adopted them, and where.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use wegfrei_model::{AuthorityId, Level};

use crate::adoption::Adoption;
use crate::files::{Files, FilesError};
use crate::finding::Finding;
use crate::manifest::Version;
use crate::package::Package;
use crate::places::{Authority, CompetenceError, Hit, Places, PlacesError, Texts};
use crate::texts::Module;

/// Why a packages folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Its files could not be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The authorities are wrong.
    #[error("authorities: {0}")]
    Places(#[from] PlacesError),
    /// Packages are wrong.
    #[error("{} finding(s) in the packages:\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Packages(Vec<Finding>),
}

/// Why no authority could be named for a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompetentError {
    /// There is no such service.
    #[error("there is no service `{0}`")]
    Service(String),
    /// No authority for that place.
    #[error(transparent)]
    Place(#[from] CompetenceError),
}

/// An answer that names a municipality of another authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced<'c> {
    /// Path of the question.
    pub path: String,
    /// The municipality.
    pub place: &'c Authority,
    /// Who decides about it.
    pub competent: &'c Authority,
}

impl Misplaced<'_> {
    /// What to say at the question.
    #[must_use]
    pub fn message(&self) -> String {
        format!(
            "Für {} ist eine andere Behörde zuständig: {}. Bitte stellen Sie den Antrag dort, oder wählen Sie eine andere Gemeinde.",
            self.place.name,
            self.competent.full_name()
        )
    }
}

/// Services by id with all their versions, adoptions by service and authority, places.
#[derive(Debug)]
pub struct Catalogue {
    services: BTreeMap<String, BTreeMap<Version, Package>>,
    adoptions: BTreeMap<(String, AuthorityId), Adoption>,
    places: Places,
}

impl Catalogue {
    /// Loads a packages folder.
    ///
    /// # Errors
    /// As [`Catalogue::load`], or that the folder cannot be read.
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Catalogue, CatalogueError> {
        Catalogue::load(&Files::from_folder(folder)?)
    }

    /// Loads `authorities/*.toml` and every folder of `services/`. A folder is named after its package (`hundesteuer`), or
    /// after package and version (`hundesteuer@1.0.0`) to keep an older version for the cases that were sent with it.
    /// The adoptions are those of the newest version.
    ///
    /// # Errors
    /// [`CatalogueError`] with everything that is wrong; paths start at the packages folder.
    pub fn load(files: &Files) -> Result<Catalogue, CatalogueError> {
        let mut findings = Vec::new();
        let mut authority_text = |name: &str| {
            let path = format!("authorities/{name}");
            match files.get(&path).map(std::str::from_utf8) {
                Some(Ok(text)) => text.to_owned(),
                Some(Err(_)) => {
                    findings.push(Finding::whole(
                        &path,
                        "Die Datei ist nicht in UTF-8 geschrieben.",
                        "In UTF-8 speichern.",
                    ));
                    String::new()
                }
                None => {
                    findings.push(Finding::whole(
                        &path,
                        "Die Datei fehlt.",
                        "Die Behördendaten gehören zum Paketordner.",
                    ));
                    String::new()
                }
            }
        };
        let (land, kreise, gemeinden, postal_codes) = (
            authority_text("land.toml"),
            authority_text("kreise.toml"),
            authority_text("gemeinden.toml"),
            authority_text("postal-codes.toml"),
        );
        if !findings.is_empty() {
            return Err(CatalogueError::Packages(findings));
        }
        let texts = Texts {
            land: &land,
            kreise: &kreise,
            gemeinden: &gemeinden,
            postal_codes: &postal_codes,
        };
        let places = Places::load(&texts)?;
        let mut services: BTreeMap<String, BTreeMap<Version, Package>> = BTreeMap::new();
        for folder in files.folders("services") {
            let path = format!("services/{folder}");
            match Package::load(&files.under(&path)) {
                Ok(package) => {
                    let (id, version) = (package.id().to_owned(), package.semver());
                    if folder != id && folder != format!("{id}@{version}") {
                        let help = format!("Den Ordner `{id}` oder `{id}@{version}` nennen.");
                        let message = format!("Im Ordner `{folder}` liegt das Paket `{id}`.");
                        findings.push(Finding::whole(&format!("{path}/package.toml"), message, help));
                    }
                    for adoption in package.adoptions() {
                        unknown_authority(&path, adoption, &places, &mut findings);
                    }
                    if services
                        .entry(id.clone())
                        .or_default()
                        .insert(version, package)
                        .is_some()
                    {
                        let message = format!("Die Version {version} von `{id}` gibt es zweimal.");
                        let help = "Die Version in package.toml erhöhen oder einen Ordner löschen.";
                        findings.push(Finding::whole(&format!("{path}/package.toml"), message, help));
                    }
                }
                Err(more) => {
                    findings.extend(more.into_iter().map(|f| Finding {
                        file: format!("{path}/{}", f.file),
                        ..f
                    }));
                }
            }
        }
        if !findings.is_empty() {
            return Err(CatalogueError::Packages(findings));
        }
        let mut adoptions = BTreeMap::new();
        for package in services.values().filter_map(newest) {
            for adoption in package.adoptions() {
                adoptions.insert((package.id().to_owned(), adoption.authority()), adoption.clone());
            }
        }
        Ok(Catalogue {
            services,
            adoptions,
            places,
        })
    }

    /// All services in their newest version, by id.
    pub fn services(&self) -> impl Iterator<Item = &Package> {
        self.services.values().filter_map(newest)
    }

    /// The newest version of a service.
    pub fn package(&self, service: &str) -> Option<&Package> {
        newest(self.services.get(service)?)
    }

    /// A certain version of a service: the one a case was sent with.
    pub fn package_version(&self, service: &str, version: &str) -> Option<&Package> {
        self.services.get(service)?.get(&Version::parse(version)?)
    }

    /// An authority's values for a service; `None` when it does not offer it.
    pub fn adoption(&self, service: &str, authority: AuthorityId) -> Option<&Adoption> {
        self.adoptions.get(&(service.to_owned(), authority))
    }

    /// The authorities that offer a service, by key.
    pub fn adopters(&self, service: &str) -> impl Iterator<Item = &Authority> {
        let adopted = self.adoptions.keys().filter(move |(adopted, _)| adopted == service);
        adopted.filter_map(|(_, authority)| self.places.authority(authority))
    }

    /// All authorities and the search for places.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The authority with this key.
    pub fn authority(&self, authority: AuthorityId) -> Option<&Authority> {
        self.places.authority(&authority)
    }

    /// Municipalities by name or postal code, best first.
    pub fn search_place(&self, text: &str, limit: usize) -> Vec<Hit<'_>> {
        self.places.search_municipalities(text, limit)
    }

    /// The authority that decides about a service for somebody who lives in `place`.
    ///
    /// # Errors
    /// [`CompetentError`] when there is no such service, or no authority of its level for that place.
    pub fn competent(&self, service: &str, place: AuthorityId) -> Result<&Authority, CompetentError> {
        let package = self
            .package(service)
            .ok_or_else(|| CompetentError::Service(service.to_owned()))?;
        Ok(self.places.competent(package.manifest().level, &place)?)
    }

    /// The municipality an answer names, where another authority than this one is competent for it: `[place]` of the package says
    /// which answer that is.
    #[must_use]
    pub fn misplaced(&self, package: &Package, authority: AuthorityId, data: &Value) -> Option<Misplaced<'_>> {
        let field = package.field(&package.manifest().place.as_ref()?.field)?;
        let named = package.form().get(data, &field.id)?.as_str()?;
        let place = self.places.authority(&AuthorityId::parse(named).ok()?)?;
        let competent = self.places.competent(package.manifest().level, &place.id).ok()?;
        (competent.id != authority).then(|| Misplaced {
            path: field.path.clone(),
            place,
            competent,
        })
    }

    /// Form data with the municipality somebody most likely means: the one they chose, else the only one at the postal code of
    /// their address, else the authority's own. What another authority is competent for is not filled in.
    pub fn fill_place(
        &self,
        package: &Package,
        authority: AuthorityId,
        chosen: Option<AuthorityId>,
        postal_code: Option<&str>,
        data: &mut Value,
    ) {
        let Some(place) = &package.manifest().place else { return };
        let here = |id: &AuthorityId| {
            let municipality = self
                .places
                .authority(id)
                .is_some_and(|known| known.level == Level::Gemeinde);
            let competent = self.places.competent(package.manifest().level, id);
            municipality && competent.is_ok_and(|competent| competent.id == authority)
        };
        let by_code = || {
            let code = postal_code.filter(|code| self.places.is_complete(code) == Some(true))?;
            match self.places.search_municipalities(code, 2).as_slice() {
                [only] => Some(only.authority.id),
                _ => None,
            }
        };
        let candidates = chosen.into_iter().chain(by_code()).chain([authority]);
        if let Some(id) = candidates.into_iter().find(here) {
            package.set_field(data, &place.field, Value::String(id.to_string()));
        }
    }

    /// Services by words of their name, keywords and summary, best first; forgiving about case and umlauts. All services for an
    /// empty text.
    pub fn search_services(&self, text: &str) -> Vec<&Package> {
        let words: Vec<String> = fold(text).split_whitespace().map(str::to_owned).collect();
        let mut found: Vec<(usize, &Package)> = self
            .services()
            .filter_map(|package| {
                let manifest = package.manifest();
                let name = fold(&manifest.name);
                let keywords = fold(&manifest.keywords.join(" "));
                let texts: String = package
                    .texts
                    .values()
                    .map(|text| text.line(Module::Summary) + " ")
                    .collect();
                let texts = fold(&texts);
                let ranks = words.iter().map(|word| {
                    let begins = |text: &str| text.split_whitespace().any(|part| part.starts_with(word.as_str()));
                    match () {
                        () if begins(&name) => Some(0),
                        () if begins(&keywords) => Some(1),
                        () if name.contains(word) || keywords.contains(word) => Some(2),
                        () if texts.contains(word) => Some(3),
                        () => None,
                    }
                });
                Some((ranks.sum::<Option<usize>>()?, package))
            })
            .collect();
        found.sort_by_key(|(rank, package)| (*rank, package.id()));
        found.into_iter().map(|(_, package)| package).collect()
    }
}

fn newest(versions: &BTreeMap<Version, Package>) -> Option<&Package> {
    versions.values().next_back()
}

/// Lower case, umlauts written out, everything else than letters and digits a blank.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            c if c.is_alphanumeric() => out.push(c),
            _ => out.push(' '),
        }
    }
    out
}

fn unknown_authority(path: &str, adoption: &Adoption, places: &Places, findings: &mut Vec<Finding>) {
    let key = adoption.authority();
    if places.authority(&key).is_none() {
        let message = format!("Eine Behörde mit dem Schlüssel {key} gibt es nicht.");
        let file = format!("{path}/adoptions/{key}.toml");
        findings.push(Finding::whole(
            &file,
            message,
            "Den Schlüssel in authorities/gemeinden.toml nachsehen.",
        ));
    }
}
