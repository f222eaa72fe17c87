//! Every page of the desk with sample data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use super::{events, field, frame, groups, official, staff, text};
use askama::Template;
use wegfrei_web::frame::Room;
use wegfrei_web::render::*;
use wegfrei_web::texts::{self, Lang, Texts};
use wegfrei_web::view::desk::*;
use wegfrei_web::view::form::{Block, Choice, ErrorLink};
use wegfrei_web::view::{Fact, Paging, Tone};

const CASE: &str = "/amt/vorgang/15003000/1";
const REFERENCE: &str = "HST-2026-000017";

fn s(text: &str) -> String {
    text.to_owned()
}

fn choices(list: &[&str]) -> Vec<Choice> {
    list.iter()
        .map(|label| Choice {
            value: label.to_lowercase().replace(' ', "-"),
            label: s(label),
            chosen: false,
        })
        .collect()
}

fn due(left: &str, tone: Tone) -> Due {
    Due {
        day: s("3. Mai 2026"),
        at: s("2026-05-03"),
        left: s(left),
        tone,
    }
}

fn reason(name: &str, parts: Vec<Reason>) -> Reason {
    Reason {
        name: s(name),
        result: s("48,00 €"),
        rule: s("Merkzeichen B, Bl, aG oder H"),
        basis: s("§ 6 Abs. 1 Hundesteuersatzung"),
        inputs: vec![Fact::new("Merkzeichen", "H")],
        details: vec![Fact::new("Betrag", "1,00 €")],
        rest: vec![Fact::new("Abzug", "0,00 €")],
        also: if parts.is_empty() {
            vec![]
        } else {
            vec![s("Steuersatz"), s("Beginn")]
        },
        parts,
    }
}

fn proposal() -> Proposal {
    Proposal {
        facts: vec![
            Fact::new("Jahresbetrag", "48,00 €"),
            Fact::new("Für den Rest des Jahres", "36,00 €"),
        ],
        tables: vec![Grid {
            title: s("Rechenweg"),
            columns: vec![(s("Schritt"), false), (s("Betrag"), true)],
            rows: vec![
                vec![s("Steuersatz"), s("96,00 €")],
                vec![s("Ermäßigung"), s("-48,00 €")],
            ],
        }],
        reasons: vec![reason(
            "Jahresbetrag",
            vec![
                reason("Ermäßigung", vec![reason("Nachweis", vec![])]),
                reason("Steuersatz", vec![]),
            ],
        )],
    }
}

fn changes() -> Vec<ChangeLine> {
    vec![ChangeLine {
        name: s("Wie viele weitere Hunde"),
        submitted: s("0"),
        corrected: s("1"),
    }]
}

fn work(n: usize) -> WorkItem {
    WorkItem {
        href: s(CASE),
        reference: format!("{REFERENCE}{n}"),
        service: s("Hund anmelden (Hundesteuer)"),
        task: s("Angaben und Nachweise prüfen"),
        received: s("3. April 2026"),
        received_at: s("2026-04-03"),
        due: (n != 1).then(|| due("noch 7 Tage", Tone::Warn)),
        earliest: n == 2,
        free: n == 0,
        assignable: n != 1,
        holder: s(if n == 0 { "" } else { "Jürgen Muster" }),
        deputy_for: s(if n == 2 {
            "in Vertretung für Jürgen Muster"
        } else {
            ""
        }),
        tone: Tone::Warn,
        status: s("In Prüfung"),
        pick: Some(format!("1/{n}/-/{REFERENCE}")),
        take: n == 0,
        not_mine: s(if n == 1 {
            "Von Ihnen geprüft: Eine andere Person gibt frei."
        } else {
            ""
        }),
        give_back: n == 2,
    }
}

fn payments(t: &'static texts::Texts) -> PaymentsView {
    let run = |file| RunLine {
        made: s("3. April 2026, 10:15 Uhr"),
        month: s("04/2026"),
        by: s("Lena Leitung"),
        services: s("Wohngeld beantragen (Mietzuschuss)"),
        payments: s("2.311"),
        file,
    };
    PaymentsView {
        authority: s("Landeshauptstadt Magdeburg"),
        due: vec![DueLine {
            month: s("04/2026"),
            payments: s("2.311"),
            href: s("/amt/zahlungen/lauf/2026-04"),
        }],
        runs: vec![run(Some(s("/amt/zahlungen/datei/1.xml"))), run(None)],
        message: Some(t.payments_done.to_owned()),
        paging: Paging {
            first: Some(s("/amt/zahlungen")),
            next: Some(s("/amt/zahlungen?nach=1.2")),
        },
    }
}

