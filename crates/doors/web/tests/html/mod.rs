//! What every page keeps to, read from its HTML. A returned text is a complaint.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeSet;

/// The start tags of the page.
pub fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|part| part.split('>').next().unwrap())
}

/// The value of a tag's attribute.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// A name in braces that nobody has filled in.
pub fn placeholder(html: &str) -> Option<String> {
    html.split('{').nth(1).map(|rest| rest.chars().take(30).collect())
}

/// An id that stands twice, or a reference to none.
pub fn ids(html: &str) -> Option<String> {
    let mut ids = BTreeSet::new();
    for tag in tags(html) {
        if let Some(id) = attribute(tag, "id")
            && !ids.insert(id)
        {
            return Some(format!("id {id} twice"));
        }
    }
    for tag in tags(html) {
        for name in ["for", "aria-labelledby", "aria-describedby"] {
            for id in attribute(tag, name).into_iter().flat_map(str::split_whitespace) {
                if !ids.contains(id) {
                    return Some(format!("{name} names {id}"));
                }
            }
        }
        if let Some(target) = attribute(tag, "href").and_then(|href| href.strip_prefix('#'))
            && !ids.contains(target)
        {
            return Some(format!("link to #{target}"));
        }
    }
    None
}

/// A control without a label.
pub fn labels(html: &str) -> Option<String> {
    let labelled: BTreeSet<&str> = tags(html)
        .filter(|tag| tag.starts_with("label"))
        .filter_map(|tag| attribute(tag, "for"))
        .collect();
    tags(html)
        .filter(|tag| ["input", "select", "textarea"].iter().any(|kind| tag.starts_with(kind)))
        .filter(|tag| attribute(tag, "type") != Some("hidden"))
        .find(|tag| !attribute(tag, "id").is_some_and(|id| labelled.contains(id)))
        .map(str::to_owned)
}

/// An element that is not closed, or closed out of turn.
pub fn nesting(html: &str) -> Option<String> {
    const VOID: [&str; 8] = ["meta", "link", "input", "br", "hr", "img", "source", "col"];
    let mut open: Vec<&str> = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap_or((part, ""));
        if let Some(closed) = tag.strip_prefix('/') {
            match open.pop() {
                Some(last) if last == closed.trim() => {}
                last => return Some(format!("</{closed}> after <{}>", last.unwrap_or("nothing"))),
            }
        } else if tag.starts_with(|c: char| c.is_ascii_lowercase()) {
            let name = tag.split([' ', '\n', '/']).next().unwrap_or_default();
            if !VOID.contains(&name) && !tag.ends_with('/') {
                open.push(name);
            }
        } else if !tag.starts_with('!') {
            return Some(format!("a bare < before {}", tag.chars().take(20).collect::<String>()));
        }
    }
    open.pop().map(|name| format!("<{name}> is not closed"))
}

/// The fields of the form that holds this, as a browser would send them.
pub fn fields(html: &str, held: &str) -> Vec<(String, String)> {
    let form = html.split("<form").find(|form| form.contains(held)).unwrap();
    let form = form.split("</form>").next().unwrap();
    let value_of = |tag: &str, name: &str| {
        let value = attribute(tag, name)?;
        Some(value.replace("&#34;", "\"").replace("&#38;", "&").replace("&#39;", "'"))
    };
    let mut found = Vec::new();
    for piece in form.split('<').skip(1) {
        let (tag, rest) = piece.split_once('>').unwrap_or((piece, ""));
        let Some(name) = value_of(tag, "name") else {
            if tag.starts_with("option") && tag.contains(" selected") {
                let last: &mut (String, String) = found.last_mut().unwrap();
                last.1 = value_of(tag, "value").unwrap();
            }
            continue;
        };
        match tag.split_whitespace().next().unwrap() {
            "input" if tag.contains("type=\"radio\"") && !tag.contains(" checked") => {}
            "input" => found.push((name, value_of(tag, "value").unwrap_or_default())),
            "select" => found.push((name, String::new())),
            "textarea" => found.push((name, rest.to_owned())),
            _ => {}
        }
    }
    found
}
