//! What the measuring process asks of the machine: time, randomness, processor, memory of a process.
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads the machine's clock; the house under measurement gets it as a parameter"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wegfrei_model::Timestamp;
use wegfrei_model::ambient::{Ambient, Clock, Random};

use crate::Result;

struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(micros).unwrap_or(Timestamp::MAX)
    }
}

impl Random for Machine {
    fn fill(&self, buffer: &mut [u8]) {
        if aws_lc_rs::rand::fill(buffer).is_err() {
            eprintln!("wegfrei-bench: the operating system gives no randomness; stopping");
            std::process::abort();
        }
    }
}

/// The machine's clock and randomness.
pub fn ambient() -> Ambient {
    Ambient {
        clock: Arc::new(Machine),
        random: Arc::new(Machine),
    }
}

/// A moment to measure from.
pub fn moment() -> Instant {
    Instant::now()
}

/// Processors this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processor's own name.
pub fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name"));
    name.and_then(|rest| rest.split_once(':'))
        .map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

/// Processes that wanted to run in the last minute: more than this program's own means a shared machine.
pub fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Memory of a process.
pub struct Memory {
    /// Resident, in MB (10⁶ bytes), as tools show it: with the pages of the program file that were touched.
    pub resident: f64,
    /// The part of it that is the process's own, in MB.
    pub own: f64,
    /// The most that was ever resident, in MB.
    pub peak: f64,
}

/// Memory of the process with this id (`self` for this one).
pub fn memory(process: &str) -> Result<Memory> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| -> Result<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        let kib: f64 = number
            .ok_or_else(|| format!("/proc/{process}/status has no {name}"))?
            .parse()?;
        Ok(kib * 1024.0 / 1e6)
    };
    Ok(Memory {
        resident: field("VmRSS:")?,
        own: field("RssAnon:")?,
        peak: field("VmHWM:")?,
    })
}

/// Processor time the process has used so far, all threads, in seconds.
pub fn processor_seconds(process: &str) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold blanks; utime and stime are fields 14 and 15.
    let rest = text.rsplit_once(')').map_or(text.as_str(), |(_, rest)| rest);
    let mut ticks = 0.0;
    for field in rest.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<f64>()?;
    }
    // Linux shows user space hundredths of a second, whatever the kernel counts in.
    Ok(ticks / 100.0)
}

/// How often a second a small append to one file in `folder` becomes durable, one after the other: what bounds a
/// database without group commit.
pub fn flushes_per_second(folder: &Path, time: Duration) -> Result<f64> {
    use std::io::Write as _;
    let path = folder.join("flush");
    let mut file = std::fs::File::create(&path)?;
    let (begin, mut count) = (moment(), 0u32);
    while begin.elapsed() < time {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / begin.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}
