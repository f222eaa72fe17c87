//! A rule is read whole and as it says, or not at all: no word is lost that denies, counts or orders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{TODAY, element, form, of_type, reads, stops, with};
use serde_json::{Value, json};

/// The sentence reads so, without its end: `show F2` follows.
fn shows(condition: &str, expected: &str) {
    reads(
        &format!("WENN {condition}, DANN zeige F2."),
        &[&format!("{expected} → show F2")],
    );
}

fn never_shows(condition: &str, at: &str, reason: &str) {
    stops(&format!("WENN {condition}, DANN zeige F2."), at, reason);
}

/// Whether the answers break the rule.
fn breaks(sentence: &str, cases: &[(Value, bool)]) {
    let form = with(sentence);
    assert_eq!(form.findings(), [], "{sentence}");
    for (data, expected) in cases {
        let broken = !form.evaluate(data, TODAY).problems.is_empty();
        assert_eq!(broken, *expected, "{sentence}: {data}");
    }
}

#[test]
fn an_answer_behind_an_id_is_no_name() {
    shows("F1 \"Nein\" ausgewählt ist", "F1 = nein");
    shows("F1 (Nein) ausgewählt ist", "F1 = nein");
    shows("in F16 „Nein“ ausgewählt wurde", "F16 = `002`");
    shows("F7 \"ohne festen Wohnsitz\" nicht ausgewählt ist", "not F7 = `003`");
    shows("F5 \"3\" eingetragen ist", "F5 = 3");
    shows("F1 \"Name F1\" \"Nein\" ausgewählt ist", "F1 = nein");
    // A name of an earlier version, where no answer can be meant.
    shows("F1 \"Frühere Frage\" ausgewählt ist", "F1 = ja");
    shows("F8 \"Frühere Frage\" befüllt ist", "F8 filled");
    shows("F8 \"Anderer Name\" eingetragen ist", "F8 filled");
    shows("F7 \"Frühere Frage\" = 001", "F7 = `001`");
    for (condition, at) in [
        ("F8 \"DE123\" eingetragen ist", "\"DE123\""),
        ("F7 \"ohne Wohnsitz\" ausgewählt ist", "\"ohne Wohnsitz\""),
        ("(F1 \"Nein\") ausgewählt ist", "\"Nein\""),
        ("\"Nein\" (F1) ausgewählt ist", "\"Nein\""),
        ("F8 Verein eingetragen ist", "Verein"),
    ] {
        never_shows(condition, at, "name");
    }
}

#[test]
fn nothing_is_nearer_than_less_than_so_far() {
    shows(
        "F3 weniger als 6 Monate vor F4 liegt",
        "(F3 > F4 -6 months +0 days and F3 ≤ F4)",
    );
    shows(
        "F3 kürzer als 14 Tage nach F4 liegt",
        "(F3 < F4 +0 months +14 days and F3 ≥ F4)",
    );
    shows(
        "F3 unter 6 Monate vor F4 liegt",
        "(F3 > F4 -6 months +0 days and F3 ≤ F4)",
    );
    shows("F3 über 6 Monate vor F4 liegt", "F3 < F4 -6 months +0 days");
    reads(
        "F3 darf nicht weniger als 14 Tage vor F4 liegen.",
        &["always → demand (F3 empty or F4 empty or not F3 > F4 +0 months -14 days)"],
    );
    // The earliest and the latest day are days, on whichever side.
    reads(
        "F3 muss spätestens 14 Tage vor F4 liegen.",
        &["always → demand (F3 empty or F4 empty or not F3 > F4 +0 months -14 days)"],
    );
    reads(
        "F3 darf frühestens 3 Monate vor F4 liegen.",
        &["always → demand (F3 empty or F4 empty or not F3 < F4 -3 months +0 days)"],
    );
    never_shows("F3 kleiner als 6 Monate vor F4 ist", "6 Monate", "on which side");
    stops("F3 darf weniger als 14 Tage vor F4 liegen.", "", "`darf` allows");
}

