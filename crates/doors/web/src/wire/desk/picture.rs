//! The picture of a process from the drawing in its BPMN file. Which steps lie behind follows from what is known of the case.

use crate::texts::Texts;
use crate::view::desk::{Drawn, Figure, Picture, Reached, StepLine, Way, Words};
use std::collections::{BTreeMap, BTreeSet};
use wegfrei_process::{Diagram, Kind, Process, Shape};

/// Height of a line of text, in the units of the drawing.
const LINE: i64 = 14;
/// Width of a letter, on average.
const LETTER: i64 = 7;
/// Space around the drawing.
const MARGIN: i64 = 20;

/// Where a case stands: elements that hold it now, and elements it is known to have passed.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub here: BTreeSet<String>,
    pub behind: BTreeSet<String>,
}

impl Standing {
    /// From the elements a case waited at, in order, and those it waits at now. What lies between two of them runs by itself and
    /// leaves no trace of its own: the shortest way without another human step is taken for the one that was gone.
    pub fn walked(process: &Process, waited: &[&str], now: &[&str], ended: Option<&str>) -> Standing {
        let mut behind: BTreeSet<String> = waited.iter().map(|id| (*id).to_owned()).collect();
        let start = process.elements().iter().find(|element| element.kind == Kind::Start);
        let mut from = start.map(|element| element.id.as_str()).unwrap_or_default();
        for to in waited {
            behind.extend(between(process, from, to));
            from = to;
        }
        for to in now.iter().copied().chain(ended) {
            behind.extend(between(process, from, to));
        }
        behind.extend(ended.map(str::to_owned));
        let here: BTreeSet<String> = now.iter().map(|id| (*id).to_owned()).collect();
        behind.retain(|id| !here.contains(id));
        Standing { here, behind }
    }

    fn progress(&self, element: &str) -> Reached {
        if self.here.contains(element) {
            Reached::Here
        } else if self.behind.contains(element) {
            Reached::Behind
        } else {
            Reached::Ahead
        }
    }
}

