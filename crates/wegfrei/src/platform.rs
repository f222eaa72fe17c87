//! Putting the house together: store, keys, journal, policies, catalogue, cases, and the doors.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use wegfrei_api::{ApiParts, ApiState};
use wegfrei_cases::{
    AbsenceProjection, AccessProjection, CaseProjection, Cases, MoveProjection, Parts, PaymentRunProjection,
    PrintRunProjection,
};
use wegfrei_identity::{Directory, Policies, Sessions};
use wegfrei_journal::{Journal, JournalOptions, Keys, Projection};
use wegfrei_model::ambient::Ambient;
use wegfrei_notices::Typesetter;
use wegfrei_packages::Catalogue;
use wegfrei_store::{Migration, Store, StoreOptions};
use wegfrei_web::rate::Rules;
use wegfrei_web::{LegalTexts, WebOptions, WebParts, WebState};

use crate::config::Config;
use crate::{ambient, content, mail};

/// Everything that can stop the binary, for its operator.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// All tables of the house, ground first.
pub fn migrations() -> Vec<Migration> {
    let mut all = wegfrei_journal::migrations();
    all.extend(wegfrei_identity::migrations());
    all.extend(wegfrei_cases::migrations());
    all
}

/// All projections of the house.
pub fn projections() -> [&'static dyn Projection; 6] {
    [
        &CaseProjection,
        &AbsenceProjection,
        &AccessProjection,
        &PaymentRunProjection,
        &PrintRunProjection,
        &MoveProjection,
    ]
}

/// Brings the tables to this version: their shape, and from the journal their rows.
pub async fn migrate(store: &Store) -> Result<(), Error> {
    store.migrate(&migrations()).await?;
    wegfrei_journal::bring_up(store, &projections()).await?;
    Ok(())
}

/// The running house.
pub struct Platform {
    pub cases: Cases,
    pub sessions: Sessions,
    pub directory: Directory,
    pub journal: Journal,
    pub store: Store,
    ambient: Ambient,
    secret: [u8; 32],
    legal: LegalTexts,
}

/// The database's file, when it is one.
pub fn sqlite_file(config: &Config) -> Option<&Path> {
    let path = config.database.strip_prefix("sqlite:")?;
    // The store refuses `sqlite://…` in words.
    (!path.starts_with("//")).then(|| Path::new(path))
}

/// Opens the database of the configuration.
pub async fn open_store(config: &Config) -> Result<Store, Error> {
    let folder = sqlite_file(config)
        .and_then(Path::parent)
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("folder {} cannot be made: {error}", folder.display()))?;
    }
    let options = StoreOptions {
        connections: config.connections.max(1),
        ..StoreOptions::default()
    };
    Ok(Store::open(&config.database, &options).await?)
}

/// The directory of the configuration: staff, and in a demonstration its residents too.
pub fn directory(config: &Config) -> Result<Directory, Error> {
    let Some(path) = &config.directory else {
        return match config.demonstration {
            true => Ok(Directory::parse(content::DEMONSTRATION_PEOPLE)?),
            false => Ok(Directory::default()),
        };
    };
    let text = std::fs::read_to_string(path).map_err(|error| format!("directory {}: {error}", path.display()))?;
    Ok(Directory::parse(&text)?)
}

/// The paragraphs of a text the operator has written.
fn paragraphs(key: &str, file: Option<&Path>) -> Result<Vec<String>, Error> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let wrong = |what: &str| Error::from(format!("{key} {}: {what}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    let text = text.replace("\r\n", "\n");
    let found: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| paragraph.trim().to_owned())
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    if found.is_empty() {
        return Err(wrong("the file is empty"));
    }
    Ok(found)
}

/// The texts of the pages only the operator can write.
fn legal(config: &Config) -> Result<LegalTexts, Error> {
    let [imprint, privacy, accessibility] = config.legal().map(|(key, file, _)| paragraphs(key, file));
    Ok(LegalTexts {
        imprint: imprint?,
        privacy: privacy?,
        accessibility: accessibility?,
    })
}

