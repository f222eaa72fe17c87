//! Clients that are slow, huge, wrong or mad: each gets an answer that says so, or is cut off, and nothing is recorded.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use std::fmt::Write as _;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use house::applicant::{Client, PEOPLE, application};
use house::browser::Browser;
use house::{Dice, House};
use serde_json::json;

/// Sends `first`, then one byte of `drop` every 300 ms until the server has enough; gives what it said and after how long.
fn trickle(origin: &str, first: &str, drop: u8) -> (String, Duration) {
    let mut stream = TcpStream::connect(origin.trim_start_matches("http://")).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let begun = Instant::now();
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while begun.elapsed() < Duration::from_secs(150) {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => said.extend_from_slice(&buffer[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if stream.write_all(&[drop]).is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
}

/// Headers that never end, and a connection that says nothing at all.
#[test]
fn slow_headers_are_cut_off() {
    let house = House::sqlite();
    let server = house.start();
    let origin = server.origin.clone();
    let silent = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(origin.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let begun = Instant::now();
        let read = stream.read(&mut [0; 100]);
        assert!(
            matches!(read, Ok(_) | Err(_)) && begun.elapsed() < Duration::from_secs(60),
            "never cut off"
        );
    });
    let (said, after) = trickle(&server.origin, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b'a');
    assert!(
        after > Duration::from_secs(5) && after < Duration::from_secs(60),
        "{after:?}"
    );
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    silent.join().unwrap();
    server.kill();
}

/// A body that never ends: a page, and the machine interface.
#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_are_timed_out() {
    let house = House::sqlite();
    let server = house.start();
    let browser = Browser::new(&server.origin);
    browser.get("/anmelden").await.unwrap();
    let token = Client::person(&server.origin, PEOPLE[0]).await.token;
    let mut dice = Dice::new("slow bodies");
    let page = "POST /anmelden HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\ncsrf="
        .to_owned();
    let machine = format!(
        "POST /api/services/hundesteuer/authorities/15003000/applications HTTP/1.1\r\nHost: localhost\r\n\
         Content-Length: 60000\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {}\r\n\r\n{{",
        dice.id()
    );
    let slow: Vec<_> = [page, machine]
        .into_iter()
        .map(|first| {
            let origin = server.origin.clone();
            std::thread::spawn(move || trickle(&origin, &first, b' '))
        })
        .collect();
    for one in slow {
        let (said, after) = one.join().unwrap();
        assert!(said.starts_with("HTTP/1.1 408"), "after {after:?}: {said}");
        assert!(after < Duration::from_secs(100), "{after:?}");
    }
    server.kill();
    house.assert_clean("at the end");
}

/// Whole requests and the status each gets.
#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered() {
    let house = House::sqlite();
    let server = house.start();
    let before = {
        let client = Client::person(&server.origin, PEOPLE[0]).await;
        assert_eq!(client.list("/api/cases").await.len(), 0);
        client
    };
    let raw = |request: &[u8], status: &str| {
        let mut stream = TcpStream::connect(server.origin.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        // The server may have answered and closed before everything is written.
        let _ = stream.write_all(request);
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said).into_owned();
        let what = String::from_utf8_lossy(&request[..request.len().min(80)]).into_owned();
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{what}: {said}");
    };
    let end = "Host: localhost\r\nConnection: close\r\n\r\n";
    raw(b"HELO\r\n\r\n", "400");
    raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400");
    raw(format!("GET /../../etc/passwd HTTP/1.1\r\n{end}").as_bytes(), "404");
    raw(format!("GET /%2e%2e/%00 HTTP/1.1\r\n{end}").as_bytes(), "404");
    raw(format!("BREW / HTTP/1.1\r\n{end}").as_bytes(), "405");
    raw(
        format!("GET /{} HTTP/1.1\r\n{end}", "a".repeat(1_000_000)).as_bytes(),
        "4",
    );
    raw(
        format!("GET / HTTP/1.1\r\nX: {}\r\n{end}", "a".repeat(2_000_000)).as_bytes(),
        "431",
    );
    let mut many = String::new();
    for n in 0..200 {
        write!(many, "X-{n}: 1\r\n").unwrap();
    }
    raw(format!("GET / HTTP/1.1\r\n{many}{end}").as_bytes(), "431");
    raw(
        format!("POST /anmelden HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n{end}0\r\n\r\n")
            .as_bytes(),
        "4",
    );
    raw(
        format!("POST /anmelden HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{end}zz\r\n").as_bytes(),
        "4",
    );

    let mut dice = Dice::new("nonsense");
    let path = "/api/services/hundesteuer/authorities/15003000/applications";
    let right = application(false).to_string();
    let mut impossible = application(false);
    impossible["G15000000002"]["F15000000015"] = json!("2026-02-31");
    let key = dice.id();
    let cases: Vec<(&str, &str, String, u16)> = vec![
        (&key, "application/json", "x".repeat(70_000), 413),
        (
            &key,
            "application/json",
            format!("{{\"a\":\"{}\"}}", "x".repeat(5_000_000)),
            413,
        ),
        (&key, "text/plain", right.clone(), 415),
        (&key, "application/xml", right.clone(), 415),
        (&key, "", right.clone(), 415),
        (&key, "application/json", "{".to_owned(), 400),
        (&key, "application/json", "[".repeat(60_000), 400),
        (&key, "application/json", "\u{0}".to_owned(), 400),
        (&key, "application/json", "[]".to_owned(), 422),
        (&key, "application/json", "{}".to_owned(), 422),
        (&key, "application/json", impossible.to_string(), 422),
        (&key, "application/json", right.replace("Bello", "Bello\\u0000"), 422),
        (
            &key,
            "application/json",
            right.replace("Bello", &"x".repeat(30_000)),
            422,
        ),
        ("1", "application/json", right.clone(), 400),
        ("", "application/json", right.clone(), 400),
    ];
    for (key, kind, body, status) in cases {
        let mut request = before.request(reqwest::Method::POST, path).body(body.clone());
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let shown: String = body.chars().take(60).collect();
        match request.send().await {
            Ok(response) => {
                let answer = house::applicant::Answer::of(response).await.unwrap();
                assert_eq!(
                    answer.status.as_u16(),
                    status,
                    "{key} {kind} {shown}: {}",
                    answer.text()
                );
                answer.check(status);
            }
            // The server answers a body that is far too large and closes before it is sent; the client may see only that.
            Err(error) => assert!(status == 413 && error.is_request(), "{shown}: {error:?}"),
        }
    }
    assert_eq!(before.list("/api/cases").await.len(), 0, "nothing was recorded");
    let mut other = before.at(&server.origin);
    other.token = "15000000.AAAA".to_owned();
    other.get("/api/cases").await.unwrap().check(401);
    let browser = Browser::new(&server.origin);
    browser.get("/anmelden").await.unwrap();
    let long = "x".repeat(100_000);
    match browser.post("/anmelden", &[("csrf", &long)]).await {
        Ok(page) => assert_eq!(page.status, 413),
        // Refused by its announced length; the client may see only that nobody reads on.
        Err(error) => assert!(error.is_request(), "{error:?}"),
    }
    // Not on the connection that is being closed.
    let forged = Browser::new(&server.origin)
        .post("/anmelden", &[("csrf", "wrong"), ("person", PEOPLE[0])])
        .await;
    assert!(forged.unwrap().status.is_client_error());
    server.kill();
    house.assert_clean("at the end");
}
