//! What developers and CI run: `cargo xtask demo | test | bench`. Only the standard library, so it compiles in a second.
#![allow(clippy::disallowed_methods, reason = "measures how long steps take")]

mod licences;
#[path = "../../crates/ground/store/src/testing/cluster.rs"]
mod postgres;
mod steps;
mod tests;
mod tools;

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask demo [ARGUMENTS]      build, then start the platform on this machine with invented people and cases;
                                  ARGUMENTS go to `wegfrei demo` (try --help)
cargo xtask test                  everything CI runs: format, lints, licences, all tests on SQLite and PostgreSQL,
                                  packages, browser tests
cargo xtask test --fast           without documentation tests, packages and browser tests
cargo xtask test [--fast] -- ARGUMENTS
                                  only these tests: ARGUMENTS for `cargo nextest run`, as in -- -p wegfrei-store
cargo xtask bench [ARGUMENTS]     release build, then measure; prints JSON lines; ARGUMENTS go to the bench

A missing program is installed by apt-get when root runs this; otherwise the command to run is printed.";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let mut rest: Vec<OsString> = arguments.collect();
    let done = match command.to_str() {
        Some("test") => {
            let fast = take(&mut rest, "--fast");
            let dashes = take(&mut rest, "--");
            match rest.first() {
                Some(unknown) if !dashes => Err(format!("test does not know {}\n\n{HELP}", unknown.display())),
                _ => tests::run(fast, &rest),
            }
        }
        Some("demo") => {
            take(&mut rest, "--");
            demo(&rest)
        }
        Some("bench") => {
            take(&mut rest, "--");
            bench(&rest)
        }
        Some("help" | "--help" | "-h") => {
            eprintln!("{HELP}");
            Ok(())
        }
        _ => Err(HELP.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\n{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the first argument is this one, which is taken away then.
fn take(arguments: &mut Vec<OsString>, wanted: &str) -> bool {
    let there = arguments.first().is_some_and(|argument| argument == wanted);
    if there {
        arguments.remove(0);
    }
    there
}

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// The folder of built programs: `debug` or `release`.
fn built(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    root().join(target).join(profile)
}

/// Cargo, in the workspace.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

fn demo(arguments: &[OsString]) -> Result<(), String> {
    tools::need(&[tools::NODE, tools::C_COMPILER])?;
    let mut run = steps::Run::new();
    tools::npm_ci(&mut run, "crates/doors/web")?;
    // As the tests build it: one set of features, so that nothing is compiled twice.
    run.command("build", &mut cargo(&["build", "--workspace", "--bin", "wegfrei"]))?;
    // Ctrl-C goes straight to the platform.
    let error = Command::new(built("debug").join("wegfrei"))
        .current_dir(root())
        .arg("demo")
        .args(arguments)
        .exec();
    Err(format!("wegfrei demo: {error}"))
}

fn bench(arguments: &[OsString]) -> Result<(), String> {
    tools::need(&[tools::NODE, tools::C_COMPILER, tools::POSTGRES])?;
    let mut run = steps::Run::new();
    tools::npm_ci(&mut run, "crates/doors/web")?;
    run.command(
        "build",
        &mut cargo(&[
            "build",
            "--release",
            "--workspace",
            "--bin",
            "wegfrei",
            "--bin",
            "wegfrei-bench",
        ]),
    )?;
    let server = Server::start()?;
    let mut bench = Command::new(built("release").join("wegfrei-bench"));
    bench
        .current_dir(root())
        .args(arguments)
        .env(postgres::VARIABLE, &server.url);
    bench.env("WEGFREI_BIN", built("release").join("wegfrei"));
    run.command("bench", &mut bench)
}

/// The PostgreSQL server of this run; it ends with it.
struct Server {
    url: String,
    own: Option<postgres::Cluster>,
}

impl Server {
    fn start() -> Result<Server, String> {
        if let Ok(url) = std::env::var(postgres::VARIABLE) {
            return Ok(Server { url, own: None });
        }
        let cluster = postgres::Cluster::own(&root());
        Ok(Server {
            url: cluster.start()?,
            own: Some(cluster),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(cluster) = &self.own {
            cluster.stop();
        }
    }
}
