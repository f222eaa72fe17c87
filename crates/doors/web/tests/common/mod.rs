//! Every page with sample data, for the tests and for `examples/preview.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, missing_docs)]

pub mod desk;

use askama::Template;
use axum::http::StatusCode;
use wegfrei_web::frame::{Frame, Room, Who};
use wegfrei_web::render::*;
use wegfrei_web::texts::{self, Lang};
use wegfrei_web::view::case::*;
use wegfrei_web::view::check::{CheckView, Proof, Verdict};
use wegfrei_web::view::cockpit::*;
use wegfrei_web::view::contact::{ContactChoice, ContactView};
use wegfrei_web::view::form::*;
use wegfrei_web::view::help::*;
use wegfrei_web::view::mine::*;
use wegfrei_web::view::portal::*;
use wegfrei_web::view::problem::ProblemView;
use wegfrei_web::view::{Fact, Paging, Prose, Tone};

pub fn frame(lang: Lang, here: &str, who: Option<Who>) -> Frame {
    Frame {
        lang,
        t: texts::of(lang),
        here: here.to_owned(),
        demo: true,
        who,
        place: Some("Magdeburg".to_owned()),
        helping: here.contains("-hilft"),
        preview: None,
        csrf: "0123abcd".to_owned(),
    }
}

fn citizen() -> Option<Who> {
    Some(Who {
        name: "Erika Beispiel".to_owned(),
        authority: None,
        rooms: vec![],
    })
}

fn official() -> Option<Who> {
    staff(&[Room::Worklist, Room::Absence])
}

fn staff(rooms: &[Room]) -> Option<Who> {
    Some(Who {
        name: "Jürgen Muster".to_owned(),
        authority: Some("Landeshauptstadt Magdeburg".to_owned()),
        rooms: rooms.to_vec(),
    })
}

fn service() -> ServiceView {
    let line = |label: &str, amount: &str, source: Option<&str>| CostLine {
        label: label.to_owned(),
        amount: amount.to_owned(),
        source: source.map(str::to_owned),
    };
    ServiceView {
        id: "hundesteuer".to_owned(),
        title: "Hund anmelden (Hundesteuer)".to_owned(),
        teaser: "Wer einen Hund hält, meldet ihn bei der Gemeinde an und zahlt Hundesteuer.".to_owned(),
        only_german: false,
        sections: vec![Section {
            id: "voraussetzungen".to_owned(),
            title: "Voraussetzungen".to_owned(),
            prose: vec![
                Prose::Text("Der Hund ist älter als drei Monate.".to_owned()),
                Prose::List(vec![
                    "Sie wohnen in der Gemeinde.".to_owned(),
                    "Der Hund gehört zu Ihrem Haushalt.".to_owned(),
                ]),
            ],
        }],
        offer: Offer::Open(Competent {
            authority: "Landeshauptstadt Magdeburg".to_owned(),
            address: "Alter Markt 6, 39104 Magdeburg".to_owned(),
            costs: vec![
                line("Erster Hund", "96,00 € im Jahr", Some("Hundesteuersatzung, § 5")),
                line("Jeder weitere Hund", "144,00 € im Jahr", None),
                line("Gefährlicher Hund", "720,00 € im Jahr", None),
            ],
        }),
        bases: vec!["§ 1 KAG LSA".to_owned(), "§ 155 Abs. 4 AO".to_owned()],
    }
}

fn field(id: &str, label: &str, input: Input) -> Block {
    Block::Field(Box::new(Field {
        id: id.to_owned(),
        name: id.replace('-', "."),
        label: label.to_owned(),
        help: None,
        required: true,
        marked: true,
        error: None,
        elsewhere: None,
        fresh: false,
        autocomplete: "",
        input,
    }))
}

fn with(block: Block, change: impl FnOnce(&mut Field)) -> Block {
    match block {
        Block::Field(mut field) => {
            change(&mut field);
            Block::Field(field)
        }
        other => other,
    }
}

fn text(value: &str, width: usize) -> Input {
    Input::Text {
        value: value.to_owned(),
        mode: "text",
        max: Some(80),
        width,
    }
}

