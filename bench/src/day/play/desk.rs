//! A caseworker's day, and a team lead's, who posts the letters and releases.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::people::Member;
use super::{Body, Caller, Day, Dice, Door, Result, Said, expect};

/// Lines looked at before one is chosen: few, so that colleagues reach for the same.
const REACH: usize = 6;

/// A line of the worklist.
struct Line {
    case: String,
    task: String,
    holder: Option<String>,
    release: bool,
}

struct Desk<'a, D> {
    me: Caller<D>,
    day: &'a Day,
    member: &'a Member,
    dice: Dice,
}

/// Works until the evening.
pub async fn work<D: Door>(door: &D, day: &Arc<Day>, member: &Member) -> Result<()> {
    let login = json!({ "staff": member.id, "authority": member.authority });
    let mut desk = Desk {
        me: Caller::login(door, login).await?,
        day,
        member,
        dice: Dice::new(day.size.seed ^ 0xde5c ^ (member.number as u64) << 32),
    };
    let away = day.away.iter().find(|away| away.staff == member.id);
    while !day.is_evening() {
        desk.dice.rest(day.size.pause / 4).await;
        if let Some(away) = away
            && day.awake.load(Ordering::Acquire) < day.size.residents
            && desk.goes(&away.deputy).await?
        {
            return desk.absent().await;
        }
        if member.leads {
            desk.post().await?;
        }
        desk.next().await?;
    }
    Ok(())
}