fn payment_run(t: &'static texts::Texts, error: Option<String>) -> PaymentRunView {
    let left = |why: &str| UnpayableLine {
        href: s(CASE),
        reference: s(REFERENCE),
        service: s("Wohngeld"),
        why: s(why),
    };
    PaymentRunView {
        title: s("04/2026"),
        month: s("2026-04"),
        facts: vec![Fact::new(t.payments_sum, s("1.234,56 €"))],
        services: vec![Fact::new("Wohngeld", s("3, 678,00 €"))],
        cases: vec![PaidLine {
            href: s(CASE),
            reference: s(REFERENCE),
            service: s("Wohngeld"),
            months: s("02/2026 – 04/2026"),
            amount: s("678,00 €"),
        }],
        cases_lead: texts::fill(&texts::fill(t.payments_cases_some, "shown", 1), "all", 3),
        unpayable: [
            t.payments_why_iban,
            t.payments_why_holder,
            t.payments_why_parameter,
            t.payments_why_unreadable,
        ]
        .map(left)
        .to_vec(),
        more: true,
        confirm: Some([s("1"), s("9f")]),
        error,
    }
}

fn stays(step: &str, more: bool) -> StayLine {
    StayLine {
        step: s(step),
        reason: s("`Task_Pruefen` (Angaben prüfen) gibt es im neuen Modell nicht."),
        help: s("Von Hand angeben, welchem Element des neuen Modells es entspricht."),
        count: s("23 Vorgänge"),
        cases: vec![NamedCase {
            href: s(CASE),
            reference: s(REFERENCE),
        }],
        more: more.then(|| s("und 3 weitere")),
    }
}

fn move_preview(t: &'static texts::Texts) -> MovePreviewView {
    MovePreviewView {
        href: s("/amt/umstellungen/hundesteuer/1.0.0"),
        service: s("Hund anmelden"),
        from: s("1.0.0"),
        to: s("1.1.0"),
        reasons: Vec::new(),
        can: t.move_can.replace("{n}", "395").replace("{all}", "412"),
        start: Some(t.move_start.replace("{cases}", "395")),
        notes: vec![s("Die Frist „Wiedervorlage“ beginnt jetzt. (395 Vorgänge)")],
        stays: vec![stays("Angaben prüfen", true), stays("", false)],
        counterparts: vec![Counterpart {
            name: s("zu.Task_Pruefen"),
            label: s("Angaben prüfen (Task_Pruefen)"),
            choices: choices(&["Angaben ansehen (Task_Nachsehen)"]),
        }],
        by_hand: vec![(s("zu.Task_Pruefen"), s("Task_Nachsehen"))],
        error: None,
    }
}

fn moved(t: &'static texts::Texts, working: bool) -> MoveView {
    MoveView {
        href: s("/amt/umstellungen/3"),
        title: t.move_number.replace("{n}", "3"),
        standing: if working { t.move_moving } else { t.move_taken_back },
        working: working.then(|| {
            let words = t.move_done_moving.replace("{n}", "200").replace("{all}", "412");
            (words, Progress { done: 200, all: 412 })
        }),
        facts: vec![Fact::new(t.move_count_moved, s("200"))],
        stays: vec![stays("Angaben prüfen", true)],
        kept: if working { Vec::new() } else { vec![stays("", false)] },
        take_back: working,
        message: (!working).then(|| t.move_changed.to_owned()),
        error: None,
    }
}

fn moves(t: &'static texts::Texts) -> MovesView {
    MovesView {
        due: vec![OldVersionLine {
            service: s("Hund anmelden"),
            from: s("1.0.0"),
            to: s("1.1.0"),
            cases: s("412"),
            href: s("/amt/umstellungen/hundesteuer/1.0.0"),
        }],
        runs: vec![MoveLine {
            href: s("/amt/umstellungen/3"),
            title: t.move_number.replace("{n}", "3"),
            what: s("Hund anmelden, 1.0.0 → 1.1.0"),
            started: s("3. April 2026, 10:15 Uhr, Lena Leitung"),
            standing: t.move_moved,
            moved: t.move_of.replace("{n}", "395").replace("{all}", "412"),
        }],
    }
}

