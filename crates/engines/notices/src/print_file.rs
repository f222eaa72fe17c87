//! Print files: many envelopes in one PDF for the printer, with an index in front. The pages are copied as they are, not set again.

use std::sync::Arc;

use krilla::configure::{ConfigurationBuilder, PdfVersion};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::pdf::{Pdf as Source, PdfDocument};
use krilla::{Document, SerializeSettings};
use serde_json::{Value, json};

use crate::error::NoticeError;
use crate::typesetter::{Meta, Typesetter};

const INDEX: &str = include_str!("../prelude/print-index.typ");

/// DIN A4 in points, for pages that are blank.
const A4: (f32, f32) = (595.275_6, 841.889_8);

/// So often the index is set again when the numbers in it made it longer.
const TRIES: usize = 3;

/// What goes into one envelope.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Running number within the whole run, from 1.
    pub number: u64,
    /// What letters quote; the index names nobody.
    pub reference: String,
    /// Whether it goes out with a certificate of delivery.
    pub served: bool,
    /// The PDFs in it, the letter first.
    pub documents: Vec<Vec<u8>>,
}

/// A finished print file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintFile {
    /// The file: plain PDF 1.7 without tags, for printing on both sides of A4.
    pub bytes: Vec<u8>,
    /// Number of pages, blank ones and the index included; always even.
    pub pages: usize,
    /// Where each envelope lies, in their order.
    pub placed: Vec<Placed>,
}

/// Where an envelope lies in its print file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its first page, from 1; always odd: a front.
    pub first: usize,
    /// Its last page, a blank back included; always even.
    pub last: usize,
}

impl Placed {
    /// Sheets of paper in the envelope.
    #[must_use]
    pub fn sheets(&self) -> usize {
        (self.last + 1).saturating_sub(self.first) / 2
    }
}

/// Pages, filled up to whole sheets.
fn even(pages: usize) -> usize {
    pages + pages % 2
}

struct Opened {
    pdf: PdfDocument,
    pages: usize,
}

fn open(bytes: Vec<u8>) -> Option<Opened> {
    let source = Source::new(Arc::new(bytes)).ok()?;
    let pages = source.pages().len();
    (pages > 0).then(|| Opened {
        pdf: PdfDocument::new(Arc::new(source)),
        pages,
    })
}

impl Typesetter {
    /// Number of pages of a PDF; `None` for what is none and cannot go into a print file.
    #[must_use]
    pub fn pages_of(&self, pdf: &[u8]) -> Option<usize> {
        let source = Source::new(Arc::new(pdf.to_vec())).ok()?;
        Some(source.pages().len()).filter(|pages| *pages > 0)
    }

    /// One PDF with an index of the envelopes and, behind it, their pages: every document begins on the front of a sheet.
    /// `meta.title` heads the index. The same envelopes give the same bytes.
    ///
    /// # Errors
    /// When a document is no PDF (see [`Self::pages_of`]), or the index cannot be set.
    pub fn print_file(&self, meta: &Meta, envelopes: Vec<Envelope>) -> Result<PrintFile, NoticeError> {
        let mut rows = Vec::with_capacity(envelopes.len());
        let mut opened = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            let documents: Option<Vec<Opened>> = envelope.documents.into_iter().map(open).collect();
            let documents = documents
                .ok_or_else(|| NoticeError::whole("a document of a print file is no PDF", "render it again"))?;
            let pages: usize = documents.iter().map(|one| even(one.pages)).sum();
            rows.push((
                envelope.number,
                envelope.reference,
                envelope.served,
                documents.len(),
                pages,
            ));
            opened.extend(documents);
        }
        let place = |before: usize| {
            let mut next = before + 1;
            let placed = rows.iter().map(move |(.., pages)| {
                let placed = Placed {
                    first: next,
                    last: next + pages - 1,
                };
                next += pages;
                placed
            });
            placed.collect::<Vec<_>>()
        };
        let mut before = 0;
        for _ in 0..TRIES {
            let placed = place(before);
            let lines = rows.iter().zip(&placed);
            let lines = lines.map(|((number, reference, served, documents, _), placed)| {
                json!({
                    "nummer": number, "aktenzeichen": reference, "zustellung": served, "dokumente": documents,
                    "von": placed.first, "bis": placed.last, "blatt": placed.sheets(),
                })
            });
            let data =
                json!({ "umschlaege": lines.collect::<Vec<Value>>(), "titel": meta.title, "behoerde": meta.author });
            let index = self.render(INDEX, &data, meta)?;
            if even(index.pages) == before {
                let index = open(index.bytes).ok_or_else(|| NoticeError::whole("the index cannot be read", ""))?;
                let pages = placed.last().map_or(before, |placed| placed.last);
                let bytes = write(meta, std::iter::once(index).chain(opened))?;
                return Ok(PrintFile { bytes, pages, placed });
            }
            before = even(index.pages);
        }
        Err(NoticeError::whole("the index does not come to rest", ""))
    }
}

fn write(meta: &Meta, documents: impl Iterator<Item = Opened>) -> Result<Vec<u8>, NoticeError> {
    let failed =
        |error: &dyn std::fmt::Debug| NoticeError::whole(format!("the print file cannot be written: {error:?}"), "");
    let configuration = ConfigurationBuilder::new()
        .with_version(PdfVersion::Pdf17)
        .finish()
        .map_err(|error| failed(&error))?;
    let mut file = Document::new_with(SerializeSettings {
        configuration,
        enable_tagging: false,
        ..SerializeSettings::default()
    });
    for document in documents {
        let pages: Vec<usize> = (0..document.pages).collect();
        file.embed_pdf_pages(&document.pdf, &pages);
        if document.pages % 2 == 1 {
            let blank = PageSettings::from_wh(A4.0, A4.1).ok_or_else(|| failed(&"page size"))?;
            file.start_page_with(blank).finish();
        }
    }
    let day = u16::try_from(meta.date.year()).unwrap_or_default();
    let day = DateTime::new(day)
        .month(u8::try_from(meta.date.month()).unwrap_or(1))
        .day(u8::try_from(meta.date.day()).unwrap_or(1));
    file.set_metadata(
        Metadata::new()
            .title(meta.title.clone())
            .authors(vec![meta.author.clone()])
            .creator("Wegfrei".to_owned())
            .language("de-DE".to_owned())
            .creation_date(day),
    );
    file.finish().map_err(|error| failed(&error))
}
