//! Configuration: a TOML file, over it the environment. Every key is documented here and in docs/configuration.md.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// All keys. An environment variable `WEGFREI_<KEY>` wins over the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Origin people reach the portal under; a slash at the end is taken off. Printed on notices (QR code).
    pub public_url: String,
    /// `sqlite:PATH` or `postgres://user:password@host:port/database`.
    pub database: String,
    /// Folder with one key file per authority; outside the database and outside its backups.
    pub keys: PathBuf,
    /// Folder with packages; without it those inside the binary are used.
    pub packages: Option<PathBuf>,
    /// Folders of single packages beside those; only the demonstration has any.
    #[serde(skip)]
    pub added: Vec<PathBuf>,
    /// File with the staff directory (`[[staff]]`).
    pub directory: Option<PathBuf>,
    /// File with 64 hexadecimal characters: the secret of form tokens, the same on every machine of one portal.
    pub secret: PathBuf,
    /// Mail server: `smtp://host:25`, `smtp+starttls://host:587` or `smtps://host:465`; without it nobody is told by e-mail.
    pub mail_server: Option<String>,
    /// Sender of every mail; required with `mail_server`.
    pub mail_from: Option<String>,
    /// Name at the mail server, if it wants one.
    pub mail_user: Option<String>,
    /// Password at the mail server.
    pub mail_password: Option<String>,
    /// File with the text of the page `/impressum` (§ 5 DDG): paragraphs, with an empty line between them.
    pub imprint: Option<PathBuf>,
    /// File with the text of the page `/datenschutz` (Art. 13 DSGVO).
    pub privacy: Option<PathBuf>,
    /// File with the text of the page `/barrierefreiheit` (Art. 7 of Directive (EU) 2016/2102).
    pub accessibility: Option<PathBuf>,
    /// Demonstration logins. `serve` refuses to start with them.
    pub demonstration: bool,
    /// A reverse proxy in front sets `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Limits per client address and session. Off only for load tests.
    pub rate_limits: bool,
    /// Log filter, for example `info` or `wegfrei=debug`.
    pub log: String,
    /// Log lines as JSON.
    pub log_json: bool,
    /// Workers for PDFs and deadlines; 0 when other processes on the same database do that work.
    pub workers: u16,
    /// Database connections, at least 1.
    pub connections: u32,
}

/// Every key, in the order of the struct; a test compares them with the struct and with docs/configuration.md.
pub const KEYS: [&str; 21] = [
    "listen",
    "public_url",
    "database",
    "keys",
    "packages",
    "directory",
    "secret",
    "mail_server",
    "mail_from",
    "mail_user",
    "mail_password",
    "imprint",
    "privacy",
    "accessibility",
    "demonstration",
    "behind_proxy",
    "rate_limits",
    "log",
    "log_json",
    "workers",
    "connections",
];

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: "http://127.0.0.1:8080".to_owned(),
            database: "sqlite:wegfrei-data/wegfrei.db".to_owned(),
            keys: PathBuf::from("wegfrei-data/keys"),
            packages: None,
            added: Vec::new(),
            directory: None,
            secret: PathBuf::from("wegfrei-data/secret"),
            mail_server: None,
            mail_from: None,
            mail_user: None,
            mail_password: None,
            imprint: None,
            privacy: None,
            accessibility: None,
            demonstration: false,
            behind_proxy: false,
            rate_limits: true,
            log: "info".to_owned(),
            log_json: false,
            workers: 1,
            connections: 8,
        }
    }
}

/// What can be wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration file {0} cannot be read")]
    Read(PathBuf, #[source] std::io::Error),
    /// Wrong syntax, an unknown key or a wrong value; names line and key.
    #[error("configuration file {0}: {1}")]
    File(PathBuf, String),
    /// An environment variable that is no key.
    #[error("environment variable {0} is no configuration key; the keys are: {1}")]
    Variable(String, String),
    /// An address that is none.
    #[error("`public_url` = \"{0}\": write scheme, host and port only, as in https://portal.example")]
    Url(String),
    /// A value of the environment that does not fit its key.
    #[error("environment variable {0}: {1}")]
    Value(String, String),
}