fn worklist(lang: Lang, items: Vec<WorkItem>, error: Option<String>) -> WorklistView {
    let t = texts::of(lang);
    let tab = |name: &str, count: &str, current| Tab {
        href: s("/amt?ansicht=mine"),
        name: s(name),
        count: s(count),
        current,
    };
    WorklistView {
        authority: s("Landeshauptstadt Magdeburg"),
        tabs: vec![
            tab(t.desk_view_mine, "3", true),
            tab(t.desk_view_team, "118", false),
            tab(t.desk_view_due_soon, "4", false),
            tab(t.desk_view_overdue, "0", false),
            tab(t.desk_view_waiting, "12", false),
            tab(t.desk_view_done, "57", false),
            tab(t.desk_view_all, "1000+", false),
        ],
        narrow: Narrow {
            view: s("team"),
            reference: s("HST"),
            services: choices(&["Alle", "Hundesteuer", "Wohngeld"]),
            holders: choices(&["Alle", "Noch frei", "Jürgen Muster"]),
            orders: choices(&["Älteste zuerst", "Frist zuerst"]),
            from: s("2026-04-01"),
            to: String::new(),
            period: true,
            active: true,
            error,
        },
        items,
        colleagues: choices(&["Niemand", "Henrike Beispiel"]),
        here: s("/amt?ansicht=team"),
        message: Some(t.desk_taken.to_owned()),
        empty: t.desk_empty_mine.to_owned(),
        elsewhere: Some((t.desk_elsewhere_one.to_owned(), s("/amt?ansicht=all&aktenzeichen=HST"))),
        previous: Some(s("/amt?ansicht=team&nach=v.1.2")),
        next: Some(s("/amt?ansicht=team&nach=n.1.2")),
    }
}

fn picture(lang: Lang) -> Picture {
    let t = texts::of(lang);
    let shape = |figure, progress, x: i64| Drawn {
        figure,
        progress,
        mark: if figure == Figure::Diamond { "×" } else { "" },
        x,
        y: 40,
        width: 100,
        height: 80,
        words: vec![Words {
            x: x + 50,
            y: 80,
            text: s("Prüfen"),
        }],
    };
    let step = |name: &str, state, here| StepLine {
        name: s(name),
        state,
        here,
    };
    Picture {
        view_box: s("0 0 900 200"),
        width: 900,
        shapes: vec![
            shape(Figure::Lane, Reached::Ahead, 0),
            shape(Figure::Circle, Reached::Behind, 20),
            shape(Figure::Box, Reached::Here, 160),
            shape(Figure::Diamond, Reached::Ahead, 300),
            shape(Figure::Timer, Reached::Ahead, 440),
            shape(Figure::End, Reached::Ahead, 580),
        ],
        ways: vec![Way {
            points: s("120,80 160,80"),
            gone: true,
            words: vec![Words {
                x: 140,
                y: 74,
                text: s("ja"),
            }],
        }],
        steps: vec![
            step("Anmeldung eingegangen", t.process_behind, false),
            step("Angaben prüfen", t.process_here, true),
            step("Bescheid", t.process_ahead, false),
        ],
    }
}

fn exchanges(lang: Lang) -> Vec<Exchange> {
    let t = texts::of(lang);
    vec![Exchange {
        title: t.desk_asked.replace("{date}", "3. April 2026"),
        lines: vec![s("Bitte schicken Sie uns den Ausweis."), s("Danke!")],
        papers: vec![s("Schwerbehindertenausweis")],
        note: t.desk_ask_open.replace("{date}", "3. Mai 2026"),
    }]
}

fn done() -> Vec<DoneItem> {
    vec![DoneItem {
        title: s("Unterlagen geprüft: Sachbearbeitung, 3. April 2026"),
        facts: vec![Fact::new("Begründung", "Ausweis liegt vor.")],
    }]
}

fn notes() -> Vec<NoteLine> {
    vec![NoteLine {
        title: s("Sachbearbeitung, 3. April 2026"),
        lines: vec![s("Telefonat: Ausweis kommt nächste Woche. Bello <b>")],
    }]
}

fn deadlines() -> Vec<DeadlineLine> {
    vec![DeadlineLine {
        name: s("Rechtsbehelfsfrist"),
        due: due("noch 30 Tage", Tone::Info),
    }]
}