impl<D: Door> Desk<'_, D> {
    async fn ask(&self, what: &'static str, method: &'static str, path: String, body: Body) -> Result<Said> {
        let said = self.me.ask(method, path, body).await?;
        self.day.tally.took(what, said.took);
        Ok(said)
    }

    async fn list(&self, what: &'static str, query: &str) -> Result<Vec<Line>> {
        let path = format!("/api/desk/worklist?limit=20&{query}");
        let said = expect(&path, self.ask(what, "GET", path.clone(), Body::None).await?, &[200])?;
        let items = said.body["items"].as_array().ok_or("no worklist")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let line = |item: &Value| {
            Some(Line {
                case: text(&item["case"])?,
                task: text(&item["task"])?,
                holder: text(&item["holder"]),
                release: item["work"] == "freigabe",
            })
        };
        Ok(items.iter().filter_map(line).collect())
    }

    fn holder_path(&self, line: &Line) -> String {
        let Line { case, task, .. } = line;
        format!("/api/desk/cases/{}/{case}/tasks/{task}/holder", self.member.authority)
    }

    /// Gives a task another holder. False: somebody else was first, or it is not for that person, and that was said.
    async fn assign(&self, line: &Line, to: Option<&str>) -> Result<bool> {
        let path = self.holder_path(line);
        let body = Body::Json(json!({ "held_by": line.holder, "to": to }));
        let said = expect(
            &path,
            self.ask("assign a task", "PUT", path.clone(), body).await?,
            &[204, 409, 422],
        )?;
        match said.status {
            204 => return Ok(true),
            409 => self.day.tally.count("told: task taken by a colleague"),
            _ => self.day.tally.count("told: not for this colleague"),
        }
        Ok(false)
    }

    /// One piece of work: of one's own list, else a task of nobody's.
    async fn next(&mut self) -> Result<()> {
        let mine = self.list("worklist, mine", "filter=mine").await?;
        if let Some(at) = (!mine.is_empty()).then(|| self.dice.below(mine.len().min(REACH))) {
            let mut line = mine.into_iter().nth(at).ok_or("no line")?;
            if line.holder.as_ref() != Some(&self.member.id) {
                if !self.assign(&line, Some(&self.member.id)).await? {
                    // Perhaps I checked it myself, and a third person has to release it.
                    self.assign(&line, None).await?;
                    return Ok(());
                }
                self.day.tally.count("done as deputy");
                line.holder = Some(self.member.id.clone());
            }
            return self.open(line).await;
        }
        let mut free = self.list("worklist, nobody's", "filter=open&holder=nobody").await?;
        // Checking is the caseworkers' work; a lead releases.
        free.retain(|line| line.release || !self.member.leads);
        if free.is_empty() {
            return Ok(());
        }
        let mut line = free.swap_remove(self.dice.below(free.len().min(REACH)));
        // One in five does not say so before working on it.
        if !self.dice.chance(20) {
            if !self.assign(&line, Some(&self.member.id)).await? {
                return Ok(());
            }
            self.day.tally.count("tasks taken");
            line.holder = Some(self.member.id.clone());
        }
        self.open(line).await
    }

    async fn open(&mut self, line: Line) -> Result<()> {
        let base = format!("/api/desk/cases/{}/{}", self.member.authority, line.case);
        let path = format!("{base}?purpose=case-work");
        let said = expect(&path, self.ask("case", "GET", path.clone(), Body::None).await?, &[200])?;
        let case = said.body;
        if case["task"]["task"] != line.task.as_str() {
            self.day.tally.count("told: task ended by a colleague");
            return Ok(());
        }
        if self.dice.chance(5) {
            let path = format!("{base}/notes");
            let note = Body::Json(json!({ "text": "Telefonat: Rückruf morgen." }));
            // The note changed the case: it is opened again another time.
            let said = expect(&path, self.ask("note", "POST", path.clone(), note).await?, &[204, 409])?;
            self.day.tally.count(if said.status == 204 {
                "notes"
            } else {
                "told: note met another change"
            });
            return Ok(());
        }
        if line.holder.as_ref() == Some(&self.member.id) && self.dice.chance(8) {
            let away = |id: &str| self.day.away.iter().any(|away| away.staff == id);
            let colleagues = self.member.colleagues.iter().map(String::as_str);
            let colleagues: Vec<&str> = colleagues.filter(|id| !away(id)).collect();
            let to = self.dice.pick(&colleagues);
            if self.assign(&line, to).await? {
                self.day.tally.count("handed over");
            }
            return Ok(());
        }
        let verdict = self.verdict(&case)?;
        self.decide(&line, &case, verdict).await
    }

    fn verdict(&mut self, case: &Value) -> Result<(&'static str, Value)> {
        let task = &case["task"];
        let service = case["service"].as_str().unwrap_or_default();
        let asked = case["timeline"].as_array().into_iter().flatten();
        let asked = asked.filter(|entry| entry["kind"] == "papers.requested").count();
        if task["work"] == "freigabe" {
            return Ok(if self.dice.chance(85) {
                ("released", json!({ "verdict": "release", "reason": "" }))
            } else {
                (
                    "returned",
                    json!({ "verdict": "return", "reason": "Bitte die Miete noch einmal prüfen." }),
                )
            });
        }
        if task["can_request"] == true && asked == 0 && self.dice.chance(25) {
            let request = json!({
                "verdict": "request-papers", "text": "Bitte senden Sie uns Ihren Mietvertrag.", "papers": ["Mietvertrag, alle Seiten"],
                "due": self.day.in_days(21)?,
            });
            return Ok(("papers asked for", request));
        }
        let correction = match service {
            "wohngeld" if self.dice.chance(8) => Some(json!({ "erheblich_vermoegend": "ja" })),
            "wohngeld" if self.dice.chance(15) => {
                let rent = task["correctable"]["kaltmiete_cent"].as_i64().unwrap_or(40_000);
                Some(json!({ "kaltmiete_cent": rent - 1_000 }))
            }
            "hundesteuer" if task["correctable"]["gefaehrlich"] == true && self.dice.chance(30) => {
                Some(json!({ "gefaehrlich": false }))
            }
            // Who decides on an objection must choose; carrying out what was granted is only confirmed.
            "widerspruch" if task["correctable"]["ergebnis"].is_null() => {
                let outcomes = ["abhilfe", "teilabhilfe", "zurueckweisung"];
                Some(json!({ "ergebnis": outcomes[self.dice.below(3)] }))
            }
            _ => None,
        };
        Ok(match correction {
            Some(corrections) => {
                let body = json!({ "verdict": "correct", "reason": "Nach Aktenlage.", "corrections": corrections });
                ("corrected", body)
            }
            // What was granted is carried out by hand here, and that is said.
            None if service == "widerspruch" => (
                "confirmed",
                json!({ "verdict": "confirm", "reason": "Von Hand geändert." }),
            ),
            None => ("confirmed", json!({ "verdict": "confirm", "reason": "" })),
        })
    }

    async fn decide(&mut self, line: &Line, case: &Value, (what, mut body): (&'static str, Value)) -> Result<()> {
        body["version"] = case["version"].clone();
        let path = format!(
            "/api/desk/cases/{}/{}/tasks/{}",
            self.member.authority, line.case, line.task
        );
        // Some look out of the window first, and a colleague may be faster.
        if self.dice.chance(30) {
            self.dice.rest(self.day.size.pause / 4).await;
        }
        let said = self.ask("verdict", "POST", path.clone(), Body::Json(body)).await?;
        let detail = said.body["detail"].as_str().unwrap_or_default();
        match said.status {
            204 => {
                self.day.tally.count("verdicts");
                self.day.tally.count(what);
            }
            409 => self.day.tally.count("told: case changed meanwhile"),
            422 if detail.contains("Vier Augen") => {
                self.day.tally.count("told: four eyes are two people");
                if line.holder.is_some() {
                    self.assign(line, None).await?;
                }
            }
            _ => return expect(&path, said, &[204]).map(drop),
        }
        Ok(())
    }

    /// Posts what waits. The period for objection begins.
    async fn post(&mut self) -> Result<()> {
        let path = "/api/desk/letters?limit=10".to_owned();
        let said = expect(
            &path,
            self.ask("letters", "GET", path.clone(), Body::None).await?,
            &[200],
        )?;
        let letters = said.body["items"].as_array().ok_or("no letters")?;
        for letter in letters {
            let notice = letter["notice"].as_str().ok_or("no notice")?;
            let path = format!("/api/desk/letters/{}/{notice}/posting", self.member.authority);
            let body = Body::Json(json!({ "on": self.day.today }));
            let said = expect(
                &path,
                self.ask("post a letter", "POST", path.clone(), body).await?,
                &[204, 409, 422],
            )?;
            let detail = said.body["detail"].as_str().unwrap_or_default();
            let what = match said.status {
                204 => "letters posted",
                409 => "told: letter met another change",
                // Withdrawn, or replaced, while it lay in the list.
                _ if detail.contains("muss nicht mehr zur Post") => "told: letter need not be posted",
                _ => return Err(format!("{path}: {}", said.body).into()),
            };
            self.day.tally.count(what);
        }
        Ok(())
    }

    /// Leaves, with work on the desk: the deputy will do it.
    async fn goes(&mut self, deputy: &str) -> Result<bool> {
        let free = self.list("worklist, nobody's", "filter=open&holder=nobody").await?;
        let mut left = 0;
        for line in free.iter().filter(|line| !line.release).take(3) {
            left += usize::from(self.assign(line, Some(&self.member.id)).await?);
        }
        if left == 0 {
            return Ok(false);
        }
        let path = "/api/desk/absences".to_owned();
        let body =
            json!({ "staff": self.member.id, "from": self.day.today, "to": self.day.in_days(5)?, "deputy": deputy });
        expect(
            &path,
            self.ask("absence", "POST", path.clone(), Body::Json(body)).await?,
            &[204],
        )?;
        self.day.tally.count("went absent with work on the desk");
        Ok(true)
    }

    /// Is away until the evening.
    async fn absent(&mut self) -> Result<()> {
        while !self.day.is_evening() {
            tokio::time::sleep(self.day.size.pause).await;
        }
        Ok(())
    }
}
