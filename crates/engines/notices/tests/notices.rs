//! The letters of the Hundesteuer, and what the engine promises for every letter, read back from the finished PDF.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wegfrei_model::{Date, Language};
use wegfrei_notices::{Meta, NoticeError, Pdf, Typesetter};

fn meta() -> Meta {
    Meta {
        title: "Bescheid über die Festsetzung der Hundesteuer".into(),
        author: "Landeshauptstadt Magdeburg".into(),
        language: Language::De,
        date: Date::constant(2026, 3, 18),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn package_file(name: &str) -> String {
    let path = root().join("packages/services/hundesteuer/notices").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sample() -> Value {
    serde_json::from_str(&package_file("bescheid.sample.json")).unwrap()
}

/// A template of one body with the prelude and the data at hand.
fn with_prelude(body: &str) -> String {
    format!("#import \"/wegfrei.typ\": *\n#import \"/data.typ\": data\n{body}")
}

fn render(template: &str, data: &Value) -> Result<Pdf, NoticeError> {
    Typesetter::new().render(template, data, &meta())
}

/// Runs a tool of poppler-utils on the PDF.
fn poppler(tool: &str, arguments: &[&str], pdf: &Pdf) -> String {
    let mut child = Command::new(tool)
        .args(arguments)
        .args(if tool == "pdfinfo" { &["-"][..] } else { &["-", "-"][..] })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{tool}: {error}; install it: apt-get install poppler-utils"));
    let mut stdin = child.stdin.take().unwrap();
    let bytes = pdf.bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{tool} {arguments:?} failed");
    // Lossy: poppler prints titles of structure elements as raw UTF-16.
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The text of the PDF with every run of blanks as one blank.
fn text(pdf: &Pdf) -> String {
    let raw = poppler("pdftotext", &["-raw", "-enc", "UTF-8"], pdf);
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Renders one body over `data` and expects each needle in its text.
fn expect_text(body: &str, data: &Value, needles: &[&str]) {
    let pdf = render(&with_prelude(body), data).unwrap_or_else(|error| panic!("{body}\n{error}"));
    let text = text(&pdf);
    for needle in needles {
        assert!(text.contains(needle), "{needle:?} is not in {text:?}");
    }
}

fn expect_error(template: &str, data: &Value, line: u32, column: u32, message: &str) {
    let error = render(template, data).expect_err(template);
    assert_eq!((error.line, error.column), (line, column), "{template}\n{error}");
    assert!(error.message.contains(message), "{template}\n{error}");
}

#[test]
fn the_notice_says_everything_a_tax_notice_must() {
    let pdf = render(&package_file("bescheid.typ"), &sample()).unwrap();
    let text = text(&pdf);
    for needle in [
        "Landeshauptstadt Magdeburg",
        "Żaneta Wójcik-Großmüller",
        "Straße der Einheit 12a",
        "HS-2026-0000417",
        "18. März 2026",
        "Bescheid über die Festsetzung der Hundesteuer",
        "Die Jahressteuer beträgt 96,00 €",
        "März bis Dezember 2026",
        "10 von 12 Monaten",
        "80,00 €",
        "15. Mai 2026",
        "DE02 1203 0000 0000 2020 51",
        "24,00 € am 15. Februar",
        "erster Hund",
        "Hundesteuersatzung der Landeshauptstadt Magdeburg",
        "§ 155 Abs. 4 AO",
        "Rechtsbehelfsbelehrung",
        "innerhalb eines Monats nach seiner Bekanntgabe Widerspruch",
        "zur Niederschrift",
        "§ 80 Abs. 2 Satz 1 Nr. 1",
        "§ 119 Abs. 3 AO",
        "7KQF-2M9D-XW4H",
        "https://wegfrei.example/pruefen/7KQF-2M9D-XW4H",
        "Demonstrationswerte – kein gültiger Bescheid",
        "Seite 1 von",
    ] {
        assert!(text.contains(needle), "{needle:?} is not in {text}");
    }
}

#[test]
fn the_notice_follows_the_decision() {
    let template = package_file("bescheid.typ");
    let check = |patch: Value, present: &[&str], absent: &[&str]| {
        let mut data = sample();
        merge(&mut data, patch);
        let text = text(&render(&template, &data).unwrap());
        for needle in present {
            assert!(text.contains(needle), "{needle:?} is not in {text}");
        }
        for needle in absent {
            assert!(!text.contains(needle), "{needle:?} is in {text}");
        }
    };
    check(json!({"demonstration": false}), &["§ 155"], &["Demonstrationswerte"]);
    check(
        json!({"entscheidung": {"automatisch": false, "gruende": ["intern"]},
               "begruendung": [{"text": "Das Merkzeichen ist nachgewiesen.", "rechtsgrundlage": "§ 6 der Satzung"}, {"text": "Kurz."}]}),
        &["Das Merkzeichen ist nachgewiesen. (§ 6 der Satzung)", "Kurz."],
        &["§ 155 Abs. 4 AO", "ohne Mitwirkung", "intern"],
    );
    check(
        json!({"entscheidung": {"ergebnis": "steuerfrei", "jahressteuer_cent": 0, "steuer_jahr_cent": 0, "gesamt_cent": 0,
               "ermaessigung_prozent": 100, "raten": [], "folgejahre_raten": []}}),
        &["Sie müssen nichts zahlen", "0,00 €", "Ermäßigung von 100 Prozent"],
        &["Überweisen", "Säumniszuschläge", "aufschiebende"],
    );
    check(
        json!({"entscheidung": {"vorjahre": [{"jahr": 2025, "monate": 3, "betrag_cent": 2400}], "gesamt_cent": 10400,
               "beginn": "2025-10-01", "monate": 12, "steuer_jahr_cent": 9600}}),
        &[
            "Kalenderjahr 2025 3 von 12 Monaten 24,00 €",
            "Zusammen bis Ende 2026 104,00 €",
        ],
        &[],
    );
    // What the decision of another package may leave out.
    let mut bare = sample();
    for field in [
        "vorjahre",
        "gesamt_cent",
        "folgejahre_raten",
        "satz_cent",
        "nachzahlung_cent",
    ] {
        bare["entscheidung"].as_object_mut().unwrap().remove(field);
    }
    bare["behoerde"]["kontakt"] = json!({});
    bare.as_object_mut().unwrap().remove("begruendung");
    bare["hund"] = json!({});
    let text = text(&render(&template, &bare).unwrap());
    assert!(text.contains("Kassenzeichen: HS-2026-0000417"), "{text}");
}

fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, patch) => *into = patch,
    }
}

/// The PDF is made once, before it is known how it leaves the house, and a letter can change from mailbox to post.
#[test]
fn every_notice_names_both_ways_it_may_have_come() {
    let check = |service: &str, post: &str, mailbox: &str| {
        let folder = root().join("packages/services").join(service).join("notices");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let template = read("bescheid.typ");
        assert!(!template.contains("data.at(\"bekanntgabe\""), "{service}");
        let data = serde_json::from_str(&read("bescheid.sample.json")).unwrap();
        let text = text(&render(&template, &data).unwrap());
        for needle in [
            post,
            mailbox,
            "vierten Tag nach der Aufgabe zur Post",
            "vierten Tag nach der Absendung der E-Mail",
            "nicht oder später angekommen",
        ] {
            assert!(text.contains(needle), "{service}: {needle:?} is not in {text}");
        }
        for wrong in ["wurde in Ihrem Postfach", "nach der Bereitstellung"] {
            assert!(!text.contains(wrong), "{service}: {wrong:?} is in {text}");
        }
    };
    check("hundesteuer", "§ 122 Abs. 2 Nr. 1 AO", "§ 122a Abs. 4 AO");
    check("wohngeld", "§ 37 Abs. 2 SGB X", "§ 37 Abs. 2a SGB X");
}

/// After an objection that has succeeded: which notice it replaces, by which paragraph, and what that means for what was paid.
#[test]
fn a_notice_says_what_it_replaces() {
    let check = |service: &str, template: &str, replaced: Value, needles: &[&str]| {
        let folder = root().join("packages/services").join(service).join("notices");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let mut data: Value = serde_json::from_str(&read("bescheid.sample.json")).unwrap();
        let plain = text(&render(&read(template), &data).unwrap());
        data["ersetzt"] = replaced;
        let said = text(&render(&read(template), &data).unwrap());
        for needle in needles {
            assert!(said.contains(needle), "{service}: {needle:?} is not in {said}");
            assert!(!plain.contains(needle), "{service}: {needle:?} is in every notice");
        }
    };
    let none = json!({ "datum": "2026-01-12", "code": "7K4M-9QXD-2R8T-HW3P", "nachzahlung": [], "zuviel": [] });
    let some = json!({
        "datum": "2026-01-12", "code": "7K4M-9QXD-2R8T-HW3P", "nachzahlung": [{ "monat": "2026-02", "cent": 4711 }], "zuviel": [{ "monat": "2026-03", "cent": 815 }],
    });
    let tax = [
        "ersetzt den Bescheid vom 12. Januar 2026",
        "7K4M-9QXD-2R8T-HW3P",
        "§ 72 VwGO, § 172",
    ];
    check("hundesteuer", "bescheid.typ", none.clone(), &tax);
    let rent = [
        "ersetzt dieser Bescheid den Bescheid vom 12. Januar 2026",
        "7K4M-9QXD-2R8T-HW3P",
        "§ 72 VwGO, § 44 SGB X",
    ];
    check("wohngeld", "bescheid.typ", none.clone(), &rent);
    check(
        "wohngeld",
        "bescheid.typ",
        some,
        &[
            "Nachzahlung",
            "47,11",
            "zu viel gezahlt. Mit diesem Bescheid",
            "8,15",
            "fordern wir nichts zurück",
        ],
    );
    for service in ["hundesteuer", "wohngeld"] {
        check(
            service,
            "bescheid-leicht.typ",
            none.clone(),
            &["vom 12. Januar 2026 gilt nicht mehr", "7K4M-9QXD-2R8T-HW3P"],
        );
    }
}

/// § 27 Abs. 3 Nr. 2 WoGG.
#[test]
fn wohngeld_wants_to_know_of_incomes_that_rise_over_fifteen_percent() {
    let path = root().join("packages/services/wohngeld/notices/bescheid.typ");
    let template = std::fs::read_to_string(path).unwrap();
    assert!(template.contains("steigt um mehr als 15 Prozent"));
    assert!(!template.contains("steigt um mehr als 10 Prozent"));
}

#[test]
fn the_enclosure_in_leichte_sprache() {
    let template = package_file("bescheid-leicht.typ");
    let said = text(&render(&template, &sample()).unwrap());
    for needle in [
        "Ihr Bescheid über die Hunde-Steuer",
        "96,00 €",
        "15. Mai 2026",
        "Widerspruch",
        "Bello",
    ] {
        assert!(said.contains(needle), "{needle:?} is not in {said}");
    }
    let mut free = sample();
    free["entscheidung"]["ergebnis"] = json!("steuerfrei");
    free["hund"] = json!({});
    let said = text(&render(&template, &free).unwrap());
    assert!(said.contains("keine Steuer zahlen") && !said.contains("IBAN"), "{said}");
}

#[test]
fn the_pdf_declares_and_has_what_pdf_a_and_pdf_ua_ask() {
    let pdf = render(&package_file("bescheid.typ"), &sample()).unwrap();
    let bytes = String::from_utf8_lossy(&pdf.bytes).into_owned();
    let start = bytes.find("<?xpacket begin").expect("XMP metadata, uncompressed");
    let xmp = &bytes[start..start + bytes[start..].find("<?xpacket end").unwrap()];
    let xmp = &xmp[xmp.find("<x:xmpmeta").or_else(|| xmp.find("<rdf:RDF")).unwrap()..];
    let xmp = roxmltree::Document::parse(xmp.trim()).unwrap();
    // A property is an attribute of rdf:Description or an element; containers hold it in rdf:li.
    let property = |name: &str| {
        xmp.descendants().find_map(|node| {
            if node.tag_name().name() == name {
                node.descendants()
                    .filter_map(|inner| inner.text())
                    .find(|text| !text.trim().is_empty())
            } else {
                node.attributes()
                    .find(|attribute| attribute.name() == name)
                    .map(|attribute| attribute.value())
            }
        })
    };
    assert_eq!(property("conformance"), Some("A"));
    let parts: Vec<_> = xmp
        .descendants()
        .filter(|node| node.tag_name().name() == "part")
        .map(|node| {
            (
                node.tag_name().namespace().unwrap_or_default(),
                node.text().unwrap_or_default(),
            )
        })
        .collect();
    assert!(parts.contains(&("http://www.aiim.org/pdfa/ns/id/", "2")), "{parts:?}");
    assert!(parts.contains(&("http://www.aiim.org/pdfua/ns/id/", "1")), "{parts:?}");
    assert_eq!(property("title"), Some("Bescheid über die Festsetzung der Hundesteuer"));
    assert_eq!(property("creator"), Some("Landeshauptstadt Magdeburg"));
    assert_eq!(property("language"), Some("de-DE"));

    let info = poppler("pdfinfo", &[], &pdf);
    for needle in [
        "Tagged:          yes",
        "Title:           Bescheid über die Festsetzung der Hundesteuer",
        "Author:          Landeshauptstadt Magdeburg",
        "JavaScript:      no",
        "Encrypted:       no",
        "(A4)",
        "PDF version:     1.7",
    ] {
        assert!(info.contains(needle), "{needle:?} is not in {info}");
    }
    assert!(info.contains(&format!("Pages:           {}", pdf.pages)), "{info}");
    assert!(
        bytes.contains("/DisplayDocTitle true"),
        "the title is shown, not the file name"
    );
    assert!(bytes.contains("/MarkInfo"), "tagged");
    // Without these the file would not be the same everywhere: no font is left to the reader's machine.
    let fonts = poppler_fonts(&pdf);
    assert!(
        fonts.lines().skip(2).count() >= 2 && fonts.contains("NotoSans"),
        "{fonts}"
    );
    for line in fonts.lines().skip(2) {
        assert!(
            line.contains("yes yes yes"),
            "embedded, subset, with Unicode map: {line}"
        );
    }

    let structure = poppler_structure(&pdf);
    for tag in ["H1", "H2", "P", "Table", "TR", "TH", "TD", "L", "LI", "Figure", "Link"] {
        let present = structure
            .lines()
            .any(|line| line.split_whitespace().next().map(|word| word.trim_end_matches(':')) == Some(tag));
        assert!(present, "no {tag} in {structure}");
    }
    // The order of reading: who writes, to whom, about what, and only then what.
    let spoken = poppler("pdfinfo", &["-struct-text", "-enc", "UTF-8"], &pdf);
    let mut from = 0;
    for needle in [
        "Landeshauptstadt Magdeburg",
        "Żaneta",
        "Aktenzeichen",
        "Bescheid über",
        "1. Festsetzung",
        "Rechtsbehelf",
        "Prüfcode",
    ] {
        let at = spoken[from..]
            .find(needle)
            .unwrap_or_else(|| panic!("{needle:?} not after {from} in {spoken}"));
        from += at;
    }
    // Repetition and marks are artifacts, so nobody has to hear them.
    assert!(!spoken.contains("Seite 1 von"), "{spoken}");
}

fn poppler_structure(pdf: &Pdf) -> String {
    poppler("pdfinfo", &["-struct", "-enc", "UTF-8"], pdf)
}

/// `pdffonts` reads no standard input.
fn poppler_fonts(pdf: &Pdf) -> String {
    let file = std::env::temp_dir().join(format!("wegfrei-notice-{}.pdf", std::process::id()));
    std::fs::write(&file, &pdf.bytes).unwrap();
    let output = Command::new("pdffonts").arg(&file).output();
    std::fs::remove_file(&file).unwrap();
    let output = output.unwrap_or_else(|error| panic!("pdffonts: {error}; apt-get install poppler-utils"));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_same_input_gives_the_same_bytes_on_every_thread() {
    let typesetter = Typesetter::new();
    let template = package_file("bescheid.typ");
    let data = sample();
    let reference = typesetter.render(&template, &data, &meta()).unwrap();
    // Another letter between, so that caches differ.
    let mut other = sample();
    other["empfaenger"]["name"] = json!("Jemand Anderes");
    let different = typesetter.render(&template, &other, &meta()).unwrap();
    assert_ne!(different.bytes, reference.bytes);
    assert_eq!(typesetter.render(&template, &data, &meta()).unwrap(), reference);
    assert_eq!(Typesetter::new().render(&template, &data, &meta()).unwrap(), reference);
    // The order of keys is no difference.
    let mut reversed = serde_json::Map::new();
    for (key, value) in data.as_object().unwrap().iter().rev() {
        reversed.insert(key.clone(), value.clone());
    }
    assert_eq!(
        typesetter.render(&template, &Value::Object(reversed), &meta()).unwrap(),
        reference
    );
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| typesetter.clone().render(&template, &data, &meta()).unwrap()))
            .collect();
        for worker in workers {
            assert_eq!(worker.join().unwrap(), reference);
        }
    });
    // And the date is the letter's, not today's.
    let info = poppler("pdfinfo", &["-isodates"], &reference);
    assert!(info.contains("CreationDate:    2026-03-18T00:00:00"), "{info}");
}

