//! Licences and bans of deny.toml over what Cargo.lock brings in. Compiling cargo-deny would take a large part of a clean
//! run, so the two checks that must hold for every build are made here; where cargo-deny is installed it runs as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;

/// What deny.toml says.
#[derive(Debug, Default)]
struct Policy {
    allow: BTreeSet<String>,
    deny: BTreeSet<String>,
}

/// Checks, and says how many packages were looked at.
pub fn check() -> Result<String, String> {
    let text = fs::read_to_string(crate::root().join("deny.toml")).map_err(|error| format!("deny.toml: {error}"))?;
    let policy = Policy::read(&text);
    if policy.allow.is_empty() || policy.deny.is_empty() {
        return Err("deny.toml names no allowed licence or no banned crate".to_owned());
    }
    let mut tree = crate::cargo(&[
        "tree",
        "--workspace",
        "--all-features",
        "--prefix",
        "none",
        "--format",
        "{l}\t{p}",
    ]);
    let output = tree
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo tree: {error}"))?;
    if !output.status.success() {
        return Err(format!("run again: {}", crate::steps::shown(&tree)));
    }
    let mut packages = packages(&String::from_utf8_lossy(&output.stdout));
    let lock = fs::read_to_string(crate::root().join("crates/doors/web/package-lock.json")).unwrap_or_default();
    packages.extend(npm_packages(&lock));
    let problems: Vec<String> = packages
        .iter()
        .filter_map(|(package, licence)| policy.problem(package, licence))
        .collect();
    if !problems.is_empty() {
        return Err(format!("\n{}\n(deny.toml says what is allowed)", problems.join("\n")));
    }
    let mut note = format!("{} packages", packages.len());
    if installed() {
        for (what, must) in [
            ("bans", true),
            ("licenses", true),
            ("sources", true),
            ("advisories", false),
        ] {
            let mut deny = crate::cargo(&["deny", "check", what]);
            let fine = deny.status().is_ok_and(|status| status.success());
            match (fine, must) {
                (true, _) => {}
                (false, true) => return Err(format!("run again: {}", crate::steps::shown(&deny))),
                // A new advisory must not stop an unchanged commit, but nobody shall miss it.
                (false, false) => note.push_str("; ADVISORIES: run cargo deny check advisories"),
            }
        }
    } else {
        note.push_str("; advisories not checked (cargo-deny is not installed)");
    }
    Ok(note)
}

fn installed() -> bool {
    let mut deny = crate::cargo(&["deny", "--version"]);
    deny.stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

impl Policy {
    fn read(text: &str) -> Policy {
        let mut policy = Policy::default();
        let (mut section, mut list) = (String::new(), String::new());
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.starts_with('[') && line.ends_with(']') && line.len() > 2 {
                section = line.trim_matches(['[', ']']).to_owned();
            } else if let Some((key, _)) = line.split_once(" = [") {
                list = key.to_owned();
            }
            let quoted = line.split('"').nth(1).map(str::to_owned);
            match (section.as_str(), list.as_str()) {
                ("licenses", "allow") => policy.allow.extend(quoted),
                ("bans", "deny") => policy.deny.extend(quoted),
                _ => {}
            }
            if line == "]" {
                list.clear();
            }
        }
        policy
    }

    fn problem(&self, package: &str, licence: &str) -> Option<String> {
        let name = package.split(' ').next().unwrap_or_default();
        if self.deny.contains(name) {
            return Some(format!(
                "{package} is banned; find out who needs it: cargo tree --invert {name}"
            ));
        }
        match allowed(licence, &self.allow) {
            Some(true) => None,
            Some(false) => Some(format!("{package}: licence {licence} is not allowed")),
            None => Some(format!("{package}: licence {licence:?} cannot be read")),
        }
    }
}

/// Package (name and version) to licence, from lines `licence TAB name vVERSION …`.
fn packages(tree: &str) -> BTreeMap<String, String> {
    tree.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(licence, package)| {
            let words: Vec<&str> = package.split(' ').take(2).collect();
            (words.join(" "), licence.to_owned())
        })
        .collect()
}

