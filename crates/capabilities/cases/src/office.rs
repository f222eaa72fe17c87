//! Who acts at the desk, and colleagues by name.

use wegfrei_identity::{Directory, StaffMember};
use wegfrei_journal::Actor;
use wegfrei_model::AuthorityId;

use crate::Cases;
use crate::error::CaseError;
use crate::worklist::Colleague;

impl Cases {
    /// The acting member of staff, as the directory knows them.
    pub(crate) fn official(&self, actor: &Actor) -> Result<&StaffMember, CaseError> {
        let Actor::Staff { id, authority } = actor else {
            return Err(CaseError::Refused("Nur für Mitarbeitende.".to_owned()));
        };
        self.directory()
            .staff_member(*authority, id)
            .ok_or_else(|| CaseError::Refused("Sie stehen nicht im Personalverzeichnis.".to_owned()))
    }

    pub(crate) fn directory(&self) -> &Directory {
        self.inner.policies.directory()
    }

    /// A colleague by personnel key; one who has left goes by the key alone.
    pub(crate) fn colleague(&self, authority: AuthorityId, id: &str) -> Colleague {
        let name = self.directory().staff_member(authority, id).map(|member| &member.name);
        Colleague {
            id: id.to_owned(),
            name: name.map_or(id, String::as_str).to_owned(),
        }
    }
}
