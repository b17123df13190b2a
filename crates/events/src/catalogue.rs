//! What happens to artists, albums and tracks. An event carries the aggregate's whole own state and its parents' names.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{AlbumId, ArtistId, Credit, Event, Kind, Named, Open, Time, TrackId, UserId, named::named};

/// Identifiers of the same thing elsewhere, by scheme: `mbid`, `isrc`, `upc`, `spotify`, …
pub type ExternalIds = BTreeMap<String, String>;

/// What happened to one aggregate.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<T> {
    /// It came to be.
    Created(T),
    /// Its state, or a parent's name, changed.
    Updated(T),
    /// It is gone; the last word of its key.
    Deleted(Deleted),
}

impl<T> Change<T> {
    /// The state carried, none for a deletion.
    pub fn state(&self) -> Option<&T> {
        match self {
            Self::Created(state) | Self::Updated(state) => Some(state),
            Self::Deleted(_) => None,
        }
    }
}

/// The data of a deletion. It stays in the compacted topic for ever, so that no older state can rise again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deleted {
    /// The aggregate that is gone.
    pub id: Uuid,
}

impl Event {
    /// What of the catalogue this event says is gone.
    #[must_use]
    pub fn deleted(&self) -> Option<(Kind, Uuid)> {
        match self {
            Self::Artist(Change::Deleted(it)) => Some((Kind::Artist, it.id)),
            Self::Album(Change::Deleted(it)) => Some((Kind::Album, it.id)),
            Self::Track(Change::Deleted(it)) => Some((Kind::Track, it.id)),
            _ => None,
        }
    }
}

/// An artist, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArtistState {
    /// The artist.
    pub id: ArtistId,
    /// Name as shown.
    pub name: String,
    /// A text about the artist.
    pub bio: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: Option<String>,
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// Key of a picture in the object store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover_key: Option<String>,
    /// The account this profile belongs to.
    pub user_id: Option<UserId>,
    /// Identifiers elsewhere.
    pub external_ids: ExternalIds,
    /// When it was created.
    pub created_at: Time,
    /// When its own state last changed.
    pub updated_at: Time,
}

named! {
    /// What kind of album it is.
    #[derive(Default)]
    pub enum AlbumType {
        /// A full album.
        #[default]
        Album = "album",
        /// A single.
        Single = "single",
        /// An extended play.
        Ep = "ep",
        /// Tracks of several releases or artists.
        Compilation = "compilation",
    }
}

/// An album, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlbumState {
    /// The album.
    pub id: AlbumId,
    /// Title as shown.
    pub title: String,
    /// Its first main artist.
    pub artist: Named<ArtistId>,
    /// Everybody who has a part in it, in order. An event without them has one main artist, `artist`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// Kind of album.
    pub album_type: Open<AlbumType>,
    /// Day of release.
    pub release_date: Option<NaiveDate>,
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// Key of the cover in the object store.
    pub cover_key: Option<String>,
    /// Identifiers elsewhere.
    pub external_ids: ExternalIds,
    /// Whether it was taken down: then it is found no more than a deleted one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_down: bool,
    /// When it was created.
    pub created_at: Time,
    /// When its own state last changed.
    pub updated_at: Time,
}

named! {
    /// What can be reported and taken down.
    pub enum WorkType {
        /// An album, with its tracks.
        Album = "album",
        /// A track.
        Track = "track",
    }
}

/// What the stored audio is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct AudioState {
    /// Container: `mp3`, `flac`, `ogg`, `opus`, `m4a`, `wav`.
    #[schema(example = "ogg")]
    pub format: String,
    /// Codec: `mp3`, `flac`, `vorbis`, `opus`, `aac`, `alac`, `pcm`.
    #[schema(example = "vorbis")]
    pub codec: String,
    /// Average bit rate in kilobits a second.
    pub bitrate_kbps: Option<i32>,
    /// Samples a second.
    pub sample_rate_hz: Option<i32>,
    /// Channels.
    pub channels: Option<i16>,
    /// Size of the file in bytes.
    pub size_bytes: i64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// A track, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackState {
    /// The track.
    pub id: TrackId,
    /// Title as shown.
    pub title: String,
    /// Its first main artist.
    pub artist: Named<ArtistId>,
    /// Everybody who has a part in it, in order. An event without them has one main artist, `artist`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// The album it is on.
    pub album: Option<Named<AlbumId>>,
    /// Length in milliseconds.
    pub duration_ms: Option<i64>,
    /// Place on its disc, from 1.
    pub track_number: Option<i16>,
    /// Disc of its album, from 1.
    pub disc_number: Option<i16>,
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// Whether the words are explicit.
    pub explicit: bool,
    /// Identifiers elsewhere.
    pub external_ids: ExternalIds,
    /// The stored audio.
    pub audio: Option<AudioState>,
    /// Key of the cover in the object store.
    pub cover_key: Option<String>,
    /// Day of its album's release.
    pub release_date: Option<NaiveDate>,
    /// Whether it was taken down, by itself or with its album: then it is found no more than a deleted one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_down: bool,
    /// When it was created.
    pub created_at: Time,
    /// When its own state last changed.
    pub updated_at: Time,
}
