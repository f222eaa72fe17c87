//! Objecting to a notice (Widerspruch, §§ 68 ff. VwGO): a case of its own at the authority that decided (§ 70 Abs. 1 VwGO).

use serde_json::json;
use wegfrei_identity::{Action, Purpose, Role};
use wegfrei_journal::Actor;
use wegfrei_model::time::german_date;
use wegfrei_model::{AuthorityId, CaseId, NoticeId, PersonId, Timestamp};

use crate::contested::{Objection, ObjectionResult};
use crate::error::CaseError;
use crate::event::{About, Event, Relation};
use crate::file::{Act, Loaded, Plan, commit};
use crate::follow_up::filled;
use crate::request::suit;
use crate::state::{CaseState, Phase};
use crate::task::short_enough;
use crate::view::{Contested, ObjectionStand, ObjectionView, SubmitReceipt};
use crate::{Cases, resident};

/// The generic package of objections; an authority adopts it as any other.
pub const SERVICE: &str = "widerspruch";
/// Objecting and withdrawing can be repeated so often for each notice: every time makes a case and a task, and every view of the first
/// case reads them all.
const MOST_OBJECTIONS: usize = 5;
/// Another entry in the same moment (the notice was opened in a second tab) is no reason to lose a person's deadline.
const ATTEMPTS: u8 = 3;

