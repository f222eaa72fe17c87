//! Whether a browser can show a paper: what is broken, locked, or so large a picture that it would take all of a computer's memory
//! is said to be so, and offered for saving. The bytes are only looked at, nothing is decoded.

use crate::texts::Texts;

/// Most pixels of a picture that is shown; a scan of A3 at 600 dpi has 70 million. Decoded, each takes four bytes.
const MOST_PIXELS: u64 = 100_000_000;
/// A PDF ends within its last bytes with where its table of contents is (ISO 32000-1, 7.5.5).
const END_OF_PDF: usize = 2048;

/// Why a paper cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// A PDF with a password.
    Locked,
    /// Cut off, or not what its first bytes say.
    Broken,
    /// A picture of too many pixels.
    Huge,
}

impl Hindrance {
    /// What the desk reads.
    pub fn words(self, t: &Texts) -> &'static str {
        match self {
            Hindrance::Locked => t.desk_paper_locked,
            Hindrance::Broken => t.desk_paper_broken,
            Hindrance::Huge => t.desk_paper_huge,
        }
    }
}

/// Why these bytes cannot be shown, if they cannot.
pub(crate) fn hindrance(media_type: &str, bytes: &[u8]) -> Option<Hindrance> {
    match media_type {
        "application/pdf" => pdf(bytes),
        "image/png" => picture(png(bytes)),
        "image/jpeg" => picture(jpeg(bytes)),
        _ => Some(Hindrance::Broken),
    }
}

fn pdf(bytes: &[u8]) -> Option<Hindrance> {
    let end = bytes.get(bytes.len().saturating_sub(END_OF_PDF)..).unwrap_or(bytes);
    if !has(end, b"startxref") && !has(end, b"%%EOF") {
        return Some(Hindrance::Broken);
    }
    // The trailer's entry; a PDF that is only signed or has encrypted metadata switched off has other words.
    let mut rest = bytes;
    while let Some(at) = find(rest, b"/Encrypt") {
        rest = rest.get(at + b"/Encrypt".len()..).unwrap_or_default();
        if rest
            .first()
            .is_some_and(|next| next.is_ascii_whitespace() || *next == b'<')
        {
            return Some(Hindrance::Locked);
        }
    }
    None
}

fn picture(size: Option<(u32, u32)>) -> Option<Hindrance> {
    match size {
        None | Some((0, _) | (_, 0)) => Some(Hindrance::Broken),
        Some((width, height)) => (u64::from(width) * u64::from(height) > MOST_PIXELS).then_some(Hindrance::Huge),
    }
}

/// Width and height of the first chunk (PNG, 11.2.2).
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = bytes.get(12..24)?;
    let (name, size) = head.split_at(4);
    let number = |at: usize| Some(u32::from_be_bytes(size.get(at..at + 4)?.try_into().ok()?));
    if name == b"IHDR" {
        Some((number(0)?, number(4)?))
    } else {
        None
    }
}

/// Width and height of the frame header (ITU-T T.81, B.2.2).
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [0xff, marker, high, low] = *bytes.get(at..at + 4)? else {
            return None;
        };
        let number = |at: usize| Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        match marker {
            // Filling.
            0xff => at += 1,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => return Some((number(at + 7)?, number(at + 5)?)),
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    find(bytes, what).is_some()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\0\x04JF\xff\xc2\0\x0b\x08".to_vec();
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes
    }

    #[test]
    fn what_cannot_be_shown_is_known_by_its_bytes() {
        fn check(media_type: &str, bytes: &[u8], expected: Option<Hindrance>) {
            assert_eq!(
                hindrance(media_type, bytes),
                expected,
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
        const PDF: &str = "application/pdf";
        check(PDF, b"%PDF-1.7\n1 0 obj\nstartxref\n9\n%%EOF\n", None);
        check(PDF, b"%PDF-1.7\n1 0 obj\n<< /Leng", Some(Hindrance::Broken));
        check(PDF, b"%PDF-1.7", Some(Hindrance::Broken));
        check(
            PDF,
            b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>\nstartxref\n9\n%%EOF",
            Some(Hindrance::Locked),
        );
        check(
            PDF,
            b"%PDF-1.7\ntrailer <</Encrypt<</Filter/Standard>>>>\nstartxref\n9\n%%EOF",
            Some(Hindrance::Locked),
        );
        check(
            PDF,
            b"%PDF-1.7\n<< /EncryptMetadata false >>\nstartxref\n9\n%%EOF",
            None,
        );
        check("image/png", &png_of(2480, 3508), None);
        check("image/png", &png_of(50_000, 50_000), Some(Hindrance::Huge));
        check("image/png", &png_of(u32::MAX, u32::MAX), Some(Hindrance::Huge));
        check("image/png", &png_of(0, 5), Some(Hindrance::Broken));
        check("image/png", b"\x89PNG\r\n\x1a\n", Some(Hindrance::Broken));
        check("image/jpeg", &jpeg_of(4032, 3024), None);
        check("image/jpeg", &jpeg_of(60_000, 60_000), Some(Hindrance::Huge));
        check("image/jpeg", b"\xff\xd8\xff\xe0", Some(Hindrance::Broken));
        check(
            "image/jpeg",
            b"\xff\xd8\xff\xe0\0\0\xff\xe0\0\0",
            Some(Hindrance::Broken),
        );
        check(
            "image/jpeg",
            b"\xff\xd8\xff\xff\xff\xff\xff\xff",
            Some(Hindrance::Broken),
        );
        check("text/html", b"<b>", Some(Hindrance::Broken));
    }
}
