//! The 61 published schemas and the parser vectors in the corpus: every schema parses, and most of its rules are read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod schemas;

use std::path::Path;

use schemas::{corpus, present, schemas};
use serde_json::{Value, json};
use wegfrei_forms::{Form, Item};

fn fields(items: &[Item]) -> usize {
    items
        .iter()
        .map(|item| match item {
            Item::Field(_) => 1,
            Item::Group(group) => fields(&group.items),
        })
        .sum()
}

/// Which rules of the published schemas are not applied, where reading stopped and why, and what the others mean: the golden files
/// beside this test. A line that comes, goes or changes is looked at by somebody; `GOLDEN=write` writes them anew.
#[test]
fn every_published_schema_parses_and_its_rules_are_applied() {
    let Some(schemas) = schemas() else { return };
    assert_eq!(schemas.len(), 61);
    let (mut all_fields, mut all_rules, mut applied) = (0, 0, 0);
    let (mut unread, mut readings, mut schema_asks) = (String::new(), String::new(), 0);
    let today = jiff::civil::date(2026, 8, 12);
    for (id, xml) in &schemas {
        let form = Form::parse(xml).unwrap_or_else(|findings| panic!("{id}: {findings:#?}"));
        assert_eq!(form.id(), id);
        assert!(!form.header().message_id.is_empty(), "{id}");
        assert!(form.meta().state.is_some(), "{id}");
        let count: usize = form.pages().iter().map(|page| fields(&page.items)).sum();
        let elements = xml.matches("<xdf3:datenfeld>").count();
        assert_eq!(count, elements, "{id}: no field is lost");
        all_fields += count;
        assert_eq!(form.rules(), xml.matches("<xdf3:freitextRegel>").count(), "{id}");
        all_rules += form.rules();
        applied += form.executable_rules();
        let stopped = form
            .findings()
            .iter()
            .filter(|finding| finding.message.starts_with("rule "));
        for finding in stopped.clone() {
            unread.push_str(&format!(
                "{id} {}:{} {}\n",
                finding.line, finding.column, finding.message
            ));
        }
        assert_eq!(form.executable_rules() + stopped.count(), form.rules(), "{id}");
        let places = form
            .findings()
            .iter()
            .all(|finding| finding.line > 0 && finding.column > 0);
        assert!(places, "{id}");
        let unknown = form
            .findings()
            .iter()
            .find(|finding| finding.message.contains("not an element"));
        assert_eq!(unknown, None, "{id}");
        for (rule, sentences) in form.readings() {
            readings.push_str(&format!("{id} {rule}\n"));
            for sentence in sentences {
                // A message may have lines.
                readings.push_str(&format!("  {}\n", sentence.replace('\n', " ")));
            }
        }
        // An empty form can be evaluated, and needs something; in each Land.
        for form in [Form::parse(xml).unwrap(), form.in_land(wegfrei_forms::Land::St)] {
            let evaluation = form.evaluate(&json!({}), today);
            assert!(
                !evaluation.problems.is_empty(),
                "{id}: an empty application is not complete"
            );
            assert!(form.first_page(&json!({}), today).is_some(), "{id}");
            // What the schema requires of everybody the form does too.
            let mut asked = vec![];
            required(&form.json_schema(), "", &mut asked);
            let plain = |path: &String| {
                let steps = path.split('.').filter(|step| step.parse::<usize>().is_err());
                steps.collect::<Vec<_>>().join(".")
            };
            let needed: Vec<String> = evaluation.required.iter().map(plain).collect();
            assert!(
                asked.iter().all(|path| needed.contains(path)),
                "{id}: {asked:?} {:?}",
                evaluation.required
            );
            schema_asks += asked.len();
            assert!(
                form.readings().iter().all(|(_, sentences)| !sentences.is_empty()),
                "{id}"
            );
        }
    }
    println!(
        "{all_fields} fields, {applied} of {all_rules} rules applied; schemas require {schema_asks} fields of everybody"
    );
    assert!(schema_asks > 500, "{schema_asks}");
    assert_eq!(all_fields, 4114);
    assert_eq!(all_rules, 770);
    // A ratchet: raise it when more sentences are read, never lower it.
    assert!(applied >= 757, "{applied} of {all_rules} rules applied");
    golden("unread-rules.txt", &unread);
    golden("readings.golden", &readings);
}

/// Paths, without indices, of the fields that a JSON Schema requires, through groups that it requires.
fn required(schema: &Value, path: &str, into: &mut Vec<String>) {
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        let path = format!("{path}.{name}").trim_start_matches('.').to_owned();
        let one = &schema["properties"][name];
        let mut groups = [one, &one["items"]]
            .into_iter()
            .filter(|one| one["additionalProperties"] == false);
        match groups.next_back() {
            Some(group) => required(group, &path, into),
            None => into.push(path),
        }
    }
}

/// Compares with the golden file beside this test, line by line; with `GOLDEN=write` it is written anew first.
fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    if std::env::var("GOLDEN").as_deref() == Ok("write") {
        std::fs::write(&path, found).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap();
    let changed = known
        .lines()
        .zip(found.lines())
        .position(|(known, found)| known != found)
        .unwrap_or_else(|| known.lines().count().min(found.lines().count()));
    assert!(
        known == found,
        "{name}:{}: changed\n  was {:?}\n  is  {:?}",
        changed + 1,
        known.lines().nth(changed),
        found.lines().nth(changed)
    );
}

