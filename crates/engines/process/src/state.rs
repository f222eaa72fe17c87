//! Where a case stands.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Where a case stands. Small and serialisable; it holds no variables and no personal data: only ids of the model and numbers.
///
/// Everything that waits has a number, unique in the case and larger than that of what it lies in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct State {
    pub(crate) tokens: BTreeMap<u64, Token>,
    pub(crate) scopes: BTreeMap<u64, Scope>,
    pub(crate) timers: BTreeMap<u64, Vec<WaitingTimer>>,
    pub(crate) done: BTreeMap<u64, Done>,
    /// Handlers that a compensation still has to run: its scope and their order.
    pub(crate) pending: BTreeMap<(u64, u64), Pending>,
    /// What lies directly in each scope; follows from tokens and scopes.
    pub(crate) children: BTreeSet<(u64, u64)>,
    /// Whether the process is over.
    pub finished: bool,
    /// Calls made so far, [`crate::Process::start`] included.
    pub steps: u64,
    /// Number of the next token or scope.
    pub next_token: u64,
}

/// A token that waits at an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Number, unique in the case.
    pub id: u64,
    /// Id of the element.
    pub element: String,
    /// At a joining gateway: the flow it came by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Number of the scope it lies in; 0 is the process.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub scope: u64,
    /// Which instance of a repeated activity it is, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u32>,
}

/// Something that holds tokens: a subprocess, a called process, a repetition, or a compensation under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Number, unique in the case.
    pub id: u64,
    /// Id of the subprocess, call or repeated activity; of a compensation that of the event that began it.
    pub element: String,
    /// Number of the scope it lies in; 0 is the process.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub parent: u64,
    /// Which instance of a repeated activity it is, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u32>,
    /// It is a repetition, and how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<Rounds>,
    /// It is a compensation under way.
    #[serde(default, skip_serializing_if = "is_false")]
    pub compensating: bool,
    /// Of a compensation: number of the token or scope that its handler undoes right now; 0 before the first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undoes: u64,
}

/// A handler that a compensation still has to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Id of the element.
    pub(crate) handler: String,
    /// Number of the token or scope it undoes.
    pub(crate) undoes: u64,
}

/// How far a repetition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounds {
    /// How many there will be; unknown while a condition decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// How many have begun.
    pub begun: u32,
    /// How many are done.
    pub done: u32,
}

/// A timer that was asked for and has neither fired nor been cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingTimer {
    /// Id of the timer event.
    pub element: String,
    /// The token that waits there, or the token or scope at whose edge or in which it is; 0 is the process.
    pub token: u64,
    /// Of a repeating timer: what is left of it after the next time, as ISO 8601 repeating interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<String>,
}

/// Something that was done and may have to be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Its place in the order of completion.
    pub at: u64,
    /// Number of the token or scope it was.
    pub of: u64,
    /// Number of the scope it lay in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub scope: u64,
    /// Id of the element.
    pub element: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_false(value: &bool) -> bool {
    !value
}

impl State {
    /// Tokens that wait, in the order they came.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values()
    }

    /// Subprocesses, calls, repetitions and compensations that run, in the order they began.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.values()
    }

    /// Timers the caller keeps for us.
    pub fn timers(&self) -> impl Iterator<Item = &WaitingTimer> {
        self.timers.values().flatten()
    }

    /// What was done and can be undone by a compensation, in the order of completion.
    pub fn done(&self) -> impl Iterator<Item = &Done> {
        self.done.values()
    }

    /// What lies directly in a scope.
    pub(crate) fn inside(&self, scope: u64) -> impl Iterator<Item = u64> + '_ {
        self.children.range((scope, 0)..=(scope, u64::MAX)).map(|(_, id)| *id)
    }

    pub(crate) fn is_empty(&self, scope: u64) -> bool {
        self.inside(scope).next().is_none()
    }

    /// The element, scope and iteration of a token or scope.
    pub(crate) fn instance(&self, id: u64) -> Option<(&str, u64, Option<u32>)> {
        let token = self.tokens.get(&id).map(|t| (t.element.as_str(), t.scope, t.iteration));
        token.or_else(|| {
            self.scopes
                .get(&id)
                .map(|s| (s.element.as_str(), s.parent, s.iteration))
        })
    }
}

/// The state as it is stored: lists in the order of their numbers. What came with subprocesses is left out where there is none, so
/// states of the versions before them read and write the same.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    tokens: Vec<Token>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<Scope>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    timers: Vec<WaitingTimer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    done: Vec<Done>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pending: Vec<StoredPending>,
    finished: bool,
    steps: u64,
    next_token: u64,
}

