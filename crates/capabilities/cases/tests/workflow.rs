//! The whole workflow on both engines: requests and their deadlines, four eyes, withdrawing, follow-ups, objections, notes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ALI, ERIKA, World, at, halle, magdeburg, person, staff, worlds};
use serde_json::{Map, json};
use wegfrei_cases::event::{Relation, VerdictKind};
use wegfrei_cases::{CaseError, FollowUp, RequestStand, Status, Supplied, Verdict, WorklistView};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{CaseId, NoticeId, Timestamp};

const MICRO: Duration = Duration::from_micros(1);

fn request(due: &str) -> Verdict {
    Verdict::RequestPapers {
        text: "Bitte senden Sie uns den Nachweis.".to_owned(),
        papers: vec!["Nachweis über die Rasse".to_owned()],
        due: due.parse().unwrap(),
    }
}

fn confirm() -> Verdict {
    Verdict::Confirm { reason: String::new() }
}

fn release() -> Verdict {
    Verdict::Release { reason: String::new() }
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.7 Nachweis".to_vec()
}

/// Erika's application for Wohngeld.
async fn wohngeld(world: &World) -> CaseId {
    let case = world.cases.new_case_id();
    let data = world.example_of("wohngeld", "01-rentnerin");
    let sent = world
        .cases
        .submit_direct(person(ERIKA), magdeburg(), "wohngeld", case, &data);
    sent.await.unwrap();
    case
}

/// Refused because what was asked for did not come.
fn missing() -> Verdict {
    Verdict::Correct {
        reason: "Der Mietvertrag fehlt.".to_owned(),
        corrections: json!({ "mitwirkung_fehlt": true, "fehlende_unterlagen": "Mietvertrag" })
            .as_object()
            .unwrap()
            .clone(),
        answers: Map::new(),
    }
}

