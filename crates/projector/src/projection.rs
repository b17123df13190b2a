//! What a read model promises to the loop.

use std::future::Future;

use events::{Incoming, Topic};

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

/// What came from one partition: every event with `from <= offset < next` that has rows, in order of offsets.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice<R> {
    /// The topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// The position before this slice.
    pub from: i64,
    /// The position once it is stored. Offsets in between may be missing: compaction, control records, no rows.
    pub next: i64,
    /// The events; may be empty when only the position moves.
    pub events: Vec<Projected<R>>,
}

/// What is stored in one go: at most one slice a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<R> {
    /// A slice for each partition that has something new.
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

/// An event that the store refused for good; it goes to the dead letters.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// The store's reason, for a person.
    pub reason: String,
}

/// How storing a batch ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// None refused: everything is visible, and so are the positions.
    ///
    /// Some refused: the positions may not have moved past them yet. They go to the dead letters, and the batch comes
    /// again without them; so a crash in between loses none. What else it held may be stored already or not.
    Done(Vec<Refused>),
    /// Nothing was stored for this partition: the store is further behind than the batch begins. Read again from there.
    StoreBehind(Position),
}

/// An event that cannot be projected; it goes to the dead letters.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unprojectable(pub String);

/// The read model's engine does not answer, or asks to come again later. The same batch is tried again, for as long as it takes.
#[derive(Debug, thiserror::Error)]
#[error("{engine} is unavailable: {reason}")]
pub struct Unavailable {
    /// Which engine.
    pub engine: &'static str,
    /// What was seen.
    pub reason: String,
}

/// A read model fed from the topics.
pub trait Projection: Send + Sync + 'static {
    /// What is stored for an event.
    type Row: Send + Sync;
    /// Consumer group and metric label.
    const NAME: &'static str;
    /// What it reads.
    const TOPICS: &'static [Topic];

    /// What to store for an event. Pure. No rows: nothing to store.
    ///
    /// # Errors
    /// [`Unprojectable`]: dead-letter the event and go on.
    fn rows(&self, event: &Incoming) -> Result<Vec<Self::Row>, Unprojectable>;

    /// Stores a batch, then its positions. Idempotent: after a crash the same events come again, cut differently.
    ///
    /// # Errors
    /// [`Unavailable`]: try the same batch again.
    fn store(&self, batch: &Batch<Self::Row>) -> impl Future<Output = Result<Stored, Unavailable>> + Send;

    /// The positions held by the store; a partition without one starts at its beginning.
    ///
    /// # Errors
    /// [`Unavailable`]: try again.
    fn positions(&self) -> impl Future<Output = Result<Vec<Position>, Unavailable>> + Send;
}
