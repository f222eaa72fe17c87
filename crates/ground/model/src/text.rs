//! The languages of every public text.

use std::fmt;

/// A language the platform speaks. German is the binding one; a missing translation falls back to it, visibly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// German, binding.
    #[default]
    #[serde(rename = "de")]
    De,
    /// Leichte Sprache (§ 11 BGG).
    #[serde(rename = "de-leicht")]
    DeLeicht,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Language {
    /// All languages, German first.
    pub const ALL: [Self; 3] = [Self::De, Self::DeLeicht, Self::En];

    /// `de`, `de-leicht` or `en`: in file names, URLs and cookies.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::DeLeicht => "de-leicht",
            Self::En => "en",
        }
    }
    /// Reads [`Self::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
    /// The value of the HTML `lang` attribute. `de-leicht` is no registered BCP 47 tag (the registered variant is
    /// `simple`), so pages in Leichte Sprache say `de-simple`.
    #[must_use]
    pub const fn html_lang(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::DeLeicht => "de-simple",
            Self::En => "en",
        }
    }
    /// The name of the language in that language, for the language switch.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::De => "Deutsch",
            Self::DeLeicht => "Leichte Sprache",
            Self::En => "English",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
        assert_eq!(Language::from_code("fr"), None);
        assert_eq!(Language::from_code("DE"), None);
    }
}