#[test]
fn data_is_text_and_never_source() {
    let hostile = [
        "#import \"@preview/x:1.0.0\": *",
        "]",
        "[*fett*]",
        "= Kein Titel",
        "$x^2$",
        "\"); #panic(1); (\"",
        "// kein Kommentar",
        "\\u{41} \\ @ziel <marke>",
        "*a* _b_ -- ...",
        "/* offen",
    ];
    for name in hostile {
        let pdf = render(&with_prelude("= Titel\nName: #data.name Ende"), &json!({"name": name})).unwrap();
        let text = text(&pdf);
        assert!(text.contains(&format!("Name: {name} Ende")), "{name:?} became {text:?}");
    }
    let mut data = sample();
    data["empfaenger"]["name"] = json!("#panic() ] Müller");
    data["hund"]["rufname"] = json!("Bello*_$[");
    data["pruefung"]["code"] = json!("#[x]");
    let text = text(&render(&package_file("bescheid.typ"), &data).unwrap());
    for needle in ["#panic() ] Müller", "„Bello*_$[“", "#[x]"] {
        assert!(text.contains(needle), "{needle:?} is not in {text}");
    }
}

#[test]
fn names_are_printed_as_they_are() {
    // Precomposed, combining sequences of DIN 91379 that have no precomposed form, and subscripts from the fallback.
    let names = [
        "Straße", "ẞ", "Żółć", "Dvořák", "Þórr", "Ťažký", "C̆", "M̂", "ḏ̣", "K̕", "Ǥ", "L̥̄", "H₂O",
    ];
    for name in names {
        let pdf = render(&with_prelude("= Titel\n|#data.name|"), &json!({"name": name})).unwrap();
        let text = text(&pdf);
        // Composed, and without the blanks that poppler guesses from the advance of a mark.
        let nfc = |text: &str| {
            unicode_normalization::UnicodeNormalization::nfc(text)
                .filter(|letter| !letter.is_whitespace())
                .collect::<String>()
        };
        assert!(
            nfc(&text).contains(&nfc(&format!("|{name}|"))),
            "{name:?} became {text:?}"
        );
    }
}

