//! A day of an administration, played by programs: residents and caseworkers, each with a will of their own, over the machine
//! interface. The bench `day` plays it against the real binary, a test of `crates/doors/api` a small one against the router.
//!
//! Whoever is too late, or second, is told so (409, or 422 with the reason) and tries again or lets it be; every other answer that
//! was not expected is an error. What a day must end with says [`check`].

pub mod check;
pub mod desk;
pub mod people;
pub mod resident;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use wegfrei_model::Date;

/// Whatever stops a day.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// A step of the day.
pub type Result<T> = std::result::Result<T, Error>;

/// What goes along with a request.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Value),
    /// A PDF and its name.
    Paper(&'static str, &'static [u8]),
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The method.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// Whose session.
    pub token: Option<String>,
    /// Idempotency key.
    pub key: Option<String>,
    /// The body.
    pub body: Body,
}

/// An answer.
#[derive(Debug)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The JSON body; null where there is none.
    pub body: Value,
    /// How long it took.
    pub took: Duration,
}

/// The way in to the house.
pub trait Door: Clone + Send + Sync + 'static {
    /// Sends a request and waits for the whole answer.
    fn send(&self, ask: Ask) -> impl Future<Output = Result<Said>> + Send;
}

/// Somebody with a session.
#[derive(Clone)]
pub struct Caller<D> {
    door: D,
    token: Option<String>,
}

impl<D: Door> Caller<D> {
    /// Signs in.
    pub async fn login(door: &D, who: Value) -> Result<Caller<D>> {
        let nobody = Caller {
            door: door.clone(),
            token: None,
        };
        let said = nobody.ask("POST", "/api/sessions".to_owned(), Body::Json(who)).await?;
        let said = expect("POST /api/sessions", said, &[201])?;
        let token = said.body["token"].as_str().ok_or("no token")?.to_owned();
        Ok(Caller {
            token: Some(token),
            ..nobody
        })
    }

    /// Asks, whatever comes back.
    pub async fn ask(&self, method: &'static str, path: String, body: Body) -> Result<Said> {
        self.ask_with(method, path, body, None).await
    }

    /// As [`Caller::ask`], with an idempotency key.
    pub async fn ask_with(&self, method: &'static str, path: String, body: Body, key: Option<String>) -> Result<Said> {
        let token = self.token.clone();
        let ask = Ask {
            method,
            path,
            token,
            key,
            body,
        };
        self.door.send(ask).await
    }

    /// Gets what must be there.
    pub async fn get(&self, path: String) -> Result<Value> {
        let said = self.ask("GET", path.clone(), Body::None).await?;
        Ok(expect(&path, said, &[200])?.body)
    }
}

/// Fails unless the status is one of these.
pub fn expect(what: &str, said: Said, statuses: &[u16]) -> Result<Said> {
    if statuses.contains(&said.status) {
        return Ok(said);
    }
    Err(format!("{what}: {} instead of {statuses:?}: {}", said.status, said.body).into())
}

/// How large the day is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Applications sent while the desks are open.
    pub applications: usize,
    /// Residents who send them.
    pub residents: usize,
    /// Caseworkers.
    pub caseworkers: usize,
    /// How long everybody rests between two things, at most twice as long.
    pub pause: Duration,
    /// What everything random follows from.
    pub seed: u64,
}

/// What happened, counted while it happens.
#[derive(Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    times: Mutex<BTreeMap<&'static str, Vec<Duration>>>,
    sent: Mutex<Vec<(String, String)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tally {
    /// Counts one.
    pub fn count(&self, what: &'static str) {
        *locked(&self.counts).entry(what).or_default() += 1;
    }

    /// How often something happened.
    pub fn of(&self, what: &str) -> u64 {
        locked(&self.counts).get(what).copied().unwrap_or_default()
    }

    /// All counts.
    pub fn all(&self) -> BTreeMap<&'static str, u64> {
        locked(&self.counts).clone()
    }

    /// Notes how long a request of a kind took.
    pub fn took(&self, what: &'static str, took: Duration) {
        locked(&self.times).entry(what).or_default().push(took);
    }

    /// The times by kind of request.
    pub fn times(&self) -> BTreeMap<&'static str, Vec<Duration>> {
        locked(&self.times).clone()
    }

    /// Notes an application the house acknowledged.
    pub fn acknowledged(&self, authority: &str, case: &str) {
        locked(&self.sent).push((authority.to_owned(), case.to_owned()));
    }

    /// All acknowledged applications: authority and case.
    pub fn sent(&self) -> Vec<(String, String)> {
        locked(&self.sent).clone()
    }
}

/// The same numbers from the same seed (splitmix64).
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice of one seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let n = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    /// A number below this one; 0 below 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.any() % bound.max(1) as u64) as usize
    }

    /// True in so many of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).copied()
    }

    /// A rest of up to twice this.
    pub async fn rest(&mut self, pause: Duration) {
        let part = self.below(200) as u32;
        tokio::time::sleep(pause * part / 100).await;
    }
}

/// What everybody knows of the day.
pub struct Day {
    /// How large it is.
    pub size: Size,
    /// The date.
    pub today: Date,
    /// What happened.
    pub tally: Tally,
    /// Residents who still want something.
    pub awake: AtomicUsize,
    /// The desks are closed.
    pub evening: AtomicBool,
    /// A caseworker who is away today, and another one for them, by authority.
    pub away: Vec<people::Away>,
}

impl Day {
    /// A day that has not begun.
    pub fn new(size: Size, today: Date) -> Arc<Day> {
        Arc::new(Day {
            size,
            today,
            tally: Tally::default(),
            awake: AtomicUsize::new(size.residents),
            evening: AtomicBool::new(false),
            away: people::away(size.caseworkers),
        })
    }

    /// Whether the desks are closed.
    pub fn is_evening(&self) -> bool {
        self.evening.load(Ordering::Acquire)
    }

    /// A day so many days from today.
    pub fn in_days(&self, days: u32) -> Result<Date> {
        let mut day = self.today;
        for _ in 0..days {
            day = day.tomorrow()?;
        }
        Ok(day)
    }
}

/// Plays the day to its end: all residents have what they wanted or let it be, and the desks have closed. Then a few late
/// applications come, which nobody looks at any more today.
///
/// # Errors
/// The first answer nobody expected.
pub async fn play<D: Door>(door: &D, day: &Arc<Day>, catalogue: &wegfrei_packages::Catalogue) -> Result<()> {
    let mut plans = people::plans(catalogue, day.size, day.today)?;
    // Those who come when the desks are closed.
    let late: Vec<people::Plan> = plans
        .iter_mut()
        .filter_map(Vec::pop)
        .take(day.size.applications / 50)
        .collect();
    let mut desks = tokio::task::JoinSet::new();
    for member in people::staff(day.size.caseworkers) {
        let (door, day) = (door.clone(), Arc::clone(day));
        desks.spawn(async move { desk::work(&door, &day, &member).await });
    }
    let mut residents = tokio::task::JoinSet::new();
    for (number, plans) in plans.into_iter().enumerate() {
        let (door, day) = (door.clone(), Arc::clone(day));
        residents.spawn(async move { resident::live(&door, &day, number, plans).await });
    }
    let mut open = true;
    while open {
        tokio::select! {
            Some(done) = residents.join_next() => done??,
            // A desk that ends before the evening has failed.
            Some(done) = desks.join_next() => done??,
            else => open = false,
        }
        if residents.is_empty() {
            day.evening.store(true, Ordering::Release);
        }
    }
    for (number, plan) in late.into_iter().enumerate() {
        resident::send_only(door, day, number, plan).await?;
    }
    Ok(())
}
