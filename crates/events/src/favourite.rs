//! What people like. Under the pseudonym: joined with listens it says what somebody likes, and never who.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ListenerId, Open, named::named};

named! {
    /// What can be liked.
    pub enum FavouriteType {
        /// Tracks.
        Track = "track",
        /// Albums.
        Album = "album",
        /// Artists.
        Artist = "artist",
        /// Playlists.
        Playlist = "playlist",
    }
}

/// Something that is a favourite from now on, or is one no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Favourite {
    /// Whose, as a pseudonym.
    pub listener_id: ListenerId,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Open<FavouriteType>,
    /// Which one.
    pub id: Uuid,
}
