//! The page of a case: where it stands, who is next, and what the person can do.

use super::desk::picture::waiting_picture;
use super::form::answers;
use super::mine::{grouped, item};
use super::own::{CasePath, Own, last_day};
use super::{day, service_title};
use crate::problem::Problem;
use crate::render::{CasePage, ok};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::Fact;
use crate::view::case::{ActionLink, CaseView, ObjectionItem, Progress, RelatedItem, Step};
use crate::view::desk::Picture;
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use wegfrei_cases::event::Relation;
use wegfrei_cases::{
    CaseSummary, MyActions, NoticeSummary, OBJECTION_SERVICE, ObjectionStand, ObjectionView, RelatedCase, Status, Suit,
};
use wegfrei_model::{NoticeId, Timestamp};

/// What the query of a case's page may say.
#[derive(Deserialize, Default)]
pub(crate) struct CaseQuery {
    meldung: Option<String>,
    angaben: Option<String>,
}

/// `GET /mein-bereich/vorgang/{authority}/{case}`
pub(crate) async fn show(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
    Query(query): Query<CaseQuery>,
) -> Result<Response, Problem> {
    let own = match path.open_seen(&state, &visit).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (person, authority, case) = (own.person, own.authority(), own.case());
    let visit = visit.helping(own.helping);
    let (notices, actions) = tokio::try_join!(
        state.cases.seen_notices(person, authority, case),
        state.cases.my_actions(person, authority, case),
    )?;
    let related = if own.helping {
        Vec::new()
    } else {
        state.cases.related(person, authority, case).await?
    };
    let groups = match query.angaben {
        Some(_) => {
            let (data, _) = state.cases.my_application(person, authority, case).await?;
            let package = state.cases.package_for(authority, case).await?;
            answers(visit.frame.t, package.form(), &data, |_| String::new())
        }
        None => Vec::new(),
    };
    let t = visit.frame.t;
    let known = &own.known;
    let picture = match known.waiting.is_empty() {
        true => None,
        false => {
            let package = state.cases.package_for(authority, case).await?;
            // What waits for something else, such as an objection, has no place of its own in the drawing.
            Some(waiting_picture(t, package.process(), &known.waiting, &actions.passed)).filter(Picture::is_marked)
        }
    };
    let mut shown = item(&state, &visit, known);
    let yours = known.status == Status::PapersWanted && actions.supply.is_some();
    let turn = turn(t, known, yours, &shown.authority);
    if known.status == Status::PapersWanted && !yours {
        // The deadline is over; the job that says so to the process has not come yet.
        shown.next = t.status_review_next.to_owned();
    }
    let objections: Vec<ObjectionItem> = actions
        .objections
        .iter()
        .map(|one| objection(t, &own, one, &notices))
        .collect();
    // What came of the newest objection says more than the status alone.
    if objections.last().is_some_and(|last| last.instead) {
        shown.next.clear();
    }
    let mine = of_objection(known);
    if is_carried_out(known, &actions, &notices) {
        shown.next = t.case_objection_carried_next.to_owned();
    }
    let suing = suing(t, actions.sue, actions.court.as_deref());
    let message = match query.meldung.as_deref() {
        Some("nachgereicht") => Some(t.case_said_supplied.to_owned()),
        Some("noch") => Some(t.case_said_further.to_owned()),
        Some("spaet") => Some(t.case_said_late.to_owned()),
        Some("kontakt") => Some(t.case_said_contact.to_owned()),
        Some("zurueckgenommen") if mine => Some(t.case_said_objection_withdrawn.to_owned()),
        Some("zurueckgenommen") => Some(t.case_said_withdrawn.to_owned()),
        _ => None,
    };
    let view = CaseView {
        case: shown,
        turn,
        yours,
        message,
        steps: steps(t, known, &actions, &notices),
        suing,
        objections,
        deadlines: deadlines(t, known, &actions),
        actions: links(t, &own, &actions, super::leaving::pays(&state, &known.service), known),
        related: related
            .iter()
            .filter(|other| other.earlier || other.relation != Relation::Objection)
            .map(|other| link(&state, &visit, &own, other))
            .collect(),
        groups,
        notices: grouped(&state, &visit, &notices),
        picture,
    };
    Ok(ok(&CasePage {
        f: &visit.frame,
        v: &view,
    }))
}