fn choices(list: &[(&str, bool)]) -> Vec<Choice> {
    list.iter()
        .map(|(label, chosen)| Choice {
            value: (*label).to_owned(),
            label: (*label).to_owned(),
            chosen: *chosen,
        })
        .collect()
}

fn help(t: &'static texts::Texts, waiting: Option<&str>) -> HelpView {
    HelpView {
        here: "/mein-bereich/hilfe/15003000/1".to_owned(),
        back: "/antrag/15003000/1".to_owned(),
        title: "Hund anmelden, Magdeburg".to_owned(),
        helpers: vec![HelperLine {
            id: "1".to_owned(),
            name: "Bello <b>".to_owned(),
            since: "3. April 2026".to_owned(),
        }],
        room: true,
        waiting: waiting.map(str::to_owned),
        code: None,
        message: Some(t.help_ended.to_owned()),
    }
}

fn helped(tone: Tone) -> HelpedItem {
    HelpedItem {
        href: "/antrag/15003000/1".to_owned(),
        id: "15003000/1".to_owned(),
        title: "Hund anmelden, Magdeburg".to_owned(),
        reference: "7K4M9-QXD2R".to_owned(),
        tone,
        status: "In Prüfung".to_owned(),
    }
}

fn form(errors: bool) -> FormView {
    let mut blocks = vec![
        with(field("G1-F1", "Name des Hundes", text("Bello <b>", 0)), |f| {
            f.help = Some("So, wie Sie ihn rufen.".to_owned())
        }),
        with(
            field(
                "G1-F2",
                "Rasse",
                Input::Select(choices(&[("Mischling", true), ("Dackel", false)])),
            ),
            |f| f.required = false,
        ),
        field(
            "G1-F3",
            "Ist der Hund ein Assistenzhund?",
            Input::Radio(choices(&[("Ja", false), ("Nein", true)])),
        ),
        with(
            field(
                "G1-F4",
                "Seit wann halten Sie den Hund?",
                Input::Date {
                    day: "3".to_owned(),
                    month: "4".to_owned(),
                    year: "2026".to_owned(),
                    birthday: false,
                },
            ),
            |f| f.help = Some("Zum Beispiel 3 4 2026".to_owned()),
        ),
        Block::Heading {
            title: "Halterin oder Halter".to_owned(),
            help: Some("Wer den Hund in seinen Haushalt aufgenommen hat.".to_owned()),
            path: "G1.1".to_owned(),
            entry: true,
            remove: true,
        },
        with(field("G1-F5", "Familienname", text("Beispiel", 0)), |f| {
            f.autocomplete = "family-name"
        }),
        with(
            field(
                "G1-F6",
                "Postleitzahl",
                Input::Text {
                    value: "39104".to_owned(),
                    mode: "numeric",
                    max: Some(5),
                    width: 5,
                },
            ),
            |f| f.autocomplete = "postal-code",
        ),
        Block::Note {
            path: "F9".to_owned(),
            text: "Einen Assistenzhund belegen Sie mit einem Ausweis.".to_owned(),
        },
        field(
            "G1-F7",
            "Ausweis des Assistenzhundes",
            Input::File {
                papers: vec![PaperItem {
                    id: "p1".to_owned(),
                    name: "Ausweis.pdf".to_owned(),
                    size: "1,2 MB".to_owned(),
                }],
                accept: ".pdf,.jpg,.jpeg,.png".to_owned(),
            },
        ),
        with(
            field(
                "G1-F8",
                "Bemerkung",
                Input::Long {
                    value: String::new(),
                    max: Some(500),
                },
            ),
            |f| f.required = false,
        ),
    ];
    let mut list = Vec::new();
    if errors {
        for (at, message) in [
            (0, "Geben Sie den Namen des Hundes ein."),
            (3, "Den 31. Februar gibt es nicht. Prüfen Sie den Tag."),
            (6, "Eine Postleitzahl hat fünf Ziffern."),
        ] {
            if let Block::Field(field) = &mut blocks[at] {
                field.error = Some(message.to_owned());
                field.elsewhere = Some(wegfrei_web::view::form::Elsewhere {
                    href: "/ort/merken?ars=15001000&zurueck=/leistungen/wohngeld".to_owned(),
                    words: "Zur Leistung bei: Stadt Dessau-Roßlau".to_owned(),
                });
                list.push(ErrorLink {
                    target: format!("#{}", field.id),
                    message: message.to_owned(),
                });
            }
        }
    }
    FormView {
        base: "/antrag/15003000/1".to_owned(),
        service: "Hundesteuer".to_owned(),
        authority: "Landeshauptstadt Magdeburg".to_owned(),
        title: "Ihr Hund".to_owned(),
        intro: Some("Diese Angaben bestimmen die Höhe der Steuer.".to_owned()),
        step: 2,
        steps: 6,
        back: Some("/antrag/15003000/1/G0".to_owned()),
        action: "/antrag/15003000/1/G1".to_owned(),
        version: 3,
        blocks,
        errors: list,
        to_summary: false,
        help: Some("/mein-bereich/hilfe/15003000/1".to_owned()),
        message: None,
        opened: false,
        unsaved: None,
        room: false,
        more: errors,
    }
}

