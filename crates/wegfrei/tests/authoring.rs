//! docs/first-service.md, followed literally: every file of the page is written, every command run, and its output compared with what
//! stands below it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use std::fs;
use std::path::Path;
use std::process::Command;

use house::applicant::{Client, PEOPLE};
use house::{Dice, Ended, Server, workspace};
use serde_json::json;

/// What the page asks its reader to do.
#[derive(Debug)]
enum Step {
    /// Write this file.
    File { path: String, text: String },
    /// Run these lines; these are to be seen. The exit code is 0 unless a comment says otherwise.
    Run {
        lines: Vec<String>,
        code: i32,
        shown: Vec<String>,
    },
}

/// The steps of a page: a fenced block is a file when the line before it is nothing but a path in backticks; `sh` is commands, and a
/// `text` block behind them is what they say.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut before = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.trim().is_empty() {
                before = line.to_owned();
            }
            continue;
        };
        let inside: Vec<String> = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(str::to_owned)
            .collect();
        let path = before.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        match (language, path, steps.last_mut()) {
            ("sh", ..) => {
                let code = inside.iter().find_map(|line| line.strip_prefix("# exit code "));
                let code = code.map_or(0, |code| code.parse().unwrap());
                steps.push(Step::Run {
                    lines: inside,
                    code,
                    shown: vec![],
                });
            }
            ("text", _, Some(Step::Run { shown, .. })) if shown.is_empty() => *shown = inside,
            (_, Some(path), _) => steps.push(Step::File {
                path: path.to_owned(),
                text: inside.join("\n") + "\n",
            }),
            other => panic!("a block that is neither file nor command: {other:?}"),
        }
        before.clear();
    }
    steps
}

/// Lines for a shell in this folder, with the binary found by its name.
fn shell(folder: &Path, lines: &[String]) -> Ended {
    let binary = Path::new(env!("CARGO_BIN_EXE_wegfrei")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let script = format!("set -e\n{}\n", lines.join("\n"));
    let mut sh = Command::new("sh");
    sh.args(["-c", &script])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap()
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_service_is_made_as_the_page_says() {
    let page = fs::read_to_string(workspace().join("docs/first-service.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let start = folder.path();
    let (mut files, mut commands, mut served) = (0, 0, false);
    for step in steps(&page) {
        match step {
            Step::File { path, text } => {
                files += 1;
                fs::write(start.join(&path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
            }
            Step::Run { lines, shown, .. } if lines.iter().any(|line| line.starts_with("wegfrei demo")) => {
                served = true;
                apply(start, &lines, &shown).await;
            }
            Step::Run { lines, code, shown } => {
                commands += lines.iter().filter(|line| line.starts_with("wegfrei ")).count();
                let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
                shell(start, &lines).check(code, &shown);
            }
        }
    }
    assert!(
        files >= 12 && commands >= 6 && served,
        "{files} files, {commands} commands"
    );
    let pdf = fs::read(start.join("bescheid.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-"), "the first notice");
    let text = read(&start.join("bescheid.pdf"));
    for part in [
        "Erika Mustermann",
        "MD-AB 123",
        "30,70",
        "§ 45 Abs. 1b",
        "Entwurf",
        "Widerspruch",
    ] {
        assert!(text.contains(part), "{part} is not in the letter: {text}");
    }
}

/// What a PDF says, in one line.
fn read(pdf: &Path) -> String {
    let text = Command::new("pdftotext").arg(pdf).arg("-").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap().replace('\u{a0}', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Starts the demonstration as the page says, at a free port: Erika applies, Petra confirms, and the notice lies in Erika's mailbox.
async fn apply(folder: &Path, lines: &[String], shown: &[String]) {
    let [line] = lines else {
        panic!("one command: {lines:?}")
    };
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let mut command = house::wegfrei(&words);
    command.args(["--listen", "127.0.0.1:0"]).current_dir(folder);
    let mut server = Server::spawn(command);
    server.wait_until_ready();
    assert_eq!(shown, ["Wegfrei runs:"]);
    let client = Client::person(&server.origin, PEOPLE[0]).await;
    let service = "/api/services/bewohnerparken/authorities/15003000/applications";
    let application = json!({
        "G17000000001": { "F17000000001": "Erika Mustermann", "F17000000002": "Lindenweg 7", "F17000000003": "39104 Magdeburg", "F17000000004": true },
        "G17000000002": { "F17000000005": "MD-AB 123", "F17000000006": "eigen" },
    });
    let key = Dice::new("first service").id();
    let sent = client
        .request(reqwest::Method::POST, service)
        .header("idempotency-key", key)
        .json(&application)
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 201, "{}", sent.text().await.unwrap());
    let cases = client.list("/api/cases").await;
    let of = |case: &&serde_json::Value| case["status"] == "in-review" && case["service"] == "bewohnerparken";
    let found = cases.iter().find(of).unwrap_or_else(|| panic!("{cases:?}"));
    let case = found["case"].as_str().unwrap();
    // Petra Vorbild.
    let petra = Client::staff(&server.origin, "sb-magdeburg-1", "15003000").await;
    let path = format!("/api/desk/cases/15003000/{case}");
    let opened = petra
        .get(&format!("{path}?purpose=case-work"))
        .await
        .unwrap()
        .check(200)
        .json();
    let confirm = json!({ "verdict": "confirm", "version": opened["version"], "reason": "" });
    let task = opened["task"]["task"].as_str().unwrap();
    petra
        .post(&format!("{path}/tasks/{task}"), &confirm)
        .await
        .unwrap()
        .check(204);
    let (mut notices, mut waited) = (Vec::new(), 0);
    while notices.len() < 2 {
        assert!(waited < 100, "the notice and its leaflet were not made: {notices:?}");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        waited += 1;
        notices = client.list(&format!("/api/cases/15003000/{case}/notices")).await;
        notices.retain(|notice| notice["pdf"].is_string());
    }
    let mut said = String::new();
    for notice in &notices {
        let pdf = client.get(notice["pdf"].as_str().unwrap()).await.unwrap();
        let file = folder.join("aus-dem-postfach.pdf");
        fs::write(&file, &pdf.check(200).bytes).unwrap();
        said += &read(&file);
    }
    for part in [
        "erteilen wir Ihnen einen Bewohnerparkausweis",
        "MD-AB 123",
        "Echtheit prüfen",
        "Sie bekommen den Park-Ausweis.",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!said.contains("Entwurf"), "it is no draft any more: {said}");
    server.kill();
}

#[test]
fn a_page_is_read_as_files_and_commands() {
    let page =
        "Text.\n\n`a/b.toml`\n\n```toml\nx = 1\n```\n\n```sh\nwegfrei x\n# exit code 1\n```\n\n```text\nno\n```\n";
    let steps = steps(page);
    let [Step::File { path, text }, Step::Run { lines, code, shown }] = steps.as_slice() else {
        panic!("{steps:?}")
    };
    assert_eq!((path.as_str(), text.as_str()), ("a/b.toml", "x = 1\n"));
    assert_eq!((lines.len(), *code, shown.as_slice()), (2, 1, &["no".to_owned()][..]));
}