impl Cases {
    /// Objects to a notice. `text` may be empty: an objection needs no reason. In time is what arrives before the first instant
    /// after the deadline shown, in Magdeburg's time. A second click gives the first receipt.
    ///
    /// # Errors
    /// [`CaseError::TooLate`] after the deadline; [`CaseError::NotFound`] for a notice of another case; [`CaseError::Verdict`] for a
    /// letter one cannot object to, or a text that is too long; [`CaseError::NotAdopted`] when the authority takes objections on
    /// paper only; [`CaseError::Limit`] for who has objected to it and withdrawn that again and again; [`CaseError::Refused`] for somebody
    /// else's, which is recorded.
    pub async fn object(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        notice: NoticeId,
        text: &str,
    ) -> Result<SubmitReceipt, CaseError> {
        let arrived = self.now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.try_object(person, authority, case, notice, (text, arrived)).await {
                Err(CaseError::Stale) if attempt < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    async fn try_object(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        notice: NoticeId,
        (text, arrived): (&str, Timestamp),
    ) -> Result<SubmitReceipt, CaseError> {
        let loaded = self.own_case(person, authority, case).await?;
        let state = &loaded.state;
        let known: Vec<&Objection> = state.objections.iter().filter(|known| known.notice == notice).collect();
        for known in &known {
            let filed = self.load(authority, known.case).await?.state;
            // Who has withdrawn may object again while there is time.
            if filed.withdrawn_at.is_none() {
                return self.receipt(authority, &filed).ok_or(CaseError::NotFound);
            }
        }
        short_enough(text, "Ihre Begründung")?;
        self.printable(text, "Ihre Begründung")?;
        self.contestable(state, notice, arrived)?;
        Self::bounded(&loaded)?;
        if known.len() >= MOST_OBJECTIONS {
            return Err(CaseError::Limit(format!(
                "Gegen diesen Bescheid haben Sie hier schon {MOST_OBJECTIONS} Mal Widerspruch eingelegt und ihn zurückgenommen. Wenn Sie \
                 wieder widersprechen möchten, schreiben Sie der Behörde, oder gehen Sie hin und lassen Sie es aufschreiben (§ 70 VwGO). Die \
                 Frist läuft weiter.",
            )));
        }
        let data = self.objection_data(person, authority, &loaded, notice, text).await?;
        let objection = self.new_case_id();
        let about = About {
            case,
            relation: Relation::Objection,
        };
        let plan = self.plan_direct(person, authority, SERVICE, objection, &data, Some(about))?;
        let act = Act {
            actor: &resident(person),
            purpose: Purpose::OwnData.german(),
            at: arrived,
        };
        let (mut both, filed) = commit(authority, objection, None, &act, plan)?;
        let mut noted = Plan::default();
        noted.push(Event::ObjectionFiled {
            notice,
            case: objection,
        });
        let (noted, _) = commit(authority, case, Some(state), &act, noted)?;
        both.entries.extend(noted.entries);
        both.rows.extend(noted.rows);
        self.inner.journal.commit(both).await?;
        self.receipt(authority, &filed)
            .ok_or_else(|| CaseError::story("an objection without a reference"))
    }

    /// What one may object to now, and the first instant that is too late; `None` while the notice has not left the house.
    pub(crate) fn objectable(&self, state: &CaseState) -> Vec<(NoticeId, Option<Timestamp>)> {
        let decisions = state.notices.iter().filter(|notice| !notice.letter);
        let open = decisions.filter(|notice| self.contestable(state, notice.id, self.now()).is_ok());
        let open = open.filter(|notice| !state.has_objection(notice.id));
        open.filter_map(|notice| {
            let deadline = state.objection_deadline(notice)?;
            Some((notice.id, Some(deadline.due).filter(|_| state.has_begun(deadline))))
        })
        .collect()
    }

    /// Decisions nobody objected to while it was possible, and the first instant that was too late.
    pub(crate) fn missed(&self, state: &CaseState) -> Vec<(NoticeId, Timestamp)> {
        let decisions = state.notices.iter().filter(|notice| !state.has_objection(notice.id));
        let late = decisions.filter(|notice| {
            matches!(
                self.contestable(state, notice.id, self.now()),
                Err(CaseError::TooLate(_))
            )
        });
        late.filter_map(|notice| Some((notice.id, state.objection_deadline(notice)?.due)))
            .collect()
    }

    /// Who decided what an objection is about, for the desk: who decides on it should be somebody else where there is one.
    pub(crate) async fn contested(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        state: &CaseState,
    ) -> Result<Option<Contested>, CaseError> {
        let Some(about) = state.about.filter(|about| about.relation == Relation::Objection) else {
            return Ok(None);
        };
        let first = self.load(authority, about.case).await?.state;
        let objection = first.objections.iter().find(|known| known.case == state.id);
        let notice = objection.and_then(|known| first.notice(&known.notice));
        let by = notice.and_then(|notice| first.reviewer_before(notice.entry)).cloned();
        let others = self.inner.policies.directory().staff_of(authority).filter(|member| {
            let own = by.as_ref() == Some(&Actor::staff(&member.id, authority));
            !own && member.roles.contains(&Role::Caseworker) && member.serves(SERVICE)
        });
        Ok(Some(Contested {
            case: about.case,
            by: match &by {
                Some(Actor::Staff { id, .. }) => Some(self.colleague(authority, id).name),
                _ => None,
            },
            // What is decided already is not handed over.
            by_reader: by.as_ref() == Some(actor) && state.open_task().is_some(),
            others: others.count() > 0,
        }))
    }

    /// The court one can sue before against what an authority decided on an objection, as its adoption names it.
    pub(crate) fn court(&self, authority: AuthorityId) -> Option<String> {
        let adoption = self.inner.catalogue.adoption(SERVICE, authority)?;
        Some(adoption.parameters().get("gericht")?.as_str()?.to_owned())
    }

    /// Objections to the notices of a case, and what came of them: nothing of their contents is opened.
    pub(crate) async fn objection_views(
        &self,
        authority: AuthorityId,
        state: &CaseState,
    ) -> Result<Vec<ObjectionView>, CaseError> {
        let mut views = Vec::with_capacity(state.objections.len());
        for known in &state.objections {
            let filed = self.load(authority, known.case).await?.state;
            let stand = stand(state, known, &filed);
            views.push(ObjectionView {
                notice: known.notice,
                case: known.case,
                reference: filed.reference.clone().unwrap_or_default(),
                filed_at: known.filed_at,
                stand,
                decided_at: known.result.map(|(_, at)| at),
                sue: suit(&filed, self.now()).filter(|_| stand.is_refused()),
                court: self.court(authority).filter(|_| stand.is_refused()),
                closed_at: known.closed_at,
            });
        }
        Ok(views)
    }

    fn contestable(&self, state: &CaseState, notice: NoticeId, arrived: Timestamp) -> Result<(), CaseError> {
        let known = state.notice(&notice).ok_or(CaseError::NotFound)?;
        // A fact of the notice, which no package the case works with now can change.
        let is_main = state.letter_kind(known).is_main();
        let Some(deadline) = state.objection_deadline(known).filter(|_| is_main) else {
            return Err(CaseError::Verdict(
                "Gegen dieses Schreiben ist hier kein Widerspruch möglich. Was gegen einen Bescheid möglich ist, steht an seinem Ende."
                    .to_owned(),
            ));
        };
        // The period begins when the notice has left the house (docs/decisions/0006); until then no objection is late.
        let begun = state.has_begun(deadline);
        if (begun && arrived >= deadline.due) || !deadline.runs() || state.phase != Phase::Running {
            let day = deadline.due.saturating_sub(std::time::Duration::from_micros(1)).date();
            return Err(CaseError::TooLate(format!(
                "Die Frist für den Widerspruch ist mit dem {} abgelaufen. Wenn Sie ohne Schuld nicht rechtzeitig widersprechen \
                 konnten, schreiben Sie der Behörde innerhalb von zwei Wochen, nachdem das Hindernis weggefallen ist (§ 60 VwGO).",
                german_date(day)
            )));
        }
        Ok(())
    }

    /// The form of the objection: who, against what, and why. Who is taken from the case's own form, opened under the person's
    /// record.
    async fn objection_data(
        &self,
        person: PersonId,
        authority: AuthorityId,
        loaded: &Loaded,
        notice: NoticeId,
        text: &str,
    ) -> Result<serde_json::Value, CaseError> {
        let state = &loaded.state;
        let (package, _) = self.package_of(authority, state)?;
        let access = self
            .access(&resident(person), authority, state, Action::ViewCase, Purpose::OwnData)
            .await?;
        let sealed = loaded
            .sealed(state.form_entry)?
            .typed::<serde_json::Value>(crate::context(state.id, "form"));
        let sent = sealed
            .open(&access)
            .map_err(|error| CaseError::damaged("form", error))?;
        let mut data = package.letter_fields(&sent);
        let issued = state.notice(&notice).map(|known| known.issued_at.date().to_string());
        if let Some(object) = data.as_object_mut() {
            let decided = json!({
                "leistung": package.subject(),
                "aktenzeichen": state.reference,
                "datum": issued,
            });
            object.insert("bescheid".to_owned(), decided);
            object.insert("widerspruch".to_owned(), json!({ "text": text.trim() }));
        }
        let (objection, _) = self.offered(authority, SERVICE)?;
        Ok(filled(objection, &data))
    }
}

/// Where an objection to a notice of `first` stands.
fn stand(first: &CaseState, known: &Objection, filed: &CaseState) -> ObjectionStand {
    if filed.withdrawn_at.is_some() {
        return ObjectionStand::Withdrawn;
    }
    match known.result {
        Some((result, _)) if result.is_granted() => {
            let in_part = result == ObjectionResult::GrantedInPart;
            match first.carried_out_by(known.case) {
                None if known.closed_at.is_none() && !known.by_hand => ObjectionStand::Granted { in_part },
                by => ObjectionStand::CarriedOut { in_part, by },
            }
        }
        None if known.closed_at.is_none() => ObjectionStand::Open,
        _ => ObjectionStand::Refused,
    }
}
