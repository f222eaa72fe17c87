//! A resident's day.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::people::{Plan, person};
use super::{Body, Caller, Day, Dice, Door, Result, expect};

/// A paper as short as one may be.
const PAPER: Body = Body::Paper("Nachweis%20%C3%84.pdf", b"%PDF-1.7\n%%EOF\n");
/// Rounds without an end are a fault of the house: somebody waits and nobody comes.
const ROUNDS: usize = 20_000;

/// One application under way.
struct Sent {
    plan: Plan,
    case: String,
    answered: bool,
    objected: bool,
    done: bool,
}

impl Sent {
    fn path(&self) -> String {
        format!("/api/cases/{}/{}", self.plan.authority, self.case)
    }
}

/// Sends what was planned, and cares for it until nothing is left to want.
pub async fn live<D: Door>(door: &D, day: &Arc<Day>, number: usize, plans: Vec<Plan>) -> Result<()> {
    let me = Caller::login(door, json!({ "person": person(number) })).await?;
    let mut dice = Dice::new(day.size.seed ^ (number as u64) << 20);
    let mut all = Vec::new();
    for plan in plans {
        dice.rest(day.size.pause * 8).await;
        let case = send(&me, day, &mut dice, &plan).await?;
        all.push(Sent {
            plan,
            case,
            answered: false,
            objected: false,
            done: false,
        });
        look_after(&me, day, &mut all).await?;
    }
    for _ in 0..ROUNDS {
        if all.iter().all(|sent| sent.done) {
            day.awake.fetch_sub(1, Ordering::AcqRel);
            return Ok(());
        }
        dice.rest(day.size.pause * 4).await;
        look_after(&me, day, &mut all).await?;
    }
    let left: Vec<&str> = all
        .iter()
        .filter(|sent| !sent.done)
        .map(|sent| sent.case.as_str())
        .collect();
    Err(format!("a resident waits in vain for {left:?}").into())
}

/// Sends one application and goes to bed.
pub async fn send_only<D: Door>(door: &D, day: &Arc<Day>, number: usize, plan: Plan) -> Result<()> {
    let me = Caller::login(door, json!({ "person": person(number) })).await?;
    send(&me, day, &mut Dice::new(number as u64), &plan).await?;
    day.tally.count("sent after the desks closed");
    Ok(())
}

/// A UUIDv7; the time in it is any time of 2026.
fn key(dice: &mut Dice, day: &Day) -> String {
    let (one, two) = (dice.any() ^ day.size.seed.rotate_left(17), dice.any());
    format!(
        "019b{:04x}-{:04x}-7{:03x}-8{:03x}-{:012x}",
        one >> 48,
        (one >> 32) & 0xffff,
        (one >> 16) & 0xfff,
        one & 0xfff,
        two & 0xffff_ffff_ffff
    )
}

async fn send<D: Door>(me: &Caller<D>, day: &Day, dice: &mut Dice, plan: &Plan) -> Result<String> {
    let case = match plan.paper {
        None => send_at_once(me, day, dice, plan).await?,
        Some(place) => send_draft(me, day, plan, place).await?,
    };
    day.tally.count("sent");
    day.tally.acknowledged(plan.authority, &case);
    Ok(case)
}

async fn send_at_once<D: Door>(me: &Caller<D>, day: &Day, dice: &mut Dice, plan: &Plan) -> Result<String> {
    let path = format!(
        "/api/services/{}/authorities/{}/applications",
        plan.service, plan.authority
    );
    let key = key(dice, day);
    let send = || me.ask_with("POST", path.clone(), Body::Json(plan.data.clone()), Some(key.clone()));
    if !plan.twice {
        expect(&path, send().await?, &[201])?;
        return Ok(key);
    }
    // Two tabs, the same application: one case, one receipt.
    let (one, two) = tokio::join!(send(), send());
    let (one, two) = (expect(&path, one?, &[200, 201])?, expect(&path, two?, &[200, 201])?);
    if one.body != two.body {
        return Err(format!("one application, two receipts: {} and {}", one.body, two.body).into());
    }
    day.tally.count("sent from two tabs");
    Ok(key)
}

async fn send_draft<D: Door>(me: &Caller<D>, day: &Day, plan: &Plan, (group, field): (&str, &str)) -> Result<String> {
    let begin = format!("/api/services/{}/authorities/{}/drafts", plan.service, plan.authority);
    let begun = expect(&begin, me.ask("POST", begin.clone(), Body::None).await?, &[201])?;
    let case = begun.body["case"].as_str().ok_or("no case")?.to_owned();
    let draft = begun.body["draft_url"].as_str().ok_or("no draft")?.to_owned();
    let papers = format!("/api/cases/{}/{case}/papers", plan.authority);
    let taken = expect(&papers, me.ask("POST", papers.clone(), PAPER).await?, &[201])?;
    let mut data = plan.data.clone();
    data[group][field] = json!([{ "paper": taken.body["paper"] }]);
    let version = me.get(draft.clone()).await?["version"].clone();
    let save = || {
        me.ask(
            "PUT",
            draft.clone(),
            Body::Json(json!({ "data": data, "version": version })),
        )
    };
    let saved = expect(&draft, save().await?, &[200])?;
    if plan.twice {
        // The second tab still shows the old version.
        expect(&draft, save().await?, &[409])?;
        day.tally.count("told: draft saved from another tab");
    }
    let submit = format!("{draft}/submission?version={}", saved.body["version"]);
    expect(&submit, me.ask("POST", submit.clone(), Body::None).await?, &[201])?;
    Ok(case)
}

