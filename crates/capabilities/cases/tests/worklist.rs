//! The worklist, assignment, absence, records and operation, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ERIKA, World, at, halle, magdeburg, person, staff, worlds};
use wegfrei_cases::{
    CaseError, CaseProjection, Holder, RecordsFilter, Verdict, WorkItem, WorklistOrder, WorklistQuery, WorklistView,
};
use wegfrei_identity::Purpose;
use wegfrei_model::{CaseId, Date, TaskId};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn list(world: &World, who: &str, query: impl Into<WorklistQuery>) -> Vec<WorkItem> {
    world.cases.worklist(&staff(who), query, None, 200).await.unwrap().items
}

async fn cases_of(world: &World, who: &str, query: impl Into<WorklistQuery>) -> Vec<CaseId> {
    list(world, who, query).await.iter().map(|item| item.case).collect()
}

/// A case that waits for a caseworker, and its task.
async fn waiting(world: &World) -> (CaseId, TaskId) {
    let case = world.sent("06-merkzeichen").await;
    let item = list(world, "md", WorklistView::Team).await;
    (case, item.iter().find(|item| item.case == case).unwrap().task.unwrap())
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, CaseError>, part: &str) {
    match result {
        Err(CaseError::Verdict(text) | CaseError::Refused(text)) => assert!(text.contains(part), "{text}"),
        other => panic!("{other:?} instead of {part}"),
    }
}

