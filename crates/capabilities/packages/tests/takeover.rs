//! Which version of a package takes over the running cases of an older one: the real dog tax and the real housing benefit, changed in
//! memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use wegfrei_packages::{Files, Package};

fn files(service: &str) -> Files {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages/services");
    Files::from_folder(folder.join(service)).unwrap()
}

/// Replacements in a file, or in all of them, each of which must be found.
fn changed(service: &str, changes: &[(&str, &str, &str)]) -> Package {
    let mut files = files(service);
    for (file, from, to) in changes {
        let mut found = false;
        let paths: Vec<String> = files.iter().map(|(path, _)| path.to_owned()).collect();
        for path in paths.iter().filter(|path| *path == file || *file == ALL) {
            let text = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
            found |= text.contains(from);
            files.insert(path, text.replace(from, to).into_bytes()).unwrap();
        }
        assert!(found, "{file} has no {from}");
    }
    load(&files)
}

fn load(files: &Files) -> Package {
    match Package::load(files) {
        Ok(package) => package,
        Err(findings) => panic!("{}", findings.iter().map(|f| format!("{f}\n")).collect::<String>()),
    }
}

/// Changed like this, the service gives reasons that say these things, one each and no other.
fn check(service: &str, changes: &[(&str, &str, &str)], expected: &[&str]) {
    let old = load(&files(service));
    let new = changed(service, changes);
    let reasons = new.takes_over(&old);
    assert_eq!(reasons.len(), expected.len(), "{changes:#?}\n{reasons:#?}");
    for (reason, part) in reasons.iter().zip(expected) {
        assert!(reason.contains(part), "{reason} has no {part}");
    }
}

const PACKAGE: &str = "package.toml";
/// Every file.
const ALL: &str = "*";
const FORM: &str = "form.xdf3.xml";
const PROCESS: &str = "process.bpmn";
const CHECKED: &str = "examples/12-vermoegen-geprueft.toml";

#[test]
fn a_version_that_only_says_it_otherwise_takes_over() {
    check("hundesteuer", &[(PACKAGE, "1.0.0", "1.1.0")], &[]);
    check("wohngeld", &[(PACKAGE, "version = \"1", "version = \"9")], &[]);
    check("widerspruch", &[], &[]);
}

#[test]
fn a_version_that_would_lose_something_takes_over_nothing() {
    let renamed = |id: &'static str, new: &'static str| (ALL, id, new);
    check(
        "hundesteuer",
        &[renamed("F15000000013", "F15000000093")],
        &["`G15000000002.F15000000013` („Geschlecht des Hundes“) gibt es"],
    );
    check(
        "hundesteuer",
        &[(ALL, "weiblich", "huendin")],
        &["die Antwort „Hündin“ nicht mehr"],
    );
    check(
        "hundesteuer",
        &[(PACKAGE, "law = \"ao\"", "law = \"sgb\"")],
        &["nach einem anderen Recht"],
    );
    check(
        "hundesteuer",
        &[(PROCESS, " wegfrei:reentry=\"abhilfe\"", "")],
        &["wegfrei:reentry"],
    );
    check(
        "hundesteuer",
        &[renamed("F15000000002", "F15000000902")],
        &["F15000000002", "Briefe drucken `empfaenger.name`"],
    );
    check(
        "wohngeld",
        &[renamed("G15000100081", "G15000100981")],
        &["Die Gruppe `G15000100008.G15000100081`"],
    );
    check(
        "wohngeld",
        &[(
            PACKAGE,
            "bewilligung_bis = { desk = \"date\"",
            "bewilligung_bis = { desk = \"text\"",
        )],
        &["`bewilligung_bis`, die das Amt berichtigen konnte, ist in der neuen Fassung von anderer Art"],
    );
    check(
        "wohngeld",
        &[
            (PACKAGE, ", nein = \"Nein, nach Prüfung\"", ""),
            // The example that chooses it chooses otherwise, with less wealth.
            (CHECKED, "= \"nein\"", "= \"nach_betrag\""),
            (CHECKED, "F15000100110 = 7000000", "F15000100110 = 700000"),
        ],
        &["`erheblich_vermoegend`"],
    );
    check(
        "wohngeld",
        &[renamed("F15000100121", "F15000100921")],
        &[
            "F15000100121",
            "Briefe drucken `konto.iban`",
            "Gezahlt wird auf ein Konto",
        ],
    );
}

#[test]
fn a_version_that_takes_fewer_answers_takes_over_nothing() {
    for (from, to) in [
        ("maxLength=\"55\"", "maxLength=\"50\""),
        ("minLength=\"3\" maxLength=\"23\"", "minLength=\"4\" maxLength=\"23\""),
        ("pattern=\"[0-9]{15}\"", "pattern=\"[1-9][0-9]{14}\""),
        ("minValue=\"1990-01-01\"", "minValue=\"1990-01-02\""),
        ("minValue=\"0\" maxValue=\"20\"", "minValue=\"0\" maxValue=\"10\""),
    ] {
        let old = load(&files("hundesteuer"));
        let reasons = changed("hundesteuer", &[(FORM, from, to)]).takes_over(&old);
        // Where the answer can be corrected at the desk the input of the decision is named as well.
        let said = "nimmt im neuen Formular nicht mehr alle Antworten entgegen";
        assert!(
            reasons.first().is_some_and(|reason| reason.contains(said)),
            "{to}: {reasons:#?}"
        );
    }
    check("hundesteuer", &[(FORM, "maxLength=\"55\"", "maxLength=\"60\"")], &[]);
    check("hundesteuer", &[(FORM, " pattern=\"[0-9]{15}\"", "")], &[]);
    check(
        "hundesteuer",
        &[(FORM, "minValue=\"1990-01-01\"", "minValue=\"1980-01-01\"")],
        &[],
    );
    check(
        "wohngeld",
        &[(
            FORM,
            "<xdf3:anzahl>0:39</xdf3:anzahl>",
            "<xdf3:anzahl>0:30</xdf3:anzahl>",
        )],
        &["anders oft vorkommen"],
    );
}

#[test]
fn two_services_are_never_one() {
    let (dog, rent) = (load(&files("hundesteuer")), load(&files("wohngeld")));
    assert_eq!(
        dog.takes_over(&rent),
        ["`wohngeld` und `hundesteuer` sind zwei Leistungen."]
    );
    assert!(dog.gives_results_of(&dog) && !dog.gives_results_of(&rent));
}
