//! Papers people hand in: told by their bytes, not by their name; sealed like everything personal.

use aws_lc_rs::digest;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Access, Actor, NewBlob};
use wegfrei_model::{AuthorityId, CaseId, PaperId, PersonId};

use crate::error::CaseError;
use crate::event::{BlobRef, Event};
use crate::file::{Loaded, Plan};
use crate::help::as_helper;
use crate::request::{Supplied, answer_in_time, taken};
use crate::state::Phase;
use crate::view::PaperView;
use crate::{Cases, context};

/// Largest paper: 10 MiB.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// An application has at most this many papers.
const MOST_PAPERS: usize = 20;
/// So many papers may ever be uploaded to one application, those taken back included.
const MOST_UPLOADS: usize = 60;
/// Longest file name kept, in characters.
const MOST_NAME: usize = 200;

/// What the first bytes say it is; `None` for anything we do not show.
pub(crate) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        _ => None,
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// SHA-256, lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// A file name as people may see it again: no path, no control characters, bounded.
fn tidy(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let tidy: String = last.chars().filter(|c| !c.is_control()).take(MOST_NAME).collect();
    if tidy.trim().is_empty() {
        "Unterlage".to_owned()
    } else {
        tidy.trim().to_owned()
    }
}

impl Cases {
    /// Adds a paper to a draft, or to a running case whose applicant was asked for something. What comes after the deadline of the
    /// request is taken too, as late, as long as the case runs (§ 67 SGB I).
    ///
    /// # Errors
    /// [`CaseError::Stale`] for a sent case in which nothing was asked for, or that has ended.
    /// [`CaseError::Paper`] with a German text for empty, too large, too many, or not PDF, JPEG or PNG.
    pub async fn add_paper(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        file_name: &str,
        bytes: Vec<u8>,
    ) -> Result<PaperId, CaseError> {
        let refuse = |text: &str| Err(CaseError::Paper(text.to_owned()));
        if bytes.is_empty() {
            return refuse("Die Datei ist leer. Bitte wählen Sie eine andere Datei.");
        }
        if bytes.len() > MOST_BYTES {
            return refuse("Die Datei ist größer als 10 MB. Bitte verkleinern Sie sie oder teilen Sie sie auf.");
        }
        let Some(media_type) = media_type(&bytes) else {
            return refuse("Diese Art von Datei können wir nicht öffnen. Bitte verwenden Sie PDF, JPEG oder PNG.");
        };
        let loaded = self.open_for_papers(person, authority, case).await?;
        let state = &loaded.state;
        let late = state.phase == Phase::Running && taken(state, self.now()) == Supplied::Late;
        // What was sent stays; a running case has room for what is asked for.
        if state.phase == Phase::Draft && state.papers().count() >= MOST_PAPERS {
            return refuse("Es sind schon 20 Dateien da. Bitte löschen Sie zuerst eine.");
        }
        if state.phase == Phase::Draft && state.papers.len() >= MOST_UPLOADS {
            return refuse(
                "Zu diesem Antrag wurden schon zu viele Dateien hochgeladen. Bitte beginnen Sie einen neuen Antrag.",
            );
        }
        // Answers to requests have room of their own, whatever the draft went through.
        if state.papers.len() >= 2 * MOST_UPLOADS {
            return refuse(
                "Zu diesem Vorgang wurden schon zu viele Dateien hochgeladen. Bitte schicken Sie weitere Unterlagen mit der Post.",
            );
        }
        let paper = self.inner.ambient.new_id::<PaperId>();
        let sealing = self.inner.journal.sealing_key(authority, &loaded.state.key).await?;
        let seal = |error: wegfrei_journal::SealError| CaseError::damaged("paper", error);
        let name = sealing
            .seal(context(case, "paper-name"), &tidy(file_name))
            .map_err(seal)?;
        let stored = sealing
            .seal_raw(context(case, &format!("paper/{paper}")), &bytes)
            .map_err(seal)?
            .into_bytes();
        let id = format!("paper/{paper}");
        let blobs = vec![BlobRef {
            id: id.clone(),
            sha256: sha256(stored.as_bytes()),
        }];
        let mut plan = Plan {
            blobs: vec![NewBlob { id, bytes: stored }],
            ..Plan::default()
        };
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        plan.push_sealed(
            Event::PaperAdded {
                paper,
                media_type: media_type.to_owned(),
                size,
                blobs,
                late,
            },
            name.into_bytes(),
        );
        self.write(person, authority, &loaded, plan).await?;
        Ok(paper)
    }

