//! Is this notice genuine? Answered by the journal's tree, without a login and without personal data.

use wegfrei_model::{CaseId, NoticeId};
use wegfrei_store::{Row, Value as Sql};

use crate::Cases;
use crate::error::CaseError;
use crate::letter::normal_code;
use crate::mine::authority_of;
use crate::papers::sha256;
use crate::view::{Authenticity, Genuine};

impl Cases {
    /// Checks the code printed on a notice.
    ///
    /// # Errors
    /// The database's.
    pub async fn check_code(&self, code: &str) -> Result<Authenticity, CaseError> {
        let Some(code) = normal_code(code) else {
            return Ok(Authenticity::Unknown);
        };
        let rows = self
            .inner
            .store
            .fetch(
                "SELECT authority, case_id, notice_id FROM notice WHERE code = $1",
                &[Sql::Text(code)],
            )
            .await?;
        self.prove(rows.first()).await
    }

    /// Checks a PDF byte for byte.
    ///
    /// # Errors
    /// The database's.
    pub async fn check_pdf(&self, bytes: &[u8]) -> Result<Authenticity, CaseError> {
        let rows = self
            .inner
            .store
            .fetch(
                "SELECT authority, case_id, notice_id FROM notice WHERE pdf_sha256 = $1",
                &[Sql::Text(sha256(bytes))],
            )
            .await?;
        self.prove(rows.first()).await
    }

    async fn prove(&self, row: Option<&Row>) -> Result<Authenticity, CaseError> {
        let Some(row) = row else {
            return Ok(Authenticity::Unknown);
        };
        let damaged = |error: &dyn std::fmt::Display| CaseError::damaged("notice row", error);
        let authority = authority_of(row)?;
        let case = CaseId::parse(row.text("case_id")?).map_err(|error| damaged(&error))?;
        let notice = NoticeId::parse(row.text("notice_id")?).map_err(|error| damaged(&error))?;
        let loaded = self.load(authority, case).await?;
        let Some(known) = loaded.state.notice(&notice) else {
            return Ok(Authenticity::Unknown);
        };
        let Some(pdf) = &known.pdf else {
            return Ok(Authenticity::NotYet);
        };
        // The row is only a way to find the entry; what counts is the entry and its proof.
        let index = usize::try_from(pdf.entry).unwrap_or(usize::MAX).saturating_sub(1);
        let entry = loaded
            .entries
            .get(index)
            .ok_or_else(|| CaseError::story("notice without its entry"))?;
        let bundle = self.inner.journal.proof(authority, entry.seq).await?;
        if bundle.leaf != entry.leaf_hash().to_string() {
            return Err(CaseError::story("the entry of a notice is not the one in the tree"));
        }
        let keys = self
            .inner
            .journal
            .keys()
            .get(authority)
            .map_err(|error| damaged(&error))?;
        let checkpoint = bundle
            .check(keys.verifier())
            .ok_or_else(|| CaseError::story("the proof of a notice fails"))?;
        Ok(Authenticity::Genuine(Box::new(Genuine {
            authority,
            service: loaded.state.service.clone(),
            issued_at: known.issued_at,
            replaced_at: loaded.state.replaced_by(known).map(|new| new.issued_at),
            pdf_sha256: pdf.sha256.clone(),
            demonstration: known.demonstration,
            tree_size: checkpoint.size,
            root: checkpoint.root.to_string(),
            bundle,
        })))
    }
}
