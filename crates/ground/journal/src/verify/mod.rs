//! `wegfrei verify`: everything is computed again from the entries and compared with what the database holds.
//!
//! What is found: any change to any column of any of the journal's tables or of a projection's tables; entries dropped,
//! swapped, doubled or added; a tail cut off. One thing a database alone cannot show: somebody who holds the authority's
//! signing key, or who puts a whole *older* state of the database in place, leaves a consistent journal. Against that,
//! give [`VerifyOptions::earlier`] a checkpoint kept elsewhere (a witness's, a citizen's proof, yesterday's).

mod entries;
mod rows;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use wegfrei_model::AuthorityId;
use wegfrei_store::{Row, Store, StoreError, Table, Tx, Value};

use crate::checkpoint::Checkpoint;
use crate::keys::{AuthorityKeys, Keys, origin};
use crate::note::Note;
use crate::projection::Projection;
use crate::schema;

pub use rows::{bring_up, rebuild};

/// What to compare with beyond the database.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// Signed checkpoints that were seen earlier, of any of the authorities; today's trees must continue them.
    pub earlier: Vec<String>,
}

/// One thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Whose journal, as it stands in the database.
    pub authority: String,
    /// Which entry, when it is one.
    pub seq: Option<u64>,
    /// Where: `journal_entry`, `tile/0/000.p/7`, `journal_head`, or another table.
    pub place: String,
    /// What is wrong, without personal data.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(
                f,
                "authority {}, entry {seq} ({}): {}",
                self.authority, self.place, self.what
            ),
            None => write!(f, "authority {}, {}: {}", self.authority, self.place, self.what),
        }
    }
}

/// The outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many journals were checked.
    pub authorities: usize,
    /// How many entries.
    pub entries: u64,
    /// What is wrong: of each authority first the entries in order, then the rest. At most [`MAX_FINDINGS`].
    pub findings: Vec<Finding>,
}

/// More are not listed.
pub const MAX_FINDINGS: usize = 1000;

impl Report {
    /// Nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The first bad entry, or, if all entries are genuine, the first other thing.
    pub fn first(&self) -> Option<&Finding> {
        self.findings
            .iter()
            .find(|finding| finding.seq.is_some())
            .or_else(|| self.findings.first())
    }
}

/// Checks everything, within one unchanging state of the database; a server may run meanwhile.
///
/// # Errors
/// Only when the database cannot be read; whatever it holds is a matter for the [`Report`].
pub async fn verify(
    store: &Store,
    keys: &Keys,
    projections: &[&dyn Projection],
    options: &VerifyOptions,
) -> Result<Report, StoreError> {
    let mut tx = store.snapshot().await?;
    let mut run = Run::default();
    run.heads(&mut tx, keys, options).await?;
    run.entries(&mut tx, keys).await?;
    run.tiles(&mut tx).await?;
    run.blame(&mut tx).await?;
    run.keys(&mut tx).await?;
    run.blobs(&mut tx).await?;
    for projection in projections {
        run.projection(&mut tx, *projection).await?;
    }
    let mut report = run.report;
    report.authorities = run.trees.len();
    // Entries of an authority first, by number.
    report.findings.sort_by_cached_key(|finding| {
        (
            finding.authority.clone(),
            finding.seq.is_none(),
            finding.seq,
            finding.place.clone(),
        )
    });
    report.findings.dedup();
    Ok(report)
}

#[derive(Default)]
struct Run {
    report: Report,
    trees: BTreeMap<String, Tree>,
    /// Papers the entries name: SHA-256 in hexadecimal.
    named_blobs: HashMap<(String, String), String>,
    /// Papers whose bytes later entries say are deleted.
    dropped_blobs: BTreeSet<(String, String)>,
    named_keys: BTreeSet<(String, String)>,
    destroyed_keys: BTreeSet<(String, String)>,
}

/// What is known about one authority's tree.
#[derive(Default)]
struct Tree {
    keys: Option<Arc<AuthorityKeys>>,
    /// From the head row, if its signature is genuine.
    signed: Option<Checkpoint>,
    earlier: Vec<Checkpoint>,
    /// Roots over the entries at the sizes that matter.
    roots: BTreeMap<u64, crate::tree::Hash>,
    /// SHA-256 of each tile, computed from the entries.
    computed: BTreeMap<(u8, u64), crate::tree::Hash>,
    /// Root over the stored level-0 tiles at the signed size.
    stored_root: Option<crate::tree::Hash>,
    /// Tiles that are missing or not as computed.
    bad_tiles: Vec<(u8, u64, Option<Vec<u8>>)>,
    size: u64,
    last_time: Option<i64>,
    head_time: Option<i64>,
    missing: BTreeSet<u64>,
}

