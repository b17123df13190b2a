//! Stores a batch: dead letters first, rows and positions after. An event whose position is stored is in the read model
//! or on the dead-letter topic, wherever the process dies in between.

use bus::Partition;
use metrics::{counter, histogram};
use tokio::time::Instant;

use super::{Outcome, Worker};
use crate::{
    Projection, RefusedRow, Stopped, Stored, Unavailable,
    batch::ReadyBatch,
    dead_letters::{Reason, RejectedEvent},
    lag::float,
    origin::Origin,
    traced,
};

impl<'a, P: Projection> Worker<'a, P> {
    pub(super) async fn store(&mut self, mut ready: ReadyBatch<'a, P::Row>) -> Result<Outcome, Stopped> {
        let began = (Instant::now(), self.session.config.tracer.now());
        self.session.progress.set_oldest(ready.oldest);
        if !self.dead_letter(&ready.rejected).await? {
            return Ok(Outcome::Dropped);
        }
        let projection = self.session.projection;
        // Again without the refused rows, until none is refused.
        loop {
            let attempt = || {
                fail::fail_point!("projector::store");
                projection.store(&ready.batch)
            };
            match self.retry(attempt).await? {
                None => return Ok(Outcome::Dropped),
                Some(Stored::StoreBehind(position)) => {
                    tracing::warn!(projector = P::NAME, ?position, "store is behind the batch");
                    return Ok(Outcome::StoreBehind);
                }
                Some(Stored::Done(refused)) if refused.is_empty() => break,
                Some(Stored::Done(refused)) => {
                    let rejected = self.reject(&mut ready, refused)?;
                    if !self.dead_letter(&rejected).await? {
                        return Ok(Outcome::Dropped);
                    }
                }
            }
        }
        fail::fail_point!("projector::stored");
        self.stored(&ready, began);
        Ok(Outcome::Stored)
    }

    /// True once all are acknowledged; false when the batch is to be dropped.
    async fn dead_letter(&mut self, rejected: &[RejectedEvent<'a>]) -> Result<bool, Stopped> {
        if rejected.is_empty() {
            return Ok(true);
        }
        let (dead_letters, now) = (self.session.dead_letters, self.session.now);
        let attempt = || async move {
            let published = dead_letters.publish(rejected, now()).await;
            published.map_err(|error| Unavailable {
                engine: "kafka",
                reason: error.to_string(),
            })
        };
        Ok(self.retry(attempt).await?.is_some())
    }

    /// Takes the events of refused rows out of the batch.
    fn reject(
        &mut self,
        ready: &mut ReadyBatch<'a, P::Row>,
        refused: Vec<RefusedRow>,
    ) -> Result<Vec<RejectedEvent<'a>>, Stopped> {
        let mut rejected = Vec::with_capacity(refused.len());
        for row in refused {
            let found = ready.remove(&row);
            let found = found.and_then(|message| Some((Origin::of(&message, P::NAME)?, message)));
            let Some((origin, message)) = found else {
                return Err(Stopped::UnknownRefusedRow {
                    projector: P::NAME,
                    origin: format!("{}/{}@{}", row.topic.name(), row.partition, row.offset),
                });
            };
            let event = RejectedEvent {
                message,
                origin,
                reason: Reason::Refused,
                error: row.reason,
            };
            self.spend(&event)?;
            let (partition, offset) = (event.message.partition(), event.message.offset());
            if let Some(traced) = ready.traced.iter_mut().find(|one| one.is_at(partition, offset)) {
                traced.reject(event.reason);
            }
            rejected.push(event);
        }
        Ok(rejected)
    }

    fn stored(&mut self, ready: &ReadyBatch<'_, P::Row>, (began, began_nanos): (Instant, u64)) {
        let progress = self.session.progress;
        for position in ready.batch.positions() {
            let partition = Partition {
                topic: position.topic,
                number: position.partition,
            };
            progress.set_stored(partition, position.next);
        }
        if let Some(oldest) = ready.oldest {
            let millis = ((self.session.now)().millis() - oldest).max(0);
            histogram!("jonquil_projector_freshness_seconds", "projector" => P::NAME).record(float(millis) / 1000.0);
        }
        self.session.freshness.record(&ready.times, (self.session.now)());
        let (tracer, events) = (
            &self.session.config.tracer,
            ready.projected.len() + ready.rejected.len(),
        );
        traced::record(tracer, self.session.group, began_nanos, events, &ready.traced);
        // The next batch began to fill while this one was stored.
        progress.set_oldest(self.pending.oldest());
        for slice in &ready.batch.slices {
            for _ in &slice.events {
                self.budget(slice.topic).projected();
            }
        }
        counter!("jonquil_projector_events_total", "projector" => P::NAME).increment(ready.projected.len() as u64);
        counter!("jonquil_projector_batches_total", "projector" => P::NAME).increment(1);
        histogram!("jonquil_projector_store_seconds", "projector" => P::NAME).record(began.elapsed().as_secs_f64());
    }
}
