//! The data of a notice: the package's template says how it looks, this says what it is told.

use serde_json::{Map, Value, json};
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, Date};
use wegfrei_packages::{Adoption, Catalogue, Example, Package};

use crate::advance::{DecisionRecord, Opened, Replaces};
use crate::error::CaseError;
use crate::outgoing::payments::{PaidBefore, difference};

/// Letters nobody confuses (Crockford's base 32): no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 80 random bits as `XXXX-XXXX-XXXX-XXXX`: nobody guesses one, and it can be typed from paper.
pub(crate) fn check_code(ambient: &Ambient) -> String {
    grouped(&ambient.bytes::<10>(), 4)
}

/// What people quote in letters and on the phone: `XXXXX-XXXXX`, 50 random bits, unique within the authority by chance of the draw.
pub(crate) fn reference(ambient: &Ambient) -> String {
    let text = grouped(&ambient.bytes::<10>(), 5);
    text.get(..11).unwrap_or(&text).to_owned()
}

/// Brings a typed code to the stored form: upper case, groups of four, confusable letters mended. `None` when it cannot be a code.
pub(crate) fn normal_code(typed: &str) -> Option<String> {
    let plain = plain(typed, 16)?;
    (plain.len() == 16).then(|| in_groups(&plain, 4))
}

/// The beginning of a reference as it is stored, from what somebody typed of it: at least three characters.
pub(crate) fn reference_prefix(typed: &str) -> Option<String> {
    let plain = plain(typed, 10)?;
    (plain.len() >= 3).then(|| in_groups(&plain, 5))
}

/// Letters and digits of the alphabet, at most so many; `None` when something else is among them.
fn plain(typed: &str, most: usize) -> Option<String> {
    let mut plain = String::with_capacity(most);
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '–') {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if plain.len() == most || !c.is_ascii() || !ALPHABET.contains(&u8::try_from(c).ok()?) {
            return None;
        }
        plain.push(c);
    }
    Some(plain)
}

fn grouped(bytes: &[u8; 10], size: usize) -> String {
    let mut bits = bytes.iter().fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let mut text = String::with_capacity(16);
    for _ in 0..16 {
        let letter = ALPHABET.get((bits & 31) as usize).copied().unwrap_or(b'0');
        text.push(char::from(letter));
        bits >>= 5;
    }
    in_groups(&text, size)
}

fn in_groups(plain: &str, size: usize) -> String {
    let mut text = String::with_capacity(plain.len() + plain.len() / size);
    for (index, c) in plain.chars().enumerate() {
        if index > 0 && index % size == 0 {
            text.push('-');
        }
        text.push(c);
    }
    text
}

/// What a letter is made of.
pub(crate) struct Letter<'a> {
    pub catalogue: &'a Catalogue,
    pub package: &'a Package,
    pub adoption: &'a Adoption,
    pub authority: AuthorityId,
    pub reference: &'a str,
    pub date: Date,
    pub opened: &'a Opened,
    /// Day of the newest request, and the last day for its answer.
    pub request: Option<(Date, Date)>,
    /// Whether no human looked at it.
    pub automatic: bool,
    /// The notice it replaces, and what was paid before.
    pub replaces: Option<(&'a Replaces, PaidBefore<'a>)>,
    pub code: &'a str,
    pub check_url: &'a str,
}

/// The number of a norm's section: 17 of `§ 17a Abs. 1 WoGG`.
fn section(norm: &str) -> u32 {
    let digits = norm
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap_or(u32::MAX)
}

/// The law of a norm: the first word that is an abbreviation, like `WoGG`.
fn law(norm: &str) -> &str {
    let mut words = norm.split([' ', ',']);
    words
        .find(|word| word.chars().filter(char::is_ascii_uppercase).count() > 1)
        .unwrap_or_default()
}

/// Norms for reading: without those that another names more exactly, law by law as they are met, by section.
fn in_order(norms: Vec<&str>) -> Vec<&str> {
    let finer = |norm: &str, other: &str| {
        let whole = !norm.contains("Abs.") && section(norm) == section(other) && law(norm) == law(other);
        let single = norm.starts_with("§ ") && !norm.contains(" und ") && other.starts_with("§ ");
        let same_number = norm.split(' ').nth(1) == other.split(' ').nth(1);
        other != norm && single && same_number && (other.starts_with(norm) || whole)
    };
    let mut laws: Vec<&str> = Vec::new();
    for norm in &norms {
        if !laws.contains(&law(norm)) {
            laws.push(law(norm));
        }
    }
    let mut kept: Vec<&str> = norms
        .iter()
        .filter(|norm| !norms.iter().any(|other| finer(norm, other)))
        .copied()
        .collect();
    kept.sort_by_key(|norm| (laws.iter().position(|known| *known == law(norm)), section(norm), *norm));
    kept
}

