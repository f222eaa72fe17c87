//! The picture of a process from the drawing in its BPMN file. Which steps lie behind is what was recorded of the case.

mod place;

use crate::texts::Texts;
use crate::view::desk::{Drawn, Figure, Picture, Reached, StepLine, Way, Words};
use place::{Area, Board, LETTER, LINE};
use std::collections::{BTreeMap, BTreeSet};
use wegfrei_process::{Edge, Event, Kind, Label, Process, Shape};

/// Space around the drawing.
const MARGIN: i64 = 12;

/// Where a case stands: elements that hold it now, elements it has passed, and flows it took.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    here: BTreeSet<String>,
    behind: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl Standing {
    /// From the elements a case has reached, in order, and those it waits at now. An element was reached by the flow whose source
    /// was reached last before it.
    pub fn recorded(process: &Process, passed: &[String], now: &[&str]) -> Standing {
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        let mut gone = BTreeSet::new();
        for (at, element) in passed.iter().enumerate() {
            let into = process.flows().iter().filter(|flow| flow.target == *element);
            let from = into.filter_map(|flow| Some((*last.get(flow.source.as_str())?, flow)));
            if let Some((_, flow)) = from.max_by_key(|(at, _)| *at) {
                gone.insert(flow.id.clone());
            }
            last.insert(element, at);
        }
        let here: BTreeSet<String> = now.iter().map(|id| (*id).to_owned()).collect();
        let behind = passed.iter().filter(|id| !here.contains(*id)).cloned().collect();
        Standing { here, behind, gone }
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

/// What stands in a diamond (BPMN 2.0, 10.6) or in the circle of an event (10.5).
fn mark(kind: &Kind) -> &'static str {
    match kind {
        Kind::Exclusive => "×",
        Kind::Parallel => "+",
        Kind::Inclusive => "○",
        Kind::EventBased => "◎",
        other => match other.event() {
            // As text, not as a coloured picture.
            Some(Event::Message { .. }) => "✉\u{fe0e}",
            Some(Event::Signal { .. }) => "△",
            Some(Event::Error { .. }) => "↯",
            Some(Event::Escalation { .. }) => "⇧",
            Some(Event::Compensation { .. }) => "«",
            Some(Event::Cancel) => "×",
            Some(Event::Terminate) => "●",
            Some(Event::Link { .. }) => "⇨",
            Some(Event::None | Event::Timer { .. }) | None => "",
        },
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
            gone: flow.is_some_and(|flow| standing.gone.contains(&flow.id)),
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

/// The picture for those who know the names of the steps that wait.
pub(crate) fn waiting_picture(t: &'static Texts, process: &Process, waiting: &[String], passed: &[String]) -> Picture {
    let waits = process
        .elements()
        .iter()
        .filter(|element| waiting.contains(&element.name));
    let now: Vec<&str> = waits.map(|element| element.id.as_str()).collect();
    picture(t, process, &Standing::recorded(process, passed, &now))
}

/// The picture; a file without a drawing has its steps in words alone.
pub(crate) fn picture(t: &'static Texts, process: &Process, standing: &Standing) -> Picture {
    let state = |progress| match progress {
        Reached::Here => t.process_here,
        Reached::Behind => t.process_behind,
        // Of cases of early versions no way was recorded.
        Reached::Ahead if standing.behind.is_empty() => "",
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
    use wegfrei_process::{Effect, Input};

    fn hundesteuer() -> Process {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../packages/services/hundesteuer/process.bpmn"
        );
        Process::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    /// The way was guessed, and showed the opposite of what was decided.
    #[test]
    fn the_present_step_and_the_recorded_way_are_marked() {
        let process = hundesteuer();
        let facts =
            |automatic: bool| serde_json::json!({ "entscheidung": { "automatisch": automatic }, "aufgabe": {} });
        for (automatic, now, ways) in [(true, "Timer_Rechtsbehelf", 4), (false, "Task_Pruefen", 3)] {
            let mut passed = Vec::new();
            let mut entered = |effects: &[Effect]| {
                passed.extend(effects.iter().filter_map(|effect| match effect {
                    Effect::Entered { element } => Some(element.clone()),
                    _ => None,
                }));
            };
            let (mut state, mut effects) = process.start(&facts(automatic)).unwrap();
            entered(&effects);
            while let Some(input) = effects.iter().find_map(|effect| match effect {
                Effect::Decide { element, token, .. } | Effect::Call { element, token, .. } => Some(Input::Complete {
                    element: element.clone(),
                    token: *token,
                }),
                _ => None,
            }) {
                (state, effects) = process.step(&state, &input, &facts(automatic)).unwrap();
                entered(&effects);
            }
            assert_eq!(state.tokens().next().unwrap().element, now);
            let now = vec![now];
            let standing = Standing::recorded(&process, &passed, &now);
            assert_eq!(standing.gone.len(), ways, "{:?}", standing.gone);
            // Of each gateway one way was taken.
            for flow in standing.gone.iter() {
                let flow = process.flows().iter().find(|known| known.id == *flow).unwrap();
                let from = |other: &&wegfrei_process::Flow| other.source == flow.source;
                let taken = process.flows().iter().filter(from);
                assert_eq!(taken.filter(|other| standing.gone.contains(&other.id)).count(), 1);
            }
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

    /// All but timers were one circle.
    #[test]
    fn events_of_different_kinds_look_different() {
        let name = || "n".to_owned();
        let events = [
            Event::None,
            Event::Message { name: name() },
            Event::Signal { name: name() },
            Event::Error { code: None },
            Event::Escalation { code: None },
            Event::Compensation { activity: None },
            Event::Cancel,
            Event::Terminate,
            Event::Link { name: name() },
        ];
        let kinds = events.len();
        let marks: BTreeSet<&str> = events.into_iter().map(|event| mark(&Kind::End { event })).collect();
        assert_eq!(marks.len(), kinds);
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
