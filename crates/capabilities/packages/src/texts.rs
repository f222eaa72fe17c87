//! Descriptions by the modules of the Leistungsbeschreibung (XZuFi), as a small, safe part of Markdown: headings,
//! paragraphs, lists. Names in braces (`{satz_erster_hund}`) stand for the adopting authority's parameters.

use wegfrei_model::Language;

use crate::finding::{Finding, suggest};

/// A module of the description. The order is that of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Module {
    /// In two or three sentences.
    Summary,
    /// The service in full.
    Description,
    /// Who may, who must.
    Requirements,
    /// What to have at hand.
    Documents,
    /// How it goes.
    Procedure,
    /// What it costs.
    Costs,
    /// Until when.
    Deadline,
    /// How long it takes.
    Duration,
    /// Legal bases.
    Legal,
    /// What one can do against the decision.
    Remedy,
    /// Who is responsible.
    Competence,
    /// Whom to ask.
    Contact,
}

impl Module {
    /// All modules, in order.
    pub const ALL: [Module; 12] = [
        Module::Summary,
        Module::Description,
        Module::Requirements,
        Module::Documents,
        Module::Procedure,
        Module::Costs,
        Module::Deadline,
        Module::Duration,
        Module::Legal,
        Module::Remedy,
        Module::Competence,
        Module::Contact,
    ];

    /// The heading in the file and on the page.
    pub const fn heading(self, language: Language) -> &'static str {
        match (self, language) {
            (Module::Summary, Language::De) => "Kurztext",
            (Module::Summary, Language::DeLeicht) => "Das Wichtigste",
            (Module::Summary, Language::En) => "Summary",
            (Module::Description, Language::De) => "Volltext",
            (Module::Description, Language::DeLeicht) => "Das müssen Sie wissen",
            (Module::Description, Language::En) => "Description",
            (Module::Requirements, Language::De) => "Voraussetzungen",
            (Module::Requirements, Language::DeLeicht) => "Für wen ist das?",
            (Module::Requirements, Language::En) => "Requirements",
            (Module::Documents, Language::De) => "Erforderliche Unterlagen",
            (Module::Documents, Language::DeLeicht) => "Das brauchen Sie",
            (Module::Documents, Language::En) => "Required documents",
            (Module::Procedure, Language::De) => "Verfahrensablauf",
            (Module::Procedure, Language::DeLeicht) => "So geht es",
            (Module::Procedure, Language::En) => "Procedure",
            (Module::Costs, Language::De) => "Kosten",
            (Module::Costs, Language::DeLeicht) => "Das kostet es",
            (Module::Costs, Language::En) => "Costs",
            (Module::Deadline, Language::De) => "Frist",
            (Module::Deadline, Language::DeLeicht) => "So viel Zeit haben Sie",
            (Module::Deadline, Language::En) => "Deadline",
            (Module::Duration, Language::De) => "Bearbeitungsdauer",
            (Module::Duration, Language::DeLeicht) => "So lange dauert es",
            (Module::Duration, Language::En) => "Processing time",
            (Module::Legal, Language::De) => "Rechtsgrundlage",
            (Module::Legal, Language::DeLeicht) => "Das sind die Gesetze",
            (Module::Legal, Language::En) => "Legal basis",
            (Module::Remedy, Language::De) => "Rechtsbehelf",
            (Module::Remedy, Language::DeLeicht) => "Wenn Sie nicht einverstanden sind",
            (Module::Remedy, Language::En) => "Appeal",
            (Module::Competence, Language::De) => "Zuständige Stelle",
            (Module::Competence, Language::DeLeicht) => "Hier arbeiten die Menschen dafür",
            (Module::Competence, Language::En) => "Responsible authority",
            (Module::Contact, Language::De) => "Ansprechpunkt",
            (Module::Contact, Language::DeLeicht) => "Hier können Sie fragen",
            (Module::Contact, Language::En) => "Contact",
        }
    }
}

/// A piece of text; plain, without markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(String),
    /// A list without numbers.
    List(Vec<String>),
    /// A list with numbers.
    Steps(Vec<String>),
}

/// One module's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which module.
    pub module: Module,
    /// Its heading in this language.
    pub heading: String,
    /// Its text.
    pub blocks: Vec<Block>,
}

/// A description in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Language.
    pub language: Language,
    /// Title of the service.
    pub title: String,
    /// Modules in order.
    pub sections: Vec<Section>,
}

impl Text {
    /// The module's text, if the package has one.
    pub fn section(&self, module: Module) -> Option<&Section> {
        self.sections.iter().find(|section| section.module == module)
    }

