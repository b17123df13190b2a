//! `jonquil migrate`: schema, topics, indexes, tables, counters and bucket, as this version expects them.

use std::{fmt::Display, time::Instant};

use bus::Cluster;
use media::Objects;
use projector::{Position, Projection};
use read_analytics::{Analytics, AnalyticsProjection};
use read_counters::{Counters, CountersProjection};
use read_search::{Search, SearchProjection};

use crate::{Config, RunError, timeouts};

/// Brings every store up to this version. Idempotent; several may run at once.
///
/// # Errors
/// The first store that fails, by its name.
pub async fn migrate(config: &Config) -> Result<(), RunError> {
    let done = store::migrate(&config.store).await.map_err(failed("postgres"))?;
    tracing::info!(migrations = done.len(), "postgres has the schema of this version");
    bus::migrate(&config.bus, false).await.map_err(failed("kafka"))?;
    tracing::info!("kafka has the topics of this version");
    install_read_models(config).await?;
    Objects::new(&config.media)
        .ensure_bucket()
        .await
        .map_err(failed("the object store"))?;
    tracing::info!("the object store has the bucket");
    Ok(())
}

/// A read model whose schema is new is filled from the topics' beginning, and answers once it has what they hold now.
async fn install_read_models(config: &Config) -> Result<(), RunError> {
    let cluster = Cluster::new(&config.bus)?;
    let search = Search::connect(&config.search).map_err(failed("elasticsearch"))?;
    search
        .install(&ends::<SearchProjection>(&cluster).await?)
        .await
        .map_err(failed("elasticsearch"))?;
    tracing::info!(
        schema = read_search::SCHEMA,
        "elasticsearch has the indexes of this version"
    );
    let mut analytics = config.analytics.clone();
    analytics.timeout = timeouts::ANALYTICS_WRITE;
    Analytics::new(&analytics)
        .install(&ends::<AnalyticsProjection>(&cluster).await?)
        .await
        .map_err(failed("clickhouse"))?;
    tracing::info!(
        schema = read_analytics::SCHEMA,
        "clickhouse has the tables of this version"
    );
    let mut counters = config.counters.clone();
    counters.timeout = timeouts::COUNTERS_WRITE;
    Counters::new(&counters)?
        .install(&ends::<CountersProjection>(&cluster).await?)
        .await
        .map_err(failed("redis"))?;
    tracing::info!(schema = read_counters::SCHEMA, "redis has the counters of this version");
    Ok(())
}

/// Where the topics of a read model end now.
async fn ends<P: Projection>(cluster: &Cluster) -> Result<Vec<Position>, RunError> {
    let began = Instant::now();
    let ends = loop {
        let ends = cluster.end_offsets(P::TOPICS, timeouts::KAFKA_REQUEST).await;
        // Partitions that were created a moment ago have no leader yet, and nobody else knows when they get one.
        if ends.is_ok() || began.elapsed() > timeouts::KAFKA_LEADERS {
            break ends;
        }
        tokio::time::sleep(timeouts::KAFKA_POLL).await;
    };
    let position = |end: bus::PartitionOffset| Position {
        topic: end.partition.topic,
        partition: end.partition.number,
        next: end.offset,
    };
    Ok(ends.map_err(failed("kafka"))?.into_iter().map(position).collect())
}

fn failed<E: Display>(store: &'static str) -> impl Fn(E) -> RunError {
    move |error| RunError::Migration(store, error.to_string())
}