/// The secret of form tokens; made once when the file is missing.
fn secret(path: &Path, ambient: &Ambient) -> Result<[u8; 32], Error> {
    let wrong = |what: &str| Error::from(format!("secret {}: {what}", path.display()));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let text = text.trim();
            let mut secret = [0u8; 32];
            if text.len() != 64 || !text.is_ascii() {
                return Err(wrong("must be 64 hexadecimal characters"));
            }
            for (byte, pair) in secret.iter_mut().zip(text.as_bytes().chunks(2)) {
                let pair = std::str::from_utf8(pair).unwrap_or_default();
                *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong("must be 64 hexadecimal characters"))?;
            }
            Ok(secret)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret = ambient.bytes::<32>();
            let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| wrong(&error.to_string()))?;
            }
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path).map_err(|error| wrong(&error.to_string()))?;
            file.write_all(text.as_bytes())
                .map_err(|error| wrong(&error.to_string()))?;
            Ok(secret)
        }
        Err(error) => Err(wrong(&error.to_string())),
    }
}

impl Platform {
    /// Starts everything but the doors.
    pub async fn start(config: &Config) -> Result<Self, Error> {
        let ambient = ambient::system();
        let catalogue = content::catalogue(config.packages.as_deref(), &config.added)?;
        let directory = directory(config)?;
        let legal = legal(config)?;
        let store = open_store(config).await?;
        migrate(&store).await?;
        let keys = Keys::open(&config.keys)?;
        create_keys(&keys, &catalogue, &ambient)?;
        let policies = Policies::load(directory.clone())?;
        let journal = Journal::start(
            store.clone(),
            keys,
            ambient.clone(),
            Arc::new(policies.clone()),
            JournalOptions::default(),
        );
        let secret = secret(&config.secret, &ambient)?;
        let sessions = Sessions::new(store.clone(), ambient.clone(), &secret);
        let cases = Cases::new(Parts {
            journal: journal.clone(),
            store: store.clone(),
            catalogue,
            policies,
            ambient: ambient.clone(),
            typesetter: Typesetter::new(),
            check_url: config.public_url.clone(),
        });
        if let Some(mailer) = mail::mailer(config)? {
            cases.set_mailer(mailer);
        }
        Ok(Self {
            cases,
            sessions,
            directory,
            journal,
            store,
            ambient,
            secret,
            legal,
        })
    }

    /// The doors.
    pub fn router(&self, config: &Config) -> Router {
        let mut options = WebOptions {
            demo: config.demonstration,
            https: config.public_url.starts_with("https://"),
            behind_proxy: config.behind_proxy,
            legal: self.legal.clone(),
            ..WebOptions::default()
        };
        if !config.rate_limits {
            options.per_address = Rules::unlimited();
            options.per_session = Rules::unlimited();
        }
        let state = WebState::new(WebParts {
            cases: self.cases.clone(),
            sessions: self.sessions.clone(),
            directory: self.directory.clone(),
            ambient: self.ambient.clone(),
            secret: self.secret,
            options,
        });
        let machines = ApiState::new(ApiParts {
            cases: self.cases.clone(),
            sessions: self.sessions.clone(),
            directory: self.directory.clone(),
            demo: config.demonstration,
        });
        let machines = wegfrei_api::router(machines, |routes| wegfrei_web::limited(&state, routes));
        wegfrei_web::router(state).merge(machines)
    }

    /// Writes what waits and closes the database.
    pub async fn close(self) {
        self.journal.close().await;
        self.store.close().await;
    }
}

/// Every authority that has adopted a service owns a journal and therefore a key.
fn create_keys(keys: &Keys, catalogue: &Catalogue, ambient: &Ambient) -> Result<(), Error> {
    for service in catalogue.services() {
        for adoption in service.adoptions() {
            keys.get_or_create(adoption.authority(), &*ambient.random)?;
        }
    }
    Ok(())
}
