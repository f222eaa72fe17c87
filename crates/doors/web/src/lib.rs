//! wegfrei-web
