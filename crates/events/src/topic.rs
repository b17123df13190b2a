//! The topics. Partitions, retention and compaction stand in `kafka/topics.toml`.

use crate::named::named;

named! {
    /// A Kafka topic of the contract; its name has no deployment's prefix.
    pub enum Topic {
        /// Artists, whole, keyed by artist id; compacted.
        Artists = "jonquil.artists.v1",
        /// Albums, whole, keyed by album id; compacted.
        Albums = "jonquil.albums.v1",
        /// Tracks, whole, keyed by track id; compacted.
        Tracks = "jonquil.tracks.v1",
        /// Accounts without anything that names a person, keyed by user id; compacted.
        Users = "jonquil.users.v1",
        /// Listens, keyed by listener id; kept for ever.
        Listens = "jonquil.listens.v1",
        /// Playlists without their items, keyed by playlist id; compacted.
        Playlists = "jonquil.playlists.v1",
        /// What was added to playlists, moved and removed, keyed by playlist id; kept for ever.
        PlaylistItems = "jonquil.playlist-items.v1",
        /// What people do with playlists, keyed by playlist id; kept for ever.
        PlaylistActivity = "jonquil.playlist-activity.v1",
        /// Searches, keyed by listener id, or by nothing; kept for 90 days.
        Searches = "jonquil.searches.v1",
        /// Requests that the API answered, keyed by nothing; kept for 7 days.
        Requests = "jonquil.requests.v1",
        /// What people like, keyed by listener id; kept for ever.
        Favourites = "jonquil.favourites.v1",
        /// Events a projector refused, with the reason, under their own key.
        DeadLetters = "jonquil.dead-letters.v1",
        /// Dead letters handed back, keyed by the one projector that refused them and reads them again.
        Replays = "jonquil.replays.v1",
    }
}
