//! What the house reaches on this machine: `wegfrei-bench [--quick] [NAME…]`, built with `--release` and run by
//! `cargo xtask bench`.
//!
//! Every figure is one JSON line on standard output, as soon as it is measured, and one line of a table on standard
//! error; a goal that is missed makes the exit code 1. Names: `journal submit decide form process pages start pdf print verify worklist desk day`; without a name all run. `--quick` measures once and
//! briefly: it shows that the measurement works, not what the house reaches.
//!
//! Databases are made anew for each measurement: SQLite in the folder for temporary files (which should not be a RAM
//! disk), PostgreSQL on the server named by `WEGFREI_TEST_PG` or on the one that tests share. The server measured is the
//! binary named by `WEGFREI_BIN`, or `wegfrei` beside this program.

mod day;
mod decide;
mod desk;
mod figure;
mod form;
mod house;
mod http;
mod journal;
mod machine;
mod measure;
mod pages;
mod pdf;
mod print;
mod process;
mod server;
mod start;
mod submit;
mod verify;
mod worklist;

use std::process::{Command, ExitCode};

use figure::Reporter;

/// Whatever stops a measurement, for the person who started it.
type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

const NAMES: [&str; 13] = [
    "journal", "submit", "decide", "form", "process", "pages", "start", "pdf", "print", "verify", "worklist", "desk",
    "day",
];

/// How long to measure.
#[derive(Clone, Copy)]
struct Effort {
    quick: bool,
}

impl Effort {
    /// Runs of one measurement; the median is reported.
    fn runs(self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// The larger number, or the smaller one when it has to be quick.
    fn of<T>(self, thorough: T, quick: T) -> T {
        if self.quick { quick } else { thorough }
    }
}

fn main() -> ExitCode {
    let mut effort = Effort { quick: false };
    let mut alone = false;
    let mut names = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => effort.quick = true,
            // (Used by this program itself.) Measure in this process.
            "--alone" => alone = true,
            name if NAMES.contains(&name) => names.push(argument),
            other => {
                eprintln!(
                    "wegfrei-bench: \"{other}\" is not known; usage: wegfrei-bench [--quick] [{}]",
                    NAMES.join("|")
                );
                return ExitCode::from(2);
            }
        }
    }
    if names.is_empty() {
        names = NAMES.map(str::to_owned).to_vec();
    }
    if cfg!(debug_assertions) {
        eprintln!("wegfrei-bench: not a release build; the figures say nothing about the house\n");
    }
    let mut failed = false;
    for name in &names {
        let ran = if alone {
            run(name, effort)
        } else {
            run_in_child(name, effort)
        };
        if let Err(error) = ran {
            eprintln!("wegfrei-bench: {name}: {error}");
            failed = true;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Each bench gets a process of its own: no measurement sees the memory, caches and threads of another.
fn run_in_child(name: &str, effort: Effort) -> Result<()> {
    let mut child = Command::new(std::env::current_exe()?);
    child.arg("--alone").arg(name);
    if effort.quick {
        child.arg("--quick");
    }
    match child.status()? {
        status if status.success() => Ok(()),
        status => Err(format!("not all was measured or reached ({status})").into()),
    }
}

fn run(name: &str, effort: Effort) -> Result<()> {
    let report = Reporter::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    measure_one(name, &report, &runtime, effort)?;
    match report.missed() {
        0 => Ok(()),
        // Brief measurements show that measuring works.
        _ if effort.quick => Ok(()),
        missed => Err(format!("{missed} goals were missed").into()),
    }
}

fn measure_one(name: &str, report: &Reporter, runtime: &tokio::runtime::Runtime, effort: Effort) -> Result<()> {
    match name {
        "journal" => runtime.block_on(journal::run(report, effort)),
        "submit" => runtime.block_on(submit::run(report, effort)),
        "decide" => decide::run(report, effort),
        "form" => form::run(report, effort),
        "process" => process::run(report, effort),
        "pages" => runtime.block_on(pages::run(report, effort)),
        "start" => runtime.block_on(start::run(report, effort)),
        "pdf" => pdf::run(report, effort),
        "print" => runtime.block_on(print::run(report, effort)),
        "verify" => runtime.block_on(verify::run(report, effort)),
        "desk" => runtime.block_on(desk::run(report, effort)),
        "day" => runtime.block_on(day::run(report, effort)),
        _ => runtime.block_on(worklist::run(report, effort)),
    }
}
