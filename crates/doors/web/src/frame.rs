//! What every page has around its content: language, navigation, the person signed in, the demonstration banner.

use crate::texts::{Lang, Texts};
use std::borrow::Borrow;
use std::fmt::Display;

/// The person or the member of staff a page is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Name as shown in the head of the page.
    pub name: String,
    /// The authority when this is a member of staff; `None` for a citizen.
    pub authority: Option<String>,
    /// Where a member of staff may go.
    pub rooms: Vec<Room>,
}

/// A part of the desk. Whoever may not enter one does not see its door either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The worklist and the cases.
    Worklist,
    /// Absence and deputies.
    Absence,
    /// Letters to print and post.
    Outbox,
    /// Payment runs.
    Payments,
    /// Moves of running cases to a newer version.
    Moves,
    /// Records of access.
    Records,
    /// How the machine is doing.
    Operation,
}

impl Room {
    /// Every room, in the order of the navigation.
    pub const ALL: [Room; 7] = [
        Room::Worklist,
        Room::Absence,
        Room::Outbox,
        Room::Payments,
        Room::Moves,
        Room::Records,
        Room::Operation,
    ];

    /// Its address.
    #[must_use]
    pub fn href(self) -> &'static str {
        match self {
            Room::Worklist => "/amt",
            Room::Absence => "/amt/abwesenheit",
            Room::Outbox => "/amt/postausgang",
            Room::Payments => "/amt/zahlungen",
            Room::Moves => "/amt/umstellungen",
            Room::Records => "/amt/protokoll",
            Room::Operation => "/amt/betrieb",
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self, t: &'static Texts) -> &'static str {
        match self {
            Room::Worklist => t.frame_desk,
            Room::Absence => t.frame_absence,
            Room::Outbox => t.outbox_title,
            Room::Payments => t.payments_title,
            Room::Moves => t.move_title,
            Room::Records => t.frame_records,
            Room::Operation => t.frame_operation,
        }
    }
}

/// The frame of one page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Language of the page.
    pub lang: Lang,
    /// The texts in that language.
    pub t: &'static Texts,
    /// Path and harmless query of this page, for the language links; begins with `/`.
    pub here: String,
    /// Logins are demonstration logins; every page says so.
    pub demo: bool,
    /// Who is signed in.
    pub who: Option<Who>,
    /// The place the visitor chose, for example `Magdeburg`.
    pub place: Option<String>,
    /// The page is about somebody else's case, whom the person signed in helps.
    pub helping: bool,
    /// The page is a form's preview, of which this is to be known: no portal is around it, and nothing is kept.
    pub preview: Option<String>,
    /// The token every form of this page carries.
    pub csrf: String,
}

/// One link of a list of links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LangLink {
    /// Where it goes.
    pub href: String,
    /// What the language calls itself.
    pub name: &'static str,
    /// `lang` attribute of the link's text.
    pub tag: &'static str,
    /// This page is already in that language.
    pub current: bool,
}

impl Frame {
    /// The text with `{name}` replaced.
    pub fn fill(&self, text: &str, name: &str, value: impl Display) -> String {
        crate::texts::fill(text, name, value)
    }

    /// The text with two placeholders replaced.
    pub fn fill2(&self, text: &str, a: &str, x: impl Display, b: &str, y: impl Display) -> String {
        crate::texts::fill(&crate::texts::fill(text, a, x), b, y)
    }

    /// `one` when the count is 1, else `many` with `{n}` replaced.
    pub fn count(&self, one: &str, many: &str, n: impl Borrow<usize>) -> String {
        let n = *n.borrow();
        if n == 1 {
            one.to_owned()
        } else {
            crate::texts::fill(many, "n", n)
        }
    }

    /// Links to this page in each language.
    #[must_use]
    pub fn languages(&self) -> Vec<LangLink> {
        let join = if self.here.contains('?') { '&' } else { '?' };
        Lang::ALL
            .into_iter()
            .map(|lang| LangLink {
                href: format!("{}{join}sprache={}", self.here, lang.code()),
                name: lang.own_name(),
                tag: lang.html_lang(),
                current: lang == self.lang,
            })
            .collect()
    }

    /// Whether a member of staff is signed in.
    #[must_use]
    pub fn staff(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.authority.is_some())
    }

    /// Where this member of staff may go; the first is where they begin.
    #[must_use]
    pub fn rooms(&self) -> &[Room] {
        self.who.as_ref().map_or(&[], |who| who.rooms.as_slice())
    }

    /// The page a member of staff begins at.
    #[must_use]
    pub fn home(&self) -> &'static str {
        self.rooms().first().map_or("/", |room| room.href())
    }

    /// Whether this page lies in a room.
    #[must_use]
    pub fn within(&self, room: &Room) -> bool {
        let path = self.here.split('?').next().unwrap_or_default();
        match room {
            Room::Worklist => path == "/amt" || path.starts_with("/amt/vorgang/"),
            Room::Payments => path == "/amt/zahlungen" || path.starts_with("/amt/zahlungen/"),
            Room::Moves => path == "/amt/umstellungen" || path.starts_with("/amt/umstellungen/"),
            other => path == other.href(),
        }
    }

    /// Whether a citizen is signed in.
    #[must_use]
    pub fn citizen(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.authority.is_none())
    }

    pub(crate) fn style(&self) -> &'static str {
        crate::assets::STYLE
    }

    pub(crate) fn script(&self) -> &'static str {
        crate::assets::SCRIPT
    }

    pub(crate) fn proof_module(&self) -> &'static str {
        crate::assets::PROOF
    }

    pub(crate) fn proof_page(&self) -> &'static str {
        crate::assets::PROOF_PAGE
    }

    pub(crate) fn icon(&self) -> &'static str {
        crate::assets::ICON
    }
}
