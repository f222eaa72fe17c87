//! `wegfrei form`: what an author of a form gets to see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

fn dogs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packages/services/hundesteuer/form.xdf3.xml")
}

fn wegfrei() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wegfrei"))
}

#[test]
fn check_counts_and_tells_what_it_found() {
    let answer = wegfrei()
        .args(["form", "check", "--readings"])
        .arg(dogs())
        .output()
        .unwrap();
    assert!(answer.status.success());
    let report: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(report["id"], "S15000000001");
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["groups"], 5, "{report}");
    assert_eq!(report["fields"], 20, "{report}");
    assert!(report["rules"].as_u64().unwrap() > 0);
    assert_eq!(report["rules"], report["executable_rules"]);
    assert_eq!(
        report["readings"].as_array().unwrap().len() as u64,
        report["rules"].as_u64().unwrap()
    );

    // A rule that cannot be read is one less, and its place is told.
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("form.xml");
    let xml = std::fs::read_to_string(dogs())
        .unwrap()
        .replacen("DANN aktiviere F", "DANN aktivire F", 1);
    std::fs::write(&broken, xml).unwrap();
    let answer = wegfrei().args(["form", "check"]).arg(&broken).output().unwrap();
    assert!(answer.status.success());
    let report: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(
        report["executable_rules"].as_u64().unwrap() + 1,
        report["rules"].as_u64().unwrap()
    );
    assert_eq!(report["findings"][0]["file"], broken.display().to_string());
    assert!(
        report["findings"][0]["message"].as_str().unwrap().contains("aktivire"),
        "{report}"
    );

    std::fs::write(&broken, "<a/>").unwrap();
    let answer = wegfrei().args(["form", "check"]).arg(&broken).output().unwrap();
    assert!(!answer.status.success());
    let report: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(report["findings"][0]["line"], 1);
}

#[test]
fn schema_is_printed() {
    let answer = wegfrei().args(["form", "schema"]).arg(dogs()).output().unwrap();
    let schema: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(
        schema["properties"]["G15000000001"]["properties"].is_object(),
        "{schema}"
    );
}

/// Ends with the test.
struct Served(Child, String);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn served(extra: &[&str]) -> Served {
    let mut child = wegfrei()
        .args(["form", "preview", "--listen", "127.0.0.1:0"])
        .args(extra)
        .arg(dogs())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines
        .map(|line| line.unwrap())
        .find(|line| line.starts_with("http://"))
        .unwrap();
    Served(child, address)
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start)
        .unwrap_or_else(|| panic!("{start} is not in {text}"))
        .1
        .split(end)
        .next()
        .unwrap()
}

#[tokio::test]
async fn a_preview_is_clicked_through_with_live_rules() {
    let served = served(&[]);
    let base = &served.1;
    let client = reqwest::Client::new();
    let page = client.get(base).send().await.unwrap();
    assert!(page.url().path().starts_with("/vorschau/G"), "{}", page.url());
    let first = page.url().to_string();
    let policy = page
        .headers()
        .get("content-security-policy")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains("Vorschau S15000000001"), "{html}");
    // No portal around it, and no promise that it does not keep.
    assert!(html.contains("Nichts wird gespeichert oder gesendet. Alle "), "{html}");
    for foreign in ["/anmelden", "/impressum", "später weitermachen", "verschlüsselt"] {
        assert!(!html.contains(foreign), "{foreign}: {html}");
    }
    let token = between(&html, "name=\"csrf\" value=\"", "\"").to_owned();

    // An empty page comes back with what is missing.
    let wrong = client
        .post(&first)
        .form(&[("csrf", token.as_str()), ("weiter", "weiter")])
        .send()
        .await
        .unwrap();
    assert!(
        wrong.url().query().unwrap_or_default().contains("fehler=1"),
        "{}",
        wrong.url()
    );
    assert!(wrong.text().await.unwrap().contains("Bitte füllen Sie das Feld"));

    // Without the token nothing is taken.
    let foreign = client.post(&first).form(&[("weiter", "weiter")]).send().await.unwrap();
    assert_eq!(foreign.status(), 403);

    // A reduction opens the question after its kind: a rule of the form.
    let pages = std::fs::read_to_string(dogs()).unwrap();
    let rule = between(&pages, "WENN F15000000018", "DANN aktiviere");
    assert!(rule.contains("merkzeichen"), "{rule}");
    let group = format!("{base}/G15000000004");
    let closed = client.get(&group).send().await.unwrap().text().await.unwrap();
    assert!(!closed.contains("G15000000004.F15000000019\""), "{closed}");
    let path = "G15000000004.F15000000018";
    let sent = client
        .post(&group)
        .form(&[("csrf", token.as_str()), (path, "merkzeichen"), ("weiter", "weiter")])
        .send()
        .await
        .unwrap();
    let open = sent.text().await.unwrap();
    assert!(open.contains("G15000000004.F15000000019\""), "{open}");

    let summary = client
        .get(format!("{base}/pruefen"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        summary.contains("?ziel=pruefen&#38;fehler=1#")
            || summary.contains("?ziel=pruefen&amp;fehler=1#")
            || summary.contains("?ziel=pruefen&fehler=1#"),
        "{summary}"
    );
    let again = client.get(format!("{base}/neu")).send().await.unwrap();
    assert_eq!(again.url().to_string(), first);
    let style = between(&html, "rel=\"stylesheet\" href=\"", "\"");
    let root = base.trim_end_matches("/vorschau");
    assert!(
        client
            .get(format!("{root}{style}"))
            .send()
            .await
            .unwrap()
            .status()
            .is_success(),
        "{style}"
    );
}

#[test]
fn a_preview_is_for_this_machine_only() {
    let answer = wegfrei()
        .args(["form", "preview", "--listen", "0.0.0.0:0"])
        .arg(dogs())
        .output()
        .unwrap();
    assert!(!answer.status.success());
    assert!(
        String::from_utf8_lossy(&answer.stderr).contains("for this machine only"),
        "{answer:?}"
    );
}