/// The same from npm's lock file, which has one `"license": "…"` line within each package's object.
fn npm_packages(lock: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut package = String::new();
    for line in lock.lines() {
        let mut quoted = line.split('"').skip(1).step_by(2);
        match (quoted.next(), quoted.next()) {
            (Some(path), None) if path.starts_with("node_modules/") => {
                package = path.trim_start_matches("node_modules/").to_owned();
            }
            (Some("license"), Some(licence)) if !package.is_empty() => {
                found.insert(format!("{package} (npm)"), licence.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// Whether an SPDX expression can be met with allowed licences; `None` when it cannot be read. `/` is the old `OR`.
fn allowed(expression: &str, allow: &BTreeSet<String>) -> Option<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (value, rest) = any(&words, allow)?;
    rest.is_empty().then_some(value)
}

fn any<'w>(words: &'w [&'w str], allow: &BTreeSet<String>) -> Option<(bool, &'w [&'w str])> {
    let (mut value, mut rest) = all(words, allow)?;
    while let Some(("OR", after)) = rest.split_first().map(|(word, after)| (*word, after)) {
        let (next, after) = all(after, allow)?;
        (value, rest) = (value || next, after);
    }
    Some((value, rest))
}

fn all<'w>(words: &'w [&'w str], allow: &BTreeSet<String>) -> Option<(bool, &'w [&'w str])> {
    let (mut value, mut rest) = one(words, allow)?;
    while let Some(("AND", after)) = rest.split_first().map(|(word, after)| (*word, after)) {
        let (next, after) = one(after, allow)?;
        (value, rest) = (value && next, after);
    }
    Some((value, rest))
}

fn one<'w>(words: &'w [&'w str], allow: &BTreeSet<String>) -> Option<(bool, &'w [&'w str])> {
    match words {
        ["(", rest @ ..] => match any(rest, allow)? {
            (value, [")", rest @ ..]) => Some((value, rest)),
            _ => None,
        },
        [")" | "AND" | "OR" | "WITH", ..] | [] => None,
        [licence, "WITH", exception, rest @ ..] => Some((allow.contains(&format!("{licence} WITH {exception}")), rest)),
        [licence, rest @ ..] => Some((allow.contains(*licence), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "[graph]\ntargets = [\"x\"]\n[licenses]\nallow = [\n  \"MIT\", # yes\n  \"ISC\",\n  \
                          \"Apache-2.0 WITH LLVM-exception\",\n]\n[bans]\ndeny = [\n  { crate = \"openssl\" },\n]\n";

    #[test]
    fn expressions_are_read_as_spdx_says() {
        let policy = Policy::read(POLICY);
        let check = |expression: &str, want: Option<bool>| {
            assert_eq!(allowed(expression, &policy.allow), want, "{expression}");
        };
        for (expression, want) in [
            ("MIT", Some(true)),
            ("GPL-3.0", Some(false)),
            ("GPL-3.0 OR MIT", Some(true)),
            ("GPL-3.0/MIT", Some(true)),
            ("GPL-3.0 AND MIT", Some(false)),
            ("MIT AND (GPL-3.0 OR ISC)", Some(true)),
            ("GPL-3.0 OR ISC AND MIT", Some(true)),
            ("Apache-2.0 WITH LLVM-exception", Some(true)),
            ("Apache-2.0", Some(false)),
            ("", None),
            ("MIT AND", None),
            ("(MIT", None),
            ("MIT ISC", None),
        ] {
            check(expression, want);
        }
    }

    #[test]
    fn problems_name_the_package() {
        let policy = Policy::read(POLICY);
        assert_eq!(policy.deny.len(), 1);
        let tree = "MIT\tgood v1.0.0\n\nGPL-3.0\tbad v2.0.0 (*)\nMIT\topenssl v0.1.0\n\tnone v1.0.0\n";
        let found: Vec<String> = packages(tree)
            .iter()
            .filter_map(|(package, licence)| policy.problem(package, licence))
            .collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("bad v2.0.0: licence GPL-3.0"));
        assert!(found[1].starts_with("none v1.0.0"));
        assert!(found[2].starts_with("openssl v0.1.0 is banned"));
    }

    #[test]
    fn npm_licences_are_found() {
        let lock = "{\n \"packages\": {\n  \"\": {\n   \"license\": \"X\"\n  },\n  \"node_modules/@a/b\": {\n   \
                    \"version\": \"1\",\n   \"license\": \"MIT\"\n  }\n }\n}";
        let want: BTreeMap<String, String> = [("@a/b (npm)".to_owned(), "MIT".to_owned())].into();
        assert_eq!(npm_packages(lock), want);
    }
}
