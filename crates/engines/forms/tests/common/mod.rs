//! Small forms for tests.
#![allow(dead_code, reason = "each test takes what it needs")]

use jiff::civil::{Date, date};
use serde_json::Value;
use wegfrei_forms::{Code, Finding, Form};

pub const TODAY: Date = date(2026, 8, 12);

/// An element: `what` is the kind's XML, or the items of a group.
pub fn element(id: &str, occurs: &str, what: &str) -> String {
    placed(id, occurs, &format!("<x:name>Name {id}</x:name>{what}"))
}

/// An element that is called so, among experts and on the page.
pub fn named(id: &str, name: &str, occurs: &str, what: &str) -> String {
    let labels = ["name", "bezeichnungEingabe", "bezeichnungAusgabe"].map(|tag| format!("<x:{tag}>{name}</x:{tag}>"));
    placed(id, occurs, &format!("{}{what}", labels.concat()))
}

fn placed(id: &str, occurs: &str, inside: &str) -> String {
    let tag = if id.starts_with('G') {
        "datenfeldgruppe"
    } else {
        "datenfeld"
    };
    format!(
        "<x:struktur><x:anzahl>{occurs}</x:anzahl><x:enthaelt><x:{tag}><x:identifikation><x:id>{id}</x:id></x:identifikation>\
         {inside}</x:{tag}></x:enthaelt></x:struktur>"
    )
}

pub fn of_way(way: &str, kind: &str) -> String {
    format!("<x:feldart><code>{way}</code></x:feldart><x:datentyp><code>{kind}</code></x:datentyp>")
}

pub fn of_type(kind: &str) -> String {
    of_way("input", kind)
}

pub fn rule(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<x:regel><x:identifikation><x:id>R1</x:id></x:identifikation><x:freitextRegel>{text}</x:freitextRegel></x:regel>"
    )
}

pub fn xml(content: &str) -> String {
    format!(
        "<x:xdatenfelder.stammdatenschema.0102 xmlns:x=\"urn:xoev-de:fim:standard:xdatenfelder_3.0.0\"><x:stammdatenschema>\
         <x:identifikation><x:id>S1</x:id></x:identifikation><x:name>Probe</x:name>{content}\
         </x:stammdatenschema></x:xdatenfelder.stammdatenschema.0102>"
    )
}

/// A form, with what was found.
pub fn parsed(content: &str) -> Form {
    Form::parse(&xml(content)).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

/// A form without findings.
pub fn form(content: &str) -> Form {
    let form = parsed(content);
    assert_eq!(form.findings(), []);
    form
}

/// The findings of a form that is read.
pub fn findings(content: &str) -> Vec<Finding> {
    parsed(content).findings().to_vec()
}

/// Paths and codes of the problems of `data`.
pub fn check(form: &Form, data: &Value, expected: &[(&str, Code)]) {
    let problems = form.evaluate(data, TODAY).problems;
    let found: Vec<(&str, Code)> = problems
        .iter()
        .map(|problem| (problem.path.as_str(), problem.code))
        .collect();
    assert_eq!(found, expected, "{data}: {problems:#?}");
}

/// A form with fields of all kinds and a rule of this sentence.
pub fn with(sentence: &str) -> Form {
    let field = |id: &str, kind: &str| element(id, "0:1", &of_type(kind));
    let choice = |options: &[(&str, &str)]| {
        let option =
            |(code, name): &(&str, &str)| format!("<x:wert><x:code>{code}</x:code><x:name>{name}</x:name></x:wert>");
        let options: String = options.iter().map(option).collect();
        of_way("select", "text") + &format!("<x:werte>{options}</x:werte>")
    };
    let fields = [
        field("F1", "bool"),
        field("F2", "text"),
        field("F3", "date"),
        field("F4", "date"),
        field("F5", "num_int"),
        field("F6", "num_int"),
        element(
            "F7",
            "0:1",
            &choice(&[("001", "innen"), ("002", "in Bayern"), ("003", "ohne festen Wohnsitz")]),
        ),
        field("F8", "text"),
        field("F10", "num_int"),
        element(
            "F13",
            "0:1",
            &("<x:bezeichnungEingabe>Geburtsdatum</x:bezeichnungEingabe>".to_owned() + &of_type("date")),
        ),
        element("F14", "0:*", &of_type("text")),
        element("F16", "0:1", &choice(&[("001", "Ja"), ("002", "Nein")])),
        element("F17", "0:*", &of_type("num_int")),
        field("F18", "num_currency"),
        field("F33", "bool"),
        element("G1", "0:1", &(field("F11", "text") + &field("F12", "text"))),
    ];
    parsed(&(rule(sentence) + &fields.concat()))
}

/// The sentence is understood so.
pub fn reads(sentence: &str, expected: &[&str]) {
    let form = with(sentence);
    assert_eq!(form.findings(), [], "{sentence}");
    let readings = form.readings();
    assert_eq!(readings[0].1, expected, "{sentence}");
}

/// The rule is not applied: reading stopped at these words, for this reason.
pub fn stops(sentence: &str, at: &str, reason: &str) {
    let form = with(sentence);
    assert_eq!(form.executable_rules(), 0, "{sentence}: {:?}", form.readings());
    let message = &form.findings()[0].message;
    assert!(message.contains(&format!("stopped at `{at}")), "{sentence}: {message}");
    assert!(message.contains(reason), "{sentence}: {message}");
}
