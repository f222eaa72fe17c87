//! The words of the pages in German, Leichte Sprache and English.

use std::fmt::Display;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

pub use wegfrei_model::Language as Lang;

/// All texts in this language.
#[must_use]
pub fn of(lang: Lang) -> &'static Texts {
    match lang {
        Lang::De => &DE,
        Lang::DeLeicht => &DE_LEICHT,
        Lang::En => &EN,
    }
}

/// Puts `value` where the text says `{name}`; the value stays plain text, the template escapes it.
#[must_use]
pub fn fill(text: &str, name: &str, value: impl Display) -> String {
    text.replace(&format!("{{{name}}}"), &value.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn files() -> Vec<(&'static str, toml::Table)> {
        Lang::ALL
            .into_iter()
            .map(|lang| {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("texts/{}.toml", lang.code()));
                (lang.code(), std::fs::read_to_string(path).unwrap().parse().unwrap())
            })
            .collect()
    }

    /// `section_key` → the placeholders `{x}` of the text.
    fn keys(table: &toml::Table) -> BTreeMap<String, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        for (section, inner) in table {
            for (key, value) in inner.as_table().unwrap() {
                let text = value.to_string();
                let holes = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
                found.insert(format!("{section}_{key}"), holes.map(str::to_owned).collect());
            }
        }
        found
    }

    #[test]
    fn every_text_exists_in_every_language_with_the_same_placeholders() {
        let files = files();
        let german = keys(&files[0].1);
        for (code, table) in &files[1..] {
            let other = keys(table);
            for (key, holes) in &german {
                assert_eq!(other.get(key), Some(holes), "{code}: `{key}`");
            }
            assert_eq!(german.len(), other.len(), "{code} has keys German lacks");
        }
    }

    #[test]
    fn no_text_is_empty() {
        for (code, table) in files() {
            for (section, inner) in &table {
                for (key, value) in inner.as_table().unwrap() {
                    assert!(
                        value.to_string().trim_matches(['"', '[', ']', ' ']).len() > 1,
                        "{code}: {section}.{key}"
                    );
                }
            }
        }
    }

    /// Rules of the Netzwerk Leichte Sprache that a machine can check: short sentences, one statement each.
    #[test]
    fn easy_language_has_short_sentences() {
        let (_, table) = files().remove(1);
        for (section, inner) in &table {
            for (key, value) in inner.as_table().unwrap() {
                let texts: Vec<String> = match value {
                    toml::Value::Array(items) => items.iter().map(|i| i.as_str().unwrap().to_owned()).collect(),
                    other => vec![other.as_str().unwrap().to_owned()],
                };
                for text in texts {
                    for sentence in text.split(['.', '?', '!', ':']) {
                        let words = sentence.split_whitespace().count();
                        assert!(
                            words <= 14,
                            "{section}.{key}: {words} words in one sentence: {sentence}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_text_is_used() {
        fn read(folder: &Path, into: &mut String) {
            for item in std::fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    read(&path, into);
                } else {
                    into.push_str(&std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut source = String::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut source);
        let words: BTreeSet<&str> = source.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let (_, table) = files().remove(0);
        let unused: Vec<String> = keys(&table)
            .into_keys()
            .filter(|key| !words.contains(key.as_str()))
            .collect();
        assert!(unused.is_empty(), "remove from texts/*.toml: {unused:?}");
    }

    #[test]
    fn fill_leaves_other_placeholders() {
        assert_eq!(fill("Schritt {n} von {m}", "n", 2), "Schritt 2 von {m}");
    }
}
