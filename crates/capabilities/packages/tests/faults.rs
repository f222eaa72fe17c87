//! Wrong packages as data: the real one with one mistake each. Every mistake is named with file, line and how to mend it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use wegfrei_packages::{Files, Package};

fn sound() -> Files {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages/services/hundesteuer");
    Files::from_folder(folder).expect("the package's folder")
}

/// One mistake: in `file`, `from` (which must be there) becomes `to`. Expected is a finding in `found_in` on the line of the
/// first `line` after the change (line 1 for an empty one), whose message and help contain these parts.
struct Fault {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    found_in: &'static str,
    line: &'static str,
    message: &'static str,
    help: &'static str,
}

/// A mistake found in the file it is in, on the line that was changed.
const fn fault(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    message: &'static str,
    help: &'static str,
) -> Fault {
    Fault {
        file,
        from,
        to,
        found_in: file,
        line: to,
        message,
        help,
    }
}

const fn elsewhere(mut fault: Fault, found_in: &'static str, line: &'static str) -> Fault {
    fault.found_in = found_in;
    fault.line = line;
    fault
}

const TOML: &str = "package.toml";
const BPMN: &str = "process.bpmn";
const MD: &str = "adoptions/15003000.toml";
const EXAMPLE: &str = "examples/04-dritter-hund-magdeburg.toml";

