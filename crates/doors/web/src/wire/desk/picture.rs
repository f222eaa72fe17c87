//! The picture of a process from the drawing in its BPMN file. Which steps lie behind follows from what is known of the case.

mod place;

use crate::texts::Texts;
use crate::view::desk::{Drawn, Figure, Picture, Reached, StepLine, Way, Words};
use place::{Area, Board, LETTER, LINE};
use std::collections::{BTreeMap, BTreeSet};
use wegfrei_process::{Edge, Kind, Label, Process, Shape};

/// Space around the drawing.
const MARGIN: i64 = 12;

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
        let start = process
            .elements()
            .iter()
            .find(|element| matches!(element.kind, Kind::Start { .. }));
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
            .filter(|element| matches!(&element.kind, Kind::Boundary { activity, .. } if activity == at));
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

/// Coordinates beyond this are those of no drawing; within it nothing below can overflow.
const FARTHEST: f64 = 1e6;

#[expect(clippy::cast_possible_truncation, reason = "it lies within the bound")]
fn whole(number: f64) -> i64 {
    number.clamp(-FARTHEST, FARTHEST).round() as i64
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

/// The lines of a name, each on the middle of the area.
fn placed(lines: Vec<String>, area: Area) -> Vec<Words> {
    let x = area.middle().0;
    let place = |(n, text): (usize, String)| Words {
        x,
        y: area.top + LINE * i64::try_from(n).unwrap_or(0) + LINE - 3,
        text,
    };
    lines.into_iter().enumerate().map(place).collect()
}

/// Width and height of a name.
fn size(lines: &[String]) -> (i64, i64) {
    let letters = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let number = |count: usize| i64::try_from(count).unwrap_or(0);
    (number(letters) * LETTER, number(lines.len()) * LINE)
}

fn figure(kind: &Kind) -> Figure {
    match kind {
        Kind::Start { .. } => Figure::Circle,
        Kind::End { .. } => Figure::End,
        Kind::Catch { .. } | Kind::Throw { .. } | Kind::Boundary { .. } if kind.timer().is_some() => Figure::Timer,
        Kind::Catch { .. } | Kind::Throw { .. } | Kind::Boundary { .. } => Figure::Event,
        Kind::Exclusive | Kind::Parallel | Kind::Inclusive | Kind::EventBased => Figure::Diamond,
        _ => Figure::Box,
    }
}

/// What stands in a diamond (BPMN 2.0, 10.6).
fn mark(kind: &Kind) -> &'static str {
    match kind {
        Kind::Exclusive => "×",
        Kind::Parallel => "+",
        Kind::Inclusive => "○",
        Kind::EventBased => "◎",
        _ => "",
    }
}

fn area(shape: &Shape) -> Area {
    Area::new(
        whole(shape.x),
        whole(shape.y),
        whole(shape.width).max(1),
        whole(shape.height).max(1),
    )
}

fn said(label: Option<Label>) -> Option<(i64, i64)> {
    label.map(|label| (whole(label.x + label.width / 2.0), whole(label.y + label.height / 2.0)))
}

fn points(edge: &Edge) -> Vec<(i64, i64)> {
    edge.points.iter().map(|(x, y)| (whole(*x), whole(*y))).collect()
}

/// Whether other steps are drawn in the shape.
fn holds_others(process: &Process, shape: &Shape) -> bool {
    process.elements().iter().any(|inner| {
        inner.parent.as_deref() == Some(shape.element.as_str())
            && process.diagram().shapes.iter().any(|other| other.element == inner.id)
    })
}

