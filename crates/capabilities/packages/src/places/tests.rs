#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use std::collections::BTreeSet;

pub(super) const TEXTS: Texts<'static> = Texts {
    land: include_str!("../../../../../packages/authorities/land.toml"),
    kreise: include_str!("../../../../../packages/authorities/kreise.toml"),
    gemeinden: include_str!("../../../../../packages/authorities/gemeinden.toml"),
    postal_codes: include_str!("../../../../../packages/authorities/postal-codes.toml"),
};

pub(super) fn places() -> Places {
    Places::load(&TEXTS).unwrap()
}

pub(super) fn id(key: &str) -> AuthorityId {
    AuthorityId::parse(key).unwrap()
}

/// The first hits as `Match name [place]`.
fn found(places: &Places, query: &str, limit: usize) -> Vec<String> {
    let show = |h: &Hit<'_>| {
        let place = h.place.map(|p| format!(" [{p}]")).unwrap_or_default();
        format!("{:?} {}{place}", h.matched, h.authority.name)
    };
    places.search(query, limit).iter().map(show).collect()
}

#[test]
fn names_are_found_however_they_are_spelt() {
    let places = places();
    let check = |query: &str, expected: &[&str]| {
        assert_eq!(found(&places, query, expected.len().max(1)), expected, "{query:?}");
    };
    // One town, many spellings.
    for query in [
        "Halle",
        "halle",
        "HALLE",
        "Halle/Saale",
        "Halle (Saale)",
        "halle saale",
        "Halle(Saale)",
        "Halle an der Saale",
    ] {
        check(query, &["Exact Halle (Saale)"]);
    }
    for query in [
        "Stadt Halle",
        "Stadt Halle (Saale)",
        "Halle (Saale), Stadt",
        "  halle   SAALE ",
        "halle-saale",
    ] {
        check(query, &["Exact Halle (Saale)"]);
    }
    check("Halle a. d. Saale", &["Word Halle (Saale)"]);
    check("Saale Halle", &["Word Halle (Saale)"]);
    check("Hale", &["Fuzzy Halle (Saale)"]);
    check("Halle Saahle", &["Fuzzy Halle (Saale)"]);
    // Double names.
    check("Bitterfeld", &["Prefix Bitterfeld-Wolfen", "Word Anhalt-Bitterfeld"]);
    check("Bitterfeld Wolfen", &["Exact Bitterfeld-Wolfen"]);
    check("bitterfeldwolfen", &["Exact Bitterfeld-Wolfen"]);
    check("Wolfen", &["Word Bitterfeld-Wolfen"]);
    check("Wolfen-Bitterfeld", &["Word Bitterfeld-Wolfen"]);
    check("Bitterfled-Wolfen", &["Fuzzy Bitterfeld-Wolfen"]);
    check("Wolfn", &["Fuzzy Bitterfeld-Wolfen"]);
    check("Roßlau", &["Word Dessau-Roßlau"]);
    check("Weferlingen", &["Word Oebisfelde-Weferlingen"]);
    // Umlauts and sharp s, in every way of writing them.
    for query in [
        "Köthen",
        "Koethen",
        "Kothen",
        "Ko\u{308}then",
        "KÖTHEN",
        "Köthen/Anhalt",
    ] {
        check(query, &["Exact Köthen (Anhalt)"]);
    }
    for query in ["Staßfurt", "Stassfurt", "STASSFURT", "Stasfurt", "Salzstadt Staßfurt"] {
        check(query, &["Exact Staßfurt"]);
    }
    check("Suedharz", &["Exact Südharz"]);
    check("Sudharz", &["Exact Südharz"]);
    check("Süd-Harz", &["Exact Südharz"]);
    check("Zoerbig", &["Exact Zörbig"]);
    check("Boerdeaue", &["Exact Bördeaue"]);
    check("Weissenfels", &["Exact Weißenfels"]);
    check("Schönebeck", &["Exact Schönebeck (Elbe)"]);
    // Typos.
    check("Magdebrug", &["Fuzzy Magdeburg"]);
    check("Magdburg", &["Fuzzy Magdeburg"]);
    check("Quedlinbrug", &["Fuzzy Quedlinburg"]);
    check("Quedlimb", &["Fuzzy Quedlinburg"]);
    check("Wernigeroda", &["Fuzzy Wernigerode"]);
    check("Merseburk", &["Fuzzy Merseburg"]);
    check("Naumberg", &["Fuzzy Naumburg (Saale)"]);
    check("Kalbe", &["Exact Kalbe (Milde)", "Fuzzy Calbe (Saale)"]);
    check("Calbe", &["Exact Calbe (Saale)", "Fuzzy Kalbe (Milde)"]);
    // Titles, districts and the Land; a municipality before the district of the same name.
    check("Lutherstadt Wittenberg", &["Exact Lutherstadt Wittenberg"]);
    check("Wittenberg", &["Exact Lutherstadt Wittenberg", "Exact Wittenberg"]);
    check("Landkreis Wittenberg", &["Exact Wittenberg"]);
    check("Eisleben", &["Exact Lutherstadt Eisleben"]);
    check("Hansestadt Stendal", &["Exact Stendal"]);
    check("Stendal", &["Exact Stendal", "Exact Stendal"]);
    check("LK Harz", &["Exact Harz"]);
    check("Landeshauptstadt Magdeburg", &["Exact Magdeburg"]);
    check("Goethestadt Bad Lauchstädt", &["Exact Bad Lauchstädt"]);
    check("Harschlewe", &["Exact Harsleben"]);
    check("Gemeinde Barleben", &["Exact Barleben"]);
    check("Sachsen-Anhalt", &["Exact Sachsen-Anhalt"]);
    check("Land Sachsen Anhalt", &["Exact Sachsen-Anhalt"]);
    check("Kreis Salzwedel", &["Exact Altmarkkreis Salzwedel"]);
    // Typing: exact before prefix before word, the larger first.
    check("M", &["Prefix Magdeburg"]);
    check("Mag", &["Prefix Magdeburg"]);
    check("Bad L", &["Prefix Bad Lauchstädt"]);
    check("Bernburg Sa", &["Prefix Bernburg (Saale)"]);
    check(
        "Harz",
        &[
            "Exact Harz",
            "Prefix Harzgerode",
            "Word Blankenburg (Harz)",
            "Word Ilsenburg (Harz)",
            "Word Falkenstein/Harz",
        ],
    );
    check("Burg", &["Exact Burg", "Prefix Burgstall", "Prefix Burgenlandkreis"]);
    check("Zerbst", &["Exact Zerbst/Anhalt"]);
    check("Zerbst (Anhalt)", &["Exact Zerbst/Anhalt"]);
    check("Laucha a.d. Unstrut", &["Word Laucha an der Unstrut"]);
    check("Oberharz", &["Prefix Oberharz am Brocken"]);
    // The key.
    check("15003000", &["Exact Magdeburg"]);
    check("15081000", &["Exact Altmarkkreis Salzwedel"]);
    // Nothing there, nothing found.
    for query in [
        "",
        "   ",
        "()",
        "Wien",
        "xyzxyz",
        "15003001",
        "99999999",
        "16000000",
        "王",
        "😀",
        "%",
        "'; DROP TABLE",
        "\0",
    ] {
        check(query, &[]);
    }
}

