//! The people the platform knows by login: residents' profiles and staff with their roles.

use std::collections::BTreeMap;

use serde::Deserialize;
use wegfrei_model::{AuthorityId, EmailAddress, PersonId};

/// What a member of staff may be; the Cedar policies name these codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sachbearbeitung: works on cases and decides.
    Caseworker,
    /// Teamleitung: sees the team's work and may look into cases for supervision; does not decide.
    TeamLead,
    /// Behördliche Datenschutzbeauftragte: reads the records of access, no contents (Art. 39 DSGVO).
    DataProtectionOfficer,
    /// Revision: reads the records, no contents.
    Auditor,
    /// Betrieb: keeps the machine running and sees no personal data.
    Operator,
}

impl Role {
    /// Every role, in the order of the golden matrix.
    pub const ALL: [Role; 5] = [
        Role::Caseworker,
        Role::TeamLead,
        Role::DataProtectionOfficer,
        Role::Auditor,
        Role::Operator,
    ];

    /// The code used in policies and files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Role::Caseworker => "caseworker",
            Role::TeamLead => "team-lead",
            Role::DataProtectionOfficer => "data-protection-officer",
            Role::Auditor => "auditor",
            Role::Operator => "operator",
        }
    }

    /// The role of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The German word shown to residents in "who saw what".
    #[must_use]
    pub fn german(self) -> &'static str {
        match self {
            Role::Caseworker => "Sachbearbeitung",
            Role::TeamLead => "Teamleitung",
            Role::DataProtectionOfficer => "Datenschutzbeauftragte Person",
            Role::Auditor => "Revision",
            Role::Operator => "Betrieb",
        }
    }
}

/// A resident as the login service tells it. Lives in memory for the session; never written in the clear.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Random id; the only thing about a person that is stored in the clear.
    pub id: PersonId,
    /// Given names.
    pub given_names: String,
    /// Family name.
    pub family_name: String,
    /// Date of birth, ISO 8601.
    pub birth_date: String,
    /// Street without number.
    pub street: String,
    /// House number.
    pub house_number: String,
    /// Postal code, five digits.
    pub postal_code: String,
    /// Town.
    pub town: String,
    /// E-mail address, when the login service tells one.
    #[serde(default)]
    pub email: Option<EmailAddress>,
}

impl std::fmt::Debug for Profile {
    /// Only the id: a profile must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Profile({})", self.id)
    }
}

impl Profile {
    /// Given names and family name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_names, self.family_name)
    }

    /// One field by the name a package's `[prefill]` uses; `None` for a name no profile has.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        Some(match name {
            "given_names" => &self.given_names,
            "family_name" => &self.family_name,
            "birth_date" => &self.birth_date,
            "street" => &self.street,
            "house_number" => &self.house_number,
            "postal_code" => &self.postal_code,
            "town" => &self.town,
            "email" => return self.email.as_ref().map(EmailAddress::as_str),
            _ => return None,
        })
    }
}

/// A member of staff of one authority.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffMember {
    /// Personnel key, unique within the authority: `a-z0-9-`, at most 40 characters.
    pub id: String,
    /// The authority this person works for.
    pub authority: AuthorityId,
    /// Name shown to colleagues.
    pub name: String,
    /// Roles held.
    pub roles: Vec<Role>,
}

/// What can be wrong with a directory file.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Not TOML, or a key is missing, unknown or of the wrong type; the message names line and key.
    #[error("directory file: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Two people share one id.
    #[error("directory file: id `{0}` occurs twice; give each person an id of their own")]
    Duplicate(String),
    /// A staff id that cannot be written into a record.
    #[error("directory file: staff id `{0}` may only use a-z, 0-9 and `-`, 1 to 40 characters")]
    StaffId(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    person: Vec<Profile>,
    #[serde(default)]
    staff: Vec<StaffMember>,
}

/// Residents and staff by id. Residents are here only in demonstration mode; in production the login service names them.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    persons: BTreeMap<PersonId, Profile>,
    staff: BTreeMap<(AuthorityId, String), StaffMember>,
}

impl Directory {
    /// Reads a directory from TOML with `[[person]]` and `[[staff]]` tables.
    ///
    /// # Errors
    /// [`DirectoryError`] names the line, the key or the id that is wrong.
    pub fn parse(text: &str) -> Result<Self, DirectoryError> {
        let file: File = toml::from_str(text)?;
        let mut directory = Self::default();
        for person in file.person {
            let id = person.id;
            if directory.persons.insert(id, person).is_some() {
                return Err(DirectoryError::Duplicate(id.to_string()));
            }
        }
        for member in file.staff {
            let valid = !member.id.is_empty()
                && member.id.len() <= 40
                && member
                    .id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if !valid {
                return Err(DirectoryError::StaffId(member.id));
            }
            let key = (member.authority, member.id.clone());
            if directory.staff.insert(key, member.clone()).is_some() {
                return Err(DirectoryError::Duplicate(member.id));
            }
        }
        Ok(directory)
    }

    /// A resident's profile.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Profile> {
        self.persons.get(id)
    }

    /// A member of staff by authority and personnel key.
    #[must_use]
    pub fn staff_member(&self, authority: AuthorityId, id: &str) -> Option<&StaffMember> {
        self.staff.get(&(authority, id.to_owned()))
    }

    /// Residents in id order.
    pub fn persons(&self) -> impl Iterator<Item = &Profile> {
        self.persons.values()
    }

    /// Staff by authority, then id.
    pub fn staff(&self) -> impl Iterator<Item = &StaffMember> {
        self.staff.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: &str = r#"
[[person]]
id = "01900000-0000-7000-8000-000000000001"
given_names = "Erika"
family_name = "Muster"
birth_date = "1948-03-02"
street = "Weg"
house_number = "1"
postal_code = "39104"
town = "Magdeburg"
"#;

    fn check(text: &str, expected: Result<usize, &str>) {
        match (Directory::parse(text), expected) {
            (Ok(directory), Ok(count)) => assert_eq!(directory.persons().count(), count),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (result, expected) => panic!("{result:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn directory_files() {
        check("", Ok(0));
        check(PERSON, Ok(1));
        check(&format!("{PERSON}{PERSON}"), Err("occurs twice"));
        check(&PERSON.replace("town", "twon"), Err("twon"));
        check(
            "[[staff]]\nid=\"A b\"\nauthority=\"15003000\"\nname=\"x\"\nroles=[]",
            Err("staff id `A b`"),
        );
    }

    #[test]
    fn profile_debug_names_no_person() {
        let directory = Directory::parse(PERSON).unwrap();
        let shown = format!("{:?}", directory.persons().next().unwrap());
        assert!(!shown.contains("Erika") && !shown.contains("Muster"), "{shown}");
    }
}
