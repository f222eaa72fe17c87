//! One measured figure, and how it is shown.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use wegfrei_model::ambient::Ambient;
use wegfrei_store::Engine;

use crate::machine;
use crate::measure::Times;

/// What a figure should reach.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
}

/// One figure: the median of its runs.
pub struct Figure {
    bench: &'static str,
    what: String,
    engine: Option<Engine>,
    unit: &'static str,
    goal: Option<Goal>,
    runs: Vec<f64>,
    n: u64,
    times: Option<(f64, f64)>,
}

impl Figure {
    /// A figure with one value a run.
    pub fn new(bench: &'static str, what: impl Into<String>, unit: &'static str, runs: Vec<f64>) -> Figure {
        Figure {
            bench,
            what: what.into(),
            engine: None,
            unit,
            goal: None,
            n: runs.len() as u64,
            runs,
            times: None,
        }
    }

    /// The database engine below it.
    pub fn on(mut self, engine: Engine) -> Figure {
        self.engine = Some(engine);
        self
    }

    /// What it should reach (issue 2, part 7).
    pub fn goal(mut self, goal: Goal) -> Figure {
        self.goal = Some(goal);
        self
    }

    /// How many operations stand behind it.
    pub fn of(mut self, n: u64) -> Figure {
        self.n = n;
        self
    }

    /// The single operations' times; shown as milliseconds.
    pub fn times(mut self, times: &Times) -> Figure {
        self.times = Some((times.at(0.50), times.at(0.99)));
        self
    }
}

/// Writes figures as they come.
pub struct Reporter {
    ambient: Ambient,
    cores: usize,
    processor: String,
    missed: AtomicUsize,
}

impl Reporter {
    /// Knows the machine.
    pub fn new() -> Reporter {
        Reporter {
            ambient: machine::ambient(),
            cores: machine::cores(),
            processor: machine::processor(),
            missed: AtomicUsize::new(0),
        }
    }

    /// How many goals were missed so far.
    pub fn missed(&self) -> usize {
        self.missed.load(Ordering::Relaxed)
    }

    /// A JSON line on standard output and a line for people on standard error.
    #[allow(clippy::print_stdout, reason = "the figures are this program's output")]
    pub fn add(&self, figure: Figure) {
        let mut runs = figure.runs;
        runs.sort_by(f64::total_cmp);
        let (Some(min), Some(value), Some(max)) = (runs.first(), runs.get(runs.len() / 2), runs.last()) else {
            return;
        };
        let (goal, reached) = match figure.goal {
            Some(Goal::AtLeast(goal)) => (Some(goal), Some(*value >= goal)),
            Some(Goal::AtMost(goal)) => (Some(goal), Some(*value <= goal)),
            None => (None, None),
        };
        if reached == Some(false) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
        let engine = figure.engine.map(|engine| engine.to_string());
        let (p50, p99) = figure.times.unzip();
        println!(
            "{}",
            json!({
                "bench": figure.bench,
                "what": figure.what,
                "engine": engine,
                "value": rounded(*value),
                "unit": figure.unit,
                "goal": goal,
                "reached": reached,
                "min": rounded(*min),
                "max": rounded(*max),
                "runs": runs.len(),
                "n": figure.n,
                "p50": p50.map(rounded),
                "p99": p99.map(rounded),
                "cores": self.cores,
                "cpu": self.processor,
                "load": machine::load(),
                "release": !cfg!(debug_assertions),
                "at": self.ambient.now().to_string(),
            })
        );
        let verdict = match (goal, reached) {
            (Some(goal), Some(true)) => format!("goal {goal} reached"),
            (Some(goal), _) => format!("goal {goal} MISSED"),
            (None, _) => String::new(),
        };
        let times = match (p50, p99) {
            (Some(p50), Some(p99)) => format!("p50 {p50:.2} ms  p99 {p99:.2} ms"),
            _ => String::new(),
        };
        eprintln!(
            "{:8} {:56} {:10} {:>9} {:14} {:20} {times}",
            figure.bench,
            figure.what,
            engine.unwrap_or_default(),
            rounded(*value),
            figure.unit,
            verdict
        );
    }
}

/// Four digits say what was measured; more would pretend.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let places = 3 - value.abs().log10().floor() as i32;
    if places <= 0 {
        return value.round();
    }
    let scale = 10f64.powi(places);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn four_digits() {
        for (value, expected) in [
            (0.0, 0.0),
            (31_234.6, 31_235.0),
            (612.349, 612.3),
            (0.012_345_6, 0.012_35),
        ] {
            assert_eq!(rounded(value), expected);
        }
    }
}
