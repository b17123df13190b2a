//! What a read model implements.

use std::{
    convert::Infallible,
    future::{Future, pending},
};

use events::{Incoming, Time, Topic};

/// How far a read model is in one partition: everything below `next` is visible to its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// The first offset not yet projected.
    pub next: i64,
}

/// One event's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Projected<R> {
    /// Its offset.
    pub offset: i64,
    /// What to store for it; never empty.
    pub rows: Vec<R>,
}

/// A part of one partition: every event with `from <= offset < next` that has rows, in the order of offsets.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice<R> {
    /// The topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// The position before this slice. A store that holds a lower one has lost events and must answer `StoreBehind`.
    pub from: i64,
    /// The position after this slice. Offsets in between may be missing: compaction, control records, no rows.
    pub next: i64,
    /// Empty when only the position moves.
    pub events: Vec<Projected<R>>,
}

/// What is stored together.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<R> {
    /// At most one for each partition.
    pub slices: Vec<Slice<R>>,
}

impl<R> Batch<R> {
    /// The rows with their partition and offset, in the order in which they must be applied.
    pub fn rows(&self) -> impl Iterator<Item = (&Slice<R>, i64, &R)> {
        self.slices.iter().flat_map(|slice| {
            slice
                .events
                .iter()
                .flat_map(move |event| event.rows.iter().map(move |row| (slice, event.offset, row)))
        })
    }

    /// The positions once the batch is stored.
    pub fn positions(&self) -> impl Iterator<Item = Position> {
        self.slices.iter().map(|slice| Position {
            topic: slice.topic,
            partition: slice.partition,
            next: slice.next,
        })
    }
}

/// A row that the store refuses for good: its event is dead-lettered. Never for a reason that may pass.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedRow {
    /// Where its event came from.
    pub topic: Topic,
    /// Partition of the topic.
    pub partition: i32,
    /// Offset of the event.
    pub offset: i64,
    /// The store's own message.
    pub reason: String,
}

/// How storing a batch ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// Without refused rows everything is visible and the positions are stored.
    ///
    /// With refused rows no position may have moved past them. Their events are dead-lettered, then the batch comes
    /// again without them, so that a crash in between loses none. Its other rows may be stored already or not.
    Done(Vec<RefusedRow>),
    /// The store holds this position, before the beginning of the batch: it was restored or emptied. Nothing was stored
    /// for the partition, and events are read again from there.
    StoreBehind(Position),
}

/// An event that cannot be projected, and why. It is dead-lettered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unprojectable(pub String);

/// The read model's engine does not answer, or asks to come again later. The call is retried for as long as it takes.
#[derive(Debug, thiserror::Error)]
#[error("{engine} is unavailable: {reason}")]
pub struct Unavailable {
    /// As an operator calls it: `redis`.
    pub engine: &'static str,
    /// The engine's own message, or what was expected of it.
    pub reason: String,
}

/// A read model fed from the topics.
pub trait Projection: Send + Sync + 'static {
    /// What is stored for one event, once or several times.
    type Row: Send + Sync;
    /// Consumer group and metric label.
    const NAME: &'static str;
    /// The topics it reads.
    const TOPICS: &'static [Topic];

    /// What to store for an event; may be nothing. Pure.
    ///
    /// # Errors
    /// [`Unprojectable`]: the event is dead-lettered.
    fn rows(&self, event: &Incoming) -> Result<Vec<Self::Row>, Unprojectable>;

    /// Stores a batch, then its positions. Idempotent: after a crash the same events come again, cut differently.
    ///
    /// # Errors
    /// [`Unavailable`]: the same batch is stored again.
    fn store(&self, batch: &Batch<Self::Row>) -> impl Future<Output = Result<Stored, Unavailable>> + Send;

    /// The positions held by the store; a partition without one starts at its beginning.
    ///
    /// # Errors
    /// [`Unavailable`]: it is asked again.
    fn positions(&self) -> impl Future<Output = Result<Vec<Position>, Unavailable>> + Send;

    /// The partitions that this worker reads from now on.
    fn assigned(&self, _: &[(Topic, i32)]) {}

    /// Work on what is stored, beside the worker and for as long as it runs. It may be dropped at any await point.
    fn upkeep(&self, _now: fn() -> Time) -> impl Future<Output = Infallible> + Send {
        pending()
    }
}