#[tokio::test]
async fn nobody_is_refused_for_not_answering_who_was_not_asked() {
    for world in worlds().await {
        let case = wohngeld(&world).await;
        let early = world.verdict("md", case, missing()).await;
        assert!(
            matches!(&early, Err(CaseError::Verdict(text)) if text.contains("§ 66")),
            "{early:?}"
        );
        world.verdict("md", case, request("2026-04-15")).await.unwrap();
        world.work().await;
        world.post().await;
        world.until(moment("2026-05-20T10:00:00+02:00")).await;
        world.verdict("md", case, missing()).await.unwrap();
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Any period of the case that lay in the past opened the way to refusing, also one that was answered in time or had never begun.
#[tokio::test]
async fn nobody_is_refused_for_not_answering_who_answered_or_whose_time_did_not_pass() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (answered, unsent) = (wohngeld(&world).await, wohngeld(&world).await);
        for case in [answered, unsent] {
            world.verdict("md", case, request("2026-04-15")).await.unwrap();
        }
        // One is answered before its letter left the house, the other in time after that.
        cases.supply(erika, magdeburg(), unsent, "Hier.").await.unwrap();
        world.post().await;
        world.until(moment("2026-03-24T08:00:00Z")).await;
        cases.supply(erika, magdeburg(), answered, "Hier.").await.unwrap();
        world.until(moment("2026-05-20T08:00:00Z")).await;
        let refused = async |case: CaseId| {
            let verdict = world.verdict("md", case, missing()).await;
            assert!(
                matches!(&verdict, Err(CaseError::Verdict(text)) if text.contains("§ 66")),
                "{verdict:?}"
            );
        };
        refused(answered).await;
        refused(unsent).await;
        // Asked once more, and ended by the desk on the next day: the letter of the second request sets no period of the first going.
        for case in [answered, unsent] {
            world.verdict("md", case, request("2026-06-15")).await.unwrap();
        }
        world.post().await;
        world.until(moment("2026-05-21T08:00:00Z")).await;
        for case in [answered, unsent] {
            let text = "Das brauchen wir nicht mehr.".to_owned();
            world.verdict("md", case, Verdict::Supply { text }).await.unwrap();
            refused(case).await;
        }
        // Let pass, it is.
        world.verdict("md", unsent, request("2026-06-15")).await.unwrap();
        world.post().await;
        world.until(moment("2026-07-20T08:00:00Z")).await;
        refused(answered).await;
        world.verdict("md", unsent, missing()).await.unwrap();
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

async fn status(world: &World, case: CaseId) -> Status {
    world
        .cases
        .my_case(person(ERIKA), magdeburg(), case)
        .await
        .unwrap()
        .status
}

async fn templates(world: &World, case: CaseId) -> Vec<String> {
    let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
    let mut of_case: Vec<_> = mailbox.into_iter().filter(|notice| notice.case == case).collect();
    of_case.sort_by_key(|notice| (notice.issued_at, notice.template.clone()));
    of_case.into_iter().map(|notice| notice.template).collect()
}

async fn kinds(world: &World, case: CaseId) -> Vec<String> {
    let view = world.desk("md", case).await;
    view.timeline.into_iter().map(|item| item.kind).collect()
}

async fn deadlines(world: &World, case: CaseId) -> Vec<String> {
    let sql = "SELECT name FROM deadline WHERE case_id = $1 ORDER BY name";
    let rows = world.store.fetch(sql, &[case.to_string().into()]).await.unwrap();
    rows.iter().map(|row| row.text("name").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_request_is_reminded_missed_and_back_at_the_desk() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent_full("01-erster").await;
        world.verdict("md", case, request("2026-04-15")).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, case).await, Status::PapersWanted);
        assert_eq!(templates(&world, case).await, ["nachforderung"]);
        assert_eq!(deadlines(&world, case).await, ["erinnerung", "mitwirkungsfrist"]);
        let asked = cases.my_request(erika, magdeburg(), case).await.unwrap().unwrap();
        assert!(asked.open && !asked.begun && asked.text.contains("Nachweis") && asked.papers.len() == 1);
        assert_eq!(asked.until, moment("2026-04-15T22:00:00Z"));
        // Posted on Wednesday 18 March: notified on the fourth day, a Sunday, so on Monday the 23rd; from there the 28 days asked for.
        world.post().await;
        let asked = cases.my_request(erika, magdeburg(), case).await.unwrap().unwrap();
        assert!(asked.open && asked.begun);
        assert_eq!(asked.until, moment("2026-04-20T22:00:00Z"));
        let foreign = cases.my_request(person(ALI), magdeburg(), case).await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        let listed = cases
            .worklist(&staff("md"), WorklistView::Team, None, 10)
            .await
            .unwrap();
        assert!(
            listed.items.is_empty(),
            "what waits for the applicant is on nobody's list"
        );

        // Seven days before the last day, from its first moment on.
        world.until(moment("2026-04-12T21:59:59Z")).await;
        assert_eq!(templates(&world, case).await, ["nachforderung"]);
        world.until(moment("2026-04-12T22:00:00Z")).await;
        assert_eq!(templates(&world, case).await, ["nachforderung", "erinnerung"]);
        assert_eq!(status(&world, case).await, Status::PapersWanted);

        world.past(asked.until).await;
        assert_eq!(status(&world, case).await, Status::InReview);
        assert_eq!(deadlines(&world, case).await, Vec::<String>::new());
        assert!(kinds(&world, case).await.contains(&"task.cancelled".to_owned()));

        // Too late for the deadline, not for the file.
        cases
            .add_paper(erika, magdeburg(), case, "spaet.pdf", pdf())
            .await
            .unwrap();
        let late = cases.supply(erika, magdeburg(), case, "Ich war krank.").await.unwrap();
        assert_eq!(late, Supplied::Late);
        let view = world.desk("md", case).await;
        assert!(view.papers.iter().any(|paper| paper.late));
        let further = &view.further_answers[0];
        assert_eq!((further.text.as_str(), further.late), ("Ich war krank.", true));
        assert_eq!(view.requests[0].stand, RequestStand::Missed);
        assert_eq!(view.task.unwrap().name, "Antrag prüfen");
        world.verdict("md-2", case, confirm()).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Decided);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_answer_in_time_ends_the_wait_and_old_timers_do_not_fire() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent_full("01-erster").await;
        world.verdict("md", case, request("2026-04-15")).await.unwrap();
        world.work().await;
        let empty = cases.supply(erika, magdeburg(), case, " ").await;
        assert!(matches!(empty, Err(CaseError::Verdict(_))), "an empty answer is none");
        let foreign = cases.add_paper(person(ALI), magdeburg(), case, "a.pdf", pdf()).await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        let desk = world.verdict("md", case, confirm()).await;
        assert!(
            matches!(desk, Err(CaseError::Verdict(_))),
            "the applicant's task: {desk:?}"
        );
        let wrong = cases.add_paper(erika, magdeburg(), case, "b.pdf", pdf()).await.unwrap();
        let foreign = cases.remove_paper(person(ALI), magdeburg(), case, wrong).await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))), "{foreign:?}");
        cases.remove_paper(erika, magdeburg(), case, wrong).await.unwrap();
        let paper = cases.add_paper(erika, magdeburg(), case, "a.pdf", pdf()).await.unwrap();
        let supplied = cases.supply(erika, magdeburg(), case, "").await.unwrap();
        assert_eq!(supplied, Supplied::InTime);
        let sent = cases.remove_paper(erika, magdeburg(), case, paper).await;
        assert!(matches!(sent, Err(CaseError::Stale)), "what was sent stays: {sent:?}");
        assert_eq!(deadlines(&world, case).await, Vec::<String>::new());
        let view = world.desk("md", case).await;
        assert!(view.papers.len() == 1 && !view.papers[0].late);
        let last = view.done.last().unwrap();
        assert_eq!((last.verdict, last.by_staff), (VerdictKind::Supplied, false));
        assert_eq!(view.requests[0].stand, RequestStand::Answered);

        // The second round has a later deadline than the first one's job.
        world.verdict("md", case, request("2026-05-20")).await.unwrap();
        world.post().await;
        world.until(moment("2026-04-16T08:00:00Z")).await;
        assert_eq!(status(&world, case).await, Status::PapersWanted);
        assert_eq!(templates(&world, case).await, ["nachforderung", "nachforderung"]);
        // 63 days from Monday 23 March end on Whit Monday.
        world.until(moment("2026-05-26T21:59:59Z")).await;
        assert_eq!(status(&world, case).await, Status::PapersWanted);
        world.past(moment("2026-05-26T22:00:00Z")).await;
        assert_eq!(status(&world, case).await, Status::InReview);
        let jobs = world.store.fetch("SELECT id FROM jobs", &[]).await.unwrap();
        assert!(jobs.is_empty(), "jobs that nothing waits for are done");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Who notices a mistake after sending need not wait until somebody asks.
