//! Outbox → Kafka: every event at least once, those of one aggregate in the order of its versions.
//!
//! It owns who publishes and in which order. It must not know what an event means.

mod leading;

use std::time::Duration;

use bus::{BusConfig, Producer, ProducerConfig};
use events::Time;
use store::{Leader, StoreConfig, StoreError};
use tokio_util::sync::CancellationToken;

/// How the relay runs.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// Name of this process, for the leader's row.
    pub instance: String,
    /// Most rows published at once.
    pub batch: i64,
    /// Pause after a round that found rows.
    pub busy: Duration,
    /// Pause after a round that found none.
    pub idle: Duration,
    /// How long a new leader waits unless its predecessor left a good-bye: longer than a message of its may live.
    pub takeover: Duration,
    /// How long published rows are kept.
    pub kept: chrono::TimeDelta,
    /// How long one statement may take, the way there and back included.
    pub statement: Duration,
}

impl RelayConfig {
    /// The design's figures (algorithms: measured).
    #[must_use]
    pub fn new(instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            batch: 500,
            busy: Duration::from_millis(10),
            idle: Duration::from_millis(25),
            takeover: Duration::from_secs(6),
            kept: chrono::TimeDelta::hours(1),
            statement: Duration::from_secs(10),
        }
    }
}

/// Why a relay stopped; the next one goes on where this one was.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The connection that holds the lock failed, so somebody else may lead by now.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Kafka's client could not be made.
    #[error(transparent)]
    Bus(#[from] bus::Error),
}

/// Waits until it leads, then publishes until told to stop.
///
/// # Errors
/// [`Stopped`]: nothing is lost; run it again after a moment.
pub async fn run(
    config: &RelayConfig,
    store: &StoreConfig,
    bus: &BusConfig,
    shutdown: &CancellationToken,
    now: fn() -> Time,
) -> Result<(), Stopped> {
    let producer = Producer::new(bus, &ProducerConfig::relay())?;
    let mut leader = Leader::connect(store).await?;
    if !leading::wait_for_lead(config, &mut leader, shutdown).await? {
        return Ok(());
    }
    tracing::info!(instance = config.instance, "this relay leads now");
    leading::publish_until(config, &mut leader, &producer, shutdown, now).await?;
    leading::in_time(config, leader.good_bye(now())).await?;
    Ok(())
}
