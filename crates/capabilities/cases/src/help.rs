//! Letting somebody help: the resident makes a code and hands it over, the helper enters it; either ends it at any time. A helper sees
//! the case and works on it; sending, withdrawing, objecting, the way of contact and further helpers stay the resident's.

use std::time::Duration;

use serde::Serialize;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Access, Actor, CommitError};
use wegfrei_model::{AuthorityId, CaseId, PersonId, Timestamp};
use wegfrei_store::Value as Sql;

use crate::error::CaseError;
use crate::event::Event;
use crate::file::{Act, Loaded, Plan, commit};
use crate::helping::{MOST_HELPERS, code_hash, new_code, typed_code};
use crate::mine::{case_summary, summaries};
use crate::state::{CaseState, Phase};
use crate::tables::WAITS_FOR_OBJECTION;
use crate::view::{CaseSummary, Status};
use crate::{Cases, context, resident};

/// A code is good for so long.
const VALID: Duration = Duration::from_secs(7 * 24 * 3600);
/// So many codes may somebody try in an hour, and in a day.
const TRIES: [(Duration, i64); 2] = [(Duration::from_secs(3600), 5), (Duration::from_secs(24 * 3600), 15)];
/// How often what was decided is written again when others change the case meanwhile.
const ATTEMPTS: u32 = 3;

/// A code for somebody to help; shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct HelpCode {
    /// Twelve digits in groups of three.
    pub code: String,
    /// First moment it is no longer good.
    pub until: Timestamp,
}

/// Somebody who helps with a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HelperView {
    /// Who.
    pub helper: PersonId,
    /// Their name, as the login told it.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
}

/// Who helps in a draft or case of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyHelp {
    /// Who helps now.
    pub helpers: Vec<HelperView>,
    /// Until when a code waits to be entered.
    pub code_until: Option<Timestamp>,
    /// Whether one more may help.
    pub room: bool,
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("help", error)
}

fn wrong<T>(text: &str) -> Result<T, CaseError> {
    Err(CaseError::Input(text.to_owned()))
}

/// What a person does with a case: their own, or somebody's they help.
pub(crate) fn purpose_of(person: PersonId, state: &CaseState) -> Purpose {
    if person != state.person && state.helping.helps(person) {
        Purpose::Assistance
    } else {
        Purpose::OwnData
    }
}

/// What a document is opened for: who helps opens nothing of their own.
pub(crate) fn as_helper(actor: &Actor, purpose: Purpose, state: &CaseState) -> Purpose {
    match actor {
        Actor::Person(person) if purpose == Purpose::OwnData => purpose_of(*person, state),
        _ => purpose,
    }
}

