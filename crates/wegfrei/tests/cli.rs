//! The command line as an operator and an author meet it: what it prints, how it ends.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use std::collections::BTreeSet;
use std::fs;

use house::applicant::{Client, PEOPLE, application};
use house::{Dice, Ended, House, Server, run, wegfrei, workspace};
use serde_json::{Value, json};
use wegfrei_store::testing::Database;

/// The first words of a list in a help text.
fn listed(help: &str, title: &str) -> Vec<String> {
    let part = help.split(&format!("\n{title}:\n")).nth(1).unwrap_or_default();
    let part = part.split("\n\n").next().unwrap_or_default();
    let mut names: Vec<String> = part
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("          "))
        .filter_map(|line| line.split_whitespace().find(|word| !word.ends_with(',')))
        .map(str::to_owned)
        .collect();
    names.retain(|name| !matches!(name.as_str(), "help" | "--help" | "--version" | "--config"));
    names
}

#[test]
fn every_command_explains_itself() {
    for (command, commands, options) in [
        (
            "",
            "serve demo verify migrate jobs package form decision proof decide",
            "",
        ),
        ("serve", "", ""),
        ("demo", "", "--data --listen --database --empty --workers --package"),
        ("verify", "", "--data --database --checkpoint"),
        ("migrate", "", "--create"),
        ("jobs", "list retry", ""),
        ("jobs list", "", "--data --database"),
        ("jobs retry", "", "--data --database"),
        ("package", "check test letter", ""),
        ("package check", "", ""),
        ("package test", "", ""),
        ("package letter", "", "--output"),
        ("form", "check preview schema", ""),
        ("form check", "", "--list --land --readings"),
        ("form preview", "", "--list --land --listen"),
        ("form schema", "", "--list --land"),
        ("decision", "check diff", ""),
        ("decision check", "", "--json"),
        ("decision diff", "", "--json"),
        ("proof", "check", ""),
        ("proof check", "", "--key"),
        ("decide", "", "--input"),
    ] {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = run(&arguments).check(0, &["Usage: wegfrei"]).out.clone();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(listed(&help, "Commands"), words(commands), "{command}: {help}");
        let options: BTreeSet<String> = words(options).into_iter().collect();
        // Long helps put an option's explanation under it.
        let named: BTreeSet<String> = help
            .lines()
            .filter(|line| line.trim_start().starts_with('-') || line.trim_start().starts_with("-c"))
            .filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")))
            .map(str::to_owned)
            .filter(|name| !matches!(name.as_str(), "--help" | "--version" | "--config"))
            .collect();
        assert_eq!(named, options, "{command}: {help}");
        assert!(
            help.lines().next().unwrap().len() > 10,
            "{command} does not say what it does: {help}"
        );
    }
    run(&[]).check(2, &["Usage: wegfrei"]);
    run(&["sevre"]).check(2, &["sevre", "serve"]);
    run(&["decide", "x"]).check(2, &["--input"]);
}

/// Runs with a configuration file and variables.
fn configured(command: &str, file: Option<&str>, variables: &[(&str, &str)]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let mut line = wegfrei(&[command]);
    line.current_dir(folder.path());
    if let Some(text) = file {
        let path = folder.path().join("wegfrei.toml");
        fs::write(&path, text).unwrap();
        line.arg("--config").arg(path);
    }
    let ended: Ended = line.envs(variables.iter().copied()).output().unwrap().into();
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.len() <= usize::from(file.is_some()),
        "{command} that failed left {left:?}"
    );
    ended
}

