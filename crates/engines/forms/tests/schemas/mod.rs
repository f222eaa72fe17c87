//! The published schemas of the corpus, for the tests of forms and of their pages.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the forms in the corpus, if it is there.
pub fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/corpus/fim");
    present(&folder).then_some(folder)
}

/// Whether a folder is there. One that is there and cannot be read is a failure: tests that look into it would pass without looking.
pub fn present(folder: &Path) -> bool {
    match (std::fs::read_dir(folder), folder.symlink_metadata()) {
        (Ok(_), _) => true,
        (Err(_), Err(missing)) if missing.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: corpus absent");
            false
        }
        (Err(error), _) => panic!("{} cannot be read: {error}", folder.display()),
    }
}

/// The published schemas by id.
pub fn schemas() -> Option<Vec<(String, String)>> {
    let archive = corpus()?.join("fim_xdf3_open.tar.xz");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let unpacked = Command::new("tar")
        .arg("-xJf")
        .arg(&archive)
        .arg("-C")
        .arg(&folder)
        .status();
    let unpacked = unpacked.unwrap_or_else(|error| panic!("tar: {error}"));
    assert!(
        unpacked.success(),
        "tar cannot unpack {}: {unpacked}",
        archive.display()
    );
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder.join("fim_data"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let xml = std::fs::read_to_string(entry.path().join("schema.xdf.xml")).unwrap();
            (entry.file_name().into_string().unwrap(), xml)
        })
        .collect();
    std::fs::remove_dir_all(&folder).unwrap();
    found.sort();
    Some(found)
}
