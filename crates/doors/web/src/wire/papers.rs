//! Papers of a draft: in the file, and in the answers of the form.

use super::draft::Draft;
use crate::body::Upload;
use crate::problem::Problem;
use crate::state::WebState;
use serde_json::Value;
use wegfrei_cases::CaseError;
use wegfrei_forms::Form;
use wegfrei_model::PaperId;

fn at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    path.split('.').try_fold(data, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

fn list(data: &Value, path: &str) -> Vec<Value> {
    at(data, path).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Takes a file that was uploaded for a field of the form.
pub(crate) async fn add(
    state: &WebState,
    draft: &Draft,
    form: &Form,
    data: &mut Value,
    file: Upload,
) -> Result<(), CaseError> {
    if !form
        .field(&file.field)
        .is_some_and(|field| matches!(field.kind, wegfrei_forms::Kind::File { .. }))
    {
        return Ok(()); // a file for a question this form does not ask
    }
    let (authority, case) = (draft.view.authority, draft.view.case);
    let paper = state
        .cases
        .add_paper(draft.person, authority, case, &file.name, file.bytes)
        .await?;
    let known = state.cases.draft(draft.person, authority, case).await?;
    let Some(known) = known.papers.into_iter().find(|known| known.paper == paper) else {
        return Err(CaseError::NotFound);
    };
    let mut papers = list(data, &file.field);
    papers.push(serde_json::json!({
        "paper": paper.to_string(), "name": known.file_name, "media_type": known.media_type, "bytes": known.size,
    }));
    form.set(data, &file.field, Value::Array(papers));
    Ok(())
}

/// Takes a paper away again; `what` is `<field>/<paper>`.
pub(crate) async fn remove(
    state: &WebState,
    draft: &Draft,
    form: &Form,
    data: &mut Value,
    what: &str,
) -> Result<(), Problem> {
    let (field, id) = what.split_once('/').ok_or_else(Problem::missing)?;
    let paper = PaperId::parse(id).map_err(|_| Problem::missing())?;
    let mut papers = list(data, field);
    papers.retain(|known| known.get("paper").and_then(Value::as_str) != Some(id));
    let rest = if papers.is_empty() {
        Value::Null
    } else {
        Value::Array(papers)
    };
    form.set(data, field, rest);
    match state
        .cases
        .remove_paper(draft.person, draft.view.authority, draft.view.case, paper)
        .await
    {
        Ok(()) | Err(CaseError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
