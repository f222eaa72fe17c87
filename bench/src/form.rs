//! Loading a published form: time, and memory at the worst moment.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use wegfrei_forms::Form;

use crate::figure::{Figure, Goal, Reporter};
use crate::machine::{memory, moment};
use crate::{Effort, Result};

/// The largest published schema of the test material, which lies beside the repository; `None` where it does not.
fn largest() -> Result<Option<String>> {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/fim/fim_xdf3_open.tar.xz");
    if !archive.is_file() {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let unpacked = Command::new("tar")
        .arg("-xJf")
        .arg(&archive)
        .arg("-C")
        .arg(folder.path())
        .status()?;
    if !unpacked.success() {
        return Ok(None);
    }
    let mut largest = String::new();
    for entry in std::fs::read_dir(folder.path().join("fim_data"))? {
        let text = std::fs::read_to_string(entry?.path().join("schema.xdf.xml"))?;
        if text.len() > largest.len() {
            largest = text;
        }
    }
    Ok(Some(largest))
}

pub fn run(report: &Reporter, effort: Effort) -> Result<()> {
    let Some(xml) = largest()? else {
        eprintln!("wegfrei-bench: form: the published schemas are not here; nothing measured");
        return Ok(());
    };
    let broken = |findings: Vec<wegfrei_forms::Finding>| format!("the form does not load: {findings:?}");
    // Memory first: later loads reuse what the first gave back.
    let before = memory("self")?;
    let form = Form::parse(black_box(&xml)).map_err(broken)?;
    let after = memory("self")?;
    let times_of_file = |megabytes: f64| megabytes / (xml.len() as f64 / 1e6);
    let (most, kept) = (after.peak - before.resident, after.own - before.own);
    let name = format!(
        "largest published form ({:.1} MB, {} rules)",
        xml.len() as f64 / 1e6,
        form.rules()
    );
    let goal = Goal::AtMost(10.0);
    report.add(
        Figure::new(
            "form",
            format!("{name}, memory at most"),
            "× file",
            vec![times_of_file(most)],
        )
        .goal(goal),
    );
    report.add(Figure::new(
        "form",
        format!("{name}, memory kept"),
        "× file",
        vec![times_of_file(kept)],
    ));

    let loads: Result<Vec<f64>> = (0..effort.of(20, 3))
        .map(|_| {
            let begin = moment();
            black_box(Form::parse(black_box(&xml)).map_err(broken)?);
            Ok(begin.elapsed().as_secs_f64() * 1e3)
        })
        .collect();
    report.add(Figure::new("form", format!("{name}, loaded"), "ms", loads?).goal(Goal::AtMost(100.0)));

    let today = wegfrei_model::Date::constant(2026, 8, 12);
    let rounds = effort.of(200, 20);
    let evaluated: Vec<f64> = (0..effort.of(5, 1))
        .map(|_| {
            let begin = moment();
            for _ in 0..rounds {
                black_box(form.evaluate(black_box(&json!({})), today));
            }
            begin.elapsed().as_secs_f64() * 1e3 / f64::from(rounds)
        })
        .collect();
    report.add(Figure::new(
        "form",
        format!("{name}, all rules of an empty form"),
        "ms",
        evaluated,
    ));
    Ok(())
}