fn case(lang: Lang, image: bool) -> DeskCaseView {
    let t = texts::of(lang);
    let link = |name: &str| Linked {
        href: s(CASE),
        name: s(name),
        detail: s("3. April 2026"),
    };
    DeskCaseView {
        base: s(CASE),
        reference: s(REFERENCE),
        service: s("Hundesteuer"),
        tone: Tone::Warn,
        status: t.status_review.to_owned(),
        purpose: t.purpose_case_work.to_owned(),
        received: s("3. April 2026"),
        message: Some(t.desk_note_added.to_owned()),
        note_error: image.then(|| (s("Die Notiz ist leer."), s("…"))),
        task: Some(OpenTask {
            href: (!image).then(|| format!("{CASE}/aufgabe")),
            held: image.then(|| t.task_held.replace("{name}", "Zita Zwei")),
            hindrance: s("Dieser Schritt gehört nicht zu den Aufgaben Ihrer Rolle."),
            waits: image.then_some(t.desk_waits_applicant),
            returned: (!image).then(|| (s("Zita Zwei"), s("Die Miete stimmt nicht <b>."))),
            title: s("Ermäßigung prüfen"),
            since: s("3. April 2026"),
            button: t.desk_do_review.to_owned(),
        }),
        redecide: !image,
        replaces: image.then(replaces),
        take_back: Some(TakeBackForm {
            action: format!("{CASE}/zuruecknehmen"),
            title: t.desk_take_back_redecision,
            lead: t.desk_take_back_redecision_lead,
            error: image.then(|| s("Bitte sagen Sie, warum.")),
            typed: s("Bello <b>"),
        }),
        objection: image,
        first_decided: Some((false, s("Zita Zwei hat den angefochtenen Bescheid entschieden."))),
        deadlines: deadlines(),
        groups: groups(false),
        papers: vec![paper(image)],
        shown: Some(Shown {
            src: format!("{CASE}/unterlage/1/ansicht"),
            save: format!("{CASE}/unterlage/1"),
            name: s("Ausweis.pdf"),
            image,
            hindrance: (!image && lang == Lang::En).then(|| s("This file is broken.")),
        }),
        proposal_title: t.desk_decision,
        proposal: Some(proposal()),
        picture: Some(picture(lang)),
        since_earlier: image.then(changes),
        changes: changes(),
        exchanges: exchanges(lang),
        notices: vec![link("Bescheid")],
        objections: vec![link("Widerspruch")],
        related: vec![link("Weiterleistung")],
        notes: notes(),
        helpers: vec![s("Ali Bello <b>, seit 3. April 2026")],
        payments: CasePayments {
            lines: vec![
                Fact::new("04/2026", texts::of(lang).payments_planned),
                Fact::new("03/2026", texts::of(lang).payments_exported),
            ],
            months: vec![Choice {
                value: s("2026-04"),
                label: s("04/2026"),
                chosen: false,
            }],
            error: image.then(|| (s("Bitte schreiben Sie, warum."), s("Bello <b>"))),
        },
        done: done(),
        events: events(),
    }
}

fn replaces() -> Replaces {
    Replaces {
        words: s("Der neue Bescheid ersetzt den Bescheid vom 3. April 2026 mit dem Prüfcode ABCD-EFGH-JKLM."),
        href: format!("{CASE}?brief=1#unterlage"),
    }
}

fn bare(lang: Lang) -> DeskCaseView {
    DeskCaseView {
        take_back: None,
        message: None,
        note_error: None,
        task: None,
        deadlines: vec![],
        papers: vec![],
        shown: None,
        proposal: None,
        picture: None,
        changes: vec![],
        exchanges: vec![],
        notices: vec![],
        objections: vec![],
        related: vec![],
        notes: vec![],
        helpers: vec![],
        payments: CasePayments::default(),
        done: vec![],
        ..case(lang, false)
    }
}

/// A list in a list, with a row that is wrong.
fn household() -> Section {
    let ask = |id: &str| match field(id, "Betrag (brutto)", text("900,00", 10)) {
        Block::Field(question) => Part::Question(question),
        Block::Heading { .. } | Block::End(_) | Block::Note { .. } => panic!(),
    };
    let row = |id: &str, title: &str, open, parts| Row {
        id: s(id),
        title: s(title),
        open,
        parts,
        remove: Some(format!("-{}", id.replace('-', "."))),
    };
    let list = |id: &str, title: &str, error: Option<String>, rows| {
        Part::Rows(Box::new(Rows {
            id: s(id),
            title: s(title),
            error,
            rows,
            add: Some(format!("+{}", id.replace('-', "."))),
            add_words: s("Mitglied des Haushalts hinzufügen"),
            here: format!("{CASE}/aufgabe#{id}"),
        }))
    };
    let income = list(
        "G7-0-G71",
        "Einnahme",
        None,
        vec![row(
            "G7-0-G71-0",
            "1. Einnahme: Arbeit",
            true,
            vec![ask("G7-0-G71-0-F83")],
        )],
    );
    Section {
        title: s("Weitere Menschen in Ihrem Haushalt"),
        open: true,
        parts: vec![
            ask("G6-F60"),
            list(
                "G7",
                "Weitere Menschen in Ihrem Haushalt",
                Some(s("Bitte füllen Sie den Abschnitt aus.")),
                vec![
                    row(
                        "G7-0",
                        "1. Mitglied des Haushalts: Paul Mustermann",
                        true,
                        vec![ask("G7-0-F70"), income],
                    ),
                    row(
                        "G7-1",
                        "2. Mitglied des Haushalts: Ida Mustermann",
                        false,
                        vec![ask("G7-1-F70")],
                    ),
                ],
            ),
        ],
    }
}

fn paper(late: bool) -> PaperLink {
    PaperLink {
        show: format!("{CASE}?unterlage=1#unterlage"),
        save: format!("{CASE}/unterlage/1"),
        name: s("Ausweis.pdf"),
        detail: s("1,2 MB, 3. April 2026"),
        current: true,
        late,
        came: (!late).then_some("neu seit der Nachfrage"),
    }
}

