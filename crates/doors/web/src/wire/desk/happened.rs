//! What happened to a case, in words: letters, objections, requests, deadlines, the timeline.

use super::words::name;
use crate::texts::{Texts, fill};
use crate::view::case::Event;
use crate::view::desk::{DeadlineLine, Exchange, Linked, NoteLine, Replaces, TakeBackForm};
use crate::wire::day;
use crate::wire::own::last_day;
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{
    CaseView, DoneTask, LetterKind, NoticeSummary, OBJECTION_SERVICE, ObjectionStand, ObjectionView, RequestStand,
    TakeBack, TimelineItem, TimelineLetter,
};
use wegfrei_model::time::date_words;
use wegfrei_model::{NoticeId, Timestamp};
use wegfrei_packages::Package;

/// Who decided what an objection is about, and whether that is the reader although somebody else could decide (true: warn).
pub(crate) fn first_decided(t: &'static Texts, opened: &CaseView) -> Option<(bool, String)> {
    let contested = opened.contested.as_ref()?;
    Some(match &contested.by {
        Some(_) if contested.by_reader && contested.others => (true, t.desk_first_yours.to_owned()),
        Some(_) if contested.by_reader => (false, t.desk_first_only_you.to_owned()),
        Some(who) => (false, fill(t.desk_first_by, "who", who)),
        None => (false, t.desk_first_by_nobody.to_owned()),
    })
}

fn paragraphs(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What was asked of the applicant, and their answers with the papers that came with them. What the desk has noted in place of an answer
/// is not said to be one: by this file is judged who has cooperated.
pub(crate) fn exchanges(t: &'static Texts, opened: &CaseView) -> Vec<Exchange> {
    let supplied = |done: &&DoneTask| done.verdict == VerdictKind::Supplied;
    let asked = opened.requests.iter().map(|request| {
        let until = date_words(request.due, t.language);
        let note = match request.stand {
            _ if request.open && !request.begun => t.desk_ask_unsent.to_owned(),
            _ if request.open => t.desk_ask_open.to_owned(),
            RequestStand::Answered => t.desk_ask_answered.to_owned(),
            RequestStand::Ended { at } => fill(t.desk_ask_ended, "date", day(t, at)),
            RequestStand::Missed | RequestStand::Open => t.desk_ask_over.to_owned(),
            RequestStand::CalledOff { at } => fill(t.desk_ask_called_off, "date", day(t, at)),
        };
        let exchange = Exchange {
            title: fill(t.desk_asked, "date", day(t, request.asked_at)),
            lines: paragraphs(&request.text),
            papers: request.papers.clone(),
            note: if request.open && request.begun && request.named < request.due {
                let named = fill(t.desk_ask_named, "date", date_words(request.named, t.language));
                format!("{} {named}", fill(&note, "date", until))
            } else {
                fill(&note, "date", until)
            },
        };
        (request.asked_at, exchange)
    });
    let mut before = opened.submitted_at;
    let further = opened.further_answers.iter().map(|answer| {
        let asked = opened.requests.iter().map(|request| request.asked_at);
        let asked = asked.take_while(|asked| *asked <= answer.at).last();
        let title = match asked {
            _ if answer.late => t.desk_answered_late,
            Some(_) => t.desk_answered_further,
            None => t.desk_answered_unasked,
        };
        // What came between the one before and this one.
        let mut ended = opened.done.iter().filter(supplied).map(|done| done.at);
        let ended = ended.rfind(|at| *at < answer.at);
        let since = [asked, ended].into_iter().flatten().fold(before, Ord::max);
        let with_it = opened
            .papers
            .iter()
            .filter(|paper| since < paper.added_at && paper.added_at <= answer.at);
        let papers: Vec<String> = with_it.map(|paper| paper.file_name.clone()).collect();
        before = answer.at;
        let mut lines = paragraphs(&answer.text);
        lines.extend((!papers.is_empty()).then(|| t.desk_answered_papers.to_owned()));
        let exchange = Exchange {
            title: fill(title, "date", answer.at.german()),
            lines,
            papers,
            note: String::new(),
        };
        (answer.at, exchange)
    });
    let further: Vec<_> = further.collect();
    let answers = opened.done.iter().filter(supplied).map(|done| {
        let asked_at = opened
            .requests
            .iter()
            .rev()
            .map(|request| request.asked_at)
            .find(|at| *at <= done.at);
        let with_it = opened
            .papers
            .iter()
            .filter(|paper| paper.added_at <= done.at && asked_at.is_some_and(|asked| asked <= paper.added_at));
        let papers: Vec<String> = with_it.map(|paper| paper.file_name.clone()).collect();
        let mut lines = paragraphs(&done.reason);
        lines.extend((!papers.is_empty()).then(|| t.desk_answered_papers.to_owned()));
        let title = if done.by_staff {
            t.desk_remarked
        } else {
            t.desk_answered
        };
        let exchange = Exchange {
            title: fill(title, "date", done.at.german()),
            lines,
            papers,
            note: String::new(),
        };
        (done.at, exchange)
    });
    let mut all: Vec<(Timestamp, Exchange)> = asked.chain(further).chain(answers).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, exchange)| exchange).collect()
}