#[tokio::test]
async fn views_show_what_they_say() {
    for world in worlds().await {
        let cases = &world.cases;
        let (first, task) = waiting(&world).await;
        world.clock.advance(DAY);
        let (second, _) = waiting(&world).await;
        let check = async |who: &str, view: WorklistView, expected: &[CaseId]| {
            assert_eq!(cases_of(&world, who, view).await, expected, "{who} {view:?}");
            let count = cases.worklist_count(&staff(who), view).await.unwrap();
            assert_eq!((count.n, count.more), (expected.len() as u64, false), "{who} {view:?}");
        };
        check("md", WorklistView::Team, &[first, second]).await;
        check("md", WorklistView::Mine, &[]).await;
        check("md", WorklistView::All, &[second, first]).await;
        check("hal", WorklistView::Team, &[]).await;
        check("hal", WorklistView::All, &[]).await;
        // Works on another service: sees nothing of this one, whatever is asked.
        for view in WorklistView::ALL {
            check("md-3", view, &[]).await;
        }
        let asked = WorklistQuery {
            service: Some("hundesteuer".to_owned()),
            ..WorklistView::Team.into()
        };
        assert_eq!(cases_of(&world, "md-3", asked.clone()).await, []);
        assert_eq!(cases_of(&world, "md", asked).await, [first, second]);

        cases.assign(&staff("md"), first, task, None, Some("md")).await.unwrap();
        check("md", WorklistView::Mine, &[first]).await;
        check("md-2", WorklistView::Mine, &[]).await;
        let held_by = |holder| WorklistQuery {
            holder: Some(holder),
            ..WorklistView::Team.into()
        };
        assert_eq!(cases_of(&world, "md-2", held_by(Holder::Nobody)).await, [second]);
        assert_eq!(
            cases_of(&world, "md-2", held_by(Holder::Staff("md".to_owned()))).await,
            [first]
        );

        // Three months after it came, inaction can be sued against (§ 75 Satz 2 VwGO): sent on 18 March, so the end of 18 June.
        let due = list(&world, "md", WorklistView::Mine).await[0].due.unwrap();
        assert_eq!(due.to_string(), "2026-06-18T22:00:00.000000Z");
        world.clock.set(due.saturating_sub(7 * DAY + Duration::from_micros(1)));
        check("md", WorklistView::DueSoon, &[]).await;
        world.clock.advance(Duration::from_micros(1));
        check("md", WorklistView::DueSoon, &[first]).await;
        check("md", WorklistView::Overdue, &[]).await;
        world.clock.set(due);
        check("md", WorklistView::Overdue, &[first]).await;
        check("md", WorklistView::DueSoon, &[second]).await;

        let version = cases
            .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), first)
            .await
            .unwrap()
            .version;
        let verdict = Verdict::Confirm { reason: String::new() };
        cases
            .complete_task(&at("md", first, task), version, verdict)
            .await
            .unwrap();
        check("md", WorklistView::DoneByMe, &[first]).await;
        check("md-2", WorklistView::DoneByMe, &[]).await;
        check("md", WorklistView::Mine, &[]).await;
        let done = list(&world, "md", WorklistView::DoneByMe).await;
        assert_eq!(done[0].holder.as_ref().unwrap().name, "M", "keeps who held it");
        let counts = cases.worklist_counts(&staff("md")).await.unwrap();
        assert_eq!(counts.len(), 7);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn filters_narrow_and_what_is_not_offered_is_said() {
    for world in worlds().await {
        let mut sent = Vec::new();
        for _ in 0..3 {
            sent.push(waiting(&world).await.0);
            world.clock.advance(DAY);
        }
        let base = WorklistQuery::from(WorklistView::Team);
        let check = async |query: &WorklistQuery, expected: &[CaseId]| {
            assert_eq!(cases_of(&world, "md", query.clone()).await, expected, "{query:?}");
        };
        let received = |from: Option<&str>, to: Option<&str>| WorklistQuery {
            received_from: from.map(day),
            received_to: to.map(day),
            ..base.clone()
        };
        check(&received(Some("2026-03-19"), None), &sent[1..]).await;
        check(&received(None, Some("2026-03-19")), &sent[..2]).await;
        check(&received(Some("2026-03-19"), Some("2026-03-19")), &sent[1..2]).await;
        check(&received(Some("2026-03-22"), None), &[]).await;
        let ordered = |order| WorklistQuery {
            order: Some(order),
            ..base.clone()
        };
        let newest: Vec<CaseId> = sent.iter().rev().copied().collect();
        check(&ordered(WorklistOrder::Newest), &newest).await;
        check(&ordered(WorklistOrder::Due), &sent).await;

        let reference = list(&world, "md", WorklistView::Team).await[1].reference.clone();
        for view in [WorklistView::Team, WorklistView::All] {
            for typed in [
                reference.clone(),
                reference.to_lowercase().replace('-', " "),
                reference[..6].to_owned(),
                reference[..3].replace('0', "o").replace('1', "l"),
            ] {
                let found = WorklistQuery {
                    reference: Some(typed.clone()),
                    ..view.into()
                };
                assert!(
                    cases_of(&world, "md", found.clone()).await.contains(&sent[1]),
                    "{typed}"
                );
                assert_eq!(cases_of(&world, "md-3", found.clone()).await, [], "another service");
                assert_eq!(cases_of(&world, "hal", found).await, [], "another authority");
            }
        }
        let refuse = async |query: WorklistQuery, part: &str| {
            refused(world.cases.worklist(&staff("md"), query, None, 10).await, part);
        };
        for typed in [
            "",
            "A",
            "AB",
            "Mustermann",
            "ABC%",
            "'; DROP TABLE",
            "ABCDE-ABCDE-A",
            "\u{202e}abc",
        ] {
            let query = WorklistQuery {
                reference: Some(typed.to_owned()),
                ..base.clone()
            };
            refuse(query, "Aktenzeichens").await;
        }
        refuse(received(Some("2026-03-20"), Some("2026-03-19")), "endet, bevor").await;
        let both = WorklistQuery {
            order: Some(WorklistOrder::Due),
            ..received(Some("2026-03-20"), None)
        };
        refuse(both, "nach Eingang").await;
        let all = WorklistQuery {
            holder: Some(Holder::Nobody),
            ..WorklistView::All.into()
        };
        refuse(all, "Zuständigen").await;
        let sorted = WorklistQuery {
            order: Some(WorklistOrder::Oldest),
            ..WorklistView::Overdue.into()
        };
        refuse(sorted, "sortiert").await;
        for who in ["dsb", "betrieb"] {
            let refused = world.cases.worklist(&staff(who), WorklistView::Team, None, 10).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{who}");
        }
    }
}

