//! Waits for engines. Everything that may find one unavailable (the store, its positions, the dead letters) goes
//! through [`Worker::retry`].

use std::{pin::pin, time::Duration};

use metrics::counter;
use tokio::time::Instant;

use super::Worker;
use crate::{Projection, Stopped, Unavailable};

impl<P: Projection> Worker<'_, P> {
    /// Attempts until the engine answers. None when the worker is to do something else first: it shuts down, or its
    /// partitions are being revoked. An attempt is never cut short, since its effect would be unknown.
    pub(super) async fn retry<T, F>(&mut self, mut attempt: impl FnMut() -> F) -> Result<Option<T>, Stopped>
    where
        F: Future<Output = Result<T, Unavailable>>,
    {
        let mut backoff = Backoff::new(P::NAME, self.session.config.retry_max);
        loop {
            match self.keep_polling(attempt()).await? {
                Ok(answer) => {
                    backoff.recovered();
                    self.session.freshness.recovered();
                    self.resume()?;
                    return Ok(Some(answer));
                }
                Err(unavailable) => {
                    let delay = backoff.failed(&unavailable);
                    self.session.freshness.failed(&unavailable.to_string());
                    self.pause()?;
                    if !self.sleep(delay).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Whether to attempt again after `delay`.
    async fn sleep(&mut self, delay: Duration) -> Result<bool, Stopped> {
        let slept = self.session.shutdown.run_until_cancelled(tokio::time::sleep(delay));
        let slept = self.keep_polling(slept).await?;
        Ok(slept.is_some() && self.rebalance.is_none())
    }

    /// Runs `work` and polls the consumer meanwhile. What comes fills the next batch. When that is full, polling stops
    /// until fetching is paused, so that only what the client has fetched already goes to the overflow: memory stays
    /// bounded, and the member stays in its group however long the work takes.
    ///
    /// A rebalance is kept, and nothing is polled after it: messages behind it belong to the next assignment.
    async fn keep_polling<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        self.take_overflow()?;
        let consumer = self.session.consumer;
        let mut work = pin!(work);
        let mut pause = pin!(tokio::time::sleep(self.session.config.pause_after));
        loop {
            let poll = self.rebalance.is_none() && (self.paused || !self.is_full());
            tokio::select! {
                // In this order: once the work is done, or a pause is due, nothing more is taken.
                biased;
                done = &mut work => return Ok(done),
                () = &mut pause, if !self.paused => self.pause()?,
                next = consumer.next(), if poll => self.take(next?)?,
            }
        }
    }

    fn pause(&mut self) -> Result<(), Stopped> {
        if !self.paused {
            self.session.consumer.pause()?;
            self.paused = true;
        }
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), Stopped> {
        if self.paused {
            self.session.consumer.resume()?;
            self.paused = false;
        }
        Ok(())
    }
}

/// Grows up to a bound, and logs only the first failure and the recovery.
struct Backoff {
    projector: &'static str,
    max: Duration,
    next: Duration,
    since: Option<Instant>,
}

impl Backoff {
    fn new(projector: &'static str, max: Duration) -> Self {
        Self {
            projector,
            max,
            next: max / 20,
            since: None,
        }
    }

    fn failed(&mut self, unavailable: &Unavailable) -> Duration {
        if self.since.is_none() {
            let Unavailable { engine, reason } = unavailable;
            tracing::warn!(
                projector = self.projector,
                engine,
                reason,
                "engine unavailable, retrying"
            );
            counter!("jonquil_projector_unavailable_total", "projector" => self.projector).increment(1);
            self.since = Some(Instant::now());
        }
        let delay = self.next;
        self.next = (delay * 2).min(self.max);
        delay
    }

    fn recovered(&self) {
        if let Some(since) = self.since {
            let seconds = since.elapsed().as_secs_f64();
            tracing::info!(projector = self.projector, seconds, "engine available again");
        }
    }
}
