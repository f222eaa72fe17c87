//! The operations, and the shapes of what they take and give.

pub(crate) mod applications;
pub(crate) mod authorities;
pub(crate) mod check;
pub(crate) mod desk;
pub(crate) mod form;
pub(crate) mod journal;
pub(crate) mod mine;
pub(crate) mod services;
pub(crate) mod sessions;

use serde::Serialize;
use utoipa::ToSchema;

/// All items of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
}

impl<T> FromIterator<T> for Listing<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Listing {
            items: items.into_iter().collect(),
        }
    }
}
