//! How far a worker is, shared between its loop and what measures its lag.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bus::{Partition, PartitionOffset};
use tokio::sync::Notify;

/// How far one partition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// The next offset to read.
    pub(crate) read: i64,
    /// The position held by the store.
    pub(crate) stored: i64,
}

/// A stretch of offsets without any message, found at the end of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    pub(crate) partition: Partition,
    pub(crate) from: i64,
    pub(crate) end: i64,
}

#[derive(Default)]
struct State {
    partitions: BTreeMap<Partition, Tracked>,
    oldest: Option<i64>,
    holes: Vec<Hole>,
}

/// Shared progress. Locks are held for a few lines, never over an await.
#[derive(Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
    found: Notify,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new assignment: everything known before is void.
    pub(crate) fn assigned(&self, offsets: &[PartitionOffset]) {
        let tracked = |from: &PartitionOffset| {
            let next = from.offset.max(0);
            (
                from.partition,
                Tracked {
                    read: next,
                    stored: next,
                },
            )
        };
        *self.state() = State {
            partitions: offsets.iter().map(tracked).collect(),
            ..State::default()
        };
    }

    /// The next offset to read; none when the partition is not ours.
    pub(crate) fn read(&self, partition: Partition) -> Option<i64> {
        self.state().partitions.get(&partition).map(|tracked| tracked.read)
    }

    pub(crate) fn set_read(&self, partition: Partition, next: i64) {
        if let Some(tracked) = self.state().partitions.get_mut(&partition) {
            tracked.read = next;
        }
    }

    pub(crate) fn set_stored(&self, partition: Partition, next: i64) {
        if let Some(tracked) = self.state().partitions.get_mut(&partition) {
            tracked.stored = next;
        }
    }

    /// When the oldest event in hand was published, in milliseconds since the Unix epoch.
    pub(crate) fn set_oldest(&self, millis: Option<i64>) {
        self.state().oldest = millis;
    }

    pub(crate) fn oldest(&self) -> Option<i64> {
        self.state().oldest
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<Partition, Tracked> {
        self.state().partitions.clone()
    }

    pub(crate) fn stored(&self) -> Vec<PartitionOffset> {
        let state = self.state();
        let offset = |(partition, tracked): (&Partition, &Tracked)| PartitionOffset {
            partition: *partition,
            offset: tracked.stored,
        };
        state.partitions.iter().map(offset).collect()
    }

    pub(crate) fn found_hole(&self, hole: Hole) {
        self.state().holes.push(hole);
        self.found.notify_one();
    }

    /// Waits for holes. Cancel-safe.
    pub(crate) async fn holes(&self) -> Vec<Hole> {
        loop {
            let holes = std::mem::take(&mut self.state().holes);
            if !holes.is_empty() {
                return holes;
            }
            self.found.notified().await;
        }
    }
}
