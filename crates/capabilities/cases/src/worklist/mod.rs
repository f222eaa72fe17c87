//! The worklist: what waits for whom, by references and dates, never by contents.
//!
//! It is read from `case_task` and `case_file`, whose rows follow from the journal. Names are not in them and cannot be searched:
//! what an applicant wrote is sealed and in no index (Art. 5 Abs. 1 Buchst. c DSGVO). [`query`] says what can be asked, [`texts`] how
//! it is read, [`page`] how several lists (services, deputies) become one.

mod page;
mod query;
mod texts;

use std::collections::{BTreeMap, HashMap};

use tokio::task::JoinSet;
use wegfrei_identity::{Action, Resource, StaffMember, Verdict as Ruling};
use wegfrei_journal::Actor;
use wegfrei_model::{CaseId, TaskId, Timestamp};
use wegfrei_process::{Kind, TimerSpec};
use wegfrei_store::{Row, Value as Sql};

use self::page::{At, Scan, Span, page};
pub use self::query::{Colleague, Count, Holder, WorkItem, WorklistOrder, WorklistQuery, WorklistView};
pub use self::texts::worklist_statements;
use crate::error::CaseError;
use crate::mine::{status, time_of};
use crate::view::Page;
use crate::{Cases, letter, tables};

/// "Due soon" is within so many days, in microseconds.
const SOON: i64 = 7 * 24 * 3600 * 1_000_000;
/// Lines of a search by reference: three characters leave one case of 32,768.
const MOST_FOUND: usize = 500;

/// The asking person and the lists that make up what they asked for.
struct Plan<'a> {
    me: &'a StaffMember,
    absent: Vec<String>,
    scans: Vec<Scan>,
    span: Span,
    order: WorklistOrder,
}

impl Cases {
    /// One page of the worklist of the asking person's authority, within their services; `at` is a page's `next` or `previous`.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles without a worklist; [`CaseError::Verdict`] for a filter the view does not offer (what it
    /// offers: [`WorklistView`]); [`CaseError::NotFound`] for an `at` no page gave.
    pub async fn worklist(
        &self,
        actor: &Actor,
        query: impl Into<WorklistQuery>,
        at: Option<&str>,
        limit: u64,
    ) -> Result<Page<WorkItem>, CaseError> {
        let query = query.into();
        let at = At::parse(at)?;
        let plan = self.plan(actor, &query).await?;
        let limit = usize::try_from(limit.clamp(1, 200)).unwrap_or(200);
        let authority = Sql::Text(plan.me.authority.to_string());
        if let Some(typed) = &query.reference {
            return self.search(&plan, &query, &authority, typed, limit).await;
        }
        let newest_first = plan.order == WorklistOrder::Newest;
        let found = page(
            &self.inner.store,
            &authority,
            &plan.scans,
            plan.span,
            newest_first,
            at,
            limit,
        )
        .await?;
        let mut asked = BTreeMap::new();
        let items = found
            .rows
            .iter()
            .map(|row| self.work_item(&plan, query.view, row, &mut asked));
        Ok(Page {
            items: items.collect::<Result<_, _>>()?,
            next: found.next,
            previous: found.previous,
        })
    }

    /// How many lines a list has, exact up to [`Count::MOST`]. Not for searches by reference, which show all they find.
    ///
    /// # Errors
    /// As [`Cases::worklist`].
    pub async fn worklist_count(&self, actor: &Actor, query: impl Into<WorklistQuery>) -> Result<Count, CaseError> {
        let plan = self.plan(actor, &query.into()).await?;
        self.count(&plan).await
    }

    /// How many lines each view has, without filters.
    ///
    /// # Errors
    /// As [`Cases::worklist`].
    pub async fn worklist_counts(&self, actor: &Actor) -> Result<Vec<(WorklistView, Count)>, CaseError> {
        // Side by side: one waits for seven answers about as long as for one.
        let mut counting = JoinSet::new();
        for view in WorklistView::ALL {
            let (cases, actor) = (self.clone(), actor.clone());
            counting.spawn(async move { Ok::<_, CaseError>((view, cases.worklist_count(&actor, view).await?)) });
        }
        let mut found = HashMap::with_capacity(WorklistView::ALL.len());
        while let Some(counted) = counting.join_next().await {
            found.extend([counted.map_err(|error| CaseError::damaged("worklist", error))??]);
        }
        let counts = WorklistView::ALL.into_iter();
        Ok(counts.filter_map(|view| Some((view, *found.get(&view)?))).collect())
    }