/// Notes of the desk.
pub(crate) fn notes(opened: &CaseView) -> Vec<NoteLine> {
    let line = |note: &wegfrei_cases::NoteView| NoteLine {
        title: format!("{}, {}", note.by, note.at.german()),
        lines: paragraphs(&note.text),
    };
    opened.notes.iter().map(line).collect()
}

/// Deadlines that run.
pub(crate) fn deadlines(t: &'static Texts, now: Timestamp, package: &Package, opened: &CaseView) -> Vec<DeadlineLine> {
    let line = |deadline: &wegfrei_cases::DeadlineView| DeadlineLine {
        name: deadline_name(t, package, deadline),
        due: super::due(t, now, deadline.due),
    };
    opened.deadlines.iter().map(line).collect()
}

/// What a letter is called.
fn letter_name(t: &'static Texts, package: &Package, notice: &NoticeSummary) -> String {
    let title = match notice.kind {
        LetterKind::Decision | LetterKind::ObjectionDecision => t.mine_notice_title,
        LetterKind::Enclosure if notice.template.ends_with("-leicht") => t.mine_easy_title,
        LetterKind::Enclosure => t.mine_enclosure_title,
        LetterKind::Request | LetterKind::Reminder | LetterKind::Other => {
            return name(&notice.template.replace('-', " "));
        }
    };
    fill(title, "service", package.name())
}

/// The end of a letter's file name: its template, which is a file name of the package.
pub(crate) fn letter_file(opened: &CaseView, notice: NoticeId) -> &str {
    let of = opened.notices.iter().find(|known| known.notice == notice);
    of.map_or("brief", |known| known.template.as_str())
}

/// The letters of a case, each shown beside the application.
pub(crate) fn letters(t: &'static Texts, base: &str, opened: &CaseView, package: &Package) -> Vec<Linked> {
    let line = |notice: &NoticeSummary| Linked {
        href: format!("{base}?brief={}#unterlage", notice.notice),
        name: letter_name(t, package, notice),
        detail: match notice.replaced_at {
            _ if !notice.ready => t.desk_letter_pending.to_owned(),
            None => day(t, notice.issued_at),
            Some(at) => format!(
                "{}, {}",
                day(t, notice.issued_at),
                fill(t.desk_letter_replaced, "date", day(t, at))
            ),
        },
    };
    opened.notices.iter().map(line).collect()
}

