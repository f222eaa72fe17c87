//! How names are made comparable: small letters, no marks, `ö` = `oe` = `o`, `ß` = `ss` = `s`, words apart.

/// A folded text: its words, and the same without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    /// The words one after another without gaps, for example `hallesaale`.
    pub compact: String,
    /// Where in `compact` each word ends.
    ends: Vec<usize>,
    /// The letters that occur: bit 0–25 for a–z, 26 for digits, 27 for anything else.
    pub letters: u32,
}

impl Folded {
    /// Folds a text. Everything but letters and digits parts words.
    pub fn new(text: &str) -> Self {
        let mut folded = Self {
            compact: String::with_capacity(text.len()),
            ends: Vec::new(),
            letters: 0,
        };
        let mut start = 0;
        for c in text.chars().flat_map(char::to_lowercase) {
            if ('\u{300}'..='\u{36f}').contains(&c) {
                continue; // a combining mark: `o` + `¨` is `ö` is `o`
            }
            if c.is_alphanumeric() {
                folded.push(plain(c), start);
            } else if folded.compact.len() > start {
                start = folded.compact.len();
                folded.ends.push(start);
            }
        }
        if folded.compact.len() > start {
            folded.ends.push(folded.compact.len());
        }
        folded.letters = letters(&folded.compact);
        folded
    }

    /// Adds a letter to the word that begins at `start`: `ae`, `oe`, `ue` become one vowel, `ss` one `s`.
    fn push(&mut self, c: char, start: usize) {
        let before = self.compact[start..].chars().next_back();
        match (before, c) {
            (Some('a' | 'o' | 'u'), 'e') | (Some('s'), 's') => {}
            _ => self.compact.push(c),
        }
    }

    /// The words.
    pub fn words(&self) -> impl Iterator<Item = &str> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| &self.compact[from..*to])
    }
    /// How many words there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Which letters a text has; see [`Folded::letters`].
pub(super) fn letters(text: &str) -> u32 {
    text.bytes().fold(0, |mask, b| {
        mask | 1
            << match b {
                b'a'..=b'z' => b - b'a',
                b'0'..=b'9' => 26,
                _ => 27,
            }
    })
}

/// The plain letter of those with marks that occur in the region's names and on people's keyboards.
fn plain(c: char) -> char {
    match c {
        'ä' | 'á' | 'à' | 'â' | 'å' => 'a',
        'ö' | 'ó' | 'ò' | 'ô' | 'ø' => 'o',
        'ü' | 'ú' | 'ù' | 'û' => 'u',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ç' => 'c',
        'ñ' => 'n',
        'ß' => 's',
        other => other,
    }
}

/// The edit distance (insert, delete, replace, swap neighbours) of `query` to `text`, and to the best beginning of `text`;
/// `None` where it exceeds `bound`. Both at most 64 bytes, else `(None, None)`.
pub(super) fn distance(query: &[u8], text: &[u8], bound: u8) -> (Option<u8>, Option<u8>) {
    const MAX: usize = 64;
    if query.len() > MAX || text.len() > MAX || query.is_empty() {
        return (None, None);
    }
    // Rows are the letters of `text`, so that the last cell of each row is the distance to that beginning.
    let mut rows = [[0u8; MAX + 1]; 3];
    for (at, cell) in rows[0].iter_mut().enumerate().take(query.len() + 1) {
        *cell = u8::try_from(at).unwrap_or(u8::MAX);
    }
    let mut best_beginning = rows[0][query.len()];
    let mut whole = best_beginning;
    for (row, letter) in text.iter().enumerate() {
        let (now, last, before) = ((row + 1) % 3, row % 3, (row + 2) % 3);
        rows[now][0] = u8::try_from(row + 1).unwrap_or(u8::MAX);
        let mut least = rows[now][0];
        for column in 0..query.len() {
            let replaced = rows[last][column] + u8::from(query[column] != *letter);
            let mut cell = replaced.min(rows[last][column + 1] + 1).min(rows[now][column] + 1);
            if column > 0 && row > 0 && query[column] == text[row - 1] && query[column - 1] == *letter {
                cell = cell.min(rows[before][column - 1] + 1);
            }
            rows[now][column + 1] = cell;
            least = least.min(cell);
        }
        whole = rows[now][query.len()];
        best_beginning = best_beginning.min(whole);
        if least > bound {
            // No later row can come below the bound again.
            whole = u8::MAX;
            break;
        }
    }
    let within = |d: u8| (d <= bound).then_some(d);
    (within(whole), within(best_beginning))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn names_fold_alike_however_they_are_spelt() {
        fn check(text: &str, words: &[&str]) {
            assert_eq!(Folded::new(text).words().collect::<Vec<_>>(), words, "{text:?}");
        }
        check("Halle (Saale)", &["halle", "saale"]);
        check("HALLE/SAALE", &["halle", "saale"]);
        check("Köthen", &["kothen"]);
        check("Koethen", &["kothen"]);
        check("Ko\u{308}then", &["kothen"]);
        check("Staßfurt", &["stasfurt"]);
        check("STASSFURT", &["stasfurt"]);
        check("Bördeaue", &["bordeau"]);
        check("Boerdeaue", &["bordeau"]);
        check("  -- ", &[]);
        check("", &[]);
        check("06108  Halle", &["06108", "halle"]);
        check("Zoe Essen", &["zo", "esen"]); // folding stays inside a word
        check("Москва 王", &["москва", "王"]);
    }

    #[test]
    fn distances() {
        fn check(query: &str, text: &str, bound: u8, whole: Option<u8>, beginning: Option<u8>) {
            let got = distance(query.as_bytes(), text.as_bytes(), bound);
            assert_eq!(got, (whole, beginning), "{query} {text}");
        }
        check("halle", "halle", 1, Some(0), Some(0));
        check("hale", "halle", 1, Some(1), Some(1));
        check("hallle", "halle", 1, Some(1), Some(1));
        check("hlale", "halle", 1, Some(1), Some(1)); // swapped neighbours
        check("magdebrug", "magdeburg", 1, Some(1), Some(1));
        check("quedlim", "quedlinburg", 2, None, Some(1));
        check("halle", "salzwedel", 2, None, None);
        check("a", "", 1, Some(1), Some(1));
        check("", "halle", 1, None, None);
        check(&"a".repeat(65), "a", 255, None, None);
        check(&"a".repeat(64), &"b".repeat(64), 255, Some(64), Some(64));
    }
}
