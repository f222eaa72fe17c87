//! Print files, read back with poppler: what the printer gets is what the letters are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use wegfrei_model::{Date, Language};
use wegfrei_notices::{Envelope, Meta, Placed, PrintFile, Typesetter};

fn meta(title: &str) -> Meta {
    Meta {
        title: title.into(),
        author: "Landeshauptstadt Magdeburg".into(),
        language: Language::De,
        date: Date::constant(2026, 3, 18),
    }
}

fn package_file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages/services/hundesteuer/notices");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn letter(template: &str, number: u64) -> Vec<u8> {
    let mut data: Value = serde_json::from_str(&package_file("bescheid.sample.json")).unwrap();
    data["aktenzeichen"] = json!(format!("HS-{number:07}"));
    data["empfaenger"]["name"] = json!(format!("Żaneta Wójcik {number}"));
    let pdf = Typesetter::new()
        .render(&package_file(template), &data, &meta("Bescheid"))
        .unwrap();
    pdf.bytes
}

fn page_of(number: u64) -> Vec<u8> {
    let template = "#set page(height: 297mm, width: 210mm)\n= Eine Seite\n#import \"/data.typ\": data\n#data.text";
    let data = json!({ "text": format!("Schreiben {number}") });
    Typesetter::new()
        .render(template, &data, &meta("Schreiben"))
        .unwrap()
        .bytes
}

fn envelope(number: u64, served: bool, documents: Vec<Vec<u8>>) -> Envelope {
    Envelope {
        number,
        reference: format!("HS-{number:07}"),
        served,
        documents,
    }
}

fn tool(name: &str, arguments: &[&str], input: &Path) -> String {
    let output = Command::new(name).args(arguments).arg(input).arg("-").output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}; install it: apt-get install poppler-utils"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The text of each page.
