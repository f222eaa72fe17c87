//! Annotations of rules: plain sentences with placeholders such as `{antrag.rasse}` or `{satz_cent:euro}`.

use crate::ast::Fault;
use crate::cost;
use crate::env::{Env, Path};
use crate::feel::Names;
use crate::shown::Text;
use crate::value::Value;
use crate::values::{Format, german};
use dsntk_feel::Name;

/// A sentence with places for values.
pub(crate) struct Template(Vec<Part>);

enum Part {
    Text(Text),
    /// Output column of the same rule.
    Output(usize, Format),
    /// Input, decision or parameter, with members.
    Path(Path, Format),
}

impl Template {
    /// Reads `text`; every placeholder must name an output of the rule or a value the decision requires.
    pub fn parse(text: &str, outputs: &[&str], names: &Names) -> Result<Template, Fault> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            let Some(close) = after.find('}') else {
                return Err(Fault {
                    message: "a placeholder is opened with { but not closed".to_owned(),
                    help: "write {name}, for example {antrag.rasse} or {satz_cent:euro}".to_owned(),
                });
            };
            if !before.is_empty() {
                parts.push(Part::Text(Text::from(before)));
            }
            let (inside, tail) = after.split_at(close);
            parts.push(placeholder(inside.trim_start_matches('{'), outputs, names)?);
            rest = tail.strip_prefix('}').unwrap_or(tail);
        }
        if !rest.is_empty() {
            parts.push(Part::Text(Text::from(rest)));
        }
        Ok(Template(parts))
    }

    /// The sentence with its values.
    pub fn fill(&self, outputs: &[Value], env: &Env) -> Text {
        if let [Part::Text(text)] = self.0.as_slice() {
            return text.clone();
        }
        let mut text = String::with_capacity(120);
        for part in &self.0 {
            let (value, format) = match part {
                Part::Text(plain) => {
                    text.push_str(plain);
                    continue;
                }
                Part::Output(index, format) => (outputs.get(*index), format),
                Part::Path(path, format) => (env.path(path), format),
            };
            let value = value.unwrap_or(&Value::Null);
            cost::spend(cost::weight(value));
            german(&mut text, value, *format);
            cost::spend_text(text.len());
        }
        Text::from(text)
    }
}

fn placeholder(inside: &str, outputs: &[&str], names: &Names) -> Result<Part, Fault> {
    let (path, format) = match inside.split_once(':') {
        None => (inside, Format::Plain),
        Some((path, "euro")) => (path, Format::Euro),
        Some((_, other)) => {
            return Err(Fault {
                message: format!("unknown format `{other}`"),
                help: "the format is euro, for integer cents".to_owned(),
            });
        }
    };
    let segments: Vec<Name> = path.split('.').map(Name::from).collect();
    if let [single] = segments.as_slice()
        && let Some(index) = outputs.iter().position(|output| *output == single.as_str())
    {
        return Ok(Part::Output(index, format));
    }
    if let Some(path) = names.path(&segments) {
        return Ok(Part::Path(path, format));
    }
    Err(Fault {
        message: format!("the placeholder {{{path}}} names nothing this decision knows"),
        help: "name an output of the table, or an input or decision this decision requires".to_owned(),
    })
}
