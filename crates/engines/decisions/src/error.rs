//! Why a decision could not be taken. Never a silent null.

use crate::cost::TooMuch;
use crate::finding::Finding;

/// A decision that could not be taken, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// The model has no decision of this name.
    #[error("no decision `{name}` in the model; it has: {known}")]
    UnknownDecision {
        /// The name asked for.
        name: String,
        /// The decisions there are.
        known: String,
    },
    /// An input is missing or does not have its declared type or one of its allowed values.
    #[error("input `{path}`: {message}")]
    Input {
        /// Path of the value, such as `antrag.rasse`.
        path: String,
        /// What is expected there.
        message: String,
    },
    /// No rule of a table matched and the table has no default output.
    #[error("decision `{decision}`: no rule matches {inputs}; add a rule or a default output")]
    NoRule {
        /// The decision whose table it is.
        decision: String,
        /// The inputs with their values.
        inputs: String,
    },
    /// Several rules matched where the hit policy allows one (or only equal outputs).
    #[error("decision `{decision}`: rules {first} and {second} both match, hit policy {policy} forbids that")]
    Conflict {
        /// The decision whose table it is.
        decision: String,
        /// First matching rule: row and id.
        first: String,
        /// Second matching rule: row and id.
        second: String,
        /// Name of the hit policy.
        policy: &'static str,
    },
    /// A FEEL expression failed, or something inside it (FEEL itself would have gone on with null).
    #[error("decision `{decision}`, expression `{expression}`: {message}")]
    Expression {
        /// The decision it stands in.
        decision: String,
        /// The expression as written.
        expression: String,
        /// What failed.
        message: String,
    },
    /// A value does not have the type its decision declares.
    #[error("decision `{decision}`: {message}")]
    Type {
        /// The decision whose result it is.
        decision: String,
        /// Declared and actual type.
        message: String,
    },
    /// The element has a mistake; only models read by [`crate::Decisions::parse_partly`] have such elements.
    #[error("`{decision}` was refused when the model was read: {finding}")]
    Refused {
        /// The decision or business knowledge model.
        decision: String,
        /// The mistake and its place.
        finding: Finding,
    },
    /// It takes more work, or makes a larger value, than a decision may.
    #[error("decision `{decision}`: {what}")]
    Costly {
        /// The decision asked for.
        decision: String,
        /// What is too much.
        what: TooMuch,
    },
    /// The FEEL library gave up in a way it must not.
    #[error("decision `{decision}`: the expression evaluator failed; please report the model")]
    Engine {
        /// The decision asked for.
        decision: String,
    },
}
