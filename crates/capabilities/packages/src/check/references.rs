//! What `package.toml` names, looked up in form and decision.

use std::collections::BTreeSet;

use wegfrei_decisions::Decisions;
use wegfrei_forms::{Check, Field, Form, Item, Kind};
use wegfrei_model::AuthorityId;

use crate::facts::{find_group, find_in, groups};
use crate::finding::suggest;
use crate::manifest::{Input, InputSource, Manifest, ResultName};
use crate::package::MAIN_DECISION;

/// Place in `package.toml`, message, help.
type Fault = (usize, String, String);

/// The file a finding belongs to.
pub(super) enum File {
    Manifest,
    Decision,
}

/// Every field and group `package.toml` names is in the form, and of the kind its use needs.
pub(super) fn fields(manifest: &Manifest, form: &Form) -> Vec<Fault> {
    let mut look = Look {
        form,
        ids: field_ids(form),
        faults: Vec::new(),
    };
    look.inputs(&manifest.inputs, "");
    for evidence in &manifest.evidence {
        let Some(name) = &evidence.field else { continue };
        let what = format!("Der Nachweis „{}“", evidence.name);
        if look
            .field(evidence.offset, &what, name, "")
            .is_some_and(|field| !matches!(field.kind, Kind::File { .. }))
        {
            let message = format!("{what} nennt kein Feld für Dateien.");
            look.add(evidence.offset, message, "Ein Feld vom Typ Anlage (file) nennen.");
        }
    }
    for ((name, fields), place) in manifest.letter.iter().zip(&manifest.places.letter) {
        for field in fields {
            look.field(*place, &format!("[letter] `{name}`"), field, "");
        }
    }
    for ((field, _), place) in manifest.prefill.iter().zip(&manifest.places.prefill) {
        look.field(*place, "[prefill]", field, "");
    }
    if let Some(place) = &manifest.place {
        let asked = look.field(place.offset, "[place] `field`", &place.field, "");
        let is_municipality = |field: &Field| match &field.kind {
            Kind::Select { options, .. } => {
                !options.is_empty() && options.iter().all(|option| AuthorityId::parse(&option.value).is_ok())
            }
            _ => false,
        };
        if asked.is_some_and(|field| !is_municipality(field)) {
            let message = format!(
                "[place] nennt das Feld `{}`, das nicht nach einer Gemeinde fragt.",
                place.field
            );
            look.add(
                place.offset,
                message,
                "Ein Auswahlfeld nennen, dessen Werte achtstellige Gemeindeschlüssel (AGS) sind.",
            );
        }
    }
    if let Some(payment) = &manifest.payment {
        let iban = look.field(payment.offset, "[payment] `iban`", &payment.iban, "");
        if iban.is_some_and(|field| field.check != Some(Check::Iban)) {
            let message = format!(
                "[payment] nennt das Feld `{}`, das nicht als IBAN geprüft wird.",
                payment.iban
            );
            look.add(
                payment.offset,
                message,
                "Am Feld <stichwort uri=\"pruefung\">iban</stichwort> angeben; sonst scheitert die Zahlung erst bei der Bank.",
            );
        }
        for holder in &payment.holder {
            look.field(payment.offset, "[payment] `holder`", holder, "");
        }
    }
    look.faults
}

struct Look<'f> {
    form: &'f Form,
    ids: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl<'f> Look<'f> {
    fn add(&mut self, place: usize, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push((place, message.into(), help.into()));
    }

    fn field(&mut self, place: usize, what: &str, name: &str, scope: &str) -> Option<&'f Field> {
        let found = find_in(self.form, name, scope);
        if found.is_none() {
            let help = suggest(name, self.ids.iter().map(String::as_str));
            self.add(
                place,
                format!("{what} nennt das Feld `{name}`, das das Formular nicht hat."),
                help,
            );
        }
        found
    }

    /// Inputs inside the group `scope`.
    fn inputs(&mut self, inputs: &[Input], scope: &str) {
        for input in inputs {
            let what = format!("Die Eingabe `{}`", input.name);
            match &input.source {
                InputSource::Desk(_) => {}
                InputSource::Field(name) => {
                    let Some(field) = self.field(input.offset, &what, name, scope) else {
                        continue;
                    };
                    if matches!(field.kind, Kind::File { .. }) {
                        let message = format!("{what} ist ein Feld für Dateien.");
                        self.add(input.offset, message, "Über Dateien entscheidet ein Mensch.");
                    }
                    self.inside(input.offset, &what, &field.path, scope);
                }
                InputSource::Group {
                    group: None, fields, ..
                } => self.inputs(fields, scope),
                InputSource::Group {
                    group: Some(name),
                    fields,
                    title,
                    ..
                } => match find_group(self.form, name) {
                    Some(found) => {
                        self.inside(input.offset, &what, &found.path, scope);
                        self.inputs(fields, &found.path);
                        for name in title {
                            self.field(input.offset, &what, name, &found.path);
                        }
                    }
                    None => {
                        let known: Vec<String> = groups(self.form).into_iter().map(|(id, _)| id).collect();
                        let help = suggest(name, known.iter().map(String::as_str));
                        let message = format!("{what} nennt die Gruppe `{name}`, die das Formular nicht hat.");
                        self.add(input.offset, message, help);
                    }
                },
            }
        }
    }

    /// What lies in a group that repeats is reached through that group only: otherwise one of many answers would be taken.
    fn inside(&mut self, place: usize, what: &str, path: &str, scope: &str) {
        let within = |group: &str, path: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('.'));
        let repeating = groups(self.form)
            .into_iter()
            .filter(|(_, group)| group.repeats && within(&group.path, path));
        for (id, group) in repeating {
            let reached = scope == group.path || within(&group.path, scope);
            if !reached {
                let message = format!("{what} liegt in der Gruppe `{id}`, die sich wiederholt.");
                let help = format!("Als Liste übergeben: {{ group = \"{id}\", fields = {{ … }} }}.");
                self.add(place, message, help);
                return;
            }
        }
    }
}

