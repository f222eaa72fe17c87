//! A copy of the real package that a test may break.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::workspace;

pub fn copy_of_the_package() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("packages/services/hundesteuer"), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
