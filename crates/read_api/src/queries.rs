//! What the queries ask: one handle on each engine.

use std::{future::Future, pin::Pin};

use http_kit::{Kind, PlayCounts, Source};
use media::Objects;
use read_analytics::Analytics;
use read_counters::Counters;
use read_search::Search;
use store::Reader;
use uuid::Uuid;

use crate::routes::health::Checks;

/// What the queries ask; one for each worker, since connections belong to a worker's own runtime.
pub struct Queries {
    /// Postgres, read-only.
    pub reader: Reader,
    /// Elasticsearch.
    pub search: Search,
    /// Redis.
    pub counters: Counters,
    /// `ClickHouse`.
    pub analytics: Analytics,
    /// Audio and covers.
    pub objects: Objects,
    /// Kafka; asked for its health only.
    pub kafka: bus::Cluster,
    /// The last look at the engines.
    pub checks: Checks,
    /// Time and ids.
    pub source: Source,
}

/// The counters as whoever shows plays wants them.
pub struct Plays(pub Counters);

impl PlayCounts for Plays {
    fn plays<'a>(&'a self, kind: Kind, ids: &'a [Uuid]) -> Pin<Box<dyn Future<Output = Option<Vec<u64>>> + Send + 'a>> {
        Box::pin(async move {
            let plays = self.0.plays(counted(kind), ids).await;
            // Not louder: `/health` says so once, this would say it with every request.
            plays
                .inspect_err(|away| tracing::debug!(reason = %away, "plays are not shown"))
                .ok()
        })
    }
}

/// The kind as the counters name it.
pub(crate) fn counted(kind: Kind) -> read_counters::Kind {
    match kind {
        Kind::Artist => read_counters::Kind::Artist,
        Kind::Album => read_counters::Kind::Album,
        Kind::Track => read_counters::Kind::Track,
    }
}

/// The kind as the analytics name it.
pub(crate) fn analysed(kind: Kind) -> read_analytics::Kind {
    match kind {
        Kind::Artist => read_analytics::Kind::Artist,
        Kind::Album => read_analytics::Kind::Album,
        Kind::Track => read_analytics::Kind::Track,
    }
}

/// The kind as the search names it.
pub(crate) fn searched(kind: Kind) -> read_search::Kind {
    match kind {
        Kind::Artist => read_search::Kind::Artists,
        Kind::Album => read_search::Kind::Albums,
        Kind::Track => read_search::Kind::Tracks,
    }
}
