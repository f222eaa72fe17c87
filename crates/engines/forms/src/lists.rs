//! Code lists in genericode (OASIS Code List Representation 1.0), as FIM references them.

use roxmltree::{Document, Node, ParsingOptions};

use crate::form::{Choice, Finding};

/// Largest list read, in bytes.
const MAX_BYTES: usize = 16 << 20;
/// Most columns of a list.
const MAX_COLUMNS: usize = 50;

/// A code list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeList {
    /// `CanonicalUri`, e.g. `urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:ags`.
    pub uri: String,
    /// `CanonicalVersionUri`: the uri with the version behind an underscore.
    pub version_uri: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The column that is the key.
    key: usize,
    /// The cells that are given, with their columns.
    rows: Vec<Vec<(usize, String)>>,
}

fn child<'a, 'x>(node: Node<'a, 'x>, name: &str) -> Option<Node<'a, 'x>> {
    node.children()
        .find(|child| child.is_element() && child.tag_name().name() == name)
}

fn children<'a, 'x, 'n>(node: Node<'a, 'x>, name: &'n str) -> impl Iterator<Item = Node<'a, 'x>> + use<'a, 'x, 'n> {
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn text(node: Option<Node>) -> String {
    node.and_then(|node| node.text())
        .map(str::trim)
        .unwrap_or_default()
        .to_owned()
}

/// What stands in a column of a row; empty where nothing is given.
fn cell(row: &[(usize, String)], column: usize) -> &str {
    row.iter()
        .find(|(known, _)| *known == column)
        .map_or("", |(_, text)| text)
}

impl CodeList {
    /// Reads a list.
    ///
    /// # Errors
    /// Not well-formed XML, a DTD, no `CodeList`, no columns or more than 50, or a row without the key.
    pub fn parse(xml: &str) -> Result<CodeList, Finding> {
        let finding = |line: u32, column: u32, message: String| Finding {
            file: String::new(),
            line,
            column,
            message,
            help: "Take the list as genericode from www.xrepository.de.".to_owned(),
        };
        if xml.len() > MAX_BYTES {
            return Err(finding(
                1,
                1,
                format!("the list has {} bytes; at most {MAX_BYTES} are read", xml.len()),
            ));
        }
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: 4_000_000,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(xml, options).map_err(|error| {
            finding(
                error.pos().row,
                error.pos().col,
                format!("the list cannot be read: {error}"),
            )
        })?;
        let at = |node: Node, message: String| {
            let place = document.text_pos_at(node.range().start);
            finding(place.row, place.col, message)
        };
        let root = document.root_element();
        if root.tag_name().name() != "CodeList" {
            return Err(at(root, format!("`{}` is not a code list", root.tag_name().name())));
        }
        let identity = child(root, "Identification");
        let of = |name: &str| text(identity.and_then(|identity| child(identity, name)));
        let Some(set) = child(root, "ColumnSet") else {
            return Err(at(root, "the list has no `ColumnSet`".to_owned()));
        };
        let ids: Vec<&str> = children(set, "Column")
            .filter_map(|column| column.attribute("Id"))
            .collect();
        let key = child(set, "Key")
            .and_then(|key| child(key, "ColumnRef"))
            .and_then(|column| column.attribute("Ref"))
            .and_then(|id| ids.iter().position(|known| *known == id))
            .unwrap_or(0);
        if ids.is_empty() {
            return Err(at(set, "the list has no columns".to_owned()));
        }
        if ids.len() > MAX_COLUMNS {
            let message = format!("the list has {} columns; at most {MAX_COLUMNS} are read", ids.len());
            return Err(at(set, message));
        }
        let mut rows = vec![];
        for row in child(root, "SimpleCodeList")
            .into_iter()
            .flat_map(|list| children(list, "Row"))
        {
            let mut values: Vec<(usize, String)> = vec![];
            let mut next = 0;
            for value in children(row, "Value") {
                // Without a reference a value belongs to the column after that of the value before.
                let column = match value.attribute("ColumnRef") {
                    Some(id) => ids.iter().position(|known| *known == id),
                    None => Some(next),
                };
                let Some(column) = column else {
                    return Err(at(value, "a value names no column of the list".to_owned()));
                };
                next = column + 1;
                let written = text(child(value, "SimpleValue"));
                match values.iter_mut().find(|(known, _)| *known == column) {
                    Some((_, cell)) => *cell = written,
                    None if column < ids.len() => values.push((column, written)),
                    None => {}
                }
            }
            if cell(&values, key).is_empty() {
                return Err(at(row, "a row has no key".to_owned()));
            }
            rows.push(values);
        }
        Ok(CodeList {
            uri: of("CanonicalUri"),
            version_uri: of("CanonicalVersionUri"),
            columns: ids.into_iter().map(str::to_owned).collect(),
            key,
            rows,
        })
    }

    /// Whether a reference means this list: by the uri of its version, or by its uri.
    pub(crate) fn is_meant(&self, reference: &str) -> bool {
        (!self.version_uri.is_empty() && self.version_uri == reference)
            || (!self.uri.is_empty() && self.uri == reference)
    }

    /// The options for a field, by the columns it names (`codeKey`, `nameKey`, `helpKey`).
    pub(crate) fn options(&self, code: Option<&str>, name: Option<&str>, help: Option<&str>) -> Vec<Choice> {
        let find = |wanted: Option<&str>| self.columns.iter().position(|column| Some(column.as_str()) == wanted);
        let code = find(code).unwrap_or(self.key);
        let name = find(name)
            .or_else(|| (0..self.columns.len()).find(|column| *column != code))
            .unwrap_or(code);
        let help = find(help);
        let get = |row: &[(usize, String)], column: usize| cell(row, column).to_owned();
        let mut seen = std::collections::HashSet::new();
        let options = self.rows.iter().map(|row| {
            let value = get(row, code);
            let label = get(row, name);
            Choice {
                label: if label.is_empty() { value.clone() } else { label },
                help: help.map(|column| get(row, column)).filter(|help| !help.is_empty()),
                value,
            }
        });
        options
            .filter(|option| !option.value.is_empty() && seen.insert(option.value.clone()))
            .collect()
    }
}
