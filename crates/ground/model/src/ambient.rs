//! Clock and randomness as parameters. Only the top of the house reads the machine's clock and random generator; everything
//! below is handed an [`Ambient`], and a test hands it a fixed one.

use crate::{Timestamp, ids::TypedId};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Where the time comes from. It may stand still and it may go backwards; callers that need order use a sequence.
pub trait Clock: Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// Where random bytes come from. Outside tests it is cryptographically secure and cannot fail (a machine without
/// randomness stops the process at the top).
pub trait Random: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Clock and randomness, cheap to clone.
#[derive(Clone)]
pub struct Ambient {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random generator.
    pub random: Arc<dyn Random>,
}

impl Ambient {
    /// The current moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// Fresh random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }
    /// A fresh id: the clock's millisecond and 74 random bits.
    #[must_use]
    pub fn new_id<T: TypedId>(&self) -> T {
        T::from_parts(self.now().as_unix_millis(), self.bytes())
    }
}

impl std::fmt::Debug for Ambient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ambient")
    }
}

/// An [`Ambient`] for tests: the clock stands at `start`, the random bytes are the same in every run and different in
/// every call. Use [`fixed_with_clock`] where the test moves the clock. **Not random**: never outside tests.
#[must_use]
pub fn fixed(start: Timestamp) -> Ambient {
    fixed_with_clock(start).0
}

/// As [`fixed`], and the clock to move it by.
#[must_use]
pub fn fixed_with_clock(start: Timestamp) -> (Ambient, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(start));
    (
        Ambient {
            clock: clock.clone(),
            random: Arc::new(CountingRandom::default()),
        },
        clock,
    )
}

/// A clock that moves only when told.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock standing at `start`.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.as_micros()))
    }
    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        self.set(self.now().saturating_add(duration));
    }
    /// Sets the clock, backwards too.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.as_micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        // INVARIANT: only micros of a `Timestamp` are ever stored.
        Timestamp::from_micros(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::EPOCH)
    }
}

/// Deterministic bytes: a counter through SplitMix64. For tests only.
#[derive(Debug, Default)]
pub struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let mut x = self
                .0
                .fetch_add(1, Ordering::SeqCst)
                .wrapping_add(1)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(x ^ (x >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CaseId;

    #[test]
    fn two_runs_are_alike_and_two_calls_are_not() {
        let (one, two) = (fixed(Timestamp::EPOCH), fixed(Timestamp::EPOCH));
        let (a, b): (CaseId, CaseId) = (one.new_id(), one.new_id());
        assert_ne!(a, b);
        assert_eq!((a, b), (two.new_id(), two.new_id()));
        assert_eq!(one.bytes::<13>(), two.bytes::<13>());
    }

    #[test]
    fn the_clock_moves_when_told() {
        let (ambient, clock) = fixed_with_clock(Timestamp::parse("2026-05-03T12:00:00Z").unwrap());
        let before: CaseId = ambient.new_id();
        clock.advance(Duration::from_secs(90));
        assert_eq!(ambient.now().to_string(), "2026-05-03T12:01:30.000000Z");
        assert!(before < ambient.new_id::<CaseId>());
        clock.set(Timestamp::EPOCH);
        assert_eq!(ambient.clone().now(), Timestamp::EPOCH);
    }
}
