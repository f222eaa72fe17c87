//! Files made to cost time, memory or stack: an answer or a finding, soon.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{TODAY, element, findings, of_type, of_way, parsed, rule, xml};
use serde_json::json;
use wegfrei_forms::{CodeList, Form};

fn yes_no(count: usize) -> String {
    (1..=count)
        .map(|at| element(&format!("F{at}"), "0:1", &of_type("bool")))
        .collect()
}

/// On a stack of one megabyte.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run);
    thread.unwrap().join().unwrap();
}

#[test]
fn a_rule_with_too_many_cases_to_compare_is_a_finding() {
    // Every answer changes whether an odd number of them is yes.
    let odd = |count: usize| {
        (2..=count).fold("F1 = Ja".to_owned(), |odd, at| {
            format!("entweder ({odd}) oder (F{at} = Ja)")
        })
    };
    let sentences = |count: usize| {
        let odd = odd(count);
        rule(&format!("WENN {odd}, DANN zeige F20. WENN nicht ({odd}), DANN blende F20 aus. ").repeat(2))
    };
    let findings = findings(&(sentences(10) + &yes_no(20)));
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].message.contains("too many cases"), "{findings:?}");
    // A few of them are compared, and so are many that are simple.
    let form = parsed(&(sentences(4) + &yes_no(20)));
    assert_eq!((form.findings().len(), form.executable_rules()), (0, 1));
    let all: Vec<String> = (1..=9).map(|at| format!("F{at}=1")).collect();
    let sentence = format!("wenn {} zeige F10. ", all.join(" und "));
    let form = parsed(&(rule(&sentence.repeat(200)) + &yes_no(10)));
    assert_eq!((form.findings().len(), form.executable_rules()), (0, 1));
}

#[test]
fn words_that_open_each_other_do_not_exhaust_the_stack() {
    on_a_small_stack(|| {
        let fields = element("F1", "0:1", &of_type("date"))
            + &element("F2", "0:1", &of_type("text"))
            + &element("F3", "0:1", &of_type("num_int"));
        let long = |start: &str, word: &str, end: &str| {
            let count = (19_900 - start.len() - end.len()) / word.len();
            rule(&format!("{start}{}{end}", word.repeat(count)))
        };
        for (start, word, end) in [
            ("wenn ", "jahr ", "F1 = 2, zeige F2."),
            ("wenn ", "das jahr der ", "F1 = 2, zeige F2."),
            ("wenn F1 vor ", "1 tag und ", "1 tag nach F1, zeige F2."),
            ("wenn F1 nach ", "1 tag nach ", "heute, zeige F2."),
            ("wenn F2 eine ", "A gesetzt,deren code ", "= 1, zeige F3."),
            ("wenn F2 eine ", "A gesetzt, der ", "zur B gehört, zeige F3."),
            ("wenn F1 nach heute", " - 1 tag", ", zeige F2."),
            ("wenn F3 = F3", " * F3", ", zeige F2."),
            ("wenn F3 = F3", " + F3", ", zeige F2."),
            ("wenn ", "(", "F3 = 1, zeige F2."),
            ("wenn ", "nicht (", "F3 = 1, zeige F2."),
            ("wenn ", "entweder ", "F3 = 1, zeige F2."),
            ("wenn ", "nicht ", "F3 = 1, zeige F2."),
            ("wenn F3 = 1, zeige F2", ", sonst zeige F2", "."),
        ] {
            let form = parsed(&(long(start, word, end) + &fields));
            let deep = word.contains("jahr") || word.contains("tag und") || word.contains("deren");
            let told = form.findings().first().map_or("", |finding| finding.message.as_str());
            assert!(!deep || told.contains("nested too deeply"), "{word}: {told}");
            let _ = form.evaluate(&json!({ "F1": "2026-01-01", "F2": "x", "F3": 1 }), TODAY);
        }
    });
}

fn list(columns: usize, rows: usize) -> String {
    let columns: String = (0..columns).map(|at| format!("<Column Id=\"c{at}\"/>")).collect();
    let row = |at: usize| {
        format!(
            "<Row><Value ColumnRef=\"c1\"><SimpleValue>{at}</SimpleValue></Value><Value ColumnRef=\"c0\"><SimpleValue>k{at}</SimpleValue></Value></Row>"
        )
    };
    let rows: String = (0..rows).map(row).collect();
    format!(
        "<CodeList><Identification><CanonicalUri>urn:x</CanonicalUri></Identification><ColumnSet>{columns}</ColumnSet>\
         <SimpleCodeList>{rows}</SimpleCodeList></CodeList>"
    )
}

