//! Elements in sentences: ids with or without version and name, names alone, `es`, `die Felder`.

use super::Stop;
use super::scan::Scanner;
use crate::walk::Inside;

/// Words before an id that say only what kind of thing it is.
const ARTICLES: [&str; 36] = [
    "das",
    "die",
    "der",
    "dem",
    "den",
    "des",
    "ein",
    "eine",
    "einem",
    "einen",
    "einer",
    "dieses",
    "diese",
    "dieser",
    "diesem",
    "diesen",
    "folgende",
    "folgendes",
    "folgenden",
    "folgender",
    "nachfolgende",
    "nachfolgenden",
    "jeweilige",
    "jeweiligen",
    "entsprechende",
    "entsprechenden",
    "genannte",
    "genannten",
    "zugehörige",
    "zugehörigen",
    "weitere",
    "weiteren",
    "enthaltene",
    "enthaltenen",
    "gesamte",
    "gesamten",
];
/// Nouns for fields.
const FIELD: [&str; 24] = [
    "datenfeld",
    "datenfelds",
    "datenfeldes",
    "feld",
    "felds",
    "feldes",
    "eingabefeld",
    "auswahlfeld",
    "auswahlfeldes",
    "textfeld",
    "datumsfeld",
    "unterfeld",
    "zusatzfeld",
    "hinweisfeld",
    "checkbox",
    "element",
    "attribut",
    "frage",
    "uploadfeld",
    "formularfeld",
    "pflichtfeld",
    "hinweis",
    "angabe",
    "abfrage",
];
const FIELDS: [&str; 16] = [
    "datenfelder",
    "datenfeldern",
    "felder",
    "feldern",
    "eingabefelder",
    "eingabefeldern",
    "auswahlfelder",
    "auswahlfeldern",
    "elemente",
    "elementen",
    "angaben",
    "unterfelder",
    "unterfeldern",
    "fragen",
    "attribute",
    "attributen",
];
/// Nouns for groups.
const GROUP: [&str; 9] = [
    "datenfeldgruppe",
    "feldgruppe",
    "gruppe",
    "datengruppe",
    "untergruppe",
    "elementgruppe",
    "abschnitt",
    "block",
    "bereich",
];
const GROUPS: [&str; 10] = [
    "datenfeldgruppen",
    "feldgruppen",
    "gruppen",
    "datengruppen",
    "untergruppen",
    "elementgruppen",
    "abschnitte",
    "abschnitten",
    "blöcke",
    "bereiche",
];
const PRONOUNS: [&str; 8] = ["es", "sie", "ihn", "dieses", "diese", "dieser", "diesen", "letzteres"];

/// How elements are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    And,
    Or,
}

impl<'s> Scanner<'s> {
    /// Passes over articles and nouns before an element. Tells whether there was a noun.
    pub fn fillers(&mut self) -> bool {
        let mut noun = false;
        loop {
            let nouns = [&FIELD[..], &FIELDS, &GROUP, &GROUPS];
            if nouns.into_iter().any(|nouns| self.take(nouns)) {
                noun = true;
            } else if !(self.take(&ARTICLES) || self.take(&["darin", "darunter", "dort", "jeweils"])) {
                return noun;
            }
        }
    }

