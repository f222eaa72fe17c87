//! Deciding anew after an objection has succeeded: notice and payments that take the place of the first ones, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ERIKA, World, at, files, magdeburg, person, staff, worlds};
use serde_json::{Map, Value, json};
use wegfrei_cases::{
    Authenticity, CaseError, Confirmed, Contact, ObjectionStand, PaymentStanding, RequestStand, Status, Supplied,
    TakeBack, Verdict,
};
use wegfrei_identity::Purpose;
use wegfrei_model::{CaseId, Month, NoticeId, Timestamp};

fn correct(name: &str, value: Value, reason: &str) -> Verdict {
    Verdict::Correct {
        reason: reason.to_owned(),
        corrections: Map::from_iter([(name.to_owned(), value)]),
        answers: Map::new(),
    }
}

fn confirm() -> Verdict {
    Verdict::Confirm { reason: String::new() }
}

async fn decisions(world: &World, case: CaseId) -> Vec<NoticeId> {
    let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
    let mut found: Vec<_> = mailbox
        .iter()
        .filter(|known| known.case == case && known.template == "bescheid")
        .collect();
    found.sort_by_key(|known| known.issued_at);
    found.iter().map(|known| known.notice).collect()
}

/// The objection to the newest notice of a case, decided on by `md-2`.
async fn objected(world: &World, case: CaseId, result: &str) -> CaseId {
    let notice = *decisions(world, case).await.last().unwrap();
    let filed = world
        .cases
        .object(person(ERIKA), magdeburg(), case, notice, "Das stimmt nicht.")
        .await;
    let objection = filed.unwrap().case;
    world
        .verdict("md-2", objection, correct("ergebnis", json!(result), "Nach Aktenlage."))
        .await
        .unwrap();
    world.post().await;
    objection
}

async fn begin(world: &World, who: &str, case: CaseId) -> Result<(), CaseError> {
    // Later than what went before.
    world.clock.advance(Duration::from_secs(60));
    world
        .cases
        .redecide(&staff(who), Purpose::LegalRemedy, magdeburg(), case)
        .await
}

/// The first objection to a case, as its owner sees it there.
async fn stand(world: &World, case: CaseId) -> ObjectionStand {
    let actions = world.cases.my_actions(person(ERIKA), magdeburg(), case).await;
    actions.unwrap().objections[0].stand
}

async fn take_back(world: &World, who: &str, case: CaseId, reason: &str) -> Result<(), CaseError> {
    let purpose = Purpose::LegalRemedy;
    let cases = &world.cases;
    cases.take_back(&staff(who), purpose, magdeburg(), case, reason).await
}

async fn status(world: &World, case: CaseId) -> Status {
    let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await;
    summary.unwrap().status
}

async fn kinds(world: &World, case: CaseId) -> Vec<String> {
    let timeline = world.desk("md-2", case).await.timeline;
    timeline.into_iter().map(|item| item.kind).collect()
}

