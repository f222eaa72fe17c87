//! A loaded server that is killed in the middle of anything, again and again, on both engines: what it acknowledged is
//! there, nothing is there twice, nothing is there by half, and what was to follow follows.
//!
//! Nobody stops sending before the kill: residents send applications (anew, again, twice at once), fill in drafts and open
//! notices, a caseworker decides, the server makes PDFs. The moment is drawn from a seed that is printed;
//! `WEGFREI_TEST_SEED` repeats the draw.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use house::applicant::{AUTHORITIES, Client, PEOPLE, Sent, application};
use house::browser::Browser;
use house::{Dice, House};
use serde_json::{Value, json};
use wegfrei_store::{Engine, Store, StoreOptions};

const KILLS: usize = 25;
const MAGDEBURG: &str = "15003000";

/// A resident's program: what it sent, and its login.
struct Resident {
    client: Client,
    dice: Dice,
    sent: Vec<Sent>,
    forms: [Value; 2],
}

impl Resident {
    /// Sends until the server is gone.
    async fn press_on(mut self) -> Resident {
        while self.one().await.is_ok() {
            let pause = self.dice.millis(1, 60);
            tokio::time::sleep(pause).await;
        }
        self
    }

    async fn one(&mut self) -> reqwest::Result<()> {
        let open = self.sent.iter().position(|sent| sent.reference.is_none());
        match (self.dice.below(100), open) {
            // Again what never got a receipt.
            (0..50, Some(at)) => self.send(at).await,
            // Again what got one.
            (50..60, _) if !self.sent.is_empty() => {
                let at = usize::try_from(self.dice.below(self.sent.len() as u64)).unwrap();
                self.send(at).await
            }
            // The same twice at once: one application.
            (60..70, _) => {
                let at = self.new_one();
                let sent = self.sent[at].clone();
                let data = &self.forms[usize::from(sent.dangerous)];
                let (one, two) = tokio::join!(
                    self.client.send(&sent.authority, &sent.key, data),
                    self.client.send(&sent.authority, &sent.key, data)
                );
                for answer in [&one, &two].into_iter().flatten() {
                    self.sent[at].receive(answer);
                }
                one.and(two).map(drop)
            }
            // A notice, as a resident reads it: the reading is recorded.
            (70..80, _) => {
                let answer = self.client.get("/api/mailbox").await?;
                let mailbox = answer.check(200).json();
                let ready: Vec<&str> = mailbox["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(|notice| notice["pdf"].as_str())
                    .collect();
                if !ready.is_empty() {
                    let answer = self.client.get(self.dice.one_of::<&str>(&ready)).await?;
                    assert!(answer.bytes.starts_with(b"%PDF-"), "{}", answer.text());
                }
                Ok(())
            }
            _ => {
                let at = self.new_one();
                self.send(at).await
            }
        }
    }

    fn new_one(&mut self) -> usize {
        self.sent.push(Sent {
            authority: (*self.dice.one_of(&AUTHORITIES)).to_owned(),
            key: self.dice.id(),
            dangerous: self.dice.percent(20),
            reference: None,
            decided: false,
        });
        self.sent.len() - 1
    }

    async fn send(&mut self, at: usize) -> reqwest::Result<()> {
        let sent = self.sent[at].clone();
        let data = &self.forms[usize::from(sent.dangerous)];
        let answer = self.client.send(&sent.authority, &sent.key, data).await?;
        self.sent[at].receive(&answer);
        Ok(())
    }

    /// Everything this resident was told is so.
    async fn settle(mut self) -> Vec<Sent> {
        for at in 0..self.sent.len() {
            let sent = self.sent[at].clone();
            let answer = self.client.get(&sent.path()).await.unwrap();
            if sent.reference.is_some() || answer.status != 404 {
                let case = answer.check(200).json();
                let reference = case["reference"].as_str();
                assert!(reference.is_some(), "half a case: {case}");
                if sent.reference.is_some() {
                    assert_eq!(reference, sent.reference.as_deref(), "{case}");
                }
            }
            // And what nobody knew is so now, once.
            self.send(at).await.unwrap();
        }
        let cases = self.client.list("/api/cases").await;
        let keys: BTreeSet<&str> = cases.iter().map(|case| case["case"].as_str().unwrap()).collect();
        assert_eq!(keys.len(), cases.len(), "a case is listed twice");
        let references: BTreeSet<&str> = cases.iter().filter_map(|case| case["reference"].as_str()).collect();
        let listed: BTreeMap<&str, &Value> = cases
            .iter()
            .map(|case| (case["case"].as_str().unwrap(), case))
            .collect();
        assert!(references.len() >= self.sent.len());
        for sent in &self.sent {
            let status = listed[sent.key.as_str()]["status"].as_str().unwrap();
            let expected: &[&str] = match (sent.dangerous, sent.decided) {
                (true, false) => &["in-review", "decided"],
                _ => &["decided"],
            };
            assert!(expected.contains(&status), "{sent:?} is {status}");
        }
        self.sent
    }
}

/// A caseworker's program: confirms what waits.
struct Caseworker {
    client: Client,
    dice: Dice,
    done: BTreeSet<String>,
}

impl Caseworker {
    async fn press_on(mut self) -> Caseworker {
        while self.one().await.is_ok() {
            let pause = self.dice.millis(5, 80);
            tokio::time::sleep(pause).await;
        }
        self
    }

