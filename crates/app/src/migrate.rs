//! `jonquil migrate`: schema, topics, indexes, tables and bucket, as this version expects them.

use media::Objects;
use read_analytics::Analytics;
use read_search::Search;

use crate::{Config, Failure, timeouts};

/// Brings every store up to this version. Idempotent; several may run at once.
///
/// # Errors
/// The first store that does not do, by its name.
pub async fn migrate(config: &Config) -> Result<(), Failure> {
    let failed = |store: &'static str| move |reason: String| Failure::Migration(store, reason);
    let done = store::migrate(&config.store)
        .await
        .map_err(|e| failed("postgres")(e.to_string()))?;
    tracing::info!(migrations = done.len(), "postgres has the schema of this version");
    bus::migrate(&config.bus, false)
        .await
        .map_err(|e| failed("kafka")(e.to_string()))?;
    tracing::info!("kafka has the topics of this version");
    let search = Search::connect(&config.search).map_err(|e| failed("elasticsearch")(e.to_string()))?;
    search
        .install()
        .await
        .map_err(|e| failed("elasticsearch")(e.to_string()))?;
    tracing::info!("elasticsearch has the indexes of this version");
    let mut analytics = config.analytics.clone();
    analytics.timeout = timeouts::ANALYTICS_WRITE;
    Analytics::new(&analytics)
        .install()
        .await
        .map_err(|e| failed("clickhouse")(e.to_string()))?;
    tracing::info!("clickhouse has the tables of this version");
    Objects::new(&config.media)
        .ensure_bucket()
        .await
        .map_err(|e| failed("the object store")(e.to_string()))?;
    tracing::info!("the object store has the bucket");
    Ok(())
}
