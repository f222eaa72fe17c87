//! Every letter of every package, read back from the finished PDF: it fits the window envelope, and says what makes it stand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wegfrei_model::{Date, Language};
use wegfrei_notices::{Meta, Typesetter};

/// What a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Decides something; whether a remedy is given is part of it.
    Decision { remedy: bool },
    /// Goes with a decision, in Leichte Sprache.
    Leaflet,
    /// On the way: no decision.
    OnTheWay,
}

struct Letter {
    service: &'static str,
    template: &'static str,
    name: String,
    kind: Kind,
    data: Value,
}

fn folder(service: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../../packages/services/{service}/notices"))
}

fn read(service: &str, name: &str) -> String {
    let path = folder(service).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sample(service: &str, main: &str, changes: &[(&str, Value)]) -> Value {
    let mut data: Value = serde_json::from_str(&read(service, &format!("{main}.sample.json"))).unwrap();
    data["demonstration"] = json!(false);
    for (pointer, value) in changes {
        *data.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    }
    data
}

/// A main letter and its leaflet, over the same data.
fn with_leaflet(
    all: &mut Vec<Letter>,
    service: &'static str,
    main: [&'static str; 2],
    name: &str,
    remedy: bool,
    data: &Value,
) {
    for (template, kind) in [(main[0], Kind::Decision { remedy }), (main[1], Kind::Leaflet)] {
        let (name, data) = (name.to_owned(), data.clone());
        all.push(Letter {
            service,
            template,
            name,
            kind,
            data,
        });
    }
}

fn letters() -> Vec<Letter> {
    let mut all = Vec::new();
    let tax = ["bescheid", "bescheid-leicht"];
    let request = json!({ "text": "Wir haben eine Frage.", "unterlagen": ["Nachweis der Rasse"], "tage": 28, "frist": "2026-04-30" });
    with_leaflet(
        &mut all,
        "hundesteuer",
        tax,
        "festsetzung",
        true,
        &sample("hundesteuer", "bescheid", &[]),
    );
    let because = json!([{ "text": "Für den ersten Hund gilt der Satz der Satzung.", "rechtsgrundlage": "§ 5 Abs. 1 der Satzung",
        "leicht": "Sie haben einen Hund. Die Steuer kostet 96,00 € im Jahr." }]);
    all.iter_mut()
        .for_each(|letter| letter.data["begruendung"] = because.clone());
    let free = [
        ("/entscheidung/ergebnis", json!("steuerfrei")),
        ("/entscheidung/jahressteuer_cent", json!(0)),
        ("/entscheidung/raten", json!([])),
    ];
    with_leaflet(
        &mut all,
        "hundesteuer",
        tax,
        "steuerfrei",
        true,
        &sample("hundesteuer", "bescheid", &free),
    );
    let none = json!([]);
    let refused = |why: &str, norm: &str, grund: &str| {
        vec![
            ("/entscheidung/anspruch", json!(why)),
            ("/entscheidung/betrag_cent", json!(0)),
            ("/entscheidung/zahlungen", none.clone()),
            ("/entscheidung/ablehnungsgrund", json!(grund)),
            ("/entscheidung/ablehnungsnorm", json!(norm)),
            (
                "/begruendung",
                json!([
                    { "text": grund, "rechtsgrundlage": norm, "leicht": format!("Das ist der Grund: {why}. Deshalb gibt es kein Wohn-Geld.") },
                    { "text": "Die Miete ist laut Vertrag 480 Euro.", "art": "berichtigung" },
                    { "text": "Zweimal haben wir um den Mietvertrag gebeten." },
                ]),
            ),
        ]
    };
    let outcomes = [
        ("bewilligt", Vec::new()),
        (
            "versagt",
            refused(
                "versagt",
                "§§ 60 und 66 SGB I",
                "Ohne die fehlenden Unterlagen können wir nicht rechnen.",
            ),
        ),
        (
            "vermoegen",
            refused("abgelehnt", "§ 21 Nr. 3 WoGG", "Ihr Haushalt hat erhebliches Vermögen."),
        ),
        (
            "zu-hoch",
            refused(
                "abgelehnt",
                "§ 19 Abs. 1 und § 21 Nr. 1 WoGG",
                "Das Gesamteinkommen ist zu hoch.",
            ),
        ),
    ];
    for (name, changes) in outcomes {
        with_leaflet(
            &mut all,
            "wohngeld",
            tax,
            name,
            true,
            &sample("wohngeld", "bescheid", &changes),
        );
    }
    let objection = ["widerspruchsbescheid", "widerspruchsbescheid-leicht"];
    for (name, remedy) in [("abhilfe", false), ("teilabhilfe", true), ("zurueckweisung", true)] {
        let data = sample("widerspruch", objection[0], &[("/entscheidung/ergebnis", json!(name))]);
        with_leaflet(&mut all, "widerspruch", objection, name, remedy, &data);
    }
    for service in ["hundesteuer", "wohngeld"] {
        for template in ["nachforderung", "erinnerung"] {
            let mut data = sample(service, "bescheid", &[]);
            data["nachforderung"] = request.clone();
            let (name, kind) = ("offen".to_owned(), Kind::OnTheWay);
            all.push(Letter {
                service,
                template,
                name,
                kind,
                data,
            });
        }
    }
    all
}

impl Letter {
    fn title(&self) -> String {
        format!("{} {} ({})", self.service, self.template, self.name)
    }

    fn pdf(&self) -> Vec<u8> {
        let meta = Meta {
            title: format!("Schreiben: {}", self.name),
            author: "Landeshauptstadt Magdeburg".into(),
            language: Language::De,
            date: Date::constant(2026, 4, 14),
        };
        let template = read(self.service, &format!("{}.typ", self.template));
        let made = Typesetter::new().render(&template, &self.data, &meta);
        let bytes = made.unwrap_or_else(|error| panic!("{}: {error}", self.title())).bytes;
        // Set to look at the letters: a folder for the PDFs.
        if let Ok(folder) = std::env::var("WEGFREI_TEST_LETTERS") {
            let name = format!("{}-{}-{}.pdf", self.service, self.template, self.name);
            std::fs::write(PathBuf::from(folder).join(name), &bytes).unwrap();
        }
        bytes
    }
}

/// What a tool of poppler-utils says about a PDF.
fn poppler(tool: &str, arguments: &[&str], pdf: &[u8]) -> Vec<u8> {
    let ends: &[&str] = if tool == "pdftotext" { &["-", "-"] } else { &["-"] };
    let mut child = Command::new(tool)
        .args(arguments)
        .args(ends)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{tool}: {error}; install it: apt-get install poppler-utils"));
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), pdf.to_vec());
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.stdout
}

