//! What a change of an artist or an album means for the works that show it: all in the command's transaction, or, when
//! there are many, in a job that is enqueued in it.

use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use domain::CreditedWorks;
use events::{AlbumId, ArtistId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Again, FanOutPlace, JobKind, StoreError, Unit,
    schema::{album_credits, albums, track_credits, tracks},
};

/// What happened to an artist or an album, so that works have to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FanOut {
    /// Every album and track that credits the artist shows its name.
    ArtistRenamed(ArtistId),
    /// The works that it leads go, and its credits on others. Others' tracks on its albums stay, without album.
    ArtistDeleted(ArtistId),
    /// Its tracks show its title and its day of release.
    AlbumChanged(AlbumId),
    /// Its tracks stay, without album.
    AlbumDeleted(AlbumId),
}

impl JobKind for FanOut {
    const NAME: &'static str = "fan_out";
    /// The command was answered: it must come to its end.
    const MAX_TRIES: Option<i32> = None;
    const CANCELLABLE: bool = false;
    /// What was done before a second change shows the first one.
    const AGAIN: Again = Again::Restart;

    fn key(&self) -> Option<String> {
        Some(match self {
            Self::ArtistRenamed(id) | Self::ArtistDeleted(id) => format!("artist:{id}"),
            Self::AlbumChanged(id) | Self::AlbumDeleted(id) => format!("album:{id}"),
        })
    }
}

/// The parent's row must be held. False when a job does it; a deleted parent's row has to stay until then.
pub(crate) async fn reach_dependants(unit: &mut Unit, change: FanOut) -> Result<bool, StoreError> {
    let max = unit.max_fan_out;
    // One more than may be: it matters whether there are more, not how many.
    if unit.count_dependants(change, max + 1).await? > max {
        // Nothing to look at in the answer: only a person's job can be one too many, and one that is joined starts again.
        unit.enqueue(&change, None).await?;
        return Ok(false);
    }
    let mut place = FanOutPlace::default();
    while !place.is_end() {
        (place, _) = unit.fan_out(change, place, i64::MAX).await?;
    }
    Ok(true)
}

/// The works that credit an artist, as the decision whether it may be deleted needs them.
pub(crate) async fn credited_works(unit: &mut Unit, artist: Uuid, by: Uuid) -> Result<CreditedWorks, StoreError> {
    let credited_albums = album_credits::table.filter(album_credits::artist_id.eq(artist));
    let credited_tracks = track_credits::table.filter(track_credits::artist_id.eq(artist));
    // What it leads may have no rows of credits.
    let led_albums = || albums::table.filter(albums::artist_id.eq(artist));
    let led_tracks = || tracks::table.filter(tracks::artist_id.eq(artist));
    // An account that is gone has no id left: its works are others' too.
    let albums_of_others = led_albums().filter(albums::created_by.is_distinct_from(by));
    let tracks_of_others = led_tracks().filter(tracks::created_by.is_distinct_from(by));
    let query = diesel::select((
        exists(credited_albums)
            .or(exists(credited_tracks))
            .or(exists(led_albums()))
            .or(exists(led_tracks())),
        exists(albums_of_others).or(exists(tracks_of_others)),
    ));
    let (any, led_of_others): (bool, bool) = query.get_result(unit.connection()?).await?;
    Ok(CreditedWorks { any, led_of_others })
}
