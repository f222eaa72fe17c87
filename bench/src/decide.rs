//! One decision with its explanation.

use std::fmt::Write as _;
use std::hint::black_box;

use serde_json::json;
use wegfrei_decisions::Decisions;
use wegfrei_model::AuthorityId;

use crate::figure::{Figure, Goal, Reporter};
use crate::machine::moment;
use crate::measure::Times;
use crate::{Effort, Result, house};

/// A table of three inputs, a unique hit, two annotations a rule; every rule is looked at.
fn table(rules: usize) -> Result<String> {
    let mut xml = String::from(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="m">
<inputData id="a" name="alter"><variable name="alter" typeRef="number"/></inputData>
<inputData id="b" name="art"><variable name="art" typeRef="string"/></inputData>
<inputData id="c" name="tag"><variable name="tag" typeRef="date"/></inputData>
<decision id="d" name="satz"><variable name="satz" typeRef="number"/>
<informationRequirement><requiredInput href="#a"/></informationRequirement>
<informationRequirement><requiredInput href="#b"/></informationRequirement>
<informationRequirement><requiredInput href="#c"/></informationRequirement>
<decisionTable hitPolicy="UNIQUE">
<input><inputExpression><text>alter</text></inputExpression></input>
<input><inputExpression><text>art</text></inputExpression></input>
<input><inputExpression><text>tag</text></inputExpression></input>
<output name="satz"/>
<annotation name="Rechtsgrundlage"/><annotation name="Begründung"/>"##,
    );
    for rule in 0..rules {
        write!(
            xml,
            "<rule><inputEntry><text>[{}..{})</text></inputEntry><inputEntry><text>\"x\", \"y\"</text></inputEntry>\
             <inputEntry><text>&gt;= date(\"2020-01-01\")</text></inputEntry><outputEntry><text>{rule}</text></outputEntry>\
             <annotationEntry><text>§ {rule} Satzung</text></annotationEntry>\
             <annotationEntry><text>Das Alter ist {{alter}}, der Satz {{satz}}.</text></annotationEntry></rule>",
            rule * 10,
            rule * 10 + 10
        )?;
    }
    Ok(xml + "</decisionTable></decision></definitions>")
}

/// Calls `once` many times in several runs: the mean of each run in µs, and the single times.
fn timed(effort: Effort, calls: usize, mut once: impl FnMut() -> Result<()>) -> Result<(Vec<f64>, Times)> {
    for _ in 0..calls / 10 {
        once()?;
    }
    let mut means = Vec::new();
    for _ in 0..effort.of(5, 1) {
        let begin = moment();
        for _ in 0..calls {
            once()?;
        }
        means.push(begin.elapsed().as_secs_f64() * 1e6 / calls as f64);
    }
    let mut times = Times::default();
    for _ in 0..calls {
        let begin = moment();
        once()?;
        times.add(begin.elapsed());
    }
    let mut sorted = Times::default();
    sorted.join(times);
    Ok((means, sorted))
}

pub fn run(report: &Reporter, effort: Effort) -> Result<()> {
    let broken = |findings: Vec<wegfrei_decisions::Finding>| format!("the table does not load: {findings:?}");
    let model = Decisions::parse(&table(20)?).map_err(broken)?;
    let calls = effort.of(20_000, 500);
    let input = json!({"alter": 195, "art": "y", "tag": "2026-03-01"});
    let (means, times) = timed(effort, calls, || {
        black_box(model.decide("satz", black_box(&input))?);
        Ok(())
    })?;
    let figure = Figure::new("decide", "20-rule table, with explanation", "µs", means);
    report.add(figure.goal(Goal::AtMost(10.0)).of(calls as u64).times(&times));

    let catalogue = house::catalogue()?;
    let package = house::package(&catalogue)?;
    let magdeburg = AuthorityId::parse(house::MAGDEBURG)?;
    let adoption = catalogue.adoption(house::SERVICE, magdeburg).ok_or("not adopted")?;
    let ambient = crate::machine::ambient();
    let application = house::application(&catalogue, &ambient)?;
    let today = ambient.now().date();
    let calls = effort.of(5_000, 100);
    let (means, times) = timed(effort, calls, || {
        black_box(package.decide(adoption, black_box(&application), today)?);
        Ok(())
    })?;
    let figure = Figure::new("decide", "Hundesteuer, whole decision, with explanation", "µs", means);
    report.add(figure.of(calls as u64).times(&times));
    let (means, times) = timed(effort, calls, || {
        let problems = package.form().evaluate(black_box(&application), today).problems;
        if problems.is_empty() {
            Ok(())
        } else {
            Err("the example is not valid".into())
        }
    })?;
    let figure = Figure::new("decide", "Hundesteuer, all rules of the form", "µs", means);
    report.add(figure.of(calls as u64).times(&times));
    wohngeld(&catalogue, report, effort)
}

/// The package's own family of four, and the same household filled up with children to all persons the form takes.
fn wohngeld(catalogue: &wegfrei_packages::Catalogue, report: &Reporter, effort: Effort) -> Result<()> {
    const MEMBERS: &str = "G15000100007";
    const MOST_MEMBERS: usize = 39;
    let package = catalogue.package("wohngeld").ok_or("no package wohngeld")?;
    let example = package
        .examples()
        .iter()
        .find(|example| example.file.contains("05-familie"))
        .ok_or("the package has no example 05-familie")?;
    let adoption = catalogue
        .adoption(package.id(), example.authority)
        .ok_or("Wohngeld is not adopted there")?;
    let mut crowd = example.application.clone();
    let members = crowd[MEMBERS].as_array_mut().ok_or("the example has no members")?;
    let child = members.last().cloned().ok_or("the example has no members")?;
    members.resize(MOST_MEMBERS, child);
    for (persons, application, goal) in [
        (4, &example.application, Some(Goal::AtMost(100.0))),
        (MOST_MEMBERS + 1, &crowd, None),
    ] {
        let calls = effort.of(5_000, 50);
        let decide = || package.decide(adoption, black_box(application), example.date);
        let (means, times) = timed(effort, calls, || {
            black_box(decide()?);
            Ok(())
        })?;
        let what = format!("Wohngeld, {persons} persons, whole decision, with explanation");
        let figure = Figure::new("decide", what, "µs", means).of(calls as u64).times(&times);
        report.add(match goal {
            Some(goal) => figure.goal(goal),
            None => figure,
        });
        let facts = package.facts(application, example.date);
        let (means, times) = timed(effort, calls, || {
            black_box(package.decide_facts(adoption, "entscheidung", black_box(&facts), example.date)?);
            Ok(())
        })?;
        let what = format!("Wohngeld, {persons} persons, from the facts, with explanation");
        report.add(Figure::new("decide", what, "µs", means).of(calls as u64).times(&times));
        let (means, times) = timed(effort, calls, || {
            black_box(serde_json::to_vec(&decide()?)?);
            Ok(())
        })?;
        let what = format!("Wohngeld, {persons} persons, whole decision, written as JSON");
        report.add(Figure::new("decide", what, "µs", means).of(calls as u64).times(&times));
    }
    Ok(())
}
