//! `wegfrei form`: a form checked and clicked through from its file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use tokio::net::TcpListener;
use wegfrei_forms::{CodeList, Finding, Form, Item, Land};
use wegfrei_web::Preview;

use crate::command::say;
use crate::platform::Error;
use crate::{ambient, http};

/// Which form, with what beside it.
#[derive(clap::Args)]
pub struct Source {
    /// The form: XDatenfelder 3.0 or 2.0 (XML).
    file: PathBuf,
    /// A code list the form points at, as genericode (XML). May be given several times.
    #[arg(long)]
    list: Vec<PathBuf>,
    /// The Land it is filled in in, for example ST: some rules are in force in some Länder only.
    #[arg(long, value_parser = land)]
    land: Option<Land>,
}

fn land(text: &str) -> Result<Land, String> {
    Land::parse(text).ok_or_else(|| format!("`{text}` is not a Land; write its code, for example ST"))
}

fn text(path: &Path) -> Result<String, Error> {
    Ok(std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn named(mut finding: Finding, path: &Path) -> Finding {
    finding.file = path.display().to_string();
    finding
}

impl Source {
    /// The form, or what makes it unusable.
    fn load(&self) -> Result<Result<Form, Vec<Finding>>, Error> {
        let mut lists = Vec::new();
        for path in &self.list {
            match CodeList::parse(&text(path)?) {
                Ok(list) => lists.push(list),
                Err(finding) => return Ok(Err(vec![named(finding, path)])),
            }
        }
        let parsed = Form::parse_with(&text(&self.file)?, &lists);
        let parsed = parsed.map(|form| match self.land {
            Some(land) => form.in_land(land),
            None => form,
        });
        let name = |findings: Vec<Finding>| findings.into_iter().map(|finding| named(finding, &self.file)).collect();
        Ok(parsed.map_err(name))
    }
}

/// Groups and fields of a form.
fn count(form: &Form) -> (usize, usize) {
    fn inside(items: &[Item]) -> (usize, usize) {
        items.iter().fold((0, 0), |(groups, fields), item| match item {
            Item::Field(_) => (groups, fields + 1),
            Item::Group(group) => {
                let (more, in_it) = inside(&group.items);
                (groups + 1 + more, fields + in_it)
            }
        })
    }
    form.pages().iter().fold((0, 0), |(groups, fields), page| {
        let (more, in_it) = inside(&page.items);
        (groups + more + usize::from(page.group), fields + in_it)
    })
}

/// Prints what the form is made of and everything found in it, as JSON. Exit code 1 when it cannot be used.
pub fn check(source: &Source, readings: bool) -> Result<ExitCode, Error> {
    let (answer, code) = match source.load()? {
        Ok(form) => {
            let (groups, fields) = count(&form);
            let findings: Vec<Finding> = form
                .findings()
                .iter()
                .cloned()
                .map(|finding| named(finding, &source.file))
                .collect();
            let mut answer = json!({
                "id": form.id(),
                "version": form.version(),
                "title": form.title(),
                "state": form.meta().state,
                "groups": groups,
                "fields": fields,
                "rules": form.rules(),
                "executable_rules": form.executable_rules(),
                "findings": findings,
            });
            if readings && let Some(answer) = answer.as_object_mut() {
                let all: Vec<_> = form
                    .readings()
                    .into_iter()
                    .map(|(id, sentences)| json!({ "rule": id, "sentences": sentences }))
                    .collect();
                answer.insert("readings".to_owned(), all.into());
            }
            (answer, ExitCode::SUCCESS)
        }
        Err(findings) => (
            json!({ "groups": 0, "fields": 0, "rules": 0, "executable_rules": 0, "findings": findings }),
            ExitCode::FAILURE,
        ),
    };
    say(&serde_json::to_string_pretty(&answer)?);
    Ok(code)
}

/// Prints the JSON Schema of the form's data.
pub fn schema(source: &Source) -> Result<ExitCode, Error> {
    match source.load()? {
        Ok(form) => {
            say(&serde_json::to_string_pretty(&form.json_schema())?);
            Ok(ExitCode::SUCCESS)
        }
        Err(findings) => Err(unusable(&findings)),
    }
}

fn unusable(findings: &[Finding]) -> Error {
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!(
                "{}:{}:{}: {}",
                finding.file, finding.line, finding.column, finding.message
            )
        })
        .collect();
    format!("the form cannot be used:\n{}", lines.join("\n")).into()
}

/// Serves the form's pages until a signal comes.
pub async fn preview(source: &Source, listen: SocketAddr) -> Result<ExitCode, Error> {
    if !listen.ip().is_loopback() {
        return Err(format!("the preview has no login and is for this machine only: {listen} is not").into());
    }
    let form = source.load()?.map_err(|findings| unusable(&findings))?;
    let ambient = ambient::system();
    let token: String = ambient.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    say(&format!(
        "{} {}: {} of {} rules work",
        form.id(),
        form.version(),
        form.executable_rules(),
        form.rules()
    ));
    say(&format!("http://{}/vorschau", listener.local_addr()?));
    let router = wegfrei_web::preview(Preview {
        form,
        today: Box::new(move || ambient.now().date()),
        token,
    });
    http::serve(listener, router).await.map(|()| ExitCode::SUCCESS)
}