#[tokio::test]
async fn a_new_decision_replaces_the_contested_one_and_carries_the_objection_out() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("05-gefaehrlicher").await;
        world.verdict("md", case, confirm()).await.unwrap();
        world.post().await;
        let early = begin(&world, "md", case).await;
        assert!(
            matches!(early, Err(CaseError::Verdict(_))),
            "nothing is granted: {early:?}"
        );
        let objection = objected(&world, case, "abhilfe").await;
        for nobody in ["lead", "dsb", "betrieb"] {
            let refused = begin(&world, nobody, case).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{nobody}: {refused:?}");
        }
        assert!(world.desk("md-2", case).await.redecide && !world.desk("lead", case).await.redecide);
        assert!(!world.desk("md-2", objection).await.redecide);

        begin(&world, "md-2", case).await.unwrap();
        assert!(
            matches!(begin(&world, "md-2", case).await, Err(CaseError::Stale)),
            "a double click"
        );
        let view = world.desk("md-2", case).await;
        let task = view.task.clone().unwrap();
        // It has as long again as an application has (§ 75 VwGO): nothing is overdue the moment it is begun.
        let rows = world
            .store
            .fetch("SELECT due FROM case_task WHERE open = 1", &[])
            .await
            .unwrap();
        let dues: Vec<i64> = rows.iter().map(|row| row.int("due").unwrap()).collect();
        let three_months = cases.now().date().checked_add(jiff::Span::new().months(3)).unwrap();
        assert!(
            dues.contains(&Timestamp::end_of_day(three_months).as_micros()),
            "{dues:?}"
        );
        assert_eq!(
            (task.holder.unwrap().id.as_str(), task.can_confirm, view.redecide),
            ("md-2", false, false)
        );
        assert_eq!(status(&world, case).await, Status::InReview);
        // What was contested with success is not confirmed.
        match world.verdict("md-2", case, confirm()).await {
            Err(CaseError::Verdict(text)) => assert!(text.contains("Widerspruch hatte Erfolg"), "{text}"),
            other => panic!("{other:?}"),
        }
        let held = world.verdict("md", case, confirm()).await;
        assert!(matches!(held, Err(CaseError::Held(_))), "{held:?}");
        let gentle = correct("gefaehrlich", json!(false), "Der Wesenstest lag vor.");
        let step = at("md-2", case, task.task);
        assert!(
            cases
                .preview_letter(&step, gentle.clone())
                .await
                .unwrap()
                .bytes
                .starts_with(b"%PDF-")
        );
        // Nothing has changed so far, and the objection still waits.
        assert_eq!(stand(&world, case).await, ObjectionStand::Granted { in_part: false });
        world.verdict("md-2", case, gentle).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, objection).await, Status::Final, "carried out");
        // Who made the new notice is not taken for who made the contested one, and nobody is warned of what is over.
        let contested = world.desk("md-2", objection).await.contested.unwrap();
        assert_eq!((contested.by.as_deref(), contested.by_reader), (Some("M"), false));
        assert!(!world.desk("md", objection).await.contested.unwrap().by_reader);
        let done = world.desk("md-2", objection).await.done;
        assert!(
            done.last()
                .unwrap()
                .reason
                .contains("durch einen neuen Bescheid ersetzt")
        );
        let view = world.desk("md-2", case).await;
        assert_eq!(view.decision.as_ref().unwrap().value["satz_name"], "erster Hund");
        assert!(!view.redecide);
        // The new notice has a period of its own, which begins when it leaves the house.
        let all = decisions(&world, case).await;
        assert_eq!(all.len(), 2);
        let carried_out = ObjectionStand::CarriedOut {
            in_part: false,
            by: Some(all[1]),
        };
        assert_eq!(stand(&world, case).await, carried_out);
        let object = cases.my_actions(erika, magdeburg(), case).await.unwrap().object;
        assert_eq!(object, [(all[1], None)]);
        world.post().await;
        let due = cases.my_actions(erika, magdeburg(), case).await.unwrap().object[0]
            .1
            .unwrap();
        assert_eq!(status(&world, case).await, Status::Decided);
        world.past(due).await;
        assert_eq!(status(&world, case).await, Status::Final);
        let kinds = kinds(&world, case).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "decision.reopened").count(), 1);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What was replaced before it was posted is not posted; a second objection, to the new notice, is possible.