#[tokio::test]
async fn papers_come_unasked_while_the_desk_checks_and_not_before_or_after() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        // Decided by the rules alone: nobody would read it.
        let by_rules = world.sent("01-erster").await;
        let actions = cases.my_actions(erika, magdeburg(), by_rules).await.unwrap();
        assert!(!actions.supply_further);
        let nobody = cases.supply(erika, magdeburg(), by_rules, "Hier.").await;
        assert!(matches!(nobody, Err(CaseError::Stale)), "{nobody:?}");

        let case = world.sent_full("01-erster").await;
        let before = deadlines(&world, case).await;
        world.until(moment("2026-03-20T08:00:00Z")).await;
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        assert_eq!(
            (actions.supply, actions.supply_further, actions.asked),
            (None, true, false)
        );
        let empty = cases.supply(erika, magdeburg(), case, " ").await;
        assert!(matches!(empty, Err(CaseError::Verdict(_))), "an empty message is none");
        let foreign = cases.add_paper(person(ALI), magdeburg(), case, "a.pdf", pdf()).await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        let seen_before = world.desk("md", case).await;
        let paper = cases.add_paper(erika, magdeburg(), case, "a.pdf", pdf()).await.unwrap();
        let stays = cases.remove_paper(erika, magdeburg(), case, paper).await;
        assert!(matches!(stays, Err(CaseError::Stale)), "what was sent stays: {stays:?}");
        let sent = cases.supply(erika, magdeburg(), case, "").await.unwrap();
        assert_eq!(sent, Supplied::Further);
        let view = world.desk("md", case).await;
        assert!(view.papers.len() == 1 && !view.papers[0].late);
        assert_eq!((view.further_answers.len(), view.further_answers[0].late), (1, false));
        assert_eq!(deadlines(&world, case).await, before, "it moves nothing");

        // Whoever decides by a page built before it came is told so.
        let task = seen_before.task.unwrap().task;
        let blind = cases
            .complete_task(&at("md", case, task), seen_before.version, confirm())
            .await;
        assert!(matches!(blind, Err(CaseError::Stale)), "{blind:?}");
        world.verdict("md", case, confirm()).await.unwrap();
        world.work().await;
        let over = cases.supply(erika, magdeburg(), case, "Noch etwas.").await;
        assert!(matches!(over, Err(CaseError::Stale)), "{over:?}");
        let over = cases.add_paper(erika, magdeburg(), case, "b.pdf", pdf()).await;
        assert!(matches!(over, Err(CaseError::Stale)), "{over:?}");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What came by post ends the wait as an answer in the portal does.