#[test]
fn serve_says_all_that_is_missing() {
    configured("serve", None, &[]).check(1, &["public_url must begin with https://", "directory is not set"]);
    let all = [
        "demonstration = true",
        "public_url must begin with https://",
        "directory is not set",
        "imprint is not set",
        "privacy is not set",
        "accessibility is not set",
    ];
    configured("serve", Some("demonstration = true"), &[]).check(1, &all);
    configured("serve", None, &[("WEGFREI_DEMONSTRATION", "true")]).check(1, &all);
    configured("serve", None, &[("WEGFREI_RATE_LIMITS", "true")]).check(1, &["behind_proxy is not true"]);
    let texts = "imprint = \"legal.txt\"\nprivacy = \"legal.txt\"\naccessibility = \"legal.txt\"\n";
    let nearly = format!("public_url = \"https://example.org/\"\ndirectory = \"staff.toml\"\n{texts}");
    let ended = configured("serve", Some(&format!("{nearly}demonstration = true")), &[]);
    ended.check(1, &["demonstration = true"]);
    assert!(!ended.err.contains("public_url must"), "{}", ended.err);
    configured("serve", Some(&nearly), &[]).check(1, &["staff.toml"]);
    configured("serve", Some("public_url = \"https://example.org/portal\""), &[]).check(1, &["public_url", "host"]);
    // A file that would be ignored is refused.
    configured("demo", Some("listen = \"127.0.0.1:0\""), &[]).check(1, &["demo", "takes no configuration file"]);
    // A mistyped path makes no database.
    let typo = [("WEGFREI_DATABASE", "sqlite:tpyo.db")];
    configured("migrate", None, &typo).check(1, &["there is no database tpyo.db", "--create"]);
}

#[cfg(unix)]
#[test]
fn a_new_database_is_readable_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data/new.db");
    let mut migrate = wegfrei(&["migrate", "--create"]);
    migrate.env("WEGFREI_DATABASE", format!("sqlite:{}", file.display()));
    Ended::from(migrate.output().unwrap()).check(0, &["up to date"]);
    // Held open, so that the write-ahead log is there too.
    let holder = House::sqlite();
    let server = holder.start();
    let mut seen = 0;
    for folder in [file.parent().unwrap(), holder.data.path()] {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions()) & 0o777;
            if name.contains(".db") || name == "secret" {
                seen += 1;
                assert_eq!(mode, 0o600, "{name} {mode:o}");
            }
        }
    }
    assert!(seen >= 4, "{seen}: database, log, index, secret");
    server.kill();
}

#[test]
fn wrong_keys_and_values_are_named() {
    for command in ["serve", "migrate", "verify"] {
        configured(command, Some("listen = \"127.0.0.1:0\"\nlisen = \"x\""), &[]).check(1, &["lisen", "line 2"]);
        configured(command, Some("workers = \"two\""), &[]).check(1, &["workers", "line 1"]);
        configured(command, Some("listen = "), &[]).check(1, &["line 1"]);
        configured(command, None, &[("WEGFREI_X", "1")])
            .check(1, &["WEGFREI_X is no configuration key", "WEGFREI_LISTEN"]);
        configured(command, None, &[("WEGFREI_LISTEN", "8080")]).check(1, &["WEGFREI_LISTEN: "]);
        configured(command, None, &[("WEGFREI_LOG", "loud=,=")]).check(1, &["`log`", "loud"]);
        configured(command, None, &[("WEGFREI_CONFIG", "nowhere.toml")]).check(1, &["nowhere.toml", "No such file"]);
    }
    for database in ["mysql://x", "sqlite://x/y.db", "sqlite:", ""] {
        let ended = configured("migrate", None, &[("WEGFREI_DATABASE", database)]);
        ended.check(1, &["sqlite:"]);
    }
    let nobody = [("WEGFREI_DATABASE", "postgres://user:sesame@127.0.0.1:1/x")];
    let ended = configured("migrate", None, &nobody);
    ended.check(1, &["127.0.0.1:1"]);
    assert!(!ended.all().contains("sesame"), "a password is shown: {}", ended.all());
}

