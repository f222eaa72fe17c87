//! Many clients at once, and the times of what they did.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::machine::moment;
use crate::{Error, Result};

/// Times of single operations.
#[derive(Clone, Default)]
pub struct Times {
    micros: Vec<f64>,
}

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.micros.push(time.as_secs_f64() * 1e6);
    }

    /// Adds all of another's.
    pub fn join(&mut self, other: Times) {
        self.micros.extend(other.micros);
        self.micros.sort_by(f64::total_cmp);
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.micros.len() as u64
    }

    /// The time that this share of the operations did not exceed, in milliseconds; [`Times::join`] has sorted them.
    pub fn at(&self, share: f64) -> f64 {
        let place = (self.micros.len() as f64 * share) as usize;
        let last = self.micros.len().saturating_sub(1);
        self.micros.get(place.min(last)).copied().unwrap_or_default() / 1e3
    }
}

/// One of many that do the same at once, each after its own last is done.
pub trait Client: Send + 'static {
    /// Does it once; gives how much it did and how long that took.
    fn once(&mut self) -> impl Future<Output = Result<(u64, Duration)>> + Send;
}

/// What came of it.
pub struct Flood {
    /// Done within the measured time.
    pub units: u64,
    /// Per second of it.
    pub per_second: f64,
    /// Every operation that ended within it.
    pub times: Times,
}

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

/// Lets all clients work; measures for `time` after `warm_up`. Gives the clients back.
///
/// # Errors
/// The first error of any client.
pub async fn flood<C: Client>(clients: Vec<C>, warm_up: Duration, time: Duration) -> Result<(Flood, Vec<C>)> {
    let phase = Arc::new(AtomicU8::new(WARMING));
    let working: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let phase = Arc::clone(&phase);
            tokio::spawn(async move {
                let (mut units, mut times) = (0, Times::default());
                loop {
                    let (done, took) = client.once().await?;
                    match phase.load(Ordering::Relaxed) {
                        WARMING => {}
                        MEASURING => {
                            units += done;
                            times.add(took);
                        }
                        _ => return Ok::<_, Error>((client, units, times)),
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(warm_up).await;
    phase.store(MEASURING, Ordering::Relaxed);
    let begin = moment();
    tokio::time::sleep(time).await;
    phase.store(OVER, Ordering::Relaxed);
    let seconds = begin.elapsed().as_secs_f64();
    let (mut units, mut times, mut clients) = (0, Times::default(), Vec::with_capacity(working.len()));
    let mut micros = Vec::new();
    for worker in working {
        let (client, done, took) = worker.await??;
        clients.push(client);
        units += done;
        micros.extend(took.micros);
    }
    times.join(Times { micros });
    let per_second = units as f64 / seconds;
    Ok((
        Flood {
            units,
            per_second,
            times,
        },
        clients,
    ))
}

/// [`flood`] several times; the rates and all times together.
pub async fn floods<C: Client>(
    mut clients: Vec<C>,
    runs: usize,
    warm_up: Duration,
    time: Duration,
) -> Result<(Vec<f64>, Times, u64)> {
    let (mut rates, mut times, mut units) = (Vec::new(), Times::default(), 0);
    for _ in 0..runs.max(1) {
        let (flooded, back) = flood(clients, warm_up, time).await?;
        clients = back;
        rates.push(flooded.per_second);
        units += flooded.units;
        times.join(flooded.times);
    }
    Ok((rates, times, units))
}
