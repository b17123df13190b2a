//! What the queries ask: one handle on each engine.

use std::{future::Future, pin::Pin};

use events::Kind;
use http_kit::{Ambient, Answers, Error, Limiter};
use media::{Objects, Parser};
use read_analytics::{Analytics, AnalyticsUnavailable};
use read_counters::Counters;
use read_search::Search;
use representations::PlayCounts;
use store::Reader;
use uuid::Uuid;

use crate::{
    by_id::{ById, CatalogueReplica},
    consistency::Positions,
    dashboard::DashboardCounts,
    live::Live,
    recording::SearchRecorder,
    routes::health::{Checks, Roles},
    totals::Totals,
};

/// What the queries ask; one for each worker, since connections belong to a worker's own runtime.
pub struct Queries {
    pub reader: Reader,
    /// The catalogue by id.
    pub by_id: ById,
    /// The catalogue on a replica; none where there is no replica.
    pub replica: Option<CatalogueReplica>,
    pub search: Search,
    pub counters: Counters,
    pub analytics: Analytics,
    pub objects: Objects,
    /// Makes sizes of covers from before there were sizes.
    pub parser: Parser,
    /// Kafka; asked for its health, where topics end, and what workers note.
    pub kafka: bus::Cluster,
    /// The last look at the engines.
    pub checks: Checks,
    /// The background roles of this process.
    pub roles: Roles,
    /// Whether the web page is served here.
    pub has_page: bool,
    /// How many the lists have, for all workers.
    pub totals: Totals,
    /// What the dashboard counts, for all workers.
    pub dashboard: DashboardCounts,
    /// Answers that are the same for all who ask, for all workers.
    pub answers: Answers,
    /// Where searches are recorded.
    pub searches: SearchRecorder,
    /// What happens right now, for all workers.
    pub live: Live,
    /// How far the read models are, for queries that wait for what was written.
    pub positions: Positions,
    pub limiter: Limiter,
    pub ambient: Ambient,
}

/// The counters as whoever shows plays wants them.
pub struct Plays(pub Counters);

impl PlayCounts for Plays {
    fn plays<'a>(&'a self, kind: Kind, ids: &'a [Uuid]) -> Pin<Box<dyn Future<Output = Option<Vec<u64>>> + Send + 'a>> {
        Box::pin(async move {
            let plays = self.0.plays(kind, ids).await;
            // Not louder: `/health` says so once, this would say it with every request.
            plays
                .inspect_err(|unavailable| tracing::debug!(reason = %unavailable, "plays are not shown"))
                .ok()
        })
    }
}

/// The answer when ClickHouse has none.
pub(crate) fn no_analytics(unavailable: AnalyticsUnavailable) -> Error {
    Error::unavailable("the analytics engine", unavailable.reason)
}
