//! The process engine in memory: elements a second, many instances at once, long histories.

use std::hint::black_box;

use serde_json::{Value, json};
use wegfrei_process::{Began, Effect, Input, Process, Recorded, State};

use crate::figure::{Figure, Goal, Reporter};
use crate::machine::moment;
use crate::{Effort, Result};

fn file(inside: &str) -> Result<Process> {
    let xml = format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:w='urn:wegfrei:bpmn:1'>\
         <resource id='c' name='sachbearbeitung'/><process id='p'>{inside}</process></definitions>"
    );
    Process::parse(&xml).map_err(|findings| format!("the model does not load: {findings:?}").into())
}

fn flow(from: &str, to: &str) -> String {
    format!("<sequenceFlow id='{from}-{to}' sourceRef='{from}' targetRef='{to}'/>")
}

const USER: &str = "<potentialOwner><resourceRef>c</resourceRef></potentialOwner>";

/// A case with everything a real one has: a decision, a choice, two ways at once, a person with a limit, a letter.
fn ordinary() -> Result<Process> {
    let flows: String = ["s-d", "d-x", "f-a", "f-b", "a-j", "b-j", "j-n", "l-n", "n-e"]
        .iter()
        .filter_map(|pair| pair.split_once('-'))
        .map(|(from, to)| flow(from, to))
        .collect();
    file(&format!(
        "<startEvent id='s'/><businessRuleTask id='d' w:decision='entscheidung'/><exclusiveGateway id='x' default='x-n'/>\
         <parallelGateway id='f'/><userTask id='a'>{USER}</userTask><serviceTask id='b' w:operation='notice'/>\
         <boundaryEvent id='l' attachedToRef='a' cancelActivity='false'><timerEventDefinition w:deadline='erinnerung'/></boundaryEvent>\
         <parallelGateway id='j'/><serviceTask id='n' w:operation='notice'/><endEvent id='e'/>{flows}\
         <sequenceFlow id='x-f' sourceRef='x' targetRef='f'><conditionExpression>entscheidung.automatisch = false</conditionExpression></sequenceFlow>\
         <sequenceFlow id='x-n' sourceRef='x' targetRef='n'/>"
    ))
}

/// Does everything that is asked until the case is over; gives how many elements were entered.
fn through(process: &Process, vars: &Value) -> Result<usize> {
    let (mut state, mut effects) = process.start(vars)?;
    let mut entered = 0;
    let mut inputs = std::collections::VecDeque::new();
    loop {
        for effect in effects.drain(..) {
            match effect {
                Effect::Entered { .. } => entered += 1,
                Effect::Decide { element, token, .. }
                | Effect::Call { element, token, .. }
                | Effect::Task { element, token, .. } => inputs.push_back(Input::Complete { element, token }),
                _ => {}
            }
        }
        let Some(input) = inputs.pop_front() else { break };
        effects = process.advance(&mut state, &input, vars)?.effects;
    }
    if state.finished {
        Ok(entered)
    } else {
        Err("the case did not end".into())
    }
}

/// Starts and ends so many instances of one task, at once or one after the other; µs for each.
fn instances(process: &Process, number: u32) -> Result<f64> {
    let vars = json!({ "n": number, "liste": (0..number).collect::<Vec<u32>>() });
    let begin = moment();
    let (mut state, effects) = process.start(&vars)?;
    let task = |effect: Effect| match effect {
        Effect::Task { element, token, .. } => Some((element, token)),
        _ => None,
    };
    let mut waiting: std::collections::VecDeque<_> = effects.into_iter().filter_map(task).collect();
    while let Some((element, token)) = waiting.pop_front() {
        let moved = process.advance(&mut state, &Input::Complete { element, token }, &vars)?;
        waiting.extend(moved.effects.into_iter().filter_map(task));
    }
    let took = begin.elapsed().as_secs_f64() * 1e6;
    if !black_box(&state).finished {
        return Err("the instances did not end".into());
    }
    Ok(took / f64::from(number))
}

/// A case that goes round so often; µs for each event when it is made, and when all of it is made again.
fn history(process: &Process, rounds: u32) -> Result<(f64, f64)> {
    let vars = json!({ "weiter": true });
    let begin = moment();
    let mut state = State::default();
    let (first, moved) = process.start_at("s", &vars)?;
    state.clone_from(&first);
    let mut history = vec![Recorded {
        input: Began::Started(Some("s".to_owned())),
        answers: moved.answers,
    }];
    for _ in 0..rounds {
        let token = state.tokens().next().ok_or("nothing waits")?;
        let input = Input::Complete {
            element: token.element.clone(),
            token: token.id,
        };
        let moved = process.advance(&mut state, &input, &vars)?;
        history.push(Recorded {
            input: Began::Took(input),
            answers: moved.answers,
        });
    }
    let made = begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
    let begin = moment();
    let again = process.replay(&history)?;
    let replayed = begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
    if again != state {
        return Err("the history does not end where the case did".into());
    }
    Ok((made, replayed))
}

