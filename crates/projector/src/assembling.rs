//! A batch while it is put together, with the messages its events came in.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bus::{Partition, Received};

use crate::{Batch, Projected, Refused, Slice, dead_letters::Reason};

/// A message that is not projected, and why.
pub(crate) struct Bad<'c> {
    pub(crate) message: Received<'c>,
    pub(crate) reason: Reason,
    pub(crate) error: String,
}

/// The batch to come.
pub(crate) struct Assembling<'c, R> {
    slices: BTreeMap<Partition, Slice<R>>,
    good: Vec<Received<'c>>,
    bad: Vec<Bad<'c>>,
    bytes: usize,
    since: Option<Instant>,
    oldest: Option<i64>,
}

/// A batch to store, and what its bad events need.
pub(crate) struct Assembled<'c, R> {
    pub(crate) batch: Batch<R>,
    pub(crate) good: Vec<Received<'c>>,
    pub(crate) bad: Vec<Bad<'c>>,
    /// As [`Assembling::oldest`].
    pub(crate) oldest: Option<i64>,
}

impl<R> Default for Assembling<'_, R> {
    fn default() -> Self {
        Self {
            slices: BTreeMap::new(),
            good: Vec::new(),
            bad: Vec::new(),
            bytes: 0,
            since: None,
            oldest: None,
        }
    }
}

impl<'c, R> Assembling<'c, R> {
    pub(crate) fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    pub(crate) fn is_full(&self, max_events: usize, max_bytes: usize) -> bool {
        self.good.len() + self.bad.len() >= max_events || self.bytes >= max_bytes
    }

    /// When it is to be stored even if it is not full.
    pub(crate) fn due(&self, wait: Duration) -> Option<Instant> {
        self.since.map(|since| since + wait)
    }

    /// Adds an event with its rows; none means that only the position moves.
    pub(crate) fn push(&mut self, message: Received<'c>, from: i64, rows: Vec<R>) {
        let offset = message.offset();
        let slice = self.advance(message.partition(), from, offset + 1);
        if !rows.is_empty() {
            slice.events.push(Projected { offset, rows });
        }
        self.count(&message);
        self.good.push(message);
    }

    /// Adds an event for the dead letters; the position passes it.
    pub(crate) fn refuse(&mut self, bad: Bad<'c>, from: i64) {
        self.advance(bad.message.partition(), from, bad.message.offset() + 1);
        self.count(&bad.message);
        self.bad.push(bad);
    }

    fn count(&mut self, message: &Received<'_>) {
        self.bytes += message.payload().map_or(0, <[u8]>::len);
        self.oldest = [self.oldest, message.published()].into_iter().flatten().min();
    }

    /// Moves the position of a partition; `from` counts when it is new to this batch.
    pub(crate) fn advance(&mut self, partition: Partition, from: i64, next: i64) -> &mut Slice<R> {
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

    /// When its oldest event was published, in milliseconds since the Unix epoch.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.oldest
    }

    pub(crate) fn take(&mut self) -> Assembled<'c, R> {
        let Self {
            slices,
            good,
            bad,
            oldest,
            ..
        } = std::mem::take(self);
        Assembled {
            batch: Batch {
                slices: slices.into_values().collect(),
            },
            good,
            bad,
            oldest,
        }
    }
}

impl<'c, R> Assembled<'c, R> {
    /// Takes a refused event out of the batch; none when it is not in there.
    pub(crate) fn remove(&mut self, refused: &Refused) -> Option<Received<'c>> {
        let at = Partition {
            topic: refused.topic,
            number: refused.partition,
        };
        let slices = self.batch.slices.iter_mut();
        let slice = slices
            .into_iter()
            .find(|slice| slice.topic == at.topic && slice.partition == at.number)?;
        let event = slice.events.iter().position(|event| event.offset == refused.offset)?;
        slice.events.remove(event);
        let message = self
            .good
            .iter()
            .position(|message| message.partition() == at && message.offset() == refused.offset)?;
        Some(self.good.swap_remove(message))
    }
}
