//! Where names stand in a drawing: near what they name, and where they cover as little as possible.

/// Height of a line of text, in the units of the drawing.
pub(super) const LINE: i64 = 14;
/// Width of a letter, on average.
pub(super) const LETTER: i64 = 7;
/// Space between a name and what it names.
const GAP: i64 = 5;

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub left: i64,
    pub top: i64,
    pub right: i64,
    pub bottom: i64,
}

impl Area {
    pub fn new(left: i64, top: i64, width: i64, height: i64) -> Area {
        Area {
            left,
            top,
            right: left.saturating_add(width),
            bottom: top.saturating_add(height),
        }
    }

    fn around(x: i64, y: i64, (width, height): (i64, i64)) -> Area {
        Area::new(x.saturating_sub(width / 2), y.saturating_sub(height / 2), width, height)
    }

    pub fn middle(self) -> (i64, i64) {
        let half = |a: i64, b: i64| a.saturating_add(b.saturating_sub(a) / 2);
        (half(self.left, self.right), half(self.top, self.bottom))
    }

    /// The smallest rectangle around both.
    pub fn with(self, other: Area) -> Area {
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub fn overlap(self, other: Area) -> i64 {
        let width = self.right.min(other.right).saturating_sub(self.left.max(other.left));
        let height = self.bottom.min(other.bottom).saturating_sub(self.top.max(other.top));
        width.max(0).saturating_mul(height.max(0))
    }

    /// How much of a line lies in it.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "coordinates of a drawing are small; `as` saturates what is not"
    )]
    fn crossed(self, (from, to): Stretch) -> i64 {
        // Liang–Barsky: the part of the line between entering and leaving the rectangle.
        let (x, y) = (from.0 as f64, from.1 as f64);
        let (dx, dy) = (to.0 as f64 - x, to.1 as f64 - y);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (step, room) in [
            (-dx, x - self.left as f64),
            (dx, self.right as f64 - x),
            (-dy, y - self.top as f64),
            (dy, self.bottom as f64 - y),
        ] {
            if step == 0.0 {
                if room < 0.0 {
                    return 0;
                }
            } else if step < 0.0 {
                enter = enter.max(room / step);
            } else {
                leave = leave.min(room / step);
            }
        }
        if enter >= leave {
            return 0;
        }
        ((leave - enter) * dx.hypot(dy)).ceil() as i64
    }
}

pub(super) type Stretch = ((i64, i64), (i64, i64));

/// What is drawn already.
#[derive(Debug, Default)]
pub(super) struct Board {
    shapes: Vec<Area>,
    lines: Vec<Stretch>,
    names: Vec<Area>,
}

impl Board {
    pub fn shape(&mut self, area: Area) {
        self.shapes.push(area);
    }

    pub fn line(&mut self, stretch: Stretch) {
        self.lines.push(stretch);
    }

    pub fn name(&mut self, area: Area) {
        self.names.push(area);
    }

    /// Where names stand.
    pub fn names(&self) -> impl Iterator<Item = Area> + '_ {
        self.names.iter().copied()
    }

    /// How much a name would cover here: other names weigh most, then shapes, then lines.
    fn cost(&self, area: Area) -> i64 {
        let names: i64 = self
            .names
            .iter()
            .map(|other| area.overlap(*other).saturating_mul(4))
            .sum();
        let shapes: i64 = self
            .shapes
            .iter()
            .map(|other| area.overlap(*other).saturating_mul(2))
            .sum();
        let lines = self.lines.iter().map(|line| area.crossed(*line).saturating_mul(LINE));
        names.saturating_add(shapes).saturating_add(lines.sum())
    }

    /// Takes the place that costs least; of equal ones the first.
    fn take(&mut self, places: impl Iterator<Item = Area>) -> Option<Area> {
        let best = places.min_by_key(|area| self.cost(*area))?;
        self.names.push(best);
        Some(best)
    }

    /// The place of the name of a circle or diamond: where the file says, else below, above, beside it.
    pub fn beside_shape(&mut self, shape: Area, size: (i64, i64), said: Option<(i64, i64)>) -> Option<Area> {
        let (x, y) = shape.middle();
        let across = (shape.right - shape.left) / 2 + size.0 / 2 + GAP;
        let down = (shape.bottom - shape.top) / 2 + size.1 / 2 + GAP;
        let side = size.0 / 2 + GAP;
        let places = [
            (x, y + down),
            (x, y - down),
            (x + across, y),
            (x - across, y),
            (x + side, y + down),
            (x - side, y + down),
            (x + side, y - down),
            (x - side, y - down),
        ];
        let said = said.into_iter();
        self.take(said.chain(places).map(|(x, y)| Area::around(x, y, size)))
    }

    /// The place of the name of a way: where the file says, else beside one of its stretches, rather near its beginning.
    pub fn beside_way(&mut self, way: &[(i64, i64)], size: (i64, i64), said: Option<(i64, i64)>) -> Option<Area> {
        let mut places: Vec<Area> = said.map(|(x, y)| Area::around(x, y, size)).into_iter().collect();
        for (from, to) in way.iter().zip(way.iter().skip(1)) {
            let level = (from.0 - to.0).abs() >= (from.1 - to.1).abs();
            let length = if level { to.0 - from.0 } else { to.1 - from.1 };
            let room = if level { size.0 / 2 } else { size.1 / 2 } + GAP;
            for along in [
                room.min(length.abs() / 2),
                length.abs() / 2,
                (length.abs() - room).max(length.abs() / 2),
            ] {
                let part = |a: i64, b: i64| a + (b - a) * along / length.abs().max(1);
                let (x, y) = (part(from.0, to.0), part(from.1, to.1));
                let (off_x, off_y) = (size.0 / 2 + GAP, size.1 / 2 + GAP - 1);
                let sides = if level {
                    [(0, -off_y), (0, off_y)]
                } else {
                    [(off_x, 0), (-off_x, 0)]
                };
                places.extend(sides.map(|(dx, dy)| Area::around(x + dx, y + dy, size)));
            }
        }
        self.take(places.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_where_it_covers_nothing() {
        let mut board = Board::default();
        let shape = Area::new(100, 100, 36, 36);
        board.shape(shape);
        board.line(((118, 136), (118, 300)));
        let place = board.beside_shape(shape, (60, 14), None).unwrap();
        assert_eq!(
            place.bottom,
            100 - GAP,
            "below runs a line, so it stands above: {place:?}"
        );
        board.line(((0, 90), (300, 90)));
        let next = board.beside_shape(shape, (60, 14), None).unwrap();
        assert_eq!(next.overlap(place), 0);
        let way = board.beside_way(&[(200, 118), (300, 118)], (20, 14), None).unwrap();
        assert!(way.bottom < 118 && way.left >= 200, "{way:?}");
        let said = board
            .beside_way(&[(200, 318), (300, 318)], (20, 14), Some((250, 400)))
            .unwrap();
        assert_eq!(said.middle(), (250, 400));
    }

    #[test]
    fn lines_are_measured_inside_a_rectangle() {
        let area = Area::new(0, 0, 10, 10);
        for (line, length) in [
            (((-5, 5), (15, 5)), 10),
            (((5, 2), (5, 4)), 2),
            (((-5, 20), (15, 20)), 0),
            (((20, 0), (20, 10)), 0),
            (((0, 0), (10, 10)), 15),
        ] {
            assert_eq!(area.crossed(line), length, "{line:?}");
        }
    }
}
