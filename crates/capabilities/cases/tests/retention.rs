//! Keeping ends: with a moved clock, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{ALI, ERIKA, magdeburg, person, staff, worlds};
use wegfrei_cases::{CaseError, Status};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{Month, Timestamp};

#[tokio::test]
async fn when_keeping_ends_nobody_can_read_the_case_and_the_journal_still_verifies() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let until = |moment: &str| {
            let moment = Timestamp::parse(moment).unwrap();
            world.clock.advance(moment.since(cases.now()));
        };
        let case = world.sent_to("endet", "01-erster").await;
        let paying = world.sent_to("endet", "01-erster").await;
        // A tax runs on when its case is closed: nothing ends its keeping.
        let open = world.sent("01-erster").await;
        world.work().await;
        let mailbox = cases.mailbox(erika).await.unwrap();
        let notice = mailbox.iter().find(|letter| letter.case == case).unwrap().notice;
        world.post().await;
        world
            .plan_payments(paying, &[("2026-12", 1), ("2027-01", 1)], "DE02120300000000202051")
            .await;
        until("2026-05-01T00:00:00Z");
        world.work().await;
        assert_eq!(
            cases.my_case(erika, magdeburg(), case).await.unwrap().status,
            Status::Final
        );

        // Closed in 2026, kept ten years: to the last second of 2036 in Magdeburg.
        until("2036-12-31T22:59:59Z");
        world.work().await;
        cases
            .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), case)
            .await
            .unwrap();
        let before = cases.access_log(erika, 100).await.unwrap().len();
        let stored = world.stored_papers().await;
        until("2036-12-31T23:00:00Z");
        world.work().await;
        assert!(world.stored_papers().await < stored, "the letters' bytes are deleted");

        let erased = |result: Result<(), CaseError>| assert!(matches!(result, Err(CaseError::Erased)), "{result:?}");
        erased(cases.my_case(erika, magdeburg(), case).await.map(drop));
        erased(cases.my_application(erika, magdeburg(), case).await.map(drop));
        erased(cases.my_contact(erika, magdeburg(), case).await.map(drop));
        erased(
            cases
                .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), case)
                .await
                .map(drop),
        );
        let stranger = cases.my_case(person(ALI), magdeburg(), case).await;
        assert!(
            matches!(stranger, Err(CaseError::NotFound)),
            "nobody else learns that there was one"
        );
        let pdf = cases
            .notice_pdf(&Actor::Person(erika), Purpose::OwnData, magdeburg(), notice)
            .await;
        assert!(matches!(pdf, Err(CaseError::NotFound)));
        assert!(
            cases
                .my_cases(erika)
                .await
                .unwrap()
                .iter()
                .all(|mine| mine.case != case)
        );
        assert!(
            cases
                .mailbox(erika)
                .await
                .unwrap()
                .iter()
                .all(|letter| letter.case != case)
        );
        let keys = async || {
            let sql = "SELECT id FROM journal_key WHERE wrapped IS NOT NULL";
            world.store.fetch(sql, &[]).await.unwrap().len()
        };
        assert_eq!(keys().await, 2, "the key is gone");
        let log = cases.access_log(erika, 100).await.unwrap();
        assert_eq!(log.len(), before, "who saw it stays, by ids");
        assert_eq!(world.findings().await, Vec::<String>::new());
        assert_eq!(cases.work_once().await.unwrap(), 0);
        cases.my_application(erika, magdeburg(), paying).await.unwrap();
        until("2037-12-31T23:00:00Z");
        world.work().await;
        erased(cases.my_case(erika, magdeburg(), paying).await.map(drop));
        // What was planned and never paid cannot be paid any more, and keeps nobody else's money back.
        let lead = staff("lead");
        let month = Month::parse("2037-12").unwrap();
        assert_eq!(cases.payments_due(&lead).await.unwrap(), []);
        let shown = cases.payment_preview(&lead, magdeburg(), month).await.unwrap();
        assert_eq!((shown.payments, shown.unpayable), (0, Vec::new()));
        until("2100-01-01T00:00:00Z");
        world.work().await;
        cases.my_application(erika, magdeburg(), open).await.unwrap();
        assert_eq!(keys().await, 1);
    }
}
