//! What the targets share.

use serde_json::Value;
use wegfrei_forms::Form;

/// Lets panics of the FEEL library and of its numbers pass: the engines catch them and make errors of them. All others end the run.
pub fn only_our_panics() {
    let ours = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let library = |file: &str| file.contains("/dsntk-") || file.contains("/dfp-number-sys-");
        if !panic.location().is_some_and(|place| library(place.file())) {
            ours(panic);
        }
    }));
}

/// Whether answers fit the JSON Schema of a form, or why not.
pub fn fits(form: &Form, data: &Value) -> Result<(), String> {
    Schema::of(form)?.fits(data)
}

/// A JSON Schema ready to judge.
pub struct Schema(boon::Schemas, boon::SchemaIndex);

impl Schema {
    /// That of a form.
    pub fn of(form: &Form) -> Result<Schema, String> {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.enable_format_assertions();
        compiler
            .add_resource("urn:test:schema", form.json_schema())
            .map_err(|error| error.to_string())?;
        let index = compiler
            .compile("urn:test:schema", &mut schemas)
            .map_err(|error| format!("{error:#}"))?;
        Ok(Schema(schemas, index))
    }

    /// Whether it takes these answers.
    pub fn fits(&self, data: &Value) -> Result<(), String> {
        self.0.validate(data, self.1).map_err(|error| error.to_string())
    }
}
