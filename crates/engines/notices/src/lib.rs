//! wegfrei-notices
