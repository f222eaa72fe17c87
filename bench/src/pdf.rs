//! Letters: the first one, warm ones, and memory over many.

use serde_json::{Value, json};
use wegfrei_model::{Date, Language};
use wegfrei_notices::{Meta, Typesetter};

use crate::figure::{Figure, Goal, Reporter};
use crate::machine::{memory, moment};
use crate::measure::Times;
use crate::{Effort, Result, house};

/// Letters of which the memory is watched.
const LETTERS: usize = 500;

fn file(service: &str, name: &str) -> Result<String> {
    let path = house::folder(&format!("packages/services/{service}/notices")).join(name);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

pub fn run(report: &Reporter, effort: Effort) -> Result<()> {
    let template = file("hundesteuer", "bescheid.typ")?;
    let sample: Value = serde_json::from_str(&file("hundesteuer", "bescheid.sample.json")?)?;
    let meta = Meta {
        title: "Bescheid über die Festsetzung der Hundesteuer".into(),
        author: "Landeshauptstadt Magdeburg".into(),
        language: Language::De,
        date: Date::constant(2026, 3, 18),
    };
    let letter = |number: usize| -> Value {
        let mut data = sample.clone();
        data["aktenzeichen"] = json!(format!("HS-2026-{number:07}"));
        data["empfaenger"]["name"] = json!(format!("Żaneta Wójcik-Großmüller {number}"));
        data["pruefung"]["url"] = json!(format!("https://wegfrei.example/pruefen?code={number:016}"));
        data
    };
    let typesetter = Typesetter::new();
    let begin = moment();
    let pdf = typesetter.render(&template, &letter(0), &meta)?;
    let first = begin.elapsed().as_secs_f64() * 1e3;
    let what = format!(
        "Hundesteuerbescheid, {} pages, first of a process, fonts loaded",
        pdf.pages
    );
    report.add(Figure::new("pdf", what, "ms", vec![first]));

    let letters = effort.of(LETTERS, 20);
    let (mut times, mut resident, mut early) = (Times::default(), 0f64, 0f64);
    let mut means = Vec::new();
    for run in 0..effort.of(5, 1) {
        let begin = moment();
        for number in 0..letters / effort.of(5, 1) {
            let data = letter(1 + run * letters + number);
            let one = moment();
            typesetter.render(&template, &data, &meta)?;
            times.add(one.elapsed());
            if times.len() == letters as u64 / 10 {
                early = memory("self")?.resident;
            }
        }
        means.push(begin.elapsed().as_secs_f64() * 1e3 * effort.of(5.0, 1.0) / letters as f64);
        resident = resident.max(memory("self")?.resident);
    }
    let mut sorted = Times::default();
    sorted.join(times);
    let figure = Figure::new("pdf", "Hundesteuerbescheid, warm, other recipients", "ms", means);
    report.add(figure.goal(Goal::AtMost(30.0)).of(sorted.len()).times(&sorted));
    let what = format!("memory after {} letters", letters / 10);
    report.add(Figure::new("pdf", what, "MB", vec![early]));
    let what = format!("memory, highest over {letters} letters");
    report.add(Figure::new("pdf", what, "MB", vec![resident]).of(letters as u64));

    let template = file("wohngeld", "bescheid.typ")?;
    let sample: Value = serde_json::from_str(&file("wohngeld", "bescheid.sample.json")?)?;
    let mut times = Times::default();
    for number in 0..=letters / 5 {
        let mut data = sample.clone();
        data["empfaenger"]["name"] = json!(format!("Żaneta Wójcik-Großmüller {number}"));
        let one = moment();
        typesetter.render(&template, &data, &meta)?;
        // The first one is not warm.
        if number > 0 {
            times.add(one.elapsed());
        }
    }
    let median = times.at(0.5);
    let figure = Figure::new(
        "pdf",
        "Wohngeldbescheid, warm, other recipients: the median",
        "ms",
        vec![median],
    );
    report.add(figure.goal(Goal::AtMost(30.0)).of(times.len()).times(&times));
    Ok(())
}
