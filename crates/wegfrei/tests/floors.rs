//! The floors of the house (ARCHITECTURE.md): a crate imports only from floors below, and knows only what it may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Ground,
    Engine,
    Capability,
    Door,
    Top,
    /// Not part of the house: may use any floor, and no floor may use it.
    Beside,
}

struct Rule {
    name: &'static str,
    floor: Floor,
    folder: &'static str,
    /// The crates of this workspace it may use; every one on a lower floor, or of its own floor where named.
    may_use: &'static [&'static str],
}

const fn rule(name: &'static str, floor: Floor, folder: &'static str, may_use: &'static [&'static str]) -> Rule {
    Rule {
        name,
        floor,
        folder,
        may_use,
    }
}

use Floor::{Beside, Capability, Door, Engine, Ground, Top};

const ENGINES: [&str; 4] = [
    "wegfrei-decisions",
    "wegfrei-forms",
    "wegfrei-notices",
    "wegfrei-process",
];

/// `ENGINES` and these.
macro_rules! engines_and {
    ($($name:literal),*) => {
        &["wegfrei-decisions", "wegfrei-forms", "wegfrei-notices", "wegfrei-process", $($name),*]
    };
}

#[rustfmt::skip]
const RULES: &[Rule] = &[
    // The ground has an order of its own: model, store, journal.
    rule("wegfrei-model", Ground, "crates/ground/model", &[]),
    rule("wegfrei-store", Ground, "crates/ground/store", &[]),
    rule("wegfrei-journal", Ground, "crates/ground/journal", &["wegfrei-model", "wegfrei-store"]),
    // Engines are pure and do not know each other: no store, no journal.
    rule("wegfrei-forms", Engine, "crates/engines/forms", &["wegfrei-model"]),
    rule("wegfrei-process", Engine, "crates/engines/process", &["wegfrei-model"]),
    rule("wegfrei-decisions", Engine, "crates/engines/decisions", &["wegfrei-model"]),
    rule("wegfrei-notices", Engine, "crates/engines/notices", &["wegfrei-model"]),
    // Cases stand on packages and identity, which do not know each other. Packages are content: they know no journal.
    rule("wegfrei-packages", Capability, "crates/capabilities/packages", engines_and!("wegfrei-model")),
    rule("wegfrei-identity", Capability, "crates/capabilities/identity",
         &["wegfrei-model", "wegfrei-store", "wegfrei-journal"]),
    rule("wegfrei-post", Capability, "crates/capabilities/post", &["wegfrei-model"]),
    rule("wegfrei-cases", Capability, "crates/capabilities/cases",
         engines_and!("wegfrei-model", "wegfrei-store", "wegfrei-journal", "wegfrei-packages", "wegfrei-identity",
                      "wegfrei-post")),
    // Doors know no SQL, so no store; and not each other.
    rule("wegfrei-web", Door, "crates/doors/web",
         engines_and!("wegfrei-model", "wegfrei-journal", "wegfrei-packages", "wegfrei-identity", "wegfrei-cases")),
    rule("wegfrei-api", Door, "crates/doors/api",
         engines_and!("wegfrei-model", "wegfrei-journal", "wegfrei-packages", "wegfrei-identity", "wegfrei-cases")),
    rule("wegfrei", Top, "crates/wegfrei",
         engines_and!("wegfrei-model", "wegfrei-store", "wegfrei-journal", "wegfrei-packages", "wegfrei-identity",
                      "wegfrei-post", "wegfrei-cases", "wegfrei-web", "wegfrei-api")),
    rule("wegfrei-bench", Beside, "bench",
         engines_and!("wegfrei-model", "wegfrei-store", "wegfrei-journal", "wegfrei-packages", "wegfrei-identity",
                      "wegfrei-cases")),
    rule("xtask", Beside, "xtask", &[]),
];

