//! What can fail in Kafka; for publishing see [`crate::NotPublished`].

use rdkafka::error::KafkaError;

/// A call to Kafka that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Of the client or in `kafka/topics.toml`; a retry does not help.
    #[error("invalid kafka settings: {0}")]
    Settings(String),
    /// No answer in time; a retry may help.
    #[error("kafka is unavailable: {0}")]
    Unavailable(String),
    /// Another process took this consumer's instance id, or the client failed for good.
    #[error("the consumer must stop: {0}")]
    Fatal(String),
    /// Another number of partitions would put the next events of an id on another partition than its earlier ones.
    #[error("{topic} has {has} partitions and should have {wants}: a change would re-key it")]
    Rekey {
        /// With its prefix.
        topic: String,
        /// At the broker.
        has: usize,
        /// In `kafka/topics.toml`.
        wants: usize,
    },
    /// The broker refuses to create or alter a topic.
    #[error("{topic}: {reason}")]
    Refused {
        /// With its prefix.
        topic: String,
        /// As the broker gives it.
        reason: String,
    },
}

impl From<KafkaError> for Error {
    fn from(error: KafkaError) -> Self {
        match error {
            // The error's own text contains the value, which may be a password.
            KafkaError::ClientConfig(_, reason, key, _) => Self::Settings(format!("{key}: {reason}")),
            KafkaError::ClientCreation(_) | KafkaError::Nul(_) => Self::Settings(error.to_string()),
            KafkaError::MessageConsumptionFatal(code) => Self::Fatal(code.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
