//! Forgiving search over all authorities: names are folded and spelt out once when loading, a query is compared with about two
//! thousand short keys, and the expensive comparison (edit distance) only runs where the letters make it possible.

use super::{
    Authority, Places,
    fold::{Folded, distance, letters},
    postal::Candidate,
};
use std::cmp::Reverse;
use wegfrei_model::{AuthorityId, Level};

/// How a hit was found, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// The name, however spelt, or the key.
    Exact,
    /// The beginning of the name.
    Prefix,
    /// Words, or beginnings of words, of the name.
    Word,
    /// The postal code, and the municipality is certain to have it.
    PostalCode,
    /// The municipality's administration has this postal code. Likely, not certain: places of other municipalities may have the
    /// code too.
    Seat,
    /// Only the district is known: one of its municipalities. Ask for the name.
    District,
    /// A name that is spelt similarly. Ask "did you mean".
    Fuzzy,
}

impl Match {
    /// Whether the hit is what was asked for, and not only a proposal.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::Exact | Self::Prefix | Self::Word | Self::PostalCode)
    }
}

/// One found authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The authority.
    pub authority: &'a Authority,
    /// Why it was found.
    pub matched: Match,
    /// The place that led to it, where that is not the authority's own name: `Wolfen` for Bitterfeld-Wolfen.
    pub place: Option<&'a str>,
}

/// One spelling of one authority.
#[derive(Debug)]
struct Key {
    name: Folded,
    authority: usize,
}

/// All spellings.
#[derive(Debug)]
pub(super) struct Index {
    keys: Vec<Key>,
}

/// The name without what tells it from others: `Halle` of `Halle (Saale)`, `Zerbst` of `Zerbst/Anhalt`.
pub(super) fn base_name(name: &str) -> &str {
    let name = name.split_once(" (").map_or(name, |(base, _)| base);
    name.split_once('/').map_or(name, |(base, _)| base.trim_end())
}

impl Index {
    pub fn new(authorities: &[Authority]) -> Self {
        let mut keys = Vec::new();
        for (at, authority) in authorities.iter().enumerate() {
            let mut names: Vec<Folded> = Vec::new();
            for spelling in spellings(authority) {
                let name = Folded::new(&spelling);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            keys.extend(names.into_iter().map(|name| Key { name, authority: at }));
        }
        Self { keys }
    }
}

/// The ways people write an authority's name.
fn spellings(authority: &Authority) -> Vec<String> {
    let name = authority.name.as_str();
    let mut all = vec![name.to_owned(), authority.full_name(), authority.official.clone()];
    let base = base_name(name);
    if base != name {
        let addition = name[base.len()..].trim_matches([' ', '(', ')', '/']);
        all.extend([
            base.to_owned(),
            format!("Stadt {base}"),
            format!("{base} an der {addition}"),
        ]);
    }
    match authority.level {
        Level::Gemeinde => {
            // `Lutherstadt Wittenberg` is also `Wittenberg`; `Harsleben / Harschlewe` is also `Harschlewe`.
            all.extend(authority.official.split_once(", ").map(|(short, _)| short.to_owned()));
            all.extend(authority.official.split_once(" / ").map(|(_, other)| other.to_owned()));
            if authority.official.contains("stadt") || authority.official.contains("Stadt") {
                all.push(format!("Stadt {name}"));
            }
        }
        Level::Kreis => {
            let short = name.strip_prefix("Altmarkkreis ").unwrap_or(name);
            all.extend(["Landkreis", "Kreis", "LK"].map(|kind| format!("{kind} {short}")));
        }
        Level::Land => {}
    }
    all
}

/// Order of hits: how found, how well, municipalities before districts before the Land, then the larger.
type Rank = (Match, u8, Level, Reverse<u32>);

pub(super) fn search<'a>(
    places: &'a Places,
    text: &str,
    limit: usize,
    wanted: impl Fn(&Authority) -> bool,
) -> Vec<Hit<'a>> {
    /// No place is asked for in more letters; a longer text is cut for comparing.
    const LONGEST: usize = 100;
    let cut = text.char_indices().nth(LONGEST).map_or(text, |(at, _)| &text[..at]);
    let query = Folded::new(cut);
    let mut hits: Vec<(Rank, Hit<'a>)> = Vec::new();
    let mut add = |at: usize, matched: Match, fine: u8, place: Option<&'a str>| {
        if let Some(authority) = places.authorities.get(at).filter(|a| wanted(a)) {
            let rank = (matched, fine, authority.level, Reverse(authority.population));
            hits.push((
                rank,
                Hit {
                    authority,
                    matched,
                    place,
                },
            ));
        }
    };
    let digits = query
        .words()
        .find(|w| matches!(w.len(), 3..=5 | 8) && w.bytes().all(|b| b.is_ascii_digit()));
    if let Some(digits) = digits {
        if digits.len() == 8 {
            let id = AuthorityId::parse(digits).ok();
            let at = id.and_then(|id| places.authorities.binary_search_by_key(&id, |a| a.id).ok());
            at.into_iter().for_each(|at| add(at, Match::Exact, 0, None));
        } else {
            // `06766 Wolfen`: the name picks among what the code offers, if it fits any of them.
            let offered = places.codes.beginning_with(digits);
            let rest: Vec<&str> = query.words().filter(|w| *w != digits).collect();
            let fits = |c: &&Candidate| {
                let place = c.place.as_deref().map(Folded::new);
                let keys = places
                    .index
                    .keys
                    .iter()
                    .filter(|k| k.authority == c.authority)
                    .map(|k| &k.name);
                place.iter().chain(keys).any(|name| words_fit(&rest, name).is_some())
            };
            let named: Vec<&Candidate> = offered.iter().copied().filter(fits).collect();
            for candidate in if named.is_empty() || rest.is_empty() {
                offered
            } else {
                named
            } {
                add(candidate.authority, candidate.matched, 0, candidate.place.as_deref());
            }
        }
    } else if query.len() > 0 {
        by_name(places, &query, &mut add);
    }
    finish(hits, limit)
}

