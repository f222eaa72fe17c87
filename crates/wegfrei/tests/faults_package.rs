//! Package files that were made to hurt: `package check` names file and line, at once, and reads nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use std::fs;

use house::files::copy_of_the_package;
use house::run;

const FILES: [&str; 3] = ["form.xdf3.xml", "process.bpmn", "decision.dmn"];

/// Changes one file; the check must fail with a finding in that file (`at`: line and what is said).
#[track_caller]
fn check(file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>, at: &str) {
    let folder = copy_of_the_package();
    let path = folder.path().join(file);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, change(bytes)).unwrap();
    let ended = run(&["package", "check", folder.path().to_str().unwrap()]);
    let place = format!("{}{at}", path.display());
    ended.check(1, &[&place, "findings"]);
    assert!(!ended.all().contains("root:"), "{}", ended.all());
    assert!(ended.err.is_empty(), "{}", ended.err);
}

fn after_declaration(bytes: &[u8], what: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (declaration, rest) = text.split_once("?>").unwrap();
    format!("{declaration}?>\n{what}{rest}").into_bytes()
}

#[test]
fn entities_and_document_types_are_refused() {
    let mut bomb = "<!DOCTYPE x [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
    for n in 1..30 {
        let inner = format!("&a{};", n - 1).repeat(10);
        bomb.push_str(&format!("<!ENTITY a{n} \"{inner}\">"));
    }
    bomb.push_str("]>");
    for file in FILES {
        for what in [
            bomb.as_str(),
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
            "<!DOCTYPE x [<!ENTITY % e SYSTEM \"http://127.0.0.1:1/x.dtd\"> %e;]>",
            "<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/x.dtd\">",
        ] {
            check(file, |bytes| after_declaration(&bytes, what), ":2:");
        }
    }
}

#[test]
fn broken_bytes_are_named() {
    for file in FILES {
        check(file, |_| Vec::new(), ":1:");
        check(file, |_| vec![0xff; 1000], ":1:");
        check(file, |_| b"<a/>".to_vec(), ":1:");
        check(file, |bytes| bytes[..bytes.len() / 2].to_vec(), ":");
        check(file, |bytes| [bytes.clone(), bytes].concat(), ":");
        // Deeper than any stack.
        check(file, |_| "<a>".repeat(200_000).into_bytes(), ":");
        let nested = || format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
        check(file, |_| nested().into_bytes(), ":");
        // An entity nobody declared.
        check(file, |bytes| after_declaration(&bytes, "&nothing;"), ":2:");
        // UTF-16, as some editors save it.
        check(
            file,
            |bytes| {
                let text = String::from_utf8(bytes).unwrap();
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            },
            ":1:",
        );
    }
}

/// A file that is too large is refused before it is read.
#[test]
fn sizes_are_limited() {
    let folder = copy_of_the_package();
    let path = folder.path().join("form.xdf3.xml");
    fs::File::create(&path).unwrap().set_len(9 * 1024 * 1024).unwrap();
    run(&["package", "check", folder.path().to_str().unwrap()]).check(1, &["form.xdf3.xml", "bytes"]);
}

/// Expressions that would take for ever, or the whole memory, are refused; none is evaluated.
#[test]
fn expressions_are_limited() {
    for hostile in [
        "(".repeat(100_000),
        format!("{}1", "-".repeat(3_900)),
        format!("{}{}", "[".repeat(1_900), "]".repeat(1_900)),
        format!("1{}", "+1".repeat(1_900)),
        format!("{}true{}", "not(".repeat(700), ")".repeat(700)),
        format!("{}1{}", "{a: ".repeat(400), "}".repeat(400)),
    ] {
        let change = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            let (before, rest) = text.split_once("<literalExpression><text>").unwrap();
            let (_, after) = rest.split_once('<').unwrap();
            format!("{before}<literalExpression><text>{hostile}<{after}").into_bytes()
        };
        check("decision.dmn", change, ":");
    }
}

/// A letter that has no end is a finding, not a command without one.
#[test]
fn letters_end() {
    let endless = |bytes: Vec<u8>| {
        let loops = "#for a in range(100000) { for b in range(100000) {} }\n";
        [loops.as_bytes(), &bytes].concat()
    };
    check("notices/bescheid.typ", endless, ":1:1: Der Brief ist nach");
}

/// A template names only what its data has, and the sample is data as a case has it.
#[test]
fn letters_name_what_their_data_has() {
    let replaced = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1).into_bytes()
        }
    };
    let letter = "notices/bescheid.typ";
    check(letter, replaced("data.aktenzeichen", "data.aktenzeichn"), ":29:");
    check(
        letter,
        replaced("data.at(\"ersetzt\", default: none)", "data.ersetzt"),
        ":",
    );
    check(
        "notices/bescheid.sample.json",
        replaced("\"2026-03-18\"", "\"18.03.2026\""),
        ":1:1: `data.datum` is not a date",
    );
}