/// Does whatever is to be done with each application now.
async fn look_after<D: Door>(me: &Caller<D>, day: &Day, all: &mut Vec<Sent>) -> Result<()> {
    let listed = me.get("/api/cases".to_owned()).await?;
    let cases = listed["items"].as_array().ok_or("no list of cases")?;
    let status = |case: &str| {
        cases
            .iter()
            .find(|known| known["case"] == case)
            .and_then(|known| known["status"].as_str())
    };
    let mut objections = Vec::new();
    for sent in all.iter_mut().filter(|sent| !sent.done) {
        match status(&sent.case) {
            Some("in-review") if sent.plan.withdraws => withdraw(me, day, sent).await?,
            Some("in-review") => {}
            Some("papers-wanted") => answer(me, day, sent).await?,
            Some("decided") if sent.plan.objects && !sent.objected => objections.extend(object(me, day, sent).await?),
            Some("decided" | "final" | "withdrawn" | "closed") => sent.done = true,
            other => return Err(format!("{} stands at {other:?}", sent.path()).into()),
        }
    }
    all.extend(objections);
    Ok(())
}

async fn withdraw<D: Door>(me: &Caller<D>, day: &Day, sent: &mut Sent) -> Result<()> {
    let path = format!("{}/withdrawal", sent.path());
    let said = expect(&path, me.ask("POST", path.clone(), Body::None).await?, &[204, 409])?;
    if said.status == 409 {
        // Somebody at the desk was faster: the next look shows what it came to.
        day.tally.count("told: withdrawn too late");
        return Ok(());
    }
    day.tally.count("withdrawn");
    sent.done = true;
    Ok(())
}

async fn answer<D: Door>(me: &Caller<D>, day: &Day, sent: &mut Sent) -> Result<()> {
    if !sent.plan.answers {
        day.tally.count("request left unanswered");
        sent.done = true;
        return Ok(());
    }
    let base = sent.path();
    let request = me.get(format!("{base}/request")).await?;
    if !request["text"]
        .as_str()
        .is_some_and(|text| text.contains("Mietvertrag"))
    {
        return Err(format!("{base}: the request lost its text").into());
    }
    let papers = format!("{base}/papers");
    // A paper that met another change is missing; the answer counts all the same.
    expect(&papers, me.ask("POST", papers.clone(), PAPER).await?, &[201, 409])?;
    let path = format!("{base}/answer");
    let text = |text: &str| Body::Json(json!({ "text": text }));
    let said = expect(
        &path,
        me.ask("POST", path.clone(), text("Hier ist der Mietvertrag.")).await?,
        &[200, 409],
    )?;
    if said.status == 409 {
        day.tally.count("told: answer met another change");
        return Ok(());
    }
    match said.body["taken"].as_str() {
        Some("in-time") => day.tally.count("answered in time"),
        _ => return Err(format!("{path}: {}", said.body).into()),
    }
    if sent.plan.answers_late && !sent.answered {
        // Nothing is asked any more: taken to the file as well, or the case has ended meanwhile.
        let said = expect(
            &path,
            me.ask("POST", path.clone(), text("Und noch etwas.")).await?,
            &[200, 409],
        )?;
        match (said.status, said.body["taken"].as_str()) {
            (200, Some("further" | "late")) => day.tally.count("answered once more"),
            (409, _) => day.tally.count("told: one more answer after the end"),
            _ => return Err(format!("{path}: {}", said.body).into()),
        }
    }
    sent.answered = true;
    Ok(())
}

/// Objects; gives the objection's own case to care for.
async fn object<D: Door>(me: &Caller<D>, day: &Day, sent: &mut Sent) -> Result<Option<Sent>> {
    let base = sent.path();
    let actions = me.get(format!("{base}/actions")).await?;
    let Some(notice) = actions["object"][0]["notice"].as_str() else {
        return Err(format!("{base} is decided and nothing can be objected to: {actions}").into());
    };
    let path = format!("{base}/objections");
    let body = Body::Json(json!({ "notice": notice, "text": "Der Betrag stimmt nicht." }));
    let said = expect(&path, me.ask("POST", path.clone(), body).await?, &[201, 409])?;
    if said.status == 409 {
        day.tally.count("told: objection met another change");
        return Ok(None);
    }
    sent.objected = true;
    sent.done = true;
    day.tally.count("objected");
    let case = said.body["case"].as_str().ok_or("no case")?.to_owned();
    day.tally.acknowledged(sent.plan.authority, &case);
    Ok(Some(Sent {
        plan: Plan {
            service: "widerspruch",
            data: Value::Null,
            withdraws: sent.plan.relents,
            objects: false,
            ..sent.plan.clone()
        },
        case,
        answered: false,
        objected: true,
        done: false,
    }))
}