#[test]
fn not_both_empty_is_one_filled() {
    let one = "always → demand (F2 filled or F8 filled)";
    let few = "always → demand 0..1 of (F2 filled, F8 filled)";
    reads("F2 und F8 dürfen nicht beide leer sein.", &[one]);
    reads("F2 und F8 dürfen nicht gleichzeitig leer sein.", &[one]);
    reads("F2 und F8 dürfen nicht zusammen leer sein.", &[one]);
    reads("F2 und F8 dürfen nicht beide befüllt sein.", &[few]);
    reads("F2 und F8 können nicht gleichzeitig befüllt sein.", &[few]);
    reads(
        "F2 und F8 dürfen beide nicht befüllt sein.",
        &["always → hide F2, hide F8"],
    );
    reads(
        "F2 und F8 müssen beide befüllt sein.",
        &["always → require F2, require F8"],
    );
    for sentence in [
        "F2 und F8 dürfen nicht gleichzeitig angezeigt werden.",
        "F2 und F8 sind nicht beide ein Pflichtfeld.",
        "F2 und F8 müssen gleichzeitig befüllt sein.",
        "F2, F8 und F5 dürfen nicht beide leer sein.",
        "Alle Felder F2 und F8 dürfen leer bleiben.",
    ] {
        stops(sentence, "", "how many");
    }
}

#[test]
fn a_list_behind_a_negation_or_an_order_is_no_equality() {
    shows("F7 nicht 001 oder 002", "not (F7 = `001` or F7 = `002`)");
    shows("F7 <> 001 und <> 002", "(F7 ≠ `001` and F7 ≠ `002`)");
    shows("F5 > 3 und < 10", "(F5 > 3 and F5 < 10)");
    shows("F5 nicht größer als 10 und nicht leer", "(not F5 > 10 and F5 filled)");
    for (condition, at) in [
        ("F7 nicht 001 und 002", ""),
        ("F7 nicht mit 001 und 002 belegt ist", ""),
        ("F7 nicht 001, 002 und 003", ""),
        ("F6 > F10 und F5", ""),
        ("F6 größer als F10 oder F5", ""),
        ("F5 größer als 3 oder 5", ""),
        ("F3 nach F4 und F13 liegt", ""),
    ] {
        never_shows(condition, at, "");
    }
    stops("F5 darf nicht < 1 und > 5 sein.", "> 5", "`nicht` before `und`");
    never_shows("F5 nicht > 5 und < 10", "< 10", "`nicht` before `und`");
}

#[test]
fn words_that_deny_or_count_are_no_name() {
    for word in [
        "mindestens",
        "höchstens",
        "keinesfalls",
        "weder",
        "niemals",
        "maximal",
        "vor",
        "(nicht)",
        "Mindestens",
    ] {
        let kind = if word.contains("stens") || word == "maximal" {
            "F5"
        } else {
            "F7"
        };
        never_shows(&format!("{kind} {word} = 001"), "", "");
    }
    never_shows("F1 keinesfalls = \"Ja\"", "keinesfalls", "");
    shows("F5 Frühere Bezeichnung der Zahl = 18", "F5 = 18");
}

#[test]
fn ages_are_completed_years() {
    shows("das Alter aus F13 < 18", "F13 > today -216 months +0 days");
    shows("das Alter aus F13 <= 17", "F13 > today -216 months +0 days");
    shows(
        "das Alter aus F13 höchstens 17 Jahre beträgt",
        "F13 > today -216 months +0 days",
    );
    shows("das Alter aus F13 > 17", "F13 ≤ today -216 months +0 days");
    shows("das Alter aus F13 >= 18", "F13 ≤ today -216 months +0 days");
    shows(
        "das Alter aus F13 = 18",
        "(F13 ≤ today -216 months +0 days and F13 > today -228 months +0 days)",
    );
    shows("F13 < 18 Jahre", "F13 > today -216 months +0 days");
    shows("F13 >= 18 Jahre", "F13 ≤ today -216 months +0 days");
    shows("F13 mindestens 18 Jahre alt ist", "F13 ≤ today -216 months +0 days");
    shows(
        "F13 das 18. Lebensjahr vollendet hat",
        "F13 ≤ today -216 months +0 days",
    );
    shows(
        "F13 das 18. Lebensjahr noch nicht vollendet hat",
        "not F13 ≤ today -216 months +0 days",
    );
    reads(
        "F13 muss das 18. Lebensjahr vollendet haben.",
        &["always → demand (F13 empty or not F13 > today -216 months +0 days)"],
    );
    shows(
        "die Person F13 höchstens 17 Jahre alt ist",
        "F13 > today -216 months +0 days",
    );
    // What is no day of birth has no birthday.
    shows("F3 älter als 3 Jahre ist", "F3 < today -36 months +0 days");
    shows("F13 älter als 3 Monate ist", "F13 < today -3 months +0 days");
    never_shows("F3 = 18 Jahre", "", "an age is compared");
    // Of a person it is not clear whether the year that has begun counts.
    for condition in [
        "F13 älter als 18 Jahre ist",
        "F13 nicht älter als 18 Jahre ist",
        "F13 > 18 Jahre",
        "F13 über 18 Jahre ist",
        "F13 mehr als 18 Jahre alt ist",
        "F13 <= 17 Jahre",
    ] {
        never_shows(condition, "", "Jahre alt`");
    }
    stops("F13 darf nicht älter als 18 Jahre sein.", "", "Jahre alt`");
}