    async fn one(&mut self) -> reqwest::Result<()> {
        let list = self.client.get("/api/desk/worklist?limit=200").await?.check(200).json();
        let items = list["items"].as_array().unwrap();
        if items.is_empty() {
            return Ok(());
        }
        let item = self.dice.one_of(items);
        let (case, task) = (item["case"].as_str().unwrap(), item["task"].as_str().unwrap());
        assert!(!self.done.contains(case), "{case} was confirmed and waits again");
        let path = format!("/api/desk/cases/{MAGDEBURG}/{case}");
        let opened = self
            .client
            .get(&format!("{path}?purpose=case-work"))
            .await?
            .check(200)
            .json();
        let verdict = json!({ "verdict": "confirm", "version": opened["version"], "reason": "" });
        let answer = self.client.post(&format!("{path}/tasks/{task}"), &verdict).await?;
        answer.check(204);
        self.done.insert(case.to_owned());
        Ok(())
    }
}

/// Somebody who fills in one draft page by page in a browser.
struct Drafter {
    browser: Browser,
    path: Option<String>,
    /// The dog's name as last saved, and one that may have been.
    saved: String,
    doubtful: Option<String>,
    count: u32,
}

const DOG_PAGE: &str = "G15000000002";
const DOG_NAME: &str = "G15000000002.F15000000010";

impl Drafter {
    async fn press_on(mut self) -> Drafter {
        while self.one().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        self
    }

