//! Steps of a run: each timed, the first failure ends it and says what to run again.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The steps so far.
pub struct Run {
    start: Instant,
    done: Vec<(String, Duration, String)>,
}

impl Run {
    pub fn new() -> Run {
        Run {
            start: Instant::now(),
            done: Vec::new(),
        }
    }

    /// One step in this process; its answer is shown in the closing table.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<String, String>) -> Result<(), String> {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        match result {
            Ok(note) => {
                self.done.push((name.to_owned(), took, note));
                Ok(())
            }
            Err(problem) => {
                self.done.push((name.to_owned(), took, "FAILED".to_owned()));
                self.table();
                Err(format!("{name} failed: {problem}"))
            }
        }
    }

    /// One step that is a command.
    pub fn command(&mut self, name: &str, command: &mut Command) -> Result<(), String> {
        self.step(name, || {
            eprintln!("   {}", shown(command));
            match command.status() {
                Ok(status) if status.success() => Ok(String::new()),
                Ok(_) => Err(format!("run again: {}", shown(command))),
                Err(error) => Err(format!("{}: {error}", shown(command))),
            }
        })
    }

    /// As [`Run::command`]; the last line of its standard error that contains `marker` goes into the table.
    pub fn command_with_summary(&mut self, name: &str, marker: &str, command: &mut Command) -> Result<(), String> {
        self.step(name, || {
            let shown = shown(command);
            eprintln!("   {shown}");
            let failed = |error: std::io::Error| format!("{shown}: {error}");
            let mut child = command.stderr(Stdio::piped()).spawn().map_err(failed)?;
            let mut summary = String::new();
            if let Some(output) = child.stderr.take() {
                let mut output = BufReader::new(output);
                let mut line = Vec::new();
                // Bytes, not lines of text: a test may print anything.
                while output.read_until(b'\n', &mut line).map_err(failed)? > 0 {
                    let text = String::from_utf8_lossy(&line);
                    eprint!("{text}");
                    if let Some((_, rest)) = without_colour(&text).split_once(marker) {
                        summary = rest.trim().to_owned();
                    }
                    line.clear();
                }
            }
            match child.wait().map_err(failed)? {
                status if status.success() => Ok(summary),
                _ => Err(format!("{summary}\nrun again: {shown}")),
            }
        })
    }

    /// The closing table.
    pub fn table(&self) {
        eprintln!("\n{:<22} {:>8}", "step", "seconds");
        for (name, took, note) in &self.done {
            eprintln!("{name:<22} {:>8.1}  {note}", took.as_secs_f64());
        }
        eprintln!("{:<22} {:>8.1}", "all", self.start.elapsed().as_secs_f64());
    }
}

/// A command as a person types it.
pub fn shown(command: &Command) -> String {
    let mut words = Vec::new();
    if let Some(folder) = command.get_current_dir().filter(|folder| *folder != crate::root()) {
        let folder = folder.strip_prefix(crate::root()).unwrap_or(folder);
        words.push(format!("cd {} &&", folder.display()));
    }
    let program = std::path::Path::new(command.get_program());
    let program = program.strip_prefix(crate::root()).unwrap_or(program);
    // rustup's cargo has a long path.
    words.push(if program.ends_with("cargo") {
        "cargo".to_owned()
    } else {
        program.display().to_string()
    });
    words.extend(command.get_args().map(|argument| argument.display().to_string()));
    words.join(" ")
}

/// `always` on a terminal: piped programs do not see it themselves.
pub fn colour() -> &'static str {
    if std::io::stderr().is_terminal() {
        "always"
    } else {
        "never"
    }
}

fn without_colour(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next == '\u{1b}' {
            // CSI … letter
            rest.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(next);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #[test]
    fn colours_are_taken_out() {
        assert_eq!(
            super::without_colour("\u{1b}[32;1m  Summary\u{1b}[0m [1s] 3 passed"),
            "  Summary [1s] 3 passed"
        );
    }
}