/// Libraries that only these crates may name (in dependencies that end up in the binary). A trailing `*` is any ending.
#[rustfmt::skip]
const ONLY: &[(&str, &[&str])] = &[
    // A database driver.
    ("sqlx*", &["wegfrei-store"]),
    // HTTP.
    ("axum*", &["wegfrei-web", "wegfrei-api", "wegfrei"]),
    ("tower*", &["wegfrei-web", "wegfrei-api", "wegfrei"]),
    ("hyper*", &["wegfrei-web", "wegfrei-api", "wegfrei"]),
    ("http*", &["wegfrei-web", "wegfrei-api", "wegfrei"]),
    ("utoipa*", &["wegfrei-api"]),
    ("askama*", &["wegfrei-web"]),
    ("reqwest", &["wegfrei-bench"]),
    // Each engine's library stays behind the engine; FEEL is the process's language for conditions too.
    ("dsntk-feel*", &["wegfrei-decisions", "wegfrei-process"]),
    ("dsntk-model*", &["wegfrei-decisions"]),
    ("typst*", &["wegfrei-notices"]),
    ("cedar-policy", &["wegfrei-identity"]),
    // The runtime: the engines, model and packages are plain functions.
    ("tokio*", &["wegfrei-store", "wegfrei-journal", "wegfrei-identity", "wegfrei-post", "wegfrei-cases", "wegfrei-web", "wegfrei-api",
                 "wegfrei", "wegfrei-bench"]),
    // Cryptography: what is sealed, signed or hashed.
    ("aws-lc-rs", &["wegfrei-journal", "wegfrei-identity", "wegfrei-packages", "wegfrei-cases", "wegfrei-web", "wegfrei-bench"]),
    // Mail.
    ("lettre", &["wegfrei-post"]),
    // Command line and log output.
    ("clap*", &["wegfrei"]),
    ("tracing-subscriber", &["wegfrei"]),
    // The operating system's randomness; below the top there is model::ambient.
    ("getrandom", &["wegfrei"]),
    ("rand*", &[]),
    ("fastrand", &[]),
];

/// What pure code does not name: files, network, processes, threads, environment, clocks.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "std::io::stdin",
    "SystemTime",
    "Instant::now",
];

fn metadata() -> Metadata {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap()
}

fn rule_of(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// What of this package breaks a rule, in words for whoever broke it.
fn problems(package: &Package) -> Vec<String> {
    let mut found = Vec::new();
    let name = package.name.as_str();
    let Some(rule) = rule_of(name) else {
        return vec![format!(
            "{name} has no rule; decide its floor and add it to RULES in crates/wegfrei/tests/floors.rs"
        )];
    };
    if !package
        .manifest_path
        .as_str()
        .ends_with(&format!("{}/Cargo.toml", rule.folder))
    {
        found.push(format!("{name} does not lie in {}", rule.folder));
    }
    for dependency in &package.dependencies {
        let (used, shipped) = (dependency.name.as_str(), dependency.kind != DependencyKind::Development);
        if let Some(other) = rule_of(used) {
            // Tests may use any lower floor (and their own crate with features for tests), never a higher one.
            let below = other.floor < rule.floor || used == name;
            if shipped && !rule.may_use.contains(&used) {
                found.push(format!("{name} imports {used}, which it must not know"));
            } else if !shipped && !below && !rule.may_use.contains(&used) {
                found.push(format!("{name}'s tests import {used}, which is not on a lower floor"));
            }
        } else if shipped {
            for (pattern, allowed) in ONLY {
                let matches = match pattern.strip_suffix('*') {
                    Some(start) => used.starts_with(start),
                    None => used == *pattern,
                };
                if matches && !allowed.contains(&name) {
                    found.push(format!("{name} names {used}; only {allowed:?} may"));
                }
            }
        }
    }
    found
}

#[test]
fn no_crate_imports_upwards_or_knows_what_it_must_not() {
    let metadata = metadata();
    let found: Vec<String> = metadata.packages.iter().flat_map(problems).collect();
    assert!(found.is_empty(), "\n{}\n(see ARCHITECTURE.md)", found.join("\n"));
    let there: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let ruled: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(there, ruled, "a rule without a crate");
}

/// The rules themselves: nothing may use its own floor or a higher one, but for these edges.
#[test]
fn the_rules_have_no_upward_edge() {
    const SAME_FLOOR: &[(&str, &str)] = &[
        ("wegfrei-journal", "wegfrei-model"),
        ("wegfrei-journal", "wegfrei-store"),
        ("wegfrei-cases", "wegfrei-packages"),
        ("wegfrei-cases", "wegfrei-identity"),
        ("wegfrei-cases", "wegfrei-post"),
    ];
    let mut same = BTreeSet::new();
    for rule in RULES {
        for used in rule.may_use {
            let other = rule_of(used).unwrap_or_else(|| panic!("{}: no crate {used}", rule.name));
            if other.floor == rule.floor {
                same.insert((rule.name, *used));
            }
            assert!(other.floor <= rule.floor, "{} may not stand on {used}", rule.name);
        }
    }
    assert_eq!(same, SAME_FLOOR.iter().copied().collect());
}

/// Pure code names no file, no network and no clock outside its tests.
#[test]
fn engines_and_model_name_nothing_of_the_outside_world() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for name in ENGINES.into_iter().chain(["wegfrei-model"]) {
        let mut sources = BTreeMap::new();
        collect(&root.join(rule_of(name).unwrap().folder).join("src"), &mut sources);
        assert!(!sources.is_empty(), "{name} has no sources");
        for (file, text) in sources {
            found.extend(
                impure(&text)
                    .into_iter()
                    .map(|(line, what)| format!("{file}:{line}: {what}")),
            );
        }
    }
    assert!(found.is_empty(), "an engine must be pure:\n{}", found.join("\n"));
}