impl Config {
    /// Reads the file (if one is given) and the environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table = match file {
            None => toml::Table::new(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Read(path.to_owned(), error))?;
                // Once against the struct, so that an error names line and column of the file.
                toml::from_str::<Config>(&text)
                    .map_err(|error| ConfigError::File(path.to_owned(), error.to_string()))?;
                toml::from_str(&text).map_err(|error| ConfigError::File(path.to_owned(), error.to_string()))?
            }
        };
        for (name, value) in environment {
            let Some(key) = name.strip_prefix("WEGFREI_") else {
                continue;
            };
            let key = key.to_ascii_lowercase();
            // WEGFREI_CONFIG names the file; WEGFREI_BIN and WEGFREI_TEST_* steer tests.
            if key == "config" || key == "bin" || key.starts_with("test_") {
                continue;
            }
            if !KEYS.contains(&key.as_str()) {
                return Err(ConfigError::Variable(
                    name,
                    KEYS.map(|key| format!("WEGFREI_{}", key.to_uppercase())).join(", "),
                ));
            }
            let parsed = match key.as_str() {
                "demonstration" | "behind_proxy" | "rate_limits" | "log_json" => value
                    .parse()
                    .map(toml::Value::Boolean)
                    .map_err(|_| "write true or false".to_owned()),
                "workers" | "connections" => value
                    .parse()
                    .map(toml::Value::Integer)
                    .map_err(|_| "write a whole number".to_owned()),
                _ => Ok(toml::Value::String(value)),
            };
            let parsed = parsed.map_err(|error| ConfigError::Value(name.clone(), error))?;
            // By itself first, so that an error names the variable.
            toml::Table::from_iter([(key.clone(), parsed.clone())])
                .try_into::<Config>()
                .map_err(|error| ConfigError::Value(name, error.message().to_owned()))?;
            table.insert(key, parsed);
        }
        let config: Config = table
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Value("WEGFREI_…".to_owned(), error.message().to_owned()))?;
        Ok(Config {
            public_url: origin(&config.public_url)?,
            ..config
        })
    }

    /// The pages a portal must have and only its operator can write: key, file, and why.
    pub fn legal(&self) -> [(&'static str, Option<&Path>, &'static str); 3] {
        [
            (
                "imprint",
                self.imprint.as_deref(),
                "the portal must say who is responsible for it (§ 5 DDG).",
            ),
            (
                "privacy",
                self.privacy.as_deref(),
                "the portal must say what becomes of people's data (Art. 13 DSGVO).",
            ),
            (
                "accessibility",
                self.accessibility.as_deref(),
                "the portal must have a statement on accessibility (Directive (EU) 2016/2102, Art. 7).",
            ),
        ]
    }
}

/// The origin of an address: no slash at the end, and nothing behind it. Links are made by appending a path.
fn origin(url: &str) -> Result<String, ConfigError> {
    let trimmed = url.trim_end_matches('/');
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    let fine =
        |host: &str| !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
    match host {
        Some(host) if fine(host) => Ok(trimmed.to_owned()),
        _ => Err(ConfigError::Url(url.to_owned())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn check(file: &str, environment: &[(&str, &str)], expected: Result<&str, &str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wegfrei.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        match (Config::load(Some(&path), environment), expected) {
            (Ok(config), Ok(listen)) => assert_eq!(config.listen.to_string(), listen),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (result, expected) => panic!("{result:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn keys_are_checked_by_name() {
        check("", &[], Ok("127.0.0.1:8080"));
        check("listen = \"0.0.0.0:80\"", &[], Ok("0.0.0.0:80"));
        check(
            "listen = \"0.0.0.0:80\"",
            &[("WEGFREI_LISTEN", "[::1]:81"), ("HOME", "/")],
            Ok("[::1]:81"),
        );
        check("lisen = \"0.0.0.0:80\"", &[], Err("lisen"));
        check("workers = \"two\"", &[], Err("workers"));
        check("workers = ", &[], Err("line 1"));
        check(
            "",
            &[("WEGFREI_LISEN", "x")],
            Err("WEGFREI_LISEN is no configuration key"),
        );
        check(
            "",
            &[("WEGFREI_WORKERS", "two")],
            Err("WEGFREI_WORKERS: write a whole number"),
        );
        check("", &[("WEGFREI_DEMONSTRATION", "ja")], Err("write true or false"));
        check("", &[("WEGFREI_LISTEN", "8080")], Err("WEGFREI_LISTEN: invalid socket"));
        check("", &[("WEGFREI_WORKERS", "-1")], Err("WEGFREI_WORKERS: "));
    }

    #[test]
    fn an_address_is_an_origin() {
        for (url, expected) in [
            ("https://portal.example", Some("https://portal.example")),
            ("https://portal.example/", Some("https://portal.example")),
            ("https://portal.example//", Some("https://portal.example")),
            ("http://127.0.0.1:8080/", Some("http://127.0.0.1:8080")),
            ("http://[::1]:80", Some("http://[::1]:80")),
            ("https://portal.example/wegfrei", None),
            ("https://portal.example?x=1", None),
            ("https://user@portal.example", None),
            ("https://", None),
            ("portal.example", None),
            ("", None),
        ] {
            assert_eq!(origin(url).ok().as_deref(), expected, "{url}");
            let loaded = Config::load(None, [("WEGFREI_PUBLIC_URL".to_owned(), url.to_owned())]);
            assert_eq!(
                loaded.ok().map(|config| config.public_url).as_deref(),
                expected,
                "{url}"
            );
        }
    }

    #[test]
    fn every_key_is_documented() {
        let documented = include_str!("../../../docs/configuration.md");
        for key in KEYS {
            assert!(
                documented.contains(&format!("| `{key}` |")),
                "{key} is missing in docs/configuration.md"
            );
        }
        for key in KEYS {
            let unknown = toml::from_str::<Config>(&format!("{key} = []"))
                .unwrap_err()
                .to_string();
            assert!(!unknown.contains("unknown field"), "{key} is no field of Config");
        }
    }
}
