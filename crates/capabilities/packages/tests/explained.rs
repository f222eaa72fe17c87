//! What every example of every package is decided to, and why, byte by byte: a changed engine must not decide or explain stored cases
//! otherwise. A line that changes is looked at; `WEGFREI_UPDATE_GOLDEN=1` then writes `explained.golden` anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fmt::Write as _;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use wegfrei_packages::{Catalogue, Files};

#[test]
fn every_example_is_decided_and_explained_to_the_same_bytes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalogue = Catalogue::load(&Files::from_folder(here.join("../../../packages")).unwrap()).unwrap();
    let mut report = String::new();
    for service in ["hundesteuer", "widerspruch", "wohngeld"] {
        let package = catalogue.package(service).unwrap();
        for example in package.examples() {
            // Some show what is refused.
            let Ok(made) = example.decide(package) else {
                continue;
            };
            let stored = serde_json::to_string(&(&made.decided.inputs, &made.decided.value, &made.decided.explanation));
            let sha256 = digest(&SHA256, stored.unwrap().as_bytes());
            let hex: String = sha256.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(report, "{service} {} {hex}", example.file).unwrap();
        }
    }
    let golden = here.join("tests/explained.golden");
    if std::env::var_os("WEGFREI_UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &report).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&golden).unwrap_or_default(), report);
}
