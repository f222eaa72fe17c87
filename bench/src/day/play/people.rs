//! Who takes part, and what the residents want: households and dogs from a seed, all of them valid applications.

use serde_json::{Value, json};
use wegfrei_model::Date;
use wegfrei_packages::Catalogue;

use super::{Dice, Result, Size};

/// Where the day is played: authorities that offer the dog tax and Wohngeld, with postal code and town.
const PLACES: [(&str, &str, &str); 3] = [
    ("15003000", "39104", "Magdeburg"),
    ("15002000", "06108", "Halle (Saale)"),
    ("15001000", "06844", "Dessau-Roßlau"),
];

/// A few caseworkers make two offices, many three.
fn places(caseworkers: usize) -> &'static [(&'static str, &'static str, &'static str)] {
    if caseworkers < 6 { &PLACES[..2] } else { &PLACES }
}

/// A member of staff.
#[derive(Clone, Debug)]
pub struct Member {
    /// Personnel key.
    pub id: String,
    /// Their authority.
    pub authority: &'static str,
    /// Team leads post the letters; they release, but do not check.
    pub leads: bool,
    /// Colleagues who check.
    pub colleagues: Vec<String>,
    /// Number in the day.
    pub number: usize,
}

/// Who is away, and the deputy.
#[derive(Clone, Debug)]
pub struct Away {
    /// Personnel key of who is away.
    pub staff: String,
    /// Personnel key of the deputy.
    pub deputy: String,
}

/// All staff: caseworkers, and a team lead for each office.
pub fn staff(caseworkers: usize) -> Vec<Member> {
    let places = places(caseworkers);
    let of = |place: usize| {
        (0..caseworkers)
            .filter(move |n| n % places.len() == place)
            .map(|n| format!("tag-{n}"))
    };
    let mut all = Vec::new();
    for (place, (authority, ..)) in places.iter().enumerate() {
        let ids: Vec<String> = of(place).collect();
        let lead = std::iter::once((format!("tag-leitung-{place}"), true));
        for (id, leads) in ids.iter().map(|id| (id.clone(), false)).chain(lead) {
            all.push(Member {
                colleagues: ids.iter().filter(|other| **other != id).cloned().collect(),
                id,
                authority,
                leads,
                number: all.len(),
            });
        }
    }
    all
}

/// The last caseworker of each office goes in the course of the day; the first stands in.
pub fn away(caseworkers: usize) -> Vec<Away> {
    let all = staff(caseworkers);
    let offices = places(caseworkers).iter().filter_map(|(authority, ..)| {
        let mut office = all
            .iter()
            .filter(|member| member.authority == *authority && !member.leads);
        let (first, last) = (office.next()?, office.next_back()?);
        Some(Away {
            staff: last.id.clone(),
            deputy: first.id.clone(),
        })
    });
    offices.collect()
}

/// The id of a resident.
pub fn person(number: usize) -> String {
    format!("0193a000-0000-7000-8000-{number:012x}")
}

const FAMILY: [&str; 12] = [
    "Lehmann",
    "Szymański",
    "Öztürk",
    "D'Angelo",
    "Nguyễn",
    "Müller-Lüdenscheid",
    "Groß",
    "Çelik",
    "Dvořák",
    "van der Berg",
    "Ågren",
    "Żółkiewska",
];
const GIVEN: [&str; 10] = [
    "Erika",
    "Jörg",
    "Zoë",
    "Łukasz",
    "Þóra",
    "Ana María",
    "Seán",
    "Ioana-Ștefania",
    "Ulf",
    "Nežka",
];

/// The directory file of the day.
pub fn directory(size: Size) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let places = places(size.caseworkers);
    for number in 0..size.residents {
        let (_, code, town) = places[number % places.len()];
        let _ = write!(
            text,
            "[[person]]\nid = \"{}\"\ngiven_names = \"{}\"\nfamily_name = \"{}\"\nbirth_date = \"19{:02}-05-17\"\nstreet = \"Lindenweg\"\n\
             house_number = \"{}\"\npostal_code = \"{code}\"\ntown = \"{town}\"\n\n",
            person(number),
            GIVEN[number % GIVEN.len()],
            FAMILY[number % FAMILY.len()],
            40 + number % 60,
            1 + number % 90,
        );
    }
    for member in staff(size.caseworkers) {
        let role = if member.leads { "team-lead" } else { "caseworker" };
        let _ = write!(
            text,
            "[[staff]]\nid = \"{}\"\nauthority = \"{}\"\nname = \"Muster {}\"\nroles = [\"{role}\"]\nteams = [\"tag\"]\n\n",
            member.id, member.authority, member.number
        );
    }
    text
}

/// What a resident wants with one application.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Service.
    pub service: &'static str,
    /// Authority.
    pub authority: &'static str,
    /// Answers.
    pub data: Value,
    /// Where the form wants a paper: group and field.
    pub paper: Option<(&'static str, &'static str)>,
    /// Sends it twice at once, as from two tabs.
    pub twice: bool,
    /// Withdraws it while it is being checked.
    pub withdraws: bool,
    /// Answers a request for papers.
    pub answers: bool,
    /// Answers again when it is too late for that.
    pub answers_late: bool,
    /// Objects to the notice.
    pub objects: bool,
    /// Withdraws the objection.
    pub relents: bool,
}

