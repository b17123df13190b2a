//! What librdkafka says, as log lines.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rdkafka::{config::RDKafkaLogLevel, error::KafkaError};

/// The same complaint is logged once in this time: an absent broker is complained of several times a second.
const QUIET: Duration = Duration::from_secs(30);

/// A client's log. What needs an answer reaches the caller as an error; this is for the person who looks for the cause.
#[derive(Default)]
pub(crate) struct Log {
    /// When each kind of complaint was last heard. The client has a few dozen kinds.
    said: Mutex<BTreeMap<String, Instant>>,
}

impl Log {
    pub(crate) fn line(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!(facility, message, "kafka client");
            }
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning if self.is_news(facility) => {
                tracing::warn!(facility, message, "kafka client");
            }
            _ => tracing::debug!(facility, message, "kafka client"),
        }
    }

    pub(crate) fn error(&self, error: &KafkaError, reason: &str) {
        if self.is_news(&error.to_string()) {
            tracing::warn!(%error, reason, "kafka is not as it should be");
        }
    }

    fn is_news(&self, complaint: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.get(complaint).is_some_and(|at| at.elapsed() < QUIET) {
            return false;
        }
        said.insert(complaint.to_owned(), Instant::now());
        true
    }
}
