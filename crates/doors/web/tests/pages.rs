//! Every page, rendered in every language, keeps the rules of the house.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeSet;
use wegfrei_web::texts::Lang;

/// Runs `check` on every page in every language; a returned text is a complaint.
fn each(check: impl Fn(Lang, &str) -> Option<String>) {
    let mut complaints = Vec::new();
    for lang in Lang::ALL {
        for (path, html) in common::pages(lang) {
            if let Some(complaint) = check(lang, &html) {
                complaints.push(format!("{} {path}: {complaint}", lang.code()));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The start tags of the page.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|part| part.split('>').next().unwrap())
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

#[test]
fn one_main_heading_and_a_title() {
    each(|_, html| {
        let headings = html.matches("<h1").count();
        let title = html
            .split("<title>")
            .nth(1)
            .unwrap()
            .split("</title>")
            .next()
            .unwrap()
            .trim();
        (headings != 1 || title.starts_with('–')).then(|| format!("{headings} h1, title {title:?}"))
    });
}

#[test]
fn the_language_is_named() {
    each(|lang, html| (!html.contains(&format!("<html lang=\"{}\"", lang.html_lang()))).then(|| "lang".to_owned()));
}

#[test]
fn nothing_the_content_security_policy_forbids() {
    each(|_, html| {
        let bad = tags(html).find(|tag| {
            tag.starts_with("style")
                || attribute(tag, "style").is_some()
                || tag
                    .split_whitespace()
                    .any(|word| word.starts_with("on") && word.contains('='))
                || (tag.starts_with("script") && attribute(tag, "src").is_none())
                || [attribute(tag, "src"), attribute(tag, "action")]
                    .into_iter()
                    .flatten()
                    .any(|url| !url.starts_with('/'))
        });
        bad.map(str::to_owned)
    });
}

#[test]
fn no_placeholder_is_left() {
    each(|_, html| html.split('{').nth(1).map(|rest| rest.chars().take(30).collect()));
}

#[test]
fn what_people_type_is_escaped() {
    each(|_, html| html.contains("Bello <b>").then(|| "not escaped".to_owned()));
    assert!(
        common::pages(Lang::De)
            .iter()
            .any(|(_, html)| html.contains("Bello &#60;b&#62;"))
    );
}

#[test]
fn ids_are_unique_and_references_meet() {
    each(|_, html| {
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
    });
}

#[test]
fn every_input_has_a_label() {
    each(|_, html| {
        let labelled: BTreeSet<&str> = tags(html)
            .filter(|tag| tag.starts_with("label"))
            .filter_map(|tag| attribute(tag, "for"))
            .collect();
        tags(html)
            .filter(|tag| ["input", "select", "textarea"].iter().any(|kind| tag.starts_with(kind)))
            .filter(|tag| attribute(tag, "type") != Some("hidden"))
            .find(|tag| !attribute(tag, "id").is_some_and(|id| labelled.contains(id)))
            .map(str::to_owned)
    });
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    each(|_, html| {
        html.split("<form ").skip(1).find_map(|form| {
            let form = form.split("</form>").next().unwrap();
            (form.starts_with("method=\"post\"") && !form.contains("name=\"csrf\" value=\"0123abcd\""))
                .then(|| form.chars().take(80).collect())
        })
    });
}

#[test]
fn errors_are_announced_in_the_title_and_linked() {
    for lang in Lang::ALL {
        let pages = common::pages(lang);
        for path in [
            "/antrag/15003000/1/G1-fehler",
            "/antrag/15003000/1/pruefen-fehler",
            "/amt/vorgang/15003000/1/aufgabe-fehler",
        ] {
            let (_, html) = pages.iter().find(|(known, _)| *known == path).unwrap();
            let title = html.split("<title>").nth(1).unwrap();
            assert!(
                title.starts_with(wegfrei_web::texts::of(lang).form_error_prefix),
                "{path}"
            );
            assert!(html.contains("role=\"alert\"") && html.contains("autofocus"), "{path}");
        }
        let (_, html) = pages.iter().find(|(known, _)| known.ends_with("G1-fehler")).unwrap();
        assert!(
            html.contains("aria-invalid=\"true\"")
                && html.contains("href=\"#G1-F1\"")
                && html.contains("aria-describedby=\"G1-F1-hilfe G1-F1-fehler\"")
        );
    }
}

#[test]
fn the_demonstration_is_marked_on_every_page() {
    each(|_, html| (!html.contains("class=\"wf-demo\"")).then(|| "no banner".to_owned()));
}

#[test]
fn elements_close() {
    each(|_, html| {
        [
            "div", "section", "form", "ul", "ol", "dl", "table", "fieldset", "article", "nav", "main", "p", "li",
            "span", "a", "button",
        ]
        .into_iter()
        .find_map(|name| {
            let open = tags(html)
                .filter(|tag| *tag == name || tag.starts_with(&format!("{name} ")))
                .count();
            let close = html.matches(&format!("</{name}>")).count();
            (open != close).then(|| format!("{open} <{name}>, {close} </{name}>"))
        })
    });
}
