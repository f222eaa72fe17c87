//! wegfrei-cases