/// Who is next.
fn turn(t: &'static Texts, known: &CaseSummary, yours: bool, authority: &str) -> String {
    match (known.status, known.due) {
        (Status::PapersWanted, Some(due)) if yours => fill(t.case_turn_you_until, "date", last_day(t, due)),
        (Status::PapersWanted, None) if yours => t.case_turn_you.to_owned(),
        (Status::Draft, _) => t.case_turn_you.to_owned(),
        (Status::InReview | Status::PapersWanted | Status::Contested, _) => {
            fill(t.case_turn_office, "authority", authority)
        }
        (Status::Decided, _) => t.case_turn_decided.to_owned(),
        (Status::Final, _) => t.case_turn_final.to_owned(),
        (Status::Withdrawn | Status::Closed, _) => t.case_turn_done.to_owned(),
    }
}

/// Until when, or that the period has not begun: the letter has not left the house.
fn until(t: &'static Texts, due: Option<Timestamp>) -> String {
    due.map_or_else(
        || t.case_not_begun.to_owned(),
        |due| fill(t.case_step_until, "date", last_day(t, due)),
    )
}

fn deadlines(t: &'static Texts, known: &CaseSummary, actions: &MyActions) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |key: &str, due: Option<Timestamp>| facts.push(Fact::new(key, until(t, due)));
    if actions.supply.is_some() && (known.due.is_some() || !actions.supply_begun) {
        add(t.case_step_supply, known.due);
    }
    for (_, due) in &actions.object {
        add(t.case_step_period, *due);
    }
    if let Some(suit) = sues(actions) {
        add(t.case_step_suit, suit.until);
    }
    facts
}

/// The time for suing, here or about an objection to a notice of this case.
fn sues(actions: &MyActions) -> Option<Suit> {
    let objected = actions.objections.last().and_then(|last| last.sue);
    actions.sue.or(objected)
}

/// The case is itself an objection.
fn of_objection(known: &CaseSummary) -> bool {
    known.service == OBJECTION_SERVICE
}

/// The case is an objection that has succeeded, and somebody changes the contested notice.
fn is_carried_out(known: &CaseSummary, actions: &MyActions, notices: &[NoticeSummary]) -> bool {
    if !of_objection(known) || known.status != Status::InReview || actions.decided_anew {
        return false;
    }
    let mut decisions = notices
        .iter()
        .filter(|notice| super::mine::kind(notice) == super::mine::Letter::Decision);
    decisions.any(|notice| notice.replaced_at.is_none())
}

/// Until when, and before which court, one can sue.
fn suing(t: &'static Texts, sue: Option<Suit>, court: Option<&str>) -> Option<String> {
    let words = match sue?.until {
        Some(until) => fill(t.case_sue_until, "date", last_day(t, until)),
        None => t.case_sue_not_begun.to_owned(),
    };
    Some(fill(&words, "court", court.unwrap_or(t.case_sue_court)))
}

/// An objection to a notice of this case, and what came of it.
fn objection(t: &'static Texts, own: &Own, objection: &ObjectionView, notices: &[NoticeSummary]) -> ObjectionItem {
    let issued = |id: NoticeId| notices.iter().find(|notice| notice.notice == id);
    let decided = objection.decided_at.map(|at| day(t, at));
    let words = match objection.stand {
        ObjectionStand::Open => t.case_objected.to_owned(),
        ObjectionStand::Granted { in_part: false } => t.case_objection_granted.to_owned(),
        ObjectionStand::Granted { in_part: true } => t.case_objection_partly.to_owned(),
        ObjectionStand::CarriedOut { by, .. } => match by.and_then(issued) {
            Some(new) => fill(t.case_objection_replaced, "new", day(t, new.issued_at)),
            None => t.case_objection_changed.to_owned(),
        },
        ObjectionStand::Refused => match decided {
            Some(decided) => fill(t.case_objection_refused, "decided", decided),
            None => t.case_objection_refused_plain.to_owned(),
        },
        ObjectionStand::Withdrawn => t.case_objection_withdrawn.to_owned(),
    };
    let mut lines = vec![fill(&words, "date", day(t, objection.filed_at))];
    if objection.stand.is_refused() {
        let over = || t.case_sue_over.to_owned();
        lines.push(suing(t, objection.sue, objection.court.as_deref()).unwrap_or_else(over));
    }
    ObjectionItem {
        lines,
        href: super::mine::case_path(own.authority(), objection.case),
        link: fill(t.case_objection_link, "n", &objection.reference),
        instead: matches!(
            objection.stand,
            ObjectionStand::Open | ObjectionStand::Granted { .. } | ObjectionStand::Refused
        ),
    }
}