#[test]
fn a_day_of_birth_is_called_so() {
    let day = |name: &str| {
        let name = format!("<x:bezeichnungEingabe>{name}</x:bezeichnungEingabe>");
        let rule = common::rule("WENN F1 jünger als 3 Jahre ist, DANN zeige F2.");
        form(&(rule + &element("F1", "0:1", &(name + &of_type("date"))) + &element("F2", "0:1", &of_type("text"))))
    };
    let old = |name: &str| {
        let name = format!("<x:bezeichnungEingabe>{name}</x:bezeichnungEingabe>");
        let rule = common::rule("WENN F1 höchstens 3 Jahre zurück, DANN zeige F2.");
        form(&(rule + &element("F1", "0:1", &(name + &of_type("date"))) + &element("F2", "0:1", &of_type("text"))))
    };
    for name in [
        "Geburtsdatum",
        "Geburtstag",
        "Tag der Geburt",
        "Wann sind Sie geboren?",
        "Ihr Geburtsdatum",
    ] {
        assert_eq!(
            day(name).readings()[0].1,
            ["F1 > today -36 months +0 days → show F2"],
            "{name}"
        );
    }
    assert_eq!(
        old("Ausstellungsdatum der Geburtsurkunde").readings()[0].1,
        ["F1 ≥ today -36 months +0 days → show F2"]
    );
    // Whoever is so old is a person.
    shows("F3 höchstens 17 Jahre alt ist", "F3 > today -216 months +0 days");
    never_shows("F3 mehr als 17 Jahre alt ist", "", "Jahre alt`");
}

#[test]
fn a_word_that_joins_is_not_the_end_of_a_name_that_holds_it() {
    let called = "<x:bezeichnungEingabe>Kranken- und Pflegeversicherung</x:bezeichnungEingabe>".to_owned();
    let fields = element("F1", "0:1", &(called + &of_type("bool"))) + &element("F33", "0:1", &of_type("bool"));
    for name in ["", " Pflegeversicherung", " Kranken- und Pflegeversicherung"] {
        let sentence = format!("WENN F33 = Ja, DANN aktiviere F1{name} UND mache es zu einer Pflichtangabe.");
        let form = form(&(common::rule(&sentence) + &fields));
        assert_eq!(form.readings()[0].1, ["F33 = ja → show F1, require F1"], "{sentence}");
    }
}

#[test]
fn a_literal_on_the_left_is_of_the_kind_of_the_right_side() {
    shows("5 < F5", "F5 > 5");
    for condition in ["18 <= F13", "5 < F8", "5 < F1", "5 < F7"] {
        never_shows(condition, "", "not of one kind");
    }
}

