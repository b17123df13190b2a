//! Settings of a worker, and why it may stop.

use std::time::Duration;

use traces::Tracer;

/// Settings of one worker of a read model.
#[derive(Clone, Debug)]
pub struct ProjectorConfig {
    /// The worker's name among those of its read model. Under the same name it keeps its partitions over a restart.
    pub instance: String,
    /// Which generation of the read model this worker feeds. Each is a consumer group of its own.
    pub generation: Option<String>,
    /// A batch is full with this many events.
    pub batch_max_events: usize,
    /// A batch is full with this many bytes of values.
    pub batch_max_bytes: usize,
    /// How long the first event of a batch waits for others.
    pub batch_max_wait: Duration,
    /// Between the beginnings of two stores of batches that are not full. For an engine that writes a part for each, however
    /// few rows it has.
    pub store_interval: Duration,
    /// When storing takes longer than this, fetching is paused meanwhile.
    pub pause_after: Duration,
    /// Longest wait before a retry while an engine is unavailable. The first wait is a twentieth of it, and each is
    /// twice the one before.
    pub retry_max: Duration,
    /// How often lag is measured.
    pub lag_interval: Duration,
    /// Beyond it a worker stops: a version that understands no event must not drain a topic into the dead letters.
    pub dead_letter_limit: DeadLetterLimit,
    /// Records when events of recorded traces become visible.
    pub tracer: Tracer,
}

/// How many events may be rejected.
#[derive(Clone, Copy, Debug)]
pub struct DeadLetterLimit {
    /// One more rejected event than this in a row stops the worker.
    pub in_a_row: u32,
    /// One more than this among the last thousand events stops it too.
    pub of_the_last_thousand: u32,
}

impl ProjectorConfig {
    /// Batches of 500 events, 4 MiB or 5 ms; retries after at most 1 s; 100 rejected events in a row or 200 of 1,000.
    #[must_use]
    pub fn new(instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            generation: None,
            batch_max_events: 500,
            batch_max_bytes: 4 * 1024 * 1024,
            batch_max_wait: Duration::from_millis(5),
            store_interval: Duration::ZERO,
            pause_after: Duration::from_secs(1),
            retry_max: Duration::from_secs(1),
            lag_interval: Duration::from_secs(1),
            dead_letter_limit: DeadLetterLimit {
                in_a_row: 100,
                of_the_last_thousand: 200,
            },
            tracer: Tracer::default(),
        }
    }
}

/// Why a worker stopped by itself. An engine that is unavailable is no reason: it is waited for.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// Kafka's settings are invalid, or another process consumes under this instance id.
    #[error(transparent)]
    Bus(#[from] bus::Error),
    /// Most likely this version does not understand what it reads. The last event is not dead-lettered.
    #[error(
        "{projector} stops: too many rejected events ({count} of the last {of}), the last one at {origin}: {reason}"
    )]
    TooManyDeadLetters {
        /// The read model.
        projector: &'static str,
        /// Rejected events.
        count: u32,
        /// Among how many events.
        of: u32,
        /// Topic, partition and offset of the last rejected event.
        origin: String,
        /// Why it was rejected.
        reason: String,
    },
    /// A defect of the read model: it refused a row that its batch did not hold.
    #[error("{projector} refused a row that was not in its batch: {origin}")]
    UnknownRefusedRow {
        /// The read model.
        projector: &'static str,
        /// Topic, partition and offset of the event.
        origin: String,
    },
}

impl Stopped {
    /// For operators: without the reason why an event was rejected, which may quote the event.
    pub(crate) fn without_content(&self) -> String {
        match self {
            Self::TooManyDeadLetters {
                projector,
                count,
                of,
                origin,
                reason: _,
            } => format!(
                "{projector} stops: too many rejected events ({count} of the last {of}), the last one at {origin}"
            ),
            Self::Bus(_) | Self::UnknownRefusedRow { .. } => self.to_string(),
        }
    }
}
