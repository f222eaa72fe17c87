//! Making the files: letters are opened under a record each, many records in one commit, and go sealed into one file.

use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Access, AccessError, AccessRequest, Actor, NewBlob, SealedBytes};
use wegfrei_model::text::Language;
use wegfrei_model::{AuthorityId, CaseId, Date, NoticeId, PersonId};
use wegfrei_notices::{Envelope, Meta, PrintFile};
use wegfrei_store::jobs::Claim;

use super::event::{Packed, RunEvent};
use super::state::Run;
use super::{MOST_PRINTED, MOST_SHEETS, damaged, file_key, file_name, step_job};
use crate::error::CaseError;
use crate::file::Loaded;
use crate::outgoing::LetterKind;
use crate::{Cases, context};

/// A file holds letters of no more than this, or one envelope: a commit takes 64 MiB.
const MOST_BYTES: usize = 40 << 20;
/// Envelopes looked at for one file: none has less than one sheet.
const LOOKED_AT: u64 = 2 * MOST_SHEETS;

/// An envelope that is about to be printed.
struct Candidate {
    case: CaseId,
    person: PersonId,
    key: wegfrei_journal::KeyId,
    service: String,
    reference: String,
    packed: Packed,
    /// Notices and the ids of their PDFs' bytes, the letter first.
    documents: Vec<(NoticeId, String)>,
}

impl Candidate {
    /// What of a case waits under this moment; `None` when nothing does any more.
    fn of(loaded: &Loaded, since: i64) -> Option<Candidate> {
        let state = &loaded.state;
        let issue = state
            .notices
            .iter()
            .filter(|notice| notice.issued_at.as_micros() == since);
        let mut waiting: Vec<_> = issue.filter(|notice| state.is_to_post(notice)).collect();
        // As the outbox shows them: the letter, then what goes with it, each in the order they were made.
        waiting.sort_by_key(|notice| (state.letter_kind(notice) == LetterKind::Enclosure, notice.id));
        let main = waiting.first()?;
        let pdfs = waiting
            .iter()
            .filter_map(|notice| Some((notice.id, notice.pdf.as_ref()?)));
        let pdfs: Vec<_> = pdfs.collect();
        Some(Candidate {
            case: state.id,
            person: state.person,
            key: state.key.clone(),
            service: state.service.clone(),
            reference: state.reference.clone().unwrap_or_default(),
            packed: Packed {
                case: state.id,
                notice: main.id,
                since,
                documents: pdfs.len() as u64,
                sheets: pdfs.iter().map(|(_, pdf)| pdf.pages.div_ceil(2)).sum(),
                serve: main.serve,
            },
            documents: pdfs.into_iter().map(|(id, pdf)| (id, pdf.blob.id.clone())).collect(),
        })
    }
}