#[test]
fn what_the_limits_of_a_field_leave_open_may_hold() {
    let limits = |least: i64, most: i64, condition: &str| {
        let field = of_type("num_int") + &format!("<x:praezisierung minValue=\"{least}\" maxValue=\"{most}\"/>");
        let rule = common::rule(&format!("WENN {condition}, DANN zeige F2."));
        common::parsed(&(rule + &element("F5", "0:1", &field) + &element("F2", "0:1", &of_type("text"))))
    };
    let held = limits(18, 99, "F5 > 10 und F5 < 65");
    assert_eq!(held.findings(), []);
    let never = limits(70, 99, "F5 > 10 und F5 < 65");
    assert!(
        never.findings()[0].message.contains("never holds"),
        "{:?}",
        never.findings()
    );
    let always = limits(18, 60, "F5 leer oder F5 < 65");
    assert!(
        always.findings()[0].message.contains("always holds"),
        "{:?}",
        always.findings()
    );
    // Euros, whose limits are kept in cents.
    let field = of_type("num_currency") + "<x:praezisierung minValue=\"18\" maxValue=\"99\"/>";
    let rule = common::rule("WENN F5 > 10 und F5 < 65, DANN zeige F2.");
    form(&(rule + &element("F5", "0:1", &field) + &element("F2", "0:1", &of_type("text"))));
}

#[test]
fn more_than_there_are_cannot_be_asked_for() {
    for sentence in [
        "Es müssen mindestens drei der Felder F2, F8 befüllt sein.",
        "Genau drei der Felder F2, F8 müssen befüllt sein.",
        "Mindestens drei der Felder F5, F6 müssen größer als 10 sein.",
        "WENN mindestens drei der Felder F2, F8 befüllt sind, DANN zeige F5.",
    ] {
        stops(sentence, "", "not so many");
    }
    stops("F2 muss nicht leer sein.", "nicht leer", "`muss nicht`");
    stops("F2 kann nicht leer sein.", "nicht leer", "what must be");
}

#[test]
fn a_remark_says_nothing_of_its_own() {
    for remark in [
        "Anmerkung: Gilt nicht für Vereine.",
        "Anmerkung: Gilt \"im Regelfall\".",
        "D.h. ohne Angabe geht es weiter.",
        "Erläuterung: Höchstens drei Angaben.",
        "Beispiel: „Verein“ zählt.",
    ] {
        stops(&format!("F1 muss befüllt sein. {remark}"), "", "");
    }
    reads(
        "F1 muss befüllt sein. Anmerkung: Das ist neu seit dem Jahr 2024.",
        &["always → require F1"],
    );
}

#[test]
fn what_need_not_be_is_not_forbidden() {
    for (sentence, at) in [
        ("F5 muss nicht größer als 0 sein.", "nicht größer"),
        ("F3 muss nicht in der Zukunft liegen.", "nicht in"),
        ("F8 muss keine gültige IBAN sein.", "keine"),
        (
            "Der Zeitraum zwischen F3 und F4 muss nicht länger als 2 Jahre sein.",
            "nicht länger",
        ),
        (
            "Die Summe der Felder F5 und F6 muss nicht größer als 10 sein.",
            "nicht größer",
        ),
        ("F5 muss 100 nicht überschreiten.", "100"),
        ("F2 muss nicht optional sein.", "nicht optional"),
    ] {
        stops(sentence, at, "`muss nicht` leaves it open");
    }
    for sentence in [
        "F2 und F8 müssen nicht beide befüllt sein.",
        "F2 und F8 müssen nicht gleichzeitig leer sein.",
        "Eines der Felder F2, F8 muss nicht leer sein.",
    ] {
        stops(sentence, "", "how many");
    }
    reads("F2 muss nicht befüllt sein.", &["always → leave F2 optional"]);
    reads(
        "F7 muss \"ohne festen Wohnsitz\" sein.",
        &["always → demand (F7 empty or (F7 = `003` and not F7 < `003` and not F7 > `003`))"],
    );
}