/// The way of a case in plain steps: what came, what runs, what will come. From the rows alone, so nothing is opened for it.
fn steps(t: &'static Texts, known: &CaseSummary, actions: &MyActions, notices: &[NoticeSummary]) -> Vec<Step> {
    let step = |progress, title: &str, date: String| Step {
        progress,
        title: title.to_owned(),
        date,
    };
    let mine = of_objection(known);
    let or = |plain: &'static str, of_objection: &'static str| if mine { of_objection } else { plain };
    let sue = sues(actions);
    // A notice that took the place of a contested one has a period of its own beside the time for suing about the objection.
    let objects = actions.object.iter().map(|(_, due)| (t.case_step_period, *due));
    let sues = sue.map(|suit| (t.case_step_suit, suit.until));
    let mut periods: Vec<_> = objects.chain(sues).collect();
    if periods.is_empty() {
        periods.extend(known.due.map(|due| (t.case_step_period, Some(due))));
    }
    let answer = || match known.due {
        None if actions.supply_begun => String::new(),
        due => until(t, due),
    };
    let done = |title: &str, at| step(Progress::Done, title, day(t, at));
    let mut past = Vec::new();
    past.extend(
        known
            .submitted_at
            .map(|at| (at, or(t.case_step_sent, t.case_objection_sent))),
    );
    for notice in notices.iter().rev() {
        match super::mine::kind(notice) {
            super::mine::Letter::Decision => {
                past.push((notice.issued_at, or(t.case_step_notice, t.case_objection_notice)));
            }
            super::mine::Letter::Other => past.push((notice.issued_at, t.case_step_letter)),
            super::mine::Letter::Enclosure => {}
        }
    }
    for objection in &actions.objections {
        past.push((objection.filed_at, t.case_step_objected));
        past.extend(objection.decided_at.map(|at| (at, t.case_step_objection_decided)));
    }
    past.sort_by_key(|(at, _)| *at);
    let mut steps: Vec<Step> = past.into_iter().map(|(at, title)| done(title, at)).collect();
    let granted = |one: &ObjectionView| matches!(one.stand, ObjectionStand::Granted { .. });
    let mut add = |progress, title, date| steps.push(step(progress, title, date));
    use Progress::{Done, Later, Now};
    match known.status {
        Status::Draft => {}
        Status::InReview if is_carried_out(known, actions, notices) => {
            add(Now, t.case_objection_carried, String::new());
            add(Later, t.case_step_end, String::new());
        }
        Status::InReview if actions.objections.iter().any(granted) => {
            add(Now, t.case_step_anew, String::new());
            add(Later, t.case_step_end, String::new());
        }
        Status::InReview => {
            add(Now, or(t.case_step_review, t.case_objection_review), String::new());
            add(Later, or(t.case_step_notice, t.case_objection_notice), String::new());
        }
        Status::PapersWanted => {
            add(Now, t.case_step_supply, answer());
            add(Later, or(t.case_step_review, t.case_objection_review), String::new());
            add(Later, or(t.case_step_notice, t.case_objection_notice), String::new());
        }
        Status::Contested => {
            let now = if actions.objections.iter().any(granted) {
                t.case_step_anew
            } else {
                t.case_step_objection_open
            };
            add(Now, now, String::new());
            add(Later, t.case_step_end, String::new());
        }
        Status::Decided => {
            for (period, due) in periods {
                add(Now, period, until(t, due));
            }
            add(Later, t.case_step_end, String::new());
        }
        Status::Withdrawn => add(Done, t.case_step_withdrawn, day(t, known.updated_at)),
        Status::Final | Status::Closed => add(Done, t.case_step_end, day(t, known.updated_at)),
    }
    steps
}

