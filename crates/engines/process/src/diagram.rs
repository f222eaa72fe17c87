//! The drawing that came with the model (BPMN DI), kept so that a door can show where a case stands.

use std::collections::HashSet;

use roxmltree::Node;
use serde::{Deserialize, Serialize};

use crate::read::{Findings, attribute, local};

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
    /// Where its name stands, if the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
}

/// Place of a name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Label {
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
    /// Where its name stands, if the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
}

/// The drawing; a part that points nowhere is a finding.
pub(crate) fn diagram(root: Node, ids: &HashSet<&str>, findings: &mut Findings) -> Diagram {
    let mut diagram = Diagram::default();
    let number = |node: Node, name| {
        node.attribute(name)
            .and_then(|v| v.parse::<f64>().ok())
            .filter(|v| v.is_finite())
    };
    let bounds = |node: Node| {
        let bounds = node.children().find(|c| c.tag_name().name() == "Bounds")?;
        Some(Label {
            x: number(bounds, "x")?,
            y: number(bounds, "y")?,
            width: number(bounds, "width")?,
            height: number(bounds, "height")?,
        })
    };
    for node in root
        .descendants()
        .filter(|n| matches!(n.tag_name().name(), "BPMNShape" | "BPMNEdge"))
    {
        let Some(reference) = attribute(node, "bpmnElement") else {
            continue;
        };
        let reference = local(&reference).to_owned();
        if !ids.contains(reference.as_str()) {
            let message = format!("Die Zeichnung nennt das unbekannte Element `{reference}`.");
            findings.add(node, message, "bpmnElement berichtigen oder die Form löschen.");
        }
        let label = node
            .children()
            .find(|c| c.tag_name().name() == "BPMNLabel")
            .and_then(bounds);
        if node.tag_name().name() == "BPMNShape" {
            if let Some(Label { x, y, width, height }) = bounds(node) {
                diagram.shapes.push(Shape {
                    element: reference,
                    x,
                    y,
                    width,
                    height,
                    label,
                });
            }
        } else {
            let points = node.children().filter(|c| c.tag_name().name() == "waypoint");
            let points = points
                .filter_map(|p| Some((number(p, "x")?, number(p, "y")?)))
                .collect();
            diagram.edges.push(Edge {
                flow: reference,
                points,
                label,
            });
        }
    }
    diagram
}
