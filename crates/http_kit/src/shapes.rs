//! The shapes of the catalogue and of accounts over HTTP, the same on both sides.

use chrono::NaiveDate;
use events::{AlbumId, AlbumType, ArtistId, AudioState, ExternalIds, Role, Time, TrackId, UserId};
use serde::{Deserialize, Serialize};
use store::{AlbumView, ArtistView, TrackView};
use utoipa::ToSchema;

use crate::{Access, Principal, stream_url};

/// An artist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Artist {
    /// The artist.
    pub id: ArtistId,
    /// Name as shown.
    #[schema(example = "Кино")]
    pub name: String,
    /// A text about the artist.
    pub bio: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "RU")]
    pub country: Option<String>,
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// A picture.
    pub image_url: Option<String>,
    /// The account this profile belongs to.
    pub user_id: Option<UserId>,
    /// Identifiers elsewhere, by scheme.
    pub external_ids: ExternalIds,
    /// Tracks of this artist.
    pub tracks_count: i64,
    /// Albums of this artist.
    pub albums_count: i64,
    /// Counted plays of all time; null while they cannot be told.
    pub plays: Option<u64>,
    /// When it was created.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// For `If-Match`.
    pub version: i64,
}

/// An artist, as part of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArtistRef {
    /// The artist.
    pub id: ArtistId,
    /// Name as shown.
    pub name: String,
}

/// An album, as part of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlbumRef {
    /// The album.
    pub id: AlbumId,
    /// Title as shown.
    pub title: String,
}

/// An album.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Album {
    /// The album.
    pub id: AlbumId,
    /// Title as shown.
    #[schema(example = "Группа крови")]
    pub title: String,
    /// Whose album it is.
    pub artist: ArtistRef,
    /// Kind of album.
    pub album_type: AlbumType,
    /// Day of release.
    pub release_date: Option<NaiveDate>,
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// The cover.
    pub cover_url: Option<String>,
    /// Tracks on it.
    pub tracks_count: i64,
    /// Their length together, in milliseconds.
    pub duration_ms: i64,
    /// Identifiers elsewhere, by scheme.
    pub external_ids: ExternalIds,
    /// Counted plays of all time; null while they cannot be told.
    pub plays: Option<u64>,
    /// When it was created.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// For `If-Match`.
    pub version: i64,
}

/// A track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Track {
    /// The track.
    pub id: TrackId,
    /// Title as shown.
    #[schema(example = "Спокойная ночь")]
    pub title: String,
    /// Who made it.
    pub artist: ArtistRef,
    /// The album it is on.
    pub album: Option<AlbumRef>,
    /// Length in milliseconds.
    pub duration_ms: Option<i64>,
    /// Place on its disc.
    pub track_number: Option<i16>,
    /// Disc of its album.
    pub disc_number: Option<i16>,
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// Whether the words are explicit.
    pub explicit: bool,
    /// Identifiers elsewhere, by scheme.
    pub external_ids: ExternalIds,
    /// The stored audio.
    pub audio: Option<AudioState>,
    /// The cover.
    pub cover_url: Option<String>,
    /// Where a player gets the audio for some hours; for signed-in callers, of tracks with audio.
    pub stream_url: Option<String>,
    /// Counted plays of all time; null while they cannot be told.
    pub plays: Option<u64>,
    /// When it was created.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// For `If-Match`.
    pub version: i64,
}

/// An account. The e-mail address and its state are for its owner and admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The account.
    pub id: UserId,
    /// Name to sign in with.
    #[schema(example = "ada")]
    pub username: String,
    /// Name as shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// When it registered.
    pub created_at: Time,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Whether it may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// What this sign-in may do; told by `/auth/me`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

impl Artist {
    /// An artist as shown.
    #[must_use]
    pub fn new(view: ArtistView, plays: Option<u64>) -> Self {
        let state = view.state;
        Self {
            id: state.id,
            name: state.name,
            bio: state.bio,
            country: state.country,
            genres: state.genres,
            image_url: None,
            user_id: state.user_id,
            external_ids: state.external_ids,
            tracks_count: view.tracks_count,
            albums_count: view.albums_count,
            plays,
            created_at: state.created_at,
            updated_at: state.updated_at,
            version: view.version,
        }
    }
}

impl Album {
    /// An album as shown.
    #[must_use]
    pub fn new(view: AlbumView, plays: Option<u64>) -> Self {
        let state = view.state;
        Self {
            id: state.id,
            title: state.title,
            artist: ArtistRef {
                id: state.artist.id,
                name: state.artist.name,
            },
            album_type: state.album_type,
            release_date: state.release_date,
            genres: state.genres,
            cover_url: state.cover_key.as_deref().map(cover_url),
            tracks_count: view.tracks_count,
            duration_ms: view.duration_ms,
            external_ids: state.external_ids,
            plays,
            created_at: state.created_at,
            updated_at: state.updated_at,
            version: view.version,
        }
    }
}

impl Track {
    /// A track as shown to that caller.
    #[must_use]
    pub fn new(view: TrackView, plays: Option<u64>, caller: Option<&Principal>, access: &Access) -> Self {
        let state = view.state;
        let streamed_by = caller.filter(|_| state.audio.is_some());
        Self {
            stream_url: streamed_by.map(|by| stream_url(&access.keys, state.id, by.user_id, (access.ambient.now)())),
            id: state.id,
            title: state.title,
            artist: ArtistRef {
                id: state.artist.id,
                name: state.artist.name,
            },
            album: state.album.map(|album| AlbumRef {
                id: album.id,
                title: album.name,
            }),
            duration_ms: state.duration_ms,
            track_number: state.track_number,
            disc_number: state.disc_number,
            genres: state.genres,
            explicit: state.explicit,
            external_ids: state.external_ids,
            audio: state.audio,
            cover_url: state.cover_key.as_deref().map(cover_url),
            plays,
            created_at: state.created_at,
            updated_at: state.updated_at,
            version: view.version,
        }
    }
}

impl User {
    /// An account as everybody sees it.
    #[must_use]
    pub fn public(user: &store::User) -> Self {
        Self {
            id: user.id(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            role: user.role(),
            created_at: user.created_at(),
            email: None,
            email_verified: None,
            is_active: None,
            scopes: None,
        }
    }

    /// An account as its owner and admins see it.
    #[must_use]
    pub fn whole(user: &store::User) -> Self {
        Self {
            email: Some(user.email.clone()),
            email_verified: Some(user.email_verified),
            is_active: Some(user.is_active),
            ..Self::public(user)
        }
    }
}

fn cover_url(key: &str) -> String {
    format!("/api/v1/s3/covers/{key}")
}
