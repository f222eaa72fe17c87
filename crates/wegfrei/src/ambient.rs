//! The one place that asks the machine for time and randomness; everything below takes them as parameters.
#![allow(clippy::disallowed_methods, reason = "this is the place the lint points to")]

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use wegfrei_model::Timestamp;
use wegfrei_model::ambient::{Ambient, Clock, Random};

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(micros).unwrap_or(Timestamp::MAX)
    }
}

/// The operating system's randomness, asked directly: the generator of the cryptographic library measures the processor's jitter for
/// 80 ms before it gives its first byte, and is seeded from the same source.
struct SystemRandomness;

impl Random for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // Keys must never be made from anything less; there is no state to save that matters more.
            eprintln!("wegfrei: the operating system gives no randomness; stopping");
            std::process::abort();
        }
    }
}

/// The machine's clock and randomness.
pub fn system() -> Ambient {
    Ambient {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandomness),
    }
}

/// A monotonic moment, for saying how long something took.
pub fn moment() -> std::time::Instant {
    std::time::Instant::now()
}
