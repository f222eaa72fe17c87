//! Start page, places, services, login, mailbox and records of access.

use super::help::HelpedItem;
use super::{Prose, Tone};

/// A service in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceItem {
    /// Name in its path.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// One or two sentences.
    pub teaser: String,
}

/// `GET /`
#[derive(Clone, Debug, Default)]
pub struct StartView {
    /// What was searched for; empty when nothing was.
    pub query: String,
    /// Services found, or all.
    pub services: Vec<ServiceItem>,
}

/// A municipality to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceItem {
    /// 12-digit ARS.
    pub ars: String,
    /// Name, for example `Halle (Saale)`.
    pub name: String,
    /// District, when it belongs to one.
    pub district: String,
}

/// `GET /ort`
#[derive(Clone, Debug, Default)]
pub struct PlaceView {
    /// What was searched for.
    pub query: String,
    /// The municipalities that fit.
    pub hits: Vec<PlaceItem>,
    /// Where to go on after the choice.
    pub back: String,
}

/// One part of a service's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Anchor.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Content.
    pub prose: Vec<Prose>,
}

/// One line of the table of costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// What it is for.
    pub label: String,
    /// Amount with unit, for example `96,00 € im Jahr`.
    pub amount: String,
    /// Where the figure comes from; `None` marks it as a demonstration value.
    pub source: Option<String>,
}

/// Who is competent at the chosen place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Competent {
    /// Authority's name.
    pub authority: String,
    /// Postal address or seat, may be empty.
    pub address: String,
    /// What this authority takes.
    pub costs: Vec<CostLine>,
}

/// Why somebody cannot start an application here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// No place chosen yet.
    PlaceMissing,
    /// The authority has not adopted the service yet.
    NotOffered {
        /// The place's name.
        place: String,
    },
    /// It is begun from a notice in the own mailbox, not here.
    AtNotice,
    /// The application can be started.
    Open(Competent),
}

/// `GET /leistungen/{id}`
#[derive(Clone, Debug)]
pub struct ServiceView {
    /// Name in its path.
    pub id: String,
    /// Title.
    pub title: String,
    /// First sentences.
    pub teaser: String,
    /// The description has no text in the page's language and is shown in German.
    pub only_german: bool,
    /// Description.
    pub sections: Vec<Section>,
    /// Competence and costs.
    pub offer: Offer,
    /// Legal bases, for example `§ 1 KAG LSA`.
    pub bases: Vec<String>,
}

/// Somebody a demonstration login can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLogin {
    /// Value of the form field.
    pub id: String,
    /// Name.
    pub name: String,
    /// Place, or authority and role.
    pub detail: String,
}

/// `GET /anmelden`
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// Where to go after the login; begins with `/`.
    pub next: String,
    /// Citizens.
    pub persons: Vec<DemoLogin>,
    /// Staff.
    pub staff: Vec<DemoLogin>,
    /// The login was refused.
    pub failed: bool,
    /// The visitor was sent here because the page needs a login.
    pub needed: bool,
}

/// An application not sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftItem {
    /// Path of the draft.
    pub base: String,
    /// Where the resident lets somebody help.
    pub help: String,
    /// Service and authority.
    pub title: String,
    /// When it was last changed, readable.
    pub changed: String,
    /// Machine-readable time.
    pub changed_at: String,
}

/// A case in the person's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseItem {
    /// Path of its page.
    pub href: String,
    /// Reference number.
    pub reference: String,
    /// Service.
    pub title: String,
    /// Authority.
    pub authority: String,
    /// Where it stands.
    pub tone: Tone,
    /// The status in a word or two.
    pub status: String,
    /// What comes next, one sentence.
    pub next: String,
    /// When it was sent, readable.
    pub sent: String,
    /// The earlier case it is about; empty when there is none.
    pub about: String,
}

/// A message in the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeItem {
    /// Path of the PDF.
    pub href: String,
    /// Title of the notice.
    pub title: String,
    /// Authority.
    pub authority: String,
    /// Date, readable.
    pub date: String,
    /// Reference number of the case.
    pub reference: String,
    /// A letter on the way, not a decision.
    pub letter: bool,
    /// The PDF is still being made.
    pub pending: bool,
    /// Not opened yet.
    pub unread: bool,
    /// It no longer counts: what replaced it, one sentence.
    pub replaced: Option<String>,
    /// The check code.
    pub code: String,
    /// What came with it, for example the same in Leichte Sprache.
    pub enclosures: Vec<EnclosureItem>,
}

/// An enclosure of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnclosureItem {
    /// Path of the PDF.
    pub href: String,
    /// What it is.
    pub title: String,
    /// The PDF is still being made.
    pub pending: bool,
}

/// `GET /mein-bereich`
#[derive(Clone, Debug, Default)]
pub struct MineView {
    /// Not sent yet.
    pub drafts: Vec<DraftItem>,
    /// Sent.
    pub cases: Vec<CaseItem>,
    /// Notices.
    pub notices: Vec<NoticeItem>,
    /// Drafts and cases of others the person helps with.
    pub helped: Vec<HelpedItem>,
    /// Said once after an action, for example that a draft was discarded.
    pub message: Option<String>,
}

/// Somebody starts an application who has begun one before.
#[derive(Clone, Debug)]
pub struct BegunView {
    /// Title of the service.
    pub title: String,
    /// Address that starts another one.
    pub begin: String,
    /// What was begun, newest first.
    pub drafts: Vec<DraftItem>,
}

/// `GET /antraege/{id}/verwerfen`
#[derive(Clone, Debug)]
pub struct DiscardView {
    /// Path of the draft.
    pub base: String,
    /// Service and authority.
    pub title: String,
}
