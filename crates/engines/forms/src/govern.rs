//! Which answers decide whether an element is asked for.

use crate::data::Data;
use crate::form::{Form, Kind};
use crate::rule::Action;
use crate::walk;

impl Form {
    /// Paths, without indices, of the fields whose answers show, hide or demand the element at `path`, in the order of the rules.
    pub fn governors(&self, path: &str) -> Vec<String> {
        let wanted: Vec<&str> = path.split('.').filter(|step| !is_index(step)).collect();
        let mut found = Vec::new();
        let Some(wanted) = self.plan.find(&wanted.join(".")) else {
            return found;
        };
        for rule in &self.rules {
            for statement in &rule.statements {
                let mut actions = statement.then.iter().chain(&statement.otherwise);
                let governs = actions.any(|action| match action {
                    Action::Show(at) | Action::Hide(at) | Action::Require(at) | Action::Optional(at) => *at == wanted,
                    _ => false,
                });
                if !governs || !self.in_force(statement) {
                    continue;
                }
                let mut asked = Vec::new();
                statement.condition.elements(&mut asked);
                for element in asked.into_iter().filter_map(|at| self.plan.get(at)) {
                    if !found.contains(&element.path) {
                        found.push(element.path.clone());
                    }
                }
            }
        }
        found
    }

    /// Answers yes to the questions that keep the element at `path` (with indices) hidden, so that it can be filled in. What stays
    /// hidden all the same leaves the answers as they were.
    pub fn open(&self, data: &mut Data, path: &str) {
        if !self.hidden(data, None).contains(path) {
            return;
        }
        let mut opened = data.clone();
        for governor in self.governors(path) {
            let yes_or_no = self
                .field(&governor)
                .is_some_and(|field| matches!(field.kind, Kind::Bool));
            if yes_or_no {
                self.set(&mut opened, &indexed(&governor, path), true.into());
            }
        }
        if !self.hidden(&opened, None).contains(path) {
            *data = opened;
        }
    }
}

fn is_index(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit())
}

/// `plain` with the indices of `beside` as far as both lie in the same occurrences.
fn indexed(plain: &str, beside: &str) -> String {
    let mut near = beside.split('.').peekable();
    let mut path = String::new();
    let mut together = true;
    for step in plain.split('.') {
        path = walk::join(&path, step);
        together = together && near.next() == Some(step);
        if together && let Some(index) = near.next_if(|next| is_index(next)) {
            path = walk::join(&path, index);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::indexed;

    #[test]
    fn indices_are_kept_as_far_as_the_way_is_shared() {
        for (plain, beside, path) in [
            ("G7.F81", "G7.3.G71", "G7.3.F81"),
            ("G7.G71.F82", "G7.3.G71.1.F83", "G7.3.G71.1.F82"),
            ("G6.F60", "G7", "G6.F60"),
            ("G6.F60", "G7.2", "G6.F60"),
        ] {
            assert_eq!(indexed(plain, beside), path);
        }
    }
}
