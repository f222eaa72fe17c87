//! wegfrei-forms