#[test]
fn every_character_of_din_91379_can_be_printed() {
    let corpus = root().join("../shared/corpus/din91379/latinchars.xml");
    let Ok(xml) = std::fs::read_to_string(corpus) else {
        println!("skipped: corpus absent");
        return;
    };
    let document = roxmltree::Document::parse(&xml).unwrap();
    let mut letters = Vec::new();
    for node in document.descendants().filter(|node| node.tag_name().name() == "cp") {
        let points = node.text().unwrap_or_default().split_whitespace();
        let letter: String = points
            .map(|point| char::from_u32(u32::from_str_radix(point, 16).unwrap()).unwrap())
            .collect();
        if !letter.trim().is_empty() {
            letters.push(letter);
        }
    }
    assert!(letters.len() > 900, "{}", letters.len());
    let mut text_of_all = String::new();
    for letter in &letters {
        write!(text_of_all, "{letter} ").unwrap();
    }
    // A character that no font has is an error of PDF/A-2a: nothing is left out silently.
    for style in ["#data.all", "#strong(data.all)", "#emph(data.all)"] {
        let pdf = render(
            &with_prelude(&format!("= Titel\n{style}")),
            &json!({"all": text_of_all}),
        )
        .unwrap();
        assert!(pdf.pages >= 1);
    }
}