    async fn count(&self, plan: &Plan<'_>) -> Result<Count, CaseError> {
        let authority = Sql::Text(plan.me.authority.to_string());
        let mut n = 0;
        for scan in &plan.scans {
            let most = (Count::MOST + 1).saturating_sub(n);
            if most > 0 {
                n += scan.count(&self.inner.store, &authority, plan.span, most).await?;
            }
        }
        Ok(Count {
            n: n.min(Count::MOST),
            more: n > Count::MOST,
        })
    }

    async fn plan(&self, actor: &Actor, query: &WorklistQuery) -> Result<Plan<'_>, CaseError> {
        let me = self.official(actor)?;
        let resource = Resource::Authority(me.authority);
        if let Ruling::Refuse(_) = self.inner.policies.decide(actor, Action::ReadWorklist, &resource, None) {
            return Err(CaseError::Refused("Ihre Rolle hat keine Vorgangsliste.".to_owned()));
        }
        let order = query.checked()?;
        let absent = match query.view {
            WorklistView::Mine => self.deputised(me.authority, &me.id).await?,
            _ => Vec::new(),
        };
        let now = self.now().as_micros();
        let span = match query.view {
            // `due` is the first instant after the time: at that instant it is over.
            WorklistView::Overdue => Span {
                from: i64::MIN,
                before: now.saturating_add(1),
            },
            WorklistView::DueSoon => Span {
                from: now.saturating_add(1),
                before: now.saturating_add(SOON + 1),
            },
            _ => Span {
                from: query
                    .received_from
                    .map_or(Span::ALL.from, |day| Timestamp::start_of_day(day).as_micros()),
                before: query
                    .received_to
                    .map_or(Span::ALL.before, |day| Timestamp::end_of_day(day).as_micros()),
            },
        };
        let scans = scans(me, &absent, actor, query, order);
        Ok(Plan {
            me,
            absent,
            scans,
            span,
            order,
        })
    }

    /// All lines whose reference begins with what was typed, at most [`MOST_FOUND`] of them looked at: few enough to be narrowed
    /// and put in order here.
    async fn search(
        &self,
        plan: &Plan<'_>,
        query: &WorklistQuery,
        authority: &Sql,
        typed: &str,
        limit: usize,
    ) -> Result<Page<WorkItem>, CaseError> {
        let Some(prefix) = letter::reference_prefix(typed) else {
            return Err(CaseError::Verdict(
                "Bitte geben Sie mindestens die ersten drei Zeichen des Aktenzeichens ein. Namen kann man nicht suchen: Sie sind \
                 versiegelt."
                    .to_owned(),
            ));
        };
        let sql = match query.view {
            WorklistView::All => texts::FILES_BY_REFERENCE,
            _ => texts::TASKS_BY_REFERENCE,
        };
        let values = [
            authority.clone(),
            prefix.as_str().into(),
            // After every letter, digit and hyphen.
            format!("{prefix}~").into(),
            i64::try_from(MOST_FOUND).unwrap_or(i64::MAX).into(),
        ];
        let me = Actor::staff(plan.me.id.as_str(), plan.me.authority).to_string();
        let (mut items, mut asked) = (Vec::new(), BTreeMap::new());
        for row in self.inner.store.fetch(sql, &values).await? {
            if let Some(place) = place_in(plan, query, &me, &row)? {
                items.push((place, self.work_item(plan, query.view, &row, &mut asked)?));
            }
        }
        items.sort_by_key(|(place, _)| *place);
        if plan.order == WorklistOrder::Newest {
            items.reverse();
        }
        items.truncate(limit);
        Ok(Page {
            items: items.into_iter().map(|(_, item)| item).collect(),
            next: None,
            previous: None,
        })
    }

    fn work_item(
        &self,
        plan: &Plan<'_>,
        view: WorklistView,
        row: &Row,
        asked: &mut BTreeMap<String, bool>,
    ) -> Result<WorkItem, CaseError> {
        let damaged = |error: wegfrei_model::ids::IdError| CaseError::damaged("worklist", error);
        let of_task = view != WorklistView::All;
        let holder = Some(row.text("assigned_to")?).filter(|id| !id.is_empty());
        let (mut task, mut work, mut reviewed_myself) = (None, None, false);
        if of_task {
            let me = Actor::staff(plan.me.id.as_str(), plan.me.authority).to_string();
            reviewed_myself = row.text("reviewed_by")? == me;
            task = Some(TaskId::parse(row.text("task_id")?).map_err(damaged)?);
            work = Some(row.text("work")?.to_owned());
        }
        let open = match view {
            WorklistView::All => row.int("desk")? == 1,
            WorklistView::DoneByMe | WorklistView::Waiting => false,
            _ => true,
        };
        let due = row.opt_int("due")?.filter(|due| *due != tables::NEVER);
        let (service, name) = (
            row.text("service")?,
            row.text("name")?.lines().next().unwrap_or_default(),
        );
        Ok(WorkItem {
            case: CaseId::parse(row.text("case_id")?).map_err(damaged)?,
            task,
            reference: row.opt_text("reference")?.unwrap_or_default().to_owned(),
            service: service.to_owned(),
            name: name.to_owned(),
            awaits: self.awaited(service, name).filter(|_| !of_task).map(str::to_owned),
            work,
            since: time_of(row, "since")?,
            received_at: time_of(row, "received_at")?,
            due: due
                .map(Timestamp::from_micros)
                .transpose()
                .map_err(|error| CaseError::damaged("worklist", error))?,
            status: status(row.text("status")?),
            begun: row.int("begun")? == 1,
            open,
            assignable: open && of_task && self.hands_over(plan.me, &plan.absent, holder, service, asked),
            reviewed_myself,
            deputising: holder.is_some_and(|id| plan.absent.iter().any(|absent| absent == id)),
            holder: holder.map(|id| self.colleague(plan.me.authority, id)),
        })
    }
}