#[test]
fn packages_are_checked_and_tried() {
    let package = workspace().join("packages/services/hundesteuer");
    let folder = package.to_str().unwrap();
    run(&["package", "check", folder]).check(0, &["hundesteuer 1.", "is sound (5 adoptions)"]);
    let tried = run(&["package", "test", folder]);
    tried.check(0, &["0 failed"]);
    for entry in fs::read_dir(package.join("examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "grunddaten.toml" {
            assert!(
                tried
                    .out
                    .lines()
                    .any(|line| line.starts_with("ok ") && line.contains(&name)),
                "{name}: {}",
                tried.out
            );
        }
    }
    run(&["package", "check", "/nowhere"]).check(1, &["/nowhere"]);
    for above in ["packages/services", "packages"] {
        let above = workspace().join(above);
        run(&["package", "check", above.to_str().unwrap()])
            .check(1, &["is no package", "services/hundesteuer", "services/wohngeld"]);
    }
    let empty = tempfile::tempdir().unwrap();
    run(&["package", "check", empty.path().to_str().unwrap()]).check(1, &["package.toml"]);
    // `package test` does not try what is not sound.
    run(&["package", "test", empty.path().to_str().unwrap()]).check(1, &["package.toml"]);
}

/// One mistake in the real package: file, what stands there, what instead; expected are place and words.
#[test]
fn a_broken_package_is_named_by_file_and_line() {
    for (file, from, to, said) in [
        ("package.toml", "version = \"1", "versoin = \"1", "versoin"),
        ("process.bpmn", "<businessRuleTask", "<scriptTask", "scriptTask"),
        ("decision.dmn", "<text>floor(", "<text>flor(", "flor"),
        ("adoptions/15003000.toml", "[", "[[", "adoptions"),
        (
            "notices/bescheid.typ",
            "",
            "#nothing-of-this-name\n",
            "nothing-of-this-name",
        ),
    ] {
        let copy = house::files::copy_of_the_package();
        let path = copy.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let ended = run(&["package", "check", copy.path().to_str().unwrap()]);
        ended.check(1, &[&format!("{}:", path.display()), said, "→", "findings"]);
        let line = ended.out.lines().find(|line| line.contains(file)).unwrap();
        let numbers = line.split_once(&format!("{file}:")).unwrap().1.split(':').take(2);
        assert!(numbers.clone().all(|number| number.parse::<u32>().is_ok()), "{line}");
    }
    // Sound, but an example expects something else.
    let copy = house::files::copy_of_the_package();
    let path = copy.path().join("examples/01-erster-hund-magdeburg.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("gesamt_cent = 8000", "gesamt_cent = 8001")).unwrap();
    let ended = run(&["package", "test", copy.path().to_str().unwrap()]);
    ended.check(1, &["01-erster-hund-magdeburg.toml", "gesamt_cent", "8001"]);
    let with = |file: &str, from: &str, to: &str| {
        let copy = house::files::copy_of_the_package();
        let notices = copy.path().join("notices");
        // With a sample, `package check` would set the main letter.
        fs::remove_file(notices.join("bescheid.sample.json")).unwrap();
        let text = fs::read_to_string(notices.join(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(notices.join(file), text.replace(from, to)).unwrap();
        copy
    };
    // A letter asks for what no case has: on the main way, of a notice that takes the place of another, of a reminder.
    for (file, from, to) in [
        ("bescheid.typ", "decision.steuer_jahr_cent", "decision.steuer_nie_cent"),
        ("bescheid-leicht.typ", "replaced.code", "replaced.nummer"),
        ("erinnerung.typ", "request.frist", "request.nummer"),
    ] {
        let copy = with(file, from, to);
        let wanted = to.split_once('.').unwrap().1;
        let ended = run(&["package", "check", copy.path().to_str().unwrap()]);
        ended.check(1, &[&format!("notices/{file}:"), wanted, "findings"]);
    }
    // The names are right, and a letter fails all the same when it is set.
    for (file, from, to) in [
        (
            "bescheid.typ",
            "euro(decision.steuer_jahr_cent)",
            "euro(decision.satz_name)",
        ),
        ("bescheid-leicht.typ", "date-de(replaced.datum", "date-de(replaced.code"),
        ("erinnerung.typ", "date-de(request.frist", "date-de(request.text"),
    ] {
        let copy = with(file, from, to);
        let ended = run(&["package", "test", copy.path().to_str().unwrap()]);
        ended.check(1, &[&format!("notices/{file}:"), "FAIL  Erster Hund in Magdeburg"]);
    }
}

/// The real model, sound as it is; then a rule that contradicts others, a gap, and a rate decided otherwise.
#[test]
fn decision_tables_are_checked_and_compared() {
    let old = workspace().join("packages/services/hundesteuer/decision.dmn");
    let text = fs::read_to_string(&old).unwrap();
    let (old, folder) = (old.to_str().unwrap(), tempfile::tempdir().unwrap());
    let new = folder.path().join("neu.dmn");
    let check = |text: &str| {
        fs::write(&new, text).unwrap();
        run(&["decision", "check", new.to_str().unwrap()])
    };
    let first = "<text>0</text></inputEntry>\n        <outputEntry id=\"satz_erster_a1\">";
    assert!(text.contains(first));
    check(&text).check(
        0,
        &[
            "5 Tabellen geprüft, 5 davon ohne Fehler.",
            "Hinweis: keine Regel für gebrochene Zahlen",
        ],
    );
    check(&text.replace(first, &first.replace(">0<", ">[0..1]<"))).check(
        1,
        &[
            "Tabelle `steuersatz`",
            "Widerspruch: Die Regeln 2 und 3",
            "antrag.weitere_hunde = 1",
        ],
    );
    check(&text.replace(first, &first.replace(">0<", ">5<"))).check(
        1,
        &["Lücke: keine Regel für `antrag.gefaehrlich`: false und `antrag.weitere_hunde`: 0"],
    );
    check(&text.replace(
        "<text>\"assistenzhund\"</text></inputEntry>",
        "<text>\"blindenhund\"</text></inputEntry>",
    ))
    .check(1, &["Unerreichbar: Regel 2", "kein Wert von `antrag.ermaessigung`"]);
    check("<a/>").check(1, &["neu.dmn:1:1:"]);
    run(&["decision", "check", "gibt-es-nicht.dmn"]).check(1, &["gibt-es-nicht.dmn"]);
    let compare = |text: &str, more: &[&str]| {
        fs::write(&new, text).unwrap();
        let arguments = [&["decision", "diff", old, new.to_str().unwrap()], more].concat();
        run(&arguments)
    };
    compare(&text, &[]).check(0, &["Beide Fassungen entscheiden gleich"]);
    let named = text.replace("<text>\"erster Hund\"</text>", "<text>\"Ersthund\"</text>");
    compare(&named, &[]).check(
        1,
        &[
            "Tabelle `steuersatz` entscheidet anders:",
            "antrag.weitere_hunde = 0",
            "Ersthund",
            "anders entschieden",
        ],
    );
    let json: Value = serde_json::from_str(&compare(&named, &["--json"]).check(1, &[]).out).unwrap();
    assert_eq!(json["changes"][0]["name"], "steuersatz", "{json}");
    assert!(json["tried"]["entscheidung"]["differ"].as_u64().unwrap() > 0, "{json}");
    // The package's check knows it too.
    let copy = house::files::copy_of_the_package();
    let wrong = text.replace(first, &first.replace(">0<", ">0, [50..60]<"));
    fs::write(copy.path().join("decision.dmn"), wrong).unwrap();
    run(&["package", "check", copy.path().to_str().unwrap()]).check(1, &["decision.dmn:", "Die Regeln 2 und 4"]);
}

#[test]
fn the_letter_of_an_example_is_a_draft() {
    let package = workspace().join("packages/services/hundesteuer");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brief.pdf");
    let letter = |example: &str, file: &std::path::Path| {
        run(&[
            "package",
            "letter",
            package.to_str().unwrap(),
            example,
            "--output",
            file.to_str().unwrap(),
        ])
    };
    for (example, machine) in [
        ("examples/05-gefaehrlicher-hund-dessau.toml", false),
        ("01-erster-hund-magdeburg.toml", true),
    ] {
        letter(example, &file).check(0, &["brief.pdf: ", "pages, ", "(draft)"]);
        let text = std::process::Command::new("pdftotext")
            .arg(&file)
            .arg("-")
            .output()
            .unwrap();
        let text = String::from_utf8(text.stdout).unwrap().replace('\u{a0}', " ");
        assert!(text.contains("Entwurf – nicht versandt"), "{text}");
        let by_machine = text.contains("ausschließlich automationsgestützt erlassen");
        assert_eq!(by_machine, machine, "{example}: {text}");
    }
    let none = folder.path().join("none.pdf");
    letter("99.toml", &none).check(
        1,
        &[
            "99.toml is no example of the package",
            "examples/01-erster-hund-magdeburg.toml",
        ],
    );
    letter("17-nachweis-fehlt.toml", &none).check(1, &["Das Formular lehnt `G15000000004.F15000000020` ab"]);
    letter("01-erster-hund-magdeburg.toml", &folder.path().join("x/y.pdf")).check(1, &["x/y.pdf"]);
    assert!(!none.exists());
}

/// The file that journal and browser are tested with.
#[test]
fn a_proof_is_checked_offline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("beweis.json");
    let path = file.to_str().unwrap();
    let text = fs::read_to_string(workspace().join("crates/ground/journal/tests/proof.json")).unwrap();
    let proof: Value = serde_json::from_str(&text).unwrap();
    let key = proof["verifier"].as_str().unwrap();
    fs::write(&file, &text).unwrap();
    run(&["proof", "check", path]).check(
        0,
        &[
            "proven: entry 6",
            "15003000",
            "staff:sb-1@15003000",
            "Compare that key",
            key,
        ],
    );
    run(&["proof", "check", path, "--key", key]).check(0, &["proven: entry 6"]);
    let other = key.replace("15003000", "15002000");
    run(&["proof", "check", path, "--key", &other]).check(1, &["no verifier key"]);
    fs::write(&file, text.replace("+3fdf", "+3fdg")).unwrap();
    run(&["proof", "check", path]).check(1, &["NOT PROVEN"]);
    fs::write(&file, [0xff, 0xfe]).unwrap();
    run(&["proof", "check", path]).check(1, &["NOT PROVEN"]);
    run(&["proof", "check", "gibt-es-nicht.json"]).check(1, &["gibt-es-nicht.json"]);
}

fn decide(input: &Value) -> Ended {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), input.to_string()).unwrap();
    let package = workspace().join("packages/services/hundesteuer");
    run(&[
        "decide",
        package.to_str().unwrap(),
        "--input",
        file.path().to_str().unwrap(),
    ])
}

