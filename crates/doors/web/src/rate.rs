//! Rate limits: a token bucket per client and kind of request; the clock is passed in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use wegfrei_model::Timestamp;

/// What a request costs the server, and so how often it may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Reading and filling in pages.
    Page,
    /// Logins.
    Login,
    /// Uploads of papers.
    Upload,
    /// The check page, which opens the journal for everybody.
    Check,
}

/// How many at once, and how many per minute after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Requests at once; 0 means no limit.
    pub burst: u32,
    /// Requests per minute in the long run.
    pub per_minute: u32,
}

/// The limits of one client address, or of one session.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// For [`Kind::Page`].
    pub page: Rule,
    /// For [`Kind::Login`].
    pub login: Rule,
    /// For [`Kind::Upload`].
    pub upload: Rule,
    /// For [`Kind::Check`].
    pub check: Rule,
}

impl Default for Rules {
    /// Generous for a town hall behind one address, too little for a machine that guesses.
    fn default() -> Self {
        Rules {
            page: Rule {
                burst: 300,
                per_minute: 900,
            },
            login: Rule {
                burst: 30,
                per_minute: 20,
            },
            upload: Rule {
                burst: 40,
                per_minute: 40,
            },
            check: Rule {
                burst: 40,
                per_minute: 40,
            },
        }
    }
}

impl Rules {
    /// No limits, for measurements.
    #[must_use]
    pub fn unlimited() -> Self {
        let none = Rule {
            burst: 0,
            per_minute: 0,
        };
        Rules {
            page: none,
            login: none,
            upload: none,
            check: none,
        }
    }

    fn of(&self, kind: Kind) -> Rule {
        match kind {
            Kind::Page => self.page,
            Kind::Login => self.login,
            Kind::Upload => self.upload,
            Kind::Check => self.check,
        }
    }
}

/// More clients than this are not remembered one by one; full buckets are forgotten first.
const MOST_CLIENTS: usize = 100_000;
const MINUTE: i64 = 60_000_000;

#[derive(Clone, Copy)]
struct Bucket {
    /// Tokens times [`MINUTE`], so that no fraction is lost.
    level: i64,
    at: i64,
}

/// All buckets.
pub struct Limiter {
    rules: Rules,
    buckets: Mutex<HashMap<(Kind, String), Bucket>>,
}

impl Limiter {
    /// Empty, with these rules.
    #[must_use]
    pub fn new(rules: Rules) -> Limiter {
        Limiter {
            rules,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one token of `client`'s bucket. `false` when it is empty: the request must not be served.
    #[must_use]
    pub fn allow(&self, kind: Kind, client: &str, now: Timestamp) -> bool {
        let rule = self.rules.of(kind);
        if rule.burst == 0 {
            return true;
        }
        let full = i64::from(rule.burst) * MINUTE;
        let now = now.as_micros();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_CLIENTS {
            let rules = self.rules;
            buckets.retain(|(kind, _), bucket| {
                refill(*bucket, rules.of(*kind), now) < i64::from(rules.of(*kind).burst) * MINUTE
            });
            if buckets.len() >= MOST_CLIENTS {
                buckets.clear(); // a flood from very many addresses: forgetting is better than running out of memory
            }
        }
        let bucket = buckets
            .entry((kind, client.to_owned()))
            .or_insert(Bucket { level: full, at: now });
        let level = refill(*bucket, rule, now);
        *bucket = Bucket {
            level,
            at: bucket.at.max(now),
        };
        if level < MINUTE {
            return false;
        }
        bucket.level = level - MINUTE;
        true
    }
}

/// The level after the time since; a clock that goes backwards adds nothing.
fn refill(bucket: Bucket, rule: Rule, now: i64) -> i64 {
    let passed = now.saturating_sub(bucket.at).max(0);
    bucket
        .level
        .saturating_add(passed.saturating_mul(i64::from(rule.per_minute)))
        .min(i64::from(rule.burst) * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    fn limiter(burst: u32, per_minute: u32) -> Limiter {
        Limiter::new(Rules {
            login: Rule { burst, per_minute },
            ..Rules::unlimited()
        })
    }

    #[test]
    fn burst_then_slow_then_refilled() {
        let limiter = limiter(3, 6);
        for _ in 0..3 {
            assert!(limiter.allow(Kind::Login, "a", at(0)));
        }
        assert!(!limiter.allow(Kind::Login, "a", at(0)));
        assert!(!limiter.allow(Kind::Login, "a", at(9)));
        assert!(limiter.allow(Kind::Login, "a", at(10)));
        assert!(!limiter.allow(Kind::Login, "a", at(10)));
    }

    #[test]
    fn clients_and_kinds_do_not_share() {
        let limiter = limiter(1, 1);
        assert!(limiter.allow(Kind::Login, "a", at(0)));
        assert!(limiter.allow(Kind::Login, "b", at(0)));
        assert!(!limiter.allow(Kind::Login, "a", at(1)));
        assert!(limiter.allow(Kind::Page, "a", at(1)));
    }

    #[test]
    fn a_clock_going_backwards_gives_nothing_away() {
        let limiter = limiter(1, 60);
        assert!(limiter.allow(Kind::Login, "a", at(100)));
        assert!(!limiter.allow(Kind::Login, "a", at(0)));
        assert!(!limiter.allow(Kind::Login, "a", at(50)));
        assert!(limiter.allow(Kind::Login, "a", at(101)));
    }

    #[test]
    fn never_more_than_the_burst_saved_up() {
        let limiter = limiter(2, 60);
        assert!(limiter.allow(Kind::Login, "a", at(0)));
        assert!(limiter.allow(Kind::Login, "a", at(100_000)));
        assert!(limiter.allow(Kind::Login, "a", at(100_000)));
        assert!(!limiter.allow(Kind::Login, "a", at(100_000)));
    }
}