#[test]
fn a_postal_code_offers_what_it_may_mean() {
    let places = places();
    let check = |query: &str, expected: &[&str]| {
        assert_eq!(found(&places, query, 4), expected, "{query:?}");
    };
    check("39104", &["PostalCode Magdeburg"]);
    check("39104 Magdeburg", &["PostalCode Magdeburg"]);
    check("06108", &["PostalCode Halle (Saale)"]);
    check("06844", &["PostalCode Dessau-Roßlau"]);
    check("06766", &["PostalCode Bitterfeld-Wolfen [Wolfen]"]);
    check(
        "06193",
        &["PostalCode Wettin-Löbejün [Löbejün]", "PostalCode Petersberg"],
    );
    check("06193 Petersberg", &["PostalCode Petersberg"]);
    check("Löbejün 06193", &["PostalCode Wettin-Löbejün [Löbejün]"]);
    check("06463", &["Seat Falkenstein/Harz"]);
    check("39382", &["Seat Oschersleben (Bode)"]);
    // A code that reaches into another district.
    check(
        "06120",
        &[
            "PostalCode Halle (Saale)",
            "District Merseburg",
            "District Landsberg",
            "District Leuna",
        ],
    );
    // Nothing but the district is known.
    check(
        "39264",
        &[
            "District Bitterfeld-Wolfen",
            "District Köthen (Anhalt)",
            "District Burg",
            "District Zerbst/Anhalt",
        ],
    );
    // A name that fits nothing does not hide what the code says.
    check("06463 Radisleben", &["Seat Falkenstein/Harz"]);
    // Typing.
    check("3910", &["PostalCode Magdeburg"]);
    check(
        "391",
        &[
            "PostalCode Magdeburg",
            "PostalCode Wanzleben-Börde [Wanzleben]",
            "PostalCode Barleben",
            "PostalCode Sülzetal",
        ],
    );
    check("39", &[]);
    check("10115", &[]);
    check("00000", &[]);
}

