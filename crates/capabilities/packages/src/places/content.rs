//! Reading the content files, with every mistake named by file and line.

use super::{Authority, Seat, Texts};
use serde::Deserialize;
use std::collections::BTreeMap;
use wegfrei_model::{AuthorityId, Level};

/// A mistake in a file of `packages/authorities`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("packages/authorities/{file}{}: {message}", line.map(|l| format!(":{l}")).unwrap_or_default())]
pub struct PlacesError {
    /// The file's name.
    pub file: &'static str,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong and how to mend it.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LandFile {
    land: toml::Spanned<Entry>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KreiseFile {
    kreis: Vec<toml::Spanned<Entry>>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GemeindenFile {
    gemeinde: Vec<toml::Spanned<Entry>>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    ags: AuthorityId,
    name: String,
    official: Option<String>,
    #[serde(default)]
    kreisfrei: bool,
    population: Option<u32>,
    seat: SeatEntry,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeatEntry {
    street: Option<String>,
    code: Option<String>,
    town: String,
}

/// Places of one district under one postal code.
pub(super) struct CodeEntry {
    pub code: String,
    /// Key of the district, or of the kreisfreie Stadt.
    pub district: AuthorityId,
    pub places: Vec<String>,
}

fn read<'de, T: Deserialize<'de>>(file: &'static str, text: &'de str) -> Result<T, PlacesError> {
    toml::from_str(text).map_err(|error| PlacesError {
        file,
        line: error.span().map(|span| line_of(text, span.start)),
        message: error.message().to_owned(),
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

/// One of the three files of authorities, to say where a mistake is.
struct File<'a> {
    name: &'static str,
    text: &'a str,
}

impl File<'_> {
    fn wrong(&self, entry: &toml::Spanned<Entry>, message: impl Into<String>) -> PlacesError {
        let entry_at = line_of(self.text, entry.span().start);
        PlacesError {
            file: self.name,
            line: Some(entry_at),
            message: message.into(),
        }
    }
    fn take(&self, entry: &toml::Spanned<Entry>, level: Level) -> Result<Authority, PlacesError> {
        let e = entry.get_ref();
        let (land, district) = (
            AuthorityId::from(e.ags.ags().land()),
            AuthorityId::from(e.ags.ags().district()),
        );
        let own = match level {
            Level::Land => e.ags == land,
            Level::Kreis => e.ags == district && e.ags != land,
            Level::Gemeinde => e.ags != land && (e.ags == district) == e.kreisfrei,
        };
        if !own {
            return Err(self.wrong(entry, format!("`{}` is no key of this level ({level})", e.ags)));
        }
        if e.name.trim().is_empty() || e.name.trim() != e.name {
            return Err(self.wrong(entry, "the name is empty or has blanks around it"));
        }
        if let Some(code) = &e.seat.code
            && !is_code(code)
        {
            return Err(self.wrong(entry, format!("`{code}` is no postal code of five digits")));
        }
        if (level == Level::Gemeinde) != e.population.is_some() {
            return Err(self.wrong(entry, "municipalities have a `population`; that of others is their sum"));
        }
        Ok(Authority {
            id: e.ags,
            name: e.name.clone(),
            official: e.official.clone().unwrap_or_else(|| e.name.clone()),
            level,
            kreisfrei: e.kreisfrei,
            population: e.population.unwrap_or(0),
            seat: Seat {
                street: e.seat.street.clone(),
                code: e.seat.code.clone(),
                town: e.seat.town.clone(),
            },
        })
    }
}

/// All authorities, sorted by key, with the sums of inhabitants.
pub(super) fn authorities(texts: &Texts<'_>) -> Result<Vec<Authority>, PlacesError> {
    let land_file = File {
        name: "land.toml",
        text: texts.land,
    };
    let kreise_file = File {
        name: "kreise.toml",
        text: texts.kreise,
    };
    let gemeinden_file = File {
        name: "gemeinden.toml",
        text: texts.gemeinden,
    };
    let land = read::<LandFile>(land_file.name, texts.land)?.land;
    let kreise = read::<KreiseFile>(kreise_file.name, texts.kreise)?.kreis;
    let gemeinden = read::<GemeindenFile>(gemeinden_file.name, texts.gemeinden)?.gemeinde;

    let mut all: BTreeMap<AuthorityId, Authority> = BTreeMap::new();
    let entries = std::iter::once((&land_file, &land, Level::Land))
        .chain(kreise.iter().map(|e| (&kreise_file, e, Level::Kreis)))
        .chain(gemeinden.iter().map(|e| (&gemeinden_file, e, Level::Gemeinde)));
    for (file, entry, level) in entries {
        let authority = file.take(entry, level)?;
        let id = authority.id;
        let (district, land) = (
            AuthorityId::from(id.ags().district()),
            AuthorityId::from(id.ags().land()),
        );
        let population = authority.population;
        let kreisfrei = authority.kreisfrei;
        if all.contains_key(&id) {
            return Err(file.wrong(entry, format!("`{id}` occurs twice")));
        }
        if level != Level::Land && !all.contains_key(&land) {
            return Err(file.wrong(entry, format!("`{id}` lies in another Land than land.toml says")));
        }
        if level == Level::Gemeinde && !kreisfrei && !all.contains_key(&district) {
            let message = format!("`{id}` lies in the district `{district}`, which kreise.toml does not have");
            return Err(file.wrong(entry, message));
        }
        all.insert(id, authority);
        if level == Level::Gemeinde {
            for above in [district, land] {
                if let Some(above) = all.get_mut(&above)
                    && above.level != Level::Gemeinde
                {
                    above.population = above.population.saturating_add(population);
                }
            }
        }
    }
    Ok(all.into_values().collect())
}

/// The postal codes in ascending order.
pub(super) fn postal_codes(text: &str, authorities: &[Authority]) -> Result<Vec<CodeEntry>, PlacesError> {
    let file = "postal-codes.toml";
    let codes: BTreeMap<toml::Spanned<String>, BTreeMap<String, Vec<String>>> = read(file, text)?;
    let mut entries = Vec::new();
    for (code, districts) in codes {
        let line = Some(line_of(text, code.span().start));
        let code = code.into_inner();
        if !is_code(&code) {
            return Err(PlacesError {
                file,
                line,
                message: format!("`{code}` is no postal code of five digits"),
            });
        }
        for (district, places) in districts {
            let key = AuthorityId::parse(&format!("{district}000")).ok();
            let known = key.filter(|key| authorities.iter().any(|a| a.id == *key && a.is_on(Level::Kreis)));
            let district = known.ok_or_else(|| PlacesError {
                file,
                line,
                message: format!("`{district}` is not the first five digits of a district or kreisfreie Stadt"),
            })?;
            entries.push(CodeEntry {
                code: code.clone(),
                district,
                places,
            });
        }
    }
    Ok(entries)
}

fn is_code(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit())
}
