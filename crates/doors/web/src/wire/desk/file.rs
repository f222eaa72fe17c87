//! The whole file on one page, to be printed. Opening it is recorded like every other opening.

use super::case::package_of;
use super::happened::{deadlines, events, exchanges, first_decided, notes};
use super::words::{Labels, changes, corrected, done, proposal, proposal_title, since_earlier};
use super::{CasePath, ask_purpose, base, purpose};
use crate::problem::Problem;
use crate::render::{FilePage, ok};
use crate::state::WebState;
use crate::texts::fill;
use crate::view::Fact;
use crate::view::desk::FileView;
use crate::visit::Visit;
use crate::wire::form::{corrected_answers, size};
use crate::wire::mine::{purpose_words, status_of};
use crate::wire::{authority_name, day, service_title};
use axum::extract::{Path, State};
use axum::response::Response;

/// `GET /amt/vorgang/{authority}/{case}/akte`
pub(crate) async fn file(
    State(state): State<WebState>,
    visit: Visit,
    Path(path): Path<CasePath>,
) -> Result<Response, Problem> {
    let (actor, _) = visit.official()?;
    let (authority, case) = path.ids()?;
    let back = base(authority, case);
    let Some(purpose) = purpose::chosen(&state, &visit, case) else {
        return ask_purpose(&state, &visit, (authority, case), false).await;
    };
    let opened = state.cases.open_case(actor, purpose, authority, case).await?;
    let package = package_of(&state, &opened)?;
    let labels = Labels::of(package);
    let t = visit.frame.t;
    let now = state.cases.now();
    let (_, word, _) = status_of(t, &opened.service, opened.status);
    let who = visit.frame.who.as_ref().map(|who| who.name.clone()).unwrap_or_default();
    let printed = fill(&fill(t.file_printed_by, "who", who), "time", now.german());
    let first = first_decided(t, &opened).map(|(_, words)| Fact::new(t.desk_first, words));
    let mut cover = vec![
        Fact::new(t.desk_received, opened.submitted_at.german()),
        Fact::new(t.file_status, word),
        Fact::new(t.file_printed, printed),
        Fact::new(t.file_purpose, purpose_words(t, purpose.code())),
    ];
    cover.extend(first);
    let helpers = opened.helpers.iter();
    cover.extend(helpers.map(|helper| Fact::new(t.help_desk, helper.name.clone())));
    let view = FileView {
        authority: authority_name(&state, authority),
        reference: opened.reference.clone(),
        service: service_title(&state, &opened.service, visit.lang),
        cover,
        groups: corrected_answers(
            t,
            package.form(),
            &opened.application,
            &corrected(t, package, &labels, &opened),
            |_| String::new(),
        ),
        papers: opened
            .papers
            .iter()
            .map(|paper| {
                Fact::new(
                    paper.file_name.clone(),
                    format!("{}, {}", size(paper.size), day(t, paper.added_at)),
                )
            })
            .collect(),
        since_earlier: since_earlier(t, &opened),
        changes: changes(t, &labels, &opened),
        proposal: opened.decision.as_ref().map(|decision| proposal(t, &labels, decision)),
        proposal_title: proposal_title(t, &opened),
        exchanges: exchanges(t, &opened),
        done: opened.done.iter().map(|task| done(t, package, &labels, task)).collect(),
        deadlines: deadlines(t, now, package, &opened),
        notes: notes(&opened),
        events: events(t, package, &opened.timeline),
        back,
    };
    Ok(ok(&FilePage {
        f: &visit.frame,
        v: &view,
    }))
}