#[test]
fn a_code_says_whether_it_is_complete() {
    let places = places();
    let check = |code: &str, expected: Option<bool>| assert_eq!(places.is_complete(code), expected, "{code}");
    check("39104", Some(true));
    check("06463", Some(false)); // Radisleben, which lies in Ballenstedt, but the source does not say so
    check("06120", Some(false));
    check("10115", None);
    check("", None);
}

#[test]
fn a_place_that_is_no_municipality_is_searched_in_its_district() {
    let places = places();
    let hits = places.search("Radisleben", 10);
    assert_eq!(found(&places, "Radisleben", 10), ["Seat Falkenstein/Harz [Radisleben]"]);
    assert!(hits.iter().all(|h| !h.matched.is_certain()));
    let mieste = places.search_municipalities("Mieste", 100);
    assert!(mieste.iter().any(|h| h.authority.name == "Gardelegen"));
    assert!(
        mieste
            .iter()
            .all(|h| h.matched == Match::District && h.place == Some("Mieste"))
    );
}

#[test]
fn every_authority_is_found_by_its_own_names_and_municipalities_by_their_code() {
    let places = places();
    for authority in places.all() {
        for name in [
            &authority.name,
            &authority.official,
            &authority.full_name(),
            &authority.id.to_string(),
        ] {
            let hits = places.search(name, 3);
            let hit = hits.iter().find(|h| h.authority.id == authority.id);
            assert_eq!(hit.map(|h| h.matched), Some(Match::Exact), "{name}");
        }
    }
    for municipality in places.municipalities() {
        let code = municipality.seat.code.as_deref().unwrap();
        let hits = places.search_municipalities(code, usize::MAX);
        let hit = hits
            .iter()
            .find(|h| h.authority.id == municipality.id)
            .unwrap_or_else(|| panic!("{code}"));
        assert!(hit.matched <= Match::Seat, "{code}");
    }
}

#[test]
fn results_keep_their_promises_whatever_is_typed() {
    let places = places();
    let mut queries: Vec<String> = places
        .all()
        .iter()
        .flat_map(|a| (0..a.name.chars().count()).map(|n| a.name.chars().take(n).collect()))
        .collect();
    queries.extend([
        "e".repeat(100_000),
        "ß".repeat(101),
        "a ".repeat(5_000),
        "\u{308}".repeat(300),
        "1".repeat(50),
        "İ".into(),
        "ﬃ".into(),
    ]);
    for query in &queries {
        let hits = places.search(query, 7);
        assert!(hits.len() <= 7);
        assert!(hits.windows(2).all(|w| w[0].matched <= w[1].matched), "{query}");
        let ids: BTreeSet<_> = hits.iter().map(|h| h.authority.id).collect();
        assert_eq!(ids.len(), hits.len(), "{query}");
        assert_eq!(places.search(query, 3), hits[..hits.len().min(3)], "{query}");
        assert!(
            places
                .search_municipalities(query, 7)
                .iter()
                .all(|h| h.authority.level == Level::Gemeinde)
        );
    }
    assert!(places.search("Halle", 0).is_empty());
}

#[test]
fn competence_climbs() {
    let places = places();
    let check = |level: Level, place: &str, expected: Result<&str, CompetenceError>| {
        let got = places.competent(level, &id(place)).map(|a| a.id.to_string());
        assert_eq!(got.as_deref().map_err(Clone::clone), expected, "{level} {place}");
    };
    use Level::{Gemeinde, Kreis, Land};
    check(Gemeinde, "15082015", Ok("15082015"));
    check(Kreis, "15082015", Ok("15082000"));
    check(Land, "15082015", Ok("15000000"));
    check(Gemeinde, "15003000", Ok("15003000")); // a kreisfreie Stadt is both
    check(Kreis, "15003000", Ok("15003000"));
    check(Land, "15003000", Ok("15000000"));
    check(Kreis, "15082000", Ok("15082000"));
    check(Land, "15082000", Ok("15000000"));
    check(Land, "15000000", Ok("15000000"));
    check(
        Gemeinde,
        "15082000",
        Err(CompetenceError::NotAMunicipality(id("15082000"))),
    );
    check(
        Gemeinde,
        "15000000",
        Err(CompetenceError::NotAMunicipality(id("15000000"))),
    );
    check(Kreis, "15000000", Err(CompetenceError::NoDistrict(id("15000000"))));
    check(Gemeinde, "15082999", Err(CompetenceError::Unknown(id("15082999"))));
    check(Land, "14082015", Err(CompetenceError::Unknown(id("14082015"))));
    for municipality in places.municipalities() {
        for level in [Gemeinde, Kreis, Land] {
            assert!(places.competent(level, &municipality.id).unwrap().is_on(level));
        }
    }
}

