//! The worklist: views, search and filters, all in the address; never a name of an applicant.

use super::{base, due, of_office};
use crate::problem::Problem;
use crate::render::{WorklistPage, ok, page};
use crate::state::WebState;
use crate::texts::{Texts, fill};
use crate::view::desk::{Narrow, Tab, WorkItem, WorklistView};
use crate::view::form::Choice;
use crate::visit::Visit;
use crate::wire::mine::status_of;
use crate::wire::{authority_name, day, service_title};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wegfrei_cases::{CaseError, Holder, Page, WorkItem as Item, WorklistOrder, WorklistQuery, WorklistView as View};
use wegfrei_journal::Actor;
use wegfrei_model::AuthorityId;
use wegfrei_model::time::{german_date, parse_date};

/// Cases on one page of the worklist.
const CASES: u64 = 25;
/// Longest beginning of a reference taken from an address.
const REFERENCE: usize = 30;
/// Stands for "nobody" where holders are chosen; no personnel key has a `*`.
const NOBODY: &str = "*";

/// What the query of the worklist may say.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct ListQuery {
    ansicht: Option<String>,
    aktenzeichen: Option<String>,
    leistung: Option<String>,
    bei: Option<String>,
    von: Option<String>,
    bis: Option<String>,
    sortierung: Option<String>,
    nach: Option<String>,
    meldung: Option<String>,
}

/// A parameter that says something.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

impl ListQuery {
    fn view(&self) -> View {
        said(&self.ansicht).and_then(View::from_code).unwrap_or_default()
    }

    fn order(&self) -> Option<WorklistOrder> {
        said(&self.sortierung).and_then(WorklistOrder::from_code)
    }

    /// A reference is letters, digits and hyphens; whatever else was typed is not repeated in addresses.
    fn reference(&self) -> Option<String> {
        let typed = said(&self.aktenzeichen)?;
        let kept: String = typed
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
            .take(REFERENCE)
            .collect();
        Some(kept)
    }

    /// What is asked of the list; an unreadable day is an error in words.
    fn asked(&self, t: &'static Texts) -> Result<WorklistQuery, String> {
        let view = self.view();
        let day = |text: &Option<String>| match said(text) {
            None => Ok(None),
            Some(text) => parse_date(text).map(Some).map_err(|_| t.records_day_wrong.to_owned()),
        };
        let order = self.order();
        let holder = said(&self.bei).filter(|_| view.by_holder()).map(|id| match id {
            NOBODY => Holder::Nobody,
            id => Holder::Staff(id.to_owned()),
        });
        let usual = view.orders().first().copied().unwrap_or(WorklistOrder::Oldest);
        let period = view.by_received(order.unwrap_or(usual));
        Ok(WorklistQuery {
            view,
            service: said(&self.leistung).map(str::to_owned),
            reference: self.reference(),
            received_from: day(&self.von)?.filter(|_| period),
            received_to: day(&self.bis)?.filter(|_| period),
            holder,
            order: order.filter(|order| view.orders().contains(order)),
        })
    }

    /// The same reference among all cases, and its address; `None` where nothing else is asked already.
    fn everywhere(&self) -> Option<(WorklistQuery, String)> {
        let filters = [&self.leistung, &self.bei, &self.von, &self.bis];
        let narrowed = self.view() != View::All || filters.into_iter().any(|text| said(text).is_some());
        let all = ListQuery {
            ansicht: Some(View::All.code().to_owned()),
            aktenzeichen: self.aktenzeichen.clone(),
            ..ListQuery::default()
        };
        let asked = WorklistQuery {
            reference: Some(self.reference()?),
            ..View::All.into()
        };
        narrowed.then(|| (asked, all.address(None)))
    }

    /// The address of this list, from a place on.
    fn address(&self, at: Option<&str>) -> String {
        let reference = self.reference();
        let pairs = [
            ("ansicht", Some(self.view().code())),
            ("aktenzeichen", reference.as_deref()),
            ("leistung", said(&self.leistung)),
            ("bei", said(&self.bei)),
            ("von", said(&self.von)),
            ("bis", said(&self.bis)),
            ("sortierung", said(&self.sortierung)),
            ("nach", at),
        ];
        let fine = |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.*".contains(&b));
        let said: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| value.filter(fine).map(|value| format!("{name}={value}")))
            .collect();
        format!("/amt?{}", said.join("&"))
    }
}

fn name(t: &'static Texts, view: View) -> &'static str {
    match view {
        View::Mine => t.desk_view_mine,
        View::Team => t.desk_view_team,
        View::DueSoon => t.desk_view_due_soon,
        View::Overdue => t.desk_view_overdue,
        View::Waiting => t.desk_view_waiting,
        View::DoneByMe => t.desk_view_done,
        View::All => t.desk_view_all,
    }
}

fn empty(t: &'static Texts, view: View) -> &'static str {
    match view {
        View::Mine => t.desk_empty_mine,
        View::Team => t.desk_empty_team,
        View::DueSoon => t.desk_empty_due,
        View::Overdue => t.desk_empty_overdue,
        View::Waiting => t.desk_empty_waiting,
        View::DoneByMe => t.desk_empty_done,
        View::All => t.desk_empty_all,
    }
}

fn choice(value: &str, label: impl Into<String>, chosen: Option<&str>) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.into(),
        chosen: chosen == Some(value),
    }
}

