//! Small forms for tests.
#![allow(dead_code, reason = "each test takes what it needs")]

use jiff::civil::{Date, date};
use serde_json::Value;
use wegfrei_forms::{Code, Finding, Form};

pub const TODAY: Date = date(2026, 8, 12);

/// An element: `what` is the kind's XML, or the items of a group.
pub fn element(id: &str, occurs: &str, what: &str) -> String {
    let tag = if id.starts_with('G') {
        "datenfeldgruppe"
    } else {
        "datenfeld"
    };
    format!(
        "<x:struktur><x:anzahl>{occurs}</x:anzahl><x:enthaelt><x:{tag}><x:identifikation><x:id>{id}</x:id></x:identifikation>\
         <x:name>Name {id}</x:name>{what}</x:{tag}></x:enthaelt></x:struktur>"
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
