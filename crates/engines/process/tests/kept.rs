//! The 21 reference models of the BPMN Model Interchange Working Group: every element is kept, and it is said what of them runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::PathBuf;

use roxmltree::{Document as Xml, Node};
use wegfrei_process::{Document, Process, Standing};

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// An element as canonical XML says it: names with their namespaces, attributes in order, text as it is.
fn canonical(node: Node, out: &mut Vec<String>) {
    if node.is_element() {
        let mut attributes: Vec<String> = node
            .attributes()
            .map(|a| format!("{{{}}}{}={:?}", a.namespace().unwrap_or_default(), a.name(), a.value()))
            .collect();
        attributes.sort();
        let name = node.tag_name();
        out.push(format!(
            "{{{}}}{} {}",
            name.namespace().unwrap_or_default(),
            name.name(),
            attributes.join(" ")
        ));
    } else if node.is_text() || node.is_comment() {
        out.push(format!("{:?}", node.text().unwrap_or_default()));
    }
    for child in node.children() {
        canonical(child, out);
    }
    out.push("/".to_owned());
}

fn tree(xml: &str) -> Vec<String> {
    let mut out = Vec::new();
    let xml = Xml::parse(xml).expect("XML");
    canonical(xml.root_element(), &mut out);
    out
}

#[test]
fn reference_models_keep_every_element() {
    let corpus = folder("../../../../shared/corpus/bpmn-miwg");
    let Ok(entries) = std::fs::read_dir(&corpus) else {
        eprintln!("skipped: corpus absent");
        return;
    };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|x| x == "bpmn"));
    files.sort();
    assert_eq!(files.len(), 21);
    let mut listing = String::new();
    for path in files {
        let xml = std::fs::read_to_string(&path).expect("utf-8");
        let document = Document::parse(&xml).expect("loads");
        let written = document.write();
        let (before, after) = (tree(&xml), tree(&written));
        for (n, (a, b)) in before.iter().zip(&after).enumerate() {
            assert_eq!(a, b, "{path:?}: piece {n}");
        }
        assert_eq!(before.len(), after.len(), "{path:?}");
        // What a modeller draws is read in the same way from the written file.
        assert_eq!(Process::parse(&xml).is_ok(), Process::parse(&written).is_ok());
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let attributes: usize = document.elements().map(|element| element.attributes).sum();
        let elements = document.elements().count();
        writeln!(listing, "{name}: {elements} elements, {attributes} attributes").unwrap();
        for (standing, tags) in document.counts() {
            let total: usize = tags.values().sum();
            write!(listing, "  {} {total}", standing.word()).unwrap();
            if standing == Standing::NotExecuted {
                let tags: Vec<String> = tags.iter().map(|(tag, count)| format!("{tag} {count}")).collect();
                write!(listing, " ({})", tags.join(", ")).unwrap();
            }
            listing.push('\n');
        }
        match Process::parse(&xml) {
            Ok(process) => writeln!(listing, "  runs: {} elements", process.elements().len()).unwrap(),
            Err(findings) => {
                writeln!(
                    listing,
                    "  refused for {} reasons, the first: {}",
                    findings.len(),
                    findings[0]
                )
                .unwrap();
            }
        }
    }
    let golden = folder("tests/miwg.golden");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &listing).expect("writable");
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(
        listing, expected,
        "tests/miwg.golden: look at the difference, then set UPDATE_GOLDEN=1"
    );
}

#[test]
fn what_only_describes_agreements_is_named() {
    let bpmn = |inside: &str| {
        format!("<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>{inside}</definitions>")
    };
    let choreography = bpmn("<choreography id='c'><choreographyTask id='t'/></choreography>");
    let findings = Process::parse(&choreography).expect_err("refused");
    assert!(
        findings[0].message.contains("Choreographien werden nicht ausgeführt"),
        "{findings:?}"
    );
    let counts = Document::parse(&choreography).unwrap();
    assert_eq!(counts.counts()[&Standing::NotExecuted].values().sum::<usize>(), 2);
    let collaboration = bpmn("<collaboration id='c'/>");
    let findings = Process::parse(&collaboration).expect_err("refused");
    assert!(findings[0].message.contains("Zusammenarbeit"), "{findings:?}");
}