#[test]
fn only_says_what_holds_elsewhere_too() {
    reads(
        "F2 darf nur leer bleiben, wenn F1 = Ja.",
        &["F1 = ja → leave F2 optional; else require F2"],
    );
    reads(
        "F2 ist nur optional, wenn F1 = Ja.",
        &["F1 = ja → leave F2 optional; else require F2"],
    );
    reads(
        "F2 muss nur befüllt sein, wenn F1 = Ja.",
        &["F1 = ja → require F2; else leave F2 optional"],
    );
    reads(
        "F2 ist ein Pflichtfeld, aber nur wenn F1 = Ja.",
        &["F1 = ja → require F2; else leave F2 optional"],
    );
    reads("F2 ist nur anzuzeigen, wenn F1 = Ja.", &["F1 = ja → show F2"]);
    let elsewhere = "[BW BE BB HB HH HE MV NI NW RP SL SN ST SH TH]";
    reads(
        "F2 darf nur in Bayern angezeigt werden.",
        &["[BY] always → show F2", &format!("{elsewhere} always → hide F2")],
    );
    reads(
        "F2 muss nur in Bayern befüllt sein.",
        &[
            "[BY] always → require F2",
            &format!("{elsewhere} always → leave F2 optional"),
        ],
    );
    reads(
        "F2 darf in Bayern nur angezeigt werden, wenn F1 = Ja.",
        &["[BY] F1 = ja → show F2"],
    );
    stops(
        "F2 darf nicht nur in Bayern angezeigt werden.",
        "nur in Bayern",
        "`nicht nur`",
    );
    for sentence in [
        "F2 darf nur leer bleiben.",
        "WENN F1 = Ja, DANN darf F2 nur in Bayern angezeigt werden.",
        "F2 darf nur in Bayern angezeigt werden, wenn F1 = Ja.",
        "Es darf nur F2 befüllt sein.",
    ] {
        stops(sentence, "", "what `nur` limits");
    }
}

#[test]
fn a_sentence_that_speaks_of_a_condition_names_it() {
    for (sentence, at) in [
        (
            "WENN F1 = Ja, DANN muss F5 befüllt sein. F2 ist dann ebenfalls ein Pflichtfeld.",
            "dann ebenfalls",
        ),
        (
            "WENN F1 = Ja, DANN muss F5 befüllt sein. Dann muss F2 befüllt sein.",
            "Dann muss F2",
        ),
        ("WENN F1 = Ja, DANN zeige F5. Zugleich ist F2 ausgeblendet.", "Zugleich"),
        (
            "WENN F1 = Ja, DANN zeige F5. Zusätzlich muss F2 befüllt sein.",
            "Zusätzlich",
        ),
        ("F2 ist dann ein Pflichtfeld.", "dann ein"),
    ] {
        stops(sentence, at, "speaks of a condition");
    }
    reads(
        "WENN F1 = Ja, DANN zeige F5. F2 ist dann ein Pflichtfeld, wenn F33 = Ja.",
        &["F1 = ja → show F5", "F33 = ja → require F2"],
    );
    reads(
        "F5 muss befüllt sein. Außerdem muss F2 befüllt sein.",
        &["always → require F5", "always → require F2"],
    );
}

#[test]
fn every_value_of_what_repeats_is_asked() {
    breaks(
        "F17 muss 1 oder 2 sein.",
        &[
            (json!({"F17": [1, 2]}), false),
            (json!({"F17": [1, 99]}), true),
            (json!({}), false),
        ],
    );
    breaks(
        "F17 darf nicht zwischen 5 und 10 liegen.",
        &[(json!({"F17": [3, 12]}), false), (json!({"F17": [3, 7]}), true)],
    );
    breaks(
        "Jeder Wert in F17 muss größer als 3 sein.",
        &[
            (json!({"F17": [4, 5]}), false),
            (json!({"F17": [1, 5]}), true),
            (json!({}), false),
        ],
    );
    breaks(
        "F14 darf nicht mit \"DE\" beginnen.",
        &[(json!({"F14": ["AT"]}), false), (json!({"F14": ["DE1", "AT"]}), true)],
    );
    shows("jeder Wert in F17 größer als 3 ist", "each F17: F17 > 3");
    shows("alle F17 größer als 3 sind", "each F17: F17 > 3");
    shows("F17 größer als 3 ist", "F17 > 3");
    let form = with("WENN alle F17 größer als 3 sind, DANN zeige F2.");
    let hidden = |data: Value| form.evaluate(&data, TODAY).hidden.contains("F2");
    assert!(hidden(json!({"F17": [1, 5]})) && hidden(json!({})) && !hidden(json!({"F17": [4, 5]})));
    never_shows("genau zwei der F17 größer als 3 sind", "", "of which elements");
}

