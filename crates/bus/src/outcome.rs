//! What became of a published message.

use rdkafka::types::RDKafkaErrorCode as Code;

/// Acknowledged by all in-sync replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Partition of the topic.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
}

/// Why a message was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// Too many are waiting already; this one was not sent, and none after it in the same call.
    #[error("the queue of messages waiting for kafka is full")]
    QueueFull,
    /// No acknowledgement in time. It may have been written all the same; it will not be sent later.
    #[error("kafka does not acknowledge: {0}")]
    Unavailable(String),
    /// Too large or malformed: it will never be taken.
    #[error("kafka refuses the message for good: {0}")]
    Refused(String),
}

impl NotPublished {
    /// A short word for metrics.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
        }
    }
}

/// Only what is wrong with the message itself is refused for good: a missing topic or right is mended by an operator,
/// and the message is then still good.
pub(crate) fn classify(code: Code) -> NotPublished {
    match code {
        Code::QueueFull => NotPublished::QueueFull,
        Code::MessageSizeTooLarge
        | Code::MessageBatchTooLarge
        | Code::InvalidMessage
        | Code::InvalidMessageSize
        | Code::InvalidRecord
        | Code::InvalidTimestamp
        | Code::BadMessage
        | Code::KeySerialization
        | Code::ValueSerialization => NotPublished::Refused(code.to_string()),
        other => NotPublished::Unavailable(other.to_string()),
    }
}
