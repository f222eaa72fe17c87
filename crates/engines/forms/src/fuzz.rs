//! What a fuzzer calls: functions from bytes to nothing. They hold for every input and end by an assertion where they do not.
//! docs/fuzzing.md says how they are run; the tests below run the inputs kept in `fuzz/`.

use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};

use crate::form::{Choice, Finding, Form, Kind, Page};
use crate::lists::CodeList;
use crate::walk::{self, Element, Inside};

/// The day of evaluation.
const TODAY: Date = date(2026, 3, 15);

/// Sentences that can stand in [`every_kind`], one of each shape.
pub const RULES: &str =
    "WENN F1 \"Ermäßigung\" = JA, DANN aktiviere F2 UND mache es zu einer Pflichtangabe, SONST zeige F2 nicht an.
Wenn F7 = 001 \"in Deutschland\" ODER F7 = 002, dann muss F3 befüllt sein.
F4 muss mindestens 3 Monate nach F3 liegen. F13 darf nicht in der Zukunft liegen.
Es muss mindestens eines der Felder F8, F9 oder F10 befüllt sein.
Die Summe der Felder F5 und F15 muss kleiner als 500 sein.
WENN F6 > 1000, DANN zeige die Fehlermeldung \"Das ist zu viel.\" an.
Der Wert in F31 darf nur einmal vorkommen.
F12 ist mit \"Deutschland\" vorzubefüllen.";

/// Says whether answers fit the JSON Schema of a form, or why not. An oracle from outside: this crate has none.
pub type Fits<'a> = &'a dyn Fn(&Form, &Value) -> Result<(), String>;

/// Any bytes as a form: what is refused names its place, what is read can be filled in.
pub fn xdatenfelder(bytes: &[u8], fits: Fits) {
    let text = String::from_utf8_lossy(bytes);
    let form = match Form::parse(&text) {
        Ok(form) => form,
        Err(findings) => {
            assert!(!findings.is_empty(), "a file is refused for a reason");
            findings.iter().for_each(|finding| placed(finding, &text));
            return;
        }
    };
    form.findings().iter().for_each(|finding| placed(finding, &text));
    let again = Form::parse(&text).map(|again| format!("{again:?}")).ok();
    assert!(Some(format!("{form:?}")) == again, "the same file reads the same");
    used(&form, &invented(&form, &mut Bytes(bytes)), fits);
    used(
        &form,
        &invented(&form, &mut Bytes(bytes.get(bytes.len() / 2..).unwrap_or_default())),
        fits,
    );
}

