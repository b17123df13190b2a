//! Artists, albums and tracks: create, change, delete.

pub(crate) mod albums;
pub(crate) mod artists;
pub(crate) mod tracks;
