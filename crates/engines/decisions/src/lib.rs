//! wegfrei-decisions
