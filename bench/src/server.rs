//! The real binary, started and stopped.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Result;
use crate::machine::moment;

/// How long a server may take to start or stop before the measurement gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// `wegfrei demo` on loopback. Killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

/// How it is started.
pub struct Start<'a> {
    /// Folder for keys, secret and SQLite's file.
    pub data: &'a Path,
    /// Address of the database.
    pub database: &'a str,
    /// Workers for PDFs.
    pub workers: u16,
    /// With the demonstration's two cases.
    pub seeded: bool,
    /// Other people than the demonstration's.
    pub directory: Option<&'a Path>,
}

/// The binary under measurement: what `WEGFREI_BIN` names, or the one beside this program.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("WEGFREI_BIN") {
        return Ok(path.into());
    }
    let here = std::env::current_exe()?;
    let path = here.with_file_name("wegfrei");
    if path.is_file() {
        return Ok(path);
    }
    Err(format!(
        "{} is missing; build it: cargo build --release -p wegfrei",
        path.display()
    )
    .into())
}

impl Server {
    /// Starts the process; it may not answer yet.
    pub fn spawn(start: &Start<'_>) -> Result<Server> {
        // A free port now will most likely be free in a moment.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(binary()?);
        command.arg("demo").arg("--data").arg(start.data);
        command.args(["--listen", &address.to_string(), "--database", start.database]);
        command.args(["--workers", &start.workers.to_string()]);
        if !start.seeded {
            command.arg("--empty");
        }
        if let Some(directory) = start.directory {
            command.env("WEGFREI_DIRECTORY", directory);
        }
        let mut child = command
            .env_remove("WEGFREI_LOG")
            .env("WEGFREI_RATE_LIMITS", "false")
            .env_remove("WEGFREI_BIN")
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(stdout) = child.stdout.take() {
            // Somebody must read, or the server would wait or fail when it greets.
            std::thread::spawn(move || {
                BufReader::new(stdout)
                    .lines()
                    .map_while(std::result::Result::ok)
                    .for_each(drop)
            });
        }
        Ok(Server { child, address })
    }

    /// Starts it and waits until it answers.
    pub async fn start(start: &Start<'_>) -> Result<Server> {
        let mut server = Server::spawn(start)?;
        let begin = moment();
        let client = reqwest::Client::builder().no_proxy().build()?;
        loop {
            if let Ok(answer) = client.get(server.url("/healthz")).send().await
                && answer.status().is_success()
            {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server ended by itself ({status})").into());
            }
            if begin.elapsed() > PATIENCE {
                return Err("the server does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The process id.
    pub fn process(&self) -> String {
        self.child.id().to_string()
    }

    /// Asks it to end, as an operator does, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.process()]).status()?;
        let begin = moment();
        while self.child.try_wait()?.is_none() {
            if begin.elapsed() > PATIENCE {
                return Err("the server does not stop".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