/// The shapes without their names, and what they take up.
fn shapes(process: &Process, standing: &Standing, board: &mut Board) -> Vec<Drawn> {
    let mut drawn = Vec::with_capacity(process.diagram().shapes.len());
    for shape in &process.diagram().shapes {
        let place = area(shape);
        let element = process.element(&shape.element);
        let lane = process.lanes().iter().find(|lane| lane.id == shape.element);
        let title = |text: &str| Words {
            x: place.left + 10,
            y: place.top + LINE + 4,
            text: text.to_owned(),
        };
        let mut words = Vec::new();
        let figure = element.map_or(Figure::Lane, |element| figure(&element.kind));
        match (element, lane) {
            // The name stands along the left edge, level: turned text is hard to read.
            (None, Some(lane)) => words.push(title(&lane.name)),
            (Some(element), _) if figure == Figure::Box && holds_others(process, shape) => {
                let (width, height) = size(std::slice::from_ref(&element.name));
                board.name(Area::new(place.left + 10, place.top + 4, width, height));
                words.extend(placed(
                    vec![element.name.clone()],
                    Area::new(place.left, place.top + 4, place.right - place.left, height),
                ));
            }
            (Some(element), _) => {
                board.shape(place);
                if figure == Figure::Box {
                    let lines = wrapped(&element.name, (place.right - place.left - 8) / LETTER);
                    let height = size(&lines).1;
                    let top = place.middle().1 - height / 2;
                    words = placed(lines, Area::new(place.left, top, place.right - place.left, height));
                }
            }
            (None, None) => {}
        }
        if let (Figure::Lane, Some(word)) = (figure, words.first()) {
            let (width, height) = size(std::slice::from_ref(&word.text));
            board.name(Area::new(word.x, word.y - LINE + 3, width, height));
        }
        drawn.push(Drawn {
            figure,
            progress: element.map_or(Reached::Ahead, |element| standing.progress(&element.id)),
            mark: element.map_or("", |element| mark(&element.kind)),
            x: place.left,
            y: place.top,
            width: place.right - place.left,
            height: place.bottom - place.top,
            words,
        });
    }
    drawn
}

/// Names of events and gateways, beside them.
fn name_shapes(process: &Process, drawn: &mut [Drawn], board: &mut Board) {
    for (shape, drawn) in process.diagram().shapes.iter().zip(drawn) {
        let Some(element) = process
            .element(&shape.element)
            .filter(|element| element.name != element.id)
        else {
            continue;
        };
        if drawn.figure == Figure::Box {
            continue;
        }
        let lines = wrapped(&element.name, 16);
        if let Some(place) = board.beside_shape(area(shape), size(&lines), said(shape.label)) {
            drawn.words = placed(lines, place);
        }
    }
}

fn ways(process: &Process, standing: &Standing, board: &mut Board) -> Vec<Way> {
    let known = |id: &str| standing.progress(id) != Reached::Ahead;
    let flows: BTreeMap<&str, _> = process.flows().iter().map(|flow| (flow.id.as_str(), flow)).collect();
    let edges = &process.diagram().edges;
    let mut ways = Vec::with_capacity(edges.len());
    for edge in edges {
        let flow = flows.get(edge.flow.as_str());
        let line = points(edge);
        let name = flow.and_then(|flow| flow.name.clone());
        let lines = name.map(|name| wrapped(&name, 16)).unwrap_or_default();
        let place = (!lines.is_empty()).then(|| board.beside_way(&line, size(&lines), said(edge.label)));
        let points: Vec<String> = line.iter().map(|(x, y)| format!("{x},{y}")).collect();
        ways.push(Way {
            points: points.join(" "),
            gone: flow.is_some_and(|flow| {
                known(&flow.source) && standing.behind.contains(&flow.source) && known(&flow.target)
            }),
            words: place.flatten().map(|place| placed(lines, place)).unwrap_or_default(),
        });
    }
    ways
}

/// The rectangle around all that is drawn: shapes, lines and names.
fn frame(process: &Process, shapes: &[Drawn], board: &Board) -> Option<Area> {
    let drawn = shapes
        .iter()
        .map(|shape| Area::new(shape.x, shape.y, shape.width, shape.height));
    let corners = process
        .diagram()
        .edges
        .iter()
        .flat_map(points)
        .map(|(x, y)| Area::new(x, y, 0, 0));
    drawn.chain(corners).chain(board.names()).reduce(Area::with)
}