fn task(answering: Answering) -> TaskView {
    TaskView {
        action: format!("{CASE}/aufgabe"),
        back: s(CASE),
        reference: s(REFERENCE),
        title: s("Ermäßigung prüfen"),
        first_decided: Some((true, s("Sie haben den angefochtenen Bescheid selbst entschieden."))),
        replaces: Some(replaces()),
        choice: false,
        recomputes: false,
        proposal: Some(proposal()),
        carry: None,
        since_earlier: Some(changes()),
        changes: changes(),
        groups: groups(false),
        objection: false,
        papers: vec![paper(false)],
        exchanges: exchanges(Lang::De),
        since_check: vec![s("Vertrag.pdf"), s("Nachricht vom 3. April 2026, 11:08 Uhr")],
        returned: Some((s("Zita Zwei"), s("Die Miete stimmt nicht <b>."))),
        missing: vec![s("Mietvertrag")],
        unchecked: true,
        answering,
        reason: String::new(),
        reason_error: None,
        version: 4,
        errors: vec![],
        held: None,
        overtaken: None,
    }
}

fn review(preview: bool, request_errors: bool) -> Answering {
    let Block::Field(mut mark) = field("merkzeichen", "Merkzeichen", text("H", 10)) else {
        panic!()
    };
    mark.required = false;
    Answering::Review {
        fields: vec![*mark],
        sections: vec![household()],
        request: Some(Box::new(RequestForm {
            blocks: vec![TextBlock {
                name: s("Ausweis fehlt"),
                text: s("Bitte schicken Sie uns Ihren Ausweis."),
            }],
            text: s("Bitte …"),
            papers: s("Ausweis"),
            due: [s("3"), s("5"), s("2026")],
            counts: s("Die Frist endet am 11. Mai 2026."),
            text_error: request_errors.then(|| s("Schreiben Sie, was Sie brauchen.")),
            due_error: request_errors.then(|| s("Geben Sie einen Tag ein.")),
        })),
        preview: preview.then(|| {
            Box::new(Preview {
                changes: changes(),
                results: changes(),
                steps: vec![(
                    s("Rechenweg"),
                    vec![ChangeLine {
                        name: s("Steuersatz"),
                        submitted: s("96,00 €"),
                        corrected: s("144,00 €"),
                    }],
                )],
                carried: vec![(s("grund"), s("Zweiter Hund"))],
            })
        }),
    }
}

fn with_errors(view: TaskView) -> TaskView {
    let error = |target: &str| ErrorLink {
        target: s(target),
        message: s("Begründen Sie die Korrektur."),
    };
    TaskView {
        reason_error: Some(s("Begründen Sie die Korrektur.")),
        errors: vec![error("#grund"), error("#anliegen"), error("#frist")],
        ..view
    }
}

fn overtaken(again: bool, view: TaskView) -> TaskView {
    TaskView {
        overtaken: Some(Overtaken {
            what: s("Sachbearbeitung war schneller: Bestätigt am 3. April 2026."),
            typed: if again {
                vec![]
            } else {
                vec![Fact::new("Begründung", "Ausweis liegt vor.")]
            },
            again,
        }),
        ..view
    }
}

fn file(lang: Lang) -> FileView {
    FileView {
        back: s(CASE),
        authority: s("Landeshauptstadt Magdeburg"),
        reference: s(REFERENCE),
        service: s("Hundesteuer"),
        cover: vec![Fact::new("Stand", "In Prüfung")],
        groups: groups(false),
        papers: vec![Fact::new("Ausweis.pdf", "1,2 MB")],
        since_earlier: Some(vec![]),
        changes: changes(),
        proposal_title: texts::of(lang).desk_decision,
        proposal: Some(proposal()),
        exchanges: exchanges(lang),
        done: done(),
        deadlines: deadlines(),
        notes: notes(),
        events: events(),
    }
}

fn absence(error: bool) -> AbsenceView {
    AbsenceView {
        staff: choices(&["Petra Vorbild", "Henrike Beispiel"]),
        deputies: choices(&["Petra Vorbild", "Henrike Beispiel"]),
        from: [s("1"), s("4"), s("2026")],
        to: [s("9"), s("4"), s("2026")],
        error: error.then(|| s("Wählen Sie eine Vertretung.")),
        message: (!error).then(|| s("Die Abwesenheit ist eingetragen.")),
        absences: vec![AbsenceLine {
            who: s("Petra Vorbild"),
            days: s("1. April 2026 – 9. April 2026"),
            deputy: s("Henrike Beispiel"),
            now: true,
            end: Some(s("sb-1/1")),
        }],
        load: vec![LoadLine {
            who: s("Petra Vorbild"),
            href: s("/amt?ansicht=team&bei=sb-1"),
            open: s("12"),
            soon: s("2"),
            overdue: s("0"),
            absent: s("abwesend, Vertretung: Henrike Beispiel"),
        }],
    }
}

