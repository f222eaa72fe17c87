//! The packages inside the binary.

use std::path::{Path, PathBuf};

use wegfrei_packages::{Catalogue, CatalogueError, Files};

static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/packages.rs"));

/// Loads and checks the catalogue from a folder, or from the binary; `added` are folders of single packages beside those.
pub fn catalogue(folder: Option<&Path>, added: &[PathBuf]) -> Result<Catalogue, CatalogueError> {
    let mut files = match folder {
        Some(folder) => Files::from_folder(folder)?,
        None => embedded("")?,
    };
    for folder in added {
        // By its real name, also when it was given as `.`.
        let named = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let name = named.file_name().unwrap_or_default().to_string_lossy();
        for (path, bytes) in Files::from_folder(folder)?.iter() {
            files.insert(&format!("services/{name}/{path}"), bytes.to_vec())?;
        }
    }
    Catalogue::load(&files)
}

/// The authorities alone, without a service.
pub fn authorities() -> Result<Catalogue, CatalogueError> {
    Catalogue::load(&embedded("authorities/")?)
}

fn embedded(folder: &str) -> Result<Files, CatalogueError> {
    let inside = EMBEDDED.iter().filter(|(name, _)| name.starts_with(folder));
    Ok(Files::from_memory(inside.map(|(name, bytes)| (*name, bytes.to_vec())))?)
}

/// The people of the demonstration.
pub const DEMONSTRATION_PEOPLE: &str = include_str!("../../../packages/demonstration/people.toml");
