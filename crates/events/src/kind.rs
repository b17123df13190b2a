//! The kinds of the catalogue, and of what people find and like.

use crate::{Topic, named::named};

named! {
    /// What can be played, found and ranked.
    pub enum Kind {
        /// Artists.
        Artist = "artist",
        /// Albums.
        Album = "album",
        /// Tracks.
        Track = "track",
    }
}

impl Kind {
    /// The topic of its events.
    #[must_use]
    pub fn topic(self) -> Topic {
        match self {
            Self::Artist => Topic::Artists,
            Self::Album => Topic::Albums,
            Self::Track => Topic::Tracks,
        }
    }
}

named! {
    /// What people find, open and like.
    pub enum ItemType {
        /// A track.
        Track = "track",
        /// An album.
        Album = "album",
        /// An artist.
        Artist = "artist",
        /// A playlist.
        Playlist = "playlist",
    }
}
