//! The two nights in which the clocks change: 29 March 2026 (no 2 o'clock) and 25 October 2026 (2 o'clock twice).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ERIKA, World, magdeburg, person, staff, with_newer, worlds};
use wegfrei_cases::{CaseError, Verdict, WorklistView};
use wegfrei_model::{CaseId, Timestamp};

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A review with a day on which it is looked at again, and one that comes back after a week.
const TIMED: [(&str, &str, &str); 3] = [
    (
        "process.bpmn",
        "<flowNodeRef>Start</flowNodeRef>",
        "<flowNodeRef>Start</flowNodeRef><flowNodeRef>Stichtag</flowNodeRef><flowNodeRef>Woche</flowNodeRef><flowNodeRef>Vorgelegt</flowNodeRef>",
    ),
    (
        "process.bpmn",
        "<exclusiveGateway id=\"Weiter\"",
        "<boundaryEvent id=\"Stichtag\" name=\"Stichtag\" attachedToRef=\"Pruefen\" cancelActivity=\"false\"><documentation>S</documentation><documentation textFormat=\"text/x-rechtsgrundlage\">§ 88 AO</documentation><timerEventDefinition><timeDate>2026-03-30</timeDate></timerEventDefinition></boundaryEvent><boundaryEvent id=\"Woche\" name=\"Woche\" attachedToRef=\"Pruefen\" cancelActivity=\"false\"><documentation>W</documentation><documentation textFormat=\"text/x-rechtsgrundlage\">§ 88 AO</documentation><timerEventDefinition><timeCycle>R2/2026-03-29/P7D</timeCycle></timerEventDefinition></boundaryEvent><endEvent id=\"Vorgelegt\" name=\"Vorgelegt\"><documentation>V</documentation><documentation textFormat=\"text/x-rechtsgrundlage\">§ 88 AO</documentation></endEvent><exclusiveGateway id=\"Weiter\"",
    ),
    (
        "process.bpmn",
        "<sequenceFlow id=\"F1\"",
        "<sequenceFlow id=\"F19\" sourceRef=\"Stichtag\" targetRef=\"Vorgelegt\"></sequenceFlow><sequenceFlow id=\"F20\" sourceRef=\"Woche\" targetRef=\"Vorgelegt\"></sequenceFlow><sequenceFlow id=\"F1\"",
    ),
];

/// The same every seven days, from the beginning of the task on.
const WEEKLY: (&str, &str) = ("R2/2026-03-29/P7D", "R3/P7D");

async fn passed(world: &World, case: CaseId) -> usize {
    let timeline = world.desk("md", case).await.timeline;
    timeline.iter().filter(|item| item.kind == "deadline.passed").count()
}

