//! `wegfrei package`: a package checked and tried from its folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use wegfrei_model::{Date, Language};
use wegfrei_notices::{Meta, Pdf, Typesetter};
use wegfrei_packages::{Catalogue, Example, Files, Finding, Package};

use crate::command::say;
use crate::platform::Error;
use crate::{content, decision};

/// Folders below this one that are packages, when it is none itself.
fn packages_below(folder: &Path) -> Vec<PathBuf> {
    let is_package = |folder: &Path| folder.join("package.toml").is_file();
    if is_package(folder) {
        return Vec::new();
    }
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir())
            .collect()
    };
    let (mut found, mut look) = (Vec::new(), inside(folder));
    look.extend(look.iter().flat_map(|one| inside(one)).collect::<Vec<_>>());
    found.extend(look.into_iter().filter(|path| is_package(path)));
    found.sort();
    found
}

/// A sound package, or the exit code after its findings were printed.
pub fn load(folder: &Path) -> Result<Result<Package, ExitCode>, Error> {
    let below = packages_below(folder);
    if !below.is_empty() {
        let names: Vec<String> = below.iter().map(|path| format!("\n  {}", path.display())).collect();
        return Err(format!(
            "{} is no package, it has no package.toml; the packages below it:{}",
            folder.display(),
            names.concat()
        )
        .into());
    }
    let files = Files::from_folder(folder)?;
    let loaded = Package::load(&files).and_then(|package| {
        let mut findings = package.check_letters();
        if findings.is_empty() {
            findings = set_letters(&package, &files);
        }
        if findings.is_empty() {
            Ok(package)
        } else {
            Err(findings)
        }
    });
    Ok(loaded.map_err(|findings| {
        for finding in &findings {
            say(&format!("{}/{finding}", folder.display()));
        }
        say(&format!("{} findings", findings.len()));
        ExitCode::FAILURE
    }))
}

/// Sets each letter once with the package's own sample (`notices/<main>.sample.json`): a template can be well-formed and still fail.
fn set_letters(package: &Package, files: &Files) -> Vec<Finding> {
    let main = package.notice_template();
    let sample = format!("notices/{main}.sample.json");
    let Some(bytes) = files.get(&sample) else {
        return Vec::new();
    };
    let data: Value = match serde_json::from_slice(bytes) {
        Ok(data) => data,
        Err(error) => {
            return vec![Finding {
                file: sample,
                line: u32::try_from(error.line()).unwrap_or(1).max(1),
                column: u32::try_from(error.column()).unwrap_or(1).max(1),
                message: error.to_string(),
                help: "Die Datei muss gültiges JSON sein.".to_owned(),
            }];
        }
    };
    if let Err(message) = package.letter_type(true).admits(&data) {
        let help = "Die Musterdaten müssen so sein, wie sie der Brief eines Vorgangs bekommt.".to_owned();
        return vec![Finding {
            file: sample,
            line: 1,
            column: 1,
            message,
            help,
        }];
    }
    let typesetter = Typesetter::new();
    let date = wegfrei_model::Timestamp::EPOCH.date();
    let names = std::iter::once(main).chain(package.enclosures().iter().map(String::as_str));
    names
        .filter_map(|name| set(&typesetter, package, name, data.clone(), "Muster", date).err())
        .collect()
}

/// Sets one letter.
fn set(
    typesetter: &Typesetter,
    package: &Package,
    name: &str,
    data: Value,
    author: &str,
    date: Date,
) -> Result<Pdf, Finding> {
    let finding = |line, column, message: String, help: String| Finding {
        file: format!("notices/{name}.typ"),
        line,
        column,
        message,
        help,
    };
    let meta = Meta {
        title: package.name().to_owned(),
        author: author.to_owned(),
        language: Language::De,
        date,
    };
    let template = package.template(name).unwrap_or_default().to_owned();
    let typesetter = typesetter.clone();
    let (done, doing) = mpsc::channel();
    // Typst cannot be interrupted; a letter without end is left behind and ends with the command.
    std::thread::spawn(move || drop(done.send(typesetter.render(&template, &data, &meta))));
    match doing.recv_timeout(LETTER_TIME) {
        Ok(set) => set.map_err(|error| finding(error.line, error.column, error.message, error.help)),
        Err(_) => Err(finding(
            1,
            1,
            format!("Der Brief ist nach {} Sekunden nicht fertig.", LETTER_TIME.as_secs()),
            "Schleifen und Wiederholungen an die Zahl der Angaben binden.".to_owned(),
        )),
    }
}

/// A letter takes a twentieth of a second.
const LETTER_TIME: Duration = Duration::from_secs(15);

/// Says everything that is wrong with a package.
pub fn check(folder: &Path) -> Result<ExitCode, Error> {
    Ok(match load(folder)? {
        Ok(package) => {
            let check = package.decisions().check();
            for table in check.tables.iter().filter(|table| !table.is_sound()) {
                for mistake in decision::mistakes(table) {
                    let (folder, line) = (folder.display(), table.line);
                    say(&format!(
                        "{folder}/decision.dmn:{line}: Tabelle `{}`: {mistake}",
                        table.name
                    ));
                }
            }
            if !check.is_sound() {
                return Ok(ExitCode::FAILURE);
            }
            say(&format!(
                "{} {} is sound ({} adoptions)",
                package.id(),
                package.version(),
                package.adoptions().len()
            ));
            let walked = package.process().soundness();
            if !walked.complete {
                say(&format!(
                    "the process has more states than are looked at: nothing is wrong in the first {}",
                    walked.states
                ));
            }
            ExitCode::SUCCESS
        }
        Err(code) => code,
    })
}

