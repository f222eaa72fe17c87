//! Loading a package: every part read, then each checked against the others.

mod references;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use wegfrei_decisions::Decisions;
use wegfrei_forms::Form;
use wegfrei_model::Language;
use wegfrei_model::deadline::Procedure;
use wegfrei_notices::Typesetter;
use wegfrei_process::{Cycle, Element, Event, Kind, Process, TimerSpec, Work};

use crate::adoption::Adoption;
use crate::examples;
use crate::files::Files;
use crate::finding::{Finding, suggest};
use crate::manifest::{self, Manifest};
use crate::package::{Package, hash};
use crate::sources::sources;
use crate::texts::{self, Text};

pub(crate) use references::outputs;

const MANIFEST: &str = "package.toml";
const FORM: &str = "form.xdf3.xml";
const PROCESS: &str = "process.bpmn";
const DECISION: &str = "decision.dmn";

/// Operations the platform carries out for a service task.
const OPERATIONS: [&str; 3] = ["notice", "payments", "payments:end"];
/// Begin of the operation that sends another template than the main letter: `letter:erinnerung`.
const LETTER: &str = "letter:";
/// Legal deadlines the platform can count.
const DEADLINES: [&str; 4] = ["rechtsbehelfsfrist", "klagefrist", "mitwirkungsfrist", "erinnerung"];
/// Variables a process may ask.
const VARIABLES: [&str; 3] = ["antrag", "entscheidung", "aufgabe"];
/// Roles a lane may have in which staff work.
const ROLES: [&str; 2] = ["sachbearbeitung", "teamleitung"];

/// Only its syntax check is used; fonts are loaded once.
static TYPESETTER: LazyLock<Typesetter> = LazyLock::new(Typesetter::new);

/// Whether it lies in something that runs more than once.
fn in_a_repetition<'p>(process: &'p Process, mut element: &'p Element) -> bool {
    while let Some(around) = element.parent.as_deref().and_then(|id| process.element(id)) {
        if around.repeats() {
            return true;
        }
        element = around;
    }
    false
}

/// What the engine runs and the platform does not carry out: what is wrong, and what to do instead.
fn not_carried(process: &Process, element: &Element) -> Option<(&'static str, &'static str)> {
    let days = |text: &str| {
        text.contains(['T', 't']).then_some((
            "Die Plattform zählt Fristen in ganzen Tagen.",
            "Die Dauer in Tagen, Wochen, Monaten oder Jahren angeben.",
        ))
    };
    let day = |text: &str| {
        (!text.chars().all(|c| c.is_ascii_digit() || c == '-')).then_some((
            "Die Plattform kennt bei Fristen keine Uhrzeiten.",
            "Nur den Tag angeben, z. B. 2026-05-01.",
        ))
    };
    match (&element.kind, element.kind.event()) {
        (Kind::ScriptTask { .. }, _) => Some((
            "Berechnungen im Prozess führt die Plattform nicht aus.",
            "Den Wert in der Entscheidung (DMN) berechnen.",
        )),
        (Kind::SendTask { .. } | Kind::Throw { .. } | Kind::End { .. }, event)
            if matches!(element.kind, Kind::SendTask { .. }) || matches!(event, Some(Event::Message { .. })) =>
        {
            Some((
                "Nachrichten versendet die Plattform nicht.",
                "Einen serviceTask mit wegfrei:operation verwenden, z. B. letter:erinnerung.",
            ))
        }
        (Kind::ReceiveTask { .. }, _) | (_, Some(Event::Message { .. })) => Some((
            "Nachrichten empfängt die Plattform nicht.",
            "Auf eine Aufgabe oder eine Frist warten.",
        )),
        (Kind::Start { .. }, Some(event)) if element.parent.is_none() && *event != Event::None => Some((
            "Ein Vorgang beginnt mit dem Eingang des Antrags, nicht mit einem Ereignis.",
            "Das Startereignis ohne Auslöser anlegen.",
        )),
        (Kind::Catch { .. } | Kind::Boundary { .. } | Kind::Start { .. }, Some(Event::Signal { name })) => {
            let gives = |other: &Element| {
                matches!(other.kind, Kind::Throw { .. } | Kind::End { .. })
                    && matches!(other.kind.event(), Some(Event::Signal { name: given }) if given == name)
            };
            (!process.elements().iter().any(gives)).then_some((
                "Dieses Signal gibt niemand: Signale kommen nur aus demselben Prozess.",
                "Ein auslösendes Ereignis mit demselben Signal anlegen.",
            ))
        }
        (_, Some(Event::Timer { spec })) => {
            let finer = match spec {
                TimerSpec::Duration(text) => days(text),
                TimerSpec::Cycle(text) => Cycle::parse(text)
                    .and_then(|cycle| days(&cycle.every).or_else(|| cycle.first.as_deref().and_then(day))),
                TimerSpec::Date(text) => day(text),
                TimerSpec::Deadline(_) => None,
            };
            if in_a_repetition(process, element) {
                Some((
                    "Fristen in mehrfach ausgeführten Teilen zählt die Plattform nicht.",
                    "Die Frist an den ganzen mehrfach ausgeführten Teil heften.",
                ))
            } else {
                finer
            }
        }
        _ => None,
    }
}