#[tokio::test]
async fn papers_that_came_by_post_are_noted_by_the_desk() {
    for world in worlds().await {
        let case = world.sent_full("01-erster").await;
        world.verdict("md", case, request("2026-04-15")).await.unwrap();
        world.post().await;
        let came = |text: &str| Verdict::Supply { text: text.to_owned() };
        assert!(matches!(
            world.verdict("md", case, came(" ")).await,
            Err(CaseError::Verdict(_))
        ));
        let refused = world.verdict("lead", case, came("Da.")).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        assert!(world.desk("lead", case).await.task.unwrap().hindrance.is_some());
        assert_eq!(world.desk("md", case).await.task.unwrap().hindrance, None);
        let text = "Der Nachweis kam mit der Post.";
        world.verdict("md-2", case, came(text)).await.unwrap();
        assert_eq!(status(&world, case).await, Status::InReview);
        assert_eq!(deadlines(&world, case).await, Vec::<String>::new());
        let view = world.desk("md", case).await;
        let last = view.done.last().unwrap();
        assert_eq!((last.verdict, last.reason.as_str()), (VerdictKind::Supplied, text));
        assert!(last.by_staff, "the desk's words are not the person's");
        let further = world.cases.supply(person(ERIKA), magdeburg(), case, "Hier.").await;
        assert_eq!(further.unwrap(), Supplied::Further);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The desk waits no longer: what came on a day the letter named was called late, in the portal and in the file, by which is judged who has
/// cooperated (§§ 66, 67 SGB I).
#[tokio::test]
async fn what_comes_within_the_time_is_not_late_because_the_desk_waits_no_longer() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent_full("01-erster").await;
        world.verdict("md", case, request("2026-04-15")).await.unwrap();
        world.post().await;
        world.until(moment("2026-04-01T08:00:00Z")).await;
        let text = "Brauchen wir nicht mehr.".to_owned();
        world.verdict("md", case, Verdict::Supply { text }).await.unwrap();
        let ended = RequestStand::Ended { at: cases.now() };
        world.until(moment("2026-04-10T08:00:00Z")).await;
        let asked = cases.my_request(erika, magdeburg(), case).await.unwrap().unwrap();
        assert_eq!((asked.open, asked.stand), (false, ended));
        let send = async |name: &str| {
            let added = cases.add_paper(erika, magdeburg(), case, name, pdf()).await;
            added.unwrap();
            cases.supply(erika, magdeburg(), case, name).await.unwrap()
        };
        assert_eq!(send("a.pdf").await, Supplied::Further);
        let kinds = kinds(&world, case).await;
        assert!(
            kinds.contains(&"answer.further".to_owned()) && !kinds.contains(&"answer.late".to_owned()),
            "{kinds:?}"
        );
        // From the end of the last day on, Monday 20 April, it is late.
        world.until(moment("2026-04-20T21:59:59Z")).await;
        assert_eq!(send("b.pdf").await, Supplied::Further);
        world.until(moment("2026-04-20T22:00:00Z")).await;
        assert_eq!(send("c.pdf").await, Supplied::Late);
        let view = world.desk("md", case).await;
        let papers: Vec<_> = view
            .papers
            .iter()
            .map(|one| (one.file_name.as_str(), one.late))
            .collect();
        assert_eq!(papers, [("a.pdf", false), ("b.pdf", false), ("c.pdf", true)]);
        let answers: Vec<_> = view.further_answers.iter().map(|one| one.late).collect();
        assert_eq!(answers, [false, false, true]);
        assert_eq!(view.requests[0].stand, ended, "no answer of the person's");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The desk gives more time: the new day counts, is said to the applicant, and the reminder moves with it.
#[tokio::test]
async fn the_desk_gives_more_time() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent_full("01-erster").await;
        world.verdict("md", case, request("2026-04-15")).await.unwrap();
        world.work().await;
        let extend = async |who: &str, until: &str, why: &str| {
            let view = world.desk("md", case).await;
            let step = at(who, case, view.task.map(|task| task.task).unwrap());
            cases
                .extend_request(&step, view.version, until.parse().unwrap(), why)
                .await
        };
        let early = extend("md", "2026-05-01", "Der Vermieter ist krank.").await;
        assert!(
            matches!(&early, Err(CaseError::Verdict(text)) if text.contains("noch nicht begonnen")),
            "{early:?}"
        );
        world.post().await;
        for (until, why) in [
            ("2026-04-20", "Der Tag, der schon gilt."),
            ("2026-03-01", "Vorbei."),
            ("2026-06-17", "Zu weit."),
            ("2026-05-01", " "),
        ] {
            let refused = extend("md", until, why).await;
            assert!(matches!(refused, Err(CaseError::Verdict(_))), "{until}: {refused:?}");
        }
        let lead = extend("lead", "2026-05-02", "Weil.").await;
        assert!(matches!(lead, Err(CaseError::Refused(_))), "{lead:?}");
        // A Saturday: Monday 4 May counts.
        extend("md-2", "2026-05-02", "Der Vermieter ist krank.").await.unwrap();
        let until = moment("2026-05-04T22:00:00Z");
        assert_eq!(
            cases.my_request(erika, magdeburg(), case).await.unwrap().unwrap().until,
            until
        );
        let note = world.desk("md", case).await.notes.pop().unwrap().text;
        assert_eq!(
            note,
            "Frist für die Antwort bis 4. Mai 2026 verlängert: Der Vermieter ist krank."
        );
        // Neither the old reminder nor the old end comes.
        world.until(moment("2026-04-26T21:59:59Z")).await;
        assert_eq!(templates(&world, case).await, ["nachforderung"]);
        assert_eq!(status(&world, case).await, Status::PapersWanted);
        world.until(moment("2026-04-26T22:00:00Z")).await;
        assert_eq!(templates(&world, case).await, ["nachforderung", "erinnerung"]);
        // After the reminder once more: it is not sent again.
        extend("md", "2026-05-18", "Noch einmal.").await.unwrap();
        world.past(until).await;
        assert_eq!(status(&world, case).await, Status::PapersWanted);
        world.past(moment("2026-05-18T22:00:00Z")).await;
        assert_eq!(status(&world, case).await, Status::InReview);
        assert_eq!(templates(&world, case).await, ["nachforderung", "erinnerung"]);
        let stale = cases
            .extend_request(
                &at("md", case, world.desk("md", case).await.task.unwrap().task),
                world.desk("md", case).await.version,
                "2026-06-30".parse().unwrap(),
                "Zu spät.",
            )
            .await;
        assert!(matches!(stale, Err(CaseError::Stale)), "{stale:?}");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_deadline_of_a_request_counts_to_the_moment() {
    // Day of the request, last day named, first moment that is too late by it; the same when the letter was posted on that day.
    for (today, due, named, until) in [
        // The fourth day is a Sunday, so Monday the 16th; nine days.
        (
            "2026-03-11T09:15:00Z",
            "2026-03-20",
            "2026-03-20T23:00:00Z",
            "2026-03-25T23:00:00Z",
        ),
        // Over the night of 29 March.
        (
            "2026-03-18T09:15:00Z",
            "2026-03-27",
            "2026-03-27T23:00:00Z",
            "2026-04-01T22:00:00Z",
        ),
        // A Saturday: Monday, in summer time; the twelve days end on Easter Saturday.
        (
            "2026-03-18T09:15:00Z",
            "2026-03-28",
            "2026-03-30T22:00:00Z",
            "2026-04-07T22:00:00Z",
        ),
        (
            "2026-03-18T09:15:00Z",
            "2026-03-30",
            "2026-03-30T22:00:00Z",
            "2026-04-07T22:00:00Z",
        ),
        (
            "2026-10-12T09:15:00Z",
            "2026-10-23",
            "2026-10-23T22:00:00Z",
            "2026-10-27T23:00:00Z",
        ),
        // The night of 25 October itself, a Sunday.
        (
            "2026-10-12T09:15:00Z",
            "2026-10-25",
            "2026-10-26T23:00:00Z",
            "2026-10-30T23:00:00Z",
        ),
        // It ends on Reformation Day, a Saturday; it is named on it.
        (
            "2026-10-12T09:15:00Z",
            "2026-10-27",
            "2026-10-27T23:00:00Z",
            "2026-11-02T23:00:00Z",
        ),
        (
            "2026-10-12T09:15:00Z",
            "2026-10-31",
            "2026-11-02T23:00:00Z",
            "2026-11-06T23:00:00Z",
        ),
    ] {
        for world in worlds().await {
            let (cases, erika) = (&world.cases, person(ERIKA));
            world.clock.set(moment(today));
            let mut sent = Vec::new();
            for _ in 0..2 {
                let case = world.sent_full("01-erster").await;
                world.verdict("md", case, request(due)).await.unwrap();
                sent.push(case);
            }
            let asked = cases.my_request(erika, magdeburg(), sent[0]).await.unwrap().unwrap();
            assert_eq!(asked.until, moment(named), "{due}");
            world.post().await;
            let until = moment(until);
            let asked = cases.my_request(erika, magdeburg(), sent[0]).await.unwrap().unwrap();
            assert_eq!(asked.until, until, "{due}");
            world.clock.set(until.saturating_sub(MICRO));
            let supplied = cases.supply(erika, magdeburg(), sent[0], "Hier.").await.unwrap();
            assert_eq!(supplied, Supplied::InTime, "{due}");
            // Whether or not the job has come to it.
            world.clock.set(until);
            let supplied = cases.supply(erika, magdeburg(), sent[1], "Hier.").await.unwrap();
            assert_eq!(supplied, Supplied::Late, "{due}");
            world.past(until).await;
            for case in sent {
                assert_eq!(status(&world, case).await, Status::InReview, "{due}");
            }
        }
    }
}

#[tokio::test]
async fn four_eyes_are_two_people() {
    for world in worlds().await {
        let cases = &world.cases;
        // 500 Euro a year: above the amount.
        let case = world.sent_full("05-gefaehrlicher").await;
        let lead = world.verdict("lead", case, confirm()).await;
        assert!(
            matches!(lead, Err(CaseError::Refused(_))),
            "a team lead does not review"
        );
        let early = world.verdict("md", case, release()).await;
        assert!(matches!(early, Err(CaseError::Verdict(_))), "{early:?}");
        world.verdict("md", case, confirm()).await.unwrap();
        let before = world.desk("md", case).await;
        assert_eq!(before.task.as_ref().unwrap().name, "Freigeben");
        assert!(before.notices.is_empty());
        let same = world.verdict("md", case, release()).await;
        assert!(
            matches!(&same, Err(CaseError::Verdict(text)) if text.contains("Vier Augen")),
            "{same:?}"
        );
        let foreign = cases
            .complete_task(
                &at("hal", case, before.task.as_ref().unwrap().task),
                before.version,
                release(),
            )
            .await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        assert_eq!(
            world.desk("md", case).await.version,
            before.version,
            "nothing was recorded in the case"
        );

        let silent = world
            .verdict("md-2", case, Verdict::Return { reason: " ".to_owned() })
            .await;
        assert!(matches!(silent, Err(CaseError::Verdict(_))));
        let reason = "Bitte den Wesenstest ansehen.".to_owned();
        world.verdict("md-2", case, Verdict::Return { reason }).await.unwrap();
        // It goes back to who checked it, and nobody else takes it unasked.
        let task = world.desk("md", case).await.task.unwrap();
        assert_eq!(
            (task.name.as_str(), task.holder.unwrap().id.as_str()),
            ("Antrag prüfen", "md")
        );
        let other = world.verdict("md-2", case, confirm()).await;
        assert!(matches!(other, Err(CaseError::Held(_))), "{other:?}");
        world.verdict("md", case, confirm()).await.unwrap();
        let same = world.verdict("md", case, release()).await;
        assert!(matches!(same, Err(CaseError::Verdict(_))));
        world.verdict("lead", case, release()).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Decided);
        assert_eq!(templates(&world, case).await, ["bescheid", "bescheid-leicht"]);
        let kinds: Vec<_> = world
            .desk("md", case)
            .await
            .done
            .iter()
            .map(|done| done.verdict)
            .collect();
        use VerdictKind::{Confirmed, Released, Returned};
        assert_eq!(kinds, [Confirmed, Returned, Confirmed, Released]);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn two_on_one_step_whatever_each_decides() {
    for world in worlds().await {
        let cases = &world.cases;
        let case = world.sent_full("01-erster").await;
        let view = world.desk("md", case).await;
        let task = view.task.unwrap().task;
        let (one, two) = (at("md", case, task), at("md-2", case, task));
        let (first, second) = tokio::join!(
            cases.complete_task(&one, view.version, request("2026-04-15")),
            cases.complete_task(&two, view.version, confirm()),
        );
        let told = [&first, &second]
            .iter()
            .filter(|r| matches!(r, Err(CaseError::Stale)))
            .count();
        assert!(told == 1 && (first.is_ok() || second.is_ok()), "{first:?} {second:?}");
        assert_eq!(world.desk("md", case).await.done.len(), 1);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_was_corrected_stays_corrected_and_is_shown() {
    for world in worlds().await {
        let cases = &world.cases;
        let case = world.sent_full("05-gefaehrlicher").await;
        let view = world.desk("md", case).await;
        let task = view.task.unwrap();
        assert!(task.can_request && view.changes.is_empty());
        let corrections = Map::from_iter([("weitere_hunde".to_owned(), json!(1))]);
        let none = Map::new();
        let now = cases.preview(&at("md", case, task.task), &none, &none).await.unwrap();
        assert_eq!(now.inputs["antrag"]["weitere_hunde"], 0);
        let then = cases
            .preview(&at("md", case, task.task), &corrections, &none)
            .await
            .unwrap();
        assert_eq!(then.inputs["antrag"]["weitere_hunde"], 1);
        let wrong = Map::from_iter([("weitere_hunde".to_owned(), json!("viele"))]);
        let wrong = cases.preview(&at("md", case, task.task), &wrong, &none).await;
        assert!(matches!(wrong, Err(CaseError::Verdict(_))));
        let foreign = cases.preview(&at("hal", case, task.task), &none, &none).await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        let correct = Verdict::Correct {
            reason: "Der zweite Hund steht im Register.".to_owned(),
            corrections,
            answers: Map::new(),
        };
        let letter = cases
            .preview_letter(&at("md", case, task.task), correct.clone())
            .await
            .unwrap();
        assert!(letter.bytes.starts_with(b"%PDF-"));
        let asked = cases
            .preview_letter(&at("md", case, task.task), request("2026-04-15"))
            .await
            .unwrap();
        assert!(asked.pages == 1 && asked.bytes != letter.bytes);
        assert_eq!(
            world.desk("md", case).await.version,
            view.version,
            "a preview writes nothing"
        );

        world.verdict("md", case, correct).await.unwrap();
        world.verdict("md-2", case, release()).await.unwrap();
        let view = world.desk("md", case).await;
        assert_eq!(view.changes.len(), 1);
        let change = &view.changes[0];
        assert_eq!((&change.submitted, &change.corrected), (&json!(0), &json!(1)));
        world.work().await;
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn withdrawing_ends_everything_until_it_is_decided() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        for waiting in [false, true] {
            let case = world.sent_full("01-erster").await;
            if waiting {
                world.verdict("md", case, request("2026-04-15")).await.unwrap();
            }
            let foreign = cases.withdraw(person(ALI), magdeburg(), case).await;
            assert!(matches!(foreign, Err(CaseError::Refused(_))));
            let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
            assert!(actions.withdraw && actions.supply.is_some() == waiting);
            cases.withdraw(erika, magdeburg(), case).await.unwrap();
            cases.withdraw(erika, magdeburg(), case).await.unwrap();
            assert_eq!(status(&world, case).await, Status::Withdrawn);
            assert_eq!(deadlines(&world, case).await, Vec::<String>::new());
            let late = cases.supply(erika, magdeburg(), case, "Doch!").await;
            assert!(matches!(late, Err(CaseError::TooLate(_))));
            assert!(matches!(
                cases.start_follow_up(erika, magdeburg(), case, FollowUp::Change).await,
                Err(CaseError::TooLate(_))
            ));
            let view = world.desk("md", case).await;
            assert!(view.task.is_none());
            assert_eq!(view.outcome.as_deref(), Some("Antrag zurückgenommen"));
        }
        let decided = world.sent("01-erster").await;
        let refused = cases.withdraw(erika, magdeburg(), decided).await;
        assert!(matches!(refused, Err(CaseError::TooLate(_))));
        // The timers of what was withdrawn come and find nothing; what stays is the end of keeping.
        world.until(moment("2026-06-01T00:00:00Z")).await;
        let left = "SELECT id FROM jobs WHERE kind <> 'retention'";
        assert!(world.store.fetch(left, &[]).await.unwrap().is_empty());
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_follow_up_is_prefilled_and_linked_both_ways() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("01-erster").await;
        let foreign = cases
            .start_follow_up(person(ALI), magdeburg(), case, FollowUp::Change)
            .await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        let next = cases
            .start_follow_up(erika, magdeburg(), case, FollowUp::Renewal)
            .await
            .unwrap();
        let draft = cases.draft(erika, magdeburg(), next).await.unwrap();
        assert_eq!(draft.data["G15000000002"]["F15000000010"], "Bello");
        assert!(matches!(
            cases.start_follow_up(erika, magdeburg(), next, FollowUp::Renewal).await,
            Err(CaseError::NotFound)
        ));
        assert!(
            world.desk("md", case).await.related.is_empty(),
            "a draft is the resident's alone"
        );
        let mut data = draft.data;
        data["G15000000002"]["F15000000010"] = "Bella".into();
        cases
            .save_draft(erika, magdeburg(), next, &data, draft.version)
            .await
            .unwrap();
        cases.submit(erika, magdeburg(), next).await.unwrap();
        let differs = world.desk("md", next).await.since_earlier.unwrap();
        let [name] = differs.as_slice() else {
            panic!("{differs:?}")
        };
        assert_eq!(
            (name.path.as_str(), name.submitted.as_deref(), name.corrected.as_deref()),
            ("G15000000002.F15000000010", Some("Bello"), Some("Bella"))
        );
        assert_eq!(
            world.desk("md", case).await.since_earlier,
            None,
            "the first application is no follow-up"
        );
        let back = &world.desk("md", case).await.related[0];
        assert_eq!(
            (back.case, back.relation, back.earlier),
            (next, Relation::Renewal, false)
        );
        let there = &cases.related(erika, magdeburg(), next).await.unwrap()[0];
        assert_eq!(
            (there.case, there.relation, there.earlier),
            (case, Relation::Renewal, true)
        );
        let foreign = cases.related(person(ALI), magdeburg(), next).await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn notes_are_the_desks_and_stay_in_the_file() {
    for world in worlds().await {
        let cases = &world.cases;
        let case = world.sent_full("01-erster").await;
        cases
            .add_note(
                &staff("md"),
                Purpose::CaseWork,
                magdeburg(),
                case,
                " Anruf am Vormittag. ",
            )
            .await
            .unwrap();
        for (who, text, part) in [
            ("md", " ", "leer"),
            ("md", &*"x".repeat(4001), "4000"),
            ("hal", "x", "refused"),
        ] {
            let error = cases
                .add_note(&staff(who), Purpose::CaseWork, magdeburg(), case, text)
                .await
                .unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
        let own = cases
            .add_note(&Actor::Person(person(ERIKA)), Purpose::CaseWork, magdeburg(), case, "x")
            .await;
        assert!(matches!(own, Err(CaseError::Refused(_))));
        let notes = world.desk("md-2", case).await.notes;
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].text, "Anruf am Vormittag.");
        assert!(notes[0].by.starts_with("Sachbearbeitung"));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn limits_have_a_kind_of_their_own_and_papers_must_exist() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let mut data = world.example("06-merkzeichen");
        data["G15000000004"]["F15000000020"] = json!([{ "paper": "01990000-0000-7000-8000-000000000001" }]);
        let case = cases.new_case_id();
        let named = cases
            .submit_direct(erika, magdeburg(), "hundesteuer", case, &data)
            .await;
        assert!(
            matches!(named, Err(CaseError::Invalid(_))),
            "a paper that never came: {named:?}"
        );
        let case = cases
            .start_draft(erika, magdeburg(), "hundesteuer", None)
            .await
            .unwrap();
        let mut version = 1;
        for _ in 0..3 {
            version = cases
                .save_draft(erika, magdeburg(), case, &world.example("01-erster"), version)
                .await
                .unwrap();
        }
        let stream = format!("case/{case}");
        let sparse = cases
            .journal()
            .stream_sparse(&magdeburg(), &stream, "draft.saved")
            .await
            .unwrap();
        let sealed: Vec<bool> = sparse.iter().map(|entry| entry.sealed.is_some()).collect();
        assert_eq!(sealed, [true, false, false, true]);
        for _ in 1..50 {
            cases
                .start_draft(erika, magdeburg(), "hundesteuer", None)
                .await
                .unwrap();
        }
        let many = cases.start_draft(erika, magdeburg(), "hundesteuer", None).await;
        assert!(
            matches!(&many, Err(CaseError::Limit(text)) if text.contains("50")),
            "{many:?}"
        );
        let package = cases.package_for(magdeburg(), case).await.unwrap();
        assert_eq!((package.id(), package.version()), ("hundesteuer", "1.0.0"));
        let none = cases.package_for(halle(), case).await;
        assert!(matches!(none, Err(CaseError::NotFound)));
    }
}

async fn main_notice(world: &World, case: CaseId) -> NoticeId {
    let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
    let found = mailbox.iter().find(|n| n.case == case && n.template == "bescheid");
    found.expect("a notice").notice
}

#[tokio::test]
async fn objections_count_to_the_last_minute() {
    // When the notice was made available, first moment that is too late.
    for (sent, until) in [
        ("2026-03-18T09:15:00Z", "2026-04-23T22:00:00Z"), // over the night of 29 March
        ("2026-02-22T09:15:00Z", "2026-03-26T23:00:00Z"), // the last days before it
        ("2026-02-24T09:15:00Z", "2026-04-02T22:00:00Z"), // the fourth day is a Saturday: Monday (§ 108 Abs. 3 AO)
        ("2026-03-21T09:15:00Z", "2026-04-27T22:00:00Z"), // the last day is a Saturday
        ("2026-09-22T09:15:00Z", "2026-10-28T23:00:00Z"), // over the night of 25 October
        ("2026-09-19T09:15:00Z", "2026-10-23T22:00:00Z"), // the last days before it
    ] {
        for world in worlds().await {
            let (cases, erika) = (&world.cases, person(ERIKA));
            world.clock.set(moment(sent));
            let (case, other) = (world.sent("01-erster").await, world.sent("01-erster").await);
            world.post().await;
            let (notice, second) = (main_notice(&world, case).await, main_notice(&world, other).await);
            let until = moment(until);
            let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
            assert_eq!(actions.object, [(notice, Some(until))], "{sent}");
            world.clock.set(until.saturating_sub(Duration::from_secs(60)));
            cases
                .object(erika, magdeburg(), case, notice, "Zu hoch.")
                .await
                .unwrap();
            world.clock.set(until);
            let late = cases.object(erika, magdeburg(), other, second, "Zu hoch.").await;
            let actions = cases.my_actions(erika, magdeburg(), other).await.unwrap();
            assert_eq!(
                (actions.object, actions.missed),
                (vec![], vec![(second, until)]),
                "{sent}"
            );
            assert!(
                matches!(&late, Err(CaseError::TooLate(text)) if text.contains("§ 60 VwGO")),
                "{sent} {late:?}"
            );
            world.past(until).await;
            assert_eq!(status(&world, other).await, Status::Final, "{sent}");
            assert_eq!(status(&world, case).await, Status::Contested, "{sent}");
        }
    }
}

/// The job of the deadline was first, but the objection or the answer was there before: it is taken. The job comes some minutes later for
/// that.
#[tokio::test]
async fn what_arrives_in_the_last_second_is_not_overtaken_by_the_job() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (decided, asked) = (world.sent("01-erster").await, world.sent_full("01-erster").await);
        world.verdict("md", asked, request("2026-04-15")).await.unwrap();
        world.post().await;
        for case in [asked, decided] {
            let due = cases.my_case(erika, magdeburg(), case).await.unwrap().due.unwrap();
            // The page was sent one second before midnight; the worker wakes up at midnight, before it is written.
            world.until(due.saturating_sub(Duration::from_secs(60))).await;
            world.until(due).await;
            let before = status(&world, case).await;
            assert!(matches!(before, Status::Decided | Status::PapersWanted), "{before:?}");
            world.past(due).await;
            assert_ne!(status(&world, case).await, before);
        }
    }
}

/// A letter that nobody posted sets no period going: no objection to it is late, whatever the calendar says.
#[tokio::test]
async fn no_objection_is_late_before_the_letter_has_left_the_house() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("01-erster").await;
        world.work().await;
        let notice = main_notice(&world, case).await;
        let summary = cases.my_case(erika, magdeburg(), case).await.unwrap();
        assert_eq!(summary.due, None, "no date is shown that is then wrong");
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        assert_eq!(actions.object, [(notice, None)]);
        world.clock.set(moment("2026-06-01T09:00:00Z"));
        world.work().await;
        cases.object(erika, magdeburg(), case, notice, "").await.unwrap();
    }
}

#[tokio::test]
async fn an_objection_is_a_case_and_its_end_lets_the_first_one_go_on() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("01-erster").await;
        world.post().await;
        let notice = main_notice(&world, case).await;
        let mailbox = cases.mailbox(erika).await.unwrap();
        let easy = mailbox
            .iter()
            .find(|known| known.template != "bescheid")
            .unwrap()
            .notice;
        let until = cases.my_case(erika, magdeburg(), case).await.unwrap().due.unwrap();
        let enclosure = cases.object(erika, magdeburg(), case, easy, "").await;
        assert!(matches!(enclosure, Err(CaseError::Verdict(_))), "{enclosure:?}");
        let foreign = cases.object(person(ALI), magdeburg(), case, notice, "").await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        let long = cases.object(erika, magdeburg(), case, notice, &"ü".repeat(4001)).await;
        assert!(matches!(long, Err(CaseError::Verdict(_))));
        // A double click is one objection.
        let (first, second) = tokio::join!(
            cases.object(erika, magdeburg(), case, notice, "Bello ist <b>kein</b> Zweithund."),
            cases.object(erika, magdeburg(), case, notice, "Bello ist <b>kein</b> Zweithund."),
        );
        let receipt = first.unwrap();
        assert_eq!(second.unwrap().case, receipt.case);
        assert_eq!(receipt.status, Status::InReview);
        let list = cases
            .worklist(&staff("md"), WorklistView::Team, None, 10)
            .await
            .unwrap();
        assert_eq!(
            list.items.iter().map(|item| item.case).collect::<Vec<_>>(),
            [receipt.case]
        );
        assert!(kinds(&world, case).await.contains(&"objection.filed".to_owned()));
        let view = world.desk("md", receipt.case).await;
        assert_eq!(view.related[0].case, case);
        assert_eq!(view.related[0].relation, Relation::Objection);

        world.past(until).await;
        assert_eq!(status(&world, case).await, Status::Contested);
        let rejected = Verdict::Correct {
            reason: "Der Bescheid stimmt.".to_owned(),
            corrections: Map::from_iter([("ergebnis".to_owned(), json!("zurueckweisung"))]),
            answers: Map::new(),
        };
        world.verdict("md-2", receipt.case, rejected).await.unwrap();
        world.post().await;
        // The time for suing keeps both open.
        let suit = cases.my_actions(erika, magdeburg(), receipt.case).await.unwrap().sue;
        assert_eq!(status(&world, case).await, Status::Decided);
        world.until(suit.unwrap().until.unwrap()).await;
        assert!(kinds(&world, case).await.contains(&"objection.closed".to_owned()));
        assert_eq!(status(&world, receipt.case).await, Status::Final);
        assert_eq!(
            status(&world, case).await,
            Status::Final,
            "nothing keeps it open any more"
        );
        let pdf = main_notice_of(&world, receipt.case).await;
        let own = Actor::Person(erika);
        let pdf = cases
            .notice_pdf(&own, Purpose::OwnData, magdeburg(), pdf)
            .await
            .unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        let left = "SELECT id FROM jobs WHERE kind <> 'retention'";
        assert!(world.store.fetch(left, &[]).await.unwrap().is_empty());
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

async fn main_notice_of(world: &World, case: CaseId) -> NoticeId {
    let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
    mailbox
        .iter()
        .find(|notice| notice.case == case)
        .expect("a notice")
        .notice
}
