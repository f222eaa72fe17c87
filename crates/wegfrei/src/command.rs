//! The command line.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use wegfrei_journal::{Keys, VerifyOptions};

use crate::config::Config;
use crate::platform::{Error, Platform, migrate, migrations, open_store, projections, sqlite_file};
use crate::{ambient, decision, demo, form, http, jobs, package, proof};

/// Operating platform of a public administration: portal, desk, decisions, and a record that everybody can verify.
#[derive(Parser)]
#[command(name = "wegfrei", version, about, max_term_width = 110)]
pub struct Line {
    /// Configuration file (TOML) of serve, verify, migrate and jobs. Keys: docs/configuration.md. Each can be overridden by
    /// WEGFREI_<KEY>.
    #[arg(long, short, global = true, env = "WEGFREI_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal, the desk and the machine interface. Refuses to start with demonstration logins.
    Serve,
    /// Start everything on this machine with invented people and cases. Nothing to configure.
    Demo {
        /// Where to keep the demonstration's database and keys; made when missing. Delete it to start anew.
        #[arg(long, default_value = "demo-data")]
        data: PathBuf,
        /// Address and port.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: std::net::SocketAddr,
        /// Another database, for example postgres://user:password@localhost/wegfrei.
        #[arg(long)]
        database: Option<String>,
        /// Start with an empty database: no cases from before.
        #[arg(long)]
        empty: bool,
        /// Workers for PDFs and deadlines; with 0 no PDF is made.
        #[arg(long, default_value_t = 1)]
        workers: u16,
        /// A package of your own to offer beside the others: its folder. May be given several times.
        #[arg(long)]
        package: Vec<PathBuf>,
    },
    /// Compute everything again from the journal and compare: every hash, tree, signature and table. Names the first bad entry.
    Verify {
        /// The demonstration's data folder instead of a configuration.
        #[arg(long)]
        data: Option<PathBuf>,
        /// The demonstration's database, when it was started with one.
        #[arg(long, requires = "data")]
        database: Option<String>,
        /// A signed checkpoint seen earlier (file); today's journal must continue it. May be given several times.
        #[arg(long)]
        checkpoint: Vec<PathBuf>,
    },
    /// Bring the database's tables to this version.
    Migrate {
        /// Make the database's file when there is none. Without it a mistyped path is an error, and not an empty database.
        #[arg(long)]
        create: bool,
    },
    /// Jobs that failed too often: see them, let them run again.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Work on service packages.
    #[command(subcommand)]
    Package(PackageCommand),
    /// Work on forms (FIM XDatenfelder).
    #[command(subcommand)]
    Form(FormCommand),
    /// Check the tables of a decision model; compare two versions of one.
    #[command(subcommand)]
    Decision(DecisionCommand),
    /// Check proofs that residents took home from the data cockpit.
    #[command(subcommand)]
    Proof(ProofCommand),
    /// Decide one application with a service package and print result and explanation as JSON.
    ///
    /// The input is a JSON file: {"authority": "15003000", "date": "2026-11-23", "application": {…form data by element id…}}
    /// or, instead of "application", "facts": {…the decision's input `antrag`…}. See docs/authoring.md.
    Decide {
        /// The package's folder, for example packages/services/hundesteuer.
        package: PathBuf,
        /// The input file.
        #[arg(long)]
        input: PathBuf,
    },
}