impl Cases {
    /// Makes the next file of a run, or finds that there is none left.
    pub(super) async fn make_file(&self, authority: AuthorityId, run: Run, done: Claim) -> Result<(), CaseError> {
        let left = run.documents.min(MOST_PRINTED).saturating_sub(run.printed());
        let after = (run.after.0, run.after.1.as_str());
        let waiting = self
            .unprinted(authority, &run.services, after, run.started_at, left.min(LOOKED_AT))
            .await?;
        let mut looked_at = run.after.clone();
        let (mut chosen, mut sheets) = (Vec::new(), 0);
        for (since, case, _) in waiting {
            let case_id = CaseId::parse(&case).map_err(damaged)?;
            // The row is only a way to find the case; what counts is its stream.
            let loaded = match self.find(authority, case_id).await {
                Err(error @ CaseError::Damaged(_)) => {
                    tracing::error!(%error, "a case with a letter that waits cannot be read; it is in no print file");
                    None
                }
                other => other?,
            };
            if let Some(candidate) = loaded.and_then(|loaded| Candidate::of(&loaded, since)) {
                sheets += candidate.packed.sheets;
                if sheets > run.sheets && !chosen.is_empty() {
                    break;
                }
                chosen.push(candidate);
            }
            looked_at = (since, case);
        }
        let actor = run.started_by.clone();
        if looked_at == run.after {
            let (mut commit, _) = self.written(authority, &actor, &run, vec![RunEvent::Made {}])?;
            commit.done_jobs.push(done);
            self.inner.journal.commit(commit).await?;
            return Ok(());
        }
        let opened = self
            .open_letters(authority, &actor, &mut chosen, &mut looked_at)
            .await?;
        let number = run.files.len() + 1;
        let mut events = Vec::new();
        let mut file = None;
        if !chosen.is_empty() {
            let printed = run.envelopes().count() as u64;
            let envelopes = (printed + 1..).zip(chosen.iter().zip(opened));
            let envelopes = envelopes.map(|(number, (candidate, documents))| Envelope {
                number,
                reference: candidate.reference.clone(),
                served: candidate.packed.serve,
                documents,
            });
            let title = format!("Drucklauf {}, Datei {number}", run.number);
            let set = self
                .bind(authority, title, self.now().date(), envelopes.collect())
                .await?;
            let mut services: Vec<String> = chosen.iter().map(|candidate| candidate.service.clone()).collect();
            services.sort();
            services.dedup();
            events.push(RunEvent::File {
                services,
                pages: set.pages as u64,
                envelopes: chosen
                    .into_iter()
                    .zip(&set.placed)
                    .map(|(candidate, placed)| Packed {
                        sheets: placed.sheets() as u64,
                        ..candidate.packed
                    })
                    .collect(),
                after: looked_at,
            });
            file = Some(set.bytes);
        } else {
            // Nothing of what was looked at waits any more: the rest of the list is looked at in the next step.
            events.push(RunEvent::Passed { after: looked_at });
        }
        let (mut commit, next) = self.written(authority, &actor, &run, events)?;
        if let Some(bytes) = file {
            let id = file_name(run.number, number);
            let (key, sealing) = self.inner.journal.new_key(authority, file_key(run.number, number)?)?;
            let stored = sealing.seal_raw(format!("{id}#print-file"), &bytes).map_err(damaged)?;
            drop(bytes);
            commit.keys.push(key);
            commit.blobs.push(NewBlob {
                id,
                bytes: stored.into_bytes(),
            });
        }
        commit.jobs.push(step_job(authority, &next));
        commit.done_jobs.push(done);
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// Opens the documents of each envelope under a record of its case. Envelopes that may not be opened, or whose PDF is none, are
    /// left out; those that would make the file too large are left for the next, and nobody has opened them then.
    async fn open_letters(
        &self,
        authority: AuthorityId,
        actor: &Actor,
        chosen: &mut Vec<Candidate>,
        looked_at: &mut (i64, String),
    ) -> Result<Vec<Vec<Vec<u8>>>, CaseError> {
        let stored = self.stored(authority, chosen, looked_at).await?;
        let requests = chosen.iter().map(|one| AccessRequest {
            authority,
            actor: actor.clone(),
            purpose: Purpose::Dispatch.german().to_owned(),
            subject: Some(one.person),
            key: one.key.clone(),
            parts: one
                .documents
                .iter()
                .map(|(notice, _)| format!("pdf/{notice}"))
                .collect(),
            circumstances: self.circumstances(actor, Action::Post, Purpose::Dispatch, true, &one.service),
        });
        let granted = self.inner.journal.access_many(requests.collect()).await?;
        let (mut kept, mut opened) = (Vec::with_capacity(chosen.len()), Vec::with_capacity(chosen.len()));
        let each = std::mem::take(chosen).into_iter().zip(stored).zip(granted);
        for ((candidate, stored), access) in each {
            let access = match access {
                Ok(access) => access,
                // Erased in this moment, or no longer theirs: recorded, and not printed.
                Err(AccessError::Refused { .. } | AccessError::Destroyed(_) | AccessError::NoSuchKey(_)) => continue,
                Err(error @ AccessError::Damaged(_)) => {
                    tracing::error!(%error, "a letter that waits to be posted cannot be opened; it is in no print file");
                    continue;
                }
                Err(other) => return Err(other.into()),
            };
            let Some(documents) = self.documents(&candidate, stored, &access) else {
                tracing::error!("a letter that waits to be posted cannot be read; it is in no print file");
                continue;
            };
            kept.push(candidate);
            opened.push(documents);
        }
        *chosen = kept;
        Ok(opened)
    }

    /// The sealed documents of each envelope, as many envelopes as one file holds: how large they are is seen without opening them.
    async fn stored(
        &self,
        authority: AuthorityId,
        chosen: &mut Vec<Candidate>,
        looked_at: &mut (i64, String),
    ) -> Result<Vec<Vec<SealedBytes>>, CaseError> {
        let (mut kept, mut stored) = (Vec::with_capacity(chosen.len()), Vec::with_capacity(chosen.len()));
        let (mut bytes, mut last) = (0_usize, None);
        for candidate in std::mem::take(chosen) {
            let envelope = (candidate.packed.since, candidate.packed.case.to_string());
            match self.sealed_documents(authority, &candidate).await? {
                None => tracing::error!("a letter that waits to be posted is missing; it is in no print file"),
                Some(documents) => {
                    bytes += documents.iter().map(|sealed| sealed.as_bytes().len()).sum::<usize>();
                    if bytes > MOST_BYTES
                        && let (Some(last), false) = (last, kept.is_empty())
                    {
                        *looked_at = last;
                        break;
                    }
                    kept.push(candidate);
                    stored.push(documents);
                }
            }
            last = Some(envelope);
        }
        *chosen = kept;
        Ok(stored)
    }

    /// The sealed documents of an envelope; `None` when one is missing or nothing sealed.
    async fn sealed_documents(
        &self,
        authority: AuthorityId,
        candidate: &Candidate,
    ) -> Result<Option<Vec<SealedBytes>>, CaseError> {
        let mut documents = Vec::with_capacity(candidate.documents.len());
        for (_, blob) in &candidate.documents {
            match self.inner.journal.blob(authority, blob).await.map_err(CaseError::from) {
                Ok(Some(sealed)) => documents.push(sealed),
                Ok(None) | Err(CaseError::Damaged(_)) => return Ok(None),
                Err(other) => return Err(other),
            }
        }
        Ok((!documents.is_empty()).then_some(documents))
    }

    /// The documents of an envelope; `None` when one cannot be opened or is no PDF.
    fn documents(&self, candidate: &Candidate, stored: Vec<SealedBytes>, access: &Access) -> Option<Vec<Vec<u8>>> {
        let sealed = candidate.documents.iter().zip(stored);
        let opened = sealed.map(|((notice, _), stored)| {
            let sealed = stored.raw(context(candidate.case, &format!("pdf/{notice}")));
            let pdf = sealed.open(access).ok()?;
            self.inner.typesetter.pages_of(&pdf).is_some().then_some(pdf)
        });
        opened.collect()
    }

    /// Puts the envelopes into one file, off the threads that serve.
    async fn bind(
        &self,
        authority: AuthorityId,
        title: String,
        date: Date,
        envelopes: Vec<Envelope>,
    ) -> Result<PrintFile, CaseError> {
        let office = self.inner.catalogue.authority(authority).map(|known| known.full_name());
        let meta = Meta {
            title,
            author: office.unwrap_or_default(),
            language: Language::De,
            date,
        };
        let typesetter = self.inner.typesetter.clone();
        let bound = tokio::task::spawn_blocking(move || typesetter.print_file(&meta, envelopes)).await;
        bound.map_err(damaged)?.map_err(damaged)
    }
}
