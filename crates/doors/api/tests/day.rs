//! A day of two offices, small: what the bench `day` plays against the real binary, here against the router on both engines, every
//! answer held against the document. Then the year goes on until every case has ended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;
#[path = "../../../../bench/src/day/play/mod.rs"]
mod play;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use common::{Caller, World, packages, worlds_with};
use play::{Ask, Day, Door, Result, Said, Size};
use serde_json::Value;
use wegfrei_journal::Actor;
use wegfrei_model::AuthorityId;
use wegfrei_packages::Catalogue;

const SIZE: Size = Size {
    applications: 60,
    residents: 12,
    caseworkers: 4,
    pause: Duration::from_millis(5),
    seed: 7,
};

#[derive(Clone)]
struct House(Arc<World>);

impl Door for House {
    async fn send(&self, ask: Ask) -> Result<Said> {
        let caller = Caller {
            world: &self.0,
            token: ask.token,
        };
        let mut request = Request::builder().method(ask.method).uri(&ask.path);
        if let Some(key) = ask.key {
            request = request.header("idempotency-key", key);
        }
        let request = match ask.body {
            play::Body::None => request.body(Body::empty())?,
            play::Body::Json(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string()))?,
            play::Body::Paper(name, bytes) => request
                .header(header::CONTENT_TYPE, "application/pdf")
                .header("file-name", name)
                .body(Body::from(bytes))?,
        };
        let answer = caller.send(request).await;
        let body = serde_json::from_slice(&answer.bytes).unwrap_or(Value::Null);
        Ok(Said {
            status: answer.status.as_u16(),
            body,
            took: Duration::ZERO,
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_ends_with_every_case_in_a_legal_state() {
    let catalogue = Catalogue::from_folder(packages()).unwrap();
    for world in worlds_with(&play::people::directory(SIZE)).await {
        let house = House(Arc::new(world));
        let world = &house.0;
        let day = Day::new(SIZE, world.cases.now().date());
        let worker = tokio::spawn({
            let cases = world.cases.clone();
            async move {
                loop {
                    if cases.work_once().await.unwrap() == 0 {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
        play::play(&house, &day, &catalogue).await.unwrap();
        worker.abort();
        let _ = worker.await;
        world.clock.advance(Duration::from_secs(120));
        world.work().await;
        let states = play::check::end(&house, &day, &world.store).await.unwrap();
        let tally = day.tally.all();
        assert!(day.tally.times().contains_key("verdict"));
        eprintln!("{states:?}\n{tally:#?}");
        // The day was a day: what it is for did happen.
        for what in [
            "sent from two tabs",
            "withdrawn",
            "answered in time",
            "objected",
            "released",
            "corrected",
            "confirmed",
            "papers asked for",
            "tasks taken",
            "letters posted",
        ] {
            assert!(tally.contains_key(what), "no {what}: {tally:#?}");
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
        the_year_goes_on(world).await;
        let states = play::check::end(&house, &day, &world.store).await.unwrap();
        eprintln!("a year later: {states:?}");
        let over: Vec<&str> = states.keys().map(String::as_str).collect();
        assert_eq!(over, ["final", "in-review", "withdrawn"]);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What still lies in the outbox is posted, and every deadline passes: what was asked for and never came goes back to the desk, what
/// was decided becomes final.
async fn the_year_goes_on(world: &World) {
    for member in play::people::staff(SIZE.caseworkers) {
        let authority = AuthorityId::parse(member.authority).unwrap();
        let desk = Actor::staff(member.id, authority);
        while let Some(letter) = world.cases.outbox(&desk, None, 1).await.unwrap().items.pop() {
            let posted = world
                .cases
                .mark_posted(&desk, authority, letter.notice, world.cases.now().date());
            posted.await.unwrap();
        }
    }
    for _ in 0..40 {
        world.clock.advance(Duration::from_secs(10 * 24 * 3600));
        world.work().await;
    }
}