fn records(lang: Lang, error: bool) -> RecordsView {
    let line = |refused| RecordLine {
        time: s("3. April 2026, 10:15 Uhr"),
        at: s("2026-04-03T08:15:00Z"),
        who: s("Petra Vorbild (Sachbearbeitung, Magdeburg)"),
        purpose: texts::of(lang).purpose_case_work.to_owned(),
        what: s("Antrag, Unterlagen"),
        reference: s(REFERENCE),
        person: s("0190b3c0-0000-7000-8000-000000000001"),
        seq: s("41"),
        refused,
    };
    RecordsView {
        authority: s("Landeshauptstadt Magdeburg"),
        reference: s("HST"),
        staff: choices(&["Alle", "Petra Vorbild"]),
        active: true,
        error: error.then(|| s("Das ist keine Kennung.")),
        items: vec![line(false), line(true)],
        paging: Paging {
            first: Some(s("/amt/protokoll")),
            next: Some(s("/amt/protokoll?nach=1.2")),
        },
        ..RecordsView::default()
    }
}

fn print_runs(t: &'static Texts) -> PrintRunsView {
    let line = |n: u64, standing| PrintRunLine {
        href: format!("/amt/postausgang/drucklauf/{n}"),
        title: t.print_title.replace("{n}", &n.to_string()),
        started: s("3. April 2026, 10:15 Uhr"),
        by: s("Erika Beispiel"),
        standing,
    };
    PrintRunsView {
        start: Some(t.print_waits.replace("{n}", "4.212")),
        runs: vec![line(2, t.print_making), line(1, t.print_posted)],
    }
}

fn print_run(t: &'static Texts, working: bool) -> PrintRunView {
    let files = (1..=2).map(|n| PrintFileLine {
        title: t.print_file.replace("{n}", &n.to_string()),
        href: Some(format!("/amt/postausgang/drucklauf/2/{n}.pdf")),
        envelopes: s("75"),
        documents: s("150"),
        sheets: s("300"),
    });
    let words = t.print_done_making.replace("{n}", "4.212").replace("{all}", "10.000");
    let left = PrintLeftLine {
        place: t.print_place.replace("{file}", "2").replace("{n}", "117"),
        reference: s(REFERENCE),
        why: t.print_why_moot,
    };
    PrintRunView {
        href: s("/amt/postausgang/drucklauf/2"),
        title: t.print_title.replace("{n}", "2"),
        standing: if working { t.print_making } else { t.print_made },
        working: working.then_some((
            words,
            Progress {
                done: 4212,
                all: 10_000,
            },
        )),
        facts: vec![
            Fact::new(t.print_by, "Erika Beispiel"),
            Fact::new(t.print_envelopes, "150"),
        ],
        files: files.collect(),
        left: if working { Vec::new() } else { vec![left] },
        left_words: (t.print_out, t.print_out_lead),
        post: (!working).then(|| (s("2026-04-01"), s("2026-04-03"))),
        discard: true,
        ..PrintRunView::default()
    }
}

fn envelope(t: &'static Texts, id: &str) -> OutboxLine {
    OutboxLine {
        id: id.to_owned(),
        kind: t.outbox_decision.to_owned(),
        way: t.outbox_by_post.to_owned(),
        files: vec![OutboxFile {
            href: format!("/amt/postausgang/{id}.pdf"),
            name: t.outbox_decision.to_owned(),
        }],
        reference: REFERENCE.to_owned(),
        service: "Wohngeld".to_owned(),
        since: "3. April 2026".to_owned(),
        made: texts::fill(
            &texts::fill(t.outbox_made, "date", "3. April 2026"),
            "code",
            "ABCD-EFGH",
        ),
        first: "2026-04-03".to_owned(),
        last: "2026-04-07".to_owned(),
        label: t.outbox_day.to_owned(),
        button: t.outbox_mark.to_owned(),
        posted: String::new(),
        run: Some((s("/amt/postausgang/drucklauf/2"), texts::fill(t.outbox_in_run, "n", 2))),
    }
}

fn operation() -> OperationView {
    OperationView {
        verdict: (false, s("Ein Auftrag ist gescheitert. Unten steht, warum.")),
        figures: vec![Fact::new("Datenbank", "SQLite")],
        journals: vec![Fact::new("Magdeburg", "120 Einträge")],
        queues: vec![QueueLine {
            kind: s("notice.render"),
            due: s("1"),
            later: s("2"),
            dead: s("1"),
            oldest: s("3. April 2026, 10:15 Uhr"),
        }],
        dead: vec![DeadLine {
            title: s("notice.render, Magdeburg"),
            id: s("15003000/1"),
            reason: s("5 Versuche. Zuletzt: Vorlage fehlt"),
        }],
        message: Some(s("Der Auftrag läuft noch einmal.")),
    }
}