    /// The ids ahead as written, with points; nothing is taken.
    fn ids_ahead(&mut self) -> Option<(String, usize)> {
        self.blank();
        let rest = self.rest();
        let mut path = String::new();
        let mut end = 0;
        loop {
            let step = rest.get(end..).unwrap_or_default();
            let digits = step.len()
                - step
                    .get(1..)
                    .unwrap_or_default()
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .len();
            let fits = step.starts_with(['F', 'G', 'f', 'g']) && digits >= 2;
            if !fits {
                break;
            }
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&step.get(..digits).unwrap_or_default().to_uppercase());
            end += digits;
            let after = rest.get(end..).unwrap_or_default();
            let parts = ["->", "→", ".", "/", "::"];
            let next = parts.iter().find(|part| {
                after.strip_prefix(**part).is_some_and(|after| {
                    after.starts_with(['F', 'G'])
                        && after.get(1..2).is_some_and(|c| c.bytes().all(|c| c.is_ascii_digit()))
                })
            });
            match next {
                Some(part) => end += part.len(),
                None => break,
            }
        }
        if path.is_empty() {
            return None;
        }
        // The version behind the id: `V1.2`, `v1.2.0`, ` V 1.0`, `_1.2`, `(V1.0)`.
        let after = rest.get(end..).unwrap_or_default();
        let version = |after: &str| {
            let bare = after.trim_start_matches([' ', '\u{A0}', '_', ':', '(']);
            let marked = ["version", "Version", "V", "v"]
                .iter()
                .find_map(|mark| bare.strip_prefix(mark));
            let joined = after.starts_with(['_', ':']).then_some(bare);
            let number = marked.or(joined)?.trim_start_matches([' ', '.', '\u{A0}']);
            let length = number
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(number.len());
            let digits = number.get(..length)?.trim_end_matches('.');
            let rest = number.get(digits.len()..)?;
            (digits.starts_with(|c: char| c.is_ascii_digit()) && !rest.starts_with(char::is_alphanumeric)).then(|| {
                let closed = if after.trim_start().starts_with('(') {
                    rest.strip_prefix(')').unwrap_or(rest)
                } else {
                    rest
                };
                after.len() - closed.len()
            })
        };
        end += version(after).unwrap_or(0);
        let whole = rest.get(end..).unwrap_or_default();
        (!whole.starts_with(|c: char| c.is_alphanumeric() || c == '_')).then_some((path, end))
    }

    pub fn sees_id(&mut self) -> bool {
        self.ids_ahead().is_some()
    }

    /// An element: an id or a path of ids with its name; a name in quotes behind a noun or before an id in brackets.
    pub fn element(&mut self) -> Result<usize, Stop> {
        self.element_within(None)
    }

    fn element_within(&mut self, around: Option<usize>) -> Result<usize, Stop> {
        let start = self.at;
        let noun = self.fillers();
        if self.sees_sign(&['(', '[']) && !self.names_element() {
            self.at = start;
            return self.stop("expected the id of a field or a group");
        }
        let bracket = self.take_sign("(") || self.take_sign("[");
        if let Some((path, length)) = self.ids_ahead() {
            let at = self.at;
            self.at += length;
            if bracket && !(self.take_sign(")") || self.take_sign("]")) {
                // The name may stand inside of the brackets too.
                let _ = self.quoted();
                if !(self.take_sign(")") || self.take_sign("]")) {
                    return self.stop("expected `)`");
                }
            }
            return self.settled(&path, at, around);
        }
        if bracket {
            self.at = start;
            return self.stop("expected the id of a field or a group");
        }
        if let Some(name) = self.quoted() {
            // `"Name" (F…)` or `"Name"` alone.
            let bracket = self.take_sign("(") || self.take_sign("[");
            if let Some((path, length)) = self.ids_ahead() {
                let at = self.at;
                self.at += length;
                if bracket && !(self.take_sign(")") || self.take_sign("]")) {
                    return self.stop("expected `)`");
                }
                return self.settled(&path, at, around);
            }
            if bracket {
                self.at -= 1;
            }
            if noun {
                return self.by_name(name, start);
            }
        }
        self.at = start;
        self.stop("expected the id of a field or a group")
    }

    /// The element meant by ids, when the place is known; its name is passed over.
    fn settled(&mut self, path: &str, at: usize, around: Option<usize>) -> Result<usize, Stop> {
        let mut found = self.search(path, around);
        // XDatenfelder 2 wrote ids of eight digits; version 3 has three zeros after the first two.
        if found.is_empty() {
            let long: Vec<String> = path.split('.').map(lengthened).collect();
            found = self.search(&long.join("."), around);
        }
        if let Some(first) = found.first().copied() {
            self.name_of(first);
        }
        if found.len() > 1
            && let Some(group) = self.maybe(Scanner::group_behind)
        {
            let inside: Vec<usize> = found
                .iter()
                .copied()
                .filter(|at| self.plan.is_inside(*at, group))
                .collect();
            if !inside.is_empty() {
                found = inside;
            }
        }
        self.blank();
        let reached = self.at + 1;
        match found.as_slice() {
            [element] => {
                self.named.push(*element);
                Ok(*element)
            }
            [] => self.stop_after(at, reached, format!("there is no `{path}` in this form")),
            [..] => {
                let reason = format!("`{path}` stands at {} places; write the group too: G….F…", found.len());
                self.stop_after(at, reached, reason)
            }
        }
    }

    /// `in der Gruppe G…` behind a field that stands at several places.
    fn group_behind(&mut self) -> Result<usize, Stop> {
        if !self.take(&["in", "im", "aus", "innerhalb"]) && !self.sees(&["der"]) {
            return self.no();
        }
        self.skip(&["der", "von"]);
        if !self.fillers() {
            return self.no();
        }
        let Some((path, length)) = self.ids_ahead() else {
            return self.no();
        };
        let at = self.at;
        self.at += length;
        self.settled(&path, at, None)
    }

    /// Innermost scope first; among several those that lie least deep.
    fn search(&self, path: &str, around: Option<usize>) -> Vec<usize> {
        let group = around
            .and_then(|group| self.plan.get(group))
            .map(|group| group.path.as_str());
        let mut scope = group.unwrap_or(self.scope);
        let mut found = loop {
            let found = self.plan.search(scope, path);
            if !found.is_empty() || scope.is_empty() {
                break found;
            }
            scope = scope.rsplit_once('.').map_or("", |(above, _)| above);
        };
        let depth = |element: &usize| {
            let path = self.plan.get(*element).map_or("", |element| &element.path);
            path.matches('.').count()
        };
        // In the schema itself nothing says which of two is nearer.
        if found.len() > 1 && !scope.is_empty() {
            let least = found.iter().map(depth).min().unwrap_or(0);
            let near: Vec<usize> = found
                .iter()
                .copied()
                .filter(|element| depth(element) == least)
                .collect();
            if near.len() == 1 {
                found = near;
            }
        }
        found
    }

    fn by_name(&mut self, name: &str, start: usize) -> Result<usize, Stop> {
        let wanted = name.trim().to_lowercase();
        let is = |element: &crate::walk::Element| {
            element.name.to_lowercase() == wanted || element.title.to_lowercase() == wanted
        };
        let mut scope = self.scope;
        loop {
            let fitting = self.elements.iter().enumerate().filter(|(number, element)| {
                let path = self.plan.get(*number).map_or("", |element| &element.path);
                let inside = scope.is_empty() || path.strip_prefix(scope).is_some_and(|rest| rest.starts_with('.'));
                inside && is(element)
            });
            let found: Vec<usize> = fitting.map(|(number, _)| number).collect();
            match found.as_slice() {
                [element] => {
                    self.named.push(*element);
                    return Ok(*element);
                }
                [] if !scope.is_empty() => scope = scope.rsplit_once('.').map_or("", |(above, _)| above),
                [] => return self.stop_at(start, format!("there is no element named `{name}`")),
                _ => return self.stop_at(start, format!("`{name}` names several elements; write the id")),
            }
        }
    }

    /// Passes over the name behind an id: in quotes, in brackets, or its words as they are.
    fn name_of(&mut self, element: usize) {
        let Some(known) = self.elements.get(element).copied() else {
            return;
        };
        let (name, title) = (known.name, known.title);
        let label = match known.inside {
            Inside::Field(field) => field.label_out.as_str(),
            Inside::Group(_) => title,
        };
        // The name itself may contain marks of quotation, so it is tried first.
        for known in [name, title, label] {
            let at = self.at;
            let _ = self.take_sign(":") || self.take_sign("-") || self.take_sign("–");
            let marks = self.quotes();
            let bracket = marks == 0 && self.take_sign("(");
            self.blank();
            if !known.is_empty() && starts_loosely(self.rest(), known).is_some() {
                self.at += starts_loosely(self.rest(), known).unwrap_or(0);
                let closed = if bracket {
                    self.take_sign(")")
                } else {
                    marks == 0 || self.quotes() > 0
                };
                let whole = marks > 0 || bracket || !self.rest().starts_with(char::is_alphanumeric);
                if closed && whole {
                    if marks == 0 && !bracket {
                        let _ = self.words_up_to_sign();
                    }
                    return;
                }
            }
            self.at = at;
        }
        if self.quoted().is_some() {
            return;
        }
        let at = self.at;
        if self.take_sign("(")
            && let Some(end) = self.rest().find(')')
        {
            let inside = self.rest().get(..end).unwrap_or_default();
            let plain = inside
                .chars()
                .all(|c| c.is_alphabetic() || c.is_whitespace() || "-/,.".contains(c));
            if plain && !inside.is_empty() {
                self.at += end + 1;
                return;
            }
        }
        self.at = at;
        self.words_of(&[name, title, label]);
        let own = self.word_ahead().to_lowercase();
        if self.at > at && !["auswahl", "wert", "code"].contains(&own.as_str()) {
            let _ = self.words_up_to_sign();
        }
        if self.at == at {
            self.unknown_name(&known);
        }
    }

    /// Passes over words up to a sign of comparison, as long as they can only be a name.
    fn words_up_to_sign(&mut self) -> bool {
        const STOPS: [&str; 29] = [
            "und",
            "oder",
            "nicht",
            "kein",
            "keine",
            "keinen",
            "wenn",
            "dann",
            "sonst",
            "ist",
            "sind",
            "wird",
            "wurde",
            "hat",
            "muss",
            "darf",
            "nur",
            "außer",
            "leer",
            "größer",
            "kleiner",
            "mit",
            "sowie",
            "soll",
            "kann",
            "ansonsten",
            "falls",
            "auswahl",
            "antwort",
        ];
        self.blank();
        let rest = self.rest();
        // A name is no longer than this.
        let near = rest.char_indices().nth(151).map_or(rest.len(), |(at, _)| at);
        let sign = rest
            .get(..near)
            .and_then(|near| near.find(['=', '<', '>', '≠', '≤', '≥', '!']));
        let Some(end) = sign else {
            return false;
        };
        let before = rest.get(..end).unwrap_or_default();
        let plain = !before.contains(|c: char| "\n\"„“”;,+*".contains(c)) && !before.contains(". ");
        let mut words = before
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let name = words.clone().count() > 0
            && words.all(|word| {
                let lower = word.to_lowercase();
                let id = lower.starts_with(['f', 'g'])
                    && lower.len() > 1
                    && lower.bytes().skip(1).all(|byte| byte.is_ascii_digit());
                !STOPS.contains(&lower.as_str()) && !id
            });
        let fits = plain && name;
        if fits {
            self.at += end;
        }
        fits
    }

    /// Passes over a name of an earlier version of the element: nouns, or words up to a sign of comparison.
    fn unknown_name(&mut self, element: &crate::walk::Element) {
        const OWN: [&str; 34] = [
            "auswahl",
            "antwort",
            "wert",
            "code",
            "option",
            "ja",
            "nein",
            "wahr",
            "falsch",
            "heute",
            "und",
            "oder",
            "nicht",
            "leer",
            "dann",
            "sonst",
            "pflichtfeld",
            "pflichtangabe",
            "pflicht",
            "datenfeld",
            "datenfeldgruppe",
            "feld",
            "feldgruppe",
            "gruppe",
            "wenn",
            "kein",
            "keine",
            "nur",
            "außer",
            "ist",
            "jahre",
            "jahren",
            "alter",
            "anzahl",
        ];
        let own = self.word_ahead().to_lowercase();
        if !OWN.contains(&own.as_str()) && self.words_up_to_sign() {
            return;
        }
        let is_option = |rest: &str| match element.inside {
            Inside::Field(field) => match &field.kind {
                crate::form::Kind::Select { options, .. } => options
                    .iter()
                    .any(|option| starts_loosely(rest, &option.label).is_some_and(|length| length > 0)),
                _ => false,
            },
            Inside::Group(_) => false,
        };
        let noun = |scanner: &mut Self| {
            let word = scanner.word_ahead();
            let shouted = word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase() || !c.is_alphabetic());
            let known = OWN.contains(&word.to_lowercase().as_str()) || super::land::Land::word(word).is_some();
            let fits = word.starts_with(char::is_uppercase)
                && !shouted
                && !known
                && !scanner.sees_id()
                && !is_option(scanner.rest());
            fits.then_some(word)
        };
        while let Some(word) = noun(self) {
            self.at += word.len();
            let end = self.at;
            self.skip(&[
                "der", "des", "die", "den", "für", "von", "bei", "zur", "zum", "im", "in", "am", "an", "aus",
            ]);
            if noun(self).is_none() {
                self.at = end;
            }
        }
    }

    /// Passes over a name that is written a little differently: words of the known name, as long as there is no negation.
    pub fn words_of(&mut self, names: &[&str]) {
        let split = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect()
        };
        let known: Vec<String> = names.iter().flat_map(|name| split(name)).collect();
        let mut taken = self.at;
        loop {
            let word = self.word_ahead();
            let lower = word.to_lowercase();
            let negation = [
                "nicht", "kein", "keine", "nur", "ohne", "außer", "wenn", "dann", "ist", "leer",
            ];
            let fits = split(&lower).iter().all(|part| known.contains(part));
            if word.is_empty() || negation.contains(&lower.as_str()) || !fits {
                break;
            }
            self.at += word.len();
            let end = self.rest().len()
                - self
                    .rest()
                    .trim_start_matches([' ', '/', ':', '(', ')', '-', ',', '\u{A0}'])
                    .len();
            if word.starts_with(char::is_uppercase) {
                // The sign that closes a bracket of the name goes with it; a comma does not.
                let closing = self.rest().starts_with(')') && names.iter().any(|name| name.contains(')'));
                taken = self.at + usize::from(closing);
            }
            if self.rest().get(..end).is_some_and(|signs| signs.contains(',')) {
                break;
            }
            self.at += end;
        }
        // Behind the last noun: an article alone is the next word of the sentence.
        self.at = taken;
    }

    /// One or more elements joined by commas, `und`, `oder`, or nothing but their names.
    pub fn elements(&mut self) -> Result<(Vec<usize>, Joined), Stop> {
        let around = self.maybe(Scanner::around);
        if around.is_none() {
            self.skip(&["in", "im", "bei", "innerhalb"]);
        }
        let first = self.element_within(around)?;
        let mut elements = vec![first];
        let mut joined = None;
        while let Some((element, by)) = self.maybe(|scanner| {
            let comma = scanner.take_sign(",") || scanner.take_sign("/") || scanner.take_sign(";");
            let by = if scanner.take_all(&["und", "/", "oder"]) || scanner.take(&["oder", "bzw", "beziehungsweise"]) {
                let _ = scanner.take_sign(".");
                Some(Joined::Or)
            } else if scanner.take(&["und", "sowie"]) || scanner.take_sign("&") || scanner.take_phrase(&["als auch"]) {
                Some(Joined::And)
            } else {
                None
            };
            let start = scanner.at;
            // Behind `und` the list is at its end: `die Summe aus F1 und F2 F3 entsprechen`.
            if by.is_none() && !comma && joined.is_some() {
                return scanner.stop("the end of the list");
            }
            let element = scanner.element_within(around)?;
            if element == first && by.is_some() {
                return scanner.stop_at(start, "the same element twice");
            }
            Ok((element, by))
        }) {
            if by.is_some() && joined.is_some() && by != joined {
                return self.stop("`und` and `oder` in one list");
            }
            joined = joined.or(by);
            elements.push(element);
        }
        self.they.clone_from(&elements);
        Ok((elements, joined.unwrap_or(Joined::And)))
    }

    /// `in der Gruppe G…` before a field that lies there.
    fn around(&mut self) -> Result<usize, Stop> {
        if !self.take(&["in", "im", "innerhalb", "aus"]) {
            return self.no();
        }
        self.skip(&["der", "von"]);
        let named = self.named.len();
        let group = self.element()?;
        if !self.plan.get(group).is_some_and(|element| element.group) {
            return self.no();
        }
        let _ = self.take_sign(",");
        self.skip(&["in", "im"]);
        let at = self.at;
        self.maybe(|scanner| scanner.element_within(Some(group)).map(|_| ()))
            .map_or_else(|| self.no(), |()| Ok(()))?;
        // Only looked at: it is read again.
        self.named.truncate(named);
        self.at = at;
        Ok(group)
    }

    /// Elements, or a word for those named before: `es`, `das Feld`, `die Gruppe`.
    pub fn elements_or_they(&mut self) -> Result<(Vec<usize>, Joined), Stop> {
        if let Some(elements) = self.maybe(Scanner::elements) {
            return Ok(elements);
        }
        if let Some(elements) = self.maybe(Scanner::anaphora) {
            self.named.extend(&elements);
            return Ok((elements, Joined::And));
        }
        self.elements()
    }

    /// A word for elements named before.
    pub fn anaphora(&mut self) -> Result<Vec<usize>, Stop> {
        let at = self.at;
        let is_group = |scanner: &Self, element: usize| scanner.plan.get(element).is_some_and(|element| element.group);
        self.skip(&ARTICLES);
        let one = self.take(&FIELD);
        let many = !one && self.take(&FIELDS);
        let group = !one && !many && self.take(&GROUP);
        let groups = !one && !many && !group && self.take(&GROUPS);
        if !(one || many || group || groups) {
            self.at = at;
            if !self.take(&PRONOUNS) {
                return self.stop("expected the id of a field or a group");
            }
        }
        if self.sees_id() {
            return self.stop("expected the id of a field or a group");
        }
        let found: Vec<usize> = match () {
            () if one || group => {
                let last = self.named.iter().rev().chain(self.they.iter().rev());
                last.copied()
                    .find(|element| is_group(self, *element) == group)
                    .into_iter()
                    .collect()
            }
            () => self.they.clone(),
        };
        // In a rule of a field, `das Feld` without an id is that field.
        let own = || {
            self.plan
                .find(self.scope)
                .filter(|own| is_group(self, *own) == (group || groups))
        };
        let found = if found.is_empty() {
            own().into_iter().collect()
        } else {
            found
        };
        if found.is_empty() {
            self.at = at;
            return self.stop("no element was named before");
        }
        Ok(found)
    }
}

/// How much of `text` is `known`, in any case, blanks taken loosely.
pub(super) fn starts_loosely(text: &str, known: &str) -> Option<usize> {
    let mut rest = text;
    for (nth, word) in known.split_whitespace().enumerate() {
        if nth > 0 {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
        for wanted in word.chars() {
            let mut chars = rest.chars();
            let c = chars.next()?;
            if c != wanted && !c.to_lowercase().eq(wanted.to_lowercase()) {
                return None;
            }
            rest = chars.as_str();
        }
    }
    Some(text.len() - rest.len())
}

/// An id of XDatenfelder 2 in the form of version 3: `F60000231` is `F60000000231` there.
fn lengthened(id: &str) -> String {
    match (id.get(..3), id.get(3..)) {
        (Some(start), Some(end)) if id.len() == 9 => format!("{start}000{end}"),
        _ => id.to_owned(),
    }
}