/// The letter's data, of the type [`Package::letter_type`] says.
pub(crate) fn data(letter: &Letter<'_>) -> Result<Value, CaseError> {
    let authority = letter
        .catalogue
        .authority(letter.authority)
        .ok_or_else(|| CaseError::Package(format!("authority {} is not in the catalogue", letter.authority)))?;
    let parameters = letter.adoption.parameters();
    let made = letter.opened.decision.as_ref();
    let mut decision = made.map_or(Value::Null, |record| record.value.clone().into());
    if let Some(object) = decision.as_object_mut() {
        object.insert("automatisch".to_owned(), letter.automatic.into());
    }
    let by_law = parameters.get("satzung").and_then(Value::as_str);
    let mut legal: Vec<&str> = Vec::new();
    let rules = made.map(|record| record.explanation.legal_bases()).unwrap_or_default();
    let norms = letter
        .package
        .manifest()
        .legal
        .iter()
        .map(|legal| legal.norm.as_str())
        .filter(|norm| norm.contains('§'));
    for basis in rules.into_iter().chain(norms).filter(|basis| Some(*basis) != by_law) {
        if !legal.contains(&basis) {
            legal.push(basis);
        }
    }
    let name = authority.full_name();
    let street = authority.seat.street.clone().unwrap_or_default();
    let town = match &authority.seat.code {
        Some(code) => format!("{code} {}", authority.seat.town),
        None => authority.seat.town.clone(),
    };
    let address: Vec<&str> = [name.as_str(), &street, &town]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect();
    let mut office = Map::new();
    office.insert("name".to_owned(), name.clone().into());
    office.insert("strasse".to_owned(), street.clone().into());
    office.insert("plz_ort".to_owned(), town.clone().into());
    // A case of an earlier version has the newest values of its authority, and prints of them what its own version knows.
    let known = |name: &&str| {
        letter
            .package
            .manifest()
            .parameters
            .iter()
            .any(|known| known.name == *name)
    };
    for name in ["stelle", "kontakt", "kasse"].into_iter().filter(known) {
        if let Some(value) = parameters.get(name) {
            office.insert(name.to_owned(), value.clone());
        }
    }
    let mut data = json!({
        "behoerde": office,
        "aktenzeichen": letter.reference,
        "datum": letter.date.to_string(),
        "entscheidung": decision,
        "rechtsgrundlagen": in_order(legal),
        "satzung": parameters.get("satzung").cloned().unwrap_or(Value::Null),
        "pruefung": { "code": letter.code, "url": format!("{}/pruefen?code={}", letter.check_url, letter.code) },
        "rechtsbehelf": {
            "stelle": address.join(", "),
            "frist_text": "innerhalb eines Monats nach seiner Bekanntgabe",
        },
        "demonstration": letter.adoption.is_demonstration(),
    });
    if let Some(object) = data.as_object_mut() {
        object.insert("begruendung".to_owned(), reasons(letter, by_law).into());
        if let (Some((old, before)), Some(made)) = (&letter.replaces, made) {
            let differs = difference(before, &made.value)?;
            let replaced = json!({
                "datum": old.dated.to_string(), "code": old.code, "nachzahlung": differs.back, "zuviel": differs.over,
            });
            object.insert("ersetzt".to_owned(), replaced);
        }
        if let (Some(request), Some((asked, due))) = (&letter.opened.request, letter.request) {
            // The letter cannot know when it will leave the house: it says how many days it gives, and before which day they do not end.
            let days = asked
                .until(due)
                .map_err(|error| CaseError::Package(error.to_string()))?
                .get_days();
            let request = json!({
                "text": request.text, "unterlagen": request.papers, "frist": due.to_string(), "tage": days,
            });
            object.insert("nachforderung".to_owned(), request);
        }
    }
    let fields = letter.package.letter_fields(&letter.opened.application);
    if let (Some(data), Value::Object(fields)) = (data.as_object_mut(), fields) {
        data.extend(fields);
    }
    // What another version has decided is of that version's type.
    let decider = made.and_then(|record| record.package.as_ref());
    let decided_here = decider.is_some_and(|origin| origin.sha256 == letter.package.hash());
    let is = letter.package.letter_type(decided_here);
    is.admits(&data).map_err(CaseError::Package)?;
    Ok(data)
}