/// What every resident wants to send today.
///
/// # Errors
/// When a package lacks the example the applications are made from.
pub fn plans(catalogue: &Catalogue, size: Size, today: Date) -> Result<Vec<Vec<Plan>>> {
    let dog = example(catalogue, "hundesteuer", "01-erster-hund")?;
    let rent = example(catalogue, "wohngeld", "01-rentnerin")?;
    let mut dice = Dice::new(size.seed);
    let places = places(size.caseworkers);
    let late = size.applications / 50;
    let mut all: Vec<Vec<Plan>> = (0..size.residents).map(|_| Vec::new()).collect();
    for number in 0..size.applications + late {
        let resident = number % size.residents;
        let place = places[resident % places.len()];
        let (data, service, paper) = if dice.chance(55) {
            (household(&rent, &mut dice, resident, place), "wohngeld", None)
        } else {
            let (data, paper) = a_dog(&dog, &mut dice, resident, place, today)?;
            (data, "hundesteuer", paper)
        };
        let plan = Plan {
            service,
            authority: place.0,
            data,
            paper,
            twice: dice.chance(10),
            withdraws: dice.chance(8),
            answers: dice.chance(80),
            answers_late: dice.chance(30),
            objects: dice.chance(12),
            relents: dice.chance(25),
        };
        if let Some(plans) = all.get_mut(resident) {
            plans.push(plan);
        }
    }
    Ok(all)
}

fn example(catalogue: &Catalogue, service: &str, part: &str) -> Result<Value> {
    let package = catalogue
        .package(service)
        .ok_or_else(|| format!("no package {service}"))?;
    let example = package.examples().iter().find(|example| example.file.contains(part));
    Ok(example
        .ok_or_else(|| format!("{service} has no example {part}"))?
        .application
        .clone())
}

fn name(resident: usize, kin: usize) -> (&'static str, &'static str) {
    (GIVEN[(resident + kin) % GIVEN.len()], FAMILY[resident % FAMILY.len()])
}

/// An ordinary dog, a dangerous one (a human looks), one with a reduction that needs a paper, a second or a third one.
fn a_dog(
    example: &Value,
    dice: &mut Dice,
    resident: usize,
    (_, code, town): (&str, &str, &str),
    today: Date,
) -> Result<(Value, Option<(&'static str, &'static str)>)> {
    let mut data = example.clone();
    let (given, family) = name(resident, 0);
    let owner = &mut data["G15000000001"];
    owner["F15000000001"] = family.into();
    owner["F15000000002"] = given.into();
    owner["F15000000006"] = code.into();
    owner["F15000000007"] = town.into();
    let mut came = today;
    for _ in 0..dice.below(40) {
        came = came.yesterday()?;
    }
    let dog = &mut data["G15000000002"];
    dog["F15000000010"] = dice.pick(&["Bello", "Rex", "Żabka", "Änne", "Mr. O'Malley"]).into();
    dog["F15000000011"] = dice.pick(&["Dackel", "Beagle", "Mischling", "Pudel"]).into();
    dog["F15000000015"] = came.to_string().into();
    let mut paper = None;
    match dice.below(100) {
        0..25 => dog["F15000000016"] = true.into(),
        25..45 => {
            data["G15000000004"]["F15000000018"] = "assistenzhund".into();
            paper = Some(("G15000000004", "F15000000020"));
        }
        45..60 => data["G15000000003"]["F15000000017"] = (1 + dice.below(2)).into(),
        _ => {}
    }
    Ok((data, paper))
}

/// A household of one to six: a pension or wages, a rent, now and then too much income or wealth.
fn household(example: &Value, dice: &mut Dice, resident: usize, (authority, code, town): (&str, &str, &str)) -> Value {
    let mut data = example.clone();
    let (given, family) = name(resident, 0);
    let applicant = &mut data["G15000100001"];
    applicant["F15000100001"] = family.into();
    applicant["F15000100002"] = given.into();
    applicant["F15000100006"] = code.into();
    applicant["F15000100007"] = town.into();
    let children = dice.pick(&[0, 0, 0, 1, 2, 2, 3, 4]).unwrap_or_default();
    let partner = children > 0 && dice.chance(60);
    let members = children + usize::from(partner);
    let home = &mut data["G15000100002"];
    home["F15000100010"] = authority.into();
    home["F15000100012"] = (30_000 + 9_000 * members + 100 * dice.below(150)).into();
    home["F15000100013"] = (4_000 + 100 * dice.below(60)).into();
    let mut all = Vec::new();
    for number in 0..members {
        let (given, family) = name(resident, number + 1);
        let mut member = json!({
            "F15000100070": given, "F15000100071": family, "F15000100072": format!("{}-03-0{}", 2010 + dice.below(14), 1 + number),
            "F15000100073": "kind", "F15000100074": true, "F15000100075": "keine", "F15000100076": false, "F15000100077": false,
            "F15000100081": false,
        });
        if partner && number == 0 {
            member["F15000100072"] = format!("{}-08-20", 1970 + dice.below(25)).into();
            member["F15000100073"] = "partner".into();
            if let Some(member) = member.as_object_mut() {
                member.remove("F15000100074");
            }
        }
        all.push(member);
    }
    if !all.is_empty() {
        data["G15000100006"]["F15000100060"] = true.into();
        data["G15000100007"] = all.into();
    }
    if members > 0 || dice.chance(40) {
        let wage = 90_000 + 25_000 * members + 1_000 * dice.below(250);
        data["G15000100004"] = json!({
            "F15000100039": true,
            "G15000100041": [{ "F15000100040": "arbeit", "F15000100041": wage, "F15000100042": "monat" }],
            "F15000100044": true, "F15000100045": true, "F15000100046": true,
        });
    } else {
        data["G15000100004"]["G15000100041"][0]["F15000100041"] = (70_000 + 1_000 * dice.below(110)).into();
    }
    if dice.chance(6) {
        data["G15000100009"]["F15000100110"] = 9_000_000.into();
    }
    data
}
