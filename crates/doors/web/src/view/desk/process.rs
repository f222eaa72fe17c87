//! The picture of a process: the drawing of the BPMN file, with the present step marked.

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Not reached.
    Ahead,
    /// Been there.
    Behind,
    /// The case is here.
    Here,
}

impl Reached {
    /// The end of the class `wf-p--…`.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Reached::Ahead => "ahead",
            Reached::Behind => "behind",
            Reached::Here => "here",
        }
    }
}

/// What a shape looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Start, end and timer: a circle.
    Circle,
    /// End: a circle with a thick line.
    End,
    /// Timer: two circles and hands.
    Timer,
    /// Another event on the way or at an edge: two circles.
    Event,
    /// Gateway.
    Diamond,
    /// Task.
    Box,
    /// Lane or pool.
    Lane,
}

/// A line of text in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Middle of the line.
    pub x: i64,
    /// Baseline.
    pub y: i64,
    /// Text.
    pub text: String,
}

/// One shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// What it looks like.
    pub figure: Figure,
    /// How far it is.
    pub progress: Reached,
    /// The sign in a diamond or in the circle of an event.
    pub mark: &'static str,
    /// Left.
    pub x: i64,
    /// Top.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// Its name, wrapped.
    pub words: Vec<Words>,
}

impl Drawn {
    /// Middle, across.
    #[must_use]
    pub fn cx(&self) -> i64 {
        self.x.saturating_add(self.width / 2)
    }

    /// Middle, down.
    #[must_use]
    pub fn cy(&self) -> i64 {
        self.y.saturating_add(self.height / 2)
    }

    /// Radius of a circle.
    #[must_use]
    pub fn radius(&self) -> i64 {
        self.width.min(self.height) / 2
    }

    /// The corners of a diamond.
    #[must_use]
    pub fn corners(&self) -> String {
        let (right, bottom) = (self.x.saturating_add(self.width), self.y.saturating_add(self.height));
        format!(
            "{},{} {},{} {},{} {},{}",
            self.cx(),
            self.y,
            right,
            self.cy(),
            self.cx(),
            bottom,
            self.x,
            self.cy()
        )
    }
}

/// One way from a shape to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Points `x,y x,y …`.
    pub points: String,
    /// The case went here.
    pub gone: bool,
    /// What stands beside it.
    pub words: Vec<Words>,
}

/// A step in words, for those who do not see the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLine {
    /// What happens.
    pub name: String,
    /// How far, in words.
    pub state: &'static str,
    /// The case is here.
    pub here: bool,
}

/// Where a process stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// `x y width height`.
    pub view_box: String,
    /// Width in pixels at full size.
    pub width: i64,
    /// Pools and lanes first.
    pub shapes: Vec<Drawn>,
    /// Ways.
    pub ways: Vec<Way>,
    /// The same in words.
    pub steps: Vec<StepLine>,
}

impl Picture {
    /// Whether it shows where a case stands.
    pub fn is_marked(&self) -> bool {
        self.steps.iter().any(|step| step.here)
    }
}
