//! Pages of the portal over loopback: the whole answer, as the visitor waits for it. One client alone shows the server's
//! time, many without a pause show how many it can serve; their times are then mostly waiting for each other.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::StatusCode;

use crate::figure::{Figure, Goal, Reporter};
use crate::house;
use crate::http::Visitor;
use crate::measure::{Client, floods};
use crate::server::{Server, Start};
use crate::{Effort, Result};

/// The page about the dog.
const PAGE: &str = "G15000000002";
/// Below what one address and one session may ask at once; then another visitor comes.
const REQUESTS: u32 = 140;

#[derive(Clone)]
enum Page {
    /// Anybody's.
    Public(&'static str),
    /// A page of a form being filled in, by somebody signed in.
    Form { path: String, person: String },
    /// As [`Page::Form`], answered; one operation is the answer alone. A draft is answered ten times, as one form is.
    Answer { person: String },
}

struct Reader {
    server: SocketAddr,
    page: Page,
    visitor: Visitor,
    left: u32,
    rounds: u32,
    /// The draft being answered.
    draft: String,
    /// Visitors do not come all at once.
    comes_after: Duration,
    /// How long the visitor looks at a page before asking for the next.
    reads: Duration,
}

impl Reader {
    async fn new(server: SocketAddr, page: Page, reads: Duration, comes_after: Duration) -> Result<Reader> {
        let visitor = Reader::visitor(server, &page).await?;
        Ok(Reader {
            server,
            page,
            visitor,
            left: REQUESTS,
            rounds: 0,
            draft: String::new(),
            comes_after,
            reads,
        })
    }