pub fn run(report: &Reporter, effort: Effort) -> Result<()> {
    let process = ordinary()?;
    let vars =
        json!({"antrag": {"hunde": [1, 2, 3]}, "entscheidung": {"automatisch": false}, "aufgabe": {"ergebnis": null}});
    let cases = effort.of(20_000, 500);
    let mut rates = Vec::new();
    let mut elements = 0;
    for _ in 0..effort.runs() {
        let begin = moment();
        elements = 0;
        for _ in 0..cases {
            elements += through(&process, &vars)?;
        }
        rates.push(elements as f64 / begin.elapsed().as_secs_f64());
    }
    let figure = Figure::new("process", "elements entered, ordinary case, one core", "/s", rates);
    report.add(figure.goal(Goal::AtLeast(200_000.0)).of(elements as u64));

    let repeated = |how: &str| {
        file(&format!(
            "<startEvent id='s'/><userTask id='u'>{USER}{how}</userTask><endEvent id='e'/>{}{}",
            flow("s", "u"),
            flow("u", "e")
        ))
    };
    let (few, lots) = (1_000, 10_000);
    let many = repeated(
        "<multiInstanceLoopCharacteristics><loopCardinality>n</loopCardinality></multiInstanceLoopCharacteristics>",
    )?;
    let mut each = Vec::new();
    let mut ratio = Vec::new();
    for _ in 0..effort.runs() {
        let one = (0..5).map(|_| instances(&many, few)).collect::<Result<Vec<f64>>>()?;
        let one = one.into_iter().fold(f64::INFINITY, f64::min);
        each.push(one);
        ratio.push(instances(&many, lots)? / one);
    }
    report.add(Figure::new("process", "multi-instance of 1,000, each instance", "µs", each).of(u64::from(few)));
    let figure = Figure::new(
        "process",
        "multi-instance of 10,000, an instance against one of 1,000",
        "×",
        ratio,
    );
    report.add(figure.goal(Goal::AtMost(2.0)).of(u64::from(lots)));
    let condition = "<completionCondition>numberOfCompletedInstances &gt; n</completionCondition>";
    for (what, sequential, collection) in [
        (
            "one after the other over a number",
            true,
            "<loopCardinality>n</loopCardinality>",
        ),
        ("at once over a list, with a condition for the end", false, ""),
        (
            "one after the other over a list, with a condition for the end",
            true,
            "",
        ),
    ] {
        let (list, end) = if collection.is_empty() {
            (" w:collection='liste'", condition)
        } else {
            ("", "")
        };
        let model = repeated(&format!(
            "<multiInstanceLoopCharacteristics isSequential='{sequential}'{list}>{collection}{end}</multiInstanceLoopCharacteristics>"
        ))?;
        let mut ratio = Vec::new();
        for _ in 0..effort.runs() {
            let one = (0..5).map(|_| instances(&model, 100)).collect::<Result<Vec<f64>>>()?;
            ratio.push(instances(&model, few)? / one.into_iter().fold(f64::INFINITY, f64::min));
        }
        let what = format!("multi-instance of 1,000 {what}, an instance against one of 100");
        report.add(
            Figure::new("process", what, "×", ratio)
                .goal(Goal::AtMost(2.0))
                .of(u64::from(few)),
        );
    }

    let round = file(&format!(
        "<startEvent id='s'/><exclusiveGateway id='j'/><userTask id='u'>{USER}</userTask><exclusiveGateway id='x' default='x-e'/>\
         <endEvent id='e'/>{}{}{}{}<sequenceFlow id='x-j' sourceRef='x' targetRef='j'><conditionExpression>weiter</conditionExpression>\
         </sequenceFlow>",
        flow("s", "j"),
        flow("j", "u"),
        flow("u", "x"),
        flow("x", "e")
    ))?;
    let (mut made, mut replayed, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.runs() {
        let short = history(&round, 1_000)?;
        let long = history(&round, 10_000)?;
        made.push(long.0);
        replayed.push(long.1);
        ratio.push((long.0 + long.1) / (short.0 + short.1));
    }
    report.add(Figure::new("process", "history of 10,000 events, each event", "µs", made).of(10_000));
    report.add(
        Figure::new(
            "process",
            "history of 10,000 events made again, each event",
            "µs",
            replayed,
        )
        .of(10_000),
    );
    let figure = Figure::new(
        "process",
        "history of 10,000 events, an event against one of 1,000",
        "×",
        ratio,
    );
    report.add(figure.goal(Goal::AtMost(1.5)).of(10_000));
    Ok(())
}
