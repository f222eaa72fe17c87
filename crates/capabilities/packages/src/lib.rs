//! wegfrei-packages