    /// Another visitor, whose connection is open and whose place is chosen.
    async fn visitor(server: SocketAddr, page: &Page) -> Result<Visitor> {
        let mut visitor = Visitor::new(server)?;
        if let Page::Form { person, .. } | Page::Answer { person } = page {
            let token = visitor.token(person).await?;
            visitor.set("sitzung", &token);
        }
        visitor
            .get("/ort?suche=Magdeburg&zurueck=/")
            .await?
            .expect(StatusCode::SEE_OTHER)?;
        Ok(visitor)
    }
}

impl Client for Reader {
    async fn once(&mut self) -> Result<(u64, Duration)> {
        if !self.reads.is_zero() {
            tokio::time::sleep(std::mem::take(&mut self.comes_after) + self.reads).await;
        }
        if self.left == 0 {
            self.visitor = Reader::visitor(self.server, &self.page).await?;
            self.left = REQUESTS;
        }
        self.left -= 1;
        let path = match &self.page {
            Page::Public(path) => (*path).to_owned(),
            Page::Form { path, .. } => path.clone(),
            Page::Answer { .. } => {
                if self.rounds.is_multiple_of(10) {
                    if !self.draft.is_empty() {
                        discard(&mut self.visitor, &self.draft).await?;
                    }
                    self.draft = begin(&mut self.visitor).await?;
                }
                format!("{}/{PAGE}", self.draft)
            }
        };
        let shown = self.visitor.get(&path).await?.expect(StatusCode::OK)?;
        let Page::Answer { .. } = self.page else {
            return Ok((1, shown.took));
        };
        self.left = self.left.saturating_sub(1);
        self.rounds += 1;
        let (csrf, version) = (shown.hidden("csrf")?, shown.hidden("version")?);
        // Another name each time: an answer that changes nothing would write nothing.
        let name = format!("Bello {}", self.rounds);
        let answers = [
            ("F15000000010", name.as_str()),
            ("F15000000011", "Dackel"),
            ("F15000000013", "maennlich"),
            ("F15000000015.tag", "20"),
            ("F15000000015.monat", "2"),
            ("F15000000015.jahr", "2026"),
            ("F15000000016", "false"),
        ];
        let named: Vec<(String, &str)> = answers
            .iter()
            .map(|(id, value)| (format!("{PAGE}.{id}"), *value))
            .collect();
        let mut fields = vec![("csrf", csrf.as_str()), ("version", &version), ("weiter", "weiter")];
        fields.extend(named.iter().map(|(name, value)| (name.as_str(), *value)));
        let saved = self.visitor.post(&path, &fields).await?.expect(StatusCode::SEE_OTHER)?;
        Ok((1, saved.took))
    }
}

/// Begins an application and gives its path.
async fn begin(visitor: &mut Visitor) -> Result<String> {
    let service = format!("/leistungen/{}", house::SERVICE);
    let csrf = visitor.get(&service).await?.expect(StatusCode::OK)?.hidden("csrf")?;
    let begun = visitor
        .post(&format!("{service}/antrag"), &[("csrf", &csrf), ("neu", "1")])
        .await?;
    let begun = begun.expect(StatusCode::SEE_OTHER)?;
    let (draft, _) = begun.to.rsplit_once('/').ok_or("no draft was begun")?;
    Ok(draft.to_owned())
}

/// Discards it: nobody may have more than fifty.
async fn discard(visitor: &mut Visitor, draft: &str) -> Result<()> {
    let path = format!("{draft}/verwerfen");
    let csrf = visitor.get(&path).await?.expect(StatusCode::OK)?.hidden("csrf")?;
    visitor
        .post(&path, &[("csrf", &csrf)])
        .await?
        .expect(StatusCode::SEE_OTHER)?;
    Ok(())
}

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    for database in house::databases().await {
        let data = database.folder().join("data");
        std::fs::create_dir_all(&data)?;
        let server = Server::start(&Start {
            data: &data,
            database: database.url(),
            workers: 1,
            seeded: true,
            directory: None,
        })
        .await?;
        let people: Vec<String> = house::directory()?
            .persons()
            .map(|person| person.id.to_string())
            .collect();
        let [person, second, third, ..] = people.as_slice() else {
            return Err("the demonstration has fewer than three people".into());
        };
        let mut drafts = Vec::new();
        for _ in 0..32 {
            let page = Page::Answer { person: person.clone() };
            let mut visitor = Reader::visitor(server.address, &page).await?;
            drafts.push(begin(&mut visitor).await?);
        }
        let (resting, reading) = (Duration::ZERO, Duration::from_millis(100));
        for name in [
            "start page",
            "service page",
            "form page",
            "form page answered and saved",
        ] {
            for (count, reads, clients, writer) in [
                (1, resting, "1 client", second),
                (32, reading, "32 clients, each ten a second", second),
                (32, resting, "32 clients without pause", third),
            ] {
                let mut readers = Vec::with_capacity(count);
                for (number, draft) in (0u32..).zip(drafts.iter().take(count)) {
                    let page = match name {
                        "start page" => Page::Public("/"),
                        "service page" => Page::Public("/leistungen/hundesteuer"),
                        "form page" => Page::Form {
                            path: format!("{draft}/{PAGE}"),
                            person: person.clone(),
                        },
                        _ => Page::Answer { person: writer.clone() },
                    };
                    readers.push(Reader::new(server.address, page, reads, reads * number / 32).await?);
                }
                let (warm_up, time) = (Duration::from_millis(500), Duration::from_millis(effort.of(3000, 800)));
                let (rates, times, n) = floods(readers, effort.runs(), warm_up, time).await?;
                let what = format!("{name}, {clients}, p99");
                let figure = Figure::new("pages", what, "ms", vec![times.at(0.99)])
                    .of(n)
                    .times(&times);
                report.add(figure.on(database.engine()).goal(Goal::AtMost(10.0)));
                if reads.is_zero() {
                    let what = format!("{name}, {clients}");
                    report.add(Figure::new("pages", what, "pages/s", rates).on(database.engine()).of(n));
                }
            }
        }
        server.stop().await?;
    }
    Ok(())
}
