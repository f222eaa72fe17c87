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
