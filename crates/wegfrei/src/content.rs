//! The packages inside the binary.

use std::path::Path;

use wegfrei_packages::{Catalogue, CatalogueError, Files};

static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/packages.rs"));

/// Loads and checks the catalogue from a folder, or from the binary.
pub fn catalogue(folder: Option<&Path>) -> Result<Catalogue, CatalogueError> {
    match folder {
        Some(folder) => Catalogue::from_folder(folder),
        None => Catalogue::load(&Files::from_memory(
            EMBEDDED.iter().map(|(name, bytes)| (*name, bytes.to_vec())),
        )?),
    }
}

/// The people of the demonstration.
pub const DEMONSTRATION_PEOPLE: &str = include_str!("../../../packages/demonstration/people.toml");
