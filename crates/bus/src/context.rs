//! librdkafka's log, as ours.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext, config::RDKafkaLogLevel, consumer::ConsumerContext, error::KafkaError,
    types::RDKafkaErrorCode as Code,
};

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

/// The context of a client that is asked, now and then, why it has no connection.
#[derive(Default)]
pub(crate) struct Spoken {
    log: Log,
    reason: Mutex<Option<String>>,
}

impl Spoken {
    /// The last reason that it gave, in words for people; once.
    pub(crate) fn reason(&self) -> Option<String> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Spoken {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.log.line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(&error, reason);
        if let Some(words) = error.rdkafka_error_code().and_then(|code| words(code, reason)) {
            *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
        }
    }
}

impl ConsumerContext for Spoken {}

/// None: the code says nothing about the cause.
fn words(code: Code, reason: &str) -> Option<String> {
    let why = match code {
        Code::AllBrokersDown => return None,
        Code::Authentication => {
            "the broker refuses the user or the password: see sasl.username, sasl.password and sasl.mechanisms in \
             JONQUIL_KAFKA_PROPERTIES"
        }
        Code::SSL if reason.contains("certificate verify failed") || reason.contains("could not be verified") => {
            "the broker's certificate is from an authority that is not trusted: name it by JONQUIL_CA_FILE"
        }
        Code::SSL => {
            "the broker and this client do not agree on TLS: see security.protocol in JONQUIL_KAFKA_PROPERTIES"
        }
        _ => return Some(reason.to_owned()),
    };
    Some(format!("{why} ({reason})"))
}
