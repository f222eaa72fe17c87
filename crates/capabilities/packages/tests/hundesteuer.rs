//! The real packages folder: everything in it is sound, and every example comes out as written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use serde_json::{Value, json};
use wegfrei_model::{AuthorityId, Date, Language};
use wegfrei_packages::{Adoption, Block, Catalogue, CompetentError, Files, Module, Package};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages")
}

fn files() -> Files {
    Files::from_folder(folder().join("services/hundesteuer")).expect("the package's folder")
}

fn package() -> Package {
    match Package::load(&files()) {
        Ok(package) => package,
        Err(findings) => panic!("{}", findings.iter().map(|f| format!("{f}\n")).collect::<String>()),
    }
}

fn id(ags: &str) -> AuthorityId {
    AuthorityId::parse(ags).expect("a key")
}

fn adoption<'p>(package: &'p Package, ags: &str) -> &'p Adoption {
    package
        .adoptions()
        .iter()
        .find(|adoption| adoption.authority() == id(ags))
        .expect("adopted")
}

#[test]
fn examples_come_out_as_written() {
    let package = package();
    let trials = package.try_examples();
    assert!(trials.len() >= 12, "{}", trials.len());
    for trial in trials {
        assert!(trial.failures.is_empty(), "{}: {:#?}", trial.file, trial.failures);
    }
}

#[test]
fn the_same_application_costs_what_each_place_says() {
    let package = package();
    let example = package.examples().first().expect("an example");
    for (ags, year) in [
        ("15003000", 9600),
        ("15002000", 10_000),
        ("15001000", 9000),
        ("15082015", 6000),
        ("15085090", 3800),
    ] {
        let adoption = adoption(&package, ags);
        let decided = package
            .decide(adoption, &example.application, example.date)
            .expect("decided");
        assert_eq!(decided.value.get("jahressteuer_cent"), Some(&json!(year)), "{ags}");
        assert!(adoption.is_demonstration(), "{ags}");
        let again = package.decide_facts(adoption, "entscheidung", &decided.inputs["antrag"], example.date);
        assert_eq!(again.expect("decided again"), decided, "{ags}");
    }
}

