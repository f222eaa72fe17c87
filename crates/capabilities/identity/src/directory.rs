//! The people the platform knows by login: residents' profiles and staff with their roles.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use wegfrei_model::{AuthorityId, EmailAddress, PersonId};

/// What a member of staff may be; the Cedar policies name these codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sachbearbeitung: works on cases and decides.
    Caseworker,
    /// Teamleitung: sees the team's work and may look into cases for supervision; releases what a caseworker reviewed, does
    /// not decide.
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
    /// Teams this person belongs to; a team lead with teams leads only these. None: the whole authority.
    #[serde(default)]
    pub teams: Vec<String>,
    /// Ids of the services this person works on, and sees no others. None: all of the authority.
    #[serde(default)]
    pub services: Vec<String>,
}

impl StaffMember {
    /// Whether cases of this service are theirs to see.
    #[must_use]
    pub fn serves(&self, service: &str) -> bool {
        self.services.is_empty() || self.services.iter().any(|own| own == service)
    }

    /// Whether a team lead leads this colleague: same authority, and a team in common unless the lead has none.
    #[must_use]
    pub fn leads(&self, colleague: &StaffMember) -> bool {
        self.authority == colleague.authority
            && self.roles.contains(&Role::TeamLead)
            && (self.teams.is_empty() || self.teams.iter().any(|team| colleague.teams.contains(team)))
    }
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
    /// A team or service that is none.
    #[error(
        "directory file: `{name}` of staff `{id}` is no team or service: write a-z, 0-9 and `-`, 1 to 40 characters, each once"
    )]
    Scope {
        /// The personnel key.
        id: String,
        /// What stands there instead.
        name: String,
    },
}

/// `a-z0-9-`, 1 to 40 characters: safe in records, addresses and policies.
fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn scope(member: &StaffMember) -> Result<(), DirectoryError> {
    for names in [&member.teams, &member.services] {
        let mut seen = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !is_id(name) || !seen.insert(*name)) {
            return Err(DirectoryError::Scope {
                id: member.id.clone(),
                name: name.clone(),
            });
        }
    }
    Ok(())
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
            if !is_id(&member.id) {
                return Err(DirectoryError::StaffId(member.id));
            }
            scope(&member)?;
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

    /// The staff of one authority, by id.
    pub fn staff_of(&self, authority: AuthorityId) -> impl Iterator<Item = &StaffMember> {
        self.staff
            .range((authority, String::new())..)
            .take_while(move |((of, _), _)| *of == authority)
            .map(|(_, member)| member)
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
        let scoped =
            |scope: &str| format!("[[staff]]\nid=\"a\"\nauthority=\"15003000\"\nname=\"x\"\nroles=[]\n{scope}");
        check(&scoped("services=[\"wohngeld\"]\nteams=[\"geld-1\"]"), Ok(0));
        check(&scoped("services=[\"Wohn Geld\"]"), Err("`Wohn Geld` of staff `a`"));
        check(&scoped("teams=[\"a\",\"a\"]"), Err("each once"));
        check(&scoped("teams=[\"\"]"), Err("no team or service"));
        check(&scoped("service=\"wohngeld\""), Err("service"));
    }

    #[test]
    fn teams_and_services() {
        let member = |authority: &str, roles: &str, teams: &str, services: &str| {
            let text = format!(
                "[[staff]]\nid=\"a\"\nauthority=\"{authority}\"\nname=\"x\"\nroles=[{roles}]\nteams=[{teams}]\nservices=[{services}]"
            );
            let directory = Directory::parse(&text).unwrap();
            directory.staff().next().cloned().unwrap()
        };
        let of = |teams: &str| member("15003000", "\"caseworker\"", teams, "");
        let lead = |teams: &str| member("15003000", "\"team-lead\"", teams, "");
        assert!(lead("").leads(&of("")) && lead("").leads(&of("\"b\"")) && lead("\"b\",\"c\"").leads(&of("\"c\"")));
        assert!(!lead("\"b\"").leads(&of("")) && !lead("\"b\"").leads(&of("\"c\"")) && !of("").leads(&of("")));
        assert!(!lead("").leads(&member("15002000", "\"caseworker\"", "", "")));
        assert!(of("").serves("wohngeld"));
        let only = member("15003000", "", "", "\"wohngeld\"");
        assert!(only.serves("wohngeld") && !only.serves("hundesteuer"));
    }

    #[test]
    fn profile_debug_names_no_person() {
        let directory = Directory::parse(PERSON).unwrap();
        let shown = format!("{:?}", directory.persons().next().unwrap());
        assert!(!shown.contains("Erika") && !shown.contains("Muster"), "{shown}");
    }
}