fn narrow(
    state: &WebState,
    visit: &Visit,
    query: &ListQuery,
    authority: AuthorityId,
    staff: &[(String, String)],
) -> Narrow {
    let t = visit.frame.t;
    let view = query.view();
    let catalogue = state.cases.catalogue();
    let mut services = vec![choice("", t.desk_any, None)];
    let offered = catalogue
        .services()
        .filter(|package| catalogue.adoption(package.id(), authority).is_some());
    services.extend(offered.map(|package| {
        let title = service_title(state, package.id(), visit.lang);
        choice(package.id(), title, said(&query.leistung))
    }));
    let mut holders = Vec::new();
    if view.by_holder() {
        holders.push(choice("", t.desk_any, None));
        holders.push(choice(NOBODY, t.desk_nobody, said(&query.bei)));
        holders.extend(staff.iter().map(|(id, name)| choice(id, name, said(&query.bei))));
    }
    let orders = view.orders();
    let order = query.order().filter(|order| orders.contains(order));
    let usual = orders.first().copied().unwrap_or(WorklistOrder::Oldest);
    let words = |order| match order {
        WorklistOrder::Oldest => t.desk_order_oldest,
        WorklistOrder::Newest => t.desk_order_newest,
        WorklistOrder::Due => t.desk_order_due,
    };
    let narrowing = [&query.aktenzeichen, &query.leistung, &query.bei, &query.von, &query.bis];
    Narrow {
        view: view.code().to_owned(),
        reference: query.reference().unwrap_or_default(),
        services,
        holders,
        orders: orders
            .iter()
            .map(|known| choice(known.code(), words(*known), Some(order.unwrap_or(usual).code())))
            .collect(),
        from: said(&query.von).unwrap_or_default().to_owned(),
        to: said(&query.bis).unwrap_or_default().to_owned(),
        period: view.by_received(order.unwrap_or(usual)),
        active: narrowing.into_iter().any(|text| said(text).is_some()),
        error: None,
    }
}

/// How a task is named in the forms of a list: case, task, holder, reference.
fn pick(item: &Item) -> Option<String> {
    let holder = item.holder.as_ref().map_or("-", |holder| holder.id.as_str());
    item.task
        .map(|task| format!("{}/{task}/{holder}/{}", item.case, item.reference))
}

/// What is to be done, or what is waited for and until when.
fn what(t: &'static Texts, item: &Item) -> String {
    let Some(deadline) = item.awaits.as_deref() else {
        return item.name.clone();
    };
    let name = match deadline {
        "rechtsbehelfsfrist" => t.desk_awaits_objection,
        "mitwirkungsfrist" => t.desk_awaits_papers,
        "erinnerung" => t.desk_awaits_reminder,
        "klagefrist" => t.desk_deadline_suit,
        _ => t.desk_awaits_other,
    };
    match item.due {
        Some(after) => {
            let last = after.saturating_sub(std::time::Duration::from_micros(1)).date();
            fill(&fill(t.desk_awaits, "name", name), "date", german_date(last))
        }
        None => fill(t.desk_awaits_begin, "name", name),
    }
}

fn line(state: &WebState, visit: &Visit, authority: AuthorityId, me: &str, view: View, item: &Item) -> WorkItem {
    let t = visit.frame.t;
    let (tone, word, _) = status_of(t, &item.service, item.status);
    // What is done, or waits for the applicant, is nobody's to take.
    let open = item.task.is_some() && item.open;
    let holder = item.holder.as_ref();
    let mine = holder.is_some_and(|holder| holder.id == me) || item.deputising;
    WorkItem {
        href: base(authority, item.case),
        reference: item.reference.clone(),
        service: service_title(state, &item.service, visit.lang),
        task: what(t, item),
        received: day(t, item.received_at),
        received_at: item.received_at.to_string(),
        due: item
            .due
            .filter(|_| view != View::DoneByMe)
            .map(|after| due(t, state.cases.now(), after)),
        earliest: !item.begun,
        holder: holder.map(|holder| holder.name.clone()).unwrap_or_default(),
        free: item.open && holder.is_none(),
        deputy_for: match holder {
            Some(holder) if item.deputising => fill(t.desk_deputy, "name", &holder.name),
            _ => String::new(),
        },
        tone,
        status: word.to_owned(),
        pick: pick(item).filter(|_| open),
        assignable: item.assignable,
        take: open && holder.is_none() && !item.reviewed_myself,
        not_mine: if item.reviewed_myself {
            t.desk_four_eyes.to_owned()
        } else {
            String::new()
        },
        give_back: open && mine,
    }
}

/// How many cases of all have the reference that the open list lacks, and where they are.
fn elsewhere(t: &'static Texts, found: usize, href: String) -> Option<(String, String)> {
    let words = match found {
        0 => return None,
        1 => t.desk_elsewhere_one.to_owned(),
        n if n as u64 >= CASES => fill(t.desk_elsewhere_many, "n", format!("{n}+")),
        n => fill(t.desk_elsewhere_many, "n", n),
    };
    Some((words, href))
}