/// Questions that the answers just given have opened.
fn fresh() -> Vec<Block> {
    vec![
        field("G1-F1", "Rufname", text("Bello", 0)),
        with(field("G1-F9", "Merkzeichen", text("", 0)), |f| f.fresh = true),
    ]
}

fn groups(change: bool) -> Vec<Answers> {
    let link = |page: &str| {
        if change {
            format!("/antrag/15003000/1/{page}?ziel=pruefen")
        } else {
            String::new()
        }
    };
    vec![
        Answers {
            title: "Zu Ihnen".to_owned(),
            change: link("G0"),
            parts: vec![(
                String::new(),
                vec![
                    Fact::new("Name", "Erika Beispiel"),
                    Fact::new("Geburtsdatum", "12. August 1948"),
                ],
            )],
        },
        Answers {
            title: "Ihr Hund".to_owned(),
            change: link("G1"),
            parts: vec![
                ("Eintrag 1".to_owned(), vec![Fact::new("Name des Hundes", "Bello")]),
                (
                    "Eintrag 2".to_owned(),
                    vec![Fact {
                        key: "Anschrift".to_owned(),
                        lines: vec!["Alter Markt 6".to_owned(), "39104 Magdeburg".to_owned()],
                    }],
                ),
            ],
        },
    ]
}

fn notice(pending: bool) -> NoticeItem {
    NoticeItem {
        href: "/bescheid/15003000/1.pdf".to_owned(),
        title: "Bescheid: Hundesteuer".to_owned(),
        authority: "Landeshauptstadt Magdeburg".to_owned(),
        date: "3. April 2026".to_owned(),
        reference: "HST-2026-000017".to_owned(),
        letter: pending,
        pending,
        replaced: (!pending).then(|| "Dieser Bescheid gilt nicht mehr.".to_owned()),
        unread: !pending,
        code: "ABCD-EFGH-JKLM".to_owned(),
        enclosures: vec![EnclosureItem {
            href: "/bescheid/15003000/2.pdf".to_owned(),
            title: "In Leichter Sprache (PDF)".to_owned(),
            pending,
        }],
    }
}

fn case(tone: Tone) -> CaseItem {
    CaseItem {
        href: "/mein-bereich/vorgang/15003000/1".to_owned(),
        reference: "HST-2026-000017".to_owned(),
        title: "Hund anmelden (Hundesteuer)".to_owned(),
        authority: "Landeshauptstadt Magdeburg".to_owned(),
        tone,
        status: "In Prüfung".to_owned(),
        next: "Eine Mitarbeiterin oder ein Mitarbeiter prüft Ihren Antrag.".to_owned(),
        sent: "3. April 2026".to_owned(),
        about: "Zu: Hund anmelden".to_owned(),
    }
}