#[test]
fn a_code_list_with_too_many_columns_is_refused() {
    let error = CodeList::parse(&list(51, 1)).unwrap_err();
    assert!(error.message.contains("51 columns"), "{error:?}");
    let given = CodeList::parse(&list(50, 2)).unwrap();
    let field = of_way("select", "text")
        + "<x:codelisteReferenz><x:canonicalIdentification>urn:x</x:canonicalIdentification></x:codelisteReferenz>";
    let form = Form::parse_with(&xml(&element("F1", "0:1", &field)), &[given]).unwrap();
    assert_eq!(form.findings(), []);
    let shown = form.field("F1").unwrap().display(&json!("k1"));
    assert_eq!(shown, "1", "the second column names the key");
}

#[test]
fn many_options_are_compared_once() {
    let options: String = (0..60_000)
        .map(|at| format!("<x:wert><x:code>{at}</x:code><x:name>n</x:name></x:wert>"))
        .collect();
    let field = |more: &str| of_way("select", "text") + &format!("<x:werte>{options}{more}</x:werte>");
    assert_eq!(parsed(&element("F1", "0:1", &field(""))).findings(), []);
    let twice = field("<x:wert><x:code>59999</x:code><x:name>n</x:name></x:wert>");
    let findings = Form::parse(&xml(&element("F1", "0:1", &twice))).unwrap_err();
    assert!(findings[0].message.contains("`59999` stands twice"), "{findings:?}");
}

#[test]
fn patterns_share_one_budget() {
    let field = |at: usize| {
        let limit = format!("<x:praezisierung pattern=\"[a-z]{{{}}}\"/>", 7_000 + at);
        element(&format!("F{at}"), "0:1", &(of_type("text") + &limit))
    };
    let fields: String = (1..=400).map(field).collect();
    let findings = findings(&fields);
    let told = findings
        .iter()
        .find(|finding| finding.message.contains("too large together"));
    assert!(told.is_some(), "{:?}", findings.first());
    // The same pattern many times counts once.
    let same: String = (1..=2_000)
        .map(|at| {
            let pattern = "<x:praezisierung pattern=\"[a-zà-ü]{200}\"/>";
            element(&format!("F{at}"), "0:1", &(of_type("text") + pattern))
        })
        .collect();
    assert_eq!(parsed(&same).findings(), []);
    // Those of rules too.
    let sentence = |at: usize| format!("F1 muss dem Muster \"[a-z]{{{}}}\" entsprechen. ", 7_000 + at);
    let rules: String = (0..400).map(|at| rule(&sentence(at))).collect();
    let form = parsed(&(rules + &element("F1", "0:1", &of_type("text"))));
    assert!(form.executable_rules() < 400);
    assert!(
        form.findings()[0].message.contains("too large together"),
        "{:?}",
        form.findings()[0]
    );
}

#[test]
fn at_most_so_many_findings_are_told() {
    let notes: String = (1..=5_000)
        .map(|at| {
            let broken = "<x:praezisierung pattern=\"(\"/>";
            element(&format!("F{at}"), "0:1", &(of_type("text") + broken))
        })
        .collect();
    let rules = rule("Unlesbar.");
    let findings = findings(&(rules + &notes));
    assert_eq!(findings.len(), 201);
    assert!(findings[200].message.contains("4801 more"), "{:?}", findings[200]);
    assert!(
        findings.iter().any(|finding| finding.message.starts_with("rule ")),
        "what is not applied is told first"
    );
}

#[test]
fn columns_are_characters_also_far_to_the_right() {
    // One line, with characters of several bytes across all steps of the index.
    let fields: String = (1..=300)
        .map(|at| {
            let name = "ß€𝄞a".repeat(at % 7 + 1);
            let broken = if at % 50 == 0 {
                "<x:praezisierung pattern=\"(\"/>"
            } else {
                ""
            };
            element(
                &format!("F{at}"),
                "0:1",
                &format!(
                    "<x:bezeichnungEingabe>{name}</x:bezeichnungEingabe>{}{broken}",
                    of_type("text")
                ),
            )
        })
        .collect();
    let text = xml(&format!("\n{fields}"));
    let form = Form::parse(&text).unwrap();
    assert_eq!(form.findings().len(), 6);
    for finding in form.findings() {
        let line = text.lines().nth(finding.line as usize - 1).unwrap();
        let there: String = line.chars().skip(finding.column as usize - 1).take(13).collect();
        assert_eq!(there, "<x:datenfeld>", "{finding:?}");
    }
}