/// Objections to the notices of a case, and what came of them.
pub(crate) fn objections(t: &'static Texts, opened: &CaseView) -> Vec<Linked> {
    let issued = |id: NoticeId| opened.notices.iter().find(|notice| notice.notice == id);
    let line = |one: &ObjectionView| {
        let decided = one.decided_at.map(|at| day(t, at)).unwrap_or_default();
        let stand = match one.stand {
            ObjectionStand::Open => t.desk_objection_open.to_owned(),
            ObjectionStand::Granted { in_part: false } => fill(t.desk_objection_granted, "date", decided),
            ObjectionStand::Granted { in_part: true } => fill(t.desk_objection_partly, "date", decided),
            ObjectionStand::CarriedOut { by, .. } => match by.and_then(issued) {
                Some(new) => fill(t.desk_objection_replaced, "date", day(t, new.issued_at)),
                None => t.desk_objection_changed.to_owned(),
            },
            ObjectionStand::Refused if one.decided_at.is_none() => t.desk_objection_refused_plain.to_owned(),
            ObjectionStand::Refused => fill(t.desk_objection_refused, "date", decided),
            ObjectionStand::Withdrawn => t.desk_objection_withdrawn.to_owned(),
        };
        let sue = one.sue.map(|sue| match sue.until {
            Some(until) => fill(t.desk_objection_sue, "date", last_day(t, until)),
            None => t.desk_objection_sue_later.to_owned(),
        });
        let mut parts = vec![fill(t.mine_reference, "n", &one.reference), stand];
        parts.extend(sue);
        Linked {
            href: super::base(opened.authority, one.case),
            name: fill(t.desk_objection, "date", day(t, one.filed_at)),
            detail: parts.join(", "),
        }
    };
    opened.objections.iter().map(line).collect()
}

/// The notice that will be replaced by the decision that is being made, and the address of its letter beside the application.
pub(crate) fn replaces(t: &'static Texts, base: &str, opened: &CaseView) -> Option<Replaces> {
    let old = opened
        .notices
        .iter()
        .find(|notice| Some(notice.notice) == opened.replaces)?;
    let words = if opened.contested.is_some() {
        t.desk_replaces_objection
    } else {
        t.desk_replaces
    };
    Some(Replaces {
        words: fill(&fill(words, "date", day(t, old.issued_at)), "code", &old.code),
        href: format!("{base}?brief={}#unterlage", old.notice),
    })
}

/// What can be taken back; `asked`: the applicant is asked for something meanwhile.
pub(crate) fn take_back(t: &'static Texts, back: TakeBack, asked: bool, base: &str) -> TakeBackForm {
    let (title, lead) = match back {
        TakeBack::Redecision if asked => (t.desk_take_back_redecision, t.desk_take_back_redecision_asked),
        TakeBack::Redecision => (t.desk_take_back_redecision, t.desk_take_back_redecision_lead),
        TakeBack::Grant => (t.desk_take_back_grant, t.desk_take_back_grant_lead),
    };
    TakeBackForm {
        action: format!("{base}/zuruecknehmen"),
        title,
        lead,
        error: None,
        typed: String::new(),
    }
}

