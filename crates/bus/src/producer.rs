//! Publishing.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use events::Topic;
use rdkafka::{
    ClientConfig, ClientContext, Message as _,
    config::RDKafkaLogLevel,
    error::KafkaError,
    message::{DeliveryResult, Header, OwnedHeaders},
    producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer},
    types::RDKafkaErrorCode as Code,
};
use tokio::{sync::oneshot, time::Instant};

use crate::{BusConfig, Delivered, Error, Message, NotPublished, ProducerConfig, context::Log, outcome::classify};

type Report = Result<Delivered, Code>;
type Client = ThreadedProducer<Reports>;

/// How long after `message.timeout.ms` a caller waits for the client's own verdict, which comes from a timer.
const GRACE: Duration = Duration::from_millis(300);

/// Publishes idempotently, acknowledged by all in-sync replicas. Clones share one connection and one queue.
#[derive(Clone)]
pub struct Producer {
    client: Arc<RwLock<Client>>,
    settings: Arc<ClientConfig>,
    bus: Arc<BusConfig>,
    patience: Duration,
}

impl Producer {
    /// Makes a producer; it connects by itself, now or when a broker is there.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn new(bus: &BusConfig, config: &ProducerConfig) -> Result<Self, Error> {
        let settings = config.client(bus);
        let client: Client = settings.create_with_context(Reports(Log::default()))?;
        Ok(Self {
            client: Arc::new(RwLock::new(client)),
            settings: Arc::new(settings),
            bus: Arc::new(bus.clone()),
            patience: config.message_timeout + GRACE,
        })
    }

    /// Puts all messages into the queue in the given order, then waits for each; the answers are in the same order.
    ///
    /// It answers within `message_timeout` and 300 ms. Dropped halfway, what is in the queue is still sent.
    /// When the queue is full, no later message of the call is tried, so what was published is a prefix.
    pub async fn publish<'a>(
        &self,
        messages: impl IntoIterator<Item = Message<'a>>,
    ) -> Vec<Result<Delivered, NotPublished>> {
        let until = Instant::now() + self.patience;
        let mut outcomes = Vec::new();
        for (topic, waiting) in self.enqueue(messages) {
            let report = match waiting {
                Ok(report) => match tokio::time::timeout_at(until, report).await {
                    Ok(Ok(report)) => report,
                    Ok(Err(_)) => Err(Code::PurgeQueue),
                    Err(_) => Err(Code::MessageTimedOut),
                },
                Err(code) => Err(code),
            };
            if report == Err(Code::Fatal) {
                self.renew();
            }
            outcomes.push(count(topic, report.map_err(classify)));
        }
        outcomes
    }

    fn enqueue<'a>(
        &self,
        messages: impl IntoIterator<Item = Message<'a>>,
    ) -> Vec<(Topic, Result<oneshot::Receiver<Report>, Code>)> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut full = false;
        let enqueue = |message: Message<'a>| {
            let topic = message.topic;
            let waiting = if full {
                Err(Code::QueueFull)
            } else {
                send(&client, &self.bus, &message)
            };
            full = matches!(waiting, Err(Code::QueueFull));
            (topic, waiting)
        };
        messages.into_iter().map(enqueue).collect()
    }

    /// After a fatal error the client never sends again; only a new one, with a new producer id, does.
    fn renew(&self) {
        let mut client = self.client.write().unwrap_or_else(PoisonError::into_inner);
        if client.client().fatal_error().is_none() {
            return; // Another caller has renewed it.
        }
        match self.settings.create_with_context::<_, Client>(Reports(Log::default())) {
            Ok(new) => {
                tracing::error!("the kafka producer failed for good and was made anew");
                let old = std::mem::replace(&mut *client, new);
                // Closing waits for its thread.
                drop(tokio::task::spawn_blocking(move || drop(old)));
            }
            Err(error) => tracing::error!(%error, "the kafka producer failed for good and cannot be made anew"),
        }
    }

    /// Waits until nothing is in the queue, or for `timeout`.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: something is still waiting for its acknowledgement.
    pub async fn flush(&self, timeout: Duration) -> Result<(), Error> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        match tokio::task::spawn_blocking(move || client.flush(timeout)).await {
            Ok(flushed) => Ok(flushed?),
            Err(_) => Err(Error::Unavailable("the flush was interrupted".to_owned())),
        }
    }
}

fn send(client: &Client, bus: &BusConfig, message: &Message<'_>) -> Result<oneshot::Receiver<Report>, Code> {
    let (report, waiting) = oneshot::channel();
    let topic = bus.topic(message.topic);
    let mut headers = OwnedHeaders::new_with_capacity(message.headers.len());
    for (key, value) in &message.headers {
        headers = headers.insert(Header {
            key,
            value: Some(value.as_ref()),
        });
    }
    let mut record = BaseRecord::<[u8], [u8], _>::with_opaque_to(&topic, Box::new(report)).headers(headers);
    record.key = message.key;
    record.payload = message.payload;
    match client.send(record) {
        Ok(()) => Ok(waiting),
        Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(Code::Fail)),
    }
}

fn count(topic: Topic, outcome: Result<Delivered, NotPublished>) -> Result<Delivered, NotPublished> {
    let label = outcome.as_ref().map_or_else(NotPublished::label, |_| "delivered");
    metrics::counter!("jonquil_bus_messages_total", "topic" => topic.name(), "outcome" => label).increment(1);
    outcome
}

/// Hands each delivery report to whoever waits for it.
struct Reports(Log);

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<oneshot::Sender<Report>>;

    fn delivery(&self, result: &DeliveryResult<'_>, waiting: Self::DeliveryOpaque) {
        let report = match result {
            Ok(message) => Ok(Delivered {
                partition: message.partition(),
                offset: message.offset(),
            }),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(Code::Fail)),
        };
        // Nobody waits any more: the caller was dropped, and has answered nothing.
        let _ = waiting.send(report);
    }
}
