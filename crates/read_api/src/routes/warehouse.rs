//! Straight from the warehouse.

use actix_web::{get, web::Json};
use events::{ArtistId, Time, TrackId};
use http_kit::{Artist, Error, Id, Track};
use read_analytics::{AnalyticsUnavailable, EntityStats};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Viewer,
    listening::{DayPlays, Played, played, plays_of},
    problems::{ById, OfFigures},
    shape::{NamedArtist, NamedTrack},
};

/// How something was heard, all time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Heard<T> {
    /// What was heard.
    #[serde(flatten)]
    pub item: T,
    /// Counted plays.
    pub plays: u64,
    /// Different listeners of those plays.
    pub listeners: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Listens, counted or not.
    pub listens: u64,
    /// Share of the listens that heard at least 90 % of the track.
    #[schema(example = 0.8)]
    pub completion_rate: Option<f64>,
    /// Share of the listens that did not count.
    #[schema(example = 0.1)]
    pub skip_rate: Option<f64>,
    /// When the first listen began.
    pub first_listened_at: Option<Time>,
    /// When the last listen began.
    pub last_listened_at: Option<Time>,
    /// The last 30 UTC days, the oldest first.
    pub by_day: Vec<DayPlays>,
}

/// How an artist was heard, all time.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArtistHeard {
    /// All tracks together.
    #[serde(flatten)]
    pub heard: Heard<NamedArtist>,
    /// The ten tracks played most; deleted ones are left out.
    pub top_tracks: Vec<Played<NamedTrack>>,
}

/// A table of the warehouse.
#[derive(Debug, Serialize, ToSchema)]
pub struct Table {
    /// Its name.
    #[schema(example = "listens")]
    pub name: String,
    /// Its rows on disk.
    pub rows: u64,
}

/// The state of the warehouse.
#[derive(Debug, Serialize, ToSchema)]
pub struct Warehouse {
    /// `ok`; when it is unavailable the answer is 503.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// The server's version.
    #[schema(example = "25.8.1.1")]
    pub version: String,
    /// Of one round trip, in milliseconds.
    pub latency_ms: u64,
    /// The tables, by name.
    pub tables: Vec<Table>,
}

/// How a track was heard
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13")),
    responses((status = 200, description = "all time", body = Heard<NamedTrack>), ById))]
#[get("/api/v1/analytics/clickhouse/track/{track_id}/stats")]
pub(crate) async fn track_stats(viewer: Viewer, Id(id): Id<Uuid>) -> Result<Json<Heard<NamedTrack>>, Error> {
    let track: Track = viewer.one(id).await?;
    let now = (viewer.queries.ambient.now)();
    let stats = viewer.queries.analytics.track_stats(TrackId(id), now).await;
    Ok(Json(heard(track.into(), stats.map_err(unavailable)?)))
}

/// How an artist was heard
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    params(("artist_id" = ArtistId, Path, description = "artist", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b11")),
    responses((status = 200, description = "all time", body = ArtistHeard), ById))]
#[get("/api/v1/analytics/clickhouse/artist/{artist_id}/stats")]
pub(crate) async fn artist_stats(viewer: Viewer, Id(id): Id<Uuid>) -> Result<Json<ArtistHeard>, Error> {
    let artist: Artist = viewer.one(id).await?;
    let now = (viewer.queries.ambient.now)();
    let stats = viewer.queries.analytics.artist_stats(ArtistId(id), now).await;
    let stats = stats.map_err(unavailable)?;
    let top_tracks = played::<Track>(&viewer, plays_of(&stats.top_tracks)).await?;
    Ok(Json(ArtistHeard {
        heard: heard(artist.into(), stats.stats),
        top_tracks,
    }))
}

/// The state of the warehouse
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "it answers", body = Warehouse), OfFigures))]
#[get("/api/v1/analytics/clickhouse/health")]
pub(crate) async fn warehouse_health(viewer: Viewer) -> Result<Json<Warehouse>, Error> {
    let analytics = &viewer.queries.analytics;
    let (health, tables) = tokio::try_join!(analytics.health(), analytics.tables()).map_err(unavailable)?;
    let table = |table: read_analytics::TableRows| Table {
        name: table.name,
        rows: table.rows,
    };
    Ok(Json(Warehouse {
        status: "ok",
        version: health.version,
        latency_ms: health.latency.as_millis().try_into().unwrap_or(u64::MAX),
        tables: tables.into_iter().map(table).collect(),
    }))
}

fn unavailable(unavailable: AnalyticsUnavailable) -> Error {
    Error::unavailable("the analytics engine", unavailable.reason)
}

fn heard<T>(item: T, stats: EntityStats) -> Heard<T> {
    Heard {
        item,
        plays: stats.plays,
        listeners: stats.listeners,
        listened_ms: stats.listened_ms,
        listens: stats.listens,
        completion_rate: stats.completion_rate,
        skip_rate: stats.skip_rate,
        first_listened_at: stats.first_listened_at,
        last_listened_at: stats.last_listened_at,
        by_day: stats.by_day.into_iter().map(DayPlays::from).collect(),
    }
}
