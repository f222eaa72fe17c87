//! What a verdict would lead to, before it is given: nothing here is written but the record of the access.

use std::sync::PoisonError;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::oneshot;
use wegfrei_model::text::Language;
use wegfrei_model::{AuthorityId, NoticeId};
use wegfrei_notices::{Meta, Pdf};
use wegfrei_packages::Days;

use crate::Cases;
use crate::advance::DecisionRecord;
use crate::error::CaseError;
use crate::redecide;
use crate::task::{self, VerdictRecord};
use crate::view::{AtTask, DecisionView, Verdict};

/// A letter takes a twentieth of a second; one that takes so long has no end. Below the lease, so that nobody else tries it meanwhile.
const RENDER_TIME: Duration = Duration::from_secs(20);

/// The decision a task's corrections lead to; a preview needs none of another name.
const DECISION: &str = "entscheidung";

impl Cases {
    /// The decision as it would be with these corrections (none: as it is computed today).
    ///
    /// # Errors
    /// As [`Cases::complete_task`], but a reason is not wanted yet.
    pub async fn preview(
        &self,
        at: &AtTask,
        corrections: &Map<String, Value>,
        answers: &Map<String, Value>,
    ) -> Result<DecisionView, CaseError> {
        let loaded = self.load(at.authority, at.case).await?;
        let access = self.task_access(at, &loaded.state).await?;
        self.task_for(at, &loaded.state)?;
        let (package, adoption) = self.package_of(at.authority, &loaded.state)?;
        if !(corrections.is_empty() && answers.is_empty()) {
            task::tried(package, corrections, answers)?;
        }
        let mut opened = self.opened(&loaded, &access, package)?;
        let mut record = VerdictRecord {
            corrections: corrections.clone(),
            answers: answers.clone(),
            ..VerdictRecord::default()
        };
        let days = Days {
            received: loaded.state.received_on(),
            today: self.now().date(),
        };
        task::answered(package, &opened, days, &mut record)?;
        if let Some(facts) = opened.facts.as_object_mut() {
            facts.extend(record.corrections);
        }
        task::chosen(package, &opened.facts)?;
        let corrects = !(corrections.is_empty() && answers.is_empty());
        let otherwise = self.decided_otherwise(at.authority, &loaded.state, corrects).await?;
        let made = package
            .decide_facts(adoption, DECISION, &opened.facts, self.now().date())
            .map_err(|error| CaseError::Package(error.to_string()))?;
        let automatic = made.value.member("automatisch") == Some(Value::Bool(true));
        let record = DecisionRecord {
            package: Some(made.package),
            inputs: made.inputs,
            value: made.value,
            explanation: made.explanation,
        };
        if otherwise.is_some() {
            redecide::still_granted(record.objection_result())?;
        }
        Ok(DecisionView::of(record, automatic, &loaded.state.outgoing))
    }

    /// The letter as it would go out after this verdict, marked as a draft: the first letter the step sends, or, where it sends
    /// none (a colleague has to release it first), the main letter by the decision as it would be.
    ///
    /// # Errors
    /// As [`Cases::complete_task`]; [`CaseError::NotFound`] when there is no letter yet.
    pub async fn preview_letter(&self, at: &AtTask, verdict: Verdict) -> Result<Pdf, CaseError> {
        let authority = at.authority;
        let loaded = self.load(authority, at.case).await?;
        let access = self.task_access(at, &loaded.state).await?;
        let tried = self.try_verdict(at, &loaded, &access, verdict).await?;
        let (package, _) = self.package_of(authority, &loaded.state)?;
        let main = tried.notice.map(|data| (package.notice_template().to_owned(), data));
        let (template, mut data) = tried.letters.into_iter().next().or(main).ok_or(CaseError::NotFound)?;
        if let Some(object) = data.as_object_mut() {
            object.insert("entwurf".to_owned(), true.into());
        }
        self.typeset(None, authority, package, &template, data, self.now().date())
            .await
    }

    /// Makes a letter's PDF, in a thread of its own: Typst cannot be interrupted, and a letter without end must not stop who waits for it.
    /// Such a thread is left behind, once for each notice, and ends with the process.
    pub(crate) async fn typeset(
        &self,
        notice: Option<NoticeId>,
        authority: AuthorityId,
        package: &wegfrei_packages::Package,
        template: &str,
        data: Value,
        date: wegfrei_model::Date,
    ) -> Result<Pdf, CaseError> {
        let endless = || CaseError::Package(format!("the letter is not set after {} seconds", RENDER_TIME.as_secs()));
        let hung = |remember: bool| {
            let mut hung = self.inner.hung.lock().unwrap_or_else(PoisonError::into_inner);
            notice.is_some_and(|notice| hung.contains(&notice) || (remember && hung.insert(notice)))
        };
        if hung(false) {
            return Err(endless());
        }
        let text = package
            .template(template)
            .ok_or_else(|| CaseError::Package(format!("template `{template}` is missing")))?
            .to_owned();
        let name = self.inner.catalogue.authority(authority).map(|known| known.full_name());
        let meta = Meta {
            title: package.name().to_owned(),
            language: Language::De,
            author: name.unwrap_or_default(),
            date,
        };
        let (done, setting) = oneshot::channel();
        let typesetter = self.inner.typesetter.clone();
        std::thread::Builder::new()
            .name("typesetter".to_owned())
            // A receiver that has gone away does not mind.
            .spawn(move || drop(done.send(typesetter.render(&text, &data, &meta))))
            .map_err(|error| CaseError::Unavailable(error.to_string()))?;
        match tokio::time::timeout(RENDER_TIME, setting).await {
            Ok(Ok(set)) => set.map_err(|error| CaseError::Package(error.to_string())),
            Ok(Err(_)) => Err(CaseError::story("the typesetter ended without an answer")),
            Err(_) => {
                hung(true);
                Err(endless())
            }
        }
    }
}