/// What of a path into the variables of a process does not exist, as far as types say, and what may be meant.
fn unknown(path: &[&str], decisions: &Decisions) -> Option<(String, String)> {
    let (variable, members) = path.split_first()?;
    if !VARIABLES.contains(variable) {
        return Some(((*variable).to_owned(), suggest(variable, VARIABLES)));
    }
    members.iter().enumerate().find_map(|(at, member)| {
        let known = decisions.members_at(variable, members.get(..at)?)?;
        let shown = || path.get(..=at + 1).unwrap_or(path).join(".");
        (!known.contains(member)).then(|| (shown(), suggest(member, known)))
    })
}

struct Loading<'f> {
    files: &'f Files,
    findings: Vec<Finding>,
}

pub(crate) fn load(files: &Files) -> Result<Package, Vec<Finding>> {
    let mut loading = Loading {
        files,
        findings: Vec::new(),
    };
    let package = loading.package();
    let mut findings = loading.findings;
    findings.sort();
    findings.dedup();
    match package {
        Some(package) if findings.is_empty() => Ok(package),
        _ => Err(findings),
    }
}

impl<'f> Loading<'f> {
    fn add(&mut self, file: &str, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Finding::whole(file, message, help));
    }

    /// A finding in `package.toml`.
    fn at(&mut self, offset: usize, message: impl Into<String>, help: impl Into<String>) {
        let text = self
            .files
            .get(MANIFEST)
            .map(String::from_utf8_lossy)
            .unwrap_or_default();
        self.findings.push(Finding::at(MANIFEST, &text, offset, message, help));
    }

    /// A file's text; a missing file or one that is not UTF-8 is a finding.
    fn text(&mut self, path: &str, help: &str) -> Option<&'f str> {
        let Some(bytes) = self.files.get(path) else {
            self.add(path, "Die Datei fehlt.", help);
            return None;
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(_) => {
                self.add(path, "Die Datei ist nicht in UTF-8 geschrieben.", "In UTF-8 speichern.");
                None
            }
        }
    }

    fn package(&mut self) -> Option<Package> {
        self.names();
        let manifest = self
            .text(MANIFEST, "Das Paket braucht eine package.toml.")
            .and_then(|text| {
                let (manifest, findings) = manifest::read(MANIFEST, text);
                // What half a manifest lacks would only be found missing everywhere else.
                let sound = findings.is_empty();
                self.findings.extend(findings);
                manifest.filter(|_| sound)
            });
        let form = self.form();
        let process = self.process();
        let decisions = self.decisions();
        let templates = self.templates();
        let placeholders: Vec<&str> = manifest
            .iter()
            .flat_map(|manifest| manifest.parameters.iter().map(|parameter| parameter.name.as_str()))
            .chain(["behoerde"])
            .collect();
        let texts = self.texts(manifest.is_some().then_some(placeholders.as_slice()));
        let (manifest, form, process, decisions) = (manifest?, form?, process?, decisions?);
        self.references(&manifest, &form, &decisions);
        self.steps(&process, &decisions, &templates);
        self.procedure(&manifest, &process);
        self.notices(&manifest, &templates);
        let mut package = Package {
            version: manifest.version.to_string(),
            sources: sources(&form, &manifest.inputs, ""),
            manifest,
            hash: hash(self.files),
            form,
            process,
            decisions,
            texts,
            templates,
            adoptions: Vec::new(),
            examples: Vec::new(),
        };
        self.adoptions(&mut package);
        self.examples(&mut package);
        Some(package)
    }

    /// Files nobody would read are mostly names mistyped.
    fn names(&mut self) {
        let known = [MANIFEST, FORM, PROCESS, DECISION, "README.md"];
        let files = self.files;
        for path in files.paths() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let fits = match folder {
                "" => known.contains(&name),
                "texts" => name == "README.md" || Language::ALL.iter().any(|l| format!("{}.md", l.code()) == name),
                "notices" => name == "README.md" || name.ends_with(".typ") || name.ends_with(".sample.json"),
                "examples" | "adoptions" => name == "README.md" || name.ends_with(".toml"),
                _ => false,
            };
            if !fits {
                let help = match folder {
                    "" => suggest(name, known),
                    "texts" => suggest(name, ["de.md", "de-leicht.md", "en.md"]),
                    "notices" => "Dort liegen nur Vorlagen (*.typ) und Musterdaten (*.sample.json).".to_owned(),
                    "examples" | "adoptions" => "Dort liegen nur *.toml-Dateien.".to_owned(),
                    other => suggest(other, ["texts", "notices", "examples", "adoptions"]),
                };
                self.add(path, "Diese Datei gehört nicht zu einem Paket.", help);
            }
        }
    }

    fn form(&mut self) -> Option<Form> {
        let text = self.text(FORM, "Das Paket braucht ein Formular in XDatenfelder 3.")?;
        let (form, findings) = match Form::parse(text) {
            Ok(form) => {
                let findings = form.findings().to_vec();
                (Some(form), findings)
            }
            Err(findings) => (None, findings),
        };
        self.findings.extend(findings.into_iter().map(|finding| Finding {
            file: FORM.to_owned(),
            line: finding.line,
            column: finding.column,
            message: finding.message,
            help: finding.help,
        }));
        form
    }

    fn process(&mut self) -> Option<Process> {
        let text = self.text(PROCESS, "Das Paket braucht einen Prozess in BPMN 2.0.")?;
        match Process::parse(text) {
            Ok(process) => Some(process),
            Err(findings) => {
                self.findings.extend(findings.into_iter().map(|finding| Finding {
                    file: PROCESS.to_owned(),
                    line: finding.line,
                    column: finding.column,
                    message: finding.message,
                    help: finding.help,
                }));
                None
            }
        }
    }

    fn decisions(&mut self) -> Option<Decisions> {
        let text = self.text(DECISION, "Das Paket braucht eine Entscheidung in DMN.")?;
        self.findings.extend(crate::legal::check(DECISION, text));
        match Decisions::parse(text) {
            Ok(decisions) => Some(decisions),
            Err(findings) => {
                self.findings.extend(findings.into_iter().map(|finding| Finding {
                    file: DECISION.to_owned(),
                    line: finding.line,
                    column: finding.column,
                    message: finding.message,
                    help: finding.help,
                }));
                None
            }
        }
    }

    fn templates(&mut self) -> BTreeMap<String, String> {
        let mut templates = BTreeMap::new();
        let files = self.files;
        for path in files.paths().filter(|path| path.starts_with("notices/")) {
            let Some(name) = path.strip_prefix("notices/").and_then(|name| name.strip_suffix(".typ")) else {
                continue;
            };
            let Some(text) = self.text(path, "") else { continue };
            let found = TYPESETTER.check(text);
            self.findings
                .extend(found.into_iter().map(|finding| Finding::of_letter(path, finding)));
            templates.insert(name.to_owned(), text.to_owned());
        }
        templates
    }

    fn texts(&mut self, placeholders: Option<&[&str]>) -> BTreeMap<Language, Text> {
        let mut found = BTreeMap::new();
        for language in Language::ALL {
            let path = format!("texts/{}.md", language.code());
            let Some(text) = self.text(
                &path,
                "Jede Leistung wird auf Deutsch, in Leichter Sprache und auf Englisch beschrieben.",
            ) else {
                continue;
            };
            let Some(placeholders) = placeholders else { continue };
            let (text, findings) = texts::read(&path, text, language, placeholders);
            self.findings.extend(findings);
            found.insert(language, text);
        }
        found
    }

    /// What `package.toml` says about form and decision is true of them.
    fn references(&mut self, manifest: &Manifest, form: &Form, decisions: &Decisions) {
        for (place, message, help) in references::fields(manifest, form) {
            self.at(place, message, help);
        }
        for (file, place, message, help) in references::decision(manifest, decisions) {
            match file {
                references::File::Decision => self.add(DECISION, message, help),
                references::File::Manifest => self.at(place, message, help),
            }
        }
    }

    /// The process asks only for what the package has and the platform can, and every step says why it may be.
    fn steps(&mut self, process: &Process, decisions: &Decisions, templates: &BTreeMap<String, String>) {
        let mut found = Vec::new();
        for element in process.elements() {
            let mut add = |message: String, help: String| found.push((element.line, message, help));
            let id = &element.id;
            match &element.kind {
                Kind::DecisionTask { decision } if !decisions.decision_names().contains(&decision.as_str()) => {
                    let help = suggest(decision, decisions.decision_names());
                    add(
                        format!("`{id}` ruft die Entscheidung `{decision}`, die es nicht gibt."),
                        help,
                    );
                }
                Kind::ServiceTask { operation } if operation.starts_with(LETTER) => {
                    let template = operation.strip_prefix(LETTER).unwrap_or_default();
                    if !templates.contains_key(template) {
                        add(
                            format!("`{id}` sendet das Schreiben `{template}`, dessen Vorlage fehlt."),
                            format!(
                                "Die Vorlage notices/{template}.typ anlegen. {}",
                                suggest(template, templates.keys().map(String::as_str))
                            ),
                        );
                    }
                }
                Kind::ServiceTask { operation } if !OPERATIONS.contains(&operation.as_str()) => {
                    add(
                        format!("`{id}` ruft die unbekannte Operation `{operation}`."),
                        suggest(operation, OPERATIONS),
                    );
                }
                Kind::UserTask { role, work } if *work != Work::Supply && !ROLES.contains(&role.as_str()) => {
                    add(
                        format!("`{id}` liegt bei der Rolle `{role}`, die an keinem Arbeitsplatz sitzt."),
                        suggest(role, ROLES),
                    );
                }
                _ => {}
            }
            if let Some(TimerSpec::Deadline(name)) = element.kind.timer()
                && !DEADLINES.contains(&name.as_str())
            {
                add(
                    format!("`{id}` wartet auf die unbekannte Frist `{name}`."),
                    suggest(name, DEADLINES),
                );
            }
            if let Some((what, help)) = not_carried(process, element) {
                add(format!("`{id}`: {what}"), help.to_owned());
            }
            if element.legal_basis.is_none() {
                let help = "Ein zweites documentation-Element mit textFormat=\"text/x-rechtsgrundlage\" anlegen.";
                add(format!("`{id}` nennt keine Rechtsgrundlage."), help.to_owned());
            }
            if element.documentation.is_none() {
                let help = "In documentation in einfachen Worten sagen, was hier geschieht; Bürger lesen es als Stand.";
                add(format!("`{id}` hat keine Beschreibung."), help.to_owned());
            }
        }
        for (path, place) in process.paths() {
            let Some((variable, help)) = unknown(&path, decisions) else {
                continue;
            };
            let flow = process.flows().iter().find(|flow| flow.id == place);
            let element = process.element(flow.map_or(place, |flow| flow.source.as_str()));
            let line = element.map_or(1, |element| element.line);
            let message = match flow {
                Some(_) => format!("Die Bedingung von `{place}` fragt nach `{variable}`, das es nicht gibt."),
                None => format!("`{place}` fragt nach `{variable}`, das es nicht gibt."),
            };
            found.push((line, message, help));
        }
        self.findings
            .extend(found.into_iter().map(|(line, message, help)| Finding {
                file: PROCESS.to_owned(),
                line,
                column: 1,
                message,
                help,
            }));
    }

    /// Under the VwVfG a notice in the mailbox counts as notified only once it was fetched (§ 41 Abs. 2a Satz 3), so no period
    /// against it runs from sending. Better said to the author than to somebody whose case stands still.
    fn procedure(&mut self, manifest: &Manifest, process: &Process) {
        let waits = |name: &str| {
            process
                .elements()
                .iter()
                .any(|element| element.kind.timer() == Some(&TimerSpec::Deadline(name.to_owned())))
        };
        if waits("klagefrist") && !manifest.serves {
            let message = "Die `klagefrist` beginnt mit der Zustellung (§ 74 Abs. 1 VwGO); die Bescheide dieses Pakets werden nicht zugestellt.";
            let help = "In [procedure] `dispatch = \"zustellung\"` angeben.";
            self.at(manifest.places.procedure, message, help);
        }
        if waits("rechtsbehelfsfrist") && manifest.procedure == Procedure::Vwvfg && !manifest.serves {
            let message = "Nach dem VwVfG beginnt die `rechtsbehelfsfrist` erst mit dem Abruf des Bescheids (§ 41 Abs. 2a VwVfG); \
                           das zählt die Plattform noch nicht.";
            let help =
                "Ein anderes Verfahrensrecht angeben, wenn es gilt, oder den Prozess ohne die Frist enden lassen.";
            self.at(manifest.places.procedure, message, help);
        }
    }

    fn notices(&mut self, manifest: &Manifest, templates: &BTreeMap<String, String>) {
        let names = std::iter::once(&manifest.notices.main).chain(&manifest.notices.enclosures);
        for (name, place) in names.zip(&manifest.places.notices) {
            if !templates.contains_key(name) {
                let mut help = format!("Die Datei notices/{name}.typ anlegen.");
                if !templates.is_empty() {
                    help = format!("{help} {}", suggest(name, templates.keys().map(String::as_str)));
                }
                self.at(*place, format!("Die Vorlage notices/{name}.typ gibt es nicht."), help);
            }
        }
    }

    fn adoptions(&mut self, package: &mut Package) {
        let files = self.files;
        for path in files
            .paths()
            .filter(|path| path.starts_with("adoptions/") && path.ends_with(".toml"))
        {
            let Some(text) = self.text(path, "") else { continue };
            match Adoption::load(package, path, text) {
                Ok(adoption) => package.adoptions.push(adoption),
                Err(findings) => self.findings.extend(findings),
            }
        }
    }

    fn examples(&mut self, package: &mut Package) {
        let files = self.files;
        let base_path = "examples/grunddaten.toml";
        let mut base = None;
        if files.get(base_path).is_some() {
            match self
                .text(base_path, "")
                .map(|text| examples::read_base(base_path, text))
            {
                Some(Ok(value)) => base = Some(value),
                Some(Err(findings)) => self.findings.extend(findings),
                None => {}
            }
        }
        let mut seen = false;
        for path in files
            .paths()
            .filter(|path| path.starts_with("examples/") && path.ends_with(".toml"))
        {
            if path == base_path {
                continue;
            }
            seen = true;
            let Some(text) = self.text(path, "") else { continue };
            match examples::read(path, text, base.as_ref()) {
                Ok(example) => package.examples.push(example),
                Err(findings) => self.findings.extend(findings),
            }
        }
        if !seen {
            self.add(
                "examples",
                "Das Paket hat keine Beispiele.",
                "Mindestens ein Beispiel examples/*.toml anlegen.",
            );
        }
        // A broken package fails its examples anyhow; only a sound one learns something from them.
        if self.findings.is_empty() {
            self.findings
                .extend(package.try_examples().into_iter().flat_map(|trial| trial.failures));
        }
    }
}