#[tokio::test]
async fn pages_lead_forth_and_back() {
    for world in worlds().await {
        let mut sent = Vec::new();
        for at in 0..7u64 {
            sent.push(waiting(&world).await.0);
            // Some came in the same microsecond.
            world.clock.advance(Duration::from_secs(60 * (at % 2)));
        }
        for (view, order) in [
            (WorklistView::Team, WorklistOrder::Oldest),
            (WorklistView::Team, WorklistOrder::Newest),
            (WorklistView::Team, WorklistOrder::Due),
            (WorklistView::All, WorklistOrder::Newest),
        ] {
            let query = WorklistQuery {
                order: Some(order),
                ..view.into()
            };
            let page = async |at: Option<&str>| {
                let page = world.cases.worklist(&staff("md"), query.clone(), at, 3).await.unwrap();
                let cases: Vec<CaseId> = page.items.iter().map(|item| item.case).collect();
                (cases, page.previous, page.next)
            };
            let (one, none, next) = page(None).await;
            assert_eq!(none, None);
            let (two, previous, next) = page(next.as_deref()).await;
            let (three, before_three, end) = page(next.as_deref()).await;
            assert_eq!((three.len(), end), (1, None), "{view:?} {order:?}");
            let mut all: Vec<CaseId> = [&one[..], &two, &three].concat();
            assert_eq!(cases_of(&world, "md", query.clone()).await, all);
            let (back, _, _) = page(before_three.as_deref()).await;
            assert_eq!(back, two);
            let (back, first, again) = page(previous.as_deref()).await;
            assert_eq!((back, first), (one, None), "the first page is whole again");
            assert_eq!(page(again.as_deref()).await.0, two);
            all.sort();
            let mut expected = sent.clone();
            expected.sort();
            assert_eq!(all, expected, "nothing is missed or twice");
        }
    }
}

