//! The files of a package or of the whole packages folder: path → bytes, from a folder or from the binary.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most files of one folder.
const MOST_FILES: usize = 5_000;
/// Largest file, in bytes.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;
/// Largest sum, in bytes.
const LARGEST_SUM: u64 = 128 * 1024 * 1024;
/// Deepest folder.
const DEEPEST: usize = 8;

/// Why files could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The operating system refused.
    #[error("cannot read {path}: {source}")]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why it could not be.
        source: std::io::Error,
    },
    /// A name that is no plain relative path.
    #[error("`{0}` is no plain relative path: use letters, digits, `/`, `.`, `-`, `_`, `@` and no `..`")]
    Name(String),
    /// A symbolic link that leaves the folder or names a folder.
    #[error("{0} is a symbolic link out of the folder or to a folder: put the file itself there")]
    Link(PathBuf),
    /// Too many, too large or too deep.
    #[error("{path}: {what}")]
    Limit {
        /// Where the limit was reached.
        path: PathBuf,
        /// Which limit.
        what: String,
    },
}

/// Paths with forward slashes, relative to the folder, and their content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    entries: BTreeMap<String, Vec<u8>>,
}

impl Files {
    /// Reads a folder. Hidden files (`.git`) are left out; symbolic links may name files inside the folder only.
    ///
    /// # Errors
    /// [`FilesError`] with the path at fault; at most 5,000 files, 8 MiB each, 128 MiB together, 8 folders deep.
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Files, FilesError> {
        let folder = folder.as_ref();
        let root = folder.canonicalize().map_err(|source| FilesError::Read {
            path: folder.to_owned(),
            source,
        })?;
        let mut files = Files::default();
        let mut sum = 0;
        let mut open = vec![(root.clone(), String::new(), 0)];
        while let Some((path, prefix, depth)) = open.pop() {
            let limit = |what: String| FilesError::Limit {
                path: path.clone(),
                what,
            };
            if depth > DEEPEST {
                return Err(limit(format!("more than {DEEPEST} folders deep")));
            }
            let read = |source| FilesError::Read {
                path: path.clone(),
                source,
            };
            for entry in std::fs::read_dir(&path).map_err(read)? {
                let entry = entry.map_err(read)?;
                let name = entry.file_name();
                let Some(name) = name.to_str() else {
                    return Err(FilesError::Name(name.to_string_lossy().into_owned()));
                };
                if name.starts_with('.') {
                    continue;
                }
                let full = entry.path();
                let read = |source| FilesError::Read {
                    path: full.clone(),
                    source,
                };
                let kind = entry.file_type().map_err(read)?;
                let target = if kind.is_symlink() {
                    full.canonicalize().map_err(read)?
                } else {
                    full.clone()
                };
                let meta = std::fs::metadata(&target).map_err(read)?;
                if kind.is_symlink() && (!target.starts_with(&root) || !meta.is_file()) {
                    return Err(FilesError::Link(full));
                }
                let key = format!("{prefix}{name}");
                if meta.is_dir() {
                    open.push((target, format!("{key}/"), depth + 1));
                    continue;
                }
                sum += meta.len();
                if meta.len() > LARGEST_FILE || sum > LARGEST_SUM || files.entries.len() >= MOST_FILES {
                    return Err(limit(format!(
                        "`{key}`: more than {LARGEST_FILE} bytes, or more than {MOST_FILES} files or {LARGEST_SUM} bytes in all"
                    )));
                }
                files.insert(&key, std::fs::read(&target).map_err(read)?)?;
            }
        }
        Ok(files)
    }

    /// Takes files from memory, for example from the binary.
    ///
    /// # Errors
    /// [`FilesError::Name`] for a path that is not plain and relative.
    pub fn from_memory<P: AsRef<str>, B: Into<Vec<u8>>>(
        entries: impl IntoIterator<Item = (P, B)>,
    ) -> Result<Files, FilesError> {
        let mut files = Files::default();
        for (path, bytes) in entries {
            files.insert(path.as_ref(), bytes.into())?;
        }
        Ok(files)
    }

    /// Adds or replaces one file.
    ///
    /// # Errors
    /// As [`Files::from_memory`].
    pub fn insert(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), FilesError> {
        let plain = |part: &str| {
            !part.is_empty()
                && part != ".."
                && part != "."
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | ' ' | '(' | ')'))
        };
        if !path.split('/').all(plain) {
            return Err(FilesError::Name(path.to_owned()));
        }
        self.entries.insert(path.to_owned(), bytes);
        Ok(())
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        self.entries.remove(path)
    }

    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.entries.get(path).map(Vec::as_slice)
    }

    /// All paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// All files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The files of one folder, with paths relative to it.
    #[must_use]
    pub fn under(&self, folder: &str) -> Files {
        let prefix = format!("{folder}/");
        let inside = self
            .entries
            .iter()
            .filter_map(|(path, bytes)| path.strip_prefix(&prefix).map(|rest| (rest.to_owned(), bytes.clone())));
        Files {
            entries: inside.collect(),
        }
    }

    /// Names of the folders directly inside `folder`, sorted.
    pub fn folders(&self, folder: &str) -> Vec<String> {
        let prefix = format!("{folder}/");
        let inside = self
            .entries
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix)?.split_once('/'));
        let mut names: Vec<String> = inside.map(|(name, _)| name.to_owned()).collect();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_relative() {
        for (path, good) in [
            ("package.toml", true),
            ("texts/de-leicht.md", true),
            ("hundesteuer@1.0.0/form.xdf3.xml", true),
            ("", false),
            ("/etc/passwd", false),
            ("../x", false),
            ("a/../b", false),
            ("a//b", false),
            ("a\\b", false),
            ("a\0b", false),
        ] {
            assert_eq!(Files::from_memory([(path, "x")]).is_ok(), good, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("in/a.toml"), "a").unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink("a.toml", folder.path().join("in/b.toml")).unwrap();
        let files = Files::from_folder(folder.path().join("in")).unwrap();
        assert_eq!(files.paths().collect::<Vec<_>>(), ["a.toml", "b.toml"]);
        std::os::unix::fs::symlink("../secret", folder.path().join("in/c.toml")).unwrap();
        assert!(matches!(
            Files::from_folder(folder.path().join("in")),
            Err(FilesError::Link(_))
        ));
        std::fs::remove_file(folder.path().join("in/c.toml")).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("in/loop")).unwrap();
        assert!(matches!(
            Files::from_folder(folder.path().join("in")),
            Err(FilesError::Link(_))
        ));
    }

    #[test]
    fn parts_of_a_folder() {
        let files = Files::from_memory([("services/a/x", "1"), ("services/b/y/z", "2"), ("top", "3")]).unwrap();
        assert_eq!(files.folders("services"), ["a", "b"]);
        assert_eq!(files.under("services/b").get("y/z"), Some(&b"2"[..]));
        assert!(Files::from_folder("/nowhere/at/all").is_err());
    }
}
