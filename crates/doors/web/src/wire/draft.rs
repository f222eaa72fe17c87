//! Drafts by their path: found, opened, or already sent.

use super::form::on_page;
use crate::problem::Problem;
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::form::Elsewhere;
use crate::visit::Visit;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use wegfrei_cases::{CaseError, DraftView, Status};
use wegfrei_forms::{Form, Page};
use wegfrei_model::{AuthorityId, CaseId, Date, PersonId};
use wegfrei_packages::Package;

/// A draft by its path, as the browser names it.
#[derive(Deserialize)]
pub(crate) struct DraftPath {
    authority: String,
    case: String,
    /// Id of the form page.
    pub page: Option<String>,
}

/// The path of a draft.
pub(crate) fn base(authority: AuthorityId, case: CaseId) -> String {
    format!("/antrag/{authority}/{case}")
}

/// A draft of the resident who is signed in, opened.
pub(crate) struct Draft {
    pub person: PersonId,
    pub view: DraftView,
    /// The person only helps with it.
    pub helping: bool,
    pub today: Date,
}

impl DraftPath {
    pub fn ids(&self) -> Result<(AuthorityId, CaseId), Problem> {
        let authority = AuthorityId::parse(&self.authority).map_err(|_| Problem::missing())?;
        Ok((authority, CaseId::parse(&self.case).map_err(|_| Problem::missing())?))
    }

    /// The draft, or a redirect to the receipt when it is sent already.
    pub async fn open(&self, state: &WebState, visit: &Visit) -> Result<Result<Draft, Response>, Problem> {
        let person = visit.person()?;
        let (authority, case) = self.ids()?;
        // The table says whether it is still a draft; a case that was sent is not opened as one. Somebody else's draft is in
        // nobody's list and goes on to `draft`, which asks the policy and records the refusal.
        let sent = |helping| {
            let receipt = format!("{}/eingang", base(authority, case));
            let to = if helping {
                super::mine::case_path(authority, case)
            } else {
                receipt
            };
            Redirect::to(&to).into_response()
        };
        let helping = match state.cases.seen_case(person, authority, case).await {
            Ok((known, helping)) if known.status != Status::Draft => return Ok(Err(sent(helping))),
            Ok((_, helping)) => helping,
            Err(CaseError::NotFound) => false,
            Err(error) => return Err(error.into()),
        };
        let view = state.cases.draft(person, authority, case).await?;
        // Another click may have sent it since the table was asked: then this one, too, ends at the receipt.
        if view.submitted.is_some() {
            return Ok(Err(sent(helping)));
        }
        Ok(Ok(Draft {
            person,
            view,
            helping,
            today: state.cases.now().date(),
        }))
    }
}

impl Draft {
    pub fn base(&self) -> String {
        base(self.view.authority, self.view.case)
    }

    pub fn form<'s>(&self, state: &'s WebState) -> Result<&'s Form, Problem> {
        Ok(self.package(state)?.form())
    }

    /// What is wrong on a page, or with the whole, by the form and by where the authority is competent.
    pub fn problems(
        &self,
        state: &WebState,
        form: &Form,
        page: Option<&Page>,
    ) -> Result<Vec<wegfrei_forms::Problem>, Problem> {
        let data = &self.view.data;
        let mut problems = match page {
            Some(page) => form.evaluate_page(&page.id, data, self.today).problems,
            None => form.evaluate(data, self.today).problems,
        };
        let misplaced = state.cases.misplaced(self.package(state)?, self.view.authority, data);
        problems.extend(misplaced.filter(|problem| page.is_none_or(|page| on_page(page, &problem.path))));
        Ok(problems)
    }

    /// Where to go instead when the answer to a question of the place belongs to another authority: the question's path and the
    /// link.
    pub fn elsewhere(&self, state: &WebState, t: &'static Texts) -> Result<Option<(String, Elsewhere)>, Problem> {
        let catalogue = state.cases.catalogue();
        let found = catalogue.misplaced(self.package(state)?, self.view.authority, &self.view.data);
        Ok(found.map(|found| {
            let service = &self.view.service;
            let link = Elsewhere {
                href: format!("/ort/merken?ars={}&zurueck=/leistungen/{service}", found.place.id),
                words: fill(t.form_elsewhere, "authority", found.competent.full_name()),
            };
            (found.path, link)
        }))
    }

    pub fn package<'s>(&self, state: &'s WebState) -> Result<&'s Package, Problem> {
        let package = state.cases.catalogue().package(&self.view.service);
        package.ok_or_else(Problem::missing)
    }

    /// The pages that are shown for these answers, in order.
    pub fn pages<'f>(form: &'f Form, data: &Value, today: Date) -> Vec<&'f Page> {
        std::iter::successors(form.first_page(data, today), |page| {
            form.next_page(&page.id, data, today)
        })
        .take(form.pages().len())
        .collect()
    }
}
