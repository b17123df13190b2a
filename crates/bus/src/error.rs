//! What can go wrong with Kafka, apart from publishing (see [`crate::NotPublished`]).

use rdkafka::error::KafkaError;

/// A failed call to Kafka.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client refuses its settings, or the topics' file is wrong; trying again does not help.
    #[error("kafka settings: {0}")]
    Settings(String),
    /// No answer, or not yet; trying again later may help.
    #[error("kafka is unavailable: {0}")]
    Unavailable(String),
    /// This consumer may not go on: another process took its instance id, or the client is broken.
    #[error("the consumer must stop: {0}")]
    Fatal(String),
    /// More or fewer partitions would send an id's next events to another partition than its earlier ones.
    #[error("{topic} has {has} partitions and should have {wants}: that would re-key it")]
    Rekey {
        /// The topic with its prefix.
        topic: String,
        /// Partitions at the broker.
        has: usize,
        /// Partitions in `kafka/topics.toml`.
        wants: usize,
    },
    /// The broker refuses what was asked for a topic.
    #[error("{topic}: {reason}")]
    Refused {
        /// The topic with its prefix.
        topic: String,
        /// The broker's reason.
        reason: String,
    },
}

impl From<KafkaError> for Error {
    fn from(error: KafkaError) -> Self {
        match error {
            // Its own text shows the value, which may be a password.
            KafkaError::ClientConfig(_, reason, key, _) => Self::Settings(format!("{key}: {reason}")),
            KafkaError::ClientCreation(_) | KafkaError::Nul(_) => Self::Settings(error.to_string()),
            KafkaError::MessageConsumptionFatal(code) => Self::Fatal(code.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
