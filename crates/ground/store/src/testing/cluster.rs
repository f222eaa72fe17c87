//! A PostgreSQL server for tests and benches, started once and shared: by all tests of this checkout, until none has asked
//! for it for twenty minutes; or by one run of `xtask`, until that ends. Durability is as in production (`fsync` stays on).
//!
//! Only the standard library, because `xtask` compiles this file too.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable with the address of a server to use instead: `postgres://user@host/database`, a user that may create
/// databases.
pub const VARIABLE: &str = "WEGFREI_TEST_PG";

/// What installs the server where it is missing.
pub const INSTALL: &str = "apt-get install -y postgresql-15";

/// The server of one checkout.
pub struct Cluster {
    folder: PathBuf,
    lock: PathBuf,
    /// The process whose end is the server's end.
    owner: Option<u32>,
}

impl Cluster {
    /// The server of the checkout at `workspace`. It lies in the system's folder for temporary files, not under
    /// `target`: when root runs the tests the server runs as user `postgres`, who may not be let into the checkout.
    pub fn of(workspace: &Path) -> Cluster {
        // FNV-1a: one server per checkout and user.
        let owner = fs::metadata("/proc/self").map_or(0, |meta| meta.uid());
        let name = format!("{}:{owner}", workspace.display());
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let folder = std::env::temp_dir().join(format!("wegfrei-postgres-{hash:016x}"));
        Cluster {
            lock: folder.with_extension("lock"),
            folder,
            owner: None,
        }
    }

    /// A server for this process and those it starts, beside the shared one.
    #[allow(dead_code, reason = "only xtask uses it")]
    pub fn own(workspace: &Path) -> Cluster {
        let owner = std::process::id();
        let folder = Cluster::of(workspace).folder.with_extension(owner.to_string());
        Cluster {
            lock: folder.with_extension(format!("{owner}.lock")),
            folder,
            owner: Some(owner),
        }
    }

    /// The address of its maintenance database, starting the server when it does not run.
    ///
    /// # Errors
    /// What went wrong and what to do, for a person.
    pub fn start(&self) -> Result<String, String> {
        let lock = File::create(&self.lock).map_err(|error| format!("{}: {error}", self.lock.display()))?;
        lock.lock()
            .map_err(|error| format!("{}: {error}", self.lock.display()))?;
        if !self.answers() {
            self.create()
                .map_err(|error| format!("cannot start PostgreSQL for tests: {error}"))?;
        }
        // Its age tells the watcher when the server was last wanted.
        File::create(self.folder.join("wanted"))
            .and_then(|mut file| file.write_all(b"\n"))
            .map_err(|error| format!("{}: {error}", self.folder.display()))?;
        Ok(format!(
            "postgres://postgres@localhost/postgres?host={}",
            self.folder.display()
        ))
    }

    /// Stops the server and deletes its data; does nothing when it does not run.
    #[allow(dead_code, reason = "only xtask uses it")]
    pub fn stop(&self) {
        let Ok(lock) = File::create(&self.lock) else { return };
        if lock.lock().is_ok() {
            self.remove();
            let _ = fs::remove_file(&self.lock);
        }
    }

    fn answers(&self) -> bool {
        UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_ok()
    }

    fn remove(&self) {
        if let (true, Ok(bin)) = (self.folder.join("data/postmaster.pid").exists(), programs()) {
            let _ = as_server(&bin.join("pg_ctl"))
                .args(["stop", "--silent", "--mode", "immediate", "--pgdata"])
                .arg(self.folder.join("data"))
                .status();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn create(&self) -> Result<(), String> {
        let bin = programs()?;
        self.remove();
        let data = self.folder.join("data");
        let fail = |error: io::Error| format!("{}: {error}", self.folder.display());
        fs::create_dir_all(&self.folder).map_err(fail)?;
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700)).map_err(fail)?;
        if is_root() {
            let (user, group) = (id_of("-u")?, id_of("-g")?);
            chown(&self.folder, Some(user), Some(group)).map_err(fail)?;
        }
        // Only the copying of the empty cluster is not flushed; the server itself runs with fsync.
        run(as_server(&bin.join("initdb"))
            .args([
                "--no-sync",
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--pgdata",
            ])
            .arg(&data))?;
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 300\nfsync = on\n\
             max_wal_size = '2GB'\nlog_min_messages = error\nlog_min_error_statement = panic\n",
            self.folder.display()
        );
        File::options()
            .append(true)
            .open(data.join("postgresql.conf"))
            .and_then(|mut file| file.write_all(settings.as_bytes()))
            .map_err(fail)?;
        run(as_server(&bin.join("pg_ctl"))
            .args(["start", "--silent", "--wait", "--pgdata"])
            .arg(&data)
            .arg("--log")
            .arg(self.folder.join("log")))?;
        self.watch(&bin).map_err(fail)
    }

    /// Leaves a shell behind that stops the server when nobody needs it any more.
    fn watch(&self, bin: &Path) -> io::Result<()> {
        let script = r#"
            wanted() { if [ -n "$4" ]; then [ -d "/proc/$4" ]; else [ -n "$(find "$1/wanted" -mmin -20)" ]; fi; }
            while sleep 60; do
                [ -d "$1" ] || exit 0
                exec 9<"$2" && flock 9
                wanted "$@" || { "$3" stop --silent --mode immediate --pgdata "$1/data"; rm -rf "$1"; exit 0; }
                exec 9<&-
            done"#;
        let mut shell = as_server(Path::new("sh"));
        shell
            .args(["-c", script, "sh"])
            .arg(&self.folder)
            .arg(&self.lock)
            .arg(bin.join("pg_ctl"));
        shell.arg(self.owner.map(|owner| owner.to_string()).unwrap_or_default());
        shell
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        shell.spawn().map(drop)
    }
}

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

fn id_of(flag: &str) -> Result<u32, String> {
    let missing = || format!("there is no user postgres; run: {INSTALL}");
    let output = Command::new("id")
        .args([flag, "postgres"])
        .output()
        .map_err(|error| format!("id: {error}"))?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|_| missing())
}

/// The folder with the server's programs: Debian's newest, else where the search path has `initdb`.
pub(crate) fn programs() -> Result<PathBuf, String> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(version, bin)| *version >= 15 && bin.join("initdb").exists())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return Ok(bin);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .ok_or_else(|| format!("PostgreSQL 15 is not installed; run: {INSTALL}"))
}

/// A command as the user the server may run as: never root.
fn as_server(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    // A file, not a pipe: the server inherits it and would keep a pipe open.
    let output = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    match output {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown} ended with {status}")),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}
