//! When a timer fires. The engine knows no calendar: it checks what is written and passes it on.

use jiff::Span;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// When a timer fires. The engine passes it on; the caller knows the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerSpec {
    /// ISO 8601 duration from now, for example `P14D`.
    Duration(String),
    /// ISO 8601 date or date-time, for example `2026-03-31`.
    Date(String),
    /// Repeating ISO 8601 interval, for example `R3/P7D`: it fires, and counts one less, until `R0`; `R/P7D` fires for ever. With
    /// a start (`R3/2026-03-31/P7D`) it fires there first. The effect names the rest that still runs.
    Cycle(String),
    /// Name of a legal deadline, for example `rechtsbehelfsfrist`; the package says how it is counted.
    Deadline(String),
}

impl TimerSpec {
    /// The text in the file.
    pub fn text(&self) -> &str {
        let (TimerSpec::Duration(text) | TimerSpec::Date(text) | TimerSpec::Cycle(text) | TimerSpec::Deadline(text)) =
            self;
        text
    }
}

/// A repeating interval, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// How often it still fires; without a number for ever.
    pub times: Option<u32>,
    /// When it fires first; without it one interval from now.
    pub first: Option<String>,
    /// What lies between two times, as ISO 8601 duration.
    pub every: String,
}

impl Cycle {
    /// Reads `R[n]/[start/]duration` (ISO 8601, 4.5); `None` when it is none. An interval must be longer than nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Cycle> {
        let rest = text.trim().strip_prefix('R')?;
        let (times, rest) = rest.split_once('/')?;
        let times = match times {
            "" => None,
            number => Some(number.parse::<u32>().ok()?),
        };
        let (first, every) = match rest.split_once('/') {
            Some((first, every)) => (Some(first), every),
            None => (None, rest),
        };
        if first.is_some_and(|first| !is_date(first)) {
            return None;
        }
        let span = duration(every)?;
        span.is_positive().then(|| Cycle {
            times,
            first: first.map(str::to_owned),
            every: every.to_owned(),
        })
    }

    /// The rest after it fired once; `None` when that was the last time.
    #[must_use]
    pub fn rest(&self) -> Option<Cycle> {
        let times = match self.times {
            Some(0 | 1) => return None,
            Some(times) => Some(times - 1),
            None => None,
        };
        Some(Cycle {
            times,
            first: None,
            every: self.every.clone(),
        })
    }

    /// As it would stand in a file.
    #[must_use]
    pub fn text(&self) -> String {
        let times = self.times.map(|times| times.to_string()).unwrap_or_default();
        match &self.first {
            Some(first) => format!("R{times}/{first}/{}", self.every),
            None => format!("R{times}/{}", self.every),
        }
    }
}

/// An ISO 8601 duration, as a file writes it (`P14D`, never the words jiff also reads).
pub(crate) fn duration(text: &str) -> Option<Span> {
    text.starts_with('P').then(|| text.parse::<Span>().ok()).flatten()
}

/// An ISO 8601 date or date-time, with or without an offset.
pub(crate) fn is_date(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && (text.parse::<DateTime>().is_ok() || text.parse::<jiff::Timestamp>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_count_down() {
        for (text, rests) in [
            ("R3/P7D", vec!["R2/P7D", "R1/P7D"]),
            ("R1/P1M", vec![]),
            ("R0/P1M", vec![]),
            ("R2/2026-03-31/P7D", vec!["R1/P7D"]),
        ] {
            let mut cycle = Cycle::parse(text).unwrap();
            assert_eq!(cycle.text(), text);
            let mut got = Vec::new();
            while let Some(rest) = cycle.rest() {
                got.push(rest.text());
                cycle = rest;
            }
            assert_eq!(got, rests, "{text}");
        }
        assert_eq!(Cycle::parse("R/PT1H").unwrap().rest().unwrap().text(), "R/PT1H");
        for bad in [
            "",
            "P7D",
            "R3",
            "R3/",
            "R-1/P7D",
            "R3/PT0S",
            "R3/-P7D",
            "R3/P7X",
            "R3/31.3.2026/P7D",
            "Rx/P1D",
        ] {
            assert_eq!(Cycle::parse(bad), None, "{bad}");
        }
    }
}