#[test]
fn a_point_behind_a_zero_parts_no_thousands() {
    reads(
        "F18 muss größer als 0.125 sein.",
        &["always → demand (F18 empty or not F18 ≤ 0.125)"],
    );
    reads(
        "F18 muss größer als 1.125 sein.",
        &["always → demand (F18 empty or not F18 ≤ 1125)"],
    );
    // A machine wrote what a field starts with.
    for (kind, written, expected) in [
        ("num", "0.125", json!(0.125)),
        ("num", "1.125", json!(1.125)),
        ("num", "1,5", json!(1.5)),
        ("num_currency", "2.5", json!(250)),
        ("num_currency", "2.50", json!(250)),
        ("num_currency", "2.500,00", json!(250_000)),
        ("num_currency", "1.234.500", json!(123_450_000)),
        ("num_int", "2.500", json!(2500)),
    ] {
        let field = of_type(kind) + &format!("<x:inhalt>{written}</x:inhalt>");
        let form = form(&element("F1", "0:1", &field));
        let proposed = form.evaluate(&json!({}), TODAY).proposed;
        assert_eq!(proposed.get("F1"), Some(&expected), "{kind} {written}");
    }
    // An amount of three decimals may be thousands: nobody starts with a thousandth of what was meant.
    for written in ["2.500", "10.000", "-10.000", "0.125"] {
        let field = of_type("num_currency") + &format!("<x:inhalt>{written}</x:inhalt>");
        let form = common::parsed(&element("F1", "0:1", &field));
        assert!(
            form.findings()[0].message.contains("not an amount"),
            "{:?}",
            form.findings()
        );
        assert_eq!(form.evaluate(&json!({}), TODAY).proposed.get("F1"), None, "{written}");
    }
}

#[test]
fn a_field_of_a_group_is_not_the_group() {
    shows("ein Feld der Gruppe G1 leer ist", "(G1.F11 empty or G1.F12 empty)");
    shows("ein Feld in der Gruppe G1 leer ist", "(G1.F11 empty or G1.F12 empty)");
    shows("jedes Feld der Gruppe G1 leer ist", "(G1.F11 empty and G1.F12 empty)");
    shows(
        "kein Feld der Gruppe G1 befüllt ist",
        "0..0 of (G1.F11 filled, G1.F12 filled)",
    );
    shows("die Felder der Gruppe G1 leer sind", "(G1.F11 empty and G1.F12 empty)");
    shows("das Feld F11 der Gruppe G1 leer ist", "G1.F11 empty");
    never_shows("das Feld der Gruppe G1 leer ist", "", "which field of the group");
    stops("Das Feld in der Gruppe G1 muss leer sein.", "", "");
}

#[test]
fn a_rule_that_contradicts_itself_is_found() {
    let many = |count: usize| {
        let terms: Vec<String> = (0..count).map(|nth| format!("F{} = Ja", 900 + nth)).collect();
        terms.join(" und ")
    };
    let told = |sentence: &str, fields: usize| {
        let fields: String = (0..fields)
            .map(|nth| element(&format!("F{}", 900 + nth), "0:1", &of_type("bool")))
            .collect();
        let text = element("F2", "0:1", &of_type("text"));
        let form = common::parsed(&(common::rule(sentence) + &fields + &text));
        form.findings()
            .iter()
            .map(|finding| finding.message.clone())
            .collect::<String>()
    };
    let (ten, forty) = (many(10), many(40));
    for all in [&ten, &forty] {
        let sentence = format!("WENN {all}, DANN zeige F2. WENN {all}, DANN blende F2 aus.");
        assert!(
            told(&sentence, 40).contains("contradicts itself about `F2`"),
            "{}",
            told(&sentence, 40)
        );
        assert_eq!(
            told(&format!("WENN {all}, DANN zeige F2, SONST blende F2 aus."), 40),
            ""
        );
    }
    for sentence in [
        "WENN F5 > 3, DANN zeige F2. WENN F5 > 3, DANN blende F2 aus.",
        "WENN F5 > 3, DANN zeige F2. WENN F5 > 2, DANN blende F2 aus.",
        "WENN F3 > HEUTE, DANN zeige F2. WENN F3 >= HEUTE, DANN blende F2 aus.",
        "WENN F3 nach dem 1.1.2020 liegt, DANN zeige F2. WENN F3 nach dem 1.1.2021 liegt, DANN blende F2 aus.",
        "WENN F5 + F6 > 3, DANN zeige F2. WENN F5 + F6 > 3, DANN blende F2 aus.",
    ] {
        stops(sentence, "WENN", "contradicts itself about `F2`");
    }
    never_shows("F5 > 3 und F5 < 4", "WENN", "never holds");
    never_shows("F5 > 3 oder F5 <= 3 oder F5 leer", "WENN", "always holds");
    stops("F5 muss größer als 1 oder kleiner als 5 sein.", "", "");
    stops("F5 muss > 1 oder < 5 sein.", "F5", "every answer");
    for sentence in [
        "WENN F5 > 3, DANN zeige F2. WENN F5 <= 3, DANN blende F2 aus.",
        "WENN F13 < 18 Jahre, DANN zeige F2. WENN F13 >= 18 Jahre, DANN blende F2 aus.",
        "WENN F18 > 1,50 und F18 < 1,52, DANN zeige F2. WENN F18 >= 1,52, DANN blende F2 aus.",
    ] {
        assert_eq!(with(sentence).findings(), [], "{sentence}");
    }
    // What the limits of the field ask for too is said twice, and no mistake.
    let positive = of_type("num_int") + "<x:praezisierung minValue=\"1\"/>";
    form(&(common::rule("F1 muss größer als 0 sein.") + &element("F1", "0:1", &positive)));
}

