//! Sessions: who is logged in at this browser. Not part of the journal: a session is no fact about a case and is forgotten.

use std::sync::Arc;

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wegfrei_journal::Actor;
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_store::{Migration, Store, StoreError, Value};

/// A session nobody used for this long is over: 2 hours, in microseconds. Drafts survive it (WCAG 2.2, 2.2.6).
const IDLE: i64 = 2 * 3600 * 1_000_000;
/// No session is older than this: 12 hours, in microseconds.
const ABSOLUTE: i64 = 12 * 3600 * 1_000_000;
/// `last_seen` is written at most this often: 1 minute, in microseconds.
const TOUCH: i64 = 60 * 1_000_000;

/// The tables of this crate.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    vec![Migration {
        id: "identity-0001",
        sql: "CREATE TABLE session (
            authority TEXT NOT NULL, token_hash TEXT NOT NULL, actor TEXT NOT NULL,
            created_at BIGINT NOT NULL, last_seen BIGINT NOT NULL, PRIMARY KEY (authority, token_hash));
            CREATE INDEX session_age ON session (last_seen)",
    }]
}

/// What the browser keeps: 256 random bits and the shard they live in. Shown once, stored only as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// The cookie's value: `<authority>.<43 characters base64url>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<(AuthorityId, String)> {
        let (authority, secret) = text.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(secret).ok().filter(|bytes| bytes.len() == 32)?;
        let hash = digest::digest(&digest::SHA256, &bytes);
        Some((AuthorityId::parse(authority).ok()?, URL_SAFE_NO_PAD.encode(hash)))
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// A live session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who is logged in.
    pub actor: Actor,
    /// When the login was, microseconds since 1970.
    pub since: Timestamp,
    csrf: String,
    authority: AuthorityId,
    token_hash: String,
}

impl Session {
    /// The token every form of this session carries.
    #[must_use]
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether a posted token is this session's; takes the same time for every wrong one.
    #[must_use]
    pub fn csrf_matches(&self, posted: &str) -> bool {
        constant_time::verify_slices_are_equal(self.csrf.as_bytes(), posted.as_bytes()).is_ok()
    }

    /// A name for rate limits that is not the token.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.token_hash
    }
}

/// Creates, finds and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
    ambient: Ambient,
    csrf_key: Arc<hmac::Key>,
}

impl Sessions {
    /// Sessions in `store`. `secret` keys the form tokens and must be the same on every machine that serves one portal.
    #[must_use]
    pub fn new(store: Store, ambient: Ambient, secret: &[u8; 32]) -> Self {
        Self {
            store,
            ambient,
            csrf_key: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret)),
        }
    }

    /// Starts a session for `actor`; `home` is the authority whose shard keeps it (staff: their own; residents: the Land).
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn login(&self, actor: &Actor, home: &AuthorityId) -> Result<SessionToken, StoreError> {
        let mut secret = [0u8; 32];
        self.ambient.random.fill(&mut secret);
        let token = SessionToken(format!("{home}.{}", URL_SAFE_NO_PAD.encode(secret)));
        let hash = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &secret));
        let now = self.ambient.clock.now().as_micros();
        // Statements of their own: in one serialisable transaction, two who sign in at the same moment would be in each other's way.
        self.store
            .execute(
                "DELETE FROM session WHERE last_seen < $1",
                &[Value::Int(now.saturating_sub(ABSOLUTE))],
            )
            .await?;
        self.store
            .execute(
                "INSERT INTO session (authority, token_hash, actor, created_at, last_seen) VALUES ($1, $2, $3, $4, $4)",
                &[
                    Value::Text(home.to_string()),
                    Value::Text(hash),
                    Value::Text(actor.to_string()),
                    Value::Int(now),
                ],
            )
            .await?;
        Ok(token)
    }

    /// The session of a cookie's value; `None` when it is unknown, malformed or over.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find(&self, cookie: &str) -> Result<Option<Session>, StoreError> {
        let Some((authority, token_hash)) = SessionToken::parse(cookie) else {
            return Ok(None);
        };
        let key = [Value::Text(authority.to_string()), Value::Text(token_hash.clone())];
        let rows = self
            .store
            .fetch(
                "SELECT actor, created_at, last_seen FROM session WHERE authority = $1 AND token_hash = $2",
                &key,
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (created, seen) = (row.int("created_at")?, row.int("last_seen")?);
        let now = self.ambient.clock.now().as_micros();
        if now.saturating_sub(seen) > IDLE || now.saturating_sub(created) > ABSOLUTE {
            return Ok(None);
        }
        let (Ok(actor), Ok(since)) = (Actor::parse(row.text("actor")?), Timestamp::from_micros(created)) else {
            return Ok(None);
        };
        if now.saturating_sub(seen) > TOUCH {
            let [authority, hash] = key;
            // Another request of the same session may write it in this moment; a minute later is early enough.
            let touched = self
                .store
                .execute(
                    "UPDATE session SET last_seen = $3 WHERE authority = $1 AND token_hash = $2 AND last_seen < $3",
                    &[authority, hash, Value::Int(now)],
                )
                .await;
            match touched {
                Ok(_) | Err(StoreError::Busy(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let csrf = URL_SAFE_NO_PAD.encode(hmac::sign(&self.csrf_key, token_hash.as_bytes()));
        Ok(Some(Session {
            actor,
            since,
            csrf,
            authority,
            token_hash,
        }))
    }

    /// Ends a session; ending an unknown one is no error.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn logout(&self, session: &Session) -> Result<(), StoreError> {
        self.store
            .execute(
                "DELETE FROM session WHERE authority = $1 AND token_hash = $2",
                &[
                    Value::Text(session.authority.to_string()),
                    Value::Text(session.token_hash.clone()),
                ],
            )
            .await?;
        Ok(())
    }
}