#[tokio::test]
async fn a_replaced_notice_that_is_still_in_the_house_stays_there() {
    for world in worlds().await {
        let case = world.sent("05-gefaehrlicher").await;
        world.verdict("md", case, confirm()).await.unwrap();
        world.work().await;
        let old = decisions(&world, case).await[0];
        let notice = decisions(&world, case).await[0];
        let filed = world
            .cases
            .object(person(ERIKA), magdeburg(), case, notice, "")
            .await
            .unwrap();
        let granted = correct("ergebnis", json!("teilabhilfe"), "Nach Aktenlage.");
        world.verdict("md-2", filed.case, granted).await.unwrap();
        world.work().await;
        begin(&world, "md-2", case).await.unwrap();
        let gentle = correct("gefaehrlich", json!(false), "Der Wesenstest lag vor.");
        world.verdict("md-2", case, gentle).await.unwrap();
        world.work().await;
        let waiting = world.cases.outbox(&staff("md"), None, 50).await.unwrap().items;
        assert!(waiting.iter().all(|letter| letter.notice != old), "{waiting:?}");
        assert!(waiting.iter().any(|letter| letter.case == case));
        // The part that was refused can still be sued for: the objection is open, its change is carried out.
        world.post().await;
        let view = world.desk("md-2", case).await;
        let objection = &view.objections[0];
        let carried_out = matches!(objection.stand, ObjectionStand::CarriedOut { in_part: true, .. });
        assert!(carried_out && objection.closed_at.is_none());
        assert!(
            world
                .cases
                .my_actions(person(ERIKA), magdeburg(), filed.case)
                .await
                .unwrap()
                .sue
                .is_some()
        );
        objected(&world, case, "zurueckweisung").await;
        world.clock.advance(Duration::from_secs(70 * 24 * 3600));
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Four eyes as in a first decision.
#[tokio::test]
async fn the_second_person_releases_the_new_decision_too() {
    for world in worlds().await {
        let case = world.sent_full("05-gefaehrlicher").await;
        let release = || Verdict::Release { reason: String::new() };
        world.verdict("md", case, confirm()).await.unwrap();
        world.verdict("md-2", case, release()).await.unwrap();
        world.post().await;
        let objection = objected(&world, case, "abhilfe").await;
        begin(&world, "md-2", case).await.unwrap();
        let dogs = correct("weitere_hunde", json!(1), "Es sind zwei Hunde.");
        world.verdict("md-2", case, dogs).await.unwrap();
        world.work().await;
        assert_eq!(
            status(&world, objection).await,
            Status::InReview,
            "not before it is released"
        );
        let own = world.verdict("md-2", case, release()).await;
        assert!(matches!(own, Err(CaseError::Verdict(_))), "{own:?}");
        // Sent back, the new proposal can be confirmed.
        let back = Verdict::Return {
            reason: "Stimmt das?".to_owned(),
        };
        world.verdict("md", case, back).await.unwrap();
        world.verdict("md-2", case, confirm()).await.unwrap();
        world.verdict("md", case, release()).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, objection).await, Status::Final);
        assert_eq!(decisions(&world, case).await.len(), 2);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

/// What a run of a month would pay now, and the run itself.
async fn paid(world: &World, until: &str) -> i64 {
    let lead = staff("lead");
    let shown = world
        .cases
        .payment_preview(&lead, magdeburg(), month(until))
        .await
        .unwrap();
    let confirmed = Confirmed {
        run: shown.run,
        digest: shown.digest,
    };
    world
        .cases
        .payment_run(&lead, magdeburg(), month(until), confirmed)
        .await
        .unwrap();
    i64::try_from(shown.cents).unwrap()
}

async fn monthly(world: &World, case: CaseId) -> i64 {
    let decision = world.desk("md", case).await.decision.unwrap();
    decision.value["betrag_cent"].as_i64().unwrap()
}

/// Wohngeld of Erika's, decided with this rent, in the house no more.
async fn rent(world: &World, cent: Option<i64>) -> (CaseId, i64) {
    let case = world.cases.new_case_id();
    let data = world.example_of("wohngeld", "01-rentnerin");
    let sent = world
        .cases
        .submit_direct(person(ERIKA), magdeburg(), "wohngeld", case, &data)
        .await;
    sent.unwrap();
    let correctable = world.desk("md", case).await.task.unwrap().correctable;
    let asked = correctable
        .iter()
        .find(|(name, _)| name == "kaltmiete_cent")
        .unwrap()
        .1
        .as_i64()
        .unwrap();
    let verdict = match cent {
        None => confirm(),
        Some(less) => correct("kaltmiete_cent", json!(asked - less), "Laut Vertrag."),
    };
    world.verdict("md", case, verdict).await.unwrap();
    world.post().await;
    (case, asked)
}

#[tokio::test]
async fn what_was_paid_too_little_comes_with_the_next_payment_and_nothing_is_paid_twice() {
    for world in worlds().await {
        let (case, asked) = rent(&world, Some(15_000)).await;
        let old = monthly(&world, case).await;
        assert_eq!(paid(&world, "2026-04").await, 2 * old);
        objected(&world, case, "abhilfe").await;
        // While it is decided anew, what is planned goes on.
        begin(&world, "md-2", case).await.unwrap();
        let right = correct("kaltmiete_cent", json!(asked - 5_000), "Die Miete stand im Vertrag.");
        world.verdict("md-2", case, right).await.unwrap();
        world.post().await;
        let new = monthly(&world, case).await;
        assert!(new > old, "{new} {old}");
        let lines = world.desk("md", case).await.payments;
        let standing = |line: usize| (lines[line].month, lines[line].standing);
        assert_eq!(lines.len(), 12);
        assert_eq!(standing(1), (month("2026-04"), PaymentStanding::Exported));
        assert_eq!(standing(2), (month("2026-05"), PaymentStanding::Planned));
        world.clock.advance(Duration::from_secs(30 * 24 * 3600));
        assert_eq!(paid(&world, "2026-05").await, new + 2 * (new - old), "April 17th");
        // Once more: what was paid back counts as paid for the months it was for.
        objected(&world, case, "abhilfe").await;
        begin(&world, "md-2", case).await.unwrap();
        let more = correct("kaltmiete_cent", json!(asked), "Die Miete ist gestiegen.");
        world.verdict("md-2", case, more).await.unwrap();
        world.post().await;
        let newest = monthly(&world, case).await;
        assert!(newest > new, "{newest} {new}");
        world.clock.advance(Duration::from_secs(30 * 24 * 3600));
        assert_eq!(paid(&world, "2026-06").await, newest + 3 * (newest - new), "May 17th");
        // The amounts were opened for it, and it is recorded.
        let log = world.cases.access_log(person(ERIKA), 200).await.unwrap();
        let opened = log
            .iter()
            .filter(|record| record.parts.contains(&"payments".to_owned()));
        assert!(
            opened
                .into_iter()
                .any(|record| record.who.starts_with("Sachbearbeitung")),
            "{log:?}"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_was_paid_too_much_is_not_taken_back() {
    for world in worlds().await {
        let (case, asked) = rent(&world, None).await;
        let old = monthly(&world, case).await;
        assert_eq!(paid(&world, "2026-03").await, old);
        objected(&world, case, "teilabhilfe").await;
        begin(&world, "md-2", case).await.unwrap();
        let less = correct("kaltmiete_cent", json!(asked - 15_000), "Laut Vertrag.");
        world.verdict("md-2", case, less).await.unwrap();
        world.post().await;
        let new = monthly(&world, case).await;
        assert!(new < old, "{new} {old}");
        assert_eq!(paid(&world, "2026-04").await, new);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// When a notice was replaced, as its owner, and as anybody who has it in hand is told.
async fn replaced(world: &World, notice: NoticeId) -> [Option<Timestamp>; 2] {
    let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
    let known = mailbox.iter().find(|known| known.notice == notice).unwrap();
    match world.cases.check_code(&known.code).await.unwrap() {
        Authenticity::Genuine(genuine) => [known.replaced_at, genuine.replaced_at],
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_notice_that_was_replaced_says_so_with_what_it_was_sent_with() {
    for world in worlds().await {
        let case = world.sent("05-gefaehrlicher").await;
        world.verdict("md", case, confirm()).await.unwrap();
        world.post().await;
        objected(&world, case, "abhilfe").await;
        begin(&world, "md-2", case).await.unwrap();
        let old = decisions(&world, case).await[0];
        assert_eq!(world.desk("md-2", case).await.replaces, Some(old));
        assert_eq!(
            replaced(&world, old).await,
            [None, None],
            "not before there is a new one"
        );
        let gentle = correct("gefaehrlich", json!(false), "Der Wesenstest lag vor.");
        world.verdict("md-2", case, gentle).await.unwrap();
        world.work().await;
        let now = world.cases.now();
        let new = decisions(&world, case).await[1];
        assert_eq!(replaced(&world, old).await, [Some(now), Some(now)]);
        assert_eq!(replaced(&world, new).await, [None, None]);
        assert_eq!(world.desk("md-2", case).await.replaces, None);
        let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
        let enclosures = mailbox.iter().filter(|known| known.template == "bescheid-leicht");
        let enclosures: Vec<_> = enclosures.map(|known| known.replaced_at).collect();
        assert_eq!(enclosures, [None, Some(now)], "newest first");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Deciding anew is called off: everything is as it was, and can be begun again.
#[tokio::test]
async fn deciding_anew_is_taken_back_before_it_is_decided() {
    for world in worlds().await {
        let case = world.sent_full("05-gefaehrlicher").await;
        let release = || Verdict::Release { reason: String::new() };
        world.verdict("md", case, confirm()).await.unwrap();
        world.verdict("md-2", case, release()).await.unwrap();
        world.post().await;
        let objection = objected(&world, case, "abhilfe").await;
        let before = world.desk("md-2", case).await;
        assert_eq!(before.take_back, None);
        assert!(matches!(
            take_back(&world, "md-2", case, "Nein.").await,
            Err(CaseError::Stale)
        ));
        begin(&world, "md-2", case).await.unwrap();
        // Meanwhile the objection is neither decided otherwise, nor ended by hand, nor taken back itself.
        let other = correct("ergebnis", json!("teilabhilfe"), "Nur zum Teil.");
        let by_hand = Verdict::Confirm {
            reason: "Auf anderem Weg geändert.".to_owned(),
        };
        for refused in [
            world.verdict("md-2", objection, by_hand).await,
            world.verdict("md-2", objection, other).await,
            take_back(&world, "md-2", objection, "Doch nicht.").await,
        ] {
            match refused {
                Err(CaseError::Verdict(text)) => assert!(text.contains("zuerst „Neu entscheiden“ zurück"), "{text}"),
                other => panic!("{other:?}"),
            }
        }
        let held = take_back(&world, "md", case, "Doch nicht.").await;
        assert!(matches!(held, Err(CaseError::Held(_))), "{held:?}");
        // It was reviewed already, and waits for release; that is called off too.
        let dogs = correct("weitere_hunde", json!(1), "Es sind zwei Hunde.");
        world.verdict("md-2", case, dogs).await.unwrap();
        assert_eq!(world.desk("md", case).await.take_back, Some(TakeBack::Redecision));
        let silent = take_back(&world, "md", case, " ").await;
        assert!(matches!(silent, Err(CaseError::Verdict(_))), "{silent:?}");
        for nobody in ["lead", "dsb", "hal"] {
            let refused = take_back(&world, nobody, case, "Weil.").await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{nobody}: {refused:?}");
        }
        take_back(&world, "md", case, "Die Akte fehlt noch.").await.unwrap();
        world.work().await;

        let after = world.desk("md-2", case).await;
        assert!(after.task.is_none() && after.redecide && after.replaces.is_none());
        assert_eq!(after.decision.unwrap().value, before.decision.unwrap().value);
        assert_eq!((after.amended, after.changes), (before.amended, before.changes));
        assert_eq!(
            after.notes.last().unwrap().text,
            "„Neu entscheiden“ zurückgenommen: Die Akte fehlt noch."
        );
        assert_eq!(status(&world, case).await, Status::Contested);
        assert_eq!(stand(&world, case).await, ObjectionStand::Granted { in_part: false });
        assert_eq!(status(&world, objection).await, Status::InReview);
        // Who decided first is still who did.
        assert_eq!(
            world.desk("md-2", objection).await.contested.unwrap().by.as_deref(),
            Some("M")
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
        // And once more, to the end: the period that was restored is called off again, the new one passes.
        begin(&world, "md-2", case).await.unwrap();
        let gentle = correct("gefaehrlich", json!(false), "Der Wesenstest lag vor.");
        world.verdict("md-2", case, gentle).await.unwrap();
        world.post().await;
        assert_eq!(status(&world, objection).await, Status::Final);
        let value = world.desk("md", case).await.decision.unwrap().value;
        assert_eq!(value["satz_name"], "erster Hund", "what was taken back counts no more");
        world.clock.advance(Duration::from_secs(70 * 24 * 3600));
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What the person was asked for meanwhile stood in the file as never answered, though they could not answer any more; nobody told them.
#[tokio::test]
async fn what_was_asked_while_it_was_decided_anew_is_called_off_with_it() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent_full("05-gefaehrlicher").await;
        let release = Verdict::Release { reason: String::new() };
        world.verdict("md", case, confirm()).await.unwrap();
        world.verdict("md-2", case, release).await.unwrap();
        world.post().await;
        objected(&world, case, "abhilfe").await;
        begin(&world, "md-2", case).await.unwrap();
        let request = Verdict::RequestPapers {
            text: "Bitte senden Sie uns den Wesenstest.".to_owned(),
            papers: Vec::new(),
            due: "2026-04-15".parse().unwrap(),
        };
        world.verdict("md-2", case, request).await.unwrap();
        world.post().await;
        let asked = async || cases.my_request(erika, magdeburg(), case).await.unwrap().unwrap();
        let until = asked().await.until;
        let server = common::smtp::MailServer::start().await;
        let smtp = wegfrei_post::Smtp::new(wegfrei_post::SmtpOptions {
            server: server.url.clone(),
            credentials: None,
            from: wegfrei_model::EmailAddress::parse("postfach@weg.example").unwrap(),
        });
        cases.set_mailer(std::sync::Arc::new(smtp.unwrap()));
        let address = wegfrei_model::EmailAddress::parse("q17@post.example").unwrap();
        let email = Contact::Email { address };
        cases.set_contact(erika, magdeburg(), case, email).await.unwrap();
        world.clock.advance(Duration::from_secs(2 * 24 * 3600));
        world.work().await;
        assert!(server.mails().is_empty() && asked().await.open);

        take_back(&world, "md", case, "Die Akte fehlt noch.").await.unwrap();
        let called_off = RequestStand::CalledOff { at: cases.now() };
        world.work().await;
        assert_eq!(server.mails().len(), 1, "they are told that there is news");
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        assert_eq!((actions.supply, actions.called_off), (None, Some(cases.now())));
        // Also when its last day is over, nobody has missed it, and what comes all the same is not late.
        world.past(until).await;
        assert_eq!((asked().await.open, asked().await.stand), (false, called_off));
        let sent = cases.supply(erika, magdeburg(), case, "Doch noch etwas.").await;
        assert_eq!(sent.unwrap(), Supplied::Further);
        let view = world.desk("md", case).await;
        assert_eq!(view.requests.last().unwrap().stand, called_off);
        assert!(view.redecide && kinds(&world, case).await.contains(&"request.called-off".to_owned()));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The old notice left the house while it was being replaced: no period ran that could be set. Taken back, its provisional end counted, weeks
/// too early.
#[tokio::test]
async fn a_notice_posted_while_it_was_decided_anew_keeps_its_whole_period() {
    for world in worlds().await {
        let case = world.sent("05-gefaehrlicher").await;
        world.verdict("md", case, confirm()).await.unwrap();
        world.work().await;
        let notice = decisions(&world, case).await[0];
        let filed = world.cases.object(person(ERIKA), magdeburg(), case, notice, "").await;
        let objection = filed.unwrap().case;
        let granted = correct("ergebnis", json!("abhilfe"), "Nach Aktenlage.");
        world.verdict("md-2", objection, granted).await.unwrap();
        world.work().await;
        begin(&world, "md-2", case).await.unwrap();
        world.clock.advance(Duration::from_secs(7 * 24 * 3600));
        world.post().await;
        take_back(&world, "md-2", case, "Doch nicht.").await.unwrap();
        // Posted on Wednesday 25 March: the fourth day is a Sunday, so Monday the 30th; one month.
        let sql = "SELECT due FROM deadline WHERE case_id = $1 AND name = 'rechtsbehelfsfrist'";
        let rows = world.store.fetch(sql, &[case.to_string().into()]).await.unwrap();
        let ends: Vec<i64> = rows.iter().map(|row| row.int("due").unwrap()).collect();
        let whole = Timestamp::parse("2026-04-30T22:00:00Z").unwrap();
        assert_eq!(ends, [whole.as_micros()]);
        // And that period ends the case, when nothing keeps it open any more.
        take_back(&world, "md-2", objection, "Doch nicht.").await.unwrap();
        let refused = correct("ergebnis", json!("zurueckweisung"), "Nach Aktenlage.");
        world.verdict("md-2", objection, refused).await.unwrap();
        world.post().await;
        world.clock.advance(Duration::from_secs(70 * 24 * 3600));
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What was called off leaves the notice with the period it had: when the objection has ended, that period ends the case.
#[tokio::test]
async fn a_notice_that_is_not_replaced_after_all_becomes_final() {
    for world in worlds().await {
        let case = world.sent("05-gefaehrlicher").await;
        world.verdict("md", case, confirm()).await.unwrap();
        world.post().await;
        let objection = objected(&world, case, "abhilfe").await;
        begin(&world, "md-2", case).await.unwrap();
        take_back(&world, "md-2", case, "Doch nicht.").await.unwrap();
        take_back(&world, "md-2", objection, "Doch nicht.").await.unwrap();
        let refused = correct("ergebnis", json!("zurueckweisung"), "Nach Aktenlage.");
        world.verdict("md-2", objection, refused).await.unwrap();
        world.post().await;
        world.clock.advance(Duration::from_secs(70 * 24 * 3600));
        world.work().await;
        assert_eq!(status(&world, objection).await, Status::Final);
        assert_eq!(status(&world, case).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What was wrong was a rate of the adoption, and no fact: the same facts are reckoned anew, with a reason alone.
#[tokio::test]
async fn a_success_is_carried_out_when_no_fact_was_wrong() {
    for old in worlds().await {
        let case = old.sent("05-gefaehrlicher").await;
        old.verdict("md", case, confirm()).await.unwrap();
        old.post().await;
        let tax = async |world: &World| {
            let value = world.desk("md-2", case).await.decision.unwrap().value;
            value["jahressteuer_cent"].as_i64().unwrap()
        };
        let before = tax(&old).await;
        let alone = |reason: &str| Verdict::Correct {
            reason: reason.to_owned(),
            corrections: Map::new(),
            answers: Map::new(),
        };
        let objection = objected(&old, case, "abhilfe").await;
        let mut mended = files();
        let path = "services/hundesteuer/adoptions/15003000.toml";
        let adoption = String::from_utf8(mended.get(path).unwrap().to_vec()).unwrap();
        let (wrong, right) = (
            "satz_gefaehrlicher_hund = { value = 50000",
            "satz_gefaehrlicher_hund = { value = 40000",
        );
        assert!(adoption.contains(wrong));
        mended
            .insert(path, adoption.replace(wrong, right).into_bytes())
            .unwrap();
        let world = old.restarted(&mended);
        // Not where nothing is decided anew, nor about the objection, where something has to be chosen.
        let other = world.sent("05-gefaehrlicher").await;
        for not_here in [other, objection] {
            match world.verdict("md-2", not_here, alone("Weil.")).await {
                Err(CaseError::Verdict(text)) => assert!(text.contains("nichts geändert"), "{text}"),
                other => panic!("{other:?}"),
            }
        }
        begin(&world, "md-2", case).await.unwrap();
        let task = world.desk("md-2", case).await.task.unwrap();
        assert!(task.can_recompute && !task.can_confirm);
        let silent = world.verdict("md-2", case, alone(" ")).await;
        assert!(matches!(silent, Err(CaseError::Verdict(_))), "{silent:?}");
        // The reason stands in the letter: another reason makes another letter.
        let step = at("md-2", case, task.task);
        let mut letters = Vec::new();
        for reason in ["Der Satz war falsch.", "Die Satzung ist zum 1. März 2026 geändert."] {
            let letter = world.cases.preview_letter(&step, alone(reason)).await;
            letters.push(letter.unwrap().bytes);
        }
        assert_ne!(letters[0], letters[1]);
        world
            .verdict("md-2", case, alone("Der Satz war falsch."))
            .await
            .unwrap();
        world.work().await;
        let after = tax(&world).await;
        assert!(after < before, "{after} {before}");
        assert_eq!(decisions(&world, case).await.len(), 2);
        assert_eq!(status(&world, objection).await, Status::Final, "carried out");
        let view = world.desk("md-2", case).await;
        assert_eq!(view.changes, []);
        assert_eq!(view.done.last().unwrap().reason, "Der Satz war falsch.");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Taking back what a colleague holds was refused to their face, and the record said that it was granted.
#[tokio::test]
async fn who_takes_back_what_a_colleague_holds_is_recorded_as_refused() {
    for world in worlds().await {
        let case = world.sent("05-gefaehrlicher").await;
        world.verdict("md", case, confirm()).await.unwrap();
        world.post().await;
        objected(&world, case, "abhilfe").await;
        begin(&world, "md-2", case).await.unwrap();
        let log = async || world.cases.access_log(person(ERIKA), 500).await.unwrap();
        let before = log().await.len();
        let held = take_back(&world, "md", case, "Doch nicht.").await;
        assert!(matches!(held, Err(CaseError::Held(_))), "{held:?}");
        let after = log().await;
        assert_eq!(after.len(), before + 1);
        let refused: Vec<_> = after.iter().filter(|record| !record.granted).collect();
        let [refused] = refused[..] else { panic!("{after:#?}") };
        assert!(
            refused.case == case && refused.who.starts_with("Sachbearbeitung"),
            "{refused:?}"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The first objection waits for the time for suing; the notice that came of it has a period of its own all the same.
#[tokio::test]
async fn after_a_success_in_part_the_period_of_the_new_notice_is_shown() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("05-gefaehrlicher").await;
        world.verdict("md", case, confirm()).await.unwrap();
        world.post().await;
        let objection = objected(&world, case, "teilabhilfe").await;
        let summary = async || cases.my_case(erika, magdeburg(), case).await.unwrap();
        assert_eq!(summary().await.waiting, ["Widerspruchsverfahren"]);
        begin(&world, "md-2", case).await.unwrap();
        let gentle = correct("gefaehrlich", json!(false), "Der Wesenstest lag vor.");
        world.verdict("md-2", case, gentle).await.unwrap();
        world.post().await;
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        assert!(actions.objections[0].sue.is_some() && actions.objections[0].closed_at.is_none());
        let [(notice, Some(until))] = actions.object[..] else {
            panic!("{actions:#?}")
        };
        assert_eq!(notice, decisions(&world, case).await[1]);
        let now = summary().await;
        assert_eq!((now.status, now.due), (Status::Decided, Some(until)));
        assert!(!now.waiting.contains(&"Widerspruchsverfahren".to_owned()), "{now:?}");
        let deadlines = world.desk("md-2", case).await.deadlines;
        assert_eq!(
            (deadlines[0].name.as_str(), deadlines[0].due),
            ("rechtsbehelfsfrist", until)
        );
        // Contested too, it is nobody's any more.
        let again = cases.object(erika, magdeburg(), case, notice, "Noch einmal.").await;
        again.unwrap();
        let contested = summary().await;
        assert_eq!((contested.status, contested.due), (Status::Contested, None));
        assert_eq!(contested.waiting, ["Widerspruchsverfahren"]);
        assert_eq!(status(&world, objection).await, Status::Decided);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
