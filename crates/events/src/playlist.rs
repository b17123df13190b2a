//! Playlists: what they are, what is in them, what people do with them.
//!
//! Nothing in here names a listener, and the owner is named only while the playlist is public.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Open, PlaylistId, PlaylistItemId, Time, TrackId, UserId, named::named};

/// Items that one event may speak of.
pub const MAX_ITEMS_OF_EVENT: usize = 500;

named! {
    /// Who sees a playlist.
    #[derive(Default)]
    pub enum Visibility {
        /// Its owner.
        #[default]
        Private = "private",
        /// Everybody.
        Public = "public",
    }
}

/// A playlist without its items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaylistState {
    /// The playlist.
    pub id: PlaylistId,
    /// Who sees it.
    pub visibility: Open<Visibility>,
    /// Title as shown; only while it is public.
    pub title: Option<String>,
    /// Whose it is; only while it is public.
    pub owner_id: Option<UserId>,
    /// Items in it.
    pub tracks_count: i64,
    /// Their length together, in milliseconds.
    pub duration_ms: i64,
    /// When it was created.
    pub created_at: Time,
    /// When it or its items last changed.
    pub updated_at: Time,
}

/// A track at a place of a playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlacedTrack {
    /// The item: the same track may be in a playlist many times.
    pub item_id: PlaylistItemId,
    /// The track.
    pub track_id: TrackId,
}

/// Tracks were added, next to each other. `sequence` of the envelope is the playlist's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemsAdded {
    /// The playlist.
    pub playlist_id: PlaylistId,
    /// Where the first of them stands, from 0.
    pub position: i64,
    /// The new items in their order, 500 at most.
    pub items: Vec<PlacedTrack>,
}

/// Items were removed. `sequence` of the envelope is the playlist's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemRemoved {
    /// The playlist.
    pub playlist_id: PlaylistId,
    /// The items, 500 at most.
    pub item_ids: Vec<PlaylistItemId>,
}

/// Items were moved. `sequence` of the envelope is the playlist's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemMoved {
    /// The playlist.
    pub playlist_id: PlaylistId,
    /// Where the first of them stands now, from 0; the others follow it.
    pub position: i64,
    /// The items in their order, 500 at most.
    pub item_ids: Vec<PlaylistItemId>,
}

named! {
    /// What somebody did with a playlist.
    pub enum PlaylistAction {
        /// Played it, or a track of it.
        Played = "played",
        /// Showed it to somebody.
        Shared = "shared",
        /// Follows it from now on.
        Followed = "followed",
        /// Does not follow it any more.
        Unfollowed = "unfollowed",
    }
}

/// Somebody did something with a playlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaylistActivity {
    /// The event's own id.
    pub event_id: Uuid,
    /// The playlist.
    pub playlist_id: PlaylistId,
    /// What was done.
    pub action: Open<PlaylistAction>,
    /// Which track of it was played, where that is known.
    pub track_id: Option<TrackId>,
    /// When it was done.
    pub occurred_at: Time,
}
