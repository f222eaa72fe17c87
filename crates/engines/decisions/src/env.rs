//! The values an expression can see while a decision is taken, each in a slot known since the model was loaded.

use crate::value::{Member, Value};

/// Slots: one for each element of the model, then one for each entry, parameter or variable open at the moment.
#[derive(Clone)]
pub(crate) struct Env {
    values: Vec<Value>,
}

impl Env {
    /// An environment with `elements` slots nothing has been put into.
    pub fn new(elements: usize) -> Env {
        Env {
            values: vec![Value::Failed(None); elements],
        }
    }

    /// Puts the value of an element into its slot.
    pub fn set(&mut self, slot: usize, value: Value) {
        if let Some(place) = self.values.get_mut(slot) {
            *place = value;
        }
    }

    /// Opens the next slot.
    pub fn push(&mut self, value: Value) {
        self.values.push(value);
    }

    /// Number of slots; what [`Env::close`] goes back to.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Closes all slots from `len` on and gives their values.
    pub fn close(&mut self, len: usize) -> std::vec::Drain<'_, Value> {
        self.values.drain(len.min(self.values.len())..)
    }

    /// The value in a slot.
    pub fn get(&self, slot: usize) -> Option<&Value> {
        self.values.get(slot)
    }

    /// The value at the end of a path of context members.
    pub fn path(&self, path: &Path) -> Option<&Value> {
        path.members
            .iter()
            .try_fold(self.get(path.slot)?, |value, member| match value {
                Value::Context(record) => member.of(record),
                _ => None,
            })
    }
}

/// Where a value stands: a slot, and context members on from there.
pub(crate) struct Path {
    pub slot: usize,
    pub members: Vec<Member>,
}