#[test]
fn what_is_reckoned_behind_an_id_is_no_name() {
    shows("F5 - 3 > 10", "(+F5 -3) > 10");
    shows("F5 – 3 > 10", "(+F5 -3) > 10");
    shows("F5 minus 3 > 10", "(+F5 -3) > 10");
    shows("F5 abzüglich 3 > 10", "(+F5 -3) > 10");
    shows("F5 plus 3 > 10", "(+F5 +3) > 10");
    shows("F5 mal 3 > 10", "F5 * 3 > 10");
    shows("F5 × 3 > 10", "F5 * 3 > 10");
    shows("F5 · 3 > 10", "F5 * 3 > 10");
    shows("F5 Name F5 - 3 > 10", "(+F5 -3) > 10");
    shows("F3 - 6 Monate > HEUTE", "F3 -6 months +0 days > today");
    shows("F3 zuzüglich 6 Monate > HEUTE", "F3 +6 months +0 days > today");
    for condition in [
        "F5 / 12 > 10",
        "F5/12 > 10",
        "F5 : 12 > 10",
        "F5 geteilt durch 12 > 10",
        "F5 Name F5 / 12 > 10",
    ] {
        never_shows(condition, "", "");
    }
    // A year in a name is no division.
    shows("F5 Frühere Zahl ab 2019 = 18", "F5 = 18");
}

#[test]
fn what_is_only_a_part_of_an_answer_is_no_name_of_it() {
    for condition in [
        "F8 Länge > 5",
        "F8 Zeichenlänge > 5",
        "F8 letzte Ziffer = 0",
        "F8 erste Stelle = 0",
        "F8 Prüfziffer = 0",
        "F8 Zeichen = 5",
        "F17 Summe = 10",
        "F17 Differenz = 10",
    ] {
        never_shows(condition, "", "");
    }
    // Unless the element is called so.
    let called = element(
        "F1",
        "0:1",
        &("<x:bezeichnungEingabe>Länge des Grundstücks</x:bezeichnungEingabe>".to_owned() + &of_type("num_int")),
    );
    let rule = common::rule("WENN F1 Länge > 5, DANN zeige F2.");
    let form = form(&(rule + &called + &element("F2", "0:1", &of_type("text"))));
    assert_eq!(form.readings()[0].1, ["F1 > 5 → show F2"]);
}

