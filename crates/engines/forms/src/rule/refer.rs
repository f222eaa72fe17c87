//! Elements in sentences: ids with or without version and name, names alone, `es`, `die Felder`.

mod name;
mod nouns;

use super::Stop;
use super::scan::Scanner;
pub(super) use name::{is_weighty, starts_loosely};
use nouns::{ARTICLES, FIELD, FIELDS, GROUP, GROUPS, Nouns};

const PRONOUNS: [&str; 8] = ["es", "sie", "ihn", "dieses", "diese", "dieser", "diesen", "letzteres"];

/// How elements are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    And,
    Or,
}

impl<'s> Scanner<'s> {
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
        let nouns = self.fillers();
        if self.sees_sign(&['(', '[']) && !self.names_element() {
            self.at = start;
            return self.stop("expected the id of a field or a group");
        }
        let bracket = self.take_sign("(") || self.take_sign("[");
        if let Some((path, length)) = self.ids_ahead() {
            let at = self.at;
            self.at += length;
            let mut name = None;
            if bracket && !(self.take_sign(")") || self.take_sign("]")) {
                // The name may stand inside of the brackets too.
                self.blank();
                let inside = self.at;
                name = self.quoted().map(|name| (name, inside));
                if !(self.take_sign(")") || self.take_sign("]")) {
                    return self.stop("expected `)`");
                }
            }
            let element = self.settled(&path, at, around)?;
            if nouns == Nouns::FieldOfGroup && self.field(element).is_none() {
                return self.stop_after(start, self.at + 1, "it is not clear which field of the group");
            }
            if let Some((name, at)) = name {
                self.only_a_name(element, name, at)?;
            }
            return Ok(element);
        }
        if bracket {
            self.at = start;
            return self.stop("expected the id of a field or a group");
        }
        self.blank();
        let quotation = self.at;
        if let Some(name) = self.quoted() {
            // `"Name" (F…)` or `"Name"` alone.
            let bracket = self.take_sign("(") || self.take_sign("[");
            if let Some((path, length)) = self.ids_ahead() {
                let at = self.at;
                self.at += length;
                if bracket && !(self.take_sign(")") || self.take_sign("]")) {
                    return self.stop("expected `)`");
                }
                let element = self.settled(&path, at, around)?;
                self.only_a_name(element, name, quotation)?;
                return Ok(element);
            }
            if bracket {
                self.at -= 1;
            }
            if nouns != Nouns::None {
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
            self.name_of(first)?;
        }
        if !found.is_empty()
            && let Some(group) = self.maybe(Scanner::group_behind)
        {
            found.retain(|element| self.plan.is_inside(*element, group));
            if found.is_empty() {
                return self.stop_after(at, self.at + 1, format!("`{path}` does not lie in that group"));
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
        if self.fillers() != Nouns::Group {
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
        let called = self.plan.called(name.trim());
        let mut scope = self.scope;
        loop {
            let inside = |number: &usize| {
                let path = self.plan.get(*number).map_or("", |element| &element.path);
                scope.is_empty() || path.strip_prefix(scope).is_some_and(|rest| rest.starts_with('.'))
            };
            let found: Vec<usize> = called.iter().copied().filter(inside).collect();
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

/// An id of XDatenfelder 2 in the form of version 3: `F60000231` is `F60000000231` there.
fn lengthened(id: &str) -> String {
    match (id.get(..3), id.get(3..)) {
        (Some(start), Some(end)) if id.len() == 9 => format!("{start}000{end}"),
        _ => id.to_owned(),
    }
}