fn pages(file: &Path) -> Vec<String> {
    let text = tool("pdftotext", &["-enc", "UTF-8"], file);
    let mut pages: Vec<String> = text
        .split('\u{c}')
        .map(|page| page.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    pages.pop();
    pages
}

fn picture(file: &Path, page: usize) -> Vec<u8> {
    let page = page.to_string();
    let arguments = ["-r", "60", "-f", &page, "-l", &page, "-gray"];
    let output = Command::new("pdftoppm").args(arguments).arg(file).output().unwrap();
    assert!(!output.stdout.is_empty());
    output.stdout
}

struct Made {
    file: PrintFile,
    path: PathBuf,
    folder: tempfile::TempDir,
}

fn made(envelopes: Vec<Envelope>) -> Made {
    let file = Typesetter::new()
        .print_file(&meta("Drucklauf 7, Datei 2"), envelopes)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("druck.pdf");
    std::fs::write(&path, &file.bytes).unwrap();
    // Set to look at the file.
    if let Ok(folder) = std::env::var("WEGFREI_TEST_LETTERS") {
        std::fs::write(Path::new(&folder).join("druckdatei.pdf"), &file.bytes).unwrap();
    }
    Made { file, path, folder }
}

#[test]
fn every_document_begins_on_a_front_and_the_index_says_where() {
    let made = made(vec![
        envelope(
            11,
            false,
            vec![letter("bescheid.typ", 11), letter("bescheid-leicht.typ", 11)],
        ),
        envelope(12, true, vec![page_of(12)]),
        envelope(13, false, vec![letter("bescheid.typ", 13)]),
    ]);
    let typesetter = Typesetter::new();
    let sheets = |bytes: &[u8]| typesetter.pages_of(bytes).unwrap().div_ceil(2);
    let (notice, leaflet) = (
        sheets(&letter("bescheid.typ", 11)),
        sheets(&letter("bescheid-leicht.typ", 11)),
    );
    let pages = pages(&made.path);
    assert_eq!(pages.len(), made.file.pages);
    let counted: Vec<usize> = made.file.placed.iter().map(Placed::sheets).collect();
    assert_eq!(counted, [notice + leaflet, 1, notice]);
    for (placed, number) in made.file.placed.iter().zip(11..) {
        assert_eq!((placed.first % 2, placed.last % 2), (1, 0), "{placed:?}");
        let first = &pages[placed.first - 1];
        let named = if number == 12 {
            "Schreiben 12".to_owned()
        } else {
            format!("HS-{number:07}")
        };
        assert!(
            first.contains(&named),
            "{named} is not on page {}: {first}",
            placed.first
        );
        // What the index says.
        let line = format!("{} bis {}", placed.first, placed.last);
        assert!(pages[0].contains(&line), "{line:?} is not in {}", pages[0]);
    }
    assert_eq!(made.file.placed[0].first, 3, "the index fills a sheet");
    let enclosure = made.file.placed[0].first - 1 + notice * 2;
    assert!(pages[enclosure].contains("Hunde-Steuer"), "{}", pages[enclosure]);
    // A single page is followed by a blank back.
    assert_eq!(pages[made.file.placed[1].last - 1], "");
    for needle in [
        "Drucklauf 7, Datei 2",
        "Umschläge: 3",
        "Zustellung mit Urkunde: 1",
        "HS-0000012 Zustellung",
        "HS-0000013 Post",
    ] {
        assert!(pages[0].contains(needle), "{needle:?} is not in {}", pages[0]);
    }
    assert!(!pages[0].contains("Żaneta"), "the index names nobody");
}

#[test]
fn the_pages_are_copied_as_they_are() {
    let notice = letter("bescheid.typ", 1);
    let made = made(vec![envelope(1, false, vec![notice.clone()])]);
    let single = made.folder.path().join("einzeln.pdf");
    std::fs::write(&single, &notice).unwrap();
    let count = Typesetter::new().pages_of(&notice).unwrap();
    for page in 0..count {
        let (here, there) = (
            picture(&single, page + 1),
            picture(&made.path, made.file.placed[0].first + page),
        );
        assert!(here == there, "page {page} looks different");
    }
    assert_eq!(
        pages(&single),
        pages(&made.path)[made.file.placed[0].first - 1..][..count]
    );
    // Nothing became a picture, and no font is left to the printer.
    let images = Command::new("pdfimages").arg("-list").arg(&made.path).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&images.stdout).lines().count(),
        2,
        "only the head of the list"
    );
    let fonts = Command::new("pdffonts").arg(&made.path).output().unwrap();
    let fonts = String::from_utf8_lossy(&fonts.stdout).into_owned();
    assert!(fonts.lines().skip(2).count() >= 4, "{fonts}");
    assert!(
        fonts.lines().skip(2).all(|line| line.contains("yes yes yes")),
        "{fonts}"
    );
    let info = Command::new("pdfinfo").arg(&made.path).output().unwrap();
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    for needle in [
        "Title:           Drucklauf 7, Datei 2",
        "Tagged:          no",
        "(A4)",
        "PDF version:     1.7",
    ] {
        assert!(info.contains(needle), "{needle:?} is not in {info}");
    }
}

/// The index of many envelopes takes several pages, and its own length is in its numbers.
#[test]
fn a_long_index_counts_itself() {
    let page = page_of(1);
    let made = made(
        (1..=120)
            .map(|number| envelope(number, false, vec![page.clone()]))
            .collect(),
    );
    let pages = pages(&made.path);
    let first = made.file.placed[0].first;
    assert!(first > 3, "more than one sheet of index: {first}");
    assert!(pages[first - 1].contains("Schreiben 1"));
    assert!(
        pages[..first - 1]
            .join(" ")
            .contains(&format!("HS-0000120 Post 1 {} bis {} 1", first + 238, first + 239))
    );
    assert_eq!(pages.len(), first + 239);
}

#[test]
fn the_same_envelopes_give_the_same_bytes_and_no_pdf_is_an_error() {
    let envelopes = || vec![envelope(1, false, vec![page_of(1), page_of(2)])];
    assert_eq!(made(envelopes()).file, made(envelopes()).file);
    let typesetter = Typesetter::new();
    for hostile in [
        &b""[..],
        b"%PDF-1.7",
        b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>",
        &page_of(1)[..200],
    ] {
        assert_eq!(typesetter.pages_of(hostile), None);
        let refused = typesetter.print_file(&meta("Datei"), vec![envelope(1, false, vec![hostile.to_vec()])]);
        assert!(refused.is_err());
    }
}