fn events() -> Vec<Event> {
    let event = |what: &str, who: &str| Event {
        time: "3. April 2026, 10:15 Uhr".to_owned(),
        at: "2026-04-03T08:15:00Z".to_owned(),
        what: what.to_owned(),
        who: who.to_owned(),
        detail: String::new(),
    };
    vec![
        event("Antrag eingegangen", "Antragstellende Person"),
        event("Nach den Regeln entschieden", ""),
        event("Aufgabe für die Sachbearbeitung", ""),
    ]
}

fn accesses() -> Vec<AccessItem> {
    let item = |who: &str, refused: bool, own: bool| AccessItem {
        time: "3. April 2026, 10:15 Uhr".to_owned(),
        at: "2026-04-03T08:15:00Z".to_owned(),
        who: who.to_owned(),
        authority: "Landeshauptstadt Magdeburg".to_owned(),
        purpose: "Bearbeitung des Antrags".to_owned(),
        what: "Antrag, Unterlagen (HST-2026-000017)".to_owned(),
        refused,
        own,
        proof: "/mein-bereich/zugriffe/15003000/17".to_owned(),
    };
    vec![
        item("Sachbearbeitung", false, false),
        item("Sachbearbeitung", true, false),
        item("", false, true),
    ]
}

fn of() -> Of {
    Of {
        href: "/mein-bereich/vorgang/15003000/1".to_owned(),
        service: "Hundesteuer".to_owned(),
        authority: "Landeshauptstadt Magdeburg".to_owned(),
        reference: "HST-2026-000017".to_owned(),
    }
}

fn choice(offered: bool, error: Option<&str>) -> ContactChoice {
    ContactChoice {
        offered,
        email: error.is_some(),
        address: "erika@mail.example".to_owned(),
        error: error.map(str::to_owned),
    }
}

fn case_view(t: &'static texts::Texts, yours: bool) -> CaseView {
    let step = |progress, title: &str, date: &str| Step {
        progress,
        title: title.to_owned(),
        date: date.to_owned(),
    };
    let action = |label: &str, primary| ActionLink {
        href: "/mein-bereich/vorgang/15003000/1/nachreichen".to_owned(),
        label: label.to_owned(),
        hint: t.case_supply_hint.to_owned(),
        primary,
        test: "nachreichen",
    };
    CaseView {
        picture: None,
        case: case(Tone::Warn),
        turn: texts::fill(t.case_turn_you_until, "date", "7. Mai 2026"),
        yours,
        message: Some(t.case_said_supplied.to_owned()),
        steps: vec![
            step(Progress::Done, t.case_step_sent, "3. April 2026"),
            step(Progress::Now, t.case_step_supply, "bis 7. Mai 2026"),
            step(Progress::Later, t.case_step_notice, ""),
        ],
        suing: yours.then(|| texts::fill(t.case_sue_not_begun, "court", "Verwaltungsgericht")),
        objections: vec![ObjectionItem {
            lines: vec![texts::fill(t.case_objected, "date", "3. April 2026")],
            href: "/mein-bereich/vorgang/15003000/2".to_owned(),
            link: texts::fill(t.case_objection_link, "n", "HST-2026-000018"),
            instead: true,
        }],
        deadlines: vec![Fact::new(t.case_step_supply, "bis 7. Mai 2026")],
        actions: vec![action(t.case_supply, yours), action(t.case_withdraw, false)],
        related: vec![RelatedItem {
            href: "/mein-bereich/vorgang/15003000/2".to_owned(),
            title: t.case_related_objection.to_owned(),
            detail: "HST-2026-000018".to_owned(),
        }],
        groups: vec![],
        notices: vec![notice(false)],
    }
}

