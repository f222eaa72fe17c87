//! What a letter says is right for the authority that sends it, and what was decided can be decided again to the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{at, files, with_newer, worlds};
use serde_json::Value;
use wegfrei_cases::{Verdict, letter_of_example};
use wegfrei_packages::{Catalogue, Example};

/// Where an objection is lodged (§ 70 Abs. 1 VwGO: with the authority that issued the notice): name and seat, as the municipalities and
/// districts themselves give them, written down here once more. Of the districts only the town is known.
const LODGED: [(&str, &str); 8] = [
    (
        "15001000",
        "Stadt Dessau-Roßlau, Zerbster Straße 4, 06844 Dessau-Roßlau",
    ),
    ("15002000", "Stadt Halle (Saale), Markt 1, 06108 Halle (Saale)"),
    ("15003000", "Landeshauptstadt Magdeburg, Alter Markt 6, 39104 Magdeburg"),
    ("15082000", "Landkreis Anhalt-Bitterfeld, Köthen (Anhalt)"),
    (
        "15082015",
        "Stadt Bitterfeld-Wolfen, Rathausplatz 1, 06766 Bitterfeld-Wolfen",
    ),
    ("15085000", "Landkreis Harz, Halberstadt"),
    ("15085090", "Gemeinde Ditfurt, Markt 7, 38828 Wegeleben"),
    ("15088000", "Saalekreis, Merseburg"),
];

/// The court for suing (§ 52 Nr. 3 VwGO; § 3 AG VwGO LSA): the south of the state sues in Halle.
const SUED_IN_HALLE: [&str; 5] = ["15001000", "15002000", "15082000", "15082015", "15088000"];

#[test]
fn every_letter_names_its_own_authority_court_and_the_laws_period() {
    let catalogue = Catalogue::load(&files()).unwrap();
    let mut letters = 0;
    for service in ["hundesteuer", "wohngeld", "widerspruch"] {
        let package = catalogue.package(service).unwrap();
        for adoption in package.adoptions() {
            let ags = adoption.authority();
            let (_, expected) = LODGED.iter().find(|(known, _)| *known == ags.as_str()).unwrap();
            // Some examples are about a value only one authority has.
            let here = package.examples().iter().cloned().map(|mut example: Example| {
                example.authority = ags;
                example
            });
            let made: Vec<Value> = here
                .filter_map(|example| letter_of_example(&catalogue, package, &example).ok())
                .collect();
            assert!(
                made.len() * 2 > package.examples().len(),
                "{service} {ags}: {}",
                made.len()
            );
            for letter in made {
                letters += 1;
                assert_eq!(letter["rechtsbehelf"]["stelle"], *expected, "{service} {ags}");
                // One month from notification: § 70 Abs. 1 VwGO, § 84 Abs. 1 SGG has the same.
                assert_eq!(
                    letter["rechtsbehelf"]["frist_text"],
                    "innerhalb eines Monats nach seiner Bekanntgabe"
                );
                if let Some(court) = letter["entscheidung"]["gericht"].as_str() {
                    let halle = SUED_IN_HALLE.contains(&ags.as_str());
                    let town = if halle {
                        "Verwaltungsgericht Halle"
                    } else {
                        "Verwaltungsgericht Magdeburg"
                    };
                    assert!(court.starts_with(town), "{ags}: {court}");
                }
            }
        }
    }
    assert!(letters > 60, "{letters}");
}

/// What is stored with the case decides again to the same bytes, also when a newer version of its package has been published since.
#[tokio::test]
async fn a_stored_decision_is_decided_again_to_the_same_bytes() {
    for old in worlds().await {
        let (tax, full) = (old.sent("01-erster").await, old.sent_full("01-erster").await);
        let other = [(
            "decision.dmn",
            "Es ist der erste Hund im Haushalt.",
            "Das ist der erste Hund.",
        )];
        let world = old.restarted(&with_newer("voll", &other));
        for case in [tax, full] {
            let view = world.desk("md", case).await;
            let made = view.decision.unwrap();
            let catalogue = world.cases.catalogue();
            let package = catalogue.package_version(&view.service, &view.package_version).unwrap();
            let origin = made.package.unwrap();
            assert_eq!(
                (origin.id.as_str(), origin.version.as_str(), origin.sha256.as_str()),
                (package.id(), "1.0.0", package.hash())
            );
            let again = package.decisions().decide("entscheidung", &made.inputs).unwrap();
            let stored = serde_json::to_string(&(&made.value, &made.explanation)).unwrap();
            let anew = serde_json::to_string(&(&Value::from(again.value), &again.explanation)).unwrap();
            assert_eq!(stored, anew);
            let newest = catalogue.package(&view.service).unwrap();
            if view.service == "voll" {
                assert_ne!(newest.hash(), package.hash(), "a newer one was published");
            }
        }
    }
}

/// The data of a letter is of its package's type; a case of an earlier version, whose authority has the newest values, gets its letters.
#[tokio::test]
async fn letters_have_data_of_their_type_in_every_version() {
    let catalogue = Catalogue::load(&files()).unwrap();
    let package = catalogue.package("hundesteuer").unwrap();
    let mut data = letter_of_example(&catalogue, package, &package.examples()[0]).unwrap();
    assert_eq!(package.letter_type(true).admits(&data), Ok(()));
    data["entscheidung"] = serde_json::json!({ "ergebnis": 5 });
    let wrong = package.letter_type(true).admits(&data).unwrap_err();
    assert!(wrong.starts_with("`data.entscheidung."), "{wrong}");
    assert_eq!(
        package.letter_type(false).admits(&data),
        Ok(()),
        "another version decided"
    );

    let contact = "[parameters.kontakt]\ntype = \"kontakt\"\n";
    let optional = format!("{contact}required = false\n");
    let given = "kontakt = { value = { telefon = \"0391 0000-0\", email = \"hundesteuer@magdeburg.example\" }, demonstration = true }\n";
    let changes = [
        ("package.toml", contact, optional.as_str()),
        ("adoptions/15003000.toml", given, ""),
    ];
    for old in worlds().await {
        let case = old.sent_full("01-erster").await;
        let world = old.restarted(&with_newer("voll", &changes));
        let view = world.desk("md", case).await;
        assert_eq!(view.package_version, "1.0.0");
        let task = view.task.unwrap().task;
        let confirmed = Verdict::Confirm { reason: String::new() };
        let letter = world.cases.preview_letter(&at("md", case, task), confirmed).await;
        assert!(letter.unwrap().bytes.starts_with(b"%PDF-"));
    }
}
