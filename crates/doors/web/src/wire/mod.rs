//! The handlers: they ask the capabilities and turn the answers into the plain structs of [`crate::view`].

pub(crate) mod application;
pub(crate) mod case;
pub(crate) mod check;
pub(crate) mod cockpit;
pub(crate) mod contact;
pub(crate) mod desk;
pub(crate) mod draft;
pub(crate) mod form;
pub(crate) mod help;
pub(crate) mod leaving;
pub(crate) mod login;
pub(crate) mod mine;
pub(crate) mod objection;
pub(crate) mod own;
pub(crate) mod papers;
pub(crate) mod portal;
pub(crate) mod preview;
pub(crate) mod proof;
pub(crate) mod sending;
pub(crate) mod supply;

use crate::state::Inner;
use crate::texts::{Lang, Texts};
use wegfrei_model::time::date_words;
use wegfrei_model::{AuthorityId, Timestamp};

/// The name of an authority for people; its key when the catalogue does not know it.
pub(crate) fn authority_name(state: &Inner, authority: AuthorityId) -> String {
    state
        .cases
        .catalogue()
        .authority(authority)
        .map_or_else(|| authority.to_string(), |known| known.full_name())
}

/// The name of a place; `None` when there is no such place.
pub(crate) fn place_name(state: &Inner, place: AuthorityId) -> Option<String> {
    state.cases.catalogue().authority(place).map(|known| known.name.clone())
}

/// The title of a service in a language.
pub(crate) fn service_title(state: &Inner, service: &str, lang: Lang) -> String {
    let Some(package) = state.cases.catalogue().package(service) else {
        return service.to_owned();
    };
    let text = package.text(lang).or_else(|| package.text(Lang::De));
    text.map_or_else(|| package.name().to_owned(), |text| text.title.clone())
}

/// The civil day of a moment, for people.
pub(crate) fn day(t: &Texts, time: Timestamp) -> String {
    date_words(time.date(), t.language)
}
