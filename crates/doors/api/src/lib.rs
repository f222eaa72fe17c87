//! wegfrei-api
