//! What the web door needs from the top.

use crate::body::{GUESTS_AT_ONCE, UPLOADS_AT_ONCE};
use crate::frame::Room;
use crate::rate::{Limiter, Rules};
use aws_lc_rs::hmac;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use wegfrei_cases::Cases;
use wegfrei_identity::{Action, Directory, Policies, Resource, Sessions};
use wegfrei_journal::Actor;
use wegfrei_model::AuthorityId;
use wegfrei_model::ambient::Ambient;

/// How the door behaves.
#[derive(Clone)]
pub struct WebOptions {
    /// Demonstration logins are offered and every page says so.
    pub demo: bool,
    /// The portal is reached by HTTPS: `Secure` cookies with the `__Host-` prefix, and HSTS.
    pub https: bool,
    /// A reverse proxy in front sets `X-Forwarded-For`; its last entry is the client.
    pub behind_proxy: bool,
    /// Rate limits per client address.
    pub per_address: Rules,
    /// Rate limits per session.
    pub per_session: Rules,
    /// The longest a body may take to arrive.
    pub body_time: Duration,
    /// The longest an answer may take, the body's time included.
    pub answer_time: Duration,
    /// The operator's own texts; empty: those of the demonstration.
    pub legal: LegalTexts,
}

/// Pages a portal must have and only its operator can write, as paragraphs.
#[derive(Clone, Debug, Default)]
pub struct LegalTexts {
    /// `/impressum` (§ 5 DDG).
    pub imprint: Vec<String>,
    /// `/datenschutz` (Art. 13 DSGVO).
    pub privacy: Vec<String>,
    /// `/barrierefreiheit` (Art. 7 of Directive (EU) 2016/2102).
    pub accessibility: Vec<String>,
}

impl Default for WebOptions {
    fn default() -> Self {
        WebOptions {
            demo: false,
            https: true,
            behind_proxy: false,
            per_address: Rules::default(),
            per_session: Rules::default(),
            body_time: Duration::from_secs(60),
            answer_time: Duration::from_secs(90),
            legal: LegalTexts::default(),
        }
    }
}

/// What the top hands over.
pub struct WebParts {
    /// Everything about cases, and the catalogue.
    pub cases: Cases,
    /// Logins.
    pub sessions: Sessions,
    /// Residents of the demonstration, and staff.
    pub directory: Directory,
    /// Clock and randomness.
    pub ambient: Ambient,
    /// Keys the form tokens of visitors without a login: 32 random bytes, the same on every machine of one portal.
    pub secret: [u8; 32],
    /// Behaviour.
    pub options: WebOptions,
}

/// Which rooms of the desk each member of staff may enter, asked of the policies once: the directory does not change while running.
pub(crate) struct Rooms(HashMap<(AuthorityId, String), Vec<Room>>);

impl Rooms {
    fn new(directory: &Directory, policies: &Policies) -> Rooms {
        let may = |actor: &Actor, authority, room: &Room| {
            let action = match room {
                Room::Worklist => Action::ReadWorklist,
                Room::Absence => Action::ManageAbsence,
                Room::Outbox => Action::Post,
                Room::Payments => Action::Pay,
                Room::Moves => Action::MoveCases,
                Room::Records => Action::ReadRecords,
                Room::Operation => Action::ReadOperation,
            };
            policies
                .decide(actor, action, &Resource::Authority(authority), None)
                .permits()
        };
        let rooms = directory.staff().map(|member| {
            let actor = Actor::staff(member.id.as_str(), member.authority);
            let rooms = Room::ALL.into_iter().filter(|room| may(&actor, member.authority, room));
            ((member.authority, member.id.clone()), rooms.collect())
        });
        Rooms(rooms.collect())
    }

    /// The page a member of staff begins at.
    pub fn home(&self, authority: AuthorityId, id: &str) -> &'static str {
        self.of(authority, id).first().map_or("/", |room| room.href())
    }

    pub fn of(&self, authority: AuthorityId, id: &str) -> Vec<Room> {
        self.0.get(&(authority, id.to_owned())).cloned().unwrap_or_default()
    }
}

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct WebState {
    inner: Arc<Inner>,
}

/// What all requests share; only this crate sees inside.
pub struct Inner {
    pub(crate) cases: Cases,
    pub(crate) sessions: Sessions,
    pub(crate) directory: Directory,
    pub(crate) ambient: Ambient,
    pub(crate) key: hmac::Key,
    pub(crate) options: WebOptions,
    pub(crate) addresses: Limiter,
    pub(crate) clients: Limiter,
    pub(crate) rooms: Rooms,
    pub(crate) uploads: Arc<Semaphore>,
    /// Room for those of visitors who are not signed in.
    pub(crate) guest_uploads: Arc<Semaphore>,
}

impl WebState {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: WebParts) -> WebState {
        let WebParts {
            cases,
            sessions,
            directory,
            ambient,
            secret,
            options,
        } = parts;
        let addresses = Limiter::new(options.per_address);
        let clients = Limiter::new(options.per_session);
        let rooms = Rooms::new(&directory, cases.policies());
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        WebState {
            inner: Arc::new(Inner {
                cases,
                sessions,
                directory,
                ambient,
                key,
                options,
                addresses,
                clients,
                rooms,
                uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
                guest_uploads: Arc::new(Semaphore::new(GUESTS_AT_ONCE)),
            }),
        }
    }
}

impl std::ops::Deref for WebState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}
