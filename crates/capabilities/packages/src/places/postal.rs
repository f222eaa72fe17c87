//! From a postal code to the municipalities it may mean.
//!
//! The source knows code, name of the place and district, not the municipality. So a place is put to a municipality only where
//! its name says so; otherwise the municipalities of the district whose town hall has the code are offered, and where there are
//! none, all of the district. [`Match`] tells the three apart, so that nobody is told more than is known.

use super::{Authority, Match, content::CodeEntry, fold::Folded, search::base_name};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wegfrei_model::{AuthorityId, Level};

/// A municipality a code may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Index of the authority.
    pub authority: usize,
    pub matched: Match,
    /// The place whose name led here.
    pub place: Option<String>,
}

/// All codes.
#[derive(Debug)]
pub(super) struct Codes {
    by_code: BTreeMap<String, Vec<Candidate>>,
    /// Folded names of places that are no municipality, to what they may belong.
    by_place: HashMap<String, Vec<Candidate>>,
    /// Codes with places whose municipality is not known.
    open: BTreeSet<String>,
}

impl Codes {
    pub fn new(authorities: &[Authority], entries: Vec<CodeEntry>) -> Self {
        let mut found: BTreeMap<String, BTreeMap<usize, Candidate>> = BTreeMap::new();
        let mut add = |code: &str, candidate: Candidate| {
            let slot = found.entry(code.to_owned()).or_default().entry(candidate.authority);
            slot.and_modify(|old| {
                if candidate.matched < old.matched {
                    *old = candidate.clone();
                }
            })
            .or_insert(candidate);
        };
        let mut seats: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut districts: HashMap<AuthorityId, Vec<usize>> = HashMap::new();
        for (at, authority) in authorities
            .iter()
            .enumerate()
            .filter(|(_, a)| a.level == Level::Gemeinde)
        {
            districts
                .entry(authority.id.ags().district().into())
                .or_default()
                .push(at);
            if let Some(code) = &authority.seat.code {
                seats.entry(code).or_default().push(at);
                add(
                    code,
                    Candidate {
                        authority: at,
                        matched: Match::Seat,
                        place: None,
                    },
                );
            }
        }
        let mut open: Vec<(CodeEntry, BTreeSet<usize>)> = Vec::new();
        for mut entry in entries {
            let members = districts.get(&entry.district).map(Vec::as_slice).unwrap_or_default();
            if let [city] = members
                && authorities[*city].kreisfrei
            {
                add(
                    &entry.code,
                    Candidate {
                        authority: *city,
                        matched: Match::PostalCode,
                        place: None,
                    },
                );
                continue;
            }
            let mut likely: BTreeSet<usize> = seats.get(entry.code.as_str()).into_iter().flatten().copied().collect();
            likely.retain(|at| members.contains(at));
            entry.places.retain(|place| {
                let named = members.iter().copied().find(|at| names(place, &authorities[*at].name));
                if let Some(at) = named {
                    let place = (*place != authorities[at].name).then(|| place.clone());
                    add(
                        &entry.code,
                        Candidate {
                            authority: at,
                            matched: Match::PostalCode,
                            place,
                        },
                    );
                    likely.insert(at);
                }
                named.is_none()
            });
            if likely.is_empty() {
                for at in members {
                    add(
                        &entry.code,
                        Candidate {
                            authority: *at,
                            matched: Match::District,
                            place: None,
                        },
                    );
                }
            }
            open.push((entry, likely));
        }
        let mut by_place: HashMap<String, Vec<Candidate>> = HashMap::new();
        let mut open_codes = BTreeSet::new();
        for (entry, likely) in open {
            if !entry.places.is_empty() {
                open_codes.insert(entry.code);
            }
            let members = districts.get(&entry.district).map(Vec::as_slice).unwrap_or_default();
            let (matched, owners) = if likely.is_empty() {
                (Match::District, members.to_vec())
            } else {
                (Match::Seat, likely.into_iter().collect())
            };
            for place in entry.places {
                let slot = by_place.entry(Folded::new(&place).compact).or_default();
                for authority in &owners {
                    if !slot.iter().any(|c| c.authority == *authority) {
                        slot.push(Candidate {
                            authority: *authority,
                            matched,
                            place: Some(place.clone()),
                        });
                    }
                }
            }
        }
        let by_code = found
            .into_iter()
            .map(|(code, by_authority)| (code, by_authority.into_values().collect()))
            .collect();
        Self {
            by_code,
            by_place,
            open: open_codes,
        }
    }

    /// What the codes beginning with these digits may mean; each municipality once, by its best reason.
    pub fn beginning_with(&self, digits: &str) -> Vec<&Candidate> {
        let mut best: BTreeMap<usize, &Candidate> = BTreeMap::new();
        let codes = self
            .by_code
            .range(digits.to_owned()..)
            .take_while(|(code, _)| code.starts_with(digits));
        for candidate in codes.flat_map(|(_, candidates)| candidates) {
            let slot = best.entry(candidate.authority).or_insert(candidate);
            if candidate.matched < slot.matched {
                *slot = candidate;
            }
        }
        best.into_values().collect()
    }
    /// Whether every place the source has under this code is put to its municipality; `None` for an unknown code.
    pub fn is_complete(&self, code: &str) -> Option<bool> {
        self.by_code.contains_key(code).then(|| !self.open.contains(code))
    }
    /// What a place that is no municipality may belong to.
    pub fn place(&self, name: &Folded) -> &[Candidate] {
        self.by_place.get(&name.compact).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether the name of a place says that it lies in this municipality of the same district: the same name with or without its
/// addition (`Calbe`, `Calbe (Saale)`), the municipality's name first (`Schkopau Röglitz`), or one half of a double name (`Wolfen`
/// in Bitterfeld-Wolfen).
fn names(place: &str, municipality: &str) -> bool {
    let (place_base, base) = (base_name(place), base_name(municipality));
    let starts = |with: &str| place.strip_prefix(with).is_some_and(|rest| rest.starts_with(' '));
    place == municipality
        || place_base == base
        || starts(municipality)
        || starts(base)
        || (base.contains('-') && base.split('-').any(|half| half.len() > 3 && half == place_base))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_says_where_a_place_lies_or_does_not() {
        fn check(place: &str, municipality: &str, expected: bool) {
            assert_eq!(names(place, municipality), expected, "{place} in {municipality}");
        }
        check("Calbe", "Calbe (Saale)", true);
        check("Fischbeck (Elbe)", "Wust-Fischbeck", true);
        check("Wolfen", "Bitterfeld-Wolfen", true);
        check("Schkopau Röglitz", "Schkopau", true);
        check("Jessen (Elster) Arnsdorf", "Jessen (Elster)", true);
        check("Burgstall", "Burg", false);
        check("Neu Königsaue", "Königs", false);
        check("Tal", "Lanitz-Hassel-Tal", false);
        check("Mieste", "Gardelegen", false);
    }
}
