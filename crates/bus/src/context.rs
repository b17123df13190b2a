//! librdkafka's log, as ours.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rdkafka::{config::RDKafkaLogLevel, error::KafkaError};

/// The same message is logged once in this time: of a broker that is gone librdkafka complains several times a second.
const QUIET: Duration = Duration::from_secs(30);

/// The log of one client. What a caller must handle reaches it as an error too; this is for the cause.
#[derive(Default)]
pub(crate) struct Log {
    /// When each kind of message was last logged. librdkafka has a few dozen kinds.
    logged: Mutex<BTreeMap<String, Instant>>,
}

impl Log {
    pub(crate) fn line(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!(facility, message, "kafka client");
            }
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning if self.is_new(facility) => {
                tracing::warn!(facility, message, "kafka client");
            }
            _ => tracing::debug!(facility, message, "kafka client"),
        }
    }

    pub(crate) fn error(&self, error: &KafkaError, reason: &str) {
        if self.is_new(&error.to_string()) {
            tracing::warn!(%error, reason, "kafka client error");
        }
    }

    fn is_new(&self, kind: &str) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.get(kind).is_some_and(|at| at.elapsed() < QUIET) {
            return false;
        }
        logged.insert(kind.to_owned(), Instant::now());
        true
    }
}
