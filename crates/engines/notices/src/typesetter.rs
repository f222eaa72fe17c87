//! Template and data in, PDF out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use serde_json::{Value, json};
use typst::WorldExt;
use typst::diag::{Severity, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Smart};
use typst::syntax::{DiagSpan, DiagSpanKind, Source};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use wegfrei_model::{Date, Language};

use crate::data_type::DataType;
use crate::error::{Finding, NoticeError};
use crate::world::{Letter, Shared, template_id};
use crate::{check, data, names};

/// Compiled parts that no letter used for this many letters are forgotten. Large enough to keep the common parts of a
/// dozen templates in alternation, small enough that memory stays flat over any number of letters.
const KEEP_LETTERS: usize = 16;

/// What the PDF says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Title, shown by the reader instead of the file name; not empty (PDF/UA-1 7.1).
    pub title: String,
    /// The authority that sends the letter.
    pub author: String,
    /// Language of the text; Leichte Sprache is German to a screen reader.
    pub language: Language,
    /// Date of the letter; the PDF's creation date is its midnight in UTC.
    pub date: Date,
}

/// A finished letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file: PDF 1.7, PDF/A-2a and PDF/UA-1.
    pub bytes: Vec<u8>,
    /// Number of pages, at least 1.
    pub pages: usize,
}

/// Fonts, library and built-in modules, the same for every letter of the process. Loaded with the first letter: a server
/// starts without them, and checking a template does not need them.
static SHARED: LazyLock<Shared> = LazyLock::new(Shared::new);

/// Makes letters. All typesetters of a process share the fonts, and all may work at the same time.
///
/// Compiled modules and shaped text are kept between letters in a cache of the process and forgotten when unused, so one
/// process should serve many letters rather than one.
#[derive(Clone, Default)]
pub struct Typesetter(());

impl std::fmt::Debug for Typesetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typesetter")
    }
}

impl Typesetter {
    /// Costs nothing; the first letter loads the fonts.
    #[must_use]
    pub fn new() -> Self {
        Self(())
    }

    /// The first character no letter can print: no font has it, or it has no meaning of its own (private use, control). A letter
    /// with one of them is refused by [`Self::render`]; ask before somebody relies on it.
    #[must_use]
    pub fn unprintable(&self, text: &str) -> Option<char> {
        let private = |c: char| matches!(u32::from(c), 0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF);
        let mut rest = text.chars().filter(|c| !matches!(c, ' '..='~' | '\n' | '\t'));
        rest.find(|c| c.is_control() || private(*c) || !SHARED.has(*c))
    }

    /// What is wrong with a template before any data is there: syntax, imports of anything but `/wegfrei.typ` and
    /// `/data.typ`, `while` and functions that call themselves, files and evaluated text. Sorted by place; empty when
    /// nothing is wrong. [`Self::render`] refuses what this refuses.
    ///
    /// Templates are code that their package's reviewers read. Without `while` and recursion every template ends, but
    /// nested `for` over long ranges can still be slow: that is a matter for the review.
    #[must_use]
    pub fn check(&self, template: &str) -> Vec<Finding> {
        check::check(&Source::new(template_id(), template.into()))
    }

    /// Names a template takes from its data that the data's type does not have, or that may be missing and are taken for granted. What
    /// is computed is not followed. Empty for a template that [`Self::check`] refuses.
    #[must_use]
    pub fn check_names(&self, template: &str, data: &DataType) -> Vec<Finding> {
        let source = Source::new(template_id(), template.into());
        if !check::check(&source).is_empty() {
            return Vec::new();
        }
        names::check(&source, data)
    }

    /// Makes the letter.
    ///
    /// # Errors
    /// The first mistake in the template with its place; or that the data is too deep or too large; or that the result
    /// would not be PDF/A-2a and PDF/UA-1, such as a character that no font has, or an empty title.
    pub fn render(&self, template: &str, data: &Value, meta: &Meta) -> Result<Pdf, NoticeError> {
        let source = Source::new(template_id(), template.into());
        if let Some(finding) = check::check(&source).into_iter().next() {
            return Err(finding.into());
        }
        let letter = Letter {
            shared: &SHARED,
            template: source,
            values: Bytes::new(values(data, meta)?),
        };
        // Typst is a large program; if one of its assertions fails, this letter fails and not the server.
        let result = catch_unwind(AssertUnwindSafe(|| typeset(&letter, meta)));
        typst::comemo::evict(KEEP_LETTERS);
        result.unwrap_or_else(|_| {
            Err(NoticeError::whole(
                "the typesetter failed inside",
                "simplify the template until it works, and report the difference to the operator",
            ))
        })
    }
}

/// The values of a letter as the template's world serves them.
fn values(data: &Value, meta: &Meta) -> Result<Vec<u8>, NoticeError> {
    if meta.title.trim().is_empty() {
        return Err(NoticeError::whole("the title is empty", "give the notice a title"));
    }
    let meta = json!({
        "title": meta.title,
        "author": meta.author,
        "lang": match meta.language {
            Language::De | Language::DeLeicht => "de",
            Language::En => "en",
        },
    });
    data::canonical(&json!({ "data": data, "meta": meta }))
        .map_err(|message| NoticeError::whole(message, "give the notice only what it prints"))
}

fn typeset(letter: &Letter, meta: &Meta) -> Result<Pdf, NoticeError> {
    let document = typst::compile::<PagedDocument>(letter)
        .output
        .map_err(|errors| first(letter, &errors))?;
    let document = crate::clusters::rejoin(document);
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|error| NoticeError::whole(error.message().to_string(), ""))?;
    let date = meta.date;
    let midnight = u8::try_from(date.month())
        .ok()
        .zip(u8::try_from(date.day()).ok())
        .and_then(|(month, day)| Datetime::from_ymd_hms(date.year().into(), month, day, 0, 0, 0));
    let options = PdfOptions {
        // Two letters of one title must differ in their document id, and one letter made twice must not.
        ident: Smart::Custom(format!(
            "{:032x}",
            typst::utils::hash128(&(letter.template.text(), letter.values.as_slice()))
        )),
        creator: Smart::Custom(Some("Wegfrei".into())),
        timestamp: midnight.map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| first(letter, &errors))?;
    Ok(Pdf {
        bytes,
        pages: document.pages().len(),
    })
}

/// The first error, at the place in the template that led to it.
fn first(letter: &Letter, errors: &EcoVec<SourceDiagnostic>) -> NoticeError {
    let Some(error) = errors.iter().find(|error| error.severity == Severity::Error) else {
        return NoticeError::whole("the template failed without saying why", "");
    };
    let mut spans = std::iter::once(error.span).chain(error.trace.iter().map(|point| DiagSpan::from(point.span)));
    let (line, column) = spans.find_map(|span| place(letter, span)).unwrap_or((1, 1));
    let help: Vec<&str> = error.hints.iter().map(|hint| hint.v.as_str()).collect();
    NoticeError {
        line,
        column,
        message: error.message.to_string(),
        help: help.join("; "),
    }
}

fn place(letter: &Letter, span: DiagSpan) -> Option<(u32, u32)> {
    let file = match span.get() {
        DiagSpanKind::Detached => return None,
        DiagSpanKind::Number { id, .. } | DiagSpanKind::Range { id, .. } => id,
    };
    if file != letter.template.id() {
        return None;
    }
    check::position(&letter.template, letter.range(span)?.start)
}