fn by_name<'a>(places: &'a Places, query: &Folded, add: &mut impl FnMut(usize, Match, u8, Option<&'a str>)) {
    let words: Vec<&str> = query.words().collect();
    let mut found = false;
    for key in &places.index.keys {
        // Every letter of a word or beginning of the name is a letter of the name.
        if query.letters & !key.name.letters != 0 {
            continue;
        }
        let hit = match key.name.compact.strip_prefix(query.compact.as_str()) {
            Some("") => Some((Match::Exact, 0)),
            Some(_) => Some((Match::Prefix, 0)),
            None => words_fit(&words, &key.name).map(|fine| (Match::Word, fine)),
        };
        if let Some((matched, fine)) = hit {
            found = true;
            add(key.authority, matched, fine, None);
        }
    }
    if !found {
        for candidate in places.codes.place(query) {
            found = true;
            add(candidate.authority, candidate.matched, 0, candidate.place.as_deref());
        }
    }
    // Next to real hits only what differs in one letter (`Kalbe`, `Calbe`); alone, as much as the length bears.
    let bound = match query.compact.len() {
        0..=3 => return,
        4..=7 => 1,
        _ if found => 1,
        _ => 2,
    };
    for key in &places.index.keys {
        if let Some(fine) = fuzzy(query, &key.name, bound, found) {
            add(key.authority, Match::Fuzzy, fine, None);
        }
    }
}

/// How well the words of a query begin words of a name, each another one: 0 all whole words, 1 beginnings; `None` not.
fn words_fit(query: &[&str], name: &Folded) -> Option<u8> {
    if query.is_empty() || query.len() > name.len() {
        return None;
    }
    let mut used = 0u64;
    let mut fine = 0;
    for word in query {
        let free = |at: usize| at < 64 && used & (1 << at) == 0;
        let whole = name.words().enumerate().find(|(at, w)| free(*at) && w == word);
        let (at, found) = whole.or_else(|| {
            name.words()
                .enumerate()
                .find(|(at, w)| free(*at) && w.starts_with(word))
        })?;
        used |= 1 << at;
        fine |= u8::from(found != *word);
    }
    Some(fine)
}

/// Twice the distance, plus one when only the beginning or one word is similar; `None` when nothing is.
fn fuzzy(query: &Folded, name: &Folded, bound: u8, strict: bool) -> Option<u8> {
    // A letter the name does not have costs one edit, so too many of them rule the name out.
    if (query.letters & !name.letters).count_ones() > u32::from(bound) {
        return None;
    }
    let text = query.compact.as_bytes();
    let (whole, beginning) = distance(text, name.compact.as_bytes(), bound);
    let beginning = beginning.filter(|_| !strict && text.len() >= 6).map(|d| 2 * d + 1);
    let word = || {
        let similar = |word: &str| {
            let possible = word.len().abs_diff(text.len()) <= usize::from(bound)
                && (query.letters & !letters(word)).count_ones() <= u32::from(bound);
            possible.then(|| distance(text, word.as_bytes(), bound).0).flatten()
        };
        (!strict && name.len() > 1)
            .then(|| name.words().filter_map(similar).min())
            .flatten()
            .map(|d| 2 * d + 1)
    };
    whole.map(|d| 2 * d).or(beginning).or_else(word)
}

/// Best first, every authority once.
fn finish(mut hits: Vec<(Rank, Hit<'_>)>, limit: usize) -> Vec<Hit<'_>> {
    hits.sort_by_key(|(rank, hit)| (*rank, hit.authority.id));
    let mut best: Vec<Hit<'_>> = Vec::new();
    for (_, hit) in hits {
        if best.len() == limit {
            break;
        }
        if !best.iter().any(|b| b.authority.id == hit.authority.id) {
            best.push(hit);
        }
    }
    best
}