#[test]
fn what_no_font_has_is_an_error_and_not_a_gap() {
    let error = render(&with_prelude("= Titel\n#data.name"), &json!({"name": "山田"})).unwrap_err();
    assert!(error.message.contains("font"), "{error}");
}

#[test]
fn helpers() {
    let data = json!({"cent": 123_456_789, "iban": "DE02120300000000202051"});
    expect_text(
        "= Titel\n#euro(data.cent) | #euro(5) | #euro(-1250) | #euro(0) | #euro(100000)",
        &data,
        &["1.234.567,89 € | 0,05 € | −12,50 € | 0,00 € | 1.000,00 €"],
    );
    expect_text(
        "= Titel\n#date-de(\"2026-03-01\") | #date-de(\"2024-02-29\", long: true) | #months(3, 12) | #months(12, 12)",
        &data,
        &["01.03.2026 | 29. Februar 2024 | März bis Dezember | Dezember"],
    );
    expect_text("= Titel\n#iban(data.iban)", &data, &["DE02 1203 0000 0000 2020 51"]);
    let remedy = "= Titel\n#remedy(authority: \"Stadt\", deadline: \"innerhalb eines Monats\")";
    expect_text(
        remedy,
        &data,
        &["kann innerhalb eines Monats Widerspruch erhoben werden"],
    );
}