fn faults() -> Vec<Fault> {
    vec![
        fault(
            TOML,
            "version = \"1",
            "versoin = \"1",
            "Unbekannter Eintrag `versoin` in [package]",
            "Meinten Sie `version`?",
        ),
        elsewhere(
            fault(
                TOML,
                "version = \"1",
                "versoin = \"1",
                "`version` fehlt in [package]",
                "1.0.0",
            ),
            TOML,
            "[package]",
        ),
        fault(
            TOML,
            "festsetzung = \"Steuer wird festgesetzt\", steuerfrei = \"Steuerfrei\"",
            "festsetzung = \"Steuer wird festgesetzt\"",
            "keine Bezeichnung für den Wert `steuerfrei` von `ergebnis`",
            "steuerfrei = \"…\"",
        ),
        fault(
            TOML,
            "steuerfrei = \"Steuerfrei\"",
            "frei = \"Steuerfrei\"",
            "den Wert `frei`, den `ergebnis` nie hat",
            "allowedValues",
        ),
        fault(
            TOML,
            "line = \"{jahr}:",
            "line = \"{jahre}:",
            "nennt `{jahre}`, das kein Teil davon ist",
            "in geschweiften Klammern",
        ),
        fault(
            TOML,
            "law = \"ao\"",
            "law = \"aoo\"",
            "Das Verfahrensrecht `aoo` gibt es nicht",
            "Meinten Sie `ao`?",
        ),
        elsewhere(
            fault(
                TOML,
                "law = \"ao\"",
                "law = \"ao\"\ndispatch = \"einschreiben\"",
                "Die Art der Übermittlung `einschreiben` gibt es nicht",
                "dispatch = \"zustellung\"",
            ),
            TOML,
            "dispatch",
        ),
        elsewhere(
            fault(
                TOML,
                "[procedure]\nlaw = \"ao\"",
                "",
                "`[procedure]` fehlt",
                "law = \"ao\"",
            ),
            TOML,
            "",
        ),
        elsewhere(
            fault(
                TOML,
                "law = \"ao\"",
                "law = \"vwvfg\"",
                "erst mit dem Abruf",
                "ohne die Frist",
            ),
            TOML,
            "[procedure]",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:operation=\"notice\"",
                "wegfrei:operation=\"letter:mahnung\"",
                "dessen Vorlage fehlt",
                "notices/mahnung.typ",
            ),
            BPMN,
            "letter:mahnung",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:role=\"sachbearbeitung\"",
                "wegfrei:role=\"sachbearbeiter\"",
                "liegt bei der Rolle `sachbearbeiter`",
                "Meinten Sie `sachbearbeitung`?",
            ),
            BPMN,
            "<userTask id=\"Task_Pruefen\"",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:deadline=\"rechtsbehelfsfrist\"",
                "wegfrei:deadline=\"mitwirkungfrist\"",
                "unbekannte Frist `mitwirkungfrist`",
                "Meinten Sie `mitwirkungsfrist`?",
            ),
            BPMN,
            "<intermediateCatchEvent",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:deadline=\"rechtsbehelfsfrist\"",
                "wegfrei:deadline=\"klagefrist\"",
                "`klagefrist` beginnt mit der Zustellung",
                "zustellung",
            ),
            TOML,
            "[procedure]",
        ),
        fault(TOML, "\"1.0.0\"", "\"1.0\"", "`1.0` ist keine Version", "Drei Zahlen"),
        fault(
            TOML,
            "id = \"hundesteuer\"",
            "id = \"Hunde Steuer\"",
            "ist kein Kurzname",
            "Kleinbuchstaben",
        ),
        fault(
            TOML,
            "\"99102013104000\"",
            "\"9910201310400\"",
            "kein LeiKa-Schlüssel",
            "Vierzehn Ziffern",
        ),
        fault(
            TOML,
            "\"gemeinde\"",
            "\"gemeind\"",
            "Die Ebene `gemeind` gibt es nicht",
            "Meinten Sie `gemeinde`?",
        ),
        fault(TOML, "[inputs]", "[inputs", "Kein gültiges TOML", "Schreibweise"),
        fault(
            TOML,
            "[fee]",
            "[gebuehr]",
            "Unbekannter Eintrag `gebuehr`",
            "Bekannt sind",
        ),
        elsewhere(fault(TOML, "[fee]", "[gebuehr]", "`[fee]` fehlt", "cents"), TOML, ""),
        fault(
            TOML,
            "cents = 0",
            "cents = -5",
            "Die Gebühr fehlt oder ist unsinnig",
            "Cent",
        ),
        fault(
            TOML,
            "cents = 0",
            "cents = \"nichts\"",
            "`cents` ist ein Text, erwartet wird eine ganze Zahl",
            "berichtigen",
        ),
        fault(TOML, "years = 10", "years = 0", "Aufbewahrungsfrist", "1 bis 100"),
        fault(
            TOML,
            "\"vollautomatisch\"",
            "\"automatisch\"",
            "Die Stufe `automatisch` gibt es nicht",
            "vollautomatisch",
        ),
        fault(
            TOML,
            "rasse = \"F15000000011\"",
            "rasse = \"F15000000111\"",
            "das Feld `F15000000111`, das das Formular nicht hat",
            "Meinten Sie `F15",
        ),
        elsewhere(
            fault(
                TOML,
                "[parameters.beginn]",
                "[parameters.anfang]",
                "braucht `parameter.beginn`, aber [parameters] nennt es nicht",
                "Bekannt sind",
            ),
            TOML,
            "[parameters.satzung]",
        ),
        fault(
            TOML,
            "wurfdatum =",
            "telefon = \"F15000000009\"\nwurfdatum =",
            "`telefon`, das die Entscheidung nicht braucht",
            "Löschen.",
        ),
        fault(
            TOML,
            "gefaehrlich = \"F15000000016\"",
            "gefaehrlich = \"F15000000020\"",
            "ein Feld für Dateien",
            "ein Mensch",
        ),
        fault(
            TOML,
            "gefaehrlich = \"F15000000016\"",
            "Gefaehrlich = \"F15000000016\"",
            "`Gefaehrlich` ist kein Name",
            "Kleinbuchstaben",
        ),
        fault(
            TOML,
            "correctable = [\"rasse\"",
            "correctable = [\"rase\"",
            "die unbekannte Eingabe `rase`",
            "Meinten Sie `rasse`?",
        ),
        fault(
            TOML,
            "min = 0\nmax = 50_000",
            "min = 60_000\nmax = 50_000",
            "Die Grenzen von `satz_erster_hund` sind vertauscht",
            "kleiner oder gleich",
        ),
        fault(
            TOML,
            "max = 50_000",
            "max = 500_000_000",
            "unsinnig weit",
            "Erlaubt sind Grenzen",
        ),
        elsewhere(
            fault(
                TOML,
                "max = 50_000\n",
                "",
                "`min/max` fehlt in [satz_erster_hund]",
                "Grenze",
            ),
            TOML,
            "[parameters.satz_erster_hund]",
        ),
        fault(
            TOML,
            "type = \"termine\"",
            "type = \"termin\"",
            "Die Art `termin` von `faelligkeit` gibt es nicht",
            "Meinten Sie `termine`?",
        ),
        fault(
            TOML,
            "main = \"bescheid\"",
            "main = \"bescheit\"",
            "Die Vorlage notices/bescheit.typ gibt es nicht",
            "Meinten Sie `bescheid`?",
        ),
        fault(
            TOML,
            "\"family_name\"",
            "\"familyname\"",
            "Die Anmeldung kennt kein `familyname`",
            "Meinten Sie `family_name`?",
        ),
        fault(
            TOML,
            "\"hund.rufname\" = [\"F15000000010\"]",
            "\"hund.rufname\" = [\"F1\"]",
            "[letter] `hund.rufname` nennt das Feld `F1`",
            "F15",
        ),
        fault(
            TOML,
            "field = \"F15000000020\"",
            "field = \"F15000000019\"",
            "nennt kein Feld für Dateien",
            "Anlage",
        ),
        fault(
            TOML,
            "\"https://www.gesetze",
            "\"http://www.gesetze",
            "keine https-Adresse",
            "https://",
        ),
        fault(
            BPMN,
            "wegfrei:decision=\"entscheidung\"",
            "wegfrei:decision=\"entscheidunk\"",
            "die Entscheidung `entscheidunk`, die es nicht gibt",
            "Meinten Sie `entscheidung`?",
        ),
        fault(
            BPMN,
            "wegfrei:operation=\"notice\"",
            "wegfrei:operation=\"notize\"",
            "die unbekannte Operation `notize`",
            "Meinten Sie `notice`?",
        ),
        elsewhere(
            fault(
                BPMN,
                "\"rechtsbehelfsfrist\"",
                "\"widerspruchsfrist\"",
                "die unbekannte Frist `widerspruchsfrist`",
                "rechtsbehelfsfrist",
            ),
            BPMN,
            "<intermediateCatchEvent",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:deadline=\"rechtsbehelfsfrist\" />",
                "><timeDate>2026-05-01T10:00:00Z</timeDate></timerEventDefinition>",
                "`Timer_Rechtsbehelf`: Die Plattform kennt bei Fristen keine Uhrzeiten",
                "Nur den Tag",
            ),
            BPMN,
            "<intermediateCatchEvent",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:deadline=\"rechtsbehelfsfrist\" />",
                "><timeDate>2026-05-01T10:00</timeDate></timerEventDefinition>",
                "`Timer_Rechtsbehelf`: Die Plattform kennt bei Fristen keine Uhrzeiten",
                "Nur den Tag",
            ),
            BPMN,
            "<intermediateCatchEvent",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:deadline=\"erinnerung\" />",
                "><timeCycle>R3/2026-05-01T10:00:00Z/P7D</timeCycle></timerEventDefinition>",
                "`Timer_Erinnerung`: Die Plattform kennt bei Fristen keine Uhrzeiten",
                "Nur den Tag",
            ),
            BPMN,
            "<boundaryEvent",
        ),
        elsewhere(
            fault(
                BPMN,
                "wegfrei:deadline=\"erinnerung\" />",
                "><timeCycle>R3/2026-05-01/PT12H</timeCycle></timerEventDefinition>",
                "`Timer_Erinnerung`: Die Plattform zählt Fristen in ganzen Tagen",
                "in Tagen",
            ),
            BPMN,
            "<boundaryEvent",
        ),
        elsewhere(
            fault(
                BPMN,
                "<documentation textFormat=\"text/x-rechtsgrundlage\">§ 70 VwGO</documentation>",
                "",
                "`Ende_Bestandskraft` nennt keine Rechtsgrundlage",
                "textFormat",
            ),
            BPMN,
            "<endEvent id=\"Ende_Bestandskraft\"",
        ),
        elsewhere(
            fault(
                BPMN,
                ">entscheidung.automatisch = true<",
                ">ergebnis.automatisch = true<",
                "fragt nach `ergebnis`",
                "antrag",
            ),
            BPMN,
            "<exclusiveGateway",
        ),
        elsewhere(
            fault(
                BPMN,
                ">entscheidung.automatisch = true<",
                ">entscheidung.automatsich = true<",
                "fragt nach `entscheidung.automatsich`",
                "automatisch",
            ),
            BPMN,
            "<exclusiveGateway",
        ),
        fault(
            BPMN,
            "<userTask id=\"Task_Pruefen\"",
            "<task id=\"Task_Pruefen\"",
            "Kein lesbares XML",
            "wohlgeformtes",
        )
        .on("</userTask>"),
        fault(
            "decision.dmn",
            "<annotation name=\"Rechtsgrundlage\"/>",
            "<annotation name=\"Grundlage\"/>",
            "fehlt die Spalte `Rechtsgrundlage`",
            "Anmerkungsspalte",
        )
        .on("<decisionTable"),
        fault("decision.dmn", "<definitions", "<definition", "", ""),
        fault(
            "form.xdf3.xml",
            "</xdf3:stammdatenschema>",
            "</xdf3:stammdatenschem>",
            "",
            "",
        ),
        fault(
            "texts/de.md",
            "## Kosten",
            "## Kostn",
            "Das Modul `Kostn` gibt es nicht",
            "Meinten Sie `Kosten`?",
        ),
        elsewhere(
            fault(
                "texts/de.md",
                "## Kosten",
                "## Kostn",
                "Das Modul `Kosten` fehlt",
                "## Kosten",
            ),
            "texts/de.md",
            "",
        ),
        fault(
            "texts/en.md",
            "{satz_erster_hund}",
            "{satz_erster_hunt}",
            "Platzhalter `{satz_erster_hunt}`",
            "Meinten Sie `satz_erster_hund`?",
        ),
        fault(
            "texts/en.md",
            "You can do that here",
            "**You** can do that here",
            "`**` wird nicht unterstützt",
            "ohne Auszeichnung",
        ),
        fault(
            "texts/de-leicht.md",
            "Dann müssen Sie Hunde-Steuer bezahlen.",
            "Dann müssen Sie Hundesteuerbeträge bezahlen.",
            "Das Wort „Hundesteuerbeträge“ ist lang",
            "Bindestrich",
        ),
        fault(
            "texts/de-leicht.md",
            "Das können Sie hier im Internet machen.",
            "Das können Sie hier im Internet ganz bequem an jedem Tag und zu jeder Zeit machen.",
            "hat 16 Wörter",
            "kurze Sätze",
        ),
        fault(
            MD,
            "value = 9600,",
            "value = 96000,",
            "Der Wert von `satz_erster_hund` ist nicht erlaubt",
            "0 bis 50000 Cent",
        ),
        fault(
            MD,
            "merkzeichen = { value = [\"H\",",
            "merkzeichen = { value = [\"X\",",
            "Der Wert von `merkzeichen` ist nicht erlaubt",
            "H, Bl",
        ),
        fault(
            MD,
            "DE02120300000000202051",
            "DE02120300000000202052",
            "Der Wert von `kasse` ist nicht erlaubt",
            "Prüfziffer",
        ),
        fault(
            MD,
            "faelligkeit = { value = [{ tag = 1, monat = 7 }], demonstration = true }",
            "faelligkeit = { value = [{ tag = 1, monat = 7 }] }",
            "`faelligkeit` hat keine Quelle",
            "demonstration = true",
        ),
        fault(
            MD,
            "faelligkeit = ",
            "faellig = ",
            "Den Parameter `faellig` gibt es nicht",
            "Meinten Sie `faelligkeit`?",
        ),
        fault(
            MD,
            "authority = \"15003000\"",
            "authority = \"15003001\"",
            "Die Datei heißt `15003000`",
            "15003001.toml",
        ),
        fault(
            MD,
            "service = \"hundesteuer\"",
            "service = \"katzensteuer\"",
            "Diese Übernahme gilt für `katzensteuer`",
            "berichtigen",
        ),
        elsewhere(
            fault(
                EXAMPLE,
                "16000",
                "16001",
                "`steuer_jahr_cent` ist 16000, erwartet 16001",
                "Beispiel oder Paket",
            ),
            EXAMPLE,
            "[expect]",
        ),
        elsewhere(
            fault(
                EXAMPLE,
                "tasks = []",
                "tasks = [\"Prüfen\"]",
                "Aufgaben: [], erwartet",
                "Beispiel",
            ),
            EXAMPLE,
            "[expect]",
        ),
        elsewhere(
            fault(
                EXAMPLE,
                "\"15003000\"",
                "\"15003999\"",
                "hat die Leistung nicht übernommen",
                "Beispiel",
            ),
            EXAMPLE,
            "[expect]",
        ),
        elsewhere(
            fault(
                EXAMPLE,
                "F15000000017 = 2",
                "F15000000017 = 99",
                "Das Formular lehnt `G15000000003.F15000000017` ab",
                "Beispiel",
            ),
            EXAMPLE,
            "[expect]",
        ),
        fault(EXAMPLE, "name = ", "titel = ", "Unbekannter Eintrag `titel`", "name"),
        fault(
            "notices/bescheid.typ",
            "#import \"/wegfrei.typ\": *",
            "#import \"/etc/passwd\": *",
            "",
            "",
        ),
    ]
}

