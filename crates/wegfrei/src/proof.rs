//! `wegfrei proof check`: a proof file against nothing but the key one trusts. Needs no configuration, no database, no network.

use std::path::Path;
use std::process::ExitCode;

use wegfrei_journal::EntryProof;
use wegfrei_journal::note::VerifierKey;

use crate::command::say;
use crate::platform::Error;

/// No proof is near this size; a bigger file is none.
const MOST_BYTES: u64 = 64 << 20;

/// Checks one file and says what it proves.
pub fn check(file: &Path, key: Option<&str>) -> Result<ExitCode, Error> {
    let trusted = key
        .map(|text| {
            VerifierKey::parse(text.trim()).ok_or_else(|| format!("`{text}` is no verifier key (name+hash+base64)"))
        })
        .transpose()?;
    let unreadable = |error: std::io::Error| format!("{}: {error}", file.display());
    if std::fs::metadata(file).map_err(unreadable)?.len() > MOST_BYTES {
        return Err(format!("{}: too big for a proof", file.display()).into());
    }
    let bytes = std::fs::read(file).map_err(unreadable)?;
    let checked = String::from_utf8(bytes)
        .map_err(|_| wegfrei_journal::ProofError::Form)
        .and_then(|text| EntryProof::check(&text, trusted.as_ref()));
    let entry = match checked {
        Ok(entry) => entry,
        Err(error) => {
            say(&format!("NOT PROVEN: {error}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    say(&format!("proven: entry {} of authority {}", entry.seq, entry.authority));
    say(&format!("  when     {} ({})", entry.time.german(), entry.time));
    say(&format!("  what     {} in {}", entry.kind, entry.stream));
    say(&format!("  who      {}", entry.actor));
    say(&format!("  purpose  {}", entry.purpose));
    say(&format!("  facts    {}", entry.facts));
    say(&format!(
        "  tree     {} entries, signed by {}",
        entry.tree_size, entry.verifier
    ));
    if trusted.is_none() {
        say("Compare that key with the one the authority publishes, or give it with --key.");
    }
    Ok(ExitCode::SUCCESS)
}
