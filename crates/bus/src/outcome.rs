//! Whether a message was published.

use rdkafka::types::RDKafkaErrorCode as Code;

/// Acknowledged by all in-sync replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Chosen by the key.
    pub partition: i32,
    /// In the partition.
    pub offset: i64,
}

/// Why a message was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// Not sent, and none after it in the same call: too many messages wait for acknowledgement.
    #[error("the kafka producer's queue is full")]
    QueueFull,
    /// No acknowledgement in time. It may have been written; it will not be sent later.
    #[error("kafka does not acknowledge: {0}")]
    Unavailable(String),
    /// Too large or malformed: a retry does not help.
    #[error("kafka refuses the message for good: {0}")]
    Refused(String),
}

impl NotPublished {
    /// As a metric label.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
        }
    }
}

/// Refused means that the message itself is invalid. A missing topic or permission is not: an operator restores it, and
/// the message can be published then.
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
