//! What happens right now.

use actix_web::{get, web::Json};
use http_kit::{Error, Track};
use read_counters::PlatformStats as Counted;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Viewer,
    listening::{Played, played},
    problems::OfFigures,
    shape::NamedTrack,
};

/// Who listened within it is active, in seconds.
const WINDOW: u32 = 300;

/// What happens right now; plays are counted listens.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlatformStats {
    /// Listeners of the last five minutes.
    pub active_users: u64,
    /// Plays that began in the last minute.
    pub plays_last_minute: u64,
    /// Plays that began in the last five minutes.
    pub plays_last_5_minutes: u64,
    /// Plays that began in the last 60 minutes.
    pub plays_last_hour: u64,
    /// Plays since 00:00 UTC.
    pub plays_today: u64,
    /// The ten most played tracks since the last full UTC hour began.
    pub top_now: Vec<Played<NamedTrack>>,
}

/// How many listen right now. Who they are is not told: a listen names no account.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActiveUsers {
    /// Who listened within so many seconds.
    #[schema(example = 300)]
    pub window_seconds: u32,
    /// How many.
    pub count: u64,
}

/// What happens right now
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "the figures, fresh within a second", body = PlatformStats), OfFigures))]
#[get("/api/v1/analytics/realtime/platform-stats")]
pub(crate) async fn platform_stats(viewer: Viewer) -> Result<Json<PlatformStats>, Error> {
    let counted = counted(&viewer).await?;
    Ok(Json(PlatformStats {
        active_users: counted.active_users,
        plays_last_minute: counted.plays_last_minute,
        plays_last_5_minutes: counted.plays_last_5_minutes,
        plays_last_hour: counted.plays_last_hour,
        plays_today: counted.plays_today,
        top_now: played::<Track>(&viewer, counted.top_now).await?,
    }))
}

/// How many listen right now
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "their number", body = ActiveUsers), OfFigures))]
#[get("/api/v1/analytics/realtime/active-users")]
pub(crate) async fn active_users(viewer: Viewer) -> Result<Json<ActiveUsers>, Error> {
    let counted = counted(&viewer).await?;
    Ok(Json(ActiveUsers {
        window_seconds: WINDOW,
        count: counted.active_users,
    }))
}

async fn counted(viewer: &Viewer) -> Result<Counted, Error> {
    let now = (viewer.queries.ambient.now)();
    let counted = viewer.queries.counters.platform(now).await;
    counted.map_err(|unavailable| Error::unavailable("the realtime engine", unavailable))
}
