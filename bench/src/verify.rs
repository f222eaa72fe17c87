//! Computing everything again.

use std::time::Duration;

use wegfrei_cases::{AccessProjection, CaseProjection};
use wegfrei_journal::{Keys, Projection, VerifyOptions, verify};
use wegfrei_store::{Engine, Store};

use crate::figure::{Figure, Reporter};
use crate::house;
use crate::journal::{Journals, Load};
use crate::machine::moment;
use crate::measure::flood;
use crate::submit::fill;
use crate::{Effort, Result};

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    for database in house::databases().await {
        let journals = Journals::start(&database).await?;
        let time = Duration::from_secs(effort.of(6, 1));
        flood(journals.writers(1024, Load::One), Duration::ZERO, time).await?;
        let what = "entries of one line, hashes and trees";
        timed(
            report,
            effort,
            what,
            database.engine(),
            &journals.store,
            &journals.keys,
            &[],
        )
        .await?;
        journals.close().await;
    }
    for database in house::databases().await {
        let house = fill(&database, Duration::from_secs(effort.of(6, 1))).await?;
        let what = "cases, with all tables computed again";
        let projections: [&dyn Projection; 2] = [&CaseProjection, &AccessProjection];
        timed(
            report,
            effort,
            what,
            database.engine(),
            &house.store,
            &house.keys,
            &projections,
        )
        .await?;
        house.cases.journal().close().await;
        house.store.close().await;
    }
    Ok(())
}

async fn timed(
    report: &Reporter,
    effort: Effort,
    what: &str,
    engine: Engine,
    store: &Store,
    keys: &Keys,
    projections: &[&dyn Projection],
) -> Result<()> {
    let (mut rates, mut entries) = (Vec::new(), 0);
    for _ in 0..effort.runs() {
        let begin = moment();
        let found = verify(store, keys, projections, &VerifyOptions::default()).await?;
        rates.push(found.entries as f64 / begin.elapsed().as_secs_f64());
        entries = found.entries;
        if let Some(finding) = found.first() {
            return Err(format!("what was just written is not clean: {finding}").into());
        }
    }
    report.add(Figure::new("verify", what, "entries/s", rates).on(engine).of(entries));
    Ok(())
}