fn message(t: &'static Texts, code: Option<&str>) -> Option<String> {
    match code? {
        "uebernommen" => Some(t.desk_taken.to_owned()),
        "zurueck" => Some(t.desk_given_back.to_owned()),
        "uebergeben" => Some(t.desk_handed_message.to_owned()),
        "nichts" => Some(t.desk_nothing_picked.to_owned()),
        _ => None,
    }
}

/// `GET /amt`
pub(crate) async fn worklist(
    State(state): State<WebState>,
    visit: Visit,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let (actor, authority) = visit.official()?;
    let t = visit.frame.t;
    let me = match actor {
        Actor::Staff { id, .. } => id.as_str(),
        Actor::Person(_) | Actor::System(_) => "",
    };
    let view = query.view();
    let counts = state.cases.worklist_counts(actor).await.map_err(of_office)?;
    let colleagues = state.cases.colleagues(actor, None).map_err(of_office)?;
    let staff: Vec<(String, String)> = colleagues.into_iter().map(|one| (one.id, one.name)).collect();
    let mut narrow = narrow(&state, &visit, &query, authority, &staff);
    let nothing = Page {
        items: Vec::new(),
        next: None,
        previous: None,
    };
    let found = match query.asked(t) {
        Err(words) => {
            narrow.error = Some(words);
            nothing
        }
        Ok(asked) => match state.cases.worklist(actor, asked, said(&query.nach), CASES).await {
            Ok(found) => found,
            Err(CaseError::Verdict(words)) => {
                narrow.error = Some(words);
                nothing
            }
            Err(error) => return Err(of_office(error)),
        },
    };
    // Who looks for one case by its reference does not mean the view that happens to be open.
    let elsewhere = match query
        .everywhere()
        .filter(|_| found.items.is_empty() && narrow.error.is_none())
    {
        Some((asked, href)) => {
            let all = state
                .cases
                .worklist(actor, asked, None, CASES)
                .await
                .map_err(of_office)?;
            elsewhere(t, all.items.len(), href)
        }
        None => None,
    };
    let mut to = vec![choice(NOBODY, t.desk_hand_back, None)];
    to.extend(staff.iter().map(|(id, name)| choice(id, name, None)));
    let status = if narrow.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let list = WorklistView {
        authority: authority_name(&state, authority),
        tabs: counts
            .into_iter()
            .map(|(known, count)| Tab {
                href: format!("/amt?ansicht={}", known.code()),
                name: name(t, known).to_owned(),
                count: count.to_string(),
                current: known == view,
            })
            .collect(),
        empty: if narrow.active {
            t.desk_empty_narrowed
        } else {
            empty(t, view)
        }
        .to_owned(),
        narrow,
        elsewhere,
        items: found
            .items
            .iter()
            .map(|item| line(&state, &visit, authority, me, view, item))
            .collect(),
        colleagues: to,
        here: query.address(said(&query.nach)),
        message: message(t, said(&query.meldung)),
        previous: found.previous.map(|at| query.address(Some(&at))),
        next: found.next.map(|at| query.address(Some(&at))),
    };
    let template = WorklistPage {
        f: &visit.frame,
        v: &list,
    };
    Ok(if status == StatusCode::OK {
        ok(&template)
    } else {
        page(status, &template)
    })
}

/// `GET /amt/zuweisen`: after a login on the way, back to the list.
pub(crate) async fn back(visit: Visit) -> Result<Response, Problem> {
    visit.official()?;
    Ok(Redirect::to("/amt").into_response())
}

/// Whether a chosen holder is "nobody".
pub(crate) fn is_nobody(code: &str) -> bool {
    code == NOBODY
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_says_what_was_asked_and_nothing_that_was_only_typed() {
        let query = |pairs: &[(&str, &str)]| {
            let mut query = ListQuery::default();
            for (name, value) in pairs {
                let value = Some((*value).to_owned());
                match *name {
                    "ansicht" => query.ansicht = value,
                    "aktenzeichen" => query.aktenzeichen = value,
                    "leistung" => query.leistung = value,
                    "bei" => query.bei = value,
                    _ => query.von = value,
                }
            }
            query
        };
        for (pairs, address) in [
            (vec![], "/amt?ansicht=team"),
            (vec![("ansicht", "nonsense")], "/amt?ansicht=team"),
            (
                vec![
                    ("ansicht", "mine"),
                    ("aktenzeichen", " MD-7K4 "),
                    ("leistung", "hundesteuer"),
                ],
                "/amt?ansicht=mine&aktenzeichen=MD-7K4&leistung=hundesteuer",
            ),
            (
                vec![("aktenzeichen", "Müller & Söhne"), ("leistung", "a b")],
                "/amt?ansicht=team&aktenzeichen=MllerShne",
            ),
            (vec![("bei", "*"), ("von", "")], "/amt?ansicht=team&bei=*"),
        ] {
            assert_eq!(query(&pairs).address(None), address);
        }
    }
}
