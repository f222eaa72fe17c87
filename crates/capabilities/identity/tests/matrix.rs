//! The authorisation matrix: who × action × resource, as a golden file (`tests/snapshots`). A changed policy shows here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fmt::Write as _;

use wegfrei_identity::{Action, Directory, Policies, Purpose, Resource, Role};
use wegfrei_journal::{AccessRequest, Actor, Decision, KeyId, Policy};
use wegfrei_model::{AuthorityId, CaseId, PersonId};

fn authority(ags: &str) -> AuthorityId {
    AuthorityId::parse(ags).unwrap()
}

fn person(last: u8) -> PersonId {
    PersonId::parse(&format!("01900000-0000-7000-8000-0000000000{last:02}")).unwrap()
}

fn policies() -> Policies {
    let mut file = String::new();
    for role in Role::ALL {
        let code = role.code();
        writeln!(
            file,
            "[[staff]]\nid=\"{code}\"\nauthority=\"15003000\"\nname=\"x\"\nroles=[\"{code}\"]"
        )
        .unwrap();
    }
    // Works on another service than the matrix' cases are of.
    file.push_str(
        "[[staff]]\nid=\"elsewhere\"\nauthority=\"15003000\"\nname=\"x\"\nroles=[\"caseworker\",\"team-lead\"]\n\
         services=[\"wohngeld\"]",
    );
    Policies::load(Directory::parse(&file).unwrap()).unwrap()
}

fn actors() -> Vec<(String, Actor)> {
    let home = authority("15003000");
    let mut actors = vec![
        ("resident, own".to_owned(), Actor::Person(person(1))),
        ("resident, other".to_owned(), Actor::Person(person(2))),
        ("resident, helper".to_owned(), Actor::Person(person(3))),
        ("platform".to_owned(), Actor::system("notices")),
        ("unknown staff".to_owned(), Actor::staff("nobody", home)),
    ];
    actors.extend(Role::ALL.map(|role| (role.code().to_owned(), Actor::staff(role.code(), home))));
    actors.push(("lead, other service".to_owned(), Actor::staff("elsewhere", home)));
    actors
}

#[test]
fn matrix() {
    let policies = policies();
    let held = |ags: &str, submitted, held| Resource::Case {
        authority: authority(ags),
        subject: person(1),
        submitted,
        service: "hundesteuer".to_owned(),
        helpers: vec![person(3)],
        held,
    };
    let case = |ags: &str, submitted| held(ags, submitted, false);
    let file = |ags: &str, services: &[&str]| Resource::PaymentRun {
        authority: authority(ags),
        services: services.iter().map(|service| (*service).to_owned()).collect(),
    };
    let printed = |ags: &str, services: &[&str]| Resource::PrintFile {
        authority: authority(ags),
        services: services.iter().map(|service| (*service).to_owned()).collect(),
    };
    let resources = [
        ("draft", case("15003000", false)),
        ("case, own authority", case("15003000", true)),
        ("case, other authority", case("15002000", true)),
        ("task of a colleague", held("15003000", true, true)),
        ("own authority", Resource::Authority(authority("15003000"))),
        ("other authority", Resource::Authority(authority("15002000"))),
        ("payment file", file("15003000", &["hundesteuer"])),
        (
            "payment file, both services",
            file("15003000", &["hundesteuer", "wohngeld"]),
        ),
        ("payment file, only wohngeld", file("15003000", &["wohngeld"])),
        ("payment file of old", file("15003000", &[])),
        ("payment file, other authority", file("15002000", &["hundesteuer"])),
        ("print file", printed("15003000", &["hundesteuer"])),
        (
            "print file, both services",
            printed("15003000", &["hundesteuer", "wohngeld"]),
        ),
        ("print file, only wohngeld", printed("15003000", &["wohngeld"])),
        ("print file of nothing", printed("15003000", &[])),
        ("print file, other authority", printed("15002000", &["hundesteuer"])),
    ];
    let mut table = String::new();
    for (who, actor) in actors() {
        for (what, resource) in &resources {
            for action in Action::ALL {
                let permitted: Vec<&str> = std::iter::once(None)
                    .chain(Purpose::ALL.into_iter().map(Some))
                    .filter(|purpose| {
                        policies
                            .decide(&actor, action, resource, purpose.map(Purpose::code))
                            .permits()
                    })
                    .map(|purpose| purpose.map_or("(none)", Purpose::code))
                    .collect();
                if !permitted.is_empty() {
                    let purposes = if permitted.len() == Purpose::ALL.len() + 1 {
                        "any".to_owned()
                    } else {
                        permitted.join(" ")
                    };
                    writeln!(table, "{who:24} {:18} {what:22} {purposes}", action.code()).unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_journal_is_told_why() {
    fn check(circumstances: serde_json::Value, subject: Option<PersonId>, permitted: bool) {
        let request = AccessRequest {
            authority: authority("15003000"),
            actor: Actor::staff("caseworker", authority("15003000")),
            purpose: "Bearbeitung des Antrags".to_owned(),
            subject,
            key: KeyId::case(CaseId::parse("01900000-0000-7000-8000-000000000001").unwrap()),
            parts: vec!["form".to_owned()],
            circumstances,
        };
        let decision = Policy::decide(&policies(), &request);
        assert_eq!(matches!(decision, Decision::Permit { .. }), permitted, "{decision:?}");
    }
    let fine = wegfrei_identity::circumstances(Action::OpenCase, Purpose::CaseWork, true, "hundesteuer");
    check(fine.clone(), Some(person(1)), true);
    check(fine, None, false);
    check(
        wegfrei_identity::circumstances(Action::OpenCase, Purpose::CaseWork, false, "hundesteuer"),
        Some(person(1)),
        false,
    );
    check(
        wegfrei_identity::circumstances(Action::OpenCase, Purpose::Supervision, true, "hundesteuer"),
        Some(person(1)),
        false,
    );
    let mut without = wegfrei_identity::circumstances(Action::OpenCase, Purpose::CaseWork, true, "hundesteuer");
    without.as_object_mut().unwrap().remove("service");
    check(without, Some(person(1)), false);
    check(serde_json::json!({ "action": "case.open" }), Some(person(1)), false);
    check(serde_json::json!(null), Some(person(1)), false);
}
