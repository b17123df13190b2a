//! The loop itself: one consumer, one batch in flight.

use std::{collections::VecDeque, pin::pin, time::Duration};

use bus::{Consumer, Next, Partition, PartitionOffset, Rebalance, Received};
use events::{Event, Incoming, Time};
use futures_util::FutureExt as _;
use metrics::{counter, histogram};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    Limit, Projection, ProjectorConfig, Refused, Stopped, Stored, Unavailable,
    assembling::{Assembled, Assembling, Bad},
    dead_letters::{DeadLetters, Reason, origin},
    lag::float,
    progress::{Hole, Progress},
};

/// Why a session ended.
pub(crate) enum Ended {
    Shutdown,
    /// The store is behind what was read: read again from there.
    Behind,
}

/// What became of a batch.
enum Flow {
    Stored,
    /// Not stored, and not to be: its partitions may belong to somebody else now, or we are to end.
    Dropped,
    Behind,
}

/// One session of one consumer.
pub(crate) struct Worker<'a, P: Projection> {
    projection: &'a P,
    consumer: &'a Consumer,
    dead_letters: &'a DeadLetters,
    progress: &'a Progress,
    config: &'a ProjectorConfig,
    shutdown: &'a CancellationToken,
    now: fn() -> Time,
    limit: Limit,
    pending: Assembling<'a, P::Row>,
    /// Came while the pending batch was full and fetching was being paused.
    overflow: VecDeque<Received<'a>>,
    rebalance: Option<Rebalance>,
    paused: bool,
}

impl<'a, P: Projection> Worker<'a, P> {
    pub(crate) fn new(
        projection: &'a P,
        consumer: &'a Consumer,
        dead_letters: &'a DeadLetters,
        progress: &'a Progress,
        config: &'a ProjectorConfig,
        shutdown: &'a CancellationToken,
        now: fn() -> Time,
    ) -> Self {
        Self {
            projection,
            consumer,
            dead_letters,
            progress,
            config,
            shutdown,
            now,
            limit: Limit::new(config.dead_letter_limit),
            pending: Assembling::default(),
            overflow: VecDeque::new(),
            rebalance: None,
            paused: false,
        }
    }

    pub(crate) async fn run(&mut self) -> Result<Ended, Stopped> {
        while !self.shutdown.is_cancelled() {
            if let Some(rebalance) = self.rebalance.take() {
                self.answer(rebalance).await?;
                continue;
            }
            self.fill().await?;
            if self.rebalance.is_some() || self.pending.is_empty() {
                continue;
            }
            let assembled = self.pending.take();
            match self.store(assembled).await? {
                Flow::Stored | Flow::Dropped => {}
                Flow::Behind => return Ok(Ended::Behind),
            }
        }
        Ok(Ended::Shutdown)
    }