/// What a letter of the timeline is.
fn letter_kind(t: &'static Texts, letter: &TimelineLetter) -> &'static str {
    if letter.kind == LetterKind::Enclosure && letter.template.ends_with("-leicht") {
        t.outbox_easy
    } else {
        super::outbox::kind(t, letter.kind)
    }
}

/// What a deadline is called.
fn deadline_name(t: &'static Texts, package: &Package, deadline: &wegfrei_cases::DeadlineView) -> String {
    match deadline.name.as_str() {
        "rechtsbehelfsfrist" => t.desk_deadline_objection.to_owned(),
        "klagefrist" => t.desk_deadline_suit.to_owned(),
        "mitwirkungsfrist" => t.desk_deadline_answer.to_owned(),
        "erinnerung" => t.desk_deadline_reminder.to_owned(),
        other => {
            let element = package.process().element(&deadline.element);
            let name = element.map_or(other, |element| element.name.as_str());
            fill(t.desk_deadline_other, "name", name)
        }
    }
}

/// What a computed decision was: a proposal for whoever has a task with it next, what a person decided before, or a decision by the rules
/// alone.
fn decision_words(t: &'static Texts, before: &[TimelineItem], after: &[TimelineItem]) -> &'static str {
    let next = after
        .iter()
        .find(|item| ["task.opened", "notice.issued", "decision.made"].contains(&item.kind.as_str()));
    if next.is_some_and(|item| item.kind == "task.opened") {
        t.event_proposed
    } else if before.iter().any(|item| item.kind == "task.completed") {
        t.event_decided_after
    } else {
        t.event_decided
    }
}

/// The timeline in words.
pub(crate) fn events(t: &'static Texts, package: &Package, items: &[TimelineItem]) -> Vec<Event> {
    let line = |(at, item): (usize, &TimelineItem)| {
        let (before, rest) = items.split_at(at);
        let decided = decision_words(t, before, rest.get(1..).unwrap_or_default());
        event(t, package, item, decided)
    };
    items.iter().enumerate().map(line).collect()
}

/// A line of the timeline in words.
fn event(t: &'static Texts, package: &Package, item: &TimelineItem, decided: &'static str) -> Event {
    let objection = package.id() == OBJECTION_SERVICE;
    let what = match item.kind.as_str() {
        "case.submitted" if objection => t.event_objection_submitted,
        "case.withdrawn" if objection => t.event_objection_withdrawn,
        "draft.saved" => t.event_draft,
        "draft.discarded" => t.event_discarded,
        "paper.added" => t.event_paper_added,
        "paper.removed" => t.event_paper_removed,
        "case.submitted" => t.event_submitted,
        "case.withdrawn" => t.event_withdrawn,
        "decision.made" => decided,
        "task.opened" => t.event_task_opened,
        "task.completed" => t.event_task_completed,
        "task.assigned" => t.event_assigned,
        "papers.requested" => t.event_asked,
        "request.extended" => t.event_extended,
        "request.called-off" => t.event_ask_called_off,
        "answer.late" | "answer.further" => t.event_answered,
        "note.added" => t.event_note,
        "objection.filed" => t.event_objected,
        "objection.granted" => t.event_granted,
        "objection.refused" => t.event_refused,
        "objection.carried-out" => t.event_carried_out,
        "objection.reopened" => t.event_objection_reopened,
        "decision.reopened" => t.event_reopened,
        "decision.restored" => t.event_restored,
        "objection.closed" => t.event_objection_closed,
        "process.advanced" => t.event_advanced,
        "process.moved" => t.event_moved,
        "process.moved-back" => t.event_moved_back,
        "notice.issued" => t.event_letter_issued,
        "notice.rendered" => t.event_letter_rendered,
        "notice.read" => t.event_letter_read,
        "deadline.set" => t.event_deadline_set,
        "deadline.passed" => t.event_deadline_passed,
        "deadline.cancelled" => t.event_called_off,
        "help.offered" => t.event_help_offered,
        "help.accepted" => t.event_help_accepted,
        "help.ended" => t.event_help_ended,
        "help.taken-back" => t.event_help_taken_back,
        "payments.planned" => t.event_payments_planned,
        "payments.exported" => t.event_payments_exported,
        "payments.stopped" => t.event_payments_stopped,
        "case.closed" => t.event_closed,
        "task.cancelled" => t.event_task_cancelled,
        "contact.set" => t.event_contact,
        "message.sent" => t.event_told,
        "message.failed" => t.event_not_told,
        "letter.posted" => t.event_posted,
        "letter.served" => t.event_served,
        "letter.recalled" => t.event_recalled,
        _ => "",
    };
    // What follows by itself from somebody's act is recorded under their name, but nobody did it.
    let by_itself = [
        "decision.made",
        "task.opened",
        "process.advanced",
        "notice.issued",
        "deadline.set",
        "deadline.cancelled",
        "objection.granted",
        "objection.refused",
        "objection.closed",
    ];
    let who = if by_itself.contains(&item.kind.as_str()) {
        String::new()
    } else {
        item.who.clone()
    };
    let letters: Vec<&str> = item.letters.iter().map(|letter| letter_kind(t, letter)).collect();
    let letters = letters.join(", ");
    let named = what.contains("{letter}");
    let what = match &item.moved {
        Some(moved) => fill(&fill(what, "version", &moved.version), "n", moved.number),
        None => what.to_owned(),
    };
    // To whom a task went, which letters left the house, which period it is.
    let mut details = Vec::from_iter(item.to.clone());
    details.extend(Some(letters.clone()).filter(|letters| !named && !letters.is_empty()));
    details.extend(item.deadline.as_ref().map(|deadline| {
        let name = deadline_name(t, package, deadline);
        let until = || fill(t.event_until, "date", last_day(t, deadline.due));
        if item.kind == "deadline.set" {
            format!("{name} {}", until())
        } else {
            name
        }
    }));
    Event {
        time: item.time.german(),
        at: item.time.to_string(),
        what: if what.is_empty() {
            fill(t.event_other, "kind", &item.kind)
        } else {
            fill(&what, "letter", letters)
        },
        who,
        detail: details.join(", "),
    }
}