#[test]
fn errors_name_the_place_in_the_template() {
    let none = json!({});
    expect_error("= Titel\n#foo()", &none, 2, 2, "unknown variable: foo");
    expect_error("= Titel\näöü #(1 + \"a\")", &none, 2, 7, "cannot add");
    expect_error(&with_prelude("= T\n#data.fehlt"), &none, 4, 7, "does not contain key");
    // Inside a helper of ours: the place is where the template called it.
    expect_error(&with_prelude("= T\n#euro(\"12\")"), &none, 4, 2, "integer cents");
    expect_error(&with_prelude("= T\n#date-de(\"2026-02-30\")"), &none, 4, 2, "date");
    expect_error(&with_prelude("= T\n#qr(\"x\" * 4000)"), &none, 4, 2, "no QR code holds");
    expect_error("= T\n#while true { }", &none, 2, 2, "`while` is refused");
    expect_error("#import \"@preview/cetz:0.3.0\"", &none, 1, 2, "imports only");
    expect_error(
        "= T\n#let s = std\n#s.read(\"/etc/passwd\")",
        &none,
        3,
        2,
        "`read` is not available",
    );
    expect_error("= T\n#datetime.today().display()", &none, 2, 2, "date");
    expect_error("== Zu tief zuerst", &none, 1, 1, "heading");
    // Too deep, without a crash.
    expect_error("= T\n#let f(g) = g(g)\n#f(f)", &none, 2, 13, "call depth");
    let empty = Meta {
        title: " ".into(),
        ..meta()
    };
    let error = Typesetter::new().render("= T", &none, &empty).unwrap_err();
    assert!(error.message.contains("title is empty"), "{error}");
}

