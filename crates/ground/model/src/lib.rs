//! wegfrei-model