/// All vectors of the parser suite, also those that must be refused. What is refused there and read here: an element that is not of the
/// standard is a finding, outside of an identification.
#[test]
fn parser_vectors() {
    let Some(folder) = corpus() else { return };
    let cases = [
        ("v3-data/simple.xml", None),
        ("v3-data/input.xml", None),
        ("v3-data/unexpected-node.xml", Some("`unknown` does not belong")),
        (
            "v3-data/invalid-freigabestatus.xml",
            Some("`10` is not a release state"),
        ),
        ("v3-data/missing-id-node.xml", Some("no id")),
        ("v3-data/empty-id-node.xml", Some("no id")),
        ("v3-data/duplicate-id-node.xml", Some("more than one `id`")),
        ("v3-data/unknown-namespace.xml", Some("not XDatenfelder 3.0")),
        ("v2-data/minimal.xml", None),
        ("v2-data/simple.xml", None),
        ("v2-data/label.xml", None),
        ("v2-data/select.xml", None),
        ("v2-data/rule.xml", None),
        ("v2-data/data-field-rule.xml", None),
        ("v2-data/data-group-rule.xml", None),
        (
            "v2-data/duplicate-optional-value.xml",
            Some("more than one `beschreibung`"),
        ),
        ("v2-data/duplicate-required-value.xml", Some("more than one `name`")),
        ("v2-data/unknown-namespace.xml", Some("not XDatenfelder 3.0")),
    ];
    let mut known: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    for version in ["v2-data", "v3-data"] {
        for entry in std::fs::read_dir(folder.join("parser-vectors").join(version)).unwrap() {
            let name = format!("{version}/{}", entry.unwrap().file_name().into_string().unwrap());
            assert!(
                !name.ends_with(".xml") || known.contains(&name.as_str()),
                "{name} is tested too"
            );
            known.retain(|known| *known != name);
        }
    }
    assert_eq!(known, Vec::<&str>::new(), "every vector is there");
    for (name, expected) in cases {
        let xml = std::fs::read_to_string(folder.join("parser-vectors").join(name)).unwrap();
        match (Form::parse(&xml), expected) {
            (Ok(_), None) => {}
            (Err(findings), Some(expected)) => {
                assert!(
                    findings.iter().any(|finding| finding.message.contains(expected)),
                    "{name}: {findings:#?}"
                );
            }
            (Ok(_), Some(expected)) => panic!("{name} parsed; expected: {expected}"),
            (Err(findings), None) => panic!("{name}: {findings:#?}"),
        }
    }
}

#[test]
fn a_corpus_that_cannot_be_read_is_not_absent() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(present(here) && !present(&here.join("nowhere")));
    let file = here.join("Cargo.toml");
    assert!(std::panic::catch_unwind(|| present(&file)).is_err());
}

fn vector(name: &str) -> Option<Form> {
    let xml = std::fs::read_to_string(corpus()?.join("parser-vectors").join(name)).unwrap();
    Some(Form::parse(&xml).unwrap())
}

#[test]
fn version_2_is_read_into_the_same_model() {
    let Some(form) = vector("v2-data/simple.xml") else {
        return;
    };
    assert_eq!((form.id(), form.version(), form.title()), ("T1234", "1.0", "Test"));
    assert_eq!(form.meta().state, Some(wegfrei_forms::State::Gold));
    assert_eq!(form.meta().valid_from.unwrap().to_string(), "2020-11-04");
    let field = form.field("G00000082.F60000227").unwrap();
    assert!(
        matches!(
            field.kind,
            wegfrei_forms::Kind::Text {
                min: Some(1),
                max: Some(120),
                ..
            }
        ),
        "{:?}",
        field.kind
    );
    assert_eq!(field.help.as_deref(), Some("Hilfe Eingabe"));
    assert_eq!(field.help_out.as_deref(), Some("Hilfe Ausgabe"));
    // Its rule has a definition that is no sentence of the language.
    assert_eq!((form.rules(), form.executable_rules()), (1, 0));
    let select = vector("v2-data/select.xml").unwrap();
    let missing = select
        .findings()
        .iter()
        .find(|finding| finding.message.contains("urn:de:example_1"));
    assert!(
        missing.is_some_and(|finding| finding.help.contains("genericode")),
        "{:#?}",
        select.findings()
    );
}

#[test]
fn a_group_says_everything_about_itself() {
    let Some(form) = vector("v3-data/simple.xml") else {
        return;
    };
    assert_eq!(form.header().message_id, "65FD4FCC3C8D77FC");
    assert_eq!(form.header().created, "2021-04-14T12:49:54.848Z");
    let meta = form.meta();
    assert_eq!(meta.state, Some(wegfrei_forms::State::Gold));
    assert_eq!(meta.valid_until.unwrap().to_string(), "2021-03-02");
    assert_eq!(meta.version_note.as_deref(), Some("Hausnummerzusatz aufgenommen"));
    assert_eq!(meta.element_kind.as_deref(), Some("HAR"));
    assert_eq!(
        (meta.keywords[0].text.as_str(), meta.keywords[0].uri.as_deref()),
        ("Ein Stichwort", Some("some reference"))
    );
    assert_eq!(
        (meta.relations[0].predicate.as_str(), meta.relations[0].object.as_str()),
        ("ERS", "G60000000088")
    );
    assert_eq!(form.pages()[0].meta.as_deref(), Some(meta));
}
