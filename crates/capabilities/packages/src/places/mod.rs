//! Places and the authorities competent for them: the Land, its districts and municipalities, read from the texts of
//! `packages/authorities`, searched forgivingly by name and by postal code.
//!
//! A kreisfreie Stadt is one authority on two levels. Competence climbs from a municipality to its district to the Land.

mod content;
mod fold;
mod postal;
mod search;

use wegfrei_model::{AuthorityId, Level};

pub use content::PlacesError;
pub use search::{Hit, Match};

/// The texts of the content files of `packages/authorities`, each named as its file.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// `land.toml`
    pub land: &'a str,
    /// `kreise.toml`
    pub kreise: &'a str,
    /// `gemeinden.toml`
    pub gemeinden: &'a str,
    /// `postal-codes.toml`
    pub postal_codes: &'a str,
}

/// Where an authority sits. Streets and postal codes are known for municipalities only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Street and house number.
    pub street: Option<String>,
    /// Postal code, five digits.
    pub code: Option<String>,
    /// The town, as in a postal address.
    pub town: String,
}

/// One authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Its key.
    pub id: AuthorityId,
    /// The name people use: `Magdeburg`, `Halle (Saale)`, `Harz`.
    pub name: String,
    /// The name as in the official directory: `Magdeburg, Landeshauptstadt`, `Landkreis Harz`.
    pub official: String,
    /// The lowest level it works on: [`Level::Gemeinde`] for a kreisfreie Stadt.
    pub level: Level,
    /// A kreisfreie Stadt: its own district.
    pub kreisfrei: bool,
    /// Inhabitants; of a district and the Land the sum of the municipalities.
    pub population: u32,
    /// Where it sits.
    pub seat: Seat,
}

impl Authority {
    /// Whether the authority does tasks of this level.
    #[must_use]
    pub fn is_on(&self, level: Level) -> bool {
        self.level == level || (self.kreisfrei && level == Level::Kreis)
    }
    /// The name for a letter: `Landeshauptstadt Magdeburg`, `Stadt Halle (Saale)`, `Gemeinde Barleben`, `Landkreis Harz`.
    #[must_use]
    pub fn full_name(&self) -> String {
        match (self.level, self.official.split_once(", ")) {
            (Level::Gemeinde, Some((name, title))) => format!("{title} {name}"),
            (Level::Gemeinde, None) => format!("Gemeinde {}", self.name),
            _ => self.official.clone(),
        }
    }
}

/// Why no authority could be named for a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompetenceError {
    /// No authority has this key.
    #[error("there is no authority with the key {0}; choose a municipality from the search")]
    Unknown(AuthorityId),
    /// A district or the Land was given where a municipality is needed.
    #[error("{0} is no municipality; a service of the municipalities needs one")]
    NotAMunicipality(AuthorityId),
    /// The Land was given where a district is needed.
    #[error("{0} lies in no district; a service of the districts needs a municipality or a district")]
    NoDistrict(AuthorityId),
}

/// All authorities, and the way from a place to one of them.
#[derive(Debug)]
pub struct Places {
    /// Sorted by id.
    authorities: Vec<Authority>,
    index: search::Index,
    codes: postal::Codes,
}

impl Places {
    /// Reads and checks the content files.
    ///
    /// # Errors
    /// [`PlacesError`] names file, line and what is wrong.
    pub fn load(texts: &Texts<'_>) -> Result<Self, PlacesError> {
        let authorities = content::authorities(texts)?;
        let codes = postal::Codes::new(&authorities, content::postal_codes(texts.postal_codes, &authorities)?);
        let index = search::Index::new(&authorities);
        Ok(Self {
            authorities,
            index,
            codes,
        })
    }
    /// Every authority, ordered by key: the Land, then each district before its municipalities.
    #[must_use]
    pub fn all(&self) -> &[Authority] {
        &self.authorities
    }
    /// Every municipality, ordered by key.
    pub fn municipalities(&self) -> impl Iterator<Item = &Authority> {
        self.authorities.iter().filter(|a| a.level == Level::Gemeinde)
    }
    /// The authority with this key.
    #[must_use]
    pub fn authority(&self, id: &AuthorityId) -> Option<&Authority> {
        let at = self.authorities.binary_search_by_key(id, |a| a.id).ok()?;
        self.authorities.get(at)
    }
    /// The authority that does tasks of this level for a place. `place` is a municipality, or anything that already lies on
    /// the level asked for or below it.
    ///
    /// # Errors
    /// [`CompetenceError`] when the key is unknown, or lies above the level.
    pub fn competent(&self, level: Level, place: &AuthorityId) -> Result<&Authority, CompetenceError> {
        let here = self.authority(place).ok_or(CompetenceError::Unknown(*place))?;
        if here.is_on(level) {
            return Ok(here);
        }
        let above = match (level, here.level) {
            (Level::Gemeinde, _) => return Err(CompetenceError::NotAMunicipality(*place)),
            (Level::Kreis, Level::Land) => return Err(CompetenceError::NoDistrict(*place)),
            (Level::Kreis, _) => place.ags().district().into(),
            (Level::Land, _) => place.ags().land().into(),
        };
        self.authority(&above).ok_or(CompetenceError::Unknown(above))
    }
    /// Finds authorities by name, postal code (from three digits) or AGS, best first, at most `limit`. Forgives spelling; an
    /// empty or hopeless text finds nothing.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<Hit<'_>> {
        search::search(self, text, limit, |_| true)
    }
    /// Whether a search for this postal code offers every municipality the source knows for it. `Some(false)`: the code has
    /// places whose municipality is not known; say so, and offer the search by name. `None`: no such code in the Land.
    #[must_use]
    pub fn is_complete(&self, postal_code: &str) -> Option<bool> {
        self.codes.is_complete(postal_code)
    }
    /// As [`Places::search`], municipalities only: where somebody lives.
    #[must_use]
    pub fn search_municipalities(&self, text: &str, limit: usize) -> Vec<Hit<'_>> {
        search::search(self, text, limit, |a| a.level == Level::Gemeinde)
    }
}

#[cfg(test)]
mod source_tests;
#[cfg(test)]
mod tests;