fn text(pdf: &[u8]) -> String {
    let raw = String::from_utf8(poppler("pdftotext", &["-raw", "-enc", "UTF-8"], pdf)).unwrap();
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A word of the first page, in mm from its upper left corner.
#[derive(Debug)]
struct Word {
    text: String,
    left: f64,
    right: f64,
    /// Upper edge of capitals, and the base line (Noto Sans: 0.714 em; the box is 1.069 em above and 0.293 em below the line).
    cap: f64,
    base: f64,
}

fn words(pdf: &[u8]) -> Vec<Word> {
    let html = String::from_utf8(poppler("pdftotext", &["-bbox", "-l", "1", "-enc", "UTF-8"], pdf)).unwrap();
    let mm = |line: &str, name: &str| {
        let value = line
            .split(&format!("{name}=\""))
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        value.parse::<f64>().unwrap() * 25.4 / 72.0
    };
    let lines = html.lines().filter(|line| line.contains("<word"));
    let words = lines.map(|line| {
        let (top, bottom) = (mm(line, "yMin"), mm(line, "yMax"));
        let em = (bottom - top) / 1.362;
        Word {
            text: line.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned(),
            left: mm(line, "xMin"),
            right: mm(line, "xMax"),
            cap: top + 0.355 * em,
            base: top + 1.069 * em,
        }
    });
    words.collect()
}

/// DIN 5008 form B: what is seen through the window (20 to 105 mm from the left, 45 to 90 mm from the top) is the sender's line above
/// 62.7 mm and the address below; the reference block begins at 125 mm and the text at 98.46 mm.
fn stands_in_the_window(title: &str, pdf: &[u8], lines: usize) {
    let words = words(pdf);
    let seen: Vec<&Word> = words
        .iter()
        .filter(|word| word.right > 20.0 && word.left < 105.0 && word.base > 45.0 && word.cap < 90.0)
        .collect();
    assert!(!seen.is_empty(), "{title}");
    let (sender, address): (Vec<&Word>, Vec<&Word>) = seen.into_iter().partition(|word| word.base < 62.7);
    assert!(sender.iter().all(|word| word.cap > 57.0), "{title}: {sender:?}");
    let said: Vec<&str> = sender.iter().map(|word| word.text.as_str()).collect();
    assert!(
        said.join(" ").contains("Musterstraße 1 · 39104 Magdeburg"),
        "{title}: {said:?}"
    );
    for word in &address {
        assert!(word.left >= 24.9 && word.right <= 105.0, "{title}: {word:?}");
        assert!(word.cap >= 62.7 && word.base <= 90.0, "{title}: {word:?}");
    }
    let mut bases: Vec<i64> = address.iter().map(|word| (word.base * 2.0).round() as i64).collect();
    bases.sort_unstable();
    bases.dedup();
    assert_eq!(bases.len(), lines, "{title}: {address:?}");
    let (top, side) = (
        words
            .iter()
            .filter(|word| word.cap < 98.0 && word.cap >= 45.0 && word.left > 105.0),
        words.iter().filter(|word| word.cap >= 98.4).count(),
    );
    assert!(side > 50, "{title}: the text is below");
    let mut reference = top.peekable();
    assert!(reference.peek().is_some(), "{title}: no reference block");
    assert!(
        reference.all(|word| word.left >= 124.9 && word.right <= 190.5 && word.cap >= 49.9),
        "{title}"
    );
    // Between window and text stands nothing.
    let between = words
        .iter()
        .find(|word| word.cap > 90.0 && word.base < 98.4 && word.left < 105.0);
    assert!(between.is_none(), "{title}: {between:?}");
}

#[test]
fn every_letter_fits_the_window_envelope() {
    for letter in letters().iter().filter(|letter| letter.kind != Kind::Leaflet) {
        stands_in_the_window(&letter.title(), &letter.pdf(), 3);
    }
}

/// The longest address the window has room for: six lines.
#[test]
fn a_long_address_stays_in_the_window() {
    let mut all = letters();
    let letter = &mut all[0];
    letter.data["empfaenger"] = json!({
        "name": "Dr. Maximiliane-Wilhelmine Freifrau von Oberwesel-Großmüller",
        "zusatz": "c/o Wohngemeinschaft Grünanger, Hinterhaus, Aufgang C",
        "strasse": "Ernst-Reuter-Allee 112b",
        "plz_ort": "39104 Magdeburg",
    });
    stands_in_the_window("long address", &letter.pdf(), 6);
}

/// Fold marks at 105 and 210 mm, the punch mark at 148.5 mm (DIN 5008 form B), at the left edge of the first page only.
#[test]
fn every_letter_has_its_marks() {
    for letter in letters().iter().filter(|letter| letter.kind != Kind::Leaflet) {
        let pdf = letter.pdf();
        let column = |page: &str| {
            // Ten dots a millimetre; a greyscale picture: "P5", width and height, 255, then one byte a dot.
            let picture = poppler("pdftoppm", &["-gray", "-r", "254", "-f", page, "-l", page], &pdf);
            if picture.is_empty() {
                return BTreeSet::new();
            }
            let mut head = picture.splitn(4, |byte| *byte == b'\n').take(3);
            let size = String::from_utf8(head.nth(1).unwrap().to_vec()).unwrap();
            let (width, height) = size.split_once(' ').unwrap();
            let (width, height): (usize, usize) = (width.parse().unwrap(), height.parse().unwrap());
            let dots = picture.len() - width * height;
            let dark = |y: &usize| picture[dots + y * width + 60] < 230;
            (0..height)
                .filter(dark)
                .map(|y| (y as f64 / 10.0 + 0.05).round() as i64)
                .collect::<BTreeSet<i64>>()
        };
        let marks: Vec<i64> = column("1").into_iter().collect();
        let near = |mark: i64, at: f64| (mark as f64 - at).abs() <= 0.6;
        assert!(
            marks
                .iter()
                .all(|mark| near(*mark, 105.0) || near(*mark, 148.5) || near(*mark, 210.0)),
            "{}: {marks:?}",
            letter.title()
        );
        for at in [105.0, 148.5, 210.0] {
            assert!(
                marks.iter().any(|mark| near(*mark, at)),
                "{}: {marks:?}",
                letter.title()
            );
        }
        assert!(column("2").is_empty(), "{}", letter.title());
    }
}

#[test]
fn every_letter_declares_and_has_what_archives_and_screen_readers_need() {
    for letter in letters() {
        let (title, pdf) = (letter.title(), letter.pdf());
        let raw = String::from_utf8_lossy(&pdf).into_owned();
        for needle in [
            "pdfaid:part",
            "pdfaid:conformance",
            "pdfuaid:part",
            "/DisplayDocTitle true",
            "/MarkInfo",
        ] {
            assert!(raw.contains(needle), "{title}: no {needle}");
        }
        let info = String::from_utf8_lossy(&poppler("pdfinfo", &[], &pdf)).into_owned();
        for needle in [
            "Tagged:          yes",
            &format!("Title:           Schreiben: {}", letter.name),
            "(A4)",
        ] {
            assert!(info.contains(needle), "{title}: {needle:?} is not in {info}");
        }
        let structure = String::from_utf8_lossy(&poppler("pdfinfo", &["-struct"], &pdf)).into_owned();
        let tags = |tag: &str| {
            let named = structure
                .lines()
                .map(|line| line.split_whitespace().next().unwrap_or_default());
            named.filter(|word| word.trim_end_matches(':') == tag).count()
        };
        assert_eq!(tags("H1"), 1, "{title}");
        assert!(tags("P") > 3, "{title}: {structure}");
        let figures = usize::from(matches!(letter.kind, Kind::Decision { .. }));
        assert_eq!(tags("Figure"), figures, "{title}: the QR code");
    }
}

/// §§ 37, 39 VwVfG (§§ 33, 35 SGB X, §§ 119, 121 AO), § 58 VwGO.
#[test]
fn every_decision_says_what_makes_it_stand() {
    for letter in letters() {
        let Kind::Decision { remedy } = letter.kind else {
            continue;
        };
        let (title, said) = (letter.title(), text(&letter.pdf()));
        let has = |needle: &str| assert!(said.contains(needle), "{title}: {needle:?} is not in {said}");
        let field = |pointer: &str| {
            letter
                .data
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        for needle in [
            field("/behoerde/name"),
            field("/empfaenger/name"),
            field("/aktenzeichen"),
            field("/pruefung/code"),
            field("/pruefung/url"),
        ] {
            has(&needle);
        }
        has("Echtheit prüfen");
        has("Mit freundlichen Grüßen");
        // Reasons: what is in the data stands in the letter.
        assert!(said.contains("Gründe") || said.contains("Begründung"), "{title}");
        for reason in letter.data["begruendung"].as_array().unwrap() {
            has(reason["text"].as_str().unwrap());
            has(reason
                .get("rechtsgrundlage")
                .and_then(Value::as_str)
                .unwrap_or_default());
        }
        assert_eq!(said.contains("Rechtsbehelfsbelehrung"), remedy, "{title}");
        match (letter.service, remedy) {
            (_, false) => {}
            ("widerspruch", true) => {
                has("innerhalb eines Monats nach Zustellung Klage erhoben werden");
                has(&field("/entscheidung/gericht"));
            }
            _ => {
                has(&format!(
                    "{} Widerspruch erhoben werden",
                    field("/rechtsbehelf/frist_text")
                ));
                has(&field("/rechtsbehelf/stelle"));
                has("zur Niederschrift");
            }
        }
        let leaflet = format!("{}-leicht.typ", letter.template);
        assert!(folder(letter.service).join(&leaflet).is_file(), "{title}: no {leaflet}");
        has("Anlage: Erklärung");
        has("in Leichter Sprache");
    }
}

#[test]
fn the_operative_part_says_what_was_decided() {
    let check = |service: &str, name: &str, present: &[&str], absent: &[&str]| {
        let all = letters();
        let of = |letter: &&Letter| letter.service == service && letter.name == name;
        let mut found = all
            .iter()
            .filter(of)
            .filter(|letter| matches!(letter.kind, Kind::Decision { .. }));
        let said = text(&found.next().unwrap().pdf());
        for needle in present {
            assert!(said.contains(needle), "{service} {name}: {needle:?} is not in {said}");
        }
        for needle in absent {
            assert!(!said.contains(needle), "{service} {name}: {needle:?} is in {said}");
        }
    };
    check(
        "hundesteuer",
        "festsetzung",
        &["setzen wir gegen Sie ab dem 1. März 2026 Hundesteuer fest", "96,00 €"],
        &["nichts zahlen"],
    );
    check(
        "hundesteuer",
        "steuerfrei",
        &["auf 0,00 € im Jahr fest", "Sie müssen nichts zahlen"],
        &["Überweisen Sie"],
    );
    check(
        "wohngeld",
        "bewilligt",
        &["wir bewilligen Ihnen Wohngeld", "226,00 € im Monat"],
        &["lehnen wir ab"],
    );
    check(
        "wohngeld",
        "versagt",
        &[
            "wir versagen Ihnen das Wohngeld",
            "§ 67 SGB I",
            "steht in unserem Ermessen (§ 66 Abs. 1 SGB I). Dabei haben wir berücksichtigt: Zweimal",
        ],
        &["bewilligen Ihnen"],
    );
    check(
        "wohngeld",
        "vermoegen",
        &["lehnen wir ab (§ 21 Nr. 3 WoGG)", "erhebliches Vermögen"],
        &["So haben wir gerechnet"],
    );
    check(
        "wohngeld",
        "zu-hoch",
        &["lehnen wir ab", "So haben wir gerechnet"],
        &["bewilligen Ihnen"],
    );
    check(
        "widerspruch",
        "abhilfe",
        &["Ihrem Widerspruch helfen wir ab", "Auslagen"],
        &["zurückgewiesen", "Klage"],
    );
    check(
        "widerspruch",
        "teilabhilfe",
        &[
            "helfen wir zum Teil ab",
            "Im Übrigen wird Ihr Widerspruch zurückgewiesen",
            "Soweit Ihr",
        ],
        &[],
    );
    check(
        "widerspruch",
        "zurueckweisung",
        &["Ihr Widerspruch wird zurückgewiesen", "nicht erstattet"],
        &["helfen wir"],
    );
}

#[test]
fn leaflets_are_easy_and_say_that_the_letter_counts() {
    for letter in letters().iter().filter(|letter| letter.kind == Kind::Leaflet) {
        let (title, said) = (letter.title(), text(&letter.pdf()));
        for needle in [
            "Das ist eine Erklärung in Leichter Sprache.",
            "selbst gilt vor dem Gesetz.",
            "Haben Sie Fragen?",
            "0391 0000-0",
        ] {
            assert!(said.contains(needle), "{title}: {needle:?} is not in {said}");
        }
        // The letter's reasons, where its rules say them in Leichte Sprache.
        let reasons = letter.data["begruendung"].as_array().unwrap().iter();
        let easy: Vec<&str> = reasons
            .filter_map(|reason| reason.get("leicht").and_then(Value::as_str))
            .collect();
        assert_eq!(
            !easy.is_empty(),
            said.contains("Warum haben wir so entschieden?"),
            "{title}"
        );
        for reason in easy {
            assert!(said.contains(reason), "{title}: {reason:?} is not in {said}");
        }
        let sentences = said
            .split(['.', '?', '!', ':'])
            .map(|sentence| sentence.split_whitespace().count());
        let longest = sentences.max().unwrap();
        assert!(longest <= 22, "{title}: a sentence of {longest} words");
        let sued = said.contains("Dann können Sie klagen.") && said.contains("Verwaltungsgericht Magdeburg");
        assert_eq!(
            sued,
            matches!(letter.name.as_str(), "teilabhilfe" | "zurueckweisung"),
            "{title}"
        );
    }
}

/// A letter that is not listed above would be checked by nobody.
#[test]
fn every_template_is_looked_at() {
    let known: BTreeSet<(String, String)> = letters()
        .iter()
        .map(|letter| (letter.service.to_owned(), format!("{}.typ", letter.template)))
        .collect();
    let services = folder("hundesteuer").join("../..");
    let mut found = BTreeSet::new();
    for service in std::fs::read_dir(services).unwrap() {
        let service = service.unwrap().file_name().into_string().unwrap();
        for file in std::fs::read_dir(folder(&service)).into_iter().flatten() {
            let name = file.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".typ") {
                found.insert((service.clone(), name));
            }
        }
    }
    assert_eq!(found, known);
}
