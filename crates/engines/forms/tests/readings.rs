//! How sentences are understood, and which are not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{reads, stops};

#[test]
fn a_land_named_for_the_second_field_does_not_bind_the_first() {
    reads(
        "F1 muss befüllt sein und in Bayern muss F2 befüllt sein.",
        &["always → require F1", "[BY] always → require F2"],
    );
    reads(
        "F1 muss in Bayern befüllt sein. F2 muss befüllt sein.",
        &["[BY] always → require F1", "always → require F2"],
    );
    // What was taken for a Land first and is an option.
    reads(
        "F7 muss in Bayern sein.",
        &["always → demand (F7 empty or (F7 = `002` and not F7 < `002` and not F7 > `002`))"],
    );
    stops(
        "F7 muss in Bayern sein. Für die anderen Länder gilt: F1 muss befüllt sein.",
        "",
        "the Länder named before",
    );
}

#[test]
fn a_land_in_one_of_several_clauses_does_not_bind_the_others() {
    for (sentence, at) in [
        ("F1 muss befüllt sein und F2 muss in Bayern befüllt sein.", "F2 muss"),
        ("F1 muss in Bayern befüllt sein und F2 muss befüllt sein.", "F2 muss"),
        ("Es ist F1 auszufüllen und F2 in Bayern ein optionales Feld.", "F2 in"),
        (
            "WENN F5 = 3, DANN muss F1 in Bayern befüllt sein, SONST zeige F2.",
            "SONST zeige",
        ),
        (
            "WENN F5 = 3, DANN muss F1 befüllt sein, SONST muss F2 in Bayern befüllt sein.",
            "SONST muss",
        ),
    ] {
        stops(sentence, at, "for which of them the Land");
    }
    reads(
        "In Bayern muss F1 befüllt sein und F2 muss befüllt sein.",
        &["[BY] always → require F1, require F2"],
    );
    reads(
        "F1 muss in Bayern befüllt sein, wenn F5 = 3.",
        &["[BY] F5 = 3 → require F1"],
    );
}

#[test]
fn a_condition_is_not_lost_before_a_land() {
    for (sentence, at) in [
        (
            "WENN F1 = Ja, DANN zeige F5 und für Bayern muss F2 befüllt sein.",
            "und für",
        ),
        (
            "WENN F1 = Ja, DANN zeige F5 und in Bayern muss F2 befüllt sein.",
            "und in",
        ),
        (
            "WENN F1 = Ja, DANN zeige F5. Und für Bayern muss F2 befüllt sein.",
            "Und für",
        ),
        (
            "WENN F1 = Ja, DANN zeige F5, für Bayern muss F2 befüllt sein.",
            "für Bayern",
        ),
        ("WENN F1 = Ja, DANN zeige F5. Und F2 muss befüllt sein.", "Und F2"),
        // A list of both, of which then something is said.
        ("WENN F1 = Ja, DANN zeige F5\nF2 muss befüllt sein.", "muss befüllt"),
    ] {
        stops(sentence, at, "speaks of a condition");
    }
    for sentence in [
        "WENN F1 = Ja, DANN zeige F5. F2 muss befüllt sein.",
        "WENN F1 = Ja, DANN zeige F5 an\nF2 muss befüllt sein.",
    ] {
        reads(sentence, &["F1 = ja → show F5", "always → require F2"]);
    }
    reads(
        "WENN F1 = Ja, DANN zeige F5 und in Bayern muss F2 befüllt sein, wenn F33 = Ja.",
        &["F1 = ja → show F5", "[BY] F33 = ja → require F2"],
    );
}

#[test]
fn a_negation_before_an_id_in_brackets_counts() {
    reads("Wenn nicht (F1) = Ja, dann zeige F2.", &["not F1 = ja → show F2"]);
    reads(
        "Wenn NICHT (F7 \"Name F7\") = 001, dann zeige F2.",
        &["not F7 = `001` → show F2"],
    );
    reads("Wenn nicht (F1 = Ja), dann zeige F2.", &["not F1 = ja → show F2"]);
    reads(
        "Wenn nicht (F1) = Ja und F5 = 3, dann zeige F2.",
        &["(not F1 = ja and F5 = 3) → show F2"],
    );
}