/// Lines outside comments and test modules that name what is impure.
fn impure(text: &str) -> Vec<(usize, &'static str)> {
    // By convention the test module is the last of its file.
    let end = text
        .find("#[cfg(test)]\nmod ")
        .filter(|at| text[*at..].contains('{'))
        .unwrap_or(text.len());
    let mut found = Vec::new();
    for (line, code) in (1..).zip(text[..end].lines()) {
        let code = code.split("//").next().unwrap_or_default();
        found.extend(
            IMPURE
                .iter()
                .filter(|what| code.contains(**what))
                .map(|what| (line, *what)),
        );
    }
    found
}

fn collect(folder: &Path, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(&path, sources);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            sources.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
        }
    }
}

/// The test can fail.
#[test]
fn a_wrong_import_is_found() {
    let metadata = metadata();
    let check = |name: &str, from: &str, wanted: &str| {
        let mut package = metadata
            .packages
            .iter()
            .find(|package| package.name == name)
            .unwrap()
            .clone();
        let donor = metadata.packages.iter().find(|package| package.name == from).unwrap();
        package.dependencies.extend(donor.dependencies.iter().cloned());
        let found = problems(&package).join("\n");
        assert!(found.contains(wanted), "{wanted:?} not found in:\n{found}");
    };
    check(
        "wegfrei-forms",
        "wegfrei-journal",
        "wegfrei-forms imports wegfrei-store",
    );
    check("wegfrei-process", "wegfrei-journal", "wegfrei-process names tokio");
    check(
        "wegfrei-identity",
        "wegfrei-cases",
        "wegfrei-identity imports wegfrei-packages",
    );
    check("wegfrei-model", "wegfrei-identity", "wegfrei-model names cedar-policy");
    check("wegfrei-web", "wegfrei-cases", "wegfrei-web imports wegfrei-store");
    check("wegfrei-cases", "wegfrei-store", "wegfrei-cases names sqlx");
    check("wegfrei-cases", "wegfrei-api", "wegfrei-cases names axum");
    assert_eq!(
        impure("use std::fs;\n// std::net\nfn f() { SystemTime::now() }"),
        [(1, "std::fs"), (3, "SystemTime")]
    );
    assert_eq!(impure("fn f() {}\n#[cfg(test)]\nmod tests {\n use std::fs; }"), []);
}