impl Run {
    fn find(&mut self, authority: &str, seq: Option<u64>, place: impl Into<String>, what: impl Into<String>) {
        if self.report.findings.len() < MAX_FINDINGS {
            let (authority, place, what) = (authority.to_owned(), place.into(), what.into());
            self.report.findings.push(Finding {
                authority,
                seq,
                place,
                what,
            });
        }
    }

    /// Reads the heads and the earlier checkpoints: which tree sizes matter.
    async fn heads(&mut self, tx: &mut Tx, keys: &Keys, options: &VerifyOptions) -> Result<(), StoreError> {
        for row in scan_all(tx, &schema::HEAD, 500).await? {
            let authority = row.text("authority")?.to_owned();
            let usable = self.tree(&authority, keys).keys.clone();
            let Some(usable) = usable else { continue };
            let Some(checkpoint) = Checkpoint::open(row.text("checkpoint")?, usable.verifier()) else {
                self.find(
                    &authority,
                    None,
                    "journal_head",
                    "the checkpoint is not signed by the authority",
                );
                continue;
            };
            if number(&row, "size")? != checkpoint.size {
                self.find(&authority, None, "journal_head", "the size is not the signed one");
            }
            if row.blob("root")? != checkpoint.root.0 {
                self.find(&authority, None, "journal_head", "the root is not the signed one");
            }
            let time = row.int("time")?;
            if let Some(tree) = self.trees.get_mut(&authority) {
                tree.signed = Some(checkpoint);
                tree.head_time = Some(time);
            }
        }
        for note in &options.earlier {
            let parsed = Note::parse(note).and_then(|note| Checkpoint::parse(note.text));
            let authority = parsed.as_ref().and_then(|checkpoint| authority_of(&checkpoint.origin));
            let Some(authority) = authority else {
                self.find(
                    "?",
                    None,
                    "earlier checkpoint",
                    "it is not a checkpoint of an authority",
                );
                continue;
            };
            let usable = self.tree(authority.as_str(), keys).keys.clone();
            let opened = usable.and_then(|usable| Checkpoint::open(note, usable.verifier()));
            match (opened, self.trees.get_mut(authority.as_str())) {
                (Some(checkpoint), Some(tree)) => tree.earlier.push(checkpoint),
                _ => self.find(
                    authority.as_str(),
                    None,
                    "earlier checkpoint",
                    "it is not signed by the authority",
                ),
            }
        }
        Ok(())
    }

    /// An authority's tree; notes once when it has no usable key.
    fn tree(&mut self, authority: &str, keys: &Keys) -> &mut Tree {
        if !self.trees.contains_key(authority) {
            let mut tree = Tree::default();
            match AuthorityId::parse(authority) {
                Err(_) => self.find(authority, None, "journal", "there is no such authority"),
                Ok(id) => match keys.get(id) {
                    Ok(usable) => tree.keys = Some(usable),
                    Err(error) => self.find(authority, None, "key file", error.to_string()),
                },
            }
            self.trees.insert(authority.to_owned(), tree);
        }
        self.trees.entry(authority.to_owned()).or_default()
    }
}

fn authority_of(name: &str) -> Option<AuthorityId> {
    let authority = AuthorityId::parse(name.strip_prefix("wegfrei/")?).ok()?;
    (origin(authority) == name).then_some(authority)
}

/// A number that must not be negative; a negative one (tampering) is one that nothing has.
fn number(row: &Row, column: &str) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.int(column)?).unwrap_or(u64::MAX))
}

/// All rows of a table that is small: one row an authority.
async fn scan_all(tx: &mut Tx, table: &Table, page: u32) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    let mut after = None;
    while let Some(next) = next_page(tx, table, &mut after, page).await? {
        rows.extend(next);
    }
    Ok(rows)
}

/// The next page of a table in key order; `None` at the end.
async fn next_page(
    tx: &mut Tx,
    table: &Table,
    after: &mut Option<Vec<Value>>,
    page: u32,
) -> Result<Option<Vec<Row>>, StoreError> {
    let rows = tx.scan(table, after.as_deref(), page).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    *after = Some(crate::projection::key_of(table, last.values()));
    Ok(Some(rows))
}
