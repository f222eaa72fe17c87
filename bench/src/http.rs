//! Clients that keep their connection, as browsers and programs do.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, Response, StatusCode};

use crate::Result;
use crate::machine::moment;

/// The portal limits requests by address and by session; every visitor here is another one.
static VISITORS: AtomicU32 = AtomicU32::new(1);

/// One visitor: an address on loopback of its own, one connection, a few cookies.
pub struct Visitor {
    client: reqwest::Client,
    base: String,
    cookies: Vec<(String, String)>,
}

/// An answer, read whole, and how long it took from the request's first byte to the answer's last.
pub struct Answer {
    pub status: StatusCode,
    pub to: String,
    pub text: String,
    pub took: Duration,
}

impl Answer {
    /// The value of a hidden field of a page.
    pub fn hidden(&self, name: &str) -> Result<String> {
        let (_, rest) = self
            .text
            .split_once(&format!("name=\"{name}\" value=\""))
            .ok_or_else(|| format!("the page has no hidden field {name} ({})", self.status))?;
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
    }

    /// Fails unless it is this status.
    pub fn expect(self, status: StatusCode) -> Result<Answer> {
        if self.status == status {
            return Ok(self);
        }
        let text: String = self.text.chars().take(300).collect();
        Err(format!("{} instead of {status}: {text}", self.status).into())
    }
}

impl Visitor {
    /// A visitor nobody has seen before.
    pub fn new(server: SocketAddr) -> Result<Visitor> {
        let number = VISITORS.fetch_add(1, Ordering::Relaxed);
        let [_, b, c, d] = number.to_be_bytes();
        let address = Ipv4Addr::new(127, b.saturating_add(1), c, d);
        let client = reqwest::Client::builder()
            .no_proxy()
            .local_address(IpAddr::V4(address))
            .redirect(Policy::none())
            .tcp_nodelay(true)
            .timeout(Duration::from_secs(60))
            .build()?;
        Ok(Visitor {
            client,
            base: format!("http://{server}"),
            cookies: Vec::new(),
        })
    }

    /// Signs a resident in, as a program does; the token is the portal's session cookie too.
    pub async fn token(&self, person: &str) -> Result<String> {
        let request = self.client.post(format!("{}/api/sessions", self.base));
        let answer = request.json(&serde_json::json!({ "person": person })).send().await?;
        if answer.status() != StatusCode::CREATED {
            return Err(format!("POST /api/sessions: {}", answer.status()).into());
        }
        let answer: serde_json::Value = answer.json().await?;
        let token = answer["token"].as_str().ok_or("POST /api/sessions gave no token")?;
        Ok(token.to_owned())
    }

    /// Sets a cookie.
    pub fn set(&mut self, name: &str, value: &str) {
        self.cookies.retain(|(known, _)| known != name);
        self.cookies.push((name.to_owned(), value.to_owned()));
    }

    /// Gets a page.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// Posts a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let request = self.request(Method::POST, path).form(fields);
        self.send(request).await
    }

    /// A request with this visitor's cookies.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if self.cookies.is_empty() {
            return request;
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request.header(COOKIE, cookies.join("; "))
    }

    /// Sends it and reads the whole answer.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Result<Answer> {
        let begin = moment();
        let response: Response = request.send().await?;
        let status = response.status();
        let header = |name| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let to = header(LOCATION);
        let mut set = Vec::new();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie
                .to_str()
                .unwrap_or_default()
                .split(';')
                .next()
                .unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                set.push((name.to_owned(), value.to_owned()));
            }
        }
        let text = response.text().await?;
        let took = begin.elapsed();
        for (name, value) in set {
            self.set(&name, &value);
        }
        Ok(Answer { status, to, text, took })
    }
}
