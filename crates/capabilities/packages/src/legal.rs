//! Whether every rule of a decision table says on what law it rests.

use roxmltree::{Document, ParsingOptions};

use crate::finding::Finding;

/// Name of the annotation column that holds the legal basis.
const COLUMN: &str = "Rechtsgrundlage";

/// A finding for each decision table without the column and each rule that leaves it empty. What is not readable XML is
/// found elsewhere.
pub(crate) fn check(file: &str, xml: &str) -> Vec<Finding> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: 200_000,
        ..ParsingOptions::default()
    };
    let Ok(document) = Document::parse_with_options(xml, options) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut add = |offset: usize, message: String, help: &str| {
        let place = document.text_pos_at(offset);
        findings.push(Finding {
            file: file.to_owned(),
            line: place.row,
            column: place.col,
            message,
            help: help.to_owned(),
        });
    };
    let named = |node: &roxmltree::Node, name: &str| node.is_element() && node.tag_name().name() == name;
    for table in document.descendants().filter(|node| named(node, "decisionTable")) {
        let columns: Vec<_> = table.children().filter(|node| named(node, "annotation")).collect();
        let Some(column) = columns.iter().position(|node| node.attribute("name") == Some(COLUMN)) else {
            let id = table.attribute("id").unwrap_or("ohne Id");
            let message = format!("Der Entscheidungstabelle `{id}` fehlt die Spalte `{COLUMN}`.");
            add(
                table.range().start,
                message,
                "Eine Anmerkungsspalte (annotation) mit diesem Namen anlegen.",
            );
            continue;
        };
        for (row, rule) in table.children().filter(|node| named(node, "rule")).enumerate() {
            let entry = rule
                .children()
                .filter(|node| named(node, "annotationEntry"))
                .nth(column);
            let text = entry.and_then(|entry| {
                entry
                    .descendants()
                    .filter(|n| n.is_text())
                    .filter_map(|n| n.text())
                    .find(|text| !text.trim().is_empty())
            });
            if text.is_none() {
                let message = format!("Regel {} nennt keine Rechtsgrundlage.", row + 1);
                add(
                    rule.range().start,
                    message,
                    "Die Anmerkung `Rechtsgrundlage` der Regel ausfüllen.",
                );
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_needs_a_legal_basis() {
        let table = |column: &str, text: &str| {
            format!(
                "<definitions>\n<decisionTable id='t'><annotation name='{column}'/>\n<rule><annotationEntry><text>{text}</text></annotationEntry></rule></decisionTable></definitions>"
            )
        };
        assert!(check("d", &table("Rechtsgrundlage", "§ 1")).is_empty());
        assert_eq!(
            check("d", &table("Rechtsgrundlage", " ")).first().map(|f| f.line),
            Some(3)
        );
        assert_eq!(check("d", &table("Anderes", "§ 1")).first().map(|f| f.line), Some(2));
        assert!(check("d", "<broken").is_empty());
    }
}
