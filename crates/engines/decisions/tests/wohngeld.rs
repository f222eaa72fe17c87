//! The decision of the service Wohngeld against a second computation of the law: exact fractions of integers, no DMN, no FEEL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use wegfrei_decisions::{Decisions, Outcome};

fn model() -> &'static Decisions {
    static MODEL: std::sync::OnceLock<Decisions> = std::sync::OnceLock::new();
    MODEL.get_or_init(|| {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../packages/services/wohngeld/decision.dmn"
        );
        Decisions::parse(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|findings| {
            panic!(
                "{}",
                findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            )
        })
    })
}

/// Income of one kind: art, cents, per month, Werbungskosten in cents a year.
type Income = (&'static str, i128, bool, i128);

#[derive(Debug, Clone, Default)]
struct Member {
    born: &'static str,
    /// `kind`, `partner`, …; empty for the applicant.
    relation: &'static str,
    kindergeld: bool,
    excluded: bool,
    incomes: Vec<Income>,
    /// Income tax, health and care insurance, pension insurance.
    deductions: [bool; 3],
    disability: i128,
    care: bool,
    ns: bool,
    grundrente: bool,
}

#[derive(Debug, Clone, Default)]
struct Household {
    members: Vec<Member>,
    rent: i128,
    stufe: usize,
    flatmates: i128,
    flatmates_pay: i128,
    sublet: Option<(i128, i128, i128)>,
    from_others: i128,
    maintenance: Vec<(&'static str, i128)>,
    wealth: i128,
}

fn member(born: &'static str, relation: &'static str) -> Member {
    Member {
        born,
        relation,
        ..Member::default()
    }
}

fn earner(art: &'static str, cents_a_month: i128, deductions: usize) -> Member {
    Member {
        incomes: vec![(art, cents_a_month, true, 0)],
        deductions: [deductions >= 1, deductions >= 2, deductions >= 3],
        ..member("1980-06-15", "")
    }
}

fn child(born: &'static str) -> Member {
    Member {
        kindergeld: true,
        ..member(born, "kind")
    }
}

fn partner(of: Member) -> Member {
    Member {
        relation: "partner",
        ..of
    }
}

fn house(stufe: usize, rent: i128, members: Vec<Member>) -> Household {
    Household {
        members,
        rent,
        stufe,
        ..Household::default()
    }
}

// ---- the second computation -------------------------------------------------------------------------------------------------

/// An exact fraction.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Q(i128, i128);

impl Q {
    fn new(n: i128, d: i128) -> Q {
        let (mut a, mut b) = (n.abs(), d.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let g = a.max(1) * d.signum();
        Q(n / g, d / g)
    }
    fn add(self, o: Q) -> Q {
        Q::new(self.0 * o.1 + o.0 * self.1, self.1 * o.1)
    }
    fn sub(self, o: Q) -> Q {
        self.add(Q(-o.0, o.1))
    }
    fn mul(self, o: Q) -> Q {
        Q::new(self.0 * o.0, self.1 * o.1)
    }
    fn less(self, o: Q) -> bool {
        self.0 * o.1 < o.0 * self.1
    }
    fn min(self, o: Q) -> Q {
        if self.less(o) { self } else { o }
    }
    fn max(self, o: Q) -> Q {
        if self.less(o) { o } else { self }
    }
    /// Commercially: half up.
    fn round(self) -> i128 {
        (2 * self.0 + self.1).div_euclid(2 * self.1)
    }
}

const CEILING: [[i128; 7]; 6] = [
    [361, 408, 456, 511, 562, 615, 677],
    [437, 493, 551, 619, 680, 745, 820],
    [521, 587, 657, 737, 809, 887, 975],
    [608, 686, 766, 858, 946, 1035, 1139],
    [694, 782, 875, 982, 1080, 1183, 1302],
    [82, 94, 106, 119, 129, 149, 163],
];
const CLIMATE: [i128; 6] = [1920, 2480, 2960, 3440, 3920, 480];
const HEATING: [i128; 6] = [11040, 14260, 17020, 19780, 22540, 2760];
/// a · 100, b · 10^7, c · 10^7, least M, least Y.
const FORMULA: [(i128, i128, i128, i128, i128); 12] = [
    (4, 4797, 408, 54, 396),
    (3, 3571, 304, 67, 679),
    (2, 2917, 245, 79, 906),
    (1, 2163, 176, 92, 1132),
    (0, 1907, 172, 103, 1358),
    (-1, 1722, 166, 103, 1585),
    (-2, 1592, 165, 115, 1811),
    (-3, 1583, 165, 128, 2037),
    (-4, 1376, 166, 140, 2264),
    (-6, 1249, 166, 152, 2490),
    (-9, 1141, 196, 187, 2717),
    (-12, 1107, 221, 298, 2943),
];

fn by_size(table: [i128; 6], n: usize) -> i128 {
    table[n.min(5) - 1] + table[5] * (n.max(5) - 5) as i128
}

/// Yearly income of a member in cents after §§ 14 to 16.
fn income(member: &Member) -> Q {
    let mut total = 0;
    let kinds: [(&[&str], i128); 6] = [
        (&["arbeit"], 123_000),
        (&["rente", "betriebsrente"], 10_200),
        (&["pension"], 10_200),
        (&["kapital"], 10_000),
        (&["selbstaendig"], 0),
        (&["arbeitslosengeld"], 0),
    ];
    for (arts, lump) in kinds.into_iter().chain([(&["sonstiges"][..], 0)]) {
        let of: Vec<&Income> = member.incomes.iter().filter(|(art, ..)| arts.contains(art)).collect();
        let gross: i128 = of
            .iter()
            .map(|(_, cents, monthly, _)| if *monthly { cents * 12 } else { *cents })
            .sum();
        let costs: i128 = of.iter().map(|(.., costs)| costs).sum();
        total += (gross - costs.max(lump)).max(0);
    }
    let tenths = member.deductions.iter().filter(|yes| **yes).count() as i128;
    Q::new(total * (10 - tenths), 10)
}

fn gross(member: &Member, arts: &[&str]) -> i128 {
    let of = member.incomes.iter().filter(|(art, ..)| arts.contains(art));
    of.map(|(_, cents, monthly, _)| if *monthly { cents * 12 } else { *cents })
        .sum()
}

/// Euros a month, the period beginning in March 2026.
fn wohngeld(house: &Household) -> i128 {
    let counted: Vec<&Member> = house.members.iter().filter(|m| !m.excluded).collect();
    let (k, all) = (counted.len(), house.members.len());
    if k == 0 {
        return 0;
    }
    let mut year = counted.iter().fold(Q(0, 1), |sum, m| sum.add(income(m)));
    let mut free = Q(0, 1);
    let parent = house.members.iter().any(|m| m.relation == "elternteil");
    for m in &counted {
        if m.disability == 100 || (m.disability >= 50 && m.care) {
            free = free.add(Q(180_000, 1));
        }
        if m.ns {
            free = free.add(Q(75_000, 1));
        }
        // Somebody's child: the applicant's, or the applicant and brothers and sisters where a parent lives there.
        let is_child = m.relation == "kind" || (parent && matches!(m.relation, "" | "geschwister"));
        if is_child && m.born > "2001-03-01" {
            free = free.add(Q(gross(m, &["arbeit", "selbstaendig"]).min(120_000), 1));
        }
        if m.grundrente {
            let pension = Q(gross(m, &["rente"]), 1);
            let first = pension.min(Q(120_000, 1));
            let share = pension.sub(first).mul(Q(3, 10));
            free = free.add(first.add(share).min(Q(337_800, 1)));
        }
    }
    let others = &house.members[1..];
    let alone = !others.is_empty()
        && !house.members[0].excluded
        && house.flatmates == 0
        && others.iter().all(|m| m.relation == "kind")
        && others.iter().any(|m| m.kindergeld && m.born > "2008-03-01");
    if alone {
        free = free.add(Q(132_000, 1));
    }
    for (art, cents) in &house.maintenance {
        let most = match *art {
            "titel" => i128::MAX,
            "ehegatte" => 600_000,
            _ => 300_000,
        };
        free = free.add(Q((*cents).min(most), 1));
    }
    year = year.sub(free).max(Q(0, 1));
    let y = year.mul(Q(1, 1200));

    let mut left_out = Q(house.from_others, 1);
    if let Some((area, flat, pays)) = house.sublet {
        left_out = left_out.add(Q::new(house.rent * area, flat).max(Q(pays, 1)));
    }
    if house.flatmates > 0 {
        let heads = Q::new(house.rent * house.flatmates, house.flatmates + all as i128);
        left_out = left_out.add(heads.max(Q(house.flatmates_pay, 1)));
    }
    let rent = Q(house.rent, 1).sub(left_out).max(Q(0, 1));
    let ceiling = by_size(CEILING.map(|row| row[house.stufe - 1] * 100), all) + by_size(CLIMATE, all);
    let m = rent
        .min(Q(ceiling, 1))
        .add(Q(by_size(HEATING, all), 1))
        .mul(Q::new(k as i128, all as i128 * 100));

    let (a, b, c, least_m, least_y) = FORMULA[k.min(12) - 1];
    let (m, y) = (m.max(Q(least_m, 1)), y.max(Q(least_y, 1)));
    let scale = Q(1, 10_000_000);
    let z = Q::new(a, 100)
        .add(Q(b, 1).mul(scale).mul(m))
        .add(Q(c, 1).mul(scale).mul(y));
    let amount = Q(115, 100).mul(m.sub(z.mul(y))).min(m).max(Q(0, 1));
    let further = 65 * (k as i128 - 12).max(0);
    amount.add(Q(further, 1)).min(m).round()
}

// ---- the model --------------------------------------------------------------------------------------------------------------

fn person(member: &Member) -> Value {
    let incomes: Vec<Value> = member
        .incomes
        .iter()
        .map(|(art, cents, monthly, costs)| {
            json!({ "art": art, "betrag_cent": *cents as i64, "zeitraum": if *monthly { "monat" } else { "jahr" },
                "werbungskosten_cent": if *costs == 0 { Value::Null } else { json!(*costs as i64) } })
        })
        .collect();
    json!({ "geburtsdatum": member.born, "verhaeltnis": member.relation, "kindergeld": member.kindergeld,
        "leistung": if member.excluded { "buergergeld" } else { "keine" }, "ausbildung": false,
        "grad_der_behinderung": member.disability as i64, "pflege": member.care, "ns_verfolgt": member.ns,
        "grundrente": member.grundrente, "steuern": member.deductions[0], "krankenversicherung": member.deductions[1],
        "rentenversicherung": member.deductions[2], "einkommen": incomes })
}

fn input(house: &Household) -> Value {
    let (area, flat, pays) = house
        .sublet
        .map_or((None, None, 0), |(a, f, p)| (Some(a as i64), Some(f as i64), p as i64));
    let mut applicant = person(&house.members[0]);
    for none in ["verhaeltnis", "kindergeld"] {
        applicant.as_object_mut().unwrap().remove(none);
    }
    let maintenance: Vec<Value> = house
        .maintenance
        .iter()
        .map(|(art, cents)| json!({ "art": art, "betrag_cent": *cents as i64, "zeitraum": "jahr" }))
        .collect();
    json!({
        "antrag": {
            "gemeinde": "15085040", "einzug": "2020-05-01", "kaltmiete_cent": house.rent as i64 - 5_000, "nebenkosten_cent": 5_000,
            "wohnflaeche": flat, "flaeche_ueberlassen": area, "mieteinnahme_cent": pays, "flaeche_gewerblich": null,
            "mitbewohner": house.flatmates as i64, "mitbewohner_entgelt_cent": house.flatmates_pay as i64,
            "zuschuss_cent": house.from_others as i64, "antragsteller": applicant,
            "mitglieder": house.members[1..].iter().map(person).collect::<Vec<_>>(),
            "unterhalt": maintenance, "vermoegen_cent": house.wealth as i64, "eingang": "2026-03-17",
            "mitwirkung_fehlt": false, "fehlende_unterlagen": null, "erheblich_vermoegend": "nach_betrag", "bewilligung_bis": null
        },
        "parameter": { "mietenstufen": { "15085000": 1, "15085040": house.stufe }, "vier_augen_ab_cent": 50_000 },
        "datum": "2026-03-20"
    })
}

fn decide(house: &Household, changes: &[(&str, Value)]) -> Outcome {
    let mut input = input(house);
    for (pointer, value) in changes {
        *input.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    }
    model()
        .decide("entscheidung", &input)
        .unwrap_or_else(|error| panic!("{error}\n{input:#}"))
}

/// Euros the decision computes, paid or not.
fn computed(outcome: &Outcome) -> i128 {
    let step = outcome.explanation.step("wohngeld").expect("a step");
    i128::from(step.value["euro"].as_i64().expect("whole euros"))
}

#[track_caller]
fn check(name: &str, house: &Household, euro: i128) {
    assert_eq!(wohngeld(house), euro, "{name}: the second computation");
    assert_eq!(computed(&decide(house, &[])), euro, "{name}: the model");
}

#[test]
fn the_published_results() {
    for (gross, euro) in [(140_000, 368), (200_000, 145)] {
        let mut house = house(5, 60_000, vec![earner("arbeit", gross, 3)]);
        house.wealth = 500_000;
        check("one person", &house, euro);
        let value = decide(&house, &[]).value;
        assert_eq!(value["betrag_cent"], json!(euro as i64 * 100));
        assert_eq!(value["anspruch"], json!("bewilligt"));
    }
}

/// Households over the law, with the euros worked out by hand (the figures stand in `packages/services/wohngeld/README.md`).
fn households() -> Vec<(&'static str, Household, i128)> {
    let pensioner = |cents, deductions: [bool; 3]| Member {
        incomes: vec![("rente", cents, true, 0)],
        deductions,
        ..member("1947-02-03", "")
    };
    let health = [false, true, false];
    let family = |stufe, rent, gross, children: usize| {
        let mut members = vec![earner("arbeit", gross, 3), partner(member("1988-01-01", ""))];
        members.extend((0..children).map(|_| child("2015-05-05")));
        house(stufe, rent, members)
    };
    let with = |mut house: Household, change: &dyn Fn(&mut Household)| {
        change(&mut house);
        house
    };
    let big = |n: usize, rent, gross| {
        let mut members = vec![earner("arbeit", gross, 3), partner(member("1988-01-01", ""))];
        members.extend((2..n).map(|_| child("2016-05-05")));
        house(3, rent, members)
    };
    vec![
        ("pensioner", house(2, 38_000, vec![pensioner(105_000, health)]), 226),
        (
            "pensioner with 33 years",
            house(
                2,
                38_000,
                vec![Member {
                    grundrente: true,
                    ..pensioner(105_000, health)
                }],
            ),
            336,
        ),
        (
            "couple on two pensions",
            house(
                3,
                52_000,
                vec![pensioner(98_000, health), partner(pensioner(61_000, health))],
            ),
            258,
        ),
        ("family of four", family(3, 75_000, 260_000, 2), 596),
        ("family of five, low rent", family(1, 55_000, 280_000, 3), 500),
        (
            "single parent",
            house(
                2,
                56_000,
                vec![earner("arbeit", 175_000, 3), child("2012-09-09"), child("2017-01-20")],
            ),
            530,
        ),
        (
            "self-employed with sublet room",
            with(
                house(
                    4,
                    70_000,
                    vec![Member {
                        incomes: vec![("selbstaendig", 1_450_000, false, 0)],
                        deductions: health,
                        ..member("1975-05-05", "")
                    }],
                ),
                &|house| house.sublet = Some((20, 80, 25_000)),
            ),
            203,
        ),
        (
            "one member on Bürgergeld",
            house(
                3,
                62_000,
                vec![
                    earner("arbeit", 150_000, 3),
                    partner(Member {
                        excluded: true,
                        ..member("1982-02-02", "")
                    }),
                    child("2014-04-04"),
                ],
            ),
            327,
        ),
        (
            "disability of 100 and a maintenance title",
            with(
                house(
                    3,
                    48_000,
                    vec![Member {
                        disability: 100,
                        ..earner("arbeit", 170_000, 3)
                    }],
                ),
                &|house| house.maintenance = vec![("titel", 240_000), ("sonstige", 400_000)],
            ),
            470,
        ),
        (
            "apprentice lives with the parents",
            house(
                2,
                64_000,
                vec![
                    earner("arbeit", 230_000, 3),
                    partner(member("1980-08-08", "")),
                    Member {
                        born: "2006-06-15",
                        relation: "kind",
                        kindergeld: true,
                        incomes: vec![("arbeit", 95_000, true, 60_000)],
                        ..earner("arbeit", 0, 3)
                    },
                ],
            ),
            206,
        ),
        (
            "unemployed, taxes nothing",
            house(2, 42_000, vec![earner("arbeitslosengeld", 98_000, 0)]),
            233,
        ),
        (
            "income below the least Y",
            house(7, 90_000, vec![earner("sonstiges", 10_000, 0)]),
            726,
        ),
        ("twelve", big(12, 160_000, 400_000), 1751),
        ("fourteen", big(14, 180_000, 420_000), 2079),
        ("thirty-one, at most the rent", big(31, 250_000, 100_000), 3443),
        (
            "flat-mate pays more than his share",
            with(house(2, 60_000, vec![earner("arbeit", 120_000, 3)]), &|house| {
                house.flatmates = 1;
                house.flatmates_pay = 35_000;
            }),
            199,
        ),
        (
            "employer pays a part",
            with(house(2, 40_000, vec![earner("arbeit", 130_000, 3)]), &|house| {
                house.from_others = 8_000
            }),
            224,
        ),
    ]
}

#[test]
fn households_by_hand() {
    for (name, house, euro) in households() {
        check(name, &house, euro);
    }
}

/// Every part of the result that is not the amount, by JSON pointer.
#[track_caller]
fn result(changes: &[(&str, Value)], expected: &[(&str, Value)]) {
    let house = house(2, 42_000, vec![earner("arbeitslosengeld", 98_000, 0)]);
    let value = decide(&house, changes).value;
    for (pointer, expected) in expected {
        assert_eq!(
            value.pointer(pointer).unwrap_or(&Value::Null),
            expected,
            "{pointer} after {changes:?}"
        );
    }
}

#[test]
fn who_gets_nothing_and_why() {
    for (pointer, to, anspruch, norm) in [
        ("/antrag/mitwirkung_fehlt", json!(true), "versagt", "§§ 60 und 66 SGB I"),
        (
            "/antrag/antragsteller/leistung",
            json!("buergergeld"),
            "abgelehnt",
            "§ 7 Abs. 1 und § 21 Nr. 2 WoGG",
        ),
        (
            "/antrag/antragsteller/ausbildung",
            json!(true),
            "abgelehnt",
            "§ 20 Abs. 2 WoGG",
        ),
        (
            "/antrag/vermoegen_cent",
            json!(6_000_001),
            "abgelehnt",
            "§ 21 Nr. 3 WoGG",
        ),
        (
            "/antrag/erheblich_vermoegend",
            json!("ja"),
            "abgelehnt",
            "§ 21 Nr. 3 WoGG",
        ),
        (
            "/antrag/antragsteller/einkommen/0/betrag_cent",
            json!(300_000),
            "abgelehnt",
            "§ 19 Abs. 1 und § 21 Nr. 1 WoGG",
        ),
        // 8.45 euros a month.
        (
            "/antrag/antragsteller/einkommen/0/betrag_cent",
            json!(147_500),
            "abgelehnt",
            "§ 21 Nr. 1 WoGG",
        ),
    ] {
        result(
            &[(pointer, to)],
            &[
                ("/anspruch", json!(anspruch)),
                ("/ablehnungsnorm", json!(norm)),
                ("/betrag_cent", json!(0)),
                ("/zahlungen", json!([])),
                ("/automatisch", json!(false)),
            ],
        );
    }
    // Wealth at the limit, and what a caseworker says about wealth above it.
    result(
        &[("/antrag/vermoegen_cent", json!(6_000_000))],
        &[("/anspruch", json!("bewilligt"))],
    );
    let above = ("/antrag/vermoegen_cent", json!(9_000_000));
    result(
        &[above, ("/antrag/erheblich_vermoegend", json!("nein"))],
        &[("/anspruch", json!("bewilligt"))],
    );
}

#[test]
fn from_when_to_when() {
    let months = |value: &Value| {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|z| z["monat"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for (changes, from, to, months_expected, partial) in [
        (vec![], "2026-03-01", "2027-02-28", 12, false),
        // A later decision does not move the beginning (§ 25 Abs. 2 WoGG).
        (
            vec![("/datum", json!("2026-07-30"))],
            "2026-03-01",
            "2027-02-28",
            12,
            false,
        ),
        (
            vec![("/antrag/einzug", json!("2026-05-15"))],
            "2026-05-01",
            "2027-04-30",
            12,
            false,
        ),
        (
            vec![("/antrag/eingang", json!("2026-01-31"))],
            "2026-01-01",
            "2026-12-31",
            12,
            false,
        ),
        (
            vec![("/antrag/eingang", json!(null))],
            "2026-03-01",
            "2027-02-28",
            12,
            false,
        ),
        (
            vec![("/antrag/bewilligung_bis", json!("2026-06-10"))],
            "2026-03-01",
            "2026-06-30",
            4,
            true,
        ),
        (
            vec![("/antrag/bewilligung_bis", json!("2030-01-01"))],
            "2026-03-01",
            "2027-02-28",
            12,
            false,
        ),
        (
            vec![("/antrag/bewilligung_bis", json!("2020-01-01"))],
            "2026-03-01",
            "2026-03-31",
            1,
            true,
        ),
    ] {
        let house = house(2, 42_000, vec![earner("arbeitslosengeld", 98_000, 0)]);
        let value = decide(&house, &changes).value;
        assert_eq!(
            (value["zeitraum_von"].as_str(), value["zeitraum_bis"].as_str()),
            (Some(from), Some(to)),
            "{changes:?}"
        );
        assert_eq!(value["monate"], json!(months_expected), "{changes:?}");
        assert_eq!(value["teilbewilligung"], json!(partial), "{changes:?}");
        let list = months(&value["zahlungen"]);
        assert_eq!(list.len(), months_expected, "{changes:?}");
        assert_eq!(list.first().map(String::as_str), from.get(..7), "{changes:?}");
        assert_eq!(list.last().map(String::as_str), to.get(..7), "{changes:?}");
        assert_eq!(value["gesamt_cent"], json!(23_300 * months_expected), "{changes:?}");
    }
}

#[test]
fn places_and_four_eyes() {
    // A place without a value of its own takes that of the district; one outside is for a human.
    result(
        &[("/antrag/gemeinde", json!("15085090"))],
        &[("/mietenstufe", json!(1)), ("/vier_augen", json!(false))],
    );
    result(
        &[("/antrag/gemeinde", json!("15003000"))],
        &[("/mietenstufe", json!(1)), ("/vier_augen", json!(true))],
    );
    result(
        &[("/parameter/vier_augen_ab_cent", json!(23_300))],
        &[("/vier_augen", json!(true))],
    );
    result(
        &[("/parameter/vier_augen_ab_cent", json!(23_301))],
        &[("/vier_augen", json!(false))],
    );
}

mod any_household {
    use super::*;
    use proptest::prelude::*;

    fn any_income() -> impl Strategy<Value = Income> {
        let arts = [
            "arbeit",
            "selbstaendig",
            "rente",
            "betriebsrente",
            "pension",
            "arbeitslosengeld",
            "kapital",
            "sonstiges",
        ];
        (
            proptest::sample::select(arts.to_vec()),
            0i128..250_000,
            any::<bool>(),
            prop_oneof![3 => Just(0i128), 1 => 1i128..300_000],
        )
    }

    fn any_member() -> impl Strategy<Value = Member> {
        let births = [
            "1945-04-04",
            "1979-12-31",
            "2001-03-01",
            "2001-03-02",
            "2008-03-01",
            "2008-03-02",
            "2020-07-07",
        ];
        let relations = ["kind", "kind", "kind", "partner", "andere", "elternteil", "geschwister"];
        (
            proptest::sample::select(births.to_vec()),
            proptest::sample::select(relations.to_vec()),
            (
                any::<bool>(),
                prop::bool::weighted(0.15),
                prop::bool::weighted(0.1),
                prop::bool::weighted(0.3),
            ),
            prop::collection::vec(any_income(), 0..4),
            any::<[bool; 3]>(),
            (
                proptest::sample::select(vec![0i128, 0, 0, 40, 50, 80, 100]),
                any::<bool>(),
            ),
        )
            .prop_map(
                |(born, relation, (kindergeld, excluded, ns, grundrente), incomes, deductions, (disability, care))| {
                    Member {
                        born,
                        relation,
                        kindergeld,
                        excluded,
                        incomes,
                        deductions,
                        disability,
                        care,
                        ns,
                        grundrente,
                    }
                },
            )
    }

    prop_compose! {
        fn any_house()(
            members in prop_oneof![8 => prop::collection::vec(any_member(), 1..7), 1 => prop::collection::vec(any_member(), 7..32)],
            rent in 5_000i128..300_000, stufe in 1usize..8, flatmates in prop_oneof![3 => Just(0i128), 1 => 1i128..4],
            flatmates_pay in 0i128..60_000, sublet in prop::option::weighted(0.2, (1i128..60, 60i128..120, 0i128..50_000)),
            from_others in prop_oneof![3 => Just(0i128), 1 => 1i128..40_000],
            maintenance in prop::collection::vec((proptest::sample::select(vec!["titel", "ausbildung", "ehegatte", "sonstige"]), 1i128..900_000), 0..3),
        ) -> Household {
            let mut members = members;
            members[0].relation = "";
            members[0].kindergeld = false;
            Household { members, rent, stufe, flatmates, flatmates_pay: if flatmates > 0 { flatmates_pay } else { 0 }, sublet, from_others, maintenance, wealth: 0 }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn both_computations_agree(house in any_house()) {
            prop_assert_eq!(computed(&decide(&house, &[])), wohngeld(&house));
        }
    }
}
