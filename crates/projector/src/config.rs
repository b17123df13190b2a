//! Settings of the loop, and why it may end.

use std::time::Duration;

/// Settings of one worker.
#[derive(Clone, Debug)]
pub struct ProjectorConfig {
    /// The worker's lasting name among those of its read model: it keeps its partitions over a restart.
    pub instance: String,
    /// While a read model is rebuilt: which generation this worker feeds. A generation is a consumer group of its own.
    pub generation: Option<String>,
    /// Most events in a batch.
    pub batch_max_events: usize,
    /// A batch is full with this many bytes of values.
    pub batch_max_bytes: usize,
    /// How long the first event of a batch waits for others.
    pub batch_max_wait: Duration,
    /// A store that takes longer than this is waited for with fetching paused.
    pub patience: Duration,
    /// Longest wait between two tries while an engine is unavailable; the first is a twentieth of it, each twice the last.
    pub retry_max: Duration,
    /// How often lag is measured.
    pub lag_interval: Duration,
    /// When a worker stops instead of draining a topic into the dead letters.
    pub dead_letter_limit: DeadLetterLimit,
}

/// How many events may be bad.
#[derive(Clone, Copy, Debug)]
pub struct DeadLetterLimit {
    /// One more bad event than this in a row stops the worker.
    pub in_a_row: u32,
    /// One more than this among the last thousand stops it as well.
    pub of_the_last_thousand: u32,
}

impl ProjectorConfig {
    /// 500 events or 4 MiB or 5 ms a batch; retries after at most 1 s; at most 100 bad events in a row, or 200 of 1,000.
    #[must_use]
    pub fn new(instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            generation: None,
            batch_max_events: 500,
            batch_max_bytes: 4 * 1024 * 1024,
            batch_max_wait: Duration::from_millis(5),
            patience: Duration::from_secs(1),
            retry_max: Duration::from_secs(1),
            lag_interval: Duration::from_secs(1),
            dead_letter_limit: DeadLetterLimit {
                in_a_row: 100,
                of_the_last_thousand: 200,
            },
        }
    }
}

/// Why a worker ended without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// Kafka's settings are wrong, or another process consumes under this instance id.
    #[error(transparent)]
    Bus(#[from] bus::Error),
    /// Most likely this version does not understand what it reads; nothing is thrown away by stopping.
    #[error("{projector} stops: too many bad events ({count} of the last {of}), the last one at {origin}: {reason}")]
    TooManyDeadLetters {
        /// The read model.
        projector: &'static str,
        /// Bad ones among the last events.
        count: u32,
        /// How many events were looked at.
        of: u32,
        /// Topic, partition and offset of the last one.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The read model named an event it was not given.
    #[error("{projector} refused an event that was not in its batch: {origin}")]
    UnknownRefusal {
        /// The read model.
        projector: &'static str,
        /// Topic, partition and offset.
        origin: String,
    },
}
