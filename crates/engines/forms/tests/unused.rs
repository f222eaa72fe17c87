//! What of a file changes its meaning and is not used is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{element, findings, form, of_type, of_way};
use serde_json::json;

fn told(content: &str, what: &str) {
    let findings = findings(content);
    assert_eq!(findings.len(), 1, "{content}: {findings:?}");
    assert!(findings[0].message.contains(what), "{findings:?}");
    assert!(!findings[0].help.is_empty());
}

/// A rule with these parts beside its sentence, and a field for it.
fn rule_with(parts: &str) -> String {
    let sentence = "<x:freitextRegel>F1 muss befüllt sein.</x:freitextRegel>";
    format!("<x:regel><x:identifikation><x:id>R1</x:id></x:identifikation>{sentence}{parts}</x:regel>")
        + &element("F1", "0:1", &of_type("text"))
}

#[test]
fn a_mandatory_object_has_no_control() {
    told(&element("F1", "1:1", &of_type("obj")), "no page has a control");
    form(&element("F1", "0:1", &of_type("obj")));
}

#[test]
fn several_options_at_once_are_told() {
    let select = |many: &str| {
        let options = "<x:werte><x:wert><x:code>a</x:code><x:name>A</x:name></x:wert></x:werte>";
        of_way("select", "text") + options + &format!("<x:multiselect>{many}</x:multiselect>")
    };
    told(&element("F1", "0:1", &select("true")), "`multiselect` is not read");
    form(&element("F1", "0:1", &select("false")));
    form(&element("F1", "0:*", &select("true")));
}

#[test]
fn what_a_rule_says_beside_its_sentences_is_told() {
    let message = "<x:fehler><x:severity>error</x:severity><x:nachricht>Zu viel.</x:nachricht></x:fehler>";
    told(&rule_with(message), "`fehler` of the rule R1");
    told(&rule_with("<x:skript>F1 = 1</x:skript>"), "`skript` of the rule R1");
    told(
        &rule_with("<x:param><x:elementpfad>F1</x:elementpfad></x:param>"),
        "`param` of the rule R1",
    );
    told(
        &rule_with("<x:ziel><x:elementpfad>F1</x:elementpfad></x:ziel>"),
        "`ziel` of the rule R1",
    );
    for nothing in [
        "<x:skript/>",
        "<x:fehler> </x:fehler>",
        "<x:script>function script() {}</x:script>",
    ] {
        let form = form(&rule_with(nothing));
        assert_eq!(form.executable_rules(), 1);
    }
    // A rule without sentences is not lost either.
    let only = "<x:regel><x:identifikation><x:id>R2</x:id></x:identifikation><x:skript>F1 = 1</x:skript></x:regel>";
    told(
        &(only.to_owned() + &element("F1", "0:1", &of_type("text"))),
        "`skript` of the rule R2",
    );
    let form = form(&rule_with(""));
    assert_eq!(form.prune(&json!({ "F1": "x" })), json!({ "F1": "x" }));
}
