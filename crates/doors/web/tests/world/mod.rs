//! A whole portal on a database of its own: real packages, real journal, real SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, missing_docs)]

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower::ServiceExt;
use wegfrei_cases::{Cases, Parts};
use wegfrei_identity::{Directory, Policies, Sessions};
use wegfrei_journal::{Journal, JournalOptions, Keys};
use wegfrei_model::Timestamp;
use wegfrei_model::ambient::{Ambient, FixedClock, fixed_with_clock};
use wegfrei_notices::Typesetter;
use wegfrei_packages::{Catalogue, Files};
use wegfrei_store::{Store, StoreOptions};
use wegfrei_web::rate::Rules;
use wegfrei_web::{WebOptions, WebParts, WebState, router};

pub const ERIKA: &str = "0190b3c0-0000-7000-8000-000000000001";
pub const ALI: &str = "0190b3c0-0000-7000-8000-000000000002";

const PEOPLE: &str = r#"
[[person]]
id = "0190b3c0-0000-7000-8000-000000000001"
given_names = "Erika"
family_name = "Lehmann"
birth_date = "1948-05-17"
street = "Lindenweg"
house_number = "7"
postal_code = "39104"
town = "Magdeburg"

[[person]]
id = "0190b3c0-0000-7000-8000-000000000002"
given_names = "Ali"
family_name = "Öztürk"
birth_date = "1990-01-02"
street = "Marktplatz"
house_number = "1"
postal_code = "06108"
town = "Halle (Saale)"

[[staff]]
id = "s-muster"
authority = "15003000"
name = "Jürgen Muster"
roles = ["caseworker"]

[[staff]]
id = "s-zwei"
authority = "15003000"
name = "Zita Zwei"
roles = ["caseworker"]

[[staff]]
id = "s-leitung"
authority = "15003000"
name = "Lena Leitung"
roles = ["team-lead"]

[[staff]]
id = "s-schutz"
authority = "15003000"
name = "Norbert Schutz"
roles = ["data-protection-officer"]

[[staff]]
id = "s-revision"
authority = "15003000"
name = "Ines Prüfer"
roles = ["auditor"]

[[staff]]
id = "s-betrieb"
authority = "15003000"
name = "Uwe Technik"
roles = ["operator"]

[[staff]]
id = "s-halle"
authority = "15002000"
name = "Petra Saale"
roles = ["caseworker"]
"#;

pub struct World {
    pub app: Router,
    pub cases: Cases,
    pub clock: Arc<FixedClock>,
    pub store: Store,
    ambient: Ambient,
    folder: Arc<tempfile::TempDir>,
}

pub async fn world() -> World {
    world_with(|_| {}).await
}

pub async fn world_with(change: impl FnOnce(&mut WebOptions)) -> World {
    world_of(Catalogue::from_folder(packages()).unwrap(), change).await
}

/// A letter with what a request prints.
const LETTER: &str = r##"#import "/wegfrei.typ": *
#import "/data.typ": data
#show: letter.with(sender: data.behoerde, recipient: data.empfaenger, reference: (("Aktenzeichen", data.aktenzeichen),),
  subject: "Schreiben", demonstration: data.demonstration)
#data.nachforderung.text
#list(..data.nachforderung.unterlagen)
"##;

/// With the service `voll` beside the real ones: the Hundesteuer with a process that knows every kind of work.
pub async fn world_full() -> World {
    world_of(Catalogue::load(&full()).unwrap(), |_| {}).await
}

/// The packages of [`world_full`].
pub fn full() -> Files {
    let real = Files::from_folder(packages()).unwrap();
    let mut files = real.clone();
    for (path, bytes) in real.under("services/hundesteuer").iter() {
        if path.starts_with("examples/") && path != "examples/grunddaten.toml" {
            continue;
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = match path {
            "package.toml" => text.replace("id = \"hundesteuer\"", "id = \"voll\""),
            _ if path.starts_with("adoptions/") => text.replace("service = \"hundesteuer\"", "service = \"voll\""),
            _ => text,
        };
        files
            .insert(&format!("services/voll/{path}"), text.into_bytes())
            .unwrap();
    }
    let process = include_str!("../../../../capabilities/cases/tests/common/full.bpmn");
    let example = "name = \"Voll\"\nauthority = \"15003000\"\ndate = 2026-03-18\n[expect]\ntasks = [\"Antrag prüfen\"]\n[expect.value]\njahressteuer_cent = 9600\n";
    for (path, text) in [
        ("process.bpmn", process),
        ("notices/nachforderung.typ", LETTER),
        ("notices/erinnerung.typ", LETTER),
        ("examples/01.toml", example),
    ] {
        files
            .insert(&format!("services/voll/{path}"), text.as_bytes().to_vec())
            .unwrap();
    }
    files
}

pub fn packages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages")
}

/// A portal with these packages.
pub async fn world_of(catalogue: Catalogue, change: impl FnOnce(&mut WebOptions)) -> World {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let url = format!("sqlite:{}", folder.path().join("wegfrei.db").display());
    let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
    let mut migrations = wegfrei_journal::migrations();
    migrations.extend(wegfrei_identity::migrations());
    migrations.extend(wegfrei_cases::migrations());
    store.migrate(&migrations).await.unwrap();
    let (ambient, clock) = fixed_with_clock(Timestamp::parse("2026-03-18T09:15:00Z").unwrap());
    let keys = Keys::open(folder.path().join("keys")).unwrap();
    for authority in catalogue.places().all() {
        keys.get_or_create(authority.id, ambient.random.as_ref()).unwrap();
    }
    started(store, folder, (ambient, clock), catalogue, change)
}

