//! The programs a run needs beyond Rust.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::steps::Run;

/// A program and Debian's package that has it.
#[derive(Clone, Copy)]
pub struct Tool {
    programs: &'static [&'static str],
    packages: &'static [&'static str],
}

const fn tool(programs: &'static [&'static str], packages: &'static [&'static str]) -> Tool {
    Tool { programs, packages }
}

/// Compiles the C in SQLite and aws-lc.
pub const C_COMPILER: Tool = tool(&["cc"], &["build-essential"]);
/// Style sheets, fonts and browser tests come by npm.
pub const NODE: Tool = tool(&["node", "npm"], &["nodejs", "npm"]);
/// The server of half the tests.
pub const POSTGRES: Tool = tool(&["initdb", "postgres"], &["postgresql-15"]);
/// The browser of the browser tests.
pub const CHROMIUM: Tool = tool(&["chromium"], &["chromium"]);
/// Reads notices back as text.
pub const POPPLER: Tool = tool(&["pdftotext", "pdftoppm"], &["poppler-utils"]);
/// Checks XML against schemas.
pub const XMLLINT: Tool = tool(&["xmllint"], &["libxml2-utils"]);

/// Installs what is missing, or says how.
pub fn need(tools: &[Tool]) -> Result<(), String> {
    let missing: Vec<&str> = tools
        .iter()
        .filter(|tool| !is_there(tool))
        .flat_map(|tool| tool.packages)
        .copied()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let by_hand = format!("apt-get install -y {packages}");
    if !crate::postgres::is_root() {
        return Err(format!("missing: {packages}\nrun: sudo {by_hand}"));
    }
    eprintln!("== installing {packages}");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(&missing);
    // Package lists may be old or missing; only then fetch them.
    let installed = apt(&install) || (apt(&["update"]) && apt(&install));
    match tools.iter().find(|tool| !is_there(tool)) {
        None => Ok(()),
        Some(tool) if installed => Err(format!(
            "{} is still not found; look at {by_hand}",
            tool.programs.join(", ")
        )),
        Some(_) => Err(format!("this failed: {by_hand}")),
    }
}

/// `cargo nextest`, or how to get it.
pub fn need_nextest() -> Result<(), String> {
    let mut command = crate::cargo(&["nextest", "--version"]);
    let there = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if there {
        Ok(())
    } else {
        Err("missing: cargo-nextest\nrun: cargo install --locked cargo-nextest".to_owned())
    }
}

/// Node's test runner as the browser tests use it; Debian 12's own is older.
pub fn need_node_20() -> Result<(), String> {
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|error| format!("node: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        _ => Err(format!(
            "Node is {version}; the browser tests need 20 or later, see https://nodejs.org/en/download"
        )),
    }
}

/// `npm ci` in a folder, unless what is installed there fits its lock file already.
pub fn npm_ci(run: &mut Run, folder: &str) -> Result<(), String> {
    let path = crate::root().join(folder);
    let age = |file: PathBuf| fs::metadata(file).and_then(|meta| meta.modified()).ok();
    let (Some(wanted), installed) = (
        age(path.join("package-lock.json")),
        age(path.join("node_modules/.package-lock.json")),
    ) else {
        return Ok(());
    };
    if installed.is_some_and(|installed| installed >= wanted) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command.current_dir(&path).args(["ci", "--no-audit", "--no-fund"]);
    // The browser is Debian's.
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run.command(&format!("npm ci ({})", name_of(&path)), &mut command)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn is_there(tool: &Tool) -> bool {
    if tool.packages == POSTGRES.packages {
        return crate::postgres::programs().is_ok();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    tool.programs
        .iter()
        .all(|program| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
