//! `cargo xtask test`: what must hold before anything is merged.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Run, colour};
use crate::{Server, built, cargo, licences, postgres, root, tools};

pub fn run(fast: bool, nextest_arguments: &[OsString]) -> Result<(), String> {
    tools::need(&[
        tools::C_COMPILER,
        tools::NODE,
        tools::POSTGRES,
        tools::CHROMIUM,
        tools::POPPLER,
        tools::XMLLINT,
    ])?;
    tools::need_nextest()?;
    tools::need_node_20()?;
    let mut run = Run::new();
    tools::npm_ci(&mut run, "crates/doors/web")?;
    tools::npm_ci(&mut run, "e2e")?;
    let packages = packages(nextest_arguments);
    let mut format = cargo(&["fmt", "--check"]);
    format.args(packages.as_deref().unwrap_or(&["--all".into()]));
    run.command("format", &mut format)?;
    run.step("licences", licences::check)?;
    let mut clippy = cargo(&["clippy", "--all-targets"]);
    clippy
        .args(packages.as_deref().unwrap_or(&["--workspace".into()]))
        .args(["--", "--deny", "warnings"]);
    run.command("lints", &mut clippy)?;

    // Compiled before the server starts, so that nobody mistakes compiling for testing.
    let which: Vec<OsString> = if nextest_arguments.is_empty() {
        vec!["--workspace".into()]
    } else {
        nextest_arguments.to_vec()
    };
    let mut build = cargo(&["nextest", "run", "--no-run"]);
    run.command("build tests", build.args(&which))?;
    let server = Server::start()?;
    let mut tests = cargo(&["nextest", "run", "--no-fail-fast", "--color", colour()]);
    tests.args(&which).env(postgres::VARIABLE, &server.url);
    run.command_with_summary("tests", "Summary ", &mut tests)?;
    if fast || !nextest_arguments.is_empty() {
        run.table();
        return Ok(());
    }

    let documented = documented_crates();
    if !documented.is_empty() {
        let mut doctests = cargo(&["test", "--quiet", "--doc"]);
        for name in &documented {
            doctests.args(["--package", name]);
        }
        run.command("documentation tests", doctests.env(postgres::VARIABLE, &server.url))?;
    }

    // The tests above have built it.
    let wegfrei = built("debug").join("wegfrei");
    for package in folders(&root().join("packages/services")) {
        let name = package
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        for verb in ["check", "test"] {
            let mut command = Command::new(&wegfrei);
            command
                .current_dir(root())
                .args(["package", verb])
                .arg(Path::new("packages/services").join(&name));
            run.command(&format!("{verb} {name}"), &mut command)?;
        }
    }
    if root().join("e2e/package.json").exists() {
        let mut browser = Command::new("npm");
        browser.current_dir(root().join("e2e")).arg("test");
        browser
            .env("WEGFREI_BIN", &wegfrei)
            .env(postgres::VARIABLE, &server.url);
        run.command("browser tests", &mut browser)?;
    }
    drop(server);
    run.table();
    eprintln!("\nAll passed.");
    Ok(())
}

/// The `-p CRATE` among the arguments; `None` for the whole workspace.
fn packages(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let named = |pair: &[OsString]| pair.first().is_some_and(|flag| flag == "-p" || flag == "--package");
    let found: Vec<OsString> = arguments
        .windows(2)
        .filter(|pair| named(pair))
        .flatten()
        .cloned()
        .collect();
    (!found.is_empty()).then_some(found)
}

/// The libraries with examples in their documentation: the others would cost a start of rustdoc each.
fn documented_crates() -> Vec<String> {
    let mut found = Vec::new();
    for floor in folders(&root().join("crates")) {
        for folder in folders(&floor) {
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            let name = manifest
                .lines()
                .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
            if let (Some(name), true) = (
                name,
                folder.join("src/lib.rs").exists() && has_example(&folder.join("src")),
            ) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn has_example(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return has_example(&path);
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        path.extension().is_some_and(|ending| ending == "rs")
            && text.lines().map(str::trim_start).any(|line| {
                let fence = line.strip_prefix("/// ```").or_else(|| line.strip_prefix("//! ```"));
                fence.is_some_and(|language| {
                    matches!(language, "" | "rust" | "no_run" | "should_panic" | "compile_fail")
                })
            })
    })
}

/// The folders in a folder, by name.
fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}
