//! The content compared with the sources it was made from, where they are at hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::{
    Level,
    tests::{TEXTS, id, places},
};
use std::collections::{BTreeMap, BTreeSet};

/// One line of a CSV file with quoted fields.
fn csv(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

fn corpus(file: &str) -> Option<Vec<Vec<String>>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/corpus/municipalities/");
    let Ok(text) = std::fs::read_to_string(format!("{folder}{file}")) else {
        eprintln!("skipped: corpus absent");
        return None;
    };
    Some(text.lines().skip(1).map(csv).collect())
}

#[test]
fn municipalities_are_those_of_the_source() {
    let Some(rows) = corpus("gemeinden_sachsen-anhalt_218.csv") else {
        return;
    };
    let places = places();
    assert_eq!(
        (rows.len(), places.municipalities().count(), places.all().len()),
        (218, 218, 218 + 11 + 1)
    );
    assert_eq!(places.municipalities().filter(|a| a.kreisfrei).count(), 3);
    for row in rows {
        let [ags, official, district, _, population, code, address, _] = &row[..] else {
            panic!("{row:?}")
        };
        let ours = places.authority(&id(ags)).unwrap_or_else(|| panic!("{ags} is missing"));
        assert_eq!(
            (&ours.official, ours.population.to_string()),
            (official, population.clone()),
            "{ags}"
        );
        assert_eq!(ours.id.ags().district().to_string(), format!("{district}000"));
        assert_eq!(ours.seat.code.as_ref(), Some(code));
        // The two deliberate differences; see the README beside the files.
        let source = address.replace("Hazzstraße", "Harzstraße");
        let source = ["Landeshauptstadt ", "Hansestadt ", "Goethestadt "]
            .iter()
            .fold(source, |a, title| a.replace(title, ""));
        let seat = &ours.seat;
        assert_eq!(
            format!("{}, {code} {}", seat.street.as_deref().unwrap(), seat.town),
            source,
            "{ags}"
        );
        let name = match official.split_once(", ") {
            Some((name, "Lutherstadt")) => format!("Lutherstadt {name}"),
            Some((name, _)) => name.to_owned(),
            None => official.split(" / ").next().unwrap().to_owned(),
        };
        assert_eq!(ours.name, name);
    }
    assert_eq!(places.authority(&id("15000000")).unwrap().population, 2_146_443);
}

#[test]
fn districts_are_those_of_the_source() {
    let Some(rows) = corpus("kreise_sachsen-anhalt_2018.csv") else {
        return;
    };
    let places = places();
    let source: BTreeMap<String, String> = rows.iter().map(|r| (format!("{}000", r[0]), r[2].clone())).collect();
    let on_level = places.all().iter().filter(|a| a.is_on(Level::Kreis));
    let ours: BTreeMap<String, String> = on_level
        .map(|a| {
            (
                a.id.to_string(),
                if a.kreisfrei {
                    a.official.clone()
                } else {
                    a.name.clone()
                },
            )
        })
        .collect();
    assert_eq!(ours, source);
    for district in places.all().iter().filter(|a| a.level == Level::Kreis) {
        let seat = places.search_municipalities(&district.seat.town, 1);
        assert_eq!(seat[0].authority.name, district.seat.town);
        assert_eq!(seat[0].authority.id.ags().district(), district.id.ags());
    }
}

#[test]
fn postal_codes_are_those_of_the_source() {
    let Some(rows) = corpus("postleitzahlen_sachsen-anhalt_geonames.csv") else {
        return;
    };
    let cities = ["15001", "15002", "15003"];
    let mut source: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        source
            .entry((row[0].clone(), row[3].clone()))
            .or_default()
            .insert(row[1].clone());
    }
    let ours: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = toml::from_str(TEXTS.postal_codes).unwrap();
    let mut left_out = BTreeSet::new();
    for ((code, district), mut places) in source {
        let entry = ours.get(&code).and_then(|districts| districts.get(&district));
        if cities.contains(&district.as_str()) {
            assert_eq!(entry, Some(&BTreeSet::new()), "{code}");
            continue;
        }
        for place in entry.into_iter().flatten() {
            assert!(places.remove(place), "{code} {place} is not in the source");
        }
        left_out.append(&mut places);
    }
    // Companies and offices with a code of their own.
    assert_eq!(left_out.len(), 20, "{left_out:#?}");
    let known: BTreeSet<&String> = rows.iter().map(|row| &row[0]).collect();
    assert!(ours.keys().all(|code| known.contains(code)));
}
