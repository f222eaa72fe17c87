//! The inputs kept for a target: `seeds`, a few that reach far, and `regressions`, each that once failed. The engines' tests run them.

use std::fs;
use std::path::Path;

/// Calls `hold` with each; the name of the last one told is that of the one that fails.
pub fn run(target: &str, mut hold: impl FnMut(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz");
    let mut paths = Vec::new();
    for kind in ["seeds", "regressions"] {
        for entry in fs::read_dir(fuzz.join(kind).join(target)).into_iter().flatten() {
            paths.push(entry.unwrap().path());
        }
    }
    paths.sort();
    assert!(paths.len() > 3, "no inputs for {target}");
    for path in paths {
        eprintln!("{}", path.display());
        hold(&fs::read(path).unwrap());
    }
}