#[derive(Subcommand)]
enum JobsCommand {
    /// Print the waiting jobs by kind, and every dead one with the reason of its last failure.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Let a dead job run again; a running server takes it up within half a minute.
    Retry {
        /// The authority's AGS, the first column of `jobs list`.
        authority: String,
        /// The job's id, the second column.
        id: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Which database, when it is not the configuration's.
#[derive(clap::Args)]
struct Place {
    /// The demonstration's data folder instead of a configuration.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The demonstration's database, when it was started with one.
    #[arg(long, requires = "data")]
    database: Option<String>,
}

#[derive(Subcommand)]
enum ProofCommand {
    /// Check a proof file offline: does its entry stand in the signed journal?
    ///
    /// Needs nothing but the file and, better, the key the authority publishes. Exit code 0: proven.
    Check {
        /// The file, as downloaded.
        file: PathBuf,
        /// The authority's public key as published: wegfrei/<AGS>+<hash>+<base64>. Without it, compare the key that is printed.
        #[arg(long)]
        key: Option<String>,
    },
}

#[derive(Subcommand)]
enum FormCommand {
    /// Print as JSON what a form is made of, how many of its rules work, and everything found in it.
    Check {
        #[command(flatten)]
        source: form::Source,
        /// Also print each rule as it was understood.
        #[arg(long)]
        readings: bool,
    },
    /// Serve a form on this machine, to click through it with its rules.
    Preview {
        #[command(flatten)]
        source: form::Source,
        /// Address and port on this machine.
        #[arg(long, default_value = "127.0.0.1:8090")]
        listen: std::net::SocketAddr,
    },
    /// Print the JSON Schema (2020-12) of a form's data.
    Schema {
        #[command(flatten)]
        source: form::Source,
    },
}

#[derive(Subcommand)]
enum DecisionCommand {
    /// Say what the tables leave open, and where their rules contradict each other.
    ///
    /// Exit code 1: there are contradictions, unreachable rules, or gaps that an application can reach.
    Check {
        /// The model (DMN).
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say which inputs a new version of a model decides otherwise, with examples.
    ///
    /// Exit code 0: both versions decide alike, as far as that can be told.
    Diff {
        /// The old version (DMN).
        old: PathBuf,
        /// The new version.
        new: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum PackageCommand {
    /// Say everything that is wrong with a package: file, line, and how to mend it.
    Check {
        /// The package's folder.
        folder: PathBuf,
    },
    /// Run a package's examples.
    Test {
        /// The package's folder.
        folder: PathBuf,
    },
    /// Decide one of a package's examples and set the letter as PDF, marked as a draft.
    Letter {
        /// The package's folder.
        folder: PathBuf,
        /// The example's file, for example examples/01-erteilt.toml.
        example: PathBuf,
        /// Where to put the PDF.
        #[arg(long)]
        output: PathBuf,
    },
}

impl Place {
    fn config(self, file: Option<&Path>) -> Result<Config, Error> {
        match self.data {
            Some(data) => Ok(demo::config(&data, Config::default().listen, self.database)),
            None => load(file),
        }
    }
}

/// Runs one command.
pub fn run(line: Line) -> Result<ExitCode, Error> {
    match line.command {
        Command::Package(PackageCommand::Check { folder }) => package::check(&folder),
        Command::Package(PackageCommand::Test { folder }) => package::test(&folder),
        Command::Package(PackageCommand::Letter {
            folder,
            example,
            output,
        }) => package::letter(&folder, &example, &output),
        Command::Form(FormCommand::Check { source, readings }) => form::check(&source, readings),
        Command::Form(FormCommand::Schema { source }) => form::schema(&source),
        Command::Form(FormCommand::Preview { source, listen }) => runtime()?.block_on(form::preview(&source, listen)),
        Command::Decision(DecisionCommand::Check { file, json }) => decision::check(&file, json),
        Command::Decision(DecisionCommand::Diff { old, new, json }) => decision::compare(&old, &new, json),
        Command::Proof(ProofCommand::Check { file, key }) => proof::check(&file, key.as_deref()),
        Command::Decide { package, input } => decide(&package, &input),
        Command::Serve => {
            let config = load(line.config.as_deref())?;
            ready_for_production(&config)?;
            runtime()?.block_on(serve(&config))
        }
        Command::Demo {
            data,
            listen,
            database,
            empty,
            workers,
            package,
        } => {
            if let Some(file) = &line.config {
                return Err(format!(
                    "`wegfrei demo` takes no configuration file ({}, from --config or WEGFREI_CONFIG); its options: wegfrei demo \
                     --help. With a configuration: wegfrei serve",
                    file.display()
                )
                .into());
            }
            let config = Config {
                workers,
                added: package,
                ..demo::config(&data, listen, database)
            };
            log(&config)?;
            runtime()?.block_on(demo::run(&config, empty))
        }
        Command::Verify {
            data,
            database,
            checkpoint,
        } => {
            let config = Place { data, database }.config(line.config.as_deref())?;
            runtime()?.block_on(verify(&config, &checkpoint))
        }
        Command::Jobs(JobsCommand::List { place }) => {
            let config = place.config(line.config.as_deref())?;
            runtime()?.block_on(jobs::list(&config))
        }
        Command::Jobs(JobsCommand::Retry { authority, id, place }) => {
            let config = place.config(line.config.as_deref())?;
            runtime()?.block_on(jobs::retry(&config, &authority, &id))
        }
        Command::Migrate { create } => {
            let config = load(line.config.as_deref())?;
            if let Some(file) =
                sqlite_file(&config).filter(|file| !create && !file.exists() && !file.as_os_str().is_empty())
            {
                return Err(format!(
                    "there is no database {}: check `database`, or make a new one with --create",
                    file.display()
                )
                .into());
            }
            runtime()?.block_on(async {
                migrate(&open_store(&config).await?).await?;
                say("The database is up to date.");
                Ok(ExitCode::SUCCESS)
            })
        }
    }
}

/// What a command answers, on standard output. Whoever reads it may stop before the end (`| head`): that is no error.
pub fn say(text: &str) {
    use std::io::Write as _;
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => eprintln!("wegfrei: {error}"),
        Err(_) | Ok(()) => {}
    }
}

fn load(file: Option<&Path>) -> Result<Config, Error> {
    let config = Config::load(file, std::env::vars())?;
    log(&config)?;
    Ok(config)
}

fn log(config: &Config) -> Result<(), Error> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .map_err(|error| format!("`log` = \"{}\": {error}", config.log))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second subscriber in one process (tests) is no error worth stopping for.
    let _ = if config.log_json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Says at once everything that stands between this configuration and production.
fn ready_for_production(config: &Config) -> Result<(), Error> {
    let mut missing: Vec<String> = Vec::new();
    if config.demonstration {
        missing.push(
            "demonstration = true: anybody could log in as anybody. Switch it off, or use `wegfrei demo`.".to_owned(),
        );
    }
    if !config.public_url.starts_with("https://") {
        missing.push("public_url must begin with https:// (session cookies are Secure; notices print it).".to_owned());
    }
    if config.directory.is_none() {
        missing.push("directory is not set: nobody of the staff is known.".to_owned());
    }
    // It speaks plain HTTP, so something that ends TLS stands before it, and has one address for everybody.
    if config.rate_limits && !config.behind_proxy {
        missing.push(
            "behind_proxy is not true: all visitors would share the address of the proxy that ends TLS, and its limits. Let the proxy \
             set X-Forwarded-For, or switch rate_limits off."
                .to_owned(),
        );
    }
    for (key, file, why) in config.legal() {
        if file.is_none() {
            missing.push(format!("{key} is not set: {why}"));
        }
    }
    if missing.is_empty() {
        if config.mail_server.is_none() {
            tracing::warn!(
                "no mail_server is set: nobody can be told by e-mail, every notice has to be printed and posted"
            );
        }
        tracing::warn!(
            "no login service is connected yet (BundID, staff single sign-on): nobody can log in; machines cannot send"
        );
        return Ok(());
    }
    Err(format!("not ready for production:\n  - {}", missing.join("\n  - ")).into())
}

async fn serve(config: &Config) -> Result<ExitCode, Error> {
    let platform = Platform::start(config).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    run_platform(config, platform, listener).await
}

/// Serves and works on jobs until a signal comes.
pub async fn run_platform(config: &Config, platform: Platform, listener: TcpListener) -> Result<ExitCode, Error> {
    let workers: Vec<_> = (0..config.workers)
        .map(|_| {
            let cases = platform.cases.clone();
            tokio::spawn(async move { cases.work().await })
        })
        .collect();
    let router = platform.router(config);
    let served = http::serve(listener, router).await;
    for worker in workers {
        worker.abort();
    }
    platform.close().await;
    served.map(|()| ExitCode::SUCCESS)
}

async fn verify(config: &Config, checkpoints: &[PathBuf]) -> Result<ExitCode, Error> {
    let started = ambient::moment();
    let mut earlier = Vec::new();
    for path in checkpoints {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        earlier.push(text);
    }
    // Opening would make what is missing, and an empty database is always clean.
    if let Some(file) = sqlite_file(config).filter(|file| !file.exists()) {
        return Err(format!("there is no database {}: check `database`, or `--data`", file.display()).into());
    }
    if !config.keys.is_dir() {
        return Err(format!(
            "there is no folder of keys {}: check `keys`, or `--data`",
            config.keys.display()
        )
        .into());
    }
    let store = open_store(config).await?;
    if !store.is_migrated(&migrations()).await? {
        return Err("the database is not of this version: run `wegfrei migrate` first".into());
    }
    let keys = Keys::open(&config.keys)?;
    let report = wegfrei_journal::verify(&store, &keys, &projections(), &VerifyOptions { earlier }).await?;
    for finding in &report.findings {
        say(&format!("{finding}"));
    }
    say(&format!(
        "{} journals, {} entries checked in {:.1} s: {}",
        report.authorities,
        report.entries,
        started.elapsed().as_secs_f64(),
        if report.is_clean() {
            "clean".to_owned()
        } else {
            format!("{} findings", report.findings.len())
        }
    ));
    store.close().await;
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DecideInput {
    authority: String,
    date: String,
    /// Day of receipt; that of the decision when missing.
    received: Option<String>,
    application: Option<serde_json::Value>,
    facts: Option<serde_json::Value>,
    /// What a caseworker would set or correct: inputs by name.
    #[serde(default)]
    desk: serde_json::Map<String, serde_json::Value>,
    /// Values of the authority to try instead of its own.
    #[serde(default)]
    parameters: serde_json::Map<String, serde_json::Value>,
}

fn decide(folder: &Path, input: &Path) -> Result<ExitCode, Error> {
    let package = match package::load(folder)? {
        Ok(package) => package,
        Err(code) => return Ok(code),
    };
    let wrong = |error: String| Error::from(format!("{}: {error}", input.display()));
    let text = std::fs::read_to_string(input).map_err(|error| wrong(error.to_string()))?;
    let input: DecideInput = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let day = |name: &str, text: &str| {
        text.parse::<wegfrei_model::Date>()
            .map_err(|_| wrong(format!("`{name}` must be YYYY-MM-DD")))
    };
    let date = day("date", &input.date)?;
    let received = match &input.received {
        Some(text) => day("received", text)?,
        None => date,
    };
    let adoption = package
        .adoptions()
        .iter()
        .find(|adoption| adoption.authority().to_string() == input.authority);
    let adoption =
        adoption.ok_or_else(|| wrong(format!("authority {} has not adopted the service", input.authority)))?;
    let adoption = adoption.with(&package, &input.parameters).map_err(wrong)?;
    let mut facts = match (input.application, input.facts) {
        (Some(application), None) => {
            let problems = package.form().validate_json(&application, received);
            if !problems.is_empty() {
                say(&serde_json::to_string_pretty(
                    &serde_json::json!({ "problems": problems }),
                )?);
                return Ok(ExitCode::FAILURE);
            }
            package.facts(&application, received)
        }
        (None, Some(facts)) => facts,
        _ => return Err(wrong("give either `application` or `facts`".to_owned())),
    };
    for (name, value) in input.desk {
        package.check_correction(&name, &value).map_err(wrong)?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert(name, value);
        }
    }
    let decided = package
        .decide_facts(&adoption, "entscheidung", &facts, date)
        .map_err(|error| error.to_string())?;
    say(&serde_json::to_string_pretty(&decided)?);
    Ok(ExitCode::SUCCESS)
}
