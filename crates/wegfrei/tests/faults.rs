//! What the house does when the world around it fails: no space, no database, no patience, nothing but nonsense. Always an
//! answer in words, nothing acknowledged that is not so, and all is well again as soon as the world is.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use house::applicant::{Client, PEOPLE, Sent, application};
use house::proxy::Proxy;
use house::{Dice, House, Server};
use serde_json::{Value, json};
use wegfrei_store::testing::fill_disk;

const MAGDEBURG: &str = "15003000";

/// One resident, and what they were told.
struct Sender {
    client: Client,
    data: Value,
    dice: Dice,
    sent: Vec<Sent>,
}

impl Sender {
    async fn new(server: &Server, dice: &mut Dice) -> Sender {
        Sender {
            client: Client::person(&server.origin, PEOPLE[0]).await,
            data: application(false),
            dice: dice.fork(),
            sent: Vec::new(),
        }
    }

    /// A new application; whether it was acknowledged. Otherwise the answer is a 503 in words.
    async fn send(&mut self) -> bool {
        let key = self.dice.id();
        self.sent.push(Sent {
            authority: MAGDEBURG.to_owned(),
            key,
            dangerous: false,
            reference: None,
            decided: false,
        });
        self.again(self.sent.len() - 1).await
    }

    async fn again(&mut self, at: usize) -> bool {
        let sent = &mut self.sent[at];
        let answer = self.client.send(&sent.authority, &sent.key, &self.data).await.unwrap();
        if answer.status.is_success() {
            sent.receive(&answer);
            return true;
        }
        answer.check(503);
        assert!(answer.retry.is_some(), "{}", answer.text());
        false
    }

    /// Sends until it is refused.
    async fn until_refused(&mut self) {
        for _ in 0..500 {
            if !self.send().await {
                return;
            }
        }
        panic!("500 applications were accepted in spite of the fault");
    }

