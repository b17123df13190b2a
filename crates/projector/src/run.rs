//! Starting, ending and starting again.

use std::time::Duration;

use bus::{BusConfig, Cluster, Consumer, ConsumerConfig};
use events::Time;
use tokio_util::sync::CancellationToken;

use crate::{
    Projection, ProjectorConfig, Stopped,
    dead_letters::DeadLetters,
    lag::Watch,
    progress::Progress,
    worker::{Ended, Worker},
};

/// Between two sessions, so that a store that stays behind is not asked without end.
const PAUSE: Duration = Duration::from_millis(500);

/// Feeds a read model from its topics until `shutdown`: then the batch in flight is finished, and the partitions stay
/// reserved for this instance until its session ends.
///
/// # Errors
/// [`Stopped`]. Engines and brokers that are unavailable are waited for.
pub async fn run<P: Projection>(
    projection: &P,
    bus: &BusConfig,
    config: &ProjectorConfig,
    shutdown: CancellationToken,
    now: fn() -> Time,
) -> Result<(), Stopped> {
    let cluster = Cluster::new(bus)?;
    let dead_letters = DeadLetters::new(bus, P::NAME)?;
    let member = member(P::NAME, config);
    loop {
        let consumer = Consumer::subscribe(bus, &member, P::TOPICS)?;
        let progress = Progress::default();
        let watch = Watch {
            projector: P::NAME,
            cluster: &cluster,
            consumer: &consumer,
            progress: &progress,
            now,
        };
        let mut worker = Worker::new(projection, &consumer, &dead_letters, &progress, config, &shutdown, now);
        let ended = tokio::select! {
            ended = worker.run() => ended,
            never = watch.run(config.lag_interval) => match never {},
        };
        // What it holds lies in the consumer's memory.
        drop(worker);
        consumer.report(&progress.stored());
        consumer.close().await;
        match ended? {
            Ended::Shutdown => return Ok(()),
            Ended::Behind => tracing::warn!(projector = P::NAME, "reading again from the store's positions"),
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return Ok(());
        }
    }
}

fn member(projector: &str, config: &ProjectorConfig) -> ConsumerConfig {
    let group = match &config.generation {
        Some(generation) => format!("{projector}.{generation}"),
        None => projector.to_owned(),
    };
    ConsumerConfig::new(&group, &format!("{group}-{}", config.instance))
}
