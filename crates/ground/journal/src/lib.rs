//! wegfrei-journal