    /// Takes a paper back before sending: of a draft, or of an answer to a request that is not given yet. Its bytes are deleted; what was
    /// sent stays.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] when there is no such paper; [`CaseError::Stale`] when it was sent.
    pub async fn remove_paper(
        &self,
        person: PersonId,
        authority: AuthorityId,
        case: CaseId,
        paper: PaperId,
    ) -> Result<(), CaseError> {
        let loaded = self.open_for_papers(person, authority, case).await?;
        let state = &loaded.state;
        let (_, known) = state
            .papers()
            .find(|(id, _)| **id == paper)
            .ok_or(CaseError::NotFound)?;
        let asked = state.requests.last().map(|request| request.at);
        let unsent = answer_in_time(state, self.now()) && asked.is_some_and(|asked| known.added_at >= asked);
        if state.phase == Phase::Running && !unsent {
            return Err(CaseError::Stale);
        }
        let mut plan = Plan::default();
        plan.push(Event::PaperRemoved { paper });
        self.write(person, authority, &loaded, plan).await?;
        Ok(())
    }

    /// A paper's bytes, opened under a record.
    ///
    /// # Errors
    /// [`CaseError::Refused`] is recorded.
    pub async fn paper(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        case: CaseId,
        paper: PaperId,
    ) -> Result<(PaperView, Vec<u8>), CaseError> {
        let loaded = self.load(authority, case).await?;
        let purpose = as_helper(actor, purpose, &loaded.state);
        let access = self
            .access_to(
                actor,
                authority,
                &loaded.state,
                Action::ReadPaper,
                purpose,
                Some(format!("paper/{paper}")),
            )
            .await?;
        let view = self
            .paper_views(&loaded, &access)?
            .into_iter()
            .find(|view| view.paper == paper);
        let view = view.ok_or(CaseError::NotFound)?;
        let known = loaded.state.papers.get(&paper).ok_or(CaseError::NotFound)?;
        let stored = self
            .inner
            .journal
            .blob(authority, &known.blob.id)
            .await?
            .ok_or(CaseError::NotFound)?;
        let sealed = stored.raw(context(case, &format!("paper/{paper}")));
        Ok((
            view,
            sealed
                .open(&access)
                .map_err(|error| CaseError::damaged("paper", error))?,
        ))
    }

    pub(crate) fn paper_views(&self, loaded: &Loaded, access: &Access) -> Result<Vec<PaperView>, CaseError> {
        let mut views = Vec::new();
        for (id, paper) in loaded.state.papers() {
            let name = loaded
                .sealed(paper.entry)?
                .typed::<String>(context(loaded.state.id, "paper-name"));
            views.push(PaperView {
                paper: *id,
                file_name: name
                    .open(access)
                    .map_err(|error| CaseError::damaged("paper name", error))?,
                media_type: paper.media_type.clone(),
                size: paper.size,
                added_at: paper.added_at,
                late: paper.late,
            });
        }
        Ok(views)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_tidied() {
        fn check(name: &str, expected: &str) {
            assert_eq!(tidy(name), expected);
        }
        check("Ausweis.pdf", "Ausweis.pdf");
        check("C:\\Eigene Dateien\\Ausweis Żółć.pdf", "Ausweis Żółć.pdf");
        check("../../etc/passwd", "passwd");
        check("\u{0}\n", "Unterlage");
        check("", "Unterlage");
        check(&"ü".repeat(500), &"ü".repeat(200));
    }

    #[test]
    fn bytes_tell_the_type() {
        fn check(bytes: &[u8], expected: Option<&str>) {
            assert_eq!(media_type(bytes), expected);
        }
        check(b"%PDF-1.7", Some("application/pdf"));
        check(b"\x89PNG\r\n\x1a\n", Some("image/png"));
        check(b"\xff\xd8\xff\xe0", Some("image/jpeg"));
        check(b"<svg onload=alert(1)>", None);
        check(b"MZ", None);
        check(b"", None);
    }
}