impl Cases {
    /// The case of a resident, who alone may say who helps; anybody else's try is asked of the policy and thereby recorded.
    async fn help_of(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<(Loaded, std::sync::Arc<Access>), CaseError> {
        let loaded = self.load(authority, case).await?;
        match loaded.state.phase {
            Phase::Discarded => return Err(CaseError::Discarded),
            Phase::Erased if loaded.state.person == person => return Err(CaseError::Erased),
            Phase::Erased => return Err(CaseError::NotFound),
            Phase::Draft | Phase::Running | Phase::Closed => {}
        }
        let purpose = purpose_of(person, &loaded.state);
        let access = self
            .access(&resident(person), authority, &loaded.state, Action::ManageHelp, purpose)
            .await?;
        Ok((loaded, access))
    }

    /// Makes a code for somebody to help in a draft or case of one's own. It is shown this once; an earlier code is void.
    ///
    /// # Errors
    /// [`CaseError::Limit`] when three help already; [`CaseError::Refused`] for somebody else's, which is recorded, and for helpers.
    pub async fn offer_help(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<HelpCode, CaseError> {
        let (loaded, _) = self.help_of(person, authority, case).await?;
        Self::bounded(&loaded)?;
        if loaded.state.helping.helpers.len() >= MOST_HELPERS {
            return Err(CaseError::Limit(
                "Es helfen schon drei Personen. Bitte beenden Sie zuerst eine Hilfe.".to_owned(),
            ));
        }
        let code = new_code(&self.inner.ambient);
        let until = self.now().saturating_add(VALID);
        let mut plan = Plan::default();
        let hash = hashed(code.clone()).await?;
        plan.push(Event::HelpOffered { hash, until });
        self.write(person, authority, &loaded, plan).await?;
        Ok(HelpCode { code, until })
    }

    /// Takes back a code that nobody entered yet. Without one nothing happens.
    ///
    /// # Errors
    /// As [`Cases::offer_help`].
    pub async fn take_help_back(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<(), CaseError> {
        let (loaded, _) = self.help_of(person, authority, case).await?;
        if loaded.state.helping.offer.is_none() {
            return Ok(());
        }
        let mut plan = Plan::default();
        plan.push(Event::HelpTakenBack {});
        self.write(person, authority, &loaded, plan).await?;
        Ok(())
    }

    /// Who helps in a draft or case of one's own; names are opened under a record.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for somebody else's, which is recorded, and for helpers.
    pub async fn my_help(&self, person: PersonId, authority: AuthorityId, case: CaseId) -> Result<MyHelp, CaseError> {
        let (loaded, access) = self.help_of(person, authority, case).await?;
        let helping = &loaded.state.helping;
        let now = self.now();
        Ok(MyHelp {
            helpers: self.helper_views(&loaded, &access)?,
            code_until: helping
                .offer
                .as_ref()
                .map(|offer| offer.until)
                .filter(|until| *until > now),
            room: helping.helpers.len() < MOST_HELPERS,
        })
    }

    /// Ends somebody's help at once: the resident anybody's, a helper their own. Ending it twice is ending it once.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for somebody else's, which is recorded.
    pub async fn end_help(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        helper: PersonId,
    ) -> Result<(), CaseError> {
        for _ in 0..ATTEMPTS {
            let loaded = self.load(authority, case).await?;
            let state = &loaded.state;
            if person != helper || !state.helping.known.contains_key(&helper) {
                self.help_of(person, authority, case).await?;
            }
            if !state.helping.helps(helper) {
                return Ok(());
            }
            let mut plan = Plan::default();
            plan.push(Event::HelpEnded { helper });
            match self.write(person, authority, &loaded, plan).await {
                Err(CaseError::Stale) => {}
                Err(other) => return Err(other),
                Ok(_) => {
                    // What this process still holds open for them; others ask the case's state before they use theirs.
                    let actor = resident(helper);
                    self.with_open(|open| open.retain(|slot, _| slot.actor != actor || slot.key != state.key));
                    return Ok(());
                }
            }
        }
        Err(CaseError::Stale)
    }

    /// Enters a code that somebody handed over: from now on `person`, called `name`, helps with that case. Entered again by the same
    /// person it is not good any more, like every used code.
    ///
    /// # Errors
    /// [`CaseError::Input`] for a code that is none, is too old, was used, or is for one's own case; [`CaseError::Limit`] after too many
    /// tries.
    pub async fn accept_help(&self, person: PersonId, name: &str, code: &str) -> Result<CaseSummary, CaseError> {
        const NONE: &str = "Diesen Code gibt es nicht, oder er gilt nicht mehr. Bitte prüfen Sie die Ziffern oder lassen Sie sich einen \
                            neuen Code geben.";
        self.count_try(person).await?;
        let Some(digits) = typed_code(code) else {
            return wrong("Ein Code hat zwölf Ziffern. Bitte prüfen Sie, was Sie eingegeben haben.");
        };
        let hash = hashed(digits).await?;
        for _ in 0..ATTEMPTS {
            let sql = "SELECT authority, case_id FROM help_code WHERE hash = $1 AND until > $2";
            let values = [Sql::Text(hash.clone()), Sql::Int(self.now().as_micros())];
            let rows = self.inner.store.fetch(sql, &values).await?;
            let Some(row) = rows.first() else { return wrong(NONE) };
            let authority = crate::mine::authority_of(row)?;
            let case = CaseId::parse(row.text("case_id")?).map_err(damaged)?;
            let loaded = self.load(authority, case).await?;
            let state = &loaded.state;
            let good = state.helping.offer.as_ref();
            let good = good.is_some_and(|offer| offer.hash == hash && offer.until > self.now());
            if !good || matches!(state.phase, Phase::Discarded | Phase::Erased) {
                return wrong(NONE);
            }
            if state.person == person {
                return wrong("Das ist Ihr eigener Antrag. Geben Sie den Code der Person, die Ihnen helfen soll.");
            }
            if state.helping.helps(person) {
                return wrong("Sie helfen bei diesem Antrag schon. Der Code bleibt für eine andere Person gültig.");
            }
            if state.helping.helpers.len() >= MOST_HELPERS {
                return Err(CaseError::Limit(
                    "Bei diesem Antrag helfen schon drei Personen. Bitte sprechen Sie mit der Person, die Ihnen den Code gegeben hat."
                        .to_owned(),
                ));
            }
            let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
            let sealed = sealing
                .seal(context(case, "helper"), &name.to_owned())
                .map_err(damaged)?;
            let mut plan = Plan::default();
            plan.push_sealed(Event::HelpAccepted { helper: person }, sealed.into_bytes());
            let act = Act {
                actor: &resident(person),
                purpose: Purpose::Assistance.german(),
                at: self.now(),
            };
            let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
            match self.inner.journal.commit(commit).await {
                Err(CommitError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
                Ok(_) => {
                    self.forget_tries(person).await?;
                    let (known, _) = self.seen_case(person, authority, case).await?;
                    return Ok(known);
                }
            }
        }
        Err(CaseError::Stale)
    }

    /// Counts a try before it is judged, so that many at once are all counted.
    async fn count_try(&self, person: PersonId) -> Result<(), CaseError> {
        let (store, now) = (&self.inner.store, self.now());
        let who = Sql::Text(person.to_string());
        let since = |period: Duration| Sql::Int(now.saturating_sub(period).as_micros());
        let [_, (day, _)] = TRIES;
        // Nobody's tries are kept longer than they are counted.
        store
            .execute("DELETE FROM help_try WHERE at < $1", &[since(day)])
            .await?;
        let id = Sql::Text(crate::papers::hex(&self.inner.ambient.bytes::<16>()));
        let sql = "INSERT INTO help_try (id, person, at) VALUES ($1, $2, $3)";
        store
            .execute(sql, &[id, who.clone(), Sql::Int(now.as_micros())])
            .await?;
        for (period, most) in TRIES {
            let sql = "SELECT COUNT(*) AS n FROM help_try WHERE person = $1 AND at > $2";
            let rows = store.fetch(sql, &[who.clone(), since(period)]).await?;
            if rows.first().map_or(Ok(0), |row| row.int("n"))? > most {
                return Err(CaseError::Limit(
                    "Sie haben zu oft einen Code eingegeben. Bitte versuchen Sie es später noch einmal.".to_owned(),
                ));
            }
        }
        Ok(())
    }

    async fn forget_tries(&self, person: PersonId) -> Result<(), CaseError> {
        let sql = "DELETE FROM help_try WHERE person = $1";
        self.inner.store.execute(sql, &[Sql::Text(person.to_string())]).await?;
        Ok(())
    }

    /// Drafts and cases a person helps with, newest change first. Names nobody.
    ///
    /// # Errors
    /// The database's.
    pub async fn helped_cases(&self, person: PersonId) -> Result<Vec<CaseSummary>, CaseError> {
        let sql = summaries!(
            "JOIN case_helper h ON h.authority = f.authority AND h.case_id = f.case_id \
             WHERE h.helper = $1 ORDER BY f.updated_at DESC, f.case_id LIMIT 500"
        );
        let rows = self.inner.store.fetch(sql, &[Sql::Text(person.to_string())]).await?;
        rows.iter().map(|row| case_summary(row).map(alone)).collect()
    }

    /// One case a person may see: their own, or one they help with; and whether they help.
    ///
    /// # Errors
    /// As [`Cases::my_case`].
    pub async fn seen_case(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<(CaseSummary, bool), CaseError> {
        match self.my_case(person, authority, case).await {
            Err(CaseError::NotFound) => {}
            other => return other.map(|known| (known, false)),
        }
        let sql = summaries!(
            "JOIN case_helper h ON h.authority = f.authority AND h.case_id = f.case_id \
             WHERE h.authority = $1 AND h.case_id = $2 AND h.helper = $3"
        );
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Text(case.to_string()),
            Sql::Text(person.to_string()),
        ];
        let rows = self.inner.store.fetch(sql, &values).await?;
        let row = rows.first().ok_or(CaseError::NotFound)?;
        Ok((alone(case_summary(row)?), true))
    }

    /// Who helps now, by name.
    pub(crate) fn helper_views(&self, loaded: &Loaded, access: &Access) -> Result<Vec<HelperView>, CaseError> {
        let helpers = loaded.state.helping.helpers.iter();
        helpers
            .map(|(helper, help)| {
                Ok(HelperView {
                    helper: *helper,
                    name: self.helper_name(loaded, help.entry, access)?,
                    since: help.since,
                })
            })
            .collect()
    }

    fn helper_name(&self, loaded: &Loaded, entry: u64, access: &Access) -> Result<String, CaseError> {
        let sealed = loaded
            .sealed(entry)?
            .typed::<String>(context(loaded.state.id, "helper"));
        sealed.open(access).map_err(damaged)
    }

    /// The name under which somebody helps or helped with a case of the asking person's, for their own list of records.
    pub(crate) async fn helped_by(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        helper: PersonId,
    ) -> Result<Option<String>, CaseError> {
        let Some(loaded) = self.find(authority, case).await? else {
            return Ok(None);
        };
        let readable = !matches!(loaded.state.phase, Phase::Discarded | Phase::Erased) && loaded.state.person == person;
        let Some(entry) = loaded.state.helping.known.get(&helper).filter(|_| readable) else {
            return Ok(None);
        };
        let access = self
            .access(
                &resident(person),
                authority,
                &loaded.state,
                Action::ManageHelp,
                Purpose::OwnData,
            )
            .await?;
        self.helper_name(&loaded, *entry, &access).map(Some)
    }

    /// Who acted on a case, in words: the applicant, or somebody who helps.
    pub(crate) fn who_on(&self, state: &CaseState, actor: &Actor) -> String {
        match actor {
            Actor::Person(person) if *person != state.person => "Bevollmächtigte Person".to_owned(),
            other => self.who(other, None),
        }
    }
}

/// Other cases are the resident's own affair, an objection to this one too: who helps with the case is not told of them.
fn alone(mut case: CaseSummary) -> CaseSummary {
    case.about = None;
    if case.status == Status::Contested {
        case.status = Status::Decided;
    }
    case.waiting
        .retain(|place| !WAITS_FOR_OBJECTION.contains(&place.as_str()));
    case
}

/// The hash costs tens of milliseconds on purpose: not on the threads that serve.
async fn hashed(code: String) -> Result<String, CaseError> {
    let digits = typed_code(&code).ok_or_else(|| CaseError::story("a code that is none"))?;
    tokio::task::spawn_blocking(move || code_hash(&digits))
        .await
        .map_err(damaged)
}
