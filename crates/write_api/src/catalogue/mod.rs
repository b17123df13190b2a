//! Artists, albums and tracks: create, update, delete.

pub(crate) mod albums;
pub(crate) mod artists;
pub(crate) mod tracks;

use serde::{Deserialize, Deserializer};

/// For a field that may be cleared: absent is `None`, null is `Some(None)`.
fn clearable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// For a field that may be absent but not null.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