/// The picture for those who only know the names of the steps that wait.
pub(crate) fn waiting_picture(t: &'static Texts, process: &Process, waiting: &[String]) -> Picture {
    let waits = process
        .elements()
        .iter()
        .filter(|element| waiting.contains(&element.name));
    let now: Vec<&str> = waits.map(|element| element.id.as_str()).collect();
    picture(t, process, &Standing::walked(process, &[], &now, None))
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
        .filter(|element| figure(&element.kind) != Figure::Diamond)
        .map(|element| {
            let progress = standing.progress(&element.id);
            StepLine {
                name: element.name.clone(),
                state: state(progress),
                here: progress == Reached::Here,
            }
        })
        .collect();
    let mut board = Board::default();
    for edge in &process.diagram().edges {
        let line = points(edge);
        line.iter()
            .zip(line.iter().skip(1))
            .for_each(|(from, to)| board.line((*from, *to)));
    }
    let mut drawn = shapes(process, standing, &mut board);
    name_shapes(process, &mut drawn, &mut board);
    let ways = ways(process, standing, &mut board);
    let frame = frame(process, &drawn, &board).unwrap_or(Area::new(0, 0, 0, 0));
    // What lies beneath is drawn first.
    drawn.sort_by_key(|shape| (shape.figure != Figure::Lane, std::cmp::Reverse(shape.width)));
    let width = frame.right.saturating_sub(frame.left).saturating_add(2 * MARGIN);
    let height = frame.bottom.saturating_sub(frame.top).saturating_add(2 * MARGIN);
    let (left, top) = (frame.left.saturating_sub(MARGIN), frame.top.saturating_sub(MARGIN));
    Picture {
        view_box: format!("{left} {top} {width} {height}"),
        width,
        ways,
        shapes: drawn,
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

    /// The Widerspruch's picture was cut at three sides, and names lay upon each other.
    #[test]
    fn names_lie_on_nothing_and_nothing_is_cut() {
        for service in ["hundesteuer", "widerspruch", "wohngeld"] {
            let path = format!(
                "{}/../../../packages/services/{service}/process.bpmn",
                env!("CARGO_MANIFEST_DIR")
            );
            let process = Process::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
            let t = crate::texts::of(crate::texts::Lang::De);
            let picture = picture(t, &process, &Standing::default());
            let frame: Vec<i64> = picture.view_box.split(' ').map(|n| n.parse().unwrap()).collect();
            let frame = Area::new(frame[0], frame[1], frame[2], frame[3]);
            let text = |word: &Words| {
                let width = i64::try_from(word.text.chars().count()).unwrap() * LETTER;
                Area::new(word.x - width / 2, word.y - LINE + 3, width, LINE)
            };
            let beside = picture
                .shapes
                .iter()
                .filter(|s| !matches!(s.figure, Figure::Box | Figure::Lane));
            let named = beside
                .flat_map(|shape| &shape.words)
                .chain(picture.ways.iter().flat_map(|way| &way.words));
            let names: Vec<(&str, Area)> = named.map(|word| (word.text.as_str(), text(word))).collect();
            let steps = picture.shapes.iter().filter(|shape| shape.figure != Figure::Lane);
            let steps: Vec<Area> = steps.map(|s| Area::new(s.x, s.y, s.width, s.height)).collect();
            for (at, (name, area)) in names.iter().enumerate() {
                assert_eq!(area.with(frame), frame, "{service}: {name} is cut");
                for (other, place) in names.iter().take(at) {
                    assert_eq!(area.overlap(*place), 0, "{service}: {name} lies upon {other}");
                }
                for step in &steps {
                    assert_eq!(area.overlap(*step), 0, "{service}: {name} lies upon {step:?}");
                }
            }
            for edge in &process.diagram().edges {
                for (x, y) in points(edge) {
                    assert_eq!(
                        Area::new(x, y, 0, 0).with(frame),
                        frame,
                        "{service}: {} is cut",
                        edge.flow
                    );
                }
            }
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
