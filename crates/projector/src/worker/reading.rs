//! Reads and projects messages into the pending batch.

use bus::{Next, Received};
use events::{Event, Incoming, Malformed, Time, Topic};
use futures_util::FutureExt as _;
use metrics::counter;
use tokio::time::Instant;

use super::Worker;
use crate::{
    Projection, Stopped,
    dead_letters::{Reason, RejectedEvent},
    origin::Origin,
    progress::EmptyRange,
    traced::Traced,
};

/// Rows, and the own time of the event that they were made of.
type Made<R> = (Vec<R>, Option<Time>);

impl<'a, P: Projection> Worker<'a, P> {
    /// Reads until the batch is full or due, the group rebalances, or the worker shuts down.
    pub(super) async fn fill(&mut self) -> Result<(), Stopped> {
        let session = self.session;
        self.take_overflow()?;
        while !self.is_full() && self.rebalance.is_none() {
            // What the client holds already costs no timer and no waker.
            if let Some(next) = session.consumer.next().now_or_never() {
                self.take(next?)?;
                continue;
            }
            let config = session.config;
            let due = self
                .pending
                .due(config.batch_max_wait, self.last_store, config.store_interval)
                .map(Instant::from_std);
            tokio::select! {
                // What is pending is stored all the same: `run` looks at the shutdown only between batches.
                () = session.shutdown.cancelled() => return Ok(()),
                // `select!` makes the future of a branch that is off too, so one that is not due needs some time as well.
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => return Ok(()),
                ranges = session.progress.empty_ranges() => self.skip(&ranges),
                () = session.progress.store_behind() => return Ok(()),
                next = session.consumer.next() => self.take(next?)?,
            }
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        let config = self.session.config;
        self.pending.is_full(config.batch_max_events, config.batch_max_bytes)
    }

    pub(super) fn take(&mut self, next: Next<'a>) -> Result<(), Stopped> {
        match next {
            Next::Rebalance(rebalance) => self.rebalance = Some(rebalance),
            Next::Message(message) if self.is_full() => self.overflow.push_back(message),
            Next::Message(message) => self.project(message)?,
        }
        Ok(())
    }

    /// Must run before a newer message is projected: that one moves the read offset, and everything before it would be
    /// dropped as projected already.
    pub(super) fn take_overflow(&mut self) -> Result<(), Stopped> {
        while !self.is_full()
            && let Some(message) = self.overflow.pop_front()
        {
            self.project(message)?;
        }
        Ok(())
    }

    fn project(&mut self, message: Received<'a>) -> Result<(), Stopped> {
        let progress = self.session.progress;
        let (partition, offset) = (message.partition(), message.offset());
        // Dropped: a partition that is not assigned any more; and offsets below the position, which come when the topic
        // was created again, shorter than the read model remembers.
        let Some(from) = progress.read(partition).filter(|read| offset >= *read) else {
            return Ok(());
        };
        if progress.oldest().is_none() {
            progress.set_oldest(message.published());
        }
        // What is for another projector only moves the position.
        let origin = Origin::of(&message, P::NAME);
        let rows = origin.map_or(Ok((Vec::new(), None)), |origin| self.rows(origin, message.payload()));
        let mut traced = Traced::of(&message, &self.session.config.tracer);
        match (rows, origin) {
            (Ok((rows, time)), _) => {
                // One with rows counts once the store has taken them: it may refuse every row, batch after batch.
                if rows.is_empty() {
                    self.budget(partition.topic).projected();
                } else {
                    self.pending.follow(traced);
                }
                // What is replayed was waited for long ago.
                let time = time.filter(|_| partition.topic != Topic::Replays);
                self.pending.push(message, from, rows, time);
            }
            // Cannot be: without an origin no rows were made.
            (Err(_), None) => {}
            (Err((reason, error)), Some(origin)) => {
                let rejected = RejectedEvent {
                    message,
                    origin,
                    reason,
                    error,
                };
                self.spend(&rejected)?;
                if let Some(traced) = &mut traced {
                    traced.reject(reason);
                }
                self.pending.follow(traced);
                self.pending.reject(rejected, from);
            }
        }
        progress.set_read(partition, offset + 1);
        Ok(())
    }

    fn rows(&self, origin: Origin, payload: Option<&[u8]>) -> Result<Made<P::Row>, (Reason, String)> {
        let (meta, event) = match Event::decode(payload) {
            Ok(decoded) => decoded,
            // Written by a later version. Whoever needs it reads it once it runs that version.
            Err(Malformed::UnknownType(name)) => {
                counter!("jonquil_projector_unknown_events_total", "projector" => P::NAME).increment(1);
                tracing::debug!(projector = P::NAME, name, "event of an unknown type passed over");
                return Ok((Vec::new(), None));
            }
            Err(error) => return Err((Reason::Malformed, error.to_string())),
        };
        let time = meta.time;
        let incoming = Incoming {
            // Where it was first read, also of a replay: versions and sets of known ids know it by that place.
            topic: origin.topic,
            partition: origin.partition,
            offset: origin.offset,
            meta,
            event,
        };
        let rows = self.session.projection.rows(&incoming);
        let rows = rows.map_err(|error| (Reason::Unprojectable, error.to_string()))?;
        Ok((rows, Some(time)))
    }

    /// Counts a rejected event before it is dead-lettered, so that the one that exceeds the budget never is. What an operator
    /// handed back was counted when it was first rejected.
    pub(super) fn spend(&mut self, rejected: &RejectedEvent<'_>) -> Result<(), Stopped> {
        let topic = rejected.message.partition().topic;
        if topic == Topic::Replays {
            return Ok(());
        }
        self.budget(topic)
            .rejected()
            .map_err(|exceeded| Stopped::TooManyDeadLetters {
                projector: P::NAME,
                count: exceeded.count,
                of: exceeded.of,
                origin: rejected.origin.to_string(),
                reason: rejected.error.clone(),
            })
    }

    /// Moves positions past offsets that hold no message. A range that does not begin where the worker reads is stale.
    fn skip(&mut self, ranges: &[EmptyRange]) {
        for range in ranges {
            if self.session.progress.read(range.partition) == Some(range.from) {
                self.pending.advance(range.partition, range.from, range.end);
                self.session.progress.set_read(range.partition, range.end);
            }
        }
    }
}
