//! The real binary as a black box: started, killed, asked over HTTP.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod applicant;
pub mod browser;
pub mod files;
pub mod proxy;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use wegfrei_model::Timestamp;
use wegfrei_store::testing::Database;

/// The binary without any of the caller's environment.
pub fn wegfrei(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wegfrei"));
    command
        .args(arguments)
        .env_clear()
        .env("WEGFREI_RATE_LIMITS", "false")
        .stdin(Stdio::null());
    command
}

/// What a command printed and how it ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Both streams, for messages.
    pub fn all(&self) -> String {
        format!("exit {:?}\n{}{}", self.code, self.out, self.err)
    }

    /// Fails unless the command ended so and said each of these.
    #[track_caller]
    pub fn check(&self, code: i32, said: &[&str]) -> &Ended {
        assert_eq!(self.code, Some(code), "{}", self.all());
        for part in said {
            assert!(
                self.out.contains(part) || self.err.contains(part),
                "`{part}` is missing: {}",
                self.all()
            );
        }
        self
    }
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Ended {
    wegfrei(arguments).output().unwrap().into()
}

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The time now.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap()).unwrap()
}

/// SplitMix64: small, seeded, the same everywhere.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// From `WEGFREI_TEST_SEED`, else from the time; says which.
    pub fn new(test: &str) -> Dice {
        let given = std::env::var("WEGFREI_TEST_SEED")
            .ok()
            .map(|text| text.parse().unwrap());
        let seed = given.unwrap_or_else(|| now().as_unix_millis());
        eprintln!("{test}: WEGFREI_TEST_SEED={seed}");
        Dice(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 up to, not including, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    pub fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    /// Another, independent one.
    pub fn fork(&mut self) -> Dice {
        Dice(self.next())
    }

    /// A UUIDv7 of now.
    pub fn id(&mut self) -> String {
        let millis = now().as_unix_millis() & 0xffff_ffff_ffff;
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            millis >> 16,
            millis & 0xffff,
            a & 0xfff,
            0x8000 | ((a >> 16) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }
}

/// One installation of the demonstration: a database, and a folder with its keys.
pub struct House {
    pub data: TempDir,
    pub url: String,
    database: Option<Database>,
}

impl House {
    pub fn sqlite() -> House {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", data.path().join("wegfrei.db").display());
        House {
            data,
            url,
            database: None,
        }
    }

    pub async fn postgres() -> House {
        let database = Database::postgres().await;
        House {
            data: tempfile::tempdir().unwrap(),
            url: database.url().to_owned(),
            database: Some(database),
        }
    }

    pub fn folder(&self) -> &str {
        self.data.path().to_str().unwrap()
    }

    pub fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// Starts the demonstration without waiting for it.
    pub fn spawn(&self) -> Server {
        self.spawn_at(&self.url)
    }

    /// The same over another address of the same database.
    pub fn spawn_at(&self, url: &str) -> Server {
        Server::spawn(self.command_at(url))
    }

    pub fn command_at(&self, url: &str) -> Command {
        wegfrei(&[
            "demo",
            "--empty",
            "--listen",
            "127.0.0.1:0",
            "--data",
            self.folder(),
            "--database",
            url,
        ])
    }

    /// Starts it and waits until it serves.
    pub fn start(&self) -> Server {
        let mut server = self.spawn();
        server.wait_until_ready();
        server
    }

    pub fn verify(&self) -> Ended {
        let mut command = wegfrei(&["verify"]);
        command
            .env("WEGFREI_DATABASE", &self.url)
            .env("WEGFREI_KEYS", self.data.path().join("keys"))
            .output()
            .unwrap()
            .into()
    }

    /// Fails unless `wegfrei verify` says clean; gives the number of entries.
    #[track_caller]
    pub fn assert_clean(&self, when: &str) -> u64 {
        let ended = self.verify();
        assert!(
            ended.code == Some(0) && ended.out.ends_with("clean\n"),
            "{when}: {}",
            ended.all()
        );
        let (_, rest) = ended.out.split_once(" journals, ").unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    }
}

/// The running binary. Killed when dropped.
pub struct Server {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
    log: File,
    /// `http://127.0.0.1:port`, once it is ready.
    pub origin: String,
}

impl Server {
    pub fn spawn(mut command: Command) -> Server {
        let log = tempfile::tempfile().unwrap();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let out = child.stdout.take().map(BufReader::new);
        Server {
            child,
            out,
            log,
            origin: String::new(),
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads the address the server says when it serves.
    pub fn wait_until_ready(&mut self) {
        let out = self.out.as_mut().unwrap();
        let mut line = String::new();
        while out.read_line(&mut line).unwrap() > 0 {
            if let Some((_, address)) = line.split_once("Wegfrei runs:") {
                self.origin = address.trim().trim_end_matches('/').to_owned();
                return;
            }
            line.clear();
        }
        let status = self.child.wait().unwrap();
        panic!("the server ended at its start: {status}\n{}", self.log());
    }

    /// What it logged.
    pub fn log(&self) -> String {
        use std::os::unix::fs::FileExt as _;
        let mut text = vec![0; usize::try_from(self.log.metadata().unwrap().len()).unwrap()];
        let read = self.log.read_at(&mut text, 0).unwrap();
        String::from_utf8_lossy(&text[..read]).into_owned()
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub fn stop(mut self) -> Ended {
        let done = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(done.success());
        let status = self.child.wait().unwrap();
        let mut out = String::new();
        self.out.take().unwrap().read_to_string(&mut out).unwrap();
        Ended {
            code: status.code(),
            out,
            err: self.log(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(40)..];
            eprintln!("--- the end of the server's log\n{}\n---", last.join("\n"));
        }
    }
}
