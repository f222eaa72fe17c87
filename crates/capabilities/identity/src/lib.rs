//! wegfrei-identity
