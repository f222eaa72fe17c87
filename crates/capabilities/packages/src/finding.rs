//! What a service author reads.

use std::fmt;

/// Something wrong with a package: where, and how to mend it. Texts are German; engines' findings on forms, decisions and
/// notices are passed on as they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Finding {
    /// Path of the file inside the package or the packages folder.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl Finding {
    /// A finding in a letter's template.
    pub(crate) fn of_letter(file: &str, found: wegfrei_notices::Finding) -> Finding {
        Finding {
            file: file.to_owned(),
            line: found.line,
            column: found.column,
            message: found.message,
            help: found.help,
        }
    }

    /// A finding about a file as a whole.
    pub(crate) fn whole(file: &str, message: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding {
            file: file.to_owned(),
            line: 1,
            column: 1,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A finding at a byte offset of the file's text.
    pub(crate) fn at(
        file: &str,
        text: &str,
        offset: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        let (line, column) = position(text, offset);
        Finding {
            file: file.to_owned(),
            line,
            column,
            message: message.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        if self.help.is_empty() {
            Ok(())
        } else {
            write!(f, "\n    → {}", self.help)
        }
    }
}

/// Line and column, both from 1, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (u32, u32) {
    let mut line = 1;
    let mut column = 1;
    for (_, c) in text.char_indices().take_while(|(at, _)| *at < offset) {
        if c == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}

/// "Meinten Sie `x`?" for the nearest of the known names, or the list of all of them.
pub(crate) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let begins = |name: &&&str| word.len() >= 3 && (name.starts_with(word) || word.starts_with(**name));
    if let Some(name) = known
        .iter()
        .filter(begins)
        .max_by_key(|name| name.len().min(word.len()))
    {
        return format!("Meinten Sie `{name}`?");
    }
    let near = known.iter().map(|k| (distance(word, k), *k)).min();
    match near {
        Some((distance, name)) if distance <= 2.max(word.chars().count() / 3) => format!("Meinten Sie `{name}`?"),
        _ if known.is_empty() => "Hier ist nichts erlaubt.".to_owned(),
        _ => format!("Bekannt sind: {}.", known.join(", ")),
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(x != *y);
            diagonal = *cell;
            left = changed.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_and_suggestions() {
        for (a, b, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("kitten", "sitting", 3),
            ("versoin", "version", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
        assert_eq!(suggest("versoin", ["id", "version"]), "Meinten Sie `version`?");
        assert_eq!(suggest("xyz", ["id", "version"]), "Bekannt sind: id, version.");
        assert_eq!(position("a\nbä c", 6), (2, 4));
    }
}