#[test]
fn a_limit_is_a_number() {
    for (kind, limit) in [
        ("num", "NaN"),
        ("num", "inf"),
        ("num", "-infinity"),
        ("num", "1e999"),
        ("num_currency", "NaN"),
        ("num_currency", "inf"),
    ] {
        let field = of_type(kind) + &format!("<x:praezisierung maxValue=\"{limit}\"/>");
        let findings = Form::parse(&xml(&element("F1", "0:1", &field))).unwrap_err();
        assert!(
            findings[0].message.contains(&format!("`{limit}` is not a limit")),
            "{findings:?}"
        );
    }
}

#[test]
fn rules_share_one_budget() {
    let odd = (2..=8).fold("F1 = Ja".to_owned(), |odd, at| {
        format!("entweder ({odd}) oder (F{at} = Ja)")
    });
    let sentence = format!("WENN {odd}, DANN zeige F20. WENN nicht ({odd}), DANN blende F20 aus. ").repeat(2);
    let fields = yes_no(20);
    let one = parsed(&(rule(&sentence) + &fields));
    assert_eq!((one.findings().len(), one.executable_rules()), (0, 1));
    let many = parsed(&(rule(&sentence).repeat(60) + &fields));
    let told = |form: &Form, what: &str| form.findings().iter().any(|finding| finding.message.contains(what));
    assert!(many.executable_rules() > 0);
    assert!(told(&many, "all rules of this file"), "{:?}", many.findings().first());
    // Alternatives that are tried count too.
    let long = rule(&"wenn F1=1 und F2=1 und F3=1 und F4=1 zeige F10. ".repeat(380));
    let one = parsed(&(long.clone() + &fields));
    assert_eq!((one.findings().len(), one.executable_rules()), (0, 1));
    let many = parsed(&(long.repeat(60) + &fields));
    assert!(told(&many, "too long together"), "{:?}", many.findings().first());
}

#[test]
fn the_values_of_long_conditions_are_looked_at_once() {
    let values: Vec<String> = (0..1_500).map(|at| format!("\"a{at}\"")).collect();
    let sentence = rule(&format!("WENN F2 = {}, DANN zeige F1.", values.join(", ")));
    let fields = element("F1", "0:1", &of_type("bool")) + &element("F2", "0:1", &of_type("text"));
    let many = parsed(&(sentence.repeat(60) + &fields));
    assert_eq!((many.findings().len(), many.executable_rules()), (0, 60));
}

#[test]
fn elements_are_found_by_name_without_looking_at_all_of_them() {
    let fields: String = (1..=15_000)
        .map(|at| element(&format!("F{at}"), "0:1", &of_type("bool")))
        .collect();
    let terms: Vec<String> = (1..=400).map(|at| format!("Feld \"name f{at}\" = Ja")).collect();
    let form = parsed(&(rule(&format!("WENN {}, DANN zeige F15000.", terms.join(" und "))) + &fields));
    assert_eq!((form.findings().len(), form.executable_rules()), (0, 1));
}

#[test]
fn each_of_many_values_is_looked_at_once() {
    let inner = element("G2", "0:*", &element("F1", "0:1", &of_type("num_int")));
    let rules = rule("WENN jeder Wert in F1 größer als 3 ist, DANN zeige F2.").repeat(10);
    let form = parsed(&(rules + &element("G1", "0:*", &inner) + &element("F2", "0:1", &of_type("text"))));
    assert_eq!((form.findings().len(), form.executable_rules()), (0, 10));
    let rows = |last: i64| {
        let mut rows = vec![json!({ "F1": 4 }); 100];
        rows[99] = json!({ "F1": last });
        json!({ "G1": vec![json!({ "G2": rows }); 100] })
    };
    assert!(!form.evaluate(&rows(4), TODAY).hidden.contains("F2"));
    assert!(form.evaluate(&rows(3), TODAY).hidden.contains("F2"));
}
