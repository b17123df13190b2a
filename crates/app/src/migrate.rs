//! `jonquil migrate`: schema, topics, indexes, tables, counters and bucket, as this version expects them.

use std::{fmt::Display, time::Instant};

use bus::Cluster;
use media::Objects;
use projector::{
    Projection as _, ReadModel,
    generations::{ends, ensure},
};
use read_analytics::Analytics;
use read_counters::Counters;
use read_search::Search;

use crate::{Config, RunError, clock, timeouts, tls};

/// Brings every store up to this version. Idempotent; several may run at once.
///
/// # Errors
/// The first store that fails, by its name.
pub async fn migrate(config: &Config) -> Result<(), RunError> {
    let done = store::migrate(&config.store).await.map_err(failed("postgres"))?;
    tracing::info!(migrations = done.len(), "postgres has the schema of this version");
    bus::migrate(&config.bus, false).await.map_err(failed("kafka"))?;
    tracing::info!("kafka has the topics of this version");
    // Each waits for an engine of its own.
    tokio::try_join!(Box::pin(ensure_read_models(config)), Box::pin(ensure_bucket(config))).map(drop)
}

async fn ensure_bucket(config: &Config) -> Result<(), RunError> {
    Objects::new(&config.media)
        .ensure_bucket()
        .await
        .map_err(failed("the object store"))?;
    tracing::info!("the object store has the bucket");
    Ok(())
}

/// A read model whose schema is new is made anew beside the one before, by the running workers.
async fn ensure_read_models(config: &Config) -> Result<(), RunError> {
    let cluster = Cluster::new(&config.bus)?;
    let search = Search::connect(&config.search).map_err(failed("elasticsearch"))?;
    let mut analytics = config.analytics.clone();
    analytics.timeout = timeouts::ANALYTICS_WRITE;
    let analytics = Analytics::new(&analytics);
    let mut counters = config.counters.clone();
    counters.timeout = timeouts::COUNTERS_WRITE;
    let counters = Counters::new(&counters)?;
    tokio::try_join!(
        ensure_read_model(&search, &cluster),
        ensure_read_model(&analytics, &cluster),
        ensure_read_model(&counters, &cluster),
    )
    .map(drop)
}

async fn ensure_read_model<M: ReadModel>(model: &M, cluster: &Cluster) -> Result<(), RunError> {
    let name = M::Projection::NAME;
    let began = Instant::now();
    let ends = loop {
        let ends = ends::<M>(cluster, timeouts::KAFKA_REQUEST).await;
        // Partitions that were created a moment ago have no leader yet, and nobody else knows when they get one.
        if ends.is_ok() || began.elapsed() > timeouts::KAFKA_LEADERS {
            break ends;
        }
        tokio::time::sleep(timeouts::KAFKA_POLL).await;
    };
    let ends = ends.map_err(failed("kafka"))?;
    ensure(model, &ends, clock::now()).await.map_err(failed(name))?;
    tracing::info!(
        read_model = name,
        schema = M::SCHEMA,
        "the read model has the schema of this version"
    );
    Ok(())
}

fn failed<E: Display>(store: &'static str) -> impl Fn(E) -> RunError {
    move |error| RunError::Migration(store, tls::explained(&error.to_string()))
}
