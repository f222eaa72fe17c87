//! The sixteen Länder: some rules are in force in some of them only.

/// A Land, by its code of ISO 3166-2:DE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names of the Länder say it")]
pub enum Land {
    Bw,
    By,
    Be,
    Bb,
    Hb,
    Hh,
    He,
    Mv,
    Ni,
    Nw,
    Rp,
    Sl,
    Sn,
    St,
    Sh,
    Th,
}

/// Land, code, number in the AGS, names.
const LANDS: [(Land, &str, &str, &[&str]); 16] = [
    (Land::Bw, "BW", "08", &["Baden-Württemberg", "Baden-Württembergs"]),
    (Land::By, "BY", "09", &["Bayern", "Bayerns"]),
    (Land::Be, "BE", "11", &["Berlin", "Berlins"]),
    (Land::Bb, "BB", "12", &["Brandenburg", "Brandenburgs"]),
    (Land::Hb, "HB", "04", &["Bremen", "Bremens"]),
    (Land::Hh, "HH", "02", &["Hamburg", "Hamburgs"]),
    (Land::He, "HE", "06", &["Hessen", "Hessens"]),
    (
        Land::Mv,
        "MV",
        "13",
        &["Mecklenburg-Vorpommern", "Mecklenburg-Vorpommerns"],
    ),
    (Land::Ni, "NI", "03", &["Niedersachsen", "Niedersachsens"]),
    (
        Land::Nw,
        "NW",
        "05",
        &["Nordrhein-Westfalen", "Nordrhein-Westfalens", "NRW"],
    ),
    (Land::Rp, "RP", "07", &["Rheinland-Pfalz"]),
    (Land::Sl, "SL", "10", &["Saarland", "Saarlandes", "Saarlands"]),
    (Land::Sn, "SN", "14", &["Sachsen", "Sachsens"]),
    (Land::St, "ST", "15", &["Sachsen-Anhalt", "Sachsen-Anhalts", "LSA"]),
    (Land::Sh, "SH", "01", &["Schleswig-Holstein", "Schleswig-Holsteins"]),
    (Land::Th, "TH", "16", &["Thüringen", "Thüringens"]),
];

impl Land {
    /// By its code (`ST`), its number in the Amtlicher Gemeindeschlüssel (`15`) or its name.
    pub fn parse(text: &str) -> Option<Land> {
        let same = |known: &str| known.to_lowercase() == text.to_lowercase();
        LANDS
            .iter()
            .find(|(_, code, number, names)| same(code) || *number == text || names.iter().any(|name| same(name)))
            .map(|(land, ..)| *land)
    }

    /// In a rule's text: codes only in capitals, so that no word is taken for one.
    pub(crate) fn word(text: &str) -> Option<Land> {
        LANDS
            .iter()
            .find(|(_, code, _, names)| *code == text || names.contains(&text))
            .map(|(land, ..)| *land)
    }

    /// All sixteen.
    pub(crate) fn all() -> impl Iterator<Item = Land> {
        LANDS.iter().map(|(land, ..)| *land)
    }

    /// The code, e.g. `ST`.
    pub fn code(self) -> &'static str {
        LANDS
            .iter()
            .find(|(land, ..)| *land == self)
            .map_or("", |(_, code, ..)| code)
    }
}
