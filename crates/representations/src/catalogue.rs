//! Artists, albums and tracks as they are shown over HTTP.

use access::{Access, Principal, stream_url};
use chrono::NaiveDate;
use domain::artist_line;
use events::{AlbumId, AlbumType, ArtistId, AudioState, CreditRole, ExternalIds, Named, Open, Time, TrackId, UserId};
use serde::{Deserialize, Serialize};
use store::{AlbumView, ArtistView, TrackView};
use utoipa::ToSchema;

use crate::{TakedownNote, object::cover_url};

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
    /// Counted plays of all time; null while they are not known.
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

/// One artist's part in a work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Credit {
    /// Who.
    pub artist: ArtistRef,
    /// What they did.
    #[schema(value_type = CreditRole)]
    pub role: Open<CreditRole>,
    /// The name on this work, where it is another than the artist's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credited_as: Option<String>,
    /// What stands between this name and the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = " feat. ")]
    pub join_phrase: Option<String>,
}

/// An album.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Album {
    /// The album.
    pub id: AlbumId,
    /// Title as shown.
    #[schema(example = "Группа крови")]
    pub title: String,
    /// The first main artist.
    pub artist: ArtistRef,
    /// Main and featured artists as one line of text.
    #[schema(example = "Кино feat. Аквариум")]
    pub artist_line: String,
    /// Everybody who has a part in it, in order.
    pub credits: Vec<Credit>,
    /// Kind of album.
    #[schema(value_type = AlbumType)]
    pub album_type: Open<AlbumType>,
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
    /// Counted plays of all time; null while they are not known.
    pub plays: Option<u64>,
    /// Why nobody else sees it; only where an admin took it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_down: Option<TakedownNote>,
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
    /// The first main artist.
    pub artist: ArtistRef,
    /// Main and featured artists as one line of text.
    #[schema(example = "Кино feat. Аквариум")]
    pub artist_line: String,
    /// Everybody who has a part in it, in order.
    pub credits: Vec<Credit>,
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
    /// Counted plays of all time; null while they are not known.
    pub plays: Option<u64>,
    /// Why nobody else sees it; only where an admin took it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_down: Option<TakedownNote>,
    /// When it was created.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// For `If-Match`.
    pub version: i64,
}

impl From<Named<ArtistId>> for ArtistRef {
    fn from(artist: Named<ArtistId>) -> Self {
        Self {
            id: artist.id,
            name: artist.name,
        }
    }
}

impl From<events::Credit> for Credit {
    fn from(credit: events::Credit) -> Self {
        Self {
            artist: credit.artist.into(),
            role: credit.role,
            credited_as: credit.credited_as,
            join_phrase: credit.join_phrase,
        }
    }
}

impl Artist {
    #[must_use]
    pub fn new(view: ArtistView, plays: Option<u64>) -> Self {
        let state = view.state;
        Self {
            id: state.id,
            name: state.name,
            bio: state.bio,
            country: state.country,
            genres: state.genres,
            image_url: state.cover_key.as_deref().map(cover_url),
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
    #[must_use]
    pub fn new(view: AlbumView, plays: Option<u64>) -> Self {
        let state = view.state;
        Self {
            id: state.id,
            title: state.title,
            artist: state.artist.into(),
            artist_line: artist_line(&state.credits),
            credits: state.credits.into_iter().map(Credit::from).collect(),
            album_type: state.album_type,
            release_date: state.release_date,
            genres: state.genres,
            cover_url: state.cover_key.as_deref().map(cover_url),
            tracks_count: view.tracks_count,
            duration_ms: view.duration_ms,
            external_ids: state.external_ids,
            plays,
            taken_down: view.taken_down.map(TakedownNote::from),
            created_at: state.created_at,
            updated_at: state.updated_at,
            version: view.version,
        }
    }
}

impl Track {
    /// `stream_url` is signed for the caller.
    #[must_use]
    pub fn new(view: TrackView, plays: Option<u64>, caller: Option<&Principal>, access: &Access) -> Self {
        let state = view.state;
        let mut track = Self {
            stream_url: None,
            id: state.id,
            title: state.title,
            artist: state.artist.into(),
            artist_line: artist_line(&state.credits),
            credits: state.credits.into_iter().map(Credit::from).collect(),
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
            taken_down: view.taken_down.map(TakedownNote::from),
            created_at: state.created_at,
            updated_at: state.updated_at,
            version: view.version,
        };
        track.sign_for(caller, access);
        track
    }

    /// Signs `stream_url` for the caller.
    pub fn sign_for(&mut self, caller: Option<&Principal>, access: &Access) {
        let streamed_by = caller.filter(|_| self.audio.is_some());
        self.stream_url = streamed_by.map(|by| stream_url(&access.keys, self.id, by.user_id, (access.ambient.now)()));
    }
}
