//! The 61 published schemas and the parser vectors in the corpus: every schema parses, and most of its rules are read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use wegfrei_forms::{Form, Item};

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/corpus/fim");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: corpus absent");
    None
}

/// The published schemas by id.
fn schemas() -> Option<Vec<(String, String)>> {
    let archive = corpus()?.join("fim_xdf3_open.tar.xz");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let unpacked = Command::new("tar")
        .arg("-xJf")
        .arg(&archive)
        .arg("-C")
        .arg(&folder)
        .status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("skipped: tar cannot unpack xz here");
        return None;
    }
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder.join("fim_data"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let xml = std::fs::read_to_string(entry.path().join("schema.xdf.xml")).unwrap();
            (entry.file_name().into_string().unwrap(), xml)
        })
        .collect();
    std::fs::remove_dir_all(&folder).unwrap();
    found.sort();
    Some(found)
}

fn fields(items: &[Item]) -> usize {
    items
        .iter()
        .map(|item| match item {
            Item::Field(_) => 1,
            Item::Group(group) => fields(&group.items),
        })
        .sum()
}

#[test]
fn every_published_schema_parses_and_most_rules_are_read() {
    let Some(schemas) = schemas() else { return };
    assert_eq!(schemas.len(), 61);
    let (mut all_fields, mut all_rules, mut unread) = (0, 0, vec![]);
    let today = jiff::civil::date(2026, 8, 12);
    for (id, xml) in &schemas {
        let form = Form::parse(xml).unwrap_or_else(|findings| panic!("{id}: {findings:#?}"));
        assert_eq!(form.id(), id);
        let count: usize = form.pages().iter().map(|page| fields(&page.items)).sum();
        let elements = xml.matches("<xdf3:datenfeld>").count();
        assert_eq!(count, elements, "{id}: no field is lost");
        all_fields += count;
        all_rules += xml.matches("<xdf3:freitextRegel>").count();
        unread.extend(
            form.findings()
                .iter()
                .filter(|finding| finding.message.starts_with("rule "))
                .cloned(),
        );
        assert!(
            form.findings()
                .iter()
                .all(|finding| finding.line > 0 && finding.column > 0),
            "{id}"
        );
        // An empty form can be evaluated, and needs something.
        let evaluation = form.evaluate(&json!({}), today);
        assert!(
            !evaluation.problems.is_empty(),
            "{id}: an empty application is not complete"
        );
        assert!(form.first_page(&json!({}), today).is_some(), "{id}");
    }
    if std::env::var_os("SHOW_UNREAD").is_some() {
        for finding in &unread {
            println!("{}", finding.message);
        }
    }
    let read = all_rules - unread.len();
    println!("{all_fields} fields, {read} of {all_rules} rules read");
    assert_eq!(all_fields, 4114);
    assert_eq!(all_rules, 770);
    // A ratchet: raise it when more sentences are read, never lower it.
    assert!(read >= 522, "{read} of {all_rules} rules read");
}

#[test]
fn parser_vectors() {
    let Some(folder) = corpus() else { return };
    let folder = folder.join("parser-vectors/v3-data");
    // What must parse, and what must not and why. `unexpected-node` and `invalid-freigabestatus` are errors to a strict
    // parser; a form is usable all the same.
    let cases = [
        ("simple.xml", None),
        ("input.xml", None),
        ("unexpected-node.xml", None),
        ("invalid-freigabestatus.xml", None),
        ("missing-id-node.xml", Some("no id")),
        ("empty-id-node.xml", Some("no id")),
        ("duplicate-id-node.xml", Some("more than one `id`")),
        ("unknown-namespace.xml", Some("not XDatenfelder 3.0")),
    ];
    for (name, expected) in cases {
        let xml = std::fs::read_to_string(folder.join(name)).unwrap();
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
fn version_2_is_named() {
    let Some(folder) = corpus() else { return };
    let xml = std::fs::read_to_string(folder.join("parser-vectors/v2-data/simple.xml")).unwrap();
    let findings = Form::parse(&xml).unwrap_err();
    assert!(findings[0].help.contains("version 2"), "{findings:#?}");
}