/// The data of the main letter for an example of a package: as for a case, but nobody applied, and it is marked as a draft.
///
/// # Errors
/// [`CaseError::Input`] with a German sentence when the example cannot be decided or its authority is unknown.
pub fn letter_of_example(catalogue: &Catalogue, package: &Package, example: &Example) -> Result<Value, CaseError> {
    let made = example.decide(package).map_err(CaseError::Input)?;
    let automatic = example.desk.is_empty() && made.decided.value.member("automatisch") == Some(Value::Bool(true));
    let opened = Opened {
        application: example.application.clone(),
        amended: example.application.clone(),
        facts: made.facts,
        decision: Some(DecisionRecord {
            package: Some(made.decided.package),
            inputs: made.decided.inputs,
            value: made.decided.value,
            explanation: made.decided.explanation,
        }),
        ..Opened::default()
    };
    let letter = Letter {
        catalogue,
        package,
        adoption: &made.adoption,
        authority: example.authority,
        reference: "00000-00000",
        date: example.date,
        opened: &opened,
        request: None,
        automatic,
        replaces: None,
        code: "0000-0000-0000-0000",
        check_url: "https://portal.example",
    };
    let mut data = data(&letter).map_err(|error| match error {
        CaseError::Package(text) => CaseError::Input(text),
        other => other,
    })?;
    if let Some(object) = data.as_object_mut() {
        object.insert("entwurf".to_owned(), true.into());
    }
    Ok(data)
}

/// Why it was decided so (§ 39 Abs. 1 VwVfG, § 121 Abs. 1 AO): the reasons of the rules that decided, in their order, and what a
/// caseworker corrected. What only says why a human had to look (`gruende`) is for the desk and left out.
fn reasons(letter: &Letter<'_>, by_law: Option<&str>) -> Vec<Value> {
    let Some(decision) = &letter.opened.decision else {
        return Vec::new();
    };
    let desk = decision
        .value
        .get("gruende")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut reasons = Vec::new();
    let rules = decision
        .explanation
        .decisions
        .iter()
        .flat_map(|step| &step.rules)
        .filter(|rule| rule.applied);
    for rule in rules {
        if let Some(text) = rule
            .reason
            .as_deref()
            .filter(|text| !desk.iter().any(|known| known == text))
        {
            let mut reason = Map::from_iter([("text".to_owned(), text.into())]);
            // The by-law stands once below all reasons.
            if let Some(basis) = rule.legal_basis.as_deref().filter(|basis| Some(*basis) != by_law) {
                reason.insert("rechtsgrundlage".to_owned(), basis.into());
            }
            if let Some(easy) = rule.leicht.as_deref() {
                reason.insert("leicht".to_owned(), easy.into());
            }
            let reason = Value::Object(reason);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    for correction in letter.opened.corrections(letter.package) {
        let reason = correction.reason;
        reasons.push(if correction.of_answers {
            json!({
                "text": format!("Bei der Prüfung haben wir Ihre Angaben berichtigt: {reason}"),
                "art": "berichtigung",
                "leicht": "Wir haben Angaben aus Ihrem Antrag geändert. Warum: Das steht im Bescheid.",
            })
        } else {
            json!({ "text": reason })
        });
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_stand_once_and_in_order() {
        let norms = vec![
            "§ 12 Abs. 6 und 7 WoGG",
            "§ 12 Abs. 1 WoGG und Anlage 1",
            "§§ 13 bis 16 WoGG",
            "§ 5 WoGG",
            "§ 60 SGB I",
            "§ 19 Abs. 1 WoGG und Anlagen 2 und 3",
            "§ 19 Abs. 1 WoGG",
            "§ 1 WoGG",
            "§ 19 WoGG",
        ];
        let expected = [
            "§ 1 WoGG",
            "§ 5 WoGG",
            "§ 12 Abs. 1 WoGG und Anlage 1",
            "§ 12 Abs. 6 und 7 WoGG",
            "§§ 13 bis 16 WoGG",
            "§ 19 Abs. 1 WoGG und Anlagen 2 und 3",
            "§ 60 SGB I",
        ];
        assert_eq!(in_order(norms), expected);
        assert_eq!(
            in_order(vec!["§ 73 VwGO", "§ 72 VwGO", "§ 7 VwGO"]),
            ["§ 7 VwGO", "§ 72 VwGO", "§ 73 VwGO"]
        );
    }

    #[test]
    fn codes_are_typed_forgivingly() {
        fn check(typed: &str, expected: Option<&str>) {
            assert_eq!(normal_code(typed).as_deref(), expected, "{typed}");
        }
        check("abcd-efgh-jkmn-pqrs", Some("ABCD-EFGH-JKMN-PQRS"));
        check(" ABCDEFGHJKMNPQRS ", Some("ABCD-EFGH-JKMN-PQRS"));
        check("oil0-0000-0000-0000", Some("0110-0000-0000-0000"));
        check("ABCD-EFGH-JKMN-PQR", None);
        check("ABCD-EFGH-JKMN-PQRSX", None);
        check("ABCD-EFGH-JKMN-PQRÜ", None);
        check("", None);
    }

    #[test]
    fn a_fresh_code_is_normal() {
        let ambient = wegfrei_model::ambient::fixed(wegfrei_model::Timestamp::EPOCH);
        let code = check_code(&ambient);
        assert_eq!(normal_code(&code).as_deref(), Some(code.as_str()));
        assert_ne!(check_code(&ambient), code);
        assert_eq!(reference(&ambient).len(), 11);
    }
}