/// `[inputs]`, `[parameters]`, `[results]` and `[payment]` name what the decision asks for and gives: no less, and (law 3) no more.
pub(super) fn decision(manifest: &Manifest, decisions: &Decisions) -> Vec<(File, usize, String, String)> {
    let mut faults = Faults {
        decisions,
        list: Vec::new(),
    };
    for name in decisions.input_names() {
        if !["antrag", "parameter", "datum"].contains(&name) {
            let help = "Eine Entscheidung hat genau die Eingaben antrag, parameter und datum.";
            faults.model(format!("Die Entscheidung verlangt die Eingabe `{name}`."), help);
        }
    }
    if !decisions.decision_names().contains(&MAIN_DECISION) {
        let help = suggest(MAIN_DECISION, decisions.decision_names());
        faults.model(format!("Die Entscheidung `{MAIN_DECISION}` fehlt."), help);
    }
    faults.inputs(&manifest.inputs, &[], manifest.places.inputs);
    let place = manifest.places.parameters;
    let parameters: Vec<(&str, usize)> = manifest.parameters.iter().map(|p| (p.name.as_str(), place)).collect();
    // Parameters may also be for letter and portal only, so there may be more of them.
    faults.members("parameter", &[], "[parameters]", place, &parameters, false);
    if !manifest.results.is_empty() {
        faults.results(manifest);
    }
    if let Some(payment) = &manifest.payment {
        let members = decisions.members_at(MAIN_DECISION, &["zahlungen"]).unwrap_or_default();
        if !["monat", "cent"].iter().all(|wanted| members.contains(wanted)) {
            let help = "In der DMN-Datei als itemDefinition beschreiben: eine Liste mit monat (\"2026-01\") und cent.";
            let message = "[payment] braucht die Ausgabe `zahlungen` der Entscheidung mit `monat` und `cent`.";
            faults
                .list
                .push((File::Manifest, payment.offset, message.to_owned(), help.to_owned()));
        }
    }
    faults.list
}

struct Faults<'d> {
    decisions: &'d Decisions,
    list: Vec<(File, usize, String, String)>,
}

