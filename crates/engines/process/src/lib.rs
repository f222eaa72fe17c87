//! wegfrei-process
