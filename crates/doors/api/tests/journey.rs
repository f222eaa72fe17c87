//! From the list of services to the notice and its proof, by programs only, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::http::{StatusCode, header};
use common::{Caller, ERIKA, HALLE, JOERG, MAGDEBURG, World, worlds};
use serde_json::{Value, json};
use wegfrei_journal::note::VerifierKey;
use wegfrei_journal::tree::{Hash, root_of};
use wegfrei_journal::{Checkpoint, EntryProof, ProofBundle};

#[tokio::test]
async fn a_whole_life_of_applications() {
    for world in worlds().await {
        what_there_is(&world).await;
        let code = the_ordinary_case(&world).await;
        a_case_for_the_desk(&world).await;
        an_outsider_checks(&world, &code).await;
        the_end(&world).await;
    }
}

async fn what_there_is(world: &World) {
    let nobody = world.nobody();
    nobody.get("/api/openapi.json").await.ok();
    let services = nobody.get("/api/services").await.ok();
    assert_eq!(services["items"][0]["id"], "hundesteuer");
    assert!(services["items"][0]["authorities"].as_u64().unwrap() >= 3);

    let service = nobody.get("/api/services/hundesteuer").await.ok();
    assert_eq!(service["language"], "de");
    assert!(
        service["modules"]
            .as_array()
            .unwrap()
            .iter()
            .any(|module| module["module"] == "costs")
    );
    let first = &service["form"]["pages"][0]["items"][0];
    assert_eq!(first["element"], "field");
    assert_eq!(first["path"], "G15000000001.F15000000001");
    assert_eq!(first["required"], true);
    assert_eq!(first["value"]["type"], "text");
    for (language, word) in [("en", "Summary"), ("de-leicht", "Das Wichtigste")] {
        let text = nobody
            .get(&format!("/api/services/hundesteuer?lang={language}"))
            .await
            .ok();
        assert_eq!(
            (&text["language"], &text["modules"][0]["heading"]),
            (&language.into(), &word.into())
        );
    }

    let adopters = nobody.get("/api/services/hundesteuer/authorities").await.ok();
    let adopters = adopters["items"].as_array().unwrap();
    let magdeburg = adopters
        .iter()
        .find(|adopter| adopter["authority"]["ags"] == MAGDEBURG)
        .unwrap();
    let rate = magdeburg["parameters"].as_array().unwrap();
    let rate = rate
        .iter()
        .find(|parameter| parameter["name"] == "satz_erster_hund")
        .unwrap();
    assert_eq!((&rate["value"], &rate["shown"]), (&json!(9600), &json!("96,00 €")));

    let by_code = nobody.get("/api/authorities?place=39104").await.ok();
    assert_eq!(by_code["items"][0]["authority"]["ags"], MAGDEBURG);
    let by_name = nobody.get("/api/authorities?place=magdebrug").await.ok();
    assert_eq!(by_name["items"][0]["authority"]["ags"], MAGDEBURG);
    assert_eq!(by_name["items"][0]["certain"], false);
    assert_eq!(nobody.get("/api/authorities?place=").await.ok()["items"], json!([]));
    assert!(
        nobody.get("/api/authorities").await.ok()["items"]
            .as_array()
            .unwrap()
            .len()
            > 200
    );
    let detail = nobody.get("/api/authorities/15003000").await.ok();
    assert_eq!(detail["authority"]["full_name"], "Landeshauptstadt Magdeburg");
    assert_eq!(detail["services"], json!(["hundesteuer", "widerspruch", "wohngeld"]));

    let competent = nobody
        .get("/api/services/hundesteuer/competent?place=15003000")
        .await
        .ok();
    assert_eq!(competent["offered"], true);
    assert_eq!(competent["apply"], magdeburg["apply"]);
    let barleben = nobody
        .get("/api/services/hundesteuer/competent?place=15083040")
        .await
        .ok();
    assert_eq!(
        (&barleben["offered"], &barleben["apply"]),
        (&json!(false), &Value::Null)
    );
}

