//! Playlists as they are shown over HTTP.

use events::{PlaylistId, PlaylistItemId, Time, UserId, Visibility};
use serde::{Deserialize, Serialize};
use store::{ItemView, PlaylistView};
use utoipa::ToSchema;

use crate::{Track, object::cover_url};

/// An account, as part of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UserRef {
    /// The account.
    pub id: UserId,
    /// Name to sign in with.
    #[schema(example = "ada")]
    pub username: String,
}

/// A playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Playlist {
    /// The playlist.
    pub id: PlaylistId,
    /// Title as shown.
    #[schema(example = "Songs for a long road")]
    pub title: String,
    /// A text about it.
    pub description: Option<String>,
    /// Whose it is.
    pub owner: UserRef,
    /// Who sees it.
    pub visibility: Visibility,
    /// Items in it, with the gaps that deleted tracks left.
    pub tracks_count: i64,
    /// Their length together as it was known when they were added, in milliseconds.
    pub duration_ms: i64,
    /// The first four covers of its first 50 tracks, each once: those of their albums, else their own.
    pub cover_urls: Vec<String>,
    /// When it was created.
    pub created_at: Time,
    /// When it or its items last changed.
    pub updated_at: Time,
    /// For `If-Match`; every change of its items is one of it.
    pub version: i64,
}

/// A track at a place of a playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlaylistItem {
    /// The item: the same track may be in a playlist many times.
    pub item_id: PlaylistItemId,
    /// Its place, from 0.
    pub position: i64,
    /// When it was added.
    pub added_at: Time,
    /// Who added it.
    pub added_by: UserRef,
    /// The track; null when it was deleted since.
    pub track: Option<Track>,
    /// Of a deleted track: its title when it was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Playlist {
    #[must_use]
    pub fn new(view: PlaylistView) -> Self {
        let playlist = view.playlist;
        Self {
            id: playlist.id,
            title: playlist.fields.title,
            description: playlist.fields.description,
            owner: UserRef {
                id: playlist.owner,
                username: view.owner_name,
            },
            visibility: playlist.fields.visibility,
            tracks_count: playlist.tracks_count,
            duration_ms: playlist.duration_ms,
            cover_urls: view.cover_keys.iter().map(|key| cover_url(key)).collect(),
            created_at: playlist.created_at,
            updated_at: playlist.updated_at,
            version: playlist.version,
        }
    }
}

impl PlaylistItem {
    /// `track` is none where it was deleted.
    #[must_use]
    pub fn new(item: ItemView, track: Option<Track>, owner: &UserRef) -> Self {
        let by = item.added_by.map(|(id, username)| UserRef { id, username });
        Self {
            item_id: item.id,
            position: item.position,
            added_at: item.added_at,
            added_by: by.unwrap_or_else(|| owner.clone()),
            title: track.is_none().then_some(item.title),
            track,
        }
    }
}
