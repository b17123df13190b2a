//! How complete the catalogue is, counted once a minute for all who ask.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http_kit::Error;
use serde::{Deserialize, Serialize};
use store::{Completeness, Reader};
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// Counting reads the whole catalogue.
const KEPT: Duration = Duration::from_mins(1);

/// How complete the catalogue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogueState {
    pub tracks: TracksState,
    pub albums: AlbumsState,
    pub artists: ArtistsState,
}

/// How many tracks have what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TracksState {
    /// All of them.
    pub total: u64,
    /// With sound.
    pub with_audio: u64,
    /// With a known length.
    pub with_duration: u64,
    /// With a genre.
    pub with_genres: u64,
    /// On an album.
    pub with_album: u64,
}

/// How many albums have what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlbumsState {
    /// All of them.
    pub total: u64,
    /// With a cover.
    pub with_cover: u64,
    /// With a genre.
    pub with_genres: u64,
    /// With a date of release.
    pub with_release_date: u64,
}

/// How many artists have what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArtistsState {
    /// All of them.
    pub total: u64,
    /// With a country.
    pub with_country: u64,
    /// With a genre.
    pub with_genres: u64,
    /// With a text about them.
    pub with_bio: u64,
}

/// The last count; clones share it.
#[derive(Clone, Default)]
pub struct DashboardCounts(Arc<Mutex<Option<(CatalogueState, Instant)>>>);

impl DashboardCounts {
    /// Whoever comes while it is being counted waits for the same.
    pub(crate) async fn catalogue(&self, reader: &Reader) -> Result<CatalogueState, Error> {
        let mut counted = self.0.lock().await;
        if let Some((state, _)) = counted.filter(|(_, at)| at.elapsed() < KEPT) {
            return Ok(state);
        }
        let state = CatalogueState::from(reader.completeness().await?);
        *counted = Some((state, Instant::now()));
        Ok(state)
    }
}

impl From<Completeness> for CatalogueState {
    fn from(of: Completeness) -> Self {
        Self {
            tracks: TracksState {
                total: of.tracks.unsigned_abs(),
                with_audio: of.tracks_audio.unsigned_abs(),
                with_duration: of.tracks_duration.unsigned_abs(),
                with_genres: of.tracks_genres.unsigned_abs(),
                with_album: of.tracks_album.unsigned_abs(),
            },
            albums: AlbumsState {
                total: of.albums.unsigned_abs(),
                with_cover: of.albums_cover.unsigned_abs(),
                with_genres: of.albums_genres.unsigned_abs(),
                with_release_date: of.albums_release_date.unsigned_abs(),
            },
            artists: ArtistsState {
                total: of.artists.unsigned_abs(),
                with_country: of.artists_country.unsigned_abs(),
                with_genres: of.artists_genres.unsigned_abs(),
                with_bio: of.artists_bio.unsigned_abs(),
            },
        }
    }
}