fn supply(t: &'static texts::Texts, wrong: bool) -> SupplyView {
    let error = wrong.then(|| "foto.gif: Diese Art von Datei können wir nicht öffnen.".to_owned());
    let link = |error: &String| ErrorLink {
        target: "#datei".to_owned(),
        message: error.clone(),
    };
    SupplyView {
        of: of(),
        question: Some(Question {
            text: "Bitte senden Sie uns den Mietvertrag.\nBello <b> gehört auch dazu.".to_owned(),
            asked: "3. April 2026".to_owned(),
            wanted: vec!["Mietvertrag, alle Seiten".to_owned(), "Lohnabrechnung".to_owned()],
        }),
        due: texts::fill(if wrong { t.supply_late } else { t.supply_due }, "date", "7. Mai 2026"),
        late: wrong,
        open: true,
        papers: vec![PaperItem {
            id: "p1".to_owned(),
            name: "Mietvertrag.pdf".to_owned(),
            size: "1,2 MB".to_owned(),
        }],
        removable: !wrong,
        answer: "Der Rest kommt <b>morgen</b>.".to_owned(),
        text_error: error.clone(),
        errors: error.iter().map(link).collect(),
        file_error: error,
        message: (!wrong).then(|| t.supply_uploaded.to_owned()),
    }
}

fn objection(error: Option<&str>) -> ObjectionView {
    ObjectionView {
        of: of(),
        action: "/mein-bereich/vorgang/15003000/1/widerspruch/2".to_owned(),
        issued: "3. April 2026".to_owned(),
        until: "Die Frist hat noch nicht begonnen.".to_owned(),
        pay: error.is_some(),
        text: "Bello <b> ist klein.".to_owned(),
        error: error.map(str::to_owned),
        errors: error
            .map(|message| ErrorLink {
                target: "#text".to_owned(),
                message: message.to_owned(),
            })
            .into_iter()
            .collect(),
    }
}

