//! Statistics under the path of ClickHouse.

use actix_web::{get, web::Json};
use events::{ArtistId, TrackId};
use http_kit::{ByIdProblems, Error, Id, NotModified, ReadProblems};
use read_analytics::{EntityStats, TableRows};
use representations::{Artist, Track};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Viewer,
    catalogue_item::{NamedArtist, NamedTrack},
    for_many::{ForMany, Question, Shared, sign_all},
    history::{Played, played, plays_of},
    queries::no_analytics,
};

/// How something was heard, all time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListeningStats<T> {
    #[serde(flatten)]
    pub item: T,
    #[serde(flatten)]
    pub stats: EntityStats,
}

/// How an artist was heard, all time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArtistListeningStats {
    /// All tracks together.
    #[serde(flatten)]
    pub stats: ListeningStats<NamedArtist>,
    /// The ten tracks played most; deleted ones are left out.
    pub top_tracks: Vec<Played<NamedTrack>>,
}

impl<T: ForMany> ForMany for ListeningStats<T> {
    const IS_SIGNED: bool = T::IS_SIGNED;

    fn sign(&mut self, viewer: &Viewer) {
        self.item.sign(viewer);
    }
}

impl ForMany for ArtistListeningStats {
    const IS_SIGNED: bool = true;

    fn sign(&mut self, viewer: &Viewer) {
        sign_all(&mut self.top_tracks, viewer);
    }
}

/// The state of the analytics.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsHealth {
    /// `ok`; when it is unavailable the answer is 503.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// The server's version.
    #[schema(example = "25.8.1.1")]
    pub version: String,
    /// Of one round trip, in milliseconds.
    pub latency_ms: u64,
    /// The tables, by name.
    pub tables: Vec<TableRows>,
}

/// How a track was heard
///
/// Of all time. `plays` and `listeners` are of counted listens, `listens` and `listened_ms` of all; `by_day` has UTC days.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13")),
    responses((status = 200, description = "all time", body = ListeningStats<NamedTrack>), NotModified, ByIdProblems))]
#[get("/api/v1/analytics/clickhouse/track/{track_id}/stats")]
pub(crate) async fn get_track_stats(
    viewer: Viewer,
    asked: Question,
    Id(id): Id<TrackId>,
) -> Result<Shared<ListeningStats<NamedTrack>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        let track: Track = viewer.one(id).await?;
        let now = (viewer.queries.ambient.now)();
        let stats = viewer.queries.analytics.track_stats(id, now).await;
        Ok(ListeningStats {
            item: track.into(),
            stats: stats.map_err(no_analytics)?,
        })
    })
    .await
}

/// How an artist was heard
///
/// Of all time and of every track on which the artist is main or featured. `plays` and `listeners` are of counted listens,
/// `listens` and `listened_ms` of all; `by_day` has UTC days.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11")),
    responses((status = 200, description = "all time", body = ArtistListeningStats), NotModified, ByIdProblems))]
#[get("/api/v1/analytics/clickhouse/artist/{artist_id}/stats")]
pub(crate) async fn get_artist_stats(
    viewer: Viewer,
    asked: Question,
    Id(id): Id<ArtistId>,
) -> Result<Shared<ArtistListeningStats>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        let artist: Artist = viewer.one(id).await?;
        let now = (viewer.queries.ambient.now)();
        let stats = viewer.queries.analytics.artist_stats(id, now).await;
        let stats = stats.map_err(no_analytics)?;
        let top_tracks = played::<Track>(viewer, plays_of(&stats.top_tracks)).await?;
        Ok(ArtistListeningStats {
            stats: ListeningStats {
                item: artist.into(),
                stats: stats.stats,
            },
            top_tracks,
        })
    })
    .await
}

/// The state of the analytics
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "it answers", body = AnalyticsHealth), ReadProblems))]
#[get("/api/v1/analytics/clickhouse/health")]
pub(crate) async fn get_clickhouse_health(viewer: Viewer) -> Result<Json<AnalyticsHealth>, Error> {
    let analytics = &viewer.queries.analytics;
    let (health, tables) = tokio::try_join!(analytics.health(), analytics.tables()).map_err(no_analytics)?;
    Ok(Json(AnalyticsHealth {
        status: "ok",
        version: health.version,
        latency_ms: health.latency.as_millis().try_into().unwrap_or(u64::MAX),
        tables,
    }))
}