    /// Reads until a batch is full or due, or something else is to be done.
    async fn fill(&mut self) -> Result<(), Stopped> {
        self.take_overflow()?;
        while !self.is_full() && self.rebalance.is_none() {
            if let Some(next) = self.consumer.next().now_or_never() {
                self.take(next?)?;
                continue;
            }
            let due = self.pending.due(self.config.batch_max_wait).map(Instant::from_std);
            tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => return Ok(()),
                holes = self.progress.holes() => self.skip(&holes),
                next = self.consumer.next() => self.take(next?)?,
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.pending
            .is_full(self.config.batch_max_events, self.config.batch_max_bytes)
    }

    fn take_overflow(&mut self) -> Result<(), Stopped> {
        while !self.is_full()
            && let Some(message) = self.overflow.pop_front()
        {
            self.project(message)?;
        }
        Ok(())
    }

    fn take(&mut self, next: Next<'a>) -> Result<(), Stopped> {
        match next {
            Next::Rebalance(rebalance) => self.rebalance = Some(rebalance),
            Next::Message(message) if self.is_full() => self.overflow.push_back(message),
            Next::Message(message) => self.project(message)?,
        }
        Ok(())
    }

    fn project(&mut self, message: Received<'a>) -> Result<(), Stopped> {
        let (partition, offset) = (message.partition(), message.offset());
        // Not ours any more, or projected already: the topic was made anew, shorter than the read model remembers.
        let Some(from) = self.progress.read(partition).filter(|read| offset >= *read) else {
            return Ok(());
        };
        if self.progress.oldest().is_none() {
            self.progress.set_oldest(message.published());
        }
        match self.rows(partition, offset, message.payload()) {
            Ok(rows) => {
                self.limit.good();
                self.pending.push(message, from, rows);
            }
            Err((reason, error)) => {
                let bad = Bad { message, reason, error };
                self.count_bad(&bad)?;
                self.pending.refuse(bad, from);
            }
        }
        self.progress.set_read(partition, offset + 1);
        Ok(())
    }

    fn rows(&self, partition: Partition, offset: i64, payload: Option<&[u8]>) -> Result<Vec<P::Row>, (Reason, String)> {
        let (meta, event) = Event::decode(payload).map_err(|error| (Reason::Malformed, error.to_string()))?;
        let incoming = Incoming {
            topic: partition.topic,
            partition: partition.number,
            offset,
            meta,
            event,
        };
        self.projection
            .rows(&incoming)
            .map_err(|error| (Reason::Unprojectable, error.to_string()))
    }

    fn count_bad(&mut self, bad: &Bad<'_>) -> Result<(), Stopped> {
        self.limit.bad().map_err(|exceeded| Stopped::TooManyDeadLetters {
            projector: P::NAME,
            count: exceeded.count,
            of: exceeded.of,
            origin: origin(&bad.message),
            reason: bad.error.clone(),
        })
    }

    fn skip(&mut self, holes: &[Hole]) {
        for hole in holes {
            if self.progress.read(hole.partition) == Some(hole.from) {
                self.pending.advance(hole.partition, hole.from, hole.end);
                self.progress.set_read(hole.partition, hole.end);
            }
        }
    }

    /// A new assignment starts at the positions the store holds at that moment, not before.
    async fn answer(&mut self, rebalance: Rebalance) -> Result<(), Stopped> {
        self.pending = Assembling::default();
        self.overflow.clear();
        self.progress.assigned(&[]);
        let answered = match rebalance {
            Rebalance::Assigned(partitions) => {
                let Some(offsets) = self.positions_of(&partitions).await? else {
                    return Ok(());
                };
                tracing::info!(projector = P::NAME, partitions = offsets.len(), "partitions assigned");
                self.paused = false;
                self.progress.assigned(&offsets);
                self.consumer.assign(&offsets)
            }
            Rebalance::Revoked => {
                tracing::info!(projector = P::NAME, "partitions revoked");
                // The client remembers a pause beyond the assignment.
                self.resume()?;
                self.consumer.release()
            }
        };
        // The group has moved on meanwhile, and asks again.
        answered.or_else(|error| {
            tracing::warn!(projector = P::NAME, %error, "a rebalance could not be answered");
            Ok(())
        })
    }

    async fn positions_of(&mut self, partitions: &[Partition]) -> Result<Option<Vec<PartitionOffset>>, Stopped> {
        let Some(positions) = self.positions().await? else {
            return Ok(None);
        };
        let from = |partition: &Partition| {
            let held = positions
                .iter()
                .find(|held| held.topic == partition.topic && held.partition == partition.number);
            PartitionOffset {
                partition: *partition,
                offset: held.map_or(-1, |held| held.next),
            }
        };
        Ok(Some(partitions.iter().map(from).collect()))
    }

    /// The store's positions; none when we are to end before it answers.
    async fn positions(&mut self) -> Result<Option<Vec<crate::Position>>, Stopped> {
        let projection = self.projection;
        let mut backoff = Backoff::new(self.config.retry_max);
        loop {
            match self.keep_polling(projection.positions()).await? {
                Ok(positions) => {
                    backoff.recovered(P::NAME);
                    return Ok(Some(positions));
                }
                Err(unavailable) => {
                    let wait = backoff.failed(P::NAME, &unavailable);
                    if !self.wait(wait).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    async fn store(&mut self, mut assembled: Assembled<'a, P::Row>) -> Result<Flow, Stopped> {
        let began = Instant::now();
        self.progress.set_oldest(assembled.oldest);
        if !self.bury(&assembled.bad).await? {
            return Ok(Flow::Dropped);
        }
        let projection = self.projection;
        let mut backoff = Backoff::new(self.config.retry_max);
        loop {
            fail::fail_point!("projector::store");
            match self.keep_polling(projection.store(&assembled.batch)).await? {
                Ok(Stored::Done(refused)) if refused.is_empty() => break,
                Ok(Stored::Done(refused)) => {
                    if !self.refuse(&mut assembled, refused).await? {
                        return Ok(Flow::Dropped);
                    }
                }
                Ok(Stored::StoreBehind(position)) => {
                    tracing::warn!(projector = P::NAME, ?position, "the store is behind the batch");
                    return Ok(Flow::Behind);
                }
                Err(unavailable) => {
                    let wait = backoff.failed(P::NAME, &unavailable);
                    self.pause()?;
                    if !self.wait(wait).await? {
                        return Ok(Flow::Dropped);
                    }
                }
            }
        }
        fail::fail_point!("projector::stored");
        backoff.recovered(P::NAME);
        self.resume()?;
        self.stored(&assembled, began);
        Ok(Flow::Stored)
    }

    /// Acknowledged dead letters first, positions after: an event is never in neither.
    async fn bury(&mut self, bad: &[Bad<'a>]) -> Result<bool, Stopped> {
        if bad.is_empty() {
            return Ok(true);
        }
        let (dead_letters, now) = (self.dead_letters, self.now);
        let mut backoff = Backoff::new(self.config.retry_max);
        loop {
            match self.keep_polling(dead_letters.publish(bad, now())).await? {
                Ok(()) => {
                    backoff.recovered(P::NAME);
                    return Ok(true);
                }
                Err(error) => {
                    let wait = backoff.failed(
                        P::NAME,
                        &Unavailable {
                            engine: "kafka",
                            reason: error.to_string(),
                        },
                    );
                    if !self.wait(wait).await? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Events the store will not take leave the batch for the dead letters.
    async fn refuse(&mut self, assembled: &mut Assembled<'a, P::Row>, refused: Vec<Refused>) -> Result<bool, Stopped> {
        let mut bad = Vec::with_capacity(refused.len());
        for refused in refused {
            let Some(message) = assembled.remove(&refused) else {
                let origin = format!("{}/{}@{}", refused.topic.name(), refused.partition, refused.offset);
                return Err(Stopped::UnknownRefusal {
                    projector: P::NAME,
                    origin,
                });
            };
            let refused = Bad {
                message,
                reason: Reason::Refused,
                error: refused.reason,
            };
            self.count_bad(&refused)?;
            bad.push(refused);
        }
        self.bury(&bad).await
    }

    fn stored(&mut self, assembled: &Assembled<'_, P::Row>, began: Instant) {
        for position in assembled.batch.positions() {
            let partition = Partition {
                topic: position.topic,
                number: position.partition,
            };
            self.progress.set_stored(partition, position.next);
        }
        if let Some(oldest) = assembled.oldest {
            let millis = ((self.now)().millis() - oldest).max(0);
            histogram!("jonquil_projector_freshness_seconds", "projector" => P::NAME).record(float(millis) / 1000.0);
        }
        self.progress.set_oldest(self.pending.oldest());
        counter!("jonquil_projector_events_total", "projector" => P::NAME).increment(assembled.good.len() as u64);
        counter!("jonquil_projector_batches_total", "projector" => P::NAME).increment(1);
        histogram!("jonquil_projector_store_seconds", "projector" => P::NAME).record(began.elapsed().as_secs_f64());
    }

    fn pause(&mut self) -> Result<(), Stopped> {
        if !self.paused {
            self.consumer.pause()?;
            self.paused = true;
        }
        Ok(())
    }

    fn resume(&mut self) -> Result<(), Stopped> {
        if self.paused {
            self.consumer.resume()?;
            self.paused = false;
        }
        Ok(())
    }

    /// Whether to try again after `delay`: not when we are to end, nor when the partitions are being taken away.
    async fn wait(&mut self, delay: Duration) -> Result<bool, Stopped> {
        let shutdown = self.shutdown;
        let waited = self
            .keep_polling(shutdown.run_until_cancelled(tokio::time::sleep(delay)))
            .await?;
        Ok(waited.is_some() && self.rebalance.is_none())
    }

    /// Waits for `work` while reading on: into the next batch as long as there is room, and, when it takes long, with
    /// fetching paused, since only a member that polls stays in its group.
    async fn keep_polling<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        // First come, first projected: what is read from now on lies after it, and would make it look projected already.
        self.take_overflow()?;
        let mut work = pin!(work);
        let mut patience = pin!(tokio::time::sleep(self.config.patience));
        loop {
            let poll = self.rebalance.is_none() && (self.paused || !self.is_full());
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = &mut patience, if !self.paused => self.pause()?,
                next = self.consumer.next(), if poll => self.take(next?)?,
            }
        }
    }
}

/// Grows to a bound, and says once that an engine went and once that it is back.
struct Backoff {
    max: Duration,
    next: Duration,
    since: Option<Instant>,
}

impl Backoff {
    fn new(max: Duration) -> Self {
        Self {
            max,
            next: max / 20,
            since: None,
        }
    }

    fn failed(&mut self, projector: &'static str, unavailable: &Unavailable) -> Duration {
        if self.since.is_none() {
            tracing::warn!(projector, %unavailable, "waiting for an engine");
            counter!("jonquil_projector_outages_total", "projector" => projector).increment(1);
            self.since = Some(Instant::now());
        }
        let wait = self.next;
        self.next = (wait * 2).min(self.max);
        wait
    }

    fn recovered(&self, projector: &'static str) {
        if let Some(since) = self.since {
            tracing::info!(projector, seconds = since.elapsed().as_secs_f64(), "the engine is back");
        }
    }
}