/// A date and a repetition that a process names begin at midnight in Magdeburg, before and after the change.
#[tokio::test]
async fn dates_and_repetitions_of_a_process_begin_with_their_day() {
    for old in worlds().await {
        let world = old.restarted(&with_newer("voll", &TIMED));
        let case = world.sent_full("01-erster").await;
        world.work().await;
        for (at, times) in [
            // 29 March begins in winter time; it has 23 hours, and the 30th begins in summer time.
            ("2026-03-28T22:59:59Z", 0),
            ("2026-03-28T23:00:00Z", 1),
            ("2026-03-29T21:59:59Z", 1),
            ("2026-03-29T22:00:00Z", 2),
            ("2026-04-04T21:59:59Z", 2),
            ("2026-04-05T22:00:00Z", 3),
            // Twice it said.
            ("2026-05-10T22:00:00Z", 3),
        ] {
            world.until(moment(at)).await;
            assert_eq!(passed(&world, case).await, times, "{at}");
        }
        assert_eq!(world.desk("md", case).await.task.unwrap().name, "Antrag prüfen");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Seven days after the day it was due, and not after the day it was noticed: every eighth day came the second time. What went by while the
/// house stood still is not made up for.
#[tokio::test]
async fn what_repeats_every_seven_days_comes_every_seven_days() {
    let mut timed = TIMED;
    let text = timed[1].2.replace(WEEKLY.0, WEEKLY.1);
    timed[1].2 = Box::leak(text.into_boxed_str());
    for old in worlds().await {
        let world = old.restarted(&with_newer("voll", &timed));
        let case = world.sent_full("01-erster").await;
        world.work().await;
        // Sent on 18 March: the seventh day is over on the 26th. On 30 March the other one comes.
        for (at, times) in [
            ("2026-03-25T22:59:59Z", 0),
            ("2026-03-25T23:00:00Z", 1),
            ("2026-03-31T00:00:00Z", 2),
            ("2026-04-01T21:59:59Z", 2),
            ("2026-04-01T22:00:00Z", 3),
            // The third would have been due on 9 April.
            ("2026-04-20T08:00:00Z", 4),
            ("2026-05-30T08:00:00Z", 4),
        ] {
            world.until(moment(at)).await;
            assert_eq!(passed(&world, case).await, times, "{at}");
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What comes in the missing and in the doubled hour arrives when it arrives, and its periods end at midnight in Magdeburg.
#[tokio::test]
async fn what_comes_in_the_night_of_the_change_arrives_then() {
    for (at, local, until) in [
        ("2026-03-29T00:59:59Z", "29. März 2026, 01:59", "2026-05-04T22:00:00Z"),
        ("2026-03-29T01:00:00Z", "29. März 2026, 03:00", "2026-05-04T22:00:00Z"),
        (
            "2026-10-25T00:30:00Z",
            "25. Oktober 2026, 02:30",
            "2026-11-30T23:00:00Z",
        ),
        (
            "2026-10-25T01:30:00Z",
            "25. Oktober 2026, 02:30",
            "2026-11-30T23:00:00Z",
        ),
    ] {
        for world in worlds().await {
            let (cases, erika) = (&world.cases, person(ERIKA));
            world
                .clock
                .set(moment(at).saturating_sub(Duration::from_secs(10 * 24 * 3600)));
            let earlier = world.sent("01-erster").await;
            world.post().await;
            world.clock.set(moment(at));
            let case = world.sent("01-erster").await;
            let sent = cases.my_case(erika, magdeburg(), case).await.unwrap();
            assert_eq!(sent.submitted_at, Some(moment(at)));
            assert!(
                sent.submitted_at.unwrap().german().starts_with(local),
                "{}",
                moment(at).german()
            );
            // An objection of this very second.
            let notice = cases.my_actions(erika, magdeburg(), earlier).await.unwrap().object[0].0;
            let objection = cases
                .object(erika, magdeburg(), earlier, notice, "Zu hoch.")
                .await
                .unwrap();
            assert_eq!(objection.received_at, moment(at));
            world.post().await;
            let due = cases.my_case(erika, magdeburg(), case).await.unwrap().due.unwrap();
            assert_eq!(due, moment(until), "{at}");
            assert_eq!(world.findings().await, Vec::<String>::new());
        }
    }
}

/// A period that runs over the change ends at midnight by the clock that hangs then: an answer in the last second is in time.
#[tokio::test]
async fn an_answer_in_the_last_second_of_a_period_over_the_change() {
    for (asked, due, until) in [
        // Seven days were given; they count from the fourth day after posting.
        ("2026-03-19T09:15:00Z", "2026-03-26", "2026-03-30T22:00:00Z"),
        ("2026-10-08T09:15:00Z", "2026-10-19", "2026-10-23T22:00:00Z"),
        // The Sunday of the change is no working day: Monday.
        ("2026-10-08T09:15:00Z", "2026-10-21", "2026-10-26T23:00:00Z"),
    ] {
        for (seconds_before, in_time) in [(1, true), (0, false)] {
            for world in worlds().await {
                let (cases, erika) = (&world.cases, person(ERIKA));
                world.clock.set(moment(asked));
                let case = world.sent_full("01-erster").await;
                let request = Verdict::RequestPapers {
                    text: "Bitte den Nachweis.".to_owned(),
                    papers: vec![],
                    due: due.parse().unwrap(),
                };
                world.verdict("md", case, request).await.unwrap();
                world.post().await;
                let ends = cases.my_case(erika, magdeburg(), case).await.unwrap().due;
                assert_eq!(ends, Some(moment(until)));
                world
                    .clock
                    .set(moment(until).saturating_sub(Duration::from_secs(seconds_before)));
                let taken = cases.supply(erika, magdeburg(), case, "Hier.").await;
                let in_time_now = matches!(taken, Ok(wegfrei_cases::Supplied::InTime));
                assert_eq!(in_time_now, in_time, "{due}, {seconds_before} s before: {taken:?}");
            }
        }
    }
}

/// The day of the change has 23 hours, or 25: an absence of that one day covers all of them and no more.
#[tokio::test]
async fn an_absence_of_the_day_of_the_change_covers_its_23_or_25_hours() {
    for (day, from, to) in [
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
    ] {
        for world in worlds().await {
            let cases = &world.cases;
            world.clock.set(moment(from).saturating_sub(Duration::from_secs(3600)));
            let case = world.sent_full("01-erster").await;
            let task = world.desk("md", case).await.task.unwrap().task;
            cases.assign(&staff("md"), case, task, None, Some("md")).await.unwrap();
            let date = day.parse().unwrap();
            cases.set_absence(&staff("md"), "md", date, date, "md-2").await.unwrap();
            let second = Duration::from_secs(1);
            for (at, seen) in [
                (moment(from).saturating_sub(second), false),
                (moment(from), true),
                (moment(to).saturating_sub(second), true),
                (moment(to), false),
            ] {
                world.clock.set(at);
                let mine = cases
                    .worklist(&staff("md-2"), WorklistView::Mine, None, 10)
                    .await
                    .unwrap();
                assert_eq!(!mine.items.is_empty(), seen, "{day} at {at}");
            }
        }
    }
}

/// One application from two tabs, in the doubled hour: the second is told.
#[tokio::test]
async fn the_doubled_hour_makes_no_second_case() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (case, data) = (cases.new_case_id(), world.example("01-erster"));
        world.clock.set(moment("2026-10-25T00:30:00Z"));
        let first = cases
            .submit_direct(erika, magdeburg(), "hundesteuer", case, &data)
            .await
            .unwrap();
        world.clock.set(moment("2026-10-25T01:30:00Z"));
        match cases
            .submit_direct(erika, magdeburg(), "hundesteuer", case, &data)
            .await
        {
            Ok(second) => assert_eq!(second.received_at, first.received_at),
            Err(error) => assert!(matches!(error, CaseError::Stale), "{error}"),
        }
        assert_eq!(cases.my_cases(erika).await.unwrap().len(), 1);
    }
}