#[test]
fn errors_leave_the_typesetter_usable() {
    let typesetter = Typesetter::new();
    for _ in 0..3 {
        assert!(typesetter.render("#panic(\"no\")", &json!({}), &meta()).is_err());
        assert!(typesetter.render("= Titel\nText", &json!({}), &meta()).is_ok());
    }
}

#[test]
fn the_qr_code_says_the_address() {
    // Read back from the vectors: the finder pattern's dark modules are where the standard puts them.
    let body = "= T\n#let code = wegfrei-qr(data.url)\n#code.size | #repr(code.runs.first()) | #code.runs.map(r => r.at(2)).sum()";
    let code =
        qrcodegen::QrCode::encode_text("https://wegfrei.example/pruefen/1", qrcodegen::QrCodeEcc::Medium).unwrap();
    let dark = (0..code.size())
        .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
        .filter(|(x, y)| code.get_module(*x, *y))
        .count();
    let needle = format!("{} | (0, 0, 7) | {dark}", code.size());
    expect_text(body, &json!({"url": "https://wegfrei.example/pruefen/1"}), &[&needle]);
}

/// What is called printable is printed, what is not is refused: nobody finds out weeks later.
#[test]
fn what_can_be_printed_is_known_before() {
    for (text, sign) in [
        ("Müller-Lüdenscheidt", None),
        ("Szymański\nGröße\t½ – „x“ ≥ 5 €", None),
        ("C̆ļ Ÿ ẞ", None),
        ("Иванова Ελένη", None),
        ("山田", Some('山')),
        ("Bello \u{1F436}", Some('\u{1F436}')),
        ("\u{E000}", Some('\u{E000}')),
        ("Rex\u{7}", Some('\u{7}')),
    ] {
        assert_eq!(Typesetter::new().unprintable(text), sign, "{text:?}");
        let printed = render(&with_prelude("= Titel\n#data.name"), &json!({ "name": text }));
        assert_eq!(printed.is_ok(), sign.is_none(), "{text:?}: {printed:?}");
    }
}
