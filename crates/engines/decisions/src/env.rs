//! The values an expression can see while a decision is taken.

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelScope, Name};

/// Named values, innermost frame last; kept twice, because the FEEL library can neither lend its values nor read ours.
pub(crate) struct Env {
    frames: Vec<FeelContext>,
    /// Present only when the decision uses the FEEL library at all.
    scope: Option<FeelScope>,
    fallback: std::cell::OnceCell<FeelScope>,
}

impl Env {
    pub fn new(with_scope: bool) -> Env {
        let scope = with_scope.then(FeelScope::default);
        Env {
            frames: vec![FeelContext::default()],
            scope,
            fallback: std::cell::OnceCell::new(),
        }
    }

    pub fn of(frame: FeelContext, functions: FeelContext) -> Env {
        let scope = FeelScope::from(functions);
        scope.push(frame.clone());
        Env {
            frames: vec![frame],
            scope: Some(scope),
            fallback: std::cell::OnceCell::new(),
        }
    }

    /// Binds `name` in the innermost frame.
    pub fn set(&mut self, name: &Name, value: Value) {
        if let Some(scope) = &self.scope {
            scope.set_value(name, value.clone());
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.set_entry(name, value);
        }
    }

    /// Binds a function, which only the FEEL library needs.
    pub fn set_function(&mut self, name: &Name, function: Value) {
        if let Some(scope) = &self.scope {
            scope.set_value(name, function);
        }
    }

    /// Opens a frame; [`Env::close`] takes it away.
    pub fn open(&mut self) {
        self.frames.push(FeelContext::default());
        if let Some(scope) = &self.scope {
            scope.push(FeelContext::default());
        }
    }

    /// Closes the innermost frame and gives what was bound in it.
    pub fn close(&mut self) -> FeelContext {
        if let Some(scope) = &self.scope {
            scope.pop();
        }
        self.frames.pop().unwrap_or_default()
    }

    /// Value of `name`, innermost frame first.
    pub fn get(&self, name: &Name) -> Option<&Value> {
        self.frames.iter().rev().find_map(|frame| frame.get_entry(name))
    }

    /// Value at the end of a path of context members.
    pub fn path(&self, path: &[Name]) -> Option<&Value> {
        let (head, members) = path.split_first()?;
        members.iter().try_fold(self.get(head)?, |value, member| match value {
            Value::Context(context) => context.get_entry(member),
            _ => None,
        })
    }

    /// The same values for the FEEL library.
    pub fn scope(&self) -> &FeelScope {
        match &self.scope {
            Some(scope) => scope,
            // INVARIANT: plans that need the library have a scope; an empty one makes a mistake here an error, not a crash.
            None => self.fallback.get_or_init(FeelScope::default),
        }
    }
}
