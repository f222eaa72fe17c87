//! One page of an application, its summary and its receipt.

use super::Fact;
use super::contact::ContactChoice;

/// A link of the error summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorLink {
    /// The id of the element to go to; empty when the error belongs to no field.
    pub target: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// One choice of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the browser sends.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Chosen now.
    pub chosen: bool,
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperItem {
    /// Paper's id.
    pub id: String,
    /// File name.
    pub name: String,
    /// Size, readable.
    pub size: String,
}

/// How a field is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A line of text.
    Text {
        /// Text now in it.
        value: String,
        /// `inputmode`: `text`, `numeric`, `decimal`, `email`, `tel`.
        mode: &'static str,
        /// Longest text, in characters.
        max: Option<usize>,
        /// Shown about as wide as the answer will be: number of characters, 0 for full width.
        width: usize,
    },
    /// Several lines of text.
    Long {
        /// Text now in it.
        value: String,
        /// Longest text, in characters.
        max: Option<usize>,
    },
    /// An answer that is known and cannot be changed.
    Fixed {
        /// What the browser sends back.
        value: String,
        /// What people read.
        words: String,
    },
    /// One of a long list.
    Select(Vec<Choice>),
    /// One of a short list, yes or no.
    Radio(Vec<Choice>),
    /// Day, month and year in three boxes.
    Date {
        /// As typed.
        day: String,
        /// As typed.
        month: String,
        /// As typed.
        year: String,
        /// It asks for the person's own date of birth.
        birthday: bool,
    },
    /// Files.
    File {
        /// Already uploaded.
        papers: Vec<PaperItem>,
        /// `accept` attribute.
        accept: String,
    },
}

/// The authority whose service it is instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Link to its page of the service.
    pub href: String,
    /// What the link says.
    pub words: String,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Element id of the first input; the target of links to this question.
    pub id: String,
    /// Name the browser sends; a date's inputs have `.tag`, `.monat`, `.jahr` appended.
    pub name: String,
    /// The question.
    pub label: String,
    /// How to answer it.
    pub help: Option<String>,
    /// Must be answered.
    pub required: bool,
    /// The question says when it need not be answered.
    pub marked: bool,
    /// What is wrong with the answer.
    pub error: Option<String>,
    /// The answer belongs to another authority.
    pub elsewhere: Option<Elsewhere>,
    /// `autocomplete` token (WCAG 1.3.5), empty for none.
    pub autocomplete: &'static str,
    /// The answers given last have opened it.
    pub fresh: bool,
    /// How it is asked.
    pub input: Input,
}

impl Field {
    /// Ids for `aria-describedby`: help and error, space-separated.
    #[must_use]
    pub fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if self.help.is_some() {
            ids.push(format!("{}-hilfe", self.id));
        }
        if self.error.is_some() {
            ids.push(format!("{}-fehler", self.id));
        }
        ids.join(" ")
    }
}

/// A part of a form page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The start of a group inside the page.
    Heading {
        /// The group's path.
        path: String,
        /// Title of the group.
        title: String,
        /// Explanation under it.
        help: Option<String>,
        /// It is an entry of a list.
        entry: bool,
        /// The entry can be taken out.
        remove: bool,
    },
    /// The end of a list inside the page, by its path: what follows belongs to the page again.
    End(String),
    /// A remark to read.
    Note {
        /// Its path.
        path: String,
        /// What it says.
        text: String,
    },
    /// A question.
    Field(Box<Field>),
}

/// `GET /antraege/{id}/{seite}`
#[derive(Clone, Debug)]
pub struct FormView {
    /// Path of the draft.
    pub base: String,
    /// Service's title.
    pub service: String,
    /// Who receives it.
    pub authority: String,
    /// Title of the page.
    pub title: String,
    /// Explanation under the title.
    pub intro: Option<String>,
    /// This step, from 1.
    pub step: u32,
    /// All steps with the summary.
    pub steps: u32,
    /// Page to go back to; `None` on the first.
    pub back: Option<String>,
    /// Where the form is sent.
    pub action: String,
    /// Version of the draft this page shows; a stale one is refused (409).
    pub version: u64,
    /// Questions and remarks.
    pub blocks: Vec<Block>,
    /// What is wrong, in the order of the page.
    pub errors: Vec<ErrorLink>,
    /// Go to the summary after this page instead of the next one.
    pub to_summary: bool,
    /// Where the resident lets somebody help; `None` for who helps.
    pub help: Option<String>,
    /// Said once, for example that a file was removed.
    pub message: Option<String>,
    /// Answers have opened questions on this page.
    pub opened: bool,
    /// Somebody saved in another window: what was typed here and is not saved.
    pub unsaved: Option<Vec<Fact>>,
    /// Something on the page repeats, and one more may be added.
    pub more: bool,
    /// One was asked for.
    pub room: bool,
}

impl FormView {
    /// The form must be sent as multipart because a file is asked for.
    #[must_use]
    pub fn has_file(&self) -> bool {
        self.blocks
            .iter()
            .any(|block| matches!(block, Block::Field(field) if matches!(field.input, Input::File { .. })))
    }
}

/// One group of answers of the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Title of the page.
    pub title: String,
    /// Link that changes them; empty when they cannot be changed any more.
    pub change: String,
    /// Questions and answers; each entry of a list under a heading of its own, which is empty for what does not repeat.
    pub parts: Vec<(String, Vec<Fact>)>,
}

/// `GET /antraege/{id}/pruefen`
#[derive(Clone, Debug)]
pub struct SummaryView {
    /// Path of the draft.
    pub base: String,
    /// Service's title.
    pub service: String,
    /// Who receives it.
    pub authority: String,
    /// This step, the last.
    pub step: u32,
    /// All steps.
    pub steps: u32,
    /// Back to the last page.
    pub back: String,
    /// Version of the draft.
    pub version: u64,
    /// The answers by page.
    pub groups: Vec<Answers>,
    /// What still keeps it from being sent; the targets are paths.
    pub errors: Vec<ErrorLink>,
    /// How to be told of news; `None` where that is not asked.
    pub contact: Option<ContactChoice>,
    /// All answers are there.
    pub complete: bool,
    /// Where the resident lets somebody help; `None` for who helps, and sends nothing.
    pub help: Option<String>,
}

/// `GET /vorgaenge/{id}/eingang`
#[derive(Clone, Debug)]
pub struct ReceiptView {
    /// Heading: what has arrived.
    pub title: &'static str,
    /// Path of the case's page.
    pub case: String,
    /// Reference number.
    pub reference: String,
    /// Service's title.
    pub service: String,
    /// Authority.
    pub authority: String,
    /// Received at, readable.
    pub received: String,
    /// What happens now, one sentence each.
    pub next: Vec<String>,
}