#[test]
fn decide_explains() {
    // The documented input.
    let file = workspace().join("docs/decide-input.json");
    let documented: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let decided: Value = serde_json::from_str(&decide(&documented).check(0, &[]).out).unwrap();
    assert_eq!(decided["value"]["gesamt_cent"], 8000, "{decided}");
    assert_eq!(decided["inputs"]["datum"], "2026-03-18");
    assert_eq!(decided["package"]["id"], "hundesteuer");
    assert_eq!(decided["package"]["sha256"].as_str().unwrap().len(), 64);
    let explanation = decided["explanation"].to_string();
    for part in [
        "Hundesteuersatzung der Landeshauptstadt Magdeburg",
        "Es ist der erste Hund",
        "entscheidung",
    ] {
        assert!(explanation.contains(part), "{part}: {explanation}");
    }
    // The same as a whole application, and byte by byte the same again.
    let whole =
        json!({ "authority": "15003000", "date": house::now().date().to_string(), "application": application(true) });
    let one = decide(&whole);
    let decided: Value = serde_json::from_str(&one.check(0, &[]).out).unwrap();
    assert_eq!(decided["value"]["automatisch"], false, "{decided}");
    assert_eq!(decide(&whole).out, one.out);

    let change = |name: &str, value: Value| {
        let mut input = documented.clone();
        input[name] = value;
        decide(&input)
    };
    change("authority", json!("15088215")).check(1, &["15088215 has not adopted"]);
    change("authority", json!("x")).check(1, &["x has not adopted"]);
    change("date", json!("2026-02-30")).check(1, &["YYYY-MM-DD"]);
    change("dat", json!("2026-02-30")).check(1, &["unknown field `dat`"]);
    change("application", json!({})).check(1, &["either `application` or `facts`"]);
    let mut application = whole.clone();
    application["application"]["G15000000001"]["F15000000001"] = json!("");
    decide(&application).check(1, &["problems", "G15000000001.F15000000001"]);
    change("facts", json!({ "rasse": 7 })).check(1, &[]);
    let package = workspace().join("packages/services/hundesteuer");
    run(&["decide", package.to_str().unwrap(), "--input", "/nowhere.json"]).check(1, &["/nowhere.json"]);
}