/// Any bytes as the sentences of a rule of [`every_kind`].
pub fn rules(bytes: &[u8]) {
    let sentence = String::from_utf8_lossy(bytes);
    // Without what XML cannot hold.
    let fits = |c: &char| (*c >= ' ' || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let sentence: String = sentence.chars().filter(fits).collect();
    for inside in [false, true] {
        let xml = every_kind(&sentence, inside);
        let form = Form::parse(&xml).unwrap_or_else(|findings| broken(&findings));
        form.findings().iter().for_each(|finding| placed(finding, &xml));
        let unread = form
            .findings()
            .iter()
            .filter(|finding| finding.message.starts_with("rule "));
        assert_eq!(
            form.rules(),
            form.executable_rules() + unread.count(),
            "a rule is applied, or it is told"
        );
        let said = form.readings();
        assert!(said.iter().all(|(_, sentences)| !sentences.is_empty()), "{said:?}");
        // Other answers for the same sentence come with what stands behind it in another input: from its end.
        let mut next = Bytes(bytes.get(bytes.len() / 2..).unwrap_or_default());
        used(&form, &invented(&form, &mut next), &|_, _| Ok(()));
    }
}

/// Any bytes as a code list, and a form that points at it.
pub fn genericode(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let list = match CodeList::parse(&text) {
        Ok(list) => list,
        Err(finding) => return placed(&finding, &text),
    };
    assert_eq!(
        CodeList::parse(&text).as_ref(),
        Ok(&list),
        "the same file reads the same"
    );
    let uri = if list.version_uri.is_empty() {
        &list.uri
    } else {
        &list.version_uri
    };
    let column = list.columns.get(bytes.len() % 3).map_or("", String::as_str);
    let xml = pointing_at(&escaped(uri), &escaped(column));
    let Ok(form) = Form::parse_with(&xml, std::slice::from_ref(&list)) else {
        return;
    };
    let Some(Kind::Select { options, .. }) = form.field("F1").map(|field| &field.kind) else {
        return;
    };
    let codes: std::collections::BTreeSet<&str> = options.iter().map(|option| option.value.as_str()).collect();
    assert_eq!(codes.len(), options.len(), "no option stands twice");
    for Choice { value, label, .. } in options {
        assert!(
            !value.is_empty() && !label.is_empty(),
            "an option can be seen and stored"
        );
        let problems = form.validate_json(&json!({ "F1": value }), TODAY);
        assert!(
            problems.is_empty() || value.trim().is_empty(),
            "{value:?} is offered and refused: {problems:?}"
        );
    }
}

/// Any bytes as answers to a form: JSON as it stands, anything else as choices of what to answer.
pub fn form_data(form: &Form, bytes: &[u8], fits: Fits) {
    match serde_json::from_slice(bytes) {
        Ok(data) => used(form, &data, fits),
        Err(_) => used(form, &invented(form, &mut Bytes(bytes)), fits),
    }
}

/// Everything that is done with a form and answers.
fn used(form: &Form, data: &Value, fits: Fits) {
    let evaluation = form.evaluate(data, TODAY);
    assert_eq!(
        form.evaluate(data, TODAY),
        evaluation,
        "the same answers are judged the same"
    );
    for problem in &evaluation.problems {
        assert!(
            !evaluation.hidden.contains(&problem.path),
            "nobody can mend {}",
            problem.path
        );
        assert!(problem.message.ends_with(['.', '!', '?']), "{}", problem.message);
    }
    let pruned = form.prune(data);
    assert_eq!(form.prune(&pruned), pruned, "pruning twice is pruning once");
    let _ = (form.summary(data), form.first_page(data, TODAY));
    let _ = form.validate_json(data, TODAY);
    // What a browser gets to see and posts unchanged is what was there.
    let posted = posted(form, &pruned);
    assert_eq!(
        self::posted(form, &posted),
        posted,
        "posting what is shown changes nothing"
    );
    // The schema of the answers takes what the form takes.
    if form.validate_json(&pruned, TODAY).is_empty() {
        assert_eq!(
            fits(form, &pruned),
            Ok(()),
            "the form takes {pruned}, its schema does not"
        );
    }
}

/// The answers after every page was shown with them and posted as it was.
fn posted(form: &Form, data: &Value) -> Value {
    let mut posted = json!({});
    for page in form.pages() {
        let (read, _) = form.read_page(&page.id, &shown(page, data));
        form.merge(&mut posted, &page.id, read);
    }
    posted
}

/// A finding names its place in the text, what is wrong, and what to do.
fn placed(finding: &Finding, text: &str) {
    let lines = text.split('\n').count() + 1;
    assert!(
        finding.line > 0 && (finding.line as usize) <= lines && finding.column > 0,
        "{finding:?}"
    );
    assert!(!finding.message.is_empty() && !finding.help.is_empty(), "{finding:?}");
}

/// What the inputs of a page hold when it is shown with this data.
pub fn shown(page: &Page, data: &Value) -> Vec<(String, String)> {
    fn add(element: Element, path: &str, value: &Value, posted: &mut Vec<(String, String)>) {
        match (element.inside, value) {
            (_, Value::Array(list)) if element.occurs.repeats() => {
                for (at, value) in list.iter().enumerate().take(walk::MAX_OCCURRENCES) {
                    one(element, &walk::join(path, &at.to_string()), value, posted);
                }
            }
            _ => one(element, path, value, posted),
        }
    }
    fn one(element: Element, path: &str, value: &Value, posted: &mut Vec<(String, String)>) {
        match element.inside {
            Inside::Group(items) => {
                for item in items.iter().map(Element::from) {
                    if let Some(value) = value.get(item.id) {
                        add(item, &walk::join(path, item.id), value, posted);
                    }
                }
            }
            Inside::Field(field) if matches!(field.kind, Kind::Date { .. }) => {
                let parts = ["tag", "monat", "jahr"].into_iter().zip(field.shown_date(value));
                posted.extend(parts.map(|(part, text)| (walk::join(path, part), text)));
            }
            Inside::Field(field) => posted.push((path.to_owned(), field.shown(value))),
        }
    }
    let mut posted = vec![];
    for root in walk::roots(page) {
        if let Some(value) = data.get(root.id) {
            add(root, root.id, value, &mut posted);
        }
    }
    posted
}

/// Bytes as choices; when they are used up each choice is the first.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> usize {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        usize::from(*first)
    }

    fn one_of<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        choices
            .get(self.next() % choices.len().max(1))
            .copied()
            .unwrap_or_default()
    }
}