impl Fault {
    const fn on(mut self, line: &'static str) -> Fault {
        self.line = line;
        self
    }
}

fn line_of(text: &str, needle: &str) -> u32 {
    let before = text
        .split_once(needle)
        .unwrap_or_else(|| panic!("`{needle}` is not there"))
        .0;
    u32::try_from(before.matches('\n').count() + 1).expect("a line")
}

#[test]
fn every_mistake_is_named_with_file_line_and_mend() {
    let sound = sound();
    let mut wrong = String::new();
    for fault in faults() {
        let Fault {
            file,
            from,
            to,
            found_in,
            line,
            message,
            help,
        } = fault;
        let mut files = sound.clone();
        let text = String::from_utf8(files.get(file).expect("the file").to_vec()).expect("UTF-8");
        assert!(text.contains(from), "{file} has no `{from}`: the test is out of date");
        files
            .insert(file, text.replacen(from, to, 1).into_bytes())
            .expect("a name");
        let findings = match Package::load(&files) {
            Ok(_) => {
                wrong += &format!("{file}: `{from}` → `{to}` was accepted\n");
                continue;
            }
            Err(findings) => findings,
        };
        let changed = String::from_utf8(files.get(found_in).expect("the file").to_vec()).expect("UTF-8");
        let expected = if line.is_empty() { 1 } else { line_of(&changed, line) };
        let found = findings.iter().any(|finding| {
            finding.file == found_in
                && finding.message.contains(message)
                && finding.help.contains(help)
                && (message.is_empty() || finding.line == expected)
        });
        let all: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
        if !found {
            wrong +=
                &format!("{file}: `{from}` → `{to}`: expected {found_in}:{expected} {message} ({help}), got\n{all}\n");
        }
        assert!(
            findings
                .iter()
                .all(|finding| !finding.message.is_empty() && finding.line > 0 && finding.column > 0),
            "{all}"
        );
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whole files: missing, misnamed, not text.
#[test]
fn every_wrong_file_is_named() {
    let check = |change: &dyn Fn(&mut Files), file: &str, message: &str, help: &str| {
        let mut files = sound();
        change(&mut files);
        let findings = Package::load(&files).expect_err(message);
        let found = findings
            .iter()
            .any(|f| f.file == file && f.message.contains(message) && f.help.contains(help) && f.line == 1);
        assert!(found, "{file} {message} ({help}): {findings:#?}");
    };
    for (file, help) in [
        ("package.toml", "package.toml"),
        ("form.xdf3.xml", "XDatenfelder"),
        ("process.bpmn", "BPMN"),
        ("decision.dmn", "DMN"),
        ("texts/en.md", "Englisch"),
        ("texts/de-leicht.md", "Leichter Sprache"),
    ] {
        check(&|files| drop(files.remove(file)), file, "Die Datei fehlt", help);
        check(
            &|files| files.insert(file, vec![0xff, 0xfe, 0]).unwrap(),
            file,
            "nicht in UTF-8",
            "UTF-8",
        );
    }
    let rename = |from: &'static str, to: &'static str| {
        move |files: &mut Files| {
            let bytes = files.remove(from).unwrap();
            files.insert(to, bytes).unwrap();
        }
    };
    check(
        &rename("form.xdf3.xml", "form.xdf.xml"),
        "form.xdf.xml",
        "gehört nicht zu einem Paket",
        "`form.xdf3.xml`",
    );
    check(
        &rename("texts/de.md", "texts/deutsch.md"),
        "texts/deutsch.md",
        "gehört nicht",
        "de.md",
    );
    check(
        &rename("texts/de.md", "text/de.md"),
        "text/de.md",
        "gehört nicht",
        "`texts`",
    );
    check(
        &rename("notices/bescheid.typ", "notices/bescheid.txt"),
        "notices/bescheid.txt",
        "gehört nicht",
        "*.typ",
    );
    check(
        &|files| {
            let all: Vec<String> = files
                .paths()
                .filter(|p| p.starts_with("examples/"))
                .map(str::to_owned)
                .collect();
            for path in all {
                files.remove(&path);
            }
        },
        "examples",
        "keine Beispiele",
        "examples/*.toml",
    );
    let nothing = Package::load(&Files::default()).expect_err("nothing is no package");
    assert!(nothing.len() >= 7, "{nothing:?}");
}

/// Whatever is cut out of or doubled in a package, it is refused or accepted, never a panic.
#[test]
fn mangled_files_do_not_panic() {
    let sound = sound();
    let mut seed: u64 = 7;
    let mut next = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("fits") % below.max(1)
    };
    let paths: Vec<String> = sound.paths().map(str::to_owned).collect();
    for _ in 0..120 {
        let mut files = sound.clone();
        let path = paths.get(next(paths.len())).expect("a path");
        let mut bytes = files.get(path).expect("the file").to_vec();
        let at = next(bytes.len());
        let end = (at + next(60)).min(bytes.len());
        match next(3) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.truncate(at),
        }
        files.insert(path, bytes).expect("a name");
        if let Err(findings) = Package::load(&files) {
            assert!(!findings.is_empty(), "{path}");
        }
    }
}
