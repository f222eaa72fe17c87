//! Letters with combining marks stay one letter in the PDF.
//!
//! Typst lays out a mark that the font raises ("C̆", for which Unicode has no single character) as a text run of its own
//! and gives each run the text of the whole letter: a reader would copy and speak it twice. Here such runs become one
//! again, with the mark's height in its glyph; then typst-pdf writes the letter once (`ActualText`).

use typst::ecow::EcoVec;
use typst::layout::{Abs, Em, Frame, FrameItem, Point};
use typst::model::Document as _;
use typst::text::{Glyph, TextItem};
use typst_layout::{Page, PagedDocument};

/// The document with every letter in one run; the document itself where nothing was split.
pub fn rejoin(document: PagedDocument) -> PagedDocument {
    if !document.pages().iter().any(|page| is_split(&page.frame)) {
        return document;
    }
    let pages: EcoVec<Page> = document
        .pages()
        .iter()
        .map(|page| Page {
            frame: joined(&page.frame),
            ..page.clone()
        })
        .collect();
    PagedDocument::new(pages, document.info().clone())
}

fn is_split(frame: &Frame) -> bool {
    let mut before: Option<(Point, &TextItem)> = None;
    for (at, item) in frame.items() {
        match item {
            FrameItem::Text(text) => {
                if before.is_some_and(|(origin, base)| shared(origin, base, *at, text).is_some()) {
                    return true;
                }
                before = Some((*at, text));
            }
            FrameItem::Group(group) if is_split(&group.frame) => return true,
            _ => before = None,
        }
    }
    false
}

fn joined(frame: &Frame) -> Frame {
    let mut items: Vec<(Point, FrameItem)> = Vec::with_capacity(frame.items().len());
    for (at, item) in frame.items() {
        match item {
            FrameItem::Text(text) => {
                if let Some((origin, FrameItem::Text(base))) = items.last_mut()
                    && let Some(bytes) = shared(*origin, base, *at, text)
                {
                    append(*origin, base, *at, text, bytes);
                } else {
                    items.push((*at, item.clone()));
                }
            }
            FrameItem::Group(group) => {
                let mut group = group.clone();
                group.frame = joined(&group.frame);
                items.push((*at, FrameItem::Group(group)));
            }
            other => items.push((*at, other.clone())),
        }
    }
    let mut result = frame.clone();
    result.clear();
    result.push_multiple(items);
    result
}

/// How many bytes of text the end of `base` and the start of `next` both claim: those of one letter whose glyphs the
/// layout split. `None` for runs that only stand beside each other.
fn shared(origin: Point, base: &TextItem, at: Point, next: &TextItem) -> Option<usize> {
    let (last, first) = (base.glyphs.last()?, next.glyphs.first()?);
    let letter = base.text.get(last.range())?;
    let adjoins = (origin.x + base.width() - at.x).abs() < Abs::pt(0.001);
    let one_letter = last.span == first.span
        && letter.chars().count() > 1
        && base.text.ends_with(letter)
        && next.text.get(first.range()) == Some(letter)
        && first.range.start == 0;
    let one_style =
        base.font == next.font && base.size == next.size && base.fill == next.fill && base.stroke == next.stroke;
    (adjoins && one_letter && one_style).then_some(letter.len())
}

fn append(origin: Point, base: &mut TextItem, at: Point, next: &TextItem, shared_bytes: usize) {
    let Ok(shift) = u16::try_from(base.text.len().saturating_sub(shared_bytes)) else {
        return;
    };
    let raise = Em::from_abs(origin.y - at.y, base.size);
    base.text.push_str(next.text.get(shared_bytes..).unwrap_or_default());
    base.glyphs.extend(next.glyphs.iter().map(|glyph| Glyph {
        y_offset: glyph.y_offset + raise,
        range: glyph.range.start.saturating_add(shift)..glyph.range.end.saturating_add(shift),
        ..glyph.clone()
    }));
}
