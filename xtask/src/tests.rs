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

    // The whole workspace, as for the tests: a choice of crates would mean other features and a second build of what they use.
    run.command(
        "documentation tests",
        cargo(&["test", "--quiet", "--doc", "--workspace"]).env(postgres::VARIABLE, &server.url),
    )?;

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