#[test]
fn a_permission_is_no_obligation() {
    for sentence in [
        "F3 darf in der Zukunft liegen.",
        "F5 darf größer als 10 sein.",
        "F2 darf mit \"DE\" beginnen.",
        "F2 darf aus 5 Ziffern bestehen.",
        "F3 darf vor F4 liegen.",
        "F3 darf älter als 18 Jahre sein.",
        "F5 darf ungleich 5 sein.",
        "F5 darf 5 sein.",
        "F14 darf doppelt vorkommen.",
        "F3 darf volljährig sein.",
        "F5 darf zwischen 1 und 5 liegen.",
        "Eines der Felder F5, F6 darf größer als 10 sein.",
        "Die Summe der Felder F5 und F6 darf größer als 10 sein.",
        "Der Zeitraum zwischen F3 und F4 darf länger als 2 Jahre sein.",
        "F13 darf mindestens 18 Jahre alt sein.",
        "F5 darf größer oder gleich 10 sein.",
        "F5 darf mindestens 10 sein.",
        "F5 darf >= 10 sein.",
        "Die Summe der Felder F5 und F6 darf größer oder gleich 10 sein.",
        "Der Zeitraum zwischen F3 und F4 darf mindestens 2 Jahre betragen.",
        "F14 darf eindeutig sein.",
    ] {
        stops(sentence, "", "`darf` allows");
    }
    stops("F13 darf älter als 17 Jahre sein.", "", "");
}

#[test]
fn filled_and_empty_are_states_however_they_are_said() {
    reads(
        "F2 darf ausschließlich befüllt werden, wenn F1 = Ja.",
        &["F1 = ja → show F2"],
    );
    reads(
        "F2 darf lediglich befüllt werden, wenn F1 = Ja.",
        &["F1 = ja → show F2"],
    );
    reads(
        "F2 ist ausschließlich anzuzeigen, wenn F1 = Ja.",
        &["F1 = ja → show F2"],
    );
    reads("F2 muss bereits befüllt sein.", &["always → require F2"]);
    stops(
        "F2 darf nicht ausschließlich befüllt werden.",
        "ausschließlich",
        "`nicht nur`",
    );
    // What is only filled or empty demands nothing of an answer that is there.
    stops("F2 muss vorgenommen sein.", "vorgenommen", "a value");
    stops("F2 darf nicht bereits befüllt sein.", "", "");
}

