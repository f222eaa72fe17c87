//! What the door needs from the top.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::Semaphore;
use wegfrei_cases::Cases;
use wegfrei_identity::{Directory, Sessions};

use crate::document::{Queries, rendered};

/// Papers of residents held in memory at once; one more waits its turn.
const PAPERS_AT_ONCE: usize = 16;
/// PDFs to be checked held in memory at once: anybody may send one, and must not take the place of people with a deadline.
const CHECKS_AT_ONCE: usize = 4;

/// What the top hands over.
pub struct ApiParts {
    /// Everything about cases, the catalogue and the journal.
    pub cases: Cases,
    /// Logins.
    pub sessions: Sessions,
    /// Residents of the demonstration, and staff.
    pub directory: Directory,
    /// Whether `POST /api/sessions` gives out demonstration logins; otherwise it answers 404.
    pub demo: bool,
}

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    inner: Arc<Inner>,
}

/// Public only in name: [`ApiState`] dereferences to it.
pub struct Inner {
    pub(crate) cases: Cases,
    pub(crate) sessions: Sessions,
    pub(crate) directory: Directory,
    pub(crate) demo: bool,
    /// The OpenAPI document, as it is sent.
    pub(crate) document: Bytes,
    /// Which query keys each operation knows.
    pub(crate) queries: Queries,
    pub(crate) papers: Arc<Semaphore>,
    pub(crate) checks: Arc<Semaphore>,
}

impl ApiState {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts {
            cases,
            sessions,
            directory,
            demo,
        } = parts;
        let (document, queries) = rendered();
        Self {
            inner: Arc::new(Inner {
                cases,
                sessions,
                directory,
                demo,
                document,
                queries,
                papers: Arc::new(Semaphore::new(PAPERS_AT_ONCE)),
                checks: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            }),
        }
    }
}

impl std::ops::Deref for ApiState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}
