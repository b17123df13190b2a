//! What is a person's own, as it is shown: favourites, followed artists, the play queue, preferences.

use domain::Repeat;
use events::{ArtistId, ItemType, Time, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that a person likes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Favourite {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ItemType,
    /// Which one.
    pub id: Uuid,
    /// Since when.
    pub added_at: Time,
}

/// An artist that a person follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Followed {
    pub artist_id: ArtistId,
    /// Since when.
    pub followed_at: Time,
}

/// What is played next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlayQueue {
    /// The tracks in playing order; one that was deleted meanwhile is still named.
    pub track_ids: Vec<TrackId>,
    /// Which of the tracks is played, from 0.
    pub index: i64,
    /// Where in the track, in milliseconds.
    pub position_ms: i64,
    /// What comes after the last track.
    pub repeat: Repeat,
    /// Whether the order is mixed.
    pub shuffle: bool,
    /// When it was changed last; null: never.
    pub updated_at: Option<Time>,
    /// Also the `ETag`.
    pub version: i64,
}

/// What a person decides about being recorded and recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// Until then no listens and no searches are recorded; null: they are.
    pub private_session_until: Option<Time>,
    /// Whether others with a similar taste may be shown this person.
    pub similar_users: bool,
    /// Never recommended.
    pub hidden_track_ids: Vec<TrackId>,
    /// Never recommended.
    pub hidden_artist_ids: Vec<ArtistId>,
    /// Also the `ETag`.
    pub version: i64,
}

impl From<domain::PlayQueue> for PlayQueue {
    fn from(queue: domain::PlayQueue) -> Self {
        Self {
            track_ids: queue.track_ids,
            index: queue.index,
            position_ms: queue.position_ms,
            repeat: queue.repeat,
            shuffle: queue.shuffle,
            updated_at: queue.updated_at,
            version: queue.version,
        }
    }
}

impl Preferences {
    /// A private session that is over is none.
    #[must_use]
    pub fn new(preferences: domain::Preferences, now: Time) -> Self {
        Self {
            private_session_until: preferences.private_session_until.filter(|until| *until > now),
            similar_users: preferences.similar_users,
            hidden_track_ids: preferences.hidden_track_ids,
            hidden_artist_ids: preferences.hidden_artist_ids,
            version: preferences.version,
        }
    }
}