#[test]
fn what_may_only_be_so_must_be_so() {
    for (sentence, expected) in [
        (
            "F3 darf nur in der Zukunft liegen.",
            "always → demand (F3 empty or not F3 ≤ today)",
        ),
        (
            "F5 darf nur größer als 10 sein.",
            "always → demand (F5 empty or not F5 ≤ 10)",
        ),
        (
            "F2 darf nur mit \"DE\" beginnen.",
            "always → demand (F2 empty or F2 matches ^DE)",
        ),
        (
            "F2 darf nur Ziffern enthalten.",
            "always → demand (F2 empty or F2 matches ^[0-9]*$)",
        ),
        (
            "F3 darf nicht in der Zukunft liegen.",
            "always → demand (F3 empty or not F3 > today)",
        ),
        (
            "F5 darf höchstens 10 sein.",
            "always → demand (F5 empty or not F5 > 10)",
        ),
        (
            "F4 darf höchstens 3 Monate nach F3 liegen.",
            "always → demand (F3 empty or F4 empty or (not F4 > F3 +3 months +0 days and not F4 < F3))",
        ),
        (
            "F5 darf kleiner oder gleich 10 sein.",
            "always → demand (F5 empty or not F5 > 10)",
        ),
        ("F5 darf <= 10 sein.", "always → demand (F5 empty or not F5 > 10)"),
        (
            "F8 darf aus höchstens 5 Zeichen bestehen.",
            "always → demand (F8 empty or not length of F8 > 5)",
        ),
        (
            "F5 darf 10 nicht überschreiten.",
            "always → demand (F5 empty or not F5 > 10)",
        ),
        (
            "F3 darf nicht volljährig sein.",
            "always → demand (F3 empty or not F3 ≤ today -216 months +0 days)",
        ),
        (
            "Der Zeitraum zwischen F3 und F4 darf höchstens 2 Jahre betragen.",
            "always → demand (F3 empty or F4 empty or not F4 > F3 +24 months +0 days)",
        ),
        (
            "F14 darf nur einmal vorkommen.",
            "always → demand (F14 empty or F14 unique)",
        ),
        (
            "F14 darf nicht doppelt vorkommen.",
            "always → demand (F14 empty or F14 unique)",
        ),
        (
            "Die Summe der Felder F5 und F6 darf nicht größer als 10 sein.",
            "always → demand ((F5 empty and F6 empty) or not (+F5 +F6) > 10)",
        ),
        (
            "Die Summe der Felder F5 und F6 darf nur größer als 10 sein.",
            "always → demand ((F5 empty and F6 empty) or not (+F5 +F6) ≤ 10)",
        ),
        (
            "Der Zeitraum zwischen F3 und F4 darf nicht länger als 2 Jahre sein.",
            "always → demand (F3 empty or F4 empty or not F4 > F3 +24 months +0 days)",
        ),
        (
            "Keines der Felder F5, F6 darf größer als 10 sein.",
            "always → demand 0..0 of (F5 > 10, F6 > 10)",
        ),
    ] {
        reads(sentence, &[expected]);
    }
}

#[test]
fn what_must_be_is_more_than_what_is_proposed() {
    let must = "always → demand (F7 empty or (F7 = `002` and not F7 < `002` and not F7 > `002`))";
    for (sentence, expected) in [
        ("F1 muss mit \"Ja\" belegt sein.", "always → demand F1 = ja"),
        ("F7 muss mit 002 belegt sein.", must),
        ("F7 muss mit 002 befüllt werden.", must),
        ("F7 ist mit 002 belegt.", "always → start F7 with \"002\""),
        ("F7 soll mit 002 belegt sein.", "always → start F7 with \"002\""),
        ("F7 muss mit 002 vorbefüllt sein.", "always → start F7 with \"002\""),
        (
            "F7 muss mit 002 als Vorbefüllung belegt sein.",
            "always → start F7 with \"002\"",
        ),
    ] {
        reads(sentence, &[expected]);
    }
    for sentence in [
        "F7 darf mit 002 belegt werden.",
        "F7 darf mit 002 vorbelegt werden.",
        "F7 kann mit 002 belegt werden.",
    ] {
        stops(sentence, "", "");
    }
}

#[test]
fn only_an_error_stops_an_application() {
    for (sentence, reason) in [
        ("WENN F5 > 3, DANN erscheint der Hinweis \"Achtung\".", "only an error"),
        ("WENN F5 > 3, DANN zeige die Warnung \"Achtung\" an.", "only an error"),
        ("WENN F5 > 3, DANN zeige \"Achtung\" an.", "a message or an element"),
        ("WENN F5 > 3, DANN zeige \"Name F2\" an.", ""),
        (
            "WENN F5 > 3, DANN zeige die Fehlermeldung \"Name F2\" an.",
            "an element is called so",
        ),
    ] {
        stops(sentence, "", reason);
    }
    for sentence in [
        "WENN F5 > 3, DANN zeige die Fehlermeldung \"Achtung\" an.",
        "WENN F5 > 3, DANN erscheint die Meldung \"Achtung\".",
        "WENN F5 > 3, DANN melde \"Achtung\".",
    ] {
        reads(sentence, &["F5 > 3 → refuse F5 with `Achtung.`"]);
    }
    // A note of the form is an element.
    reads(
        "WENN F5 > 3, DANN zeige den Hinweis \"Name F2\" an.",
        &["F5 > 3 → show F2"],
    );
}
