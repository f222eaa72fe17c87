//! The only files that exist for a template.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use crate::library;

/// The built-in module of helpers.
pub const PRELUDE: &str = "/wegfrei.typ";
/// The module that binds `data`.
pub const DATA: &str = "/data.typ";

const MAIN_TEXT: &str = include_str!("../prelude/main.typ");
const PRELUDE_TEXT: &str = include_str!("../prelude/wegfrei.typ");
const DATA_TEXT: &str = "#let data = wegfrei-data().data\n";

/// The id of a virtual file. Typst interns paths for the life of the process, so only constants come here.
fn id(path: &'static str) -> FileId {
    match VirtualPath::new(path) {
        Ok(path) => RootedPath::new(VirtualRoot::Project, path).intern(),
        // INVARIANT: the five paths of this file are valid.
        Err(error) => unreachable!("{path}: {error}"),
    }
}

/// The template's own file.
pub fn template_id() -> FileId {
    id("/notice.typ")
}

/// The values of one letter, as canonical JSON.
pub fn values_id() -> FileId {
    id("/data.json")
}

/// What all letters share: built once, immutable.
pub struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    prelude: Source,
    data: Source,
}

impl Shared {
    /// Loads the fonts and parses the built-in modules.
    pub fn new() -> Self {
        // Noto Sans has every letter of DIN 91379; the assets of Typst follow as fallback (subscript digits).
        let noto = [
            notosans::REGULAR_TTF,
            notosans::BOLD_TTF,
            notosans::ITALIC_TTF,
            notosans::BOLD_ITALIC_TTF,
        ];
        let fonts: Vec<Font> = noto
            .into_iter()
            .chain(typst_assets::fonts())
            .flat_map(|file| Font::iter(Bytes::new(file)))
            .collect();
        Self {
            library: library::library(),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main: Source::new(id("/main.typ"), MAIN_TEXT.into()),
            prelude: Source::new(id(PRELUDE), PRELUDE_TEXT.into()),
            data: Source::new(id(DATA), DATA_TEXT.into()),
        }
    }
}

impl Shared {
    /// Whether some font has this character.
    pub fn has(&self, c: char) -> bool {
        self.fonts
            .iter()
            .any(|font| font.info().coverage.contains(u32::from(c)))
    }
}

/// One letter's world: the shared part, its template and its values.
pub struct Letter {
    pub shared: &'static Shared,
    pub template: Source,
    pub values: Bytes,
}

impl World for Letter {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.book
    }

    fn main(&self) -> FileId {
        self.shared.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [
            &self.template,
            &self.shared.prelude,
            &self.shared.data,
            &self.shared.main,
        ]
        .into_iter()
        .find(|source| source.id() == id)
        .cloned()
        .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == values_id() {
            Ok(self.values.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.get(index).cloned()
    }

    /// A notice carries the date it is given, never that of the machine.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