#[tokio::test]
async fn tasks_change_hands_by_rule_and_on_record() {
    for world in worlds().await {
        let cases = &world.cases;
        let (case, task) = waiting(&world).await;
        let assign = async |who: &str, held_by: Option<&str>, to: Option<&str>| {
            cases.assign(&staff(who), case, task, held_by, to).await
        };
        refused(assign("md", None, None).await, "noch niemand");
        refused(assign("md", None, Some("md-2")).await, "Teamleitung");
        refused(assign("dsb", None, Some("md")).await, "Aufgaben");
        refused(assign("md-3", None, Some("md-3")).await, "Aufgaben");
        assert!(
            matches!(assign("hal", None, Some("hal")).await, Err(CaseError::NotFound)),
            "another authority has no such case"
        );

        // Two take it at once: one gets it, the other is told.
        let (md, md2) = (staff("md"), staff("md-2"));
        let (one, two) = tokio::join!(
            cases.assign(&md, case, task, None, Some("md")),
            cases.assign(&md2, case, task, None, Some("md-2"))
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let stale = if one.is_ok() { two } else { one };
        assert!(matches!(stale, Err(CaseError::Stale)), "{stale:?}");
        let holder = list(&world, "md", WorklistView::Team).await[0]
            .holder
            .clone()
            .unwrap()
            .id;
        let other = if holder == "md" { "md-2" } else { "md" };

        assert!(matches!(assign(other, None, Some(other)).await, Err(CaseError::Stale)));
        refused(assign(other, Some(&holder), Some(other)).await, "Teamleitung");
        refused(assign(&holder, Some(&holder), Some(&holder)).await, "schon");
        refused(
            assign(&holder, Some(&holder), Some("dsb")).await,
            "darf diese Aufgabe nicht",
        );
        refused(
            assign(&holder, Some(&holder), Some("md-3")).await,
            "darf diese Aufgabe nicht",
        );
        refused(
            assign(&holder, Some(&holder), Some("hal")).await,
            "nicht zu Ihrer Behörde",
        );
        refused(assign("lead-geld", Some(&holder), Some("md-3")).await, "anderen Team");
        refused(
            assign("lead", Some(&holder), Some("lead")).await,
            "darf diese Aufgabe nicht",
        );
        assign(&holder, Some(&holder), Some(other)).await.unwrap();
        assign("lead", Some(other), Some(&holder)).await.unwrap();
        assign(&holder, Some(&holder), None).await.unwrap();
        assert_eq!(list(&world, "md", WorklistView::Team).await[0].holder, None);
        assign("lead", None, Some("md")).await.unwrap();

        let view = cases
            .open_case(&staff("lead"), Purpose::CaseWork, magdeburg(), case)
            .await
            .unwrap();
        let moves: Vec<(&str, Option<&str>)> = view
            .timeline
            .iter()
            .filter(|item| item.kind == "task.assigned")
            .map(|item| (item.who.as_str(), item.to.as_deref()))
            .collect();
        assert_eq!(moves.len(), 5, "{moves:?}");
        assert!(
            moves[2].0.starts_with("Teamleitung") && moves[3].1.is_none() && moves[4].1 == Some("M"),
            "{moves:?}"
        );
        assert_eq!(view.task.unwrap().holder.unwrap().name, "M");
        let ids: Vec<String> = cases
            .colleagues(&staff("md"), Some("hundesteuer"))
            .unwrap()
            .into_iter()
            .map(|colleague| colleague.id)
            .collect();
        assert_eq!(ids, ["lead", "lead-geld", "md", "md-2"]);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn many_are_handed_over_at_once_and_failures_are_named() {
    for world in worlds().await {
        let cases = &world.cases;
        let mut tasks = Vec::new();
        for _ in 0..5 {
            tasks.push(waiting(&world).await);
        }
        let (theirs, theirs_task) = tasks[1];
        cases
            .assign(&staff("md-2"), theirs, theirs_task, None, Some("md-2"))
            .await
            .unwrap();
        // Once more the same, a case that is not there, and a task of another case.
        let mut asked = tasks.clone();
        asked.push(tasks[0]);
        asked.push((cases.new_case_id(), tasks[0].1));
        asked.push((tasks[2].0, tasks[3].1));
        let before = cases.journal().entries(magdeburg(), 0, 10_000).await.unwrap().len();
        let done = cases.hand_over(&staff("md"), &asked, Some("md")).await.unwrap();
        let told: Vec<&str> = done
            .iter()
            .map(|one| match &one.outcome {
                Ok(()) => "ok",
                Err(CaseError::Refused(_)) => "refused",
                Err(CaseError::NotFound) => "unknown",
                Err(CaseError::Stale) => "stale",
                Err(_) => "other",
            })
            .collect();
        assert_eq!(told, ["ok", "refused", "ok", "ok", "ok", "stale", "unknown", "stale"]);
        let after = cases.journal().entries(magdeburg(), 0, 10_000).await.unwrap();
        let written = &after[before..];
        assert_eq!(written.len(), 4);
        assert!(
            written
                .iter()
                .all(|entry| entry.kind == "task.assigned" && entry.time == written[0].time)
        );
        assert_eq!(cases_of(&world, "md", WorklistView::Mine).await.len(), 4);

        let (md, lead) = (staff("md"), staff("lead"));
        let (one, two) = tokio::join!(
            cases.hand_over(&md, &tasks[2..], Some("md-2")),
            cases.hand_over(&lead, &tasks[2..], Some("md-2"))
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        for (one, two) in one.iter().zip(&two) {
            assert!(one.outcome.is_ok() != two.outcome.is_ok(), "{one:?} {two:?}");
        }
        assert_eq!(cases_of(&world, "md-2", WorklistView::Mine).await.len(), 4);
        let many = vec![tasks[0]; 501];
        refused(cases.hand_over(&staff("md"), &many, None).await, "höchstens 500");
        assert!(cases.hand_over(&staff("md"), &[], None).await.unwrap().is_empty());
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_a_colleague_holds_only_they_or_their_deputy_end() {
    let held = |result: Result<(), CaseError>| match result {
        Err(CaseError::Held(holder)) => assert_eq!(holder.name, "M"),
        other => panic!("{other:?}"),
    };
    let confirm = || Verdict::Confirm { reason: String::new() };
    for world in worlds().await {
        let cases = &world.cases;
        let (case, task) = waiting(&world).await;
        let (step, none) = (at("md-2", case, task), serde_json::Map::new());
        // Nobody's yet: anybody of the role may look what it would lead to.
        cases.preview(&step, &none, &none).await.unwrap();
        assert!(!world.desk("md-2", case).await.task.unwrap().held);
        cases.assign(&staff("md"), case, task, None, Some("md")).await.unwrap();
        // What was open to them before counts for nothing now.
        held(world.verdict("md-2", case, confirm()).await);
        held(cases.preview(&step, &none, &none).await.map(drop));
        held(cases.preview_letter(&step, confirm()).await.map(drop));
        held(cases.may_end(&step).await);
        assert!(world.desk("md-2", case).await.task.unwrap().held);
        assert!(!world.desk("md", case).await.task.unwrap().held);
        let log = cases.access_log(person(ERIKA), 200).await.unwrap();
        let not_granted = |record: &&wegfrei_cases::AccessRecord| record.case == case && !record.granted;
        assert_eq!(log.iter().filter(not_granted).count(), 4, "{log:?}");
        // Whose the step is not anyway is not told who holds it.
        refused(world.verdict("lead", case, confirm()).await, "Aufgaben");
        // The team lead hands it over to themselves or to somebody else; then it is theirs.
        cases
            .assign(&staff("lead"), case, task, Some("md"), Some("md-2"))
            .await
            .unwrap();
        cases.may_end(&step).await.unwrap();
        match world.verdict("md", case, confirm()).await {
            Err(CaseError::Held(holder)) => assert_eq!(holder.name, "M2"),
            other => panic!("{other:?}"),
        }
        // The deputy of who is absent, and only while they are.
        let today = day("2026-03-18");
        cases
            .set_absence(&staff("md-2"), "md-2", today, today, "md")
            .await
            .unwrap();
        cases.may_end(&at("md", case, task)).await.unwrap();
        world.clock.advance(DAY);
        assert!(matches!(
            cases.may_end(&at("md", case, task)).await,
            Err(CaseError::Held(_))
        ));
        world.verdict("md-2", case, confirm()).await.unwrap();
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_deputy_sees_the_work_while_it_lasts() {
    for world in worlds().await {
        let cases = &world.cases;
        let (case, task) = waiting(&world).await;
        cases.assign(&staff("md"), case, task, None, Some("md")).await.unwrap();
        let set = async |who: &str, absent: &str, from: &str, to: &str, deputy: &str| {
            cases.set_absence(&staff(who), absent, day(from), day(to), deputy).await
        };
        refused(
            set("md", "md", "2026-03-20", "2026-03-19", "md-2").await,
            "endet, bevor",
        );
        refused(
            set("md", "md", "2026-03-10", "2026-03-17", "md-2").await,
            "Vergangenheit",
        );
        refused(set("md", "md", "2026-03-20", "2062-03-21", "md-2").await, "Jahr");
        refused(set("md", "md", "2026-03-20", "2026-03-21", "md").await, "sich selbst");
        refused(
            set("md", "md", "2026-03-20", "2026-03-21", "dsb").await,
            "nicht vertreten",
        );
        refused(
            set("md", "md", "2026-03-20", "2026-03-21", "hal").await,
            "nicht vertreten",
        );
        refused(set("md", "md-2", "2026-03-20", "2026-03-21", "md").await, "Aufgaben");
        refused(set("lead-geld", "md", "2026-03-20", "2026-03-21", "md-2").await, "Team");
        refused(set("lead", "hal", "2026-03-20", "2026-03-21", "md-2").await, "Team");
        refused(set("dsb", "dsb", "2026-03-20", "2026-03-21", "md").await, "Aufgaben");

        set("md", "md", "2026-03-20", "2026-03-21", "md-2").await.unwrap();
        refused(set("md", "md", "2026-03-21", "2026-03-30", "md-2").await, "schon eine");
        refused(set("md-2", "md-2", "2026-03-21", "2026-03-30", "md").await, "im Kreis");
        set("md", "md", "2026-03-22", "2026-03-23", "md-2").await.unwrap();
        set("lead", "md-2", "2026-03-23", "2026-03-25", "lead").await.unwrap();
        refused(set("lead", "lead", "2026-03-23", "2026-03-23", "md").await, "im Kreis");
        set("lead", "lead", "2026-03-24", "2026-03-24", "md").await.unwrap();

        let check = async |who: &str, at: &str, sees: bool| {
            world.clock.set(wegfrei_model::Timestamp::parse(at).unwrap());
            let items = list(&world, who, WorklistView::Mine).await;
            assert_eq!(items.len(), usize::from(sees), "{who} {at}");
            if let Some(item) = items.first() {
                assert_eq!(item.deputising, who != "md");
                assert_eq!(item.holder.as_ref().unwrap().name, "M");
            }
        };
        check("md-2", "2026-03-19T22:59:59Z", false).await;
        check("md-2", "2026-03-19T23:00:00Z", true).await;
        check("md", "2026-03-20T09:00:00Z", true).await;
        check("lead", "2026-03-20T09:00:00Z", false).await;
        // The deputy is absent too: one step further.
        check("lead", "2026-03-23T09:00:00Z", true).await;
        // A deputy may hand over what they stand in for.
        cases
            .assign(&staff("md-2"), case, task, Some("md"), Some("md-2"))
            .await
            .unwrap();
        cases
            .assign(&staff("md-2"), case, task, Some("md-2"), Some("md"))
            .await
            .unwrap();
        check("md-2", "2026-03-23T23:00:00Z", false).await;
        refused(
            cases.assign(&staff("md-2"), case, task, Some("md"), Some("md-2")).await,
            "Teamleitung",
        );

        let all = cases.absences(&staff("md")).await.unwrap();
        assert_eq!(all.len(), 2, "{all:?}");
        let ends = all.iter().find(|absence| absence.staff.id == "md-2").unwrap();
        assert_eq!(
            (ends.from, ends.to, ends.now),
            (day("2026-03-23"), day("2026-03-25"), true)
        );
        assert!(matches!(
            cases.end_absence(&staff("lead"), "md-2", 99).await,
            Err(CaseError::NotFound)
        ));
        cases.end_absence(&staff("lead"), "md-2", ends.absence).await.unwrap();
        assert!(matches!(
            cases.end_absence(&staff("lead"), "md-2", ends.absence).await,
            Err(CaseError::NotFound)
        ));
        assert_eq!(cases.absences(&staff("md")).await.unwrap().len(), 1);
        assert!(matches!(
            cases.absences(&staff("dsb")).await,
            Err(CaseError::Refused(_))
        ));
        // What is still to come and is ended leaves nothing behind.
        set("md", "md", "2026-05-01", "2026-05-02", "md-2").await.unwrap();
        let come = cases.absences(&staff("md")).await.unwrap();
        let come = come.iter().find(|absence| absence.staff.id == "md").unwrap();
        cases.end_absence(&staff("md"), "md", come.absence).await.unwrap();
        assert!(
            cases
                .absences(&staff("md"))
                .await
                .unwrap()
                .iter()
                .all(|absence| absence.staff.id != "md")
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn records_are_read_by_those_who_may_and_hold_no_contents() {
    for world in worlds().await {
        let cases = &world.cases;
        let (first, _) = waiting(&world).await;
        let (second, _) = waiting(&world).await;
        for (who, case) in [("md", first), ("md-2", first), ("md", second), ("hal", first)] {
            let _ = cases.open_case(&staff(who), Purpose::CaseWork, magdeburg(), case).await;
            world.clock.advance(DAY);
        }
        let read = async |who: &str, filter: RecordsFilter| {
            let page = cases.records(&staff(who), &filter, None, 50).await?;
            Ok::<_, CaseError>(page.items)
        };
        let count = async |filter: RecordsFilter, expected: usize| {
            let items = read("dsb", filter.clone()).await.unwrap();
            assert_eq!(items.len(), expected, "{filter:?} {items:#?}");
        };
        for who in ["md", "lead", "betrieb"] {
            assert!(
                matches!(read(who, RecordsFilter::default()).await, Err(CaseError::Refused(_))),
                "{who}"
            );
        }
        let all = read("dsb", RecordsFilter::default()).await.unwrap();
        assert_eq!(all.len(), 6, "and each resident once with their own draft");
        assert!(
            !all[0].granted && all[0].staff.is_none() && all[0].who.contains("Halle"),
            "newest first: {:?}",
            all[0]
        );
        assert_eq!(all[1].staff.as_ref().unwrap().name, "M");
        assert_eq!((all[1].case, all[1].person), (Some(second), Some(person(ERIKA))));
        assert!(all[1].parts.contains(&"form".to_owned()));
        let reference = all[1].reference.clone().unwrap();
        let by_staff = |id: &str| RecordsFilter {
            staff: Some(id.to_owned()),
            ..RecordsFilter::default()
        };
        count(by_staff("md"), 2).await;
        count(by_staff("hal"), 0).await;
        let of = |reference: &str| RecordsFilter {
            reference: Some(reference.to_owned()),
            ..RecordsFilter::default()
        };
        count(of(&reference.to_lowercase()), 2).await;
        count(of(&reference[..5]), 0).await;
        count(of("' OR 1=1"), 0).await;
        let whose = |id: &str| RecordsFilter {
            person: Some(person(id)),
            ..RecordsFilter::default()
        };
        count(whose(ERIKA), 6).await;
        count(whose(common::ALI), 0).await;
        let days = |from: &str, to: &str| RecordsFilter {
            from: Some(day(from)),
            to: Some(day(to)),
            ..RecordsFilter::default()
        };
        count(days("2026-03-19", "2026-03-20"), 2).await;
        count(
            RecordsFilter {
                staff: Some("md-2".to_owned()),
                ..days("2026-03-19", "2026-03-20")
            },
            1,
        )
        .await;
        refused(read("dsb", days("2026-03-20", "2026-03-19")).await, "endet, bevor");
        refused(read("dsb", by_staff("a b")).await, "Kennung");

        for filter in [RecordsFilter::default(), whose(ERIKA)] {
            let mut seen = Vec::new();
            let mut at = None;
            loop {
                let page = cases.records(&staff("dsb"), &filter, at.as_deref(), 3).await.unwrap();
                seen.extend(page.items.iter().map(|item| item.seq));
                match page.next {
                    Some(next) => at = Some(next),
                    None => break,
                }
            }
            assert_eq!(seen, all.iter().map(|item| item.seq).collect::<Vec<_>>());
        }
        for hostile in ["", "x", "1", "1.x", "99999999999999999999.1"] {
            let page = cases
                .records(&staff("dsb"), &RecordsFilter::default(), Some(hostile), 3)
                .await;
            assert!(matches!(page, Err(CaseError::NotFound)), "{hostile}");
        }
    }
}

#[tokio::test]
async fn operators_see_figures_and_revive_dead_jobs() {
    for world in worlds().await {
        let cases = &world.cases;
        world.sent("01-erster").await;
        let sql = "UPDATE jobs SET due = NULL, attempts = max_attempts, last_failure = 'package' WHERE kind = 'notice.render'";
        world.store.execute(sql, &[]).await.unwrap();
        for who in ["md", "lead", "dsb"] {
            assert!(
                matches!(cases.operation(&staff(who)).await, Err(CaseError::Refused(_))),
                "{who}"
            );
        }
        let seen = cases.operation(&staff("betrieb")).await.unwrap();
        assert!(
            seen.database_bytes > 0 && seen.journals[0].0 == magdeburg() && seen.journals[0].1 > 0,
            "{seen:?}"
        );
        let render = seen.queues.iter().find(|queue| queue.kind == "notice.render").unwrap();
        assert!(
            render.dead > 0 && render.due == 0 && render.dead == seen.dead.len() as u64,
            "{seen:?}"
        );
        assert!(
            seen.queues
                .iter()
                .any(|queue| queue.kind == "deadline" && queue.later == 1)
        );
        let dead = &seen.dead[0];
        assert_eq!(dead.reason, "package");
        assert!(matches!(
            cases.retry_job(&staff("md"), magdeburg(), &dead.id).await,
            Err(CaseError::Refused(_))
        ));
        for dead in &seen.dead {
            cases.retry_job(&staff("betrieb"), magdeburg(), &dead.id).await.unwrap();
        }
        for authority in [magdeburg(), halle()] {
            let none = cases.retry_job(&staff("betrieb"), authority, &dead.id).await;
            assert!(matches!(none, Err(CaseError::NotFound)));
        }
        world.work().await;
        let seen = cases.operation(&staff("betrieb")).await.unwrap();
        assert!(
            seen.dead.is_empty() && seen.queues.iter().all(|queue| queue.kind != "notice.render"),
            "{seen:?}"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// A database of an earlier version has tables with columns the journal did not fill.
#[tokio::test]
async fn tables_of_an_earlier_version_are_computed_again() {
    for world in worlds().await {
        let (case, _) = waiting(&world).await;
        let sql = "UPDATE case_task SET queue = 'done', received_at = 0, due = 0";
        world.store.execute(sql, &[]).await.unwrap();
        assert!(!world.findings().await.is_empty());
        assert!(
            wegfrei_journal::bring_up(&world.store, &[&CaseProjection])
                .await
                .unwrap()
                > 0
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
        assert_eq!(cases_of(&world, "md", WorklistView::Team).await, [case]);
        let again = wegfrei_journal::bring_up(&world.store, &[&CaseProjection])
            .await
            .unwrap();
        assert_eq!(again, 0, "once");
    }
}

/// The list of all cases says of each who holds it and until when; and only what one may hand over is offered for it.
#[tokio::test]
async fn the_list_of_all_cases_says_who_holds_one_and_until_when() {
    for world in worlds().await {
        let (case, task) = waiting(&world).await;
        let decided = world.sent("01-erster").await;
        world.post().await;
        let one = async |who: &str, view: WorklistView, case: CaseId| {
            let found = list(&world, who, view).await;
            found.into_iter().find(|item| item.case == case).unwrap()
        };
        let free = one("md-2", WorklistView::All, case).await;
        assert!(free.holder.is_none() && free.open && free.due.is_some(), "{free:?}");
        world
            .cases
            .assign(&staff("md"), case, task, None, Some("md"))
            .await
            .unwrap();
        let (all, team) = (
            one("md-2", WorklistView::All, case).await,
            one("md-2", WorklistView::Team, case).await,
        );
        assert_eq!(all.holder.as_ref().map(|holder| holder.id.as_str()), Some("md"));
        assert_eq!((&all.holder, all.due, all.open), (&team.holder, team.due, true));
        let found = WorklistQuery {
            reference: Some(all.reference.clone()),
            ..WorklistView::All.into()
        };
        assert_eq!(list(&world, "md-2", found).await[0].holder, all.holder);
        // A case nobody has anything to do with is nobody's; its own period is shown.
        let other = one("md-2", WorklistView::All, decided).await;
        assert!(
            other.holder.is_none() && !other.open && other.due.is_some(),
            "{other:?}"
        );
        // Offered is what is not refused.
        for (who, offered) in [("md", true), ("md-2", false), ("lead", true), ("lead-geld", false)] {
            let item = one(who, WorklistView::Team, case).await;
            assert_eq!(item.assignable, offered, "{who}");
            let handed = world
                .cases
                .hand_over(&staff(who), &[(case, task)], Some("md-2"))
                .await
                .unwrap();
            assert_eq!(handed[0].outcome.is_ok(), offered, "{who}: {handed:?}");
            if offered {
                let back = world.cases.hand_over(&staff("lead"), &[(case, task)], Some("md")).await;
                assert!(back.unwrap()[0].outcome.is_ok());
            }
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// One day for the answer, in the letter, for the applicant and in the list; before the letter has left the house the earliest.
#[tokio::test]
async fn a_request_has_the_same_day_everywhere() {
    for world in worlds().await {
        let cases = &world.cases;
        let case = world.sent_full("05-gefaehrlicher").await;
        let request = Verdict::RequestPapers {
            text: "Bitte.".to_owned(),
            papers: Vec::new(),
            due: day("2026-04-15"),
        };
        world.verdict("md", case, request).await.unwrap();
        let shown = async || {
            let waiting = list(&world, "md", WorklistView::Waiting).await.pop().unwrap();
            let mine = cases
                .my_request(person(ERIKA), magdeburg(), case)
                .await
                .unwrap()
                .unwrap();
            let desk = world.desk("md", case).await.requests.pop().unwrap();
            let all = list(&world, "md", WorklistView::All).await.pop().unwrap();
            assert_eq!((waiting.due, waiting.begun), (Some(mine.until), mine.begun));
            assert_eq!((all.due, all.begun), (waiting.due, waiting.begun));
            assert_eq!(desk, mine);
            (mine.named.to_string(), mine.due.to_string(), mine.begun)
        };
        world.work().await;
        let named = "2026-04-15".to_owned();
        assert_eq!(shown().await, (named.clone(), named.clone(), false));
        world.clock.advance(5 * DAY);
        world.post().await;
        let (again, due, begun) = shown().await;
        assert!(again == named && due > named && begun, "{again} {due}");
    }
}
