//! The drawing that came with the model (BPMN DI), kept so that a door can show where a case stands.

use serde::{Deserialize, Serialize};

/// Shapes and edges in the units of the file (pixels, as modellers write them), y downwards.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diagram {
    /// Boxes, circles and diamonds.
    pub shapes: Vec<Shape>,
    /// Lines between them.
    pub edges: Vec<Edge>,
}

/// Place of one element, lane or pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Id of what is drawn.
    pub element: String,
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Line of one sequence flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Id of the flow.
    pub flow: String,
    /// Points from source to target.
    pub points: Vec<(f64, f64)>,
}
