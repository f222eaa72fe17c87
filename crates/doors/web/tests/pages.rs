//! Every page, rendered in every language, keeps the rules of the house.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;
mod html;

use html::{attribute, tags};
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
    each(|_, html| html::placeholder(html));
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
    each(|_, html| html::ids(html));
}

#[test]
fn every_input_has_a_label() {
    each(|_, html| html::labels(html));
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
    each(|_, html| html::nesting(html));
}
