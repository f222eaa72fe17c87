//! What the door needs from the top.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::Semaphore;
use wegfrei_cases::Cases;
use wegfrei_identity::{Directory, Sessions};

use crate::document::{Queries, rendered};

/// PDFs read into memory at once; one more is answered 503.
const PDFS_AT_ONCE: usize = 16;

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
    pub(crate) pdfs: Semaphore,
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
                pdfs: Semaphore::new(PDFS_AT_ONCE),
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