/// The elements on the shortest way between two, without `to` itself, through no other user task.
fn between(process: &Process, from: &str, to: &str) -> Vec<String> {
    let mut came: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        // A way out of a user task may begin at the timer on its edge.
        let edges = process
            .elements()
            .iter()
            .filter(|element| matches!(&element.kind, Kind::BoundaryTimer { task, .. } if task == at));
        let flows = process.flows().iter().filter(|flow| flow.source == at);
        let next = flows
            .map(|flow| flow.target.as_str())
            .chain(edges.map(|element| element.id.as_str()));
        for id in next {
            if id != from && !came.contains_key(id) {
                came.insert(id, at);
                let human = process
                    .element(id)
                    .is_some_and(|element| matches!(element.kind, Kind::UserTask { .. }));
                if !human {
                    open.push_back(id);
                }
            }
        }
    }
    let mut way = Vec::new();
    let mut at = to;
    while let Some(before) = came.get(at) {
        way.push((*before).to_owned());
        at = before;
    }
    way
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "coordinates of a drawing are small; `as` saturates what is not"
)]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// Breaks a name into lines of at most so many letters; a word that is longer stands alone.
fn wrapped(name: &str, letters: i64) -> Vec<String> {
    let most = usize::try_from(letters).unwrap_or(1).max(8);
    let mut lines: Vec<String> = Vec::new();
    for word in name.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn placed(lines: Vec<String>, x: i64, middle: i64) -> Vec<Words> {
    let count = i64::try_from(lines.len()).unwrap_or(1);
    let first = middle - (count - 1) * LINE / 2 + LINE / 3;
    let place = |(n, text): (usize, String)| Words {
        x,
        y: first + i64::try_from(n).unwrap_or(0) * LINE,
        text,
    };
    lines.into_iter().enumerate().map(place).collect()
}

fn figure(kind: &Kind) -> Figure {
    match kind {
        Kind::Start => Figure::Circle,
        Kind::End | Kind::Terminate => Figure::End,
        Kind::Timer { .. } | Kind::BoundaryTimer { .. } => Figure::Timer,
        Kind::Exclusive | Kind::Parallel => Figure::Diamond,
        Kind::UserTask { .. } | Kind::ServiceTask { .. } | Kind::DecisionTask { .. } => Figure::Box,
    }
}

fn drawn(process: &Process, shape: &Shape, standing: &Standing) -> Drawn {
    let (x, y) = (whole(shape.x), whole(shape.y));
    let (width, height) = (whole(shape.width).max(1), whole(shape.height).max(1));
    let Some(element) = process.element(&shape.element) else {
        // A lane or pool; its name stands along its left edge, level: turned text is hard to read.
        let lane = process.lanes().iter().find(|lane| lane.id == shape.element);
        let words = lane.map(|lane| Words {
            x: x + 10,
            y: y + LINE + 4,
            text: lane.name.clone(),
        });
        return Drawn {
            figure: Figure::Lane,
            progress: Reached::Ahead,
            x,
            y,
            width,
            height,
            words: words.into_iter().collect(),
        };
    };
    let figure = figure(&element.kind);
    let words = match figure {
        Figure::Box => placed(
            wrapped(&element.name, (width - 8) / LETTER),
            x + width / 2,
            y + height / 2,
        ),
        _ => {
            let lines = wrapped(&element.name, 16);
            let count = i64::try_from(lines.len()).unwrap_or(1);
            placed(lines, x + width / 2, y + height + LINE / 2 + 4 + (count - 1) * LINE / 2)
        }
    };
    Drawn {
        figure,
        progress: standing.progress(&element.id),
        x,
        y,
        width,
        height,
        words,
    }
}

fn ways(process: &Process, diagram: &Diagram, standing: &Standing) -> Vec<Way> {
    let known = |id: &str| standing.progress(id) != Reached::Ahead;
    let flows: BTreeMap<&str, _> = process.flows().iter().map(|flow| (flow.id.as_str(), flow)).collect();
    let mut ways = Vec::with_capacity(diagram.edges.len());
    for edge in &diagram.edges {
        let flow = flows.get(edge.flow.as_str());
        let points: Vec<String> = edge
            .points
            .iter()
            .map(|(x, y)| format!("{},{}", whole(*x), whole(*y)))
            .collect();
        let words = flow.and_then(|flow| flow.name.clone()).and_then(|text| {
            let (first, second) = (edge.points.first()?, edge.points.get(1)?);
            // Beside the first stretch of the way, a little off its beginning.
            let near = |a: f64, b: f64| whole(a + (b - a).clamp(-26.0, 26.0));
            let level = (first.1 - second.1).abs() < 1.0;
            let (x, y) = (near(first.0, second.0), near(first.1, second.1));
            Some(Words {
                x: if level { x } else { x + 14 },
                y: if level { y - 6 } else { y },
                text,
            })
        });
        ways.push(Way {
            points: points.join(" "),
            gone: flow.is_some_and(|flow| {
                known(&flow.source) && standing.behind.contains(&flow.source) && known(&flow.target)
            }),
            words,
        });
    }
    ways
}

/// The picture; a file without a drawing has its steps in words alone.
pub(crate) fn picture(t: &'static Texts, process: &Process, standing: &Standing) -> Picture {
    let state = |progress| match progress {
        Reached::Here => t.process_here,
        Reached::Behind => t.process_behind,
        Reached::Ahead => t.process_ahead,
    };
    let steps: Vec<StepLine> = process
        .elements()
        .iter()
        .filter(|element| !matches!(element.kind, Kind::Exclusive | Kind::Parallel))
        .map(|element| {
            let progress = standing.progress(&element.id);
            StepLine {
                name: element.name.clone(),
                state: state(progress),
                here: progress == Reached::Here,
            }
        })
        .collect();
    let diagram = process.diagram();
    let mut shapes: Vec<Drawn> = diagram
        .shapes
        .iter()
        .map(|shape| drawn(process, shape, standing))
        .collect();
    // What lies beneath is drawn first.
    shapes.sort_by_key(|shape| (shape.figure != Figure::Lane, std::cmp::Reverse(shape.width)));
    let end = |at: fn(&Drawn) -> i64| shapes.iter().map(at).max().unwrap_or_default();
    let begin = |at: fn(&Drawn) -> i64| shapes.iter().map(at).min().unwrap_or_default();
    let left = begin(|shape| shape.x).saturating_sub(MARGIN);
    let top = begin(|shape| shape.y).saturating_sub(MARGIN);
    let width = end(|shape| shape.x.saturating_add(shape.width)).saturating_sub(left) + MARGIN;
    let height = end(|shape| shape.y.saturating_add(shape.height)).saturating_sub(top) + 2 * MARGIN + LINE;
    Picture {
        view_box: format!("{left} {top} {width} {height}"),
        width,
        ways: ways(process, diagram, standing),
        shapes,
        steps,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hundesteuer() -> Process {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../packages/services/hundesteuer/process.bpmn"
        );
        Process::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn the_present_step_and_the_way_to_it_are_marked() {
        let process = hundesteuer();
        for (waited, now, ended, behind) in [
            (vec![], vec!["Task_Pruefen"], None, 3),
            (vec![], vec!["Timer_Rechtsbehelf"], None, 4),
            (vec!["Task_Pruefen"], vec!["Timer_Rechtsbehelf"], None, 7),
            (vec!["Task_Pruefen"], vec![], Some("Ende_Bestandskraft"), 9),
            (vec![], vec![], None, 0),
        ] {
            let standing = Standing::walked(&process, &waited, &now, ended);
            assert_eq!(
                standing.behind.len(),
                behind,
                "{waited:?} {now:?} {:?}",
                standing.behind
            );
            let t = crate::texts::of(crate::texts::Lang::De);
            let picture = picture(t, &process, &standing);
            assert_eq!(picture.steps.iter().filter(|step| step.here).count(), now.len());
            let boxes = picture.shapes.iter().filter(|shape| shape.progress == Reached::Here);
            assert_eq!(boxes.count(), now.len());
            assert_eq!(
                picture.shapes.first().unwrap().figure,
                Figure::Lane,
                "lanes lie beneath"
            );
        }
    }

    #[test]
    fn names_are_wrapped_between_words() {
        for (name, letters, lines) in [
            (
                "Bescheid erstellen und zustellen",
                14,
                vec!["Bescheid", "erstellen und", "zustellen"],
            ),
            ("Rechtsbehelfsbelehrung", 10, vec!["Rechtsbehelfsbelehrung"]),
            ("", 10, vec![]),
        ] {
            assert_eq!(wrapped(name, letters), lines);
        }
    }
}