impl Faults<'_> {
    fn model(&mut self, message: String, help: impl Into<String>) {
        self.list.push((File::Decision, 0, message, help.into()));
    }

    fn inputs(&mut self, inputs: &[Input], path: &[&str], place: usize) {
        let given: Vec<(&str, usize)> = inputs.iter().map(|i| (i.name.as_str(), i.offset)).collect();
        self.members("antrag", path, "[inputs]", place, &given, true);
        let known = self.decisions.members_at("antrag", path).unwrap_or_default();
        for input in inputs {
            if let InputSource::Group { fields, .. } = &input.source
                && known.contains(&input.name.as_str())
            {
                self.inputs(fields, &[path, &[input.name.as_str()]].concat(), input.offset);
            }
        }
    }

    fn members(
        &mut self,
        input: &str,
        path: &[&str],
        section: &str,
        place: usize,
        given: &[(&str, usize)],
        exactly: bool,
    ) {
        let full = [&[input], path].concat().join(".");
        let Some(members) = self.decisions.members_at(input, path) else {
            let help = format!("`{full}` in der DMN-Datei mit einer itemDefinition beschreiben, die alle Teile nennt.");
            self.model(format!("Die Eingabe `{full}` sagt nicht, was sie braucht."), help);
            return;
        };
        for member in members
            .iter()
            .filter(|member| !given.iter().any(|(name, _)| name == *member))
        {
            let message = format!("Die Entscheidung braucht `{full}.{member}`, aber {section} nennt es nicht.");
            let help = suggest(member, given.iter().map(|(name, _)| *name));
            self.list.push((File::Manifest, place, message, help));
        }
        for (name, place) in given.iter().filter(|(name, _)| exactly && !members.contains(name)) {
            let shown = if path.is_empty() {
                (*name).to_owned()
            } else {
                format!("{}.{name}", path.join("."))
            };
            let message = format!("{section} nennt `{shown}`, das die Entscheidung nicht braucht.");
            let help = format!("Löschen. {}", suggest(name, members.iter().copied()));
            self.list.push((File::Manifest, *place, message, help));
        }
    }

    /// Every output has a label, every label an output: people never read names of variables.
    fn results(&mut self, manifest: &Manifest) {
        let outputs = outputs(self.decisions);
        if outputs.is_empty() {
            let help = "Das Ergebnis in der DMN-Datei mit einer itemDefinition beschreiben, die alle Teile nennt.";
            self.model(
                format!("Die Entscheidung `{MAIN_DECISION}` sagt nicht, was herauskommt."),
                help,
            );
            return;
        }
        let labels = || manifest.results.iter().map(|result| result.name.as_str());
        for output in outputs.iter().filter(|output| !labels().any(|label| label == **output)) {
            let message = format!("[results] nennt keine Bezeichnung für `{output}`.");
            let help = format!("\"{output}\" = \"…\" eintragen. {}", suggest(output, labels()));
            self.list.push((File::Manifest, manifest.places.results, message, help));
        }
        for (label, place) in labels().zip(&manifest.places.result) {
            if !outputs.iter().any(|output| output == label) {
                let message = format!("[results] nennt `{label}`, das die Entscheidung nicht ausgibt.");
                let help = format!("Löschen. {}", suggest(label, outputs.iter().map(String::as_str)));
                self.list.push((File::Manifest, *place, message, help));
            }
        }
        for (result, place) in manifest.results.iter().zip(&manifest.places.result) {
            self.words(result, *place, &outputs);
        }
    }

    /// Every value of an output that is one of a few has words; a line of a list names its parts.
    fn words(&mut self, result: &ResultName, place: usize, outputs: &[String]) {
        let path: Vec<&str> = result.name.split('.').collect();
        let values = self.decisions.texts_at(MAIN_DECISION, &path);
        let known = || result.values.iter().map(|(value, _)| value.as_str());
        for value in values.iter().filter(|value| !known().any(|known| known == **value)) {
            let message = format!(
                "[results] nennt keine Bezeichnung für den Wert `{value}` von `{}`.",
                result.name
            );
            let help = format!("values = {{ {value} = \"…\" }} ergänzen. {}", suggest(value, known()));
            self.list.push((File::Manifest, place, message, help));
        }
        for value in known().filter(|value| !values.iter().any(|known| known == value)) {
            let message = format!("[results] nennt den Wert `{value}`, den `{}` nie hat.", result.name);
            let help = format!(
                "Löschen, oder den Wert in der DMN-Datei unter allowedValues nennen. {}",
                suggest(value, values.iter().map(String::as_str))
            );
            self.list.push((File::Manifest, place, message, help));
        }
        for part in result.line.iter().flat_map(|line| placeholders(line)) {
            if !outputs.contains(&format!("{}.{part}", result.name)) {
                let message = format!(
                    "`line` von `{}` nennt `{{{part}}}`, das kein Teil davon ist.",
                    result.name
                );
                self.list.push((
                    File::Manifest,
                    place,
                    message,
                    "Die Teile der Liste in geschweiften Klammern nennen.".to_owned(),
                ));
            }
        }
    }
}

/// Dotted names of all outputs of the main decision. Types cannot be recursive, so this ends.
pub(crate) fn outputs(decisions: &Decisions) -> Vec<String> {
    fn collect(decisions: &Decisions, path: &[&str], outputs: &mut Vec<String>) {
        for member in decisions.members_at(MAIN_DECISION, path).unwrap_or_default() {
            let path = [path, &[member]].concat();
            outputs.push(path.join("."));
            collect(decisions, &path, outputs);
        }
    }
    let mut outputs = Vec::new();
    collect(decisions, &[], &mut outputs);
    outputs
}

/// Names in braces.
fn placeholders(line: &str) -> impl Iterator<Item = &str> {
    line.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

/// Ids of all fields, for suggestions.
fn field_ids(form: &Form) -> BTreeSet<String> {
    fn collect(items: &[Item], ids: &mut BTreeSet<String>) {
        for item in items {
            match item {
                Item::Field(field) => {
                    ids.insert(field.id.clone());
                }
                Item::Group(group) => collect(&group.items, ids),
            }
        }
    }
    let mut ids = BTreeSet::new();
    for page in form.pages() {
        collect(&page.items, &mut ids);
    }
    ids
}