#[test]
fn names_for_letters() {
    let places = places();
    let check = |key: &str, name: &str, full: &str| {
        let authority = places.authority(&id(key)).unwrap();
        assert_eq!((authority.name.as_str(), authority.full_name().as_str()), (name, full));
    };
    check("15003000", "Magdeburg", "Landeshauptstadt Magdeburg");
    check("15002000", "Halle (Saale)", "Stadt Halle (Saale)");
    check("15091375", "Lutherstadt Wittenberg", "Lutherstadt Wittenberg");
    check("15085000", "Harz", "Landkreis Harz");
    check("15088000", "Saalekreis", "Saalekreis");
    check("15081105", "Diesdorf", "Flecken Diesdorf");
    check("15083040", "Barleben", "Gemeinde Barleben");
    check("15000000", "Sachsen-Anhalt", "Land Sachsen-Anhalt");
}

#[test]
fn every_mistake_in_a_file_is_named_with_its_line() {
    fn check(texts: Texts<'_>, expected: &str) {
        assert_eq!(Places::load(&texts).unwrap_err().to_string(), expected);
    }
    let place = |fields: &str| format!("\n[[gemeinde]]\n{fields}\npopulation = 5\nseat = {{ town = \"X\" }}\n");
    let gemeinden = |fields: &str, expected: &str| {
        check(
            Texts {
                gemeinden: &place(fields),
                ..TEXTS
            },
            &format!("packages/authorities/gemeinden.toml:2: {expected}"),
        );
    };
    gemeinden(
        "ags = \"15082000\"\nname = \"X\"",
        "`15082000` is no key of this level (gemeinde)",
    );
    gemeinden(
        "ags = \"15082015\"\nname = \"X\"\nkreisfrei = true",
        "`15082015` is no key of this level (gemeinde)",
    );
    gemeinden(
        "ags = \"15082015\"\nname = \" X\"",
        "the name is empty or has blanks around it",
    );
    gemeinden(
        "ags = \"15099015\"\nname = \"X\"",
        "`15099015` lies in the district `15099000`, which kreise.toml does not have",
    );
    gemeinden(
        "ags = \"14081015\"\nname = \"X\"",
        "`14081015` lies in another Land than land.toml says",
    );
    let twice = format!("{0}{0}", place("ags = \"15082015\"\nname = \"X\""));
    check(
        Texts {
            gemeinden: &twice,
            ..TEXTS
        },
        "packages/authorities/gemeinden.toml:8: `15082015` occurs twice",
    );
    check(
        Texts {
            gemeinden: &place("ags = \"1508201\"\nname = \"X\""),
            ..TEXTS
        },
        "packages/authorities/gemeinden.toml:3: not an AGS: expected exactly 8 digits, got `1508201`",
    );
    check(
        Texts {
            gemeinden: "[[gemeinde]]\nags = \"15082015\"\nnaem = \"X\"\n",
            ..TEXTS
        },
        "packages/authorities/gemeinden.toml:3: unknown field `naem`, expected one of `ags`, `name`, `official`, `kreisfrei`, \
         `population`, `seat`",
    );
    check(
        Texts {
            kreise: "[[kreis]]\nags = \"15082000\"\nname = \"X\"\npopulation = 5\nseat = { town = \"X\" }\n",
            ..TEXTS
        },
        "packages/authorities/kreise.toml:1: municipalities have a `population`; that of others is their sum",
    );
    let codes = |text: &str, expected: &str| {
        check(
            Texts {
                postal_codes: text,
                ..TEXTS
            },
            &format!("packages/authorities/postal-codes.toml:{expected}"),
        );
    };
    codes(
        "\n0610 = { 15002 = [] }\n",
        "2: `0610` is no postal code of five digits",
    );
    codes(
        "06108 = { 15099 = [] }\n",
        "1: `15099` is not the first five digits of a district or kreisfreie Stadt",
    );
    codes(
        "06108 = { 15002000 = [] }\n",
        "1: `15002000` is not the first five digits of a district or kreisfreie Stadt",
    );
    assert!(Places::load(&Texts { land: "", ..TEXTS }).is_err());
    assert!(Places::load(&Texts { land: "[land", ..TEXTS }).is_err());
}