    /// Sends what was refused once more, until all is acknowledged: the fault is over and nobody restarted anything.
    async fn recover(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        for at in 0..self.sent.len() {
            while !self.again(at).await {
                assert!(Instant::now() < deadline, "still refused");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        let cases = self.client.list("/api/cases").await;
        assert_eq!(cases.len(), self.sent.len(), "each application is there, and once");
        for sent in &self.sent {
            let case = self.client.get(&sent.path()).await.unwrap();
            assert_eq!(case.check(200).json()["reference"], sent.reference.clone().unwrap());
        }
    }

    /// What does not write still works, and a login is refused in words, unless its few bytes still fit.
    async fn reading_works(&self) {
        for path in ["/", "/leistungen/hundesteuer", "/healthz", "/api/services"] {
            assert_eq!(self.client.get(path).await.unwrap().status, 200, "{path}");
        }
        let login = Client::new(&self.client.origin);
        let answer = login
            .post("/api/sessions", &json!({ "person": PEOPLE[1] }))
            .await
            .unwrap();
        assert!(matches!(answer.status.as_u16(), 201 | 503), "{}", answer.text());
        let kept = self.client.get("/api/cases").await.unwrap().check(200).json();
        let acknowledged = self.sent.iter().filter(|sent| sent.reference.is_some()).count();
        assert!(kept["items"].as_array().unwrap().len() >= acknowledged);
    }
}

/// A small disk of its own.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Option<Disk> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(folder);
        let mounted = mount
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then(|| Disk(folder.to_owned()))
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("filler")).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_on_sqlite() {
    let mut dice = Dice::new("full disk");
    let house = House::sqlite();
    let Some(disk) = Disk::mount(house.data.path()) else {
        eprintln!("skipped: only root may mount a small disk; `a_file_that_may_not_grow` fails in the same place");
        return;
    };
    let server = house.start();
    let mut sender = Sender::new(&server, &mut dice).await;
    assert!(sender.send().await);
    for _ in 0..3 {
        disk.fill();
        sender.until_refused().await;
        assert!(!sender.send().await);
        sender.reading_works().await;
        disk.free();
        sender.recover().await;
    }
    // Killed while it is full: the log of the database holds half a transaction, perhaps.
    disk.fill();
    sender.until_refused().await;
    server.kill();
    disk.free();
    house.assert_clean("killed with a full disk");
    let server = house.start();
    sender.client = sender.client.at(&server.origin);
    sender.recover().await;
    server.kill();
    house.assert_clean("at the end");
}

/// As a quota does: writes fail with another error than on a full disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow() {
    let mut dice = Dice::new("file size");
    let house = House::sqlite();
    let plain = house.command_at(&house.url);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args());
    shell
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null());
    let mut server = Server::spawn(shell);
    server.wait_until_ready();
    let limit = |bytes: &str| {
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &server.id().to_string(), &format!("--fsize={bytes}:")]);
        assert!(prlimit.status().unwrap().success());
    };
    let mut sender = Sender::new(&server, &mut dice).await;
    assert!(sender.send().await);
    let log = house.data.path().join("wegfrei.db-wal");
    for extra in [1, 4096 + 24, 20_000] {
        limit(&(fs::metadata(&log).unwrap().len() + extra).to_string());
        sender.until_refused().await;
        sender.reading_works().await;
        // Many at once, each of which breaks the one writing connection for the others.
        let logins: Vec<_> = (0..6)
            .map(|_| {
                let client = Client::new(&server.origin);
                tokio::spawn(async move {
                    for _ in 0..20 {
                        let answer = client
                            .post("/api/sessions", &json!({ "person": PEOPLE[1] }))
                            .await
                            .unwrap();
                        assert!(matches!(answer.status.as_u16(), 201 | 503), "{}", answer.text());
                    }
                })
            })
            .collect();
        for one in logins {
            one.await.unwrap();
        }
        limit("unlimited");
        sender.recover().await;
    }
    // Workers that cannot work wait, too.
    let complaints = server.log().matches("jobs cannot be read").count();
    assert!(complaints < 20, "{complaints} lines about jobs");
    server.kill();
    house.assert_clean("at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_on_postgres() {
    let mut dice = Dice::new("full disk");
    let house = House::postgres().await;
    let server = house.start();
    let store = house.database().open().await;
    let mut sender = Sender::new(&server, &mut dice).await;
    assert!(sender.send().await);
    fill_disk(&store, "journal_entry", false).await;
    sender.until_refused().await;
    assert!(!sender.send().await);
    assert_eq!(sender.client.get("/api/cases").await.unwrap().status, 200);
    fill_disk(&store, "journal_entry", true).await;
    sender.recover().await;
    server.kill();
    house.assert_clean("at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_to_postgres() {
    let mut dice = Dice::new("lost connection");
    let begun = Instant::now();
    let house = House::postgres().await;
    let proxy = Proxy::before(&house.url);
    let mut server = house.spawn_at(&proxy.url);
    server.wait_until_ready();
    let mut senders = Vec::new();
    for _ in 0..4 {
        senders.push(Sender::new(&server, &mut dice).await);
    }
    // All connections break, again and again, in the middle of work.
    let mut working: Vec<_> = Vec::new();
    for mut sender in senders {
        working.push(tokio::spawn(async move {
            let mut refused = 0;
            for _ in 0..150 {
                if !sender.send().await {
                    refused += 1;
                }
            }
            (sender, refused)
        }));
    }
    let mut cuts = 0;
    while !working.iter().all(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(dice.millis(20, 120)).await;
        proxy.cut();
        cuts += 1;
    }
    let mut all = Vec::new();
    for one in working.drain(..) {
        let (sender, refused) = one.await.unwrap();
        eprintln!("{refused} of 150 refused by {cuts} cuts");
        assert!(sender.sent.iter().any(|sent| sent.reference.is_some()));
        all.push(sender);
    }
    let mut sender = all.pop().unwrap();
    for mut other in all {
        sender.sent.append(&mut other.sent);
    }
    sender.recover().await;

    eprintln!("cut: {:.1} s", begun.elapsed().as_secs_f64());

    // The database is away altogether.
    proxy.stop();
    let stopped = Instant::now();
    assert!(!sender.send().await);
    assert!(
        stopped.elapsed() < Duration::from_secs(30),
        "refused only after {:?}",
        stopped.elapsed()
    );
    assert_eq!(sender.client.get("/").await.unwrap().status, 200);
    sender.client.get("/api/cases").await.unwrap().check(503);
    eprintln!("away: {:.1} s", stopped.elapsed().as_secs_f64());
    proxy.start();
    sender.recover().await;
    eprintln!("back: {:.1} s", begun.elapsed().as_secs_f64());

    // The net stands still for a while and goes on.
    proxy.freeze(true);
    let waiting = tokio::spawn(async move {
        let accepted = sender.send().await;
        (sender, accepted)
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!waiting.is_finished());
    proxy.freeze(false);
    let (mut sender, accepted) = waiting.await.unwrap();
    assert!(accepted);
    sender.recover().await;
    server.kill();
    house.assert_clean("at the end");
}

#[tokio::test]
async fn no_database_at_the_start() {
    let house = House::postgres().await;
    let proxy = Proxy::before(&house.url);
    proxy.stop();
    let server = house.spawn_at(&proxy.url);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    proxy.start();
    // It waited for the database.
    let mut server = server;
    server.wait_until_ready();
    assert_eq!(Client::new(&server.origin).get("/").await.unwrap().status, 200);
}