impl Cases {
    /// The legal deadline behind the name of a timer: modellers name it after its end, when it is still running.
    fn awaited(&self, service: &str, name: &str) -> Option<&str> {
        let elements = self.inner.catalogue.package(service)?.process().elements();
        elements
            .iter()
            .find_map(|element| match (&element.kind, element.kind.timer()) {
                (Kind::Catch { .. }, Some(TimerSpec::Deadline(deadline))) if element.name == name => {
                    Some(deadline.as_str())
                }
                _ => None,
            })
    }
}

/// One list for each service and holder that is asked for; none when nothing is in one's services.
fn scans(me: &StaffMember, absent: &[String], actor: &Actor, query: &WorklistQuery, order: WorklistOrder) -> Vec<Scan> {
    let services: Vec<Option<&str>> = match &query.service {
        Some(service) if me.serves(service) => vec![Some(service)],
        Some(_) => Vec::new(),
        None if me.services.is_empty() => vec![None],
        None => me.services.iter().map(|service| Some(service.as_str())).collect(),
    };
    let holders: Vec<Option<&str>> = match (query.view, &query.holder) {
        (WorklistView::Mine, _) => std::iter::once(&me.id)
            .chain(absent)
            .map(|id| Some(id.as_str()))
            .collect(),
        (_, None) => vec![None],
        (_, Some(Holder::Nobody)) => vec![Some("")],
        (_, Some(Holder::Staff(id))) => vec![Some(id)],
    };
    let mut scans = Vec::with_capacity(services.len() * holders.len());
    for service in &services {
        for holder in &holders {
            let mut equal: Vec<Sql> = Vec::with_capacity(3);
            let texts = match query.view {
                WorklistView::All => texts::files(service.is_some()),
                WorklistView::DoneByMe => {
                    equal.push(actor.to_string().into());
                    texts::done_tasks(service.is_some())
                }
                view => {
                    equal.push(queue(view).into());
                    equal.extend(holder.map(Sql::from));
                    texts::open_tasks(order == WorklistOrder::Due, holder.is_some(), service.is_some())
                }
            };
            equal.extend(service.map(Sql::from));
            scans.push(Scan { texts, equal });
        }
    }
    scans
}

fn queue(view: WorklistView) -> &'static str {
    match view {
        WorklistView::Waiting => "applicant",
        _ => "desk",
    }
}

/// Whether a row that a search found belongs to the list, and its place in it.
fn place_in(plan: &Plan<'_>, query: &WorklistQuery, me: &str, row: &Row) -> Result<Option<i64>, CaseError> {
    let service = row.text("service")?;
    let mut fits = plan.me.serves(service) && query.service.as_deref().is_none_or(|wanted| wanted == service);
    let received = row.opt_int("received_at")?.unwrap_or_default();
    let place = match (query.view, plan.order) {
        (WorklistView::DoneByMe, _) => row.opt_int("done_at")?.unwrap_or_default(),
        (_, WorklistOrder::Due) => row.opt_int("due")?.unwrap_or(tables::NEVER),
        _ => received,
    };
    match query.view {
        WorklistView::All => {}
        WorklistView::DoneByMe => fits &= row.opt_text("done_by")? == Some(me),
        view => {
            let holder = row.text("assigned_to")?;
            fits &= row.text("queue")? == queue(view);
            fits &= match (view, &query.holder) {
                (WorklistView::Mine, _) => holder == plan.me.id || plan.absent.iter().any(|absent| absent == holder),
                (_, None) => true,
                (_, Some(Holder::Nobody)) => holder.is_empty(),
                (_, Some(Holder::Staff(id))) => holder == id,
            };
        }
    }
    Ok((fits && plan.span.holds(place)).then_some(place))
}
