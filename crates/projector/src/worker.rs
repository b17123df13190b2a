//! One session of one consumer: reads batches and stores them, one at a time.
//!
//! Two rules hold everywhere in here. A position is stored only after the events before it are stored or dead-lettered.
//! And whatever the worker waits for, it polls meanwhile (`retrying`): a member that does not poll loses its partitions.

mod reading;
mod rebalancing;
mod retrying;
mod storing;

use std::{
    collections::{HashMap, VecDeque},
    time::Instant,
};

use bus::{Consumer, Rebalance, Received};
use events::{Time, Topic};
use tokio_util::sync::CancellationToken;

use crate::{
    DeadLetterBudget, Projection, ProjectorConfig, Stopped, batch::PendingBatch, dead_letters::DeadLetters,
    freshness::Freshness, progress::Progress,
};

/// Why a session ended.
pub(crate) enum Ended {
    Shutdown,
    /// The next session begins at the store's positions.
    StoreBehind,
}

/// What became of a batch.
enum Outcome {
    Stored,
    /// Not stored: the worker shuts down, or its partitions were revoked and their next owner reads the events again.
    Dropped,
    StoreBehind,
}

/// What a session works with.
pub(crate) struct Session<'a, P> {
    pub(crate) projection: &'a P,
    pub(crate) consumer: &'a Consumer,
    pub(crate) dead_letters: &'a DeadLetters<'a>,
    pub(crate) progress: &'a Progress,
    pub(crate) freshness: &'a Freshness,
    pub(crate) config: &'a ProjectorConfig,
    /// Without the deployment's prefix.
    pub(crate) group: &'a str,
    pub(crate) shutdown: &'a CancellationToken,
    pub(crate) now: fn() -> Time,
}

pub(crate) struct Worker<'a, P: Projection> {
    session: &'a Session<'a, P>,
    /// Of each topic: events of a busy one must not hide that every event of another is rejected.
    budgets: HashMap<Topic, DeadLetterBudget>,
    pending: PendingBatch<'a, P::Row>,
    /// Messages that came while the pending batch was full: those that the client had fetched before it was paused.
    overflow: VecDeque<Received<'a>>,
    /// Taken from the consumer, and not answered yet.
    rebalance: Option<Rebalance>,
    paused: bool,
    /// When the last batch began to be stored.
    last_store: Option<Instant>,
}

impl<'a, P: Projection> Worker<'a, P> {
    pub(crate) fn new(session: &'a Session<'a, P>) -> Self {
        Self {
            session,
            budgets: HashMap::new(),
            pending: PendingBatch::default(),
            overflow: VecDeque::new(),
            rebalance: None,
            paused: false,
            last_store: None,
        }
    }

    fn budget(&mut self, topic: Topic) -> &mut DeadLetterBudget {
        let limit = self.session.config.dead_letter_limit;
        let budget = self.budgets.entry(topic);
        budget.or_insert_with(|| DeadLetterBudget::new(limit))
    }

    pub(crate) async fn run(&mut self) -> Result<Ended, Stopped> {
        while !self.session.shutdown.is_cancelled() {
            if let Some(rebalance) = self.rebalance.take() {
                self.answer(rebalance).await?;
                continue;
            }
            self.fill().await?;
            if self.session.progress.is_store_behind() {
                return Ok(Ended::StoreBehind);
            }
            // The group waits for the answer, which drops what is pending: storing it first would make everybody wait for
            // the engine.
            if self.rebalance.is_some() || self.pending.is_empty() {
                continue;
            }
            let ready = self.pending.take();
            // Taken before the store: `store_interval` runs from beginning to beginning, so a slow store adds nothing to
            // it.
            self.last_store = Some(Instant::now());
            match self.store(ready).await? {
                Outcome::Stored | Outcome::Dropped => {}
                Outcome::StoreBehind => return Ok(Ended::StoreBehind),
            }
        }
        Ok(Ended::Shutdown)
    }
}