macro_rules! list {
    ($lang:expr; $($path:literal, $who:expr, $page:ident, $view:expr;)*) => {{
        let mut pages: Vec<(&'static str, String)> = Vec::new();
        $(
            let f = frame($lang, $path, $who);
            let v = $view;
            pages.push(($path, $page { f: &f, v: &v }.render().unwrap()));
        )*
        pages
    }};
}

pub fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let t = texts::of(lang);
    let purpose = |missing: bool| PurposeView {
        href: s(CASE),
        reference: s(REFERENCE),
        purposes: vec![Purpose {
            code: s("case-work"),
            label: t.purpose_case_work.to_owned(),
        }],
        missing,
    };
    list![lang;
        "/amt", official(), WorklistPage, worklist(lang, vec![work(0), work(1), work(2)], None);
        "/amt-leer", official(), WorklistPage, WorklistView { narrow: Narrow { view: s("mine"), ..Narrow::default() }, message: None, previous: None, next: None, ..worklist(lang, vec![], None) };
        "/amt-fehler", official(), WorklistPage, worklist(lang, vec![], Some(s("Bitte geben Sie drei Zeichen ein.")));
        "/amt/zuweisen", official(), HandedPage, HandedView { to: s("Henrike Beispiel"), done: 2, failed: vec![(s(REFERENCE), t.handed_stale.to_owned())], back: s("/amt") };
        "/amt/zuweisen-mehrere", official(), HandedPage, HandedView { to: String::new(), done: 0, failed: vec![(s(REFERENCE), t.handed_refused.to_owned()), (s(REFERENCE), t.handed_missing.to_owned())], back: s("/amt") };
        "/amt/vorgang/15003000/1/zweck", official(), PurposePage, purpose(false);
        "/amt/vorgang/15003000/1-fehlt", official(), PurposePage, purpose(true);
        "/amt/vorgang/15003000/1", official(), DeskCasePage, case(lang, false);
        "/amt/vorgang/15003000/1-bild", official(), DeskCasePage, case(lang, true);
        "/amt/vorgang/15003000/1-leer", official(), DeskCasePage, bare(lang);
        "/amt/vorgang/15003000/1-waehlen", official(), DeskCasePage, DeskCaseView { shown: None, ..case(lang, false) };
        "/amt/vorgang/15003000/1/aufgabe", official(), TaskPage, task(review(false, false));
        "/amt/vorgang/15003000/1/aufgabe-fehler", official(), TaskPage, with_errors(task(review(false, true)));
        "/amt/vorgang/15003000/1/aufgabe-vorschau", official(), TaskPage, TaskView { reason: s("Zweiter Hund"), ..task(review(true, false)) };
        "/amt/vorgang/15003000/1/aufgabe-ueberholt", official(), TaskPage, overtaken(false, task(Answering::Nothing));
        "/amt/vorgang/15003000/1/aufgabe-andere", official(), TaskPage, TaskView { held: Some(t.task_held.replace("{name}", "Zita Zwei")), ..task(Answering::Nothing) };
        "/amt/vorgang/15003000/1/aufgabe-nochmal", official(), TaskPage, overtaken(true, task(review(false, false)));
        "/amt/vorgang/15003000/1/wartet", official(), TaskPage, task(Answering::Awaited(Box::default()));
        "/amt/vorgang/15003000/1/wartet-fehler", official(), TaskPage, task(Answering::Awaited(Box::new(Awaited { until: Some(s("3. April 2026")), came_error: Some(s("Was?")), due_error: Some(s("Wann?")), why_error: Some(s("Warum?")), ..Awaited::default() })));
        "/amt/vorgang/15003000/1/freigabe", official(), TaskPage, task(Answering::Release);
        "/amt/vorgang/15003000/1/freigabe-fehler", official(), TaskPage, TaskView { errors: vec![ErrorLink { target: s("#grund"), message: s("x y") }], reason_error: Some(s("Begründen Sie.")), ..task(Answering::Release) };
        "/amt/vorgang/15003000/1/entschieden", official(), DonePage, DoneView { case: s(CASE), reference: s(REFERENCE), what: t.done_corrected, next: s(t.done_next), link: Some(("/amt/postausgang", t.outbox_title)) };
        "/amt/vorgang/15003000/1/akte", official(), FilePage, file(lang);
        "/amt/verweigert", official(), RefusedPage, RefusedView { why: t.refused_why.to_owned(), recorded: s("3. April 2026, 10:15 Uhr") };
        "/amt/abwesenheit", official(), AbsencePage, absence(false);
        "/amt/abwesenheit-fehler", official(), AbsencePage, absence(true);
        "/amt/abwesenheit-leer", official(), AbsencePage, AbsenceView::default();
        "/amt/protokoll", staff(&[Room::Records]), RecordsPage, records(lang, false);
        "/amt/protokoll-fehler", staff(&[Room::Records]), RecordsPage, records(lang, true);
        "/amt/protokoll-leer", staff(&[Room::Records]), RecordsPage, RecordsView::default();
        "/amt/postausgang", official(), OutboxPage, OutboxView {
            letters: vec![
                OutboxLine { files: vec![OutboxFile { href: s("/amt/postausgang/1.pdf"), name: t.outbox_decision.to_owned() }, OutboxFile { href: s("/amt/postausgang/2.pdf"), name: t.outbox_easy.to_owned() }], ..envelope(t, "1") },
                OutboxLine { kind: t.outbox_objection.to_owned(), way: t.outbox_by_certificate.to_owned(), label: t.outbox_delivered.to_owned(), button: t.outbox_mark_delivered.to_owned(), ..envelope(t, "3") },
            ],
            posted: vec![OutboxLine { kind: t.outbox_request.to_owned(), posted: s("3. April 2026"), run: None, ..envelope(t, "4") }],
            message: Some(t.outbox_posted.to_owned()), paging: Paging::default(), print: Some(print_runs(t)),
        };
        "/amt/postausgang-leer", official(), OutboxPage, OutboxView::default();
        "/amt/postausgang/drucklauf/1", official(), PrintRunPage, print_run(t, true);
        "/amt/postausgang/drucklauf/2", official(), PrintRunPage, print_run(t, false);
        "/amt/postausgang/drucklauf/2-fehler", official(), PrintRunPage, PrintRunView { error: Some(s("Der Tag der Aufgabe zur Post liegt in der Zukunft.")), ..print_run(t, false) };
        "/amt/postausgang/drucklauf/3", official(), PrintRunPage, PrintRunView { post: None, discard: false, recall: true, left_words: (t.print_left, t.print_left_lead), standing: t.print_posted, message: Some(t.print_changed.to_owned()), ..print_run(t, false) };
        "/amt/postausgang/drucklauf/4", official(), PrintRunPage, PrintRunView { title: t.print_title.replace("{n}", "4"), standing: t.print_gone, erased: Some(t.print_erased), ..PrintRunView::default() };
        "/amt/postausgang/drucklauf/6", official(), PrintRunPage, PrintRunView { stuck: true, ..print_run(t, true) };
        "/amt/postausgang/drucklauf/5", official(), PrintRunPage, PrintRunView { href: s("/amt/postausgang/drucklauf/5"), title: t.print_title.replace("{n}", "5"), standing: t.print_made, discard: true, ..PrintRunView::default() };
        "/amt/zahlungen", official(), PaymentsPage, payments(t);
        "/amt/zahlungen-leer", official(), PaymentsPage, PaymentsView::default();
        "/amt/zahlungen/lauf/2026-04", official(), PaymentRunPage, payment_run(t, None);
        "/amt/zahlungen/lauf/2026-04-fehler", official(), PaymentRunPage, payment_run(t, Some(s("Es hat sich etwas geändert.")));
        "/amt/zahlungen/lauf/2026-04-leer", official(), PaymentRunPage, PaymentRunView { title: s("04/2026"), ..PaymentRunView::default() };
        "/amt/umstellungen", official(), MovesPage, moves(t);
        "/amt/umstellungen-leer", official(), MovesPage, MovesView::default();
        "/amt/umstellungen/hundesteuer/1.0.0", official(), MovePreviewPage, move_preview(t);
        "/amt/umstellungen/hundesteuer/1.0.0-fehler", official(), MovePreviewPage, MovePreviewView { error: Some(s("Es läuft gerade eine andere Umstellung.")), ..move_preview(t) };
        "/amt/umstellungen/hundesteuer/1.0.0-unmoeglich", official(), MovePreviewPage, MovePreviewView { reasons: vec![s("Die Frage fehlt.")], start: None, notes: vec![], stays: vec![], counterparts: vec![], by_hand: vec![], ..move_preview(t) };
        "/amt/umstellungen/3", official(), MovePage, moved(t, true);
        "/amt/umstellungen/3-zurueck", official(), MovePage, moved(t, false);
        "/amt/umstellungen/3-fehler", official(), MovePage, MoveView { error: Some(s("Es läuft gerade eine andere Umstellung.")), ..moved(t, false) };
        "/amt/betrieb", staff(&[Room::Operation]), OperationPage, operation();
        "/amt/betrieb-leer", staff(&[Room::Operation]), OperationPage, OperationView::default();
    ]
}