fn started(
    store: Store,
    folder: Arc<tempfile::TempDir>,
    (ambient, clock): (Ambient, Arc<FixedClock>),
    catalogue: Catalogue,
    change: impl FnOnce(&mut WebOptions),
) -> World {
    let keys = Keys::open(folder.path().join("keys")).unwrap();
    let directory = Directory::parse(PEOPLE).unwrap();
    let policies = Policies::load(directory.clone()).unwrap();
    let journal = Journal::start(
        store.clone(),
        keys,
        ambient.clone(),
        Arc::new(policies.clone()),
        JournalOptions::default(),
    );
    let cases = Cases::new(Parts {
        journal,
        store: store.clone(),
        catalogue,
        policies,
        ambient: ambient.clone(),
        typesetter: Typesetter::new(),
        check_url: "http://localhost".to_owned(),
    });
    let secret = [7; 32];
    let sessions = Sessions::new(store.clone(), ambient.clone(), &secret);
    let mut options = WebOptions {
        demo: true,
        https: false,
        per_address: Rules::unlimited(),
        per_session: Rules::unlimited(),
        ..WebOptions::default()
    };
    change(&mut options);
    let state = WebState::new(WebParts {
        cases: cases.clone(),
        sessions,
        directory,
        ambient: ambient.clone(),
        secret,
        options,
    });
    World {
        app: router(state),
        cases,
        clock,
        store,
        ambient,
        folder,
    }
}

impl World {
    /// The same portal, started again with these packages; whoever was signed in still is.
    pub fn restarted(&self, files: &Files) -> World {
        let clock = (self.ambient.clone(), Arc::clone(&self.clock));
        let catalogue = Catalogue::load(files).unwrap();
        started(self.store.clone(), Arc::clone(&self.folder), clock, catalogue, |_| {})
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn to(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) = text
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no {name} in {text}"));
        rest.split('"').next().unwrap().to_owned()
    }

    /// Visible text without tags, one blank between words.
    pub fn words(&self) -> String {
        let text = self.text();
        let mut words = String::new();
        let mut inside = false;
        for letter in text.chars() {
            match letter {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    words.push(' ');
                }
                _ if !inside => words.push(letter),
                _ => {}
            }
        }
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A browser with its cookies.
pub struct Browser {
    app: Router,
    pub cookies: BTreeMap<String, String>,
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

impl World {
    pub fn browser(&self) -> Browser {
        Browser {
            app: self.app.clone(),
            cookies: BTreeMap::new(),
        }
    }

    pub async fn citizen(&self, person: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.get("/anmelden").await;
        let answer = browser
            .post("/anmelden", &[("csrf", &page.hidden("csrf")), ("person", person)])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        browser
    }

    pub async fn official(&self, member: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.get("/anmelden").await;
        let answer = browser
            .post("/anmelden", &[("csrf", &page.hidden("csrf")), ("amt", member)])
            .await;
        assert_eq!(answer.to(), "/amt", "{}", answer.text());
        browser
    }

    /// Any member of staff; where they begin depends on their role.
    pub async fn staff(&self, authority: &str, id: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.get("/anmelden").await;
        let member = format!("{authority}/{id}");
        let answer = browser
            .post("/anmelden", &[("csrf", &page.hidden("csrf")), ("amt", &member)])
            .await;
        assert!(answer.to().starts_with("/amt"), "{}", answer.text());
        browser
    }
}

impl Browser {
    pub async fn send(&mut self, request: axum::http::request::Builder, body: impl Into<Body>) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(header::COOKIE, cookies.join("; "))
            .body(body.into())
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec();
        Answer { status, headers, bytes }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// Gets and follows redirects.
    pub async fn follow(&mut self, path: &str) -> Answer {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let answer = self.get(&path).await;
            if !answer.status.is_redirection() {
                return answer;
            }
            path = answer.to().to_owned();
        }
        panic!("redirects in a circle at {path}")
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body.join("&")).await
    }

    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let (name, file_name, bytes) = file;
        body.extend(
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n--xyz--\r\n");
        let request = Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=xyz");
        self.send(request, body).await
    }
}

/// An application for Wohngeld in Magdeburg: a family of four, where the partner earns `cents` a month; 0 for nothing.
pub fn wohngeld(world: &World, cents: i64) -> serde_json::Value {
    use serde_json::json;
    let package = world.cases.catalogue().package("wohngeld").unwrap();
    let mut examples = package.examples().iter();
    let example = examples.find(|example| example.file.contains("05-familie")).unwrap();
    let mut data = example.application.clone();
    data["G15000100002"]["F15000100010"] = json!("15003000");
    if cents > 0 {
        let partner = &mut data["G15000100007"][0];
        for field in ["F15000100081", "F15000100086", "F15000100087", "F15000100088"] {
            partner[field] = json!(true);
        }
        partner["G15000100071"] = json!([{ "F15000100082": "arbeit", "F15000100083": cents, "F15000100084": "monat" }]);
    }
    data
}
