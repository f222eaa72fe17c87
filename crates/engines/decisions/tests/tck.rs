//! The DMN conformance suite (dmn-tck, Apache-2.0) through our API; counts per folder stand in `tck.golden`.
//!
//! Where the suite expects null for a failed expression, a [`wegfrei_decisions::DecisionError`] is right: here errors
//! stay errors. Models this crate refuses at load (imports, decision services, external functions, function values …)
//! count as refused. `WEGFREI_UPDATE_GOLDEN=1` rewrites the golden file; `WEGFREI_TCK_VERBOSE=1` prints each failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use roxmltree::{Document, Node};
use serde_json::{Map, Number, Value};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use wegfrei_decisions::Decisions;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// Value of an inputNode, expected, item or component.
fn value(node: Node) -> Value {
    let components: Vec<_> = node
        .children()
        .filter(|child| child.tag_name().name() == "component")
        .collect();
    if !components.is_empty() {
        let members = components
            .into_iter()
            .map(|node| (node.attribute("name").unwrap_or_default().to_owned(), value(node)));
        return Value::Object(members.collect::<Map<_, _>>());
    }
    if let Some(list) = child(node, "list") {
        if list
            .attributes()
            .any(|attribute| attribute.name() == "nil" && attribute.value() == "true")
        {
            return Value::Null;
        }
        return Value::Array(
            list.children()
                .filter(|item| item.tag_name().name() == "item")
                .map(value)
                .collect(),
        );
    }
    let Some(simple) = child(node, "value") else {
        return Value::Null;
    };
    if simple
        .attributes()
        .any(|attribute| attribute.name() == "nil" && attribute.value() == "true")
    {
        return Value::Null;
    }
    let text = simple.text().unwrap_or_default();
    let kind = simple
        .attributes()
        .find(|attribute| attribute.name() == "type")
        .map(|attribute| attribute.value())
        .unwrap_or_default();
    match kind.rsplit(':').next() {
        Some("decimal" | "double" | "integer" | "float") => match text.trim().parse::<i64>() {
            Ok(integer) => Value::from(integer),
            Err(_) => text
                .trim()
                .parse()
                .ok()
                .and_then(Number::from_f64)
                .map_or(Value::Null, Value::Number),
        },
        Some("boolean") => Value::Bool(text.trim() == "true"),
        _ => Value::String(text.to_owned()),
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            (left - right).abs() <= 1e-8 * left.abs().max(right.abs()).max(1.0)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    refused: usize,
}

fn run(folder: &Path, verbose: bool) -> Count {
    let mut count = Count::default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "xml"))
    {
        let text = std::fs::read_to_string(file).unwrap();
        let Ok(document) = Document::parse(&text) else { continue };
        let Some(model) = child(document.root_element(), "modelName").and_then(|name| name.text()) else {
            continue;
        };
        let Ok(xml) = std::fs::read_to_string(folder.join(model)) else {
            continue;
        };
        let model = Decisions::parse(&xml);
        if verbose && let Err(findings) = &model {
            println!("{}: {}", file.display(), findings[0]);
        }
        for case in document
            .root_element()
            .children()
            .filter(|case| case.tag_name().name() == "testCase")
        {
            let inputs = case.children().filter(|node| node.tag_name().name() == "inputNode");
            let inputs = inputs.map(|node| (node.attribute("name").unwrap().to_owned(), value(node)));
            let inputs = Value::Object(inputs.collect::<Map<_, _>>());
            for result in case.children().filter(|node| node.tag_name().name() == "resultNode") {
                let Ok(model) = &model else {
                    count.refused += 1;
                    continue;
                };
                let expected = child(result, "expected").map_or(Value::Null, value);
                let name = result.attribute("name").unwrap();
                let outcome = model.decide(name, &inputs);
                let found = outcome
                    .as_ref()
                    .map_or(Value::Null, |outcome| outcome.value.clone().into());
                if same(&found, &expected) {
                    count.passed += 1;
                } else {
                    count.failed += 1;
                    if verbose {
                        let found = outcome.map_or_else(|error| error.to_string(), |outcome| outcome.value.to_string());
                        println!(
                            "{} {} {name}: expected {expected}, found {found}",
                            file.display(),
                            case.attribute("id").unwrap_or_default()
                        );
                    }
                }
            }
        }
    }
    count
}

#[test]
fn conformance_suite() {
    let archive = root().join("../shared/corpus/dmn-tck/TestCases.tar.xz");
    if !archive.exists() {
        println!("skipped: corpus absent");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar")
        .arg("xJf")
        .arg(&archive)
        .arg("-C")
        .arg(folder.path())
        .status()
        .expect("tar with xz");
    assert!(unpacked.success());
    let verbose = std::env::var_os("WEGFREI_TCK_VERBOSE").is_some();
    let mut report = String::new();
    for level in ["compliance-level-2", "compliance-level-3"] {
        let mut folders: Vec<PathBuf> = std::fs::read_dir(folder.path().join("TestCases").join(level))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        let mut total = Count::default();
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            let count = run(folder, verbose);
            total.passed += count.passed;
            total.failed += count.failed;
            total.refused += count.refused;
            let name = folder.file_name().unwrap().to_string_lossy();
            writeln!(
                report,
                "{name}: {} passed, {} failed, {} refused",
                count.passed, count.failed, count.refused
            )
            .unwrap();
        }
        writeln!(
            report,
            "{level}: {} passed, {} failed, {} refused\n",
            total.passed, total.failed, total.refused
        )
        .unwrap();
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tck.golden");
    if std::env::var_os("WEGFREI_UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &report).unwrap();
    }
    assert_eq!(
        report,
        std::fs::read_to_string(&golden).unwrap_or_default(),
        "counts changed; see the head of this file"
    );
}
