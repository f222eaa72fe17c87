//! The house without its doors, in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use wegfrei_cases::{Cases, Parts};
use wegfrei_identity::{Directory, Policies};
use wegfrei_journal::{Journal, JournalOptions, Keys};
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, PersonId};
use wegfrei_notices::Typesetter;
use wegfrei_packages::{Catalogue, Package};
use wegfrei_store::testing::Database;
use wegfrei_store::{Migration, Store, StoreOptions};

use crate::{Result, machine};

/// The service measured.
pub const SERVICE: &str = "hundesteuer";
/// Where one authority is enough.
pub const MAGDEBURG: &str = "15003000";

/// A folder of the checkout this program was built from.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// All packages.
pub fn catalogue() -> Result<Catalogue> {
    Ok(Catalogue::from_folder(folder("packages"))?)
}

/// The Hundesteuer.
pub fn package(catalogue: &Catalogue) -> Result<&Package> {
    catalogue
        .package(SERVICE)
        .ok_or_else(|| format!("no package {SERVICE}").into())
}

/// The package's own first example, an ordinary first dog that came three weeks before today: decided without a human.
pub fn application(catalogue: &Catalogue, ambient: &Ambient) -> Result<Value> {
    let example = package(catalogue)?
        .examples()
        .iter()
        .find(|example| example.file.contains("01-erster-hund"))
        .ok_or("the package has no example 01-erster-hund")?;
    let mut data = example.application.clone();
    let came = ambient.now().as_micros() - 21 * 24 * 3600 * 1_000_000;
    let came = wegfrei_model::Timestamp::from_micros(came)?.date();
    data["G15000000002"]["F15000000015"] = came.to_string().into();
    Ok(data)
}

/// The invented people of the demonstration.
pub fn directory() -> Result<Directory> {
    let text = std::fs::read_to_string(folder("packages/demonstration/people.toml"))?;
    Ok(Directory::parse(&text)?)
}

/// One of them.
pub fn person(directory: &Directory) -> Result<PersonId> {
    let person = directory.persons().next().ok_or("the demonstration has no people")?;
    Ok(person.id)
}

/// All tables.
pub fn migrations() -> Vec<Migration> {
    let mut all = wegfrei_journal::migrations();
    all.extend(wegfrei_identity::migrations());
    all.extend(wegfrei_cases::migrations());
    all
}

/// A fresh database of each engine.
pub async fn databases() -> Vec<Database> {
    wegfrei_store::testing::databases().await
}

/// Opened as production opens it.
pub async fn open(database: &Database) -> Result<Store> {
    Ok(Store::open(database.url(), &StoreOptions::default()).await?)
}

/// Everything below the doors.
pub struct House {
    pub cases: Cases,
    pub store: Store,
    pub keys: Keys,
    pub person: PersonId,
    pub authorities: Vec<AuthorityId>,
    pub application: Arc<Value>,
}

impl House {
    /// On a fresh database.
    pub async fn build(database: &Database) -> Result<House> {
        let ambient = machine::ambient();
        let store = open(database).await?;
        store.migrate(&migrations()).await?;
        let catalogue = catalogue()?;
        let keys = Keys::open(database.folder().join("keys"))?;
        let authorities: Vec<AuthorityId> = catalogue.adopters(SERVICE).map(|authority| authority.id).collect();
        for authority in &authorities {
            keys.get_or_create(*authority, &*ambient.random)?;
        }
        let directory = directory()?;
        let person = person(&directory)?;
        let policies = Policies::load(directory)?;
        let application = Arc::new(application(&catalogue, &ambient)?);
        let journal = Journal::start(
            store.clone(),
            keys.clone(),
            ambient.clone(),
            Arc::new(policies.clone()),
            JournalOptions::default(),
        );
        let cases = Cases::new(Parts {
            journal,
            store: store.clone(),
            catalogue,
            policies,
            ambient,
            typesetter: Typesetter::new(),
            check_url: "http://127.0.0.1".to_owned(),
        });
        Ok(House {
            cases,
            store,
            keys,
            person,
            authorities,
            application,
        })
    }
}

/// How many notices are in mailboxes.
pub async fn notices(store: &Store) -> Result<u64> {
    let rows = store
        .fetch("SELECT COUNT(DISTINCT case_id) AS n FROM notice", &[])
        .await?;
    let n = rows.first().ok_or("no count")?.int("n")?;
    Ok(u64::try_from(n)?)
}