#[test]
fn a_decision_gets_the_named_fields_and_nothing_else() {
    let package = package();
    let example = package.examples().first().expect("an example");
    let decided = package
        .decide(adoption(&package, "15003000"), &example.application, example.date)
        .expect("decided");
    let text = decided.inputs.to_string();
    for private in [
        "Lehmann",
        "Lindenweg",
        "1948-05-17",
        "Bello",
        "Stadtkasse",
        "magdeburg.example",
    ] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    let keys = |value: &Value| {
        value
            .as_object()
            .map(|o| o.keys().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    };
    assert_eq!(keys(&decided.inputs), ["antrag", "parameter", "datum"]);
    assert_eq!(keys(&decided.inputs["antrag"]).len(), package.manifest().inputs.len());
}

#[test]
fn hidden_answers_do_not_reach_the_decision() {
    let package = package();
    let mut application = package.examples().first().expect("an example").application.clone();
    application["G15000000004"]["F15000000019"] = json!("Bl");
    assert_eq!(
        package.facts(&application, Date::constant(2026, 3, 18))["merkzeichen"],
        Value::Null
    );
    assert_eq!(
        package.facts(&json!({}), Date::constant(2026, 3, 18))["weitere_hunde"],
        json!(0)
    );
}

#[test]
fn letter_and_prefill() {
    let package = package();
    let profile = |name: &str| match name {
        "family_name" => Some("Wójcik".to_owned()),
        "birth_date" => Some("1990-02-03".to_owned()),
        "town" => Some("  ".to_owned()),
        _ => None,
    };
    let data = package.prefill(profile);
    assert_eq!(
        data,
        json!({"G15000000001": {"F15000000001": "Wójcik", "F15000000003": "1990-02-03"}})
    );
    assert_eq!(package.letter_fields(&data), json!({"empfaenger": {"name": "Wójcik"}}));
}

#[test]
fn descriptions_name_the_amounts_of_the_place() {
    let package = package();
    for language in Language::ALL {
        let halle = adoption(&package, "15002000");
        let text = package
            .description(language, Some(halle), Some("Stadt Halle (Saale)"))
            .expect("a text");
        let costs = text.line(Module::Costs);
        let amounts = match language {
            Language::De | Language::DeLeicht => ["100,00 €", "720,00 €", "15. Februar"],
            Language::En => ["€100.00", "€720.00", "15 February"],
        };
        assert!(amounts.iter().all(|amount| costs.contains(amount)), "{costs}");
        assert!(text.line(Module::Competence).contains("Stadt Halle (Saale)"));
        let plain = package.description(language, None, None).expect("a text");
        for module in Module::ALL {
            let line = format!("{} {}", plain.line(module), text.line(module));
            assert!(!line.contains('{') && !line.contains('}'), "{line}");
            // Before a place is chosen the phrase stands for the value: it must end what it stands in.
            for phrase in [
                "je nach Gemeinde verschieden",
                "in jeder Gemeinde anders",
                "different in each municipality",
            ] {
                let mut rests = line.split(phrase).skip(1).map(str::trim_start);
                assert!(
                    rests.all(|rest| !rest.starts_with("Monate") && !rest.starts_with("Tage")),
                    "{line}"
                );
            }
        }
    }
    let leicht = package.text(Language::DeLeicht).expect("a text");
    let lines = &leicht.section(Module::Summary).expect("a summary").blocks;
    assert_eq!(
        lines.first(),
        Some(&Block::Paragraph("Sie haben einen Hund?".to_owned()))
    );
}

#[test]
fn the_hash_is_of_the_content_and_not_of_the_adoptions() {
    let (one, mut files) = (package(), files());
    assert_eq!(one.hash().len(), 64);
    files.remove("adoptions/15082015.toml");
    let removed: Vec<String> = files
        .paths()
        .filter(|path| path.contains("bitterfeld"))
        .map(str::to_owned)
        .collect();
    files.remove("README.md");
    for path in removed {
        files.remove(&path);
    }
    let less = Package::load(&files).expect("still sound");
    assert_ne!(less.hash(), one.hash());
    files = self::files();
    let text = String::from_utf8(files.get("adoptions/15082015.toml").expect("there").to_vec()).expect("UTF-8");
    files
        .insert("adoptions/15082015.toml", text.replace("6000", "6100").into_bytes())
        .expect("a name");
    assert_eq!(Package::load(&files).expect("still sound").hash(), one.hash());
}

#[test]
fn catalogue() {
    let catalogue = Catalogue::from_folder(folder()).unwrap_or_else(|error| panic!("{error}"));
    let package = catalogue.package("hundesteuer").expect("the service");
    assert_eq!(
        catalogue
            .package_version("hundesteuer", package.version())
            .map(Package::hash),
        Some(package.hash())
    );
    assert!(catalogue.package_version("hundesteuer", "0.0.1").is_none() && catalogue.package("x").is_none());
    assert_eq!(catalogue.adopters("hundesteuer").count(), 5);
    for (text, found) in [
        ("hund", true),
        ("Hundesteuer", true),
        ("STEUER hund", true),
        ("dog", true),
        ("Welpe", true),
        ("Wohngeld", false),
        ("", true),
    ] {
        assert_eq!(
            catalogue.search_services(text).iter().any(|p| p.id() == "hundesteuer"),
            found,
            "{text}"
        );
    }
    let competent = |place: &str| {
        catalogue
            .competent("hundesteuer", id(place))
            .map(|authority| authority.name.clone())
    };
    assert_eq!(competent("15003000"), Ok("Magdeburg".to_owned()));
    assert_eq!(competent("15085090"), Ok("Ditfurt".to_owned()));
    assert!(matches!(competent("15085000"), Err(CompetentError::Place(_))));
    assert!(matches!(
        catalogue.competent("x", id("15003000")),
        Err(CompetentError::Service(_))
    ));
    assert!(catalogue.adoption("hundesteuer", id("15003000")).is_some());
    assert!(catalogue.adoption("hundesteuer", id("15088220")).is_none());
}

#[test]
fn another_service_has_no_say() {
    let one = package();
    let mut files = files();
    let text = String::from_utf8(files.get("package.toml").expect("there").to_vec()).expect("UTF-8");
    let text = text.replace("id = \"hundesteuer\"", "id = \"katzensteuer\"");
    files.insert("package.toml", text.into_bytes()).expect("a name");
    let adoptions: Vec<String> = files
        .paths()
        .filter(|p| p.starts_with("adoptions/"))
        .map(str::to_owned)
        .collect();
    for path in adoptions {
        let text = String::from_utf8(files.get(&path).expect("there").to_vec()).expect("UTF-8");
        files
            .insert(&path, text.replace("hundesteuer\"", "katzensteuer\"").into_bytes())
            .expect("a name");
    }
    let other = Package::load(&files).unwrap_or_else(|findings| panic!("{findings:?}"));
    let date = Date::new(2026, 3, 18).expect("a day");
    let refused = other.decide(adoption(&one, "15003000"), &json!({}), date);
    assert!(refused.expect_err("refused").to_string().contains("hundesteuer"));
}

#[test]
fn packages_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Package>();
    shared::<Catalogue>();
}
