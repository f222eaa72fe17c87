//! A package, loaded and checked.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::Value;
use wegfrei_decisions::Decisions;
use wegfrei_forms::{Field, Form};
use wegfrei_model::Language;
use wegfrei_process::Process;

use crate::adoption::Adoption;
use crate::examples::{Example, Trial};
use crate::files::Files;
use crate::finding::Finding;
use crate::manifest::{Manifest, Version};
use crate::parameter::Parameter;
use crate::sources::Source;
use crate::texts::Text;

/// The name of the decision every package has.
pub(crate) const MAIN_DECISION: &str = "entscheidung";

/// A service, written once, adopted by authorities. Made by [`Package::load`] only: its parts are known to fit.
#[derive(Debug)]
pub struct Package {
    pub(crate) manifest: Manifest,
    pub(crate) version: String,
    pub(crate) hash: String,
    pub(crate) form: Form,
    /// Where the form holds what the decision reads.
    pub(crate) sources: Vec<Source>,
    pub(crate) process: Process,
    pub(crate) decisions: Decisions,
    pub(crate) texts: BTreeMap<Language, Text>,
    pub(crate) templates: BTreeMap<String, String>,
    pub(crate) adoptions: Vec<Adoption>,
    pub(crate) examples: Vec<Example>,
}

impl Package {
    /// Reads and checks the files of one package, its adoptions and examples; the examples are run.
    ///
    /// # Errors
    /// Everything that is wrong, sorted by file and place.
    pub fn load(files: &Files) -> Result<Package, Vec<Finding>> {
        crate::check::load(files)
    }

    /// Short name: `hundesteuer`.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Version: `1.0.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Version, comparable.
    pub fn semver(&self) -> Version {
        self.manifest.version
    }

    /// Name for people.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// What its notices are about, for letters about them.
    pub fn subject(&self) -> &str {
        self.manifest.subject.as_deref().unwrap_or(&self.manifest.name)
    }

    /// SHA-256 over all files but the adoptions (sorted; path and content with their lengths), as 64 hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// All of `package.toml`.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The decisions; [`Package::decide`] asks them.
    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// The description as written, with `{placeholders}`.
    pub fn text(&self, language: Language) -> Option<&Text> {
        self.texts.get(&language)
    }

    /// The description for people: placeholders filled with the adoption's values and the authority's name, or with "je
    /// nach Gemeinde verschieden" where no adoption is given.
    pub fn description(
        &self,
        language: Language,
        adoption: Option<&Adoption>,
        authority: Option<&str>,
    ) -> Option<Text> {
        let otherwise = match language {
            Language::De => "je nach Gemeinde verschieden",
            Language::DeLeicht => "in jeder Gemeinde anders",
            Language::En => "different in each municipality",
        };
        let value = |name: &str| match name {
            "behoerde" => authority.map(str::to_owned),
            name => {
                let parameter = self.parameter(name)?;
                Some(parameter.kind.show(adoption?.parameters().get(name)?, language))
            }
        };
        self.texts.get(&language).map(|text| text.fill(&value, otherwise))
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.manifest.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// A parameter's value for people in their language: `96,00 €`, `50 %`, `15. Februar und 15. Mai`.
    pub fn show_parameter(&self, adoption: &Adoption, name: &str, language: Language) -> Option<String> {
        Some(
            self.parameter(name)?
                .kind
                .show(adoption.parameters().get(name)?, language),
        )
    }

    /// Name of the letter's template, without `.typ`.
    pub fn notice_template(&self) -> &str {
        &self.manifest.notices.main
    }

    /// Names of the templates sent with the letter.
    pub fn enclosures(&self) -> &[String] {
        &self.manifest.notices.enclosures
    }

    /// Names of all templates, without `.typ`.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// A template's Typst source, by name without `.typ`.
    pub fn template(&self, name: &str) -> Option<&str> {
        self.templates.get(name).map(String::as_str)
    }

    /// Names of the inputs a caseworker may correct.
    pub fn correctable(&self) -> &[String] {
        &self.manifest.correctable
    }

    /// The adoptions in the package's folder.
    pub fn adoptions(&self) -> &[Adoption] {
        &self.adoptions
    }

    /// The examples.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Runs all examples: form, decision, process.
    pub fn try_examples(&self) -> Vec<Trial> {
        self.examples.iter().map(|example| example.run(self)).collect()
    }

    /// The field with this id (`F…`) or path (`G….F…`).
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        crate::facts::find_in(&self.form, name, "")
    }
}

/// The value at a path of form data; of what repeats, the first.
pub(crate) fn value_at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    let mut value = data;
    for part in path.split('.') {
        if let Some(first) = value.as_array() {
            value = first.first()?;
        }
        value = value.get(part)?;
    }
    (!value.is_null()).then_some(value)
}

/// SHA-256 over sorted paths and contents, each with its length, adoptions left out.
pub(crate) fn hash(files: &Files) -> String {
    let mut context = Context::new(&SHA256);
    for (path, bytes) in files.iter().filter(|(path, _)| !path.starts_with("adoptions/")) {
        for part in [path.as_bytes(), bytes] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
    }
    context
        .finish()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
