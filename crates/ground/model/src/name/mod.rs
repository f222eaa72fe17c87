//! Names by DIN 91379: the Latin letters and signs every German register must accept, and nothing else.
//!
//! A name is never cut, never transliterated, never changed in case: what was typed is what stands on the notice, in Unicode
//! normalisation form C (as the standard wants it). What the standard does not contain is refused with the sign and its place.

mod table;

use std::{cmp::Ordering, fmt};
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// Which of the standard's normative data types a text is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charset {
    /// Data type A: names of natural persons. Letters and the non-letters N1 (space, hyphen, apostrophes, …): no digits.
    A,
    /// Data type B: other names, as of places, streets with house numbers, companies and dogs. A and N2.
    B,
    /// Data type C: every normative character. B, N3 and N4 (tab, line ends, no-break space).
    C,
}

/// A character the standard does not contain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` at character {position} cannot be written in this field (DIN 91379 data type {charset:?})", show(.character))]
pub struct LatinError {
    /// The offending character with its combining marks, in NFC.
    pub character: String,
    /// Its place in the text, counted from 1 in characters as a person counts them (a letter with its marks is one).
    pub position: usize,
    /// The data type it was held to.
    pub charset: Charset,
}

/// A character that can be seen as itself, any other as its code point.
fn show(character: &str) -> String {
    character
        .chars()
        .map(|c| {
            if c.is_control() || c.is_whitespace() {
                format!("U+{:04X}", u32::from(c))
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// Text made only of normative characters of DIN 91379, in NFC. May be empty; whether a field may be empty is the form's rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Latin(String);

impl Latin {
    /// Reads the name of a natural person (data type A).
    ///
    /// # Errors
    /// [`LatinError`] names the first character the data type does not contain.
    pub fn person(text: &str) -> Result<Self, LatinError> {
        Self::read(text, Charset::A)
    }
    /// Reads another name: of a place, a street with house number, a company (data type B).
    ///
    /// # Errors
    /// [`LatinError`] names the first character the data type does not contain.
    pub fn name(text: &str) -> Result<Self, LatinError> {
        Self::read(text, Charset::B)
    }
    /// Reads any normative text (data type C).
    ///
    /// # Errors
    /// [`LatinError`] names the first character the data type does not contain.
    pub fn parse(text: &str) -> Result<Self, LatinError> {
        Self::read(text, Charset::C)
    }
    /// Reads a text of the given data type, normalising it to NFC first.
    ///
    /// # Errors
    /// [`LatinError`] names the first character the data type does not contain.
    pub fn read(text: &str, charset: Charset) -> Result<Self, LatinError> {
        let text: String = text.nfc().collect();
        let mut rest = text.as_str();
        let mut position = 1;
        while let Some(first) = rest.chars().next() {
            // INVARIANT: every accepted step ends where no combining mark follows, so a mark never joins a letter unseen.
            let len = step(rest, first, charset).ok_or_else(|| LatinError {
                character: rest[..cluster(rest)].to_owned(),
                position,
                charset,
            })?;
            position += 1;
            rest = &rest[len..];
        }
        Ok(Self(text))
    }
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The text, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
    /// Whether the text also fits a narrower data type.
    #[must_use]
    pub fn fits(&self, charset: Charset) -> bool {
        Self::read(&self.0, charset).is_ok()
    }
}

/// Bytes of the first allowed character or sequence, `None` when the text does not begin with one.
fn step(rest: &str, first: char, charset: Charset) -> Option<usize> {
    let ends = |len: usize| !rest[len..].chars().next().is_some_and(is_mark);
    if first.is_ascii() && rest.as_bytes().get(1).is_none_or(u8::is_ascii) {
        return allowed(first, charset).then_some(1);
    }
    // Sequences are at most three characters long, and longer ones win (`C̨̆` before `C̨`, were that one allowed).
    let mut lengths = rest
        .char_indices()
        .skip(1)
        .map(|(at, _)| at)
        .chain([rest.len()])
        .skip(1)
        .take(2)
        .collect::<Vec<_>>();
    lengths.dedup();
    let sequence = lengths
        .into_iter()
        .rev()
        .find(|len| ends(*len) && table::SEQUENCES.binary_search(&&rest[..*len]).is_ok());
    sequence.or_else(|| (ends(first.len_utf8()) && allowed(first, charset)).then_some(first.len_utf8()))
}

fn is_mark(c: char) -> bool {
    canonical_combining_class(c) != 0
}

/// Bytes of the first character with all its combining marks.
fn cluster(rest: &str) -> usize {
    rest.char_indices()
        .skip(1)
        .find(|(_, c)| !is_mark(*c))
        .map_or(rest.len(), |(at, _)| at)
}

fn allowed(c: char, charset: Charset) -> bool {
    let groups: &[&[(char, char)]] = match charset {
        Charset::A => &[table::LETTERS, table::N1],
        Charset::B => &[table::LETTERS, table::N1, table::N2],
        Charset::C => &[table::LETTERS, table::N1, table::N2, table::N3, table::N4],
    };
    groups.iter().any(|ranges| {
        let compare = |(from, to): &(char, char)| match (c < *from, c > *to) {
            (true, _) => Ordering::Greater,
            (_, true) => Ordering::Less,
            _ => Ordering::Equal,
        };
        ranges.binary_search_by(compare).is_ok()
    })
}

impl AsRef<str> for Latin {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Latin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl fmt::Debug for Latin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Latin({:?})", self.0)
    }
}
crate::serde_as_text!(Latin);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn names_are_kept_or_refused_with_the_sign_and_its_place() {
        fn check(charset: Charset, text: &str, expected: Result<&str, &str>) {
            let got = Latin::read(text, charset).map(Latin::into_string);
            let got = got.map_err(|e| format!("{} {}", show(&e.character), e.position));
            assert_eq!(
                got.as_deref().map_err(String::as_str),
                expected,
                "{text:?} as {charset:?}"
            );
        }
        use Charset::{A, B, C};
        for text in [
            "Müller-Lüdenscheidt",
            "O’Neill",
            "O'Neill",
            "Þórður Ægisson",
            "Nguyễn Thị Ánh",
            "Şükrü Çağlar",
            "ẞ",
            "D'Àvila",
        ] {
            check(A, text, Ok(text));
        }
        check(A, "", Ok(""));
        check(A, "Mu\u{308}ller", Ok("Müller")); // decomposed as macOS sends it
        check(
            A,
            "A\u{308}\u{323}",
            Ok("A\u{323}\u{308}".nfc().collect::<String>().as_str()),
        );
        check(A, "L\u{325}\u{304}", Ok("L\u{325}\u{304}"));
        check(A, "L\u{304}\u{325}", Ok("L\u{325}\u{304}")); // marks in another order
        check(A, "K\u{35f}han", Ok("K\u{35f}han"));
        check(A, "K\u{35f}", Err("K\u{35f} 1")); // only before h
        check(A, "k\u{35f}Han", Err("k\u{35f} 1"));
        check(A, "\u{308}Müller", Err("\u{308} 1")); // a mark alone
        check(A, "Anna\u{302}\u{302}", Err("â\u{302} 4"));
        check(A, "m\u{302}\u{300}", Err("m\u{302}\u{300} 1")); // m̂ is allowed, a second mark is not
        check(A, "Иван", Err("И 1"));
        check(A, "Anna 王", Err("王 6"));
        check(A, "Anna\u{200b}", Err("\u{200b} 5"));
        check(A, "Anna 2", Err("2 6"));
        check(A, "Anna\nMaria", Err("U+000A 5"));
        check(A, "Anna\0", Err("U+0000 5"));
        check(A, "😀", Err("😀 1"));
        check(A, "\u{202e}annA", Err("\u{202e} 1")); // bidi override
        check(
            B,
            "Straße des 17. Juni 135a (Hof)",
            Ok("Straße des 17. Juni 135a (Hof)"),
        );
        check(B, "Müller & Söhne GmbH", Ok("Müller & Söhne GmbH"));
        check(B, "½ Hof", Err("½ 1"));
        check(B, "a\u{a0}b", Err("U+00A0 2"));
        check(C, "½ Hof\r\n\ta\u{a0}b", Ok("½ Hof\r\n\ta\u{a0}b"));
        check(C, "α", Err("α 1")); // extended, not normative
        check(C, "„Hof“", Err("„ 1"));
    }

    #[test]
    fn the_error_tells_a_person_what_to_look_for() {
        let error = Latin::person("Anna 2").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`2` at character 6 cannot be written in this field (DIN 91379 data type A)"
        );
    }

    #[test]
    fn narrower_types_are_contained_in_wider_ones() {
        let street = Latin::parse("Markt 1").unwrap();
        assert!(street.fits(Charset::B) && !street.fits(Charset::A));
    }

    #[test]
    fn the_table_is_sorted_and_in_nfc() {
        for ranges in [table::LETTERS, table::N1, table::N2, table::N3, table::N4] {
            assert!(ranges.iter().all(|(a, b)| a <= b) && ranges.windows(2).all(|w| w[0].1 < w[1].0));
        }
        assert!(table::SEQUENCES.windows(2).all(|w| w[0] < w[1]));
        assert!(
            table::SEQUENCES
                .iter()
                .all(|s| s.nfc().eq(s.chars()) && matches!(s.chars().count(), 2 | 3))
        );
    }

    /// Both directions: everything the database calls normative is accepted, and nothing else of all of Unicode.
    #[test]
    fn the_table_is_the_published_database() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../../shared/corpus/din91379/latinchars.xml"
        );
        let Ok(xml) = std::fs::read_to_string(path) else {
            eprintln!("skipped: corpus absent");
            return;
        };
        let document = roxmltree::Document::parse(&xml).unwrap();
        let mut chars: BTreeMap<char, String> = BTreeMap::new();
        let mut sequences: BTreeSet<String> = BTreeSet::new();
        for node in document
            .root_element()
            .children()
            .filter(|n| n.has_tag_name("char") || n.has_tag_name("sequence"))
        {
            let text: String = node
                .children()
                .filter(|n| n.has_tag_name("cp"))
                .flat_map(|n| n.text().unwrap().split_whitespace())
                .map(|hex| char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap())
                .collect();
            if node.has_tag_name("sequence") {
                sequences.insert(text);
            } else {
                chars.insert(
                    text.chars().next().unwrap(),
                    node.attribute("group").unwrap().to_owned(),
                );
            }
        }
        assert_eq!(
            (chars.len(), sequences.len()),
            (777, 147),
            "the database has another size than its description says"
        );
        for (ranges, group) in [
            (table::LETTERS, "bll"),
            (table::N1, "bnlreq"),
            (table::N2, "bnl"),
            (table::N3, "bnlopt"),
            (table::N4, "bnlnot"),
        ] {
            let published: BTreeSet<char> = chars.iter().filter(|(_, g)| *g == group).map(|(c, _)| *c).collect();
            let ours: BTreeSet<char> = ranges.iter().flat_map(|(from, to)| *from..=*to).collect();
            assert_eq!(ours, published, "{group}");
        }
        for (c, group) in &chars {
            for (charset, groups) in [
                (Charset::A, &["bll", "bnlreq"][..]),
                (Charset::B, &["bll", "bnlreq", "bnl"]),
                (Charset::C, &["bll", "bnlreq", "bnl", "bnlopt", "bnlnot"]),
            ] {
                let expected = groups.contains(&group.as_str());
                assert_eq!(
                    Latin::read(c.encode_utf8(&mut [0; 4]), charset).is_ok(),
                    expected,
                    "{c:?} {charset:?}"
                );
            }
        }
        assert_eq!(
            table::SEQUENCES
                .iter()
                .map(|s| (*s).to_owned())
                .collect::<BTreeSet<_>>(),
            sequences
        );
        for sequence in &sequences {
            assert_eq!(
                Latin::person(&format!("Ad{sequence}a")).map(Latin::into_string),
                Ok(format!("Ad{sequence}a"))
            );
        }
        // Every letter under every mark: accepted only when the database has it, as one letter or as a sequence.
        let marks: Vec<char> = chars
            .iter()
            .filter(|(_, group)| *group == "dc")
            .map(|(c, _)| *c)
            .collect();
        for (letter, _) in chars.iter().filter(|(_, group)| *group == "bll") {
            for mark in &marks {
                let pair: String = [*letter, *mark].into_iter().nfc().collect();
                let single =
                    pair.chars().count() == 1 && chars.get(&pair.chars().next().unwrap()).is_some_and(|g| g == "bll");
                assert_eq!(
                    Latin::person(&pair).is_ok(),
                    single || sequences.contains(&pair),
                    "{pair:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn reading_is_stable_and_never_panics(text in "(\\PC|[a-zA-Z\u{300}-\u{331}\u{35f}]){0,20}") {
            if let Ok(latin) = Latin::parse(&text) {
                prop_assert_eq!(latin.as_str(), text.nfc().collect::<String>());
                prop_assert_eq!(Latin::parse(latin.as_str()).unwrap(), latin);
            }
        }
        #[test]
        fn what_one_type_accepts_the_wider_accepts(text in "[a-zA-Zäöüß0-9 .½\u{304}\u{325}-]{0,12}") {
            let ok = |charset| Latin::read(&text, charset).is_ok();
            prop_assert!(ok(Charset::A) <= ok(Charset::B) && ok(Charset::B) <= ok(Charset::C));
        }
    }
}