    async fn one(&mut self) -> reqwest::Result<()> {
        let path = match &self.path {
            Some(path) => path.clone(),
            None => {
                self.browser.person(PEOPLE[0]).await?;
                self.path.insert(self.browser.begin().await?).clone()
            }
        };
        let path = format!("{path}/{DOG_PAGE}");
        let page = self.browser.get(&path).await?;
        assert_eq!(page.status, 200, "{}", page.text);
        let shown = page.value(DOG_NAME);
        if self.doubtful.take().is_some_and(|doubtful| doubtful == shown) {
            self.saved = shown;
        } else {
            assert_eq!(shown, self.saved, "the draft is not as it was saved");
        }
        self.count += 1;
        let name = format!("Bello {}", self.count);
        self.doubtful = Some(name.clone());
        let (csrf, version) = (page.value("csrf"), page.value("version"));
        let fields = [
            ("csrf", &*csrf),
            ("version", &version),
            ("weiter", "weiter"),
            (DOG_NAME, &name),
        ];
        let answer = self.browser.post(&path, &fields).await?;
        assert!(
            matches!(answer.status.as_u16(), 200 | 303 | 422),
            "{} {}",
            answer.status,
            answer.text
        );
        (self.saved, self.doubtful) = (name, None);
        Ok(())
    }
}

/// Makes the database take its time with each part of a commit: entries, tables, jobs. What is wrongly acknowledged before
/// the commit, or wrongly written in two transactions, is so for milliseconds on a fast disk, and a kill would rarely meet it.
async fn slow_down(url: &str) {
    let store = Store::open(url, &StoreOptions::default()).await.unwrap();
    let statements: &[&'static str] = match store.engine() {
        Engine::Postgres => &[
            "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END'",
            "CREATE TRIGGER slowly AFTER INSERT ON journal_entry FOR EACH STATEMENT EXECUTE FUNCTION slowly()",
            "CREATE TRIGGER slowly AFTER INSERT ON case_file FOR EACH STATEMENT EXECUTE FUNCTION slowly()",
            "CREATE TRIGGER slowly AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION slowly()",
        ],
        // A trigger of SQLite cannot sleep; it counts.
        Engine::Sqlite => &[
            "CREATE TABLE slowly (number INTEGER)",
            "INSERT INTO slowly VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
            "CREATE TRIGGER slowly_entry AFTER INSERT ON journal_entry BEGIN SELECT count(*) FROM slowly a, slowly b, slowly c, slowly d, slowly e; END",
            "CREATE TRIGGER slowly_file AFTER INSERT ON case_file BEGIN SELECT count(*) FROM slowly a, slowly b, slowly c, slowly d, slowly e; END",
            "CREATE TRIGGER slowly_jobs AFTER INSERT ON jobs BEGIN SELECT count(*) FROM slowly a, slowly b, slowly c, slowly d, slowly e; END",
        ],
    };
    for statement in statements {
        store.execute(statement, &[]).await.unwrap();
    }
    store.close().await;
}

async fn killed_again_and_again(house: House) {
    let begun = Instant::now();
    let mut dice = Dice::new("kill");
    let server = house.start();
    let forms = [application(false), application(true)];
    let mut residents = Vec::new();
    for person in PEOPLE.iter().chain(&PEOPLE[1..2]) {
        residents.push(Resident {
            client: Client::person(&server.origin, person).await,
            dice: dice.fork(),
            sent: Vec::new(),
            forms: forms.clone(),
        });
    }
    let mut caseworker = Caseworker {
        client: Client::staff(&server.origin, "sb-magdeburg-1", MAGDEBURG).await,
        dice: dice.fork(),
        done: BTreeSet::new(),
    };
    let mut drafter = Drafter {
        browser: Browser::new(&server.origin),
        path: None,
        saved: String::new(),
        doubtful: None,
        count: 0,
    };
    server.kill();
    slow_down(&house.url).await;

    for kill in 1..=KILLS {
        let mut server = house.spawn();
        if dice.percent(15) {
            // In the middle of its start.
            std::thread::sleep(dice.millis(0, 250));
            server.kill();
        } else {
            server.wait_until_ready();
            for resident in &mut residents {
                resident.client = resident.client.at(&server.origin);
            }
            caseworker.client = caseworker.client.at(&server.origin);
            drafter.browser.origin.clone_from(&server.origin);
            let working: Vec<_> = residents
                .drain(..)
                .map(|resident| tokio::spawn(resident.press_on()))
                .collect();
            let deciding = tokio::spawn(caseworker.press_on());
            let drafting = tokio::spawn(drafter.press_on());
            tokio::time::sleep(dice.millis(1, 900)).await;
            server.kill();
            for one in working {
                residents.push(one.await.unwrap());
            }
            caseworker = deciding.await.unwrap();
            drafter = drafting.await.unwrap();
        }
        if kill % 5 == 0 {
            let entries = house.assert_clean(&format!("after kill {kill}"));
            eprintln!(
                "{kill} kills, {entries} entries, {:.1} s",
                begun.elapsed().as_secs_f64()
            );
        }
    }

    let server = house.start();
    let mut all = Vec::new();
    for mut resident in residents {
        resident.client = resident.client.at(&server.origin);
        for sent in &mut resident.sent {
            sent.decided = caseworker.done.contains(&sent.key);
        }
        all.extend(resident.settle().await);
    }
    drafter.browser.origin.clone_from(&server.origin);
    drafter.one().await.unwrap();
    let references: BTreeSet<&str> = all.iter().filter_map(|sent| sent.reference.as_deref()).collect();
    assert_eq!(references.len(), all.len(), "two applications have one reference");
    caseworker.client = caseworker.client.at(&server.origin);
    caseworker.one().await.unwrap();
    eprintln!(
        "{} applications, {} confirmed by hand, {} drafts saved; {:.1} s",
        all.len(),
        caseworker.done.len(),
        drafter.count,
        begun.elapsed().as_secs_f64()
    );
    notices_get_made(&server.origin, &all).await;
    eprintln!("all notices are made; {:.1} s", begun.elapsed().as_secs_f64());
    assert_eq!(server.stop().code, Some(0));
    house.assert_clean("at the end");
}

/// Every decided case has its letters, and each letter its PDF. What a killed process had begun is free again after the
/// lease of its jobs.
async fn notices_get_made(origin: &str, all: &[Sent]) {
    let deadline = Instant::now() + Duration::from_secs(180);
    for person in PEOPLE {
        let client = Client::person(origin, person).await;
        loop {
            let decided: BTreeSet<String> = client
                .list("/api/cases")
                .await
                .iter()
                .filter(|case| case["status"] == "decided")
                .map(|case| case["case"].as_str().unwrap().to_owned())
                .collect();
            let mailbox = client.list("/api/mailbox").await;
            let mut letters: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for notice in &mailbox {
                let of = letters.entry(notice["case"].as_str().unwrap()).or_default();
                of.push(notice["template"].as_str().unwrap());
            }
            for case in &decided {
                let of = letters
                    .get(case.as_str())
                    .unwrap_or_else(|| panic!("{case} is decided without a letter"));
                let names: BTreeSet<&str> = of.iter().copied().collect();
                assert!(names.len() == of.len() && names.contains("bescheid"), "{case}: {of:?}");
            }
            let waiting = mailbox.iter().filter(|notice| notice["pdf"].is_null()).count();
            if waiting == 0 {
                assert!(!decided.is_empty() && all.len() >= decided.len());
                let answer = client
                    .get(mailbox.last().unwrap()["pdf"].as_str().unwrap())
                    .await
                    .unwrap();
                assert!(answer.bytes.starts_with(b"%PDF-"), "{}", answer.text());
                break;
            }
            assert!(Instant::now() < deadline, "{waiting} notices have no PDF");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_on_sqlite() {
    killed_again_and_again(House::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_on_postgres() {
    killed_again_and_again(House::postgres().await).await;
}
