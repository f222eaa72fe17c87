//! What a template can name: Typst's standard library without everything that reads files or source text, and two
//! functions of ours.

use std::sync::LazyLock;

use typst::diag::{SourceResult, bail};
use typst::engine::Engine;
use typst::foundations::{
    Args, Array, Binding, CastInfo, Dict, Func, IntoValue, NativeFuncData, NativeFuncPtr, Scope, Str, Value,
};
use typst::syntax::Span;
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World as _};

use crate::{data, world};

/// Names of the standard library that are refused in notices, with the reason an author gets.
pub const REFUSED: [(&str, &str); 11] = [
    ("read", FILES),
    ("json", FILES),
    ("csv", FILES),
    ("yaml", FILES),
    ("toml", FILES),
    ("xml", FILES),
    ("cbor", FILES),
    ("bibliography", FILES),
    (
        "image",
        "a notice has no pictures; draw with shapes, and give them an alternative text",
    ),
    (
        "plugin",
        "a notice runs no foreign code; write a function in the template",
    ),
    (
        "eval",
        "text must never become source; write a function in the template",
    ),
];

const FILES: &str = "a notice reads no files; take values from `data` of \"/data.typ\"";

/// The name under which `/wegfrei.typ` finds the QR encoder.
const QR: &str = "wegfrei-qr";
/// The name under which `/data.typ` finds the data.
const DATA: &str = "wegfrei-data";

/// Builds the library; the same for every letter, so that compiled modules can be reused.
pub fn library() -> LazyHash<Library> {
    let mut library = Library::default();
    let scope = library.global.scope_mut();
    for ((name, _), function) in REFUSED.iter().zip(&REFUSALS) {
        scope.bind((*name).into(), Binding::detached(Func::from(function)));
    }
    scope.bind(QR.into(), Binding::detached(Func::from(&QR_FUNCTION)));
    scope.bind(DATA.into(), Binding::detached(Func::from(&DATA_FUNCTION)));
    library.std = Binding::detached(library.global.clone());
    LazyHash::new(library)
}

const fn native(name: &'static str, function: NativeFuncPtr) -> NativeFuncData {
    NativeFuncData {
        function,
        name,
        title: name,
        docs: "",
        def_site: None,
        keywords: &[],
        contextual: false,
        scope: LazyLock::new(&Scope::new),
        params: LazyLock::new(&Vec::new),
        returns: LazyLock::new(&|| CastInfo::Any),
    }
}

macro_rules! refusals {
    ($($index:literal)*) => {
        [$(native(
            REFUSED[$index].0,
            NativeFuncPtr(&|_, _, args| refuse($index, args)),
        )),*]
    };
}

static REFUSALS: [NativeFuncData; 11] = refusals!(0 1 2 3 4 5 6 7 8 9 10);

fn refuse(index: usize, args: &mut Args) -> SourceResult<Value> {
    let (name, reason) = REFUSED.get(index).copied().unwrap_or(("this", FILES));
    bail!(args.span, "`{name}` is not available in notices"; hint: "{reason}")
}

static QR_FUNCTION: NativeFuncData = native(QR, NativeFuncPtr(&|_, _, args| qr(args)));
static DATA_FUNCTION: NativeFuncData = native(DATA, NativeFuncPtr(&|engine, _, args| notice_data(engine, args.span)));

fn notice_data(engine: &mut Engine, span: Span) -> SourceResult<Value> {
    let bytes = match engine.world.file(world::values_id()) {
        Ok(bytes) => bytes,
        Err(error) => bail!(span, "{error}"),
    };
    match data::read(&bytes) {
        Ok(value) => Ok(value),
        Err(message) => bail!(span, "{message}"),
    }
}

/// `(size: n, runs: ((x, y, length), …))`: the dark modules of the QR code (ISO/IEC 18004, error correction level M)
/// as horizontal runs, without the quiet zone.
fn qr(args: &mut Args) -> SourceResult<Value> {
    let span = args.span;
    let text: Str = args.expect("text")?;
    args.take().finish()?;
    let code = match qrcodegen::QrCode::encode_text(&text, qrcodegen::QrCodeEcc::Medium) {
        Ok(code) => code,
        Err(error) => bail!(span, "no QR code holds this text: {error}"; hint: "at most about 2300 characters"),
    };
    let mut runs = Array::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                let run: Array = [start, y, x - start]
                    .map(|number| i64::from(number).into_value())
                    .into_iter()
                    .collect();
                runs.push(run.into_value());
            }
            x += 1;
        }
    }
    let mut result = Dict::new();
    result.insert("size".into(), i64::from(code.size()).into_value());
    result.insert("runs".into(), runs.into_value());
    Ok(result.into_value())
}