/// Returns the notice's code.
async fn the_ordinary_case(world: &World) -> String {
    let erika = world.resident(ERIKA).await;
    let (case, data) = (world.cases.new_case_id(), world.example("01-erster-hund-magdeburg"));

    let mut incomplete = data.clone();
    incomplete["G15000000001"]
        .as_object_mut()
        .unwrap()
        .remove("F15000000003");
    incomplete["G15000000001"]["F99999999999"] = json!("Geheim-4711");
    let answer = erika.apply(MAGDEBURG, case, &incomplete).await;
    answer.is(422, "application");
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    for (path, code) in [
        ("G15000000001.F15000000003", "required"),
        ("G15000000001.F99999999999", "unknown"),
    ] {
        assert!(
            errors
                .iter()
                .any(|error| error["path"] == path && error["code"] == code),
            "{path} {code}: {errors:#?}"
        );
    }
    assert!(!answer.text().contains("4711"), "problems quote no answers");
    assert_eq!(
        erika.get("/api/cases").await.ok()["items"],
        json!([]),
        "nothing was sent"
    );

    let first = erika.apply(MAGDEBURG, case, &data).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let url = format!("/api/cases/{MAGDEBURG}/{case}");
    assert_eq!(first.header(header::LOCATION), url);
    for again in [&data, &incomplete, &json!([])] {
        let repeated = erika.apply(MAGDEBURG, case, again).await;
        assert_eq!(repeated.status, StatusCode::OK, "{}", repeated.text());
        assert_eq!(repeated.bytes, first.bytes);
        assert_eq!(repeated.header(header::LOCATION), url);
    }
    let shown = erika.get(&url).await.ok();
    assert_eq!(shown["status"], "decided");
    assert_eq!(shown["reference"], first.json()["reference"]);
    assert!(shown["status_text"].as_str().unwrap().contains("Postfach"));
    assert!(
        shown["due"].is_null(),
        "no period runs before the letter is posted: {shown}"
    );
    assert_eq!(erika.get("/api/cases").await.ok()["items"], json!([shown]));

    // The notice is there at once, its PDF follows.
    let mailbox = erika.get("/api/mailbox").await.ok();
    let letter = |mailbox: &Value| {
        let items = mailbox["items"].as_array().unwrap();
        items
            .iter()
            .find(|notice| notice["template"] == "bescheid")
            .unwrap()
            .clone()
    };
    let before = letter(&mailbox);
    let code = before["code"].as_str().unwrap().to_owned();
    assert_eq!(before["pdf"], Value::Null);
    let url = format!("/api/notices/{MAGDEBURG}/{}.pdf", before["notice"].as_str().unwrap());
    erika.get(&url).await.is(404, "not-found");
    let check = format!("/api/check?code={code}");
    assert_eq!(world.nobody().get(&check).await.ok()["result"], "not-yet");
    world.work().await;
    assert_eq!(letter(&erika.get("/api/mailbox").await.ok())["pdf"], url);
    let pdf = erika.get(&url).await;
    assert_eq!(pdf.header(header::CONTENT_TYPE), "application/pdf");
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    assert!(letter(&erika.get("/api/mailbox").await.ok())["read_at"].is_string());

    // Genuine by code and by file; not when one byte differs.
    let nobody = world.nobody();
    let by_code = nobody.get(&check).await.ok();
    assert_eq!(by_code["result"], "genuine");
    assert_eq!(by_code["notice"]["authority_name"], "Landeshauptstadt Magdeburg");
    let by_file = nobody
        .post_as("/api/check", "application/pdf", pdf.bytes.clone())
        .await
        .ok();
    assert_eq!(by_file["notice"]["pdf_sha256"], by_code["notice"]["pdf_sha256"]);
    let mut forged = pdf.bytes.clone();
    *forged.last_mut().unwrap() ^= 1;
    let forged = nobody.post_as("/api/check", "application/pdf", forged).await.ok();
    assert_eq!(
        (&forged["result"], &forged["notice"]),
        (&json!("unknown"), &Value::Null)
    );
    assert_eq!(
        nobody.get("/api/check?code=0000-0000-0000-0000").await.ok()["result"],
        "unknown"
    );

    // Another authority's staff is refused, and Erika sees that.
    let halle = world.staff("sb-halle-1", HALLE).await;
    let desk = format!("/api/desk/cases/{MAGDEBURG}/{case}?purpose=case-work");
    halle.get(&desk).await.is(403, "refused");
    halle.get(&format!("{url}?purpose=case-work")).await.is(403, "refused");
    let log = erika.get("/api/access-log").await.ok();
    let records = log["items"].as_array().unwrap();
    let refused: Vec<&Value> = records.iter().filter(|record| record["granted"] == false).collect();
    assert_eq!(refused.len(), 2, "{log:#}");
    assert!(
        refused
            .iter()
            .all(|record| record["who"].as_str().unwrap().contains("Halle"))
    );
    assert!(!log.to_string().contains("Karsten"), "functions, no names");
    assert!(
        records
            .iter()
            .any(|record| record["who"] == "Sie selbst" && record["parts"] == json!(["pdf"]))
    );
    assert_eq!(
        erika.get("/api/access-log?limit=1").await.ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // The record of the refusal is provably in the tree.
    let key = key(&nobody, MAGDEBURG).await;
    let joerg = world.resident(JOERG).await;
    for record in records {
        let path = record["proof"].as_str().unwrap();
        let proven = EntryProof::check(&erika.get(path).await.text(), Some(&key)).unwrap();
        assert_eq!(proven.time.to_string(), record["time"]);
        joerg.get(path).await.is(404, "not-found");
        nobody.get(path).await.is(401, "token");
    }

    // The competent authority's staff may read the letter, and so that is recorded too.
    let own = world.staff("sb-magdeburg-1", MAGDEBURG).await;
    assert_eq!(
        own.get(&format!("{url}?purpose=citizen-question")).await.bytes,
        pdf.bytes
    );
    let newest = &erika.get("/api/access-log?limit=1").await.ok()["items"][0];
    assert_eq!(newest["purpose"], "citizen-question");
    assert_eq!(newest["purpose_text"], "Rückfrage der antragstellenden Person");
    code
}

async fn a_case_for_the_desk(world: &World) {
    let joerg = world.resident(JOERG).await;
    let case = joerg.sent(HALLE, "12-rasse").await;
    let another = joerg.sent(HALLE, "12-rasse").await;
    let status = joerg.get(&format!("/api/cases/{HALLE}/{case}")).await.ok();
    assert_eq!(status["status"], "in-review");

    let desk = world.staff("sb-halle-1", HALLE).await;
    let page = desk.get("/api/desk/worklist?limit=1").await.ok();
    let next = page["next"].as_str().unwrap();
    let rest = desk
        .get(&format!("/api/desk/worklist?filter=open&limit=1&after={next}"))
        .await
        .ok();
    assert_eq!(rest["next"], Value::Null);
    let cases = [&page["items"][0]["case"], &rest["items"][0]["case"]];
    assert!(
        cases.contains(&&json!(case.to_string())) && cases.contains(&&json!(another.to_string())),
        "{cases:?}"
    );
    assert_eq!(
        desk.get("/api/desk/worklist?filter=all").await.ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let url = format!("/api/desk/cases/{HALLE}/{case}");
    let opened = desk.get(&format!("{url}?purpose=case-work")).await.ok();
    assert_eq!(
        opened["application"]["G15000000002"]["F15000000011"],
        "American Staffordshire Terrier"
    );
    assert!(
        !opened["decision"]["explanation"]["decisions"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let (task, version) = (&opened["task"], &opened["version"]);
    assert!(
        task["correctable"].as_object().unwrap().contains_key("gefaehrlich"),
        "{task}"
    );
    let url = format!("{url}/tasks/{}", task["task"].as_str().unwrap());
    let correct = |version: &Value, reason: &str, corrections: Value| json!({"verdict": "correct", "version": version, "reason": reason, "corrections": corrections});
    let reason = "Wesenstest vom 3. Februar 2026 lag vor.";
    desk.post(&url, &correct(version, " ", json!({"gefaehrlich": false})))
        .await
        .is(422, "verdict");
    desk.post(&url, &correct(version, reason, json!({})))
        .await
        .is(422, "verdict");
    desk.post(&url, &correct(version, reason, json!({"satz": 1})))
        .await
        .is(422, "verdict");
    for wrong in [json!("ja"), json!(1), json!(null), json!([true]), json!({})] {
        desk.post(&url, &correct(version, reason, json!({ "gefaehrlich": wrong })))
            .await
            .is(422, "verdict");
    }
    for (name, wrong) in [
        ("wurfdatum", json!("31.02.2026")),
        ("ermaessigung", json!("ganz")),
        ("weitere_hunde", json!("2")),
    ] {
        desk.post(&url, &correct(version, reason, json!({ name: wrong })))
            .await
            .is(422, "verdict");
    }
    let stale = json!(version.as_u64().unwrap() - 1);
    desk.post(&url, &correct(&stale, reason, json!({"gefaehrlich": true})))
        .await
        .is(409, "stale");
    let magdeburg = world.staff("sb-magdeburg-1", MAGDEBURG).await;
    magdeburg
        .post(&url, &json!({"verdict": "confirm", "version": version}))
        .await
        .is(403, "refused");

    let done = desk
        .post(&url, &correct(version, reason, json!({"gefaehrlich": true})))
        .await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text());
    desk.post(&url, &json!({"verdict": "confirm", "version": version}))
        .await
        .is(409, "stale");
    let mine = desk.get("/api/desk/worklist?filter=mine-done").await.ok();
    assert_eq!(mine["items"][0]["case"], case.to_string());
    let opened = desk
        .get(&format!("/api/desk/cases/{HALLE}/{case}?purpose=case-work"))
        .await
        .ok();
    assert_eq!(opened["done"][0]["verdict"], "corrected");
    assert_eq!(opened["done"][0]["reason"], reason);
    assert_eq!(opened["task"], Value::Null);
    assert!(opened["notices"].as_array().is_some_and(|notices| !notices.is_empty()));
    assert_eq!(
        joerg.get(&format!("/api/cases/{HALLE}/{case}")).await.ok()["status"],
        "decided"
    );
}

async fn key(caller: &Caller<'_>, authority: &str) -> VerifierKey {
    let answer = caller.get(&format!("/api/journal/{authority}/key")).await;
    VerifierKey::parse(answer.text().trim_end()).unwrap_or_else(|| panic!("{}", answer.text()))
}

fn bundle(json: &Value) -> ProofBundle {
    serde_json::from_value(json.clone()).unwrap()
}

/// Somebody with nothing but the public addresses and one printed code.
async fn an_outsider_checks(world: &World, code: &str) {
    let nobody = world.nobody();
    for authority in [MAGDEBURG, HALLE] {
        let key = key(&nobody, authority).await;
        let base = format!("/api/journal/{authority}");
        let note = nobody.get(&format!("{base}/checkpoint")).await;
        assert_eq!(note.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
        let checkpoint = Checkpoint::open(&note.text(), &key).expect("signed by this authority");
        let size = checkpoint.size;
        assert!((3..256).contains(&size), "{size}");
        let tile = nobody.get(&format!("{base}/tile/0/000.p/{size}")).await;
        assert_eq!(tile.header(header::CONTENT_TYPE), "application/octet-stream");
        let leaves: Vec<Hash> = tile.bytes.chunks_exact(32).filter_map(Hash::from_slice).collect();
        assert_eq!(leaves.len() as u64, size);
        assert_eq!(root_of(&leaves), checkpoint.root);
        for (seq, leaf) in leaves.iter().enumerate() {
            let proof = bundle(&nobody.get(&format!("{base}/proof/{seq}")).await.ok());
            assert_eq!(proof.leaf, leaf.to_string());
            assert_eq!(proof.check(&key).expect("a proof that holds").root, checkpoint.root);
        }
        let text = nobody.get(&format!("{base}/proof/0?format=tlog-proof")).await.text();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n"), "{text}");
        assert!(text.ends_with(&note.text()), "{text}");
        nobody.get(&format!("{base}/proof/{size}")).await.is(404, "not-found");
        for absent in [
            "entries/000",
            "0/000",
            "0/001",
            "8/000.p/1",
            "0/000.p/256",
            "0/x000/000.p/1",
            "00/000.p/1",
            "0/000.p/0",
        ] {
            nobody.get(&format!("{base}/tile/{absent}")).await.is(404, "not-found");
        }
    }
    // The proof that comes with an authenticity check holds under the authority's key and under no other's.
    let check = nobody.get(&format!("/api/check?code={code}")).await.ok();
    let proof = bundle(&check["notice"]["proof"]);
    let (own, other) = (key(&nobody, MAGDEBURG).await, key(&nobody, HALLE).await);
    let checkpoint = proof.check(&own).unwrap();
    assert_eq!(check["notice"]["root"], checkpoint.root.to_string());
    assert!(proof.check(&other).is_none());
    let mut moved = proof.clone();
    moved.seq += 1;
    assert!(moved.check(&own).is_none());
}

/// What tests/actions.rs, office.rs, help.rs, payments.rs and moves.rs go through.
const ELSEWHERE: &[&str] = &[
    "getActions",
    "getRequest",
    "addPaper",
    "removePaper",
    "answerRequest",
    "withdraw",
    "object",
    "followUp",
    "beginDraft",
    "decideAnew",
    "extendRequest",
    "takeBack",
    "assignTask",
    "handOver",
    "addNote",
    "listAbsences",
    "setAbsence",
    "endAbsence",
    "listLetters",
    "getLetter",
    "postLetter",
    "offerHelp",
    "getHelp",
    "takeHelpBack",
    "endHelp",
    "listHelping",
    "enterHelpCode",
    "stopHelping",
    "listCaseNotices",
    "listDuePayments",
    "previewPayments",
    "listPaymentRuns",
    "startPaymentRun",
    "getPaymentFile",
    "stopPayments",
    "listOldVersions",
    "previewMove",
    "listMoves",
    "startMove",
    "getMove",
    "takeMoveBack",
];

async fn the_end(world: &World) {
    let erika = world.resident(ERIKA).await;
    assert_eq!(erika.delete("/api/sessions").await.status, StatusCode::NO_CONTENT);
    erika.get("/api/cases").await.is(401, "token");

    // Every success the document promises was seen, and seen to fit.
    let seen = world.seen.lock().unwrap().clone();
    for operation in world.document.operations() {
        let id = operation.value["operationId"].as_str().unwrap();
        if operation.path.starts_with("/api/drafts/") || ELSEWHERE.contains(&id) {
            continue;
        }
        for status in operation.value["responses"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|status| status.starts_with('2'))
        {
            assert!(
                seen.contains(&(id.to_owned(), status.parse().unwrap())),
                "{id} never answered {status}"
            );
        }
    }
}