/// Scope and order of a handler, its id, and what it undoes; states of the versions before that read it as 0.
#[derive(Clone, Serialize, Deserialize)]
struct StoredPending(u64, u64, String, #[serde(default)] u64);

impl From<State> for Stored {
    fn from(state: State) -> Stored {
        Stored {
            tokens: state.tokens.into_values().collect(),
            scopes: state.scopes.into_values().collect(),
            timers: state.timers.into_values().flatten().collect(),
            done: state.done.into_values().collect(),
            pending: state
                .pending
                .into_iter()
                .map(|((scope, order), Pending { handler, undoes })| StoredPending(scope, order, handler, undoes))
                .collect(),
            finished: state.finished,
            steps: state.steps,
            next_token: state.next_token,
        }
    }
}

impl TryFrom<Stored> for State {
    type Error = String;

    /// A state comes from outside and may be damaged: numbers must be unique, and nothing may lie in what does not exist, so that
    /// no way up from a token can be endless.
    fn try_from(stored: Stored) -> Result<State, String> {
        let mut state = State {
            finished: stored.finished,
            steps: stored.steps,
            next_token: stored.next_token,
            ..State::default()
        };
        let fits = |id: u64| id > 0 && id < stored.next_token;
        for scope in stored.scopes {
            let lies = scope.parent == 0 || (scope.parent < scope.id && state.scopes.contains_key(&scope.parent));
            if !fits(scope.id) || !lies || state.scopes.contains_key(&scope.id) {
                return Err(format!("scope {} has a wrong number or lies nowhere", scope.id));
            }
            state.children.insert((scope.parent, scope.id));
            state.scopes.insert(scope.id, scope);
        }
        for token in stored.tokens {
            let lies = token.scope == 0 || (token.scope < token.id && state.scopes.contains_key(&token.scope));
            let taken = state.tokens.contains_key(&token.id) || state.scopes.contains_key(&token.id);
            if !fits(token.id) || !lies || taken {
                return Err(format!("token {} has a wrong number or lies nowhere", token.id));
            }
            state.children.insert((token.scope, token.id));
            state.tokens.insert(token.id, token);
        }
        for timer in stored.timers {
            if timer.token != 0 && state.instance(timer.token).is_none() {
                return Err(format!("the timer `{}` waits for nothing", timer.element));
            }
            state.timers.entry(timer.token).or_default().push(timer);
        }
        for done in stored.done {
            if !fits(done.at) || state.done.insert(done.at, done).is_some() {
                return Err("something done has a wrong number".to_owned());
            }
        }
        for StoredPending(scope, order, handler, undoes) in stored.pending {
            state.pending.insert((scope, order), Pending { handler, undoes });
        }
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_stored_before_subprocesses_read_and_write_the_same() {
        for text in [
            r#"{"tokens":[{"id":1,"element":"Task_Pruefen"}],"finished":false,"steps":1,"next_token":2}"#,
            r#"{"tokens":[{"id":3,"element":"Task_Nachreichen"}],"timers":[{"element":"Timer_Erinnerung","token":3},{"element":"Timer_Mitwirkung","token":3}],"finished":false,"steps":4,"next_token":4}"#,
            r#"{"tokens":[{"id":2,"element":"join","via":"f3"},{"id":5,"element":"u"}],"finished":false,"steps":2,"next_token":6}"#,
            r#"{"tokens":[],"finished":true,"steps":9,"next_token":7}"#,
        ] {
            let state: State = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&state).unwrap(), text);
        }
        // Handlers were stored without what they undo.
        let text = r#"{"tokens":[],"scopes":[{"id":3,"element":"t","compensating":true}],"pending":[[3,0,"h"]],"finished":false,"steps":1,"next_token":4}"#;
        let state: State = serde_json::from_str(text).unwrap();
        let pending = Pending {
            handler: "h".to_owned(),
            undoes: 0,
        };
        assert_eq!(state.pending.get(&(3, 0)), Some(&pending));
        let again: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        assert_eq!(again, state);
    }

    #[test]
    fn damaged_states_are_refused() {
        let token = |rest: &str| format!(r#"{{"tokens":[{rest}],"finished":false,"steps":1,"next_token":5}}"#);
        let scope =
            |rest: &str| format!(r#"{{"tokens":[],"scopes":[{rest}],"finished":false,"steps":1,"next_token":5}}"#);
        for text in [
            token(r#"{"id":1,"element":"a"},{"id":1,"element":"b"}"#),
            token(r#"{"id":9,"element":"a"}"#),
            token(r#"{"id":0,"element":"a"}"#),
            token(r#"{"id":2,"element":"a","scope":1}"#),
            scope(r#"{"id":1,"element":"a","parent":2},{"id":2,"element":"b","parent":1}"#),
            scope(r#"{"id":2,"element":"a","parent":2}"#),
            r#"{"tokens":[],"timers":[{"element":"t","token":3}],"finished":false,"steps":1,"next_token":5}"#
                .to_owned(),
        ] {
            assert!(serde_json::from_str::<State>(&text).is_err(), "{text}");
        }
    }
}