#[test]
fn nothing_is_hidden_that_need_not_be_filled() {
    let few = "always → demand 0..1 of (F2 filled, F8 filled)";
    reads("F2 und F8 dürfen nicht zugleich befüllt sein.", &[few]);
    reads(
        "F2 und F8 dürfen nicht zugleich leer sein.",
        &["always → demand (F2 filled or F8 filled)"],
    );
    stops("F2 darf nicht auch befüllt sein.", "", "");
    reads("F2 ist nicht zwingend zu befüllen.", &["always → leave F2 optional"]);
    reads("F2 muss nicht zwingend befüllt sein.", &["always → leave F2 optional"]);
    reads(
        "F2 ist nicht zwingend ein Pflichtfeld.",
        &["always → leave F2 optional"],
    );
    reads("F2 ist zwingend zu befüllen.", &["always → require F2"]);
    stops("F2 ist nicht zwingend anzuzeigen.", "nicht zwingend", "leaves it open");
    stops("F2 darf nicht zwingend befüllt sein.", "nicht zwingend", "");
    for (sentence, at) in [
        ("Keines der Felder F2, F8 muss befüllt sein.", "befüllt"),
        ("Keines der Felder F5, F6 muss größer als 10 sein.", "größer"),
        ("Höchstens eines der Felder F2, F8 muss befüllt sein.", "befüllt"),
        ("Höchstens eines der Felder F5, F6 muss größer als 10 sein.", "größer"),
    ] {
        stops(sentence, at, "`muss nicht` leaves it open");
    }
    reads(
        "Keines der Felder F2, F8 darf befüllt sein.",
        &["always → demand 0..0 of (F2 filled, F8 filled)"],
    );
    for sentence in [
        "WENN F1 = Ja, DANN zeige F2 nicht als Pflichtfeld an.",
        "WENN F1 = Ja, DANN zeige F2 nicht als optionales Feld an.",
        "WENN F1 = Ja, DANN deaktiviere F2 als Pflichtfeld.",
        "WENN F1 = Ja, DANN ist F2 nicht als Pflichtfeld anzuzeigen.",
        "WENN F1 = Ja, DANN darf F2 nicht als Pflichtfeld angezeigt werden.",
    ] {
        stops(sentence, "", "shown or only");
    }
}

#[test]
fn an_empty_text_is_no_value() {
    shows("F8 = leer", "F8 empty");
    shows("F8 = \"\"", "F8 empty");
    shows("F8 <> leer", "F8 filled");
    shows("F8 <> \"\"", "F8 filled");
    shows("F8 ungleich leer", "F8 filled");
    shows("F8 nicht = leer", "F8 filled");
    shows("F5 = leer", "F5 empty");
    shows("G1 <> leer", "G1 filled");
    shows("F8 = \"a\" oder F8 = leer", "(F8 = `a` or F8 empty)");
    shows("F8 <> leer und F5 > 3", "(F8 filled and F5 > 3)");
    for condition in [
        "F8 = \"a\" oder \"\"",
        "F8 = \"leer\"",
        "F8 = \"a\" oder \"leer\"",
        "F8 = leer oder \"a\"",
        "F8 <> NULL",
        "F8 = nichts",
        "F8 = leer F5",
    ] {
        never_shows(condition, "", "");
    }
}

#[test]
fn an_answer_that_denies_or_counts_is_no_name() {
    for condition in [
        "in F1 \"trifft nicht zu\" ausgewählt ist",
        "in F5 \"mehr als 3\" angegeben ist",
        "\"trifft nicht zu\" (F1) ausgewählt ist",
    ] {
        never_shows(condition, "\"", "name or a value");
    }
    never_shows("(F1 \"trifft nicht zu\") ausgewählt ist", "", "");
    shows("F1 Unzutreffend angekreuzt ist", "F1 = nein");
    shows("in F1 False ausgewählt ist", "F1 = nein");
    shows("F1 \"Frage nach dem Wohnsitz\" = Ja", "F1 = ja");
}

#[test]
fn what_follows_several_elements_is_not_said_of_the_last() {
    for condition in [
        "F5 und F6 größer als 3 und kleiner als 10 sind",
        "eines der Felder F5, F6 größer als 3 und nicht leer ist",
        "kein Eintrag in F5 und F6 vorhanden und = 3",
    ] {
        never_shows(condition, "", "");
    }
    shows(
        "F5 und F6 > 3 und < 10 sind",
        "((F5 > 3 and F5 < 10) and (F6 > 3 and F6 < 10))",
    );
    shows("F5 größer als 3 und kleiner als 10 ist", "(F5 > 3 and F5 < 10)");
}
