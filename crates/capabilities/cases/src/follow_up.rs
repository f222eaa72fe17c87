//! Follow-up applications, and the links between cases: one person, one authority.

use serde_json::Value;
use wegfrei_forms::{Form, Item, Kind};
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::Access;
use wegfrei_model::{AuthorityId, CaseId, PersonId};
use wegfrei_packages::{AnswerChange, Package};
use wegfrei_store::{Row, Value as Sql};

use crate::error::CaseError;
use crate::event::{About, Relation};
use crate::file::Loaded;
use crate::mine::status;
use crate::state::CaseState;
use crate::view::RelatedCase;
use crate::{Cases, context, resident};

/// Which follow-up application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUp {
    /// Weiterleistung: the grant shall go on.
    Renewal,
    /// Änderung: something has changed.
    Change,
}

impl From<FollowUp> for Relation {
    fn from(kind: FollowUp) -> Self {
        match kind {
            FollowUp::Renewal => Relation::Renewal,
            FollowUp::Change => Relation::Change,
        }
    }
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("follow-up", error)
}

impl Cases {
    /// Starts an application of the same service that is about an earlier case: what was sent then is filled in, but for papers,
    /// which belong to the earlier case. The earlier form is opened under the person's own record.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] for a draft, [`CaseError::Refused`] for somebody else's (recorded), [`CaseError::TooLate`] for a case
    /// that was withdrawn, [`CaseError::NotAdopted`], [`CaseError::Limit`] beyond 50 drafts.
    pub async fn start_follow_up(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        kind: FollowUp,
    ) -> Result<CaseId, CaseError> {
        let loaded = self.own_case(person, authority, case).await?;
        let state = &loaded.state;
        if state.withdrawn_at.is_some() {
            return Err(CaseError::TooLate(
                "Dieser Antrag wurde zurückgenommen. Bitte stellen Sie einen neuen Antrag.".to_owned(),
            ));
        }
        let (package, _) = self.offered(authority, &state.service)?;
        self.room_for_a_draft(person).await?;
        let access = self
            .access(&resident(person), authority, state, Action::ViewCase, Purpose::OwnData)
            .await?;
        let sealed = loaded.sealed(state.form_entry)?.typed::<Value>(context(case, "form"));
        let sent = sealed.open(&access).map_err(damaged)?;
        let data = without_papers(package.form(), package.form().prune(&sent));
        let about = About {
            case,
            relation: kind.into(),
        };
        self.new_draft(person, authority, package, &data, Some(about)).await
    }

    /// The cases a resident's case is about, and those about it.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for somebody else's, which is recorded.
    pub async fn related(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Vec<RelatedCase>, CaseError> {
        let loaded = self.own_case(person, authority, case).await?;
        self.linked(authority, &loaded.state).await
    }

    /// As [`Cases::related`], for whoever may see the case already. A draft is nobody's but the resident's, so only sent cases.
    pub(crate) async fn linked(
        &self,
        authority: AuthorityId,
        state: &CaseState,
    ) -> Result<Vec<RelatedCase>, CaseError> {
        let text = |value: &dyn ToString| Sql::Text(value.to_string());
        let (shard, person) = (text(&authority), text(&state.person));
        let mut related = Vec::new();
        if let Some(about) = state.about {
            let sql = "SELECT case_id, service, reference, status FROM case_file \
                       WHERE authority = $1 AND case_id = $2 AND person = $3";
            let values = [shard.clone(), text(&about.case), person.clone()];
            for row in self.inner.store.fetch(sql, &values).await? {
                related.push(link(&row, about.relation, true)?);
            }
        }
        let sql = "SELECT case_id, service, reference, status, relation FROM case_file \
                   WHERE authority = $1 AND about = $2 AND person = $3 AND phase <> 'draft' ORDER BY created_at, case_id";
        for row in self.inner.store.fetch(sql, &[shard, text(&state.id), person]).await? {
            let relation = Relation::from_code(row.opt_text("relation")?.unwrap_or_default());
            related.push(link(&row, relation.ok_or_else(|| damaged("unknown relation"))?, false)?);
        }
        Ok(related)
    }
}

/// What a follow-up application says otherwise than what it began with ([`Cases::start_follow_up`] wrote that into its first entry); `None`
/// of any other.
pub(crate) fn since_earlier(
    loaded: &Loaded,
    access: &Access,
    package: &Package,
    application: &Value,
) -> Result<Option<Vec<AnswerChange>>, CaseError> {
    let state = &loaded.state;
    let relation = state.about.map(|about| about.relation);
    if !matches!(relation, Some(Relation::Renewal | Relation::Change)) {
        return Ok(None);
    }
    let first = loaded.sealed(1)?.typed::<Value>(context(state.id, "form"));
    let began = first.open(access).map_err(damaged)?;
    let said = |data: Value| without_papers(package.form(), data);
    Ok(Some(package.answer_changes(&said(began), &said(application.clone()))))
}

fn link(row: &Row, relation: Relation, earlier: bool) -> Result<RelatedCase, CaseError> {
    Ok(RelatedCase {
        case: CaseId::parse(row.text("case_id")?).map_err(damaged)?,
        service: row.text("service")?.to_owned(),
        reference: row.opt_text("reference")?.map(str::to_owned),
        status: status(row.text("status")?),
        relation,
        earlier,
    })
}

/// Form data without the files it names: they lie sealed in the earlier case.
fn without_papers(form: &Form, mut data: Value) -> Value {
    fn walk(items: &[Item], ids: &mut Vec<String>) {
        for item in items {
            match item {
                Item::Field(field) if matches!(field.kind, Kind::File { .. }) => {
                    // The last part of the path is the key in its group.
                    ids.extend(field.path.rsplit('.').next().map(str::to_owned));
                }
                Item::Field(_) => {}
                Item::Group(group) => walk(&group.items, ids),
            }
        }
    }
    fn remove(data: &mut Value, ids: &[String]) {
        match data {
            Value::Object(object) => {
                object.retain(|key, _| !ids.contains(key));
                object.values_mut().for_each(|value| remove(value, ids));
            }
            Value::Array(list) => list.iter_mut().for_each(|value| remove(value, ids)),
            _ => {}
        }
    }
    let mut ids = Vec::new();
    form.pages().iter().for_each(|page| walk(&page.items, &mut ids));
    remove(&mut data, &ids);
    data
}

/// The value of a package's `[letter]` name in nested data: `empfaenger.name`.
pub(crate) fn at<'d>(data: &'d Value, name: &str) -> Option<&'d Value> {
    name.split('.').try_fold(data, |value, part| value.get(part))
}

/// Fills a form with data under the names of the package's `[letter]`: one name, one field.
pub(crate) fn filled(package: &Package, data: &Value) -> Value {
    let mut form = Value::Object(serde_json::Map::new());
    for (name, fields) in &package.manifest().letter {
        if let (Some(value), [field]) = (at(data, name), fields.as_slice()) {
            package.set_field(&mut form, field, value.clone());
        }
    }
    form
}
