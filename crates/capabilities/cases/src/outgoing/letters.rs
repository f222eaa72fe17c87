//! What a case's letters are, which belong into one envelope, which no longer matter, and which periods wait for them.

use wegfrei_model::NoticeId;

use crate::event::{Channel, Relation};
use crate::state::{COOPERATION, CaseState, Deadline, Notice, OBJECTION, Phase, REMINDER, Request, SUIT};

/// What a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterKind {
    /// A decision (Bescheid).
    Decision,
    /// A decision about an objection (Abhilfe- oder Widerspruchsbescheid).
    ObjectionDecision,
    /// What goes with a decision: the leaflet in Leichte Sprache.
    Enclosure,
    /// Papers are asked for (Nachforderung).
    Request,
    /// A reminder of that.
    Reminder,
    /// Another letter on the way.
    Other,
}

impl LetterKind {
    const ALL: [LetterKind; 6] = [
        LetterKind::Decision,
        LetterKind::ObjectionDecision,
        LetterKind::Enclosure,
        LetterKind::Request,
        LetterKind::Reminder,
        LetterKind::Other,
    ];

    /// The code in the table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            LetterKind::Decision => "decision",
            LetterKind::ObjectionDecision => "objection-decision",
            LetterKind::Enclosure => "enclosure",
            LetterKind::Request => "request",
            LetterKind::Reminder => "reminder",
            LetterKind::Other => "other",
        }
    }

    /// Whether it is a decision's own letter, which one can object to or sue against.
    #[must_use]
    pub fn is_main(self) -> bool {
        matches!(self, LetterKind::Decision | LetterKind::ObjectionDecision)
    }

    /// The kind of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl CaseState {
    /// The main letters of the newest decision: what its period for objection is about. The letter is issued before what goes with it.
    pub(crate) fn main_letters(&self) -> impl Iterator<Item = &Notice> {
        self.main_letters_before(u64::MAX)
    }

    /// As [`CaseState::main_letters`], of what was issued before an entry.
    fn main_letters_before(&self, entry: u64) -> impl Iterator<Item = &Notice> {
        let decisions = move || {
            let issued = self.notices.iter().filter(move |notice| notice.entry < entry);
            issued.filter(|notice| !notice.letter)
        };
        let last = decisions().map(|notice| notice.issued_at).max();
        let newest = move || decisions().filter(move |notice| Some(notice.issued_at) == last);
        let main = newest().next().map(|notice| notice.template.as_str());
        newest().filter(move |notice| Some(notice.template.as_str()) == main)
    }

    /// The letters that brought a request: issued in the same step.
    pub(crate) fn request_letters(&self, request: &Request) -> impl Iterator<Item = &Notice> {
        let asked = request.at;
        let letters = self.notices.iter().filter(|notice| notice.letter);
        letters.filter(move |notice| notice.issued_at == asked)
    }

    /// The period for the answer to a request: of those set after it and before the next, the newest; of one that has another name in the
    /// process since a move, what it is there. A model may set none.
    pub(crate) fn answer_period(&self, request: &Request) -> Option<&Deadline> {
        let next = self.requests.iter().map(|other| other.entry);
        let next = next.filter(|entry| *entry > request.entry).min().unwrap_or(u64::MAX);
        let mut set = self.deadlines.iter().rev();
        set.find(|known| known.name == COOPERATION && (request.entry..next).contains(&known.entry) && !known.renamed)
    }

    /// Whether the period for the answer to a request has begun: its letters have left the house.
    pub(crate) fn answer_begun(&self, request: &Request) -> bool {
        let period = self.answer_period(request);
        period.is_none_or(|period| self.has_begun(period))
    }

    /// Whether a period has begun: the letter that sets it going has left the house. Other times wait for nothing.
    pub(crate) fn has_begun(&self, deadline: &Deadline) -> bool {
        let left = |notice: &Notice| self.outgoing.dispatched.contains_key(&notice.id);
        match deadline.name.as_str() {
            OBJECTION | SUIT => self.main_letters_before(deadline.entry).all(left),
            COOPERATION | REMINDER => {
                let mut asked = self.requests.iter().rev();
                let asked = asked.find(|request| request.entry < deadline.entry);
                asked.is_none_or(|request| self.request_letters(request).all(left))
            }
            _ => true,
        }
    }

    /// The request a letter on the way is about: the newest when it was issued.
    fn request_of(&self, notice: &Notice) -> Option<&Request> {
        let asked = self.requests.iter().filter(|request| request.at <= notice.issued_at);
        asked.max_by_key(|request| request.at).filter(|_| notice.letter)
    }

    /// What a letter is.
    #[must_use]
    pub fn letter_kind(&self, notice: &Notice) -> LetterKind {
        if notice.letter {
            return match self.request_of(notice) {
                Some(request) if request.at == notice.issued_at => LetterKind::Request,
                Some(_) => LetterKind::Reminder,
                None => LetterKind::Other,
            };
        }
        let mut issue = self.notices.iter().filter(|other| other.issued_at == notice.issued_at);
        let main = issue.find(|other| !other.letter);
        if main.is_some_and(|main| main.template != notice.template) {
            return LetterKind::Enclosure;
        }
        match self.about {
            Some(about) if about.relation == Relation::Objection => LetterKind::ObjectionDecision,
            _ => LetterKind::Decision,
        }
    }

    /// Whether a letter that is still in the house need not leave it any more: it asks for what was answered, missed, asked anew or is
    /// of a case that ended, or is a notice that was replaced, or a decision on an objection that was taken back.
    #[must_use]
    pub fn is_moot(&self, notice: &Notice) -> bool {
        // What was replaced or taken back before it left the house never does.
        if self.replaced_by(notice).is_some() || self.is_taken_back(notice) {
            return !self.outgoing.dispatched.contains_key(&notice.id);
        }
        let Some(request) = self.request_of(notice) else {
            return false;
        };
        let newest = self.requests.last().is_some_and(|last| last.entry == request.entry);
        let waits = self.phase == Phase::Running && newest && self.open_supply().is_some();
        !waits && !self.outgoing.dispatched.contains_key(&notice.id)
    }

    /// Whether a notice, or what it goes with, is a decision on an objection that is made anew.
    fn is_taken_back(&self, notice: &Notice) -> bool {
        let reopened = self
            .reopened
            .as_ref()
            .filter(|_| self.is_decided_anew() && !notice.letter);
        let old = reopened.and_then(|reopened| self.notice(&reopened.notice));
        old.is_some_and(|old| old.issued_at == notice.issued_at)
    }

    /// Whether everything of a notice's issue has its PDF: letter and enclosures are one envelope and one message.
    #[must_use]
    pub fn is_complete(&self, notice: &Notice) -> bool {
        let mut issue = self.notices.iter().filter(|other| other.issued_at == notice.issued_at);
        issue.all(|other| other.pdf.is_some())
    }

    /// Whether a notice waits to be printed and posted.
    #[must_use]
    pub fn is_to_post(&self, notice: &Notice) -> bool {
        !self.outgoing.dispatched.contains_key(&notice.id)
            && self.outgoing.channel(notice) == Channel::Letter
            && self.is_complete(notice)
            && !self.is_moot(notice)
    }

    /// Notices whose message is due: all of their issue are rendered, none went out, and they go by e-mail.
    pub(crate) fn to_tell(&self) -> Vec<NoticeId> {
        let waiting = |notice: &&Notice| {
            !self.outgoing.dispatched.contains_key(&notice.id)
                && self.outgoing.channel(notice) == Channel::Email
                && self.is_complete(notice)
                && !self.is_moot(notice)
        };
        self.notices.iter().filter(waiting).map(|notice| notice.id).collect()
    }
}
