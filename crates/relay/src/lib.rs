//! Outbox → Kafka: every event at least once, those of one aggregate in the order of its versions.
//!
//! It owns which relay publishes and in which order. It must not know what an event means.

mod leading;
mod traced;

use std::time::Duration;

use bus::{BusConfig, Producer, ProducerConfig};
use events::Time;
use store::{Leader, StoreConfig, StoreError};
use tokio_util::sync::CancellationToken;
use traces::Tracer;

#[derive(Clone, Debug)]
pub struct RelayConfig {
    pub instance: String,
    /// In rows.
    pub batch: i64,
    /// Pause after a round that found rows.
    pub busy: Duration,
    /// Pause after a round that found none.
    pub idle: Duration,
    /// The same once there were none for a while: each look costs the database and us.
    pub quiet: Duration,
    /// How long a new leader waits when the last one did not step down. Longer than `message_timeout` of its producer:
    /// a message that arrives later would be out of order.
    pub takeover: Duration,
    /// Published rows are deleted after this time.
    pub kept: chrono::TimeDelta,
    /// Timeout of a statement, seen from the relay.
    pub statement: Duration,
    /// Records how long rows of recorded traces took to the broker.
    pub tracer: Tracer,
}

impl RelayConfig {
    #[must_use]
    pub fn new(instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            batch: 500,
            busy: Duration::from_millis(10),
            idle: Duration::from_millis(25),
            quiet: Duration::from_millis(200),
            takeover: Duration::from_secs(6),
            kept: chrono::TimeDelta::hours(1),
            statement: Duration::from_secs(10),
            tracer: Tracer::default(),
        }
    }
}

/// Why a relay stopped. Nothing is lost: it can be run again after a moment.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The connection that holds the lock failed, so another relay may lead by now.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] bus::Error),
}

/// Waits until this relay leads, then publishes until `shutdown`.
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
    tracing::info!(instance = config.instance, "relay leads");
    leading::publish_until(config, &mut leader, &producer, shutdown, now).await?;
    // Only after a round has ended: each waits for the answer to everything it sent, so nothing of ours is under way.
    leading::in_time(config, leader.step_down(now())).await?;
    Ok(())
}
