//! A sent case of the person who is signed in, by its path.

use super::{authority_name, service_title};
use crate::problem::Problem;
use crate::state::WebState;
use crate::texts::Texts;
use crate::view::mine::Of;
use crate::visit::Visit;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseSummary, Status};
use wegfrei_model::{AuthorityId, CaseId, NoticeId, PersonId, Timestamp};

/// A case by its path, as the browser names it.
#[derive(Deserialize)]
pub(crate) struct CasePath {
    authority: String,
    case: String,
    notice: Option<String>,
}

/// A case of the resident who is signed in.
pub(crate) struct Own {
    pub person: PersonId,
    pub known: CaseSummary,
    /// The person only helps with it.
    pub helping: bool,
}

impl CasePath {
    /// The case, or a redirect to the draft when it is none yet. Who only helps with it is refused.
    pub async fn open(&self, state: &WebState, visit: &Visit) -> Result<Result<Own, Response>, Problem> {
        match self.open_seen(state, visit).await? {
            Ok(own) if own.helping => Err(Problem::Helper),
            other => Ok(other),
        }
    }

    /// As [`CasePath::open`], for who helps too.
    pub async fn open_seen(&self, state: &WebState, visit: &Visit) -> Result<Result<Own, Response>, Problem> {
        let person = visit.person()?;
        let authority = AuthorityId::parse(&self.authority).map_err(|_| Problem::missing())?;
        let case = CaseId::parse(&self.case).map_err(|_| Problem::missing())?;
        let (known, helping) = state.cases.seen_case(person, authority, case).await?;
        if known.status == Status::Draft {
            return Ok(Err(Redirect::to(&super::draft::base(authority, case)).into_response()));
        }
        Ok(Ok(Own { person, known, helping }))
    }

    pub fn notice(&self) -> Result<NoticeId, Problem> {
        let text = self.notice.as_deref().unwrap_or_default();
        NoticeId::parse(text).map_err(|_| Problem::missing())
    }
}

impl Own {
    pub fn authority(&self) -> AuthorityId {
        self.known.authority
    }

    pub fn case(&self) -> CaseId {
        self.known.case
    }

    /// Path of its page.
    pub fn href(&self) -> String {
        super::mine::case_path(self.known.authority, self.known.case)
    }

    /// Back to its page, where `message` is said once.
    pub fn back(&self, message: &str) -> Response {
        let query = if message.is_empty() { "" } else { "?meldung=" };
        Redirect::to(&format!("{}{query}{message}", self.href())).into_response()
    }

    /// What its pages say about it.
    pub fn of(&self, state: &WebState, visit: &Visit) -> Of {
        Of {
            href: self.href(),
            service: service_title(state, &self.known.service, visit.lang),
            authority: authority_name(state, self.known.authority),
            reference: self.known.reference.clone().unwrap_or_default(),
        }
    }
}

/// The last day of a period that ends before `due`, the first instant after it.
pub(crate) fn last_day(t: &Texts, due: Timestamp) -> String {
    super::day(t, due.saturating_sub(std::time::Duration::from_micros(1)))
}