    /// The text of a module on one line, for lists and search.
    pub fn line(&self, module: Module) -> String {
        let blocks = self
            .section(module)
            .map(|section| section.blocks.as_slice())
            .unwrap_or_default();
        let texts = blocks.iter().flat_map(|block| match block {
            Block::Paragraph(text) => vec![text.as_str()],
            Block::List(items) | Block::Steps(items) => items.iter().map(String::as_str).collect(),
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    /// The text with every `{name}` replaced; a name without a value becomes `otherwise`.
    pub(crate) fn fill(&self, value: &dyn Fn(&str) -> Option<String>, otherwise: &str) -> Text {
        let fill = |text: &String| fill(text, &|name| value(name).unwrap_or_else(|| otherwise.to_owned()));
        let sections = self.sections.iter().map(|section| Section {
            module: section.module,
            heading: section.heading.clone(),
            blocks: section
                .blocks
                .iter()
                .map(|block| match block {
                    Block::Paragraph(text) => Block::Paragraph(fill(text)),
                    Block::List(items) => Block::List(items.iter().map(fill).collect()),
                    Block::Steps(items) => Block::Steps(items.iter().map(fill).collect()),
                })
                .collect(),
        });
        Text {
            language: self.language,
            title: fill(&self.title),
            sections: sections.collect(),
        }
    }
}

fn fill(text: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                out.push_str(&value(name));
                rest = after;
            }
            None => {
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Reads `texts/<language>.md`. `names` are the placeholders allowed.
pub(crate) fn read(file: &str, text: &str, language: Language, names: &[&str]) -> (Text, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut found = Text {
        language,
        title: String::new(),
        sections: Vec::new(),
    };
    let mut last_blank = true;
    for (at, line) in text.lines().enumerate() {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let mut add = |column: usize, message: String, help: String| {
            let column = u32::try_from(column).unwrap_or(1);
            findings.push(Finding {
                file: file.to_owned(),
                line: number,
                column,
                message,
                help,
            });
        };
        let line = line.trim_end();
        check_line(line, language, names, &mut add);
        if let Some(title) = line.strip_prefix("# ") {
            if !found.title.is_empty() {
                add(
                    1,
                    "Ein zweiter Titel.".to_owned(),
                    "Nur eine Zeile mit einem # am Anfang.".to_owned(),
                );
            }
            found.title = title.trim().to_owned();
        } else if let Some(heading) = line.strip_prefix("## ") {
            let heading = heading.trim();
            match Module::ALL
                .into_iter()
                .find(|module| module.heading(language) == heading)
            {
                Some(module) if found.sections.iter().any(|section| section.module >= module) => {
                    let help = "Jedes Modul einmal, in der Reihenfolge der Leistungsbeschreibung.".to_owned();
                    add(4, format!("`{heading}` steht doppelt oder an falscher Stelle."), help);
                }
                Some(module) => {
                    found.sections.push(Section {
                        module,
                        heading: heading.to_owned(),
                        blocks: Vec::new(),
                    });
                }
                None => {
                    let help = suggest(heading, Module::ALL.map(|module| module.heading(language)));
                    add(4, format!("Das Modul `{heading}` gibt es nicht."), help);
                }
            }
        } else if line.starts_with('#') {
            add(
                1,
                "Überschriften gibt es nur mit # und ##.".to_owned(),
                "Als Absatz schreiben.".to_owned(),
            );
        } else if !line.is_empty() {
            match found.sections.last_mut() {
                // Leichte Sprache: every sentence on its own line, so every line stays one.
                Some(section) => push(&mut section.blocks, line, last_blank, language == Language::DeLeicht),
                None if found.title.is_empty() => {
                    add(
                        1,
                        "Text vor dem Titel.".to_owned(),
                        "Die Datei mit `# Titel` beginnen.".to_owned(),
                    );
                }
                None => {
                    let help = format!("Mit `## {}` beginnen.", Module::Summary.heading(language));
                    add(1, "Text außerhalb eines Moduls.".to_owned(), help);
                }
            }
        }
        last_blank = line.is_empty() || line.starts_with('#');
    }
    if found.title.is_empty() {
        findings.push(Finding::whole(
            file,
            "Der Titel fehlt.",
            "Die Datei mit `# Titel` beginnen.",
        ));
    }
    for module in Module::ALL {
        let heading = module.heading(language);
        match found.section(module) {
            None => {
                let message = format!("Das Modul `{heading}` fehlt.");
                findings.push(Finding::whole(
                    file,
                    message,
                    format!("Einen Abschnitt `## {heading}` schreiben."),
                ));
            }
            Some(section) if section.blocks.is_empty() => {
                let offset = text.find(&format!("## {heading}")).unwrap_or(0);
                findings.push(Finding::at(
                    file,
                    text,
                    offset,
                    format!("Das Modul `{heading}` ist leer."),
                    "Text schreiben.",
                ));
            }
            Some(_) => {}
        }
    }
    (found, findings)
}

fn push(blocks: &mut Vec<Block>, line: &str, last_blank: bool, own_lines: bool) {
    let step = line
        .split_once(". ")
        .filter(|(number, _)| number.parse::<u8>().is_ok())
        .map(|(_, text)| text.trim());
    let item = line.strip_prefix("- ").map(str::trim);
    match (item, step, blocks.last_mut()) {
        (Some(item), _, Some(Block::List(items))) if !last_blank => items.push(item.to_owned()),
        (Some(item), ..) => blocks.push(Block::List(vec![item.to_owned()])),
        (_, Some(step), Some(Block::Steps(items))) if !last_blank => items.push(step.to_owned()),
        (_, Some(step), _) => blocks.push(Block::Steps(vec![step.to_owned()])),
        (_, _, Some(Block::List(items) | Block::Steps(items))) if !last_blank => {
            if let Some(last) = items.last_mut() {
                last.push(' ');
                last.push_str(line.trim());
            }
        }
        (_, _, Some(Block::Paragraph(text))) if !last_blank && !own_lines => {
            text.push(' ');
            text.push_str(line.trim());
        }
        _ => blocks.push(Block::Paragraph(line.trim().to_owned())),
    }
}

/// Placeholders and markup in any language; the rules of Leichte Sprache that a machine can see.
fn check_line(line: &str, language: Language, names: &[&str], add: &mut dyn FnMut(usize, String, String)) {
    let column = |byte: usize| line.get(..byte).map_or(1, |before| before.chars().count() + 1);
    for (at, _) in line.match_indices('{') {
        let name = line
            .get(at + 1..)
            .and_then(|rest| rest.split_once('}'))
            .map(|(name, _)| name);
        match name {
            Some(name) if names.contains(&name) => {}
            Some(name) => {
                let help = suggest(name, names.iter().copied());
                add(column(at), format!("Den Platzhalter `{{{name}}}` gibt es nicht."), help);
            }
            None => add(
                column(at),
                "Die Klammer { wird nicht geschlossen.".to_owned(),
                "} ergänzen.".to_owned(),
            ),
        }
    }
    for mark in ["**", "](", "<", "`", "__"] {
        if let Some(at) = line.find(mark) {
            let help = "Nur Überschriften, Absätze und Listen; Text ohne Auszeichnung.".to_owned();
            add(column(at), format!("`{mark}` wird nicht unterstützt."), help);
        }
    }
    if language == Language::DeLeicht && !line.starts_with('#') {
        leicht(line, add);
    }
}

/// Most words of a sentence in Leichte Sprache (DIN SPEC 33429: short sentences; 15 is the usual upper bound).
const MOST_WORDS: usize = 15;
/// Longest word part without a hyphen.
const LONGEST_PART: usize = 16;

fn leicht(line: &str, add: &mut dyn FnMut(usize, String, String)) {
    for sentence in line.split_inclusive(['.', '!', '?', ':']) {
        let words = sentence
            .split_whitespace()
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .count();
        if words > MOST_WORDS {
            let help = "Leichte Sprache: kurze Sätze, in jedem Satz eine Aussage.".to_owned();
            add(1, format!("Der Satz „{}“ hat {words} Wörter.", sentence.trim()), help);
        }
    }
    for part in line.split(|c: char| !c.is_alphabetic()) {
        if part.chars().count() > LONGEST_PART {
            let help = "Leichte Sprache: lange Wörter mit Bindestrich trennen, z. B. Hunde-Steuer.".to_owned();
            add(1, format!("Das Wort „{part}“ ist lang."), help);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_part_of_markdown() {
        let text = "# T\n\n## Summary\nOne\nline {x}.\n\n- a\n- b\n  c\n\n1. first\n2. second\n";
        let (read, findings) = read("texts/en.md", text, Language::En, &["x"]);
        assert_eq!(findings.len(), Module::ALL.len() - 1, "{findings:?}");
        assert_eq!(
            read.sections[0].blocks,
            [
                Block::Paragraph("One line {x}.".into()),
                Block::List(vec!["a".into(), "b c".into()]),
                Block::Steps(vec!["first".into(), "second".into()]),
            ]
        );
        let filled = read.fill(&|name| (name == "x").then(|| "9".into()), "?");
        assert_eq!(filled.line(Module::Summary), "One line 9. a b c first second");
        assert_eq!(fill("a {b", &|_| "x".into()), "a b");
    }

    #[test]
    fn long_sentences_and_words_are_not_leicht() {
        let check = |line: &str| {
            let mut seen = Vec::new();
            check_line(line, Language::DeLeicht, &[], &mut |_, message, _| seen.push(message));
            seen.len()
        };
        assert_eq!(check("Sie haben einen Hund. Dann müssen Sie Hunde-Steuer zahlen."), 0);
        assert_eq!(check("Die Hundesteueranmeldung ist Pflicht."), 1);
        assert_eq!(check(&"Wort ".repeat(16)), 1);
        assert_eq!(check("Das ist **wichtig** und {falsch}."), 2);
    }
}
