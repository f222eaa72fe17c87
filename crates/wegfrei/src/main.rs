//! The binary: command line, configuration, clock and randomness, and putting everything together.

mod ambient;
mod command;
mod config;
mod content;
mod decision;
mod demo;
mod form;
mod http;
mod jobs;
mod mail;
mod package;
mod platform;
mod proof;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let line = command::Line::parse();
    match command::run(line) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wegfrei: {error}");
            let mut cause = error.source();
            while let Some(inner) = cause {
                eprintln!("  because: {inner}");
                cause = inner.source();
            }
            ExitCode::FAILURE
        }
    }
}
