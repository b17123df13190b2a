//! A batch while it is filled and while it is stored, with the messages its events came in.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bus::{Partition, Received};
use events::Time;

use crate::{
    Batch, Projected, RefusedRow, Slice,
    dead_letters::RejectedEvent,
    traced::{MAX_TRACED, Traced},
};

/// The batch that is being filled.
pub(crate) struct PendingBatch<'c, R> {
    slices: BTreeMap<Partition, Slice<R>>,
    // Kept until the batch is stored: a row that the store refuses is dead-lettered with the bytes it came in.
    projected: Vec<Received<'c>>,
    rejected: Vec<RejectedEvent<'c>>,
    bytes: usize,
    since: Option<Instant>,
    oldest: Option<i64>,
    times: Vec<Time>,
    traced: Vec<Traced>,
}

/// A batch to store. Its positions lie after the rejected events too, so those are dead-lettered first.
pub(crate) struct ReadyBatch<'c, R> {
    pub(crate) batch: Batch<R>,
    pub(crate) projected: Vec<Received<'c>>,
    pub(crate) rejected: Vec<RejectedEvent<'c>>,
    /// When its oldest event was published, in milliseconds since the Unix epoch.
    pub(crate) oldest: Option<i64>,
    /// The own times of the events that have rows.
    pub(crate) times: Vec<Time>,
    /// Of recorded traces.
    pub(crate) traced: Vec<Traced>,
}

impl<R> Default for PendingBatch<'_, R> {
    fn default() -> Self {
        Self {
            slices: BTreeMap::new(),
            projected: Vec::new(),
            rejected: Vec::new(),
            bytes: 0,
            since: None,
            oldest: None,
            times: Vec::new(),
            traced: Vec::new(),
        }
    }
}

impl<'c, R> PendingBatch<'c, R> {
    pub(crate) fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    pub(crate) fn is_full(&self, max_events: usize, max_bytes: usize) -> bool {
        self.projected.len() + self.rejected.len() >= max_events || self.bytes >= max_bytes
    }

    /// When it is stored even if it is not full: its first event has waited for others, and the store has rested since
    /// `last`, when the batch before was stored.
    pub(crate) fn due(&self, wait: Duration, last: Option<Instant>, rest: Duration) -> Option<Instant> {
        let waited = self.since? + wait;
        Some(last.map_or(waited, |last| waited.max(last + rest)))
    }

    /// Adds an event with its rows and its own time. Without rows only the position moves.
    pub(crate) fn push(&mut self, message: Received<'c>, from: i64, rows: Vec<R>, time: Option<Time>) {
        let offset = message.offset();
        let slice = self.advance(message.partition(), from, offset + 1);
        if !rows.is_empty() {
            slice.events.push(Projected { offset, rows });
            self.times.extend(time);
        }
        self.count(&message);
        self.projected.push(message);
    }

    /// Follows an event of a recorded trace; of a batch only so many.
    pub(crate) fn follow(&mut self, traced: Option<Traced>) {
        if self.traced.len() < MAX_TRACED {
            self.traced.extend(traced);
        }
    }

    /// Adds an event for the dead letters.
    pub(crate) fn reject(&mut self, event: RejectedEvent<'c>, from: i64) {
        self.advance(event.message.partition(), from, event.message.offset() + 1);
        self.count(&event.message);
        self.rejected.push(event);
    }

    fn count(&mut self, message: &Received<'_>) {
        self.bytes += message.payload().map_or(0, <[u8]>::len);
        self.oldest = [self.oldest, message.published()].into_iter().flatten().min();
    }

    /// Moves the position of a partition to `next`. `from` matters only for a partition that is new to this batch.
    pub(crate) fn advance(&mut self, partition: Partition, from: i64, next: i64) -> &mut Slice<R> {
        // Also where only a position moves (`skip`): such a batch must come due too, or the lag would never be zero.
        self.since.get_or_insert_with(Instant::now);
        let slice = self.slices.entry(partition).or_insert_with(|| Slice {
            topic: partition.topic,
            partition: partition.number,
            from,
            next,
            events: Vec::new(),
        });
        slice.next = next;
        slice
    }

    /// As [`ReadyBatch::oldest`].
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.oldest
    }

    /// The batch as it is; an empty one stays.
    pub(crate) fn take(&mut self) -> ReadyBatch<'c, R> {
        let taken = std::mem::take(self);
        ReadyBatch {
            batch: Batch {
                slices: taken.slices.into_values().collect(),
            },
            projected: taken.projected,
            rejected: taken.rejected,
            oldest: taken.oldest,
            times: taken.times,
            traced: taken.traced,
        }
    }
}

impl<'c, R> ReadyBatch<'c, R> {
    /// Takes a refused event out of the batch. None when the batch does not hold it.
    pub(crate) fn remove(&mut self, refused: &RefusedRow) -> Option<Received<'c>> {
        let partition = Partition {
            topic: refused.topic,
            number: refused.partition,
        };
        let mut slices = self.batch.slices.iter_mut();
        let slice = slices.find(|slice| slice.topic == partition.topic && slice.partition == partition.number)?;
        let event = slice.events.iter().position(|event| event.offset == refused.offset)?;
        slice.events.remove(event);
        let message = self
            .projected
            .iter()
            .position(|message| message.partition() == partition && message.offset() == refused.offset)?;
        // Their order does not matter any more: what is stored has its own, in the slices.
        Some(self.projected.swap_remove(message))
    }
}

#[cfg(test)]
mod tests {
    use events::Topic;

    use super::*;

    #[test]
    fn a_batch_is_due_when_its_first_event_has_waited_and_the_store_has_rested() {
        let (wait, rest) = (Duration::from_millis(5), Duration::from_millis(300));
        let mut batch = PendingBatch::<()>::default();
        assert_eq!(batch.due(wait, None, rest), None, "empty");
        let before = Instant::now();
        let partition = Partition {
            topic: Topic::Listens,
            number: 0,
        };
        batch.advance(partition, 0, 1);
        let first = batch.due(wait, None, rest);
        assert!(first >= Some(before + wait));
        assert_eq!(batch.due(wait, Some(before), rest), Some(before + rest));
        assert_eq!(batch.due(wait, Some(before), Duration::ZERO), first);
    }
}
