//! The operations, and the shapes of what they take and give.

pub(crate) mod actions;
pub(crate) mod applications;
pub(crate) mod authorities;
mod case_file;
pub(crate) mod check;
pub(crate) mod desk;
pub(crate) mod drafts;
pub(crate) mod form;
pub(crate) mod help;
pub(crate) mod journal;
pub(crate) mod mine;
pub(crate) mod moves;
pub(crate) mod office;
pub(crate) mod payments;
pub(crate) mod services;
pub(crate) mod sessions;

/// A list as an answer: an object, so that it can grow, with a name of its own in the document.
macro_rules! listing {
    ($(#[$doc:meta])* $name:ident of $item:ident) => {
        $(#[$doc])*
        #[derive(serde::Serialize, utoipa::ToSchema)]
        pub(crate) struct $name {
            /// The items.
            items: Vec<$item>,
        }

        impl FromIterator<$item> for $name {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                $name {
                    items: items.into_iter().collect(),
                }
            }
        }
    };
}
pub(crate) use listing;

/// Bytes that are no JSON.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Raw(Vec<u8>);
