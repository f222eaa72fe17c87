//! The check page: is a notice genuine? It shows no personal data.

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The notice is in the authority's journal, exactly so.
    Genuine(Proof),
    /// The code is right but the PDF is still being made.
    NotYet,
    /// Nothing like it is in any journal.
    Unknown,
    /// What was sent cannot be a code or a notice.
    Unreadable,
}

/// What was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Authority that issued it.
    pub authority: String,
    /// Kind of notice.
    pub kind: String,
    /// Day of issue, readable.
    pub date: String,
    /// It no longer counts, one sentence.
    pub replaced: Option<String>,
    /// The file itself was compared, not only the code.
    pub file: bool,
    /// Demonstration figures are in it.
    pub demonstration: bool,
    /// SHA-256 of the PDF, hexadecimal.
    pub hash: String,
    /// Number of the journal entry.
    pub entry: u64,
    /// Entries of the signed tree.
    pub size: u64,
    /// Root of the tree, hexadecimal.
    pub root: String,
    /// Hashes of the inclusion proof.
    pub hashes: usize,
}

/// `GET` and `POST /pruefen`
#[derive(Clone, Debug, Default)]
pub struct CheckView {
    /// The code asked about.
    pub code: String,
    /// The answer, when something was asked.
    pub verdict: Option<Verdict>,
}
