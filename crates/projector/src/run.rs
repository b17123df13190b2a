//! Starts a worker, and starts it again when its store is behind.

use std::time::Duration;

use bus::{Cluster, Consumer, ConsumerConfig};
use events::Time;
use tokio_util::sync::CancellationToken;

use crate::{
    Projection, ProjectorConfig, Stopped,
    dead_letters::DeadLetters,
    freshness::{Freshness, group},
    lag::LagMonitor,
    progress::Progress,
    worker::{Ended, Session, Worker},
};

/// Between two sessions: a store that stays behind must not make a busy loop.
const PAUSE: Duration = Duration::from_millis(500);

/// Feeds a read model from its topics until `shutdown`. Then the batch in flight is finished, and the partitions stay
/// reserved for this instance until its session times out. Workers of one process share the `cluster`.
///
/// # Errors
/// [`Stopped`]. Engines and brokers that are unavailable are waited for.
pub async fn run<P: Projection>(
    projection: &P,
    cluster: &Cluster,
    config: &ProjectorConfig,
    shutdown: CancellationToken,
    now: fn() -> Time,
) -> Result<(), Stopped> {
    let dead_letters = DeadLetters::new(cluster.bus(), P::NAME);
    let member = member(P::NAME, config);
    let freshness = Freshness::default();
    loop {
        // A member that joins is assigned its partitions, and asks the store where to begin. So a session that starts
        // again because the store is behind needs no way of its own.
        let consumer = Consumer::subscribe(cluster.bus(), &member, P::TOPICS)?;
        let progress = Progress::default();
        let monitor = LagMonitor {
            projection,
            projector: P::NAME,
            generation: config.generation.as_deref().unwrap_or_default(),
            cluster,
            consumer: &consumer,
            progress: &progress,
            freshness: &freshness,
            worker: &member.instance,
            now,
        };
        let session = Session {
            projection,
            consumer: &consumer,
            dead_letters: &dead_letters,
            progress: &progress,
            freshness: &freshness,
            config,
            group: &member.group,
            shutdown: &shutdown,
            now,
        };
        let mut worker = Worker::new(&session);
        let ended = tokio::select! {
            ended = worker.run() => ended,
            never = monitor.run(config.lag_interval) => match never {},
            never = projection.upkeep(now) => match never {},
        };
        // Its messages borrow from the consumer.
        drop(worker);
        if let Err(stopped) = &ended {
            freshness.failed(&stopped.without_content());
        }
        consumer.commit(&progress.stored(), &freshness.note(&member.instance, now()));
        consumer.close().await;
        match ended? {
            Ended::Shutdown => return Ok(()),
            Ended::StoreBehind => tracing::warn!(projector = P::NAME, "reading again from the store's positions"),
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return Ok(());
        }
    }
}

fn member(projector: &str, config: &ProjectorConfig) -> ConsumerConfig {
    let group = group(projector, config.generation.as_deref());
    ConsumerConfig::new(&group, &format!("{group}-{}", config.instance))
}