/// Nothing will be sent any more.
fn ended(status: Status) -> bool {
    matches!(status, Status::Final | Status::Withdrawn | Status::Closed)
}

fn links(t: &'static Texts, own: &Own, actions: &MyActions, pays: bool, known: &CaseSummary) -> Vec<ActionLink> {
    let base = own.href();
    let action = |end: &str, label: &str, hint: String, test| ActionLink {
        href: format!("{base}/{end}"),
        label: label.to_owned(),
        hint,
        primary: false,
        test,
    };
    let mut links = Vec::new();
    if actions.supply.is_some() {
        links.push(ActionLink {
            primary: true,
            ..action(
                "nachreichen",
                t.case_supply,
                t.case_supply_hint.to_owned(),
                "nachreichen",
            )
        });
    } else if actions.supply_further {
        let (label, hint) = match actions.called_off {
            Some(at) => (t.case_supply_more, fill(t.case_supply_called_off, "date", day(t, at))),
            None if actions.asked => (t.case_supply_more, t.case_supply_more_hint.to_owned()),
            None => (t.case_supply_unasked, t.case_supply_unasked_hint.to_owned()),
        };
        links.push(action("nachreichen", label, hint, "nachreichen"));
    }
    for (notice, due) in &actions.object {
        let hint = due.map_or_else(
            || t.object_not_begun.to_owned(),
            |due| fill(t.case_object_hint, "date", last_day(t, due)),
        );
        links.push(action(
            &format!("widerspruch/{notice}"),
            t.case_object,
            hint,
            "widerspruch",
        ));
    }
    for (notice, due) in &actions.missed {
        let hint = fill(t.case_missed_hint, "date", last_day(t, *due));
        links.push(action(
            &format!("widerspruch/{notice}"),
            t.case_missed,
            hint,
            "verpasst",
        ));
    }
    if actions.follow_up {
        let label = if pays { t.case_follow } else { t.follow_change_button };
        links.push(action(
            "folgeantrag",
            label,
            t.case_follow_hint.to_owned(),
            "folgeantrag",
        ));
    }
    if own.helping {
        return links;
    }
    links.push(ActionLink {
        href: super::help::path(own.authority(), own.case()),
        ..action("hilfe", t.help_link, t.help_link_hint.to_owned(), "hilfe")
    });
    if !ended(known.status) {
        links.push(action(
            "kontakt",
            t.case_contact,
            t.case_contact_hint.to_owned(),
            "kontakt",
        ));
    }
    if actions.withdraw {
        let (label, hint) = if of_objection(known) {
            (t.case_objection_take_back, t.case_objection_take_back_hint)
        } else {
            (t.case_withdraw, t.case_withdraw_hint)
        };
        links.push(action("zuruecknehmen", label, hint.to_owned(), "zuruecknehmen"));
    }
    links
}

fn link(state: &WebState, visit: &Visit, own: &Own, other: &RelatedCase) -> RelatedItem {
    let t = visit.frame.t;
    let relation = match other.relation {
        Relation::Objection => t.case_related_objection,
        Relation::Renewal => t.case_related_renewal,
        Relation::Change => t.case_related_change,
    };
    let service = service_title(state, &other.service, visit.lang);
    // What the earlier case is called by its own service; a later one, by what it is.
    let title = if other.earlier || other.relation == Relation::Objection {
        service
    } else {
        format!("{relation}: {service}")
    };
    let (_, status, _) = super::mine::status_of(t, &other.service, other.status);
    let reference = other.reference.as_ref();
    let reference = reference.map_or_else(|| t.case_related_draft.to_owned(), |n| fill(t.mine_reference, "n", n));
    RelatedItem {
        href: super::mine::case_path(own.authority(), other.case),
        title,
        detail: format!("{reference} · {status}"),
    }
}
