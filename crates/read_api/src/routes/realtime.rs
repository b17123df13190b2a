//! What happens right now.

use actix_web::{get, web::Json};
use http_kit::{Error, ReadProblems};
use read_counters::{PlatformCounts, PlatformStats as Counted};
use representations::Track;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Viewer,
    catalogue_item::NamedTrack,
    history::{Played, played},
};

/// Who listened within it is active, in seconds.
const WINDOW: u32 = 300;

/// What happens right now; plays are counted listens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PlatformStats {
    #[serde(flatten)]
    pub counts: PlatformCounts,
    /// The ten most played tracks since the last full UTC hour began.
    pub top_now: Vec<Played<NamedTrack>>,
}

/// How many listen right now. Who they are is not shown: a listen names no account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ActiveUsers {
    /// Who listened within so many seconds.
    #[schema(example = 300)]
    pub window_seconds: u32,
    /// How many.
    pub count: u64,
}

/// What happens right now
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "the counts, fresh within a second", body = PlatformStats), ReadProblems))]
#[get("/api/v1/analytics/realtime/platform-stats")]
pub(crate) async fn get_platform_stats(viewer: Viewer) -> Result<Json<PlatformStats>, Error> {
    let counted = counted(&viewer).await?;
    Ok(Json(PlatformStats {
        counts: counted.counts,
        top_now: played::<Track>(&viewer, counted.top_now).await?,
    }))
}

/// How many listen right now
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "their number", body = ActiveUsers), ReadProblems))]
#[get("/api/v1/analytics/realtime/active-users")]
pub(crate) async fn count_active_users(viewer: Viewer) -> Result<Json<ActiveUsers>, Error> {
    let counted = counted(&viewer).await?;
    Ok(Json(ActiveUsers {
        window_seconds: WINDOW,
        count: counted.counts.active_users,
    }))
}

async fn counted(viewer: &Viewer) -> Result<Counted, Error> {
    let now = (viewer.queries.ambient.now)();
    let counted = viewer.queries.counters.platform(now).await;
    counted.map_err(|unavailable| Error::unavailable("the realtime engine", unavailable))
}