/// Answers to a form, mostly of the right kind.
fn invented(form: &Form, bytes: &mut Bytes) -> Value {
    let mut data = Map::new();
    let mut left = 400;
    for root in form.pages().iter().flat_map(walk::roots) {
        if let Some(value) = element(root, bytes, &mut left) {
            data.insert(root.id.to_owned(), value);
        }
    }
    Value::Object(data)
}

fn element(element: Element, bytes: &mut Bytes, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    let count = match bytes.next() % 8 {
        0 => return None,
        1 => 2,
        _ => 1,
    };
    let mut one = || match element.inside {
        Inside::Field(field) => answer(&field.kind, bytes),
        Inside::Group(items) => {
            let items = items.iter().map(Element::from);
            let inside = items.filter_map(|item| Some((item.id.to_owned(), self::element(item, bytes, left)?)));
            Value::Object(inside.collect())
        }
    };
    // Now and then a list where none belongs, or none where one does.
    Some(
        if element.occurs.repeats() != (count == 2 && !element.occurs.repeats()) {
            Value::Array((0..count).map(|_| one()).collect())
        } else {
            one()
        },
    )
}

fn answer(kind: &Kind, bytes: &mut Bytes) -> Value {
    let choice = bytes.next();
    if choice % 16 == 15 {
        return match choice / 16 {
            0..4 => Value::Null,
            4..8 => json!(true),
            8..12 => json!({ "x": 1 }),
            _ => json!(["x", 1]),
        };
    }
    match kind {
        Kind::Text { .. } => Value::from(bytes.one_of(&[
            "Meier",
            "12345",
            "a",
            "",
            " x ",
            "DE89370400440532013000",
            "de89 3704 0044 0532 0130 00",
            "x\ny",
            "A1",
            "Ja",
            "86095742719",
            "ß\u{301}\u{202e}",
            "02",
            "in Deutschland",
        ])),
        Kind::Integer { .. } | Kind::Currency { .. } => match choice % 4 {
            0 => json!(bytes.next()),
            1 => json!(-i64::try_from(bytes.next()).unwrap_or(0)),
            2 => json!(i64::MAX - i64::try_from(bytes.next()).unwrap_or(0)),
            _ => json!(bytes.next() as f64 / 2.0),
        },
        Kind::Number { .. } => match choice % 3 {
            0 => json!(bytes.next() as f64 / 8.0),
            1 => json!(-1e300 * bytes.next() as f64),
            _ => json!(bytes.next()),
        },
        Kind::Date { .. } => Value::from(bytes.one_of(&[
            "2026-03-15",
            "2026-03-16",
            "2024-02-29",
            "2023-02-29",
            "0001-01-01",
            "9999-12-31",
            "1990-06-01",
            "31..2026",
            "-9999-01-01",
            "2008-03-15",
        ])),
        Kind::Time => Value::from(bytes.one_of(&["00:00", "23:59", "24:00", "7:5"])),
        Kind::DateTime => {
            Value::from(bytes.one_of(&["2026-03-15T08:00", "2026-03-15T24:00", "9999-12-31T23:59", "heute"]))
        }
        Kind::Bool => Value::Bool(choice.is_multiple_of(2)),
        Kind::Select { options, .. } => {
            let option = options.get(bytes.next() % (options.len() + 1));
            Value::from(option.map_or("x", |option| option.value.as_str()))
        }
        Kind::File { .. } => {
            json!([{ "paper": "p1", "name": "a.pdf", "media_type": "application/pdf", "bytes": bytes.next() }])
        }
        Kind::Object => json!({ "x": [bytes.next()] }),
        Kind::Note(_) => Value::from("x"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[allow(clippy::panic, reason = "the form of this file is right")]
fn broken(findings: &[Finding]) -> Form {
    panic!("{findings:#?}")
}

/// A form with a field of every kind and a rule, which stands in the schema or in the group that repeats.
pub fn every_kind(sentence: &str, inside: bool) -> String {
    let field = |anzahl: &str, id: &str, name: &str, way: &str, kind: &str, more: &str| {
        format!(
            "<x:struktur><x:anzahl>{anzahl}</x:anzahl><x:enthaelt><x:datenfeld><x:identifikation><x:id>{id}</x:id></x:identifikation>\
             <x:name>{name}</x:name><x:feldart><code>{way}</code></x:feldart><x:datentyp><code>{kind}</code></x:datentyp>{more}\
             </x:datenfeld></x:enthaelt></x:struktur>"
        )
    };
    let plain = |id: &str, name: &str, kind: &str| field("0:1", id, name, "input", kind, "");
    let group = |anzahl: &str, id: &str, name: &str, more: &str| {
        format!(
            "<x:struktur><x:anzahl>{anzahl}</x:anzahl><x:enthaelt><x:datenfeldgruppe><x:identifikation><x:id>{id}</x:id></x:identifikation>\
             <x:name>{name}</x:name>{more}</x:datenfeldgruppe></x:enthaelt></x:struktur>"
        )
    };
    let rule = |here: bool| {
        let text = escaped(sentence);
        let rule = format!(
            "<x:regel><x:identifikation><x:id>R1</x:id></x:identifikation><x:freitextRegel>{text}</x:freitextRegel></x:regel>"
        );
        if here { rule } else { String::new() }
    };
    let limits = |limits: &str| format!("<x:praezisierung {limits}/>");
    let option = |code: &str, name: &str| format!("<x:wert><x:code>{code}</x:code><x:name>{name}</x:name></x:wert>");
    let options = [
        option("001", "in Deutschland"),
        option("002", "außerhalb von Deutschland"),
        option("003", "ohne festen Wohnsitz"),
    ];
    let options = format!("<x:werte>{}</x:werte>", options.concat());
    let content = [
        plain("F1", "Ermäßigung", "bool"),
        plain("F2", "Begründung", "text"),
        plain("F3", "Beginn", "date"),
        plain("F4", "Ende", "date"),
        field(
            "0:1",
            "F5",
            "Anzahl Personen",
            "input",
            "num_int",
            &limits("minValue=\"-3\" maxValue=\"300\""),
        ),
        plain("F6", "Einkommen", "num_currency"),
        field("0:1", "F7", "Anschrift", "select", "text", &options),
        field(
            "0:1",
            "F8",
            "IBAN",
            "input",
            "text",
            "<x:stichwort uri=\"pruefung\">iban</x:stichwort>",
        ),
        field("0:1", "F9", "Rechtsform", "select", "text", ""),
        field(
            "0:1",
            "F10",
            "Kürzel",
            "input",
            "text",
            &limits("pattern=\"[A-Z]{2}[0-9]?\" maxLength=\"3\""),
        ),
        plain("F13", "Geburtsdatum", "date"),
        field("0:3", "F14", "Kennzeichen", "input", "text", ""),
        plain("F15", "Maß", "num"),
        plain("F16", "Uhrzeit", "time"),
        plain("F17", "Zeitpunkt", "datetime"),
        plain("F18", "Nachweis", "file"),
        plain("F19", "Gegenstand", "obj"),
        field(
            "0:1",
            "F20",
            "Hinweis",
            "label",
            "text",
            "<x:inhalt>Bitte lesen.</x:inhalt>",
        ),
        field("0:1", "F24", "Fest", "locked", "text", "<x:inhalt>A1</x:inhalt>"),
        field("0:1", "F25", "Verborgen", "hidden", "text", "<x:inhalt>B2</x:inhalt>"),
        group(
            "0:1",
            "G1",
            "Anschrift",
            &[plain("F11", "Ort", "text"), plain("F12", "Land", "text_latin")].concat(),
        ),
        group(
            "0:1",
            "G2",
            "Geburtsdatum (teilbekannt)",
            &[
                plain("F21", "Tag", "num_int"),
                plain("F22", "Monat", "num_int"),
                plain("F23", "Jahr", "num_int"),
            ]
            .concat(),
        ),
        group(
            "0:*",
            "G3",
            "Kind",
            &[
                rule(inside),
                plain("F31", "Vorname", "text"),
                plain("F32", "Betrag", "num_int"),
                plain("F33", "Schule", "bool"),
                field("0:2", "F34", "Klasse", "input", "num_int", ""),
                group(
                    "0:2",
                    "G5",
                    "Zeit",
                    &[plain("F35", "Von", "date"), plain("F36", "Bis", "date")].concat(),
                ),
            ]
            .concat(),
        ),
        group(
            "0:1",
            "G4",
            "Eines davon",
            &[
                "<x:art><code>X</code></x:art>".to_owned(),
                plain("F11", "Ort", "text"),
                plain("F41", "Postfach", "text"),
            ]
            .concat(),
        ),
    ];
    format!(
        "<x:xdatenfelder.stammdatenschema.0102 xmlns:x=\"urn:xoev-de:fim:standard:xdatenfelder_3.0.0\"><x:stammdatenschema><x:identifikation>\
         <x:id>S1</x:id><x:version>1.0.0</x:version></x:identifikation><x:name>Probe</x:name>{}{}</x:stammdatenschema>\
         </x:xdatenfelder.stammdatenschema.0102>",
        rule(!inside),
        content.concat()
    )
}

/// A form whose one field takes its options from a code list.
fn pointing_at(uri: &str, column: &str) -> String {
    format!(
        "<x:xdatenfelder.stammdatenschema.0102 xmlns:x=\"urn:xoev-de:fim:standard:xdatenfelder_3.0.0\"><x:stammdatenschema><x:identifikation>\
         <x:id>S1</x:id></x:identifikation><x:name>Probe</x:name><x:struktur><x:anzahl>0:1</x:anzahl><x:enthaelt><x:datenfeld><x:identifikation>\
         <x:id>F1</x:id></x:identifikation><x:name>Wahl</x:name><x:feldart><code>select</code></x:feldart><x:datentyp><code>text</code></x:datentyp>\
         <x:codelisteReferenz><x:canonicalVersionUri>{uri}</x:canonicalVersionUri></x:codelisteReferenz><x:nameKey>{column}</x:nameKey>\
         </x:datenfeld></x:enthaelt></x:struktur></x:stammdatenschema></x:xdatenfelder.stammdatenschema.0102>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept;

    fn fits(form: &Form, data: &Value) -> Result<(), String> {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.enable_format_assertions();
        compiler
            .add_resource("urn:test:schema", form.json_schema())
            .map_err(|error| error.to_string())?;
        let index = compiler
            .compile("urn:test:schema", &mut schemas)
            .map_err(|error| format!("{error:#}"))?;
        schemas.validate(data, index).map_err(|error| error.to_string())
    }

    #[test]
    fn kept_forms_hold() {
        kept::run("xdatenfelder", |bytes| xdatenfelder(bytes, &fits));
    }

    #[test]
    fn kept_sentences_hold() {
        kept::run("rules", rules);
    }

    #[test]
    fn kept_code_lists_hold() {
        kept::run("genericode", genericode);
    }

    #[test]
    fn kept_answers_hold() {
        let dogs = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../packages/services/hundesteuer/form.xdf3.xml"
        ));
        for xml in [every_kind(RULES, false), dogs.unwrap()] {
            let form = Form::parse(&xml).unwrap();
            assert_eq!(form.executable_rules(), form.rules(), "{:#?}", form.findings());
            kept::run("form_data", |bytes| form_data(&form, bytes, &fits));
        }
    }
}