async fn with_one_case(house: &House) {
    let server = house.start();
    let client = Client::person(&server.origin, PEOPLE[0]).await;
    let key = Dice::new("cli").id();
    client
        .send("15003000", &key, &application(false))
        .await
        .unwrap()
        .check(201);
    assert_eq!(server.stop().code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_what_was_changed() {
    for house in [House::sqlite(), House::postgres().await] {
        with_one_case(&house).await;
        assert!(house.assert_clean("untouched") > 2);
        let store = wegfrei_store::Store::open(&house.url, &wegfrei_store::testing::options())
            .await
            .unwrap();
        let facts = "UPDATE journal_entry SET purpose = purpose || ' ' WHERE authority = '15003000' AND seq = 1";
        assert_eq!(store.execute(facts, &[]).await.unwrap(), 1);
        let ended = house.verify();
        ended.check(1, &["15003000", "findings"]);
        assert!(ended.out.lines().next().unwrap().contains("entry 1"), "{}", ended.all());
        let back = "UPDATE journal_entry SET purpose = substr(purpose, 1, length(purpose) - 1) \
                    WHERE authority = '15003000' AND seq = 1";
        store.execute(back, &[]).await.unwrap();
        house.assert_clean("mended");
        // A table for reading that does not say what the journal says.
        store.execute("DELETE FROM notice", &[]).await.unwrap();
        house.verify().check(1, &["notice"]);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_jobs_are_listed_and_run_again() {
    for house in [House::sqlite(), House::postgres().await] {
        with_one_case(&house).await;
        let jobs = |arguments: &[&str]| {
            let place = ["--data", house.data.path().to_str().unwrap(), "--database", &house.url];
            run(&[&["jobs"], arguments, &place].concat())
        };
        jobs(&["list"]).check(0, &["no dead jobs", "deadline: 0 due, 1 later"]);
        let store = wegfrei_store::Store::open(&house.url, &wegfrei_store::testing::options())
            .await
            .unwrap();
        let dies = "UPDATE jobs SET due = NULL, last_failure = 'the printer burns' WHERE kind = 'deadline'";
        assert_eq!(store.execute(dies, &[]).await.unwrap(), 1);
        let listed = jobs(&["list"]);
        listed.check(
            0,
            &[
                "deadline: 0 due, 0 later or under way, 1 dead",
                "15003000\tdeadline/",
                "the printer burns",
            ],
        );
        let id = listed
            .out
            .split('\t')
            .find(|word| word.starts_with("deadline/"))
            .unwrap();
        jobs(&["retry", "15003000", id]).check(0, &["due again"]);
        jobs(&["retry", "15003000", id]).check(1, &["no dead job", "jobs list"]);
        jobs(&["list"]).check(0, &["no dead jobs"]);
        store.close().await;
    }
    run(&["jobs", "list", "--data", "/nowhere"]).check(1, &["there is no database"]);
}

#[test]
fn verify_wants_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("nowhere");
    let shown = data.to_str().unwrap();
    run(&["verify", "--data", shown]).check(1, &["there is no database", shown]);
    assert!(!data.exists(), "verify made what it was to check");
    fs::create_dir_all(data.join("keys")).unwrap();
    fs::write(data.join("wegfrei.db"), "").unwrap();
    run(&["verify", "--data", shown]).check(1, &["run `wegfrei migrate`"]);
    fs::write(
        data.join("wegfrei.db"),
        "no database at all, but long enough to be taken for one",
    )
    .unwrap();
    run(&["verify", "--data", shown]).check(1, &["not a database"]);
    fs::remove_dir_all(data.join("keys")).unwrap();
    run(&["verify", "--data", shown]).check(1, &["no folder of keys"]);
    run(&["verify", "--data", shown, "--checkpoint", "/nowhere"]).check(1, &["/nowhere"]);
    run(&["verify", "--database", "sqlite:x"]).check(2, &["--data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_twice_is_migrate_once() {
    let postgres = Database::postgres().await;
    let sqlite = Database::sqlite();
    for url in [postgres.url(), sqlite.url()] {
        for _ in 0..2 {
            let mut migrate = wegfrei(&["migrate", "--create"]);
            let ended: Ended = migrate.env("WEGFREI_DATABASE", url).output().unwrap().into();
            ended.check(0, &["up to date"]);
        }
    }
    // A database of a later version is left alone.
    let store = sqlite.open().await;
    let later = "INSERT INTO migrations (id, place, statements) SELECT 'later-0001', COUNT(*), '' FROM migrations";
    store.execute(later, &[]).await.unwrap();
    configured("migrate", None, &[("WEGFREI_DATABASE", sqlite.url())]).check(1, &["later-0001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let house = House::sqlite();
    let server = house.start();
    let address = server.origin.trim_start_matches("http://").to_owned();
    let other = tempfile::tempdir().unwrap();
    run(&["demo", "--data", other.path().to_str().unwrap(), "--listen", &address])
        .check(1, &["cannot listen on", &address, "--listen", "in use"]);
    let production = Production::new();
    let mut serve = production.command();
    let ended: Ended = serve.env("WEGFREI_LISTEN", &address).output().unwrap().into();
    ended.check(1, &["cannot listen on", &address, "in use"]);
    server.kill();
}

/// A configuration that `serve` accepts.
struct Production(tempfile::TempDir);

impl Production {
    fn new() -> Production {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("staff.toml"), "").unwrap();
        for name in ["imprint", "privacy", "accessibility"] {
            let text = format!("{name} of Musterstadt\r\n\r\n\nsecond <b> paragraph\n");
            fs::write(folder.path().join(name), text).unwrap();
        }
        Production(folder)
    }

    fn command(&self) -> std::process::Command {
        let mut command = wegfrei(&["serve"]);
        command
            .current_dir(self.0.path())
            .env("WEGFREI_PUBLIC_URL", "https://example.org")
            .env("WEGFREI_DIRECTORY", "staff.toml")
            .env("WEGFREI_IMPRINT", "imprint")
            .env("WEGFREI_PRIVACY", "privacy")
            .env("WEGFREI_ACCESSIBILITY", "accessibility")
            .env("WEGFREI_LISTEN", "127.0.0.1:0");
        command
    }
}

/// In production nobody gets in through the demonstration's door.
#[tokio::test(flavor = "multi_thread")]
async fn production_has_no_demonstration_logins() {
    let production = Production::new();
    // A port of its own: the log says which, but only for people.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut command = production.command();
    command.env("WEGFREI_LISTEN", free.to_string());
    let server = Server::spawn(command);
    let client = Client::new(&format!("http://{free}"));
    let mut answer = client.get("/healthz").await;
    for _ in 0..200 {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        answer = client.get("/healthz").await;
    }
    assert_eq!(answer.unwrap().status, 200);
    client
        .post("/api/sessions", &json!({ "person": PEOPLE[0] }))
        .await
        .unwrap()
        .check(404);
    let page = client.get("/anmelden").await.unwrap();
    assert!(!page.text().contains("Mustermann"), "{}", page.text());
    assert_eq!(client.get("/").await.unwrap().status, 200);
    for (path, text) in [
        ("/impressum", "imprint"),
        ("/datenschutz", "privacy"),
        ("/barrierefreiheit", "accessibility"),
    ] {
        let page = client.get(path).await.unwrap().text();
        assert!(page.contains(&format!(">{text} of Musterstadt</p>")), "{page}");
        assert!(
            page.contains("second &#60;b&#62; paragraph") && !page.contains("Vorführung"),
            "{page}"
        );
    }
    let ended = server.stop();
    ended.check(0, &["listening", "stopping"]);
}

/// Two servers on one SQLite file: both serve, and the record stays whole.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_one_file() {
    let house = House::sqlite();
    let servers = [house.start(), house.start()];
    let mut dice = Dice::new("two servers");
    let data = application(false);
    let mut clients = Vec::new();
    for server in &servers {
        clients.push(Client::person(&server.origin, PEOPLE[0]).await);
    }
    // The login of one is good at the other.
    clients[1].token = clients[0].token.clone();
    for _ in 0..20 {
        let (one, two) = (dice.id(), dice.id());
        let (a, b, c) = tokio::join!(
            clients[0].send("15003000", &one, &data),
            clients[1].send("15003000", &two, &data),
            clients[1].send("15003000", &one, &data)
        );
        let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
        assert!(
            a.status.is_success() && b.status.is_success() && c.status.is_success(),
            "{a:?} {b:?} {c:?}"
        );
        assert_eq!(a.json()["reference"], c.json()["reference"]);
    }
    for client in &clients {
        assert_eq!(client.list("/api/cases").await.len(), 40);
    }
    for server in servers {
        assert_eq!(server.stop().code, Some(0));
    }
    house.assert_clean("after two servers");
}

/// The demonstration brings its cases once, and says how to check its record.
#[tokio::test(flavor = "multi_thread")]
async fn demonstration_begins_with_two_cases() {
    for house in [House::sqlite(), House::postgres().await] {
        for _ in 0..2 {
            let mut command = wegfrei(&["demo", "--listen", "127.0.0.1:0", "--data", house.folder()]);
            if house.url.starts_with("postgres") {
                command.args(["--database", &house.url]);
            }
            let mut server = Server::spawn(command);
            server.wait_until_ready();
            let client = Client::person(&server.origin, PEOPLE[0]).await;
            let cases = client.list("/api/cases").await;
            let mut statuses: Vec<&str> = cases.iter().map(|case| case["status"].as_str().unwrap()).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, ["decided", "in-review"], "{cases:?}");
            let ended = server.stop();
            let hint = ended
                .out
                .lines()
                .find_map(|line| line.trim().strip_prefix("wegfrei verify "))
                .unwrap();
            let words: Vec<&str> = hint.split_whitespace().map(|word| word.trim_matches('\'')).collect();
            let mut verify = wegfrei(&["verify"]);
            let ended: Ended = verify.args(words).output().unwrap().into();
            ended.check(0, &["clean"]);
            assert!(!ended.out.starts_with("0 journals"), "{}", ended.out);
        }
    }
}
