//! How far a worker is, shared between its loop and its lag monitor.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bus::{Partition, PartitionOffset};
use tokio::sync::Notify;

/// How far the worker is in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// The next offset to read.
    pub(crate) read: i64,
    /// The position held by the store.
    pub(crate) stored: i64,
}

/// Offsets without a message, found at the end of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EmptyRange {
    pub(crate) partition: Partition,
    pub(crate) from: i64,
    pub(crate) end: i64,
}

#[derive(Default)]
struct State {
    partitions: BTreeMap<Partition, Tracked>,
    oldest: Option<i64>,
    empty_ranges: Vec<EmptyRange>,
    /// The store was seen to hold less than it had stored.
    store_behind: bool,
}

/// Locks are held for a few lines, never over an await.
#[derive(Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
    found: Notify,
    behind: Notify,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything: after a new assignment the store may be further than this worker was.
    pub(crate) fn assigned(&self, offsets: &[PartitionOffset]) {
        let tracked = |from: &PartitionOffset| {
            // -1 is the beginning, whose offset nobody asked for.
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

    /// The next offset to read. None when the partition is not assigned to this worker.
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

    /// When the oldest event not yet stored was published, in milliseconds since the Unix epoch.
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

    pub(crate) fn set_store_behind(&self) {
        self.state().store_behind = true;
        self.behind.notify_one();
    }

    pub(crate) fn is_store_behind(&self) -> bool {
        self.state().store_behind
    }

    /// Waits until the store is seen to be behind. Cancel-safe.
    pub(crate) async fn store_behind(&self) {
        // A loop, because a wake-up may be left over from before an assignment, which forgets what was seen.
        while !self.is_store_behind() {
            self.behind.notified().await;
        }
    }

    pub(crate) fn add_empty_range(&self, range: EmptyRange) {
        self.state().empty_ranges.push(range);
        self.found.notify_one();
    }

    /// Waits for empty ranges. Cancel-safe.
    pub(crate) async fn empty_ranges(&self) -> Vec<EmptyRange> {
        loop {
            let ranges = std::mem::take(&mut self.state().empty_ranges);
            if !ranges.is_empty() {
                return ranges;
            }
            self.found.notified().await;
        }
    }
}
