//! A resident's program that uses the machine interface, and what it remembers.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{now, workspace};

/// The residents of the demonstration.
pub const PEOPLE: [&str; 3] = [
    "01930000-0000-7000-8000-000000000001",
    "01930000-0000-7000-8000-000000000002",
    "01930000-0000-7000-8000-000000000003",
];

/// The authorities that have adopted the service.
pub const AUTHORITIES: [&str; 5] = ["15001000", "15002000", "15003000", "15082015", "15085090"];

/// The package's own example of what everybody answers, a month ago; `dangerous` needs a caseworker.
pub fn application(dangerous: bool) -> Value {
    let path = workspace().join("packages/services/hundesteuer/examples/grunddaten.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let given: toml::Table = toml::from_str(&text).unwrap();
    let mut data = plain(&given["application"]);
    let day = |back: u64| {
        now()
            .saturating_sub(Duration::from_secs(back * 86_400))
            .date()
            .to_string()
    };
    let dog = &mut data["G15000000002"];
    dog["F15000000012"] = json!(day(700));
    dog["F15000000015"] = json!(day(30));
    dog["F15000000016"] = json!(dangerous);
    data
}

fn plain(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        toml::Value::Array(items) => items.iter().map(plain).collect(),
        toml::Value::Datetime(date) => json!(date.to_string()),
        other => serde_json::to_value(other).unwrap(),
    }
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub kind: String,
    pub retry: Option<String>,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> reqwest::Result<Answer> {
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let (kind, retry) = (header("content-type").unwrap_or_default(), header("retry-after"));
        let status = response.status();
        Ok(Answer {
            status,
            kind,
            retry,
            bytes: response.bytes().await?.to_vec(),
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text()))
    }

    /// Fails unless it is this status; a problem must say what it is in words.
    #[track_caller]
    pub fn check(&self, status: u16) -> &Answer {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if status >= 400 {
            assert_eq!(self.kind, "application/problem+json", "{}", self.text());
            let problem = self.json();
            assert_eq!(problem["status"], status, "{problem}");
            for word in ["type", "title", "detail", "instance"] {
                assert!(
                    problem[word].as_str().is_some_and(|text| text.len() > 3),
                    "{word}: {problem}"
                );
            }
        }
        self
    }
}

/// One client with one login.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub origin: String,
    pub token: String,
}

impl Client {
    /// Nobody yet.
    pub fn new(origin: &str) -> Client {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .no_proxy()
            .build()
            .unwrap();
        Client {
            http,
            origin: origin.to_owned(),
            token: String::new(),
        }
    }

    /// The same login at a server started anew.
    pub fn at(&self, origin: &str) -> Client {
        Client {
            token: self.token.clone(),
            ..Client::new(origin)
        }
    }

    /// Signs in; no answer is an error.
    pub async fn login(mut self, who: &Value) -> reqwest::Result<Client> {
        let answer = self.post("/api/sessions", who).await?;
        answer.check(201);
        self.token = answer.json()["token"].as_str().unwrap().to_owned();
        Ok(self)
    }

    pub async fn person(origin: &str, person: &str) -> Client {
        let client = Client::new(origin).login(&json!({ "person": person })).await;
        client.unwrap()
    }

    pub async fn staff(origin: &str, staff: &str, authority: &str) -> Client {
        let who = json!({ "staff": staff, "authority": authority });
        Client::new(origin).login(&who).await.unwrap()
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.origin));
        if self.token.is_empty() {
            return request;
        }
        request.bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<Answer> {
        Answer::of(self.request(reqwest::Method::GET, path).send().await?).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        let request = self.request(reqwest::Method::POST, path).json(body);
        Answer::of(request.send().await?).await
    }

    /// Sends an application under a key.
    pub async fn send(&self, authority: &str, key: &str, data: &Value) -> reqwest::Result<Answer> {
        let path = format!("/api/services/hundesteuer/authorities/{authority}/applications");
        let request = self
            .request(reqwest::Method::POST, &path)
            .header("idempotency-key", key);
        Answer::of(request.json(data).send().await?).await
    }

    /// The items of a list.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let answer = self.get(path).await.unwrap();
        answer.check(200).json()["items"].as_array().unwrap().clone()
    }
}

/// One application and what its sender knows of it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub authority: String,
    pub key: String,
    pub dangerous: bool,
    /// From the receipt; `None` while no receipt has come.
    pub reference: Option<String>,
    /// A caseworker was told that it is decided.
    pub decided: bool,
}

impl Sent {
    pub fn path(&self) -> String {
        format!("/api/cases/{}/{}", self.authority, self.key)
    }

    /// Takes a receipt: the first one, or the same again.
    #[track_caller]
    pub fn receive(&mut self, answer: &Answer) {
        assert!(
            matches!(answer.status.as_u16(), 200 | 201),
            "{} {}",
            answer.status,
            answer.text()
        );
        let receipt = answer.json();
        let reference = receipt["reference"].as_str().unwrap().to_owned();
        assert_eq!(receipt["case"], self.key.as_str());
        if let Some(before) = &self.reference {
            assert_eq!(*before, reference, "a second receipt for {}", self.key);
        }
        self.reference = Some(reference);
    }
}
