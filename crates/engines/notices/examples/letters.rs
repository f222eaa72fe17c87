//! How fast letters are made and whether memory stays flat.
//!
//! `cargo run --release -p wegfrei-notices --example letters -- TEMPLATE.typ DATA.json COUNT [OUT.pdf]`
//! renders the template COUNT times, each time for another recipient, and prints one JSON line.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example that measures"
)]

use std::error::Error;
use std::time::Instant;

use serde_json::{Value, json};
use wegfrei_model::{Date, Language};
use wegfrei_notices::{Meta, Typesetter};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [template, data, count, rest @ ..] = arguments.as_slice() else {
        return Err("usage: letters TEMPLATE.typ DATA.json COUNT [OUT.pdf]".into());
    };
    let template = std::fs::read_to_string(template)?;
    let mut data: Value = serde_json::from_str(&std::fs::read_to_string(data)?)?;
    let count: usize = count.parse()?;
    let meta = Meta {
        title: "Bescheid über die Festsetzung der Hundesteuer".into(),
        author: "Landeshauptstadt Magdeburg".into(),
        language: Language::De,
        date: Date::constant(2026, 3, 18),
    };

    let started = Instant::now();
    let typesetter = Typesetter::new();
    let load = started.elapsed();
    let first = Instant::now();
    let pdf = typesetter.render(&template, &data, &meta)?;
    let cold = first.elapsed();
    if let [out, ..] = rest {
        std::fs::write(out, &pdf.bytes)?;
    }

    let mut times = Vec::with_capacity(count);
    let mut memory = Vec::new();
    for number in 0..count {
        data["aktenzeichen"] = json!(format!("HS-2026-{number:07}"));
        data["empfaenger"]["name"] = json!(format!("Żaneta Wójcik-Großmüller {number}"));
        data["pruefung"]["url"] = json!(format!("https://wegfrei.example/pruefen/{number:012}"));
        let letter = Instant::now();
        typesetter.render(&template, &data, &meta)?;
        times.push(letter.elapsed());
        if number % (count / 8).max(1) == 0 {
            memory.push(resident_mib());
        }
    }
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    println!(
        "{}",
        json!({
            "letters": count,
            "pages": pdf.pages,
            "bytes": pdf.bytes.len(),
            "load_ms": load.as_secs_f64() * 1e3,
            "cold_ms": cold.as_secs_f64() * 1e3,
            "p50_ms": at(50),
            "p99_ms": at(99),
            "resident_mib": memory,
        })
    );
    Ok(())
}

/// Resident memory of this process in MiB; `None` where the system has no `/proc`.
fn resident_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
