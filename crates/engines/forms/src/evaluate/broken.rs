//! What errors and demands say is wrong, and where.

use super::holds::View;
use crate::rule::Action;
use crate::walk;

/// What a rule says is wrong.
#[derive(Clone, Copy)]
pub(super) struct Broken<'f> {
    /// The error or demand.
    pub action: &'f Action,
    /// The group it is said of: nothing is wrong in one that nobody began. `None` is the form.
    pub within: Option<usize>,
}

impl View<'_> {
    /// An error, or a demand that is not met, and where it is told: at the first of its elements that can be answered.
    /// When only values are wrong that nobody can change, at the group around. What is hidden altogether is not asked, so nothing is
    /// wrong with it.
    pub fn broken<'f>(&self, action: &'f Action) -> Option<(usize, Broken<'f>)> {
        let (elements, tick) = match action {
            Action::Error { elements, .. } => (elements, false),
            Action::Demand {
                elements, condition, ..
            } if !self.holds(condition) => (elements, condition.is_tick()),
            _ => return None,
        };
        let above = |place: usize| self.sheet.places.get(place).and_then(|place| place.above);
        let places = elements
            .iter()
            .flat_map(|element| self.sheet.within(*element, self.range));
        let shown = || places.clone().copied().filter(|place| !self.is_hidden(*place));
        let open = || shown().filter(|place| !self.sheet.is_fixed(*place));
        if tick {
            // A box must be ticked where it is, not in an entry nobody began.
            let begun = |place: &usize| {
                let group = above(*place).and_then(|group| self.sheet.places.get(group));
                group.is_none_or(|group| !walk::is_empty(group.value))
            };
            let at = open().find(begun).or_else(|| open().next())?;
            let within = above(at);
            return Some((at, Broken { action, within }));
        }
        let around = || self.within.or_else(|| above(shown().next()?));
        let within = self.within;
        Some((open().next().or_else(around)?, Broken { action, within }))
    }
}
