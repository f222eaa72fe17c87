//! The batch: 10,000 letters made as jobs, and one print run over all of them; how fast, and whether memory stays flat.

use std::time::Duration;

use wegfrei_cases::{MOST_SHEETS, PrintStanding};
use wegfrei_journal::Actor;
use wegfrei_model::AuthorityId;
use wegfrei_store::testing::Database;

use crate::figure::{Figure, Goal, Reporter};
use crate::house::{self, House, MAGDEBURG};
use crate::machine::{memory, moment};
use crate::{Effort, Result};

/// Cases; each has a notice and its leaflet in Leichte Sprache.
const CASES: u64 = 5_000;

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    for database in house::databases().await {
        batch(report, effort, &database).await?;
    }
    Ok(())
}

/// Memory after a tenth of the work, after half of it, and at its end. Caches fill in the beginning; what grows in the second half would
/// grow for ever.
#[derive(Default)]
struct Watched {
    early: f64,
    half: f64,
    end: f64,
}

impl Watched {
    fn look(&mut self, done: u64, all: u64) -> Result<()> {
        self.end = memory("self")?.resident;
        if self.early == 0.0 && done * 10 >= all {
            self.early = self.end;
        }
        if self.half == 0.0 && done * 2 >= all {
            self.half = self.end;
        }
        Ok(())
    }

    fn report(&self, report: &Reporter, what: &str, database: &Database, all: u64) {
        for (when, value) in [("a tenth", self.early), ("half", self.half), ("the end", self.end)] {
            let what = format!("{what}: memory at {when}");
            let figure = Figure::new("print", what, "MB", vec![value]);
            report.add(figure.on(database.engine()).of(all));
        }
        let what = format!("{what}: memory at the end against half");
        let figure = Figure::new("print", what, "×", vec![self.end / self.half.max(1.0)]);
        report.add(figure.goal(Goal::AtMost(1.15)).on(database.engine()).of(all));
    }
}

fn rate(done: u64, time: Duration) -> f64 {
    done as f64 / time.as_secs_f64()
}

async fn batch(report: &Reporter, effort: Effort, database: &Database) -> Result<()> {
    let house = House::build(database).await?;
    let cases = &house.cases;
    let authority = AuthorityId::parse(MAGDEBURG)?;
    let (count, engine) = (effort.of(CASES, 100), database.engine());
    for _ in 0..count {
        let case = cases.new_case_id();
        let sent = cases.submit_direct(house.person, authority, house::SERVICE, case, &house.application);
        sent.await?;
    }
    let all = 2 * count;

    let (mut watched, mut done, begin) = (Watched::default(), 0, moment());
    loop {
        match cases.work_once().await? {
            0 => break,
            some => done += some as u64,
        }
        watched.look(done, all)?;
    }
    let made = rate(all, begin.elapsed());
    let figure = Figure::new("print", "letters made as jobs, one worker", "letters/s", vec![made]);
    report.add(figure.on(engine).of(all));
    watched.report(report, "letters made", database, all);

    let staff = Actor::staff("sb-magdeburg-1", authority);
    let number = cases.start_print_run(&staff, MOST_SHEETS).await?;
    let (mut watched, mut longest, begin) = (Watched::default(), 0f64, moment());
    let run = loop {
        let step = moment();
        let worked = cases.work_once().await?;
        longest = longest.max(step.elapsed().as_secs_f64());
        let run = cases.print_run(&staff, number).await?;
        watched.look(run.line.printed, all)?;
        if worked == 0 {
            break run;
        }
    };
    if run.line.standing != PrintStanding::Made || run.line.printed != all {
        return Err(format!("{} of {all} letters are printed", run.line.printed).into());
    }
    let printed = rate(all, begin.elapsed());
    let what = format!("letters into {} print files", run.files.len());
    let figure = Figure::new("print", what, "letters/s", vec![printed]);
    report.add(figure.on(engine).of(all));
    let figure = Figure::new("print", "longest step, one file", "s", vec![longest]);
    report.add(figure.on(engine));
    watched.report(report, "print files", database, all);

    let begin = moment();
    cases.post_print_run(&staff, number, cases.now().date()).await?;
    while cases.work_once().await? > 0 {}
    let posted = cases.print_run(&staff, number).await?;
    if posted.line.standing != PrintStanding::Posted || !posted.left.is_empty() {
        return Err(format!("{} envelopes were not noted", posted.left.len()).into());
    }
    let noted = rate(posted.envelopes as u64, begin.elapsed());
    let figure = Figure::new("print", "day of posting noted", "envelopes/s", vec![noted]);
    report.add(figure.on(engine).of(posted.envelopes as u64));
    Ok(())
}
