//! Which version of a package takes over the running cases of an older one: the real dog tax and the real housing benefit, changed in
//! memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use wegfrei_packages::{Files, Package};

fn files(service: &str) -> Files {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages/services");
    Files::from_folder(folder.join(service)).unwrap()
}

/// Replacements in files, each of which must be found; `examples` says whether the examples stay with it.
fn changed(service: &str, examples: bool, changes: &[(&str, &str, &str)]) -> Package {
    let real = files(service);
    let mut files = Files::from_memory(Vec::<(String, Vec<u8>)>::new()).unwrap();
    for (path, bytes) in real.iter() {
        if path.starts_with("examples/") && !examples && !path.contains("grunddaten") {
            continue;
        }
        let mut text = String::from_utf8(bytes.to_vec()).unwrap();
        for (_, from, to) in changes.iter().filter(|(file, ..)| *file == path) {
            assert!(text.contains(from), "{path} has no {from}");
            text = text.replace(from, to);
        }
        files.insert(path, text.into_bytes()).unwrap();
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
    let new = changed(service, expected.is_empty(), changes);
    let reasons = new.takes_over(&old);
    assert_eq!(reasons.len(), expected.len(), "{changes:#?}\n{reasons:#?}");
    for (reason, part) in reasons.iter().zip(expected) {
        assert!(reason.contains(part), "{reason} has no {part}");
    }
}

const PACKAGE: &str = "package.toml";
const FORM: &str = "form.xdf3.xml";
const PROCESS: &str = "process.bpmn";

#[test]
fn a_version_that_only_says_it_otherwise_takes_over() {
    check("hundesteuer", &[(PACKAGE, "1.0.0", "1.1.0")], &[]);
    check("wohngeld", &[(PACKAGE, "version = \"1", "version = \"9")], &[]);
    check("widerspruch", &[], &[]);
}

#[test]
fn a_version_that_would_lose_something_takes_over_nothing() {
    check(
        "hundesteuer",
        &[(FORM, "F15000000013", "F15000000093")],
        &["`G15000000002.F15000000013` („Geschlecht des Hundes“) gibt es"],
    );
    let choice = (
        FORM,
        "<xdf3:code>weiblich</xdf3:code>",
        "<xdf3:code>huendin</xdf3:code>",
    );
    check("hundesteuer", &[choice], &["die Antwort „Hündin“ nicht mehr"]);
    check(
        "hundesteuer",
        &[(PACKAGE, "law = \"ao\"", "law = \"vwvfg\"")],
        &["nach einem anderen Recht"],
    );
    check(
        "hundesteuer",
        &[(PROCESS, " wegfrei:reentry=\"abhilfe\"", "")],
        &["wegfrei:reentry"],
    );
    let name = "F15000000002";
    check(
        "hundesteuer",
        &[(FORM, name, "F15000000902"), (PACKAGE, name, "F15000000902")],
        &[name, "Briefe drucken `empfaenger.name`"],
    );
    let group = "G15000100081";
    check(
        "wohngeld",
        &[(FORM, group, "G15000100981"), (PACKAGE, group, "G15000100981")],
        &["Die Gruppe `G15000100008.G15000100081`"],
    );
    check(
        "wohngeld",
        &[(
            PACKAGE,
            "fehlende_unterlagen = { desk = \"text\"",
            "fehlende_unterlagen = { desk = \"date\"",
        )],
        &["`fehlende_unterlagen`, die das Amt berichtigen konnte, ist in der neuen Fassung von anderer Art"],
    );
    check(
        "wohngeld",
        &[(PACKAGE, ", nein = \"Nein, nach Prüfung\"", "")],
        &["`erheblich_vermoegend`"],
    );
    let iban = "F15000100121";
    check(
        "wohngeld",
        &[(FORM, iban, "F15000100921"), (PACKAGE, iban, "F15000100921")],
        &[iban, "Briefe drucken `konto.iban`", "Gezahlt wird auf ein Konto"],
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
