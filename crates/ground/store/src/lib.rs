//! wegfrei-store