/// Runs a package's examples.
pub fn test(folder: &Path) -> Result<ExitCode, Error> {
    let package = match load(folder)? {
        Ok(package) => package,
        Err(code) => return Ok(code),
    };
    let (authorities, typesetter) = (content::authorities()?, Typesetter::new());
    let mut trials = package.try_examples();
    let mut failed = 0;
    // The letters on the way are tried once, with the first example that is decided.
    let mut others = true;
    for trial in &mut trials {
        let example = package.examples().iter().find(|example| example.file == trial.file);
        // A decision that is wrong says so first.
        if let Some(example) = example.filter(|_| trial.failures.is_empty()) {
            let decided = example.decide(&package).is_ok();
            if decided {
                trial.failures = unset(&authorities, &typesetter, &package, example, others);
            }
            others &= !decided;
        }
        if trial.failures.is_empty() {
            say(&format!("ok    {} ({})", trial.name, trial.file));
        } else {
            failed += 1;
            say(&format!("FAIL  {} ({})", trial.name, trial.file));
            for failure in &trial.failures {
                say(&format!("      {failure}"));
            }
        }
    }
    say(&format!("{} passed, {failed} failed", trials.len() - failed));
    Ok(if failed == 0 && !trials.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is wrong with the letters an example leads to: the main letter with its enclosures, also where it replaces an earlier one; and
/// `all` others of the package, as if something had been asked for.
fn unset(
    authorities: &Catalogue,
    typesetter: &Typesetter,
    package: &Package,
    example: &Example,
    all: bool,
) -> Vec<Finding> {
    let data = match wegfrei_cases::letter_of_example(authorities, package, example) {
        Ok(data) => data,
        Err(error) => {
            return vec![Finding {
                file: example.file.clone(),
                line: 1,
                column: 1,
                message: error.to_string(),
                help: "Die Behörde des Beispiels muss im Verzeichnis stehen, und die Entscheidung von der Art sein, die ihr DMN angibt."
                    .to_owned(),
            }];
        }
    };
    let with = |name: &str, value: Value| {
        let mut data = data.clone();
        if let Some(data) = data.as_object_mut() {
            data.insert(name.to_owned(), value);
        }
        data
    };
    let replaced = with(
        "ersetzt",
        json!({ "datum": example.date.to_string(), "code": "0000-0000-0000-0000", "nachzahlung": [{ "monat": "2026-03", "cent": 100 }], "zuviel": [{ "monat": "2026-04", "cent": 100 }] }),
    );
    let asked = with(
        "nachforderung",
        json!({ "text": "Bitte schicken Sie uns einen Nachweis.", "unterlagen": ["Nachweis"], "tage": 28,
            "frist": example.date.to_string() }),
    );
    let decides =
        |name: &str| name == package.notice_template() || package.enclosures().iter().any(|known| known == name);
    let mut wrong = Vec::new();
    for name in package.templates() {
        let variants = match decides(name) {
            true => vec![&data, &replaced],
            false if all => vec![&asked],
            false => Vec::new(),
        };
        let set = |data: &Value| set(typesetter, package, name, data.clone(), "Muster", example.date);
        wrong.extend(variants.into_iter().find_map(|data| set(data).err()));
    }
    wrong
}

/// Decides an example and sets the letter it leads to, marked as a draft.
pub fn letter(folder: &Path, example: &Path, output: &Path) -> Result<ExitCode, Error> {
    let package = match load(folder)? {
        Ok(package) => package,
        Err(code) => return Ok(code),
    };
    let named = |file: &str| Path::new(file).file_name() == example.file_name();
    let Some(found) = package.examples().iter().find(|found| named(&found.file)) else {
        let known: Vec<&str> = package.examples().iter().map(|found| found.file.as_str()).collect();
        return Err(format!(
            "{} is no example of the package; it has: {}",
            example.display(),
            known.join(", ")
        )
        .into());
    };
    let authorities = content::authorities()?;
    let data = wegfrei_cases::letter_of_example(&authorities, &package, found)?;
    let author = authorities.authority(found.authority).map(|known| known.full_name());
    let name = package.notice_template();
    match set(
        &Typesetter::new(),
        &package,
        name,
        data,
        &author.unwrap_or_default(),
        found.date,
    ) {
        Ok(pdf) => {
            std::fs::write(output, &pdf.bytes).map_err(|error| format!("{}: {error}", output.display()))?;
            let pages = if pdf.pages == 1 { "page" } else { "pages" };
            say(&format!(
                "{}: {} {pages}, {} (draft)",
                output.display(),
                pdf.pages,
                found.name
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(finding) => {
            say(&format!("{}/{finding}", folder.display()));
            Ok(ExitCode::FAILURE)
        }
    }
}