fn filter(error: Option<&str>) -> AccessFilter {
    AccessFilter {
        authorities: choices(&[("Landeshauptstadt Magdeburg", true), ("Stadt Halle (Saale)", false)]),
        purposes: choices(&[("Bearbeitung des Antrags", false)]),
        from: "2026-04-01".to_owned(),
        to: String::new(),
        refused: true,
        own: false,
        with_own: Some("/mein-bereich/zugriffe?eigene=ja".to_owned()),
        reference: "HST <b>".to_owned(),
        error: error.map(str::to_owned),
        any: true,
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

/// Path and HTML of every page.
pub fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let t = texts::of(lang);
    let problem = |code: u16| ProblemView::new(t, StatusCode::from_u16(code).unwrap(), "0a1b2c".to_owned());
    let start = || StartView {
        query: String::new(),
        services: vec![ServiceItem {
            id: "hundesteuer".to_owned(),
            title: service().title,
            teaser: service().teaser,
        }],
    };
    let place = |hits: usize| PlaceView {
        query: "Neustadt & Co".to_owned(),
        hits: (0..hits)
            .map(|n| PlaceItem {
                ars: format!("1508900{n}"),
                name: format!("Neustadt {n}"),
                district: "Harz".to_owned(),
            })
            .collect(),
        back: "/".to_owned(),
    };
    let genuine = |file: bool| {
        Verdict::Genuine(Proof {
            authority: "Landeshauptstadt Magdeburg".to_owned(),
            kind: "Hundesteuer".to_owned(),
            date: "3. April 2026".to_owned(),
            replaced: file.then(|| texts::fill(t.check_replaced, "date", "7. Mai 2026")),
            file,
            demonstration: true,
            hash: "ab".repeat(32),
            entry: 41,
            size: 97,
            root: "cd".repeat(32),
            hashes: 7,
        })
    };
    let check = |verdict: Option<Verdict>| CheckView {
        code: "ABCD-EFGH-JKLM".to_owned(),
        verdict,
    };
    let receipt = || ReceiptView {
        title: t.receipt_title,
        case: "/mein-bereich/vorgang/15003000/1".to_owned(),
        reference: "HST-2026-000017".to_owned(),
        service: "Hundesteuer".to_owned(),
        authority: "Landeshauptstadt Magdeburg".to_owned(),
        received: "3. April 2026, 10:15 Uhr".to_owned(),
        next: t.receipt_next_review.iter().map(|line| (*line).to_owned()).collect(),
    };
    let summary = |errors: bool| SummaryView {
        base: "/antrag/15003000/1".to_owned(),
        service: "Hundesteuer".to_owned(),
        authority: "Landeshauptstadt Magdeburg".to_owned(),
        step: 6,
        steps: 6,
        back: "/antrag/15003000/1/G5".to_owned(),
        version: 9,
        groups: groups(true),
        errors: if errors {
            vec![ErrorLink {
                target: "/antrag/15003000/1/G1?ziel=pruefen#G1-F1".to_owned(),
                message: "Geben Sie den Namen des Hundes ein.".to_owned(),
            }]
        } else {
            vec![]
        },
        contact: Some(choice(!errors, None)),
        complete: !errors,
        help: Some("/mein-bereich/hilfe/15003000/1".to_owned()),
    };
    let login = |failed: bool| LoginView {
        next: "/mein-bereich".to_owned(),
        persons: vec![DemoLogin {
            id: "p1".to_owned(),
            name: "Erika Beispiel".to_owned(),
            detail: "Magdeburg".to_owned(),
        }],
        staff: vec![DemoLogin {
            id: "s1".to_owned(),
            name: "Jürgen Muster".to_owned(),
            detail: "Landeshauptstadt Magdeburg, Sachbearbeitung".to_owned(),
        }],
        failed,
        needed: true,
    };
    let mut pages = list![lang;
        "/", None, StartPage, start();
        "/?suche=katze", None, StartPage, StartView { query: "katze".to_owned(), services: vec![] };
        "/ort?suche=neustadt", None, PlacePage, place(3);
        "/ort?suche=xyz", None, PlacePage, place(0);
        "/leistungen/hundesteuer", None, ServicePage, service();
        "/leistungen/ohne-ort", None, ServicePage, ServiceView { offer: Offer::PlaceMissing, only_german: true, ..service() };
        "/leistungen/widerspruch", None, ServicePage, ServiceView { offer: Offer::AtNotice, ..service() };
        "/leistungen/nicht-angeboten", None, ServicePage, ServiceView { offer: Offer::NotOffered { place: "Halle (Saale)".to_owned() }, ..service() };
        "/antrag/15003000/1/G1", citizen(), FormPage, form(false);
        "/antrag/15003000/1/G1-fehler", citizen(), FormPage, form(true);
        "/antrag/15003000/1/G1-aendern", citizen(), FormPage, FormView { to_summary: true, back: None, message: Some(t.form_removed_message.to_owned()), ..form(false) };
        "/antrag/15003000/1/G1-neu", citizen(), FormPage, FormView { opened: true, blocks: fresh(), ..form(false) };
        "/antrag/15003000/1/G1-veraltet", citizen(), FormPage, FormView { unsaved: Some(vec![Fact::new("Rufname", "Bello <b>")]), ..form(false) };
        "/antrag/15003000/1/pruefen", citizen(), SummaryPage, summary(false);
        "/antrag/15003000/1/pruefen-fehler", citizen(), SummaryPage, summary(true);
        "/antrag/15003000/1/pruefen-hilft", citizen(), SummaryPage, SummaryView { help: None, contact: None, ..summary(false) };
        "/antrag/15003000/1/G1-hilft", citizen(), FormPage, FormView { help: None, ..form(false) };
        "/mein-bereich/hilfe/15003000/1", citizen(), HelpPage, help(t, Some("10. April 2026, 9:15 Uhr"));
        "/mein-bereich/hilfe/15003000/1-code", citizen(), HelpPage, HelpView { code: Some(["123", "456", "789", "012"].map(str::to_owned).to_vec()), ..help(t, Some("10. April 2026, 9:15 Uhr")) };
        "/mein-bereich/hilfe/15003000/1-voll", citizen(), HelpPage, HelpView { room: false, message: None, ..help(t, None) };
        "/mein-bereich/hilfe/15003000/1-leer", citizen(), HelpPage, HelpView { helpers: vec![], message: Some(t.help_taken_back.to_owned()), ..help(t, None) };
        "/mein-bereich/helfen", citizen(), AssistPage, AssistView { cases: vec![helped(Tone::Warn)], error: None, message: Some(t.help_begun.to_owned()) };
        "/mein-bereich/helfen-leer", citizen(), AssistPage, AssistView { message: Some(t.help_stopped.to_owned()), ..AssistView::default() };
        "/mein-bereich/helfen-fehler", citizen(), AssistPage, AssistView { error: Some("Diesen Code gibt es nicht.".to_owned()), ..AssistView::default() };
        "/fehler/hilft-nicht", citizen(), ProblemPage, ProblemView { title: t.help_not_title, lines: t.help_not_lines, ..problem(403) };
        "/leistungen/hundesteuer/antrag", citizen(), BegunPage, BegunView {
            title: "Hund anmelden (Hundesteuer)".to_owned(),
            begin: "/leistungen/hundesteuer/antrag".to_owned(),
            drafts: vec![DraftItem { base: "/antrag/15003000/2".to_owned(), help: "/mein-bereich/hilfe/15003000/2".to_owned(), title: "Hundesteuer, Magdeburg".to_owned(), changed: "2. April 2026".to_owned(), changed_at: "2026-04-02".to_owned() }],
        };
        "/antrag/15003000/1/verwerfen", citizen(), DiscardPage, DiscardView { base: "/antrag/15003000/1".to_owned(), title: "Hundesteuer, Magdeburg".to_owned() };
        "/antrag/15003000/1/eingang", citizen(), ReceiptPage, receipt();
        "/mein-bereich", citizen(), MinePage, MineView {
            drafts: vec![DraftItem { base: "/antrag/15003000/2".to_owned(), help: "/mein-bereich/hilfe/15003000/2".to_owned(), title: "Hundesteuer, Magdeburg".to_owned(), changed: "2. April 2026".to_owned(), changed_at: "2026-04-02".to_owned() }],
            cases: vec![case(Tone::Warn), case(Tone::Good)], notices: vec![notice(true), notice(false)], helped: vec![helped(Tone::Warn)], message: Some(t.mine_draft_saved.to_owned()),
        };
        "/mein-bereich-leer", citizen(), MinePage, MineView::default();
        "/mein-bereich/vorgang/15003000/1", citizen(), CasePage, case_view(t, true);
        "/mein-bereich/vorgang/15003000/2", citizen(), CasePage, CaseView { yours: false, message: None, related: vec![], deadlines: vec![], notices: vec![], ..case_view(t, false) };
        "/mein-bereich/vorgang/15003000/1?angaben=ja", citizen(), CasePage, CaseView { groups: groups(false), ..case_view(t, false) };
        "/mein-bereich/vorgang/15003000/1/nachreichen", citizen(), SupplyPage, supply(t, false);
        "/mein-bereich/vorgang/15003000/1/nachreichen-fehler", citizen(), SupplyPage, supply(t, true);
        "/mein-bereich/vorgang/15003000/1/zuruecknehmen", citizen(), WithdrawPage, WithdrawView { of: of(), title: t.withdraw_title, lines: t.withdraw_lines, button: t.withdraw_button };
        "/mein-bereich/vorgang/15003000/1/folgeantrag", citizen(), FollowPage, FollowView { of: of(), renewal: true };
        "/mein-bereich/vorgang/15003000/1/widerspruch/2", citizen(), ObjectionPage, objection(None);
        "/mein-bereich/vorgang/15003000/1/widerspruch/2-fehler", citizen(), ObjectionPage, objection(Some("Ihre Begründung ist zu lang."));
        "/mein-bereich/vorgang/15003000/1/widerspruch/2-pruefen", citizen(), ObjectionCheckPage, ObjectionCheckView {
            of: of(), action: "/mein-bereich/vorgang/15003000/1/widerspruch/2".to_owned(), until: "bis 7. Mai 2026".to_owned(),
            facts: vec![Fact::new(t.object_against, "Bescheid vom 3. April 2026")], text: "Bello <b> ist klein.".to_owned(),
        };
        "/mein-bereich/vorgang/15003000/1/widerspruch/2-spaet", citizen(), ObjectionLatePage, ObjectionLateView { of: of(), until: "7. Mai 2026".to_owned(), follow: true };
        "/mein-bereich/vorgang/15003000/1/kontakt", citizen(), ContactPage, ContactView { of: of(), choice: choice(true, None), failed: Some("3. April 2026".to_owned()), errors: vec![] };
        "/mein-bereich/vorgang/15003000/1/kontakt-fehler", citizen(), ContactPage, ContactView { of: of(), choice: choice(true, Some("Das ist keine E-Mail-Adresse.")), failed: None, errors: vec![ErrorLink { target: "#email".to_owned(), message: "Das ist keine E-Mail-Adresse.".to_owned() }] };
        "/mein-bereich/vorgang/15003000/1/kontakt-brief", citizen(), ContactPage, ContactView { of: of(), choice: choice(false, None), failed: None, errors: vec![] };
        "/mein-bereich/zugriffe/15003000/17", citizen(), ProofPage, ProofView { facts: vec![Fact::new(t.accesses_who, "Sachbearbeitung")], proof: "wegfrei-proof".to_owned(), download: "/mein-bereich/zugriffe/15003000/17/beweis.json".to_owned(), file: "beweis-15003000-17.json".to_owned() };
        "/mein-bereich/zugriffe", citizen(), AccessesPage, AccessesView { filter: filter(None), items: accesses(), paging: Paging { first: Some("/mein-bereich/zugriffe".to_owned()), next: Some("/mein-bereich/zugriffe?seite=3".to_owned()) } };
        "/mein-bereich/zugriffe-leer", citizen(), AccessesPage, AccessesView { filter: AccessFilter { any: false, ..filter(None) }, items: vec![], paging: Paging::default() };
        "/mein-bereich/zugriffe-fehler", citizen(), AccessesPage, AccessesView { filter: filter(Some("Das ist kein Aktenzeichen.")), ..AccessesView::default() };
        "/anmelden", None, LoginPage, login(false);
        "/anmelden-fehler", None, LoginPage, login(true);
        "/pruefen", None, CheckPage, check(None);
        "/pruefen?code=1", None, CheckPage, check(Some(genuine(false)));
        "/pruefen?code=2", None, CheckPage, check(Some(genuine(true)));
        "/pruefen?code=3", None, CheckPage, check(Some(Verdict::Unknown));
        "/pruefen?code=4", None, CheckPage, check(Some(Verdict::Unreadable));
        "/pruefen?code=5", None, CheckPage, check(Some(Verdict::NotYet));
        "/fehler/gesagt", citizen(), ProblemPage, ProblemView { title: t.problem_late_title, lines: &[], said: Some("Die Frist für den Widerspruch ist abgelaufen.".to_owned()), ..problem(409) };
        "/fehler/abgemeldet", None, ProblemPage, ProblemView { title: t.problem_signed_out_title, lines: t.problem_signed_out_lines, login: Some("/anmelden?ziel=/amt".to_owned()), ..problem(403) };
        "/fehler/400", None, ProblemPage, problem(400);
        "/fehler/403", citizen(), ProblemPage, problem(403);
        "/fehler/404", None, ProblemPage, problem(404);
        "/fehler/408", None, ProblemPage, problem(408);
        "/fehler/409", citizen(), ProblemPage, problem(409);
        "/fehler/413", citizen(), ProblemPage, problem(413);
        "/fehler/429", None, ProblemPage, problem(429);
        "/fehler/500", official(), ProblemPage, problem(500);
        "/fehler/503", None, ProblemPage, problem(503);
    ];
    for (path, title, lines) in [
        ("/barrierefreiheit", t.info_access_title, t.info_access_lines),
        ("/datenschutz", t.info_privacy_title, t.info_privacy_lines),
        ("/impressum", t.info_imprint_title, t.info_imprint_lines),
    ] {
        let f = frame(lang, path, None);
        pages.push((path, InfoPage { f: &f, title, lines }.render().unwrap()));
    }
    pages.extend(desk::pages(lang));
    pages
}
