//! Becoming the leader, and what the leader does.

use std::{borrow::Cow, future::Future, time::Duration};

use bus::{Delivered, Message, NotPublished, Producer};
use events::{Time, Topic};
use store::{Leader, OutboxRow, Published, StoreError};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{RelayConfig, traced};

/// How often a relay that does not lead tries to.
const TRY_AGAIN: Duration = Duration::from_millis(300);
/// How often old rows are deleted and the lag is measured.
const HOUSEKEEPING: Duration = Duration::from_secs(10);
/// While more old rows wait than one sweep deletes.
const SWEEP_AGAIN: Duration = Duration::from_millis(500);
/// Without rows for this long, the relay looks less often.
const QUIET_AFTER: Duration = Duration::from_secs(2);

/// Runs a statement. One that hangs is an error: the connection may be gone, and the lock with it.
pub(crate) async fn in_time<T>(
    config: &RelayConfig,
    statement: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match timeout(config.statement, statement).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::Unavailable("no answer to the relay in time".to_owned())),
    }
}

/// True once this relay leads and no message of the last leader can arrive any more; false on shutdown.
pub(crate) async fn wait_for_lead(
    config: &RelayConfig,
    leader: &mut Leader,
    shutdown: &CancellationToken,
) -> Result<bool, StoreError> {
    while !in_time(config, leader.try_lead()).await? {
        if stopped_within(shutdown, TRY_AGAIN).await {
            return Ok(false);
        }
    }
    // Recorded before the wait below: if this relay dies in it, the next one finds a leader that did not step down, and
    // waits too.
    let stepped_down = in_time(config, leader.take_over(&config.instance)).await?;
    if !stepped_down {
        tracing::info!(
            seconds = config.takeover.as_secs(),
            "last leader did not step down, waiting until its messages have timed out"
        );
        if stopped_within(shutdown, config.takeover).await {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Publishes rows in order until shutdown.
pub(crate) async fn publish_until(
    config: &RelayConfig,
    leader: &mut Leader,
    producer: &Producer,
    shutdown: &CancellationToken,
    now: fn() -> Time,
) -> Result<(), StoreError> {
    let (mut housekeeping, mut found_last) = (Instant::now(), Instant::now());
    let mut unavailable = false;
    while !shutdown.is_cancelled() {
        if housekeeping <= Instant::now() {
            let more = housekeep(config, leader, now).await?;
            housekeeping = Instant::now() + if more { SWEEP_AGAIN } else { HOUSEKEEPING };
        }
        let rows = in_time(config, leader.unpublished(config.batch)).await?;
        let found = rows.len();
        let failure = publish(config, leader, producer, &rows, now).await?;
        if let Some(reason) = &failure {
            if !unavailable {
                tracing::warn!(%reason, "kafka unavailable, events wait in the outbox");
            }
        } else if unavailable && found > 0 {
            tracing::info!("kafka available again");
        }
        // An empty outbox says nothing about Kafka.
        unavailable = failure.is_some() || (unavailable && found == 0);
        if found > 0 {
            found_last = Instant::now();
        }
        let is_quiet = found_last.elapsed() > QUIET_AFTER;
        let pause = if is_quiet { config.quiet } else { config.idle };
        let full = i64::try_from(found).is_ok_and(|found| found == config.batch);
        match (found, failure) {
            (_, Some(_)) | (0, _) => drop(stopped_within(shutdown, pause).await),
            _ if full => {}
            _ => drop(stopped_within(shutdown, config.busy).await),
        }
    }
    Ok(())
}

/// Publishes rows in order and marks those before the first that failed. Answers why that one failed.
async fn publish(
    config: &RelayConfig,
    leader: &mut Leader,
    producer: &Producer,
    rows: &[OutboxRow],
    now: fn() -> Time,
) -> Result<Option<String>, StoreError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut messages = Vec::with_capacity(rows.len());
    let mut known = Vec::with_capacity(rows.len());
    let began = config.tracer.now();
    for row in rows {
        match Topic::by_name(&row.topic) {
            Some(topic) => {
                messages.push(message(topic, row));
                known.push(row);
            }
            // During a rolling upgrade a later version writes rows for topics that this relay does not know.
            None => refuse(config, leader, row.id, "no such topic in this version", now).await?,
        }
    }
    let outcomes = producer.publish(messages).await;
    // Whoever dies here leaves rows unmarked, and they are published again. A second copy has the same version and
    // changes nothing.
    fail::fail_point!("relay::published");
    let mut published = Vec::with_capacity(outcomes.len());
    let mut failure = None;
    for (row, outcome) in known.into_iter().zip(outcomes) {
        let id = row.id;
        traced::record(&config.tracer, began, row, &outcome);
        match outcome {
            Ok(Delivered { partition, offset }) => published.push(Published { id, partition, offset }),
            // Later events of its aggregate go on, since each is the whole state.
            Err(NotPublished::Refused(reason)) => refuse(config, leader, id, &reason, now).await?,
            Err(error @ (NotPublished::Unavailable(_) | NotPublished::QueueFull)) => {
                // A later row may be acknowledged already. Published again after this one, it is in order again.
                failure = Some(error.to_string());
                break;
            }
        }
    }
    if !published.is_empty() {
        in_time(config, leader.mark(&published, now())).await?;
        metrics::counter!("jonquil_relay_published_total").increment(published.len() as u64);
    }
    Ok(failure)
}

fn message(topic: Topic, row: &OutboxRow) -> Message<'_> {
    if topic == Topic::Replays {
        return replay(row);
    }
    Message::event(topic, Some(&row.key), &row.payload, row.sequence, traceparent(row))
}

/// The trace of the command that wrote the row.
pub(crate) fn traceparent(row: &OutboxRow) -> Option<&str> {
    row.headers.get("traceparent").and_then(|value| value.as_str())
}

/// Not every replay is an event: its bytes are what a projector refused.
fn replay(row: &OutboxRow) -> Message<'_> {
    let headers = row.headers.as_object().into_iter().flatten();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), Cow::Borrowed(value.as_str()?.as_bytes()))));
    Message {
        topic: Topic::Replays,
        key: Some(row.key.as_bytes()),
        payload: Some(&row.payload),
        headers: headers.collect(),
    }
}

async fn refuse(
    config: &RelayConfig,
    leader: &mut Leader,
    id: i64,
    reason: &str,
    now: fn() -> Time,
) -> Result<(), StoreError> {
    tracing::error!(id, reason, "outbox row refused for good, moved to outbox_refused");
    in_time(config, leader.refuse(id, reason, now())).await
}

/// True when more old rows wait.
async fn housekeep(config: &RelayConfig, leader: &mut Leader, now: fn() -> Time) -> Result<bool, StoreError> {
    let more = in_time(config, leader.sweep(now().plus(-config.kept))).await?;
    let lag = in_time(config, leader.lag()).await?;
    let refused = in_time(config, leader.refused()).await?;
    #[expect(clippy::cast_precision_loss, reason = "a gauge; exact up to 2^53")]
    let gauges = (lag.rows as f64, refused as f64);
    metrics::gauge!("jonquil_relay_unpublished").set(gauges.0);
    metrics::gauge!("jonquil_relay_refused").set(gauges.1);
    Ok(more)
}

/// Waits for `pause`. True at once on shutdown.
async fn stopped_within(shutdown: &CancellationToken, pause: Duration) -> bool {
    tokio::select! {
        () = shutdown.cancelled() => true,
        () = sleep(pause) => false,
    }
}
